"""What every journey starts with: a program, an empty folder, and a browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from person import Person

from command_line import environment

for neighbour in ("views", "docs"):
    sys.path.append(str(Path(__file__).parents[1] / neighbour))
from browser import Browser, chromium  # noqa: E402

NO_BROWSER = "Chromium isn't installed (Debian: apt install chromium)"


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path, environment(COLUMNS="100"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip(NO_BROWSER)
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()
