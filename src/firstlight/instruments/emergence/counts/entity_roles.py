"""What each entity of a table of counts is: a technology, a remainder, or the sum of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.counts.containment import (
    containers,
    dominates,
    last_of_path,
)
from firstlight.instruments.emergence.counts.entity_names import (
    RESIDUAL,
    WHOLE,
    groups_among,
    kinds_of,
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

GROUP = "group"  # by its name a group of places, whose members are there too


@dataclass(frozen=True)
class Entities:
    """The entities of a table, sorted.

    names   : (E,) with the parent's name before their own, as in "quantum: Error Correction"
    leaves  : (E,) their own names
    parents : (E,) None where the table names none
    """

    names: tuple[str, ...]
    leaves: tuple[str, ...]
    parents: tuple[str | None, ...]

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Entities:
        """The entities that a frame with columns entity, leaf and parent counts at least once."""
        counted = frame.filter(pl.col("count") > 0)
        rows = counted.select("entity", "leaf", "parent").unique().sort("entity")
        columns = (rows[name].to_list() for name in ("entity", "leaf", "parent"))
        return cls(*(tuple(column) for column in columns))


@dataclass(frozen=True)
class Roles:
    """What each entity is.

    rules   : (E,) None for a technology; "residual" for a remainder; "whole" (by its name), "group"
              (of places, by its name), or the rule of `Container` for the sum of others
    members : row of a sum -> rows of its members, where they are known
    whole   : the row of the entity that holds all others, None where there is none
    """

    rules: tuple[str | None, ...]
    members: Mapping[int, tuple[int, ...]]
    whole: int | None

    @property
    def is_technology(self) -> Flags:
        """(E,) whether an entity is a technology."""
        return np.array([rule is None for rule in self.rules], dtype=np.bool_)

    @property
    def is_counted(self) -> Flags:
        """(E,) whether an entity is part of the sum of all: not itself the sum of others."""
        return np.array([rule in (None, RESIDUAL) for rule in self.rules], dtype=np.bool_)


def roles_of(entities: Entities, counts: Floats) -> Roles:
    """What each entity is, by its name and by its counts.

    A name alone makes a remainder. It makes a whole only of an entity that is as large as any other
    in every year, and a group of places only of one that is as large as any of its members: tags
    may be called "all" or "sum".

    counts : (E, Y) documents, up to the forecast year
    """
    rules: list[str | None] = [None] * len(entities.names)
    members: dict[int, tuple[int, ...]] = {}
    # Of a path the last part says what it is: World -> Europe -> Other Europe is a remainder.
    for row, kind in enumerate(kinds_of([last_of_path(leaf) for leaf in entities.leaves])):
        is_whole = kind == WHOLE and dominates(counts, row, _beside(entities, row))
        if is_whole or kind == RESIDUAL:
            rules[row] = kind
    _mark_groups(entities, counts, rules, members)
    rest = [row for row, rule in enumerate(rules) if rule in (None, RESIDUAL)]
    names = [entities.names[row] for row in rest]
    parents = [entities.parents[row] for row in rest]
    for one in containers(counts[rest], names, parents):
        rules[rest[one.row]] = one.rule
        members[rest[one.row]] = tuple(rest[member] for member in one.members)
    return Roles(tuple(rules), members, _whole_of_all(entities, counts, rules))


def _beside(entities: Entities, row: int) -> list[int]:
    """The other entities with the same parent; all others, of an entity without a parent."""
    parent = entities.parents[row]
    others = (other for other in range(len(entities.names)) if other != row)
    return [other for other in others if parent in (None, entities.parents[other])]


def _mark_groups(
    entities: Entities,
    counts: Floats,
    rules: list[str | None],
    members: dict[int, tuple[int, ...]],
) -> None:
    number = {name: row for row, name in enumerate(entities.names)}
    for group, names in groups_among(entities.names).items():
        row, rows = number[group], [number[name] for name in names]
        if rules[row] is None and dominates(counts, row, rows):
            rules[row] = GROUP
            members[row] = tuple(rows)


def _whole_of_all(entities: Entities, counts: Floats, rules: list[str | None]) -> int | None:
    """The largest entity that is the whole of the table, by its name or as the sum of all."""
    wholes = [
        row
        for row, rule in enumerate(rules)
        if rule in (WHOLE, "all") and entities.parents[row] is None
    ]
    if not wholes:
        return None
    return max(wholes, key=lambda row: (float(counts[row].sum().round(6)), -row))
