"""An input-output table: what sectors deliver to one another, to final users, and what they pay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.table_blocks import (
    SUMS,
    blocks_of,
    hidden_totals,
    plain_label,
    with_parts,
    without_sums,
)
from firstlight.texts import Count, Name, message, names

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ABROAD = ("exports", "outflows")  # final uses that imports don't serve
FROM_ABROAD = ("imports", "inflows")
OF_BOTH_SIDES = SUMS | {"output", "discrepancy", *FROM_ABROAD}
FINAL = with_parts("final_uses")
HOUSEHOLDS = with_parts("households")
VALUE_ADDED = with_parts("value_added")
PAID = ("value_added", "product_taxes")  # beside inputs; value added holds its parts
OF_GOODS = 0.01  # of imports, by which rows may miss output and imports


@dataclass(frozen=True)
class IOTable:
    """An input-output table of n sectors, in one unit of money.

    Attributes
    ----------
    sectors
        n names, in the order of rows and columns.
    flows
        (n, n), what the row delivers to the column.
    uses
        Block -> (n,), what a sector delivers to final users.
    imports
        (n,), what of ``flows`` and ``uses`` is imported (competitive imports); a table may write
        it below 0.
    discrepancy
        (n,), what the table adds so that rows balance.
    output
        (n,)
    imported
        (n,), imported inputs of each column that are not in ``flows``.
    payments
        Block -> (n,), what each column pays: wages, value_added, product_taxes.
    employment
        (n,); None where the table does not tell.
    unknown
        Names of rows and columns that are no sectors and whose block was not known.
    stated
        The outputs that the table states: output_by_row, output_by_column -> (n,).
    imported_flows
        (n, n), imported inputs by good, where imports have rows of their own.
    imported_uses
        Block -> (n,), imported goods that final users buy, where imports have rows of their own.
    """

    sectors: tuple[str, ...]
    flows: Floats
    uses: Mapping[str, Floats]
    imports: Floats
    discrepancy: Floats
    output: Floats
    imported: Floats
    payments: Mapping[str, Floats]
    employment: Floats | None
    unknown: tuple[str, ...]
    stated: Mapping[str, Floats]
    imported_flows: Floats | None = None
    imported_uses: Mapping[str, Floats] | None = None

    @property
    def coefficients(self) -> Floats:
        """(n, n), inputs for a unit of output; 0 where a sector makes nothing."""
        return per_output(self.flows, self.output)

    @property
    def final_demand(self) -> Floats:
        """(n,), what is left of output when other sectors have been served."""
        return np.asarray(self.output - self.flows.sum(axis=1))

    @property
    def households(self) -> Floats | None:
        """(n,), household consumption, if the table tells it."""
        parts = [self.uses[block] for block in HOUSEHOLDS if block in self.uses]
        return np.sum(parts, axis=0) if parts else None

    @property
    def value_added(self) -> Floats | None:
        """(n,), value added, if the table tells it."""
        return self.payments.get("value_added")

    @property
    def value_added_or_rest(self) -> Floats:
        """(n,), value added, as the table tells it, else what is left when inputs are paid."""
        if self.value_added is not None:
            return self.value_added
        return np.asarray(self.output - self.flows.sum(axis=0) - self.imported)

    @property
    def turnover(self) -> Floats:
        """(n,), the size of all that stands in a sector's row, or in its column if that is more."""
        row = np.abs(self.flows).sum(axis=1) + np.abs(self.imports) + np.abs(self.discrepancy)
        row += np.sum([np.zeros_like(row), *map(np.abs, self.uses.values())], axis=0)
        paid = [self.payments[block] for block in PAID if block in self.payments]
        column = np.abs(self.flows).sum(axis=0) + np.abs(self.imported)
        column += np.sum([np.zeros_like(row), *map(np.abs, paid)], axis=0)
        return np.asarray(np.max([row, column, np.abs(self.output)], axis=0))

    @property
    def row_totals(self) -> Floats:
        """(n,), what is delivered, less imports."""
        used = np.sum([np.zeros(len(self.sectors)), *self.uses.values()], axis=0)
        return np.asarray(self.flows.sum(axis=1) + used - self.imports + self.discrepancy)

    @property
    def column_totals(self) -> Floats | None:
        """(n,), what is paid; None where the table has no value added."""
        if self.value_added is None:
            return None
        taxes = self.payments.get("product_taxes", np.zeros(len(self.sectors)))
        paid = self.value_added + taxes + self.imported
        return np.asarray(self.flows.sum(axis=0) + paid)


