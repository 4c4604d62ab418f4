"""What the works of each unit are worth in one category, how far that depends on which were
counted, and whether chance would do as much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import wrong_shape
from firstlight.numerics.resampling import percentile_interval
from firstlight.numerics.share_intervals import wilson
from firstlight.numerics.solution_memory import remembered

YES_OR_NO = ("novelty", "new_combinations", "patents")
_CELLS = 2_000_000  # drawn works at a time


@dataclass(frozen=True)
class Comparison:
    """How units are compared.

    least : works with a score, below which a unit is listed but not compared
    level : of the intervals
    draws : resamples behind each interval and comparison
    """

    least: int
    level: float
    draws: int
    seed: int


def unit_values(
    scores: pl.DataFrame, members: pl.DataFrame, category: str, how: Comparison
) -> pl.DataFrame:
    """A row for each unit: its weighted mean score, with an interval, beside works of its years.

    scores  : work, year, and a column of the category's scores, null where a work has none
    members : work, unit, weight
    Returns category, unit, value, value_low, value_high, expected_value, base_value, position
    (above, below or within what works of the same years dealt at random would do), p_value
    (two-sided, of that deal), works_count, works_fractional_count, reason (too_few works for a
    position, or alike, which leaves no interval).
    """
    known = scores.select("work", "year", value=category).drop_nulls().with_row_index("code")
    known = known.with_columns(same=pl.col("value").mean().over("year"))
    base = float(known["value"].to_numpy().mean())
    rows = members.join(known, on="work").sort("unit", "work")
    as_high, as_low = _chances(known, rows, category, how)
    values = []
    for k, ((unit,), part) in enumerate(rows.group_by("unit", maintain_order=True)):
        v, a = part["value"].to_numpy(), part["weight"].to_numpy()
        low, high = _interval(v, a, category, how, [how.seed, crc32(str(unit).encode())])
        mean, same = (float((a * own).sum() / a.sum()) for own in (v, part["same"].to_numpy()))
        chances = float(as_high[k]), float(as_low[k])
        values.append((unit, mean, low, high, same, base, v.size, float(a.sum()), *chances))
    schema = {
        "unit": pl.String,
        **dict.fromkeys(("value", "value_low", "value_high"), pl.Float64),
        **dict.fromkeys(("expected_value", "base_value"), pl.Float64),
        "works_count": pl.Int64,
        **dict.fromkeys(("works_fractional_count", "as_high", "as_low"), pl.Float64),
    }
    table = pl.DataFrame(values, schema=schema, orient="row")
    return _compared(table.with_columns(category=pl.lit(category)), how)


def _chances(
    known: pl.DataFrame, rows: pl.DataFrame, category: str, how: Comparison
) -> tuple[Any, Any]:
    """How often each unit's mean would be as high, and as low, with scores dealt at random."""
    unit = rows["unit"].rle_id().to_numpy()
    deal = (known["value"], known["year"], rows["code"], unit, rows["weight"])
    dealt: dict[str, Any] = {
        "draws": how.draws,
        "seed": [how.seed, crc32(category.encode())],
    }
    as_high, as_low = remembered(
        ["chance of means", *dealt.values(), *deal],
        lambda: chance_of_means(*map(np.asarray, deal), **dealt),
    )
    return as_high, as_low


def _compared(table: pl.DataFrame, how: Comparison) -> pl.DataFrame:
    """Where each unit stands beside all works, and why it isn't compared where it isn't."""
    has_enough, rare = pl.col("works_count") >= how.least, (1 - how.level) / 2
    position = (
        pl.when(pl.col("as_high") <= rare)
        .then(pl.lit("above"))
        .when(pl.col("as_low") <= rare)
        .then(pl.lit("below"))
        .otherwise(pl.lit("within"))
    )
    p = (2 * pl.min_horizontal("as_high", "as_low")).clip(upper_bound=1.0)
    bounds = pl.col("value_low", "value_high").fill_nan(None)
    reason = (
        pl.when(~has_enough)
        .then(pl.lit("too_few"))
        .when(pl.col("value_low").is_null())
        .then(pl.lit("alike"))
    )
    return table.with_columns(bounds).select(
        "category",
        "unit",
        "value",
        "value_low",
        "value_high",
        "expected_value",
        "base_value",
        pl.when(has_enough).then(position).alias("position"),
        pl.when(has_enough).then(p).alias("p_value"),
        "works_count",
        "works_fractional_count",
        reason.alias("reason"),
    )


def _interval(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    category: str,
    how: Comparison,
    seed: list[int],
) -> tuple[float, float]:
    """Of yes or no Wilson's, else by drawing works again; nan for works that are all alike."""
    are_alike = values.size > 1 and np.ptp(values) == 0
    if category in YES_OR_NO or (category == "most_cited" and are_alike):
        return weighted_share_interval(values, weights, level=how.level)
    if are_alike:
        return np.nan, np.nan
    return stability_interval(values, weights, level=how.level, draws=how.draws, seed=seed)


