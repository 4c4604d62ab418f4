"""Weak links: planted choke points are found and no others; the chips hang on what they hang on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pytest
from benchmarks.chains.chips import chip_tables
from economies import code_of
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.chains import (
    articulation_points,
    herfindahl,
    herfindahl_bounds,
    need_graph,
    weak_links,
)
from firstlight.instruments.chains.choke_points.concentration_bounds import largest_bounds
from firstlight.measurement import measurement
from firstlight.result import Result

PROVIDERS = ("input", "provider", "country", "share", "minor")


def needs_table(rows: Sequence[tuple[str, str, str | None]]) -> pl.DataFrame:
    schema = {"input": pl.String, "product": pl.String, "alternative": pl.String}
    return pl.DataFrame(rows, schema, orient="row")


def provider_table(rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    types = (pl.String, pl.String, pl.String, pl.Float64, pl.String)
    return pl.DataFrame(rows, dict(zip(PROVIDERS, types, strict=True)), orient="row")


def sample_result() -> Result:
    declared = measurement("weak_links")
    return declared.function(**declared.sample_call())


# --- a made-up chain in which choke points are planted


class Planted:
    """A layered chain in which every input has a substitute or several sources, but for those that
    were planted."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.needs: list[tuple[str, str, str | None]] = []
        self.rows: list[tuple[Any, ...]] = []
        self.firm = 0
        steps = [f"step {k}" for k in range(6)]
        self.needs += [(steps[k], steps[k + 1], None) for k in range(5)]
        plain = [f"part {k:02d}" for k in range(24)]
        for part in plain:
            self.needs.append((part, steps[rng.integers(6)], None))
            self._sources(part, countries=rng.permutation(6)[:4].tolist())
        for k in range(4):  # parts of one provider each, which take one another's place
            product = steps[rng.integers(6)]
            for side in ("a", "b"):
                self.needs.append((f"spare {k}{side}", product, f"group {k}"))
                self._sources(f"spare {k}{side}", [2 * k + (side == "b")], firms=1, block="spare ")
        self.one_provider = [f"choke {k}" for k in range(3)]
        self.one_country = [f"strait {k}" for k in range(3)]
        self.two_providers = [f"duo {k}" for k in range(3)]
        for name in (*self.one_provider, *self.one_country, *self.two_providers):
            self.needs.append((name, steps[rng.integers(6)], None))
        for k, name in enumerate(self.one_provider):
            self._sources(name, [k], firms=1, block="only ")
        for k, name in enumerate(self.one_country):
            self._sources(name, [k], firms=4, block="narrow ")
        self.pairs = set[frozenset[str]]()
        for k, name in enumerate(self.two_providers):
            first = self.firm
            self._sources(name, [2 * k, 2 * k + 1], firms=1, block="pair ")
            self.pairs.add(frozenset({f"firm {first}", f"firm {first + 1}"}))

    def _sources(
        self, name: str, countries: Sequence[int], firms: int = 1, block: str = "land "
    ) -> None:
        share = 1.0 / (len(countries) * firms)
        for country in countries:
            for _ in range(firms):
                self.rows.append((name, f"firm {self.firm}", f"{block}{country}", share, None))
                self.firm += 1

    def result(self, **options: Any) -> Result:
        return weak_links(
            needs_table(self.needs),
            providers=provider_table(self.rows),
            finals=["step 5"],
            **options,
        )


@pytest.mark.parametrize("seed", range(4))
def test_planted_choke_points_are_found_and_none_invented(seed: int) -> None:
    planted = Planted(seed)
    result = planted.result()
    table = result.table
    found = {
        standing: sorted(table.filter(pl.col("standing") == standing)["input"])
        for standing in ("one_provider", "one_country", "replaceable")
    }
    assert found["one_provider"] == planted.one_provider
    assert found["one_country"] == planted.one_country
    assert len(found["replaceable"]) == 8
    # the three of one provider come before those of one country, and these before all others
    assert sorted(table["input"][:6]) == sorted([*planted.one_provider, *planted.one_country])
    single = result.tables["removals"].filter(pl.col("finals_stopped_count") > 0)
    firms = set(single.filter(pl.col("kind") == "provider")["name"])
    only = {row[1] for row in planted.rows if row[0] in planted.one_provider}
    assert firms == only
    cuts = result.tables["cuts"].filter(pl.col("members_count") == 2)
    of_firms = cuts.filter((pl.col("kind") == "provider") & (pl.col("other_kind") == "provider"))
    spare = {
        frozenset(row[1] for row in planted.rows if row[0].startswith(f"spare {k}"))
        for k in range(4)
    }
    pairs = {frozenset(row) for row in of_firms.select("name", "other_name").iter_rows()}
    assert pairs == planted.pairs | spare


