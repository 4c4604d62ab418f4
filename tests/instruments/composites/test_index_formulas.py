"""Weights, scales and aggregations of indices, one by one: published values, values computed in
another way, and what must not change them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.optimize import linprog

from firstlight.composites import (
    benefit_of_the_doubt,
    combined_weights,
    critic_weights,
    distance_to_reference,
    entropy_weights,
    fill_gaps,
    goalpost_scale,
    grey_coefficients,
    index_tree,
    kurtosis,
    mazziotta_pareto,
    merec_weights,
    min_max,
    node_scores,
    pairwise_weights,
    principal_component_weights,
    rank_scale,
    score,
    skewness,
    topsis,
    treat_outliers,
    variation_weights,
    vector_scale,
    vikor,
    weighted_mean,
    winsorised,
    z_scores,
)

# Tzeng and Huang 2011, Multiple Attribute Decision Making, chapter 5: four by three criteria
FOUR = np.array([[5.0, 8, 4], [7, 6, 8], [8, 8, 6], [7, 4, 6]])
GIVEN = [0.3, 0.4, 0.3]
POSITIVE = np.zeros(3, bool)


def drawn(n: int = 40, k: int = 6, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, k)) + rng.normal(size=(n, 1))


def test_topsis_equals_the_published_example() -> None:
    found = topsis(vector_scale(FOUR, POSITIVE), GIVEN)
    assert found == pytest.approx([0.5037, 0.6581, 0.7482, 0.3340], abs=5e-5)
    assert stats.rankdata(-found).tolist() == [3, 2, 1, 4]


def test_entropy_weights_and_topsis_by_them() -> None:
    # computed from the formulas by hand: entropies .99017321, .97503188, .97957396
    weights = entropy_weights(FOUR)
    assert weights == pytest.approx([0.17795405, 0.45214939, 0.36989655], abs=5e-9)
    found = topsis(vector_scale(FOUR, POSITIVE), weights)
    assert found == pytest.approx([0.51648307, 0.67111828, 0.71780742, 0.30630185], abs=5e-9)


def test_entropy_weights_with_exact_zeros() -> None:
    # the public test of the package mcdm: 0 ln 0 counts as 0
    columns = [
        [0, 0.033, 0.067, 0.1, 0.2, 0.267, 0.333],
        [0, 0.05, 0.1, 0.175, 0.2, 0.225, 0.25],
        [0.333, 0.267, 0.2, 0.1, 0.067, 0.033, 0],
    ]
    found = entropy_weights(np.array(columns).T)
    assert found == pytest.approx([0.37406776, 0.25186448, 0.37406776], abs=5e-9)


def test_pairwise_judgements_equal_the_published_example_by_both_tables() -> None:
    matrix = [[1, 3, 3], [1 / 3, 1, 2], [1 / 3, 1 / 2, 1]]
    found = pairwise_weights(matrix)
    assert found.weight == pytest.approx([0.593634, 0.249311, 0.157056], abs=5e-7)
    assert found.eigenvalue == pytest.approx(3.053622, abs=5e-7)
    assert found.consistency_index == pytest.approx(0.026811, abs=5e-7)
    assert found.consistency_ratio == pytest.approx(0.0462, abs=5e-5)
    other = pairwise_weights(matrix, "saaty_2008")
    assert other.consistency_ratio == pytest.approx(0.0516, abs=5e-5)


def test_judgements_that_agree_give_back_the_weights_behind_them() -> None:
    w = np.array([0.5, 0.3, 0.15, 0.05])
    found = pairwise_weights(w[:, None] / w)
    assert found.weight == pytest.approx(w, rel=1e-12)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-12)
    assert pairwise_weights([[1.0]]).consistency_ratio == 0
    values, vectors = np.linalg.eig([[1, 2, 5], [0.5, 1, 3], [0.2, 1 / 3, 1]])
    principal = np.abs(vectors[:, values.real.argmax()].real)
    own = pairwise_weights([[1, 2, 5], [0.5, 1, 3], [0.2, 1 / 3, 1]])
    assert own.weight == pytest.approx(principal / principal.sum(), rel=1e-10)


def test_vikor_equals_the_published_example() -> None:
    # Opricovic and Tzeng 2004: risk is better when low, altitude when high
    s, r, q = vikor([[-1, 3000], [-2, 3750], [-5, 4500]], [0.5, 0.5])
    assert s.tolist() == pytest.approx([0.5, 0.375, 0.5])
    assert r.tolist() == pytest.approx([0.5, 0.25, 0.5])
    assert q.tolist() == pytest.approx([1, 0, 1])


def test_merec_equals_the_published_example() -> None:
    # Keshavarz-Ghorabaee and others 2021, table 5: to three decimals
    x = [
        [450, 8000, 54, 145],
        [10, 9100, 2, 160],
        [100, 8200, 31, 153],
        [220, 9300, 1, 162],
        [5, 8400, 23, 158],
    ]
    found = merec_weights(x, [False, False, True, True])
    assert found == pytest.approx([0.5752, 0.0141, 0.4016, 0.0091], abs=1e-3)


def test_grey_grades() -> None:
    # computed from Deng's formula by hand on the min-max scale, rho = .5
    xi = grey_coefficients(min_max(FOUR))
    assert xi.mean(axis=1) == pytest.approx([0.555556, 0.7, 0.833333, 0.477778], abs=5e-7)
    graded = (xi * GIVEN).sum(axis=1)
    assert graded == pytest.approx([0.6, 0.68, 0.85, 0.463333], abs=5e-7)


def test_mazziotta_pareto_equals_the_public_program(shared: Path) -> None:
    # the R package Compind on its data set EU_NUTS1, both directions of the penalty
    frame = pl.read_csv(shared / "data/composites/EU_NUTS1.csv")
    x = frame.select("roads", "trains").to_numpy()
    z = 100 + 10 * z_scores(x, [True, False])
    parts, equal = [z[:, 0], z[:, 1]], [1.0, 1.0]
    less = [100.3555454, 98.8150051, 123.8525231, 102.1540815, 117.0319092, 116.9906702]
    more = [100.5017213, 98.9735905, 131.3532586, 103.1001145, 117.5614334, 117.7782441]
    plus = mazziotta_pareto(parts, equal, "plus")[:6]
    minus = mazziotta_pareto(parts, equal, "minus")[:6]
    assert minus == pytest.approx(less, abs=5e-7)
    assert plus == pytest.approx(more, abs=5e-7)


def test_mazziotta_pareto_by_its_definition() -> None:
    """The first is better when low, the second when high; deviations of a sample."""
    x = np.random.default_rng(6).lognormal(6, 1, (34, 2))
    standard = stats.zscore(x, axis=0, ddof=1) * [-1, 1]
    z = 100 + 10 * z_scores(x, [True, False])
    assert z == pytest.approx(100 + 10 * standard, rel=1e-12)
    for penalty, sign in (("minus", -1), ("plus", 1)):
        found = mazziotta_pareto(list(z.T), [1.0, 1.0], penalty)  # type: ignore[arg-type]
        for own, (one, other) in zip(found, z, strict=True):
            mean, spread = (one + other) / 2, abs(one - other) / 2**0.5
            assert own == pytest.approx(mean + sign * spread * (spread / mean), rel=1e-12)


def test_deviations_of_a_population_are_those_of_scipy() -> None:
    x, weights = drawn(20, 4), np.array([0.1, 0.2, 0.3, 0.4])
    z = z_scores(x, [False] * 4, "population")
    assert z == pytest.approx(stats.zscore(x, axis=0))
    scaled = 100 + 10 * z
    means, spread = scaled.mean(axis=1), scaled.std(axis=1)
    found = mazziotta_pareto(list(scaled.T), [1] * 4, deviations="population")
    assert found == pytest.approx(means - spread**2 / means)
    # weighted: mean and standard deviation by the weights themselves
    means = scaled @ weights
    variance = ((scaled - means[:, None]) ** 2) @ weights
    found = mazziotta_pareto(list(scaled.T), list(weights), deviations="population")
    assert found == pytest.approx(means - variance / means)


def test_critic_on_the_same_scale_reuses_the_familys_weights() -> None:
    assert critic_weights(min_max(FOUR)).weight.sum() == pytest.approx(1)


def test_principal_components_by_a_singular_value_decomposition() -> None:
    x = drawn()
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    _, value, vector = np.linalg.svd(z / np.sqrt(len(z)), full_matrices=False)
    kept = value**2 > 1
    kept[0] = True
    communality = (value[kept, None] ** 2 * vector[kept] ** 2).sum(axis=0)
    found = principal_component_weights(x)
    assert found == pytest.approx(communality / communality.sum(), rel=1e-10)
    assert principal_component_weights(x * 1000 + 7) == pytest.approx(found, rel=1e-8)


def test_variation_is_that_of_scipy() -> None:
    x = np.abs(drawn()) + 1
    expected = stats.variation(x, axis=0, ddof=1)
    assert variation_weights(x) == pytest.approx(expected / expected.sum(), rel=1e-12)


def test_combinations() -> None:
    a, b = [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]
    assert combined_weights([a, b]) == pytest.approx([0.35, 0.25, 0.4])
    root = np.sqrt(np.array(a) * b)
    assert combined_weights([a, b], "product") == pytest.approx(root / root.sum())
    assert combined_weights([a, b], shares=[3, 0]) == pytest.approx(a)
    assert np.isnan(combined_weights([[1, 0], [0, 1]], "product")).all()


def test_the_game_of_two_weightings_is_solved_by_determinants() -> None:
    """Cramer's rule on [w1 w1', w1 w2'; w2 w1', w2 w2'] a = [w1 w1'; w2 w2'], in fractions."""
    one, other = ([Fraction(part, 10) for part in own] for own in ((5, 3, 2), (2, 2, 6)))
    own, both, its = (
        sum(x * y for x, y in zip(*pair, strict=True))
        for pair in ((one, one), (one, other), (other, other))
    )
    shares = [own * its - its * both, own * its - own * both]
    assert min(shares) > 0
    expected = [
        float((shares[0] * x + shares[1] * y) / sum(shares))
        for x, y in zip(one, other, strict=True)
    ]
    weights = np.array([one, other], float)
    assert combined_weights(weights, "game_theory") == pytest.approx(expected, abs=1e-14)
    assert combined_weights([weights[0]] * 3, "game_theory") == pytest.approx(weights[0])


