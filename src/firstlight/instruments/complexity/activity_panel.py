"""Places by activities as a measurement of complexity reads them, and when a place counts as having
an activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.complexity.specialisation import PresenceRule
from firstlight.numerics.sums_of_others import sums_of_others
from firstlight.schema import Data
from firstlight.texts import Code, Count, Figure, Message, Name, Phrase, Value, message, names

FAMILY = Path(__file__).parent
MOST_YEARS, MOST_NAMES = 30, 3  # that an error or a sentence names
FEW = 10  # places or activities, below which a sentence warns
Gaps = Literal["missing", "zero"]
Presence = Literal["rca", "given"]
Shrinkage = Literal["none", "empirical_bayes"]
Proximity = Literal["conditional", "cosine", "lift"]


@dataclass(frozen=True)
class ActivityPanel:
    """Places by activities, large enough places only.

    frame       : place, activity, year, value, and what the measurement asks of activities and
                  places
    year        : the year that is shown; None where the table has none
    said        : which places were left out
    conventions : how they were chosen, and what an absent row means
    """

    frame: pl.DataFrame
    year: int | None
    said: tuple[Message, ...] = ()
    conventions: tuple[Message, ...] = ()

    @property
    def keywords(self) -> dict[str, Any]:
        """The columns, as ``economic_complexity`` and ``related_activities`` take them."""
        year = next(iter(self.year_key), None)
        return {"place": "place", "activity": "activity", "value": "value", "year": year}

    @property
    def year_key(self) -> list[str]:
        """The key that rows of a table have beside their own, where there are years."""
        if self.year is None:
            return []
        return ["year"]

    @property
    def shown(self) -> pl.DataFrame:
        """The rows of the year that is shown."""
        return self.of_year(self.frame)

    def of_year(self, table: pl.DataFrame) -> pl.DataFrame:
        """The rows of a table in the year that is shown."""
        if self.year is None:
            return table
        return table.filter(pl.col("year") == self.year)


def read_panel(data: Data, gaps: Gaps, least_total: float, shown_year: int | None) -> ActivityPanel:
    """The table and the year that is shown, without the places that are too small.

    Raises InputError for a row without a number, a year that is not there, and a table of small
    places only.
    """
    frame = data.frame
    if gaps == "zero":
        frame = frame.with_columns(pl.col("value").fill_null(0.0))
    lost = frame.filter(pl.col("value").is_null())
    if lost.height:
        place, activity = lost.select("place", "activity").row(0)
        raise _error("no_value", place=Name(place), activity=Name(activity))
    frame, said, conventions = _large_enough(frame, least_total)
    years = frame["year"].drop_nulls().unique().sort().to_list()
    if not years and shown_year is not None:
        raise _error("no_years")
    if shown_year is not None and shown_year not in years:
        known = names([str(each) for each in years[-MOST_YEARS:]], MOST_YEARS)
        raise _error("no_such_year", year=Name(str(shown_year)), years=known)
    if years and shown_year is None:
        shown_year = years[-1]
    return ActivityPanel(frame, shown_year, said, conventions)


def _error(code: str, /, **values: Value[Any]) -> InputError:
    return InputError(message(code, **values), FAMILY)


def _large_enough(
    frame: pl.DataFrame, least: float
) -> tuple[pl.DataFrame, tuple[Message, ...], tuple[Message, ...]]:
    """The places of each year whose values add up to enough; which were left out."""
    absent = message("absent_is_zero")
    if least <= 0:
        return frame, (), (absent,)
    key = ["place", "year"]
    # in one order, so that the last digit does not depend on the order of rows
    kept = frame.filter(pl.col("value").sort().sum().over(key) >= least)
    if not kept.height:
        raise _error("all_too_small", least=Figure(least))
    lost = frame.join(kept.select(key).unique(), on=key, how="anti", nulls_equal=True)
    places = lost["place"].unique().sort().to_list()
    convention = message("least_total", least=Figure(least))
    if not places:
        return kept, (), (absent, convention)
    said = message("small", count=Count(len(places)), places=names(places, MOST_NAMES))
    return kept, (said,), (absent, convention)


def places_in_order(panel: ActivityPanel, asked: Sequence[str] | None = None) -> list[str]:
    """The places of the year shown that are asked for; all of them, the largest first, where none
    are.

    Raises InputError for a place that is not there.
    """
    # in one order, so that the last digit does not depend on the order of rows
    total = panel.shown.group_by("place").agg(pl.col("value").sort().sum())
    largest = total.sort("value", "place", descending=[True, False])["place"].to_list()
    if strangers := sorted(set(asked or ()) - set(largest)):
        raise _error("no_place", place=Name(strangers[0]), places=names(sorted(largest), 3))
    return largest if asked is None else list(asked)


def check_counts(panel: ActivityPanel, rule: PresenceRule) -> None:
    """Raise InputError for a value that is no whole number where the rule takes counts."""
    if not rule.is_of_counts:
        return
    parts = panel.frame.filter(pl.col("value") != pl.col("value").round())
    if parts.height:
        place, activity, value = parts.select("place", "activity", "value").row(0)
        named = {"place": Name(place), "activity": Name(activity)}
        raise _error("no_count", value=Figure(value), **named)


def by_activity(panel: ActivityPanel, column: str) -> dict[str, Any]:
    """What a column says of each activity in the year that is shown; activities without a value are
    left out.

    Raises InputError for an activity of which it says two things.
    """
    known = panel.shown.select("activity", column).drop_nulls().unique().sort("activity", column)
    twice = known.filter(pl.col("activity").is_duplicated())
    if twice.height:
        activity = twice["activity"][0]
        said = twice.filter(pl.col("activity") == activity)[column].cast(pl.String)
        values = names(said, MOST_NAMES)
        raise _error("two_values", column=Name(column), activity=Name(activity), values=values)
    return dict(known.iter_rows())


def few(panel: ActivityPanel) -> list[Message]:
    """A warning where the year shown has too few places or activities."""
    places, activities = (panel.shown[key].n_unique() for key in ("place", "activity"))
    if min(places, activities) >= FEW:
        return []
    values = {
        name: Phrase(Message(f"phrases.{name}", {"count": Count(count)}))
        for name, count in (("places", places), ("activities", activities))
    }
    return [message("few", least=Count(FEW), **values)]


def totals(panel: ActivityPanel) -> list[Message]:
    """A warning for each place and activity of the year shown that is the sum of all others."""
    rows = panel.shown.select("place", "activity", "value").filter(pl.col("value") > 0)
    if not rows.height:
        return []
    places, activities = (rows[key].unique().sort() for key in ("place", "activity"))
    at = [
        rows[name].cast(pl.Enum(known)).to_physical().to_numpy()
        for name, known in (("place", places), ("activity", activities))
    ]
    values = np.zeros((1, places.len(), activities.len()))
    values[0, at[0], at[1]] = rows["value"].to_numpy()
    said = []
    for axis, kind, known in ((1, "place", places), (2, "activity", activities)):
        for name in sums_of_others(values, axis, known.to_list()):
            said.append(message("total", name=Name(name), kind=Code(f"codes.plural.{kind}")))
    return said


def presence_rule(
    presence: Presence,
    threshold: float,
    least: float,
    shrinkage: Shrinkage,
    significance: float | None,
) -> PresenceRule:
    """When a place counts as having an activity, from a measurement's options.

    >>> presence_rule("rca", 1.0, 0.0, "none", None) == PresenceRule()
    True
    """
    if presence == "given":
        return PresenceRule(is_given=True, least=least)
    return PresenceRule(
        threshold=threshold,
        least=least,
        shrinkage=None if shrinkage == "none" else shrinkage,
        significance=significance,
    )


def check_presence(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together in the options of presence."""
    is_changed = (
        arguments["shrinkage"] != "none"
        or arguments["significance"] is not None
        or arguments["threshold"] != 1
    )
    if arguments["presence"] == "given":
        return message("no_rca") if is_changed else None
    if arguments["threshold"] == 0:
        return message("threshold_of_nothing")
    if arguments["significance"] in (0, 1):
        return message("significance_of_nothing")
    if arguments["shrinkage"] != "none" and arguments["threshold"] < 1:
        return message("shrunk_below_one", threshold=Figure(arguments["threshold"]))
    return None


def rule_conventions(rule: PresenceRule) -> list[Message]:
    """The rule of presence as conventions.

    >>> [each.code for each in rule_conventions(PresenceRule(least=2.0, significance=0.05))]
    ['present_rca', 'present_least', 'present_significant']
    """
    if rule.is_given:
        return [message("present_given", least=Figure(rule.least))]
    said = [message("present_rca", threshold=Figure(rule.threshold))]
    if rule.least > 0:
        said.append(message("present_least", least=Figure(rule.least)))
    if rule.significance is not None:
        said.append(message("present_significant", level=Figure(rule.significance)))
    if rule.shrinkage == "empirical_bayes":
        said.append(message("shrunk"))
    return said


def relatedness_conventions(proximity: Proximity) -> list[Message]:
    """How proximity and outlook are measured."""
    return [message(f"proximity_{proximity}"), message("outlook_gain"), message("outlook_scale")]
