"""What is remembered hangs on every number and choice: a memory filled by others' work changes
nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.firms import made_up_firms
from benchmarks.planted.prices import made_up_flows

from firstlight.instruments.complexity.next_activities.opportunity_record import opportunity_record
from firstlight.instruments.diffusion.growth_average import forecast_growth
from firstlight.instruments.networks.contribution_profile.contribution_profile import contribution
from firstlight.instruments.networks.shapley_attribution.shapley_intervals import (
    explained_variance_intervals,
)
from firstlight.instruments.productivity.production_functions.estimators import (
    ackerberg_caves_frazer,
    levinsohn_petrin,
    olley_pakes,
)
from firstlight.instruments.productivity.second_stage_regression.second_stage import driver_effects
from firstlight.numerics.solution_memory import key_of_arrays, remembered, remembering
from firstlight.places import border
from firstlight.productivity import frontier

pytestmark = pytest.mark.slow

Case = tuple[Callable[..., Any], dict[str, Any], list[dict[str, Any]]]


def _firms(function: Callable[..., Any], **more: Any) -> Callable[..., Any]:
    def run(frame: pl.DataFrame, **options: Any) -> Any:
        given = {"output": "y", "free": ["l"], "state": ["k"], "proxy": ["m"], "log": False}
        found = function(frame, **{**given, "replications": 4, **more, **options})
        return np.vstack([found.replicates, found.standard_error])

    return run


def _moved(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The frame with one number of one column changed."""
    first = pl.int_range(pl.len()) == 3
    return frame.with_columns(
        pl.when(first).then(pl.col(column) * 1.01 + 0.001).otherwise(column).alias(column)
    )


LEAVES = (
    pl.col("year") > 2005 - pl.col("unit").str.slice(-1).cast(pl.Int64) % 3
)  # a third leaves after 2003, and after 2004
FIRMS = made_up_firms(60, 5, seed=2).with_columns(c=(pl.col("l") * 7).sin()).filter(~LEAVES)
MOVED = [{"frame": _moved(FIRMS, column)} for column in ("y", "l", "k", "m")]
OPTIONS: list[dict[str, Any]] = [
    {"degree": 2},
    {"omega_degree": 2},
    {"seed": 1},
    {"controls": ["c"]},
]


def _drivers(y: Any, z: Any, **options: Any) -> Any:
    found = driver_effects(y, z, replications=40, **options)
    return np.array([*found.low, *found.high, found.sigma_low])


def _frontier(frame: pl.DataFrame, **options: Any) -> Any:
    given = {"inputs": ["l"], "determinants": None, "log": False} | options
    return frontier(frame, "y", **given).table["efficiency_share"].to_numpy()


def _growth(values: Any, years: Any, **options: Any) -> Any:
    found = forecast_growth(values, years, [1, 5], draws=50, **options)
    return np.array([*found.weights.values(), *found.frame["median"]])


def _border(frame: pl.DataFrame) -> Any:
    return border(frame, flow="x", distance="km").table.select(pl.col("^border_.*$")).to_numpy()


def _attribution(**options: Any) -> Any:
    return np.array(
        list(explained_variance_intervals(units=UNITS, replications=20, **options).values())
    )


def _contribution(frame: pl.DataFrame, **options: Any) -> Any:
    return (
        contribution(frame, contributor="unit", **{"draws": 100} | options)
        .table["p_value"]
        .to_numpy()
    )


def _opportunities(frame: pl.DataFrame, **options: Any) -> Any:
    found = opportunity_record(frame, "value", horizon=1, resamples=0, **options)
    return found.forecasts().sort("place", "activity")["chance_share"].to_numpy()


