"""Complexity and opportunities measured: planted capabilities come out, choices matter, the record stands beside the list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

import firstlight as fl
from command_line import CommandLine
from firstlight.errors import InputError
from firstlight.instruments.complexity.related_activities import related_activities
from firstlight.run.measurements.activity_choices import of_activity, read_choices
from firstlight.run.measurements.complexity import complexity_tables
from firstlight.run.measurements.drawings import THIRDS
from firstlight.run.measurements.lines import measurement
from firstlight.run.measurements.opportunities import opportunity_tables
from firstlight.sample.made_up_capabilities import MadeUpCapabilities, made_up_capabilities
from firstlight.views.measured_page import measured_page


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(tmp_path, capsys)


EMPTY = {name: pl.lit(None, pl.Float64) for name in ("growth", "strategic_weight")}


@cache
def world() -> MadeUpCapabilities:
    return made_up_capabilities()


def frame() -> pl.DataFrame:
    return world().panel.with_columns(**EMPTY)


def tables(
    name: str, given: pl.DataFrame, **options: Any
) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    compute = {"complexity": complexity_tables, "opportunities": opportunity_tables}[name]
    return compute(given, measurement(name).choices(options))


def said(found: Mapping[str, pl.DataFrame], code: str) -> str:
    rows = found["sentences"].filter(pl.col("code") == code)
    return " ".join(rows["text_en"]) + " ".join(rows["text_zh"])


@cache
def sample_complexity() -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    return tables("complexity", frame())


def test_planted_capabilities_come_out() -> None:
    """Places that can do more stand higher, activities that need more are the more complex, far beyond chance."""
    found, _ = sample_complexity()
    able = dict(zip(world().places, world().capabilities[:, :, -1].sum(axis=1), strict=True))
    needed = dict(zip(world().activities, world().requirements.sum(axis=1), strict=True))
    places = found["place_complexity"].filter(pl.col("year") == 2020).drop_nulls("eci")
    activities = found["activity_complexity"].filter(pl.col("year") == 2020).drop_nulls("pci")
    assert spearmanr(places["eci"], [able[name] for name in places["place"]]).statistic > 0.85
    assert (
        spearmanr(activities["pci"], [needed[name] for name in activities["activity"]]).statistic
        > 0.75
    )
    shuffled = np.random.default_rng(0).permutation([able[name] for name in places["place"]])
    assert abs(spearmanr(places["eci"], shuffled).statistic) < 0.4


def test_the_table_starts_with_the_last_year_and_its_first_ranks() -> None:
    found, facts = sample_complexity()
    places = found["place_complexity"]
    assert places["year"][0] == 2020 and places["eci_rank"].head(5).to_list() == [1, 2, 3, 4, 5]
    ranks = places.filter(pl.col("year") == 2001).drop_nulls("eci")
    assert (
        ranks.sort("eci", descending=True)["place"].to_list()
        == ranks.sort("eci_rank")["place"].to_list()
    )
    total = frame().filter(pl.col("year") == 2020).group_by("place").agg(pl.col("value").sum())
    joined = places.filter(pl.col("year") == 2020).join(total, on="place")
    assert joined["value"].to_list() == pytest.approx(joined["value_right"].to_list())
    first = list(dict.fromkeys(found["curves"]["panel"]))[:3]
    assert first == places["place"].head(3).to_list() and facts["drawing"] == "network"


def test_the_space_is_drawn_with_its_classes_and_neighbours_are_near() -> None:
    found, facts = sample_complexity()
    nodes, links = found["nodes"], found["links"]
    space = nodes.filter(pl.col("drawing") == "The space of activities")
    assert set(space["group_en"]) == {"weaving", "smithing", "glasswork", "gardening", "clockwork"}
    assert (
        space.height == 80
        and facts["drawings"]["The space of activities"]["title_zh"] == "活动空间"
    )
    at = {row["node"]: np.array([row["x"], row["y"]]) for row in space.iter_rows(named=True)}
    linked = [
        np.linalg.norm(at[row["one"]] - at[row["other"]]) for row in links.iter_rows(named=True)
    ]
    names = sorted(at)
    every = [np.linalg.norm(at[a] - at[b]) for a in names for b in names if a < b]
    assert np.mean(linked) < 0.35 * np.mean(every)
    near = related_activities(frame(), "place", "activity", "value", year="year").links(
        2020, least=0.0
    )
    known = {
        (row["activity"], row["other_activity"]): row["proximity"]
        for row in near.iter_rows(named=True)
    }
    for row in links.iter_rows(named=True):
        assert known[tuple(sorted((row["one"], row["other"])))] == pytest.approx(row["weight"])
    best = links.row(0, named=True)
    assert best["weight"] == pytest.approx(max(known.values())) and best["one"] in said(
        found, "nearest"
    )
    families = dict(zip(space["node"], space["group_en"], strict=True))
    same = np.mean(
        [families[row["one"]] == families[row["other"]] for row in links.iter_rows(named=True)]
    )
    assert same > 0.45, "0.2 if links didn't know families"


def test_each_activity_has_its_five_nearest() -> None:
    found, _ = sample_complexity()
    nearest = found["nearest_activities"]
    assert (
        nearest.group_by("activity").len()["len"].unique().to_list() == [5]
        and nearest["activity"].n_unique() == 80
    )
    near = related_activities(frame(), "place", "activity", "value", year="year").links(
        2020, least=0.0
    )
    own = nearest["activity"][0]
    both = near.filter((pl.col("activity") == own) | (pl.col("other_activity") == own))
    assert nearest["proximity"].head(5).to_list() == pytest.approx(
        both["proximity"].head(5).to_list()
    )


def test_without_classes_communities_give_the_colours() -> None:
    found, _ = tables(
        "complexity", frame().with_columns(group=pl.lit(None, pl.String)), year=2010, links=3
    )
    space = found["nodes"].filter(pl.col("drawing") == "The space of activities")
    assert (
        2 <= space["group_en"].n_unique() < 30
        and space["group_en"].drop_nulls().str.starts_with("with ").all()
    )
    kept = found["activity_complexity"].filter(pl.col("year") == 2010)
    named = kept.drop_nulls("community_en")
    assert named.height == space.drop_nulls("group_en").height
    others = found["activity_complexity"].filter(pl.col("year") != 2010)
    assert others.height and others["community_en"].null_count() == others.height
    assert found["nearness"]["year"].unique().to_list() == [2010] and "in 2010" in said(
        found, "highest"
    )


@pytest.mark.slow
def test_density_of_a_pair_is_the_share_of_what_is_near() -> None:
    found, _ = tables("complexity", frame(), year=2015)
    near = related_activities(frame(), "place", "activity", "value", year="year")
    expected = near.pairs(2015, absent_only=False).sort("place", "activity")
    kept = found["nearness"].sort("place", "activity")
    assert kept.select("place", "activity").equals(expected.select("place", "activity"))
    assert kept["density_share"].to_list() == pytest.approx(
        expected["density_share"].to_list(), nan_ok=True
    )
    assert kept.filter(pl.col("value") == 0)["rca"].max() == 0


def test_one_year_without_a_column_for_it(tmp_path: Path) -> None:
    given = world().panel.filter(pl.col("year") == 2020).drop("year", "group")
    found = fl.measure("complexity", given, project=tmp_path)
    assert "year" not in found.frame.columns and "curves" not in found.tables
    expected = sample_complexity()[0]["place_complexity"].filter(pl.col("year") == 2020)
    assert found.frame["eci"].to_list() == pytest.approx(expected["eci"].to_list())
    page = measured_page(found.tables, found.facts)
    assert page.count('<svg class="drawing"') == 2 and "活动空间" in page
    with pytest.raises(InputError, match="the table has no years"):
        fl.measure("complexity", given, project=tmp_path, year=2020)


@pytest.mark.slow
def test_small_places_are_pointed_out_and_can_be_left_out() -> None:
    hard = sample_complexity()[0]["activity_complexity"].filter(
        (pl.col("year") == 2020) & (pl.col("ubiquity_count") > 5)
    )
    hardest = hard["activity"][0]
    crate = world().panel.filter(pl.col("activity") == hardest).tail(1)
    crate = crate.with_columns(
        place=pl.lit("Rock"), year=pl.lit(2020, pl.Int64), value=pl.lit(0.01)
    )
    given = pl.concat([world().panel, crate])
    found, _ = tables("complexity", given)
    assert "Rock" in found["place_complexity"]["place"].head(10) and "Rock" in said(found, "tiny")
    kept, _ = tables("complexity", given, least_total=1)
    assert "Rock" not in kept["place_complexity"]["place"] and "Rock" in said(kept, "small")
    expected = sample_complexity()[0]["place_complexity"]
    assert kept["place_complexity"]["eci"].to_list() == pytest.approx(
        expected["eci"].to_list(), nan_ok=True
    )
    assert "less than 1 in a year" in " ".join(kept["conventions"]["text_en"])
    with pytest.raises(InputError, match="no place adds up"):
        tables("complexity", given, least_total=1e12)


def test_presence_rules_change_what_is_present() -> None:
    def present(**options: Any) -> int:
        found, _ = tables("complexity", counts, **options)
        return int(found["nearness"]["is_present"].sum())

    counts = (
        world()
        .panel.filter(pl.col("year") == 2020)
        .with_columns(pl.col("value").ceil(), pl.lit(None, pl.Int32).alias("year"))
    )
    usual = present()
    assert present(threshold=2) < usual < present(presence="given")
    assert present(presence="given") == counts.height
    assert present(significance=0.01) < usual and present(least=50) < usual
    for options in (
        {"presence": "given", "threshold": 2},
        {"presence": "given", "shrinkage": "empirical_bayes"},
    ):
        with pytest.raises(InputError, match="no RCA"):
            fl.measure("complexity", counts, **options)


@pytest.mark.slow
def test_few_places_or_activities_carry_a_warning() -> None:
    few = world().panel.filter(pl.col("activity").is_in(world().activities[:9]))
    found, _ = tables("complexity", few)
    assert "9 activities" in said(found, "few") and said(sample_complexity()[0], "few") == ""


@cache
def sample_opportunities() -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    return tables("opportunities", frame().filter(pl.col("year") >= 2008))


def test_what_lacks_one_capability_is_nearer_than_what_lacks_many() -> None:
    able, needed = world().capabilities[:, :, -1], world().requirements
    lacking = (needed.astype(int) @ (~able).astype(int).T).T
    near = related_activities(frame(), "place", "activity", "value", year="year").pairs(2020)
    row = near["place"].replace_strict(
        {name: k for k, name in enumerate(world().places)}, return_dtype=pl.Int64
    )
    column = near["activity"].replace_strict(
        {name: k for k, name in enumerate(world().activities)}, return_dtype=pl.Int64
    )
    missing = lacking[row.to_numpy(), column.to_numpy()]
    assert spearmanr(near["density_share"], missing).statistic < -0.3


@pytest.mark.slow
def test_the_portfolio_stands_beside_its_record_and_its_chances() -> None:
    found, _ = sample_opportunities()
    record, portfolio = found["record"], found["portfolio"]
    assert {"entry", "exit", "growth"} == set(record["target"]) and {
        "ensemble",
        "single",
        "null",
    } == set(record["kind"])
    entry = record.filter(pl.col("target") == "entry")
    assert entry["base_rate_share"].n_unique() == 1 and 0 < entry["base_rate_share"][0] < 0.2
    assert (
        "5 years ahead" in said(found, "entry")
        and "average precision" in said(found, "entry").lower()
    )
    known = portfolio.drop_nulls("chance_share")
    assert known.height > 0.9 * portfolio.height and known["chance_share"].is_between(0, 1).all()
    kept = found["chances"].join(portfolio, on=["place", "activity"], suffix="_own")
    assert kept["chance_share"].to_list() == kept["chance_share_own"].to_list()
    first = portfolio.filter(pl.col("rank") == 1).row(0, named=True)
    assert first["activity"] in first["text_en"] and portfolio["rank"].max() == 10
    told = found["sentences"].filter(pl.col("code") == "first")["text_en"]
    assert told.str.contains("Chance that it is there 5 years on").all()


@pytest.mark.slow
def test_a_drawing_holds_every_absent_activity_and_the_whole_frontier() -> None:
    found, facts = sample_opportunities()
    assert len(facts["drawings"]) == 6
    place = next(iter(facts["drawings"]))
    drawn = found["nodes"].filter(pl.col("drawing") == place)
    summary = found["portfolio_places"].filter(pl.col("place") == place).row(0, named=True)
    assert drawn.height == summary["candidate_count"]
    frontier = drawn.filter(pl.col("group_en") == "on the frontier")
    assert frontier.height == summary["frontier_count"]
    assert set(found["portfolio"].filter(pl.col("place") == place)["activity"]) <= set(
        frontier["node"]
    )
    own = found["portfolio"].filter(pl.col("place") == place).row(0, named=True)
    dot = drawn.filter(pl.col("node") == own["activity"]).row(0, named=True)
    assert (dot["x"], dot["y"]) == pytest.approx((own["density_share"], own["pci_gain"]))


@pytest.mark.slow
def test_growth_and_strategic_weight_of_activities_become_criteria() -> None:
    grown = pl.DataFrame({"activity": world().activities, "growth": np.linspace(-0.05, 0.2, 80)})
    given = (
        world()
        .panel.filter(pl.col("year") == 2020)
        .join(grown, on="activity")
        .with_columns(strategic_weight=pl.lit(None, pl.Float64))
    )
    found, _ = tables("opportunities", given, record=False, places="Greywater,Highford")
    assert (
        "growth_share" in found["portfolio"].columns
        and "strategic_weight" not in found["portfolio"].columns
    )
    assert set(found["portfolio"]["place"]) == {
        "Greywater",
        "Highford",
    } and "forecast growth" in " ".join(found["conventions"]["text_en"])
    assert "it was not asked for" in said(found, "no_record") and not found["record"].height
    expected = dict(grown.iter_rows())
    for name, value in found["portfolio"].select("activity", "growth_share").iter_rows():
        assert value == expected[name]
    clash = given.with_columns(
        growth=pl.when(pl.col("place") == "Highford").then(0.5).otherwise("growth")
    )
    with pytest.raises(InputError, match=r"(?s)growth of .* is .*one value for each activity"):
        tables("opportunities", clash, record=False)
    with pytest.raises(InputError, match="no place 'Atlantis'"):
        tables("opportunities", given, places="Atlantis", record=False)


def test_a_record_that_is_too_short_says_why(tmp_path: Path) -> None:
    short = world().panel.filter(pl.col("year") > 2012).drop("group")
    found = fl.measure("opportunities", short, project=tmp_path)
    text = found.summary()
    assert "No record of such forecasts: that takes three years of the table 5 years apart" in text
    assert "The record is too short" in measured_page(found.tables, found.facts)
    assert found.frame["chance_share"].null_count() == found.frame.height
    lone = found.tables["portfolio_places"].filter(pl.col("frontier_count") == 0)
    assert set(lone["reason_en"]) != {""} or not lone.height


def test_a_year_of_the_table_is_asked_for() -> None:
    with pytest.raises(InputError, match="no year 1990"):
        read_choices(frame(), {"year": 1990, "least_total": 0.0})
    gone = frame().with_columns(
        pl.when(pl.col("place") == "Alderford").then(None).otherwise("year").alias("year")
    )
    with pytest.raises(InputError, match="rows without a year"):
        read_choices(gone, {"year": None, "least_total": 0.0})
    assert (
        of_activity(read_choices(frame(), {"year": None, "least_total": 0.0}), "group")[
            "salt sails"
        ]
        == "weaving"
    )


@pytest.mark.slow
def test_the_same_tables_whatever_the_order_of_the_rows() -> None:
    shuffled = frame().sample(fraction=1, shuffle=True, seed=3)
    found, _ = tables("complexity", shuffled)
    for name, table in sample_complexity()[0].items():
        assert found[name].equals(table, null_equal=True), name


@pytest.mark.slow
def test_the_command_writes_pages_and_files(shell: CommandLine) -> None:
    said = shell("measure", "complexity", "--links", "1")
    assert (
        said.code == 0 and "Most complex in 2020" in said.out and max(map(len, said.lines)) <= 100
    )
    page = Path("observatory/complexity.html").read_text(encoding="utf-8")
    assert page.count('<svg class="drawing"') == 2 and page.count('<svg class="curves"') == 60
    assert pl.read_csv("observatory/complexity/links.csv").height == 80
    wide = (
        world()
        .panel.filter(pl.col("year") == 2020)
        .pivot(on="activity", index="place", values="value")
        .rename({"place": "城市"})
    )
    shell.write("wide.csv", wide.write_csv())
    told = shell("measure", "complexity", "wide.csv", "--project", "wide")
    assert told.code == 0 and "80 columns" in told.out
    one, other = (
        pl.read_csv(f"{folder}/complexity/place_complexity.csv")
        for folder in ("observatory", "wide")
    )
    assert other["eci"].to_list() == pytest.approx(
        one.filter(pl.col("year") == 2020)["eci"].to_list()
    )


def test_places_with_coordinates_are_on_a_map_unless_a_name_lies_in_two_spots() -> None:
    shown = world().panel.filter(pl.col("year") == 2020)
    spots = pl.DataFrame(
        {
            "place": world().places,
            "longitude": np.linspace(-10, 30, 60),
            "latitude": np.linspace(40, 60, 60),
        }
    )
    given = shown.join(spots, on="place")
    found, facts = tables("complexity", given)
    title = next(name for name, told in facts["drawings"].items() if told["kind"] == "map")
    drawn = found["nodes"].filter(pl.col("drawing") == title)
    known = found["place_complexity"].drop_nulls("eci")
    assert dict(drawn.select("node", "x").iter_rows()) == {
        name: x
        for name, x in spots.select("place", "longitude").iter_rows()
        if name in set(known["place"])
    }
    third = dict(drawn.select("node", "group_en").iter_rows())
    assert third[known["place"][0]] == THIRDS[0][0] and third[known["place"][-1]] == THIRDS[2][0]
    moved = given.with_columns(
        pl.when(pl.col("activity") == "plain sails")
        .then(0.0)
        .otherwise("latitude")
        .alias("latitude")
    )
    other, _ = tables("complexity", moved)
    assert title not in set(other["nodes"]["drawing"]) and "several spots" in said(other, "spots")


@pytest.mark.parametrize(
    ("rows", "options", "why"),
    [
        (pl.col("year") == 2020, {"threshold": 1e6}, "No place has an index"),
        (pl.col("activity") == "plain sails", {}, "1 activity"),
        (pl.col("place") == "Alderford", {}, "1 place "),
    ],
    ids=["nothing present", "one activity", "one place"],
)
@pytest.mark.slow
def test_what_has_no_index_says_why_on_a_page(
    rows: pl.Expr, options: dict[str, Any], why: str, tmp_path: Path
) -> None:
    given = world().panel.filter(rows)
    found = fl.measure("complexity", given, project=tmp_path, **options)
    assert why in found.summary() and found.frame["eci"].null_count() == found.frame.height
    assert "" not in set(found.frame["reason_en"])
    assert "经济复杂度" in measured_page(found.tables, found.facts)
    portfolios = fl.measure("opportunities", given, project=tmp_path, record=False, **options)
    assert portfolios.frame.height == 0 and "No portfolio for" in portfolios.summary()
    assert measured_page(portfolios.tables, portfolios.facts).count("<script") == 2


def test_what_is_too_far_is_left_out_and_the_frontier_of_the_rest_stays() -> None:
    given = world().panel.filter(pl.col("year") == 2020).with_columns(**EMPTY)
    every, _ = tables("opportunities", given, record=False, most=1000)
    near, _ = tables("opportunities", given, record=False, most=1000, least_density=0.3)
    expected = every["portfolio"].filter(pl.col("density_share") >= 0.3)
    assert 0 < expected.height < every["portfolio"].height
    keys = ["place", "activity"]
    assert near["portfolio"].select(keys).equals(expected.select(keys))
    assert near["portfolio"].filter(pl.col("rank") == 1).height == expected["place"].n_unique()
    assert "density of 30% or more" in " ".join(near["conventions"]["text_en"])
    criteria = ["density_share", "pci_gain", "outlook_gain"]
    pairs = related_activities(given.drop("year"), "place", "activity", "value").pairs()
    for place in expected["place"].unique().sort().to_list()[:5]:
        index = every["portfolio"].filter(pl.col("place") == place)
        shift = float(
            (index["pci_gain"] - index.join(pairs, on=keys, maintain_order="left")["pci"])[0]
        )
        own = pairs.filter(
            (pl.col("place") == place) & (pl.col("density_share") >= 0.3)
        ).with_columns(pci_gain=pl.col("pci") + shift)
        values = own.drop_nulls(criteria).select(criteria).to_numpy()
        names = own.drop_nulls(criteria)["activity"].to_list()
        beaten = [
            any((other >= one - 1e-12).all() and (other > one + 1e-12).any() for other in values)
            for one in values
        ]
        best = {name for name, is_beaten in zip(names, beaten, strict=True) if not is_beaten}
        assert best == set(near["portfolio"].filter(pl.col("place") == place)["activity"])


@pytest.mark.slow
def test_the_largest_places_come_first() -> None:
    found, facts = sample_opportunities()
    total = (
        frame()
        .filter(pl.col("year") == 2020)
        .group_by("place")
        .agg(pl.col("value").sum())
        .sort("value", descending=True)
    )
    order = [place for place in total["place"] if place in set(found["portfolio"]["place"])]
    assert (
        list(dict.fromkeys(found["portfolio"]["place"])) == order
        and list(facts["drawings"]) == order[:6]
    )
