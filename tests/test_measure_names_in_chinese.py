"""Sectors that a table names in English and in Chinese: which names stand in a result."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import firstlight as fl
from firstlight.cli import main
from firstlight.sources.panels import Column, read_panel
from firstlight.texts import names

ENGLISH = {"01": "Farming", "02": "Coal", "03": "Steel"}
CHINESE = {"01": "农业", "02": "煤炭", "03": "钢铁"}
TABLE = pl.DataFrame(
    {
        "Code": [*ENGLISH, "VA"],
        "Description": [*ENGLISH.values(), "Value added"],
        "DescriptionInChinese": [*CHINESE.values(), "增加值"],
        "01": [10.0, 5.0, 5.0, 80.0],
        "02": [5.0, 10.0, 20.0, 65.0],
        "03": [5.0, 40.0, 30.0, 25.0],
        "FU": [80.0, 45.0, 45.0, None],
        "GO": [100.0, 100.0, 100.0, None],
    }
)

NEEDS = (
    Column("supplier", "text", "who delivers"),
    Column("user", "text", "who uses", is_heading=True),
    Column("value", "number", "flow", is_filled=False),
    Column("sector_name", "text", "name", "empty", is_filled=False),
)


def sectors(found: fl.Result) -> set[str]:
    return set(found.table["sector"])


def test_names_are_in_the_language_that_is_asked_for_and_figures_are_the_same(
    tmp_path: Path,
) -> None:
    english = fl.measure("structure", TABLE, project=tmp_path)
    chinese = fl.measure("structure", TABLE, lang="zh", project=tmp_path)
    assert sectors(english) == set(ENGLISH.values())
    assert sectors(chinese) == set(CHINESE.values())
    translated = dict(zip(ENGLISH.values(), CHINESE.values(), strict=True))
    same = english.table.with_columns(pl.col("sector").replace(translated))
    assert same.sort("sector").equals(chinese.table.sort("sector"))


def test_a_column_by_hand_and_a_table_in_one_language_stay(tmp_path: Path) -> None:
    by_hand = {"sector_name": "Description"}
    found = fl.measure("structure", TABLE, columns=by_hand, lang="zh", project=tmp_path)
    assert sectors(found) == set(ENGLISH.values())
    for left_out, called in (("Description", CHINESE), ("DescriptionInChinese", ENGLISH)):
        one = TABLE.drop(left_out)
        for lang in ("en", "zh"):
            found = fl.measure("structure", one, lang=lang, project=tmp_path)
            assert sectors(found) == set(called.values())


def test_names_stay_where_users_go_by_them(tmp_path: Path) -> None:
    by_name = TABLE.rename(ENGLISH)
    found = fl.measure("structure", by_name, lang="zh", project=tmp_path)
    assert sectors(found) == set(ENGLISH.values())


@pytest.mark.parametrize("names", [ENGLISH, CHINESE])
def test_names_are_those_of_a_further_table_or_file(names: dict[str, str], tmp_path: Path) -> None:
    """Asked for in Chinese, with scenarios in either language: those that name sectors decide."""
    price = {"scenario": ["dear"], "change": ["price"], "good": [names["03"]], "factor": [2.0]}
    file = tmp_path / "scenarios.toml"
    file.write_text(
        f'[[changes]]\nscenario = "dear"\nchange = "price"\ngood = "{names["03"]}"\nfactor = 2\n',
        encoding="utf-8",
    )
    declared = {"changes": [{name: own[0] for name, own in price.items()}]}
    for given in (
        {"scenarios": pl.DataFrame(price)},
        {"scenario_file": str(file)},
        {"scenario_file": declared},
    ):
        found = fl.measure("scenario_effects", TABLE, lang="zh", project=tmp_path, **given)
        assert set(found.tables["sectors"]["sector"]) == set(names.values())


def test_the_chinese_command_takes_chinese_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "table.csv"
    TABLE.write_csv(file)
    printed = {}
    for lang in ("en", "zh"):
        asked = ["measure", "structure", str(file), "--lang", lang, "--quiet"]
        assert main([*asked, "--project", str(tmp_path / lang)]) == 0
        printed[lang] = capsys.readouterr().out
    assert "钢铁" in printed["zh"] and "Steel" not in printed["zh"]
    assert "Steel" in printed["en"] and "钢铁" not in printed["en"]


@pytest.mark.parametrize(
    ("lang", "unused"), [("en", "DescriptionInChinese"), ("zh", "Description")]
)
def test_the_column_that_is_read_is_not_called_unused(
    lang: str, unused: str, tmp_path: Path
) -> None:
    """In Chinese the note named DescriptionInChinese, whose names stood in the answer."""
    panel = read_panel(TABLE, NEEDS, lang=lang)
    assert panel.mapping["sector_name"] != unused
    (note,) = (own for own in panel.notes if own.code == "unused")
    assert note.values["others"] == names([unused])
