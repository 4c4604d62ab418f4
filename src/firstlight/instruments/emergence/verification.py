"""Forecasts beside what happened: ours and every baseline's, each made as it could have been made in its year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence import skill
from firstlight.instruments.emergence.baselines import BASELINES, Baseline
from firstlight.instruments.emergence.forecasts import Forecaster

Floats = npt.NDArray[np.float64]
OURS = "firstlight"
METHODS = (OURS, *(name for name, _, _ in BASELINES))


@dataclass(frozen=True)
class Verification:
    """One method's n forecasts whose outcome is known, from one or several forecast years.

    year       : (n,) forecast years; lineage : (n,) persistent ids
    scores     : (n,), probabilities for ours; called : (n,) scores at or above the cut of their year
    outcomes   : (n,) of 0 and 1
    coverage   : forecast year -> share of its documents in the technologies scored
    known_rate : forecast year -> base rate of the outcomes known at its end, which it could learn from; nan without any
    unknown    : forecast year -> forecasts left out, for their outcome is not known
    """

    method: str
    year: npt.NDArray[np.int64]
    lineage: npt.NDArray[np.str_]
    scores: Floats
    called: npt.NDArray[np.bool_]
    outcomes: Floats
    coverage: Mapping[int, float]
    known_rate: Mapping[int, float]
    unknown: Mapping[int, int]

    def of(self, years: Sequence[int]) -> Verification:
        """The forecasts of some of its years."""
        own = np.isin(self.year, years)
        return Verification(
            self.method,
            self.year[own],
            self.lineage[own],
            self.scores[own],
            self.called[own],
            self.outcomes[own],
            {y: value for y, value in self.coverage.items() if y in years},
            {y: value for y, value in self.known_rate.items() if y in years},
            {y: value for y, value in self.unknown.items() if y in years},
        )

    def reference(self) -> Floats:
        """(n,) base rate known at the end of each forecast's year: the constant probability that it could have been."""
        return np.array([self.known_rate[int(year)] for year in self.year], dtype=np.float64)


def verify(
    forecaster: Forecaster, target: str, years: Sequence[int], known_at: int
) -> dict[str, Verification]:
    """Forecasts of every method from ``years``, beside the outcomes known at the end of ``known_at``.

    A baseline calls what scores at or above the cut with the best CSI on the outcomes known at the end of the forecast
    year; ours calls what maximises the expected CSI under its own probabilities. Where a baseline has no score it ranks
    a technology last. Years without a known outcome are left out.

    Returns method -> Verification, ours first.
    """
    outcomes = {year: forecaster.outcomes(year, target, known_at) for year in years}
    scored = [
        year for year, found in outcomes.items() if found is not None and not np.isnan(found).all()
    ]
    learnt = {year: _learnt(forecaster, target, year) for year in scored}
    rates = {year: _rate(list(learnt[year].values())) for year in scored}
    found = {}
    for method in METHODS:
        scores = _Scores(forecaster, method, target)
        parts = [_year(forecaster, scores, year, outcomes[year], learnt[year]) for year in scored]
        found[method] = Verification(
            method,
            *_joined(parts),
            coverage={year: forecaster.surveys[year].coverage for year in scored},
            known_rate=rates,
            unknown={year: int(np.isnan(outcomes[year]).sum()) for year in scored},  # type: ignore[arg-type]
        )
    return found


Part = tuple[npt.NDArray[np.int64], npt.NDArray[np.str_], Floats, npt.NDArray[np.bool_], Floats]


def _joined(parts: list[Part]) -> Part:
    empty: Part = (
        np.zeros(0, np.int64),
        np.zeros(0, np.str_),
        np.zeros(0),
        np.zeros(0, np.bool_),
        np.zeros(0),
    )
    columns = [np.concatenate(column) for column in zip(empty, *parts, strict=True)]
    return columns[0], columns[1], columns[2], columns[3], columns[4]


def _year(
    forecaster: Forecaster,
    scores: _Scores,
    year: int,
    outcomes: Floats | None,
    learnt: Mapping[int, Floats],
) -> Part:
    assert outcomes is not None
    own = scores.of(year)
    cut = calling_cut(own) if scores.method == OURS else best_cut(scores, learnt)
    known = ~np.isnan(outcomes)
    ids = forecaster.lineage.get(year) or [f"{year}:{i}" for i in range(len(outcomes))]
    return (
        np.full(known.sum(), year),
        np.array(ids, np.str_)[known],
        own[known],
        own[known] >= cut,
        outcomes[known],
    )


def calling_cut(probability: Floats) -> float:
    """The probability from which ours calls a technology: it maximises the expected CSI."""
    return float(skill.expected_csi_threshold(probability).cut) if len(probability) else 0.0


def best_cut(scores: _Scores, learnt: Mapping[int, Floats]) -> float:
    """A baseline's cut with the best CSI on outcomes known; -inf, which calls all, where none came true."""
    known = {year: ~np.isnan(found) for year, found in learnt.items()}
    if not sum(float(np.nansum(found)) for found in learnt.values()):
        return -np.inf
    own = np.concatenate([scores.of(year)[known[year]] for year in learnt])
    return float(
        skill.best_threshold(
            own, np.concatenate([learnt[year][known[year]] for year in learnt])
        ).cut
    )


def _learnt(forecaster: Forecaster, target: str, year: int) -> dict[int, Floats]:
    """Outcomes of earlier forecast years, known at the end of ``year``."""
    found = {
        earlier: forecaster.outcomes(earlier, target, year)
        for earlier in forecaster.training_years(year, target)
    }
    return {earlier: own for earlier, own in found.items() if own is not None}


def _rate(learnt: list[Floats]) -> float:
    known = np.concatenate([np.zeros(0), *learnt])
    known = known[~np.isnan(known)]
    return float(known.mean()) if len(known) else float("nan")


class _Scores:
    """One method's scores by forecast year, computed when first asked for."""

    def __init__(self, forecaster: Forecaster, method: str, target: str) -> None:
        self.forecaster, self.method, self.target = forecaster, method, target
        self._baseline: Baseline | None = {name: own for name, own, _ in BASELINES}.get(method)
        self._kept: dict[int, Floats] = {}

    def of(self, year: int) -> Floats:
        """(technologies,) scores; nothing after ``year`` is read."""
        if year not in self._kept:
            self._kept[year] = self._score(year)
        return self._kept[year]

    def _score(self, year: int) -> Floats:
        if self._baseline is None:
            return self.forecaster.forecast(year, self.target).probability
        survey = self.forecaster.surveys[year].until(year)
        scores = np.asarray(
            self._baseline(survey.counts, survey.totals, len(survey.years) - 1), dtype=np.float64
        )
        lowest = np.nanmin(np.where(np.isfinite(scores), scores, np.nan), initial=0.0)
        return np.where(np.isnan(scores), lowest - 1.0, scores)  # no score: last in the list
