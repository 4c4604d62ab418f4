"""What the measurement of complexity says of its tables."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.complexity.activity_panel import ActivityPanel
from firstlight.instruments.complexity.economic_complexity.activity_space import ActivitySpace
from firstlight.instruments.complexity.economic_complexity.yearly_indices import YearOfComplexity
from firstlight.instruments.complexity.related_activities import YearOfRelatedness
from firstlight.numerics.ranks import average_ranks
from firstlight.phrases import in_year
from firstlight.texts import (
    Code,
    Count,
    Figure,
    Message,
    Name,
    Number,
    Share,
    Value,
    Year,
    counted,
    message,
    names,
)

TINY, FIRST = 1e-4, 10  # share of all value, below which one of the highest places is pointed out
TOP = 3  # that the answer names
GONE = 1e-6  # a fitness below this, where the mean is 1, is on its way to 0


def highest(panel: ActivityPanel, places: pl.DataFrame, activities: pl.DataFrame) -> list[Message]:
    """The most complex places and activities, or that no place has an index.

    places, activities : of the year that is shown, the most complex first; of places those that are
                         not `tiny` are named
    """
    when = in_year(panel.year)
    top = sizeable(places)["place"].head(TOP)
    if not top.len():
        return [message("no_index", when=when)]
    hard = activities.drop_nulls("pci")["activity"].head(TOP)
    return [message("highest", when=when, places=_several(top), activities=_several(hard))]


def _several(given: Sequence[str] | pl.Series) -> Value[Any]:
    """Names one after another; with semicolons where a name has a comma of its own."""
    if not any("," in name for name in given):
        return names(given)
    return Name("; ".join(given))


def moved(panel: ActivityPanel, places: pl.DataFrame) -> list[Message]:
    """Which place climbed most ranks of ECI and which fell most, of those of the first year and the
    year shown."""
    if panel.year is None or places["year"].n_unique() < 2:
        return []
    first = int(places["year"].min())  # type: ignore[arg-type]
    early, late = (
        places.filter(pl.col("year") == year).drop_nulls("eci").select("place", "eci_rank")
        for year in (first, panel.year)
    )
    both = early.join(late, on="place", suffix="_now")
    both = both.with_columns(rise=pl.col("eci_rank") - pl.col("eci_rank_now"))
    if both.height < 2 or first == panel.year or not both["rise"].abs().max():
        return []
    values: dict[str, Value[Any]] = {
        "first": Year(first),
        "last": Year(panel.year),
        "count": Count(both.height),
    }
    # where places come or go, all others may climb, or fall
    ends = {"climber": both.filter(pl.col("rise") > 0), "faller": both.filter(pl.col("rise") < 0)}
    there = []
    for end, rows in ends.items():
        order = rows.sort(pl.col("rise").abs(), "place", descending=[True, False]).head(1)
        for row in order.iter_rows(named=True):
            there.append(end)
            values[end] = Name(row["place"])
            values[f"{end}_from"] = Count(row["eci_rank"])
            values[f"{end}_to"] = Count(row["eci_rank_now"])
    if len(there) == 2:
        return [message("moved", **values)]
    return [message("climbed", **values) if there == ["climber"] else message("fell", **values)]


def outlook(near: YearOfRelatedness, places: pl.Series) -> list[Message]:
    """The place with the highest outlook of those that are given, and what would open most for
    it."""
    when = in_year(near.table.year)
    if not np.isfinite(near.index.pci).any():
        return [message("no_outlook", when=when)]
    is_given = pl.Series(near.table.places, dtype=pl.String).is_in(places.to_list()).to_numpy()
    coi = np.where((near.index.diversity > 0) & is_given, near.outlook.index, -np.inf)
    best = int(np.argmax(coi))
    place = Name(near.table.places[best])
    said = [message("outlook", when=when, place=place, index=Number(float(coi[best]), digits=1))]
    gain = np.nan_to_num(near.outlook.gain[best], nan=-np.inf)
    if np.isfinite(gain).any():
        first = int(np.argmax(gain))
        values: dict[str, Value[Any]] = {
            "place": place,
            "activity": Name(near.table.activities[first]),
            "gain": Number(float(gain[first])),
            "density": Share(float(near.outlook.density[best, first])),
        }
        said.append(message("gain", **values))
    return said


def space_messages(space: ActivitySpace) -> list[Message]:
    """Which communities the space has, and which two activities are nearest."""
    if not space.links.height:
        return [message("no_space")]
    values: dict[str, Value[Any]] = {
        "activities": Count(space.nodes.height),
        "largest": names(space.largest[:TOP], TOP),
    }
    if len(space.largest) == 1:
        said = message("one_community", **values)
    else:
        values["modularity"] = Number(max(space.modularity, 0.0))
        said = message("space", count=Count(len(space.largest)), **values)
    one, other, weight = space.links.row(0)
    nearest = message("nearest", one=Name(one), other=Name(other), proximity=Number(weight))
    return [said, nearest]


def like_diversity(ranked: pl.DataFrame) -> list[Message]:
    """How far ECI orders places as counting their activities would."""
    is_alike = ranked["diversity_count"].n_unique() < 2 or ranked["eci"].n_unique() < 2
    if ranked.height < 3 or is_alike:
        return []
    one, other = (average_ranks(ranked[name].to_numpy()) for name in ("eci", "diversity_count"))
    correlation = Number(float(np.corrcoef(one, other)[0, 1]))
    return [message("diversity", correlation=correlation, count=Count(ranked.height))]


def sizeable(shown: pl.DataFrame) -> pl.DataFrame:
    """Places with an index that hold more than next to nothing; all where none does."""
    ranked = shown.drop_nulls("eci")
    large = ranked.filter(pl.col("value") >= pl.col("value").sum() * TINY)
    return large if large.height else ranked


def tiny(shown: pl.DataFrame) -> list[Message]:
    """Places among the highest that hold next to nothing of the whole: a single crate can lift
    them."""
    ranked = shown.drop_nulls("eci")
    places = ranked.head(FIRST).join(sizeable(shown), on="place", how="anti")["place"]
    if not places.len():
        return []
    least = float(ranked["value"].sum()) * TINY
    values: dict[str, Value[Any]] = {
        "first": Count(FIRST),
        "share": Share(TINY, digits=2),
        "least": Name(_rounded_up(least)),
    }
    return [message("tiny", count=Count(places.len()), places=names(places), **values)]


def _rounded_up(value: float) -> str:
    """A number not below the value, for an option: whole, or with two digits that count.

    >>> _rounded_up(12.1), _rounded_up(0.0123), _rounded_up(0.5)
    ('13', '0.013', '0.5')
    """
    if value >= 1:
        return str(ceil(value))
    digits = 1 - floor(log10(value))
    near = round(value, digits)
    if near < value:
        near += 10.0**-digits
    return f"{near:.2g}"


def caveats(years: Sequence[YearOfComplexity], shown: YearOfComplexity) -> list[Message]:
    """Which places have no index, and why; where fitness or GENEPY say less than they seem to."""
    when = in_year(shown.table.year)
    said = [*_without(years, shown)]
    going = [one.fitness for one in years if one.fitness and not one.fitness.is_converged]
    if going:
        change = Figure(max(one.last_change for one in going))
        said.append(
            message("fitness", change=change, count=Count(len(going)), all=Count(len(years)))
        )
    gone = int((shown.fitness.fitness < GONE).sum()) if shown.fitness else 0
    if shown.fitness and gone:
        known = Count(int(np.isfinite(shown.fitness.fitness).sum()))
        said.append(message("fitness_to_zero", count=Count(gone), all=known, when=when))
    if shown.genepy and (
        np.isnan(shown.genepy.places).all() or np.isnan(shown.genepy.activities).all()
    ):
        said.append(message("no_genepy", when=when))
    return said


def _without(years: Sequence[YearOfComplexity], shown: YearOfComplexity) -> list[Message]:
    """Which places have no index in the year that is shown, a message for each reason; and in how
    many other years."""
    said = []
    places, codes = shown.table.places, shown.index.place_reason.tolist()
    for reason in dict.fromkeys(code for code in codes if code):
        own = [place for place, code in zip(places, codes, strict=True) if code == reason]
        why = Code(f"codes.reason.{reason}")
        said.append(
            message("without", when=in_year(shown.table.year), places=names(own), reason=why)
        )
    gone = sum(bool(np.isnan(one.index.eci).any()) for one in years if one is not shown)
    said += counted("without_elsewhere", gone, all=Count(len(years) - 1))
    return said
