"""The entries of a plan that is a text: headings, numbered lists and bullets, or plain lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

import polars as pl

from firstlight.sources.archives import Content, open_bytes, unpacked_name
from firstlight.sources.encodings import detect_encoding, encoding_notes
from firstlight.sources.limits import check
from firstlight.sources.raw import ROW, Raw
from firstlight.texts import Count, Message, Name, message, names

__all__ = ["PlanList", "is_plain_text", "plan_lines"]

COLUMNS = ("entry", "section", "number")
LONGEST = 60  # letters of an entry, above which what follows a full stop is left out
# the numerals of Chinese from one to ten, and a hundred
_HAN = r"\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e"
_MARKS = (  # kind of a marked line, and how it begins
    ("heading", re.compile(r"(#{1,6})\s+")),
    ("chapter", re.compile(rf"第[{_HAN}\d]+[章篇]\s*[、.:]?\s*")),
    ("article", re.compile(rf"第[{_HAN}\d]+[节条]\s*[、.:]?\s*")),
    ("han", re.compile(rf"[{_HAN}]+\s*[、.．]\s*")),
    ("han_bracket", re.compile(rf"[(（][{_HAN}]+[)）]\s*")),
    ("numbers", re.compile(r"\d+(?:\.\d+)+\s*[、.．)）]?\s+")),
    ("number", re.compile(r"\d{1,3}\s*(?:[、.．)）](?!\d))\s*")),
    ("number_bracket", re.compile(r"[(（]\d{1,3}[)）]\s*")),
    ("circle", re.compile(r"[\u2460-\u2473]\s*")),
    ("bullet", re.compile(r"[-*+\u2022\u00b7\u25cf]\s+")),
)
# What every Chinese plan begins and ends with, and what stands below: no thing that is planned.
_FRAME = re.compile(
    r"^(?:总体要求|总体思路|指导思想|基本原则|工作原则|(?:总体|主要|发展|工作)目标|"
    r"保障措施|组织保障|组织(?:实施|领导)|附则)$"
)
_STOP = re.compile(r"[。；;:：]")
_FULL_STOP = re.compile(r"\.\s")
_EMPHASIS = re.compile(r"\*+|`+|__+")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class _Line:
    number: int
    kind: tuple[str, int]
    text: str


def plan_lines(text: str, *, is_framed: bool = False) -> list[tuple[str, str, int]]:
    """Entries of a text, each with the heading above it and the number of its line.

    is_framed : with those of the frame

    Where lines are marked (headings, numbers, bullets) an entry is one under which no other marked
    line stands; what is written between them is left out. Where none is, each line is an entry.
    The frame of a plan in Chinese (its aims, its safeguards) holds none: `is_frame`.

    >>> plan_lines("# Plan\\n1. Quantum sensors: a pilot line\\n2. Looms\\n")
    [('Quantum sensors', 'Plan', 2), ('Looms', 'Plan', 3)]
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1)]
    filled = [(number, line) for number, line in lines if line.strip()]
    marked = [each for number, line in filled if (each := _marked(number, line)) is not None]
    has_headings = any(line.kind[0] == "heading" for line in marked)
    if len(marked) < 2 and not has_headings:
        return [(_entry(line), "", number) for number, line in filled if _entry(line)]
    above, sections, wholes = list[_Line](), dict[int, str](), set[int]()
    for line in marked:
        while above and not _is_below(line, above):
            above.pop()
        if above:
            wholes.add(above[-1].number)
            sections[line.number] = above[-1].text
        above.append(line)
    lines_of_plan = [
        (line.text, sections.get(line.number, ""), line.number)
        for line in marked
        if line.number not in wholes
    ]
    if is_framed:
        return lines_of_plan
    return [own for own in lines_of_plan if not is_frame(*own[:2])]


def is_frame(entry: str, section: str) -> bool:
    """Whether an entry belongs to the frame of a plan, by its name or that of its section.

    >>> is_frame("加强组织领导", "保障措施"), is_frame("发展量子计算", "重点任务")
    (True, False)
    """
    return bool(_FRAME.match(entry) or _FRAME.match(section))


def _marked(number: int, line: str) -> _Line | None:
    """A line with its mark; None for one without a mark, or without text behind it."""
    start = line.lstrip()
    for kind, mark in _MARKS:
        if found := mark.match(start):
            rest, size, inner = start[found.end() :], 0, None
            if kind == "heading":  # a heading may be numbered as well
                size, inner = len(found.group(1)), _marked(number, rest)
            elif kind == "bullet":
                size = len(line) - len(start)
            text = _entry(rest)
            if inner is not None:
                text = inner.text
            if text:
                return _Line(number, (kind, size), text)
            return None
    return None


def _is_below(line: _Line, above: list[_Line]) -> bool:
    """Whether a line stands under the last of those above it."""
    kind, size = line.kind
    if kind == "heading":
        last, deep = above[-1].kind
        return last == "heading" and deep < size
    same = [each for each in above if each.kind == line.kind]
    if kind == "bullet" and not same:
        return not any(each.kind[0] == "bullet" and each.kind[1] > size for each in above)
    return not same


def _entry(text: str) -> str:
    """The name that a line begins with."""
    plain = _EMPHASIS.sub("", _LINK.sub(r"\1", text)).strip("# \t")
    stop = _STOP.search(plain)
    # A full stop may belong to the name, as in St. Gallen; a long entry is a sentence.
    if stop is None and len(plain) > LONGEST:
        stop = _FULL_STOP.search(plain)
    if stop and stop.start() > 1:
        plain = plain[: stop.start()]
    return plain.strip().rstrip("。；;.，,:：").strip()


def is_plain_text(file: str) -> bool:
    """Whether a file may be a text without columns, by its name.

    >>> is_plain_text("plan.txt"), is_plain_text("plan.csv")
    (True, False)
    """
    return PurePath(unpacked_name(file)).suffix.lower() == ".txt"


@dataclass(frozen=True)
class PlanList:
    """A text whose headings, numbered lines or lines are the rows of a table."""

    content: Content

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that stand for what a text says."""
        return COLUMNS

    def _left_out(self, entries: list[str]) -> list[Message]:
        if not entries:
            return []
        file, count = Name(self.content.name), Count(len(entries))
        return [message("frame_of_plan", file=file, count=count, entries=names(entries))]

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The rows, all columns as text."""
        encoding = detect_encoding(self.content)
        with open_bytes(self.content) as stream:
            text = encoding.text_of(stream).read()
        check("table_bytes", len(text), self.content.name)
        rows = [(entry, of, str(number)) for entry, of, number in plan_lines(text)]
        framed = plan_lines(text, is_framed=True)
        frame_of_plan = [entry for entry, of, _ in framed if is_frame(entry, of)]
        frame = pl.DataFrame(rows, dict.fromkeys(COLUMNS, pl.String), orient="row")
        numbers = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW)
        return Raw(
            frame.select(wanted).with_columns(numbers),
            notes=(
                *encoding_notes(encoding, self.content.name),
                *self._left_out(frame_of_plan if len(framed) > len(rows) else []),
            ),
        )
