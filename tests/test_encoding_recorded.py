"""An encoding that the user names: every command takes it, refuses an unknown one in words, and
writes down what was read under it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import CommandLine

NAMES = ("深度学习", "固态电池", "量子计算", "自动驾驶")
COUNTS = "technology,year,count\n" + "".join(
    f"{name},{year},{20 + 3 * at + (year - 2000) * at}\n"
    for at, name in enumerate(NAMES)
    for year in range(2000, 2016)
)
COSTS = "technology,year,cost\n" + "".join(f"{NAMES[0]},{2000 + at},{9 - at}\n" for at in range(7))
PAPERS = "id,title,year\n" + "".join(
    f"d{year}{row},关于{NAMES[(year + row) % 4]}的研究,{year}\n"
    for year in range(2000, 2016)
    for row in range(40)
)
COMMANDS = {
    "observe": ("observe", "counts.csv"),
    "trace": ("trace", "science=papers.csv", "invention=counts.csv"),
    "measure": ("measure", "learning", "costs.csv"),
}


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsys)


def _encodings(folder: Path) -> set[str]:
    """The encodings under which the kept Results say that files were read."""
    kept = [
        json.loads(path.read_text("utf-8")) for path in folder.rglob("catalogue/**/result.json")
    ]
    return {one["parameters"]["encoding"] for one in kept if "encoding" in one["parameters"]}


@pytest.mark.slow
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_named_encoding_is_checked_used_and_written_down(
    shell: CommandLine, command: str
) -> None:
    shell.write("counts.csv", COUNTS.encode("gbk"))
    shell.write("papers.csv", PAPERS.encode("gbk"))
    shell.write("costs.csv", COSTS.encode("gbk"))
    words = (*COMMANDS[command], "--quiet")
    shell.refuses(*words, "--encoding", "gb1803", says=("unknown encoding 'gb1803'", "gb18030"))
    shell.refuses(*words, "--encoding", "big5", says=("big5", NAMES[0], "gb18030"))
    said = shell(*words, "--encoding", "gbk", "--project", "kept")
    assert said.code == 0 and any(name in said.out for name in NAMES)
    assert _encodings(shell.folder) == {"gbk"}
