"""Obstacle degrees: which indicators of an index hold each unit back most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Unpack

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.composites.declaration_file import (
    made_of,
    read_declaration,
    refuse_clash,
)
from firstlight.instruments.composites.index_declaration import Declaration, with_choices
from firstlight.instruments.composites.indicator_table import IndicatorColumns, in_first_year
from firstlight.instruments.composites.obstacle_degree.obstacle_tables import (
    DIGITS,
    PLACES,
    obstacle_tables,
)
from firstlight.instruments.composites.scored_table import scored_table
from firstlight.instruments.composites.weightings import Weighting
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Phrase,
    Remark,
    Share,
    Value,
    Year,
    language_columns,
    message,
    names,
)

Floats = NDArray[np.float64]


FOLLOWERS = 3  # indicators named after the first


def obstacle_shares(u: ArrayLike, weights: ArrayLike) -> Floats:
    """The obstacle degrees O_ij = w_j (1 - u_ij) / sum_j w_j (1 - u_ij).

    Parameters
    ----------
    u
        (n, k), indicators from 0 for the worst to 1 for the best; nan where missing.
    weights
        (k,), or (n, k) where rows have weights of their own.

    Returns
    -------
    (n, k), rows of which add up to 1; 0 where an indicator is at its best, nan where it is missing
    or where a row lacks nothing.

    Examples
    --------
    >>> obstacle_shares([[0.5, 1.0, 0.0], [1.0, 1.0, 1.0]], [0.5, 0.25, 0.25]).tolist()
    [[0.5, 0.0, 0.5], [nan, nan, nan]]
    """
    lacking = np.asarray(weights, float) * (1 - np.asarray(u, float))
    total = np.nansum(lacking, axis=1, keepdims=True)
    return np.asarray(lacking / np.where(total > 0, total, np.nan))


def obstacles(
    frame: Any,
    *,
    declaration: Annotated[str | Path | Mapping[str, Any], roles.File()] = "new_quality",
    weights: Weighting | None = None,
    least_weight: Annotated[float | None, roles.Bounds(0, 1)] = None,
    **columns: Unpack[IndicatorColumns],
) -> Result:
    """The obstacle degree of each indicator and dimension of an index, for each unit, and year.

    Parameters
    ----------
    frame
        A row for each unit, year and indicator, or a wide table with the indicators as headings.
    declaration
        A TOML file of dimensions, indicators and choices, or one that ships: new_quality,
        high_quality, four_chains.
    weights
        Where the weights come from, in the place of what the declaration says.
    least_weight
        Share of the weight that has to rest on values of the table for obstacles to be told, in
        the place of what the declaration says.
    **columns
        Columns of the table: `IndicatorColumns`.

    Returns
    -------
    Result with the tables ``units`` (unit, year, first, first_share, second, second_share, third,
    third_share, dimension, dimension_share, known_share, reason), ``on_average`` (year, rank,
    indicator, dimension, obstacle_share, largest_count, units_count), ``dimensions`` (unit, year,
    dimension, obstacle_share) and ``obstacles`` (unit, year, rank, indicator, dimension,
    unit_index, weight_share, obstacle_share, reason).

    Raises
    ------
    InputError
        For a declaration that is at fault or whose scale has no two ends, for benefit of the doubt,
        and for a table without any of the indicators.

    References
    ----------
    The obstacle degree model of the Chinese literature on composite indices: contribution of an
    indicator, which is its weight, times its deviation from the best, over the sum of all.

    Examples
    --------
    >>> import polars as pl
    >>> declared = {"name": "small", "title": "Small", "dimensions": [{"code": "a", "title": "A"}]}
    >>> declared["indicators"] = [
    ...     {"code": c, "title": c, "dimension": "a", "unit": "1", "direction": "positive"}
    ...     for c in ("x", "y")]
    >>> table = pl.DataFrame({"unit": ["l", "m", "n"], "x": [1, 3, 2], "y": [4, 2, 4]})
    >>> table = table.unpivot(index="unit", variable_name="indicator")
    >>> obstacles(table, declaration=declared).table.select("unit", "first", "first_share").rows()
    [('l', 'x', 1.0), ('m', 'y', 1.0), ('n', 'x', 1.0)]
    """
    data = OBSTACLES.read(locals())
    declared = with_choices(
        read_declaration(declaration), weights=weights, least_weight=least_weight
    )
    _refuse(declared)
    table, scores = scored_table(data.frame, declared)
    choices = declared.choices
    shares = obstacle_shares(choices.on_unit_scale(scores.normalised), scores.weights)
    shares[~scores.is_known_enough(choices.least_weight)] = np.nan
    tables = obstacle_tables(table, declared, scores, shares)
    return Result(
        tables,
        obstacle_answer(declared, tables),
        OBSTACLES.texts,
        conventions=(
            made_of(declared),
            message("degree"),
            message("best", how=Phrase(message(f"bests.{choices.normalisation}"))),
            message("weighed", how=Code(f"codes.weighting.{choices.weights}")),
            message("least", share=Share(choices.least_weight)),
        ),
        charts=_charts(tables),
        given=data.given,
    )


def _refuse(declared: Declaration) -> None:
    """Raise InputError for choices under which nobody knows how far it is to the best."""
    choices = declared.choices
    if not choices.has_ends:
        raise OBSTACLES.error(message("no_ends", normalisation=Name(choices.normalisation)))
    if choices.weights == "benefit_of_the_doubt":
        raise OBSTACLES.error(message("no_common_weights", weights=Name(choices.weights)))
    refuse_clash(declared)


def _charts(tables: Mapping[str, pl.DataFrame]) -> tuple[Chart, ...]:
    """The indicators by their mean obstacle, and the dimensions of each unit over the years."""
    mark = Mark("obstacle_share", "bars")
    ranking = Chart("on_average", "on_average", "", (mark,), line="indicator")
    by_unit = Chart("by_dimension", "dimensions", "", (mark,), panel="unit", line="dimension")
    course = replace(by_unit, x="year", marks=(Mark("obstacle_share"),))
    *_, last = by_rank_and_year(tables["units"], by_unit, course)
    return ranking, last


def obstacle_answer(
    declaration: Declaration, tables: Mapping[str, pl.DataFrame]
) -> tuple[Message, ...]:
    """The sentences, the answer first."""
    units = tables["units"]
    latest = last_year(units.drop_nulls("first"))
    if latest.is_empty():
        return (message("nothing"), *_gaps(declaration, units))
    first = _of_one(latest) if latest.height == 1 else _of_many(latest, tables)
    return (*first, *_dimensions(declaration, tables["dimensions"]), *_gaps(declaration, units))


def _part(title: str, row: Mapping[str, Any], share: float) -> Phrase:
    return Phrase(message("phrases.part", title=Remark.of(row, title), share=Share(share)))


def _of_one(latest: pl.DataFrame) -> list[Message]:
    """The largest obstacles of the one unit that there is."""
    row = latest.row(0, named=True)
    there = {name: share for name, share in PLACES.items() if row[name] is not None}
    items = [_part(name, row, row[share]) for name, share in there.items()]
    return [
        message(
            "for_one", unit=Name(row["unit"]), when=in_first_year(latest), items=List(tuple(items))
        )
    ]


def _of_many(latest: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> list[Message]:
    """The indicator with the largest mean obstacle, those that follow, and where it is largest."""
    rows = tables["on_average"]
    if "year" in rows.columns:
        rows = rows.filter(pl.col("year") == latest["year"][0])
    first, *others = rows.filter(pl.col("obstacle_share") > 0).iter_rows(named=True)
    values: dict[str, Value[Any]] = {
        "indicator": Remark.of(first, "indicator"),
        "when": in_first_year(latest),
        "share": Share(first["obstacle_share"]),
        "largest": Count(first["largest_count"]),
        "count": Count(latest.height),
    }
    said = [message("on_average", **values)]
    then = [_part("indicator", row, row["obstacle_share"]) for row in others[:FOLLOWERS]]
    if then:
        said.append(message("follow", items=List(tuple(then))))
    return said


def _dimensions(declaration: Declaration, frame: pl.DataFrame) -> list[Message]:
    """What each dimension makes up on average in the last year and, where there are several, in
    the first."""
    top = [each.title["en"] for each in declaration.dimensions if not each.within]
    known = frame.drop_nulls("obstacle_share").filter(pl.col("dimension").is_in(top))
    if len(top) < 2:
        return []
    last = _means(last_year(known))
    items = [_part("dimension", row, row["obstacle_share"]) for row in last.iter_rows(named=True)]
    said = [message("dimensions", items=List(tuple(items)))]
    if "year" in known.columns and known["year"].n_unique() > 1:
        said += _changed(known)
    return said


def _changed(known: pl.DataFrame) -> list[Message]:
    """The dimension that changed most from the first year to the last, over the units that have
    both."""
    start = int(str(known["year"].min()))
    end = int(str(known["year"].max()))
    is_end = pl.col("year").is_in([start, end])
    both = known.filter(is_end).filter(pl.col("year").n_unique().over("unit") == 2)
    if both.is_empty():
        return []
    before = _means(both.filter(year=start))
    change = _means(both.filter(year=end)).join(before, on="dimension", suffix="_before")
    size = (pl.col("obstacle_share") - pl.col("obstacle_share_before")).abs().round(DIGITS)
    row = change.sort(size, "dimension", descending=[True, False]).row(0, named=True)
    about: dict[str, Value[Any]] = {
        "dimension": Remark.of(row, "dimension"),
        "before": Share(row["obstacle_share_before"]),
        "after": Share(row["obstacle_share"]),
        "units": Count(both["unit"].n_unique()),
    }
    return [message("changed", start=Year(start), end=Year(end), **about)]


def _means(frame: pl.DataFrame) -> pl.DataFrame:
    """The mean of each dimension over units, the largest first."""
    mean = frame.group_by(*language_columns("dimension")).agg(
        pl.col("obstacle_share").sort().mean()
    )
    return mean.sort("obstacle_share", "dimension", descending=[True, False])


def _gaps(declaration: Declaration, units: pl.DataFrame) -> list[Message]:
    """The units whose obstacles are not told, and those that lack nothing."""
    said = []
    for code in ("little_known", "at_best", "no_spread"):
        gaps = units.filter(pl.col("reason") == code)
        if gaps.height:
            about = {"units": names(gaps["unit"].unique().sort())}
            least = Share(declaration.choices.least_weight)
            said.append(message(code, count=Count(gaps.height), least=least, **about))
    return said


OBSTACLES = Measurement(
    obstacles,
    citation="the obstacle degree model of the Chinese literature on composite indices",
    sample=Sample({"declaration": "new_quality"}, file="../composite_index/sample.csv"),
    brief=("unit", "year", "first", "first_share", "second", "dimension", "dimension_share"),
)
