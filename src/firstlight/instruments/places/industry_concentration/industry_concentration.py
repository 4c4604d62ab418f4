"""Concentration: how unevenly industries lie, how one-sided places are, what they are known for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark, by_rank_and_year
from firstlight.errors import InputError, excludes
from firstlight.instruments.places.industry_concentration.agglomeration import agglomeration
from firstlight.instruments.places.industry_concentration.concentration_measures import (
    ALIKE,
    place_specialisation,
    spatial_concentration,
)
from firstlight.instruments.places.location_quotients import EQUAL, location_quotients
from firstlight.instruments.places.place_table import (
    gap_conventions,
    place_table,
    totals_among,
    with_gaps,
)
from firstlight.instruments.places.sites import sites
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.numerics.thirds import THIRDS, thirds
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Code,
    Count,
    Figure,
    List,
    Message,
    Name,
    Number,
    Share,
    Value,
    Year,
    message,
    names,
)

PARTS = ("theil_within_index", "theil_between_index")
CLUSTERED = 0.05  # Ellison-Glaeser index from which an industry is called clustered
SURE = 0.05  # a p-value below which it is surely so


def concentration(
    frame: Any,
    *,
    place: Annotated[str, roles.Key()] = "place",
    industry: Annotated[str, roles.Key(is_heading=True)] = "industry",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero")] = "value",
    plant: Annotated[str | None, roles.Key()] = "plant",
    plants: Annotated[str | None, roles.Number("zero")] = "plants",
    plant_herfindahl: Annotated[
        str | None, roles.Number("zero", is_shared=True)
    ] = "plant_herfindahl",
    place_total: Annotated[str | None, roles.Number("zero", is_shared=True)] = "place_total",
    place_group: Annotated[str | None, roles.Label()] = "place_group",
    latitude: Annotated[str | None, roles.Number(is_shared=True)] = "latitude",
    longitude: Annotated[str | None, roles.Number(is_shared=True)] = "longitude",
    gaps: Literal["missing", "zero"] = "missing",
    reference: Literal["all", "equal"] = "all",
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
    dispersion: Annotated[float | None, roles.Bounds(0, is_above=True)] = None,
    standardise: Literal["levels", "logs"] = "levels",
) -> Result:
    """Concentration of industries over places, specialisation of places, and location quotients.

    Where plants, their number or their Herfindahl index are known, concentration is held against
    what plants of these sizes would show by chance, in the last year.

    Parameters
    ----------
    frame
        A row for each place and industry, and year; or for each plant of them.
    place
        Column of the places.
    industry
        Column of the industries, technologies, products or occupations.
    year
        Column of the years.
    value
        Column of jobs, output, patents or another quantity.
    plant
        Column of the plants or firms, where a row is one.
    plants
        Column with the number of plants in a row.
    plant_herfindahl
        Column of the Herfindahl index of the industry's plants, above 0 and at most 1.
    place_total
        Column of the place's total, where the rows do not add up to it.
    place_group
        Column of the group that a place belongs to, such as the province of a city.
    latitude
        Column of the places' latitudes, in degrees.
    longitude
        Column of the places' longitudes, in degrees.
    gaps
        What a row without a value means: it is missing, and refused; or it counts as 0.
    reference
        What shares are held against: the total of everything, or places (and industries) that
        are all alike.
    level
        Probability that an interval of a location quotient holds.
    dispersion
        Variance of values over that of units drawn one by one; where none is given, the size of
        the plant that the mean job is in, as far as plants are known, and else 1.
    standardise
        What quotients are standardised by: levels, or logarithms.

    Returns
    -------
    Result with the tables ``concentration`` (year, industry, value, places_count, top_place,
    top_place_share, krugman_index, hoover_share, herfindahl_index, herfindahl_normalised_index,
    theil_index, theil_l_index, gini_index, gini_unweighted_index, reason; with groups Theil's
    parts), the last year and the highest Gini first; ``agglomeration``, where plants are known;
    ``specialisation``, the same measures of places; and ``quotients`` (year, place, industry,
    value, place_share, location_quotient with its interval, standardised_quotient,
    is_specialised, reason).

    Raises
    ------
    InputError
        For plants together with their Herfindahl index, a place of two groups or totals, and
        numbers of plants that are not above 0.

    References
    ----------
    Hoover 1936, Review of Economics and Statistics 18(4), 162-171; Krugman 1991, Geography and
    Trade; Theil 1967, Economics and Information Theory; Ellison and Glaeser 1997, Journal of
    Political Economy 105(5), 889-927; Maurel and Sédillot 1999, Regional Science and Urban
    Economics 29(5), 575-604; Moineddin, Beyene and Boyle 2003, Geographical Analysis 35(3),
    249-256.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [("a", "x", 1), ("b", "x", 1), ("b", "y", 2)]
    >>> jobs = pl.DataFrame(rows, ["place", "industry", "value"], orient="row")
    >>> concentration(jobs).table.select("industry", "krugman_index").rows()
    [('x', 0.5), ('y', 0.5)]
    """
    data = CONCENTRATION.read(locals())
    rows = with_gaps(data.frame, gaps)
    when, group = data.held("year"), data.held("place_group")
    grid = _added_up(rows, [each for each in (when, group) if each])
    spread = spatial_concentration(grid, "value", year=when, reference=reference, group=group)
    against, plain_plants = _against_chance(data, rows)
    sided = place_specialisation(grid, "value", year=when, reference=reference)
    phi = dispersion or _plant_size(data, rows)
    options: Any = {"level": level, "standardise": standardise, "dispersion": phi}
    quotients = location_quotients(grid, "value", year=when, **options)
    tables = {"concentration": _highest_first(spread if group else spread.drop(PARTS))}
    said = [*totals_among(place_table(grid, "value", year=when)), *_concentrated(spread)]
    if against is not None:
        tables["agglomeration"] = against
        said += _beyond_chance(against)
    tables["specialisation"] = _highest_first(sided.drop(PARTS))
    tables["quotients"] = _surest_first(quotients)
    drawn, charts = _drawn(tables, rows)
    return Result(
        tables | drawn,
        (*said, *_specialised(sided), *_known_for(quotients, level)),
        CONCENTRATION.texts,
        conventions=(
            message(f"against_{reference}"),
            message("indices"),
            message("theil_parts" if group else "theil_within"),
            message("theil_l"),
            *plain_plants,
            message("location_quotient"),
            message("interval", level=Share(level), dispersion=Figure(phi)),
            message(f"standardised_{standardise}"),
            *([message("plants_alike")] if data.has("plants") and not dispersion else []),
            *gap_conventions(gaps),
        ),
        charts=charts,
        given=data.given,
    )


def _added_up(rows: pl.DataFrame, more: list[str]) -> pl.DataFrame:
    """A row for each place and industry, plants being added up; a missing value stays missing."""
    total = pl.when(pl.col("value").null_count() == 0).then(pl.col("value").sum())
    return rows.group_by("place", "industry", *more, maintain_order=True).agg(value=total)


def _highest_first(table: pl.DataFrame) -> pl.DataFrame:
    """The last year first, and in it the highest Gini."""
    by = [name for name in ("year", "gini_index") if name in table.columns]
    return table.sort(by, descending=True, nulls_last=True, maintain_order=True)


def _surest_first(table: pl.DataFrame) -> pl.DataFrame:
    """The last year first, and in it the quotients whose lower end is highest."""
    by = [name for name in ("year", "location_quotient_low") if name in table.columns]
    return table.sort(by, descending=True, nulls_last=True, maintain_order=True)


def _against_chance(
    data: Data, rows: pl.DataFrame
) -> tuple[pl.DataFrame | None, tuple[Message, ...]]:
    """The indices of the last year, the highest first, and their conventions."""
    is_known = {name: data.has(name) for name in ("plant", "plants", "plant_herfindahl")}
    if not any(is_known.values()):
        return None, ()
    if is_known["plants"] and is_known["plant_herfindahl"]:
        raise InputError(excludes("plants", "plant_herfindahl"))
    # a plant without jobs, or no plant, has no part in a Herfindahl
    there = last_year(rows).filter(pl.col("value") != 0)
    total = data.held("place_total")
    table = agglomeration(
        there,
        "value",
        place_total=total,
        plants=data.held("plants"),
        herfindahl=data.held("plant_herfindahl"),
    )
    order = pl.col("ellison_glaeser_index")
    table = table.sort(order, descending=True, nulls_last=True, maintain_order=True)
    if is_known["plant_herfindahl"]:
        sizes = message("by_herfindahl")
    elif is_known["plants"]:
        sizes = message("upper_bounds")
    else:
        sizes = message("row_is_plant")
    weights = message("by_place_total") if total else message("by_plants")
    return table, (weights, sizes, message("chance_is_zero"))


def _plant_size(data: Data, rows: pl.DataFrame) -> float:
    """The size of the plant that the mean job is in, as jobs come by the plant; 1 where unknown.

    The plants of one row are alike where only their number is known.
    """
    x, size = rows["value"].fill_null(np.nan).to_numpy(), 1.0
    if data.has("plants"):
        n = rows["plants"].fill_null(np.nan).to_numpy()
        squares = np.divide(x**2, n, out=np.full_like(x, np.nan), where=n > 0)
        size = float(np.where(x == 0, 0.0, squares).sum() / x.sum())
    elif data.has("plant"):
        size = float((x**2).sum() / x.sum())
    return max(size, 1.0) if np.isfinite(size) else 1.0


def _concentrated(table: pl.DataFrame) -> list[Message]:
    """Which industry is the most concentrated of the last year, and which the least."""
    said, lost = _ends(table, "industry", "top_place")
    if not lost:
        return [said]
    return [said, message("empty_industries", count=Count(lost))]


def _specialised(table: pl.DataFrame) -> list[Message]:
    """Which place is the most specialised of the last year, and which the least."""
    said, lost = _ends(table, "place", "top_industry")
    if not lost:
        return [said]
    return [said, message("empty_places", count=Count(lost))]


def _ends(table: pl.DataFrame, own: str, top: str) -> tuple[Message, int]:
    """Which row of the last year is highest, and which lowest; how many have no measure.

    own : column of what is measured; top : column of where most of it lies
    """
    last = last_year(table)
    known = last.drop_nulls("gini_index").sort("gini_index", own, descending=[True, False])
    most, least = known.row(0, named=True), known.row(-1, named=True)
    gini, krugman = Number(most["gini_index"]), Number(most["krugman_index"])
    lost = last.height - known.height
    # of measures that do not differ, none is the most
    if most["gini_index"] - least["gini_index"] <= ALIKE:
        all_alike = Code(f"codes.alike.{own}")
        return message("alike", what=all_alike, gini=gini, krugman=krugman), lost
    values: dict[str, Value[Any]] = {
        "most": Name(most[own]),
        "what": Code(f"codes.most.{own}"),
        "gini": gini,
        "krugman": krugman,
        "share": Share(most[f"{top}_share"]),
        "top": Name(most[top]),
        "least": Name(least[own]),
        "low": Number(least["gini_index"]),
    }
    if "year" in table.columns:
        return message("most_in", year=Year(most["year"]), **values), lost
    return message("most", **values), lost


def _beyond_chance(table: pl.DataFrame) -> list[Message]:
    """How many industries are clustered beyond what their plants would be by chance."""
    known = table.drop_nulls("ellison_glaeser_index")
    known = known.sort("ellison_glaeser_index", "industry", descending=[True, False])
    said = []
    if known.height:
        top = known.row(0, named=True)
        high = known.filter(pl.col("ellison_glaeser_index") > CLUSTERED)
        industry, index = Name(top["industry"]), Number(top["ellison_glaeser_index"], digits=3)
        count, whole = Count(high.height), Count(known.height)
        said.append(message("clustered", count=count, all=whole, industry=industry, index=index))
    tested = known.drop_nulls("p_value")
    if tested.height:
        sure = tested.filter((pl.col("p_value") < SURE) & (pl.col("dartboard_z") > 0))
        said.append(message("surely", count=Count(sure.height), all=Count(tested.height)))
    lost = table.drop_nulls("reason").sort("industry")
    if lost.height:
        reasons = List(
            tuple(Code(f"codes.reason.{code}") for code in lost["reason"].unique().sort())
        )
        said.append(message("no_index", industries=names(lost["industry"]), reasons=reasons))
    return said


def _known_for(table: pl.DataFrame, level: float) -> list[Message]:
    """How many pairs have a location quotient of 1 or more, and which is surely above 1."""
    known = last_year(table).drop_nulls("location_quotient")
    present = known.filter(pl.col("location_quotient") >= 1 - EQUAL)
    sure = known.filter("is_specialised")
    count, whole, some = Count(present.height), Count(known.height), Count(sure.height)
    said = [message("specialised", count=count, all=whole, sure=some, level=Share(level))]
    if sure.height:
        order = ["location_quotient_low", "place", "industry"]
        top = sure.sort(order, descending=[True, False, False]).row(0, named=True)
        ends = [Number(top[f"location_quotient{end}"]) for end in ("", "_low", "_high")]
        values = dict(zip(("quotient", "low", "high"), ends, strict=True))
        place, industry = Name(top["place"]), Name(top["industry"])
        said.append(message("highest", place=place, industry=industry, **values))
    lost = table.drop_nulls("reason")
    if lost.height:
        reasons = List(
            tuple(Code(f"codes.reason.{code}") for code in lost["reason"].unique().sort())
        )
        said.append(message("no_quotient", count=Count(lost.height), reasons=reasons))
    return said


def _drawn(
    tables: Mapping[str, pl.DataFrame], rows: pl.DataFrame
) -> tuple[dict[str, pl.DataFrame], tuple[Chart | Drawing, ...]]:
    """The Gini by rank and through the years; and a map of specialisation where places lie."""
    main, gini = tables["concentration"], "gini_index"
    by_rank = Chart("by_rank", "concentration", "", (Mark(gini, "bars"),), line="industry")
    by_year = Chart("gini", "concentration", "year", (Mark(gini),), panel="industry")
    charts = by_rank_and_year(main, by_rank, by_year)
    where = sites(rows)
    if where is None:
        return {}, charts
    last = last_year(tables["specialisation"])
    third = pl.Series(thirds(last["krugman_index"].to_list()), dtype=pl.String)
    spots = last.with_columns(third=third).join(
        where, on="place", how="left", maintain_order="left"
    )
    return {"spots": spots.select("place", "x", "y", "value", "third")}, (*charts, MAP)


MAP = Drawing(
    "specialisation", "map", "spots", node="place", size="value", group="third", steps=THIRDS
)

CONCENTRATION = Measurement(
    concentration,
    citation="Hoover 1936, Review of Economics and Statistics 18(4); Krugman 1991, Geography and"
    " Trade; Theil 1967, Economics and Information Theory",
    sample=Sample(outlines="../sample_outlines.geojson"),
    brief=(
        "year",
        "industry",
        "gini_index",
        "krugman_index",
        "theil_index",
        "top_place",
        "top_place_share",
    ),
    places="place",
    may_sum=True,
    zero_if_absent=True,
)
