"""Which codes of a classification a written code stands for, and which hold others."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import polars as pl

_MARKS = re.compile(r"[\W_]")
_DIGIT = re.compile(r"\d")
_TO = r"(?:[-–—~_\u81f3\u5230]|(?<=\d)T(?=[A-Z]?\d))"  # to in Chinese, and OECD's 10T12, as well
_RANGE = re.compile(rf"([A-Z]?)(\d{{1,4}})\s*{_TO}\s*\1?(\d{{1,4}})", re.ASCII | re.IGNORECASE)
_SEVERAL = re.compile(r"[+&;\u3001]|,\s")  # signs between codes that are counted together
_NUMBER = re.compile(r"(?<![\d.])\d+")
_KEPT = re.compile(r"0\d*[1-9]")  # of a code that begins with a nought, and of no total
_TOTAL = re.compile(r"0+|T")  # what stands for all of a table, and may be a code
_OCCUPATION = re.compile(r"\d\d-\d{4}")  # SOC writes a group as 15-1200, with noughts at the end
NOUGHTS = ("", "0", "00")  # which a code may have lost: 0011 of SITC is 11 to a spreadsheet
MOST_SIGNS = 2  # of a code without a digit, such as section C: a longer one is a word
NEARLY_ALL = 0.1  # by which a total may differ from the sum of all others
TOLERANCE = 1e-6  # of a value, by which it may differ from the sum of its parts
ROUNDED = 0.01  # the same, where rounded figures show that a code is the sum of others
FEWEST_SIGNS = 2  # of a code that may stand for a longer one: one sign is a section
FOUND = ("exact", "nought_restored")  # kinds of a code that the classification has itself


@dataclass(frozen=True)
class Match:
    """What a written code stands for.

    Attributes
    ----------
    kind
        ``exact``; ``nought_restored`` where a leading nought was lost; ``from_parent`` where the
        classification knows only what holds the code; ``from_children`` where it knows only what
        the code holds; ``two_readings`` where nothing tells which of two codes it is; ``no_link``
        where the classification knows nothing of it.
    codes
        The codes of the classification, sorted; several of ``from_children``.
    read_as
        The code with the noughts that it lost.
    other
        What else it could be, with noughts or without, where the whole column leaves a doubt.
    """

    kind: str
    codes: tuple[str, ...] = ()
    read_as: str = ""
    other: str = ""

    def is_restored(self, code: str) -> bool:
        """Whether a code was given noughts that neither it nor the classification has.

        Parameters
        ----------
        code
            As it was written.

        Returns
        -------
        Whether it was.
        """
        return self.kind != "exact" and self.read_as != code.strip()


class _Known:
    """The codes of a classification, found as written or by letters and digits alone.

    lost : its codes that lost their leading noughts -> what they are read as
    """

    def __init__(self, codes: Iterable[str], lost: Mapping[str, str]) -> None:
        self.written = {code.strip().upper(): code for code in sorted(codes)}
        self.lost = lost
        signs = {code: _signs(lost.get(code, code)) for code in self.written.values()}
        counts = Counter(signs.values())
        self.by_signs = {sign: code for code, sign in signs.items() if counts[sign] == 1}
        beginnings = {signs: _beginnings(signs) for signs in self.by_signs}
        self.sorted = sorted(signs for signs, starts in beginnings.items() if len(starts) == 1)
        self.lengths = {len(signs) for signs in self.sorted}
        self.levels = {(signs[:1].isdecimal(), len(signs)) for signs in self.sorted}
        self.heads = {_level(code)[1] for code in self.written if "." in code}
        self.ranges = {signs: starts for signs, starts in beginnings.items() if len(starts) > 1}
        self.in_range = {start: signs for signs in self.ranges for start in self.ranges[signs]}

    def reading(self, code: str, noughts: str) -> Match | None:
        """What a code stands for if it lost these noughts."""
        padded = _padded(code, noughts)
        written = self.written.get(code.strip().upper())
        same = self.by_signs.get(_signs(padded))
        if not noughts and written not in self.lost:
            same = written or same
        if same:
            is_exact = same == written or not (noughts or same in self.lost)
            return Match("exact" if is_exact else "nought_restored", (same,), padded)
        if noughts == "0" and self._is_complete(code):
            return None
        parent = self.parent(padded)
        if parent and len(noughts) < 2:
            return Match("from_parent", (parent,), padded)
        if children := self.children(padded):
            return Match("from_children", children, padded)
        return None

    def has_level(self, code: str) -> bool:
        """Whether all codes of as many signs are listed, or none can have them, as HS none odd."""
        are_even = len(self.lengths) > 1 and not any(length % 2 for length in self.lengths)
        signs = _signs(code)
        is_listed = (signs[:1].isdecimal(), len(signs)) in self.levels
        return is_listed or (are_even and len(signs) % 2 == 1)

    def _is_complete(self, code: str) -> bool:
        """Whether a code has lost no nought, since with one it would have an odd number of
        signs, and none of its codes has: 9018 is no part of 0901, nor of 09."""
        length = len(_signs(code))
        is_even = length % 2 == 0 and not any(each % 2 for each in self.lengths)
        return is_even and (len(self.lengths) > 1 or length >= max(self.lengths, default=0))

    def parent(self, code: str) -> str | None:
        """The nearest code that holds it."""
        starts = _beginnings(code)
        first = "".join(starts[:1])
        for length in range(len(first), FEWEST_SIGNS - 1, -1):
            start = first[:length]
            if not all(other.startswith(start) for other in starts):
                continue
            if start != _signs(code) and start in self.by_signs:
                return self.by_signs[start]
            if start in self.in_range:
                return self.by_signs[self.in_range[start]]
        return None

    def children(self, code: str) -> tuple[str, ...]:
        """The codes that it holds, without those that these hold in turn."""
        starts = _beginnings(code)
        held = [signs for signs, ranges in self.ranges.items() if _are_within(ranges, starts)]
        inner = tuple(start for signs in held for start in self.ranges[signs])
        for start in starts:
            for other in self.sorted[bisect_left(self.sorted, start) :]:
                if not other.startswith(start):
                    break
                if not other.startswith(inner):
                    held.append(other)
                    inner = (*inner, other)
        return tuple(sorted(self.by_signs[signs] for signs in held))


def match_codes(
    codes: Collection[str], known: Iterable[str], sums: Collection[str] = ()
) -> dict[str, Match]:
    """What each written code stands for among the codes of a classification.

    A code is looked for as it is written, then by its letters and digits alone (``01.11`` and
    ``0111`` are one); then the nearest code that holds it, and last all that it holds. A range,
    such as ``31-33``, is never one code (``3133``), and a word is found as it is written alone.

    Parameters
    ----------
    codes
        As they were written: all of a column, which together tell whether noughts were lost.
    known
        Codes of the classification.
    sums
        Codes that are the sum of others which begin with them, and have lost no nought.

    Returns
    -------
    Code -> `Match`, for each of ``codes``.

    Notes
    -----
    Where 141 may be 14.1 or 0141, the column decides, whatever its size. It has lost its noughts if
    one of its codes is none without a nought; else none, if another begins with one. Codes that
    can be read in one way show which levels (numbers of digits) there are; the others are read as
    codes of these. Where that leaves both, and noughts were lost, the code is ``two_readings``.

    Examples
    --------
    >>> found = match_codes(["0111", "111", "01.112", "01", "99"], ["01.11", "01.12"])
    >>> [match.kind for match in found.values()]
    ['exact', 'nought_restored', 'from_parent', 'from_children', 'no_link']
    >>> found["01"].codes
    ('01.11', '01.12')
    >>> found = match_codes(["111", "141", "2611"], ["01.11", "01.41", "14.1", "26.11"])
    >>> [(match.read_as, match.other) for match in found.values()]
    [('0111', ''), ('0141', '141'), ('2611', '')]
    """
    every = list(known)
    lost = _lost_alone(every)
    if not lost and _keeps_noughts(codes) and not _keeps_noughts(every):
        readings = _Column(every, _Known(codes, {}), (), is_whole=False).read()
        is_of_one = len({len(code) for code in every}) == 1
        for code, each in readings.items():
            if each.is_restored(code) and (is_of_one or each.kind in FOUND):
                lost[code] = each.read_as
    return _Column(codes, _Known(every, lost), sums).read()


def _lost_alone(codes: Collection[str]) -> dict[str, str]:
    """Codes of a classification that show by themselves that they lost a nought -> what they are.

    >>> _lost_alone(["111", "141", "1410", "2610"])
    {'111': '0111', '141': '0141'}
    >>> _lost_alone(["261", "2610"])
    {}
    """
    lengths = sorted({len(code) for code in codes})
    if len(lengths) != 2 or lengths[1] != lengths[0] + 1 or lengths[1] == 3:
        return {}  # groups of three digits stand beside divisions
    if not all(code.isdigit() and _may_lack_noughts(code) for code in codes):
        return {}
    shorter = sorted(code for code in codes if len(code) == lengths[0])
    holds = {code[: lengths[0]] for code in codes if len(code) == lengths[1]}
    if lengths[0] > 1 and holds.issuperset(shorter):  # a level of its own
        return {}
    return {code: f"0{code}" for code in shorter}


class _Column:
    """The codes of a column, each read as the others are.

    is_whole : whether what ``known`` lacks at a level that it has is no code
    """

    def __init__(
        self, codes: Collection[str], known: _Known, sums: Collection[str], is_whole: bool = True
    ) -> None:
        before = {_level(code)[1] for code in codes if "." in code}
        heads = known.heads or {max(before, default=1)} - {1}
        written = {_level(code) for code in codes}
        self.ways = {code: _ways(code, known, heads, is_whole, written) for code in codes}
        restored = [ways for ways in self.ways.values() if len(ways) == 1 and "" not in ways]
        is_mixed = any(way.kind in FOUND for ways in restored for way in ways.values())
        self.keeps = _keeps_noughts(codes) and not is_mixed
        if self.keeps:
            for code, ways in self.ways.items():
                kept = [lost for lost in ways if not lost or ways[lost].kind in FOUND]
                self.ways[code] = {lost: ways[lost] for lost in kept}
        sure = [ways for code, ways in self.ways.items() if len(ways) == 1 and not is_total(code)]
        self.levels = {_level(way.read_as) for ways in sure for way in ways.values()}
        self.totals = {code for code in codes if is_total(code) and _level(code) not in self.levels}
        self.sums = {code for code in sums if "" in self.ways[code]}
        self.levels |= {_level(code) for code in self.sums}
        self.loses = not self.keeps and any("" not in ways for ways in sure)

    def read(self) -> dict[str, Match]:
        """What each code stands for; where others are open, so is what may be a total."""
        matches = {code: self._chosen(code) for code in self.ways}
        if any(match.kind == "two_readings" for match in matches.values()):
            is_open = [code for code in matches if is_total(code) and matches[code].codes]
            matches |= {code: Match("two_readings", read_as=code) for code in is_open}
        return matches

    def _chosen(self, code: str) -> Match:
        ways = self.ways[code]
        if not ways:
            return Match("no_link", read_as=code)
        first, *others = ways.values()
        if code in self.totals:
            return Match("two_readings", read_as=code)
        if not others:
            return first
        fitting = [way for way in ways.values() if _level(way.read_as) in self.levels]
        if self.keeps and first in fitting:
            return first
        if self.keeps or code in self.sums:
            return replace(first, other=others[0].read_as)
        are_guesses = not fitting and not any(way.kind in FOUND for way in ways.values())
        if are_guesses or (self.loses and len(fitting) != 1):
            return Match("two_readings", read_as=first.read_as, other=others[0].read_as)
        if len(fitting) == 1 and fitting[0] != first:
            is_section = len(code.strip()) == 1 and first.kind not in FOUND
            is_section &= fitting[0].kind in FOUND  # no section is listed, and the division is
            return fitting[0] if is_section else replace(fitting[0], other=first.read_as)
        return replace(first, other=others[0].read_as)


def _ways(
    code: str,
    known: _Known,
    heads: Collection[int],
    is_whole: bool,
    written: Collection[tuple[str, int]],
) -> dict[str, Match]:
    """The noughts that a code may have lost -> what it then stands for, where that is anything.

    heads   : signs before a point
    written : levels of the codes of the column, as they are written
    """
    tried = NOUGHTS if _may_lack_noughts(code) else NOUGHTS[:1]
    readings = {lost: known.reading(code, lost) for lost in tried}
    ways = {lost: way for lost, way in readings.items() if way}
    is_known = is_whole and any(way.kind in FOUND for way in ways.values())
    for lost, way in list(ways.items()):
        is_far = way.kind == "from_parent" and len(_signs(way.codes[0])) <= FEWEST_SIGNS
        is_alone = bool(lost) and _level(way.read_as) not in written
        is_odd = (way.kind == "from_parent") == ("" in ways)
        is_guess = is_alone and (is_far or is_odd)  # as if 334413 of NAICS were a part of 03
        if way.kind not in FOUND and (is_guess or (is_known and known.has_level(way.read_as))):
            del ways[lost]
    if heads and _level(code)[0] == ".":  # 1.41 is not 14.1
        fitting = [lost for lost, way in ways.items() if _level(way.read_as)[1] in heads]
        ways = {lost: ways[lost] for lost in fitting or ways}
    return ways


def _keeps_noughts(codes: Collection[str]) -> bool:
    """Whether a code begins with a nought; a range is a text to a spreadsheet, and keeps it."""
    return any(_KEPT.match(_plain(code)) and len(_beginnings(code)) == 1 for code in codes)


def _may_lack_noughts(code: str) -> bool:
    """Whether a code is a number, or several, that begins with none."""
    starts = _beginnings(code)
    if not "".join(starts).isdecimal() or _OCCUPATION.fullmatch(code.strip()):
        return False
    return starts[0][0] != "0" or is_total(code)


def _padded(code: str, noughts: str) -> str:
    """A code with noughts before it; of several, before each: 1-3 is 01-03."""
    if len(_beginnings(code)) > 1:
        return _NUMBER.sub(rf"{noughts}\g<0>", code.strip())
    return f"{noughts}{code.strip()}"


def is_total(code: str) -> bool:
    """Whether a code stands for all of a table where it is no code: 0, 00 or T.

    >>> is_total("00"), is_total("01")
    (True, False)
    """
    return bool(_TOTAL.fullmatch(_plain(code)))


def _level(code: str) -> tuple[str, int]:
    """A code's kind (with a point, a letter or neither) and the signs before the first point."""
    head, point, _ = code.strip().partition(".")
    first = "".join(_beginnings(head)[:1])
    return point or "A" * first[:1].isalpha(), len(first)


