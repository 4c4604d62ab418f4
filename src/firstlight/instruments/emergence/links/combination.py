"""The combination of all figures of a pair: a logistic regression on earlier years' outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# figure -> what is added before its logarithm is taken; None where it is read as it is
SCALES: Mapping[str, float | None] = {
    "product_of_sizes": None,
    "product_of_growth": None,
    "common_neighbours": 1.0,
    "adamic_adar": 0.1,
    "resource_allocation": 0.001,
    "shared_paths": 0.01,
    "cosine": 0.01,
    "latent_cosine": None,
}
OTHERS = 10_000  # candidates of a year without a new link that are read, each for as many as left
FEWEST_NEW_LINKS = 50  # on earlier years, to learn from
RIDGE = 10.0  # penalty on a standardised coefficient
STEPS = 50
TOLERANCE = 1e-12  # mean slope of the likelihood at which the steps end
DECIMALS = 9  # of log-odds


@dataclass(frozen=True)
class Sample:
    """What is learnt from one year: all new links, and every so many of the other candidates.

    design : (n, F); came : (n,); weights : (n,) candidates that each row stands for
    """

    design: Floats
    came: Flags
    weights: Floats


@dataclass(frozen=True)
class Fitted:
    """Coefficients of standardised figures, the constant first."""

    centre: Floats
    spread: Floats
    coefficients: Floats

    def log_odds(self, design: Floats) -> Floats:
        """(P,) log-odds of a new link, the same whatever the threads."""
        slopes = self.coefficients[1:] / self.spread
        constant = self.coefficients[0] - self.centre @ slopes
        with threadpool_limits(1):
            log_odds: Floats = np.round(constant + design @ slopes, DECIMALS)
        return log_odds


def design_of(figures: Mapping[str, Floats], has_met: Flags) -> Floats:
    """(P, F) figures as the regression reads them, and whether the pair has met."""
    columns = []
    for name, added in SCALES.items():
        values = figures[name]
        columns.append(values if added is None else np.log(np.maximum(values, 0.0) + added))
    return np.column_stack([*columns, has_met.astype(np.float64)])


def sample_of(design: Floats, came: Flags) -> Sample:
    """The rows of a year that are learnt from, the same ones whatever the machine."""
    new, others = np.flatnonzero(came), np.flatnonzero(~came)
    chosen = others[:: max(1, -(-len(others) // OTHERS))]
    stands_for = len(others) / max(len(chosen), 1)
    rows = np.concatenate([new, chosen])
    weights = np.concatenate([np.ones(len(new)), np.full(len(chosen), stands_for)])
    return Sample(design[rows], came[rows], weights)


def fit(samples: Sequence[Sample]) -> Fitted | None:
    """A ridge logistic regression on standardised figures.

    None where too few new links are known, where every candidate was one, or where the steps did
    not come to an end.

    Source: le Cessie and van Houwelingen (1992), Ridge estimators in logistic regression, Applied
    Statistics 41(1), 191-201.
    """
    if sum(int(one.came.sum()) for one in samples) < FEWEST_NEW_LINKS:
        return None
    came = np.concatenate([one.came for one in samples])
    if came.all():
        return None
    design = np.vstack([one.design for one in samples])
    weights = np.concatenate([one.weights for one in samples])
    centre = np.average(design, axis=0, weights=weights)
    spread = np.sqrt(np.average((design - centre) ** 2, axis=0, weights=weights))
    # A figure that is the same for all says nothing, and must not be divided by 0.
    spread = np.where(spread > 0, spread, 1.0)
    from sklearn.linear_model import LogisticRegression  # who links nothing starts without it

    model = LogisticRegression(C=1 / RIDGE, solver="newton-cholesky", tol=TOLERANCE, max_iter=STEPS)
    with threadpool_limits(1):
        model.fit((design - centre) / spread, came, sample_weight=weights)
    if model.n_iter_[0] >= STEPS:
        return None
    return Fitted(centre, spread, np.concatenate([model.intercept_, model.coef_[0]]))