def test_the_game_of_several_weightings_meets_its_conditions() -> None:
    weights = np.random.default_rng(4).dirichlet(np.ones(6), size=3)
    found = combined_weights(weights, "game_theory")
    shares = np.linalg.lstsq(weights.T, found, rcond=None)[0]
    assert found.sum() == pytest.approx(1) and shares.sum() == pytest.approx(1)
    # in proportion to the shares that leave each weighting's own product with the sum unchanged
    products = weights @ weights.T
    assert (shares > 0).all()
    scale = np.diag(products) / (products @ shares)
    assert scale == pytest.approx(np.full(3, scale[0]))


def test_no_unit_of_measurement_is_too_large() -> None:
    x = drawn(12, 4)
    for unit in (1e-200, 1e200):
        assert z_scores(x * unit, [False] * 4) == pytest.approx(z_scores(x, [False] * 4))
        assert variation_weights(x * unit) == pytest.approx(variation_weights(x))
        expected = principal_component_weights(x)
        assert principal_component_weights(x * unit) == pytest.approx(expected)


def test_a_system_that_sets_nothing_apart_has_no_entropy_weight() -> None:
    u = np.array([[0.2, 0.1, 0.0, 0.5], [0.8, 0.1, 0.0, 0.4], [0.4, 0.1, 0.0, 0.3]])
    found = entropy_weights(u)
    assert found[1:3].tolist() == [0, 0]
    assert found[[0, 3]] == pytest.approx(entropy_weights(u[:, [0, 3]]))


