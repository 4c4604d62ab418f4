"""Text for a terminal: lines broken where they may be, tables, and what is left whole to copy."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firstlight.errors import visible
from firstlight.views.words import code_words, say

WIDEST = 100
# what stands together on a line: a Chinese character or a run of other letters, with the marks that
# open before and close after it; or spaces
_PIECES = re.compile(
    r"[（【《“]*(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef“]+)[，。；：、？！）】》”%]*|\s+|."
)


@dataclass(frozen=True)
class Print:
    """A console that prints into a text, and the language.

    Nothing in a line is read as markup or as a command to the terminal.
    """

    console: Console
    lang: str

    def line(self, text: object = "", style: str = "", indent: int = 0) -> None:
        """A text, on as many lines as it needs."""
        for each in wrapped(visible(text), self.console.width - indent):
            self.console.print(Text(" " * indent + each, style=style))

    def whole(self, line: str) -> None:
        """A line that is not broken, however narrow the terminal, so that a path or a command can
        be copied."""
        self.console.print(Text(visible(line)), soft_wrap=True)

    def files(self, kept: Mapping[Any, str | Path]) -> None:
        """What was written: name -> path."""
        self.aligned([(code_words(self.lang, "file", str(name)), kept[name]) for name in kept])

    def aligned(self, named: Sequence[tuple[str, str | Path]]) -> None:
        """Names and their paths, the paths below each other."""
        longest = max(cell_len(name) for name, _ in named)
        for name, path in named:
            self.whole(f"  {name}{' ' * (longest - cell_len(name))}  {path}")

    def explain(self, command: str) -> None:
        """How to walk a number back."""
        self.line()
        self.line(say(self.lang, "provenance.walk_back"))
        self.whole(f"  {command}")

    def text(self) -> str:
        """All that was printed."""
        assert isinstance(self.console.file, io.StringIO)
        return "\n".join(line.rstrip() for line in self.console.file.getvalue().splitlines()) + "\n"


def wrapped(text: str, width: int) -> list[str]:
    """Text in lines of at most ``width`` columns: broken at spaces, and between Chinese characters,
    but never before a
    mark that closes something, nor after one that opens it."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if cell_len(lines[-1] + piece.rstrip()) > width and lines[-1].strip():
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
        if cell_len(lines[-1].rstrip()) > width:
            lines[-1:] = chop_cells(lines[-1].rstrip(), width)
    return [line.rstrip() for line in lines]


def console_of(width: int | None, colour: bool | None) -> Console:
    """A console that prints into a text; width and colour as in `terminal`."""
    if width is None:
        width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
    if colour is None:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return Console(
        file=io.StringIO(),
        width=max(40, width),
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},  # else Rich asks FORCE_COLOR and the like itself, and prints vary by them
    )


def grid_of(columns: Sequence[tuple[str, Any, dict[str, Any]]]) -> Table:
    """A table whose cells stay on one line: a text that has no room ends in an ellipsis."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for heading, justify, options in columns:
        grid.add_column(
            Text(heading), justify=justify, no_wrap=True, overflow="ellipsis", **options
        )
    return grid
