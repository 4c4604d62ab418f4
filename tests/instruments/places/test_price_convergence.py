"""Half-lives of price gaps: by hand, against Nickell's formula and plain least squares, planted
persistence, bad input."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.prices import persistent_prices, price_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.places.market_integration.messages import Calendar, half_lives_said
from firstlight.instruments.places.market_integration.price_convergence import (
    expected_within,
    half_life,
    price_convergence,
    within_persistence,
)
from firstlight.instruments.places.price_panel import price_panel
from firstlight.texts import Code, List, Message, Number, Share, message, names

VALUES = ("persistence_uncorrected", "persistence", "persistence_low", "persistence_high")


def converged(rows: pl.DataFrame, **options: Any) -> pl.DataFrame:
    """Of prices in p by year."""
    columns = rows.select("place", "good", period=pl.col("year").cast(pl.Int64), price="p")
    return price_convergence(price_panel(columns), **options)


def said(table: pl.DataFrame) -> list[Message]:
    return half_lives_said(table, 0.9, Calendar(False))


def dummies(rows: pl.DataFrame, pairs: list[tuple[str, str]]) -> float:
    """rho by least squares with a dummy for each good and pair, written out."""
    q = {
        (a, k, t): np.log(v)
        for a, k, t, v in rows.drop_nulls("p").select("place", "good", "year", "p").rows()
    }
    goods, years = sorted(set(rows["good"])), sorted(set(rows["year"]))
    x, y, which = [], [], []
    for n, (a, b, k) in enumerate((a, b, k) for a, b in pairs for k in goods):
        for t in years[1:]:
            if all((place, k, when) in q for place in (a, b) for when in (t, t - 1)):
                x.append(q[a, k, t - 1] - q[b, k, t - 1])
                y.append(q[a, k, t] - q[b, k, t])
                which.append(n)
    design = np.column_stack([x, np.eye(max(which) + 1)[which]])
    return float(np.linalg.lstsq(design, np.array(y), rcond=None)[0][0])


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_uncorrected_is_least_squares_with_dummies(gaps: float) -> None:
    rows = persistent_prices(1, 0.7, places=5, goods=2, years=8, gaps=gaps)
    names = sorted(set(rows["place"]))
    found = converged(rows, correction="none")
    assert found["persistence"][0] == pytest.approx(
        dummies(rows, list(combinations(names, 2))), rel=1e-9
    )
    against = converged(rows, against="p03", correction="none")
    assert against["persistence"][0] == pytest.approx(
        dummies(rows, [("p03", n) for n in names if n != "p03"]), rel=1e-9
    )
    few = [("p00", "p01"), ("p01", "p04")]
    assert converged(rows, pairs=few)["persistence_uncorrected"][0] == pytest.approx(
        dummies(rows, few)
    )


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.3, 0.8, 0.95])
@pytest.mark.parametrize("n", [3, 10, 40])
def test_the_expectation_is_nickells(rho: float, n: int) -> None:
    """Nickell (1981), for a series of n transitions without gaps."""
    a = 1 - (1 - rho**n) / (n * (1 - rho))
    bias = -(1 + rho) / (n - 1) * a / (1 - 2 * rho * a / ((1 - rho) * (n - 1)))
    pairs = (n - np.arange(1, n)) / n
    assert expected_within(rho, n - 1, pairs) == pytest.approx(rho + bias, rel=1e-9, abs=1e-12)


def test_a_unit_root_gives_harris_and_tzavalis() -> None:
    """Harris and Tzavalis (1999): the within estimate of a unit root tends to 1 - 3 / (n + 1)."""
    for n in (4, 10, 30):
        pairs = (n - np.arange(1, n)) / n
        assert expected_within(1 - 1e-6, n - 1, pairs) == pytest.approx(1 - 3 / (n + 1), abs=1e-4)


def test_by_hand() -> None:
    gap = 0.8 ** np.arange(8)
    prices = np.exp(np.stack([np.zeros(8), gap, 2 * gap + 1], axis=1))[:, :, None]
    found = converged(price_rows(prices), correction="none")
    assert found["persistence"].to_list() == pytest.approx([0.8, 0.8])
    assert found["half_life"][0] == pytest.approx(np.log(0.5) / np.log(0.8))
    assert found["transitions_count"].to_list() == [21, 21]
    one = Number(np.log(0.5) / np.log(0.8), digits=1)
    given = said(found)[0]
    assert given.code == "half_life" and given.values["level"] == Share(0.9)
    for end in ("middle", "low", "high"):
        assert given.values[end].value == pytest.approx(one.value)


@pytest.mark.parametrize(
    ("rho", "places", "years", "gaps"),
    [(0.5, 10, 10, 0.0), (0.85, 10, 15, 0.15), (0.9, 5, 40, 0.0)],
)
@pytest.mark.slow
def test_the_correction_recovers_what_was_planted(
    rho: float, places: int, years: int, gaps: float
) -> None:
    runs = [
        converged(persistent_prices(seed, rho, places=places, goods=3, years=years, gaps=gaps)).row(
            0, named=True
        )
        for seed in range(60)
    ]
    raw, found = (np.array([run[name] for run in runs]) for name in VALUES[:2])
    inside = sum(run["persistence_low"] <= rho <= run["persistence_high"] for run in runs)
    error = found.std(ddof=1) / np.sqrt(60)
    assert abs(found.mean() - rho) < 3 * error + 0.005
    assert raw.mean() < rho - 3 * raw.std(ddof=1) / np.sqrt(60)
    assert 47 <= inside <= 60  # 54 expected of a 90% interval
    length = [half_life(rho) >= run["half_life_low"] for run in runs]
    assert sum(length) >= 50


@pytest.mark.slow
def test_half_panels_would_leave_more_bias_and_spread() -> None:
    """The half-panel jackknife (Dhaene and Jochmans 2015) in short panels near a unit root, which
    is why it isn't used."""
    halves, ours = [], []
    for seed in range(60):
        rows = persistent_prices(seed, 0.9, places=12, goods=4, years=9)
        parts = [rows, rows.filter(pl.col("year") <= 2004), rows.filter(pl.col("year") >= 2004)]
        whole, first, second = (converged(part)["persistence_uncorrected"][0] for part in parts)
        halves.append(2 * whole - (first + second) / 2 - 0.9)
        ours.append(converged(rows)["persistence"][0] - 0.9)
    assert abs(np.mean(ours)) < 0.02 < 0.03 < -np.mean(halves)
    assert np.mean(np.square(ours)) < np.mean(np.square(halves))


