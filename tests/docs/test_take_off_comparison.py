"""The comparison that stands first on the page of the record: right, computed, in both languages."""

from __future__ import annotations

import doctest
import re
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import take_off_comparison  # noqa: E402
from generate.take_off_tables import Tables, read_tables, words_in  # noqa: E402

LANGUAGES = ("en", "zh")
PAGES = {"en": "explanation", "zh": "zh"}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_tables()


def with_peer(tables: Tables, **columns: pl.Expr) -> Tables:
    changed = tables.of["peer"].with_columns(**columns)
    return replace(tables, of={**tables.of, "peer": changed})


def numbers(text: str) -> list[str]:
    return re.findall(r"\d[\d,.]*\d|\d", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_stands_first_on_the_page(language: str, tmp_path: Path) -> None:
    name = take_off_comparison.NAMES[language]
    page = ROOT / "docs" / PAGES[language] / "take_off_record.md"
    text = page.read_text(encoding="utf-8")
    assert name in text and "\n## " not in text.partition(name)[0]
    take_off_comparison.write_pages(tmp_path)
    written = (tmp_path / name).read_text(encoding="utf-8")
    assert written.count("\n## ") == 2
    assert not re.search("nan|None|[{}]", written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_record_has_a_line_in_both_tables(tables: Tables, language: str) -> None:
    words = words_in(language)
    records = tables.of["corpora"]["corpus"].n_unique()
    assert len(take_off_comparison.comparison(tables, words).splitlines()) == 2 + records
    lines = take_off_comparison.peer(tables, words).splitlines()
    assert len(lines) == 2 + records + 1
    assert ".42–.58" in lines[-1] and "5.9–8.4" in lines[-1] and ".050–.087" in lines[-1]


def test_what_was_promised_stands_beside_what_came(tables: Tables) -> None:
    of_three = (pl.col("corpus") == "arxiv") & (pl.col("horizon") == 3) & (pl.col("group") == "all")
    row = tables.of["calibration"].filter(of_three).row(0, named=True)
    says = take_off_comparison.comparison(tables, words_in("en"))
    line = next(own for own in says.splitlines() if own.startswith("| arXiv |"))
    assert f"| {row['mean_chance'] * row['n']:,.0f} / {row['take_off_count']:,} |" in line


def test_the_verdict_is_computed(tables: Tables) -> None:
    words = words_in("en")
    count = tables.of["corpora"]["corpus"].n_unique()
    says = []
    for precision, lift in ((0.1, 1.0), (0.5, 7.0), (0.9, 9.0)):
        made = with_peer(
            tables,
            grew_count=pl.lit(50),
            expected_by_chance=pl.lit(10.0),
            precision_at_recall_70=pl.lit(precision),
            lift_at_recall_70=pl.lit(lift),
            average_precision=pl.when("is_used").then(0.9).otherwise(0.5),
        )
        says.append(take_off_comparison.peer_in_words(made, words))
    for text, below, within, above in zip(says, *_places(count), strict=True):
        assert f"below the published range on {below}, within it on {within}" in text
        assert f"above it on {above};" in text
        assert "higher average precision on 0." in text
    assert f"on the {count} records" in says[0]


def _places(count: int) -> tuple[list[str], list[str], list[str]]:
    """What stands for below, within and above, where all records lie in one place."""
    every = f"all {count}"
    return [every, "0", "0"], ["0", every, "0"], ["0", "0", every]


def test_a_record_on_which_few_grew_is_in_no_sentence(tables: Tables) -> None:
    few = take_off_comparison.FEWEST - 1
    grew = pl.when(pl.col("corpus") == "arxiv").then(few).otherwise(50)
    says = take_off_comparison.peer_in_words(with_peer(tables, grew_count=grew), words_in("en"))
    assert f"on the {tables.of['corpora']['corpus'].n_unique() - 1} records" in says


def test_both_languages_say_the_same_figures(tables: Tables) -> None:
    verdicts = (take_off_comparison.peer_in_words(tables, words_in(own)) for own in LANGUAGES)
    one, other = (set(numbers(verdict)) for verdict in verdicts)
    assert one == other


def test_examples() -> None:
    found = doctest.testmod(take_off_comparison)
    assert found.attempted >= 1 and found.failed == 0
