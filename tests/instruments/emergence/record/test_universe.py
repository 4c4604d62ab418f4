"""The universe by hand: who is in it, how early each was named, and who is compared with it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.record.universe import (
    Passed,
    leads,
    matched_controls,
    universe,
    universe_table,
    wilson,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

YEARS = np.arange(2005, 2017)


def made(rows: dict[str, list[float]], total: float = 10_000) -> YearlyCounts:
    cells = sparse.csr_matrix(np.array([*rows.values()], dtype=float))
    totals = np.full((1, len(YEARS)), total)
    return YearlyCounts(2016, tuple(rows), YEARS, cells, totals)


def series(**at: float) -> list[float]:
    return [at.get(f"y{year}", 0.0) for year in YEARS]


@pytest.fixture
def counts() -> YearlyCounts:
    return made(
        {
            "soared": [0, 0, 0, 0, 1, 2, 4, 6, 9, 11, 20, 30],
            "always large": [50.0] * 12,
            "exactly the line": [*[0.0] * 11, 10],
            "from just below": [4.9, 5, *[5.0] * 4, 11, 11, 11, 11, 11, 11],
            "once": series(y2012=30),
        }
    )


def test_who_is_in_the_universe(counts: YearlyCounts) -> None:
    passed = universe(counts, range(2010, 2017))
    # "from just below" had .049% in 2005, but .05% from 2006 on, and reached .11% in 2011 only.
    assert passed.names == ("once", "soared")
    assert passed.years.tolist() == [2012, 2014]
    early = made({"from just below": [4.9, *[5.0] * 4, 11, *[11.0] * 6]})
    assert universe(early, range(2010, 2017)).years.tolist() == [2010]


def test_only_outcome_years_make_it(counts: YearlyCounts) -> None:
    assert universe(counts, [2015, 2016]).names == ("soared",)
    with pytest.raises(InputError):
        universe(counts, [2007])


def test_a_stratum_that_joins_makes_no_universe() -> None:
    old, new = np.zeros(12), np.where(YEARS >= 2014, 30.0, 0)
    cells = sparse.csr_matrix(np.concatenate([old, new])[None])
    totals = np.vstack([np.full(12, 1_000.0), np.where(YEARS >= 2014, 1_000.0, 0)])
    counts = YearlyCounts(2016, ("of the new venue",), YEARS, cells, totals, ("old", "new"))
    assert universe(counts, range(2010, 2017)).names == ()


PASSED = Passed(np.arange(4), ("a", "b", "c", "d"), np.array([2014, 2014, 2013, 2011]))
LISTED = {
    2010: {"a": 500, "b": 80, "c": 101},
    2011: {"a": 90, "b": 20, "c": 300, "d": 1},
    2012: {"a": 3, "b": 150, "c": 120},
    2013: {"a": 1, "c": 2},
}


def test_when_each_was_first_named() -> None:
    table = universe_table(PASSED, LISTED)
    assert table["first_listed_year"].to_list() == [2011, 2010, None, None]
    assert table["lead_years"].to_list() == [3, 4, None, None]
    # c was second only once it was large; d was named in the year in which it became large.
    assert table["best_rank"].to_list() == [1, 20, 101, None]


def test_leads_by_hand() -> None:
    table = leads("universe", PASSED, LISTED)
    rows = {row["measure"]: row for row in table.iter_rows(named=True)}
    # No forecast was made two years before d became large.
    assert [rows[name]["universe_count"] for name in rows] == [4, 3, 3, 2]
    assert rows["share_one_year"]["value"] == pytest.approx(2 / 4)
    assert rows["share_two_years"]["value"] == pytest.approx(2 / 3)
    assert rows["share_three_years"]["value"] == pytest.approx(2 / 3)
    assert rows["median_lead"]["value"] == pytest.approx(3.5)
    assert rows["median_lead"]["low"] >= 3 and rows["median_lead"]["high"] <= 4
    assert (rows["share_one_year"]["low"], rows["share_one_year"]["high"]) == wilson(2, 4)


def test_no_forecast_gives_no_lead() -> None:
    table = leads("universe", PASSED, {})
    assert table["value"].null_count() == 4
    assert table["universe_count"].to_list() == [0, 0, 0, 0]
    assert universe_table(PASSED, {})["best_rank"].null_count() == 4


def test_wilson_against_published_values() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    assert wilson(81, 263, 0.95) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148, 0.95) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20, 0.95) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29, 0.95) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_controls_are_as_large_and_as_old() -> None:
    rng = np.random.default_rng(4)
    rows = {f"other {row:03d}": rng.poisson(rng.gamma(1, 3), 12).tolist() for row in range(300)}
    rows["grew"] = [0, 0, 0, 1, 3, 4, 4, 5, 6, 8, 14, 30]
    counts = made(rows)
    passed = universe(counts, range(2012, 2017), small=0.00045)
    assert "grew" in passed.names
    controls = matched_controls(counts, passed, controls=3)
    assert not set(controls.names) & set(passed.names)
    assert len(controls.names) == 3 * len(passed.names)
    year = int(passed.years[passed.names.index("grew")]) - 3
    documents = counts.documents_of((year - 1, year))
    mine = documents[counts.names.index("grew")]
    near = documents[controls.rows[controls.years == year + 3]]
    assert np.abs(np.log1p(near[:3]) - np.log1p(mine)).max() < 1.0


def test_controls_are_the_same_in_any_order_of_rows() -> None:
    rng = np.random.default_rng(9)
    rows = {f"n{row:03d}": rng.poisson(1, 12).tolist() for row in range(60)}
    rows["grew"] = [*[0] * 10, 14, 30]
    counts = made(rows)
    order = rng.permutation(len(counts.names))
    shuffled = counts.take(order)
    one = matched_controls(counts, universe(counts, [2015, 2016]))
    other = matched_controls(shuffled, universe(shuffled, [2015, 2016]))
    assert one.names == other.names
    assert one.years.tolist() == other.years.tolist()


def test_nothing_to_match_gives_no_controls(counts: YearlyCounts) -> None:
    alone = counts.take(np.array([0]))
    passed = universe(alone, range(2010, 2017))
    assert matched_controls(alone, passed).names == ()
