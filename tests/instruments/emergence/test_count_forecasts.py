"""Counts ahead: planted growth, coverage out of time, what they may not read, and what no order or unit may change."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from firstlight.errors import InputError
from firstlight.instruments.emergence.count_bands import band, misses_of, scale_of
from firstlight.instruments.emergence.count_forecasts import (
    CountForecast,
    EarlierCounts,
    forecast_counts,
    forecast_shares,
)
from firstlight.instruments.emergence.count_reach import Panel, reach_at, reach_evidence
from firstlight.instruments.emergence.count_trend import local_trend
from firstlight.instruments.emergence.count_whole import log_total, pace

Array = np.ndarray
LEVELS = (0.05, 0.1, 0.5, 0.9, 0.95)


def wandering(seed: int, series: int = 150, years: int = 30, pace: float = 0.05, common: float = 0.04) -> list[Array]:
    """Counts whose log shares wander, around a whole that grows with jolts; and that whole."""
    random = np.random.default_rng(seed)
    whole = 20_000 * np.exp(np.cumsum(random.normal(pace, common, years)))
    share = np.exp(random.normal(-6, 1, series)[:, None] + np.cumsum(random.normal(0, 0.15, (series, years)), axis=1))
    return [random.poisson(np.minimum(whole * share, 0.9 * whole)).astype(float), np.ceil(whole)]


def of(counts: Array, whole: Array | None, horizon: int = 5) -> CountForecast:
    return forecast_counts(counts, whole, np.arange(1990, 1990 + counts.shape[1]), horizon, LEVELS)


class TestBands:
    def test_they_hold_what_they_say_on_records_never_seen(self) -> None:
        """80% and 90% bands three and five years ahead, over 12 planted records; each record's future is one draw of c."""
        held = {(ahead, low): [] for ahead in (3, 5) for low in (0, 1)}
        for seed in range(12):
            counts, whole = wandering(seed)
            found = of(counts[:, :25], whole[:25])
            lively = counts[:, 22:25].sum(axis=1) >= 10
            for (ahead, low), inside in held.items():
                q, came = found.quantiles[lively, ahead - 1], counts[lively, 24 + ahead]
                inside.append(np.mean((q[:, low] - 0.5 <= came) & (came <= q[:, 4 - low] + 0.5)))
        assert all(abs(np.mean(held[ahead, 1]) - 0.8) < 0.06 for ahead in (3, 5))
        assert all(abs(np.mean(held[ahead, 0]) - 0.9) < 0.05 for ahead in (3, 5))

    def test_the_coverage_told_is_what_a_user_would_have_counted(self) -> None:
        """Forecast again from every earlier year, by hand, and count."""
        counts, whole = wandering(3, series=40, years=18)
        told = {(own.ahead, own.level): own for own in of(counts, whole, 2).coverage}
        inside: list[Array] = []
        for made in range(5, 16):
            found = of(counts[:, : made + 1], whole[: made + 1], 2)
            lively = counts[:, made - 2 : made + 1].sum(axis=1) >= 10
            q, came = found.quantiles[lively, 1], counts[lively, made + 2]
            inside.append((q[:, 1] - 0.5 <= came) & (came <= q[:, 3] + 0.5))
        own = told[2, 0.8]
        assert own.forecasts == np.concatenate(inside).size and own.made_in == len(inside)
        assert own.covered == pytest.approx(np.concatenate(inside).mean(), abs=1e-12)

    def test_a_restless_record_gets_wider_bands_than_a_quiet_one(self) -> None:
        random = np.random.default_rng(0)
        quiet = random.poisson(500, (60, 25)).astype(float)
        restless = random.poisson(500 * np.exp(np.cumsum(random.normal(0, 0.4, (60, 25)), axis=1))).astype(float)
        widths = [np.median(np.diff(np.log(of(own, None).quantiles[:, 2, [1, 3]]))) for own in (quiet, restless)]
        assert widths[1] > 3 * widths[0]

    def test_a_short_record_is_told_to_rest_on_what_is_assumed(self) -> None:
        counts, whole = wandering(1, years=4)
        found = of(counts, whole)
        assert all(own.learnt == 0 and own.misses == 0 for own in found.scales)
        assert all(np.isnan(own.covered) and own.forecasts == 0 for own in found.coverage)
        assert np.isfinite(found.quantiles).all()
        longer, whole = wandering(1, years=40)
        learnt = [own.learnt for own in of(longer, whole).scales]
        assert 0.4 < learnt[-1] < learnt[0] < 1

    def test_where_both_parts_are_normal_the_band_is_the_normals(self) -> None:
        levels = np.array([0.1, 0.5, 0.9])
        scale = dataclasses.replace(scale_of([], 1, levels), common_sd=0.3, freedom=1e9)
        expected = 2.0 + norm.ppf(levels) * np.hypot(0.3, 0.4)
        assert band(np.array([2.0]), np.array([0.4]), scale, levels)[0] == pytest.approx(expected, abs=1e-6)

    def test_what_all_series_share_is_told_from_their_own(self) -> None:
        random = np.random.default_rng(5)
        sd = np.full(400, 0.2)
        found = misses_of(0.5 + random.normal(0, 0.2, 400), sd, 9, 10)
        assert found.common == pytest.approx(0.5, abs=0.03) and found.own.std() == pytest.approx(1, abs=0.1)


