"""Tables that describe technologies at a forecast year: shares, histories, areas, forms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SURE_OF_AREA = 0.6
AREAS = ("manufacturing", "information", "materials", "energy", "space", "health", "none")


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
        five = np.where(begun > 0, (now / begun) ** (1 / span) - 1, np.nan)
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
    return pl.DataFrame(
        {
            "technology_id": np.repeat(list(counts.names), len(held)),
            "year": np.tile(counts.years[held], size),
            "documents_count": counts.counts[:, held].round().astype(np.int64).ravel(),
            "share": np.round(shares[:, held], 9).ravel(),
        },
        schema_overrides={"technology_id": pl.String, "year": pl.Int64},
    ).with_columns(
        pl.col("share").fill_nan(None), (pl.col("year") > counts.forecast_year).alias("is_future")
    )


def terms_for_areas(survey: Survey, links: pl.DataFrame) -> list[list[tuple[str, float]]]:
    """For each technology the words that tell its area: its name, and its neighbours' lightly."""
    own = [[(label, 1.0)] for label in survey.labels]
    for technology, other, weight in links.select("technology", "other", "weight").iter_rows():
        own[technology].append((survey.labels[other], 0.5 * weight))
    return own


def areas_summary(technologies: pl.DataFrame) -> pl.DataFrame:
    """Each area: its technologies, those scored, those among the first ten, the first by rank.

    Where areas are told from words, only those that are likely enough stand for an area.
    """
    rows = []
    sure = technologies.filter(pl.col("area_probability") >= SURE_OF_AREA)
    for area in AREAS:
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
    ids = pl.Series(list(survey.counts.names), dtype=pl.String)
    forms = survey.forms
    return forms.select(
        ids[forms["technology"]].alias("technology_id"),
        "form",
        "kind",
        "documents_count",
        pl.col("kind").alias("rule"),
        "evidence",
    )
