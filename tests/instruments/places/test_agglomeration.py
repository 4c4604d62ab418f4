"""Ellison-Glaeser and Maurel-Sédillot: published value, dartboards, planted clusters, identities."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.places.industry_concentration.agglomeration import (
    agglomeration,
    agglomeration_index,
    index_from_herfindahl,
)
from firstlight.instruments.places.industry_concentration.concentration_measures import (
    concentration_measures,
)
from firstlight.places import concentration
from firstlight.texts import Code, List, Name, message, names

X = np.array([0.3, 0.25, 0.2, 0.1, 0.1, 0.05])


def firms() -> pl.DataFrame:
    """Ten firms of Farhauer and Kröll (2014), as in REAT's documentation of its agglomeration
    index."""
    return pl.DataFrame(
        {
            "place": ["Wien"] * 5 + ["Linz"] * 4 + ["Graz"],
            "industry": ["cars"] * 10,
            "jobs": [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000],
            "all_jobs": [500_000] * 5 + [400_000] * 4 + [100_000],
        }
    )


def test_published_value_of_farhauer_and_kroell() -> None:
    found = agglomeration(firms(), "jobs", place_total="all_jobs")
    assert found["ellison_glaeser_index"][0] == pytest.approx(0.05990628, abs=5e-9)
    assert found["plant_herfindahl_index"][0] == pytest.approx(0.2450, abs=5e-4)


def test_published_values_of_pysal() -> None:
    """Both indices from an industry's Herfindahl; without one PySAL takes each worker as a plant,
    and so does a count per plant."""
    folder = Path(__file__).parents[2] / "reference"
    held = json.loads((folder / "pysal_inequality.json").read_text(encoding="utf-8"))
    one, two = held["industries"], held["groups"]
    for table, herfindahl, name, expected in (
        (one["employment"], None, "ellison_glaeser", one["ellison_glaeser_workers"]),
        (one["employment"], None, "maurel_sedillot", one["maurel_sedillot_workers"]),
        (
            one["employment"],
            one["herfindahl"],
            "ellison_glaeser",
            one["ellison_glaeser_herfindahl"],
        ),
        (
            one["employment"],
            one["herfindahl_rounded"],
            "maurel_sedillot",
            one["maurel_sedillot_herfindahl_rounded"],
        ),
        (two["people"], None, "ellison_glaeser", two["ellison_glaeser"]),
        (two["people"], None, "maurel_sedillot", two["maurel_sedillot"]),
    ):
        x = np.array(table, dtype=float)
        h = 1 / x.sum(axis=0) if herfindahl is None else np.array(herfindahl)
        found = [
            getattr(index_from_herfindahl(x[:, k], x.sum(axis=1), h[k]), name)
            for k in range(x.shape[1])
        ]
        assert found == pytest.approx(
            expected, abs=1e-7
        )  # a Herfindahl of eight digits moves it so far
        if herfindahl is None:
            places = np.arange(x.shape[0])
            plants = [
                agglomeration_index(np.ones(int(n)), np.repeat(places, own), x.sum(axis=1))
                for n, own in zip(x.sum(axis=0), x.T.astype(int), strict=True)
            ]
            assert [getattr(each, name) for each in plants] == pytest.approx(expected, abs=5e-9)
    x = np.array(two["people"], dtype=float).sum(axis=0)[:, None]
    shape = concentration_measures(x, np.ones(x.shape[0]))
    assert (shape.hoover[0], shape.gini[0]) == pytest.approx(
        (two["hoover"], two["gini"]), abs=1e-15
    )


def test_a_dartboard_gives_zero_with_the_variance_of_the_source() -> None:
    rng = np.random.default_rng(11)
    sizes = rng.lognormal(3, 1, 60)
    drawn = [agglomeration_index(sizes, rng.choice(6, 60, p=X), X) for _ in range(4000)]
    for name in ("ellison_glaeser", "maurel_sedillot"):
        values = np.array([getattr(each, name) for each in drawn])
        assert abs(values.mean()) < 4 * values.std() / 4000**0.5
    z = np.array([each.z for each in drawn])
    assert z.mean() == pytest.approx(0, abs=0.07)
    assert z.std() == pytest.approx(1, abs=0.07)


def test_a_planted_cluster_comes_back() -> None:
    """Each pair of plants goes together with chance gamma: the model of which the index is the
    estimate."""
    rng = np.random.default_rng(2)
    values = []
    for _ in range(1500):
        at = rng.choice(6, 40, p=X)
        follows = rng.random(40) < 0.4**0.5  # two plants follow the same leader with chance 0.4
        at[follows] = rng.choice(6, p=X)
        found = agglomeration_index(np.ones(40), at, X)
        values.append((found.ellison_glaeser, found.maurel_sedillot))
    assert np.mean(values, axis=0) == pytest.approx([0.4, 0.4], abs=0.03)


def test_order_and_units_do_not_matter_and_equal_plants_may_share_a_row() -> None:
    rng = np.random.default_rng(4)
    sizes, at = rng.lognormal(0, 1, 30), rng.choice(6, 30, p=X)
    one = agglomeration_index(sizes, at, X)
    order, new = rng.permutation(30), rng.permutation(6)
    other = agglomeration_index(1e12 * sizes[order], new[at[order]], X[np.argsort(new)] * 1e-9)
    assert list(vars(other).values()) == pytest.approx(list(vars(one).values()), rel=1e-9)
    counts = rng.integers(1, 5, 30)
    by_row = agglomeration_index(sizes * counts, at, X, counts)
    by_plant = agglomeration_index(np.repeat(sizes, counts), np.repeat(at, counts), X)
    assert list(vars(by_row).values()) == pytest.approx(list(vars(by_plant).values()))


def test_frames_in_any_order_and_reasons() -> None:
    rows = pl.concat([firms(), firms().with_columns(industry=pl.lit("steel"))[3:4]])
    found = [
        agglomeration(rows.sample(fraction=1, shuffle=True, seed=k), "jobs", place_total="all_jobs")
        for k in (1, 2)
    ]
    assert found[0].equals(found[1])
    assert found[0]["reason"].to_list() == [None, "one_plant"]
    assert found[0]["ellison_glaeser_index"][1] is None
    firm = pl.int_range(pl.len()).cast(pl.String)
    result = concentration(rows.with_columns(firm=firm), value="jobs", plant="firm")
    said = {given.code: given.values for given in result.said}
    assert said["clustered"]["industry"] == Name("cars")
    assert said["no_index"]["industries"] == names(["steel"])
    assert said["no_index"]["reasons"] == List((Code("codes.reason.one_plant"),))
    lone = agglomeration(firms().with_columns(place=pl.lit("Wien")), "jobs")
    assert lone["reason"].to_list() == ["one_place"]


def test_the_textbook_table(reference: Path) -> None:
    rows = pl.read_csv(reference / "data/places/FK2014_EGC.csv").with_columns(
        pl.col("region").cast(pl.String)
    )
    found = agglomeration(rows, "emp_firm", place="region", place_total="emp_region")
    x = np.array([360, 108, 132]) / 600
    for name, index in found.select("industry", "ellison_glaeser_index").rows():
        own = rows.filter(pl.col("industry") == name)
        z = own["emp_firm"].to_numpy() / own["emp_firm"].sum()
        s = np.array([z[own["region"].to_numpy() == place].sum() for place in "123"])
        k, h = 1 - (x**2).sum(), (z**2).sum()
        assert index == pytest.approx((((s - x) ** 2).sum() - k * h) / (k * (1 - h)))


ROWS = firms()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (
            lambda: agglomeration(ROWS.with_columns(jobs=pl.lit(None, pl.Float64)), "jobs"),
            "value_missing",
        ),
        (lambda: agglomeration(ROWS.with_columns(jobs=-1), "jobs"), "value_too_low"),
        (lambda: agglomeration(ROWS.with_columns(n=0), "jobs", plants="n"), "value_too_low"),
        (lambda: agglomeration(ROWS, "jobs", place_total="jobs"), "several_values"),
        (lambda: agglomeration_index([1, 2], [0, 3], [1, 1]), "out_of_bounds"),
        (lambda: agglomeration_index([1, np.inf], [0, 1], [1, 1]), "not_between"),
        (lambda: agglomeration_index([], [], [1, 1]), "too_few"),
        (lambda: agglomeration_index([1], [0], [1, -1]), "out_of_bounds"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.where
    assert caught.value.try_next


def test_a_herfindahl_says_what_its_plants_say() -> None:
    rng = np.random.default_rng(3)
    rows = pl.DataFrame(
        {
            "place": [f"p{k % 7}" for k in range(90)],
            "industry": [f"i{k % 4}" for k in range(90)],
            "jobs": rng.integers(1, 400, 90).astype(float),
        }
    )
    by_plant = agglomeration(rows, "jobs")
    h = dict(by_plant.select("industry", "plant_herfindahl_index").iter_rows())
    told = rows.group_by("place", "industry", maintain_order=True).agg(pl.col("jobs").sum())
    told = told.with_columns(h=pl.col("industry").replace_strict(h, return_dtype=pl.Float64))
    found = agglomeration(told, "jobs", herfindahl="h")
    for name in ("ellison_glaeser_index", "maurel_sedillot_index", "raw_index"):
        assert found[name].to_list() == pytest.approx(by_plant[name].to_list(), abs=1e-12)
    assert found["p_value"].null_count() == found["plants_count"].null_count() == 4
    result = concentration(told, value="jobs", plant_herfindahl="h")
    assert message("by_herfindahl") in result.conventions
    assert "surely" not in [given.code for given in result.said]
    for bad, says in (
        (told.with_columns(h=pl.lit(1.5)), "1.5"),
        (
            told.with_row_index("n").with_columns(h=0.1 + pl.col("n") * 0.01),
            "i0 has several values",
        ),
    ):
        with pytest.raises(InputError, match=says):
            agglomeration(bad, "jobs", herfindahl="h")
    with pytest.raises(InputError) as wrong:
        agglomeration(told, "jobs", plants="h", herfindahl="h")
    assert wrong.value.code == "excludes"
    with pytest.raises(InputError) as wrong:
        index_from_herfindahl([1, 0], [1, 1], 0.0)
    assert wrong.value.code == "not_between"
