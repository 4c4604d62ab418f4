"""How prices moved at a constant mix: the weighted time-dummy regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from firstlight.numerics.distributions import critical_t
from firstlight.numerics.optional_arrays import array_or

MOST_COLUMNS: Final = 2000  # of the regression: years and categories together
LINKED: Final = 1e-7  # how far a contrast may lie outside of what the rows determine

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TimeDummies:
    """Log prices of years over the first, at a constant mix.

    years      : (t,) in order
    logs       : (t,) 0 in the first; nan where nothing links the year with the first
    errors     : (t,) standard errors; nan where they can't be told
    degrees    : degrees of freedom of their t distribution
    is_grouped : whether the errors let rows of a group go together
    """

    years: NDArray[np.int64]
    logs: Floats
    errors: Floats
    degrees: int
    is_grouped: bool

    def bounds(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """The ends of the intervals of ``logs``."""
        half = self.errors * (critical_t(level, self.degrees) if self.degrees > 0 else np.nan)
        return self.logs - half, self.logs + half


def time_dummies(
    logs: Any, years: Any, classes: Any, weights: Any = None, groups: Any = None
) -> TimeDummies:
    """Log prices of the years over the first, with every class of contracts held constant.

    log p = year + class + class of another kind + error, by weighted least squares. Errors are
    heteroskedasticity-consistent (HC1) or, with groups, clustered by them (CR1).

    Parameters
    ----------
    logs
        (n,) natural logarithms of prices.
    years
        (n,) whole numbers.
    classes
        Several (n,) of whole numbers from 0: the categories, and what else is held constant.
    weights
        (n,) above 0; None for equal ones.
    groups
        (n,) whole numbers of the groups whose rows go together; None where each row is by itself.

    Returns
    -------
    TimeDummies. A year that no class links with the first has no price.

    References
    ----------
    de Haan 2004, Review of Income and Wealth 50(1), 29-46 (time dummies); Rao 2005, Review of
    Income and Wealth 51(4), 571-580 (weights); Eurostat, ILO, IMF, OECD, UNECE and World Bank 2013,
    Handbook on Residential Property Prices Indices, chapter 5; MacKinnon and White 1985, Journal of
    Econometrics 29(3), 305-325 (HC1).

    Examples
    --------
    >>> logs = np.log([1, 10, 2, 20, 20])
    >>> found = time_dummies(logs, [2000, 2000, 2001, 2001, 2001], [[0, 1, 0, 1, 1]])
    >>> np.exp(found.logs).round(6).tolist()
    [1.0, 2.0]
    """
    y = np.asarray(logs, dtype=np.float64)
    w = array_or(weights, np.ones(y.size))
    known, at = np.unique(np.asarray(years, dtype=np.int64), return_inverse=True)
    x = sparse.hstack([_dummies(at), *(_dummies(np.asarray(own)) for own in classes)]).tocsr()
    w = w / w.mean()
    middle = float(np.average(y, weights=w))
    weighted = sparse.diags_array(w) @ x
    products = (x.T @ weighted).toarray()
    # dummies of a class add up to those of the years: of all solutions the least is taken
    inverse = np.linalg.pinv(products, rcond=1e-11, hermitian=True)
    effects = inverse @ (weighted.T @ (y - middle))
    residuals = y - middle - x @ effects
    contrasts = np.zeros((known.size, products.shape[0]))
    contrasts[:, : known.size] = np.eye(known.size)
    contrasts[:, 0] -= 1
    # a contrast can be told where it lies in the span of the rows
    is_linked = np.abs(contrasts @ inverse @ products - contrasts).max(axis=1) < LINKED
    rank = round(float(np.trace(inverse @ products)))
    scores = sparse.diags_array(residuals) @ weighted
    free = y.size - rank
    degrees, factor = free, y.size / max(free, 1)
    if groups is not None:
        scores = _dummies(np.asarray(groups)).T @ scores
        count = scores.shape[0]
        degrees, factor = count - 1, count / (count - 1) * (y.size - 1) / max(free, 1)
    moved = (scores @ (inverse @ contrasts.T)) if free > 0 else np.full((1, known.size), np.nan)
    errors = np.sqrt(factor * (np.asarray(moved) ** 2).sum(axis=0))
    nothing = np.where(is_linked, 0.0, np.nan)
    logs_of_years = contrasts @ effects + nothing
    logs_of_years[0] = errors[0] = 0.0
    return TimeDummies(known, logs_of_years, errors + nothing, degrees, groups is not None)


def _dummies(at: NDArray[Any]) -> Any:
    """A column for each whole number from 0, 1 where a row has it."""
    _, at = np.unique(at, return_inverse=True)
    ones = np.ones(at.size)
    return sparse.csr_array((ones, (np.arange(at.size), at)), shape=(at.size, int(at.max()) + 1))
