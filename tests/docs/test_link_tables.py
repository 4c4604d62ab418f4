"""The tables of new links and precedents are drawn from what was written, and no gain is said
first."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import link_tables  # noqa: E402


def test_every_corpus_and_ranking_is_shown(tmp_path: Path) -> None:
    link_tables.write_pages(tmp_path)
    links, precedents = (
        (tmp_path / f"{name}_tables.md").read_text() for name in ("link", "precedent")
    )
    record = pl.read_csv(link_tables.RESULTS / "take_off_links.csv")
    for corpus in record["corpus"].unique():
        assert f"### {link_tables.TITLES[corpus]}" in links
    pooled = record.filter(pl.col("year").is_null())
    assert links.count("\n| ") == pooled.height + pooled["corpus"].n_unique()
    assert (
        precedents.count("\n| ")
        == 1 + pl.read_csv(link_tables.RESULTS / "take_off_precedents.csv")["corpus"].n_unique()
    )


def test_no_gain_over_the_crudest_rule_is_said(tmp_path: Path) -> None:
    record = pl.read_csv(link_tables.RESULTS / "take_off_links.csv", infer_schema_length=None)
    arxiv = record.filter(pl.col("corpus") == "arxiv")
    worse = (
        pl.when(pl.col("ranking") == link_tables.CHOICE).then(0.0).otherwise("average_precision")
    )
    for table, says in (
        (arxiv, False),
        (arxiv.with_columns(worse.alias("average_precision")), True),
    ):
        table.write_csv(tmp_path / "take_off_links.csv")
        assert ("**No gain" in link_tables.links_page(tmp_path)) is says
