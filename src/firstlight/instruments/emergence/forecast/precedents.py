"""Precedents: earlier technologies that looked alike, and what is known to have become of them.

A case is a technology at the end of an earlier forecast year, whose outcome was known at the end of
FY. Precedents illustrate a forecast; whether they tell more than the base rate is in their record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.spatial import KDTree

from firstlight.instruments.emergence.forecast.features import Features
from firstlight.instruments.emergence.record.groups import lineages
from firstlight.instruments.emergence.record.scores import RESAMPLES, interval
from firstlight.instruments.emergence.record.take_off import TakeOffs
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.numerics.ranks import pairs_in_order

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

NEAREST = 20  # precedents of a technology, each of another lineage
LOOKED_AT = 60  # nearest cases among which they are looked for
FEWEST_CASES = 100  # earlier cases, to look among
FIGURES = ("size", "distance", "slope", "pull", "volatility", "age")
POOLED = (
    *("base_rate", "auc", "brier", "base_brier", "brier_skill"),
    *("chance_auc", "chance_brier", "chance_brier_skill"),
)
PRECEDENTS = {
    "technology_id": pl.String,
    "position": pl.Int64,
    "precedent_id": pl.String,
    "name": pl.String,
    "year": pl.Int64,
    "first_year": pl.Int64,
    "documents_count": pl.Int64,
    "outcome": pl.Boolean,
    "outcome_ratio": pl.Float64,
}
RECORD = {
    "year": pl.Int64,
    "scored_count": pl.Int64,
    "take_off_count": pl.Int64,
    "cases_count": pl.Int64,
    "base_rate": pl.Float64,
    "auc": pl.Float64,
    "auc_low": pl.Float64,
    "auc_high": pl.Float64,
    "brier": pl.Float64,
    "base_brier": pl.Float64,
    "brier_skill": pl.Float64,
    "brier_skill_low": pl.Float64,
    "brier_skill_high": pl.Float64,
    "chance_auc": pl.Float64,
    "chance_brier": pl.Float64,
    "chance_brier_skill": pl.Float64,
}


@dataclass(frozen=True)
class JudgedCases:
    """The scored technologies of a year with their figures and what came of them.

    came        : None where it is not known
    probability : (K,) the forecast's chances; None where there are none
    """

    survey: Survey
    features: Features
    came: TakeOffs | None
    probability: Floats | None = None

    @property
    def figures(self) -> Floats:
        """(K, 6) what likeness is judged by, see `FIGURES`."""
        read = [getattr(self.features, name) for name in FIGURES[:-2]]
        volatility = np.log(self.features.volatility)
        age = np.log1p(self.survey.forecast_year - self.survey.first_years)
        return np.column_stack([*read, volatility, age])


@dataclass(frozen=True)
class Nearest:
    """For each of K technologies the rows of its precedents among the cases, the nearest first.

    rows    : (K, 20), -1 where there are fewer
    share   : (K,) of them that took off; nan without any
    """

    rows: Ints
    share: Floats


def nearest(figures: Floats, own: Ints, cases: Floats, theirs: Ints, is_take_off: Flags) -> Nearest:
    """The cases that look most alike: each lineage once, and never a technology's own.

    figures, cases : (K, F) and (N, F); own, theirs : lineages
    Figures are standardised over the cases; likeness is the Euclidean distance.
    Source: Cover and Hart (1967), Nearest neighbor pattern classification, IEEE Transactions on
    Information Theory 13(1), 21-27.
    """
    centre, spread = cases.mean(axis=0), cases.std(axis=0)
    # A figure that is the same for all says nothing, and must not be divided by 0.
    spread = np.where(spread > 0, spread, 1.0)
    tree = KDTree((cases - centre) / spread)
    most = min(LOOKED_AT, len(cases))
    found = tree.query((figures - centre) / spread, k=[*range(1, most + 1)])[1]
    lineage = theirs[found]
    is_first = _is_first(lineage) & (lineage != own[:, None])
    counted = is_first & (np.cumsum(is_first, axis=1) <= NEAREST)
    count = counted.sum(axis=1)
    hits = (counted & is_take_off[found]).sum(axis=1)
    share = np.divide(hits, count, out=np.full(len(count), np.nan), where=count > 0)
    # those that count come to the front, in their order
    order = np.argsort(~counted, axis=1, kind="stable")[:, :NEAREST]
    rows = np.take_along_axis(np.where(counted, found, -1), order, axis=1)
    return Nearest(rows.astype(np.int64), share)


def _is_first(values: Ints) -> Flags:
    """(K, N) whether a value stands for the first time in its row."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    first = np.ones(values.shape, dtype=np.bool_)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    found = np.empty_like(first)
    np.put_along_axis(found, order, first, axis=1)
    return found


