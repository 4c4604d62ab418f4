"""Lotka-Volterra: planted interactions found again, as often as the intervals say; no leakage; bad
input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from polars.testing import assert_frame_equal

from firstlight.errors import InputError
from firstlight.instruments.diffusion.competition import (
    KINDS,
    competition_hindcast,
    forecast_competition,
    lotka_volterra,
)

Array = np.ndarray
GROWTH, LIMIT = (0.5, 0.4), (0.08, 0.07)


def planted(
    seed: int, effect: tuple[float, float], years: int = 61, noise: float = 0.1
) -> tuple[Array, Array]:
    """Sizes of two technologies with these effects on each other and shocks to growth."""
    shock = np.random.default_rng(seed).normal(0, noise, (years, 2))
    size = np.empty((years, 2))
    size[0] = 1, 4
    for i in range(years - 1):
        for k in (0, 1):
            step = GROWTH[k] - LIMIT[k] * size[i, k] + effect[k] * size[i, 1 - k] + shock[i, k]
            size[i + 1, k] = size[i, k] * np.exp(step)
    return size[:, 0], size[:, 1]


# The share that is told in full is the power of sixty years, not a property of the method:
# mutualism this weak is rarely told.
@pytest.mark.parametrize(
    ("effect", "told"), [((-0.04, -0.06), 0.55), ((0.03, -0.05), 0.45), ((0.02, 0.02), 0.15)]
)
def test_the_kind_of_interaction_is_found_again(effect: tuple[float, float], told: float) -> None:
    fits = [lotka_volterra(range(61), *planted(seed, effect)) for seed in range(150)]
    held = [(fit.effect_low <= effect) & (fit.effect_high >= effect) for fit in fits]
    assert np.mean(held, axis=0) == pytest.approx([0.9, 0.9], abs=0.08)
    right = (int(np.sign(effect[0])), int(np.sign(effect[1])))
    opposite = [fit for fit in fits if -right[0] in fit.signs[:1] or fit.signs[1] == -right[1]]
    assert len(opposite) <= 3  # a sign that is wrong, not merely untold
    assert np.mean([fit.signs == right for fit in fits]) > told
    assert all(fit.kind == KINDS[fit.signs] for fit in fits)


def test_without_interaction_it_is_claimed_as_often_as_the_level_allows() -> None:
    fits = [lotka_volterra(range(61), *planted(seed, (0.0, 0.0))) for seed in range(300)]
    claims = np.mean([[sign != 0 for sign in fit.signs] for fit in fits], axis=0)
    assert claims == pytest.approx([0.1, 0.1], abs=0.06)


def test_the_regression_by_hand() -> None:
    x, y = planted(1, (-0.04, -0.06), years=20)
    fit = lotka_volterra(range(20), x, y)
    design = np.column_stack([np.ones(19), x[:-1], y[:-1]])
    slope, squares, *_ = np.linalg.lstsq(design, np.diff(np.log(x)), rcond=None)
    assert [fit.growth[0], -fit.self_limit[0], fit.effect[0]] == pytest.approx(slope)
    assert fit.noise[0, 0] == pytest.approx(squares[0] / 16)
    error = np.sqrt(squares[0] / 16 * np.linalg.inv(design.T @ design)[2, 2])
    assert fit.effect_high[0] - fit.effect[0] == pytest.approx(
        1.745884 * error, rel=1e-5
    )  # t, 16 degrees, 95%
    assert fit.effect_at_mean[0] == pytest.approx(slope[2] * y[:-1].mean())


def test_units_names_and_order_change_nothing() -> None:
    x, y = planted(2, (-0.04, -0.06), years=25)
    order = np.random.default_rng(0).permutation(25)
    one, two = (
        lotka_volterra(range(25), x, y),
        lotka_volterra(np.arange(25)[order], 1000 * y[order], x[order] / 7),
    )
    assert two.effect_at_mean[::-1] == pytest.approx(one.effect_at_mean)
    assert two.growth[::-1] == pytest.approx(one.growth)
    assert two.signs[::-1] == one.signs
    ahead = forecast_competition(one, 3)
    scaled = forecast_competition(lotka_volterra(range(25), 1000 * x, y / 7), 3)
    assert scaled[0] == pytest.approx(1000 * ahead[0], rel=1e-6)


def test_bands_hold_planted_paths() -> None:
    held = []
    for seed in range(150):
        x, y = planted(seed, (-0.03, -0.03), years=46)
        ahead = forecast_competition(lotka_volterra(range(41), x[:41], y[:41]), 5, paths=400)
        held.append([ahead[i, 4, 0] <= size[45] <= ahead[i, 4, 2] for i, size in enumerate((x, y))])
    assert np.mean(held, axis=0) == pytest.approx([0.8, 0.8], abs=0.1)


def test_the_hindcast_reads_nothing_later_and_wins_where_there_is_interaction() -> None:
    x, y = planted(4, (-0.05, -0.06), years=40, noise=0.03)
    years = np.arange(40)
    one = competition_hindcast(years, x, y)
    later = np.where(years > 25, 3.0, 1.0)
    two = competition_hindcast(years, x * later, y / later)
    early = (one["origin_year"] + one["horizon"]) <= 25
    assert_frame_equal(one.filter(early), two.filter(early))
    assert not one.equals(two)
    rmse = {
        name: float((one[name] ** 2).mean() ** 0.5)
        for name in ("interacting", "alone", "no_change")
    }
    assert rmse["interacting"] < min(rmse["alone"], rmse["no_change"])


def test_gaps_are_left_out_not_bridged() -> None:
    x, y = planted(5, (-0.04, -0.06), years=30)
    kept = np.delete(np.arange(30), [7, 15])
    assert lotka_volterra(kept, x[kept], y[kept]).changes_count == 25


X, Y = planted(0, (-0.04, -0.06), years=15)


@pytest.mark.parametrize(
    ("call", "code", "where"),
    [
        (lambda: lotka_volterra(range(8), X[:8], Y[:8]), "few_pairs", "years"),
        (lambda: lotka_volterra(range(0, 30, 2), X, Y), "few_pairs", "years"),
        (lambda: lotka_volterra(range(15), np.where(X[3] == X, 0, X), Y), "no_sizes", "position 3"),
        (lambda: lotka_volterra([*range(14), 13], X, Y), "year_twice", "years"),
        (lambda: lotka_volterra(np.arange(15) + 0.5, X, Y), "not_a_whole_year", "position 0"),
        (lambda: lotka_volterra(range(14), X, Y), "wrong_shape", "one"),
        (lambda: lotka_volterra(range(15), X, Y[:14]), "wrong_shape", "other"),
        (lambda: lotka_volterra(range(15), X, 2 * X), "move_alike", "one, other"),
        (lambda: lotka_volterra(range(15), X, np.ones(15)), "never_changes", "other"),
        (lambda: lotka_volterra(range(15), X, Y, level=2), "not_between", "level"),
        (
            lambda: forecast_competition(lotka_volterra(range(15), X, Y), 0),
            "out_of_bounds",
            "horizon",
        ),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str, where: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert (caught.value.code, caught.value.where) == (code, where)
