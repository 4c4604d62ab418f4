"""Names that would spoil a measurement: a total among its parts, levels of a classification, one
place under two names."""

from __future__ import annotations

import re
from collections.abc import Collection
from math import gcd

import polars as pl

from firstlight.numerics.sums_of_others import COUNTED_ONCE, sums_in_frame
from firstlight.sources.renamed_units import NAMED, without_division, without_spaces
from firstlight.sources.totals import may_be_total
from firstlight.texts import List, Message, Name, Phrase, message, names

# codes of what is told here, before an answer; and of what readers told already, after its first
# sentence, since nothing is in doubt
DOUBTS = ("sum_of_others", "called_total", "levels", "alike")
TOTALS = "totals_left_out"
MOSTLY = 0.8  # of the names
PARTLY = 0.4  # of the longest codes, where some codes above are missing: NAICS writes 31-33
FEWEST = 4  # codes
SHOWN = 3
_CODE = re.compile(r"[A-Z]{0,2}\d{2,}[A-Za-z]?\d*")
_NUMBERED = re.compile(r"(\D*)(\d+)")
_SIGNS = r"\s.\-_'’·,"


def doubtful_names(frame: pl.DataFrame, told: Collection[str] = ()) -> list[Message]:
    """Messages on names that are probably totals, on codes of several levels, and on names that
    probably mean one thing.

    frame : the rows of a measurement, whose names stand in columns of ``NAMED``; a total is told by
            its name, or as one whose numbers are the sum of all others', year by year
    told  : names that are known to be totals already

    >>> rows = [(place, 2000 + t, size + t) for place,
    ...     size in (("a", 1.0), ("b", 2.0), ("c", 4.0)) for t in range(3)]
    >>> rows += [("nation of three", 2000 + t, 7.0 + 3 * t) for t in range(3)]
    >>> doubtful_names(pl.DataFrame(rows, ["unit", "year", "output"], orient="row"))
    [Message(code='sum_of_others', values={'name': Name(value='nation of three')})]
    """
    found: list[Message] = []
    for key in NAMED:
        if key in frame.columns and frame[key].null_count() < frame.height:
            known = frame[key].drop_nulls().unique().sort().to_list()
            if key in COUNTED_ONCE:
                found += [*_totals(frame, key, known, told), *_levels(key, known)]
            found += _alike(known)
    return [each for place, each in enumerate(found) if each not in found[:place]]


def _totals(
    frame: pl.DataFrame, key: str, known: list[str], told: Collection[str]
) -> list[Message]:
    sums = [name for name in sums_in_frame(frame, key) if name not in told]
    found = [message("sum_of_others", name=Name(name)) for name in sums]
    if len(known) > 1:
        others = (name for name in known if name not in sums and name not in told)
        called = [name for name in others if may_be_total(name)]
        found += [message("called_total", name=Name(name)) for name in called]
    return found


def _levels(key: str, known: list[str]) -> list[Message]:
    """Codes of several levels of one classification: most of the longest begin with a shorter one
    that is there too; or a good part of them do, and most of the shorter ones have longer ones.

    Numbers that only count (1, 2, ... 12) begin with one another as well, and so do names that one
    word numbers (s10, s100): they leave few numbers, or few of their steps, out.
    """
    parts = [own for own in map(_NUMBERED.fullmatch, known) if own]
    numbers = [int(own[2]) for own in parts]
    steps = gcd(*numbers) or 1
    is_one = len({own[1] for own in parts}) == 1
    if is_one and len(numbers) > ((max(numbers) - min(numbers)) / steps + 1) / 2:
        return []
    codes = [name for name in known if _CODE.fullmatch(name)]
    if len(codes) < max(FEWEST, MOSTLY * len(known)) or min(map(len, codes)) < 2:
        return []
    all_codes = set(codes)
    above = {
        code: next((code[:k] for k in range(len(code) - 1, 1, -1) if code[:k] in all_codes), "")
        for code in codes
    }
    longest = [code for code in codes if len(code) == max(map(len, codes))]
    shorter = len(codes) - len(longest)
    under = [code for code in longest if above[code]]
    holding = len({code for code in above.values() if code})
    least = PARTLY if holding >= MOSTLY * shorter else MOSTLY
    if not shorter or len(under) < least * len(longest):
        return []
    part = under[0]
    return [message("levels", key=Name(key), part=Name(part), whole=Name(above[part]))]


def _alike(known: list[str]) -> list[Message]:
    """Names that differ only in spaces, signs and case, or in the kind of a Chinese province or
    city."""
    folded = without_division(without_spaces(pl.col("name").str.to_lowercase(), _SIGNS))
    groups = pl.DataFrame({"name": known}).group_by(folded.alias("one"), maintain_order=True)
    several = groups.agg("name").filter(pl.col("name").list.len() > 1)["name"]
    told = (Phrase(message("phrases.alike", names=names(own))) for own in several)
    return [message("alike", groups=List(tuple(told), SHOWN))] if several.len() else []
