"""The log t test of Phillips and Sul, for many groups of units at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError, check_between, too_few
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.texts import message

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
FEWEST = 5  # years that the regression keeps
EQUAL = 1e-20  # relative variance that rounding leaves of equal units


@dataclass(frozen=True)
class LogT:
    """The log t regression of a group of units.

    Attributes
    ----------
    b
        The slope; nan where units are equal.
    se
        Its standard error, which stands autocorrelation; nan where units are equal.
    t
        Convergence is rejected below -1.65; infinite where units are equal.
    """

    b: float
    se: float
    t: float


class Panel:
    """The paths of n units in T years, for tests of any group of them by sums over its units."""

    def __init__(self, paths: ArrayLike, trim: float) -> None:
        """
        Raises InputError for paths that are not finite, means not above 0, and too few years.
        """
        x = np.asarray(paths, float)
        check_shape("paths", x, None, None)
        check_numbers("paths", x)
        check_between("trim", trim)
        if not (x.mean(axis=0) > 0).all():
            raise InputError(message("no_mean"), FOLDER)
        # the first third is discarded, rounded as in the authors' program
        self.start = math.floor(x.shape[1] * trim + 0.5) + 1
        kept = x.shape[1] - self.start + 1
        if kept < FEWEST or self.start < 2:
            needed = max(x.shape[1] + 1, math.ceil(FEWEST / (1 - trim)) + 1)
            raise InputError(too_few("years", x.shape[1], needed, "year, trim"))
        self.paths = x
        self.middle = x.mean(axis=0)
        self.gaps = x - self.middle
        self.squares = self.gaps**2

    def test(self, units: ArrayLike) -> LogT:
        """The test of the units at some positions."""
        at = np.asarray(units, int)
        sums, squares = self.gaps[at].sum(axis=0), self.squares[at].sum(axis=0)
        b, se, t = self._tested(np.array([len(at)]), sums[None], squares[None])
        return LogT(float(b[0]), float(se[0]), float(t[0]))

    def each_with(self, core: ArrayLike, others: ArrayLike) -> Floats:
        """t of the core with each of the others added to it."""
        at, more = np.asarray(core, int), np.asarray(others, int)
        sums = self.gaps[at].sum(axis=0) + self.gaps[more]
        squares = self.squares[at].sum(axis=0) + self.squares[more]
        return self._tested(np.full(len(more), len(at) + 1), sums, squares)[2]

    def first_ones(self, order: ArrayLike) -> Floats:
        """t of the first two, the first three, … of some units in an order."""
        at = np.asarray(order, int)
        sums = np.cumsum(self.gaps[at], axis=0)[1:]
        squares = np.cumsum(self.squares[at], axis=0)[1:]
        return self._tested(np.arange(2, len(at) + 1), sums, squares)[2]

    def _tested(
        self, counts: NDArray[np.int_], sums: Floats, squares: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """b, its standard error and t of groups by their (groups, T) sums of gaps and squares."""
        n = counts[:, None]
        shift = sums / n
        h = np.maximum(squares / n - shift**2, 0) / (self.middle + shift) ** 2
        is_equal = (h[:, self.start - 1 :] <= EQUAL).any(axis=1) | (h[:, 0] <= EQUAL)
        h = np.where(is_equal[:, None], 1.0, h)
        time = np.arange(self.start, h.shape[1] + 1)
        y = np.log(h[:, :1] / h[:, self.start - 1 :]) - 2 * np.log(np.log(time))
        x = np.log(time) - np.log(time).mean()
        spread = float(x @ x)
        b = y @ x / spread
        residuals = y - y.mean(axis=1, keepdims=True) - b[:, None] * x
        se = np.sqrt(_long_run_variance(residuals) / spread)
        b, se = np.where(is_equal, np.nan, b), np.where(is_equal, np.nan, se)
        return b, se, np.where(is_equal, np.inf, b / se)


def _long_run_variance(u: Floats) -> Floats:
    """(groups,): of residuals (groups, n), by the quadratic spectral kernel with Andrews' automatic
    bandwidth for an autoregression of the first order.

    As in the program of Phillips and Sul, whose tables are held against these: autocovariances run
    over the first n - 1 residuals, and all are divided by n - 1.
    """
    n = u.shape[1]
    tiny = np.finfo(float).tiny
    rho = (u[:, :-1] * u[:, 1:]).sum(axis=1) / np.maximum((u[:, :-1] ** 2).sum(axis=1), tiny)
    # the bandwidth of Andrews (1991) is infinite at a unit root
    rho = np.where(np.abs(rho - 1) < 1e-6, 1 - 1e-6, rho)
    bandwidth = 1.3221 * (n * 4 * rho**2 / (1 - rho) ** 4) ** 0.2
    whole = (u**2).sum(axis=1)
    for lag in range(1, n - 1):
        z = 1.2 * np.pi * lag / np.maximum(bandwidth, 1e-6)
        kernel = 3 / z**2 * (np.sin(z) / z - np.cos(z))
        whole = whole + 2 * kernel * (u[:, : n - 1 - lag] * u[:, lag : n - 1]).sum(axis=1)
    return np.asarray(np.maximum(whole / (n - 1), tiny))


def log_t_test(paths: ArrayLike, trim: float = 1 / 3) -> LogT:
    """Whether units converge: the regression of log(H_1 / H_t) - 2 log(log t) on log t.

    H_t is the mean of (x_it / mean_t - 1)^2. Convergence is rejected where t is below -1.65.

    Parameters
    ----------
    paths
        (n, T), the level of each unit in evenly spaced years, mostly logarithms without their
        cycles.
    trim
        The share of the first years that is discarded.

    Returns
    -------
    b (from 0 to 2: growth rates converge, from 2: levels do), its standard error, which stands
    autocorrelation, and t.

    Raises
    ------
    InputError
        For paths that are not finite, means not above 0, and fewer than five years that are kept.

    References
    ----------
    Phillips and Sul 2007, Econometrica 75(6), 1771-1855; Andrews 1991, Econometrica 59(3),
    817-858.

    Examples
    --------
    >>> years = np.arange(1, 31)
    >>> apart = np.array([-0.2, 0.0, 0.1])[:, None] / years
    >>> log_t_test(8 + apart).t > 10
    True
    """
    x = np.asarray(paths, float)
    return Panel(x, trim).test(np.arange(len(x)))


def hodrick_prescott(x: ArrayLike, smoothing: float) -> Floats:
    """The trend of each path: near it, and smooth.

    Minimises sum (x_t - m_t)^2 + smoothing sum (m_(t+1) - 2 m_t + m_(t-1))^2.

    Parameters
    ----------
    x
        (n, T), T of 3 or more.
    smoothing
        0 leaves the path as it is; 6.25, 100 or 400 are used with yearly numbers.

    Returns
    -------
    (n, T)

    References
    ----------
    Hodrick and Prescott 1997, Journal of Money, Credit and Banking 29(1), 1-16.

    Examples
    --------
    >>> hodrick_prescott([[1.0, 2.0, 3.0, 4.0]], 400).round(9).tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    """
    values = np.asarray(x, float)
    second = np.diff(np.eye(values.shape[1]), n=2, axis=0)
    system = np.eye(values.shape[1]) + smoothing * second.T @ second
    return np.asarray(np.linalg.solve(system, values.T).T)
