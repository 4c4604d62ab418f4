"""Where all results of some folders meet: every thing by its address, and by its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from firstlight.store.name_index import Named, NameIndex
from firstlight.views.site.comparison import comparison
from firstlight.views.site.observed import Observed
from firstlight.views.site.thing import Thing


@dataclass(frozen=True)
class Shelf:
    """The observations and measurements of some folders.

    observed : folder -> its observation
    measured : address -> a measurement
    """

    observed: Mapping[str, Observed]
    measured: Mapping[str, Thing]

    def find(self, path: str) -> Thing | None:
        """The thing at an address; None where there is none."""
        if path in self.measured:
            return self.measured[path]
        seen = self.observed.get(path.partition("/")[0])
        return seen.find(path) if seen else None

    def paths(self) -> Iterator[str]:
        """The address of every thing."""
        for seen in self.observed.values():
            yield from seen.paths()
        yield from self.measured

    def compare(self, paths: Sequence[str]) -> Thing:
        """Some technologies beside each other.

        Raises InputError for too few or too many that are known.
        """
        things = (self.find(path) for path in dict.fromkeys(paths))
        return comparison([each for each in things if each is not None])

    def search(self, question: str, most: int = 20) -> list[Named]:
        """Things by any form of any of their names."""
        return self._index.find(question, most)

    def names(self) -> Iterator[Named]:
        """Every name."""
        for seen in self.observed.values():
            yield from seen.names()
        for path, thing in self.measured.items():
            for name in thing.name.values():
                yield Named(path, name)

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(self.names())
