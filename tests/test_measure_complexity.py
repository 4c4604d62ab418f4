"""Complexity and opportunities measured: planted capabilities come out, choices matter, the record
stands beside the list."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.capabilities import MadeUpCapabilities, made_up_capabilities
from scipy.stats import spearmanr

import firstlight as fl
from command_line import CommandLine
from firstlight.chart import Chart, Drawing
from firstlight.errors import InputError
from firstlight.instruments.complexity.related_activities import related_activities
from firstlight.measurement import measurement
from firstlight.numerics.thirds import THIRDS
from firstlight.result import Result
from firstlight.texts import Code, Count, Figure, Message, Name, Phrase, Share, message, names
from firstlight.views.result_page import result_page


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(tmp_path, capsys)


@cache
def world() -> MadeUpCapabilities:
    return made_up_capabilities()


def frame() -> pl.DataFrame:
    return world().panel


def measured(name: str, given: pl.DataFrame, **options: Any) -> Result:
    return measurement(name).function(given, **options)


def said(found: Result, code: str) -> Message | None:
    """The first message of a code."""
    return next((each for each in found.said if each.code == code), None)


def values(found: Result, code: str) -> dict[str, Any]:
    """The values of the first message of a code."""
    first = said(found, code)
    assert first is not None
    return dict(first.values)


def conventions(found: Result) -> dict[str, Message]:
    return {each.code: each for each in found.conventions}


def error_of(name: str, given: pl.DataFrame, **options: Any) -> InputError:
    with pytest.raises(InputError) as error:
        measured(name, given, **options)
    return error.value


@cache
def sample_complexity() -> Result:
    return measured("complexity", frame())


def test_planted_capabilities_come_out() -> None:
    """Places that can do more stand higher, activities that need more are the more complex, far
    beyond chance."""
    found = sample_complexity().tables
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
    found = sample_complexity().tables
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
    first = list(dict.fromkeys(found["eci_by_year"]["place"]))[:3]
    assert first == places["place"].head(3).to_list()
    highest = values(sample_complexity(), "highest")
    assert highest["places"] == names(first) and sample_complexity().said[0].code == "highest"


def test_the_space_is_drawn_with_its_classes_and_neighbours_are_near() -> None:
    found = sample_complexity().tables
    space, links = found["space"], found["space_links"]
    assert set(space["group"]) == {"weaving", "smithing", "glasswork", "gardening", "clockwork"}
    assert space.height == 80 and [each.code for each in sample_complexity().charts][:2] == [
        "by_rank",
        "space",
    ]
    at = {row["activity"]: np.array([row["x"], row["y"]]) for row in space.iter_rows(named=True)}
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
    assert best["weight"] == pytest.approx(max(known.values()))
    assert values(sample_complexity(), "nearest")["one"] == Name(best["one"])
    families = dict(zip(space["activity"], space["group"], strict=True))
    same = np.mean(
        [families[row["one"]] == families[row["other"]] for row in links.iter_rows(named=True)]
    )
    assert same > 0.45, "0.2 if links didn't know families"


def test_each_activity_has_its_five_nearest() -> None:
    found = sample_complexity().tables
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
    result = measured("complexity", frame().drop("group"), shown_year=2010, links=3)
    found = result.tables
    space = found["space"]
    assert 2 <= space["group"].n_unique() < 30
    assert set(space["group"].drop_nulls()) <= set(space["activity"]), "the largest of each"
    kept = found["activity_complexity"].filter(pl.col("year") == 2010)
    named = kept.drop_nulls("community")
    assert named.height == space.drop_nulls("group").height
    assert values(result, "space")["count"] == Count(named["community"].n_unique())
    others = found["activity_complexity"].filter(pl.col("year") != 2010)
    assert others.height and others["community"].null_count() == others.height
    assert found["nearness"]["year"].unique().to_list() == [2010]
    assert "in 2010" in result.texts.sentence("en", result.said[0])
    assert result.texts.sentence("zh", result.said[0]).startswith("2010年")


@pytest.mark.slow
def test_density_of_a_pair_is_the_share_of_what_is_near() -> None:
    found = measured("complexity", frame(), shown_year=2015).tables
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
    assert "year" not in found.frame.columns
    assert [each.code for each in found.charts if isinstance(each, Chart)] == ["by_rank"]
    expected = sample_complexity().tables["place_complexity"].filter(pl.col("year") == 2020)
    assert found.frame["eci"].to_list() == pytest.approx(expected["eci"].to_list())
    page = result_page(found)
    assert page.count('<svg class="drawing"') == 2 and "活动空间" in page
    assert error_of("complexity", given, shown_year=2020).code == "no_years"


@pytest.mark.slow
def test_small_places_are_pointed_out_and_can_be_left_out() -> None:
    hard = (
        sample_complexity()
        .tables["activity_complexity"]
        .filter((pl.col("year") == 2020) & (pl.col("ubiquity_count") > 5))
    )
    hardest = hard["activity"][0]
    crate = world().panel.filter(pl.col("activity") == hardest).tail(1)
    crate = crate.with_columns(
        place=pl.lit("Rock"), year=pl.lit(2020, pl.Int64), value=pl.lit(0.01)
    )
    given = pl.concat([world().panel, crate])
    found = measured("complexity", given)
    assert "Rock" in found.table["place"].head(10)
    tiny = values(found, "tiny")
    assert tiny["places"] == names(["Rock"])
    kept = measured("complexity", given, least_total=float(tiny["least"].value))
    assert "Rock" not in kept.table["place"]
    assert values(kept, "small")["places"] == names(["Rock"], 3)
    expected = sample_complexity().table
    assert kept.table["eci"].to_list() == pytest.approx(expected["eci"].to_list(), nan_ok=True)
    assert conventions(kept)["least_total"].values["least"] == Figure(float(tiny["least"].value))
    assert error_of("complexity", given, least_total=1e12).code == "all_too_small"


def test_presence_rules_change_what_is_present() -> None:
    def present(**options: Any) -> int:
        found = measured("complexity", counts, **options)
        return int(found.tables["nearness"]["is_present"].sum())

    counts = (
        world()
        .panel.filter(pl.col("year") == 2020)
        .with_columns(pl.col("value").ceil())
        .drop("year")
    )
    usual = present()
    assert present(threshold=2) < usual < present(presence="given")
    assert present(presence="given") == counts.height
    assert present(significance=0.01) < usual and present(least=50) < usual
    for options in (
        {"presence": "given", "threshold": 2},
        {"presence": "given", "shrinkage": "empirical_bayes"},
    ):
        assert error_of("complexity", counts, **options).code == "no_rca"
    parts = counts.with_columns(pl.col("value") + 0.5)
    assert error_of("complexity", parts, significance=0.05).code == "no_count"
    assert error_of("complexity", counts, threshold=0.0).code == "threshold_of_nothing"
    assert error_of("complexity", counts, significance=1.0).code == "significance_of_nothing"
    shrunk = {"shrinkage": "empirical_bayes", "threshold": 0.5}
    assert error_of("complexity", counts, **shrunk).code == "shrunk_below_one"


@pytest.mark.slow
def test_few_places_or_activities_carry_a_warning() -> None:
    few = world().panel.filter(pl.col("activity").is_in(world().activities[:9]))
    nine = Phrase(message("phrases.activities", count=Count(9)))
    assert values(measured("complexity", few), "few")["activities"] == nine
    assert said(sample_complexity(), "few") is None


@cache
def sample_opportunities() -> Result:
    return measured("opportunities", frame().filter(pl.col("year") >= 2008))


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
    found = sample_opportunities()
    record, portfolio = found.tables["record"], found.table
    assert {"entry", "exit", "growth"} == set(record["target"])
    assert {"ensemble", "single", "null"} == set(record["kind"])
    entry = record.filter(pl.col("target") == "entry")
    assert entry["base_rate_share"].n_unique() == 1 and 0 < entry["base_rate_share"][0] < 0.2
    assert values(found, "entry")["base_rate"] == Share(entry["base_rate_share"][0], digits=1)
    known = portfolio.drop_nulls("chance_share")
    assert known.height > 0.9 * portfolio.height and known["chance_share"].is_between(0, 1).all()
    kept = found.tables["chances"].join(portfolio, on=["place", "activity"], suffix="_own")
    assert kept["chance_share"].to_list() == kept["chance_share_own"].to_list()
    assert portfolio["rank"].max() == 10
    firsts = [each for each in found.said if each.code == "first_foretold"]
    rank = portfolio.filter(pl.col("rank") == 1)
    chance = dict(rank.select("place", "chance_share").iter_rows())
    assert len(firsts) == 6
    assert all(
        each.values["chance"] == Share(chance[each.values["place"].value]) for each in firsts
    )
    for table in ("record", "opportunity_record_by_year", "chances"):
        for column in found.tables[table].columns:
            assert found.texts.told("zh", table, column), f"{table}.{column} has no words"


@pytest.mark.slow
def test_the_likeliest_comes_first_with_what_its_place_has_and_lacks() -> None:
    found = sample_opportunities()
    best = found.table.sort("chance_share", descending=True).row(0, named=True)
    likeliest = values(found, "likeliest")
    codes = [given.code for given in found.said[:4]]
    assert codes[::2] == ["likeliest", "done_already"] and codes[3] == "shown_largest"
    shown = world().panel.filter(year=2020).filter(pl.col("value") > 0)
    done = found.table.join(shown, on=["place", "activity"], how="semi")
    assert values(found, "done_already") == {
        "count": Count(done.height),
        "all": Count(found.table.height),
    }
    assert 0 < done.height < found.table.height and done["rca"].max() < 1
    assert likeliest["place"] == Name(best["place"])
    assert likeliest["activity"] == Name(best["activity"])
    assert likeliest["chance"] == Share(best["chance_share"])
    assert likeliest["mean"] == Share(best["mean_chance_share"], digits=1)
    near = measured("complexity", frame())
    nearest = near.tables["nearest_activities"].filter(pl.col("activity") == best["activity"])
    pairs = near.tables["nearness"].filter(pl.col("place") == best["place"])
    there = dict(pairs.select("activity", "is_present").iter_rows())
    has, lacks = (
        [name for name in nearest["other_activity"] if there[name] == is_there]
        for is_there in (True, False)
    )
    related = {"has": names(has)} if has else {}
    related |= {"lacks": names(lacks)} if lacks else {}
    assert {key: found.said[1].values.get(key) for key in related} == related
    assert (
        found.said[1].code
        == {
            (True, True): "related",
            (True, False): "related_all",
            (False, True): "related_none",
        }[bool(has), bool(lacks)]
    )
    largest = values(found, "shown_largest")
    assert (largest["count"], largest["all"]) == (Count(6), Count(60))


@pytest.mark.slow
def test_a_drawing_holds_every_absent_activity_and_the_whole_frontier() -> None:
    found = sample_opportunities().tables
    dots = found["absent_activities"]
    assert dots["place"].n_unique() == 6
    place = dots["place"][0]
    drawn = dots.filter(pl.col("place") == place)
    summary = found["portfolio_places"].filter(pl.col("place") == place).row(0, named=True)
    assert drawn.height == summary["candidate_count"]
    frontier = drawn.filter(pl.col("standing") == "frontier")
    assert frontier.height == summary["frontier_count"]
    listed = found["portfolio"].filter(pl.col("place") == place)
    assert set(listed["activity"]) <= set(frontier["activity"])
    own = listed.row(0, named=True)
    dot = drawn.filter(pl.col("activity") == own["activity"]).row(0, named=True)
    assert (dot["density_share"], dot["pci_gain"]) == pytest.approx(
        (own["density_share"], own["pci_gain"])
    )


@pytest.mark.slow
def test_growth_and_strategic_weight_of_activities_become_criteria() -> None:
    grown = pl.DataFrame({"activity": world().activities, "growth": np.linspace(-0.05, 0.2, 80)})
    given = world().panel.filter(pl.col("year") == 2020).join(grown, on="activity")
    found = measured("opportunities", given, record=False, places=["Greywater", "Highford"])
    columns = found.table.columns
    assert "growth_share" in columns and "strategic_weight" not in columns
    assert set(found.table["place"]) == {"Greywater", "Highford"}
    criteria = conventions(found)["frontier"].values["criteria"].value
    assert criteria[-1] == Code("codes.criterion.growth_share")
    assert said(found, "record_not_asked") and not found.tables["record"].height
    assert found.said[0].code == "listed" and values(found, "shown_named")["count"] == Count(2)
    expected = dict(grown.iter_rows())
    for name, value in found.table.select("activity", "growth_share").iter_rows():
        assert value == expected[name]
    clash = given.with_columns(
        growth=pl.when(pl.col("place") == "Highford").then(0.5).otherwise("growth")
    )
    error = error_of("opportunities", clash, record=False)
    assert error.code == "two_values" and error.values["column"] == Name("growth")
    error = error_of("opportunities", given, places=["Atlantis"], record=False)
    assert error.code == "no_place" and error.values["place"] == Name("Atlantis")


def test_growth_by_a_crosswalk_says_what_does_not_join() -> None:
    given = world().panel.filter(pl.col("year") == 2020)
    sky = pl.DataFrame({"technology": ["a", "b", "c"], "growth": [0.1, 0.3, None]})
    first, second = world().activities[:2]
    lines = pl.DataFrame(
        {"technology": ["a", "b", "a", "c"], "activity": [first, first, "elsewhere", second]}
    )
    both = {"technologies": sky, "crosswalk": lines, "record": False}
    found = measured("opportunities", given, **both)
    grown = found.tables["activity_growth"]
    assert grown.select("activity", "growth_share").rows() == [(first, pytest.approx(0.2))]
    assert found.tables["growth_left_out"].rows() == [
        ("a", "elsewhere", "no_activity"),
        ("c", second, "no_growth"),
    ]
    assert values(found, "growth_left_out")["count"] == Count(2)
    alone = error_of("opportunities", given, technologies=sky)
    assert alone.code == "one_without_other" and alone.values["lacking"] == Name("crosswalk")
    twice = given.with_columns(growth=pl.lit(0.1))
    assert error_of("opportunities", twice, **both).code == "growth_twice"
    far = lines.with_columns(activity=pl.col("activity") + " far away")
    error = error_of("opportunities", given, **{**both, "crosswalk": far})
    assert error.code == "no_activity_joins"


def test_a_record_that_is_too_short_says_why(tmp_path: Path) -> None:
    short = world().panel.filter(pl.col("year") > 2012).drop("group")
    found = fl.measure("opportunities", short, project=tmp_path)
    assert values(found, "record_too_short")["count"] == Count(5)
    assert "The record is too short" in result_page(found)
    assert found.frame["chance_share"].null_count() == found.frame.height
    lone = found.tables["portfolio_places"].filter(pl.col("frontier_count") == 0)
    assert lone["reason"].null_count() == 0


def test_a_year_of_the_table_is_asked_for() -> None:
    error = error_of("complexity", frame(), shown_year=1990)
    assert error.code == "no_such_year" and error.values["year"] == Name("1990")
    gone = frame().with_columns(
        pl.when(pl.col("place") == "Alderford").then(None).otherwise("year").alias("year")
    )
    assert error_of("complexity", gone).code == "key_missing"
    shown = sample_complexity().tables["activity_complexity"].filter(pl.col("year") == 2020)
    assert shown.filter(pl.col("activity") == "salt sails")["group"].to_list() == ["weaving"]


@pytest.mark.slow
def test_the_same_tables_whatever_the_order_of_the_rows() -> None:
    shuffled = frame().sample(fraction=1, shuffle=True, seed=3)
    found = measured("complexity", shuffled)
    assert found.said == sample_complexity().said
    for name, table in sample_complexity().tables.items():
        assert found.tables[name].equals(table, null_equal=True), name


@pytest.mark.slow
def test_the_command_writes_pages_and_files(shell: CommandLine) -> None:
    said = shell("measure", "complexity", "--links", "1")
    assert (
        said.code == 0 and "Most complex in 2020" in said.out and max(map(len, said.lines)) <= 100
    )
    page = Path("observatory/complexity.html").read_text(encoding="utf-8")
    assert page.count('<svg class="drawing"') == 2 and page.count('<svg class="curves"') == 1 + 60
    assert pl.read_csv("observatory/complexity/space_links.csv").height == 80
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
    found = measured("complexity", given)
    drawn, known = found.tables["place_map"], found.table.drop_nulls("eci")
    assert [each.kind for each in found.charts if isinstance(each, Drawing)] == [
        "network",
        "scatter",
        "map",
    ]
    assert dict(drawn.select("place", "x").iter_rows()) == {
        name: x
        for name, x in spots.select("place", "longitude").iter_rows()
        if name in set(known["place"])
    }
    third = dict(drawn.select("place", "third").iter_rows())
    assert third[known["place"][0]] == THIRDS[0] and third[known["place"][-1]] == THIRDS[2]
    moved = given.with_columns(
        pl.when(pl.col("activity") == "plain sails")
        .then(0.0)
        .otherwise("latitude")
        .alias("latitude")
    )
    other = measured("complexity", moved)
    assert "place_map" not in other.tables and said(other, "spots")


@pytest.mark.parametrize(
    ("rows", "options", "why"),
    [
        (pl.col("year") == 2020, {"threshold": 1e6}, "no_index"),
        (pl.col("activity") == "plain sails", {}, "few"),
        (pl.col("place") == "Alderford", {}, "few"),
    ],
    ids=["nothing present", "one activity", "one place"],
)
@pytest.mark.slow
def test_what_has_no_index_says_why_on_a_page(
    rows: pl.Expr, options: dict[str, Any], why: str, tmp_path: Path
) -> None:
    given = world().panel.filter(rows)
    found = fl.measure("complexity", given, project=tmp_path, **options)
    assert said(found, why)
    assert found.frame["eci"].null_count() == found.frame.height
    assert found.frame["reason"].null_count() == 0
    assert "经济复杂度" in result_page(found)
    portfolios = fl.measure("opportunities", given, project=tmp_path, record=False, **options)
    assert portfolios.frame.height == 0
    assert portfolios.said[0].code == "no_portfolio"
    assert result_page(portfolios).count("<script") == 2


def test_what_is_too_far_is_left_out_and_the_frontier_of_the_rest_stays() -> None:
    given = world().panel.filter(pl.col("year") == 2020)
    every = measured("opportunities", given, record=False, most=1000)
    near = measured("opportunities", given, record=False, most=1000, least_density=0.3)
    expected = every.table.filter(pl.col("density_share") >= 0.3)
    assert 0 < expected.height < every.table.height
    keys = ["place", "activity"]
    assert near.table.select(keys).equals(expected.select(keys))
    assert near.table.filter(pl.col("rank") == 1).height == expected["place"].n_unique()
    assert conventions(near)["near_alone"].values["density"] == Share(0.3)
    criteria = ["density_share", "pci_gain", "outlook_gain"]
    pairs = related_activities(given.drop("year"), "place", "activity", "value").pairs()
    for place in expected["place"].unique().sort().to_list()[:5]:
        index = every.table.filter(pl.col("place") == place)
        shift = float(
            (index["pci_gain"] - index.join(pairs, on=keys, maintain_order="left")["pci"])[0]
        )
        own = pairs.filter(
            (pl.col("place") == place) & (pl.col("density_share") >= 0.3)
        ).with_columns(pci_gain=pl.col("pci") + shift)
        numbers = own.drop_nulls(criteria).select(criteria).to_numpy()
        activities = own.drop_nulls(criteria)["activity"].to_list()
        beaten = [
            any((other >= one - 1e-12).all() and (other > one + 1e-12).any() for other in numbers)
            for one in numbers
        ]
        best = {name for name, is_beaten in zip(activities, beaten, strict=True) if not is_beaten}
        assert best == set(near.table.filter(pl.col("place") == place)["activity"])


@pytest.mark.slow
def test_the_largest_places_come_first() -> None:
    found = sample_opportunities().tables
    total = (
        frame()
        .filter(pl.col("year") == 2020)
        .group_by("place")
        .agg(pl.col("value").sum())
        .sort("value", descending=True)
    )
    order = [place for place in total["place"] if place in set(found["portfolio"]["place"])]
    assert list(dict.fromkeys(found["portfolio"]["place"])) == order
    assert list(dict.fromkeys(found["absent_activities"]["place"])) == order[:6]
