"""One estimate of a production function, before errors: what every method gives, and the translog's
elasticities."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.productivity.production_functions.firm_panel import FirmPanel
from firstlight.instruments.productivity.production_functions.law_of_motion import Search
from firstlight.instruments.productivity.production_functions.proxy_polynomials import (
    exponents,
    powers,
)

Floats = NDArray[np.float64]
OTHER_STARTS = (0.1, 0.3, 0.6, 0.9)
SCATTERED = 30  # searches about least squares for the estimate itself
FEW = 8  # searches for a draw of firms whose own search meets no moments


@dataclass(frozen=True)
class Fit:
    """A production function at given weights of the firms.

    coefficients : (q,), of the terms: inputs, and their squares and products in a translog
    elasticities : (N, inputs), of output to each input, by row; the same in every row of a
            Cobb-Douglas
    mean         : (inputs,), the elasticities' mean over the weighted rows
    explained    : (N,), what inputs explain of log output; fitted : (N,), log output without noise,
            or nan
    control      : (c,), coefficients of the controls
    search       : where the second stage ended
    """

    coefficients: Floats
    elasticities: Floats
    mean: Floats
    explained: Floats
    fitted: Floats
    control: Floats
    search: Search = field(repr=False)

    @property
    def reported(self) -> Floats:
        """Mean elasticities, then their sum, then the coefficients: (inputs + 1 + q,)."""
        return np.concatenate([self.mean, [self.mean.sum()], self.coefficients])

    @property
    def is_met(self) -> bool:
        """Whether the second stage's moments are met, or its least squares reached."""
        return bool(self.search.is_met[0])


def cobb_douglas(inputs: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Elasticities by row and what inputs explain.

    >>> cobb_douglas(np.array([[1.0, 2.0]]), np.array([0.5, 0.25]))[1].tolist()
    [1.0]
    """
    return np.broadcast_to(beta, inputs.shape).copy(), np.asarray(inputs @ beta)


@dataclass(frozen=True)
class Translog:
    """A translog about the mean of the logarithms: f = sum b_i z_i + sum_(i<=j) b_ij z_i z_j, z = x
    - middle.

    Inside, inputs are centred, so that a change of their units changes nothing; coefficients are
    given of x itself.
    """

    middle: Floats

    def terms(self, inputs: Floats) -> Floats:
        """z, z^2 and products, (rows, q)."""
        return powers(inputs - self.middle, 2)

    def elasticities(self, inputs: Floats, beta: Floats) -> Floats:
        """df/dx, (rows, inputs).

        >>> Translog(np.zeros(1)).elasticities(np.array([[2.0]]), np.array([0.5, 0.1])).tolist()
        [[0.9]]
        """
        z = inputs - self.middle
        slope, square = self._parts(beta)
        return np.asarray(slope + z @ square)

    def of_raw(self, beta: Floats) -> Floats:
        """The coefficients of x, x^2 and products, where ``beta`` is of z.

        >>> Translog(np.array([1.0])).of_raw(np.array([0.5, 0.1])).round(6).tolist()
        [0.3, 0.1]
        """
        slope, square = self._parts(beta)
        return np.concatenate([slope - square @ self.middle, beta[len(slope) :]])

    def _parts(self, beta: Floats) -> tuple[Floats, Floats]:
        inputs = self.middle.size
        square = np.zeros((inputs, inputs))
        for each, value in zip(exponents(inputs, 2)[inputs:], beta[inputs:], strict=True):
            i, j = np.repeat(np.arange(inputs), each)
            square[i, j] += value
            square[j, i] += value
        return beta[:inputs], square


def starting_points(
    panel: FirmPanel, inputs: Floats, sought: int, *, scattered: int = 0, curved: int = 0
) -> Floats:
    """Where searches begin: least squares of output on inputs and controls; the same value for all;
    points about the first.

    inputs    : (N, q), of which the last ``sought`` are searched for; the last ``curved`` are
            squares and products
    scattered : how many points about least squares, the same ones each time; moments need them,
            since they can be met far away
    Returns (starts, sought).
    """
    design = np.column_stack([np.ones(len(inputs)), panel.controls, inputs])
    least = np.linalg.lstsq(design, panel.output, rcond=None)[0][-sought:]
    spread = np.where(np.arange(sought) < sought - curved, 0.4, 0.1)
    flat = [np.where(np.arange(sought) < sought - curved, value, 0.0) for value in OTHER_STARTS]
    about = least + spread * np.random.default_rng(0).standard_normal((scattered, sought))
    return np.vstack([least, *flat, about])


def term_names(inputs: tuple[str, ...]) -> tuple[str, ...]:
    """Names of a translog's terms, linear ones first.

    >>> term_names(("l", "k"))
    ('l', 'k', 'l^2', 'l*k', 'k^2')
    """
    names = []
    for each in exponents(len(inputs), 2):
        powers = zip(inputs, each, strict=True)
        names.append("*".join(_raised(name, power) for name, power in powers if power))
    return tuple(names)


def _raised(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"
