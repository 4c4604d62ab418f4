"""A chart as a declaration: which columns of which table it draws.

Titles and units are those of the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import polars as pl


@dataclass(frozen=True)
class Mark:
    """How one column of numbers is drawn.

    y         : the column; a row without a value there is not drawn
    kind      : marks of the kind bars are stacked upon each other, those below 0 downwards
    low, high : columns of the ends of a band or an interval around it
    """

    y: str
    kind: Literal["line", "points", "dash", "step", "bars"] = "line"
    low: str = ""
    high: str = ""


@dataclass(frozen=True)
class Dates:
    """Dates to mark within a chart, such as when something began.

    table     : with the chart's columns of panels and strips, or of lines; dates stand where these
                are the same
    x         : its column of dates
    low, high : columns of the ends of an interval around it; an end that is missing lies beyond
                what is drawn
    """

    table: str
    x: str
    low: str = ""
    high: str = ""


@dataclass(frozen=True)
class Chart:
    """Columns of numbers over a column of numbers, years mostly; or units ranked by a column.

    A ranking, whose ``x`` is "", draws its first mark as a bar for each unit if its kind is bars,
    else as a dot, the largest first unless told otherwise, with the interval around it where the
    mark has its ends; and a second one as a dashed line to hold it against. Where the table has
    years it is that of the last. Each of its panels has an axis of its own.

    code   : of its title, under ``[charts]`` in the text files
    table  : the table that is drawn
    x      : the column across; "" for a ranking
    marks  : what is drawn, in one unit
    panel  : column of names or codes; a small chart for each of its values
    line   : column of names or codes; a line for each of its values; of a ranking the names beside
             the bars, which are otherwise those of the table's first column
    is_log : whether y is on a logarithmic axis
    is_log_across : whether x is, too; what is 0 or below is not drawn
    strip  : column of names or codes; in each panel a strip for each of its values, one below the
             other, with an axis of its own: for what goes on at the same time in different sizes
    dates  : what is marked in the panels and strips
    is_smallest_first : whether a ranking begins with the smallest, as places do
    """

    code: str
    table: str
    x: str
    marks: tuple[Mark, ...]
    panel: str = ""
    line: str = ""
    is_log: bool = False
    strip: str = ""
    dates: Dates | None = None
    is_log_across: bool = False
    is_smallest_first: bool = False


@dataclass(frozen=True)
class Drawing:
    """A network, a map or a scatter: a table of nodes and, where there are any, one of links; or a
    matrix, a table of its cells; or a Sankey diagram, whose links lead from units at the left to
    units at the right.

    code      : of its title, under ``[charts]`` in the text files
    nodes     : table with the columns ``node``, ``x`` and ``y`` and those named here
    links     : table with the columns ``one``, ``other`` and ``weight``; "" for none
    size      : column of ``nodes`` that a circle's area shows; "" for none; of a matrix the shares
                that its cells show
    group     : column of ``nodes`` whose codes or names the colours show; "" for none
    steps     : the codes of ``group`` in their order, where they are steps of a scale
    neutral   : the code of ``group`` that is no group, drawn grey; "" for none
    title     : column of ``nodes`` and ``links`` that parts them into several drawings, each titled
                by it; "" for one
    x, y      : columns across and up; of a map longitude and latitude in degrees; of a matrix the
                names or codes of its columns and rows
    is_directed : whether a link is an arrow from ``one`` to ``other``
    """

    code: str
    kind: Literal["network", "map", "scatter", "matrix", "sankey"]
    nodes: str
    links: str = ""
    node: str = "node"
    x: str = "x"
    y: str = "y"
    size: str = ""
    group: str = ""
    steps: tuple[str, ...] = ()
    title: str = ""
    is_directed: bool = False
    neutral: str = ""


def by_rank_and_year(frame: pl.DataFrame, by_rank: Chart, by_year: Chart) -> tuple[Chart, ...]:
    """The ranking and, where the frame has several years, the chart over them.

    >>> ranking, course = (Chart("a", "t", x, (Mark("score"),)) for x in ("", "year"))
    >>> len(by_rank_and_year(pl.DataFrame({"year": [2020, 2020]}), ranking, course))
    1
    """
    has_course = "year" in frame.columns and frame["year"].n_unique() > 1
    return (by_rank, by_year) if has_course else (by_rank,)


def chart_to_json(chart: Chart | Drawing) -> dict[str, Any]:
    """A declaration as JSON.

    >>> chart_to_json(Chart("share", "shares", "year", (Mark("share"),)))["marks"]
    [{'y': 'share', 'kind': 'line', 'low': '', 'high': ''}]
    """
    return {"type": type(chart).__name__, **_listed(asdict(chart))}


def chart_from_json(fields: Mapping[str, Any]) -> Chart | Drawing:
    """The declaration that `chart_to_json` wrote.

    >>> dates = Dates("starts", "start_year")
    >>> chart = Chart("share", "shares", "year", (Mark("share"),), panel="place", dates=dates)
    >>> chart_from_json(chart_to_json(chart)) == chart
    True
    """
    given = {name: field for name, field in fields.items() if name != "type"}
    if fields["type"] == "Drawing":
        return Drawing(**{**given, "steps": tuple(given["steps"])})
    dates = Dates(**given["dates"]) if given.get("dates") else None
    marks = tuple(Mark(**mark) for mark in given["marks"])
    return Chart(**{**given, "marks": marks, "dates": dates})


def _listed(fields: dict[str, Any]) -> dict[str, Any]:
    """Tuples as lists, which JSON has instead."""
    return fields | {name: list(own) for name, own in fields.items() if isinstance(own, tuple)}
