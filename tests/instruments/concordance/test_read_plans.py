"""Plans in the manner of real ones: which entries are read, which names are one thing, and what the
first sentence says."""

from __future__ import annotations

import polars as pl
import pytest
from benchmarks.concordance.read_plans import pieces, score

from firstlight.concordance import plan
from firstlight.errors import InputError
from firstlight.instruments.concordance.known_names import thing_keys
from firstlight.instruments.concordance.plan_check.plan_entries import named_in

UNKNOWN = ("钨丝编织", "Moon weaving", "Town hall roof")


@pytest.mark.parametrize(
    ("folder", "least"), [("development", 0.9), ("second", 0.8), ("set_aside", 0.9)]
)
def test_entries_and_overlaps_are_found_and_none_is_invented(folder: str, least: float) -> None:
    found = score(folder)
    entries, hits, _ = found["entries"]
    assert hits > 0.9 * entries
    assert found["kinds"][1] > 0.9 * hits
    assert found["found"][1] > 0.85 * found["found"][0]
    overlaps, shared, invented = found["overlaps"]
    assert shared >= least * overlaps
    assert not invented


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("quantum computing", "Quantum computers"),
        ("Li-ion batteries", "lithium-ion battery"),
        ("锂离子电池", "Li-ion batteries"),
        ("锂离子电池", "lithium-ion batteries"),
        ("钠离子电池产业", "sodium-ion batteries"),
        ("Na-ion battery", "sodium-ion batteries"),
        ("量子计算", "quantum computers"),
        ("robotics industry", "robots"),
    ],
)
def test_names_of_one_thing_have_one_key(one: str, other: str) -> None:
    assert thing_keys(one) & thing_keys(other)
    found = plan(pl.DataFrame({"entry": [one, other, *UNKNOWN]}))
    (row,) = found.tables["repeats"].select("entry", "other_entry", "relation").rows()
    assert row == (one, other, "same")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("industrial drone", "drone"),
        ("锂离子电池", "sodium-ion batteries"),
        ("quantum computing", "quantum communication"),
        ("advanced packaging", "packaging"),
        ("工业机器人", "人形机器人"),
    ],
)
def test_narrower_and_neighbouring_things_have_keys_of_their_own(one: str, other: str) -> None:
    assert not thing_keys(one) & thing_keys(other)


def test_a_paragraph_is_read_with_its_body_and_the_place_before_a_name_is_left_out() -> None:
    text = "（一）培育量子信息产业。建设量子计算、量子通信平台。\n（二）发展固态电池和钠离子电池。\n1. 低空经济\n"
    others = pl.DataFrame({"place": ["上海"], "entry": ["上海量子计算"]})
    found = plan(pieces(text), others=others)
    assert set(found.table["entry"]) == {
        "量子信息产业",
        "量子计算",
        "量子通信",
        "固态电池",
        "钠离子电池",
        "低空经济",
    }
    assert found.tables["elsewhere"].select("number", "entry", "their_entry").rows() == [
        ("1", "量子计算", "上海量子计算")
    ]
    row = found.table.row(by_predicate=pl.col("entry") == "量子计算", named=True)
    assert (row["sentence"], row["kind"]) == ("建设量子计算、量子通信平台", "technology")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("到2027年产值达到5000亿元", ["target"]),
        ("设立100亿元产业基金", ["measure"]),
        ("建设江湾氢能示范基地", ["project", "technology"]),
        ("做强茶产业", ["industry"]),
        ("Raise exports by 15% by 2032", ["target"]),
        ("Set up a regional venture fund", ["measure"]),
        ("The Eastquay Hydrogen Terminal", ["project"]),
        ("加强组织领导", []),
        ("We want our people to share in what comes next", []),
    ],
)
def test_kinds_of_entries(text: str, kinds: list[str]) -> None:
    assert [kind for _, kind in named_in(text)] == kinds


def first(found: object, lang: str) -> str:
    return found.texts.sentence(lang, found.said[0])  # type: ignore[attr-defined,no-any-return]


def test_the_first_sentence_says_nothing_of_what_was_not_understood() -> None:
    none = plan(pl.DataFrame({"entry": UNKNOWN}))
    assert none.said[0].code == "nothing_understood"
    assert "no two" not in first(none, "en") and "没有相同" not in first(none, "zh")
    some = plan(pl.DataFrame({"entry": [*UNKNOWN, "Fuel cells"]}))
    assert first(some, "en").startswith("1 of 4 entries were understood; of these no two")
    assert first(some, "zh").startswith("4个条目中识别了1个")


def test_a_text_that_names_nothing_is_refused() -> None:
    with pytest.raises(InputError) as error:
        plan(pieces("# Plan\n## Aims\nWe want our people to share in what comes next.\n"))
    assert error.value.code == "no_entries"


def test_a_plan_of_targets_alone_compares_nothing() -> None:
    found = plan(pieces("# Plan\n## Aims\nCut emissions by 40%. Train 500 apprentices a year.\n"))
    assert set(found.table["standing"]) == {"stated"}
    assert found.said[0].code == "nothing_understood"
