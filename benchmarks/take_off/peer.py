"""The record under the label of the one published peer: growth of a share above its past peak.

Klavans, Boyack and Murdick (2020), A novel approach to predicting exceptional growth in research,
PLoS ONE 15(9), e0239177. A research cluster grows exceptionally if its share of all documents lies
more than 8% a year above its past peak in some year of the three ahead. The label asks for no size
and no significance, so that of few documents much of it is chance: what chance alone would bring is
counted beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.scoring import BEST_BEFORE, CHOSEN, Scoring
from scipy.special import gammainc

from firstlight.instruments.emergence.record.ranking import ranks
from firstlight.instruments.emergence.record.scores import JudgedYear, is_available, scores_of
from firstlight.instruments.emergence.record.take_off import TOLERANCE
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
GROWTH = 1.08  # of the share, a year
RECALLS = (0.7, 0.79)  # between which the published forecasts lie
KEPT = ("years_count", "scored_count", "base_rate", "expected_by_chance")
MEASURES = ("precision_20", "precision_50", "average_precision")


@dataclass(frozen=True)
class Ahead:
    """What the share of each technology has to pass in the years ahead, and what it came to.

    shares, bounds : (K, Y) in each year ahead whose share is known
    totals         : (Y,) documents that these are shares of
    before         : (K,) share of FY-1 and FY together
    """

    shares: Floats
    bounds: Floats
    totals: Floats
    before: Floats

    @property
    def is_exceptional(self) -> Flags:
        """(K,) whether a share lies above its bound in some year ahead."""
        # A share of exactly 8% more is not above, whatever its last digits.
        return np.asarray((self.shares > self.bounds * (1 + TOLERANCE)).any(axis=1))

    @property
    def chance(self) -> Floats:
        """(K,) probability of that if the share stayed what it was in FY-1..FY.

        Documents of each year are then Poisson, and independent of other years.
        """
        fewest = np.floor(self.bounds * (1 + TOLERANCE) * self.totals) + 1
        passes = gammainc(fewest, self.before[:, None] * self.totals)
        chance: Floats = 1 - np.prod(1 - passes, axis=1)
        return chance


def ahead(counts: YearlyCounts, horizon: int, left_out: Sequence[int] = ()) -> Ahead:
    """The years FY+1..FY+h beside the highest share of any year up to FY.

    Shares are of single years, standardised to the strata of FY as everywhere in the record.

    left_out : years held in part, which are neither a peak nor ahead
    """
    now, shares = counts.forecast_year, counts.yearly_shares
    past = np.setdiff1d(shares.known(int(counts.years[0]), now), left_out)
    later = np.setdiff1d(shares.known(now + 1, now + horizon), left_out)
    peak = shares.of(past).max(axis=1)
    recent = np.intersect1d(past, (now - 1, now))
    return Ahead(
        shares=shares.of(later),
        bounds=peak[:, None] * GROWTH ** (later - now),
        totals=_totals(counts, later),
        before=np.average(shares.of(recent), axis=1, weights=_totals(counts, recent)),
    )


def _totals(counts: YearlyCounts, years: Ints) -> Floats:
    shares = counts.yearly_shares
    totals: Floats = shares.totals[np.isin(shares.years, years)]
    return totals


def judged(scoring: Scoring, year: int) -> JudgedYear:
    """The technologies that were scored in a year, with whether they grew exceptionally."""
    survey = scoring.scored[year]
    came = ahead(survey.counts, scoring.target.horizon, scoring.plan.left_out)
    return JudgedYear.of(survey.counts, came.is_exceptional, survey.groups, chance=came.chance)


def peer_table(scoring: Scoring) -> pl.DataFrame:
    """A row for the ranking that was used and for each other, over all years of the record.

    None was made or chosen for this label: they are the rankings of take-off.
    """
    years = [judged(scoring, year) for year in scoring.years]
    forecasts = [scoring.forecast(year).scores for year in scoring.years]
    others = sorted(set(forecasts[0]) - {CHOSEN, BEST_BEFORE})
    rows = []
    for name in (CHOSEN, *others):
        scores = [forecast[name] for forecast in forecasts]
        measured = scores_of(years, scores, most_of_scored=scoring.most_of_scored)
        row = {"ranking": name, "is_used": name == CHOSEN}
        row |= {key: measured[key] for key in KEPT}
        row["grew_count"] = measured["take_off_count"]
        row |= {key: measured[key] for key in MEASURES}
        for recall in RECALLS:
            row |= _at_recall(years, scores, recall, measured["base_rate"])
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def _at_recall(
    years: Sequence[JudgedYear], scores: Sequence[Floats], recall: float, base: float | None
) -> dict[str, float | None]:
    precision = precision_at_recall(years, scores, recall)
    percent = round(100 * recall)
    return {
        f"precision_at_recall_{percent}": precision,
        f"lift_at_recall_{percent}": precision / base if precision and base else None,
    }


def precision_at_recall(
    years: Sequence[JudgedYear], scores: Sequence[Floats], recall: float
) -> float | None:
    """Precision where the same part of every year's technologies is called, and the smallest that
    finds so much of all that came.

    Each technology counts by itself, as the peer's clusters do. Nothing is called of a year whose
    ranking says nothing. None where nothing came.
    """
    kept = [pair for pair in zip(years, scores, strict=True) if is_available(pair[1])]
    part = [ranks(own, year.documents, year.names) / len(year.names) for year, own in kept]
    place = np.concatenate([np.zeros(0), *part])
    came = np.concatenate([np.zeros(0, dtype=bool), *(year.is_take_off for year, _ in kept)])
    if not came.any():
        return None
    # .7 * 10 is 7.000000000000001 in some orders of multiplication
    needed = int(np.ceil(recall * came.sum() - TOLERANCE))
    last = np.sort(place[came])[needed - 1]
    return float(came[place <= last].mean())
