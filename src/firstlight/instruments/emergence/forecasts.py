"""How likely each technology is to take off: an additive forecast whose weights start from those that held before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from firstlight.errors import InputError
from firstlight.instruments.emergence.features import ALL_FEATURES, Features, rank, read_features
from firstlight.instruments.emergence.ridge import Ridge, fit_ridge, intercept_for
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.targets import (
    exceptional_since_now,
    exceptional_since_peak,
    peak_index,
)
from firstlight.instruments.emergence.trend_forecast import probability_of_growth

Floats = npt.NDArray[np.float64]
TARGETS = ("B", "A")  # B since the forecast year, A since the peak
CHANCE = "chance"  # the place of a technology by the shrunken trend's own probability of the target
# The weights that ship: log-odds as a technology moves from the lowest place of its year to the highest, three years
# ahead. Chosen on arXiv forecast years 2009-2012 (docs/explanation/tried.md); a record's own past moves them as far as
# PRIOR_CASES lets it. The trend is fixed for B: what it means turns round between periods, so a weight learnt in one
# reverses the list of the next.
WEIGHT = 1.2
SHIPPED = {
    "new_authors_share": WEIGHT,
    "spread": WEIGHT,
    "need_language": WEIGHT,
    "category_age": -WEIGHT,
}
SHIPPED_SINCE_PEAK = {CHANCE: 8.0, "stage": 4.0}
NAMED = (
    "new_authors_share",
    "need_language",
)  # without either, as in counts, every figure is learnt from nothing
PRIOR_PRECISION = 20.0  # of each shipped weight: a standard deviation of .22
LEARNT_PRECISION = 1.0  # of weights that start from nothing
LEAST_POSITIVES = (
    20  # among the outcomes trained on, and as many others, to learn weights from nothing
)
ASSUMED_CASES = 10  # that the assumed rate weighs beside the outcomes known
EDGE = 1e-4


def assumed_rate(target: str, horizon: int) -> float:
    """The base rate where no outcome is known: about that of the arXiv record, which falls with the horizon.

    >>> round(assumed_rate("B", 3), 3), round(assumed_rate("B", 5), 3), round(assumed_rate("A", 3), 3)
    (0.12, 0.065, 0.03)
    """
    rate, fall = (0.12, 0.31) if target == "B" else (0.03, 0.2)
    return float(rate * np.exp(-fall * (horizon - 3)))


@dataclass(frozen=True)
class Forecast:
    """Probabilities that K technologies grow exceptionally over the horizon.

    forecast_year, horizon, target : what is forecast, from when
    probability   : (K,); low, high : (K,) 90% interval, log-odds -+ 1.645 sd over refits; nan where none were made
    contributions : feature -> (K,) log-odds against a technology in the middle of its year; they add up exactly
    baseline      : log-odds of that technology in the middle
    trained_on    : forecast years whose outcomes were known
    method        : "logistic", or "weights" where no outcome is known and the shipped weights stand alone
    """

    forecast_year: int
    horizon: int
    target: str
    probability: Floats
    low: Floats
    high: Floats
    contributions: Mapping[str, Floats]
    baseline: float
    trained_on: tuple[int, ...]
    method: str


@dataclass
class Forecaster:
    """Forecasts from surveys of several years; asked for a year, it reads nothing that was not known at its end.

    surveys : forecast year -> Survey; every one is cut before it is read, so later documents can't reach a forecast
    lineage : forecast year -> (K,) persistent ids, for resampling whole lineages
    """

    surveys: Mapping[int, Survey]
    lineage: Mapping[int, Sequence[str]] = field(default_factory=dict)
    horizon: int = 3
    _features: dict[int, Features] = field(default_factory=dict, repr=False)
    _placed: dict[tuple[int, str], dict[str, Floats]] = field(default_factory=dict, repr=False)

    def features(self, year: int) -> Features:
        """Figures of one forecast year."""
        if year not in self._features:
            self._features[year] = read_features(self.surveys[year].until(year))
        return self._features[year]

    def outcomes(self, year: int, target: str, known_at: int) -> Floats | None:
        """What became of the technologies of ``year``, if that is known at the end of ``known_at``; else None."""
        if year + self.horizon > known_at:
            return None
        survey = self.surveys[year].until(known_at)
        index = int(np.searchsorted(survey.years, year))
        measure = exceptional_since_now if target == "B" else exceptional_since_peak
        found = measure(survey.counts, survey.totals, index, self.horizon).exceptional
        return None if np.isnan(found).all() else found

    def training_years(self, year: int, target: str) -> tuple[int, ...]:
        """Earlier forecast years whose outcomes were known at the end of ``year``."""
        return tuple(y for y in sorted(self.surveys) if self.outcomes(y, target, year) is not None)

    def forecast(self, year: int, target: str = "B", *, resamples: int = 0) -> Forecast:
        """Probabilities at ``year``; with ``resamples``, a 90% interval from refits.

        Logistic regression on technologies' places within their year, from -.5 to .5: what was high or low among its
        contemporaries keeps its meaning while the record grows. The weights are drawn towards those that ship
        (a ridge centred on them), which grow with the root of the horizon, as signal against noise does; equal weights
        are hard to beat where outcomes are few (Dawes 1979, American Psychologist 34(7), 571-582). A record without
        authors and texts, such as counts, has weights of its own on every figure once 20 outcomes of either kind are known.
        Each refit draws lineages and years with replacement, and the shipped weights from their prior.

        Raises  InputError for a year without a survey.
        """
        if year not in self.surveys or target not in TARGETS:
            raise InputError(
                f"no forecast of target {target} from {year}",
                where=f"surveys of {', '.join(map(str, sorted(self.surveys)))}",
                try_next="choose one of those years, and target A or B",
            )
        table = _training_table(self, self.training_years(year, target), target, year)
        places = self._places(year, target)
        x = (
            np.column_stack([places[name] for name in table.design.names])
            if table.design.names
            else None
        )
        fixed = table.design.fixed * places[CHANCE]
        fit = table.fit(np.ones(len(table.outcomes)))
        parts = table.design.contributions(x, fit, fixed)
        intercept = fit.intercept if len(table.outcomes) else _assumed(parts, target, self.horizon)
        odds = intercept + sum(parts.values(), np.zeros(len(fixed)))
        spread = np.full(len(odds), np.nan)
        if resamples > 1 and len(table.outcomes):
            draws = [table.refit(seed) for seed in range(resamples)]
            none = np.zeros(len(odds))
            drawn = [
                own.intercept + sum(table.design.contributions(x, own, fixed).values(), none)
                for own in draws
            ]
            spread = np.std(np.array(drawn), axis=0, ddof=1)
        return Forecast(
            year,
            self.horizon,
            target,
            expit(odds),
            expit(odds - 1.645 * spread),
            expit(odds + 1.645 * spread),
            parts,
            intercept,
            table.years,
            "logistic" if table.years else "weights",
        )

    def _places(self, year: int, target: str) -> dict[str, Floats]:
        """Places within the year of everything that the target's forecast may read."""
        if (year, target) not in self._placed:
            self._placed[year, target] = {
                **self.features(year).ranks,
                CHANCE: rank(self.trend_odds(year, target)),
            }
        return self._placed[year, target]

    def trend_odds(self, year: int, target: str) -> Floats:
        """Log-odds of growth by the shrunken trend alone."""
        survey = self.surveys[year].until(year)
        now = len(survey.years) - 1
        shares = survey.counts / np.maximum(survey.totals, 1)
        start, span = shares[:, now], np.full(len(shares), float(self.horizon))
        if target == "A":
            peak = np.maximum(peak_index(survey.counts, survey.totals, now), 0)
            start, span = shares[np.arange(len(shares)), peak], now + self.horizon - peak
        chance = probability_of_growth(self.features(year).trend, start, span, self.horizon)
        return np.asarray(
            logit(np.clip(np.nan_to_num(chance, nan=EDGE), EDGE, 1 - EDGE)), dtype=np.float64
        )


