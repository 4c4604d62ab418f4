"""What learning curves say, in plain words, English and Chinese."""

from __future__ import annotations

import polars as pl

TOO_NARROW, FEWEST_TO_WARN = (
    0.65,
    30,
)  # coverage of the 80% band, and forecasts, from which the reader is warned
_THETA = {
    "given": ("as given", "由用户给定"),
    "matched": ("matched to the errors of past forecasts", "按历史预测误差匹配"),
    "published": (
        "the published value (Farmer and Lafond 2016), for fewer than ten technologies have past forecasts here",
        "采用已发表的数值（Farmer 与 Lafond 2016），因为此处可回溯检验的技术不足十项",
    ),
}


def learning_sentences(
    technologies: pl.DataFrame,
    forecast: pl.DataFrame,
    hindcast: pl.DataFrame,
    theta: float,
    source: str,
) -> pl.DataFrame:
    """Sentences with their codes: coverage, improving, fastest, rates, forecast, record, noise.

    technologies, forecast, hindcast, theta, source : the tables and facts of ``Learning``
    Returns data frame code, text_en, text_zh; a sentence is left out where there is nothing to say.
    """
    computed = technologies.filter(pl.col("reason_en").is_null())
    rows = [_counted(technologies, computed), *_fastest(computed, forecast), *_improving(computed)]
    rows += _learning_rate(computed)
    rows += _record(hindcast)
    if forecast.height:
        english, chinese = _THETA[source]
        rows.append(
            (
                "noise",
                f"Noise correlation theta behind the forecasts: {theta:.2f}, {english}.",
                f"预测所用的噪声相关参数 theta 为 {theta:.2f}，{chinese}。",
            )
        )
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("code", "text_en", "text_zh"), pl.String), orient="row"
    )


def _counted(technologies: pl.DataFrame, computed: pl.DataFrame) -> tuple[str, str, str]:
    left = technologies.height - computed.height
    if technologies.height == 1 and not left:
        row = technologies.row(0, named=True)
        name, count, first, last = (
            row["technology"],
            row["points_count"],
            row["first_year"],
            row["last_year"],
        )
        return (
            "coverage",
            f"{name}: {count} costs from {first} to {last}.",
            f"{name}：{first} 至 {last} 年共 {count} 个成本数据。",
        )
    english = f"{computed.height} of {technologies.height} technologies could be computed"
    chinese = f"{technologies.height} 项技术中有 {computed.height} 项可以计算"
    if not left:
        return "coverage", f"{english}.", f"{chinese}。"
    first = technologies.filter(pl.col("reason_en").is_not_null()).row(0, named=True)
    return (
        "coverage",
        f"{english}; {left} could not, for example {first['technology']}: {first['reason_en']}.",
        f"{chinese}；{left} 项不能，例如 {first['technology']}：{first['reason_zh']}。",
    )


def _improving(computed: pl.DataFrame) -> list[tuple[str, str, str]]:
    if computed.height == 1:
        own = computed.row(0, named=True)
        falls, p = own["is_significant"], max(own["p_value"], 0.001)
        sign = "<" if own["p_value"] < 0.001 else "="
        return [
            (
                "improving",
                f"Its fall is {'' if falls else 'not '}significant (one-sided t-test on yearly changes, p {sign} {p:.3f}).",
                f"下降{'显著' if falls else '不显著'}（对年度变化作单侧 t 检验，p {sign} {p:.3f}）。",
            )
        ]
    count, chance = int(computed["is_significant"].sum()), computed.height * 0.1
    return [
        (
            "improving",
            f"Costs fall significantly in {count} of {computed.height} (one-sided t-test on yearly changes, p < .10; chance "
            f"alone would give about {chance:.0f}).",
            f"{computed.height} 项中有 {count} 项成本显著下降（对年度变化作单侧 t 检验，p < 0.10；"
            f"纯属偶然时约为 {chance:.0f} 项）。",
        )
    ]


