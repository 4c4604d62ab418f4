"""Figures of pairs of technologies at the end of FY: the standard rules of link prediction.

Two technologies are neighbours where at least two documents of FY-4..FY hold both, and more than
their sizes explain. Each figure ranks candidates by itself, higher ones first; of equal ones the
pair of larger technologies comes first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from firstlight.instruments.emergence.forecast.rules import growth_three_years
from firstlight.instruments.emergence.links.pairs import Candidates
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.numerics.common_neighbours import common_neighbour_scores

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SIZES = "product_of_sizes"  # preferential attachment: the crudest rule
FEWEST_AS_NEIGHBOURS = 2  # documents of FY-4..FY that hold both
AXES = 50  # of the truncated singular value decomposition
TIE = 1e-9  # weight of sizes where a figure is equal
DECIMALS = 9  # figures that differ by less are equal: sums of floats differ with the machine


def neighbours(pairs: Candidates) -> Flags:
    """(K, K) technologies that stand together more often than their sizes explain."""
    expected = np.outer(pairs.documents, pairs.documents) / max(pairs.total, 1.0)
    return (pairs.recent >= FEWEST_AS_NEIGHBOURS) & (pairs.recent > expected)


def profiles(pairs: Candidates) -> Floats:
    """(K, K) positive pointwise mutual information of the documents of FY-4..FY.

    log(n_ab N / (n_a n_b)) where it is above 0.
    Source: Church and Hanks (1990), Word association norms, mutual information, and lexicography,
    Computational Linguistics 16(1), 22-29.
    """
    expected = np.outer(pairs.documents, pairs.documents) / max(pairs.total, 1.0)
    ratio = np.divide(pairs.recent, expected, out=np.zeros_like(expected), where=expected > 0)
    information: Floats = np.log(np.maximum(ratio, 1.0))
    return information


def figures(survey: Survey, pairs: Candidates) -> dict[str, Floats]:
    """Rule -> (P,) figure of each candidate.

    Source: Liben-Nowell and Kleinberg (2007), The link-prediction problem for social networks,
    Journal of the American Society for Information Science and Technology 58(7), 1019-1031
    (common neighbours, preferential attachment); Adamic and Adar (2003), Friends and neighbors on
    the web, Social Networks 25(3), 211-230; Zhou, Lu and Zhang (2009), Predicting missing links via
    local information, European Physical Journal B 71, 623-630 (resource allocation).
    """
    with threadpool_limits(1):  # sums in one order, whatever the threads
        squares = _squares(pairs)
    one, other = pairs.one, pairs.other
    size = np.log(np.maximum(pairs.documents, 1.0))
    # Where the years before can't be compared nothing tells growth apart, and sizes decide.
    growth = np.nan_to_num(growth_three_years(survey.counts.take(pairs.rows)))
    found = {name: square[one, other] for name, square in squares.items()}
    found["product_of_growth"] = growth[one] + growth[other]
    product = size[one] + size[other]
    rounded = {name: np.round(values, DECIMALS) + TIE * product for name, values in found.items()}
    return {SIZES: product} | rounded


def _squares(pairs: Candidates) -> dict[str, Floats]:
    """Rule -> (K, K)."""
    adjacent = neighbours(pairs).astype(np.float64)
    information = profiles(pairs)
    paths = pairs.recent / np.maximum(pairs.documents, 1.0)[:, None]
    return common_neighbour_scores(adjacent) | {
        "shared_paths": pairs.recent @ paths,
        "cosine": _cosines(information),
        "latent_cosine": _cosines(_embedding(information)),
    }


def _cosines(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.maximum(length, 1e-12)[:, None]
    cosines: Floats = unit @ unit.T
    return cosines


def _embedding(information: Floats) -> Floats:
    """(K, A) coordinates on the largest axes, by the square roots of the singular values."""
    axes = min(AXES, len(information) // 3)
    if axes < 1:
        return np.zeros((len(information), 1))
    # the matrix is symmetric: its singular values are the sizes of its eigenvalues
    values, vectors = np.linalg.eigh(information)
    largest = np.argsort(-np.abs(values), kind="stable")[:axes]
    coordinates: Floats = vectors[:, largest] * np.sqrt(np.abs(values[largest]))
    return coordinates
