"""What drives efficiency: radial scores on drivers by truncated regression and bootstrap (Simar and Wilson 2007).

Symbols: delta distance in [1, oo), phi where outputs grow, 1/theta where inputs shrink; z drivers; a star for a replication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import (
    BLOCK,
    ORIENTATIONS,
    efficiency_to_many,
    moved_to,
    radial_efficiency,
)
from firstlight.instruments.productivity.frontiers.reference_years import (
    WITHOUT_PAST,
    frontiers,
    technology_words,
)
from firstlight.instruments.productivity.frontiers.technology import technology as spanned
from firstlight.instruments.productivity.frontiers.truncated_regression import (
    truncated_draws,
    truncated_regression,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel, unit_panel
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import read_long
from firstlight.numerics.progress import Progress
from firstlight.numerics.solution_memory import remembered

Floats = NDArray[np.float64]
CONSTANT = "intercept"
MOST_LOST = 0.05  # share of replications without a maximum, above which there is no interval
NUMBERS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class DriverEffects:
    """Effects of k drivers, the intercept first, on delta: more is less efficient.

    beta, standard_error, low, high : (k,) per unit of the driver; sigma, sigma_low, sigma_high : of e
    used : (N,) whether the row is in the regression; lost_count : replications without a maximum of the likelihood
    """

    beta: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    sigma: float
    sigma_low: float
    sigma_high: float
    used: NDArray[np.bool_]
    lost_count: int


@dataclass(frozen=True, kw_only=True)
class SecondStage(Finding):
    """Drivers of inefficiency; the table has ``driver_name``, ``effect``, ``standard_error``, ``effect_low``, ``effect_high``,
    ``is_significant`` (the interval leaves out 0), with the intercept and sigma as last rows.

    An effect is the change of delta before truncation, per unit of the driver; above 0 it makes less efficient.

    effects : arrays of the same
    scores  : unit, year, ``delta``, ``delta_corrected`` (algorithm 2), ``is_used``
    """

    effects: DriverEffects
    scores: pl.DataFrame

    def _chart(self, alt: Any) -> Any:
        shown = alt.Chart(self.table.head(len(self.effects.beta) - 1)).encode(
            y=alt.Y("driver_name:N", title=None)
        )
        lines = shown.mark_rule().encode(
            x=alt.X("effect_low:Q", title="effect on inefficiency"), x2="effect_high:Q"
        )
        zero = (
            alt.Chart(alt.Data(values=[{"zero": 0}]))
            .mark_rule(strokeDash=[4, 4])
            .encode(x="zero:Q")
        )
        return zero + lines + shown.mark_point(filled=True).encode(x="effect:Q")


def second_stage(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    drivers: Sequence[str],
    *,
    unit: str = "unit",
    year: str | None = None,
    returns: str = "vrs",
    orientation: str = "output",
    technology: str = "contemporaneous",
    algorithm: int = 2,
    replications: int = 2000,
    bias_replications: int = 100,
    level: float = 0.95,
    seed: int = 0,
    progress: Progress = None,
) -> SecondStage:
    """Regress radial distances on drivers, with intervals that know that the distances are estimated and bounded.

    Algorithm 1: delta > 1 on z by truncated regression; intervals from redrawing delta* = z beta + e*, e* truncated, and fitting
    again. Algorithm 2 first corrects delta: ``bias_replications`` times delta* is drawn for all units, each unit moved to it, and
    delta measured against that frontier; delta corrected = 2 delta - mean, and the regression takes all units.

    frame   : a row per unit, or per unit and year; inputs, outputs, drivers : its columns; drivers may be negative
    returns, technology : as in ``bootstrap_dea``; orientation : delta is phi ("output") or 1/theta ("input")
    level   : of the intervals, [2 beta - q(1 - a/2), 2 beta - q(a/2)] with q the quantiles of the redrawn beta, a = 1 - level
    seed    : each replication draws its own numbers; progress : told of each frontier, then of each block of replications
    Returns SecondStage.
    Raises  InputError for an unknown option, bad rows, a driver that is missing, does not vary or repeats others, too few units
            inside the frontier, or a likelihood without a maximum.
    Source: Simar and Wilson (2007), Journal of Econometrics 136, 31-64.

    >>> random = np.random.default_rng(1)
    >>> z = random.uniform(0, 1, 60)
    >>> y = 1 / (1.1 + z + np.abs(random.normal(0, 0.2, 60)))
    >>> rows = pl.DataFrame({"unit": [f"u{i:02}" for i in range(60)], "x": [1.0] * 60, "y": y, "z": z})
    >>> found = second_stage(rows, ["x"], ["y"], ["z"], algorithm=1, replications=80)
    >>> found.frame["driver_name"].to_list(), found.frame["is_significant"][0]
    (['z', 'intercept', 'sigma'], True)
    """
    counts = (replications, bias_replications if algorithm == 2 else 1)
    if (
        algorithm not in (1, 2)
        or orientation not in ORIENTATIONS
        or not 0 < level < 1
        or min(counts) < 1
    ):
        raise InputError(
            f"algorithm {algorithm}, orientation {orientation!r}, level {level}, replications {counts}",
            where="second stage",
            try_next="algorithm 1 or 2; orientation input or output; level 0 to 1; replications of 1 or more",
        )
    panel = unit_panel(frame, inputs, outputs, unit=unit, year=year)
    z = _drivers(frame, panel, drivers, unit, year)
    groups = [rows for rows, _ in frontiers(panel, technology, "distances", progress, WITHOUT_PAST)]
    delta = _delta(panel, groups, returns, orientation)
    random_bias, random_effects = np.random.default_rng(seed).spawn(2)
    corrected = None
    if algorithm == 2:
        drawn = _redrawn(delta, z, bias_replications, random_bias)
        corrected = 2 * delta - _mean_delta(
            panel, groups, delta, drawn, returns, orientation, progress
        )
    effects = driver_effects(
        delta if corrected is None else corrected,
        z,
        replications=replications,
        level=level,
        random=random_effects,
        progress=progress,
    )
    columns = {} if corrected is None else {"delta_corrected": corrected}
    scores = pl.DataFrame({**panel.key(), "delta": delta, **columns, "is_used": effects.used})
    return SecondStage(
        table=_table(effects, drivers),
        sentences=_sentences(effects, drivers, len(delta)),
        conventions=(
            *_conventions(
                algorithm,
                orientation,
                returns,
                replications,
                bias_replications,
                level,
                seed,
                effects.lost_count,
            ),
            *technology_words(panel, technology),
        ),
        given=panel.given,
        effects=effects,
        scores=scores,
    )


def driver_effects(
    delta: Any,
    drivers: Any,
    *,
    replications: int = 2000,
    level: float = 0.95,
    random: Any = 0,
    progress: Progress = None,
) -> DriverEffects:
    """Truncated regression of the distances above 1 on drivers, with intervals from the parametric bootstrap.

    delta   : (N,), 1 or more; rows of 1 are left out, ``used`` says which are in
    drivers : (N, k), the first column ones; random : a seed or generator; progress : told of each block of replications
    Returns DriverEffects.
    Raises  InputError as ``truncated_regression``, where the likelihood has no maximum, or where it has none in more than one of
            twenty replications.
    Source: Simar and Wilson (2007), Journal of Econometrics 136, 31-64, algorithm 1, steps 2 to 4.

    >>> z = np.c_[np.ones(50), np.linspace(0, 1, 50)]
    >>> found = driver_effects(1.5 + z[:, 1] + 0.2 * np.sin(np.arange(50)), z, replications=200)
    >>> bool(found.low[1] < 1 < found.high[1])
    True
    """
    values, z = np.asarray(delta, float), np.asarray(drivers, float)
    used = values > 1
    beta, sigma = _fit(values[used], z[used])
    rng = np.random.default_rng(random)
    parts = []
    for start in range(0, replications, block := max(1, NUMBERS_AT_ONCE // len(z))):
        if progress:
            progress(f"regression, replication {start} of {replications}")
        stars = truncated_draws(z[used] @ beta, sigma, 1.0, min(block, replications - start), rng)
        parts.append(_fits(stars, z[used]))
    drawn = np.vstack(parts)
    kept = np.isfinite(drawn).all(axis=1)
    lost = int((~kept).sum())
    if lost > MOST_LOST * replications:
        raise InputError(
            f"{lost} of {replications} replications have no maximum of the likelihood",
            where="second stage",
            try_next="fewer drivers, more units, or a look at the scores: do they fall off faster than a normal distribution does?",
        )
    fitted, drawn = np.append(beta, sigma), drawn[kept]
    tail = (1 - level) / 2
    low, high = 2 * fitted - np.quantile(drawn, [1 - tail, tail], axis=0)
    error = drawn[:, :-1].std(axis=0, ddof=1)
    return DriverEffects(
        beta, error, low[:-1], high[:-1], sigma, float(low[-1]), float(high[-1]), used, lost
    )


def _fits(delta: Floats, z: Floats) -> Floats:
    """(R, k + 1) beta and sigma of R replications."""

    def fitted() -> list[Floats]:
        found = truncated_regression(delta, z)
        return [np.column_stack([found.beta, found.sigma])]

    return remembered(["truncated regression", delta, z], fitted)[0]


def _fit(delta: Floats, z: Floats) -> tuple[Floats, float]:
    found = truncated_regression(delta, z)
    if not np.isfinite(found.sigma[0]):
        raise InputError(
            "the likelihood has no maximum: scores fall off from 1 as an exponential does, or faster",
            where="second stage",
            try_next="other drivers, another orientation, or fewer inputs and outputs",
        )
    return found.beta[0], float(found.sigma[0])


def _drivers(
    frame: Any, panel: UnitPanel, drivers: Sequence[str], unit: str, year: str | None
) -> Floats:
    """(N, 1 + k) ones and the drivers, in the panel's order."""
    if not drivers or len(set(drivers)) < len(drivers):
        raise InputError(
            f"drivers {list(drivers)}",
            where="drivers",
            try_next="name at least one column, and each once",
        )
    numbers = {f"#{k}": name for k, name in enumerate(drivers)}
    columns = {"unit": unit, **({"year": year} if year else {}), **numbers}
    table = read_long(frame, columns, list(numbers))
    values = table.select(list(numbers)).to_numpy().astype(np.float64)
    missing = np.argwhere(~np.isfinite(values))
    if missing.size:
        row, column = (int(place) for place in missing[0])
        raise InputError(
            "no number",
            where=panel.place(row, drivers[column]),
            try_next="fill the driver in, or leave the unit out",
        )
    still = np.flatnonzero(np.ptp(values, axis=0) == 0)
    if still.size:
        raise InputError(
            f"driver {drivers[int(still[0])]!r} does not vary",
            where="drivers",
            try_next="leave it out: it explains nothing",
        )
    return np.column_stack([np.ones(len(values)), values])


