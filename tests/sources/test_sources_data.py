"""The tables of the sources room: every alias, separator and reason is one that the code knows."""

from __future__ import annotations

import ast

from firstlight.sources.columns import aliases, read_table
from firstlight.sources.counts import PARENTS
from firstlight.sources.counts import SCHEMA as COUNTS
from firstlight.sources.document_rows import LISTS, SCHEMA
from firstlight.sources.documents import TURNED_DOWN
from firstlight.sources.nested import nested_paths, steps
from firstlight.sources.panel_rows import SHARED
from firstlight.sources.raw import TEXTS
from firstlight.texts import LANGUAGES, load

# which reads files of sources, and needs what a measurement asks for
PUBLISHED_CHAIN = TEXTS.folder.parent / "run" / "published_chain.py"


def test_aliases_name_canonical_columns_once() -> None:
    tables = {
        "document_columns.csv": {*SCHEMA, "month", "early"},
        "count_columns.csv": {*COUNTS, "rate"},
        PARENTS: {"parent"},
    }
    for table, known in tables.items():
        lines = aliases(table)
        assert {line.column for line in lines} <= known
        keys = [(line.publisher, line.alias) for line in lines]
        assert len(keys) == len(set(keys)), [key for key in keys if keys.count(key) > 1]
        forms = {line.form for line in lines if line.column not in ("rate", "status")}
        assert forms <= {"", "inverted_index", "parsed_name", "bracketed", "core_project"}
        assert {line.form for line in lines if line.column == "status"} <= {"", *TURNED_DOWN}


def test_every_rate_names_what_it_is_a_rate_of() -> None:
    rates = [line for line in aliases("count_columns.csv") if line.column == "rate"]
    assert rates and all(int(line.form) >= 1 for line in rates)


def test_every_publisher_can_name_a_document() -> None:
    lines = aliases("document_columns.csv")
    for publisher in {line.publisher for line in lines}:
        columns = {line.column for line in lines if line.publisher == publisher}
        assert {"id", "title", "abstract"} <= columns and {"date", "year"} & columns, publisher


def test_lists_have_separators_and_paths_have_steps() -> None:
    assert {row["column"] for row in read_table("separators.csv")} == set(LISTS)
    assert all(steps(path) for path in nested_paths("document_columns.csv"))


def test_every_note_and_reason_is_one_that_a_reader_gives() -> None:
    words = [
        node.value
        for file in (*TEXTS.folder.rglob("*.py"), PUBLISHED_CHAIN)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    ]
    for lang in LANGUAGES:
        texts = load(TEXTS.folder / f"{lang}.toml")
        for group in ("notes", "reasons"):
            assert set(texts[group]) <= set(words), (lang, group)
        assert texts["codes"]["shared"].keys() == set(SHARED)
