"""The made-up economy on a made-up map: where its places lie, and a rush of places into one simple
industry."""

from __future__ import annotations

import numpy as np
import polars as pl
from benchmarks.planted.economy import INDUSTRIES, NEW, PLACES, made_up_economy

RUSH = "bricks"
RUSH_YEARS = (2012, 2015)
"""In these years the places of `RUSHING` enter the industry of the rush, one or two each year."""
RUSHING = ("Cinderford", "Eastmere", "Greyharbour", "Ironvale", "Juniper Bay", "Larkspur")
LEAVE = 2017  # the year in which every third of them is gone
FALLING = -0.03  # forecast growth of its demand a year, from the first year of the rush on


def made_up_sites() -> pl.DataFrame:
    """Where the invented places lie: three groups of four on islands in the empty South Pacific
    that do not exist.

    Returns place, latitude, longitude (degrees).

    >>> made_up_sites().height
    12
    """
    rng = np.random.default_rng([7, 20010101])
    middle = np.repeat([[-33.0, -121.0], [-31.0, -114.5], [-36.5, -115.5]], 4, axis=0)
    at = (middle + rng.uniform(-1.3, 1.3, middle.shape)).round(2)
    return pl.DataFrame({"place": PLACES, "latitude": at[:, 0], "longitude": at[:, 1]})


def made_up_jobs() -> pl.DataFrame:
    """The made-up economy's jobs by place and industry, with a planted rush into `RUSH`, and what
    is forecast of each industry.

    Those who rush in hire a fifth of what the place has already; every third of them leaves again.
    Returns place, industry, year, value (thousand jobs), complexity (how many capabilities the
    industry needs), growth (forecast growth of demand, share a year), latitude, longitude.

    >>> made_up_jobs().filter(industry=RUSH, place="Larkspur")["year"].min() <= RUSH_YEARS[1]
    True
    """
    economy = made_up_economy()
    jobs = economy.panel.select("place", "industry", "year", value="labour")
    first, last = RUSH_YEARS
    comes = {place: first + k % (last - first + 1) for k, place in enumerate(RUSHING)}
    goes = dict.fromkeys(RUSHING[::3], LEAVE)
    rushing = pl.col("industry").eq(RUSH) & pl.col("place").is_in(RUSHING)
    total = jobs.filter(~rushing).group_by("place", "year").agg(pl.col("value").sum() / 5)
    rush = total.filter(pl.col("place").is_in(RUSHING)).with_columns(
        industry=pl.lit(RUSH),
        comes=pl.col("place").replace_strict(comes, return_dtype=pl.Int64, default=None),
        goes=pl.col("place").replace_strict(goes, return_dtype=pl.Int64, default=9999),
    )
    rush = rush.filter((pl.col("year") >= pl.col("comes")) & (pl.col("year") < pl.col("goes")))
    jobs = pl.concat([jobs.filter(~rushing), rush.select(jobs.columns)])
    needs = dict(zip(INDUSTRIES, economy.truth.requirements.sum(axis=1).astype(float), strict=True))
    falls = (pl.col("industry") == RUSH) & (pl.col("year") >= first)
    grows = (
        pl.when(falls).then(FALLING).when(pl.col("industry").is_in(NEW)).then(0.08).otherwise(0.01)
    )
    jobs = jobs.with_columns(complexity=pl.col("industry").replace_strict(needs), growth=grows)
    return jobs.join(made_up_sites(), on="place").sort("place", "industry", "year")
