"""Wide tables made long: one column per year or month, and one row per indicator."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from firstlight.errors import InputError
from firstlight.sources.columns import parted, plain
from firstlight.sources.dates import MONTH_NAME, Dated, fiscal_years, parse_date
from firstlight.sources.limits import check
from firstlight.sources.raw import ROW
from firstlight.sources.texts import clean_text, western_year
from firstlight.sources.written_numbers import typed_as_text
from firstlight.texts import Name, Year, message
from firstlight.texts import names as listed

FOLDER = Path(__file__).parent

# 1990, 1990年, 1990.0, X1990, FY1990, 1990 [YR1990]; GDP_1990, gdp1990; 1990年产值
_YEAR_ALONE = re.compile(
    r"^(?:[xy]|fy|yr)?\s?((?:1[5-9]|20|21)\d\d)(?:\s0)?\s?年?(?:度)?(?:\s?\[yr\d{4}\])?$"
)
# the mark of a footnote, or of a number that is not final, behind a year: 2019*, 2019 (e)
_MARK = re.compile(
    r"(?<=[\d年])(?:\s?(?:[*†‡§¹²³⁴-⁹①-⑳]+|[bepr]|\d\)|[(（](?:[bepr]|初步|初值|快报|修订)[)）]))$",
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(r"^(.*?\D)\s?((?:1[5-9]|20|21)\d\d)\s?年?$")
# the year of 2019年产值, and what follows it; 2019 年末人口 holds at its end
_YEAR_FIRST = re.compile(r"^((?:1[5-9]|20|21)\d\d)(?:\s?年(?!末|初|底|均)度?)?\s?(\D+)$")
# Jan-12, as a spreadsheet shows a month; 2012M01, as statistical offices write it
_MONTH_SHORT = re.compile(rf"^({MONTH_NAME})[\s'’]*(\d\d)$")
_MONTH_MARKED = re.compile(r"^((?:19|20)\d\d)\s?m(\d\d?)$")
FEWEST_PERIODS = 3  # columns named for years or months that make a table by year or month
# a code of the row or a sum of its cells, among columns that are parts
_NO_PART = re.compile(
    r"^(?:(?:grand |sub ?)?total|all|sum|code|id|adcode|合计|总计|小计|总和|全部|序号)$|"
    r"(?:\scode|\sid|代码|编码|编号)$"
)
VALUE = "value"
_CELL_BYTES = 16


def year_columns(names: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Column -> (what it holds, year), for columns that are named for a year, or for one that runs
    into the next; what is named for one year only is left out.

    >>> year_columns(["地区", "2019年", "2020年"])
    {'2019年': ('value', 2019), '2020年': ('value', 2020)}
    >>> year_columns(["id", "K_2001", "K_2002", "census2000"])
    {'K_2001': ('K', 2001), 'K_2002': ('K', 2002)}
    >>> year_columns(["地区", "2019年", "2020年（初步）", "2021*"])["2021*"]
    ('value', 2021)
    >>> year_columns(["Topic", "2011/12", "2012/13"])
    {'2011/12': ('value', 2011), '2012/13': ('value', 2012)}
    """
    found = {name: parted for name in names if (parted := _parted(name))}
    found |= {name: (VALUE, year) for name, year in fiscal_years(names).items()}
    kinds = Counter(kind for kind, _ in found.values())
    return {name: (kind, year) for name, (kind, year) in found.items() if kinds[kind] > 1}


def _parted(name: str) -> tuple[str, int] | None:
    text = plain(western_year(name))
    # The strictest first: 2019年 is a year alone, and would be one before a thing as well.
    if alone := _YEAR_ALONE.match(plain(_MARK.sub("", western_year(name.strip())))):
        return VALUE, int(alone[1])
    if last := _YEAR_LAST.match(text):
        return name.strip()[: len(last[1])].rstrip(" _-."), int(last[2])
    if first := _YEAR_FIRST.match(text):
        return first[2].strip(), int(first[1])
    return None


