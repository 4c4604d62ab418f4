"""The rule by which documents belong to technologies, apart from any document: it is kept, and applied to later years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.communities import Communities, belonging
from firstlight.instruments.emergence.terms import TermCounts
from firstlight.instruments.emergence.vocabulary import Vocabulary

TABLE = "membership"


@dataclass(frozen=True)
class Membership:
    """A document belongs to a technology when it uses ``needed`` of its terms; K technologies, n phrases.

    phrases    : (n,) phrases that count for a term: the term itself, and its acronym
    slots      : (n,) the term that each counts for, from 0
    technology : (n,) of 0..K-1
    needed     : distinct terms of a technology that a document must use
    size       : K
    """

    phrases: tuple[str, ...]
    slots: npt.NDArray[np.int64]
    technology: npt.NDArray[np.int64]
    needed: int
    size: int


def membership_of(
    counts: TermCounts,
    vocabulary: Vocabulary,
    found: Communities,
    kept: npt.NDArray[np.integer],
    needed: int,
) -> Membership:
    """The rule of the communities that are ``kept`` as technologies, in that order."""
    number = np.full(int(found.community.max(initial=-1)) + 2, -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    technology = number[found.community[vocabulary.slots]]
    own = np.flatnonzero(technology >= 0)
    _, slots = np.unique(vocabulary.slots[own], return_inverse=True)
    phrases = tuple(counts.terms[column] for column in vocabulary.columns[own])
    return Membership(phrases, slots.astype(np.int64), technology[own], needed, len(kept))


def documents_of(counts: TermCounts, rule: Membership, first: int, end: int) -> sparse.csr_matrix:
    """Documents first..end of the counts x technologies, 1 where the document belongs.

    A phrase that the counts do not know is used by fewer documents than they tell apart from none.
    """
    place = {term: column for column, term in enumerate(counts.terms)}
    known = np.array([phrase in place for phrase in rule.phrases], dtype=bool)
    columns = np.array(
        [place[phrase] for phrase in rule.phrases if phrase in place], dtype=np.int64
    )
    of_slot = np.full(int(rule.slots.max(initial=0)) + 1, -1, dtype=np.int64)
    of_slot[rule.slots] = rule.technology
    return belonging(
        counts, columns, rule.slots[known], of_slot, (first, end), rule.size, rule.needed
    )


def membership_tables(rule: Membership) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """The rule as a table and facts to keep; ``kept_membership`` reads them back."""
    columns = {"phrase": list(rule.phrases), "slot": rule.slots, "technology": rule.technology}
    return {TABLE: pl.DataFrame(columns, schema_overrides={"phrase": pl.String})}, {
        "needed": rule.needed
    }


def kept_membership(
    tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any], size: int
) -> Membership:
    """What ``membership_tables`` wrote, of ``size`` technologies.

    Raises  InputError where the table is missing.
    """
    if TABLE not in tables:
        raise InputError(
            f"a rule needs the table {TABLE}", where="survey", try_next="firstlight observe"
        )
    frame = tables[TABLE]
    slots, technology = frame["slot"].to_numpy(), frame["technology"].to_numpy()
    return Membership(
        tuple(frame["phrase"].to_list()), slots, technology, int(facts["needed"]), size
    )
