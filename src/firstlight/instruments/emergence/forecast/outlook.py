"""The outlook of a forecast year: the ranking that did best on earlier years, and its chances."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.forecast.distribution import (
    Chances,
    chances,
    growth_ahead,
    past_until,
)
from firstlight.instruments.emergence.forecast.elsewhere import leaning_on
from firstlight.instruments.emergence.forecast.features import Features
from firstlight.instruments.emergence.forecast.rules import (
    NEW_AUTHORS,
    RULES,
    rule_scores,
)
from firstlight.instruments.emergence.forecast.set_back import set_back
from firstlight.instruments.emergence.forecast.trend import (
    RANKING_DOCUMENTS,
    TREND,
    Trend,
    carried_beyond,
    course,
    drawn_by_newcomers,
    leaning,
    needed_growth,
    wandering_of,
)
from firstlight.instruments.emergence.record.scores import JudgedYear, is_available, scores_of
from firstlight.instruments.emergence.record.take_off import (
    Target,
    can_be_judged,
    change_between,
    take_offs,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import FEW_COMPARABLE

Floats = npt.NDArray[np.float64]
CANDIDATES = (TREND, *(name for name, _ in RULES))  # rankings that earlier years choose among
PRIOR_YEARS = 5  # of the record's own years that the corpora that ship count for
WHOLE_YEAR = 10  # groups of take-offs from which one of the record's own years counts in full
LOWEST_PRIOR = -0.3  # log ratio below which what a rule did elsewhere no longer counts against it
LEAST_GAIN = (
    0.2  # log ratio of average precision from which a simple rule takes over from the trend
)
SMALL = 0.02  # added to average precisions, so that years without a hit have a ratio


@dataclass(frozen=True)
class Outlook:
    """What is forecast from one year for its K scored technologies.

    scores  : ranking -> (K,)
    used    : the ranking that did best on earlier years
    compared : ranking -> average precision on the earlier years that the choice rests on
    chances : the distribution of the share ahead; None where too few earlier forecasts are known,
              or too few documents can be compared
    features : what is read of each technology
    comparable : share of the documents of FY-1..FY that lie in strata which a horizon ago held
                 enough as well
    """

    scores: Mapping[str, Floats]
    used: str
    compared: Mapping[str, float]
    chances: Chances | None
    features: Features
    comparable: float = 1.0

    @property
    def is_comparable(self) -> bool:
        """Whether enough of what is new can be seen for a chance."""
        return self.comparable >= FEW_COMPARABLE

    @property
    def probability(self) -> Floats | None:
        """(K,) of taking off; None where it can't be told."""
        return None if self.chances is None else self.chances.probability


def outlooks(
    surveys: Mapping[int, Survey],
    target: Target,
    corpus: str | None = None,
    elsewhere: Mapping[int, Floats] | None = None,
) -> dict[int, Outlook]:
    """The outlook of each year, from what was known at its end: nothing later is read.

    Parameters
    ----------
    surveys
        Forecast year -> its scored technologies.
    target
        What counts as take-off.
    corpus
        The name of the corpus, if it is one that ships.
    elsewhere
        Forecast year -> places of its scored technologies in a second record, see
        ``places_elsewhere``.

    Returns
    -------
    Forecast year -> its ``Outlook``.
    """
    places = elsewhere or {}
    read = {year: read_year(survey, target, places.get(year)) for year, survey in surveys.items()}
    outcomes = {
        year: judged(survey, target)
        for year, survey in surveys.items()
        if survey.labels and can_be_judged(survey.counts, target)
    }
    grown = {
        year: growth_ahead(surveys[year].counts, target.horizon, target.gain) for year in outcomes
    }
    precision = {
        year: {name: average_precision(own, read[year].scores[name]) for name in CANDIDATES}
        for year, own in outcomes.items()
    }
    found = {}
    for year, survey in sorted(surveys.items()):
        known = [other for other in sorted(outcomes) if other + target.horizon <= year]
        judged_before = [(outcomes[one], precision[one]) for one in known]
        used, compared = _choice(judged_before, shipped_gains(corpus, target.horizon))
        earlier = [(one, read[one].features, grown[one]) for one in known]
        ahead = None
        past = past_until(year, target, earlier, corpus, are_counts=survey.are_counts)
        seen = change_between(survey.counts, year - target.horizon, year).comparable
        if past is not None and survey.labels and seen >= FEW_COMPARABLE:
            ahead = chances(survey.counts, read[year].features, past, target)
        found[year] = Outlook(read[year].scores, used, compared, ahead, read[year].features, seen)
    return found


@dataclass(frozen=True)
class Reading:
    """What is read of a year's technologies: scores of every ranking, and features."""

    scores: dict[str, Floats]
    features: Features


def read_year(survey: Survey, target: Target, elsewhere: Floats | None = None) -> Reading:
    """What is read of a year's scored technologies, from what was known at its end.

    elsewhere : (K,) their places in a second record; the trend alone ranks where there is none
    """
    newcomers = new_authors_share(survey)
    scores = rule_scores(survey.counts, {NEW_AUTHORS: newcomers})
    if not survey.labels:
        empty = np.zeros(0)
        return Reading({TREND: empty} | scores, Features(*(empty,) * 6))
    found = leaning(course(survey.counts, target.gain, survey.quarters), survey.neighbours)
    pull = drawn_by_newcomers(newcomers)
    needed = needed_growth(survey.counts, found.trend, target)
    ranking = _ranking_trends(survey, target, found.trend)
    trend = np.mean([carried_beyond(own, needed, target, pull) for own in ranking], axis=0)
    if elsewhere is not None:
        trend = leaning_on(trend, elsewhere)
    trend = set_back(trend, survey)
    return Reading({TREND: trend} | scores, Features.of_course(found, target.gain, pull))


