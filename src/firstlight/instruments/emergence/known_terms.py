"""Technologies whose terms are known, looked up in other documents: one rule for all years and all records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence import running_text as text
from firstlight.instruments.emergence.terms import LONGEST

Floats = npt.NDArray[np.float64]
NEEDED = 2  # distinct terms of a technology that a document must use


@dataclass(frozen=True)
class KnownTerms:
    """Documents of a record that use the terms of given technologies; K technologies, Y years, V terms.

    technologies : (K,) sorted
    years        : (Y,)
    totals       : (Y,) documents of the record
    counts       : (K, Y) documents that use at least two terms of the technology
    by_chance    : (K, Y) as many as would if each term stood in any document of its year independently of the others
    uses         : data frame technology, term, weight, documents_count (of the record), first_year; terms never used have 0
    terms        : (V,) all terms, sorted
    company      : (K, V) documents of each technology that use each term, its own and those of others
    documents    : (V,) documents of the record that use each term
    """

    technologies: tuple[str, ...]
    years: npt.NDArray[np.int64]
    totals: Floats
    counts: Floats
    by_chance: Floats
    uses: pl.DataFrame
    terms: tuple[str, ...]
    company: Floats
    documents: Floats


def look_up(
    terms: pl.DataFrame, batches: Iterable[pl.DataFrame], *, needed: int = NEEDED
) -> KnownTerms:
    """Documents by year that use at least ``needed`` of a technology's terms, whatever record they come from.

    Words are cut, folded and made singular as when terms are found (``count_terms``), and a phrase does not span a mark, so
    that the same text is read alike in papers and patents. Acronyms count only where they are terms themselves. By chance, a
    document would use two or more of a technology's terms with probability 1 - prod(1 - p) (1 + sum p / (1 - p)), where p
    is a term's share of the documents of its year.

    terms   : data frame technology, term (folded, singular words apart by spaces), weight; one term may be in several
    batches : data frames with columns date, title, abstract
    Returns KnownTerms. Raises  InputError where there is no term or no document, or needed is not 1 or 2.

    >>> docs = pl.DataFrame({"date": ["2001-05-01"], "title": ["Solar cells from perovskites"], "abstract": [""]})
    >>> terms = pl.DataFrame({"technology": ["pv", "pv"], "term": ["solar cell", "perovskite"], "weight": [1.0, 1.0]})
    >>> look_up(terms, [docs.with_columns(pl.col("date").str.to_date())]).counts.tolist()
    [[1.0]]
    """
    if not terms.height:
        raise InputError(
            "there are no terms to look up", where="terms", try_next="survey the record first"
        )
    if needed not in (1, 2):
        raise InputError(f"{needed} terms needed", where="needed", try_next="use 1 or 2")
    own = (
        terms.select("technology", "term", "weight")
        .unique(["technology", "term"])
        .sort("technology", "term")
    )
    names = own["term"].unique().sort().to_list()
    trie = _trie(names)
    found: list[sparse.csr_matrix] = []
    years: list[npt.NDArray[np.int64]] = []
    for batch in batches:
        found.append(_used(batch, trie, len(names)))
        years.append(batch["date"].dt.year().to_numpy().astype(np.int64))
    if not years or not sum(map(len, years)):
        raise InputError(
            "there are no documents to look in", where="documents", try_next="check the file"
        )
    return _counted(
        own, names, sparse.csr_matrix(sparse.vstack(found)), np.concatenate(years), needed
    )


def terms_of_names(names: Iterable[str]) -> pl.DataFrame:
    """Names of fields, classes or products as terms: unit, term, weight; every phrase of one to four words counts the same.

    >>> terms_of_names(["Solar cells"]).rows()
    [('Solar cells', 'cell', 1.0), ('Solar cells', 'solar', 1.0), ('Solar cells', 'solar cell', 1.0)]
    """
    unit = sorted(set(names))
    words = pl.DataFrame({"unit": unit, "word": text.cut_words(pl.Series(unit, dtype=pl.String))})
    words = words.explode("word").drop_nulls().with_columns(word=text.singular(pl.col("word")))
    words = words.with_columns(breaks=text.is_break(pl.col("word"))).with_columns(
        run=pl.col("breaks").cum_sum().over("unit")
    )
    runs = words.filter(~pl.col("breaks")).group_by("unit", "run", maintain_order=True).agg("word")
    rows = {
        (name, " ".join(run[start : start + size]))
        for name, run in runs.select("unit", "word").iter_rows()
        for size in range(1, LONGEST + 1)
        for start in range(len(run) - size + 1)
        if not {run[start], run[start + size - 1]} & text.LINKING_WORDS
    }
    frame = pl.DataFrame(sorted(rows), schema={"unit": pl.String, "term": pl.String}, orient="row")
    return frame.with_columns(weight=pl.lit(1.0))


@dataclass(frozen=True)
class _Trie:
    """Words by number, and for every phrase begun and next word the phrase that they make."""

    words: pl.DataFrame  # stem, word (number)
    size: int  # of words
    keys: npt.NDArray[np.int64]  # state * size + word, sorted
    states: npt.NDArray[np.int64]  # state that each key leads to
    term: npt.NDArray[np.int64]  # by state: number of the term, -1 where it is only a beginning


def _trie(names: list[str]) -> _Trie:
    words: dict[str, int] = {}
    places: dict[tuple[int, int], int] = {}
    term = {}
    for number, name in enumerate(names):
        state = 0
        for word in name.split(" ")[:LONGEST]:
            key = (state, words.setdefault(word, len(words)))
            state = places.setdefault(key, len(places) + 1)
        term[state] = number
    size = len(words)
    keys = np.array([state * size + word for state, word in places], dtype=np.int64)
    order = np.argsort(keys)
    of_state = np.full(len(places) + 1, -1, dtype=np.int64)
    of_state[list(term)] = list(term.values())
    table = pl.DataFrame({"stem": list(words), "word": np.arange(size, dtype=np.int64)})
    return _Trie(
        table, size, keys[order], np.array(list(places.values()), dtype=np.int64)[order], of_state
    )


def _used(batch: pl.DataFrame, trie: _Trie, width: int) -> sparse.csr_matrix:
    """(documents, terms), 1 where the document uses the term."""
    texts = batch.select(
        pl.concat_str(
            pl.col("title").fill_null(""), pl.lit(" . "), pl.col("abstract").fill_null("")
        )
    ).to_series()
    lists = text.cut_words(texts)
    document = np.repeat(np.arange(batch.height), lists.list.len().to_numpy().astype(np.int64))
    said = lists.rename("written").explode(empty_as_null=False).to_frame()
    stems = said.unique().with_columns(stem=text.singular(pl.col("written")))
    stems = stems.join(trie.words, on="stem", how="inner")
    word = said.join(
        stems.select("written", "word"), on="written", how="left", maintain_order="left"
    )["word"]
    number = word.fill_null(-1).to_numpy()
    rows, columns = [], []
    begun = np.flatnonzero(number >= 0)
    state = np.zeros(len(begun), dtype=np.int64)
    for length in range(LONGEST):
        place = begun + length
        inside = place < len(number)
        inside[inside] &= document[place[inside]] == document[begun[inside]]
        inside[inside] &= number[place[inside]] >= 0
        begun, state = begun[inside], state[inside]
        key = state * trie.size + number[begun + length]
        at = np.minimum(np.searchsorted(trie.keys, key), len(trie.keys) - 1)
        known = trie.keys[at] == key
        begun, state = begun[known], trie.states[at[known]]
        term = trie.term[state]
        rows.append(document[begun[term >= 0]])
        columns.append(term[term >= 0])
    row, column = np.concatenate(rows), np.concatenate(columns)
    matrix = sparse.csr_matrix(
        (np.ones(len(row), np.float32), (row, column)), shape=(batch.height, width)
    )
    matrix.data[:] = 1
    return matrix


def _counted(
    own: pl.DataFrame,
    names: list[str],
    used: sparse.csr_matrix,
    years: npt.NDArray[np.int64],
    needed: int,
) -> KnownTerms:
    technologies = own["technology"].unique().sort().to_list()
    number = {name: i for i, name in enumerate(technologies)}
    row = own["technology"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    column = np.searchsorted(
        np.array(names, dtype=object), np.array(own["term"].to_list(), dtype=object)
    )
    of_technology = sparse.csr_matrix(
        (np.ones(len(row), np.float32), (column, row)), shape=(len(names), len(technologies))
    )
    score = sparse.csr_matrix(used @ of_technology)
    score.data = (score.data >= needed).astype(np.float32)
    span = np.arange(years.min(), years.max() + 1)
    by_year = sparse.csr_matrix(
        (np.ones(len(years)), (years - span[0], np.arange(len(years)))),
        shape=(len(span), len(years)),
    )
    totals = np.bincount(years - span[0], minlength=len(span)).astype(np.float64)
    with_term = np.asarray((by_year @ used).todense())
    documents = with_term.sum(axis=0)
    seen = span[np.argmax(with_term > 0, axis=0)]
    uses = own.with_columns(
        documents_count=pl.Series(documents[column].astype(np.int64)),
        first_year=pl.when(pl.Series(documents[column] > 0)).then(pl.Series(seen[column])),
    )
    return KnownTerms(
        tuple(technologies),
        span,
        totals,
        np.asarray((by_year @ score).todense()).T,
        _by_chance(with_term, totals, of_technology, needed),
        uses,
        tuple(names),
        np.asarray((score.T @ used).todense(), dtype=np.float64),
        documents,
    )


def _by_chance(
    with_term: Floats, totals: Floats, of_technology: sparse.csr_matrix, needed: int
) -> Floats:
    share = np.minimum(with_term / np.maximum(totals, 1)[:, None], 0.999)
    none = np.exp(np.asarray(of_technology.T @ np.log1p(-share).T))
    one = none * np.asarray(of_technology.T @ (share / (1 - share)).T)
    missing = none if needed == 1 else none + one
    return np.asarray(np.maximum(1 - missing, 0.0) * totals)
