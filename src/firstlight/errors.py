"""One base class and few children: each message says what, where, and what to try next."""

from __future__ import annotations

import difflib
import errno
import itertools
import math
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from firstlight.texts import (
    LANGUAGES,
    WORDS,
    Code,
    Count,
    Figure,
    List,
    Message,
    Name,
    Texts,
    Value,
    Year,
    message,
    names,
)

MOST_SHOWN = 80  # letters of a value that an error repeats
MOST_NAMES = 12  # names of a table that an error lists

# marks that turn the direction of the text that follows them
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: object) -> str:
    """Text on one line with nothing that a terminal or a reader would act on: control and format
    characters show as �.

    >>> visible("red\\x1b[31m\\nline")
    'red�[31m line'
    """
    kept = []
    for letter in str(text):
        if letter in "\t\n\r\u2028\u2029":
            kept.append(" ")
        elif unicodedata.category(letter) in ("Cc", "Cs") or letter in _TURNS:
            kept.append("\ufffd")
        else:
            kept.append(letter)
    return "".join(kept)


class FirstlightError(Exception):
    """What went wrong, where (file, row, column or key), and the next thing to try.

    As an exception it speaks English; `parts` has every language. What a server or a file said
    may stand in a value, so control characters show as �.

    Parameters
    ----------
    given
        A code under ``[errors]`` of a folder's texts, with ``what``, ``where`` and ``try_next``,
        and the values for their places.
    folder
        Where those texts lie.

    Examples
    --------
    >>> print(InputError(message("no_rows", table=Name("papers.csv"))))
    the table has no rows
      where: papers.csv
      try:   hand in one row or more
    """

    def __init__(self, given: Message, folder: Path = WORDS) -> None:
        self.given, self.folder = given, folder
        self.around: tuple[Value[Any], ...] = ()
        self.beside: tuple[Message, ...] = ()  # doubts about the table, one of which may be why
        super().__init__()

    def __str__(self) -> str:
        return self.told("en")

    @property
    def code(self) -> str:
        """The code that its texts stand under."""
        return self.given.code

    @property
    def values(self) -> Mapping[str, Value[Any]]:
        """What its texts are filled with."""
        return self.given.values

    @property
    def what(self) -> str:
        """What went wrong, in English."""
        return self.parts("en")[0]

    @property
    def where(self) -> str:
        """Where it went wrong, in English; it may be empty."""
        return self.parts("en")[1]

    @property
    def try_next(self) -> str:
        """What to try, in English; it may be empty."""
        return self.parts("en")[2]

    def met_in(self, place: Value[Any]) -> None:
        """Name the place around the one that the error names: its file, or its option.

        Parameters
        ----------
        place
            Stands before the places that are named already.
        """
        self.around = (place, *self.around)

    def parts(self, lang: str) -> tuple[str, str, str]:
        """What went wrong, where, and the next thing to try.

        Parameters
        ----------
        lang
            Language; English where there are no words in it.

        Returns
        -------
        Three texts, each on one line; the last two may be empty.
        """
        texts = Texts(self.folder)
        what, where, try_next = (
            texts.say(lang, "errors", self.code, part, **self.given.values)
            for part in ("what", "where", "try_next")
        )
        places = [*(texts.write(lang, place) for place in self.around), where]
        between = texts.say(lang, "interface", "between_places")
        return visible(what), visible(between.join(filter(None, places))), visible(try_next)

    def told(self, lang: str) -> str:
        """What went wrong, where, and the next thing to try, each on a line of its own; and what is
        doubtful about the table besides.

        Parameters
        ----------
        lang
            Language; English where there are no words in it.

        Returns
        -------
        One to three lines, and one for each doubt.
        """
        what, where, try_next = self.parts(lang)
        texts, lines = Texts(self.folder), [what]
        if where:
            lines.append(texts.say(lang, "interface", "error_where", where=Name(where)))
        if try_next:
            lines.append(texts.say(lang, "interface", "error_try_next", next=Name(try_next)))
        for doubt in self.beside:
            said = Name(visible(texts.say(lang, "says", doubt.code, **doubt.values)))
            lines.append(texts.say(lang, "interface", "error_beside", said=said))
        return "\n".join(lines)


class InputError(FirstlightError, ValueError):
    """What the caller handed in can't be used as it is."""


class SourceError(FirstlightError):
    """A publisher's server or file did not speak the documented format."""


class StoreError(FirstlightError):
    """The project folder can't be read or written."""


