"""Order-m: the univariate formula, simulation, the free disposal hull as its limit, coverage of its
intervals."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import order_m

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontier_efficiency.free_disposal_hull import hull_scores
from firstlight.instruments.productivity.frontier_efficiency.order_m import order_m_scores
from firstlight.texts import Count, Name

Array = np.ndarray


def planted(seed: int, count: int = 30) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    return random.uniform(1, 5, (count, 2)), random.uniform(1, 5, (count, 2))


def test_one_input_is_the_integral_of_the_share_above() -> None:
    x, y = planted(1)
    x, y = x[:, :1], y[:, :1]
    found = order_m_scores(x, y, m=7)
    for i in range(30):
        who = np.sort(x[y[:, 0] >= y[i, 0], 0])
        ends = np.r_[0, who]
        above = (who[None, :] > ends[:-1, None]).mean(
            axis=1
        )  # of the units, who needs more than the step's start
        assert found.score[i] == pytest.approx((np.diff(ends) * above**7).sum() / x[i, 0])


@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize("m", [1, 2, 4])
def test_the_mean_over_every_draw_there_is(m: int, orientation: str) -> None:
    draws = np.random.default_rng(5)
    x, y = (
        draws.integers(1, 5, (6, width)).astype(float) for width in (2, 1)
    )  # whole numbers, so that units tie
    found = order_m_scores(x, y, m=m, orientation=orientation).score
    for i in range(6):
        if orientation == "input":
            ratio = [max(x[j] / x[i]) for j in range(6) if y[j] >= y[i]]
            best = [min(drawn) for drawn in product(ratio, repeat=m)]
        else:
            ratio = [min(y[j] / y[i]) for j in range(6) if (x[j] <= x[i]).all()]
            best = [max(drawn) for drawn in product(ratio, repeat=m)]
        assert found[i] == pytest.approx(np.mean(best), rel=1e-12)


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_simulated_draws_have_this_mean(orientation: str) -> None:
    x, y = planted(2)
    random = np.random.default_rng(0)
    found = order_m_scores(x, y, m=4, orientation=orientation)
    for i in range(5):
        if orientation == "input":
            ratio = (x[(y >= y[i]).all(axis=1)] / x[i]).max(axis=1)
            best = ratio[random.integers(0, len(ratio), (40_000, 4))].min(axis=1)
        else:
            ratio = (y[(x <= x[i]).all(axis=1)] / y[i]).min(axis=1)
            best = ratio[random.integers(0, len(ratio), (40_000, 4))].max(axis=1)
        assert found.score[i] == pytest.approx(best.mean(), abs=5 * best.std() / 200 + 1e-12)
        assert found.drawn_from_count[i] == len(ratio)


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_one_draw_is_the_mean_and_many_the_hull(orientation: str) -> None:
    x, y = planted(3)
    hull = hull_scores(x, y, orientation=orientation).score
    assert order_m_scores(x, y, m=100_000, orientation=orientation).score == pytest.approx(hull)
    who = (y >= y[0]).all(axis=1) if orientation == "input" else (x <= x[0]).all(axis=1)
    ratio = (x[who] / x[0]).max(axis=1) if orientation == "input" else (y[who] / y[0]).min(axis=1)
    one = order_m_scores(x, y, m=1, orientation=orientation)
    assert one.score[0] == pytest.approx(ratio.mean())
    assert one.standard_error[0] == pytest.approx(ratio.std() / np.sqrt(who.sum()))  # of a mean


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_intervals_cover_the_truth_as_often_as_they_say(orientation: str) -> None:
    """Waste is exponential and independent of the other side: min of m exponentials of mean 1 has
    mean 1/m."""
    m, hits, random = 5, [], np.random.default_rng(4)
    for _ in range(600):
        waste, other = random.exponential(1, (2000, 1)), random.uniform(0, 1, (2000, 1))
        if orientation == "input":
            found = order_m_scores([[1.0]], [[0.5]], m=m, reference=(0.5 + waste, other))
            truth = 0.5 + 1 / m
        else:
            found = order_m_scores(
                [[0.5]], [[1.0]], m=m, reference=(other, waste), orientation="output"
            )
            truth = (1 / np.arange(1, m + 1)).sum()
        hits.append(abs(found.score[0] - truth) <= 1.96 * found.standard_error[0])
    assert np.mean(hits) == pytest.approx(0.95, abs=0.03)  # 3 standard errors of 600 draws


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.integers(-9, 12), min_size=4, max_size=4),
    st.sampled_from(["input", "output"]),
)
def test_units_and_order_do_not_matter_and_more_draws_ask_more(
    seed: int, powers: list[int], orientation: str
) -> None:
    x, y = planted(seed, 15)
    scale = 10.0 ** np.array(powers)
    expected = order_m_scores(x, y, m=6, orientation=orientation)
    scaled = order_m_scores(x * scale[:2], y * scale[2:], m=6, orientation=orientation)
    assert scaled.score == pytest.approx(expected.score, rel=1e-9)
    order = np.random.default_rng(seed).permutation(15)
    assert order_m_scores(x[order], y[order], m=6, orientation=orientation).score == pytest.approx(
        expected.score[order]
    )
    sign = -1 if orientation == "input" else 1
    more = order_m_scores(x, y, m=9, orientation=orientation).score
    assert (sign * more >= sign * expected.score - 1e-12).all()


def panel() -> pl.DataFrame:
    x, y = planted(1, 20)
    years = {"unit": [f"u{i}" for i in range(10)] * 2, "year": [2001] * 10 + [2002] * 10}
    return pl.DataFrame({**years, "K": x[:, 0], "L": x[:, 1], "Y": y[:, 0]})


def of(rows: Any, **options: Any) -> Any:
    return order_m(rows, ["K", "L"], ["Y"], year="year", **options)


def test_years() -> None:
    own, one = of(panel(), m=5), of(panel(), m=5, technology="global")
    alone = order_m(panel().filter(pl.col("year") == 2001), ["K", "L"], ["Y"], m=5)
    assert (
        own.table.filter(pl.col("year") == 2001)["efficiency_score"].to_list()
        == alone.score.tolist()
    )
    assert one.table["drawn_from_count"].sum() > own.table["drawn_from_count"].sum()
    assert one.table.equals(
        of(panel().sample(fraction=1, shuffle=True, seed=1), m=5, technology="global").table
    )
    past, later = (
        of(panel(), m=5, technology="sequential").score,
        own.table["year"].to_numpy() == 2002,
    )
    assert (past[~later] == own.score[~later]).all() and past[later] == pytest.approx(
        one.score[later]
    )
    assert (own.low <= own.score).all() and (own.score <= own.high).all()


def test_the_interval_holds_95_times_in_100_and_25_units_are_drawn() -> None:
    x, y = planted(1)
    assert (order_m_scores(x, y).score == order_m_scores(x, y, m=25).score).all()
    assert (of(panel()).score == of(panel(), m=25).score).all()
    found = of(panel())
    error = found.table["standard_error"].to_numpy()
    assert found.high - found.score == pytest.approx(1.959964 * error, rel=1e-6)
    assert found.score - found.low == pytest.approx(1.959964 * error, rel=1e-6)


def test_an_input_of_0_is_named_by_its_place() -> None:
    with pytest.raises(InputError) as told:
        order_m_scores([[1.0, 1.0], [2.0, 0.0]], [[1.0], [1.0]])
    assert told.value.code == "zero_input_of_row"
    assert told.value.values == {"row": Count(1), "column": Count(1)}
    rows = pl.DataFrame({"unit": ["a", "b"], "K": [1.0, 2.0], "L": [1.0, 0.0], "Y": [1.0, 1.0]})
    with pytest.raises(InputError) as refused:
        order_m(rows, ["K", "L"], ["Y"])
    assert refused.value.code == "zero_input_in_order_m"
    assert refused.value.values == {"unit": Name("b"), "column": Name("L")}
    assert order_m(rows, ["K", "L"], ["Y"], orientation="output").score.tolist() == [1.0, 1.0]


def test_nobody_to_draw_gives_no_number() -> None:
    found = order_m_scores([[1.0]], [[5.0]], reference=([[1.0]], [[1.0]]))
    assert (
        np.isnan(found.score[0])
        and np.isnan(found.standard_error[0])
        and found.drawn_from_count.tolist() == [0]
    )


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: order_m_scores([[1.0]], [[1.0]], m=0), "no_draws m = 0"),
        (lambda: of(panel(), orientation="directional"), "no_such_orientation"),
        (
            lambda: of(panel().with_columns(K=pl.col("K") * (pl.col("unit") != "u3"))),
            "zero_input_in_order_m",
        ),
        (lambda: order_m_scores([[0.0, 1.0]], [[1.0]]), "zero_input_of_row"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert told in f"{caught.value.code} {caught.value}"
    assert caught.value.where and caught.value.try_next
