"""What to say of a column of codes that lost leading noughts, or may have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from firstlight.errors import InputError
from firstlight.instruments.concordance.code_conversion.code_matching import Match, match_codes
from firstlight.texts import Count, Message, message, names


@dataclass(frozen=True)
class ReadCodes:
    """How a column of codes was read.

    Attributes
    ----------
    noughts
        Codes that lost their leading noughts -> what they are read as.
    doubts
        What to say first, of codes that were given noughts and are codes without them, too.
    notes
        What else to say.
    """

    noughts: Mapping[str, str]
    doubts: tuple[Message, ...]
    notes: tuple[Message, ...]


def read_codes(codes: Iterable[str], known: Iterable[str], sums: Collection[str] = ()) -> ReadCodes:
    """How a column of codes is read, beside those of its classification.

    Raises InputError for codes that may be either of two, or are read as another of the column.

    >>> read_codes(["1", "2", "10", "26"], ["01", "02", "10", "26"]).noughts
    {'1': '01', '2': '02'}
    """
    matches = match_codes(sorted(set(codes)), known, sums)
    doubts, notes = readings_told(matches)
    noughts = {code: match.read_as for code, match in matches.items() if match.is_restored(code)}
    twice = [f"{code} ({read})" for code, read in noughts.items() if read in matches]
    for said in doubts:
        if said.code == "two_readings":
            raise InputError(said)
    if twice:
        raise InputError(message("two_readings", count=Count(len(twice)), codes=names(twice)))
    return ReadCodes(noughts, tuple(doubts), tuple(notes))


def readings_told(matches: Mapping[str, Match]) -> tuple[list[Message], list[Message]]:
    """What to say first of how codes were read, and what else."""
    kinds = dict[str, list[str]]()
    for code, match in matches.items():
        kind = "read_as_written"
        if match.kind == "two_readings":
            kind = "two_readings"
        elif match.is_restored(code):
            kind = "noughts_assumed" if match.other else "nought_restored"
        elif not match.other:
            continue
        shown = f"{match.read_as} ({match.other})" if match.other else match.read_as
        kinds.setdefault(kind, []).append(shown)
    messages = [
        message(kind, count=Count(len(kinds[kind])), codes=names(sorted(kinds[kind])))
        for kind in ("two_readings", "noughts_assumed", "nought_restored", "read_as_written")
        if kind in kinds
    ]
    is_first = [said for said in messages if said.code in ("two_readings", "noughts_assumed")]
    return is_first, messages[len(is_first) :]
