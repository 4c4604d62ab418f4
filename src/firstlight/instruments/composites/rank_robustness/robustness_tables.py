"""The tables of robustness: ranks with their intervals, choices, pairs of units, Sobol indices."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.composites.indicator_table import IndicatorTable
from firstlight.instruments.composites.rank_robustness.index_structure import Judged
from firstlight.instruments.composites.rank_robustness.robustness_draws import RankDraws
from firstlight.instruments.composites.rank_robustness.varied_choices import Level, Levels
from firstlight.texts import by_columns, language_columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
LOW = 0.05
HIGH = 0.95
MOST_PAIRED = 40  # units up to which every pair is shown
TOPS = (3, 10)
RANKS: dict[str, Any] = {
    "rank": pl.Int64,
    "unit": pl.String,
    "year": pl.Int32,
    "score_index": pl.Float64,
    **dict.fromkeys(("low_rank", "median_rank", "high_rank"), pl.Int64),
    **dict.fromkeys(("first_share", "top_3_share", "top_10_share", "third_share"), pl.Float64),
    **dict.fromkeys(("mean_shift", "above_next_share"), pl.Float64),
    **dict.fromkeys(("moved_by", "reason"), pl.String),
}


def rank_table(
    table: IndicatorTable, rows: Ints, score: Floats, base: Ints, drawn: RankDraws
) -> pl.DataFrame:
    """A row for each unit, the first by the declaration at the top: its rank, where draws put it,
    and the choice that moves it most."""
    ranks = drawn.ranks
    low, middle, high = np.quantile(ranks, (LOW, 0.5, HIGH), axis=0, method="inverted_cdf")
    third = third_of(ranks, ranks.shape[1])
    columns: dict[str, Any] = {
        "rank": base,
        "unit": table.units[rows],
        "score_index": score,
        "low_rank": low.astype(int),
        "median_rank": middle.astype(int),
        "high_rank": high.astype(int),
        "first_share": (ranks == 1).mean(axis=0),
        **{f"top_{top}_share": (ranks <= top).mean(axis=0) for top in TOPS},
        "third_share": (third == third_of(base, len(base))).mean(axis=0),
        "mean_shift": np.abs(ranks - base).mean(axis=0),
        "above_next_share": _above_next(ranks, base, table.units[rows]),
        "moved_by": _moved_by(drawn),
    }
    frame = pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))
    if table.years is not None:
        frame = frame.insert_column(2, pl.Series("year", table.years[rows], pl.Int32))
    return frame.sort("rank", "unit")


def with_left_out(frame: pl.DataFrame | None, judged: Judged) -> pl.DataFrame:
    """The ranks and, below them, the units of the same year that are not ranked, with the reason;
    those of the last year where nobody is."""
    table = judged.table
    rows = judged.rows
    years = table.years
    others = np.setdiff1d(np.arange(len(table.units)), rows)
    if years is not None and len(years):
        others = others[years[others] == (years[rows].max() if len(rows) else years.max())]
    has_weight = judged.found.weights[others].sum(axis=1) > 0
    lost = {
        "unit": pl.Series(table.units[others], dtype=pl.String),
        "reason": pl.Series(np.where(has_weight, "little_known", "no_spread"), dtype=pl.String),
    }
    below = pl.DataFrame(lost)
    if years is not None:
        below = below.with_columns(year=pl.Series(years[others], dtype=pl.Int32))
    schema = {name: RANKS[name] for name in RANKS if name != "year" or years is not None}
    parts = [pl.DataFrame(schema=schema), frame, below]
    return pl.concat((each for each in parts if each is not None), how="diagonal")


def third_of(ranks: Ints, count: int) -> Ints:
    """In which third of the ranking ranks lie, 0 for the first."""
    return np.asarray((ranks - 1) * 3 // max(count, 1))


def _order(base: Ints, units: Any) -> Ints:
    return np.lexsort((np.asarray(units, str), base))


def above(ranks: Ints, one: int, other: Any) -> Floats:
    """The share of draws in which a unit is above others; ties count half."""
    ranks_of = ranks[:, [one]]
    others = ranks[:, other]
    return np.asarray((ranks_of < others).mean(axis=0) + (ranks_of == others).mean(axis=0) / 2)


def _above_next(ranks: Ints, base: Ints, units: Any) -> Floats:
    order = _order(base, units)
    shares = np.full(len(base), np.nan)
    for one, other in pairwise(order):
        shares[one] = above(ranks, int(one), [int(other)])[0]
    return shares


def _moved_by(drawn: RankDraws) -> list[str | None]:
    """The choice with the largest total index for each unit; None where nothing moves it."""
    total = drawn.sobol.total[:, 1:]
    named = list[str | None]()
    for effect in total.T:
        name = None
        if not np.isnan(effect).all():
            name = drawn.varied[int(np.nanargmax(effect))]
        named.append(name)
    return named


def pair_table(units: Any, base: Ints, drawn: RankDraws) -> pl.DataFrame:
    """The share of draws in which a unit is above another: every pair where units are few."""
    order = _order(base, units)
    if len(order) > MOST_PAIRED:
        order = order[:0]
    names = np.asarray(units, str)
    rows = list[dict[str, Any]]()
    for one in order:
        share = above(drawn.ranks, int(one), order)
        for other, value in zip(order, share.tolist(), strict=True):
            cell = value if other != one else None
            rows.append({"unit": names[one], "other": names[other], "above_share": cell})
    schema = {"unit": pl.String, "other": pl.String, "above_share": pl.Float64}
    return pl.DataFrame(rows, schema=schema)


def sobol_table(drawn: RankDraws) -> pl.DataFrame:
    """First-order and total indices of each choice for the mean shift in rank, the largest total
    first."""
    sobol = drawn.sobol
    columns: dict[str, Any] = {"choice": pl.Series(list(drawn.varied), dtype=pl.String)}
    for name, value, error in (
        ("first_order", sobol.first, sobol.first_error),
        ("total", sobol.total, sobol.total_error),
    ):
        columns |= {
            f"{name}_share": value[:, 0],
            f"{name}_low": value[:, 0] - error[:, 0],
            f"{name}_high": value[:, 0] + error[:, 0],
        }
    frame = pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))
    lost = pl.when(pl.col("total_share").is_null()).then(pl.lit("nothing_moves"))
    frame = frame.with_columns(reason=lost)
    return frame.sort("total_share", descending=True, nulls_last=True, maintain_order=True)


def unit_sobol_table(units: Any, base: Ints, drawn: RankDraws) -> pl.DataFrame:
    """The same for the rank of each unit."""
    order = _order(base, units)
    count = len(drawn.varied)
    columns: dict[str, Any] = {
        "unit": np.repeat(np.asarray(units, str)[order], count),
        "choice": pl.Series([*drawn.varied] * len(order), dtype=pl.String),
        "first_order_share": drawn.sobol.first[:, 1 + order].T.ravel(),
        "total_share": drawn.sobol.total[:, 1 + order].T.ravel(),
        "total_error": drawn.sobol.total_error[:, 1 + order].T.ravel(),
    }
    frame = pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))
    lost = pl.when(pl.col("total_share").is_null()).then(pl.lit("nothing_moves"))
    return frame.with_columns(reason=lost)


def choice_table(levels: Levels, base: Ints, drawn: RankDraws) -> pl.DataFrame:
    """What was drawn of each choice, how far ranks shift under it, and why others were not."""
    shift = np.abs(drawn.ranks - base).mean(axis=1)
    rows = [_level_row(each, levels, shift, drawn) for each in levels.levels]
    if levels.weight_change:
        rows.append({"choice": "weights", "level": "changed", "mean_shift": shift.mean()})
    titles = [each.title for each in levels.declaration.indicators]
    for place, j in enumerate((-1, *levels.left_out)):
        if not levels.left_out:
            break
        is_left_out = drawn.levels["left_out"] == place
        row: dict[str, Any] = {"choice": "left_out", "level": "one_left_out", "is_own": j < 0}
        if j < 0:
            row["level"] = "none_left_out"
        else:
            row |= by_columns("indicator", titles[j])
        rows.append({**row, **_drawn(is_left_out, shift)})
    schema: dict[str, Any] = {
        "choice": pl.String,
        "level": pl.String,
        **dict.fromkeys(language_columns("indicator"), pl.String),
        "is_own": pl.Boolean,
        "draws_count": pl.Int64,
        "mean_shift": pl.Float64,
        "reason": pl.String,
    }
    return pl.DataFrame(rows, schema=schema)


def _level_row(each: Level, levels: Levels, shift: Floats, drawn: RankDraws) -> dict[str, Any]:
    row: dict[str, Any] = {"choice": each.choice, "level": each.level, "is_own": each.is_own}
    if each.reason:
        return {**row, "draws_count": 0, "reason": each.reason}
    place = levels.drawn(each.choice).index(each.level)
    return {**row, **_drawn(drawn.levels[each.choice] == place, shift)}


def _drawn(is_drawn: NDArray[np.bool_], shift: Floats) -> dict[str, Any]:
    """How many draws took a level, and their mean shift."""
    count = int(is_drawn.sum())
    if not count:
        return {"draws_count": 0, "reason": "not_drawn"}
    return {"draws_count": count, "mean_shift": float(shift[is_drawn].mean())}