def _delta(
    panel: UnitPanel, groups: list[NDArray[np.intp]], returns: str, orientation: str
) -> Floats:
    """(N,) of the panel's rows to their frontiers, group by group."""
    found = np.full(len(panel.units), np.nan)
    for rows in groups:
        own = panel.inputs[rows], panel.outputs[rows]
        found[rows] = 1 / radial_efficiency(
            *own, *own, returns, orientation, panel.units[rows].tolist()
        )
    return found


def _redrawn(delta: Floats, z: Floats, count: int, random: np.random.Generator) -> Floats:
    """(count, N) distances drawn from the regression of those above 1."""
    inside = delta > 1
    beta, sigma = _fit(delta[inside], z[inside])
    return truncated_draws(z @ beta, sigma, 1.0, count, random)


def _mean_delta(
    panel: UnitPanel,
    groups: list[NDArray[np.intp]],
    delta: Floats,
    drawn: Floats,
    returns: str,
    orientation: str,
    progress: Progress,
) -> Floats:
    total = np.zeros(len(delta))
    for k in range(0, len(drawn), BLOCK):
        if progress:
            progress(f"bias, replication {k} of {len(drawn)}")
        for rows in groups:
            own, theta = (panel.inputs[rows], panel.outputs[rows]), 1 / delta[rows]
            held = [
                moved_to(*own, theta, 1 / star[rows], orientation) for star in drawn[k : k + BLOCK]
            ]
            found = efficiency_to_many(
                [spanned(*each, returns=returns) for each in held], *own, orientation
            )
            total[rows] += (1 / found).sum(axis=0)
    return total / len(drawn)


