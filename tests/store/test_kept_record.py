"""Keys: the same choice gives the same key, another choice another key, and what has no exact form
is refused."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.errors import InputError, StoreError
from firstlight.measurement import folders, measurement
from firstlight.nouns import Result
from firstlight.store import code_version as code_version_module
from firstlight.store.code_version import code_version, files_used, modules_used
from firstlight.store.record import check_name, damage, key_of, plain, read_record, write_record

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    LEAVES, lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text(), of, max_size=3)
)


@dataclass(frozen=True)
class Choice:
    horizon: int
    since: date


class Target(enum.Enum):
    A = "since its peak"


def _key(parameters: dict[str, Any]) -> str:
    return key_of("growth", parameters, {"terms": "0" * 64}, "1")


@given(st.dictionaries(st.text(), VALUES, max_size=4))
@pytest.mark.slow
def test_a_key_survives_json_and_order(parameters: dict[str, Any]) -> None:
    said = plain(parameters, "parameters")
    assert _key(json.loads(json.dumps(said))) == _key(parameters)
    assert _key(dict(reversed(parameters.items()))) == _key(parameters)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ((1, 2.5), [1, 2.5]),
        (np.float64(0.1), 0.1),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (np.array([1, 2]), [1, 2]),
        (-0.0, 0.0),
        (date(2016, 12, 31), "2016-12-31"),
        (datetime(2016, 12, 31, 1), "2016-12-31T01:00:00"),
        (Path("a") / "b.csv", "a/b.csv"),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({2016: 1}, {"2016": 1}),
        (Target.A, "since its peak"),
        (Choice(3, date(2016, 1, 1)), {"horizon": 3, "since": "2016-01-01"}),
    ],
)
def test_values_that_mean_the_same_have_the_same_key(one: Any, same: Any) -> None:
    assert _key({"p": one}) == _key({"p": same})


@pytest.mark.parametrize(
    ("one", "other"), [(None, "None"), (1, True), (0.1, 0.1 + 1e-17 + 1e-16), ([1], 1), ("", None)]
)
def test_values_that_differ_have_different_keys(one: Any, other: Any) -> None:
    assert _key({"p": one}) != _key({"p": other})


def test_each_part_of_the_question_changes_the_key() -> None:
    asked = ("growth", {"h": 3}, {"terms": "0" * 64}, "1")
    others = [
        ("share", *asked[1:]),
        (asked[0], {"h": 4}, *asked[2:]),
        (*asked[:2], {"terms": "1" * 64}, "1"),
        (*asked[:3], "2"),
    ]
    assert len({key_of(*other) for other in [asked, *others]}) == 5


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (float("nan"), "parameters.p"),
        ([1.0, float("inf")], r"parameters.p\[1\]"),
        (np.float32("nan"), "parameters.p"),
        ({"q": object()}, "parameters.p.q"),
        (b"bytes", "parameters.p"),
        ("\ud800", "parameters.p"),
        ({1: 0, "1": 0}, "parameters.p"),
        ({None: 0}, "parameters.p"),
    ],
)
def test_what_has_no_exact_form_is_refused_by_place(value: Any, place: str) -> None:
    with pytest.raises(InputError, match=place):
        _key({"p": value})


@pytest.mark.parametrize("key", ["", "abc", "sha256:12", "md5:" + "0" * 64, "../" + "0" * 64])
def test_an_input_must_be_a_key(key: str) -> None:
    with pytest.raises(InputError, match="input terms"):
        key_of("growth", {}, {"terms": key}, "1")


@pytest.mark.parametrize(
    "name", ["", ".hidden", "../up", "a/b", "a b", "a\n", "<script>", "x" * 101]
)
def test_a_name_can_not_leave_its_folder(name: str) -> None:
    with pytest.raises(InputError):
        check_name(name, "result")


def _written(folder: Path) -> Result:
    key = key_of("share", {"h": 3}, {}, "1")
    result = Result(
        "shares", key, "share", {"h": 3}, {}, {}, {"n": 2}, "made up", "CC0-1.0", "1", "2020-01-01"
    )
    frame = pl.DataFrame({"term": ["a", "b"], "share": [0.5, 0.25]})
    folder.mkdir(exist_ok=True)
    write_record(folder, result, {"by_term": frame}, {"by_term": {"share": "dimensionless"}})
    return result


def test_a_record_reads_back(tmp_path: Path) -> None:
    result = _written(tmp_path / "r")
    record = read_record(tmp_path / "r")
    assert record.result.facts == result.facts
    assert record.tables["by_term"].columns == (
        ("term", "String", ""),
        ("share", "Float64", "dimensionless"),
    )
    assert record.tables["by_term"].rows == 2
    assert damage(record) == ()
    _written(tmp_path / "again")
    for file in ("result.json", "by_term.parquet"):
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "r" / file).read_bytes()


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    _written(tmp_path)
    table = tmp_path / "by_term.parquet"
    whole = table.read_bytes()
    for place in range(0, len(whole), 97):
        table.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert [found.code for found in damage(read_record(tmp_path))] == ["file_changed"]
    table.unlink()
    assert [found.code for found in damage(read_record(tmp_path))] == ["file_gone"]


def test_a_record_cut_short_or_altered_is_refused(tmp_path: Path) -> None:
    _written(tmp_path)
    path = tmp_path / "result.json"
    whole = path.read_text("utf-8")
    for altered in (
        "",
        whole[: len(whole) // 2],
        "[]",
        whole.replace('"n": 2', '"n": 3'),
        whole.replace("CC0", "CC1"),
    ):
        path.write_text(altered, "utf-8")
        with pytest.raises(StoreError, match=r"result\.json"):
            read_record(tmp_path)


def test_a_unit_of_nothing_is_refused(tmp_path: Path) -> None:
    result = Result("r", "0" * 64, "i", {}, {}, {}, {}, "", "", "1", "")
    for units in ({"t": {"b": "kg"}}, {"u": {"a": "kg"}}):
        with pytest.raises(InputError, match="a unit is told"):
            write_record(tmp_path, result, {"t": pl.DataFrame({"a": [1]})}, units)


MADE = {
    "rates/fit.py": "from firstlight.numbers import sums\nimport numpy\n",
    "rates/__init__.py": "def f():\n    from firstlight import unasked\n",
    "numbers/sums.py": 'TABLE = "weights.csv"\nWORDS = "zh.toml"\n',
    "numbers/__init__.py": "",
    "numbers/weights.csv": "a,1\n",
    "numbers/zh.toml": "a = 1\n",
    "numbers/unused.csv": "b,2\n",
    "unasked.py": "x = 1\n",
    "views/page.py": "x = 1\n",
}


@pytest.mark.parametrize(
    ("changed", "is_stale"),
    [
        ("rates/fit.py", True),
        ("numbers/sums.py", True),
        ("numbers/weights.csv", True),
        ("rates/__init__.py", True),
        ("numbers/zh.toml", False),
        ("numbers/unused.csv", False),
        ("unasked.py", False),
        ("views/page.py", False),
    ],
)
def test_a_step_is_stale_by_what_it_uses_and_by_nothing_else(
    tmp_path: Path, changed: str, is_stale: bool
) -> None:
    versions = []
    for number, extra in enumerate(("", "# changed\n")):
        package = tmp_path / str(number)
        for name, text in MADE.items():
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            (package / name).write_text(text + (extra if name == changed else ""))
        versions.append(code_version("firstlight.rates.fit", package=package))
    assert (versions[0] != versions[1]) == is_stale


def test_a_step_is_stale_by_another_version_of_a_library_that_it_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, library in (("one", "numpy"), ("other", "json")):
        (tmp_path / f"{name}.py").write_text(f"import {library}\n")

    def versions() -> list[str]:
        code_version_module.code_version.cache_clear()
        return [code_version(f"firstlight.{name}", package=tmp_path) for name in ("one", "other")]

    before = versions()
    monkeypatch.setattr(code_version_module, "version", lambda name: "99")
    after = versions()
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_every_data_file_is_used_by_a_step() -> None:
    """Those of sources, instruments, joins and run, words and samples apart, make a step or a
    measurement stale that reads them."""
    steps = ("documents_in", "counts_in", "observation", "tracing.steps", "bundled")
    measurements = [measurement(name).function.__module__ for name in folders()]
    used = modules_used(*(f"firstlight.run.{step}" for step in steps), *measurements)
    known = {file.name for file in files_used(used.values())}
    rooms = [
        code_version_module.PACKAGE / room for room in ("sources", "instruments", "joins", "run")
    ]
    data = {
        file.name
        for room in rooms
        for suffix in ("csv", "json", "parquet", "toml")
        for file in room.rglob(f"*.{suffix}")
        if "sample" not in str(file.relative_to(room))
    }
    of_projects_and_briefs = {"new_project.toml", "kinds.toml", "rooms.toml", "themes.toml"}
    words_and_names = {"en.toml", "zh.toml", "source.toml", "former_names.toml"}
    assert data - known - of_projects_and_briefs - words_and_names == set()
