"""Tables of HTML under the name of a workbook, as CNKI and statistical offices hand them out."""

from __future__ import annotations

from html.parser import HTMLParser

from firstlight.sources.archives import Content, open_bytes
from firstlight.sources.encodings import detect_encoding
from firstlight.sources.limits import check

_BEGINS = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<style")
_WIDEST = 1000  # columns that HTML lets a cell span


def looks_like_html(head: bytes) -> bool:
    """Whether a file begins as a page of HTML does.

    >>> looks_like_html(b"\\xef\\xbb\\xbf\\n<HTML><table>"), looks_like_html(b"PK")
    (True, False)
    """
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_BEGINS)


def html_rows(content: Content) -> list[list[str | None]]:
    """The rows of the page's tables, all as wide as the widest; None for an empty cell.

    A merged cell holds its text in its first column and row; the others are empty.
    """
    parser = _Rows(content.name)
    with open_bytes(content) as stream:
        parser.feed(detect_encoding(content).text_of(stream).read())
    parser.close()
    width = max(map(len, parser.rows), default=0)
    check("cells", width * len(parser.rows), content.name)
    return [
        [cell.strip() or None for cell in row] + [None] * (width - len(row)) for row in parser.rows
    ]


class _Rows(HTMLParser):
    """Cells by row; a cell ends where the next begins, since many writers don't close them."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._file, self._cells, self._place = file, 0, -1
        self._reached = dict[int, int]()  # column -> rows that a cell above still reaches

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
            self._place = -1
        elif tag in ("td", "th") and self.rows:
            spans = dict(attrs)
            self._open(_span(spans.get("colspan")), _span(spans.get("rowspan")))
        elif tag == "br":
            self.handle_data(" ")

    def _open(self, columns: int, rows: int) -> None:
        row = self.rows[-1]
        while self._reached.get(len(row), 0):
            self._reached[len(row)] -= 1
            row.append("")
        self._place = len(row)
        self._cells += columns
        check("cells", self._cells, self._file)
        row += [""] * columns
        self._reached.update(dict.fromkeys(range(self._place, len(row)), rows - 1))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("tr", "td", "th", "table"):
            self._place = -1

    def handle_data(self, data: str) -> None:
        if self._place >= 0:
            self.rows[-1][self._place] += data


def _span(written: str | None) -> int:
    """The columns or rows that a cell spans, one where nothing sensible is written."""
    if written is None or not written.isdecimal():
        return 1
    return min(max(int(written), 1), _WIDEST)
