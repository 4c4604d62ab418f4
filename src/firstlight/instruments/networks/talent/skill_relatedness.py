"""Skill relatedness: between which industries people move more than the size of both would bring about.

Symbols: F_ij people who move from i to j, i != j; F_i. those who leave i, F_.j those who come to j, F.. all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import gammainc

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats, read_links
from firstlight.numerics.finding import Finding, Words

Ints = NDArray[np.int64]
_ROUNDS, _CLOSE = 20_000, 1e-9


@dataclass(frozen=True)
class RelatednessOfPairs:
    """Pairs with a flow either way, sorted; P pairs.

    one, two   : (P,) codes, one < two
    flow       : (P,) people, both ways; expected : (P,) the same under chance; nan where chance can't be fitted
    ratio      : (P,) mean over both ways of F_ij F.. / (F_i. F_.j); relatedness : (P,) (ratio - 1) / (ratio + 1), -1 to 1
    p_value    : (P,) chance of at least that flow; q_value : (P,) the same among all pairs (Benjamini and Hochberg)
    """

    one: Ints
    two: Ints
    flow: Floats
    expected: Floats
    ratio: Floats
    relatedness: Floats
    p_value: Floats
    q_value: Floats


@dataclass(frozen=True, kw_only=True)
class SkillRelatedness(Finding):
    """Skill relatedness, a row per pair of units with a flow between them; all other pairs have relatedness -1.

    table : unit_1, unit_2 (in the order of names), flow_count (both ways), expected_count (under chance), flow_ratio, relatedness_index
            (-1 to 1, 0 = as chance), p_value, q_value, is_related (above 0 and q below the level)
    units : names of all units with flows, sorted
    """

    units: tuple[str, ...] = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        x, y = alt.X("unit_1:N"), alt.Y("unit_2:N")
        return (
            alt.Chart(self.table)
            .mark_rect()
            .encode(x=x, y=y, color=alt.Color("relatedness_index:Q"))
        )


def relatedness_of_flows(flows: Any) -> RelatednessOfPairs:
    """Observed over expected flows, symmetric, from -1 to 1, and whether chance would do as much.

    R_ij = F_ij F.. / (F_i. F_.j); ratio = mean of R_ij and R_ji (the one there is where nobody leaves or comes); relatedness =
    (ratio - 1) / (ratio + 1). Chance: people who leave take any other unit's openings; flows are Poisson with mean a_i b_j, i != j,
    that keeps how many leave and come (quasi-independence). p is their upper tail for both ways together.

    flows : (n, n) people from row to column, dense or sparse, at least 0; the diagonal is left out
    Returns RelatednessOfPairs.
    Raises  InputError where a flow is negative, or nobody moves.
    Source: Neffke and Henning (2013), Strategic Management Journal 34(3), 297-316; symmetric form: Neffke, Otto and Weyh (2017),
            Journal of Economic Behavior and Organization 142; chance: Goodman (1968), Journal of the American
            Statistical Association 63(324), 1091-1131, quasi-independence.

    >>> relatedness_of_flows([[0, 8, 1], [8, 0, 1], [1, 1, 0]]).relatedness.round(3).tolist()
    [0.328, 0.053, 0.053]
    """
    held = sparse.csr_array(flows, dtype=np.float64)
    if held.nnz and held.data.min() < 0:
        raise InputError(
            f"a flow of {held.data.min():g}", where="flows", try_next="people are 0 or more"
        )
    held.setdiag(0)
    held.eliminate_zeros()
    whole = float(held.sum())
    if not whole > 0:
        raise InputError(
            "nobody moves between units",
            where="flows",
            try_next="pass flows between different units",
        )
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
    q = _among_all(p, members * (members - 1) // 2)
    return RelatednessOfPairs(
        one, two, pairs.data, expected, ratio, (ratio - 1) / (ratio + 1), p, q
    )


def quasi_independence(out: Any, come: Any) -> tuple[Floats, Floats]:
    """a and b with sum over j != i of a_i b_j = out_i and sum over i != j of a_i b_j = come_j; nan where there are none.

    There are none where one unit takes part in nearly every move, as then the others have none left among themselves.

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


