"""What is being done, on the error stream: a bar on a terminal, elsewhere one line per stage."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator

from firstlight.views.words import code_words


@contextlib.contextmanager
def progress(quiet: bool, lang: str = "en") -> Iterator[Callable[[str], None]]:
    """Tells on the error stream what is being done: a bar on a terminal, elsewhere one line per
    stage.

    A line reads "stage" or "stage: detail"; a detail with "3 of 10" in it moves the bar.
    """
    said: list[str] = []

    def by_stage(line: str) -> None:
        stage = line.partition(": ")[0]
        if stage not in said[-1:]:
            said.append(stage)
            print(code_words(lang, "stage", stage), file=sys.stderr, flush=True)

    if quiet:
        yield lambda line: None
    elif not sys.stderr.isatty():
        yield by_stage
    else:
        with _bar(lang) as say:
            yield say


@contextlib.contextmanager
def _bar(lang: str) -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(20),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def say(line: str) -> None:
            stage, _, detail = line.partition(": ")
            named = code_words(lang, "stage", stage)
            if detail:
                named += f": {detail}"
            part = re.search(r"([\d,]+) of ([\d,]+)", detail)
            if part is None:
                bar.update(task, description=named, completed=0, total=None)
            else:
                done, total = (int(number.replace(",", "")) for number in part.groups())
                bar.update(task, description=named, completed=done, total=total)

        yield say
