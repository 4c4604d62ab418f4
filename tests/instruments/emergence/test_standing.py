"""The record at a forecast's place: counted again by hand, and only from what was pooled and is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.emergence.precedents import jeffreys
from firstlight.instruments.emergence.standing import BANDS, LIKE, standing

YEARS = (2007, 2008, 2009)


def past_of(size: int = 500, seed: int = 2) -> pl.DataFrame:
    """Forecasts that come true as often as they say."""
    rng = np.random.default_rng(seed)
    frames = []
    for year in (*YEARS, 2010):
        p = np.sort(rng.beta(1.2, 6, size))[::-1].round(4)
        came = rng.random(size) < p
        known = [None if i % 50 == 7 else bool(own) for i, own in enumerate(came)]
        frames.append(
            pl.DataFrame(
                {
                    "forecast_year": [year] * size,
                    "rank": np.arange(1, size + 1),
                    "technology_id": [f"t{i}" for i in range(size)],
                    "probability": p,
                    "is_exceptional": known,
                }
            )
        )
    return pl.concat(frames)


def now(*probabilities: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "rank": range(1, len(probabilities) + 1),
            "technology_id": [f"n{i}" for i in range(len(probabilities))],
            "probability": list(probabilities),
        },
        schema_overrides={"probability": pl.Float64},
    )


def test_the_nearest_forecasts_are_counted() -> None:
    past = past_of()
    found = standing(now(0.9, 0.31, 0.0), past, YEARS).forecasts
    known = past.filter(pl.col("forecast_year").is_in(YEARS)).drop_nulls()
    p, came = known["probability"].to_numpy(), known["is_exceptional"].to_numpy()
    for own, row in zip((0.9, 0.31, 0.0), found.iter_rows(named=True), strict=True):
        distance = np.abs(p - own).round(9)
        near = distance <= np.sort(distance)[LIKE - 1]
        assert row["like_count"] == near.sum() >= LIKE
        assert (row["like_low"], row["like_high"]) == (p[near].min(), p[near].max())
        assert row["came_true_count"] == came[near].sum()
        expected = jeffreys(row["came_true_count"], row["like_count"])
        assert (row["came_true_share_low"], row["came_true_share_high"]) == expected
    middle = found.row(1, named=True)
    assert middle["like_low"] < 0.31 < middle["like_high"]
    assert middle["came_true_share_low"] < 0.31 < middle["came_true_share_high"]  # they were drawn to come true so


def test_years_that_are_not_pooled_are_not_counted() -> None:
    past = past_of()
    other = past.with_columns(
        pl.when(pl.col("forecast_year") == 2010).then(True).otherwise("is_exceptional").alias("is_exceptional")
    )
    one, two = standing(now(0.4), past, YEARS), standing(now(0.4), other, YEARS)
    assert one.forecasts.equals(two.forecasts) and one.ranks.equals(two.ranks)
    assert not standing(now(0.4), past, (*YEARS, 2010)).forecasts.equals(
        standing(now(0.4), other, (*YEARS, 2010)).forecasts
    )


def test_ranks_by_year_add_up_and_stand_beside_the_base_rate() -> None:
    past = past_of()
    ranks = standing(now(0.4), past, YEARS).ranks
    known = past.filter(pl.col("forecast_year").is_in(YEARS)).drop_nulls()
    assert ranks["n"].sum() == known.height and ranks["came_true_count"].sum() == known["is_exceptional"].sum()
    first = ranks.filter(pl.col("rank_first") == 1)
    assert first["n"].to_list() == [19, 19, 19]  # the eighth of each year is not known
    for row in first.iter_rows(named=True):
        own = known.filter(pl.col("forecast_year") == row["forecast_year"])
        assert row["came_true_count"] == own.filter(pl.col("rank") <= 20)["is_exceptional"].sum()
        assert row["base_rate"] == pytest.approx(own["is_exceptional"].mean(), abs=1e-6)
    shares = ranks.group_by("rank_first").agg(pl.col("came_true_count").sum() / pl.col("n").sum()).sort("rank_first")
    assert shares["came_true_count"].is_sorted(descending=True)


def test_each_rank_lies_in_its_band() -> None:
    found = standing(now(*[0.1] * 250), past_of(), YEARS).forecasts
    for rank, (first, last) in enumerate(found.select("rank_first", "rank_last").iter_rows(), 1):
        assert (first, last) in BANDS and first <= rank and (last is None or rank <= last)


def test_a_short_record_is_read_by_fifths_and_none_is_none() -> None:
    small = past_of(20)
    found = standing(now(0.2, None), small, YEARS).forecasts
    assert found["like_count"][0] >= small.filter(pl.col("forecast_year").is_in(YEARS)).drop_nulls().height // 5
    assert found["like_count"][1] is None and found["rank_first"][1] == 1
    empty = standing(now(0.2), small, ())
    assert empty.forecasts["like_count"].to_list() == [None] and empty.ranks.is_empty()


def test_a_probability_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"1\.2"):
        standing(now(1.2), past_of(20), YEARS)
    with pytest.raises(InputError, match="t0"):
        standing(now(0.2), past_of(20).with_columns(probability=pl.lit(-0.1)), YEARS)
