"""Dates as publishers write them, with day, month or year precision."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAMES = (
    ("jan", "january"),
    ("feb", "february"),
    ("mar", "march"),
    ("apr", "april"),
    ("may",),
    ("jun", "june"),
    ("jul", "july"),
    ("aug", "august"),
    ("sep", "sept", "september"),
    ("oct", "october"),
    ("nov", "november"),
    ("dec", "december"),
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names}
MONTH_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))  # as a pattern, in small letters
_SEASONS = {
    "win": 1,
    "winter": 1,
    "spr": 3,
    "spring": 3,
    "sum": 6,
    "summer": 6,
    "fal": 9,
    "fall": 9,
    "autumn": 9,
}
_WORD = "|".join(sorted({**_MONTHS, **_SEASONS}, key=len, reverse=True))
_TO_WORD = rf"(?:\s*[-/]\s*(?:{_WORD})\.?)?"
_TIME = r"(?:[t\s]+\d{1,2}:\d{2}.*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.]\s?(\d{{1,2}})(?:[-/.]\s?(\d{{1,2}}))?\.?{_TIME}$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?$")
_COMPACT_MONTH = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(?:\.0)?$")
_YEAR = re.compile(r"(?:fy\s?)?(\d{4})(?:\.0)?$")
# A year that runs into the next: 2018-19, FY 2018/2019.
_FISCAL = re.compile(r"(?:fy\s?)?((?:1[5-9]|20|21)\d\d)\s?[-/–—]\s?((?:\d\d)?\d\d)$")
# As RIS has it: year/month/day/words, where all but the year may be missing.
_RIS = re.compile(r"(\d{4})/(\d{1,2})?/(\d{1,2})?(?:/.*)?$")
_CHINESE = re.compile(
    rf"(\d{{4}})\s*年度?(?:\s*(\d{{1,2}})\s*月(?:\s*(\d{{1,2}})\s*[日号])?)?{_TIME}$"
)
_DAY_MONTH_YEAR = re.compile(
    rf"(?:[a-z]{{3,9}},?\s+)?(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+({_WORD})\.?,?[\s-]+(\d{{4}}|\d\d)"
    rf"{_TIME}$"
)
_MONTH_DAY_YEAR = re.compile(
    rf"(?:[a-z]{{3,9}},?\s+)?({_WORD})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_TIME}$"
)
_YEAR_MONTH_DAY = re.compile(rf"(\d{{4}})[\s-]+({_WORD})\.?{_TO_WORD}(?:[\s-]+(\d{{1,2}}))?$")
_MONTH_YEAR = re.compile(rf"({_WORD})\.?{_TO_WORD},?[\s-]+(\d{{4}})$")
# As spreadsheets show it; "May 19" is a day in May.
_MONTH_SHORT_YEAR = re.compile(rf"({_WORD})\s?[-'’]\s?(\d\d)$")
_THIS_CENTURY = 30  # two figures of a year below which spreadsheets take it for one of the 2000s
_NUMBER_YEAR = re.compile(r"(\d{1,2})(?:\s+|[-/.])(\d{4})$")
_SLASHED = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}$")
_YEAR_QUARTER = re.compile(r"(\d{4})\s*年?[\s\-/]*[q第]\s*([1-4])\s*(?:季度?)?$")
_QUARTER_YEAR = re.compile(r"q([1-4])[\s\-/]*(\d{4})$")
_EXCEL = re.compile(r"(\d{5})(?:\.\d+)?$")
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?$")  # seconds or milliseconds since 1970
# Excel has a 29 February 1900, which never was: from March 1900 on, day 0 lies two days before the
# year.
_EXCEL_DAY_0 = datetime.date(1899, 12, 30)
_FIGURES = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_HAN_NUMBER = re.compile("[〇零○一二三四五六七八九十]+(?=[年月日号季])")
# 2016.5 is May 2016 or the middle of 2016.
_POINT_MONTH = re.compile(r"\d{4}\.\d$(?<!\.0)")
_POINTED = re.compile(r"\d{4}\.(\d+)$")
_POINTED_MONTHS = frozenset([f"{month}" for month in range(1, 13)])
# Years before the first of an era.
_ERAS = {"民國": 1911, "民国": 1911, "令和": 2018, "平成": 1988, "昭和": 1925}
ERA = "|".join(_ERAS)
_OF_ERA = re.compile(rf"(?:中華|中华)?({ERA})\s*(元|\d{{1,3}})(?!\d)")
_FEWEST_FISCAL = 3  # years that run into the next, which could all be months: 2009-10, 2010-11


@dataclass(frozen=True)
class Dated:
    """The first day of the period that a text names, and the period: 'day', 'month' or 'year'."""

    date: datetime.date
    precision: str


def parse_date(
    text: str, *, day_first: bool | None = None, has_point_months: bool = False
) -> Dated | None:
    """The date that a text names, or None where it names none.

    Month and year precision keep the first day of the period; a quarter is dated to its first
    month, as a season is. A number of five digits is Excel's count of days, one of ten or thirteen
    a count of seconds or milliseconds since 1970.

    day_first : how to read 03/05/2016; None where nothing tells, and then only its year is kept
    has_point_months : whether 2016.5 is May (`months_after_points`) and not the middle of a year

    >>> parse_date("3 May 2016")
    Dated(date=datetime.date(2016, 5, 3), precision='day')
    >>> parse_date("2016-05").precision, parse_date("2016年5月3日").date.isoformat()
    ('month', '2016-05-03')
    >>> parse_date("03/05/2016").precision, parse_date("2016-13") is None
    ('year', True)
    >>> parse_date("二〇一六年五月二十三日").date.isoformat(), parse_date("3-May-16").precision
    ('2016-05-23', 'day')
    >>> parse_date("1462233600").date.isoformat()
    '2016-05-03'
    """
    text = western_era(_HAN_NUMBER.sub(_in_figures, text.strip().lower()))
    if _POINT_MONTH.match(text) and not has_point_months:
        return None
    for pattern, order in _PATTERNS:
        match = pattern.match(text)
        if match:
            found = dict(zip(order, match.groups(), strict=True))
            return _dated(found.get("y"), found.get("m"), found.get("d"))
    if match := _YEAR_QUARTER.match(text):
        return _of_quarter(int(match[1]), int(match[2]))
    if match := _QUARTER_YEAR.match(text):
        return _of_quarter(int(match[2]), int(match[1]))
    if match := _SLASHED.match(text):
        return _slashed(int(match[1]), int(match[2]), int(match[3]), day_first)
    if match := _EPOCH.match(text):
        return Dated(datetime.datetime.fromtimestamp(int(match[1]), datetime.UTC).date(), "day")
    if match := _EXCEL.match(text):
        days = int(match[1])
        # 1927-05-18 to 2099-12-31: below that, five digits are hardly a date.
        if 10_000 <= days <= 73_050:
            return Dated(_EXCEL_DAY_0 + datetime.timedelta(days), "day")
        return None
    return None


_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_YEAR_FIRST, "ymd"),
    (_YEAR, "y"),
    (_RIS, "ymd"),
    (_COMPACT, "ymd"),
    (_COMPACT_MONTH, "ym"),
    (_CHINESE, "ymd"),
    (_DAY_MONTH_YEAR, "dmy"),
    (_MONTH_DAY_YEAR, "mdy"),
    (_YEAR_MONTH_DAY, "ymd"),
    (_MONTH_YEAR, "my"),
    (_MONTH_SHORT_YEAR, "my"),
    (_NUMBER_YEAR, "my"),
)


def _dated(year: str | None, month: str | None, day: str | None) -> Dated | None:
    number = _SEASONS.get(month or "") or _MONTHS.get(month or "") or int(month or 0)
    if year is not None and len(year) == 2:
        year = str(int(year) + (2000 if int(year) < _THIS_CENTURY else 1900))
    # some publishers write 00 for a month or day that they don't know
    precision, numbers = "year", [int(year or 0), 1, 1]
    if number > 0:
        precision, numbers[1] = "month", number
        if int(day or 0) > 0:
            precision, numbers[2] = "day", int(day or 0)
    try:
        return Dated(datetime.date(*numbers), precision)
    except ValueError:
        return None


def _in_figures(match: re.Match[str]) -> str:
    """A number as Chinese writes it: its figures one by one, or its tens and ones (二十五)."""
    tens, ten, ones = match[0].partition("十")
    figures = (tens or "一" * len(ten)) + (ones or "〇" * len(ten))
    return figures.translate(_FIGURES)


def _of_quarter(year: int, quarter: int) -> Dated | None:
    return _dated(str(year), str(3 * quarter - 2), None)


def _slashed(first: int, second: int, year: int, day_first: bool | None) -> Dated | None:
    if first > 12 and second > 12:
        return None
    if day_first is None and first <= 12 and second <= 12 and first != second:
        return _dated(str(year), None, None)
    month, day = first, second
    if first > 12 or (second <= 12 and day_first):
        month, day = second, first
    return _dated(str(year), str(month), str(day))


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Whether a column writes day/month/year, by the values that can be read in one way only; None
    if nothing tells.

    >>> day_comes_first(["03/05/2016", "25/12/2016"]), day_comes_first(["03/05/2016"])
    (True, None)
    """
    found = [match for text in texts if (match := _SLASHED.match(text.strip().lower()))]
    day_first = any(int(match[1]) > 12 >= int(match[2]) for match in found)
    month_first = any(int(match[2]) > 12 >= int(match[1]) for match in found)
    return day_first if day_first != month_first else None


