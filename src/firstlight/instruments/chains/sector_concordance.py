"""Which sectors of one list stand for which of another, and with what weight."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from firstlight import roles
from firstlight.errors import InputError
from firstlight.texts import Count, Name, Number, Value, message

FOLDER = Path(__file__).parent
CONCORDANCE = roles.Table(
    {"from": roles.Key(), "to": roles.Key(may_be_empty=True), "weight": roles.Number("zero")},
    may_lack=("weight",),
)
TOLERANCE = 1e-9  # weights such as 1/3 add up to 1 but for this


def sector_shares(rows: pl.DataFrame, sizes: Mapping[str, float] | None = None) -> pl.DataFrame:
    """The part of each sector that goes to each other one; parts of one sector sum to 1.

    Parameters
    ----------
    rows
        ``from``, ``to`` and perhaps ``weight``. A sector without a ``to`` is left out.
    sizes
        Sizes by which a sector is split over several ``to`` that have no weights.

    Returns
    -------
    Frame with from, to, weight, sorted

    Raises
    ------
    InputError
        For weights that do not sum to 1, and several ``to`` with neither weights nor sizes.

    Examples
    --------
    >>> rows = pl.DataFrame({"from": ["metals", "metals"], "to": ["steel", "copper"]})
    >>> sector_shares(rows, {"steel": 30.0, "copper": 10.0})["weight"].to_list()
    [0.25, 0.75]
    """
    kept = rows.drop_nulls("to").sort("from", "to")
    if "weight" not in kept.columns:
        kept = kept.with_columns(weight=pl.lit(None, pl.Float64))
    size: pl.Expr = pl.lit(1.0)
    if sizes is not None:
        size = pl.col("to").replace_strict(dict(sizes), default=0.0, return_dtype=pl.Float64)
    kept = kept.with_columns(
        size=size,
        count=pl.len().over("from"),
        empty=pl.col("weight").is_null().sum().over("from"),
    )
    kept = kept.with_columns(whole=pl.col("size").sum().over("from"))
    unweighted = kept.filter((pl.col("count") > 1) & (pl.col("empty") > 0))
    # sizes split a sector of which no weight is told; some weights leave open what the rest is
    if sizes is not None:
        unweighted = unweighted.filter((pl.col("empty") < pl.col("count")) | (pl.col("whole") <= 0))
    if unweighted.height:
        first = unweighted.row(0, named=True)
        several: dict[str, Value[Any]] = {
            "count": Count(first["count"]),
            "sector": Name(first["from"]),
        }
        raise InputError(message("no_weight", **several), FOLDER)
    alone = pl.when(pl.col("count") == 1).then(1.0).otherwise(pl.col("size") / pl.col("whole"))
    kept = kept.with_columns(weight=pl.coalesce("weight", alone))
    sums = kept.group_by("from", maintain_order=True).agg(pl.col("weight").sum())
    wrong = sums.filter((pl.col("weight") - 1).abs() > TOLERANCE)
    if wrong.height:
        sector, total = wrong.row(0)
        about: dict[str, Value[Any]] = {"sector": Name(sector), "total": Number(total, 6)}
        raise InputError(message("weights_off", **about), FOLDER)
    return kept.select("from", "to", "weight")
