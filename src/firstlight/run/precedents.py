"""What an observation says of precedents: whether they tell more than the base rate."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.instruments.emergence.forecast.precedents import NEAREST
from firstlight.texts import Count, Message, Number, Share, message


def precedent_lines(record: pl.DataFrame) -> list[Message]:
    """How far the share of precedents that took off can be trusted, by its own record.

    record : see ``forecast.precedents.RECORD``
    """
    pooled = record.filter(pl.col("year").is_null())
    if pooled.is_empty() or pooled["auc"][0] is None:
        return [message("unchecked", nearest=Count(NEAREST))]
    row = pooled.row(0, named=True)
    values: dict[str, Any] = {
        "nearest": Count(NEAREST),
        "auc": Number(row["auc"], digits=2),
        "base": Share(row["base_rate"], 1),
    }
    tells = (row["auc_low"] or 0.0) > 0.5 and (row["brier_skill"] or 0.0) > 0
    if not tells:
        return [message("illustration", **values)]
    if row["chance_auc"] is None:
        return [message("tells", **values)]
    return [
        message("tells_beside_chance", chance_auc=Number(row["chance_auc"], digits=2), **values)
    ]
