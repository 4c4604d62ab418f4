"""Decompositions of aggregate productivity: adding up, sets written out, relations between methods,
gaps and bad input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.growth_drivers.productivity_decomposition import (
    METHODS,
    TERMS,
    decompose,
    productivity_decomposition,
)
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.texts import Name, Value

Floats = NDArray[np.float64]


def firms(
    seed: int, n: int = 9, enter: int = 2, leave: int = 2
) -> tuple[Floats, Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    p0, p1 = rng.normal(2, 1, (2, n))
    w0, w1 = rng.uniform(1, 9, (2, n))
    p0[:enter] = w0[:enter] = np.nan
    if leave:
        p1[-leave:] = w1[-leave:] = np.nan
    return p0, w0, p1, w1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    enter=st.integers(0, 3),
    leave=st.integers(0, 3),
    method=st.sampled_from(["fhk", "griliches_regev", "melitz_polanec"]),
)
def test_terms_add_up_to_the_change(seed: int, enter: int, leave: int, method: str) -> None:
    p0, w0, p1, w1 = firms(seed, enter=enter, leave=leave)
    parts = decompose(p0, w0, p1, w1, method=method)
    change = np.nansum(p1 * w1) / np.nansum(w1) - np.nansum(p0 * w0) / np.nansum(w0)
    assert sum(parts[name].sum() for name in TERMS) == pytest.approx(change, abs=1e-12)
    # Weights in another unit, productivity of another level, members in another order.
    order = np.random.default_rng(seed).permutation(9)
    again = decompose(
        p0[order] + 5, 1e9 * w0[order], p1[order] + 5, 1e-9 * w1[order], method=method
    )
    for name in TERMS:
        assert again[name] == pytest.approx(parts[name][order], abs=1e-9)
    scaled = decompose(7 * p0, w0, 7 * p1, w1, method=method)
    for name in TERMS:
        assert scaled[name] == pytest.approx(7 * parts[name], abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_how_the_methods_hang_together(seed: int) -> None:
    p0, w0, p1, w1 = firms(seed, enter=0, leave=0)
    ss, fhk, gr, mp = (
        {k: v.sum() for k, v in decompose(p0, w0, p1, w1, method=m).items()} for m in METHODS
    )
    assert fhk["within"] == pytest.approx(ss["within"])
    # Without entry shares add up to one, so that differences from the aggregate change nothing.
    assert fhk["between"] == pytest.approx(ss["between"], abs=1e-12)
    assert gr["within"] == pytest.approx(ss["within"] + ss["cross"] / 2)
    assert gr["between"] == pytest.approx(ss["between"] + ss["cross"] / 2, abs=1e-12)
    assert mp["within"] == pytest.approx((p1 - p0).mean())
    assert sum(mp.values()) == pytest.approx(sum(ss.values()))


def test_foster_haltiwanger_krizan_and_griliches_regev_with_the_sets_written_out() -> None:
    p0, w0, p1, w1 = firms(4)
    stay, enters, leaves = range(2, 7), range(0, 2), range(7, 9)
    share0 = {i: w0[i] / sum(w0[j] for j in [*stay, *leaves]) for i in [*stay, *leaves]}
    share1 = {i: w1[i] / sum(w1[j] for j in [*stay, *enters]) for i in [*stay, *enters]}
    before, after = (
        sum(share[i] * p[i] for i in share) for share, p in ((share0, p0), (share1, p1))
    )
    for method, base in (("fhk", before), ("griliches_regev", (before + after) / 2)):
        parts = {
            name: values.sum() for name, values in decompose(p0, w0, p1, w1, method=method).items()
        }
        half = method == "griliches_regev"
        within = sum(
            (share0[i] + half * (share1[i] - share0[i]) / 2) * (p1[i] - p0[i]) for i in stay
        )
        between = sum(
            (share1[i] - share0[i]) * (p0[i] + half * (p1[i] - p0[i]) / 2 - base) for i in stay
        )
        cross = sum((share1[i] - share0[i]) * (p1[i] - p0[i]) for i in stay)
        assert parts["within"] == pytest.approx(within)
        assert parts["between"] == pytest.approx(between)
        assert parts["cross"] == pytest.approx(0 if half else cross)
        assert parts["entry"] == pytest.approx(sum(share1[i] * (p1[i] - base) for i in enters))
        assert parts["exit"] == pytest.approx(-sum(share0[i] * (p0[i] - base) for i in leaves))


def test_melitz_polanec_with_the_sets_written_out() -> None:
    p0, w0, p1, w1 = firms(4)
    stay, enters, leaves = range(2, 7), range(0, 2), range(7, 9)
    share0 = {i: w0[i] / sum(w0[j] for j in [*stay, *leaves]) for i in [*stay, *leaves]}
    share1 = {i: w1[i] / sum(w1[j] for j in [*stay, *enters]) for i in [*stay, *enters]}

    def group(share: dict[int, float], p: Floats, of: range) -> tuple[float, float]:
        total = sum(share[i] for i in of)
        return total, sum(share[i] * p[i] for i in of) / total

    (_, c0), (_, c1) = group(share0, p0, stay), group(share1, p1, stay)
    (se, e1), (sx, x0) = group(share1, p1, enters), group(share0, p0, leaves)
    parts = decompose(p0, w0, p1, w1, method="melitz_polanec")
    mean = np.mean([p1[i] for i in stay]) - np.mean([p0[i] for i in stay])
    assert parts["entry"].sum() == pytest.approx(se * (e1 - c1))
    assert parts["exit"].sum() == pytest.approx(sx * (c0 - x0))
    assert parts["within"].sum() == pytest.approx(mean)
    assert parts["between"].sum() == pytest.approx(c1 - c0 - mean)


def test_entrants_like_the_stayers_add_nothing_in_melitz_polanec() -> None:
    p0, w0 = np.array([1.0, 3.0, np.nan]), np.array([1.0, 1.0, np.nan])
    p1, w1 = np.array([2.0, 4.0, 3.0]), np.array([1.0, 1.0, 2.0])
    assert decompose(p0, w0, p1, w1, method="melitz_polanec")["entry"].sum() == pytest.approx(0)
    # Against the earlier aggregate they add: the known bias of FHK that Melitz and Polanec
    # describe.
    assert decompose(p0, w0, p1, w1, method="fhk")["entry"].sum() == pytest.approx(0.5 * (3 - 2))


def panel(seed: int, n: int = 6, years: int = 5) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = pl.DataFrame(
        {
            "place": np.repeat(["x", "y"], n * years),
            "industry": np.tile(np.repeat([f"i{k}" for k in range(n)], years), 2),
            "year": np.tile(np.arange(2000, 2000 + years), 2 * n),
            "y": rng.uniform(1, 5, 2 * n * years),
            "l": rng.uniform(1, 5, 2 * n * years),
        }
    )
    enters = (pl.col("industry") == "i0") & (pl.col("year") < 2002)
    leaves = (pl.col("industry") == "i5") & (pl.col("year") > 2002)
    return rows.filter(~enters & ~leaves)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    method=st.sampled_from(["fhk", "griliches_regev", "melitz_polanec"]),
    logs=st.booleans(),
    span=st.sampled_from([1, 2, None]),
)
def test_tables_add_up_and_do_not_know_the_order_of_rows(
    seed: int, method: str, logs: bool, span: int | None
) -> None:
    rows = panel(seed)
    found = productivity_decomposition(
        rows, "y", "l", method=method, in_logs=logs, span=span, unit="place"
    )
    table = found.table
    assert table.height == {1: 8, 2: 6, None: 2}[span]
    assert table.select(TERMS).sum_horizontal().to_numpy() == pytest.approx(
        table["change"].to_numpy(), abs=1e-12
    )
    points = table.select([f"{name}_pp" for name in TERMS]).sum_horizontal().to_numpy()
    assert points == pytest.approx(table["change_pp"].to_numpy(), abs=1e-9)
    base = 1.0 if logs else table["productivity_before"].to_numpy()
    assert points == pytest.approx(100 * table["change"].to_numpy() / base, abs=1e-9)
    by_member = found.members.group_by("unit", "year", maintain_order=True).agg(
        pl.col(name).sum() for name in TERMS
    )
    assert by_member.select(TERMS).sum_horizontal().to_numpy() == pytest.approx(
        table["change"].to_numpy(), abs=1e-12
    )
    shuffled = rows.sample(fraction=1, shuffle=True, seed=seed)
    again = productivity_decomposition(
        shuffled, "y", "l", method=method, in_logs=logs, span=span, unit="place"
    )
    assert again.table.equals(table)
    assert again.members.equals(found.members)
    if not logs:
        totals = rows.group_by("place", "year").agg(p=pl.col("y").sum() / pl.col("l").sum())
        both = table.join(totals, left_on=["unit", "year"], right_on=["place", "year"])
        assert both["productivity"].to_numpy() == pytest.approx(both["p"].to_numpy())


def test_given_productivity_is_used_as_it_is() -> None:
    rows = panel(1).with_columns(
        p=pl.col("y") / pl.col("l"), logp=(pl.col("y") / pl.col("l")).log()
    )
    for logs, column in ((False, "p"), (True, "logp")):
        one = productivity_decomposition(rows, "y", "l", in_logs=logs, unit="place").table
        other = productivity_decomposition(
            rows, column, "l", is_productivity=True, in_logs=logs, unit="place"
        ).table
        assert other["within"].to_numpy() == pytest.approx(one["within"].to_numpy())


def test_us_industries(reference: Path) -> None:
    """Real value added per unit of labour input, manufacturing of BLS KLEMS at prices of 2012, 1988
    to 2018."""
    years = [str(year) for year in range(1987, 2019)]
    raw = pl.read_csv(
        reference / "data/productivity/klemscombinedbymeasure.csv.gz", infer_schema_length=None
    )
    names = {"Sectoral Output": "q", "Labor Input": "h"}
    wide = raw.filter(
        pl.col("Measure Title").is_in(list(names))
        & pl.col("Duration Title").str.starts_with("Indexes")
    )
    long = wide.with_columns(pl.col("Measure Title").replace_strict(names)).unpivot(
        years, index=["NAICS", "Measure Title"], variable_name="year", value_name="v"
    )
    rows = long.with_columns(pl.col("v").cast(pl.Float64), pl.col("year").cast(pl.Int64)).pivot(
        "Measure Title", index=["NAICS", "year"], values="v"
    )
    base = raw.filter(
        pl.col("Measure Title").is_in(
            [
                "Cost of Labor, billions of current dollars",
                "Value of Production, billions of current dollars",
            ]
        )
    ).pivot("Measure Title", index="NAICS", values="2012")
    rows = rows.join(base, on="NAICS").with_columns(
        q=pl.col("q")
        * pl.col("Value of Production, billions of current dollars").cast(pl.Float64)
        / 100,
        h=pl.col("h") * pl.col("Cost of Labor, billions of current dollars").cast(pl.Float64) / 100,
    )
    manufacturing = rows.filter(
        pl.col("NAICS").str.contains("^3") & ~pl.col("NAICS").str.contains("^$")
    )
    assert manufacturing["NAICS"].n_unique() == 18
    for method in METHODS:
        table = productivity_decomposition(
            manufacturing, "q", "h", member="NAICS", method=method
        ).table
        assert table.height == 31
        assert table["change"].null_count() == 0
        gap = table.select(TERMS).sum_horizontal() - table["change"]
        assert gap.abs().max() < 1e-12  # type: ignore[operator]
        assert table["within_pp"].mean() > 1  # type: ignore[operator]  # most of it is within industries


def test_gaps_are_named() -> None:
    rows = panel(2).with_columns(
        l=pl.when((pl.col("industry") == "i3") & (pl.col("year") == 2001))
        .then(None)
        .otherwise(pl.col("l"))
    )
    found = productivity_decomposition(rows, "y", "l", unit="place")
    why = ("reason", "reason_name", "reason_year")
    assert found.table.select(why).rows()[:2] == [("number_missing", "i3", 2001)] * 2
    assert found.table["change"].null_count() == 4
    shift = productivity_decomposition(panel(2), "y", "l", method="shift_share", unit="place").table
    assert shift.filter(pl.col("year") == 2002)["reason"][0] == "entry_or_exit"
    assert shift.filter(pl.col("year") == 2001)["change"].null_count() == 0
    hole = productivity_decomposition(
        panel(2).filter(pl.col("year") != 2002), "y", "l", unit="place"
    ).table
    lost = hole.filter(pl.col("year") == 2003).select(why)
    assert lost.rows() == [("no_rows", None, 2002)] * 2
    far = productivity_decomposition(panel(2), "y", "l", unit="place", span=9)
    assert far.table["reason"].to_list() == ["no_earlier_year"] * 2
    status = dict(
        found.members.filter((pl.col("unit") == "x") & (pl.col("year") == 2003))
        .select("member", "status")
        .rows()
    )
    assert (status["i5"], status["i1"]) == ("leaves", "stays")


@pytest.mark.parametrize(
    ("call", "code", "values"),
    [
        (
            lambda: productivity_decomposition(panel(1), "y", "l", unit="place", method="op"),
            "no_choice",
            {"parameter": Name("method"), "value": Name("op")},
        ),
        (
            lambda: productivity_decomposition(panel(1), "y", "l", unit="place", span=0),
            "out_of_bounds",
            {"parameter": Name("span"), "value": Name("0")},
        ),
        (
            lambda: productivity_decomposition(
                panel(1).with_columns(l=0.0), "y", "l", unit="place"
            ),
            "not_above_zero",
            {"key": unit_in_year("x", 2002, "i0"), "column": Name("l")},
        ),
        (lambda: decompose(*firms(1), method="shift_share"), "entry_or_exit", {}),
        (
            lambda: decompose(
                [np.nan, 1], [np.nan, 1], [1, np.nan], [1, np.nan], method="melitz_polanec"
            ),
            "nobody_stays",
            {},
        ),
        (lambda: decompose([np.nan], [np.nan], [1], [1]), "no_members", {}),
    ],
)
def test_bad_input_is_named(
    call: Callable[[], object], code: str, values: dict[str, Value[Any]]
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert {name: caught.value.values[name] for name in values} == values