def months_after_points(texts: Iterable[str]) -> bool:
    """Whether figures behind the point of a year are its month: some are 10 to 12, none is more,
    and none is what a half or a whole year has.

    >>> months_after_points(["2016.5", "2016.11"]), months_after_points(["2016.5", "2017.0"])
    (True, False)
    """
    found = {match[1] for text in texts if (match := _POINTED.match(text.strip()))}
    return not found.isdisjoint(("10", "11", "12")) and found <= _POINTED_MONTHS


def western_era(text: str) -> str:
    """A text whose years are counted by an era of China's republic or of Japan, with years of the
    common one.

    >>> western_era("民國108年5月"), western_era("令和元年度"), western_era("2019年")
    ('2019年5月', '2019年度', '2019年')
    """
    return _OF_ERA.sub(_of_era, text)


def _of_era(match: re.Match[str]) -> str:
    return str(_ERAS[match[1]] + int(match[2].replace("元", "1")))


def fiscal_years(texts: Iterable[str]) -> dict[str, int]:
    """Text -> the year in which it begins, for years that run into the next; none where a text of
    that form is a month.

    Up to 2011-12 each is written as a month is: three of them tell, or one of a later year.

    >>> fiscal_years(["Topic", "2010-11", "2011-12", "2012-13"])
    {'2010-11': 2010, '2011-12': 2011, '2012-13': 2012}
    >>> fiscal_years(["2010-11", "2010-12", "2011-01"]), fiscal_years(["2010-11", "2011-12"])
    ({}, {})
    """
    found = {text: match for text in texts if (match := _FISCAL.match(text.strip().lower()))}
    years = {text: int(match[1]) for text, match in found.items()}
    is_next = all((years[text] + 1) % 100 == int(match[2]) % 100 for text, match in found.items())
    is_no_month = any(not 1 <= int(match[2]) <= 12 for match in found.values())
    if not is_next or not (is_no_month or len(years) >= _FEWEST_FISCAL):
        return {}
    return years
