"""Disruption: 1, 0 and -1 as the papers draw them, a dense count by sets, intervals that hold, bad
input named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.contribution_profile.citation_links import read_citations
from firstlight.instruments.networks.contribution_profile.disruption import (
    disruption,
    disruption_counts,
    disruption_interval,
)

YEARS = {"r1": 1990, "r2": 1991, "f": 2000, "x": 2001, "y": 2002, "z": 2003, "late": 2020}


def drawn(links: list[tuple[str, str]], horizon: int | None = 5) -> dict[str, object]:
    works = pl.DataFrame({"work": list(YEARS), "year": list(YEARS.values())})
    frame = pl.DataFrame(links, schema=["citing", "cited"], orient="row")
    return disruption(works, frame, horizon=horizon).row(
        by_predicate=pl.col("work") == "f", named=True
    )


BUILT = [("f", "r1"), ("f", "r2")]


@pytest.mark.parametrize(
    ("links", "index"),
    [
        ([("x", "f"), ("y", "f"), ("z", "f")], 1.0),  # all cite it alone
        (
            [("x", "f"), ("x", "r1"), ("y", "f"), ("y", "r2"), ("z", "f"), ("z", "r1")],
            -1.0,
        ),  # all cite what it builds on too
        ([("x", "f"), ("y", "f"), ("y", "r1")], 0.0),  # one each
        ([("x", "r1"), ("y", "r2")], 0.0),  # its references alone
        ([("x", "f"), ("y", "r1"), ("z", "f"), ("z", "r2")], 0.0),
        ([("x", "f"), ("y", "f"), ("z", "r1")], 2 / 3),
    ],
)
def test_as_the_papers_draw_it(links: list[tuple[str, str]], index: float) -> None:
    assert drawn(BUILT + links)["disruption_index"] == pytest.approx(index)


def test_published_graph_of_cdindex() -> None:
    """Eleven works and thirteen citations of the tests of cdindex (Funk), with the program's values
    within five years.

    One convention differs: to works without references, 0 to 3, the program gives 1, ours nothing.
    """
    years = [1992, 1992, 1993, 1993, 1995, 1997, 1998, 1999, 1999, 1998, 1997]
    cites = {4: (0, 1, 2, 3), 5: (2,), 6: (2, 4), 7: (4,), 8: (4,), 9: (1, 3, 4), 10: (4,)}
    works = pl.DataFrame({"work": [str(i) for i in range(11)], "year": years})
    links = pl.DataFrame(
        [(str(i), str(j)) for i in cites for j in cites[i]],
        schema=["citing", "cited"],
        orient="row",
    )
    table = disruption(works, links, horizon=None).sort(pl.col("work").cast(int))
    four = table.row(4, named=True)
    assert [four[f"{name}_count"] for name in ("only_focal", "both", "only_references")] == [
        3,
        2,
        1,
    ]
    program = [
        0.16666666666666666,
        0,
        0,
        None,
        None,
        0,
        0,
    ]  # of 4 to 10; None where nothing is younger
    assert table["disruption_index"].to_list() == [None] * 4 + [
        each and pytest.approx(each) for each in program
    ]
    assert table["reason"].to_list()[:4] == ["no_references"] * 4
    assert "no_references" not in table["reason"].to_list()[4:]


def by_sets(cites: np.ndarray, years: np.ndarray, first: int, horizon: int | None) -> np.ndarray:
    found = np.zeros((3, len(years)), dtype=int)
    for f in range(len(years)):
        references = {int(r) for r in np.flatnonzero(cites[f]) if r != f}
        for w in range(len(years)):
            lag = years[w] - years[f]
            if w == f or lag < first or (horizon is not None and lag > horizon):
                continue
            its = {int(r) for r in np.flatnonzero(cites[w]) if r != w}
            to_focal, to_references = f in its, bool(its & references)
            kind = {(True, False): 0, (True, True): 1, (False, True): 2}.get(
                (to_focal, to_references)
            )
            if kind is not None:
                found[kind, f] += 1
    return found


@pytest.mark.parametrize(("first", "horizon"), [(1, 5), (0, 3), (1, None), (0, None), (2, 2)])
def test_as_counted_by_sets(first: int, horizon: int | None) -> None:
    rng = np.random.default_rng(first)
    years = rng.integers(2000, 2010, 60)
    cites = (rng.random((60, 80)) < 0.06).astype(int)
    found = np.stack(
        disruption_counts(sparse.csr_array(cites), years, first=first, horizon=horizon)
    )
    assert (found == by_sets(cites, years, first, horizon)).all()
    assert found.sum(axis=1).min() > 0


def test_the_order_of_works_and_links_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    works = pl.DataFrame(
        {"work": [f"w{k}" for k in range(200)], "year": rng.integers(2000, 2012, 200)}
    )
    links = pl.DataFrame(
        {side: [f"w{k}" for k in rng.integers(0, 230, 2000)] for side in ("citing", "cited")}
    )
    one = disruption(works, links)
    two = disruption(
        works.sample(fraction=1, shuffle=True, seed=1),
        links.sample(fraction=1, shuffle=True, seed=2),
    )
    assert one.equals(two)
    known = one.drop_nulls("disruption_index")
    assert known["disruption_index"].is_between(-1, 1).all()
    assert (known["disruption_low"] <= known["disruption_index"]).all()
    assert (known["disruption_index"] <= known["disruption_high"]).all()
    undated = links.filter(~pl.col("citing").is_in(works["work"].to_list())).unique().height
    assert undated > 0 and read_citations(works, links).undated_count == undated


def test_no_index_says_why() -> None:
    assert drawn([("x", "f")])["reason"] == "no_references"
    assert drawn(BUILT)["reason"] == "not_cited"
    assert drawn([*BUILT, ("x", "f")], horizon=50)["reason"] == "window_open"
    assert drawn([*BUILT, ("x", "f")])["reason"] is None
    assert drawn([*BUILT, ("x", "f")], horizon=50)["disruption_index"] is None
    assert drawn([*BUILT, ("x", "r1")])["disruption_no_k_index"] is None


@pytest.mark.parametrize("shares", [(0.5, 0.2, 0.3), (0.1, 0.05, 0.85), (0.02, 0.6, 0.38)])
@pytest.mark.parametrize("size", [10, 60])
def test_intervals_hold_the_truth(shares: tuple[float, float, float], size: int) -> None:
    draws = np.random.default_rng(0).multinomial(size, shares, 4000)
    low, high = disruption_interval(*draws.T)
    truth = shares[0] - shares[1]
    assert 0.93 <= float(((low <= truth) & (truth <= high)).mean()) <= 0.995


def test_published_intervals() -> None:
    """Newcombe's table III where three of the four cells are filled: the shares of one sample that
    the index compares."""
    folder = Path(__file__).parents[2] / "reference"
    rows = json.loads((folder / "newcombe_1998.json").read_text(encoding="utf-8"))["rows"]
    f, g, other, low, high = (
        np.array([row[key] for row in rows]) for key in ("f", "g", "other", "low", "high")
    )
    found = disruption_interval(f, g, other)
    assert found[0] == pytest.approx(low, abs=5e-5) and found[1] == pytest.approx(high, abs=5e-5)
    swapped = disruption_interval(g, f, other)
    assert swapped[0] == pytest.approx(-found[1]) and swapped[1] == pytest.approx(-found[0])


def test_intervals_at_the_ends_are_not_empty() -> None:
    low, high = disruption_interval([10, 0, 0], [0, 10, 0], [0, 0, 10])
    assert high[0] == 1 and low[1] == -1 and low[0] < 0.75 and high[1] > -0.75
    assert low[2] == pytest.approx(-high[2]) and high[2] > 0.1
    assert np.isnan(disruption_interval(0, 0, 0)[0])


def test_bad_input_is_named() -> None:
    works, links = (
        pl.DataFrame({"work": ["a", "a"], "year": [1, 2]}),
        pl.DataFrame({"citing": ["a"], "cited": ["b"]}),
    )
    with pytest.raises(InputError) as wrong:
        disruption(works, links)
    assert wrong.value.code == "several_values" and wrong.value.values["name"].value == "a"
    with pytest.raises(InputError) as wrong:
        disruption(works.clear(), links)
    assert wrong.value.code == "no_rows" and wrong.value.values["table"].value == "works"
    with pytest.raises(InputError) as wrong:
        disruption(works, links, level=95)
    assert wrong.value.code == "bad_level"
    with pytest.raises(InputError) as wrong:
        disruption_counts(np.zeros((2, 2)), [1, 2], first=3, horizon=2)
    assert (
        wrong.value.code == "out_of_bounds"
        and wrong.value.values["parameter"].value == "horizon"
        and wrong.value.values["low"].value == "3"
    )
    with pytest.raises(InputError) as wrong:
        disruption_counts(np.zeros((2, 1)), [1, 2])
    assert (
        wrong.value.code == "wrong_shape"
        and wrong.value.values["parameter"].value == "cites, years"
    )


def test_a_window_that_ends_with_the_record_is_over() -> None:
    works = pl.DataFrame({"work": ["r", "f", "x"], "year": [1999, 2000, 2002]})
    links = pl.DataFrame({"citing": ["f", "x"], "cited": ["r", "f"]})
    index = [
        disruption(works, links, horizon=years).filter(work="f")["disruption_index"].item()
        for years in (2, 3)
    ]
    assert index == [1.0, None]
