"""Documents cut into words, in a form that is kept: who grows a record cuts only what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.emergence import running_text as text

Ints = npt.NDArray[np.int32]
TABLES = ("cut_documents", "cut_words", "vocabulary", "acronyms")


@dataclass(frozen=True)
class CutWords:
    """D documents as n words, one document after another.

    vocabulary : (W,) the distinct words, folded, sorted
    words      : (n,) place of each word in the vocabulary
    documents  : (D,) data frame length (its words), year, script (one that isn't cut into words, else null), has_letters
    acronyms   : data frame document (row, from 0), short, long
    """

    vocabulary: pl.Series
    words: Ints
    documents: pl.DataFrame
    acronyms: pl.DataFrame


def cut_documents(documents: pl.DataFrame) -> CutWords:
    """Titles and abstracts as words; each document's are its own, whatever stands beside it.

    documents : columns date, title, abstract

    >>> docs = pl.DataFrame({"title": ["Solar cells"], "abstract": ["New cells."]})
    >>> cut = cut_documents(docs.with_columns(date=pl.lit("2001-01-01").str.to_date()))
    >>> cut.vocabulary.to_list(), cut.words.tolist()
    (['.', 'cells', 'new', 'solar'], [3, 1, 0, 2, 1, 0])
    """
    texts = documents.select(
        pl.concat_str(
            pl.col("title").fill_null(""), pl.lit(" . "), pl.col("abstract").fill_null("")
        ).alias("text")
    ).to_series()
    lists = text.cut_words(texts)
    about = pl.DataFrame(
        {
            "length": lists.list.len().cast(pl.Int32),
            "year": documents["date"].dt.year().cast(pl.Int32),
            "script": text.unsegmented_script(texts),
            "has_letters": texts.str.contains(r"\p{L}"),
        }
    )
    coded = lists.explode().drop_nulls().cast(pl.Categorical(pl.Categories.random()))
    distinct = coded.unique().to_frame("code")
    words = distinct.select(
        pl.col("code").cast(pl.String).alias("word"), pl.col("code").to_physical()
    ).sort("word")
    place = np.zeros(int(words["code"].max() or 0) + 1, dtype=np.int32)  # type: ignore[arg-type]
    place[words["code"].to_numpy()] = np.arange(words.height, dtype=np.int32)
    pairs = text.acronyms(texts).select(
        pl.col("text").cast(pl.Int64).alias("document"), "short", "long"
    )
    return CutWords(words["word"], place[coded.to_physical().to_numpy()], about, pairs)


def cut_in_order(batches: Iterable[pl.DataFrame]) -> Iterator[CutWords]:
    """Two batches at work at a time, results in the order given, so that memory stays flat."""
    waiting = []
    with ThreadPoolExecutor(2) as pool:
        for batch in batches:
            if batch.is_empty():
                continue
            waiting.append(pool.submit(cut_documents, batch))
            if len(waiting) > 2:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def arranged(
    parts: Sequence[CutWords], part: npt.NDArray[np.integer], row: npt.NDArray[np.integer]
) -> CutWords:
    """The documents that stand in ``row`` of ``part``, in that order: the same as if they had been cut together.

    part, row : (D,)
    """
    vocabulary, places = _joined([own.vocabulary for own in parts])
    words = np.concatenate([place[own.words] for own, place in zip(parts, places, strict=True)])
    about = pl.concat([own.documents for own in parts])
    heights = np.array([own.documents.height for own in parts], dtype=np.int64)
    chosen = (np.cumsum(heights) - heights)[part] + row
    length = about["length"].to_numpy().astype(np.int64)
    starts, taken = (np.cumsum(length) - length)[chosen], length[chosen]
    words = words[np.arange(taken.sum()) + np.repeat(starts - (np.cumsum(taken) - taken), taken)]
    is_used = np.bincount(words, minlength=len(vocabulary)) > 0
    renumber = (np.cumsum(is_used) - 1).astype(np.int32)
    first = np.cumsum(heights) - heights
    pairs = pl.concat(
        [own.acronyms.with_columns(pl.col("document") + first[i]) for i, own in enumerate(parts)]
    )
    where = pl.DataFrame({"document": chosen, "now": np.arange(len(chosen))})
    pairs = where.join(pairs.with_row_index("order"), on="document").sort("now", "order")
    return CutWords(
        vocabulary.filter(pl.Series(is_used)),
        renumber[words],
        about[chosen],
        pairs.select(pl.col("now").alias("document"), "short", "long"),
    )


def together(parts: Sequence[CutWords]) -> CutWords:
    """All documents of the parts, one part after another."""
    heights = [own.documents.height for own in parts]
    rows = [np.arange(height) for height in heights]
    return arranged(parts, np.repeat(np.arange(len(parts)), heights), np.concatenate(rows))


def _joined(vocabularies: Sequence[pl.Series]) -> tuple[pl.Series, list[Ints]]:
    """All words, sorted; and where each vocabulary's stand in them."""
    every = pl.concat(vocabularies).unique().sort()
    ids = pl.DataFrame({"word": every, "id": np.arange(len(every), dtype=np.int32)})
    return every, [
        own.to_frame("word")
        .join(ids, on="word", how="left", maintain_order="left")["id"]
        .to_numpy()
        for own in vocabularies
    ]


def cut_tables(cut: CutWords) -> dict[str, pl.DataFrame]:
    """As tables to keep; ``cut_of`` reads them back."""
    return {
        "cut_documents": cut.documents,
        "cut_words": pl.DataFrame({"word": cut.words}),
        "vocabulary": cut.vocabulary.to_frame("word"),
        "acronyms": cut.acronyms,
    }


def cut_of(tables: Mapping[str, pl.DataFrame]) -> CutWords:
    """What ``cut_tables`` wrote; further columns of ``cut_documents`` stay where they are.

    Raises  InputError where a table is missing.
    """
    missing = [name for name in TABLES if name not in tables]
    if missing:
        raise InputError(
            f"cut words need the table {missing[0]}", where="words", try_next="firstlight observe"
        )
    return CutWords(
        tables["vocabulary"]["word"],
        tables["cut_words"]["word"].to_numpy(),
        tables["cut_documents"].select("length", "year", "script", "has_letters"),
        tables["acronyms"],
    )
