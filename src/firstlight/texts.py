"""Messages are codes with typed values; the text files of a language put them into words.

A language is a folder of ``firstlight/words``, as ``words/zh``, whose files all share. A text is
looked for in the file of its language, then in the English one: first in its folder, then in the
folders below and above it, then in the shared words. What falls back is written wholly in English,
numbers too.
"""

from __future__ import annotations

import math
import operator
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from firstlight import number_format

ROOT = Path(__file__).parent
WORDS = ROOT / "words"
ENGLISH = "en"  # in which every text stands
_OTHERS = {file.parent.name for file in WORDS.glob("*/*.toml")} - {ENGLISH}
LANGUAGES = (ENGLISH, *sorted(_OTHERS))

T = TypeVar("T")
ROUNDING = 1e-12  # what is smaller, either way, is left over by arithmetic and shown as 0


@dataclass(frozen=True)
class Value(Generic[T]):
    """A value of a message; its class decides how a language writes it."""

    value: T


@dataclass(frozen=True)
class _Whole(Value[int]):
    def __post_init__(self) -> None:
        object.__setattr__(self, "value", operator.index(self.value))


class Count(_Whole):
    """How many; the one that is named ``count`` chooses between singular and plural."""


class Year(_Whole):
    """A calendar year."""


class Name(Value[str]):
    """A word from documents or from the user, never translated."""


class Code(Value[str]):
    """A word of ours: a dotted path in the text files, such as ``rankings.growth_last_year``."""


@dataclass(frozen=True)
class Remark(Value[Mapping[str, str]]):
    """A name or a sentence that was written elsewhere, by language, such as a note on a file."""

    @classmethod
    def of(cls, row: Mapping[str, Any], column: str) -> Remark:
        """What a row says in a column and in those of its translations.

        >>> Remark.of({"name": "graphene", "name_zh": "石墨烯"}, "name").text("zh")
        '石墨烯'
        """
        told = {lang: row.get(name) for name, lang in language_columns(column).items()}
        return cls({lang: str(text) for lang, text in told.items() if text})

    @classmethod
    def under(cls, told: Mapping[str, Any], part: str = "") -> Remark:
        """The words of a declaration that stand under the languages, after what they begin with.

        >>> Remark.under({"name_en": "Anhui", "name_zh": "安徽", "code": "34"}, "name_").value
        {'en': 'Anhui', 'zh': '安徽'}
        """
        keys = {lang: f"{part}{lang}" for lang in LANGUAGES}
        return cls({lang: told[key] for lang, key in keys.items() if told.get(key)})

    @classmethod
    def by_language(cls, write: Callable[[str], str]) -> Remark:
        """What is written anew in each language."""
        return cls({lang: write(lang) for lang in LANGUAGES})

    def text(self, lang: str) -> str:
        """What it says in a language; else in English, or in the first that it has."""
        known = (self.value[each] for each in (lang, ENGLISH, *self.value) if each in self.value)
        return next(known, "")


@dataclass(frozen=True)
class Number(Value[float]):
    """A finite number: what is missing has a message of its own.

    >>> Number(float("nan"))
    Traceback (most recent call last):
        ...
    ValueError: nan has no place in a message
    """

    digits: int = 2

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.value} has no place in a message")
        object.__setattr__(self, "value", float(self.value))


@dataclass(frozen=True)
class Share(Number):
    """A number from 0 to 1, written as a percentage; what is neither 0 nor 1 never reads as 0% or
    100%."""

    digits: int = 0


@dataclass(frozen=True)
class Growth(Number):
    """A change in proportion to what it started from: a percentage with its sign, or how many times
    as much."""

    digits: int = 0


@dataclass(frozen=True)
class Change(Number):
    """A difference, written with its sign; its unit stands in the text around it."""

    digits: int = 0


class Figure(Number):
    """A finite number with at most four significant digits: 1,234 and 0.01235 and 2.5M."""