def test_prices_that_never_converge_are_told() -> None:
    found = converged(persistent_prices(3, 1.0, places=12, goods=4, years=25))
    assert found["half_life_high"][0] == float("inf")
    assert found["half_life"][0] == float("inf") and said(found)[0].code == "endless"
    may_end = found.with_columns(half_life=pl.lit(7.0))
    assert said(may_end)[0].values["high"] == Code("codes.length.endless")
    assert (
        half_life(1.2) == float("inf")
        and half_life(-0.3) == 0.0
        and np.isnan(half_life(float("nan")))
    )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), money=st.floats(1e-9, 1e12), gaps=st.sampled_from([0.0, 0.2]))
def test_currency_inflation_and_order_do_not_matter(seed: int, money: float, gaps: float) -> None:
    rows = persistent_prices(seed, 0.6, places=5, goods=3, years=9, gaps=gaps)
    rng = np.random.default_rng(seed)
    inflation = rows.select("good", "year").unique(maintain_order=True)
    inflation = inflation.with_columns(m=pl.Series(np.exp(rng.normal(0, 1, inflation.height))))
    currency = pl.DataFrame(
        {"place": sorted(set(rows["place"])), "c": np.exp(rng.normal(0, 3, 5)) * money}
    )
    other = rows.join(inflation, on=["good", "year"]).join(currency, on="place")
    other = other.with_columns(pl.col("p") * pl.col("m") * pl.col("c")).sample(
        fraction=1, shuffle=True, seed=seed
    )
    one, two = (converged(table) for table in (rows, other))
    for name in VALUES:
        assert two[name].to_numpy() == pytest.approx(
            one[name].to_numpy(), rel=1e-6, abs=1e-8, nan_ok=True
        )
    again = converged(rows.sample(fraction=1, shuffle=True, seed=seed))
    assert again.equals(one)


def test_a_good_without_enough_is_named() -> None:
    rows = persistent_prices(2, 0.6, places=4, goods=2, years=9)
    lone = pl.DataFrame({"place": ["p00"], "good": ["ice"], "year": [2000], "p": [1.0]})
    fixed = rows.filter(pl.col("good") == "g0").with_columns(good=pl.lit("stamps"), p=pl.lit(0.3))
    found = converged(pl.concat([rows, lone, fixed]))
    blank = found.filter(pl.col("persistence").is_null())
    assert blank["good"].to_list() == ["ice", "stamps"]
    reasons = List((Code("codes.reason.few_periods"),))
    assert said(found)[-1] == message(
        "goods_without", goods=names(["ice", "stamps"]), reasons=reasons
    )
    whole, part = (
        found.row(0, named=True),
        converged(rows).row(0, named=True),
    )
    assert {name: whole[name] for name in VALUES} == {name: part[name] for name in VALUES}


