"""How much of what a country sells abroad is its own value added, and where the rest comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Unpack

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark, by_rank_and_year
from firstlight.errors import unknown
from firstlight.instruments.chains.country_rows import GROUPS, CountryTableColumns
from firstlight.instruments.chains.home_country import home_country, single
from firstlight.instruments.chains.ranked_rows import best_first, of_year, over_years
from firstlight.instruments.chains.value_added_in_trade.trade_tables import (
    by_country,
    by_industry,
    by_partner,
    by_source,
    chain_of,
)
from firstlight.instruments.chains.world_table import read_world_tables
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.result import Result
from firstlight.texts import Message, Name, Phrase, Share, Value, Year, message

MOST_LINES = 12  # that a chart over the years can hold
PLACES = ("industry", "home", "abroad")
LEAST = 0.01  # share of exports of an industry that is told of
SEEN = 0.0005  # share that rounds to 0.1%


def trade_value_added(
    frame: Any,
    *,
    home: str | None = None,
    chain: str | None = None,
    stages: Annotated[int, roles.Bounds(1, 100_000)] = 100,
    groups: Annotated[Any, GROUPS] = None,
    **columns: Unpack[CountryTableColumns],
) -> Result:
    """Whose value added the exports of each country hold, with whom it ends, and how much passes
    through global value chains.

    Parameters
    ----------
    frame
        A world input-output table: industries of countries in rows and columns, and final uses of
        each country; square, or a row for each cell.
    home
        Country that is told of first; the largest exporter where none is named.
    chain
        Industry of that country whose chain is shown; where none is named, the one that exports
        most.
    stages
        How many industries of the chain are listed, those that add most.
    groups
        Countries that count as one, such as parts of a country or members of a union.
    **columns
        Columns of the table: `CountryTableColumns`.

    Returns
    -------
    Result with the tables ``countries`` (country, year, exports, domestic_share, foreign_share,
    returned_share, vax_ratio, gvc_share, backward_share, forward_share, forward_oecd_share …),
    ``industries``, ``sources`` (country, source, year, value, share),
    ``home_sources`` (those of one country, abroad), ``partners`` (country,
    partner, year, exports, balance and both in value added) and ``chain`` (country, industry,
    place, steps, value_added_per_output, share) of the last year.

    Raises
    ------
    InputError
        For names without a country, cells without numbers, unknown countries and industries, and a
        table that can't meet its final demand.

    References
    ----------
    Johnson and Noguera 2012, Journal of International Economics 86(2), 224-236; Hummels, Ishii and
    Yi 2001, Journal of International Economics 54(1), 75-96; Borin and Mancini 2019, World Bank
    Policy Research Working Paper 8804; Ye, Meng and Wei 2015, IDE Discussion Paper 530.

    Examples
    --------
    >>> import polars as pl
    >>> cells = {"A_all": [1, 3], "B_all": [2, 1], "A_use": [5, 2], "B_use": [1, 4]}
    >>> wide = pl.DataFrame({"supplier": ["A_all", "B_all"], **cells})
    >>> found = trade_value_added(wide.unpivot(index="supplier", variable_name="user"))
    >>> found.table.select("country", pl.col("domestic_share").round(4)).rows()
    [('B', 0.8485), ('A', 0.6818)]
    """
    data = TRADE_VALUE_ADDED.read(locals())
    tables = read_world_tables(data)
    last, (world, odd) = list(tables.items())[-1]
    by_year = {
        name: over_years({at: make(table) for at, (table, _) in tables.items()}, column, after)
        for name, make, column, after in (
            ("countries", by_country, "exports", 1),
            ("industries", by_industry, "exports", 2),
            ("sources", by_source, "value", 2),
            ("partners", by_partner, "exports", 2),
        )
    }
    first = home_country(by_year["countries"], home)
    shown = _chain(by_year["industries"], first, chain)
    by_year["home_sources"] = by_year["sources"].filter(
        pl.col("country") == first, pl.col("source") != first
    )
    whole = chain_of(world, first, shown)
    by_year["chain"] = of_year(whole.head(stages), last, after=2)
    return Result(
        by_year,
        (*_answer(by_year, whole, first, shown), *odd),
        TRADE_VALUE_ADDED.texts,
        conventions=tuple(map(message, ("value_added_is", "shares_are", "participation", "steps"))),
        charts=_charts(by_year["countries"]),
        given=data.given,
    )


def _chain(industries: pl.DataFrame, home: str, named: str | None) -> str:
    """The industry whose chain is shown."""
    industry = industries.filter(country=home)["industry"]
    if named is None:
        return str(industry[0])
    if named not in industry:
        raise TRADE_VALUE_ADDED.error(unknown("no_chain", named, industry.unique()))
    return named


def _answer(
    tables: Mapping[str, pl.DataFrame], chain: pl.DataFrame, home: str, industry: str
) -> list[Message]:
    """What a country keeps of its exports, how that changed, what comes back, who passes it on; and
    who adds to the value of an industry's goods, all of whom ``chain`` lists."""
    now = {name: last_year(own) for name, own in tables.items() if name != "chain"}
    own = now["countries"].filter(country=home).row(0, named=True)
    if own["domestic_share"] is None:
        return [message("sells_nothing", country=Name(home)), *_of_chain(chain, home, industry)]
    said = [_keeps(own, now["sources"].filter(country=home), tables["countries"])]
    abroad, exports = now["countries"].select("value_added_exports", "exports").sum().row(0)
    values = {"vax": _part(own["vax_ratio"]), "world": _part(abroad / exports)}
    said.append(message("ends_abroad", returned=_part(own["returned_share"], 1), **values))
    back = _part(own["backward_share"])
    forth = _part(own["forward_share"])
    gvc = _part(own["gvc_share"])
    said.append(message("takes_part", gvc=gvc, backward=back, forward=forth))
    of_home = now["industries"].filter(country=home)
    said += _most_foreign(of_home)
    return [*said, *_of_chain(chain, home, industry)]


