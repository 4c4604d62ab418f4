"""The invented tables that ship with the measurements of diffusion, and their planted truth."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import expit

YEARS = np.arange(2004, 2025)
# market -> rate of the log odds a year, year of half; 0 where nothing is replaced
TAKEOVERS = {
    "glow panels for lanterns": (0.45, 2012.0),
    "moss batteries for lead cells": (0.25, 2019.0),
    "reed board for plywood": (0.18, 2021.0),
    "sail freighters for steamers": (0.0, 2014.0),
    "tide kilns for coal kilns": (0.32, 2016.0),
}


def shares() -> pl.DataFrame:
    """market, year, share: five invented markets, one of which has only three years yet."""
    rng = np.random.default_rng(1971)
    parts = []
    for market, (rate, half) in TAKEOVERS.items():
        noise = 0.3 * rng.standard_normal(YEARS.size)
        share = expit(rate * (YEARS - half) + noise) if rate else 0.2 * np.exp(noise)
        parts.append(pl.DataFrame({"market": market, "year": YEARS, "share": share}))
    late = pl.DataFrame({"market": "silk cable for copper", "year": [2022, 2023, 2024]})
    parts.append(late.with_columns(share=pl.Series([0.01, 0.02, 0.04])))
    return pl.concat(parts).with_columns(pl.col("share").round(3))


# technology -> share of households that take it up in the end, years from 10% to 90%, and the year
# in which Mirefield has half of that
SPREADS = {"cloud stoves": (0.6, 6.0, 2012), "thread phones": (0.35, 9.0, 2014)}
# place -> households, years behind Mirefield
PLACES = {"Mirefield": (2000, 0), "Ashcombe": (800, 2), "Tarn": (600, 4), "Wold": (500, 7)}
SPREAD_YEARS = range(2004, 2025)


def spread() -> pl.DataFrame:
    """technology, place, year, value, total: households that have it, of those that there are."""
    rng = np.random.default_rng(2010)
    rows = []
    for technology, (top, duration, first) in SPREADS.items():
        for place, (households, lag) in PLACES.items():
            for year in SPREAD_YEARS:
                rate = top * expit(np.log(81) * (year - first - lag) / duration)
                rows.append((technology, place, year, rng.poisson(rate * households), households))
    return pl.DataFrame(
        rows, schema=["technology", "place", "year", "value", "total"], orient="row"
    )


# technology -> first cost, share saved per doubling of production, growth of production a year
LEARNERS = {
    "fog turbines": (4200.0, 0.18, 0.30),
    "glass batteries": (950.0, 0.12, 0.35),
    "magnet pumps": (310.0, 0.08, 0.10),
    "sap plastics": (27.0, 0.22, 0.20),
    "tower mills": (80.0, 0.0, 0.08),
}
COST_YEARS = range(2001, 2023)


def costs() -> pl.DataFrame:
    """technology, year, cost, cumulative: costs that fall as production grows."""
    rng = np.random.default_rng(1936)
    rows = []
    for technology, (first, rate, growth) in LEARNERS.items():
        made = np.cumsum(100 * np.exp(growth * np.arange(len(COST_YEARS))))
        made *= np.exp(np.cumsum(np.abs(0.15 * rng.standard_normal(made.size))))
        shocks = np.cumsum(0.05 * rng.standard_normal(made.size))
        cost = first * (made / made[0]) ** np.log2(1 - rate) * np.exp(shocks)
        own = zip(COST_YEARS, cost.round(2), made.round(), strict=True)
        rows += [(technology, *row) for row in own]
    return pl.DataFrame(rows, schema=["technology", "year", "cost", "cumulative"], orient="row")


# technology -> saturation, year of half of it, years from 10% to 90%
GROWING = {
    "cloud stoves": (48.0, 2006.0, 12.0),
    "moss batteries": (1500.0, 2025.0, 20.0),
    "thread phones": (90.0, 2010.0, 16.0),
}
GROWING_YEARS = np.arange(2000, 2020)


def growing() -> pl.DataFrame:
    """technology, year, value: logistic growth, one early and two late, with lasting errors."""
    rng = np.random.default_rng(1838)
    rows = []
    for technology, (top, middle, duration) in GROWING.items():
        shock = 0.03 * rng.standard_normal(GROWING_YEARS.size)
        for at in range(1, shock.size):
            shock[at] += 0.5 * shock[at - 1]
        value = top * expit(np.log(81) * (GROWING_YEARS - middle) / duration) * np.exp(shock)
        own = zip(GROWING_YEARS.tolist(), value.round(2), strict=True)
        rows += [(technology, *row) for row in own]
    return pl.DataFrame(rows, schema=["technology", "year", "value"], orient="row")
