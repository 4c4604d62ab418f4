"""One pass over the documents: every phrase of one to four words that occurs often enough, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence import text

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
    words: Ints  # id of every word of the batch, in order
    document: Ints  # row of the document it stands in, from 0 within the batch
    years: Ints
    first_row: int
    scripts: pl.DataFrame  # script (null: one that is cut into words), count of the documents that have text


def count_terms(
    batches: Iterable[pl.DataFrame], *, minimum_documents: int = 10, progress: Callable[[str], None] | None = None
) -> TermCounts:
    """Phrases of 1 to 4 words that stand in at least ``minimum_documents`` documents.

    A phrase does not span punctuation, numbers or function words (except "of" and "to" inside it). Longer phrases are
    counted only where the shorter ones that they are made of are frequent (Agrawal and Srikant 1994, VLDB), so the
    result is exact. A term that reaches the threshold in the documents of any first years reaches it in all of them;
    later documents can therefore add candidates but never take one from an earlier year.

    batches : data frames with columns date, title, abstract; the same result for any cut into batches
    Raises  InputError where no word is left, or most documents are in a script that isn't cut into words.

    >>> docs = pl.DataFrame({"date": ["2001-01-01"] * 2, "title": ["Neural networks", "A neural network"]})
    >>> docs = docs.with_columns(pl.col("date").str.to_date(), abstract=pl.lit(""))
    >>> count_terms([docs], minimum_documents=2).terms
    ('network', 'neural', 'neural network')
    """
    say = progress or (lambda message: None)
    parts, vocabulary, written, acronyms = _read_words(batches, say)
    if vocabulary["break"].all():
        raise InputError("no words were found in the titles and abstracts", try_next="check the column mapping")
    frequent = ((vocabulary["count"] >= minimum_documents) & ~vocabulary["break"]).to_numpy()
    number = np.where(frequent, np.cumsum(frequent) - 1, -1).astype(np.int32)  # small, so that keys of pairs fit
    vocabulary = vocabulary.filter(pl.Series(frequent))
    names = vocabulary["stem"].to_list()
    levels = [[number[part.words] for part in parts]]
    level_names: list[list[str]] = [names]
    edge_ok: list[npt.NDArray[np.bool_]] = [~vocabulary["link"].to_numpy()]
    last: list[npt.NDArray[np.int64]] = [np.arange(len(names))]
    for length in range(2, LONGEST + 1):
        say(f"phrases of {length} words")
        keys = _frequent_pairs(parts, levels[-1], len(level_names[-1]), minimum_documents)
        levels.append(
            [_pair_ids(part, ids, keys, len(level_names[-1])) for part, ids in zip(parts, levels[-1], strict=True)]
        )
        left, right = np.divmod(keys, len(level_names[-1]))
        final = last[-1][right]
        start, previous = edge_ok[-1], level_names[-1]
        # A phrase starts with a word of its own and ends with one; linking words stay inside.
        level_names.append([f"{previous[a]} {names[b]}" for a, b in zip(left, final, strict=True)])
        first_word_ok = start[left] if length > 2 else edge_ok[0][left]
        edge_ok.append(first_word_ok)
        last.append(final)
    say("incidence")
    return _assemble(parts, levels, level_names, edge_ok, last, names, minimum_documents, written, acronyms)


def _read_words(
    batches: Iterable[pl.DataFrame], say: Callable[[str], None]
) -> tuple[list[_Batch], pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    read: list[tuple[pl.DataFrame, _Batch, pl.DataFrame]] = []
    row = 0
    with ThreadPoolExecutor(2) as pool:
        for found in _in_order(pool, _numbered(batches)):
            read.append(found)
            row += len(found[1].years)
            say(f"words of {row:,} documents")
    if not read:
        raise InputError("there are no documents to read", try_next="check the file and the set-aside rows")
    _check_scripts([batch for _, batch, _ in read])
    raw = pl.concat([words for words, _, _ in read]).group_by("word", "year").agg(pl.col("count").sum())
    stems = raw.select(pl.col("word").unique()).with_columns(stem=text.singular(pl.col("word")))
    raw = raw.join(stems, on="word")
    vocabulary = (
        raw.group_by("stem")
        .agg(pl.col("count").sum())
        .sort("stem")
        .with_columns(
            text.is_break(pl.col("stem")).alias("break"), pl.col("stem").is_in(sorted(text.LINKING_WORDS)).alias("link")
        )
        .with_row_index("id")
    )
    ids = stems.join(vocabulary.select("stem", "id"), on="stem").select("word", "id")
    for words, batch, _ in read:
        local = words.group_by("local", "word").agg().sort("local")
        lookup = local.join(ids, on="word", how="left", maintain_order="left")["id"].to_numpy().astype(np.int32)
        batch.words = lookup[batch.words]
    written = raw.select("stem", pl.col("word").alias("written"), "year", "count").sort("stem", "written", "year")
    pairs = pl.concat([pairs for _, _, pairs in read])
    return [batch for _, batch, _ in read], vocabulary, written, pairs


def _numbered(batches: Iterable[pl.DataFrame]) -> Iterator[tuple[int, pl.DataFrame]]:
    row = 0
    for batch in batches:
        for part in batch.iter_slices(1 << _DOC_BITS):
            if not part.is_empty():
                yield row, part
            row += part.height


def _check_scripts(batches: list[_Batch]) -> None:
    rows = pl.concat([batch.scripts for batch in batches]).group_by("script").agg(pl.col("count").sum())
    counted: dict[str | None, int] = dict(rows.sort("count", "script", descending=[True, False]).iter_rows())
    unread = {script: count for script, count in counted.items() if script}
    if sum(unread.values()) > _TOO_MUCH * sum(counted.values()):
        raise InputError(
            f"{sum(unread.values()):,} of {sum(counted.values()):,} documents are in {' and '.join(unread)}, written "
            "without spaces between words, which Firstlight can't cut into words",
            where="titles and abstracts",
            try_next="put spaces between the words with a segmenter for that language, or hand in yearly counts",
        )


def _in_order(
    pool: ThreadPoolExecutor, batches: Iterator[tuple[int, pl.DataFrame]]
) -> Iterator[tuple[pl.DataFrame, _Batch, pl.DataFrame]]:
    """Two batches at work at a time, results in the order given, so that memory stays flat."""
    waiting = []
    for numbered in batches:
        waiting.append(pool.submit(_words_of, *numbered))
        if len(waiting) > 2:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()


def _words_of(first_row: int, batch: pl.DataFrame) -> tuple[pl.DataFrame, _Batch, pl.DataFrame]:
    texts = batch.select(pl.concat_str(pl.col("title").fill_null(""), pl.lit(" . "), pl.col("abstract").fill_null("")))
    series = texts.to_series()
    years = batch["date"].dt.year().to_numpy().astype(np.int32)
    lists = text.cut_words(series)
    flat = pl.DataFrame({"document": np.arange(len(years), dtype=np.int32), "word": lists}).explode("word").drop_nulls()
    distinct = flat.select(pl.col("word").unique().sort()).with_row_index("local")
    flat = flat.join(distinct, on="word", how="left", maintain_order="left")
    document = flat["document"].to_numpy()
    scripts = text.unsegmented_script(series).filter(series.str.contains(r"\p{L}")).value_counts(name="count")
    found = _Batch(flat["local"].to_numpy().astype(np.int32), document, years, first_row, scripts)
    counted = (
        flat.select("local", "word", pl.Series("year", years[document])).group_by("local", "word", "year").len("count")
    )
    pairs = text.acronyms(series).with_columns((pl.col("text") + first_row).alias("document"))
    return counted, found, pairs.select("document", "short", "long")


def _neighbours(part: _Batch, ids: Ints, size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Key of the pair (phrase here, phrase one word on), and where both are frequent and in one document."""
    both = (ids[:-1] >= 0) & (ids[1:] >= 0) & (part.document[:-1] == part.document[1:])
    return ids[:-1].astype(np.int64) * size + ids[1:], both


