"""Which column of a publisher's file is the title, the date, the authors: alias tables, read as
data."""

from __future__ import annotations

import csv
import difflib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from firstlight.errors import InputError
from firstlight.texts import Code, Name, message
from firstlight.texts import names as listed

FOLDER = Path(__file__).parent
GENERIC = "*"
_FEWEST_OF_PUBLISHER = 3  # canonical columns under a publisher's own names, to be its file
_ALIKE = 0.7  # likeness of a misspelt heading; latitude is like title by .62
_NAMED_SEPARATORS = {"comma": ",", "space": " ", "double_semicolon": ";;", "newline": "\n"}
_SPACED = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# A unit in brackets; not one that makes another thing of it, as (%), (上年=100) and (增速) do.
_MEASURED = re.compile(r"^(.*\S)\s*[(\[][^()\[\]=%增比]*[)\]]$")


@dataclass(frozen=True)
class Alias:
    """One line of an alias table: what a publisher calls a canonical column, and how its values are
    written.

    separators : tried in order to split a list; empty for the canonical column's own list
    form       : "" (text), "inverted_index", "parsed_name", "bracketed" or "core_project" (an
                 award's number that holds its project's); of a status that is said by yes or no,
                 the status that yes means
    """

    column: str
    alias: str
    publisher: str
    separators: tuple[str, ...]
    form: str


@dataclass(frozen=True)
class Layout:
    """The publisher whose names fit best, and canonical column -> (column of the file, its alias
    line)."""

    publisher: str
    columns: Mapping[str, tuple[str, Alias]]

    def names(self) -> dict[str, str]:
        """Canonical column -> column of the file."""
        return {column: name for column, (name, _) in self.columns.items()}


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one of this room's own CSV tables."""
    text = files("firstlight.sources").joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def aliases(table: str) -> tuple[Alias, ...]:
    """The alias lines of ``document_columns.csv`` or ``count_columns.csv``, in order of preference.

    >>> aliases("document_columns.csv")[0].alias
    'id'
    """
    return tuple(
        Alias(
            row["column"],
            row["alias"],
            row["publisher"],
            separators(row["separators"]),
            row["form"],
        )
        for row in read_table(table)
    )


def separators(text: str) -> tuple[str, ...]:
    """Separators as written in the tables: single signs, or the names comma, space, newline,
    double_semicolon.

    >>> separators("; comma")
    (';', ',')
    """
    return tuple(_NAMED_SEPARATORS.get(name, name) for name in text.split())


@lru_cache(maxsize=1 << 16)
def plain(name: str) -> str:
    """A column name without case, width, byte-order mark and joining signs, nor the spaces that
    align Chinese headings.

    >>> plain("Publication_Year") == plain("publication year"), plain("年　份")
    (True, '年份')
    """
    text = unicodedata.normalize("NFKC", name).replace("\ufeff", "").casefold()
    text = re.sub(r"[\s_\-./]+", " ", text).strip()
    return _SPACED.sub("", text)


def parted(name: str) -> str:
    """A column name with its words apart where capitals alone part them.

    >>> parted("publicationDate"), parted("PubYear"), parted("DOI")
    ('publication Date', 'Pub Year', 'DOI')
    """
    return _CAPITAL.sub(" ", name)


def bare(name: str) -> str:
    """A column name as `plain` has it, without a unit in brackets at its end.

    >>> bare("地区生产总值（亿元）"), bare("GDP [million US$]"), bare("GDP（上年=100）")
    ('地区生产总值', 'gdp', 'gdp(上年=100)')
    """
    return _MEASURED.sub(r"\1", plain(name))


def find_publisher(names: Sequence[str], table: str) -> str:
    """The publisher whose own names cover most canonical columns, at least three; the generic names
    win a tie.

    >>> find_publisher(["PT", "AU", "TI", "AB", "PY"], "document_columns.csv")
    'wos'
    """
    have, covered = set(names), dict[str, set[str]]()
    for alias in aliases(table):
        if alias.alias in have:
            covered.setdefault(alias.publisher, set()).add(alias.column)
    best = max(covered, key=lambda name: (len(covered[name]), name == GENERIC), default=GENERIC)
    # One or two names that fit, such as AU and PY, are no publisher's alone.
    if len(covered.get(best, ())) < _FEWEST_OF_PUBLISHER:
        return GENERIC
    return best


