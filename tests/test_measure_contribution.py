"""Talent and contribution as measured: planted truth comes out, headings are found, what is absent
is said, the same bytes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from benchmarks.planted.citations import INSTITUTES, made_up_citations
from benchmarks.planted.people import GROUPS, MAGNET, SOURCE, made_up_people

import firstlight as fl
from firstlight.chart import Drawing
from firstlight.errors import InputError
from firstlight.views.charts import drawing_tables

STRONG = {
    "impact": "Beacon Institute",
    "most_cited": "Beacon Institute",
    "disruption": "Furrow Institute",
    "novelty": "Mosaic Institute",
    "new_combinations": "Mosaic Institute",
    "patents": "Anvil Institute",
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.slow
def test_each_institute_is_found_strong_where_it_was_planted(tmp_path: Path, seed: int) -> None:
    rows = made_up_citations(seed=seed).rename({"unit": "institution"})
    found = fl.measure("contribution", rows, project=tmp_path, draws=200).tables["profiles"]
    above = found.filter(position="above")
    assert {(c, u) for c, u in above.select("category", "unit").rows()} == set(STRONG.items())
    assert found.height == len(STRONG) * len(INSTITUTES)
    base = found.unique("category").select("category", "base_value").rows()
    assert dict(base)["impact"] == pytest.approx(1) and dict(base)["most_cited"] == pytest.approx(
        0.1
    )


def test_what_a_table_does_not_hold_is_said_and_headings_in_chinese_are_found(
    tmp_path: Path,
) -> None:
    rows = made_up_citations().select(
        论文="work", 机构="unit", 年份="year", 被引次数="citations", 学科="field"
    )
    found = fl.measure("contribution", rows, project=tmp_path, draws=100)
    assert set(found.tables["profiles"]["category"]) == {"impact", "most_cited"}
    assert found.tables["left_out"]["category"].to_list() == [
        "disruption",
        "novelty",
        "new_combinations",
        "patents",
    ]
    assert found.tables["left_out"]["reason"].to_list()[0] == "no_references"
    with pytest.raises(InputError) as error:
        fl.measure("contribution", rows.drop("被引次数"), project=tmp_path / "none")
    assert error.value.code == "no_category"


def test_works_of_several_contributors_and_of_none(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "doi": [f"w{k:02d}" for k in range(30)],
            "country": ["A;B", "A", ""] * 10,
            "year": 2000,
            "citations": [float(k % 7) for k in range(29)] + [None],
        }
    )
    found = fl.measure("contribution", rows, project=tmp_path, draws=100)
    counted = found.tables["profiles"].filter(category="impact")
    assert counted.sort("unit")["works_fractional_count"].to_list() == [15.0, 5.0]
    told = [found.texts.sentence("en", each, "conventions") for each in found.conventions]
    assert any(text.startswith("10 works") for text in told)


def test_planted_people_come_out(tmp_path: Path) -> None:
    found = fl.measure("talent", made_up_people(), project=tmp_path)
    net = dict(found.tables["units"].select("unit", "net_count").rows())
    assert max(net, key=net.__getitem__) == MAGNET and min(net, key=net.__getitem__) == SOURCE
    assert sum(net.values()) == pytest.approx(0, abs=1e-9)
    home = {industry: group for group, industries in GROUPS.items() for industry in industries}
    pairs = [
        (home[a] == home[b], related)
        for a, b, related in found.tables["relatedness"]
        .select("unit_1", "unit_2", "is_related")
        .rows()
    ]
    assert sum(related for same, related in pairs if same) >= 16  # of 18 pairs within groups
    assert not any(related for same, related in pairs if not same)
    assert found.tables["density"].height == len(net) * len(home)
    tables, _ = drawing_tables(found, [own for own in found.charts if isinstance(own, Drawing)])
    assert set(tables["nodes"]["node"]) == set(net)


def test_people_without_industries_relate_the_places_and_nobody_moving_is_said(
    tmp_path: Path,
) -> None:
    rows = (
        made_up_people()
        .drop("industry")
        .rename({"person": "作者", "place": "城市", "year": "年份"})
    )
    found = fl.measure("talent", rows, project=tmp_path)
    assert set(found.tables["relatedness"]["unit_1"]) < set(rows["城市"])
    still = rows.unique("作者")
    said = fl.measure("talent", still, project=tmp_path / "still")
    assert "no_relatedness" in [own.code for own in said.said]


def test_several_people_in_a_cell_are_refused(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "authors": ["a; b", "c"],
            "person": ["a; b", "c"],
            "institution": ["x; y", "x"],
            "year": [2000, 2001],
        }
    )
    with pytest.raises(InputError) as error:
        fl.measure("talent", rows, project=tmp_path)
    assert error.value.code == "several_people" and error.value.values["count"].value == 2


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows = made_up_people(300)
    mixed = rows.sample(fraction=1, shuffle=True, seed=1)
    one, two = (
        fl.measure("talent", own, project=tmp_path / str(k)) for k, own in enumerate((rows, mixed))
    )
    assert one.said == two.said and one.facts["tables"] == two.facts["tables"]
    for name in one.facts["tables"]:
        assert one.tables[name].equals(two.tables[name]), name


def test_the_net_rate_is_per_year_that_was_compared(tmp_path: Path) -> None:
    rows = [(f"p{k}", "X", year) for k in range(100) for year in (2000, 2001)]
    rows += [(f"q{k}", unit, year) for k in range(10) for unit, year in (("Y", 2000), ("X", 2001))]
    frame = pl.DataFrame(rows, schema=["person", "organisation", "year"], orient="row")
    found = fl.measure("talent", frame, project=tmp_path)
    rate = dict(found.tables["units"].select("unit", "net_rate_share").rows())
    assert rate == pytest.approx({"X": 10 / 105, "Y": -10 / 5})
    yearly = found.tables["unit_years"].filter(year=2001)
    assert dict(yearly.select("unit", "net_rate_share").rows()) == pytest.approx(rate)


def test_one_field_is_told_beside_the_scores(tmp_path: Path) -> None:
    rows = (
        made_up_citations(2)
        .rename({"unit": "institution"})
        .select("work", "institution", "year", "field", "citations")
    )
    several, one = (
        fl.measure("contribution", own, project=tmp_path / str(k), draws=100)
        for k, own in enumerate((rows, rows.drop("field")))
    )
    assert "one_field" in [own.code for own in one.said]
    assert "one_field" not in [own.code for own in several.said]


def test_density_is_of_the_last_year(tmp_path: Path) -> None:
    rows = made_up_people(300)
    found = fl.measure("talent", rows, project=tmp_path, until=2018)
    there = rows.filter(pl.col("year") == 2018)["person"].n_unique()
    assert found.tables["density"]["people_count"].sum() == pytest.approx(there)
