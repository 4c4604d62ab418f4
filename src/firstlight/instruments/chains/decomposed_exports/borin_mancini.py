"""Borin and Mancini: value added and double counting in exports, by where it is counted."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.chains.world_table import WorldTable

Floats = NDArray[np.float64]
BM_TERMS = ("dva_absorbed", "dva_returned", "domestic_double", "foreign_value", "foreign_double")


def borin_mancini(
    table: WorldTable,
    basis: Literal["source", "sink"] = "source",
    perimeter: Literal["country", "bilateral"] = "country",
) -> dict[str, Floats]:
    """Five terms of what each industry exports to each country, which add up to it.

    An item of value added counts once for all exports of the country (``perimeter`` = country), or
    for those to one partner (bilateral): the first time that it crosses that border (source), or
    the last time (sink); what crosses it again is double counting. With A' = A without those
    exports of inputs and B' = (I - A')^-1: by source V B' for a unit of E_sr; by sink V B for a
    unit of what does not cross again, Y_sr + A_sr (B' Y)_r.

    Parameters
    ----------
    table
        Of the world.
    basis
        Count a value at its first crossing, or at its last.
    perimeter
        The border: all of a country's exports, or those to one partner.

    Returns
    -------
    Term -> (n, G): domestic value added absorbed abroad; that returns; domestic double counting;
    foreign value added; foreign double counting.

    References
    ----------
    Borin and Mancini 2019, World Bank Policy Research Working Paper 8804; Borin and Mancini 2023,
    Economic Systems Research 35(1), 1-29.

    Examples
    --------
    >>> from firstlight.chains import world_table
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> round(float(borin_mancini(table)["dva_absorbed"][0, 1]), 4)
    1.2879
    """
    terms = {term: np.zeros_like(table.exports) for term in BM_TERMS}
    for s, of_s in enumerate(table.blocks):
        if of_s.stop == of_s.start:
            continue
        others = [r for r in range(len(table.countries)) if r != s]
        crossing = _crossings(table, s, others)
        if perimeter == "country":
            _fill(terms, table, s, others, crossing, crossing.sum(axis=0), basis)
            continue
        for k, r in enumerate(others):
            _fill(terms, table, s, [r], crossing[[k]], crossing[k], basis)
    return terms


def _crossings(table: WorldTable, s: int, others: list[int]) -> Floats:
    """(R, N, N), A_sr B_rs: output of s exported to r as inputs for a unit of final demand of s."""
    a = table.coefficients
    b = table.system.inverse
    of_s = table.blocks[s]
    return np.array([a[of_s, table.blocks[r]] @ b[table.blocks[r], of_s] for r in others])


def _fill(
    terms: dict[str, Floats],
    table: WorldTable,
    s: int,
    partners: list[int],
    crossing: Floats,
    around: Floats,
    basis: Literal["source", "sink"],
) -> None:
    """Write the terms of what s exports to the partners, which make up one border.

    ``around`` is A' B' as it follows from the whole: with C the sum of A_sr B_rs over the border,
    the columns of s of V B' are those of V B times (I + C)^-1, by the formula of Woodbury."""
    of_s = table.blocks[s]
    once = np.eye(len(around)) + around
    whole = table.content[:, of_s]
    first = np.linalg.solve(once.T, whole.T).T  # V B', of the columns of s
    exports = table.exports[of_s][:, partners]
    returned = _returned(table, s, partners)
    if basis == "source":
        counted = {"domestic": first[s][:, None] * exports}
        counted["foreign"] = (first.sum(axis=0) - first[s])[:, None] * exports
        back = first[s][:, None] * returned
    else:
        # what crosses the border again: A_sr B'_rs times all that crosses it
        all_exports = exports.sum(axis=1)
        again = np.stack([own @ np.linalg.solve(once, all_exports) for own in crossing], axis=1)
        end = returned.sum(axis=1)
        back_again = np.stack([own @ np.linalg.solve(once, end) for own in crossing], axis=1)
        once_more = exports - again
        counted = {"domestic": whole[s][:, None] * once_more}
        counted["foreign"] = (whole.sum(axis=0) - whole[s])[:, None] * once_more
        back = whole[s][:, None] * (returned - back_again)
    in_all = whole[s][:, None] * exports
    terms["dva_returned"][of_s, partners] = back
    terms["dva_absorbed"][of_s, partners] = counted["domestic"] - back
    terms["domestic_double"][of_s, partners] = in_all - counted["domestic"]
    terms["foreign_value"][of_s, partners] = counted["foreign"]
    rest = exports - in_all - counted["foreign"]
    terms["foreign_double"][of_s, partners] = rest


def _returned(table: WorldTable, s: int, partners: list[int]) -> Floats:
    """(N, R), A_sr (B Y)_r of final users of s: what s exports that ends at home again."""
    a = table.coefficients
    of_s = table.blocks[s]
    parts = (table.blocks[r] for r in partners)
    return np.stack([a[of_s, own] @ table.absorbed[own, s] for own in parts], axis=1)
