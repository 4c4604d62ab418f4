"""What distinguishes the documents of a technology: the log-likelihood ratio, and phrases of small
records."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse, stats
from small_records import YEAR, record, technologies

from firstlight.instruments.emergence.technologies.distinguishing_phrases import (
    FEWEST_SHARED,
    distinguishing_phrases,
    log_likelihood,
)
from firstlight.instruments.emergence.technologies.membership import members

FILLER = ("alpha", "bravo", "delta", "gamma", "kappa", "omega", "sigma", "theta")


def test_g_squared_is_that_of_scipy() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        cells = rng.integers(1, 40, (2, 2)).astype(float)
        size, both = int(cells.sum()), cells[0, 0]
        one, other = cells[0].sum(), cells[:, 0].sum()
        found = log_likelihood(np.array([both]), np.array([one]), np.array([other]), size)[0]
        told = stats.chi2_contingency(cells, correction=False, lambda_="log-likelihood")
        assert found == pytest.approx(told.statistic if both * size > one * other else 0)


def texts() -> list[str]:
    """Documents on lattice sensors, whose signal drift is theirs alone, and on tidal turbines."""
    return [about("lattice sensor", "signal drift", k) for k in range(20)] + [
        about("tidal turbine", "blade wear", k) for k in range(20)
    ]


def about(name: str, trait: str, k: int) -> str:
    return f"The {name} has {trait} in {FILLER[k % 8]}. A {name} is here, and the {name} has it."


def phrases_of(
    written: list[str], years: list[int] | None = None, year: int = YEAR
) -> dict[str, list[str]]:
    found = record(written, years)
    made = technologies(found, year)
    belongs = members(found.phrases, made)
    table = distinguishing_phrases(
        found.phrases, found.term_years, found.names(year), made, sparse.csr_matrix(belongs), year
    )
    heads = found.phrases.terms[made.heads].to_list()
    listed: dict[str, list[str]] = {head: [] for head in heads}
    for row, _, phrase in table.sort("technology", "position").iter_rows():
        listed[heads[row]].append(phrase)
    return listed


def test_what_only_its_documents_say_comes_first() -> None:
    found = phrases_of(texts())
    assert "signal drift" in found["latticesensor"] and "blade wear" not in found["latticesensor"]
    assert "blade wear" in found["tidalturbine"] and "signal drift" not in found["tidalturbine"]
    assert not set(FILLER) & set(found["latticesensor"])  # as common elsewhere


def test_neither_its_own_forms_nor_their_parts_are_listed_nor_one_phrase_within_another() -> None:
    for name, phrases in phrases_of(texts()).items():
        keys = [phrase.replace(" ", "") for phrase in phrases]
        assert not any(key in name for key in keys)
        assert not any(one in other for one in keys for other in keys if one != other)


def test_later_documents_change_nothing() -> None:
    later = [about("lattice sensor", "thermal noise", k) for k in range(FEWEST_SHARED + 5)]
    years = [YEAR] * 40 + [YEAR + 1] * len(later)
    assert (
        phrases_of(texts() + later, years)["latticesensor"] == phrases_of(texts())["latticesensor"]
    )
