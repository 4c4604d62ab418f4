"""The tables of the record of take-off are drawn from what was written, and a loss is said first."""

from __future__ import annotations

import doctest
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import take_off_tables  # noqa: E402
from generate.take_off_tables import Tables, Words  # noqa: E402


@pytest.fixture(scope="module")
def tables() -> Tables:
    return take_off_tables.read_tables()


@pytest.fixture(scope="module")
def english() -> Words:
    return take_off_tables.words_in("en")


def test_both_languages_have_the_same_words() -> None:
    one, other = (take_off_tables.words_in(language) for language in ("en", "zh"))
    assert (
        one.of.keys() == other.of.keys() and one.of["columns"].keys() == other.of["columns"].keys()
    )
    assert one.rankings.keys() == other.rankings.keys()
    for section in ("links", "bundled", "comparison"):
        assert one.of[section].keys() == other.of[section].keys()


def test_the_chinese_page_calls_every_corpus_in_chinese(tables: Tables) -> None:
    chinese = take_off_tables.words_in("zh")
    page = take_off_tables.page(tables, chinese, take_off_tables.CHINESE_PARTS)
    for name, title in tables.of["corpora"].select("corpus", "title").iter_rows():
        called = chinese.of["corpora"][name]
        assert called in page and (called == title or f"| {title} |" not in page)


def test_results_are_of_the_present_protocol(tables: Tables) -> None:
    """If this fails, run `make skill`: the results were made under another protocol."""
    last = tables.versions["sha256"][-1]
    assert set(tables.of["corpora"]["protocol_sha256"]) == {last}
    for name, table in tables.of.items():
        assert set(table["protocol"]) == {last[:12]}, name
    planned = {corpus["name"] for corpus in tables.protocol["corpus"]}
    assert {(name, horizon) for name in planned for horizon in (3, 5)} == set(
        tables.of["corpora"].select("corpus", "horizon").iter_rows()
    )


def test_every_part_is_on_the_page(tables: Tables, tmp_path: Path) -> None:
    take_off_tables.write_pages(tmp_path)
    page = (tmp_path / "take_off_tables.md").read_text(encoding="utf-8")
    assert page.count("\n## ") == len(take_off_tables.PARTS)
    assert page.index("## Where a simple rule beats") < page.index("## What was aimed at")
    assert tables.versions["sha256"][-1] in page
    chinese = (tmp_path / "take_off_tables_zh.md").read_text(encoding="utf-8")
    assert chinese.count("\n## ") == len(take_off_tables.CHINESE_PARTS)
    assert "nan" not in page and "None" not in page + chinese


def test_the_explanation_gives_the_average_precision_of_both_tables(tables: Tables) -> None:
    folder = take_off_tables.ROOT / "docs" / "explanation"
    says = (folder / "forecasts.md").read_text(encoding="utf-8")
    told = re.findall(r"(\.\d\d) in the mean of the forecast years|of (\.\d\d) over 2009", says)
    ranked = (folder / "rankings_table.md").read_text(encoding="utf-8")
    mean = re.findall(r"^\| how far the trend .*?\| \**(\.\d\d)", ranked, re.MULTILINE)
    pooled = tables.pooled.row(
        by_predicate=(pl.col("corpus") == "arxiv")
        & (pl.col("horizon") == take_off_tables.MAIN)
        & (pl.col("ranking") == take_off_tables.USED),
        named=True,
    )
    assert told == [(mean[0], ""), ("", take_off_tables.figure(pooled["average_precision"]))]


def with_gains(tables: Tables, rows: pl.DataFrame) -> Tables:
    of: Mapping[str, pl.DataFrame] = {**tables.of, "gains": rows}
    return replace(tables, of=of)


def test_a_loss_whose_interval_leaves_0_out_is_listed(tables: Tables, english: Words) -> None:
    gains = tables.of["gains"].filter((pl.col("corpus") == "arxiv") & (pl.col("against") == "size"))
    won = gains.with_columns(gain=pl.lit(0.2), low=pl.lit(0.1), high=pl.lit(0.3))
    says = take_off_tables.losses(with_gains(tables, won), english)
    assert says == english.of["no_loss"].format(count=won.height)
    lost = won.with_columns(gain=pl.lit(-0.2), low=pl.lit(-0.3), high=pl.lit(-0.1)).head(1)
    says = take_off_tables.losses(with_gains(tables, lost), english)
    assert says.startswith(english.of["some_loss"].format(losses=1, count=1))
    assert ".20 (.10 to .30)" in says and english.ranking("size") in says


def test_the_headline_has_the_figures_that_were_written(tables: Tables, english: Words) -> None:
    row = tables.pooled.filter(
        (pl.col("corpus") == "robotics")
        & (pl.col("horizon") == 3)
        & (pl.col("ranking") == "chosen")
    ).row(0, named=True)
    lines = [
        line
        for line in take_off_tables.headline(tables, english).splitlines()
        if "robotics" in line
    ]
    assert f" {row['scored_count']:,} " in lines[0]
    assert take_off_tables.figure(row["average_precision"]) in lines[0]
    assert f"{row['take_off_count']:,} ({row['group_count']:,})" in lines[0]


def test_the_best_simple_rule_is_not_the_forecast_itself(tables: Tables) -> None:
    """The trend is no simple rule, and a rule that skips a year is not scored on the same."""
    rows = pl.DataFrame(
        {
            "ranking": ["chosen", "trend", "size", "gain", "porter_carley"],
            "scored_count": [10, 10, 10, 10, 9],
            "average_precision": [0.5, 0.5, 0.2, 0.3, 0.9],
        }
    )
    used = rows.row(0, named=True)
    assert take_off_tables.best_simple(rows, used)["ranking"] == "gain"
    for ranking in take_off_tables.OWN:
        called = take_off_tables.words_in("en").ranking(ranking)
        assert f"| {called}: " not in take_off_tables.headline(
            tables, take_off_tables.words_in("en")
        )


def test_examples() -> None:
    found = doctest.testmod(take_off_tables)
    assert found.attempted >= 2 and found.failed == 0
