"""How an ascent ended: at a maximum, or at one of the edges where there are no efficiencies, each with its reason."""

from __future__ import annotations

import numpy as np
from scipy import stats

from firstlight.instruments.productivity.stochastic.frontier_problem import Problem
from firstlight.instruments.productivity.stochastic.likelihood_ascent import Maximum

NO_GAIN = 1e-6  # of twice the log likelihood: what inefficiency must bring to be there at all
NO_NOISE = 1e-6  # share of noise in sigma^2 below which the frontier is deterministic
NO_EFFECTS = 1e-6  # unit variance over that of noise and inefficiency below which units have no intercepts of their own
TRUNCATION = -30.0  # mu / sigma_u below which a truncated normal is an exponential to three digits
NORMAL = 4.0  # mu / sigma_u above which a truncated normal is a normal to four digits
SURE_DECAY = stats.norm.ppf(0.975)  # standard errors that eta must be away from 0: a test at 5%
COARSE = 1e-6  # change of the log likelihood when nodes are doubled, above which they are
REASONS = {
    "converged": ("", ""),
    "no_inefficiency": (
        "the likelihood is highest without inefficiency (sigma_u = 0); the regression without it is given",
        "似然函数在无效率项方差为零（sigma_u = 0）处最大，给出的是不含无效率项的回归结果",
    ),
    "no_noise": (
        "the likelihood is highest without noise (sigma_v = 0), where standard errors do not hold",
        "似然函数在随机噪声方差为零（sigma_v = 0）处最大，标准误不成立",
    ),
    "no_unit_variance": (
        "the likelihood is highest where units have no intercepts of their own: use model='pooled'",
        "似然函数在个体随机效应方差为零处最大，请使用 model='pooled'",
    ),
    "exponential_limit": (
        "mu falls without end, towards the exponential distribution: use distribution='exponential'",
        "截断前均值 mu 趋于负无穷，即趋于指数分布，请使用 distribution='exponential'",
    ),
    "normal_limit": (
        "the mean before truncation lies so far above 0 (over 4 sigma_u) that inefficiency is normal, and its mean can't be "
        "told from the constant: use distribution='half_normal', which takes no determinants",
        "截断前均值远大于零（超过 4 倍 sigma_u），无效率项近乎正态分布，其均值与常数项无法区分，"
        "请使用 distribution='half_normal'（不含影响因素）",
    ),
    "no_spread": (
        "the likelihood is highest where inefficiency has no spread of its own (sigma_u = 0) and hangs on the determinants or "
        "the year alone: try fewer determinants, or another model",
        "似然函数在无效率项方差为零（sigma_u = 0）、仅由影响因素或年份决定处最大，请减少影响因素或改用其他模型",
    ),
    "coarse_integral": (
        "the integral over the units' intercepts still changes with the number of nodes: hand in more of them",
        "个体效应积分仍随节点数变化，请增大 nodes",
    ),
    "not_converged": (
        "the ascent ended where the gradient is not 0 or the Hessian not negative definite",
        "迭代停止处梯度不为零或海森矩阵非负定，估计未收敛",
    ),
}


def state_of(problem: Problem, top: Maximum, gain: float, change: float) -> str:
    """The key of ``REASONS`` that holds.

    gain : of twice the log likelihood over that without inefficiency; change : of it when nodes are doubled, nan without nodes
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
    """Whether inefficiency surely moves with the years, which tells its mean from the constant, however normal it is."""
    place = len(top.theta) - 3
    return problem.likelihood.own == "eta" and bool(
        abs(top.theta[place]) > SURE_DECAY * np.sqrt(top.covariance[place, place])
    )
