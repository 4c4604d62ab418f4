"""The README's first screen shows what the program prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from runnable_pages import absent, blocks, run

LEFT_OUT = "…"
OF_TODAY = "years since is in this list"  # counted up to this year


@pytest.mark.slow
def test_the_first_screen_is_what_observe_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")  # as wide as the page's lines
    (shown,) = [text for language, text in blocks("../README.md") if language == "text"]
    lines = [line for line in shown.splitlines() if line.strip() != LEFT_OUT]
    expected = [line for line in lines if OF_TODAY not in line]
    assert len(expected) == len(lines) - 1 > 30
    assert absent("\n".join(expected), run("sh", "firstlight observe", {})) == []
