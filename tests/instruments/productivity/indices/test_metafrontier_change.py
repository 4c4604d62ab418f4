"""Productivity over time against a metafrontier: programmes written out, and what one group gives."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from dense_distances import at, columns, directional, random_panel
from measured import malmquist_luenberger, meta_malmquist

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.metafrontier_malmquist.meta_malmquist import PARTS
from firstlight.productivity import metafrontier_change
from firstlight.texts import Count, Name

NAMES = (["k", "l"], ["y", "z"], ["c"])
PANEL = random_panel(5, 9, 3).with_columns(
    kind=pl.col("unit")
    .str.slice(1)
    .cast(pl.Int64)
    .mod(3)
    .replace_strict({0: "A", 1: "B", 2: "C"}, return_dtype=pl.String)
)


def span(frame: pl.DataFrame, year: tuple[int, int] = (2001, 2003)) -> tuple[np.ndarray, ...]:
    return tuple(columns(frame, part, *year) for part in NAMES)


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
    found = metafrontier_change(PANEL, *NAMES, group="kind")
    assert found.table.equals(meta_malmquist(PANEL, *NAMES, group="kind").table)
    rows = found.table.filter(group="B")
    part = rows.filter(to_year=2003)[PARTS[3]].to_numpy()
    mean = found.tables["by_group"].filter(group="B", to_year=2003).row(0, named=True)
    assert mean["units_count"] == 3 and mean[PARTS[3]] == pytest.approx(
        np.exp(np.log(part).mean()), rel=1e-12
    )
    assert [one.code for one in found.said] == ["group_mean"] * 3 + ["scope"]
    own = found.said[1].values
    index = float(np.exp(np.log(rows[PARTS[0]].to_numpy()).mean()))
    assert own["group"] == Name("B") and own["change"].value == pytest.approx(index - 1)
    assert found.said[-1].values["groups"] == Count(3)
    run = found.tables["cumulated_groups"].filter(group="B")[PARTS[0]].to_numpy()
    np.testing.assert_allclose([run[0], run[-1]], [1.0, index**2], rtol=1e-12)


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


def test_what_has_no_distance_says_why() -> None:
    """Without the bad there is nothing to move in its direction."""
    rows = PANEL.with_columns(c=pl.when(unit="u00", year=2002).then(0.0).otherwise("c"))
    found = metafrontier_change(rows, *NAMES, group="kind", direction=["c"])
    lost = found.table.filter(pl.col("reason").is_not_null())
    assert lost.select("unit", "to_year", "reason").rows() == [
        ("u00", 2002, "unbounded"),
        ("u00", 2003, "unbounded"),
    ]
    said = {one.code: one.values for one in found.said}["undefined_of"]
    assert said["count"] == Count(2) and said["units"].value == (Name("u00"),)


MOVED = PANEL.with_columns(kind=pl.when(year=2003).then(pl.lit("A")).otherwise("kind"))


@pytest.mark.parametrize(
    ("rows", "options", "code"),
    [
        (MOVED, {}, "moved"),
        (PANEL.with_columns(kind=pl.lit(None, pl.String)), {}, "no_group"),
        (PANEL, {"direction": ["w"]}, "no_quantity"),
        (PANEL.filter(year=2001), {}, "one_year"),
    ],
)
def test_what_cannot_be_used_is_refused(
    rows: pl.DataFrame, options: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as refused:
        metafrontier_change(rows, *NAMES, group="kind", **options)
    assert refused.value.code == code


def test_returns_that_are_not_known_are_refused() -> None:
    with pytest.raises(InputError) as refused:
        meta_malmquist(PANEL, *NAMES, group="kind", returns="nirs")
    assert (refused.value.code, refused.value.where) == ("no_choice", "returns")


def test_groups_that_are_numbers_are_called_groups() -> None:
    kind = pl.col("kind").replace({"A": "1", "B": "2", "C": "3"})
    found = metafrontier_change(PANEL.with_columns(kind), *NAMES, group="kind")
    phrase = found.said[0].values["group"].value
    assert phrase.code == "phrases.numbered_group" and phrase.values["number"] == Name("1")
