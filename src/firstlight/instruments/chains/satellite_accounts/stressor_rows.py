"""Stressors joined to the sectors of a table: by their names, or by a concordance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.errors import InputError
from firstlight.instruments.chains.io_table import FINAL, OF_BOTH_SIDES
from firstlight.instruments.chains.satellite_accounts.economy import ONE, Economy
from firstlight.instruments.chains.sector_concordance import sector_shares
from firstlight.instruments.chains.table_blocks import SUMS, blocks_of
from firstlight.texts import Count, Figure, Message, Name, Year, message, names

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
TOLERANCE = 1e-9  # of a stated total, by which the rows may miss it
STRESSORS = roles.Table(
    {
        "stressor": roles.Key(),
        "sector": roles.Key(is_heading=True),
        "place": roles.Key(may_be_empty=True),
        "year": roles.Year(),
        "value": roles.Number(),
        "activity": roles.Number("zero"),
        "unit": roles.Label(),
    },
    may_lack=("place", "year", "activity", "unit"),
)


@dataclass(frozen=True)
class Stressors:
    """k stressors of an economy of n sectors.

    Attributes
    ----------
    names
        k names, in their order.
    units
        k units; "" where none is told.
    amounts
        (n, k), of sectors.
    direct
        Country -> (k,), of final users themselves.
    cells
        stressor, place, sector (or final use), at (its number, null for final uses), value,
        activity.
    told
        What was assumed.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    amounts: Floats
    direct: Mapping[str, Floats]
    cells: pl.DataFrame
    told: tuple[Message, ...]

    @property
    def all_direct(self) -> Floats:
        """(k,), of final users of all countries."""
        return np.asarray(np.sum([np.zeros(len(self.names)), *self.direct.values()], axis=0))

    @property
    def territory(self) -> Floats:
        """(k,), of sectors and final users."""
        return np.asarray(self.amounts.sum(axis=0) + self.all_direct)


def joined(
    rows: pl.DataFrame,
    economy: Economy,
    aliases: Mapping[str, str],
    concordance: pl.DataFrame | None,
    year: int | None,
    users: Mapping[str, str],
) -> Stressors:
    """The stressors of a year, at the sectors of the economy.

    aliases     : code -> sector
    concordance : from, to, weight; None where sectors are written as in the table
    year        : that of the table; None where stressors have no years
    users       : name -> block, as `final_users` says

    Raises InputError for no rows of the year, sectors and countries that are not in the table,
    cells without numbers, and several units of one stressor.
    """
    rows_of_year = _at_countries(_of_year(rows, year), economy)
    empty = rows_of_year.filter(pl.col("value").is_null())
    if empty.height:
        first = {"stressor": Name(empty["stressor"][0]), "sector": Name(empty["sector"][0])}
        raise InputError(message("no_amount", count=Count(empty.height), **first), FOLDER)
    units = _units(rows_of_year)
    known = (
        pl.Series(list(aliases), dtype=pl.String),
        pl.Series(list(aliases.values()), dtype=pl.String),
    )
    if concordance is not None:
        concordance = concordance.with_columns(pl.col("to").replace(*known))
    split, notes = _converted(rows_of_year, economy, concordance)
    split, sums = _placed(split.with_columns(pl.col("sector").replace(*known)), economy, users)
    of = {name: j for j, name in enumerate(units)}
    split = split.with_columns(of=pl.col("stressor").replace_strict(of, return_dtype=pl.Int64))
    amounts = np.zeros((len(economy.goods), len(of)))
    made = split.drop_nulls("at").sort("of", "at", "place", nulls_last=True)
    at = made["at"].to_numpy(), made["of"].to_numpy()
    np.add.at(amounts, at, made["value"].to_numpy())
    direct = dict[str, Floats]()
    for place, j, value in (
        split.filter(pl.col("at").is_null())
        .sort("place", "of", "value", nulls_last=True)
        .select("place", "of", "value")
        .iter_rows()
    ):
        key = place if economy.is_of_many else ONE
        direct.setdefault(key, np.zeros(len(of)))[j] += value
    cells = split.select("stressor", "place", "sector", "at", "value", "activity")
    notes = (*notes, *_stated_totals(split, sums))
    return Stressors(
        tuple(units), tuple(units.values()), amounts, dict(sorted(direct.items())), cells, notes
    )


def _stated_totals(cells: pl.DataFrame, sums: pl.DataFrame) -> list[Message]:
    """Whether a total among the rows, if there is one alone, is what the others add up to."""
    if sums["sector"].n_unique() != 1:
        return []
    keys = ["stressor", "place"]
    added = cells.group_by(keys).agg(added=pl.col("value").sort().sum())
    both = sums.join(added, on=keys, how="inner", nulls_equal=True)
    gap = (pl.col("value") - pl.col("added")).abs()
    off = both.filter(gap > TOLERANCE * pl.col("value").abs())
    if not off.height:
        return []
    share = (gap / pl.col("value").abs()).round(12)
    worst = off.sort(share, *keys, descending=[True, False, False], nulls_last=True)
    first = worst.row(0, named=True)
    values = {"stated": Figure(first["value"]), "gap": Figure(first["value"] - first["added"])}
    named = Name(first["stressor"])
    return [message("total_off", count=Count(off.height), stressor=named, **values)]


