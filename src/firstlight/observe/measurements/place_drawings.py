"""Maps of places and networks of places or industries, as the tables that a page draws; and what is read of where places lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.places.price_panel import pairs_within
from firstlight.numerics.graph_layout import backbone, layout

Pair = tuple[str, str]
NODES = {
    **dict.fromkeys(("drawing", "node"), pl.String),
    **dict.fromkeys(("x", "y", "size"), pl.Float64),
    **dict.fromkeys(("group_en", "group_zh"), pl.String),
}
LINKS = {**dict.fromkeys(("drawing", "one", "other"), pl.String), "weight": pl.Float64}
THIRDS: tuple[Pair, ...] = (
    ("top third", "最高三分之一"),
    ("middle third", "中间三分之一"),
    ("bottom third", "最低三分之一"),
)
SIGNS = ";；"  # that part the names of neighbours


def is_given(frame: pl.DataFrame, *names: str) -> bool:
    """Whether each of these columns has a value somewhere."""
    return all(name in frame.columns and frame[name].null_count() < frame.height for name in names)


def filled(frame: pl.DataFrame, gaps: str) -> pl.DataFrame:
    """The frame, rows without a value being 0 where the reader says so."""
    return frame.with_columns(pl.col("value").fill_null(0.0)) if gaps == "zero" else frame


def sites(frame: pl.DataFrame) -> pl.DataFrame | None:
    """Where each place lies: place, x (longitude), y (latitude); None where the table doesn't say.

    Raises  InputError naming a place that lies in two spots.
    """
    if not is_given(frame, "latitude", "longitude"):
        return None
    found = frame.select("place", x="longitude", y="latitude").drop_nulls().unique().sort("place", "x", "y")
    twice = found.filter(pl.col("place").is_duplicated())
    if twice.height:
        raise InputError(
            f"{twice['place'][0]!r} lies in two spots",
            where=f"longitude {twice['x'][0]:g} and {twice['x'][1]:g}, latitude {twice['y'][0]:g} and {twice['y'][1]:g}",
            try_next="give each place one longitude and latitude",
        )
    return found


def neighbours_of(frame: pl.DataFrame, within_km: float | None) -> list[Pair] | None:
    """Pairs of neighbouring places: those named in the table, or those near each other; None where neither is known.

    Raises  InputError for a distance without coordinates, or a neighbour that is no place of the table.
    """
    if within_km is not None:
        if not is_given(frame, "latitude", "longitude"):
            raise InputError(
                "no coordinates to tell who is near",
                where="--within-km",
                try_next="bring latitude and longitude, or name neighbours in a column `neighbours`",
            )
        return pairs_within(frame, "latitude", "longitude", place="place", kilometres=within_km)
    if not is_given(frame, "neighbours"):
        return None
    rows = frame.select("place", "neighbours").drop_nulls().unique().sort("place", "neighbours")
    split = rows.with_columns(pl.col("neighbours").str.replace_all(f"[{SIGNS}]", ";").str.split(";")).explode(
        "neighbours"
    )
    pairs = split.with_columns(pl.col("neighbours").str.strip_chars()).filter(pl.col("neighbours") != "")
    places = set(frame["place"])
    for place, other in pairs.rows():
        if other not in places:
            raise InputError(
                f"{other!r} is no place of the table",
                where=f"neighbours of {place!r}",
                try_next="use the table's own names, parted by ;",
            )
    return sorted({(min(pair), max(pair)) for pair in pairs.rows()})


def thirds_of(what: Pair | None = None) -> dict[str, list[Pair]]:
    """The fact that says which groups are steps of one scale, the highest first: thirds, of something that is named or not.

    >>> thirds_of(("segmentation", "市场分割"))["steps"][0]
    ('segmentation: top third', '市场分割：最高三分之一')
    """
    return {"steps": [(f"{what[0]}: {one[0]}", f"{what[1]}：{one[1]}") if what else one for one in THIRDS]}


def thirds(values: Sequence[float | None], what: Pair | None = None) -> list[Pair | None]:
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


def node_rows(
    title: str, names: Sequence[str], at: NDArray[np.float64], size: Sequence[Any], groups: Sequence[Pair | None]
) -> pl.DataFrame:
    """Rows of ``nodes`` of one drawing. at : (names, 2)"""
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


def place_map(
    title: str, where: pl.DataFrame, frame: pl.DataFrame, size: str, groups: Sequence[Pair | None]
) -> pl.DataFrame:
    """Rows of ``nodes`` of a map: the places of a frame where they lie; a place without coordinates keeps its row, without a spot."""
    at = frame.select("place", size).join(where, on="place", how="left", maintain_order="left")
    spots = at.select(pl.col("x", "y").cast(pl.Float64)).to_numpy().astype(float)
    found = node_rows(title, at["place"].to_list(), spots, at[size].to_list(), groups)
    return found.with_columns(pl.col("x", "y").fill_nan(None))


def network(
    title: str,
    names: Sequence[str],
    weights: NDArray[np.float64],
    size: Sequence[Any],
    groups: Sequence[Pair | None],
    *,
    links_per_node: float = 2.0,
) -> dict[str, pl.DataFrame]:
    """Tables ``nodes`` and ``links`` of a network: its spanning tree and its strongest links, laid out.

    weights : (n, n), symmetric, not negative
    """
    kept = backbone(weights, links_per_node=links_per_node)
    ties = kept.tocoo()
    upper = ties.row < ties.col
    one, other = (np.array(names, dtype=object)[end[upper]] for end in (ties.row, ties.col))
    links = {"drawing": [title] * int(upper.sum()), "one": one, "other": other, "weight": ties.data[upper]}
    nodes = node_rows(title, names, layout(kept), size, groups)
    return {
        "nodes": nodes,
        "links": pl.DataFrame(links, schema=LINKS, strict=False).sort(
            "weight", "one", "other", descending=[True, False, False]
        ),
    }
