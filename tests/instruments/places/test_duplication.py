"""Similarity, overlap and warnings: identities, dense computations, a planted panel, base rates,
bad input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.places.structural_duplication.duplication_warnings import (
    DuplicationWarnings,
    duplication_warnings,
)
from firstlight.instruments.places.structural_duplication.structural_similarity import (
    plan_overlap,
    similarity,
    structural_similarity,
)
from firstlight.places import duplication
from firstlight.texts import Count, Share, Year

YEARS = range(2010, 2021)
PLACES, ACTIVITIES = 24, 16


def long(x: np.ndarray, **extra: int) -> pl.DataFrame:
    rows = [
        (f"p{p:02}", f"i{i:02}", float(x[p, i]))
        for p in range(x.shape[0])
        for i in range(x.shape[1])
    ]
    table = pl.DataFrame(rows, schema=["place", "industry", "jobs"], orient="row")
    return table.with_columns(**{name: pl.lit(value) for name, value in extra.items()})


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), unit=st.sampled_from([1e-9, 3.0, 1e12]))
def test_identities_of_similarity(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.gamma(0.5, 10, (7, 9)) * (rng.random((7, 9)) < 0.7)
    x[np.arange(7), np.arange(7)] += 1
    found = similarity(x)
    s = x / x.sum(axis=1, keepdims=True)
    for i in range(7):
        for j in range(7):
            least, most = np.minimum(s[i], s[j]).sum(), np.maximum(s[i], s[j]).sum()
            assert found.finger_kreinin[i, j] == pytest.approx(least, abs=1e-12)
            assert found.krugman[i, j] == pytest.approx(np.abs(s[i] - s[j]).sum(), abs=1e-12)
            assert found.weighted_jaccard[i, j] == pytest.approx(least / most, abs=1e-12)
            assert found.cosine[i, j] == pytest.approx(
                s[i] @ s[j] / np.linalg.norm(s[i]) / np.linalg.norm(s[j])
            )
            one, other = (set(np.flatnonzero(s[k] > x.sum(axis=0) / x.sum())) for k in (i, j))
            assert found.jaccard[i, j] == pytest.approx(len(one & other) / len(one | other))
    order = rng.permutation(7)
    # The size of a place does not matter but for the whole, to which quotients are relative.
    again = similarity(unit * x[order])
    for name, value in vars(found).items():
        assert getattr(again, name) == pytest.approx(value[np.ix_(order, order)], abs=1e-9), name


def test_similar_places_of_a_frame() -> None:
    x = np.array([[4.0, 4, 0], [8, 8, 0], [0, 1, 9], [0, 0, 0]])
    rows = long(x)
    found = structural_similarity(rows, "jobs")
    assert found.pairs.height == 3
    assert found.pairs.row(0)[:5] == (
        "p00",
        "p01",
        pytest.approx(1),
        pytest.approx(0, abs=1e-12),
        pytest.approx(1),
    )
    assert found.nearest["nearest"].to_list() == ["p01", "p00", "p00"]
    assert found.empty == ("p03",)
    assert found.pairs.equals(
        structural_similarity(rows.sample(fraction=1, shuffle=True, seed=1), "jobs").pairs
    )
    both = pl.concat([long(x[:3], year=2000), long(np.ones((3, 3)), year=2010)])
    said = duplication(both, value="jobs").said[0]
    assert said.code == "similar_after"
    assert (said.values["year"], said.values["first"]) == (Year(2010), Year(2000))
    assert said.values["mean"].value == pytest.approx(1)
    assert said.values["before"].value == pytest.approx(0.4)


def test_overlap_of_plans() -> None:
    plans = {"a": "chips cars solar", "b": "chips cars ships", "c": "solar"}
    rows = pl.DataFrame(
        [(p, k) for p, ks in plans.items() for k in ks.split()], ["place", "activity"], orient="row"
    )
    found = plan_overlap(rows.sample(fraction=1, shuffle=True, seed=2))
    assert found.pairs.select("jaccard_share", "shared_count").rows() == [
        (0.5, 2),
        (1 / 3, 1),
        (0.0, 0),
    ]
    assert found.pairs["shared_activities"][0] == "cars, chips"
    assert found.activities.row(0) == ("cars", 2, pytest.approx(2 / 3))
    weighed = plan_overlap(
        rows.with_columns(money=pl.Series([2.0, 1, 1, 1, 1, 2, 5])), weight="money"
    )
    a, b = {"chips": 0.5, "cars": 0.25, "solar": 0.25}, {"chips": 0.25, "cars": 0.25, "ships": 0.5}
    least = sum(min(a.get(k, 0), b.get(k, 0)) for k in {*a, *b})
    most = sum(max(a.get(k, 0), b.get(k, 0)) for k in {*a, *b})
    assert weighed.pairs["weighted_jaccard_share"][0] == pytest.approx(least / most)
    said = duplication(rows, industry="activity").said
    assert [given.code for given in said] == ["overlap", "planned"]
    assert said[0].values["share"] == Share(0.5)
    assert said[1].values["count"] == Count(2)


def planted(seed: int = 0, exits: float = 0.8) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Activity i00 is simple, and 14 places rush into it in 2014 while its price falls; most leave
    by 2017.

    The same rush goes into i15, complex and falling, and into i01, simple but with a rising price.
    The rest is quiet.
    """
    rng = np.random.default_rng(seed)
    base = np.zeros((PLACES, ACTIVITIES))
    for p in range(PLACES):
        base[p, [2 + p % 6, 8 + p % 7]] = 100
    base[0, 0] = base[0, 1] = base[0, 15] = 100
    jobs, signs = [], []
    left = rng.random(PLACES) < exits
    for t in YEARS:
        x = base.copy()
        for at in (0, 1, 15):
            came = (np.arange(PLACES) >= 1) & (np.arange(PLACES) <= 14) & (t >= 2014)
            stays = ~left if at == 0 else np.ones(PLACES, dtype=bool)
            x[came & ((t < 2016) | stays), at] = 60
        jobs.append(long(x, year=t).rename({"industry": "activity"}))
        trend = np.ones(ACTIVITIES)
        trend[[0, 15]], trend[1] = 0.9, 1.1
        signs += [
            (f"i{i:02}", t, float(i), 50 * trend[i] ** (t - 2010), trend[i] - 1)
            for i in range(ACTIVITIES)
        ]
    return pl.concat(jobs), pl.DataFrame(
        signs, ["activity", "year", "complexity", "price", "demand"], orient="row"
    )


