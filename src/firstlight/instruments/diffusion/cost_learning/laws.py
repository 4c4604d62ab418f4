"""Learning curves: how cost falls with time, with cumulative production, and with knowledge.

Symbols: p cost, y = log p, X cumulative production, x its logarithm, mu drift of y per year, omega
elasticity of cost to experience. A doubling of X multiplies the cost by 2^omega, so that the
learning rate is 1 - 2^omega.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, check_between, check_bounds, check_choice
from firstlight.instruments.diffusion.given_numbers import FAMILY, check_one_a_year, whole_years
from firstlight.numerics.array_checks import check_numbers
from firstlight.numerics.distributions import critical_t
from firstlight.numerics.divisors import positive_or_nan
from firstlight.texts import Count, Name, Year, message, names

FOLDER = Path(__file__).parent
Array = NDArray[np.float64]
FORMS = ("levels", "differences")
FEWEST = 3  # points
# above ten, over nine tenths of a regressor's variation is that of the others (Belsley, Kuh and
# Welsch 1980, ch. 3)
LARGEST_VIF = 10.0
NO_FREEDOM = 1e-10  # share of a regressor's length without the others below which nothing is left


@dataclass(frozen=True)
class LearningCurve:
    """A fitted learning curve: one entry per regressor of log cost.

    law             : ``moore``, ``wright`` or ``two_factor``; form : ``levels`` or ``differences``
    regressors      : ``year``, ``cumulative_production``, ``knowledge``
    slope           : (regressors,), change of log cost per year, or per unit of the regressor's
        logarithm
    standard_error  : (regressors,), of the slope; slope_low, slope_high : its interval by Student's
        t
    rate            : (regressors,), share of the cost saved per year (``year``) or per doubling
        (the others)
    rate_low, rate_high : (regressors,), its interval
    residual_sd     : of log cost, or of its yearly change; df : degrees of freedom; r_squared, n :
        of the regression
    autocorrelation : of consecutive residuals. In levels a large one means that the intervals are
        too narrow
    vif             : (regressors,), variance inflation factors; condition_number : of the
        regressors scaled to unit length
    is_identified   : False where a VIF is above 10: the regressors move together and their parts
        can't be told apart
    cautions        : ``grow_together`` where it is not; ``correlated_residuals`` in levels
    """

    law: str
    form: str
    regressors: tuple[str, ...]
    slope: Array
    standard_error: Array
    slope_low: Array
    slope_high: Array
    rate: Array
    rate_low: Array
    rate_high: Array
    residual_sd: float
    df: int
    r_squared: float
    n: int
    autocorrelation: float
    vif: Array
    condition_number: float
    is_identified: bool
    cautions: tuple[str, ...]


def moore(
    years: Any, costs: Any, *, form: str = "differences", level: float = 0.9
) -> LearningCurve:
    """Moore's law: cost falls by a constant share a year.

    levels: y_t = a + mu t + e_t. differences: y_t - y_s = mu (t - s) + n, with variance K^2 (t -
    s), so that gaps in the years are weighed as they should be; residual_sd is K. Shocks to cost
    last, so that differences is the default.

    years : (n,), whole numbers, each once, in any order; costs : (n,), positive, any unit; level :
        of the intervals
    Returns LearningCurve with one regressor, ``year``.
    Raises  InputError naming the position of a cost or year that can't be used, or fewer than three
        points.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, eqs. 1, 2, 17, 18.

    >>> moore([2000, 2001, 2002, 2004], [8, 4, 2.2, 0.5]).rate.round(3).tolist()
    [0.5]
    """
    t, y = checked_series(years, costs)
    return _fit("moore", form, ("year",), t.astype(float)[:, None], t, y, level)


def wright(
    years: Any,
    costs: Any,
    cumulative_production: Any,
    *,
    form: str = "differences",
    level: float = 0.9,
) -> LearningCurve:
    """Wright's law: each doubling of cumulative production saves a constant share of the cost.

    levels: y = a + omega x + e. differences: the change of y on the change of x, through the
    origin.

    years, costs          : as in ``moore``
    cumulative_production : (n,), positive, never falling
    Returns LearningCurve with one regressor, ``cumulative_production``; its rate is the learning
        rate 1 - 2^omega.
    Raises  InputError as ``moore``, and naming the year in which cumulative production falls.
    Source: Wright (1936), Journal of the Aeronautical Sciences 3(4), 122-128; Lafond and others
            (2018), Technological Forecasting and Social Change 128, 104-117 (first differences).

    >>> wright([2000, 2001, 2002], [8, 4, 2], [1, 4, 16]).rate.round(3).tolist()
    [0.293]
    """
    t, y = checked_series(years, costs)
    x = checked_stock(years, cumulative_production, "cumulative_production")
    return _fit("wright", form, ("cumulative_production",), x[:, None], t, y, level)


def two_factor(
    years: Any,
    costs: Any,
    cumulative_production: Any,
    knowledge: Any,
    *,
    form: str = "differences",
    level: float = 0.9,
) -> LearningCurve:
    """The two-factor learning curve: learning by doing and learning by searching.

    y = a + omega x + kappa log(knowledge) + e, or the same in changes through the origin. The two
    usually grow together. Where a variance inflation factor is above 10 the result says so
    (``is_identified``): then only a combination of the two slopes is known, and neither rate should
    be quoted.

    Parameters
    ----------
    years
        (n,), whole numbers, each once, in any order.
    costs
        (n,), positive, any unit.
    cumulative_production
        (n,), positive, never falling.
    knowledge
        (n,), positive: cumulative research spending, or a stock that depreciates
        (``knowledge_stock``).
    form
        ``differences``, changes from year to year, or ``levels``.
    level
        Level of the intervals.

    Returns
    -------
    LearningCurve with two regressors, ``cumulative_production`` and ``knowledge``; their rates are
    shares of the cost saved per doubling.

    Raises
    ------
    InputError
        For a cost, year or stock that can't be used, fewer years than slopes, and where the one
        stock is an exact function of the other.

    References
    ----------
    Kouvaritakis, Soria and Isoard 2000, International Journal of Global Energy Issues 14, 104-115;
    Klaassen and others 2005, Ecological Economics 54, 227-240; Belsley, Kuh and Welsch 1980,
    Regression Diagnostics, ch. 3.

    Examples
    --------
    >>> found = two_factor(range(5), [9.0, 8, 6, 5, 3], [1, 2, 4, 9, 17], [1, 2.1, 3.9, 9, 17])
    >>> found.is_identified
    False
    """
    t, y = checked_series(years, costs)
    x = checked_stock(years, cumulative_production, "cumulative_production")
    k = checked_stock(years, knowledge, "knowledge", may_fall=True)
    return _fit(
        "two_factor",
        form,
        ("cumulative_production", "knowledge"),
        np.column_stack([x, k]),
        t,
        y,
        level,
    )


def knowledge_stock(
    spending: Any, *, depreciation: float = 0.0, lag: int = 0, initial: float = 0.0
) -> Array:
    """What research spending has left behind: S_t = (1 - depreciation) S_(t-1) + R_(t-lag).

    Parameters
    ----------
    spending
        (years,), consecutive, not negative, any currency at constant prices.
    depreciation
        Share of the stock that is lost in a year, 0 to 1.
    lag
        Years until spending counts.
    initial
        S before the first year, in the currency of the spending.

    Returns
    -------
    (years,) in the same currency; nan for the first ``lag`` years, whose spending is not known.

    Raises
    ------
    InputError
        For negative spending, a depreciation outside 0 to 1 or a lag below 0.

    References
    ----------
    Griliches 1979, Bell Journal of Economics 10(1), 92-116.

    Examples
    --------
    >>> knowledge_stock([10, 10, 10], depreciation=0.1).round(2).tolist()
    [10.0, 19.0, 27.1]
    """
    r = np.asarray(spending, dtype=float)
    check_bounds("depreciation", depreciation, 0, 1)
    check_bounds("lag", lag, 0)
    check_numbers("spending", r, 0)
    stock = np.full(r.size, np.nan)
    level = initial
    for i in range(lag, r.size):
        level = stock[i] = (1 - depreciation) * level + r[i - lag]
    return stock


def checked_series(years: Any, costs: Any) -> tuple[NDArray[np.int64], Array]:
    """Years in order and log costs beside them.

    Raises  InputError where lengths differ, a year is repeated or not whole, a cost is not
            positive, or there are fewer than three points.
    """
    t, p = np.asarray(years, dtype=float), np.asarray(costs, dtype=float)
    check_one_a_year(t, costs=p)
    if t.size < FEWEST:
        raise InputError(message("few_points", count=Count(t.size), fewest=Count(FEWEST)), FAMILY)
    whole = whole_years(t)
    bad = np.flatnonzero(~(np.isfinite(p) & (p > 0)))
    if bad.size:
        at = {"year": Year(whole[bad[0]]), "position": Count(bad[0])}
        raise InputError(message("no_cost", cost=Name(f"{p[bad[0]]:g}"), **at), FOLDER)
    order = np.argsort(whole)
    return whole[order], np.log(p[order])


def checked_stock(years: Any, stock: Any, parameter: str, *, may_fall: bool = False) -> Array:
    """The logarithm of a stock, in the order of the years.

    Raises  InputError naming the year where it isn't positive, or falls.
    """
    t, s = np.asarray(years, dtype=float), np.asarray(stock, dtype=float)
    check_one_a_year(t, **{parameter: s})
    order = np.argsort(t, kind="stable")
    t, s = t[order], s[order]
    bad = np.flatnonzero(~(np.isfinite(s) & (s > 0)))
    if bad.size:
        found = {"parameter": Name(parameter), "value": Name(f"{s[bad[0]]:g}")}
        raise InputError(message("no_stock", year=Year(int(t[bad[0]])), **found), FOLDER)
    falls = np.flatnonzero(np.diff(s) < 0)
    if falls.size and not may_fall:
        before, after = (Name(f"{s[falls[0] + step]:g}") for step in (0, 1))
        found = {"parameter": Name(parameter), "before": before, "after": after}
        raise InputError(message("stock_falls", year=Year(int(t[falls[0] + 1])), **found), FOLDER)
    return np.asarray(np.log(s), dtype=float)


def _fit(
    law: str,
    form: str,
    regressors: tuple[str, ...],
    x: Array,
    t: NDArray[np.int64],
    y: Array,
    level: float,
) -> LearningCurve:
    check_choice("form", form, FORMS)
    check_between("level", level)
    design, response, spent = _regression(form, x, t, y)
    n, k = design.shape
    df = n - k - spent
    if df < 1:
        raise InputError(message("few_for_slopes", count=Count(n), slopes=Count(k)), FOLDER)
    vif, condition = _collinearity(design, regressors)
    slope = np.asarray(np.linalg.lstsq(design, response, rcond=None)[0], dtype=float)
    residual = response - design @ slope
    squares, total = float(residual @ residual), float(response @ response)
    error = np.sqrt(squares / df * np.diag(np.linalg.inv(design.T @ design)))
    reach = critical_t(level, df) * error
    autocorrelation = _autocorrelation(residual, total)
    return LearningCurve(
        law=law,
        form=form,
        regressors=regressors,
        slope=slope,
        standard_error=error,
        slope_low=slope - reach,
        slope_high=slope + reach,
        rate=_rate(regressors, slope),
        rate_low=_rate(regressors, slope + reach),
        rate_high=_rate(regressors, slope - reach),
        residual_sd=(squares / df) ** 0.5,
        df=df,
        r_squared=1 - squares / positive_or_nan(total),
        n=n,
        autocorrelation=autocorrelation,
        vif=vif,
        condition_number=condition,
        is_identified=bool((vif <= LARGEST_VIF).all()),
        cautions=_cautions(form, vif, autocorrelation, n),
    )


def _regression(form: str, x: Array, t: NDArray[np.int64], y: Array) -> tuple[Array, Array, int]:
    """Regressors, response and the degrees of freedom already spent on means."""
    if form == "levels":
        return x - x.mean(axis=0), y - y.mean(), 1
    weight = 1 / np.sqrt(np.diff(t))  # a change over a gap of d years has d times the variance
    return np.diff(x, axis=0) * weight[:, None], np.diff(y) * weight, 0


def _collinearity(design: Array, regressors: tuple[str, ...]) -> tuple[Array, float]:
    length = np.sqrt((design**2).sum(axis=0))
    if not (length > 0).all():
        still = regressors[int(np.argmin(length))]
        raise InputError(message("never_changes", parameter=Name(still)), FAMILY)
    unit = design / length
    singular = np.linalg.svd(unit, compute_uv=False)
    if singular[-1] < NO_FREEDOM * singular[0]:
        raise InputError(message("exact_functions", regressors=names(regressors)), FOLDER)
    return np.diag(np.linalg.inv(unit.T @ unit)), float(singular[0] / singular[-1])


def _autocorrelation(residual: Array, total: float) -> float:
    squares = float(residual @ residual)
    # An exact fit leaves rounding errors, which say nothing of the order of the residuals.
    if squares > 1e-20 * total and total > 0:
        return float(residual[1:] @ residual[:-1]) / squares
    return 0.0


def _rate(regressors: tuple[str, ...], slope: Array) -> Array:
    base = np.where(np.asarray(regressors) == "year", np.e, 2.0)
    return np.asarray(1 - base**slope, dtype=float)


def _cautions(form: str, vif: Array, autocorrelation: float, n: int) -> tuple[str, ...]:
    cautions = []
    if (vif > LARGEST_VIF).any():
        cautions.append("grow_together")
    if form == "levels" and abs(autocorrelation) > 2 / np.sqrt(n):
        cautions.append("correlated_residuals")
    return tuple(cautions)
