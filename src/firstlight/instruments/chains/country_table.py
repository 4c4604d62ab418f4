"""The input-output tables of many countries in a data frame, one for each year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.country_rows import (
    CountryRows,
    counted_as,
    country_rows,
)
from firstlight.instruments.chains.io_table import (
    FINAL,
    IOTable,
    refuse_empty,
    sector_names,
    table_of,
)
from firstlight.instruments.chains.table_blocks import blocks_of, without_sums
from firstlight.instruments.chains.yearly_tables import by_year, labelled
from firstlight.schema import Data
from firstlight.texts import Count, Message, Name, message, names

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
NOWHERE = ""  # the country of final users that have none
BETWEEN = "\x1f"  # parts a country from a sector in a label, and stands in no name


@dataclass(frozen=True)
class CountryTable:
    """An input-output table of n industries of several countries.

    Attributes
    ----------
    table
        Its sectors are called by country and industry, and sorted by both.
    places
        n countries, or what they count as.
    goods
        n industries.
    final
        (country, block) -> (n,), what final users of a country take.
    stated
        (n,), the outputs that the table states by row, nan where there is none; None for no such
        column.
    rows
        As read, for what else is written as they are.
    parts
        Country -> what it counts as, for parts of others.
    said
        What a reader has to know of it.
    """

    table: IOTable
    places: tuple[str, ...]
    goods: tuple[str, ...]
    final: Mapping[tuple[str, str], Floats]
    stated: Floats | None
    rows: CountryRows
    parts: Mapping[str, str]
    said: tuple[Message, ...]


def read_country_tables(data: Data, *, keeps_parts: bool) -> dict[int | None, CountryTable]:
    """Year -> table, the years in their order; None -> the only one where there are no years.

    An industry is a name that sells and buys, be it in different countries. Those of countries that
    count as one stay apart, or are added up.

    Raises InputError for names without a country, cells without a number, groups of countries that
    are not in the table, and what is no square table.
    """
    rows = country_rows(data)
    blocks = labelled(data)
    groups = _groups(data, rows.frame)
    return {
        year: _table(rows, cells, blocks, groups, keeps_parts=keeps_parts)
        for year, cells in by_year(data, rows.frame).items()
    }


def _groups(data: Data, rows: pl.DataFrame) -> dict[str, str]:
    """Country -> group, as the caller says."""
    if "groups" not in data.tables:
        return {}
    groups = dict(data.tables["groups"].frame.drop_nulls().iter_rows())
    known = {*rows["supplier_country"].drop_nulls(), *rows["user_country"].drop_nulls()}
    unknown = sorted(set(groups) - known)
    if unknown:
        lists = {"countries": names(unknown), "known": names(sorted(known))}
        raise InputError(message("unknown_countries", **lists), FOLDER)
    return groups


def _table(
    read: CountryRows,
    rows: pl.DataFrame,
    told: Mapping[str, str],
    groups: Mapping[str, str],
    *,
    keeps_parts: bool,
) -> CountryTable:
    countries = pl.concat([rows["supplier_country"], rows["user_country"]])
    parts, said = counted_as(countries, groups)
    if parts and not keeps_parts:
        rows = _added_up(rows, parts)
    sectors = _sectors(rows, told)
    rows = _labelled(_labelled(rows, "supplier", sectors), "user", sectors)
    _refuse_empty(rows, sectors)
    labels = sectors["label"].to_list()
    table = table_of(rows.select("supplier", "user", "value"), told, labels)
    blocks = blocks_of(rows["user"].unique().sort(), "other_uses", told)
    stated = _stated(rows, sectors, blocks)
    final = dict[tuple[str, str], Floats]()
    for country, block, amounts in _final(rows, table.sectors, blocks):
        key = parts.get(country, country), block
        final[key] = final[key] + amounts if key in final else amounts
    places = sectors["country"].to_list()
    goods = sectors["industry"].to_list()
    called = tuple(f"{place} {good}" for place, good in zip(places, goods, strict=True))
    places = [parts.get(place, place) for place in places]
    table = replace(table, sectors=called)
    return CountryTable(table, tuple(places), tuple(goods), final, stated, read, parts, tuple(said))


def _added_up(rows: pl.DataFrame, parts: Mapping[str, str]) -> pl.DataFrame:
    """The rows of countries that count as one together."""
    sides = pl.col("supplier_country", "user_country").replace(parts)
    keys = ["supplier_country", "supplier", "user_country", "user"]
    # sorted, the sum of floats is the same in any order of rows; a cell that is missing stays so
    value = pl.when(~pl.col("value").has_nulls()).then(pl.col("value").sort().sum())
    return rows.with_columns(sides).group_by(keys, maintain_order=True).agg(value)


def _sectors(rows: pl.DataFrame, blocks: Mapping[str, str]) -> pl.DataFrame:
    """country, industry and label of what both sells and buys, under one name, sorted."""
    industries = sector_names(rows["supplier"].unique(), rows["user"].unique(), blocks)
    sides = [
        rows.select(country=f"{side}_country", industry=side)
        .filter(pl.col("industry").is_in(industries))
        .unique()
        for side in ("supplier", "user")
    ]
    for side, own in zip(("supplier_country", "user_country"), sides, strict=True):
        lacking = own.filter(pl.col("country").is_null())["industry"].sort().to_list()
        if lacking:
            wrong = message(
                "no_country", count=Count(len(lacking)), names=names(lacking), column=Name(side)
            )
            raise InputError(wrong, FOLDER)
    return (
        pl.concat(sides)
        .unique()
        .sort("country", "industry")
        .with_columns(label=pl.concat_str("country", "industry", separator=BETWEEN))
    )


def _labelled(rows: pl.DataFrame, side: str, sectors: pl.DataFrame) -> pl.DataFrame:
    """The rows with the labels of sectors, where they are, in the place of names."""
    known = sectors.rename({"country": f"{side}_country", "industry": side})
    joined = rows.join(known, on=[f"{side}_country", side], how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("label", side).alias(side)).drop("label")


def _refuse_empty(rows: pl.DataFrame, sectors: pl.DataFrame) -> None:
    """Raise InputError for a cell of a sector that has no number."""
    known = sectors["label"].implode()
    inner = rows.filter(pl.col("supplier").is_in(known) | pl.col("user").is_in(known))
    called = pl.col("supplier", "user").str.replace(BETWEEN, " ", literal=True)
    refuse_empty(inner.with_columns(called))


def _stated(rows: pl.DataFrame, sectors: pl.DataFrame, blocks: Mapping[str, str]) -> Floats | None:
    """(n,), the outputs that the table states, nan where a cell is not there."""
    columns = [name for name, block in blocks.items() if block == "output"]
    cells = rows.filter(pl.col("user").is_in(columns)).sort("supplier", "user")
    if not cells.height:
        return None
    order = sectors.select(supplier="label")
    cells = cells.unique("supplier", keep="last").select("supplier", "value")
    ordered = order.join(cells, on="supplier", how="left", maintain_order="left")
    return ordered["value"].fill_null(np.nan).to_numpy()


def _final(
    rows: pl.DataFrame, sectors: Sequence[str], blocks: Mapping[str, str]
) -> Iterator[tuple[str, str, Floats]]:
    """What final users of each country buy: country, block, (n,)."""
    order = pl.DataFrame({"supplier": sectors, "at": range(len(sectors))})
    known = set(sectors)
    final = {name: block for name, block in blocks.items() if block in FINAL and name not in known}
    cells = rows.filter(pl.col("user").is_in(list(final))).join(order, on="supplier")
    cells = cells.with_columns(
        pl.col("user_country").fill_null(NOWHERE),
        block=pl.col("user").replace_strict(final, return_dtype=pl.String),
    )
    summed = cells.group_by("user_country", "block", "at").agg(pl.col("value").sort().sum())
    for (country,), own in sorted(summed.partition_by("user_country", as_dict=True).items()):
        demands = dict[str, Floats]()
        for (block,), part in sorted(own.partition_by("block", as_dict=True).items()):
            demands[str(block)] = np.zeros(len(sectors))
            demands[str(block)][part["at"].to_numpy()] = part["value"].to_numpy()
        for name, amounts in without_sums(demands).items():
            yield str(country), name, amounts
