"""The record: how often such forecasts came true, on years that the forecasts had not seen, beside the baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.cases import read_cases
from firstlight.instruments.emergence.forecasts import TARGETS, Forecaster
from firstlight.instruments.emergence.lineage_bootstrap import difference, drawn, figures, interval
from firstlight.instruments.emergence.verification import OURS, Verification, verify

Row = dict[str, object]
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
FEWEST_POSITIVES = 100  # for a line of calibration
COMPARED = ("csi", "ets", "auc", "precision_20", "precision_50")
REPEATS = 500


@dataclass(frozen=True)
class Record:
    """The track record of a forecaster, known at the end of one year.

    scores      : data frame, one row for each target, method and forecast year (null: all pooled): target, method, title_en,
                  title_zh, is_ours, forecast_year, is_pooled, n, positives, base_rate, known_rate, coverage, csi, ets,
                  auc, precision_20, precision_50; of ours mean_probability, brier, brier_skill, brier_skill_known,
                  log_loss. Pooled also _low and _high, and of ours calibration_slope and calibration_intercept, and
                  diff_csi, ... (less the best baseline's) with _low, _high and _from, which baseline that is
    reliability : data frame target, bin, predicted, observed, n
    cases       : data frame of the surest hits and worst errors of each year, and why (see ``cases.Cases``)
    case_reasons: data frame forecast_year, kind, reason, n, of all hits, false alarms and misses
    forecasts   : data frame of every forecast of those years beside what came of it
    years       : forecast years scored
    """

    scores: pl.DataFrame
    reliability: pl.DataFrame
    cases: pl.DataFrame
    case_reasons: pl.DataFrame
    forecasts: pl.DataFrame
    years: tuple[int, ...]


def track_record(
    forecaster: Forecaster,
    known_at: int,
    *,
    most_years: int = 10,
    progress: Callable[[int], None] | None = None,
) -> Record:
    """Forecast every earlier year again, as it could have been done then, and compare with what is known at ``known_at``.

    Years that had too little to train on, and were forecast by the trend alone, are listed but not pooled where five
    others remain (``is_pooled``; see ``Forecaster.forecast``).
    Each forecast is trained on outcomes that were known in its own year; the cut-off of each baseline is the best by
    CSI on those same outcomes, ours maximises the expected CSI under its own probabilities. Scores and definitions:
    docs/explanation/forecasts.md. Pooled scores, and their differences from the best baseline's, carry 90% intervals
    from resampling lineages.
    """
    years = [
        y for y in sorted(forecaster.surveys) if forecaster.outcomes(y, "B", known_at) is not None
    ]
    years = [y for y in years if forecaster.training_years(y, "B")][-most_years:]
    pooled = _of_one_method(forecaster, years)
    rows: list[Row] = []
    bins: list[Row] = []
    for target in TARGETS:
        found = verify(forecaster, target, years, known_at)
        rows += [
            row | {"is_pooled": row["forecast_year"] in pooled} for row in by_year(target, found)
        ]
        rows += [
            row | {"is_pooled": True}
            for row in all_years(target, {m: v.of(pooled) for m, v in found.items()})
        ]
        bins += reliability(target, found[OURS].of(pooled))
        if progress:
            progress(len(years))
    told = read_cases(forecaster, years, known_at)
    return Record(
        pl.DataFrame(rows, schema=SCORES),
        pl.DataFrame(bins, schema=_BINS),
        told.cases,
        told.reasons,
        told.forecasts,
        tuple(years),
    )


def _of_one_method(forecaster: Forecaster, years: list[int]) -> list[int]:
    """Years forecast as the last is, where there are five of them; a fallback for want of data is another method."""
    methods = [forecaster.forecast(year, "B").method for year in years]
    same = [year for year, method in zip(years, methods, strict=True) if method == methods[-1]]
    return same if len(same) >= FEWEST_YEARS else years


def by_year(target: str, found: Mapping[str, Verification]) -> list[Row]:
    """A row of scores for each method and forecast year."""
    return [
        _row(target, own.of([int(year)]), int(year))
        for own in found.values()
        for year in np.unique(own.year)
    ]


def all_years(
    target: str,
    found: Mapping[str, Verification],
    *,
    repeats: int = REPEATS,
    level: float = 0.9,
    seed: int = 0,
) -> list[Row]:
    """A row of pooled scores for each method, with intervals; ours with its differences from the best baseline.

    The best baseline is chosen for each measure by its estimate on these very outcomes, which favours the baselines.
    Every method sees the same resamples of lineages, so that differences are paired. Empty where nothing is known.
    """
    if not len(found[OURS].outcomes):
        return []
    weights = drawn(found[OURS].lineage, repeats=repeats, seed=seed)
    rows = {method: _row(target, own, None) for method, own in found.items()}
    draws = {method: figures(own, weights) for method, own in found.items()}
    for method, row in rows.items():
        for name, values in draws[method].items():
            row |= _bounds(name, interval(values, level))
    for name in COMPARED:
        best = best_baseline(rows, name)
        if best is not None and rows[OURS][name] is not None:
            gain = difference(
                _number(rows[OURS][name]),
                _number(rows[best][name]),
                draws[OURS][name],
                draws[best][name],
                level,
            )
            rows[OURS] |= {f"diff_{name}": gain.estimate, f"diff_{name}_from": best}
            rows[OURS] |= _bounds(f"diff_{name}", (gain.low, gain.high))
    return list(rows.values())


def best_baseline(rows: Mapping[str, Row], measure: str) -> str | None:
    """The baseline with the highest figure; the first listed on ties, None where none has one."""
    known = [method for method, row in rows.items() if method != OURS and row[measure] is not None]
    return max(known, key=lambda method: _number(rows[method][measure]), default=None)


def _row(target: str, own: Verification, year: int | None) -> Row:
    """Scores of one method."""
    sizes = {y: int((own.year == y).sum()) for y in own.coverage}
    ours = own.method == OURS
    row: Row = {
        "target": target,
        "method": own.method,
        "title_en": NAMES[own.method][0],
        "title_zh": NAMES[own.method][1],
        "is_ours": ours,
        "forecast_year": year,
        "n": len(own.outcomes),
        "positives": int(own.outcomes.sum()),
        "base_rate": skill.base_rate(own.outcomes),
        "known_rate": float(own.reference().mean()),
        "coverage": float(np.average(list(own.coverage.values()), weights=list(sizes.values()))),
        **{
            name: float(value[0])
            for name, value in figures(own, np.ones((1, len(own.outcomes)))).items()
        },
    }
    if ours:
        row |= _of_probabilities(own, with_line=year is None)
    return {name: _none_if_nan(value) for name, value in row.items()}


def _of_probabilities(own: Verification, *, with_line: bool) -> Row:
    """What only probabilities have. known: against the base rate that was known in the forecast's year."""
    known = ((own.reference() - own.outcomes) ** 2).mean()
    brier = skill.brier(own.scores, own.outcomes)
    found: Row = {
        "mean_probability": float(own.scores.mean()),
        "brier": brier,
        "brier_skill": skill.brier_skill(own.scores, own.outcomes),
        "brier_skill_known": 1.0 - brier / float(known) if known > 0 else float("nan"),
        "log_loss": skill.log_loss(own.scores, own.outcomes),
    }
    if with_line and own.outcomes.sum() >= FEWEST_POSITIVES:
        line = skill.calibration(own.scores, own.outcomes)
        found |= {"calibration_slope": line.slope, "calibration_intercept": line.intercept}
    return found


def reliability(target: str, own: Verification, bins: int = 10) -> list[Row]:
    """Ten bins of equal numbers of forecasts: what was predicted, what came."""
    if not len(own.outcomes):
        return []
    found = skill.reliability(own.scores, own.outcomes, bins=bins)
    return [
        {"target": target, "bin": i, "predicted": float(p), "observed": float(o), "n": int(n)}
        for i, (p, o, n) in enumerate(
            zip(found.predicted, found.observed, found.count, strict=True)
        )
    ]


def _bounds(name: str, bounds: tuple[float, float]) -> Row:
    return {f"{name}_low": _none_if_nan(bounds[0]), f"{name}_high": _none_if_nan(bounds[1])}


def _number(value: object) -> float:
    assert isinstance(value, float)
    return value


def _none_if_nan(value: object) -> object:
    return None if isinstance(value, float) and np.isnan(value) else value


SCORES: dict[str, type[pl.DataType]] = {
    "target": pl.String, "method": pl.String, "title_en": pl.String, "title_zh": pl.String, "is_ours": pl.Boolean,
    "forecast_year": pl.Int64, "is_pooled": pl.Boolean, "n": pl.Int64, "positives": pl.Int64, "base_rate": pl.Float64,
    "known_rate": pl.Float64, "coverage": pl.Float64,
    **{f"{name}{end}": pl.Float64 for name in ("csi", "ets", "auc") for end in ("", "_low", "_high")},
    "brier": pl.Float64, "brier_skill": pl.Float64,
    **{f"{name}{end}": pl.Float64 for name in ("precision_20", "precision_50") for end in ("", "_low", "_high")},
    "mean_probability": pl.Float64, "brier_skill_known": pl.Float64, "log_loss": pl.Float64,
    "calibration_slope": pl.Float64, "calibration_intercept": pl.Float64,
    **{f"diff_{name}{end}": pl.Float64 if end != "_from" else pl.String
       for name in COMPARED for end in ("", "_low", "_high", "_from")},
}  # fmt: skip
_BINS = {
    "target": pl.String,
    "bin": pl.Int64,
    "predicted": pl.Float64,
    "observed": pl.Float64,
    "n": pl.Int64,
}
