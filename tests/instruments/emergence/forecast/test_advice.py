"""Advice by its stated rule, case by case."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.instruments.emergence.forecast.advice import with_advice


def advised(
    chance: float | None,
    low: float | None,
    *,
    stage: str = "growing",
    status: str = "scored",
    is_alone: bool = False,
    base_rate: float | None = 0.05,
    precision: float | None = 0.3,
    past: tuple[tuple[float, bool], ...] = ((0.6, True), (0.5, False), (0.2, False)),
    years: int = 4,
) -> tuple[str, ...]:
    columns = {
        "status": [status] if is_alone else [status, "scored"],
        "stage": stage,
        "probability": chance,
        "probability_low": low,
    }
    schema = {"probability": pl.Float64, "probability_low": pl.Float64}
    of_years = [(2010 + year, *one) for year in range(years) for one in past]
    schema_of_past = {"forecast_year": pl.Int64, "probability": pl.Float64, "outcome": pl.Boolean}
    forecasts = pl.DataFrame(of_years, schema_of_past, orient="row")
    found = with_advice(
        pl.DataFrame(columns, schema_overrides=schema), base_rate, precision, forecasts
    )
    return found.select("advice", "advice_reason", "advice_change").row(0)


@pytest.mark.parametrize(
    ("chance", "low", "advice"),
    [
        (0.76, 0.51, "act"),
        (0.50, 0.25, "act"),
        (0.50, 0.24, "prepare"),
        (0.49, 0.40, "prepare"),
        (0.25, 0.01, "prepare"),
        (0.16, 0.06, "prepare"),  # three times the base rate, surely above it
        (0.16, 0.04, "watch"),
        (0.06, 0.01, "watch"),
        (0.05, 0.01, "leave"),
    ],
)
def test_by_chance_and_interval(chance: float, low: float, advice: str) -> None:
    assert advised(chance, low)[0] == advice


def test_what_is_small_or_unknown_is_watched_and_what_shrinks_is_left() -> None:
    assert advised(None, None, status="watched") == (
        "watch",
        "too_few_documents",
        "enough_documents",
    )
    assert advised(None, None, status="watched", is_alone=True) == (
        "watch",
        "no_forecast",
        "forecast_possible",
    )
    assert advised(None, None) == ("watch", "no_record", "record_exists")
    assert advised(0.06, 0.01, stage="declining") == ("leave", "losing_share", "growth_returns")
    assert advised(0.60, 0.30, stage="declining")[0] == "act"


def test_chances_that_the_record_speaks_against_are_no_ground_to_act() -> None:
    none_named = ("prepare", "likely_but_none_came_true", "some_come_true")
    assert advised(0.67, 0.41, base_rate=0.0, precision=0.0) == none_named
    untested = ("prepare", "likely_but_untested", "years_enough")
    assert advised(0.67, 0.41, base_rate=None, precision=None, past=()) == untested
    assert advised(0.67, 0.41, years=3) == untested
    few = ("prepare", "likely_but_few_came_true", "such_come_true")
    assert advised(0.67, 0.41, past=((0.6, False), (0.5, False))) == few
    assert advised(0.67, 0.41, past=((0.9, True), (0.5, False), (0.6, False))) == few
    assert advised(0.67, 0.41, past=((0.495, True),)) == ("act", "likely", "chance_falls")  # as 50%


def test_a_chance_that_was_never_given_before_is_no_ground_to_act() -> None:
    unheard = ("prepare", "likely_as_never_before", "such_come_true")
    assert advised(0.67, 0.41, past=((0.49, True), (0.3, False))) == unheard


@pytest.mark.parametrize("base", [0.0, 0.001])
def test_where_hardly_anything_took_off_a_chance_of_one_in_a_hundred_is_left(base: float) -> None:
    assert advised(0.01, 0.005, base_rate=base, precision=0.0)[0] == "leave"
    assert advised(0.03, 0.01, base_rate=base, precision=0.0)[0] == "watch"
    assert advised(0.09, 0.05, base_rate=base, precision=0.0)[0] == "watch", "one in eleven"
    assert advised(0.10, 0.05, base_rate=base, precision=0.0)[0] == "prepare"