def warn(**options: object) -> DuplicationWarnings:
    jobs, signs = planted()
    return duplication_warnings(
        jobs, "jobs", signs, **{"price": "price", "presence": "value", **options}
    )


def test_the_planted_rush_is_warned_of_and_nothing_else() -> None:
    found = warn()
    warned = found.table.filter("is_warned").select("activity", "year").rows()
    assert warned == [("i00", 2014), ("i00", 2015), ("i00", 2016)]
    crowded = found.table.filter("is_crowded")["activity"].unique().sort().to_list()
    assert crowded == ["i00", "i01", "i15"]
    row = found.table.filter((pl.col("activity") == "i00") & (pl.col("year") == 2014)).row(
        0, named=True
    )
    assert row["entrants_count"] == 14
    assert row["price_change_log"] == pytest.approx(3 * np.log(0.9))
    jobs, _ = planted()
    stayed = (
        jobs.filter(
            (pl.col("activity") == "i00") & (pl.col("year") == 2017) & (pl.col("jobs") > 0)
        ).height
        - 1
    )
    assert row["later_exit_share"] == pytest.approx(1 - stayed / 14)
    assert (
        warn(price=None, demand="demand")
        .table.filter("is_warned")
        .select("activity", "year")
        .rows()
        == warned
    )


def test_the_base_rate_and_the_record_are_said() -> None:
    found = warn()
    judged = found.table.drop_nulls("is_warned").height
    assert judged == 8 * ACTIVITIES
    record = {row["group"]: row for row in found.record.to_dicts()}
    assert record["warned"]["cases_count"] == 3
    assert record["warned"]["exit_share"] > record["all"]["exit_share"]
    assert record["warned"]["price_fell_share"] == 1
    assert record["crowded"]["price_fell_share"] < 1
    jobs, signs = planted()
    rows = jobs.join(signs.drop("demand"), on=["activity", "year"])
    result = duplication(rows, industry="activity", value="jobs", presence="value")
    said = {given.code: given.values for given in result.said}
    assert (said["base_rate"]["some"], said["base_rate"]["count"]) == (Count(3), Count(judged))
    assert said["record"]["gone"] == Share(record["warned"]["exit_share"])
    assert said["record"]["usual"] == Share(record["all"]["exit_share"])
    warned = result.tables["warnings"].filter("is_warned")
    assert warned.select("industry", "year").rows() == [("i00", 2016), ("i00", 2015), ("i00", 2014)]


def test_a_warning_knows_nothing_of_later_years() -> None:
    jobs, signs = planted()
    whole = duplication_warnings(jobs, "jobs", signs, price="price", presence="value").table
    until = pl.col("year") <= 2015
    early = duplication_warnings(
        jobs.filter(until), "jobs", signs.filter(until), price="price", presence="value"
    ).table
    known = [c for c in whole.columns if not c.startswith("later_")]
    assert whole.filter(until).select(known).equals(early.select(known))


