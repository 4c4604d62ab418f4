"""A measurement is a function whose signature declares it, in a folder whose text files word it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import (
    Any,
)

import polars as pl

from firstlight.errors import (
    InputError,
    unknown,
)
from firstlight.numerics.sums_of_others import counted_once
from firstlight.parameters import Parameter, meanings_of, parameters_of, with_shared
from firstlight.result import Result
from firstlight.roles import (
    ColumnRole,
)
from firstlight.schema import Data, read_table
from firstlight.texts import (
    LANGUAGES,
    ROOT,
    List,
    Message,
    Name,
    Phrase,
    Remark,
    Texts,
    Value,
    message,
    names,
)
from firstlight.word_search import nearest

AIMS = ("identify", "foster", "secure", "measure", "share")  # the five questions, in their order

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do."""


def progress_among(progress: Progress | None, place: int, count: int) -> Progress | None:
    """The progress of one part among so many, all of the same length, counted from 0."""
    if progress is None:
        return None
    return lambda done, of: progress(place * of + done, count * of)


def progress_after(progress: Progress | None, before: int, whole: int) -> Progress | None:
    """The progress of one part of the whole, when so much was done before it."""
    if progress is None:
        return None
    return lambda done, _: progress(before + done, whole)


@dataclass(frozen=True)
class Sample:
    """The invented tables that lie in a measurement's folder, and the arguments that fit them.

    arguments : of the function, the tables aside
    tables    : parameter -> file of a further table
    file      : of the main table
    outlines  : GeoJSON of its places, for the maps of an example; "" for none
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    file: str = "sample.csv"
    outlines: str = ""


@dataclass(frozen=True)
class Measurement:
    """A function with its sample, its citation and a check across its parameters.

    citation : of the method
    check    : (arguments) -> what is wrong with them together, or None
    brief    : columns of the main table that a terminal has room for; all of them where empty
    ranked_by : scores, of which the first that the main table has orders the rows of the last year,
                which a terminal then shows, the highest first; empty for the table's own order
    places   : the parameter whose column names the places of its maps, or "node" for a network that
               becomes a map where its nodes have outlines; "" for a measurement without maps
    may_sum  : whether rows of one key may be added up, each a part of the whole
    zero_if_absent : whether a key without a row counts as 0; a row without a number is then
                     refused, unless ``gaps`` is zero
    databases : whether the main table may be a database of many countries, in the folder or the
                archive in which it is published
    """

    function: Callable[..., Result]
    citation: str
    sample: Sample = field(default_factory=Sample)
    check: Callable[[Mapping[str, Any]], Message | None] = lambda arguments: None
    brief: tuple[str, ...] = ()
    ranked_by: tuple[str, ...] = ()
    places: str = ""
    may_sum: bool = False
    zero_if_absent: bool = False
    databases: bool = False

    @property
    def name(self) -> str:
        """The name of the function, which is that of the command."""
        return self.function.__name__

    @property
    def folder(self) -> Path:
        """Where the function lies, with its words and its sample."""
        return Path(inspect.getfile(self.function)).parent

    @property
    def texts(self) -> Texts:
        """The words of the folder."""
        return Texts(self.folder)

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters, the main table first, then those that others share."""
        return parameters_of(self.function)

    @property
    def columns(self) -> list[Parameter]:
        """The parameters that name one column of the main table each."""
        return self.of_kind("column")

    @property
    def options(self) -> list[Parameter]:
        """What a command line offers as options: all but the main table and the columns that have a
        name by default."""
        named = [own for own in self.columns if own.default is not None]
        others = [self.main, *named, *self.of_kind("progress")]
        return [own for own in self.parameters.values() if own not in others]

    @property
    def may_hold_totals(self) -> bool:
        """Whether a total among the names of its main table would count twice."""
        return bool(counted_once([own.name for own in self.columns]))

    @property
    def main(self) -> Parameter:
        """The parameter of the main table."""
        return next(iter(self.parameters.values()))

    def of_kind(self, *kinds: str) -> list[Parameter]:
        """The parameters of some kinds."""
        return [parameter for parameter in self.parameters.values() if parameter.kind in kinds]

    def help(self, name: str, lang: str = "en") -> str:
        """What a parameter means: a translation, the folder's or its family's, or what the
        docstring says."""
        if lang != "en" and (told := self.texts.in_language(lang, "parameters", name)):
            return told
        return meanings_of(self.function)[name]

    def json_schema(self, lang: str = "en") -> dict[str, Any]:
        """The JSON schema of the parameters."""
        shown = [
            parameter for parameter in self.parameters.values() if parameter.kind != "progress"
        ]
        properties = {}
        for parameter in shown:
            schema = parameter.schema
            if parameter.is_optional:
                schema = {"anyOf": [schema, {"type": "null"}]}
            properties[parameter.name] = {**schema, "description": self.help(parameter.name, lang)}
            if not parameter.is_required:
                properties[parameter.name]["default"] = parameter.default
        required = [parameter.name for parameter in shown if parameter.is_required]
        whole = {"type": "object", "properties": properties, "required": required}
        return {**whole, "additionalProperties": False}

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call, as ``locals()`` has them, with those that the family shares
        among the others.

        Raises TypeError for a name that is no parameter's, as Python does.
        """
        return with_shared(self.function, self.parameters, given)

    def read(self, arguments: Mapping[str, Any]) -> Data:
        """The arguments of a call, checked, and their tables, read; first line of the function:
        ``read(locals())``.

        Raises InputError for the first thing that is wrong.
        """
        arguments = self.arguments(arguments)
        for parameter in self.parameters.values():
            parameter.check(arguments[parameter.name])
        self.check_all(arguments)
        data = self._main_table(arguments)
        further = {}
        for parameter in self.of_kind("table"):
            given = arguments[parameter.name]
            if isinstance(given, Data):
                further[parameter.name] = given
            elif given is not None:
                role = parameter.role
                own = {column: column for column in role.columns}
                further[parameter.name] = read_table(
                    given, role.columns, own, role.may_lack, parameter.name
                )
        return replace(data, tables=further)

    def check_all(self, arguments: Mapping[str, Any]) -> None:
        """Raise InputError for options that do not go together, and for a table that is needed and
        was not handed in."""
        if wrong := self.check(arguments):
            raise self.error(wrong)
        for table in self.of_kind("table"):
            if table.is_required and arguments[table.name] is None:
                needed = [name for name in table.role.columns if name not in table.role.may_lack]
                words = Remark.by_language(partial(self.help, table.name))
                values: dict[str, Value[Any]]
                values = {"parameter": Name(table.name), "columns": names(needed), "help": words}
                raise InputError(message("needed_table", **values))

    def _main_table(self, arguments: Mapping[str, Any]) -> Data:
        given = arguments[self.main.name]
        if isinstance(given, Data):
            return given
        asked = [parameter for parameter in self.parameters.values() if parameter.is_column]
        roles: dict[str, ColumnRole] = {parameter.name: parameter.role for parameter in asked}
        # an optional column that goes by its default name need not be there; one that the caller
        # named has to be
        lacking = [
            own.name for own in asked if own.may_be_absent and arguments[own.name] == own.default
        ]
        for parameter in self.of_kind("share_or_column"):
            if isinstance(arguments[parameter.name], str):
                roles[parameter.name] = parameter.role.each
        return read_table(given, roles, arguments, lacking, self.main.name)

    def error(self, wrong: Message) -> InputError:
        """An error that is worded in the measurement's folder."""
        return InputError(wrong, self.folder)

    def sample_call(self) -> dict[str, Any]:
        """The arguments of a call on the sample, its tables as frames of texts."""
        tables = {name: read_csv(file) for name, file in self.sample_files().items()}
        return {**tables, **self.sample.arguments}

    def sample_files(self) -> dict[str, Path]:
        """Parameter -> file of the sample's tables, the main one first."""
        files = {self.main.name: self.sample.file, **self.sample.tables}
        return {name: self.folder / file for name, file in files.items()}


