"""The command-line reference, from the program's own parser."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Iterator
from pathlib import Path

WIDTH = 100


def write_page(path: Path) -> None:
    """Write the page of all commands; a page that points to ``--help`` where the package has no
    command line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (
        page(parser())
        if importlib.util.find_spec("firstlight.cli")
        else "# Commands\n\nSee `firstlight --help`.\n"
    )
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    """The program's parser."""
    from firstlight.cli.arguments import build_parser

    return build_parser()


def page(root: argparse.ArgumentParser) -> str:
    """Every command in Markdown: what it does, how it is called, and each argument.

    >>> root = argparse.ArgumentParser("fl", description="An observatory.")
    >>> one = root.add_subparsers().add_parser("show", help="show a result")
    >>> _ = one.add_argument("name", help="its name")
    >>> print(page(root).splitlines()[0], "| `name` | its name |" in page(root))
    # Commands True
    """
    parts = ["# Commands", root.description or "", _usage(root), *_arguments(root)]
    for name, command, words in commands(root):
        parts += [
            f"## {name}",
            command.description or _sentence(words),
            _usage(command),
            *_arguments(command),
        ]
        parts += [command.epilog or ""]
    return "\n\n".join(part for part in parts if part) + "\n"


def commands(
    root: argparse.ArgumentParser, before: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Name, parser and one-line help of each command, commands of commands included."""
    for action in root._actions:
        if isinstance(action, argparse._SubParsersAction):
            words = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, command in action.choices.items():
                yield f"{before}{name}", command, words.get(name, "")
                yield from commands(command, f"{before}{name} ")


def arguments(command: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """How each argument is written, and its help."""
    for action in command._actions:
        if (
            isinstance(action, argparse._SubParsersAction | argparse._HelpAction)
            or action.help == argparse.SUPPRESS
        ):
            continue
        value = _value(action)
        written = (
            ", ".join(f"{option} {value}".strip() for option in action.option_strings) or value
        )
        yield written, action.help or ""


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices and action.option_strings:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper() if action.option_strings else action.dest


def _arguments(command: argparse.ArgumentParser) -> list[str]:
    rows = [
        f"| `{written}` | {_cell(words % _defaults(command))} |"
        for written, words in arguments(command)
    ]
    return ["\n".join(["| argument | meaning |", "|---|---|", *rows])] if rows else []


def _defaults(command: argparse.ArgumentParser) -> dict[str, object]:
    return {"prog": command.prog, "default": "the default"}


def _usage(command: argparse.ArgumentParser) -> str:
    return f"```text\n{command.format_usage().removeprefix('usage: ').strip()}\n```"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("<", r"\<")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".") if words else ""
