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

__all__ = ["Calibration", "fit_calibration", "match_log_odds", "probability", "shipped_record"]

FOLDER = Path(__file__).parent
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
STEPS = 50  # of Newton's method, which needs a handful
PRIOR = 1.0  # precision of the calibration's two numbers around 0 and 1


@dataclass(frozen=True)
class Calibration:
    """log odds = shift + slope times those of the model; 0 and 1 leave them as they are."""

    shift: float = 0.0
    slope: float = 1.0

    def log_odds(self, given: Floats) -> Floats:
        """The log odds after it."""
        return self.shift + self.slope * given


@cache
def _model() -> tuple[Floats, float]:
    """Weight of each feature, and the constant."""
    kept = json.loads((FOLDER / "match_model.json").read_text(encoding="utf-8"))
    return np.array([kept["weights"][name] for name in FEATURES]), float(kept["constant"])


def match_log_odds(pairs: pl.DataFrame) -> Floats:
    """(n,) log odds that each pair is right, by weights fitted on five corpora.

    Parameters
    ----------
    pairs
        A column for each of ``FEATURES``.

    Returns
    -------
    (n,) log odds.
    """
    weights, constant = _model()
    total = np.full(pairs.height, constant)
    for name, weight in zip(FEATURES, weights, strict=True):
        total += weight * pairs[name].to_numpy()
    return total


def probability(log_odds: Floats) -> Floats:
    """(n,) probabilities from log odds.

    >>> probability(np.array([0.0])).tolist()
    [0.5]
    """
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
    found = centre.copy()
    for _ in range(STEPS):
        expected = probability(x @ found)
        slope = x.T @ (is_right - expected) - prior * (found - centre)
        curvature = (x * (expected * (1 - expected))[:, None]).T @ x + prior * np.eye(2)
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), slope)
        found = found + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return Calibration(float(found[0]), float(found[1]))


def shipped_record() -> pl.DataFrame:
    """How the probabilities did on corpora that the weights have not seen, a row for each."""
    return pl.read_csv(FOLDER / "match_record.csv")