def test_benefit_of_the_doubt_equals_another_solver() -> None:
    u = min_max(drawn(25, 4))
    found = (benefit_of_the_doubt(u) * u).sum(axis=1)
    for row in range(len(u)):
        bound = linprog(-u[row], A_ub=u, b_ub=np.ones(len(u)), bounds=(0, None))
        assert found[row] == pytest.approx(-bound.fun, abs=1e-8)
    assert found.max() == pytest.approx(1)


def test_benefit_of_the_doubt_with_a_least_share() -> None:
    u = min_max(drawn(25, 4)) * 0.9 + 0.1
    weight = benefit_of_the_doubt(u, 0.1)
    total = (weight * u).sum(axis=1)
    assert (weight * u / total[:, None]).min() > 0.1 - 1e-8
    assert (total <= (benefit_of_the_doubt(u) * u).sum(axis=1) + 1e-8).all()
    assert (u @ weight.T).max() < 1 + 1e-8


def test_scales_by_hand() -> None:
    x = drawn(9, 3)
    z = z_scores(x, [False, True, False])
    assert z.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert z.std(axis=0, ddof=1) == pytest.approx(np.ones(3))
    assert z[:, 1] == pytest.approx(-stats.zscore(x[:, 1], ddof=1))
    assert rank_scale(x, [False, True, False])[:, 1] == pytest.approx(stats.rankdata(-x[:, 1]))
    ranks = rank_scale(x, [False] * 3, is_percentile=True)
    assert (ranks.min(), ranks.max()) == (0, 1)
    # the life expectancy index of the Human Development Report: (73.4 - 20) / (85 - 20)
    assert goalpost_scale([[73.4]], [False], [20], [85]) == pytest.approx(0.8215, abs=5e-5)
    assert goalpost_scale([[90.0]], [True], [20], [85]).item() == 0
    assert distance_to_reference([[3.0, 8.0]], [False, True], [6, 4]).tolist() == [[0.5, 0.5]]
    assert (vector_scale(FOUR, POSITIVE) ** 2).sum(axis=0) == pytest.approx(np.ones(3))


