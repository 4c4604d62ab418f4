"""Every phrase of one to four words that occurs often enough, and in which documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.running_text import fold
from firstlight.instruments.emergence.text import chinese, words
from firstlight.instruments.emergence.text.discourse import discourse
from firstlight.instruments.emergence.text.phrase_levels import (
    Bytes,
    Integers,
    Ints,
    Level,
    Longs,
    Rows,
    in_a_byte,
    longer_phrases,
    places_of,
    running_text_of,
    single_words,
)
from firstlight.instruments.emergence.text.singulars import singular
from firstlight.instruments.emergence.text.words import CutText
from firstlight.texts import message

FOLDER = Path(__file__).parent
Floats = npt.NDArray[np.float64]
LETTERS = r"^[a-z0-9](?: [a-z0-9])+$"  # "u x" is no spelling of UX
LONGEST = 4  # words in a phrase; a compound is one
FEWEST_DOCUMENTS = 3  # that use a phrase: a rarer one is not told apart from an absent one


@dataclass(frozen=True)
class Phrases:
    """T terms and the D documents that use them, n rows in all (a document counts once per term).

    Phrases that differ in spaces and hyphens alone are variants of one term ("neural network",
    "neural-network"). A term is known from the year by whose end a variant stands in the fewest
    documents that a phrase needs. A variant that is known later than its term counts from the year
    in which it is, since nobody could tell it before; so what is read up to the end of a year is
    the same whatever was written later.

    terms     : (T,) keys, letters and digits without spaces, hyphens and apostrophes, sorted
    variants  : data frame key, phrase: the phrases of each term, stems joined by spaces
    variant_years : data frame row (of variants), term, year, documents_count, for terms with
                    several variants
    known_from : (T,) year by whose end each term is known
    starts    : (T + 1,) where each term's rows begin in the arrays below
    documents : (n,) rows of documents, ascending within a term
    uses      : (n,) times that the document uses the term, at most 255
    ends      : (n,) of these, how often it ends its segment: a mark, a function word, a word of use
                ("technique") or the end follows
    capitals  : (n,) of these, how often it is written with two capitals (single words only)
    titled    : (n,) of these, how often it stands in the title
    attributive : (n,) of these, how often it is an attribute or a predicate in Chinese ("LLM
                generated"), less how often it ends otherwise, from -128 to 127; None where no text
                holds Chinese
    years     : (D,) year of each document, ascending
    beginning, ending : (p,) terms: a phrase of several words without its last, and without its
                        first word
    longer, longer_variant : (p,) the term of the phrase, and its row among the variants
    written   : data frame stem, spelling, year, count, is_small, is_capital: how each word is
                written; whether it begins with a small letter, and whether it has two capitals
    """

    terms: pl.Series
    variants: pl.DataFrame
    variant_years: pl.DataFrame
    known_from: Ints
    starts: Longs
    documents: Ints
    uses: Bytes
    ends: Bytes
    capitals: Bytes
    titled: Bytes
    attributive: Bytes | None
    years: Ints
    beginning: Longs
    ending: Longs
    longer: Longs
    longer_variant: Longs
    written: pl.DataFrame

    @cached_property
    def variant_terms(self) -> Ints:
        """(V,) the term of each variant, ascending."""
        return self.variants["key"].rle_id().cast(pl.Int32).to_numpy()

    def documents_of(self, terms: Longs) -> tuple[Longs, Ints]:
        """How many documents use each of some terms, and which, one term after another."""
        counts, place = self.rows_of(terms)
        return counts, self.documents[place]

    def incidence(self, terms: Longs, rows: Longs, size: int) -> sparse.csr_matrix:
        """Rows x documents, 1 where the document uses one of the row's terms.

        rows : the row of each term, of 0..size-1
        """
        order = np.argsort(rows, kind="stable")
        counts, documents = self.documents_of(terms[order])
        starts = np.zeros(size + 1, dtype=np.int64)
        np.add.at(starts[1:], rows[order], counts)
        ones = np.ones(len(documents), np.float32)
        shape = (size, len(self.years))
        # Row after row, which takes a third of the memory of pairs in any order.
        matrix = sparse.csr_matrix((ones, documents, np.cumsum(starts)), shape=shape)
        matrix.sum_duplicates()
        matrix.data[:] = 1
        return matrix

    def rows_of(self, terms: Longs) -> tuple[Longs, Integers]:
        """How many rows each of some terms has, and which, one term after another."""
        return places_of(self.starts, terms)

    def documents_of_variants(self, of_terms: Floats, first: int, last: int) -> Floats:
        """(V,) documents of each variant in the years first..last.

        of_terms : (T,) documents of each term in the same years, which are those of a variant that
                   is the only one
        """
        documents = of_terms[self.variant_terms]
        documents[self.variant_years["row"].to_numpy()] = 0
        inside = self.variant_years.filter(pl.col("year").is_between(first, last))
        counts = inside["documents_count"].to_numpy().astype(np.float64)
        documents += np.bincount(inside["row"].to_numpy(), counts, len(documents))
        return documents


def keys_of(phrases: pl.Series) -> pl.Series:
    """What variants have in common: letters and digits without spaces, hyphens and apostrophes.

    >>> keys_of(pl.Series(["neural network", "neural-network", "neuralnetwork"])).unique().to_list()
    ['neuralnetwork']
    """
    return phrases.str.replace_all(r"[ '\-]", "").rename("key")


def keys_as_written(names: pl.Series) -> pl.Series:
    """Names as people write them, as keys: folded, every word in the singular.

    >>> keys_as_written(pl.Series(["Neural networks", "mixture of experts"])).to_list()
    ['neuralnetwork', 'mixtureofexpert']
    """
    split = fold(pl.col("name")).str.split(" ").alias("word")
    split_words = names.to_frame("name").with_row_index("row").select("row", split).explode("word")
    single = split_words.with_columns(singular(split_words["word"]).alias("word"))
    joined = single.group_by("row", maintain_order=True).agg(pl.col("word").str.join(" "))
    return keys_of(joined["word"])


def count_phrases(
    cut: CutText,
    years: Ints,
    *,
    fewest_documents: int = FEWEST_DOCUMENTS,
    progress: Callable[[str], None] | None = None,
) -> Phrases:
    """Phrases of 1 to 4 words that stand in at least ``fewest_documents`` documents.

    A phrase does not span marks, numbers or function words ("of" and "to" may stand inside). Longer
    phrases are counted only where the shorter ones that they are made of are frequent (Agrawal and
    Srikant 1994, VLDB), so the result is exact. Later documents can add phrases but never take one
    from an earlier year; the order of documents within a year is no matter.

    cut   : documents in the order of their years
    years : (D,) year of each document, ascending
    Raises  InputError where no word is left or documents are out of order.
    """
    say = progress or (lambda message: None)
    if np.any(np.diff(years) < 0):
        raise InputError(message("documents_out_of_order"), FOLDER)
    vocabulary, stem_of = _vocabulary(cut.spellings)
    if (vocabulary["is_break"] | vocabulary["is_link"]).all():
        raise InputError(message("no_words"), FOLDER)
    text = running_text_of(cut, vocabulary, stem_of)
    written = _written(cut, vocabulary, stem_of, years)
    level = single_words(cut, vocabulary, stem_of, text, fewest_documents)
    levels = [level]
    for length in range(2, LONGEST + 1):
        say(f"phrases of {length} words")
        level = longer_phrases(level, text, length, fewest_documents)
        levels.append(level)
    # Given back: they are as long as the text of the whole record.
    del text
    level.ids = np.zeros(0, np.int32)
    return _assembled(levels, years, written, fewest_documents)


def _vocabulary(spellings: pl.Series) -> tuple[pl.DataFrame, Ints]:
    """Stems with what they may do, and the stem of each spelling."""
    stem = words.stems(spellings)
    distinct = stem.unique().sort().to_frame("stem")
    before_predicates, after_attributes = chinese.around_attributes()
    vocabulary = distinct.with_columns(
        words.is_break(pl.col("stem")).alias("is_break"),
        words.is_link(pl.col("stem")).alias("is_link"),
        pl.col("stem").is_in(discourse()["uses"]).alias("is_use"),
        pl.col("stem").is_in(before_predicates).alias("before_predicate"),
        pl.col("stem").is_in(after_attributes).alias("after_attribute"),
    )
    number = distinct.with_row_index("id").with_columns(pl.col("id").cast(pl.Int32))
    stem_of = stem.to_frame("stem").join(number, on="stem", how="left", maintain_order="left")
    return vocabulary, stem_of["id"].to_numpy()


def _written(cut: CutText, vocabulary: pl.DataFrame, stem_of: Ints, years: Ints) -> pl.DataFrame:
    """How often each word was written in each way in each year."""
    shape = pl.DataFrame(
        {
            "spelling": cut.spellings,
            "is_small": cut.spellings.str.contains(r"^[^\p{Lu}]"),
            "is_capital": words.has_two_capitals(cut.spellings),
        }
    )
    bounds = np.concatenate([[0], np.cumsum(cut.lengths, dtype=np.int64)])
    frames = []
    for year in np.unique(years):
        first, end = np.searchsorted(years, [year, year + 1])
        counted = np.bincount(cut.words[bounds[first] : bounds[end]], minlength=len(stem_of))
        used = np.flatnonzero(counted)
        frames.append(
            shape[used].select(
                vocabulary["stem"][stem_of[used]].alias("stem"),
                "spelling",
                pl.lit(year, pl.Int32).alias("year"),
                pl.Series("count", counted[used], dtype=pl.Int32),
                "is_small",
                "is_capital",
            )
        )
    return pl.concat(frames)


def _assembled(levels: list[Level], years: Ints, written: pl.DataFrame, fewest: int) -> Phrases:
    """One table over all lengths, variants joined, terms sorted by their keys."""
    offsets = np.cumsum([0, *(len(level.names) for level in levels)])
    names = pl.concat([level.names.rename("phrase") for level in levels])
    is_term = np.concatenate([level.is_term for level in levels])
    is_term &= ~names.str.contains(LETTERS).to_numpy()
    frame = pl.DataFrame({"key": keys_of(names), "phrase": names})
    place = frame.with_row_index("place").filter(pl.Series(is_term)).sort("key", "phrase")
    order = place["place"].to_numpy().astype(np.int64)
    slot = place["key"].rle_id().to_numpy().astype(np.int64)
    variant = np.full(len(names), -1, dtype=np.int64)
    variant[order] = np.arange(len(order))
    parts = [level.rows for level in levels]
    for level in levels:
        del level.rows
    variants_from = years[_nth_documents(parts, fewest - 1)[order]]
    known_from = np.full(int(slot.max(initial=-1)) + 1, np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(known_from, slot, variants_from)
    # Of a term with one variant the rows stay as they are; of others, documents that use several
    # variants must be found, and counted once.
    several = np.flatnonzero(np.bincount(slot)[slot] > 1)
    rank = np.full(len(names), -1, dtype=np.int64)
    rank[order[several]] = np.arange(len(several))
    # a copy of the list, which is emptied: the rows of all others are placed below
    of_several = Rows.placed(parts.copy(), rank, len(several))
    of_several = _known(of_several, variants_from[several], known_from[slot[several]], years)
    variant_years = _variant_years(several, slot[several], of_several, years)
    terms, number = np.unique(slot[several], return_inverse=True)
    # What was joined is one more part, and stands for the rows of its variants.
    rank[order] = slot
    rank[order[several]] = -1
    parts.append(_variants_joined(of_several, number))
    rows = Rows.placed(parts, np.concatenate([rank, terms]), len(known_from))
    beginning, ending, longer = _containments(levels, offsets, variant)
    return Phrases(
        place["key"].unique(maintain_order=True),
        place.drop("place"),
        variant_years,
        known_from,
        rows.starts,
        rows.documents,
        rows.uses,
        rows.ends,
        rows.capitals,
        rows.titled,
        rows.attributive,
        years,
        slot[beginning],
        slot[ending],
        slot[longer],
        longer,
        written,
    )


def _nth_documents(parts: list[Rows], nth: int) -> Ints:
    """The document in the nth row of each phrase, 0 being the first; 0 for those without rows."""
    found = []
    for part in parts:
        has_rows = np.flatnonzero(np.diff(part.starts))
        found.append(np.zeros(len(part.starts) - 1, np.int32))
        found[-1][has_rows] = part.documents[part.starts[has_rows] + nth]
    return np.concatenate(found)


def _known(rows: Rows, variants_from: Ints, terms_from: Ints, years: Ints) -> Rows:
    """The rows without those of variants that were not known yet, though their term was.

    variants_from, terms_from : (V,) year from which each variant and its term are known
    """
    late = np.flatnonzero(variants_from > terms_from)
    if not len(late):
        return rows
    counts, place = places_of(rows.starts, late)
    keeps = np.ones(len(rows.documents), dtype=bool)
    keeps[place] = years[rows.documents[place]] >= np.repeat(variants_from[late], counts)
    kept_before = np.concatenate([[0], np.cumsum(keeps)])
    kept = (count[keeps] for count in rows.counts())
    return Rows(kept_before[rows.starts], rows.documents[keeps], *kept)


def _variants_joined(rows: Rows, slot: Longs) -> Rows:
    """Rows of the variants of each term as one row per document.

    slot : (V,) 0, 1, ...: the term of each variant, ascending
    """
    row_slot = np.repeat(slot, np.diff(rows.starts))
    size = int(rows.documents.max(initial=0)) + 1
    of_document = row_slot * size + rows.documents
    order = np.argsort(of_document, kind="stable")
    joined, starts = np.unique(of_document[order], return_index=True)
    ends = np.append(starts[1:], len(order))

    def summed(values: Bytes) -> Bytes:
        before = np.concatenate([[0], np.cumsum(values[order], dtype=np.int64)])
        return in_a_byte(before[ends] - before[starts], values.dtype.type)

    counts = np.bincount(joined // size, minlength=int(slot.max(initial=-1)) + 1)
    return Rows(
        np.concatenate([[0], np.cumsum(counts)]),
        (joined % size).astype(np.int32),
        *(summed(count) for count in rows.counts()),
    )


def _variant_years(several: Longs, slot: Longs, rows: Rows, years: Ints) -> pl.DataFrame:
    """Documents by year of each phrase of the terms that have several.

    several, slot : (n,) row among the variants, and term, of each block of rows
    """
    counts = np.diff(rows.starts)
    row, term = np.repeat(several, counts), np.repeat(slot, counts)
    frame = pl.DataFrame({"row": row, "term": term, "year": years[rows.documents]})
    counted = frame.group_by("row", "term", "year").agg(pl.len().alias("documents_count"))
    return counted.sort("row", "year")


def _containments(levels: list[Level], offsets: Longs, number: Longs) -> tuple[Longs, Longs, Longs]:
    """Each phrase of several words, with those of its first and of its last words.

    A phrase that ends in a linking word stands for the term before it, as "internet" in "internet
    of things".

    number : row among the variants of each phrase of each level, -1 for those that are no terms
    Returns the rows of beginning, ending and longer phrase.
    """
    total = int(offsets[-1])
    core_left, core_right = np.arange(total), np.arange(total)
    columns: tuple[list[Longs], list[Longs], list[Longs]] = ([], [], [])
    for place, level in enumerate(levels[1:], start=1):
        here = np.arange(offsets[place], offsets[place + 1])
        beginning = level.beginning + offsets[place - 1]
        ending = level.ending + offsets[place - 1]
        core_left[here] = np.where(level.ends_well, here, core_left[beginning])
        core_right[here] = np.where(level.starts_well, here, core_right[ending])
        found = (core_left[beginning], core_right[ending], here)
        for column, terms in zip(columns, found, strict=True):
            column.append(number[terms])
    first, last, longer = (np.concatenate(column) for column in columns)
    known = (first >= 0) & (last >= 0) & (longer >= 0)
    return first[known], last[known], longer[known]
