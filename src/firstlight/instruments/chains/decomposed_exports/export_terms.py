"""The terms of gross exports by method, and what each is a part of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.chains.decomposed_exports.borin_mancini import (
    BM_TERMS,
    borin_mancini,
)
from firstlight.instruments.chains.decomposed_exports.koopman_wang_wei import (
    KWW_TERMS,
    koopman_wang_wei,
)
from firstlight.instruments.chains.decomposed_exports.wang_wei_zhu import WWZ_TERMS, wang_wei_zhu
from firstlight.instruments.chains.world_table import WorldTable

__all__ = ["PARTS", "Decomposition", "decompose", "flow_rows", "summed", "term_rows"]

Floats = NDArray[np.float64]
Method = Literal["kww", "wwz", "borin_mancini"]
Decomposition = Mapping[str, Floats]
PARTS = BM_TERMS  # what every method tells: term by term its terms add up to these
PART_OF: dict[str, dict[str, str]] = {
    "kww": dict(
        zip(
            KWW_TERMS,
            [PARTS[i] for i in (0, 0, 0, 1, 1, 2, 3, 3, 4)],
            strict=True,
        )
    ),
    "wwz": dict(
        zip(
            WWZ_TERMS,
            [PARTS[i] for i in (0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 3, 3, 4)],
            strict=True,
        )
    ),
    "borin_mancini": {term: term for term in BM_TERMS},
}


def decompose(
    table: WorldTable,
    method: Method,
    basis: Literal["source", "sink"],
    perimeter: Literal["country", "bilateral"],
) -> Decomposition:
    """Term -> (n, G), by exporting industry and partner; of KWW (G,), by exporter."""
    if method == "kww":
        return koopman_wang_wei(table)
    if method == "wwz":
        return wang_wei_zhu(table)
    return borin_mancini(table, basis, perimeter)


def summed(
    table: WorldTable,
    found: Decomposition,
    method: Method,
    by: Literal["country", "partner", "industry"],
) -> pl.DataFrame:
    """country, perhaps partner or industry, exports and the five parts of each."""
    parts: dict[str, Floats] = {}
    for term, own in found.items():
        part = PART_OF[method][term]
        parts[part] = parts[part] + own if part in parts else own
    if by == "country":
        exports = table.by_country(table.exports.sum(axis=1))
        sums = {part: _of_countries(table, own) for part, own in parts.items()}
        return pl.DataFrame({"country": table.countries, "exports": exports, **sums})
    if by == "industry":
        sums = {part: own.sum(axis=1) for part, own in parts.items()}
        columns = {**_rows(table), "exports": table.exports.sum(axis=1), **sums}
        return pl.DataFrame(columns).group_by("country", "industry", maintain_order=True).sum()
    size = len(table.countries)
    one, two = np.repeat(np.arange(size), size), np.tile(np.arange(size), size)
    names = np.array(table.countries, dtype=object)
    columns = {
        "country": names[one].tolist(),
        "partner": names[two].tolist(),
        "exports": table.by_country(table.exports).ravel(),
        **{part: table.by_country(own).ravel() for part, own in parts.items()},
    }
    return pl.DataFrame(columns).filter(pl.col("exports") != 0)


def term_rows(table: WorldTable, found: Decomposition, method: Method) -> pl.DataFrame:
    """country, term, part, value, its share of the country's exports, and the term once more, for
    its meaning in words."""
    exports = table.by_country(table.exports.sum(axis=1))
    frames = []
    for term, own in found.items():
        value = _of_countries(table, own)
        share = np.divide(value, exports, out=np.full_like(value, np.nan), where=exports > 0)
        columns = {"country": table.countries, "value": value, "share": share}
        frames.append(pl.DataFrame(columns).with_columns(term=pl.lit(term)))
    rows = pl.concat(frames).filter(pl.col("share").is_finite())
    rows = rows.with_columns(
        part=pl.col("term").replace_strict(PART_OF[method]), meaning=pl.col("term")
    )
    return rows.select("country", "term", "part", "value", "share", "meaning")


def flow_rows(table: WorldTable, found: Decomposition) -> pl.DataFrame:
    """country, partner, industry, term and value, where the industry exports to the partner."""
    at, to = np.nonzero(table.exports)
    rows = _rows(table)
    base = pl.DataFrame(
        {
            "country": np.array(rows["country"], dtype=object)[at].tolist(),
            "partner": np.array(table.countries, dtype=object)[to].tolist(),
            "industry": np.array(rows["industry"], dtype=object)[at].tolist(),
        }
    )
    frames = [
        base.with_columns(term=pl.lit(term), value=pl.Series(own[at, to]))
        for term, own in found.items()
    ]
    keys = ["country", "partner", "industry", "term"]
    return pl.concat(frames).group_by(keys, maintain_order=True).sum()


def _rows(table: WorldTable) -> dict[str, list[str]]:
    countries = [table.countries[g] for g in table.country]
    return {"country": countries, "industry": list(table.industries)}


def _of_countries(table: WorldTable, own: Floats) -> Floats:
    return own if own.ndim == 1 else np.asarray(table.by_country(own).sum(axis=1))
