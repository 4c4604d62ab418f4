"""What must not change doesn't, of every measurement: rows shuffled, units renamed, money in
thousands, columns and units added that add nothing, a year appended, other kinds of frames."""

from __future__ import annotations

import random
from fnmatch import fnmatchcase

import pytest
from declared_samples import NAMES, NEEDS, SLOW_SAMPLES
from relation_exceptions import EXCEPTIONS
from relations import RELATIONS

from firstlight.errors import FirstlightError
from firstlight.measurement import measurement

EACH = [(name, relation) for name in NAMES for relation in RELATIONS]
QUICK = [pair for pair in EACH if pair[0] not in SLOW_SAMPLES]
ORDINARY = set(random.Random(2).sample(QUICK, 40))  # the others are proofs for make test-all


@pytest.mark.parametrize(
    ("name", "relation"),
    [
        pytest.param(*pair, marks=[pytest.mark.slow] * (pair not in ORDINARY), id="-".join(pair))
        for pair in EACH
    ],
)
def test_what_must_not_change_does_not(name: str, relation: str) -> None:
    if module := NEEDS.get(name):
        pytest.importorskip(module)
    try:
        changed = set(RELATIONS[relation](measurement(name)))
    except FirstlightError as error:
        changed = {f"refused: {error.code}"}
    excepted = [
        pattern
        for by_name in EXCEPTIONS.get(relation, {}).values()
        for pattern in by_name.get(name, ())
    ]
    beyond = {one for one in changed if not any(fnmatchcase(one, own) for own in excepted)}
    assert beyond == set(), "mend it, or say in relation_exceptions.py why it may change"
    needless = [own for own in excepted if not any(fnmatchcase(one, own) for one in changed)]
    assert needless == [], "no longer changes: take it out of relation_exceptions.py"


def test_exceptions_are_of_relations_and_measurements_that_there_are() -> None:
    assert set(EXCEPTIONS) <= set(RELATIONS)
    for reasons in EXCEPTIONS.values():
        for reason, by_name in reasons.items():
            assert len(reason.split()) > 3
            assert set(by_name) <= set(NAMES)
