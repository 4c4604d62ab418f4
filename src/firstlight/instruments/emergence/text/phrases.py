"""Every phrase of one to four words that occurs often enough, and in which documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.text import words
from firstlight.instruments.emergence.text.discourse import discourse
from firstlight.instruments.emergence.text.words import CutText

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
LONGEST = 4  # words in a phrase; a compound is one
_DIGIT_BITS = 20
_DIGIT = (1 << _DIGIT_BITS) - 1
FEWEST_DOCUMENTS = 3  # that use a phrase: a rarer one is not told apart from an absent one


@dataclass(frozen=True)
class Phrases:
    """T phrases and the D documents that use them, n uses in all (a document counts once per phrase).

    terms     : (T,) stems joined by spaces, sorted
    starts    : (T + 1,) where each phrase's rows begin in the arrays below
    documents : (n,) rows of documents, ascending within a phrase
    uses      : (n,) times that the document uses the phrase, at most 255
    ends      : (n,) of these, how often it ends its segment: a mark, a function word, a word of use ("technique")
                or the end follows
    capitals  : (n,) of these, how often it is written with two capitals (single words only)
    years     : (D,) year of each document, ascending
    shorter, longer : pairs of phrases of which the second is the first with one more word; the first half of
                      the pairs has the first words of each longer phrase, the second half its last words
    written   : data frame stem, spelling, year, count: how each word is written
    """

    terms: pl.Series
    starts: Longs
    documents: Ints
    uses: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.uint8]
    capitals: npt.NDArray[np.uint8]
    years: Ints
    shorter: Longs
    longer: Longs
    written: pl.DataFrame


@dataclass
class _Level:
    """The frequent phrases of one length.

    ids         : (n,) at each word, the phrase of this length that starts there, or -1
    names       : stems joined by spaces
    starts_well : (m,) whether the first word may begin a term; ends_well likewise for the last
    prefix, suffix : (m,) phrases of the level below
    """

    ids: Ints
    names: pl.Series
    starts_well: Bools
    ends_well: Bools
    prefix: Ints
    suffix: Ints


@dataclass
class _Words:
    """What is known of each word of the running text."""

    document: Ints
    next_breaks: Bools
    is_capital: Bools


def count_phrases(
    cut: CutText,
    years: Ints,
    *,
    fewest_documents: int = FEWEST_DOCUMENTS,
    progress: Callable[[str], None] | None = None,
) -> Phrases:
    """Phrases of 1 to 4 words that stand in at least ``fewest_documents`` documents.

    A phrase does not span marks, numbers or function words ("of" and "to" may stand inside). Longer phrases are
    counted only where the shorter ones that they are made of are frequent (Agrawal and Srikant 1994, VLDB), so the
    result is exact. Later documents can add phrases but never take one from an earlier year.

    cut   : documents in the order of their years
    years : (D,) year of each document, ascending
    Raises  InputError where no word is left.
    """
    say = progress or (lambda message: None)
    if np.any(np.diff(years) < 0):
        raise InputError(
            "documents must lie in the order of their years", try_next="sort them by date, then id"
        )
    vocabulary, stem_of = _vocabulary(cut.spellings)
    if vocabulary.height == 0 or vocabulary["is_break"].all():
        raise InputError(
            "no words were found in the titles and abstracts", try_next="check the column mapping"
        )
    text = _words(cut, vocabulary, stem_of)
    written = _written(cut, vocabulary, stem_of, years)
    level = _single_words(cut, vocabulary, stem_of, text, fewest_documents)
    levels = [level]
    tables = [_incidence(level, text, 1)]
    first = level
    for length in range(2, LONGEST + 1):
        say(f"phrases of {length} words")
        level = _longer(level, first, text, fewest_documents)
        levels.append(level)
        tables.append(_incidence(level, text, length))
        levels[-2].ids = np.zeros(0, np.int32) if length > 2 else levels[-2].ids
    first.ids = np.zeros(0, np.int32)
    return _assembled(levels, tables, years, written)


def _vocabulary(spellings: pl.Series) -> tuple[pl.DataFrame, Ints]:
    """Stems with what they may do, and the stem of each spelling."""
    stem = words.stems(spellings)
    distinct = stem.unique().sort().to_frame("stem")
    vocabulary = distinct.with_columns(
        words.is_break(pl.col("stem")).alias("is_break"),
        words.is_link(pl.col("stem")).alias("is_link"),
        pl.col("stem").is_in(discourse()["uses"]).alias("is_use"),
    )
    number = distinct.with_row_index("id").with_columns(pl.col("id").cast(pl.Int32))
    stem_of = stem.to_frame("stem").join(number, on="stem", how="left", maintain_order="left")
    return vocabulary, stem_of["id"].to_numpy()


def _words(cut: CutText, vocabulary: pl.DataFrame, stem_of: Ints) -> _Words:
    document = np.repeat(np.arange(len(cut.lengths), dtype=np.int32), cut.lengths)
    breaks = (
        vocabulary.select(pl.any_horizontal("is_break", "is_link", "is_use")).to_series().to_numpy()
    )
    is_break = breaks[stem_of][cut.words]
    next_breaks = np.ones(len(document), dtype=bool)
    next_breaks[:-1] = is_break[1:] | (document[1:] != document[:-1])
    capital = words.has_two_capitals(cut.spellings).to_numpy()
    return _Words(document, next_breaks, capital[cut.words])


def _written(cut: CutText, vocabulary: pl.DataFrame, stem_of: Ints, years: Ints) -> pl.DataFrame:
    """How often each word was written in each way in each year."""
    bounds = np.concatenate([[0], np.cumsum(cut.lengths, dtype=np.int64)])
    frames = []
    for year in np.unique(years):
        first, end = np.searchsorted(years, [year, year + 1])
        counted = np.bincount(cut.words[bounds[first] : bounds[end]], minlength=len(stem_of))
        used = np.flatnonzero(counted)
        frames.append(
            pl.DataFrame(
                {
                    "stem": vocabulary["stem"][stem_of[used]],
                    "spelling": cut.spellings[used],
                    "year": np.full(len(used), year, dtype=np.int32),
                    "count": counted[used].astype(np.int32),
                }
            )
        )
    return pl.concat(frames)


def _single_words(
    cut: CutText, vocabulary: pl.DataFrame, stem_of: Ints, text: _Words, fewest: int
) -> _Level:
    stem = stem_of[cut.words]
    may_stand = ~vocabulary["is_break"].to_numpy() | vocabulary["is_link"].to_numpy()
    documents = _documents_per_id(stem, text.document, vocabulary.height)
    frequent = may_stand & (documents >= fewest)
    number = np.where(frequent, np.cumsum(frequent) - 1, -1).astype(np.int32)
    kept = vocabulary.filter(pl.Series(frequent))
    is_word = ~kept["is_link"].to_numpy()
    nothing = np.zeros(0, np.int32)
    return _Level(number[stem], kept["stem"], is_word, is_word, nothing, nothing)


def _documents_per_id(ids: Ints, document: Ints, size: int) -> Longs:
    """Distinct documents of each id (-1 for none)."""
    order, is_first = ordered_places(ids, document)
    return np.bincount(ids[order][is_first], minlength=size)


def ordered_places(
    ids: npt.NDArray[np.integer], document: Ints, *, by_document: bool = False
) -> tuple[Longs, Bools]:
    """Places with an id, by id then document, and where a new (id, document) begins.

    by_document : sort by document first, where places do not lie in the order of documents
    """
    place = np.flatnonzero(ids >= 0)
    if by_document:
        place = place[_stable_order(document[place])]
    order = place[_stable_order(ids[place])]
    sorted_ids, sorted_documents = ids[order], document[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (sorted_ids[1:] != sorted_ids[:-1]) | (
        sorted_documents[1:] != sorted_documents[:-1]
    )
    return order, is_first


def _stable_order(keys: npt.NDArray[np.integer]) -> Longs:
    """Places by ascending key, equal ones as they stand: a counting sort of digits, which is linear."""
    order = np.arange(len(keys))
    rest = keys.astype(np.int64)
    while True:
        digit = (rest & _DIGIT).astype(np.int32)[order]
        row = sparse.csr_matrix((order, digit, [0, len(order)]), shape=(1, _DIGIT + 1))
        order = row.tocsc().data
        rest >>= _DIGIT_BITS
        if not rest.any():
            return order


def _longer(level: _Level, single: _Level, text: _Words, fewest: int) -> _Level:
    """Frequent phrases that are one word longer."""
    left = level.ids[:-1]
    right = level.ids[1:]
    same_document = text.document[:-1] == text.document[1:]
    pairs = np.full(len(level.ids), -1, dtype=np.int64)
    both = (left >= 0) & (right >= 0) & same_document
    size = len(level.names)
    pairs[:-1][both] = left[both].astype(np.int64) * size + right[both]
    order, is_first = ordered_places(pairs, text.document)
    keys = pairs[order]
    is_new = np.ones(len(keys), dtype=bool)
    is_new[1:] = keys[1:] != keys[:-1]
    run = np.cumsum(is_new) - 1
    documents = np.bincount(run[is_first], minlength=int(is_new.sum()))
    frequent = documents >= fewest
    number = np.where(frequent, np.cumsum(frequent) - 1, -1).astype(np.int32)
    ids = np.full(len(level.ids), -1, dtype=np.int32)
    ids[order] = number[run]
    kept = keys[is_new][frequent]
    prefix, suffix = (part.astype(np.int32) for part in np.divmod(kept, max(size, 1)))
    last_word = level.names[suffix].str.extract(r"(\S+)$")
    names = (level.names[prefix] + " " + last_word).rename("term")
    return _Level(ids, names, level.starts_well[prefix], level.ends_well[suffix], prefix, suffix)


@dataclass
class _Incidence:
    ids: Ints  # (n,) phrase of the level, ascending
    documents: Ints
    uses: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.uint8]
    capitals: npt.NDArray[np.uint8]


def _incidence(level: _Level, text: _Words, length: int) -> _Incidence:
    is_term = level.starts_well & level.ends_well
    ids = np.where(level.ids >= 0, np.where(is_term, np.arange(len(is_term)), -1)[level.ids], -1)
    order, is_first = ordered_places(ids, text.document)
    starts = np.flatnonzero(is_first)
    last_word = np.minimum(order + length - 1, len(ids) - 1)
    uses = np.diff(starts, append=len(order))
    ends = _sums(text.next_breaks[last_word], starts)
    if length == 1:
        capitals = _sums(text.is_capital[order], starts)
    else:
        capitals = np.zeros(len(starts), np.uint8)
    return _Incidence(
        ids[order][is_first].astype(np.int32),
        text.document[order][is_first],
        np.minimum(uses, 255).astype(np.uint8),
        ends,
        capitals,
    )


def _sums(flags: Bools, starts: Longs) -> npt.NDArray[np.uint8]:
    if not len(starts):
        return np.zeros(0, np.uint8)
    summed = np.add.reduceat(flags.astype(np.int32), starts)
    return np.minimum(summed, 255).astype(np.uint8)


def _assembled(
    levels: list[_Level], tables: list[_Incidence], years: Ints, written: pl.DataFrame
) -> Phrases:
    """One table over all lengths, phrases sorted by name."""
    offsets = np.cumsum([0, *(len(level.names) for level in levels)])
    names = pl.concat([level.names.rename("term") for level in levels])
    is_term = np.concatenate([level.starts_well & level.ends_well for level in levels])
    order = names.filter(pl.Series(is_term)).arg_sort().to_numpy()
    chosen = np.flatnonzero(is_term)[order]
    number = np.full(len(names), -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    ids = np.concatenate(
        [number[table.ids + offset] for table, offset in zip(tables, offsets[:-1], strict=True)]
    )
    by_term = np.argsort(ids, kind="stable")
    documents = np.concatenate([table.documents for table in tables])[by_term]
    uses = np.concatenate([table.uses for table in tables])[by_term]
    ends = np.concatenate([table.ends for table in tables])[by_term]
    capitals = np.concatenate([table.capitals for table in tables])[by_term]
    starts = np.searchsorted(ids[by_term], np.arange(len(chosen) + 1))
    shorter, longer = _containments(levels, offsets, number)
    terms = names[chosen].rename("term")
    return Phrases(terms, starts, documents, uses, ends, capitals, years, shorter, longer, written)


def _containments(levels: list[_Level], offsets: Longs, number: Longs) -> tuple[Longs, Longs]:
    """Pairs of a term and the term that has one more word; "internet" is a part of "internet of things"."""
    total = int(offsets[-1])
    core_left, core_right = np.arange(total), np.arange(total)
    first, last, longer = [], [], []
    for place, level in enumerate(levels[1:], start=1):
        here = np.arange(offsets[place], offsets[place + 1])
        prefix = level.prefix + offsets[place - 1]
        suffix = level.suffix + offsets[place - 1]
        # A phrase that ends in a linking word stands for the term before it, and so at the front.
        core_left[here] = np.where(level.ends_well, here, core_left[prefix])
        core_right[here] = np.where(level.starts_well, here, core_right[suffix])
        first.append(number[core_left[prefix]])
        last.append(number[core_right[suffix]])
        longer.append(number[here])
    one, two, whole = (np.concatenate(part) for part in (first, last, longer))
    known = (one >= 0) & (two >= 0) & (whole >= 0)
    return np.concatenate([one[known], two[known]]), np.tile(whole[known], 2)
