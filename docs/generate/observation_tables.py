"""The data dictionary: every table and column that an observation keeps, from the contract of its
views and its words.

python docs/generate/observation_tables.py   (writes reference/observation_tables.md)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from firstlight.observation_tables import SCHEMAS
from firstlight.texts import Texts, family_texts, load

PAGE = Path(__file__).resolve().parents[1] / "reference" / "observation_tables.md"
HEAD = """\
<!-- Written by docs/generate/observation_tables.py: change nothing here. -->

# The tables of an observation

What `firstlight observe` keeps, and what `result.tables` holds: one table below for each name. The titles are those of the
page, the print and the report. Shares and chances are numbers from 0 to 1, growth is a change in proportion (0.5 is +50%). A cell
without a value is empty (null). `FY` is the forecast year, the last that the forecast has seen. How the figures are made:
[from texts to named technologies](../explanation/emergence.md) and [forecasts and their record](../explanation/forecasts.md).

`firstlight observe` writes the same tables as files into `tables/`, and `firstlight explain observation --table NAME --row
COLUMN=VALUE` walks from a row back to the files that were read. Columns that hold a code list its values [at the end](#codes).
"""
KINDS: Mapping[str, str] = {
    "count": "whole number",
    "share": "share",
    "small_share": "share",
    "growth": "change",
    "number": "number",
    "one_decimal": "number",
    "times": "ratio",
    "name": "name",
    "yes_no": "yes or no",
}
TYPES: Mapping[str, str] = {
    "String": "text",
    "Int64": "whole number",
    "Float64": "number",
    "Boolean": "yes or no",
    "Date": "date",
    "List(String)": "list of texts",
}
# what a code says beside its word, and where that stands
NOTES: Mapping[str, str] = {
    "advice": "advice_meanings",
    "stages": "stage_notes",
    "rankings": "ranking_notes",
    "link_rankings": "link_ranking_notes",
    "rules": "rule_figures",
    "case_kinds": "case_notes",
}
NOTE_HEADS: Mapping[str, str] = {"rules": "the figure in `evidence`"}


def page(schemas: Mapping[str, Mapping[str, Any]] = SCHEMAS, texts: Texts | None = None) -> str:
    """The page in Markdown.

    schemas : table -> column -> type
    """
    words = texts or family_texts("emergence")
    codes: list[str] = []
    parts = [HEAD]
    for table, schema in schemas.items():
        parts += [f"## `{table}`", _lead(words, table)]
        parts.append("\n".join(_columns(words, table, schema, codes)))
    parts += ["## Codes", *_codes(words, codes)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _lead(texts: Texts, table: str) -> str:
    """The title of a table and its note, as a paragraph."""
    title: str = texts.find("en", "tables", table, "title")[0]
    if not texts.has("tables", table, "note"):
        return f"{title}."
    return f"{title}. {texts.find('en', 'tables', table, 'note')[0]}"


def _columns(
    texts: Texts, table: str, schema: Mapping[str, Any], codes: list[str]
) -> Iterator[str]:
    """Rows of a table of columns; the codes that they hold are added to ``codes``."""
    yield "| column | title | holds | note |"
    yield "|---|---|---|---|"
    for column, dtype in schema.items():
        told = texts.column("en", table, column)
        kind = told.get("kind", "")
        holds = _holds(told, kind, dtype)
        if kind.startswith("code."):
            group = kind.removeprefix("code.")
            holds = f"code: [{group.replace('_', ' ')}](#{_anchor(group)})"
            codes += [] if group in codes else [group]
        note = told.get("note", "")
        if reason := told.get("missing_if"):
            note = "; ".join([*([note] if note else []), f"empty where `{reason}`"])
        yield f"| `{column}` | {told['title']} | {holds} | {note} |"


def _holds(told: Mapping[str, str], kind: str, dtype: Any) -> str:
    """Kind and unit of a column that holds no code."""
    plain = KINDS.get(kind) or TYPES.get(str(dtype), str(dtype))
    unit = told.get("unit", "")
    is_said = not unit or unit.startswith((plain, "probability"))
    return unit or plain if is_said else f"{plain}: {unit}"


def _codes(texts: Texts, groups: list[str]) -> Iterator[str]:
    for group in sorted(groups):
        notes = _words(texts, NOTES[group]) if group in NOTES else {}
        head = ("code", "word", NOTE_HEADS.get(group, "note")) if notes else ("code", "word")
        rows = [
            f"| {' | '.join(head)} |",
            "|" + "---|" * len(head),
            *(_code(code, word, notes) for code, word in _words(texts, group).items()),
        ]
        yield f"### {_anchor(group)}"
        yield "\n".join(rows)


def _words(texts: Texts, group: str) -> dict[str, str]:
    """The codes of a group and their words, those of the family first, then those of its folders."""
    files = [texts.folder / "en.toml", *sorted(texts.folder.glob("*/**/en.toml"))]
    words: dict[str, str] = {}
    for file in files:
        words = {**load(file).get(group, {}), **words}
    return {code: words[code] for file in files for code in load(file).get(group, {})}


def _code(code: str, word: str, notes: Mapping[str, str]) -> str:
    cells = [f"`{code}`", word, *([notes.get(code, "")] if notes else [])]
    return f"| {' | '.join(cells)} |"


def _anchor(group: str) -> str:
    """A group of codes as a heading, whose anchor it is.

    >>> _anchor("advice_reasons")
    'advice-reasons'
    """
    return group.replace("_", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
