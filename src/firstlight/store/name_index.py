"""An index that finds a thing by any form of any of its names, in any language.

SQLite's tokeniser takes a run of Chinese for one word, so runs are indexed by their characters and
pairs of characters: 芯片 finds 人工智能芯片.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from threading import Lock
from typing import NamedTuple

__all__ = ["NameIndex", "Named"]

MOST_LETTERS = 200  # of a question; what follows is not looked for
MOST_WORDS = 12
MOST_HITS = 2000  # the heaviest, among which the nearest are chosen
BAND = 8  # letters by which forms must differ for the shorter to come first
HAN = r"\u3400-\u9fff\uf900-\ufaff"
PIECES = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")


class Named(NamedTuple):
    """A form of a name.

    address : of what bears it
    weight  : how much there is of it; of equal hits the heavier comes first
    """

    address: str
    form: str
    weight: float = 0.0


class NameIndex:
    """Names of things, in memory; safe for use by several threads.

    Parameters
    ----------
    names
        Of each form of a name the address of what bears it, the form, and its weight.

    Examples
    --------
    >>> index = NameIndex([Named("chip", "人工智能芯片"), Named("chip", "AI chips")])
    >>> [hit.form for hit in index.find("芯片")], [hit.form for hit in index.find("CHIP")]
    (['人工智能芯片'], ['AI chips'])
    """

    def __init__(self, names: Iterable[tuple[str, str, float]]) -> None:
        self._lock = Lock()
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        self._base.execute("CREATE TABLE form (address, form, plain, weight REAL)")
        self._base.execute(
            "CREATE VIRTUAL TABLE word USING fts5"
            "(tokens, content='', tokenize=\"unicode61 remove_diacritics 0\")"
        )
        rows = [(address, form, plain(form), weight) for address, form, weight in names]
        self._base.executemany("INSERT INTO form VALUES (?, ?, ?, ?)", rows)
        words = ((number, " ".join(_tokens(row[2]))) for number, row in enumerate(rows, 1))
        self._base.executemany("INSERT INTO word (rowid, tokens) VALUES (?, ?)", words)
        self._base.execute("CREATE INDEX plain ON form (plain)")

    def find(self, question: str, most: int = 20) -> list[Named]:
        """What a question finds: names that equal it, then those that begin with it, then those
        that hold its words, the last of them perhaps only begun; one form of each thing.

        Parameters
        ----------
        question
            Words in any language; what is longer than `MOST_LETTERS` is cut.
        most
            How many things at most.

        Returns
        -------
        The best form of each thing that was found.
        """
        wanted = plain(question[:MOST_LETTERS])
        match = _question(wanted)
        if not match:
            return []
        with self._lock:
            rows = self._base.execute(
                "SELECT address, form, weight, plain FROM form WHERE plain = ? "
                "UNION SELECT address, form, weight, plain FROM form WHERE rowid IN "
                "(SELECT rowid FROM word WHERE word MATCH ?) ORDER BY weight DESC LIMIT ?",
                (wanted, match, MOST_HITS),
            ).fetchall()
        rows.sort(key=lambda row: (*_nearness(wanted, row[3]), -row[2], row[0], row[1]))
        best: dict[str, Named] = {}
        for address, form, weight, _ in rows:
            best.setdefault(address, Named(address, form, weight))
            if len(best) == most:
                break
        return list(best.values())


def plain(text: str) -> str:
    """A text without case, accents and width, its pieces parted by one space.

    >>> plain("  Ｇraphène-based  芯片2")
    'graphene based 芯片 2'
    """
    parted = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return " ".join(PIECES.findall(bare))


def _tokens(text: str) -> Iterator[str]:
    """The words of a plain text; of Chinese its characters and their pairs."""
    for piece in text.split():
        if re.match(f"[{HAN}]", piece):
            yield from piece
            yield from map("".join, pairwise(piece))
        else:
            yield piece


def _question(text: str) -> str:
    """What is asked of the index: every word, the last of them as a beginning."""
    pieces = text.split()[:MOST_WORDS]
    asked = []
    for place, piece in enumerate(pieces, 1):
        if re.match(f"[{HAN}]", piece):
            pairs = list(map("".join, pairwise(piece))) or [piece]
            asked += [f'"{pair}"' for pair in pairs]
        else:
            asked.append(f'"{piece}"' + "*" * (place == len(pieces)))
    return " ".join(asked)


def _nearness(wanted: str, form: str) -> tuple[int, int]:
    """Equal, begun alike, or holding the words; then by length."""
    if form == wanted:
        return 0, 0
    return (1 if form.startswith(wanted) else 2), len(form) // BAND
