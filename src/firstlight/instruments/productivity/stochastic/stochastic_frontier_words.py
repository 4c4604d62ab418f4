"""What a fitted frontier says, in words, and the conventions it was fitted by."""

from __future__ import annotations

import numpy as np
import polars as pl

from firstlight.instruments.productivity.stochastic.frontier_fit import FrontierFit
from firstlight.instruments.productivity.stochastic.frontier_problem import WITHIN, FrontierModel
from firstlight.numerics.finding import Words, name_words

SIGNIFICANT = 0.05
NO_TEST = (
    "normal_limit",
    "no_spread",
)  # a likelihood ratio that isn't of inefficiency beside noise
MODEL_WORDS: dict[str, Words] = {
    "pooled": (
        "Rows are independent, each with an inefficiency of its own.",
        "各观测相互独立，各有自己的无效率项。",
    ),
    "time_invariant": (
        "A unit keeps its inefficiency through the years (Pitt and Lee 1981; Battese and Coelli 1988).",
        "单元的无效率项不随时间变化（Pitt 与 Lee 1981；Battese 与 Coelli 1988）。",
    ),
    "time_decay": (
        "A unit's inefficiency is u_i exp(-eta (t - T)): it falls through the years where eta is positive (Battese and Coelli 1992).",
        "单元的无效率项为 u_i exp(-eta (t - T))，eta 为正时逐年下降（Battese 与 Coelli 1992）。",
    ),
    "true_fixed": (
        "True fixed effects: every unit has its own intercept, removed by the within likelihood (Chen, Schmidt and Wang 2014), "
        "which is consistent with few years. What a unit keeps for ever counts as its intercept, not as inefficiency.",
        "真实固定效应：各单元有自己的截距，以组内似然消去（Chen、Schmidt 与 Wang 2014），年数少时仍一致。"
        "单元长期不变的差异计入截距，不计为无效率。",
    ),
    "true_fixed_dummies": (
        "True fixed effects with a dummy per unit (Greene 2005). Incidental parameters: with few years the variances, and so the "
        "efficiencies, are biased however many units there are; noise is often estimated as 0. 'true_fixed' does without.",
        "以虚拟变量估计的真实固定效应（Greene 2005）。存在附带参数问题：年数少时，无论单元多少，方差与效率的估计均有偏，"
        "噪声方差常被估为零；'true_fixed' 无此问题。",
    ),
    "true_random": (
        "True random effects: every unit has a normal intercept (Greene 2005), integrated by Gauss-Legendre quadrature, without "
        "simulation. The intercepts are taken to be independent of the inputs.",
        "真实随机效应：各单元截距服从正态分布（Greene 2005），以 Gauss-Legendre 求积积分，无需模拟；假定截距与投入无关。",
    ),
}
DISTRIBUTION_WORDS: dict[str, Words] = {
    "half_normal": (
        "Inefficiency is half-normal (Aigner, Lovell and Schmidt 1977).",
        "无效率项服从半正态分布（Aigner、Lovell 与 Schmidt 1977）。",
    ),
    "exponential": (
        "Inefficiency is exponential (Meeusen and van den Broeck 1977); sigma2_u is its variance.",
        "无效率项服从指数分布（Meeusen 与 van den Broeck 1977），sigma2_u 为其方差。",
    ),
    "truncated_normal": (
        "Inefficiency is normal, truncated at 0 (Stevenson 1980); mu and sigma2_u are those before truncation.",
        "无效率项服从在零处截断的正态分布（Stevenson 1980），mu 与 sigma2_u 为截断前的参数。",
    ),
}
LAST_YEAR_WORDS: dict[str, Words] = {
    "panel": (
        "T is the last year of the whole panel, as in FRONTIER 4.1.",
        "T 为整个面板的最后一年，与 FRONTIER 4.1 一致。",
    ),
    "unit": (
        "T is each unit's own last year, as in Stata's xtfrontier.",
        "T 为各单元自己的最后一年，与 Stata 的 xtfrontier 一致。",
    ),
}


