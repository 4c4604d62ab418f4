"""The command line as a test uses it: in this process, or as a program of its own, in a folder that
is thrown away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import take_off_corpus
from firstlight.cli import main

CHINESE_NAMES = (
    "锂离子电池",
    "量子通信网络",
    "钙钛矿电池",
    "碳纤维材料",
    "燃料电池系统",
    "激光雷达传感器",
    "脑机接口芯片",
    "超导磁体线圈",
)
SOURCE = Path(__file__).resolve().parents[1] / "src"


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class CommandLine:
    """Commands in one folder; ``observe`` keeps its results in the folder's ``observatory``."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> Said:
        """Run a command in this process."""
        self.capture.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stopped:  # argparse
            code = int(stopped.code or 0)
        return Said(code, *self.capture.readouterr())

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def refuses(self, *words: object, says: tuple[str, ...] = (), keeps: bool = False) -> str:
        """Assert exit code 2, a message with what, where and what next, nothing printed, nothing
        half-written."""
        said = self(*words)
        message = said.err[said.err.index("firstlight:") :]
        assert said.code == 2 and said.out == "", said
        assert "where:" in message and "try:" in message and "Traceback" not in message, message
        for each in says:
            assert each in message, (each, message)
        assert keeps or not (self.folder / "observatory").exists()
        assert not unfinished(self.folder), "half-written files are left"
        return message


def unfinished(folder: Path) -> list[Path]:
    """Files that a run began and did not finish."""
    return [
        path
        for path in folder.rglob("*")
        if path.suffix == ".part" or ".unfinished" in path.parent.name
    ]


def program(*words: object, **options: Any) -> list[str]:
    """The command as a program of its own."""
    return [sys.executable, "-m", "firstlight", *map(str, words)]


def environment(**more: str) -> Mapping[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE), **more}


def run_program(folder: Path, *words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    settings = {
        "capture_output": True,
        "text": True,
        "timeout": 600,
        "env": environment(),
        **options,
    }
    return subprocess.run(program(*words), cwd=folder, check=False, **settings)


@cache
def corpus(language: str = "en") -> pl.DataFrame:
    """Invented documents, 2012 to 2019, in which a few technologies can be scored; lists as text."""
    count = len(CHINESE_NAMES)
    made = take_off_corpus.corpus(years=(2012, 2019), per_year=400, technologies=count)
    frame = take_off_corpus.flat(made).with_columns(pl.col("date").dt.year().alias("year"))
    if language == "zh":
        english = take_off_corpus.names(count)
        written = [*english, *(take_off_corpus.acronym(name) for name in english)]
        chinese = pl.col("title", "abstract").str.replace_many(
            written, [*CHINESE_NAMES, *CHINESE_NAMES]
        )
        frame = frame.with_columns(chinese)
    return frame.select("id", "date", "year", "title", "abstract", "authors", "source", "country")


def header_and(*rows: str) -> str:
    """A CSV file of documents."""
    return "\n".join(["id,date,title,abstract", *rows]) + "\n"
