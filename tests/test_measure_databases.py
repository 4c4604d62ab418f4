"""A database of many countries on the command line: its folder or archive, its year, and what is
refused."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from command_line import CommandLine
from firstlight.errors import InputError
from firstlight.run.measured import measure
from firstlight.run.world_database import database_at
from firstlight.texts import Name

pymrio = pytest.importorskip("pymrio", reason="the extra chains is not installed")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pymrio's test system of six regions and eight sectors, as it saves it."""
    folder = tmp_path_factory.mktemp("databases") / "testmrio"
    pymrio.load_test().save_all(folder)
    return folder


def test_a_saved_folder_has_the_footprints_of_pymrio(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stressors come from the folder, too; a second run reads what the first kept."""
    monkeypatch.chdir(tmp_path)
    shell = CommandLine(tmp_path, capsys)
    told = shell("measure", "footprints", saved, "--stressor", "emission_type1, air").out
    assert told.startswith("Footprints · testmrio\n")
    result = measure("footprints", saved, stressor="emission_type1, air")
    countries = result.tables["countries"].filter(stressor="emission_type1, air").sort("country")
    peer = pymrio.load_test().calc_all()
    for column, theirs in (("consumption", "D_cba_reg"), ("production", "D_pba_reg")):
        expected = getattr(peer.emissions, theirs).iloc[0].to_list()
        assert countries[column].to_list() == pytest.approx(expected, rel=1e-10)
    read = {own["name"] for own in result.facts["inputs"]}
    assert {"Z.txt", "Y.txt", "emissions/F.txt", "emissions/F_Y.txt"} <= read


def test_stressors_of_ones_own_stay(saved: Path, tmp_path: Path) -> None:
    own = pl.DataFrame(
        {"stressor": "jobs", "place": "reg1", "sector": ["food", "mining"], "value": [3.0, 4.0]}
    )
    found = measure("footprints", saved, stressors=own, project=tmp_path)
    assert found.table["stressor"].unique().to_list() == ["jobs"]
    assert found.tables["countries"]["production"].sum() == pytest.approx(7)


@pytest.mark.parametrize("name", ["trade_value_added", "export_decomposition"])
def test_other_measurements_of_many_countries_take_it(
    saved: Path, tmp_path: Path, name: str
) -> None:
    from firstlight import chains

    found = measure(name, saved, project=tmp_path).table
    rows = chains.read_database(saved, "saved").rows()
    assert found.equals(getattr(chains, name)(rows).table)


def test_a_year_of_several_and_an_archive(saved: Path, tmp_path: Path) -> None:
    """Archives named as EXIOBASE 3 names its own; the year that is asked for stands in the rows."""
    folder = tmp_path / "exiobase"
    folder.mkdir()
    for year in (2018, 2019):
        with zipfile.ZipFile(folder / f"IOT_{year}_pxp.zip", "w") as archive:
            for file in sorted(saved.rglob("*.*")):
                within = file.relative_to(saved).as_posix()
                archive.write(file, f"IOT_{year}_pxp/{within}")
    found = measure("trade_value_added", folder, database_year="2019", project=tmp_path / "a")
    assert found.table["year"].unique().to_list() == [2019]
    assert [own["name"] for own in found.facts["inputs"]] == ["IOT_2019_pxp.zip"]
    one = measure("trade_value_added", folder / "IOT_2019_pxp.zip", project=tmp_path / "b")
    assert one.table.equals(found.table)
    for year, code in ((None, "which_database"), (2020, "no_database_year")):
        with pytest.raises(InputError) as raised:
            measure("trade_value_added", folder, database_year=year, project=tmp_path / "c")
        assert raised.value.code == code
        assert [own.value for own in raised.value.values["known"].value] == [
            *("exiobase3 2018", "exiobase3 2019"),
        ]


def test_names_of_files_tell_the_database_and_its_year(tmp_path: Path) -> None:
    """As they are published; WIOD has two digits, and Eora labels beside a year."""
    for name in (
        *("wiot95_row_sep12.xlsx", "wiot11_row_sep12.xlsx", "co2/CO2_may12.xls"),
        *("ICIO2021_2018.csv", "Eora26_2015_bp.zip", "indices.zip", "readme.txt"),
    ):
        file = tmp_path / name.partition("_")[0][:4].lower() / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    shutil.copytree(tmp_path / "co2", tmp_path / "wiot", dirs_exist_ok=True)
    shutil.copy(tmp_path / "indi" / "indices.zip", tmp_path / "eora")
    for folder, year, name, files in (
        ("wiot", 1995, "wiod", ["CO2_may12.xls", "wiot95_row_sep12.xlsx"]),
        ("wiot", 2011, "wiod", ["CO2_may12.xls", "wiot11_row_sep12.xlsx"]),
        ("icio", 2018, "oecd", ["ICIO2021_2018.csv"]),
        ("eora", 2015, "eora26", ["Eora26_2015_bp.zip", "indices.zip"]),
    ):
        found = database_at(tmp_path / folder, year)
        assert found is not None and (found.name, found.year) == (name, year)
        assert sorted(file.name for file in found.files) == files
    assert database_at(tmp_path / "icio" / "ICIO2021_2018.csv") is None
    assert database_at(tmp_path / "read") is None and database_at(tmp_path / "nowhere") is None


def refused(source: Path, tmp_path: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as raised:
        measure("trade_value_added", source, project=tmp_path / "kept", **options)
    return raised.value


def test_what_is_refused(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty, tables = tmp_path / "empty", tmp_path / "tables"
    empty.mkdir()
    tables.mkdir()
    (tables / "a.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    assert refused(empty, tmp_path).code == refused(tables, tmp_path).code == "no_table_or_database"
    assert refused(tables, tmp_path, database_year=2019).code == "no_database_there"
    with pytest.raises(InputError) as raised:
        measure("structure", saved, project=tmp_path / "kept", database_year=2019)
    assert raised.value.code == "no_option"  # a table of one country
    broken = tmp_path / "broken"
    shutil.copytree(saved, broken)
    (broken / "Y.txt").write_text("region\treg1\n", encoding="utf-8")
    assert refused(broken, tmp_path).code == "damaged_database"
    pickled = tmp_path / "pickled"
    shutil.copytree(saved, pickled)
    (pickled / "emissions" / "F.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    assert refused(pickled, tmp_path).code == "database_pickled"
    archive = tmp_path / "IOT_2019_pxp.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(pickled / "file_parameters.json", "IOT/file_parameters.json")
        packed.write(pickled / "emissions" / "F.pkl", "IOT/F.PKL")
    assert refused(archive, tmp_path).code == "database_pickled"
    monkeypatch.setitem(sys.modules, "pymrio", None)
    error = refused(saved, tmp_path)
    assert error.code == "no_pymrio" and "chains" in error.told("zh")
    assert error.values["command"] != Name("")