class TestPoints:
    def test_steady_growth_goes_on(self) -> None:
        """All series and the whole grow by 6% a year: after ten years the pace is known but for the year imagined."""
        counts = np.round(1000 * np.exp(0.06 * np.arange(20))) * np.ones((8, 1))
        found = of(counts, counts.sum(axis=0))
        expected = counts[:, -1:] * np.exp(0.06 * 10 / 11 * np.arange(1, 6))
        assert found.point == pytest.approx(expected, rel=0.005)

    def test_a_slope_goes_on_but_dies_out(self) -> None:
        random = np.random.default_rng(2)
        slopes = random.normal(0, 0.12, 200)
        x = np.arange(20)
        counts = random.poisson(2000 * np.exp(slopes[:, None] * (x - 19))).astype(float)
        found = forecast_shares(counts, np.full(20, 1e6), x + 2000, 5)
        moved = np.log(found.point[:, 4] * 1e6 / counts[:, -1])
        slope = np.polyfit(slopes, moved, 1)[0]
        assert 1.5 < slope < 5 and np.corrcoef(slopes, moved)[0, 1] > 0.9

    def test_how_far_slopes_reach_is_learnt(self) -> None:
        """Slopes that last, against changes that are undone the year after."""
        random = np.random.default_rng(7)
        x = np.arange(24)
        lasting = 3000 * np.exp(random.normal(0, 0.1, 80)[:, None] * (x - 12))
        undone = 3000 * np.exp(random.normal(0, 0.15, (80, 24)))
        reaches = [
            of(random.poisson(mean).astype(float), np.full(24, 1e7)).reach.slope[2] for mean in (lasting, undone)
        ]
        assert reaches[0] > 2.3 and reaches[1] < 1.2

    def test_the_whole_is_linked_over_series_known_in_both_years(self) -> None:
        counts = np.array([[100.0, 110, 121, 133.1], [np.nan, np.nan, 900, 990]])
        assert np.diff(log_total(counts, None)) == pytest.approx(np.log(1.1), abs=1e-3)

    def test_one_jump_of_the_whole_is_no_pace(self) -> None:
        n = np.log(np.r_[np.full(6, 300.0), np.full(5, 1500.0)])
        assert pace(n, 10) == 0


def test_nothing_later_is_read() -> None:
    """What is known at one year doesn't move when what follows does: reach, misses, trend, and earlier surveys' too."""
    counts, whole = wandering(11, series=50, years=22)
    changed = counts.copy()
    changed[:, 15:] = np.random.default_rng(0).permutation(changed[:, 15:]) * 3
    n, m = np.log(whole), np.log(whole)
    m[15:] += 1.0
    before, after = (Panel(c, local_trend(c, w), tuple(range(5, 21))) for c, w in ((counts, n), (changed, m)))
    assert np.array_equal(before.trend.level[:, :15], after.trend.level[:, :15])
    assert np.array_equal(before.trend.unrest[:, :15], after.trend.unrest[:, :15])
    first, second = (reach_at(reach_evidence([panel], 4, 22), 14) for panel in (before, after))
    assert np.array_equal(first.slope, second.slope) and np.array_equal(first.shift, second.shift)
    late, _ = (reach_at(reach_evidence([panel], 4, 22), 21) for panel in (before, after))
    assert not np.array_equal(late.slope, first.slope)  # the check would see a change


def test_earlier_surveys_teach_and_survivors_do_not() -> None:
    """Series chosen for having grown fall back; only surveys made earlier can tell, their own past can't."""
    random = np.random.default_rng(4)
    years = np.arange(2000, 2020)
    noise = random.normal(0, 0.35, (2000, 20))
    counts = random.poisson(30 * np.exp(noise)).astype(float)
    whole = np.full(20, 1e6)

    def chosen(year: int) -> Array:
        return counts[counts[:, year - 2000] >= 50]

    present = chosen(2013)[:, :14]
    earlier = [EarlierCounts(chosen(y)[:, :14], whole[:14], years[:14], y) for y in range(2004, 2013)]
    came = chosen(2013)[:, 15]
    miss = {
        name: np.mean(np.log(came + 0.5) - np.log(found.point[:, 1] + 0.5))
        for name, found in (
            ("own past", forecast_counts(present, whole[:14], years[:14], 2)),
            ("earlier", forecast_counts(present, whole[:14], years[:14], 2, earlier=earlier)),
        )
    }
    assert abs(miss["earlier"]) < 0.6 * abs(miss["own past"])
    none = forecast_counts(present, whole[:14], years[:14], 2, earlier=())
    assert all(own.learnt == 0 for own in none.scales)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_neither_order_nor_unit_of_the_whole_matters(seed: int) -> None:
    random = np.random.default_rng(seed)
    counts = random.poisson(random.lognormal(2, 1, 12)[:, None], (12, 15)).astype(float)
    counts[random.random(counts.shape) < 0.05] = np.nan
    counts[:, -1] = np.nan_to_num(counts[:, -1])
    whole, order = np.full(15, 1e4) * np.exp(0.03 * np.arange(15)), random.permutation(12)
    found = of(counts, whole, 3)
    turned = of(counts[order], whole, 3)
    assert np.array_equal(turned.quantiles, found.quantiles[order], equal_nan=True)
    assert of(counts, 7 * whole, 3).quantiles == pytest.approx(found.quantiles, rel=1e-9, nan_ok=True)
    known = found.quantiles[np.isfinite(found.point[:, 0])]
    assert (known >= 0).all() and (np.diff(known, axis=2) >= 0).all()


