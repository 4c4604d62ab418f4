"""Pairs of technologies in a long frame: what kind of interaction each shows, beside all the pairs that nobody asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.diffusion.competition import (
    Competition,
    competition_hindcast,
    forecast_competition,
    lotka_volterra,
)
from firstlight.numerics.long_frames import as_given, read_long

MOST_TECHNOLOGIES = 60  # for the comparison with all pairs: 1,770 of them
METHODS = ("interacting", "alone", "no_change")
_PAIRS: dict[str, pl.DataType | type[pl.DataType]] = {
    "one": pl.String,
    "other": pl.String,
    "changes_count": pl.Int64,
    "first_year": pl.Int64,
    "last_year": pl.Int64,
    **{
        f"effect_on_{side}{end}": pl.Float64
        for side in ("one", "other")
        for end in ("", "_low", "_high")
    },
    "sign_on_one": pl.Int64,
    "sign_on_other": pl.Int64,
    "kind_en": pl.String,
    "kind_zh": pl.String,
    "reason_en": pl.String,
    "reason_zh": pl.String,
}
Sizes = dict[str, tuple[Any, Any]]
_IN_CHINESE = {
    "pairs of consecutive years": "连续年份不足",
    "is there twice": "年份重复",
    "exactly alike": "两者变动完全一致，作用无法区分",
    "never changes": "规模从未变化",
    "sizes": "规模必须为正",
    "years": "没有共同年份",
}


@dataclass(frozen=True)
class Interaction:
    """What the sizes of some pairs of technologies say.

    pairs     : a row each: effect_on_one (growth per year that the other, at its mean size, adds or takes) and
                effect_on_other with intervals; signs (0: can't be told); kind_*; reason_* where it was not computed
    forecast  : one, other, technology, year, horizon, size_q10, size_q50, size_q90
    hindcast  : one, other, method (interacting, alone, no_change), forecasts_count, rmse_log, coverage_80 (interacting only)
    all_pairs_count, all_pairs_share : pairs of the whole frame that could be computed, and the share that shows an
                interaction: what to hold a finding against; by chance it would be 1 - level^2. nan above 60 technologies
    sentences : code, text_en, text_zh
    """

    pairs: pl.DataFrame
    forecast: pl.DataFrame
    hindcast: pl.DataFrame
    all_pairs_count: int
    all_pairs_share: float
    sentences: pl.DataFrame
    given: Any = field(default=None, repr=False)

    @property
    def frame(self) -> Any:
        """The table of pairs, in the kind of frame that was handed in."""
        return as_given(self.pairs, self.given)

    def summary(self, language: str = "en") -> str:
        """The findings in plain words, ``en`` or ``zh``, a line each."""
        if language not in ("en", "zh"):
            raise InputError(f"no language {language!r}", where="summary", try_next="use en or zh")
        return "\n".join(self.sentences[f"text_{language}"].to_list())


def interaction(
    frame: Any,
    pairs: Sequence[tuple[str, str]],
    *,
    technology: str = "technology",
    year: str = "year",
    size: str = "size",
    horizon: int = 5,
    level: float = 0.9,
) -> Interaction:
    """Lotka and Volterra's interaction for pairs of technologies of a long frame (see ``lotka_volterra``).

    frame   : a row per technology and year: pandas, Polars, PyArrow, DuckDB (which comes back as Polars)
    pairs   : names of the two technologies of each
    technology, year, size : your columns; sizes are positive (sales, users, stock). Rows without a size are left out, and a
              gap in the years is not bridged
    horizon : years to forecast; level : of the intervals, and so of the signs
    Returns Interaction. A pair that can't be computed stays in the table with its reason.
    Raises  InputError for columns or values that can't be read, a technology that isn't there, or no pairs.
    Source: as ``lotka_volterra``.

    >>> random = np.random.default_rng(0)
    >>> rows = [(name, t, float(np.exp(random.normal()))) for name in ("film", "digital") for t in range(12)]
    >>> found = interaction(pl.DataFrame(rows, schema=["technology", "year", "size"], orient="row"), [("film", "digital")])
    >>> found.pairs["kind_en"].to_list()
    ['no interaction that these years could show']
    """
    rows = read_long(frame, {"technology": technology, "year": year, "size": size}, ["size"])
    known = rows.filter(pl.col("size").is_not_null())
    sizes: Sizes = {
        str(name): (own["year"].to_numpy(), own["size"].to_numpy())
        for (name,), own in known.group_by("technology", maintain_order=True)
    }
    absent = [name for pair in pairs for name in pair if name not in sizes]
    if absent or not pairs:
        raise InputError(
            f"no technology {absent[0]!r}" if absent else "no pairs",
            where=f"technologies {', '.join(map(repr, sorted(sizes)[:8]))}",
            try_next="name two technologies of the table in each pair",
        )
    table, forecasts, judged = [], [], []
    for one, other in pairs:
        row, fit = _pair(sizes, one, other, level)
        table.append(row)
        if fit is not None:
            forecasts += _forecast(fit, one, other, horizon)
            judged += _judged(sizes, one, other)
    count, share = _all_pairs(sizes, level)
    found = pl.DataFrame(table, schema=_PAIRS)
    names = ("one", "other", "technology", "year", "horizon", "size_q10", "size_q50", "size_q90")
    ahead = pl.DataFrame(forecasts, schema=dict.fromkeys(names[:3], pl.String()) | dict.fromkeys(names[3:5], pl.Int64())
                         | dict.fromkeys(names[5:], pl.Float64()), orient="row")  # fmt: skip
    schema = {
        "one": pl.String,
        "other": pl.String,
        "method": pl.String,
        "forecasts_count": pl.Int64,
    }
    record = pl.DataFrame(
        judged, schema={**schema, "rmse_log": pl.Float64, "coverage_80": pl.Float64}, orient="row"
    )
    return Interaction(
        found, ahead, record, count, share, _sentences(found, record, count, share, level), frame
    )


def _common(sizes: Sizes, one: str, other: str) -> tuple[Any, Any, Any]:
    (t, x), (u, y) = sizes[one], sizes[other]
    if len(set(t.tolist())) < len(t) or len(set(u.tolist())) < len(u):
        name, years = (one, t) if len(set(t.tolist())) < len(t) else (other, u)
        seen, counts = np.unique(years, return_counts=True)
        raise InputError(
            f"{seen[counts > 1][0]} is there twice for {name}",
            where="years",
            try_next="keep one row a year",
        )
    years, first, second = np.intersect1d(t, u, return_indices=True)
    return years, x[first], y[second]


def _pair(
    sizes: Sizes, one: str, other: str, level: float
) -> tuple[dict[str, Any], Competition | None]:
    row: dict[str, Any] = {**dict.fromkeys(_PAIRS), "one": one, "other": other}
    try:
        years, x, y = _common(sizes, one, other)
        fit = lotka_volterra(years, x, y, level=level)
    except InputError as error:  # told in the row of the pair: the others stand
        chinese = next(
            (told for part, told in _IN_CHINESE.items() if part in error.what), "数据无法使用"
        )
        return row | {"reason_en": error.what, "reason_zh": chinese}, None
    row |= {
        "changes_count": fit.changes_count,
        "first_year": int(years[0]),
        "last_year": fit.last_year,
    }
    for i, side in enumerate(("one", "other")):
        unit = fit.effect_at_mean[i] / fit.effect[i] if fit.effect[i] else 0.0
        row |= {f"effect_on_{side}": float(fit.effect_at_mean[i]), f"sign_on_{side}": fit.signs[i]}
        row |= {f"effect_on_{side}_low": float(fit.effect_low[i] * unit)}
        row |= {f"effect_on_{side}_high": float(fit.effect_high[i] * unit)}
    return row | {"kind_en": fit.kind_en, "kind_zh": fit.kind_zh}, fit


def _forecast(fit: Competition, one: str, other: str, horizon: int) -> list[tuple[Any, ...]]:
    ahead = forecast_competition(fit, horizon)
    return [
        (
            one,
            other,
            name,
            fit.last_year + year + 1,
            year + 1,
            *(float(size) for size in ahead[i, year]),
        )
        for i, name in enumerate((one, other))
        for year in range(horizon)
    ]


def _judged(sizes: Sizes, one: str, other: str) -> list[tuple[Any, ...]]:
    errors = competition_hindcast(*_common(sizes, one, other))
    if not errors.height:
        return []
    inside = float(errors["is_in_band"].to_numpy().mean())
    rmse = [float((errors[method].to_numpy() ** 2).mean() ** 0.5) for method in METHODS]
    return [
        (one, other, method, errors.height, rmse[i], inside if method == "interacting" else None)
        for i, method in enumerate(METHODS)
    ]


def _all_pairs(sizes: Sizes, level: float) -> tuple[int, float]:
    if len(sizes) > MOST_TECHNOLOGIES:
        return 0, float("nan")
    fits = [_pair(sizes, one, other, level)[1] for one, other in combinations(sorted(sizes), 2)]
    claims = [fit.signs != (0, 0) for fit in fits if fit is not None]
    return len(claims), float(np.mean(claims)) if claims else float("nan")


def _sentences(
    pairs: pl.DataFrame, record: pl.DataFrame, count: int, share: float, level: float
) -> pl.DataFrame:
    rows = []
    for row in pairs.iter_rows(named=True):
        name_en, name_zh = f"{row['one']} and {row['other']}", f"{row['one']} 与 {row['other']}"
        if row["reason_en"]:
            rows.append(
                (
                    "pair",
                    f"{name_en}: not computed, {row['reason_en']}.",
                    f"{name_zh}：未计算，{row['reason_zh']}。",
                )
            )
            continue
        english, chinese = f"{name_en}: {row['kind_en']}", f"{name_zh}：{row['kind_zh']}"
        own = record.filter((pl.col("one") == row["one"]) & (pl.col("other") == row["other"]))
        if own.height:
            rmse = dict(own.select("method", "rmse_log").iter_rows())
            wins = rmse["interacting"] < min(rmse["alone"], rmse["no_change"])
            english += f"; earlier forecasts with it were {'better' if wins else 'no better'} than without it or no change"
            chinese += f"；计入相互作用的历史预测{'优于' if wins else '不优于'}不计入或“维持不变”"
        rows.append(("pair", f"{english}.", f"{chinese}。"))
    if count > 1:
        chance = 1 - level**2
        rows.append(
            (
                "comparison",
                f"Of all {count} pairs in the table {share:.0%} show an interaction; chance alone would give {chance:.0%}. Where "
                f"the first is far above the second, curves that rise together explain each other and a finding means little.",
                f"表中全部 {count} 对技术中有 {share:.0%} 显示相互作用，纯属偶然时为 {chance:.0%}。若前者远高于后者，"
                f"则只是同步上升的曲线互相解释，结论意义不大。",
            )
        )
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("code", "text_en", "text_zh"), pl.String), orient="row"
    )
