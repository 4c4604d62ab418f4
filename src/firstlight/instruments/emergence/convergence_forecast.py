"""How likely each unlinked pair of terms is to be joined: an additive forecast, trained on outcomes already known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.emergence.convergence import (
    DrawnPairs,
    Floats,
    Ints,
    TermNetwork,
    is_linked,
)
from firstlight.instruments.emergence.convergence_features import (
    FEATURES,
    GROUPS,
    node_figures,
    unit_rows,
)

BLOCK = 500  # terms against all others at a time
# Sums over both terms, and last the cosine of their contexts: one matrix product reads them for every pair.
QUICK = (
    *(
        "documents",
        "degree",
        "company_size",
        "recent_documents",
        "recent_degree",
        "gained_1",
        "gained_3",
    ),
    "context_cosine",
)
# Inverse of the ridge. On arXiv's 2007 and 2010 a hundred joined pairs lead the indices with it, and ten thousand lose nothing.
RIDGE = 0.01
LEAST_JOINED = (
    100  # pairs known to have been joined, and as many not, from which a forecast is trained
)


@dataclass(frozen=True)
class LinkForecast:
    """Probabilities that n pairs are joined.

    probability   : (n,)
    contributions : group of figures -> (n,) log-odds against a pair with the mean of every figure; with the baseline
                    they add up exactly to the log-odds
    baseline      : log-odds of that pair
    trained_on    : the year from which known outcomes were forecast
    """

    probability: Floats
    contributions: Mapping[str, Floats]
    baseline: float
    trained_on: int


@dataclass(frozen=True)
class LinkModel:
    """Ridge logistic regression on standardised figures.

    slopes : (F,) log-odds for a unit of each figure; middle : (F,) the mean figure of all unlinked pairs
    baseline : log-odds of a pair with those figures, at the true base rate
    window_count : documents of the five years up to the year trained on
    """

    slopes: Floats
    middle: Floats
    baseline: float
    trained_on: int
    window_count: int

    def forecast(self, figures: Floats, network: TermNetwork) -> LinkForecast:
        """Probabilities for pairs of the network with these figures, (n, F) in the order of FEATURES.

        Two terms in n_i and n_j of N documents meet by chance in n_i n_j / N of as many later ones: with the figures as
        they are, a record twice as large halves the odds. The baseline carries that, so it moves no ranking.
        """
        baseline = self.baseline - float(np.log(network.window_count / self.window_count))
        parts = (figures - self.middle) * self.slopes
        column = {name: place for place, name in enumerate(FEATURES)}
        told = {
            group: parts[:, [column[name] for name in names]].sum(axis=1)
            for group, names in GROUPS.items()
        }
        odds = baseline + sum(told.values(), np.zeros(len(figures)))
        return LinkForecast(expit(odds), told, baseline, self.trained_on)


def is_enough(drawn: DrawnPairs) -> bool:
    """Whether enough pairs of either kind are known to train on."""
    joined = int(drawn.is_joined.sum())
    return min(joined, len(drawn.first) - joined) >= LEAST_JOINED


def fit_links(figures: Floats, drawn: DrawnPairs, network: TermNetwork) -> LinkModel:
    """Fit on pairs drawn apart by outcome; the constant is then moved to the true base rate.

    Drawing by outcome leaves slopes as they are and shifts the constant by the log of the ratio of the rates at which
    either kind was drawn (King and Zeng 2001, Political Analysis 9(2)).

    figures : (n, F) of the pairs drawn in ``network``
    Raises  InputError where fewer than 100 pairs of either kind are known.
    """
    joined = int(drawn.is_joined.sum())
    if not is_enough(drawn):
        raise InputError(
            f"only {joined} of {len(figures)} pairs of terms are known to have been joined since {network.year}",
            where="pairs to train on",
            try_next=f"bring a record with more years or more documents; {LEAST_JOINED} of either kind are needed",
        )
    weight = drawn.weights()
    middle = np.average(figures, axis=0, weights=weight)
    scale = np.sqrt(np.average((figures - middle) ** 2, axis=0, weights=weight))
    scale = np.where(scale > 1e-9, scale, 1.0)
    with threadpool_limits(1):
        model = LogisticRegression(C=RIDGE, max_iter=2000, tol=1e-6).fit(
            (figures - middle) / scale, drawn.is_joined
        )
    slopes = np.round(model.coef_[0], 9) / scale
    rate, drawn_rate = drawn.base_rate, joined / len(figures)
    shift = np.log(rate / (1 - rate)) - np.log(drawn_rate / (1 - drawn_rate))
    return LinkModel(
        slopes,
        middle,
        round(float(model.intercept_[0] + shift), 9),
        network.year,
        network.window_count,
    )


@dataclass(frozen=True)
class Shortlist:
    """The n pairs (first, second) that stand highest by figures that need no common neighbours."""

    first: Ints
    second: Ints


def shortlist(
    network: TermNetwork,
    drawn: DrawnPairs,
    figures: Floats,
    now: TermNetwork,
    *,
    group: Ints | None = None,
    least_degree: int = 0,
    most: int = 20_000,
) -> Shortlist:
    """Unlinked pairs of ``now`` to read closely, the best of them all by a forecast that is quick enough for every pair.

    Common neighbours of a hundred million pairs take minutes. A sum over both terms and the cosine of their contexts take
    seconds, as one matrix product; what stands highest by a forecast from these alone is read in full afterwards.

    figures      : (n, F) of the pairs drawn in ``network``, to train on
    group        : (V,) the technology of each term of ``now``; only pairs of two technologies are listed, and none of -1
    least_degree : of both terms
    """
    column = {name: place for place, name in enumerate(FEATURES)}
    quick = figures[:, [column[name] for name in QUICK]]
    scale = np.maximum(quick.std(axis=0), 1e-9)
    with threadpool_limits(1):
        model = LogisticRegression(C=RIDGE, max_iter=2000, tol=1e-6).fit(
            quick / scale, drawn.is_joined
        )
    slopes = np.round(model.coef_[0] / scale, 9)
    own = node_figures(now)
    score = np.column_stack([np.log1p(own[name]) for name in QUICK[:-1]]) @ slopes[:-1]
    unit = unit_rows(now.context) * np.sqrt(abs(slopes[-1]))
    sign = float(np.sign(slopes[-1]))
    able = (
        now.degree >= least_degree if group is None else (now.degree >= least_degree) & (group >= 0)
    )
    rows = np.flatnonzero(able)
    left = np.column_stack([unit[rows] * sign, score[rows], np.ones(len(rows))]).astype(np.float32)
    right = np.column_stack([unit[rows], np.ones(len(rows)), score[rows]]).astype(np.float32)
    return _highest(now, rows, left, right, None if group is None else group[rows], most)


def _highest(
    now: TermNetwork,
    rows: Ints,
    left: npt.NDArray[np.float32],
    right: npt.NDArray[np.float32],
    group: Ints | None,
    most: int,
) -> Shortlist:
    """The pairs of ``rows`` with the highest products of left and right, without those linked or of one group."""
    size = len(rows)
    cut = _cut(now, rows, left, right, group, most)
    firsts, seconds, scores = [], [], []
    with threadpool_limits(1):
        for start in range(0, size, BLOCK):
            stop = min(start + BLOCK, size)
            found = left[start:stop] @ right[start:].T
            i, j = np.divmod(np.flatnonzero(found > cut), size - start)
            kept = j > i
            if group is not None:
                kept &= group[start + i] != group[start + j]
            i, j = i[kept], j[kept]
            new = ~is_linked(now, rows[start + i], rows[start + j])
            firsts.append(start + i[new])
            seconds.append(start + j[new])
            scores.append(found[i[new], j[new]])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    order = np.lexsort((second, first, -np.round(np.concatenate(scores), 4)))[:most]
    return Shortlist(rows[first[order]], rows[second[order]])


def _cut(
    now: TermNetwork,
    rows: Ints,
    left: npt.NDArray[np.float32],
    right: npt.NDArray[np.float32],
    group: Ints | None,
    most: int,
) -> float:
    """A score that about twice as many pairs to list exceed as are wanted, read from 250,000; few need none."""
    size = len(left)
    pairs = size * (size - 1) // 2
    if pairs <= 50 * most:
        return -np.inf
    i, j = np.random.default_rng(0).integers(0, size, (2, 250_000))
    fit = (i != j) & ~is_linked(now, rows[i], rows[j])
    if group is not None:
        fit &= group[i] != group[j]
    drawn = np.einsum("ij,ij->i", left[i[fit]], right[j[fit]])
    return float(np.quantile(drawn, 1 - min(2 * most / (pairs * fit.mean()), 1.0)))
