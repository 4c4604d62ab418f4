"""The record of consortia: counted by hand, blind to the future, and refused where there is nothing
to judge by."""

from __future__ import annotations

import polars as pl
import pytest
from benchmarks.planted.works import SPECIALISTS, made_up_works

from firstlight.errors import InputError
from firstlight.instruments.networks.partner_choice.consortium_record import (
    backtest_consortium,
    judged_years,
)


def works() -> tuple[pl.DataFrame, pl.DataFrame]:
    """x has most works, all on p; y and z one each on q and r; afterwards y goes on with q, z with
    nothing."""
    rows = [
        ("a", "x", 2000, "p"),
        ("b", "x", 2000, "p"),
        ("c", "y", 2000, "q"),
        ("d", "z", 2000, "r"),
    ]
    rows += [("e", "x", 2001, "p"), ("f", "y", 2001, "q"), ("g", "z", 2001, "p")]
    frame = pl.DataFrame(rows, schema=["work", "member", "year", "term"], orient="row")
    return frame.drop("term"), frame.select("work", "term")


def test_shares_by_hand() -> None:
    found = backtest_consortium(*works(), [2000], 1, 2).row(0, named=True)
    assert (found["member_count"], found["term_count"]) == (3, 3)
    assert found["covered_share"] == pytest.approx(2 / 3)
    assert found["later_covered_share"] == pytest.approx(2 / 3), (
        "x and y are chosen, and go on with p and q"
    )
    assert found["largest_later_share"] == pytest.approx(2 / 3)
    # x and y: 2/3; x and z: 1/3; y and z: 2/3, as z turns to p
    assert found["blind_later_share"] == pytest.approx(5 / 9, abs=0.05)


def test_what_comes_later_changes_no_choice() -> None:
    frame, terms = works()
    wrong = frame.with_columns(
        member=pl.when(pl.col("year") > 2000).then(pl.lit("other")).otherwise("member")
    )
    found = backtest_consortium(wrong, terms, [2000], 1, 2).row(0, named=True)
    assert found["covered_share"] == pytest.approx(2 / 3) and found["later_covered_share"] == 0


def test_planted_specialists_keep_their_word() -> None:
    frame = made_up_works()
    found = backtest_consortium(
        frame, frame.select("work", "term"), [2017, 2020], 3, len(SPECIALISTS)
    )
    assert (found["later_covered_share"] > found["largest_later_share"]).all()
    assert (found["largest_later_share"] > found["blind_later_share"]).all()
    mixed = backtest_consortium(
        frame.sample(fraction=1, shuffle=True, seed=3),
        frame.select("work", "term").reverse(),
        [2017, 2020],
        3,
        4,
    )
    assert mixed.equals(found)


def test_years_without_a_past_or_a_future() -> None:
    for year in (1990, 2001):
        with pytest.raises(InputError) as wrong:
            backtest_consortium(*works(), [year], 1, 2)
        assert wrong.value.code == "no_works_around"
    assert judged_years(*works(), [1990, 2000, 2001], 1, 5) == [2000]


def test_the_past_window_and_the_most_frequent_terms() -> None:
    rows = [("a", "x", 1999), ("b", "y", 2000), ("c", "y", 2001), ("d", "x", 2002)]
    works = pl.DataFrame(rows, schema=["work", "member", "year"], orient="row")
    terms = pl.DataFrame({"work": ["a", "b", "c", "c", "d"], "term": ["old", "p", "p", "q", "p"]})
    whole = backtest_consortium(works, terms, [2001], 1, 1, past=2)
    assert whole.select("member_count", "term_count").row(0) == (1, 2), (
        "1999 lies before the two years up to 2001"
    )
    most = backtest_consortium(works, terms, [2001], 1, 1, past=2, most_terms=1)
    assert most.select("term_count", "covered_share").row(0) == (1, 1.0)


def test_the_years_after_end_with_the_horizon() -> None:
    rows = [
        ("a", "x", 2000, "p"),
        ("b", "y", 2000, "q"),
        ("c", "x", 2001, "q"),
        ("d", "x", 2002, "p"),
    ]
    whole = pl.DataFrame(rows, schema=["work", "member", "year", "term"], orient="row")
    shares = [
        backtest_consortium(whole.drop("term"), whole.select("work", "term"), [2000], ahead, 1)
        for ahead in (1, 2)
    ]
    assert [one["later_covered_share"].item() for one in shares] == [0.5, 1.0]


def test_candidates_are_the_members_with_most_works_and_cover_by_enough_of_them() -> None:
    frame, terms = works()
    one = backtest_consortium(frame, terms, [2000], 1, 2, candidates=1).row(0, named=True)
    assert (one["member_count"], one["term_count"], one["covered_share"]) == (
        1,
        3,
        pytest.approx(1 / 3),
    )
    # x alone has two works on a term up to 2000, and nobody has two afterwards
    two = backtest_consortium(frame, terms, [2000], 1, 1, least=2).row(0, named=True)
    assert (two["covered_share"], two["later_covered_share"]) == (pytest.approx(1 / 3), 0.0)
