"""The record: how often such forecasts came true, on years that the forecasts had not seen, beside the baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.baselines import BASELINES
from firstlight.instruments.emergence.forecasts import TARGETS, Forecaster
from firstlight.instruments.emergence.targets import exceptional_since_now

Floats = npt.NDArray[np.float64]
OURS = "firstlight"
NAMES = {
    OURS: ("Firstlight", "Firstlight"),
    "everything": ("Predict everything", "全部预测为会"),
    "past growth": ("Past 3-year growth", "过去三年增长"),
    "stage": ("Stage", "阶段"),
    "vitality": ("Vitality", "活力"),
    "vitality and stage": ("Vitality and stage", "活力与阶段"),
    "emergence score": ("Emergence score", "涌现得分"),
}
FEWEST_YEARS = 5  # of one method, for a record of it
WORST = 5  # cases of each kind listed per year


@dataclass(frozen=True)
class Record:
    """The track record of a forecaster, known at the end of one year.

    scores      : data frame target, method, title_en, title_zh, is_ours, forecast_year (null: all), n, positives,
                  base_rate, coverage, csi, ets, auc (each with _low, _high where pooled), brier, brier_skill, precision_20
    reliability : data frame target, bin, predicted, observed, n
    cases       : data frame forecast_year, kind (hit, false_alarm, miss), technology_id, label, probability, growth
    years       : forecast years scored
    """

    scores: pl.DataFrame
    reliability: pl.DataFrame
    cases: pl.DataFrame
    years: tuple[int, ...]


@dataclass(frozen=True)
class _Scored:
    """One method on one forecast year: scores and outcomes (n,), what it called, whether scores are probabilities."""

    year: int
    scores: Floats
    called: npt.NDArray[np.bool_]
    outcomes: Floats
    lineage: tuple[str, ...]
    coverage: float


def track_record(
    forecaster: Forecaster, known_at: int, *, most_years: int = 10, progress: Callable[[int], None] | None = None
) -> Record:
    """Forecast every earlier year again, as it could have been done then, and compare with what is known at ``known_at``.

    Years that had too little to train on, and were forecast by the trend alone, are listed but not pooled where five
    others remain (``is_pooled``; see ``Forecaster.forecast``).
    Each forecast is trained on outcomes that were known in its own year; the cut-off of each baseline is the best by
    CSI on those same outcomes, ours maximises the expected CSI under its own probabilities. Scores and definitions:
    docs/explanation/forecasts.md. Pooled scores carry 90% intervals from resampling lineages.
    """
    years = [y for y in sorted(forecaster.surveys) if forecaster.outcomes(y, "B", known_at) is not None]
    years = [y for y in years if forecaster.training_years(y, "B")][-most_years:]
    pooled = _of_one_method(forecaster, years)
    rows: list[dict[str, object]] = []
    bins: list[dict[str, object]] = []
    for target in TARGETS:
        for method in (OURS, *(name for name, _, _ in BASELINES)):
            found = [_score(forecaster, method, target, y, known_at) for y in years]
            scored = [own for own in found if own is not None and len(own.outcomes)]
            rows += [_row(target, method, [own], own.year) | {"is_pooled": own.year in pooled} for own in scored]
            scored = [own for own in scored if own.year in pooled]
            if scored:
                rows.append(_row(target, method, scored, None) | {"is_pooled": True})
            if method == OURS and scored:
                bins += _bins(target, scored)
        if progress:
            progress(len(years))
    cases = [case for y in years for case in _cases(forecaster, y, known_at)]
    return Record(
        pl.DataFrame(rows, schema=_SCORES),
        pl.DataFrame(bins, schema=_BINS),
        pl.DataFrame(cases, schema=_CASES),
        tuple(years),
    )


def _of_one_method(forecaster: Forecaster, years: list[int]) -> list[int]:
    """Years forecast as the last is, where there are five of them; a fallback for want of data is another method."""
    methods = [forecaster.forecast(year, "B").method for year in years]
    same = [year for year, method in zip(years, methods, strict=True) if method == methods[-1]]
    return same if len(same) >= FEWEST_YEARS else years


def _score(forecaster: Forecaster, method: str, target: str, year: int, known_at: int) -> _Scored | None:
    outcomes = forecaster.outcomes(year, target, known_at)
    if outcomes is None:
        return None
    survey = forecaster.surveys[year]
    if method == OURS:
        scores = forecaster.forecast(year, target).probability
        cut = skill.expected_csi_threshold(scores).cut if len(scores) else 0.0
    else:
        scores = _baseline(forecaster, method, year)
        cut = _baseline_cut(forecaster, method, target, year)
    known = ~np.isnan(outcomes)
    ids = forecaster.lineage.get(year) or [f"{year}:{i}" for i in range(len(outcomes))]
    lineage = tuple(name for name, is_known in zip(ids, known, strict=True) if is_known)
    return _Scored(year, scores[known], scores[known] >= cut, outcomes[known], lineage, survey.coverage)


def _baseline(forecaster: Forecaster, method: str, year: int) -> Floats:
    survey = forecaster.surveys[year].until(year)
    function = next(own for name, own, _ in BASELINES if name == method)
    scores = np.asarray(function(survey.counts, survey.totals, len(survey.years) - 1), dtype=np.float64)
    lowest = np.nanmin(np.where(np.isfinite(scores), scores, np.nan), initial=0.0)
    return np.where(np.isnan(scores), lowest - 1.0, scores)  # no score: last in the list


def _baseline_cut(forecaster: Forecaster, method: str, target: str, year: int) -> float:
    scores, outcomes = [], []
    for earlier in forecaster.training_years(year, target):
        found = forecaster.outcomes(earlier, target, year)
        if found is not None:
            known = ~np.isnan(found)
            scores.append(_baseline(forecaster, method, earlier)[known])
            outcomes.append(found[known])
    if not scores or np.concatenate(outcomes).sum() == 0:
        return -np.inf
    return float(skill.best_threshold(np.concatenate(scores), np.concatenate(outcomes)).cut)


def _row(target: str, method: str, scored: Sequence[_Scored], year: int | None) -> dict[str, object]:
    """Scores of one year, or of all where ``year`` is None."""
    outcomes = np.concatenate([own.outcomes for own in scored])
    called = np.concatenate([own.called for own in scored])
    scores = np.concatenate([own.scores for own in scored])
    sizes = [len(own.outcomes) for own in scored]
    ours, pooled = method == OURS, year is None
    row: dict[str, object] = {
        "target": target,
        "method": method,
        "title_en": NAMES[method][0],
        "title_zh": NAMES[method][1],
        "is_ours": ours,
        "forecast_year": year,
        "n": len(outcomes),
        "positives": int(outcomes.sum()),
        "base_rate": skill.base_rate(outcomes),
        "coverage": float(np.average([own.coverage for own in scored], weights=sizes)),
        "csi": skill.csi(called, outcomes),
        "ets": skill.ets(called, outcomes),
        "auc": _mean_auc(scored),
        "brier": skill.brier(scores, outcomes) if ours else None,
        "brier_skill": skill.brier_skill(scores, outcomes) if ours else None,
        "precision_20": _precision_by_year(scores, outcomes, np.repeat(np.arange(len(scored)), sizes)),
    }
    if pooled:
        groups = [name for own in scored for name in own.lineage]
        position = np.repeat(np.arange(len(scored)), sizes)
        for name, metric in (("csi", skill.csi), ("ets", skill.ets)):
            found = skill.bootstrap_interval(metric, groups, called, outcomes, repeats=200)
            row |= {f"{name}_low": found.low, f"{name}_high": found.high}
        found = skill.bootstrap_interval(_auc_by_year, groups, scores, outcomes, position, repeats=200)
        row |= {"auc_low": found.low, "auc_high": found.high}
        found = skill.bootstrap_interval(_precision_by_year, groups, scores, outcomes, position, repeats=200)
        row |= {"precision_20_low": found.low, "precision_20_high": found.high}
    return {name: _none_if_nan(value) for name, value in row.items()}


def _mean_auc(scored: Sequence[_Scored]) -> float:
    """Mean over years of the AUC within the year: a list is made for one year, so years are not ranked together."""
    position = np.repeat(np.arange(len(scored)), [len(own.outcomes) for own in scored])
    return _auc_by_year(
        np.concatenate([s.scores for s in scored]), np.concatenate([s.outcomes for s in scored]), position
    )


def _auc_by_year(scores: Floats, outcomes: Floats, year: npt.NDArray[np.int64]) -> float:
    values = [skill.auc(scores[year == y], outcomes[year == y]) for y in np.unique(year)]
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _precision_by_year(scores: Floats, outcomes: Floats, year: npt.NDArray[np.int64]) -> float:
    """Mean over years of the share of the year's twenty highest (or all, if fewer) that came true."""
    own = [(scores[year == y], outcomes[year == y]) for y in np.unique(year)]
    return float(np.mean([skill.precision_at(s, o, min(20, len(o))) for s, o in own]))


