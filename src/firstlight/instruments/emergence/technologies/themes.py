"""Themes: technologies that go together by their documents, or as is settled beforehand; what they
are called, and where they lie on a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import graspologic_native
import numpy as np
import numpy.typing as npt
import polars as pl
from threadpoolctl import threadpool_limits

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
RESOLUTION = 1.0
# technologies; a larger theme is parted by the links within it, since modularity alone leaves
# hundreds together that have little to do with one another (arXiv: 23 themes of up to 499)
MOST_IN_THEME = 100
FEWEST_IN_THEME = 3  # technologies
STEPS = 80  # of the layout
# Several words, a compound, an acronym; Chinese words of four characters and more are several.
SPECIFIC = r"[ -]|\p{Lu}[^ ]*\p{Lu}|\p{Han}{4}"
TOP_OF_THEME = 5


def themes(links: pl.DataFrame, size: int, *, seed: int = 0) -> Ints:
    """(size,) theme of each technology, numbered by size, -1 where it has no company.

    links : data frame technology, other, weight
    Communities by modularity; one of more than MOST_IN_THEME falls into those of its own links.
    Source: Traag, Waltman and van Eck (2019), From Louvain to Leiden, Scientific Reports 9, 5233.
    """
    raw = np.full(size, -1, dtype=np.int64)
    number = 0
    left = [_edges(links)]
    while left:
        edges = left.pop()
        parts = _parts(edges, seed)
        for members in parts:
            if len(members) > MOST_IN_THEME and len(parts) > 1:
                left.append([edge for edge in edges if members.issuperset(edge[:2])])
            else:
                raw[[int(name) for name in members]] = number
                number += 1
    return _by_size(raw)


def _parts(edges: list[tuple[str, str, float]], seed: int) -> list[set[str]]:
    """Communities of the technologies that these links join."""
    if not edges:
        return []
    with threadpool_limits(1):
        _, found = graspologic_native.leiden(
            edges=edges,
            starting_communities=None,
            resolution=RESOLUTION,
            randomness=0.001,
            iterations=2,
            use_modularity=True,
            seed=seed,
            trials=1,
        )
    parts: dict[int, set[str]] = {}
    for name, community in found.items():
        parts.setdefault(community, set()).add(name)
    return [parts[community] for community in sorted(parts)]


def belonging(links: pl.DataFrame, theme: Ints) -> Floats:
    """(size,) share of the weight of each technology's links that stays within its theme; 0 to 1.

    links : data frame technology, other, weight; theme : (size,), -1 for none
    """
    one, two = links["technology"].to_numpy(), links["other"].to_numpy()
    weight = links["weight"].to_numpy()
    stays = weight * ((theme[one] == theme[two]) & (theme[one] >= 0))
    total = np.bincount(one, weights=weight, minlength=len(theme))
    within = np.bincount(one, weights=stays, minlength=len(theme))
    share: Floats = np.divide(within, total, out=np.zeros(len(theme)), where=total > 0)
    return share


def _edges(links: pl.DataFrame) -> list[tuple[str, str, float]]:
    one = pl.min_horizontal("technology", "other").alias("one")
    two = pl.max_horizontal("technology", "other").alias("two")
    both = links.select(one, two, "weight").unique(["one", "two"]).sort("one", "two")
    # Padded, so that names come in the order of their numbers, by which ties are broken.
    return [(f"{a:07d}", f"{b:07d}", weight) for a, b, weight in both.iter_rows()]


def _by_size(raw: Ints) -> Ints:
    """Numbers from the largest theme down, of equal ones by the first member; -1 for small ones."""
    placed = np.flatnonzero(raw >= 0)
    if not placed.size:
        return raw
    numbers, first, counts = np.unique(raw[placed], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    number = np.full(int(raw.max(initial=-1)) + 1, -1, dtype=np.int64)
    large = [place for place in order if counts[place] >= FEWEST_IN_THEME]
    number[numbers[large]] = np.arange(len(large))
    return np.where(raw >= 0, number[raw], -1)


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


def theme_table(
    theme: Ints, belongs: Floats, described: pl.DataFrame, order: Sequence[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Themes with their names, and the theme of each technology.

    A theme is named after the technology with most documents, times the square of the share of
    its links that stays within the theme: what is large but goes with everything ("steady state")
    names nothing. It has several words or an acronym, since a single word ("market", "service")
    says too little, unless the theme has none such.

    theme     : of each technology, -1 for none; belongs : that share of its links, 0 to 1
    described : a row for each technology, columns name, documents_count, share, growth_five_years
    order     : technologies, the first in rank first
    Returns data frames (theme_id, name, technologies_count, documents_count, share,
    growth_five_years, top) and (theme_id, theme), a row for each technology.
    """
    rank = np.empty(len(theme), dtype=np.int64)
    rank[np.asarray(order, dtype=np.int64)] = np.arange(len(order))
    number = pl.Series("theme_id", theme, dtype=pl.Int64)
    speaks = pl.col("documents_count") * pl.Series(belongs) ** 2
    rows = described.with_columns(number, pl.Series("rank", rank), speaks.alias("speaks"))
    rows = rows.filter(pl.col("theme_id") >= 0)
    rows = rows.sort("theme_id", pl.col("name").str.contains(SPECIFIC), "speaks", "name")
    weight = pl.col("documents_count")
    known = pl.col("growth_five_years").is_not_null()
    table = (
        rows.group_by("theme_id", maintain_order=True)
        .agg(
            pl.col("name").last(),
            pl.len().cast(pl.Int64).alias("technologies_count"),
            weight.sum(),
            pl.col("share").sum().round(9),
            (
                (pl.col("growth_five_years") * weight).filter(known).sum()
                / weight.filter(known).sum()
            )
            .round(6)
            .alias("growth_five_years"),
            pl.col("name").sort_by("rank").head(TOP_OF_THEME).alias("top"),
        )
        .sort("theme_id")
        .with_columns(pl.col("growth_five_years").fill_nan(None))
    )
    names = table.select("theme_id", pl.col("name").alias("theme"))
    each = number.to_frame().join(names, on="theme_id", how="left", maintain_order="left")
    code = pl.format("theme-{}", (pl.col("theme_id") + 1).cast(pl.String).str.zfill(3))
    each = each.select(
        pl.when(pl.col("theme_id") >= 0).then(code).alias("theme_id"), pl.col("theme")
    )
    return table.with_columns(code.alias("theme_id")), each


