"""Tests of structure on data without it: which test, what kind of nothing, how much of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from benchmarks.false_alarms.made_up import Array, Random, in_space, in_time, map_of_provinces

from firstlight.disparity import (
    beta_convergence,
    find_clubs,
    geary,
    general_g,
    geodetector,
    getis_ord,
    homogeneity_tests,
    local_moran,
    log_t_test,
    merge_clubs,
    moran,
    panel_convergence,
    sigma_test,
    transition_counts,
)
from firstlight.instruments.diffusion.cost_learning.cost_record import improvement_p_value
from firstlight.instruments.diffusion.cost_learning.laws import moore
from firstlight.instruments.diffusion.lead_lag import lead_lag
from firstlight.instruments.disparity.convergence_clubs.log_t import Panel as Paths
from firstlight.instruments.disparity.space.factor_detectors.factor_detectors import (
    dealt_p_value,
    factor_power,
)
from firstlight.instruments.disparity.space.spatial_regressions.spatial_models import (
    Design,
    lag_fit,
    lagrange_multipliers,
)
from firstlight.instruments.disparity.threshold_regressions.threshold_search import (
    p_values,
    panel_of,
    regime_fit,
    threshold_search,
    threshold_test,
)
from firstlight.instruments.networks.contribution_profile.unit_values import chance_of_means
from firstlight.instruments.networks.talent_flows.skill_relatedness import relatedness_of_flows
from firstlight.instruments.places.industry_communities import (
    chance_of_communities,
    industry_communities,
    locational_relatedness,
    symmetric_quotients,
)
from firstlight.instruments.places.industry_concentration.agglomeration import agglomeration_index
from firstlight.instruments.places.market_integration.segmentation_trend import segmentation_trend
from firstlight.instruments.productivity.growth_accounting.level_shifts import outlying_years
from firstlight.instruments.productivity.growth_accounting.productivity_breaks import (
    productivity_breaks,
)
from firstlight.instruments.productivity.second_stage_regression.second_stage import driver_effects
from firstlight.instruments.productivity.series_breaks.kinds_of_break import tell_breaks
from firstlight.numerics.distributions import chi2_tail, t_p_value, z_p_value

LEVEL = 0.05
MARKETS, PERIODS, PLACES = 8, 15, 12


@dataclass(frozen=True)
class Case:
    """A test on data without what it looks for.

    test, null : codes, whose words stand in words.toml; size : how much data there is
    level      : the false alarms that are stated
    is_alarm   : whether one made-up table gives one
    runs       : how many are made up
    """

    test: str
    null: str
    size: str
    is_alarm: Callable[[Random], Any]
    runs: int = 1000
    level: float = LEVEL


def _null(rho: float) -> str:
    return {0.0: "white", 1.0: "random_walk"}.get(rho, f"correlated_{round(10 * rho)}")


def series_cases() -> Iterator[Case]:
    """Breaks of series."""
    for years in (20, 30, 40):
        for rho in (0.0, 0.3, 0.6, 0.8, 1.0):
            yield Case("breaks", _null(rho), f"{years}", partial(_breaks, years, rho), 500)
    yield Case("breaks_gaps", _null(0.6), "30", partial(_breaks, 30, 0.6, missing=5), 500)
    yield Case("breaks_level", _null(0.6), "30", partial(_breaks, 30, 0.6, trend=False), 500)
    for rho in (0.0, 0.3, 0.6):
        yield Case("mean_growth", _null(rho), "30", partial(_mean_growth, 30, rho), 600)
        yield Case("outlying_growth", _null(rho), "30", partial(_outlying, 30, rho), 2000)
    for rho in (0.0, 0.3, 0.6):
        yield Case("cost_falls", _null(rho), "20", partial(_cost_falls, 20, rho), 2000, 0.1)


def _breaks(years: int, rho: float, random: Random, missing: int = 0, trend: bool = True) -> bool:
    y = in_time(random, (years,), rho)
    y[random.choice(np.arange(1, years - 1), missing, replace=False)] = np.nan
    return bool(tell_breaks(y, trend=trend, most=1).breaks)


def _mean_growth(years: int, rho: float, random: Random) -> bool:
    growth = in_time(random, (years,), rho)
    rows = pl.DataFrame({"year": range(years), "growth": growth})
    found = productivity_breaks(rows, "growth", unit=None, series="growth")
    return bool((found.table["kind"] == "slope").any())


def _outlying(years: int, rho: float, random: Random) -> bool:
    return bool(outlying_years(in_time(random, (years,), rho), []).size)


def _cost_falls(years: int, rho: float, random: Random) -> bool:
    """Changes that are correlated; 10% is the published bound of an improving technology."""
    costs = np.exp(np.append(0.0, in_time(random, (years - 1,), rho) / 10).cumsum())
    curve = moore(np.arange(years), costs)
    p = improvement_p_value(float(curve.slope[0]), float(curve.standard_error[0]), curve.df)
    return p < 0.1


def panel_cases() -> Iterator[Case]:
    """Thresholds, convergence, clubs and effects in panels of units and years."""
    for rho in (0.0, 0.6):
        for units in (10, 30):
            size = f"{units} × 10"
            yield Case("threshold", _null(rho), size, partial(_threshold, units, 10, rho), 600)
        name = _null(rho)
        yield Case("regime_effect", name, "30 × 10", partial(_regime_effect, 30, 10, rho), 1000)
        for alpha in (0.0, 0.2, 0.4):
            code = f"converge_{round(10 * alpha)}_{name}"
            yield Case("log_t", code, "31 × 30", partial(_log_t, 31, 30, alpha, rho))
        yield Case("clubs", f"converge_2_{name}", "31 × 30", partial(_clubs, 31, 30, 0.2, rho), 400)
    yield Case("beta", "random_walk", "31", partial(_beta, 31, 20), 2000)
    yield Case("beta_panel", "random_walk", "31 × 20", partial(_beta_panel, 31, 20, "years"))
    own = partial(_beta_panel, 31, 20, "units_and_years")
    yield Case("beta_unit_effects", "random_walk", "31 × 20", own)
    yield Case("sigma", "white", "31", partial(_sigma, 31, 0.0), 2000)
    yield Case("sigma", "correlated_6", "31", partial(_sigma, 31, 0.6), 2000)
    yield Case("sigma", "heavy_tails", "31", partial(_sigma, 31, 0.6, heavy=True), 2000)
    for rho in (0.0, 0.6, 0.9):
        yield Case("mobility", _null(rho), "31 × 20", partial(_mobility, 31, 20, rho))
    for rho in (0.0, 0.6):
        yield Case("market_trend", _null(rho), "8 × 15", partial(_market, rho), 400, 0.1)


def _threshold(units: int, years: int, rho: float, random: Random) -> bool:
    y, x, q = in_time(random, (3, units, years), rho)
    panel = panel_of(y, x, q)
    found = threshold_test(panel, threshold_search(panel, 1), resamples=199)
    return found.p_value <= LEVEL


def _regime_effect(units: int, years: int, rho: float, random: Random) -> bool:
    y, x, q = in_time(random, (3, units, years), rho)
    return bool(p_values(regime_fit(panel_of(y, x, q)))[0] <= LEVEL)


def _paths(units: int, years: int, alpha: float, rho: float, random: Random) -> Array:
    """Units that converge as Phillips and Sul have it: gaps fall as 1 / (log(t + 1) t^alpha)."""
    t = np.arange(1, years + 1)
    spread = random.uniform(0.02, 0.28, (units, 1))
    gaps = spread * in_time(random, (units, years), rho) / (np.log(t + 1) * t**alpha)
    return (1 + gaps) * (8 + 0.02 * t)


def _log_t(units: int, years: int, alpha: float, rho: float, random: Random) -> bool:
    return log_t_test(_paths(units, years, alpha, rho, random)).t < -1.65


def _clubs(units: int, years: int, alpha: float, rho: float, random: Random) -> bool:
    panel = Paths(_paths(units, years, alpha, rho, random), 1 / 3)
    found, alone = find_clubs(panel)
    return len(merge_clubs(panel, found)) + len(alone) > 1


def _beta(units: int, years: int, random: Random) -> bool:
    first = np.exp(random.normal(0, 0.5, units))
    last = first * np.exp(random.normal(0.4, 0.3, units))
    return beta_convergence(first, last, years).p_value <= LEVEL


def _beta_panel(units: int, years: int, effects: Any, random: Random) -> bool:
    logs = random.normal(0, 3, (units, 1)) + in_time(random, (units, years), 1.0)
    fit = panel_convergence(logs, effects=effects)
    return bool(t_p_value((fit.beta - fit.walk) / fit.se, fit.freedom) <= LEVEL)


def _sigma(units: int, rho: float, random: Random, heavy: bool = False) -> bool:
    logs = in_time(random, (units, 2), rho)
    if heavy:
        logs = logs / np.sqrt(random.chisquare(3, (units, 1)) / 3)
    return sigma_test(logs[:, 0], logs[:, 1]).p_value <= LEVEL


def _classes(values: Array) -> Any:
    return np.searchsorted(np.quantile(values, [0.2, 0.4, 0.6, 0.8]), values)


def _mobility(units: int, years: int, rho: float, random: Random) -> bool:
    """Classes of provinces beside those of their neighbours, which have nothing to do with them."""
    values = in_time(random, (units, years), rho)
    around = map_of_provinces()[1] @ values
    counts = transition_counts(_classes(values), 5, _classes(around), 5)
    return homogeneity_tests(counts).p_likelihood_ratio <= LEVEL


def _market(rho: float, random: Random) -> bool:
    one, other = np.triu_indices(PLACES, 1)
    prices = in_time(random, (PLACES, MARKETS, PERIODS), rho)
    apart = np.var(prices[one] - prices[other], axis=1).T
    _, low, high = segmentation_trend(np.arange(PERIODS), apart, one, other, PLACES)
    return low > 0 or high < 0


def space_cases() -> Iterator[Case]:
    """What stands together on a map, and what a map follows."""
    for shape in ("normal", "skewed"):
        for test in ("moran", "geary", "general_g", "local_moran", "getis_ord"):
            yield Case(test, f"white_{shape}", "31", partial(_pattern, test, shape), 1000)
    for rho in (0.0, 0.5, 0.8):
        code = f"in_space_{round(10 * rho)}" if rho else "white"
        yield Case("factor", code, "31", partial(_factor, rho), 2000)
        yield Case("factor_pair", code, "31", partial(_factor_pair, rho), 1000)
        yield Case("spillover_driver", code, "31", partial(_spatial, "driver", 1, rho, 0.0), 1000)
    for rho in (0.0, 0.6):
        own = partial(_factor_of_years, 10, rho)
        yield Case("factor_of_years", _null(rho), "31 × 10", own, 400)
    for years in (1, 10):
        size = "31" if years == 1 else "31 × 10"
        for rho in (0.0, 0.6)[:years]:
            for test in ("lag", "multiplier"):
                own = partial(_spatial, test, years, 0.0, rho)
                yield Case(f"spillover_{test}", _null(rho), size, own, 600)
            if years > 1:
                own = partial(_spatial, "driver", years, 0.0, rho)
                yield Case("spillover_driver", _null(rho), size, own, 600)


def _pattern(test: str, shape: str, random: Random) -> bool:
    values = in_space(random, 1, 0.0)[:, 0]
    if shape == "skewed":
        values = np.exp(values)
    matrix = map_of_provinces()[1]
    if test == "getis_ord":
        return bool(abs(getis_ord(values, matrix)[9]) >= 1.96)
    if test == "local_moran":
        return bool(local_moran(values, matrix, 499).p_value[9] <= LEVEL)
    if test == "general_g":
        return general_g(values - values.min(), matrix, 499).p_value <= LEVEL
    return {"moran": moran, "geary": geary}[test](values, matrix, 499).p_value <= LEVEL


def _quarters(values: Array) -> Any:
    return np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values)


def _factor(space: float, random: Random) -> bool:
    """A factor in four classes that has nothing to do with the outcome, both alike in space."""
    outcome, factor = in_space(random, 2, space).T
    return factor_power(outcome, _quarters(factor)).p_value <= LEVEL


def _factor_of_years(years: int, rho: float, random: Random) -> bool:
    names, _ = map_of_provinces()
    outcome = in_time(random, (len(names), years), rho).ravel()
    classes = np.repeat(_quarters(random.normal(size=len(names))), years)
    return dealt_p_value(outcome, classes, pl.Series(np.repeat(names, years))) <= LEVEL


def _factor_pair(space: float, random: Random) -> bool:
    """Two factors of which neither has to do with the outcome: is one said to matter more?"""
    y, one, other = in_space(random, 3, space).T
    cut = {"a": _quarters(one), "b": _quarters(other)}
    found = geodetector(pl.DataFrame({"y": y, **cut}), "y", ["a", "b"], place=None, year=None)
    return bool(found.tables["factor_differences"]["is_different"][0])


def _spatial(test: str, years: int, space: float, rho: float, random: Random) -> bool:
    names, matrix = map_of_provinces()
    if years == 1:
        y, x = in_space(random, 2, space).T[:, None, :]
        design = Design(y, np.stack([np.ones_like(x), x], axis=2), matrix)
    else:
        y, x = in_time(random, (2, len(names), years), rho).swapaxes(1, 2)
        design = Design(y, x[:, :, None], matrix, "place_year")
    if test == "multiplier":
        return bool(chi2_tail(lagrange_multipliers(design)["lm_lag"], 1) <= LEVEL)
    fit = lag_fit(design)
    at = -1 if test == "lag" else len(fit.beta) - 1
    value = fit.spatial if test == "lag" else fit.beta[at]
    return bool(z_p_value(value / fit.covariance[at, at] ** 0.5) <= LEVEL)


def other_cases() -> Iterator[Case]:
    """Concentration, co-location, people and works."""
    yield Case("dartboard", "white", "50", partial(_dartboard, 50), 2000)
    yield Case("dartboard", "white", "10", partial(_dartboard, 10), 2000)
    yield Case("communities", "white", "31 × 20", _communities, 200)
    yield Case("unit_means", "white", "200", _unit_means, 600)
    yield Case("flows", "white", "30", _flows, 600)
    for rho in (0.0, 0.6):
        yield Case("lead_lag", _null(rho), "12 × 25", partial(_lead_lag, rho), 400)
    yield Case("second_stage", "white", "60", _second_stage, 200)


def _dartboard(plants: int, random: Random) -> bool:
    shares = random.dirichlet(np.full(31, 2.0))
    at = random.choice(31, plants, p=shares)
    found = agglomeration_index(random.lognormal(0, 1, plants), at, shares)
    return bool(z_p_value(found.z) <= LEVEL)


def _communities(random: Random) -> bool:
    means = np.outer(random.lognormal(5, 1, 31), random.dirichlet(np.full(20, 2.0)))
    table = random.poisson(means * random.gamma(4, 0.25, means.shape))
    found = industry_communities(locational_relatedness(symmetric_quotients(table)))
    return chance_of_communities(table, found.contrast, 99, 0) <= LEVEL


def _unit_means(random: Random) -> bool:
    works, units = 200, random.integers(0, 10, 200)
    year = random.integers(2010, 2015, works)
    high, low = chance_of_means(
        random.lognormal(0, 1, works), year, np.arange(works), units, np.ones(works), draws=499
    )
    return bool(2 * min(high[0], low[0]) <= LEVEL)


def _flows(random: Random) -> bool:
    sizes = random.lognormal(3, 0.7, 30)
    flows = random.poisson(np.outer(sizes, sizes) / sizes.sum())
    found = relatedness_of_flows(flows)
    return bool(found.p_value[0] <= LEVEL)


def _lead_lag(rho: float, random: Random) -> bool:
    growth = 0.2 * in_time(random, (2, 12, 25), rho)
    first, second = random.poisson(
        50 * np.exp(growth.cumsum(axis=2) - growth.sum(axis=2)[:, :, None] / 2)
    )
    found = lead_lag(first, np.full(25, 10_000), second, np.full(25, 10_000), draws=499)
    return found.pooled_p_first <= LEVEL


def _second_stage(random: Random) -> bool:
    z = random.uniform(0, 1, 60)
    delta = 1.05 + random.gamma(4, 0.1, 60)
    found = driver_effects(delta, np.column_stack([np.ones(60), z]), replications=199, random=1)
    return bool(found.low[1] > 0 or found.high[1] < 0)


FAMILIES = (series_cases, panel_cases, space_cases, other_cases)


def every_case() -> list[Case]:
    """All of them, in the order of the page."""
    return [case for family in FAMILIES for case in family()]