@dataclass(frozen=True)
class Precedents:
    """Tables of precedents (`PRECEDENTS`) and of how much they told in earlier years (`RECORD`)."""

    precedents: pl.DataFrame
    record: pl.DataFrame


def precedents(
    years: Mapping[int, JudgedCases],
    observed: int,
    horizon: int,
    shown: Sequence[str],
    checked: Sequence[int],
) -> Precedents:
    """Precedents of the observed year's technologies, and their record in the years checked.

    years : forecast year -> its technologies; shown : ids of those that precedents are listed for
    A year reads the cases whose outcome was known at its end, and lineages as they were then.
    """
    found = _alike(years, observed, horizon)
    table = pl.DataFrame(schema=PRECEDENTS)
    if found is not None:
        alike, cases = found
        table = _listed(years[observed].survey, alike, cases.table, shown)
    return Precedents(table, record_of_precedents(years, horizon, checked))


def record_of_precedents(
    years: Mapping[int, JudgedCases], horizon: int, checked: Sequence[int]
) -> pl.DataFrame:
    """How much precedents told in the years checked, see `RECORD`."""
    rows = []
    for year in sorted(checked):
        found = _alike(years, year, horizon)
        if found is not None:
            rows += _row(years[year], found[0].share, found[1])
    return _record(rows)


def _alike(
    years: Mapping[int, JudgedCases], year: int, horizon: int
) -> tuple[Nearest, _Cases] | None:
    """The precedents of a year's technologies; None where there are too few earlier cases."""
    known = {one: years[one] for one in sorted(years) if one <= year}
    cases = _Cases.of(known, year - horizon)
    if len(cases.outcome) < FEWEST_CASES or not years[year].survey.labels:
        return None
    figures = years[year].figures
    alike = nearest(figures, cases.own_lineages, cases.figures, cases.lineages, cases.outcome)
    return alike, cases


@dataclass(frozen=True)
class _Cases:
    """N earlier cases, year by year.

    own_lineages : (K,) of the technologies that precedents are looked for
    """

    figures: Floats
    lineages: Ints
    outcome: Flags
    own_lineages: Ints
    table: pl.DataFrame

    @classmethod
    def of(cls, known: Mapping[int, JudgedCases], last: int) -> _Cases:
        """The cases of forecast years up to ``last`` whose outcome is known."""
        lineage = lineages([(one.survey.counts.names, one.survey.groups) for one in known.values()])
        figures, numbers, tables = [np.zeros((0, len(FIGURES)))], [np.zeros(0, np.int64)], []
        for (year, own), number in zip(known.items(), lineage, strict=True):
            if year <= last and own.came is not None and own.survey.labels:
                figures.append(own.figures)
                numbers.append(number)
                tables.append(_case_table(own.survey, own.came))
        table = pl.concat(tables) if tables else pl.DataFrame(schema={"outcome": pl.Boolean})
        outcome = table["outcome"].to_numpy().astype(np.bool_)
        return cls(np.vstack(figures), np.concatenate(numbers), outcome, lineage[-1], table)


def _case_table(survey: Survey, came: TakeOffs) -> pl.DataFrame:
    year, counts = survey.forecast_year, survey.counts
    return pl.DataFrame(
        {
            "precedent_id": list(counts.names),
            "name": list(survey.labels),
            "year": np.full(len(counts.names), year),
            "first_year": survey.first_years,
            "documents_count": counts.documents_of((year - 1, year)).round().astype(np.int64),
            "outcome": came.is_take_off,
            "outcome_ratio": np.round(came.ratio, 6),
        }
    )


