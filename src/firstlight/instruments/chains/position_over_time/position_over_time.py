"""Whether a country moves up or down the chain: how far from final users, and from first inputs."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.country_rows import COUNTRY, GROUPS
from firstlight.instruments.chains.home_country import home_country
from firstlight.instruments.chains.position_over_time.position_answer import answer
from firstlight.instruments.chains.position_over_time.positions import (
    country_changes,
    industry_changes,
    positions,
)
from firstlight.instruments.chains.world_table import read_world_tables
from firstlight.instruments.chains.yearly_tables import best_first, of_year
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import message

__all__ = ["chain_position"]


def chain_position(
    frame: Any,
    *,
    supplier: Annotated[str, roles.Key()] = "supplier",
    user: Annotated[str, roles.Key(is_heading=True)] = "user",
    value: Annotated[str, roles.Number()] = "value",
    supplier_country: Annotated[str | None, COUNTRY] = "supplier_country",
    user_country: Annotated[str | None, COUNTRY] = "user_country",
    year: Annotated[str | None, roles.Year()] = "year",
    home: str | None = None,
    groups: Annotated[Any, GROUPS] = None,
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
    supplier
        Column of the industries that deliver.
    user
        Column of the industries that use, and of final uses; or these are the headings.
    value
        Column of the flows, in one unit of money.
    supplier_country
        Column of the suppliers' countries; without it names of suppliers and users begin with the
        country, as DEU_C29 and DEU.15 do.
    user_country
        Column of the users' countries.
    year
        Column of the years, each with a table of its own.
    home
        Country that is told of first; the one that adds most value where none is named.
    groups
        Countries that count as one, such as parts of a country or members of a union.

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
    industries, countries, world = list[pl.DataFrame](), list[pl.DataFrame](), list[pl.DataFrame]()
    for at, (table, _) in tables.items():
        found = positions(table)
        industries.append(of_year(found.industries, at, after=2))
        countries.append(of_year(found.countries, at))
        world.append(of_year(found.world, at, after=0))
    ranked = best_first(pl.concat(countries), "position_index")
    largest = best_first(pl.concat(countries), "value_added")
    first = home_country(largest, home)
    by_industry = best_first(pl.concat(industries), "position_index")
    changes = country_changes(by_industry, ranked)
    result = {
        "countries": ranked,
        "industries": by_industry,
        "course": ranked.filter(country=first),
        "world": best_first(pl.concat(world), "upstreamness"),
        "changes": changes,
        "home_industries": industry_changes(by_industry.filter(country=first)),
    }
    return Result(
        result,
        (*answer(result, first), *list(tables.values())[-1][1]),
        CHAIN_POSITION.texts,
        conventions=tuple(map(message, ("steps_are", "means", "ratio", "prices"))),
        charts=_charts(ranked),
        given=data.given,
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
