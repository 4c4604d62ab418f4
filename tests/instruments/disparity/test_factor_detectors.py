"""The geographical detector: published values, bounds, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from firstlight.disparity import factor_power, geodetector
from firstlight.errors import InputError

FACTORS = ["watershed", "elevation", "soiltype"]


def test_the_published_example(shared: Path) -> None:
    """CollectData of the R package geodetector (GPL, so that it stays outside)."""
    frame = pl.read_csv(shared / "data" / "places" / "collect_data.csv")
    found = geodetector(frame, "incidence", FACTORS)
    q = dict(found.table.select("factor_name", "q_share").iter_rows())
    published = {"watershed": 0.63777367, "elevation": 0.60670871, "soiltype": 0.38571684}
    assert q == {name: pytest.approx(value, abs=5e-9) for name, value in published.items()}
    pair = found.tables["interactions"].row(0, named=True)
    assert pair["q_share"] == pytest.approx(0.735680548139531, abs=1e-4)
    assert set(found.tables["interactions"]["interaction"]) == {"more_than_each"}


def test_a_worked_example() -> None:
    """Sums of squares by hand: 0.5 + 0.5 within of 17 in all."""
    found = factor_power([1.0, 2, 5, 6], [0, 0, 1, 1])
    assert found.q == pytest.approx(1 - 1 / 17) and found.f_statistic == pytest.approx(32)


def test_q_is_eta_squared_and_does_not_know_scale_or_names() -> None:
    random = np.random.default_rng(2)
    y, strata = random.normal(size=60), random.integers(0, 4, 60)
    one, other = factor_power(y, strata), factor_power(5 - 3 * y, 10 - strata)
    assert one.q == pytest.approx(other.q) and one.p_value == pytest.approx(other.p_value)
    # the published shift of the non-central F is not that of the differences alone
    assert one.noncentral_p_value != pytest.approx(other.noncentral_p_value, rel=1e-3)
    dummies = np.eye(4)[strata]
    rest = y - dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0]
    assert one.q == pytest.approx(1 - rest @ rest / ((y - y.mean()) ** 2).sum())


def test_a_pair_of_factors_is_one_whose_classes_are_their_pairs() -> None:
    """What two factors say that adds up is more than either does, of soil and slope crossed."""
    random = np.random.default_rng(4)
    soil, slope = random.integers(0, 3, (2, 300))
    y = soil + 2 * slope + random.normal(size=300)
    found = geodetector(
        pl.DataFrame({"y": y, "soil": soil, "slope": slope}), "y", ["soil", "slope"]
    )
    within = sum(
        ((own - own.mean()) ** 2).sum()
        for own in (y[(soil == a) & (slope == b)] for a in range(3) for b in range(3))
    )
    pair = found.tables["interactions"].row(0, named=True)
    assert pair["q_share"] == pytest.approx(1 - within / ((y - y.mean()) ** 2).sum())
    assert pair["interaction"] == "more_than_each"


def test_classes_are_compared_by_welchs_test() -> None:
    random = np.random.default_rng(3)
    soil = random.integers(0, 3, 40)
    y = soil + random.normal(size=40) * (1 + soil)
    frame = pl.DataFrame({"y": y, "soil": [f"soil {one}" for one in soil]})
    found = geodetector(frame, "y", ["soil"])
    means = found.tables["class_means"]
    assert means["mean_outcome"].is_sorted(descending=True)
    for name, mean, count in means.select("class_name", "mean_outcome", "rows_count").iter_rows():
        own = y[soil == int(name[-1])]
        assert (mean, count) == (pytest.approx(own.mean()), own.size)
    for row in found.tables["class_differences"].iter_rows(named=True):
        one, other = (y[soil == int(row[side][-1])] for side in ("class_name", "other_class_name"))
        test = stats.ttest_ind(one, other, equal_var=False)
        assert row["mean_difference"] == pytest.approx(one.mean() - other.mean())
        measured = [row["t_statistic"], row["degrees"], row["p_value"]]
        assert measured == pytest.approx([test.statistic, test.df, test.pvalue])
        assert row["is_different"] == (test.pvalue <= 0.05)


def test_names_and_numbers_of_classes_say_the_same() -> None:
    numbers = rows(x=[1, 1, 2, 2, 3, 3, 3, 3])
    texts = rows(x=["1", "1", "2", "2", "3", "3", "3", "3"])
    named = rows(x=["low", "low", "mid", "mid", *["top"] * 4])
    one, other, third = (geodetector(frame, "y", ["x"]) for frame in (numbers, texts, named))
    assert one.table.equals(other.table) and one.table.equals(third.table)
    assert one.tables["class_means"].equals(other.tables["class_means"])
    assert set(third.tables["class_means"]["class_name"]) == {"low", "mid", "top"}
    with pytest.raises(InputError) as raised:
        geodetector(named, "y", ["x"], strata="quantiles")
    assert raised.value.code == "no_measure"


def test_classes_that_are_cut_are_numbered() -> None:
    frame = rows(x=[3.0, 3, 3, 3, 4, 5, 6, 7])
    found = geodetector(frame, "y", ["x"], strata="quantiles", classes=3).tables["class_means"]
    ends = found.sort("class_name").select("class_name", "low_value", "high_value").rows()
    assert ends == [("1", 3, 3), ("2", 4, 4), ("3", 5, 7)]  # the second third ends at 4 2/3


def test_a_class_of_one_row_is_not_tested() -> None:
    found = geodetector(rows(x=[1, 2, 2, 2, 2, 3, 3, 3]), "y", ["x"])
    lacks = found.tables["class_differences"].filter(class_name="1")
    assert lacks["reason"].to_list() == ["untested"] * 2
    assert lacks["p_value"].null_count() == 2 and lacks["is_different"].null_count() == 2


def test_a_pair_that_adds_nothing_is_as_strong_as_the_stronger() -> None:
    pair = geodetector(
        rows(a=[1, 1, 1, 1, 2, 2, 2, 2], b=[1, 1, 2, 2, 3, 3, 4, 4]), "y", ["a", "b"]
    )
    found = pair.tables["interactions"].row(0, named=True)
    assert found["q_share"] == pytest.approx(pair.table["q_share"].max())
    assert found["interaction"] == "as_stronger"


def test_strata_that_say_all_and_nothing() -> None:
    assert factor_power([1.0, 1, 2, 2], [0, 0, 1, 1]).q == 1
    assert factor_power([1.0, 2, 1, 2], [0, 0, 1, 1]).q == pytest.approx(0)


def rows(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame({"y": [1.0, 2, 4, 3, 6, 7, 5, 9], **columns})


def test_equal_values_stay_in_one_class() -> None:
    frame = rows(x=[1.0, 1, 1, 1, 2, 2, 3, 3])
    found = geodetector(frame, "y", ["x"], strata="quantiles", classes=4).table
    assert found["classes_count"].item() <= 3
    same = geodetector(frame.with_columns(pl.col("x") ** 3), "y", ["x"], strata="quantiles")
    assert geodetector(frame, "y", ["x"], strata="quantiles").table.equals(same.table)


@pytest.mark.parametrize(
    ("code", "frame"),
    [
        ("constant", rows(x=[1, 2] * 4).with_columns(y=pl.lit(2.0))),
        ("constant", rows(x=[1] * 8)),
        ("too_many", rows(x=list(range(8)))),
    ],
)
def test_errors(code: str, frame: pl.DataFrame) -> None:
    with pytest.raises(InputError) as caught:
        geodetector(frame, "y", ["x"])
    assert caught.value.code == code


def test_rows_with_a_gap_are_left_out_and_counted() -> None:
    found = geodetector(rows(x=[1, 1, 1, None, 2, 2, 2, 2]), "y", ["x"])
    assert [g.values["count"].value for g in found.said if g.code == "left_out"] == [1]


def test_years_of_a_place_are_no_places() -> None:
    """31 places of which each keeps its class, and an outcome that wanders: 2 of 40 at 5%; as
    independent rows every other. 8 or more has a chance of 1 in 1,000."""
    alarms = 0
    keys = {"place": np.repeat(np.arange(31), 10), "year": np.tile(np.arange(2000, 2010), 31)}
    for random in np.random.default_rng(4).spawn(40):
        outcome = random.normal(size=(31, 1)) + random.normal(size=(31, 10))
        classes = np.repeat(random.integers(0, 4, 31), 10)
        frame = pl.DataFrame({**keys, "y": outcome.ravel(), "soil": classes})
        found = geodetector(frame.with_columns(pl.col("place").cast(pl.String)), "y", ["soil"])
        alarms += found.table["p_value"].item() <= 0.05
    assert alarms <= 7
    turned = geodetector(frame.with_columns(pl.col("place").cast(pl.String))[::-1], "y", ["soil"])
    assert turned.table.equals(found.table)
