"""Places for stocks: enumeration of every plan, planted answers, and the narrowest cuts of chains."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pytest
from test_choke_points import chip_tables, code_of, needs_table, provider_table

from firstlight.chains import (
    StockTask,
    best_stocks,
    cheapest_stocks,
    lost_share,
    need_graph,
    stock_places,
    weak_links,
)
from firstlight.measurement import measurement

MONTHS = 3


def lost_by_months(task: StockTask, stock: Any) -> Any:
    """What each stop costs, month by month: a product works in a month if something of each of its
    groups is made or in stock; all are taken to work until that can't be so."""
    months, names = int(task.months), range(len(task.graph.names))
    lost = list[float]()
    for k in range(task.first.shape[1]):
        works = {at: [task.first[at, k] > 0] * months for at in names}

        def there(at: int, month: int, works: dict[int, list[bool]] = works) -> bool:
            made = works[at].index(False) if False in works[at] else months
            return made == months or bool(month < made + task.held[at] + stock[at])

        before = None
        while works != before:
            before = {at: list(own) for at, own in works.items()}
            for at, own in task.graph.groups:
                for month in range(months):
                    works[at][month] &= any(there(each, month) for each in own)
        lost.append(float(np.mean([works[at].count(False) / months for at in task.finals])))
    return np.array(lost)


def goal(task: StockTask, lost: Any) -> float:
    return float(lost.mean() if task.against == "mean" else lost.max())


def random_task(seed: int, *, is_whole: bool) -> tuple[StockTask, float]:
    """Three to six names, some of them in a circle, some replacing one another."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 6))
    rows = [("n0", "n1", None)]
    for user in range(1, size):
        for maker in range(user):
            if rng.random() < 0.6:
                rows.append((f"n{maker}", f"n{user}", rng.choice(["a", None])))
    if rng.random() < 0.3:
        rows += [(f"n{size - 1}", f"n{size - 2}", None), (f"n{size - 2}", "end", None)]
    graph = need_graph(set(rows))
    names, stops = len(graph.names), int(rng.integers(1, 4))
    first = np.full((names, stops), np.inf)
    bought = np.flatnonzero(~graph.is_product)
    for k in range(stops):
        first[rng.choice(bought, min(len(bought), int(rng.integers(1, 3))), replace=False), k] = 0
    costs = rng.integers(1, 3, names).astype(float)
    costs[rng.random(names) < 0.15] = np.inf
    task = StockTask(
        graph,
        first,
        np.flatnonzero(graph.is_final),
        MONTHS,
        rng.integers(0, 2, names).astype(float),
        costs,
        ("mean", "worst")[seed % 2],  # type: ignore[arg-type]
        (None, 1, 2)[seed % 3],
        is_whole,
    )
    return task, float(rng.integers(1, 6))


def every_plan(task: StockTask, steps: int) -> list[Any]:
    """All stocks in so many steps to the length of a stop, where stock can be held."""
    needed = {each for _, own in task.graph.groups for each in own}
    places = sorted(at for at in needed if np.isfinite(task.costs[at]))
    plans = list[Any]()
    for own in product(np.linspace(0, task.months, steps + 1), repeat=len(places)):
        stock = np.zeros(len(task.graph.names))
        stock[places] = own
        if task.places is None or (stock > 0).sum() <= task.places:
            plans.append(stock)
    return plans


def cost(task: StockTask, stock: Any) -> float:
    return float((stock * np.where(stock > 0, task.costs, 0.0)).sum())


@pytest.mark.parametrize("seed", range(24))
def test_whole_months_are_those_of_every_plan_tried(seed: int) -> None:
    """What is lost and what it costs, for a budget and for nothing lost, by enumeration."""
    task, budget = random_task(seed, is_whole=True)
    if not len(task.finals):
        pytest.skip("a circle without a final product")
    tried = [
        (round(goal(task, lost_by_months(task, own)), 9), cost(task, own))
        for own in every_plan(task, MONTHS)
    ]
    found = best_stocks(task, budget)
    own = (round(goal(task, lost_share(task, found)), 9), cost(task, found))
    assert own == pytest.approx(min(each for each in tried if each[1] <= budget), abs=1e-6)
    free = [each[1] for each in tried if not each[0]]
    cheapest = cheapest_stocks(task)
    assert (cheapest is None) == (not free)
    if cheapest is not None:
        assert cost(task, cheapest) == pytest.approx(min(free), abs=1e-6)


@pytest.mark.parametrize("seed", range(30, 38))
def test_no_plan_of_half_months_beats_the_best(seed: int) -> None:
    task, budget = random_task(seed, is_whole=False)
    if not len(task.finals):
        pytest.skip("a circle without a final product")
    found = best_stocks(task, budget)
    least = goal(task, lost_share(task, found))
    assert cost(task, found) <= budget + 1e-5
    for stock in every_plan(task, 6):
        if cost(task, stock) <= budget:
            assert goal(task, lost_share(task, stock)) >= least - 1e-6


def planted() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Three inputs of one provider meet in one part; all else has two providers."""
    needs = [(each, "part", None) for each in ("a", "b", "c")]
    needs += [("part", "machine", None), ("frame", "machine", None), ("frame", "bench", None)]
    held = [(each, "Sole", None, 1.0, None) for each in ("a", "b", "c")]
    held += [("frame", name, None, 0.5, None) for name in ("One", "Other")]
    return needs_table(needs), provider_table(held)


