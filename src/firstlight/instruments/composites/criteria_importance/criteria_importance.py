"""Weights of indicators by their contrast and their conflict, and the composite of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark, by_rank_and_year
from firstlight.instruments.composites.normalisations import DIGITS, min_max
from firstlight.instruments.composites.weightings import CriticWeights, critic_weights
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.numerics.ranks import rank_from_highest
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Year,
    counted,
    message,
    names,
)

Floats = NDArray[np.float64]
FOLLOWERS = 4  # indicators named after the heaviest


def critic(
    frame: Any,
    indicators: Annotated[Sequence[str], roles.Columns(2)],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    negative: Annotated[Sequence[str] | None, roles.Names()] = None,
) -> Result:
    """Weights of indicators by contrast and conflict (CRITIC), and the ranking of units by their
    composite.

    Parameters
    ----------
    frame
        A row for each unit, and year.
    indicators
        Columns of numbers, one for each indicator.
    unit
        Column of the units.
    year
        Column of the years. All years share one scale and one set of weights.
    negative
        Those of the indicators where lower is better.

    Returns
    -------
    Result with the tables ``weights`` (indicator, weight_share, why, contrast_index,
    conflict_index, information_index, direction, lowest, highest, reason), ``ranking`` (unit, year,
    composite_index, rank, reason) and ``pairs`` (indicator, other, correlation_index).

    Raises
    ------
    InputError
        For negative ones that are no indicators, fewer than two complete rows, and indicators that
        are all constant or go wholly together.

    References
    ----------
    Diakoulaki, Mavrotas and Papayannakis 1995, Computers & Operations Research 22(7), 763-770.

    Examples
    --------
    >>> import polars as pl
    >>> towns = pl.DataFrame({"unit": ["a", "b", "c"], "income": [1, 2, 5], "smog": [9, 5, 1]})
    >>> critic(towns, ["income", "smog"], negative=["smog"]).table["weight_share"].round(3).to_list(
    ...     )
    [0.51, 0.49]
    """
    data = CRITIC.read(locals())
    indicators = data.several["indicators"].columns
    x = data.several["indicators"].to_numpy()
    is_complete = ~np.isnan(x).any(axis=1)
    _refuse_few(x, is_complete, indicators)
    is_negative = np.isin(indicators, list(negative or ()))
    u = min_max(x[is_complete], is_negative)
    weighed = critic_weights(u)
    if np.isnan(weighed.weight).any():
        raise CRITIC.error(message("no_information", count=Count(len(u))))
    weights = _weights(indicators, is_negative, x[is_complete], weighed)
    pairs = _pairs(indicators, weighed.correlation)
    columns = list(filter(data.has, ["unit", "year"]))
    index = np.full(len(x), np.nan)
    index[is_complete] = (np.nan_to_num(u) * weighed.weight).sum(axis=1)
    ranking = _ranking(data.frame.select(columns), index)
    used = list(map(message, ("scaled", "deviation", "directions", "of_these_rows")))
    if "year" in columns:
        used.append(message("years_together"))
    return Result(
        {"weights": weights, "ranking": ranking, "pairs": pairs},
        (
            *_weighing(weights),
            _order(ranking),
            *_opposed(indicators, weighed.correlation),
            *_constants(weights),
            *_gaps(ranking),
        ),
        CRITIC.texts,
        conventions=tuple(used),
        charts=_charts(ranking),
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together."""
    others = [name for name in arguments["negative"] or () if name not in arguments["indicators"]]
    if not others:
        return None
    return message("no_indicators", others=names(others), indicators=names(arguments["indicators"]))


def _refuse_few(x: Floats, is_complete: NDArray[np.bool_], indicators: Sequence[str]) -> None:
    """Raise InputError where fewer than two rows are complete."""
    if len(x) < 2:
        raise CRITIC.error(message("few_rows", count=Count(len(x))))
    if is_complete.sum() >= 2:
        return
    missing = np.isnan(x).sum(axis=0)
    emptiest = [indicators[int(j)] for j in np.argsort(-missing, kind="stable") if missing[j]]
    count = Count(int(is_complete.sum()))
    raise CRITIC.error(
        message("few_complete", count=count, rows=Count(len(x)), names=names(emptiest))
    )


def _weights(
    indicators: Sequence[str], is_negative: NDArray[np.bool_], x: Floats, weights: CriticWeights
) -> pl.DataFrame:
    """The main table, the heaviest first."""
    table = pl.DataFrame(
        {
            "indicator": indicators,
            "weight_share": weights.weight,
            "contrast_index": weights.contrast,
            "conflict_index": weights.conflict,
            "information_index": weights.information,
            "direction": np.where(is_negative, "negative", "positive").tolist(),
            "lowest": x.min(axis=0),
            "highest": x.max(axis=0),
        }
    ).with_columns(pl.selectors.float().fill_nan(None))
    is_constant = pl.col("conflict_index").is_null()
    has_contrast = _is_above_mean("contrast_index")
    has_conflict = _is_above_mean("conflict_index")
    why = (
        pl.when(is_constant)
        .then(None)
        .when(has_contrast & has_conflict)
        .then(pl.lit("both"))
        .when(has_contrast)
        .then(pl.lit("contrast"))
        .when(has_conflict)
        .then(pl.lit("conflict"))
        .otherwise(pl.lit("neither"))
    )
    table.insert_column(2, table.select(why=why).to_series())
    reason = pl.when(is_constant).then(pl.lit("constant"))
    heaviest = pl.col("weight_share").round(DIGITS)
    return table.with_columns(reason=reason).sort(heaviest, "indicator", descending=[True, False])


