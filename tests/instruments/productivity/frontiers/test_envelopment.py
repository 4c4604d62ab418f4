"""Data envelopment analysis on frames: published scores, years and windows, targets and peers, what
is refused and named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from measured import dea

from firstlight.errors import InputError

# The eleven units of the tests of DataEnvelopmentAnalysis.jl (Barbero and Zofío), and their scores:
# input, CRS.
FLS_INPUTS = [
    (5, 13),
    (16, 12),
    (16, 26),
    (17, 15),
    (18, 14),
    (23, 6),
    (25, 10),
    (27, 22),
    (37, 14),
    (42, 25),
    (5, 17),
]
FLS_OUTPUTS = [12, 14, 25, 26, 8, 9, 27, 30, 31, 26, 12]
FLS_SCORES = [
    1,
    0.6222896791,
    0.8198562444,
    1,
    0.3103709311,
    0.5555555556,
    1,
    0.7576690896,
    0.8201058201,
    0.4905660377,
    1,
]
TEACHING = (
    ["Education", "Occupation", "Parental", "Counseling", "Teachers"],
    ["Reading", "Math", "Coopersmith"],
)


def fls() -> pl.DataFrame:
    rows = [
        (f"{k:02}", float(a), float(b), float(c))
        for k, ((a, b), c) in enumerate(zip(FLS_INPUTS, FLS_OUTPUTS, strict=True))
    ]
    return pl.DataFrame(rows, schema=["unit", "x1", "x2", "y"], orient="row")


def through_years(seed: int = 0, count: int = 9, years: int = 4) -> pl.DataFrame:
    """A panel with a bad, where output grows."""
    random = np.random.default_rng(seed)
    rows = [
        (
            f"u{k}",
            2000 + year,
            *random.uniform(1, 5, 2),
            random.uniform(1, 5) * 1.1**year,
            random.uniform(1, 3),
        )
        for k in range(count)
        for year in range(years)
    ]
    return pl.DataFrame(rows, schema=["unit", "year", "K", "L", "Y", "CO2"], orient="row")


def test_the_eleven_published_scores() -> None:
    found = dea(fls(), ["x1", "x2"], ["y"], returns="crs")
    np.testing.assert_allclose(found.score, FLS_SCORES, atol=5e-11)
    # The last unit needs 4 more of the second input than the first, for the same output: on the
    # frontier, yet not efficient.
    assert found.table["is_efficient"].to_list() == [k in (0, 3, 6) for k in range(11)]
    np.testing.assert_allclose(found.slacks[10], [0, 4, 0])


def test_program_follow_through(reference: Path) -> None:
    table = pl.read_csv(reference / "data/productivity/PFT1981.csv").filter(
        pl.col("Program") == "PFT"
    )
    found = dea(table, *TEACHING, unit="Site", returns="crs")
    assert (len(found.score), int((found.score == 1).sum())) == (49, 17)
    assert round(float(found.score.mean()), 4) == 0.9452


@pytest.mark.parametrize("orientation", ["input", "output", "non"])
@pytest.mark.parametrize("returns", ["crs", "vrs", "nirs", "ndrs"])
def test_targets_are_efficient_and_made_of_peers(orientation: str, returns: str) -> None:
    table = through_years(1, 30, 1)
    found = dea(table, ["K", "L"], ["Y"], orientation=orientation, returns=returns)
    made = (
        found.intensities
        @ table.select("K", "L", "Y").to_numpy()[np.argsort(table["unit"].to_numpy())]
    )
    np.testing.assert_allclose(found.targets, made, rtol=1e-8)
    moved = table.sort("unit").with_columns(
        pl.Series(name, found.targets[:, k]) for k, name in enumerate(("K", "L", "Y"))
    )
    both = pl.concat([table.sort("unit"), moved.with_columns(unit="t" + pl.col("unit"))])
    again = dea(both, ["K", "L"], ["Y"], orientation=orientation, returns=returns)
    assert again.table.filter(pl.col("unit").str.starts_with("t"))["is_efficient"].all()
    assert found.peers["intensity"].min() > 0


def test_input_and_output_scores_are_reciprocal_under_constant_returns() -> None:
    inward, outward = (
        dea(fls(), ["x1", "x2"], ["y"], returns="crs", orientation=way)
        for way in ("input", "output")
    )
    np.testing.assert_allclose(inward.score * outward.score, 1, rtol=1e-12)
    np.testing.assert_allclose(
        outward.table["efficiency_score"], inward.table["efficiency_score"], rtol=1e-12
    )


def test_a_direction_of_ones_own_inputs_is_the_input_score() -> None:
    one = dea(fls(), ["x1", "x2"], ["y"])
    other = dea(fls(), ["x1", "x2"], ["y"], orientation="directional", direction=["x1", "x2"])
    np.testing.assert_allclose(1 - other.score, one.score, rtol=1e-12)
    fixed = dea(fls(), ["x1", "x2"], ["y"], orientation="directional", direction=["y"])
    outward = dea(fls(), ["x1", "x2"], ["y"], orientation="output")
    np.testing.assert_allclose(fixed.score, outward.score - 1, atol=1e-9)
    assert fixed.table["inefficiency_score"].min() == 0


def test_scale() -> None:
    found = dea(fls(), ["x1", "x2"], ["y"])
    crs = dea(fls(), ["x1", "x2"], ["y"], returns="crs")
    np.testing.assert_allclose(
        found.table["scale_efficiency_score"] * found.score, crs.score, rtol=1e-9
    )
    codes = dict(zip(found.table["unit"], found.table["returns_to_scale_code"], strict=True))
    assert codes["00"] == "crs" and codes["08"] == "drs" and codes["04"] == "irs"
    intercept = found.result.tables["multipliers"]["intercept"]
    assert intercept.filter(found.table["returns_to_scale_code"] == "irs").min() > -1e-9


def test_super_efficiency_and_its_infeasible_units_by_name() -> None:
    found = dea(fls(), ["x1", "x2"], ["y"], super_efficiency=True)
    inside = found.score < 1
    np.testing.assert_array_equal(found.super_score[inside], found.score[inside])
    row = found.table.row(
        by_predicate=pl.col("unit") == "08", named=True
    )  # the largest output: nobody else makes as much
    assert row["super_efficiency_score"] is None and row["efficiency_score"] == 1
    assert row["reason"] == "super_infeasible" and found.table["reason"].null_count() == 10
    crs = dea(fls(), ["x1", "x2"], ["y"], super_efficiency=True, returns="crs")
    assert (crs.super_score[[0, 3, 6]] > 1.05).all() and crs.super_score[10] == 1


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_who_alone_makes_something_is_out_of_reach(orientation: str) -> None:
    table = fls().with_columns(z=pl.when(pl.col("unit") == "05").then(1.0).otherwise(0.0))
    found = dea(
        table,
        ["x1", "x2"],
        ["y", "z"],
        returns="crs",
        super_efficiency=True,
        orientation=orientation,
    )
    row = found.table.row(by_predicate=pl.col("unit") == "05", named=True)
    assert row["efficiency_score"] == 1 and row["super_efficiency_score"] is None
    reached = {"output": "super_out_of_reach", "input": "super_infeasible"}
    assert row["reason"] == reached[orientation]


def test_multipliers_by_unit() -> None:
    found = dea(fls(), ["x1", "x2"], ["y"])
    table = found.result.tables["multipliers"]
    assert table.columns == ["unit", "x1_multiplier", "x2_multiplier", "y_multiplier", "intercept"]
    worth = table["x1_multiplier"] * fls()["x1"] + table["x2_multiplier"] * fls()["x2"]
    np.testing.assert_allclose(worth, 1, rtol=1e-12)
    np.testing.assert_allclose(
        table["y_multiplier"] * fls()["y"] + table["intercept"], found.score, rtol=1e-9
    )


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_options_each_row_has_a_score_or_a_reason(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, 4, (24, 5)).astype(float)
    values[:, [0, 2]] += 1
    table = pl.DataFrame(values, schema=["a", "b", "y", "z", "c"]).with_columns(
        unit=pl.Series([f"u{k // 3}" for k in range(24)]),
        year=pl.Series([2000 + k % 3 for k in range(24)]),
    )
    options: dict[str, Any] = {
        "returns": ["crs", "vrs", "nirs", "ndrs"][seed % 4],
        "orientation": ["input", "output", "non"][seed % 3],
        "disposability": ["weak", "strong"][seed % 2],
        "technology": ["contemporaneous", "sequential", "global", "window"][seed // 3],
        "super_efficiency": seed % 5 > 0,
    }
    found = dea(table, ["a", "b"], ["y", "z"], ["c"], year="year", window=2, **options)
    names = [name for name in found.table.columns if name.endswith(("efficiency_score", "_slack"))]
    missing = found.table.select(
        pl.any_horizontal(pl.col(name).is_null() for name in names)
    ).to_series()
    assert (missing == found.table["reason"].is_not_null()).all() and missing.sum() < len(missing)
    assert (
        found.table["is_efficient"].any()
        and not found.table.select(pl.col(names).is_nan().any()).row(0)[0]
    )


def test_a_super_efficiency_is_the_score_among_the_others() -> None:
    for k in (0, 3, 6):
        others = fls().filter(pl.col("unit") != f"{k:02}")
        own = fls().filter(pl.col("unit") == f"{k:02}")
        score = float(
            dea(fls(), ["x1", "x2"], ["y"], returns="crs", super_efficiency=True).super_score[k]
        )
        shrunk = own.with_columns(pl.col("x1", "x2") * score)
        edge = dea(pl.concat([others, shrunk]), ["x1", "x2"], ["y"], returns="crs")
        np.testing.assert_allclose(
            edge.score[edge.table["unit"].to_numpy() == f"{k:02}"], 1, rtol=1e-9
        )
        worse = pl.concat([others, own.with_columns(pl.col("x1", "x2") * score * 1.01)])
        assert dea(worse, ["x1", "x2"], ["y"], returns="crs").score[k] == pytest.approx(1 / 1.01)


def test_what_management_cannot_move_stays() -> None:
    found = dea(fls(), ["x1", "x2"], ["y"], nondiscretionary=["x2"])
    free = dea(fls(), ["x1", "x2"], ["y"])
    assert (found.score <= free.score + 1e-12).all() and (found.score < free.score - 1e-3).any()
    np.testing.assert_allclose(found.targets[:, 1] + found.slacks[:, 1], fls()["x2"], rtol=1e-12)
    # Less of the input that can move would need peers with no more of the one that can't.
    theta = dea(fls().with_columns(x2=pl.lit(1.0)), ["x1"], ["y"]).score
    assert (found.score >= theta - 1e-12).all()


def test_weight_restrictions_lower_scores() -> None:
    found = dea(fls(), ["x1", "x2"], ["y"], returns="crs", weight_restrictions=["x1>=2*x2"])
    free = dea(fls(), ["x1", "x2"], ["y"], returns="crs")
    assert (found.score <= free.score + 1e-12).all() and (found.score < free.score - 1e-3).any()
    assert (found.multipliers[:, 0] >= 2 * found.multipliers[:, 1] - 1e-12).all()
    assert "returns_to_scale_code" not in found.table.columns


def test_weak_bads_hold_more_units_efficient_than_strong_ones() -> None:
    table = through_years(2, 25, 1)
    weak, strong, none = (
        dea(
            table, ["K", "L"], ["Y"], bads, orientation="output", disposability=how, returns="crs"
        ).score
        for bads, how in ((["CO2"], "weak"), (["CO2"], "strong"), ([], "strong"))
    )
    assert (weak <= strong + 1e-9).all() and (strong <= none + 1e-9).all()
    assert (weak < strong - 1e-3).any() and (strong < none - 1e-3).any()
    slacks = dea(table, ["K", "L"], ["Y"], ["CO2"], orientation="output").slacks
    assert not slacks[:, 3].any()
    plain, own = (
        dea(table, ["K", "L"], ["Y"], ["CO2"], orientation="output", disposability=how)
        for how in ("weak", "kuosmanen")
    )
    assert (own.score >= plain.score - 1e-9).all() and not own.slacks[:, 3].any()
    np.testing.assert_allclose(own.intensities.sum(axis=1), 1, rtol=1e-9)


def test_years() -> None:
    table = through_years()
    asked: dict[str, Any] = {"year": "year", "orientation": "output"}
    own, so_far, every = (
        dea(table, ["K", "L"], ["Y"], technology=kind, **asked).score
        for kind in ("contemporaneous", "sequential", "global")
    )
    assert (
        (own <= so_far + 1e-9).all()
        and (so_far <= every + 1e-9).all()
        and (own < every - 1e-3).any()
    )
    years = np.tile(np.arange(2000, 2004), 9)
    for year in range(2000, 2004):
        alone = dea(
            table.filter(pl.col("year") == year), ["K", "L"], ["Y"], orientation="output"
        ).score
        np.testing.assert_array_equal(own[years == year], alone)
        past = dea(
            table.filter(pl.col("year") <= year),
            ["K", "L"],
            ["Y"],
            year="year",
            technology="global",
            orientation="output",
        )
        np.testing.assert_array_equal(
            so_far[years == year], past.score[past.table["year"].to_numpy() == year]
        )


def test_windows() -> None:
    table, heard = through_years(), list[tuple[int, int]]()
    found = dea(
        table,
        ["K", "L"],
        ["Y"],
        year="year",
        technology="window",
        window=3,
        progress=lambda done, every: heard.append((done, every)),
    )
    assert found.table.height == 9 * 3 * 2 and heard == [(0, 2), (1, 2)]
    later = dea(
        table.filter(pl.col("year") > 2000), ["K", "L"], ["Y"], year="year", technology="global"
    )
    both = found.table.filter(pl.col("window_first_year") == 2001)
    assert both["efficiency_score"].to_list() == later.table["efficiency_score"].to_list()
    assert found.table.select("unit", "year", "window_first_year").is_unique().all()
    assert found.peers["peer_year"].is_in([2000, 2001, 2002, 2003]).all()


def test_the_order_of_rows_changes_no_byte() -> None:
    table = through_years(3, 40, 3)
    mixed = table.sample(fraction=1.0, shuffle=True, seed=1)
    one, other = (
        dea(rows, ["K", "L"], ["Y"], ["CO2"], year="year", orientation="non", super_efficiency=True)
        for rows in (table, mixed)
    )
    assert one.table.equals(other.table) and one.peers.equals(other.peers)
    np.testing.assert_array_equal(one.multipliers, other.multipliers)


def test_large_and_small_columns_in_one_table() -> None:
    table = through_years(4, 20, 1)
    resized = table.with_columns(pl.col("K") * 1e12, pl.col("L") * 1e-9, pl.col("Y") * 1e6)
    one, other = (
        dea(rows, ["K", "L"], ["Y"], ["CO2"], orientation="non") for rows in (table, resized)
    )
    np.testing.assert_allclose(other.score, one.score, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(other.targets / [1e12, 1e-9, 1e6, 1], one.targets, rtol=1e-8)


def test_one_unit_and_equal_units() -> None:
    assert dea(fls().head(1), ["x1", "x2"], ["y"]).score.tolist() == [1.0]
    same = pl.DataFrame({"unit": list("abc"), "x": [2.0] * 3, "y": [1.0] * 3})
    found = dea(same, ["x"], ["y"], super_efficiency=True)
    assert (
        found.score.tolist() == [1.0] * 3 == found.super_score.tolist()
        and found.table["is_efficient"].all()
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"returns": "some"}, "no_choice returns = some"),
        ({"orientation": "sideways"}, "no_choice orientation = sideways"),
        ({"disposability": "none"}, "no_choice disposability = none"),
        ({"technology": "alien"}, "no_choice technology = alien"),
        ({"technology": "window", "window": 9}, "window_too_long"),
        ({"direction": ["x1"]}, "direction_unused"),
        ({"orientation": "directional"}, "no_direction"),
        ({"nondiscretionary": ["z"]}, "no_quantity z"),
        ({"nondiscretionary": ["x1", "x2"]}, "nothing_moves"),
        ({"weight_restrictions": ["z>=x1"]}, "no_quantity z"),
        (
            {"orientation": "directional", "direction": ["x1"], "nondiscretionary": ["x1"]},
            "held_and_moved x1",
        ),
        ({"unit": "name"}, "name"),
    ],
)
def test_bad_options_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        dea(fls(), ["x1", "x2"], ["y"], **change)
    assert message in f"{caught.value.code} {caught.value}"


def test_a_unit_that_cannot_move_is_named() -> None:
    table = fls().with_columns(x1=pl.when(pl.col("unit") == "03").then(0.0).otherwise("x1"))
    with pytest.raises(InputError, match="03"):
        dea(table, ["x1", "x2"], ["y"], nondiscretionary=["x2"])


@pytest.mark.parametrize("seed", [1, 3, 18, 22])
def test_a_unit_that_makes_none_of_an_output_is_efficient_where_it_lies_beyond_the_others(
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    inputs, outputs = random.lognormal(3, 1, (40, 3)), random.lognormal(5, 1, (40, 3))
    outputs[random.random(40) < 0.3, 0] = 0
    columns = {
        f"{name}{k}": part[:, k] for name, part in (("x", inputs), ("y", outputs)) for k in range(3)
    }
    table = pl.DataFrame({"unit": [f"{k:02}" for k in range(40)], **columns})
    found = dea(
        table, ["x0", "x1", "x2"], ["y0", "y1", "y2"], returns="crs", super_efficiency=True
    ).table
    # Under constant returns a unit with a slack at its own point is dominated by the others: none
    # is above 1.
    beyond = found.filter(pl.col("super_efficiency_score") > 1 + 1e-6)
    assert (table.join(beyond, on="unit")["y0"] == 0).any()
    assert beyond["is_efficient"].all() and (beyond["y0_slack"] == 0).all()
    assert (found["y0_slack"] > 1).any()
