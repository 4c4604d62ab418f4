"""How an ascent ended: at a maximum, or at one of the edges where there are no efficiencies."""

from __future__ import annotations

import numpy as np

from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import Problem
from firstlight.instruments.productivity.stochastic_frontier.likelihood_ascent import Maximum
from firstlight.numerics.distributions import critical_z

NO_GAIN = 1e-6  # of twice the log likelihood: what inefficiency must bring to be there at all
NO_NOISE = 1e-6  # share of noise in sigma^2 below which the frontier is deterministic
# unit variance over that of noise and inefficiency below which units have no intercepts of their
# own
NO_EFFECTS = 1e-6
TRUNCATION = -30.0  # mu / sigma_u below which a truncated normal is an exponential to three digits
NORMAL = 4.0  # mu / sigma_u above which a truncated normal is a normal to four digits
SURE_DECAY = critical_z(0.95)  # standard errors that eta must be away from 0: a test at 5%
COARSE = 1e-6  # change of the log likelihood when nodes are doubled, above which they are


def state_of(problem: Problem, top: Maximum, gain: float, change: float) -> str:
    """``converged``, or why there are no efficiencies, whose words stand under ``[codes.reason]``.

    gain : of twice the log likelihood over that without inefficiency; change : of it when nodes are
            doubled, nan without nodes
    """
    noise, size = np.exp(top.theta[-2:])
    k, p = problem.sample.x.shape[1], problem.sample.z.shape[1]
    if gain < NO_GAIN:
        return "no_inefficiency"
    if noise < NO_NOISE * (noise + size):
        return "no_noise"
    if problem.likelihood.own == "sigma2_unit" and np.exp(top.theta[-3]) < NO_EFFECTS * (
        noise + size
    ):
        return "no_unit_variance"
    if p and size < NO_NOISE * (noise + size):
        return "no_spread"
    means = problem.sample.z @ top.theta[k : k + p] / np.sqrt(size)
    if p and means.max() < TRUNCATION:
        return "exponential_limit"
    if p and means.min() > NORMAL and not _decays(problem, top):
        return "normal_limit"
    if change > COARSE:
        return "coarse_integral"
    return "converged" if top.is_maximum else "not_converged"


def _decays(problem: Problem, top: Maximum) -> bool:
    """Whether inefficiency surely moves with the years, which tells its mean from the constant,
    however normal it is."""
    place = len(top.theta) - 3
    return problem.likelihood.own == "eta" and bool(
        abs(top.theta[place]) > SURE_DECAY * np.sqrt(top.covariance[place, place])
    )
