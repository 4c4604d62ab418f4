"""What a command line asks for: the language, the limits, and the folders that it is about."""

from __future__ import annotations

import argparse
import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from firstlight.cli.arguments import PROJECT
from firstlight.cli.parser import CLI, language_of
from firstlight.errors import FirstlightError, InputError
from firstlight.texts import Code, Name, Value, message, names


def language(options: argparse.Namespace) -> str:
    """The language that was asked for, by the command, by the project or by the environment."""
    from firstlight.run.project import open_project

    asked = getattr(options, "lang", None)
    with contextlib.suppress(FirstlightError, OSError):  # which are what is told already
        folder = project_of(options)
        if not asked and folder is not None:
            return open_project(folder).language
    return asked or language_of()


def project_of(options: argparse.Namespace) -> Any:
    """The folder of the project that a command is about; None where there is none."""
    from firstlight.run.project import is_project

    given = [getattr(options, "source", None), getattr(options, "project", None), Path()]
    return next((own for own in given if own is not None and is_project(own)), None)


def limits(options: argparse.Namespace) -> contextlib.AbstractContextManager[Any]:
    """What a command reads at most: by its own options, then by its project."""
    if not hasattr(options, "limit"):
        return contextlib.nullcontext()
    from firstlight.run.project import limited

    asked = {}
    for name, value in key_values(options.limit, "--limit").items():
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            about = {"name": Name(name), "value": Name(repr(value[:80]))}
            raise InputError(message("limit_no_number", **about), CLI.folder)
        asked[name] = int(value)
    return limited(project_of(options), asked)


def home_folder() -> Path:
    """The folder that keeps results unless one is named: this one, where it is a project."""
    from firstlight.run.project import is_project

    return Path() if is_project(Path()) else Path(PROJECT)


def kept_folders(options: argparse.Namespace) -> list[Path]:
    """The folders with results that a verb looks into: one, or one for each bundled corpus."""
    from firstlight.catalogue import has_catalogue
    from firstlight.run.bundled import BUNDLED

    asked = [options.project]
    if not options.project:
        asked = list(dict.fromkeys([home_folder(), Path(PROJECT)]))
    for folder in asked:
        if has_catalogue(folder):
            return [folder]
        corpora = [folder / corpus for corpus in BUNDLED if has_catalogue(folder / corpus)]
        if corpora:
            return corpora
    return asked[:1]


def kept_folder(options: argparse.Namespace) -> Path:
    """The folder with the result that is asked for.

    Raises  InputError where several folders could hold it.
    """
    kept = kept_folders(options)
    if len(kept) > 1:
        shown = [near(folder) for folder in kept]
        corpora = names(shown, len(shown))
        raise InputError(message("which_corpus", corpora=corpora, first=Name(shown[0])), CLI.folder)
    return kept[0]


def key_values(given: Sequence[str], option: str) -> Mapping[str, str]:
    """What was given as KEY=VALUE.

    Raises  InputError where one has no equals sign, or a key is given twice.
    """
    pairs = [own.partition("=") for own in given]
    wrong = [own for own, (key, sign, _) in zip(given, pairs, strict=True) if not (key and sign)]
    if wrong:
        example = Code(f"examples.{option}")
        said = wrong[0]
        if option == "query":  # which may be a key
            said = re.match("[a-z_]{0,8}", said)[0] or "***"  # type: ignore[index]
        given_as = {"given": Name(said), "option": Name(option)}
        raise InputError(message("no_equals_sign", example=example, **given_as), CLI.folder)
    keys = [key for key, _, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise InputError(
            message("given_twice", key=Name(twice[0]), option=Name(option)), CLI.folder
        )
    return {key: value for key, _, value in pairs}


def either(first: Any, second: Any) -> Any:
    """The first, unless it is None."""
    return second if first is None else first


def elsewhere(folder: Path) -> str:
    """The folder that commands on what is kept there must name; empty for the usual one."""
    return "" if folder == home_folder() else near(folder)


def near(path: Path) -> str:
    """A path as seen from here, where that is shorter."""
    with contextlib.suppress(ValueError):
        return str(Path(path).absolute().relative_to(Path.cwd()))
    return str(path)


def print_said(options: argparse.Namespace, code: str, **values: Value[Any]) -> None:
    """Print what stands under ``[prints]`` in the texts of the command line."""
    print(CLI.say(language(options), "prints", code, **values))
