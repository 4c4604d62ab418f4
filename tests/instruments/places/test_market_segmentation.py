"""Market segmentation: by hand, adding up, what must not matter, planted trends, gaps and bad
input."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.prices import made_up_prices
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.places.market_integration.segmentation import (
    MarketSegmentation,
    market_segmentation,
    relative_price_variance,
)
from firstlight.instruments.places.market_integration.segmentation_trend import (
    log_linear_trend,
    segmentation_trend,
)
from firstlight.instruments.places.price_panel import pairs_within, price_panel
from firstlight.places import market
from firstlight.texts import Code, Count, List, Name, Phrase, Year, message, names


def segmented(rows: pl.DataFrame, **options: Any) -> MarketSegmentation:
    """Of prices in p by year."""
    price, kind = options.pop("price", "p"), options.pop("kind", "level")
    columns = rows.select("place", "good", period=pl.col("year").cast(pl.Int64), price=price)
    return market_segmentation(price_panel(columns, kind), **options)


def by_hand(
    rows: pl.DataFrame, demean: str, ddof: int, pairs: list[tuple[str, str]]
) -> dict[tuple[str, str, int], float]:
    """The definition, one cell at a time, in plain Python."""
    p = {(a, k, t): v for a, k, t, v in rows.select("place", "good", "year", "p").rows()}
    goods, years = sorted(set(rows["good"])), sorted(set(rows["year"]))
    gap = {}
    for a, b in pairs:
        for k in goods:
            for t in years[1:]:
                now, before = (
                    np.log(p[a, k, t] / p[b, k, t]),
                    np.log(p[a, k, t - 1] / p[b, k, t - 1]),
                )
                gap[a, b, k, t] = abs(now - before)
    found = {}
    for t in years[1:]:
        for a, b in pairs:
            q = []
            for k in goods:
                same = [
                    v
                    for (_, _, good, when), v in gap.items()
                    if good == k and (when == t or demean == "good")
                ]
                q.append(gap[a, b, k, t] - (np.mean(same) if demean != "none" else 0.0))
            found[a, b, t] = float(np.var(q, ddof=ddof))
    return found


@pytest.mark.parametrize("demean", ["good_period", "good", "none"])
@pytest.mark.parametrize("ddof", [0, 1])
def test_equals_the_definition_cell_by_cell(demean: str, ddof: int) -> None:
    rows = made_up_prices(3, places=4, goods=3, years=4)
    names = sorted(set(rows["place"]))
    for pairs in (list(combinations(names, 2)), [("p00", "p01"), ("p01", "p02")]):
        expected = by_hand(rows, demean, ddof, pairs)
        found = segmented(rows, pairs=pairs, demean=demean, ddof=ddof)
        cells = found.pairs.drop_nulls("segmentation_index")
        assert cells.height == len(expected)
        for a, b, t, value in cells.select(
            "place", "other_place", "period", "segmentation_index"
        ).rows():
            assert value == pytest.approx(expected[a, b, t], rel=1e-9)
        mean = np.mean([v for (_, _, t), v in expected.items() if t == 2002])
        assert found.by_period.filter(pl.col("period") == 2002)["segmentation_index"][
            0
        ] == pytest.approx(mean, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    demean=st.sampled_from(["good_period", "good", "none"]),
    gaps=st.floats(0, 0.3),
)
@pytest.mark.slow
def test_parts_add_up_to_the_index(seed: int, demean: str, gaps: float) -> None:
    rows = made_up_prices(seed, places=6, goods=4, years=5)
    lost = np.random.default_rng(seed).random(rows.height) < gaps
    rows = rows.with_columns(p=pl.when(pl.Series(lost)).then(None).otherwise(pl.col("p")))
    found = segmented(rows, demean=demean, draws=20)
    parts = found.by_good.group_by("period").agg(
        pl.col("contribution_index").sum(), pl.col("index_share").sum()
    )
    both = found.by_period.drop_nulls("segmentation_index").join(parts, on="period")
    assert both["contribution_index"].to_numpy() == pytest.approx(
        both["segmentation_index"].to_numpy(), rel=1e-9
    )
    assert both["index_share"].to_numpy() == pytest.approx(1.0)
    cells = found.places.drop_nulls("segmentation_index")
    weighted = cells.group_by("period").agg(
        (
            (pl.col("segmentation_index") * pl.col("pairs_count")).sum()
            / pl.col("pairs_count").sum()
        ).alias("mean")
    )
    both = both.join(weighted, on="period")
    assert both["mean"].to_numpy() == pytest.approx(both["segmentation_index"].to_numpy(), rel=1e-9)
    assert found.missing.height == int(lost.sum())
    assert cells["integration_index"].to_numpy() == pytest.approx(
        cells["segmentation_index"].to_numpy() ** -0.5
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), money=st.floats(1e-9, 1e12), lag=st.integers(1, 3))
@pytest.mark.slow
def test_inflation_currency_units_and_order_do_not_matter(
    seed: int, money: float, lag: int
) -> None:
    rows = made_up_prices(seed, places=5, goods=3, years=6)
    rng = np.random.default_rng(seed)
    inflation = rows.select("good", "year").unique(maintain_order=True)
    inflation = inflation.with_columns(m=pl.Series(np.exp(rng.normal(0, 2, inflation.height))))
    currency = pl.DataFrame(
        {"place": sorted(set(rows["place"])), "c": np.exp(rng.normal(0, 5, 5)) * money}
    )
    other = rows.join(inflation, on=["good", "year"]).join(currency, on="place")
    other = other.with_columns(pl.col("p") * pl.col("m") * pl.col("c")).sample(
        fraction=1, shuffle=True, seed=seed
    )
    one, two = (segmented(table, lag=lag, draws=30).pairs for table in (rows, other))
    known = one["segmentation_index"].drop_nulls().to_numpy()
    assert known.size == 10 * (6 - lag)
    assert two["segmentation_index"].drop_nulls().to_numpy() == pytest.approx(
        known, rel=1e-6, abs=1e-14
    )


def test_the_same_bytes_in_any_order_and_frame() -> None:
    rows = made_up_prices(5)
    one = market(rows, price="p")
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    other = market(shuffled.to_pandas(), price="p")
    assert one.said == other.said
    assert all(table.equals(other.tables[name]) for name, table in one.tables.items())
    assert type(other.frame).__module__.startswith("pandas")
    renamed = rows.rename({"place": "市", "good": "商品", "year": "年"})
    named = market(renamed, place="市", good="商品", year="年", price="p")
    assert named.table.equals(one.table)


def test_an_index_with_the_year_before_as_100_gives_the_same() -> None:
    rows = made_up_prices(7).sort("place", "good", "year")
    before = pl.col("p").shift(1).over("place", "good", order_by="year")
    chained = rows.with_columns(i=100 * pl.col("p") / before).drop_nulls("i")
    for lag in (1, 3):
        one, other = (
            segmented(rows, lag=lag),
            segmented(chained, price="i", kind="index", lag=lag),
        )
        left = one.by_period.drop_nulls("segmentation_index")
        right = other.by_period.drop_nulls("segmentation_index")
        assert left["period"].equals(right["period"])
        assert left["segmentation_index"].to_numpy() == pytest.approx(
            right["segmentation_index"].to_numpy(), rel=1e-9
        )


def test_identical_price_paths_are_one_market() -> None:
    rows = made_up_prices(2, places=5)
    path = rows.filter(pl.col("place") == "p01").select("good", "year", "p")
    same = rows.select("place", "good", "year").join(path, on=["good", "year"])
    found = segmented(same)
    assert found.by_period["segmentation_index"].drop_nulls().to_list() == [0.0] * 14
    assert np.isnan(found.trend_percent)
    assert market(same, price="p").said[0].code == "no_trend"
    assert found.places.filter(pl.col("period") == 2005)["reason"][0] == "nothing_moves"
    assert found.by_good["index_share"].null_count() == found.by_good.height


def test_a_planted_wall_is_found() -> None:
    found = segmented(made_up_prices(4, first_noise=3.0, trend=0.0))
    assert found.by_place["place"][0] == "p00"
    assert found.by_place["segmentation_index"][0] > 1.5 * found.by_place["segmentation_index"][1]
    said = market(made_up_prices(4, first_noise=3.0, trend=0.0), price="p").said
    assert [given.code for given in said[:2]] == ["trend", "most_segmented"]
    assert said[1].values["places"].value[0] == Name("p00")


@pytest.mark.slow
def test_the_interval_of_a_planted_trend_covers() -> None:
    """The index is a variance, so that its log falls at twice the rate of the shocks' size."""
    truth, inside, away = 100 * np.expm1(-0.16), 0, 0
    for seed in range(60):
        found = segmented(made_up_prices(100 + seed, places=8))
        inside += found.trend_low <= truth <= found.trend_high
        away += found.trend_high < 0
    assert 46 <= inside <= 60  # 54 expected of a 90% interval
    assert away == 60
    trend = market(made_up_prices(159, places=8), price="p").said[0]
    assert trend.values["verdict"] == Code("codes.trend.integrating")


