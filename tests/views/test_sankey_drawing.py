"""Sankey diagrams: bands as thick as what flows, heat maps that stay small."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from firstlight.chart import Drawing
from firstlight.result import Result
from firstlight.texts import Texts
from firstlight.views.charts import drawings_section
from firstlight.views.matrix_drawing import COLUMNS, ROWS
from firstlight.views.sankey_drawing import TALL

WORDS = """
[charts.flow]
title = "Flow"
[charts.cells]
title = "Cells"
[tables.nodes.columns]
size = { title = "Amount" }
side = { title = "Side" }
"""
FLOWS = pl.DataFrame(
    [("a", "→ x", 3.0), ("a", "→ y", 1.0), ("<b>", "→ x", 2.0), ("c", "→ y", 0.0)],
    ["one", "other", "weight"],
    orient="row",
)
NODES = pl.DataFrame({"node": ["a", "<b>", "c", "→ x", "→ y"], "size": 1.0}).with_columns(
    side=pl.when(pl.col("node").str.starts_with("→")).then(pl.lit("to")).otherwise(pl.lit("from"))
)


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    (tmp_path / "en.toml").write_text(WORDS, encoding="utf-8")
    return Texts(tmp_path)


def drawn(texts: Texts, flows: pl.DataFrame) -> str:
    drawing = Drawing("flow", "sankey", "nodes", "ties", size="size", group="side")
    result = Result({"nodes": NODES, "ties": flows}, (), texts, charts=(drawing,))
    return "\n".join(drawings_section(result))


def test_bands_are_as_thick_as_what_flows(texts: Texts) -> None:
    page = drawn(texts, FLOWS)
    thick = [
        float(ends[2]) - float(ends[1]) for ends in re.finditer(r"[\d.]+ ([\d.]+)V([\d.]+)C", page)
    ]
    assert thick == pytest.approx([TALL * part / 6 for part in (3, 1, 2)], abs=0.11)
    assert "from → to" in page and "<b>" not in page
    assert page.count('class="unit-bar"') == 4  # c carries nothing


def test_the_order_of_flows_changes_nothing(texts: Texts) -> None:
    assert drawn(texts, FLOWS.reverse()) == drawn(texts, FLOWS)
    assert drawn(texts, FLOWS.clear()) == ""


def test_a_heat_map_draws_the_first_rows_and_says_how_many_are_left(texts: Texts) -> None:
    frame = pl.DataFrame({"down": [f"row {k}" for k in range(ROWS + 5)]}).join(
        pl.DataFrame({"across": [f"a very long name of column {k}" for k in range(COLUMNS)]}),
        how="cross",
    )
    frame = frame.with_columns(share=pl.lit(0.5))
    drawing = Drawing("cells", "matrix", "cells", x="across", y="down", size="share")
    page = "\n".join(drawings_section(Result({"cells": frame}, (), texts, charts=(drawing,))))
    assert page.count('class="cell"') == ROWS * COLUMNS
    assert "5 more are in the file" in page and "…" in page