def brute_force_stops(needs: Sequence[tuple[str, str, str | None]], gone: set[str]) -> set[str]:
    """What stops, by sets alone, until nothing changes."""
    groups: dict[tuple[str, str], set[str]] = {}
    for each, product, group in needs:
        groups.setdefault((product, group or f"={each}"), set()).add(each)
    stopped = set(gone)
    while True:
        more = {product for (product, _), own in groups.items() if own <= stopped} - stopped
        if not more:
            return stopped
        stopped |= more


NODES = st.sampled_from("abcdefgh")
NEEDS = st.lists(
    st.tuples(NODES, NODES, st.sampled_from([None, None, "x", "y"])),
    min_size=1,
    max_size=16,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=60, deadline=None)
@given(NEEDS, st.data())
def test_what_stops_is_what_sets_say_even_around_cycles(
    needs: list[tuple[str, str, str | None]], data: st.DataObject
) -> None:
    graph = need_graph(needs)
    for size in (1, 2):
        for gone in list(combinations(graph.names, size))[:10]:
            is_gone = np.array([name in gone for name in graph.names])
            first = np.where(is_gone, 0.0, np.inf)
            time = graph.until_stop(first[:, None], np.zeros(len(first)))
            stopped = {name for name, at in zip(graph.names, time[:, 0], strict=True) if at == 0}
            assert stopped == brute_force_stops(needs, set(gone))
            left = graph.capacity(1.0 - np.isfinite(first)[:, None].astype(float))
            assert {n for n, c in zip(graph.names, left[:, 0], strict=True) if c == 0} == stopped


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25))
def test_articulation_points_and_cycles_are_those_of_networkx(links: list[tuple[int, int]]) -> None:
    graph = nx.Graph([pair for pair in links if pair[0] != pair[1]])
    found = np.flatnonzero(articulation_points(10, links)).tolist()
    assert found == sorted(nx.articulation_points(graph))
    if links:
        needs = need_graph([(str(a), str(b), None) for a, b in set(links)])
        directed = nx.DiGraph([(str(a), str(b)) for a, b in links])
        strong = [
            tuple(sorted(own))
            for own in nx.strongly_connected_components(directed)
            if len(own) > 1 or directed.has_edge(*list(own) * 2)
        ]
        assert sorted(needs.cycles) == sorted(strong)


def test_stocks_carry_a_product_until_the_last_alternative_is_used_up() -> None:
    graph = need_graph(
        [
            ("ore", "steel", "m"),
            ("scrap", "steel", "m"),
            ("steel", "car", None),
            ("glass", "car", None),
        ]
    )
    assert graph.names == ("car", "glass", "ore", "scrap", "steel")
    first = np.array([[np.inf, np.inf], [np.inf, 0.0], [0.0, 0.0], [0.0, np.inf], [np.inf, np.inf]])
    time = graph.until_stop(first, [9.0, 5.0, 1.0, 4.0, 2.0])
    # two months of steel after the four of scrap; five of glass while scrap makes steel
    assert time[:, 0].tolist() == [6.0, np.inf, 0.0, 0.0, 4.0]
    assert time[:, 1].tolist() == [5.0, 0.0, 0.0, np.inf, np.inf]


# --- concentration