def _bins(target: str, scored: Sequence[_Scored]) -> list[dict[str, object]]:
    scores = np.concatenate([own.scores for own in scored])
    outcomes = np.concatenate([own.outcomes for own in scored])
    found = skill.reliability(scores, outcomes, bins=10)
    return [
        {"target": target, "bin": i, "predicted": float(p), "observed": float(o), "n": int(n)}
        for i, (p, o, n) in enumerate(zip(found.predicted, found.observed, found.count, strict=True))
        if n
    ]


def _cases(forecaster: Forecaster, year: int, known_at: int) -> list[dict[str, object]]:
    """The surest hits, the surest false alarms, and the misses that were given the least chance."""
    survey = forecaster.surveys[year].until(known_at)
    found = exceptional_since_now(
        survey.counts, survey.totals, int(np.searchsorted(survey.years, year)), forecaster.horizon
    )
    forecast = forecaster.forecast(year, "B")
    called = forecast.probability >= skill.expected_csi_threshold(forecast.probability).cut
    ids = forecaster.lineage.get(year) or [f"{year}:{i}" for i in range(len(survey.labels))]
    grew = found.exceptional == 1
    kinds = {
        "hit": (grew & called, -1),
        "false_alarm": ((found.exceptional == 0) & called, -1),
        "miss": (grew & ~called, 1),
    }
    cases: list[dict[str, object]] = []
    for kind, (chosen, sign) in kinds.items():
        rows = np.flatnonzero(chosen)
        rows = rows[np.lexsort((rows, np.round(sign * forecast.probability[rows], 9)))][:WORST]
        cases += [
            {
                "forecast_year": year,
                "kind": kind,
                "technology_id": ids[int(i)],
                "label": survey.labels[int(i)],
                "probability": float(forecast.probability[i]),
                "growth": float(found.growth[i]),
            }
            for i in rows
        ]
    return cases