def per_output(flows: Floats, output: Floats) -> Floats:
    """Columns divided by output; 0 where that is 0."""
    ratios = np.divide(flows, np.where(output != 0, output, 1.0))  # a table may be large: one pass
    ratios[..., output == 0] = 0.0
    return np.asarray(ratios)


def sector_names(
    suppliers: Iterable[str], users: Iterable[str], stated: Mapping[str, str] | None = None
) -> list[str]:
    """The names of sectors, sorted: those that supply and use alike, but for what is known as a
    total or as imports, and what ``told`` names.

    >>> sector_names(["ore", "steel", "wages"], ["steel", "ore", "exports"])
    ['ore', 'steel']
    """
    in_told = {plain_label(label) for label in stated or {}}
    shared = sorted(set(suppliers) & set(users))
    blocks = blocks_of(shared, "")
    return [
        name
        for name in shared
        if blocks[name] not in OF_BOTH_SIDES and plain_label(name) not in in_told
    ]


def table_of(
    rows: pl.DataFrame,
    blocks: Mapping[str, str] | None = None,
    sectors: Sequence[str] | None = None,
) -> IOTable:
    """The table that rows of ``supplier``, ``user``, ``value`` and perhaps ``origin`` spell.

    Sectors are the names that supply and use alike. The others are told apart by their names
    (``table_blocks.csv``) or by ``told``; sums of other rows or columns are left out.

    Parameters
    ----------
    rows
        One year's cells; what is not there is 0.
    blocks
        Label -> block, where names don't tell.
    sectors
        Their names, where these are known.

    Returns
    -------
    IOTable

    Raises
    ------
    InputError
        For fewer than two sectors, a cell without a number, a block that there is not, sectors that
        rows and columns call by other names, and names not known as sums that are sums of others.
    """
    is_imported = _is_imported(rows)
    own = rows.filter(~is_imported)
    users = set(own["user"].unique())
    suppliers = set(own["supplier"].unique())
    sectors = tuple(sector_names(suppliers, users, blocks) if sectors is None else sectors)
    if len(sectors) < 2:
        lists = {"suppliers": names(sorted(suppliers)), "users": names(sorted(users))}
        raise InputError(message("no_square", count=Count(len(sectors)), **lists), FOLDER)
    # imports alone may serve a final use
    buyers = blocks_of(sorted(set(rows["user"].unique()) - set(sectors)), "other_uses", blocks)
    columns = {label: block for label, block in buyers.items() if label in users}
    inputs = blocks_of(sorted(suppliers - set(sectors)), "other_value_added", blocks)
    cells = _Cells(own, sectors)
    flows = cells.matrix()
    none = np.zeros(len(sectors))
    delivered = cells.by_label(columns, is_column=True)
    paid = cells.by_label(inputs, is_column=False)
    unknown = _unknown(buyers, inputs, blocks)
    _refuse_turned(columns, inputs)
    _refuse_unpaired(own, columns, inputs, unknown)
    _refuse_totals(
        sectors, flows, _of_one_side(delivered, columns), _of_one_side(paid, inputs), unknown
    )
    uses = _by_block(delivered, columns)
    payments = _by_block(paid, inputs)
    imports = np.sum([none, *(uses.pop(each, none) for each in FROM_ABROAD)], axis=0)
    if imports.sum() < 0:  # as the BEA writes them
        imports = -imports
    bought = np.sum([none, *(payments.pop(each, none) for each in FROM_ABROAD)], axis=0)
    within = None
    used_abroad = None
    if is_imported.any():
        abroad = _Cells(rows.filter(is_imported), sectors)
        within = abroad.matrix()
        used_abroad = _by_block(abroad.by_label(buyers, is_column=True), buyers)
        used_abroad = {block: own for block, own in used_abroad.items() if block in FINAL}
        bought = bought + within.sum(axis=0)
    sides = {"output_by_row": uses, "output_by_column": payments}
    stated = {name: side.pop("output") for name, side in sides.items() if "output" in side}
    table = IOTable(
        sectors,
        flows,
        {block: own for block, own in uses.items() if block != "discrepancy"},
        imports,
        uses.get("discrepancy", none),
        none,
        bought,
        _payments(payments),
        payments.get("employment", payments.get("employment_part")),
        unknown,
        stated,
        within,
        used_abroad,
    )
    output = stated.get("output_by_row", stated.get("output_by_column", table.row_totals))
    return _with_imports_of_goods(replace(table, output=output))


