"""The command line: what was typed, parsed, and run."""

from __future__ import annotations

import argparse
import io
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from firstlight.cli.arguments import build_parser
from firstlight.cli.commands import run
from firstlight.cli.former_arguments import taken, todays_arguments
from firstlight.cli.nearest_commands import asked_in_words, nearest_lines
from firstlight.cli.parser import asked_language
from firstlight.errors import InputError, interrupted
from firstlight.run.joined_names import joined_name
from firstlight.texts import WORDS, Name, Texts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 2 where the input or the folder can't be used, 130 where it
    was interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before we began
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="replace"
        )  # a terminal without Unicode shows ? where a letter is missing
    try:
        return run(_parsed(given))
    except KeyboardInterrupt:
        print(f"firstlight: {interrupted()}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # whoever read us has stopped
        return 0


def _parsed(given: Sequence[str]) -> argparse.Namespace:
    lang = asked_language(given)
    try:
        now = todays_arguments(given)
        joined = _joined(now)
    except InputError as error:
        print(f"firstlight: {error.told(lang)}", file=sys.stderr)
        sys.exit(2)
    if now != given:
        words = {"old": Name(shlex.join(given)), "new": Name(shlex.join(now))}
        print(Texts(WORDS).say(lang, "interface", "former_name", **words), file=sys.stderr)
    given = _or_help(joined)
    if phrase := asked_in_words(given):
        print("\n".join(nearest_lines(phrase, lang)), file=sys.stderr)
        sys.exit(2)
    try:
        is_measure = "measure" in given[:1]
        asked = given[1] if is_measure and len(given) > 1 else None
        return build_parser(is_measure, lang, asked).parse_args(given)
    finally:
        sys.stdout.flush()  # the help, before the parser leaves


def _or_help(given: Sequence[str]) -> Sequence[str]:
    """The arguments; those of the help where no command, or no measurement, is among them."""
    _, rest = taken(given, "--lang")
    return [*rest, "--help"] if rest in ([], ["measure"]) else given


def _joined(given: Sequence[str]) -> Sequence[str]:
    """The arguments with the name of a join, where a measurement is asked for with an
    observation."""
    if given[:1] != ["measure"] or len(given) < 2:
        return given
    options = [word.partition("=")[0].removeprefix("--") for word in given if word[:2] == "--"]
    return ["measure", joined_name(given[1], options), *given[2:]]


if __name__ == "__main__":
    sys.exit(main())
