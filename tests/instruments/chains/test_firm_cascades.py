"""Cascades among firms: the authors' own program, networks worked by hand, the limits, loops."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pytest
from test_choke_points import code_of

from firstlight.chains import FirmNetwork, cascades
from firstlight.measurement import measurement

Links = list[tuple[int, int, float]]


def network(
    links: Links,
    industry: Any = None,
    output: Any = None,
    need: Any = 2,
    *,
    is_replaceable: bool = True,
) -> FirmNetwork:
    """Firms numbered from 0, each an industry of its own and selling in the network alone unless
    told otherwise; a need for all links or one for each pair of industries."""
    supplier, user = (np.array([link[side] for link in links], np.intp) for side in (0, 1))
    value = np.array([link[2] for link in links])
    count = len(output) if output is not None else int(max(supplier.max(), user.max())) + 1
    own = np.arange(count) if industry is None else np.array(industry)
    sales = np.bincount(supplier, value, count) if output is None else np.array(output, float)
    kinds = np.full((count, count), need) if np.ndim(need) == 0 else np.array(need)
    codes = kinds[own[supplier], own[user]]
    return FirmNetwork(supplier, user, value, codes, own, sales, is_replaceable)


def test_the_program_of_the_authors() -> None:
    """Six firms, three industries, needs of all kinds, to 12 digits: what the C++ program of Diem
    et al. (fastcascade) gives, as the tests of ESRIcascade.jl 1.1 quote it."""
    flows = [
        [0, 3, 2, 7, 5, 11],
        [4, 0, 9, 1, 8, 6],
        [10, 2, 0, 4, 3, 7],
        [6, 5, 1, 0, 9, 2],
        [8, 3, 6, 10, 0, 4],
        [2, 7, 5, 3, 11, 0],
    ]
    links = [(i, j, float(x)) for i, row in enumerate(flows) for j, x in enumerate(row) if x]
    firms = network(links, [0, 1, 2, 0, 1, 2], need=[[2, 1, 0], [0, 2, 1], [1, 0, 2]])
    levels = firms.levels([[0]]).downstream
    printed = [0.0, 0.6, 0.7894068197483480, 0.0, 0.6111111111111110, 0.8786670560685980]
    assert levels.ravel() == pytest.approx(printed, abs=1e-12)
    assert firms.lost(levels)[0] == pytest.approx(0.50687988214742541, abs=1e-12)


def test_a_chain_by_hand() -> None:
    """a sells 6 to b, of 10; b sells 8 to c, of 8; c sells 20 elsewhere. All needs are essential, so
    that whoever buys of one that stops makes nothing; who sells to it loses that part."""
    firms = network([(0, 1, 6.0), (1, 2, 8.0)], output=[10, 8, 20])
    found = firms.levels([[0], [1], [2]])
    assert found.downstream.T.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert found.upstream.T.ravel() == pytest.approx([0, 1, 1, 0.4, 0, 1, 0.4, 0, 0])
    # 38 of 38; b and c and .6 of a; all of b and c, .6 of a
    expected = [1, (8 + 20 + 6) / 38, (20 + 8 + 6) / 38]
    assert firms.shares([[0], [1], [2]]) == pytest.approx(expected)


def test_a_star_by_hand() -> None:
    """A hub buys 3 of one, 1 of another maker of the same part, and 4 of a service; with linear
    needs it loses what it buys, with essential ones the share of the part."""
    links = [(0, 3, 3.0), (1, 3, 1.0), (2, 3, 4.0)]
    industry, output = [0, 0, 1, 2], [3, 9, 4, 50]
    # the other maker can make up for 3/9 of what the first doesn't deliver: 1/3 is missed
    linear = network(links, industry, output, need=1).levels([[0]]).downstream[3, 0]
    assert linear == pytest.approx(1 - 3 / 8 * 3 / 9)
    essential = network(links, industry, output).levels([[0]]).downstream[3, 0]
    assert essential == pytest.approx(1 - 3 / 4 * 3 / 9)
    # the larger one can't be replaced by the smaller: all that it delivers is missed
    larger = network(links, industry, output).levels([[1]]).downstream[3, 0]
    assert larger == pytest.approx(1 - 1 / 4)
    alone = network(links, industry, output, is_replaceable=False).levels([[0]]).downstream[3, 0]
    assert alone == pytest.approx(1 - 3 / 4)
    nothing = network(links, industry, output, need=0).levels([[0], [1], [2]]).downstream[3]
    assert nothing.tolist() == [1, 1, 1]


def test_a_ring_stops_as_a_whole_but_for_what_goes_elsewhere() -> None:
    """Each of five buys of the one before: downstream all stop; upstream the k-th before the firm
    that stops loses half to the power of k, as half of its output goes elsewhere."""
    links = [(k, (k + 1) % 5, 1.0) for k in range(5)]
    found = network(links, output=[2.0] * 5).levels([[0]])
    assert found.downstream.ravel().tolist() == [0, 0, 0, 0, 0]
    before = [1 - 0.5**k for k in (0, 4, 3, 2, 1)]
    assert found.upstream.ravel() == pytest.approx(before)


def random_links(rng: Any, count: int, chance: float = 0.3) -> Links:
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    links = [(i, j, float(rng.lognormal())) for i, j in pairs if rng.random() < chance]
    return links or [(0, 1, 1.0)]


@pytest.mark.parametrize("seed", range(5))
def test_all_essential_and_irreplaceable_is_reachability(seed: int) -> None:
    rng = np.random.default_rng(seed)
    links = random_links(rng, 12, 0.12)
    firms = network(links)
    graph = nx.DiGraph([link[:2] for link in links])
    count = len(firms.output)
    found = firms.levels([[k] for k in range(count)]).downstream
    for k in range(count):
        stops = {k} | (nx.descendants(graph, k) if k in graph else set())
        assert set(np.flatnonzero(found[:, k] == 0)) == stops
        assert set(np.unique(found[:, k])) <= {0, 1}


@pytest.mark.parametrize("seed", range(5))
def test_all_linear_and_irreplaceable_is_a_linear_system(seed: int) -> None:
    """What is lost of inputs is (I - A)^-1 a over the firms that don't stop, A the shares of
    purchases and a those of the one that does; and so of orders with shares of output."""
    rng = np.random.default_rng(seed)
    links = random_links(rng, 10)
    sales = np.zeros(10)
    flows = np.zeros((10, 10))
    for i, j, value in links:
        flows[i, j] += value
        sales[i] += value
    output = sales + rng.uniform(1, 3, 10)
    # an input from outside the network keeps the system from being singular: it is a firm that
    # buys nothing and never stops
    bought = flows.sum(axis=0) + 1.0
    links += [(10, j, 1.0) for j in range(10)]
    firms = network(links, output=[*output, 10.0], need=1)
    found = firms.levels([[k] for k in range(10)])
    for k in range(10):
        rest = [own for own in range(10) if own != k]
        for shares, levels in (
            ((flows / bought).T, found.downstream),
            (flows / output[:, None], found.upstream),
        ):
            lost = np.linalg.solve(np.eye(9) - shares[np.ix_(rest, rest)], shares[rest, k])
            assert 1 - levels[rest, k] == pytest.approx(lost, abs=1e-8)


def by_loops(
    links: Links, industry: list[int], output: Any, need: Any, stopped: int
) -> tuple[list[float], list[float]]:
    """The definition, firm by firm, with nothing shared: 600 rounds, in which what is left of
    everybody is looked up anew."""
    count = len(output)
    down, up = [1.0] * count, [1.0] * count
    for _ in range(600):
        missed = []
        for j in range(count):
            peers = sum(output[i] * down[i] for i in range(count) if industry[i] == industry[j])
            weight = min(1.0, output[j] / peers) if peers > 0 else 1.0
            missed.append(weight * (1 - down[j]))
        after_down, after_up = [], []
        for i in range(count):
            own = [link for link in links if link[1] == i]
            scarcest = others = 0.0
            for k in set(industry):
                group = [link for link in own if industry[link[0]] == k]
                lost = sum(value * missed[j] for j, _, value in group)
                kind = need[k][industry[i]]
                if kind == 2 and group:
                    scarcest = max(scarcest, lost / sum(value for _, _, value in group))
                elif kind == 1 and group:
                    others += lost / sum(value for _, _, value in own)
            after_down.append(0.0 if i == stopped else 1 - max(scarcest, others))
            orders = sum(value * (1 - up[j]) for maker, j, value in links if maker == i)
            after_up.append(0.0 if i == stopped else 1 - (orders / output[i] if orders else 0.0))
        down, up = after_down, after_up
    return down, up


@pytest.mark.parametrize("seed", range(4))
def test_loops_over_the_definition(seed: int) -> None:
    rng = np.random.default_rng(50 + seed)
    links = random_links(rng, 7, 0.45)
    industry = rng.integers(0, 3, 7).tolist()
    need = rng.integers(0, 3, (3, 3))
    sales = np.bincount([link[0] for link in links], [link[2] for link in links], 7)
    output = sales * 1.2 + 0.1
    firms = network(links, industry, output, need)
    for stopped in range(2):
        found = firms.levels([[stopped]])
        down, up = by_loops(links, industry, output, need, stopped)
        assert found.downstream.ravel() == pytest.approx(down, abs=1e-8)
        assert found.upstream.ravel() == pytest.approx(up, abs=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_what_must_hold_in_any_network(seed: int) -> None:
    """Units don't matter; essential needs cost most, and no replacement does; more stops cost more;
    a stop costs at least the firm's own output."""
    rng = np.random.default_rng(80 + seed)
    links = random_links(rng, 15)
    industry = rng.integers(0, 4, 15).tolist()
    need = rng.integers(0, 3, (4, 4))
    output = np.bincount([a for a, _, _ in links], [x for _, _, x in links], 15) * 1.1
    output += 0.5
    alone = [[k] for k in range(15)]
    firms = network(links, industry, output, need)
    shares = firms.shares(alone)
    scaled = [(i, j, 1e6 * x) for i, j, x in links]
    same = network(scaled, industry, output * 1e6, need).shares(alone)
    assert same == pytest.approx(shares, rel=1e-7)
    strict = network(links, industry, output).shares(alone)
    assert (strict >= shares - 1e-9).all()
    none = network(links, industry, output, need, is_replaceable=False)
    assert (none.shares(alone) >= shares - 1e-9).all()
    two = firms.shares([[0, k] for k in range(15)])
    assert (two >= np.maximum(shares, shares[0]) - 1e-9).all()
    assert (shares >= output / output.sum() - 1e-9).all()