def _with_imports_of_goods(table: IOTable) -> IOTable:
    """The table whose row of imports is of the good of its column, as Eurostat writes them, where
    rows add up to output and these imports."""
    gap = table.row_totals - table.output
    bought = table.imported
    if table.imports.any() or not bought.any() or table.imported_flows is not None:
        return table
    if np.abs(gap - bought).sum() > OF_GOODS * np.abs(bought).sum():
        return table
    return replace(table, imports=bought, imported=np.zeros_like(bought))


def _of_one_side(by_label: Mapping[str, Floats], blocks: Mapping[str, str]) -> dict[str, Floats]:
    """Final uses, or inputs that are paid for."""
    return {
        label: amounts for label, amounts in by_label.items() if blocks[label] not in OF_BOTH_SIDES
    }


def _refuse_totals(
    sectors: tuple[str, ...],
    flows: Floats,
    uses: Mapping[str, Floats],
    paid: Mapping[str, Floats],
    unknown: tuple[str, ...],
) -> None:
    """Raise InputError for names that are sums of others and are not known to be."""
    hidden = hidden_totals(sectors, flows, uses, paid)
    hidden = [label for label in hidden if label in unknown or label in sectors]
    if hidden:
        raise InputError(message("totals", count=Count(len(hidden)), names=names(hidden)), FOLDER)


def _refuse_turned(columns: Mapping[str, str], inputs: Mapping[str, str]) -> None:
    """Raise InputError where final uses stand in rows and what is paid stands in columns."""
    rows = [label for label, block in inputs.items() if block in FINAL]
    paid = [label for label, block in columns.items() if block in VALUE_ADDED]
    if rows and paid:
        raise InputError(message("turned", rows=names(rows), columns=names(paid)), FOLDER)


def _refuse_unpaired(
    rows: pl.DataFrame,
    columns: Mapping[str, str],
    inputs: Mapping[str, str],
    unknown: tuple[str, ...],
) -> None:
    """Raise InputError for sectors that rows and columns call by other names: unknown rows that
    final users buy from and unknown columns that pay wages or surplus, which are no value added and
    no final users."""
    final = [label for label, block in columns.items() if block in FINAL and label not in unknown]
    paid = [
        label for label, block in inputs.items() if block in VALUE_ADDED and label not in unknown
    ]
    flows = rows.filter((pl.col("value") != 0) & pl.col("value").is_not_null())
    is_sold = pl.col("supplier").is_in(unknown) & pl.col("user").is_in(final)
    is_paying = pl.col("user").is_in(unknown) & pl.col("supplier").is_in(paid)
    sold = flows.filter(is_sold)["supplier"].unique().sort().to_list()
    paying = flows.filter(is_paying)["user"].unique().sort().to_list()
    if sold and paying:
        lists = {"suppliers": names(sold), "users": names(paying)}
        raise InputError(message("unpaired", **lists), FOLDER)


