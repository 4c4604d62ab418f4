"""Forecasts of new co-operation: the future is never read, planted communities are found, nothing
is found in chance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.networks.partner_choice.partner_forecast import (
    NothingToLearn,
    backtest_partners,
    came_together,
    candidate_pairs,
    forecast_partners,
    record_schema,
)
from firstlight.texts import Count, Year


def world(
    seed: int, planted: float, members: int = 60, years: range = range(2000, 2012)
) -> pl.DataFrame:
    """Works of two members; with the chance ``planted`` both of one of six communities."""
    rng = np.random.default_rng(seed)
    rows = []
    for year in years:
        for w in range(60):
            one = int(rng.integers(members))
            near = [m for m in range(members) if m % 6 == one % 6 and m != one]
            far = [m for m in range(members) if m != one]
            two = int(rng.choice(near if rng.random() < planted else far))
            rows += [(f"{year}-{w}", f"m{m:02d}", year) for m in (one, two)]
    return pl.DataFrame(rows, schema=["work", "member", "year"], orient="row")


def terms_of(rows: pl.DataFrame) -> pl.DataFrame:
    """A word per work that names the community of its first member."""
    first = rows.group_by("work").agg(pl.col("member").min())
    return first.select(
        "work", term="word" + (pl.col("member").str.slice(1).cast(pl.Int64) % 6).cast(pl.String)
    )


def test_planted_communities_are_found() -> None:
    rows = world(1, 0.9)
    groups = {f"m{m:02d}": str(m % 6) for m in range(60)}
    found = backtest_partners(
        rows, [2006, 2007, 2008], groups=groups, terms=terms_of(rows), at=(10, 50)
    )
    auc = dict(found.group_by("score").agg(pl.col("auc").mean()).iter_rows())
    assert auc["learnt"] > 0.75
    assert auc["same_group"] > 0.7
    assert auc["terms"] > 0.7
    assert auc["learnt"] > auc["preferential_attachment"] + 0.1
    base = found["base_rate_share"].mean()
    assert found.filter(pl.col("score") == "learnt")["precision_at_50_share"].mean() > 2 * base


@pytest.mark.slow
def test_nothing_is_found_in_chance() -> None:
    runs = [backtest_partners(world(seed, 0.0), [2006, 2008]) for seed in range(6)]
    own = pl.concat(runs).filter(pl.col("score").is_in(["learnt", "adamic_adar", "jaccard"]))
    assert own.group_by("score").agg(pl.col("auc").mean())["auc"].to_list() == pytest.approx(
        [0.5] * 3, abs=0.05
    )


def test_the_future_is_never_read() -> None:
    rows = world(2, 0.8)
    before = forecast_partners(rows.filter(pl.col("year") <= 2008), 2008)
    changed = rows.with_columns(
        member=pl.when(pl.col("year") > 2008)
        .then(pl.lit("q") + pl.col("member"))
        .otherwise("member")
    )
    after = forecast_partners(changed.sample(fraction=1, shuffle=True, seed=3), 2008)
    assert after.table.equals(before.table)
    assert after.weights.equals(before.weights)
    assert (after.pairs, after.mean_chance) == (before.pairs, before.mean_chance)


def test_pairs_are_new_and_outcomes_right() -> None:
    rows = pl.DataFrame(
        {
            "work": list("aabbccdd"),
            "member": list("xyyzxzwx"),
            "year": [2000, 2000, 2001, 2001, 2002, 2002, 2002, 2002],
        }
    )
    found = candidate_pairs(rows, 2001, past=1, least_works=1)
    assert [
        (found.members[i], found.members[j]) for i, j in zip(found.one, found.two, strict=True)
    ] == []
    found = candidate_pairs(rows, 2001, past=2, least_works=1)
    pairs = [
        (found.members[i], found.members[j]) for i, j in zip(found.one, found.two, strict=True)
    ]
    assert pairs == [("x", "z")]  # x and y met in 2000, w isn't known yet
    assert came_together(rows, found, 2001, 1).tolist() == [True]
    assert came_together(rows, found, 2002, 1).tolist() == [False]


def test_bad_input_is_named() -> None:
    rows = world(3, 0.5)
    with pytest.raises(InputError) as wrong:
        backtest_partners(rows, [2009])
    assert wrong.value.code == "out_of_bounds" and wrong.value.values["high"].value == "2008"
    with pytest.raises(NothingToLearn) as few:
        forecast_partners(rows, 2008, least_works=99)
    assert (few.value.code, few.value.values["count"]) == ("too_few", Count(0))
    lone = rows.filter(pl.col("year") <= 2004)
    alone = lone.with_columns(work=pl.col("work") + pl.col("member"), year=pl.col("year") + 5)
    with pytest.raises(NothingToLearn) as nobody:
        forecast_partners(pl.concat([lone, alone]), 2009)
    assert (nobody.value.code, nobody.value.values["last"]) == ("nobody_new", Year(2009))


def test_members_who_have_all_worked_together_leave_no_pair() -> None:
    rows = [("a", "x", 2000), ("a", "z", 2000), ("b", "y", 2000), ("c", "w", 2000)]
    rows += [("d", "x", 2001), ("d", "y", 2001), ("e", "y", 2001), ("e", "z", 2001)]
    works = pl.DataFrame(rows, schema=["work", "member", "year"], orient="row")
    with pytest.raises(NothingToLearn) as wrong:
        forecast_partners(works, 2001, 1, past=1, least_works=1)
    assert wrong.value.code == "no_pairs"


def test_a_year_of_few_pairs_has_the_types_of_one_of_many() -> None:
    """With fewer than 50 pairs there is no precision at 50: a missing number, and not another type."""
    rows = world(4, 0.8)
    few = rows.filter(pl.col("member").is_in([f"m{m:02d}" for m in range(9)]))
    records = [
        backtest_partners(works, [2006], least_works=1, at=(10, 50)) for works in (few, rows)
    ]
    pairs = [record["pair_count"][0] for record in records]
    assert pairs[0] < 50 < pairs[1]
    assert records[0]["precision_at_50_share"].null_count() == records[0].height
    for record in records:
        assert record.schema == record_schema((10, 50))
    both = pl.concat(records)
    assert both["precision_at_50_share"].null_count() == records[0].height


def test_a_pair_that_worked_together_before_the_window_is_not_new() -> None:
    rows = [
        ("old", "x", 2000),
        ("old", "y", 2000),
        ("a", "x", 2008),
        ("b", "y", 2008),
        ("c", "z", 2008),
    ]
    works = pl.DataFrame(rows, schema=["work", "member", "year"], orient="row")
    found = candidate_pairs(works, 2009, past=3, least_works=1)
    pairs = [
        (found.members[i], found.members[j]) for i, j in zip(found.one, found.two, strict=True)
    ]
    assert pairs == [("x", "z"), ("y", "z")]
