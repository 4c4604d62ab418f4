"""Numbers of units through the years: each unit's own line, or the middle of them all; a bar for each where there are no years."""

from __future__ import annotations

from typing import Any

import polars as pl


def score_chart(
    alt: Any, table: pl.DataFrame, column: str, tooltip: list[str], title: str = ""
) -> Any:
    """A chart of ``column``: a line per unit through the years, or a bar per unit.

    alt : the module altair; table : a row per unit, unit and year, or unit, year and window; title : of the axis

    >>> import altair
    >>> rows = pl.DataFrame({"unit": ["a", "b"], "efficiency_score": [1.0, 0.5]})
    >>> score_chart(altair, rows, "efficiency_score", ["unit"]).to_dict()["mark"]["type"]
    'bar'
    """
    shown = table.filter(pl.col(column).is_not_null())
    if "year" in shown.columns:
        marks = alt.Chart(shown).mark_line(point=True).encode(x="year:O", color="unit:N")
        if "window_first_year" in shown.columns:
            marks = marks.encode(detail="window_first_year:N")
    else:
        marks = alt.Chart(shown).mark_bar().encode(x=alt.X("unit:N", sort="-y"))
    return marks.encode(
        y=alt.Y(f"{column}:Q", title=title or column.replace("_", " ")), tooltip=tooltip
    )


def yearly_spread(alt: Any, table: pl.DataFrame, column: str, title: str) -> Any:
    """A chart of the median and the quartiles of ``column`` over the units, by year; a bar per unit where there are no years.

    alt : the module altair; table : a row per unit, or unit and year, null where there is no number; title : of the axis
    Returns an Altair chart of one small table, whatever the number of units.

    >>> import altair
    >>> rows = pl.DataFrame({"unit": ["a", "b"], "year": [2000, 2000], "tfp_index": [1.0, 2.0]})
    >>> yearly_spread(altair, rows, "tfp_index", "TFP").to_dict()["layer"][1]["encoding"]["y"]["field"]
    'median'
    """
    known = table.filter(pl.col(column).is_not_null())
    if "year" not in known.columns:
        shown = known.sort(column, "unit", descending=[True, False]).head(40)
        y = alt.Y("unit:N", sort=None, title=None)
        return (
            alt.Chart(shown.select("unit", column))
            .mark_bar()
            .encode(x=alt.X(f"{column}:Q", title=title), y=y)
        )
    spread = known.group_by("year").agg(
        pl.col(column).quantile(0.25, "linear").alias("low"),
        pl.col(column).median().alias("median"),
        pl.col(column).quantile(0.75, "linear").alias("high"),
    )
    x = alt.X("year:O", title=None)
    chart = alt.Chart(spread.sort("year"))
    scale = alt.Scale(zero=False)
    band = chart.mark_area(opacity=0.25).encode(
        x=x, y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q"
    )
    return band + chart.mark_line(point=True).encode(
        x=x, y=alt.Y("median:Q", title=title, scale=scale)
    )
