"""Networks, maps and scatters as the tables ``nodes`` and ``links`` that a page draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.numerics.finding import Words
from firstlight.numerics.graph_layout import backbone, layout

NODES = {
    **dict.fromkeys(("drawing", "node"), pl.String),
    **dict.fromkeys(("x", "y", "size"), pl.Float64),
    **dict.fromkeys(("group_en", "group_zh"), pl.String),
}
LINKS = {**dict.fromkeys(("drawing", "one", "other"), pl.String), "weight": pl.Float64}
THIRDS: tuple[Words, ...] = (
    ("top third", "最高三分之一"),
    ("middle third", "中间三分之一"),
    ("bottom third", "最低三分之一"),
)


def node_rows(
    title: str,
    names: Sequence[str],
    at: NDArray[np.float64],
    size: Any,
    groups: Sequence[Words | None],
) -> pl.DataFrame:
    """Rows of ``nodes`` of one drawing. at : (names, 2); size : (names,)"""
    english, chinese = ([None if group is None else group[k] for group in groups] for k in (0, 1))
    columns: Mapping[str, Any] = {
        "drawing": [title] * len(names),
        "node": list(names),
        "x": at[:, 0],
        "y": at[:, 1],
        "size": size,
        "group_en": english,
        "group_zh": chinese,
    }
    return pl.DataFrame(columns, schema=NODES, strict=False)


def link_rows(title: str, names: Sequence[str], weights: Any) -> pl.DataFrame:
    """Rows of ``links`` of one drawing, each pair once. weights : (n, n), symmetric, sparse"""
    half = sparse.triu(weights, k=1).tocoo()
    one, other = ([names[k] for k in ends] for ends in (half.row, half.col))
    links = {"drawing": [title] * half.nnz, "one": one, "other": other, "weight": half.data}
    return pl.DataFrame(links, schema=LINKS, strict=False)


def strongest_first(links: pl.DataFrame) -> pl.DataFrame:
    """Links by their weight, equals by name."""
    return links.sort("weight", "one", "other", descending=[True, False, False])


def weights_of(
    names: Sequence[str], one: pl.Series, other: pl.Series, values: Any
) -> NDArray[np.float64]:
    """What holds of pairs, both ways, as a table of names by names; 0 elsewhere.

    >>> weights_of(["a", "b"], pl.Series(["a"]), pl.Series(["b"]), [0.5]).tolist()
    [[0.0, 0.5], [0.5, 0.0]]
    """
    at = {name: k for k, name in enumerate(names)}
    rows, columns = ([at[name] for name in side] for side in (one, other))
    found = np.zeros((len(names), len(names)))
    found[rows, columns] = found[columns, rows] = values
    return found


def network(
    title: str,
    names: Sequence[str],
    weights: NDArray[np.float64],
    size: Sequence[Any],
    groups: Sequence[Words | None],
    *,
    links_per_node: float = 2.0,
) -> dict[str, pl.DataFrame]:
    """Tables ``nodes`` and ``links`` of a network: its spanning tree and its strongest links, laid out.

    weights : (n, n), symmetric, not negative
    """
    kept = backbone(weights, links_per_node=links_per_node)
    nodes = node_rows(title, names, layout(kept), size, groups)
    return {"nodes": nodes, "links": strongest_first(link_rows(title, names, kept))}


def place_map(
    title: str, where: pl.DataFrame, frame: pl.DataFrame, size: str, groups: Sequence[Words | None]
) -> pl.DataFrame:
    """Rows of ``nodes`` of a map: the places of a frame where they lie; a place without coordinates keeps its row, without a spot."""
    at = frame.select("place", size).join(where, on="place", how="left", maintain_order="left")
    spots = at.select(pl.col("x", "y").cast(pl.Float64)).to_numpy().astype(float)
    found = node_rows(title, at["place"].to_list(), spots, at[size].to_list(), groups)
    return found.with_columns(pl.col("x", "y").fill_nan(None))


def thirds_of(what: Words | None = None) -> dict[str, list[Words]]:
    """The fact that says which groups are steps of one scale, the highest first: thirds, of something that is named or not.

    >>> thirds_of(("segmentation", "市场分割"))["steps"][0]
    ('segmentation: top third', '市场分割：最高三分之一')
    """
    return {
        "steps": [
            (f"{what[0]}: {one[0]}", f"{what[1]}：{one[1]}") if what else one for one in THIRDS
        ]
    }


def thirds(values: Sequence[float | None], what: Words | None = None) -> list[Words | None]:
    """Which third of the known values each is in, as `thirds_of` calls them; None for a missing one.

    >>> [third[0] for third in thirds([3.0, 1.0, 2.0])]
    ['top third', 'bottom third', 'middle third']
    """
    known = np.array([np.nan if value is None else value for value in values], dtype=float)
    if np.isnan(known).all():
        return [None] * known.size
    low, high = np.nanquantile(known, [1 / 3, 2 / 3])
    steps = thirds_of(what)["steps"]
    return [None if np.isnan(v) else steps[0 if v > high else 1 if v > low else 2] for v in known]
