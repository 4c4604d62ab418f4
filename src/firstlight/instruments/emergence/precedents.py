"""Precedents: at this age these earlier technologies looked like it, and this became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.spatial.distance import cdist
from scipy.stats import beta

from firstlight.instruments.emergence.features import rank
from firstlight.instruments.emergence.forecasts import CHANCE, Forecaster
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.targets import exceptional_since_now

Floats = npt.NDArray[np.float64]
NEAREST = 5  # listed for each technology
AMONG = 20  # counted for each: how many of them took off
LEAST_WEIGHT = (
    0.25  # of a figure that the forecast does not read, against the one that moves it most
)
FIRST_SEEN = 3  # documents: the year of the third is the year first seen
OLD = 8  # years: technologies of this age and older are of one age
AGE_APART = 2  # years
PATH_BACK = 5  # years before the precedent's year that its path shows
LEVEL = 0.9
_AT_ONCE = 256  # rows of the matrix of distances


@dataclass(frozen=True)
class Precedents:
    """What became of the technologies that each one looks like.

    nearest  : data frame technology_id, rank, precedent_id, precedent_label, precedent_year, distance, similarity, age,
               documents_count, growth, is_exceptional, path_first_year, path (shares, one a year)
    outcomes : data frame technology_id, age, similar_count, took_off_count, took_off_share with its interval _low and
               _high, and base_rate: of all known_count earlier technologies
    """

    nearest: pl.DataFrame
    outcomes: pl.DataFrame


def precedents(
    forecaster: Forecaster,
    as_of: int,
    *,
    nearest: int = NEAREST,
    among: int = AMONG,
    least_weight: float = LEAST_WEIGHT,
    age_apart: int = AGE_APART,
) -> Precedents:
    """The earlier technologies most like each of ``as_of``, among those whose outcome was known at its end.

    Alike means near in the places within the year of every figure, each weighted by how far it moves the forecasts of
    ``as_of`` (standard deviation of its contributions, as a share of the largest, at least a quarter). Ages, years since
    the third document, lie within two years, eight and more counting as eight. Each lineage is taken once, in the year
    in which it was nearest, and a technology is no precedent of itself. Similarity is 1 - distance / median distance
    to all whose outcome was known, at least 0.

    nearest, among : how many are listed, and counted
    least_weight   : 0 compares only what the forecast reads, 1 weights every figure alike
    age_apart      : years that ages may differ by

    The interval is Jeffreys' (Brown, Cai and DasGupta 2001, Statistical Science 16(2)); precedents of the same years are
    not independent, so the truth is wider.

    Returns Precedents; no rows where nothing earlier is known.
    """
    names, weights = _weights(forecaster, as_of, least_weight)
    past = _Past.read(forecaster, as_of, names, weights)
    survey = forecaster.surveys[as_of].until(as_of)
    ids = forecaster.lineage.get(as_of) or [f"{as_of}:{i}" for i in range(len(survey.labels))]
    ages = _ages(survey)
    places = _places(forecaster, as_of, names) * weights
    rows: list[dict[str, object]] = []
    outcomes: list[dict[str, object]] = []
    for start in range(0, len(ids) if len(past.ids) else 0, _AT_ONCE):
        block = np.round(cdist(places[start : start + _AT_ONCE], past.places), 9)
        for i, distance in enumerate(block, start):
            found = past.nearest(distance, ids[i], int(ages[i]), among, age_apart)
            middle = float(np.median(distance))
            rows += [
                {"technology_id": ids[i], **past.row(p, k, distance[p], middle)}
                for k, p in enumerate(found[:nearest])
            ]
            outcomes.append({"technology_id": ids[i], "age": int(ages[i]), **past.outcome(found)})
    return Precedents(
        pl.DataFrame(rows, schema=_NEAREST).sort("technology_id", "rank"),
        pl.DataFrame(outcomes, schema=_OUTCOMES).sort("technology_id"),
    )


def jeffreys(successes: int, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """Jeffreys interval of a proportion: equal tails of Beta(s + 1/2, n - s + 1/2); 0 and 1 where none or all succeeded.

    >>> [round(value, 3) for value in jeffreys(0, 10, 0.95)], [round(value, 3) for value in jeffreys(5, 10, 0.95)]
    ([0.0, 0.217], [0.224, 0.776])
    """
    tail = (1 - level) / 2
    ends = np.asarray(
        beta.ppf(np.array([tail, 1 - tail]), successes + 0.5, trials - successes + 0.5)
    )
    return (0.0 if successes == 0 else float(ends[0])), (
        1.0 if successes == trials else float(ends[1])
    )


@dataclass(frozen=True)
class _Past:
    """Technologies of earlier years whose outcome was known; N of them, F figures."""

    places: Floats
    ids: npt.NDArray[np.str_]
    labels: list[str]
    years: npt.NDArray[np.int64]
    ages: npt.NDArray[np.int64]
    documents: npt.NDArray[np.int64]
    growth: Floats
    exceptional: npt.NDArray[np.bool_]
    paths: list[tuple[int, list[float | None]]]

    @classmethod
    def read(
        cls, forecaster: Forecaster, as_of: int, names: tuple[str, ...], weights: Floats
    ) -> _Past:
        places, ids, labels, years, ages = (
            [np.zeros((0, len(names)))],
            [],
            [],
            [],
            [np.zeros(0, dtype=np.int64)],
        )
        documents, growth, exceptional, paths = [np.zeros(0)], [np.zeros(0)], [np.zeros(0)], []
        for year in forecaster.training_years(as_of, "B"):
            survey = forecaster.surveys[year].until(as_of)
            index = int(np.searchsorted(survey.years, year))
            found = exceptional_since_now(survey.counts, survey.totals, index, forecaster.horizon)
            known = [int(i) for i in np.flatnonzero(~np.isnan(found.exceptional))]
            own = forecaster.lineage.get(year) or [f"{year}:{i}" for i in range(len(survey.labels))]
            places.append((_places(forecaster, year, names) * weights)[known])
            ids += [own[i] for i in known]
            labels += [survey.labels[i] for i in known]
            years += [year] * len(known)
            ages.append(_ages(survey.until(year))[known])
            documents.append(survey.counts[known, index])
            growth.append(found.growth[known])
            exceptional.append(found.exceptional[known])
            paths += _paths(survey, known, index, forecaster.horizon)
        return cls(
            np.concatenate(places),
            np.array(ids, dtype=str),
            labels,
            np.array(years, dtype=np.int64),
            np.concatenate(ages),
            np.concatenate(documents).astype(np.int64),
            np.concatenate(growth),
            np.concatenate(exceptional) == 1,
            paths,
        )

    def nearest(
        self, distance: Floats, own: str, age: int, count: int, age_apart: int
    ) -> list[int]:
        """The nearest ``count`` of like age and other lineages, each lineage once; equal distances: latest, then by id."""
        apart = np.abs(np.minimum(self.ages, OLD) - min(age, OLD))
        fit = np.flatnonzero((apart <= age_apart) & (self.ids != own))
        most = count
        while True:  # rows of one lineage crowd together, so more rows than lineages are looked at
            most *= 4
            rows = fit
            if most < len(fit):
                rows = fit[distance[fit] <= np.partition(distance[fit], most)[most]]
            rows = rows[np.lexsort((self.ids[rows], -self.years[rows], distance[rows]))]
            _, first = np.unique(self.ids[rows], return_index=True)
            if len(first) >= count or len(rows) == len(fit):
                return [int(p) for p in rows[np.sort(first)][:count]]

    def row(self, p: int, place: int, distance: float, middle: float) -> dict[str, object]:
        first_year, path = self.paths[p]
        return {
            "rank": place + 1,
            "precedent_id": str(self.ids[p]),
            "precedent_label": self.labels[p],
            "precedent_year": int(self.years[p]),
            "distance": round(float(distance), 6),
            "similarity": round(max(0.0, 1 - float(distance) / middle), 4) if middle > 0 else 1.0,
            "age": int(self.ages[p]),
            "documents_count": int(self.documents[p]),
            "growth": round(float(self.growth[p]), 6),
            "is_exceptional": bool(self.exceptional[p]),
            "path_first_year": first_year,
            "path": path,
        }

    def outcome(self, found: list[int]) -> dict[str, object]:
        took_off, count = int(self.exceptional[found].sum()), len(found)
        low, high = jeffreys(took_off, count) if count else (None, None)
        return {
            "similar_count": count,
            "took_off_count": took_off,
            "took_off_share": took_off / count if count else None,
            "took_off_share_low": low,
            "took_off_share_high": high,
            "known_count": len(self.ids),
            "base_rate": round(float(self.exceptional.mean()), 6),
        }


def _weights(
    forecaster: Forecaster, as_of: int, least: float = LEAST_WEIGHT
) -> tuple[tuple[str, ...], Floats]:
    """The figures known in every year that is compared, and the weight of each."""
    years = (*forecaster.training_years(as_of, "B"), as_of)
    named = [set(forecaster.features(year).ranks) for year in years]
    names = (*sorted(set.intersection(*named)), CHANCE)
    moves: Mapping[str, Floats] = forecaster.forecast(as_of, "B").contributions
    spread = np.array(
        [
            float(np.std(moves[name])) if name in moves and len(moves[name]) else 0.0
            for name in names
        ]
    )
    return names, np.round(np.maximum(spread / max(spread.max(initial=0.0), 1e-12), least), 9)


def _places(forecaster: Forecaster, year: int, names: tuple[str, ...]) -> Floats:
    own = {**forecaster.features(year).ranks, CHANCE: rank(forecaster.trend_odds(year, "B"))}
    return np.column_stack([own[name] for name in names])


def _ages(survey: Survey) -> npt.NDArray[np.int64]:
    """Years since the third document, at the end of the survey's last year."""
    reached = survey.counts.cumsum(axis=1) >= FIRST_SEEN
    return np.asarray(survey.years[-1] - survey.years[reached.argmax(axis=1)], dtype=np.int64)