def _among_all(p: Floats, pairs: int) -> Floats:
    """q-values where the pairs that aren't listed have p = 1."""
    order = np.argsort(p, kind="stable")
    stepped = p[order] * pairs / np.arange(1, len(p) + 1)
    found = np.empty_like(p)
    found[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return found


def skill_relatedness(
    frame: Any,
    origin: str = "origin",
    destination: str = "destination",
    people: str | None = "people_count",
    *,
    level: float = 0.05,
) -> SkillRelatedness:
    """Between which industries, occupations or organisations people move more than chance.

    frame  : a row per origin and destination with how many moved (``TalentFlows.flows`` as it is); rows of the same pair add up
    people : None counts rows
    level  : q-value below which a pair counts as related
    Returns SkillRelatedness.
    Raises  InputError as ``read_links`` and ``relatedness_of_flows``, or for a level outside 0 to 1.
    Source: as ``relatedness_of_flows``; Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1), 289-300.

    >>> rows = pl.DataFrame({"origin": list("xyz"), "destination": list("yxx"), "people_count": [8, 8, 1]})
    >>> skill_relatedness(rows).table.select("unit_1", "unit_2", "flow_count").rows()
    [('x', 'y', 16.0), ('x', 'z', 1.0)]
    """
    if not 0 < level < 1:
        raise InputError(
            f"level {level}", where="skill_relatedness", try_next="a probability such as 0.05"
        )
    names, flows = read_links(frame, origin, destination, people, is_directed=True)
    found = relatedness_of_flows(flows)
    named = pl.Series(names, dtype=pl.String)
    table = pl.DataFrame(
        {
            "unit_1": named.gather(found.one),
            "unit_2": named.gather(found.two),
            "flow_count": found.flow,
            "expected_count": found.expected,
            "flow_ratio": found.ratio,
            "relatedness_index": found.relatedness,
            "p_value": found.p_value,
            "q_value": found.q_value,
        }
    ).with_columns(pl.col("expected_count", "p_value", "q_value").fill_nan(None))
    table = table.with_columns(
        is_related=(pl.col("relatedness_index") > 0) & (pl.col("q_value") < level)
    )
    is_whole = bool(np.all(found.flow == np.round(found.flow)))
    return SkillRelatedness(
        table=table,
        sentences=_sentences(table, len(names)),
        conventions=_conventions(
            level, is_whole=is_whole, is_fitted=not np.isnan(found.expected).any()
        ),
        given=frame,
        units=tuple(names),
    )


def _conventions(level: float, *, is_whole: bool, is_fitted: bool) -> tuple[Words, ...]:
    told: list[Words] = [
        (
            "relatedness = (R - 1) / (R + 1), R the mean of both ways of observed over expected flow",
            "关联度=(R−1)/(R+1)，R为双向观测流量与期望流量之比的均值",
        ),
        (
            "people who stay are in no flow; pairs without a flow have relatedness -1",
            "留任者不计入流量；无流动的配对关联度为−1",
        ),
        (
            f"related: above 0, and less likely than {level:g} by chance among all pairs (Benjamini and Hochberg)",
            f"相关：关联度大于0，且经Benjamini-Hochberg校正后小于{level:g}",
        ),
        (
            "chance: Poisson flows that keep how many leave and come, none to itself",
            "随机基准：保持流出与流入总量、不含自流动的泊松流量",
        ),
    ]
    if not is_whole:
        told.append(
            (
                "flows hold fractions of people: their tail is interpolated, and p is approximate",
                "流量含非整数人次，p值为插值近似",
            )
        )
    if not is_fitted:
        told.append(
            (
                "one unit takes part in nearly every move: chance can't be fitted, and no p-value is given",
                "某单元几乎参与全部流动，无法拟合随机基准，不给出p值",
            )
        )
    return tuple(told)


def _sentences(table: pl.DataFrame, members: int) -> tuple[tuple[str, Words], ...]:
    related = table.filter("is_related").sort(
        "relatedness_index", "unit_1", "unit_2", descending=[True, False, False]
    )
    pairs = members * (members - 1) // 2
    told: dict[str, Words] = {
        "related": (
            f"Of {pairs} pairs of {members} units, {table.height} have moves between them and {related.height} have surely more than chance.",
            f"{members}个单元的{pairs}个配对中，{table.height}个有人员流动，{related.height}个明确高于随机水平。",
        ),
    }
    if related.height:
        top = related.row(0, named=True)
        told["closest"] = (
            f"Closest: {top['unit_1']} and {top['unit_2']}, {top['flow_count']:,.1f} moves where chance brings {top['expected_count']:,.1f}.",
            f"最相近：{top['unit_1']}与{top['unit_2']}，流动{top['flow_count']:,.1f}人次，随机水平为{top['expected_count']:,.1f}。",
        )
    return tuple(told.items())
