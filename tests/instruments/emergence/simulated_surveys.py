"""Surveys whose truth is known: outcomes are drawn from a logistic law of the places that a forecast reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit

from firstlight.instruments.emergence.forecasts import CHANCE, WEIGHT, Forecaster
from firstlight.instruments.emergence.survey import Survey

Floats = npt.NDArray[np.float64]
TOTAL, PAST, HORIZON = 20_000.0, 12, 3
READ = ("new_authors_share", "spread", "need_language", "category_age")
NO_LINKS = pl.DataFrame(schema={"technology": pl.Int64, "other": pl.Int64, "weight": pl.Float64})


@dataclass(frozen=True)
class Truth:
    """logit P = constant + sum of weight * place + chance * the place by the trend's chance (as the forecast has it)."""

    constant: float
    weights: Mapping[str, float]
    chance: float = WEIGHT


def bare_survey(year: int, counts: Sequence[Sequence[float]] | Floats, totals: Sequence[float] | Floats) -> Survey:
    """A survey of nothing but counts that begin in 2000."""
    table = np.asarray(counts, dtype=np.float64)
    names = tuple(f"technology {i}" for i in range(len(table)))
    size = np.arange(len(table), dtype=np.int64)
    terms = pl.DataFrame(
        {"technology": size, "term": list(names), "shown": list(names), "documents_count": size},
        schema={"technology": pl.Int64, "term": pl.String, "shown": pl.String, "documents_count": pl.Int64},
    ).with_columns(weight=pl.lit(1.0), first_year=pl.lit(2000, pl.Int64), rank=pl.lit(1, pl.Int64))
    years = np.arange(2000, 2000 + table.shape[1])
    none = np.zeros(table.shape)
    whole = ("technology", "documents_count", "first_year")
    groups = pl.DataFrame(schema=dict.fromkeys(whole, pl.Int64) | dict.fromkeys(("kind", "name"), pl.String))
    return Survey(
        year,
        years,
        np.asarray(totals, dtype=np.float64),
        table,
        none,
        none,
        none,
        0.8,
        len(table),
        names,
        terms,
        NO_LINKS,
        groups,
    )


def simulated_survey(year: int, size: int, truth: Truth, rng: np.random.Generator) -> Survey:
    """Technologies of one year with newcomers, categories and terms at random, and what follows drawn from the truth."""
    before = _before(year, size, rng)
    places = Forecaster({year: before})._places(year, "B")
    odds = truth.constant + sum(weight * places[name] for name, weight in truth.weights.items())
    grew = rng.random(size) < expit(odds + truth.chance * places[CHANCE])
    after = before.counts[:, -1:] * np.where(grew, 1.6, 0.9)[:, None] ** (np.arange(1, HORIZON + 1) / HORIZON)
    return replace(
        before,
        years=np.arange(year - PAST, year + HORIZON + 1),
        totals=np.full(PAST + 1 + HORIZON, TOTAL),
        counts=np.hstack([before.counts, after]),
        authors=np.hstack([before.authors, 3 * after]),
        new_authors=np.hstack([before.new_authors, after]),
        needs=np.hstack([before.needs, np.floor(after / 2)]),
    )


def simulated_surveys(years: Sequence[int], size: int, truth: Truth, seed: int) -> dict[int, Survey]:
    """One survey a year, each of technologies of its own."""
    return {year: simulated_survey(year, size, truth, np.random.default_rng([seed, year])) for year in years}


def permuted(survey: Survey, order: npt.NDArray[np.int64]) -> Survey:
    """The same technologies in another order: row i is what was row order[i]."""
    place = np.argsort(order)

    def moved(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        known = pl.DataFrame({column: np.arange(len(order)), "_to": place}, schema_overrides={column: pl.Int64})
        found = frame.join(known, on=column, how="left", maintain_order="left")
        return found.with_columns(pl.coalesce("_to", column).alias(column)).drop("_to")

    return replace(
        survey,
        counts=survey.counts[order],
        authors=survey.authors[order],
        new_authors=survey.new_authors[order],
        needs=survey.needs[order],
        labels=tuple(survey.labels[int(i)] for i in order),
        terms=moved(survey.terms, "technology"),
        links=moved(moved(survey.links, "technology"), "other"),
        groups=moved(survey.groups, "technology"),
    )


def _before(year: int, size: int, rng: np.random.Generator) -> Survey:
    level, slope = rng.uniform(50, 90, size), rng.normal(0, 0.05, size)
    counts = rng.poisson(level[:, None] * np.exp(slope[:, None] * np.arange(-PAST, 1))).astype(np.float64) + 20
    authors = 3 * counts
    new_authors = np.floor(authors * rng.uniform(0.2, 0.8, size)[:, None] * rng.uniform(0.9, 1.1, counts.shape))
    needs = np.floor(counts * rng.uniform(0.1, 0.9, size)[:, None])
    known = bare_survey(year, counts, np.full(PAST + 1, TOTAL))
    number = np.arange(size, dtype=np.int64)
    terms = pl.DataFrame(
        {
            "technology": np.repeat(number, 4),
            "term": [f"term {year}-{i}" for i in range(4 * size)],
            "shown": [f"Term {year}-{i}" for i in range(4 * size)],
            "weight": rng.uniform(0.2, 1.0, 4 * size),
            "documents_count": np.full(4 * size, 9),
            "first_year": year - rng.integers(0, 12, 4 * size),
            "rank": np.tile(np.arange(1, 5), size),
        }
    )
    groups = pl.DataFrame(
        {
            "technology": np.concatenate([np.repeat(number, 5), np.full(5, -1)]),
            "kind": "category",
            "name": np.tile([f"field {i}" for i in range(5)], size + 1),
            "documents_count": rng.integers(1, 60, 5 * (size + 1)),
            "first_year": np.tile(year - np.array([12, 11, 9, 6, 2]), size + 1),
        }
    )
    return replace(
        known,
        years=np.arange(year - PAST, year + 1),
        authors=authors,
        new_authors=new_authors,
        needs=needs,
        terms=terms,
        groups=groups,
    )
