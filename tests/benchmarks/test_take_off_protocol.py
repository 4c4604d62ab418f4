"""The protocol of the record of take-off is frozen: neither its file nor the code's constants
change unnoticed."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest
from benchmarks.refused import RefusedError

from firstlight.instruments.emergence.forecast import distribution
from firstlight.instruments.emergence.record import take_off

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.take_off import protocol  # noqa: E402
from benchmarks.take_off.skill_corpora import COUNTS, SHIPPED, TEXTS  # noqa: E402


def test_the_protocol_is_the_last_version_and_the_code_has_its_constants() -> None:
    """If this fails, undo the change, or write the new hash, the date and the reason into
    protocol_versions.csv."""
    protocol.check(protocol.read_protocol())
    known = protocol.versions()
    assert known["version"].to_list() == list(range(1, known.height + 1))
    assert known["sha256"].is_unique().all() and known["date"].is_sorted()
    assert (known["reason"].str.len_chars() > 20).all()


def test_a_change_of_the_file_needs_a_new_version(tmp_path: Path) -> None:
    changed = tmp_path / "protocol.toml"
    text = protocol.PROTOCOL.read_text(encoding="utf-8")
    changed.write_text(
        text.replace("scored = [2008, 2020]", "scored = [2009, 2020]"), encoding="utf-8"
    )
    other = protocol.read_protocol(changed)
    with pytest.raises(RefusedError, match="not the last version"):
        protocol.check(other)
    versions = tmp_path / "versions.csv"
    row = pl.DataFrame(
        {
            "version": [99],
            "date": ["2030-01-01"],
            "sha256": [other.sha256],
            "reason": ["a later year"],
        }
    )
    pl.concat([protocol.versions(), row]).write_csv(versions)
    protocol.check(other, versions)


@pytest.mark.parametrize(
    ("module", "name", "value", "said"),
    [
        (take_off, "FEWEST_DOCUMENTS", 10, "scored.fewest_documents: 15, now 10"),
        (distribution, "MEMORY", 20, "chances.memory: 25, now 20"),
        (take_off, "TARGETS", {3: take_off.Target(3, 1.4)}, "target.3.factor: 1.5, now 1.4"),
    ],
)
def test_code_with_other_constants_is_not_scored(
    module: object, name: str, value: object, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, value)
    with pytest.raises(RefusedError) as caught:
        protocol.check(protocol.read_protocol())
    assert said in str(caught.value)


def test_differences_of_nested_tables() -> None:
    assert list(protocol.differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 1}, "c": 2})) == []
    found = protocol.differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 3, "d": 4}})
    assert list(found) == ["a.b: 1, now 3", "a.d: None, now 4", "c: 2, now None"]


def test_scored_years_have_a_known_outcome_and_leave_out_what_is_held_in_part() -> None:
    robotics = protocol.read_protocol().plans["robotics"]
    assert robotics.scored_years(3, 2023) == [
        2008,
        2009,
        2010,
        2011,
        2012,
        2014,
        2015,
        2017,
        2018,
        2019,
        2020,
    ]
    assert robotics.scored_years(5, 2023) == [2008, 2009, 2010, 2012, 2013, 2014, 2015, 2017, 2018]
    assert robotics.scored_years(5, 2010) == []


def test_plans_are_of_known_corpora_and_what_ships_is_no_test() -> None:
    plans = protocol.read_protocol().plans
    assert plans.keys() == TEXTS.keys() | COUNTS.keys()
    for name, plan in plans.items():
        known = (TEXTS if plan.kind == "documents" else COUNTS)[name]
        assert known.file == plan.file
        assert plan.surveyed[0] <= plan.scored[0] <= plan.scored[1] <= plan.surveyed[1]
        assert (plan.use == protocol.DEVELOPMENT) == (name in SHIPPED)


def test_nothing_that_ships_was_made_from_test_years() -> None:
    tests = {
        name for name, plan in protocol.read_protocol().plans.items() if plan.use == protocol.TEST
    }
    assert len(tests) >= 3
    assert not tests & set(distribution.shipped()["corpus"].unique())
    about = files("firstlight.instruments.emergence.forecast").joinpath("earlier_forecasts.json")
    shipped = json.loads(about.read_text(encoding="utf-8"))["average_precision"]
    assert set(shipped) == {"3", "5"} and not any(
        tests & set(corpora) for corpora in shipped.values()
    )