def _none_if_nan(value: object) -> object:
    return None if isinstance(value, float) and np.isnan(value) else value


_SCORES = {
    "target": pl.String, "method": pl.String, "title_en": pl.String, "title_zh": pl.String, "is_ours": pl.Boolean,
    "forecast_year": pl.Int64, "is_pooled": pl.Boolean, "n": pl.Int64, "positives": pl.Int64, "base_rate": pl.Float64, "coverage": pl.Float64,
    "csi": pl.Float64, "csi_low": pl.Float64, "csi_high": pl.Float64, "ets": pl.Float64, "ets_low": pl.Float64,
    "ets_high": pl.Float64, "auc": pl.Float64, "auc_low": pl.Float64, "auc_high": pl.Float64, "brier": pl.Float64,
    "brier_skill": pl.Float64, "precision_20": pl.Float64, "precision_20_low": pl.Float64,
    "precision_20_high": pl.Float64,
}  # fmt: skip
_BINS = {"target": pl.String, "bin": pl.Int64, "predicted": pl.Float64, "observed": pl.Float64, "n": pl.Int64}
_CASES = {
    "forecast_year": pl.Int64, "kind": pl.String, "technology_id": pl.String, "label": pl.String,
    "probability": pl.Float64, "growth": pl.Float64,
}  # fmt: skip
