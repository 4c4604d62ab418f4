"""Labels that a table has in two languages, each in a column of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from firstlight.sources.columns import Alias, Headings, Layout, aliases
from firstlight.sources.panel_rows import Column

__all__ = ["in_chinese"]

_CHINESE = r"\p{Han}"
_MOSTLY = 0.8  # of a column's cells


def in_chinese(
    frame: pl.DataFrame, layout: Layout, needs: Sequence[Column], by_hand: Collection[str]
) -> tuple[Layout, frozenset[str]]:
    """The layout whose labels stand in Chinese, where another column has them so; and the labels
    that were passed over.

    A column whose labels other columns name stays: as users of an input-output table name its
    sectors.

    frame   : a table with the columns of the layout
    needs   : the columns that are looked for, of which those that may be empty are labels
    by_hand : needs whose column the caller named

    >>> frame = pl.DataFrame({"Code": ["01"], "Description": ["Coal"], "部门名称": ["煤炭"]})
    >>> label = Column("sector_name", "text", "name", "empty", is_filled=False)
    >>> found = Layout("*", {"sector_name": ("Description", Alias("sector_name", "", "*", (), ""))})
    >>> layout, passed_over = in_chinese(frame, found, [label], ())
    >>> layout.names(), sorted(passed_over)
    ({'sector_name': '部门名称'}, ['Coal'])
    """
    passed_over = frozenset[str]()
    for need in needs:
        if need.kind != "text" or need.is_filled or need.name in by_hand:
            continue
        if need.name not in layout.columns:
            continue
        own = layout.columns[need.name][0]
        taken = {name for name, _ in layout.columns.values()}
        other = _chinese_column(frame, need.name, taken)
        if other is None or _is_chinese(frame[own]):
            continue
        labels = set(frame[own].drop_nulls().cast(pl.String))
        beside = [name for name in taken if name != own and frame.schema[name] == pl.String]
        is_named = any(labels & set(frame[name].drop_nulls()) for name in beside)
        if not is_named:
            layout = Layout(layout.publisher, {**layout.columns, need.name: other})
            passed_over |= labels
    return layout, passed_over


def _chinese_column(
    frame: pl.DataFrame, need: str, taken: Collection[str]
) -> tuple[str, Alias] | None:
    """The first other column that the need goes by, in whose cells Chinese stands."""
    headings = Headings(frame.columns)
    for alias in aliases("panel_columns.csv"):
        if alias.column != need:
            continue
        name = headings.same(alias.alias, taken)
        if name is not None and _is_chinese(frame[name]):
            return name, alias
    return None


def _is_chinese(cells: pl.Series) -> bool:
    known = cells.drop_nulls()
    if known.dtype != pl.String or not known.len():
        return False
    return int(known.str.contains(_CHINESE).sum()) >= _MOSTLY * known.len()
