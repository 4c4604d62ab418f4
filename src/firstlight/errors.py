"""One base class and few children: each message says what, where, and what to try next."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

INTERRUPTED = (
    "interrupted; what was finished is kept: run the same command again to go on\n"
    "            已中断；已完成的部分均已保存，再次运行同一命令即可继续"
)

# marks that turn the direction of the text that follows them
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: object) -> str:
    """Text on one line with nothing that a terminal or a reader would act on: control and format characters show as �.

    >>> visible("red\\x1b[31m\\nline")
    'red�[31m line'
    """
    kept = []
    for letter in str(text):
        if letter in "\t\n\r\u2028\u2029":
            kept.append(" ")
        else:
            kept.append(
                "\ufffd"
                if unicodedata.category(letter) in ("Cc", "Cs") or letter in _TURNS
                else letter
            )
    return "".join(kept)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A question that begins the next thing to try: the nearest of what is known; empty where nothing is near.

    >>> did_you_mean("horizn", ("horizon", "source")), did_you_mean("x", ("horizon", "source"))
    ('did you mean horizon? ', '')
    """
    close = difflib.get_close_matches(given, known, n=1)
    return f"did you mean {close[0]}? " if close else ""


class FirstlightError(Exception):
    """What went wrong, where (file, row, column or key), and the next thing to try, each on one line.

    What a server or a file said may stand in any of them, so control characters show as �.

    >>> print(FirstlightError("no documents", where="papers.csv", try_next="check the file"))
    no documents
      where: papers.csv
      try:   check the file
    """

    def __init__(self, what: str, *, where: str = "", try_next: str = "") -> None:
        self.what, self.where, self.try_next = visible(what), visible(where), visible(try_next)
        lines = [self.what]
        if where:
            lines.append(f"  where: {self.where}")
        if try_next:
            lines.append(f"  try:   {self.try_next}")
        super().__init__("\n".join(lines))


class InputError(FirstlightError, ValueError):
    """What the caller handed in can't be used as it is."""


class SourceError(FirstlightError):
    """A publisher's server or file did not speak the documented format."""


class StoreError(FirstlightError):
    """The project folder can't be read or written."""


class NotKeptError(FirstlightError, KeyError):
    """The catalogue holds no such Result."""

    __str__ = Exception.__str__