@dataclass(frozen=True)
class _Design:
    """What is read, with the weights that it starts from: F names, their prior means and precisions, and squares or not.

    fixed : weight of the place by the trend's chance, where it is not learnt
    """

    names: tuple[str, ...]
    means: Floats
    precisions: Floats
    squares: bool
    fixed: float

    def matrix(self, x: Floats) -> Floats:
        return np.hstack([x, x**2]) if self.squares else x

    def contributions(self, x: Floats | None, fit: Ridge, fixed: Floats) -> dict[str, Floats]:
        """Log-odds of each figure, (K,) each; the fixed one joins what is learnt of the same name."""
        parts: dict[str, Floats] = {}
        for i, name in enumerate(self.names if x is not None else ()):
            assert x is not None
            own = fit.weights[i] * x[:, i]
            parts[name] = (
                own + fit.weights[len(self.names) + i] * x[:, i] ** 2 if self.squares else own
            )
        if self.fixed:
            parts[CHANCE] = parts.get(CHANCE, np.zeros(len(fixed))) + fixed
        return parts


@dataclass(frozen=True)
class _Table:
    """Rows to train on: places (n, F), outcomes (n,) of 0 and 1, fixed log-odds (n,), and each row's lineage and year."""

    design: _Design
    places: Floats
    outcomes: Floats
    fixed: Floats
    lineage: npt.NDArray[np.int64]
    year: npt.NDArray[np.int64]
    years: tuple[int, ...]
    rate: float

    def fit(self, weight: Floats, means: Floats | None = None) -> Ridge:
        """The weights drawn to their prior, and the intercept that brings the mean to the rate known."""
        design = self.design
        prior = design.means if means is None else means
        x = design.matrix(self.places)
        found = fit_ridge(x, self.outcomes, self.fixed, weight, prior, design.precisions)
        odds = self.fixed + x @ found.weights
        known = float(weight.sum())
        rate = (float(weight @ self.outcomes) + ASSUMED_CASES * self.rate) / (known + ASSUMED_CASES)
        return Ridge(intercept_for(odds, rate, weight) if known else 0.0, found.weights)

    def refit(self, seed: int) -> Ridge:
        """Lineages and years drawn with replacement, and the prior's means from the prior."""
        rng = np.random.default_rng(seed)
        weight = _drawn(self.lineage, rng) * _drawn(self.year, rng)
        means = self.design.means + rng.standard_normal(len(self.design.means)) / np.sqrt(
            self.design.precisions
        )
        return self.fit(weight if weight.any() else np.ones(len(weight)), means)


