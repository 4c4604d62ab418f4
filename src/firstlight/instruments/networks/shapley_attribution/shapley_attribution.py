"""What each factor contributes to a joint result: to its spread between rows, or to its change over
the years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import (
    InputError,
    check_enough,
    constant,
    excludes,
    needs,
    no_logarithm,
    too_few,
    too_many,
)
from firstlight.instruments.networks.shapley_attribution.shapley import (
    change_of,
    explained_variance,
)
from firstlight.instruments.networks.shapley_attribution.shapley_intervals import (
    explained_variance_intervals,
)
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import Count, Figure, Message, Name, Share, Value, counted, message

REST = "rest"
MOST, MOST_DRAWN = 10, 8  # factors, and those up to which intervals are drawn
FEW = 30  # units, below which intervals cover less often than they say
FEWEST_DRAWS = 20
FILLED = roles.Number(is_filled=True)
CHANGES = {
    "unit": pl.String,
    "from_year": pl.Int32,
    "to_year": pl.Int32,
    "factor": pl.String,
    "contribution": pl.Float64,
}


def attribution(
    frame: Any,
    result: Annotated[str, FILLED],
    factors: Annotated[Sequence[str], roles.Columns(1, FILLED)],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    method: Literal["variance", "product"] = "variance",
    log: bool = True,
    replications: Annotated[int, roles.Bounds(0, 10_000)] = 200,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """What each factor contributes to a joint result, by Shapley values.

    Parameters
    ----------
    frame
        A row for each unit, and year.
    result
        Column of the joint result.
    factors
        Columns of what went into it, up to ten.
    unit
        Column of the units.
    year
        Column of the years.
    method
        What is shared out: the spread of the result between rows, or the change over the years of a
        result that is a product of its factors.
    log
        Whether the spread is that of logarithms, of the result and of the factors.
    replications
        Resamples of units behind the intervals of shares of spread, 20 or more; 0 for none.
    seed
        Seed of the resamples.
    progress
        Called with the resamples done and all of them.

    Returns
    -------
    Result with the table ``factors``, the largest contribution first. Of spread: factor,
    contribution (to R squared), of_total_share, alone (R squared of the factor by itself), beyond
    (what it adds to all others), contribution_low, contribution_high (95%). Of change: factor,
    contribution (in the unit of the result), of_total_share; the tables ``by_period`` and
    ``unit_factors`` have it by pair of years and by unit, ``left_out`` (unit, reason) the units
    without a change, and ``rest`` is what the factors do not make up.

    Raises
    ------
    InputError
        For as many factors as rows, a logarithm of 0 or less, a factor of 0 in a product, and a
        change without years.

    Notes
    -----
    A share of spread is no cause. Correlated factors share what they explain together.

    References
    ----------
    Shapley 1953, Contributions to the Theory of Games II. Lindeman, Merenda and Gold 1980,
    Introduction to Bivariate and Multivariate Analysis. Grömping 2007, The American Statistician
    61(2). Sun 1998, Energy Economics 20(1).

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame(
    ...     {"unit": ["a", "a"], "year": [2020, 2021], "output": [20, 36], "people": [10, 12],
    ...         "each": [2, 3]}
    ... )
    >>> attribution(rows, "output", ["people", "each"], method="product").table.rows()
    [('each', 11.0, 0.6875), ('people', 5.0, 0.3125)]
    """
    data = ATTRIBUTION.read(locals())
    named = data.several["factors"].columns
    columns = [f"\x1f{name}" for name in named]  # a factor may be called as a column of the key is
    held = data.frame.hstack(data.several["factors"].rename(dict(zip(named, columns, strict=True))))
    used = held.drop_nulls(["result", *columns])
    lost = held.height - used.height
    check_enough("complete_rows", used.height, 2, "result, factors")
    factors_used = used.select(columns).rename(dict(zip(columns, named, strict=True)))
    used = used.select("unit", "year", "result")
    if method == "variance":
        whole = _variance(used, factors_used, result, log, replications, seed, progress)
    else:
        whole = _product(used, factors_used, result)
    tables, said, conventions, charts = whole
    said += counted("lost", lost)
    return Result(
        tables,
        tuple(said),
        ATTRIBUTION.texts,
        conventions=tuple(conventions),
        charts=charts,
        given=data.given,
    )


Parts = tuple[dict[str, pl.DataFrame], list[Message], list[Message], tuple[Chart, ...]]
"""Tables, messages, conventions and charts of a method."""


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together."""
    factors, replications = arguments["factors"], arguments["replications"]
    if len(factors) > MOST:
        return too_many("factors", len(factors), MOST, "factors")
    if arguments["result"] in factors:
        return excludes(f"result = {arguments['result']}", "factors")
    if 0 < replications < FEWEST_DRAWS:
        return too_few("resamples", replications, FEWEST_DRAWS, "replications")
    return None


