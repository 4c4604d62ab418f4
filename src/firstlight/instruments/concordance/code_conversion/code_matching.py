"""Which codes of a classification a written code stands for, and which hold others."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

__all__ = [
    "Match",
    "match_codes",
    "whole_codes",
    "without_filling",
    "without_nought",
    "without_parts",
]

_MARKS = re.compile(r"[\W_]")
_DIGIT = re.compile(r"\d")
_RANGE = re.compile(r"([A-Za-z]?)(\d{1,4})\s*[-–_]\s*\1(\d{1,4})", re.ASCII | re.IGNORECASE)
_OCCUPATION = re.compile(r"\d\d-\d{4}")  # SOC writes a group as 15-1200, with noughts at the end
MOST_OF_RANGE = 20  # codes that one written as a range may hold: 31-33 is three
MOST_SIGNS = 2  # of a code without a digit, such as section C: a longer one is a word
TOLERANCE = 1e-6  # of a value, by which it may differ from the sum of its parts
ROUNDED = 0.01  # the same, where rounded figures show that a code of one digit is a section
FEWEST_LONGER = 10  # codes of full length that tell lost noughts from a level of its own
FEWEST_SIGNS = 2  # of a code that may stand for a longer one: one sign is a section


@dataclass(frozen=True)
class Match:
    """What a written code stands for.

    Attributes
    ----------
    kind
        ``exact``; ``nought_restored`` where a leading nought was lost; ``from_parent`` where the
        classification knows only what holds the code; ``from_children`` where it knows only what
        the code holds; ``no_link`` where it knows nothing of it.
    codes
        The codes of the classification, sorted; several of ``from_children``.
    """

    kind: str
    codes: tuple[str, ...] = ()


class _Known:
    """The codes of a classification, found as written or by letters and digits alone."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.written = {code.strip().upper(): code for code in sorted(codes)}
        self.lost = without_nought(self.written)
        signs = {written: _signs(written) for written in self.written}
        signs |= {written: f"0{written}" for written in self.lost}
        counts = Counter(signs.values())
        self.by_signs = {
            signs[written]: code
            for written, code in self.written.items()
            if counts[signs[written]] == 1
        }
        self.lengths = {len(signs) for signs in self.by_signs}
        beginnings = {signs: _beginnings(signs) for signs in self.by_signs}
        self.sorted = sorted(signs for signs, starts in beginnings.items() if len(starts) == 1)
        self.ranges = {signs: starts for signs, starts in beginnings.items() if len(starts) > 1}
        self.in_range = {start: signs for signs in self.ranges for start in self.ranges[signs]}

    def one(self, code: str) -> str | None:
        """The code itself."""
        return self.written.get(code.strip().upper()) or self.by_signs.get(_signs(code))

    def is_complete(self, code: str) -> bool:
        """Whether a code has lost no nought, since with one it would have an odd number of
        signs, and none of its codes has: 9018 is no part of 0901, nor of 09."""
        return len(_signs(code)) % 2 == 0 and not any(length % 2 for length in self.lengths)

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
        held = [signs for signs, own in self.ranges.items() if _are_within(own, starts)]
        inner = tuple(start for signs in held for start in self.ranges[signs])
        for start in starts:
            for other in self.sorted[bisect_left(self.sorted, start) :]:
                if not other.startswith(start):
                    break
                if not other.startswith(inner):
                    held.append(other)
                    inner = (*inner, other)
        return tuple(sorted(self.by_signs[signs] for signs in held))


