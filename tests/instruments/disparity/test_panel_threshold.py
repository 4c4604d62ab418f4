"""Thresholds of panels against brute force with dummies, planted breaks, and panels without one."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from firstlight.disparity import (
    Panel,
    critical_ratio,
    panel_of,
    panel_threshold,
    regime_fit,
    threshold_search,
    threshold_test,
)
from firstlight.errors import InputError
from firstlight.phrases import p_phrase

Array = NDArray[np.float64]


def drawn(
    seed: int, breaks: tuple[float, ...] = (), units: int = 12, years: int = 6, noise: float = 1.0
) -> dict[str, Array]:
    """Arrays of a panel whose slope rises by 2 beyond each break."""
    random = np.random.default_rng(seed)
    x, q, z, error = random.normal(size=(4, units, years))
    x, q = x + 1, q + random.normal(size=(units, 1))
    slope = 1 + 2 * sum((q > at for at in breaks), np.zeros_like(q))
    y = random.normal(0, 3, (units, 1)) + slope * x - 0.5 * z + noise * error
    return {"y": y, "x": x, "q": q, "z": z}


def panel(own: dict[str, Array], **options: Any) -> Panel:
    return panel_of(own["y"], own["x"], own["q"], own["z"][:, :, None], **options)


def dummies(own: dict[str, Array], thresholds: tuple[float, ...], effects: str) -> Array:
    """The design with an explicit column for each unit (and year), regimes first."""
    n, t = own["y"].shape
    at = np.searchsorted(thresholds, own["q"]).ravel()
    regimes = [own["x"].ravel() * (at == k) for k in range(len(thresholds) + 1)]
    fixed = [np.repeat(np.eye(n), t, axis=0)]
    if effects == "unit_year":
        fixed.append(np.tile(np.eye(t)[:, 1:], (n, 1)))
    return np.column_stack([*regimes, own["z"].ravel(), *fixed])


def squares(own: dict[str, Array], thresholds: tuple[float, ...], effects: str) -> float:
    design, y = dummies(own, thresholds, effects), own["y"].ravel()
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(rest @ rest)


@pytest.mark.parametrize("effects", ["unit", "unit_year"])
def test_all_candidates_by_least_squares_with_dummies(
    effects: Literal["unit", "unit_year"],
) -> None:
    own = drawn(1, (0.2,), noise=2.0)
    given = panel(own, effects=effects, trim=0.1)
    found = threshold_search(given, 1)
    values = np.sort(own["q"].ravel())
    assert given.candidates.tolist() == values[7:64].tolist()  # 8 of 72 on each side
    by_hand = np.array([squares(own, (at,), effects) for at in given.candidates])
    assert found.thresholds[0] == given.candidates[by_hand.argmin()]
    assert found.squares == pytest.approx((squares(own, (), effects), by_hand.min()))
    n, t = own["y"].shape
    freedom = (t - 1) * (n - (effects == "unit_year"))
    ratios = freedom * (by_hand - by_hand.min()) / by_hand.min()
    assert found.ratios[0] == pytest.approx(ratios, abs=1e-8)


def test_two_thresholds_are_the_best_pair_when_found_given_each_other() -> None:
    own = drawn(2, (-0.7, 0.8), units=10, noise=0.5)
    given = panel(own, trim=0.15)
    found = threshold_search(given)
    pairs = {
        (one, other): squares(own, (one, other), "unit")
        for (j, one), (k, other) in combinations(enumerate(given.candidates), 2)
        if k - j >= given.fewest
    }
    assert tuple(found.thresholds) == min(pairs, key=lambda pair: pairs[pair])
    first, second = found.ratios
    assert first[found.at[0]] == second[found.at[1]] == 0
    assert np.nanmin(first) == np.nanmin(second) == 0
    least, fits = min(pairs.values()), regime_fit(given, found.thresholds)
    assert fits.squares == pytest.approx(least)
    held = given.candidates[0], found.thresholds[1]
    assert first[0] == pytest.approx(given.freedom * (pairs[held] - least) / least)


@pytest.mark.parametrize("errors", ["clustered", "robust", "classical"])
def test_effects_and_errors_are_those_of_least_squares_with_dummies(
    errors: Literal["clustered", "robust", "classical"],
) -> None:
    own = drawn(3, (0.1,), noise=1.5)
    given, (n, t) = panel(own), own["y"].shape
    fit = regime_fit(given, (0.1,), errors)
    design, y = dummies(own, (0.1,), "unit"), own["y"].ravel()
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    rest = y - design @ beta
    degrees = n * t - design.shape[1]
    if errors == "classical":
        covariance = inverse * (rest @ rest) / degrees
    elif errors == "robust":
        covariance = n * t / degrees * inverse @ ((design.T * rest**2) @ design) @ inverse
    else:
        scores = (design * rest[:, None]).reshape(n, t, -1).sum(axis=1)
        factor = n / (n - 1) * (n * t - 1) / (n * t - 3)
        covariance = factor * inverse @ (scores.T @ scores) @ inverse
    assert fit.coefficients == pytest.approx(beta[:3])
    assert fit.errors == pytest.approx(np.sqrt(np.diag(covariance))[:3])
    assert fit.residuals.ravel() == pytest.approx(rest, abs=1e-10)
    assert sum(fit.counts) == n * t and fit.counts[0] == (own["q"] <= 0.1).sum()


def test_one_regime_is_the_within_estimator() -> None:
    own = drawn(4)
    inner = [own[name] - own[name].mean(axis=1, keepdims=True) for name in ("x", "z", "y")]
    x, z, y = (each.ravel() for each in inner)
    by_hand = np.linalg.lstsq(np.column_stack([x, z]), y, rcond=None)[0]
    assert regime_fit(panel(own)).coefficients == pytest.approx(by_hand)


def test_a_resample_is_a_search_of_its_own() -> None:
    """The statistic of a drawn panel equals that of `threshold_search` on its outcomes."""
    own = drawn(5, (0.0,), noise=2.0)
    given = panel(own, trim=0.1)
    for most in (1, 2):
        search = threshold_search(given, most)
        test = threshold_test(given, search, resamples=1, seed=8)
        pick = np.random.default_rng(8).integers(12, size=(1, 12))[0]
        residuals = regime_fit(given, search.thresholds).residuals[pick]
        base = np.zeros_like(residuals)
        if most == 2:
            one = threshold_search(given, 1).thresholds
            slopes = regime_fit(given, one).coefficients
            base = own["x"] * np.where(own["q"] <= one[0], slopes[0], slopes[1])
        again = panel(own | {"y": base + residuals}, trim=0.1)
        before, now = threshold_search(again, most).squares[-2:]
        expected = given.freedom * (before - now) / now
        assert test.critical == pytest.approx((expected,) * 3)
        assert test.p_value in (0.5, 1.0)


def test_planted_thresholds_are_found_where_they_are() -> None:
    near, held = [], 0
    for seed in range(20):
        own = drawn(seed, (0.3,), units=30, years=8)
        found = threshold_search(given := panel(own), 1)
        near.append(abs(found.thresholds[0] - 0.3))
        inside = given.candidates[found.ratios[0] <= critical_ratio(0.95)]
        below = given.candidates[given.candidates <= 0.3].max()  # the best a candidate can say
        held += bool(inside.min() <= below <= inside.max())
    assert np.median(near) < 0.05 and held >= 17
    both = threshold_search(panel(drawn(6, (-0.8, 0.9), units=30, years=8, noise=0.5)))
    assert both.thresholds == pytest.approx([-0.8, 0.9], abs=0.05)


def test_a_panel_without_a_threshold_is_not_said_to_have_one() -> None:
    """At 5%, 100 panels reject 0 to 11 times with a chance of .9957; a true break always."""
    rejected = 0
    for seed in range(100):
        given = panel(drawn(seed, units=25, years=5), grid=40)
        test = threshold_test(given, threshold_search(given, 1), resamples=99, seed=seed)
        rejected += test.p_value <= 0.05
    assert rejected <= 11
    given = panel(drawn(0, (0.0,), units=25, years=5), grid=40)
    assert threshold_test(given, threshold_search(given, 1), resamples=99).p_value == 0.01


def long(own: dict[str, Array]) -> pl.DataFrame:
    n, t = own["y"].shape
    keys = {
        "unit": np.repeat([f"u{k:02}" for k in range(n)], t),
        "year": [*range(2000, 2000 + t)] * n,
    }
    return pl.DataFrame(keys | {name: values.ravel() for name, values in own.items()})


def measured(own: dict[str, Array], **options: Any) -> Any:
    return panel_threshold(long(own), "y", "x", divided_by="q", controls=["z"], **options)


def test_as_many_regimes_as_the_tests_find() -> None:
    for breaks, code in (((), "no_threshold"), ((0.0,), "one_threshold")):
        result = measured(drawn(7, breaks, units=30), resamples=99)
        assert result.said[0].code == code and result.table.height == len(breaks) + 1
        p_value = result.tables["threshold_tests"]["p_value"][0]
        assert result.said[0].values["p"] == p_phrase(p_value)
    result = measured(drawn(7, (-0.8, 0.8), units=30), resamples=99)
    assert result.said[0].code == "two_thresholds"
    assert result.table["effect"].to_list() == pytest.approx([1, 3, 5], abs=0.3)
    assert result.tables["thresholds"]["threshold"].to_list() == pytest.approx([-0.8, 0.8], abs=0.1)
    assert result.tables["coefficients"]["coefficient"].item() == pytest.approx(-0.5, abs=0.15)


def test_a_number_that_was_asked_for_is_held_against_the_test() -> None:
    none, one = drawn(8, units=30), drawn(7, (-0.8, 0.8), units=30)
    codes = [each.code for each in measured(none, thresholds=1, resamples=99).said]
    assert codes[0] == "one_threshold" and "asked_but_unsure" in codes
    codes = [each.code for each in measured(one, thresholds=1, resamples=99).said]
    assert "second_too" in codes
    assert measured(one, thresholds=0, resamples=99).said[0].code == "as_one"


def test_a_unit_with_a_gap_is_named_and_left_out() -> None:
    own = drawn(9, (0.0,))
    own["z"][3, 2] = np.nan
    result = measured(own, resamples=99)
    said = {each.code: each.values for each in result.said}
    assert said["left_out"]["count"].value == 1
    assert result.table["observations_count"].sum() == 11 * 6
    rows = long(own).filter(pl.col("unit") != "u03")
    again = panel_threshold(rows, "y", "x", divided_by="q", controls=["z"], resamples=99)
    assert result.table.equals(again.table)


def test_the_driver_divides_its_own_effect_where_nothing_else_is_named() -> None:
    own = drawn(10)
    own["y"] = np.where(own["x"] <= 1.0, 1.0, 2.0) * own["x"] + 0.2 * own["z"]
    result = panel_threshold(long(own), "y", "x", controls=["z"], resamples=99)
    below = own["x"][own["x"] <= 1.0].max()
    assert result.tables["thresholds"]["threshold"].to_list()[0] == pytest.approx(below)


def test_what_is_refused() -> None:
    own = drawn(11)

    def code(frame: pl.DataFrame, **options: Any) -> str:
        with pytest.raises(InputError) as caught:
            panel_threshold(frame, "y", "x", **{"divided_by": "q", "resamples": 99, **options})
        return caught.value.code

    frame = long(own)
    assert code(frame, divided_by="x") == "excludes"
    assert code(frame.filter(pl.col("unit") < "u02")) == "small_panel"
    assert code(frame.with_columns(q=1.0)) == "no_candidate"
    assert code(frame.with_columns(y=3 * pl.col("x"))) == "no_rest"
    assert code(frame.with_columns(y=1.0)) == "no_rest"
    assert code(frame.with_columns(x=pl.col("q").first().over("unit"))) == "repeats"
    assert code(frame.with_columns(z=2 * pl.col("x")), controls=["z"]) == "repeats"
    few = frame.filter(pl.col("unit") < "u03", pl.col("year") < 2002)
    assert code(few.with_columns(w=pl.col("z") ** 2, v=pl.col("z") ** 3), controls=["z", "w", "v"])
    with pytest.raises(InputError) as caught:
        panel_of(own["y"], own["x"][:3], own["q"])
    assert caught.value.code == "wrong_shape"
    many = np.random.default_rng(0).normal(size=(20_000, 5))
    with pytest.raises(InputError) as caught:
        panel_of(many, many, many, grid=2000)
    assert caught.value.code == "too_many"
