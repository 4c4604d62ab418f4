"""The course of a technology, and of several: shares so far, the forecast with its bands, what
came, and the share from which it counts as take-off; as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from firstlight.views.curve_chart import Curve, Extent, curve_chart, extent_of

Row = Mapping[str, Any]


def course_chart(history: pl.DataFrame, fan: pl.DataFrame, name: str) -> str:
    """The course of one technology as an SVG element; "" where nothing is known.

    history : year, share, is_future
    fan     : year, p10 to p90, threshold_share; empty where nothing is forecast
    name    : for readers who don't see it
    """
    past = history.filter(~pl.col("is_future"))
    curves: list[Curve] = [("line", 0, rows_of(past, "share"))]
    if fan.height:
        # the forecast begins where the record ends
        start = past.drop_nulls("share").sort("year").tail(1)
        for low, high in (("p10", "p90"), ("p25", "p75")):
            curves.append(("dash", 2, _band(start, fan, low, high)))
        # known of the last year alone, and drawn over all years that lead to it
        least = fan.with_columns(pl.col("threshold_share").max())
        curves.append(("dash", 1, rows_of(least.sort("year"), "threshold_share")))
    came = history.filter("is_future")
    if came.height:
        curves.append(("points", 1, rows_of(came, "share")))
    return _drawn(curves, name)


def compared_chart(courses: Sequence[pl.DataFrame], column: str, name: str, extent: Extent) -> str:
    """Several courses on one axis, as an SVG element."""
    curves: list[Curve] = [
        ("line", number, rows_of(course, column)) for number, course in enumerate(courses)
    ]
    return curve_chart(curves, name, extent)


def shared_extent(courses: Sequence[pl.DataFrame], column: str, *, is_share: bool) -> Extent:
    """Axes that hold all courses."""
    rows = [row for course in courses for row in rows_of(course, column)]
    return replace(extent_of(rows, is_log=False), is_share=is_share)


def rows_of(frame: pl.DataFrame, column: str) -> list[Row]:
    """What `curve_chart` takes of a column by year."""
    return [
        {"style": "line", "x": year, "value": value, "low": None, "high": None}
        for year, value in frame.select("year", column).iter_rows()
    ]


def _band(start: pl.DataFrame, fan: pl.DataFrame, low: str, high: str) -> list[Row]:
    ends = pl.concat(
        [
            start.select("year", low="share", value="share", high="share"),
            fan.sort("year").select("year", low=low, value="p50", high=high),
        ]
    )
    return [
        {"style": "dash", "x": year, "value": value, "low": bottom, "high": top}
        for year, bottom, value, top in ends.iter_rows()
    ]


def _drawn(curves: Sequence[Curve], name: str) -> str:
    rows = [row for _, _, own in curves for row in own]
    extent = replace(extent_of(rows, is_log=False), is_share=True)
    return curve_chart(curves, name, extent)
