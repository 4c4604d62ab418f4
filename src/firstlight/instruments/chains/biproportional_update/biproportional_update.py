"""A table brought up to new row and column totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.biproportional import gras
from firstlight.instruments.chains.table_blocks import plain_label
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Code, Count, Figure, Message, Name, Number, message, names

__all__ = ["table_update"]

Floats = NDArray[np.float64]
TOTALS = roles.Table({"side": roles.Key(), "name": roles.Key(), "total": roles.Number()})
SIDES = {
    "row": frozenset(("row", "rows", "supplier", "行")),
    "column": frozenset(("column", "columns", "user", "列")),
}
DIGITS = 10


def table_update(
    frame: Any,
    *,
    supplier: Annotated[str, roles.Key()] = "supplier",
    user: Annotated[str, roles.Key(is_heading=True)] = "user",
    value: Annotated[str, roles.Number()] = "value",
    totals: Annotated[Any, TOTALS],
) -> Result:
    """The table that meets new totals of all rows and columns and changes the given one least (RAS;
    GRAS where flows are below 0).

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
        What each row and each column is to sum to.

    Returns
    -------
    Result with the tables ``flows`` (supplier, user, value, start_value, ratio) and ``factors``
    (side, name, total, start_total, factor).

    Raises
    ------
    InputError
        For rows or columns without a total, totals whose sums differ, and totals that can't be met.

    References
    ----------
    Stone 1961, Input-Output and National Accounts; Junius and Oosterhaven 2003, Economic Systems
    Research 15(1), 87-96; Temurshoev, Miller and Bouwmeester 2013, 25(3), 361-367.

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
    missing = cells.filter(pl.col("value").is_null())
    if missing.height:
        first = missing.row(0, named=True)
        pair = {"supplier": Name(first["supplier"]), "user": Name(first["user"])}
        raise TABLE_UPDATE.error(message("no_flow", count=Count(missing.height), **pair))
    rows = cells["supplier"].unique().sort().to_list()
    columns = cells["user"].unique().sort().to_list()
    aims = _aims(data.tables["totals"], rows, columns)
    start = _matrix(cells, rows, columns)
    found = gras(start, aims[0], aims[1])
    factors = pl.concat(
        [
            _factors("row", rows, found.row_factors, aims[0], start.sum(axis=1)),
            _factors("column", columns, found.column_factors, aims[1], start.sum(axis=0)),
        ]
    )
    flows = _flows(cells, found.flows, rows, columns)
    is_signed = bool((start < 0).any())
    return Result(
        {"flows": flows, "factors": factors},
        tuple(_answer(flows, factors, found.rounds)),
        TABLE_UPDATE.texts,
        conventions=(message("gras" if is_signed else "ras"), message("zeros_stay")),
        charts=(
            Chart(
                "growth_of_totals",
                "factors",
                "",
                (Mark("total", "bars"),),
                line="name",
                panel="side",
            ),
        ),
        given=data.given,
    )


def _aims(totals: Data, rows: Sequence[str], columns: Sequence[str]) -> tuple[Floats, Floats]:
    """Totals of the rows and of the columns."""
    told: dict[str, dict[str, float]] = {"row": {}, "column": {}}
    for side, name, total in totals.frame.drop_nulls().iter_rows():
        own = [known for known, words in SIDES.items() if plain_label(side) in words]
        if not own:
            raise TABLE_UPDATE.error(message("no_side", side=Name(side)))
        told[own[0]][name] = total
    for side, known in (("row", rows), ("column", columns)):
        apart = sorted(set(known) ^ set(told[side]))
        if apart:
            of = Code(f"codes.side.{side}")
            wrong = message("other_totals", count=Count(len(apart)), side=of, names=names(apart))
            raise TABLE_UPDATE.error(wrong)
    return (
        np.array([told["row"][name] for name in rows]),
        np.array([told["column"][name] for name in columns]),
    )


def _numbered(cells: pl.DataFrame, rows: Sequence[str], columns: Sequence[str]) -> list[Any]:
    i = cells["supplier"].replace_strict(rows, list(range(len(rows))), return_dtype=pl.Int64)
    j = cells["user"].replace_strict(columns, list(range(len(columns))), return_dtype=pl.Int64)
    return [i.to_numpy(), j.to_numpy()]


def _matrix(cells: pl.DataFrame, rows: Sequence[str], columns: Sequence[str]) -> Floats:
    found = np.zeros((len(rows), len(columns)))
    i, j = _numbered(cells, rows, columns)
    found[i, j] = cells["value"].to_numpy()
    return found


def _flows(
    cells: pl.DataFrame, found: Floats, rows: Sequence[str], columns: Sequence[str]
) -> pl.DataFrame:
    i, j = _numbered(cells, rows, columns)
    new = pl.Series(found[i, j])
    ratio = pl.when(pl.col("start_value") != 0).then(pl.col("value") / pl.col("start_value"))
    flows = cells.select("supplier", "user", value=new, start_value="value")
    flows = flows.with_columns(ratio=ratio)
    reason = pl.when(pl.col("ratio").is_null()).then(pl.lit("was_zero"))
    return flows.with_columns(reason=reason)


def _factors(
    side: str, of: Sequence[str], factors: Floats, aims: Floats, start: Floats
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "side": [side] * len(of),
            "name": of,
            "total": aims,
            "start_total": start,
            "factor": factors,
        }
    )


def _answer(flows: pl.DataFrame, factors: pl.DataFrame, rounds: int) -> list[Message]:
    """That the totals are met, and which flow moved most, in amount and in proportion."""
    said = [message("met", count=Count(factors.height), rounds=Count(rounds))]
    change = (pl.col("value") - pl.col("start_value")).abs().round(DIGITS)
    most = flows.sort(change, "supplier", "user", descending=[True, False, False])
    first = most.row(0, named=True)
    if abs(first["value"] - first["start_value"]) > 10.0**-DIGITS:
        pair = {"supplier": Name(first["supplier"]), "user": Name(first["user"])}
        start, end = Figure(first["start_value"]), Figure(first["value"])
        said.append(message("moved_most", start=start, end=end, **pair))
    grown = flows.drop_nulls("ratio").with_columns(
        apart=pl.col("ratio").clip(1e-300).log().abs().round(DIGITS)
    )
    if grown.height:
        last = grown.sort("apart", "supplier", "user", descending=[True, False, False])
        far = last.row(0, named=True)
        pair = {"supplier": Name(far["supplier"]), "user": Name(far["user"])}
        said.append(message("farthest", ratio=Number(far["ratio"], 3), **pair))
    return said


TABLE_UPDATE = Measurement(
    table_update,
    citation=(
        "Stone 1961, Input-Output and National Accounts; "
        "Junius and Oosterhaven 2003, Economic Systems Research 15(1), 87-96"
    ),
    sample=Sample(tables={"totals": "sample_totals.csv"}),
)
