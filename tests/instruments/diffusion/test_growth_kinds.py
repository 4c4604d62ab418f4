"""Cumulative values, levels and values per year are told apart, and no saturation lies below what
was reached unsaid."""

from __future__ import annotations

import numpy as np
import pytest

from firstlight.diffusion import forecast_growth
from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_curves import bass, gompertz, logistic
from firstlight.instruments.diffusion.growth_fit import fit_growth
from firstlight.instruments.diffusion.growth_hindcast import growth_hindcast
from firstlight.instruments.diffusion.growth_series import growth_series, kind_of
from firstlight.texts import Year

SALES = np.array([1, 2, 4, 8, 10, 9, 7, 4, 3, 2, 2, 2, 2, 2, 2.0])
YEARS = np.arange(2000, 2015)


def test_a_cumulative_series_never_falls_and_never_ends_below_what_was_reached() -> None:
    found = forecast_growth(SALES.cumsum(), YEARS, range(1, 11), draws=1000)
    assert (found.kind, found.errors, found.is_below_reached) == ("cumulative", "additive", False)
    assert (
        found.saturation >= 60
        and (found.saturation_lower >= 60).all()
        and (found.draws.saturation >= 60).all()
    )
    assert found.fraction == pytest.approx(60 / found.saturation, abs=1e-3)
    assert found.lower.min() >= 60 and (np.diff(found.draws.values, axis=1) >= 0).all()
    assert (np.diff(found.median) >= 0).all() and found.median[-1] < found.saturation_upper[0]


def test_sales_and_their_sums_say_the_same() -> None:
    sums = forecast_growth(SALES.cumsum(), YEARS, (1, 5), kind="cumulative", draws=400)
    sales = forecast_growth(SALES, YEARS, (1, 5), kind="per_year", draws=400)
    assert sums.weights == pytest.approx(sales.weights)
    np.testing.assert_allclose(sums.draws.values[:, 0] - 60, sales.draws.values[:, 0], atol=1e-9)
    # what came before the first year is read off the curve
    assert 0 <= sales.saturation - sums.saturation < 1


def test_a_saturation_below_the_level_reached_is_said_to_be() -> None:
    level = forecast_growth(SALES.cumsum(), YEARS, (1, 5), kind="level", draws=400)
    assert level.saturation < 60 and level.is_below_reached
    for choices in ({"kind": "cumulative"}, {"kind": "level"}):
        fit = fit_growth(SALES.cumsum(), YEARS, "bass", **choices)
        assert (fit.saturation < 60) == bool(fit.caution) and fit.caution
    high = forecast_growth(
        logistic(np.arange(1980, 2000), 80, 1990, 25), np.arange(1980, 2000), (1,), kind="level"
    )
    assert high.saturation > 70 and not high.is_below_reached


@pytest.mark.parametrize(
    "truth",
    [
        bass(np.arange(2000, 2025), 500, 0.02, 0.4, 1999).cumulative,
        logistic(np.arange(2000, 2025), 500, 2010, 12),
        gompertz(np.arange(2000, 2025), 500, 2009, 15),
    ],
    ids=["bass", "logistic", "gompertz"],
)
def test_where_a_planted_cumulative_series_ends_comes_back(truth: np.ndarray) -> None:
    grown = np.maximum(
        np.diff(truth, prepend=0) + np.random.default_rng(1).normal(0, 1.5, truth.size), 0
    ).cumsum()
    end = grown[-1] + 500 - truth[-1]
    found = forecast_growth(grown, np.arange(2000, 2025), (5,), draws=1000)
    assert found.kind == "cumulative"
    assert found.saturation_lower[1] <= end <= found.saturation_upper[1]
    assert found.saturation == pytest.approx(end, rel=0.05)


def test_a_first_value_that_no_year_can_have_brought_is_what_came_before() -> None:
    began = growth_series(1000 + SALES.cumsum(), YEARS, kind="cumulative")
    assert began.values.size == 14 and began.begun * began.scale == pytest.approx(1001)
    assert float(began.reached[0]) * began.scale == pytest.approx(1060)
    late = forecast_growth(1000 + SALES.cumsum(), YEARS, (3,), draws=200)
    assert late.saturation >= 1060 and late.median[0] >= 1060