def _frequent_pairs(parts: list[_Batch], ids: list[Ints], size: int, minimum: int) -> npt.NDArray[np.int64]:
    total: pl.DataFrame | None = None
    for part, own in zip(parts, ids, strict=True):
        keys, both = _neighbours(part, own, size)
        distinct = pl.Series("key", (keys[both] << _DOC_BITS) | part.document[:-1][both]).unique()
        counted = (distinct // (1 << _DOC_BITS)).to_frame().group_by("key").len("count")
        total = counted if total is None else pl.concat([total, counted]).group_by("key").agg(pl.col("count").sum())
    if total is None:
        return np.zeros(0, dtype=np.int64)
    return total.filter(pl.col("count") >= minimum)["key"].sort().to_numpy()


def _pair_ids(part: _Batch, ids: Ints, keys: npt.NDArray[np.int64], size: int) -> Ints:
    found = np.full(len(ids), -1, dtype=np.int32)
    if len(keys) == 0 or len(ids) < 2:
        return found
    pair, both = _neighbours(part, ids, size)
    place = np.flatnonzero(both)
    slot = np.minimum(np.searchsorted(keys, pair[place]), len(keys) - 1)
    hit = keys[slot] == pair[place]
    found[place[hit]] = slot[hit]
    return found


def _assemble(
    parts: list[_Batch],
    levels: list[list[Ints]],
    level_names: list[list[str]],
    edge_ok: list[npt.NDArray[np.bool_]],
    last: list[npt.NDArray[np.int64]],
    names: list[str],
    minimum: int,
    written: pl.DataFrame,
    acronyms: pl.DataFrame,
) -> TermCounts:
    width = np.fromiter((len(name) for name in names), dtype=np.int64, count=len(names))
    kept: list[npt.NDArray[np.int64]] = []
    labels: list[str] = []
    for level, own in enumerate(level_names):
        good = edge_ok[level] & edge_ok[0][last[level]]
        if level == 0:
            good &= (width > 2) | np.fromiter((_is_short_term(name) for name in names), dtype=bool, count=len(names))
        kept.append(np.where(good, np.cumsum(good) - 1 + len(labels), -1))
        labels += [own[i] for i in np.flatnonzero(good)]
    frames = [pl.DataFrame(schema={"d": pl.Int64, "t": pl.Int32, "n": pl.get_index_type()})]
    for number, part in enumerate(parts):
        for level, ids in enumerate(levels):
            if len(kept[level]) == 0:
                continue
            term = np.where(ids[number] >= 0, kept[level][ids[number]], -1)
            place = np.flatnonzero(term >= 0)
            frames.append(
                pl.DataFrame(
                    {"d": part.document[place].astype(np.int64) + part.first_row, "t": term[place].astype(np.int32)}
                )
                .group_by("d", "t")
                .len("n")
            )
    rows = pl.concat(frames)
    documents = rows.group_by("t").len("documents").filter(pl.col("documents") >= minimum)
    order = (
        documents.with_columns(label=pl.Series(labels, dtype=pl.String).gather(documents["t"]))
        .sort("label")
        .with_row_index("column")
    )
    rows = (
        rows.join(order.select("t", pl.col("column").cast(pl.Int32)), on="t")
        .select("d", "column", "n")
        .sort("d", "column")
    )
    years = np.concatenate([part.years for part in parts])
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows["d"].to_numpy(), minlength=len(years)))])
    matrix = sparse.csr_matrix(
        (rows["n"].clip(0, 255).to_numpy().astype(np.uint8), rows["column"].to_numpy(), indptr),
        shape=(len(years), order.height),
    )
    return TermCounts(tuple(order["label"].to_list()), matrix, years, written, acronyms, minimum)


def _is_short_term(name: str) -> bool:
    """Two-character words count when they carry a digit (5g, 3d) or are Chinese."""
    return len(name) == 2 and (
        (any(c.isdigit() for c in name) and any(c.isalpha() for c in name)) or "一" <= name[0] <= "鿿"
    )
