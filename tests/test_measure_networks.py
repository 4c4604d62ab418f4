"""Networks measured end to end: planted truth comes back, however the table is written, and bad tables are named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import firstlight as fl
from firstlight.errors import InputError
from firstlight.run.measurements import partners
from firstlight.sample.made_up_works import (
    BRIDGE,
    SPECIALISTS,
    TERMS,
    made_up_results,
    made_up_works,
)
from firstlight.views.measured_terminal import measured_terminal


def measured(
    tmp_path: Path, name: str, source: Any = None, **options: Any
) -> fl.observe.measuring.Measured:
    return fl.measure(name, source, project=tmp_path / name, **options)


def listed(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per work, its members and terms in lists of names."""
    lists = (pl.col(name).unique(maintain_order=True).str.join("; ") for name in ("member", "term"))
    return frame.group_by("work", "year", maintain_order=True).agg(*lists)


@pytest.mark.slow
def test_lists_of_names_measure_as_rows_do(tmp_path: Path) -> None:
    rows = made_up_works()
    for name, options in (("collaboration", {}), ("partners", {"size": 4})):
        long = fl.measure(
            name,
            rows.select("work", "year", "member", "term"),
            project=tmp_path / f"{name}1",
            **options,
        )
        wide = fl.measure(name, listed(rows), project=tmp_path / f"{name}2", **options)
        for table in ("sentences", *long.facts["shown"]):
            if name == "collaboration" or table not in ("candidates",):
                assert wide.tables[table].equals(long.tables[table]), (name, table)


@pytest.mark.slow
def test_partners_finds_the_specialists_and_tells_its_record(tmp_path: Path) -> None:
    found = measured(tmp_path, "partners")
    assert set(found.frame["member"]) == set(SPECIALISTS) and found.frame["covered_share"][
        -1
    ] == pytest.approx(1)
    compared = dict(found.tables["compared"].select("choice", "covered_share").iter_rows())
    assert compared["recommended"] > compared["largest"] > compared["blind"]
    record = found.tables["record"]
    learnt = record.filter(pl.col("score_en").str.starts_with("learnt")).row(0, named=True)
    assert (
        learnt["auc"] > 0.55
        and 0 < learnt["base_rate_share"] < 0.1
        and learnt["said_at_10_share"] > 0
    )
    assert (record["base_rate_share"] == learnt["base_rate_share"]).all(), (
        "every score on the same pairs"
    )
    assert found.tables["record_by_year"]["year"].unique().sort().to_list() == [2017, 2020]
    assert "(base rate)" in found.summary() and "a blind choice" in found.summary()


@pytest.mark.slow
def test_what_comes_after_until_is_not_looked_at(tmp_path: Path) -> None:
    rows = made_up_works()
    other = rows.with_columns(
        member=pl.when(pl.col("year") > 2020).then(pl.lit(BRIDGE)).otherwise("member")
    )
    one, two = (
        fl.measure(
            "partners",
            each.unique(maintain_order=True),
            project=tmp_path / str(n),
            until=2020,
            size=4,
        )
        for n, each in enumerate((rows, other))
    )
    for table in ("consortium", "likely_pairs", "record", "consortium_record"):
        assert one.tables[table].equals(two.tables[table]), table


@pytest.mark.slow
def test_a_lead_a_technology_and_words(tmp_path: Path) -> None:
    rows = made_up_works().with_columns(
        technology=pl.when(pl.col("term").is_in(TERMS["East"])).then(pl.lit("rail"))
    )
    led = measured(tmp_path, "partners", rows, lead=BRIDGE, size=3, weights="equal")
    assert led.frame["member"][0] == BRIDGE
    rail = fl.measure(
        "partners", rows, technology="rail", size=1, weights="equal", project=tmp_path / "rail"
    )
    assert rail.frame["member"].to_list() == ["East Academy"]
    words = fl.measure(
        "partners", rows, words=True, size=1, terms="rail", project=tmp_path / "words"
    )
    assert words.frame.select("member", "new_terms").row(0) == ("East Academy", "rail")
    with pytest.raises(InputError, match=r"(?s)no row has technology 'boats'.*'rail'"):
        fl.measure("partners", rows, technology="boats", project=tmp_path / "none")