def test_concentration_of_known_shares_has_no_interval() -> None:
    assert herfindahl([1.0]) == 10_000.0
    assert herfindahl_bounds([0.5, 0.3, 0.2], [0, 0, 0], 0.0) == pytest.approx((3800.0, 3800.0))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
    st.lists(st.booleans(), min_size=5, max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_bounds_hold_whatever_the_missing_shares_are(
    weights: list[float], missing: list[bool], seed: int
) -> None:
    base = np.array(weights) + 1e-3
    shares = base / base.sum()
    is_missing = np.array(missing[: len(shares)])
    known = np.where(is_missing, 0.0, shares)
    rest = float(1.0 - known.sum()) if is_missing.any() else 0.0
    room = np.where(is_missing, rest, 0.0)
    low, high = herfindahl_bounds(known, room, rest)
    assert low - 1e-6 <= herfindahl(shares) <= high + 1e-6
    least, most = largest_bounds(known, room, rest)
    assert least - 1e-9 <= shares.max() <= most + 1e-9
    # and no way to fill in what is missing is beyond them
    draw = np.random.default_rng(seed).dirichlet(np.ones(max(int(is_missing.sum()), 1)))
    if is_missing.any():
        filled = known.copy()
        filled[is_missing] = rest * draw
        assert low - 1e-6 <= herfindahl(filled) <= high + 1e-6


def test_firms_without_shares_share_what_their_country_holds() -> None:
    rows = [
        ("lens", None, "A", 0.8, None),
        ("lens", None, "B", 0.2, None),
        ("lens", "one", "A", None, None),
        ("lens", "two", "A", None, None),
        ("lens", "three", "B", None, None),
    ]
    needs = needs_table([("lens", "camera", None)])
    row = weak_links(needs, providers=provider_table(rows)).table.row(0, named=True)
    assert row["country_hhi_low"] == row["country_hhi_high"] == pytest.approx(6800.0)
    assert row["provider_hhi_low"] == pytest.approx(2 * 1600.0 + 400.0)
    assert row["provider_hhi_high"] == pytest.approx(6800.0)
    assert (row["top_provider_low_share"], row["top_provider_high_share"]) == (0.4, 0.8)
    open_row = weak_links(needs, providers=provider_table(rows), listing="partial").table.row(
        0, named=True
    )
    assert open_row["provider_hhi_low"] == 0.0


def test_a_minor_provider_takes_nobodys_place() -> None:
    rows = [("lens", "large", "A", None, None), ("lens", "small", "B", None, "minor")]
    needs = needs_table([("lens", "camera", None)])
    table = weak_links(needs, providers=provider_table(rows), minor_share=0.05).table
    row = table.row(0, named=True)
    assert row["standing"] == "one_provider"
    assert row["top_provider"] == "large"
    assert row["minor_count"] == 1
    assert row["exposure_share"] == pytest.approx(0.95)


def test_several_may_go_at_once() -> None:
    rows = [("lens", firm, "A", 0.25, None) for firm in "wxyz"]
    needs = needs_table([("lens", "camera", None)])
    three = weak_links(needs, providers=provider_table(rows), gone=["w", "x", "y"], by="provider")
    told = {given.code: given.values for given in three.said}
    assert told["at_once"]["stopped"].value == 0
    four = weak_links(needs, providers=provider_table(rows), gone=list("wxyz"), by="provider")
    assert {given.code: given.values for given in four.said}["at_once"]["stopped"].value == 1


def test_a_cycle_is_named_and_its_members_stop_together() -> None:
    needs = needs_table([("a", "b", None), ("b", "a", None), ("b", "c", None)])
    result = weak_links(needs)
    cycle = next(given for given in result.said if given.code == "cycle")
    assert [name.value for name in cycle.values["names"].value] == ["a", "b"]
    counts = dict(result.table.select("input", "steps_stopped_count").iter_rows())
    assert counts == {"a": 2, "b": 2}


def test_the_sample_hangs_on_its_lens() -> None:
    result = sample_result()
    first = result.said[0]
    assert first.code == "hangs_one_provider_placed"
    assert (first.values["stopped"].value, first.values["steps"].value) == (5, 7)
    ovens = result.table.filter(pl.col("input").str.contains("oven"))
    assert ovens["substitute_depth"].to_list() == [1, 1]
    assert ovens["exposure_share"].to_list() == [0.0, 0.0]


def test_every_fault_has_its_code() -> None:
    needs = needs_table([("lens", "camera", None)])

    def with_rows(*rows: tuple[Any, ...]) -> str:
        return code_of(lambda: weak_links(needs, providers=provider_table(rows)))

    assert with_rows(("lens", "a", "A", 0.8, None), ("lens", "b", "A", 0.4, None)) == (
        "shares_above_one"
    )
    assert with_rows(("lens", None, "A", 0.3, None), ("lens", "b", "A", 0.6, None)) == (
        "firms_above_country"
    )
    assert with_rows(("lens", None, None, None, None)) == "names_nobody"
    assert with_rows(("mirror", "a", "A", None, None)) == "no_input_known"
    stocks = pl.DataFrame({"input": ["mirror"], "months": [1.0]})
    assert code_of(lambda: weak_links(needs, stocks=stocks)) == "no_such_input"
    assert code_of(lambda: weak_links(needs, finals=["mirror"])) == "no_such_input"
    assert code_of(lambda: weak_links(needs, gone=["mirror"])) == "nothing_to_remove"
    circle = needs_table([("a", "b", None), ("b", "a", None)])
    assert code_of(lambda: weak_links(circle)) == "no_final"


# --- stops and pairs, of planted chains and of the chips


def stops_as_in_networkx(result: Result, needs: pl.DataFrame) -> None:
    """Without alternatives, what stops is what can be reached; the others are left out."""
    graph = nx.DiGraph(list(needs.select("input", "product").iter_rows()))
    spare = set(needs.drop_nulls("alternative")["input"])
    counts = dict(result.table.select("input", "steps_stopped_count").iter_rows())
    for name in graph.nodes:
        if not graph.succ[name] or name in spare or spare & nx.descendants(graph, name):
            continue
        assert counts[name] == len(nx.descendants(graph, name))
    held = set(result.table.filter(pl.col("is_articulation"))["input"])
    cut = set(nx.articulation_points(graph.to_undirected()))
    assert held == {name for name in cut if graph.succ[name]}


def first_pair_by_name(needs: pl.DataFrame, providers: pl.DataFrame, **options: Any) -> Result:
    """All inputs, countries and providers are taken away two by two; a pair that does more does the
    same if it is taken away by name."""
    tried = list[tuple[int, int]]()
    result = weak_links(
        needs, providers=providers, progress=lambda *counts: tried.append(counts), **options
    )
    names = set(needs["input"]), set(providers["country"]), set(providers["provider"])
    size = sum(len(own - {None}) for own in names)
    assert tried[-1] == (size * (size - 1) // 2, size * (size - 1) // 2)
    pair = result.tables["pairs"].row(0, named=True)
    gone = [pair["name"], pair["other_name"]]
    both = weak_links(needs, providers=providers, gone=gone, pairs=False, **options)
    told = {given.code: given.values for given in both.said}["at_once"]
    assert told["stopped"].value == pair["steps_stopped_count"]
    return result


@pytest.mark.parametrize("seed", range(2))
def test_stops_and_pairs_of_a_planted_chain(seed: int) -> None:
    planted = Planted(seed)
    needs, providers = needs_table(planted.needs), provider_table(planted.rows)
    stops_as_in_networkx(first_pair_by_name(needs, providers, finals=["step 5"]), needs)


def test_the_chips_hang_on_what_experts_name(shared: Path) -> None:
    """Herfindahl by provider country, recomputed from the shares by hand: 10,000 for one country;
    96% + 2% + ... for software."""
    needs, providers = chip_tables(shared / "data/chips")
    chips = first_pair_by_name(needs, providers)
    stops_as_in_networkx(chips, needs)
    first = chips.table.row(0, named=True)
    assert (first["input"], first["standing"]) == ("EUV scanners", "one_provider")
    assert (first["providers_count"], first["finals_stopped_share"]) == (1, 1.0)
    assert chips.said[0].code == "hangs_one_provider_placed"
    by_input = {row["input"]: row for row in chips.table.iter_rows(named=True)}
    assert by_input["Electronic design automation software"]["rank"] <= 10
    for name, hhi in (
        ("EUV scanners", 10_000.0),
        ("Crystal growing furnaces", 10_000.0),
        ("Electronic design automation software", 9_228.0),
    ):
        own = by_input[name]
        assert (own["country_hhi_low"], own["country_hhi_high"]) == pytest.approx((hhi, hhi))
    # what is not known is not invented: photoresists have no shares
    resists = by_input["Photoresists"]
    assert resists["country_hhi_low"] < 5000.0 < resists["country_hhi_high"]
    bounds = chips.table.drop_nulls("country_hhi_low")
    assert (bounds["country_hhi_low"] <= bounds["country_hhi_high"] + 1e-6).all()
    assert (bounds["country_hhi_high"] <= 10_000.0).all()
