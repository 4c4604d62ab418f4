"""The inoperability input-output model: how much of its function each sector loses."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
LEFT = 0.01  # of a perturbation, when a sector counts as settled


def interdependence(flows: ArrayLike, output: ArrayLike) -> Floats:
    """A*, how much of a sector's output goes if another loses all of its own.

    A* = diag(x)^-1 A diag(x), in which the output cancels: the flow over the seller's output.

    Parameters
    ----------
    flows
        (n, n), what the row sells to the column.
    output
        (n,), not below 0; a sector of output 0 depends on nobody.

    Returns
    -------
    (n, n).

    References
    ----------
    Santos and Haimes 2004, Risk Analysis 24(6), 1437-1451, equation 12.

    Examples
    --------
    >>> interdependence([[0, 80], [10, 0]], [100, 50]).tolist()
    [[0.0, 0.8], [0.2, 0.0]]
    """
    z = np.asarray(flows, np.float64)
    x = np.asarray(output, np.float64)
    return np.asarray(z / np.where(x > 0, x, np.inf)[:, None])


def inoperability(interdependence: ArrayLike, perturbation: ArrayLike) -> Floats:
    """The share of its function that each sector loses: q = A* q + c*, at most 1.

    Parameters
    ----------
    interdependence
        (n, n), A*.
    perturbation
        (n,), c*, what each loses by itself, 0 to 1.

    Returns
    -------
    (n,), 0 to 1; what comes out above 1 is 1.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where I - A* is singular.

    References
    ----------
    Haimes and Jiang 2001, Journal of Infrastructure Systems 7(1), 1-12.

    Examples
    --------
    >>> inoperability([[0, 0.8], [0.2, 0]], [0, 0.6]).round(3).tolist()
    [0.571, 0.714]
    """
    a = np.asarray(interdependence, np.float64)
    c = np.asarray(perturbation, np.float64)
    return np.asarray(np.clip(np.linalg.solve(np.eye(len(a)) - a, c), 0.0, 1.0))


def resilience(interdependence: ArrayLike, days: ArrayLike) -> Floats:
    """k, which part of the gap to where it settles a sector closes in a day.

    k_i = ln(100) / (days_i (1 - a*_ii)), at most 1: by itself the sector is within 1% of where it
    settles after so many days.

    Parameters
    ----------
    interdependence
        (n, n), A*, whose diagonal is below 1.
    days
        (n,) or one number, above 0.

    Returns
    -------
    (n,), above 0 and at most 1.

    References
    ----------
    Lian and Haimes 2006, Systems Engineering 9(3), 241-258.

    Examples
    --------
    >>> resilience([[0, 0.8], [0.2, 0]], 46.0517).round(3).tolist()
    [0.1, 0.1]
    """
    a = np.asarray(interdependence, np.float64)
    rate = -np.log(LEFT) / (np.asarray(days, np.float64) * (1.0 - np.diag(a)))
    return np.asarray(np.minimum(np.broadcast_to(rate, len(a)), 1.0))


def dynamic_inoperability(
    interdependence: ArrayLike, perturbation: ArrayLike, rate: ArrayLike
) -> Floats:
    """The inoperability of each sector on each day: q(t+1) = q(t) + K (A* q(t) + c*(t+1) - q(t)).

    Parameters
    ----------
    interdependence
        (n, n), A*.
    perturbation
        (days, n), c*, what each loses by itself on each day, 0 to 1.
    rate
        (n,), the diagonal of K, as `resilience` returns it.

    Returns
    -------
    (days, n), 0 to 1, after a day 0 on which nothing is lost. Under a perturbation that lasts it
    comes to `inoperability`, where that is nowhere 1.

    References
    ----------
    Haimes, Horowitz, Lambert, Santos, Lian and Crowther 2005, Journal of Infrastructure Systems
    11(2), 67-79; Lian and Haimes 2006, Systems Engineering 9(3), 241-258.

    Examples
    --------
    >>> lasting = [[0, 0.6]] * 200
    >>> dynamic_inoperability([[0, 0.8], [0.2, 0]], lasting, [0.3, 0.3])[-1].round(3).tolist()
    [0.571, 0.714]
    """
    a = np.asarray(interdependence, np.float64)
    k = np.asarray(rate, np.float64)
    lost = np.asarray(perturbation, np.float64)
    q = np.zeros(len(a))
    course = np.empty_like(lost)
    for day, lost_share in enumerate(lost):
        q = np.clip(q + k * (a @ q + lost_share - q), 0.0, 1.0)
        course[day] = q
    return course
