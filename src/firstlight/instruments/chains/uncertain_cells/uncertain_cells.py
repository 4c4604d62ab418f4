"""How sure multipliers and key sectors are, when the cells of a table are not."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.balance import oddities
from firstlight.instruments.chains.io_table import IOTable
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.instruments.chains.linkages import (
    above_mean,
    forward_linkages,
    linkage_index,
    linkage_role,
)
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.uncertain_cells.drawn_tables import DrawnTables, drawn_tables
from firstlight.instruments.chains.yearly_tables import TableColumns, last_table, modelled
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.numerics.long_frames import nan_to_null
from firstlight.result import Result
from firstlight.texts import Count, Message, Name, Number, Share, Value, Year, message, names

Floats = NDArray[np.float64]
SURE = 0.95  # of draws, from which a finding counts as surviving
ENDS = (0.025, 0.975)  # between which 95% of draws lie
NOISE = 2  # standard errors of a mean of draws, above which it is told
DIGITS = 10


def table_uncertainty(
    frame: Any,
    *,
    inputs: Literal["domestic", "all"] = "domestic",
    forward: Literal["ghosh", "leontief"] = "ghosh",
    error: Annotated[float, roles.Bounds(0, 1)] = 0.1,
    totals: Literal["free", "kept"] = "free",
    draws: Annotated[int, roles.Bounds(20, 100_000)] = 1_000,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
    **columns: Unpack[TableColumns],
) -> Result:
    """Which multipliers, ranks and key sectors survive errors in the cells of a table.

    Flows between sectors are multiplied, cell by cell, by independent lognormal factors of mean 1
    and the declared relative standard error; outputs stay. Each draw is a table of its own, with
    its multipliers, linkages and roles. It is that of the last year.

    Parameters
    ----------
    frame
        A square table, sectors in rows and columns, with columns of final uses and rows of value
        added; or a row for each cell.
    inputs
        Inputs made at home, or those from everywhere. Imports in a column of their own are taken
        from all home uses of a good in proportion.
    forward
        The model of forward linkages.
    error
        Relative standard error of a flow between two sectors.
    totals
        Whether what a sector sells to and buys of others in all is uncertain too (free), or known,
        so that draws are balanced to it (kept).
    draws
        How many tables are drawn.
    seed
        Of the draws.
    progress
        Called with the draws done and all of them.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the table ``sectors`` (sector, role, role_share, key_share, output_multiplier,
    multiplier_mean, multiplier_error, multiplier_low, multiplier_high, rank, rank_low, rank_high,
    first_share, and both linkages with their ends).

    Raises
    ------
    InputError
        For a table that is not square, has cells without numbers or can't meet its final demand,
        and where no draw can.

    References
    ----------
    Quandt 1958, Journal of Regional Science 1(1), 1-17; Simonovits 1975, Econometrica 43(3),
    493-498; Rasmussen 1956, Studies in Inter-Sectoral Relations.

    Examples
    --------
    >>> import polars as pl
    >>> cells = {
    ...     "supplier": ["farms", "farms", "mills", "mills", "farms", "mills"],
    ...     "user": ["farms", "mills", "farms", "mills", "final demand", "final demand"],
    ...     "value": [150, 500, 200, 100, 350, 1700],
    ... }
    >>> found = table_uncertainty(pl.DataFrame(cells), error=0.05, draws=200)
    >>> found.table.select("sector", pl.col("multiplier_low", "multiplier_high").round(2)).rows()
    [('farms', 1.47, 1.56), ('mills', 1.41, 1.49)]
    """
    data = TABLE_UNCERTAINTY.read(locals())
    at, table = last_table(data)
    used, notes = modelled(table, inputs)
    system = ProductionSystem(used.coefficients, used.sectors)
    own = DrawnTables(
        system.multipliers(np.ones((len(used.sectors), 1))).T,
        forward_linkages(system, used.output, forward)[None],
        0,
    )
    drawn = drawn_tables(
        used.flows,
        used.output,
        error,
        draws,
        seed=seed,
        keeps_totals=totals == "kept",
        model=forward,
        progress=progress,
    )
    if not len(drawn.backward):
        raise TABLE_UNCERTAINTY.error(message("no_draw", count=Count(draws)))
    sectors = best_first(_sectors(used, own, drawn), "output_multiplier")
    conventions = [message(f"inputs_{inputs}"), message("drawn", error=_stated(error))]
    conventions += [message(f"totals_{totals}"), message("sure", level=Share(SURE))]
    if at is not None:
        conventions.append(message("of_year", year=Year(at)))
    return Result(
        {"sectors": sectors},
        (*_answer(sectors, own, drawn, error), *oddities(table), *notes),
        TABLE_UNCERTAINTY.texts,
        conventions=tuple(conventions),
        charts=_charts(),
        given=data.given,
    )


def _sectors(table: IOTable, own: DrawnTables, drawn: DrawnTables) -> pl.DataFrame:
    """A row for each sector: what the table says, and what the draws say."""
    sides = own.backward[0], own.forward[0], drawn.backward, drawn.forward
    pull, push, pulls, pushes = (linkage_index(side, table.output) for side in sides)
    has_pull = above_mean(pulls)
    has_push = above_mean(pushes)
    is_same = (has_pull == above_mean(pull)) & (has_push == above_mean(push))
    ranks = _ranks(drawn.backward)
    mean = drawn.backward.mean(axis=0)
    lowest, highest = (_end(end, drawn.backward, ranks, pulls, pushes) for end in ENDS)
    frame = pl.DataFrame(
        {
            "sector": table.sectors,
            "role": pl.Series(linkage_role(pull, push), dtype=pl.String),
            "role_share": is_same.mean(axis=0),
            "key_share": (has_pull & has_push).mean(axis=0),
            "output_multiplier": own.backward[0],
            "multiplier_mean": mean,
            "multiplier_error": drawn.backward.std(axis=0) / mean,
            "multiplier_low": lowest[0],
            "multiplier_high": highest[0],
            "rank": _ranks(own.backward)[0],
            "rank_low": lowest[1],
            "rank_high": highest[1],
            "first_share": (ranks == 1).mean(axis=0),
            "backward_linkage_index": pull,
            "backward_low": lowest[2],
            "backward_high": highest[2],
            "forward_linkage_index": push,
            "forward_low": lowest[3],
            "forward_high": highest[3],
        }
    )
    makes = pl.col("forward_linkage_index").is_not_nan()
    shares = pl.col("role_share", "key_share")
    return nan_to_null(frame.with_columns(pl.when(makes).then(shares)))


def _end(share: float, *drawn: NDArray[Any]) -> list[NDArray[Any]]:
    """One of the draws, for each sector: that which this share of draws stays below."""
    return [np.quantile(values, share, axis=0, method="closest_observation") for values in drawn]


def _ranks(multipliers: Floats) -> NDArray[np.int64]:
    """(draws, n), 1 for the largest of a draw; of equals the first in the table."""
    order = np.argsort(-np.round(multipliers, DIGITS), axis=1, kind="stable")
    return np.asarray(np.argsort(order, axis=1) + 1)


def _answer(
    sectors: pl.DataFrame, own: DrawnTables, drawn: DrawnTables, error: float
) -> list[Message]:
    """Which key sectors survive, which other might be key, who pulls most, and how far up the mean
    of the draws lies."""
    said = [_keys(sectors, error)]
    key = sectors.filter(role="key")
    other = sectors.filter(pl.col("role") != "key")
    for code, doubtful, is_least in (("least_sure", key, True), ("might_be", other, False)):
        unsure = doubtful.filter((pl.col("key_share") - 0.5).abs() < SURE - 0.5)
        unsure = unsure.sort("key_share", "sector", descending=[not is_least, False])
        if unsure.height:
            sector, share = unsure.select("sector", "key_share").row(0)
            said.append(message(code, sector=Name(sector), share=Share(share)))
    first = sectors.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "sector": Name(first["sector"]),
        "multiplier": Number(first["output_multiplier"], 2),
        "low": Number(first["multiplier_low"], 2),
        "high": Number(first["multiplier_high"], 2),
        "share": Share(first["first_share"]),
    }
    if first["output_multiplier"] > 1:  # else nobody needs anything of another
        said.append(message("pulls_most", **values))
    sure = sectors.filter(pl.col("role_share") >= SURE).height
    said.append(message("roles_kept", sure=Count(sure), count=Count(sectors["role"].count())))
    beyond = (drawn.backward / own.backward).mean(axis=1) - 1
    if beyond.mean() > NOISE * beyond.std() / np.sqrt(len(beyond)):
        said.append(message("understated", share=Share(float(beyond.mean()), digits=2)))
    if drawn.left_out:
        said.append(message("left_out", count=Count(drawn.left_out)))
    return said


def _keys(sectors: pl.DataFrame, error: float) -> Message:
    """How many of the key sectors stay key in nearly all draws."""
    key = sectors.filter(role="key")
    sure = key.filter(pl.col("key_share") >= SURE).sort("backward_linkage_index", descending=True)
    values: dict[str, Value[Any]] = {"error": _stated(error)}
    if not key.height:
        return message("no_key", **values)
    values |= {"count": Count(key.height), "level": Share(SURE)}
    if not sure.height:
        return message("none_survives", **values)
    values |= {"sure": Count(sure.height), "sectors": names(sure["sector"].to_list())}
    return message("survive", **values)


def _charts() -> tuple[Chart, ...]:
    interval = Mark("output_multiplier", "points", "multiplier_low", "multiplier_high")
    return (
        Chart("multipliers", "sectors", "", (interval,), line="sector"),
        Chart("key", "sectors", "", (Mark("key_share", "bars"),), line="sector"),
    )


TABLE_UNCERTAINTY = Measurement(
    table_uncertainty,
    citation=(
        "Quandt 1958, Journal of Regional Science 1(1), 1-17; "
        "Simonovits 1975, Econometrica 43(3), 493-498"
    ),
    sample=Sample({"draws": 200}),
    brief=("sector", "role", "key_share", "output_multiplier", "multiplier_low", "multiplier_high"),
)


def _stated(error: float) -> Share:
    """The standard error with a decimal where it has one."""
    percent = round(100.0 * error, 6)
    return Share(error, digits=0 if percent.is_integer() else 1)