class TestGapsAndEnds:
    def test_a_year_left_out_counts_as_not_known(self) -> None:
        counts, whole = wandering(6, series=20, years=16)
        years = np.arange(2000, 2016)
        keep = years != 2009
        gap = np.where(keep, counts, np.nan)
        left_out = forecast_counts(counts[:, keep], whole[keep], years[keep], 3)
        unknown = forecast_counts(gap, np.where(keep, whole, np.nan), years, 3)
        nothing = forecast_counts(np.where(keep, counts, 0), np.where(keep, whole, 0), years, 3)
        assert left_out.years.tolist() == [2016, 2017, 2018]
        assert np.array_equal(left_out.quantiles, unknown.quantiles)
        assert np.array_equal(left_out.quantiles, nothing.quantiles)

    def test_zeros_and_unknowns_are_told_apart(self) -> None:
        counts = np.array([[0.0] * 9, [0] * 8 + [4], [np.nan] * 5 + [8, 9, 7, 8], [50, 48, 51, 0, 0, 0, 0, 0, 0]])
        found = forecast_counts(counts, np.full(9, 1000.0), range(2000, 2009), 2)
        assert np.isnan(found.point[0]).all() and np.isnan(found.quantiles[0]).all()
        assert found.point[1, 0] == pytest.approx(4, abs=1) and found.point[2, 0] == pytest.approx(8, abs=1)
        assert found.point[3, 0] < 1 and found.quantiles[3, 0, 0] == 0  # a series that fell silent is believed

    def test_one_series_and_none(self) -> None:
        alone = forecast_counts([[5, 8, 9, 12, 13, 15, 18, 20]], None, range(2000, 2008), 3)
        assert 20 < alone.point[0, 2] < 40 and np.isfinite(alone.quantiles).all()
        assert forecast_counts(np.zeros((0, 4)), np.full(4, 9.0), range(4), 2).quantiles.shape == (0, 2, 5)

    def test_shares_stay_shares(self) -> None:
        counts, whole = np.full((2, 12), 90.0), np.full(12, 100.0)
        found = forecast_shares(counts, whole, range(12), 4)
        assert (found.quantiles <= 1).all() and found.point[0, 0] == pytest.approx(0.9, abs=0.01)
        wide = of(*wandering(8))
        narrow = forecast_shares(*wandering(8), np.arange(1990, 2020), 5, LEVELS)
        ratio = [np.median(own.quantiles[:, 4, 3] / own.quantiles[:, 4, 1]) for own in (narrow, wide)]
        assert ratio[0] < ratio[1]  # the whole's own growth adds nothing


BAD = [
    ({"counts": [[1, -1]]}, "negative"),
    ({"counts": [[1, 20]]}, "20 documents"),
    ({"years": [2000, 2000]}, "years"),
    ({"years": [2000]}, "years"),
    ({"horizon": 0}, "horizon"),
    ({"levels": (0.9, 0.1)}, "rise"),
    ({"levels": (0.0, 0.5)}, "levels"),
    ({"counts": [[1, np.nan]]}, "nothing is known of 2001"),
    ({"exposure": [9, 0], "counts": [[1, 0]]}, "nothing is known of 2001"),
    ({"earlier": [EarlierCounts([[1, 2]], [9, 9], [2000, 2001], 2001)]}, "earlier counts"),
]


@pytest.mark.parametrize(("wrong", "message"), BAD)
def test_bad_input_is_named(wrong: dict[str, object], message: str) -> None:
    given = {"counts": [[1, 2]], "exposure": [9, 9], "years": [2000, 2001], "horizon": 1, "levels": (0.1, 0.9), **wrong}
    with pytest.raises(InputError, match=message):
        forecast_counts(**given)
    if message == "horizon":
        with pytest.raises(InputError, match="shares of nothing"):
            forecast_shares([[1, 2]], None, [2000, 2001], 1)
