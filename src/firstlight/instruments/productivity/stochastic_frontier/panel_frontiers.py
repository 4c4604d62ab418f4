"""Log likelihoods of stochastic frontiers: rows on their own, one inefficiency per unit, an own
intercept for each unit.

Symbols: y output (or minus cost), x regressors, b their coefficients, e = y - x b, z determinants,
mu = z d, lv = ln sigma_v^2, lu = ln sigma_u^2, ls = ln sigma_a^2. Each likelihood takes one vector
theta: [b, d, own parameter if any, lv, lu].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from firstlight.instruments.productivity.stochastic_frontier.composed_errors import (
    LOG_2PI,
    Composed,
    Density,
    Floats,
    Inefficiency,
    mills,
    single,
    tilted_log_cdf,
)

FALL = 30.0  # an integrand is followed down to exp(-30) of its peak: 1e-13
MODE_STEPS = 100
# of a peak in standard deviations; where nodes are put around it, roughly is enough
EXACTLY, ROUGHLY = 1e-12, 1e-3


@dataclass(frozen=True)
class Sample:
    """Rows sorted by unit, then year, in scaled units.

    y : (n,); x : (n, k); z : (n, p) determinants of the mean of inefficiency, p = 0 where the mean
            before truncation is 0
    first : (N,), the first row of each unit; elapsed : (n,), time since the last year over the span
            of the panel, <= 0
    """

    y: Floats
    x: Floats
    z: Floats
    first: NDArray[np.int64]
    elapsed: Floats

    @property
    def unit(self) -> NDArray[np.int64]:
        """(n,), the place of each row's unit."""
        return np.repeat(np.arange(len(self.first)), self.size)

    @property
    def size(self) -> NDArray[np.int64]:
        """(N,), rows of each unit."""
        return np.diff(np.append(self.first, len(self.y)))


class Likelihood(Protocol):
    """What is maximised: a value with its gradient, and what it says of inefficiency where it is
    largest."""

    @property
    def composed(self) -> Composed:
        """The distribution of inefficiency."""
        ...

    @property
    def own(self) -> str:
        """The name of the own parameter: ``eta``, ``sigma2_unit`` or none."""
        ...

    def evaluate(self, theta: Floats) -> tuple[float, Floats]:
        """Log likelihood and its gradient, (parameters,)."""
        ...

    def inefficiency(self, theta: Floats) -> Inefficiency:
        """What is known of u in each row, given all rows of its unit."""
        ...


def _split(sample: Sample, theta: Floats) -> tuple[Floats, Floats]:
    """The rows' errors and the means of their inefficiency."""
    k, p = sample.x.shape[1], sample.z.shape[1]
    return sample.y - sample.x @ theta[:k], sample.z @ theta[k : k + p]


@dataclass(frozen=True)
class IndependentRows:
    """Every row has its own inefficiency; theta = [b, d, lv, lu].

    Half-normal, exponential or truncated normal; with determinants z the model of Battese and
    Coelli (1995).

    Source: Battese and Coelli (1995), Empirical Economics 20, 325-332, and the densities' own.
    """

    sample: Sample
    composed: Composed
    own: str = ""

    def evaluate(self, theta: Floats) -> tuple[float, Floats]:
        """Log likelihood and its gradient, (parameters,)."""
        error, mean = _split(self.sample, theta)
        row = self.composed.density(error, mean, theta[-2], theta[-1])
        slopes = (-row.by_error @ self.sample.x, row.by_mean @ self.sample.z)
        return float(row.log.sum()), np.array(
            [*slopes[0], *slopes[1], row.by_log_noise.sum(), row.by_log_inefficiency.sum()]
        )

    def inefficiency(self, theta: Floats) -> Inefficiency:
        """What is known of u in each row."""
        return single(*self.composed.posterior(*_split(self.sample, theta), theta[-2], theta[-1]))