# --- the measurement


def test_the_sample_hangs_on_its_power() -> None:
    """The only source of power, essential for steel and no more than helpful for ore, takes down
    all that need steel."""
    declared = measurement("cascades")
    found = declared.function(**declared.sample_call())
    first = found.table.row(0, named=True)
    assert first["firm"] == "Clear Power"
    stopped = set(found.tables["losses"].filter(lost_own_share=1.0)["firm"])
    assert stopped >= {"North Steel", "South Steel", "Axle Works", "Frame Works", "Blue Cars"}
    losses = found.tables["losses"]
    assert losses["lost_all_share"].sum() == pytest.approx(first["lost_share"], abs=1e-7)
    others = losses.filter((pl.col("cause") != "stopped") & (pl.col("lost_own_share") >= 0.5))
    assert first["hit_count"] == others.height
    assert found.said[0].code == "costs"
    many = found.table.filter(pl.col("lost_share") > 0.1).height
    assert found.said[0].values["count"].value == many
    assert found.said[-1].values["firm"].value == "Blue Cars"
    assert found.table["output_share"].sum() == pytest.approx(1)


def frames() -> dict[str, pl.DataFrame]:
    declared = measurement("cascades")
    given = declared.sample_call()
    numbers = {"value": pl.Float64, "output": pl.Float64}
    return {
        name: own.cast({column: kind for column, kind in numbers.items() if column in own.columns})
        for name, own in given.items()
    }


