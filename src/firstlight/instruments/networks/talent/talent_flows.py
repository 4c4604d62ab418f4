"""Talent: who is where, who comes, who leaves and who comes back, from dated affiliations.

Symbols: s_pu(t) the share of person p that belongs to unit u in year t; the shares of a person add up to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.talent.person_years import (
    Ints,
    PersonYears,
    YearChanges,
    moves_of,
    packed,
    person_years,
    year_changes,
)
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import read_long

NOISE = 1.96  # standard errors of a 95% interval
_NOTHING = 1e-9  # people, what rounding leaves of a balance
MANY = 5  # units in a year, above which a name may stand for many people
FIRST: Words = ("first year of the record: no year before to compare", "记录首年，无上年可比")
NOT_YET: Words = ("who returns can't be told within the first two years", "记录前两年无法判断回流")


@dataclass(frozen=True, kw_only=True)
class TalentFlows(Finding):
    """Stocks and flows of people, a row per unit and year in which somebody was there or left.

    table : unit, year, stock_count, stayers_count (there the year before too), arrivals_count (from other units), departures_count (to
            other units), entered_count and left_count (into and out of the record), net_rate_share ((arrivals - departures) over the
            mean stock of the two years), returnees_count (arrivals of people who were there before), returnee_share (of arrivals),
            is_provisional (who seems to have left may yet be seen again), reason_en, reason_zh
    flows : year (of arrival), origin, destination, people_count; moves between units
    """

    flows: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        return (
            alt.Chart(self.table).mark_line().encode(x="year:O", y="stock_count:Q", color="unit:N")
        )


def talent_flows(
    frame: Any,
    person: str = "person",
    unit: str = "unit",
    year: str = "year",
    *,
    gap: int = 1,
    progress: Callable[[str], None] | None = None,
) -> TalentFlows:
    """Stocks and flows of people between organisations or places.

    A person of k units in a year belongs to each by 1 / k. From a year to the next, min(s(t-1), s(t)) stays; what is lost elsewhere
    moves to where it is gained, in proportion. So, to the last digit,
    stock(t) = stock(t-1) + arrivals - departures + entered - left = stayers + arrivals + entered.

    frame : a row per person, unit and year of affiliation; one that stands twice counts once
    gap   : years between two sightings up to which a person is taken to have stayed where last seen; 1 takes nobody to be anywhere
            unseen. People seen through their papers need about 3
    Returns TalentFlows.
    Raises  InputError as ``read_long``, for no rows or a gap below 1.
    Source: accounting of labour turnover (Davis and Haltiwanger 1999, Handbook of Labor Economics 3B), people as
            fractions.

    >>> rows = pl.DataFrame({"person": list("ppqq"), "unit": list("xyxx"), "year": [2000, 2001] * 2})
    >>> talent_flows(rows).flows.rows()
    [(2001, 'x', 'y', 1.0)]
    """
    if gap < 1:
        raise InputError(f"gap {gap}", where="talent_flows", try_next="1 or more years")
    rows = read_long(
        frame, {"person": person, "unit": unit, "year": year}, [], is_sorted=False
    ).unique()
    if not rows.height:
        raise InputError(
            "no rows", where="the frame", try_next="pass a row per person, unit and year"
        )
    if progress:
        progress(f"flows of {rows['person'].n_unique():,} people")
    units, people = (
        rows.select(name).unique().sort(name).with_row_index(f"{name}_code")
        for name in ("unit", "person")
    )
    coded = rows.join(units, on="unit").join(people, on="person")
    who, where, when = (
        coded[name].to_numpy().astype(np.int64) for name in ("person_code", "unit_code", "year")
    )
    held = person_years(who, where, when, gap)
    changes = year_changes(held)
    table = _table(changes, (int(when.min()), int(when.max())), gap)
    table = table.with_columns(units["unit"].gather(table["unit"]).alias("unit"))
    t, origin, destination, count = moves_of(changes)
    keys, sums = _summed([t, origin, destination], {"people_count": count})
    ends = [
        units["unit"].gather(key).alias(side)
        for key, side in zip(keys[1:], ("origin", "destination"), strict=True)
    ]
    flows = pl.DataFrame(
        [pl.Series("year", keys[0]), *ends, pl.Series("people_count", sums["people_count"])]
    )
    return TalentFlows(
        table=table,
        sentences=(*_sentences(table, flows), *_many(held)),
        conventions=_conventions(gap),
        given=frame,
        flows=flows,
    )


def _table(changes: YearChanges, span: tuple[int, int], gap: int) -> pl.DataFrame:
    first, last = span
    change, both = changes.share - changes.before, changes.is_here & changes.was_here
    came, went = np.where(both, np.maximum(change, 0), 0), np.where(both, np.maximum(-change, 0), 0)
    parts = {
        "stock_count": changes.share,
        "stayers_count": np.minimum(changes.share, changes.before),
        "arrivals_count": came,
        "departures_count": went,
        "entered_count": np.where(changes.was_here, 0, changes.share),
        "left_count": np.where(changes.is_here, 0, changes.before),
        "returnees_count": np.where(changes.is_back, came, 0),
        "_before": changes.before,
    }
    keys, sums = _summed([changes.unit, changes.year], parts)
    table = pl.DataFrame({"unit": keys[0], "year": keys[1], **sums}).filter(pl.col("year") <= last)
    is_first, is_early = pl.col("year") == first, pl.col("year") < first + 2
    mean = (pl.col("stock_count") + pl.col("_before")) / 2
    net = (pl.col("arrivals_count") - pl.col("departures_count")) / mean
    unknown = [name for name in parts if name not in ("stock_count", "_before", "returnees_count")]
    reason = [
        pl.when(is_first)
        .then(pl.lit(FIRST[lang]))
        .when(is_early)
        .then(pl.lit(NOT_YET[lang]))
        .otherwise(pl.lit(""))
        for lang in (0, 1)
    ]
    found = table.with_columns(
        pl.when(~is_early).then("returnees_count").alias("returnees_count"),
        net_rate_share=pl.when(~is_first & (mean > 0)).then(net),
        is_provisional=pl.col("year") > last - gap + 1,
        reason_en=reason[0],
        reason_zh=reason[1],
    ).with_columns(pl.when(~is_first).then(pl.col(name)).alias(name) for name in unknown)
    share = pl.when(pl.col("arrivals_count") > 0).then(
        pl.col("returnees_count") / pl.col("arrivals_count")
    )
    order = (
        "unit",
        "year",
        "stock_count",
        *unknown,
        "net_rate_share",
        "returnees_count",
        "returnee_share",
    )
    return found.with_columns(returnee_share=share).select(
        *order, "is_provisional", "reason_en", "reason_zh"
    )


def _summed(keys: list[Ints], parts: dict[str, Floats]) -> tuple[list[Ints], dict[str, Floats]]:
    """Sums by combinations of keys, sorted; always in one order, so that the last digit does not hang on threads."""
    key = packed(*keys)
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    sums = {
        name: np.bincount(which, weights=part, minlength=len(first)).astype(np.float64)
        for name, part in parts.items()
    }
    return [own[first] for own in keys], sums


def _conventions(gap: int) -> tuple[Words, ...]:
    unseen: Words = (
        ("nobody is taken to be anywhere in a year without a record", "无记录的年份不推定任何归属")
        if gap == 1
        else (
            f"unseen for less than {gap} years, a person counts where last seen",
            f"间隔不超过{gap}年者，空缺年份计在最近一次所在单元",
        )
    )
    return (
        (
            "several affiliations in one year: each counts 1 / their number",
            "同年多个归属：每个计1/归属数",
        ),
        unseen,
        ("a flow is dated by the year of arrival", "流动计入到达年份"),
        (
            "entered and left: into and out of the record, whatever the reason",
            "进入与退出：指进出本记录，不论原因",
        ),
        (
            "returnees: arrivals where the person was before; what lies before the record is not seen, so it is a lower bound",
            "回流：曾在该单元者再次到达；记录之前不可见，故为下限",
        ),
        (
            "net flows: ± 1.96 square roots of arrivals and departures, as of counts",
            "净流动：±1.96倍（到达+离开）之平方根，按计数噪声",
        ),
        (
            "people are as the table names them: namesakes count as one person",
            "人员按表中名称识别，同名视为一人",
        ),
    )


def _many(held: PersonYears) -> tuple[tuple[str, Words], ...]:
    """A caution where a name stands in more units in one year than a person does."""
    crowded = held.share < 1 / (MANY + 0.5)
    if not crowded.any():
        return ()
    names, most = len(np.unique(held.person[crowded])), round(1 / held.share.min())
    words = (
        f"{names} names stand in more than {MANY} units in one year, one in {most}: leave them out if they stand for many people.",
        f"有{names}个名称在同一年出现于{MANY}个以上单元（最多{most}个）：若其代表多人，请剔除。",
    )
    return (("many", words),)


def _sentences(table: pl.DataFrame, flows: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    told: dict[str, Words] = {}
    moved, years = flows["people_count"].to_numpy().sum(), flows["year"].n_unique()
    if moved > 0:
        told["net"] = _net_words(table)
    back = table.filter(pl.col("returnees_count").is_not_null())
    came = back["arrivals_count"].fill_null(0.0).to_numpy().sum()
    if came > 0:
        share = back["returnees_count"].to_numpy().sum() / came
        told["back"] = (
            f"{share:.1%} of arrivals are people who come back.",
            f"到达者中有{share:.1%}为回流人员。",
        )
    told["moved"] = (
        f"{moved:,.0f} moves between units in {years} years.",
        f"{years}个年份中，单元间流动共{moved:,.0f}人次。",
    )
    last = last_firm_year(table)
    now = table.filter(pl.col("year") == last)
    stock = now["stock_count"].to_numpy().sum()
    there = now.filter(pl.col("stock_count") > 0).height
    told["stock"] = (
        f"In {last}, {stock:,.0f} people stand in {there} units.",
        f"{last}年，{there}个单元共有{stock:,.0f}人。",
    )
    return tuple(told.items())


def _net_words(table: pl.DataFrame) -> Words:
    """Who gained and who lost most, with the noise of counts."""
    came, went = pl.col("arrivals_count").sum(), pl.col("departures_count").sum()
    net = (
        table.group_by("unit")
        .agg(net=came - went, noise=NOISE * (came + went).sqrt())
        .sort("net", "unit")
    )
    (low, lost, low_noise), (high, won, high_noise) = net.row(0), net.row(-1)
    if won <= _NOTHING:
        return (
            "Moves balance: no unit gained from others or lost to them.",
            "流动平衡：各单元净流动均为零。",
        )
    return (
        f"{high} gained most from others ({won:+,.0f} people, ±{high_noise:,.0f}), {low} lost most ({lost:+,.0f}, ±{low_noise:,.0f}).",
        f"净流入最多的是{high}（{won:+,.0f}人，±{high_noise:,.0f}），净流出最多的是{low}（{lost:+,.0f}人，±{low_noise:,.0f}）。",
    )


def last_firm_year(table: pl.DataFrame) -> int:
    """The last year whose stocks are not provisional; the last of all where none is firm.

    >>> last_firm_year(pl.DataFrame({"year": [2000, 2001], "is_provisional": [False, True]}))
    2000
    """
    firm = table.filter(~pl.col("is_provisional"))
    return int((firm if firm.height else table)["year"].to_numpy().max())
