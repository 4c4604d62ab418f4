"""Moore, Wright and two factors: against SciPy, on planted truth, by their properties, and on bad
input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.diffusion.cost_learning.laws import (
    knowledge_stock,
    moore,
    two_factor,
    wright,
)
from firstlight.texts import Count, Name, Year

Array = np.ndarray


def planted(seed: int, n: int = 40, noise: float = 0.1) -> tuple[Array, Array, Array, Array]:
    """Years with gaps, costs with learning rates of 20% and 10%, production, knowledge that grows
    on its own terms."""
    random = np.random.default_rng(seed)
    every = np.arange(1950, 1950 + 2 * n)
    production = np.exp(np.cumsum(random.uniform(0.05, 0.4, every.size)))
    knowledge = np.exp(np.cumsum(random.uniform(0.05, 0.4, every.size)))
    log_cost = 5 + np.log2(0.8) * np.log(production) + np.log2(0.9) * np.log(knowledge)
    costs = np.exp(log_cost + np.cumsum(random.normal(0, noise, every.size)))
    kept = np.sort(random.choice(every.size, n, replace=False))
    return every[kept], costs[kept], production[kept], knowledge[kept]


def test_levels_as_scipy() -> None:
    years, costs, production, _ = planted(1)
    line = stats.linregress(years, np.log(costs))
    found = moore(years, costs, form="levels", level=0.95)
    assert found.slope[0] == pytest.approx(line.slope, rel=1e-10)
    assert found.standard_error[0] == pytest.approx(line.stderr, rel=1e-8)
    reach = stats.t.ppf(0.975, len(years) - 2) * line.stderr
    assert found.slope_low[0] == pytest.approx(line.slope - reach, rel=1e-8)
    assert found.r_squared == pytest.approx(line.rvalue**2)
    power = stats.linregress(np.log(production), np.log(costs))
    assert wright(years, costs, production, form="levels").rate[0] == pytest.approx(
        1 - 2**power.slope
    )


def test_differences_are_the_t_test_of_the_changes() -> None:
    random = np.random.default_rng(3)
    costs = np.exp(np.cumsum(random.normal(-0.05, 0.1, 30)))
    found = moore(np.arange(30), costs)
    test = stats.ttest_1samp(np.diff(np.log(costs)), 0)
    assert found.slope[0] / found.standard_error[0] == pytest.approx(test.statistic)
    assert found.df == test.df
    assert found.residual_sd == pytest.approx(np.diff(np.log(costs)).std(ddof=1))


def test_a_planted_rate_is_within_its_interval_as_often_as_it_says() -> None:
    hits = [
        (f.rate_low <= 0.2) & (f.rate_high >= 0.2)
        for f in (wright_only(seed) for seed in range(400))
    ]
    assert np.mean(hits) == pytest.approx(0.9, abs=0.045)  # 3 standard errors of 400 draws


def wright_only(seed: int):  # type: ignore[no-untyped-def]
    """A fit to costs that follow Wright's law alone, with gaps in the years."""
    years, costs, production, knowledge = planted(seed)
    return wright(years, costs * knowledge ** -np.log2(0.9), production)


def test_levels_are_too_sure_where_shocks_last_and_say_so() -> None:
    hits, told = [], []
    for seed in range(200):
        random = np.random.default_rng(seed)
        found = moore(
            np.arange(40), np.exp(np.cumsum(random.normal(-0.05, 0.1, 40))), form="levels"
        )
        hits.append(found.slope_low[0] <= -0.05 <= found.slope_high[0])
        told.append(found.cautions == ("correlated_residuals",))
    assert np.mean(hits) < 0.6  # a 90% interval in name
    assert np.mean(told) > 0.9


def test_two_factors_are_told_apart_where_they_move_apart() -> None:
    found = [two_factor(*planted(seed, n=60, noise=0.03)) for seed in range(100)]
    assert all(each.is_identified and not each.cautions for each in found)
    assert np.mean([each.rate for each in found], axis=0) == pytest.approx([0.2, 0.1], abs=0.01)
    hits = [(each.rate_low <= [0.2, 0.1]) & (each.rate_high >= [0.2, 0.1]) for each in found]
    assert np.mean(hits, axis=0) == pytest.approx([0.9, 0.9], abs=0.09)