def match_codes(codes: Collection[str], known: Iterable[str]) -> dict[str, Match]:
    """What each written code stands for among the codes of a classification.

    A code is looked for as it is written, then by its letters and digits alone (``01.11`` and
    ``0111`` are one), then with a leading nought, which spreadsheets drop; then the nearest code
    that holds it, and last all that it holds. A range, such as ``31-33``, is never one code
    (``3133``), and a word is found as it is written alone.

    Parameters
    ----------
    codes
        As they were written.
    known
        Codes of the classification.

    Returns
    -------
    Code -> `Match`, for each of ``codes``.

    Examples
    --------
    >>> found = match_codes(["0111", "111", "01.112", "01", "99"], ["01.11", "01.12"])
    >>> [match.kind for match in found.values()]
    ['exact', 'nought_restored', 'from_parent', 'from_children', 'no_link']
    >>> found["01"].codes
    ('01.11', '01.12')
    """
    classification = _Known(known)
    lost = without_nought(codes)
    keeps = any(code.strip().startswith("0") for code in codes)
    return {code: _match(code, classification, code in lost, keeps) for code in codes}


def _match(code: str, known: _Known, is_without_nought: bool, keeps_noughts: bool) -> Match:
    """What a code stands for.

    keeps_noughts : whether other codes beside it begin with a nought, so that a code which is found
                    by none above or below it is not guessed to have lost its own
    """
    padded = f"0{code.strip()}"
    is_known_so = code in known.lost
    if (is_known_so or not is_without_nought) and (same := known.one(code)):
        is_exact = is_known_so or same not in known.lost
        return Match("exact" if is_exact else "nought_restored", (same,))
    if code.strip()[:1].isdigit() and (same := known.one(padded)):
        return Match("nought_restored", (same,))
    if same := known.one(code):
        return Match("exact", (same,))
    guessed = [code, padded]
    if is_without_nought:
        guessed = [padded]
    elif keeps_noughts or known.is_complete(code):
        guessed = [code]
    for written in guessed:
        if parent := known.parent(written):
            return Match("from_parent", (parent,))
        if children := known.children(written):
            return Match("from_children", children)
    return Match("no_link")


def without_nought(codes: Collection[str]) -> frozenset[str]:
    """The codes of a list that lost their leading nought, as a spreadsheet drops it.

    Numbers of one digit beside those of two, or of three beside at least ten of four (five beside
    six), none of which begins with a nought: sections are letters where divisions have two digits.
    Where half of the longer ones begin with a shorter one, these are a level of their own.

    Examples
    --------
    >>> sorted(without_nought(["1", "2", "10", "21"]))
    ['1', '2']
    >>> sorted(without_nought(["141", "1411", *(str(code) for code in range(2610, 2620))]))
    ['141']
    >>> sorted(without_nought(["0", "1", "10"])), sorted(without_nought(["26", "261"]))
    ([], [])
    """
    numbers = [code for code in codes if code.isascii() and code.isdigit()]
    lengths = sorted({len(code) for code in numbers})
    if len(lengths) != 2 or lengths[1] != lengths[0] + 1 or lengths[1] % 2:
        return frozenset()
    if any(code.startswith("0") for code in numbers):
        return frozenset()
    shorter = frozenset(code for code in numbers if len(code) == lengths[0])
    longer = [code for code in numbers if len(code) == lengths[1]]
    if lengths[0] == 1:
        return shorter
    held = sum(code[: lengths[0]] in shorter for code in longer)
    is_lost = len(longer) >= FEWEST_LONGER and 2 * held < len(longer)
    return shorter if is_lost else frozenset()


