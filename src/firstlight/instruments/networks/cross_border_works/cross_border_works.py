"""Which share of a place's works is done with other places, over the years, and with whom."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.communities import communities
from firstlight.instruments.networks.drawn_network import (
    community_labels,
    drawn_network,
    groups_of,
    unknown_names,
)
from firstlight.instruments.networks.joint_works import joint_works
from firstlight.instruments.networks.works_network import SIGNS
from firstlight.instruments.networks.year_span import one_year_each, until_year
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import Count, Message, Name, Share, Value, Year, message

DRAWN = 11  # places with a chart of their own
FEWEST_DRAWN = 10  # works, below which an interval would hide all others
FEWEST_SAID = 100  # works, below which a year says little
LEAST_COMPLETE = 0.5  # of the works of the year before, in a last year that is compared
WORTH = 5  # places with partners, from which a network is worth drawing


def cooperation(
    frame: Any,
    *,
    work: Annotated[str, roles.Key()] = "work",
    place: Annotated[str, roles.Key(separators=(*SIGNS, "、"))] = "place",
    year: Annotated[str | None, roles.Year()] = "year",
    group: Annotated[str | None, roles.Label()] = "group",
    longitude: Annotated[str | None, roles.Number()] = "longitude",
    latitude: Annotated[str | None, roles.Number()] = "latitude",
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
    until: Annotated[int | None, roles.Bounds(1500, 2200)] = None,
    drawn: Annotated[int, roles.Bounds(2, 2000)] = 150,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
) -> Result:
    """The share of works that are done with other places: countries, provinces or cities.

    Parameters
    ----------
    frame
        A row for each work and place.
    work
        Column of the works: documents, projects or patents.
    place
        Column of the places.
    year
        Column of the years of the works.
    group
        Column of the groups of places, for the colours of the drawing.
    longitude
        Column of longitudes in degrees.
    latitude
        Column of latitudes in degrees.
    level
        Probability that an interval of a share covers it.
    until
        Last year to use, where later ones are incomplete.
    drawn
        How many places to draw, those with most joint works first.
    seed
        Seed of the communities and of the drawing.

    Returns
    -------
    Result with the tables ``by_year`` (where there are years: year, work_count, joint_count,
    joint_share, joint_low_share, joint_high_share), ``places`` (the same by place, and
    work_fractional_count, joint_fractional_share), ``partner_places`` (place, partner, joint_count,
    partner_share) and ``place_years``.

    Raises
    ------
    InputError
        For a work of several years, and a place at two positions.

    Notes
    -----
    A share rises with the number of authors per work, and with the number of places that the table
    tells apart.

    References
    ----------
    Wilson 1927, Journal of the American Statistical Association 22(158).

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"work": ["a", "a", "b"], "place": ["CN", "DE", "CN"]})
    >>> cooperation(rows).table.select("place", "joint_share").rows()
    [('CN', 0.5), ('DE', 1.0)]
    """
    data = COOPERATION.read(locals())
    used, conventions = until_year(data.frame, until)
    joint = joint_works(used.select("work", "place"), level)
    places = joint.places.sort("work_count", "place", descending=[True, False])
    partners = joint.partners.sort(
        "joint_count", "place", "partner", descending=[True, False, False]
    )
    tables = {"places": places, "partner_places": partners}
    said = _answer(joint.whole, places)
    charts: list[Chart | Drawing] = []
    conventions += map(message, ("full_counting", "fractional_counting", "known_places"))
    conventions.append(message("wilson", level=Share(level, digits=1)))
    if data.has("year"):
        one_year_each(used)
        yearly = joint_works(used.select("work", "place", "year"), level)
        tables = {"by_year": yearly.whole, **tables, "place_years": yearly.places}
        tables |= _drawn_shares(yearly.whole, yearly.places, places)
        said += _change(yearly.whole)
        mark = Mark("joint_share", "line", "joint_low_share", "joint_high_share")
        charts.append(Chart("all_works", "all_works", "year", (mark,)))
        charts.append(Chart("largest", "largest_places", "year", (mark,), panel="place"))
        conventions.append(message("few_works_not_drawn", count=Count(FEWEST_DRAWN)))
    if partners["place"].n_unique() >= WORTH:
        network, drawing, more = _network(used, partners, drawn, seed)
        tables |= network
        charts.append(drawing)
        said += more
        conventions.append(message("colours"))
    return Result(
        tables,
        tuple(said),
        COOPERATION.texts,
        conventions=tuple(conventions),
        charts=tuple(charts),
        given=data.given,
    )


def _drawn_shares(
    whole: pl.DataFrame, by_place: pl.DataFrame, places: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The years with enough works, of all works and of the largest places; others are missing."""
    columns = ["joint_share", "joint_low_share", "joint_high_share"]
    enough = pl.col("work_count") >= FEWEST_DRAWN
    all_works = whole.filter(enough).select("year", *columns)
    largest = places.select("place").head(DRAWN).join(all_works.select("year"), how="cross")
    shown = by_place.filter(enough).select("place", "year", *columns)
    return {
        "all_works": all_works,
        "largest_places": largest.join(
            shown, on=["place", "year"], how="left", maintain_order="left"
        ),
    }