@pytest.mark.slow
def test_the_interval_holds_with_few_and_unequal_places() -> None:
    """The prices of one of five places move three times as much: it is in all pairs that count, and
    leaving it out tells nothing."""
    truth, inside = 100 * np.expm1(-0.16), 0
    for seed in range(60):
        found = segmented(made_up_prices(700 + seed, places=5, first_noise=3.0))
        inside += found.trend_low <= truth <= found.trend_high
    assert inside >= 48  # 54 expected of a 90% interval; 36 by leaving out places alone


def test_periods_whose_changes_overlap_are_left_out_together() -> None:
    rng = np.random.default_rng(3)
    one, other = np.triu_indices(6, 1)
    v = np.repeat(rng.gamma(2, 1, 10), 6)[:, None] * np.ones(
        15
    )  # the same in all pairs: places tell nothing
    asked = (np.arange(60), v, one, other, 6)
    alone, together = (segmentation_trend(*asked, run=run) for run in (1, 6))
    kept = [v[np.arange(60) // 6 != k].mean(axis=1) for k in range(10)]
    without = np.array([
        log_linear_trend(np.arange(60)[np.arange(60) // 6 != k], kept[k][:, None])[0] for k in range(10)
    ])  # fmt: skip
    reach = stats.t.ppf(0.95, 8) * np.sqrt(0.9 * ((without - without.mean()) ** 2).sum())
    assert np.log1p(np.array(together) / 100).tolist() == pytest.approx(
        [np.log1p(together[0] / 100) + shift for shift in (0, -reach, reach)]
    )
    assert together[2] - together[1] > 1.5 * (alone[2] - alone[1])
    with pytest.raises(InputError) as wrong:
        segmentation_trend(*asked, run=0)
    assert wrong.value.code == "out_of_bounds" and wrong.value.values["parameter"].value == "run"


def test_a_bootstrap_of_places_is_near_and_repeats() -> None:
    rows = made_up_prices(1, places=30)
    one, two = (segmented(rows, interval="bootstrap", seed=3) for _ in range(2))
    plain = segmented(rows)
    assert (one.trend_low, one.trend_high) == (two.trend_low, two.trend_high)
    assert one.trend_percent == plain.trend_percent
    assert plain.trend_low - 1 < one.trend_low < one.trend_high < plain.trend_high + 1
    assert one.trend_high - one.trend_low > (plain.trend_high - plain.trend_low) / 3


def test_the_trend_is_a_poisson_regression() -> None:
    """Against scikit-learn, with an index of 0 and one that is unknown; a unit of the index doesn't
    matter."""
    from sklearn.linear_model import PoissonRegressor

    index = np.array([3.0, 0.0, 2.5, np.nan, 1.0, 0.7])
    t, known = np.arange(2000, 2006), np.isfinite(index)
    model = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(
        (t[known] - 2002)[:, None], index[known]
    )
    both = np.column_stack([index, 1e-9 * index])
    assert log_linear_trend(t, both) == pytest.approx(model.coef_[0], rel=1e-5)
    assert np.isnan(log_linear_trend(t[:3], [[0.0], [0.0], [1.0]])).all()
    assert np.isnan(log_linear_trend(t[:2], [[0.0], [0.0]])).all()


def test_only_neighbours_and_the_mean_over_all() -> None:
    rows = made_up_prices(1, places=5)
    ring = [("p00", "p01"), ("p01", "p02"), ("p02", "p01"), ("p02", "p03")]
    near = segmented(rows, pairs=ring)
    assert near.by_period["pairs_count"].to_list()[1:] == [3] * 14
    lone = near.places.filter(pl.col("place") == "p04")
    assert lone["segmentation_index"].null_count() == lone.height
    assert set(lone["reason"]) == {"in_no_pair"}
    assert near.by_place["place"].to_list()[-1] == "p04"
    whole = segmented(rows, pairs=ring, mean_over="all").pairs
    every = segmented(rows).pairs.join(
        whole.select("place", "other_place"), on=["place", "other_place"], how="semi"
    )
    assert whole["segmentation_index"].equals(every["segmentation_index"])
    assert not near.pairs["segmentation_index"].equals(whole["segmentation_index"])


def test_missing_prices_are_named_and_never_filled() -> None:
    rows = made_up_prices(8, places=4, goods=2, years=4)
    gone = rows.filter(
        ~((pl.col("place") == "p02") & (pl.col("good") == "g1") & (pl.col("year") == 2002))
    )
    found = segmented(gone)
    assert found.missing.rows() == [("p02", "g1", 2002)]
    cell = found.pairs.filter((pl.col("place") == "p00") & (pl.col("other_place") == "p02"))
    assert cell["segmentation_index"].is_null().to_list() == [True, False, True, True]
    assert cell["goods_count"].to_list() == [0, 2, 1, 1]
    told = market(gone, price="p")
    what = {"place": Name("p02"), "good": Name("g1"), "period": Year(2002)}
    prices = List((Phrase(message("phrases.price", **what)),))
    assert [given.values["prices"] for given in told.said if given.code == "missing_named"] == [
        prices
    ]
    assert told.tables["missing_prices"].rows() == [("p02", "g1", 1)]
    left = [given for given in told.conventions if given.code == "pairs_without"]
    assert left == [message("pairs_without", count=Count(6 + 2 * 3))]


def test_a_mean_of_one_pair_is_no_yardstick() -> None:
    """A pair measured from itself would have an index of 0, as if the market were one."""
    rows = made_up_prices(8, places=2)
    found = segmented(rows)
    assert found.by_period["segmentation_index"].null_count() == 15
    assert found.places["reason"][5] == "one_pair"
    assert segmented(rows, demean="none").by_period["segmentation_index"].null_count() == 1
    few = made_up_prices(8, places=4).filter((pl.col("place") < "p02") | (pl.col("year") != 2005))
    cells = segmented(few).pairs.filter(pl.col("period").is_in([2005, 2006]))
    assert cells["segmentation_index"].null_count() == cells.height
    assert (segmented(few).pairs["segmentation_index"].drop_nulls() > 0).all()


def test_two_places_are_told_what_their_one_pair_lacks() -> None:
    """Goods they have enough; less the mean of a single pair nothing is left of its changes."""
    rows = [
        (place, good, 2000 + t, 1.0 + 0.1 * p * (t % 3) + 0.01 * g * t)
        for p, place in enumerate("ab")
        for g, good in enumerate("wxyz")
        for t in range(6)
    ]
    frame = pl.DataFrame(rows, ["place", "good", "year", "price"], orient="row")
    found = market(frame)
    assert found.said[0].code == "one_pair"
    reasons = found.tables["place_periods"]["reason"].unique().sort()
    assert reasons.to_list() == ["no_price_before", "one_pair"]
    assert market(frame, demean="good").said[0].code == "trend_alone"
    third = frame.filter(place="a").with_columns(place=pl.lit("c"), price=pl.col("price") ** 2)
    assert market(pl.concat([frame, third])).said[0].code == "trend_alone"


def test_distance_makes_neighbours() -> None:
    capitals = pl.DataFrame(
        {
            "place": ["London", "Paris", "Rome"],
            "lat": [51.5074, 48.8566, 41.9028],
            "lon": [-0.1278, 2.3522, 12.4964],
        }
    )
    assert pairs_within(capitals, "lat", "lon", place="place", kilometres=343) == []
    assert pairs_within(capitals, "lat", "lon", place="place", kilometres=344) == [
        ("London", "Paris")
    ]  # 343.56 km
    assert len(pairs_within(capitals, "lat", "lon", place="place", kilometres=2000)) == 3
    with pytest.raises(InputError, match="London"):
        pairs_within(
            pl.concat([capitals, capitals.with_columns(lat=pl.lit(0.0))]),
            "lat",
            "lon",
            place="place",
            kilometres=9,
        )


@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        ({"year": pl.col("year") * 10_000}, {}, "not_a_year"),
        ({"place": pl.lit("p0"), "year": 1600 + pl.int_range(pl.len())}, {}, "too_few"),
        ({"good": pl.lit("g0"), "year": 1600 + pl.int_range(pl.len())}, {}, "too_few"),
        ({"month": pl.lit("13")}, {"month": "month"}, "no_month"),
        (
            {"year": pl.lit(2000), "month": pl.format("2000-05-{}", pl.int_range(pl.len()))},
            {},
            "stands_twice",
        ),
        ({"neighbours": pl.lit("Atlantis")}, {}, "unknown_name"),
        ({"neighbours": pl.col("place")}, {}, "stands_twice"),
        ({"neighbours": pl.lit("p00")}, {"against": "p00"}, "excludes"),
        ({}, {"against": "p00", "within_km": 5.0}, "excludes"),
        ({}, {"against": "Atlantis"}, "unknown_name"),
        ({}, {"within_km": 5.0}, "needs"),
        ({"latitude": pl.lit(91.0), "longitude": pl.lit(0.0)}, {"within_km": 5.0}, "off_the_globe"),
        (
            {"latitude": pl.int_range(pl.len()) * 1e-3, "longitude": pl.lit(0.0)},
            {"within_km": 5.0},
            "two_spots",
        ),
        ({"side": pl.col("good")}, {}, "several_values"),
        ({"side": pl.lit("one")}, {}, "constant"),
        ({"side": pl.when(pl.col("place") > "p00").then(pl.lit("one"))}, {}, "value_missing"),
        ({}, {"lag": 15}, "out_of_bounds"),
        ({}, {"minimum_goods": 3}, "too_few"),
    ],
)
def test_bad_input_is_refused(
    change: dict[str, pl.Expr], options: dict[str, Any], code: str
) -> None:
    rows = made_up_prices(0, places=3, goods=2).with_columns(**change)
    with pytest.raises(InputError) as error:
        market(rows, price="p", **options)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"pairs": []}, "no_place_pairs"),
        ({"lag": 0}, "out_of_bounds"),
        ({"demean": "median"}, "no_choice"),
        ({"ddof": 2}, "no_choice"),
        ({"minimum_goods": 1}, "out_of_bounds"),
        ({"level": 1.0}, "bad_level"),
        ({"interval": "guess"}, "no_choice"),
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as wrong:
        segmented(made_up_prices(0, places=3, goods=2), **options)
    assert wrong.value.code == code


