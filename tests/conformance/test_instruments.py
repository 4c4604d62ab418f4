"""Every line of the list of instruments passes the same test."""

from __future__ import annotations

import inspect
import re

import pytest

from firstlight.nouns import Instrument
from firstlight.run.listing import INSTRUMENTS

NAMES = [instrument.name for instrument in INSTRUMENTS]


def test_names_are_unique_and_belong_to_a_family() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in NAMES)


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=NAMES)
def test_an_instrument_says_what_it_does_and_where_that_comes_from(instrument: Instrument) -> None:
    assert callable(instrument.function)
    assert len(inspect.getdoc(instrument.function) or "") > 80
    assert len(instrument.formula["en"].split()) > 5
    assert instrument.citation == "Firstlight" or re.search(r"\b(19|20)\d\d\b", instrument.citation)


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=NAMES)
def test_what_an_instrument_needs_is_a_table_or_another_instrument(instrument: Instrument) -> None:
    assert instrument.needs
    assert set(instrument.needs) <= set(NAMES) | {"files", "documents", "counts", "panel"}
    assert instrument.name not in instrument.needs