class Message(NamedTuple):
    """A code and its values; tests compare both with the texts of every language."""

    code: str
    values: Mapping[str, Value[Any]]


@dataclass(frozen=True)
class Phrase(Value[Message]):
    """A message within a message, its code a dotted path: ``phrases.chance``, "graphene (62%)".

    room : folder of the package in whose texts the code stands; that of the message around it
           unless named
    """

    room: str = ""


@dataclass(frozen=True)
class List(Value[tuple[Value[Any], ...]]):
    """Values joined as a language joins them; those after the first ``most`` are only counted."""

    most: int = 5


def _whole_or_not(number: float) -> Value[Any]:
    """A count; a number of parts, as of an average, with one decimal."""
    if float(number).is_integer():
        return Count(int(number))
    return Number(number, digits=1)


# kind of a column -> the value that a cell of it is
CELLS: dict[str, Callable[[Any], Value[Any]]] = {
    "count": _whole_or_not,
    "share": Share,
    "small_share": lambda share: Share(share, digits=2),
    "growth": Growth,
    "small_growth": lambda growth: Growth(growth, digits=2),
    "number": Number,
    "one_decimal": lambda number: Number(number, digits=1),
    "times": lambda times: Phrase(message("format.times", number=Number(times, digits=1))),
}


def language_columns(column: str) -> dict[str, str]:
    """The column of a text and those of its translations -> their languages.

    >>> language_columns("reason")["reason_zh"]
    'zh'
    """
    return {language_column(column, lang): lang for lang in LANGUAGES}


def language_column(column: str, lang: str) -> str:
    """The column of a text in a language; the English stands under the plain name.

    >>> language_column("reason", "en"), language_column("reason", "zh")
    ('reason', 'reason_zh')
    """
    return column if lang == ENGLISH else f"{column}_{lang}"


def by_columns(column: str, told: Mapping[str, str]) -> dict[str, str | None]:
    """The column of a text and those of its translations, with what is told in each language."""
    return {name: told.get(lang) for name, lang in language_columns(column).items()}


def in_language(row: Mapping[str, Any], column: str, lang: str) -> Any:
    """What a row says in a column, in a language where it has that."""
    return row.get(language_column(column, lang)) or row[column]


def message(code: str, /, **values: Value[Any]) -> Message:
    """A code and its values.

    >>> message("gaps", count=Count(3)).code
    'gaps'
    """
    return Message(code, values)


def counted(code: str, count: int, /, **values: Value[Any]) -> list[Message]:
    """The message of how many there are, where there are any.

    >>> counted("gaps", 0), [one.values["count"].value for one in counted("gaps", 3)]
    ([], [3])
    """
    return [message(code, count=Count(count), **values)] if count else []


def names(words: Iterable[str], most: int = 5) -> List:
    """Names in the order in which they are given."""
    return List(tuple(Name(word) for word in words), most)


@cache
def load(file: Path) -> dict[str, Any]:
    """The texts of ``zh.toml`` and of every file of a folder ``zh`` beside it; empty where there
    are none in that language."""
    texts: dict[str, Any] = {}
    for each in (file, *sorted(file.with_suffix("").glob("*.toml"))):
        if each.exists():
            _add(texts, tomllib.loads(each.read_text(encoding="utf-8")))
    return texts


