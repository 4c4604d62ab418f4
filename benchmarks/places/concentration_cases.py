"""Published figures of concentration beside ours: sections of ``concentration.py``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.places.industry_concentration.agglomeration import (
    agglomeration,
    agglomeration_index,
)
from firstlight.instruments.places.industry_concentration.concentration_measures import (
    concentration_measures,
    krugman_dissimilarity,
)
from firstlight.instruments.places.location_quotients import location_quotient

Lines = list[str]


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> Lines:
    """A Markdown table, and an empty line."""
    names = list(head)
    return [
        f"| {' | '.join(map(str, line))} |" for line in (names, ["---"] * len(names), *rows)
    ] + [""]


# -- published -------------------------------------------------------------------------------------


def published() -> Lines:
    """Examples of textbooks whose results the documentation of REAT (R) states."""
    rows = [
        (
            name,
            value,
            f"{here:.{digits}f}",
            "met" if abs(here - value) <= 0.51 * 10**-digits else "**not met**",
        )
        for name, value, here, digits in _examples()
    ]
    return [
        "## Published figures",
        "",
        "Examples of Farhauer and Kröll (Standorttheorien, 2013 and 2014) and Dörsam (Wirtschaftsstatistik, 2004), with the results that the documentation of the",
        "R package REAT (Wieland) states. Of the German data below no results are stated there.",
        "",
        *table(("example", "published", "here", ""), rows),
        "Gini of concentration and of specialisation there are of location quotients, each region or industry counting once: here `gini_unweighted`. The Krugman",
        "of one industry against several is against the mean of their shares; `spatial_concentration` takes the total of all instead.",
        "",
    ]


def _examples() -> list[tuple[str, float, float, int]]:
    """Name, published figure, ours, decimals."""
    states_of = _column(GDP)
    sales = _column([20, 50, 20, 10])
    income = np.array([500, 1500, 2500, 4000, 7500, 15000]) * np.array(
        [1000, 1200, 1600, 400, 200, 600]
    )
    classes = concentration_measures(income[:, None], [1000, 1200, 1600, 400, 200, 600])
    industry = concentration_measures(
        np.array([[500.0], [500], [1000], [7000], [1000]]), [20000, 15000, 20000, 40000, 5000]
    )
    place = concentration_measures(
        np.array([[700.0], [600], [500], [10000], [40000]]), [30000, 15000, 10000, 60000, 50000]
    )
    rest = 15593224 - 79006 - 879213 + 1714
    quotient = location_quotient([[1714, 79006 - 1714], [879213 - 1714, rest]]).value[0, 0]
    plants = agglomeration_index(
        [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000],
        [0, 0, 0, 0, 0, 1, 1, 1, 1, 2],
        [5, 4, 1],
    )
    return [
        ("Ellison-Glaeser, ten firms in Wien, Linz, Graz", 0.05990628, plants.ellison_glaeser, 8),
        ("location quotient", 0.3847623, quotient, 7),
        ("Gini of spatial concentration, five regions", 0.4068966, industry.gini_unweighted[0], 7),
        ("Gini of specialisation, five industries", 0.6222222, place.gini_unweighted[0], 7),
        (
            "Krugman, two regions with nothing in common",
            2,
            krugman_dissimilarity([20, 10, 70, 0, 0], [0, 0, 0, 60, 40]),
            4,
        ),
        (
            "Krugman, mining against four industries",
            0.8619,
            krugman_dissimilarity(MINING, _mean_structure(OTHERS)),
            4,
        ),
        (
            "Krugman, Sweden against four countries",
            0.1595,
            krugman_dissimilarity(SWEDEN, _mean_structure(NEIGHBOURS)),
            4,
        ),
        ("Herfindahl, four firms", 0.34, sales.herfindahl[0], 2),
        ("Herfindahl, the same, normalised", 0.12, sales.herfindahl_normalised[0], 2),
        ("Gini, the same", 0.3, sales.gini[0], 1),
        ("Gini, six classes of income, weighted", 0.5278, classes.gini[0], 4),
        (
            "Herfindahl, GDP of 16 German states 2015, equivalent number",
            7.988733,
            1 / states_of.herfindahl[0],
            6,
        ),
        ("Gini, the same", 0.5009, states_of.gini[0], 4),
    ]


GDP = [460.69, 549.19, 124.16, 65.29, 31.59, 109.27, 263.44, 39.87, 258.53, 645.59, 131.95, 35.03, 112.66, 56.22, 85.61, 56.81]  # fmt: skip
MINING = (4320, 7811, 3900, 2300, 47560)
OTHERS = (
    (20000, 11000, 31000, 8000, 20000),
    (40000, 10000, 25000, 9000, 16000),
    (10000, 11000, 14000, 14000, 13000),
    (7000, 7500, 11000, 1500, 36000),
)
SWEDEN = (45000, 15000, 32000, 10000, 30000)
NEIGHBOURS = (
    (35000, 12000, 30000, 8000, 22000),
    (40000, 10000, 25000, 9000, 18000),
    (30000, 11000, 18000, 3000, 13000),
    (40000, 6000, 11000, 2000, 12000),
)


def _column(values: list[float]) -> Any:
    return concentration_measures(np.array(values, float)[:, None], np.ones(len(values)))


def _mean_structure(rows: Any) -> Any:
    x = np.array(rows, float)
    return (x / x.sum(axis=1, keepdims=True)).mean(axis=0)


def textbook(file: Path) -> Lines:
    """42 firms of four industries in three regions."""
    rows = pl.read_csv(file).with_columns(pl.col("region").cast(pl.String))
    found = agglomeration(rows, "emp_firm", place="region", place_total="emp_region")
    lines = [
        (row["industry"], f"{row['plants_count']:.0f}", f"{row['ellison_glaeser_index']:.4f}", f"{row['maurel_sedillot_index']:.4f}",
         f"{row['raw_index']:.4f}", f"{row['plant_herfindahl_index']:.4f}", f"{row['p_value']:.2f}")
        for row in found.iter_rows(named=True)
    ]  # fmt: skip
    return [
        "## 42 firms of a textbook",
        "",
        "The file FK2014_EGC holds four other industries than the ten firms above: 0.0599 is of those ten (plants and places of Wien, Linz and Graz), and none of",
        "the four gives it. With the regions' totals of 360, 108 and 132 thousand:",
        "",
        *table(
            (
                "industry",
                "firms",
                "Ellison-Glaeser",
                "Maurel-Sédillot",
                "G",
                "Herfindahl of plants",
                "p",
            ),
            lines,
        ),
    ]
