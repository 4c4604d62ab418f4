"""How the probabilities did on pairs whose outcome the user knows, and what they teach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.concordance.demand_matching.match_model import (
    CEILING,
    Calibration,
    fit_calibration,
    probability,
)

Floats = npt.NDArray[np.float64]
FOLDS = 5
FEWEST_PAIRS = 20  # judged pairs from which probabilities are adjusted
FEWEST_OF_EACH = 5  # pairs that were taken, and pairs that were not
STATED = 0.5


@dataclass(frozen=True)
class OwnRecord:
    """What came of the pairs that the user judged.

    table       : one row, the columns of the measurement's table ``own_record``
    calibration : to apply to all pairs; one that changes nothing where too little is known or the
                  adjusted probabilities did no better on demands that they had not seen
    is_adjusted : whether it changes anything
    """

    table: pl.DataFrame
    calibration: Calibration
    is_adjusted: bool


def own_record(pairs: pl.DataFrame, outcomes: pl.DataFrame) -> OwnRecord:
    """The record on judged pairs.

    Parameters
    ----------
    pairs
        demand, result, rank (by demand) and log_odds of every candidate pair.
    outcomes
        demand, result and is_right. Where none is false, every other candidate of a demand that has
        a right one counts as wrong.

    Returns
    -------
    `OwnRecord`.
    """
    right = outcomes.filter("is_right")
    if right.height == outcomes.height:
        asked = pairs.join(right.select("demand").unique(), on="demand", how="semi")
        judged = asked.join(right, on=["demand", "result"], how="left", maintain_order="left")
        judged = judged.with_columns(pl.col("is_right").fill_null(False))
    else:
        judged = pairs.join(outcomes, on=["demand", "result"], maintain_order="left")
    ranks = right.join(pairs, on=["demand", "result"], how="left")
    best = ranks.group_by("demand").agg(pl.col("rank").min())
    log_odds = np.minimum(judged["log_odds"].to_numpy(), CEILING)
    came = judged["is_right"].to_numpy()
    record = _adjusted(judged, log_odds, came)
    row: dict[str, Any] = {
        "judged_pairs_count": judged.height,
        "right_pairs_count": int(came.sum()),
        "beyond_count": int(ranks["rank"].null_count()),
        "demands_count": best.height,
        "first_right_share": _share(best["rank"] == 1),
        "first_five_right_share": _share(best["rank"] <= 5),
        **_stated(probability(log_odds), came),
        **record,
    }
    calibration = Calibration()
    is_adjusted = bool(row["is_adjusted"])
    if is_adjusted:
        calibration = fit_calibration(log_odds, came)
    return OwnRecord(pl.DataFrame([row], schema=_SCHEMA), calibration, is_adjusted)


_SCHEMA: Mapping[str, Any] = {
    "judged_pairs_count": pl.Int64,
    "right_pairs_count": pl.Int64,
    "beyond_count": pl.Int64,
    "demands_count": pl.Int64,
    "first_right_share": pl.Float64,
    "first_five_right_share": pl.Float64,
    "stated_count": pl.Int64,
    "stated_probability": pl.Float64,
    "stated_right_share": pl.Float64,
    "loss": pl.Float64,
    "adjusted_loss": pl.Float64,
    "is_adjusted": pl.Boolean,
    "reason": pl.String,
}


def _share(flags: pl.Series) -> float | None:
    if flags.is_empty():
        return None
    return float(flags.fill_null(False).sum()) / len(flags)


def _stated(stated: Floats, came: npt.NDArray[np.bool_]) -> dict[str, Any]:
    is_stated = stated >= STATED
    count = int(is_stated.sum())
    return {
        "stated_count": count,
        "stated_probability": float(stated[is_stated].mean()) if count else None,
        "stated_right_share": float(came[is_stated].mean()) if count else None,
    }


def _adjusted(
    judged: pl.DataFrame, log_odds: Floats, came: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    """Losses as they are and adjusted on other demands, and which is used."""
    nothing = {"loss": None, "adjusted_loss": None, "is_adjusted": False}
    if not len(came):
        return {**nothing, "reason": "no_judged_pair"}
    loss = _loss(log_odds, came)
    ones = int(came.sum())
    if len(came) < FEWEST_PAIRS or min(ones, len(came) - ones) < FEWEST_OF_EACH:
        return {**nothing, "loss": loss, "reason": "few_judged_pairs"}
    fold = judged["demand"].rank("dense").to_numpy() % FOLDS
    adjusted = log_odds.copy()
    for each in np.unique(fold):
        inside = fold == each
        if not inside.all():
            learned = fit_calibration(log_odds[~inside], came[~inside])
            adjusted[inside] = learned.log_odds(log_odds[inside])
    adjusted_loss = _loss(adjusted, came)
    is_better = adjusted_loss < loss - 1e-9
    reason = None if is_better else "adjusting_did_no_better"
    return {
        "loss": loss,
        "adjusted_loss": adjusted_loss,
        "is_adjusted": is_better,
        "reason": reason,
    }


def _loss(log_odds: Floats, came: npt.NDArray[np.bool_]) -> float:
    """Mean of the negative logarithm of the probability of what came."""
    held = np.minimum(log_odds, CEILING)
    return float(np.logaddexp(0, np.where(came, -held, held)).mean())
