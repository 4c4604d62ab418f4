"""What stops if a provider, a country, an input, or several of them go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from firstlight.instruments.chains.choke_points.need_graph import NeedGraph
from firstlight.instruments.chains.choke_points.provider_shares import Providers

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
AT_ONCE = 4_000_000  # cells of scenarios by names that are held at a time
TINY = 1e-9  # shares of several providers add up to a bound but for rounding, and then reach it


@dataclass(frozen=True)
class Removable:
    """What can go: kind (input, country, provider) and name, in this order, sorted by name."""

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    gone: csr_array[Any]  # (removable, parts), 1 for the parts that go with it
    inputs: Ints  # of each, the input that it is; -1 for none


@dataclass(frozen=True)
class Effects:
    """What removals do, a row for each of them.

    is_removed : (removals, names), inputs that are taken away themselves
    time       : (removals, names), when each name stops; infinite for never
    low, high  : (removals, names), the least and the most that is lost of it
    own_low, own_high : the same of inputs before anything they need is looked at
    """

    is_removed: Bools
    time: Floats
    low: Floats
    high: Floats
    own_low: Floats
    own_high: Floats

    @property
    def stops(self) -> Bools:
        """(removals, names), whether it stops."""
        return np.asarray(np.isfinite(self.time))

    def rows(self, kept: Ints) -> Effects:
        """Those of some of the removals."""
        return Effects(*(getattr(self, name)[kept] for name in self.__dataclass_fields__))


def removable(graph: NeedGraph, providers: Providers) -> Removable:
    """Everything that can go: inputs, not final products; countries and providers, but home's.

    >>> from firstlight.instruments.chains.choke_points.need_graph import need_graph
    >>> removable(need_graph([("a", "b", None)]), Providers((), (), True, 2)).names
    ('a',)
    """
    final = graph.is_final
    inputs = [k for k in range(len(graph.names)) if not final[k]]
    rows = [("input", graph.names[k], k, list[int]()) for k in inputs]
    for kind in ("country", "provider"):
        parts_of: dict[str, list[int]] = {}
        for place, part in enumerate(providers.parts):
            name = getattr(part, kind)
            if name is not None and providers.is_abroad(part):
                parts_of.setdefault(name, []).append(place)
        rows += [(kind, name, -1, parts_of[name]) for name in sorted(parts_of)]
    counts = [len(parts) for _, _, _, parts in rows]
    columns = [place for _, _, _, parts in rows for place in parts]
    starts = np.concatenate([[0], np.cumsum(counts)])
    shape = (len(rows), len(providers.parts))
    gone = csr_array((np.ones(len(columns)), np.array(columns, np.intp), starts), shape=shape)
    at = np.array([row[2] for row in rows], np.intp)
    return Removable(tuple(row[0] for row in rows), tuple(row[1] for row in rows), gone, at)


@dataclass(frozen=True)
class Removals:
    """A chain whose parts can be taken away.

    stock      : of each name, how long what is in stock lasts
    stop_share : of an input, how much has to be lost for it to stop
    """

    graph: NeedGraph
    providers: Providers
    what: Removable
    stock: Floats
    stop_share: float

    @property
    def with_home(self) -> Removals:
        """The same where home's providers can go, too."""
        everything = removable(self.graph, replace(self.providers, home=()))
        return replace(self, what=everything)

    def effects(self, sets: Sequence[Sequence[int]]) -> Effects:
        """What happens if sets of what is removable go, a row for each set."""
        gone = [self.what.gone[list(places)].sum(axis=0) for places in sets]
        parts = csr_array(np.minimum(np.array(gone), 1.0))
        removed = [self._removed(np.array(places, np.intp)).any(axis=0) for places in sets]
        return self._effects(parts, np.array(removed))

    def alone(self) -> Effects:
        """What happens if each goes by itself."""
        places = np.arange(len(self.what.names))
        return self._effects(self.what.gone, self._removed(places))

    def _removed(self, places: Ints) -> Bools:
        """(places, names), the input that each is, if it is one."""
        removed = np.zeros((len(places), len(self.graph.names)), np.bool_)
        inputs = self.what.inputs[places]
        removed[np.flatnonzero(inputs >= 0), inputs[inputs >= 0]] = True
        return removed

    def steps_stopped(self, effects: Effects) -> Bools:
        """(removals, names), products that stop besides what was removed."""
        return np.asarray(effects.stops & self.graph.is_product & ~effects.is_removed)

    def _effects(self, gone: csr_array[Any], is_removed: Bools) -> Effects:
        low, high = self.providers.lost(gone)
        low[is_removed] = high[is_removed] = 1.0
        # what surely goes stops an input; what may go does not, and shows in what is lost at most
        first = np.where(low >= self.stop_share - TINY, 0.0, np.inf)
        time = self.graph.until_stop(first.T, self.stock).T
        after = (self.graph.capacity(1.0 - lost.T).T for lost in (low, high))
        lost_low, lost_high = (np.asarray(1.0 - each) for each in after)
        return Effects(is_removed, time, lost_low, lost_high, low, high)

    def pairs(
        self,
        visit: Callable[[Ints, Ints, Effects], None],
        report: Callable[[int, int], None] | None,
    ) -> None:
        """Hand what each pair does to ``visit``, a block at a time: (one, other, effects)."""
        count = len(self.what.names)
        one, other = np.triu_indices(count, 1)
        block = max(AT_ONCE // max(len(self.graph.names), len(self.providers.rest), 1), 1)
        for start in range(0, len(one), block):
            first = one[start : start + block]
            second = other[start : start + block]
            gone = self.what.gone[first] + self.what.gone[second]
            gone.data = np.minimum(gone.data, 1.0)
            is_removed = self._removed(first) | self._removed(second)
            visit(first, second, self._effects(csr_array(gone), is_removed))
            if report is not None:
                report(min(start + block, len(one)), len(one))