@pytest.mark.parametrize(
    "scale",
    [
        lambda x: z_scores(x, [False] * 3),
        lambda x: rank_scale(x, [False] * 3),
        lambda x: min_max(x),
        lambda x: vector_scale(x, [False] * 3),
    ],
)
def test_what_is_missing_stays_so_and_moves_no_other(scale: Any) -> None:
    x = drawn(12, 3)
    with_gap = x.copy()
    with_gap[4, 1] = np.nan
    found = scale(with_gap)
    assert np.isnan(found).sum() == 1
    alone = scale(np.delete(x, 4, axis=0))
    assert np.delete(found[:, 1], 4) == pytest.approx(alone[:, 1])


def test_skewness_and_kurtosis_are_those_of_scipy() -> None:
    x = np.random.default_rng(3).lognormal(size=50)
    assert skewness(x) == pytest.approx(stats.skew(x, bias=False))
    assert kurtosis(x) == pytest.approx(stats.kurtosis(x, bias=False))
    assert skewness(x * 1e-200) == pytest.approx(skewness(x))
    assert np.isnan(skewness([1, 1, 1])) and np.isnan(kurtosis([1, 2]))


def test_winsorising_moves_the_farthest_first_and_no_more_than_it_may() -> None:
    x = np.array([*range(10), 100.0, 1000.0])
    # one step is enough: by scipy, kurtosis is 2.6 then
    assert winsorised(x).tolist() == [*range(10), 100, 100]
    assert winsorised(x, kurtosis_limit=2).tolist() == [*range(10), 9, 9]
    assert winsorised(x, 1, kurtosis_limit=2).max() == 100
    assert winsorised(-x).tolist() == (-winsorised(x)).tolist()
    far = np.exp(np.linspace(0, 9, 60))
    left = treat_outliers(far, most=1)
    assert left.is_still_skewed and not left.is_logged
    logged = treat_outliers(far, most=1, is_logged_else=True)
    assert logged.is_logged and not logged.is_still_skewed and not logged.is_winsorised.any()
    assert (np.argsort(logged.values) == np.arange(60)).all()


