"""Known technologies looked up in other documents by their forms: one rule for every record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.text import words
from firstlight.instruments.emergence.text.acronyms import definitions
from firstlight.instruments.emergence.text.phrases import LETTERS, LONGEST, keys_of
from firstlight.instruments.emergence.text.words import CutText, cut_batches, cut_text
from firstlight.texts import message

FOLDER = Path(__file__).parent
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
FEWEST_DEFINITIONS = 2  # of an acronym in a record, from which they say what it means there
AGREEMENT = 0.5  # share of them that must give a form of the technology
SHORTEST_NESTED = 4  # letters of a form that is looked for within others


@dataclass(frozen=True)
class Mentions:
    """Documents of a record that name given technologies; K technologies, Y years.

    years   : (Y,) all from the first to the last
    totals  : (Y,) documents of the record
    counts  : (K, Y) documents that use a form of the technology
    in_full : (K,) those of them that use a form of several words, which seldom mean anything else
    shared  : (K, K) documents that name both; on the diagonal, that name the one
    forms   : data frame technology, key, documents_count, first_year (null where it is never used)
    unlike  : (n,) places in ``forms`` of acronyms that mean something else in this record
    """

    years: Ints
    totals: Floats
    counts: Floats
    in_full: Floats
    shared: sparse.csr_matrix
    forms: pl.DataFrame
    unlike: Ints


def mentions(
    forms: pl.DataFrame,
    documents: pl.DataFrame,
    *,
    text: str = "title_and_abstract",
    most_words: int | None = None,
) -> Mentions:
    """Which technologies the documents of a record name, whatever record they come from.

    Words are read as where the technologies were found: hyphens, plurals and spellings make no
    difference, and a phrase spans no mark. An acronym counts where it is written with two capitals.
    One whose long form is known does not count in a document that gives it another, nor anywhere
    in a record most of whose definitions of it, of two or more, do.

    forms      : technology (0..K-1), key (as ``keys_of`` makes it), is_phrase (of several words),
                 is_capital (written with two capitals) and is_defined (an acronym whose long form
                 is among the forms)
    documents  : year, title, abstract
    text       : "title_and_abstract" or "title"
    most_words : of each document, its first ones are read; None for all
    Raises  InputError where there is no form or no document.

    >>> forms = pl.DataFrame({"technology": [0, 0], "key": ["solarcell", "pv"]})
    >>> is_short = pl.col("key") == "pv"
    >>> forms = forms.with_columns(is_capital=is_short, is_defined=is_short, is_phrase=~is_short)
    >>> titles = ["Solar-cells", "PV power", "pv"]
    >>> documents = pl.DataFrame({"year": 2001, "title": titles, "abstract": None})
    >>> mentions(forms, documents).counts.tolist()
    [[2.0]]
    """
    if forms.is_empty():
        raise InputError(message("no_forms"), FOLDER)
    if documents.is_empty():
        raise InputError(message("no_documents"), FOLDER)
    years = documents["year"].cast(pl.Int64).to_numpy()
    number = forms["key"].unique().sort()
    wanted = _Wanted(number, set(forms.filter("is_capital")["key"].to_list()))
    batches = cut_batches(documents, text=text, most_words=most_words)
    used = sparse.vstack([wanted.used(cut) for cut in batches]).tocsr()
    column = np.searchsorted(number.to_numpy(), forms["key"].to_numpy())
    each = used[:, column].tocsc()  # documents x rows of forms
    wrong, unlike = _other_meanings(forms, documents)
    each = each - each.multiply(wrong)
    each = (
        each @ sparse.diags(np.isin(np.arange(forms.height), unlike, invert=True) * 1.0)
    ).tocsr()
    each.eliminate_zeros()
    size = int(forms["technology"].max()) + 1  # type: ignore[arg-type]
    places = (np.arange(forms.height), forms["technology"].to_numpy())
    to_technology = sparse.csr_matrix((np.ones(forms.height), places), (forms.height, size))
    belongs = _once(each @ to_technology)
    in_full = _once(each @ sparse.diags(forms["is_phrase"].to_numpy() * 1.0) @ to_technology)
    span = np.arange(years.min(), years.max() + 1)
    rows = (years - span[0], np.arange(len(years)))
    by_year = sparse.csr_matrix((np.ones(len(years)), rows), (len(span), len(years)))
    form_years = np.asarray((by_year @ each).todense())
    first = pl.Series(span[np.argmax(form_years > 0, axis=0)])
    total = pl.Series(form_years.sum(axis=0).astype(np.int64))
    return Mentions(
        years=span,
        totals=np.bincount(years - span[0], minlength=len(span)).astype(np.float64),
        counts=np.asarray((by_year @ belongs).todense()).T,
        in_full=np.asarray(in_full.sum(axis=0), dtype=np.float64).ravel(),
        shared=(belongs.T @ belongs).tocsr(),
        forms=forms.select(
            "technology",
            "key",
            total.alias("documents_count"),
            pl.when(total > 0).then(first).alias("first_year"),
        ),
        unlike=unlike,
    )


def _once(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """1 wherever the matrix holds something."""
    held: sparse.csr_matrix = matrix.tocsr()
    held.eliminate_zeros()
    held.data[:] = 1
    return held


def names_within(forms: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Which technologies are named by a part of a short name: data frame name, technology.

    A part is what stands between marks and function words. It names a technology if it is a form
    of it of two words or more, or an acronym; a plain word does where it is the whole name.

    >>> forms = pl.DataFrame({"technology": [0], "key": ["solarcell"], "is_capital": [False]})
    >>> names_within(forms, pl.Series(["Solar cells, modules", "Cells"])).rows()
    [('Solar cells, modules', 0)]
    """
    rows = []
    for name in names.unique().sort():
        parts = list(_parts(name))
        for words_count, key, is_capital in parts:
            if words_count > 1 or is_capital or len(parts) == 1:
                rows.append((name, key, is_capital))
    parts_of = pl.DataFrame(
        rows, {"name": pl.String, "key": pl.String, "in_capitals": pl.Boolean}, orient="row"
    )
    found = parts_of.join(forms, on="key").filter(~pl.col("is_capital") | pl.col("in_capitals"))
    return found.select("name", "technology").unique().sort("name", "technology")


