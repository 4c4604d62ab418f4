"""A thing that has an address: its tables, charts and words, and what of them is selected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError, unknown, unknown_name
from firstlight.texts import LANGUAGES, Name, Remark, Texts, message

SITE = Path(__file__).parent
BETWEEN = "~"  # parts the values of a condition, as in place=安徽~浙江
FROM = "from"
UNTIL = "to"
YEARS = ("year", "forecast_year")  # columns that from and to speak of

Draw = Callable[["Thing", str], str]
Show = Callable[["Thing", str], Mapping[str, Any]]
ByLanguage = Mapping[str, str]
Form = tuple[str, str, float]  # address, a form of its name, how much there is of it
Search = Callable[[str, int], Sequence[Form]]


@dataclass(frozen=True)
class Origin:
    """Where the figures of a thing come from.

    title    : of the record or file, by language
    sources  : who publishes them
    licence  : as the publisher states it
    method   : the citation of the method; "" for none
    version  : of the code
    created  : when the result was made, ISO 8601
    inputs   : name and SHA-256 of each file that was read
    command  : walks a figure back to these files
    """

    title: ByLanguage
    sources: tuple[str, ...]
    licence: str
    version: str
    created: str
    command: str
    method: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Thing:
    """A technology, a list, a record, a measurement and so on.

    kind   : which of the templates shows it
    path   : its address, from the beginning of the site
    name   : by language
    tables : name -> frame, the main one first
    texts  : the words of the tables
    origin : where the figures come from
    charts : code -> what draws it as an SVG element in a language; the main one first
    show   : what its page shows beside, in a language
    above  : paths of the things that hold it, the outermost first
    of     : paths of the things that it puts side by side
    selection : the conditions that its rows meet
    """

    kind: str
    path: str
    name: ByLanguage
    tables: Mapping[str, pl.DataFrame]
    texts: Texts
    origin: Origin
    charts: Mapping[str, Draw] = field(default_factory=dict)
    show: Show = lambda thing, lang: {}
    above: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    selection: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> list[tuple[str, str]]:
        """What follows its path in an address."""
        return [*(("of", path) for path in self.of), *self.selection.items()]

    @property
    def collection(self) -> str:
        """The folder that holds it."""
        return self.path.partition("/")[0]

    def table(self, name: str = "") -> pl.DataFrame:
        """A table by its name; the main one unless named.

        Raises InputError for a name that no table has.
        """
        name = name or next(iter(self.tables), "")
        if name not in self.tables:
            raise InputError(unknown("no_table", name, self.tables))
        return self.tables[name]

    def selected(self, conditions: Mapping[str, str]) -> Thing:
        """The thing with the rows that meet every condition, of the tables that have its column.

        conditions : column -> values, parted by "~"; ``from`` and ``to`` are years
        Raises  InputError for a column that no table has, or a year that is none.
        """
        if not conditions:
            return self
        tables = {**self.tables}
        for column, asked in conditions.items():
            test = _test(column, asked)
            columns = YEARS if column in (FROM, UNTIL) else (column,)
            having = {
                name: own
                for name, frame in tables.items()
                if (own := next((each for each in columns if each in frame.columns), None))
            }
            if not having:
                known = {each for frame in self.tables.values() for each in frame.columns}
                raise unknown_name(self.path, column, known)
            for name, own in having.items():
                tables[name] = tables[name].filter(test(pl.col(own)))
        return replace(self, tables=tables, selection=dict(conditions))


def in_every(given: Remark) -> ByLanguage:
    """A name in every language, in the one it has where it lacks another."""
    return {lang: given.text(lang) for lang in LANGUAGES}


def same(text: str) -> ByLanguage:
    """A name that is the same in every language."""
    return dict.fromkeys(LANGUAGES, text)


def _test(column: str, asked: str) -> Callable[[pl.Expr], pl.Expr]:
    if column not in (FROM, UNTIL):
        values = asked.split(BETWEEN)
        return lambda own: own.cast(pl.String).is_in(values)
    if not (asked.isascii() and asked.isdigit() and len(asked) == 4):
        raise InputError(message("no_year", option=Name(column), value=Name(asked[:20])), SITE)
    year = int(asked)
    return (lambda own: own >= year) if column == FROM else (lambda own: own <= year)
