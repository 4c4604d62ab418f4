"""Clusters: planted ones come back, chance is called chance, stages, neighbours, order and bad
input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from firstlight.errors import InputError
from firstlight.instruments.places.industry_clusters.place_clusters import place_clusters
from firstlight.instruments.places.industry_communities import (
    _joined,
    chance_of_communities,
    industry_communities,
    locational_relatedness,
    symmetric_quotients,
)
from firstlight.places import clusters
from firstlight.texts import Count, Message, Name, Year

GROUP = np.repeat([0, 1, 2], 4)  # of 12 industries


def planted(seed: int, places: int = 30, strength: float = 5.0) -> np.ndarray:
    """Place p specialises in the industries of group p mod 3, ``strength`` times over."""
    rng = np.random.default_rng(seed)
    mean = rng.gamma(4, 20, places)[:, None] * rng.gamma(4, 0.3, 12)[None, :]
    mean = mean * np.where(GROUP[None, :] == np.arange(places)[:, None] % 3, strength, 1)
    return rng.poisson(mean * rng.gamma(3, 1 / 3, mean.shape)).astype(float) + 1


def long(x: np.ndarray, **extra: int) -> pl.DataFrame:
    rows = [(f"p{p:02}", f"i{i:02}", x[p, i]) for p in range(x.shape[0]) for i in range(x.shape[1])]
    return pl.DataFrame(rows, schema=["place", "industry", "jobs"], orient="row").with_columns(
        **{k: pl.lit(v) for k, v in extra.items()}
    )


@pytest.mark.parametrize("seed", range(5))
def test_planted_clusters_come_back(seed: int) -> None:
    x = planted(seed)
    found = place_clusters(long(x), "jobs", draws=19)
    labels = found.industries["cluster"].fill_null("alone").to_list()
    assert adjusted_rand_score(GROUP, labels) == 1
    assert found.p_value == pytest.approx(0.05)
    assert found.industries.select(
        (pl.col("within_relatedness") > pl.col("beyond_relatedness")).all()
    ).item()
    # Every place is a cluster of its own group, and of no other.
    of_group = dict(zip(labels, GROUP.tolist(), strict=True))
    there = [
        (int(p[1:]) % 3, of_group[c])
        for p, c in found.table.filter("is_cluster").select("place", "cluster").rows()
    ]
    assert np.mean([place == cluster for place, cluster in there]) > 0.95
    assert len(there) >= 28
    said = clusters(long(x), value="jobs", draws=19).said
    assert [given.code for given in said] == ["communities", "strongest", "together"]
    assert said[0].values["kinds"] == Count(3)
    assert said[0].values["count"] == Count(len(there))
    best = found.table.filter("is_cluster").sort("cluster_quotient").row(-1, named=True)
    assert said[1].values["place"] == Name(best["place"])
    assert said[2].values["p"].value == pytest.approx(0.05)


@pytest.mark.slow
def test_without_co_location_communities_are_called_chance() -> None:
    p = np.array(
        [
            place_clusters(long(planted(seed, strength=1.0)), "jobs", draws=19, seed=seed).p_value
            for seed in range(60)
        ]
    )
    # Exchangeable columns but for the shares that add up to 1; a test at 10% should reject about 6
    # of 60.
    assert (p <= 0.1).mean() < 0.25
    result = clusters(long(planted(3, strength=1.0)), value="jobs")
    assert "by_chance" in [given.code for given in result.said]


def test_relatedness_is_a_correlation_and_modularity_as_written_out() -> None:
    folded = symmetric_quotients(planted(1))
    r = locational_relatedness(folded)
    assert r == pytest.approx(np.corrcoef(folded.T))
    found = industry_communities(r)
    a = np.maximum(r, 0) * (1 - np.eye(12))
    k, total = a.sum(axis=1), a.sum()
    q = sum(
        (a[i, j] - k[i] * k[j] / total) / total
        for i in range(12)
        for j in range(12)
        if found.labels[i] == found.labels[j]
    )
    assert found.modularity == pytest.approx(q)
    order = np.random.default_rng(3).permutation(12)
    again = industry_communities(r[np.ix_(order, order)])
    assert adjusted_rand_score(found.labels[order], again.labels) == 1


def test_relatedness_from_the_caller_rules() -> None:
    pairs = np.kron(np.eye(6), np.ones((2, 2)))
    found = place_clusters(long(planted(2)), "jobs", relatedness=pairs)
    assert found.industries["cluster"].n_unique() == 6
    assert np.isnan(found.p_value)
    alone = place_clusters(long(planted(2)), "jobs", relatedness=np.eye(12))
    assert alone.industries["cluster"].null_count() in (0, 12)


def test_quotients_add_up_and_units_and_order_do_not_matter() -> None:
    x = planted(4)
    rows = long(x)
    one = place_clusters(rows, "jobs", draws=19)
    other = place_clusters(rows.sample(fraction=1, shuffle=True, seed=5), "jobs", draws=19)
    assert one.table.equals(other.table)
    scaled = place_clusters(rows.with_columns(jobs=1e-9 * pl.col("jobs")), "jobs", draws=19)
    assert scaled.table["cluster_quotient"].to_numpy() == pytest.approx(
        one.table["cluster_quotient"].to_numpy()
    )
    by_place = (
        one.table.group_by("place")
        .agg(pl.col("value").sum(), pl.col("place_share").sum())
        .sort("place")
    )
    assert by_place["value"].to_numpy() == pytest.approx(x.sum(axis=1))
    assert by_place["place_share"].to_numpy() == pytest.approx(np.ones(30))
    assert one.table.group_by("cluster").agg(pl.col("cluster_share").sum())[
        "cluster_share"
    ].to_numpy() == pytest.approx([1, 1, 1])


def test_stages_as_planted() -> None:
    x = planted(6, places=33)
    later = x.copy()
    group0 = GROUP == 0
    later[0, group0] *= 3.0  # place 0 had the cluster and grows by a third a year and more
    later[3, group0] *= 0.5  # place 3 had it and shrinks
    later[1, group0] = 20 * x[1, group0] + 500  # place 1 did not have it
    later[6, group0] = 1.0  # place 6 loses it
    both = pl.concat([long(x, year=2010), long(later, year=2014)])
    found = place_clusters(both, "jobs", year="year", draws=0)
    of = {
        industry: cluster
        for industry, cluster in found.industries.select("industry", "cluster").rows()
    }
    stages = {
        p: s
        for p, s in found.table.filter(pl.col("cluster") == of["i00"])
        .select("place", "stage")
        .rows()
    }
    assert [stages[p] for p in ("p00", "p03", "p01", "p06")] == [
        "growing",
        "declining",
        "emerging",
        "declining",
    ]
    assert stages["p09"] in ("mature", "declining")  # its growth is 0, that of everything above
    assert stages["p02"] is None
    result = clusters(both, value="jobs", draws=0)
    said = {given.code: given.values for given in result.said}
    counts = {code: Count(found.table.filter(stage=code).height) for code in said["stages"]}
    assert said["stages"] == counts
    gone = found.table.filter(~pl.col("is_cluster"), stage="declining")
    assert "p06" in gone["place"]
    assert said["gone"]["count"] == Count(gone.height)
    years = {given.code: given.values for given in result.conventions}["stages"]
    assert (years["first"], years["last"]) == (Year(2010), Year(2014))
    row = found.table.filter((pl.col("cluster") == of["i00"]) & (pl.col("place") == "p03"))
    assert row["growth_share"][0] == pytest.approx(0.5**0.25 - 1, abs=1e-9)


def test_distinctive_and_complementary() -> None:
    # Two industries related to each other and two others; a and b share a cluster, d has what c
    # lacks.
    x = {
        "a": [50, 50, 5, 5, 5, 5],
        "b": [50, 50, 5, 5, 5, 5],
        "c": [5, 5, 60, 60, 0, 0],
        "d": [5, 5, 0, 0, 60, 60],
        "e": [20, 20, 10, 10, 10, 10],
    }
    rows = pl.DataFrame(
        [(p, f"i{k}", float(v)) for p, row in x.items() for k, v in enumerate(row)],
        schema=["place", "industry", "jobs"],
        orient="row",
    )
    relatedness = np.array(
        [[1.0 if (i < 2) == (j < 2) else 0.0 for j in range(6)] for i in range(6)]
    )
    found = place_clusters(
        rows, "jobs", relatedness=relatedness, neighbours=[("a", "b"), ("c", "d"), ("a", "c")]
    )
    of = {
        (p, c): row for row in found.table.to_dicts() for p, c in [(row["place"], row["cluster"])]
    }
    big = next(c for c in found.industries["cluster"].unique() if c not in (None, "i0, i1"))
    c = of["c", big]
    assert (c["is_cluster"], c["complement_share"], c["is_complementary"], c["overlap_share"]) == (
        True,
        1.0,
        True,
        0.0,
    )
    a = of["a", "i0, i1"]
    assert a["is_cluster"]
    assert a["complement_share"] is None  # it lacks nothing
    assert a["neighbour_quotient"] == pytest.approx(
        (110 / 240) / (260 / found.table["value"].sum()), rel=0.2
    )
    assert of["e", big]["reason"] == "no_neighbour"
    assert of["c", big]["reason"] is None
    assert of["e", big]["neighbour_quotient"] is None


ROWS = long(planted(1))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: place_clusters(ROWS, "jobs", relatedness=np.eye(3)), "wrong_shape"),
        (
            lambda: place_clusters(ROWS, "jobs", relatedness=np.triu(np.ones((12, 12)))),
            "not_symmetric",
        ),
        (
            lambda: place_clusters(ROWS, "jobs", neighbours=[("p00", "nowhere")]),
            "unknown_name",
        ),
        (lambda: place_clusters(ROWS, "jobs", margin=-1.0), "out_of_bounds"),
        (
            lambda: place_clusters(ROWS.filter(pl.col("industry") == "i00"), "jobs"),
            "too_few",
        ),
        (lambda: place_clusters(ROWS.with_columns(jobs=-1.0), "jobs"), "value_too_low"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.where
    assert caught.value.try_next


def test_one_place_and_alike_everywhere() -> None:
    alike = place_clusters(long(np.outer([1.0, 2, 3], np.arange(1.0, 5))), "jobs", draws=0)
    assert not alike.table["is_cluster"].any() if alike.table.height else True
    one = place_clusters(long(np.ones((1, 3))), "jobs", draws=0)
    assert one.industries.height == 3


def test_a_higher_resolution_cuts_finer_and_says_so() -> None:
    """Two halves, each of two pairs: one cut or the other by the resolution; below all relatedness
    all is one."""
    r = np.kron(np.eye(4), np.full((2, 2), 0.6)) + np.kron(np.eye(2), np.full((4, 4), 0.3)) + 0.1
    cuts = {g: industry_communities(r, resolution=g) for g in (0.05, 0.2, 0.6, 1.1)}
    assert {g: int(cut.labels.max()) + 1 for g, cut in cuts.items()} == {
        0.05: 1,
        0.2: 2,
        0.6: 4,
        1.1: 8,
    }
    for g, cut in cuts.items():
        same = (cut.labels[:, None] == cut.labels[None, :]) & ~np.eye(8, dtype=bool)
        best = max(
            ((r - g) * ((other.labels[:, None] == other.labels) & ~np.eye(8, dtype=bool))).sum()
            for other in cuts.values()
        )
        assert ((r - g) * same).sum() == pytest.approx(best)
    result = clusters(long(planted(0)), value="jobs", draws=19, resolution=0.3)
    assert "by_resolution" in [given.code for given in result.conventions]
    assert result.said[2].values["p"].value == pytest.approx(0.05)
    alone = place_clusters(long(planted(0)), "jobs", draws=0, resolution=2.0)
    assert alone.table.height == 0 and alone.names == ()
    none = clusters(long(planted(0)), value="jobs", draws=0, resolution=1)
    assert none.said == (Message("none", {}),) and none.table.height == 0
    with pytest.raises(InputError) as wrong:
        place_clusters(long(planted(0)), "jobs", resolution=float("inf"))
    assert wrong.value.code == "out_of_bounds" and wrong.value.values["value"].value == "inf"


def test_no_move_and_no_union_would_do_better() -> None:
    """At the end neither moving an industry nor joining two communities raises modularity."""
    rng = np.random.default_rng(4)
    r = np.corrcoef(rng.normal(size=(14, 9)))
    a = np.maximum(r, 0)
    np.fill_diagonal(a, 0)
    a /= a.sum()
    b = a - np.outer(a.sum(axis=0), a.sum(axis=0))
    labels = industry_communities(r).labels

    def quality(cut: np.ndarray) -> float:
        return float((b * (cut[:, None] == cut[None, :])).sum())

    best = quality(labels)
    assert industry_communities(r).modularity == pytest.approx(best)
    for i in range(14):
        for g in range(labels.max() + 1):
            assert quality(np.where(np.arange(14) == i, g, labels)) <= best + 1e-9
    for g in range(labels.max() + 1):
        for h in range(g):
            assert quality(np.where(labels == g, h, labels)) <= best + 1e-9


def joined_by_definition(gain: np.ndarray) -> list[frozenset[int]]:
    """Unions of the pair that gains most, looked for among all pairs again and again."""
    groups = [frozenset({i}) for i in range(len(gain))]
    while True:
        worth = {
            (i, j): sum(gain[a, b] for a in groups[i] for b in groups[j])
            for i in range(len(groups))
            for j in range(i + 1, len(groups))
        }
        best = max(worth.values(), default=0)
        if best <= 0:
            return sorted(groups, key=min)
        one, other = min(pair for pair, gained in worth.items() if gained == best)
        groups[one] |= groups.pop(other)


def test_unions_are_those_of_a_search_among_all_pairs() -> None:
    """Whole numbers, so that gains are often equal and sums exact: the first pair is joined."""
    rng = np.random.default_rng(11)
    for _ in range(60):
        gain = rng.integers(-4, 4, (13, 13)).astype(float)
        gain += gain.T
        labels = _joined(gain)
        found = [frozenset(np.flatnonzero(labels == g).tolist()) for g in np.unique(labels)]
        assert sorted(found, key=min) == joined_by_definition(gain)


def test_a_place_that_is_dealt_nothing_is_no_error() -> None:
    """Two blocks with nothing in common: shuffled, a place can be left without anything."""
    found = place_clusters(long(np.kron(np.eye(2), np.full((2, 2), 9.0))), "jobs", draws=19)
    assert 0 < found.p_value <= 1 and found.table["is_cluster"].sum() == 4


def test_chance_of_small_places_is_no_co_location() -> None:
    """Counts of one structure in places of very different sizes: chance throws the quotients of the
    small ones far."""

    def p_value(seed: int) -> float:
        rng = np.random.default_rng([9, seed])
        x = rng.poisson(
            2 * np.exp(rng.normal(0, 1.5, 30))[:, None] * np.exp(rng.normal(0, 1, 10))
        ) + 1.0 * (np.arange(10) == 0)
        found = industry_communities(locational_relatedness(symmetric_quotients(x)))
        return chance_of_communities(x, found.contrast, 19, seed)

    p = np.array([p_value(seed) for seed in range(60)])
    assert (p <= 0.1).mean() <= 0.2  # shuffled among all places: 0.65 and more


def test_places_of_a_kind_that_stand_together_are_dealt_apart() -> None:
    """Places of the same size, sorted by what they do: shuffling within a kind would change
    nothing."""
    x = np.kron(np.eye(3), np.full((4, 4), 40.0)) + 10
    found = industry_communities(locational_relatedness(symmetric_quotients(x)))
    assert chance_of_communities(x, found.contrast, 39, 0) == pytest.approx(0.025)


def test_growth_is_a_year_and_beyond_that_of_everything() -> None:
    x = planted(7)
    found = place_clusters(
        pl.concat([long(x, year=2010), long(2 * x, year=2014)]), "jobs", year="year", draws=0
    )
    assert found.table["growth_share"].to_numpy() == pytest.approx(
        np.full(found.table.height, 2**0.25 - 1)
    )
    assert found.table["relative_growth_share"].to_numpy() == pytest.approx(
        np.zeros(found.table.height), abs=1e-12
    )
    assert set(found.table["stage"].drop_nulls()) == {"mature"}


SITES = pl.DataFrame({"place": [f"p{k:02}" for k in range(30)]}).with_columns(
    latitude=pl.int_range(30) / 10.0, longitude=pl.lit(8.0)
)


@pytest.mark.parametrize(
    ("frame", "options", "code"),
    [
        (ROWS.filter(pl.col("industry") == "i00"), {}, "too_few"),
        (ROWS.with_columns(jobs=-1.0), {}, "wrong_sign"),
        (ROWS.with_columns(neighbours=pl.lit("Nowhere")), {}, "unknown_name"),
        (ROWS, {"within_km": 100.0}, "needs"),
        (ROWS.join(SITES.head(29), on="place", how="left"), {"within_km": 100.0}, "value_missing"),
        (ROWS.join(SITES, on="place"), {"resolution": float("nan")}, "out_of_bounds"),
    ],
)
def test_bad_tables_are_refused(frame: pl.DataFrame, options: dict[str, float], code: str) -> None:
    with pytest.raises(InputError) as error:
        clusters(frame, value="jobs", draws=0, **options)
    assert error.value.code == code


def test_what_is_drawn_is_a_map_where_places_have_spots() -> None:
    with_spots = clusters(ROWS.join(SITES, on="place"), value="jobs", draws=0)
    assert [chart.kind for chart in with_spots.charts] == ["map", "map"]
    strongest = with_spots.tables["strongest"]
    assert strongest["y"].to_list() == SITES["latitude"].to_list()
    assert with_spots.tables["largest"]["cluster"].n_unique() == 3
    plain = clusters(ROWS, value="jobs", draws=0)
    assert [chart.kind for chart in plain.charts] == ["network"]
    assert plain.tables["nodes"]["industry"].to_list() == [f"i{k:02}" for k in range(12)]