def _ranking_trends(survey: Survey, target: Target, usual: Trend) -> list[Trend]:
    """The trends by whose mean score a year is ranked; chances read the usual one.

    Nothing steadies the trend of counts, and how restless they are differs from record to record:
    the mean of two forecasts (Bates and Granger 1969) is as good as the better one.
    """
    read = survey.counts, target.gain, survey.quarters
    if survey.are_counts:
        return [usual, course(*read, wandering_of(*read[:2])).trend]
    wandering = RANKING_DOCUMENTS[target.horizon]
    if wandering == usual.wandering:
        return [usual]
    return [leaning(course(*read, wandering), survey.neighbours).trend]


def fan_table(outlook: Outlook, survey: Survey) -> pl.DataFrame:
    """Quantiles of the share ahead by technology and year, and the threshold in the last year.

    survey : the scored technologies of the outlook

    Columns technology_id, year, p10 .. p90, threshold_share; no rows where chances can't be told.
    """
    names = ("p10", "p25", "p50", "p75", "p90")
    schema = {"technology_id": pl.String, "year": pl.Int64}
    schema |= dict.fromkeys((*names, "threshold_share"), pl.Float64)
    if outlook.chances is None:
        return pl.DataFrame(schema=schema)
    size, horizon, _ = outlook.chances.quantiles.shape
    years = survey.forecast_year + np.arange(1, horizon + 1)
    bands = np.round(outlook.chances.quantiles, 9).reshape(size * horizon, len(names))
    threshold = np.full((size, horizon), np.nan)
    threshold[:, -1] = np.round(outlook.chances.threshold, 9)
    columns: dict[str, Any] = {
        "technology_id": np.repeat(list(survey.counts.names), horizon),
        "year": np.tile(years, size),
    }
    columns |= {name: bands[:, place] for place, name in enumerate(names)}
    columns["threshold_share"] = threshold.ravel()
    frame = pl.DataFrame(columns, schema=schema)
    return frame.with_columns(pl.col("threshold_share").fill_nan(None))


def new_authors_share(survey: Survey) -> Floats:
    """(K,) share of the authors of FY-1..FY who are new; nan where documents name no authors."""
    recent = np.isin(survey.counts.years, (survey.forecast_year - 1, survey.forecast_year))
    authors = survey.authors[:, recent].sum(axis=1)
    new = survey.new_authors[:, recent].sum(axis=1)
    unknown = np.full(len(authors), np.nan)
    if not (authors > 0).all():
        return unknown
    share: Floats = new / authors
    return share


def judged(survey: Survey, target: Target) -> JudgedYear:
    """The scored technologies of a year with what came of them."""
    came = take_offs(survey.counts, target)
    return JudgedYear.of(survey.counts, came.is_take_off, survey.groups)


def _choice(
    earlier: Sequence[tuple[JudgedYear, Mapping[str, float]]], shipped: Mapping[str, float]
) -> tuple[str, dict[str, float]]:
    """The ranking to use, and the average precision of each on the earlier years.

    A simple rule's gain over the trend is the mean log ratio of average precisions on the record's
    own earlier years, shrunk towards its gain on the corpora that ship as if those were five years
    more: a rule that led by luck in a few small years does not take over. A year counts in full
    from ten take-offs on, one with a single take-off as a tenth. The best rule takes over where a
    fifth or more is left.

    earlier : years with the average precision of each rule
    shipped : each rule's gain on the corpora that ship, see `shipped_gains`
    """
    usable = [(year, own) for year, own in earlier if year.is_take_off.any()]
    precision = {name: [own[name] for _, own in usable] for name in CANDIDATES}
    compared = {name: float(np.mean(values)) for name, values in precision.items() if values}
    weight = [min(len(year.take_off_groups) / WHOLE_YEAR, 1) for year, _ in usable]
    best, most = TREND, LEAST_GAIN
    for name, prior in shipped.items():
        own = [_log_ratio(*pair) for pair in zip(precision[name], precision[TREND], strict=True)]
        elsewhere = PRIOR_YEARS * max(prior, LOWEST_PRIOR)
        shrunk = (float(np.dot(weight, own)) + elsewhere) / (sum(weight) + PRIOR_YEARS)
        if shrunk > most:
            best, most = name, shrunk
    return best, compared


def _log_ratio(value: float, other: float) -> float:
    return float(np.log((value + SMALL) / (other + SMALL)))


@cache
def shipped_gains(corpus: str | None, horizon: int) -> dict[str, float]:
    """Each rule's gain over the trend on the other corpora that ship, a mean log ratio."""
    text = files(__package__).joinpath("earlier_forecasts.json").read_text(encoding="utf-8")
    known = json.loads(text)["average_precision"][str(horizon)]
    others = [rules for name, rules in known.items() if name != corpus]
    return {
        name: float(np.mean([_log_ratio(rules[name], rules[TREND]) for rules in others]))
        for name, _ in RULES
    }


def average_precision(year: JudgedYear, scores: Floats) -> float:
    """Average precision of a ranking in one year; 0 where it needs years that are not there."""
    if not is_available(scores):
        return 0.0
    value = scores_of([year], [scores])["average_precision"]
    return 0.0 if value is None else float(value)
