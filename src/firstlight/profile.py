"""A profile: one page of several measurements, with what they come to in its first lines."""

from __future__ import annotations

from dataclasses import dataclass

from firstlight.result import Result

__all__ = ["Cited", "Line", "Pair", "Profile", "Section"]

Pair = tuple[str, str]
"""A text in English and in Chinese."""


@dataclass(frozen=True)
class Cited:
    """A sentence, and the measurement that its numbers come from."""

    said: Pair
    measurement: str


@dataclass(frozen=True)
class Line:
    """One of the first lines.

    title  : what it answers
    rule   : how it was chosen from the results
    said   : sentences; empty where nothing that it rests on was measured
    """

    title: Pair
    rule: Pair
    said: tuple[Cited, ...]


@dataclass(frozen=True)
class Section:
    """A question and the measurement that answers it.

    result : None where it wasn't measured
    charts : codes of those of its charts that are shown
    most   : sentences of its answer that are shown
    lacks  : what is missing, where it wasn't measured
    """

    measurement: str
    question: Pair
    result: Result | None
    charts: tuple[str, ...] = ()
    most: int = 3
    lacks: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class Profile:
    """What one page shows: of which kind, of what, the first lines, and the sections in order.

    is_sample : whether it shows the invented files that ship
    """

    kind: str
    kind_title: Pair
    name: str
    lines: tuple[Line, ...]
    sections: tuple[Section, ...]
    is_sample: bool = False
