"""A person at a terminal, and the counts that they have."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from command_line import run_program

NAMES = ("lamps", "lidars", "robots", "drones", "sensors", "lasers", "mills", "pumps", "kilns")


@dataclass(frozen=True)
class Person:
    """Someone at a terminal in a folder of their own."""

    folder: Path
    environment: Mapping[str, str]

    def types(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run the program as typed, to its end."""
        return run_program(self.folder, *words, env=self.environment)

    def gets(self, *words: object) -> str:
        """What the program prints where it succeeds."""
        said = self.types(*words)
        assert said.returncode == 0, said.stderr
        return said.stdout

    def is_refused(self, *words: object) -> str:
        """What the program says where it can't do what was typed; never a traceback."""
        said = self.types(*words)
        assert said.returncode == 2 and said.stdout == "", said
        assert "Traceback" not in said.stderr, said.stderr
        return said.stderr

    def writes(self, name: str, text: str) -> Path:
        """Save a file into the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def yearly_counts() -> list[tuple[str, int, int]]:
    """Counts of invented technologies, of which one grows late and fast."""
    rows = []
    for place, name in enumerate(NAMES):
        for year in range(2000, 2020):
            grown = 40 * max(0, year - 2015) if name == "lidars" else 0
            rows.append((name, year, 20 + 3 * place + year * place % 7 + grown))
    return rows


def as_csv() -> str:
    """The same counts as a file."""
    lines = [f"{name},{year},{count}" for name, year, count in yearly_counts()]
    return "\n".join(["technology,year,count", *lines]) + "\n"