def read_csv(file: Path) -> pl.DataFrame:
    """A file as a frame of texts, which the reader turns into numbers."""
    return pl.read_csv(file, infer_schema=False)


def folders() -> dict[str, Path]:
    """Name -> folder of every measurement, from the doors of the families; imports nothing.

    >>> folders()["coupling"].name
    'coupling_degree'
    """
    return {name: ROOT.joinpath(*module.split(".")[:-1]) for name, module in _modules().items()}


def by_aim() -> dict[str, list[str]]:
    """Question -> the measurements that answer it; each stands under one, which its words, or those
    of its family, declare.

    >>> by_aim()["secure"][0]
    'weak_links'
    """
    found = {aim: list[str]() for aim in AIMS}
    for name, folder in folders().items():
        found[Texts(folder).in_language("en", "aim")].append(name)
    return found


def question_of(name: str, lang: str) -> str:
    """What a measurement is called and what it answers, from its words alone."""
    texts = Texts(folders()[name])
    colon = texts.say(lang, "format", "colon")
    return f"{texts.say(lang, 'title')}{colon}{texts.say(lang, 'question')}"


def _described() -> dict[str, dict[str, str]]:
    """Name -> the words of each measurement in every language, by where they stand."""
    found = {}
    for name, folder in folders().items():
        texts = Texts(folder)
        called = [texts.say(lang, key) for lang in LANGUAGES for key in ("title", "also")]
        files = [file for lang in LANGUAGES if (file := folder / f"{lang}.toml").exists()]
        found[name] = {
            "called": "\n".join([name.replace("_", " "), *called]),
            "answers": "\n".join(texts.say(lang, "question") for lang in LANGUAGES),
            "says": "\n".join(file.read_text(encoding="utf-8") for file in files),
        }
    return found


