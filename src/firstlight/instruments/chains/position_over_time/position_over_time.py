"""Whether a country moves up or down the chain: how far from final users, and from first inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Unpack

import polars as pl

from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.country_rows import GROUPS, CountryTableColumns
from firstlight.instruments.chains.home_country import home_country, single
from firstlight.instruments.chains.position_over_time.positions import (
    country_changes,
    industry_changes,
    positions,
)
from firstlight.instruments.chains.ranked_rows import best_first, over_years
from firstlight.instruments.chains.world_table import read_world_tables
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import Count, Message, Name, Number, Value, Year, message

LEAST = 0.01  # of its country's value added, of an industry that is told of
SEEN = 0.01  # a change of the ratio, below which a country counts as staying where it was


def chain_position(
    frame: Any,
    *,
    home: str | None = None,
    groups: Annotated[Any, GROUPS] = None,
    **columns: Unpack[CountryTableColumns],
) -> Result:
    """Where countries and their industries stand in chains, and whether they moved up or down.

    Upstreamness U counts the steps from an industry to final users, the row sums of (I - B)^-1;
    downstreamness D those from first inputs, the column sums of (I - A)^-1. A country's U is the
    mean over its value added, its D that over what it delivers to final users, so that the world's
    are both output over value added. The position is U over D.

    Parameters
    ----------
    frame
        A world input-output table: industries of countries in rows and columns, and final uses of
        each country; square, or a row for each cell.
    home
        Country that is told of first; the one that adds most value where none is named.
    groups
        Countries that count as one, such as parts of a country or members of a union.
    **columns
        Columns of the table: `CountryTableColumns`.

    Returns
    -------
    Result with the tables ``countries`` (country, year, position_index, upstreamness,
    downstreamness, value_added, final_deliveries, reason), ``industries`` (the same by industry),
    ``course`` (those of the country told of), ``world`` (year, upstreamness, value_added) and, from
    the first year to the last, ``changes`` (country, position_change, upstreamness_change and its
    parts within industries and from their mix, downstreamness_change likewise) and
    ``home_industries`` (industry, position_before, position_after, position_change).

    Raises
    ------
    InputError
        For names without a country, cells without numbers, unknown countries, and a table that
        can't meet its final demand.

    References
    ----------
    Antràs and Chor 2018, On the Measurement of Upstreamness and Downstreamness in Global Value
    Chains; Wang, Wei, Yu and Zhu 2017, NBER Working Paper 23261 (weights; their position is the
    same ratio, of production for global value chains alone).

    Examples
    --------
    >>> import polars as pl
    >>> cells = {"A_all": [1, 3], "B_all": [2, 1], "A_use": [5, 2], "B_use": [1, 4]}
    >>> wide = pl.DataFrame({"supplier": ["A_all", "B_all"], **cells})
    >>> found = chain_position(wide.unpivot(index="supplier", variable_name="user"))
    >>> found.table.select("country", pl.col("upstreamness", "position_index").round(3)).rows()
    [('B', 1.621, 1.092), ('A', 1.53, 0.91)]
    """
    data = CHAIN_POSITION.read(locals())
    tables = read_world_tables(data)
    by_year = {at: positions(table) for at, (table, _) in tables.items()}
    countries = {at: positions_of.countries for at, positions_of in by_year.items()}
    industries = {at: positions_of.industries for at, positions_of in by_year.items()}
    world = {at: positions_of.world for at, positions_of in by_year.items()}
    ranked = over_years(countries, "position_index")
    first = home_country(best_first(ranked, "value_added"), home)
    by_industry = over_years(industries, "position_index", after=2)
    result = {
        "countries": ranked,
        "industries": by_industry,
        "course": ranked.filter(country=first),
        "world": over_years(world, "upstreamness", after=0),
        "changes": country_changes(by_industry, ranked),
        "home_industries": industry_changes(by_industry.filter(country=first)),
    }
    return Result(
        result,
        (*_answer(result, first), *list(tables.values())[-1][1]),
        CHAIN_POSITION.texts,
        conventions=tuple(map(message, ("steps_are", "means", "ratio", "prices"))),
        charts=_charts(ranked),
        given=data.given,
    )


def _answer(by_year: Mapping[str, pl.DataFrame], home: str) -> list[Message]:
    """Whether a country moved, where it stands among others, and which industries moved."""
    course = by_year["countries"].filter(country=home)
    last = course.row(0, named=True)
    if last["position_index"] is None:
        return [message("no_position", country=Name(home))]
    if "year" not in course.columns:
        return [message("stands", **_place(last)), *_among(by_year["countries"], home)]
    first = course.drop_nulls("position_index").row(-1, named=True)
    now = by_year["countries"].filter(year=last["year"])
    said = [_moved(first, last), *_among(now, home)]
    if first["year"] == last["year"]:
        return said
    return [
        *said,
        *_by_parts(by_year["changes"].filter(country=home).row(0, named=True)),
        *_by_industry(by_year["home_industries"]),
        _of_world(by_year["world"]),
    ]


def _place(row: Mapping[str, Any]) -> dict[str, Value[Any]]:
    return {
        "country": Name(row["country"]),
        "up": Number(row["upstreamness"], 2),
        "down": Number(row["downstreamness"], 2),
        "ratio": Number(row["position_index"], 3),
    }


def _moved(first: Mapping[str, Any], last: Mapping[str, Any]) -> Message:
    if first["year"] == last["year"]:
        return message("stands_in", year=Year(last["year"]), **_place(last))
    change = last["position_index"] - first["position_index"]
    code = "moved_up" if change > 0 else "moved_down"
    if abs(change) < SEEN:
        code = "stayed"
    before = _place(first)
    return message(
        code,
        since=Year(first["year"]),
        year=Year(last["year"]),
        up_before=before["up"],
        down_before=before["down"],
        ratio_before=before["ratio"],
        **_place(last),
    )


def _among(countries: pl.DataFrame, home: str) -> list[Message]:
    """Its rank, the first farthest up, and who stands at both ends."""
    known = countries.drop_nulls("position_index").filter(single("country"))
    names = known["country"].to_list()
    if home not in names or len(names) < 3:
        return []
    return [
        message(
            "among",
            rank=Count(names.index(home) + 1),
            count=Count(len(names)),
            top=Name(names[0]),
            bottom=Name(names[-1]),
        )
    ]


def _by_parts(change: Mapping[str, Any]) -> list[Message]:
    """How much of the steps to final users lies within industries, and how much in their mix."""
    if change["upstreamness_change"] is None:
        return []
    parts = {
        name: Number(change[f"upstreamness_{name}"], 3) for name in ("change", "within", "mix")
    }
    return [message("by_parts", **parts)]


def _by_industry(industries: pl.DataFrame) -> list[Message]:
    """Which industry moved up most and which down, of those that add something."""
    added = pl.col("value_added")
    ranked = industries.filter(added >= LEAST * added.sum()).drop_nulls("position_change")
    if ranked.height < 2:
        return []
    up = ranked.row(0, named=True)
    down = ranked.row(-1, named=True)
    code = "industries_moved"
    if down["position_change"] >= 0:
        code = "industries_up"
    elif up["position_change"] <= 0:
        code = "industries_down"
    values: dict[str, Value[Any]] = {"up": Name(up["industry"]), "down": Name(down["industry"])}
    for side, row in (("up", up), ("down", down)):
        for end in ("before", "after"):
            values[f"{side}_{end}"] = Number(row[f"position_{end}"], 2)
    return [message(code, **values)]


def _of_world(world: pl.DataFrame) -> Message:
    """How long chains are: all output over all value added."""
    last = world.row(0, named=True)
    first = world.row(-1, named=True)
    return message(
        "world",
        since=Year(first["year"]),
        year=Year(last["year"]),
        before=Number(first["upstreamness"], 2),
        after=Number(last["upstreamness"], 2),
    )


def _charts(countries: pl.DataFrame) -> tuple[Chart, ...]:
    bars = (Mark("position_index", "bars"),)
    ranking = Chart("position_by_rank", "countries", "", bars, line="country")
    if "year" not in countries.columns or countries["year"].n_unique() < 2:
        return (ranking,)
    steps = Mark("upstreamness"), Mark("downstreamness", "dash")
    return (
        Chart("course", "course", "year", steps),
        ranking,
        Chart(
            "home_industries",
            "home_industries",
            "",
            (Mark("position_change", "bars"),),
            line="industry",
        ),
    )


CHAIN_POSITION = Measurement(
    chain_position,
    citation=(
        "Antràs and Chor 2018, On the Measurement of Upstreamness and Downstreamness in Global "
        "Value Chains; Wang, Wei, Yu and Zhu 2017, NBER Working Paper 23261"
    ),
    sample=Sample({"home": "Northland"}),
    brief=("country", "year", "position_index", "upstreamness", "downstreamness"),
)
