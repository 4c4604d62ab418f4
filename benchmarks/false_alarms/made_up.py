"""Data without the structure that a test looks for: white or wandering in time, alike in space."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.classifications.provinces import province_links, provinces
from firstlight.instruments.disparity.neighbours import link_weights, standardised

Array = NDArray[np.float64]
Random = np.random.Generator
ISLES = ("HK", "MO", "TW")


def in_time(random: Random, shape: tuple[int, ...], rho: float) -> Array:
    """Series of variance 1 along the last axis, each year rho times the one before and news; of rho
    1 random walks of unit steps."""
    news = random.standard_normal(shape)
    if rho == 1:
        return news.cumsum(axis=-1)
    for year in range(1, shape[-1]):
        news[..., year] = rho * news[..., year - 1] + np.sqrt(1 - rho**2) * news[..., year]
    return news


@cache
def map_of_provinces() -> tuple[list[str], Any]:
    """31 provinces of China's mainland by name, and their neighbours, rows adding up to 1."""
    names = [each.name["en"] for each in provinces().values() if each.letters not in ISLES]
    links = province_links(names) or []
    one, other = zip(*links, strict=True)
    return names, standardised(link_weights(names, list(one), list(other)))


def in_space(random: Random, years: int, rho: float) -> Array:
    """(provinces, years), each year rho times the mean of the neighbours and news."""
    names, matrix = map_of_provinces()
    spread = np.linalg.inv(np.eye(len(names)) - rho * matrix.toarray())
    return np.asarray(spread @ random.standard_normal((len(names), years)))