def guess_layout(
    names: Sequence[str],
    table: str,
    by_hand: Mapping[str, str] | None = None,
    where: str = "",
    only: Sequence[str] = (),
) -> Layout:
    """Canonical columns of a file, from its column names.

    The best-fitting publisher's names come first, then generic names, then any publisher's, without
    case. A column that the publisher uses for one thing (``ID``: keywords, in Web of Science) is
    never taken for another.

    by_hand : canonical column -> column of the file, for what the guess gets wrong
    where   : the file, for messages
    only    : the canonical columns that are looked for; all of the table where empty
    Raises  InputError where `by_hand` names a column that is not canonical or not in the file.

    >>> guess_layout(["题名", "摘要", "年"], "document_columns.csv").names()
    {'year': '年', 'title': '题名', 'abstract': '摘要'}
    """
    order = list(only or dict.fromkeys(alias.column for alias in aliases(table)))
    chosen = _by_hand(names, table, by_hand or {}, where, order)
    publisher = find_publisher(names, table)
    taken = {name for name, _ in chosen.values()}
    headings = Headings(names)
    own = [
        alias for alias in aliases(table) if alias.publisher == publisher and alias.column in order
    ]
    # Reversed, so that of two lines for one name the first holds.
    reserved = {alias.alias: alias.column for alias in reversed(own)}
    for alias in _by_preference(table, publisher):
        if alias.column in chosen or alias.column not in order:
            continue
        name = _match(alias, headings, publisher)
        if name is None or name in taken or reserved.get(name, alias.column) != alias.column:
            continue
        chosen[alias.column] = (name, alias)
        taken.add(name)
    return Layout(publisher, {column: chosen[column] for column in order if column in chosen})


def _by_preference(table: str, publisher: str) -> list[Alias]:
    rank = {publisher: 0, GENERIC: 1}
    return sorted(aliases(table), key=lambda alias: rank.get(alias.publisher, 2))


