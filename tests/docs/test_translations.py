"""The list for translators: what a language lacks is found, and English that changed since."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "generate"))

from translations import lacking, revise

ENGLISH = 'title = "Growth"\n[says.gaps]\none = "{count} gap"\nother = "{count} gaps"\n[codes]\nlow = "low"\n'
CHINESE = 'title = "增长"\n[says]\ngaps.other = "{count}个缺口"\n'


def test_what_is_lacking_is_listed_and_a_change_of_the_english_too(tmp_path: Path) -> None:
    folder = tmp_path / "growth"
    folder.mkdir()
    (folder / "en.toml").write_text(ENGLISH, encoding="utf-8")
    (folder / "zh.toml").write_text(CHINESE, encoding="utf-8")
    assert list(lacking("zh", tmp_path)) == ["growth/zh.toml: codes.low = 'low'"]
    revise("zh", folder)
    assert list(lacking("zh", tmp_path)) == ["growth/zh.toml: codes.low = 'low'"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "en.toml").write_text(ENGLISH.replace("Growth", "Decay"), encoding="utf-8")
    (other / "zh.toml").write_text((folder / "zh.toml").read_text("utf-8"), encoding="utf-8")
    told = [line for line in lacking("zh", tmp_path) if line.startswith("other")]
    assert told[0] == "other/zh.toml: the English has changed since it was translated"


def test_chinese_lacks_nothing() -> None:
    assert list(lacking("zh")) == []