def _of_year(rows: pl.DataFrame, year: int | None) -> pl.DataFrame:
    there = rows["year"].drop_nulls().unique().sort().to_list()
    if not there:
        return rows
    if year is None:
        if len(there) > 1:
            raise InputError(message("which_year", count=Count(len(there))), FOLDER)
        return rows
    of_year = rows.filter(pl.col("year") == year)
    if not of_year.height:
        span = {"first": Year(there[0]), "last": Year(there[-1])}
        raise InputError(message("no_such_year", year=Year(year), **span), FOLDER)
    return of_year


def _at_countries(rows: pl.DataFrame, economy: Economy) -> pl.DataFrame:
    """The rows with the countries that sectors begin with, where the table's do and none is said;
    parts of countries under what they count as."""
    countries = economy.countries
    if countries is None:
        return rows
    if countries.rows.sign is not None:
        parts = countries.rows.split(rows["sector"])
        rows = rows.join(parts, left_on="sector", right_on="label", maintain_order="left")
        is_said = pl.col("place").is_not_null() | ~pl.col("country").is_in(economy.places)
        rows = rows.with_columns(
            place=pl.coalesce("place", pl.when(~is_said).then("country")),
            sector=pl.when(is_said).then("sector").otherwise("name"),
        ).drop("country", "name")
    return rows.with_columns(pl.col("place").replace(countries.parts))


def _units(rows: pl.DataFrame) -> dict[str, str]:
    units = dict.fromkeys(rows["stressor"].unique().sort().to_list(), "")
    pairs = rows.select("stressor", "unit").drop_nulls().unique().sort("stressor", "unit")
    for stressor, unit in pairs.iter_rows():
        if units[stressor]:
            both = names([units[stressor], unit])
            raise InputError(message("units_differ", stressor=Name(stressor), units=both), FOLDER)
        units[stressor] = unit
    return units


def _converted(
    rows: pl.DataFrame, economy: Economy, concordance: pl.DataFrame | None
) -> tuple[pl.DataFrame, tuple[Message, ...]]:
    """The rows at the sectors that a concordance says, and what was left out or split."""
    if concordance is None:
        return rows, ()
    sizes = dict[str, float]()
    for good, output in zip(economy.goods, economy.used.output.tolist(), strict=True):
        sizes[good] = sizes.get(good, 0.0) + output
    shares = sector_shares(concordance, sizes)
    notes = list[Message]()
    has = set(rows["sector"])
    left_out = sorted(set(concordance.filter(pl.col("to").is_null())["from"]) & has)
    left_out = [name for name in left_out if name not in set(shares["from"])]
    if left_out:
        notes.append(message("left_out", count=Count(len(left_out)), sectors=names(left_out)))
    several = shares.filter(pl.len().over("from") > 1)["from"].unique().sort().to_list()
    split = [name for name in several if name in has]
    if split:
        notes.append(message("split", count=Count(len(split)), sectors=names(split)))
    kept = rows.filter(~pl.col("sector").is_in(left_out))
    converted = kept.join(shares, left_on="sector", right_on="from", how="left")
    weight = pl.col("weight").fill_null(1.0)
    return converted.with_columns(
        sector=pl.coalesce("to", "sector"),
        value=pl.col("value") * weight,
        activity=pl.col("activity") * weight,
    ), tuple(notes)


def _placed(
    rows: pl.DataFrame, economy: Economy, final: Mapping[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with the number of their sector, null for final users; and rows of sums."""
    goods = set(economy.goods)
    others = sorted(set(rows["sector"]) - goods)
    blocks = blocks_of(others, "", final)
    sums = [name for name in others if blocks[name] in SUMS | OF_BOTH_SIDES]
    users = [name for name in others if blocks[name] in FINAL]
    unknown = [name for name in others if name not in {*sums, *users}]
    if unknown:
        listed = {"sectors": names(unknown), "known": names(sorted(goods))}
        raise InputError(message("no_such_sector", count=Count(len(unknown)), **listed), FOLDER)
    totals = rows.filter(pl.col("sector").is_in(sums))
    rows = rows.filter(~pl.col("sector").is_in(sums))
    order = pl.DataFrame(
        {"where": economy.places, "sector": economy.goods, "at": range(len(economy.goods))}
    )
    where = pl.col("place") if economy.is_of_many else pl.lit(ONE)
    placed = rows.with_columns(where=where).join(order, on=["where", "sector"], how="left")
    homeless = placed.filter(pl.col("at").is_null() & pl.col("sector").is_in(sorted(goods)))
    if economy.is_of_many:
        lacking = placed.filter(pl.col("place").is_null())
        homeless = pl.concat([homeless, lacking]).sort("where", "sector", nulls_last=True)
    if homeless.height:
        first = {"place": Name(homeless["where"][0] or "—"), "sector": Name(homeless["sector"][0])}
        raise InputError(message("no_such_country", count=Count(homeless.height), **first), FOLDER)
    return placed.drop("where"), totals
