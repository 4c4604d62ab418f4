"""Themes that are settled beforehand, such as the domains of patents, in place of communities of
technologies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]


def settled_themes(ids: pl.Series, themes: Mapping[str, str]) -> Ints:
    """The theme of each technology, numbered from the largest down, equal ones by name; -1 where
    none is settled.

    ids    : technologies; themes : technology id -> its theme

    >>> settled_themes(pl.Series(["a", "b", "c", "d"]),
    ...     {"a": "fuel", "b": "light", "c": "light"}).tolist()
    [1, 0, 0, -1]
    """
    each = _themes_of(ids, themes).to_frame("theme")
    sizes = each.drop_nulls().group_by("theme").len().sort("len", "theme", descending=[True, False])
    numbers = sizes.select("theme", pl.int_range(pl.len(), dtype=pl.Int64).alias("number"))
    found = each.join(numbers, on="theme", how="left", maintain_order="left")["number"]
    return found.fill_null(-1).to_numpy().astype(np.int64)


def with_settled_names(
    table: pl.DataFrame, each: pl.DataFrame, ids: pl.Series, themes: Mapping[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table of themes and the theme of each technology, under the names that are settled.

    table : theme_id, name and more; each : theme_id, theme, a row for each of ``ids``
    """
    each = each.with_columns(_themes_of(ids, themes).alias("theme"))
    names = each.drop_nulls("theme_id").unique("theme_id").rename({"theme": "name"})
    return table.update(names, on="theme_id"), each


def _themes_of(ids: pl.Series, themes: Mapping[str, str]) -> pl.Series:
    return ids.replace_strict(dict(themes), default=None, return_dtype=pl.String)