def _is_imported(rows: pl.DataFrame) -> pl.Series:
    """Whether a row is of imports, by its origin."""
    if "origin" not in rows.columns:
        return pl.repeat(False, rows.height, eager=True)
    origins = blocks_of(rows["origin"].drop_nulls().unique().sort(), "")
    imported = [name for name, block in origins.items() if block in FROM_ABROAD]
    return rows["origin"].is_in(imported).fill_null(value=False)


def _unknown(
    columns: Mapping[str, str], inputs: Mapping[str, str], blocks: Mapping[str, str] | None
) -> tuple[str, ...]:
    """Labels that were taken for final uses or value added for want of knowledge."""
    said = {plain_label(label) for label in blocks or {}}
    labels = {label for label, block in columns.items() if block == "other_uses"}
    labels |= {label for label, block in inputs.items() if block == "other_value_added"}
    return tuple(sorted(label for label in labels if plain_label(label) not in said))


def _payments(payments: Mapping[str, Floats]) -> dict[str, Floats]:
    """Wages, taxes on products, and value added: as stated, else the sum of its parts."""
    shown = ("wages", "product_taxes", "value_added")
    kept = {block: payments[block] for block in shown if block in payments}
    parts = [payments[block] for block in VALUE_ADDED if block in payments]
    if parts and "value_added" not in payments:
        kept["value_added"] = np.sum(parts, axis=0)
    return kept


@dataclass(frozen=True)
class _Cells:
    """Cells by the numbers of their sectors."""

    rows: pl.DataFrame
    sectors: tuple[str, ...]

    @cached_property
    def _numbered(self) -> pl.DataFrame:
        order = pl.DataFrame({"name": self.sectors, "at": range(len(self.sectors))})
        rows = self.rows.select("supplier", "user", "value")
        rows = rows.join(order.rename({"at": "i"}), left_on="supplier", right_on="name", how="left")
        return rows.join(order.rename({"at": "j"}), left_on="user", right_on="name", how="left")

    def matrix(self) -> Floats:
        """(n, n), what sectors deliver to sectors."""
        cells = self._numbered.drop_nulls(["i", "j"])
        refuse_empty(cells)
        square = np.zeros((len(self.sectors), len(self.sectors)))
        np.add.at(square, (cells["i"].to_numpy(), cells["j"].to_numpy()), cells["value"].to_numpy())
        return square

    def by_label(self, blocks: Mapping[str, str], *, is_column: bool) -> dict[str, Floats]:
        """Label -> (n,), its column, or its row; without those that are known to be sums."""
        label, at, other = ("user", "i", "j") if is_column else ("supplier", "j", "i")
        cells = self._numbered.drop_nulls([at]).filter(pl.col(other).is_null())
        known = sorted(each for each, block in blocks.items() if block not in SUMS)
        order = pl.DataFrame(
            {label: known, "k": range(len(known))}, {label: pl.String, "k": pl.Int64}
        )
        cells = cells.join(order, on=label)
        refuse_empty(cells)
        cells = cells.sort("k", at, "value")  # one order of sums, whatever that of the rows
        sums = np.zeros((len(known), len(self.sectors)))
        np.add.at(sums, (cells["k"].to_numpy(), cells[at].to_numpy()), cells["value"].to_numpy())
        return dict(zip(known, sums, strict=True))


def _by_block(by_label: Mapping[str, Floats], blocks: Mapping[str, str]) -> dict[str, Floats]:
    """Block -> (n,), the sums of its columns, or of its rows; what is itself a sum left out."""
    sums = dict[str, Floats]()
    for label in sorted(by_label):
        block = blocks[label]
        sums[block] = sums[block] + by_label[label] if block in sums else by_label[label]
    return without_sums(dict(sorted(sums.items())))