def test_tables_say_what_arrays_do() -> None:
    """The sample put into arrays by hand gives the same shares, for every firm."""
    given = frames()
    firms = given["firms"].sort("firm")
    at = {name: k for k, name in enumerate(firms["firm"])}
    industries = sorted(set(firms["industry"]))
    own = [industries.index(name) for name in firms["industry"]]
    links = [(at[a], at[b], x) for a, b, x in given["frame"].iter_rows()]
    need = np.full((len(industries),) * 2, 2)
    need[industries.index("cleaning")] = 1
    need[industries.index("power"), industries.index("ore")] = 1
    expected = network(links, own, firms["output"], need).shares([[k] for k in range(len(at))])
    found = dict(cascades(**given).table.select("firm", "lost_share").iter_rows())
    assert [found[name] for name in at] == pytest.approx(expected.tolist(), abs=1e-8)


def test_several_at_once_and_firms_of_no_industry() -> None:
    given = frames()
    both = cascades(**given, gone=["Deep Mine", "Far Mine"])
    assert both.said[0].code == "at_once"
    assert both.tables["losses"].filter(cause="stopped").height == 2
    # without ore there is no steel, and nothing that takes steel
    hit = set(both.tables["losses"].filter(lost_own_share=1.0)["firm"])
    assert {"North Steel", "South Steel", "Red Cars"} <= hit
    some = given["firms"].with_columns(
        industry=pl.when(pl.col("firm") != "Far Mine").then("industry")
    )
    found = cascades(given["frame"], firms=some, needs=given["needs"], production="linear")
    codes = {own.code: own for own in found.said}
    assert codes["no_industry"].values["count"].value == 1
    assert "needs_linear" in [own.code for own in found.conventions]
    bare = cascades(given["frame"], replaceable=False)
    assert bare.said[0].code == "costs_at_most"
    assert [own.code for own in bare.conventions][1:] == [
        *["needs_leontief", "nobody_takes_over", "output_is_sales"]
    ]
    more = pl.DataFrame({"supplier_industry": ["gold"], "user_industry": ["cars"]})
    told = pl.concat([given["needs"], more.with_columns(need=pl.lit("none"))])
    unused = cascades(given["frame"], firms=given["firms"], needs=told)
    assert unused.said[-1].values["names"].value[0].value == "gold"


