"""A project: a folder with ``observatory.toml``, which says what to read and from which year to
forecast."""

from __future__ import annotations

import bisect
import json
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, StoreError, shown, system_says, unknown
from firstlight.run.former_names import now_called
from firstlight.run.naming_section import Naming, line_of, naming_of
from firstlight.sources.formats import holds_tables, is_readable
from firstlight.sources.limits import Limits, limits
from firstlight.sources.workbooks import is_workbook
from firstlight.store.folder import written_out
from firstlight.texts import LANGUAGES, Code, Count, Name, Phrase, Value, message, names

RUN = Path(__file__).parent
FILE = "observatory.toml"
# what stands beside the data in a project, and is no source
WRITTEN = ("names.csv", "observation.json", "set_aside.csv")
TEMPLATE = RUN / "new_project.toml"
HIDDEN = (".", "~$")  # Excel's lock file has the name of the workbook that is open behind it
_SECTIONS = ("observe", "columns", "naming", "measure", "limits")
_TYPES: Mapping[str, type] = {
    "source": str,
    "as_of": int,
    "horizon": int,
    "language": str,
    "encoding": str,
    "names": str,
    "beside": str,
    "since": str,
    "year_ends": int,
}
_KINDS = {str: "kinds.quoted", int: "kinds.whole"}


@dataclass(frozen=True)
class Measure:
    """What a project says of one measurement: its table, its columns and its options."""

    source: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    encoding: str | None = None


@dataclass(frozen=True)
class Settings:
    """The settings of a project folder; None where a setting is left to its default."""

    folder: Path
    source: Path | None = None
    as_of: int | None = None
    horizon: int = 3
    language: str = "en"
    names: Path | None = None
    beside: Path | None = None
    since: Path | None = None
    year_ends: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    naming: Naming | None = None
    encoding: str | None = None
    limits: Mapping[str, int] = field(default_factory=dict)

    def measure(self, name: str) -> Measure:
        """The settings of one measurement.

        Raises  InputError where the project has none.
        """
        if name not in self.measures:
            known = names(f"[measure.{own}]" for own in self.measures)
            code = "no_measure" if self.measures else "no_measures"
            file = Name(str(self.folder / FILE))
            raise InputError(message(code, name=Name(name), file=file, known=known), RUN)
        return self.measures[name]


def is_project(folder: str | Path) -> bool:
    """True for a folder that holds ``observatory.toml``."""
    return (Path(folder) / FILE).is_file()


def data_beside(folder: str | Path) -> tuple[str, ...]:
    """Files right in a folder that could be its source: of a kind that is read, and not written by
    an observation."""
    path = Path(folder)
    if not path.is_dir():
        return ()
    found = sorted(file.name for file in path.iterdir() if file.is_file())
    ours = [name for name in found if not name.startswith(HIDDEN) and name not in WRITTEN]
    read = [
        name for name in ours if is_readable(name) or is_workbook(name) or holds_tables(path / name)
    ]
    # a text is a licence, unless there is nothing else
    tables = [name for name in read if not name.lower().endswith(".txt")]
    return tuple(tables or read)


def source_beside(project: Settings) -> Path | None:
    """The file that a project without a source reads: the only one beside its settings; None where
    there is none.

    Raises  InputError where there are several.
    """
    apart = {own.source.name for own in project.measures.values()}
    apart |= {own.name for own in (project.names, project.beside) if own}
    found = [name for name in data_beside(project.folder) if name not in apart]
    if len(found) > 1:
        several = message(
            "several_sources",
            count=Count(len(found)),
            files=names(found),
            first=Name(found[0]),
            file=Name(str(project.folder / FILE)),
        )
        raise InputError(several, RUN)
    if not found:
        return None
    return project.folder / found[0]


def new_project(folder: str | Path, lang: str = "en") -> Path:
    """Write ``observatory.toml`` with every setting into a folder, made where it is absent; returns
    the file.

    A data file that is there already becomes the source; of several each is written down, to choose
    from.

    lang : of what the project prints and of its pages

    Raises  InputError where there is one already, StoreError where the folder can't be written.
    """
    target = Path(folder) / FILE
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as stream:
            stream.write(_filled(TEMPLATE.read_text("utf-8"), lang, data_beside(target.parent)))
    except FileExistsError as error:
        code = "project_there" if target.is_file() else "project_barred"
        there = message(code, file=Name(str(target)), folder=Name(str(folder)))
        raise InputError(there, RUN) from error
    except OSError as error:
        unwritten = message("unwritten", file=Name(str(target)), said=system_says(error))
        raise StoreError(unwritten, RUN) from error
    return target


def _filled(template: str, lang: str, found: tuple[str, ...]) -> str:
    """The template with the language, and what could be the source."""
    template = template.replace('\nlanguage = "en"', f'\nlanguage = "{lang}"')
    empty = 'source = ""          #'
    # a name that is no UTF-8 can't be written down; the only file is read without
    written = tuple(name for name in found if written_out(Path(name)) == name)
    lines = source_lines(written)
    if len(found) == len(written) == 1:
        return template.replace(empty, f"{lines[0]}  #")
    return template.replace(empty, "".join(f"{line}\n" for line in lines) + empty)


def source_lines(found: Sequence[str]) -> list[str]:
    """The setting of a source for each file that could be it, out of use where there are several.

    >>> source_lines(["papers.csv"]), source_lines(["a.csv", "b.csv"])
    (['source = "papers.csv"'], ['# source = "a.csv"', '# source = "b.csv"'])
    """
    sign = "" if len(found) == 1 else "# "
    return [f"{sign}source = {json.dumps(name, ensure_ascii=False)}" for name in found]


