"""Indicators by hand, their reasons for missing values, and the table that describes them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.indicators import INDICATORS, REASONS, measure

YEARS = np.arange(2007, 2017)
TOTALS = np.full(10, 1000)
COUNTS = np.array(
    [
        [8, 8, 8, 8, 8, 8, 8, 8, 8, 8],  # steady
        [0, 0, 0, 1, 2, 0, 4, 8, 16, 32],  # doubling, with a gap
        [40, 30, 20, 10, 5, 4, 3, 2, 1, 0],  # gone
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # never there
    ]
)


def test_values_by_hand() -> None:
    found = measure(COUNTS, TOTALS, YEARS).values
    assert found["share"].tolist() == [0.008, 0.032, 0.0, 0.0]
    assert found["growth_1"][:3].tolist() == pytest.approx([0, 1, -1])
    assert found["growth_3"][:3].tolist() == pytest.approx([0, 1, -1])
    assert found["growth_5"][1] == pytest.approx(16 ** (1 / 5) - 1)
    assert found["acceleration"][1] == pytest.approx(1 - (4 ** (1 / 3) - 1))
    assert found["stage"].tolist() == pytest.approx([1, 1, 0.1, 1])
    assert found["age"][:3].tolist() == [9, 3, 9]
    assert found["novelty"][:2].tolist() == pytest.approx([0.5, 1.0])
    assert found["novelty"][2] == pytest.approx((25 / 7) / (25 / 7 + 30))
    assert found["persistence"][:3].tolist() == pytest.approx([1, 6 / 7, 0.9])
    assert found["burst_state"].tolist() == [0, 1, 0, 0]
    assert found["burst_weight"][1] > 0
    assert found["vitality"][0] == pytest.approx(sum(1 / (age + 1) for age in range(10)) / 10)


def test_reasons_say_why_a_value_is_missing() -> None:
    found = measure(COUNTS, TOTALS, YEARS)
    assert found.reasons["growth_5"].tolist() == ["", "", "", "no documents then"]
    assert found.reasons["age"].tolist() == ["", "", "", "never reached"]
    assert found.reasons["vitality"][3] == "no documents"
    assert found.reasons["spread"][0] == "not handed in"
    short = measure(COUNTS[:, 7:], TOTALS[7:], YEARS[7:])
    assert set(short.reasons["growth_5"]) | set(short.reasons["emergence_score"]) == {"record too short"}
    gap = measure([[1, 0, 1]], [300, 0, 300], [1, 2, 3])
    assert gap.reasons["growth_1"].tolist() == ["empty year"]
    for measured in (found, short, gap):
        for name, values in measured.values.items():
            np.testing.assert_array_equal(np.isnan(values), measured.reasons[name] != "")
            assert set(measured.reasons[name].tolist()) <= set(REASONS)


def test_spread_is_the_effective_number_of_categories() -> None:
    categories = [[5, 5, 5, 5], [9, 0, 0, 0], [0, 0, 0, 0], [2, 1, 1, 0]]
    spread = measure(COUNTS, TOTALS, YEARS, categories=categories).values["spread"]
    assert spread[:2].tolist() == pytest.approx([4, 1])
    assert math.isnan(spread[2])
    assert spread[3] == pytest.approx(2 ** (0.5 * 1 + 0.25 * 2 + 0.25 * 2))


def test_neighbours_growth_leaves_out_what_is_not_known() -> None:
    links = np.array([[9, 1, 3, 5], [0, 0, 0, 0], [0, 0, 7, 1], [1, 1, 0, 0]])
    dense = measure(COUNTS, TOTALS, YEARS, neighbours=links)
    assert dense.values["neighbours_growth"][0] == pytest.approx((1 * 1 + 3 * -1) / 4)  # the fourth has no growth
    assert dense.values["neighbours_growth"][3] == pytest.approx(0.5)
    assert dense.reasons["neighbours_growth"].tolist() == ["", "no linked growth", "no linked growth", ""]
    thin = measure(COUNTS, TOTALS, YEARS, neighbours=sparse.coo_array(links)).values["neighbours_growth"]
    np.testing.assert_array_equal(thin, dense.values["neighbours_growth"])


def test_doubling_the_corpus_moves_no_ratio() -> None:
    random = np.random.default_rng(3)
    counts, totals, years = random.integers(1, 60, (30, 25)), random.integers(3000, 4000, 25), np.arange(25)
    once, twice = measure(counts, totals, years).values, measure(2 * counts, 2 * totals, years).values
    for name in ("share", "growth_1", "growth_3", "growth_5", "acceleration", "stage", "vitality", "novelty"):
        np.testing.assert_allclose(once[name], twice[name], rtol=1e-12)
    np.testing.assert_allclose(twice["emergence_score"], math.sqrt(2) * once["emergence_score"])
    order = random.permutation(30)
    again = measure(counts[order], totals, years).values
    for name, values in once.items():
        np.testing.assert_allclose(again[name], values[order], rtol=1e-12)


def test_the_table_is_complete() -> None:
    found = measure(COUNTS, TOTALS, YEARS, new_authors_share=[0.1, 0.2, np.nan, 1])
    assert list(found.values) == [indicator.name for indicator in INDICATORS]
    for indicator in INDICATORS:
        for text in (indicator.title_zh, indicator.sentence_zh, indicator.higher_zh):
            assert re.search("[一-鿿]", text)
        assert all((indicator.unit, indicator.title_en, indicator.sentence_en, indicator.higher_en))
        assert re.search(r"\((19|20)\d\d\)", indicator.citation)
    assert found.values["new_authors_share"][:2].tolist() == [0.1, 0.2]


def test_bad_input_is_named() -> None:
    for named in (
        {"categories": [[1, 2]]},
        {"categories": np.full((4, 2), -1)},
        {"new_authors_share": [2, 0, 0, 0]},
        {"neighbours": np.eye(3)},
        {"neighbours": -np.eye(4)},
    ):
        with pytest.raises(InputError, match=next(iter(named))):
            measure(COUNTS, TOTALS, YEARS, **named)
    with pytest.raises(InputError, match="gap"):
        measure(COUNTS, TOTALS, [*YEARS[:-1], 2020])