def _paths(
    survey: Survey, rows: list[int], index: int, horizon: int
) -> list[tuple[int, list[float | None]]]:
    start = max(index - PATH_BACK, 0)
    span = slice(start, index + horizon + 1)
    totals = np.where(survey.totals > 0, survey.totals, np.nan)
    shares = np.round(survey.counts[rows, span] / totals[span], 9)
    first = int(survey.years[start])
    return [(first, [None if np.isnan(value) else float(value) for value in own]) for own in shares]


_NEAREST: dict[str, pl.DataType | type[pl.DataType]] = {
    "technology_id": pl.String, "rank": pl.Int64, "precedent_id": pl.String, "precedent_label": pl.String,
    "precedent_year": pl.Int64, "distance": pl.Float64, "similarity": pl.Float64, "age": pl.Int64,
    "documents_count": pl.Int64, "growth": pl.Float64, "is_exceptional": pl.Boolean, "path_first_year": pl.Int64,
    "path": pl.List(pl.Float64),
}  # fmt: skip
_OUTCOMES = {
    "technology_id": pl.String, "age": pl.Int64, "similar_count": pl.Int64, "took_off_count": pl.Int64,
    "took_off_share": pl.Float64, "took_off_share_low": pl.Float64, "took_off_share_high": pl.Float64, "known_count": pl.Int64,
    "base_rate": pl.Float64,
}  # fmt: skip