def nested(forms: pl.DataFrame) -> pl.DataFrame:
    """Technologies a form of which stands within a form of another: data frame technology, other.

    Each pair both ways, and each technology with itself.

    >>> forms = pl.DataFrame({"technology": [0, 1], "key": ["neuralnetwork", "deepneuralnetwork"]})
    >>> nested(forms).rows()
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    inner = forms.filter(pl.col("key").str.len_chars() >= SHORTEST_NESTED)
    within = forms["key"].str.extract_many(inner["key"].unique().implode(), overlapping=True)
    pairs = forms.select("technology", within.alias("key")).explode("key").drop_nulls()
    pairs = pairs.join(inner.select(pl.col("technology").alias("other"), "key"), on="key")
    each = forms.select("technology", pl.col("technology").alias("other"))
    one = pairs.select("technology", "other")
    other = pairs.select(pl.col("other").alias("technology"), pl.col("technology").alias("other"))
    return pl.concat([one, other, each]).unique().sort("technology", "other")


@dataclass(frozen=True)
class _Wanted:
    """Keys that are looked for, sorted, and those of them that count in capitals alone."""

    keys: pl.Series
    capitals: set[str]

    def used(self, cut: CutText) -> sparse.csr_matrix:
        """Documents x keys, 1 where the document uses the key."""
        rows, columns = [], []
        stems = words.stems(cut.spellings)
        letters = keys_of(stems)
        begins = letters.is_in(self._beginnings).to_numpy()
        ends = letters.is_in(self._endings).to_numpy()
        text = _Places.of(cut, stems, begins, ends)
        is_capital = words.has_two_capitals(cut.spellings).to_numpy()
        for length in range(1, LONGEST + 1):
            place = text.starts(length)
            phrases = [cut.words[place + step] for step in range(length)]
            number = self._numbers(phrases, stems, letters, is_capital)
            rows.append(text.document[place[number >= 0]])
            columns.append(number[number >= 0])
        row, column = np.concatenate(rows), np.concatenate(columns)
        shape = (len(cut.lengths), len(self.keys))
        matrix = sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape)
        matrix.data[:] = 1
        return matrix

    @cached_property
    def _beginnings(self) -> list[str]:
        """Everything that a key begins with, sorted."""
        return sorted({key[:end] for key in self.keys for end in range(1, len(key) + 1)})

    @cached_property
    def _endings(self) -> list[str]:
        """Everything that a key ends with, sorted."""
        return sorted({key[start:] for key in self.keys for start in range(len(key))})

    def _numbers(
        self,
        phrases: list[npt.NDArray[np.int32]],
        stems: pl.Series,
        letters: pl.Series,
        is_capital: Bools,
    ) -> Ints:
        """The place of each phrase among the keys; -1 for none.

        phrases : the spelling of each word of n phrases
        """
        key = pl.select(pl.concat_str([letters[word] for word in phrases])).to_series()
        phrase = pl.select(
            pl.concat_str([stems[word] for word in phrases], separator=" ")
        ).to_series()
        number = pl.DataFrame({"key": self.keys}).with_row_index("number")
        joined = key.to_frame("key").join(number, on="key", how="left", maintain_order="left")
        found: Ints = joined["number"].cast(pl.Int64).fill_null(-1).to_numpy().copy()
        found[phrase.str.contains(LETTERS).to_numpy()] = -1
        alone = is_capital[phrases[0]] & (len(phrases) == 1)
        found[key.is_in(sorted(self.capitals)).to_numpy() & ~alone] = -1
        return found


@dataclass(frozen=True)
class _Places:
    """Running text: the document of each word, and what each may do in a phrase that is wanted."""

    document: Ints
    begins: Bools
    ends: Bools
    stays: Bools

    @classmethod
    def of(cls, cut: CutText, stems: pl.Series, begins: Bools, ends: Bools) -> _Places:
        stem = stems.to_frame("stem")
        is_link = stem.select(words.is_link(pl.col("stem"))).to_series().to_numpy()
        is_break = stem.select(words.is_break(pl.col("stem"))).to_series().to_numpy()
        may_stand = ~is_break & ~is_link
        document = np.repeat(np.arange(len(cut.lengths)), cut.lengths)
        flags = (begins & may_stand, ends & may_stand, ~is_break | is_link)
        return cls(document, *(flag[cut.words] for flag in flags))

    def starts(self, length: int) -> Ints:
        """Places at which a phrase of so many words may be one that is wanted."""
        place: Ints = np.flatnonzero(self.begins[: len(self.begins) - length + 1])
        last = place + length - 1
        place = place[self.ends[last] & (self.document[place] == self.document[last])]
        for step in range(1, length - 1):
            place = place[self.stays[place + step]]
        return place


def _parts(name: str) -> Iterator[tuple[int, str, bool]]:
    """Words, key and whether it is one in capitals, of each part of a name between breaks."""
    # Capitals say nothing in a title that has no small letter; an acronym alone is no such title.
    is_title = " " in name
    place = {"title": [name if is_title else ""], "abstract": ["" if is_title else name]}
    cut = cut_text(pl.DataFrame(place))
    stems = words.stems(cut.spellings)
    is_break = stems.to_frame("stem").select(words.is_break(pl.col("stem"))).to_series()
    is_capital = words.has_two_capitals(cut.spellings)
    run: list[int] = []
    for word in [*cut.words.tolist(), -1]:
        if word >= 0 and not is_break[word]:
            run.append(word)
        elif run:
            key = keys_of(stems[run]).str.join("")[0]
            yield len(run), key, len(run) == 1 and is_capital[run[0]]
            run = []


def _other_meanings(forms: pl.DataFrame, documents: pl.DataFrame) -> tuple[sparse.csc_matrix, Ints]:
    """Documents x forms, 1 where the document gives the acronym another long form; and the acronyms
    to which most definitions do."""
    short = forms.with_row_index("form").filter("is_defined")
    pairs = definitions(documents)
    pairs = pairs.select(
        "document", keys_of(pairs["short"]).alias("key"), keys_of(pairs["long"]).alias("long")
    )
    given = pairs.join(short, on="key").select("document", "form", "technology", "long")
    own = forms.select("technology", pl.col("key").alias("long"), pl.lit(True).alias("is_own"))
    judged = given.join(own, on=["technology", "long"], how="left").with_columns(
        pl.col("is_own").fill_null(False)
    )
    by_form = judged.group_by("form").agg(pl.len(), pl.col("is_own").mean())
    means_other = (pl.col("len") >= FEWEST_DEFINITIONS) & (pl.col("is_own") < AGREEMENT)
    unlike = by_form.filter(means_other)["form"].sort().cast(pl.Int64).to_numpy()
    wrong = judged.filter(~pl.col("is_own")).unique(["document", "form"])
    cells = (wrong["document"].to_numpy(), wrong["form"].to_numpy())
    shape = (documents.height, forms.height)
    return sparse.csc_matrix((np.ones(wrong.height), cells), shape), unlike
