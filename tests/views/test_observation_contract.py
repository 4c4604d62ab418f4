"""The invented observation keeps the contract, and everything in it has words."""

from __future__ import annotations

import polars as pl
import pytest
from invented_take_off import Observation, nothing, observation, seen_from_today, without_forecast

from firstlight.errors import InputError
from firstlight.message_json import message_from_json
from firstlight.observation_tables import SCHEMAS
from firstlight.texts import LANGUAGES, family_texts, load
from firstlight.views.observation_contract import (
    checked_facts,
    checked_tables,
    first_lines,
    warning_message,
)

TEXTS = family_texts("emergence")
# table, column -> the group of words of its codes
CODES = {
    ("technologies", "status"): "statuses",
    ("technologies", "area"): "areas",
    ("technologies", "advice"): "advice",
    ("technologies", "advice_reason"): "advice_reasons",
    ("technologies", "advice_change"): "advice_changes",
    ("technologies", "stage"): "stages",
    ("forms", "kind"): "form_kinds",
    ("forms", "rule"): "rules",
    ("dropped", "rule"): "rules",
    ("leaders", "kind"): "leader_kinds",
    ("leaders", "period"): "periods",
    ("documents", "role"): "roles",
    ("record", "ranking"): "rankings",
    ("new_links_record", "ranking"): "link_rankings",
    ("gains", "against"): "rankings",
    ("gains", "measure"): "measures",
    ("cases", "kind"): "case_kinds",
    ("cases", "reason"): "case_reasons",
    ("leads", "measure"): "measures",
    ("leads", "group"): "groups",
    ("warnings", "severity"): "severities",
    ("warnings", "code"): "says",
    ("warnings", "section"): "sections",
}


@pytest.mark.parametrize("made", [observation, seen_from_today, without_forecast, nothing])
def test_the_invented_observation_keeps_the_contract(made: object) -> None:
    tables, facts = made()  # type: ignore[operator]
    assert {name: dict(frame.schema) for name, frame in tables.items()} == {
        name: dict(schema) for name, schema in SCHEMAS.items()
    }
    assert checked_tables(tables) is tables and checked_facts(facts) is facts


def test_every_column_has_a_title_in_every_language() -> None:
    for lang in LANGUAGES:
        shared, worded = (
            load(folder / f"{lang}.toml")["tables"] for folder in (TEXTS.shared, TEXTS.folder)
        )
        assert set(worded) - {"any"} == set(SCHEMAS)
        for name, columns in SCHEMAS.items():
            assert worded[name]["title"]
            own = worded[name].get("columns", {})
            assert set(own) <= set(columns)
            for column, dtype in columns.items():
                every = (shared["any"]["columns"], worded["any"]["columns"], own)
                told = {key: text for told in every for key, text in told.get(column, {}).items()}
                assert told["title"] and set(told) <= {
                    "title",
                    "short",
                    "unit",
                    "note",
                    "kind",
                    "missing_if",
                }
                is_coordinate_free = column in (
                    "score",
                    "evidence",
                    "calibration_slope",
                    "gain",
                    "low",
                    "high",
                )
                if dtype == pl.Float64 and not is_coordinate_free:
                    assert told.get("unit"), f"{lang}: {name}.{column} has no unit"


def test_every_code_has_words(take_off: Observation) -> None:
    tables, _ = take_off
    for (table, column), group in CODES.items():
        for code in set(tables[table][column].drop_nulls()):
            assert TEXTS.has(group, code), f"{table}.{column}: {code}"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_message_can_be_said(lang: str) -> None:
    for tables, facts in (observation(), seen_from_today(), without_forecast(), nothing()):
        said = [TEXTS.sentence(lang, line) for line in first_lines(facts)]
        for row in tables["warnings"].iter_rows(named=True):
            assert warning_message(row).code == row["code"]
            said.append(TEXTS.sentence(lang, warning_message(row)))
        if facts["ranking_reason"]:
            said.append(
                TEXTS.sentence(lang, message_from_json(facts["ranking_reason"]), "ranking_reasons")
            )
        assert said and all(line[-1] in ".。" and "{" not in line for line in said)


def test_what_is_absent_is_named(take_off: Observation) -> None:
    tables, facts = take_off
    with pytest.raises(InputError, match="fan"):
        checked_tables({name: frame for name, frame in tables.items() if name != "fan"})
    with pytest.raises(InputError, match="auc"):
        checked_tables({**tables, "record": tables["record"].drop("auc")})
    with pytest.raises(InputError, match="as_of"):
        checked_facts({name: fact for name, fact in facts.items() if name != "as_of"})


def test_the_invented_numbers_agree_with_each_other(take_off: Observation) -> None:
    tables, facts = take_off
    scored = tables["technologies"].filter(pl.col("status") == "scored")
    last = tables["fan"].filter(pl.col("year") == facts["as_of"] + facts["horizon"])
    told = scored.join(last, on="technology_id", suffix="_of_fan")
    assert (
        told.height == scored.height
        and (told["threshold_share"] == told["threshold_share_of_fan"]).all()
    )
    likely, sure = (
        pl.col("p50") > pl.col("threshold_share"),
        pl.col("p10") > pl.col("threshold_share"),
    )
    assert told.filter(likely != (pl.col("probability") > 0.5)).is_empty()
    assert told.filter(sure != (pl.col("probability") > 0.9)).is_empty()
    assert scored["probability"].is_sorted(descending=True) and scored["rank"].to_list() == list(
        range(1, 41)
    )
    assert scored.filter(pl.col("is_newborn") != pl.col("growth_last_year").is_null()).is_empty()
