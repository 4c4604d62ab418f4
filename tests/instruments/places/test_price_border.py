"""A border in prices: planted ones come back where changes are not demeaned, none is found where
none is, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.prices import bordered_prices
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.places.market_integration.messages import border_said
from firstlight.instruments.places.market_integration.price_border import border_ratio, price_border
from firstlight.instruments.places.market_integration.price_convergence import price_convergence
from firstlight.instruments.places.market_integration.segmentation import market_segmentation
from firstlight.instruments.places.price_panel import PricePanel, price_panel
from firstlight.texts import Code, message


def panel(frame: pl.DataFrame) -> PricePanel:
    return price_panel(frame.select("place", "good", "price", period="year"))


def measured(seed: int, border: float, demean: Any = "none") -> dict[str, float | None]:
    frame = bordered_prices(seed, border=border)
    found = market_segmentation(panel(frame), demean=demean)
    sides = dict(frame.select("place", "side").iter_rows())
    return price_border(found.pairs, sides).row(0, named=True)


def test_a_planted_border_comes_back_and_demeaning_hides_it() -> None:
    rows = [measured(seed, 3.0) for seed in range(10)]
    ratios = np.array([row["border_ratio"] for row in rows])
    assert ratios.mean() == pytest.approx(3.0, rel=0.1)
    assert all(row["border_ratio_low"] > 1.5 for row in rows)
    assert all(measured(seed, 3.0, "good_period")["border_ratio"] < 1.6 for seed in range(3))


@pytest.mark.parametrize("border", [1.0, 3.0, 6.0])
@pytest.mark.slow
def test_the_interval_holds_the_truth_about_as_often_as_it_says(border: float) -> None:
    """The shocks of a side are shared by its places: leaving places out alone would hold 3 in two
    cases of three only."""
    rows = [measured(seed, border) for seed in range(40)]
    inside = sum(row["border_ratio_low"] <= border <= row["border_ratio_high"] for row in rows)
    assert inside >= 31  # 36 expected at 90%; fewer than 31 by chance alone in 1%


def test_trend_and_persistence_of_the_sample_are_those_planted() -> None:
    frames = [bordered_prices(seed, trend=-0.05, persistence=0.5) for seed in range(6)]
    trends = [market_segmentation(panel(frame)).trend_percent for frame in frames]
    assert np.mean(trends) == pytest.approx(100 * (np.exp(-0.1) - 1), abs=1.5)
    persistence = [price_convergence(panel(frame))["persistence"][0] for frame in frames]
    assert np.mean(persistence) == pytest.approx(0.5, abs=0.08)


def test_ratio_is_of_means_and_order_and_scale_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    pairs = np.triu_indices(8, 1)
    first, second = (np.tile(end, 5) for end in pairs)
    when = np.repeat(np.arange(5), pairs[0].size)
    across, x = (first < 3) != (second < 3), rng.gamma(2, 1, first.size)
    x[5] = np.nan
    ratio = border_ratio(x, first, second, across, when)
    assert ratio[0] == pytest.approx(np.nanmean(x[across]) / np.nanmean(x[~across]))
    assert ratio[1] < ratio[0] < ratio[2]
    order = rng.permutation(first.size)
    assert border_ratio(
        x[order], second[order], first[order], across[order], when[order]
    ) == pytest.approx(ratio)
    assert border_ratio(7 * x, first, second, across, when) == pytest.approx(ratio)
    assert np.isnan(border_ratio(x[:1], [0], [1], [True], [0])[0])
    one = when == 0
    assert np.isnan(border_ratio(x[one], first[one], second[one], across[one], when[one])[1]), (
        "one period: no interval"
    )
    two = when < 2
    assert np.isnan(border_ratio(x[two], first[two], second[two], across[two], when[two])[1]), (
        "two periods: no interval"
    )
    few = (first < 4) & (second < 4) & (first > 0)
    assert np.isnan(border_ratio(x[few], first[few], second[few], across[few], when[few])[1]), (
        "three places: no interval"
    )


def test_what_cannot_be_read_is_named() -> None:
    rows = pl.DataFrame(
        [("a", "b", 1, None), ("a", "c", 1, 3.0), ("b", "c", 1, 3.0)],
        schema=["place", "other_place", "period", "segmentation_index"],
        orient="row",
    )
    found = price_border(rows, {"a": "n", "b": "n", "c": "s"})
    assert found["border_ratio"].null_count() == 2
    assert found["reason"].to_list() == ["no_pairs_of_both"] * 2
    reason = Code("codes.reason.no_pairs_of_both")
    assert border_said(found.row(0, named=True), 0.9) == [message("no_border", reason=reason)]
    for sides, code in (
        ({"a": "n", "b": "s"}, "value_missing"),
        (dict.fromkeys("abc", "n"), "constant"),
    ):
        with pytest.raises(InputError) as error:
            price_border(rows, sides)
        assert error.value.code == code


def test_the_interval_as_written_out() -> None:
    rng = np.random.default_rng(2)
    one, other = np.triu_indices(5, 1)
    first, second, when = np.tile(one, 9), np.tile(other, 9), np.repeat(np.arange(9), 10)
    across, x = (first < 2) != (second < 2), rng.gamma(2, 1, 90)

    def log_ratio(keep: np.ndarray) -> float:
        return float(np.log(x[keep & across].mean() / x[keep & ~across].mean()))

    places = np.array([log_ratio((first != k) & (second != k)) for k in range(5)])
    periods = np.array([log_ratio(when != t) for t in range(9)])
    variance = (
        4 / 5 * ((places - places.mean()) ** 2).sum()
        + 8 / 9 * ((periods - periods.mean()) ** 2).sum()
    )
    full, reach = (
        log_ratio(np.ones(90, dtype=bool)),
        stats.t.ppf(0.95, 4) * np.sqrt(variance),
    )  # of the fewer: 5 places
    assert border_ratio(x, first, second, across, when) == pytest.approx(
        np.exp([full, full - reach, full + reach])
    )
