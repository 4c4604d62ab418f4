"""The tables of new links and precedents are drawn from what was written, in both languages, and no
gain is said first."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

from firstlight.texts import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import link_tables, rankings_table  # noqa: E402


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_corpus_and_ranking_is_shown(lang: str, tmp_path: Path) -> None:
    link_tables.write_pages(tmp_path)
    links, precedents = (
        (tmp_path / link_tables.NAMES[lang].format(name)).read_text(encoding="utf-8")
        for name in ("link", "precedent")
    )
    record = pl.read_csv(link_tables.RESULTS / "take_off_links.csv")
    for corpus in record["corpus"].unique():
        assert f"### {rankings_table.titles(lang)[corpus]}" in links
    pooled = record.filter(pl.col("year").is_null())
    assert links.count("\n| ") == pooled.height + pooled["corpus"].n_unique()
    assert (
        precedents.count("\n| ")
        == 1 + pl.read_csv(link_tables.RESULTS / "take_off_precedents.csv")["corpus"].n_unique()
    )


@pytest.mark.parametrize(("lang", "says"), [("en", "**No gain"), ("zh", "**不优于")])
def test_no_gain_over_the_crudest_rule_is_said(lang: str, says: str, tmp_path: Path) -> None:
    record = pl.read_csv(link_tables.RESULTS / "take_off_links.csv", infer_schema_length=None)
    arxiv = record.filter(pl.col("corpus") == "arxiv")
    worse = (
        pl.when(pl.col("ranking") == link_tables.CHOICE).then(0.0).otherwise("average_precision")
    )
    for table, is_said in (
        (arxiv, False),
        (arxiv.with_columns(worse.alias("average_precision")), True),
    ):
        table.write_csv(tmp_path / "take_off_links.csv")
        assert (says in link_tables.links_page(lang, tmp_path)) is is_said
