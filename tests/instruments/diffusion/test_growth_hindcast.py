"""Hindcasts: nothing after a cut is read, baselines are what they are called, and planted
technologies are forecast."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_curves import logistic
from firstlight.instruments.diffusion.growth_hindcast import growth_hindcast

YEARS = np.arange(1980, 2010)
LEVELS = logistic(YEARS, 80, 1993, 16) * np.exp(np.random.default_rng(1).normal(0, 0.03, 30))
LEVELS[-1] = LEVELS.max() * 1.01  # the highest level is the last


@pytest.mark.slow
def test_nothing_after_the_cut_is_read() -> None:
    first = growth_hindcast(LEVELS, YEARS, cuts=(0.25,), draws=200, fits=("logistic",))
    at = first.forecasts["years_read"][0]
    changed = LEVELS.copy()
    changed[at:-1] *= np.linspace(0.9, 0.3, YEARS.size - at - 1)
    second = growth_hindcast(changed, YEARS, cuts=(0.25,), draws=200, fits=("logistic",))
    assert second.forecasts["years_read"][0] == at
    assert first.forecasts.drop("truth").equals(second.forecasts.drop("truth"))
    assert not first.forecasts["truth"].equals(second.forecasts["truth"])
    seen = [c for c in first.saturations.columns if not c.startswith("true_") and c != "truth"]
    assert first.saturations.select(seen).equals(second.saturations.select(seen))


@pytest.mark.slow
def test_baselines_are_what_they_are_called() -> None:
    y = 3 * np.exp(0.1 * np.arange(20))
    found = growth_hindcast(y, np.arange(2000, 2020), cuts=(0.5,), draws=100).forecasts
    naive, drift, line = (
        found.filter(pl.col("method") == name) for name in ("naive", "drift", "log-linear")
    )
    assert (naive["median"] == naive["last"]).all()
    np.testing.assert_allclose(drift["median"], drift["truth"], rtol=1e-9)
    np.testing.assert_allclose(line["median"], line["truth"], rtol=1e-9)
    capped = growth_hindcast(
        y, np.arange(2000, 2020), cuts=(0.5,), draws=100, ceiling=21.0
    ).forecasts
    assert capped.filter(pl.col("method") == "drift")["upper_90"].max() <= 21


def test_cuts_without_enough_before_or_after_are_left_out() -> None:
    found = growth_hindcast(LEVELS, YEARS, cuts=(0.01, 0.5, 1.0), draws=100)
    assert found.forecasts["cut"].unique().to_list() == [0.5]
    with pytest.raises(InputError) as caught:
        growth_hindcast(np.stack([LEVELS, LEVELS]), YEARS)
    assert caught.value.code == "excludes"


def test_a_planted_technology_is_placed_by_its_later_life() -> None:
    found = growth_hindcast(LEVELS, YEARS, cuts=(0.5, 0.98), draws=1000).saturations
    assert found["true_stage"].to_list() == [1, 2]
    assert found["true_midpoint"][0] == pytest.approx(1993, abs=1)
    assert found["growth"][0] > 0.5 and found["maturity"][1] > 0.5
    late = found.row(1, named=True)
    assert late["lower_90"] < 80 < late["upper_90"]


def test_technologies_under_a_known_ceiling_from_half_their_later_level() -> None:
    years = np.arange(1994, 2018)
    for seed, (rate, middle) in enumerate([(0.35, 2003.0), (0.22, 2006.0)]):
        noise = np.random.default_rng(seed).normal(0, 0.08, years.size).cumsum()
        own = 100 / (1 + np.exp(-rate * (years - middle) - noise))
        found = growth_hindcast(
            own, years, cuts=(0.5,), horizon=20, draws=1000, errors="logitnormal", ceiling=100.5
        ).forecasts
        error = (pl.col("median") - pl.col("truth")).abs().mean()
        by_method = dict(found.group_by("method").agg(error).iter_rows())
        # Levels about doubled; a curve with a known ceiling must do better than to expect no
        # further growth.
        assert by_method["default"] < by_method["naive"]
