"""Whether a country moved up or down the chain, and by what, the answer first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.instruments.chains.home_country import single
from firstlight.texts import Count, Message, Name, Number, Value, Year, message

__all__ = ["answer"]

LEAST = 0.01  # of its country's value added, of an industry that is told of
SEEN = 0.01  # a change of the ratio, below which a country counts as staying where it was


def answer(found: Mapping[str, pl.DataFrame], home: str) -> list[Message]:
    """Whether a country moved, where it stands among others, and which industries moved.

    Parameters
    ----------
    found
        The tables of `chain_position`, the last year first.
    home
        The country.

    Returns
    -------
    Messages
    """
    course = found["countries"].filter(country=home)
    last = course.row(0, named=True)
    if last["position_index"] is None:
        return [message("no_position", country=Name(home))]
    if "year" not in course.columns:
        return [message("stands", **_place(last)), *_among(found["countries"], home)]
    first = course.drop_nulls("position_index").row(-1, named=True)
    now = found["countries"].filter(year=last["year"])
    said = [_moved(first, last), *_among(now, home)]
    if first["year"] == last["year"]:
        return said
    return [
        *said,
        *_by_parts(found["changes"].filter(country=home).row(0, named=True)),
        *_by_industry(found["home_industries"]),
        _of_world(found["world"]),
    ]


def _place(row: Mapping[str, Any]) -> dict[str, Value[Any]]:
    return {
        "country": Name(row["country"]),
        "up": Number(row["upstreamness"], 2),
        "down": Number(row["downstreamness"], 2),
        "ratio": Number(row["position_index"], 3),
    }


def _moved(first: Mapping[str, Any], last: Mapping[str, Any]) -> Message:
    if first["year"] == last["year"]:
        return message("stands_in", year=Year(last["year"]), **_place(last))
    change = last["position_index"] - first["position_index"]
    code = "moved_up" if change > 0 else "moved_down"
    if abs(change) < SEEN:
        code = "stayed"
    before = _place(first)
    return message(
        code,
        since=Year(first["year"]),
        year=Year(last["year"]),
        up_before=before["up"],
        down_before=before["down"],
        ratio_before=before["ratio"],
        **_place(last),
    )


def _among(countries: pl.DataFrame, home: str) -> list[Message]:
    """Its rank, the first farthest up, and who stands at both ends."""
    known = countries.drop_nulls("position_index").filter(single("country"))
    names = known["country"].to_list()
    if home not in names or len(names) < 3:
        return []
    return [
        message(
            "among",
            rank=Count(names.index(home) + 1),
            count=Count(len(names)),
            top=Name(names[0]),
            bottom=Name(names[-1]),
        )
    ]


def _by_parts(change: Mapping[str, Any]) -> list[Message]:
    """How much of the steps to final users lies within industries, and how much in their mix."""
    if change["upstreamness_change"] is None:
        return []
    parts = {
        name: Number(change[f"upstreamness_{name}"], 3) for name in ("change", "within", "mix")
    }
    return [message("by_parts", **parts)]


def _by_industry(industries: pl.DataFrame) -> list[Message]:
    """Which industry moved up most and which down, of those that add something."""
    added = pl.col("value_added")
    ranked = industries.filter(added >= LEAST * added.sum()).drop_nulls("position_change")
    if ranked.height < 2:
        return []
    up, down = ranked.row(0, named=True), ranked.row(-1, named=True)
    code = "industries_moved"
    if down["position_change"] >= 0:
        code = "industries_up"
    elif up["position_change"] <= 0:
        code = "industries_down"
    values: dict[str, Value[Any]] = {"up": Name(up["industry"]), "down": Name(down["industry"])}
    for side, row in (("up", up), ("down", down)):
        for end in ("before", "after"):
            values[f"{side}_{end}"] = Number(row[f"position_{end}"], 2)
    return [message(code, **values)]


def _of_world(world: pl.DataFrame) -> Message:
    """How long chains are: all output over all value added."""
    last, first = world.row(0, named=True), world.row(-1, named=True)
    return message(
        "world",
        since=Year(first["year"]),
        year=Year(last["year"]),
        before=Number(first["upstreamness"], 2),
        after=Number(last["upstreamness"], 2),
    )
