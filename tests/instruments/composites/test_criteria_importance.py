"""CRITIC: published weights, what scale, order and copies do to them, what is missing, and what is
refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.composites import critic, critic_weights, min_max
from firstlight.errors import InputError
from firstlight.texts import Code, Count, Name, Share, Year

# Diakoulaki, Mavrotas and Papayannakis (1995): eight firms by profitability, market share and
# productivity
FIRMS = [
    (61, 1.08, 4.33),
    (20.7, 0.26, 4.34),
    (16.3, 1.98, 2.53),
    (9, 3.29, 1.65),
    (5.4, 2.77, 2.33),
    (4, 4.12, 1.21),
    (-6.1, 3.52, 2.10),
    (-34.6, 3.31, 0.98),
]
# to the digits of the public test of scikit-criteria on the same table
WEIGHTS = [0.20222554, 0.48090173, 0.31687273]
FRAME = pl.DataFrame(FIRMS, schema=["x", "y", "z"], orient="row").with_columns(
    unit=pl.Series(list("abcdefgh"))
)


def drawn(n: int = 30, k: int = 5) -> Any:
    """Indicators that go together in part."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, k)) + rng.normal(size=(n, 1))


def weights_of(*args: Any, **options: Any) -> dict[str, float]:
    return dict(critic(*args, **options).table.select("indicator", "weight_share").iter_rows())


def test_published_weights() -> None:
    assert critic_weights(min_max(FIRMS)).weight == pytest.approx(WEIGHTS, abs=5e-9)
    found = weights_of(FRAME, ["x", "y", "z"])
    assert [found[name] for name in "xyz"] == pytest.approx(WEIGHTS, abs=5e-9)


def test_either_standard_deviation_gives_the_same_weights() -> None:
    u = min_max(FIRMS)
    information = u.std(axis=0, ddof=0) * (1 - np.corrcoef(u.T)).sum(axis=0)
    assert information / information.sum() == pytest.approx(WEIGHTS, abs=5e-9)


def test_weights_add_up_to_one_and_no_unit_of_measurement_changes_them() -> None:
    x = drawn()
    w = critic_weights(min_max(x)).weight
    assert w.sum() == pytest.approx(1, rel=1e-12)
    other_units = x * [1000, 0.01, 1, 7, 1e6] + [0, 5, -3, 100, 1]
    assert critic_weights(min_max(other_units)).weight == pytest.approx(w, rel=1e-9)


def test_lower_is_better_is_the_same_as_the_sign_turned() -> None:
    x = drawn()
    turned = critic_weights(min_max(x * [1, -1, 1, 1, -1]))
    named = critic_weights(min_max(x, [False, True, False, False, True]))
    assert named.weight == pytest.approx(turned.weight, rel=1e-9)
    frame = FRAME.with_columns(y=-pl.col("y"))
    negative = critic(frame, ["x", "y", "z"], negative=["y"])
    plain = critic(FRAME, ["x", "y", "z"])
    assert negative.tables["ranking"].equals(plain.tables["ranking"])
    assert dict(negative.table.select("indicator", "direction").iter_rows())["y"] == "negative"


def test_the_order_of_indicators_and_rows_changes_nothing() -> None:
    plain = critic(FRAME, ["x", "y", "z"])
    turned = critic(FRAME.reverse(), ["z", "x", "y"])
    assert turned.table.select("indicator", "why").equals(plain.table.select("indicator", "why"))
    for name in ("weight_share", "conflict_index"):
        assert turned.table[name].to_list() == pytest.approx(plain.table[name].to_list(), rel=1e-12)
    assert turned.tables["ranking"]["unit"].equals(plain.tables["ranking"]["unit"])


def test_a_copy_of_an_indicator_lowers_the_conflict_of_both() -> None:
    """As a mean over the others, since there is one more; the copy itself adds nothing."""
    x = drawn()
    alone, copied = (critic_weights(min_max(u)) for u in (x, np.hstack([x, x[:, :1]])))
    k = x.shape[1]
    assert copied.conflict[0] == copied.conflict[k] == pytest.approx(alone.conflict[0], rel=1e-12)
    assert copied.conflict[0] / k < alone.conflict[0] / (k - 1)
    assert copied.weight[0] == copied.weight[k] < alone.weight[0]


def test_a_constant_indicator_has_no_weight_and_changes_no_other() -> None:
    frame = FRAME.with_columns(same=pl.lit(0.1) + pl.lit(0.2))
    result = critic(frame, ["x", "same", "y", "z"])
    row = result.table.filter(indicator="same").row(0, named=True)
    assert (row["weight_share"], row["conflict_index"]) == (0, None)
    assert (row["why"], row["reason"]) == (None, "constant")
    found = weights_of(frame, ["x", "same", "y", "z"])
    assert [found[name] for name in "xyz"] == pytest.approx(WEIGHTS, abs=5e-9)
    assert "same" not in result.tables["pairs"]["indicator"].to_list()
    said = {given.code: given.values for given in result.said}
    assert said["constants"]["count"] == Count(1)
    assert result.tables["ranking"].equals(critic(FRAME, ["x", "y", "z"]).tables["ranking"])