class NotKeptError(FirstlightError, KeyError):
    """The catalogue holds no such Result."""

    __str__ = FirstlightError.__str__  # a KeyError would show its text in quotes


def shown(value: object) -> Name:
    """A value as an error repeats it: no longer than a line holds."""
    return Name(str(value)[:MOST_SHOWN])


def check_choice(parameter: str, value: object, choices: Iterable[object]) -> None:
    """Raise InputError where a value is none of the choices.

    >>> check_choice("returns", "crs", ("crs", "vrs"))
    """
    known = tuple(choices)
    if value not in known:
        listed = names(map(str, known), most=len(known))
        raise InputError(
            message("no_choice", parameter=Name(parameter), value=shown(value), choices=listed)
        )


def check_bounds(
    parameter: str, value: float, low: float | None = None, high: float | None = None
) -> None:
    """Raise InputError where a number is not from ``low`` to ``high``; nan never is.

    >>> check_bounds("level", 0.95, 0, 1)
    """
    if not ((low is None or value >= low) and (high is None or value <= high)):
        raise beyond_bounds(parameter, value, low, high)


def beyond_bounds(
    parameter: str, value: float, low: float | None, high: float | None
) -> InputError:
    """The error for a number that is not from ``low`` to ``high``.

    >>> beyond_bounds("weights[2]", -1, 0, None).try_next
    'a number from 0 to ∞'
    """
    return InputError(
        message(
            "out_of_bounds",
            parameter=Name(parameter),
            value=shown(value),
            low=Name("−∞" if low is None else f"{low:.10g}"),
            high=Name("∞" if high is None else f"{high:.10g}"),
        )
    )


def check_between(parameter: str, value: float, low: float = 0, high: float = 1) -> None:
    """Raise InputError where a number is not above ``low`` and below ``high``; nan never is.

    >>> check_between("level", 0.95)
    """
    if not low < value < high:
        bounds = {"low": Name(f"{low:.10g}"), "high": Name(f"{high:.10g}")}
        raise InputError(
            message("not_between", parameter=Name(parameter), value=shown(value), **bounds)
        )


def check_level(level: float) -> None:
    """Raise InputError for a level of intervals that is not above 0 and below 1; nan never is.

    >>> check_level(0.95)
    """
    if not 0 < level < 1:
        raise InputError(message("bad_level", level=shown(level)))


def unknown(
    code: str, name: str, known: Iterable[str], most: int | None = None, /, **values: Value[Any]
) -> Message:
    """Says that a name is not known, with the nearest that is, or else with all of them.

    code : of the error that lists them; that of the one with the nearest ends in ``_but``
    most : how many of the names it lists; all of them unless given

    >>> unknown("no_table", "spread", ["speed", "spreads"]).code
    'no_table_but'
    """
    listed = sorted(known)
    values |= {"name": Name(name)}
    if near := difflib.get_close_matches(name, listed, n=1):
        return Message(f"{code}_but", {**values, "near": Name(near[0])})
    return Message(code, {**values, "names": names(listed, most or len(listed))})


def needs_of(extra: str) -> list[str]:
    """The packages of an extra with their versions, as the installed Firstlight states them; none
    where it was not installed.

    >>> [each.partition(">")[0] for each in needs_of("plots")]
    ['altair']
    """
    from importlib import metadata  # slow to load, and only an error needs it

    try:
        stated = metadata.requires("firstlight") or []
    except metadata.PackageNotFoundError:
        return []
    of_extra = re.compile(rf"""extra\s*==\s*['"]{re.escape(extra)}['"]""")
    parts = (each.partition(";") for each in stated)
    return [package.strip() for package, _, marker in parts if of_extra.search(marker)]


def installing(extra: str) -> Name:
    """The command that installs what an extra needs for the Python that runs: the packages
    themselves, since Firstlight may have come from a folder and not from an index."""
    python = Path(sys.executable or "python3")
    if python.is_relative_to(Path.cwd()):
        python = python.relative_to(Path.cwd())
    wanted = needs_of(extra) or [f".[{extra}]"]
    return Name(shlex.join([str(python), "-m", "pip", "install", *wanted]))


def check_positive(parameter: str, value: float) -> None:
    """Raise InputError where a number is not above 0 and finite.

    >>> check_positive("resolution", 1)
    """
    if not 0 < value < math.inf:
        bounds = {"low": Name("0"), "high": Name("∞")}
        raise InputError(
            message("not_between", parameter=Name(parameter), value=shown(value), **bounds)
        )


