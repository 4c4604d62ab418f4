"""What indicators of an index have in common, what the ranking loses without each, and what lifts a
unit fastest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import kendalltau

from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.index_draws import (
    draw_ranks,
    draw_scores,
    without_indicator,
)
from firstlight.instruments.composites.index_scores import IndexScores, normalised
from firstlight.instruments.composites.indicator_table import IndicatorTable
from firstlight.instruments.composites.redundancy import correlations, cronbach_alpha
from firstlight.numerics.long_frames import finite_or_none
from firstlight.texts import by_columns, language_columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
TENTH = 0.1
OF_EACH_UNIT = "benefit_of_the_doubt"


@dataclass(frozen=True)
class Judged:
    """An index by its own declaration, and the rows whose ranks are judged.

    table : the indicators
    declaration : its own
    found : its scores
    rows : numbers of the rows
    """

    table: IndicatorTable
    declaration: Declaration
    found: IndexScores
    rows: Ints

    @property
    def base(self) -> Ints:
        """The ranks of the judged rows."""
        ranks: Ints = draw_ranks(self.found.nodes[-1][None, self.rows])[0]
        return ranks

    @property
    def has_common_weights(self) -> bool:
        """Whether all units have the same weights."""
        return self.declaration.choices.weights != OF_EACH_UNIT

    def scores(self, u: Floats, weights: Floats) -> Floats:
        """(d, n), the scores of the judged rows under d weightings."""
        is_by_year = self.declaration.choices.over == "year"
        years = self.table.years if is_by_year else None
        return draw_scores(u, weights, self.declaration, years)[:, self.rows]

    def titled(self, codes: Sequence[str | None], column: str) -> dict[str, pl.Series]:
        """Titles of parts in English, and beside them in every other language."""
        return {own.name: own for own in self.declaration.titled(codes, column)}

    def named(self) -> dict[str, pl.Series]:
        """The indicators and their dimensions."""
        own = self.declaration.indicators
        indicators = self.titled([each.code for each in own], "indicator")
        return {**indicators, **self.titled([each.dimension for each in own], "dimension")}


def redundancy_table(judged: Judged) -> pl.DataFrame:
    """For each indicator its correlation with the others of its dimension, and what becomes of the
    ranking without it; the least agreement first."""
    u = judged.found.normalised[judged.rows]
    k = len(judged.declaration.indicators)
    between = correlations(u)
    dimension = np.array([each.dimension for each in judged.declaration.indicators])
    mean = np.full(k, np.nan)
    most = np.full(k, np.nan)
    codes = [each.code for each in judged.declaration.indicators]
    twin: list[str | None] = [None] * k
    for j in range(k):
        others = np.flatnonzero((dimension == dimension[j]) & (np.arange(k) != j))
        strength = between[j, others]
        known = ~np.isnan(strength)
        if known.any():
            mean[j] = strength[known].mean()
            most[j] = strength[known].max()
            twin[j] = codes[int(others[known][np.argmax(np.round(strength[known], 10))])]
    tau, shift = _without_each(judged)
    columns: dict[str, Any] = {
        **judged.named(),
        "mean_correlation": mean,
        "highest_correlation": most,
        **judged.titled(twin, "closest"),
        "kendall_tau": tau,
        "mean_shift": shift,
    }
    frame = pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))
    frame = frame.with_columns(reason=pl.Series(_reasons(judged, tau), dtype=pl.String))
    return frame.sort("kendall_tau", nulls_last=True, maintain_order=True)


def _reasons(judged: Judged, tau: Floats) -> list[str | None]:
    """Why it is not known what the ranking loses."""
    if not judged.has_common_weights:
        return ["of_each_unit"] * len(tau)
    reason = {True: None, False: "no_weight"}
    return [reason[bool(np.isfinite(each))] for each in tau]


def _without_each(judged: Judged) -> tuple[Floats, Floats]:
    """Kendall's tau-b between the ranking and that without each indicator, and the mean shift in
    rank; nan for an indicator without a weight or value."""
    k = len(judged.declaration.indicators)
    tau = np.full(k, np.nan)
    shift = np.full(k, np.nan)
    if not judged.has_common_weights:
        return tau, shift
    weights = judged.found.weights[judged.rows[0]]
    has_part = (weights > 0) & (~np.isnan(judged.found.normalised[judged.rows])).any(axis=0)
    which = np.flatnonzero(has_part)
    if min(len(which), len(judged.rows)) < 2:
        return tau, shift
    w = without_indicator(np.tile(weights, (len(which), 1)), which, judged.declaration.tree)
    ranks = draw_ranks(judged.scores(judged.found.normalised, w))
    base = judged.base
    for row, j in zip(ranks, which, strict=True):
        tau[j] = kendalltau(base, row).statistic
        shift[j] = np.abs(row - base).mean()
    return tau, shift


def dimension_table(judged: Judged) -> pl.DataFrame:
    """Cronbach's alpha and the mean correlation of the indicators of each dimension."""
    u = judged.found.normalised[judged.rows]
    has_values = np.asarray(~np.isnan(u).all(axis=0))
    rows = list[dict[str, Any]]()
    for each in judged.declaration.dimensions:
        own = [
            j
            for j, indicator in enumerate(judged.declaration.indicators)
            if indicator.dimension == each.code and has_values[j]
        ]
        if not own:
            continue
        pairs = correlations(u[:, own])[np.triu_indices(len(own), 1)]
        pairs = pairs[~np.isnan(pairs)]
        alpha = cronbach_alpha(u[:, own])
        rows.append(
            {
                **by_columns("dimension", each.title),
                "indicators_count": len(own),
                "rows_count": int((~np.isnan(u[:, own]).any(axis=1)).sum()),
                "mean_correlation": pairs.mean() if len(pairs) else None,
                "cronbach_alpha": finite_or_none(alpha),
                "reason": _alpha_reason(len(own), alpha),
            }
        )
    schema: dict[str, Any] = {
        **dict.fromkeys(language_columns("dimension"), pl.String),
        **dict.fromkeys(("indicators_count", "rows_count"), pl.Int64),
        **dict.fromkeys(("mean_correlation", "cronbach_alpha"), pl.Float64),
        "reason": pl.String,
    }
    return pl.DataFrame(rows, schema=schema)