@pytest.mark.slow
def test_without_years_nothing_is_forecast(tmp_path: Path) -> None:
    found = measured(tmp_path, "partners", made_up_works().drop("year"), size=4)
    assert "record" not in found.tables and "likely_pairs" not in found.tables
    short = fl.measure(
        "partners",
        made_up_works().filter(pl.col("year") > 2019),
        size=4,
        project=tmp_path / "short",
    )
    assert not short.tables["record"].height and "no record of new partners" in short.summary()


@pytest.mark.slow
def test_tables_that_say_nothing(tmp_path: Path) -> None:
    works = made_up_works()
    for name, frame, options, match in (
        ("partners", works.with_columns(term=pl.lit(None, pl.String)), {}, "no terms to cover"),
        ("partners", works, {"lead": "Harbor Institute"}, "did you mean 'Harbour Institute'"),
        ("partners", works, {"size": 42}, "41 members cover a term"),
        (
            "attribution",
            made_up_results(2),
            {"result": "result", "factors": "result"},
            "asked for twice",
        ),
        ("attribution", made_up_results(2), {"factors": "people"}, "result is needed"),
    ):
        with pytest.raises(InputError, match=match):
            fl.measure(name, frame, project=tmp_path / "bad", **options)
    moved = works.with_columns(longitude=pl.int_range(pl.len()).cast(pl.Float64))
    with pytest.raises(
        InputError, match=r"stands at two positions|several rows with different values"
    ):
        fl.measure("collaboration", moved, project=tmp_path / "bad")


def test_no_more_members_than_add_anything(tmp_path: Path) -> None:
    rows = [("a", "x", "p"), ("b", "x", "q"), ("c", "y", "r"), ("d", "z", "p"), ("e", "u", "q")]
    frame = pl.DataFrame(rows, schema=["work", "member", "term"], orient="row")
    found = measured(tmp_path, "partners", frame, size=4)
    assert (
        found.frame["member"].to_list() == ["x", "y"]
        and "These 2 cover all that anybody covers" in found.summary()
    )


def test_leads_that_add_nothing_keep_nobody_else_out(tmp_path: Path) -> None:
    rows = [
        ("a", "A", "t1; t2"),
        ("b", "B", "t1"),
        ("c", "C", "t3; t4"),
        ("d", "D", "t5"),
        ("e", "E", "t6"),
    ]
    frame = pl.DataFrame(rows, schema=["work", "member", "term"], orient="row")
    found = measured(tmp_path, "partners", frame, size=5, lead="A,B", weights="equal")
    assert (
        found.frame["member"].to_list() == ["A", "B", "C", "D", "E"]
        and "covers all" not in found.summary()
    )


def test_terms_that_nobody_covers_belong_to_the_whole(tmp_path: Path) -> None:
    rows = [(f"{k}", "A" if k < 3 else "C", "t1" if k < 3 else f"r{k}") for k in range(12)]
    frame = pl.DataFrame(rows, schema=["work", "member", "term"], orient="row")
    found = measured(tmp_path, "partners", frame, size=1, least=3, weights="equal")
    compared = dict(found.tables["compared"].select("choice", "covered_share").iter_rows())
    assert (
        found.frame["covered_share"].to_list() == pytest.approx([0.1]) == [compared["recommended"]]
    )
    assert (
        "9 of the terms are covered by no candidate"
        in found.tables["conventions"]["text_en"].to_list()
    )
    works = measured(tmp_path / "works", "partners", frame, size=1, least=3, weights="works")
    assert works.frame["covered_share"].to_list() == pytest.approx([3 / 12])


@pytest.mark.parametrize("option", ["until", "last_years"])
def test_years_asked_of_a_table_without_them_are_refused(tmp_path: Path, option: str) -> None:
    works = made_up_works().drop("year")
    with pytest.raises(InputError, match="no years"):
        fl.measure(
            "partners",
            works,
            project=tmp_path / "bad",
            **{option: 5 if option == "last_years" else 2015},
        )


def test_one_is_not_told_as_several(tmp_path: Path) -> None:
    rows = [("a", "x", "p"), ("b", "x", "q"), ("c", "y", "q"), ("d", "y", "q"), ("e", "y", "q")]
    frame = pl.DataFrame(rows, schema=["work", "member", "term"], orient="row")
    text = measured(tmp_path, "partners", frame, size=2, weights="equal").summary()
    assert (
        "x covers 100.0%" in text
        and "This one covers all" in text
        and "The member with most works covers 50.0%" in text
    )
    pair = frame.with_columns(term=pl.col("work"))
    assert (
        "has not worked with the one before it"
        in measured(tmp_path / "two", "partners", pair, size=2).summary()
    )


