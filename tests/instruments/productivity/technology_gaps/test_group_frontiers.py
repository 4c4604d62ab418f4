"""Metafrontiers: programmes written out, one group alone, and what holds under either metafrontier."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from dense_distances import at, columns, directional, farrell, random_panel
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import dea, meta_frontier

from firstlight.errors import InputError
from firstlight.instruments.productivity.technology_gaps import meta_frontier as module

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


@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize("metafrontier", ["convex", "union"])
@pytest.mark.slow
def test_radial_scores_equal_the_programmes_written_out(
    returns: str, orientation: str, metafrontier: str
) -> None:
    rows = PANEL.filter(year=2002)
    found = meta_frontier(
        rows,
        *GOODS,
        group="kind",
        returns=returns,
        orientation=orientation,
        metafrontier=metafrontier,
    )
    for unit, kind, own, gap, meta in found.table.select(
        "unit", "group", "group_efficiency_score", "technology_gap_ratio", "meta_efficiency_score"
    ).iter_rows():
        point = [at(rows, part, unit, 2002) for part in GOODS]

        def score(frame: pl.DataFrame, point: list[np.ndarray] = point) -> float:
            value = farrell(*point, *span(frame)[:2], orientation, returns)
            return value if orientation == "input" else 1 / value

        each = {name: score(rows.filter(kind=name)) for name in "ABC"}
        assert own == pytest.approx(each[kind], rel=1e-8)
        expected = score(rows) if metafrontier == "convex" else np.nanmin(list(each.values()))
        assert meta == pytest.approx(expected, rel=1e-8)
        assert own * gap == pytest.approx(meta, rel=1e-12) and gap <= 1


@pytest.mark.parametrize("metafrontier", ["convex", "union"])
def test_directional_scores_with_bads_equal_the_programmes_written_out(metafrontier: str) -> None:
    rows = PANEL.filter(year=2001)
    found = meta_frontier(
        rows,
        *NAMES,
        group="kind",
        returns="crs",
        orientation="directional",
        metafrontier=metafrontier,
    ).table
    for unit, kind, own, meta in found.select(
        "unit", "group", "group_inefficiency_score", "meta_inefficiency_score"
    ).iter_rows():
        x, y, c = (at(rows, part, unit, 2001) for part in NAMES)
        each = {
            name: directional((x, y, c), span(rows.filter(kind=name)), (0 * x, y, c), "crs")
            for name in "ABC"
        }
        assert own == pytest.approx(each[kind], rel=1e-8, abs=1e-9)
        whole = directional((x, y, c), span(rows), (0 * x, y, c), "crs")
        expected = whole if metafrontier == "convex" else np.nanmax(list(each.values()))
        assert meta == pytest.approx(expected, rel=1e-8, abs=1e-9)
    ratio = (1 + found["group_inefficiency_score"]) / (1 + found["meta_inefficiency_score"])
    np.testing.assert_allclose(
        found["technology_gap_ratio"].to_numpy(), ratio.to_numpy(), rtol=1e-12
    )


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**16), orientation=st.sampled_from(["input", "output", "directional"]))
@pytest.mark.slow
def test_the_gap_multiplies_and_the_union_lies_between(seed: int, orientation: str) -> None:
    rows = random_panel(seed, 10, 1).with_columns(kind=pl.Series(list("AABBBCCCCC")))
    options = {"group": "kind", "orientation": orientation, "returns": "vrs"}
    convex, union = (
        meta_frontier(rows, *NAMES, metafrontier=form, **options) for form in ("convex", "union")
    )
    for found in (convex, union):
        own, gap, meta = (
            found.table.select(
                "group_efficiency_score", "technology_gap_ratio", "meta_efficiency_score"
            )
            .to_numpy()
            .T
        )
        np.testing.assert_allclose(own * gap, meta, rtol=1e-12)
        assert (gap <= 1).all() and (gap > 0).all()
    convex, union = convex.table, union.table
    assert (convex["meta_efficiency_score"] <= union["meta_efficiency_score"] + 1e-8).all()
    assert convex["group_efficiency_score"].equals(union["group_efficiency_score"])


def test_one_group_has_no_gap_and_is_ordinary_envelopment() -> None:
    rows = PANEL.with_columns(kind=pl.lit("all"))
    for metafrontier in ("convex", "union"):
        found = meta_frontier(
            rows, *GOODS, group="kind", year="year", metafrontier=metafrontier
        ).table
        assert found["technology_gap_ratio"].to_list() == [1.0] * rows.height
        plain = dea(rows, *GOODS, year="year", orientation="output").table
        np.testing.assert_allclose(
            found["meta_efficiency_score"].to_numpy(),
            plain["efficiency_score"].to_numpy(),
            rtol=1e-9,
        )


@pytest.mark.parametrize("technology", ["contemporaneous", "sequential", "global"])
@pytest.mark.slow
def test_years(technology: str) -> None:
    found = meta_frontier(PANEL, *GOODS, group="kind", year="year", technology=technology).table
    assert found.columns[:3] == ["unit", "year", "group"]
    for kind in "ABC":
        alone = dea(
            PANEL.filter(kind=kind),
            *GOODS,
            year="year",
            orientation="output",
            technology=technology,
        ).table
        np.testing.assert_allclose(
            found.filter(group=kind)["group_efficiency_score"].to_numpy(),
            alone["efficiency_score"].to_numpy(),
            rtol=1e-9,
        )


def test_rows_in_any_order_and_any_unit_of_measurement() -> None:
    plain = meta_frontier(PANEL, *NAMES, group="kind", year="year", orientation="directional")
    shuffled = PANEL.sample(fraction=1, shuffle=True, seed=3)
    assert meta_frontier(
        shuffled, *NAMES, group="kind", year="year", orientation="directional"
    ).table.equals(plain.table)
    scaled = PANEL.with_columns(pl.col("k") * 1e12, pl.col("y") * 1e-9, pl.col("c") * 1e6)
    other = meta_frontier(scaled, *NAMES, group="kind", year="year", orientation="directional")
    score = "meta_inefficiency_score"
    np.testing.assert_allclose(other.table[score], plain.table[score], rtol=1e-7, atol=1e-9)


def test_a_metafrontier_that_falls_short_of_the_groups_by_rounding_is_the_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, measured = PANEL.filter(year=2002).with_columns(kind=pl.lit("A")), module._distance
    calls: list[Any] = []

    def rounded(*given: Any) -> Any:
        """The first answer is that of the group, the second that of the metafrontier: too short,
        and once not there."""
        distance, status = measured(*given)
        calls.append(given)
        if len(calls) == 2:
            distance -= 1e-7
            distance[0] = np.nan
        return distance, status

    monkeypatch.setattr(module, "_distance", rounded)
    found = meta_frontier(rows, *GOODS, group="kind").table
    assert found["technology_gap_ratio"].to_list() == [None] + [1.0] * 8
    assert found["reason"].drop_nulls().to_list() == ["imprecise"]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"group": "absent"}, "no column 'absent'"),
        ({"group": "k"}, "column_twice"),
        ({"orientation": "non"}, "no_choice orientation = non"),
        ({"metafrontier": "concave"}, "no_choice metafrontier = concave"),
        ({"returns": "irs"}, "no_choice returns = irs"),
        ({"direction": ["y"]}, "direction_unused"),
        ({"technology": "window"}, "no_choice technology = window"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError) as caught:
        meta_frontier(PANEL, *GOODS, year="year", **{"group": "kind", **options})
    assert what in f"{caught.value.code} {caught.value}"


def test_rows_without_a_group_are_refused() -> None:
    with pytest.raises(InputError) as told:
        meta_frontier(PANEL.with_columns(kind=None), *GOODS, group="kind", year="year")
    assert told.value.code == "no_group"
