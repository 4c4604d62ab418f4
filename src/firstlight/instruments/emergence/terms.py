"""One pass over the documents: every phrase of one to four words that occurs often enough, and where."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence import running_text as text
from firstlight.instruments.emergence.cut_words import CutWords, arranged, cut_in_order

Ints = npt.NDArray[np.int32]
LONGEST = 4  # words in a phrase
_DOC_BITS = 20  # a part has at most a million documents
_TOO_MUCH = 0.5  # share of the documents in scripts that can't be cut into words, from which counting makes no sense


@dataclass(frozen=True)
class TermCounts:
    """Which documents use which terms.

    terms       : (T,) phrases of 1 to 4 folded, singular words, sorted
    incidence   : sparse (D, T), uint8: times that the document uses the term, at most 255; rows in the order given
    years       : (D,) year of each document
    written     : data frame (stem, written, year, count): the forms in which a word occurs
    acronyms    : data frame (document, short, long), one row per document that introduces the acronym
    minimum_documents : documents that a term stands in, at least; a rarer one is not told apart from an absent one
    """

    terms: tuple[str, ...]
    incidence: sparse.csr_matrix
    years: Ints
    written: pl.DataFrame
    acronyms: pl.DataFrame
    minimum_documents: int


@dataclass
class _Batch:
    words: Ints  # id of every word of the batch, in order; from level to level, of the phrase that starts there
    ends: npt.NDArray[np.int64]  # (documents + 1,) where each document's words end, from 0
    years: Ints

    def document(self) -> Ints:
        """Row of the document, from 0 within the batch, that each word stands in."""
        return np.repeat(np.arange(len(self.years), dtype=np.int32), np.diff(self.ends))


@dataclass(frozen=True)
class _Uses:
    columns: Ints  # of each use of a term, in order
    per_document: npt.NDArray[np.int64]  # uses of each document


@dataclass(frozen=True)
class _Level:
    """The frequent phrases of one length, terms or not.

    names   : (n,) phrases
    starts  : (n,) whether a term may begin with the first word; of single words also whether it may end with it
    last    : (n,) id of the last word
    is_term : (n,) a phrase starts with a word of its own and ends with one; linking words stay inside
    """

    names: list[str]
    starts: npt.NDArray[np.bool_]
    last: npt.NDArray[np.int64]
    is_term: npt.NDArray[np.bool_]


def count_terms(
    batches: Iterable[pl.DataFrame],
    *,
    minimum_documents: int = 10,
    always: Collection[str] = (),
    progress: Callable[[str], None] | None = None,
) -> TermCounts:
    """Phrases of 1 to 4 words that stand in at least ``minimum_documents`` documents.

    A phrase does not span punctuation, numbers or function words (except "of" and "to" inside it). Longer phrases are
    counted only where the shorter ones that they are made of are frequent (Agrawal and Srikant 1994, VLDB), so the
    result is exact. A term that reaches the threshold in the documents of any first years reaches it in all of them;
    later documents can therefore add candidates but never take one from an earlier year.

    batches : data frames with columns date, title, abstract; the same result for any cut into batches
    always  : single words that are counted however rare, so that what is read of them hangs on no later document
    Raises  InputError where no word is left, or most documents are in a script that isn't cut into words.

    >>> docs = pl.DataFrame({"date": ["2001-01-01"] * 2, "title": ["Neural networks", "A neural network"]})
    >>> docs = docs.with_columns(pl.col("date").str.to_date(), abstract=pl.lit(""))
    >>> count_terms([docs], minimum_documents=2).terms
    ('network', 'neural', 'neural network')
    """
    say = progress or (lambda message: None)

    def cut() -> Iterator[CutWords]:
        row = 0
        for part in cut_in_order(batches):
            row += part.documents.height
            say(f"words of {row:,} documents")
            yield part

    return count_cut(cut(), minimum_documents=minimum_documents, always=always, progress=progress)


def count_cut(
    cut: Iterable[CutWords],
    *,
    minimum_documents: int = 10,
    always: Collection[str] = (),
    progress: Callable[[str], None] | None = None,
) -> TermCounts:
    """``count_terms`` of documents that are cut into words already."""
    say = progress or (lambda message: None)
    parts, vocabulary, written, acronyms = _read_words(cut)
    if vocabulary["break"].all():
        raise InputError(
            "no words were found in the titles and abstracts", try_next="check the column mapping"
        )
    with ThreadPoolExecutor(2) as pool:
        words = level = _frequent_words(parts, vocabulary, minimum_documents, always)
        labels: list[str] = []
        uses: list[list[_Uses]] = [[] for _ in parts]
        for length in range(1, LONGEST + 1):
            if length > 1:
                say(f"phrases of {length} words")
                level = _longer(pool, parts, level, words, minimum_documents)
            column = np.where(level.is_term, np.cumsum(level.is_term) - 1 + len(labels), -1).astype(
                np.int32
            )
            labels += [level.names[i] for i in np.flatnonzero(level.is_term)]
            for own, found in zip(
                uses, pool.map(partial(_uses, columns=column), parts), strict=True
            ):
                own.append(found)
        say("incidence")
        years = np.concatenate([part.years for part in parts])
        parts.clear()  # their words are counted; only the uses are needed now
        terms, matrix = _assemble(pool, uses, labels, minimum_documents, always)
    return TermCounts(terms, matrix, years, written, acronyms, minimum_documents)


def _read_words(
    cut: Iterable[CutWords],
) -> tuple[list[_Batch], pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    batches, words, counted, pairs, scripts, row = [], [], [], [], [], 0
    for part in _of_fair_size(cut):
        ends = np.concatenate([[0], np.cumsum(part.documents["length"].to_numpy(), dtype=np.int64)])
        batches.append(_Batch(part.words, ends, part.documents["year"].to_numpy()))
        words.append(part.vocabulary)
        counted.append(_by_year(part))
        pairs.append(part.acronyms.with_columns(pl.col("document") + row))
        scripts.append(part.documents.filter("has_letters")["script"].value_counts(name="count"))
        row += part.documents.height
    if not batches:
        raise InputError(
            "there are no documents to read", try_next="check the file and the set-aside rows"
        )
    _check_scripts(scripts)
    raw = pl.concat(counted).group_by("word", "year").agg(pl.col("count").sum())
    stems = raw.select(pl.col("word").unique()).with_columns(stem=text.singular(pl.col("word")))
    raw = raw.join(stems, on="word")
    vocabulary = (
        raw.group_by("stem")
        .agg(pl.col("count").sum())
        .sort("stem")
        .with_columns(
            text.is_break(pl.col("stem")).alias("break"),
            pl.col("stem").is_in(sorted(text.LINKING_WORDS)).alias("link"),
        )
        .with_row_index("id")
    )
    ids = stems.join(vocabulary.select("stem", "id"), on="stem").select(
        "word", pl.col("id").cast(pl.Int32)
    )
    for batch, own in zip(batches, words, strict=True):
        id_of = (
            own.to_frame("word")
            .join(ids, on="word", how="left", maintain_order="left")["id"]
            .to_numpy()
        )
        batch.words = id_of[batch.words]
    written = raw.select("stem", pl.col("word").alias("written"), "year", "count").sort(
        "stem", "written", "year"
    )
    return batches, vocabulary, written, pl.concat(pairs)


def _of_fair_size(cut: Iterable[CutWords]) -> Iterator[CutWords]:
    """Parts of at most a million documents."""
    most = 1 << _DOC_BITS
    for part in cut:
        height = part.documents.height
        if height <= most:
            yield part
            continue
        for start in range(0, height, most):
            rows = np.arange(start, min(start + most, height))
            yield arranged([part], np.zeros(len(rows), dtype=np.int64), rows)


def _by_year(part: CutWords) -> pl.DataFrame:
    """How often each word was written in each year: word, year, count."""
    years = part.documents["year"].to_numpy()
    every = np.unique(years)
    of_word = np.repeat(years, part.documents["length"].to_numpy()) if len(every) > 1 else None
    frames = []
    for year in every:
        words = part.words if of_word is None else part.words[of_word == year]
        count = np.bincount(words, minlength=len(part.vocabulary))
        own = {
            "word": part.vocabulary,
            "year": np.full(len(count), year),
            "count": count.astype(np.uint32),
        }
        frames.append(pl.DataFrame(own).filter(pl.col("count") > 0))
    return pl.concat(frames)


def _check_scripts(scripts: list[pl.DataFrame]) -> None:
    rows = pl.concat(scripts).group_by("script").agg(pl.col("count").sum())
    counted: dict[str | None, int] = dict(
        rows.sort("count", "script", descending=[True, False]).iter_rows()
    )
    unread = {script: count for script, count in counted.items() if script}
    if sum(unread.values()) > _TOO_MUCH * sum(counted.values()):
        raise InputError(
            f"{sum(unread.values()):,} of {sum(counted.values()):,} documents are in {' and '.join(unread)}, written "
            "without spaces between words, which Firstlight can't cut into words",
            where="titles and abstracts",
            try_next="put spaces between the words with a segmenter for that language, or hand in yearly counts",
        )


def _frequent_words(
    parts: list[_Batch], vocabulary: pl.DataFrame, minimum: int, always: Collection[str]
) -> _Level:
    """Words that stand often enough; each part's words become their ids, -1 for any other."""
    is_asked = vocabulary["stem"].is_in(sorted(always))
    frequent = (((vocabulary["count"] >= minimum) | is_asked) & ~vocabulary["break"]).to_numpy()
    number = np.where(frequent, np.cumsum(frequent) - 1, -1).astype(
        np.int32
    )  # small, so that keys of pairs fit
    for part in parts:
        part.words = number[part.words]
    vocabulary = vocabulary.filter(pl.Series(frequent))
    names, starts = vocabulary["stem"].to_list(), ~vocabulary["link"].to_numpy()
    is_long = np.fromiter(
        (len(name) > 2 or _is_short_term(name) for name in names), bool, len(names)
    )
    return _Level(names, starts, np.arange(len(names)), starts & is_long)


