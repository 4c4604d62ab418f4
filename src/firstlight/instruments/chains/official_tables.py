"""Tables in the layouts of Eurostat and of the BEA, as rows of supplier, user and value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.long_frames import native_frame, read_columns
from firstlight.texts import Name, message, names

FOLDER = Path(__file__).parent
NUMBER = r"^\s*(-?[\d.]+(?:[eE][-+]?\d+)?)"  # before a flag, as in "12.3 p"
ROWS = ("prd_ava", "prod_na", "prd_use")
COLUMNS = ("ind_use", "induse", "ind_ava")
FLOWS = ("stk_flow",)
VALUES = ("OBS_VALUE", "values", "value")
TIMES = ("TIME_PERIOD", "time")
PRODUCT = "CPA_"
TOTALS = ("CPA_TOTAL", "TOTAL", "TU", "TFU", "TS_BP", "TS_PP", "P2_ADJ", "P3", "P5")
CODES = ("Code", "IOCode", "Commodities/Industries", "Industries/Commodities")
NOTHING = ("", "...", "---", "--")


def from_eurostat(frame: Any, geo: str, *, unit: str | None = None) -> pl.DataFrame:
    """The symmetric table of a country in a file of Eurostat (naio_10_cp1700 and its sisters).

    Where the file tells domestic and imported products apart, so does the result (``origin``); else
    imports of each product (P7) become a column, competitive imports. Totals are left out.

    Parameters
    ----------
    frame
        As downloaded: SDMX-CSV, a row for each cell; or TSV, whose first column holds the codes and
        whose others are years.
    geo
        Code of the country, such as DE.
    unit
        Code of the unit, such as MIO_EUR; needed where there are several.

    Returns
    -------
    Frame with supplier, user, origin (where it is told), year, value; `structure` and `footprints`
    take it as it is.

    Raises
    ------
    InputError
        For columns that are not there, no rows of the country, and several units.

    References
    ----------
    Eurostat, metadata of naio_10 (supply, use and input-output tables, ESA 2010).

    Examples
    --------
    >>> head = "freq,unit,stk_flow,ind_use,prd_ava,geo"
    >>> codes = [f"A,MIO_EUR,TOTAL,{j},{i},DE" for i, j in [("CPA_A", "CPA_B"), ("P7", "CPA_A")]]
    >>> tsv = pl.DataFrame({head + "\\\\TIME_PERIOD": codes, "2020 ": ["5.5 p", "3"]})
    >>> from_eurostat(tsv, "DE").rows()
    [('CPA_A', 'CPA_B', 2020, 5.5), ('CPA_A', 'imports', 2020, 3.0)]
    """
    cells = _eurostat_cells(frame)
    of_country = cells.filter(pl.col("geo") == geo)
    if not of_country.height:
        known = names(cells["geo"].drop_nulls().unique().sort().to_list())
        raise InputError(message("no_geo", geo=Name(geo), known=known), FOLDER)
    units = of_country["unit"].drop_nulls().unique().sort().to_list()
    if unit is None and len(units) > 1:
        raise InputError(message("which_unit", units=names(units)), FOLDER)
    if unit is not None:
        of_country = of_country.filter(pl.col("unit") == unit)
        if not of_country.height:
            raise InputError(message("no_unit", unit=Name(unit), units=names(units)), FOLDER)
    # P6 is all exports; P6_ and more are its parts by destination
    of_country = of_country.filter(
        ~pl.col("supplier").is_in(TOTALS)
        & ~pl.col("user").is_in(TOTALS)
        & ~pl.col("user").str.starts_with("P6_")
        & pl.col("value").is_not_null()
    )
    of_country = _without_sums_of(
        _without_sums_of(of_country, "user", "P52_P53"), "supplier", "B2A3G"
    )
    return _by_origin(of_country)


def _eurostat_cells(frame: Any) -> pl.DataFrame:
    """geo, unit, flow, supplier, user, year, value; from either layout."""
    given = native_frame(frame, "frame")
    there = list(given.collect_schema().names())
    read = read_columns(given, there, "frame").with_columns(pl.all().cast(pl.String))
    first = there[0]
    if "\\" in first:
        keys = first.split("\\")[0].split(",")
        parts = pl.col(first).str.split_exact(",", len(keys) - 1).struct.rename_fields(keys)
        wide = read.with_columns(parts.alias("keys")).drop(first).unnest("keys")
        read = wide.unpivot(index=keys, variable_name="TIME_PERIOD", value_name="OBS_VALUE")
    chosen = {
        "geo": _first_of(read, ("geo",)),
        "unit": _first_of(read, ("unit",)),
        "supplier": _first_of(read, ROWS),
        "user": _first_of(read, COLUMNS),
        "year": _first_of(read, TIMES),
        "value": _first_of(read, VALUES),
    }
    flow = [name for name in FLOWS if name in read.columns]
    flows = pl.col(flow[0]) if flow else pl.lit("TOTAL")
    return read.select(**{key: pl.col(name) for key, name in chosen.items()}, flow=flows).select(
        pl.col("geo", "unit", "supplier", "user", "flow").str.strip_chars(),
        pl.col("year").str.extract(r"(\d{4})").cast(pl.Int32),
        pl.col("value").str.extract(NUMBER).cast(pl.Float64),
    )


def _first_of(read: pl.DataFrame, among: tuple[str, ...]) -> str:
    present = [name for name in among if name in read.columns]
    if not present:
        lists = {"among": names(among), "known": names(read.columns, len(read.columns))}
        raise InputError(message("no_eurostat_column", **lists), FOLDER)
    return present[0]


def _without_sums_of(cells: pl.DataFrame, side: str, whole: str) -> pl.DataFrame:
    """The cells without the parts of a total that is there, or without it where parts are."""
    parts = {"P52_P53": ("P52", "P53"), "B2A3G": ("B2A3N", "P51C")}[whole]
    there = set(cells[side])
    out = [whole] if set(parts) <= there else list(parts)
    return cells.filter(~pl.col(side).is_in(out)) if whole in there else cells


def _by_origin(cells: pl.DataFrame) -> pl.DataFrame:
    """Products by their origin where it is told; else imports as a column."""
    is_product = pl.col("supplier").str.starts_with(PRODUCT)
    products = cells.filter(is_product)
    others = cells.filter(~is_product)
    flows = set(products["flow"])
    # what is no product, such as wages, may stand under several flows, and counts once
    order = pl.col("flow").replace_strict({"TOTAL": 0, "DOM": 1}, default=2)
    others = others.sort("supplier", "user", "year", order).unique(
        ["supplier", "user", "year"], keep="first", maintain_order=True
    )
    if {"DOM", "IMP"} <= flows:
        by_flow = products.filter(pl.col("flow").is_in(["DOM", "IMP"]))
        others = others.filter(~pl.col("supplier").is_in(["P7"]))
        both = pl.concat([by_flow, others])
        kinds = {"DOM": "Domestic", "IMP": "Imports"}
        origin = pl.col("flow").replace_strict(kinds, default=None, return_dtype=pl.String)
        origin = pl.when(pl.col("supplier").str.starts_with(PRODUCT)).then(origin)
        both = both.with_columns(origin=origin)
        columns = ["supplier", "user", "origin", "year", "value"]
        return both.select(columns).sort(columns[:4], nulls_last=True)
    kept = products.filter(
        pl.col("flow") == ("TOTAL" if "TOTAL" in flows else min(flows, default=""))
    )
    imports = others.filter(pl.col("supplier") == "P7").with_columns(
        supplier="user", user=pl.lit("imports")
    )
    imports = imports.filter(pl.col("supplier").str.starts_with(PRODUCT))
    others = others.filter(pl.col("supplier") != "P7")
    columns = ["supplier", "user", "year", "value"]
    return pl.concat([kept, others, imports]).select(columns).sort(columns[:3])


def from_bea(make: Any, use: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The make and the use table of the BEA, as `symmetric` takes them.

    A sheet has codes and names in its first two columns, codes in the line that begins with Code,
    and names below; lines above it don't matter. "..." is 0. Totals (T001 and the like) are left
    out. Imports (F050) stay below 0, as they are published.

    Parameters
    ----------
    make
        Industries in rows, commodities in columns.
    use
        Commodities and value added in rows, industries and final uses in columns.

    Returns
    -------
    Frames (product, maker, value) and (product, user, value)

    Raises
    ------
    InputError
        For a sheet without a line of codes, and cells that are no numbers.

    References
    ----------
    Horowitz and Planting 2009, Concepts and Methods of the U.S. Input-Output Accounts, BEA.

    Examples
    --------
    >>> make = pl.DataFrame({"Code": ["11", "21"], "Name": ["a", "b"], "11": [9, 1], "21": [0, 7]})
    >>> use = pl.DataFrame({"Code": ["11", "V001"], "Name": ["a", "pay"], "11": [2, 3]})
    >>> made, used = from_bea(make, use)
    >>> made.row(1), used.row(1)
    (('11', '21', 1.0), ('V001', '11', 3.0))
    """
    made = _bea_cells(make, "make").rename({"row": "maker", "column": "product"})
    used = _bea_cells(use, "use").rename({"row": "product", "column": "user"})
    return made.select("product", "maker", "value").sort("product", "maker"), used


