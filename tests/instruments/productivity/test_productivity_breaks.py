"""Leaps: published critical values, exhaustive search, size, power and coverage by simulation, gaps
and bad input."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.productivity.growth_accounting.growth_accounting import breaks_said
from firstlight.instruments.productivity.growth_accounting.level_shifts import outlying_years
from firstlight.instruments.productivity.growth_accounting.mean_shifts import (
    argmax_quantile,
    best_partitions,
    double_maximum,
    null_law,
    one_more,
    p_value,
)
from firstlight.instruments.productivity.growth_accounting.productivity_breaks import (
    break_intervals,
    productivity_breaks,
)
from firstlight.texts import Count, Growth, Name, Value, Year, message, names


def test_the_simulated_law_has_the_published_critical_values() -> None:
    # Andrews's corrected table (2003, Econometrica 71(1), 395-397), as Stock and Watson print it:
    # one parameter, 15% trimmed: 7.12, 8.68, 12.16 at 10, 5, 1%. Ours are of 400 years and 3,999
    # draws, whose 95% quantile has a standard error of .15.
    law = null_law(400, 60, 1, (), 3999, 0)
    assert np.quantile(law, [0.9, 0.95]) == pytest.approx([7.12, 8.68], abs=0.4)
    assert np.quantile(law, 0.99) == pytest.approx(12.16, abs=1.0)
    # The same numbers by the tail of a square root boundary's crossing by Brownian motion (DeLong
    # 1981), which needs no table.
    span = 2 * np.log(0.85 / 0.15)
    for level, x in ((0.10, 7.12), (0.05, 8.68), (0.01, 12.16)):
        tail = np.sqrt(x) * np.exp(-x / 2) / np.sqrt(2 * np.pi) * ((1 - 1 / x) * span + 2 / x)
        assert tail == pytest.approx(level, rel=0.08)


def test_the_law_of_a_date_has_the_published_quantiles() -> None:
    # Bai (1997): 7.7 at 90%, 11.0 at 95%; and a random walk with drift has them.
    assert argmax_quantile(0.90) == pytest.approx(7.7, abs=0.05)
    assert argmax_quantile(0.95) == pytest.approx(11.0, abs=0.05)
    rng, step = np.random.default_rng(2), 0.05
    walk = (
        np.cumsum(rng.normal(0, np.sqrt(step), (2000, 2, 1200)), axis=2)
        - np.arange(1, 1201) * step / 2
    )
    at = (walk.argmax(axis=2) + 1) * step
    side = walk.max(axis=2).argmax(axis=1)
    drawn = np.where(walk.max(axis=(1, 2)) > 0, at[np.arange(2000), side], 0.0)
    assert np.quantile(drawn, 0.95) == pytest.approx(argmax_quantile(0.95), rel=0.1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), most=st.integers(1, 3))
def test_the_search_finds_the_best_of_all_partitions(seed: int, most: int) -> None:
    y = np.random.default_rng(seed).normal(size=12)
    sums, starts = best_partitions(y, most, 2)
    for m in range(most + 1):
        every = [
            [0, *cut, 12]
            for cut in combinations(range(1, 12), m)
            if all(b - a >= 2 for a, b in pairwise([0, *cut, 12]))
        ]
        cost = [
            sum(((y[a:b] - y[a:b].mean()) ** 2).sum() for a, b in pairwise(edges))
            for edges in every
        ]
        assert sums[m] == pytest.approx(min(cost), rel=1e-9)
        assert starts[m].tolist() == every[int(np.argmin(cost))][1:-1]


def test_one_more_break_is_the_f_test_at_the_best_date() -> None:
    y = np.random.default_rng(3).normal(size=30)
    f = []
    for cut in range(5, 26):
        rest = sum(((part - part.mean()) ** 2).sum() for part in (y[:cut], y[cut:]))
        f.append((((y - y.mean()) ** 2).sum() - rest) / (rest / 28))
    assert one_more(y[None, :], np.array([], dtype=np.int64), 5)[0] == pytest.approx(max(f))
    assert double_maximum(best_partitions(y, 1, 5)[0][None, :], 30)[0] == pytest.approx(max(f))
    assert p_value(max(f), np.sort(np.array(f))) == pytest.approx(2 / 22)


def simulated(shift: float, n: int, t: int = 40, seed: int = 7) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    growth = rng.normal(2, 1, (n, t))
    growth[:, 18:] += shift
    return pl.DataFrame(
        {
            "unit": np.repeat([f"u{k:03d}" for k in range(n)], t),
            "year": np.tile(np.arange(1980, 1980 + t), n),
            "g": growth.ravel(),
        }
    )


@pytest.mark.slow
def test_without_a_break_one_in_twenty_is_found() -> None:
    found = productivity_breaks(simulated(0.0, 400), "g", series="growth", draws=999)
    false = found.table.filter(kind="slope")["unit"].n_unique() / 400
    assert 0.02 < false < 0.085  # 5% within 3 standard errors


@pytest.mark.slow
def test_a_break_is_found_and_its_interval_covers() -> None:
    found = productivity_breaks(simulated(2.0, 200), "g", series="growth", draws=999)
    per_unit = found.table.group_by("unit").agg(break_year=(pl.col("kind") == "slope").sum())
    assert (per_unit["break_year"] == 1).mean() > 0.9  # type: ignore[operator]
    one = productivity_breaks(simulated(2.0, 200), "g", series="growth", choose=1).table.filter(
        kind="slope"
    )
    covers = (one["low_year"] <= 1998) & (one["high_year"] >= 1998)
    assert covers.mean() > 0.92  # type: ignore[operator]
    assert (one["break_year"] - 1998).abs().median() <= 1  # type: ignore[operator]
    assert one["change"].mean() == pytest.approx(2.0, abs=0.2)


def test_a_leap_that_is_taken_back_is_found() -> None:
    # One break at a time sees little here; the double maximum looks at two at once (Bai and Perron
    # 2006).
    y = np.random.default_rng(1).normal(0, 0.7, 45)
    y[15:30] += 2.5
    rows = pl.DataFrame({"year": range(1970, 2015), "g": y})
    for choose in ("sequential", "bic", "lwz"):
        found = productivity_breaks(rows, "g", unit=None, series="growth", choose=choose).table
        assert found["break_year"].to_list() == pytest.approx([1985, 2000], abs=1)
        assert (found["low_year"] <= [1985, 2000]).all()
        assert (found["high_year"] >= [1985, 2000]).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), unit=st.floats(1e-9, 1e9), shift=st.floats(-50, 50))
def test_dates_hang_on_neither_scale_nor_mean_and_mirror_in_time(
    seed: int, unit: float, shift: float
) -> None:
    y = np.random.default_rng(seed).normal(size=30) + np.repeat([0.0, 3.0, 1.0], 10)
    starts = best_partitions(y, 2, 4)[1][2]
    moved = unit * (y + shift)
    assert (
        best_partitions((moved - moved.mean()) / moved.std(), 2, 4)[1][2].tolist()
        == starts.tolist()
    )
    assert (30 - best_partitions(y[::-1], 2, 4)[1][2][::-1]).tolist() == starts.tolist()
    low, high = break_intervals(y, starts)
    again = break_intervals(moved, starts)
    assert (again[0].tolist(), again[1].tolist()) == (low.tolist(), high.tolist())


def test_level_log_and_growth_are_one() -> None:
    rows = simulated(3.0, 2)
    logs = rows.with_columns(log=pl.col("g").cum_sum().over("unit") / 100).with_columns(
        level=5 * pl.col("log").exp()
    )
    first = rows.filter(pl.col("year") > 1980)
    one = productivity_breaks(first, "g", series="growth").table
    for column in ("log", "level"):
        other = productivity_breaks(
            logs.sample(fraction=1, shuffle=True, seed=1), column, series=column
        ).table
        assert other.drop("mean_before", "mean_after", "change").equals(
            one.drop("mean_before", "mean_after", "change")
        )
        assert other["change"].to_numpy() == pytest.approx(one["change"].to_numpy())


def test_what_cannot_be_examined_is_named() -> None:
    rows = simulated(0.0, 3)
    rows = rows.with_columns(
        g=pl.when((pl.col("unit") == "u000") & (pl.col("year") == 1990))
        .then(None)
        .when(pl.col("unit") == "u001")
        .then(2.0)
        .when((pl.col("unit") == "u002") & (pl.col("year") > 1985))
        .then(None)
        .otherwise(pl.col("g"))
    )
    found = productivity_breaks(rows, "g", series="growth")
    assert found.table.select("reason", "reason_year").rows() == [
        ("gap", 1990),
        ("never_changes", None),
        ("few_years", None),
    ]
    last = breaks_said(found)[-1]
    assert last.code == "not_examined" and last.values["units"] == names(["u000", "u001", "u002"])
    short = productivity_breaks(
        simulated(0.0, 1, t=12), "g", series="growth", choose=5, trim=0.3
    ).table
    assert short["reason"].item() == "few_years_for_breaks"


def test_a_perfect_fit_needs_no_more_breaks() -> None:
    rows = pl.DataFrame({"year": range(20), "g": [0.1] * 10 + [0.7] * 10})
    for choose in ("sequential", "bic", "lwz"):
        found = productivity_breaks(rows, "g", unit=None, series="growth", choose=choose).table
        assert found.select("break_year", "low_year", "high_year").rows() == [(10, 9, 11)]
    flat = pl.DataFrame({"year": range(12), "g": [0.0, 1.0] * 6})
    forced = productivity_breaks(flat, "g", unit=None, series="growth", choose=1, trim=0.49).table
    assert forced["low_year"].null_count() + (forced["low_year"] == 1).sum() == 1


@pytest.mark.parametrize("choose", [1, 2, 3])
def test_an_interval_never_leaves_the_data(choose: int) -> None:
    """However many breaks are asked for where there are none, and however wide their intervals."""
    found = productivity_breaks(
        simulated(0.0, 20, t=24), "g", series="growth", choose=choose
    ).table.filter(kind="slope")
    years = simulated(0.0, 1, t=24)["year"]
    first, last = years.min(), years.max()
    assert found.height >= 20 * choose
    assert (found["low_year"] > first).all() and (found["high_year"] <= last).all()
    at_an_end = (found["low_year"] == first + 1) | (found["high_year"] == last)
    assert at_an_end.any() and (at_an_end == found["reason"].is_not_null()).all()


def test_level_shifts_slopes_and_outliers_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for unit in ("a", "b", "c", "d", "e"):  # five curves jump by 11 in one year
        growth = rng.normal(1.5, 1.2, 40)
        growth[22] += 11
        rows += [(unit, 1980 + k, each) for k, each in enumerate(growth)]
    for unit in (f"f{k:02}" for k in range(20)):
        growth = rng.normal(1.5, 1.2, 40)
        growth[10] += 12
        growth[11] -= 12  # there and back
        growth[25:] += 5  # lasting growth
        rows += [(unit, 1980 + k, each) for k, each in enumerate(growth)]
    panel = pl.DataFrame(rows, schema=["unit", "year", "g"], orient="row")
    found = productivity_breaks(panel, "g", series="growth", draws=499)
    five, others = (found.table.filter(pl.col("unit").str.len_chars() == n) for n in (1, 3))
    assert five.select("unit", "kind", "break_year").rows() == [
        (unit, "level_shift", 2002) for unit in "abcde"
    ]
    assert others.filter(kind="outlier")["break_year"].to_list() == [1990] * 20
    near = (pl.col("kind") == "slope") & pl.col("break_year").is_between(2004, 2006)
    assert others.filter(near).height == 20
    # one unit in ten has more by chance: three standard errors of 20
    more = others.filter(~near & (pl.col("kind") != "outlier"))["unit"].n_unique()
    assert more <= 20 * 0.1 + 3 * np.sqrt(20 * 0.1 * 0.9)
    sizes = five["change"].to_numpy()
    assert sizes == pytest.approx(np.full(5, 11.0), abs=3 * 1.2)
    jumped = next(given for given in breaks_said(found) if given.code == "jumps")
    assert jumped.values["year"] == Year(2002) and jumped.values["count"] == Count(5)
    # a jump that is set aside leaves the regimes' means as they are without it
    assert found.regimes.filter(unit="a")["mean"].item() == pytest.approx(
        1.5, abs=3 * 1.2 / np.sqrt(39)
    )


@pytest.mark.slow
def test_a_level_jumps_by_chance_as_often_as_is_said() -> None:
    found = productivity_breaks(simulated(0.0, 300), "g", series="growth", draws=199).table
    share = found.filter(pl.col("kind").is_in(["level_shift", "outlier"]))["unit"].n_unique() / 300
    # 5% of series of normal errors; three standard errors of a share of 300
    assert share == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 300))


def test_outlying_years_are_those_of_the_published_example() -> None:
    """Rosner's (1983) 54 values of vitamin E: three outliers at 5%, of up to ten."""
    written = (
        "-0.25 0.68 0.94 1.15 1.20 1.26 1.26 1.34 1.38 1.43 1.49 1.49 1.55 1.56 1.58 1.65 1.69 1.70 "
        "1.76 1.77 1.81 1.91 1.94 1.96 1.99 2.06 2.09 2.10 2.14 2.15 2.23 2.24 2.26 2.35 2.37 2.40 "
        "2.47 2.54 2.62 2.64 2.90 2.92 2.92 2.93 3.21 3.26 3.30 3.59 3.68 4.30 4.64 5.34 5.42 6.01 "
    )
    values = np.array(written.split(), dtype=float)
    assert outlying_years(values, []).tolist() == [51, 52, 53]