def _listed(
    survey: Survey, alike: Nearest, cases: pl.DataFrame, shown: Sequence[str]
) -> pl.DataFrame:
    """The precedents of the technologies shown, in their order."""
    place = {name: row for row, name in enumerate(survey.counts.names)}
    chosen = [name for name in shown if name in place]
    rows = alike.rows[[place[name] for name in chosen]] if chosen else np.zeros((0, 1), np.int64)
    is_there = rows.ravel() >= 0
    width = rows.shape[1]
    technology = np.repeat(np.asarray(chosen, dtype=np.str_), width)[is_there]
    position = np.tile(np.arange(1, width + 1), len(chosen))[is_there]
    beside = pl.DataFrame({"technology_id": technology, "position": position})
    table = pl.concat([beside, cases[rows.ravel()[is_there]]], how="horizontal")
    table = table.with_columns(pl.col("outcome_ratio").replace([np.inf, np.nan], None))
    return table.select(list(PRECEDENTS)).cast(pl.Schema(PRECEDENTS))


def _row(own: JudgedCases, share: Floats, cases: _Cases) -> list[dict[str, object]]:
    """What the share of precedents that took off told of a year; nothing where it is unknown."""
    if own.came is None:
        return []
    came = own.came.is_take_off
    base = float(cases.outcome.mean())
    told = np.where(np.isnan(share), base, share)
    row: dict[str, object] = {
        "year": own.survey.forecast_year,
        "scored_count": len(came),
        "take_off_count": int(came.sum()),
        "cases_count": len(cases.outcome),
        "base_rate": base,
        "auc": _auc(told, came),
        "brier": float(((told - came) ** 2).mean()),
        "base_brier": float(((base - came) ** 2).mean()),
    }
    chance = own.probability
    if chance is not None and not np.isnan(chance).any():
        row |= {
            "chance_auc": _auc(chance, came),
            "chance_brier": float(((chance - came) ** 2).mean()),
        }
    return [row]


def _auc(scores: Floats, came: Flags) -> float | None:
    """Share of pairs of a take-off with another that are in the right order, ties half."""
    positives = int(came.sum())
    if not positives or positives == len(came):
        return None
    return pairs_in_order(scores, came) / (positives * (len(came) - positives))


def _record(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """All years together first, then year by year.

    AUC is the mean over years, Brier scores are of all technologies of all years; intervals are the
    middle 90% of resamples of years.
    """
    yearly = pl.DataFrame(rows, schema=RECORD)
    if yearly.is_empty():
        return yearly
    columns = {name: yearly[name].to_numpy().astype(np.float64) for name in RECORD}
    every = np.arange(yearly.height)[None, :]
    drawn = np.random.default_rng(0).integers(yearly.height, size=(RESAMPLES, yearly.height))
    pooled: dict[str, object] = {
        name: yearly[name].sum() for name in ("scored_count", "take_off_count", "cases_count")
    }
    pooled |= {name: float(_pooled(columns, name, every)[0]) for name in POOLED}
    for name in ("auc", "brier_skill"):
        draws = _pooled(columns, name, drawn)
        pooled[f"{name}_low"], pooled[f"{name}_high"] = interval(draws)
    skills = [
        (1 - pl.col(name) / pl.col("base_brier")).alias(f"{name}_skill")
        for name in ("brier", "chance_brier")
    ]
    table = pl.concat([pl.DataFrame([pooled], schema=RECORD), yearly.with_columns(skills)])
    return table.with_columns(pl.col(pl.Float64).round(6)).with_columns(
        pl.when(pl.col(pl.Float64).is_finite()).then(pl.col(pl.Float64))
    )


def _pooled(columns: Mapping[str, Floats], name: str, draws: Ints) -> Floats:
    """(R,) a measure over the years of each draw; nan where it is not known."""
    if name in ("brier_skill", "chance_brier_skill"):
        own = _pooled(columns, name.removesuffix("_skill"), draws)
        base = _pooled(columns, "base_brier", draws)
        skill: Floats = 1 - np.divide(own, base, out=np.full(len(own), np.nan), where=base > 0)
        return skill
    is_mean = name.endswith("auc")
    values = columns[name][draws]
    weights = np.ones(draws.shape) if is_mean else columns["scored_count"][draws]
    weights = np.where(np.isnan(values), 0.0, weights)
    total = weights.sum(axis=1)
    summed = (weights * np.nan_to_num(values)).sum(axis=1)
    found: Floats = np.divide(summed, total, out=np.full(len(total), np.nan), where=total > 0)
    return found
