"""The list: chosen by the ranking, the likeliest first; and what its first lines say of few."""

from __future__ import annotations

import polars as pl

from firstlight.run.observation import likeliest_first, with_translation


def technologies(*chances: float | None, watched: int = 0) -> pl.DataFrame:
    size = len(chances) + watched
    rank = pl.Series("rank", [*range(1, len(chances) + 1), *[None] * watched], dtype=pl.Int64)
    return pl.DataFrame({"technology_id": [f"t{row}" for row in range(size)]}).with_columns(
        rank, pl.Series("probability", [*chances, *[None] * watched], dtype=pl.Float64)
    )


def test_the_likeliest_of_the_list_comes_first_and_the_rest_stays() -> None:
    found = likeliest_first(technologies(0.1, 0.3, 0.2, 0.9, 0.8, watched=2), 3)
    assert found["technology_id"].to_list() == ["t1", "t2", "t0", "t3", "t4", "t5", "t6"]
    assert found["rank"].to_list() == [1, 2, 3, 4, 5, None, None]


def test_equal_chances_keep_the_order_of_the_ranking() -> None:
    found = likeliest_first(technologies(0.2, 0.2, 0.2, 0.4), 4)
    assert found["technology_id"].to_list() == ["t3", "t0", "t1", "t2"]


def test_without_chances_nothing_moves() -> None:
    given = technologies(None, None, None)
    assert likeliest_first(given, 2).equals(given)


def test_a_translation_stands_behind_its_column() -> None:
    found = with_translation(pl.DataFrame({"theme": ["fuel", None, "light"]}), "theme", {"light": "\u5149"})
    assert found["theme_zh"].to_list() == [None, None, "\u5149"]
