"""Obstacle degrees: identities, an independent computation, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.composites import index, obstacle_shares, obstacles
from firstlight.errors import InputError
from firstlight.measurement import measurement

SAMPLE = measurement("obstacles").sample_call()


def declared(k: int = 4, **choices: Any) -> dict[str, Any]:
    """Indicators x0, x1, ... in two dimensions, the last of them better when low."""
    return {
        "name": "own",
        "title": "Own",
        "dimensions": [{"code": "a", "title": "A"}, {"code": "b", "title": "B"}],
        "indicators": [
            {
                "code": f"x{j}",
                "title": f"X{j}",
                "dimension": "a" if j < 2 else "b",
                "unit": "1",
                "direction": "positive" if j < k - 1 else "negative",
            }
            for j in range(k)
        ],
        "choices": choices,
    }


def rows(x: Any) -> pl.DataFrame:
    frame = pl.DataFrame(np.asarray(x, float), [f"x{j}" for j in range(np.shape(x)[1])])
    frame = frame.with_columns(unit=pl.Series([f"u{row}" for row in range(len(x))]))
    long = frame.unpivot(index="unit", variable_name="indicator", value_name="value")
    return long.with_columns(pl.col("value").fill_nan(None))


def test_shares_of_each_unit_and_year_add_up_to_one() -> None:
    tables = obstacles(**SAMPLE).tables
    for name in ("obstacles", "dimensions"):
        known = tables[name].drop_nulls("obstacle_share")
        total = known.group_by("unit", "year").agg(pl.col("obstacle_share").sum())
        assert total.height > 20
        assert total["obstacle_share"].to_numpy() == pytest.approx(1, abs=1e-12)


def test_the_best_in_an_indicator_has_no_obstacle_there() -> None:
    best = obstacles(**SAMPLE).tables["obstacles"].filter(pl.col("unit_index") == 1)
    assert best.height > 5
    assert set(best.drop_nulls("obstacle_share")["obstacle_share"]) == {0.0}


def test_obstacles_agree_with_weights_and_scale_of_the_index() -> None:
    parts = index(**SAMPLE).tables["contributions"]
    lacking = pl.col("weight_share") * (1 - pl.col("normalised_index") / 100)
    on = ["unit", "year"]
    share = lacking / lacking.sum().over(on)
    expected = parts.select(*on, "indicator", share=share)
    found = obstacles(**SAMPLE).tables["obstacles"].join(expected, on=[*on, "indicator"])
    both = found.drop_nulls("obstacle_share")
    assert both.height > 400
    assert both["obstacle_share"].to_numpy() == pytest.approx(both["share"].to_numpy(), abs=1e-12)


def test_worked_by_hand() -> None:
    # on the scale: u1 (.5, 1, 0, .25), of which .25 each; lacking .125, 0, .25, .1875 of .5625
    x = [[0, 0, 4, 4], [5, 8, 0, 3], [10, 4, 2, 0]]
    result = obstacles(rows(x), declaration=declared())
    row = result.table.filter(unit="u1").row(0, named=True)
    assert [row[name] for name in ("first", "second", "third")] == ["X2", "X3", "X0"]
    shares = [row[f"{name}_share"] for name in ("first", "second", "third", "dimension")]
    assert shares == pytest.approx(
        [0.25 / 0.5625, 0.1875 / 0.5625, 0.125 / 0.5625, 0.4375 / 0.5625]
    )
    assert row["dimension"] == "B"


def test_the_scale_of_the_index_does_not_matter() -> None:
    x = np.random.default_rng(3).lognormal(size=(9, 4))
    one, other = (
        obstacles(rows(x), declaration=declared(lowest=low, highest=high)).tables["obstacles"]
        for low, high in ((0, 100), (1, 2))
    )
    assert one["obstacle_share"].to_numpy() == pytest.approx(other["obstacle_share"].to_numpy())


def test_who_lacks_nothing_or_is_little_known_has_no_obstacle() -> None:
    nan = np.nan
    x = [[9, 9, 9, 0], [1, 2, 3, 4], [5, nan, nan, nan]]
    result = obstacles(rows(x), declaration=declared())
    reasons = dict(result.table.select("unit", "reason").iter_rows())
    assert reasons == {"u0": "at_best", "u1": None, "u2": "little_known"}
    assert result.said[0].code == "for_one"
    assert {given.code for given in result.said} >= {"at_best", "little_known"}
    assert np.isnan(obstacle_shares([[1.0, 1.0]], [0.5, 0.5])).all()


def test_nobody_sets_units_apart() -> None:
    result = obstacles(rows(np.ones((3, 4))), declaration=declared())
    assert set(result.table["reason"]) == {"no_spread"}
    assert result.said[0].code == "nothing"


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"normalisation": "z"}, "no_ends"),
        ({"weights": "benefit_of_the_doubt"}, "no_common_weights"),
        ({"normalisation": "goalposts"}, "no_goalposts"),
    ],
)
def test_choices_that_are_refused(choices: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as error:
        obstacles(rows(np.eye(4)), declaration=declared(**choices))
    assert error.value.code == code
