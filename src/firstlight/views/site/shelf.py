"""Where all results of some folders meet: every thing by its address, and its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from firstlight.views.site.comparison import comparison
from firstlight.views.site.observed import Observed
from firstlight.views.site.thing import Form, Thing


@dataclass(frozen=True)
class Shelf:
    """The observations, measurements and briefs of some folders.

    observed : folder -> its observation
    things   : address -> a measurement or a brief
    """

    observed: Mapping[str, Observed]
    things: Mapping[str, Thing]

    def find(self, path: str) -> Thing | None:
        """The thing at an address; None where there is none."""
        if path in self.things:
            return self.things[path]
        seen = self.observed.get(path.partition("/")[0])
        return seen.find(path) if seen else None

    def paths(self) -> Iterator[str]:
        """The address of every thing."""
        for seen in self.observed.values():
            yield from seen.paths()
        yield from self.things

    def compare(self, paths: Sequence[str]) -> Thing | None:
        """Some technologies beside each other; None where an address is not known.

        Raises InputError for too few or too many of them.
        """
        things = [self.find(path) for path in dict.fromkeys(paths)]
        known = [each for each in things if each is not None]
        return comparison(known) if len(known) == len(things) else None

    def names(self) -> Iterator[Form]:
        """Every form of every name."""
        for seen in self.observed.values():
            yield from seen.names()
        for path, thing in self.things.items():
            for name in thing.name.values():
                yield path, name, 0.0