def open_project(folder: str | Path) -> Settings:
    """Read a project's settings.

    Raises  InputError naming the key that is unknown or of the wrong kind, and where no project is.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise InputError(message("no_project_there", folder=Name(str(folder))), RUN)
    try:
        return _read(path)
    except InputError as error:
        error.met_in(Name(str(path)))
        raise


def _read(path: Path) -> Settings:
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # also of bytes that are no UTF-8, and of a number of 5,000 digits
        no_toml = InputError(message("no_toml", said=Name(str(error))), RUN)
        _met_in_line(no_toml, _line_of(path, error))
        raise no_toml from error
    settings, columns = _section(data, "observe"), dict(_section(data, "columns"))
    of_beside = _section({"beside": columns.pop("beside", {})}, "beside", "columns.")
    for key in sorted(set(data) - set(_SECTIONS)):
        if key in ("sector", "profile"):
            raise InputError(message("now_a_brief", option=Name(f"[{key}]")), RUN)
        raise InputError(unknown("no_section", key, _SECTIONS), RUN)
    for key in sorted(set(settings) - set(_TYPES)):
        raise InputError(unknown("no_setting", key, _TYPES, section=Name("observe")), RUN)
    for key, value in settings.items():
        _check(key, value, "observe")
    columns |= {f"beside.{name}": theirs for name, theirs in of_beside.items()}
    _check_columns(columns, "columns")
    folder = path.parent
    return Settings(
        folder,
        source=_file(folder, settings, "source"),
        as_of=settings.get("as_of"),
        horizon=settings.get("horizon", 3),
        language=settings.get("language", "en"),
        names=_file(folder, settings, "names"),
        beside=_file(folder, settings, "beside"),
        since=_file(folder, settings, "since"),
        year_ends=settings.get("year_ends"),
        columns=columns,
        measures=dict(_measure(name, folder, data) for name in _section(data, "measure")),
        naming=_naming(data, text),
        encoding=settings.get("encoding") or None,
        limits=_limits(data),
    )


def _file(folder: Path, settings: Mapping[str, Any], key: str) -> Path | None:
    """The file that a setting names; None where it is absent or empty, as in a new project."""
    if not settings.get(key):
        return None
    return folder / str(settings[key])


def _line_of(path: Path, error: Exception) -> int | None:
    """The line that the file fails at; None where the error itself names it."""
    if isinstance(error, tomllib.TOMLDecodeError | UnicodeDecodeError):
        return None
    lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)

    def fails(count: int) -> bool:
        try:
            tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            return False
        except type(error):
            return True
        return False

    # What the first lines fail at, more of them fail at as well: halving finds the line.
    return bisect.bisect_left(range(len(lines) + 1), True, key=fails)


def _met_in_line(error: InputError, line: int | None) -> None:
    if line is not None:
        error.met_in(Phrase(message("phrases.line", line=Count(line))))


def _naming(data: Mapping[str, Any], text: str) -> Naming | None:
    """The settings of the section [naming]; None where there is none, and nothing is asked."""
    if "naming" not in data:
        return None
    settings = _section(data, "naming")
    try:
        return naming_of(settings)
    except InputError as error:
        _met_in_line(error, line_of(text, error.values["name"].value))
        raise


def limited(folder: Path | None, asked: Mapping[str, int]) -> AbstractContextManager[Limits]:
    """What is read of a file at most, as a project and then an option sets it.

    Raises  InputError for an unknown limit, or settings that can't be read.
    """
    of_project = {} if folder is None else open_project(folder).limits
    _check_limits(asked, "--limit")
    return limits(**{**of_project, **asked})


def _limits(data: Mapping[str, Any]) -> dict[str, int]:
    """The section [limits]: what is read of a file at most, where it isn't the default."""
    settings = _section(data, "limits")
    _check_limits(settings, "[limits]")
    return settings


def _check_limits(given: Mapping[str, Any], where: str) -> None:
    try:
        with limits(**given):
            pass
    except InputError as error:
        error.met_in(Name(where))
        raise


def _measure(name: str, folder: Path, data: Mapping[str, Any]) -> tuple[str, Measure]:
    """Today's name of a measurement, and what the project says of it."""
    section = f"measure.{name}"
    options = dict(_section(data["measure"], name, "measure."))
    source, columns = options.pop("source", None), options.pop("columns", {})
    encoding = options.pop("encoding", None)
    if not isinstance(source, str) or not source:
        raise InputError(message("which_table", section=Name(section)), RUN)
    if not isinstance(columns, dict):
        given = shown(repr(columns))
        raise InputError(message("columns_no_section", value=given, section=Name(section)), RUN)
    _check_columns(columns, f"{section}.columns")
    if encoding is not None:
        _check("encoding", encoding, section)
    now, options = now_called(name, options)
    return now, Measure(folder / source, columns, options, encoding)


def _check_columns(columns: Mapping[str, Any], section: str) -> None:
    for key, value in columns.items():
        if not isinstance(value, str):
            raise _unfit("column_no_text", key, value, section=Name(section))


def _section(data: Mapping[str, Any], name: str, within: str = "") -> dict[str, Any]:
    section = data.get(name, {})
    if not isinstance(section, dict):
        raise _unfit("no_table_of_settings", f"{within}{name}", section)
    return section


def _check(key: str, value: object, section: str) -> None:
    if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
        kind = Code(_KINDS[_TYPES[key]])
        raise _unfit("unfit_setting", key, value, section=Name(section), kind=kind)
    if key == "language" and value not in LANGUAGES:
        raise _unfit("no_such_language", key, value, section=Name(section))


def _unfit(code: str, key: str, value: object, **values: Value[Any]) -> InputError:
    return InputError(message(code, name=Name(key), value=shown(repr(value)), **values), RUN)
