"""Made-up firms whose production function is planted: to see which method finds it, and which
doesn't."""

from __future__ import annotations

import numpy as np
import polars as pl

from firstlight.errors import check_choice

LABOUR = ("error", "habit", "wages", "planned")
BURN_IN = (
    30  # years before the first one shown, after which the first year's capital no longer matters
)


def made_up_firms(
    firms: int = 500,
    years: int = 10,
    *,
    labour: str = "error",
    labour_elasticity: float = 0.6,
    capital_elasticity: float = 0.4,
    wear: float = 0.1,
    seed: int = 0,
) -> pl.DataFrame:
    """Firms with y = b_l l + b_k k + omega + e, in the spirit of Ackerberg, Caves and Frazer
    (2015); invented.

    omega is an autoregression (0.7, standard deviation 0.3); capital is last year's, less about a
    fifth, and last year's investment, which rises with omega and k alone; materials are in
    proportion to planned value added; e has standard deviation 0.1.

    labour : ``error``: chosen knowing omega, then off by an error; materials know the plan only:
             Olley-Pakes, Levinsohn-Petrin and Wooldridge hold (their DGP 2). ``habit``: the same
             with an error that lasts (0.7). ``wages``: chosen half a year before, at the firm's own
             wage; materials know it: materials then move with labour, and Levinsohn-Petrin finds
             nothing (their DGP 1). ``planned``: chosen knowing omega, without error: an exact
             function of capital and materials
    wear   : standard deviation of the logarithm of what is left of capital; 0 where last year says
             all of this year's
    Returns frame: unit, year, y, l, k, i (investment), m (materials), in logarithms; omega as
    planted.
    Raises  InputError for another kind of labour.

    >>> made_up_firms(2, 3, seed=1).columns
    ['unit', 'year', 'y', 'l', 'k', 'i', 'm', 'omega']
    """
    check_choice("labour", labour, LABOUR)
    rng = np.random.default_rng(seed)
    b_l, b_k, memory, spread = labour_elasticity, capital_elasticity, 0.7, 0.3
    half = memory**0.5
    omega, wage = spread * rng.standard_normal(firms), 0.1 * rng.standard_normal(firms)
    capital, error = rng.standard_normal(firms) * 0.3, np.zeros(firms)
    lasting = 0.7 if labour == "habit" else 0.0
    rows: list[tuple[np.ndarray, ...]] = []
    for _ in range(BURN_IN + years):
        middle = half * omega + spread * np.sqrt(1 - half**2) * rng.standard_normal(firms)
        omega = half * middle + spread * np.sqrt(1 - half**2) * rng.standard_normal(firms)
        wage = 0.3 * wage + 0.1 * np.sqrt(1 - 0.3**2) * rng.standard_normal(firms)
        known = half * middle if labour == "wages" else omega
        price = wage if labour == "wages" else 0.0
        plan = (np.log(b_l) + b_k * capital + known - price) / (1 - b_l)
        error = lasting * error + 0.37 * np.sqrt(1 - lasting**2) * rng.standard_normal(firms)
        used = plan + (error if labour in ("error", "habit") else 0.0)
        materials = b_l * plan + b_k * capital + omega
        output = b_l * used + b_k * capital + omega + 0.1 * rng.standard_normal(firms)
        investment = np.log(0.2) + omega + 0.6 * capital
        rows.append((output, used, capital, investment, materials, omega))
        worn = np.exp(
            wear * rng.standard_normal(firms)
        )  # wear differs, so that the past doesn't say all of capital
        capital = np.log(0.8 * worn * np.exp(capital) + np.exp(investment))
    shown = [np.column_stack(each).T.ravel() for each in zip(*rows[BURN_IN:], strict=True)]
    names = np.char.add("firm ", np.char.zfill(np.arange(firms).astype(str), len(str(firms - 1))))
    return pl.DataFrame(
        {
            "unit": np.tile(names, years),
            "year": np.repeat(np.arange(2001, 2001 + years), firms),
            **dict(zip(("y", "l", "k", "i", "m", "omega"), shown, strict=True)),
        }
    )
