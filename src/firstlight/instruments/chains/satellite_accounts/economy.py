"""The economy that accounts are made of: one country's table, or one of many countries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.io_table import (
    FINAL,
    OF_BOTH_SIDES,
    IOTable,
    per_output,
    table_of,
    with_imports,
)
from firstlight.instruments.chains.table_blocks import SUMS, blocks_of, without_sums
from firstlight.instruments.chains.yearly_tables import modelled, read_tables
from firstlight.schema import Data
from firstlight.texts import Count, Message, message

__all__ = ["Economy", "economies", "labelled", "sector_aliases"]

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
TINY = 1e-12  # of the largest output, below which a remainder is rounding
ONE = ""  # the place of a table of one country
BETWEEN = "\x1f"  # parts a country from a sector in a label, and stands in no name


@dataclass(frozen=True)
class Economy:
    """An economy of n sectors.

    Attributes
    ----------
    table
        As read; for its balance.
    used
        With the inputs that were asked for.
    places, goods
        n countries ("" for a table of one) and n sectors within them.
    final
        (country, block) -> (n,); they sum to output less what sectors use.
    primary
        Block -> (n,); they sum to output less what sectors buy.
    imports
        How the table shows them, as a code of what is said.
    imported
        (n,), imported goods by good; None where the table does not tell.
    all_inputs
        (n, n), inputs from everywhere for a unit of output.
    told
        What had to be done.
    """

    table: IOTable
    used: IOTable
    places: tuple[str, ...]
    goods: tuple[str, ...]
    final: Mapping[tuple[str, str], Floats]
    primary: Mapping[str, Floats]
    imports: str
    imported: Floats | None
    told: tuple[Message, ...]

    @property
    def is_of_many(self) -> bool:
        """Whether it is of several countries."""
        return self.imports == "imports_world"

    @property
    def all_inputs(self) -> Floats:
        """(n, n), inputs from everywhere for a unit of output."""
        return per_output(with_imports(self.table).flows, self.table.output)

    def abroad(self, place: str) -> Floats:
        """(n,), final demand elsewhere: exports of a table of one country."""
        parts = [np.zeros(len(self.goods))]
        for (where, block), own in self.final.items():
            if (where != place) if self.is_of_many else (block in ("exports", "outflows")):
                parts.append(own)
        return np.asarray(np.sum(parts, axis=0))


def economies(data: Data, inputs: str) -> dict[int | None, Economy]:
    """Year -> economy; None -> the only one where there are no years.

    Parameters
    ----------
    data
        With the columns of `read_tables`, and perhaps supplier_country and user_country.
    inputs
        "domestic" or "all", of a table of one country.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        For what is no square table.
    """
    if not data.has("supplier_country", "user_country"):
        return {year: _of_one(table, inputs) for year, table in read_tables(data).items()}
    told = labelled(data)
    if not data.has("year"):
        return {None: _of_many(data.frame, told)}
    parts = data.frame.partition_by("year", as_dict=True, maintain_order=True)
    return {int(key[0]): _of_many(own, told) for key, own in sorted(parts.items())}


def _of_one(table: IOTable, inputs: str) -> Economy:
    used, told = modelled(table, inputs)
    final = {(ONE, block): own for block, own in used.uses.items()}
    if inputs == "all":
        bought = used.imports
        if table.imported_flows is not None:
            bought = bought + table.imported_flows.sum(axis=1)
        if bought.any():
            final[ONE, "imports"] = -bought
    return Economy(
        table,
        used,
        (ONE,) * len(table.sectors),
        table.sectors,
        _whole_final(used, final),
        _primary(used),
        _form(table),
        _imported(table),
        tuple(told),
    )


def _form(table: IOTable) -> str:
    if table.imports.any():
        return "imports_competitive"
    if table.imported_flows is not None:
        return "imports_noncompetitive"
    return "imports_row" if table.imported.any() else "imports_none"


def _imported(table: IOTable) -> Floats | None:
    """(n,), imports by good, if the table tells them."""
    if table.imports.any():
        return table.imports
    if table.imported_flows is None:
        return None
    uses = list((table.imported_uses or {}).values())
    return np.asarray(np.sum([table.imported_flows.sum(axis=1), *uses], axis=0))


def _whole_final(
    table: IOTable, parts: Mapping[tuple[str, str], Floats]
) -> dict[tuple[str, str], Floats]:
    """The parts of final demand, with what they lack to output less what sectors use."""
    own = {key: part for key, part in parts.items() if part.any()}
    rest = table.final_demand - np.sum([np.zeros_like(table.output), *own.values()], axis=0)
    if np.abs(rest).max() > TINY * np.abs(table.output).max():
        own[ONE, "unbalanced" if own else "final_uses"] = rest
    return dict(sorted(own.items()))


def _primary(table: IOTable) -> dict[str, Floats]:
    """The parts of primary inputs, with what they lack to output less what sectors buy."""
    parts = {key: own for key, own in table.payments.items() if key != "value_added"}
    parts["imports"] = table.imported
    if table.value_added is not None:
        wages = parts.get("wages", np.zeros_like(table.output))
        parts["surplus" if "wages" in parts else "value_added"] = table.value_added - wages
    own = {key: part for key, part in parts.items() if part.any()}
    primary = table.output - table.flows.sum(axis=0)
    rest = primary - np.sum([np.zeros_like(primary), *own.values()], axis=0)
    if np.abs(rest).max() > TINY * np.abs(table.output).max():
        own["unbalanced" if own else "value_added"] = rest
    return dict(sorted(own.items()))


def _of_many(rows: pl.DataFrame, told: Mapping[str, str]) -> Economy:
    """The economy of rows whose suppliers and users have countries."""
    of_supplier, of_user = _label("supplier"), _label("user")
    rows = rows.with_columns(one=of_supplier, other=of_user)
    pairs = set(rows["one"].drop_nulls()) & set(rows["other"].drop_nulls())
    blocks = blocks_of(sorted({pair.split(BETWEEN)[1] for pair in pairs}), "", told)
    labels = sorted(pair for pair in pairs if not blocks[pair.split(BETWEEN)[1]])
    if len(labels) < 2:
        raise InputError(message("no_pairs", count=Count(len(labels))), FOLDER)
    is_sector = {"one": pl.col("one").is_in(labels), "other": pl.col("other").is_in(labels)}
    rows = rows.with_columns(
        supplier=pl.when(is_sector["one"].fill_null(value=False)).then("one").otherwise("supplier"),
        user=pl.when(is_sector["other"].fill_null(value=False)).then("other").otherwise("user"),
    )
    table = table_of(rows.select("supplier", "user", "value"), told)
    places, goods = zip(*(label.split(BETWEEN) for label in table.sectors), strict=True)
    final = dict(_final_by_country(rows, table, told))
    named = tuple(f"{place} {good}" for place, good in zip(places, goods, strict=True))
    table = replace(table, sectors=named)
    return Economy(
        table,
        table,
        tuple(places),
        tuple(goods),
        _whole_final(table, final),
        _primary(table),
        "imports_world",
        None,
        (),
    )


def _label(side: str) -> pl.Expr:
    return pl.concat_str([f"{side}_country", side], separator=BETWEEN)


def _final_by_country(
    rows: pl.DataFrame, table: IOTable, told: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], Floats]]:
    """What final users of each country buy."""
    at = {label: i for i, label in enumerate(table.sectors)}
    cells = rows.filter(
        pl.col("supplier").is_in(table.sectors) & ~pl.col("user").is_in(table.sectors)
    )
    left_out = SUMS | OF_BOTH_SIDES
    blocks = blocks_of(sorted(set(cells["user"])), "other_uses", told)
    cells = cells.with_columns(
        user_country=pl.col("user_country").fill_null(ONE),
        block=pl.col("user").replace_strict(blocks, default=None, return_dtype=pl.String),
    ).filter(~pl.col("block").is_in(sorted(left_out)))
    summed = cells.group_by("user_country", "block", "supplier").agg(pl.col("value").sum())
    parts = summed.partition_by("user_country", as_dict=True)
    for (country,), own in sorted(parts.items()):
        found = dict[str, Floats]()
        for block, supplier, value in own.sort("block", "supplier")[
            ["block", "supplier", "value"]
        ].iter_rows():
            found.setdefault(block, np.zeros(len(at)))[at[supplier]] = value
        for block, amounts in without_sums(found).items():
            if block in FINAL:
                yield (str(country), block), amounts


def labelled(data: Data) -> dict[str, str]:
    """Name -> block, as the caller's table of labels says.

    Parameters
    ----------
    data
        Perhaps with the table ``labels``.

    Returns
    -------
    dict
    """
    if "labels" not in data.tables:
        return {}
    return dict(data.tables["labels"].frame.drop_nulls().iter_rows())


def sector_aliases(data: Data, goods: tuple[str, ...]) -> dict[str, str]:
    """Code -> the sector that stands for it, where sectors go by their names.

    Parameters
    ----------
    data
        With supplier and perhaps sector_name.
    goods
        Names of sectors.

    Returns
    -------
    dict
    """
    if not data.has("sector_name"):
        return {}
    known, found = set(goods), dict[str, str]()
    pairs = data.frame.drop_nulls("sector_name").select("supplier", "sector_name").unique()
    for code, name in pairs.sort("supplier", "sector_name").iter_rows():
        for each in (name, f"{code} {name}"):
            if each in known:
                found[code] = each
    return found
