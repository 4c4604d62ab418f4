"""What the measurements of complexity share: the table as read, the rule of presence, the year that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.complexity.specialisation import PresenceRule
from firstlight.instruments.places.place_table import place_table
from firstlight.numerics.finding import Words, listed
from firstlight.run.measurements.form import Sample
from firstlight.run.measurements.hidden_totals import hidden_totals
from firstlight.sample.made_up_capabilities import LABEL, made_up_capabilities

Choices = Mapping[str, Any]


@dataclass(frozen=True)
class Activities:
    """A table of places by activities, the year that is shown (None where the table has none), and what was left out."""

    frame: pl.DataFrame
    year: int | None
    sentences: tuple[tuple[str, Words], ...] = ()
    conventions: tuple[Words, ...] = ()

    @property
    def keywords(self) -> dict[str, Any]:
        """The columns, as the instruments take them."""
        return {
            "place": "place",
            "activity": "activity",
            "value": "value",
            "year": None if self.year is None else "year",
        }

    @property
    def shown(self) -> pl.DataFrame:
        """The rows of the year that is shown."""
        return self.frame if self.year is None else self.frame.filter(pl.col("year") == self.year)

    def of_year(self, table: pl.DataFrame) -> pl.DataFrame:
        """The rows of a result's table in the year that is shown."""
        return table if self.year is None else table.filter(pl.col("year") == self.year)


def read_choices(frame: pl.DataFrame, choices: Choices) -> Activities:
    """The table and its year, without the places that are too small.

    Raises  InputError for a year that isn't there, a table of which only some rows have one, or one of small places only.
    """
    frame, small, conventions = _large_enough(frame, choices["least_total"])
    known = frame["year"].drop_nulls().unique().sort().to_list()
    if not known:
        if choices["year"] is not None:
            raise InputError(
                "the table has no years",
                where="--year",
                try_next="leave it out, or --column year='Yours'",
            )
        return Activities(frame, None, small, conventions)
    if frame["year"].null_count():
        raise InputError(
            f"{frame['year'].null_count()} rows without a year",
            where="column year",
            try_next="a year for every row",
        )
    year = known[-1] if choices["year"] is None else choices["year"]
    if year not in known:
        raise InputError(
            f"no year {year}", where="--year", try_next=f"one of {', '.join(map(str, known[-30:]))}"
        )
    return Activities(frame, int(year), small, conventions)


def _large_enough(
    frame: pl.DataFrame, least: float
) -> tuple[pl.DataFrame, tuple[tuple[str, Words], ...], tuple[Words, ...]]:
    """The places of each year whose values add up to enough; which were left out, in words."""
    if least <= 0:
        return frame, (), ()
    total = pl.col("value").sort().sum().over("place", "year")
    kept = frame.filter(total >= least)
    lost = frame.join(
        kept.select("place", "year").unique(), on=["place", "year"], how="anti", nulls_equal=True
    )
    names = lost["place"].unique().sort().to_list()
    if not kept.height:
        raise InputError(
            f"no place adds up to {least:g}", where="--least-total", try_next="a smaller number"
        )
    rule = (
        f"places whose values add up to less than {least:g} in a year are left out of that year",
        f"某年数值合计不足{least:g}的地区不计入该年",
    )
    if not names:
        return kept, (), (rule,)
    words = (
        f"Left out as too small in some year: {len(names)} place{'s' * (len(names) > 1)}, such as {listed(names, 3)}.",
        f"因规模过小在某些年份未计入：{len(names)}地，如{'、'.join(names[:3])}。",
    )
    return kept, (("small", words),), (rule,)


def totals_of(table: Activities) -> list[tuple[str, Words]]:
    """A warning for each place or activity of the year shown that is the sum of all others."""
    rows = table.shown.select("place", "activity", "value").filter(pl.col("value") > 0)
    return (
        hidden_totals(place_table(rows, "value", industry="activity"), ("activities", "活动"))
        if rows.height
        else []
    )


def presence_rule(choices: Choices) -> PresenceRule:
    """When a place counts as having an activity, from the options.

    >>> presence_rule({"presence": "rca", "threshold": 1.0, "least": 0.0, "shrinkage": "none", "significance": None}).threshold
    1.0
    """
    if choices["presence"] == "given":
        return PresenceRule(is_given=True, least=choices["least"])
    return PresenceRule(
        threshold=choices["threshold"],
        least=choices["least"],
        shrinkage=None if choices["shrinkage"] == "none" else choices["shrinkage"],
        significance=choices["significance"],
    )


def check_presence(choices: Choices) -> None:
    """Raises  InputError where values are taken as given, and a rule for RCA is asked for too."""
    if choices["presence"] == "given" and (
        choices["shrinkage"] != "none"
        or choices["significance"] is not None
        or choices["threshold"] != 1
    ):
        raise InputError(
            "values taken as presences have no RCA",
            where="--presence given",
            try_next="leave out --threshold, --shrinkage and --significance, or use --presence rca",
        )


ABSENT: Words = (
    "a pair of place and activity without a row counts as 0; a place without a row in a year isn't in it",
    "无记录的“地区—活动”组合计为0；某年无任何记录的地区不计入该年",
)


def of_activity(table: Activities, column: str) -> dict[str, Any]:
    """What a column says of each activity in the year that is shown; activities without a value are left out.

    Raises  InputError naming an activity of which it says two things.
    """
    if column not in table.frame.columns:
        return {}
    found = table.shown.select("activity", column).drop_nulls().unique().sort("activity", column)
    twice = found.filter(pl.col("activity").is_duplicated())
    if twice.height:
        values = ", ".join(
            map(str, twice.filter(pl.col("activity") == twice["activity"][0])[column].head(3))
        )
        raise InputError(
            f"{column} of {twice['activity'][0]!r} is {values}",
            where=f"column {column}" + ("" if table.year is None else f", year {table.year}"),
            try_next="one value for each activity",
        )
    return dict(found.iter_rows())


def sample_activities(*, years: tuple[int, int] = (2001, 2020)) -> Sample:
    """The made-up places with their capabilities."""
    return Sample(made_up_capabilities(years=years).panel, {}, title=LABEL)
