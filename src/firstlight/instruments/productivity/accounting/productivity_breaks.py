"""Leaps: years in which growth moves to another mean, with intervals of the dates, and years in which the level jumps.

Breaks are sought in growth, not in log levels: a productivity level wanders, its errors have a unit root, and tests for breaks
in its trend that hold for unknown dates are another method, which is left out. The search, the tests and their laws are in
``mean_shifts``, with the reason why no other library is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.level_shifts import (
    LEVEL_SHIFT,
    jumps,
    outlying_years,
    usual_growth,
)
from firstlight.instruments.productivity.accounting.mean_shifts import (
    Whole,
    argmax_quantile,
    best_partitions,
    double_maximum,
    null_law,
    one_more,
    p_value,
)
from firstlight.instruments.productivity.accounting.yearly_series import (
    NO_REASON,
    Array,
    as_array,
    by_unit,
    read_yearly,
)
from firstlight.numerics.finding import Finding, Words, listed, listed_zh, name_words
from firstlight.numerics.long_frames import nan_to_null
from firstlight.numerics.progress import Progress

CHOICES: dict[str, Words] = {
    "sequential": (
        "number of breaks by tests: double maximum, then one more as long as it is significant",
        "突变点个数由检验确定：先做双重最大值检验，再逐个增加直至不显著",
    ),
    "bic": ("number of breaks by BIC (Yao 1988)", "突变点个数由BIC确定（Yao 1988）"),
    "lwz": ("number of breaks by LWZ (Liu, Wu and Zidek 1997)", "突变点个数由LWZ准则确定"),
}
SERIES: dict[str, Words] = {
    "level": ("100 times the change of the logarithm of a level", "水平值的对数差乘以100"),
    "log": ("100 times the change of a log level", "对数水平之差乘以100"),
    "growth": ("growth as given", "直接采用给定的增长率"),
}
TELL_EVERY = 1000  # units
SLOPE = "slope"
BREAKS = {
    "unit": pl.String,
    "kind": pl.String,
    **dict.fromkeys(("break_year", "low_year", "high_year"), pl.Int64),
    **dict.fromkeys(("mean_before", "mean_after", "change"), pl.Float64),
    **dict.fromkeys(("reason_en", "reason_zh"), pl.String),
}
REGIMES = {
    "unit": pl.String,
    "first_year": pl.Int64,
    "last_year": pl.Int64,
    "year_count": pl.Int64,
    "mean": pl.Float64,
}
TESTS = {"unit": pl.String, "break_count": pl.Int64, "statistic": pl.Float64, "p_value": pl.Float64}
EXACT = 1e-12  # share of the series' variation, below which what is left is rounding
AT_THE_END: Words = (
    "the interval reaches the end of the data, beyond which it may go on",
    "区间止于数据端点，实际可能更宽",
)
EQUAL_MEANS: Words = ("both means are equal: no interval", "前后均值相等，无区间")
FEWEST = 10  # years of growth, below which a mean and its shift can't be told from noise


@dataclass(frozen=True, kw_only=True)
class ProductivityBreaks(Finding):
    """Breaks in the mean of growth; means in the unit of growth (percentage points unless growth was given in another).

    table   : unit, kind, break_year, low_year and high_year (interval of break_year, within the years of the data), mean_before,
              mean_after, change, reason_en, reason_zh; a row without a break_year where a unit has none, with the reason. Kinds:
              slope: break_year is the first year of another mean growth, change is that of the mean, and the reason says where
              the interval ends with the data; level_shift: growth of that year alone lies apart, and the level stays changed by
              that much; outlier: the next year takes it back. Of both the date is known, and growth before and after is the mean
    regimes : unit, first_year, last_year, year_count, mean
    tests   : unit, break_count (under the null), statistic, p_value: row 0 the double maximum test of none, row l sup-F(l + 1 | l)
    """

    regimes: pl.DataFrame = field(repr=False)
    tests: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        lines = alt.Chart(self.regimes).encode(color="unit:N")
        means = lines.mark_rule(size=2).encode(
            x=alt.X("first_year:Q"), x2="last_year:Q", y="mean:Q"
        )
        found = self.table.drop_nulls("break_year")
        spans = (
            alt.Chart(found)
            .mark_rule(strokeDash=[2, 2])
            .encode(x="low_year:Q", x2="high_year:Q", y="mean_after:Q")
        )
        return means + spans


def break_intervals(series: Any, starts: Any, *, level: float = 0.95) -> tuple[Array, Array]:
    """Intervals of the first positions of new means: Bai's, by the law of the date of a shrinking shift.

    start -+ (floor(c sigma^2 / shift^2) + 1), with c the quantile of argmax W(s) - |s| / 2, one sigma for all regimes.
    Where a shift is small beside the noise, intervals cover less often than they say: of 60 simulated years, 95% intervals held the
    true date in 90% of draws at a shift of 1 sigma, 94% at 1.5, 98% at 2 (one break, known to be one).

    series : (years,); starts : positions (from 0) at which new regimes begin; level : coverage, 0 to 1
    Returns low, high: (breaks,) positions within those at which a new mean can begin, 1 to years - 1; that range where there is no
            shift.
    Source: Bai (1997), Review of Economics and Statistics 79(4), 551-563; Bai and Perron (2003), Journal of Applied Econometrics
            18(1), 1-22.

    >>> [ends.tolist() for ends in break_intervals([0, 1, 0, 1, 9, 8, 9, 8], [4])]
    [[3.0], [5.0]]
    """
    y, at = np.asarray(series, dtype=float), np.asarray(starts, dtype=np.int64)
    edges = [0, *at.tolist(), y.size]
    regimes = [y[a:b] for a, b in pairwise(edges)]
    means = np.array([part.mean() for part in regimes])
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in regimes)
    variance = squares / max(y.size - len(regimes), 1)
    shift = np.diff(means)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.floor(argmax_quantile(level) * variance / shift**2) + 1
    reach = np.where(shift == 0, np.inf, reach)
    return np.maximum(at - reach, 1.0), np.minimum(at + reach, y.size - 1.0)


def productivity_breaks(
    frame: Any,
    productivity: str,
    *,
    unit: str | None = "unit",
    year: str = "year",
    series: str = "level",
    choose: str | int = "sequential",
    most: int = 5,
    trim: float = 0.15,
    significance: float = 0.05,
    level: float = 0.95,
    draws: int = 1999,
    seed: int = 0,
    progress: Progress = None,
) -> ProductivityBreaks:
    """Breaks in the mean growth of productivity of each unit, and years in which its level jumps.

    productivity : column of TFP or labour productivity; ``series`` says whether it is a ``level``, ``log`` or ``growth``
    choose       : ``sequential`` (tests at ``significance``), ``bic``, ``lwz``, or how many
    most         : the most breaks that are considered; trim : the fewest years between breaks, as a share of all
    level        : of the intervals; draws, seed : of the simulated laws of the tests
    progress     : told how many units are examined
    Years must follow each other: a unit with a gap inside has no breaks but a reason. Errors are taken as independent;
    where residuals are correlated, the summary warns that tests and intervals then promise too much.
    Returns ProductivityBreaks.
    Raises  InputError as ``read_yearly``, or for options out of range.
    Source: Bai and Perron (1998), Econometrica 66(1), 47-78; (2003), Journal of Applied Econometrics 18(1), 1-22; Rosner
            (1983), Technometrics 25(2), 165-172 (years that lie apart).

    >>> rng = np.random.default_rng(1)
    >>> rows = pl.DataFrame({"year": range(1970, 2010), "g": np.repeat([3.0, 1.0], 20) + rng.normal(0, 0.5, 40)})
    >>> productivity_breaks(rows, "g", unit=None, series="growth").frame["break_year"].to_list()
    [1990]
    """
    _refuse_options(series, choose, most, trim, significance, level, draws)
    table = read_yearly(
        frame,
        [productivity],
        unit=unit,
        year=year,
        positive=[productivity] if series == "level" else [],
    )
    breaks, regimes, tests, cautions = list[tuple[Any, ...]](), [], [], []
    count = table["unit"].n_unique()
    for k, ((name,), rows) in enumerate(by_unit(table)):
        if progress is not None and k % TELL_EVERY == 0:
            progress(f"breaks of {k:,} of {count:,} units")
        y, years, why = _growth(rows, productivity, series)
        shortest = max(2, int(trim * y.size))
        if not why[0] and isinstance(choose, int) and (choose + 1) * shortest > y.size:
            why = (
                f"{y.size} years are too few for {choose} breaks",
                f"{y.size}年不足以容纳{choose}个突变点",
            )
        if why[0]:
            breaks += _break_rows(name, [], why)
            continue
        starts, told = _found(y, choose, most, shortest, significance, draws, seed)
        outlying = outlying_years(y, starts, significance)
        grown = y
        if outlying.size:  # a jump of the level must neither make a break of the mean nor hide one
            y = usual_growth(grown, starts, outlying)
            starts, told = _found(y, choose, most, shortest, significance, draws, seed)
            outlying = outlying_years(grown, starts, significance)
            y = usual_growth(grown, starts, outlying)
        found = [*_described(y, years, starts, level), *_jumped(grown, y, years, outlying)]
        breaks += _break_rows(
            name, sorted(found, key=lambda row: row[1]), ("no break is found", "未发现突变")
        )
        regimes += _regime_rows(name, y, years, starts)
        tests += [(name, *row) for row in told]
        if abs(_autocorrelation(y, starts)) > 2 / np.sqrt(y.size):
            cautions.append(name)
    main = nan_to_null(pl.DataFrame(breaks, schema=BREAKS, orient="row"))
    return ProductivityBreaks(
        table=main,
        regimes=pl.DataFrame(regimes, schema=REGIMES, orient="row"),
        tests=pl.DataFrame(tests, schema=TESTS, orient="row"),
        sentences=_sentences(
            main, cautions, level, series != "growth" or productivity.endswith("_pp")
        ),
        conventions=_conventions(series, choose, trim, most, draws, seed),
        given=frame,
    )


def _refuse_options(
    series: str,
    choose: str | int,
    most: int,
    trim: float,
    significance: float,
    level: float,
    draws: int,
) -> None:
    right = (
        series in SERIES
        and (choose in CHOICES if isinstance(choose, str) else 0 <= choose <= most)
        and most >= 1
        and 0 < trim < 0.5
        and 0 < significance < 1
        and 0 < level < 1
        and draws >= 99
    )
    if not right:
        raise InputError(
            f"series {series!r}, choose {choose!r}, most {most}, trim {trim}, significance {significance}, level {level}, "
            f"draws {draws}",
            where="productivity_breaks",
            try_next=f"series one of {', '.join(SERIES)}; choose one of {', '.join(CHOICES)} or a number up to most; "
            "shares from 0 to 1, trim below 0.5; 99 draws or more",
        )


def _growth(rows: pl.DataFrame, name: str, series: str) -> tuple[Array, Any, Words]:
    """A unit's growth without the missing years at its ends, its years, and why it can't be examined."""
    value, years = as_array(rows, name), rows["year"].to_numpy()
    growth = value
    if series != "growth":
        log = np.log(value) if series == "level" else value
        growth = 100 * np.diff(log, prepend=np.nan)
    known = np.flatnonzero(np.isfinite(growth))
    if known.size < FEWEST:
        few = (
            f"{known.size} years of growth, fewer than {FEWEST}",
            f"仅有{known.size}年增长率，少于{FEWEST}年",
        )
        return growth[known], years[known], few
    y, years = growth[known[0] : known[-1] + 1], years[known[0] : known[-1] + 1]
    gap = np.flatnonzero(np.isnan(y))
    if gap.size:
        at = int(years[gap[0]])
        return (
            y,
            years,
            (
                f"no growth in {at}: breaks need years without a gap",
                f"{at}年无增长率：突变检验需要连续年份",
            ),
        )
    if np.ptp(y) <= 1e-12 * max(float(np.abs(y).max()), 1e-300):
        return y, years, ("growth never changes", "增长率始终不变")
    return y, years, NO_REASON


def _found(
    y: Array,
    choose: str | int,
    most: int,
    shortest: int,
    significance: float,
    draws: int,
    seed: int,
) -> tuple[Whole, list[tuple[int, float, float]]]:
    """Where new means begin, and the tests: (breaks under the null, statistic, p-value)."""
    t = y.size
    most = min(most, t // shortest - 1)
    z = (
        y - y.mean()
    ) / y.std()  # in units of the series' own spread, so that no magnitude is too small or large
    sums, starts = best_partitions(z, most, shortest)
    any_at_all = float(double_maximum(sums[None, :], t)[0])
    told = [(0, any_at_all, p_value(any_at_all, null_law(t, shortest, most, None, draws, seed)))]
    count = int(told[0][2] <= significance)
    while (
        0 < count < most and sums[count] > EXACT * t
    ):  # of a perfect fit there is nothing left to explain
        more = float(one_more(z[None, :], starts[count], shortest)[0])
        law = null_law(t, shortest, most, tuple(starts[count].tolist()), draws, seed)
        told.append((count, more, p_value(more, law)))
        if told[-1][2] > significance:
            break
        count += 1
    if isinstance(choose, int):
        return starts[choose], told
    if choose in ("bic", "lwz"):
        count = int(_criterion(sums, t, choose).argmin())
    return starts[count], told


def _criterion(sums: Array, t: int, choose: str) -> Array:
    """Liu, Wu and Zidek (1997) and Yao (1988) as in Bai and Perron (2006): m breaks cost m dates and m + 1 means."""
    m = np.arange(sums.size)
    spent = 2 * m + 1
    least = np.maximum(sums, EXACT * t)
    if choose == "bic":
        return np.asarray(np.log(least / t) + spent * np.log(t) / t, dtype=float)
    return np.asarray(
        np.log(least / (t - spent)) + spent / t * 0.299 * np.log(t) ** 2.1, dtype=float
    )


def _described(y: Array, years: Any, starts: Whole, level: float) -> list[tuple[Any, ...]]:
    edges = [0, *starts.tolist(), y.size]
    means = [float(y[a:b].mean()) for a, b in pairwise(edges)]
    low, high = break_intervals(y, starts, level=level)
    rows: list[tuple[Any, ...]] = []
    for k, at in enumerate(starts):
        sure = means[k] != means[k + 1]
        ends = [int(years[0] + end[k]) if sure else None for end in (low, high)]
        is_cut = low[k] == 1 or high[k] == y.size - 1
        why = NO_REASON if sure and not is_cut else AT_THE_END if sure else EQUAL_MEANS
        rows.append(
            (SLOPE, int(years[at]), *ends, means[k], means[k + 1], means[k + 1] - means[k], *why)
        )
    return rows


def _jumped(grown: Array, usual: Array, years: Any, outlying: Whole) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for at, kind, size in jumps(grown, usual, outlying):
        year = int(years[at])
        rows.append((kind, year, year, year, float(usual[at]), float(usual[at]), size, *NO_REASON))
    return rows


def _break_rows(unit: str, found: list[tuple[Any, ...]], none: Words) -> list[tuple[Any, ...]]:
    return [(unit, *row) for row in found] or [(unit, *[None] * 7, *none)]


def _regime_rows(
    unit: str, y: Array, years: Any, starts: Whole
) -> list[tuple[str, int, int, int, float]]:
    edges = [0, *starts.tolist(), y.size]
    return [
        (unit, int(years[a]), int(years[b - 1]), b - a, float(y[a:b].mean()))
        for a, b in pairwise(edges)
    ]


def _autocorrelation(y: Array, starts: Whole) -> float:
    rest = np.concatenate([part - part.mean() for part in np.split(y, starts)])
    squares = float(rest @ rest)
    return float(rest[1:] @ rest[:-1]) / squares if squares > 1e-20 * float(y @ y) else 0.0


def _sentences(
    main: pl.DataFrame, cautions: list[str], level: float, is_per_cent: bool
) -> tuple[tuple[str, Words], ...]:
    """is_per_cent : whether growth is in per cent; where it was handed in, only its unit's name can say so."""
    found, jumped = main.filter(kind=SLOPE), main.filter(kind=LEVEL_SHIFT)
    units = main["unit"].n_unique()
    told: list[tuple[str, Words]] = [
        (
            "count",
            (
                f"{found.height} break{'s' * (found.height != 1)} in the growth of productivity, in {found['unit'].n_unique()} of {units} units.",
                f"{units}个单元中有{found['unit'].n_unique()}个的生产率增速出现突变，共{found.height}处。",
            )
            if found.height
            else (
                f"No break in the growth of productivity, in any of {units} unit{'s' * (units != 1)}.",
                f"{units}个单元的生产率增速均未发现突变。",
            ),
        )
    ]
    ranked = found.with_columns(size=pl.col("change").abs()).sort(
        ["size", "unit", "break_year"], descending=[True, False, False]
    )
    for unit, year, low, high, before, after in (
        ranked.select("unit", "break_year", "low_year", "high_year", "mean_before", "mean_after")
        .head(5)
        .rows()
    ):
        was, then = (f"{mean:.2f}%" if is_per_cent else f"{mean:.3g}" for mean in (before, after))
        english, chinese = name_words(unit)
        told.append(
            (
                "break",
                (
                    f"{english}: from {year} ({level:.0%} interval {low} to {high}) mean growth is {then}"
                    f"{' a year' if is_per_cent else ''}, before it {was}.",
                    f"{chinese}：自{year}年起（{level:.0%}置信区间{low}—{high}年）平均增速由{was}变为{then}。",
                ),
            )
        )
    if jumped.height:
        told.append(_jump_words(jumped, units, is_per_cent))
    lost = main.filter(
        pl.col("break_year").is_null() & (pl.col("reason_en") != "no break is found")
    )
    if lost.height:
        names, names_zh = _listed(lost["unit"].to_list())
        told.append(
            (
                "missing",
                (
                    f"Not examined: {names} ({lost['reason_en'][0]}).",
                    f"未检验：{names_zh}（{lost['reason_zh'][0]}）。",
                ),
            )
        )
    if cautions:
        names, names_zh = _listed(cautions)
        told.append(
            (
                "caution",
                (
                    f"Residuals are correlated in {names}: tests and intervals promise too much there.",
                    f"{names_zh}的残差存在自相关，检验与区间显得过于可靠。",
                ),
            )
        )
    return tuple(told)