def month_columns(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Column -> ("value", month), for columns that are headed by months, quarters, or the first or
    last days of months, a spreadsheet's day numbers among them; none where one is another day.

    >>> month_columns(["tag", "Dec-19", "Jan-20", "Feb-20"])["Jan-20"]
    ('value', '2020-01')
    >>> month_columns(["tag", "1/12/2019", "1/1/2020", "1/2/2020"])["1/12/2019"]
    ('value', '2019-12')
    >>> month_columns(["tag", "43831", "43862", "43891"])["43891"]
    ('value', '2020-03')
    """
    for day_first in (True, False):
        dated = [(name, day) for name in names if (day := _day(name, day_first)) is not None]
        months = {name: (VALUE, f"{day:%Y-%m}") for name, day in dated}
        is_whole = all(1 in (day.day, (day + datetime.timedelta(1)).day) for _, day in dated)
        if is_whole and len(months) == len(set(months.values())) >= FEWEST_PERIODS:
            return months
    return {}


def _day(name: str, day_first: bool) -> datetime.date | None:
    dated = period_of(name, day_first=day_first)
    return None if dated is None or dated.precision == "year" else dated.date


def period_of(
    name: str, *, day_first: bool | None = None, has_point_months: bool = False
) -> Dated | None:
    """The year, month or day that a heading or cell names, also as spreadsheets (Jan-12) and
    statistical offices (2012M01) write a month.

    >>> period_of("Jan-12"), period_of("2012M01") == period_of("01/2012")
    (Dated(date=datetime.date(2012, 1, 1), precision='month'), True)
    """
    text = western_year(name).strip()
    if short := _MONTH_SHORT.match(plain(text)):
        text = f"{short[1]}-{short[2]}"
    elif marked := _MONTH_MARKED.match(plain(text)):
        text = f"{marked[1]}-{marked[2]}"
    return parse_date(text, day_first=day_first, has_point_months=has_point_months)


def long_from_periods(
    frame: pl.DataFrame, columns: Mapping[str, tuple[str, int | str]], where: str
) -> pl.DataFrame:
    """One row per row and year or month: the other columns, the period under ``year``, and a
    column for each thing that the columns of periods hold.

    Raises  InputError where two columns hold the same thing of the same year.
    """
    cells = Counter(columns.values())
    twice = sorted((held for held, count in cells.items() if count > 1), key=str)
    if twice:
        kind, year = twice[0]
        about = {"kind": Name(kind), "file": Name(where)}
        raise InputError(message("heading_of_year_twice", year=year_of(year), **about), FOLDER)
    frame = _of_one_type(frame, columns)
    others = [pl.col(name) for name in frame.columns if name not in columns]
    years = len({year for _, year in cells})
    check("table_bytes", frame.height * years * len(others) * _CELL_BYTES, where)
    kinds = list(dict.fromkeys(kind for kind, _ in cells))
    parts = []
    for year in sorted({year for _, year in cells}, key=str):
        own = {kind: name for name, (kind, of) in columns.items() if of == year}
        held = [_text_or_number(frame, own.get(kind)).alias(kind) for kind in kinds]
        parts.append(frame.select(*others, pl.lit(str(year)).alias("year"), *held))
    return pl.concat(parts, how="vertical_relaxed").sort(ROW, "year")


def _of_one_type(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """The frame with columns of numbers as texts, where others of them are texts."""
    kinds = {name: frame.schema[name] for name in columns}
    if pl.String not in kinds.values():
        return frame
    typed = [name for name, kind in kinds.items() if kind.is_numeric()]
    return frame.with_columns(typed_as_text(frame[name]) for name in typed)


def year_of(period: int | str) -> Year:
    """The year of a year or month."""
    return Year(int(str(period)[:4]))


def _text_or_number(frame: pl.DataFrame, name: str | None) -> pl.Expr:
    return pl.lit(None, dtype=pl.Float64) if name is None else pl.col(name)


def is_no_part(name: str) -> bool:
    """Whether a column is called as a code of the row or the sum of its cells are, in English or
    Chinese.

    >>> [name for name in ("Total", "行政区划代码", "place_code", "合计", "coal",
    ...     "totalisers") if not is_no_part(name)]
    ['coal', 'totalisers']
    """
    return bool(_NO_PART.search(plain(parted(name))))


def long_from_headings(frame: pl.DataFrame, columns: Sequence[str], name: str) -> pl.DataFrame:
    """As `cells_under_headings`, but empty cells are no rows.

    >>> wide = pl.DataFrame({"place": ["a", "b"], "grain": [1, None], "steel": [2, 3]})
    >>> long_from_headings(wide, ["grain", "steel"], "industry").rows()
    [('a', 'grain', 1), ('a', 'steel', 2), ('b', 'steel', 3)]
    """
    text = pl.col(VALUE).cast(pl.String).str.strip_chars()
    return cells_under_headings(frame, columns, name).filter(text.fill_null("") != "")


def cells_under_headings(frame: pl.DataFrame, columns: Sequence[str], name: str) -> pl.DataFrame:
    """One row per row and column: the other columns, the heading under ``name``, and ``value``."""
    others = [other for other in frame.columns if other not in columns]
    long = _of_one_type(frame, columns).unpivot(
        columns, index=others, variable_name=name, value_name=VALUE
    )
    # column by column as it comes; row by row as the table is read
    return long.sort(pl.int_range(pl.len()) % frame.height, maintain_order=True)


def wide_from_indicators(
    frame: pl.DataFrame, indicator: str, value: str, keys: Sequence[str], where: str
) -> pl.DataFrame:
    """A column for each indicator, from rows that hold one indicator each; a row's number is that
    of its first row.

    Raises  InputError naming the rows in which the same indicator of the same key stands twice.
    """
    named = frame.with_columns(clean_text(frame[indicator], is_single_line=True).alias(indicator))
    # A row without an indicator has no column to stand in; it stays as a row without values and is
    # set aside there.
    twice = named.filter(pl.struct(*keys, indicator).is_duplicated()).sort(*keys, indicator, ROW)
    if twice.height:
        first = twice.row(0, named=True)
        parts = [f"{name} {first[name]}" for name in (*keys, indicator) if first[name] is not None]
        rows = twice.filter(
            pl.all_horizontal(pl.col(name).eq_missing(first[name]) for name in (*keys, indicator))
        )
        told = message(
            "indicator_twice",
            key=listed(parts, most=len(parts)),
            file=Name(where),
            rows=listed(map(str, rows[ROW])),
        )
        raise InputError(told, FOLDER)
    columns, height = named[indicator].n_unique(), named.select(keys).n_unique()
    check("columns", columns, where)
    check("table_bytes", columns * height * _CELL_BYTES, where)
    wide = named.with_columns(pl.col(indicator).fill_null("")).pivot(
        on=indicator, index=list(keys), values=value
    )
    rows = named.group_by(*keys).agg(pl.col(ROW).min())
    return wide.drop("", strict=False).join(rows, on=list(keys), nulls_equal=True).sort(ROW)
