"""Names in two languages, tied by the parts that they are put together from."""

from __future__ import annotations

from importlib.resources import files

import polars as pl
import pytest

from firstlight.instruments.concordance.composed_names import composed_pairs
from firstlight.instruments.concordance.known_names import OF_PLANS, known_pairs
from firstlight.instruments.concordance.plan_check.plan_links import alike, name_forms


def test_half_of_the_names_of_plans_are_found_from_lists_without_them() -> None:
    """And of what is found nearly all is right: 7 pairs are not among the answers, of which one,
    additive manufacturing for its materials, is wrong."""
    table = files("firstlight").joinpath(OF_PLANS).read_bytes()
    answers = set(pl.read_csv(table, infer_schema=False).iter_rows())
    pairs = known_pairs().select("name_en", "name_zh").iter_rows()
    known = tuple(pair for pair in pairs if pair not in answers)
    english, chinese = ({pair[side] for pair in answers} for side in (0, 1))
    found = set(composed_pairs(english, chinese, known))
    assert len(found & answers) > len(english) / 2
    assert len(found - answers) < 0.05 * len(found)


@pytest.mark.parametrize("is_turned", [False, True])
def test_either_list_may_be_in_chinese(is_turned: bool) -> None:
    lists = ["vertical farms", "brain organoids"], ["脑类器官", "气凝胶毡", "垂直农场"]
    one, other = map(name_forms, reversed(lists) if is_turned else lists)
    links = alike(one, other, 0.8).select("one", "other").rows()
    expected = {("brain organoids", "脑类器官"), ("vertical farms", "垂直农场")}
    assert {pair[::-1] if is_turned else pair for pair in links} == expected


def test_a_part_of_a_name_is_another_thing() -> None:
    one, other = name_forms(["brain organoid chips"]), name_forms(["脑类器官"])
    assert alike(one, other, 0.8).is_empty()
    assert not list(composed_pairs([], ["脑类器官"], ()))