def unknown_name(place: str, name: object, known: Iterable[object]) -> InputError:
    """The error for a name that isn't known, with the nearest that is, or else with all of them.

    >>> unknown_name("home", "Hefay", ["Hefei", "Wuhan"]).try_next
    'did you mean Hefei?'
    """
    listed = {str(each) for each in known}
    return InputError(unknown("unknown_name", str(name), listed, MOST_NAMES, place=Name(place)))


def check_known(place: str, given: Iterable[object], known: Iterable[object]) -> None:
    """Raise InputError for the first of some names that isn't known.

    >>> check_known("lead", ["a"], ["a", "b"])
    """
    listed = set(known)
    for name in given:
        if name not in listed:
            raise unknown_name(place, name, listed)


def too_few(things: str, count: int, least: int, place: str = "") -> Message:
    """Says that there are fewer of something than a calculation needs.

    things : their name under ``[codes.things]`` of the shared texts

    >>> InputError(too_few("years", 1, 2)).what
    'too few years: 1'
    """
    counts = {"count": Count(count), "least": Count(least)}
    return message("too_few", things=Code(f"codes.things.{things}"), place=Name(place), **counts)


def check_enough(things: str, count: int, least: int, place: str = "") -> None:
    """Raise InputError where there are fewer of something than a calculation needs.

    >>> check_enough("years", 2, 2)
    """
    if count < least:
        raise InputError(too_few(things, count, least, place))


def too_many(things: str, count: int, most: int, place: str = "") -> Message:
    """Says that there is more of something than a calculation takes.

    >>> InputError(too_many("factors", 21, 20)).try_next
    '20 at most: leave some out'
    """
    counts = {"count": Count(count), "most": Count(most)}
    return message("too_many", things=Code(f"codes.things.{things}"), place=Name(place), **counts)


def stands_twice(place: str, *key: object) -> InputError:
    """The error for a key that stands twice.

    >>> stands_twice("crosswalk", "b", 2019).what
    'b, 2019 stands twice'
    """
    return InputError(message("stands_twice", place=Name(place), name=Name(_as_key(key))))


def missing_value(column: str, *key: object) -> InputError:
    """The error for a row without a number, or without a name, that it needs.

    >>> missing_value("weight", "a", "b").where
    'a, b'
    """
    return InputError(message("value_missing", column=Name(column), key=Name(_as_key(key))))


def low_value(column: str, value: object, sign: str, *key: object) -> InputError:
    """The error for a number below 0, or one that isn't above 0.

    sign : "zero" for 0 and above, "positive" for above 0

    >>> low_value("people", -3, "zero", "Hefei", 2020).what
    'people is -3, and has to be 0 or above'
    """
    values = {"column": Name(column), "value": shown(value), "key": Name(_as_key(key))}
    return InputError(message("value_too_low", sign=Code(f"codes.sign_{sign}"), **values))


def no_logarithm(column: str, value: object, option: str, *key: object) -> InputError:
    """The error for a number that isn't above 0 where its logarithm is taken.

    option : what takes none, such as ``log = no``

    >>> no_logarithm("output", 0, "log = no", "Hefei", 2020).what
    'output of 0 has no logarithm'
    """
    values = {"column": Name(column), "value": shown(value), "key": Name(_as_key(key))}
    return InputError(message("no_logarithm", option=Name(option), **values))


def _as_key(parts: Iterable[object]) -> str:
    return ", ".join(str(part) for part in parts if part is not None)


def several_values(column: str, name: object, values: Iterable[object]) -> InputError:
    """The error for a name that should have one value of a column, and has several.

    >>> several_values("total", "Hefei", [3, 4]).what
    'Hefei has several values: 3 and 4'
    """
    listed = List(tuple(map(shown, values)))
    return InputError(
        message("several_values", column=Name(column), name=shown(name), values=listed)
    )


def excludes(one: str, other: str) -> Message:
    """Says that two options don't go together.

    >>> InputError(excludes("pairs", "against")).what
    'pairs does not go with against'
    """
    return message("excludes", one=Name(one), other=Name(other))


def needs(option: str, needed: str) -> Message:
    """Says that an option needs another option, or a column.

    >>> InputError(needs("growth", "target_year")).what
    'growth needs target_year'
    """
    return message("needs", option=Name(option), needed=Name(needed))