def _part(share: float, digits: int = 0) -> Share:
    return Share(share, digits=digits)


def _keeps(row: Mapping[str, Any], sources: pl.DataFrame, years: pl.DataFrame) -> Message:
    """The answer: how much of its exports is its own, and where most of the rest comes from."""
    home = row["country"]
    values: dict[str, Value[Any]] = {
        "country": Name(home),
        "kept": _part(row["domestic_share"]),
        "foreign": _part(row["foreign_share"]),
    }
    others = sources.filter(pl.col("source") != home)
    named = others.filter(single("source"))
    if not named.height or named["share"][0] < SEEN:
        return message("keeps_all", **values)
    code = "from_most" if others["source"][0] == named["source"][0] else "from_most_single"
    part = _part(named["share"][0], 1)
    values["most"] = Phrase(message(f"phrases.{code}", source=Name(named["source"][0]), part=part))
    if "year" not in row:
        return message("keeps", **values)
    values["year"] = Year(row["year"])
    before = years.filter(
        (pl.col("country") == home)
        & (pl.col("year") < row["year"])
        & pl.col("domestic_share").is_not_null()
    ).sort("year")
    if not before.height:
        return message("keeps_in", **values)
    first = before.row(0, named=True)
    values |= {"before": Year(first["year"]), "kept_before": _part(first["domestic_share"])}
    return message("keeps_since", **values)


def _most_foreign(industries: pl.DataFrame) -> list[Message]:
    """Which industry holds most from abroad, and which least, of those that export something."""
    large = industries.filter(pl.col("exports") >= LEAST * pl.col("exports").sum())
    if large.height < 2:
        return []
    ranked = best_first(large, "foreign_share")
    most = ranked.row(0, named=True)
    least = ranked.row(-1, named=True)
    return [
        message(
            "most_foreign",
            industry=Name(most["industry"]),
            share=_part(most["foreign_share"]),
            other=Name(least["industry"]),
            other_share=_part(least["foreign_share"]),
        )
    ]


def _of_chain(chain: pl.DataFrame, home: str, industry: str) -> list[Message]:
    """Who adds the value of what an industry delivers to final users, if it makes anything."""
    if not (chain["share"] != 0).any():
        return []
    sums = dict(chain.group_by("place").agg(pl.sum("share")).sort("place").iter_rows())
    values: dict[str, Value[Any]] = {
        "country": Name(home),
        "industry": Name(industry),
        "own": _part(sums.get("industry", 0.0)),
        "home": _part(sums.get("home", 0.0)),
        "abroad": _part(sums.get("abroad", 0.0)),
    }
    others = chain.filter(place="abroad").group_by("country").agg(pl.sum("share"))
    others = best_first(others, "share")
    named = others.filter(single("country"))
    if not named.height or named["share"][0] < SEEN:
        return [message("chain_at_home", **values)]
    code = "to_most" if others["country"][0] == named["country"][0] else "to_most_single"
    most = Phrase(message(f"phrases.{code}", place=Name(named["country"][0])))
    return [message("chain", **values, most=most)]


def _charts(countries: pl.DataFrame) -> tuple[Chart | Drawing, ...]:
    origins = Chart("home_sources", "home_sources", "", (Mark("share", "bars"),), line="source")
    bars = Mark("foreign_share", "bars")
    line = Mark("foreign_share")
    curve = Drawing(
        "smile",
        "scatter",
        "chain",
        node="stage",
        x="steps",
        y="value_added_per_output",
        size="share",
        group="place",
        steps=PLACES,
    )
    ranking = Chart("foreign_by_rank", "countries", "", (bars,), line="country")
    if "year" not in countries.columns or countries["country"].n_unique() > MOST_LINES:
        return origins, curve, ranking
    course = Chart("foreign_by_year", "countries", "year", (line,), line="country")
    return origins, curve, *by_rank_and_year(countries, ranking, course)


TRADE_VALUE_ADDED = Measurement(
    trade_value_added,
    citation=(
        "Johnson and Noguera 2012, Journal of International Economics 86(2), 224-236; "
        "Borin and Mancini 2019, World Bank Policy Research Working Paper 8804"
    ),
    sample=Sample({"home": "Northland"}),
    brief=("country", "year", "domestic_share", "vax_ratio", "backward_share", "forward_share"),
    databases=True,
    places="supplier_country",
)