def _table(effects: DriverEffects, drivers: Sequence[str]) -> pl.DataFrame:
    order = [*range(1, len(effects.beta)), 0]
    low, high = effects.low[order], effects.high[order]
    return pl.DataFrame(
        {
            "driver_name": [*drivers, CONSTANT, "sigma"],
            "effect": [*effects.beta[order], effects.sigma],
            "standard_error": [*effects.standard_error[order], None],
            "effect_low": [*low, effects.sigma_low],
            "effect_high": [*high, effects.sigma_high],
            "is_significant": [*((low > 0) | (high < 0)), None],
        }
    )


def _sentences(
    effects: DriverEffects, drivers: Sequence[str], count: int
) -> tuple[tuple[str, Words], ...]:
    found: dict[str, Words] = {}
    for k, name in enumerate(drivers, start=1):
        ends = f"{effects.low[k]:.3g}, {effects.high[k]:.3g}"
        english, chinese = "has no effect that the data can tell from none", "无显著影响"
        if effects.low[k] > 0:
            english, chinese = "makes less efficient", "显著降低效率"
        elif effects.high[k] < 0:
            english, chinese = "makes more efficient", "显著提高效率"
        found[f"effect_{k}"] = (
            f"{name} {english}: {effects.beta[k]:.3g} [{ends}] of distance to the frontier per unit.",
            f"{name}{chinese}：每单位使到前沿的距离变动 {effects.beta[k]:.3g}，区间 [{ends}]。",
        )
    used = int(effects.used.sum())
    found["used_count"] = (
        f"{used} of {count} rows are in the regression.",
        f"{count} 个观测中有 {used} 个进入回归。",
    )
    return tuple(found.items())


