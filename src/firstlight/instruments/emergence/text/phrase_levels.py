"""The frequent phrases of one length after another, counted part by part, two parts at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.text import words
from firstlight.instruments.emergence.text.words import CutText
from firstlight.numerics.at_once import two_at_once

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Integers = npt.NDArray[np.integer]
Bytes = npt.NDArray[np.integer]  # a byte each, signed where counts may be negative
Bools = npt.NDArray[np.bool_]
Value = TypeVar("Value", bound=np.generic)
PART = 2**21  # places that are sorted at once
# The number of a part fits in a byte, with room for NO_PART.
MOST_PARTS = 200
NO_PART = 255
EVERY = 61  # word that is looked at to make the parts alike


@dataclass
class Rows:
    """Rows of (phrase, document), by phrase then document.

    starts      : (m + 1,) where each phrase's rows begin
    attributive : None where no text holds Chinese
    """

    starts: Longs
    documents: Ints
    uses: Bytes
    ends: Bytes
    capitals: Bytes
    titled: Bytes
    attributive: Bytes | None = None

    def counts(self) -> list[Bytes]:
        """What is counted in each row, in the order of the fields."""
        always = [self.uses, self.ends, self.capitals, self.titled]
        if self.attributive is None:
            return always
        return [*always, self.attributive]

    @classmethod
    def stacked(cls, parts: list[Rows]) -> Rows:
        """The rows of one part after another."""
        shifts = np.cumsum([0, *(part.starts[-1] for part in parts)])
        starts = [part.starts[:-1] + shift for part, shift in zip(parts, shifts, strict=False)]
        documents = np.concatenate([part.documents for part in parts])
        counts = zip(*(part.counts() for part in parts), strict=True)
        together = (np.concatenate(count) for count in counts)
        return cls(np.concatenate([*starts, shifts[-1:]]), documents, *together)

    @classmethod
    def placed(cls, parts: list[Rows], rank: Longs, size: int) -> Rows:
        """The rows of ``size`` phrases of all parts in another order.

        The list is emptied on the way, so that rows that nobody else holds are never there twice.

        rank : the place of each phrase of each part in that order, -1 where it is left out
        """
        lengths = np.concatenate([np.diff(part.starts) for part in parts])
        wanted = np.flatnonzero(rank >= 0)
        starts = np.zeros(size + 1, dtype=np.int64)
        starts[rank[wanted] + 1] = lengths[wanted]
        np.cumsum(starts, out=starts)
        counts = [np.empty(starts[-1], count.dtype) for count in parts[0].counts()]
        found = cls(starts, np.empty(starts[-1], np.int32), *counts)
        before = len(rank)
        while parts:
            part = parts.pop()
            before -= len(part.starts) - 1
            for first, end in pairwise(blocks_of(part.starts)):
                own = rank[before + first : before + end]
                kept = np.flatnonzero(own >= 0)
                _, source = places_of(part.starts, first + kept)
                _, target = places_of(starts, own[kept])
                found.documents[target] = part.documents[source]
                for count, given in zip(found.counts(), part.counts(), strict=True):
                    count[target] = given[source]
        return found


@dataclass
class Level:
    """The frequent phrases of one length, m of them.

    ids                : (n,) at each word, the phrase of this length that starts there, or -1
    names              : (m,) stems joined by spaces
    starts_well        : (m,) whether the first word may begin a term; ends_well likewise for the
                         last
    beginning, ending  : (m,) phrases of the level below
    rows               : the documents that use the terms among them
    """

    ids: Ints
    names: pl.Series
    starts_well: Bools
    ends_well: Bools
    beginning: Ints
    ending: Ints
    rows: Rows

    @property
    def is_term(self) -> Bools:
        return self.starts_well & self.ends_well


@dataclass
class RunningText:
    """What is known of each word of the running text.

    is_predicate : after a word that only predicates follow; closes: 1 before a word that follows
                   attributes, -1 where the phrase ends otherwise, 0 elsewhere. None in texts
                   without such words, that is, without Chinese
    """

    document: Ints
    next_breaks: Bools
    is_capital: Bools
    in_title: Bools
    is_predicate: Bools | None
    closes: Bytes | None


@dataclass
class _Uses:
    """Places in the text by phrase, then document; P phrases, and a row for each document of one.

    phrase_starts : (P,) where among the places each phrase begins; row_starts : and each row
    rows_count    : (P,) documents of each phrase
    """

    places: Ints
    documents: Ints
    phrase_starts: Ints
    row_starts: Ints
    rows_count: Longs


@dataclass(frozen=True)
class _Candidates:
    """The places of the text at which a phrase may start, in parts by the beginning of its key.

    parts   : (n,) part of each word of the text, 0 to count - 1; NO_PART where no phrase may start
    key     : places -> the parts of their key, each from 0 to size - 1
    is_term : places -> whether the phrase that starts there may stand alone
    """

    parts: Bytes
    count: int
    key: Callable[[Ints], tuple[Ints, ...]]
    size: int
    is_term: Callable[[Ints], Bools]


@dataclass(frozen=True)
class _Frequent:
    """The frequent phrases of some candidates, m of them, by their key.

    places, phrase : (u,) where they stand in the text, and which of them
    first_use      : (m,) a place of each
    """

    places: Ints
    phrase: Ints
    first_use: Ints
    rows: Rows


def running_text_of(cut: CutText, vocabulary: pl.DataFrame, stem_of: Ints) -> RunningText:
    """What is known of each word of the text.

    vocabulary : data frame stem, is_break, is_link, is_use, before_predicate, after_attribute
    stem_of    : the row of each spelling
    """
    document = np.repeat(np.arange(len(cut.lengths), dtype=np.int32), cut.lengths)
    ends = vocabulary.select(pl.any_horizontal("is_break", "is_link", "is_use")).to_series()
    ends_before = looked_up(ends.to_numpy()[stem_of], cut.words)
    next_breaks = np.ones(len(document), dtype=bool)
    next_breaks[:-1] = ends_before[1:] | (document[1:] != document[:-1])
    capital = words.has_two_capitals(cut.spellings).to_numpy()
    known = (document, next_breaks, looked_up(capital, cut.words), _in_title(cut))
    return RunningText(*known, *_attributes(document, vocabulary, stem_of, cut.words))


def _attributes(
    document: Ints, vocabulary: pl.DataFrame, stem_of: Ints, text: Ints
) -> tuple[Bools | None, Bytes | None]:
    """``is_predicate`` and ``closes`` of the running text.

    stem_of : the row of each spelling in the vocabulary
    text    : (n,) the spelling of each word
    """
    follows = vocabulary["after_attribute"].to_numpy()
    if not follows.any():
        return None, None
    ends = vocabulary.select(pl.any_horizontal("is_break", "is_link")).to_series().to_numpy()
    closing = looked_up(np.where(follows, 1, -1 * ends).astype(np.int8)[stem_of], text)
    changes = document[1:] != document[:-1]
    closes = np.full(len(text), -1, dtype=np.int8)
    closes[:-1] = np.where(changes, -1, closing[1:])
    is_predicate = np.zeros(len(text), dtype=bool)
    before = vocabulary["before_predicate"].to_numpy()[stem_of]
    is_predicate[1:] = looked_up(before, text[:-1]) & ~changes
    return is_predicate, closes


def _in_title(cut: CutText) -> Bools:
    """(n,) whether each word stands before the mark that ends its document's title.

    A text without a title counts as one, since its words can't be told from a title's.
    """
    is_mark = cut.words == cut.spellings.search_sorted(words.TITLE_END)
    marks_before = np.cumsum(is_mark, dtype=np.int32)
    lengths = cut.lengths[cut.lengths > 0]
    starts: Longs = np.cumsum(lengths) - lengths
    has_title = ~is_mark[starts]
    before_document = np.where(has_title, marks_before[starts], -1)
    is_title: Bools = marks_before <= np.repeat(before_document, lengths)
    is_title |= np.repeat(~has_title, lengths)
    return is_title


def single_words(
    cut: CutText, vocabulary: pl.DataFrame, stem_of: Ints, text: RunningText, fewest: int
) -> Level:
    """The words that stand in ``fewest`` documents or more.

    vocabulary : data frame stem, is_break, is_link; stem_of : the row of each spelling
    """
    is_link = vocabulary["is_link"].to_numpy()
    may_stand = ~vocabulary["is_break"].to_numpy() | is_link
    sampled = stem_of[cut.words[::EVERY]]
    parts, count = _parts(sampled[may_stand[sampled]], vocabulary.height)
    parts[~may_stand] = NO_PART
    candidates = _Candidates(
        parts=looked_up(parts[stem_of], cut.words),
        count=count,
        key=lambda places: (stem_of[cut.words[places]],),
        size=vocabulary.height,
        is_term=lambda places: ~is_link[stem_of[cut.words[places]]],
    )
    ids, first_use, rows = _counted(candidates, text, 1, fewest)
    is_word = candidates.is_term(first_use)
    names = vocabulary["stem"][stem_of[cut.words[first_use]]]
    nothing = np.zeros(0, np.int32)
    return Level(ids, names, is_word, is_word, nothing, nothing, rows)


def longer_phrases(level: Level, text: RunningText, length: int, fewest: int) -> Level:
    """Frequent phrases of one word more than those of the level below, whose ids it takes away."""
    first, second = level.ids[:-1], level.ids[1:]
    sampled = first[::EVERY]
    size = len(level.names)
    parts, count = _parts(sampled[sampled >= 0], size)
    # The last entry is that of -1, where no phrase starts.
    parts = looked_up(np.append(parts, np.uint8(NO_PART)), first)
    parts[(second < 0) | (text.document[:-1] != text.document[1:])] = NO_PART
    candidates = _Candidates(
        parts=parts,
        count=count,
        key=lambda places: (first[places], second[places]),
        size=size,
        is_term=lambda places: level.starts_well[first[places]] & level.ends_well[second[places]],
    )
    ids, first_use, rows = _counted(candidates, text, length, fewest)
    beginning, ending = first[first_use], second[first_use]
    # Given back: it is as long as the text of the whole record.
    level.ids = np.zeros(0, np.int32)
    last_word = level.names[ending].str.extract(r"(\S+)$")
    names = (level.names[beginning] + " " + last_word).rename("stem")
    starts_well, ends_well = level.starts_well[beginning], level.ends_well[ending]
    return Level(ids, names, starts_well, ends_well, beginning, ending, rows)


def _parts(sampled: Ints, size: int) -> tuple[Bytes, int]:
    """(size,) the part of each first value of a key, ascending, some ``PART`` places in each; and
    how many parts there are.

    sampled : that of every so manyth place
    """
    before = np.cumsum(np.bincount(sampled, minlength=size))
    step = max(PART // EVERY, len(sampled) // MOST_PARTS + 1)
    return (before // step).astype(np.uint8), len(sampled) // step + 1


def _counted(
    candidates: _Candidates, text: RunningText, length: int, fewest: int
) -> tuple[Ints, Ints, Rows]:
    """The frequent phrase that starts at each word of the text or -1, a place of each phrase, and
    their rows."""
    ids = np.full(len(text.document), -1, dtype=np.int32)
    count = partial(_frequent, candidates, text=text, length=length, fewest=fewest)
    first_uses, rows, before = [], [], 0
    for found in two_at_once(count, range(candidates.count)):
        ids[found.places] = found.phrase + before
        before += len(found.first_use)
        first_uses.append(found.first_use)
        rows.append(found.rows)
    return ids, np.concatenate(first_uses), Rows.stacked(rows)


def _frequent(
    candidates: _Candidates, part: int, *, text: RunningText, length: int, fewest: int
) -> _Frequent:
    """The frequent phrases of one part."""
    places = np.flatnonzero(candidates.parts == part).astype(np.int32)
    uses = _uses(places, candidates.key(places), candidates.size, text)
    is_frequent = uses.rows_count >= fewest
    kept = np.flatnonzero(is_frequent)
    lengths = np.diff(uses.phrase_starts, append=np.int32(len(uses.places)))
    first_use = uses.places[uses.phrase_starts[kept]]
    return _Frequent(
        uses.places[np.repeat(is_frequent, lengths)],
        np.repeat(np.arange(len(kept), dtype=np.int32), lengths[kept]),
        first_use,
        _rows(uses, kept, candidates.is_term(first_use), text, length),
    )


def _uses(places: Ints, key: tuple[Ints, ...], size: int, text: RunningText) -> _Uses:
    """Places sorted by the parts of their key, each part from 0 to ``size`` - 1.

    Places ascend before, and within each key.
    """
    order = _ordered(key, size)
    places = places[order]
    starts_phrase = np.ones(len(places), dtype=bool)
    starts_phrase[1:] = False
    for part in key:
        values = part[order]
        starts_phrase[1:] |= values[1:] != values[:-1]
    documents = text.document[places]
    starts_row = starts_phrase.copy()
    starts_row[1:] |= documents[1:] != documents[:-1]
    row_starts = np.flatnonzero(starts_row).astype(np.int32)  # half the memory
    first_rows = np.flatnonzero(starts_phrase[row_starts])
    rows_count = np.diff(first_rows, append=len(row_starts))
    return _Uses(places, documents, row_starts[first_rows], row_starts, rows_count)


def _ordered(key: tuple[Ints, ...], size: int) -> Ints:
    """The stable order of keys, by one counting sort for each part, which is linear."""
    order = np.arange(len(key[0]), dtype=np.int32)
    # SciPy turns rows into columns by counting, and keeps the order within each column.
    for part in reversed(key):
        row = sparse.csr_matrix((order, part[order], [0, len(order)]), shape=(1, max(size, 1)))
        order = row.tocsc().data
    return order


def _rows(uses: _Uses, kept: Longs, is_term: Bools, text: RunningText, length: int) -> Rows:
    """Rows of the kept phrases; those that are no terms have none."""
    wanted = np.zeros(len(uses.rows_count), dtype=bool)
    wanted[kept[is_term]] = True
    inside = np.repeat(wanted, uses.rows_count)
    starts = uses.row_starts[inside]
    ends = np.append(uses.row_starts[1:], np.int32(len(uses.places)))[inside]
    last_words = np.minimum(uses.places + (length - 1), len(text.document) - 1)
    capitals: Bytes = np.zeros(len(starts), dtype=np.uint8)
    if length == 1:
        capitals = _sums(text.is_capital[uses.places], starts, ends)
    counts = np.where(is_term, uses.rows_count[kept], 0)
    return Rows(
        np.concatenate([[0], np.cumsum(counts)]),
        uses.documents[starts],
        in_a_byte(ends - starts, np.uint8),
        _sums(text.next_breaks[last_words], starts, ends),
        capitals,
        _sums(text.in_title[uses.places], starts, ends),
        _attributive(text, uses.places, last_words, starts, ends),
    )


def _attributive(
    text: RunningText, first_words: Ints, last_words: Ints, starts: Ints, ends: Ints
) -> Bytes | None:
    """Uses as attribute or predicate from each start to its end, less those that end otherwise."""
    if text.is_predicate is None or text.closes is None:
        return None
    net = text.closes[last_words] + text.is_predicate[first_words]
    return in_a_byte(_total(net, starts, ends), np.int8)


def _sums(flags: Bools, starts: Ints, ends: Ints) -> Bytes:
    """How many flags are true from each start to its end, at most 255."""
    return in_a_byte(_total(flags, starts, ends), np.uint8)


def _total(values: Bools | Bytes, starts: Ints, ends: Ints) -> Ints:
    before = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum(values, out=before[1:])
    return before[ends] - before[starts]


def in_a_byte(counts: Integers, kind: type[np.integer]) -> Bytes:
    """Counts as a byte each, since there is a row for every phrase of every document."""
    limits = np.iinfo(kind)
    capped: Bytes = np.clip(counts, limits.min, limits.max).astype(kind)
    return capped


def looked_up(values: npt.NDArray[Value], places: Ints) -> npt.NDArray[Value]:
    """The values at some places, some at a time: NumPy takes 8 bytes for each place."""
    found = np.empty(len(places), values.dtype)
    for first in range(0, len(places), PART):
        found[first : first + PART] = values[places[first : first + PART]]
    return found


def blocks_of(starts: Longs) -> list[int]:
    """Bounds between blocks of rows, some ``PART`` rows apart, the first and the last included."""
    bounds = np.searchsorted(starts, np.arange(0, starts[-1], PART))
    return [int(bound) for bound in np.unique(np.append(bounds, len(starts) - 1))]


def places_of(starts: Longs, blocks: Longs) -> tuple[Longs, Integers]:
    """Lengths of some blocks of rows, and the rows themselves, block after block."""
    counts = starts[blocks + 1] - starts[blocks]
    shifts = starts[blocks] - (np.cumsum(counts) - counts)
    kind = np.int32 if starts[-1] < np.iinfo(np.int32).max else np.int64  # half the memory
    place = np.repeat(shifts.astype(kind), counts)
    place += np.arange(len(place), dtype=kind)
    return counts, place
