"""Commands that are killed at any step, and two at once in one project: nothing is lost, nothing
half-done is shown, and the next run ends with the bytes of one that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from killed import Runs, runs
from test_observe_killed import readable

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork are POSIX's")

INDEX = ("index.html", "report.md", "observation.json", "set_aside.csv", "tables")
TO_KEPT = ("--project", "kept")
WORDS: Mapping[str, Sequence[str]] = {
    "observe": ("observe", "counts.csv", "--quiet", *TO_KEPT),
    "measure": ("measure", "inequality", "incomes.csv", "--quiet", *TO_KEPT),
    "report": ("report", "--lang", "zh", *TO_KEPT),
    "run": ("run", "kept", "--quiet"),
}
KILLS = {"measure": 70, "report": 50, "observe": 50, "run": 30}
ALWAYS = {"measure": 4, "report": 1, "observe": 1}  # the others are slow
TOGETHER = [("measure", "measure"), ("observe", "measure"), ("report", "observe"), ("run", "run")]
ALWAYS_TOGETHER = 1
PROJECT = """
[measure.inequality]
source = "incomes.csv"
[measure.convergence]
source = "incomes.csv"
"""


def counts(seed: int) -> str:
    rng = random.Random(seed)
    rows = ["tag,year,count,total"]
    for tag in range(12):
        for year in range(2008, 2020):
            count = 20 + 5 * (year - 2008) * (tag % 4) + rng.randrange(10)
            rows.append(f"tag {tag},{year},{count},2000")
    return "\n".join([*rows, "lost,,1,2000"]) + "\n"


def incomes(seed: int) -> str:
    rng = random.Random(seed)
    cells = [
        (place, year, rng.randrange(20, 90)) for place in "abcdef" for year in range(2000, 2008)
    ]
    return "place,year,value,population\n" + "".join(f"{p},{y},{v},10\n" for p, y, v in cells)


def shown(home: Path) -> dict[str, dict[str, bytes]]:
    """What a person opens: of each page its files, by their names."""
    kept, groups = home / "kept", dict[str, dict[str, bytes]]()
    for path in sorted(kept.rglob("*")):
        name = path.relative_to(kept)
        is_hidden = name.parts[0].startswith(".") or name.parts[0] == "catalogue"
        if path.is_file() and not is_hidden and not (home / "given" / name).exists():
            of = "index" if name.parts[0] in INDEX else name.parts[0].removesuffix(".html")
            groups.setdefault(of, {})[name.as_posix()] = path.read_bytes()
    return groups


def hashes(home: Path) -> dict[str, dict[str, str]]:
    """Key of each result that is kept -> its tables' hashes."""
    found = {}
    for path in home.glob("kept/catalogue/**/result.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        found[told["key"]] = {name: table["sha256"] for name, table in told["tables"].items()}
    return found


@dataclass(frozen=True)
class Scene:
    """A project before a command, and what the command leaves when nobody disturbs it."""

    before: Path
    calm: Path
    steps: int


class Scenes:
    """The scene of each command, made when it is first asked for."""

    def __init__(self, folder: Path, run: Runs) -> None:
        self.folder, self.run, self.made = folder, run, dict[str, Scene]()

    def of(self, command: str) -> Scene:
        if command not in self.made:
            self.made[command] = self._new(command)
        return self.made[command]

    def _new(self, command: str) -> Scene:
        before, calm = self.folder / command / "before", self.folder / command / "calm"
        before.mkdir(parents=True)
        if command == "run":
            (before / "kept").mkdir()
            (before / "kept" / "observatory.toml").write_text(PROJECT)
            (before / "kept" / "incomes.csv").write_text(incomes(1))
            shutil.copytree(before / "kept", before / "given")
            self._done(before, *WORDS[command])
            for path in (before / "kept" / "incomes.csv", before / "given" / "incomes.csv"):
                frame = pl.read_csv(path)
                frame.with_columns(pl.col("value") * 2 + pl.col("year")).write_csv(path)
        else:
            for seed in (1, 2):
                (before / "counts.csv").write_text(counts(seed))
                (before / "incomes.csv").write_text(incomes(seed))
                if seed == 1:
                    self._done(before, *WORDS["observe"])
                    self._done(before, *WORDS["measure"])
        shutil.copytree(before, calm)
        (ended,) = self.run(calm, WORDS[command])
        assert ended.code == 0, ended.said
        return Scene(before, calm, ended.steps)

    def _done(self, folder: Path, *words: str) -> None:
        (ended,) = self.run(folder, words)
        assert ended.code == 0, ended.said


@pytest.fixture(scope="module")
def run() -> Iterator[Runs]:
    with runs() as running:
        yield running


@pytest.fixture(scope="module")
def scenes(run: Runs, tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return Scenes(tmp_path_factory.mktemp("scenes"), run)


def check_whole(home: Path, *known: Path) -> None:
    """The catalogue is readable to the last byte, and each page stands beside files of one run."""
    readable(home / "kept")
    now, others = shown(home), [shown(other) for other in known]
    for name, files in now.items():
        page = f"{name}.html"
        assert page not in files or any(files == other.get(name) for other in others), name


def check_like(home: Path, calm: Path) -> None:
    """What is shown and kept are the bytes of the calm run, and nothing half-done is left."""
    assert shown(home) == shown(calm)
    assert hashes(home) == hashes(calm)
    assert not [
        *(home / "kept").glob(".publish*"),
        *(home / "kept").glob("catalogue/.unfinished/*"),
    ]


def some(count: Mapping[str, int], always: Mapping[str, int]) -> list[object]:
    """(command, seed), of which all but the first few are slow."""
    return [
        pytest.param(name, seed, marks=[pytest.mark.slow] * (seed >= always.get(name, 0)))
        for name in count
        for seed in range(count[name])
    ]


@pytest.mark.parametrize(("command", "seed"), some(KILLS, ALWAYS))
def test_a_kill_at_any_step_loses_nothing(
    command: str, seed: int, scenes: Scenes, tmp_path: Path
) -> None:
    scene, home = scenes.of(command), tmp_path / "home"
    shutil.copytree(scene.before, home)
    sent = (signal.SIGKILL, signal.SIGTERM)[seed % 2]
    step = random.Random(seed).randrange(scene.steps) + 1
    (ended,) = scenes.run(home, WORDS[command], stop_at=step, signal=sent)
    assert ended.code == -sent, ended
    check_whole(home, scene.before, scene.calm)
    (ended,) = scenes.run(home, WORDS[command])
    assert ended.code == 0, ended.said
    check_like(home, scene.calm)


@pytest.mark.parametrize(
    ("commands", "seed"),
    [
        pytest.param(own, seed, marks=[pytest.mark.slow] * (seed > 0 or place >= ALWAYS_TOGETHER))
        for place, own in enumerate(TOGETHER)
        for seed in range(3)
    ],
)
def test_two_at_once_end_as_one_after_the_other(
    commands: tuple[str, str], seed: int, scenes: Scenes, tmp_path: Path
) -> None:
    scene, home, calm = scenes.of(commands[0]), tmp_path / "home", tmp_path / "calm"
    for folder in (home, calm):
        shutil.copytree(scene.before, folder)
    words = [WORDS[command] for command in commands]
    for ended in scenes.run(home, *words):
        assert ended.code == 0 and "Traceback" not in ended.said, ended.said
    for command in words:
        assert scenes.run(calm, command)[0].code == 0
    check_whole(home, scene.before, calm, scenes.of(commands[1]).calm)
    if "report" not in commands:  # which shows what was kept when it looked
        check_like(home, calm)


@pytest.mark.slow
def test_of_two_observations_at_once_one_is_shown_whole(scenes: Scenes, tmp_path: Path) -> None:
    before, homes = scenes.of("observe").before, [tmp_path / name for name in ("a", "b", "both")]
    for home in homes:
        shutil.copytree(before, home)
    words = [[*WORDS["observe"], "--as-of", year] for year in ("2015", "2016")]
    for home, own in zip(homes, [words[:1], words[1:], words], strict=True):
        assert [ended.code for ended in scenes.run(home, *own)] == [0] * len(own)
    check_whole(homes[2], *homes[:2])
    assert set(hashes(homes[2])) == set(hashes(homes[0])) | set(hashes(homes[1]))
