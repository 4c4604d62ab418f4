"""Which terms are technical at a forecast year, and how they occur together: from documents up to that year only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.terms import TermCounts

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class VocabularyRule:
    """What makes a term technical. Every figure is read from documents of the window that ends at the forecast year.

    window_years        : the window's length
    minimum_documents   : documents of the window that use the term, at least
    minimum_share       : the same, as a share of the window's documents
    maximum_share       : a term in more of the documents than this names no technology
    subsumed_share      : a phrase that stands mostly inside one longer phrase is dropped (compare C-value, Frantzi 2000)
    word_repetition     : mean uses per document that uses a single word, at least (Katz 1996; Church and Gale 1995)
    phrase_repetition   : the same for a phrase
    part_repetition     : the same for each word of a phrase
    word_specificity    : how far above the common line the company that a word keeps must differ from all text (log)
    phrase_specificity  : the same for a phrase
    """

    window_years: int = 5
    minimum_documents: int = 10
    minimum_share: float = 2e-4
    maximum_share: float = 0.03
    subsumed_share: float = 0.7
    word_repetition: float = 1.4
    phrase_repetition: float = 1.08
    part_repetition: float = 1.10
    word_specificity: float = 0.0
    phrase_specificity: float = -0.15


@dataclass(frozen=True)
class Vocabulary:
    """The technical terms at a forecast year.

    terms        : (V,) sorted phrases
    shown        : (V,) the same as people write them
    columns      : (C,) columns of the incidence that count for a term
    slots        : (C,) the term that each counts for; an acronym counts for its long form
    documents    : (V,) documents of the window that use the term
    specificity  : (V,) logs above the line of terms as frequent
    together     : sparse (V, V), documents of the window that use both terms; zero diagonal
    window_count : documents of the window
    """

    terms: tuple[str, ...]
    shown: tuple[str, ...]
    columns: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int64]
    documents: Floats
    specificity: Floats
    together: sparse.csr_matrix
    window_count: int


@dataclass(frozen=True)
class PhraseParts:
    """Which terms stand inside which: pairs (shorter, longer) of columns, and whether the shorter is one word."""

    shorter: npt.NDArray[np.int64]
    longer: npt.NDArray[np.int64]
    is_word: npt.NDArray[np.bool_]
    lengths: npt.NDArray[np.int64]


def phrase_parts(terms: tuple[str, ...]) -> PhraseParts:
    """Every shorter term inside every longer one.

    >>> parts = phrase_parts(("network", "neural network"))
    >>> parts.shorter.tolist(), parts.longer.tolist(), parts.lengths.tolist()
    ([0], [1], [1, 2])
    """
    column = {term: i for i, term in enumerate(terms)}
    pairs: list[tuple[int, int, bool]] = []
    lengths = np.ones(len(terms), dtype=np.int64)
    for longer, term in enumerate(terms):
        words = term.split(" ")
        lengths[longer] = len(words)
        for size in range(1, len(words)):
            for start in range(len(words) - size + 1):
                shorter = column.get(" ".join(words[start : start + size]))
                if shorter is not None:
                    pairs.append((shorter, longer, size == 1))
    table = np.array(pairs, dtype=np.int64).reshape(-1, 3)
    return PhraseParts(table[:, 0], table[:, 1], table[:, 2].astype(bool), lengths)


def technical_terms(
    counts: TermCounts, parts: PhraseParts, forecast_year: int, rule: VocabularyRule | None = None
) -> Vocabulary:
    """The technical terms of the window that ends at ``forecast_year``, by rules without any list of topics.

    Empty words ("novel", "propose", "moreover") stand once in a document; technical ones are repeated, since the document
    is about them (Katz 1996, Natural Language Engineering 2(1); Church and Gale 1995, Natural Language Engineering 1(2)).
    Empty words also keep everybody's company: the distribution of the terms beside them differs little from that of all
    text (relative entropy, less its bias from small counts, Miller 1955). Both are measured here; documents after
    ``forecast_year`` are never read.

    counts : documents sorted by year; parts : of counts.terms
    Raises  InputError where documents do not lie in the order of their years, or ``counts`` left out terms that the rule
    would keep: whether those are known would hang on later documents.
    """
    rule = rule or VocabularyRule()
    if np.any(np.diff(counts.years) < 0):
        raise InputError(
            "documents must lie in the order of their years", try_next="sort them by date, then id"
        )
    if counts.minimum_documents > rule.minimum_documents:
        raise InputError(
            f"terms in fewer than {counts.minimum_documents} documents were not counted",
            where=f"minimum_documents of the rule: {rule.minimum_documents}",
            try_next=f"count_terms(..., minimum_documents={rule.minimum_documents})",
        )
    first = int(np.searchsorted(counts.years, forecast_year - rule.window_years + 1))
    end = int(np.searchsorted(counts.years, forecast_year + 1))
    size = end - first
    candidates = _candidates(counts, parts, first, end, rule)
    kept, slots, terms = _join_acronyms(counts, candidates, end)
    used = binary_columns(counts.incidence, kept, slots, len(terms), first, end)
    together = (used.T @ used).tocsr()
    documents = together.diagonal().astype(np.float64)
    together.setdiag(0)
    together.eliminate_zeros()
    together.sort_indices()  # sums below must not depend on the order of documents
    lengths = np.array([term.count(" ") + 1 for term in terms], dtype=np.int64)
    specificity = _specificity(together, documents, lengths > 1)
    good = specificity > np.where(lengths > 1, rule.phrase_specificity, rule.word_specificity)
    renumber = np.where(good, np.cumsum(good) - 1, -1)
    keep = np.flatnonzero(good)
    chosen = tuple(terms[i] for i in keep)
    of_term = renumber[slots]
    return Vocabulary(
        chosen,
        _as_written(chosen, counts.written, forecast_year),
        kept[of_term >= 0],
        of_term[of_term >= 0],
        documents[keep],
        specificity[keep],
        together[keep][:, keep].tocsr(),
        size,
    )


def binary_columns(
    incidence: sparse.csr_matrix,
    columns: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    width: int,
    first: int,
    end: int,
) -> sparse.csr_matrix:
    """Rows first..end of the incidence, chosen columns folded into ``width`` slots, 1 where any of them is used."""
    lookup = np.full(incidence.shape[1], -1, dtype=np.int32)
    lookup[columns] = slots
    start, stop = incidence.indptr[first], incidence.indptr[end]
    slot = lookup[incidence.indices[start:stop]]
    place = np.flatnonzero(slot >= 0)
    ends = np.searchsorted(place, incidence.indptr[first : end + 1] - start)
    matrix = sparse.csr_matrix(
        (np.ones(len(place), np.float32), slot[place], ends), shape=(end - first, width)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _candidates(
    counts: TermCounts, parts: PhraseParts, first: int, end: int, rule: VocabularyRule
) -> npt.NDArray[np.int64]:
    start, stop = counts.incidence.indptr[first], counts.incidence.indptr[end]
    columns = counts.incidence.indices[start:stop]
    size = len(counts.terms)
    documents = np.bincount(columns, minlength=size).astype(np.float64)
    uses = np.bincount(columns, weights=counts.incidence.data[start:stop], minlength=size)
    repetition = uses / np.maximum(documents, 1)
    inside = np.zeros(size)
    # Rarer phrases are counted or not by what comes later, so they must not speak.
    known = documents[parts.longer] >= rule.minimum_documents
    shorter, longer = parts.shorter[known], parts.longer[known]
    np.maximum.at(inside, shorter, documents[longer] / np.maximum(documents[shorter], 1))
    weakest = np.full(size, np.inf)
    words = parts.is_word
    np.minimum.at(weakest, parts.longer[words], repetition[parts.shorter[words]])
    word = (parts.lengths == 1) & (repetition >= rule.word_repetition)
    phrase = (
        (parts.lengths > 1)
        & (repetition >= rule.phrase_repetition)
        & (weakest >= rule.part_repetition)
    )
    enough = documents >= max(rule.minimum_documents, rule.minimum_share * (end - first))
    rare = documents <= max(rule.maximum_share * (end - first), rule.minimum_documents)
    return np.flatnonzero((word | phrase) & enough & rare & (inside < rule.subsumed_share))


def _join_acronyms(
    counts: TermCounts, candidates: npt.NDArray[np.int64], end: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[str]]:
    """Columns that count, the slot of each, and the slots' terms; an acronym shares its long form's slot."""
    seen = counts.acronyms.filter(pl.col("document") < end).group_by("short", "long").len("n")
    total = pl.col("n").sum().over("short")
    pairs = seen.filter((pl.col("n") >= 3) & (pl.col("n") >= 0.7 * total))
    long_of = dict(pairs.select("short", "long").sort("short", "long").iter_rows())
    column = {counts.terms[i]: int(i) for i in candidates}
    terms = [counts.terms[i] for i in candidates if long_of.get(counts.terms[i]) not in column]
    slot = {term: i for i, term in enumerate(terms)}
    kept, slots = [], []
    for name, index in column.items():
        joined = long_of.get(name)
        target = slot.get(joined) if joined in column else slot.get(name)
        if target is not None:
            kept.append(index)
            slots.append(target)
    return np.array(kept, dtype=np.int64), np.array(slots, dtype=np.int64), terms


def _specificity(
    together: sparse.csr_matrix, documents: Floats, is_phrase: npt.NDArray[np.bool_]
) -> Floats:
    """Log relative entropy of each term's company against all text, above the least-squares line of phrases.

    With counts c_ij of sum m_i and all text's shares q_j: sum_j c_ij / m_i log(c_ij / (m_i q_j))
    = (sum_j c_ij log c_ij - sum_j c_ij log q_j) / m_i - log m_i.
    """
    mass = np.asarray(together.sum(axis=1), dtype=np.float64).ravel()
    if mass.sum() == 0:
        return np.zeros(len(documents))
    background = np.maximum(mass, 1) / mass.sum()
    times_log = np.arange(together.data.max() + 1)
    times_log[1:] *= np.log(times_log[1:])
    gains = sparse.csr_matrix(
        (times_log[together.data.astype(np.int32)], together.indices, together.indptr),
        shape=together.shape,
    )
    own = gains @ np.ones(len(mass)) - together @ np.log(background)
    entropy = own / np.maximum(mass, 1) - np.log(np.maximum(mass, 1))
    entropy = np.maximum(entropy - np.diff(together.indptr) / (2 * np.maximum(mass, 1)), 0.01)
    basis = np.column_stack([np.ones(len(documents)), np.log(np.maximum(documents, 1))])
    fitted = is_phrase if is_phrase.sum() > 10 else np.ones(len(documents), dtype=bool)
    line, *_ = np.linalg.lstsq(basis[fitted], np.log(entropy[fitted]), rcond=None)
    above: Floats = np.round(
        np.log(entropy) - basis @ line, 9
    )  # threads may differ in the last bits
    return above


def _as_written(
    terms: tuple[str, ...], written: pl.DataFrame, forecast_year: int
) -> tuple[str, ...]:
    """Terms as people write them: the last word in its commonest form, words before it in the singular if it exists."""
    needed = sorted({word for term in terms for word in term.split(" ")})
    forms = (
        written.filter((pl.col("year") <= forecast_year) & pl.col("stem").is_in(needed))
        .group_by("stem", "written")
        .agg(pl.col("count").sum())
        .sort("stem", pl.col("count"), "written", descending=[False, True, False])
    )
    commonest = dict(
        forms.unique("stem", keep="first", maintain_order=True)
        .select("stem", "written")
        .iter_rows()
    )
    itself = set(forms.filter(pl.col("stem") == pl.col("written"))["stem"].to_list())

    def show(term: str) -> str:
        *before, final = term.split(" ")
        words = [word if word in itself else commonest.get(word, word) for word in before]
        words.append(commonest.get(final, final))
        return ("" if all("一" <= word[0] <= "鿿" for word in words) else " ").join(words)

    return tuple(show(term) for term in terms)
