"""Which row is meant: what is not clear has a code for each reason, and can be said in both
languages."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.store.one_row import one_row, one_table

FRAME = pl.DataFrame({"unit": ["a", "a", "b"], "year": [2001, 2002, 2001], "on": [True] * 3})


@pytest.mark.parametrize(
    ("frame", "row", "code"),
    [
        (FRAME, 3, "no_row"),
        (FRAME, {}, "no_column_named"),
        (FRAME, {"place": "a"}, "no_column"),
        (FRAME, {"unit": "c"}, "no_such_row"),
        (FRAME.clear(), {"unit": "a"}, "no_row_of_none"),
        (FRAME, {"unit": "a"}, "several_rows"),
        (pl.concat([FRAME, FRAME]), {"unit": "b"}, "rows_alike"),
        (FRAME, {"year": "soon"}, "unlike_column"),
        (FRAME, {"on": "perhaps"}, "unlike_column"),
    ],
)
def test_a_row_that_is_not_clear_is_refused(frame: pl.DataFrame, row: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        one_row(frame, row, "firms: units")
    assert caught.value.code == code
    for lang in ("en", "zh"):
        _, where, try_next = caught.value.parts(lang)
        assert "firms: units" in where and try_next


@pytest.mark.parametrize(
    ("tables", "table", "code"),
    [
        ((), None, "result_without_tables"),
        (("a", "b"), None, "which_table"),
        (("a", "b"), "c", "result_without_table"),
    ],
)
def test_a_table_that_is_not_clear_is_refused(
    tables: tuple[str, ...], table: str | None, code: str
) -> None:
    with pytest.raises(InputError) as caught:
        one_table("firms", tables, table)
    assert caught.value.code == code
    assert caught.value.where == "firms"
