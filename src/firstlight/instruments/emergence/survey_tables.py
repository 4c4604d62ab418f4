"""A survey as tables to keep, and back: the form in which surveys lie in the catalogue and in the bundled sky."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.emergence.survey import Survey

TABLES = ("technologies", "counts", "terms", "links", "groups", "years")
UNITS: dict[str, dict[str, str]] = {
    "technologies": {"technology": "row", "label": "text"},
    "counts": {
        "documents_count": "documents",
        "authors_count": "authors",
        "new_authors_count": "authors",
        "needs_count": "documents",
    },
    "terms": {"weight": "share of the strongest ties", "documents_count": "documents"},
    "links": {"weight": "share"},
    "groups": {"documents_count": "documents", "first_year": "year"},
    "years": {"documents_count": "documents"},
}
_COUNTS = {
    "documents_count": "counts",
    "authors_count": "authors",
    "new_authors_count": "new_authors",
    "needs_count": "needs",
}


def survey_tables(survey: Survey) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Tables and facts of a survey; counts are long, without the zeros."""
    size = len(survey.labels)
    place, year = np.nonzero(survey.counts)
    counts = pl.DataFrame(
        {
            "technology": place.astype(np.int64),
            "year": survey.years[year],
            **{name: _whole(getattr(survey, own)[place, year]) for name, own in _COUNTS.items()},
        }
    )
    tables = {
        "technologies": pl.DataFrame(
            {"technology": np.arange(size, dtype=np.int64), "label": list(survey.labels)},
            schema_overrides={"label": pl.String},
        ),
        "counts": counts,
        "terms": survey.terms,
        "links": survey.links,
        "groups": survey.groups,
        "years": pl.DataFrame({"year": survey.years, "documents_count": _whole(survey.totals)}),
    }
    facts = {
        "forecast_year": survey.forecast_year,
        "coverage": round(survey.coverage, 9),
        "tested": survey.tested,
    }
    return tables, facts


def _whole(values: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Integers where all are whole; fractional counts stay as they are."""
    return values.astype(np.int64) if (values == np.round(values)).all() else values


def survey_of(tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any]) -> Survey:
    """The survey that ``survey_tables`` wrote.

    Raises  InputError where a table is missing.
    """
    missing = [name for name in TABLES if name not in tables]
    if missing:
        raise InputError(
            f"a survey needs the table {missing[0]}", where="survey", try_next="firstlight observe"
        )
    years = tables["years"]["year"].to_numpy().astype(np.int64)
    labels = tuple(tables["technologies"].sort("technology")["label"].to_list())
    arrays = {own: np.zeros((len(labels), len(years))) for own in _COUNTS.values()}
    counts = tables["counts"]
    row, column = counts["technology"].to_numpy(), np.searchsorted(years, counts["year"].to_numpy())
    for name, own in _COUNTS.items():
        arrays[own][row, column] = counts[name].to_numpy()
    return Survey(
        int(facts["forecast_year"]),
        years,
        tables["years"]["documents_count"].to_numpy().astype(np.float64),
        arrays["counts"],
        arrays["authors"],
        arrays["new_authors"],
        arrays["needs"],
        float(facts["coverage"]),
        int(facts["tested"]),
        labels,
        tables["terms"],
        tables["links"],
        tables["groups"],
    )


def stack(surveys: Iterable[Survey]) -> dict[str, pl.DataFrame]:
    """Many surveys in one set of tables, with the column forecast_year in front; facts go to the table surveys."""
    frames: dict[str, list[pl.DataFrame]] = {name: [] for name in (*TABLES, "surveys")}
    for survey in surveys:
        tables, facts = survey_tables(survey)
        for name, frame in tables.items():
            frames[name].append(
                frame.select(
                    pl.lit(survey.forecast_year, dtype=pl.Int64).alias("forecast_year"), pl.all()
                )
            )
        frames["surveys"].append(pl.DataFrame([facts]))
    return {name: pl.concat(own) for name, own in frames.items()}


def unstack(tables: Mapping[str, pl.DataFrame]) -> dict[int, Survey]:
    """The surveys by forecast year that ``stack`` wrote."""
    found = {}
    for facts in tables["surveys"].sort("forecast_year").iter_rows(named=True):
        year = int(facts["forecast_year"])
        own = {
            name: tables[name].filter(pl.col("forecast_year") == year).drop("forecast_year")
            for name in TABLES
        }
        found[year] = survey_of(own, facts)
    return found
