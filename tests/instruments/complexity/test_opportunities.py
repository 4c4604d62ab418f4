"""Opportunities: the frontier against every pair, order and scale move nothing, joined criteria, and what is left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from firstlight.errors import InputError
from firstlight.instruments.complexity.opportunities import opportunities, pareto_frontier
from firstlight.instruments.complexity.related_activities import (
    RelatedActivities,
    related_activities,
)
from firstlight.instruments.complexity.specialisation import PresenceRule

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
    """Twenty places, thirty activities of a planted order; one place with everything, one apart from all."""
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
    found = opportunities(near(), year=2000, most=100)
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
    assert opportunities(near(), most=2).table.group_by("place").len()["len"].max() == 2


def test_growth_and_weight_join_the_criteria_and_are_told() -> None:
    weight = {f"a{p:02}": float(p == 29) for p in range(30)}
    growth = {f"a{p:02}": 0.05 for p in range(5, 30)}
    found = opportunities(near(), growth=growth, weight=weight, most=100)
    assert (
        found.table.filter(pl.col("strategic_weight") == 1)["place"].n_unique() >= 10
    )  # unbeaten by its weight alone
    assert found.table.filter(pl.col("activity") < "a05").is_empty()
    row = found.table.row(0, named=True)
    assert (
        "5.0% a year" in row["text_en"]
        and "战略权重" in row["text_zh"]
        and row["place"] in row["text_zh"]
    )
    assert "strategic weight" in found.conventions[-2][0]
    left_out = found.places.filter(pl.col("reason_en").str.contains("isn't known"))
    assert left_out.height > 0 and left_out["reason_zh"].str.contains("未纳入").all()


def test_places_without_a_portfolio_say_why() -> None:
    found = opportunities(near())
    why = dict(found.places.select("place", "reason_en").rows())
    assert "everything" in why["P19"] or "criterion" in why["P19"]
    assert "not comparable" in why["Far"]
    assert set(found.table["place"]).isdisjoint({"Far", "P19"})
    assert "No portfolio for" in found.summary() and "无组合" in found.summary("zh")
    assert found.plot().to_dict()["mark"]["type"] == "circle"
    told = [words for code, words in found.sentences if code == "none"]
    assert len(told) == 2, "a sentence for each reason"
    far = next(words for words in told if "not comparable" in words[0])
    assert "Far" in far[0] and "P19" not in far[0]
    some = opportunities(near(), growth={"a01": 0.1})
    lone = [words[0] for code, words in some.sentences if code == "none"]
    assert sum("some criterion isn't known" in text for text in lone) == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"growth": {"a01": float("nan")}}, "'a01'"),
        ({"weight": {"elsewhere": 1.0}}, "none of its activities"),
        ({"year": 1999}, "no year 1999"),
    ],
)
def test_what_cannot_be_used_is_named(changed: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        opportunities(near(), **changed)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="finite"):
        pareto_frontier([[np.nan, 1.0]])


def test_counts_percentiles_and_sentences_of_a_portfolio() -> None:
    few = {f"a{p:02}": 0.05 for p in range(5, 30)}
    space = near()
    found, pairs = opportunities(space, growth=few, most=2), space.pairs(2001)
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
        assert (
            told[place]["reason_en"].endswith(f": {lost}")
            if lost
            else told[place]["reason_en"] == ""
        )
        for row in found.table.filter(pl.col("place") == place).iter_rows(named=True):
            assert row["mean_percentile_share"] == pytest.approx(share[row["activity"]])
            pci = kept.filter(pl.col("activity") == row["activity"])["pci"].item()
            assert row["pci_gain"] == pytest.approx(pci - eci[place])
            ways.add(row["pci_gain"] >= 0)
            assert f"{row['density_share']:.0%} of what is near" in row["text_en"]
            assert (
                (" above P" in row["text_en"])
                == (row["pci_gain"] >= 0)
                == (f"{place}高" in row["text_zh"])
            )
    assert ways