def _add(texts: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add texts to others, table by table."""
    for key, text in more.items():
        if isinstance(text, dict) and key in texts:
            _add(texts[key], text)
        else:
            texts[key] = text


def _text_at(file: Path, keys: Sequence[str]) -> Any:
    """The text that keys lead to in a file, or the table of texts; None where there is none."""
    text: Any = load(file)
    for key in keys:
        if not isinstance(text, dict):
            return None
        text = text.get(key)
    return text


@cache
def _with_texts(folder: Path) -> tuple[Path, ...]:
    """A folder, those below it that have texts, and those above it in the package."""
    below = sorted({file.parent for file in folder.glob("*/**/en.toml")})
    return (folder, *below, *_above(folder))


@cache
def _files(folder: Path, shared: Path, language: str) -> tuple[Path, ...]:
    """The text files of a language that a folder's texts are looked for in, the nearest first."""
    return tuple(each / f"{language}.toml" for each in (*_with_texts(folder), shared))


@cache
def _above(folder: Path) -> tuple[Path, ...]:
    """The folders above one in the package that have texts, the nearest first."""
    above = [each for each in folder.parents if ROOT in each.parents]
    return tuple(each for each in above if (each / "en.toml").exists())


def leaves(texts: Any, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text below a table of texts, with its path.

    >>> list(leaves({"says": {"gaps": {"one": "a row"}}}))
    [(('says', 'gaps', 'one'), 'a row')]
    """
    if isinstance(texts, Mapping):
        for key, value in texts.items():
            yield from leaves(value, *path, key)
    else:
        yield path, str(texts)


def family_texts(family: str) -> Texts:
    """The texts that lie beside a family of instruments, such as ``emergence``."""
    return Texts(ROOT / "instruments" / family)


@dataclass(frozen=True)
class Texts:
    """The texts of a folder and of those below it, in every language that they have a file for.

    folder : where ``en.toml``, ``zh.toml`` and so on lie
    shared : the folder whose texts stand in for what that one lacks
    """

    folder: Path
    shared: Path = WORDS

    @cached_property
    def _columns(self) -> dict[tuple[str, str, str], Mapping[str, str]]:
        """What was found of columns, since every cell asks for its own."""
        return {}

    def find(self, lang: str, /, *keys: str) -> tuple[Any, str]:
        """A text, and the language that it was found in.

        Raises LookupError where neither the language nor English has it.
        """
        # The nearest folder counts, in English too: what a folder further up says in the language
        # is of something else.
        own, english = (_files(self.folder, self.shared, language) for language in (lang, ENGLISH))
        for of_language, of_english in zip(own, english, strict=True):
            text = _text_at(of_language, keys)
            if text is not None:
                return text, lang
            text = _text_at(of_english, keys)
            if text is not None:
                instead = self._said_for_all(lang, keys)
                return (text, ENGLISH) if instead is None else (instead, lang)
        raise LookupError(f"no text {'.'.join(keys)} in {self.folder.name}")

    def _said_for_all(self, lang: str, keys: Sequence[str]) -> Any:
        """What the shared words of a language say in the place of a folder's: a language may keep
        all its texts there. None for what the shared English means otherwise."""
        if _text_at(self.shared / f"{ENGLISH}.toml", keys) is not None:
            return None
        return _text_at(self.shared / f"{lang}.toml", keys)

    def of_itself(self, lang: str, key: str) -> str:
        """What a language says of itself, under ``[language]``; one that says neither its name nor
        its tag in HTML goes by its folder.

        >>> Texts(WORDS).of_itself("zh", "html"), Texts(WORDS).of_itself("eo", "html")
        ('zh-Hans', 'eo')
        """
        text, language = self.find(lang, "language", key)
        return lang if language != lang and key in {"name", "html"} else str(text)

    def in_language(self, lang: str, /, *keys: str) -> str:
        """A text in one language alone, of this folder or of those above it; "" where none has it.

        Folders below have no say: what they mean by a parameter is theirs.
        """
        for folder in (self.folder, *_above(self.folder), self.shared):
            text = _text_at(folder / f"{lang}.toml", keys)
            if text:
                return str(text)
        return ""

    def has(self, *keys: str) -> bool:
        """Whether English has a text."""
        try:
            self.find(ENGLISH, *keys)
        except LookupError:
            return False
        return True

    def say(self, lang: str, /, *keys: str, **values: Value[Any]) -> str:
        """A text with its values written as its language writes them."""
        text, lang = self.find(lang, *keys)
        if isinstance(text, dict):
            singular = self.find(lang, "format", "singular")[0]
            text = text["one" if values["count"].value in singular and "one" in text else "other"]
        written = {name: self.write(lang, value) for name, value in values.items()}
        return str(text.format(**written))

    def sentence(self, lang: str, given: Message, group: str = "says") -> str:
        """A message in words; its text stands under ``[says]``, or under another group."""
        return self.say(lang, group, given.code, **given.values)

    def code(self, lang: str, group: str, code: str | None) -> str:
        """What a code of a table stands for; one without words, of another version perhaps, stands
        for itself."""
        if code is None:
            return self.say(lang, "interface", "missing")
        keys = (*group.split("."), code)
        if not self.has(*keys):
            return code.replace("_", " ")
        return self.say(lang, *keys)

    def column(self, lang: str, table: str, column: str) -> Mapping[str, str]:
        """The title of a column and, where it has them, short title, unit, note, and kind of its
        cells.

        Columns that bear a name of the user's stand under a pattern, such as ``elasticity_*``;
        {name} is that name.

        Raises LookupError for a column without words.
        """
        told = self.told(lang, table, column)
        if not told:
            raise LookupError(f"no text for the column {column} of {table} in {self.folder.name}")
        return told

    def told(self, lang: str, table: str, column: str) -> Mapping[str, str]:
        """As `column`; empty for a column without words, which is one of the user's."""
        asked = (lang, table, column)
        if asked in self._columns:
            return self._columns[asked]
        # Later ones overwrite: a table's own words those of any table, a language's the English
        # ones, the nearest folder's those further up.
        told: dict[str, str] = {}
        for place in ("any", table):
            for language in (ENGLISH, lang):
                for file in reversed(_files(self.folder, self.shared, language)):
                    columns = load(file).get("tables", {}).get(place, {}).get("columns", {})
                    told |= _of_column(columns, column)
        self._columns[asked] = told
        return told

    def title(self, lang: str, table: str, column: str) -> str:
        """The title of a column; its own name where it has none, being one of the user's."""
        return self.told(lang, table, column).get("title", column)

    def cell(self, lang: str, table: str, column: str, row: Mapping[str, Any]) -> str:
        """What a row says in a column, as its kind is written; with the interval where the row
        holds one.

        The translation stands beside a name, and in the place of any other text.
        """
        told, value = self.told(lang, table, column), row[column]
        if value is None:
            reason = told.get("missing_if")
            if reason and row[reason]:
                return self.say(lang, "missing", reason)
            return self.say(lang, "interface", "missing")
        kind = told.get("kind", "")
        if kind.startswith("code."):
            group = kind.removeprefix("code.")
            if isinstance(value, list):
                words = (self.code(lang, group, each) for each in value)
                return self.say(lang, "format", "comma").join(words)
            return self.code(lang, group, value)
        if translation := row.get(f"{column}_{lang}"):
            if kind != "name":
                return str(translation)
            both = {"text": Name(translation), "inside": Name(value)}
            return self.say(lang, "format", "bracketed", **both)
        is_year = column == "year" or column.endswith("_year")
        unit = "year" if is_year else self.told("en", table, column).get("unit", "")
        written = self._cell(lang, kind, unit, value)
        bounds = [row.get(f"{column}_{end}") for end in ("low", "high")]
        if None in bounds:
            return written
        low, high = (self._cell(lang, kind, unit, bound) for bound in bounds)
        return self.interval(lang, written, low, high)

    def interval(self, lang: str, value: str, low: str, high: str) -> str:
        """A written value with the ends of its interval; one sign of per cent is enough for both.

        >>> texts = Texts(WORDS)
        >>> texts.interval("en", "5%", "3%", "8%"), texts.interval("en", "−2", "−4", "1")
        ('5% (3–8%)', '−2 (−4 to 1)')
        """
        form = "interval_below_0" if number_format.MINUS in (low + high) else "interval"
        ends = {"low": Name(low.strip(">%")), "high": Name(high.lstrip(">"))}
        return self.say(lang, "format", form, value=Name(value), **ends)

    def _cell(self, lang: str, kind: str, unit: str, value: Any) -> str:
        """A value by the kind of its column or, where none is said, by its type and unit."""
        if kind in CELLS:
            return self.write(lang, CELLS[kind](value))
        if isinstance(value, bool):
            return self.say(lang, "interface", "yes" if value else "no")
        if isinstance(value, list):
            return self.write(lang, names(value))
        if isinstance(value, float):
            return self._float(lang, unit, value)
        if isinstance(value, int) and unit != "year":
            return self.write(lang, Count(value))
        return str(value)

    def _float(self, lang: str, unit: str, value: float) -> str:
        if not math.isfinite(value):
            return "∞" if value > 0 else self.say(lang, "interface", "missing")
        if abs(value) < ROUNDING:
            value = 0.0
        if unit == "year" or unit.startswith("years"):
            return self.write(lang, Number(value, 1)).removesuffix(".0").replace(",", "")
        if unit.startswith("percentage points"):  # as many decimals in all, to be read down
            return self.write(lang, Number(value, 2))
        if unit.startswith("share"):
            return self.write(lang, Share(value, 1)).replace(".0%", "%")
        return self.write(lang, Figure(value))

    def write(self, lang: str, value: Value[Any]) -> str:
        """One value, as a language writes it."""
        match value:
            case Code():
                return self.say(lang, *value.value.split("."))
            case Remark():
                return value.text(lang)
            case Phrase():
                texts = Texts(ROOT / value.room) if value.room else self
                return texts.say(lang, *value.value.code.split("."), **value.value.values)
            case Year():
                return self.say(lang, "format", "year", year=Name(str(value.value)))
            case List():
                return self._list(lang, value)
            case Count() | Number():
                marks = self.find(lang, "format", "marks")[0]
                large = self.find(lang, "format", "large")[0].split()
                return _figure(value, large).translate(str.maketrans(",.", marks))
        return str(value.value)

    def _list(self, lang: str, given: List) -> str:
        comma, last = (self.find(lang, "format", key)[0] for key in ("comma", "last"))
        items = []
        for item in given.value[: given.most]:
            text = self.write(lang, item)
            if isinstance(item, Name) and (comma.strip() in text or last in text):
                text = self.say(lang, "format", "quoted", text=Name(text))  # else it looks like two
            items.append(text)
        if len(given.value) > given.most:
            shown, rest = Name(comma.join(items)), Count(len(given.value) - given.most)
            every = Count(len(given.value))
            return self.say(lang, "format", "more", items=shown, count=rest, every=every)
        if len(items) < 2:
            return "".join(items) or self.say(lang, "interface", "missing")
        return str(last.join([comma.join(items[:-1]), items[-1]]))


def _of_column(columns: Mapping[str, Mapping[str, str]], column: str) -> Mapping[str, str]:
    """What is said of a column, or of the pattern that it fits."""
    if column in columns:
        return columns[column]
    for pattern, told in columns.items():
        start, star, end = pattern.partition("*")
        name = column.removeprefix(start).removesuffix(end)
        if star and name and column == start + name + end:
            return {key: text.replace("{name}", name) for key, text in told.items()}
    return {}


def _figure(value: Value[Any], large: Sequence[str]) -> str:
    """A number in English marks.

    large : limits and their words, as `short_number` takes them
    """
    match value:
        case Share():
            return number_format.percentage(value.value, value.digits)
        case Figure():
            return number_format.short_number(value.value, large)
        case Growth():
            return number_format.growth(value.value, value.digits)
        case Change():
            return number_format.change(value.value, value.digits)
        case Number():
            return number_format.decimal(value.value, value.digits)
    return f"{value.value:,}".replace("-", number_format.MINUS)
