"""Networks measured end to end: planted truth comes back, however the table is written, and bad
tables are named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from benchmarks.planted.works import (
    BRIDGE,
    made_up_results,
    made_up_works,
)

import firstlight as fl
from firstlight.errors import InputError
from firstlight.message_json import message_from_json
from firstlight.views.result_terminal import result_terminal


def measured(tmp_path: Path, name: str, source: Any = None, **options: Any) -> fl.Result:
    return fl.measure(name, source, project=tmp_path / name, **options)


def listed(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per work, its members and terms in lists of names."""
    lists = (pl.col(name).unique(maintain_order=True).str.join("; ") for name in ("member", "term"))
    return frame.group_by("work", "year", maintain_order=True).agg(*lists)


@pytest.mark.slow
def test_lists_of_names_measure_as_rows_do(tmp_path: Path) -> None:
    rows = made_up_works()
    for name, options in (("collaboration", {}), ("partners", {"size": 4})):
        long = fl.measure(
            name,
            rows.select("work", "year", "member", "term"),
            project=tmp_path / f"{name}1",
            **options,
        )
        wide = fl.measure(name, listed(rows), project=tmp_path / f"{name}2", **options)
        assert wide.said == long.said
        for table in long.facts["tables"]:
            if name == "collaboration" or table not in ("candidates",):
                assert wide.tables[table].equals(long.tables[table]), (name, table)


def test_a_name_with_a_comma_in_it_is_one_name(tmp_path: Path) -> None:
    name = f"{BRIDGE}, Bay 2"
    rows = made_up_works().with_columns(
        member=pl.col("member").replace(BRIDGE, name), technology=pl.lit("ice, cold")
    )
    options = {"lead": f"{name},East Academy", "technologies": "ice, cold"}
    found = measured(tmp_path, "partners", rows, size=3, **options)
    assert set(found.frame["member"][:2]) == {name, "East Academy"}


@pytest.mark.slow
def test_tables_that_say_nothing(tmp_path: Path) -> None:
    works, results = made_up_works(), made_up_results(2)
    for name, frame, options, code in (
        ("collaboration", works, {"until": 1990}, "none_until"),
        ("partners", works.with_columns(term=pl.lit(None, pl.String)), {}, "empty_column"),
        ("partners", works, {"lead": "Harbor Institute"}, "unknown_name_but"),
        ("attribution", results, {"result": "result", "factors": "result"}, "excludes"),
        ("attribution", results, {"factors": "people"}, "required"),
    ):
        with pytest.raises(InputError) as wrong:
            fl.measure(name, frame, project=tmp_path / "bad", **options)
        assert wrong.value.code == code
    moved = works.with_columns(longitude=pl.int_range(pl.len()).cast(pl.Float64))
    with pytest.raises(InputError):
        fl.measure("collaboration", moved, project=tmp_path / "bad")


def test_a_column_of_the_result_has_any_name(tmp_path: Path) -> None:
    rows = made_up_results(10).rename({"result": "output", "quality": "result"})
    options = {"result": "output", "factors": "people,result", "replications": 0}
    found = measured(tmp_path, "attribution", rows, **options)
    plain = made_up_results(10)
    options |= {"result": "result", "factors": "people,quality"}
    same = fl.measure("attribution", plain, project=tmp_path / "plain", **options)
    assert found.frame.drop("factor").equals(same.frame.drop("factor"))
    assert set(found.frame["factor"]) == {"people", "result"}


def test_wide_and_narrow_semicolons_are_one_sign_and_others_are_told(tmp_path: Path) -> None:
    rows = [("1", "中国；美国"), ("2", "中国;德国"), ("3", "德国、法国"), ("4", "美国")]
    found = measured(
        tmp_path, "cooperation", pl.DataFrame(rows, schema=["doi", "国家"], orient="row")
    )
    assert found.frame["work_count"].sum() == 6 and found.frame["joint_count"].sum() == 4
    told = [message_from_json(note).values["text"].value for note in found.facts["notes"]]
    assert {note.code: note.values["count"].value for note in told} == {
        "notes.cells_with_other_signs": 1,
        "notes.cells_of_several": 2,
    }


def test_co_operation_without_years_prints_the_places(tmp_path: Path) -> None:
    rows = pl.DataFrame({"work": ["1", "1", "2"], "place": ["north", "south", "north"]})
    found = measured(tmp_path, "cooperation", rows)
    shown = result_terminal(found, {"page": "a.html"}, width=100, colour=False)
    titles = (r"^ +Works +Joint works ", r"^ *Place +works +works ", r"^ *south +1 +1 ")
    assert all(re.search(title, shown, re.MULTILINE) for title in titles)


def test_a_number_of_cites_is_no_list_of_references(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "work": list("abcd"),
            "organisation": list("pqpq"),
            "year": [2000] * 4,
            "cites": [1, 2, 3, 4],
        }
    )
    with pytest.raises(InputError, match="no category can be computed"):
        measured(tmp_path, "contribution", rows.rename({"organisation": "contributor"}))
