"""Roles of persons: worked by hand, by what chance gives, and what can't be told."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.networks.role_profiles.role_profiles import TALENT_ROLES, work_roles
from firstlight.networks import talent_roles
from firstlight.numerics.share_intervals import wilson

SAMPLE: Any = TALENT_ROLES.sample_call()["frame"]


def _works(*works: tuple[str, int]) -> pl.DataFrame:
    """A row for each letter of each work."""
    rows = [
        (f"w{n}", person, year, float(place))
        for n, (team, year) in enumerate(works)
        for place, person in enumerate(team, 1)
    ]
    return pl.DataFrame(rows, schema=["work", "person", "year", "position"], orient="row")


def _of(found: pl.DataFrame, role: str) -> dict[tuple[str, str], tuple[int, float]]:
    own = found.filter(role=role)
    return {(w, p): (had, e) for w, p, _, had, e in own.iter_rows()}


def test_originators_stand_first_and_chance_is_one_over_the_team() -> None:
    found = _of(work_roles(_works(("ab", 2000), ("bca", 2001), ("a", 2002))), "originator")
    assert found["w0", "a"] == (1, 0.5)
    assert found["w1", "b"] == (1, 1 / 3)
    assert found["w1", "a"] == (0, 1 / 3)
    assert ("w2", "a") not in found  # nobody to stand before
    # in each work the expected shares add up to the one who stands first
    table = work_roles(_works(("ab", 2000), ("bca", 2001))).filter(role="originator")
    sums = table.group_by("work").agg(pl.col("had", "expected_share").sum())
    assert sums["had"].to_list() == sums["expected_share"].to_list() == [1, 1]


def test_mentors_stand_last_behind_a_newcomer() -> None:
    works = _works(("ab", 2000), ("ca", 2010), ("ac", 2010), ("cba", 2010), ("ca", 2020))
    found = _of(work_roles(works), "mentor")
    assert found["w1", "a"] == (1, 1.0)
    assert found["w1", "c"] == (0, 0.0)  # the newcomer itself
    assert found["w2", "c"] == (0, 0.0)  # a newcomer last, nobody new first
    assert found["w3", "a"] == (1, 0.5)
    assert found["w3", "b"] == (0, 0.5)
    assert found["w4", "a"] == (0, 0.0)  # c is no newcomer any longer
    assert ("w0", "b") not in found  # in the first years everybody would be one


def test_bridges_bring_former_partners_together() -> None:
    works = _works(("ab", 2000), ("ac", 2001), ("abc", 2002), ("abc", 2003), ("abd", 2004))
    found = _of(work_roles(works), "bridge")
    had = {key for key, (is_so, _) in found.items() if is_so}
    assert had == {("w2", "a")}  # later b and c know one another; d was nobody's partner
    assert [expected for _, expected in found.values()] == pytest.approx([1 / 9] * 9)


def test_integrators_work_across_fields() -> None:
    rows = {"work": list("uuvv"), "person": list("abac"), "field": ["x; y", "x; y", "x;x", "x"]}
    found = _of(work_roles(pl.DataFrame(rows)), "integrator")
    assert found["u", "a"] == (1, 0.5)
    assert found["v", "a"] == (0, 0.5)


def test_the_sample_shows_what_was_planted() -> None:
    found = talent_roles(SAMPLE)
    above = found.table.filter(side="above").select("person", "role").rows()
    assert {("P01", "originator"), ("P02", "mentor"), ("P03", "integrator")} <= set(above)
    row = found.table.row(by_predicate=(pl.col("person") == "P01") & (pl.col("role") == "mentor"))
    assert row is not None
    assert found.table["person"].is_sorted()  # the order of ids: nobody is ranked
    evidence = found.tables["evidence"].group_by("person", "role").len().sort("person", "role")
    had = found.table.filter(pl.col("role_count") > 0).select("person", "role", "role_count")
    assert evidence.rows() == had.rows()


def test_intervals_are_wilsons() -> None:
    table = talent_roles(SAMPLE, level=0.9).table
    low, high = wilson(table["role_count"].to_numpy(), table["works_count"].to_numpy(), 0.9)
    assert table["role_low_share"].to_numpy() == pytest.approx(low)
    assert table["role_high_share"].to_numpy() == pytest.approx(high)


def test_chance_alone_seldom_makes_an_originator() -> None:
    rng = np.random.default_rng(1)
    team = [rng.permutation(40)[:3] for _ in range(900)]
    rows = [
        (f"w{n}", f"p{p}", float(k + 1)) for n, own in enumerate(team) for k, p in enumerate(own)
    ]
    frame = pl.DataFrame(rows, schema=["work", "person", "position"], orient="row")
    table = talent_roles(frame).table
    assert table.height == 40
    assert table.filter(pl.col("side") != "as_expected").height <= 6  # 2 expected


def test_roles_without_their_columns_are_left_out() -> None:
    found = talent_roles(SAMPLE.drop("year"))
    assert found.tables["left_out"].rows() == [("mentor", "no_year"), ("bridge", "no_year")]
    assert set(found.table["role"]) == {"originator", "integrator"}
    few = talent_roles(SAMPLE, least=1000)
    assert set(few.table["reason"]) == {"few_works"}
    assert few.said[0].code == "nobody_compared"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pl.DataFrame({"work": ["u"], "person": ["a"]}), "no_role"),
        (pl.DataFrame({"work": ["u"], "person": ["a"], "position": [1.0]}), "no_trial"),
    ],
)
def test_errors_say_what_is_wrong(frame: pl.DataFrame, code: str) -> None:
    with pytest.raises(InputError) as raised:
        talent_roles(frame)
    assert raised.value.code == code
