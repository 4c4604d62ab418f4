"""Relatedness density: how much of a place's employment has the skills an industry would draw on.

Symbols: E_pj people of place p in industry j; r_ij relatedness of two industries, -1 to 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import check_enough
from firstlight.instruments.networks.talent_flows.skill_relatedness import (
    SkillRelatedness,
)
from firstlight.numerics.long_frames import read_long
from firstlight.numerics.row_checks import refuse_low, refuse_missing, refuse_repeated

Floats = NDArray[np.float64]
EQUAL = 1e-10  # a quotient this near to 1 has reached it: rounding must not decide


def density_of(employment: Any, relatedness: Any, related: Any) -> tuple[Floats, Floats, Floats]:
    """Related employment, the same over all places, and density.

    related employment = sum over j != i of E_pj [ij related] / sum over j != i of E_pj;
    density = sum over j != i of max(r_ij, 0) U_pj / sum over j != i of max(r_ij, 0), U_pj 1 where
    the location quotient is at least 1.

    Parameters
    ----------
    employment
        (places, industries), at least 0.
    relatedness
        (industries, industries), symmetric, dense or sparse; only what is above 0 counts.
    related
        0 or 1, of that shape.

    Returns
    -------
    (places, industries), (industries,), (places, industries); nan where the divisor is 0.

    References
    ----------
    Neffke, Henning and Boschma 2011, Economic Geography 87(3), 237-265. Boschma, Balland and
    Kogler 2015, Industrial and Corporate Change 24(1), 223-250.

    Examples
    --------
    >>> close = [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    >>> density_of([[8, 2, 0], [1, 1, 8]], close, close)[0].round(2).tolist()
    [[1.0, 1.0, 0.0], [0.11, 0.11, 0.0]]
    """
    people = np.asarray(employment, dtype=np.float64)
    close = sparse.csr_array(relatedness, dtype=np.float64)
    close = close.multiply(close > 0).tocsr()
    is_near = sparse.csr_array(related, dtype=np.float64)
    for matrix in (close, is_near):
        matrix.setdiag(0)
    total = people.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (people @ is_near) / (people.sum(axis=1, keepdims=True) - people)
        base = (people.sum(axis=0) @ is_near) / (total - people.sum(axis=0))
        quotient = people * total / (people.sum(axis=1, keepdims=True) * people.sum(axis=0))
        present = np.nan_to_num(quotient) >= 1 - EQUAL
        density = (present.astype(np.float64) @ close) / np.asarray(close.sum(axis=0)).ravel()
    return share, base, density


def relatedness_density(
    frame: Any,
    related: SkillRelatedness,
    place: str = "place",
    industry: str = "industry",
    people: str = "people_count",
) -> pl.DataFrame:
    """How near each industry is to what a place's people do.

    Parameters
    ----------
    frame
        A row for each place and industry with its people; an industry without a row has none.
    related
        Relatedness of the same industries.
    place, industry, people
        Columns of the frame.

    Returns
    -------
    A row for each place and industry, whether the industry is there or not: place, industry,
    people_count, location_quotient, related_employment_share (of the place's other employment: in
    related industries), base_share (the same over all places), density_share (of the industry's
    relatedness: to industries in which the place is specialised), reason (no_moves, for an
    industry from or to which nobody moves).

    Raises
    ------
    InputError
        As ``read_long``, for a repeated key, missing or negative people, or fewer than two
        industries.

    Examples
    --------
    >>> from firstlight.instruments.networks.talent_flows.skill_relatedness import skill_relatedness
    >>> moves = {"origin": list("xyz"), "destination": list("yxx"), "people_count": [90, 90, 1]}
    >>> rows = {"place": ["P", "P", "Q"], "industry": list("xyz"), "people_count": [5, 5, 9]}
    >>> related = skill_relatedness(pl.DataFrame(moves))
    >>> relatedness_density(pl.DataFrame(rows), related).shape
    (6, 8)
    """
    table = read_long(frame, {"place": place, "industry": industry, "people": people}, ["people"])
    _refuse(table)
    places, industries = (sorted(set(table[name].to_list())) for name in ("place", "industry"))
    check_enough("industries", len(industries), 2, "industry")
    order = [{name: k for k, name in enumerate(names)} for names in (places, industries)]
    held = np.zeros((len(places), len(industries)))
    held[[order[0][p] for p in table["place"]], [order[1][i] for i in table["industry"]]] = table[
        "people"
    ].to_numpy()
    close, near = _matrices(related, order[1])
    share, base, density = density_of(held, close, near)
    known = np.isin(industries, related.units)
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient = held * held.sum() / (held.sum(axis=1, keepdims=True) * held.sum(axis=0))
    wide = np.broadcast_to(known, held.shape).ravel()
    numbers = {
        "related_employment_share": np.where(wide, share.ravel(), np.nan),
        "base_share": np.where(wide, np.tile(base, len(places)), np.nan),
        "density_share": np.where(wide, density.ravel(), np.nan),
    }
    return pl.DataFrame(
        {
            "place": np.repeat(places, len(industries)),
            "industry": np.tile(industries, len(places)),
            "people_count": held.ravel(),
            "location_quotient": quotient.ravel(),
            **numbers,
            "reason": pl.Series(np.where(wide, "", "no_moves"), dtype=pl.String).replace("", None),
        }
    ).with_columns(pl.col("location_quotient", *numbers).fill_nan(None))


def _refuse(table: pl.DataFrame) -> None:
    key = ["place", "industry"]
    refuse_missing(table, key, "people")
    refuse_low(table, key, "people")
    refuse_repeated(table, key)


def _matrices(related: SkillRelatedness, order: dict[str, int]) -> tuple[Any, Any]:
    own = related.table.filter(
        pl.col("unit_1").is_in(list(order)) & pl.col("unit_2").is_in(list(order))
    )
    ends = [[order[name] for name in own[side]] for side in ("unit_1", "unit_2")]
    shape = (len(order), len(order))
    found = []
    for name in ("relatedness_index", "is_related"):
        half = sparse.csr_array(
            (own[name].cast(pl.Float64).fill_null(0.0).to_numpy(), (ends[0], ends[1])), shape=shape
        )
        found.append((half + half.T).tocsr())
    return found[0], found[1]