def positions(links: pl.DataFrame, theme: Ints) -> Floats:
    """(size, 2) places in the unit square, near one another where technologies share documents.

    A spring layout by our own hand, so that it is the same with every version of every
    library. Technologies start around the place of their theme and are drawn towards their
    neighbours; themes lie on a spiral by size. Distances mean little beyond "near"; the axes mean
    nothing.
    """
    size = len(theme)
    centres = _spiral(int(theme.max(initial=-1)) + 2)
    place = centres[np.where(theme >= 0, theme, len(centres) - 1)]
    angle = 2.399963 * np.arange(size)  # the golden angle spreads members evenly
    rank = np.zeros(size)
    order = np.argsort(theme, kind="stable")
    starts = np.flatnonzero(np.diff(theme[order], prepend=-2))
    rank[order] = np.arange(size) - np.repeat(starts, np.diff(starts, append=size))
    radius = 0.012 * np.sqrt(rank + 1)
    home = place + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    point = home.copy()
    one, two = links["technology"].to_numpy(), links["other"].to_numpy()
    weight = links["weight"].to_numpy()
    total = np.bincount(one, weights=weight, minlength=size)
    for _ in range(STEPS):
        pulled = np.column_stack(
            [np.bincount(one, weights=weight * point[two, axis], minlength=size) for axis in (0, 1)]
        )
        mean = pulled / np.maximum(total, 1e-12)[:, None]
        drawn = np.where(total[:, None] > 0, 0.5 * home + 0.5 * mean, home)
        point = 0.5 * point + 0.5 * drawn
    low, high = point.min(axis=0, initial=np.inf), point.max(axis=0, initial=-np.inf)
    scaled: Floats = np.round((point - low) / np.maximum(high - low, 1e-9), 4)
    return scaled


def _spiral(count: int) -> Floats:
    number = np.arange(count)
    radius = np.sqrt((number + 0.5) / count)
    angle = 2.399963 * number
    spiral: Floats = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return spiral
