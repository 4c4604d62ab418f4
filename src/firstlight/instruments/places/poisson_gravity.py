"""Poisson gravity: flows between places by what each sells and buys, and by what is between them
(PPML).

Symbols: X_od flow from o to d, a_o and b_d fixed effects of origin and destination, z regressors, c
their coefficients.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from firstlight.errors import InputError, check_enough, needs_extra
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.solution_memory import remembered
from firstlight.texts import message

Floats = NDArray[np.float64]
FAMILY = Path(__file__).parent

# of a regressor's length, left beside fixed effects and the other regressors: nothing to learn from
NO_FREEDOM = 1e-7
# how many times as large or as small an effect is without one place, from which it has no interval
UNSTEADY = 10.0


def poisson_gravity(
    origin: Sequence[str], destination: Sequence[str], flow: Any, regressors: Any
) -> Floats:
    """Coefficients of a Poisson regression of flows with a fixed effect for each origin and each
    destination (PPML).

    E X_od = exp(a_o + b_d + z_od c). Consistent whatever the variance of X, as long as its mean is
    right; zeros belong in.

    Parameters
    ----------
    origin, destination
        (rows,), names.
    flow
        (rows,), not negative.
    regressors
        (rows, k), finite.

    Returns
    -------
    (k,), in units of log flow per unit of the regressor.

    Raises
    ------
    InputError
        Where pyfixest is not installed, a regressor can't be told from the fixed effects and the
        others, flows of 0 leave its coefficient without end, a place has no flow at all, or the
        iterations don't converge.

    References
    ----------
    Santos Silva and Tenreyro 2006, Review of Economics and Statistics 88(4), 641-658; fixed
    effects: Anderson and van Wincoop 2003, American Economic Review 93(1), 170-192; the regression
    itself is pyfixest's.

    Examples
    --------
    >>> names, h = ["a"] * 3 + ["b"] * 3 + ["c"] * 3, np.eye(3).reshape(9, 1)
    >>> poisson_gravity(names, ["a", "b", "c"] * 3, 2 + 6 * h[:, 0], h).round(6).tolist()
    [1.386294]
    """
    return fitted_gravity(origin, destination, flow, regressors)[0]


def fitted_gravity(
    origin: Any, destination: Any, flow: Any, regressors: Any, *, clustered: bool = False
) -> tuple[Floats, Floats]:
    """Coefficients and standard errors, of a Poisson distribution or clustered by origin and
    destination.

    Returns two arrays (k,); an error is nan where the clustered variance is negative.

    Raises InputError as `poisson_gravity`.

    >>> names, h = ["a"] * 3 + ["b"] * 3 + ["c"] * 3, np.eye(3).reshape(9, 1)
    >>> fitted_gravity(names, ["a", "b", "c"] * 3, 2 + 6 * h[:, 0], h)[0].round(6).tolist()
    [1.386294]
    """
    try:
        import pandas as pd
        import pyfixest
    except ModuleNotFoundError as error:
        raise needs_extra("border", "pyfixest", "gravity") from error
    z, x = np.asarray(regressors, dtype=float), np.asarray(flow, dtype=float)
    check_shape("regressors", z, None, None)
    check_numbers("regressors", z)
    check_enough("flows", x.size, 1, "flow")
    check_numbers("flow", x, 0)
    z, scale = _scaled(z, origin, destination)
    if _is_separated(x, z, origin, destination):
        raise InputError(message("separated"), FAMILY)
    data = pd.DataFrame({f"z{k}": z[:, k] for k in range(z.shape[1])})
    # pyfixest takes fixed effects in the order of this set, which no two processes need share
    ends = list(set("od"))
    data[ends[0]], data[ends[1]], data["x"] = (
        list(origin),
        list(destination),
        x / max(x.max(), np.finfo(float).tiny),
    )
    if min(data.groupby(end)["x"].sum().min() for end in ends) <= 0:
        raise InputError(message("place_without_flow"), FAMILY)
    coefficients = z.shape[1] + sum(data[end].nunique() for end in ends)
    check_enough("flows", x.size, coefficients, "border")
    formula = f"x ~ {' + '.join(f'z{k}' for k in range(z.shape[1]))} | o + d"
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", DeprecationWarning)  # pyfixest's own use of pandas
        warnings.filterwarnings("ignore", message=".*separation.*")
        try:
            fit = pyfixest.fepois(
                formula,
                data=data,
                vcov={"CRV1": " + ".join(ends)} if clustered else "iid",
                fixef_rm="none",
                iwls_tol=1e-11,
                iwls_maxiter=200,
            )
        except ValueError as error:  # fixed effects that run off
            raise InputError(message("no_convergence"), FAMILY) from error
        found, spread = fit.coef(), fit.se()
    if not fit._convergence or len(found) != z.shape[1]:
        raise InputError(message("no_convergence"), FAMILY)
    return np.asarray(found, dtype=float) / scale, np.asarray(spread, dtype=float) / scale


def jackknifed_gravity(
    o: Any, d: Any, x: Floats, z: Floats, progress: Callable[[int, int], None] | None = None
) -> tuple[Floats, Floats, int]:
    """Coefficients, standard errors from leaving out each place with all that it sends and
    receives, number of places.

    Errors are nan where, without some place, nothing can be estimated, and infinite where the first
    regressor's effect then has no end, or is ten times as large or as small.

    Parameters
    ----------
    o, d
        (rows,), names.
    x
        (rows,), flows.
    z
        (rows, k), regressors, the first 1 within the border and 0 across it.
    progress
        Called with the places that were left out, and all of them.

    Raises
    ------
    InputError
        As `poisson_gravity`.

    References
    ----------
    Delete-one jackknife: Efron and Stein 1981, Annals of Statistics 9(3), 586-596.

    Examples
    --------
    >>> o, d = np.repeat(list("abcd"), 4), np.tile(list("abcd"), 4)
    >>> x, z = 1.0 + 3 * (o == d), (o == d)[:, None].astype(float)
    >>> jackknifed_gravity(o, d, x, z)[1].round(6).tolist()
    [0.0]
    """
    found = poisson_gravity(o, d, x, z)
    names = np.union1d(o, d)
    without = []
    for done, name in enumerate(names, start=1):
        keep = (o != name) & (d != name)
        rows = _without_idle(o[keep], d[keep], x[keep], z[keep])
        if not all((rows[2][rows[3][:, 0] == side] > 0).any() for side in (0, 1)):
            return found, np.full_like(found, np.nan), names.size
        try:
            without.append(
                remembered(
                    ["gravity", *(np.asarray(ends, str) for ends in rows[:2]), *rows[2:]],
                    partial(_coefficients, *rows),
                )[0]
            )
        except InputError as error:  # told by the missing interval
            none = np.inf if error.code == "separated" else np.nan
            return found, np.full_like(found, none), names.size
        if progress is not None:
            progress(done, names.size)
    if np.abs(np.array(without)[:, 0] - found[0]).max() >= np.log(UNSTEADY):
        return found, np.full_like(found, np.inf), names.size
    spread = np.array(without) - np.mean(without, axis=0)
    n = names.size
    return found, np.asarray(np.sqrt((n - 1) / n * (spread**2).sum(axis=0))), n


def _coefficients(o: Any, d: Any, x: Floats, z: Floats) -> list[Floats]:
    return [poisson_gravity(o, d, x, z)]


def _scaled(z: Floats, origin: Any, destination: Any) -> tuple[Floats, Floats]:
    """Regressors in units of their spread, and that spread."""
    z = z - z.mean(axis=0)
    scale = np.sqrt((z**2).mean(axis=0))
    if not (scale > 0).all() or _collinear(z / scale, origin, destination):
        raise InputError(message("mixed_regressor"), FAMILY)
    return z / scale, scale


def _collinear(z: Floats, origin: Any, destination: Any) -> bool:
    """Whether a regressor, in units of its spread, has nothing left beside fixed effects and the
    others."""
    effects = _fixed_effects(origin, destination)
    gram = (effects @ effects.T).toarray()
    left = z - effects.T @ (np.linalg.pinv(gram, hermitian=True) @ (effects @ z))
    if z.shape[0] < z.shape[1]:
        return True
    return bool(np.linalg.svd(left, compute_uv=False)[-1] < NO_FREEDOM * np.sqrt(z.shape[0]))


def _fixed_effects(origin: Any, destination: Any) -> sparse.csr_array:
    """(places that send and places that receive, rows), 1 where a row is of a place."""
    which = [np.unique(np.asarray(ends), return_inverse=True)[1] for ends in (origin, destination)]
    rows, ones = np.arange(which[0].size), np.ones(which[0].size)
    return sparse.vstack([sparse.csr_array((ones, (of, rows))) for of in which]).tocsr()


def _is_separated(x: Floats, z: Floats, origin: Any, destination: Any) -> bool:
    """Whether a coefficient has no end: with it and fixed effects that make up for it elsewhere,
    flows of 0 can be foretold ever smaller, and all others left as they are.

    Source: Correia, Guimarães and Zylkin (2019), Verifying the existence of maximum likelihood
            estimates for generalized linear models, arXiv 1903.01633.
    """
    is_none = x == 0
    if not is_none.any():
        return False
    both: Any = [z, _fixed_effects(origin, destination).T]
    design: Any = sparse.hstack(both, format="csr")
    falls, stays, nothing = design[is_none], design[~is_none], np.zeros(x.size)
    for k, sign in product(range(z.shape[1]), (1.0, -1.0)):
        bounds: Any = [(None, None)] * design.shape[1]
        bounds[k] = (sign, sign)
        ends = (nothing[is_none], stays, nothing[~is_none])
        if linprog(np.zeros(design.shape[1]), falls, *ends, bounds).status == 0:
            return True
    return False


def _without_idle(o: Any, d: Any, x: Floats, z: Floats) -> tuple[Any, Any, Floats, Floats]:
    """The rows left once places without any flow are out."""
    while True:
        busy = np.ones(x.size, dtype=bool)
        for end in (o, d):
            _, which = np.unique(end, return_inverse=True)
            busy &= np.bincount(which, weights=x)[which] > 0 if x.size else True
        if busy.all():
            return o, d, x, z
        o, d, x, z = o[busy], d[busy], x[busy], z[busy]
