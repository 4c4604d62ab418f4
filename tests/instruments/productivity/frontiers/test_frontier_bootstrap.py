"""The bootstrap of radial scores: an identity where one ratio decides, coverage of a known
frontier, draws, bandwidths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from measured import bootstrap_dea

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers import distance_functions
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import (
    bootstrap_scores,
    efficiency_to_many,
    radial_efficiency,
)
from firstlight.instruments.productivity.frontiers.score_smoothing import (
    cross_validation,
    score_bandwidth,
    smoothed_draw,
)
from firstlight.instruments.productivity.frontiers.technology import technology

Array = np.ndarray


def planted(seed: int, count: int = 30) -> tuple[Array, Array, Array]:
    """Inputs, an output with constant returns, and the true efficiency."""
    random = np.random.default_rng(seed)
    x, theta = random.uniform(1, 10, (count, 1)), np.exp(-np.abs(random.normal(0, 0.4, count)))
    return x, x * theta[:, None], theta


def largest_draws(
    theta: Array, seed: Any, replications: int, smoothing: str = "reflected", h: float | None = None
) -> Array:
    """With one input, one output and constant returns, a replication's frontier is its most
    efficient draw."""
    width = score_bandwidth(theta) if h is None else h
    spawned = np.random.default_rng(seed).spawn(replications)
    return np.array([smoothed_draw(theta, width, random, smoothing).max() for random in spawned])


@pytest.mark.parametrize("interval", ["differences", "shifted"])
@pytest.mark.parametrize("smoothing", ["reflected", "simar_wilson_1998"])
@pytest.mark.parametrize("orientation", ["input", "output"])
def test_one_ratio_decides(orientation: str, smoothing: str, interval: str) -> None:
    x, y, _ = planted(1)
    options: dict[str, Any] = {"smoothing": smoothing, "interval": interval, "level": 0.9}
    found = bootstrap_scores(
        x, y, returns="crs", orientation=orientation, replications=60, seed=5, **options
    )
    theta = (y / x)[:, 0] / (y / x).max()
    most = largest_draws(theta, 5, 60, smoothing)
    score, star = (
        (theta, theta / most[:, None])
        if orientation == "input"
        else (1 / theta, most[:, None] / theta)
    )
    bias = star.mean(axis=0) - score
    assert found.score == pytest.approx(score)
    assert found.bias == pytest.approx(bias) and found.corrected == pytest.approx(score - bias)
    assert found.standard_error == pytest.approx(star.std(axis=0, ddof=1))
    low, high = np.quantile(star, [0.05, 0.95], axis=0)
    ends = (
        (2 * score - high, 2 * score - low)
        if interval == "differences"
        else (low - 2 * bias, high - 2 * bias)
    )
    assert found.low == pytest.approx(ends[0]) and found.high == pytest.approx(ends[1])


def coverage(smoothing: str, trials: int = 200) -> tuple[float, float]:
    """How often the 95% interval holds the truth; and the mean error of the corrected score, as a
    share of that of the score.

    With one ratio, truth / score is the true efficiency of the best unit, for every unit.
    """
    hits, errors = [], []
    for trial in range(trials):
        _, _, truth = planted(100 + trial, 60)
        best = truth.max()
        factor = 1 / largest_draws(truth / best, trial, 150, smoothing)
        low, high = 2 - np.quantile(factor, [0.975, 0.025])
        hits.append(low <= best <= high)
        errors.append((2 - factor.mean() - best, 1 - best))
    corrected, raw = np.mean(errors, axis=0)
    return float(np.mean(hits)), float(corrected / raw)


@pytest.mark.slow
def test_intervals_cover_a_known_frontier_where_the_draws_reach_it() -> None:
    covered, left = coverage("reflected")
    assert covered == pytest.approx(
        0.95, abs=0.05
    )  # 3 standard errors of 200 trials, and a little for 60 units
    assert abs(left) < 0.25
    covered, left = coverage("simar_wilson_1998", 50)  # draws end below 1, as its docstring says
    assert covered < 0.5 and left < -1


@pytest.mark.slow
def test_a_curved_frontier_is_covered_less_often_as_the_docstring_says() -> None:
    """y = x^.8 at one unit; the frontier estimated by linear programmes, which are flat between
    units."""
    hits, errors, random = [], [], np.random.default_rng(8)
    for trial in range(50):
        x, truth = random.uniform(1, 10, (100, 1)), np.exp(-np.abs(random.normal(0, 0.4, 100)))
        x[0], truth[0] = 5, 0.7
        found = bootstrap_scores(
            x, x**0.8 * truth[:, None], orientation="output", replications=100, seed=trial
        )
        hits.append(found.low[0] <= 1 / truth[0] <= found.high[0])
        errors.append((found.score[0] - 1 / truth[0], found.corrected[0] - 1 / truth[0]))
    raw, corrected = np.mean(errors, axis=0)
    assert np.mean(hits) == pytest.approx(0.8, abs=0.12)
    assert corrected / raw == pytest.approx(1 / 3, abs=0.2)


def test_draws_keep_the_variance_that_they_say() -> None:
    theta = planted(3, 500)[2]
    theta, random = theta / theta.max(), np.random.default_rng(0)
    draws = np.concatenate([smoothed_draw(theta, 0.1, random) for _ in range(400)])
    assert ((draws > 0) & (draws <= 1)).all() and draws.max() > 0.9999
    assert ((draws - 1) ** 2).mean() == pytest.approx(((theta - 1) ** 2).mean(), rel=0.02)
    draws = np.concatenate(
        [smoothed_draw(theta, 0.1, random, "simar_wilson_1998") for _ in range(400)]
    )
    b, shrink = theta.mean(), np.sqrt(1 + 0.01 / theta.var(ddof=1))
    assert draws.max() == pytest.approx(b + (1 - b) / shrink, abs=0.02)


def test_bandwidths() -> None:
    theta = planted(4, 40)[2]
    theta /= theta.max()
    inside = theta[theta < 1]
    both = np.sort(np.r_[inside, 2 - inside])
    lower, upper = np.quantile(both, [0.25, 0.75])
    h = 1.06 * min(both.std(ddof=1), (upper - lower) / 1.34) * 78**-0.2
    expected = h * 2**0.2 * (39 / 40) ** 0.2 * theta.std(ddof=1) / both.std(ddof=1)
    assert score_bandwidth(theta) == pytest.approx(expected, rel=1e-12)
    assert score_bandwidth(theta, 0.03) == 0.03

    # Cross-validation as defined: the density squared and integrated, and each point left out in
    # turn.
    def density(at: Array, values: Array, width: float) -> Array:
        return np.exp(-((at[:, None] - values) ** 2) / (2 * width**2)).mean(axis=1) / (
            width * np.sqrt(2 * np.pi)
        )

    grid = np.linspace(-2, 4, 20_001)
    widths = np.linspace(0.02, 0.4, 20)
    plain = []
    for width in widths:
        left_out = [
            density(both[i : i + 1], np.delete(both, i), width)[0] for i in range(len(both))
        ]
        plain.append(np.trapezoid(density(grid, both, width) ** 2, grid) - 2 * np.mean(left_out))
    assert [cross_validation(width, both) for width in widths] == pytest.approx(plain, rel=1e-6)
    chosen = (
        score_bandwidth(theta, "cross_validation") * h / expected
    )  # the same way back as the other rule
    assert cross_validation(chosen, both) <= min(plain) + 1e-6


@pytest.mark.parametrize("returns", ["crs", "vrs", "nirs", "ndrs"])
@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.slow
def test_frontiers_solved_together_are_those_solved_one_by_one(
    returns: str, orientation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(3)
    x, y = random.lognormal(0, 1, (12, 2)) * [1e6, 1e-3], random.lognormal(0, 1, (12, 2)) * [1, 1e4]
    y[2, 0] = 0.0
    moved = [
        x * random.uniform(0.5, 1.5, (12, 1)) for _ in range(7)
    ]  # some points lie beyond, some can't be reached
    spanned = [technology(each, y[random.permutation(12)], returns=returns) for each in moved]
    monkeypatch.setattr(distance_functions, "PROGRAMMES", 30)
    together = efficiency_to_many(spanned, x, y, orientation)
    monkeypatch.setattr(distance_functions, "FEW_UNITS", 0)
    one_by_one = efficiency_to_many(spanned, x, y, orientation)
    assert together == pytest.approx(one_by_one, rel=1e-9, nan_ok=True) and (together > 1).any()
    assert together.shape == (7, 12) and len(np.unique(together.round(9))) > 60


def test_radial_efficiency_of_two_inputs() -> None:
    x, y = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]), np.ones((3, 1))
    assert radial_efficiency(x, y, x, y, "vrs", "input") == pytest.approx([1, 1, 0.5])


def panel(seed: int = 1) -> pl.DataFrame:
    x, y, _ = planted(seed, 40)
    years = {"unit": [f"u{i:02}" for i in range(20)] * 2, "year": [2001] * 20 + [2002] * 20}
    return pl.DataFrame({**years, "K": x[:, 0], "L": x[::-1, 0], "Y": y[:, 0]})


def of(rows: Any, **options: Any) -> Any:
    return bootstrap_dea(rows, ["K", "L"], ["Y"], **{"replications": 40, **options})


def test_seeds_units_and_order() -> None:
    ours = of(panel())
    assert ours.equals(of(panel().sample(fraction=1, shuffle=True, seed=2)))
    low, corrected = "efficiency_score_low", "efficiency_score_corrected"
    assert not np.allclose(ours[low], of(panel(), seed=1)[low])
    scaled = of(panel().with_columns(K=pl.col("K") * 1e12, Y=pl.col("Y") * 1e-9))
    for name in (low, corrected):
        assert scaled[name].to_numpy() == pytest.approx(ours[name].to_numpy(), rel=1e-6)


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_the_correction_goes_to_less_efficiency(orientation: str) -> None:
    found = of(panel(), orientation=orientation, technology="global", bandwidth="cross_validation")
    sign = -1 if orientation == "input" else 1
    score, corrected, low, high = found.to_numpy()[:, 2:6].astype(float).T
    assert (sign * (corrected - score) > 0).all()
    assert (low <= corrected).all() and (corrected <= high).all()


def test_progress_counts_the_replications_of_all_frontiers() -> None:
    told: list[tuple[int, int]] = []
    of(panel(), replications=60, progress=lambda done, every: told.append((done, every)))
    assert told == [(0, 120), (50, 120), (60, 120), (110, 120)]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: of(panel(), orientation="non"), "no_choice orientation = non"),
        (lambda: of(panel(), replications=30), "few_replications 30"),
        (lambda: of(panel(), bandwidth="wide"), "no_bandwidth bandwidth = wide"),
        (lambda: of(panel(), bandwidth=-1.0), "no_bandwidth bandwidth = -1.0"),
        (lambda: of(panel(), smoothing="none"), "no_choice smoothing = none"),
        (lambda: of(panel(), interval="normal"), "no_choice interval = normal"),
        (lambda: of(panel(), returns="grs"), "no_choice returns = grs"),
        (lambda: of(panel().filter(pl.col("unit") < "u03")), "few_inside_in_year"),
        (
            lambda: of(panel().filter((pl.col("unit") < "u03") | (pl.col("year") == 2001))),
            "2002",
        ),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert told in f"{caught.value.code} {caught.value}"
    assert caught.value.where and caught.value.try_next
