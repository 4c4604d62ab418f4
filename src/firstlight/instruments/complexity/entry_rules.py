"""Which industries a place may enter next, by simple rules and by the one that did best before.

Symbols: Q location quotients (years, places, industries); an industry is there from Q = 1 on. Of
those that are not, each rule names the first few of every place; what is there `ahead` years later
has come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firstlight.instruments.complexity.proximity import proximity

__all__ = ["AHEAD", "NAMED", "RULES", "EntryRecord", "entry_record", "rule_scores"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
AHEAD = 5  # years within which a place is to have entered an industry
NAMED = 5  # industries of each place that a rule names
RULES = ("quotient_and_nearness", "quotient", "nearness", "growth", "size")
FEWEST_BEFORE = 3  # checked years from which their best rule is used; before, the first of all
RESAMPLES = 1000


@dataclass(frozen=True)
class EntryRecord:
    """What came of what each rule named, in the years whose outcome is known.

    rule      : that is used now: the one that did best in the years checked
    years     : forecast years that are counted, those in which a rule could be chosen
    named     : rule -> pairs of place and industry that it named; "chosen": by each year's choice
    came      : rule -> those of them that came
    base      : share of all pairs of place and absent industry that came
    low, high : 90% interval of the share of "chosen" that came, places drawn with all their years
    kept      : share of the industries that each place was strongest in (`NAMED`) and kept
    """

    rule: str
    years: tuple[int, ...]
    named: dict[str, int]
    came: dict[str, int]
    base: float
    low: float
    high: float
    kept: float

    def share(self, rule: str = "chosen") -> float:
        """Share of what a rule named that came."""
        return self.came[rule] / max(self.named[rule], 1)


def rule_scores(quotients: Floats, at: int) -> dict[str, Floats]:
    """By rule the score of each place and industry at a year, (places, industries); larger is
    likelier to come.

    quotients : (years, places, industries), nan where unknown; at : place of the year
    quotient  : how near the location quotient is to 1
    nearness  : share of the proximity to an industry that lies in those that the place has: density
                (Hidalgo and others 2007, Science 317, 482-487)
    growth    : change of the quotient over `AHEAD` years, or since the first year
    size      : places that have the industry
    """
    now = np.nan_to_num(quotients[at])
    is_there = (now >= 1).astype(np.float64)
    near = np.nan_to_num(proximity(is_there, has_self=False))
    total = near.sum(axis=0)
    nearness = is_there @ near / np.where(total > 0, total, 1)
    growth = now - np.nan_to_num(quotients[max(at - AHEAD, 0)])
    size = np.broadcast_to(is_there.sum(axis=0), now.shape)
    both = _percentile(now) + _percentile(nearness)
    return dict(zip(RULES, (both, now, nearness, growth, size), strict=True))


def entry_record(years: tuple[int, ...], quotients: Floats) -> EntryRecord | None:
    """The record of the rules; None where no year has a known outcome after enough checked ones.

    years : one after another, ascending; quotients : as for `rule_scores`
    """
    place_of = {year: place for place, year in enumerate(years)}
    known = [year for year in years if year + AHEAD in place_of]
    named, came, absent, entered = {}, {}, {}, {}
    for year in known:
        at, later = place_of[year], place_of[year + AHEAD]
        is_absent, is_come = _candidates(quotients, at), np.nan_to_num(quotients[later]) >= 1
        absent[year], entered[year] = is_absent.sum(), (is_absent & is_come).sum()
        for rule, scores in rule_scores(quotients, at).items():
            chosen = first_of_each(scores, is_absent)
            named[rule, year] = chosen.sum(axis=1)
            came[rule, year] = (chosen & is_come).sum(axis=1)
    choice = {}
    for year in (*known, years[-1]):
        before = [one for one in known if one + AHEAD <= year]
        if len(before) >= FEWEST_BEFORE:
            choice[year] = _best(before, named, came)
    counted = [year for year in known if year in choice]
    if not counted or years[-1] not in choice:
        return None
    by_place = {
        rule: tuple(sum(of[rule, year] for year in counted) for of in (named, came))
        for rule in RULES
    }
    by_place["chosen"] = tuple(
        sum(of[choice[year], year] for year in counted) for of in (named, came)
    )
    low, high = _interval(*by_place["chosen"])
    return EntryRecord(
        choice[years[-1]],
        tuple(counted),
        {rule: int(own[0].sum()) for rule, own in by_place.items()},
        {rule: int(own[1].sum()) for rule, own in by_place.items()},
        float(sum(entered[year] for year in counted) / sum(absent[year] for year in counted)),
        low,
        high,
        _kept(quotients, [place_of[year] for year in counted]),
    )


def first_of_each(scores: Floats, among: Flags) -> Flags:
    """The `NAMED` highest of each place among those that count; of equals the first."""
    ranked = np.argsort(-np.where(among, scores, -np.inf), axis=1, kind="stable")[:, :NAMED]
    chosen = np.zeros_like(among)
    np.put_along_axis(chosen, ranked, True, axis=1)
    return chosen & among


def _candidates(quotients: Floats, at: int) -> Flags:
    """Industries that a place doesn't have, of those that some place has."""
    now = quotients[at]
    is_somewhere = (np.nan_to_num(now) >= 1).any(axis=0)
    is_candidate: Flags = (now < 1) & is_somewhere
    return is_candidate


def _percentile(values: Floats) -> Floats:
    """Ranks of each place's values from 0 to 1; equal ones share the mean."""
    less = (values[:, None, :] < values[:, :, None]).sum(axis=2)
    equal = (values[:, None, :] == values[:, :, None]).sum(axis=2)
    ranks: Floats = (less + (equal - 1) / 2) / max(values.shape[1] - 1, 1)
    return ranks


def _best(
    years: list[int],
    named: dict[tuple[str, int], npt.NDArray[np.int64]],
    came: dict[tuple[str, int], npt.NDArray[np.int64]],
) -> str:
    def share(rule: str) -> float:
        every = sum(int(named[rule, year].sum()) for year in years)
        return sum(int(came[rule, year].sum()) for year in years) / max(every, 1)

    return max(RULES, key=share)  # of equals the first


def _interval(named: npt.NDArray[np.int64], came: npt.NDArray[np.int64]) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(named), (RESAMPLES, len(named)))
    shares = came[drawn].sum(axis=1) / np.maximum(named[drawn].sum(axis=1), 1)
    low, high = np.quantile(shares, (0.05, 0.95))
    return float(low), float(high)


def _kept(quotients: Floats, places: list[int]) -> float:
    kept = strong = 0
    for at in places:
        now, later = np.nan_to_num(quotients[at]), np.nan_to_num(quotients[at + AHEAD])
        first = first_of_each(now, now >= 1)
        strong += int(first.sum())
        kept += int((first & (later >= 1)).sum())
    return kept / max(strong, 1)
