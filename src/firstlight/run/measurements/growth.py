"""Growth of many technologies at once, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_average import GrowthForecast, forecast_growth, rule_of
from firstlight.instruments.diffusion.growth_errors import COUNTS
from firstlight.instruments.diffusion.growth_hindcast import BASELINES, growth_hindcast
from firstlight.instruments.diffusion.growth_series import errors_of
from firstlight.run.measurements.curves import FORECAST, OBSERVED, Computed, curve_rows, texts

CUTS = (
    0.1,
    0.25,
    0.5,
    0.75,
)  # shares of the highest level at which earlier forecasts are made again
HINDCAST_DRAWS = 1000
_F, _S, _I = pl.Float64, pl.String, pl.Int64
TECHNOLOGIES = pl.Schema(
    {
        **{
            "technology": _S,
            "points_count": _I,
            "first_year": _I,
            "last_year": _I,
            "last_value": _F,
        },
        **{
            "saturation": _F,
            "saturation_low": _F,
            "saturation_high": _F,
            "fraction_share": _F,
            "unbounded_share": _F,
        },
        **{"likeliest_model": _S, "weight_share": _F, "kind": _S, "open_reason": _S},
        **{name: _S for name in ("caution_en", "caution_zh", "reason_en", "reason_zh")},
    }
)
AHEAD = pl.Schema(
    {
        **{"technology": _S, "year": _I, "median": _F},
        **{name: _F for name in ("lower_80", "upper_80", "lower_90", "upper_90")},
    }
)
PAST = pl.Schema(
    {
        "technology": _S,
        "from_year": _I,
        "method": _S,
        "ahead": _I,
        **{
            n: _F
            for n in ("lower_90", "lower_80", "median", "upper_80", "upper_90", "last", "truth")
        },
    }
)

_IN_CHINESE = {
    "too few": "年份过少，不足以拟合增长曲线",
    "has no logarithm": "数值不大于0，无法取对数",
    "is below 0": "计数为负",
    "every other is 0": "计数全部为0",
    "comes twice": "年份重复",
    "no value between": "逐年计数有缺失的年份",
    "not below the ceiling": "数值不低于上限",
    "lies below the one before": "累计值低于上一年",
    "above its total": "数值大于总量",
    "growth within the year": "上限只适用于水平值",
}
# A series whose name says so is cumulative, where it never falls.
_SAYS_CUMULATIVE = re.compile("cumulat|累计|累積|累积|to.date", re.IGNORECASE)


def growth_tables(
    frame: pl.DataFrame, choices: Mapping[str, Any], progress: Callable[[str], None] | None = None
) -> Computed:
    """Growth: the values seen, their forecast with its 80% band, saturation, and the record of such forecasts."""
    counted = choices["errors"] in COUNTS
    rows, ahead, past = (
        list[dict[str, Any]](),
        [pl.DataFrame(schema=AHEAD)],
        [pl.DataFrame(schema=PAST)],
    )
    for (name,), own in frame.sort("technology", "year").group_by(
        "technology", maintain_order=True
    ):
        if progress:
            progress(f"technology {len(rows) + 1} of {frame['technology'].n_unique()}")
        row, found, scored = _technology(str(name), own, counted, choices)
        rows.append(row)
        ahead += found
        past += scored
    technologies = pl.DataFrame(rows, schema=TECHNOLOGIES)
    if technologies["reason_en"].null_count() == 0:
        told = "; ".join(f"{row['technology']}: {row['reason_en']}" for row in rows[:5])
        raise InputError(
            f"no technology can be computed: {told}",
            where="growth",
            try_next="mend the rows named; or choose --errors negative_binomial for counts",
        )
    forecast, forecasts = pl.concat(ahead), pl.concat(past)
    record = _record(forecasts)
    seen = frame.with_columns(
        (
            pl.col("value") / pl.col("total") if counted and _has_total(frame) else pl.col("value")
        ).alias("shown")
    )
    curves = [curve_rows(seen, OBSERVED, "points", panel="technology", x="year", value="shown")]
    if not (counted and _has_total(frame)):
        curves.append(
            curve_rows(
                forecast,
                FORECAST,
                "dash",
                panel="technology",
                x="year",
                value="median",
                low="lower_80",
                high="upper_80",
            )
        )
    tables = {
        "sentences": _sentences(technologies, record, choices),
        "curves": pl.concat(curves),
        "technologies": technologies,
        "forecast": forecast,
        "record": record,
        "past_forecasts": forecasts,
        "conventions": texts(_conventions(choices, counted, technologies)),
    }
    return tables, {"x_en": "year", "x_zh": "年份", "y_en": "value", "y_zh": "数值"}


def _has_total(frame: pl.DataFrame) -> bool:
    return frame["total"].null_count() < frame.height


def _technology(
    name: str, own: pl.DataFrame, counted: bool, choices: Mapping[str, Any]
) -> tuple[dict[str, Any], list[pl.DataFrame], list[pl.DataFrame]]:
    """Its row, its forecast, and its earlier forecasts made again; a reason instead where it can't be computed."""
    years, values = own["year"].to_numpy(), own["value"].to_numpy()
    row: dict[str, Any] = dict.fromkeys(TECHNOLOGIES)
    row |= {
        "technology": name,
        "points_count": own.height,
        "first_year": int(years[0]),
        "last_year": int(years[-1]),
        "last_value": float(values[-1]),
    }
    model: dict[str, Any] = {name: choices[name] for name in ("kind", "errors", "ceiling")}
    if model["kind"] == "auto" and _SAYS_CUMULATIVE.search(name) and (np.diff(values) >= 0).all():
        model["kind"] = "cumulative"
    if counted and _has_total(own):
        model["exposure"] = own["total"].to_numpy()
        row["last_value"] = float(
            values[-1] / model["exposure"][-1]
        )  # as the saturation: a share of the total
    steps = range(1, choices["horizon"] + 1)
    try:
        if "exposure" in model:
            _check_parts(values, model["exposure"], years)
        found = forecast_growth(
            values, years, steps, rule=choices["rule"], seed=choices["seed"], **model
        )
    except InputError as error:  # told as the reason in this technology's row
        return row | _refused(error), [], []
    row |= _saturation(found)
    if found.kind == "per_year":
        row["last_value"] = float(values.sum())  # as the saturation: the sum of all years
    forecast = (
        found.frame.with_columns(technology=pl.lit(name), year=pl.col("year").cast(_I))
        .select(*AHEAD)
        .cast(AHEAD)
    )
    if counted or found.kind == "per_year" or (values <= 0).any():
        return row, [forecast], []
    past = growth_hindcast(
        values,
        years,
        cuts=CUTS,
        methods=(choices["rule"],),
        horizon=choices["horizon"],
        draws=HINDCAST_DRAWS,
        seed=choices["seed"],
        **model,
    ).forecasts
    if not past.height:
        return row, [forecast], []
    named = past.with_columns(
        pl.lit(name).alias("technology"), pl.col("method").replace(choices["rule"], "average")
    )
    return row, [forecast], [named.select(*PAST).cast(PAST)]