def _is_above_mean(column: str) -> pl.Expr:
    """Whether a column is above its mean over the indicators that vary, by more than rounding."""
    mean = pl.col(column).filter(pl.col("conflict_index").is_not_null()).mean()
    return pl.col(column) > mean + 10.0**-DIGITS


def _pairs(indicators: Sequence[str], r: Floats) -> pl.DataFrame:
    """Correlations of the indicators that vary, those in conflict first."""
    first, second = np.triu_indices(len(indicators), 1)
    table = pl.DataFrame(
        {
            "indicator": [indicators[int(j)] for j in first],
            "other": [indicators[int(j)] for j in second],
            "correlation_index": r[first, second],
        }
    ).with_columns(pl.col("correlation_index").fill_nan(None))
    return table.drop_nulls().sort("correlation_index", "indicator", "other")


def _ranking(keys: pl.DataFrame, index: Floats) -> pl.DataFrame:
    """Units by their composite, the last year and the highest first."""
    rounded = pl.col("composite_index").round(DIGITS)
    years = [name for name in keys.columns if name == "year"]
    table = keys.with_columns(composite_index=pl.Series(index).fill_nan(None)).with_columns(
        rank=rank_from_highest(rounded, years)
    )
    reason = pl.when(pl.col("composite_index").is_null()).then(pl.lit("indicator_missing"))
    return table.with_columns(reason=reason).sort(
        *years, rounded, descending=True, nulls_last=True, maintain_order=True
    )


def _weighing(weights: pl.DataFrame) -> list[Message]:
    """Which indicators weigh most, and why."""
    first, *others = weights.filter(pl.col("weight_share") > 0).iter_rows(named=True)
    share = Share(first["weight_share"])
    if first["weight_share"] - others[-1]["weight_share"] < 10.0**-DIGITS:
        return [message("alike", count=Count(len(others) + 1), share=share)]
    because = Code(f"codes.because.{first['why']}")
    then = tuple(Phrase(_weighed(row)) for row in others)
    return [
        message("heaviest", indicator=Name(first["indicator"]), share=share, because=because),
        message("followers", items=List(then, FOLLOWERS)),
    ]


def _weighed(row: Mapping[str, Any]) -> Message:
    """An indicator with its weight, and what is high of it."""
    share = Share(row["weight_share"])
    why = Code(f"codes.why.{row['why']}")
    return message("phrases.weighed", indicator=Name(row["indicator"]), share=share, why=why)


def _order(ranking: pl.DataFrame) -> Message:
    """The units of the last year with any index, the highest first."""
    known = last_year(ranking.drop_nulls("composite_index"))
    values = dict[str, Any]()
    if "year" in known.columns:
        values = {"year": Year(known["year"][0])}
    units = tuple(
        Phrase(
            message("phrases.placed", unit=Name(row["unit"]), index=Number(row["composite_index"]))
        )
        for row in known.iter_rows(named=True)
    )
    code = "order_in" if values else "order"
    return message(code, count=Count(known.height), units=List(units), **values)


def _opposed(indicators: Sequence[str], r: Floats) -> list[Message]:
    """Indicators that run against every other: their direction may be wrong."""
    others = ~np.eye(len(r), dtype=bool) & ~np.isnan(r)
    is_opposed = (others.sum(axis=1) > 1) & ((r < 0) | ~others).all(axis=1)
    against = [name for name, opposed in zip(indicators, is_opposed, strict=True) if opposed]
    return counted("opposed", len(against), names=names(against))


def _constants(weights: pl.DataFrame) -> list[Message]:
    """Indicators without a weight."""
    constant = weights.drop_nulls("reason")["indicator"]
    return counted("constants", len(constant), names=names(constant))


def _gaps(ranking: pl.DataFrame) -> list[Message]:
    """The rows without an index."""
    gaps = ranking.drop_nulls("reason")
    if gaps.is_empty():
        return []
    units = names(gaps["unit"].unique().sort())
    return [message("gaps", count=Count(gaps.height), units=units)]


def _charts(ranking: pl.DataFrame) -> tuple[Chart | Drawing, ...]:
    reasons = Drawing(
        "contrast_and_conflict",
        "scatter",
        "weights",
        node="indicator",
        x="contrast_index",
        y="conflict_index",
        size="weight_share",
    )
    by_rank = Chart("by_rank", "ranking", "", (Mark("composite_index", "bars"),), line="unit")
    by_year = Chart("index", "ranking", "year", (Mark("composite_index"),), panel="unit")
    return reasons, *by_rank_and_year(ranking, by_rank, by_year)


CRITIC = Measurement(
    critic,
    citation=(
        "Diakoulaki, Mavrotas and Papayannakis 1995, Computers & Operations Research 22(7), 763-770"
    ),
    sample=Sample(
        {
            "indicators": ["research", "patents", "graduates", "energy", "districts"],
            "negative": ["energy"],
        }
    ),
    check=_check,
    brief=("indicator", "weight_share", "why", "contrast_index", "conflict_index", "direction"),
)
