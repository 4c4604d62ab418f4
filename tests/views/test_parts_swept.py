"""What a kill left half-written in a folder of tables goes when something is written there."""

from __future__ import annotations

import os
from pathlib import Path

from firstlight.views.tables import _HOST, write_text

NO_PROCESS = 2**22 + 1  # beyond the largest number that Linux gives


def test_parts_of_files_that_are_written_no_more_go_too(tmp_path: Path) -> None:
    left = tmp_path / f".gone.csv.{_HOST}.{NO_PROCESS}.part"
    running = tmp_path / f".gone.csv.{_HOST}.{os.getppid()}.part"
    elsewhere = tmp_path / f".gone.csv.0f0f.{NO_PROCESS}.part"
    for part in (left, running, elsewhere):
        part.touch()
    write_text("a", tmp_path / "a.txt")
    kept = {file.name for file in tmp_path.iterdir()}
    assert kept == {"a.txt", running.name, elsewhere.name}