def _check_parts(values: Any, total: Any, years: Any) -> None:
    """A total is what a full share would be, so that no count may be above it."""
    above = values > total
    if above.any():
        at = int(np.argmax(above))
        raise InputError(
            f"the value {values[at]:g} is above its total {total[at]:g}",
            where=f"year {years[at]}",
            try_next="hand in as total what the counts are a part of",
        )


def _refused(error: InputError) -> dict[str, str]:
    """Why a technology can't be computed, in English and Chinese, with the year."""
    year = error.where.partition(", series")[0]
    chinese = next(
        (told for part, told in _IN_CHINESE.items() if part in error.what), "数据无法使用"
    )
    in_year = f"（{year.removeprefix('year ')}年）" if year.startswith("year ") else ""
    return {"reason_en": f"{error.what} ({year})", "reason_zh": chinese + in_year}


def _saturation(found: GrowthForecast) -> dict[str, Any]:
    """Saturation with the 80% interval; infinite ends are open and stay missing, and the reason says so."""
    at = found.levels.index(0.8)
    ends = found.saturation, found.saturation_lower[at], found.saturation_upper[at]
    middle, low, high = (float(end) if np.isfinite(end) else None for end in ends)
    likeliest = max(found.weights, key=lambda model: (found.weights[model], model))
    return {
        **{"saturation": middle, "saturation_low": low, "saturation_high": high},
        **{"fraction_share": _finite(found.fraction), "unbounded_share": _finite(found.unbounded)},
        **{
            "likeliest_model": likeliest,
            "weight_share": found.weights[likeliest],
            "open_reason": found.reason or None,
        },
        "kind": found.kind,
        **_caution(found),
    }


