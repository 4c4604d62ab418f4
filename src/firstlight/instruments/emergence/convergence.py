"""The network of technical terms at a forecast year, and which of its unlinked pairs later documents join."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.emergence.terms import TermCounts
from firstlight.instruments.emergence.vocabulary import Vocabulary, binary_columns

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

RECENT_YEARS = 2  # of the recent network
CONTEXT_YEARS = 5  # of the documents that a term's context is read from
CONTEXT_RANK = 50
CONTEXT_SAMPLE = 20_000  # documents that the axes of the context are found on, evenly spaced
WORD_DOCUMENTS = (
    10  # of the window that use a word, at least; rarer ones are counted or not by what comes later
)
COLUMNS = 4_000  # of a network that are multiplied at a time
ROWS = 200  # of the network that are split at a time
SHRINKAGE = 3.0  # documents of nothing special that every term's context is averaged with


@dataclass(frozen=True)
class TermNetwork:
    """Technical terms linked by the documents that use both, as known at the end of a year; V terms.

    terms            : (V,) sorted phrases
    together, recent : sparse (V, V), symmetric, zero diagonal: documents up to ``year``, and of its last two years
    documents, recent_documents : (V,) documents that use the term, over the same years
    gained           : years back (1, 3) -> (V,) terms it was first linked to within that many years
    company_size     : (V,) mean number of technical terms in the documents that use the term
    context          : (V, R) mean place of the term's documents among the words of all text, less the mean of all
    context_spread   : (R,) standard deviation of all documents along the same axes
    window_count     : documents of the five years that end with ``year``
    """

    year: int
    terms: tuple[str, ...]
    together: sparse.csr_matrix
    recent: sparse.csr_matrix
    documents: Floats
    recent_documents: Floats
    gained: dict[int, Floats]
    company_size: Floats
    context: Floats
    context_spread: Floats
    window_count: int

    @property
    def degree(self) -> Floats:
        """(V,) terms that each is linked to."""
        return np.diff(self.together.indptr).astype(np.float64)


@dataclass(frozen=True)
class DrawnPairs:
    """Pairs of terms unlinked at the network's year, drawn apart from those later joined and those not.

    first, second : (n,) rows of the network, first < second
    is_joined     : (n,) whether enough later documents use both
    candidates    : unlinked pairs in all; joined : those of them that were joined
    """

    first: Ints
    second: Ints
    is_joined: Bools
    candidates: int
    joined: int

    @property
    def base_rate(self) -> float:
        """Share of all unlinked pairs that were joined; nan without any."""
        return self.joined / self.candidates if self.candidates else float("nan")

    def weights(self) -> Floats:
        """(n,) unlinked pairs that each drawn pair stands for."""
        drawn = int(self.is_joined.sum())
        joined = self.joined / max(drawn, 1)
        others = (self.candidates - self.joined) / max(len(self.first) - drawn, 1)
        return np.where(self.is_joined, joined, others)


def term_network(counts: TermCounts, vocabulary: Vocabulary, year: int) -> TermNetwork:
    """The network of a year's technical terms: two are linked where a document up to the year uses both.

    The vocabulary is that of the year, so that neither terms nor links know of anything later (Krenn and others 2023, Nature
    Machine Intelligence 5, 1326, links concepts in the same way).

    counts : documents sorted by date, then id; vocabulary : ``technical_terms(counts, parts, year)``
    Raises  InputError for a year without documents.
    """
    end = int(np.searchsorted(counts.years, year + 1))
    if not np.searchsorted(counts.years, year) < end:
        raise InputError(
            f"no document of {year}",
            where="years of the counts",
            try_next="choose a year with documents",
        )
    starts = np.searchsorted(counts.years, [year - 2, year - 1, year])
    together, recent, gained, documents = _linked(counts, vocabulary, [0, *starts.tolist(), end])
    context, spread = _context(counts, vocabulary, year)
    return TermNetwork(
        year,
        vocabulary.terms,
        together,
        recent,
        documents.sum(axis=0),
        documents[2:].sum(axis=0),
        gained,
        1 + np.asarray(together.sum(axis=1)).ravel() / np.maximum(documents.sum(axis=0), 1),
        context,
        spread,
        end - int(np.searchsorted(counts.years, year - CONTEXT_YEARS + 1)),
    )


def later_links(
    counts: TermCounts, vocabulary: Vocabulary, network: TermNetwork, horizon: int
) -> sparse.csr_matrix:
    """Documents of the ``horizon`` years after the network's that use both terms of a pair unlinked in it.

    Returns sparse (V, V), upper triangle.
    Raises  InputError where the counts end before those years do.
    """
    if int(counts.years[-1]) < network.year + horizon:
        raise InputError(
            f"what {network.year} + {horizon} brought is not known",
            where=f"documents to {counts.years[-1]}",
            try_next="choose an earlier year or a shorter horizon",
        )
    first, end = np.searchsorted(
        counts.years, [network.year + 1, network.year + horizon + 1]
    ).tolist()
    used = binary_columns(
        counts.incidence,
        vocabulary.columns,
        vocabulary.slots,
        len(vocabulary.terms),
        first,
        max(first, end),
    )
    later, links = _upper(used, np.ones(used.nnz, np.float32)), network.together
    # One pass over both: what was linked before is far below 0.
    seen = sparse.csr_matrix(
        (np.full(links.nnz, -1e9, np.float32), links.indices, links.indptr), shape=links.shape
    )
    found = sparse.csr_matrix(later + seen)
    np.maximum(found.data, 0, out=found.data)
    return _sorted(found)


def is_linked(
    network: TermNetwork, first: npt.NDArray[np.integer], second: npt.NDArray[np.integer]
) -> Bools:
    """(n,) whether each pair is linked in the network."""
    links = network.together
    low, high = (links.indptr[np.asarray(first) + step].astype(np.int64) for step in (0, 1))
    end = high.copy()
    for _ in range(int((high - low).max(initial=0)).bit_length()):  # bisection of all rows at once
        middle = np.minimum((low + high) // 2, links.nnz - 1)
        is_below = (links.indices[middle] < second) & (low < high)
        low, high = np.where(is_below, middle + 1, low), np.where(is_below, high, middle)
    place = np.minimum(low, max(links.nnz - 1, 0))
    return (
        np.asarray((low < end) & (links.indices[place] == second))
        if links.nnz
        else np.zeros(len(low), dtype=bool)
    )


def draw_pairs(
    network: TermNetwork,
    later: sparse.csr_matrix,
    *,
    least_documents: int = 1,
    least_degree: int = 0,
    most_joined: int = 20_000,
    most_others: int = 50_000,
    seed: int = 0,
) -> DrawnPairs:
    """Draw pairs evenly among those that were joined and, apart from them, among those that were not.

    The area under the ROC curve does not hang on how many of either are drawn; the true base rate is kept beside them.

    later           : ``later_links`` of the network
    least_documents : later documents that use both, from which a pair counts as joined (w of Krenn and others)
    least_degree    : of both terms in the network (c of Krenn and others)
    """
    size = len(network.terms)
    fit = network.degree >= least_degree
    able = np.flatnonzero(fit)
    pairs = later.tocoo()
    is_new = (pairs.data >= least_documents) & fit[pairs.row] & fit[pairs.col]
    keys = np.sort(pairs.row[is_new].astype(np.int64) * size + pairs.col[is_new])
    upper = sparse.triu(network.together, 1).tocoo()
    linked = int((fit[upper.row] & fit[upper.col]).sum())
    candidates = len(able) * (len(able) - 1) // 2 - linked
    rng = np.random.default_rng(seed)
    joined = (
        np.sort(rng.choice(keys, min(most_joined, len(keys)), replace=False)) if len(keys) else keys
    )
    others = _others(network, able, keys, min(most_others, candidates - len(keys)), rng)
    every = np.concatenate([joined, others])
    is_joined = np.arange(len(every)) < len(joined)
    return DrawnPairs(every // max(size, 1), every % max(size, 1), is_joined, candidates, len(keys))


def _others(
    network: TermNetwork, able: Ints, joined: Ints, wanted: int, rng: np.random.Generator
) -> Ints:
    """Keys of distinct pairs neither linked nor joined, drawn until there are enough (or all, where few exist)."""
    size = len(network.terms)
    found = np.zeros(0, dtype=np.int64)
    if 4 * wanted >= len(able) * (len(able) - 1) // 2:
        a, b = np.triu_indices(len(able), 1)
        return np.sort(
            rng.permutation(_unjoined(network, able[a] * size + able[b], joined))[:wanted]
        )
    while len(found) < wanted:
        a, b = able[rng.integers(0, len(able), (2, 2 * wanted))]
        keys = np.unique((np.minimum(a, b) * size + np.maximum(a, b))[a != b])
        more = np.setdiff1d(_unjoined(network, keys, joined), found, assume_unique=True)
        found = np.concatenate([found, rng.permutation(more)])[:wanted]
    return np.sort(found)


def _unjoined(network: TermNetwork, keys: Ints, joined: Ints) -> Ints:
    size = len(network.terms)
    keys = keys[~is_linked(network, keys // size, keys % size)]
    return np.setdiff1d(keys, joined, assume_unique=True)


def _linked(
    counts: TermCounts, vocabulary: Vocabulary, rows: list[int]
) -> tuple[sparse.csr_matrix, sparse.csr_matrix, dict[int, Floats], Floats]:
    """Documents that use both terms, over all rows and over the last two spans; links gained; (4, V) documents.

    One product counts all four spans: a document of each weighs so much that sums of the spans before stay below it.

    rows : where the four spans start (before the last three years, and each of these), and the end
    """
    width = len(vocabulary.terms)
    used = binary_columns(
        counts.incidence, vocabulary.columns, vocabulary.slots, width, 0, rows[-1]
    )
    at = used.indptr[rows]
    spans = [used.indices[start:stop] for start, stop in pairwise(at)]
    documents = np.array([np.bincount(own, minlength=width) for own in spans])
    bits = [int(own.max(initial=0)).bit_length() for own in documents]
    if sum(bits) > 62:
        raise InputError(
            f"too many documents to count what terms are used with: up to {documents.sum(axis=0).max():,} use one",
            where=f"years to {counts.years[rows[-1] - 1]}",
            try_next="observe a sample of the documents",
        )
    shifts = np.concatenate([[0], np.cumsum(bits[:-1])])
    upper = _upper(used, np.repeat(np.left_shift(np.ones(4, np.int64), shifts), np.diff(at)))
    coded = sparse.csr_matrix(upper + upper.T.tocsr())
    return *_decoded(coded, bits, shifts.tolist()), documents.astype(np.float64)


def _upper(
    used: sparse.csr_matrix, weight: npt.NDArray[np.int64] | npt.NDArray[np.float32]
) -> sparse.csr_matrix:
    """(V, V) sums of weights over the documents that use both terms, first < second, sorted.

    A block of columns against the rows from there on: half of the products, in sums that are small enough to stay near.

    used : (D, V), 1 where a document uses a term; weight : of each of its entries, the same for all of a document
    """
    width = used.shape[1]
    ones = sparse.csr_matrix(
        (np.ones(used.nnz, weight.dtype), used.indices, used.indptr), shape=used.shape
    )
    left = ones.T.tocsr()
    right = sparse.csr_matrix((weight, used.indices, used.indptr), shape=used.shape).tocsc()
    data, places, lengths = [], [], [np.zeros(1, np.int64)]
    for start in range(0, max(width, 1), COLUMNS):
        block = (
            left[start:] @ right[:, start : start + COLUMNS].tocsr()
        ).T.tocsr()  # a transpose comes sorted
        rows = np.repeat(np.arange(block.shape[0], dtype=np.int32), np.diff(block.indptr))
        kept = block.indices > rows
        data.append(block.data[kept])
        places.append(block.indices[kept] + np.int32(start))
        lengths.append(np.bincount(rows[kept], minlength=block.shape[0]))
    ends = np.cumsum(np.concatenate(lengths))
    return sparse.csr_matrix(
        (np.concatenate(data), np.concatenate(places), ends), shape=(width, width)
    )


def _decoded(
    coded: sparse.csr_matrix, bits: list[int], shifts: list[int]
) -> tuple[sparse.csr_matrix, sparse.csr_matrix, dict[int, Floats]]:
    """Split the four counts of every entry, a few rows at a time so that they stay near."""
    size = coded.shape[0]
    every, places, recent = np.empty(coded.nnz, np.float32), [], []
    ends, gained = np.zeros(size + 1, np.int64), {back: np.zeros(size) for back in (1, 3)}
    for row in range(0, max(size, 1), ROWS):
        span = coded.indptr[row : row + ROWS + 1]
        own = coded.data[span[0] : span[-1]]
        old, two, one, last = (
            own >> shift & ((1 << width) - 1) for shift, width in zip(shifts, bits, strict=True)
        )
        late = one + last
        every[span[0] : span[-1]] = old + two + late
        kept = late > 0
        places.append(coded.indices[span[0] : span[-1]][kept])
        recent.append(late[kept].astype(np.float32))
        for counted, is_counted in (
            (ends[1:], kept),
            (gained[1], own & ((1 << shifts[3]) - 1) == 0),
            (gained[3], old == 0),
        ):
            counted[row : row + ROWS] = np.diff(
                np.concatenate([[0], np.cumsum(is_counted)])[span - span[0]]
            )
    late_ones = (np.concatenate(recent), np.concatenate(places), np.cumsum(ends))
    together = sparse.csr_matrix((every, coded.indices, coded.indptr), shape=coded.shape)
    return together, sparse.csr_matrix(late_ones, shape=coded.shape), gained


def _sorted(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    found = sparse.csr_matrix(matrix)
    found.eliminate_zeros()
    found.sort_indices()  # sums must not depend on the order of documents
    return found


def _context(counts: TermCounts, vocabulary: Vocabulary, year: int) -> tuple[Floats, Floats]:
    """Where each term's documents lie among all text: latent semantic axes of single words (Deerwester and others 1990).

    Words too common or too plain for a technical term speak here too. Mean places are shrunken towards that of all text.
    """
    first = int(np.searchsorted(counts.years, year - CONTEXT_YEARS + 1))
    end = int(np.searchsorted(counts.years, year + 1))
    words = _word_weights(counts, first, end)
    rank = min(CONTEXT_RANK, min(words.shape) - 1)
    if rank < 1:
        return np.zeros((len(vocabulary.terms), 0)), np.zeros(0)
    sample = np.unique(
        np.linspace(0, end - first - 1, min(CONTEXT_SAMPLE, end - first)).astype(np.int64)
    )
    with threadpool_limits(1):  # as many threads, as many roundings
        _, _, axes = randomized_svd(words[sample], rank, n_iter=2, random_state=0)
        places = words @ axes.T.astype(np.float32)
    used = binary_columns(
        counts.incidence, vocabulary.columns, vocabulary.slots, len(vocabulary.terms), first, end
    )
    own = np.asarray(used.sum(axis=0), dtype=np.float64).ravel()[:, None]
    mean = (used.T @ places - own * places.mean(axis=0)) / (own + SHRINKAGE)
    return np.round(mean.astype(np.float64), 6), np.maximum(
        np.round(places.std(axis=0).astype(np.float64), 6), 1e-6
    )


def _word_weights(counts: TermCounts, first: int, end: int) -> sparse.csr_matrix:
    """Rows of unit length: log of documents over documents that use the word, for single words used often enough."""
    start, stop = counts.incidence.indptr[[first, end]]
    documents = np.bincount(counts.incidence.indices[start:stop], minlength=len(counts.terms))
    is_word = np.array([" " not in term for term in counts.terms], dtype=bool)
    kept = np.flatnonzero(is_word & (documents >= WORD_DOCUMENTS))
    slots = np.arange(len(kept), dtype=np.int64)
    words = binary_columns(counts.incidence, kept, slots, len(kept), first, end)
    weight = np.log((end - first) / np.maximum(documents[kept], 1)).astype(np.float32)
    words.data *= weight[words.indices]
    squares = sparse.csr_matrix((words.data**2, words.indices, words.indptr), shape=words.shape)
    length = np.sqrt(np.asarray(squares.sum(axis=1)).ravel())
    words.data /= np.repeat(np.maximum(length, 1e-6), np.diff(words.indptr)).astype(np.float32)
    return words