def _network(
    used: pl.DataFrame, partners: pl.DataFrame, drawn: int, seed: int
) -> tuple[dict[str, pl.DataFrame], Drawing, list[Message]]:
    """The places and those whom they work with, as a drawing, and what is doubtful about their
    names."""
    pairs = partners.filter(pl.col("place") < pl.col("partner"))
    names, ties = read_links(pairs, "place", "partner", "joint_count")
    members = used.rename({"place": "member"})
    groups, said = groups_of(members, names)
    strength = np.asarray(ties.sum(axis=1)).ravel()
    labels = community_labels(names, communities(ties, seed=seed), strength)
    shown = drawn_network(
        members, names, ties, drawn, seed, groups, labels, size="joint_links_count"
    )
    return dict(shown.tables), shown.drawing, [*said, *unknown_names(names)]


def _answer(whole: pl.DataFrame, places: pl.DataFrame) -> list[Message]:
    """The share of all works, and that of the place with most of them."""
    row = whole.row(0, named=True)
    ends = {"low": _share(row["joint_low_share"]), "high": _share(row["joint_high_share"])}
    count = Count(row["work_count"])
    said = [message("whole", share=_share(row["joint_share"]), count=count, **ends)]
    first = places.row(0, named=True)
    share = _share(first["joint_share"])
    if places.height > 1:
        said.append(message("largest", place=Name(first["place"]), share=share))
    return said


def _change(whole: pl.DataFrame) -> list[Message]:
    """From the first to the last year with enough works, and whether the two intervals meet."""
    known, said = _complete(whole.filter(pl.col("work_count") >= FEWEST_SAID))
    if known.height < 2:
        return said
    first, last = known.row(0, named=True), known.row(-1, named=True)
    values: dict[str, Value[Any]] = {
        "first": Year(first["year"]),
        "last": Year(last["year"]),
        "before": _share(first["joint_share"]),
        "after": _share(last["joint_share"]),
    }
    meets = (
        first["joint_low_share"] <= last["joint_high_share"]
        and last["joint_low_share"] <= first["joint_high_share"]
    )
    return [message("change_unsure" if meets else "change", **values), *said]


def _complete(known: pl.DataFrame) -> tuple[pl.DataFrame, list[Message]]:
    """The years without a last one that seems to hold a part of its works, and that it does."""
    if known.height < 2:
        return known, []
    before, last = known.tail(2).rows(named=True)
    part = last["work_count"] / before["work_count"]
    if last["year"] != before["year"] + 1 or part >= LEAST_COMPLETE:
        return known, []
    left_out = message("last_year_incomplete", year=Year(last["year"]), share=Share(part))
    return known.head(-1), [left_out]


def _share(value: float) -> Share:
    return Share(value, digits=1)


COOPERATION = Measurement(
    cooperation,
    citation="Wilson 1927, Journal of the American Statistical Association 22(158)",
    sample=Sample(file="sample.csv.gz"),
    brief=(
        "year",
        "place",
        "work_count",
        "joint_count",
        "joint_share",
        "joint_low_share",
        "joint_high_share",
    ),
    places="node",
)