def test_rows_in_any_order_units_and_gaps() -> None:
    jobs, signs = planted()
    one = duplication_warnings(jobs, "jobs", signs, price="price").table
    mixed = [each.sample(fraction=1, shuffle=True, seed=3) for each in (jobs, signs)]
    assert one.equals(duplication_warnings(mixed[0], "jobs", mixed[1], price="price").table)
    scaled = duplication_warnings(
        jobs.with_columns(jobs=1e9 * pl.col("jobs")), "jobs", signs, price="price"
    ).table
    assert scaled["is_warned"].equals(one["is_warned"])
    holes = signs.with_columns(
        complexity=pl.when(pl.col("activity") == "i03").then(None).otherwise("complexity"),
        price=pl.when((pl.col("activity") == "i04") & (pl.col("year") == 2013))
        .then(None)
        .otherwise("price"),
    )
    found = duplication_warnings(jobs, "jobs", holes, price="price")
    lost = found.table.filter(pl.col("is_warned").is_null())
    assert set(lost["activity"]) == {"i03", "i04"}
    assert set(lost.filter(pl.col("activity") == "i03")["reason"]) == {"no_complexity"}
    assert set(lost.filter(pl.col("activity") == "i04")["reason"]) == {"no_signal"}
    assert lost.filter(pl.col("activity") == "i04")["year"].to_list() == [2013, 2016]


JOBS, SIGNS = planted()
ROWS = JOBS.filter(pl.col("year") == 2010).drop("year")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: warn(price=None), "none_of"),
        (lambda: warn(presence="much"), "no_choice"),
        (lambda: warn(window=0), "out_of_bounds"),
        (lambda: warn(window=40), "no_year_before"),
        (
            lambda: duplication_warnings(
                JOBS, "jobs", pl.concat([SIGNS, SIGNS[:1]]), price="price"
            ),
            "stands_twice",
        ),
        (
            lambda: duplication_warnings(
                JOBS, "jobs", SIGNS.with_columns(price=0.0), price="price"
            ),
            "value_too_low",
        ),
        (
            lambda: structural_similarity(
                ROWS.filter(pl.col("place") == "p00"), "jobs", industry="activity"
            ),
            "too_few",
        ),
        (lambda: plan_overlap(ROWS.filter(pl.col("place") == "p00")), "too_few"),
        (lambda: plan_overlap(pl.concat([ROWS, ROWS])), "stands_twice"),
        (lambda: similarity([[1, -1]]), "out_of_bounds"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.where
    assert caught.value.try_next


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"no column '?rank"):
        warn(complexity="rank")


def test_only_those_who_entered_are_counted_as_gone() -> None:
    """Three enter in 2 and one of them leaves by 3; so does one who was there before, who is no
    entrant that failed."""
    there = {"a": (2,), "b": (2, 3), "c": (2, 3), "e": (1, 2)}
    rows = [(p, "x", t, 1.0) for p, years in there.items() for t in years] + [
        (p, "y", t, 1.0) for p in "abce" for t in (1, 2, 3)
    ]
    signs = pl.DataFrame(
        [("x", t, 0.0, 4.0 - t) for t in (1, 2, 3)],
        ["activity", "year", "complexity", "price"],
        orient="row",
    )
    jobs = pl.DataFrame(rows, ["place", "activity", "year", "jobs"], orient="row")
    found = duplication_warnings(
        jobs, "jobs", signs, price="price", window=1, horizon=1, presence="value"
    )
    then = found.table.filter(pl.col("activity") == "x", pl.col("year") == 2).row(0, named=True)
    assert (then["entrants_count"], then["later_exit_share"]) == (3, pytest.approx(1 / 3))


@pytest.mark.parametrize(
    ("count", "said"), [(5, "p0, p1, p2, p3, p4"), (6, "p0, p1, p2, p3, p4, …"), (0, "")]
)
def test_of_what_two_plans_share_five_are_named(count: int, said: str) -> None:
    rows = [(place, f"p{k}") for place in ("a", "b") for k in range(count)] + [
        ("a", "q1"),
        ("b", "q2"),
    ]
    found = plan_overlap(pl.DataFrame(rows, ["place", "activity"], orient="row"))
    assert found.pairs.select("shared_count", "shared_activities").row(0) == (count, said)


