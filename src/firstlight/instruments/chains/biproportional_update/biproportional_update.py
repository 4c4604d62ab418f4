"""A table brought up to new row and column totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.biproportional import gras
from firstlight.instruments.chains.cross_entropy import cross_entropy
from firstlight.instruments.chains.io_table import cell_matrix, refuse_empty
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.table_blocks import plain_label
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Code, Count, Figure, Message, Name, Number, message, names

Floats = NDArray[np.float64]
TOTALS = roles.Table(
    {
        "side": roles.Key(),
        "name": roles.Key(),
        "total": roles.Number(),
        "error": roles.Number("zero"),
    },
    may_lack=("error",),
)
BLOCKS = roles.Table(
    {
        "block": roles.Key(),
        "supplier": roles.Key(may_be_empty=True),
        "user": roles.Key(may_be_empty=True),
    },
    may_lack=("supplier", "user"),
)
SIDES = {
    "row": frozenset(("row", "rows", "supplier", "行")),
    "column": frozenset(("column", "columns", "user", "列")),
    "block": frozenset(("block", "blocks", "cell", "cells", "块")),
}
DIGITS = 10


def table_update(
    frame: Any,
    *,
    supplier: Annotated[str, roles.Key()] = "supplier",
    user: Annotated[str, roles.Key(is_heading=True)] = "user",
    value: Annotated[str, roles.Number()] = "value",
    totals: Annotated[Any, TOTALS],
    blocks: Annotated[Any, BLOCKS] = None,
    method: Literal["ras", "cross_entropy"] = "ras",
) -> Result:
    """The table that meets new totals of rows and columns and changes the given one least (RAS;
    GRAS where flows are below 0; cross-entropy where more or less is known than all totals).

    Parameters
    ----------
    frame
        The table to start from: names in its first column and in its headings; or a row for each
        cell.
    supplier
        Column of the rows' names.
    user
        Column of the columns' names; or these are the headings.
    value
        Column of the flows.
    totals
        What each row and each column is to sum to. With cross-entropy any of them may be left out,
        a column ``error`` may hold standard errors, and a total of the side ``block`` is that of
        cells which ``blocks`` names.
    blocks
        The cells that a block adds up, for cross-entropy: a row for each cell; without a supplier
        it is a whole column, without a user a whole row. A block of one cell fixes it.
    method
        Scaling of rows and columns (RAS, GRAS), or minimum cross-entropy, which is the same where
        just the totals are known, without errors.

    Returns
    -------
    Result with the tables ``flows`` (supplier, user, value, start_value, ratio) and ``factors``
    (side, name, total, start_total, factor; with cross-entropy found_total and error instead of
    factor).

    Raises
    ------
    InputError
        For rows or columns without a total, totals whose sums differ, and totals that can't be met;
        for names that the table lacks, and for what RAS can't take.

    References
    ----------
    Stone 1961, Input-Output and National Accounts; Junius and Oosterhaven 2003, Economic Systems
    Research 15(1), 87-96; Temurshoev, Miller and Bouwmeester 2013, 25(3), 361-367; Robinson,
    Cattaneo and El-Said 2001, 13(1), 47-64.

    Examples
    --------
    >>> import polars as pl
    >>> old = pl.DataFrame(
    ...     {"supplier": ["a", "a", "b", "b"], "user": ["a", "b"] * 2, "value": [1, 1, 1, 3]}
    ... )
    >>> sides = {"side": ["row", "row", "column", "column"], "name": ["a", "b"] * 2}
    >>> new = pl.DataFrame({**sides, "total": [3, 3, 2, 4]})
    >>> table_update(old, totals=new).table["value"].round(3).to_list()
    [1.354, 1.646, 0.646, 2.354]
    """
    data = TABLE_UPDATE.read(locals())
    cells = data.frame
    refuse_empty(cells)
    rows = cells["supplier"].unique().sort().to_list()
    columns = cells["user"].unique().sort().to_list()
    stated = _told(data.tables["totals"])
    parts = _parts(data)
    _refuse_unknown(stated, rows, columns, parts, is_scaled=method == "ras")
    if method == "ras":
        flows, factors, rounds = _scaled(cells, stated, rows, columns)
        conventions = ["gras" if (cells["value"] < 0).any() else "ras", "zeros_stay"]
        shown = "total"
    else:
        flows, factors, rounds = _reconciled(cells, stated, parts)
        conventions = ["cross_entropy", "signs_stay"]
        shown = "found_total"
        if stated["error"].max():
            conventions.append("errors_are")
    return Result(
        {"flows": flows, "factors": factors},
        (*_met(factors, rounds), *_moved(flows)),
        TABLE_UPDATE.texts,
        conventions=tuple(message(code) for code in conventions),
        charts=(
            Chart(
                "growth_of_totals",
                "factors",
                "",
                (Mark(shown, "bars"),),
                line="name",
                panel="side",
            ),
        ),
        given=data.given,
    )


def _told(totals: Data) -> pl.DataFrame:
    """The totals that are known: rows, then columns, then blocks, each sorted by name."""
    known = totals.frame.filter(pl.col("total").is_not_null())
    sides = dict[str, str]()
    for side in known["side"].unique().sort():
        own = [of for of, words in SIDES.items() if plain_label(side) in words]
        if not own:
            raise TABLE_UPDATE.error(message("no_side", side=Name(side)))
        sides[side] = own[0]
    stated = known.with_columns(pl.col("side").replace_strict(sides, return_dtype=pl.String))
    twice = stated.filter(pl.struct("side", "name").is_duplicated())
    if twice.height:
        raise TABLE_UPDATE.error(message("total_twice", name=Name(twice["name"][0])))
    order = pl.col("side").replace_strict({side: k for k, side in enumerate(SIDES)})
    return stated.sort(order, "name").with_columns(pl.col("error").fill_null(0.0))


def _parts(data: Data) -> pl.DataFrame:
    """The cells that blocks add up; none without blocks."""
    if "blocks" in data.tables:
        return data.tables["blocks"].frame
    return pl.DataFrame(schema=dict.fromkeys(BLOCKS.columns, pl.String))


def _refuse_unknown(
    totals: pl.DataFrame,
    rows: Sequence[str],
    columns: Sequence[str],
    parts: pl.DataFrame,
    *,
    is_scaled: bool,
) -> None:
    """Raise InputError for names that one table alone has, and for what scaling can't take."""
    if is_scaled and (parts.height or totals.filter((pl.col("error") > 0) | _is("block")).height):
        raise TABLE_UPDATE.error(message("beyond_ras"))
    for side, known in (("row", rows), ("column", columns), ("block", parts["block"])):
        own = set(totals.filter(_is(side))["name"])
        apart = own ^ set(known)
        if side != "block" and not is_scaled:
            apart = own - set(known)  # what has no total is free
        if apart:
            of = Code(f"codes.side.{side}")
            some = names(sorted(apart))
            wrong = message("other_totals", count=Count(len(apart)), side=of, names=some)
            raise TABLE_UPDATE.error(wrong)
    for column, known in (("supplier", rows), ("user", columns)):
        strange = parts.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(known))
        if strange.height:
            block, name = (Name(strange[of][0]) for of in ("block", column))
            raise TABLE_UPDATE.error(message("not_in_table", block=block, name=name))


