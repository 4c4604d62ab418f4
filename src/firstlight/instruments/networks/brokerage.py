"""Brokerage and structural holes: who stands between those who don't work with one another, and
between which groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.errors import missing_value, wrong_shape
from firstlight.instruments.networks.adjacency import Floats, adjacency, read_links
from firstlight.numerics.long_frames import nan_to_null

ROWS = 256  # at a time


def brokerage_roles(ties: Any, groups: Sequence[Any]) -> dict[str, Floats]:
    """How often each member b stands between a and c (a to b, b to c, but not a to c), by the
    groups of the three.

    ties   : (n, n), above 0 where there is a tie from row to column; a symmetric network counts
             each pair both ways round, so that gatekeeper and representative are equal there
    groups : (n,), each member's group
    Returns role -> (n,) counts of ordered pairs; the five add up to all open pairs around a member.
    Raises  InputError as ``adjacency``, or where groups and members differ in number.
    Source: Gould and Fernandez (1989), Sociological Methodology 19, 89-126.

    >>> star = [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    >>> {role: int(n[0]) for role, n in brokerage_roles(star, ["u", "u", "v"]).items() if n[0]}
    {'gatekeeper': 1, 'representative': 1}
    """
    arcs = adjacency(ties, is_directed=True)
    arcs.data = np.ones_like(arcs.data)
    labels, code = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    if code.shape != (arcs.shape[0],):
        raise wrong_shape("groups", code.shape, f"({arcs.shape[0]},)")
    coo = arcs.tocoo()
    same_arc = code[coo.row] == code[coo.col]
    same, other = (
        sparse.csr_array((coo.data[on], (coo.row[on], coo.col[on])), shape=arcs.shape)
        for on in (same_arc, ~same_arc)
    )

    def closed(first: Any, third: Any, second: Any) -> Floats:
        return np.asarray(_product_at(second, first.T.tocsr(), third).sum(axis=1)).ravel()

    def pairs(first: Any, second: Any) -> Floats:
        into: Floats = np.asarray(first.sum(axis=0), dtype=np.float64).ravel()
        onwards: Floats = np.asarray(second.sum(axis=1), dtype=np.float64).ravel()
        return into * onwards

    def back(one: Any) -> Floats:
        return np.asarray((one * one.T).sum(axis=1)).ravel()

    member = sparse.csr_array(
        (np.ones(code.size), (np.arange(code.size), code)), shape=(code.size, labels.size)
    )
    one_group = np.asarray(((other.T @ member) * (other @ member)).sum(axis=1)).ravel()
    return {
        "coordinator": pairs(same, same) - back(same) - closed(same, arcs, same),
        "gatekeeper": pairs(other, same) - closed(other, arcs, same),
        "representative": pairs(same, other) - closed(same, arcs, other),
        "consultant": one_group - back(other) - closed(other, same, other),
        "liaison": pairs(other, other) - one_group - closed(other, other, other),
    }


def _product_at(ties: Any, first: Any, second: Any) -> Any:
    """``ties`` times the product, place by place; some rows at a time, as nearly all members may be
    two steps apart."""
    starts = range(0, max(ties.shape[0], 1), ROWS)
    return sparse.vstack(
        [ties[k : k + ROWS] * (first[k : k + ROWS] @ second) for k in starts], format="csr"
    )


@dataclass(frozen=True)
class StructuralHoles:
    """Burt's measures of n members; nan for one without ties.

    constraint     : (n,), how much of its ties leads back to the same few; low where it spans
                     holes; may pass 1
    effective_size : (n,), partners less what they have in common, 0 to the number of partners
    efficiency     : (n,), effective size per partner, 0 to 1
    """

    constraint: Floats
    effective_size: Floats
    efficiency: Floats


def structural_holes(weights: Any) -> StructuralHoles:
    """Constraint, effective size and efficiency of each member.

    p_ij = (a_ij + a_ji) / sum_k (a_ik + a_ki), m_jq = (a_jq + a_qj) / max_k (a_jk + a_kj);
    constraint = sum over partners j of (p_ij + sum_q p_iq p_qj)^2; effective size = sum_j (1 -
    sum_q p_iq m_jq), q not i or j.

    weights : (n, n), at least 0, symmetric or not
    Returns StructuralHoles.
    Raises  InputError as ``adjacency``.
    Source: Burt (1992), Structural Holes; partners only, not all reached in two steps.

    >>> structural_holes([[0, 1, 1], [1, 0, 0], [1, 0, 0]]).constraint.tolist()
    [0.5, 1.0, 1.0]
    """
    arcs = adjacency(weights, is_directed=True)
    both = (arcs + arcs.T).tocsr()
    total = np.asarray(both.sum(axis=1)).ravel()
    has = total > 0
    part = (sparse.diags_array(1 / np.where(has, total, 1.0)) @ both).tocsr()
    most = np.asarray(both.max(axis=1).toarray()).ravel() if both.shape[0] else total
    marginal = (sparse.diags_array(1 / np.where(most > 0, most, 1.0)) @ both).tocsr()
    partner = (both > 0).astype(np.float64)
    constraint = np.asarray(((part + _product_at(partner, part, part)) ** 2).sum(axis=1)).ravel()
    degree = np.asarray(partner.sum(axis=1)).ravel()
    effective = (
        degree - np.asarray(_product_at(partner, part, marginal.T.tocsr()).sum(axis=1)).ravel()
    )
    nothing = np.where(has, 1.0, np.nan)
    return StructuralHoles(
        constraint * nothing,
        effective * nothing,
        effective / np.where(degree > 0, degree, 1.0) * nothing,
    )


def brokerage(
    frame: Any,
    source: str = "member_1",
    target: str = "member_2",
    weight: str | None = None,
    *,
    groups: Mapping[str, str] | None = None,
    is_directed: bool = False,
) -> pl.DataFrame:
    """Who spans holes between partners, and who stands between which groups.

    Parameters
    ----------
    frame
        A row for each tie; one that stands twice adds up.
    source
        Column of the members at one end; of a directed tie, where it starts.
    target
        Column of the members at the other end.
    weight
        Column of the weights, at least 0; 1 for each tie where None.
    groups
        Member -> group (a country, a sector); every member needs one. Without groups roles are not
        counted.
    is_directed
        Whether a tie leads from its source to its target alone.

    Returns
    -------
    A row for each member: member, group (if any), degree_count, constraint, effective_size_count,
    efficiency_share; with groups also, of ordered pairs, coordinator_count, gatekeeper_count,
    representative_count, consultant_count, liaison_count, and brokered_count (their sum).

    Raises
    ------
    InputError
        As ``read_links``, or naming a member without a group.

    Examples
    --------
    >>> rows = pl.DataFrame({"member_1": ["a", "b"], "member_2": ["b", "c"]})
    >>> roles = brokerage(rows, groups={"a": "u", "b": "u", "c": "v"})
    >>> roles.select("member", "gatekeeper_count").rows()
    [('a', 0), ('b', 1), ('c', 0)]
    """
    names, ties = read_links(frame, source, target, weight, is_directed=is_directed)
    holes = structural_holes(ties)
    columns: dict[str, Any] = {"member": pl.Series(names, dtype=pl.String)}
    if groups is not None:
        without = [name for name in names if groups.get(name) is None]
        if without:
            raise missing_value("groups", without[0])
        columns["group"] = [str(groups[name]) for name in names]
    partners = ((ties + ties.T) > 0).astype(np.int64)
    columns |= {
        "degree_count": np.asarray(partners.sum(axis=1)).ravel(),
        "constraint": holes.constraint,
        "effective_size_count": holes.effective_size,
        "efficiency_share": holes.efficiency,
    }
    if groups is not None:
        roles = {
            f"{role}_count": np.rint(n).astype(np.int64)
            for role, n in brokerage_roles(ties, columns["group"]).items()
        }
        columns |= roles | {"brokered_count": np.sum(list(roles.values()), axis=0)}
    return nan_to_null(pl.DataFrame(columns))