def test_kinds_are_told_apart_and_can_be_stated() -> None:
    years = np.arange(1990.0, 2015)
    rng = np.random.default_rng(3)
    level = logistic(years, 80, 2000, 12) * np.exp(rng.normal(0, 0.03, years.size))
    assert kind_of(level, years) == "level"  # it scatters
    assert kind_of(np.exp(0.2 * np.arange(25)), years) == "level"  # it may be either
    assert kind_of(np.full(25, 5.0), years) == "level"
    assert kind_of(SALES.cumsum()[:7], years[:7]) == "level"  # too few
    gap = np.delete(np.arange(2000.0, 2015), 3)
    assert kind_of(np.delete(SALES.cumsum(), 3), gap) == "level"
    assert growth_series(SALES.cumsum(), YEARS, ceiling=100).kind == "level"
    assert growth_series(SALES.cumsum(), YEARS, kind="level").errors == "lognormal"
    assert growth_series(SALES, YEARS, kind="per_year").errors == "additive"


def test_a_year_without_growth_needs_no_logarithm() -> None:
    sums = np.array([2.0, 6, 14, 22, 28, 28, 31, 32, 32, 32])
    found = forecast_growth(sums, range(2000, 2010), (1, 4), draws=400)
    assert found.kind == "cumulative" and 32 <= found.median[0] <= found.median[1] < 40


def test_additive_levels_never_fall_below_nothing() -> None:
    y = np.array([0, 1, 3, 2, 5, 4, 3, 1, 0, 0.0])
    found = forecast_growth(
        y, range(2000, 2010), (1, 9), kind="level", errors="additive", draws=400
    )
    assert found.draws.values.min() >= 0


def test_cumulative_forecasts_are_made_again_from_earlier_years() -> None:
    found = growth_hindcast(SALES.cumsum(), YEARS, cuts=(0.5, 0.75), draws=300)
    own = found.forecasts.filter(method="default")
    assert own.height and (own["lower_90"] >= own["last"]).all()
    with pytest.raises(InputError) as caught:
        growth_hindcast([0.0, 1, 2, 4, 6, 7, 7, 7, 7], range(2000, 2009), kind="cumulative")
    assert caught.value.code == "level_of_zero"


@pytest.mark.parametrize(
    ("values", "years", "choices", "code"),
    [
        ([1, 2, 4, 5, 6], range(2000, 2005), {"kind": "sums"}, "no_choice"),
        (
            [1, 2, 4, 5, 6],
            range(2000, 2005),
            {"kind": "per_year", "ceiling": 9},
            "ceiling_of_no_level",
        ),
        (
            [1, 2, 4, 5, 6],
            range(2000, 2005),
            {"kind": "per_year", "errors": "logitnormal", "ceiling": 9},
            "logit_without_ceiling",
        ),
        (
            [1, 2, 4, 5, 6],
            range(2000, 2005),
            {"kind": "cumulative", "errors": "negative_binomial", "exposure": [9] * 5},
            "excludes",
        ),
    ],
)
def test_what_goes_with_no_kind_is_named(values, years, choices, code: str) -> None:
    with pytest.raises(InputError) as error:
        growth_series(values, years, **choices)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("values", "years", "kind", "code", "year"),
    [
        ([1, 2, 4, 3, 5, 6], range(2000, 2006), "cumulative", "falls", 2003),
        ([1, 2, 4, 5, 6], [2000, 2001, 2003, 2004, 2005], "cumulative", "year_missing", 2002),
        ([9, 10, 11, 12], range(2000, 2004), "cumulative", "few_years", None),
        ([1, -2, 4, 5, 6], range(2000, 2005), "per_year", "below_zero", 2001),
    ],
)
def test_values_that_contradict_their_kind_are_named(values, years, kind, code, year) -> None:
    with pytest.raises(InputError) as error:
        growth_series(values, years, kind=kind)
    assert error.value.code == code
    assert error.value.values.get("year") == (None if year is None else Year(year))


@pytest.mark.parametrize("kind", ["level", "cumulative", "per_year"])
def test_the_fitted_curve_follows_the_values(kind: str) -> None:
    top = 100.0
    sums = logistic(np.arange(1990, 2020), top, 2004, 14)
    values = np.diff(sums, prepend=0.0) if kind == "per_year" else sums
    found = forecast_growth(values, np.arange(1990, 2020), (1,), kind=kind, draws=400)
    assert found.fitted_years.tolist() == list(range(1990, 2020))
    assert found.fitted == pytest.approx(values, abs=0.03 * top)
