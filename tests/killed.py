"""Commands that are ended by a signal at a step of the file system, whatever the machine's speed:
``python -m killed`` reads runs as JSON lines, and answers how each ended.

Each is a fork of a process that has imported everything and computed nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

TESTS = Path(__file__).parent
STEPS = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "open")
WRITES = os.O_WRONLY | os.O_RDWR
NOWHERE = -1


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, below 0 the signal; and the steps it took."""

    code: int
    steps: int
    said: str


class Runs:
    """Runs that are asked for, one or several at once."""

    def __init__(self, asked: IO[str], told: IO[str]) -> None:
        self._asked, self._told = asked, told

    def __call__(
        self, folder: Path, *commands: Sequence[str], stop_at: int = NOWHERE, signal: int = 0
    ) -> list[Ended]:
        """Run commands in a folder at once; each is sent a signal at one of its steps."""
        asked = {"folder": str(folder), "commands": commands, "stop_at": stop_at, "signal": signal}
        self._asked.write(json.dumps(asked) + "\n")
        self._asked.flush()
        return [Ended(**each) for each in json.loads(self._told.readline())]


@contextmanager
def runs() -> Iterator[Runs]:
    """A process that runs commands."""
    roots = [str(TESTS), *filter(None, sys.path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "killed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(roots), "LC_ALL": "C.UTF-8"},
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield Runs(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        process.wait()


class Steps:
    """Counts what is changed in a folder, tells it to a pipe, and sends a signal at one step."""

    def __init__(self, folder: str, asked: dict[str, Any], told: int) -> None:
        self.folder, self.asked, self.told, self.count = folder, asked, told, 0

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if event not in STEPS or (event == "open" and not given[2] & WRITES):
            return
        path = given[0]
        if not isinstance(path, str | bytes | os.PathLike):
            return
        place = os.fsdecode(path)
        if Path(place).is_absolute() and not place.startswith(self.folder):
            return
        self.count += 1
        os.write(self.told, b".")
        if self.count == self.asked["stop_at"]:
            os.kill(os.getpid(), self.asked["signal"])


def _run(words: list[str], asked: dict[str, Any], told: int, said: Path) -> None:
    """The child: run one command, and end without what Python does at its end."""
    from firstlight.cli import main

    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.chdir(asked["folder"])
    sys.addaudithook(Steps(asked["folder"], asked, told))
    code = 3
    try:
        code = main(words)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _answer(asked: dict[str, Any]) -> list[dict[str, Any]]:
    begun = []
    for place, words in enumerate(asked["commands"]):
        seen, told = os.pipe()
        said = Path(asked["folder"]).with_name(f"said_{place}.txt")
        child = os.fork()
        if not child:
            _run(words, asked, told, said)
        os.close(told)
        begun.append((child, seen, said))
    ended = []
    for child, seen, said in begun:
        with os.fdopen(seen, "rb") as steps:
            count = len(steps.read())
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        ended.append({"code": code, "steps": count, "said": said.read_text(errors="replace")})
    return ended


def serve() -> None:
    """Import what the commands need, and run what is asked for."""
    # here, so that each run finds it imported
    import firstlight.cli.commands
    import firstlight.run.measured
    import firstlight.run.observing
    import firstlight.views.observation_terminal
    import firstlight.views.publish
    import firstlight.views.result_terminal  # noqa: F401
    from firstlight.measurement import folders, measurement

    for name in ("inequality", "spatial_pattern", "convergence"):
        assert name in folders() and measurement(name).function
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