def test_the_planted_place_is_found() -> None:
    """A stock of the part serves for three; where the part can't be held, all three share."""
    needs, providers = planted()
    found = stock_places(needs, providers=providers, months=6, budget=4)
    assert found.table.select("input", "new_months").rows() == [("part", 4.0)]
    # one of two final products for six months, then for two
    stop = found.tables["stops"].row(0, named=True)
    assert (stop["name"], stop["finals_stopped_count"]) == ("Sole", 1)
    assert stop["lost_before_share"] == pytest.approx(1 / 2)
    assert stop["lost_after_share"] == pytest.approx(1 / 6)
    assert [own.code for own in found.said] == ["hold_mean", "enough"]
    assert found.said[-1].values["budget"].value == 6
    costs = pl.DataFrame({"input": ["a", "b", "c", "frame"], "cost": [1.0, 1, 2, 1]})
    shared = stock_places(needs, providers=providers, months=6, budget=12, stocks=costs)
    assert sorted(shared.table.select("input", "new_months", "spent").rows()) == [
        *[("a", 3.0, 3.0), ("b", 3.0, 3.0), ("c", 3.0, 6.0)]
    ]
    # two of the three alone buy nothing
    assert shared.table["lost_without_share"].to_list() == pytest.approx([1 / 2] * 3)
    one = stock_places(needs, providers=providers, budget=12, stocks=costs, most_places=2)
    assert [own.code for own in one.said] == [*["nothing_helps_mean", "unspent", "never_enough"]]


def test_stocks_that_are_there_count() -> None:
    needs, providers = planted()
    stocks = pl.DataFrame({"input": ["part"], "months": [2.0]})
    found = stock_places(needs, providers=providers, months=6, budget=3, stocks=stocks)
    assert found.tables["budgets"].rows() == [
        *[(0.0, pytest.approx(4 / 12)), (0.75, pytest.approx(3.25 / 12))],
        *[(1.5, pytest.approx(2.5 / 12)), (2.25, pytest.approx(1.75 / 12))],
        (3.0, pytest.approx(1 / 12)),
    ]


def test_one_stop_of_several_and_none_at_all() -> None:
    needs, providers = planted()
    both = stock_places(needs, providers=providers, gone=["One", "Other"], budget=6)
    assert both.said[0].code == "hold_one"
    assert both.table["input"].to_list() == ["frame"]
    firms = providers.filter(pl.col("input") == "frame")
    none = stock_places(needs, providers=firms)
    assert (none.said[0].code, none.said[0].values["count"].value) == ("nothing_stops", 2)
    assert not none.table.height
    alone = stock_places(needs, against="worst", budget=6)
    assert alone.said[0].values["count"].value == 5  # every input stops something
    assert alone.conventions[0].code == "stops_input"


def test_countries_are_planned_for_where_no_provider_is_named() -> None:
    needs, _ = planted()
    held = provider_table([("a", None, "Here", 1.0, None), ("frame", None, "There", 1.0, None)])
    found = stock_places(needs, providers=held, budget=6)
    assert found.conventions[0].code == "stops_country"
    assert found.tables["stops"].select("kind", "name", "lost_before_share").rows() == [
        *[("country", "There", 1.0), ("country", "Here", 0.5)]
    ]
    assert found.said[1].values["name"].value == "Here"


def test_the_worst_stop_may_need_another_stock_than_the_mean() -> None:
    """One stop takes both final products, two others one of them each."""
    needs = [("big", "x", None), ("big", "y", None), ("part", "x", None)]
    needs += [("s", "part", None), ("t", "part", None)]
    mean, worst = (
        stock_places(needs_table(needs), of="input", months=2, budget=2, against=own)
        for own in ("mean", "worst")
    )
    # big stops both; s, t and part stop x, against which two months of the part serve for three
    assert mean.table["input"].to_list() == ["part"]
    assert worst.table["input"].to_list()[0] == "big"
    assert worst.tables["budgets"]["lost_share"][-1] < 1


