"""Planted technologies are found: communities, births and identity, in English and Chinese.

docs/explanation/recovery.md shows what was measured here, seed by seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from planted_chain import count, folded, term_sets

from firstlight.instruments.emergence.identity import Identity, follow
from firstlight.instruments.emergence.recovery import adjusted_rand, births_recovered, match_technologies
from firstlight.instruments.emergence.survey import Survey
from firstlight.sample.planted import PlantedCorpus, planted_corpus

FIRST, LAST = 2005, 2019  # surveys; the record begins in 2000, and what is older than its first window can't be dated
LEAST = 10  # documents in the forecast year


@dataclass(frozen=True)
class Recovered:
    """How much of the truth was found; shares, except the lag in years."""

    adjusted_rand: float
    terms: float  # planted terms that are terms of a technology found
    technologies: float  # planted ones with at least LEAST documents in the last year that are found
    unplanted: int  # technologies found that share no term with a planted one
    birth_precision: float
    birth_recall: float
    listed_after: float  # mean years from birth to the first survey that lists it
    kept: float  # of a year's matched technologies under the same id a year later, those with the same planted one


def recover(seed: int, language: str) -> Recovered:
    corpus = planted_corpus(seed=seed, language=language, documents_per_year=(300, 600))
    counted = count(corpus.documents)
    surveys = {year: counted.survey(year, least_documents=LEAST) for year in range(FIRST, LAST + 1)}
    identity = follow(surveys)
    standing = {year: stands_for(corpus, own, identity.ids[year]) for year, own in surveys.items()}
    truth = {folded(term): owner for term, owner in corpus.communities(LAST).items()}
    found = {term: own for own, terms in term_sets(surveys[LAST]).items() for term in terms}
    agreement = adjusted_rand(found, truth)
    last = corpus.plan.filter((corpus.plan["year"] == LAST) & (corpus.plan["count"] >= LEAST))
    alive = set(last["technology_id"]) & set(truth.values())
    hits = set(standing[LAST].values())
    precision, recall = births(corpus, surveys, identity, standing)
    return Recovered(
        agreement.adjusted_rand,
        agreement.coverage,
        len(alive & hits) / len(alive),
        len(surveys[LAST].labels) - len(hits),
        precision,
        recall,
        listed_after(corpus, standing),
        kept(standing),
    )


def stands_for(corpus: PlantedCorpus, survey: Survey, ids: tuple[str, ...]) -> dict[str, str]:
    """Persistent id -> planted technology whose terms it holds."""
    truth = {own: {folded(term) for term in terms} for own, terms in corpus.term_sets(survey.forecast_year).items()}
    return {ids[int(own)]: planted for own, planted in match_technologies(term_sets(survey), truth).pairs.items()}


def births(
    corpus: PlantedCorpus, surveys: dict[int, Survey], identity: Identity, standing: dict[int, dict[str, str]]
) -> tuple[float, float]:
    """Precision and recall within a year; a technology is born in the year of its third document.

    That year is read when the technology is first listed. Precision is of births found since FIRST, recall of births
    planted since FIRST.
    """
    claimed: dict[str, int] = {}
    pairs: dict[str, str] = {}
    for year, survey in surveys.items():
        seen = survey.years[(survey.until(year).counts.cumsum(axis=1) >= 3).argmax(axis=1)]
        for own, first in zip(identity.ids[year], seen.tolist(), strict=True):
            if own not in claimed:
                claimed[own] = first
                if standing[year].get(own) not in {None, *pairs.values()}:
                    pairs[own] = standing[year][own]
    planted = corpus.births()
    recent = {own: year for own, year in claimed.items() if year >= FIRST}
    later = {own: year for own, year in planted.items() if year >= FIRST}
    return (
        births_recovered(recent, planted, pairs=pairs).precision,
        births_recovered(claimed, later, pairs=pairs).recall,
    )


def listed_after(corpus: PlantedCorpus, standing: dict[int, dict[str, str]]) -> float:
    first: dict[str, int] = {}
    for year in sorted(standing):
        for planted in standing[year].values():
            first.setdefault(planted, year)
    lags = [first[own] - year for own, year in corpus.births().items() if year >= FIRST and own in first]
    return sum(lags) / len(lags)


def kept(standing: dict[int, dict[str, str]]) -> float:
    pairs = [(standing[y - 1][own], standing[y][own]) for y in standing if y > FIRST for own in standing[y] if own in standing[y - 1]]  # fmt: skip
    return sum(one == two for one, two in pairs) / len(pairs)


CASES = [
    pytest.param(seed, language, marks=[pytest.mark.slow] if seed else [])
    for language in ("en", "zh")
    for seed in (0, 1, 2)
]

# Measured, seeds 0, 1, 2: en: adjusted Rand 1, 1, 1; terms .31, .34, .28; technologies .79, .80, .71; precision .86, 1, .71;
# recall 1, 1, .83; listed after 2.2, 2.6, 3.2 years; kept .99, 1, .98. zh: adjusted Rand 1, 1, 1; terms .40, .43, .47;
# technologies .86, .93, 1; precision .83, 1, .71; recall .75, 1, .83; listed after 2.2, 2.6, 3.2; kept .99, .98, .98.


@pytest.mark.parametrize(("seed", "language"), CASES)
def test_planted_technologies_are_recovered(seed: int, language: str) -> None:
    found = recover(seed, language)
    assert found.adjusted_rand > 0.95
    assert found.terms > (0.25 if language == "en" else 0.35)
    assert found.technologies > 0.65
    assert found.unplanted <= 1
    assert found.birth_precision >= 0.65
    assert found.birth_recall >= 0.7
    assert found.listed_after < 4
    assert found.kept > 0.95