def cell_matrix(
    cells: pl.DataFrame, sides: Mapping[str, Sequence[str]]
) -> tuple[Floats, tuple[Ints, Ints]]:
    """The values of cells that are there once, of the names of two columns, 0 where there is none;
    and where in it each cell stands. Cells of other names are left out."""
    places = (
        pl.col(side)
        .replace_strict(names_of, range(len(names_of)), default=None, return_dtype=pl.Int64)
        .alias(side)
        for side, names_of in sides.items()
    )
    numbered = cells.select("value", *places).drop_nulls(list(sides))
    at = tuple(numbered[side].to_numpy() for side in sides)
    matrix = np.zeros([len(names_of) for names_of in sides.values()])
    matrix[at] = numbered["value"].to_numpy()
    return matrix, (at[0], at[1])


def refuse_empty(
    cells: pl.DataFrame, supplier: str = "supplier", user: str = "user", table: str = "frame"
) -> None:
    """Raise InputError for flows from a supplier to a user that hold no numbers."""
    empty = cells.filter(pl.col("value").is_null()).sort(supplier, user)
    if empty.height:
        pair = {"supplier": Name(empty[supplier][0]), "user": Name(empty[user][0])}
        where = Name(table)
        raise InputError(message("no_flow", count=Count(empty.height), table=where, **pair), FOLDER)


def refuse_nothing(output: Floats) -> None:
    """Raise InputError where no output is above 0."""
    if not (output > 0).any():
        raise InputError(message("nothing_made"), FOLDER)


def domestic_part(table: IOTable) -> tuple[IOTable, tuple[str, ...]]:
    """The table without competitive imports, and the sectors that import more than is used.

    What is imported of a good serves each of its users at home in one proportion: imports over all
    uses but exports. Where imports exceed these, all of it is imported, and the rest is taken from
    exports.

    Parameters
    ----------
    table
        With its imports in a column of their own.

    Returns
    -------
    The table whose flows and uses are of domestic goods, and names of sectors.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, section 4.2.3.
    """
    if not table.imports.any():
        return table, ()
    at_home = [uses for block, uses in table.uses.items() if block not in ABROAD]
    served = table.flows.sum(axis=1) + np.sum([np.zeros_like(table.imports), *at_home], axis=0)
    share = np.divide(table.imports, served, out=np.zeros_like(served), where=served > 0)
    is_beyond = (share > 1) | ((served <= 0) & (table.imports > 0))
    share = np.clip(share, 0, 1)
    rest = table.imports - share * served
    uses = dict(table.uses)
    for block, demand in table.uses.items():
        uses[block] = demand if block in ABROAD else demand * (1 - share)
    if rest.any():
        uses["exports"] = uses.get("exports", np.zeros_like(rest)) - rest
    imported = share[:, None] * table.flows
    without = replace(
        table,
        flows=table.flows - imported,
        uses=uses,
        imports=np.zeros_like(table.imports),
        imported=table.imported + imported.sum(axis=0),
    )
    beyond = tuple(name for name, is_so in zip(table.sectors, is_beyond, strict=True) if is_so)
    return without, beyond


def with_imports(table: IOTable) -> IOTable:
    """The table with inputs from everywhere: imports with rows of their own join those of home."""
    if table.imported_flows is None:
        return table
    bought = table.imported - table.imported_flows.sum(axis=0)
    return replace(table, flows=table.flows + table.imported_flows, imported=bought)


def imported_inputs(read: IOTable, domestic: IOTable) -> Floats | None:
    """(n, n), imported inputs by good, of a table as read and its `domestic_part`: those in rows of
    their own, and those that were taken from flows with competitive imports. None where the table
    does not tell."""
    if not read.imports.any():
        return read.imported_flows
    taken = read.flows - domestic.flows
    return taken if read.imported_flows is None else read.imported_flows + taken