def test_two_places_have_no_interval() -> None:
    found = converged(persistent_prices(2, 0.6, places=2, goods=2, years=15))
    assert found["persistence_low"].null_count() == 3
    assert found["reason"][0] == "few_places"
    assert said(found)[0].code == "half_life_alone"


def test_bad_input_is_refused_in_words() -> None:
    rows = persistent_prices(0, 0.5, places=3)
    for change, options, code in (
        ({"year": pl.lit(2000)}, {}, "stands_twice"),
        ({}, {"against": "Atlantis"}, "unknown_name"),
        ({}, {"pairs": [("p00", "Atlantis")]}, "unknown_name"),
    ):
        with pytest.raises(InputError) as error:
            converged(rows.with_columns(**change), **options)
        assert error.value.code == code
    for asked, code in (
        ({"against": "p00", "pairs": [("p00", "p01")]}, "excludes"),
        ({"correction": "bootstrap"}, "no_choice"),
        ({"level": 0}, "bad_level"),
    ):
        with pytest.raises(InputError) as error:
            converged(rows, **asked)
        assert error.value.code == code


def test_nothing_known_is_told() -> None:
    rows = pl.DataFrame(
        {"place": ["a", "b"], "good": ["x", "y"], "year": [2000, 2001], "p": [1.0, 2.0]}
    )
    found = converged(rows)
    assert said(found) == [message("no_half_life", reason=Code("codes.reason.few_periods"))]
    assert found["persistence"].null_count() == 3


def test_the_jackknife_as_written_out() -> None:
    sums = np.array([5.0, 10.0, 9.0, 0.9])
    by_place = np.array(
        [[1.0, 3.0, 2.0, 0.1], [2.0, 2.5, 3.0, 0.2], [1.5, 2.0, 2.0, 0.3], [0.5, 2.5, 2.0, 0.3]]
    )
    without = np.array([4 / 7, 3 / 7.5, 3.5 / 8, 4.5 / 7.5])
    reach = stats.t.ppf(0.95, 3) * np.sqrt(0.75 * ((without - without.mean()) ** 2).sum())
    found = within_persistence(sums, by_place, correction="none", level=0.9)
    assert (found.low, found.high) == pytest.approx((0.5 - reach, 0.5 + reach))


def test_the_correction_of_the_jackknife_as_written_out() -> None:
    """The mean of what is found without each place takes out the bias of few places; then Nickell's
    is taken out."""
    sums = np.array([5.0, 10.0, 36.0, 3.6, 3.2, 2.8, 2.4])
    by_place = np.array([[1.0, 3.0, 8.0], [2.0, 2.5, 12.0], [1.5, 2.0, 8.0], [0.5, 2.5, 8.0]])
    by_place = np.column_stack([by_place, by_place[:, 2:3] * [0.1, 0.09, 0.08, 0.07]])
    without = np.array([4 / 7, 3 / 7.5, 3.5 / 8, 4.5 / 7.5])
    centre = 4 * 0.5 - 3 * without.mean()
    found = within_persistence(sums, by_place)
    assert expected_within(found.rho, 36.0, sums[3:]) == pytest.approx(centre)
    assert centre != pytest.approx(0.5)


def test_a_place_that_is_in_no_pair_changes_nothing() -> None:
    rows = persistent_prices(2, 0.6, places=5, goods=2, years=8)
    names = sorted(set(rows["place"]))
    some = list(combinations(names[:4], 2))
    own = converged(rows, pairs=some)
    assert own.equals(converged(rows.filter(pl.col("place") != names[4]), pairs=some))


def test_two_changes_are_too_few() -> None:
    rows = persistent_prices(3, 0.6, places=2, goods=1, years=5)
    whole, short = (converged(rows.filter(pl.col("year") <= last)) for last in (2003, 2002))
    first = int(rows["year"].min())  # type: ignore[arg-type]
    assert (
        first == 2000 and whole["transitions_count"][0] == 3 and short["transitions_count"][0] == 2
    )
    assert whole["persistence"][0] is not None and short["persistence"][0] is None
    assert short["reason"][0] == "few_periods"
