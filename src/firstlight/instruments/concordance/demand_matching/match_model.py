"""The probability that a result answers a demand, and how well such probabilities have done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.concordance.demand_matching.text_scores import FEATURES

FOLDER = Path(__file__).parent
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
STEPS = 50  # of Newton's method, which needs a handful
LEAST_STEP = 1e-10  # of a coefficient, below which the next digit says nothing
CEILING = float(np.log(0.95 / 0.05))  # of the pairs beyond, on unseen corpora, 95% were right
USUAL_WORDS = 13  # of a demand
WORDS = (4, 40)  # of a demand, nineteen of twenty in the corpora; beyond, nothing is known
PRIOR = 1.0  # precision of the calibration's two numbers around 0 and 1


RECORD = (
    "corpus",
    "language",
    "demands_count",
    "none_share",
    "first_right_share",
    "first_five_right_share",
    "cosine_right_share",
    "chance_right_share",
    "stated_share",
    "stated_probability",
    "stated_right_share",
    "none_recognised_share",
    "calibration_slope",
)


@dataclass(frozen=True)
class Calibration:
    """log odds = shift + slope times those of the model; 0 and 1 leave them as they are."""

    shift: float = 0.0
    slope: float = 1.0

    def log_odds(self, given: Floats) -> Floats:
        """The log odds after it, of those that the model states: no more than its ceiling."""
        return self.shift + self.slope * np.minimum(given, CEILING)


@cache
def _model() -> tuple[Floats, float, Calibration]:
    """Weight of each feature, the constant, and what a longer demand adds to level and slope."""
    kept = json.loads((FOLDER / "match_model.json").read_text(encoding="utf-8"))
    weights = np.array([kept["weights"][name] for name in FEATURES])
    return weights, float(kept["constant"]), Calibration(**kept["by_length"])


def demand_length(words_count: npt.NDArray[np.int_]) -> Floats:
    """(n,) logarithm of a demand's words over the usual number, of those within ``WORDS``.

    >>> demand_length(np.array([13, 40, 400])).round(3).tolist()
    [0.0, 1.124, 1.124]
    """
    return np.log(np.clip(words_count, *WORDS) / USUAL_WORDS)


def match_log_odds(pairs: pl.DataFrame) -> Floats:
    """(n,) log odds that each pair is right, by weights fitted on five corpora, without a ceiling.

    The less a demand says, the less its likeness to a result tells: log odds are drawn towards 0,
    and down, where it is shorter than usual. The order of a demand's results stays.

    Parameters
    ----------
    pairs
        words_count, that of the demand, and a column for each of ``FEATURES``.

    Returns
    -------
    (n,) log odds.
    """
    weights, constant, by_length = _model()
    total = np.full(pairs.height, constant)
    for name, weight in zip(FEATURES, weights, strict=True):
        total += weight * pairs[name].to_numpy()
    length = demand_length(pairs["words_count"].to_numpy())
    longer: Floats = total + length * (by_length.shift + by_length.slope * total)
    return longer


def probability(log_odds: Floats) -> Floats:
    """(n,) probabilities that are stated for log odds, 0.95 at most.

    >>> probability(np.array([0.0, 30.0])).round(9).tolist()
    [0.5, 0.95]
    """
    return _plain(np.minimum(log_odds, CEILING))


def _plain(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds))


def fit_calibration(log_odds: Floats, is_right: Flags, *, prior: float = PRIOR) -> Calibration:
    """The calibration that makes outcomes likeliest, drawn towards none where they are few.

    Parameters
    ----------
    log_odds
        (n,) of the model.
    is_right
        (n,) what came.
    prior
        Precision of the normal prior on the shift around 0 and the slope around 1; 0 for none.

    Returns
    -------
    `Calibration`.

    References
    ----------
    Platt 1999, Advances in Large Margin Classifiers, 61-74; Cox 1958, Biometrika 45, 562-565.
    """
    x = np.stack([np.ones(len(log_odds)), log_odds], axis=1)
    centre = np.array([0.0, 1.0])

    def loss(at: Floats) -> float:
        score = np.where(is_right, -(x @ at), x @ at)
        away = at - centre
        return float(np.logaddexp(0, score).sum() + prior * (away @ away) / 2)

    coefficients = centre.copy()
    for _ in range(STEPS):
        expected = _plain(x @ coefficients)
        slope = x.T @ (is_right - expected) - prior * (coefficients - centre)
        # the prior may be 0, and outcomes that scores tell apart for sure leave no curvature
        curvature = (x * (expected * (1 - expected))[:, None]).T @ x + (prior + 1e-9) * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        while loss(coefficients + step) > loss(coefficients) and np.abs(step).max() > LEAST_STEP:
            step = step / 2  # a whole step may pass the optimum and swing
        coefficients = coefficients + step
        if np.abs(step).max() <= LEAST_STEP:
            break
    return Calibration(float(coefficients[0]), float(coefficients[1]))


def shipped_record() -> pl.DataFrame:
    """How the probabilities did on corpora that the weights have not seen, a row for each."""
    return pl.read_csv(FOLDER / "match_record.csv").select(RECORD)