def speaking_of(phrase: str, more: Mapping[str, Mapping[str, str]] | None = None) -> list[str]:
    """The measurements, three at most, that a phrase in a person's words asks for, the nearest
    first; none where no words are near.

    more : what else may be meant, described in the same way

    >>> speaking_of("Gini")[0], speaking_of("供应商停产")[0], speaking_of("a")
    ('inequality', 'cascades', [])
    """
    return nearest(phrase, {**_described(), **(more or {})})


def measurement(name: str) -> Measurement:
    """A measurement by the name of its function; imports it alone.

    Raises InputError for an unknown name.
    """
    modules = _modules()
    if name not in modules:
        raise InputError(unknown_measurement(name))
    declared = getattr(import_module(f"firstlight.{modules[name]}"), name.upper())
    if not isinstance(declared, Measurement):
        raise TypeError(f"{modules[name]}.{name.upper()} is no Measurement")
    return declared


def sample_table(name: str, table: str | None = None) -> pl.DataFrame:
    """The invented table that ships with a measurement, to see what it reads and to try it.

    Parameters
    ----------
    name
        Name of a measurement.
    table
        One of its further tables; the main one where left out.

    Returns
    -------
    Polars frame, with the columns that the measurement reads.

    Raises
    ------
    InputError
        For a measurement or a table that there isn't.

    Examples
    --------
    >>> sample_table("partners").columns
    ['work', 'year', 'member', 'term', 'group']
    """
    declared = measurement(name)
    files = declared.sample_files()
    asked = table or declared.main.name
    if asked not in files:
        raise InputError(unknown("no_table", asked, files))
    return pl.read_csv(files[asked])


def unknown_measurement(name: str) -> Message:
    """Says that no measurement has a name, and which ones answer what it asks for, or else all."""
    spoken = speaking_of(name)
    if not spoken:
        return message("no_measurement", name=Name(name), names=names(folders(), len(folders())))
    listed = []
    for each in spoken:
        asked = Remark.by_language(partial(question_of, each))
        listed.append(Phrase(message("format.bracketed", text=Name(each), inside=asked)))
    return message("no_measurement_of", name=Name(name), names=List(tuple(listed)))


@cache
def _modules() -> Mapping[str, str]:
    """Name -> module of every measurement; a door may list further functions of a module."""
    found = {}
    doors = [*ROOT.glob("*.pyi"), *ROOT.glob("*/__init__.pyi")]  # of a family; of a room
    for door in sorted(doors):
        within = door.parent.relative_to(ROOT).parts
        for node in ast.parse(door.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            parts = [*within, *node.module.split(".")]
            if parts[-2:-1] != parts[-1:]:
                continue  # a module of a measurement is named like its folder
            text = ROOT.joinpath(*parts).with_suffix(".py").read_text(encoding="utf-8")
            for each in node.names:
                if f"\n{each.name.upper()} = Measurement(" in text:
                    found[each.name] = ".".join(parts)
    return found
