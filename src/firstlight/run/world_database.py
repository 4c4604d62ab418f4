"""A database of many countries handed in as its folder or its archive: which one it is, and its
rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from firstlight.errors import InputError
from firstlight.measurement import Measurement
from firstlight.parameters import Parameter
from firstlight.run.reading import Handed
from firstlight.sources.archives import Content, files_of_zip, shown_name
from firstlight.sources.formats import snapshot
from firstlight.texts import Name, Remark, Value, message, names

if TYPE_CHECKING:
    from firstlight.instruments.chains.parsed_table import ParsedTable

RUN = Path(__file__).parent
DATABASE_YEAR = "database_year"
STRESSORS = "stressors"  # the parameter that a database fills where no table is handed in
SAVED = "file_parameters.json"  # which pymrio writes, and EXIOBASE 3 ships
NO_TABLE = ("nothing_readable", "headings_twice", "columns_missing")  # errors of a folder
MOST_TOLD = 12  # years that an error lists
PICKLED = (".pkl", ".pickle")
# file of one year -> database; the year in the name, of WIOD in two digits
FILES: Mapping[str, re.Pattern[str]] = {
    "exiobase3": re.compile(r"IOT_(\d{4})_(?:ixi|pxp)\.zip"),
    "wiod": re.compile(r"wiot(\d\d)_.*\.xlsx"),
    "oecd": re.compile(r"ICIO20\d\d_(\d{4})\.(?:csv|zip)", re.IGNORECASE),
    "eora26": re.compile(r"Eora26_(\d{4})_bp(?:\.zip|_T\.txt)"),
}
CENTURY = 50  # two digits from here on are of the 20th


@dataclass(frozen=True)
class Database:
    """One year of a database, as it lies there.

    name  : as `read_database` knows it
    path  : what pymrio is handed
    year  : None where names of files don't tell
    files : those that hold it
    """

    name: str
    path: Path
    year: int | None
    files: tuple[Path, ...]


def database_at(path: Path, year: int | None = None) -> Database | None:
    """The database in a folder or an archive; None for tables and folders of tables.

    year : of which the database is asked for, where the folder holds several

    Raises InputError for several years or databases without a choice, a year that is not there,
    and a saved folder whose tables are pickled.
    """
    if path.is_file():
        if path.suffix.lower() == ".csv":  # of the OECD, which is a table that needs no pymrio
            return None
        found = _dated([path])
    elif not path.is_dir():
        return None
    elif _is_saved(path / SAVED):
        files = tuple(sorted(file for file in path.rglob("*") if file.is_file()))
        _refuse_pickled(map(str, files))
        return Database("saved", path, None, files)
    else:
        found = _dated(sorted(file for file in path.iterdir() if file.is_file()))
    if year is not None and found:
        known = found
        found = [own for own in known if own.year == year]
        if not found:
            about = {"year": Name(str(year)), "place": Name(str(path))}
            raise InputError(message("no_database_year", known=_years(known), **about), RUN)
    if len({(own.name, own.year) for own in found}) > 1:
        raise InputError(message("which_database", place=Name(str(path)), known=_years(found)), RUN)
    if not found:
        return None
    return _with_all_files(found, path)


def _refuse_pickled(files: Iterable[str]) -> None:
    """Raise InputError for tables that a program could hide in."""
    if pickled := [file for file in files if file.lower().endswith(PICKLED)]:
        raise InputError(message("database_pickled", place=Name(pickled[0])), RUN)


def _is_saved(file: Path) -> bool:
    """Whether a file says that a whole system lies beside it, and no extension alone."""
    if not file.is_file():
        return False
    try:
        told = json.loads(file.read_bytes())
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("systemtype") == "IOSystem"


def _dated(files: Iterable[Path]) -> list[Database]:
    """The years of databases whose files have names of their own."""
    found = []
    for file in files:
        for name, pattern in FILES.items():
            if told := pattern.fullmatch(file.name):
                year = int(told[1])
                if year < CENTURY:
                    year += 2000
                elif year < 100:
                    year += 1900
                found.append(Database(name, file, year, (file,)))
    return found


def _with_all_files(found: list[Database], given: Path) -> Database:
    """The year that is left, with what its parser reads beside the file: labels of Eora, satellite
    accounts of WIOD.

    Raises InputError for an archive of pickled tables.
    """
    first, folder = found[0], found[0].path.parent
    beside: list[Path] = []
    if first.name == "exiobase3":
        _refuse_pickled(part.name for part in files_of_zip(first.path, str(first.path)))
    if first.name == "eora26":
        year = f"Eora26_{first.year}_bp"
        beside = [
            file
            for file in folder.iterdir()
            if file.name.startswith((year, "labels_")) or file.name == "indices.zip"
        ]
    elif first.name == "wiod":
        beside = [file for file in folder.rglob("*") if not FILES["wiod"].fullmatch(file.name)]
    files = {first.path, *(file for file in beside if file.is_file())}
    path = first.path
    if first.name == "eora26" and first.path.suffix == ".txt":  # of which a year is several files
        path = given if given.is_dir() else folder
    return Database(first.name, path, first.year, tuple(sorted(files)))


def handed_database(
    declared: Measurement, sources: dict[str, Any], given: Mapping[str, Any]
) -> Database | None:
    """The database that the main table of a measurement is; None where it is none. Its stressors
    then stand for those that are asked for, unless a table was handed in.

    sources : parameter -> what was handed in; the stressors are added
    given   : options, perhaps with the year of the database

    Raises InputError as `database_at` does, and for a year where there is no database.
    """
    own = Parameter(DATABASE_YEAR, "whole", {}, None, False, is_required=False, is_optional=True)
    year, source = own.read(given.get(DATABASE_YEAR)), sources[declared.main.name]
    own.check(year)
    found = None
    if declared.databases and isinstance(source, str | Path):
        found = database_at(Path(source), year)
    if found is None and year is not None:
        raise InputError(message("no_database_there", place=Name(str(source))), RUN)
    if found is not None and STRESSORS in declared.parameters:
        sources.setdefault(STRESSORS, source)
    return found


def frames_of(
    declared: Measurement, sources: Mapping[str, Any], database: Database | None
) -> dict[str, Handed]:
    """Parameter -> the rows of the database that stand for it.

    Rows have the year where it is known. Stressors that were handed in as a table stay.

    Raises InputError without pymrio, and for a database that it can't read.
    """
    if database is None:
        return {}
    table = _parsed(database)
    rows = table.rows()
    if database.year is not None:
        rows = rows.with_columns(year=pl.lit(database.year, pl.Int64))
    source, root = sources[declared.main.name], database.path
    if not root.is_dir():
        root = root.parent
    contents = [
        Content(shown_name(file.relative_to(root).as_posix()), file) for file in database.files
    ]
    snapshots = tuple(snapshot(content, "files") for content in contents)
    frames = {declared.main.name: Handed(rows, snapshots)}
    if sources.get(STRESSORS) is source:
        frames[STRESSORS] = Handed(table.stressor_rows(), snapshots)
    return frames


def _parsed(database: Database) -> ParsedTable:
    # here, since every measurement asks this module whether it was handed a database
    from firstlight.instruments.chains.parsed_table import read_database

    options = {}
    if database.name == "eora26":  # a folder of which may hold several years
        options["year"] = database.year
    try:
        return read_database(database.path, database.name, **options)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # of many parsers, on files that are not what their names say
        about = {"place": Name(str(database.path)), "database": Name(database.name)}
        said = Name(f"{type(error).__name__}: {error}"[:200])
        raise InputError(message("damaged_database", said=said, **about), RUN) from error


def unread(declared: Measurement, source: Any, error: InputError) -> InputError:
    """The error for a folder that is neither a table nor a database; another error as it is."""
    is_folder = isinstance(source, str | Path) and Path(source).is_dir()
    if not (declared.databases and is_folder and error.code in NO_TABLE):
        return error
    said = Remark.by_language(lambda lang: error.parts(lang)[0])
    return InputError(message("no_table_or_database", place=Name(str(source)), said=said), RUN)


def _years(found: Iterable[Database]) -> Value[Any]:
    return names(sorted({f"{own.name} {own.year}" for own in found}), MOST_TOLD)
