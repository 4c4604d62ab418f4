"""The economy that accounts are made of: one country's table, or one of many countries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.chains.country_rows import tells_countries
from firstlight.instruments.chains.country_table import (
    NOWHERE,
    CountryTable,
    read_country_tables,
)
from firstlight.instruments.chains.io_table import (
    ABROAD,
    IOTable,
    per_output,
    refuse_nothing,
    with_imports,
)
from firstlight.instruments.chains.table_blocks import blocks_of
from firstlight.instruments.chains.yearly_tables import labelled, modelled, read_tables
from firstlight.schema import Data
from firstlight.texts import Message

Floats = NDArray[np.float64]
TINY = 1e-12  # of the largest output, below which a remainder is rounding
ONE = NOWHERE  # the place of a table of one country


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
    countries
        As they were read; None for a table of one country.
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
    countries: CountryTable | None = None

    @property
    def is_of_many(self) -> bool:
        """Whether it is of several countries."""
        return self.countries is not None

    @property
    def all_inputs(self) -> Floats:
        """(n, n), inputs from everywhere for a unit of output."""
        return per_output(with_imports(self.table).flows, self.table.output)

    @property
    def exports(self) -> Floats:
        """(n,), final demand abroad and elsewhere in the country, of a table of one country."""
        parts = [demand for (_, block), demand in self.final.items() if block in ABROAD]
        return np.asarray(np.sum([np.zeros(len(self.goods)), *parts], axis=0))


def economies(data: Data, inputs: str) -> dict[int | None, Economy]:
    """Year -> economy; None -> the only one where there are no years. A table of one country is
    `modelled` with the inputs that are asked for.

    Raises InputError for what is no square table.
    """
    if not tells_countries(data):
        return {year: _of_one(table, inputs) for year, table in read_tables(data).items()}
    tables = read_country_tables(data, keeps_parts=False)
    return {year: _of_many(table) for year, table in tables.items()}


def _of_one(table: IOTable, inputs: str) -> Economy:
    used, notes = modelled(table, inputs)
    final = {(ONE, block): demand for block, demand in used.uses.items()}
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
        tuple(notes),
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
    demands = {key: part for key, part in parts.items() if part.any()}
    rest = _rest(table, table.final_demand, demands.values())
    if rest is not None:
        demands[ONE, "unbalanced" if demands else "final_uses"] = rest
    return dict(sorted(demands.items()))


def _primary(table: IOTable) -> dict[str, Floats]:
    """The parts of primary inputs, with what they lack to output less what sectors buy."""
    parts = {key: own for key, own in table.payments.items() if key != "value_added"}
    parts["imports"] = table.imported
    if table.value_added is not None:
        wages = parts.get("wages", np.zeros_like(table.output))  # which value added holds as well
        parts["surplus" if "wages" in parts else "value_added"] = table.value_added - wages
    own = {key: part for key, part in parts.items() if part.any()}
    rest = _rest(table, table.output - table.flows.sum(axis=0), own.values())
    if rest is not None:
        own["unbalanced" if own else "value_added"] = rest
    return dict(sorted(own.items()))


def _rest(table: IOTable, whole: Floats, parts: Iterable[Floats]) -> Floats | None:
    """(n,), what parts lack to a whole; None for rounding. Without it accounts would not sum to
    what is emitted."""
    rest: Floats = whole - np.sum([np.zeros_like(whole), *parts], axis=0)
    if not np.abs(rest).max() > TINY * np.abs(table.output).max():
        return None
    return rest


def _of_many(read: CountryTable) -> Economy:
    """The economy of a table of several countries."""
    refuse_nothing(read.table.output)
    return Economy(
        read.table,
        read.table,
        read.places,
        read.goods,
        _whole_final(read.table, read.final),
        _primary(read.table),
        "imports_world",
        None,
        read.said,
        read,
    )


def final_users(data: Data, economy: Economy) -> dict[str, str]:
    """Name -> block of the users that are no sectors, as the table is read: those of unknown names
    are final users, and may emit something themselves."""
    rows = data.frame if economy.countries is None else economy.countries.rows.frame
    users = rows.filter(~pl.col("user").is_in(economy.goods))["user"].unique().sort()
    blocks = labelled(data)
    return {**blocks_of(users, "other_uses", blocks), **blocks}


def sector_aliases(data: Data, goods: tuple[str, ...]) -> dict[str, str]:
    """Code -> the one of the goods that stands for it, where sectors go by their names."""
    if not data.has("sector_name"):
        return {}
    known = set(goods)
    aliases = dict[str, str]()
    pairs = data.frame.drop_nulls("sector_name").select("supplier", "sector_name").unique()
    for code, name in pairs.sort("supplier", "sector_name").iter_rows():
        for each in (name, f"{code} {name}"):
            if each in known:
                aliases[code] = each
    return aliases
