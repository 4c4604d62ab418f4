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

__all__ = ["chances_of_sectors", "input_needs", "inputs_of_sectors", "names_alike", "stopped_by"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DIGITS = 10
LEAST_ALIKE = 0.05  # a probability of one name standing for another below it says nothing


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


def input_needs(
    of_technologies: Floats, of_inputs: Floats, needs: Bools, alike: Floats
) -> tuple[Floats, Floats]:
    """Probabilities that technologies need inputs: (technologies, inputs), and of these the part
    that codes give.

    Of a technology in sector s and an input in sector i an input may be needed where i is s itself,
    or where s buys from i: sum over s and i of q_ts r_ji [i = s or i supplies s]. A name that
    stands for the other adds to it: 1 - (1 - codes)(1 - names).

    Parameters
    ----------
    of_technologies
        (technologies, sectors), probabilities that add up to at most 1.
    of_inputs
        (inputs, sectors), the same of inputs.
    needs
        (sectors, sectors), whether the column buys notably from the row.
    alike
        (technologies, inputs), the probability that one name stands for the other.

    Returns
    -------
    (technologies, inputs) twice

    Examples
    --------
    >>> q, r = np.array([[0.5, 0.0]]), np.array([[0.0, 1.0]])
    >>> needs = np.array([[False, False], [True, False]])
    >>> input_needs(q, r, needs, np.array([[0.2]]))[0].round(2).tolist()
    [[0.6]]
    """
    reached = needs | np.eye(len(needs), dtype=np.bool_)
    codes = np.clip(of_technologies @ reached.T.astype(float) @ of_inputs.T, 0, 1)
    return np.asarray(1 - (1 - codes) * (1 - alike)), codes


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
