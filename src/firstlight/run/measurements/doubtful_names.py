"""Names that would spoil a measurement: a total among its parts, levels of a classification, one place under two names."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from firstlight.numerics.finding import Words
from firstlight.sources.columns import plain

NEAR = 0.005  # of the total: parts are rounded, or a small one is missing
MOSTLY = 0.8  # of its cells
FEWEST = 4  # names; of three, one is often about the sum of two others
SHOWN = 3
KEYS = ("unit", "place", "industry", "activity", "technology", "origin", "destination")
NAMED = (*KEYS, "member", "partner", "organisation", "contributor")
# What a row of sums is called in tables of places and of industries; a place of such a name is asked about.
_TOTAL = re.compile(
    r"(?:grand |sub ?)?total|all|nation(?:al)?(?: total)?|world|(?:全国|全省|全市)?(?:合计|总计|总和|小计)|全国|全省|全市|全部"
)
_CODE = re.compile(r"[A-Za-z]{0,2}\d{2,}[A-Za-z]?\d*")
_SIGNS = re.compile(r"(?<!\d)[\s.\-_'’·,]+|[\s.\-_'’·,]+(?!\d)")  # between digits they part numbers
_DIVISION = re.compile(r"(?<=..)(?:(?:壮族|回族|维吾尔)?自治区|特别行政区|省|市)$")


def doubtful_names(frame: pl.DataFrame, said: str = "") -> list[tuple[str, Words]]:
    """Sentences on names that are probably totals, on codes of several levels, and on names that probably mean one thing.

    frame : the rows of a measurement, whose names stand in columns of ``NAMED``; a total is told by its name, or as one whose
            numbers are the sum of all others', year by year
    said  : what is told of totals already

    >>> rows = [(place, 2000 + t, size + t) for place, size in (("a", 1.0), ("b", 2.0), ("c", 4.0)) for t in range(3)]
    >>> rows += [("nation of three", 2000 + t, 7.0 + 3 * t) for t in range(3)]
    >>> doubtful_names(pl.DataFrame(rows, ["unit", "year", "output"], orient="row"))[0][1][0]
    "'nation of three' is the sum of all others: a total, which counts everything twice. Leave it out."
    """
    found: list[tuple[str, Words]] = []
    for key in NAMED:
        if key in frame.columns and frame[key].null_count() < frame.height:
            names = frame[key].drop_nulls().unique().sort().to_list()
            if key in KEYS:
                new = [name for name in names if f"'{name}'" not in said]
                sums = (
                    [name for name in _sums(frame, key) if name in new]
                    if len(names) >= FEWEST
                    else []
                )
                found += [("total", _is_sum(name)) for name in sums]
                called = [
                    name for name in new if name not in sums and _TOTAL.fullmatch(plain(name))
                ]
                found += [("total", _is_called(name)) for name in called if len(names) > 1]
                found += _levels(key, names)
            found += _alike(names)
    return found


def _is_sum(name: str) -> Words:
    return (
        f"'{name}' is the sum of all others: a total, which counts everything twice. Leave it out.",
        f"“{name}”等于其余各项之和，应为合计项，会造成重复计算，请剔除。",
    )


def _is_called(name: str) -> Words:
    return (
        f"'{name}' stands among the others and is called as a total is. If it is one, it is measured as if it were one"
        " of its parts: leave it out.",
        f"“{name}”与其他各项并列，从名称看是合计项。若确为合计，它会被当作其中一项参与测算，请剔除。",
    )


def _sums(frame: pl.DataFrame, key: str) -> list[str]:
    """Names whose numbers are the sum of all others', in most cells of at least one column."""
    rest = [
        name
        for name, kind in frame.schema.items()
        if name != key and (kind == pl.String or kind.is_integer())
    ]
    found: set[str] = set()
    for column in (name for name, kind in frame.schema.items() if kind == pl.Float64):
        cells = frame.select(key, *rest, pl.lit(0).alias("\x1f"), value=column).filter(
            pl.col("value") != 0
        )
        cells = cells.drop_nulls("value")
        beside = [*rest, "\x1f"]  # without others to tell cells apart, all are one
        whole = cells.group_by(beside).agg(whole=pl.col("value").sort().sum(), count=pl.len())
        twice = (2 * pl.col("value") - pl.col("whole")).abs() <= NEAR * pl.col("whole").abs()
        of = cells.join(whole, on=beside, nulls_equal=True).group_by(key)
        of_name = of.agg(share=(twice & (pl.col("count") > 2)).mean(), cells=pl.len())
        found |= set(
            of_name.filter((pl.col("share") > MOSTLY) & (pl.col("cells") > 1))[key].to_list()
        )
    return sorted(found)


def _levels(key: str, names: list[str]) -> list[tuple[str, Words]]:
    """Codes of several levels of one classification: most of the longest begin with a shorter one that is there too.

    Numbers that only count (1, 2, ... 12) begin with one another as well: they have one sign, or leave few numbers out.
    """
    numbers = [int(name) for name in names if name.isdecimal()]
    if numbers and len(numbers) > (max(numbers) - min(numbers) + 1) / 2:
        return []
    codes = [name for name in names if _CODE.fullmatch(name)]
    if len(codes) < max(FEWEST, MOSTLY * len(names)) or min(map(len, codes)) < 2:
        return []
    known = set(codes)
    above = {
        code: next((code[:k] for k in range(len(code) - 1, 1, -1) if code[:k] in known), "")
        for code in codes
    }
    longest = [code for code in codes if len(code) == max(map(len, codes))]
    if (
        sum(above[code] != "" for code in longest) < MOSTLY * len(longest)
        or len(set(map(len, codes))) < 2
    ):
        return []
    part = next(code for code in longest if above[code])
    words = (
        f"Codes of {key} stand at several levels, as '{part}' and '{above[part]}', which holds it: what is in both"
        " counts twice. Keep one level.",
        f"同一列含不同层级的代码，如“{part}”及包含它的“{above[part]}”，会造成重复计算，请只保留一个层级。",
    )
    return [("levels", words)]


def _alike(names: list[str]) -> list[tuple[str, Words]]:
    """Names that differ only in spaces, signs and case, or in the kind of a Chinese province or city."""
    groups: dict[str, list[str]] = {}
    for name in names:
        folded = _SIGNS.sub("", unicodedata.normalize("NFKC", name).casefold())
        groups.setdefault(_DIVISION.sub("", folded), []).append(name)
    several = [own for own in groups.values() if len(own) > 1]
    if not several:
        return []
    en = "; ".join(" and ".join(f"'{name}'" for name in own) for own in several[:SHOWN])
    zh = "；".join("与".join(f"“{name}”" for name in own) for own in several[:SHOWN])
    more = len(several) - SHOWN
    en += f"; and {more:,} more" if more > 0 else ""
    zh += f"；另有{more:,}组" if more > 0 else ""
    words = (
        f"Names that are much alike count as different: {en}. If they mean the same, write them alike.",
        f"写法相近的名称按不同对象计算：{zh}。若为同一对象，请统一写法。",
    )
    return [("alike", words)]
