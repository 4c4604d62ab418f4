"""Invented farms: prices and quantities of three outputs and four inputs, 48 units over ten years."""

from __future__ import annotations

import numpy as np
import polars as pl


def invented_farms(seed: int = 5) -> pl.DataFrame:
    """unit, year, and a quantity (q) and price (p) per good.

    Labour and materials bind; capital and land are in excess.
    """
    draws = np.random.default_rng(seed)
    units, years = 48, 10
    rows = units * years
    size = np.repeat(np.exp(draws.normal(13, 0.8, units)), years)
    year = np.tile(np.arange(years), units)
    quantities = {
        "q.livestock": size * 1.01**year * np.exp(draws.normal(0, 0.6, rows)),
        "q.crop": size * 1.02**year * np.exp(draws.normal(0, 0.6, rows)),
        "q.other": 0.1 * size * np.exp(draws.normal(0, 0.6, rows)),
        "q.capital": size * np.exp(draws.normal(0, 1.2, rows)),
        "q.land": size * np.exp(draws.normal(0, 1.2, rows)),
        "q.labor": size * np.exp(draws.normal(0, 0.1, rows)),
        "q.materials": size * np.exp(draws.normal(0, 0.1, rows)),
    }
    prices = {
        f"p{name[1:]}": 1.02**year * np.exp(draws.normal(0, 0.1, rows)) for name in quantities
    }
    names = np.repeat([f"farm {k:02}" for k in range(units)], years)
    return pl.DataFrame({"unit": names, "year": 1995 + year, **quantities, **prices})