@dataclass(frozen=True)
class SharedInefficiency:
    """One inefficiency per unit, u_it = a_it u_i with u_i ~ N+(mu, sigma_u^2); theta = [b, d,
    (eta), lv, lu].

    a_it = exp(-eta (t - T)), or 1 where it does not decay. With A = a'a, S = a'e, r = e - a S/A,
    D = sigma_v^2 + sigma_u^2 A, w = (mu sigma_v^2 - sigma_u^2 S)/(sigma_v sigma_u sqrt D)
    and q = mu/sigma_u:
    ln L_i = -[T ln(2 pi) + (T - 1) ln sigma_v^2 + ln D + r'r/sigma_v^2 + (S + mu A)^2/(A D)]/2
             + ln Phi(w) - ln Phi(q).
    Panels may be unbalanced.

    Source: Pitt and Lee (1981), Journal of Development Economics 9, 43-64; Battese and Coelli
            (1988), Journal of Econometrics 38, 387-399; Battese and Coelli (1992), Journal of
            Productivity Analysis 3, 153-169.
    """

    sample: Sample
    composed: Composed
    decays: bool

    @property
    def own(self) -> str:
        """The name of the own parameter."""
        return "eta" if self.decays else ""

    def _decay(self, theta: Floats) -> Floats:
        if not self.decays:
            return np.ones(len(self.sample.y))
        return np.asarray(np.exp(-theta[-3] * self.sample.elapsed))

    def evaluate(self, theta: Floats) -> tuple[float, Floats]:
        """Log likelihood and its gradient, (parameters,)."""
        sample, (error, mean) = self.sample, _split(self.sample, theta)
        v2, u2, a = np.exp(theta[-2]), np.exp(theta[-1]), self._decay(theta)
        v, u = np.sqrt(v2), np.sqrt(u2)

        def total(rows: Floats) -> Floats:
            return np.asarray(np.add.reduceat(rows, sample.first, axis=0))

        mu, z = (
            mean[sample.first] if sample.z.size else np.zeros(len(sample.first)),
            sample.z[sample.first],
        )
        s, length, count = total(a * error), total(a * a), sample.size
        rest = error - a * (s / length)[sample.unit]
        d, p = v2 + u2 * length, s + mu * length
        root, beside = v * u * np.sqrt(d), total(rest**2) / v2
        w, q = (mu * v2 - u2 * s) / root, mu / u
        hw, hq = mills(w), mills(q)
        # Two ways to write the same, each without cancellation on its side of zero.
        above = -(p**2) / (2 * length * d) + log_ndtr(w) - log_ndtr(q)
        below = -(s**2) / (2 * length * v2) + tilted_log_cdf(w) - tilted_log_cdf(q)
        value = -(count * LOG_2PI + (count - 1) * theta[-2] + np.log(d) + beside) / 2 + np.where(
            w > 0, above, below
        )
        by_error = -rest / v2 - a * (p / (length * d) + hw * u2 / root)[sample.unit]
        by_mean = -p / d + hw * v2 / root - hq / u
        by_noise = (1 - count - v2 / d + beside + p**2 * v2 / (length * d**2)) / 2
        by_noise += hw * (mu * v2 / root - w / 2 * (1 + v2 / d))
        by_size = (
            (p**2 * u2 / d**2 - 1 + v2 / d) / 2
            - hw * (u2 * s / root + w / 2 * (2 - v2 / d))
            + hq * q / 2
        )
        own = [self._by_eta(error, rest, mu, a, theta).sum()] if self.decays else []
        return float(value.sum()), np.array(
            [*(-by_error @ sample.x), *(by_mean @ z), *own, by_noise.sum(), by_size.sum()]
        )

    def _by_eta(self, error: Floats, rest: Floats, mu: Floats, a: Floats, theta: Floats) -> Floats:
        v2, u2, change = np.exp(theta[-2]), np.exp(theta[-1]), -self.sample.elapsed * a
        s, by_s, length, half, across = (
            np.add.reduceat(rows, self.sample.first)
            for rows in (a * error, change * error, a * a, a * change, change * rest)
        )
        by_length, d, p = 2 * half, v2 + u2 * length, s + mu * length
        root = np.sqrt(v2 * u2 * d)
        w = (mu * v2 - u2 * s) / root
        by_w = -u2 * by_s / root - w * u2 * half / d
        by_form = (
            p / (length * d) * (2 * (by_s + mu * by_length) - p * by_length * (1 / length + u2 / d))
        )
        return np.asarray(-u2 * half / d + s / length * across / v2 - by_form / 2 + mills(w) * by_w)

    def inefficiency(self, theta: Floats) -> Inefficiency:
        """What is known of u in each row, given all rows of its unit."""
        sample, (error, mean) = self.sample, _split(self.sample, theta)
        v2, u2, a = np.exp(theta[-2]), np.exp(theta[-1]), self._decay(theta)
        d = v2 + u2 * np.add.reduceat(a * a, sample.first)
        m = (mean[sample.first] * v2 - u2 * np.add.reduceat(a * error, sample.first)) / d
        return single(a * m[sample.unit], a * np.sqrt(v2 * u2 / d)[sample.unit])


