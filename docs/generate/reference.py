"""One page for each module, by rooms, from the source tree; docstrings are read when the site is
built."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ORDER = [
    "emergence",
    "diffusion",
    "disparity",
    "complexity",
    "places",
    "networks",
    "productivity",
    "joins",
    "nouns",
    "errors",
    "result",
    "texts",
    "run",
    "catalogue",
    "sources",
    "classifications",
    "store",
    "numerics",
    "instruments",
    "sample",
    "views",
    "cli",
    "web",
]


def write_pages(package: Path, folder: Path) -> list[str]:
    """Write ``<dotted name>.rst`` for every public module below `package`, and ``rooms.rst`` that
    lists them.

    Returns the modules' names, in the order of the house.
    """
    modules = sorted(public_modules(package), key=_place)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{name}.rst" for name in modules} | {"rooms.rst"}
    for old in folder.glob("*.rst"):
        if old.name not in wanted:
            old.unlink()
    for name in modules:
        # In no tree of contents: hundreds of modules beside every page would take minutes to write,
        # and nobody reads them there.
        page = [":orphan:", "", _title(_shown(name, package)), f".. automodule:: {name}", ""]
        _write(folder / f"{name}.rst", [*page, *_names_from_elsewhere(package.parent, name)])
    lines = [_title("Modules")]
    for room, names in groupby(modules, key=lambda name: [*name.split("."), package.name][1]):
        lines += [f"``{room}``", "-" * (len(room) + 4), ""]
        lines += [*(f"- :doc:`{_shown(name, package)} <{name}>`" for name in names), ""]
    _write(folder / "rooms.rst", lines)
    return modules


def _shown(name: str, package: Path) -> str:
    """A module's name as it is read; a space without width lets a long one break after a dot."""
    return name.removeprefix(f"{package.name}.").replace(".", ".\u200b")


def _names_from_elsewhere(source: Path, name: str) -> Iterator[str]:
    """Links to what a module offers but another one holds."""
    path = source.joinpath(*name.split(".")).with_suffix(".py")
    if not path.is_file():
        return
    body = ast.parse(path.read_text(encoding="utf-8")).body
    if any(isinstance(part, ast.FunctionDef | ast.ClassDef) for part in body):
        return
    for part in body:
        if isinstance(part, ast.ImportFrom) and (part.module or "").startswith(
            f"{name.split('.')[0]}."
        ):
            yield from (f"- :py:obj:`{own.name} <{part.module}.{own.name}>`" for own in part.names)


def public_modules(package: Path) -> list[str]:
    """Dotted names of every module below a package, itself included, whose names don't begin with
    an underscore."""
    found = []
    for path in package.rglob("*.py"):
        parts = (package.name, *path.relative_to(package).with_suffix("").parts)
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if not any(part.startswith("_") for part in parts):
            found.append(".".join(parts))
    return found


def _place(name: str) -> tuple[int, str]:
    room = [*name.split("."), ""][1]
    return (-1 if not room else ORDER.index(room) if room in ORDER else len(ORDER), name)


def _title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n"


def _write(path: Path, lines: list[str]) -> None:
    """Only where it changes, so that a second build reads only what changed."""
    text = "\n".join(lines)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
