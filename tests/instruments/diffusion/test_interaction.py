"""Interaction as a measurement: as the function pair by pair, the planted sample, chance beside it,
what can't be fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.diffusion import interaction, lotka_volterra
from firstlight.errors import InputError
from firstlight.instruments.diffusion.competition import competition_hindcast
from firstlight.instruments.diffusion.two_technologies.two_technologies import INTERACTION
from firstlight.texts import Count, Share

SAMPLE: Any = INTERACTION.sample_call()["frame"]


def sizes(name: str) -> list[float]:
    return SAMPLE.filter(technology=name)["value"].cast(pl.Float64).to_list()


def test_the_planted_competitors_are_found_and_the_bystander_is_none() -> None:
    found = interaction(SAMPLE)
    kinds = {row[:2]: row[2] for row in found.table.select("first", "second", "kind").rows()}
    assert kinds == {
        ("cloud stoves", "fog turbines"): "pure_competition",
        ("cloud stoves", "magnet pumps"): "no_interaction",
        ("fog turbines", "magnet pumps"): "no_interaction",
    }
    said = {each.code: each.values for each in found.said}
    assert said["shown"]["shown"] == Count(1) and said["shown"]["count"] == Count(3)
    assert said["shown"]["chance"] == Share(1 - 0.9**2)


def test_a_pair_is_that_of_the_function() -> None:
    one, other = sizes("cloud stoves"), sizes("fog turbines")
    years = range(1995, 2025)
    fit = lotka_volterra(years, one, other, level=0.8)
    row = interaction(SAMPLE, level=0.8, horizon=3).table.row(0, named=True)
    assert row["changes_count"] == fit.changes_count == 29
    means = np.mean(other[:-1]), np.mean(one[:-1])
    for k, which in enumerate(("first", "second")):
        ends = [row[f"effect_on_{which}{end}"] for end in ("", "_low", "_high")]
        own = [each[k] * means[k] for each in (fit.effect, fit.effect_low, fit.effect_high)]
        assert ends == pytest.approx(own)
        assert ends[0] == pytest.approx(fit.effect_at_mean[k])
    errors = competition_hindcast(years, one, other, horizon=3)
    rmse = {name: (errors[name] ** 2).mean() ** 0.5 for name in ("interacting", "alone")}  # type: ignore[operator]
    assert row["forecasts_count"] == errors.height
    assert row["rmse_over_alone"] == pytest.approx(rmse["interacting"] / rmse["alone"])
    ahead = interaction(SAMPLE, horizon=3).tables["forecast"]
    assert ahead["year"].unique().sort().to_list() == [2025, 2026, 2027]
    assert (ahead["lower_80"] <= ahead["median"]).all()
    assert (ahead["median"] <= ahead["upper_80"]).all()


def test_pairs_that_cannot_be_fitted_keep_their_reason() -> None:
    one = sizes("cloud stoves")
    rows = {
        "a": one,
        "b": [2 * each for each in one],
        "c": [3.0] * 30,
        "d": [*one[:10], 0.0, *one[11:]],
    }
    frames = [
        pl.DataFrame({"technology": name, "year": range(1995, 2025), "value": own})
        for name, own in rows.items()
    ]
    late = pl.DataFrame({"technology": "e", "year": range(2030, 2050), "value": one[:20]})
    told: list[tuple[int, int]] = []
    found = interaction(pl.concat([*frames, late]), progress=lambda *done: told.append(done))
    reasons = {
        row[:2]: row[2:] for row in found.table["first", "second", "reason", "reason_year"].rows()
    }
    assert reasons["a", "b"] == ("move_alike", None)
    assert reasons["a", "c"] == ("never_changes", None)
    assert reasons["a", "d"] == ("no_sizes", 2005)
    assert reasons["a", "e"] == ("few_pairs", None)
    assert [each.code for each in found.said] == ["nothing", "left_out"]
    assert told == [(k, 10) for k in range(10)]


def test_one_technology_has_nobody_to_act_on() -> None:
    with pytest.raises(InputError) as caught:
        interaction(SAMPLE.filter(technology="cloud stoves"))
    assert (caught.value.code, caught.value.values["count"]) == ("too_few", Count(1))
