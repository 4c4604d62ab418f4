"""Made-up regions that turn research into patents and patents into sales: two stages, two groups,
one driver, all planted."""

from __future__ import annotations

import numpy as np
import polars as pl

LABEL = ("made-up regions, invented: no such region exists", "虚构地区，纯属虚构：所有地区均不存在")
GROUPS = ("coast", "inland")
GAP = 0.7  # what the inland's best practice makes of the same, as a share of the coast's
DRIVER_EFFECT = (
    0.6  # how much nearer to the frontier openness from 0 to 1 brings a region's research
)


def made_up_regions(regions: int = 40, years: int = 6, *, seed: int = 0) -> pl.DataFrame:
    """Regions by year: staff and spending make patents, patents make sales; invented, with what was
    planted beside it.

    patents = A(t) gap sqrt(staff spending) e1, with 1 / e1 = 1 + DRIVER_EFFECT (1 - openness) + a
    half-normal of 0.1, gap 1 on the coast and ``GAP`` inland, A growing by 3% a year; sales = 5
    patents e2, e2 from 0.6 to 1. No noise.

    Returns frame: unit, year, group, staff (persons), spending (million crowns), patents, sales
    (million crowns), openness (0 to 1); stage_1_planted (e1) and stage_2_planted (e2).

    >>> made_up_regions(4, 2).select("unit", "year", "group").row(0)
    ('region 01', 2016, 'coast')
    """
    rng = np.random.default_rng(seed)
    unit, year = (part.ravel() for part in np.indices((regions, years)))
    is_inland = unit % len(GROUPS) == 1
    staff = rng.lognormal(7, 0.6, regions)[unit] * 1.02**year
    spending = rng.lognormal(5, 0.6, regions)[unit] * 1.05**year
    openness = np.clip(
        rng.uniform(0.05, 0.95, regions)[unit] + rng.uniform(-0.05, 0.05, len(unit)), 0, 1
    )
    stage_1 = 1 / (1 + DRIVER_EFFECT * (1 - openness) + np.abs(rng.normal(0, 0.1, len(unit))))
    stage_2 = np.clip(
        rng.uniform(0.6, 1, regions)[unit] + rng.uniform(-0.03, 0.03, len(unit)), 0.6, 1
    )
    patents = 2 * 1.03**year * np.where(is_inland, GAP, 1.0) * np.sqrt(staff * spending) * stage_1
    return pl.DataFrame(
        {
            "unit": [f"region {number + 1:02}" for number in unit.tolist()],
            "year": 2016 + year,
            "group": [GROUPS[int(place)] for place in is_inland],
            "staff": staff,
            "spending": spending,
            "patents": patents,
            "sales": 5 * patents * stage_2,
            "openness": openness,
            "stage_1_planted": stage_1,
            "stage_2_planted": stage_2,
        }
    )
