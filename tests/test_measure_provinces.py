"""Provinces as tables write them, by codes or in small letters, are measured under one name; and
one indicator of a table is chosen on the command line and in Python."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from command_line import CommandLine
from firstlight.run.measured import measure

LETTERS = ("AH", "BJ", "FJ", "GD", "GS", "HA", "HB", "HE")
SMALL = ("anhui", "beijing", "fujian", "guangdong", "gansu", "henan", "hubei", "hebei")
NAMES = ("Anhui", "Beijing", "Fujian", "Guangdong", "Gansu", "Henan", "Hubei", "Hebei")


def table(names: tuple[str, ...]) -> pl.DataFrame:
    rows = [(name, year, 1.0 + k * year) for k, name in enumerate(names) for year in (2020, 2021)]
    return pl.DataFrame(rows, ["province", "year", "value"], orient="row")


@pytest.mark.parametrize("names", [SMALL, tuple(f"CN-{letters}" for letters in LETTERS)])
def test_codes_of_provinces_are_their_names(names: tuple[str, ...], tmp_path: Path) -> None:
    found = measure("convergence", table(names), project=tmp_path)
    plain = measure("convergence", table(NAMES), project=tmp_path)
    assert found.frame.equals(plain.frame)
    chinese = measure("inequality", table(names), project=tmp_path, lang="zh")
    assert "安徽" in chinese.summary("zh") or "河北" in chinese.summary("zh")


def test_one_indicator_is_chosen_on_the_command_line_and_in_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = CommandLine(tmp_path, capsys)
    own = table(NAMES)
    several = pl.concat(
        [
            own.with_columns(block=pl.lit(name), units=pl.lit(unit), value=pl.col("value") * k)
            for k, (name, unit) in enumerate((("合计", "亿元"), ("Jobs, all", "人")), 1)
        ]
    )
    several.write_csv("blocks.csv")
    asked = ("measure", "inequality", "blocks.csv")
    shell.refuses(*asked, says=("block says what each number is", "2 indicators", "--indicator"))
    shell.refuses(*asked, "--where", "block", says=("has no '='",))
    chosen = shell(*asked, "--indicator", "Jobs, all", "--quiet")
    assert chosen.code == 0 and "block = Jobs, all" in chosen.out
    by_cell = measure("inequality", "blocks.csv", where={"units": "人"})
    by_name = measure("inequality", several, indicator="Jobs, all")
    assert by_cell.frame.equals(by_name.frame)
    (tmp_path / "observatory.toml").write_text(
        '[measure.inequality]\nsource = "blocks.csv"\nindicator = "合计"\nwhere = {year = "2021"}\n'
    )
    set_there = shell("measure", "inequality", ".", "--quiet")
    assert set_there.code == 0 and "year = 2021" in set_there.out, set_there.err
