"""Counts in: totals, remainders, sums of others, incomplete years, and nothing known before its
time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.emergence.counts import counts_in
from firstlight.instruments.emergence.counts.counts_in import CountsAt, from_counts
from firstlight.instruments.emergence.counts.entity_names import groups_among
from firstlight.instruments.emergence.counts.remarks import ARE_PLACES, SEVERITIES
from firstlight.instruments.emergence.record.take_off import (
    THREE_YEARS,
    is_outcome_known,
    is_scored,
    take_offs,
)
from firstlight.sources import read_counts
from firstlight.texts import Texts, leaves, load

YEARS = range(2000, 2016)
WORDS = Path(counts_in.__file__).parent


def table(counts: dict[str, float], years: range = YEARS, **more: object) -> pl.DataFrame:
    """Each entity with so many documents in 2000, growing by 2% a year."""
    rows = [
        {"entity": name, "year": year, "count": np.round(level * 1.02 ** (year - 2000)), **more}
        for name, level in counts.items()
        for year in years
    ]
    return pl.DataFrame(rows)


def codes(at: CountsAt) -> list[str]:
    return [one.code for one in at.said]


def value(at: CountsAt, code: str, name: str) -> object:
    return next(one for one in at.said if one.code == code).values[name].value


COUNTRIES = ("France", "德国", "ITA", "UK", "Viet Nam", "Türkiye", "中国", "South Korea", "Chile")
PROVINCES = ("北京市", "Tianjin", "河北", "山西省", "内蒙古", "辽宁", "吉林", "Heilongjiang")
STATES = ("California", "New York", "Texas", "俄亥俄", "Washington", "Georgia", "Utah", "Iowa")
CODES = ("CA", "NY", "TX", "OH", "WA", "GA", "UT", "IA", "MA", "OR", "NC", "FL", "IL", "MI", "VA")
REGIONS = (
    "Uttar Pradesh",
    "Tamil Nadu",
    "Île-de-France",
    "Bavaria",
    "Sicilia",
    "Tokyo",
    "São Paulo",
)
NUTS = ("DE21", "FR10", "ITC4", "ES51", "NL32", "SE11", "PL91", "FI1B")
SUBDIVISIONS = ("US-CA", "DE-BY", "IN-UP", "CN-BJ", "AU-NSW", "FR-IDF", "CA-ON", "GB-ENG")
CLASSES = ("H04L", "G06F", "A61K", "B60W", "C12N", "H01M", "Y02E", "G16H")
ACRONYMS = ("LED", "NLP", "PLC", "CRISPR", "CD-ROM", "SEM", "GPU", "5G", "VR", "MEMS")
TECHNOLOGIES = ("solid-state battery", "large language model", "固态电池")


@pytest.mark.parametrize(
    ("entities", "are_places"),
    [
        (COUNTRIES, True),
        (("World", "Other", *COUNTRIES), True),  # what is no technology is not looked at
        (PROVINCES, True),
        (("全国", *PROVINCES), True),
        ((*COUNTRIES, *TECHNOLOGIES), True),  # nine of twelve
        (STATES, True),
        (CODES, True),
        (CODES[:14], False),
        ((*REGIONS, "Scotland"), True),
        (REGIONS, False),
        (NUTS, True),
        (SUBDIVISIONS, True),
        (CLASSES, False),
        (ACRONYMS, False),
        ((*COUNTRIES, *TECHNOLOGIES, "qubit"), False),
        (COUNTRIES[:7], False),
        ((*TECHNOLOGIES, "qubit", "Georgia", "graphene", "fuel cell", "memristor"), False),
    ],
)
def test_places_are_told_by_their_names(entities: tuple[str, ...], are_places: bool) -> None:
    levels = {name: 100.0 + 7 * row * row for row, name in enumerate(entities)}
    for whole in {"World", "全国"} & set(entities):
        levels[whole] = sum(levels.values()) - levels[whole]
    said = codes(from_counts(table(levels)).at(2010))
    assert (said[0] == ARE_PLACES) == are_places == (ARE_PLACES in said)


PLAIN = {"a": 100.0, "b": 200.0, "c": 400.0}


def test_shares_are_of_the_sum_where_there_is_no_total() -> None:
    at = from_counts(table(PLAIN)).at(2010)
    assert at.total_basis == "sum" and codes(at) == ["total_sum"]
    assert np.array_equal(at.counts.totals[0], at.counts.counts.sum(axis=0))
    assert at.counts.years.tolist() == list(YEARS) and at.groups.tolist() == [0, 1, 2]


def test_a_total_below_the_sum_is_used_and_said() -> None:
    """Entities overlap, as tags do: the total is the denominator all the same."""
    at = from_counts(table(PLAIN, total=590.0)).at(2010)
    assert at.total_basis == "given" and set(at.counts.totals[0]) == {590.0}
    assert codes(at) == ["total_given", "entities_overlap"]
    assert value(at, "entities_overlap", "ratio") == pytest.approx(
        at.counts.counts.sum() / (16 * 590)
    )


def test_totals_of_one_year_that_disagree_are_refused() -> None:
    frame = table(PLAIN, total=9999.0).with_columns(
        total=pl.when((pl.col("entity") == "b") & (pl.col("year") == 2007))
        .then(8888.0)
        .otherwise("total")
    )
    with pytest.raises(InputError) as caught:
        from_counts(frame)
    assert all(part in caught.value.what for part in ("2007", "9,999", "8,888"))


def test_a_count_above_its_total_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        from_counts(table(PLAIN, total=405.0))
    assert all(part in caught.value.what for part in ("c", "2001", "408", "405"))


def test_counts_of_places_that_add_up_to_more_than_the_total_are_refused() -> None:
    frames = [table({"a": 60, "b": 9}, place=place, total=100.0) for place in ("x", "y")]
    with pytest.raises(InputError) as caught:
        from_counts(pl.concat(frames)).at(2010)
    assert "120" in caught.value.what and "2000" in caught.value.what


def test_a_total_of_the_year_is_not_added_up_over_places_and_one_of_the_place_is() -> None:
    of_year = pl.concat([table(PLAIN, place=place, total=5000.0) for place in ("x", "y")])
    assert set(from_counts(of_year).at(2010).counts.totals[0]) == {5000.0}
    totals = {"x": 5000.0, "y": 3000.0}
    of_place = pl.concat(
        [table(PLAIN, place=place, total=total) for place, total in totals.items()]
    )
    assert set(from_counts(of_place).at(2010).counts.totals[0]) == {8000.0}


def test_years_before_the_first_total_are_left_out_and_gaps_count_nowhere() -> None:
    years = pl.col("year")
    frame = table(PLAIN, total=9999.0).with_columns(
        total=pl.when((years >= 2003) & (years != 2006)).then("total")
    )
    at = from_counts(frame).at(2010)
    assert at.counts.years[0] == 2003 and at.total_basis == "given"
    assert at.counts.totals[0, at.counts.years == 2006] == 0
    assert at.counts.counts[:, at.counts.years == 2006].sum() == 0
    assert "years_without_total" in codes(at)


def test_too_few_totals_give_way_to_the_sum() -> None:
    at = from_counts(
        table(PLAIN, total=9999.0).with_columns(total=pl.when(pl.col("year") < 2003).then("total"))
    ).at(2010)
    assert at.total_basis == "sum" and "total_given_too_rarely" in codes(at)


def test_a_last_year_without_total_is_left_out() -> None:
    frame = table(PLAIN, total=9999.0).with_columns(
        total=pl.when(pl.col("year") < 2015).then("total")
    )
    counts = from_counts(frame)
    assert counts.complete_to == 2014 and "last_year_without_total" in codes(counts.at(2010))


def test_remainders_count_in_totals_and_are_no_technologies() -> None:
    at = from_counts(
        table({**PLAIN, "Other things": 50, "Unclassified": 3, "machinery n.e.c.": 9})
    ).at(2010)
    assert at.counts.names == ("a", "b", "c")
    assert at.set_apart["rule"].to_list() == ["residual"] * 3
    assert at.counts.totals[0, 0] == 762


@pytest.mark.parametrize("name", ["Total", "everything at once"])
def test_the_sum_of_all_is_no_technology_and_not_counted_again(name: str) -> None:
    frame = table(PLAIN)
    total = (
        frame.group_by("year")
        .agg(pl.col("count").sum())
        .select(pl.lit(name).alias("entity"), "year", "count")
    )
    at = from_counts(pl.concat([frame, total])).at(2010)
    assert at.counts.names == ("a", "b", "c") and at.set_apart["name"].to_list() == [name]
    assert at.counts.totals[0, 0] == 700


def test_a_total_above_the_sum_is_what_shares_are_of() -> None:
    at = from_counts(table({**PLAIN, "All fields": 3000})).at(2010)
    assert at.total_basis == "entity" and at.counts.totals[0, 0] == 3000
    assert value(at, "total_of_entity", "name") == "All fields"


def test_a_small_tag_that_is_called_all_is_a_tag() -> None:
    assert from_counts(table({**PLAIN, "all": 20, "sum": 30})).at(2010).counts.names == (
        "a",
        "all",
        "b",
        "c",
        "sum",
    )


def test_a_union_is_not_added_to_its_members() -> None:
    places = {"DE": 10.0, "FR": 20.0, "US": 40.0, "CN": 30.0}
    frame = pl.concat(
        [table({"a": level, "b": 2 * level}, place=place) for place, level in places.items()]
    )
    union = (
        frame.filter(pl.col("place").is_in(["DE", "FR"]))
        .group_by("entity", "year")
        .agg(pl.col("count").sum())
    )
    whole = pl.concat([frame, union.select("entity", "year", "count", place=pl.lit("EU-27"))])
    at, without = from_counts(whole).at(2010), from_counts(frame).at(2010)
    assert np.array_equal(at.counts.counts, without.counts.counts)
    assert value(at, "place_contains", "name") == "EU-27"
    leaders = from_counts(whole).leaders(at)
    assert set(leaders["name"]) == set(places)
    us = leaders.filter((pl.col("name") == "US") & (pl.col("technology_id") == "a"))
    assert us["share"].to_list() == pytest.approx([0.4, 0.4], abs=0.01)


def test_the_world_is_used_where_it_has_more_than_its_parts() -> None:
    """A document of two countries counts in both, and once in the world."""
    frame = pl.concat([table(PLAIN, place=place) for place in ("US", "CN", "JP")])
    world = table({name: level * 2.5 for name, level in PLAIN.items()}, place="World")
    at = from_counts(pl.concat([frame, world])).at(2010)
    assert at.counts.totals[0, 0] == 1750 and "place_is_whole" in codes(at)


def test_an_incomplete_last_year_is_left_out() -> None:
    frame = table(PLAIN)
    part = (
        pl.when(pl.col("year") == 2015)
        .then(pl.col("count") * 0.7)
        .otherwise("count")
        .alias("count")
    )
    counts = from_counts(frame.with_columns(part))
    assert counts.complete_to == 2014 and counts.at(2010).counts.years[-1] == 2014
    assert value(counts.at(2010), "last_year_incomplete", "year") == 2015
    with pytest.raises(InputError, match="2015 is not a complete year") as caught:
        counts.at(2015)
    assert caught.value.try_next == "--as-of 2014"
    with pytest.raises(InputError, match="1999"):
        counts.at(1999)


def test_a_fall_that_was_seen_before_is_no_incomplete_year() -> None:
    halved = pl.col("year").is_in([2010, 2015])
    frame = table(PLAIN).with_columns(
        count=pl.when(halved).then(pl.col("count") * 0.7).otherwise("count")
    )
    assert from_counts(frame).complete_to == 2015


def test_a_year_of_three_quarters_is_incomplete() -> None:
    frame = pl.concat([table(PLAIN, quarter=quarter) for quarter in (1, 2, 3, 4)])
    counts = from_counts(frame.filter((pl.col("year") < 2015) | (pl.col("quarter") < 4)))
    assert counts.complete_to == 2014
    assert counts.at(2010).counts.totals[0, 0] == 2800


def test_names_of_parents_come_first() -> None:
    at = from_counts(
        pl.concat([table({"x": 20, "Other": 5}, parent=parent) for parent in ("p", "q")])
    ).at(2010)
    assert at.counts.names == ("p: x", "q: x") and at.parents == ("p", "q")
    assert at.set_apart["name"].to_list() == ["p: Other", "q: Other"]


def test_rates_without_a_total() -> None:
    rates = table({"a": 20, "b": 300}).rename({"count": "per_100k"})
    at = from_counts(read_counts(rates).table.frame).at(2010)
    assert at.total_basis == "pseudo" and set(at.counts.totals[0]) == {100_000.0}
    assert at.counts.counts[:, 0] == pytest.approx([20, 300])


def test_rates_by_month_and_place_without_a_total_are_told_as_they_are_counted() -> None:
    rows = [
        (name, f"{year}-{month:02d}", place, 20)
        for name in "ab"
        for year in range(2000, 2011)
        for month in range(1, 13)
        for place in ("CN", "US")
    ]
    rates = pl.DataFrame(rows, schema=["tag", "month", "place", "per_100k"], orient="row")
    at = from_counts(read_counts(rates).table.frame).at(2010)
    assert set(at.counts.totals[0]) == {12 * 2 * 100_000.0}
    (said,) = [one for one in at.said if one.code == "total_pseudo"]
    english, chinese = (Texts(WORDS).sentence(lang, said) for lang in ("en", "zh"))
    assert "each period" in english and "each place" in english and "each year" not in english
    assert "每期" in chinese and "每地" in chinese and "每年" not in chinese


def test_a_rate_above_one_is_refused() -> None:
    rates = table({"a": 20, "b": 300}).rename({"count": "percent"})
    with pytest.raises(InputError, match="more than the whole"):
        read_counts(rates)


def test_years_without_any_count_are_said() -> None:
    at = from_counts(table(PLAIN).filter(pl.col("year") != 2005)).at(2010)
    assert [year.value for year in value(at, "years_missing", "years")] == [2005]  # type: ignore[attr-defined]


def test_no_count_above_zero_is_refused() -> None:
    with pytest.raises(InputError, match="no count"):
        from_counts(table({"a": 0}))


def test_what_came_later_changes_nothing() -> None:
    """At a forecast year, names and counts are those of a file that ends there."""
    rng = np.random.default_rng(3)
    rows = [
        (
            f"tag {number}",
            year,
            int(rng.poisson(20 * 1.1 ** max(year - start, 0)) * (year >= start)),
        )
        for number, start in enumerate(rng.integers(2000, 2014, 60))
        for year in YEARS
    ]
    frame = pl.DataFrame(rows, schema=["entity", "year", "count"], orient="row")
    union = frame.filter(pl.col("entity") < "tag 3").group_by("year").agg(pl.col("count").sum())
    frame = pl.concat([frame, union.select(pl.lit("union").alias("entity"), "year", "count")])
    for year in (2008, 2011):
        at, cut = (
            from_counts(frame).at(year),
            from_counts(frame.filter(pl.col("year") <= year)).at(year),
        )
        assert at.counts.names == cut.counts.names
        assert np.array_equal(at.counts.until(year).counts, cut.counts.counts)
        assert np.array_equal(at.counts.until(year).totals, cut.counts.totals)
        assert at.set_apart.equals(cut.set_apart)


def test_the_order_of_rows_is_irrelevant() -> None:
    frame = pl.concat(
        [
            table(PLAIN, place=place, total=9e3).with_columns(pl.col("count") / 7)
            for place in ("x", "y")
        ]
    )
    first, again = from_counts(frame), from_counts(frame.sample(fraction=1, shuffle=True, seed=4))
    assert first.frame.equals(again.frame)
    assert np.array_equal(first.at(2010).counts.counts, again.at(2010).counts.counts)
    assert first.leaders(first.at(2010)).equals(again.leaders(again.at(2010)))


def test_every_message_has_its_words_in_both_languages() -> None:
    texts = {lang: load(WORDS / f"{lang}.toml") for lang in ("en", "zh")}
    assert texts["en"]["says"].keys() == texts["zh"]["says"].keys() >= SEVERITIES.keys()
    assert texts["en"]["rules"].keys() == texts["zh"]["rules"].keys()
    assert all(text for lang in texts for _, text in leaves(texts[lang]))
    frame = table({**PLAIN, "Total": 600, "Other": 5, "EU": 90, "DE": 40, "FR": 30}, total=999.0)
    at = from_counts(frame).at(2010)
    for lang in texts:
        assert all("{" not in Texts(WORDS).sentence(lang, one) for one in at.said)
    assert set(at.set_apart["rule"]) <= texts["en"]["rules"].keys()


def test_real_patents(reference: Path) -> None:
    counts = from_counts(
        read_counts(reference / "data" / "patents" / "domain_subfield_year.csv.gz").table.frame
    )
    assert (counts.first_year, counts.complete_to, counts.incomplete[0].year) == (1976, 2024, 2025)
    assert counts.incomplete[0].ratio == pytest.approx(0.718, abs=0.001)
    at = counts.at(2020)
    assert len(at.counts.names) == 71 and at.set_apart.height == 12
    assert at.counts.totals[0, -1] == 205_578  # of all 83
    assert is_scored(at.counts).sum() <= 71 and is_outcome_known(at.counts.until(2023), THREE_YEARS)
    assert take_offs(at.counts).is_take_off.dtype == np.bool_


def test_real_indicators_with_the_world_and_its_parts(reference: Path) -> None:
    frame = pl.read_parquet(reference / "data" / "counts" / "ncses.parquet").filter(
        pl.col("table") == "SPBS-17"
    )
    given = frame.select(pl.col("unit").alias("entity"), "year", pl.col("value").alias("count"))
    at = from_counts(read_counts(given).table.frame).at(2017)
    assert at.total_basis == "entity"
    assert {"World", "Africa", "Asia", "EU-27", "Europe"} <= set(at.set_apart["name"])
    assert {"Germany", "China"} <= set(at.counts.names)


def test_a_last_year_that_ends_in_september_is_left_out_of_counts_by_month() -> None:
    months = [f"{year}-{month:02}" for year in range(2010, 2020) for month in range(1, 13)][:-3]
    rows = [f"{tag},{month},{10 + ord(tag) - 97}" for month in months for tag in "abc"]
    text = "tag,month,count\n" + "\n".join(rows)
    corpus = from_counts(read_counts({"a.csv": text.encode()}).table.frame)
    assert corpus.complete_to == 2018


@pytest.mark.parametrize(
    ("region", "members"),
    [
        ("Australia/Oceania", ("Australia", "New Zealand")),
        ("Central America and Caribbean", ("Costa Rica", "Cuba")),
        ("大洋洲", ("新西兰", "澳大利亚")),
    ],
)
def test_a_region_is_no_entity_beside_its_countries(region: str, members: tuple[str, ...]) -> None:
    assert groups_among([region, *members, "Chad"]) == {region: members}
    assert groups_among([region, "Chad"]) == {}
