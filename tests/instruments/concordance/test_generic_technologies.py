"""Generic technologies: Hill numbers against published ones, dependence by hand, planted generic
technologies among equally large narrow ones, weak links first, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.generic import made_up_uses
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.metrics import roc_auc_score

from firstlight.concordance import (
    chao_jost_number,
    generality,
    generic_technologies,
    hill_number,
    input_dependence,
    lost_uses,
    rarefied_count,
    simpson_number,
)
from firstlight.errors import InputError
from firstlight.result import Result
from firstlight.texts import Count, Name

# spiders of girdled and of logged plots, as the R package iNEXT ships them, and its estimates
GIRDLED = [46, 22, 17, 15, 15, 9, 8, 6, 6, 4, *[2] * 4, *[1] * 12, *[0] * 60]
LOGGED = [88, 22, 16, 15, 13, 10, 8, 8, *[7] * 3, 5, *[4] * 3, *[3] * 4, *[2] * 4, *[1] * 14]


def uses(**technologies: dict[str, float]) -> pl.DataFrame:
    rows = [
        (technology.replace("_", " "), industry, float(value))
        for technology, industries in technologies.items()
        for industry, value in industries.items()
    ]
    return pl.DataFrame(rows, ["technology", "industry", "value"], orient="row")


EVEN = uses(
    wide=dict.fromkeys("abcdef", 10),
    also_wide=dict.fromkeys("abcdef", 20),
    narrow={"a": 100, "b": 4},
    few={"c": 2},
)


def row(found: Result, technology: str) -> dict[str, Any]:
    return found.table.filter(pl.col("technology") == technology).row(0, named=True)


def said(found: Result) -> dict[str, dict[str, Any]]:
    return {message.code: dict(message.values) for message in found.said}


@pytest.mark.parametrize(
    ("counts", "observed", "estimated"),
    [
        (GIRDLED, (26, 12.060, 7.840), (13.826, 8.175)),
        (LOGGED + [0] * 60, (37, 14.421, 6.761), (16.337, 6.920)),
    ],
)
def test_hill_numbers_are_those_that_inext_gives(
    counts: list[int], observed: tuple[float, ...], estimated: tuple[float, ...]
) -> None:
    assert_allclose([hill_number(counts, order) for order in range(3)], observed, atol=5e-4)
    assert_allclose([chao_jost_number(counts), simpson_number(counts)], estimated, atol=5e-4)


def test_the_estimate_of_entropy_is_the_sum_that_defines_it() -> None:
    def defined(x: list[int]) -> float:
        n, ones, twos = sum(x), x.count(1), x.count(2)
        entropy = sum(each / n * sum(1 / k for k in range(each, n)) for each in x)
        a = 2 * twos / ((n - 1) * ones + 2 * twos)
        tail = -np.log(a) - sum((1 - a) ** r / r for r in range(1, n))
        return float(np.exp(entropy + ones / n * (1 - a) ** (1 - n) * tail))

    for x in ([6, 3, 2, 1, 1], [2, 1], [40, 2, 2, 2, 1, 1, 1]):
        assert_allclose(chao_jost_number(x + [0] * 100), defined(x), rtol=1e-10)


def test_generality_is_one_minus_the_squared_shares_scaled_by_n() -> None:
    assert float(generality([2, 1, 1], corrected=False)) == pytest.approx(1 - 6 / 16)
    assert float(generality([2, 1, 1])) == pytest.approx((1 - 6 / 16) * 4 / 3)
    assert np.isnan(generality([1, 0]))


@given(st.lists(st.integers(1, 30), min_size=2, max_size=8), st.integers(1, 9))
def test_hill_numbers_fall_with_their_order_and_do_not_depend_on_scale(
    x: list[int], scale: int
) -> None:
    numbers = [float(hill_number(x, order)) for order in range(3)]
    assert numbers == sorted(numbers, reverse=True)
    assert_allclose(hill_number(np.array(x) * scale), numbers[1])
    assert_allclose(hill_number([3] * len(x), 2), len(x))


@given(st.lists(st.integers(0, 5), min_size=2, max_size=4).filter(lambda x: sum(x) > 2))
def test_rarefaction_is_the_mean_over_all_draws(x: list[int]) -> None:
    uses_of = np.repeat(np.arange(len(x)), x)
    pairs = [
        1 + (uses_of[one] != uses_of[other])
        for one in range(len(uses_of))
        for other in range(one + 1, len(uses_of))
    ]
    assert_allclose(rarefied_count(x, 2), np.mean(pairs))
    assert_allclose(rarefied_count(x, int(sum(x))), np.count_nonzero(x))


def test_dependence_goes_through_others_and_around_circles() -> None:
    # a needs b for half of its inputs and c for the rest; b needs c alone, c needs b for a half
    part = input_dependence([[0, 0.5, 0.5], [0, 0, 1], [0, 0.5, 0]])
    assert_allclose(part, [[0, 0.75, 1], [0, 0, 1], [0, 0.5, 0]], atol=1e-5)
    assert_allclose(input_dependence([[0, 1], [1, 0]]), [[0, 1], [1, 0]], atol=1e-5)


def test_lost_uses_are_the_own_ones_and_those_that_lean_on_them() -> None:
    lost = lost_uses([[3, 0], [1, 2]], [[0, 0], [0.5, 0]])
    assert_allclose(lost, [[3 / 4 + 0.5 / 4, 0.5], [0.25, 1.0]])


def test_size_does_not_decide_where_generic_technologies_are_planted() -> None:
    scores = []
    for seed in range(3):
        frame, truth = made_up_uses(seed=seed)
        table = generic_technologies(frame, resamples=50).table.drop_nulls("rank")
        both = table.join(truth, on="technology").sort("technology")
        rules = ("breadth", "breadth_low", "industries_count", "uses")
        scores.append([roc_auc_score(both["is_generic"], both[rule]) for rule in rules])
        is_found = both["standing"] == "generic"
        assert (is_found & both["is_generic"]).sum() >= 0.9 * both["is_generic"].sum()
        assert (is_found & ~both["is_generic"]).sum() <= 0.1 * (~both["is_generic"]).sum()
    breadth, low, plain, size = np.mean(scores, axis=0)
    assert min(breadth, low) > 0.98
    assert plain < 0.9
    assert 0.35 < size < 0.65


def test_what_many_use_alike_is_generic_and_what_one_uses_is_not() -> None:
    found = generic_technologies(EVEN)
    assert row(found, "wide")["standing"] == row(found, "also wide")["standing"] == "generic"
    assert row(found, "narrow")["standing"] == "narrow"
    few = row(found, "few")
    assert (few["standing"], few["reason"], few["breadth"]) == ("not_ranked", "few_uses", None)
    assert said(found)["generic"]["count"] == Count(2)
    assert "no_sources" in said(found)


def test_a_generic_technology_with_few_sources_comes_first() -> None:
    sources = pl.DataFrame({"technology": ["wide", "also wide", "narrow"], "providers": [1, 20, 1]})
    found = generic_technologies(EVEN, sources=sources)
    assert found.table["technology"][0] == "wide"
    assert found.table["standing"].to_list() == ["weak_link", "generic", "narrow", "not_ranked"]
    assert said(found)["weak_links"]["count"] == Count(1)
    able = sources.with_columns(providers=pl.lit(None), capability=pl.Series([0.9, 0.2, 0.1]))
    assert generic_technologies(EVEN, sources=able).table["technology"][0] == "also wide"
    strong = sources.with_columns(providers=pl.lit(9))
    assert "no_weak_link" in said(generic_technologies(EVEN, sources=strong))


def test_what_others_need_hits_where_they_are_used() -> None:
    needs = pl.DataFrame({"technology": ["narrow"], "needs": ["few"], "share": [0.5]})
    found = generic_technologies(EVEN, needs=needs)
    few = row(found, "few")
    assert few["dependence_share"] == pytest.approx(0.5 / 3, rel=1e-4)
    # half of 100 uses in a and of 4 in b, all of its own 2 in c
    parts = [50 / 130, 2 / 34, 2 / 32, 0, 0, 0]
    assert few["hit_share"] == pytest.approx(np.mean(parts), rel=1e-4)
    assert few["industries_hit_share"] == pytest.approx(1 / 6)
    assert said(found)["leaned_on"]["first"] == Name("few")
    hits = found.tables["hits"].filter(pl.col("technology") == "few")
    assert hits["industry"].to_list() == ["a"]


def test_probabilities_give_the_expected_number_of_industries_and_its_exact_quantiles() -> None:
    frame = pl.DataFrame(
        {"technology": ["t"] * 3 + ["u"], "industry": list("abca"), "probability": [0.5, 0.5, 1, 1]}
    )
    found = row(generic_technologies(frame, level=0.6), "t")
    assert (found["breadth"], found["breadth_low"], found["breadth_high"]) == (2.0, 1.0, 3.0)
    whole = row(generic_technologies(frame), "t")["breadth"] / found["breadth_share"]
    # generic from half of the whole, so with two links or more; each of a and b is there by half
    assert 1 < whole / 2 < 2
    assert found["generic_probability"] == pytest.approx(0.75)


def test_rows_without_a_number_are_one_use_each() -> None:
    found = generic_technologies(EVEN.drop("value"))
    assert row(found, "wide")["breadth"] == 6.0
    assert "count_is_breadth" in said(found)


def test_amounts_have_no_interval() -> None:
    found = row(generic_technologies(EVEN.with_columns(pl.col("value") + 0.5)), "wide")
    assert found["breadth_low"] is None
    assert found["breadth"] == pytest.approx(6.0)


def test_growth_is_that_of_the_share_in_all_uses() -> None:
    early = EVEN.with_columns(year=pl.lit(2020))
    late = EVEN.with_columns(
        pl.when(pl.col("technology") == "wide").then(pl.col("value") * 4).otherwise("value"),
        year=pl.lit(2021),
    )
    found = generic_technologies(pl.concat([early, late]), years=1)
    assert row(found, "wide")["growth"] == pytest.approx(4 * 286 / (286 + 180) - 1)
    assert row(found, "narrow")["growth"] == pytest.approx(286 / (286 + 180) - 1)
    assert generic_technologies(late).table["growth"].null_count() == 4


def test_citations_are_held_against_breadth() -> None:
    citations = pl.DataFrame(
        {
            "technology": ["wide", "wide", "wide", "narrow"],
            "class": ["A", "B", "C", "A"],
            "citations": [2, 1, 1, 9],
        }
    )
    found = generic_technologies(EVEN, citations=citations)
    assert row(found, "wide")["generality"] == pytest.approx(5 / 6)
    assert row(found, "narrow")["generality"] == 0
    assert said(found)["few_cited"]["count"] == Count(2)


def test_industries_that_share_nothing_are_no_industries() -> None:
    apart = uses(one={"a": 20, "b": 30}, other={"c": 20, "d": 10})
    assert said(generic_technologies(apart))["nothing_shared"]["count"] == Count(4)
    assert "nothing_shared" not in said(generic_technologies(EVEN))


def test_same_seed_same_intervals() -> None:
    one, two = (generic_technologies(EVEN, seed=seed).table for seed in (1, 1))
    assert one.equals(two)
    assert not one.equals(generic_technologies(EVEN, seed=2).table)


@pytest.mark.parametrize(
    ("frame", "options", "code"),
    [
        (EVEN.with_columns(probability=pl.lit(0.5)), {}, "value_and_probability"),
        (EVEN.with_columns(value=pl.lit(0)), {}, "no_uses"),
        (EVEN, {"needs": {"technology": ["x"], "needs": ["y"]}}, "no_technology_of"),
        (EVEN, {"sources": {"technology": ["x"], "providers": [1]}}, "no_technology_of"),
        (
            EVEN,
            {"citations": {"technology": ["x"], "class": ["A"], "citations": [1]}},
            "no_technology_of",
        ),
    ],
)
def test_what_is_refused(frame: pl.DataFrame, options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as error:
        generic_technologies(
            frame, **{name: pl.DataFrame(table) for name, table in options.items()}
        )
    assert error.value.code == code


@pytest.mark.parametrize("column", ["value", "probability"])
def test_what_one_industry_alone_uses_is_never_generic_however_few_industries_there_are(
    column: str,
) -> None:
    alone = uses(looms={"textiles": 20}).rename({"value": column})
    pair = uses(looms={"textiles": 20}, lasers={"cars": 20}).rename({"value": column})
    both = uses(looms={"textiles": 20}, lasers={"textiles": 20, "cars": 20}).rename(
        {"value": column}
    )
    if column == "probability":
        alone, pair, both = (
            frame.with_columns(pl.col(column) / 20) for frame in (alone, pair, both)
        )
    for frame in (alone, pair):
        found = generic_technologies(frame)
        assert set(found.table["standing"]) == {"narrow"}
        assert "none_generic" in said(found)
    found = generic_technologies(both)
    assert (row(found, "looms")["standing"], row(found, "lasers")["standing"]) == (
        "narrow",
        "generic",
    )
