"""Where a place stands by the figures of its tables: value, share, rank and growth of each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from firstlight.instruments.complexity.entry_rules import AHEAD
from firstlight.run.brief.place_names import places_like
from firstlight.sources.panels import Column, read_panel

__all__ = ["BURDENS", "THEMES", "place_indicators", "theme_of"]

LEAST = 5  # places that a rank needs
LARGE = 1000  # from which a number is seldom a rate
_DECLARED = tomllib.loads(Path(__file__).with_name("themes.toml").read_text(encoding="utf-8"))
BURDENS: Sequence[str] = _DECLARED["burdens"]
THEMES: Mapping[str, Sequence[str]] = _DECLARED["themes"]
_NEEDS = (
    Column("place", "text", "place"),
    Column("indicator", "text", "what is counted", if_absent="file", is_heading=True),
    Column("year", "year", "year", if_absent="empty", is_filled=False),
    Column("value", "number", "value", is_filled=False),
    Column("unit_of_measure", "text", "unit", if_absent="empty", is_filled=False, is_label=True),
)


def theme_of(indicator: str, file: str) -> str:
    """The theme that an indicator belongs to, by its own words first and then by those of its file.

    >>> theme_of("patents", "a.csv"), theme_of("all", "PublicBudget.csv"), theme_of("x", "y.csv")
    ('innovation', 'investment', 'other')
    """
    for text in (indicator.casefold(), file.casefold()):
        for theme, words in THEMES.items():
            if any(word in text for word in words):
                return theme
    return "other"


def place_indicators(file: Path, place: str, heading: str | None = None) -> pl.DataFrame:
    """A row for each thing that a table counts, of one place in its last year: file, indicator,
    theme, unit_of_measure, year, value, share (of the sum over all places; missing for rates and
    where values are below 0), rank (from the largest), places, growth (in `AHEAD` years, in
    proportion) and median_growth (of all places). The year of a table without one is that in
    the file's name. Without rows where the table has no such place,
    or fewer than `LEAST` with a value.

    heading : of the column of places, where it is known
    Raises  InputError for a table that isn't one of places and years.
    """
    by_hand = {"place": heading} if heading else {}
    panel = read_panel(file, _NEEDS, by_hand, has_totals=False, is_summed=None)
    frame = panel.table.frame.drop_nulls("value")
    if "year" not in panel.mapping:
        frame = frame.with_columns(year=pl.lit(_year_in(file.stem), pl.Int32))
    here = places_like(place, frame["place"].unique().sort())
    own = frame.filter(pl.col("place").is_in(here))
    last = own.group_by("indicator").agg(year=pl.col("year").max())
    now = frame.join(last, on=["indicator", "year"])
    before = frame.select("place", "indicator", year=pl.col("year") + AHEAD, before="value")
    grown = now.join(before, on=["place", "indicator", "year"], how="left").with_columns(
        growth=pl.when(pl.col("before") > 0).then(pl.col("value") / pl.col("before") - 1)
    )
    of_all = pl.col("value").sum().over("indicator")
    ranked = grown.with_columns(
        share=pl.when(_is_counted()).then(pl.col("value") / of_all),
        rank=pl.col("value").rank("min", descending=True).over("indicator").cast(pl.Int64),
        places=pl.len().over("indicator").cast(pl.Int64),
        median_growth=pl.col("growth").median().over("indicator"),
        file=pl.lit(file.name),
    )
    rows: pl.DataFrame = ranked.filter(pl.col("place").is_in(here) & (pl.col("places") >= LEAST))
    themes = [theme_of(name, file.name) for name in rows["indicator"]]
    return rows.with_columns(theme=pl.Series(themes, dtype=pl.String)).select(
        *("file", "indicator", "theme", "unit_of_measure", "year", "value", "share"),
        *("rank", "places", "growth", "median_growth"),
    )


def _is_counted() -> pl.Expr:
    """Whether an indicator counts what can be summed over places: nothing below 0, no rate by its
    name or unit, and whole numbers, large ones, or ones of a stated unit."""
    named = pl.concat_str("indicator", pl.col("unit_of_measure").fill_null(""), separator=" ")
    is_ratio = named.str.to_lowercase().str.contains_any(_DECLARED["ratios"])
    value = pl.col("value")
    is_amount = (
        (value == value.round()).all().over("indicator")
        | (value.max().over("indicator") >= LARGE)
        | pl.col("unit_of_measure").is_not_null()
    )
    has_sum = (value >= 0).all().over("indicator") & (value.sum().over("indicator") > 0)
    return has_sum & is_amount & ~is_ratio


def _year_in(name: str) -> int | None:
    """The only year in a name; None for none, or several."""
    years = set(re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", name))
    return int(years.pop()) if len(years) == 1 else None
