"""How much of a planted truth is recovered: technologies matched by terms, communities, births."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from firstlight.errors import InputError


@dataclass(frozen=True)
class TechnologyMatch:
    """Which found technology stands for which planted one.

    pairs   : found -> planted, one to one
    overlap : found -> Jaccard overlap of the terms of each pair, in (0, 1]
    unmatched_found, unmatched_planted : those without a partner
    """

    pairs: Mapping[str, str]
    overlap: Mapping[str, float]
    unmatched_found: tuple[str, ...]
    unmatched_planted: tuple[str, ...]


@dataclass(frozen=True)
class BirthRecovery:
    """Births found beside births planted.

    precision, recall : shares of found and of planted births that agree; nan where there are none to share
    hits, false_alarms, missed : found names that agree, found names that don't, planted names that no hit stands for
    lag_years : found -> found year less planted year, for the hits
    """

    precision: float
    recall: float
    hits: tuple[str, ...]
    false_alarms: tuple[str, ...]
    missed: tuple[str, ...]
    lag_years: Mapping[str, int]


@dataclass(frozen=True)
class CommunityAgreement:
    """Agreement of two partitions over the terms that both know.

    adjusted_rand : 1 for the same partition, near 0 for chance; nan where fewer than two terms are shared
    shared, only_found, only_planted : numbers of terms
    coverage : shared / planted terms, a share; nan where none are planted
    """

    adjusted_rand: float
    shared: int
    only_found: int
    only_planted: int
    coverage: float


def match_technologies(
    found_terms: Mapping[str, Collection[str]],
    planted_terms: Mapping[str, Collection[str]],
    *,
    least_overlap: float = 0.0,
) -> TechnologyMatch:
    """One-to-one matching of found with planted technologies that makes the summed overlap of terms greatest.

    Overlap is Jaccard's |F and P| / |F or P|; the assignment is Kuhn's (1955) Hungarian method. Names are sorted
    first, so the order of the mappings does not matter. Pairs without a shared term, or whose overlap is below
    ``least_overlap`` (a share), are left unmatched.

    Raises  InputError where ``least_overlap`` is outside 0 to 1.

    >>> match_technologies({"x": {"laser", "lens"}, "y": {"gene"}}, {"genes": {"gene"}, "optics": {"lens"}}).pairs
    {'x': 'optics', 'y': 'genes'}
    """
    if not 0 <= least_overlap <= 1:
        raise InputError(
            f"{least_overlap} is no overlap",
            where="least_overlap",
            try_next="use a number from 0 to 1",
        )
    found, planted = sorted(found_terms), sorted(planted_terms)
    overlap = _jaccard(
        [set(found_terms[f]) for f in found], [set(planted_terms[p]) for p in planted]
    )
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    kept = [
        (i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if overlap[i, j] > 0
    ]
    kept = [(i, j) for i, j in kept if overlap[i, j] >= least_overlap]
    pairs = {found[i]: planted[j] for i, j in kept}
    taken = set(pairs.values())
    return TechnologyMatch(
        pairs,
        {found[i]: float(overlap[i, j]) for i, j in kept},
        tuple(f for f in found if f not in pairs),
        tuple(p for p in planted if p not in taken),
    )


def births_recovered(
    found_first_years: Mapping[str, int],
    planted_birth_years: Mapping[str, int],
    *,
    pairs: Mapping[str, str] | None = None,
    tolerance: int = 1,
) -> BirthRecovery:
    """Precision and recall of the technologies that were found to be born.

    A found birth is a hit where it stands for a planted one and their years differ by at most ``tolerance`` years.
    Precision = hits / found, recall = hits / planted.

    found_first_years : found technology -> year in which it was found to be born
    planted_birth_years : planted technology -> year in which it was born
    pairs : found -> planted, one to one (``match_technologies``); None where both use the same names
    Raises  InputError where ``tolerance`` is negative or two found technologies stand for one planted.

    >>> births_recovered({"a": 2004, "b": 2010}, {"a": 2003, "c": 2008}).recall
    0.5
    """
    if tolerance < 0:
        raise InputError(
            f"a tolerance of {tolerance} years", where="tolerance", try_next="use 0 or more"
        )
    stands_for = {name: name for name in found_first_years} if pairs is None else pairs
    if len(set(stands_for.values())) < len(stands_for):
        raise InputError(
            "two found technologies stand for one planted",
            where="pairs",
            try_next="match them one to one",
        )
    lags = {
        name: year - planted_birth_years[stands_for[name]]
        for name, year in sorted(found_first_years.items())
        if stands_for.get(name) in planted_birth_years
    }
    lags = {name: lag for name, lag in lags.items() if abs(lag) <= tolerance}
    reached = {stands_for[name] for name in lags}
    return BirthRecovery(
        len(lags) / len(found_first_years) if found_first_years else nan,
        len(lags) / len(planted_birth_years) if planted_birth_years else nan,
        tuple(lags),
        tuple(name for name in sorted(found_first_years) if name not in lags),
        tuple(name for name in sorted(planted_birth_years) if name not in reached),
        lags,
    )


def adjusted_rand(found: Mapping[str, str], planted: Mapping[str, str]) -> CommunityAgreement:
    """Agreement of found communities with planted ones (Hubert and Arabie 1985), over the terms that both hold.

    found, planted : term -> community. What the score leaves out is counted beside it.

    >>> adjusted_rand({"a": "1", "b": "1", "c": "2"}, {"a": "x", "b": "x", "c": "y", "d": "y"})
    CommunityAgreement(adjusted_rand=1.0, shared=3, only_found=0, only_planted=1, coverage=0.75)
    """
    shared = sorted(found.keys() & planted.keys())
    score = (
        adjusted_rand_score([planted[t] for t in shared], [found[t] for t in shared])
        if len(shared) > 1
        else nan
    )
    return CommunityAgreement(
        float(score),
        len(shared),
        len(found) - len(shared),
        len(planted) - len(shared),
        len(shared) / len(planted) if planted else nan,
    )


def _jaccard(
    found: list[set[str]], planted: list[set[str]]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(found, planted) overlaps; 0 for two empty sets."""
    overlap = np.zeros((len(found), len(planted)))
    for i, f in enumerate(found):
        for j, p in enumerate(planted):
            both = len(f & p)
            overlap[i, j] = both / (len(f) + len(p) - both) if both else 0.0
    return overlap
