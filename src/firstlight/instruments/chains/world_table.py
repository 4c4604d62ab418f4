"""A world input-output table: what industries of countries deliver to one another and to final
users of each country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.country_table import (
    NOWHERE,
    CountryTable,
    read_country_tables,
)
from firstlight.instruments.chains.io_table import FINAL, per_output, refuse_nothing
from firstlight.instruments.chains.leontief import ProductionSystem, check_shapes
from firstlight.instruments.chains.table_blocks import blocks_of
from firstlight.schema import Data
from firstlight.texts import Count, Message, Name, Share, message, names

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
ROUNDING = 1e-12  # of all that an industry delivers, below which its sum is 0
WIDE_GAP = 1e-6  # of all output, from which a gap is told


@dataclass(frozen=True)
class WorldTable:
    """A world input-output table of n industries of G countries, and what follows from it.

    Value added is output less inputs, so that what a unit is worth is the value added of some
    industry of the world. What an industry without output buys is final use; what it delivers,
    from stock, is worth its own country's value added.

    Attributes
    ----------
    countries
        G names, also of countries that only use.
    industries
        n names, those of one country together.
    country
        (n,), the country's number.
    flows
        (n, n), what the row delivers to the column.
    final
        (n, G), what the row delivers to final users of a country.
    """

    countries: tuple[str, ...]
    industries: tuple[str, ...]
    country: NDArray[np.int64]
    flows: Floats
    final: Floats

    @property
    def places(self) -> list[str]:
        """n names, the country of each row."""
        return [self.countries[g] for g in self.country]

    @property
    def sectors(self) -> tuple[str, ...]:
        """n names: country and industry."""
        pairs = zip(self.places, self.industries, strict=True)
        return tuple(f"{country} {industry}" for country, industry in pairs)

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        """The rows of each country."""
        ends = np.searchsorted(self.country, np.arange(len(self.countries) + 1))
        return tuple(slice(int(low), int(high)) for low, high in pairwise(ends))

    @cached_property
    def of_country(self) -> Floats:
        """(n, G), 1 where the row is of the country."""
        return np.asarray(self.country[:, None] == np.arange(len(self.countries)), float)

    @cached_property
    def output(self) -> Floats:
        """(n,), what each delivers in all."""
        parts = np.abs(self.flows).sum(axis=1) + np.abs(self.final).sum(axis=1)
        whole = self.flows.sum(axis=1) + self.final.sum(axis=1)
        return np.where(np.abs(whole) <= ROUNDING * parts, 0.0, whole)

    @cached_property
    def coefficients(self) -> Floats:
        """(n, n), A: inputs for a unit of output."""
        return per_output(self.flows, self.output)

    @cached_property
    def value_added_share(self) -> Floats:
        """(n,), v: value added for a unit of output."""
        return np.where(self.delivers, 1 - self.coefficients.sum(axis=0), 0.0)

    @property
    def delivers(self) -> NDArray[np.bool_]:
        """(n,), whether the row has a cell that is not 0, though they may add up to 0."""
        return np.asarray((self.flows != 0).any(axis=1) | (self.final != 0).any(axis=1))

    @property
    def value_added(self) -> Floats:
        """(n,), output less inputs."""
        return self.value_added_share * self.output

    @cached_property
    def system(self) -> ProductionSystem:
        """I - A, factorised once."""
        return ProductionSystem(self.coefficients, self.sectors)

    @cached_property
    def content(self) -> Floats:
        """(G, n), V B: the value added of each country in a unit of the column; columns sum to 1
        where there is output."""
        by_country = self.value_added_share[:, None] * self.of_country
        return self.system.multipliers(by_country).T

    @cached_property
    def absorbed(self) -> Floats:
        """(n, G), B Y: the output of the row that ends with final users of the column."""
        return self.system.requirements(self.final)

    @cached_property
    def exported_inputs(self) -> Floats:
        """(n, G), what the row delivers to industries of other countries."""
        return np.where(self.of_country > 0, 0.0, self.flows @ self.of_country)

    @cached_property
    def exported_goods(self) -> Floats:
        """(n, G), what the row delivers to final users of other countries."""
        return np.where(self.of_country > 0, 0.0, self.final)

    @property
    def final_at_home(self) -> Floats:
        """(n,), what the row delivers to final users of its own country."""
        return np.asarray(self.final[np.arange(len(self.country)), self.country])

    def needed_abroad(self, output: Floats) -> Floats:
        """A_sr x_r: inputs of the row for an output of each other country.

        Parameters
        ----------
        output
            (n,), of each industry.

        Returns
        -------
        (n, G), in the unit of the output; 0 for the row's own country.
        """
        needed = (self.coefficients * output) @ self.of_country
        return np.where(self.of_country > 0, 0.0, needed)

    @cached_property
    def exports(self) -> Floats:
        """(n, G), gross exports to each country; 0 to its own."""
        return self.exported_inputs + self.exported_goods

    @cached_property
    def local_system(self) -> tuple[Floats, ...]:
        """(N, N) for each country: I - A of its own industries among themselves."""
        parts = (
            (self.coefficients[block, block], block.stop - block.start) for block in self.blocks
        )
        return tuple(np.eye(size) - a for a, size in parts)

    def locally_required(self, demand: Floats) -> Floats:
        """L f: output that a demand needs of its own country's industries, no border crossed.

        Parameters
        ----------
        demand
            (n,), or (n, k) for k of them.

        Returns
        -------
        (n,) or (n, k), in the unit of the demand.

        Raises
        ------
        numpy.linalg.LinAlgError
            Where I - A of a country's own industries is singular.
        """
        parts = zip(self.local_system, self.blocks, strict=True)
        return np.concatenate([np.linalg.solve(own, demand[block]) for own, block in parts])

    @cached_property
    def local_content(self) -> Floats:
        """(n,), V L: value added of its own country in a unit, no border crossed before."""
        v = self.value_added_share
        parts = zip(self.local_system, self.blocks, strict=True)
        return np.concatenate([np.linalg.solve(own.T, v[block]) for own, block in parts])

    def by_country(self, rows: Floats) -> Floats:
        """The sums of rows over each country's industries.

        Parameters
        ----------
        rows
            (n, ...), a row for each industry.

        Returns
        -------
        (G, ...), 0 for a country that only uses.
        """
        return np.array([rows[block].sum(axis=0) for block in self.blocks])

    def own_content(self) -> Floats:
        """Value added of its own country in a unit of the row, whatever it crossed.

        Returns
        -------
        (n,), shares of the unit.

        Raises
        ------
        InputError
            For a table whose industries can't meet every final demand.
        """
        return self.content[self.country, np.arange(len(self.country))]


def country_pairs(table: WorldTable, other: str, **values: Floats) -> pl.DataFrame:
    """A row for each two countries: country, the one that is called ``other``, and (G, G) values of
    the row's country to the column's."""
    size = len(table.countries)
    names_of = pl.Series(table.countries, dtype=pl.String)
    one, two = np.divmod(np.arange(size * size), size)
    columns = {"country": names_of[one], other: names_of[two]}
    return pl.DataFrame(columns | {name: matrix.ravel() for name, matrix in values.items()})


def world_table(
    flows: ArrayLike,
    final: ArrayLike,
    countries: Sequence[str],
    industries: Sequence[str],
    users: Sequence[str],
    output: ArrayLike | None = None,
) -> WorldTable:
    """A world table of matrices, its countries and rows in the order in which these were given, but
    that rows of one country stand together.

    Parameters
    ----------
    flows
        (n, n), what the row delivers to the column.
    final
        (n, k), what the row delivers to final users.
    countries
        n names, of each row; one country may have several rows of one industry.
    industries
        n names, of each row.
    users
        k names, of the country of each column of ``final``; several columns of one are added up.
    output
        (n,), where the table states it; what the rows lack of it counts as final use at home.

    Returns
    -------
    WorldTable

    Raises
    ------
    InputError
        For matrices of other sizes, and fewer than two countries.

    Examples
    --------
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> table.exports.tolist(), table.value_added.tolist()
    ([[0.0, 3.0], [5.0, 0.0]], [5.0, 7.0])
    """
    z = np.array(flows, float)
    y = np.array(final, float)
    size = len(countries)
    named = np.array(industries, dtype=object), (size,)
    check_shapes(size, flows=(z, (size, size)), final=(y, (size, len(users))), industries=named)
    all_of = tuple(dict.fromkeys([*countries, *users]))
    if len(set(countries)) < 2:
        raise InputError(message("one_country", countries=names(sorted(set(countries)))), FOLDER)
    number = {name: g for g, name in enumerate(all_of)}
    order = np.argsort([number[name] for name in countries], kind="stable")
    uses = np.array([number[name] for name in users])[:, None] == np.arange(len(all_of))
    z = z[np.ix_(order, order)]
    y = (y @ uses)[order]
    country = np.array([number[countries[i]] for i in order], dtype=np.int64)
    if output is not None:
        lacking = np.asarray(output, float)[order] - z.sum(axis=1) - y.sum(axis=1)
        y[np.arange(size), country] += lacking
    table = WorldTable(all_of, tuple(industries[i] for i in order), country, z, y)
    # A divides by output: what has none can't be told by coefficients
    idle = table.output == 0
    if not z[:, idle].any():
        return table
    used = y + z[:, idle] @ table.of_country[idle]  # bought, and no output to be an input of
    return replace(table, flows=np.where(idle, 0.0, z), final=used)


def read_world_tables(data: Data) -> dict[int | None, tuple[WorldTable, list[Message]]]:
    """Year -> the table and what has to be said of it, the years in their order; None -> the only
    one where there are no years.

    Raises InputError as `read_country_tables` does, for final users without a country, and fewer
    than two countries.
    """
    return {
        year: _world_of(read) for year, read in read_country_tables(data, keeps_parts=True).items()
    }


def _world_of(read: CountryTable) -> tuple[WorldTable, list[Message]]:
    _refuse_nowhere(read)
    users = [country for country, _ in read.final]
    columns = list(read.final.values())
    final = np.column_stack(columns) if columns else np.zeros((len(read.goods), 0))
    sums = read.table.flows.sum(axis=1) + final.sum(axis=1)
    stated = read.stated
    if stated is not None:
        stated = np.where(np.isnan(stated), sums, stated)
    table = world_table(read.table.flows, final, read.places, read.goods, users, stated)
    refuse_nothing(table.output)
    gap = 0.0 if stated is None else float(np.abs(stated - sums).sum())
    return table, [*read.said, *_oddities(table, gap, read.table.value_added)]


def _refuse_nowhere(read: CountryTable) -> None:
    """Raise InputError for final users without a country."""
    if any(country == NOWHERE for country, _ in read.final):
        rows = read.rows.frame.drop_nulls("supplier_country")
        users = rows.filter(pl.col("user_country").is_null())["user"].unique().sort()
        lacking = [name for name, block in blocks_of(users, "other_uses").items() if block in FINAL]
        listed = names(lacking)
        column = Name("user_country")
        wrong = message("no_country", count=Count(len(lacking)), names=listed, column=column)
        raise InputError(wrong, FOLDER)


def _oddities(table: WorldTable, gap: float, stated: Floats | None) -> list[Message]:
    """What a reader has to know of a table before its figures.

    gap    : what rows and the outputs stated differ by, in sum
    stated : (n,), the value added that the table states
    """
    said = list[Message]()
    whole = float(np.abs(table.output).sum())
    if gap > WIDE_GAP * whole:
        said.append(message("stated_output", share=Share(gap / whole, digits=3)))
    if stated is not None:
        gap = float(table.value_added.sum() - stated.sum()) / whole
        if abs(gap) > WIDE_GAP:
            said.append(message("taxes_within", share=Share(abs(gap), digits=2)))
    makes = table.output > 0
    negative = np.flatnonzero(makes & (table.value_added < -WIDE_GAP * table.output))
    if len(negative):
        listed = [table.sectors[i] for i in negative]
        said.append(message("adds_nothing", count=Count(len(listed)), sectors=names(listed)))
    below = [table.sectors[i] for i in np.flatnonzero(table.output < 0)]
    if below:
        said.append(message("below_nothing", count=Count(len(below)), sectors=names(below)))
    idle = int(((table.output == 0) & table.delivers).sum())
    if idle:
        said.append(message("from_stock", count=Count(idle)))
    return said
