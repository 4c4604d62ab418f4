"""The frames of complexity: years, kinds of frames, order of rows, reasons."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_panel import rule_conventions
from firstlight.instruments.complexity.complexity_index import complexity_index
from firstlight.instruments.complexity.economic_complexity.yearly_indices import economic_complexity
from firstlight.instruments.complexity.related_activities import related_activities
from firstlight.instruments.complexity.specialisation import PresenceRule, specialisation
from firstlight.texts import Name


def planted(
    years: tuple[int, ...] = (2000, 2005), seed: int = 0, n: int = 25, k: int = 40
) -> pl.DataFrame:
    """Counts of a planted order, long; able places come last by name, hard activities too."""
    draws = np.random.default_rng(seed)
    able, hard = np.linspace(0.05, 1, n), np.linspace(0, 0.95, k)
    rows = []
    for year in years:
        rate = 40 / (1 + np.exp(-8 * (able[:, None] - hard)))
        for (c, p), count in np.ndenumerate(draws.poisson(rate)):
            rows.append((f"P{c:02}", f"a{p:02}", year, float(count)))
    return pl.DataFrame(rows, schema=["place", "activity", "year", "firms"], orient="row")


def test_each_year_is_as_its_own_table_and_order_and_kind_of_frame_move_nothing() -> None:
    rows = planted()
    found = economic_complexity(rows, "place", "activity", "firms", year="year")
    assert found.table["year"].unique().to_list() == [2000, 2005]
    one = rows.filter(pl.col("year") == 2005)
    x = one["firms"].to_numpy().reshape(25, 40)
    expected = complexity_index(specialisation(x).presence).eci
    assert found.table.filter(pl.col("year") == 2005)["eci"].to_numpy() == pytest.approx(
        expected, abs=1e-9
    )
    order = np.corrcoef(
        found.table.filter(pl.col("year") == 2005)["eci"].to_numpy(), np.arange(25)
    )[0, 1]
    assert order > 0.9
    mixed = economic_complexity(
        rows.sample(fraction=1, shuffle=True, seed=3).to_pandas(),
        "place",
        "activity",
        "firms",
        year="year",
    )
    for name in ("table", "activities", "specialisation"):
        assert getattr(mixed, name).equals(getattr(found, name))


def test_rule_measures_and_conventions() -> None:
    rule = PresenceRule(significance=0.05, shrinkage="empirical_bayes")
    found = economic_complexity(
        planted((2000,)), "place", "activity", "firms", rule=rule, measures=["eci"], updates=19
    )
    assert {"fitness", "genepy"}.isdisjoint(
        found.table.columns
    ) and "year" not in found.table.columns
    cells = found.specialisation
    assert (cells["rca_low"] < cells["rca_high"]).all() and cells.filter("is_present")[
        "rca"
    ].min() >= 1
    codes = [each.code for each in rule_conventions(rule)]
    assert codes == ["present_rca", "present_significant", "shrunk"]
    fixed = economic_complexity(
        planted((2000,)), "place", "activity", "firms", updates=19, pci_scale="own", blocks="each"
    )
    assert fixed.years[0].fitness is not None and fixed.years[0].fitness.updates == 19
    assert fixed.activities["pci"].mean() == pytest.approx(0, abs=1e-9)
    with pytest.raises(InputError) as caught:
        economic_complexity(
            planted(), "place", "activity", "firms", year="year", measures=["wealth"]
        )
    assert caught.value.code == "no_choice"


def test_a_place_with_nothing_and_a_block_apart_are_named() -> None:
    rows = planted((2000,))
    more = pl.DataFrame(
        [("Nil", "a00", 2000, 0.0), ("Far", "far", 2000, 9.0), ("Off", "far", 2000, 5.0)],
        schema=rows.schema,
        orient="row",
    )
    found = economic_complexity(pl.concat([rows, more]), "place", "activity", "firms")
    lost = found.table.filter(pl.col("eci").is_null())
    assert dict(lost.select("place", "reason").rows()) == {
        "Nil": "empty_place",
        "Far": "other_block",
        "Off": "other_block",
    }
    assert lost.filter(pl.col("place") == "Nil")["fitness"][0] is None
    assert found.table.filter(pl.col("reason").is_null())["eci"].null_count() == 0
    near = related_activities(pl.concat([rows, more]), "place", "activity", "firms")
    assert near.table.filter(pl.col("place") == "Nil")["outlook_index"][0] is None
    assert near.pairs().filter(pl.col("activity") == "far")["pci"].null_count() == 26


def test_relatedness_of_years_is_the_same_bytes_for_any_number_of_workers() -> None:
    rows = planted((2000, 2001, 2002))
    one = related_activities(rows, "place", "activity", "firms", year="year", workers=1)
    two = related_activities(
        rows.sample(fraction=1, shuffle=True, seed=5),
        "place",
        "activity",
        "firms",
        year="year",
        workers=3,
    )
    assert (
        one.table.equals(two.table)
        and one.pairs(2001).equals(two.pairs(2001))
        and one.links().equals(two.links())
    )
    pairs = one.pairs(2000, absent_only=False)
    assert pairs.height == 25 * 40
    assert (pairs["density_share"] + pairs["distance_share"]).to_numpy() == pytest.approx(1.0)
    assert pairs.filter("is_present")["outlook_gain"].null_count() == pairs["is_present"].sum()
    assert pairs.filter(~pl.col("is_present"))["outlook_gain"].null_count() == 0
    links = one.links(2000, least=0.6)
    assert (
        links["proximity"].is_sorted(descending=True)
        and (links["activity"] < links["other_activity"]).all()
    )
    with pytest.raises(InputError) as caught:
        one.pairs(1999)
    assert caught.value.code == "no_choice"
    assert caught.value.values["value"] == Name("1999")
    with pytest.raises(InputError, match="binary"):
        related_activities(
            rows, "place", "activity", "firms", year="year", rule=PresenceRule(weights="rca")
        )


def test_where_no_activity_has_a_pci_there_is_no_index_and_no_outlook() -> None:
    rows = pl.DataFrame({"c": list("AABB"), "p": list("xyxy"), "v": [1.0, 1, 1, 1]})
    near = related_activities(rows, "c", "p", "v")
    assert near.table["outlook_index"].null_count() == 2
    found = economic_complexity(rows, "c", "p", "v")
    assert set(found.table["reason"]) == {"alike"} == set(found.activities["reason"])