RANDOM = np.random.default_rng(0)
UNITS = np.repeat(list("abcdefgh"), 4)
X1, X2 = RANDOM.normal(size=(2, 32))
Y = X1 + 0.5 * X2 + RANDOM.normal(size=32)
Z = np.column_stack([np.ones(60), RANDOM.uniform(size=60)])
DELTA = 1.1 + Z[:, 1] + np.abs(RANDOM.normal(0, 0.3, 60))
YEARS = np.arange(2000, 2012)
SEEN = 100 / (1 + np.exp(-0.5 * (YEARS - 2006))) * np.exp(RANDOM.normal(0, 0.05, 12))
FLOWS = made_up_flows(9, places=5)
WORKS = pl.DataFrame(
    {
        "work": [f"w{k}" for k in range(40)],
        "unit": ["x", "y"] * 20,
        "year": 2000,
        "citations": RANDOM.poisson(3.0, 40),
    }
)
GRID = RANDOM.gamma(0.5, 40, (12, 10))
AMOUNTS = pl.DataFrame(
    [
        (f"p{p}", f"a{a}", 2010 + t, float(np.floor(GRID[p, a] * np.exp(0.5 * np.sin(p + a * t)))))
        for t in range(3)
        for p in range(12)
        for a in range(10)
    ],
    ["place", "activity", "year", "value"],
    orient="row",
)
LAWS = [{"law": "fitted"}, {"exit": True}]
CASES: dict[str, Case] = {
    "olley_pakes": (_firms(olley_pakes), {"frame": FIRMS}, [*MOVED, *OPTIONS, *LAWS]),
    "levinsohn_petrin": (
        _firms(levinsohn_petrin),
        {"frame": FIRMS},
        [*MOVED, *OPTIONS, {"output_is": "gross_output"}],
    ),
    "ackerberg_caves_frazer": (
        _firms(ackerberg_caves_frazer),
        {"frame": FIRMS},
        [*MOVED, *OPTIONS, {"law": "output"}, {"form": "translog"}],
    ),
    "driver_effects": (
        _drivers,
        {"y": DELTA, "z": Z},
        [{"y": DELTA + 0.01}, {"z": Z * [1, 2]}, {"random": 1}],
    ),
    "stochastic_frontier": (
        _frontier,
        {"frame": FIRMS},
        [{"frame": _moved(FIRMS, "y")}, {"frame": _moved(FIRMS, "l")}]
        + [
            {"model": m}
            for m in (
                "time_invariant",
                "time_decay",
                "true_fixed",
                "true_fixed_dummies",
                "true_random",
            )
        ]
        + [
            {"distribution": "exponential"},
            {"distribution": "truncated_normal"},
            {"determinants": ["k"], "distribution": "truncated_normal"},
        ],
    ),
    "growth": (
        _growth,
        {"values": SEEN, "years": YEARS},
        [
            {"values": SEEN * 1.01**YEARS},
            {"years": YEARS * 2},
            {"ceiling": 150.0},
            {"errors": "logitnormal", "ceiling": 150.0},
            {"launch": 1990},
            {"kind": "per_year"},
        ],
    ),
    "border": (
        _border,
        {"frame": FLOWS},
        [{"frame": _moved(FLOWS, "x")}, {"frame": _moved(FLOWS, "km")}],
    ),
    "attribution": (
        _attribution,
        {"y": Y, "factors": {"a": X1, "b": X2}},
        [{"y": Y**3}, {"factors": {"a": X1, "b": X2**3}}, {"seed": 1}],
    ),
    "contribution": (
        _contribution,
        {"frame": WORKS},
        [{"frame": _moved(WORKS, "citations")}, {"seed": 1}, {"draws": 120}],
    ),
    "opportunities": (
        _opportunities,
        {"frame": AMOUNTS},
        [{"frame": _moved(AMOUNTS, "value")}, {"seed": 1}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_memory_of_other_work_changes_nothing(name: str) -> None:
    run, given, others = CASES[name]
    memory: dict[bytes, bytes] = {}
    with remembering(memory):
        first = run(**given)
        filled = len(memory)
        assert (
            filled and np.array_equal(run(**given), first, equal_nan=True) and len(memory) == filled
        )
    for other in others:
        alone = run(**{**given, **other})
        with remembering(dict(memory)):
            assert np.array_equal(run(**{**given, **other}), alone, equal_nan=True), other


def test_an_array_lies_in_memory_alike_computed_or_remembered() -> None:
    """A slice of a transposed array is stored without its gaps; sums and products may hang on how
    it lies."""
    whole = np.random.default_rng(0).normal(size=(40, 30)).T
    with remembering({}):
        first, second = (remembered(["slice"], lambda: [whole[::2, 1:]])[0] for _ in range(2))
    assert first.strides == second.strides and np.array_equal(first, whole[::2, 1:])


def test_objects_are_no_numbers() -> None:
    with pytest.raises(TypeError, match="objects"):
        key_of_arrays([np.array(["a"], dtype=object)])
    assert (
        remembered([object()], lambda: [np.ones(1)])[0].item() == 1
    )  # without a memory nothing needs a key
