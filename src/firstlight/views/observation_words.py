"""What the page of an observation says, in both languages: its lines, and the words of its tables
and codes."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.message_json import message_from_json
from firstlight.observation_tables import SCHEMAS
from firstlight.texts import LANGUAGES, Message, Texts, family_texts, leaves, load
from firstlight.views.observation_contract import Facts, Tables, first_lines, warning_message
from firstlight.views.observation_summary import change_lines

WORDS = family_texts("emergence")
CHROME = Texts(WORDS.folder.parents[1] / "views" / "observation")
# groups of words that the page doesn't say, or only what of them stands in its tables
NOT_SAID = (
    *("says", "months", "phrases", "ranking_reasons", "rule_figures", "files", "name_actions"),
    *("new_link_says", "precedent_says", "change_says", "periods", "tables", "errors"),
)
GROUPS = [group for group in load(WORDS.folder / "en.toml") if group not in NOT_SAID]
# groups whose codes are told apart by where they stand on the page
UNSAID = ("periods",)
# tables whose rows stand with those of others on the page, under no title of their own
UNTITLED = ("areas_summary", "links", "near_duplicates", "past_forecasts", "warnings")
TITLED = tuple(table for table in SCHEMAS if table not in UNTITLED)


def page_words(tables: Tables, facts: Facts) -> dict[str, Any]:
    """All that the page may say but the names in its tables: lines, link_lines, precedent_lines,
    words and columns, each by language, and the warnings."""
    return {
        "lines": {lang: said_lines(facts, lang) for lang in LANGUAGES},
        "link_lines": {
            lang: _section_lines(facts, "new_link_lines", "new_link_says", lang)
            for lang in LANGUAGES
        },
        "precedent_lines": {
            lang: _section_lines(facts, "precedent_lines", "precedent_says", lang)
            for lang in LANGUAGES
        },
        "change_lines": {lang: change_lines(tables, facts, lang) for lang in LANGUAGES},
        "words": {lang: _words(lang, tables) for lang in LANGUAGES},
        "columns": {lang: _columns(lang) for lang in LANGUAGES},
        "warnings": _warnings(tables["warnings"]),
    }


def said_lines(facts: Facts, lang: str) -> list[dict[str, str]]:
    """The first lines in one language, each with its code."""
    return [{"id": line.code, "text": _said(line, "says", lang)} for line in first_lines(facts)]


def _section_lines(facts: Facts, fact: str, group: str, lang: str) -> list[str]:
    """The sentences that stand above a section, in one language; none where an observation holds
    none."""
    return [_said(message_from_json(line), group, lang) for line in facts.get(fact, [])]


def _words(lang: str, tables: Tables) -> dict[str, str]:
    """Every text that the page may say, by its path joined with dots; plurals end in ``.one`` and
    ``.other``."""
    texts: dict[str, str] = {}
    for language in ("en", lang):
        shared = load(WORDS.shared / f"{language}.toml")
        for group in (*GROUPS, "format"):
            for told in (shared.get(group, {}), WORDS.find(language, group)[0]):
                texts |= {".".join(path): text for path, text in leaves(told, group)}
        texts |= {
            ".".join(path): text for path, text in leaves(load(CHROME.folder / f"{language}.toml"))
        }
    for table, columns in SCHEMAS.items():
        for column in columns:
            kind, _, group = WORDS.told("en", table, column).get("kind", "").partition(".")
            if kind == "code" and group not in UNSAID:
                for code in tables[table][column].drop_nulls().unique().to_list():
                    texts[f"{group}.{code}"] = WORDS.code(lang, group, code)
    for table in TITLED:
        texts[f"tables.{table}"] = str(WORDS.find(lang, "tables", table, "title")[0])
    return texts


def _columns(lang: str) -> dict[str, dict[str, dict[str, str]]]:
    """Table -> column -> its title and, where it has them, short title, unit and note."""
    shown = ("title", "short", "unit", "note")
    columns: dict[str, dict[str, dict[str, str]]] = {}
    for table in TITLED:
        columns[table] = {}
        for name in SCHEMAS[table]:
            told = WORDS.column(lang, table, name)
            columns[table][name] = {key: told[key] for key in shown if key in told}
    return columns


def _said(said: Message, group: str, lang: str) -> str:
    """A message in words; one without words, of another version perhaps, stands for itself."""
    if not WORDS.has(group, said.code):
        return said.code.replace("_", " ")
    return WORDS.sentence(lang, said, group)


def ranking_reason(facts: Facts) -> dict[str, str]:
    """Why the ranking is used, in each language; nothing where the observation does not say."""
    if facts.get("ranking_reason") is None:
        return {}
    said = message_from_json(facts["ranking_reason"])
    return {lang: _said(said, "ranking_reasons", lang) for lang in LANGUAGES}


def _warnings(frame: pl.DataFrame) -> list[dict[str, str]]:
    """Code, severity and section of each warning, and what it says in each language."""
    rows = []
    for row in frame.iter_rows(named=True):
        said = warning_message(row)
        texts = {lang: _said(said, "says", lang) for lang in LANGUAGES}
        rows.append(
            {"code": row["code"], "severity": row["severity"], "section": row["section"], **texts}
        )
    return rows
