"""What technologies need: sectors of a table, inputs of a chain, and what stands beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.chains.choke_points.need_graph import NeedGraph
from firstlight.instruments.concordance.plan_check.name_matching import match_names
from firstlight.joins.matched_codes import matched_codes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DIGITS = 10
LEAST_ALIKE = 0.05  # a probability of one name standing for another below it says nothing
# The five below are the likeliest on labelled pairs (benchmarks/take_off_chains/calibrate.py).
PER_INPUT = 0.951  # how soon the lack of an input holds an industry up, per unit of its output
SURER = 3.67  # power of what is left: a technology needs the goods of several of its industries
DULLED = 0.25  # power of the need for the goods of an industry, which says little of one of them
OF_LAST = 0.251  # of what comes out of a chain, if the goods of its industry are surely needed
OF_EARLIER = 0.042  # of what goes into something else of the chain first


def chances_of_sectors(
    links: pl.DataFrame, coded: pl.DataFrame, technologies: Sequence[str], sectors: Sequence[str]
) -> Floats:
    """(technologies, sectors), the probability that each technology belongs to each sector.

    What is left of 1 in a row belongs to no sector of the table. A code that several sectors hold
    goes to them in equal parts.

    links : technology, code (as ``coded`` has it), link_share
    coded : sector, code

    >>> links = pl.DataFrame({"technology": ["a"], "code": ["26"], "link_share": [0.8]})
    >>> coded = pl.DataFrame({"sector": ["chips", "lamps"], "code": ["26", "26"]})
    >>> chances_of_sectors(links, coded, ["a"], ["chips", "lamps"]).tolist()
    [[0.4, 0.4]]
    """
    several = coded.select("sector", "code").unique().with_columns(of=pl.len().over("code"))
    parts = links.join(several, on="code").select(
        "technology", "sector", share=pl.col("link_share") / pl.col("of")
    )
    return _matrix(parts.rename({"technology": "row", "sector": "column"}), technologies, sectors)


def holds_up(direct: Floats, least: float) -> Floats:
    """(sectors, sectors), how surely the lack of the row's goods holds the column up.

    1 - exp(-0.951 a), with a the direct inputs for a unit of output: that an industry buys a good
    doesn't make it a need of each of its technologies, and the less so the less it buys.

    direct : (sectors, sectors), the good in the row
    least  : of direct inputs, below which a good is no need

    >>> holds_up(np.array([[0.0, 0.1], [0.01, 0.3]]), 0.02).round(2).tolist()
    [[0.0, 0.09], [0.0, 0.25]]
    """
    return np.where(direct >= least, -np.expm1(-PER_INPUT * direct), 0.0)


def sector_needs(of_technologies: Floats, held: Floats) -> Floats:
    """(technologies, sectors), the probability that each technology needs the goods of each sector.

    1 - (1 - sum over s of q_ts h_sj)^3.67. The industries s exclude one another, needs don't:
    that a technology is made by another industry leaves it in need of this one. If it surely
    belongs to s, it needs what s buys with 1 - exp(-3.49 a).

    of_technologies : (technologies, sectors), probabilities that add up to at most 1
    held            : (sectors, sectors), how surely the lack of the row holds up the column

    >>> sector_needs(np.array([[0.5, 0.0]]), np.array([[1.0, 0.0], [0.1, 1.0]])).round(2).tolist()
    [[0.92, 0.17]]
    """
    return np.asarray(1 - (1 - np.clip(of_technologies @ held.T, 0, 1)) ** SURER)


def input_needs(
    of_technologies: Floats, of_inputs: Floats, held: Floats, is_last: Bools, alike: Floats
) -> tuple[Floats, Floats]:
    """Probabilities that technologies need inputs: (technologies, inputs), and of these the part
    that codes give.

    The need for the goods of the input's sectors, as `sector_needs`, says little of one good of
    many: its fourth root counts, times 0.251 for what the chain ends with and 0.042 for what goes
    into another of its inputs first. A name that stands for the other adds to it:
    1 - (1 - codes)(1 - names).

    Parameters
    ----------
    of_technologies
        (technologies, sectors), probabilities that add up to at most 1.
    of_inputs
        (inputs, sectors), the same of inputs.
    held
        (sectors, sectors), how surely the lack of the row holds up the column; 1 for a sector
        itself.
    is_last
        (inputs,), whether an input goes into nothing else of the chain.
    alike
        (technologies, inputs), the probability that the technology is the input, or something that
        the chain makes of it directly.

    Returns
    -------
    (technologies, inputs) twice

    Examples
    --------
    >>> q, r = np.array([[1.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> last, alike = np.array([True, False, True]), np.array([[0.0, 0.5, 0.0]])
    >>> input_needs(q, r, np.eye(2), last, alike)[0].round(3).tolist()
    [[0.251, 0.521, 0.0]]
    """
    goods = sector_needs(of_technologies, (of_inputs @ held).clip(0, 1))
    codes = goods**DULLED * np.where(is_last, OF_LAST, OF_EARLIER)
    return np.asarray(1 - (1 - codes) * (1 - alike)), codes


def stands_for(alike: Floats, chain: pl.DataFrame, inputs: Sequence[str]) -> Floats:
    """(technologies, inputs), the probability that a technology is the input, or something that the
    chain makes of it directly.

    alike : (technologies, inputs), that its name stands for the input
    chain : input, product

    >>> chain = pl.DataFrame({"input": ["lens"], "product": ["lamp"]})
    >>> stands_for(np.array([[0.0, 0.9]]), chain, ["lens", "lamp"]).tolist()
    [[0.9, 0.9]]
    """
    place = {name: at for at, name in enumerate(inputs)}
    found = alike.copy()
    for each, product in chain.select("input", "product").unique().sort(pl.all()).iter_rows():
        own = found[:, place[each]]
        found[:, place[each]] = np.maximum(own, alike[:, place[product]])
    return found


def names_alike(
    technologies: Sequence[str], forms: Mapping[str, Sequence[str]], inputs: Sequence[str]
) -> Floats:
    """(technologies, inputs), the probability that a name or form of the technology stands for the
    input, the greatest of its forms."""
    spoken = [(name, each) for name in technologies for each in (name, *forms.get(name, ()))]
    written = pl.DataFrame(spoken, schema=["row", "name"], orient="row").unique()
    pairs = match_names([each for _, each in spoken], inputs, least=LEAST_ALIKE, most=len(inputs))
    parts = (
        written.join(pairs, on="name")
        .group_by("row", "known")
        .agg(pl.col("probability").max())
        .select("row", column="known", share="probability")
    )
    return _matrix(parts, technologies, inputs)


def inputs_of_sectors(
    links: pl.DataFrame, coded: pl.DataFrame, inputs: Sequence[str], sectors: Sequence[str]
) -> Floats:
    """(inputs, sectors), the probability that each input is made in each sector.

    links : technology (the input), code, probability, as a classification writes codes
    """
    known = sorted(set(coded["code"]))
    routes = matched_codes(links["code"].unique().to_list(), known)
    of_code = links.join(routes, left_on="code", right_on="link_code").select(
        "technology", code="code_right", link_share=pl.col("probability") * pl.col("part")
    )
    summed = of_code.group_by("technology", "code").agg(pl.col("link_share").sort().sum())
    return chances_of_sectors(summed, coded, inputs, sectors)


def stopped_by(graph: NeedGraph) -> Bools:
    """(names, names), whether the column stops, with nothing in stock, if the row does.

    >>> from firstlight.instruments.chains.choke_points.need_graph import need_graph
    >>> stopped_by(need_graph([("ore", "steel", None)])).tolist()
    [[True, True], [False, True]]
    """
    size = len(graph.names)
    first = np.full((size, size), np.inf)
    np.fill_diagonal(first, 0.0)
    stops = graph.until_stop(first, np.zeros(size))
    return np.asarray(np.isfinite(stops).T)


def _matrix(parts: pl.DataFrame, rows: Sequence[str], columns: Sequence[str]) -> Floats:
    """row, column, share -> (rows, columns); 0 where there is none."""
    found = np.zeros((len(rows), len(columns)))
    row_at = {name: at for at, name in enumerate(rows)}
    column_at = {name: at for at, name in enumerate(columns)}
    cells: list[Any] = parts.sort("row", "column", "share").rows()
    for row, column, share in cells:
        if row in row_at and column in column_at:
            found[row_at[row], column_at[column]] += share
    return found.round(DIGITS)