def _alpha_reason(count: int, alpha: float) -> str | None:
    if not np.isnan(alpha):
        return None
    return "one_indicator" if count == 1 else "few_rows"


def lift_table(judged: Judged, place: int) -> pl.DataFrame:
    """What a unit gains in score and rank where one indicator comes a tenth of its range closer to
    the best, the largest gain first.

    place : of the unit among the judged rows
    """
    k = len(judged.declaration.indicators)
    row = judged.rows[place]
    x = judged.found.treated
    u = judged.found.normalised
    step, gain, climbed = np.full((3, k), np.nan)
    for j in range(k):
        if np.isnan(u[row, j]) or not judged.has_common_weights:
            continue
        moved, step[j] = _moved(judged, int(row), j)
        weights = judged.found.weights[row][None, :]
        score = judged.scores(moved, weights)[0]
        gain[j] = score[place] - judged.scores(u, weights)[0, place]
        climbed[j] = judged.base[place] - draw_ranks(score[None, :])[0, place]
    columns: dict[str, Any] = {
        "unit": [str(judged.table.units[row])] * k,
        **judged.named(),
        "treated_value": x[row],
        "step_value": step,
        "gain_index": gain,
        "rank_gain": pl.Series([_whole(each) for each in climbed], dtype=pl.Int64),
        "reason": pl.Series(_lift_reasons(judged, int(row), step), dtype=pl.String),
    }
    frame = pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))
    return frame.sort(
        pl.col("gain_index").round(10),
        "rank_gain",
        descending=True,
        nulls_last=True,
        maintain_order=True,
    )


def _moved(judged: Judged, row: int, j: int) -> tuple[Floats, float]:
    """The scale with one value a tenth of its range better, the best at most, and by how much the
    value changed."""
    x = judged.found.treated.copy()
    scale = None
    among = x[:, j]
    if judged.declaration.choices.over == "year" and judged.table.years is not None:
        scale = judged.table.years
        among = x[scale == scale[row], j]
    low = np.nanmin(among)
    high = np.nanmax(among)
    before = x[row, j]
    step = TENTH * (high - low)
    if judged.declaration.is_negative[j]:
        step = -step
    x[row, j] = np.clip(before + step, low, high)
    return normalised(x, judged.declaration, scale), float(x[row, j] - before)


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _lift_reasons(judged: Judged, row: int, step: Floats) -> list[str | None]:
    """Why there is no gain to tell of."""
    scores = judged.found
    reasons = list[str | None]()
    for j, size in enumerate(step):
        if scores.is_constant[row, j]:
            reasons.append("constant")
        elif scores.why_missing[row, j] and np.isnan(scores.normalised[row, j]):
            reasons.append(str(scores.why_missing[row, j]))
        elif not judged.has_common_weights:
            reasons.append("of_each_unit")
        else:
            reasons.append("at_best" if size == 0 else None)
    return reasons
