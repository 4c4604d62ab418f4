"""A chain as a graph of needs: what stops, when, and how much is lost further down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Group = tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class NeedGraph:
    """What needs what.

    A product has groups of inputs: it goes on while each group has an input that does. A group of
    one is an input without a substitute.

    Attributes
    ----------
    names
        Of the inputs and products, sorted.
    groups
        (product, inputs) for each group, suppliers before what they go into.
    cycles
        Names that need one another, directly or through others.
    """

    names: tuple[str, ...]
    groups: tuple[Group, ...]
    cycles: tuple[tuple[str, ...], ...]

    @cached_property
    def at(self) -> dict[str, int]:
        """Name -> its place."""
        return {name: place for place, name in enumerate(self.names)}

    @property
    def is_product(self) -> Bools:
        """(n,), which need an input."""
        flags = np.zeros(len(self.names), np.bool_)
        flags[[product for product, _ in self.groups]] = True
        return flags

    @property
    def is_final(self) -> Bools:
        """(n,), which go into nothing but themselves."""
        flags = np.ones(len(self.names), np.bool_)
        for product, inputs in self.groups:
            flags[[each for each in inputs if each != product]] = False
        return flags

    @property
    def links(self) -> list[tuple[int, int]]:
        """(input, product), each once."""
        return sorted({(each, product) for product, inputs in self.groups for each in inputs})

    def until_stop(self, first: ArrayLike, stock: ArrayLike) -> Floats:
        """When each product stops, if some stop by themselves.

        A product stops when the first of its groups has run out; a group when the last of its
        inputs has, each of them its stock after it stopped.

        Parameters
        ----------
        first
            (n, scenarios), when each stops by itself; infinite for never.
        stock
            (n,), how long what is in stock of each lasts, not below 0.

        Returns
        -------
        (n, scenarios), in the units of the stock; infinite for never.

        Examples
        --------
        >>> graph = need_graph([("ore", "steel", None), ("steel", "car", None)])
        >>> graph.names, graph.until_stop([[np.inf], [0.0], [np.inf]], [0, 3, 2]).ravel().tolist()
        (('car', 'ore', 'steel'), [5.0, 0.0, 3.0])
        """
        return self._settled(np.array(first, np.float64), np.asarray(stock, np.float64))

    def capacity(self, own: ArrayLike) -> Floats:
        """What each can still make, of what it made before, if some can make less by themselves.

        A product makes no more than the group that has least left allows; a group has what the
        input that has most left has.

        Parameters
        ----------
        own
            (n, scenarios), what each can make by itself, 0 to 1.

        Returns
        -------
        (n, scenarios), 0 to 1.

        Examples
        --------
        >>> graph = need_graph([("ore", "steel", "a"), ("scrap", "steel", "a")])
        >>> graph.capacity([[0.5], [0.2], [1.0]])[graph.names.index("steel")].tolist()
        [0.5]
        """
        return self._settled(np.array(own, np.float64), np.zeros(len(self.names)))

    def _settled(self, value: Floats, added: Floats) -> Floats:
        """The least value of the groups of each product, of a group the greatest of its inputs'
        with what is added; around a cycle until nothing changes."""
        while True:
            before = value.copy() if self.cycles else value
            for product, inputs in self.groups:
                most = value[inputs[0]] + added[inputs[0]]
                for each in inputs[1:]:
                    most = np.maximum(most, value[each] + added[each])
                np.minimum(value[product], most, out=value[product])
            if not self.cycles or np.array_equal(before, value):
                return value


def need_graph(needs: Iterable[tuple[str, str, str | None]]) -> NeedGraph:
    """The graph of rows of needs.

    Parameters
    ----------
    needs
        (input, product, group): the inputs of a product with the same group substitute one
        another; those without a group have no substitute.

    Returns
    -------
    `NeedGraph`; products that need one another are named in its ``cycles``.

    Examples
    --------
    >>> need_graph([("a", "b", None), ("b", "a", None), ("b", "c", None)]).cycles
    (('a', 'b'),)
    """
    rows = sorted(needs, key=lambda row: (row[1], row[2] is not None, row[2] or "", row[0]))
    names = tuple(sorted({name for row in rows for name in row[:2]}))
    at = {name: place for place, name in enumerate(names)}
    inputs: dict[tuple[int, str], list[int]] = {}
    for each, product, group in rows:
        # an input without a group is a group by itself
        key = f"1{group}" if group is not None else f"0{each}"
        inputs.setdefault((at[product], key), []).append(at[each])
    links = {(each, product) for (product, _), own in inputs.items() for each in own}
    place, cycles = _order(len(names), links)
    ordered = sorted(inputs.items(), key=lambda item: (place[item[0][0]], item[0]))
    groups = tuple((product, tuple(own)) for (product, _), own in ordered)
    return NeedGraph(names, groups, tuple(tuple(names[k] for k in own) for own in cycles))


def _order(size: int, links: Iterable[tuple[int, int]]) -> tuple[list[int], list[list[int]]]:
    """The place of each node, suppliers first, and the nodes of each cycle."""
    pairs = sorted(links)
    rows, columns = ([pair[side] for pair in pairs] for side in (0, 1))
    matrix = coo_array((np.ones(len(pairs)), (rows, columns)), (size, size))
    _, part = connected_components(matrix, directed=True, connection="strong")
    members: dict[int, list[int]] = {}
    for node, own in enumerate(part.tolist()):
        members.setdefault(own, []).append(node)
    needs: dict[int, list[int]] = {own[0]: [] for own in members.values()}
    first = [members[own][0] for own in part.tolist()]
    for each, product in pairs:
        if first[each] != first[product]:
            needs[first[product]].append(first[each])
    place = {node: at for at, node in enumerate(TopologicalSorter(needs).static_order())}
    own_need = {each for each, product in pairs if each == product}
    cycles = [own for own in members.values() if len(own) > 1 or own[0] in own_need]
    return [place[own] for own in first], sorted(cycles)


def articulation_points(size: int, links: Sequence[tuple[int, int]]) -> Bools:
    """Which nodes hold the network together: without one of them it falls into more parts.

    Parameters
    ----------
    size
        Number of nodes.
    links
        Pairs of nodes; their direction is not looked at.

    Returns
    -------
    (size,)

    References
    ----------
    Hopcroft and Tarjan 1973, Communications of the ACM 16(6), 372-378 (the definition).

    Examples
    --------
    >>> articulation_points(4, [(0, 1), (1, 2), (2, 0), (2, 3)]).tolist()
    [False, False, True, False]
    """
    pairs = np.array([pair for pair in links if pair[0] != pair[1]], np.intp).reshape(-1, 2)
    whole = _parts(size, pairs)
    return np.array(
        # the node that is taken away stays as a part of its own
        [_parts(size, pairs[(pairs != node).all(axis=1)]) > whole + 1 for node in range(size)],
        np.bool_,
    )


def _parts(size: int, pairs: NDArray[np.intp]) -> int:
    """How many parts a network falls into."""
    matrix = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (size, size))
    count, _ = connected_components(matrix, directed=False)
    return int(count)
