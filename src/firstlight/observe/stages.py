"""The stage of each technology's life cycle, for an observation: judgements of earlier years teach how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.diffusion.life_cycle import STAGES, calibration_of, life_cycle
from firstlight.instruments.diffusion.stage_calibration import StageCalibration
from firstlight.instruments.emergence.survey import Survey

JUDGED_BEFORE = (3, 6, 9)  # years: forecast years so long before teach; every third, for neighbours tell the same
TOO_FEW = (
    "fewer than 100 earlier judgements whose outcome is known, which the stages need to be held against",
    "可供校准的早期判断不足 100 个，故不作判定",
)
MOST_JUDGED = (
    150  # technologies of an earlier year, evenly through the survey's own order: enough to calibrate five figures
)
FEWEST_YEARS = 6  # of documents, for a course to have a shape
UNITS: dict[str, dict[str, str]] = {
    "life_cycle": {
        "stage": "the one with a probability above one half, or undetermined; diffusion.life_cycle",
        **{f"{name}_probability": "probability, 0 to 1" for name in STAGES},
        "saturation_fraction": "expected share of saturation reached, 0 to 1",
    },
}


def stages(
    surveys: Mapping[int, Survey], ids: Sequence[str], as_of: int
) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Table life_cycle: technology_id, stage, the probability of each, share of saturation reached, reasons.

    Earlier surveys' technologies, judged in their own year and held against what became of them by ``as_of``, calibrate
    the probabilities. Where fewer than 100 outcomes are known nothing is called: the curves alone were worse than the base
    rate (docs/replications/growth.md). Nothing after ``as_of`` is read. No rows where the record has fewer than six years.
    """
    counts, exposure, years = _course(surveys[as_of].until(as_of))
    if len(years) < FEWEST_YEARS or not len(counts):
        return {"life_cycle": pl.DataFrame(schema=_SCHEMA)}, {"life_cycle_outcomes_count": 0}
    own = pl.Series("technology_id", list(ids), dtype=pl.String)
    calibration = _calibration(surveys, as_of)
    if calibration is None:
        unknown = pl.DataFrame([own]).with_columns(
            pl.lit("undetermined").alias("stage"),
            *(pl.lit(None, pl.Float64).alias(name) for name, kind in _SCHEMA.items() if kind == pl.Float64),
            pl.lit(TOO_FEW[0]).alias("reason_en"),
            pl.lit(TOO_FEW[1]).alias("reason_zh"),
        )
        return {"life_cycle": unknown.select(*_SCHEMA).sort("technology_id")}, {"life_cycle_outcomes_count": 0}
    found = life_cycle(counts, exposure, years, calibration=calibration)
    frame = found.frame.with_columns(
        own,
        pl.col("stage_en").alias("stage"),
        pl.selectors.float().round(6),
    )
    return {"life_cycle": frame.select(*_SCHEMA).sort("technology_id")}, {"life_cycle_outcomes_count": calibration.n}


def _calibration(surveys: Mapping[int, Survey], as_of: int) -> StageCalibration | None:
    earlier = []
    for year in (as_of - back for back in JUDGED_BEFORE):
        if year in surveys:
            counts, exposure, years = _course(surveys[year].until(as_of))
            if len(counts) and (years <= year).sum() >= FEWEST_YEARS:
                some = np.unique(np.linspace(0, len(counts) - 1, MOST_JUDGED).astype(np.int64))
                earlier.append((counts[some], exposure, years, year))
    try:
        return calibration_of(earlier, as_of)
    except InputError as error:
        if error.where != "calibrate_stages":
            raise
        return None  # a small record can't calibrate itself


def _course(survey: Survey) -> tuple[Any, Any, Any]:
    """Counts, totals and years from the last year without documents on: a gap has no share."""
    empty = np.flatnonzero(~(survey.totals > 0))
    start = int(empty[-1]) + 1 if len(empty) else 0
    return survey.counts[:, start:], survey.totals[start:], survey.years[start:]


_SCHEMA = {
    "technology_id": pl.String,
    "stage": pl.String,
    **{f"{name}_probability": pl.Float64 for name in STAGES},
    "saturation_fraction": pl.Float64,
    "reason_en": pl.String,
    "reason_zh": pl.String,
}
