"""Changes of productivity levels and of their parts: each row over a basis, so that what multiplies
in levels does in changes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, shown
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
BASES = ("first", "previous", "none")
CHANGE_OF = {
    "tfp_index": "tfp_change_index",
    "tfp_maximum_index": "technical_change_index",
    "output_quantity_index": "output_quantity_change_index",
    "input_quantity_index": "input_quantity_change_index",
}


def change_name(level: str) -> str:
    """The column of a level's change.

    >>> change_name("tfp_maximum_index"), change_name("output_mix_efficiency_ratio")
    ('technical_change_index', 'output_mix_efficiency_change_index')
    """
    return CHANGE_OF.get(level, level.removesuffix("_ratio") + "_change_index")


def level_table(
    key: Mapping[str, Any], levels: Mapping[str, NDArray[np.float64]], why: str
) -> pl.DataFrame:
    """The levels of each row, null where there are none, with the reason why TFP has none.

    >>> level_table({"unit": ["a"]}, {"tfp_index": np.array([np.nan])}, "no_aggregate").rows()
    [('a', None, 'no_aggregate')]
    """
    columns = {name: pl.Series(values).fill_nan(None) for name, values in levels.items()}
    table = pl.DataFrame({**key, **columns})
    return table.with_columns(reason=pl.when(pl.col("tfp_index").is_null()).then(pl.lit(why)))


def level_changes(levels: pl.DataFrame, base: str | tuple[str, int | None]) -> pl.DataFrame:
    """Each row of levels over another: a unit's first year, its year before, or one unit and year
    for all.

    levels : unit, year (absent in a cross-section), and columns ending in ``_index`` or ``_ratio``,
             null where missing; sorted by unit, then year
    base   : "first", "previous", (unit, year), or "none" for no rows
    Returns unit, base_unit, from_year, to_year and a ``_change_index`` per level; null where either
    level is missing. Rows that have
            no basis (a unit's first year under "previous") are not there.
    Raises  InputError for an unknown word, or a base that isn't among the rows.

    >>> rows = pl.DataFrame({"unit": ["a", "a"], "year": [2000, 2001], "tfp_index": [2.0, 3.0]})
    >>> level_changes(rows, "previous").rows()
    [('a', 'a', 2000, 2001, 1.5)]
    """
    measured = [name for name in levels.columns if name.endswith(("_index", "_ratio"))]
    units = levels["unit"].to_numpy()
    first = np.append(np.unique(units, return_index=True)[1], len(units)).tolist()
    if isinstance(base, tuple):
        basis = np.full(len(units), _row_of(levels, base))
        rows = np.arange(len(units))
    elif base in BASES:
        starts = np.array(first[:-1], np.int64)
        basis = np.repeat(starts, [stop - start for start, stop in pairwise(first)])
        rows = np.arange(len(units))
        if base == "previous":
            rows = np.setdiff1d(rows, starts)
            basis = np.arange(len(units)) - 1
        if base == "none":
            rows = rows[:0]
        basis = basis[rows]
    else:
        raise InputError(message("no_base", base=shown(base)), FOLDER)
    here, there = levels[rows.tolist()], levels[basis.tolist()]
    columns = {"unit": here["unit"], "base_unit": there["unit"]}
    if "year" in levels.columns:
        columns |= {"from_year": there["year"], "to_year": here["year"]}
    return pl.DataFrame(
        columns | {change_name(name): here[name] / there[name] for name in measured}
    )


def _row_of(levels: pl.DataFrame, base: tuple[str, int | None]) -> int:
    unit, year = base
    same = levels["unit"] == unit
    if "year" in levels.columns:
        same &= levels["year"] == year
    row = same.arg_true()
    if not len(row):
        about = unit_in_year(str(unit), year if "year" in levels.columns else None)
        raise InputError(message("no_base_row", unit=about, parameter=Name("base")), FOLDER)
    return int(row[0])