def _bea_cells(sheet: Any, name: str) -> pl.DataFrame:
    """row, column, value"""
    given = native_frame(sheet, name)
    there = list(given.collect_schema().names())
    read = read_columns(given, there, name).with_columns(pl.all().cast(pl.String))
    lines = [tuple(there), *read.iter_rows()]
    at = [k for k, line in enumerate(lines) if str(line[0] or "").strip() in CODES]
    if not at:
        raise InputError(message("no_bea_codes", table=Name(name), codes=names(CODES)), FOLDER)
    heads = [str(head or "").strip() for head in lines[at[0]]]
    rows = list[tuple[str, str, float]]()
    for line in lines[at[0] + 1 :]:
        row = str(line[0] or "").strip()
        if not row or row in CODES or _is_total(row):
            continue
        for head, cell in list(zip(heads, line, strict=True))[2:]:
            if head and not _is_total(head):
                rows.append((row, head, _bea_number(cell, row, head, name)))
    return pl.DataFrame(rows, schema=["row", "column", "value"], orient="row")


def _is_total(code: str) -> bool:
    """Whether a code is that of a total, such as T005 or VABAS."""
    return (code[:1] == "T" and code[1:4].isdigit()) or code in ("VABAS", "VAPRO")


def _bea_number(cell: str | None, row: str, column: str, name: str) -> float:
    text = (cell or "").strip().replace(",", "")
    if text in NOTHING:
        return 0.0
    try:
        return float(text)
    except ValueError as error:
        place = {"row": Name(row), "column": Name(column), "table": Name(name)}
        raise InputError(message("no_bea_number", cell=Name(text), **place), FOLDER) from error
