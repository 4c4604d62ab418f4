"""Simple rules that rank technologies, with nothing fitted: what any forecast has to beat.

A rule takes yearly counts and returns (K,) scores, higher for those called first. It reads
nothing after the forecast year FY, and compares periods over the strata that both hold, so that a
venue that joins or leaves moves nothing. A technology without earlier documents has a growth like
any other: finite and large. Scores are nan, for all alike, where the years that a rule needs are
not there. Ties are broken by `record.ranking`: more documents in FY-1..FY first, then by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.forecast.bursts import bursts
from firstlight.instruments.emergence.record.take_off import THREE_YEARS
from firstlight.instruments.emergence.technologies.yearly_counts import BIRTH, YearlyCounts, compare

Floats = npt.NDArray[np.float64]
Rule = Callable[[YearlyCounts], Floats]

GAIN = THREE_YEARS.gain  # g of the rule to beat: the target's gain
YEARS_BEFORE = 5  # FY-5..FY-1, against which FY is held
PRIOR_OF_A_YEAR = 0.5  # documents added to either side of one year's growth
PRIOR = 4.0  # documents added to either side of growth over several years
ACTIVE_YEARS = 7  # of the Porter-Carley score


def relative_gain(counts: YearlyCounts) -> Floats:
    """log((s(FY) + g) / (mean s(FY-5..FY-1) + g)), yearly shares, g = .0005: the rule to beat."""
    now, before = _now_and_before(counts)
    score: Floats = np.log((now + GAIN) / (before + GAIN))
    return score


def gain(counts: YearlyCounts) -> Floats:
    """s(FY) - mean of s(FY-5..FY-1), yearly shares."""
    now, before = _now_and_before(counts)
    return now - before


def growth_last_year(counts: YearlyCounts) -> Floats:
    """log((n + 1/2) / (E + 1/2)), n documents of FY, E those expected from the share of FY-1.

    Source: Anscombe (1956), On estimating binomial response relations, Biometrika 43, 461-464.
    """
    return _growth(counts, years=1, prior=PRIOR_OF_A_YEAR)


def growth_three_years(counts: YearlyCounts) -> Floats:
    """log((n + 4) / (E + 4)), n documents of FY, E those expected from the share of FY-3..FY-1."""
    return _growth(counts, years=3, prior=PRIOR)


def growth_five_years(counts: YearlyCounts) -> Floats:
    """log((n + 4) / (E + 4)), n documents of FY, E those expected from the share of FY-5..FY-1."""
    return _growth(counts, years=5, prior=PRIOR)


def growth_times_share(counts: YearlyCounts) -> Floats:
    """Growth of three years, shrunk, times the share of FY."""
    now, _ = _now_and_before(counts)
    return growth_three_years(counts) * now


def burst_weight(counts: YearlyCounts) -> Floats:
    """Weight, in nats, of the burst under way in FY; 0 where there is none.

    Source: Kleinberg (2002), Bursty and hierarchical structure in streams, KDD '02, 91-101.
    """
    documents, totals = _comparable_documents(counts)
    runs = bursts(documents, totals)
    running = runs.end == len(totals) - 1
    weight = np.zeros(len(counts.names))
    weight[runs.technology[running]] = runs.weight[running]
    return weight


def porter_carley(counts: YearlyCounts) -> Floats:
    """E = 2A + R + S of the active years 1..7, of which 7 is FY; nan where one has no documents.

    With C documents of the technology and T of all, A = sum C5..7 / sum sqrt T5..7 - sum C1..3 /
    sum sqrt T1..3, R = 10 [(C6+C7) / (sqrt T6 + sqrt T7) - (C4+C5) / (sqrt T4 + sqrt T5)],
    S = 10 (C7 / sqrt T7 - C4 / sqrt T4) / 3.

    Source: Carley, Newman, Porter and Garner (2018), An indicator of technical emergence,
    Scientometrics 115, 35-49.
    """
    documents, totals = _comparable_documents(counts)
    if len(totals) < ACTIVE_YEARS or not (totals[-ACTIVE_YEARS:] > 0).all():
        return _unknown(counts)
    c1, c2, c3, c4, c5, c6, c7 = documents[:, -ACTIVE_YEARS:].T
    t1, t2, t3, t4, t5, t6, t7 = np.sqrt(totals[-ACTIVE_YEARS:])
    active = (c5 + c6 + c7) / (t5 + t6 + t7) - (c1 + c2 + c3) / (t1 + t2 + t3)
    recent = 10 * ((c6 + c7) / (t6 + t7) - (c4 + c5) / (t4 + t5))
    slope = 10 * (c7 / t7 - c4 / t4) / 3
    score: Floats = 2 * active + recent + slope
    return score


def youngest_growing(counts: YearlyCounts) -> Floats:
    """Year of the third document where s(FY) is above the mean of s(FY-5..FY-1), 0 elsewhere."""
    known = counts.years <= counts.forecast_year
    reached = np.cumsum(counts.counts[:, known], axis=1) >= BIRTH
    born = counts.years[known][np.argmax(reached, axis=1)]
    is_young = reached.any(axis=1) & (gain(counts) > 0)
    return np.where(is_young, born, 0).astype(np.float64)


def size(counts: YearlyCounts) -> Floats:
    """Documents in FY-1..FY."""
    return counts.documents_of((counts.forecast_year - 1, counts.forecast_year))


RULES: tuple[tuple[str, Rule], ...] = (
    ("relative_gain", relative_gain),
    ("growth_last_year", growth_last_year),
    ("growth_three_years", growth_three_years),
    ("growth_five_years", growth_five_years),
    ("gain", gain),
    ("growth_times_share", growth_times_share),
    ("burst_weight", burst_weight),
    ("porter_carley", porter_carley),
    ("youngest_growing", youngest_growing),
    ("size", size),
)
RULE_TO_BEAT = "relative_gain"
NEW_AUTHORS = "new_authors"  # share of authors of FY-1..FY who are new to the record: handed in


def rule_scores(
    counts: YearlyCounts, given: Mapping[str, Floats] | None = None
) -> dict[str, Floats]:
    """Scores of every rule, by its id, and those that were computed elsewhere.

    Parameters
    ----------
    counts
        Counts of K technologies.
    given
        Id -> (K,) scores that counts alone don't hold, such as `NEW_AUTHORS`.

    Returns
    -------
    Id of the rule -> (K,) scores, higher for likelier.
    """
    return {name: rule(counts) for name, rule in RULES} | dict(given or {})


def _unknown(counts: YearlyCounts) -> Floats:
    return np.full(len(counts.names), np.nan)


def _now_and_before(counts: YearlyCounts) -> tuple[Floats, Floats]:
    """(K,) s(FY), and the mean of s(FY-5..FY-1) over the years that are there."""
    year, shares = counts.forecast_year, counts.yearly_shares
    now, before = shares.of([year]), shares.of(range(year - YEARS_BEFORE, year))
    if not (now.shape[1] and before.shape[1]):
        return _unknown(counts), _unknown(counts)
    return now[:, 0], before.mean(axis=1)


def _growth(counts: YearlyCounts, years: int, prior: float) -> Floats:
    now = counts.forecast_year
    shares = compare(counts, range(now - years, now), [now], weights_of=[now - 1, now])
    documents, expected = shares.after * shares.total_after, shares.before * shares.total_after
    growth: Floats = np.log((documents + prior) / (expected + prior))
    return growth


def _comparable_documents(counts: YearlyCounts) -> tuple[Floats, Floats]:
    """(K, Y) documents that each year to FY would have at its standardised share, (Y,) totals."""
    known = counts.years <= counts.forecast_year
    totals = counts.yearly_shares.totals[known]
    shares = counts.yearly_shares.shares[:, known]
    return np.where(totals > 0, shares * totals, 0.0), totals