def conventions_of(
    which: FrontierModel, form: str, log: bool, determinants: tuple[str, ...]
) -> tuple[Words, ...]:
    """Every convention that the fit follows."""
    words = [DISTRIBUTION_WORDS[which.distribution], MODEL_WORDS[which.model]]
    if which.model == "time_decay":
        words.append(LAST_YEAR_WORDS[which.last_year])
    if determinants:
        words.append(
            (
                "The mean before truncation depends on the determinants, which are used as they are, and on a constant "
                "(Battese and Coelli 1995), in one step.",
                "截断前均值取决于影响因素（按原值）与常数项（Battese 与 Coelli 1995），一步估计。",
            )
        )
    words.append(_form_words(form, log))
    words.append(
        (
            f"Efficiency is E[exp(-u) | e] (Battese and Coelli 1988), between 0 and 1, {'least cost over cost' if which.cost else 'output over frontier'}; "
            "inefficiency is E[u | e] (Jondrow and others 1982); intervals are by Horrace and Schmidt (1996), which take the parameters as known.",
            f"效率为 E[exp(-u) | e]（Battese 与 Coelli 1988），介于 0 与 1 之间，即{'最低成本与实际成本之比' if which.cost else '产出与前沿产出之比'}；"
            "无效率为 E[u | e]（Jondrow 等 1982）；区间按 Horrace 与 Schmidt（1996），视参数为已知。",
        )
    )
    words.append(
        (
            "gamma = sigma2_u / (sigma2_v + sigma2_u), lambda = sigma_u / sigma_v. Standard errors come from the Hessian, and by the "
            "delta method; FRONTIER 4.1 gives those of its search (Davidon-Fletcher-Powell) instead, which differ somewhat.",
            "gamma = sigma2_u / (sigma2_v + sigma2_u)，lambda = sigma_u / sigma_v。标准误来自海森矩阵与 delta 法；"
            "FRONTIER 4.1 给出的是搜索过程（DFP）的近似值，略有差异。",
        )
    )
    return tuple(words)


def _form_words(form: str, log: bool) -> Words:
    english = (
        "Output and inputs are in logs. " if log else "Columns are used as they are, without logs. "
    )
    chinese = "产出与投入取对数。" if log else "各列按原值使用，不取对数。"
    if form == "translog":
        return (
            f"{english}Translog about the means of the logs: the first coefficients are elasticities there.",
            f"{chinese}超越对数形式以对数均值为中心：一次项系数即该点的弹性。",
        )
    return f"{english}Cobb-Douglas.", f"{chinese}柯布—道格拉斯形式。"


def sentences_of(
    which: FrontierModel, fit: FrontierFit, table: pl.DataFrame, level: float
) -> tuple[tuple[str, Words], ...]:
    """The answer first: how efficient, whether inefficiency is there at all, who is where, and how surely."""
    said: list[tuple[str, Words]] = []
    if fit.state != "converged":
        said.append(
            ("state", (f"No efficiencies: {fit.reason_en}.", f"无法给出效率：{fit.reason_zh}。"))
        )
    else:
        said.append(("mean_efficiency", _mean_words(which, fit)))
    if fit.state not in NO_TEST:
        said.append(("inefficiency", _test_words(which, fit)))
    if fit.state in ("converged", "no_inefficiency"):
        reached, without = f"{fit.log_likelihood:.3f}", f"{fit.log_likelihood_without:.3f}"
        english = f"Log likelihood {reached}; without inefficiency {without}."
        said.append(("likelihood", (english, f"对数似然 {reached}；不含无效率项时为 {without}。")))
    if fit.skewness is not None:
        said.append(("skewness", _skewness_words(fit, which.cost)))
    if fit.state == "converged":
        said += [
            ("extremes", _extreme_words(table, which.model)),
            ("precision", _precision_words(table, level)),
        ]
    said += [("determinants", words) for words in _determinant_words(fit)]
    if which.model in WITHIN and not fit.is_identified.all():
        count = int((~fit.is_identified).sum())
        said.append(
            (
                "one_row",
                (
                    f"{count} units with one row have no efficiency.",
                    f"{count} 个单元只有一条观测，无法给出效率。",
                ),
            )
        )
    return tuple(said)


def _mean_words(which: FrontierModel, fit: FrontierFit) -> Words:
    share = 100 * fit.mean_efficiency
    if which.cost:
        return (
            f"On average, the least cost that the frontier allows is {share:.1f}% of the actual cost.",
            f"平均而言，前沿上的最低成本为实际成本的 {share:.1f}%（平均成本效率）。",
        )
    return (
        f"On average, output is {share:.1f}% of what the frontier allows with the same inputs.",
        f"平均而言，产出为同等投入下前沿产出的 {share:.1f}%（平均技术效率）。",
    )


