"""The network of those who took part in the same works: documents, projects or inventions.

Symbols: b_wi 1 where member i took part in work w; k_w the number of its members.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.errors import check_choice

SIGNS = (";", "；", "|")
"""Signs that part several names in one cell."""

Counting = Literal["full", "fractional", "pair"]


def works_together(membership: Any, counting: Counting = "fractional") -> Any:
    """From works by members to a weighted network of members.

    a_ij = sum over w of b_wi b_wj c_w; c_w is 1 (full), 1 / (k_w - 1) (fractional), or
    2 / (k_w (k_w - 1)) (pair).

    membership : (works, members), above 0 where a member took part, dense or sparse
    Returns scipy.sparse.csr_array (members, members), symmetric, with an empty diagonal.

    Raises InputError for an unknown counting.

    Source: Newman (2001), Physical Review E 64, 016132 (fractional); Perianes-Rodriguez, Waltman
    and van Eck (2016), Journal of Informetrics 10(4), 1178-1195.

    >>> works_together([[1, 1, 1], [1, 1, 0]]).toarray().tolist()
    [[0.0, 1.5, 0.5], [1.5, 0.0, 0.5], [0.5, 0.5, 0.0]]
    """
    check_choice("counting", counting, get_args(Counting))
    took = (sparse.csr_array(membership) > 0).astype(np.float64).tocsr()
    size = np.asarray(took.sum(axis=1)).ravel()
    shared = np.where(size > 1, 1 / np.maximum(size - 1, 1), 0.0)
    each = {
        "full": (size > 1) * 1.0,
        "fractional": shared,
        "pair": shared * 2 / np.maximum(size, 1),
    }[counting]
    ties = (took.T @ (sparse.diags_array(each) @ took)).tocsr()
    ties.setdiag(0.0)
    ties.eliminate_zeros()
    ties.sort_indices()
    return ties


def membership_of(table: pl.DataFrame) -> tuple[list[str], list[str], Any]:
    """Works and members, sorted, and who took part in what.

    table : work, member
    Returns works, members, and a sparse matrix (works, members) of 0 and 1.

    >>> table = pl.DataFrame({"work": ["a", "b"], "member": ["x", "x"]})
    >>> membership_of(table)[2].toarray().tolist()
    [[1.0], [1.0]]
    """
    names = [table[column].unique().sort() for column in ("work", "member")]
    works, members = (
        table[column].cast(pl.Enum(own)).to_physical().to_numpy()
        for column, own in zip(("work", "member"), names, strict=True)
    )
    shape = (names[0].len(), names[1].len())
    took = sparse.csr_array((np.ones(table.height), (works, members)), shape=shape)
    return names[0].to_list(), names[1].to_list(), (took > 0).astype(np.float64).tocsr()


def links_of(members: Sequence[str], ties: Any, joint: Any) -> pl.DataFrame:
    """A row for each pair with a joint work: member_1, member_2, weight_count, joint_work_count.

    ties  : (n, n), as `works_together` counts them
    joint : (n, n), the number of joint works
    """
    # both have the same pairs in the same order
    upper, works = sparse.triu(ties, 1).tocoo(), sparse.triu(joint, 1).tocoo()
    return pl.DataFrame(
        {
            "member_1": pl.Series([members[k] for k in upper.row], dtype=pl.String),
            "member_2": pl.Series([members[k] for k in upper.col], dtype=pl.String),
            "weight_count": np.asarray(upper.data, dtype=np.float64),
            "joint_work_count": np.rint(works.data).astype(np.int64),
        }
    ).sort("member_1", "member_2")


def joint_links(table: pl.DataFrame, counting: Counting = "fractional") -> pl.DataFrame:
    """The ties of a table of works: member_1, member_2, weight_count, joint_work_count.

    table : work, member

    Raises InputError for an unknown counting.

    >>> joint_links(pl.DataFrame({"work": ["a", "a"], "member": ["x", "y"]})).row(0)
    ('x', 'y', 1.0, 1)
    """
    _, members, took = membership_of(table)
    return links_of(members, works_together(took, counting), works_together(took, "full"))
