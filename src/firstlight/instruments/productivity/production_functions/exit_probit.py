"""The probability that a firm stays, by a probit on a polynomial in states and proxies (Olley and
Pakes 1996)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.instruments.productivity.production_functions.proxy_polynomials import (
    orthonormal,
    powers,
    standardised,
)
from firstlight.instruments.productivity.production_functions.refusals import refusal
from firstlight.texts import message

Floats = NDArray[np.float64]
MOST_STEPS = 100


@dataclass(frozen=True)
class Survival:
    """basis : (N, rank), constant and polynomial; stays : (N,) 1, 0, or nan where what came after
    is unknown."""

    basis: Floats
    stays: Floats

    def probability(self, weight: Floats | None = None) -> Floats:
        """Phi(basis d), (N,), with d by maximum likelihood on the rows where it is known whether
        the firm stays.

        Raises  LinAlgError where the search doesn't converge.
        """
        known = np.isfinite(self.stays)
        weights = np.ones(len(self.stays)) if weight is None else weight
        return np.asarray(
            special.ndtr(self.basis @ probit(self.basis[known], self.stays[known], weights[known]))
        )


def survival(proxies: Floats, stays: Floats, degree: int) -> Survival:
    """Prepare the probit.

    proxies : (N, p) states and proxies; stays : (N,) 1, 0 or nan; degree : of the polynomial
    Returns Survival.
    Raises  InputError where no firm leaves, or none stays.
    """
    known = stays[np.isfinite(stays)]
    if known.size == 0 or known.min() == known.max():
        raise refusal(message("all_stay" if known.size and known[0] == 1 else "none_stays"))
    return Survival(orthonormal(powers(standardised(proxies), degree)), stays)


def probit(x: Floats, y: Floats, weight: Floats) -> Floats:
    """Coefficients of P(y = 1) = Phi(x d), by Newton's method with halved steps.

    x : (n, q); y : (n,) of 0 and 1; weight : (n,)
    Raises  LinAlgError where it doesn't converge.

    >>> x = np.ones((4, 1))
    >>> float(special.ndtr(probit(x, np.array([1.0, 1, 1, 0]), np.ones(4))[0]).round(6))
    0.75
    """
    sign = 2 * y - 1
    d = np.zeros(x.shape[1])
    value = weight @ special.log_ndtr(sign * (x @ d))
    for _ in range(MOST_STEPS):
        z = sign * (x @ d)
        mills = np.exp(-(z**2) / 2 - special.log_ndtr(z)) / np.sqrt(2 * np.pi)
        gradient = x.T @ (weight * sign * mills)
        step = np.linalg.solve(x.T @ ((weight * mills * (mills + z))[:, None] * x), gradient)
        length = 1.0
        while (
            found := weight @ special.log_ndtr(sign * (x @ (d + length * step)))
        ) < value and length > 1e-10:
            length /= 2
        d, gain, value = d + length * step, found - value, found
        if abs(gain) <= 1e-12 * (1 + abs(value)):
            return np.asarray(d)
    raise np.linalg.LinAlgError("the probit of survival did not converge")
