"""What is said of thresholds: where they lie, what differs, and whether they are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.instruments.disparity.threshold_regressions.threshold_search import Panel
from firstlight.texts import Count, Figure, Message, Name, Number, Phrase, Share, message

__all__ = ["answer"]

WIDE = 0.5  # share of the observations within an interval, from which it says little
FEW = 30  # units


def answer(
    tables: Mapping[str, pl.DataFrame], panel: Panel, spoken: Mapping[str, Any]
) -> list[Message]:
    """The threshold, the effects on both sides and the tests; then what makes them unsure.

    spoken : outcome, driver and divided_by, names; asked, whether the number was; level
    """
    found, regimes = tables["thresholds"], tables["regimes"]
    tests = {row["tested"]: row for row in tables["threshold_tests"].iter_rows(named=True)}
    named = {key: Name(spoken[key]) for key in ("outcome", "driver", "divided_by")}
    effects = [Figure(value) for value in regimes["effect"]]
    first = Phrase(_p(tests["first"]["p_value"]))
    said = []
    if not found.height:
        code = "as_one" if spoken["asked"] else "no_threshold"
        said.append(message(code, effect=effects[0], p=first, **named))
        return said
    places = [_place(row) for row in found.iter_rows(named=True)]
    if found.height == 1:
        sides = {"below": effects[0], "above": effects[1]}
        said.append(message("one_threshold", place=places[0], **sides, p=first, **named))
    else:
        sides = {"below": effects[0], "between": effects[1], "above": effects[2]}
        ends = {"place": places[0], "other": places[1]}
        second = Phrase(_p(tests["second"]["p_value"]))
        said.append(message("two_thresholds", **ends, **sides, p=second, **named))
    said += _doubts(tables, tests, panel, spoken)
    return said


def _doubts(
    tables: Mapping[str, pl.DataFrame],
    tests: Mapping[str, Mapping[str, Any]],
    panel: Panel,
    spoken: Mapping[str, Any],
) -> list[Message]:
    found, regimes, chance = tables["thresholds"], tables["regimes"], 1 - spoken["level"]
    last = tests["first" if found.height == 1 else "second"]
    said = []
    if last["p_value"] > chance:
        said.append(message("asked_but_unsure", p=Phrase(_p(last["p_value"]))))
    elif found.height == 1 and "second" in tests:
        code = "second_too" if tests["second"]["p_value"] <= chance else "no_second"
        said.append(message(code, p=Phrase(_p(tests["second"]["p_value"]))))
    if (regimes["p_value"] > chance).any():
        said.append(message("no_effect_in_some"))
    widest = max(found["covered_share"].to_list())
    if widest > WIDE:
        said.append(message("wide", share=Share(widest)))
    if found["is_at_edge"].any():
        said.append(message("at_edge"))
    if panel.y.shape[0] < FEW:
        said.append(message("few_units", count=Count(panel.y.shape[0])))
    return said


def _place(row: Mapping[str, Any]) -> Phrase:
    ends = {"low": Figure(row["threshold_low"]), "high": Figure(row["threshold_high"])}
    return Phrase(message("phrases.place", at=Figure(row["threshold"]), **ends))


def _p(p_value: float) -> Message:
    return message("phrases.p", p=Number(p_value, digits=3))