def test_correlated_errors_are_warned_of() -> None:
    rng, e = np.random.default_rng(5), np.zeros(60)
    for t in range(1, 60):
        e[t] = 0.8 * e[t - 1] + rng.normal()
    found = productivity_breaks(
        pl.DataFrame({"year": range(60), "g": e}), "g", unit=None, series="growth", choose=0
    )
    assert found.correlated == ("all",)
    assert breaks_said(found)[-1] == message("correlated", units=names(["all"]))


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, other = (
        productivity_breaks(simulated(2.0, 2), "g", series="growth", draws=199, seed=4)
        for _ in range(2)
    )
    assert one.tests.equals(other.tests)
    assert one.tests["p_value"].min() == 1 / 200


@pytest.mark.parametrize(
    ("call", "code", "values"),
    [
        (
            lambda: productivity_breaks(simulated(0, 1), "g", series="rate"),
            "no_choice",
            {"parameter": Name("series"), "value": Name("rate")},
        ),
        (
            lambda: productivity_breaks(simulated(0, 1), "g", series="growth", trim=0.6),
            "not_between",
            {"parameter": Name("trim"), "value": Name("0.6")},
        ),
        (
            lambda: productivity_breaks(simulated(0, 1), "g", series="growth", choose=9),
            "out_of_bounds",
            {"parameter": Name("choose"), "value": Name("9")},
        ),
        (lambda: productivity_breaks(simulated(-9, 1), "g", series="level"), "not_above_zero", {}),
    ],
)
def test_bad_input_is_named(
    call: Callable[[], object], code: str, values: dict[str, Value[Any]]
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert {name: caught.value.values[name] for name in values} == values


def test_many_units_are_told_of_and_each_is_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(productivity_breaks.__module__ + ".TELL_EVERY", 2)
    rng = np.random.default_rng(6)
    growth = np.concatenate(
        [np.repeat([2.0, 2.0 + k], 12) + rng.normal(0, 0.5, 24) for k in range(3)]
    )
    rows = pl.DataFrame(
        {
            "unit": np.repeat(["a", "b", "c"], 24),
            "year": np.tile(np.arange(1990, 2014), 3),
            "g": growth,
        }
    )
    told: list[tuple[int, int]] = []
    found = productivity_breaks(
        rows, "g", series="growth", draws=99, progress=lambda *done: told.append(done)
    ).table
    assert told == [(0, 3), (2, 3)]
    alone = [
        productivity_breaks(rows.filter(unit=name), "g", series="growth", draws=99).table
        for name in "abc"
    ]
    assert found.equals(pl.concat(alone))
    assert found["break_year"].null_count() < found.height


def test_a_break_is_said_with_its_means_and_its_interval() -> None:
    growth = np.repeat([3.0, -0.01], 20) + np.random.default_rng(1).normal(0, 0.5, 40)
    rows = pl.DataFrame({"unit": "7", "year": range(1970, 2010), "g": growth})
    found = productivity_breaks(rows, "g", series="growth", draws=199)
    first, second = breaks_said(found)[:2]
    assert first == message("breaks", count=Count(1), units=Count(1), all=Count(1))
    row = found.table.row(0, named=True)
    assert second == message(
        "break_in_mean",
        unit=Name("7"),
        year=Year(1990),
        before=Growth(float(np.expm1(row["mean_before"] / 100)), digits=2),
        after=Growth(float(np.expm1(row["mean_after"] / 100)), digits=2),
        low=Year(row["low_year"]),
        high=Year(row["high_year"]),
    )