def _is(side: str) -> pl.Expr:
    return pl.col("side") == side


def _scaled(
    cells: pl.DataFrame, totals: pl.DataFrame, rows: Sequence[str], columns: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Flows, totals and rounds of RAS or GRAS."""
    start, (i, j) = cell_matrix(cells, {"supplier": rows, "user": columns})
    aims = totals["total"].to_numpy()
    balanced = gras(start, aims[: len(rows)], aims[len(rows) :])
    factors = totals.drop("error").with_columns(
        start_total=np.concatenate([start.sum(axis=1), start.sum(axis=0)]),
        factor=np.concatenate([balanced.row_factors, balanced.column_factors]),
    )
    return _flows(cells, balanced.flows[i, j]), factors, balanced.rounds


def _reconciled(
    cells: pl.DataFrame, totals: pl.DataFrame, parts: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Flows, totals and rounds of least cross-entropy."""
    start = cells["value"].to_numpy()
    members = _members(cells, totals, parts)
    aims = totals["total"].to_numpy()
    errors = totals["error"].to_numpy()
    balanced = cross_entropy(start, members, aims, errors, labels=totals["name"].to_list())
    sums = totals.select(
        "side",
        "name",
        "total",
        start_total=members @ start,
        found_total=members @ balanced.cells,
        error="error",
    )
    return _flows(cells, balanced.cells), sums, balanced.rounds


def _members(cells: pl.DataFrame, totals: pl.DataFrame, parts: pl.DataFrame) -> csr_array[Any]:
    """(totals, cells), 1 for the cells that a total adds up."""
    sums = totals.with_row_index("sum")
    at = cells.with_row_index("cell")
    nothing = pl.lit(None, pl.String)
    own = pl.concat(
        [
            sums.filter(_is("row")).select("sum", supplier="name", user=nothing),
            sums.filter(_is("column")).select("sum", supplier=nothing, user="name"),
            sums.filter(_is("block"))
            .join(parts, left_on="name", right_on="block")
            .select("sum", "supplier", "user"),
        ]
    )
    pairs = list[pl.DataFrame]()
    for keys in (["supplier", "user"], ["supplier"], ["user"], list[str]()):
        is_so = [pl.col(key).is_not_null() == (key in keys) for key in ("supplier", "user")]
        some = own.filter(is_so)
        joined = some.join(at, on=keys) if keys else some.join(at, how="cross")
        pairs.append(joined.select("sum", "cell"))
    members = pl.concat(pairs).unique().sort("sum", "cell")
    ones = np.ones(members.height)
    shape = (totals.height, cells.height)
    return coo_array((ones, (members["sum"].to_numpy(), members["cell"].to_numpy())), shape).tocsr()


def _flows(cells: pl.DataFrame, balanced: Floats) -> pl.DataFrame:
    ratio = pl.when(pl.col("start_value") != 0).then(pl.col("value") / pl.col("start_value"))
    flows = cells.select("supplier", "user", value=pl.Series(balanced), start_value="value")
    flows = flows.with_columns(ratio=ratio)
    reason = pl.when(pl.col("ratio").is_null()).then(pl.lit("was_zero"))
    return flows.with_columns(reason=reason)


def _met(factors: pl.DataFrame, rounds: int) -> list[Message]:
    """That the totals are met; of those with an error, which gives way most."""
    if "error" not in factors.columns:
        return [message("met", count=Count(factors.height), rounds=Count(rounds))]
    exact = factors.filter(error=0)
    said = list[Message]()
    if exact.height:
        said.append(message("met", count=Count(exact.height), rounds=Count(rounds)))
    open_ = factors.filter(pl.col("error") > 0).with_columns(
        apart=((pl.col("found_total") - pl.col("total")) / pl.col("error")).round(DIGITS)
    )
    if open_.height:
        most = open_.sort(pl.col("apart").abs(), descending=True, maintain_order=True)
        first = most.row(0, named=True)
        given_way = message(
            "gave_way",
            count=Count(open_.height),
            side=Code(f"codes.one.{first['side']}"),
            name=Name(first["name"]),
            found=Figure(first["found_total"]),
            total=Figure(first["total"]),
            errors=Number(abs(first["apart"]), 2),
        )
        said.append(given_way)
    return said


def _moved(flows: pl.DataFrame) -> list[Message]:
    """Which flow moved most, in amount and in proportion."""
    said = list[Message]()
    change = (pl.col("value") - pl.col("start_value")).abs()
    first = best_first(flows.with_columns(change=change), "change").row(0, named=True)
    if first["change"] > 10.0**-DIGITS:
        pair = {"supplier": Name(first["supplier"]), "user": Name(first["user"])}
        end = Figure(first["value"])
        said.append(message("moved_most", start=Figure(first["start_value"]), end=end, **pair))
    grown = flows.drop_nulls("ratio").with_columns(
        apart=pl.col("ratio").clip(1e-300).log().abs()  # halved is as far as doubled
    )
    if grown.height:
        far = best_first(grown, "apart").row(0, named=True)
        pair = {"supplier": Name(far["supplier"]), "user": Name(far["user"])}
        said.append(message("farthest", ratio=Number(far["ratio"], 3), **pair))
    return said


TABLE_UPDATE = Measurement(
    table_update,
    citation=(
        "Stone 1961, Input-Output and National Accounts; "
        "Junius and Oosterhaven 2003, Economic Systems Research 15(1), 87-96; "
        "Robinson, Cattaneo and El-Said 2001, Economic Systems Research 13(1), 47-64"
    ),
    sample=Sample(tables={"totals": "sample_totals.csv"}),
)
