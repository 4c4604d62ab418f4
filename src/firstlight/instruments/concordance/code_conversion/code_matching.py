"""Which codes of a classification a written code stands for, and which hold others."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

__all__ = ["Match", "match_codes", "whole_codes", "without_nought", "without_parts"]

_MARKS = re.compile(r"[^0-9A-Za-z]")
_RANGE = re.compile(r"(\d{1,4})\s*[-–]\s*(\d{1,4})")
MOST_OF_RANGE = 20  # codes that one written as a range may hold: 31-33 is three
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
        signs = Counter(map(_signs, self.written))
        self.by_signs = {
            _signs(written): code
            for written, code in self.written.items()
            if signs[_signs(written)] == 1
        }
        self.sorted = sorted(self.by_signs)

    def one(self, code: str) -> str | None:
        """The code itself."""
        return self.written.get(code.strip().upper()) or self.by_signs.get(_signs(code))

    def parent(self, code: str) -> str | None:
        """The nearest code that holds it."""
        signs = _signs(code)
        for length in range(len(signs) - 1, FEWEST_SIGNS - 1, -1):
            if signs[:length] in self.by_signs:
                return self.by_signs[signs[:length]]
        return None

    def children(self, code: str) -> tuple[str, ...]:
        """The codes that it holds."""
        held = []
        for start in _beginnings(code):
            for other in self.sorted[bisect_left(self.sorted, start) :]:
                if not other.startswith(start):
                    break
                held.append(self.by_signs[other])
        return tuple(held)


def match_codes(codes: Collection[str], known: Iterable[str]) -> dict[str, Match]:
    """What each written code stands for among the codes of a classification.

    A code is looked for as it is written, then by its letters and digits alone (``01.11`` and
    ``0111`` are one), then with a leading nought, which spreadsheets drop; then the nearest code
    that holds it, and last all that it holds.

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
    return {code: _match(code, classification, code in lost) for code in codes}


def _match(code: str, known: _Known, is_without_nought: bool) -> Match:
    padded = f"0{code.strip()}"
    if not is_without_nought and (same := known.one(code)):
        return Match("exact", (same,))
    if code.strip()[:1].isdigit() and (same := known.one(padded)):
        return Match("nought_restored", (same,))
    if same := known.one(code):
        return Match("exact", (same,))
    for written in (padded,) if is_without_nought else (code, padded):
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
    codes: Sequence[str], lost: Collection[str] = frozenset()
) -> Mapping[str, tuple[str, ...]]:
    """The codes that hold others of the same list, with those that they hold directly.

    A code holds those that begin with its letters and digits; one that is written as a range, as
    the sectors of NAICS are, holds those that begin with any number of the range.

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
    free: list[str] = []  # codes that no single code holds
    open_codes: list[str] = []
    ranges = {code for code in codes if _RANGE.fullmatch(code)}
    single = set(codes) - ranges - set(lost)
    for code in sorted(single, key=lambda code: (_signs(code), code)):
        while open_codes and not _holds(open_codes[-1], code):
            open_codes.pop()
        if open_codes:
            held.setdefault(open_codes[-1], []).append(code)
        else:
            free.append(code)
        open_codes.append(code)
    for code in ranges:
        parts = [part for part in free if _signs(part).startswith(_beginnings(code))]
        if parts:
            held[code] = parts
    return {code: tuple(held[code]) for code in sorted(held)}


def without_parts(rows: pl.DataFrame, groups: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose value is what their parts do not hold, and those whose parts hold more than they
    do.

    Parameters
    ----------
    rows
        Columns code, value and the groups; a row for each code and group.
    groups
        Columns within which a whole is held against its parts, such as place and year.

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
    codes = rows["code"].unique().to_list()
    lost = without_nought(codes)
    holds = whole_codes(codes)
    pairs = pl.DataFrame(
        [(whole, part) for whole, parts in holds.items() for part in parts],
        schema={"code": pl.String, "part": pl.String},
        orient="row",
    )
    of_part = rows.rename({"code": "part", "value": "part_value"})
    held = (
        rows.join(pairs, on="code")
        .join(of_part, on=["part", *groups], nulls_equal=True)
        .sort("code", *groups, "part")
        .group_by("code", *groups, maintain_order=True)
        .agg(pl.col("part_value").sum())
    )
    both = rows.join(
        held, on=["code", *groups], how="left", nulls_equal=True, maintain_order="left"
    )
    left = pl.col("value") - pl.col("part_value").fill_null(0.0)
    is_nothing = left.abs() <= TOLERANCE * pl.col("value")
    is_sum = (left.abs() <= ROUNDED * pl.col("value")).all().over("code")
    has_both = pl.col("part_value").is_not_null() & pl.col("value").is_not_null()
    is_whole = has_both & (~pl.col("code").is_in(list(lost)) | is_sum)
    over = both.filter(is_whole & (left < 0) & ~is_nothing)
    rest = both.filter(~is_whole | ((left > 0) & ~is_nothing))
    return rest.with_columns(value=pl.when(is_whole).then(left).otherwise("value")).select(
        rows.columns
    ), over.select(rows.columns)


def _beginnings(code: str) -> tuple[str, ...]:
    """What the codes begin with that a code holds."""
    if span := _RANGE.fullmatch(code.strip()):
        first, last = span.groups()
        numbers = range(int(first), int(last) + 1)
        if len(first) == len(last) and 1 < len(numbers) <= MOST_OF_RANGE:
            return tuple(f"{number:0{len(first)}d}" for number in numbers)
    return (_signs(code),)


def _holds(whole: str, part: str) -> bool:
    one, other = _signs(whole), _signs(part)
    return len(one) < len(other) and other.startswith(one)


def _signs(code: str) -> str:
    return _MARKS.sub("", code).upper()
