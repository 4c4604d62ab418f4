"""Classifications and crosswalks are whole, consistent and found by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from firstlight.classifications import area_model, crosswalk, entries_text, load, names
from firstlight.errors import InputError
from firstlight.texts import LANGUAGES

SIX = {"manufacturing", "information", "materials", "energy", "space", "health"}
DATA = files("firstlight.classifications")


def test_areas_are_the_six_and_none() -> None:
    entries = load("areas").entries
    assert {code for code, (_, parent) in entries.items() if parent == ""} == SIX | {"none"}
    for code, (called, parent) in entries.items():
        assert all(called[lang] for lang in LANGUAGES)
        assert parent == (code.split("/")[0] if "/" in code else "")
    for area in SIX:
        assert sum(parent == area for _, parent in entries.values()) >= 6


def test_names_in_both_languages() -> None:
    assert names("health/bci") == "brain-computer interfaces"
    assert names("health/bci", "zh") == "脑机接口"
    assert names("none", "zh") == "不属于六大领域"


@pytest.mark.parametrize(
    ("call", "code", "known"),
    [
        (lambda: load("moods"), "no_choice", "areas"),
        (lambda: crosswalk("moods"), "no_choice", "openalex_subfields_to_areas"),
        (lambda: names("energy/perpetual"), "no_code", "energy"),
    ],
)
def test_unknown_names_say_what_is_known(call: Callable[[], object], code: str, known: str) -> None:
    with pytest.raises(InputError) as told:
        call()
    assert told.value.code == code and known in told.value.try_next


def test_unknown_language() -> None:
    with pytest.raises(InputError) as told:
        names("energy", "fr")
    assert told.value.code == "no_choice"


def test_every_entry_is_described_and_sourced() -> None:
    for code, row in entries_text("areas").items():
        assert all(
            row[column]
            for column in ("description_en", "description_zh", "keywords_en", "keywords_zh")
        ), code
        assert row["source"] in {"miit-2024", "vision", "nbs-2018", "ours"}


@pytest.mark.parametrize("column", ["keywords_en", "keywords_zh"])
def test_a_key_phrase_speaks_for_one_code(column: str) -> None:
    phrases = [
        phrase for row in entries_text("areas").values() for phrase in row[column].split("; ")
    ]
    assert len(phrases) == len(set(phrases))
    assert all(phrase == phrase.strip() and phrase for phrase in phrases)


def test_crosswalk_covers_252_subfields_and_ends_in_areas() -> None:
    to_area = crosswalk("openalex_subfields_to_areas")
    assert len(to_area) == 252
    assert set(to_area.values()) == SIX | {"none"}
    assert (
        to_area["1702"] == "information"
        and to_area["2613"] == "none"
        and to_area["2202"] == "space"
    )


def test_crosswalk_matches_the_publisher(reference: Path) -> None:
    listed = reference / "data" / "classifications" / "openalex_subfields.csv"
    codes = listed.read_text(encoding="utf-8").split()[1:]
    assert len(codes) == 252
    assert set(crosswalk("openalex_subfields_to_areas")) == set(codes)


def test_provenance_of_the_area_model() -> None:
    kept = json.loads(DATA.joinpath("area_model.json").read_text(encoding="utf-8"))
    assert kept["licence"] == "CC0-1.0"
    assert kept["sha256"] == _sha256("area_model.parquet")
    for name in ("areas.csv", "openalex_subfields_to_areas.csv"):
        assert kept["inputs_sha256"][name] == _sha256(name), (
            f"{name} changed: run benchmarks/areas/fit.py"
        )
    assert kept["rows_count"] == area_model().height
    assert len(DATA.joinpath("area_model.parquet").read_bytes()) < 600_000


def _sha256(name: str) -> str:
    return hashlib.sha256(DATA.joinpath(name).read_bytes()).hexdigest()
