"""Partners: planted specialists come back, the future is not looked at, what is absent is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.works import BRIDGE, SPECIALISTS, TERMS, made_up_works

from firstlight.errors import InputError
from firstlight.instruments.networks.partner_choice import new_partners
from firstlight.networks import partners
from firstlight.texts import Code, Count, Name, Share, Year, names


def said(result: Any) -> dict[str, Any]:
    return {given.code: given.values for given in result.said}


def conventions(result: Any) -> dict[str, Any]:
    return {given.code: given.values for given in result.conventions}


def rows_of(rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["work", "member", "term"], orient="row")


def code_of(frame: pl.DataFrame, **options: Any) -> InputError:
    with pytest.raises(InputError) as wrong:
        partners(frame, **options)
    return wrong.value


@pytest.mark.slow
def test_the_specialists_are_found_and_the_record_is_told() -> None:
    result = partners(made_up_works(), size=4)
    assert set(result.table["member"]) == set(SPECIALISTS)
    assert result.table["covered_share"][-1] == pytest.approx(1)
    compared = dict(result.tables["compared"].select("choice", "covered_share").iter_rows())
    assert compared["recommended"] > compared["largest"] > compared["blind"]
    record = result.tables["record"]
    learnt = record.filter(score="learnt").row(0, named=True)
    assert learnt["auc"] > 0.55
    assert 0 < learnt["base_rate_share"] < 0.1
    assert learnt["said_at_10_share"] > 0
    # every score is judged on the same pairs
    assert (record["base_rate_share"] == learnt["base_rate_share"]).all()
    years = result.tables["record_by_year"]["year"].unique().sort()
    assert years.to_list() == [2017, 2020]
    best = record.filter(pl.col("score") != "learnt").row(0, named=True)
    assert best["auc"] == record.filter(pl.col("score") != "learnt")["auc"].max()
    told = said(result)["record"]
    assert (told["score"], told["best"].value) == (
        Code(f"codes.score.{best['score']}"),
        best["auc"],
    )
    assert (told["base"].value, told["count"]) == (learnt["base_rate_share"], Count(2))
    kept = result.tables["consortium_record"]
    assert said(result)["consortium_record"]["own"].value == kept["later_covered_share"].mean()


@pytest.mark.slow
def test_what_comes_after_until_is_not_looked_at() -> None:
    rows = made_up_works()
    late = pl.when(pl.col("year") > 2020).then(pl.lit(BRIDGE)).otherwise("member")
    other = rows.with_columns(member=late).unique(["work", "member", "term"], maintain_order=True)
    one, two = (partners(frame, until=2020, size=4) for frame in (rows, other))
    for table in ("consortium", "likely_pairs", "record", "consortium_record"):
        assert one.tables[table].equals(two.tables[table]), table
    assert one.said == two.said


@pytest.mark.slow
def test_a_lead_a_technology_and_words() -> None:
    rows = made_up_works().with_columns(
        technology=pl.when(pl.col("term").is_in(TERMS["East"])).then(pl.lit("rail"))
    )
    assert partners(rows, lead=[BRIDGE], size=3).table["member"][0] == BRIDGE
    rail = partners(rows, technologies=["rail"], size=1)
    assert rail.table["member"].to_list() == ["East Academy"]
    assert conventions(rail)["about_technology"]["names"] == names(["rail"])
    words = partners(rows, words=True, size=1, terms=["rail"])
    assert words.table.select("member", "new_terms").row(0) == ("East Academy", "rail")
    absent = code_of(rows, technologies=["boats"])
    assert (absent.code, absent.values["near"]) == ("unknown_name", names(["rail"]))


def test_without_years_nothing_is_forecast() -> None:
    result = partners(made_up_works().drop("year"), size=4)
    assert not {"record", "likely_pairs", "consortium_record"} & set(result.tables)
    assert "no_forecast_without_years" in said(result)


@pytest.mark.slow
def test_of_few_years_there_is_no_record() -> None:
    short = partners(made_up_works().filter(pl.col("year") > 2019), size=4)
    assert short.tables["record"].height == 0
    assert said(short)["no_record"]["year"] == Year(2013)


def test_no_more_members_than_add_anything() -> None:
    works = [("a", "x", "p"), ("b", "x", "q"), ("c", "y", "r"), ("d", "z", "p"), ("e", "u", "q")]
    result = partners(rows_of(works), size=4)
    assert result.table["member"].to_list() == ["x", "y"]
    assert said(result)["enough"]["count"] == Count(2)


def test_leads_that_add_nothing_keep_nobody_else_out() -> None:
    works = [("a", "A", "t1"), ("a", "A", "t2"), ("b", "B", "t1"), ("c", "C", "t3")]
    works += [("c", "C", "t4"), ("d", "D", "t5"), ("e", "E", "t6")]
    result = partners(rows_of(works), size=5, lead=["A", "B"])
    assert result.table["member"].to_list() == ["A", "B", "C", "D", "E"]
    assert "enough" not in said(result)


def test_terms_that_nobody_covers_belong_to_the_whole() -> None:
    works = [(f"{k}", "A" if k < 3 else "C", "t1" if k < 3 else f"r{k}") for k in range(12)]
    result = partners(rows_of(works), size=1, least=3)
    compared = dict(result.tables["compared"].select("choice", "covered_share").iter_rows())
    assert result.table["covered_share"].to_list() == pytest.approx([0.1])
    assert compared["recommended"] == pytest.approx(0.1)
    assert conventions(result)["unmet_terms"]["count"] == Count(9)
    by_works = partners(rows_of(works), size=1, least=3, weights="works")
    assert by_works.table["covered_share"].to_list() == pytest.approx([3 / 12])


def test_one_is_not_told_as_several() -> None:
    works = [("a", "x", "p"), ("b", "x", "q"), ("c", "y", "q"), ("d", "y", "q"), ("e", "y", "q")]
    result = partners(rows_of(works), size=2)
    told = said(result)
    assert (told["covers"]["count"], told["covers"]["share"]) == (Count(1), Share(1.0, digits=1))
    assert told["enough"]["count"] == Count(1)
    assert told["compared"]["largest"] == Share(0.5, digits=1)
    pair = partners(rows_of([(work, member, work) for work, member, _ in works]), size=2)
    ties = pair.said[-2].values["adds"].value.values["ties"].value
    assert ties.code == "phrases.new_to_first"


@pytest.mark.slow
def test_a_year_without_a_record_does_not_ask_for_years_that_are_there() -> None:
    works = [(f"{k}{year}", year, k, "t") for year in range(2000, 2015) for k in "abcd"]
    frame = pl.DataFrame(works, schema=["work", "year", "member", "term"], orient="row")
    result = partners(frame, size=1)
    missing = [given for given in result.said if given.code == "no_record_of"]
    assert [given.values["year"] for given in missing] == [Year(2008), Year(2011)]
    assert {given.values["why"].value.code for given in missing} == {"phrases.nobody_new"}
    assert "no_record" not in said(result)
    assert "no_forecast" in said(result)


def growing(seed: int = 0) -> pl.DataFrame:
    """Works of two of nine members, and from 2009 on of two of forty."""
    rng = np.random.default_rng(seed)
    rows = []
    for year in range(2000, 2015):
        members = 9 if year < 2009 else 40
        for work in range(4 if year < 2009 else 60):
            pair = rng.choice(members, 2, replace=False)
            rows += [(f"{year}-{work}", year, f"m{k:02d}", f"t{work % 5}") for k in pair]
    return pl.DataFrame(rows, schema=["work", "year", "member", "term"], orient="row")


@pytest.mark.slow
def test_a_forecast_year_of_fewer_than_fifty_pairs_stands_beside_others() -> None:
    result = partners(growing(), size=2, horizon=3, past=3, least_works=1)
    by_year = result.tables["record_by_year"]
    pairs = dict(by_year.select("year", "pair_count").iter_rows())
    assert pairs[2008] < 50 < pairs[2011]
    few, many = (by_year.filter(year=year)["hits_at_50_share"] for year in (2008, 2011))
    assert few.null_count() == few.len() and many.null_count() == 0


@pytest.mark.slow
def test_a_past_forecast_chooses_its_members_by_what_was_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(new_partners, "COMPARED", 30)
    rows = made_up_works()
    late = rows.filter(pl.col("year") > 2020).with_columns(work=pl.col("work") + "again")
    one, two = (
        partners(frame, size=4).tables["record_by_year"].filter(year=2020)
        for frame in (rows, pl.concat([rows, late]))
    )
    columns = ["pair_count", "said_at_10_share"]
    assert one.select(columns).equals(two.select(columns))


def test_a_name_with_a_comma_in_it_is_one_name() -> None:
    name = f"{BRIDGE}, Bay 2"
    rows = made_up_works().with_columns(
        member=pl.col("member").replace(BRIDGE, name), technology=pl.lit("ice, cold")
    )
    asked = {"lead": [BRIDGE, "Bay 2", "East Academy"], "technologies": ["ice", "cold"]}
    result = partners(rows.drop("year"), size=3, **asked)
    assert set(result.table["member"][:2]) == {name, "East Academy"}
    assert "; " in result.tables["compared"]["chosen"][0]


def test_what_is_absent_is_named() -> None:
    works = made_up_works().drop("year")
    nothing = works.select("work", "member").unique().with_columns(term=pl.lit(None, pl.String))
    assert code_of(nothing).code == "empty_column"
    lead = code_of(works, lead=["Harbor Institute"])
    assert (lead.code, lead.values["near"]) == ("unknown_name_but", Name(BRIDGE))
    assert code_of(works, size=42).values["count"] == Count(41)
    assert code_of(works, lead=["a", "b"], size=1).code == "too_many"
    for option in ("until", "last_years"):
        undated = code_of(works, **{option: 2015})
        assert (undated.code, undated.values["option"]) == ("needs", Name(option))
