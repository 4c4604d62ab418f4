"""Languages, complete years, strata and lengths of texts, each on records made by hand."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from firstlight.instruments.emergence.text.completeness import complete_years
from firstlight.instruments.emergence.text.languages import languages
from firstlight.instruments.emergence.text.strata import (
    OTHER,
    UNKNOWN,
    StrataYears,
    choose_column,
    in_turn,
    label,
    merge,
    movements,
    relabelled,
)
from firstlight.instruments.emergence.text.text_lengths import CHANGE, Lengths

CHINESE = "".join(chr(0x4E00 + place) for place in range(300))


@pytest.mark.parametrize(
    ("title", "abstract", "language"),
    [
        ("Deep learning for images", None, "en"),
        (CHINESE[:8], None, "zh"),
        ("CNN" + CHINESE[:6], None, "zh"),
        (None, CHINESE[:60], "zh"),
        (chr(0x3042) * 3 + CHINESE[:6], None, "ja"),
        (chr(0xAC00) * 6, None, "ko"),
        (chr(0x0431) * 9, None, "cyrillic"),
        ("Über das Lernen mit neuronalen Netzen und Daten", None, "de"),
        ("Aprendizaje", "Un método para el aprendizaje de las redes", "es"),
        ("Poincaré maps of de Bruijn graphs", "We study the maps of graphs in this paper", "en"),
        ("", None, "en"),
    ],
)
def test_languages(title: str | None, abstract: str | None, language: str) -> None:
    frame = pl.DataFrame(
        {"title": [title], "abstract": [abstract]},
        schema={"title": pl.String, "abstract": pl.String},
    )
    assert languages(frame).to_list() == [language]


def counted_years(counts: list[int], first: int = 2000) -> pl.DataFrame:
    years = np.repeat(np.arange(first, first + len(counts)), counts)
    dates = [datetime.date(int(year), 1, 1) for year in years]
    return pl.DataFrame({"year": years, "date": dates}).with_columns(date_precision=pl.lit("year"))


@pytest.mark.parametrize(
    ("counts", "first", "last", "incomplete"),
    [
        ([100] * 8, 2000, 2007, []),
        ([1000] * 7 + [600], 2000, 2006, [2007]),
        ([1000] * 6 + [500, 400], 2000, 2005, [2006, 2007]),
        ([1000] * 5 + [500, 500, 500], 2000, 2007, []),  # a new level
        ([10, 20, 40, 80, 160, 320], 2000, 2005, []),
        ([1000, 1200, 1440, 1730, 2070, 1100], 2000, 2004, [2005]),
        ([100] * 4 + [30] + [100] * 4, 2000, 2008, [2004]),
        ([1, 0, 300, 300, 300, 300], 2002, 2005, [2000, 2001]),
        ([30, 40, 20, 30, 10], 2000, 2004, []),  # too few to tell
        ([5], 2000, 2000, []),
    ],
)
def test_complete_years(counts: list[int], first: int, last: int, incomplete: list[int]) -> None:
    years = complete_years(counted_years(counts))
    assert (years.first, years.last) == (first, last)
    assert years.table.filter(~pl.col("is_complete"))["year"].to_list() == incomplete


def test_dates_by_week_and_month_are_no_partial_year() -> None:
    weekly = [datetime.date(2010, 1, 5) + datetime.timedelta(weeks=place) for place in range(260)]
    dates = [day for day in weekly for _ in range(10) if day <= datetime.date(2014, 12, 23)]
    monthly = [
        datetime.date(year, month, 1) for year in range(2010, 2015) for month in range(1, 13)
    ]
    for days, precision in ((dates, "day"), (monthly * 20, "month")):
        frame = pl.DataFrame({"date": days}).with_columns(
            year=pl.col("date").dt.year(), date_precision=pl.lit(precision)
        )
        assert complete_years(frame).last == 2014
        assert complete_years(frame.filter(pl.col("date") < pl.date(2014, 11, 1))).last == 2013


def test_which_column_becomes_the_stratum() -> None:
    size = 400
    years = pl.Series([2015, 2016] * (size // 2))
    venue = pl.Series(["a", "b"] * (size // 4) + ["c", "c"] * (size // 4))
    tail = pl.Series([f"j{place}" for place in range(size)])
    archive = pl.Series(["cs", "cs", "math", "math"] * (size // 4))
    frame = pl.DataFrame({"year": years, "source": venue, "category": archive})
    assert choose_column(frame) == "source"
    assert choose_column(frame.with_columns(source=tail)) == "category"
    assert choose_column(frame.with_columns(source=tail, category=tail)) == "none"
    assert choose_column(frame.with_columns(source=pl.lit("a"))) == "category"
    assert choose_column(frame.select("year", file="source")) == "file"


def test_small_strata_are_joined() -> None:
    stratum = pl.Series(["a"] * 70 + ["b"] * 50 + [None] * 60 + ["late"] * 100 + ["b"] * 5)
    year = pl.Series(
        [2010] * 70 + [2010] * 25 + [2012] * 25 + [2010] * 60 + [2014] * 100 + [2014] * 5
    )
    labels = label(stratum, year, 2012)
    assert (
        labels.to_list()
        == ["a"] * 70 + [OTHER] * 50 + [UNKNOWN] * 60 + ["late"] * 100 + [OTHER] * 5
    )


def strata_years(**counts: list[int]) -> StrataYears:
    size = len(next(iter(counts.values())))
    values = np.array(list(counts.values()), dtype=float)
    return StrataYears(tuple(counts), np.arange(2000, 2000 + size), values)


def test_movements() -> None:
    cells = strata_years(
        grows=[1, 10, 30, 90, 270, 800, 2400, 4000],
        joins=[0, 0, 0, 2, 90, 100, 100, 100],
        biennial=[90, 0, 90, 0, 90, 0, 90, 0],
        leaves=[90, 90, 90, 90, 0, 0, 0, 0],
        just_left=[90, 90, 90, 90, 90, 90, 90, 0],
        returns=[90, 90, 0, 0, 0, 90, 90, 90],
    )
    moved = [tuple(one) for one in movements(cells, 2001, 2007)]
    assert moved == [
        ("returns", "leaves", 2002),
        ("joins", "joins", 2004),
        ("leaves", "leaves", 2004),
        ("returns", "joins", 2005),
        ("just_left", "leaves", 2007),
    ]


def test_only_the_nearest_of_alternating_venues_are_joined() -> None:
    cells = strata_years(
        iccv=[90, 0, 90, 0, 90, 0, 90, 0],
        eccv=[0, 90, 0, 90, 0, 90, 0, 90],
        coling=[0, 90, 0, 90, 0, 90, 0, 90],
        shifted=[0, 90, 0, 90, 0, 0, 90, 0],
        yearly=[90] * 8,
    )
    near = {("iccv", "eccv"): 0.9, ("iccv", "coling"): 0.4}

    def likeness(one: str, others: list[str]) -> np.ndarray:
        return np.array([near.get((one, other), near.get((other, one), 0.1)) for other in others])

    assert in_turn(cells, likeness) == [("eccv", "iccv")]


@pytest.mark.parametrize(("kind", "year"), [("joins", 2012), ("leaves", 2012)])
def test_a_category_that_was_part_of_another_is_one_with_it(kind: str, year: int) -> None:
    """Of a hundred papers under "near", forty stand under "new" on one side of the year."""
    apart = {kind == "joins": (60, 40), kind != "joins": (100, 0)}
    rows = [
        (name, at)
        for at in range(2008, 2016)
        for name, count in zip(("near", "new"), apart[at >= year], strict=True)
        for _ in range(count)
    ]
    rows += [("far", at) for at in range(2008, 2016) for _ in range(100)]
    frame = pl.DataFrame(rows, schema=["stratum", "year"], orient="row")
    cells = StrataYears.of(frame["stratum"], frame["year"])
    moved = movements(cells, 2010, 2013)
    assert [(one.name, one.kind, one.year) for one in moved] == [("new", kind, year)]

    def nearest_is(wanted: str) -> list[tuple[str, str]]:
        return relabelled(
            cells, moved, lambda one, others: np.array([float(name == wanted) for name in others])
        )

    assert nearest_is("near") == [("new", "near")]
    assert nearest_is("far") == [], "what is like it lost nothing"


def test_pairs_that_share_a_member_are_one_stratum() -> None:
    stratum = pl.Series(["a", "b", "c", "d", None])
    merged = merge(stratum, [("a", "b"), ("d", "c"), ("b", "c")]).to_list()
    assert merged == ["a + b + c + d"] * 4 + [None]


def test_a_change_of_length_is_measured_within_strata() -> None:
    """Long and short texts keep their lengths while their weights change: nothing changes."""
    size = {2010: (300, 100), 2011: (100, 300)}
    rows = [
        (stratum, year, 40 + 20 * stratum + place % 7)
        for year, counts in size.items()
        for stratum, count in enumerate(counts)
        for place in range(count)
    ]
    frame = pl.DataFrame(rows, schema=["stratum", "year", "title_bytes"], orient="row")
    frame = frame.with_columns(abstract_bytes=pl.lit(0), has_abstract=pl.lit(False))
    within = Lengths.of(frame, 1.0).change("title", (2010, 2010), (2011, 2011))
    plain = Lengths.of(frame.with_columns(stratum=pl.lit(0)), 1.0)
    across = plain.change("title", (2010, 2010), (2011, 2011))
    assert within is not None and abs(within.size) < 0.01 and not within.is_marked(CHANGE)
    mean = {year: part["title_bytes"].mean() for (year,), part in frame.group_by("year")}
    assert across is not None and across.is_marked(CHANGE)
    assert across.size == pytest.approx(mean[2011] / mean[2010] - 1)  # type: ignore[operator]
