"""Fixtures shared by every room's tests."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# What stops must pass: the same examples for the same code, however slow the machine. `make
# test-all` searches further.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeated", PATIENT, derandomize=True, max_examples=25)
settings.register_profile("searching", PATIENT, derandomize=False)
settings.load_profile("repeated")

# The command line speaks the language of whoever runs it; tests say which they mean.
for setting in ("LC_ALL", "LC_MESSAGES", "LANG"):
    os.environ.pop(setting, None)

ROOT = Path(__file__).resolve().parents[1]

# Modules and tests are made by the million objects and live to the end: a garbage collector that
# looks at them again and again takes a quarter of the collection's time.
gc.disable()


def pytest_collection_finish() -> None:
    """From here on, what tests leave behind is collected, and what was collected before is not
    looked at."""
    gc.freeze()
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the search for inputs that end in a traceback is, and where it starts."""
    parser.addoption("--fuzz-inputs", type=int, default=100_000, help="inputs of all targets")
    parser.addoption("--fuzz-seed", type=int, default=0, help="another seed searches elsewhere")


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of published figures and reduced tables, which is part of the repository (see its
    README)."""
    return ROOT / "tests" / "reference"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the repository; tests that need it skip, and say so,
    where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"reference data not found at {folder}")
    return folder
