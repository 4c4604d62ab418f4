"""Opportunities: the frontier against every pair, order and scale move nothing, joined criteria,
and what is left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from firstlight.errors import InputError
from firstlight.instruments.complexity.next_activities.answer import firsts, no_portfolio
from firstlight.instruments.complexity.next_activities.portfolios import pareto_frontier, portfolios
from firstlight.instruments.complexity.related_activities import (
    RelatedActivities,
    related_activities,
)
from firstlight.instruments.complexity.specialisation import PresenceRule
from firstlight.texts import Code, Share, names

TABLES = arrays.arrays(
    float, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.integers(0, 4).map(float)
)


@settings(max_examples=150, deadline=None)
@given(TABLES, st.integers(0, 99))
def test_the_frontier_is_what_no_other_beats(table: np.ndarray, seed: int) -> None:
    beaten = [any((other >= one).all() and (other > one).any() for other in table) for one in table]
    found = pareto_frontier(table)
    assert (found == ~np.array(beaten)).all() and found.any()
    order = np.random.default_rng(seed).permutation(len(table))
    assert (pareto_frontier(1e9 * table[order] - 3) == found[order]).all()


def near(years: tuple[int, ...] = (2000, 2001), seed: int = 0) -> RelatedActivities:
    """Twenty places, thirty activities of a planted order; one place with everything, one apart
    from all."""
    draws = np.random.default_rng(seed)
    able, hard = np.linspace(0.1, 1, 20), np.linspace(0, 1, 30)
    rows = []
    for year in years:
        m = draws.uniform(size=(20, 30)) < 1 / (1 + np.exp(-9 * (able[:, None] - hard)))
        m[-1] = True
        rows += [(f"P{c:02}", f"a{p:02}", year, 1.0) for c, p in np.argwhere(m)]
        rows.append(("Far", "far", year, 1.0))
    frame = pl.DataFrame(rows, schema=["c", "p", "t", "v"], orient="row")
    return related_activities(frame, "c", "p", "v", year="t", rule=PresenceRule(is_given=True))


def test_a_portfolio_is_the_frontier_of_the_places_absent_activities() -> None:
    found = portfolios(near(), year=2000, most=100)
    pairs = near().pairs(2000).drop_nulls("pci")
    eci = dict(near().table.filter(pl.col("year") == 2000).select("place", "eci").rows())
    for (place,), rows in pairs.filter(pl.col("place") != "Far").group_by("place"):
        values = rows.select("density_share", pl.col("pci") - eci[place], "outlook_gain").to_numpy()
        best = set(rows["activity"].filter(pl.Series(pareto_frontier(values))))
        own = found.table.filter(pl.col("place") == place)
        assert set(own["activity"]) == best and own["rank"].to_list() == list(
            range(1, len(best) + 1)
        )
        assert own["mean_percentile_share"].is_sorted(descending=True)
    assert set(found.table["year"]) == {2000}
    assert found.table["mean_percentile_share"].is_between(0, 1).all()
    assert portfolios(near(), most=2).table.group_by("place").len()["len"].max() == 2


def test_growth_and_weight_join_the_criteria() -> None:
    weight = {f"a{p:02}": float(p == 29) for p in range(30)}
    growth = {f"a{p:02}": 0.05 for p in range(5, 30)}
    found = portfolios(near(), growth=growth, weight=weight, most=100)
    assert (
        found.table.filter(pl.col("strategic_weight") == 1)["place"].n_unique() >= 10
    )  # unbeaten by its weight alone
    assert found.table.filter(pl.col("activity") < "a05").is_empty()
    assert set(found.table["growth_share"]) == {0.05}
    assert found.criteria[-2:] == ("growth_share", "strategic_weight")
    left_out = found.places.filter(pl.col("left_out_count") > 0, pl.col("candidate_count") > 0)
    assert left_out.height > 0 and set(left_out["reason"]) == {"some_left_out"}


def test_places_without_a_portfolio_say_why() -> None:
    found = portfolios(near())
    why = dict(found.places.select("place", "reason").rows())
    assert why["P19"] == "criterion_unknown"  # that of what is done in a block apart
    assert why["Far"] == "other_block"
    assert set(found.table["place"]).isdisjoint({"Far", "P19"})
    said = {each.values["reason"]: each.values["places"] for each in no_portfolio(found.places)}
    assert said == {
        Code("codes.reason.criterion_unknown"): names(["P19"]),
        Code("codes.reason.other_block"): names(["Far"]),
    }, "a message for each reason"
    some = portfolios(near(), growth={"a01": 0.1})
    codes = [each.values["reason"] for each in no_portfolio(some.places)]
    assert codes.count(Code("codes.reason.criterion_unknown")) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"growth": {"a01": float("nan")}}, "number_not_finite"),
        ({"weight": {"elsewhere": 1.0}}, "none_in_table"),
        ({"year": 1999}, "no_choice"),
    ],
)
def test_what_cannot_be_used_is_named(changed: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        portfolios(near(), **changed)  # type: ignore[arg-type]
    assert caught.value.code == code
    with pytest.raises(InputError) as caught:
        pareto_frontier([[np.nan, 1.0]])
    assert caught.value.code == "no_finite_table"


def test_counts_percentiles_and_sentences_of_a_portfolio() -> None:
    few = {f"a{p:02}": 0.05 for p in range(5, 30)}
    space = near()
    found, pairs = portfolios(space, growth=few, most=2), space.pairs(2001)
    assert set(found.table["year"]) == {2001}
    eci = dict(space.table.filter(pl.col("year") == 2001).select("place", "eci").rows())
    told = {row["place"]: row for row in found.places.iter_rows(named=True)}
    ways = set()
    for (place,), rows in pairs.drop_nulls("pci").group_by("place"):
        kept = rows.filter(pl.col("activity").is_in(list(few)))
        if place == "Far" or kept.is_empty():
            continue
        values = kept.select("density_share", pl.col("pci") - eci[place], "outlook_gain").to_numpy()
        others = max(len(values) - 1, 1)
        share = [
            np.mean(
                [
                    ((c < x).sum() + ((c == x).sum() - 1) / 2) / others
                    for c, x in zip(values.T, one, strict=True)
                ]
            )
            for one in values
        ]
        share = dict(
            zip(kept["activity"], (3 * np.array(share) + 0.5 * (len(values) > 1)) / 4, strict=True)
        )
        assert told[place]["frontier_count"] == pareto_frontier(values).sum()
        assert told[place]["candidate_count"] == kept.height
        lost = pairs.filter(pl.col("place") == place).height - kept.height
        assert told[place]["left_out_count"] == lost
        assert told[place]["reason"] == ("some_left_out" if lost else None)
        for row in found.table.filter(pl.col("place") == place).iter_rows(named=True):
            assert row["mean_percentile_share"] == pytest.approx(share[row["activity"]])
            pci = kept.filter(pl.col("activity") == row["activity"])["pci"].item()
            assert row["pci_gain"] == pytest.approx(pci - eci[place])
            ways.add(row["pci_gain"] >= 0)
            [said] = firsts(pl.DataFrame([{**row, "rank": 1, "chance_share": None}]), [place])
            side = "above" if row["pci_gain"] >= 0 else "below"
            assert said.values["side"] == Code(f"codes.side.{side}")
            assert said.values["density"] == Share(row["density_share"])
    assert ways
