"""The tables of the sources room: every alias, separator and reason is one that the code knows."""

from __future__ import annotations

from firstlight.sources.columns import aliases, read_table
from firstlight.sources.counts import PARENTS
from firstlight.sources.counts import SCHEMA as COUNTS
from firstlight.sources.document_rows import LISTS, SCHEMA
from firstlight.sources.nested import nested_paths, steps


def test_aliases_name_canonical_columns_once() -> None:
    tables = {
        "document_columns.csv": {*SCHEMA, "month_day"},
        "count_columns.csv": {*COUNTS, "rate"},
        PARENTS: {"parent"},
    }
    for table, known in tables.items():
        lines = aliases(table)
        assert {line.column for line in lines} <= known
        keys = [(line.publisher, line.alias) for line in lines]
        assert len(keys) == len(set(keys)), [key for key in keys if keys.count(key) > 1]
        forms = {line.form for line in lines if line.column != "rate"}
        assert forms <= {"", "inverted_index", "parsed_name", "bracketed"}


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


def test_reasons_are_told_in_both_languages() -> None:
    rows = read_table("reasons.csv")
    assert all(row["en"] and row["zh"] for row in rows) and len(
        {row["code"] for row in rows}
    ) == len(rows)
