"""Which technology of one record is which in another: by weighted terms and latent vectors, with "none" as an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from scipy.linalg import svd
from scipy.stats import false_discovery_control

from firstlight.errors import InputError

Floats = npt.NDArray[np.float64]
WORD_WEIGHT = 0.5  # of a phrase's words beside the phrase itself, so that "solar cell" and "solar panel" are near
TERM_SHARE = 0.5  # of the cosine of terms in the score; the rest is that of the latent vectors
DIMENSIONS = 100
DRAWS = 50
LEVEL = 0.05
COLUMNS = ("unit", "term", "weight")


@dataclass(frozen=True)
class RecordMatch:
    """Pairs of units of two records.

    pairs     : left, right, term_score, latent_score, score (0 to 1), p_value, q_value, is_match, rank (of the right
                unit for the left one); the best few right units of every left one, whether matched or not
    threshold : score from which a pair is a match, nan where none is
    chance_score : median over draws of the best score of a left unit whose terms were permuted
    base_rate : share of all pairs that would be right if every left unit had one partner
    expected_false : number of left units that would be matched by chance at the threshold
    """

    pairs: pl.DataFrame
    threshold: float
    chance_score: float
    base_rate: float
    expected_false: float


def match_records(
    left: pl.DataFrame,
    right: pl.DataFrame,
    *,
    level: float = LEVEL,
    most: int = 3,
    dimensions: int = DIMENSIONS,
    draws: int = DRAWS,
    seed: int = 0,
) -> RecordMatch:
    """Match technologies of one record with technologies, documents or named classes of another.

    Every unit is a vector over terms and their single words (half a term's weight each), weighted by the inverse frequency
    of units, length 1. The score is the mean of two cosines: of these vectors, and of their projections on the leading
    singular vectors of both records together (latent semantic analysis, Deerwester and others 1990, Journal of the American
    Society for Information Science 41(6)). What a unit without a partner scores is read from the left units with
    their terms permuted among terms as frequent: p is the share of such units whose best score is as high. A pair is
    a match where its false discovery rate (Benjamini and Hochberg 1995, over left units' best pairs) is at most
    ``level``; a left unit may match several, or none.

    left, right : data frames unit, term, weight (positive); names of classes are terms of weight 1
    Returns RecordMatch; the order of rows does not matter.
    Raises  InputError where a column is absent or a weight is not positive.

    >>> left = pl.DataFrame({"unit": ["a", "a", "b"], "term": ["solar cell", "perovskite", "gene"], "weight": [1.0, 1, 1]})
    >>> right = pl.DataFrame({"unit": ["x", "y"], "term": ["solar cell", "ship"], "weight": [1.0, 1.0]})
    >>> match_records(left, right).pairs.select("left", "right", pl.col("score").round(2)).row(0)
    ('a', 'x', 0.69)
    """
    a, b = _checked(left, "left"), _checked(right, "right")
    left_names, right_names = (own["unit"].unique().sort().to_list() for own in (a, b))
    if not left_names or not right_names:
        return RecordMatch(_no_pairs(), float("nan"), float("nan"), float("nan"), 0.0)
    x, y, frequency = _vectors(a, b, left_names, right_names)
    axes = _axes(sparse.vstack([x, y]).tocsr(), dimensions)
    term, latent = _cosines(x, y), _latent_cosines(x, y, axes)
    score = TERM_SHARE * term + (1 - TERM_SHARE) * latent
    chance = _chance(x, y, axes, frequency, draws, np.random.default_rng(seed))
    return _decided(left_names, right_names, term, latent, score, chance, level, most)


@dataclass(frozen=True)
class SameCompany:
    """Whether the documents of a technology keep the same company in two records; K technologies.

    likeness : (K,) cosine of the two profiles, nan where a record has no document of it
    rank     : (K,) place of the technology itself among all whose first profile is compared, 1 = most alike; nan likewise
    p_value  : (K,) rank over K: the chance of so high a place if the second record meant something else
    """

    likeness: Floats
    rank: Floats
    p_value: Floats


def same_company(first: Floats, second: Floats, own: Floats) -> SameCompany:
    """Whether words that two records share mean the same: the company of a technology's documents, without its own terms.

    A profile holds, for every term, the log of how much oftener the technology's documents use it than all documents of
    that record (positive part, one document added to both sides; compare Church and Hanks 1990, Computational Linguistics
    16(1)). Profiles are compared over terms that belong to neither technology, so that the terms by which documents were
    chosen say nothing.

    first, second : (1 + K, 1 + V) documents; the first row holds the whole record, the first column all documents of the
        row, the others those of them that use a term
    own           : (K, V) 1 where the term is the technology's own
    Returns SameCompany. Raises  InputError where the arrays do not fit.

    >>> own = np.eye(2, 4)
    >>> found = same_company(np.array([[90, 9, 9, 9, 9], [9, 9, 0, 8, 0], [9, 0, 9, 0, 8.0]]),
    ...     np.array([[50, 5, 5, 8, 2], [5, 5, 0, 4, 0], [5, 0, 5, 4, 0.0]]), own)
    >>> found.rank.tolist()
    [1.0, 2.0]
    """
    if not first.shape == second.shape == (1 + own.shape[0], 1 + own.shape[1]):
        raise InputError(
            f"profiles of shapes {first.shape} and {second.shape} do not fit",
            where="same_company",
            try_next="look the same terms up in both records",
        )
    others = 1 - own
    x, y = _excess(first) * others, _excess(second) * others
    dot = y @ x.T  # second profile of the row's technology, first of the column's
    lengths = np.sqrt((y**2 @ others.T) * (others @ (x**2).T))
    cosine = np.divide(dot, lengths, out=np.zeros_like(dot), where=lengths > 1e-12)
    cosine = np.round(cosine, 9)
    self_ = np.diagonal(cosine)[:, None]
    known = (first[1:, 0] > 0) & (second[1:, 0] > 0)
    # Of equals, half come before.
    place = 1.0 + (cosine > self_).sum(axis=1) + ((cosine == self_).sum(axis=1) - 1) / 2
    rank = np.where(known, place, np.nan)
    return SameCompany(np.where(known, self_[:, 0], np.nan), rank, rank / max(len(own), 1))


def _excess(documents: Floats) -> Floats:
    """(K, V) from (1 + K, 1 + V)."""
    share = documents[0, 1:] / max(float(documents[0, 0]), 1.0)
    return np.asarray(np.maximum(np.log((documents[1:, 1:] + 1) / (documents[1:, :1] * share + 1)), 0.0))


def _checked(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        raise InputError(f"no column {absent[0]!r}", where=where, try_next="hand in unit, term and weight")
    own = frame.select(
        pl.col("unit").cast(pl.String), pl.col("term").cast(pl.String), pl.col("weight").cast(pl.Float64)
    )
    wrong = own.filter(~(pl.col("weight").is_finite() & (pl.col("weight") > 0)).fill_null(False))
    if wrong.height:
        unit, term, weight = wrong.row(0)
        raise InputError(f"weight {weight}", where=f"{where}: {unit!r}, {term!r}", try_next="weights must be above 0")
    return own.sort("unit", "term", "weight").group_by("unit", "term", maintain_order=True).agg(pl.col("weight").sum())


def _features(frame: pl.DataFrame) -> pl.DataFrame:
    """Terms, and beside every phrase its words."""
    words = frame.with_columns(pl.col("term").str.split(" ").alias("word")).filter(pl.col("word").list.len() > 1)
    parts = words.explode("word").select("unit", term="word", weight=WORD_WEIGHT * pl.col("weight"))
    every = pl.concat([frame, parts]).filter(pl.col("term").str.len_chars() > 0)
    return (
        every.sort("unit", "term", "weight").group_by("unit", "term", maintain_order=True).agg(pl.col("weight").sum())
    )


def _vectors(
    a: pl.DataFrame, b: pl.DataFrame, left: list[str], right: list[str]
) -> tuple[sparse.csr_matrix, sparse.csr_matrix, npt.NDArray[np.int64]]:
    """Rows of length 1, and the number of units that use each feature."""
    features = [_features(own) for own in (a, b)]
    names = pl.concat([own.select("term") for own in features]).unique().sort("term").with_row_index("column")
    matrices = []
    for own, units in zip(features, (left, right), strict=True):
        placed = own.join(names, on="term", maintain_order="left").join(
            pl.DataFrame({"unit": units}).with_row_index("row"), on="unit", maintain_order="left"
        )
        cells = (placed["row"].to_numpy(), placed["column"].to_numpy())
        matrices.append(sparse.csr_matrix((placed["weight"].to_numpy(), cells), shape=(len(units), names.height)))
    frequency = np.asarray(sum((m > 0).sum(axis=0) for m in matrices)).ravel().astype(np.int64)
    inverse = np.log((1 + len(left) + len(right)) / (1 + frequency)) + 1
    x, y = (_unit_rows(sparse.csr_matrix(m.multiply(inverse))) for m in matrices)
    return x, y, frequency


def _unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-12)) @ matrix)


def _axes(matrix: sparse.csr_matrix, dimensions: int) -> Floats:
    """(features, r) leading right singular vectors, from the small side's full decomposition: no random start."""
    gram = (matrix @ matrix.T).toarray()
    u, s, _ = svd(gram)
    kept = int(min(dimensions, (s > 1e-10 * s[0]).sum()))
    return np.asarray(matrix.T @ (u[:, :kept] / np.sqrt(s[:kept])))


def _cosines(x: sparse.csr_matrix, y: sparse.csr_matrix) -> Floats:
    return np.asarray((x @ y.T).toarray(), dtype=np.float64)


def _latent_cosines(x: sparse.csr_matrix, y: sparse.csr_matrix, axes: Floats) -> Floats:
    a, b = (_rows_of_length_one(np.asarray(own @ axes)) for own in (x, y))
    return np.clip(np.asarray(a @ b.T), 0.0, 1.0)


def _rows_of_length_one(values: Floats) -> Floats:
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(np.divide(values, length, out=np.zeros_like(values), where=length > 1e-9))


def _chance(
    x: sparse.csr_matrix,
    y: sparse.csr_matrix,
    axes: Floats,
    frequency: npt.NDArray[np.int64],
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    """(draws, left) best scores of left units whose features were swapped for others that as many units use."""
    band = np.round(2 * np.log2(np.maximum(frequency, 1))).astype(np.int64)
    groups = [np.flatnonzero(band == own) for own in np.unique(band)]
    found = np.empty((draws, x.shape[0]))
    for draw in range(draws):
        swap = np.arange(len(frequency))
        for group in groups:
            swap[group] = rng.permutation(group)
        other = sparse.csr_matrix((x.data, swap[x.indices], x.indptr), shape=x.shape)
        score = TERM_SHARE * _cosines(other, y) + (1 - TERM_SHARE) * _latent_cosines(other, y, axes)
        found[draw] = score.max(axis=1)
    return found


def _decided(
    left: list[str],
    right: list[str],
    term: Floats,
    latent: Floats,
    score: Floats,
    chance: Floats,
    level: float,
    most: int,
) -> RecordMatch:
    score, ordered = np.round(score, 9), np.sort(np.round(chance, 9).ravel())
    p = (1 + len(ordered) - np.searchsorted(ordered, score)) / (1 + len(ordered))
    best_p = p.min(axis=1)
    threshold = _threshold(score.max(axis=1), best_p, level)
    order = np.argsort(-score, axis=1, kind="stable")[:, :most]
    row = np.repeat(np.arange(len(left)), order.shape[1])
    column = order.ravel()
    q = false_discovery_control(best_p)
    pairs = pl.DataFrame(
        {
            "left": [left[i] for i in row],
            "right": [right[j] for j in column],
            "term_score": np.round(term[row, column], 4),
            "latent_score": np.round(latent[row, column], 4),
            "score": np.round(score[row, column], 4),
            "p_value": np.round(p[row, column], 6),
            "q_value": np.round(np.maximum(q[row], p[row, column]), 6),
            "is_match": score[row, column] >= (threshold if np.isfinite(threshold) else np.inf),
            "rank": np.tile(np.arange(1, order.shape[1] + 1), len(left)),
        }
    )
    false = float((ordered >= threshold).mean() * len(left)) if np.isfinite(threshold) else 0.0
    return RecordMatch(pairs, threshold, float(np.median(ordered)), 1 / len(right), false)


def _threshold(best: Floats, p: Floats, level: float) -> float:
    """The lowest best score whose false discovery rate is at most ``level``; nan where there is none."""
    good = false_discovery_control(p) <= level
    return float(best[good].min()) if good.any() else float("nan")


def _no_pairs() -> pl.DataFrame:
    numbers = {name: pl.Float64 for name in ("term_score", "latent_score", "score", "p_value", "q_value")}
    return pl.DataFrame(
        schema={"left": pl.String, "right": pl.String, **numbers, "is_match": pl.Boolean, "rank": pl.Int64}
    )