def test_places_with_nothing_in_common_are_alike_by_nothing_and_not_by_less() -> None:
    """Shares that add up to a rounding more than 1 must not make a similarity below 0, which is no
    weight of a link."""
    random = np.random.default_rng(0)
    table = np.kron(np.eye(2), np.ones((40, 150))) * random.gamma(0.5, 1.0, (80, 300))
    found = similarity(table)
    apart = found.finger_kreinin[:40, 40:]
    assert apart.min() == 0 and apart.max() < 1e-12 and found.krugman.max() == 2
    assert found.weighted_jaccard.min() >= 0 and found.weighted_jaccard.max() <= 1
    rows = [(f"p{p:02}", f"i{i:03}") for p, i in zip(*np.nonzero(table[::8]), strict=True)]
    plans = plan_overlap(pl.DataFrame(rows, ["place", "activity"], orient="row")).pairs
    assert 0 <= plans["weighted_jaccard_share"].to_numpy().min() < 1e-12


def rush(**changed: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Three of six places enter each of x and y from 2000 to 2001; one has left x by 2002, and
    nobody enters z."""
    rows = [(f"p{k}", "z", t, 1.0) for k in range(6) for t in (2000, 2001, 2002)]
    rows += [(f"p{k}", "y", t, 1.0) for k in range(3) for t in (2001, 2002)]
    rows += [(f"p{k}", "x", t, 1.0) for k in range(3) for t in (2001, 2002) if (k, t) != (0, 2002)]
    told = {"x": 1.0, "y": 2.0, "z": 3.0}
    price = {2000: 10.0, 2001: changed.get("price", 8.0), 2002: 12.0}
    signs = [
        (name, t, level, price[t], changed.get("demand", 0.1))
        for name, level in told.items()
        for t in price
    ]
    jobs = pl.DataFrame(rows, ["place", "activity", "year", "jobs"], orient="row")
    return jobs, pl.DataFrame(
        signs, ["activity", "year", "complexity", "price", "demand"], orient="row"
    )


def rushed(crowded: float = 0.5, simple: float = 0.5, **changed: float) -> DuplicationWarnings:
    jobs, signs = rush(**changed)
    how = {"presence": "value", "window": 1, "horizon": 1, "crowded": crowded, "simple": simple}
    return duplication_warnings(jobs, "jobs", signs, price="price", demand="demand", **how)


def test_what_stands_at_a_threshold() -> None:
    then = pl.col("year") == 2001
    found = rushed().table.filter(then)
    # three entrants are the median of 3, 3 and 0, and y is as complex as the median: both are
    # within
    assert found.filter("is_crowded")["activity"].to_list() == ["x", "y"]
    assert found.filter("is_warned")["activity"].to_list() == ["x", "y"]
    assert found.filter(activity="x").select("entrants_share", "later_exit_share").row(0) == (
        0.5,
        pytest.approx(1 / 3),
    )
    assert found["later_price_change_log"].to_list() == pytest.approx([np.log(12 / 8)] * 3)
    assert not rushed(price=10.0, demand=0.0).table.filter(then)["is_falling"].any(), (
        "as before is not falling"
    )
    assert rushed(price=10.0, demand=-0.1).table.filter(then)["is_falling"].all()
    assert rushed(price=9.0, demand=0.0).table.filter(then)["is_falling"].all()


def test_the_record_is_of_entries() -> None:
    record = {row["group"]: row for row in rushed().record.to_dicts()}
    assert record["all"]["cases_count"] == 2, "z has no entrant, and 2002 none at all"
    assert record["all"]["exit_share"] == pytest.approx((1 / 3 + 0) / 2)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (ROWS.filter(pl.col("place") == "p00"), "too_few"),
        (JOBS.filter(pl.col("place") == "p00"), "too_few"),
        (JOBS.drop("jobs"), "needs"),
        (ROWS.select("place", "activity", price=1.0), "needs"),
        (ROWS.select("place", "activity").head(1), "too_few"),
        (ROWS.with_columns(jobs=0.0), "nothing_above_zero"),
        (ROWS.with_columns(jobs=pl.when(pl.col("place") != "p00").then("jobs")), "value_missing"),
    ],
)
def test_bad_tables_are_refused(frame: pl.DataFrame, code: str) -> None:
    value = "jobs" if "jobs" in frame.columns else None
    with pytest.raises(InputError) as error:
        duplication(frame, industry="activity", value=value)
    assert error.value.code == code


def test_signals_belong_to_an_industry_and_windows_to_years() -> None:
    rows = JOBS.join(SIGNS, on=["activity", "year"])
    columns = {"industry": "activity", "value": "jobs"}
    torn = rows.with_columns(price=pl.when(pl.col("place") == "p00").then(1.0).otherwise("price"))
    for frame, window, code in ((torn, 3, "several_values"), (rows, 40, "no_year_before")):
        with pytest.raises(InputError) as error:
            duplication(frame, **columns, window=window)
        assert error.value.code == code
