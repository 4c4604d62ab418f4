"""Whether rankings survive: what must hold in every draw, limits, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from declared_indices import asem, declared, rows

from firstlight.composites import (
    composite_scores,
    correlations,
    cronbach_alpha,
    draw_ranks,
    draw_scores,
    index,
    index_robustness,
    read_declaration,
    score_nodes,
    with_choices,
    without_indicator,
)
from firstlight.errors import InputError
from firstlight.result import Result

DRAWS = 40


def even(n: int = 12, k: int = 6) -> Any:
    """Values without outliers."""
    return np.random.default_rng(4).random((n, k)) + 1


def robust(x: Any, years: Any = None, **options: Any) -> Result:
    given = options.pop("declaration", declared(np.shape(x)[1]))
    return index_robustness(rows(x, years), **{"draws": DRAWS, "declaration": given, **options})


def above(result: Result, unit: str, other: str) -> float:
    cell = result.tables["pairs"].filter(pl.col("unit") == unit, pl.col("other") == other)
    return float(cell["above_share"][0])


def reasons(result: Result, choice: str) -> dict[str, str | None]:
    own = result.tables["choices"].filter(pl.col("choice") == choice)
    return dict(own.select("level", "reason").iter_rows())


def test_the_public_index_keeps_its_ranking_as_the_base(reference: Path) -> None:
    long, given = asem(reference)
    result = index_robustness(long, declaration=given, draws=20, weightings=["equal"])
    plain = index(long, declaration=given).table
    assert result.table.select("unit", "rank", "score_index").equals(
        plain.select("unit", "rank", "score_index")
    )
    assert result.table["unit"][0] == "CHE"
    ranks = result.table.select("low_rank", "median_rank", "high_rank").to_numpy()
    assert (np.diff(ranks, axis=1) >= 0).all() and ranks.min() == 1 and ranks.max() <= 51
    assert "pairs" not in result.tables  # 51 units are more than a matrix shows
    assert {"missing", "outliers"} <= set(result.tables["sobol"]["choice"])


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"normalisation": "z", "aggregation": "mazziotta_pareto"},
        {"aggregation": "topsis"},
        {"aggregation": "geometric", "lowest": 1},
        {"aggregation": "grey_relational", "weights": "entropy"},
        {"aggregation": "vikor", "over": "year"},
        {"aggregation": "topsis", "over": "year", "weights_over": "year", "weights": "critic"},
        {"aggregation": "arithmetic", "above": "geometric", "lowest": 1},
        {"missing": "interpolate"},
    ],
)
def test_without_choices_all_draws_are_the_declaration_itself(choices: dict[str, Any]) -> None:
    x, years = even(24), [2000] * 12 + [2001] * 12
    x[3, 1] = x[15, 2] = np.nan
    given = declared(6, **choices)
    result = robust(x, years, declaration=given, vary=["outliers"])
    table = result.table.drop_nulls("rank")
    plain = index(rows(x, years), declaration=given).table.filter(pl.col("year") == 2001)
    assert dict(table.select("unit", "rank").iter_rows()) == dict(
        plain.drop_nulls("rank").select("unit", "rank").iter_rows()
    )
    for name in ("low_rank", "median_rank", "high_rank"):
        assert table[name].to_list() == table["rank"].to_list()
    assert result.said[0].code == "same"
    assert result.tables["sobol"].is_empty()


def test_a_dominated_unit_is_always_below_and_equal_ones_tie() -> None:
    x = even()
    x[4, :5], x[4, 5] = x[0, :5] - 0.1, x[0, 5] + 0.1  # the last is better when low
    x[7] = x[3]
    result = robust(x, draws=300)
    assert above(result, "u00", "u04") == 1
    assert above(result, "u04", "u00") == 0
    assert above(result, "u03", "u07") == above(result, "u07", "u03") == 0.5
    table = result.table
    equal = table.filter(pl.col("unit").is_in(["u03", "u07"])).drop("unit", "above_next_share")
    assert equal.row(0) == equal.row(1)
    pairs = result.tables["pairs"].drop_nulls("above_share")
    both = pairs.join(pairs, left_on=["unit", "other"], right_on=["other", "unit"])
    assert (both["above_share"] + both["above_share_right"]).to_numpy() == pytest.approx(1)


def test_only_what_is_varied_moves_ranks() -> None:
    x = even()
    result = robust(x, vary=["weights"])
    own = result.tables["sobol"].row(0, named=True)
    assert result.tables["sobol"]["choice"].to_list() == ["weights"]
    assert own["total_share"] == pytest.approx(1, abs=own["total_high"] - own["total_share"] + 0.1)
    assert set(result.table["moved_by"].drop_nulls()) == {"weights"}
    small = robust(x, vary=["weights"], weight_change=0.02)
    assert small.table["mean_shift"].mean() < result.table["mean_shift"].mean()
    assert robust(x, vary=["weights"], weight_change=0.0).said[0].code == "same"
    shares = result.table["first_share"].sum()
    assert shares == pytest.approx(1)


def test_seeds_and_draws() -> None:
    x = even()
    first, again, other = robust(x), robust(x), robust(x, seed=1)
    for name, table in first.tables.items():
        assert table.equals(again.tables[name])
    assert not first.table.equals(other.table)
    assert robust(x, draws=DRAWS + 1).table.equals(first.table)


def test_levels_that_are_drawn_and_why_others_are_not() -> None:
    plain = robust(even())
    assert reasons(plain, "normalisation") == {"min_max": None, "percentile": None, "z": "clash"}
    assert reasons(plain, "missing") == {"skip": None, "mean": "no_gaps", "median": "no_gaps"}
    assert reasons(plain, "outliers") == {"keep": None, "winsorise": "no_outliers"}
    weighting = reasons(plain, "weighting")
    assert (weighting["given"], weighting["ahp"]) == ("same_as_equal", "no_judgements")
    assert [weighting[each] for each in ("equal", "entropy", "critic")] == [None] * 3
    counts = plain.tables["choices"].filter(pl.col("choice") != "weights")
    totals = counts.group_by("choice").agg(pl.col("draws_count").sum())
    assert set(totals["draws_count"]) == {DRAWS}
    own = robust(even(), declaration=declared(6, normalisation="z"))
    assert reasons(own, "aggregation")["geometric"] == "clash"
    assert own.tables["choices"].filter(pl.col("level") == "z")["is_own"][0]
    asked = robust(even(), aggregations=["topsis"], normalisations=["z"])
    assert reasons(asked, "aggregation") == {"arithmetic": None, "topsis": None}
    assert reasons(asked, "normalisation") == {"min_max": None, "z": None}
    x = even()
    x[2, 1], x[5, 0] = 0, 100
    x[6, 3] = np.nan
    hard = robust(x, weightings=["merec"])
    assert reasons(hard, "weighting")["merec"] == "not_above_zero"
    assert reasons(hard, "outliers") == {"keep": None, "winsorise": None}
    assert reasons(hard, "missing") == {"skip": None, "mean": None, "median": None}
    doubt = robust(even(), declaration=declared(6, weights="benefit_of_the_doubt"))
    assert reasons(doubt, "weighting")["benefit_of_the_doubt"] == "of_each_unit"
    assert doubt.tables["lift"]["reason"].to_list() == ["of_each_unit"] * 6


@pytest.mark.parametrize("aggregation", ["arithmetic", "geometric", "harmonic", "topsis", "vikor"])
@pytest.mark.parametrize("lost", [0, 7])
def test_draws_at_once_are_scores_one_by_one(aggregation: Any, lost: int) -> None:
    rng = np.random.default_rng(0)
    u = rng.random((9, 19))
    u.ravel()[rng.choice(u.size, lost, replace=False)] = np.nan
    weights = rng.random((5, 19))
    declaration = with_choices(read_declaration("four_chains"), aggregation=aggregation)
    found = draw_scores(u, weights, declaration)
    single = [score_nodes(u, own, declaration)[-1] for own in weights]
    assert found == pytest.approx(np.array(single))
    assert draw_ranks(found).min() == 1


def test_leaving_out_gives_the_weight_to_the_same_dimension() -> None:
    tree = read_declaration(declared(4)).tree  # three indicators in one dimension, one in the other
    w = without_indicator([[0.1, 0.2, 0.3, 0.4]] * 3, [-1, 1, 3], tree)
    assert w[0] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert w[1] == pytest.approx([0.15, 0, 0.45, 0.4])
    assert w[2] == pytest.approx([1 / 6, 1 / 3, 1 / 2, 0])


def test_the_ranking_without_an_indicator_is_that_of_an_index_that_lacks_it() -> None:
    x = even(10, 4)
    x[:, 1] = np.argsort(np.argsort(x[:, 0]))  # nearly the first again
    result = robust(x).tables["redundancy"]
    row = result.filter(pl.col("indicator") == "X2").row(0, named=True)
    given = declared(4)
    base = composite_scores(x, read_declaration(given)).score(0)
    del given["indicators"][2]
    without = composite_scores(np.delete(x, 2, axis=1), read_declaration(given)).score(0)
    shift = np.abs(draw_ranks([base])[0] - draw_ranks([without])[0]).mean()
    assert row["mean_shift"] == pytest.approx(shift)
    twins = result.filter(pl.col("indicator").is_in(["X0", "X1"]))
    assert set(twins["closest"]) == {"X0", "X1"}
    assert (twins["highest_correlation"] > 0.9).all()
    assert result["kendall_tau"].is_sorted(nulls_last=True)


def test_alpha_and_correlations() -> None:
    x = np.random.default_rng(5).normal(size=(40, 4)) + np.arange(40)[:, None] / 10
    covariance = np.cov(x.T)
    mean = covariance[~np.eye(4, dtype=bool)].mean()
    expected = 4 * mean / (np.diag(covariance).mean() + 3 * mean)
    assert cronbach_alpha(x) == pytest.approx(expected)
    assert correlations(x) == pytest.approx(np.corrcoef(x.T))
    x[0, 0] = np.nan
    assert cronbach_alpha(x) == pytest.approx(cronbach_alpha(x[1:]))
    assert np.isnan(cronbach_alpha(x[:, :1])) and np.isnan(correlations(np.ones((5, 2)))).all()
    dimensions = robust(even()).tables["dimensions"]
    assert dimensions["reason"].to_list() == [None, "one_indicator"]


def test_what_lifts_a_unit() -> None:
    x = np.array([[1.0, 9, 2], [2, 5, 4], [3, 1, 12], [2.9, 2, 3]])
    result = robust(x, lift="u03")
    lift = {row["indicator"]: row for row in result.tables["lift"].iter_rows(named=True)}
    assert set(result.tables["lift"]["unit"]) == {"u03"}
    assert lift["X0"]["step_value"] == pytest.approx(0.1)  # half of a tenth is left to the best
    assert lift["X0"]["gain_index"] == pytest.approx(0.25 * 5)
    assert lift["X1"]["gain_index"] == pytest.approx(0.25 * 10)
    assert lift["X2"]["step_value"] == pytest.approx(-1)  # better when low
    assert lift["X2"]["gain_index"] == pytest.approx(0.5 * 10)
    best = robust(x, lift="u00").tables["lift"]
    assert best.filter(pl.col("indicator") == "X2")["reason"][0] == "at_best"
    last = robust(x)
    assert last.tables["lift"]["unit"][0] == last.table["unit"][-1]


def test_units_without_enough_values_are_not_ranked() -> None:
    x = even()
    x[4, 5] = np.nan  # half of the weight
    result = robust(x)
    row = result.table.row(by_predicate=pl.col("unit") == "u04", named=True)
    assert (row["rank"], row["low_rank"], row["reason"]) == (None, None, "little_known")
    assert "unranked" in {each.code for each in result.said}
    assert "u04" not in set(result.tables["pairs"]["unit"])
    asked = robust(x, least_weight=0.4)
    assert asked.table["rank"].null_count() == 0
    assert robust(np.ones((4, 3))).said[0].code == "nobody"
    assert robust(even(4), [2000, 2000, 2000, 2001]).said[0].code == "alone"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"vary": ["weather"]}, "unknown_level"),
        ({"weightings": ["equal", "best"]}, "unknown_level"),
        ({"aggregations": ["sum"]}, "unknown_level"),
        ({"lift": "nobody"}, "no_unit"),
        ({"declaration": declared(6, normalisation="goalposts")}, "no_goalposts"),
    ],
)
def test_what_is_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as raised:
        robust(even(), **options)
    assert raised.value.code == code
