"""One base class and few children: each message says what, where, and what to try next."""

from __future__ import annotations

INTERRUPTED = (
    "interrupted; what was finished is kept: run the same command again to go on\n"
    "            已中断；已完成的部分均已保存，再次运行同一命令即可继续"
)


class FirstlightError(Exception):
    """What went wrong, where (file, row, column or key), and the next thing to try.

    >>> print(FirstlightError("no documents", where="papers.csv", try_next="check the file"))
    no documents
      where: papers.csv
      try:   check the file
    """

    def __init__(self, what: str, *, where: str = "", try_next: str = "") -> None:
        self.what, self.where, self.try_next = what, where, try_next
        lines = [what]
        if where:
            lines.append(f"  where: {where}")
        if try_next:
            lines.append(f"  try:   {try_next}")
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