def _conventions(
    algorithm: int,
    orientation: str,
    returns: str,
    replications: int,
    bias: int,
    level: float,
    seed: int,
    lost: int,
) -> tuple[Words, ...]:
    found: list[Words] = [
        (
            f"distances of 1 or more, {'phi, output' if orientation == 'output' else '1/theta, input'}-oriented, {returns.upper()}: an "
            "effect above 0 makes less efficient",
            f"被解释变量为不小于 1 的距离（{'产出导向 φ' if orientation == 'output' else '投入导向 1/θ'}，{returns.upper()}），"
            "系数为正表示降低效率",
        ),
        (
            f"Simar and Wilson (2007), algorithm {algorithm}, {replications} replications, seed {seed}; {level:.0%} intervals from "
            "differences",
            f"Simar and Wilson (2007) 算法 {algorithm}，重复 {replications} 次，随机种子 {seed}；{level:.0%} 区间由差值分布得出",
        ),
        (
            ("units on the frontier are left out of the regression", "前沿面上的单元不进入回归")
            if algorithm == 1
            else (
                f"distances corrected for bias with {bias} replications; all units are in the regression",
                f"距离经 {bias} 次重复作偏差修正，全部单元进入回归",
            )
        ),
        (
            "drivers must not shift the frontier itself (separability)",
            "须满足可分性：影响因素不改变前沿面本身",
        ),
    ]
    if lost:
        found.append(
            (
                f"{lost} replications without a maximum of the likelihood are left out",
                f"{lost} 次重复的似然函数无极大值，未计入",
            )
        )
    return tuple(found)
