"""Made-up prices and flows with a planted border, trend and persistence."""

from __future__ import annotations

import numpy as np
import polars as pl


def made_up_prices(
    seed: int, *, places: int = 12, goods: int = 6, years: int = 15, trend: float = -0.08, east_noise: float = 1.0
) -> pl.DataFrame:
    """Prices of places whose shocks of their own shrink by ``trend`` a year; the first place's are ``east_noise`` times as large.

    Returns place, good, year, p; the index falls by twice the trend, since it is a variance.
    """
    rng = np.random.default_rng(seed)
    scale = (
        0.05
        * np.exp(trend * np.arange(years))[:, None, None]
        * np.where(np.arange(places) == 0, east_noise, 1.0)[:, None]
    )
    logs = np.cumsum(rng.normal(0, 0.03, (years, 1, goods)) + scale * rng.normal(size=(years, places, goods)), axis=0)
    return grid(np.exp(logs + rng.normal(1, 1, goods)))


def persistent_prices(
    seed: int, rho: float, *, places: int = 10, goods: int = 4, years: int = 20, gaps: float = 0.0
) -> pl.DataFrame:
    """Prices whose gaps between places fade to a share ``rho`` a year, around lasting differences; some are missing."""
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(years + 200, places, goods)) * 0.05
    for t in range(1, q.shape[0]):
        q[t] += rho * q[t - 1]
    logs = q[200:] + rng.normal(0, 0.3, (places, goods)) + np.cumsum(rng.normal(0.02, 0.05, (years, 1, goods)), axis=0)
    return grid(np.where(rng.random(logs.shape) < gaps, np.nan, np.exp(logs)))


def grid(prices: np.ndarray) -> pl.DataFrame:
    """A (years, places, goods) array as a long frame."""
    t, i, k = (part.ravel() for part in np.indices(prices.shape))
    return pl.DataFrame(
        {
            "place": [f"p{n:02d}" for n in i],
            "good": [f"g{n}" for n in k],
            "year": 2000 + t,
            "p": prices.ravel(),
        }
    ).with_columns(pl.col("p").fill_nan(None))


def made_up_flows(seed: int, *, places: int = 12, border: float = 4.0, noise: float = 0.3) -> pl.DataFrame:
    """Flows by gravity, ``border`` times as large within a place; distance counts with an elasticity of -1."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(size=(places, 2))
    km = 1000 * np.linalg.norm(at[:, None] - at[None], axis=2) + 50
    sells, buys = rng.normal(0, 0.6, places), rng.normal(0, 0.6, places)
    mean = 1e5 * np.exp(sells[:, None] + buys) / km * np.where(np.eye(places) > 0, border, 1.0)
    flow = mean * rng.gamma(1 / noise**2, noise**2, mean.shape)
    names = [f"p{n:02d}" for n in range(places)]
    return pl.DataFrame(
        {"origin": np.repeat(names, places), "destination": names * places, "x": flow.ravel(), "km": km.ravel()}
    )