def _caution(found: GrowthForecast) -> dict[str, str | None]:
    if not found.caution:
        return {"caution_en": None, "caution_zh": None}
    return {
        "caution_en": found.caution,
        "caution_zh": f"饱和水平{found.saturation:.4g}低于已达到的最高水平：曲线将近期数值视为偏离",
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _record(past: pl.DataFrame) -> pl.DataFrame:
    """All earlier forecasts by method: coverage of the bands, size of the errors, and that over the naive forecast's."""
    error = (pl.col("median").log() - pl.col("truth").log()) ** 2
    inside = [
        (
            (pl.col("truth") >= pl.col(f"lower_{level}"))
            & (pl.col("truth") <= pl.col(f"upper_{level}"))
        )
        .mean()
        .alias(f"coverage_{level}")
        for level in (80, 90)
    ]
    scored = past.filter(pl.col("truth") > 0).group_by("method").agg(
        pl.len().cast(_I).alias("forecasts_count"),
        pl.col("technology").n_unique().cast(_I).alias("technologies_count"),
        *inside,
        error.mean().sqrt().alias("rmse_log"),
    )  # fmt: skip
    naive = scored.filter(method="naive")["rmse_log"]
    order = {"average": 0, **{name: 1 + n for n, name in enumerate(BASELINES)}}
    return scored.with_columns(
        rmse_ratio=pl.col("rmse_log") / (naive[0] if naive.len() else None)
    ).sort(pl.col("method").replace_strict(order, default=99))


def _sentences(
    technologies: pl.DataFrame, record: pl.DataFrame, choices: Mapping[str, Any]
) -> pl.DataFrame:
    computed = technologies.filter(pl.col("reason_en").is_null())
    bounded = computed.filter(pl.col("saturation_high").is_not_null()).height
    english = f"{computed.height} of {technologies.height} technologies could be computed"
    chinese = f"{technologies.height}项技术中有{computed.height}项可以计算"
    if choices["ceiling"] is None:
        english += f"; in {bounded} the data say where growth ends"
        chinese += f"；其中{bounded}项的数据能说明增长止于何处"
    left = technologies.filter(pl.col("reason_en").is_not_null())
    if left.height:
        first = left.row(0, named=True)
        english += (
            f"; {left.height} could not, for example {first['technology']}: {first['reason_en']}"
        )
        chinese += f"；{left.height}项不能，例如{first['technology']}：{first['reason_zh']}"
    rows = [("coverage", f"{english}.", f"{chinese}。")]
    early = (
        computed.filter(pl.col("fraction_share") < 0.5)
        .sort(pl.col("fraction_share"), "technology")
        .head(3)
    )
    if early.height:
        names = ", ".join(early["technology"])
        rows.append(("early", f"Furthest from saturation: {names}.", f"离饱和最远：{names}。"))
    if choices["kind"] == "auto" and (taken := computed.filter(kind="cumulative")).height:
        english, chinese = _listed(taken["technology"])
        rows.append(
            (
                "cumulative",
                f"Read as cumulative, since never falling: {english} (--kind says otherwise).",
                f"视为累计值（从未下降）：{chinese}（可用 --kind 另行指定）。",
            )
        )
    if (below := computed.filter(pl.col("caution_en").is_not_null())).height:
        english, chinese = _listed(below["technology"])
        rows.append(
            (
                "below_reached",
                f"Saturation lies below a level that was reached: {english}.",
                f"饱和水平低于已达到的水平：{chinese}。",
            )
        )
    if record.height:
        ours = record.row(0, named=True)
        rows.append(
            (
                "record",
                f"Of {ours['forecasts_count']:,} earlier forecasts of {ours['technologies_count']} technologies the 80% band held "
                f"{100 * ours['coverage_80']:.0f}%; the error was {ours['rmse_ratio']:.2f} times that of expecting no change.",
                f"对{ours['technologies_count']}项技术的{ours['forecasts_count']:,}次历史预测中，80%区间实际覆盖{100 * ours['coverage_80']:.0f}%；"
                f"误差为“维持不变”基线的{ours['rmse_ratio']:.2f}倍。",
            )
        )
    return pl.DataFrame(rows, schema={"code": _S, "text_en": _S, "text_zh": _S}, orient="row")


def _listed(names: pl.Series) -> tuple[str, str]:
    """The first three of some names and how many there are, in English and Chinese."""
    first, more = names.head(3).to_list(), names.len() - 3
    english, chinese = ", ".join(first), "、".join(first)
    return (
        (f"{english} and {more} more", f"{chinese}等{names.len()}项")
        if more > 0
        else (english, chinese)
    )


_KINDS = {
    "level": (
        "Levels: values may fall, and their errors last from year to year",
        "水平值：数值可能下降，误差逐年延续",
    ),
    "cumulative": (
        "Cumulative values: they can't fall, so that their yearly growth is modelled, and saturation is what was reached and "
        "what is still to come",
        "累计值：不会下降，故对其年增量建模；饱和水平为已达到数值加尚待增长的部分",
    ),
    "per_year": (
        "Values per year: what was added within each year; last value and saturation are sums over the years",
        "年增量：各年新增数值；最近数值与饱和水平为历年合计",
    ),
}
_ERRORS = {
    "additive": ("additive (least squares)", "可加误差（最小二乘）"),
    "lognormal": ("lognormal", "对数正态"),
    "logitnormal": ("logitnormal", "logit 正态"),
    "negative_binomial": ("negative_binomial", "负二项"),
    "quasi_poisson": ("quasi_poisson", "准泊松"),
}


def _kinds(choices: Mapping[str, Any], technologies: pl.DataFrame) -> list[tuple[str, str]]:
    """What the values were read as, and the errors about the curve, for each kind that occurs."""
    read = [kind for kind in _KINDS if kind in technologies["kind"].to_list()]
    lines = []
    for kind in read:
        english, chinese = _KINDS[kind]
        errors = _ERRORS[errors_of(choices["errors"], kind)]
        count = technologies.filter(kind=kind).height
        lines.append(
            (
                f"{english}; errors: {errors[0]} ({count}).",
                f"{chinese}；误差：{errors[1]}（{count}项）。",
            )
        )
    return lines


def _conventions(
    choices: Mapping[str, Any], counted: bool, technologies: pl.DataFrame
) -> list[tuple[str, str]]:
    ceiling = choices["ceiling"]
    limit_en = "no ceiling is given" if ceiling is None else f"the ceiling is {ceiling:g}"
    limit_zh = "未给定上限" if ceiling is None else f"上限为{ceiling:g}"
    rule = rule_of(choices["rule"], has_ceiling=ceiling is not None)
    lines = [
        (
            "Logistic, Gompertz, Richards and Bass curves, an exponential trend and no growth are averaged; their weights follow the rule "
            f"{rule!r}; {limit_en}.",
            f"对 logistic、Gompertz、Richards、Bass 曲线、指数趋势与无增长加权平均，权重规则为 {rule}；{limit_zh}。",
        ),
        *_kinds(choices, technologies),
        (
            "A saturation whose upper end is open says that these data can't tell where growth ends: early fits that name a level mislead.",
            "饱和水平上端开放，表示数据无法判断增长何时结束：早期拟合给出的饱和值会误导。",
        ),
        (
            "Of levels, a lower end below the last value is no error: the data also agree with growth that ended lower and "
            "deviations that last, from which the values will fall back. Cumulative values never end below what was reached.",
            "对水平值，饱和水平下端低于最近数值并非错误：数据也符合增长已在较低水平结束、目前只是持续偏离并将回落的情形。累计值的饱和水平不会低于已达到的数值。",
        ),
    ]
    if counted:
        lines += [
            ("For counts there is no record of earlier forecasts.", "对计数没有历史预测记录。"),
            (
                "Where totals are given, the last value and the saturation are shares of the total, and the forecast is of counts at the "
                "last year's total.",
                "若给出总量，最近数值与饱和水平均为占总量的份额，预测值则为按最近一年总量折算的计数。",
            ),
        ]
    else:
        lines.append(
            (
                "The record forecasts again from where a series first reached 10, 25, 50 and 75% of its highest level; the cuts are known "
                "only afterwards, the forecasts read nothing later than their year.",
                "历史记录从序列首次达到最高水平的10%、25%、50%、75%处重新预测；切点事后才知，但预测不读取其后的数据。",
            )
        )
    return lines
