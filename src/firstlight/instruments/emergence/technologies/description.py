"""Tables that describe technologies at a forecast year: shares, histories, areas, forms; and the
order in which they are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.areas import Areas
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare
from firstlight.numerics.growth_rates import annual_growth

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SURE_OF_AREA = 0.6
CLEAR = 0.5  # probability from which an area is said
SIX = ("manufacturing", "information", "materials", "energy", "space", "health")


def two_year_shares(counts: YearlyCounts) -> Floats:
    """(K, Y) s(y): share of the documents of y-1 and y, standardised over strata against FY-1..FY.

    A year that no stratum of the forecast year holds has no share (nan).
    """
    year = counts.forecast_year
    now = (year - 1, year)
    shares = np.full((len(counts.names), len(counts.years)), np.nan)
    for column, other in enumerate(counts.years):
        shares[:, column] = compare(counts, now, (other - 1, other), weights_of=now).after
    return shares


def shares_and_growth(counts: YearlyCounts) -> pl.DataFrame:
    """A row for each technology: documents, shares and growth up to the forecast year.

    Returns data frame documents_count (of FY-1..FY), documents_total_count, share (s(FY)),
    share_before (mean of the yearly shares of FY-5..FY-1), growth_last_year, is_newborn (nothing in
    the year before), growth_five_years (a year).
    """
    year = counts.forecast_year
    place = int(year - counts.years[0])
    yearly = counts.yearly_shares
    now, last = yearly.of_year(year), yearly.of_year(year - 1)
    earlier = yearly.known(year - 5, year - 1)
    before, begun, span = np.full(len(now), np.nan), np.full(len(now), np.nan), 1
    if len(earlier):
        of_earlier = yearly.of(earlier)
        before, begun, span = of_earlier.mean(axis=1), of_earlier[:, 0], year - int(earlier[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.where(last > 0, now / last - 1, np.nan)
        five = np.where(begun > 0, annual_growth(now / begun, span), np.nan)
    shares = compare(counts, (year - 1, year), (year - 1, year)).after
    return pl.DataFrame(
        {
            "documents_count": counts.documents_of((year - 1, year)).round().astype(np.int64),
            "documents_total_count": counts.counts[:, : place + 1]
            .sum(axis=1)
            .round()
            .astype(np.int64),
            "share": np.round(shares, 9),
            "share_before": np.round(before, 9),
            "growth_last_year": np.round(growth, 6),
            "is_newborn": (last == 0) & (now > 0),
            "growth_five_years": np.round(five, 6),
        }
    ).with_columns(
        pl.col("growth_last_year", "growth_five_years", "share", "share_before").fill_nan(None)
    )


def history(counts: YearlyCounts) -> pl.DataFrame:
    """Documents and s(y) of each technology by year.

    Returns data frame technology_id, year, documents_count, share, is_future.
    Years without any document of the record are left out.
    """
    shares = two_year_shares(counts)
    held = np.flatnonzero(counts.totals.sum(axis=0) > 0)
    size = len(counts.names)
    # NumPy would give every text the room of the longest.
    ids = pl.Series(list(counts.names), dtype=pl.String)
    return pl.DataFrame(
        {
            "technology_id": ids.gather(np.repeat(np.arange(size), len(held))),
            "year": np.tile(counts.years[held], size),
            "documents_count": counts.counts[:, held].round().astype(np.int64).ravel(),
            "share": np.round(shares[:, held], 9).ravel(),
        },
        schema_overrides={"year": pl.Int64},
    ).with_columns(
        pl.col("share").fill_nan(None), (pl.col("year") > counts.forecast_year).alias("is_future")
    )


def terms_for_areas(survey: Survey, links: pl.DataFrame) -> list[list[tuple[str, float]]]:
    """For each technology the words that tell its area: its name, and its neighbours' by likeness.

    A word of two meanings ("activation") decides less where the neighbours are known.
    """
    own = [[(label, 1.0)] for label in survey.labels]
    for technology, other, weight in links.select("technology", "other", "weight").iter_rows():
        own[technology].append((survey.labels[other], weight))
    return own


def area_table(told: Areas) -> pl.DataFrame:
    """Data frame area and area_probability of technologies.

    One of the six that is no likelier than all else together is unclear: half of such answers are
    wrong (docs/explanation/areas.md).
    """
    probability = told.probabilities.max(axis=1, initial=0.0)
    columns = {"area": list(told.area), "area_probability": np.round(probability, 4)}
    frame = pl.DataFrame(columns, schema={"area": pl.String, "area_probability": pl.Float64})
    is_unclear = pl.col("area").is_in(SIX) & (pl.col("area_probability") < CLEAR)
    return frame.with_columns(
        pl.when(is_unclear).then(pl.lit("unclear")).otherwise("area").alias("area")
    )


def areas_summary(technologies: pl.DataFrame) -> pl.DataFrame:
    """Each area: its technologies, those scored, those among the first ten, the first by rank.

    Where areas are told from words, only those that are likely enough stand for an area.
    """
    rows = []
    sure = technologies.filter(pl.col("area_probability") >= SURE_OF_AREA)
    for area in (*SIX, "none"):
        own = sure.filter(pl.col("area") == area)
        ranked = own.filter(pl.col("rank").is_not_null()).sort("rank")
        rows.append(
            {
                "area": area,
                "technologies_count": own.height,
                "scored_count": ranked.height,
                "first_ten_count": ranked.filter(pl.col("rank") <= 10).height,
                "best_name": ranked["name"][0] if ranked.height else None,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"best_name": pl.String})


def with_ids(links: pl.DataFrame, ids: Sequence[str]) -> pl.DataFrame:
    """Links between technology ids: data frame technology_id, other_id, weight."""
    names = pl.Series(list(ids), dtype=pl.String)
    return links.select(
        names[links["technology"]].alias("technology_id"),
        names[links["other"]].alias("other_id"),
        "weight",
    )


def form_table(survey: Survey) -> pl.DataFrame:
    """Every form: technology_id, form, kind, documents_count, rule, evidence."""
    return survey.forms_by_id.select(
        "technology_id",
        "form",
        "kind",
        "documents_count",
        pl.col("kind").alias("rule"),
        "evidence",
    )


# ---- the order of the list


def with_lines(frame: pl.DataFrame, near_equal: pl.DataFrame) -> pl.DataFrame:
    """Technologies with the columns same_as and members: those with nearly the same documents or
    one Chinese name are one line, and so are second names and what they name.

    A line is headed by its first technology; a later one that equals a head stands under it. Of a
    pair that is there one way alone the other is a second name: it counts as what it names, and
    stands with it wherever that stands.

    frame : by rank, then the watched ones; near_equal : technology_id, other_id
    """
    order = frame["technology_id"].to_list()
    same = pl.concat([near_equal.select("technology_id", "other_id"), _of_one_chinese_name(frame)])
    pairs = list(same.iter_rows())
    named = _what_second_names_name(pairs, order)
    others: dict[str, list[str]] = {}
    for one, other in pairs:
        others.setdefault(_named_by(one, named), []).append(_named_by(other, named))
    head_of: dict[str, str] = {}
    for name in order:
        if name not in head_of and name not in named:
            head_of[name] = name
            for other in others.get(name, []):
                head_of.setdefault(other, name)
    heads = pl.Series([head_of[_named_by(name, named)] for name in order], dtype=pl.String)
    is_under = heads != pl.col("technology_id")
    frame = frame.with_columns(pl.when(is_under).then(heads).alias("same_as"))
    head_names = frame.select(pl.col("technology_id").alias("same_as"), head_name="name")
    under = frame.drop_nulls("same_as").join(head_names, on="same_as", maintain_order="left")
    # "Agents (LLM agents)" says already what it is told with.
    says_more = ~pl.col("head_name").str.ends_with(pl.format("({})", "name"))
    of_line = under.filter(says_more).group_by("same_as", maintain_order=True)
    members = of_line.agg(pl.col("name").alias("members")).rename({"same_as": "technology_id"})
    return frame.join(members, on="technology_id", how="left", maintain_order="left")


def _what_second_names_name(
    pairs: Sequence[tuple[str, str]], order: Sequence[str]
) -> dict[str, str]:
    """Second name -> what it names; of several the first in order. Nothing names itself in turn."""
    known = set(pairs)
    place = {name: row for row, name in enumerate(order)}
    named: dict[str, str] = {}
    for one, other in sorted(known, key=lambda pair: (place[pair[0]], pair)):
        is_second = (other, one) not in known and other not in named
        if is_second and _named_by(one, named) != other:
            named[other] = one
    return named


def _named_by(name: str, named: Mapping[str, str]) -> str:
    while name in named:
        name = named[name]
    return name


def _of_one_chinese_name(frame: pl.DataFrame) -> pl.DataFrame:
    """Pairs of technologies whose Chinese names are the same: technology_id, other_id."""
    named = frame.select("technology_id", "name_zh").drop_nulls()
    pairs = named.join(
        named.rename({"technology_id": "other_id"}), on="name_zh", maintain_order="left_right"
    )
    return pairs.filter(pl.col("technology_id") != pl.col("other_id")).drop("name_zh")


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Scored technologies by their score, then watched ones by the growth of their share."""
    is_scored = pl.col("status") == "scored"
    gained = (pl.col("share") - pl.col("share_before")).fill_null(0.0)
    by = [
        is_scored,
        pl.when(is_scored).then("score").fill_null(-np.inf),
        pl.when(is_scored).then(pl.col("documents_count").cast(pl.Float64)).otherwise(gained),
    ]
    ordered = frame.sort(*by, "technology_id", descending=[True, True, True, False])
    rank = pl.when(is_scored).then(pl.int_range(1, pl.len() + 1, dtype=pl.Int64)).alias("rank")
    return ordered.with_columns(rank)
