"""The peers of scored units: the units of the frontier that make up each one's target, as a table
and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.instruments.productivity.unit_panel import UnitPanel

LEAST_INTENSITY = 1e-9  # of a unit's largest; below it a peer is rounding of the solver


def stands_out(intensities: sparse.coo_matrix) -> NDArray[np.bool_]:
    """Which of the intensities are more than the solver's rounding, held against the largest of
    their row.

    Under constant returns a small unit's only peer may have any intensity, however small.

    >>> stands_out(sparse.coo_matrix([[1e-15, 0.0], [1.0, 1e-15]])).tolist()
    [True, True, False]
    """
    largest = np.zeros(intensities.shape[0])
    np.maximum.at(largest, intensities.row, intensities.data)
    return np.asarray(intensities.data > LEAST_INTENSITY * largest[intensities.row])


def peer_table(
    panel: UnitPanel, key: dict[str, Any], intensities: sparse.coo_matrix
) -> pl.DataFrame:
    """The key's columns, peer, peer_year (with years), intensity; the heaviest peer of a unit
    first.

    key : what identifies the scored rows, (N,) each; intensities : (N, R) of the panel's rows
    """
    order = np.lexsort((intensities.col, -intensities.data.round(12), intensities.row))
    row, peer = intensities.row[order], intensities.col[order]
    columns = {name: values[row] for name, values in key.items()}
    peers = panel.key(peer, "peer", "peer_year")
    return pl.DataFrame({**columns, **peers, "intensity": intensities.data[order]})


def peers_text(peers: pl.DataFrame, key: dict[str, Any]) -> pl.Series:
    """Each scored row's peers with their intensities, in one text; null where there are none.

    >>> key = {"unit": np.array(["a", "b"])}
    >>> peers_text(pl.DataFrame({"unit": ["a", "a"], "peer": ["c", "d"], "intensity": [0.75,
    ...     0.25]}), key).to_list()
    ['c (0.75); d (0.25)', None]
    """
    who = pl.col("peer")
    if "peer_year" in peers.columns:
        who = pl.format("{} {}", "peer", "peer_year")
    texts = peers.select(*key, text=pl.format("{} ({})", who, pl.col("intensity").round(3)))
    joined = texts.group_by(list(key), maintain_order=True).agg(pl.col("text").str.join("; "))
    return pl.DataFrame(key).join(joined, on=list(key), how="left", maintain_order="left")["text"]
