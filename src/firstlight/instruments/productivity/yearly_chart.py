"""How an index of many units moves through the years: its middle and the middle half of the units, or one point per unit."""

from __future__ import annotations

from typing import Any

import polars as pl


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
        return alt.Chart(shown.select("unit", column)).mark_bar().encode(x=alt.X(f"{column}:Q", title=title), y=y)
    spread = known.group_by("year").agg(
        pl.col(column).quantile(0.25, "linear").alias("low"),
        pl.col(column).median().alias("median"),
        pl.col(column).quantile(0.75, "linear").alias("high"),
    )
    x = alt.X("year:O", title=None)
    chart = alt.Chart(spread.sort("year"))
    scale = alt.Scale(zero=False)
    band = chart.mark_area(opacity=0.25).encode(x=x, y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q")
    return band + chart.mark_line(point=True).encode(x=x, y=alt.Y("median:Q", title=title, scale=scale))
