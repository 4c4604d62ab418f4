"""Olley-Pakes and Levinsohn-Petrin: free inputs by least squares beside a polynomial in state and
proxy, then the state.

Stage 1: y = free b + phi(state, proxy) + e. Stage 2: omega = phi - state beta moves by itself; beta
is what leaves an innovation that the state, fixed before, doesn't know. Materials that are an input
as well are sought in stage 2 too, with last year's materials as their instrument. Where firms
leave, the probability that one stays comes from a probit on the same polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.instruments.productivity.production_functions.firm_panel import FirmPanel
from firstlight.instruments.productivity.production_functions.law_of_motion import (
    Motion,
    least_squares,
    moments,
)
from firstlight.instruments.productivity.production_functions.production_fit import (
    FEW,
    SCATTERED,
    Fit,
    cobb_douglas,
    starting_points,
)
from firstlight.instruments.productivity.production_functions.proxy_polynomials import (
    PartlyLinear,
    orthonormal,
    partly_linear,
    powers,
    refuse_collinear_inputs,
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
        # density over distribution in logarithms, for far below 0 both are 0 as floats
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


@dataclass(frozen=True)
class ControlFunction:
    """Olley-Pakes or Levinsohn-Petrin, with what doesn't hang on weights done once."""

    panel: FirmPanel
    stage: PartlyLinear
    leaving: Survival | None
    omega_degree: int
    law: str
    is_gross: bool

    @property
    def input_names(self) -> tuple[str, ...]:
        """Free inputs, states, and where output is gross the proxies."""
        free, state, proxy, _ = self.panel.names
        if not self.is_gross:
            return (*free, *state)
        return (*free, *state, *proxy)

    def fit(self, weight: Floats | None = None, start: Floats | None = None) -> Fit:
        """Both stages.

        weight : (N,), how often each row counts; start : (q,) where the search begins. Moments of a
        draw of firms are sought from there alone, and from other points if it leads to none; least
        squares, of which a draw can have several local minima, always from several points
        Returns Fit.
        Raises  LinAlgError where the weighted rows don't identify the function.
        """
        panel, free = self.panel, self.panel.free.shape[1]
        b, fitted = self.stage.fit(panel.output, weight)
        linear = np.column_stack([panel.free, panel.controls]) @ b
        sought, scattered = panel.state, 0
        if self.is_gross:
            sought, scattered = np.column_stack([panel.state, panel.proxy]), SCATTERED
        motion = self._motion(panel.output - linear, fitted - linear, sought, weight)
        inputs = np.column_stack([panel.free, sought])
        starts = starting_points(panel, inputs, sought.shape[1], scattered=scattered)
        first, few = starts, None
        if start is not None:
            first = start[None, -sought.shape[1] :]
        if weight is not None:
            few = starts[:FEW]
        if self.is_gross:
            now, _ = panel.counted(weight)
            # materials react to this year's news, last year's do not
            known = np.column_stack(
                [np.ones(now.size), panel.state[now], panel.proxy[panel.previous[now]]]
            )
            search = moments(motion, known, first, few)
        else:
            if start is not None:
                starts = np.vstack([first, starts])
            search = least_squares(motion, starts)
        beta = np.concatenate([b[:free], search.beta])
        elasticities, explained = cobb_douglas(inputs, beta)
        return Fit(beta, elasticities, beta, explained, fitted, b[free:], search)

    def _motion(
        self, output: Floats, fitted: Floats, sought: Floats, weight: Floats | None
    ) -> Motion:
        now, root = self.panel.counted(weight)
        before = self.panel.previous[now]
        chance = np.empty((now.size, 0))
        if self.leaving is not None:
            chance = self.leaving.probability(weight)[before][:, None]
        return Motion(
            output[now],
            fitted[now],
            fitted[before],
            sought[now],
            sought[before],
            chance,
            root,
            self.omega_degree,
            self.law,
        )


def control_function(
    panel: FirmPanel,
    *,
    degree: int = 3,
    omega_degree: int = 3,
    law: str = "output",
    exits: Floats | None = None,
    is_gross: bool = False,
) -> ControlFunction:
    """Prepare Olley-Pakes (proxy: investment) or Levinsohn-Petrin (proxy: materials).

    degree : of the polynomial in states and proxies; omega_degree : of the law of motion; law : see
            ``Motion``
    exits  : (N,) 1 where the firm stays, 0 where it leaves after the year, nan where unknown; None
            without selection
    is_gross : whether the proxy is an input as well (Levinsohn and Petrin 2003, gross output)
    Returns ControlFunction.
    Raises  InputError where a free input is an exact function of states and proxies, or inputs of
            each other.
    Source: Olley and Pakes (1996), Econometrica 64(6), 1263-1297; Levinsohn and Petrin (2003),
            Review of Economic Studies 70(2), 317-341.
    """
    free, state, proxy, controls = panel.names
    proxies = np.column_stack([panel.state, panel.proxy])
    linear = np.column_stack([panel.free, panel.controls])
    refuse_collinear_inputs(np.column_stack([linear, panel.state]), (*free, *controls, *state))
    refuse_collinear_inputs(proxies, (*state, *proxy))
    stage = partly_linear(linear, (*free, *controls), proxies, degree)
    leaving = None if exits is None else survival(proxies, exits, degree)
    return ControlFunction(panel, stage, leaving, omega_degree, law, is_gross)
