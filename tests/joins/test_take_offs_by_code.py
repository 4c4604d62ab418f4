"""Expected take-offs by code: planted sums, identities, codes of unlike depth, and what joins
nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.concordance.code_lists import code_list
from firstlight.instruments.concordance.technology_codes.coded_technologies import (
    technology_codes,
)
from firstlight.joins import (
    ExpectedTakeOffs,
    expected_take_offs,
    take_off_join,
    technology_links,
)
from firstlight.joins.matched_codes import finest_codes, matched_codes
from firstlight.joins.technology_links import LINKS, OBSERVATION, links_of
from firstlight.roles import Table
from firstlight.schema import Data, read_table
from firstlight.texts import Texts

SEEN = pl.DataFrame(
    {
        "technology": ["deep learning", "graphene", "fuel cells"],
        "probability": [0.4, 0.2, 0.5],
        "probability_low": [0.3, 0.1, 0.4],
        "probability_high": [0.5, 0.3, 0.6],
    }
)
LINES = pl.DataFrame(
    {
        "technology": ["deep learning", "deep learning", "graphene", "fuel cells"],
        "code": ["6201", "6202", "6201", "2720"],
        "probability": [0.7, 0.3, 0.5, 1.0],
        "title": ["programming", "consultancy", "programming", "batteries"],
    }
)
CODES = ["6201", "6202", "2720", "0111"]


def of(found: ExpectedTakeOffs, column: str = "expected_count") -> dict[str, float]:
    return {code: pytest.approx(value) for code, value in found.table[["code", column]].rows()}


def parts(found: ExpectedTakeOffs) -> dict[str, float]:
    return {part: pytest.approx(value) for part, _, value in found.balance.rows()}


def reasons(found: ExpectedTakeOffs) -> set[tuple[Any, ...]]:
    return set(found.not_joined.select("technology", "code", "reason").rows())


def test_a_code_has_the_sum_of_chance_times_probability() -> None:
    found = expected_take_offs(SEEN, LINES, CODES)
    assert of(found) == {"6201": 0.38, "6202": 0.12, "2720": 0.5}
    assert of(found, "expected_low_count") == {"6201": 0.26, "6202": 0.09, "2720": 0.4}
    assert of(found, "expected_high_count") == {"6201": 0.5, "6202": 0.15, "2720": 0.6}
    assert of(found, "any_share") == {"6201": 1 - 0.72 * 0.9, "6202": 0.12, "2720": 0.5}
    first = found.table.filter(code="6201").row(0, named=True)
    assert (first["technology"], first["title"], first["technologies_count"]) == (
        "deep learning",
        "programming",
        2,
    )
    assert parts(found) == {"joined": 1.0, "no_code": 0.1}
    assert reasons(found) == {(None, "0111", "no_take_off")}


@given(st.lists(st.floats(0, 0.5), min_size=3, max_size=3), st.floats(0.01, 2))
def test_chances_times_a_number_make_expected_take_offs_times_it(
    chances: list[float], factor: float
) -> None:
    once = expected_take_offs(SEEN.with_columns(probability=pl.Series(chances)), LINES, CODES)
    more = [chance * factor for chance in chances]
    again = expected_take_offs(SEEN.with_columns(probability=pl.Series(more)), LINES, CODES)
    assert {code: value for code, value in again.table[["code", "expected_count"]].rows()} == {
        code: pytest.approx(factor * value)
        for code, value in once.table[["code", "expected_count"]].rows()
    }


@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.sets(st.sampled_from(["62", "6201", "27", "2720", "01"])),
)
def test_the_balance_adds_up_to_all_chances(
    chances: list[float], shares: list[float], codes: set[str]
) -> None:
    scaled = [shares[0] / 2, shares[1] / 2, *shares[2:]]
    lines = LINES.with_columns(probability=pl.Series(scaled))
    found = expected_take_offs(SEEN.with_columns(probability=pl.Series(chances)), lines, codes)
    assert found.balance["expected_count"].sum() == pytest.approx(sum(chances))
    joined = found.balance.filter(part="joined")["expected_count"].sum()
    assert found.table["expected_count"].sum() == pytest.approx(joined)
    assert found.table["any_share"].is_between(0, 1).all()
    assert (found.table["any_share"] <= found.table["expected_count"] + 1e-9).all()


def test_links_that_add_up_to_one_leave_nothing_open() -> None:
    whole = LINES.filter(pl.col("technology") != "graphene")
    seen = SEEN.filter(pl.col("technology") != "graphene")
    assert parts(expected_take_offs(seen, whole, CODES)) == {"joined": 0.9}


def test_a_technology_without_a_link_changes_the_list_alone() -> None:
    once = expected_take_offs(SEEN, LINES, CODES)
    stranger = pl.DataFrame({"technology": ["moss"], "probability": [0.9]})
    again = expected_take_offs(pl.concat([SEEN, stranger], how="diagonal"), LINES, CODES)
    assert again.table.equals(once.table) and again.parts.equals(once.parts)
    assert reasons(again) - reasons(once) == {("moss", None, "no_link")}
    assert parts(again) == {**parts(once), "no_link": 0.9}


def test_watched_ones_and_those_of_the_same_documents_are_not_counted() -> None:
    others = pl.DataFrame(
        {
            "technology": ["watched", "DL"],
            "probability": [None, 0.4],
            "same_as": [None, "deep learning"],
        }
    )
    seen = pl.concat([SEEN, others], how="diagonal")
    lines = pl.concat([LINES, LINES.head(1).with_columns(technology=pl.lit("DL"))])
    found = expected_take_offs(seen, lines, CODES)
    assert found.table.equals(expected_take_offs(SEEN, LINES, CODES).table)
    assert {("watched", None, "no_chance"), ("DL", None, "same_documents")} < reasons(found)


def test_a_finer_link_goes_to_the_code_that_holds_it_and_a_coarser_one_to_all_that_it_holds() -> (
    None
):
    assert of(expected_take_offs(SEEN, LINES, ["62", "27"])) == {"62": 0.5, "27": 0.5}
    coarse = LINES.with_columns(pl.col("code").str.slice(0, 2)).unique(["technology", "code"])
    found = expected_take_offs(SEEN.tail(1), coarse, ["2710", "2720", "2610"])
    assert of(found) == {"2710": 0.25, "2720": 0.25}
    assert set(found.parts["match"]) == {"from_children"}


def test_a_code_that_holds_others_of_the_table_is_left_out_and_nothing_counts_twice() -> None:
    found = expected_take_offs(SEEN, LINES, ["62", "6201", "6202", "27"])
    assert of(found) == {"6201": 0.38, "6202": 0.12, "27": 0.5}
    assert found.wholes == ("62",)
    assert (None, "62", "holds_others") in reasons(found)


def test_a_lost_nought_is_put_back() -> None:
    lines = LINES.tail(1).with_columns(code=pl.lit("0111"))
    found = expected_take_offs(SEEN.tail(1), lines, ["0111"])
    assert of(found) == {"0111": 0.5}
    lost = expected_take_offs(SEEN.tail(1), lines.with_columns(code=pl.lit("111")), ["0111"])
    assert lost.parts["match"].to_list() == ["nought_restored"]
    divisions = expected_take_offs(SEEN.tail(1), lines, ["1", "10", "11"])
    assert of(divisions) == {"1": 0.5}
    assert not divisions.wholes


@pytest.mark.parametrize(
    ("codes", "wholes"),
    [
        (["15-0000", "15-1250", "15-1252", "17-2000"], ["15-0000", "15-1250"]),
        (["26", "2610", "261"], ["26", "261"]),
        (["computer", "computer chips"], []),
    ],
)
def test_codes_that_hold_others_are_known_in_each_classification(
    codes: list[str], wholes: list[str]
) -> None:
    assert finest_codes(codes) == (sorted(set(codes) - set(wholes)), wholes)


def test_a_detailed_occupation_goes_to_its_group() -> None:
    rows = matched_codes(["15-1252", "19-1011"], ["15-1250", "17-0000"]).rows()
    assert rows == [("15-1252", "15-1250", "from_parent", 1.0)]


def test_a_product_does_not_go_to_one_whose_code_it_ends() -> None:
    assert matched_codes(["9018", "8542"], ["0901", "8541"]).is_empty()


def read(frame: pl.DataFrame, role: Table) -> Data:
    own = {name: name for name in role.columns}
    return read_table(frame, role.columns, own, role.may_lack, "table")


def links(lines: pl.DataFrame, seen: pl.DataFrame = SEEN) -> pl.DataFrame:
    return links_of({"observation": read(seen, OBSERVATION), "links": read(lines, LINKS)}, "isic4")


def test_links_are_found_whatever_the_case_and_by_forms_of_one_technology_alone() -> None:
    seen = SEEN.with_columns(forms=pl.Series(["DL | deep nets", "GR | gr", "FC | DN"]))
    lines = pl.DataFrame({"technology": ["Deep Nets", "GRAPHENE", "fc"], "code": ["1", "2", "3"]})
    assert links(lines, seen)["technology"].to_list() == ["deep learning", "fuel cells", "graphene"]
    twice = seen.with_columns(forms=pl.Series(["FC", "", "FC"]))
    assert links(lines.tail(1), twice)["technology"].to_list() == ["fc"]


def test_the_own_name_of_a_technology_comes_before_its_forms() -> None:
    seen = SEEN.with_columns(forms=pl.Series(["DL", "", ""]))
    lines = pl.DataFrame({"technology": ["DL", "deep learning"], "code": ["1", "2"]})
    assert links(lines, seen)["code"].to_list() == ["2"]


def test_links_without_probabilities_are_in_equal_parts() -> None:
    found = links(LINES.drop("probability"))
    assert found.filter(technology="deep learning")["probability"].to_list() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("probability", "code"),
    [([0.7, 0.4, 0.5, 1.0], "links_above_one"), ([0.7, None, 0.5, 1.0], "no_probability")],
)
def test_links_that_cannot_be_used_are_refused(probability: list[float | None], code: str) -> None:
    with pytest.raises(InputError) as refused:
        links(LINES.with_columns(probability=pl.Series(probability)))
    assert refused.value.code == code
    assert refused.value.values["technology"].value == "deep learning"


def test_without_links_the_codes_are_those_of_the_classification(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def codes(technologies: pl.DataFrame, classification: str) -> pl.DataFrame:
        asked.append((technologies.rows(), classification))
        return LINES.with_columns(title_zh="title", rank=pl.lit(1))

    monkeypatch.setattr(technology_links, "technology_codes", codes)
    others = pl.DataFrame({"technology": ["watched"], "probability": [None], "forms": ["w"]})
    seen = SEEN.with_columns(
        forms=pl.Series(["DL | deep nets", None, "fuel cells"]),
        text=pl.Series(["layers of units", None, None]),
    )
    observed = read(pl.concat([seen, others], how="diagonal_relaxed"), OBSERVATION)
    found = technology_links.links_of({"observation": observed}, "gbt4754")
    names = [
        ("deep learning", ["DL", "deep nets"], "layers of units"),
        ("fuel cells", ["fuel cells"], None),
        ("graphene", [], None),
    ]
    assert asked == [(names, "gbt4754")]
    own = ["technology", "code", "probability", "title", "title_zh"]
    assert found.columns == [*own, "is_supported"] and found["is_supported"].all()


def test_technologies_without_links_of_ones_own_get_those_of_the_concordance() -> None:
    observed = pl.DataFrame(
        {"technology": ["lithium-ion battery", "xqzvt"], "probability": [0.4, 0.3]}
    )
    links = links_of({"observation": read(observed, OBSERVATION)}, "isic4")
    assert set(links["technology"]) == {"lithium-ion battery"}
    assert links.sort("probability")["code"][-1] == "2720"
    assert links["probability"].sum() <= 1


def test_titles_of_shipped_codes_are_said_in_the_reader_s_language() -> None:
    seen = pl.DataFrame({"technology": ["lithium-ion battery"], "probability": [0.5]})
    links = technology_codes(seen, "isic4").head(1)
    found = expected_take_offs(seen, links, links["code"].to_list())
    row = found.table.row(0, named=True)
    given = code_list("isic4").filter(code=row["code"]).row(0, named=True)
    assert (row["title"], row["title_zh"]) == (given["name_en"], given["name_zh"])
    assert given["name_en"] != given["name_zh"]
    texts = Texts(Path(take_off_join.__file__).parent)
    assert given["name_zh"] in texts.write("zh", take_off_join.titled(row))
    assert given["name_en"] in texts.write("en", take_off_join.titled(row))


ABOUT_IMAGES = [
    "text-to-image generation",
    "image restoration",
    "generative adversarial networks",
    "semantic segmentation",
]
ABOUT_GRIDS = ["power grid", "high-voltage switchgear", "electric motor", "inverter"]


@pytest.mark.parametrize(("near", "is_supported"), [(ABOUT_IMAGES, False), (ABOUT_GRIDS, True)])
def test_what_the_same_documents_are_about_tells_ambiguous_names_apart(
    near: list[str], is_supported: bool
) -> None:
    """A transformer is none of electricity where its documents speak of images."""
    seen = pl.DataFrame(
        {
            "technology": ["transformer", *near],
            "probability": 0.4,
            "near": [" | ".join(near), *[None] * len(near)],
        }
    )
    own = links_of({"observation": read(seen, OBSERVATION)}, "hs2022").filter(code="8504")
    by_name = dict(own.select("technology", "is_supported").iter_rows())
    assert by_name["transformer"] is is_supported
    lines = own.filter(technology="transformer")
    row = expected_take_offs(seen, lines, ["8504"], 0.1).table.row(0, named=True)
    assert row["technology"] == ("transformer" if is_supported else None)
    assert row["expected_count"] == pytest.approx(0.4 * lines["probability"][0])


def test_a_technology_of_the_same_word_supports_no_link() -> None:
    seen = pl.DataFrame(
        {
            "technology": ["transformer", "current transformer", *ABOUT_IMAGES],
            "probability": 0.4,
            "near": ["current transformer | " + " | ".join(ABOUT_IMAGES), *[None] * 5],
        }
    )
    own = links_of({"observation": read(seen, OBSERVATION)}, "hs2022")
    assert own.filter(technology="transformer", code="8504")["is_supported"].to_list() == [False]