def test_nothing_to_compare_is_told() -> None:
    rows = {"place": ["a", "b"], "good": ["x", "y"], "year": [2000, 2001], "p": [1.0, 2.0]}
    found = market(pl.DataFrame(rows), price="p", half_lives=False)
    assert found.said == (message("nothing"),)
    assert found.tables["by_period"]["segmentation_index"].null_count() == 2


def test_the_shown_tables_are_means_of_those_in_full() -> None:
    rows = made_up_prices(4, places=5, goods=3, years=6)
    found = market(rows, price="p")
    inner = segmented(rows)
    assert found.table.equals(inner.by_place.select(found.table.columns))
    pairs = found.tables["segmented_pairs"]
    expected = inner.pairs.group_by("place", "other_place").agg(pl.col("segmentation_index").mean())
    both = pairs.join(expected, on=["place", "other_place"])
    assert both["segmentation_index"].to_numpy() == pytest.approx(
        both["segmentation_index_right"].to_numpy()
    )
    assert pairs["segmentation_index"].is_sorted(descending=True)
    assert found.tables["segmented_goods"]["index_share"].sum() == pytest.approx(1.0)
    drawn = found.tables["drawn_places"]
    assert (
        drawn["node"].to_list() == sorted(set(rows["place"])) and found.charts[-1].kind == "network"
    )
    assert found.tables["drawn_links"].height == 5  # as many as places
    assert names(found.table["place"].head(3)) == found.said[1].values["places"]