class Headings:
    """The column names of a file, found by what they are without case, width, signs or unit.

    A file may have thousands of columns and a table hundreds of aliases: each name is put in plain
    form once.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = frozenset(names)
        self._plain: dict[str, list[str]] = {}
        self._bare: dict[str, list[str]] = {}
        for name in names:
            for own in dict.fromkeys((plain(name), plain(parted(name)))):
                self._plain.setdefault(own, []).append(name)
            self._bare.setdefault(bare(name), []).append(name)

    def same(self, wanted: str, taken: Collection[str] = ()) -> str | None:
        """The first name that is the same but for case, width and signs, those that are taken
        apart.

        >>> Headings(["K", "Year"]).same("year")
        'Year'
        """
        return next(
            (name for name in self._plain.get(plain(wanted), ()) if name not in taken), None
        )

    def alike(self, wanted: str, taken: Collection[str] = ()) -> str | None:
        """The first name that is the same; or the only one that says its unit besides.

        >>> Headings(["资 本 存 量（亿元）", "从业人员"]).alike("资本存量")
        '资 本 存 量（亿元）'
        """
        if same := self.same(wanted, taken):
            return same
        with_unit = [name for name in self._bare.get(plain(wanted), ()) if name not in taken]
        # Of two (增加值（亿元）, 增加值（万元）) neither is the one that is meant.
        if len(with_unit) != 1:
            return None
        return with_unit[0]


def as_headed(by_hand: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """What was named by hand, as the file heads it: with case, width, signs and unit.

    >>> as_headed({"value": "营业收入", "unit": "省"}, ["地区", "营业收入（亿元）"])
    {'value': '营业收入（亿元）', 'unit': '省'}
    """
    headings = Headings(names)
    others = {column: name for column, name in by_hand.items() if name not in names}
    return {**by_hand, **{column: headings.alike(name) or name for column, name in others.items()}}


def named_in_part(names: Sequence[str], table: str, column: str) -> list[str]:
    """The names that begin or end with one of a column's aliases as whole words.

    >>> named_in_part(["Metro area", "Stateless", "Jobs"], "panel_columns.csv", "place")
    ['Metro area']
    """
    known = {bare(alias.alias) for alias in aliases(table) if alias.column == column}
    known |= {plain(column)}
    found = []
    for name in names:
        words = bare(name).split()
        parts = [words[:k] for k in range(1, len(words))]
        parts += [words[k:] for k in range(1, len(words))]
        if any(" ".join(part) in known for part in parts):
            found.append(name)
    return found


def columns_with_units(
    names: Sequence[str], table: str, columns: Sequence[str], known: Mapping[str, str]
) -> dict[str, str]:
    """Canonical column -> name that says its unit besides, for those that aren't known yet.

    >>> columns_with_units(["人均产值（元）"], "panel_columns.csv", ["value"], {})
    {}
    >>> columns_with_units(["投资额（亿元）"], "panel_columns.csv", ["investment"], {})
    {'investment': '投资额（亿元）'}
    """
    headings, found = Headings(names), dict[str, str]()
    for alias in aliases(table):
        if alias.column not in columns or alias.column in {*known, *found}:
            continue
        if same := headings.alike(alias.alias, {*known.values(), *found.values()}):
            found[alias.column] = same
    return found


def _match(alias: Alias, headings: Headings, publisher: str) -> str | None:
    is_there = alias.alias in headings.names
    # Two-letter tags such as TI mean something only in their own publisher's file.
    is_tag = len(alias.alias) <= 2 and alias.alias.isupper()
    if is_tag and not (is_there and alias.publisher == publisher):
        return None
    if is_there:
        return alias.alias
    return headings.same(alias.alias)


def _by_hand(
    names: Sequence[str],
    table: str,
    by_hand: Mapping[str, str],
    where: str,
    canonical: Sequence[str],
) -> dict[str, tuple[str, Alias]]:
    chosen: dict[str, tuple[str, Alias]] = {}
    for given, name in by_hand.items():
        line = _known_as(given, table, canonical)
        column = line.column if line else given
        if column not in canonical:
            about = {"column": Name(column), "own": Name(name)}
            known = listed(canonical, most=len(canonical))
            raise InputError(message("not_a_column", known=known, **about), FOLDER)
        if name not in names:
            about = {"column": Name(column), "own": Name(name), "file": Name(where)}
            if near := difflib.get_close_matches(name, names, n=1, cutoff=0.5):
                told = message("no_column_by_hand_but", near=Name(near[0]), **about)
            else:
                told = message("no_column_by_hand", columns=listed(names, most=12), **about)
            raise InputError(told, FOLDER)
        same = next((a for a in aliases(table) if a.column == column and a.alias == name), None)
        chosen[column] = (name, line or same or Alias(column, name, GENERIC, (), ""))
    return chosen


def _known_as(given: str, table: str, canonical: Sequence[str]) -> Alias | None:
    """The line of a canonical column under another of its common names, as percent is of rate; None
    for a canonical name and for one that is unknown."""
    if given in canonical:
        return None
    named = (a for a in aliases(table) if a.publisher == GENERIC and a.column in canonical)
    return next((a for a in named if plain(a.alias) == plain(given)), None)


def missing_columns(
    names: Sequence[str],
    layout: Layout,
    wanted: Sequence[str],
    where: str,
    code: str = "columns_missing",
    table: str = "",
) -> InputError:
    """The error for a file without columns that are needed: what was found, and how to name one by
    hand.

    table : parameter of the further table that the file is, if it is one
    """
    found = [f"{column} = {name}" for column, name in layout.names().items()]
    prefix = f"{table}." if table else ""
    free = [name for name in names if name not in layout.names().values()]
    likely = {f"{prefix}{column}": _likely(column, free) for column in wanted}
    none = Code("phrases.none")
    return InputError(
        message(
            code,
            wanted=listed(wanted),
            found=listed(found, most=len(found)) if found else none,
            file=Name(where),
            columns=listed(names, most=40) if names else none,
            command=Name(" ".join(f"--column {own}={name!r}" for own, name in likely.items())),
            mapping=Name(json.dumps(likely, ensure_ascii=False)),
        ),
        FOLDER,
    )


def _likely(column: str, names: Sequence[str]) -> str:
    """The column that was probably meant, or … for one that can't be guessed."""
    holding = [name for name in names if plain(column) in plain(name)]
    if len(holding) == 1:
        return holding[0]
    plain_names = {plain(name): name for name in reversed(names)}
    close = difflib.get_close_matches(plain(column), list(map(plain, names)), n=1, cutoff=_ALIKE)
    return next((plain_names[name] for name in close), "…")