Floats = NDArray[np.float64]


def stability_interval(
    values: Any, weights: Any, *, level: float = 0.95, draws: int = 1000, seed: Any = 0
) -> tuple[float, float]:
    """The interval of a weighted mean when its works are drawn again with replacement.

    Parameters
    ----------
    values, weights
        (works,), weights above 0.

    Returns
    -------
    The percentiles (1 - level) / 2 and (1 + level) / 2 over the draws; nan for fewer than two
    works.

    Raises
    ------
    InputError
        For unlike lengths.

    References
    ----------
    Waltman and others 2012, Journal of the American Society for Information Science and Technology
    63(12), 2419-2432 (the stability intervals of the Leiden Ranking). Efron 1979, Annals of
    Statistics 7(1), 1-26.

    Examples
    --------
    >>> low, high = stability_interval([0, 1] * 50, [1] * 100)
    >>> 0.38 < low < 0.43, 0.57 < high < 0.62
    (True, True)
    """
    v, a = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if v.shape != a.shape:
        raise wrong_shape("weights", a.shape, str(v.shape))
    if v.size < 2:
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    found: list[Floats] = []
    while sum(map(len, found)) < draws:
        now = min(max(_CELLS // v.size, 1), draws - sum(map(len, found)))
        drawn = rng.integers(0, v.size, (now, v.size))
        found.append((a * v)[drawn].sum(axis=1) / a[drawn].sum(axis=1))
    low, high = percentile_interval(np.concatenate(found), level)
    return float(low), float(high)


def weighted_share_interval(
    shares: Any, weights: Any, *, level: float = 0.95
) -> tuple[float, float]:
    """Wilson's interval of a weighted share, at the effective number of works.

    n = (sum a)^2 / sum a^2 (Kish). Where works hold parts of 1, it is wider than it need be.

    Parameters
    ----------
    shares, weights
        (works,), shares from 0 to 1.

    References
    ----------
    Wilson 1927, Journal of the American Statistical Association 22(158), 209-212. Kish 1965,
    Survey Sampling.

    Examples
    --------
    >>> [round(end, 4) for end in weighted_share_interval([0] * 10, [0.5] * 10)]
    [0.0, 0.2775]
    """
    v, a = np.asarray(shares, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    size = a.sum() ** 2 / (a * a).sum()
    low, high = wilson(min((a * v).sum() / a.sum(), 1.0) * size, size, level)
    return float(low), float(high)


def chance_of_means(
    values: Any, year: Any, work: Any, unit: Any, weights: Any, *, draws: int = 1000, seed: Any = 0
) -> tuple[Floats, Floats]:
    """How often each unit's mean would be as high, and as low, with scores dealt anew within years.

    Who made which work stays; the scores change places within a year.
    (1 + deals at least as high) / (1 + deals); the same for as low.

    Parameters
    ----------
    values, year
        (works,), a score each, and the year; all works, those of no unit too.
    work, unit, weights
        (rows,), codes of work and unit, weight above 0.

    Returns
    -------
    Two arrays (units,).

    References
    ----------
    Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9(1),
    article 39, on permutation p-values.

    Examples
    --------
    >>> unit = [0, 0, 0, 1, 1, 1]
    >>> scores, years = [9, 9, 9, 0, 0, 0], [2000] * 6
    >>> high, low = chance_of_means(scores, years, range(6), unit, [1] * 6, draws=200)
    >>> bool(high[0] < 0.1), bool(low[0] > 0.9)
    (True, True)
    """
    v, a, t = (
        np.asarray(values, dtype=np.float64),
        np.asarray(weights, dtype=np.float64),
        np.asarray(year),
    )
    at, own = np.asarray(work, dtype=np.int64), np.asarray(unit, dtype=np.int64)
    seen = np.bincount(own, weights=a * v[at])
    # sums of the same works in another order are equal
    slack = 1e-9 * np.maximum(np.abs(seen), 1e-12)
    order = np.argsort(t, kind="stable")
    ends = [*(np.flatnonzero(np.diff(t[order])) + 1).tolist(), len(v)]
    parts = [v[order[begin:end]] for begin, end in zip([0, *ends[:-1]], ends, strict=True)]
    place = np.empty(len(v), dtype=np.int64)
    place[order] = np.arange(len(v))
    at = place[at]
    rng = np.random.default_rng(seed)
    high, low = np.ones(len(seen)), np.ones(len(seen))
    for _ in range(draws):
        dealt = np.bincount(
            own,
            weights=a * np.concatenate([rng.permutation(part) for part in parts])[at],
            minlength=len(seen),
        )
        high += dealt >= seen - slack
        low += dealt <= seen + slack
    return high / (draws + 1), low / (draws + 1)
