"""Economic complexity: what places are specialised in, how complex that is, and which activities
are near to one another."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.complexity.activity_panel import (
    ActivityPanel,
    Gaps,
    Presence,
    Proximity,
    Shrinkage,
    by_activity,
    check_counts,
    check_presence,
    few,
    presence_rule,
    read_panel,
    relatedness_conventions,
    rule_conventions,
    totals,
)
from firstlight.instruments.complexity.economic_complexity import answer
from firstlight.instruments.complexity.economic_complexity.activity_space import (
    ActivitySpace,
    activity_space,
)
from firstlight.instruments.complexity.economic_complexity.yearly_indices import (
    EconomicComplexity,
    economic_complexity,
)
from firstlight.instruments.complexity.related_activities import (
    RelatedActivities,
    related_activities,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.ranks import rank_from_highest
from firstlight.numerics.thirds import THIRDS, thirds
from firstlight.result import Result
from firstlight.roles import Bounds
from firstlight.texts import Count, Figure, Message, message, names

# pairs of place and activity that are kept, all of them; above, those that say something
PAIRS = 400_000
NEAREST = 20  # absent activities of a place that are kept then
SPOT = roles.Number(is_shared=True)


def complexity(
    frame: Any,
    *,
    place: Annotated[str, roles.Key()] = "place",
    activity: Annotated[str, roles.Key(is_heading=True)] = "activity",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero", is_filled=True)] = "value",
    group: Annotated[str | None, roles.Label()] = "group",
    longitude: Annotated[str | None, SPOT] = "longitude",
    latitude: Annotated[str | None, SPOT] = "latitude",
    gaps: Gaps = "missing",
    presence: Presence = "rca",
    threshold: Annotated[float, Bounds(0.0)] = 1.0,
    least: Annotated[float, Bounds(0.0)] = 0.0,
    shrinkage: Shrinkage = "none",
    significance: Annotated[float | None, Bounds(0.0, 1.0)] = None,
    proximity: Proximity = "conditional",
    least_total: Annotated[float, Bounds(0.0)] = 0.0,
    shown_year: int | None = None,
    links: Annotated[float, Bounds(0.0, 20.0)] = 2.0,
) -> Result:
    """Complexity of places and activities in every year, and what is near to what in one of them.

    A pair of place and activity without a row counts as 0.

    Parameters
    ----------
    frame
        A row for each place and activity, and year.
    place
        Column of the places: countries, provinces, cities.
    activity
        Column of the activities: industries, technologies, products or occupations.
    year
        Column of the years.
    value
        Column of the amounts: exports, employment, patents, firms.
    group
        Column with the class of each activity, for the colours of the drawing.
    longitude
        Column of the places' longitudes in degrees, for a map.
    latitude
        Column of the places' latitudes in degrees, for a map.
    gaps
        What a row without a value means.
    presence
        An activity is present where its RCA (location quotient) is high enough, or wherever its
        value is above ``least``.
    threshold
        Least RCA of what is present.
    least
        Least value of what is present.
    shrinkage
        Whether the RCA of small counts is moved towards 1.
    significance
        Largest p-value of what is present, in an exact test of counts.
    proximity
        How near two activities are.
    least_total
        Least sum of a place's values; smaller places are left out.
    shown_year
        The year that is shown; the last one where it is left out.
    links
        Links of the drawing for each activity.

    Returns
    -------
    Result with the tables ``place_complexity``, ``activity_complexity`` (the year shown first, the
    most complex first), ``nearest_activities`` and ``nearness`` (every place and activity of the
    year shown), and those of the charts.

    Raises
    ------
    InputError
        For a year without a value above 0, counts that are no whole numbers, and options that do
        not go together.

    References
    ----------
    Hidalgo and Hausmann 2009, PNAS 106(26), 10570-10575; Hausmann and others 2014, The Atlas of
    Economic Complexity; Tacchella and others 2012, Scientific Reports 2, 723; Sciarra and others
    2020, Nature Communications 11, 3352.

    Examples
    --------
    >>> import polars as pl
    >>> rows = {"place": list("AAABBC"), "activity": list("xyzxyx"), "value": [1] * 6}
    >>> found = complexity(pl.DataFrame(rows), presence="given")
    >>> found.table.select("place", "diversity_count", pl.col("eci").round(3)).rows()
    [('A', 3.0, 1.225), ('B', 2.0, 0.0), ('C', 1.0, -1.225)]
    """
    data = COMPLEXITY.read(locals())
    rule = presence_rule(presence, threshold, least, shrinkage, significance)
    panel = read_panel(data, gaps, least_total, shown_year)
    check_counts(panel, rule)
    found = economic_complexity(panel.frame, **panel.keywords, rule=rule)
    near = related_activities(panel.frame, **panel.keywords, rule=rule, measure=proximity)
    classes = by_activity(panel, "group")
    space = activity_space(near.of_year(panel.year), proximity, classes, links_per_node=links)
    places = _places(panel, found, near)
    spots, doubts = _spots(panel.frame)
    tables = {
        "place_complexity": places,
        "activity_complexity": _activities(panel, found, space, classes),
        "nearest_activities": space.nearest,
        "nearness": _pairs(panel, near),
        "space": space.nodes,
        "space_links": space.links,
        **_chart_tables(panel, places, spots),
    }
    return Result(
        tables,
        (*_said(panel, tables, found, near, space), *doubts),
        COMPLEXITY.texts,
        conventions=(
            *rule_conventions(rule),
            *map(message, ("eci_scale", "pci_scale", "largest_block", "fitness", "genepy")),
            *relatedness_conventions(proximity),
            *_space_conventions(space, links),
            *panel.conventions,
        ),
        charts=_charts(tables),
        given=data.given,
    )


def _places(
    panel: ActivityPanel, found: EconomicComplexity, near: RelatedActivities
) -> pl.DataFrame:
    """A row for each place (and year), the year that is shown first, the most complex first."""
    keys = [*panel.year_key, "place"]
    # in one order, so that the last digit does not depend on the order of rows
    total = panel.frame.group_by(keys).agg(value=pl.col("value").sort().sum())
    more = near.table.select(*keys, "outlook_index", "outlook_index_z", "density_of_absent_share")
    every = found.table.join(more, on=keys, how="left").join(total, on=keys, how="left")
    rank = rank_from_highest(pl.col("eci"), panel.year_key)
    every = every.with_columns(eci_rank=rank).select(
        "place",
        *panel.year_key,
        "eci_rank",
        "eci",
        "diversity_count",
        "outlook_index_z",
        "fitness",
        "genepy",
        "outlook_index",
        "density_of_absent_share",
        "value",
        "block",
        "reason",
    )
    return _sorted(every, "eci", "place", panel.year)


def _activities(
    panel: ActivityPanel, found: EconomicComplexity, space: ActivitySpace, classes: dict[str, str]
) -> pl.DataFrame:
    """A row for each activity (and year), the year that is shown first, the most complex first."""
    keys = [*panel.year_key, "activity"]
    total = panel.frame.group_by(keys).agg(value=pl.col("value").sort().sum())
    every = found.activities.join(total, on=keys, how="left")
    # communities and classes are those of the year that is shown
    is_shown = pl.lit(True)
    if panel.year is not None:
        is_shown = pl.col("year") == panel.year
    for name, known in (("community", space.community), ("group", classes)):
        of_activity = pl.col("activity").replace_strict(
            dict(known), default=None, return_dtype=pl.String
        )
        every = every.with_columns(pl.when(is_shown).then(of_activity).alias(name))
    every = every.select(
        "activity",
        *panel.year_key,
        "group",
        "community",
        "pci",
        "ubiquity_count",
        "fitness_complexity",
        "genepy",
        "value",
        "block",
        "reason",
    )
    return _sorted(every, "pci", "activity", panel.year)


def _sorted(table: pl.DataFrame, measure: str, name: str, year: int | None) -> pl.DataFrame:
    keys = [pl.col(measure), pl.col(name)]
    if year is not None:
        keys = [pl.col("year") == year, pl.col("year"), *keys]
    return table.sort(keys, descending=[*([True] * (len(keys) - 1)), False], nulls_last=True)


def _pairs(panel: ActivityPanel, near: RelatedActivities) -> pl.DataFrame:
    """Every place and activity of the year; of very many, those present or with a value and the
    nearest absent ones."""
    values = panel.shown.select("place", "activity", "value")
    every = near.pairs(panel.year, absent_only=False)
    every = every.join(values, on=["place", "activity"], how="left")
    every = every.with_columns(pl.col("value").fill_null(0.0))
    if every.height > PAIRS:
        rank = pl.col("density_share").rank("ordinal", descending=True)
        is_near = rank.over("place", "is_present") <= NEAREST
        every = every.filter((pl.col("value") > 0) | is_near)
    return every.select(
        *panel.year_key,
        "place",
        "activity",
        "value",
        "rca",
        "is_present",
        "density_share",
        "pci",
        "outlook_gain",
    ).sort(
        ["place", "is_present", "density_share", "activity"],
        descending=[False, False, True, False],
        nulls_last=True,
    )


def _spots(frame: pl.DataFrame) -> tuple[pl.DataFrame | None, list[Message]]:
    """Where places lie, if the table says so: place, x, y; no map where a place lies in several
    spots, and which do."""
    spots = frame.select("place", x="longitude", y="latitude").drop_nulls().unique()
    twice = spots.filter(pl.col("place").is_duplicated())["place"].unique().sort()
    if twice.len():
        return None, [message("spots", count=Count(twice.len()), places=names(twice, 3))]
    return (spots.sort("place") if spots.height else None), []


def _chart_tables(
    panel: ActivityPanel, places: pl.DataFrame, spots: pl.DataFrame | None
) -> dict[str, pl.DataFrame]:
    shown = panel.of_year(places).drop_nulls("eci")
    tables = {"shown_places": shown.select("place", "diversity_count", "eci", "value")}
    if spots is not None and shown.height:
        third = pl.Series("third", thirds(shown["eci"].to_list()), dtype=pl.String)
        known = shown.select("place", "value").with_columns(third)
        tables["place_map"] = known.join(spots, on="place", how="left", maintain_order="left")
    if panel.year is not None and places["year"].n_unique() > 1:
        # those first that stand highest in the year that is shown
        order = pl.DataFrame({"place": list(dict.fromkeys(places["place"]))}).with_row_index(
            "order"
        )
        known = places.join(order, on="place").sort("order", "year")
        tables["eci_by_year"] = known.select("place", "year", "eci")
    return tables


def _charts(tables: dict[str, pl.DataFrame]) -> tuple[Chart | Drawing, ...]:
    charts: list[Chart | Drawing] = [
        Chart("by_rank", "place_complexity", "", (Mark("eci", "bars"),), line="place"),
        Drawing(
            "space", "network", "space", "space_links", node="activity", size="value", group="group"
        ),
        Drawing(
            "diversity",
            "scatter",
            "shown_places",
            node="place",
            x="diversity_count",
            y="eci",
            size="value",
        ),
    ]
    if "place_map" in tables:
        charts.append(
            Drawing(
                "where", "map", "place_map", node="place", size="value", group="third", steps=THIRDS
            )
        )
    if "eci_by_year" in tables:
        charts.append(Chart("eci", "eci_by_year", "year", (Mark("eci"),), panel="place"))
    return tuple(charts)


def _said(
    panel: ActivityPanel,
    tables: dict[str, pl.DataFrame],
    found: EconomicComplexity,
    near: RelatedActivities,
    space: ActivitySpace,
) -> list[Message]:
    places = tables["place_complexity"]
    shown = panel.of_year(places)
    activities = panel.of_year(tables["activity_complexity"])
    own = next(one for one in found.years if one.table.year == panel.year)
    return [
        *answer.highest(panel, shown, activities),
        *answer.tiny(shown),
        *totals(panel),
        *few(panel),
        *answer.moved(panel, places),
        *answer.outlook(near.of_year(panel.year), answer.sizeable(shown)["place"]),
        *answer.space_messages(space),
        *answer.like_diversity(shown.drop_nulls("eci")),
        *panel.said,
        *answer.caveats(found.years, own),
    ]


def _space_conventions(space: ActivitySpace, links: float) -> list[Message]:
    said = [message("space_drawn", links=Figure(links)), message("communities")]
    if space.all_count > space.nodes.height:
        drawn = Count(space.nodes.height)
        said.append(message("largest_drawn", drawn=drawn, all=Count(space.all_count)))
    return said


COMPLEXITY = Measurement(
    complexity,
    citation=(
        "Hidalgo and Hausmann 2009, PNAS 106(26); "
        "Tacchella and others 2012, Scientific Reports 2, 723; "
        "Sciarra and others 2020, Nature Communications 11, 3352"
    ),
    sample=Sample(file="sample.csv.gz"),
    check=check_presence,
    brief=(
        "place",
        "eci_rank",
        "eci",
        "diversity_count",
        "outlook_index_z",
        "fitness",
        "genepy",
        "reason",
    ),
    places="place",
    may_sum=True,
    zero_if_absent=True,
)
