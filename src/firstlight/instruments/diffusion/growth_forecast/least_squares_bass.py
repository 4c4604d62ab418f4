"""Bass's curve by least squares on what was added per year, beside the averaged curves."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.diffusion.bass_fit import METHODS, fit_bass

__all__ = ["BASS", "bass_rows"]

_FIGURES: Final = (
    "saturation",
    "saturation_se",
    "innovation",
    "innovation_se",
    "imitation",
    "imitation_se",
    "peak_year",
    "r_squared",
)
# the columns of `bass_rows`
BASS: dict[str, Any] = {
    "technology": pl.String,
    "method": pl.String,
    **dict.fromkeys(_FIGURES, pl.Float64),
    **dict.fromkeys(("caution", "reason"), pl.String),
}


def bass_rows(name: str, values: Any, years: Any, kind: str) -> pl.DataFrame:
    """Rows of BASS, nonlinear least squares and Bass's own regression, of one technology.

    values, years : (years,); kind : of INCREMENTS
    A fit that can't be made has its reason.
    """
    rows = [_row(name, values, years, kind, method) for method in METHODS]
    return pl.DataFrame(rows, schema=BASS)


def _row(name: str, values: Any, years: Any, kind: str, method: str) -> dict[str, Any]:
    row: dict[str, Any] = {**dict.fromkeys(BASS), "technology": name, "method": method}
    try:
        fit = fit_bass(values, years, kind=kind, method=method)
    except InputError as error:
        return row | {"reason": error.code}
    figures = {figure: float(getattr(fit, figure)) for figure in _FIGURES}
    known = {figure: own for figure, own in figures.items() if np.isfinite(own)}
    return row | known | {"caution": fit.caution or None}