def _variance(
    rows: pl.DataFrame,
    factors: pl.DataFrame,
    result: str,
    log: bool,
    replications: int,
    seed: int,
    progress: Progress | None,
) -> Parts:
    """The spread of the result, shared out to the factors."""
    # as many factors as rows explain everything, whatever they are
    check_enough("complete_rows", rows.height, factors.width + 2, "factors")
    y = rows["result"].alias(result)
    if log:
        y, *parts = (_logarithm(column) for column in (y, *factors))
        factors = pl.DataFrame(parts)
    if y.n_unique() == 1:
        raise constant(result)
    given = {column.name: column.to_numpy() for column in factors}
    explained = explained_variance(y.to_numpy(), given)
    table = explained.table.select(
        "factor", "contribution", of_total_share="contribution_share", alone="alone", beyond="last"
    )
    conventions = [message("shapley"), message("every_set"), message("regression")]
    units = rows["unit"]
    ends: dict[str, tuple[float, float]] = {}
    if replications and factors.width <= MOST_DRAWN and units.n_unique() > 1:
        ends = explained_variance_intervals(
            y.to_numpy(),
            given,
            units.to_list(),
            replications=replications,
            seed=seed,
            progress=progress,
        )
    if ends:
        low, high = ([ends[name][k] for name in table["factor"]] for k in (0, 1))
        table = table.with_columns(
            contribution_low=pl.Series(low), contribution_high=pl.Series(high)
        )
        conventions.append(message("intervals", count=Count(replications), seed=Name(str(seed))))
    table = table.sort("contribution", "factor", descending=[True, False])
    said = _explained(table, explained.total, result, log)
    said.append(message("no_cause"))
    if ends and units.n_unique() < FEW:
        said.append(message("few_units", count=Count(units.n_unique())))
    mark = Mark("contribution", "bars")
    if ends:
        mark = Mark("contribution", "points", "contribution_low", "contribution_high")
    chart = Chart("by_rank", "factors", "", (mark,), line="factor")
    return {"factors": table}, said, conventions, (chart,)


def _logarithm(column: pl.Series) -> pl.Series:
    least = float(column.to_numpy().min())
    if least <= 0:
        raise no_logarithm(column.name, least, "log = no")
    return column.log()


def _explained(table: pl.DataFrame, total: float, result: str, log: bool) -> list[Message]:
    """What all factors together explain of the spread, and each of them."""
    values: dict[str, Value[Any]] = {
        "total": Share(total, digits=1),
        "unexplained": Share(max(1 - total, 0.0), digits=1),
        "result": Name(result),
    }
    said = [message("explained_log", **values) if log else message("explained", **values)]
    for row in table.iter_rows(named=True):
        factor, share = Name(row["factor"]), Share(row["contribution"], digits=1)
        if "contribution_low" not in row:
            said.append(message("factor", factor=factor, share=share))
            continue
        low, high = (Share(row[f"contribution_{end}"], digits=1) for end in ("low", "high"))
        said.append(message("factor_interval", factor=factor, share=share, low=low, high=high))
    return said


def _changed(table: pl.DataFrame, total: float, result: str, units: int) -> list[Message]:
    """The whole change, and what each factor contributes to it."""
    values: dict[str, Value[Any]] = {"result": Name(result), "total": Figure(total)}
    said = [message("changed", count=Count(units), **values)]
    for row in table.iter_rows(named=True):
        factor, part = Name(row["factor"]), Figure(row["contribution"])
        if row["of_total_share"] is None:
            said.append(message("part", factor=factor, part=part))
            continue
        share = Share(row["of_total_share"], digits=1)
        said.append(message("part_and_share", factor=factor, part=part, share=share))
    return said