def test_every_fault_has_its_code() -> None:
    given = frames()
    frame, firms = given["frame"], given["firms"]
    idle = frame.with_columns(value=pl.lit(0.0))
    wrong = given["needs"].with_columns(need=pl.lit("much"))
    small = firms.with_columns(output=pl.lit(1.0))
    assert code_of(lambda: cascades(idle)) == "no_output"
    assert code_of(lambda: cascades(frame, firms=firms, needs=wrong)) == "no_need"
    assert code_of(lambda: cascades(frame, firms=small)) == "output_below_sales"
    assert code_of(lambda: cascades(frame, gone=["Nobody"])) == "no_firm"
    holes = frame.with_columns(value=pl.lit(None, pl.Float64))
    assert code_of(lambda: cascades(holes)) == "no_flow"


def test_a_cascade_that_crawls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two firms that live on one another, all but a hundredth, outlast the rounds."""
    import firstlight.instruments.chains.firm_cascades.firm_network as module

    monkeypatch.setattr(module, "MOST_ROUNDS", 100)
    links = [(0, 1, 0.99), (1, 0, 0.99), (0, 2, 0.01), (2, 0, 0.01), (3, 1, 0.01)]
    assert code_of(lambda: network(links, need=1).shares([[2]])) == "not_settled"
