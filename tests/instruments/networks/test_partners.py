"""Partners: greedy against every set, its bound, ties with the lead, order of rows; scores against
an independent library."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from firstlight.errors import InputError
from firstlight.instruments.networks.partner_choice.consortium import (
    GUARANTEE,
    choose_members,
    covered,
    recommend_consortium,
)
from firstlight.instruments.networks.partner_choice.link_scores import link_record, link_scores


def value(
    c: np.ndarray, w: np.ndarray, bonus: np.ndarray, who: tuple[int, ...], objective: str
) -> float:
    return float(covered(c[list(who)], objective) @ w / w.sum() + bonus[list(who)].sum())


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(1, 4),
    objective=st.sampled_from(["best", "any"]),
    required=st.integers(0, 1),
)
def test_greedy_beside_every_set(seed: int, size: int, objective: str, required: int) -> None:
    rng = np.random.default_rng(seed)
    c = rng.random((8, 10)) * (rng.random((8, 10)) < 0.3)
    w, bonus = rng.random(10) + 0.01, rng.random(8) * 0.1
    lead = [3][:required]
    found = choose_members(c, size, weights=w, bonus=bonus, objective=objective, required=lead)
    best = max(
        value(c, w, bonus, who, objective)
        for who in combinations(range(8), size)
        if set(lead) <= set(who)
    )
    reached = value(c, w, bonus, tuple(found.chosen), objective)
    assert found.objective[-1] == pytest.approx(reached)
    assert found.gain.sum() == pytest.approx(reached)
    assert reached <= best + 1e-12
    assert reached >= found.at_least * best - 1e-12  # the bound from the data holds
    if not lead:
        assert found.at_least >= GUARANTEE - 1e-12
        assert (np.diff(found.gain) <= 1e-12).all()  # each adds no more than the one before


def test_where_greedy_is_not_best_an_exchange_finds_it() -> None:
    """Greedy takes the large set first and ends at 5/6; the two others together cover all."""
    c = np.array([[1, 1, 0, 0, 1, 1], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], dtype=float)
    found = choose_members(c, 2)
    assert found.chosen == [1, 2] and found.objective.tolist() == pytest.approx([0.5, 1])
    assert found.at_least == pytest.approx(1), "from what greedy itself left to gain"
    assert choose_members(c, 2, required=[0]).objective[-1] == pytest.approx(5 / 6), (
        "a lead is never exchanged"
    )


def frame() -> pl.DataFrame:
    rows = [("a", "x"), ("a", "y"), ("b", "z"), ("c", "z"), ("c", "y"), ("d", "x")]
    return pl.DataFrame(rows, schema=["organisation", "term"], orient="row")


def test_past_work_with_the_lead() -> None:
    links = pl.DataFrame(
        {"member_1": ["a", "b", "x"], "member_2": ["c", "d", "a"], "weight_count": [3.0, 1.0, 9.0]}
    )
    blind = recommend_consortium(frame(), 2, required=["a"], links=links)
    tied = recommend_consortium(frame(), 2, required=["a"], links=links, tie_weight=0.1)
    assert blind.table["organisation"].to_list() == ["a", "b"]
    assert tied.table["organisation"].to_list() == ["a", "c"]
    assert tied.table["tie_count"].to_list() == [0, 1]
    assert tied.table["covered_share"].to_list() == pytest.approx([2 / 3, 1])
    assert tied.at_least_share == pytest.approx(1)
    assert tied.table["new_terms"].to_list() == [["x", "y"], ["z"]]
    mixed = recommend_consortium(
        frame().reverse(), 2, required=["a"], links=links.reverse(), tie_weight=0.1
    )
    assert mixed.table.equals(tied.table)
    assert mixed.candidates.equals(tied.candidates)
    assert tied.candidates.filter(pl.col("organisation") == "c")["tie_weight"].item() == 3


def test_weights_say_what_counts() -> None:
    found = recommend_consortium(frame(), 1, weights={"z": 1.0})
    assert found.table["organisation"].to_list() == ["b"]
    assert found.table["covered_share"].to_list() == [1.0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"size": 0}, "out_of_bounds"),
        ({"size": 9}, "out_of_bounds"),
        ({"size": 2, "required": ["q"]}, "unknown_name"),
        ({"size": 2, "required": ["a", "a"]}, "stands_twice"),
        ({"size": 2, "tie_weight": -1.0}, "out_of_bounds"),
        ({"size": 2, "objective": "all"}, "no_choice"),
        ({"size": 2, "weights": "none"}, "no_choice"),
        ({"size": 2, "weights": {"z": -1.0}}, "out_of_bounds"),
        ({"size": 2, "weights": {"q": 1.0}}, "not_between"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as wrong:
        recommend_consortium(frame(), **options)  # type: ignore[arg-type]
    assert wrong.value.code == code


@pytest.mark.parametrize(
    ("bad", "code"), [(None, "value_missing"), (1.5, "out_of_bounds"), (-0.1, "out_of_bounds")]
)
def test_bad_coverage_is_named(bad: float | None, code: str) -> None:
    rows = frame().with_columns(c=pl.Series([bad, 1.0, 1.0, 1.0, 1.0, 1.0]))
    with pytest.raises(InputError) as wrong:
        recommend_consortium(rows, 2, coverage="c")
    assert wrong.value.code == code
    with pytest.raises(InputError) as wrong:
        recommend_consortium(pl.concat([rows[1:], rows[1:2]]), 2, coverage="c")
    assert wrong.value.code == "stands_twice"


@pytest.mark.parametrize("seed", range(4))
def test_scores_as_networkx(seed: int) -> None:
    peer = nx.gnp_random_graph(20, 0.2, seed=seed)
    found = link_scores(nx.to_numpy_array(peer))
    pairs = list(combinations(range(20), 2))
    for name, own in (
        ("adamic_adar", nx.adamic_adar_index),
        ("resource_allocation", nx.resource_allocation_index),
        ("jaccard", nx.jaccard_coefficient),
        ("preferential_attachment", nx.preferential_attachment),
    ):
        assert [found[name][i, j] for i, j in pairs] == pytest.approx(
            [p for _, _, p in own(peer, pairs)]
        )
    assert [found["common_neighbours"][i, j] for i, j in pairs] == [
        len(list(nx.common_neighbors(peer, i, j))) for i, j in pairs
    ]


def test_record_as_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    came = rng.random(500) < 0.1
    score = np.round(rng.random(500) + 0.3 * came, 1)  # many ties
    found = link_record(score, came)
    assert found.auc == pytest.approx(roc_auc_score(came, score))
    draws = [came[np.lexsort((rng.random(500), -score))[:50]].mean() for _ in range(2000)]
    assert found.precision[50] == pytest.approx(np.mean(draws), abs=0.01)
    assert np.isnan(link_record([1, 2], [False, False], ()).auc)
    with pytest.raises(InputError) as wrong:
        link_record([1.0, np.nan], [True, False])
    assert wrong.value.code == "out_of_bounds"


def test_what_is_certain_is_told_from_the_data() -> None:
    # All three pairs cover three of four terms; from the gains alone a fourth can't be excluded.
    found = choose_members([[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]], 2)
    assert found.objective.tolist() == [0.5, 0.75] and found.at_least == pytest.approx(0.75)


@pytest.mark.parametrize("objective", ["best", "any"])
@pytest.mark.parametrize("seed", range(12))
def test_no_exchange_of_one_member_would_add_anything(objective: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    c = rng.random((9, 12)) * (rng.random((9, 12)) < 0.35)
    w, bonus = np.ones(12), rng.random(9) * 0.2
    own = choose_members(c, 4, bonus=bonus, objective=objective, required=[5]).chosen
    reached = value(c, w, bonus, tuple(own), objective)
    assert own[0] == 5
    for out in own[1:]:
        rest = tuple(k for k in own if k != out)
        others = [value(c, w, bonus, (*rest, k), objective) for k in range(9) if k not in own]
        assert max(others) <= reached + 1e-9


def test_the_strongest_tie_counts_like_a_share_of_the_terms() -> None:
    links = pl.DataFrame(
        {"member_1": ["a", "a"], "member_2": ["c", "d"], "weight_count": [4.0, 1.0]}
    )
    found = recommend_consortium(frame(), 3, required=["a"], links=links, tie_weight=0.2).table
    assert found["organisation"].to_list() == ["a", "c", "d"]
    assert found["objective"].to_list() == pytest.approx([2 / 3, 1 + 0.2, 1 + 0.2 + 0.2 / 4])
    assert found["tie_count"].to_list() == [0, 1, 1], "a tie of a single work is one"


def test_what_a_candidate_adds_to_the_lead_by_either_objective() -> None:
    rows = pl.DataFrame({"organisation": ["a", "b"], "term": ["x", "x"], "c": [0.5, 0.6]})
    for objective, added in (("best", 0.1), ("any", 0.3)):
        found = recommend_consortium(
            rows, 1, coverage="c", required=["a"], objective=objective
        ).candidates
        assert found.select("organisation", "added_share").row(0) == ("b", pytest.approx(added))
