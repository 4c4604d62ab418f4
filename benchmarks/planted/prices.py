"""Made-up prices and flows between places, with a planted trend, persistence and border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from benchmarks.planted.economy import PLACES
from numpy.typing import NDArray

GOODS = (
    "barley",
    "candles",
    "cloth",
    "fish",
    "flour",
    "honey",
    "lamp oil",
    "lime",
    "nails",
    "rope",
    "salt",
    "soap",
)
BURN_IN = 30  # years before the first one shown, after which the start no longer matters


def made_up_prices(
    seed: int,
    *,
    places: int = 12,
    goods: int = 6,
    years: int = 15,
    trend: float = -0.08,
    first_noise: float = 1.0,
) -> pl.DataFrame:
    """Prices of places whose own shocks shrink at the rate ``trend`` a year, around what moves
    prices everywhere.

    first_noise : how many times as large the shocks of the first place, ``p00``, are
    Returns place, good, year, p (any money). A segmentation index, as a variance, changes at twice
    the rate.

    >>> made_up_prices(0, places=2, goods=1, years=2).columns
    ['place', 'good', 'year', 'p']
    """
    rng = np.random.default_rng(seed)
    own = np.where(np.arange(places) == 0, first_noise, 1.0)[:, None]
    scale = 0.05 * np.exp(trend * np.arange(years))[:, None, None] * own
    shocks = rng.normal(0, 0.03, (years, 1, goods)) + scale * rng.normal(
        size=(years, places, goods)
    )
    return price_rows(np.exp(np.cumsum(shocks, axis=0) + rng.normal(1, 1, goods)))


def persistent_prices(
    seed: int,
    persistence: float,
    *,
    places: int = 10,
    goods: int = 4,
    years: int = 20,
    gaps: float = 0.0,
) -> pl.DataFrame:
    """Prices whose gaps between places fade to a share ``persistence`` a year, around differences
    that last.

    gaps : share of prices that are missing
    Returns place, good, year, p.

    >>> persistent_prices(0, 0.5, places=2, goods=1, years=2, gaps=1.0)["p"].null_count()
    4
    """
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(years + 200, places, goods)) * 0.05
    for t in range(1, q.shape[0]):
        q[t] += persistence * q[t - 1]
    lasting, everywhere = (
        rng.normal(0, 0.3, (places, goods)),
        rng.normal(0.02, 0.05, (years, 1, goods)),
    )
    prices = np.exp(q[200:] + lasting + np.cumsum(everywhere, axis=0))
    return price_rows(np.where(rng.random(prices.shape) < gaps, np.nan, prices))


def bordered_prices(
    seed: int,
    *,
    persistence: float = 0.5,
    border: float = 3.0,
    trend: float = -0.05,
    places: Sequence[str] = PLACES,
    years: int = 16,
) -> pl.DataFrame:
    """Prices in places on two sides of a border, with shocks of each place and shocks that a side
    has to itself.

    Both fade to a share ``persistence`` a year and shrink at the rate ``trend`` a year, around what
    moves prices everywhere and differences that last. The variance of relative price changes across
    is ``border`` times that within, on average.

    places : names; the first half of them is on one side
    Returns place, good, year (from 2005), price (any money), side; invented.

    >>> bordered_prices(0, places=["a", "b", "c", "d"], years=2)["side"].unique().sort().to_list()
    ['inside the wall', 'outside the wall']
    """
    rng = np.random.default_rng([seed, 20050101])
    size, span = len(places), years + BURN_IN
    beyond = np.arange(size) >= size // 2
    own = 0.04 * rng.normal(size=(span, size, len(GOODS)))
    of_side = 0.04 * np.sqrt(border - 1) * rng.normal(size=(span, 2, len(GOODS)))
    shocks = (own + of_side[:, beyond.astype(int)]) * np.exp(trend * (np.arange(span) - BURN_IN))[
        :, None, None
    ]
    for t in range(1, span):
        shocks[t] += persistence * shocks[t - 1]
    everywhere = np.cumsum(rng.normal(0.02, 0.04, (years, 1, len(GOODS))), axis=0) + rng.normal(
        1, 1, len(GOODS)
    )
    prices = np.exp(shocks[BURN_IN:] + everywhere + rng.normal(0, 0.2, (size, len(GOODS))))
    t, i, k = (part.ravel() for part in np.indices(prices.shape))
    sides = np.where(beyond, "outside the wall", "inside the wall")
    return pl.DataFrame(
        {
            "place": np.array(places)[i],
            "good": np.array(GOODS)[k],
            "year": 2005 + t,
            "price": prices.ravel(),
            "side": sides[i],
        }
    ).sort("place", "good", "year")


def price_rows(prices: NDArray[np.float64]) -> pl.DataFrame:
    """An array (years, places, goods) as place, good, year (from 2000), p.

    >>> price_rows(np.array([[[1.5]]])).rows()
    [('p00', 'g0', 2000, 1.5)]
    """
    t, i, k = (part.ravel() for part in np.indices(prices.shape))
    names = {"place": [f"p{n:02d}" for n in i], "good": [f"g{n}" for n in k]}
    return pl.DataFrame({**names, "year": 2000 + t, "p": prices.ravel()}).with_columns(
        pl.col("p").fill_nan(None)
    )


def made_up_flows(
    seed: int, *, places: int = 12, border: float = 4.0, noise: float = 0.3
) -> pl.DataFrame:
    """Flows by gravity, ``border`` times as large within a place; they fall with distance,
    elasticity -1.

    noise : standard deviation of a flow over its mean (gamma)
    Returns origin, destination, x (flow), km.

    >>> made_up_flows(0, places=3).shape
    (9, 4)
    """
    rng = np.random.default_rng(seed)
    at = rng.uniform(size=(places, 2))
    km = 1000 * np.linalg.norm(at[:, None] - at[None], axis=2) + 50
    sells, buys = rng.normal(0, 0.6, places), rng.normal(0, 0.6, places)
    mean = 1e5 * np.exp(sells[:, None] + buys) / km * np.where(np.eye(places) > 0, border, 1.0)
    flow = mean * rng.gamma(1 / noise**2, noise**2, mean.shape)
    names = [f"p{n:02d}" for n in range(places)]
    ends = {"origin": np.repeat(names, places), "destination": names * places}
    return pl.DataFrame({**ends, "x": flow.ravel(), "km": km.ravel()})