def test_gaps_are_filled_by_the_rule_and_no_further() -> None:
    x = [[np.nan], [2.0], [np.nan], [4.0], [np.nan]]
    own: dict[str, Any] = {"units": ["a"] * 5, "years": [2000, 2001, 2003, 2005, 2006]}
    straight = fill_gaps(x, "interpolate", **own).ravel()
    assert straight[1:4].tolist() == [2, 3, 4] and np.isnan(straight[[0, 4]]).all()
    last = fill_gaps(x, "last", **own).ravel()
    assert last[1:].tolist() == [2, 2, 4, 4] and np.isnan(last[0])
    pair = {"units": list("abcd"), "groups": ["e", "e", "f", "f"]}
    means = fill_gaps([[1.0], [np.nan], [5.0], [np.nan]], "mean", **pair)
    assert means.ravel().tolist() == [1, 1, 5, 5]


def test_means_leave_out_what_is_missing() -> None:
    values = [np.array([1.0, 0.0, np.nan]), np.array([4.0, 4.0, 4.0])]
    assert weighted_mean(values, [1, 1], "harmonic").tolist() == pytest.approx([1.6, 0, 4])
    assert weighted_mean(values, [0, 1], "geometric").tolist() == pytest.approx([4, 4, 4])
    assert np.isnan(weighted_mean([np.array([np.nan])], [1])).all()


TREE = index_tree(["a", "a", "b", "b", "b"], {"a": "c", "b": "c", "c": ""})


@pytest.mark.parametrize(
    "aggregation",
    [
        "arithmetic",
        "geometric",
        "harmonic",
        "mazziotta_pareto",
        "topsis",
        "grey_relational",
        "vikor",
    ],
)
def test_many_draws_give_what_each_gives_alone(aggregation: str) -> None:
    rng = np.random.default_rng(5)
    u = 10 + 90 * min_max(drawn(30, 5))
    u[3, 2] = np.nan
    weights = rng.dirichlet(np.ones(5), 7)
    together = score(u, weights[:, None, :], TREE, aggregation)
    assert together.shape == (7, 30)
    for own, draw in zip(weights, together, strict=True):
        assert score(u, own, TREE, aggregation) == pytest.approx(draw, rel=1e-12)
    order = rng.permutation(30)
    turned = score(u[order], weights[0], TREE, aggregation)
    assert turned == pytest.approx(together[0][order], rel=1e-12)


def test_levels_of_arithmetic_means_are_one_weighted_sum() -> None:
    u = min_max(drawn(30, 5))
    local = [2, 1, 1, 1, 3, 0.4, 0.6, 1]
    weights = TREE.leaf_weights(local)
    assert weights.sum() == pytest.approx(1)
    assert score(u, weights, TREE) == pytest.approx(u @ weights)
    a, b, c, whole = node_scores(u, weights, TREE)
    assert a == pytest.approx((2 * u[:, 0] + u[:, 1]) / 3)
    assert c == pytest.approx(whole) and len(b) == 30
    mixed = node_scores(u, weights, TREE, above="geometric")
    parts = dict(zip(TREE.nodes, mixed, strict=True))
    share = weights[:2].sum()
    assert parts["c"] == pytest.approx(parts["a"] ** share * parts["b"] ** (1 - share))