def test_two_factors_that_grow_together_are_not_quoted_as_if_they_were_known() -> None:
    years, costs, production, _ = planted(5)
    random = np.random.default_rng(5)
    knowledge = production * np.exp(random.normal(0, 0.001, production.size))
    found = two_factor(years, costs, production, knowledge)
    assert not found.is_identified
    assert found.cautions == ("grow_together",)
    # The textbook diagnosis, from the auxiliary regression through the origin.
    x, k = (np.diff(np.log(each)) / np.sqrt(np.diff(years)) for each in (production, knowledge))
    explained = (x @ k) ** 2 / ((x @ x) * (k @ k))
    assert found.vif == pytest.approx([1 / (1 - explained)] * 2, rel=1e-6)
    cosine = explained**0.5
    assert found.condition_number == pytest.approx(((1 + cosine) / (1 - cosine)) ** 0.5, rel=1e-6)
    with pytest.raises(InputError) as caught:
        two_factor(years, costs, production, production**2)
    assert caught.value.code == "exact_functions"


def test_two_factor_slopes_as_least_squares() -> None:
    years, costs, production, knowledge = planted(8)
    found = two_factor(years, costs, production, knowledge, form="levels")
    design = np.column_stack([np.ones(years.size), np.log(production), np.log(knowledge)])
    assert found.slope == pytest.approx(np.linalg.lstsq(design, np.log(costs), rcond=None)[0][1:])
    assert found.vif[0] == pytest.approx(
        1 / (1 - stats.pearsonr(design[:, 1], design[:, 2]).statistic ** 2)
    )


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    money=st.floats(1e-6, 1e6),
    unit=st.floats(1e-6, 1e6),
    form=st.sampled_from(["levels", "differences"]),
)
def test_rates_hang_neither_on_units_nor_on_the_order_of_rows(
    seed: int, money: float, unit: float, form: str
) -> None:
    years, costs, production, knowledge = planted(seed, n=12)
    order = np.random.default_rng(seed).permutation(years.size)
    one = two_factor(years, costs, production, knowledge, form=form)
    other = two_factor(
        years[order],
        money * costs[order],
        unit * production[order],
        knowledge[order] / unit,
        form=form,
    )
    for name in ("slope", "standard_error", "rate_low", "vif", "condition_number", "residual_sd"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-5, abs=1e-9)


def test_knowledge_without_depreciation_is_the_running_total() -> None:
    spending = np.array([3.0, 0, 5, 2])
    assert knowledge_stock(spending).tolist() == np.cumsum(spending).tolist()
    assert knowledge_stock(spending, depreciation=1).tolist() == spending.tolist()
    lagged = knowledge_stock(spending, lag=2, initial=7)
    assert np.isnan(lagged[:2]).all()
    assert lagged[2:].tolist() == [10, 10]


STOCK = Name("cumulative_production")
YEARS, COSTS, PRODUCTION = [2000, 2001, 2002, 2003], [4.0, 3.0, 2.5, 2.0], [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("call", "code", "named"),
    [
        (lambda: moore(YEARS, [4, 0, 2, 1]), "no_cost", Year(2001)),
        (lambda: moore(YEARS, [4, float("nan"), 2, 1]), "no_cost", Name("nan")),
        (lambda: moore(YEARS[:2], COSTS[:2]), "few_points", Count(2)),
        (lambda: moore([2000, 2001, 2001, 2002], COSTS), "year_twice", Name("2001")),
        (lambda: moore([2000, 2000.5, 2001, 2002], COSTS), "not_a_whole_year", Name("2000.5")),
        (lambda: moore(YEARS, COSTS[:3]), "wrong_shape", Name("costs")),
        (lambda: moore(YEARS, COSTS, form="logs"), "no_choice", Name("form")),
        (lambda: moore(YEARS, COSTS, level=1), "not_between", Name("level")),
        (lambda: wright(YEARS, COSTS, [1, 2, 1.5, 4]), "stock_falls", Year(2002)),
        (lambda: wright(YEARS, COSTS, [0, 2, 3, 4]), "no_stock", Year(2000)),
        (lambda: wright(YEARS, COSTS, [1, 1, 1, 1]), "never_changes", STOCK),
        (lambda: wright(YEARS, COSTS, [1, 2, 3]), "wrong_shape", STOCK),
        (
            lambda: two_factor(YEARS[:3], COSTS[:3], PRODUCTION[:3], [1, 5, 6]),
            "few_for_slopes",
            Count(2),
        ),
        (lambda: knowledge_stock([1, -1]), "out_of_bounds", Name("-1.0")),
        (lambda: knowledge_stock([1, 1], depreciation=2), "out_of_bounds", Name("depreciation")),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str, named: object) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code and named in caught.value.values.values()


def test_falling_knowledge_is_allowed_for_a_stock_depreciates() -> None:
    assert two_factor(range(5), [9.0, 8, 6, 5, 3], [1, 2, 4, 9, 17], [5, 4, 6, 5, 7]).is_identified