def _p_words(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _test_words(which: FrontierModel, fit: FrontierFit) -> Words:
    if not fit.restrictions:
        return (
            "Whether inefficiency is there is not tested: with a dummy per unit the likelihood ratio has no known distribution.",
            "未检验无效率是否存在：含单元虚拟变量时，似然比统计量没有已知分布。",
        )
    count, ratio, p = fit.restrictions, fit.likelihood_ratio, _p_words(fit.p_value)
    plural = "s" if count > 1 else ""
    numbers_en = f"one-sided likelihood ratio {ratio:.2f}, mixed chi-square with {count} restriction{plural}, {p}"
    numbers_zh = f"单边似然比 {ratio:.2f}，混合卡方分布，{count} 个约束，{p}"
    if fit.p_value < SIGNIFICANT:
        # Measured on noise alone: benchmarks/productivity/panel_frontiers.py.
        often = (
            " Where its mean is estimated, this test at 5% says so too often: in 10 to 12 of 100 simulated samples without any.",
            "无效率项均值待估时，该检验（5% 水平）过度拒绝：模拟中每 100 个不存在无效率的样本约有 10 至 12 个得出此结论。",
        )
        more = often if count > 1 and which.model == "pooled" else ("", "")
        return (
            f"Inefficiency is statistically there ({numbers_en}).{more[0]}",
            f"无效率在统计上显著存在（{numbers_zh}）。{more[1]}",
        )
    return (
        f"Inefficiency can't be told from noise ({numbers_en}).",
        f"无效率与噪声在统计上无法区分（{numbers_zh}）。",
    )


def _skewness_words(fit: FrontierFit, cost: bool) -> Words:
    found = fit.skewness
    assert found is not None
    sign = -1 if cost else 1  # the test turns the residuals of cost
    skewness, statistic = sign * found.skewness, sign * found.statistic
    if found.is_wrong:
        side_en, side_zh = ("left", "左") if cost else ("right", "右")
        due_en, due_zh = ("positive", "正") if cost else ("negative", "负")
        return (
            f"Least-squares residuals are skewed to the {side_en}, the wrong side ({skewness:.2f} where inefficiency makes it {due_en}): "
            "the model may be misspecified, the sample unlucky, or inefficiency absent (Waldman 1982).",
            f"最小二乘残差向{side_zh}偏斜，方向错误（偏度 {skewness:.2f}，有无效率时应为{due_zh}）："
            "可能是模型误设、样本偶然，或确无无效率（Waldman 1982）。",
        )
    return (
        f"Least-squares residuals are skewed as inefficiency makes them ({skewness:.2f}; M3T = {statistic:.2f}, {_p_words(found.p_value)}).",
        f"最小二乘残差的偏斜方向与无效率一致（偏度 {skewness:.2f}；M3T = {statistic:.2f}，{_p_words(found.p_value)}）。",
    )


def _extreme_words(table: pl.DataFrame, model: str) -> Words:
    """Who is where; without a year where a unit keeps its inefficiency."""
    order = [name for name in ("unit", "year") if name in table.columns]
    known = table.drop_nulls("efficiency_share").sort("efficiency_share", *order)
    (low_en, low_zh), (high_en, high_zh) = (
        name_words(row["unit"], None if model == "time_invariant" else row.get("year"))
        for row in (known.row(0, named=True), known.row(-1, named=True))
    )
    low, high = known["efficiency_share"][0], known["efficiency_share"][-1]
    return (
        f"Highest: {high_en} ({100 * high:.1f}%); lowest: {low_en} ({100 * low:.1f}%).",
        f"最高：{high_zh}（{100 * high:.1f}%）；最低：{low_zh}（{100 * low:.1f}%）。",
    )


def _precision_words(table: pl.DataFrame, level: float) -> Words:
    width = 100 * float(
        np.median(
            (table["efficiency_high_share"] - table["efficiency_low_share"]).drop_nulls().to_numpy()
        )
    )
    return (
        f"Half of the {100 * level:g}% intervals are wider than {width:.0f} percentage points: ranks that lie closer than this are not settled.",
        f"半数 {100 * level:g}% 区间宽于 {width:.0f} 个百分点：差距小于此的名次并不确定。",
    )


def _determinant_words(fit: FrontierFit) -> list[Words]:
    words: list[Words] = []
    for place, term in enumerate(fit.terms):
        is_determinant = term.startswith("inefficiency: ") and term != "inefficiency: constant"
        if not (is_determinant or term == "eta") or not np.isfinite(fit.standard_error[place]):
            continue
        sure = fit.low[place] > 0 or fit.high[place] < 0
        up = fit.estimate[place] > 0
        if term == "eta":
            english, chinese = ("falls", "下降") if up else ("rises", "上升")
            words.append(
                (f"Inefficiency {english} through the years.", f"无效率逐年{chinese}。")
                if sure
                else (
                    "No change of inefficiency through the years can be shown.",
                    "未见无效率随时间显著变化。",
                )
            )
            continue
        name = term.removeprefix("inefficiency: ")
        english, chinese = ("more", "越高") if up else ("less", "越低")
        words.append(
            (f"The higher {name}, the {english} inefficiency.", f"{name} 越高，无效率{chinese}。")
            if sure
            else (
                f"No effect of {name} on inefficiency can be shown.",
                f"未见 {name} 对无效率的显著影响。",
            )
        )
    return words
