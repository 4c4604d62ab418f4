"""What forecasts of yearly counts are compared with. Every function reads the past only and returns documents.

past, exposure : (series, years), (years,) or None; nan = not known
ahead          : (horizon,), 1, 2, …
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.count_whole import log_total

Floats = npt.NDArray[np.float64]
Baseline = Callable[[Floats, Floats | None, Floats], Floats]
LOG_OFFSET = 0.5  # documents, so that a year without any has a logarithm
SMOOTHING, TREND_SMOOTHING, DAMPING = 0.6, 0.2, 0.9


def last_value(past: Floats, exposure: Floats | None, ahead: Floats) -> Floats:
    """The last count that is known stays."""
    return np.repeat(_filled(past)[:, -1:], ahead.size, axis=1)


def drift(span: int) -> Baseline:
    """Goes on at the average pace of the last `span` years (log)."""

    def forecast(past: Floats, exposure: Floats | None, ahead: Floats) -> Floats:
        z = np.log(_filled(past) + LOG_OFFSET)
        years = min(span, z.shape[1] - 1)
        return np.exp(z[:, -1:] + (z[:, -1:] - z[:, -1 - years, None]) / years * ahead)

    return forecast


def log_linear(past: Floats, exposure: Floats | None, ahead: Floats) -> Floats:
    """A line through the logs of the last ten years."""
    z = np.log(_filled(past) + LOG_OFFSET)[:, -10:]
    slope, at_end = _line(z)
    return np.exp(at_end[:, None] + slope[:, None] * ahead)


def theta(past: Floats, exposure: Floats | None, ahead: Floats) -> Floats:
    """Exponential smoothing of the log with half the slope of its line (Assimakopoulos and Nikolopoulos 2000)."""
    z = np.log(_filled(past) + LOG_OFFSET)
    level = z[:, 0]
    for year in range(1, z.shape[1]):
        level = SMOOTHING * z[:, year] + (1 - SMOOTHING) * level
    return np.exp(level[:, None] + 0.5 * _line(z)[0][:, None] * ahead)


def damped_holt(past: Floats, exposure: Floats | None, ahead: Floats) -> Floats:
    """Double exponential smoothing of the log with a damped trend (Gardner and McKenzie 1985)."""
    z = np.log(_filled(past) + LOG_OFFSET)
    level, slope = z[:, 0], np.zeros(len(z))
    for year in range(1, z.shape[1]):
        before = level
        level = SMOOTHING * z[:, year] + (1 - SMOOTHING) * (level + DAMPING * slope)
        slope = TREND_SMOOTHING * (level - before) + (1 - TREND_SMOOTHING) * DAMPING * slope
    return np.exp(level[:, None] + slope[:, None] * np.cumsum(DAMPING**ahead))


def share_of_whole(past: Floats, exposure: Floats | None, ahead: Floats) -> Floats:
    """The last share stays, and the whole goes on at its average pace of the last ten years."""
    n = log_total(past, exposure)
    n = n[np.isfinite(n)]
    span = min(10, n.size - 1)
    pace = (n[-1] - n[-1 - span]) / span
    return np.asarray(last_value(past, exposure, ahead) * np.exp(pace * ahead))


BASELINES: dict[str, Baseline] = {
    "last value": last_value,
    "drift, 5 years": drift(5),
    "drift, 10 years": drift(10),
    "log-linear, 10 years": log_linear,
    "theta": theta,
    "damped Holt": damped_holt,
    "share of the whole": share_of_whole,
}


def last_value_band(earlier: list[tuple[Floats, int]], past: Floats, horizon: int, levels: Floats) -> Floats:
    """The last value times quantiles of what past changes of the log were, pooled; (series, horizon, levels).

    earlier : counts of earlier forecast years up to now, with the column that each was forecast from
    """
    bands = np.full((len(past), horizon, levels.size), np.nan)
    z_now = np.log(_filled(past)[:, -1] + LOG_OFFSET)
    for ahead in range(1, horizon + 1):
        changes = [np.zeros(0)]
        for counts, made in earlier:
            if made + ahead < counts.shape[1]:
                recent = np.nansum(counts[:, max(0, made - 2) : made + 1], axis=1) >= 10
                change = np.log(counts[:, made + ahead] + LOG_OFFSET) - np.log(counts[:, made] + LOG_OFFSET)
                changes.append(change[recent & np.isfinite(change)])
        pooled = np.concatenate(changes)
        if pooled.size >= 10:
            bands[:, ahead - 1] = np.exp(z_now[:, None] + np.quantile(pooled, levels)) - LOG_OFFSET
    return np.maximum(bands, 0.0)


def _filled(past: Floats) -> Floats:
    """Unknown years take the value before them; those before the first known one count as zero."""
    filled = past.copy()
    filled[:, 0] = np.nan_to_num(filled[:, 0])
    for year in range(1, past.shape[1]):
        filled[:, year] = np.where(np.isnan(filled[:, year]), filled[:, year - 1], filled[:, year])
    return filled


def _line(z: Floats) -> tuple[Floats, Floats]:
    """Slope, and the line's value at the last year."""
    x = np.arange(z.shape[1]) - (z.shape[1] - 1.0)
    slope = (z - z.mean(axis=1, keepdims=True)) @ (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    return slope, z.mean(axis=1) - slope * x.mean()