def _jump_words(jumped: pl.DataFrame, units: int, is_per_cent: bool) -> tuple[str, Words]:
    """In how many units the level jumped, and the year in which most did."""
    by_year = jumped.group_by("break_year").agg(
        pl.col("unit").n_unique(), pl.col("change").median()
    )
    year, count, size = by_year.sort(["unit", "break_year"], descending=[True, False]).row(0)
    by = f"{size:+.1f} points" if is_per_cent else f"{size:+.3g}"
    by_zh = f"{size:+.1f}个百分点" if is_per_cent else f"{size:+.3g}"
    whole = jumped["unit"].n_unique()
    return (
        "level_shift",
        (
            f"The level jumped in {whole} of {units} unit{'s' * (units != 1)}; in {year} in {count}, by {by} (median).",
            f"{units}个单元中有{whole}个的水平值发生跃变；{year}年有{count}个，幅度中位数为{by_zh}。",
        ),
    )


def _listed(units: list[str]) -> Words:
    return listed([name_words(unit)[0] for unit in units]), listed_zh(
        [name_words(unit)[1] for unit in units]
    )


def _conventions(
    series: str, choose: str | int, trim: float, most: int, draws: int, seed: int
) -> tuple[Words, ...]:
    number = (
        CHOICES[choose]
        if isinstance(choose, str)
        else (f"{choose} breaks, as asked", f"按要求取{choose}个突变点")
    )
    return (
        SERIES[series],
        ("breaks in the mean, errors independent with one variance", "均值突变，误差独立同方差"),
        (
            "jumps of the level: years of growth that lie apart (generalised extreme studentised deviate), set aside where breaks "
            "of the mean are sought; an outlier is one that the next year takes back",
            "水平跃变：偏离常态的单年增速（广义极端学生化偏差检验），在检验均值突变时予以剔除；次年即被抵消者为异常值",
        ),
        number,
        (
            f"at most {most} breaks, at least {trim:.0%} of the years apart",
            f"至多{most}个突变点，间隔不少于总年数的{trim:.0%}",
        ),
        (
            f"laws of the tests by {draws} seeded draws (seed {seed})",
            f"检验分布由{draws}次模拟得到（随机种子{seed}）",
        ),
        ("intervals by Bai (1997)", "置信区间采用Bai（1997）方法"),
    )
