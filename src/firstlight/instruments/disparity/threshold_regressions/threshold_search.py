"""Where the effect of a driver breaks in a balanced panel: Hansen's search for thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight import roles
from firstlight.errors import InputError, too_many, wrong_shape
from firstlight.instruments.disparity.unit_columns import UnitColumns
from firstlight.numerics.distributions import t_p_value
from firstlight.numerics.divisors import positive_or_nan
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Count, message

FOLDER = Path(__file__).parent
Array = NDArray[np.float64]
Effects = Literal["unit", "unit_year"]
Errors = Literal["clustered", "robust", "classical"]
REPEATS = (
    1e-9  # part of a regressor's square that others don't explain, below which it repeats them
)
EXACT = 1e-14  # share of a sum of squares below which what is left is rounding
ROOM = 4_000_000  # numbers of a block of resamples
MOST = 30_000_000  # observations times candidates
ROUNDS = 50  # of searching each of two thresholds given the other


class SearchChoices(UnitColumns, TypedDict, total=False):
    """The columns of a panel, and how its thresholds are searched and tested.

    Parameters
    ----------
    trim
        Share of the observations that each regime holds at least.
    candidates
        How many thresholds are tried at most: all values where they are fewer, else quantiles.
    resamples
        Resamples of the bootstrap that tests how many thresholds there are.
    seed
        Seed of the resamples.
    """

    trim: Annotated[float, roles.Bounds(0.01, 0.3), roles.Default(0.05)]
    candidates: Annotated[int, roles.Bounds(10, 2000), roles.Default(300)]
    resamples: Annotated[int, roles.Bounds(99, 9999), roles.Default(499)]
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1), roles.Default(0)]


@dataclass(frozen=True)
class Panel:
    """A balanced panel, n units and t years, and the thresholds that may be.

    Attributes
    ----------
    y, x, q
        (n, t) outcome, driver and what divides the regimes
    controls
        (n, t, k)
    effects
        fixed effects of units, or of units and years
    candidates
        (g,) thresholds, ascending; those up to one are below it
    counts
        (g,) observations up to each
    fewest
        observations that a regime has to hold
    """

    y: Array
    x: Array
    q: Array
    controls: Array
    effects: Effects
    candidates: Array
    counts: NDArray[np.intp]
    fewest: int

    def within(self, values: Array) -> Array:
        """Values less their fixed effects.

        Parameters
        ----------
        values
            (n, t, …)

        Returns
        -------
        (n t, …), in the unit of the values.
        """
        out = values - values.mean(axis=1, keepdims=True)
        if self.effects == "unit_year":
            out = out - out.mean(axis=0, keepdims=True)
        return np.asarray(out.reshape(self.y.size, *values.shape[2:]))

    @property
    def freedom(self) -> int:
        """Observations less fixed effects: Hansen's n (t - 1)."""
        n, t = self.y.shape
        units = n - 1 if self.effects == "unit_year" else n
        return int(units * (t - 1))

    @cached_property
    def basis(self) -> Array:
        """(n t, k + 1) orthonormal: driver and controls, less fixed effects."""
        columns = np.concatenate([self.x[:, :, None], self.controls], axis=2)
        return np.asarray(np.linalg.qr(self.within(columns))[0])

    def rest(self, values: Array) -> Array:
        """What fixed effects, driver and controls don't explain.

        Parameters
        ----------
        values
            (n, t, …)

        Returns
        -------
        (n t, …), in the unit of the values.
        """
        inner = self.within(values)
        return np.asarray(inner - self.basis @ (self.basis.T @ inner))

    @cached_property
    def breaks(self) -> Array:
        """(n t, g): the rest of the driver up to each candidate."""
        up_to = self.x[:, :, None] * (self.q[:, :, None] <= self.candidates)
        return self.rest(up_to)

    @cached_property
    def products(self) -> Array:
        """(g, g): the products of the breaks with each other; those of none are 0."""
        products = self.breaks.T @ self.breaks
        size = np.diag(products)
        there = size > REPEATS * max(float(size.max()), 1e-300)
        return np.asarray(products * there * there[:, None])

    def apart(self, first: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether a candidate leaves enough observations between it and each of m others.

        Parameters
        ----------
        first
            (m,) places of the others among the candidates.

        Returns
        -------
        (g, m)
        """
        between = np.abs(self.counts[:, None] - self.counts[first])
        return np.asarray(between >= self.fewest)


@dataclass(frozen=True)
class Search:
    """Thresholds by least squares, and how much worse others would be.

    Attributes
    ----------
    thresholds
        ascending, one or two
    at
        their places among the candidates
    squares
        the sum of squares without a threshold, with one, and with two, as they were found
        one after the other
    ratios
        for each threshold (g,): the likelihood ratio of every candidate, the other
        threshold being held; nan where it can't be one
    """

    thresholds: Array
    at: tuple[int, ...]
    squares: tuple[float, ...]
    ratios: tuple[Array, ...]


@dataclass(frozen=True)
class ThresholdTest:
    """Whether a panel has one more threshold.

    Attributes
    ----------
    f_statistic
        the fall of the sum of squares, over the variance of errors
    p_value
        the share of resamples (the panel itself counted in) that reach it
    critical
        what 10, 5 and 1% of resamples exceed
    """

    f_statistic: float
    p_value: float
    critical: tuple[float, float, float]


@dataclass(frozen=True)
class RegimeFit:
    """Effects of the driver by regime, then those of the controls.

    Attributes
    ----------
    coefficients
        (regimes + k,)
    errors
        their standard errors
    freedom
        of Student's t
    squares
        the sum of squared residuals
    residuals
        (n, t)
    counts
        observations of each regime
    r_squared
        within; nan where the outcome does not vary
    """

    coefficients: Array
    errors: Array
    freedom: int
    squares: float
    residuals: Array
    counts: tuple[int, ...]
    r_squared: float


def panel_of(
    y: ArrayLike,
    x: ArrayLike,
    q: ArrayLike,
    controls: ArrayLike | None = None,
    *,
    effects: Effects = "unit",
    trim: float = 0.05,
    grid: int = 300,
) -> Panel:
    """A balanced panel with the thresholds that may be.

    Parameters
    ----------
    y, x, q
        (n, t) outcome, driver, and what divides the regimes, which may be the driver.
    controls
        (n, t, k) further regressors, whose effects are the same in all regimes.
    effects
        Fixed effects of units, or of units and years.
    trim
        Share of the observations that each regime holds at least.
    grid
        How many candidates at most; all values of q where they are fewer, else quantiles of them.

    Returns
    -------
    Panel.

    Raises
    ------
    InputError
        For arrays that don't fit, where no threshold leaves both regimes enough, and where so large
        a panel has too many candidates.

    Examples
    --------
    >>> x = np.arange(8.0).reshape(2, 4)
    >>> panel_of(x**2, x, x, trim=0.25).candidates.tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    outcome, driver, by = (np.asarray(each, dtype=float) for each in (y, x, q))
    n, t = outcome.shape
    others = array_or(controls, np.empty((n, t, 0)))
    if not outcome.shape == driver.shape == by.shape == others.shape[:2]:
        raise wrong_shape("y, x, q, controls", outcome.shape, "(units, years)")
    fewest = max(int(np.ceil(trim * outcome.size)), 1)
    values, each = np.unique(by, return_counts=True)
    counts = np.cumsum(each)
    inside = (counts >= fewest) & (outcome.size - counts >= fewest)
    values, counts = values[inside], counts[inside]
    if not values.size:
        raise InputError(message("no_candidate", fewest=Count(fewest)), FOLDER)
    if values.size > grid:
        shares = np.linspace(counts[0], counts[-1], grid)
        kept = np.unique(np.searchsorted(counts, shares))
        values, counts = values[kept], counts[kept]
    if outcome.size * values.size > MOST:
        most = MOST // outcome.size
        raise InputError(too_many("candidates", values.size, most, "candidates"))
    return Panel(outcome, driver, by, others, effects, values, counts, fewest)


def threshold_search(panel: Panel, most: int = 2) -> Search:
    """The thresholds of a panel by least squares: the first, the second given the first, and each
    again given the other until neither moves.

    Parameters
    ----------
    panel
        As `panel_of` returns it.
    most
        1 or 2; where no second one leaves all regimes enough, there is one.

    Returns
    -------
    Search.

    References
    ----------
    Hansen (1999), Journal of Econometrics 93(2), 345-368, eq. 8 to 16.

    Examples
    --------
    >>> q = np.tile(np.arange(10.0), (3, 1))
    >>> x = np.random.default_rng(0).normal(size=(3, 10))
    >>> threshold_search(panel_of(np.where(q <= 4, 1, 3) * x, x, q), 1).thresholds.tolist()
    [4.0]
    """
    error = panel.rest(panel.y)
    covered = (panel.breaks.T @ error)[:, None]
    none = np.array([error @ error])
    gains = _gains(panel, covered)
    first = gains.argmax(axis=0)
    squares = [float(none[0]), float(none[0] - gains[first[0], 0])]
    if most == 1 or not panel.apart(first).any():
        return _search(panel, [(int(first[0]), gains[:, 0])], none[0], squares)
    after = _gains_after(panel, covered, first)
    second = after.argmax(axis=0)
    squares.append(float(squares[1] - after[second[0], 0]))
    for _ in range(ROUNDS):
        again = _gains_after(panel, covered, second).argmax(axis=0)
        if again[0] == first[0]:
            break
        first = again
        second = _gains_after(panel, covered, first).argmax(axis=0)
    found = []
    for own, other in ((first, second), (second, first)):
        gained = _gains_after(panel, covered, other)[:, 0] + gains[other[0], 0]
        found.append((int(own[0]), gained))
    return _search(panel, sorted(found, key=lambda each: each[0]), none[0], squares)


def _search(
    panel: Panel, found: Sequence[tuple[int, Array]], none: float, squares: Sequence[float]
) -> Search:
    at = tuple(k for k, _ in found)
    ratios = []
    for k, gains in found:
        left = none - gains
        least = max(float(left[k]), EXACT * none)
        ratio = panel.freedom * (left - least) / least
        ratios.append(np.where(np.isfinite(ratio), ratio, np.nan))
    return Search(panel.candidates[list(at)], at, tuple(squares), tuple(ratios))


def _gains(panel: Panel, covered: Array) -> Array:
    """(g, m): by how much each candidate lowers the sum of squares of m outcomes.

    covered : (g, m), the products of the breaks with the outcomes' rests
    """
    size = np.diag(panel.products)[:, None]
    return np.divide(covered**2, size, out=np.zeros_like(covered), where=size > 0)


def _gains_after(panel: Panel, covered: Array, first: NDArray[np.intp]) -> Array:
    """(g, m): the same, given a threshold for each of the outcomes; -inf where too few observations
    lie between the two.

    first : (m,) places among the candidates
    """
    shared = panel.products[:, first]
    size = np.diag(panel.products)
    own = np.maximum(size[first], np.finfo(float).tiny)
    rest = covered - shared * covered[first, np.arange(first.size)] / own
    left = size[:, None] - shared**2 / own
    left = np.where(left > REPEATS * size[:, None], left, 0.0)
    gains = np.divide(rest**2, left, out=np.zeros_like(rest), where=left > 0)
    return np.where(panel.apart(first), gains, -np.inf)


def threshold_test(
    panel: Panel, search: Search, *, resamples: int = 499, seed: int = 0
) -> ThresholdTest:
    """Whether a panel has as many thresholds as were found rather than one fewer, by bootstrap.

    The residuals of whole units are drawn with replacement, driver and threshold variable being
    held, and the search is done anew in each resample.

    Parameters
    ----------
    panel, search
        The panel, and what `threshold_search` found in it.
    resamples
        How many.
    seed
        Of the draws.

    Returns
    -------
    ThresholdTest.

    References
    ----------
    Hansen (1999), sections 3.2 and 4.2.
    """
    thresholds, n = len(search.at), len(panel.y)
    residuals = regime_fit(panel, search.thresholds).residuals
    base = np.zeros(panel.y.size)
    if thresholds == 2:
        one = threshold_search(panel, 1)
        broken = panel.breaks[:, one.at[0]]
        slope = broken @ panel.rest(panel.y) / max(float(broken @ broken), np.finfo(float).tiny)
        base = slope * broken
    before, now = search.squares[thresholds - 1], search.squares[thresholds]
    found = panel.freedom * (before - now) / max(now, EXACT * before)
    picks = np.random.default_rng(seed).integers(n, size=(resamples, n))
    block = max(ROOM // max(panel.y.size, panel.candidates.size), 1)
    drawn = np.concatenate(
        [
            _drawn(panel, residuals, base, picks[k : k + block], thresholds)
            for k in range(0, resamples, block)
        ]
    )
    p_value = (1 + int((drawn >= found).sum())) / (1 + resamples)
    ten, five, one_in_100 = (float(np.quantile(drawn, level)) for level in (0.9, 0.95, 0.99))
    return ThresholdTest(float(found), p_value, (ten, five, one_in_100))


def _drawn(
    panel: Panel, residuals: Array, base: Array, picks: NDArray[np.intp], thresholds: int
) -> Array:
    """(m,): the statistic of m resamples, each the residuals of picked units added to a base."""
    outcomes = residuals[picks.T].transpose(0, 2, 1)
    error = panel.rest(outcomes) + base[:, None]
    covered = panel.breaks.T @ error
    squares = (error**2).sum(axis=0)
    gains = _gains(panel, covered)
    gained = gains.max(axis=0)
    if thresholds == 2:
        squares = squares - gained
        gained = np.maximum(_gains_after(panel, covered, gains.argmax(axis=0)).max(axis=0), 0.0)
    left = np.maximum(squares - gained, np.maximum(EXACT * squares, np.finfo(float).tiny))
    return np.asarray(panel.freedom * gained / left)


def critical_ratio(level: float) -> float:
    """What the likelihood ratio of the true threshold exceeds with a chance of 1 - level.

    Parameters
    ----------
    level
        Probability that the interval holds the threshold, above 0 and below 1.

    Returns
    -------
    c = -2 ln(1 - sqrt(level)).

    References
    ----------
    Hansen (1999), p. 351.

    Examples
    --------
    >>> round(critical_ratio(0.95), 2)
    7.35
    """
    return float(-2 * np.log(1 - np.sqrt(level)))


def regime_fit(panel: Panel, thresholds: ArrayLike = (), errors: Errors = "clustered") -> RegimeFit:
    """The within estimator with an effect of the driver in each regime.

    Parameters
    ----------
    panel
        As `panel_of` returns it.
    thresholds
        Ascending; none for the same effect throughout.
    errors
        Standard errors clustered by unit, robust against unequal variances (White), or classical.

    Returns
    -------
    RegimeFit.

    Raises
    ------
    InputError
        Where driver and controls repeat each other once fixed effects are taken out.
    """
    at = np.searchsorted(np.asarray(thresholds, dtype=float), panel.q)
    regimes = np.asarray(thresholds).size + 1
    in_regime = at[:, :, None] == np.arange(regimes)
    columns = np.concatenate([panel.x[:, :, None] * in_regime, panel.controls], axis=2)
    design, y = panel.within(columns), panel.within(panel.y)
    raw = np.sqrt((columns.reshape(design.shape) ** 2).sum(axis=0))
    scaled = design / np.where(raw > 0, raw, 1.0)
    if np.linalg.svd(scaled, compute_uv=False).min() ** 2 < REPEATS:
        raise InputError(message("repeats"), FOLDER)
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ (design.T @ y)
    error = y - design @ beta
    squares, whole, (n, t) = float(error @ error), float(y @ y), panel.y.shape
    freedom = panel.freedom - beta.size
    if freedom < 1:
        raise InputError(message("few_observations"), FOLDER)
    scores = design * error[:, None]
    if errors == "classical":
        covariance = inverse * squares / freedom
    else:
        factor = n * t / freedom
        if errors == "clustered":
            scores = scores.reshape(n, t, -1).sum(axis=1)
            factor, freedom = n / (n - 1) * (n * t - 1) / (n * t - beta.size), n - 1
        covariance = factor * inverse @ (scores.T @ scores) @ inverse
    return RegimeFit(
        beta,
        np.sqrt(np.diag(covariance)),
        freedom,
        squares,
        error.reshape(n, t),
        tuple(np.bincount(at.ravel(), minlength=regimes).tolist()),
        1 - squares / positive_or_nan(whole),
    )


def p_values(fit: RegimeFit) -> Array:
    """(regimes + k,): of no effect, two-sided."""
    t = np.divide(
        fit.coefficients, fit.errors, out=np.full_like(fit.errors, np.nan), where=fit.errors > 0
    )
    return np.asarray(t_p_value(t, fit.freedom))