def _drawn(groups: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """How often each row is drawn when whole groups are drawn with replacement."""
    size = int(groups.max(initial=-1)) + 1
    return np.asarray(
        np.bincount(rng.integers(0, size, size), minlength=size)[groups], dtype=np.float64
    )


def _assumed(parts: Mapping[str, Floats], target: str, horizon: int) -> float:
    """The intercept where no outcome is known: the year's mean is the assumed rate."""
    odds = np.asarray(sum(parts.values(), np.zeros(1)))
    return intercept_for(odds, assumed_rate(target, horizon), np.ones(len(odds)))


def _design(names: set[str], target: str, horizon: int, learnable: bool) -> _Design:
    """What the forecast reads of the names known in every year."""
    root = float(np.sqrt(horizon / 3))
    shipped = {name: root * weight for name, weight in SHIPPED.items()}
    if target == "A":
        shipped |= SHIPPED_SINCE_PEAK
    fixed = root * WEIGHT if target == "B" else 0.0
    known = [name for name in shipped if name in names]
    if set(NAMED) & names or (target == "A" and not learnable):
        means = np.array([shipped[name] for name in known])
        return _Design(tuple(known), means, np.full(len(known), PRIOR_PRECISION), False, fixed)
    if not learnable:
        return _Design((), np.zeros(0), np.zeros(0), False, fixed)
    read = tuple(name for name in (*ALL_FEATURES, CHANCE) if name in names)
    size = 2 * len(read)
    return _Design(
        read, np.zeros(size), np.full(size, LEARNT_PRECISION), True, 1.0 if target == "B" else 0.0
    )


def _training_table(
    forecaster: Forecaster, years: Sequence[int], target: str, known_at: int
) -> _Table:
    past = {year: forecaster._places(year, target) for year in years}
    names = set(forecaster._places(known_at, target)).intersection(*past.values())
    kept: list[tuple[int, npt.NDArray[np.bool_], Floats]] = []
    for year in years:
        found = forecaster.outcomes(year, target, known_at)
        if found is not None:
            kept.append((year, ~np.isnan(found), found))
    outcomes = np.concatenate([np.zeros(0), *(found[known] for _, known, found in kept)])
    learnable = min(outcomes.sum(), len(outcomes) - outcomes.sum()) >= LEAST_POSITIVES
    design = _design(names, target, forecaster.horizon, bool(learnable))
    places, chance, ids, of_year = [np.zeros((0, len(design.names)))], [np.zeros(0)], [], []
    for order, (year, known, found) in enumerate(kept):
        own = forecaster.lineage.get(year) or [f"{year}:{i}" for i in range(len(found))]
        if design.names:
            places.append(np.column_stack([past[year][name] for name in design.names])[known])
        chance.append(past[year][CHANCE][known])
        ids += [name for name, is_known in zip(own, known, strict=True) if is_known]
        of_year += [order] * int(known.sum())
    _, lineage = np.unique(np.array(ids, dtype=str), return_inverse=True)
    fixed = design.fixed * np.concatenate(chance)
    x = np.concatenate(places) if design.names else np.zeros((len(outcomes), 0))
    of = np.array(of_year, dtype=np.int64)
    rate = assumed_rate(target, forecaster.horizon)
    return _Table(design, x, outcomes, fixed, lineage.astype(np.int64), of, tuple(years), rate)
