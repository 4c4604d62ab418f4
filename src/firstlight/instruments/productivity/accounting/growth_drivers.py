"""Growth drivers: what the new (new industries, new forms of business, new business models) weighs, and adds to growth.

What counts as new is the user's: a set of industries, or each industry's share of the new in each year. No definition ships.
Symbols: v value of an industry, n its share of the new (0 to 1), V the total.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.input_services import tornqvist_growth
from firstlight.instruments.productivity.accounting.yearly_series import (
    FIRST_YEAR,
    NO_REASON,
    WHOLE,
    Array,
    before,
    first_gaps,
    grid_rows,
    read_yearly,
    unit_grids,
)
from firstlight.numerics.finding import (
    Finding,
    Words,
    gaps_told,
    listed,
    listed_zh,
    name_words,
    reason_columns,
)
from firstlight.numerics.long_frames import nan_to_null

NEW_DRIVERS: Words = ("new growth drivers", "新动能")
THREE_NEW: Words = (
    "new industries, new forms of business and new business models",
    "新产业、新业态、新模式",
)
"""A label for what China's statistics call the three new; which industries they are is the user's to say."""


@dataclass(frozen=True, kw_only=True)
class GrowthDrivers(Finding):
    """What the new weighs and adds, a row per unit and year; money in the user's unit.

    table : unit, year, total, new_value, new_share (0 to 1), total_growth_pp, new_growth_pp, other_growth_pp (of each by itself),
            new_contribution_pp and other_contribution_pp (which add up to total_growth_pp), activity_pp and reclassified_pp
            (without prices; they add up to new_contribution_pp: growth of industries at their mean share of the new, and change
            of that share), contribution_share (of total growth that is from the new; only where the total grew), reason_en, reason_zh.
            Growth is in percent of the year before, or, with prices, 100 times the change of logarithms
    industries : unit, industry, year, value, new_share, contribution_pp, new_contribution_pp
    """

    industries: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        parts = ["new_contribution_pp", "other_contribution_pp"]
        long = self.table.drop_nulls("total_growth_pp").unpivot(
            parts, index=["unit", "year"], variable_name="part", value_name="points_pp"
        )
        return (
            alt.Chart(long)
            .mark_bar()
            .encode(x="year:O", y="points_pp:Q", color="part:N", row="unit:N")
        )


def growth_drivers(
    frame: Any,
    value: str,
    new: Collection[str] | str,
    *,
    price: str | None = None,
    unit: str | None = None,
    industry: str = "industry",
    year: str = "year",
    absent: str = "missing",
    label: Words = NEW_DRIVERS,
) -> GrowthDrivers:
    """The share of the new, its growth, and its contribution to total growth in percentage points.

    Without prices: 100 (n v - n' v') / V' (primes: the year before), so that value may be nominal, or real at constant prices
    (which add up). With a price of each industry: 100 sum w dln(v / p), w the mean of the two years' shares in the total
    (Törnqvist): real contributions that need no base year.

    value  : column of value added or output; with ``price`` at current prices and not negative
    new    : a collection of industries that are new, or the name of a column with each row's share of the new, 0 to 1
    absent : an industry without a row in a year is ``missing`` (there is no total then) or ``zero`` (it did not exist)
    label  : what to call the new, English and Chinese, such as ``THREE_NEW``
    Returns GrowthDrivers.
    Raises  InputError as ``read_yearly``, naming an industry that isn't in the frame, or a share outside 0 to 1.
    Source: contributions as in SNA 2008, ch. 15; Törnqvist contributions as in Jorgenson, Ho and Stiroh (2005), Information
            Technology and the American Growth Resurgence.

    >>> rows = pl.DataFrame({"industry": ["steel", "chips"] * 2, "year": [2000, 2000, 2001, 2001], "v": [90.0, 10, 93, 15]})
    >>> found = growth_drivers(rows, "v", {"chips"}).frame
    >>> found["new_contribution_pp"].to_list(), found["contribution_share"].to_list()
    ([None, 5.0], [None, 0.625])
    """
    if absent not in ("missing", "zero"):
        raise InputError(
            f"absent {absent!r}", where="growth_drivers", try_next="use 'missing' or 'zero'"
        )
    columns = [value, *([new] if isinstance(new, str) else []), *([price] if price else [])]
    table = read_yearly(
        frame,
        columns,
        unit=unit,
        year=year,
        keys={"kind": industry},
        not_negative=columns if price else columns[1:],
        positive=[price] if price else [],
    )
    _refuse_new(table, new)
    mains, parts = [], []
    there = table.with_columns(pl.lit(1.0).alias("#there"))
    for name, years, labels, grids in unit_grids(there, [*columns, "#there"]):
        if absent == "zero":
            grids[0] = np.where(np.isnan(grids[-1]), 0.0, grids[0])
        if isinstance(new, str):
            share = np.where(grids[0] == 0, np.nan_to_num(grids[1]), grids[1])
        else:
            share = np.broadcast_to(np.array([float(k in new) for k in labels]), grids[0].shape)
        main, part = _unit_drivers(
            name, years, labels, grids[0], share, grids[-2] if price else None
        )
        mains.append(main)
        parts.append(part)
    found = nan_to_null(pl.concat(mains))
    return GrowthDrivers(
        table=found,
        industries=nan_to_null(pl.concat(parts)),
        sentences=_sentences(found, label),
        conventions=_conventions(new, price, absent, label),
        given=frame,
    )


def _refuse_new(table: pl.DataFrame, new: Collection[str] | str) -> None:
    if isinstance(new, str):
        bad = table.filter(pl.col(new) > 1)
        if bad.height:
            raise InputError(
                f"a share of {bad[new][0]:g}",
                where=f"unit {bad['unit'][0]!r}, industry {bad['kind'][0]!r}, year {bad['year'][0]}",
                try_next="give shares from 0 to 1; divide percentages by 100",
            )
        return
    strangers = sorted(set(new) - set(table["kind"]))
    if strangers or not new:
        raise InputError(
            f"no industry {strangers[0]!r}" if strangers else "nothing is new",
            where="new",
            try_next="name industries as the frame does, or a column of shares",
        )


def _unit_drivers(
    unit: str,
    years: NDArray[np.int64],
    labels: list[str],
    value: Array,
    share: Array,
    price: Array | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    new, old = value * share, value * (1 - share)
    total, fresh = value.sum(axis=1), new.sum(axis=1)
    parts = _additive(value, share) if price is None else _tornqvist(new, old, price)
    growth = parts["new"] + parts["old"]
    sums = {name: parts[name].sum(axis=1) for name in ("new", "old", "activity", "reclassified")}
    whole = growth.sum(axis=1)
    why = _reasons(years, labels, value, share, price, whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_total = np.where(whole > 0, sums["new"] / whole, np.nan)
        weight = np.where(total > 0, fresh / total, np.nan)
    fell = np.isfinite(whole) & ~(whole > 0)
    for t in np.flatnonzero(fell):
        why[t] = ("the total did not grow: no share of its growth", "总量未增长，贡献率无意义")
    main = pl.DataFrame(
        {
            "unit": [unit] * years.size,
            "year": years,
            "total": total,
            "new_value": fresh,
            "new_share": weight,
            "total_growth_pp": whole,
            "new_growth_pp": parts["new_growth"],
            "other_growth_pp": parts["old_growth"],
            "new_contribution_pp": sums["new"],
            "other_contribution_pp": sums["old"],
            "activity_pp": sums["activity"],
            "reclassified_pp": sums["reclassified"],
            "contribution_share": of_total,
            **reason_columns(why),
        }
    )
    part = {
        "value": value,
        "new_share": share,
        "contribution_pp": growth,
        "new_contribution_pp": parts["new"],
    }
    return main, grid_rows(unit, "industry", years, labels, part)


def _additive(value: Array, share: Array) -> dict[str, Array]:
    """Contributions in percent of the year before; what is new grows with its industry, or by a changed share of it."""

    def change(of: Array) -> Array:
        return np.asarray(of - before(of))

    new, old = value * share, value * (1 - share)
    with np.errstate(invalid="ignore", divide="ignore"):
        base = before(value.sum(axis=1))
        by = 100 / np.where(base > 0, base, np.nan)[:, None]
        growth = {
            f"{name}_growth": np.where(
                (of >= 0) & (before(of) > 0), 100 * change(of) / before(of), np.nan
            )
            for name, of in (("new", new.sum(axis=1)), ("old", old.sum(axis=1)))
        }
        growth = {name: np.where(np.isfinite(of), of, np.nan) for name, of in growth.items()}
        return {
            "new": by * change(new),
            "old": by * change(old),
            "activity": by * change(value) * (share + before(share)) / 2,
            "reclassified": by * change(share) * (value + before(value)) / 2,
            **growth,
        }


def _tornqvist(new: Array, old: Array, price: Array) -> dict[str, Array]:
    """Contributions in log points: each industry's new and old parts are goods of their own with the industry's price."""
    n = new.shape[1]
    values = np.concatenate([new, old], axis=1)
    prices = np.where(
        values > 0, np.concatenate([price, price], axis=1), 1.0
    )  # of what isn't there no price is needed
    prices = np.where(np.isnan(values), np.nan, prices)
    part = 100 * tornqvist_growth(values / prices, values)[1]
    return {
        "new": part[:, :n],
        "old": part[:, n:],
        "activity": np.full_like(part[:, :n], np.nan),
        "reclassified": np.full_like(part[:, :n], np.nan),
        "new_growth": 100 * tornqvist_growth(new / prices[:, :n], new)[0],
        "old_growth": 100 * tornqvist_growth(old / prices[:, n:], old)[0],
    }


def _reasons(
    years: NDArray[np.int64],
    labels: list[str],
    value: Array,
    share: Array,
    price: Array | None,
    whole: Array,
) -> list[Words]:
    grids = {"value": value, "share of the new": share}
    if price is not None:
        grids["price"] = np.where(value == 0, 1.0, price)
    lost = first_gaps(
        years, labels, grids, {"value": "数值", "share of the new": "新动能份额", "price": "价格"}
    )
    why = []
    for at in range(years.size):
        if np.isfinite(whole[at]):
            why.append(NO_REASON)
        elif lost[at][0] or at == 0:
            why.append(lost[at] if lost[at][0] else FIRST_YEAR)
        elif lost[at - 1][0]:
            why.append(lost[at - 1])
        elif not value[at - 1].sum() > 0:
            why.append(
                (f"the total of {years[at - 1]} is not above 0", f"{years[at - 1]}年总量不为正")
            )
        else:
            lone = np.flatnonzero(
                ((value[at] * share[at]) == 0) != ((value[at - 1] * share[at - 1]) == 0)
            )
            lone = lone if lone.size else np.flatnonzero((value[at] == 0) != (value[at - 1] == 0))
            kind = labels[int(lone[0])] if lone.size else "an industry"
            why.append(
                (
                    f"{kind} enters or leaves between {years[at - 1]} and {years[at]}: no log growth",
                    f"{kind}在{years[at - 1]}年与{years[at]}年之间进入或退出，无对数增长率",
                )
            )
    return why


def _sentences(found: pl.DataFrame, label: Words) -> tuple[tuple[str, Words], ...]:
    told: list[tuple[str, Words]] = []
    known = found.drop_nulls("total_growth_pp")
    sized = found.drop_nulls("new_share")
    for unit in sized["unit"].unique(maintain_order=True).to_list()[:5]:
        own, grown = sized.filter(pl.col("unit") == unit), known.filter(pl.col("unit") == unit)
        first, last = own.row(0, named=True), own.row(-1, named=True)
        name_en, name_zh = (
            ("all", "全部") if unit == WHOLE else name_words(unit, kind=("place", "地区"))
        )
        english = (
            f"{name_en}: {label[0]} are {last['new_share']:.1%} of the total in {last['year']}"
        )
        english += (
            f", after {first['new_share']:.1%} in {first['year']}." if own.height > 1 else "."
        )
        chinese = f"{name_zh}：{label[1]}占比"
        chinese += f"由{first['year']}年的{first['new_share']:.1%}变为" if own.height > 1 else "为"
        chinese += f"{last['year']}年的{last['new_share']:.1%}。"
        if grown.height:
            whole, part = (
                float(grown[name].to_numpy().mean())
                for name in ("total_growth_pp", "new_contribution_pp")
            )
            english += (
                f" Of {whole:.2f}% mean yearly growth, {part:.2f} percentage points are theirs."
            )
            chinese += f"总量年均增长{whole:.2f}%，其中{label[1]}贡献{part:.2f}个百分点。"
        told.append(("share", (english, chinese)))
    more = sized["unit"].n_unique() - len(told)
    if more:
        told.append(
            (
                "more",
                (
                    f"{more} more {'place is' if more == 1 else 'places are'} in the table.",
                    f"其余{more}个地区见表。",
                ),
            )
        )
    if not told:
        told.append(
            (
                "none",
                (
                    "No year has a total above 0 that is known in full.",
                    "各年总量均不完整或不为正。",
                ),
            )
        )
    gaps = found.filter(
        pl.col("total_growth_pp").is_null() & (pl.col("reason_en") != FIRST_YEAR[0])
    )
    told += gaps_told(gaps, "No growth in {names}: {reason}.", "{names}无增长率：{reason}。")
    return tuple(told)


def _conventions(
    new: Collection[str] | str, price: str | None, absent: str, label: Words
) -> tuple[Words, ...]:
    if isinstance(new, str):
        what = f"{label[0]}: shares in column {new!r}", f"{label[1]}：按“{new}”列的份额界定"
    else:
        names = listed(sorted(new), most=12)
        what = (
            f"{label[0]}, as the user defines them: {names}",
            f"{label[1]}（由用户界定）：{listed_zh(sorted(new), most=12)}",
        )
    how = (
        ("contributions in percent of the total of the year before", "贡献为占上年总量的百分点")
        if price is None
        else (
            "real contributions: mean shares times log growth of value over price (Törnqvist)",
            "实际贡献：两年平均份额乘以平减后对数增长（托恩奎斯特）",
        )
    )
    gap = (
        (
            "an industry without a row is missing, and with it the total",
            "缺少某行业数据时总量视为缺失",
        )
        if absent == "missing"
        else ("an industry without a row does not exist then: 0", "某行业无数据视为尚不存在，取0")
    )
    return (what, how, gap)
