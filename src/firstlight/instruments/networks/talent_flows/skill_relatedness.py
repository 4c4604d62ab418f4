"""Skill relatedness: between which industries people move more than the size of both explains.

Symbols: F_ij people who move from i to j, i != j; F_i. those who leave i, F_.j those who come to
j, F.. all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import gammainc

from firstlight.errors import check_between, empty_column, low_value
from firstlight.instruments.networks.adjacency import read_links
from firstlight.numerics.distributions import false_discovery

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# rounds at most, and the share of all moves by which the margins may still be missed
_ROUNDS, _CLOSE = 20_000, 1e-9


@dataclass(frozen=True)
class RelatednessOfPairs:
    """Pairs with a flow either way, sorted; P pairs.

    one, two    : (P,) codes, one < two
    flow        : (P,) people, both ways
    expected    : (P,) the same under chance; nan where chance can't be fitted
    ratio       : (P,) mean over both ways of F_ij F.. / (F_i. F_.j)
    relatedness : (P,) (ratio - 1) / (ratio + 1), -1 to 1
    p_value     : (P,) chance of at least that flow
    q_value     : (P,) the same among all pairs (Benjamini and Hochberg)
    """

    one: Ints
    two: Ints
    flow: Floats
    expected: Floats
    ratio: Floats
    relatedness: Floats
    p_value: Floats
    q_value: Floats


@dataclass(frozen=True)
class SkillRelatedness:
    """Skill relatedness of pairs of units; a pair without a flow has relatedness -1.

    table : a row for each pair with a flow, sorted: unit_1, unit_2 (in the order of names),
            flow_count (both ways), expected_count (under chance), flow_ratio, relatedness_index
            (-1 to 1, 0 = as chance), p_value, q_value, is_related (above 0, q below the level)
    units : names of all units with flows, sorted
    """

    table: pl.DataFrame
    units: tuple[str, ...]


def relatedness_of_flows(flows: Any) -> RelatednessOfPairs:
    """Observed over expected flows, symmetric, and whether chance would do as much.

    R_ij = F_ij F.. / (F_i. F_.j); ratio = mean of R_ij and R_ji (the one there is where nobody
    leaves or comes); relatedness = (ratio - 1) / (ratio + 1). Chance: people who leave take any
    other unit's openings; flows are Poisson with mean a_i b_j, i != j, that keeps how many leave
    and come (quasi-independence). p is their upper tail for both ways together.

    Parameters
    ----------
    flows
        (n, n) people from row to column, dense or sparse, at least 0; the diagonal is left out.

    Raises
    ------
    InputError
        Where a flow is negative, or nobody moves.

    References
    ----------
    Neffke and Henning 2013, Strategic Management Journal 34(3), 297-316. Symmetric form: Neffke,
    Otto and Weyh 2017, Journal of Economic Behavior and Organization 142. Chance: Goodman 1968,
    Journal of the American Statistical Association 63(324), 1091-1131.

    Examples
    --------
    >>> relatedness_of_flows([[0, 8, 1], [8, 0, 1], [1, 1, 0]]).relatedness.round(3).tolist()
    [0.328, 0.053, 0.053]
    """
    held = sparse.csr_array(flows, dtype=np.float64)
    if held.nnz and held.data.min() < 0:
        raise low_value("flows", held.data.min(), "zero")
    held.setdiag(0)
    held.eliminate_zeros()
    whole = float(held.sum())
    if not whole > 0:
        raise empty_column("flows", "nothing_above_zero")
    out, come = np.asarray(held.sum(axis=1)).ravel(), np.asarray(held.sum(axis=0)).ravel()
    both = sparse.triu(held + held.T, 1).tocsr()
    both.sort_indices()
    pairs = both.tocoo()
    one, two = pairs.row.astype(np.int64), pairs.col.astype(np.int64)
    there, back = held[one, two], held[two, one]
    parts = [
        np.divide(flow * whole, size, out=np.full(len(one), np.nan), where=size > 0)
        for flow, size in ((there, out[one] * come[two]), (back, out[two] * come[one]))
    ]
    ratio = np.nanmean(np.stack(parts), axis=0)
    a, b = quasi_independence(out, come)
    expected = a[one] * b[two] + a[two] * b[one]
    p = np.where(
        np.isnan(expected), np.nan, gammainc(pairs.data, np.where(np.isnan(expected), 1, expected))
    )
    members = int(((out + come) > 0).sum())
    # pairs without a flow have p = 1
    q = false_discovery(p, members * (members - 1) // 2)
    return RelatednessOfPairs(
        one, two, pairs.data, expected, ratio, (ratio - 1) / (ratio + 1), p, q
    )


def quasi_independence(out: Any, come: Any) -> tuple[Floats, Floats]:
    """a and b whose products a_i b_j, i != j, have the sums out_i and come_j; nan where none have.

    None have where one unit takes part in nearly every move: the others have none left.

    >>> a, b = quasi_independence([2, 2, 2], [2, 2, 2])
    >>> (a[0] * b[1]).round(6)
    np.float64(1.0)
    """
    leave, arrive = np.asarray(out, dtype=np.float64), np.asarray(come, dtype=np.float64)
    whole = leave.sum()
    a, b = leave / np.sqrt(whole), arrive / np.sqrt(whole)
    for _ in range(_ROUNDS):
        room = b.sum() - b
        a = np.divide(leave, room, out=np.zeros_like(a), where=room > 0)
        room = a.sum() - a
        b = np.divide(arrive, room, out=np.zeros_like(b), where=room > 0)
        if np.abs(a * (b.sum() - b) - leave).max() <= _CLOSE * whole:
            return a, b
    return np.full_like(a, np.nan), np.full_like(b, np.nan)


def skill_relatedness(
    frame: Any,
    origin: str = "origin",
    destination: str = "destination",
    people: str | None = "people_count",
    *,
    level: float = 0.05,
) -> SkillRelatedness:
    """Between which industries, occupations or organisations people move more than by chance.

    Parameters
    ----------
    frame
        A row for each origin and destination; rows of the same pair add up.
    origin, destination, people
        Its columns; people are how many moved, and None counts rows.
    level
        q-value below which a pair counts as related.

    Returns
    -------
    SkillRelatedness, with ``table`` (a row for each pair with a flow: flow_count, expected_count,
    flow_ratio, relatedness_index from -1 to 1, p_value, q_value, is_related) and ``units``.

    Raises
    ------
    InputError
        As ``read_links`` and ``relatedness_of_flows``, and for a level outside 0 to 1.

    References
    ----------
    As ``relatedness_of_flows``; Benjamini and Hochberg 1995, Journal of the Royal Statistical
    Society B 57(1), 289-300.

    Examples
    --------
    >>> rows = {"origin": list("xyz"), "destination": list("yxx"), "people_count": [8, 8, 1]}
    >>> related = skill_relatedness(pl.DataFrame(rows))
    >>> related.table.select("unit_1", "unit_2", "flow_count").rows()
    [('x', 'y', 16.0), ('x', 'z', 1.0)]
    """
    check_between("level", level)
    names, flows = read_links(frame, origin, destination, people, is_directed=True)
    pairs = relatedness_of_flows(flows)
    named = pl.Series(names, dtype=pl.String)
    table = pl.DataFrame(
        {
            "unit_1": named.gather(pairs.one),
            "unit_2": named.gather(pairs.two),
            "flow_count": pairs.flow,
            "expected_count": pairs.expected,
            "flow_ratio": pairs.ratio,
            "relatedness_index": pairs.relatedness,
            "p_value": pairs.p_value,
            "q_value": pairs.q_value,
        }
    ).with_columns(pl.col("expected_count", "p_value", "q_value").fill_nan(None))
    is_related = (pl.col("relatedness_index") > 0) & (pl.col("q_value") < level)
    return SkillRelatedness(table.with_columns(is_related=is_related), tuple(names))
