"""What the version before called otherwise, or kept otherwise, is understood or named."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

import firstlight as fl
from command_line import CommandLine
from firstlight.catalogue import Catalogue
from firstlight.cli.former_arguments import todays_arguments
from firstlight.errors import InputError
from firstlight.measurement import folders, measurement
from firstlight.run.former_names import _former, former_names, now_called
from firstlight.run.project import open_project
from firstlight.store.record import RECORD_FILE, _canonical

CHOICES = [(name, choice) for name in former_names() for choice in _former()[name]["now"]]


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsys)


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_every_former_choice_is_a_measurement_with_options_that_it_allows(
    name: str, choice: str
) -> None:
    now, options = now_called(name, {"method": choice})
    assert name not in folders() and now in folders()
    for option, value in options.items():
        measurement(now).parameters[option].check(value)


def test_a_choice_that_was_none_is_refused(shell: CommandLine) -> None:
    with pytest.raises(InputError) as refused:
        now_called("productivity", {"method": "dae"})
    assert refused.value.code == "no_choice"
    said = shell("measure", "productivity", "--method", "dae")
    assert said.code == 2 and "dae" in said.err and "Traceback" not in said.err


@pytest.mark.parametrize("flag", [("--method", "sbm"), ("--method=sbm",)])
def test_a_former_command_measures_and_says_its_name_of_today(
    shell: CommandLine, flag: tuple[str, ...]
) -> None:
    rows = "".join(f"u{k},{1 + k % 3},{1 + k % 4},{2 + k}\n" for k in range(9))
    shell.write("p.csv", f"firm,K,L,Y\n{rows}")
    asked = ("p.csv", "--inputs", "K,L", "--outputs", "Y")
    said = shell("measure", "productivity", *asked, *flag)
    assert said.code == 0 and "measure efficiency" in said.err
    former = Path("observatory/efficiency/scores.csv").read_text(encoding="utf-8")
    assert shell("measure", "efficiency", *asked, "--method", "sbm", "--quiet").err == ""
    assert Path("observatory/efficiency/scores.csv").read_text(encoding="utf-8") == former
    others = ["observe", "productivity"]
    assert todays_arguments(others) == others


def test_settings_and_library_understand_a_former_name(tmp_path: Path) -> None:
    section = '[measure.productivity]\nsource = "p.csv"\nmethod = "super_sbm"\n'
    (tmp_path / "observatory.toml").write_text(section, encoding="utf-8")
    measures = open_project(tmp_path).measures
    assert measures["efficiency"].options == {"method": "sbm", "super_efficiency": True}
    with pytest.warns(FutureWarning, match="efficiency"):
        found = fl.measure("productivity", project=tmp_path / "kept", method="fdh")
    assert found.facts["measurement"] == "efficiency"


def test_the_former_verb_is_said_with_todays_and_the_library_warns(shell: CommandLine) -> None:
    asked = ["science=a.csv", "invention=b.csv", "--top", "3"]
    assert todays_arguments(["follow", *asked]) == ["trace", *asked]
    said = shell("follow", "science=a.csv")
    assert said.code == 2 and "trace science=a.csv" in said.err and "Traceback" not in said.err
    with pytest.warns(FutureWarning, match="trace"), pytest.raises(InputError) as refused:
        fl.follow({"science": "a.csv"})
    assert refused.value.code == "few_records"


def test_what_the_former_verb_kept_is_explained_and_told_to_be_traced_again(
    shell: CommandLine, tmp_path: Path
) -> None:
    Catalogue.open(tmp_path / "observatory").keep(
        "followed",
        instrument="diffusion.following",
        parameters={"as_of": 2016},
        inputs={},
        source="papers",
        licence="CC0",
        compute=lambda: ({"events": pl.DataFrame({"year": [2003]})}, {"as_of": 2016}),
        version="before",
    )
    assert shell("explain", "followed").code == 0 and "2003" in shell("show", "followed").out
    said = shell("report")
    assert said.code == 0 and said.out == "" and "followed" in said.err and "trace" in said.err


def _as_before(record: Path) -> None:
    """A record as the version before wrote it: without modules, and with sentences in tables."""
    content = json.loads(record.read_text(encoding="utf-8"))
    del content["modules"], content["record_sha256"]
    content["facts"].pop("said")
    content["record_sha256"] = sha256(_canonical(content).encode("utf-8")).hexdigest()
    record.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def test_a_catalogue_of_the_version_before_is_explained_and_told_to_be_measured_again(
    shell: CommandLine,
) -> None:
    assert shell("measure", "coupling").code == 0
    for record in Path("observatory/catalogue/coupling").rglob(RECORD_FILE):
        _as_before(record)
    assert shell("explain", "coupling").code == 0 and "stale" in shell("show").out
    said = shell("report")
    assert said.code == 0 and said.out == "" and "coupling" in said.err