def test_faults_are_those_of_weak_links() -> None:
    needs, providers = planted()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"finals": ["car"]}, "no_such_input"),
        ({"gone": ["Nobody"]}, "nothing_to_remove"),
        ({"stocks": pl.DataFrame({"input": ["gold"], "months": [1.0]})}, "no_such_input"),
    ]
    for options, code in cases:
        assert code_of(lambda: stock_places(needs, providers=providers, **options)) == code  # noqa: B023
        held = {key: own for key, own in options.items()}
        assert code_of(lambda: weak_links(needs, providers=providers, **held)) == code  # noqa: B023


def test_the_sample_holds_what_it_says() -> None:
    declared = measurement("stock_places")
    found = declared.function(**declared.sample_call())
    budgets = found.tables["budgets"]
    assert found.table["spent"].sum() <= budgets["budget"][-1] + 1e-6
    assert budgets["lost_share"].is_sorted(descending=True)
    assert found.tables["stops"]["lost_after_share"].mean() == pytest.approx(
        budgets["lost_share"][-1], abs=1e-8
    )


def least_cut(needs: pl.DataFrame, stopped: list[str], held: set[str]) -> int:
    """The fewest places that cut every path from what stops to the final product, by networkx: a
    vertex cut. One of the designs, which replace one another, is enough to save."""
    final = next(iter(set(needs["product"]) - set(needs["input"])))

    def cut(design: str) -> int:
        network = nx.DiGraph()
        for name in {*needs["input"], *needs["product"]}:
            network.add_edge((name, "in"), (name, "out"), capacity=1 if name in held else 10_000)
        for each, user, alternative in needs.iter_rows():
            if alternative is None or each == design:
                network.add_edge((each, "out"), (user, "in"), capacity=10_000)
        for name in stopped:
            network.add_edge("stop", (name, "in"), capacity=10_000)
        return int(nx.minimum_cut_value(network, "stop", (final, "in")))

    return min(cut(each) for each in needs.drop_nulls("alternative")["input"])


def layered(seed: int) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Parts, modules made of them, three designs and what needs one of these; three parts come from
    one country."""
    rng = np.random.default_rng(seed)
    layers = [[f"{kind} {k}" for k in range(n)] for kind, n in zip("pmd", (9, 5, 3), strict=True)]
    rows: set[tuple[str, str, str | None]] = {(each, "end", "design") for each in layers[2]}
    for k in (0, 1):
        users = [*(each for layer in layers[k + 1 :] for each in layer), "end"]
        for each in layers[k]:
            rows |= {(each, str(user), None) for user in rng.choice(users, 2, replace=False)}
    stopped = [str(each) for each in rng.choice(layers[0], 3, replace=False)]
    held = [(each, None, "Here", 1.0, None) for each in stopped]
    for each in sorted({row[0] for row in rows} - set(stopped)):
        held += [(each, None, other, 0.5, None) for other in ("There", "Elsewhere")]
    return needs_table(sorted(rows, key=str)), provider_table(held), stopped


@pytest.mark.parametrize("seed", range(8))
def test_a_chain_needs_as_many_stocks_as_its_narrowest_cut(seed: int) -> None:
    """Nothing is lost once stocks cut every path; what can be held is all, or half of it and what
    stops."""
    needs, providers, stopped = layered(seed)
    names = sorted(set(needs["input"]))
    some = pl.DataFrame({"input": sorted({*names[::2], *stopped}), "cost": 1.0})
    for stocks, held in ((None, set(names)), (some, set(some["input"]))):
        found = stock_places(
            needs, providers=providers, stocks=stocks, of="country", months=6, budget=3
        )
        assert found.said[-1].code == "enough"
        least = least_cut(needs, stopped, held)
        assert found.said[-1].values["budget"].value == pytest.approx(6 * least, abs=1e-4)


def test_the_chips_need_as_many_stocks_as_their_narrowest_cut(shared: Path) -> None:
    """Whichever country stops; of everything, and of goods alone."""
    needs, providers = chip_tables(shared / "data/chips")
    kinds = pl.read_csv(shared / "data/chips/inputs.csv")
    is_good = pl.col("type") != "process"
    goods = kinds.filter(is_good & pl.col("input_name").is_in(needs["input"].to_list()))
    some = goods.select(input="input_name").with_columns(cost=pl.lit(1.0))
    alone = weak_links(needs, providers=providers, pairs=False).tables["inputs"]
    stopped = alone.filter(pl.col("top_country_low_share") >= 0.9)["input"].to_list()
    for stocks, held in ((None, set(needs["input"])), (some, set(some["input"]))):
        found = stock_places(
            needs, providers=providers, stocks=stocks, of="country", months=6, budget=6
        )
        assert found.said[-1].code == "enough"
        least = least_cut(needs, stopped, held)
        assert found.said[-1].values["budget"].value == pytest.approx(6 * least, abs=1e-4)
