"""What a trace says: codes and numbers of the first lines, of one technology, and of the
conventions."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from firstlight.run.tracing.sentences import conventions, first_lines, of_technologies
from firstlight.run.tracing.steps import TEXTS
from firstlight.texts import LANGUAGES, Message
from invented_trace import traced


def numbers(given: Message) -> dict[str, Any]:
    """The values of a message that are numbers or texts."""
    kinds = (int, float, str)
    return {name: own.value for name, own in given.values.items() if isinstance(own.value, kinds)}


def test_the_first_lines_say_where_they_are_how_long_it_took_and_which_got_furthest() -> None:
    tables = dict(traced().tables)
    said = first_lines(tables, 2016, "science")
    assert [given.code for given in said[:4]] == [
        *("named", "arrival_unknown", "arrival_unknown"),
        "furthest",
    ]
    where = [phrase.value for phrase in said[0].values["where"].value]
    assert [(own.code, numbers(own)["count"]) for own in where] == [
        ("phrases.in_kind", 1),
        ("phrases.in_kind", 1),
        ("phrases.alone", 1),
    ]
    furthest = [phrase.value for phrase in said[3].values["reached"].value]
    assert [numbers(own)["kind"] for own in furthest] == [
        "codes.kind.trade",
        "codes.kind.invention",
    ]
    assert furthest[0].values["names"].value[0].value == "gene editing (GE)"


@pytest.mark.parametrize(
    ("lag", "code", "years"),
    [(4.0, "arrival", 4), (-2.5, "arrival_first", 2.5), (0.0, "arrival_at_once", 0)],
)
def test_a_usual_lag_is_said_with_its_middle_half(lag: float, code: str, years: float) -> None:
    tables = dict(traced().tables)
    timed = {"timed_count": 9, "earlier_count": 3 if lag < 0 else 0}
    ends = {"arrival_lag": lag, "arrival_low": lag - 1, "arrival_high": lag + 2}
    tables["pooled"] = tables["pooled"].with_columns(
        **{name: pl.lit(value) for name, value in (timed | ends).items()}
    )
    said = first_lines(tables, 2016, "science")
    assert said[1].code == code
    told = numbers(said[1])
    assert (told["count"], told["low"], told["high"], told["timed"]) == (
        *(years, lag - 1, lag + 2),
        9,
    )
    assert ("came_earlier" in [given.code for given in said]) == (lag < 0)
    for lang in LANGUAGES:
        assert all(TEXTS.sentence(lang, given) for given in said)


def test_one_technology_has_its_stage_its_records_and_its_lags() -> None:
    tables = {
        name: frame.filter(pl.col("technology") == "laser beam")
        if "technology" in frame.columns
        else frame
        for name, frame in traced().tables.items()
    }
    said = of_technologies(tables, "science")
    assert [given.code for given in said] == [
        *("stage_since", "not_observed", "in_record_from_start", "in_record_from_start"),
        *("no_class", "lag", "neither_leads"),
    ]
    took_off = [given.values["take_off"].value for given in said[2:4]]
    assert [numbers(own) for own in took_off] == [
        {"year": 2003, "low": "2001", "high": "2004"},
        {"year": 2006, "low": "2004", "high": "2007"},
    ]
    lag = next(given for given in said if given.code == "lag")
    assert numbers(lag) == {
        **{"a": "codes.kind.science", "b": "codes.kind.invention"},
        **{"count": 3, "low": 1, "high": 5},
    }


@pytest.mark.parametrize(
    "kinds", [["product"], ["product", "trade"], ["standard", "product", "trade"]]
)
def test_records_that_cannot_be_compared_are_named(kinds: list[str]) -> None:
    records = pl.DataFrame(
        {
            "kind": ["science", *kinds],
            "first_year": 2000,
            "last_year": [2020, *(2018 for _ in kinds)],
            "documents_count": [900.0, *(1e6 for _ in kinds)],
            "is_by_class": False,
            "is_compared": [True, *(False for _ in kinds)],
        }
    )
    said = {given.code: given.values for given in conventions(records, 2020, "science")}
    unasked = [own.value for own in said["company_unasked"]["records"].value]
    assert unasked == [f"codes.record.{kind}" for kind in kinds]
    assert said["thin"]["count"].value == 900 and said["ends"]["year"].value == 2018
    assert "company" not in said and "class" not in said
    stages = [own.value.rpartition(".")[2] for own in said["unobserved"]["stages"].value]
    assert ("industry" in stages) == ("trade" not in kinds) and "product" not in stages