def _fastest(computed: pl.DataFrame, forecast: pl.DataFrame) -> list[tuple[str, str, str]]:
    is_one = computed.height == 1
    falling = computed.filter(pl.col("is_significant") | pl.lit(is_one)).sort("mu", "technology")
    if not falling.height:
        return []
    top = falling.row(0, named=True)
    name, share = top["technology"], f"{abs(top['yearly_decline_share']):.1%}"
    fall_en, fall_zh = ("falls", "下降") if top["yearly_decline_share"] >= 0 else ("rises", "上升")
    band = f"{top['yearly_decline_low']:.1%}", f"{top['yearly_decline_high']:.1%}"
    rows = [
        (
            "fastest",
            f"The cost of {name} {fall_en} {'' if is_one else 'fastest, '}by {share} a year (share saved: interval {band[0]} to "
            f"{band[1]}).",
            f"{name} 的成本{'' if is_one else '下降最快，'}每年{fall_zh} {share}（节省比例的区间为 {band[0]} 至 {band[1]}）。",
        )
    ]
    ahead = forecast.filter(pl.col("technology") == name)
    if ahead.height:
        last = ahead.row(-1, named=True)
        middle, low, high = (
            f"{last[q] / top['last_cost']:.3g}" for q in ("cost_q50", "cost_q10", "cost_q90")
        )
        year, since = last["year"], top["last_year"]
        rows.append(
            (
                "forecast",
                f"Its median cost in {year} is {middle} times that of {since}; 80% band {low} to {high} times.",
                f"预计 {year} 年其成本中位数为 {since} 年的 {middle} 倍；80% 区间为 {low} 至 {high} 倍。",
            )
        )
    return rows


def _learning_rate(computed: pl.DataFrame) -> list[tuple[str, str, str]]:
    known = computed.filter(pl.col("learning_rate_share").is_not_null())
    if not known.height:
        return []
    if known.height == 1:
        top = known.row(0, named=True)
        low, high = f"{top['learning_rate_low']:.1%}", f"{top['learning_rate_high']:.1%}"
        rate, name = f"{top['learning_rate_share']:.1%}", top["technology"]
        return [
            (
                "rates",
                f"{name}: each doubling of cumulative production saves {rate} of the cost (interval {low} to {high}).",
                f"{name}：累计产量每翻一番，成本下降 {rate}（区间 {low} 至 {high}）。",
            )
        ]
    rate = f"{float(known['learning_rate_share'].to_numpy().mean()):.1%}"
    return [
        (
            "rates",
            f"Mean learning rate of {known.height} technologies: {rate} of the cost per doubling of cumulative production.",
            f"{known.height} 项技术学习率的平均值：累计产量每翻一番，成本下降 {rate}。",
        )
    ]


def _record(hindcast: pl.DataFrame) -> list[tuple[str, str, str]]:
    pooled = hindcast.filter(
        pl.col("horizon").is_null() & (pl.col("fitted") == "all_past") & (pl.col("scope") == "all")
    )
    own = pooled.filter((pl.col("method") == "drift") & (pl.col("forecasts_count") > 0))
    if not own.height:
        return [
            (
                "record",
                "No earlier forecast can be checked here: how far to trust the bands is not known from these data.",
                "此处没有可检验的历史预测，无法由这些数据判断区间是否可信。",
            )
        ]
    row, still = (
        own.row(0, named=True),
        pooled.filter(pl.col("method") == "no_change").row(0, named=True),
    )
    count, held, ratio = (
        f"{row['forecasts_count']:,}",
        f"{row['coverage_80']:.0%}",
        row["rmse_ratio"],
    )
    sure_en, sure_zh = "no interval: fewer than five technologies", "技术不足五项，无区间"
    if row["coverage_80_low"] is not None:
        low, high = f"{row['coverage_80_low']:.0%}", f"{row['coverage_80_high']:.0%}"
        sure_en, sure_zh = f"interval {low} to {high}", f"区间 {low} 至 {high}"
    number = row["technologies_count"]
    english = (
        f"Of {count} earlier forecasts of {number} {'technology' if number == 1 else 'technologies'} the 80% band held {held} "
        f"({sure_en}; without a drift {still['coverage_80']:.0%})"
    )
    chinese = (
        f"对 {number} 项技术作出的 {count} 次历史预测中，80% 区间实际覆盖 {held}"
        f"（{sure_zh}；不含趋势的基线为 {still['coverage_80']:.0%}）"
    )
    is_narrow = row["coverage_80"] < TOO_NARROW and row["forecasts_count"] >= FEWEST_TO_WARN
    if ratio is not None:
        english += f"; the error was {ratio:.2f} times that of expecting no change"
        chinese += f"；误差为“维持不变”基线的 {ratio:.2f} 倍"
    rows = [("record", f"{english}.", f"{chinese}。")]
    if is_narrow:
        rows.append(
            (
                "narrow",
                "So the bands have been too narrow on these data: take those of the forecast as too sure as well.",
                "可见在这些数据上区间一直偏窄：预测区间同样应视为过于自信。",
            )
        )
    return rows
