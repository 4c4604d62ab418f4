"""Technologies with nearly the same documents, or one Chinese name, stand in one line."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from firstlight.instruments.emergence.technologies.description import with_lines

PAIRS = {"technology_id": pl.String, "other_id": pl.String}


def lines(
    *technologies: tuple[str, str | None], near_equal: Sequence[tuple[str, str]] = ()
) -> dict[str, tuple[str | None, list[str] | None]]:
    """Technology -> the one under which it stands, and those that stand under it.

    technologies : name and Chinese name, in the order of the list
    """
    schema = {"technology_id": pl.String, "name_zh": pl.String}
    frame = pl.DataFrame(list(technologies), schema=schema, orient="row")
    frame = frame.with_columns(name=pl.col("technology_id").str.to_uppercase())
    both_ways = [*near_equal, *[(other, one) for one, other in near_equal]]
    placed = with_lines(frame, pl.DataFrame(both_ways, schema=PAIRS, orient="row"))
    assert placed.select(frame.columns).equals(frame)
    return {
        one: (under, members)
        for one, under, members in placed.select("technology_id", "same_as", "members").iter_rows()
    }


def test_nearly_the_same_documents_stand_under_the_first() -> None:
    found = lines(("a", None), ("b", None), ("c", None), near_equal=[("a", "c")])
    assert found == {"a": (None, ["C"]), "b": (None, None), "c": ("a", None)}


def test_one_chinese_name_stands_once() -> None:
    names = ("a", "视觉语言模型"), ("b", "无人机"), ("c", "视觉语言模型"), ("d", "视觉语言模型")
    found = lines(*names)
    assert found["a"] == (None, ["C", "D"]) and found["b"] == (None, None)
    assert found["c"] == found["d"] == ("a", None)


def test_without_chinese_names_nothing_is_the_same() -> None:
    assert set(lines(("a", None), ("b", None)).values()) == {(None, None)}


def test_what_stands_under_another_heads_no_line() -> None:
    """Documents lead from a to b, the name from b to c: c is not a's, and stays."""
    found = lines(("a", None), ("b", "无人机"), ("c", "无人机"), near_equal=[("a", "b")])
    assert found == {"a": (None, ["B"]), "b": ("a", None), "c": (None, None)}
