"""Naive forecasts of exceptional growth: what any better method has to beat.

Each takes counts (technologies, years), totals (years,) and the column of the forecast year, reads nothing after it,
and returns one score for each technology: the higher, the sooner it is called. `BASELINES` is the list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from firstlight.instruments.emergence.shares import Array, checked_counts, share
from firstlight.instruments.emergence.targets import peak_index

VITALITY_YEARS = 15
ACTIVE_YEARS = 7


def everything(counts: Any, totals: Any, fy_index: int) -> Array:
    """Predict exceptional growth for all: 1 for each technology.

    >>> everything([[1, 2], [3, 4]], [10, 10], 1).tolist()
    [1.0, 1.0]
    """
    c, _ = checked_counts(counts, totals, fy_index)
    return np.ones(c.shape[0])


def past_growth(counts: Any, totals: Any, fy_index: int, *, span: int = 3) -> Array:
    """Growth of the share per year over the last `span` years: (share(FY) / share(FY-span))^(1/span) - 1.

    Returns (technologies,), 0.08 = 8% a year; inf where the share rose from zero; nan where it was zero at both ends or
    the record begins later than FY-span.

    >>> past_growth([[1, 0, 0, 8], [0, 0, 0, 5]], [10, 10, 10, 10], 3).tolist()
    [1.0, inf]
    """
    c, t = checked_counts(counts, totals, fy_index)
    if fy_index < span:
        return np.full(c.shape[0], np.nan)
    shares = share(c, t)
    now, before = shares[:, fy_index], shares[:, fy_index - span]
    with np.errstate(divide="ignore", invalid="ignore"):  # from zero: inf and nan are the answers
        return np.asarray((now / before) ** (1.0 / span) - 1.0)


def stage(counts: Any, totals: Any, fy_index: int) -> Array:
    """1 / (FY - peak + 1): 1 where the share stands at its peak, less the longer ago that was.

    Returns (technologies,), above 0 to 1; nan where no year has the 200 documents that a peak needs.

    >>> stage([[3, 6, 6, 1], [1, 2, 3, 4]], [300, 300, 300, 300], 3).tolist()
    [0.5, 1.0]
    """
    peak = peak_index(counts, totals, fy_index)
    return np.where(peak >= 0, 1.0 / (fy_index - peak + 1.0), np.nan)


def vitality(counts: Any, totals: Any, fy_index: int, *, span: int = VITALITY_YEARS) -> Array:
    """Mean of 1/(age+1) over a technology's documents of the last 15 years, FY included (ages 0 to 14).

    Returns (technologies,), above 0 to 1: 1 where all documents are of the forecast year; nan where there are none. A
    record shorter than 15 years is read as far as it goes.

    >>> vitality([[2, 0, 2]], [9, 9, 9], 2).round(4).tolist()
    [0.6667]
    """
    c, _ = checked_counts(counts, totals, fy_index)
    first = max(0, fy_index - span + 1)
    recent = c[:, first : fy_index + 1]
    weight = 1.0 / (fy_index - np.arange(first, fy_index + 1) + 1.0)
    documents, weighted = recent.sum(axis=1), (recent * weight).sum(axis=1)
    return np.asarray(
        np.divide(weighted, documents, out=np.full(c.shape[0], np.nan), where=documents > 0)
    )


def vitality_and_stage(counts: Any, totals: Any, fy_index: int) -> Array:
    """Rahkovsky's score, restricted to its two terms on counts: .473 z(vitality) + .292 z(stage).

    z is taken among the technologies handed in (hand in those that are scored in the forecast year), with the standard
    deviation of a population, and clipped to -3 and +3 as published. Where all are alike, z is 0.
    Returns (technologies,), in standard deviations; nan where either part is.

    >>> vitality_and_stage([[0, 0, 300], [0, 300, 0]], [900, 900, 900], 2).round(3).tolist()
    [0.765, -0.765]
    """
    return 0.473 * _clipped_z(vitality(counts, totals, fy_index)) + 0.292 * _clipped_z(
        stage(counts, totals, fy_index)
    )


def emergence_score(counts: Any, totals: Any, fy_index: int) -> Array:
    """The Porter-Carley emergence score on ten years: three base years, then the active years 1 to 7, of which 7 is FY.

    A = sum C5..7 / sum sqrt(T5..7) - sum C1..3 / sum sqrt(T1..3)
    R = 10 [(C6+C7) / (sqrt T6 + sqrt T7) - (C4+C5) / (sqrt T4 + sqrt T5)]
    S = 10 (C7/sqrt T7 - C4/sqrt T4) / 3
    E = 2A + R + S
    The base years serve the authors' rules of admission, not the score, so seven years of record are enough.
    Returns (technologies,), dimensionless (the authors call 1.77 and above emergent); nan where fewer than seven years
    are at hand or one of them has no documents.

    >>> emergence_score([[0, 0, 0, 0, 10, 10, 10]], [100] * 7, 6).round(6).tolist()
    [10.333333]
    """
    c, t = checked_counts(counts, totals, fy_index)
    window = slice(fy_index - ACTIVE_YEARS + 1, fy_index + 1)
    if fy_index < ACTIVE_YEARS - 1 or not (t[window] > 0).all():
        return np.full(c.shape[0], np.nan)
    root = np.sqrt(t[window])
    c1, c2, c3, c4, c5, c6, c7 = c[:, window].T
    active = (c5 + c6 + c7) / root[4:].sum() - (c1 + c2 + c3) / root[:3].sum()
    recent = 10.0 * ((c6 + c7) / (root[5] + root[6]) - (c4 + c5) / (root[3] + root[4]))
    slope = 10.0 * (c7 / root[6] - c4 / root[3]) / 3.0
    return np.asarray(2.0 * active + recent + slope)


def _clipped_z(values: Array) -> Array:
    known = values[~np.isnan(values)]
    spread = float(known.std()) if known.size else 0.0
    # Rounding alone gives equal values a spread of about 1e-16.
    if spread <= 1e-12 * max(1.0, float(np.abs(known).max(initial=0.0))):
        return np.where(np.isnan(values), np.nan, 0.0)
    return np.asarray(np.clip((values - known.mean()) / spread, -3.0, 3.0))


Baseline = Callable[[Any, Any, int], Array]

BASELINES: tuple[tuple[str, Baseline, str], ...] = (
    ("everything", everything, "Predict every technology; its precision is the base rate."),
    ("past growth", past_growth, "Growth of the share over the last three years, carried on."),
    (
        "stage",
        stage,
        "Klavans, Boyack and Murdick (2020). A novel approach to predicting exceptional growth in research. "
        "PLoS ONE 15(9), e0239177.",
    ),
    (
        "vitality",
        vitality,
        "Klavans, Boyack and Murdick (2020). A novel approach to predicting exceptional growth in research. "
        "PLoS ONE 15(9), e0239177.",
    ),
    (
        "vitality and stage",
        vitality_and_stage,
        "Rahkovsky, Toney, Boyack, Klavans and Murdick (2021). AI research funding portfolios and extreme growth. "
        "Frontiers in Research Metrics and Analytics 6, 630124; restricted to two of its terms.",
    ),
    (
        "emergence score",
        emergence_score,
        "Carley, Newman, Porter and Garner (2018). An indicator of technical emergence. Scientometrics 115, 35-49; "
        "Porter, Garner, Carley and Newman (2019). Emergence scoring to identify frontier R&D topics and key players. "
        "Technological Forecasting and Social Change 146, 628-643.",
    ),
)
