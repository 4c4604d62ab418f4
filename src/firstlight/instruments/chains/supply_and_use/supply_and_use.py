"""A symmetric table from a supply and a use table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import check_choice
from firstlight.instruments.chains.io_table import cell_matrix, per_output, refuse_empty
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.table_blocks import SUMS, blocks_of
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import Code, Count, Figure, Message, Name, Share, message, names

Floats = NDArray[np.float64]
Model = Literal["A", "B", "C", "D"]
TOLERANCE = 1e-9  # of the largest figure of the table: an inverse leaves as much over
SINGULAR = 1e-13  # reciprocal condition of a supply table without an inverse
LEFT_OUT = SUMS | {"output"}
USE = roles.Table(
    {"product": roles.Key(), "user": roles.Key(is_heading=True), "value": roles.Number()}
)


def symmetric(
    frame: Any,
    *,
    product: Annotated[str, roles.Key()] = "product",
    maker: Annotated[str, roles.Key(is_heading=True)] = "maker",
    value: Annotated[str, roles.Number()] = "value",
    use: Annotated[Any, USE],
    model: Literal["A", "B", "C", "D"] = "D",
) -> Result:
    """The symmetric input-output table of a supply and a use table, products by products (models A
    and B) or industries by industries (C and D).

    Parameters
    ----------
    frame
        The supply table at basic prices: products in rows, industries in columns; or a row for each
        cell.
    product
        Column of the products.
    maker
        Column of the industries that make them; or these are the headings.
    value
        Column of what is made.
    use
        The use table at basic prices: products and primary inputs in rows, industries and final
        uses in columns.
    model
        A: product technology, B: industry technology, C: fixed industry sales structure, D: fixed
        product sales structure.

    Returns
    -------
    Result with the tables ``flows`` (supplier, user, value), which `structure` takes as it is, and
    ``outputs`` (sector, output, row_gap, column_gap).

    Raises
    ------
    InputError
        For fewer than two products, products or industries of one table alone, cells without
        numbers, and, for A and C, a supply table without an inverse.

    References
    ----------
    Eurostat 2008, Manual of Supply, Use and Input-Output Tables, chapter 11.

    Examples
    --------
    >>> import polars as pl
    >>> supply = pl.DataFrame(
    ...     {"product": ["x", "x", "y"], "maker": ["a", "b", "b"], "value": [8, 2, 10]}
    ... )
    >>> cells = {
    ...     "product": ["x", "x", "y", "y", "x", "y", "wages", "wages"],
    ...     "user": ["a", "b", "a", "b", "exports", "exports", "a", "b"],
    ...     "value": [1, 4, 3, 2, 5, 5, 4, 6],
    ... }
    >>> symmetric(supply, use=pl.DataFrame(cells)).table.head(4)["value"].to_list()
    [0.8, 3.2, 4.0, 3.2]
    """
    data = SYMMETRIC.read(locals())
    made = data.frame
    used = data.tables["use"].frame
    refuse_empty(made, "product", "maker")
    refuse_empty(used, "product", table="use")
    products = made["product"].unique().sort().to_list()
    industries = made["maker"].unique().sort().to_list()
    if min(len(products), len(industries)) < 2:
        sizes = {"products": Count(len(products)), "industries": Count(len(industries))}
        raise SYMMETRIC.error(message("too_few", **sizes))
    _refuse_unknown(used, products, industries)
    uses = _others(used["user"], industries, "other_uses")
    primary = _others(used["product"], products, "other_value_added")
    supply = _matrix(made, "maker", products, industries)
    if supply.sum() <= 0:
        raise SYMMETRIC.error(message("no_supply", total=Figure(float(supply.sum()))))
    table = symmetric_table(
        supply,
        _matrix(used, "user", products, industries),
        _matrix(used, "user", products, uses),
        _matrix(used, "user", primary, industries),
        model,
    )
    sectors = products if model in "AB" else industries
    balance = _balance(table, sectors)
    return Result(
        {"flows": _long(table, sectors, uses, primary), "outputs": balance},
        (*_answer(table, sectors, supply, balance, model), *_guessed(used, products, industries)),
        SYMMETRIC.texts,
        conventions=(message(f"model_{model}"), message("signs_stay")),
        charts=(Chart("outputs", "outputs", "", (Mark("output", "bars"),), line="sector"),),
        given=data.given,
    )


def _others(names_of: pl.Series, known: Sequence[str], other: str) -> list[str]:
    """Names that are not known, sums left out."""
    rest = [name for name in names_of.unique().sort().to_list() if name not in set(known)]
    blocks = blocks_of(rest, other)
    return [name for name in rest if blocks[name] not in LEFT_OUT]


def _refuse_unknown(used: pl.DataFrame, products: Sequence[str], industries: Sequence[str]) -> None:
    """Raise InputError for what is made and not in the use table: its name may be written
    otherwise there."""
    for column, known in (("product", products), ("user", industries)):
        lacking = sorted(set(known) - set(used[column]))
        if lacking:
            of = Code(f"codes.of.{column}")
            wrong = message("not_in_use", count=Count(len(lacking)), of=of, names=names(lacking))
            raise SYMMETRIC.error(wrong)


def _guessed(
    used: pl.DataFrame, products: Sequence[str], industries: Sequence[str]
) -> list[Message]:
    """Names of the use table that were taken for final uses or primary inputs for want of
    knowledge."""
    columns = blocks_of(sorted({*used["user"]} - {*industries}), "other_uses")
    rows = blocks_of(sorted({*used["product"]} - {*products}), "other_value_added")
    guessed = [name for name, block in columns.items() if block == "other_uses"]
    guessed += [name for name, block in rows.items() if block == "other_value_added"]
    if not guessed:
        return []
    return [message("taken_for", count=Count(len(guessed)), labels=names(guessed))]


def _matrix(cells: pl.DataFrame, column: str, rows: list[str], columns: list[str]) -> Floats:
    return cell_matrix(cells, {"product": rows, column: columns})[0]


def _long(
    table: SymmetricTable, sectors: Sequence[str], uses: Sequence[str], primary: Sequence[str]
) -> pl.DataFrame:
    """The cells, row by row: sectors and final uses, then primary inputs."""
    above = np.concatenate([table.flows, table.final_demand], axis=1)
    users = [*sectors, *uses]
    cells = [
        (row, column, above[i, j])
        for i, row in enumerate(sectors)
        for j, column in enumerate(users)
    ]
    cells += [
        (row, column, table.primary_inputs[i, j])
        for i, row in enumerate(primary)
        for j, column in enumerate(sectors)
    ]
    return pl.DataFrame(cells, schema=["supplier", "user", "value"], orient="row")


def _balance(table: SymmetricTable, sectors: Sequence[str]) -> pl.DataFrame:
    rows = table.flows.sum(axis=1) + table.final_demand.sum(axis=1)
    columns = table.flows.sum(axis=0) + table.primary_inputs.sum(axis=0)
    return pl.DataFrame(
        {
            "sector": sectors,
            "output": table.output,
            "row_gap": rows - table.output,
            "column_gap": columns - table.output,
        }
    )


def _answer(
    table: SymmetricTable,
    sectors: Sequence[str],
    supply: Floats,
    balance: pl.DataFrame,
    model: str,
) -> list[Message]:
    """How large the table is, how much of supply is secondary, whether it balances, and what is
    below 0."""
    kind = Code(f"codes.kind.{'products' if model in 'AB' else 'industries'}")
    # what an industry makes most of is its main product, all else is secondary
    main = supply.max(axis=0).sum() / supply.sum()
    count = Count(len(sectors))
    said = [message("made", count=count, kind=kind, share=Share(min(max(1 - main, 0), 1), 1))]
    gaps = balance.select(
        "sector", gap=pl.max_horizontal(pl.col("row_gap").abs(), pl.col("column_gap").abs())
    )
    worst = best_first(gaps, "gap").row(0, named=True)
    if worst["gap"] > TOLERANCE * max(float(np.abs(table.output).max()), 1e-300):
        said.append(message("off", sector=Name(worst["sector"]), gap=Figure(worst["gap"])))
    else:
        said.append(message("all_balance"))
    below = np.argwhere(table.flows < -TOLERANCE * max(float(np.abs(table.flows).max()), 1e-300))
    if len(below):
        i, j = np.unravel_index(int(table.flows.argmin()), table.flows.shape)
        pair = {"supplier": Name(sectors[int(i)]), "user": Name(sectors[int(j)])}
        lowest = Figure(float(table.flows.min()))
        said.append(message("below_zero", count=Count(len(below)), lowest=lowest, **pair))
    return said


@dataclass(frozen=True)
class SymmetricTable:
    """A symmetric input-output table.

    Attributes
    ----------
    flows
        (n, n), of products (models A and B) or industries (C and D).
    final_demand
        (n, f)
    primary_inputs
        (p, n)
    output
        (n,)
    """

    flows: Floats
    final_demand: Floats
    primary_inputs: Floats
    output: Floats

    @property
    def coefficients(self) -> Floats:
        """(n, n), inputs for a unit of output; 0 where that is 0."""
        return per_output(self.flows, self.output)


def symmetric_table(
    supply: ArrayLike,
    use: ArrayLike,
    final_demand: ArrayLike,
    primary_inputs: ArrayLike,
    model: Model = "B",
) -> SymmetricTable:
    """The symmetric table of a supply and a use table.

    A, product technology: a product is made in one way, in whatever industry. B, industry
    technology: an industry makes all its products in one way. C, fixed industry sales structure: an
    industry sells in one way, whatever it makes. D, fixed product sales structure: a product is
    sold in one way, whoever makes it. A and C ask for as many products as industries, and may give
    flows below 0, which are left as they are.

    Parameters
    ----------
    supply
        (products, industries), what each industry makes.
    use
        (products, industries), what it uses.
    final_demand
        (products, f)
    primary_inputs
        (p, industries)
    model
        One of the four.

    Returns
    -------
    SymmetricTable

    Raises
    ------
    InputError
        For another model, and for A or C where the supply table has no inverse.

    References
    ----------
    Eurostat 2008, Manual of Supply, Use and Input-Output Tables, chapter 11.

    Examples
    --------
    >>> found = symmetric_table([[8, 2], [0, 10]], [[1, 4], [3, 2]], [[5], [5]], [[4, 6]], "D")
    >>> found.flows.tolist(), found.output.tolist()
    ([[0.8, 3.2], [3.2, 2.8]], [8.0, 12.0])
    """
    check_choice("model", model, ("A", "B", "C", "D"))
    v = np.asarray(supply, float)
    u = np.asarray(use, float)
    y = np.asarray(final_demand, float)
    w = np.asarray(primary_inputs, float)
    of_product = v.sum(axis=1)
    of_industry = v.sum(axis=0)
    if model in ("A", "C"):
        inverse = _inverse(v)
        if model == "A":
            by_product = inverse * of_product
            return SymmetricTable(u @ by_product, y, w @ by_product, of_product)
        by_industry = of_industry[:, None] * inverse
        return SymmetricTable(by_industry @ u, by_industry @ y, w, of_industry)
    if model == "B":
        by_product = per_output(v, of_industry).T
        return SymmetricTable(u @ by_product, y, w @ by_product, of_product)
    by_industry = per_output(v.T, of_product)
    return SymmetricTable(by_industry @ u, by_industry @ y, w, of_industry)


def _inverse(supply: Floats) -> Floats:
    products, industries = supply.shape
    if products != industries:
        sizes = {"products": Count(products), "industries": Count(industries)}
        raise SYMMETRIC.error(message("supply_not_square", **sizes))
    if not 1 / np.linalg.cond(supply) > SINGULAR:
        raise SYMMETRIC.error(message("supply_singular"))
    return np.asarray(np.linalg.solve(supply, np.eye(products)))


SYMMETRIC = Measurement(
    symmetric,
    citation="Eurostat 2008, Manual of Supply, Use and Input-Output Tables, chapter 11",
    sample=Sample(tables={"use": "sample_use.csv"}),
)