@dataclass(frozen=True)
class UnitEffects:
    """Every unit has its own intercept a_i beside its rows' own inefficiencies: L_i = integral of
    prod_t f(e_it - a) dG(a).

    true random effects: a ~ N(0, sigma_a^2), theta = [b, ls, lv, lu].
    true fixed effects (``is_fixed``): a is free and G flat, theta = [b, lv, lu]. The integral is
    then the density of the differences between a unit's rows, in which a_i does not occur: the
    within estimator, consistent though T is small. The integral is taken by Gauss-Legendre rules on
    both sides of the peak of the integrand, which has a single one since f is log-concave: the same
    in each run, where simulation would leave noise. The fit says what twice the nodes would change.

    Source: Greene (2005), Journal of Econometrics 126, 269-303 (true random effects); Chen, Schmidt
            and Wang (2014), Journal of Econometrics 181, 65-76 (within likelihood of the
            fixed-effects frontier).
    """

    sample: Sample
    composed: Composed
    is_fixed: bool
    nodes: int = 40

    @property
    def own(self) -> str:
        """The name of the own parameter."""
        return "" if self.is_fixed else "sigma2_unit"

    def _precision(self, theta: Floats) -> float:
        return 0.0 if self.is_fixed else float(np.exp(-theta[-3]))

    def _height(self, error: Floats, theta: Floats, at: Floats) -> Floats:
        row = self.composed.density(error - at[self.sample.unit], 0.0, theta[-2], theta[-1])
        return np.asarray(
            np.add.reduceat(row.log, self.sample.first) - self._precision(theta) * at**2 / 2
        )

    def _quadrature(self, error: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """Nodes and log weights, (N, nodes), for each unit around the peak of its integrand."""
        peak, bend = unit_peaks(
            self.sample, self.composed, error, theta, self._precision(theta), ROUGHLY
        )
        top = self._height(error, theta, peak)
        x, weight = np.polynomial.legendre.leggauss(self.nodes // 2)
        nodes, weights = [], []
        for side in (-1.0, 1.0):
            reach = np.sqrt(2 * FALL / bend)
            reach = _reach(partial(self._fall, error, theta, (peak, top), side), reach)
            nodes.append(peak[:, None] + side * reach[:, None] * (x + 1) / 2)
            weights.append(np.log(reach[:, None] * weight / 2))
        return np.hstack(nodes), np.hstack(weights)

    def _fall(
        self, error: Floats, theta: Floats, peak: tuple[Floats, Floats], side: float, far: Floats
    ) -> Floats:
        return peak[1] - self._height(error, theta, peak[0] + side * far)

    def _at_nodes(self, theta: Floats) -> tuple[Density, Floats, Floats, Floats, Floats]:
        """Row densities (n, nodes), nodes (N, nodes), posterior weights (N, nodes), log likelihoods
        (N,), errors (n,)."""
        sample, (error, _) = self.sample, _split(self.sample, theta)
        nodes, log_weights = self._quadrature(error, theta)
        row = self.composed.density(error[:, None] - nodes[sample.unit], 0.0, theta[-2], theta[-1])
        log = np.add.reduceat(row.log, sample.first, axis=0) + log_weights
        if not self.is_fixed:
            log -= (LOG_2PI + theta[-3] + nodes**2 * self._precision(theta)) / 2
        top = log.max(axis=1)
        mass = np.exp(log - top[:, None])
        return row, nodes, mass / mass.sum(axis=1)[:, None], top + np.log(mass.sum(axis=1)), error

    def evaluate(self, theta: Floats) -> tuple[float, Floats]:
        """Log likelihood and its gradient, (parameters,): each row's derivative, averaged over the
        posterior of a."""
        row, nodes, weight, value, _ = self._at_nodes(theta)
        each = weight[self.sample.unit]
        slopes = -(row.by_error * each).sum(axis=1) @ self.sample.x
        if self.is_fixed:
            own = []
        else:
            own = [((weight * nodes**2).sum() * self._precision(theta) - len(nodes)) / 2]
        variances = [(part * each).sum() for part in (row.by_log_noise, row.by_log_inefficiency)]
        return float(value.sum()), np.array([*slopes, *own, *variances])

    def inefficiency(self, theta: Floats) -> Inefficiency:
        """What is known of u in each row, averaged over what is known of the unit's intercept."""
        _, nodes, weight, _, error = self._at_nodes(theta)
        unit = self.sample.unit
        location, scale = self.composed.posterior(
            error[:, None] - nodes[unit], 0.0, theta[-2], theta[-1]
        )
        return Inefficiency(location, scale, weight[unit])


@dataclass(frozen=True)
class UnitDummies:
    """True fixed effects with a dummy per unit, each at its maximum for given b, lv, lu; theta =
    [b, lv, lu].

    The incidental-parameters problem: the number of dummies grows with the number of units, so that
    the variances (not much the slopes) stay biased however many units there are while T is small.
    ``UnitEffects`` does without.

    Source: Greene (2005), Journal of Econometrics 126, 269-303.
    """

    sample: Sample
    composed: Composed
    own: str = ""

    def _centred(self, theta: Floats) -> Floats:
        error, _ = _split(self.sample, theta)
        return np.asarray(
            error
            - unit_peaks(self.sample, self.composed, error, theta, 0.0, EXACTLY)[0][
                self.sample.unit
            ]
        )

    def evaluate(self, theta: Floats) -> tuple[float, Floats]:
        """Profile log likelihood and its gradient: at their maximum, the dummies' own derivatives
        are 0."""
        row = self.composed.density(self._centred(theta), 0.0, theta[-2], theta[-1])
        slopes = -row.by_error @ self.sample.x
        return float(row.log.sum()), np.array(
            [*slopes, row.by_log_noise.sum(), row.by_log_inefficiency.sum()]
        )

    def inefficiency(self, theta: Floats) -> Inefficiency:
        """What is known of u in each row, with the dummies taken as known."""
        return single(*self.composed.posterior(self._centred(theta), 0.0, theta[-2], theta[-1]))


def unit_peaks(
    sample: Sample,
    composed: Composed,
    error: Floats,
    theta: Floats,
    precision: float,
    tolerance: float,
) -> tuple[Floats, Floats]:
    """Each unit's intercept a at which sum_t ln f(e_it - a) - precision a^2/2 is largest, and minus
    its second derivative.

    error : (n,); tolerance : of a, in standard deviations. Returns (N,) each.
    f is log-concave, so that there is one such a; it is found by Newton's steps within a bracket.
    """
    sd = float(np.sqrt(np.exp(theta[-2]) + np.exp(theta[-1])))
    low = np.minimum.reduceat(error, sample.first) - sd
    high = np.maximum.reduceat(error, sample.first) + 5 * sd
    if precision:
        low, high = np.minimum(low, -sd), np.maximum(high, sd)
    at = np.add.reduceat(error, sample.first) / sample.size + sd / 2
    for _ in range(MODE_STEPS):
        row = composed.density(error - at[sample.unit], 0.0, theta[-2], theta[-1])
        slope = -np.add.reduceat(row.by_error, sample.first) - precision * at
        bend = np.maximum(precision - np.add.reduceat(row.curvature, sample.first), 1e-300)
        low, high = np.where(slope > 0, at, low), np.where(slope > 0, high, at)
        step = at + slope / bend
        following = np.where((step > low) & (step < high), step, (low + high) / 2)
        moved = float(np.abs(following - at).max())
        at = following
        if moved <= tolerance * sd:
            break
    return np.asarray(at), np.asarray(bend)


def _reach(fall: Callable[[Floats], Floats], start: Floats) -> Floats:
    """How far from its peak each integrand has fallen far enough: doubled until it has, then halved
    a few times."""
    far = start.copy()
    for _ in range(60):
        if not (short := fall(far) < FALL).any():
            break
        far = np.where(short, 2 * far, far)
    near = np.zeros_like(far)
    for _ in range(6):
        middle = (near + far) / 2
        short = fall(middle) < FALL
        near, far = np.where(short, middle, near), np.where(short, far, middle)
    return far
