"""New combinations: by hand, a plain count by sets and dense cosines, order, years that can't tell,
bad input named."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.networks.contribution_profile.new_combinations import new_combinations


def drawn(seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    chance = 1 / np.arange(1, 26)
    rows = [
        (f"w{w:03d}", f"t{t:02d}", 2000 + w // 20)
        for w in range(240)
        for t in rng.choice(25, rng.integers(1, 5), replace=False, p=chance / chance.sum())
    ]
    return pl.DataFrame(rows, schema=["work", "term", "year"], orient="row")


def plainly(
    frame: pl.DataFrame, past: int, ahead: int, reused: int
) -> dict[str, tuple[int, float]]:
    """New pairs and score of each work, by sets and a dense matrix."""
    terms = sorted(set(frame["term"].to_list()))
    works = {
        w: (rows["year"][0], sorted(rows["term"].to_list()))
        for (w,), rows in frame.group_by("work")
    }
    born = {t: min(year for year, held in works.values() if t in held) for t in terms}
    when: dict[tuple[str, str], list[int]] = {}
    for year, held in works.values():
        for pair in combinations(held, 2):
            when.setdefault(pair, []).append(year)
    found = {}
    for name, (year, held) in works.items():
        joint = np.zeros((len(terms), len(terms)))
        for other, its in works.values():
            if year - past <= other < year:
                for a, b in combinations(its, 2):
                    joint[terms.index(a), terms.index(b)] += 1
                    joint[terms.index(b), terms.index(a)] += 1
        count, score = 0, 0.0
        for a, b in combinations(held, 2):
            again = sum(1 for other in when[a, b] if 1 <= other - year <= ahead)
            if min(when[a, b]) == year and max(born[a], born[b]) < year and again >= reused:
                x, y = joint[terms.index(a)], joint[terms.index(b)]
                length = np.linalg.norm(x) * np.linalg.norm(y)
                count, score = count + 1, score + 1 - (x @ y / length if length else 0)
        found[name] = (count, score)
    return found


@pytest.mark.parametrize(("past", "ahead", "reused"), [(3, 3, 1), (2, 4, 0), (1, 2, 2)])
def test_as_counted_by_sets(past: int, ahead: int, reused: int) -> None:
    frame = drawn()
    found = new_combinations(frame, past=past, ahead=ahead, reused=reused).table.drop_nulls(
        "is_new"
    )
    expected = plainly(frame, past, ahead, reused)
    assert found["new_pair_count"].to_list() == [expected[w][0] for w in found["work"]]
    assert found["novelty_score"].to_list() == pytest.approx(
        [expected[w][1] for w in found["work"]]
    )
    assert found["new_pair_count"].sum() >= 5
    years = set(found["year"].to_list())
    assert (min(years), max(years)) == (2000 + past, 2011 - (ahead if reused else 0))


def test_a_planted_bridge_is_far_and_found() -> None:
    """Two fields that never meet; one work joins them, and is taken up."""
    rng = np.random.default_rng(1)
    rows = [
        (f"w{w}", f"{'ab'[w % 2]}{t}", 2000 + w % 8)
        for w in range(400)
        for t in rng.choice(5, 3, replace=False)
    ]
    rows += [
        ("bridge", "a0", 2004),
        ("bridge", "b0", 2004),
        ("later", "a0", 2005),
        ("later", "b0", 2005),
    ]
    found = new_combinations(pl.DataFrame(rows, schema=["work", "term", "year"], orient="row"))
    assert found.table.filter(pl.col("is_new"))["work"].to_list() == ["bridge"]
    assert found.pairs.row(0) == (2004, "a0", "b0", 1.0, 1, 1)


def test_order_does_not_matter_and_the_ends_say_why() -> None:
    frame = drawn(2)
    found = new_combinations(frame)
    assert new_combinations(frame.sample(fraction=1, shuffle=True, seed=3)).table.equals(
        found.table
    )
    ends = found.table.filter(pl.col("is_new").is_null())
    assert set(ends["reason"]) == {"too_early", "too_late"}
    assert (
        found.table.drop_nulls("is_new")["reason"].null_count() == found.table.height - ends.height
    )
    short = new_combinations(frame.filter(pl.col("year") == 2000)).table
    assert short["is_new"].null_count() == short.height > 0


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError) as wrong:
        new_combinations(drawn(), past=0)
    assert wrong.value.code == "out_of_bounds" and wrong.value.values["parameter"].value == "past"
    with pytest.raises(InputError, match=r"no column '?term"):
        new_combinations(drawn().drop("term"))
