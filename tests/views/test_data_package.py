"""The data dictionary beside the tables tells every column and code that they hold, in both
languages."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstlight.result import Result
from firstlight.run.measured import measure
from firstlight.texts import Texts
from firstlight.views.publish import publish_result
from firstlight.views.tables import DATA_PACKAGE, data_package


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("written")
    result: Result = measure("coupling", project=place)
    publish_result(result, place)
    return place / "coupling"


@pytest.fixture(scope="module")
def package(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / DATA_PACKAGE).read_text("utf-8"))
    return told


def test_every_file_and_column_is_told(folder: Path, package: dict[str, Any]) -> None:
    assert {each["path"] for each in package["resources"]} == {
        file.name for file in folder.glob("*.csv")
    }
    for each in package["resources"]:
        with (folder / each["path"]).open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream))
        assert [field["name"] for field in each["schema"]["fields"]] == header


def test_titles_units_and_codes_are_in_both_languages(
    folder: Path, package: dict[str, Any]
) -> None:
    main = package["resources"][0]
    fields = {field["name"]: field for field in main["schema"]["fields"]}
    for field in fields.values():
        assert field["title"] and field["title_zh"] and ("unit" in field) == ("unit_zh" in field)
    assert fields["year"]["type"] == "integer" and fields["level_index"]["type"] == "number"
    told = {each["value"]: each for each in fields["grade"]["categories"]}
    assert set(pl.read_csv(folder / main["path"])["grade"].drop_nulls()) <= told.keys()
    assert all(each["label"] and each["label_zh"] for each in told.values())


def test_a_column_of_the_user_has_its_name_and_type_alone(tmp_path: Path) -> None:
    frame = pl.DataFrame({"my own": [0.5], "is_there": [True], "names": [["a", "b"]]})
    package = json.loads(data_package("x", {"table": frame}, Texts(tmp_path)))
    assert package["resources"][0]["schema"]["fields"] == [
        {"name": "my own", "type": "number"},
        {"name": "is_there", "type": "boolean"},
        {"name": "names", "type": "string"},
    ]
