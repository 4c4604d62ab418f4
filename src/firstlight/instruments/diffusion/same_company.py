"""Whether a name means the same in two records: by the company that its documents keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firstlight.errors import wrong_shape

Floats = npt.NDArray[np.float64]
BLOCK = 512  # technologies that are compared with all at once


@dataclass(frozen=True)
class SameCompany:
    """Whether the documents of a technology keep the same company in two records; K technologies.

    likeness : (K,) cosine of the two profiles, nan where a record has no document of it
    rank     : (K,) place of the technology itself among all whose first profile is compared, 1 =
               most alike; nan likewise
    p_value  : (K,) rank over K: the chance of so high a place if the second record meant something
               else
    """

    likeness: Floats
    rank: Floats
    p_value: Floats


def same_company(first: Floats, second: Floats, own: Floats) -> SameCompany:
    """Whether words that two records share mean the same: the company of a technology's documents,
    without its own name.

    A profile holds, for every technology beside it, the log of how much oftener the technology's
    documents name that one than all documents of that record do (positive part, one document added
    to both sides; compare Church and Hanks 1990, Computational Linguistics 16(1)). Profiles are
    compared over those that are neither of the two, nor a part of their names, so that the names by
    which documents were chosen say nothing.

    Parameters
    ----------
    first, second
        (1 + K, 1 + V) documents; the first row holds the whole record, the first column all
        documents of the row, the others those of them that name a technology beside it.
    own
        (K, V) 1 where the technology of the column is the row's own, by itself or by its name.

    Returns
    -------
    SameCompany, with ``likeness`` (the cosine of the two profiles), ``rank`` and ``p_value``, each
    (K,); nan where a record has no document of it.

    Raises
    ------
    InputError
        Where the arrays do not fit.

    Examples
    --------
    >>> own = np.eye(2, 4)
    >>> found = same_company(np.array([[90, 9, 9, 9, 9], [9, 9, 0, 8, 0], [9, 0, 9, 0, 8.0]]),
    ...     np.array([[50, 5, 5, 8, 2], [5, 5, 0, 4, 0], [5, 0, 5, 4, 0.0]]), own)
    >>> found.rank.tolist()
    [1.0, 2.0]
    """
    if not first.shape == second.shape == (1 + own.shape[0], 1 + own.shape[1]):
        raise wrong_shape("first, second", (first.shape, second.shape), "(1 + n, 1 + m)")
    others = 1 - own
    x, y = _excess(first) * others, _excess(second) * others
    squares = (x**2).T
    likeness, place = np.zeros(len(own)), np.zeros(len(own))
    for start in range(0, len(own), BLOCK):
        rows = slice(start, start + BLOCK)
        dot = y[rows] @ x.T  # second profile of the row's technology, first of the column's
        lengths = np.sqrt((y[rows] ** 2 @ others.T) * (others[rows] @ squares))
        # a profile without excess is like no other; equal likeness must tie
        cosine = np.round(np.divide(dot, lengths, out=np.zeros_like(dot), where=lengths > 1e-12), 9)
        each = np.arange(len(cosine))
        itself = cosine[each, start + each][:, None]
        likeness[rows] = itself[:, 0]
        # Of equals, half come before.
        equals = (cosine == itself).sum(axis=1) - 1
        place[rows] = 1.0 + (cosine > itself).sum(axis=1) + equals / 2
    known = (first[1:, 0] > 0) & (second[1:, 0] > 0)
    rank = np.where(known, place, np.nan)
    return SameCompany(np.where(known, likeness, np.nan), rank, rank / max(len(own), 1))


def _excess(documents: Floats) -> Floats:
    """(K, V) from (1 + K, 1 + V)."""
    share = documents[0, 1:] / max(float(documents[0, 0]), 1.0)
    return np.asarray(
        np.maximum(np.log((documents[1:, 1:] + 1) / (documents[1:, :1] * share + 1)), 0.0)
    )
