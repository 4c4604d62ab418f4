"""A network as the two tables that a drawing takes: nodes with their spots, and links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.numerics.graph_layout import backbone, layout

Floats = NDArray[np.float64]


def network_tables(
    names: Sequence[str], weights: Floats, *, links_per_node: float = 2.0
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The spanning tree and the strongest links of a network, laid out.

    weights : (n, n), symmetric, not negative
    Returns nodes (node, x, y) in the order of the names, and links (one, other, weight), the
    strongest first.

    >>> nodes, links = network_tables(["a", "b"], np.array([[0.0, 2.0], [2.0, 0.0]]))
    >>> nodes.columns, links.rows()
    (['node', 'x', 'y'], [('a', 'b', 2.0)])
    """
    kept = backbone(weights, links_per_node=links_per_node)
    at = layout(kept)
    nodes = pl.DataFrame({"node": list(names), "x": at[:, 0], "y": at[:, 1]})
    links = link_table(names, kept)
    return nodes, links.sort("weight", "one", "other", descending=[True, False, False])


def link_table(names: Sequence[str], weights: Any) -> pl.DataFrame:
    """Each linked pair once: one, other, weight.

    weights : (n, n), symmetric, sparse
    """
    half = sparse.triu(weights, k=1).tocoo()
    one, other = ([names[k] for k in ends] for ends in (half.row, half.col))
    schema = {"one": pl.String, "other": pl.String, "weight": pl.Float64}
    return pl.DataFrame(
        {"one": one, "other": other, "weight": half.data}, schema=schema, strict=False
    )


def pair_weights(names: Sequence[str], one: pl.Series, other: pl.Series, values: Any) -> Floats:
    """What holds of pairs, both ways, as a table of names by names; 0 elsewhere.

    >>> pair_weights(["a", "b"], pl.Series(["a"]), pl.Series(["b"]), [0.5]).tolist()
    [[0.0, 0.5], [0.5, 0.0]]
    """
    at = {name: k for k, name in enumerate(names)}
    rows, columns = ([at[name] for name in side] for side in (one, other))
    table = np.zeros((len(names), len(names)))
    table[rows, columns] = table[columns, rows] = values
    return table
