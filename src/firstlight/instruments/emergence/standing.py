"""Where a forecast stands in the record: what came of earlier forecasts of about its probability, and of its rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.emergence.precedents import jeffreys

Floats = npt.NDArray[np.float64]
LIKE = 200  # earlier forecasts nearest in probability, or a fifth of all where that is fewer
PART = 5
BANDS = (
    (1, 20),
    (21, 50),
    (51, 100),
    (101, 200),
    (201, None),
)  # ranks told together; the last band has no end


@dataclass(frozen=True)
class Standing:
    """The record at each forecast's place.

    forecasts : data frame technology_id, like_count, like_low, like_high (their probabilities), came_true_count,
                came_true_share with its interval _low and _high, rank_first, rank_last (the band of its rank)
    ranks     : data frame rank_first, rank_last (null: to the end), forecast_year, n, came_true_count, base_rate (of the
                year's all)
    """

    forecasts: pl.DataFrame
    ranks: pl.DataFrame


def standing(technologies: pl.DataFrame, past: pl.DataFrame, years: Sequence[int]) -> Standing:
    """Set this year's forecasts beside those of the record.

    technologies : rank, technology_id, probability
    past         : forecast_year, rank, technology_id, probability, is_exceptional; each forecast as it was made in its year
    years        : which of those years are pooled

    Of each forecast, the 200 earlier ones nearest in probability are counted (a fifth of the record where that is fewer), with
    all that are as near as the last of them; Jeffreys 90% interval, as of independent outcomes: forecasts of one technology or of
    one year are not, so the truth is wider. Forecasts whose outcome is not known are left out.

    Raises  InputError for a probability outside 0 to 1.

    >>> past = pl.DataFrame({"forecast_year": [2009] * 10, "rank": range(1, 11), "technology_id": list("abcdefghij"),
    ...     "probability": [0.9] * 2 + [0.1] * 8, "is_exceptional": [True] * 2 + [False] * 8})
    >>> now = pl.DataFrame({"rank": [1], "technology_id": ["k"], "probability": [0.8]})
    >>> standing(now, past, [2009]).forecasts.select("like_count", "came_true_count").row(0)
    (2, 2)
    """
    known = past.filter(
        pl.col("forecast_year").is_in(list(years)) & pl.col("is_exceptional").is_not_null()
    )
    for frame in (technologies, known):
        outside = frame.filter(~pl.col("probability").is_between(0, 1))
        if outside.height:
            raise InputError(
                f"a probability of {outside['probability'][0]}",
                where=f"technology {outside['technology_id'][0]}",
                try_next="hand in probabilities between 0 and 1",
            )
    probability = known["probability"].to_numpy()
    came = known["is_exceptional"].to_numpy().astype(np.float64)
    count = min(LIKE, len(came) // PART)
    rows = []
    for rank, name, own in technologies.select("rank", "technology_id", "probability").iter_rows():
        first, last = next((low, high) for low, high in BANDS if high is None or rank <= high)
        like = _like(own, probability, came, count) if own is not None and count else {}
        rows.append({"technology_id": name, "rank_first": first, "rank_last": last, **like})
    return Standing(pl.DataFrame(rows, schema=_FORECASTS), _ranks(known))


def _like(own: float, probability: Floats, came: Floats, count: int) -> dict[str, object]:
    distance = np.round(np.abs(probability - own), 9)
    near = distance <= np.partition(distance, count - 1)[count - 1]
    trials, successes = int(near.sum()), int(came[near].sum())
    low, high = jeffreys(successes, trials)
    return {
        "like_count": trials,
        "like_low": float(probability[near].min()),
        "like_high": float(probability[near].max()),
        "came_true_count": successes,
        "came_true_share": successes / trials,
        "came_true_share_low": low,
        "came_true_share_high": high,
    }


def _ranks(known: pl.DataFrame) -> pl.DataFrame:
    frames = []
    base = known.group_by("forecast_year").agg(
        pl.col("is_exceptional").mean().round(6).alias("base_rate")
    )
    for first, last in BANDS:
        own = known.filter(
            (pl.col("rank") >= first) & ((pl.col("rank") <= last) if last else pl.lit(True))
        )
        counted = own.group_by("forecast_year").agg(
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("is_exceptional").sum().cast(pl.Int64).alias("came_true_count"),
        )
        band = (
            pl.lit(first, pl.Int64).alias("rank_first"),
            pl.lit(last, pl.Int64).alias("rank_last"),
        )
        frames.append(counted.join(base, on="forecast_year").select(*band, *_RANKS))
    return pl.concat(frames).sort("rank_first", "forecast_year")


_FORECASTS = {
    "technology_id": pl.String, "like_count": pl.Int64, "like_low": pl.Float64, "like_high": pl.Float64,
    "came_true_count": pl.Int64, "came_true_share": pl.Float64, "came_true_share_low": pl.Float64,
    "came_true_share_high": pl.Float64, "rank_first": pl.Int64, "rank_last": pl.Int64,
}  # fmt: skip
_RANKS = ("forecast_year", "n", "came_true_count", "base_rate")