def test_what_is_constant_but_for_rounding_is_constant() -> None:
    assert np.isnan(min_max([[0.3, 1], [0.1 + 0.2, 2]])[:, 0]).all()


def test_a_row_that_lacks_an_indicator_has_no_index_and_no_part_in_the_weights() -> None:
    further = pl.DataFrame({"x": [900.0], "y": [None], "z": [900.0], "unit": ["i"]})
    result = critic(pl.concat([FRAME, further.cast({"y": pl.Float64})]), ["x", "y", "z"])
    assert result.table.equals(critic(FRAME, ["x", "y", "z"]).table)
    last = result.tables["ranking"].row(-1, named=True)
    assert last == {
        "unit": "i",
        "composite_index": None,
        "rank": None,
        "reason": "indicator_missing",
    }
    said = {given.code: given.values for given in result.said}
    assert said["gaps"]["count"] == Count(1)


def test_the_composite_is_the_weighted_mean_of_the_scaled_indicators() -> None:
    ranking = critic(FRAME, ["x", "y", "z"]).tables["ranking"]
    found = dict(ranking.select("unit", "composite_index").iter_rows())
    expected = min_max(FIRMS) @ np.array(WEIGHTS)
    assert [found[unit] for unit in "abcdefgh"] == pytest.approx(expected.tolist(), abs=2e-8)
    assert ranking["rank"].to_list() == list(range(1, 9))


def test_equal_units_share_a_rank() -> None:
    frame = pl.DataFrame({"unit": list("abc"), "x": [1, 2, 4], "y": [2, 1, 4]})
    ranking = critic(frame, ["x", "y"]).tables["ranking"]
    assert ranking.select("unit", "rank").rows() == [("c", 1), ("a", 2), ("b", 2)]


def test_the_first_lines_say_what_weighs_most_why_and_who_leads() -> None:
    result = critic(FRAME, ["x", "y", "z"])
    first, then, order, *_ = result.said
    assert (first.code, then.code, order.code) == ("heaviest", "followers", "order")
    assert first.values["indicator"] == Name("y")
    assert first.values["because"] == Code("codes.because.both")
    why = dict(result.table.select("indicator", "why").iter_rows())
    assert why == {"x": "neither", "y": "both", "z": "contrast"}
    leader = order.values["units"].value[0].value.values["unit"]
    assert leader == Name(result.tables["ranking"]["unit"][0]) == Name("a")


def test_an_indicator_that_runs_against_all_others_is_named() -> None:
    said = {given.code: given.values for given in critic(FRAME, ["x", "y", "z"]).said}
    assert said["opposed"]["names"].value == (Name("y"),)
    turned = critic(FRAME, ["x", "y", "z"], negative=["y"])
    assert "opposed" not in {given.code for given in turned.said}


def test_indicators_that_weigh_the_same_are_said_to() -> None:
    frame = pl.DataFrame({"unit": ["a", "b"], "x": [1, 2], "y": [2, 1]})
    first, *_ = critic(frame, ["x", "y"]).said
    assert (first.code, first.values) == ("alike", {"count": Count(2), "share": Share(0.5)})


def test_years_share_their_weights_and_rank_apart() -> None:
    frame = FRAME.with_columns(
        year=pl.Series([2020] * 4 + [2021] * 4), unit=pl.Series([*"abcd"] * 2)
    )
    result = critic(frame, ["x", "y", "z"])
    assert weights_of(frame, ["x", "y", "z"]) == pytest.approx(weights_of(FRAME, ["x", "y", "z"]))
    ranking = result.tables["ranking"]
    assert ranking["year"].to_list() == [2021] * 4 + [2020] * 4
    assert ranking["rank"].to_list() == [1, 2, 3, 4] * 2
    said = {given.code: given.values for given in result.said}
    assert said["order_in"]["year"] == Year(2021)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"negative": ["w"]}, "no_indicators"),
        ({"frame": FRAME.head(1)}, "few_rows"),
        ({"frame": FRAME.with_columns(y=pl.lit(None, pl.Float64))}, "few_complete"),
        ({"frame": FRAME.with_columns(x=pl.lit(1), y=pl.lit(2), z=pl.lit(3))}, "no_information"),
        ({"frame": FRAME.with_columns(y=2 * pl.col("x"), z=pl.col("x") - 1)}, "no_information"),
        ({"indicators": ["x"]}, "few_columns"),
    ],
)
def test_input_that_is_wrong(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as error:
        critic(**{"frame": FRAME, "indicators": ["x", "y", "z"], **options})
    assert error.value.code == code
