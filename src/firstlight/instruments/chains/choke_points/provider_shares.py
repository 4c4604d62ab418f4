"""Who provides what: shares as far as they are known, and what goes where some providers go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from firstlight.errors import InputError
from firstlight.instruments.chains.choke_points.concentration_bounds import (
    SCALE,
    herfindahl,
    herfindahl_bounds,
    largest_bounds,
)
from firstlight.texts import Name, Share, Value, message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
HALF_A_POINT = 0.005  # how far a share that was rounded to whole per cents may be off
TINY = 1e-9  # what adding up such shares leaves over


class Bounds(NamedTuple):
    """Least and most of a concentration, 0 to 10,000, and of what the largest holds, 0 to 1."""

    low: float
    high: float
    least: float
    most: float


class Part(NamedTuple):
    """A part of an input that goes with its provider or its country.

    at       : the input
    group    : what the shares that are not known add up to is known of each group
    provider : None where nobody is named
    country  : None where it is not known
    known    : the share that is known, of the whole input
    room     : how much of its group's rest it may hold besides
    is_minor : whether it can't take the place of others
    """

    at: int
    group: int
    provider: str | None
    country: str | None
    known: float
    room: float
    is_minor: bool = False


@dataclass(frozen=True)
class Providers:
    """The parts that make up the inputs, and the rest of each group of them.

    parts     : sorted by input and group
    rest      : of each group, what is provided by those of its parts that have room
    is_listed : whether all providers are
    size      : number of inputs
    home      : names of the country whose providers are there to stay; concentration and what the
                largest holds are then of those abroad
    """

    parts: tuple[Part, ...]
    rest: tuple[float, ...]
    is_listed: bool
    size: int
    home: tuple[str, ...] = ()

    @cached_property
    def _matrices(self) -> tuple[Any, Any, Any, Floats]:
        """Known shares and room, part by group; the input of each group; all room of a group."""
        count = len(self.rest)
        rows = np.arange(len(self.parts))
        group = np.array([part.group for part in self.parts], np.intp)
        shape = (len(rows), count)
        known = csr_array(coo_array(([part.known for part in self.parts], (rows, group)), shape))
        room = csr_array(coo_array(([part.room for part in self.parts], (rows, group)), shape))
        at = np.zeros(count, np.intp)
        at[group] = [part.at for part in self.parts]
        of_input = csr_array(
            coo_array((np.ones(count), (np.arange(count), at)), (count, self.size))
        )
        return known, room, of_input, np.asarray(room.sum(axis=0), np.float64)

    def lost(self, gone: csr_array[Any]) -> tuple[Floats, Floats]:
        """The least and the most of each input that goes with some of its parts.

        gone : (scenarios, parts), 1 for each that goes

        Returns two (scenarios, inputs), 0 to 1. Least: what is not known to go is held by those
        that stay, as far as they have room; most: by those that go.
        """
        known, room, of_input, all_room = self._matrices
        rest = np.array(self.rest)
        sure = (gone @ known).toarray()
        gone_room = (gone @ room).toarray()
        least = sure + np.maximum(rest - (all_room - gone_room), 0.0)
        most = sure + np.minimum(rest, gone_room)
        low, high = (np.asarray(np.minimum(each @ of_input, 1.0)) for each in (least, most))
        return low, high

    def at_home(self) -> tuple[Floats, Floats]:
        """The least and the most of each input that is made at home; (inputs,) each."""
        is_own = np.array([part.country in self.home for part in self.parts], np.float64)
        # a firm of no known country, and one that nobody listed, may be at home
        may_be = [
            part.country is None and (part.provider is not None or part.room > 0)
            for part in self.parts
        ]
        low, _ = self.lost(csr_array(is_own[None, :]))
        _, high = self.lost(csr_array(np.maximum(is_own, may_be)[None, :]))
        return low[0], high[0]

    def is_abroad(self, part: Part) -> bool:
        """Whether a part may be cut off from home; each may where no home is known."""
        return part.country not in self.home

    def of_input(self) -> Iterator[tuple[int, list[Part]]]:
        """The parts of each input that has any."""
        by_input: dict[int, list[Part]] = {}
        for part in self.parts:
            by_input.setdefault(part.at, []).append(part)
        yield from sorted(by_input.items())

    def by_provider(self, parts: Sequence[Part]) -> Bounds | None:
        """How concentrated one input is by provider; None where no provider is named."""
        if all(part.provider is None for part in parts):
            return None
        named = [part for part in parts if part.provider is not None and self.is_abroad(part)]
        groups = list(dict.fromkeys(part.group for part in parts))
        each = [
            self._of_providers([part for part in parts if part.group == group], self.rest[group])
            for group in groups
        ]
        low, high = (min(sum(bounds[k] for bounds in each), SCALE) for k in (0, 1))
        least, most = (max(bounds[k] for bounds in each) for k in (2, 3))
        if len({part.provider for part in named}) < len(named):
            # of several countries: its shares are one
            whole = self._of_providers(parts, sum(self.rest[group] for group in groups))
            high = whole.high
            most = whole.most
        return Bounds(low, high, least, most)

    def _of_providers(self, parts: Sequence[Part], rest: float) -> Bounds:
        abroad = [part for part in parts if self.is_abroad(part)]
        holders = sorted({part.provider for part in abroad if part.provider is not None})
        known, room = (
            np.array(
                [
                    sum(getattr(part, what) for part in abroad if part.provider == holder)
                    for holder in holders
                ]
            )
            for what in ("known", "room")
        )
        nobody = sum(part.known for part in abroad if part.provider is None)
        spare = sum(part.room for part in parts if not self.is_abroad(part))
        return self._bounded(known, room, rest, nobody, self.is_listed, spare)

    def by_country(self, parts: Sequence[Part]) -> Bounds | None:
        """How concentrated one input is by country; None where no country is named."""
        countries = sorted({part.country for part in parts if part.country is not None})
        if not countries:
            return None
        at = {country: place for place, country in enumerate(countries)}
        known = np.zeros(len(at))
        room = np.zeros(len(at))
        is_home = np.isin(countries, self.home)
        rest = scattered = 0.0
        is_listed = self.is_listed
        for group in dict.fromkeys(part.group for part in parts):
            members = [part for part in parts if part.group == group]
            for part in members:
                if part.country is not None:
                    known[at[part.country]] += part.known
                elif part.provider is None:
                    scattered += part.known
                else:  # a firm somewhere: any country may hold what it does
                    rest += part.known
                    room += part.known
            holders = {part.country for part in members if part.room > 0}
            if len(holders) == 1 and None not in holders:
                known[at[str(next(iter(holders)))]] += self.rest[group]
                continue
            rest += self.rest[group]
            is_listed = is_listed and None not in holders
            for part in members:
                if part.country is not None:
                    room[at[part.country]] += part.room
        spare = float(room[is_home].sum())
        return self._bounded(known[~is_home], room[~is_home], rest, scattered, is_listed, spare)

    @staticmethod
    def _bounded(
        known: Floats, room: Floats, rest: float, scattered: float, is_listed: bool, spare: float
    ) -> Bounds:
        """spare : how much of the rest home may hold"""
        least_rest = max(rest - spare, 0.0)
        most_rest = max(least_rest, min(rest, float(room.sum())))
        room = np.minimum(room, rest)
        low, _ = herfindahl_bounds(known, room, least_rest)
        _, high = herfindahl_bounds(known, room, most_rest, scattered=scattered)
        least, _ = largest_bounds(known, room, least_rest)
        _, most = largest_bounds(known, room, most_rest)
        if not is_listed:
            low = herfindahl(known)
            least = float(known.max(initial=0.0))
        return Bounds(min(low, SCALE), high, min(least, 1.0), most)


def providers_of(
    rows: pl.DataFrame,
    inputs: Sequence[str],
    is_listed: bool,
    minor_share: float,
    home: tuple[str, ...] = (),
) -> Providers:
    """The providers of a table.

    rows        : input, provider, country, share, minor, sorted; a row without a provider holds a
                  country's share, one without a country, too, the share of others
    inputs      : names, whose places stand for them
    is_listed   : whether a provider that is not listed does not exist
    minor_share : the most that a provider called minor holds
    home        : names of the country whose providers are there to stay

    Raises InputError for shares of one input that add up to more than 1, and for providers that
    hold more than their country.
    """
    at = {name: place for place, name in enumerate(inputs)}
    reading = _Reading(is_listed, minor_share)
    for (name,), rows_of in rows.group_by("input", maintain_order=True):
        reading.read(at[str(name)], str(name), rows_of.rows(named=True))
    return Providers(tuple(reading.parts), tuple(reading.rest), is_listed, len(inputs), home)


class _Reading:
    """Parts and groups while the rows of one input after the other are read."""

    def __init__(self, is_listed: bool, minor_share: float) -> None:
        self.is_listed = is_listed
        self.minor_share = minor_share
        self.parts: list[Part] = []
        self.rest: list[float] = []

    def read(self, at: int, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """The rows of one input."""
        firms = [row for row in rows if row["provider"] is not None]
        places = [row for row in rows if row["provider"] is None]
        budgets = {
            row["country"]: row["share"]
            for row in places
            if row["country"] is not None and row["share"] is not None
        }
        others = [row["share"] for row in places if row["country"] is None]
        left = 1.0 - sum(budgets.values()) - sum(share or 0.0 for share in others)
        slack = HALF_A_POINT * (len(budgets) + len(others)) + TINY
        if left < -slack:
            raise _fault("shares_above_one", name, 1.0 - left)
        for country, share in budgets.items():
            of_country = [row for row in firms if row["country"] == country]
            self._group(at, name, of_country, share, country, HALF_A_POINT + TINY)
        if any(others):
            self.parts.append(Part(at, self._open(0.0), None, None, sum(filter(None, others)), 0.0))
        within = [row for row in firms if row["country"] not in budgets]
        named = {row["country"] for row in within}
        # a country without a share and without firms holds something all the same
        bare = [
            row
            for row in places
            if row["country"] not in budgets and row["country"] not in {*named, None}
        ]
        is_nothing = left <= (slack if budgets or any(others) else 0.0)
        self._group(at, name, [*within, *bare], 0.0 if is_nothing else left, None, slack)

    def _open(self, rest: float) -> int:
        self.rest.append(rest)
        return len(self.rest) - 1

    def _group(
        self,
        at: int,
        name: str,
        rows: Sequence[dict[str, Any]],
        share: float,
        country: str | None,
        slack: float,
    ) -> None:
        """Those that hold a share together: of a country, or all that is not a country's."""
        known = [row["share"] for row in rows if row["share"] is not None]
        rest = share - sum(known)
        slack += HALF_A_POINT * len(known)
        if rest < -slack:
            code = "shares_above_one" if country is None else "firms_above_country"
            raise _fault(code, name, share - rest, country)
        rest = 0.0 if rest <= slack else rest
        group = self._open(rest)
        parts = []
        for row in rows:
            is_minor = row["minor"] is not None
            most = min(rest, self.minor_share) if is_minor else rest
            room = 0.0 if row["share"] is not None else most
            part = Part(at, group, row["provider"], row["country"], row["share"] or 0.0, room)
            parts.append(part._replace(is_minor=is_minor))
        room = sum(part.room for part in parts)
        if room and not self.is_listed:
            parts.append(Part(at, group, None, country, 0.0, rest))
        elif room < rest:
            # what nobody named has room for is held by somebody of the country
            parts.append(Part(at, group, None, country, rest - room, 0.0))
            self.rest[group] = room
        self.parts += parts


def _fault(code: str, name: str, share: float, country: str | None = None) -> InputError:
    values: dict[str, Value[Any]] = {"input": Name(name), "share": Share(share)}
    if country is not None:
        values["country"] = Name(country)
    return InputError(message(code, **values), FOLDER)
