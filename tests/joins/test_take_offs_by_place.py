"""Take-offs by place: planted reach, what places have already, and how an observation is handed
in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import firstlight as fl
from command_line import CommandLine
from firstlight.complexity import related_activities
from firstlight.errors import InputError
from firstlight.instruments.complexity.specialisation import PresenceRule
from firstlight.instruments.concordance.technology_codes.code_choice import TOLD
from firstlight.instruments.concordance.technology_codes.technology_codes import kept_record
from firstlight.joins import take_off_opportunities
from firstlight.result import Result
from firstlight.run.bundled import BUNDLED
from firstlight.run.observed_table import BUNDLED as NAMED
from firstlight.run.observed_table import observed_table
from firstlight.texts import Name

# Each place does three of four neighbouring activities; 62 is what "hefei" lacks and is near to,
# 01 what it lacks and is far from.
HAS = {
    "hefei": ("26", "27", "28"),
    "wuhu": ("26", "27", "28", "62"),
    "anqing": ("26", "27", "62"),
    "bengbu": ("01", "02", "03"),
    "suzhou": ("01", "02"),
}
ROWS = pl.DataFrame(
    [(place, code, 10.0) for place, codes in HAS.items() for code in codes],
    schema=["place", "code", "value"],
    orient="row",
)
CHINESE = {
    "26": "3971",
    "27": "3841",
    "28": "3411",
    "62": "6513",
    "01": "0311",
    "02": "0220",
    "03": "0412",
}
AMERICAN = {
    "26": "336411",
    "27": "517311",
    "28": "236115",
    "62": "541511",
    "01": "111110",
    "02": "115210",
    "03": "238220",
}
SEEN = pl.DataFrame({"technology": ["deep learning", "hoes"], "probability": [0.4, 0.4]})
LINES = pl.DataFrame(
    {
        "technology": ["deep learning", "hoes"],
        "code": ["6201", "01"],
        "probability": [0.82, 0.82],
        "title": ["computer programming", "farming"],
    }
)


def at(found: Result, table: str, **keys: Any) -> dict[str, Any]:
    return found.tables[table].filter(**keys).row(0, named=True)


def test_what_a_place_is_near_to_comes_first() -> None:
    found = take_off_opportunities(ROWS, SEEN, links=LINES, places=["hefei"])
    listed = found.table.select("rank", "code", "technology", "expected_count").rows()
    assert listed == [(1, "62", "deep learning", pytest.approx(0.328))]
    rule = PresenceRule()
    near = related_activities(ROWS, "place", "code", "value", rule=rule).pairs()
    own = near.filter(place="hefei")
    assert at(found, "opportunities")["density_share"] == pytest.approx(
        own.filter(activity="62")["density_share"].item()
    )
    assert at(found, "opportunities")["mean_density_share"] == pytest.approx(
        own["density_share"].mean()
    )
    answer, first = found.said[:2]
    assert answer.values["count"].value == len(answer.values["places"].value)
    assert first.code == "near" and first.values["place"] == Name("hefei")
    way = first.values["way"].value
    assert way.values["link"].value == pytest.approx(0.82)
    assert found.tables["candidates"].filter(place="hefei")["code"].to_list() == ["01", "62"]


def test_every_place_shares_out_the_same_take_offs() -> None:
    found = take_off_opportunities(ROWS, SEEN, links=LINES)
    places = found.tables["take_off_places"]
    both = places["specialised_expected_count"] + places["other_expected_count"]
    assert both.to_list() == [pytest.approx(0.656)] * len(HAS)
    assert at(found, "take_off_places", place="hefei")["specialised_expected_count"] == 0
    assert at(found, "take_off_places", place="wuhu")["specialised_expected_count"] == (
        pytest.approx(0.328)
    )


def test_twice_the_chances_are_twice_the_take_offs_in_the_same_order() -> None:
    once = take_off_opportunities(ROWS, SEEN, links=LINES)
    twice = take_off_opportunities(ROWS, SEEN.with_columns(pl.col("probability") * 2), links=LINES)
    assert twice.table["expected_count"].to_list() == [
        pytest.approx(2 * value) for value in once.table["expected_count"]
    ]
    assert twice.table.select("place", "rank", "code", "density_share").equals(
        once.table.select("place", "rank", "code", "density_share")
    )


def test_the_order_of_observation_and_links_changes_nothing() -> None:
    once = take_off_opportunities(ROWS, SEEN, links=LINES)
    turned = take_off_opportunities(ROWS.reverse(), SEEN.reverse(), links=LINES.reverse())
    assert turned.said == once.said
    assert all(turned.tables[name].equals(table) for name, table in once.tables.items())


def test_a_code_that_holds_others_takes_no_part() -> None:
    totals = ROWS.group_by("place", maintain_order=True).agg(pl.col("value").sum())
    both = pl.concat(
        [
            ROWS,
            ROWS.filter(code="62").with_columns(code=pl.lit("6201")),
            totals.with_columns(code=pl.lit("6")).select(ROWS.columns),
        ]
    )
    fine = ROWS.with_columns(pl.col("code").replace({"62": "6201"}))
    found = take_off_opportunities(both, SEEN, links=LINES)
    alone = take_off_opportunities(fine, SEEN, links=LINES)
    assert found.table.drop("title").equals(alone.table.drop("title"))
    lost = found.tables["not_joined"].filter(reason="holds_others")["code"].to_list()
    assert lost == ["6", "62"]


def test_nothing_that_joins_is_an_error_that_shows_both_sides() -> None:
    with pytest.raises(InputError) as refused:
        take_off_opportunities(ROWS, SEEN, links=LINES.with_columns(code=pl.lit("9900")))
    assert refused.value.code == "nothing_joins"
    assert refused.value.values["known"].value == (Name("9900"),)
    with pytest.raises(InputError) as refused:
        take_off_opportunities(
            ROWS, SEEN.with_columns(probability=pl.lit(None, pl.Float64)), links=LINES
        )
    assert refused.value.code == "no_chances"
    with pytest.raises(InputError) as refused:
        take_off_opportunities(ROWS, SEEN, links=LINES, places=["nowhere"])
    assert refused.value.code == "no_place"


def test_codes_of_another_classification_are_refused_by_its_name() -> None:
    seen = pl.DataFrame({"technology": ["deep learning"], "probability": [0.4]})
    chinese = ROWS.with_columns(pl.col("code").replace_strict(CHINESE))
    with pytest.raises(InputError) as refused:
        take_off_opportunities(chinese, seen)
    assert refused.value.code == "other_classification"
    assert refused.value.values["name"].value == "gbt4754"
    american = ROWS.with_columns(pl.col("code").replace_strict(AMERICAN))
    with pytest.raises(InputError) as refused:
        take_off_opportunities(american, seen)
    assert refused.value.code == "foreign_codes"
    assert refused.value.values["count"].value == 7


def test_research_itself_is_counted_and_not_listed_for_a_place() -> None:
    seen = pl.DataFrame({"technology": ["dark matter"], "probability": [0.4]})
    rows = ROWS.with_columns(pl.col("code").replace({"62": "7210"}))
    found = take_off_opportunities(rows, seen)
    assert found.tables["take_offs"].row(0, named=True)["code"] == "7210"
    assert "7210" not in found.tables["candidates"]["code"]
    said = next(each for each in found.said if each.code.endswith("research"))
    assert said.values["codes"].value == (Name("7210"),)
    lines = pl.DataFrame({"technology": ["dark matter"], "code": ["7210"]})
    own = take_off_opportunities(rows, seen, links=lines)
    assert own.table["code"].unique().to_list() == ["7210"]


OBSERVED = {
    "facts": {"as_of": 2024, "horizon": 3},
    "tables": {
        "technologies": [
            {"technology_id": "a", "name": "Deep learning", "probability": 0.4},
            {"technology_id": "b", "name": "Hoes", "probability": 0.4},
            {"technology_id": "c", "name": "DL", "probability": 0.4, "same_as": "a"},
        ],
        "forms": [{"technology_id": "b", "form": "hoe"}],
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seen = tmp_path / "seen"
    seen.mkdir()
    (seen / "observation.json").write_text(json.dumps(OBSERVED), encoding="utf-8")
    ROWS.write_csv(tmp_path / "places.csv")
    LINES.with_columns(pl.col("technology").replace({"hoes": "HOE"})).write_csv(
        tmp_path / "links.csv"
    )
    return tmp_path


def measured(folder: Path, observation: Any) -> Result:
    return fl.measure(
        "take_off_opportunities",
        folder / "places.csv",
        observation=observation,
        links=str(folder / "links.csv"),
        project=folder / "kept",
    )


@pytest.mark.parametrize("named", ["seen", "seen/observation.json"])
def test_an_observation_is_its_folder_or_its_file(folder: Path, named: str) -> None:
    found = measured(folder, str(folder / named))
    alone = take_off_opportunities(ROWS, SEEN, links=LINES).table
    assert found.table.drop("technology").equals(alone.drop("technology"))
    files = [own["name"] for own in found.facts["inputs"]]
    assert files == ["places.csv", "observation.json", "links.csv"]
    lost = found.tables["not_joined"].filter(reason="same_documents")
    assert lost["technology"].to_list() == ["DL"]
    until = found.said[1].values["way"].value.values["until"].value
    assert until.values["year"].value == 2027


def test_an_observation_is_a_result_or_a_table(folder: Path) -> None:
    kept = {
        "technologies": pl.DataFrame(
            OBSERVED["tables"]["technologies"],  # type: ignore[index]
            schema=["technology_id", "name", "probability", "same_as"],
        ).with_columns(
            pl.lit(None).alias(name)
            for name in (
                *("probability_low", "probability_high"),
                *("name_zh", "advice", "growth_five_years"),
            )
        ),
        "forms": pl.DataFrame({"technology_id": ["b"], "form": ["hoe"]}),
    }
    facts = {**OBSERVED["facts"], "first_lines": []}  # type: ignore[dict-item]
    of_file = measured(folder, str(folder / "seen"))
    seen = fl.Observation.of(kept, facts)
    assert measured(folder, seen).table.equals(of_file.table)
    table = SEEN.with_columns(pl.col("technology").replace({"hoes": "hoe"}))
    table.write_csv(folder / "table.csv")
    assert (
        measured(folder, str(folder / "table.csv"))
        .table["expected_count"]
        .equals(of_file.table["expected_count"])
    )


def test_what_is_no_observation_is_refused(folder: Path) -> None:
    (folder / "other.json").write_text('{"a": 1}', encoding="utf-8")
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (folder / "several" / "arxiv").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name, code in (
        ("other.json", "no_observation"),
        ("broken.json", "no_observation"),
        ("empty", "no_observation"),
        ("several", "observations_inside"),
    ):
        with pytest.raises(InputError) as refused:
            measured(folder, str(folder / name))
        assert refused.value.code == code, name


@pytest.mark.parametrize(
    "name", ["take_off_opportunities", "take_off_drivers", "take_off_graduates"]
)
def test_without_an_observation_nothing_is_read(name: str, folder: Path) -> None:
    with pytest.raises(InputError) as refused:
        fl.measure(name, folder / "places.csv", project=folder / "kept")
    assert refused.value.code == "no_observation" and refused.value.told("zh")
    assert not (folder / "kept").exists()


def test_the_names_of_bundled_corpora_are_those_that_ship() -> None:
    assert NAMED == BUNDLED


def test_the_command_prints_the_answer_and_writes_page_and_tables(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    shell = CommandLine(folder, capsys)
    asked = ("--observation", "seen", "--links", "links.csv")
    said = shell("measure", "take_off_opportunities", "places.csv", *asked)
    assert said.code == 0 and "Deep learning" in said.out
    assert (folder / "observatory" / "take_off_opportunities.html").is_file()
    told = shell("explain", "take_off_opportunities")
    assert told.code == 0 and "observation.json" in told.out
    chinese = shell("measure", "take_off_opportunities", "places.csv", *asked, "--lang", "zh")
    assert "预计" in chinese.out


def told_ways(found: Result) -> list[tuple[str, str]]:
    """The technologies and codes that sentences name."""
    ways = [one.values["way"].value.values for one in found.said if "way" in one.values]
    return [(way["technology"].value["en"], way["code"].value) for way in ways]


def test_a_weak_link_counts_by_its_probability_and_is_never_told() -> None:
    seen = pl.DataFrame({"technology": ["hoes", "whims"], "probability": [0.1, 0.9]})
    lines = pl.DataFrame(
        {"technology": ["hoes", "whims"], "code": ["01", "62"], "probability": [0.5, 0.49]}
    )
    found = take_off_opportunities(ROWS, seen, links=lines)
    assert at(found, "take_offs", code="62")["expected_count"] == pytest.approx(0.441)
    assert at(found, "take_offs", code="62")["technology"] is None
    assert set(told_ways(found)) == {("hoes", "01")}
    expected = next(each for each in found.said if each.code == "expected")
    assert expected.values["top"] == Name("01")
    weak = take_off_opportunities(ROWS, seen, links=lines.tail(1))
    assert not told_ways(weak)
    assert {"none_near", "expected_nowhere"} <= {each.code for each in weak.said}
    assert weak.tables["opportunities"]["expected_count"].max() == pytest.approx(0.441)


def test_a_link_that_ships_is_told_with_its_record() -> None:
    seen = pl.DataFrame({"technology": ["lithium-ion battery"], "probability": [0.4]})
    found = take_off_opportunities(ROWS, seen)
    way = next(one.values["way"].value for one in found.said if "way" in one.values)
    record = kept_record().filter(classification="isic4", language="en").row(0, named=True)
    assert way.values["link"].value >= TOLD
    right = way.values["record"].value
    assert right.values["share"].value == pytest.approx(record["sure_share"])
    assert right.values["count"].value == record["sure_count"]


def test_an_observation_tells_what_else_its_documents_hold(folder: Path) -> None:
    """Those of the same documents first, by how often; then those that appear with most others."""
    names = {"a": "A", "b": "B", "c": "C", "d": "D"}
    pairs = [("a", "c", 0.1), ("b", "a", 0.3), ("c", "b", 0.2)]
    keys = ["technology_id", "other_id", "weight"]
    given = {
        "facts": OBSERVED["facts"],
        "tables": {
            "technologies": [
                {"technology_id": key, "name": name, "probability": 0.4}
                for key, name in names.items()
            ],
            "links": [dict(zip(keys, pair, strict=True)) for pair in pairs],
        },
    }
    file = folder / "linked.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    table, _ = observed_table(str(file), folder, lambda *_: None)
    near = dict(table.select("technology", "near").iter_rows())
    assert near == {"A": "B | C", "B": "A | C", "C": "B | A", "D": "A | B | C"}
