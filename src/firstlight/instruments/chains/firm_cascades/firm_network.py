"""Firms that supply one another, and what is left of their output when some of them stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from firstlight.errors import InputError
from firstlight.texts import Count, message

__all__ = ["ESSENTIAL", "NON_ESSENTIAL", "UNNEEDED", "FirmLevels", "FirmNetwork"]

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
UNNEEDED = 0
NON_ESSENTIAL = 1
ESSENTIAL = 2
SETTLED = 1e-11  # change of a level from which on nothing moves any more
MOST_ROUNDS = 20_000
AT_ONCE = 500_000  # cells of firms, needs and stops that are held at a time


@dataclass(frozen=True)
class FirmLevels:
    """What is left of each firm's output, 0 to 1, when a cascade has settled.

    Attributes
    ----------
    downstream
        (n, stops), for want of inputs alone.
    upstream
        (n, stops), for want of customers alone.
    """

    downstream: Floats
    upstream: Floats

    @property
    def both(self) -> Floats:
        """(n, stops), the lower of both."""
        return np.minimum(self.downstream, self.upstream)


@dataclass(frozen=True)
class FirmNetwork:
    """Firms with generalised Leontief production functions.

    A firm makes no more than the scarcest industry among its essential inputs allows, and loses of
    its non-essential ones in proportion to their share of all it buys. Of what a supplier fails to
    deliver its customers miss the share that the rest of its industry can't make up for: its output
    over what the industry still makes, 1 at most. A firm sells no more than its customers still
    take; what it sells outside the network it goes on selling.

    Attributes
    ----------
    supplier, user
        (links,), places of firms.
    value
        (links,), what the one delivers to the other, 0 or above.
    need
        (links,), 2 where the supplier's industry is essential for the user's, 1 where it is not, 0
        where its lack does no harm; the same for all links between two industries.
    industry
        (n,), number of each firm's industry.
    output
        (n,), of each firm; what it sells in the network or more.
    is_replaceable
        Whether the rest of an industry makes up for a supplier; else all that it fails to deliver
        is missed.

    References
    ----------
    Diem, Borsos, Reisch, Kertész and Thurner 2022, Scientific Reports 12, 7719 (the cascade and the
    economic systemic risk index).

    Examples
    --------
    Two mills buy grain of one farm; the smaller mill stops:

    >>> import numpy as np
    >>> links = np.array([0, 0]), np.array([1, 2]), np.array([6.0, 2.0]), np.array([2, 2])
    >>> firms = FirmNetwork(*links, np.array([0, 1, 1]), np.array([8.0, 9.0, 3.0]))
    >>> firms.levels([[2]]).both.ravel().tolist(), firms.shares([[2]]).tolist()
    ([0.75, 1.0, 0.0], [0.25])
    """

    supplier: Ints
    user: Ints
    value: Floats
    need: Ints
    industry: Ints
    output: Floats
    is_replaceable: bool = True

    def levels(self, stops: Sequence[Sequence[int]]) -> FirmLevels:
        """What is left when firms stop.

        Parameters
        ----------
        stops
            Of each stop the places of the firms that it takes away.

        Returns
        -------
        FirmLevels

        Raises
        ------
        InputError
            For a cascade that does not settle.
        """
        may = np.ones((len(self.output), len(stops)))
        for k, stopped in enumerate(stops):
            may[list(stopped), k] = 0.0
        return FirmLevels(_settled(may, self._for_inputs), _settled(may, self._for_customers))

    def shares(self, stops: Sequence[Sequence[int]]) -> Floats:
        """The share of all output that each stop costs: the economic systemic risk index.

        Parameters
        ----------
        stops
            Of each stop the places of the firms that it takes away.

        Returns
        -------
        (stops,), 0 to 1.
        """
        return self.lost(self.levels(stops).both)

    def lost(self, levels: Floats) -> Floats:
        """The share of all output that is lost at some levels.

        Parameters
        ----------
        levels
            (n, stops), what is left of each firm's output, 0 to 1.

        Returns
        -------
        (stops,), 0 to 1.
        """
        return np.asarray(self.output @ (1.0 - levels) / self.output.sum())

    def alone(self) -> Iterator[tuple[Ints, FirmLevels]]:
        """What is left when each firm stops by itself, some firms after the other.

        Returns
        -------
        Iterator of the places of m firms, (m,), and the `FirmLevels` when each of them stops,
        (n, m); m depends on the size of the network.

        Raises
        ------
        InputError
            For a cascade that does not settle.
        """
        firms = len(self.output)
        block = max(AT_ONCE // (firms + self._essential[0].shape[0]), 1)
        for start in range(0, firms, block):
            places = np.arange(start, min(start + block, firms))
            yield places, self.levels([[each] for each in places.tolist()])

    def _matrix(self, rows: Ints, columns: Ints, values: Floats, height: int) -> csr_array[Any]:
        return coo_array((values, (rows, columns)), (height, len(self.output))).tocsr()

    @cached_property
    def _essential(self) -> tuple[csr_array[Any], Ints, Ints]:
        """Of each need of a user for an industry the shares of its suppliers; the users that have
        such needs, and where those of each begin."""
        links = np.flatnonzero((self.need == ESSENTIAL) & (self.value > 0))
        maker = self.supplier[links]
        user = self.user[links]
        value = self.value[links]
        industries = int(self.industry.max(initial=0)) + 1
        needs, at = np.unique(user * industries + self.industry[maker], return_inverse=True)
        totals = np.bincount(at, value, len(needs))
        users, starts = np.unique(needs // industries, return_index=True)
        return self._matrix(at, maker, value / totals[at], len(needs)), users, starts

    @cached_property
    def _other(self) -> csr_array[Any]:
        """(users, suppliers), shares of non-essential suppliers in all that a user buys."""
        bought = np.bincount(self.user, self.value, len(self.output))
        links = np.flatnonzero((self.need == NON_ESSENTIAL) & (self.value > 0))
        user = self.user[links]
        shares = self.value[links] / bought[user]
        return self._matrix(user, self.supplier[links], shares, len(self.output))

    @cached_property
    def _sold(self) -> csr_array[Any]:
        """(suppliers, users), shares of users in a supplier's output."""
        links = np.flatnonzero(self.value > 0)
        maker = self.supplier[links]
        shares = self.value[links] / self.output[maker]
        return self._matrix(maker, self.user[links], shares, len(self.output))

    @cached_property
    def _members(self) -> csr_array[Any]:
        """(industries, firms), 1 for the members of an industry."""
        places = np.arange(len(self.output))
        return self._matrix(
            self.industry, places, np.ones(len(places)), int(self.industry.max(initial=-1)) + 1
        )

    def _for_inputs(self, level: Floats) -> Floats:
        """What is left for want of inputs, if so much is left of the suppliers."""
        missed = 1.0 - level
        if self.is_replaceable:
            left = (self._members @ (self.output[:, None] * level))[self.industry]
            # what is left of an industry that has stopped makes up for nothing
            hardly = np.divide(self.output[:, None], left, out=np.ones_like(left), where=left > 0)
            missed *= np.minimum(hardly, 1.0)
        lost = self._other @ missed
        shares, users, starts = self._essential
        if len(users):
            lost[users] = np.maximum(lost[users], np.maximum.reduceat(shares @ missed, starts))
        return np.asarray(1.0 - np.minimum(lost, 1.0))

    def _for_customers(self, level: Floats) -> Floats:
        """What is left for want of customers, if so much is left of them."""
        return np.asarray(1.0 - np.minimum(self._sold @ (1.0 - level), 1.0))


def _settled(may: Floats, left: Any) -> Floats:
    """The levels at which nothing changes any more, from the top: no firm makes more than it may,
    and than is left by the others."""
    level = may.copy()
    moving = np.arange(may.shape[1])
    for _ in range(MOST_ROUNDS):
        before = level[:, moving]
        after = np.minimum(may[:, moving], left(before))
        level[:, moving] = after
        # a stop that has settled is not computed again
        moving = moving[np.abs(after - before).max(axis=0, initial=0.0) > SETTLED]
        if not len(moving):
            return level
    raise InputError(message("not_settled", rounds=Count(MOST_ROUNDS)), FOLDER)
