"""Tables of the documentation that are written from the code: up to date, complete, and right on
small records."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import polars as pl
import pytest

from firstlight.instruments.emergence.forecast.outlook import CANDIDATES
from firstlight.measurement import by_aim, measurement
from firstlight.observation_tables import SCHEMAS
from firstlight.texts import LANGUAGES, family_texts

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import (  # noqa: E402
    concordance_record,
    measurement_tables,
    observation_tables,
    rankings_table,
    record_table,
)


def test_the_data_dictionary_is_up_to_date() -> None:
    written = observation_tables.PAGE.read_text(encoding="utf-8")
    assert written == observation_tables.page(), "run: python docs/generate/observation_tables.py"


def test_the_data_dictionary_holds_every_column_and_code() -> None:
    text = observation_tables.page()
    for name, schema in SCHEMAS.items():
        section = text.split(f"## `{name}`\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == list(schema)
    anchors = set(re.findall(r"\]\(#([\w-]+)\)", text))
    headings = set(re.findall(r"^### ([\w-]+)$", text, re.MULTILINE))
    assert anchors - {"codes"} == headings
    assert "| `residual` |" in text, "codes of a room stand beside those of the family"


def test_a_column_without_words_is_found() -> None:
    with pytest.raises(LookupError):
        observation_tables.page({"links": {"no_such_column": pl.String}})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_tables_of_measurements_are_up_to_date(lang: str) -> None:
    written = measurement_tables.PAGES[lang].read_text(encoding="utf-8")
    is_fresh = written == measurement_tables.with_table(written, lang)
    assert is_fresh, "run: python docs/generate/measurement_tables.py"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_measurement_has_a_row_with_what_its_signature_asks_for(lang: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", measurement_tables.table(lang), re.MULTILINE))
    assert list(rows) == [name for names in by_aim().values() for name in names]
    for name, row in rows.items():
        declared = measurement(name)
        asked = [own for own in declared.options if own.is_required and own.kind != "frame"]
        named = {f"`--{own.name}`" for own in asked if own.is_column or own.kind == "table"}
        assert named <= set(re.findall(r"`--[\w-]+`", row)), name
        assert row.count("|") == 1, "no cell parts a row"


def test_a_page_without_the_lines_around_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="end of the table"):
        measurement_tables.with_table("# Measure", "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_of_rankings_is_up_to_date(lang: str) -> None:
    about = json.loads(rankings_table.SHIPPED.read_text(encoding="utf-8"))
    written = rankings_table.PAGES[lang].read_text(encoding="utf-8")
    assert written == rankings_table.table(about, lang), (
        "run: python docs/generate/rankings_table.py"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_rule_and_corpus_stands_in_the_table_of_rankings(lang: str) -> None:
    rules = {name: place / 100 for place, name in enumerate(CANDIDATES)}
    corpora = [{"corpus": name, "first": 2001, "last": 2016} for name in ("arxiv", "unheard_of")]
    precisions = {row["corpus"]: rules for row in corpora}
    about = {"corpora": corpora, "average_precision": {"3": precisions, "5": {}}}
    lines = rankings_table.table(about, lang).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 2 + len(CANDIDATES)  # head and years
    assert "unheard_of" in rows[0]
    assert rows[1].count("2001–2016") == 2
    assert sum(row.count("**") for row in rows) == 2 * 2, "one best in each corpus"


def record() -> pl.DataFrame:
    pooled = {"horizon": 3, "ranking": "size", "is_used": False, "year": None, "scored_count": 1200}
    pooled |= {
        "take_off_count": 240,
        "base_rate": 0.2,
        "expected_by_chance": 3.25,
        "recall_100": 0.5,
        "auc": 0.75,
    }
    pooled |= {"ceiling_20": 1.0, "ceiling_50": 0.9}
    for name in record_table.WITH_INTERVAL:
        pooled |= {name: 0.3, f"{name}_low": 0.25, f"{name}_high": 0.35}
    used = pooled | {"ranking": "gain", "is_used": True, "average_precision": 0.2}
    silent = pooled | {"ranking": "new_authors", "precision_20": None}
    years = [used | {"year": year} for year in (2012, 2016)]
    return pl.DataFrame([pooled, silent, used, *years], infer_schema_length=None)


def test_the_table_of_a_record() -> None:
    text = record_table.record_table("Made up", record(), "en")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    words = family_texts("emergence")
    used, other = (words.code("en", "rankings", name) for name in ("gain", "size"))
    assert rows[1] == f"| **{used}** | .30 (.25–.35) | .30 (.25–.35) | .50 | .20 (.25–.35) | .75 |"
    assert rows[2].startswith(f"| {other} | .30")
    assert len(rows) == 3, "a ranking without a figure has no row"
    assert "1,200 scored, 240 took off (base rate .20; 3.2 expected" in text
    assert "2012 to 2016" in text


CHANCES = pl.DataFrame(
    {
        "predicted": [0.3, 0.1],
        "observed": [0.5, 0.0],
        "low": [0.25, 0.0],
        "high": 1.0,
        "n": [2, 1000],
    }
)


def test_chances_beside_what_came() -> None:
    lines = record_table.reliability(CHANCES, "en").splitlines()
    assert lines[0].endswith("| .10 | .30 |")
    assert lines[2].endswith("| 1,000 | 2 |")
    assert lines[3].endswith("| .00 (.00–1.00) | .50 (.25–1.00) |")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_record_of_nothing_says_so(lang: str) -> None:
    facts = {"title": "Made up", "title_zh": "虚构", "as_of": 2016}
    page = record_table.page([(facts, record().clear(), CHANCES.clear())], lang)
    assert page.startswith("<!-- ")
    assert {"en": "Made up", "zh": "虚构"}[lang] in page
    assert "|" not in page


def test_both_languages_have_the_same_figures_of_the_bundled_corpora() -> None:
    """They are written at one time; the 0 before the point is what Chinese adds."""
    english, chinese = (
        [line.split("|")[2:] for line in page.read_text(encoding="utf-8").splitlines()]
        for page in record_table.PAGES.values()
    )
    named = r"\d[\d,]*\.?\d*|\.\d+"
    for one, other in zip(english, chinese, strict=True):
        for cell, cell_zh in zip(one, other, strict=True):
            values, values_zh = (
                [float(own.replace(",", "")) for own in re.findall(named, text)]
                for text in (cell, cell_zh)
            )
            assert values == values_zh


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_record_of_the_concordance_stands_in_its_how_to(language: str) -> None:
    page = concordance_record.PAGES[language].read_text(encoding="utf-8")
    assert concordance_record.written(language) == page
