"""How likely each technology is to take off: an additive forecast, trained on earlier years only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.emergence.features import ALL_FEATURES, NEWCOMER_FEATURES, Features, rank, read_features
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.targets import exceptional_since_now, exceptional_since_peak, peak_index
from firstlight.instruments.emergence.trend_forecast import probability_of_growth

Floats = npt.NDArray[np.float64]
TARGETS = ("B", "A")  # B since the forecast year, A since the peak
CHANCE = "chance"  # the place of a technology by the shrunken trend's own probability of the target
EVERYTHING = (*ALL_FEATURES, CHANCE)
READ = {"B": NEWCOMER_FEATURES, "A": EVERYTHING}  # B reads everything where newcomers are not known
# Log-odds for a technology's place by the trend's chance, not trained: what a trend means for growth after the forecast
# year turns round between periods, so a weight learnt in one reverses the list of the next.
FIXED = {"B": 1.0, "A": 0.0}
LEAST_POSITIVES = 20  # among the outcomes trained on, and as many others; with fewer, the trend alone speaks
ASSUMED_RATE = {"B": 0.12, "A": 0.03}  # of exceptional growth on the arXiv record; weighs ten cases beside those known
EDGE = 1e-4


@dataclass(frozen=True)
class Forecast:
    """Probabilities that K technologies grow exceptionally over the horizon.

    forecast_year, horizon, target : what is forecast, from when
    probability   : (K,); low, high : (K,) 90% interval, log-odds -+ 1.645 sd over resampled lineages; nan by trend alone
    contributions : feature -> (K,) log-odds against a technology in the middle of its year; they add up exactly
    baseline      : log-odds of that technology in the middle
    trained_on    : forecast years whose outcomes were known
    method        : "logistic", or "trend" where too little is known to train
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
        """Probabilities at ``year``; with ``resamples``, a 90% interval from resampling the lineages trained on.

        Ridge logistic regression on the technologies' places within their year, from -.5 to .5, and the squares of
        those places: what was high or low among its contemporaries keeps its meaning while the record grows. Target B
        adds a fixed weight for the place by the shrunken trend. Where fewer than 20 outcomes of either kind are known,
        half the log-odds of the shrunken trend, moved to the base rate, is all.

        Raises  InputError for a year without a survey.
        """
        if year not in self.surveys or target not in TARGETS:
            raise InputError(
                f"no forecast of target {target} from {year}",
                where=f"surveys of {', '.join(map(str, sorted(self.surveys)))}",
                try_next="choose one of those years, and target A or B",
            )
        years = self.training_years(year, target)
        table = _training_table(self, years, target, year)
        places = self._places(year, target)
        if not table.is_enough():
            odds = self._by_trend(year, target, table)
            parts = {"trend": odds - float(np.median(odds))} if len(odds) else {}
            return Forecast(
                year,
                self.horizon,
                target,
                expit(odds),
                np.full(len(odds), np.nan),
                np.full(len(odds), np.nan),
                parts,
                float(np.median(odds)) if len(odds) else 0.0,
                years,
                "trend",
            )
        x = np.column_stack([places[name] for name in table.names])
        intercept, slopes, curves = table.fit(np.ones(len(table.outcomes)))
        parts = {name: slopes[i] * x[:, i] + curves[i] * x[:, i] ** 2 for i, name in enumerate(table.names)}
        fixed = FIXED[target] * places[CHANCE]
        if FIXED[target]:
            parts[CHANCE] = parts.get(CHANCE, 0.0) + fixed
        odds = intercept + x @ slopes + x**2 @ curves + fixed
        spread = np.zeros(len(odds))
        if resamples > 1:
            draws = [table.fit(table.resampled(seed)) for seed in range(resamples)]
            spread = np.std([a + x @ b + x**2 @ c for a, b, c in draws], axis=0, ddof=1)
        return Forecast(
            year,
            self.horizon,
            target,
            expit(odds),
            expit(odds - 1.645 * spread),
            expit(odds + 1.645 * spread),
            parts,
            intercept,
            years,
            "logistic",
        )

    def _places(self, year: int, target: str) -> dict[str, Floats]:
        """Places within the year of everything that the target's forecast may read."""
        if (year, target) not in self._placed:
            self._placed[year, target] = {**self.features(year).ranks, CHANCE: rank(self.trend_odds(year, target))}
        return self._placed[year, target]

    def _by_trend(self, year: int, target: str, table: _Table) -> Floats:
        half = 0.5 * self.trend_odds(year, target)  # half, for its own uncertainty leaves out what no trend can know
        known = len(table.outcomes)
        rate = (table.outcomes.sum() + 10 * ASSUMED_RATE[target]) / (known + 10)
        return np.round(half + _shift_to(half, rate), 9) if len(half) else half

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
        return np.asarray(logit(np.clip(np.nan_to_num(chance, nan=EDGE), EDGE, 1 - EDGE)), dtype=np.float64)


@dataclass(frozen=True)
class _Table:
    """Rows to train on: places (n, F), outcomes (n,) of 0 and 1, and the lineage of each row."""

    names: tuple[str, ...]
    places: Floats
    outcomes: Floats
    lineage: npt.NDArray[np.int64]

    def is_enough(self) -> bool:
        positives = self.outcomes.sum()
        return bool(len(self.names) and min(positives, len(self.outcomes) - positives) >= LEAST_POSITIVES)

    def fit(self, weight: Floats) -> tuple[float, Floats, Floats]:
        """Intercept, slopes (F,) and curves (F,)."""
        with threadpool_limits(1):
            model = LogisticRegression(C=1.0, max_iter=1000, tol=1e-8).fit(
                np.hstack([self.places, self.places**2]), self.outcomes, sample_weight=weight
            )
        found = np.round(model.coef_[0], 9)
        return round(float(model.intercept_[0]), 9), found[: len(self.names)], found[len(self.names) :]

    def resampled(self, seed: int) -> Floats:
        """How often each row is drawn when whole lineages are drawn with replacement."""
        size = int(self.lineage.max(initial=0)) + 1
        drawn = np.random.default_rng(seed).integers(0, size, size)
        return np.asarray(np.bincount(drawn, minlength=size)[self.lineage], dtype=np.float64)


def _training_table(forecaster: Forecaster, years: Sequence[int], target: str, known_at: int) -> _Table:
    now = forecaster._places(known_at, target)
    past = {year: forecaster._places(year, target) for year in years}
    known_names = [name for name in EVERYTHING if name in now and all(name in own for own in past.values())]
    reads = READ[target] if set(READ[target]) <= set(known_names) else EVERYTHING
    names = tuple(name for name in reads if name in known_names)
    places, outcomes, ids = [np.zeros((0, len(names)))], [np.zeros(0)], []
    for year in years:
        found = forecaster.outcomes(year, target, known_at)
        if found is None:
            continue
        known = ~np.isnan(found)
        own = forecaster.lineage.get(year) or [f"{year}:{i}" for i in range(len(found))]
        places.append(np.column_stack([past[year][name] for name in names])[known])
        outcomes.append(found[known])
        ids += [name for name, is_known in zip(own, known, strict=True) if is_known]
    _, lineage = np.unique(np.array(ids, dtype=str), return_inverse=True)
    return _Table(names, np.concatenate(places), np.concatenate(outcomes), lineage)


def _shift_to(odds: Floats, rate: float) -> float:
    """The constant that brings the mean probability to ``rate`` (bisection; monotone)."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(expit(odds + middle).mean()) < rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2
