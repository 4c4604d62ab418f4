"""The invented observation of take-off, and a hostile one, for every test of a view."""

from __future__ import annotations

import invented_take_off
import pytest
from hostile_take_off import hostile_observation
from invented_take_off import Observation


@pytest.fixture(scope="session")
def take_off() -> Observation:
    """The invented observation of take-off; its future is known."""
    return invented_take_off.observation()


@pytest.fixture
def hostile() -> Observation:
    """The invented observation with a hostile text in every column that documents or users can
    reach."""
    return hostile_observation()
