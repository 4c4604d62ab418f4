"""Choke points under take-offs: planted needs and chains, what is unknown, and the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.take_off_chains.record import LABELLED, record

import firstlight as fl
from firstlight.errors import InputError
from firstlight.instruments.chains.choke_points.need_graph import need_graph
from firstlight.joins import take_off_chains
from firstlight.joins.take_offs_by_chain.choke_sentences import LIKELY, kept_record
from firstlight.joins.take_offs_by_chain.technology_needs import (
    chances_of_sectors,
    input_needs,
    names_alike,
    stopped_by,
)
from firstlight.run.joined_names import joined_name

SECTORS = ["26", "62", "46"]
HOME = np.array([[10.0, 9, 0.5], [2, 6, 0], [4, 1, 2]])
ABROAD = np.array([[9.0, 3, 0], [0, 0, 0], [0, 0, 0]])
FINAL = np.array([50.0, 40, 30])
OUTPUT = HOME.sum(axis=1) + FINAL
SEEN = pl.DataFrame({"technology": ["moss", "fog", "dusk"], "probability": [0.5, 0.45, 0.3]})
LINES = pl.DataFrame(
    {"technology": ["moss", "fog"], "code": ["6201", "2610"], "probability": [0.8, 1.0]}
)
CHAIN = pl.DataFrame(
    {
        "input": ["ore", "lens", "resin", "chip"],
        "product": ["lens", "chip", "chip", "lamp"],
        "code": ["46", "46", "46", "26"],
    }
)
PROVIDERS = pl.DataFrame(
    {
        "input": ["ore", "ore", "lens", "resin", "resin", "chip", "chip"],
        "provider": ["a", "b", "c", "d", "e", "f", "g"],
        "country": ["N", "S", "N", "N", "S", "N", "S"],
        "share": [0.6, 0.4, 1.0, 0.5, 0.5, 0.5, 0.5],
    }
)


def table(abroad: Any = ABROAD) -> pl.DataFrame:
    """The rows of a table; without imports if there are none."""
    rows = [
        (one, other, "domestic", float(HOME[i, j]))
        for i, one in enumerate(SECTORS)
        for j, other in enumerate(SECTORS)
    ]
    if abroad is not None:
        rows += [
            (one, other, "imports", float(abroad[i, j]))
            for i, one in enumerate(SECTORS)
            for j, other in enumerate(SECTORS)
        ]
    rows += [(one, "exports", "domestic", float(FINAL[i])) for i, one in enumerate(SECTORS)]
    return pl.DataFrame(rows, schema=["supplier", "user", "origin", "value"], orient="row")


def test_needs_are_those_of_the_industries_that_a_technology_may_belong_to() -> None:
    needs = take_off_chains(table(), SEEN, links=LINES).tables["needs"]
    bought = (HOME + ABROAD) / OUTPUT
    moss = needs.filter(technology="moss")
    # programs buy 26 and themselves from home and abroad, and of 46 a fiftieth at least
    assert (bought[:, 1] >= 0.02).tolist() == [True, True, True]
    assert moss.select("sector", "need_share").rows() == [
        ("62", pytest.approx(0.8)),
        ("26", pytest.approx(0.8)),
        ("46", pytest.approx(0.8)),
    ]
    row = moss.filter(sector="26").row(0, named=True)
    assert row["direct_inputs"] == pytest.approx(bought[0, 1])
    assert row["imported_share"] == pytest.approx(ABROAD[0, 1] / (HOME + ABROAD)[0, 1])
    inverse = np.linalg.inv(np.eye(3) - HOME / OUTPUT)
    total = inverse - np.eye(3) + ABROAD / OUTPUT @ inverse
    assert row["total_inputs"] == pytest.approx(total[0, 1])
    strict = take_off_chains(table(), SEEN, links=LINES, least_need=0.1).tables["needs"]
    assert strict.filter(technology="moss")["sector"].to_list() == ["62", "26"]


def test_what_leads_nowhere_is_unknown() -> None:
    found = take_off_chains(table(), SEEN, links=LINES)
    last = found.tables["technologies"].row(-1, named=True)
    assert (last["technology"], last["reason"], last["unknown_share"]) == ("dusk", "unknown", 1.0)
    assert last["sector"] is None and last["needed_sector"] is None
    unknown = next(each for each in found.said if each.code == "unknown_technologies")
    assert unknown.values["count"].value == 1
    moss = found.tables["technologies"].filter(technology="moss").row(0, named=True)
    assert moss["unknown_share"] == pytest.approx(0.2)


def test_a_choke_point_under_what_takes_off_comes_first() -> None:
    found = take_off_chains(table(), SEEN, links=LINES, chain=CHAIN, providers=PROVIDERS)
    first = found.table.row(0, named=True)
    assert (first["kind"], first["name"], first["standing"]) == ("input", "lens", "one_provider")
    assert first["exposure_share"] == 1.0
    # moss may be a program (.8), which buys 46, where lenses are made; fog makes chips of 46
    assert (first["technology"], first["need_share"]) == ("fog", pytest.approx(1.0))
    expected = 0.5 * 0.8 + 0.45 * 1.0
    assert first["expected_count"] == pytest.approx(expected)
    assert first["at_risk_count"] == pytest.approx(expected)
    assert found.said[0].code == "choke" and found.said[1].code == "record"
    kinds = found.table["kind"].to_list()
    assert kinds == sorted(kinds)
    within = found.table.filter(kind="input")["at_risk_count"].to_list()
    assert within == sorted(within, reverse=True)


def test_a_choke_point_further_up_stands_under_what_it_stops() -> None:
    lost = CHAIN.with_columns(code=pl.Series(["9999", "9999", "9999", "26"]))
    found = take_off_chains(table(), SEEN, links=LINES, chain=lost, providers=PROVIDERS)
    row = found.table.filter(name="lens").row(0, named=True)
    assert row["via"] == "chip"
    assert row["need_share"] == pytest.approx(1.0) and row["technology"] == "fog"
    inputs = found.tables["inputs"]
    assert inputs["input"].unique().to_list() == ["chip"]
    bare = next(each for each in found.said if each.code == "unknown_inputs")
    assert bare.values["count"].value == 3


def test_without_a_chain_imports_come_first_and_without_imports_nothing() -> None:
    found = take_off_chains(table(), SEEN, links=LINES)
    assert found.table.select("kind", "name", "standing").rows() == [("sector", "26", "imported")]
    users = np.array([0.45 * 1.0, 0.5 * 0.8, 0])
    share = (ABROAD / OUTPUT @ users)[0] / ((HOME + ABROAD) / OUTPUT @ users)[0]
    assert found.table["exposure_share"][0] == pytest.approx(share)
    closed = take_off_chains(table(None).drop("origin"), SEEN, links=LINES)
    assert closed.table.is_empty() and closed.said[0].code == "no_choke"


def test_countries_of_a_table_say_from_where_a_need_comes() -> None:
    sectors = ["N chips", "N programs", "S chips", "S programs"]
    flows = np.array([[4.0, 2, 0, 0], [1, 3, 0, 0], [6, 6, 9, 2], [0, 0, 1, 4]])
    rows = [(a, b, flows[i, j]) for i, a in enumerate(sectors) for j, b in enumerate(sectors)]
    rows += [(name, "exports", 40.0) for name in sectors]
    world = pl.DataFrame(rows, schema=["supplier", "user", "value"], orient="row")
    held = pl.DataFrame(
        {"sector": sectors, "code": ["26", "62"] * 2, "country": ["N", "N", "S", "S"]}
    )
    found = take_off_chains(world, SEEN, links=LINES, sectors=held, home="N")
    moss = found.tables["needs"].filter(technology="moss")
    assert moss.select("sector", "country", "need_share").rows() == [
        ("N programs", "N", pytest.approx(0.8)),
        ("S chips", "S", pytest.approx(0.8)),
        ("N chips", "N", pytest.approx(0.8)),
    ]
    assert moss["imported_share"].to_list() == [0.0, 1.0, 0.0]
    assert found.table.select("name", "top_country").rows() == [("S chips", "S")]
    output = flows.sum(axis=1) + 40
    bought = flows / output @ np.array([0.45, 0.5 * 0.8, 0, 0])
    assert found.table["exposure_share"][0] == pytest.approx(bought[2] / (bought[0] + bought[2]))
    assert found.said[0].code == "choke_country"
    with pytest.raises(InputError) as refused:
        take_off_chains(world, SEEN, links=LINES, sectors=held, home="W")
    assert refused.value.code == "no_country"


def test_the_most_likely_technologies_are_looked_at() -> None:
    found = take_off_chains(table(), SEEN, links=LINES, most=1)
    assert found.tables["technologies"]["technology"].to_list() == ["moss"]


def test_a_name_that_stands_for_an_input_needs_it() -> None:
    alike = names_alike(["steel lamp", "fog"], {"fog": ["lamps of steel"]}, ["steel lamps", "ore"])
    assert alike[0, 0] > LIKELY and alike[1, 1] == 0.0
    none = np.zeros((1, 1))
    need, by_codes = input_needs(none, none, np.zeros((1, 1), bool), np.array([[0.7]]))
    assert need[0, 0] == pytest.approx(0.7) and by_codes[0, 0] == 0.0


def test_chances_of_sectors_add_up_to_those_of_the_codes() -> None:
    links = pl.DataFrame({"technology": ["a", "a"], "code": ["26", "62"], "link_share": [0.5, 0.3]})
    coded = pl.DataFrame({"sector": ["x", "y", "z"], "code": ["26", "26", "62"]})
    found = chances_of_sectors(links, coded, ["a", "b"], ["x", "y", "z"])
    assert found.tolist() == [[0.25, 0.25, 0.3], [0.0, 0.0, 0.0]]


def test_what_stops_is_what_stands_above_unless_there_is_another() -> None:
    rows = [("a", "b", None), ("b", "c", None), ("d", "c", "x"), ("e", "c", "x")]
    graph = need_graph(rows)
    stops = stopped_by(graph)
    at = {name: place for place, name in enumerate(graph.names)}
    assert stops[at["a"], at["c"]] and not stops[at["d"], at["c"]]
    assert not stops[at["c"], at["a"]] and stops.diagonal().all()


def test_providers_ask_for_their_chain() -> None:
    with pytest.raises(InputError) as refused:
        take_off_chains(table(), SEEN, links=LINES, providers=PROVIDERS)
    assert refused.value.code == "providers_without_chain"
    with pytest.raises(InputError) as refused:
        take_off_chains(table(), None, links=LINES)
    assert refused.value.code == "no_observation"


def test_the_record_is_what_the_labels_say() -> None:
    pairs = pl.read_csv(LABELLED)
    assert pairs["pair"].to_list() == list(range(1, 101))
    assert pairs.filter(kind="input")["needed"].null_count() == 50  # their names are not copied
    kept = kept_record()
    assert record(pairs).equals(kept.select(record(pairs).columns), null_equal=True)
    whole = kept.filter(kind="all").row(0, named=True)
    assert whole["precision_share"] == pytest.approx(11 / 34)
    assert whole["recall_share"] == pytest.approx(11 / 15)
    assert whole["base_share"] == pytest.approx(0.15)


def test_structure_with_an_observation_leads_to_it(tmp_path: Path) -> None:
    assert joined_name("structure", ["observation"]) == "take_off_chains"
    for name, rows in (("rows", table()), ("seen", SEEN), ("links", LINES)):
        rows.write_csv(tmp_path / f"{name}.csv")
    options = {name: tmp_path / f"{name}.csv" for name in ("links",)}
    found = fl.measure(
        "take_off_chains",
        tmp_path / "rows.csv",
        observation=tmp_path / "seen.csv",
        project=tmp_path / "kept",
        **options,
    )
    direct = take_off_chains(table(), SEEN, links=LINES)
    assert found.tables["needs"].equals(direct.tables["needs"])
