"""Which codes of a classification the sectors of an input-output table hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from firstlight.errors import InputError
from firstlight.schema import Data
from firstlight.texts import Name, Number, message, names

FOLDER = Path(__file__).parent
CHINESE = FOLDER / "china_42_sectors.csv"
MOSTLY = 0.9  # of the names of sectors, from which a table is of the list
TOLERANCE = 1e-6  # by which the shares of a sector may add up to more than 1
DIVISIONS = 97  # of GB/T 4754, the one classification used here whose divisions leave no number out
_SECTION = re.compile(r"[A-U](?=\d)")  # a letter before a division: C26, as published tables write


def codes_by_name(data: Data) -> dict[str, str]:
    """Sector, as it is said -> its code, where the table has names beside codes."""
    if not data.has("sector_name"):
        return {}
    pairs = data.frame.drop_nulls("sector_name").sort("year", "supplier", "sector_name")
    found = dict[str, str]()
    for code, name in pairs.select("supplier", "sector_name").iter_rows():
        found |= {name: code, f"{code} {name}": code}
    return found


def sector_codes(
    sectors: Sequence[str],
    codes: Mapping[str, str],
    tables: Mapping[str, Data],
    lists: str,
    classification: str | None = None,
) -> pl.DataFrame:
    """The codes of each sector: sector, code, share (of the sector; null where it is not known).

    Those of the table ``sectors``, where it was handed in; else a sector's own code, without the
    letter of its section.

    codes : sector -> its code in the table, for sectors that go by their names
    lists : the table that, once handed in, may name codes of any kind
    classification : of which codes are asked for, where China's own sectors may stand for them

    Raises InputError for shares of a sector that add up to more than 1, a share beside none, where
    no sector of the table has a code, and where its codes only number the sectors.
    """
    schema = {"sector": pl.String, "code": pl.String, "share": pl.Float64}
    if "sectors" not in tables:
        written = [codes.get(name, name) for name in sectors]
        if classification == "gbt4754" and (known := _chinese_sectors(sectors, written)).height:
            return known.select(*schema)
        if lists not in tables:
            _check_numbers(written)
        own = [
            (name, _SECTION.sub("", code, count=1), 1.0)
            for name, code in zip(sectors, written, strict=True)
        ]
        return pl.DataFrame(own, schema=schema, orient="row")
    given = tables["sectors"].frame.select(*schema)
    keys = pl.DataFrame(
        [(key, name) for name in sectors for key in {name, codes.get(name, name)}],
        schema={"sector": pl.String, "name": pl.String},
        orient="row",
    )
    known = given.join(keys, on="sector").select("code", "share", sector="name").unique()
    if known.is_empty():
        listed = {"sectors": names(sectors, 3), "given": names(given["sector"].unique().sort(), 3)}
        raise InputError(message("no_sector_known", **listed), FOLDER)
    _check_shares(known)
    return known.select(*schema).sort("sector", "code")


def _chinese_sectors(sectors: Sequence[str], codes: Sequence[str]) -> pl.DataFrame:
    """The divisions of GB/T 4754 that China's 42 sectors hold, where a table numbers and names its
    sectors as the tables since 2017 do; no rows for another."""
    listed = pl.read_csv(CHINESE, infer_schema=False)
    given = pl.DataFrame({"name": sectors, "number": codes}).join(
        listed, left_on="number", right_on="sector", maintain_order="left"
    )
    is_same = (pl.col("name") == pl.col("name_en")) | (pl.col("name") == pl.col("name_zh"))
    if len(sectors) != listed.height or given.filter(is_same).height < MOSTLY * listed.height:
        return pl.DataFrame()
    parts = pl.col("codes").str.split(" ")
    share = pl.when(parts.list.len() == 1).then(1.0)
    return given.select(sector="name", code=parts, share=share).explode("code")


def _check_numbers(codes: Sequence[str]) -> None:
    """Refuse codes that only number the sectors, 1, 2, 3 and on, as national tables do: 26 is then
    the 26th sector, whatever a classification means by it. ISIC has no 04."""
    if not all(code.isascii() and code.isdecimal() for code in codes):
        return
    count = len(codes)
    if count > 3 and count != DIVISIONS and sorted(map(int, codes)) == list(range(1, count + 1)):
        ends = {"first": Name(min(codes, key=int)), "last": Name(max(codes, key=int))}
        raise InputError(message("only_numbers", **ends), FOLDER)


def _check_shares(known: pl.DataFrame) -> None:
    of_sector = (
        known.sort("sector", "code")
        .group_by("sector", maintain_order=True)
        .agg(total=pl.col("share").sum(), lost=pl.col("share").null_count(), rows=pl.len())
    )
    over = of_sector.filter(pl.col("total") > 1 + TOLERANCE)
    if over.height:
        sector, total = over.select("sector", "total").row(0)
        over_one = message("shares_above_one", sector=Name(sector), share=Number(total, 3))
        raise InputError(over_one, FOLDER)
    mixed = of_sector.filter((pl.col("lost") > 0) & (pl.col("lost") < pl.col("rows")))
    if mixed.height:
        raise InputError(message("share_lacking", sector=Name(mixed["sector"][0])), FOLDER)
