"""A plan that is a text, piece by piece: headings, items of lists, cells of tables, sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

import polars as pl

from firstlight.sources.archives import Content, open_bytes, unpacked_name
from firstlight.sources.encodings import detect_encoding, encoding_notes
from firstlight.sources.limits import check
from firstlight.sources.raw import ROW, Raw
from firstlight.sources.written_documents import document_text, is_document
from firstlight.texts import Count, Message, Name, message, names

__all__ = ["TEXT_PART", "PlanList", "is_plain_text", "plan_pieces"]

TEXT_PART = "text_part"  # the column that texts alone have
COLUMNS = ("entry", "section", "number", TEXT_PART)
LONGEST = 60  # columns of a line, from which a sentence may run on in the next
Piece = tuple[str, str, int, str]
# the numerals of Chinese from one to ten, and a hundred
_HAN = r"\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e"
_MARKS = (  # kind of a marked line, and how it begins
    ("heading", re.compile(r"(#{1,6})\s+")),
    ("chapter", re.compile(rf"第[{_HAN}\d]+[章篇]\s*[、.:]?\s*")),
    ("chapter", re.compile(r"(?:Chapter|Part|Section)\s+\d+\s*[.:]?\s+")),
    ("article", re.compile(rf"第[{_HAN}\d]+[节条]\s*[、.:]?\s*")),
    ("han", re.compile(rf"[{_HAN}]+\s*[、.．]\s*")),
    ("han_bracket", re.compile(rf"[(（][{_HAN}]+[)）]\s*")),
    ("numbers", re.compile(r"\d+(?:\.\d+)+\s*[、.．)）]?\s+")),
    ("number", re.compile(r"\d{1,3}\s*(?:[、.．)）](?!\d))\s*")),
    ("number_bracket", re.compile(r"[(（]\d{1,3}[)）]\s*")),
    ("letter_bracket", re.compile(r"\([a-z]\)\s+")),
    ("circle", re.compile(r"[\u2460-\u2473]\s*")),
    ("bullet", re.compile(r"[-*+\u2022\u00b7\u25cf]\s+")),
)
# What every Chinese plan begins and ends with: of it aims and measures alone are read.
_FRAME = re.compile(
    r"^(?:总体要求|总体思路|指导思想|基本原则|工作原则|(?:总体|主要|发展|工作)目标|"
    r".{0,4}保障(?:措施)?|组织(?:实施|领导)|工作要求|总则|附则)$"
)
_TITLE = re.compile(
    r"(?:方案|规划|计划|意见|纲要|清单|strategy|plan|roadmap)\s*(?:[(（].*)?$", re.IGNORECASE
)
# what heads columns that say who, when and how much
_NO_THING = re.compile(
    r"no\.?|序号|编号|.*(?:单位|部门|责任|年限|时间|进度|备注|投资).*|.*\b(?:cost|lead|owner|"
    r"completed|completion|year|date|status|budget|notes?)\b.*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[。；;！？!?])|(?<=\w{2})\.\s+(?=[^a-z\s])|\.$")
_NAME = re.compile(r"[：:。]|\s[-–—]\s|(?<=[^\W\d_]{2})\.\s+(?=[A-Z])")
_ENDED = re.compile(r"[.。；;：:！!?？|]$")
_EMPHASIS = re.compile(r"\*+|`+|__+")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class _Line:
    """A line with its mark, whose kind is empty where it has none; its first piece has a part."""

    number: int
    kind: tuple[str, int]
    text: str


def plan_pieces(text: str) -> list[Piece]:
    """Pieces of a text, each with the heading above it, the number of its line and its part.

    The part of a piece: a ``whole`` is a heading above others, a ``heading`` stands above
    sentences; a ``name`` is what an item of a list, a row of a table or a line of a text without
    marks begins with; a ``sentence``; and what belongs to the ``frame``, aims and safeguards.

    >>> plan_pieces("# Plan\\n1. Quantum sensors: a pilot line\\n")[1:]
    [('Quantum sensors', 'Plan', 2, 'name'), ('a pilot line', 'Quantum sensors', 2, 'sentence')]
    """
    lines = list(_lines(text))
    marked = [line for line in lines if line.kind[0] not in ("", "cells")]
    has_marks = len(marked) > 1 or any(line.kind[0] == "heading" for line in marked)
    if not has_marks:  # a single one may begin with a number by chance, as 2.5 D chips does
        lines = list(_lines(text, has_marks=False))
    is_list = not has_marks and all(len(_sentences(line.text)) < 2 for line in lines)
    pieces, above = list[Piece](), list[tuple[_Line, int]]()  # a heading, and which piece it is
    columns: list[int] | None = None
    for at, line in enumerate(lines):
        kind = line.kind[0]
        if kind not in ("", "cells"):
            while above and not _is_below(line, [each for each, _ in above]):
                above.pop()
            _call(pieces, above, "whole")
        else:
            _call(pieces, above, "heading")
        section = above[-1][0].text if above else ""
        is_framed = any(_FRAME.match(each.text) for each, _ in above)
        own, rest = [(line.text, "name")], ""
        if kind == "cells":
            own, columns = _cells(line.text, columns)
        elif kind:
            name, rest = _parted(line.text)
            own = [(name, "name")]
            above.append((_Line(line.number, line.kind, name), len(pieces)))
            is_framed |= bool(_FRAME.match(name))
        elif not at and len(lines) > 1 and _TITLE.search(line.text):
            own = [(line.text, "whole")]
        elif not is_list:
            own, rest = [], line.text
        if kind != "cells":
            columns = None
        of = own[0][0] if own and rest else section
        every = [(piece, section, part) for piece, part in own]
        every += [(piece, of, "sentence") for piece in _sentences(rest)]
        for piece, heading, part in every:
            pieces.append((piece, heading, line.number, "frame" if is_framed else part))
    return pieces


def _call(pieces: list[Piece], above: list[tuple[_Line, int]], part: str) -> None:
    """Let the last heading be what stands under it makes of it."""
    if above:
        entry, section, number, known = pieces[above[-1][1]]
        if known in ("name", "heading"):
            pieces[above[-1][1]] = (entry, section, number, part)


def _lines(text: str, *, has_marks: bool = True) -> Iterator[_Line]:
    """The lines that hold something; a sentence that runs on in the next is one.

    has_marks : whether what looks like a mark is one
    """
    begun, first = "", 0
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        is_new = not line.strip() or line.lstrip().startswith("|") or _marked(number, line)
        is_whole = not begun or bool(_ENDED.search(begun))
        if not is_whole and not is_new and _width(begun.splitlines()[-1]) >= LONGEST:
            begun += f"\n{line.strip()}"
            continue
        if begun:
            whole = _RUNS_ON.sub("", begun).replace("\n", " ")
            own = _marked(first, whole) if has_marks else None
            yield own or _unmarked(first, whole)
        begun, first = line.rstrip(), number
        if not line.strip():
            begun = ""


_RUNS_ON = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])")


def _width(line: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in line)


def _unmarked(number: int, line: str) -> _Line:
    if line.lstrip().startswith("|"):
        return _Line(number, ("cells", 0), line.strip())
    return _Line(number, ("", 0), _plain(line))


def _marked(number: int, line: str) -> _Line | None:
    """A line with its mark; None for one without a mark, or without text behind it."""
    start = line.lstrip()
    for kind, mark in _MARKS:
        if found := mark.match(start):
            rest, size = start[found.end() :], 0
            if kind == "heading":  # a heading may be numbered as well
                size, inner = len(found.group(1)), _marked(number, rest)
                rest = inner.text if inner is not None else rest
            elif kind == "bullet":
                size = len(line) - len(start)
            plain = _plain(rest)
            return _Line(number, (kind, size), plain) if plain else None
    return None


def _parted(text: str) -> tuple[str, str]:
    """What a marked line begins with, and what it goes on with."""
    stop = _NAME.search(text)
    if stop is None or stop.start() < 2 or stop.end() == len(text):
        return text.rstrip("。.：:；;，, "), ""
    return text[: stop.start()].strip(), text[stop.end() :].strip()


def _cells(line: str, columns: list[int] | None) -> tuple[list[tuple[str, str]], list[int] | None]:
    """What a row of a table says, and which of its columns say what: those of the first row do."""
    cells = [_plain(cell) for cell in line.strip("|").split("|")]
    if columns is None:
        return [], [at for at, cell in enumerate(cells) if not _NO_THING.fullmatch(cell)]
    said = [cells[at] for at in columns if at < len(cells) and cells[at].strip(":- ")]
    return [
        *((cell, "name") for cell in said[:1]),
        *((each, "sentence") for each in said[1:]),
    ], columns


def _sentences(text: str) -> list[str]:
    parts = (part.strip().rstrip("。；;.") for part in _SENTENCE.split(text))
    return [part for part in parts if part]


def _plain(text: str) -> str:
    return _EMPHASIS.sub("", _LINK.sub(r"\1", text)).strip("# \t\u3000")


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


def is_plain_text(file: str) -> bool:
    """Whether a file may be a text without columns, by its name.

    >>> is_plain_text("plan.txt"), is_plain_text("plan.csv")
    (True, False)
    """
    return PurePath(unpacked_name(file)).suffix.lower() == ".txt"


@dataclass(frozen=True)
class PlanList:
    """A text whose pieces are the rows of a table."""

    content: Content

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that stand for what a text says."""
        return COLUMNS

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The rows, all columns as text."""
        file, notes = self.content.name, list[Message]()
        if is_document(file):
            text = document_text(self.content)
        else:
            encoding = detect_encoding(self.content)
            with open_bytes(self.content) as stream:
                text = encoding.text_of(stream).read()
            notes += encoding_notes(encoding, file)
        check("table_bytes", len(text), file)
        pieces = plan_pieces(text)
        if framed := [piece for piece, *_, part in pieces if part == "frame"]:
            count = Count(len(framed))
            told = message("frame_of_plan", file=Name(file), count=count, entries=names(framed))
            notes.append(told)
        rows = [(piece, of, str(number), part) for piece, of, number, part in pieces]
        frame = pl.DataFrame(rows, dict.fromkeys(COLUMNS, pl.String), orient="row")
        frame = frame.unique(["entry", "number"], keep="first", maintain_order=True)
        numbers = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW)
        return Raw(frame.select(wanted).with_columns(numbers), notes=tuple(notes))
