"""Tables as a terminal shows them: the digits of pages, whatever a result holds."""

from __future__ import annotations

import polars as pl

from firstlight.texts import WORDS, Figure, Texts
from firstlight.views.frame_print import frame_print


def test_numbers_have_the_digits_of_pages_and_years_are_whole() -> None:
    indices = [2.6343927777535283, 0.5662028529872379, 2.7993e-10, 59.99999997392249, -0.000123456]
    table = pl.DataFrame(
        {"eci": [*indices, None], "first_year": [2014.0] * 6, "code": ["0111"] * 6}
    )
    rows = [line.split() for line in frame_print(table, None).splitlines()[1:]]
    pages = Texts(WORDS)
    assert [row[0] for row in rows] == [
        *(pages.write("en", Figure(value)) for value in indices),
        "null",
    ]
    assert rows[0] == ["2.634", "2014", "0111"]
    assert {row[1] for row in rows} == {"2014"}


def test_what_is_not_finite_is_told_as_it_is() -> None:
    printed = frame_print(pl.DataFrame({"ratio": [float("inf"), float("nan"), 0.0]}), None)
    assert [line.strip() for line in printed.splitlines()[1:]] == ["inf", "nan", "0"]
