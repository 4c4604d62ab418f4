"""Whether the ensemble's chances are chances, and whether a correction learnt from its own earlier
forecasts would help."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from firstlight.instruments.complexity.activity_table import Array
from firstlight.instruments.complexity.next_activities.opportunity_record import (
    OpportunityRecord,
    learnable,
)

TARGETS = {"entry": "entries", "exit": "exits", "growth": "growth"}
EDGES = (0.1, 0.2, 0.4)
# chances nearer to 0 or 1 than this are taken as this far away, as their log odds are asked for
NEAR = 1e-4
Forecasts = dict[int, tuple[Array, Array]]
"""Forecast year -> chances and outcomes (0 or 1) of its candidates."""


def forecasts_of(found: OpportunityRecord, target: str) -> Forecasts:
    """What was foretold in the forecast years that were scored."""
    scored = set(found.by_year.filter(found.by_year["target"] == target)["year"])
    held = {}
    for one in found.periods:
        if one.came is not None and one.known.now.period in scored:
            asked = one.known.candidates[target]
            held[one.known.now.period] = (
                one.chances[target][asked],
                (one.came[target][asked] > 0).astype(float),
            )
    return held


def together(held: Forecasts) -> tuple[Array, Array]:
    chances, came = (np.concatenate(some) for some in zip(*held.values(), strict=True))
    return chances, came


def gain(held: Forecasts) -> float:
    """By how much the mean squared error is below that of the rate itself, as a share of it; nan
    without a year."""
    if not held:
        return float("nan")
    chance, came = together(held)
    return float(1 - np.mean((chance - came) ** 2) / np.mean((came.mean() - came) ** 2))


def means(records: Mapping[str, OpportunityRecord]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: mean chance, rate and gain of each record and target."""
    rows = []
    for name, found in records.items():
        cells = [name]
        for target in TARGETS:
            held = forecasts_of(found, target)
            chance, came = together(held)
            cells += [f"{100 * chance.mean():.1f} / {100 * came.mean():.1f}", f"{gain(held):+.2f}"]
        rows.append(cells)
    head = [f"{label}, {what}" for label in TARGETS.values() for what in ("chance / rate", "gain")]
    return ["record", *head], rows


def levels(records: Mapping[str, OpportunityRecord]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: entries by what was foretold, mean chance, share that came, and how many
    candidates."""
    rows = []
    for name, found in records.items():
        chance, came = together(forecasts_of(found, "entry"))
        level = np.searchsorted(EDGES, chance, side="right")
        cells = [name]
        for k in range(len(EDGES) + 1):
            some = level == k
            shares = (
                f"{100 * chance[some].mean():.0f} → {100 * came[some].mean():.0f}"
                if some.any()
                else "-"
            )
            cells.append(f"{shares} ({some.sum():,})")
        rows.append(cells)
    return ["record", "chance below 10", "10 to 20", "20 to 40", "40 or more"], rows


def _odds(chance: Array) -> Array:
    return np.asarray(logit(np.clip(chance, NEAR, 1 - NEAR)))


def _shift(odds: Array, weight: Array, rate: float) -> float:
    """What is added to log odds, so that the weighted mean chance is a rate."""
    rate = min(max(rate, NEAR), 1 - NEAR)
    return float(brentq(lambda b: np.average(expit(odds + b), weights=weight) - rate, -30, 30))


def slope_and_level(past: Forecasts, chance: Array) -> Array:
    """A logistic regression of what came on the log odds foretold (Platt 1999); every earlier
    forecast year weighs the same."""
    foretold, came = together(past)
    weight = np.concatenate([np.full(one[0].size, 1 / one[0].size) for one in past.values()])
    model = LogisticRegression(C=1e9, max_iter=1000).fit(
        _odds(foretold)[:, None], came, weight * foretold.size / weight.sum()
    )
    return np.asarray(model.predict_proba(_odds(chance)[:, None])[:, 1])


def level_alone(past: Forecasts, chance: Array) -> Array:
    """Log odds moved by what earlier forecasts would have needed; every forecast year weighs the
    same."""
    foretold, came = together(past)
    weight = np.concatenate([np.full(one[0].size, 1 / one[0].size) for one in past.values()])
    return np.asarray(
        expit(
            _odds(chance) + _shift(_odds(foretold), weight, float(np.average(came, weights=weight)))
        )
    )


def last_rate(past: Forecasts, chance: Array) -> Array:
    """Log odds moved so that their mean chance is the rate of the last forecast year whose outcome
    was known."""
    odds = _odds(chance)
    return np.asarray(
        expit(odds + _shift(odds, np.ones(odds.size), float(past[max(past)][1].mean())))
    )


CORRECTIONS: dict[str, Callable[[Forecasts, Array], Array]] = {
    "slope and level": slope_and_level,
    "level": level_alone,
    "last rate": last_rate,
}


def corrected(
    held: Forecasts, horizon: int, how: Callable[[Forecasts, Array], Array] | None
) -> Forecasts:
    """The forecast years that have an earlier one whose outcome was known by then, corrected by
    those; None leaves them."""
    found = {}
    for year, (chance, came) in held.items():
        past = {s: held[s] for s in learnable(sorted(held), year, horizon)}
        if past:
            found[year] = (chance if how is None else how(past, chance), came)
    return found


def corrections(
    records: Mapping[str, OpportunityRecord], last_choosing: Mapping[str, int]
) -> tuple[list[str], list[list[str]]]:
    """Header and rows: the gain of the ensemble, and by how many points each correction moves it,
    in both parts of the years."""
    rows = []
    for name, found in records.items():
        horizon = found.table["horizon_years"][0]
        for target, label in TARGETS.items():
            held = forecasts_of(found, target)
            made = {
                how: corrected(held, horizon, CORRECTIONS.get(how))
                for how in ("as it is", *CORRECTIONS)
            }
            if not made["as it is"]:
                continue
            cells = [name, label]
            for is_later in (False, True):
                some = {
                    how: {
                        year: one
                        for year, one in own.items()
                        if (year > last_choosing[name]) == is_later
                    }
                    for how, own in made.items()
                }
                plain = gain(some["as it is"])
                cells.append(str(len(some["as it is"])))
                cells.append(f"{100 * plain:.1f}" if some["as it is"] else "-")
                cells += [
                    f"{100 * (gain(some[how]) - plain):+.1f}" if some[how] else "-"
                    for how in CORRECTIONS
                ]
            rows.append(cells)
    parts = ["years", "gain as it is", *CORRECTIONS]
    return [
        "record",
        "what",
        *[f"{part}, {when}" for when in ("choosing", "later") for part in parts],
    ], rows
