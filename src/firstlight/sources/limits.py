"""What is read of a file at most: every limit of a reader by its name, in one place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from pathlib import Path

from firstlight.errors import InputError, shown, unknown
from firstlight.texts import Count, Name, Phrase, message

__all__ = ["Limits", "Watch", "check", "check_table", "current", "limits", "over"]

FOLDER = Path(__file__).parent
FREE_BYTES = 500_000
"""What a file of any size, however small, may become."""


@dataclass(frozen=True)
class Limits:
    """What is read of one file at most; an error that names the limit ends what goes beyond it.

    file_bytes   : bytes of a file, once it is unpacked
    times_packed : how many times its own size a file may become, unpacked or as a table; half a
                   million bytes are free
    piece_bytes  : bytes of what is held in memory in one piece: a JSON or XML document, a
                   workbook, a Stata file, a packed Parquet file
    record_bytes : bytes of one line or one record
    table_bytes  : bytes of a table in memory, before anything is computed from it
    cells        : cells of a workbook, empty ones too, from A1 to the last that holds something
    columns      : columns of a table, or distinct keys of JSON lines
    levels       : levels of lists and objects within one another
    seconds      : whole time of one pass over a file
    """

    file_bytes: int = 200_000_000_000
    times_packed: int = 250
    piece_bytes: int = 1_000_000_000
    record_bytes: int = 64_000_000
    table_bytes: int = 16_000_000_000
    cells: int = 16 * 1_048_576
    columns: int = 100_000
    levels: int = 100
    seconds: int = 21_600

    def most(self, stored: int) -> int:
        """The bytes that a file may become, which is stored in so many."""
        return max(FREE_BYTES, self.times_packed * stored)


_CURRENT: ContextVar[Limits] = ContextVar("limits", default=Limits())  # noqa: B039 (frozen)


def current() -> Limits:
    """The limits that hold now."""
    return _CURRENT.get()


@contextmanager
def limits(**changed: int) -> Iterator[Limits]:
    """Read with other limits inside the block.

    Parameters
    ----------
    changed
        A whole number, more than 0, for each limit that changes, by its name in `Limits`.

    Returns
    -------
    A context whose value is the `Limits` that hold inside it.

    Raises
    ------
    InputError
        For an unknown name, or a number that isn't whole and positive.

    Examples
    --------
    >>> with limits(columns=5) as now:
    ...     now.columns, now.levels
    (5, 100)
    """
    known = {own.name: own.default for own in fields(Limits)}
    for name, value in changed.items():
        if name not in known:
            raise InputError(unknown("no_limit", name, known), FOLDER)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            about = {"name": Name(name), "value": shown(repr(value))}
            default = Name(str(known[name]))
            raise InputError(message("limit_not_whole", default=default, **about), FOLDER)
    token = _CURRENT.set(replace(current(), **changed))
    try:
        yield current()
    finally:
        _CURRENT.reset(token)


def over(name: str, file: str, line: int | None = None) -> InputError:
    """The error that says that a file goes beyond a limit, and in which line or record."""
    place: Name | Phrase = Name(file)
    if line is not None:
        place = Phrase(message("phrases.record", file=Name(file), number=Count(line)))
    what = Phrase(message(f"phrases.over_{name}", most=Count(getattr(current(), name))))
    return InputError(message("over_limit", what=what, place=place, name=Name(name)), FOLDER)


def check(name: str, count: int, file: str, line: int | None = None) -> None:
    """Raise InputError where a file goes beyond a limit.

    >>> check("levels", 100, "papers.json")
    """
    if count > getattr(current(), name):
        raise over(name, file, line)


def check_table(size: int, file: str, stored: int) -> None:
    """Raise InputError where a table has more bytes than a file of so many may become."""
    check("table_bytes", size, file)
    if size > current().most(stored):
        raise over("times_packed", file)


class Watch:
    """Counts the bytes that a file becomes, and the time that it takes, against the limits.

    stored : bytes of the file as it is stored; None where it isn't packed
    """

    def __init__(self, file: str, stored: int | None = None) -> None:
        self._file, self._size, self._begun = file, 0, time.monotonic()
        self._limits = current()
        self._most = None if stored is None else self._limits.most(stored)

    def __call__(self, size: int) -> None:
        """Count bytes that have come.

        Raises  InputError naming the limit that they go beyond.
        """
        self._size += size
        if self._most is not None and self._size > self._most:
            raise over("times_packed", self._file)
        if self._size > self._limits.file_bytes:
            raise over("file_bytes", self._file)
        if time.monotonic() - self._begun > self._limits.seconds:
            raise over("seconds", self._file)
