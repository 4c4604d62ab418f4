"""The invented sky, and a hostile one, for every test of a view."""

from __future__ import annotations

import invented_take_off
import polars as pl
import pytest
from invented_observation import HOSTILE, Observation, observation


@pytest.fixture(scope="session")
def sky() -> Observation:
    return observation()


@pytest.fixture(scope="session")
def take_off() -> Observation:
    """The invented observation of take-off; its future is known."""
    return invented_take_off.observation()


@pytest.fixture
def hostile() -> Observation:
    """The invented sky with a hostile text in every column that documents can reach."""
    tables, facts = observation(20)
    labels = [HOSTILE[place % len(HOSTILE)] for place in range(20)]
    tables["technologies"] = tables["technologies"].with_columns(label=pl.Series(labels))
    terms = tables["terms"]
    tables["terms"] = terms.with_columns(term=pl.Series([HOSTILE[p % len(HOSTILE)] for p in range(terms.height)]))
    reached = [("shares", "name"), ("cases", "label"), ("cases", "why_en"), ("precedents", "precedent_label")]
    for name, column in (*reached, ("set_aside", "example"), ("warnings", "text_en")):
        texts = [HOSTILE[place % len(HOSTILE)] for place in range(tables[name].height)]
        tables[name] = tables[name].with_columns(pl.Series(column, texts))
    tables["findings"] = tables["findings"].with_columns(text_en=pl.Series(list(HOSTILE[:3])))
    facts |= {"title": HOSTILE[0], "citation": HOSTILE[1], "inputs": [{"name": HOSTILE[0], "sha256": HOSTILE[2]}]}
    return tables, facts