def test_a_wrong_sign_would_be_seen() -> None:
    """Without absolute values the order of a pair's places would matter."""
    g = np.random.default_rng(0).normal(size=(2, 4, 5))
    first, second = np.array([0, 1]), np.array([2, 3])
    one = relative_price_variance(g, first, second)[0]
    assert relative_price_variance(g, second, first)[0].tolist() == one.tolist()
    signed = g[:, first] - g[:, second]
    assert (
        np.abs(np.var(signed - signed.mean(axis=1, keepdims=True), axis=2, ddof=1) - one).min()
        > 1e-3
    )


def test_a_place_s_index_is_the_mean_over_all_pairs_it_is_in() -> None:
    found = segmented(made_up_prices(4, places=4, goods=3, years=3))
    pairs = found.pairs.drop_nulls("segmentation_index")
    for place, period, index, _, count, *_ in found.places.drop_nulls("segmentation_index").rows():
        mine = pairs.filter(
            (pl.col("place") == place) | (pl.col("other_place") == place), period=period
        )
        assert count == mine.height == 3
        assert index == pytest.approx(mine["segmentation_index"].mean())


def test_places_in_no_pair_are_not_left_out_for_the_interval() -> None:
    rng = np.random.default_rng(8)
    one, other = np.triu_indices(5, 1)
    variance = rng.gamma(3, 1, (8, one.size)) * 0.9 ** np.arange(8)[:, None]
    few, many = (
        segmentation_trend(np.arange(8), variance, one, other, places) for places in (5, 30)
    )
    assert few == pytest.approx(many)


def test_months_a_year_apart_overlap_in_the_interval() -> None:
    rows = made_up_prices(5, places=5, goods=4, years=24)
    found = segmented(rows, lag=6)
    pairs = found.pairs
    names, periods = sorted(set(rows["place"])), sorted(set(rows["year"]))
    one, other = np.triu_indices(5, 1)
    x = pairs.pivot("period", index=["place", "other_place"], values="segmentation_index").sort(
        "place", "other_place"
    )
    variance = x.select(map(str, periods)).to_numpy().T.astype(float)
    own = segmentation_trend(np.array(periods), variance, one, other, len(names), run=6)
    assert (found.trend_percent, found.trend_low, found.trend_high) == pytest.approx(own)
    assert own[1:] != pytest.approx(
        segmentation_trend(np.array(periods), variance, one, other, len(names))[1:]
    )
