"""What the measurement of one market says, as messages, and by which conventions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.places.market_integration.segmentation import MarketSegmentation
from firstlight.texts import (
    Code,
    Count,
    Figure,
    Growth,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    counted,
    message,
    names,
)

Values = dict[str, Value[Any]]
ALIKE = 0.8  # share of the most pairs of a period, below which the pairs compared are not the same
NAMED = 5  # missing prices that are named one by one
FAR, OFTEN = 10.0, 0.1  # no place pays ten times what another does
BORDER = ("border_ratio", "border_ratio_low", "border_ratio_high")
SHORTEST = 0.05  # periods, below which a half-life is not told apart from none


@dataclass(frozen=True)
class Calendar:
    """What a period is: a year, or a month, 12 year + month - 1."""

    is_monthly: bool

    @property
    def step(self) -> Code:
        """One period, as "year"."""
        return Code("codes.step.month" if self.is_monthly else "codes.step.year")

    @property
    def steps(self) -> Code:
        """Several periods, as "years"."""
        return Code("codes.steps.month" if self.is_monthly else "codes.steps.year")

    @property
    def per_year(self) -> int:
        """Periods in a year."""
        if self.is_monthly:
            return 12
        return 1

    def name(self, period: int) -> Value[Any]:
        """A period as people say it."""
        if not self.is_monthly:
            return Year(period)
        month = Name(f"{period % 12 + 1:02}")
        return Phrase(message("phrases.month", year=Year(period // 12), month=month))

    def time(self) -> pl.Expr:
        """The period as a year, months as its parts."""
        return pl.col("period") / self.per_year

    def dated(self, table: pl.DataFrame) -> pl.DataFrame:
        """A table with year, and month, in the place of its period."""
        if "period" not in table.columns:
            return table
        period = pl.col("period")
        dates = {"year": period.cast(pl.Int32)}
        if self.is_monthly:
            dates = {"year": (period // 12).cast(pl.Int32), "month": period % 12 + 1}
        at = table.columns.index("period")
        before, after = table.columns[:at], table.columns[at + 1 :]
        return table.with_columns(**dates).select(*before, *dates, *after)


def segmentation_said(
    found: MarketSegmentation, rows: pl.DataFrame, level: float, calendar: Calendar, cells: int
) -> list[Message]:
    """The answer first: how segmented and whether that changes; then places, goods and what is
    missing.

    rows  : good, period, price
    cells : how many prices there would be without gaps
    """
    known = found.by_period.drop_nulls("segmentation_index")
    if not known.height:
        is_alone = "one_pair" in found.places["reason"]
        return [message("one_pair" if is_alone else "nothing"), *_apart(rows)]
    said = [_trend(known, found, level, calendar), *_apart(rows)]
    few, many = (int(known["pairs_count"].sort()[end]) for end in (0, -1))
    if few < ALIKE * many:
        said.append(message("pairs_differ", few=Count(few), many=Count(many)))
    ranked = found.by_place.drop_nulls("segmentation_index")
    if ranked["segmentation_index"].n_unique() > 1:  # where all are alike, none is the most
        said.append(message("most_segmented", places=names(ranked["place"].head(3))))
    parts = found.by_good.drop_nulls("index_share").group_by("good", maintain_order=True)
    goods = parts.agg(pl.col("index_share").mean())
    for good, share in (
        goods.sort("index_share", "good", descending=[True, False]).head(1).iter_rows()
    ):
        said.append(message("largest_part", good=Name(good), share=Share(share)))
    return [*said, *_missing(found.missing, cells, calendar)]


def _trend(
    known: pl.DataFrame, found: MarketSegmentation, level: float, calendar: Calendar
) -> Message:
    first, last = known.row(0, named=True), known.row(-1, named=True)
    values: Values = {
        "last": Figure(last["segmentation_index"]),
        "end": calendar.name(last["period"]),
    }
    if known.height == 1:
        return message("one_period", **values)
    values |= {
        "first": Figure(first["segmentation_index"]),
        "start": calendar.name(first["period"]),
    }
    trend, low, high = found.trend_percent, found.trend_low, found.trend_high
    if not np.isfinite(trend):
        return message("no_trend", **values)
    values |= {"trend": Growth(trend / 100, digits=1), "step": calendar.step}
    if not np.isfinite([low, high]).all():
        return message("trend_alone", **values)
    verdict = "unclear"
    if high < 0:
        verdict = "integrating"
    elif low > 0:
        verdict = "segmenting"
    values |= {"low": Growth(low / 100, digits=1), "high": Growth(high / 100, digits=1)}
    values |= {"level": Share(level), "verdict": Code(f"codes.trend.{verdict}")}
    return message("trend", **values)


def _apart(rows: pl.DataFrame) -> list[Message]:
    """Goods whose prices lie further apart than places do, ``FAR`` times in ``OFTEN`` of their
    periods: units are mixed."""
    prices = pl.col("price")
    by_period = rows.drop_nulls("price").group_by("good", "period")
    times = by_period.agg(times=prices.max() / prices.min())
    often = times.group_by("good").agg(
        share=(pl.col("times") >= FAR).mean(), most=pl.col("times").max()
    )
    apart = often.filter(pl.col("share") >= OFTEN).sort("most", "good", descending=[True, False])
    if not apart.height:
        return []
    most = Number(apart["most"][0], digits=0)
    return [message("prices_apart", times=most, goods=names(apart["good"], 3))]


def _missing(missing: pl.DataFrame, cells: int, calendar: Calendar) -> list[Message]:
    if not missing.height:
        return []
    values: Values = {"count": Count(missing.height), "all": Count(cells)}
    values["share"] = Share(missing.height / cells)
    if missing.height > NAMED:
        return [message("missing", **values)]
    gone = []
    for place, good, period in missing.rows():
        what = {"place": Name(place), "good": Name(good), "period": calendar.name(period)}
        gone.append(Phrase(message("phrases.price", **what)))
    return [message("missing_named", prices=List(tuple(gone)), **values)]


def border_said(row: Mapping[str, Any], level: float) -> list[Message]:
    """How much more prices vary across, of the row of all periods."""
    ratio, low, high = (row[name] for name in BORDER)
    if ratio is None:
        return [message("no_border", reason=Code(f"codes.reason.{row['reason']}"))]
    if low is None:
        return [message("border_alone", ratio=Number(ratio))]
    verdict = "unclear"
    if low > 1:
        verdict = "border"
    elif high < 1:
        verdict = "reverse"
    ends = {"low": Number(low), "high": Number(high), "level": Share(level)}
    return [message("border", ratio=Number(ratio), verdict=Code(f"codes.side.{verdict}"), **ends)]


def half_lives_said(table: pl.DataFrame, level: float, calendar: Calendar) -> list[Message]:
    """How long a gap lasts over all goods; which goods are quickest and slowest, and which have no
    estimate."""
    row = table.row(0, named=True)
    if row["persistence"] is None:
        return [message("no_half_life", reason=Code(f"codes.reason.{row['reason']}"))]
    said = [_half_life(row, level, calendar)]
    goods = table.filter(pl.col("scope") == "good")
    known = goods.drop_nulls("persistence").sort("persistence", "good")
    if known.height > 1:
        ends = {"quick": Name(known["good"][0]), "slow": Name(known["good"][-1])}
        said.append(message("quickest_and_slowest", **ends))
    lost = goods.filter(pl.col("persistence").is_null())
    if lost.height:
        codes = lost["reason"].unique(maintain_order=True)
        reasons = List(tuple(Code(f"codes.reason.{code}") for code in codes))
        said.append(message("goods_without", goods=names(lost["good"]), reasons=reasons))
    return said


def _half_life(row: Mapping[str, Any], level: float, calendar: Calendar) -> Message:
    values: Values = {"middle": _length(row["half_life"]), "steps": calendar.steps}
    if row["persistence_low"] is None:
        return message("half_life_alone", **values)
    ends = {"low": _length(row["half_life_low"]), "level": Share(level)}
    if np.isinf(row["half_life"]):
        return message("endless", steps=calendar.steps, **ends)
    return message("half_life", high=_length(row["half_life_high"]), **ends, **values)


def _length(periods: float) -> Value[Any]:
    if np.isinf(periods):
        return Code("codes.length.endless")
    return Code("codes.length.short") if periods < SHORTEST else Number(periods, digits=1)


def conventions(how: Mapping[str, Any], pairs: pl.DataFrame, has_border: bool) -> list[Message]:
    """Every convention by which the figures were computed.

    how   : the arguments of the measurement, with the pairs that were named and the lag
    pairs : segmentation_index, null where goods are too few
    """
    level = Share(how["level"])
    said = [message(f"kind_{how['kind']}", count=Count(how["lag"]))]
    over = Code(f"codes.mean_over.{how['mean_over']}")
    values = {} if how["demean"] == "none" else {"over": over}
    said.append(message(f"demean_{how['demean']}", **values))
    said.append(message("variance", count=Count(how["minimum_goods"])))
    are_named = how["pairs"] is not None
    said.append(message("named_pairs") if are_named else message("all_pairs"))
    said.append(message(f"interval_{how['interval']}", level=level))
    left = pairs["segmentation_index"].null_count()
    said += counted("pairs_without", left)
    if has_border:
        said += [message("two_sides_of_a_border", level=level), message("not_demeaned")]
    if not how["half_lives"]:
        return said
    if how["kind"] == "index":
        return [*said, message("no_half_lives")]
    if how["against"] is not None:
        said.append(message("against_a_place", place=Name(how["against"])))
    said.append(message("one_persistence"))
    said.append(message(f"correction_{how['correction']}"))
    return [*said, message("places_left_out", level=level)]
