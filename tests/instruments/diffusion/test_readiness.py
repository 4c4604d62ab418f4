"""Stages: the furthest that is confirmed; what no record speaks for is not observed, never absent."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.diffusion.readiness import KINDS, STAGE_OF_KIND, STAGES, readiness
from firstlight.texts import Name


def row(kind: str, **other: Any) -> dict[str, Any]:
    given = {
        "technology": "x",
        "kind": kind,
        "documents_count": 50.0,
        "first_year": 2000,
        "sustained_year": 2001,
        "take_off_state": "seen",
        "take_off_year": 2005,
        "growth": 0.05,
        "is_confirmed": True,
        "is_by_class": False,
    }
    return given | other


def of(*rows: dict[str, Any]) -> dict[str, Any]:
    return readiness(frame(*rows)).stages.row(0, named=True)


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    whole = dict.fromkeys(("first_year", "sustained_year", "take_off_year"), pl.Int64)
    return pl.DataFrame(
        list(rows), schema_overrides={**whole, "growth": pl.Float64, "take_off_state": pl.String}
    )


def test_the_furthest_confirmed_stage_is_told() -> None:
    found = of(
        row("science"),
        row("invention", sustained_year=2004, take_off_state="not_yet", take_off_year=None),
    )
    assert (found["stage"], found["is_taken_off"], found["since"]) == ("invention", False, 2004)
    assert found["not_observed"] == ["product", "industry", "growth_driver"]


def test_what_is_not_confirmed_is_only_possible() -> None:
    found = of(row("science"), row("product", is_confirmed=False))
    assert (found["stage"], found["stage_possible"]) == ("science", "product")


def test_two_documents_are_no_presence() -> None:
    found = of(row("science", sustained_year=None, documents_count=2.0))
    assert (found["stage"], found["since"]) == ("none", None)


def test_an_industry_drives_growth_where_it_took_off_and_goes_on_growing() -> None:
    assert of(row("trade", growth=0.2))["stage"] == "growth_driver"
    assert of(row("trade", growth=0.2))["since"] == 2005
    for other in (
        {"growth": 0.05},
        {"growth": None},
        {"growth": 0.2, "take_off_state": "not_yet", "take_off_year": None},
    ):
        assert of(row("trade", **other))["stage"] == "industry"


def test_a_class_is_told_to_be_one() -> None:
    assert of(row("science"), row("trade", is_by_class=True))["is_by_class"]
    assert not of(row("science"), row("trade", is_by_class=False))["is_by_class"]


def test_every_stage_has_its_evidence() -> None:
    found = readiness(
        frame(
            row("science"),
            row("standard"),
            row("product", sustained_year=None, first_year=None, documents_count=0.0),
        )
    )
    assert set(found.evidence["stage"]) == set(STAGES)
    states = dict(found.evidence.select(pl.coalesce("kind", "stage"), "state").iter_rows())
    assert states == {
        **{"science": "sustained", "standard": "sustained", "product": "not_seen"},
        **{
            "invention": "not_observed",
            "industry": "not_observed",
            "growth_driver": "not_observed",
        },
    }


@settings(max_examples=30, deadline=None)
@given(st.permutations(KINDS), st.integers(1, 6))
def test_order_does_not_matter_and_more_records_never_lower_the_stage(
    kinds: list[str], size: int
) -> None:
    rows = [row(kind) for kind in kinds[:size]]
    whole, part = readiness(frame(*rows)), readiness(frame(*rows[: max(size - 1, 1)]))
    assert whole.stages.equals(readiness(frame(*reversed(rows))).stages)
    assert STAGES.index(whole.stages["stage"][0]) >= STAGES.index(part.stages["stage"][0])
    assert STAGES.index(whole.stages["stage"][0]) == max(
        STAGES.index(STAGE_OF_KIND[kind]) for kind in kinds[:size]
    )


def test_input_that_can_not_be_used_is_named() -> None:
    with pytest.raises(InputError) as caught:
        readiness(frame(row("science")).drop("growth"))
    assert (caught.value.code, caught.value.values["column"]) == ("no_column", Name("growth"))
    with pytest.raises(InputError) as caught:
        readiness(frame(row("rumour")))
    assert (caught.value.code, caught.value.values["value"]) == ("no_choice", Name("rumour"))
