"""Indicators of emergence for each technology, at the last year of its counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import entr

from firstlight.errors import InputError
from firstlight.instruments.emergence.baselines import emergence_score, stage, vitality
from firstlight.instruments.emergence.bursts import bursts
from firstlight.instruments.emergence.indicator_table import INDICATORS, REASONS, Indicator
from firstlight.instruments.emergence.shares import Array, checked_counts, share

__all__ = ["INDICATORS", "REASONS", "Indicator", "Indicators", "measure"]

Reasons = npt.NDArray[np.str_]
Measured = tuple[Array, Reasons]
BASE_YEARS, NOVELTY_YEARS = 3, 10


@dataclass(frozen=True)
class Indicators:
    """Values by indicator name, in the order of `INDICATORS` (units there), and why a value is missing.

    values  : name -> (technologies,); nan = not known
    reasons : name -> (technologies,) keys of `REASONS`; "" where the value is known
    """

    values: Mapping[str, Array]
    reasons: Mapping[str, Reasons]


def measure(
    counts: Any,
    totals: Any,
    years: Any,
    *,
    new_authors_share: Any | None = None,
    categories: Any | None = None,
    neighbours: Any | None = None,
    first_documents: int = 3,
) -> Indicators:
    """All indicators at the forecast year, which is the last column.

    counts            : (technologies, years), documents
    totals            : (years,), documents
    years             : (years,), ascending without a gap
    new_authors_share : (technologies,), 0 to 1, nan where not known
    categories        : (technologies, categories), documents of the technology by category
    neighbours        : (technologies, technologies), strength of links, 0 or more, dense or sparse; diagonal not read
    first_documents   : documents that make the first year of a technology
    Returns Indicators. Growth from a year without documents is nan (reason "no documents then"); to zero it is -1.
    Raises  InputError where arrays do not fit, years have a gap, or a share or a link is out of range.

    >>> found = measure([[1, 2], [0, 3]], [10, 10], [2015, 2016])
    >>> found.values["growth_1"].tolist(), found.reasons["growth_1"].tolist()
    ([1.0, nan], ['', 'no documents then'])
    """
    fy = np.shape(totals)[0] - 1
    c, t = checked_counts(counts, totals, fy)
    _check_years(years, fy)
    shares = share(c, t)
    found: dict[str, Measured] = {
        "share": _because(shares[:, fy], "empty year"),
        **{f"growth_{span}": _growth(shares, fy, span) for span in (1, 3, 5)},
        "acceleration": _acceleration(shares, fy),
        "stage": _because(stage(c, t, fy), "thin record"),
        "vitality": _because(vitality(c, t, fy), "no documents"),
        "age": _because(_since_first(c, fy, first_documents), "never reached"),
        "novelty": _novelty(shares, fy),
        "persistence": _because(_persistence(c, fy), "no documents"),
        **_burst(c, t, fy),
        "emergence_score": _because(
            emergence_score(c, t, fy), "record too short" if fy < 6 else "empty year"
        ),
        "spread": _spread(categories, c.shape[0]),
        "new_authors_share": _new_authors(new_authors_share, c.shape[0]),
    }
    found["neighbours_growth"] = _neighbours_growth(neighbours, found["growth_3"][0])
    names = [indicator.name for indicator in INDICATORS]
    return Indicators(
        {name: found[name][0] for name in names}, {name: found[name][1] for name in names}
    )


def _because(values: Array, reason: str) -> Measured:
    """Values with one reason wherever they are nan."""
    return values, np.where(np.isnan(values), reason, "")


def _growth(shares: Array, now: int, span: int) -> Measured:
    if now < span:
        return _because(np.full(shares.shape[0], np.nan), "record too short")
    after, before = shares[:, now], shares[:, now - span]
    ratio = np.divide(after, before, out=np.full(after.shape, np.nan), where=before > 0)
    values = np.asarray(ratio ** (1.0 / span) - 1.0)
    empty = np.isnan(after) | np.isnan(before)
    return values, np.where(
        empty, "empty year", np.where(np.isnan(values), "no documents then", "")
    )


def _acceleration(shares: Array, now: int) -> Measured:
    recent, reason = _growth(shares, now, 3)
    if now < 3:
        return recent, reason
    earlier, reason_before = _growth(shares, now - 3, 3)
    return recent - earlier, np.where(reason == "", reason_before, reason)


def _since_first(counts: Array, now: int, documents: int) -> Array:
    reached = counts >= documents
    return np.where(reached.any(axis=1), now - np.argmax(reached, axis=1), np.nan)


def _novelty(shares: Array, now: int) -> Measured:
    """active / (active + base): mean share in the last seven years, against the three before them."""
    if now < NOVELTY_YEARS - 1:
        return _because(np.full(shares.shape[0], np.nan), "record too short")
    window = shares[:, now - NOVELTY_YEARS + 1 : now + 1]
    base, active = window[:, :BASE_YEARS].mean(axis=1), window[:, BASE_YEARS:].mean(axis=1)
    values = np.divide(
        active, active + base, out=np.full(base.shape, np.nan), where=active + base > 0
    )
    empty = np.isnan(active + base)
    return values, np.where(empty, "empty year", np.where(np.isnan(values), "no documents", ""))


def _persistence(counts: Array, now: int) -> Array:
    seen = counts > 0
    since = now - np.argmax(seen, axis=1) + 1.0
    return np.where(seen.any(axis=1), seen.sum(axis=1) / since, np.nan)


def _burst(counts: Array, totals: Array, now: int) -> dict[str, Measured]:
    found = bursts(counts, totals)
    weight, running = np.zeros(counts.shape[0]), found.end == now
    np.add.at(weight, found.technology[running], found.weight[running])
    return {
        "burst_state": _because(found.states[:, now].astype(np.float64), ""),
        "burst_weight": _because(weight, ""),
    }


def _spread(categories: Any | None, technologies: int) -> Measured:
    if categories is None:
        return _because(np.full(technologies, np.nan), "not handed in")
    table = np.asarray(categories, dtype=np.float64)
    if (
        table.ndim != 2
        or table.shape[0] != technologies
        or not (np.isfinite(table) & (table >= 0)).all()
    ):
        raise InputError(
            f"categories of shape {table.shape} for {technologies} technologies, or a number that is not 0 or more",
            where="categories",
            try_next="hand in documents as (technologies, categories)",
        )
    documents = table.sum(axis=1, keepdims=True)
    part = np.divide(table, documents, out=np.zeros(table.shape), where=documents > 0)
    return _because(
        np.where(documents[:, 0] > 0, np.exp(entr(part).sum(axis=1)), np.nan), "no documents"
    )


def _new_authors(shares: Any | None, technologies: int) -> Measured:
    if shares is None:
        return _because(np.full(technologies, np.nan), "not handed in")
    values = np.asarray(shares, dtype=np.float64)
    if values.shape != (technologies,) or ((values < 0) | (values > 1)).any():
        raise InputError(
            f"new authors' shares of shape {values.shape} for {technologies} technologies, or one outside 0 to 1",
            where="new_authors_share",
            try_next="hand in one share for each technology, nan where not known",
        )
    return _because(values, "not handed in")


def _neighbours_growth(neighbours: Any | None, growth: Array) -> Measured:
    """Mean growth by strength of link; neighbours whose growth is not known are left out of the mean."""
    if neighbours is None:
        return _because(np.full(growth.shape, np.nan), "not handed in")
    links = sparse.csr_array(neighbours, dtype=np.float64)
    if (
        links.shape != (growth.size, growth.size)
        or not (np.isfinite(links.data) & (links.data >= 0)).all()
    ):
        raise InputError(
            f"links of shape {links.shape} for {growth.size} technologies, or a link that is not 0 or more",
            where="neighbours",
            try_next="hand in strengths as (technologies, technologies)",
        )
    links = links - sparse.diags_array(links.diagonal())
    known = ~np.isnan(growth)
    strength = np.asarray(links @ known.astype(np.float64))
    total = np.asarray(links @ np.where(known, growth, 0.0))
    mean = np.divide(total, strength, out=np.full(growth.shape, np.nan), where=strength > 0)
    return _because(mean, "no linked growth")


def _check_years(years: Any, fy: int) -> None:
    listed = np.asarray(years)
    if listed.shape != (fy + 1,) or (np.diff(listed) != 1).any():
        raise InputError(
            "years must ascend without a gap, one for each column",
            where="years",
            try_next="add the missing years with their counts, 0 where there were no documents",
        )