def test_a_year_without_a_record_does_not_ask_for_years_that_are_there(tmp_path: Path) -> None:
    rows = [(f"{k}{year}", year, k, "t") for year in range(2000, 2015) for k in "abcd"]
    frame = pl.DataFrame(rows, schema=["work", "year", "member", "term"], orient="row")
    found = measured(tmp_path, "partners", frame, size=1)
    assert (
        "There is no record of 2011" in found.summary()
        and "it takes works from" not in found.summary()
    )


def test_the_record_compares_with_single_scores(tmp_path: Path) -> None:
    found = measured(tmp_path, "partners")
    record = found.tables["record"].filter(~pl.col("score_en").str.starts_with("learnt"))
    best = record.sort("auc", descending=True).row(0, named=True)
    assert f"the best single score ({best['score_en']}) {best['auc']:.3f}" in " ".join(
        found.summary().split()
    )


def test_a_past_forecast_chooses_its_members_by_what_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partners, "COMPARED", 30)
    rows = made_up_works()
    crowd = pl.concat(
        [rows, rows.filter(pl.col("year") > 2020).with_columns(work=pl.col("work") + "again")]
    )
    one, two = (
        fl.measure("partners", each, project=tmp_path / str(n), size=4)
        .tables["record_by_year"]
        .filter(year=2020)
        for n, each in enumerate((rows, crowd))
    )
    assert one.select("pair_count", "said_at_10_share").equals(
        two.select("pair_count", "said_at_10_share")
    )


def test_a_name_with_a_comma_in_it_is_one_name(tmp_path: Path) -> None:
    name = f"{BRIDGE}, Bay 2"
    rows = made_up_works().with_columns(
        member=pl.col("member").replace(BRIDGE, name), technology=pl.lit("ice, cold")
    )
    options = {"lead": f"{name},East Academy", "technology": "ice, cold"}
    found = measured(tmp_path, "partners", rows, size=3, **options)
    assert set(found.frame["member"][:2]) == {name, "East Academy"}


def test_names_with_commas_stay_apart_in_a_sentence(tmp_path: Path) -> None:
    rows = [("a", "X, Ltd", "p"), ("b", "Y", "q")]
    frame = pl.DataFrame(rows, schema=["work", "member", "term"], orient="row")
    assert "X, Ltd; Y together cover" in measured(tmp_path, "partners", frame, size=2).summary()


def test_wide_and_narrow_semicolons_are_one_sign_and_others_are_told(tmp_path: Path) -> None:
    rows = [("1", "中国；美国"), ("2", "中国;德国"), ("3", "德国、法国"), ("4", "美国")]
    found = measured(
        tmp_path, "cooperation", pl.DataFrame(rows, schema=["doi", "国家"], orient="row")
    )
    assert "50.0% of 4 works cross a border" in found.summary()
    said = " ".join(found.tables["notes"]["text_en"])
    assert (
        "1 cells of place with another sign" in said
        and "2 cells of place with several names" in said
    )


def test_ties_tell_who_stands_in_the_middle_as_works_do(tmp_path: Path) -> None:
    ties = pl.DataFrame({"member": list("hhh"), "partner": list("abc"), "weight": [3.0, 1.0, 0.5]})
    said = measured(tmp_path, "collaboration", ties).summary()
    assert "h has the strongest ties: 3 partners, 4.5 in all." in said
    assert "h lies on 100.0% of the shortest paths between others." in said


def test_co_operation_without_years_prints_the_places(tmp_path: Path) -> None:
    rows = pl.DataFrame({"work": ["1", "1", "2"], "place": ["north", "south", "north"]})
    found = measured(tmp_path, "cooperation", rows)
    shown = measured_terminal(
        found.tables, found.facts, {"page": "a.html"}, width=100, colour=False
    )
    assert re.search(r"^ *Place +Works", shown, re.MULTILINE) and re.search(
        r"^ *south +1 +1 ", shown, re.MULTILINE
    )


def test_a_number_of_cites_is_no_list_of_references(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "work": list("abcd"),
            "organisation": list("pqpq"),
            "year": [2000] * 4,
            "cites": [1, 2, 3, 4],
        }
    )
    with pytest.raises(InputError, match="no category can be computed"):
        measured(tmp_path, "contribution", rows.rename({"organisation": "contributor"}))
