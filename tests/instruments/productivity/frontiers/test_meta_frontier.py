"""Metafrontiers over time: programmes written out, one group alone, and what multiplies."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from dense_distances import at, columns, directional, random_panel

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.malmquist_luenberger import malmquist_luenberger
from firstlight.instruments.productivity.indices.meta_malmquist import PARTS, meta_malmquist
from firstlight.instruments.productivity.indices.meta_malmquist import (
    _sentences as change_sentences,
)

NAMES = (["k", "l"], ["y", "z"], ["c"])
PANEL = random_panel(5, 9, 3).with_columns(
    kind=pl.col("unit")
    .str.slice(1)
    .cast(pl.Int64)
    .mod(3)
    .replace_strict({0: "A", 1: "B", 2: "C"}, return_dtype=pl.String)
)
GOODS = NAMES[:2]


def span(frame: pl.DataFrame, year: tuple[int, int] = (2001, 2003)) -> tuple[np.ndarray, ...]:
    return tuple(columns(frame, part, *year) for part in NAMES)


def test_words_and_pictures() -> None:
    change = meta_malmquist(PANEL, *GOODS, group="kind")
    assert change.plot().to_dict()["encoding"]["y"]["field"] == "productivity_index"
    assert change.summary().startswith(
        "Metafrontier Malmquist index of 9 units in 3 groups, 2001 to 2003."
    )
    assert "技术落差变化" in change.summary("zh")


@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.slow
def test_change_equals_the_programmes_written_out(returns: str) -> None:
    found = meta_malmquist(PANEL, *NAMES, group="kind", returns=returns).table
    expected = []
    for unit, kind in PANEL.select("unit", "kind").unique().sort("unit").iter_rows():
        level = {}
        for year in (2001, 2002, 2003):
            x, y, c = (at(PANEL, part, unit, year) for part in NAMES)
            mine = PANEL.filter(kind=kind)
            spans = (span(mine, (year, year)), span(mine), span(PANEL))
            level[year] = [
                1 + directional((x, y, c), held, (0 * x, y, c), returns) for held in spans
            ]
        for s, t in pairwise((2001, 2002, 2003)):
            (cs, is_, gs), (ct, it, gt) = level[s], level[t]
            expected.append([gs / gt, cs / ct, (ct / it) / (cs / is_), (it / gt) / (is_ / gs)])
    np.testing.assert_allclose(found.select(PARTS).to_numpy(), expected, rtol=1e-7)
    np.testing.assert_allclose(
        found.select(PARTS[1:]).to_numpy().prod(axis=1), found[PARTS[0]].to_numpy(), rtol=1e-12
    )


def test_means_of_groups_are_geometric() -> None:
    found = meta_malmquist(PANEL, *NAMES, group="kind")
    rows = found.table.filter(group="B")
    part = rows.filter(to_year=2003)[PARTS[3]].to_numpy()
    mean = found.by_group.filter(group="B", to_year=2003).row(0, named=True)
    assert mean["units_count"] == 3 and mean[PARTS[3]] == pytest.approx(
        np.exp(np.log(part).mean()), rel=1e-12
    )
    index = float(np.exp(np.log(rows[PARTS[0]].to_numpy()).mean()))
    assert f"B: {100 * (index - 1):+.1f}% from one year to the next" in found.summary()
    grown = found.by_group.with_columns(
        pl.Series(PARTS[0], [2.0, 0.5] * 3)
    )  # the mean of 2 and a half is no change
    assert dict(change_sentences(found.table, grown, True))["group_mean"][0].startswith(
        "C: +0.0% from one year"
    )


def test_one_group_is_the_global_index() -> None:
    rows = PANEL.with_columns(kind=pl.lit("all"))
    found = meta_malmquist(rows, *NAMES, group="kind").table
    plain = malmquist_luenberger(rows, *NAMES, method="global").table
    np.testing.assert_allclose(
        found["productivity_index"].to_numpy(), plain["productivity_index"].to_numpy(), rtol=1e-9
    )
    np.testing.assert_allclose(found["technology_gap_change_index"].to_numpy(), 1.0, rtol=1e-9)
    np.testing.assert_allclose(
        found["best_practice_change_index"].to_numpy(),
        plain["technical_change_index"].to_numpy(),
        rtol=1e-9,
    )


def test_rows_that_cannot_be_used_are_refused() -> None:
    moved = PANEL.with_columns(
        kind=pl.when(pl.col("year") == 2003).then(pl.lit("A")).otherwise("kind")
    )
    with pytest.raises(InputError, match="moves from group 'B' to 'A'"):
        meta_malmquist(moved, *GOODS, group="kind")
    with pytest.raises(InputError, match="returns 'nirs'"):
        meta_malmquist(PANEL, *GOODS, group="kind", returns="nirs")


def test_a_row_without_a_score_says_why_in_the_readers_language() -> None:
    changes = meta_malmquist(PANEL, *NAMES, group="kind")
    first = changes.table.head(1).select("unit", "from_year", "to_year").row(0)
    some = changes.table.with_row_index().with_columns(
        reason_en=pl.when(pl.col("index") < 3).then(pl.lit("infeasible")),
        reason_zh=pl.when(pl.col("index") < 3).then(pl.lit("无可行解")),
    )
    said = dict(change_sentences(some, changes.by_group, True))
    assert said["undefined_count"] == (
        f"3 changes are undefined, that of {first[0]} {first[1]}–{first[2]} for one: infeasible.",
        f"3 个变化无定义，例如 {first[0]} {first[1]}–{first[2]} 年：无可行解。",
    )


def test_one_group_is_said_to_be_one() -> None:
    alone = PANEL.with_columns(kind=pl.lit("A"))
    assert "in 1 group," in meta_malmquist(alone, *NAMES, group="kind").summary()


def test_groups_that_are_numbers_are_called_groups_and_no_change_has_no_minus() -> None:
    rows = [
        (f"{k}", year, 1 + k % 2, 1.0 + k, 2.0 + k * k) for year in (2001, 2002) for k in range(8)
    ]
    table = pl.DataFrame(rows, ["unit", "year", "group", "K", "Y"], orient="row")
    table = table.with_columns(
        Y=pl.col("Y") * (1 - 1e-5 * (pl.col("year") == 2002)), group=pl.col("group").cast(str)
    )
    said = meta_malmquist(table, ["K"], ["Y"], group="group", year="year").summary()
    assert "group 1: +0.0% from one year" in said and "-0.0%" not in said