def whole_codes(
    codes: Collection[str], lost: Collection[str] = frozenset()
) -> Mapping[str, tuple[str, ...]]:
    """The codes that hold others of the same list, with those that they hold directly.

    A code holds those that begin with its letters and digits; one that is written as a range, as
    the sectors of NAICS are, holds those that begin with any number of the range. A word holds
    none.

    Parameters
    ----------
    codes
        As they were written, each once.
    lost
        Those of them that lost their leading nought, and hold none of the others.

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
    for part, wholes in _wholes_of(codes, lost, {}).items():
        for whole in wholes[:1]:
            held.setdefault(whole, []).append(part)
    return {code: tuple(held[code]) for code in sorted(held)}


def _wholes_of(
    codes: Collection[str], lost: Collection[str], sections: Mapping[str, tuple[str, ...]]
) -> dict[str, list[str]]:
    """Each code of a list -> those that hold it, the narrowest first; sorted by letters and digits.

    lost     : those that hold none
    sections : codes that hold others by the classification -> what these begin with
    """
    ordered = sorted(codes, key=lambda code: (_signs(code), code))
    starts = {code: sections.get(code, _beginnings(code)) for code in ordered}
    holders: dict[str, list[str]] = {}
    for code in ordered:
        for start in starts[code]:
            if code not in lost:
                holders.setdefault(start, []).append(code)
    found: dict[str, list[str]] = {}
    for code in ordered:
        first = "".join(starts[code][:1])
        around = {
            whole
            for length in range(1, len(first) + 1)
            for whole in holders.get(first[:length], ())
            if _are_within(starts[code], starts[whole])
        }
        found[code] = sorted(around, key=lambda whole: (_width(starts[whole]), whole))
    return found


def without_parts(
    rows: pl.DataFrame,
    groups: list[str],
    sections: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
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

    Returns
    -------
    (rows, rows) with the same columns; codes whose parts hold all of them are in neither.

    Notes
    -----
    A code that seems to have lost its leading nought holds others only if it is their sum in each
    group: sections of one digit are, and 01 beside 10 to 19 is not.

    Examples
    --------
    >>> rows = pl.DataFrame({"code": ["26", "261"], "value": [10.0, 4.0]})
    >>> without_parts(rows, [])[0].sort("code").rows()
    [('26', 6.0), ('261', 4.0)]
    """
    codes = rows["code"].unique().sort().to_list()
    lost = without_nought(codes)
    whole = _with_parts(rows, groups, sections)
    is_sum = (pl.col("left").abs() <= ROUNDED * pl.col("value")).all()
    if lost:
        summed = whole.group_by("code").agg(is_sum=is_sum).filter("is_sum")["code"]
        whole = _with_parts(rows, groups, sections, lost.difference(summed))
    is_nothing = pl.col("left").abs() <= TOLERANCE * pl.col("value")
    is_over = (pl.col("left") < 0) & ~is_nothing
    over = whole.filter(is_over).select(rows.columns)
    keys = ["code", *groups]
    rest = rows.join(whole.select(*keys, "left"), on=keys, how="left", nulls_equal=True)
    is_left = pl.col("left").is_null() | ((pl.col("left") > 0) & ~is_nothing)
    left = rest.filter(is_left).with_columns(value=pl.coalesce("left", "value"))
    return left.select(rows.columns), over


def _with_parts(
    rows: pl.DataFrame,
    groups: list[str],
    sections: Mapping[str, tuple[str, ...]],
    lost: Collection[str] = frozenset(),
) -> pl.DataFrame:
    """Rows whose code holds others with a value in their group, and what these leave of them.

    Each part counts once, in the narrowest code that holds it and has a value in the same group:
    where 261 is missing, 2611 is a part of 26.
    """
    holders = _wholes_of(rows["code"].unique().to_list(), lost, sections)
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
        .agg(pl.col("value").first(), left=pl.col("value").first() - pl.col("part_value").sum())
    )


def without_filling(code: str) -> str:
    """A code without the noughts that fill up a group of SOC; any other as it is written.

    >>> without_filling("15-1200"), without_filling("2610")
    ('1512', '2610')
    """
    if _OCCUPATION.fullmatch(code.strip()):
        return code.strip().replace("-", "").rstrip("0")
    return code


def _beginnings(code: str) -> tuple[str, ...]:
    """What the codes begin with that a code holds; nothing of a word, which holds none."""
    if span := _RANGE.fullmatch(code.strip()):
        letter, first, last = span.groups()
        numbers = range(int(first), int(last) + 1)
        if len(first) == len(last) and 1 < len(numbers) <= MOST_OF_RANGE:
            return tuple(f"{letter.upper()}{number:0{len(first)}d}" for number in numbers)
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
        return f"{starts[0]}-{starts[-1]}"
    return _plain(code)


def _plain(code: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", code)).upper()
