"""What the measurement of opportunities says of its portfolios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.complexity.next_activities.record_answer import years
from firstlight.instruments.complexity.proximity import proximity_to
from firstlight.instruments.complexity.related_activities import YearOfRelatedness
from firstlight.texts import (
    Code,
    Count,
    Figure,
    Growth,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    counted,
    message,
    names,
)

NEAREST = 5  # activities that the headline's is compared with


def headline(portfolio: pl.DataFrame, horizon: int) -> list[Message]:
    """The likeliest of what is listed beside the mean chance of all absent pairs; without chances,
    what ranks first."""
    if not portfolio.height:
        return []
    best = best_row(portfolio)
    values: dict[str, Value[Any]] = {
        "count": Count(portfolio.height),
        "place": Name(best["place"]),
        "activity": Name(best["activity"]),
    }
    if best["chance_share"] is None:
        return [message("listed", places=Count(portfolio["place"].n_unique()), **values)]
    chance, mean = Share(best["chance_share"]), Share(best["mean_chance_share"], digits=1)
    return [message("likeliest", chance=chance, mean=mean, span=years(horizon), **values)]


def best_row(portfolio: pl.DataFrame) -> dict[str, Any]:
    """The row with the highest chance, of equals the first; the first row where there are no
    chances."""
    order = portfolio.sort("chance_share", descending=True, nulls_last=True, maintain_order=True)
    return order.row(0, named=True)


def done_already(portfolio: pl.DataFrame, shown: pl.DataFrame) -> list[Message]:
    """How much of what is listed as absent is done there all the same, too little to count as
    present: nobody should read that a place has none of it.

    shown : place, activity and value of the year that is shown
    """
    there = shown.filter(pl.col("value") > 0)
    done = portfolio.join(there, on=["place", "activity"], how="semi").height
    return counted("done_already", done, all=Count(portfolio.height))


def related(near: YearOfRelatedness, portfolio: pl.DataFrame, measure: str) -> list[Message]:
    """Which of the activities nearest to the headline's its place has, and which it lacks."""
    if not portfolio.height:
        return []
    best = best_row(portfolio)
    place, activity = Name(best["place"]), Name(best["activity"])
    own = near.table.activities.index(best["activity"])
    proximity = np.nan_to_num(proximity_to(near.found.presence, own, measure))
    nearest = [k for k in np.argsort(-proximity, kind="stable")[:NEAREST] if proximity[k] > 0]
    row = near.found.presence[[near.table.places.index(best["place"])]].toarray()[0]
    has = [near.table.activities[k] for k in nearest if row[k]]
    lacks = [near.table.activities[k] for k in nearest if not row[k]]
    if has and lacks:
        return [
            message("related", place=place, activity=activity, has=names(has), lacks=names(lacks))
        ]
    if has:
        return [message("related_all", place=place, activity=activity, has=names(has))]
    if lacks:
        return [message("related_none", place=place, activity=activity, lacks=names(lacks))]
    return []


def shown_places(drawn: Sequence[str], places: int, is_named: bool) -> list[Message]:
    """For which places the first opportunity is said, and why for these."""
    count = Count(len(drawn))
    if not drawn:
        return []
    if is_named:
        return [message("shown_named", count=count)]
    if len(drawn) == places:
        return [message("shown_all", count=count)]
    return [message("shown_largest", count=count, all=Count(places))]


def firsts(portfolio: pl.DataFrame, drawn: Sequence[str]) -> list[Message]:
    """What ranks first in each of some places."""
    rows = portfolio.filter(pl.col("rank") == 1).iter_rows(named=True)
    first = {row["place"]: row for row in rows}
    return [_first(first[place]) for place in drawn]


def _first(row: Mapping[str, Any]) -> Message:
    growth: Value[Any] = Code("phrases.nothing")
    weight: Value[Any] = Code("phrases.nothing")
    if row.get("growth_share") is not None:
        share = Growth(row["growth_share"], digits=1)
        growth = Phrase(Message("phrases.growth", {"growth": share}))
    if row.get("strategic_weight") is not None:
        figure = Figure(row["strategic_weight"])
        weight = Phrase(Message("phrases.weight", {"weight": figure}))
    values: dict[str, Value[Any]] = {
        "place": Name(row["place"]),
        "activity": Name(row["activity"]),
        "density": Share(row["density_share"]),
        "distance": Number(abs(row["pci_gain"])),
        "side": Code("codes.side.above" if row["pci_gain"] >= 0 else "codes.side.below"),
        "gain": Number(row["outlook_gain"]),
        "growth": growth,
        "weight": weight,
    }
    if row["chance_share"] is None:
        return message("first", **values)
    return message("first_foretold", chance=Share(row["chance_share"]), **values)


def no_portfolio(places: pl.DataFrame) -> list[Message]:
    """The places without a portfolio, a message for each reason."""
    said = []
    lone = places.filter(pl.col("candidate_count") == 0)
    for (reason,), rows in lone.group_by("reason", maintain_order=True):
        why = Code(f"codes.reason.{reason}")
        said.append(message("no_portfolio", places=names(rows["place"]), reason=why))
    return said
