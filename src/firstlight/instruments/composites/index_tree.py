"""The tree of an index: indicators at its leaves, dimensions above them, the index at its root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class IndexTree:
    """Which indicators make up which dimension, and which dimensions the index.

    Attributes
    ----------
    leaf_count
        Number k of indicators, which are numbered from 0 to k - 1.
    nodes
        Codes of the dimensions, those within others first, and of the index at the end.
    children
        For each node the numbers of what it is made up of: j below k is an indicator, k + m the
        node m.
    """

    leaf_count: int
    nodes: tuple[str, ...]
    children: tuple[tuple[int, ...], ...]

    @cached_property
    def leaves(self) -> tuple[tuple[int, ...], ...]:
        """For each node the indicators below it, in their order."""
        places: list[tuple[int, ...]] = []
        for children in self.children:
            below: list[int] = []
            for child in children:
                if child < self.leaf_count:
                    below.append(child)
                else:
                    below += places[child - self.leaf_count]
            places.append(tuple(sorted(below)))
        return tuple(places)

    def leaf_weights(self, local: ArrayLike) -> Floats:
        """The weights of the indicators in the whole index, from weights among siblings.

        Parameters
        ----------
        local
            (k + number of nodes - 1,), weights of indicators and dimensions in proportion to those
            of their siblings.

        Returns
        -------
        (k,), which add up to 1.
        """
        weight = np.ones(self.leaf_count + len(self.nodes))
        local = np.asarray(local, float)
        for node in range(len(self.nodes) - 1, -1, -1):
            children = list(self.children[node])
            weight[children] = (
                weight[self.leaf_count + node] * local[children] / local[children].sum()
            )
        return weight[: self.leaf_count]


def index_tree(indicators: Sequence[str], within: Mapping[str, str]) -> IndexTree:
    """The tree of indicators within dimensions, which may themselves be within dimensions.

    Parameters
    ----------
    indicators
        For each indicator the code of its dimension.
    within
        Dimension -> the dimension that it is within, "" for the index itself; no circles.

    Returns
    -------
    `IndexTree`, whose last node, the index, is called "".

    Examples
    --------
    >>> tree = index_tree(["a", "a", "b"], {"a": "", "b": ""})
    >>> tree.nodes, tree.children
    (('a', 'b', ''), ((0, 1), (2,), (3, 4)))
    >>> tree.leaf_weights([1, 1, 1, 1, 1]).tolist()
    [0.25, 0.25, 0.5]
    """
    depth = {code: _depth(code, within) for code in within}
    nodes = (*sorted(within, key=lambda code: -depth[code]), "")
    k = len(indicators)
    at = {code: place for place, code in enumerate(nodes)}
    children: list[list[int]] = [[] for _ in nodes]
    for leaf, code in enumerate(indicators):
        children[at[code]].append(leaf)
    for code in nodes[:-1]:
        children[at[within[code]]].append(k + at[code])
    return IndexTree(k, nodes, tuple(map(tuple, children)))


def _depth(code: str, within: Mapping[str, str]) -> int:
    steps = 0
    while code := within[code]:
        steps += 1
    return steps