def empty_column(column: str, code: str = "empty_column") -> InputError:
    """The error for a column without a value; with "nothing_above_zero", without one above 0.

    >>> empty_column("member").try_next
    "name the column that holds the values: --column member='YOUR COLUMN'"
    """
    return InputError(message(code, column=Name(column)))


def constant(column: str) -> InputError:
    """The error for a column that is the same in every row.

    >>> constant("roads").what
    'roads does not vary'
    """
    return InputError(message("constant", column=Name(column)))


def follows(place: str, columns: Iterable[str]) -> InputError:
    """The error for columns of which one is an exact function of the others.

    >>> follows("drivers", ["rail", "roads"]).try_next
    'leave one of them out'
    """
    return InputError(message("follows", place=Name(place), columns=names(columns)))


def shares_above_one(name: str, total: float, place: str) -> InputError:
    """The error for shares of one name that add up to more than 1.

    >>> shares_above_one("nurse", 1.25, "crosswalk").what
    'the shares of nurse add up to 1.25'
    """
    return InputError(
        message("shares_above_one", name=Name(name), total=Figure(total), place=Name(place))
    )


def absent_names(place: str, absent: Sequence[str], known: Iterable[str]) -> InputError:
    """The error for names of one table that another lacks.

    >>> absent_names("weights", ["x"], ["a", "b"]).try_next
    'names written as in the table, such as a and b'
    """
    lists = {"names": names(absent), "known": names(known)}
    return InputError(message("absent_names", count=Count(len(absent)), place=Name(place), **lists))


def names_lack(place: str, lacking: Sequence[str]) -> InputError:
    """The error for names that have no row in a table that needs one of each.

    >>> names_lack("jobs", ["steel"]).what
    '1 name has no value: steel'
    """
    listed = names(lacking)
    return InputError(
        message("names_lack", count=Count(len(lacking)), names=listed, place=Name(place))
    )


def wrong_shape(parameter: str, shape: object, wanted: str) -> InputError:
    """The error for an array, or for several, whose shape doesn't fit.

    >>> wrong_shape("weights", (2, 3), "(n, n)").try_next
    'hand in the shape (n, n)'
    """
    values = {"parameter": Name(parameter), "shape": shown(shape), "wanted": Name(wanted)}
    return InputError(message("wrong_shape", **values))


def off_the_globe(name: str, longitude: float, latitude: float) -> InputError:
    """The error for what lies nowhere on the globe.

    >>> off_the_globe("Hefei", 31.8, 117.2).what
    'Hefei lies at longitude 31.8 and latitude 117.2'
    """
    at = {"longitude": Figure(longitude), "latitude": Figure(latitude)}
    return InputError(message("off_the_globe", name=Name(name), **at))


def uneven_years(years: Sequence[int], column: str = "year") -> InputError:
    """The error for years in a row that are not evenly spaced.

    >>> uneven_years([2000, 2001, 2003]).what
    'years are not evenly spaced: 2003 follows 2001'
    """
    pairs = list(itertools.pairwise(years))
    least = min(later - before for before, later in pairs)
    before, year = next(pair for pair in pairs if pair[1] - pair[0] != least)
    at = {"year": Year(year), "before": Year(before)}
    return InputError(message("uneven_years", column=Name(column), **at))


def needs_extra(place: str, packages: str, extra: str) -> InputError:
    """The error for packages of an extra that are not installed."""
    values = {"place": Name(place), "packages": Name(packages), "command": installing(extra)}
    return InputError(message("needs_extra", **values))


def system_says(error: OSError) -> Value[Any]:
    """What the system says of a file or a folder; in words of ours where they are known.

    >>> system_says(OSError(errno.EACCES, "no"))
    Code(value='system.EACCES')
    """
    code = errno.errorcode.get(error.errno or 0, "unknown")
    if Texts(WORDS).has("system", code):
        return Code(f"system.{code}")
    return Name(error.strerror or str(error))


def checked_language(lang: str) -> str:
    """The language, if there are words in it.

    Raises InputError for any other.

    >>> checked_language("zh")
    'zh'
    """
    if lang not in LANGUAGES:
        raise InputError(message("no_language", lang=Name(lang), known=names(LANGUAGES)))
    return lang


def interrupted() -> str:
    """What a run that was interrupted says, in every language: which one was asked for isn't known
    yet."""
    return "\n".join(Texts(WORDS).say(lang, "interface", "interrupted") for lang in LANGUAGES)
