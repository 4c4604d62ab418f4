"""The rooms of a brief: each a question, the measurement that answers it, the files that it needs,
and the sentences that it gives."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.result import Result
from firstlight.run.doubtful_names import DOUBTS, TOTALS
from firstlight.texts import Remark, Share

__all__ = [
    "GROUPS",
    "KIND_WORDS",
    "LINES",
    "ROOMS",
    "Line",
    "Room",
    "chosen_rows",
    "lacking",
    "line_sentences",
    "room_sentences",
]

Told = tuple[str, str]
"""A sentence, and the measurement that its figures come from."""

GROUPS = ("identify", "foster", "secure", "measure", "share")
KIND_WORDS: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8")
)
_DECLARED = tomllib.loads(Path(__file__).with_name("rooms.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Room:
    """A question, and what answers it.

    of      : the group that it stands in, one of `GROUPS`
    source  : kinds of files of which one is the main table, the best first
    needs   : option -> kind of the file that it can't do without; may : that it takes
    columns : option -> canonical column of the source
    has_home : whether it takes the country of the place
    own     : rules that choose rows about the place, and their words
    most    : sentences of its answer that are told
    """

    of: str
    measurement: str
    question: Remark
    source: tuple[str, ...]
    needs: Mapping[str, str]
    may: Mapping[str, str]
    columns: Mapping[str, str]
    options: Mapping[str, Any]
    has_home: bool
    own: tuple[Mapping[str, Any], ...]
    most: int


@dataclass(frozen=True)
class Line:
    """One of the first lines of a brief that is of no place.

    rule    : how what it says was chosen
    settles : whether a brief of a place says it too
    """

    title: Remark
    rule: Remark
    says: tuple[Mapping[str, Any], ...]
    pick: Mapping[str, Any]
    settles: bool


def _room(told: Mapping[str, Any]) -> Room:
    return Room(
        told["of"],
        told["measurement"],
        Remark.under(told),
        tuple(told["source"]),
        told.get("needs", {}),
        told.get("may", {}),
        told.get("columns", {}),
        told.get("options", {}),
        told.get("has_home", False),
        tuple(told.get("own", ())),
        told.get("most", 3),
    )


def _line(told: Mapping[str, Any]) -> Line:
    return Line(
        Remark.under(told),
        Remark.under(told, "rule_"),
        tuple(told.get("says", ())),
        told.get("pick", {}),
        told.get("settles", False),
    )


ROOMS = tuple(map(_room, _DECLARED["rooms"]))
LINES = tuple(map(_line, _DECLARED["lines"]))


def lacking(room: Room, there: Set[str]) -> tuple[str, ...]:
    """The kinds of files that a room needs and that aren't there."""
    wanted = [kind for kind in room.needs.values() if kind not in there]
    if there.isdisjoint(room.source):
        wanted = [room.source[0], *wanted]
    return tuple(dict.fromkeys(wanted))  # one file may serve two options


def room_sentences(
    room: Room, result: Result, is_own: Callable[[str], bool], lang: str
) -> Iterator[str]:
    """What a room says: of the place first, then of all.

    is_own : whether a name of a table is that of the place
    """
    for rule in room.own:
        frame = result.tables[rule["table"]]
        named = frame[rule["key"]].drop_nulls().unique()
        own = [name for name in named if is_own(name)]
        here = {**result.tables, rule["table"]: frame.filter(pl.col(rule["key"]).is_in(own))}
        about = {**rule, "measurement": room.measurement}
        for row in chosen_rows(about, {room.measurement: here}):
            yield _in_words(about, row, {room.measurement: result}, lang)
    yield from _sentences({"codes": ["*"], "most": room.most}, result, lang)


def line_sentences(line: Line, results: Mapping[str, Result], lang: str) -> Iterator[Told]:
    """What the rules of a line choose from the results, by name of their measurement."""
    for rule in line.says:
        if rule["measurement"] in results:
            for text in _sentences(rule, results[rule["measurement"]], lang):
                yield text, rule["measurement"]
    name = str(line.pick.get("measurement"))
    if name not in results:
        return
    rows = chosen_rows(line.pick, {own: result.tables for own, result in results.items()})
    for row in rows:
        yield _in_words(line.pick, row, results, lang), name
    if not rows:
        yield Remark.under(line.pick, "none_").text(lang), name


def _sentences(rule: Mapping[str, Any], result: Result, lang: str) -> Iterator[str]:
    """The first sentences of a result whose codes fit the rule, after what is doubtful about the
    names that it rests on, and before the totals that it left out."""
    patterns = rule.get("codes", ["*"])
    fitting = [
        given
        for given in result.said
        if any(fnmatchcase(given.code, pattern) for pattern in patterns)
    ]
    doubts = [given for given in fitting if given.code in DOUBTS]
    totals = [given for given in fitting if given.code == TOTALS]
    answers = [given for given in fitting if given.code not in (*DOUBTS, TOTALS)]
    for given in (*doubts, *answers[: rule.get("most", 1)], *totals):
        yield result.texts.sentence(lang, given)


def chosen_rows(
    rule: Mapping[str, Any], tables: Mapping[str, Mapping[str, pl.DataFrame]]
) -> list[dict[str, Any]]:
    """The rows that a rule chooses from the tables of measurements, in its order.

    where : column -> values of which a row has one; an empty list asks for a missing value
    order : columns, with "-" before those whose largest comes first; what is missing comes last
    join  : measurement, table and on, the two columns that hold the same names; left out where that
            measurement wasn't made, with what the order says of its columns

    >>> tables = {"m": {"t": pl.DataFrame({"name": ["a", "b", "c"], "loss": [1, 3, None]})}}
    >>> chosen_rows({"measurement": "m", "table": "t", "order": ["-loss"], "most": 2}, tables)
    [{'name': 'b', 'loss': 3}, {'name': 'a', 'loss': 1}]
    """
    frame = tables[rule["measurement"]][rule["table"]]
    for column, values in rule.get("where", {}).items():
        is_chosen = pl.col(column).is_in(values)
        if not values:
            is_chosen = pl.col(column).is_null()
        frame = frame.filter(is_chosen)
    join = rule.get("join")
    if join and join["measurement"] in tables:
        ours, theirs = join["on"]
        other = tables[join["measurement"]][join["table"]].rename({theirs: ours})
        new = [ours, *(each for each in other.columns if each not in frame.columns)]
        frame = frame.join(other.select(new), on=ours, how="left", maintain_order="left")
    order = [each for each in rule["order"] if each.lstrip("-") in frame.columns]
    if order:
        by, down = [each.lstrip("-") for each in order], [each.startswith("-") for each in order]
        frame = frame.sort(by, descending=down, nulls_last=True, maintain_order=True)
    return frame.head(rule.get("most", 1)).to_dicts()


def _in_words(
    rule: Mapping[str, Any], row: Mapping[str, Any], results: Mapping[str, Result], lang: str
) -> str:
    """The clauses of a rule for a row, without those whose column is missing there."""
    cells = {}
    for part in (rule.get("join", {}), rule):
        result = results.get(part.get("measurement", ""))
        if result is not None:
            table = part["table"]
            for column in set(result.tables[table].columns) & row.keys():
                # in a sentence, unlike a column, 2.0 months are 2
                cells[column] = result.texts.cell(lang, table, column, row).removesuffix(".0")
            for column in rule.get("shares", ()):
                cells[column] = result.texts.write(lang, Share(row[column]))
    clauses = [own for own in rule["clauses"] if row.get(own["if"]) is not None]
    return "".join(Remark.under(own).text(lang).format(**cells) for own in clauses)