def _longer(
    pool: ThreadPoolExecutor, parts: list[_Batch], level: _Level, words: _Level, minimum: int
) -> _Level:
    """Frequent phrases one word longer; each part's words become the ids of those that start there."""
    size = len(level.names)
    keys = _frequent(list(pool.map(partial(_count_pairs, size=size), parts)), minimum)
    ids = pl.DataFrame({"key": keys, "id": np.arange(len(keys), dtype=np.int32)})
    list(pool.map(partial(_join_pairs, size=size, ids=ids), parts))
    left, right = np.divmod(keys, size)
    last = level.last[right]
    names = [f"{level.names[a]} {words.names[b]}" for a, b in zip(left, last, strict=True)]
    starts = level.starts[left]
    return _Level(names, starts, last, starts & words.starts[last])


def _pairs(part: _Batch, size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where two frequent phrases stand one word apart in one document, and the key of the pair."""
    both = part.words >= 0
    both[:-1] &= both[1:]
    both[part.ends[part.ends > 0] - 1] = False  # a document's last word has nothing after it
    place = np.flatnonzero(both)
    return place, part.words[place].astype(np.int64) * size + part.words[place + 1]


def _count_pairs(part: _Batch, size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct pairs of a part, sorted, and the documents that use each."""
    place, keys = _pairs(part, size)
    keys = np.sort((keys << _DOC_BITS) | part.document()[place])
    keys = keys[_is_new(keys)] >> _DOC_BITS
    starts = np.flatnonzero(_is_new(keys))
    return keys[starts], np.diff(starts, append=len(keys))


def _is_new(ordered: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Where a sorted array takes a new value."""
    new = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def _frequent(
    counted: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]], minimum: int
) -> npt.NDArray[np.int64]:
    """Pairs that enough documents use, sorted."""
    keys = np.concatenate([keys for keys, _ in counted])
    order = np.argsort(keys)
    keys = keys[order]
    starts = np.flatnonzero(_is_new(keys))
    documents = np.concatenate([documents for _, documents in counted])[order]
    if not len(starts):
        return keys
    return keys[starts[np.add.reduceat(documents, starts) >= minimum]]


def _join_pairs(part: _Batch, size: int, ids: pl.DataFrame) -> None:
    place, keys = _pairs(part, size)
    found = (
        pl.DataFrame({"key": keys})
        .join(ids, on="key", how="left", maintain_order="left")["id"]
        .fill_null(-1)
    )
    part.words = np.full(len(part.words), -1, dtype=np.int32)
    part.words[place] = found.to_numpy()


def _uses(part: _Batch, columns: Ints) -> _Uses:
    """The terms of one length in a part, in order, from the column of each phrase (-1: no term)."""
    found = np.where(part.words >= 0, columns[part.words], -1) if len(columns) else part.words
    place = np.flatnonzero(found >= 0)
    return _Uses(found[place], np.diff(np.searchsorted(place, part.ends)))


def _assemble(
    pool: ThreadPoolExecutor,
    uses: list[list[_Uses]],
    labels: list[str],
    minimum: int,
    always: Collection[str],
) -> tuple[tuple[str, ...], sparse.csr_matrix]:
    """Columns in the order of their terms, without those that too few documents use."""
    order = pl.Series(labels, dtype=pl.String).arg_sort().to_numpy()
    column = np.empty(len(labels), dtype=np.int64)
    column[order] = np.arange(len(labels))
    rows = list(pool.map(partial(_rows, column=column), uses))
    uses.clear()
    documents = np.zeros(len(labels), dtype=np.int64)
    for part in rows:
        documents += np.bincount(part.indices, minlength=len(labels))
    asked = set(always)
    is_asked = np.fromiter((labels[i] in asked for i in order), bool, len(labels)) & (documents > 0)
    kept = np.flatnonzero((documents >= minimum) | is_asked)
    matrix = sparse.vstack([rows.pop(0)[:, kept] for _ in range(len(rows))], format="csr")
    return tuple(labels[i] for i in order[kept]), matrix


def _rows(uses: list[_Uses], column: npt.NDArray[np.int64]) -> sparse.csr_matrix:
    """A part's rows of the incidence."""
    size, height = len(column), len(uses[0].per_document)
    keys = [
        np.repeat(np.arange(height) * size, own.per_document) + column[own.columns] for own in uses
    ]
    ordered = np.sort(np.concatenate(keys))
    starts = np.flatnonzero(_is_new(ordered))
    times = np.minimum(np.diff(starts, append=len(ordered)), 255).astype(np.uint8)
    row, index = np.divmod(ordered[starts], max(size, 1))
    ends = np.searchsorted(row, np.arange(height + 1))
    return sparse.csr_matrix((times, index.astype(np.int32), ends), shape=(height, size))


def _is_short_term(name: str) -> bool:
    """Two-character words count when they carry a digit (5g, 3d) or are Chinese."""
    return len(name) == 2 and (
        (any(c.isdigit() for c in name) and any(c.isalpha() for c in name))
        or "一" <= name[0] <= "鿿"
    )
