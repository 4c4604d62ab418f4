"""The made-up economy: places, industries and years that never were, with a truth that is known
because it was planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from benchmarks.refused import RefusedError
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LABEL = ("made-up economy, invented: no such place exists", "虚构经济，纯属虚构：所有地区均不存在")
CURRENCY = "million crowns of 2001, an invented currency"
UNITS = {
    "place": "name, invented",
    "industry": "name, invented",
    "year": "calendar year",
    "value_added": CURRENCY,
    "value_added_nominal": "million crowns of the year, an invented currency",
    "capital": f"{CURRENCY}, at the start of the year",
    "investment": CURRENCY,
    "labour": "thousand persons",
    "hours": "million hours",
    "wage_bill": "million crowns of the year, an invented currency",
    "energy": "terajoules",
    "co2": "kilotonnes",
    "is_new": "true or false: one of the new industries",
}
PLACES = (
    *("Alderhaven", "Brackwater", "Cinderford", "Dunmarsh", "Eastmere", "Fallowfield"),
    *("Greyharbour", "Highmoor", "Ironvale", "Juniper Bay", "Kestrel Point", "Larkspur"),
)
INDUSTRIES = (
    *("grain", "timber", "textiles", "bricks", "machines"),
    *("chemicals", "vehicles", "instruments", "sky sails", "dream glass"),
)
NEW = ("sky sails", "dream glass")  # industries that are born within the record
CAPABILITIES = 8
FIRST_OF_NEW = 6  # years after the first, in which the new industries begin
DEPRECIATION = 0.06


@dataclass(frozen=True)
class PlantedTruth:
    """What was planted; P places, I industries, T years.

    capital_share : (I,) alpha of value added = A e K^alpha (hours h)^(1 - alpha)
    frontier      : (I, T) A, the best practice
    efficiency    : (P, T) e, 0 to 1; the best place of each year has 1
    human_capital : (P, T) h, 1 in the first year
    leap_year     : from which the frontier of machines, vehicles and instruments grows faster
    leap          : by how much, change of natural log per year
    depreciation  : share of the capital per year
    capabilities  : (P, C) what a place can do; requirements : (I, C) what an industry needs. A
                    place has the industries of which it has every requirement
    """

    capital_share: Floats
    frontier: Floats
    efficiency: Floats
    human_capital: Floats
    leap_year: int
    leap: float
    depreciation: float
    capabilities: NDArray[np.bool_]
    requirements: NDArray[np.bool_]


@dataclass(frozen=True)
class MadeUpEconomy:
    """An invented economy.

    panel : a row per place, industry and year in which the place has the industry; columns and
            units as in ``UNITS``
    truth : what was planted
    """

    panel: pl.DataFrame
    truth: PlantedTruth

    def places(self) -> pl.DataFrame:
        """The panel added up to places: place, year and the columns that can be added."""
        added = [name for name in UNITS if name not in ("place", "industry", "year", "is_new")]
        return self.panel.group_by("place", "year").agg(pl.col(added).sum()).sort("place", "year")


def made_up_economy(*, years: tuple[int, int] = (2001, 2020), seed: int = 0) -> MadeUpEconomy:
    """Twelve places, ten industries and their years, invented; the same for the same seed.

    years : the first and the last, at least twelve
    Returns MadeUpEconomy; value added follows its production function to the last digit, without
    noise.
    Raises  RefusedError for fewer than twelve years.

    >>> economy = made_up_economy()
    >>> economy.panel["place"].n_unique(), economy.panel["industry"].n_unique(), economy.panel["year"].n_unique()
    (12, 10, 20)
    """
    first, last = years
    if last - first < 11:
        raise RefusedError(
            f"{first} to {last} are fewer than twelve years",
            where="years",
            try_next="ask for twelve years or more",
        )
    rng = np.random.default_rng([seed, 20010101])
    truth = _truth(rng, first, last - first + 1)
    has: NDArray[np.bool_] = np.all(truth.requirements[None] <= truth.capabilities[:, None], axis=2)
    span = last - first + 1
    size = np.exp(
        rng.normal(0, 0.6, (len(PLACES), 1, 1)) + rng.normal(0, 0.5, (1, len(INDUSTRIES), 1))
    )
    hours = 40 * size * np.exp(_paths(rng, (len(PLACES), len(INDUSTRIES), span), 0.004, 0.01))
    capital = (
        900 * size * np.exp(_paths(rng, (len(PLACES), len(INDUSTRIES), span + 1), 0.045, 0.012))
    )
    investment = capital[..., 1:] - (1 - truth.depreciation) * capital[..., :-1]
    return MadeUpEconomy(
        _panel(truth, has, hours, capital[..., :-1], investment, first, rng), truth
    )


def _truth(rng: np.random.Generator, first: int, span: int) -> PlantedTruth:
    industries, places = len(INDUSTRIES), len(PLACES)
    growth = rng.uniform(0.002, 0.02, (industries, 1)) + np.zeros((1, span))
    leap, leaps = 0.03, np.isin(INDUSTRIES, ("machines", "vehicles", "instruments"))
    growth[leaps, span // 2 :] += leap
    growth[:, 0] = 0.0
    behind = np.abs(rng.normal(0, 0.35, (places, 1))) * np.exp(-0.02 * np.arange(span))
    schooling = np.exp(rng.uniform(0.002, 0.012, (places, 1)) * np.arange(span))
    able = np.sort(rng.random((places, 1)), axis=0)[::-1] + rng.normal(
        0, 0.12, (places, CAPABILITIES)
    )
    needed = (
        np.arange(CAPABILITIES)[None, :]
        < 1 + (np.arange(industries) * CAPABILITIES // (industries + 2))[:, None]
    )
    hard = np.linspace(0.02, 0.65, CAPABILITIES)
    capabilities = able > hard
    capabilities[:, 0] = True  # everybody can do the simplest things
    capabilities[0] = True  # and one place can do all
    return PlantedTruth(
        capital_share=rng.uniform(0.25, 0.45, industries),
        frontier=rng.uniform(2.0, 4.0, (industries, 1)) * np.exp(np.cumsum(growth, axis=1)),
        efficiency=np.exp(-(behind - behind.min(axis=0))),
        human_capital=schooling,
        leap_year=first + span // 2,
        leap=leap,
        depreciation=DEPRECIATION,
        capabilities=capabilities,
        requirements=needed,
    )


def _paths(rng: np.random.Generator, shape: tuple[int, ...], drift: float, noise: float) -> Floats:
    """Logs of levels that start at 0 and grow by ``drift`` with a noise of their own."""
    steps = rng.normal(drift, noise, shape)
    steps[..., 0] = 0.0
    return np.cumsum(steps, axis=-1)


def _panel(
    truth: PlantedTruth,
    has: NDArray[np.bool_],
    hours: Floats,
    capital: Floats,
    investment: Floats,
    first: int,
    rng: np.random.Generator,
) -> pl.DataFrame:
    shape = capital.shape
    alpha = truth.capital_share[None, :, None]
    effective = hours * truth.human_capital[:, None, :]
    added = (
        truth.frontier[None]
        * truth.efficiency[:, None, :]
        * capital**alpha
        * effective ** (1 - alpha)
    )
    price = np.exp(_paths(rng, (1, *shape[1:]), 0.015, 0.008))
    energy = (
        capital * rng.uniform(0.3, 1.5, (1, shape[1], 1)) * np.exp(-0.015 * np.arange(shape[2]))
    )
    is_new = np.isin(INDUSTRIES, NEW)
    there = has[..., None] & ~(is_new[None, :, None] & (np.arange(shape[2]) < FIRST_OF_NEW))
    place, industry, year = np.nonzero(there)
    numbers = {
        "value_added": added,
        "value_added_nominal": added * price,
        "capital": capital,
        "investment": investment,
        "labour": hours / 1.8,
        "hours": hours,
        "wage_bill": (1 - alpha) * added * price,
        "energy": energy,
        "co2": energy * 0.08 * np.exp(-0.01 * np.arange(shape[2])),
    }
    columns = {name: np.broadcast_to(value, shape)[there] for name, value in numbers.items()}
    names = {
        "place": np.array(PLACES)[place],
        "industry": np.array(INDUSTRIES)[industry],
        "year": first + year,
    }
    frame = pl.DataFrame({**names, **columns, "is_new": is_new[industry]})
    return frame.select(*UNITS).sort("place", "industry", "year")
