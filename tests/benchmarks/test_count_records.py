"""Corpora of counts for take-off: read as a user's files are, and a rule is chosen blind to later
outcomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.refused import RefusedError
from benchmarks.take_off import count_records
from benchmarks.take_off.corpora import CORPORA, corpus

from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT, RULES
from firstlight.instruments.emergence.record.scores import JudgedYear

ROOT = Path(__file__).resolve().parents[2]


# corpus -> first year, last complete year, and technologies known at the end of 2012
READ = {
    "patent_subfields": (1976, 2024, 71),
    "patent_fields": (1976, 2024, 32),
    "patent_terms": (1976, 2021, 192),
    "pubmed_terms": (1947, 2020, 239),
    "venture_capital": (2003, 2022, 162),
}


TERMS = {"patent_terms", "pubmed_terms"}  # under no licence that lets them stand in the repository


@pytest.mark.parametrize("name", sorted(READ.keys() - TERMS))
def test_a_corpus_is_read_as_a_users_file_is(name: str, reference: Path) -> None:
    _is_read(name, reference)


def test_terms_are_read_as_a_users_file_is(shared: Path) -> None:
    for name in sorted(TERMS):
        _is_read(name, shared)


def _is_read(name: str, folder: Path) -> None:
    own = corpus(name)
    counts = own.read(folder)
    known = counts.at(2012).counts
    assert (counts.first_year, counts.complete_to, len(known.names)) == READ[name]
    for target in own.targets:
        assert own.forecast_years(counts, target)[-1] == counts.complete_to - target.horizon
    assert own.chosen_to < counts.complete_to - 3


def test_names_of_corpora() -> None:
    assert {own.name for own in CORPORA} == set(READ)
    with pytest.raises(RefusedError, match="no corpus"):
        corpus("patents")


def years(outcomes: list[list[bool]]) -> list[JudgedYear]:
    size = len(outcomes[0])
    return [
        JudgedYear(
            year=2000 + row,
            names=tuple("abcdef"[:size]),
            documents=np.full(size, 20.0),
            is_take_off=np.array(outcome),
            groups=np.arange(size),
            lineages=np.arange(size),
            chance=np.zeros(size),
        )
        for row, outcome in enumerate(outcomes)
    ]


def record(outcomes: list[list[bool]]) -> count_records.Judged:
    """``size`` is always right, the other rules always wrong."""
    judged = years(outcomes)
    right = [one.is_take_off.astype(float) for one in judged]
    scores = {name: [-values for values in right] for name, _ in RULES}
    return count_records.Judged(judged, scores | {"size": right})


def test_a_rule_is_chosen_once_enough_outcomes_are_known() -> None:
    some = record([[True, False, False, False]] * 10)
    rules, _ = count_records.chosen_each_year(some, 3, 1.0)
    # The outcome of 2002, the third, is known at the end of 2005.
    assert rules == [RULE_TO_BEAT] * 5 + ["size"] * 5


def test_outcomes_that_are_not_known_yet_choose_nothing() -> None:
    outcomes = [[True, False, False, False]] * 10
    turned = [*outcomes[:5], *([[False, False, False, True]] * 5)]
    first, again = record(outcomes), record(turned)
    early = [count_records.chosen_each_year(one, 3, 1.0)[0][:8] for one in (first, again)]
    assert early[0] == early[1]


@pytest.mark.slow
def test_the_record_of_a_corpus_is_printed(
    shared: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    count_records.main([corpus("venture_capital")], shared, tmp_path / "records.json")
    printed = capsys.readouterr().out
    assert all(name in printed for name, _ in RULES) and count_records.CHOSEN in printed
    assert "1,061 scored, 68 take-offs" in printed
