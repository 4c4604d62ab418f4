"""Choke points under take-offs: planted needs and chains, what is unknown, and the record."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.take_off_chains.record import LABELLED, record, slope, slope_interval

import firstlight as fl
from firstlight.errors import InputError
from firstlight.instruments.chains.choke_points.need_graph import need_graph
from firstlight.instruments.concordance.code_lists import code_list
from firstlight.joins import take_off_chains
from firstlight.joins.sector_codes import CHINESE
from firstlight.joins.take_offs_by_chain.choke_sentences import LIKELY, kept_record
from firstlight.joins.take_offs_by_chain.technology_needs import (
    DULLED,
    OF_EARLIER,
    OF_LAST,
    PER_INPUT,
    SURER,
    chances_of_sectors,
    holds_up,
    input_needs,
    names_alike,
    sector_needs,
    stands_for,
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
        "product": ["lens", "chip", "chip", "zyx"],
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


def surely(*parts: tuple[float, float]) -> float:
    """A need by its definition: of (probability of an industry, its direct inputs; inf for the
    industry itself)."""
    lacking = 1 - sum(share * (1 - math.exp(-PER_INPUT * inputs)) for share, inputs in parts)
    return float(1 - max(lacking, 0.0) ** SURER)


def test_needs_are_those_of_the_industries_that_a_technology_may_belong_to() -> None:
    needs = take_off_chains(table(), SEEN, links=LINES).tables["needs"]
    bought = (HOME + ABROAD) / OUTPUT
    moss = needs.filter(technology="moss")
    # programs buy 26 and themselves from home and abroad, and of 46 a fiftieth at least
    assert (bought[:, 1] >= 0.02).tolist() == [True, True, True]
    assert moss.select("sector", "need_share").rows() == [
        ("62", pytest.approx(surely((0.8, math.inf)))),
        ("26", pytest.approx(surely((0.8, bought[0, 1])))),
        ("46", pytest.approx(surely((0.8, bought[2, 1])))),
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
    # fog makes chips of 46, where lenses are made, which go into something else of the chain first
    bought = (HOME + ABROAD) / OUTPUT
    goods_of_fog, goods_of_moss = surely((1.0, bought[2, 0])), surely((0.8, bought[2, 1]))
    lens_for_fog = OF_EARLIER * goods_of_fog**DULLED
    chip_for_fog = OF_EARLIER  # its own industry makes chips, surely
    lens_for_moss = OF_EARLIER * goods_of_moss**DULLED
    chip_for_moss = OF_EARLIER * surely((0.8, bought[0, 1])) ** DULLED
    assert (first["technology"], first["via"]) == ("fog", "chip")
    assert first["need_share"] == pytest.approx(max(lens_for_fog, chip_for_fog))
    expected = 0.5 * max(lens_for_moss, chip_for_moss) + 0.45 * chip_for_fog
    assert first["expected_count"] == pytest.approx(expected)
    assert first["at_risk_count"] == pytest.approx(expected)
    assert found.said[0].code == "choke_via" and found.said[1].code == "record"
    kinds = found.table["kind"].to_list()
    assert kinds == sorted(kinds)
    within = found.table.filter(kind="input")["at_risk_count"].to_list()
    assert within == sorted(within, reverse=True)


def test_a_choke_point_further_up_stands_under_what_it_stops() -> None:
    lost = CHAIN.with_columns(code=pl.Series(["9999", "9999", "9999", "26"]))
    found = take_off_chains(table(), SEEN, links=LINES, chain=lost, providers=PROVIDERS)
    row = found.table.filter(name="lens").row(0, named=True)
    assert row["via"] == "chip"
    assert row["need_share"] == pytest.approx(OF_EARLIER) and row["technology"] == "fog"
    inputs = found.tables["inputs"]
    assert inputs["input"].unique().to_list() == ["chip"]
    bare = next(each for each in found.said if each.code == "unknown_inputs")
    assert bare.values["count"].value == 4  # what the chain ends with, too


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
    output = flows.sum(axis=1) + 40
    moss = found.tables["needs"].filter(technology="moss")
    assert moss.select("sector", "country", "need_share").rows() == [
        ("N programs", "N", pytest.approx(surely((0.8, math.inf)))),
        ("S chips", "S", pytest.approx(surely((0.8, 6 / output[1])))),
        ("N chips", "N", pytest.approx(surely((0.8, 2 / output[1])))),
    ]
    assert moss["imported_share"].to_list() == [0.0, 1.0, 0.0]
    assert found.table.select("name", "top_country").rows() == [("S chips", "S")]
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
    last = np.ones(1, dtype=np.bool_)
    need, by_codes = input_needs(none, none, none, last, np.array([[0.7]]))
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


def test_the_surer_the_more_an_industry_buys_and_certain_where_it_is_the_industry() -> None:
    held = holds_up(np.array([[0.0, 0.05, 0.2], [0.01, 0.5, 0.9], [0, 0, 0]]), 0.02)
    assert held[1, 0] == 0.0  # below the least
    np.fill_diagonal(held, 1.0)
    sure = sector_needs(np.eye(3), held)
    assert sure.diagonal().tolist() == [1.0, 1.0, 1.0]
    # a technology that surely belongs to an industry needs a good with 1 - exp(-a) to a power
    expected = [-math.expm1(-PER_INPUT * SURER * a) for a in (0.05, 0.2)]
    assert sure[1:, 0] == pytest.approx(expected)
    doubtful = sector_needs(0.5 * np.eye(3), held)
    assert (doubtful <= sure).all() and (doubtful[sure > 0] > 0).all()


def test_what_goes_into_something_else_first_is_needed_less_unless_that_is_the_technology() -> None:
    q, r, held = np.eye(1), np.ones((3, 1)), np.ones((1, 1))
    last = np.array([False, False, True])
    need, _ = input_needs(q, r, held, last, np.zeros((1, 3)))
    assert need[0].tolist() == pytest.approx([OF_EARLIER, OF_EARLIER, OF_LAST])
    chain = pl.DataFrame({"input": ["ore", "lens"], "product": ["lens", "lamp"]})
    alike = np.array([[0.0, 0.0, 0.9]])  # the technology is the lamp
    assert stands_for(alike, chain, ["ore", "lens", "lamp"]).tolist() == [[0.0, 0.9, 0.9]]


def test_the_record_is_what_the_labels_say() -> None:
    pairs = pl.read_csv(LABELLED)
    assert pairs["pair"].to_list() == list(range(1, 409))
    assert pairs.filter(pl.col("input_id").is_not_null())["needed"].null_count() == 78  # not copied
    read, fit = pairs.filter(part="read"), pairs.filter(part="fit")
    assert read.height == 100 and not set(read["technology"]) & set(fit["technology"])
    goods = set(read.filter(kind="input")["needed"])
    assert not goods & set(fit["needed"])
    kept = kept_record()
    assert record(read).equals(kept.select(record(read).columns), null_equal=True)


def test_what_is_stated_comes_within_a_factor_of_two_on_pairs_that_were_read_once() -> None:
    read = pl.read_csv(LABELLED).filter(part="read")
    for stated in (pl.col("probability") >= 0.5, pl.col("probability").is_between(0.1, 0.5)):
        own = read.filter(stated)
        came = (own["first"] == 1).sum() / own.height
        said = own.select(pl.col("probability").sum()).item() / own.height
        assert said / 2 < came < said * 2
    before = read.filter(pl.col("before") >= 0.5)
    right = (before["first"] == 1).sum() / before.height
    assert 2 * right < before.select(pl.col("before").sum()).item() / before.height


@pytest.mark.slow
def test_the_slope_is_one_within_its_interval() -> None:
    stated = np.tile([0.1, 0.5, 0.9], 1000)
    drawn = (np.random.default_rng(0).random(3000) < stated).astype(float)
    assert slope(stated, drawn) == pytest.approx(1, abs=0.12)  # two standard errors
    for part in ("fit", "read"):
        _, low, high = slope_interval(pl.read_csv(LABELLED).filter(part=part), draws=200)
        assert low < 1 < high


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


def numbered_table(count: int) -> pl.DataFrame:
    """A table whose codes only number its sectors, under China's names as far as there are any."""
    listed = pl.read_csv(CHINESE, infer_schema=False)
    numbers = listed["sector"].to_list() + [f"{k:02d}" for k in range(43, count + 1)]
    named = dict(zip(numbers, [*listed["name_zh"], *numbers[42:]], strict=True))
    rows = [(one, named[one], other, 1.0) for one in numbers for other in numbers]
    rows += [(one, named[one], "exports", 99.0) for one in numbers]
    schema = ["supplier", "sector_name", "user", "value"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_chinas_numbered_sectors_have_the_codes_of_their_divisions() -> None:
    seen = pl.DataFrame({"technology": ["cells"], "probability": [0.5]})
    lines = pl.DataFrame({"technology": ["cells"], "code": ["3841"], "probability": [0.9]})
    found = take_off_chains(numbered_table(42), seen, links=lines, classification="gbt4754")
    row = found.tables["technologies"].row(0, named=True)
    assert (row["sector"], row["sector_share"]) == ("电气机械和器材", pytest.approx(0.9))
    for table, options in (
        (numbered_table(42), {}),  # ISIC has other divisions under these numbers
        (numbered_table(120), {"classification": "gbt4754"}),
    ):
        with pytest.raises(InputError) as refused:
            take_off_chains(
                table, pl.DataFrame({"technology": ["x"], "probability": [0.5]}), **options
            )
        assert refused.value.code == "only_numbers"


def test_each_division_belongs_to_one_of_chinas_sectors() -> None:
    parts = pl.read_csv(CHINESE, infer_schema=False)["codes"].str.split(" ").explode()
    divisions = code_list("gbt4754").filter(pl.col("code").str.len_chars() == 2)["code"]
    assert parts.is_unique().all()
    # all but international organisations, which no table has
    assert sorted(set(divisions) - set(parts)) in ([], ["97"])
    assert set(parts) <= set(divisions)


@pytest.mark.parametrize("name", ["china_2017_42", "china_2018_42", "china_2020_42"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_chinas_tables_are_read_as_published(
    shared: Path, tmp_path: Path, name: str, lang: str
) -> None:
    seen = pl.DataFrame({"technology": ["solid-state batteries"], "probability": [0.5]})
    found = fl.measure(
        "take_off_chains",
        shared / f"data/io/{name}.csv",
        observation=seen,
        classification="gbt4754",
        lang=lang,
        project=tmp_path,
    )
    first = found.tables["technologies"]["sector"][0]
    names = {"en": "Manufacture of electrical machinery and equipment", "zh": "电气机械和器材"}
    assert first == names[lang]