def whole_codes(codes: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """The codes that hold others of the same list, with those that they hold directly.

    A code holds those that begin with its letters and digits; one that is written as a range, as
    the sectors of NAICS are, holds those that begin with any number of the range. A word holds
    none.

    Parameters
    ----------
    codes
        As they were written, each once.

    Returns
    -------
    Code -> the codes that it holds directly.

    Examples
    --------
    >>> whole_codes(["01", "0111", "0112", "02"])
    {'01': ('0111', '0112')}
    >>> whole_codes(["31-33", "311", "3111", "332"])
    {'31-33': ('311', '332'), '311': ('3111',)}
    """
    held: dict[str, list[str]] = {}
    for part, wholes in holders_of(codes).items():
        for whole in wholes[:1]:
            held.setdefault(whole, []).append(part)
    return {code: tuple(held[code]) for code in sorted(held)}


def holders_of(
    codes: Collection[str],
    sections: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    read_as: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, list[str]]:
    """Each code of a list -> those that hold it, the narrowest first; sorted by letters and digits.

    sections : codes that hold others by the classification -> what these begin with
    read_as  : codes that lost noughts -> with them; or empty, where a code holds none
    """
    read = {code: read_as.get(code, code) for code in codes}
    ordered = sorted(codes, key=lambda code: (_signs(read[code]), code))
    starts = {code: sections.get(code, _beginnings(read[code])) for code in ordered}
    holders: dict[str, list[str]] = {}
    for code in ordered:
        for start in starts[code]:
            holders.setdefault(start, []).append(code)
    held_by: dict[str, list[str]] = {}
    for code in ordered:
        first = "".join(starts[code][:1])
        around = {
            whole
            for length in range(1, len(first) + 1)
            for whole in holders.get(first[:length], ())
            if _are_within(starts[code], starts[whole])
        }
        held_by[code] = sorted(around, key=lambda whole: (_width(starts[whole]), whole))
    return held_by


def near_totals(rows: pl.DataFrame, groups: list[str], asked: pl.Expr) -> list[str]:
    """Which of the codes that are asked for have, by and large, what all others have together.

    >>> rows = pl.DataFrame({"code": ["01", "02", "all"], "value": [3.0, 4.0, 7.5]})
    >>> near_totals(rows, [], pl.col("code") == "all")
    ['all']
    """
    others = pl.col("value").sum().over(groups or 1) - pl.col("value")
    known = rows.drop_nulls("value").sort("code", *groups)
    ratio = known.with_columns(ratio=pl.col("value") / others).filter(asked)
    near = ratio.group_by("code").agg(off=(pl.col("ratio").median() - 1).abs())
    return near.filter(pl.col("off") <= NEARLY_ALL)["code"].sort().to_list()


def summed_codes(rows: pl.DataFrame, groups: list[str]) -> list[str]:
    """Codes that have in each group what those which begin with them have, of several in one.

    >>> summed_codes(pl.DataFrame({"code": ["1", "10", "11", "2"], "value": [9, 4, 5, 7]}), [])
    ['1']
    """
    is_sum = (pl.col("left").abs() <= ROUNDED * pl.col("value")).all()
    is_of_several = (pl.col("parts_count") > 1).any() & (pl.col("value") > 0).any()
    whole = _with_parts(rows, groups, holders_of(rows["code"].unique().to_list()))
    return (
        whole.group_by("code").agg(is_it=is_sum & is_of_several).filter("is_it")["code"].to_list()
    )


def without_parts(
    rows: pl.DataFrame,
    groups: list[str],
    sections: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    read_as: Mapping[str, str] = MappingProxyType({}),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose value is what their parts do not hold, and those whose parts hold more than they
    do.

    Parameters
    ----------
    rows
        Columns code, value and the groups; a row for each code and group.
    groups
        Columns within which a whole is held against its parts, such as place and year.
    sections
        Codes that hold others by the classification alone, as section C of ISIC holds 10 to 33 ->
        what these begin with.
    read_as
        Codes that lost noughts -> with them; or empty, of a code that holds none.

    Returns
    -------
    (rows, rows) with the same columns; codes whose parts hold all of them are in neither.

    Examples
    --------
    >>> rows = pl.DataFrame({"code": ["26", "261"], "value": [10.0, 4.0]})
    >>> without_parts(rows, [])[0].sort("code").rows()
    [('26', 6.0), ('261', 4.0)]
    """
    holders = holders_of(rows["code"].unique().to_list(), sections, read_as)
    whole = _with_parts(rows, groups, holders)
    is_nothing = pl.col("left").abs() <= TOLERANCE * pl.col("value")
    is_over = (pl.col("left") < 0) & ~is_nothing
    over = whole.filter(is_over).select(rows.columns)
    keys = ["code", *groups]
    rest = rows.join(whole.select(*keys, "left"), on=keys, how="left", nulls_equal=True)
    is_left = pl.col("left").is_null() | ((pl.col("left") > 0) & ~is_nothing)
    left = rest.filter(is_left).with_columns(value=pl.coalesce("left", "value"))
    return left.select(rows.columns), over


def _with_parts(
    rows: pl.DataFrame, groups: list[str], holders: Mapping[str, list[str]]
) -> pl.DataFrame:
    """Rows whose code holds others with a value in their group, and what these leave of them.

    Each part counts once, in the narrowest code that holds it and has a value in the same group:
    where 261 is missing, 2611 is a part of 26.
    """
    pairs = pl.DataFrame(
        [(part, code, order) for part in holders for order, code in enumerate(holders[part])],
        schema={"part": pl.String, "code": pl.String, "order": pl.Int64},
        orient="row",
    )
    known = rows.drop_nulls("value")
    return (
        known.rename({"code": "part", "value": "part_value"})
        .join(pairs, on="part")
        .join(known, on=["code", *groups], nulls_equal=True)
        .sort("part", *groups, "order")
        .unique(["part", *groups], keep="first", maintain_order=True)
        .sort("code", *groups, "part")
        .group_by("code", *groups, maintain_order=True)
        .agg(
            pl.col("value").first(),
            left=pl.col("value").first() - pl.col("part_value").sum(),
            parts_count=pl.len(),
        )
    )


def without_filling(code: str) -> str:
    """A code without the noughts that fill up a group of SOC; any other as it is written.

    >>> without_filling("15-1200"), without_filling("2610")
    ('1512', '2610')
    """
    if _OCCUPATION.fullmatch(code.strip()):
        return code.strip().replace("-", "").rstrip("0")
    return code


@lru_cache(maxsize=1 << 16)
def _beginnings(code: str) -> tuple[str, ...]:
    """What the codes begin with that a code holds; nothing of a word, which holds none."""
    text = unicodedata.normalize("NFKC", code).strip()
    if span := _RANGE.fullmatch(text):
        letter, first, last = span.groups()
        first = first.zfill(len(last)) if len(last) - len(first) == 1 else first  # 9-12
        numbers = range(int(first), int(last) + 1)
        if len(first) == len(last) and len(numbers) > 1:
            return tuple(f"{letter.upper()}{number:0{len(first)}d}" for number in numbers)
    each = [_beginnings(part) for part in _SEVERAL.split(text) if part != text]
    if each and all(starts and _DIGIT.search(starts[0]) for starts in each):
        return tuple(start for starts in each for start in starts)
    signs = _plain(without_filling(code))
    if signs.isascii() and (_DIGIT.search(signs) or 0 < len(signs) <= MOST_SIGNS):
        return (signs,)
    return ()


def _are_within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether all that one code holds begins as the other says, and it is another code."""
    return bool(part) and part != whole and all(start.startswith(whole) for start in part)


def _width(starts: tuple[str, ...]) -> float:
    """How much of a classification begins in these ways: the longer, the less."""
    return len(starts) / 36.0 ** len(starts[0])


def _signs(code: str) -> str:
    """The letters and digits of a code; of a range its ends, so that it is no code of its own."""
    starts = _beginnings(code)
    if len(starts) > 1:
        return ";".join(starts)
    return _plain(code)


def _plain(code: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", code)).upper()
