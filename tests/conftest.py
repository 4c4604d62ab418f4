"""Fixtures shared by every room's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# What stops must pass: the same examples for the same code. `make test-all` searches further.
settings.register_profile("repeated", derandomize=True)
settings.register_profile("searching", derandomize=False)
settings.load_profile("repeated")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the repository; tests that need it skip, and say so, where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"reference data not found at {folder}")
    return folder