def _product(rows: pl.DataFrame, factors: pl.DataFrame, result: str) -> Parts:
    """The change from year to year of result = factor x ... x rest, shared out in every unit."""
    if rows["year"].null_count():
        raise InputError(needs("method", "year"))
    for column in factors:
        if (column == 0).any():
            raise ATTRIBUTION.error(message("factor_of_0", column=Name(column.name)))
    values = factors.to_numpy()
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        product = values.prod(axis=1)
        rest = rows["result"].to_numpy() / product
    if not (np.isfinite(product) & np.isfinite(rest)).all():
        raise InputError(message("too_large", place=Name("factors")))
    # a product that gives the result to nine digits leaves no rest
    has_rest = bool((np.abs(rest - 1) > 1e-9).any())
    if has_rest and REST in factors.columns:
        raise InputError(message("reserved_name", column=Name(REST)))
    parts = factors.with_columns(pl.Series(REST, rest)) if has_rest else factors
    changes = _changes(rows, parts)
    if not changes.height:
        raise InputError(too_few("years", 1, 2, "unit, year"))
    conventions = [message("shapley"), message("year_to_year")]
    if has_rest:
        conventions.append(message("rest", rest=Name(REST), result=Name(result)))
    tables, total = _product_tables(changes)
    alone = rows.group_by("unit").len().filter(pl.col("len") < 2).select("unit").sort("unit")
    if alone.height:
        tables["left_out"] = alone.with_columns(reason=pl.lit("single_year"))
    said = _changed(tables["factors"], total, result, changes["unit"].n_unique())
    chart = Chart("cumulated", "cumulated", "to_year", (Mark("contribution"),), panel="factor")
    return tables, said, conventions, (chart,)


def _changes(rows: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Each change from a year to the unit's next, shared out: `CHANGES`, in order of the rows."""
    units, years = rows["unit"].to_list(), rows["year"].to_list()
    values = parts.rows(named=True)
    changes = []
    for k in range(1, len(units)):
        if units[k] != units[k - 1]:
            continue
        shared = change_of(_product_of, values[k - 1], values[k]).table
        for factor, part in shared.select("factor", "contribution").iter_rows():
            changes.append((units[k], years[k - 1], years[k], factor, part))
    return pl.DataFrame(changes, schema=CHANGES, orient="row")


def _product_of(**factors: float) -> float:
    return float(prod(factors.values()))


def _product_tables(changes: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], float]:
    """Contributions added up over units, years or both, and the whole change."""
    # in one order: sums of a group differ in their last digits with the number of threads
    added = pl.col("contribution").sort().sum()
    contributions = changes["contribution"].sort().to_numpy()
    total, scale = float(contributions.sum()), float(np.abs(contributions).sum())
    # contributions that cancel each other have no shares of their sum
    share = pl.lit(None, pl.Float64)
    if not abs(total) <= 1e-12 * scale:
        share = pl.col("contribution") / total
    factors = changes.group_by("factor").agg(added).with_columns(of_total_share=share)
    factors = factors.sort("contribution", "factor", descending=[True, False])
    periods = changes.group_by("from_year", "to_year", "factor").agg(added)
    years = changes.group_by("to_year", "factor").agg(added)
    ranks = factors.select("factor").with_row_index("rank")
    by_rank = years.join(ranks, on="factor").sort("rank", "to_year")
    cumulated = by_rank.select(
        "factor", "to_year", pl.col("contribution").cum_sum().over("factor", order_by="to_year")
    )
    units = changes.group_by("unit", "factor", maintain_order=True).agg(added)
    tables = {
        "factors": factors,
        "by_period": periods.sort("to_year", "from_year", "factor"),
        "unit_factors": units,
        "cumulated": cumulated,
    }
    return tables, total


ATTRIBUTION = Measurement(
    attribution,
    citation="Shapley 1953, Contributions to the Theory of Games II; Lindeman, Merenda and Gold "
    "1980, Introduction to Bivariate and Multivariate Analysis; Grömping 2007, The American "
    "Statistician 61(2); Sun 1998, Energy Economics 20(1)",
    sample=Sample({"result": "result", "factors": ["people", "works_per_person", "quality"]}),
    check=_check,
)
