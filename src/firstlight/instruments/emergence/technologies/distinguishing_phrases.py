"""Phrases that the documents of a technology use more often than all others do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.technologies.joins import Technologies
from firstlight.instruments.emergence.technologies.labels import labels, written_words
from firstlight.instruments.emergence.technologies.names import REASONS, Names, commonest_rows
from firstlight.instruments.emergence.text.phrases import Phrases
from firstlight.instruments.emergence.text.term_years import TermYears

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
MOST = 12  # phrases of a technology
FRAGMENTS = ("rarely_ends", "discourse", "cuts_a_name", "attribute")  # of these reasons
FEWEST_SHARED = 3  # documents of the technology that use the phrase


def log_likelihood(both: Floats, one: Floats, other: Floats, size: int) -> Floats:
    """G², how far two sets of documents overlap beyond chance; 0 where they overlap less.

    both : documents in both sets; one, other : documents in each; size : documents in all
    Source: Dunning (1993), Accurate Methods for the Statistics of Surprise and Coincidence,
    Computational Linguistics 19(1), 61-74.

    >>> log_likelihood(np.array([10.0, 1.0]), np.array([20.0]), np.array([10.0]), 100).round(2)
    array([37.29,  0.  ])
    """
    cells = (both, one - both, other - both, size - one - other + both)
    sums = ((one, other), (one, size - other), (size - one, other), (size - one, size - other))
    total = np.zeros(np.broadcast(both, one, other).shape)
    for cell, (row, column) in zip(cells, sums, strict=True):
        expected = row * column / size
        ratio = np.divide(
            cell, expected, out=np.ones_like(total), where=(cell > 0) & (expected > 0)
        )
        total += 2 * cell * np.log(ratio)
    is_beyond = both * size > one * other
    return np.where(is_beyond, np.maximum(total, 0), 0)


def distinguishing_phrases(
    phrases: Phrases,
    years: TermYears,
    names: Names,
    technologies: Technologies,
    belongs: sparse.csr_matrix,
    forecast_year: int,
) -> pl.DataFrame:
    """For each technology the phrases with the largest G², without its own forms and their parts.

    Terms that by the rules of names are mere fragments are none of them.

    A phrase that lies within one that is listed already, or holds it, says little new and is left
    out.

    technologies : K of them; belongs : (K, D) the documents of each
    Returns data frame technology, position, phrase.
    """
    size = int(np.searchsorted(phrases.years, forecast_year, side="right"))
    inside = belongs[:, :size].tocsr()
    uses = _incidence(phrases, np.asarray(inside.sum(axis=0)).ravel() > 0)
    shared = (uses @ inside.T).tocoo()
    is_fragment = np.isin(names.reason, [REASONS.index(reason) for reason in FRAGMENTS])
    enough = (shared.data >= FEWEST_SHARED) & ~is_fragment[shared.row]
    term, technology = shared.row[enough].astype(np.int64), shared.col[enough].astype(np.int64)
    both = shared.data[enough].astype(np.float64)
    documents = years.window(0, forecast_year, len(phrases.terms))["documents"]
    of_technology = np.asarray(inside.sum(axis=1)).ravel().astype(np.float64)
    strength = log_likelihood(both, of_technology[technology], documents[term], size)
    letters = phrases.terms[term].str.len_chars().cast(pl.Int64).to_numpy()
    order = np.lexsort((term, -letters, -strength, technology))  # of equals the longest says most
    order = order[strength[order] > 0]
    forms: list[list[str]] = [[] for _ in technologies.heads]
    keys = phrases.terms
    for row, key in zip(technologies.technology, keys[technologies.terms], strict=True):
        forms[row].append(key)
    chosen = _chosen(technology[order], term[order], keys[term[order]].to_list(), forms)
    return _as_written(chosen, phrases, forecast_year)


def _incidence(phrases: Phrases, is_in: npt.NDArray[np.bool_]) -> sparse.csr_matrix:
    """Terms x the first documents, 1 where one of those that are in uses the term."""
    size = len(is_in)
    wanted = np.zeros(len(phrases.years), dtype=bool)
    wanted[:size] = is_in
    rows = np.flatnonzero(wanted[phrases.documents])
    starts = np.searchsorted(rows, phrases.starts)
    ones = np.ones(len(rows), dtype=np.float32)
    shape = (len(phrases.terms), size)
    return sparse.csr_matrix((ones, phrases.documents[rows], starts), shape=shape)


def _chosen(
    technology: Longs, term: Longs, keys: list[str], forms: list[list[str]]
) -> pl.DataFrame:
    """The first of each technology that are neither part of its forms nor of one another.

    technology, term, keys : of each candidate, the strongest first
    """
    listed: list[list[str]] = [[] for _ in forms]
    rows = []
    for row, place, key in zip(technology.tolist(), term.tolist(), keys, strict=True):
        own = listed[row]
        if len(own) == MOST or any(key in form for form in forms[row]):
            continue
        if not any(key in other or other in key for other in own):
            own.append(key)
            rows.append((row, len(own), place))
    schema = dict.fromkeys(("technology", "position", "term"), pl.Int64)
    return pl.DataFrame(rows, schema=schema, orient="row").sort("technology", "position")


def _as_written(chosen: pl.DataFrame, phrases: Phrases, year: int) -> pl.DataFrame:
    phrase = phrases.variants["phrase"].gather(commonest_rows(phrases, year)[chosen["term"]])
    words = written_words(phrases.written, year, phrase)
    shown = labels(phrase, words).alias("phrase")
    return chosen.select("technology", "position", shown)
