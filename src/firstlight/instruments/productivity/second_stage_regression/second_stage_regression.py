"""What brings units nearer to the frontier: drivers of efficiency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from firstlight import roles
from firstlight.instruments.productivity.second_stage_regression.second_stage import (
    DriverEffects,
    second_stage,
)
from firstlight.instruments.productivity.unit_panel import measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import Count, Figure, Message, Name, Share, counted, message

LEVEL: Final = 0.95
BIAS_REPLICATIONS: Final = 100
SEVERAL: Final = roles.Columns(each=roles.Number("zero", is_filled=True))


def efficiency_drivers(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    inputs: Annotated[Sequence[str], SEVERAL],
    outputs: Annotated[Sequence[str], SEVERAL],
    drivers: Annotated[Sequence[str], roles.Columns(each=roles.Number(is_filled=True))],
    returns: Literal["crs", "vrs", "nirs", "ndrs"] = "vrs",
    orientation: Literal["input", "output"] = "output",
    technology: Literal["contemporaneous", "global"] = "contemporaneous",
    algorithm: Annotated[int, roles.Bounds(1, 2)] = 2,
    replications: Annotated[int, roles.Bounds(2, 100_000)] = 2000,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """What brings units nearer to the frontier, and what takes them away from it.

    Distances to the frontier are regressed on drivers, with intervals that take into account that
    the distances are estimated and never below 1.

    Parameters
    ----------
    frame
        A row for each unit, or for each unit and year.
    unit
        Column of the units: firms, provinces, schools.
    year
        Column of the years; without it the units are compared once.
    inputs
        Columns of inputs, in any units. Name undesirable outputs here.
    outputs
        Columns of outputs, in any units.
    drivers
        Columns that efficiency is explained by, such as openness or schooling; they may be
        negative.
    returns
        Returns to scale: constant, variable, non-increasing or non-decreasing.
    orientation
        Whether the distance is how often outputs could be had (output), or how often the inputs
        that would do are used (input).
    technology
        Which years span the frontier of a year: its own, or all.
    algorithm
        2 corrects distances for bias and takes all units; 1 takes those inside the frontier as they
        are.
    replications
        How often the regression is drawn again, for the intervals.
    seed
        Seed of the random draws.
    progress
        Called with the replications that are done and those that there are.

    Returns
    -------
    Result with the tables ``effects`` (driver_name, effect, standard_error, effect_low,
    effect_high, is_significant; the intercept and sigma last) and ``scores`` (unit, year, delta,
    delta_corrected, is_used).

    Raises
    ------
    InputError
        For a missing number, a row whose inputs or outputs are all 0, a driver that does not vary
        or follows from others, too few units inside the frontier, and a likelihood without a
        maximum.

    References
    ----------
    Simar and Wilson 2007, Journal of Econometrics 136, 31-64.

    Examples
    --------
    >>> import numpy as np
    >>> import polars as pl
    >>> random = np.random.default_rng(1)
    >>> z = random.uniform(0, 1, 60)
    >>> y = 1 / (1.1 + z + np.abs(random.normal(0, 0.2, 60)))
    >>> rows = pl.DataFrame({"unit": [f"u{i:02}" for i in range(60)], "x": 1.0, "y": y, "z": z})
    >>> columns = {"inputs": ["x"], "outputs": ["y"], "drivers": ["z"]}
    >>> found = efficiency_drivers(rows, **columns, algorithm=1, replications=80)
    >>> found.said[0].code, found.table["driver_name"].to_list()
    ('farther', ['z', 'intercept', 'sigma'])
    """
    data = EFFICIENCY_DRIVERS.read(locals())
    panel = measured_units(data)
    found = second_stage(
        panel,
        data.several["drivers"],
        returns=returns,
        orientation=orientation,
        technology=technology,
        algorithm=algorithm,
        replications=replications,
        bias_replications=BIAS_REPLICATIONS,
        level=LEVEL,
        seed=seed,
        progress=progress,
    )
    used = [message(f"orientation_{orientation}"), message(f"returns_{returns}")]
    used.append(
        message(
            "draws",
            algorithm=Count(algorithm),
            count=Count(replications),
            seed=Count(seed),
            level=Share(LEVEL),
        )
    )
    if algorithm == 1:
        used.append(message("inside_alone"))
    else:
        used.append(message("corrected", count=Count(BIAS_REPLICATIONS)))
    used.append(message("separability"))
    used += counted("lost", found.effects.lost_count)
    if panel.has_years:
        used.append(message(f"technology_{technology}"))
    return Result(
        {"effects": found.table, "scores": found.scores},
        tuple(_said(found.effects, drivers)),
        EFFICIENCY_DRIVERS.texts,
        conventions=tuple(used),
        given=data.given,
    )


def _said(effects: DriverEffects, drivers: Sequence[str]) -> list[Message]:
    """What each driver does, and how many rows say so."""
    said = [_effect(effects, place, name) for place, name in enumerate(drivers, start=1)]
    used = Count(int(effects.used.sum()))
    return [*said, message("used", count=used, all=Count(len(effects.used)))]


def _effect(effects: DriverEffects, place: int, name: str) -> Message:
    low, high = float(effects.low[place]), float(effects.high[place])
    numbers = {
        "effect": Figure(float(effects.beta[place])),
        "low": Figure(low),
        "high": Figure(high),
    }
    driver, level = Name(name), Share(LEVEL)
    if high < 0:
        return message("nearer", driver=driver, level=level, **numbers)
    if low > 0:
        return message("farther", driver=driver, level=level, **numbers)
    return message("no_effect", driver=driver, level=level, **numbers)


EFFICIENCY_DRIVERS = Measurement(
    efficiency_drivers,
    citation="Simar and Wilson 2007, Journal of Econometrics 136",
    sample=Sample(
        {
            "inputs": ["staff", "spending"],
            "outputs": ["patents"],
            "drivers": ["openness"],
            "technology": "global",
            "replications": 500,
        }
    ),
)
