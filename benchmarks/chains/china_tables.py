"""China's national input-output tables of nine years in one list of 25 sectors, as rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

FILES: Mapping[int, str] = {
    2002: "2002_122",
    2005: "2005_42",
    2007: "2007_135",
    2010: "2010_41",
    2012: "2012_139",
    2015: "2015_42",
    2017: "2017_42",
    2018: "2018_42",
    2020: "2020_42",
}
LISTS = Path(__file__).with_name("china_sectors.csv")
NO_USER = ("Description", "DescriptionInChinese", "TIU", "TFU", "GCF", "THC")
CONSUMPTION = ("FU101", "FU102", "FU103", "TC")
NO_SUPPLIER = ("TII", "TVA")


def sectors_of(columns: str) -> dict[str, str]:
    """Code of a table's sector -> sector of the common list; columns : which table's codes.

    >>> sectors_of("2017_42")["20"]
    'electronics'
    """
    found = {}
    for sector, codes in pl.read_csv(LISTS, infer_schema=False).select("sector", columns).rows():
        first, _, last = codes.partition("-")
        for code in range(int(first), int(last or first) + 1):
            found[str(code).zfill(len(first))] = sector
    return found


def as_published(data: Path, year: int) -> pl.DataFrame:
    """A row for each cell of a table that holds a number: supplier, origin, user, value (10,000
    yuan); origin is "Domestic" where the table does not tell."""
    wide = pl.read_csv(data / "io" / f"china_{FILES[year]}.csv", infer_schema=False)
    if "Origin" not in wide.columns:
        wide = wide.with_columns(Origin=pl.lit("Domestic"))
    cells = wide.drop([name for name in NO_USER if name in wide.columns])
    return (
        cells.unpivot(index=["Code", "Origin"], variable_name="user")
        .filter(pl.col("value") != "NA")
        .select("user", supplier="Code", origin="Origin", value=pl.col("value").cast(pl.Float64))
    )


def in_one_list(data: Path, year: int, *, is_split: bool = False) -> pl.DataFrame:
    """The rows of a year in 25 sectors: supplier, user, value, and origin where imports are split.

    Consumption is one use. Where the published table has imported goods in rows of their own and
    ``is_split`` does not ask for them, they join the others and stand in a column of imports, as in
    the tables of other years.
    """
    rows = as_published(data, year).filter(~pl.col("supplier").is_in(NO_SUPPLIER))
    if "TC" in rows["user"].unique() and "FU103" in rows["user"].unique():
        rows = rows.filter(pl.col("user") != "TC")
    named = sectors_of(FILES[year] if year < 2018 else FILES[2017])
    rows = rows.with_columns(
        pl.col("supplier").replace(named),
        pl.when(pl.col("user").is_in(CONSUMPTION))
        .then(pl.lit("TC"))
        .otherwise(pl.col("user").replace(named))
        .alias("user"),
    )
    is_sector = pl.col("supplier").is_in(list(named.values()))
    rows = rows.filter(is_sector | pl.col("user").is_in(list(named.values())))
    imported = (pl.col("origin") == "Imports") & is_sector
    abroad = rows.filter(imported)
    is_total = imported & (pl.col("user") == "GO")
    if is_split or abroad.is_empty():
        kept = rows.filter(~is_total)
    else:
        bought = abroad.filter(pl.col("user") == "GO").with_columns(user=pl.lit("IM"))
        kept = pl.concat([rows.filter(~is_total), bought])
    keys = ["supplier", "user", *(["origin"] if is_split else [])]
    return (
        kept.group_by(keys)
        .agg(pl.col("value").sum())
        .sort(keys)
        .with_columns(year=pl.lit(year, pl.Int32))
    )


def tables(data: Path) -> pl.DataFrame:
    """All years, with imports in a column."""
    return pl.concat([in_one_list(data, year) for year in FILES])
