"""Footprints: who is responsible for what is emitted, what trade carries, who must move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Unpack

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.chains.balance import balance_table, oddities
from firstlight.instruments.chains.country_rows import COUNTRY
from firstlight.instruments.chains.ranked_rows import over_years
from firstlight.instruments.chains.satellite_accounts.account_tables import Accounts
from firstlight.instruments.chains.satellite_accounts.answers import answer, link_drawing
from firstlight.instruments.chains.satellite_accounts.economy import (
    economies,
    final_users,
    sector_aliases,
)
from firstlight.instruments.chains.satellite_accounts.movers import Target, movers_for
from firstlight.instruments.chains.satellite_accounts.stressor_rows import STRESSORS, joined
from firstlight.instruments.chains.sector_concordance import CONCORDANCE
from firstlight.instruments.chains.yearly_tables import TableColumns
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Message, Name, Share, message, names

GROWTH = roles.Table({"sector": roles.Key(), "growth": roles.Number()})
SIDES = ("production", "consumption", "income")


def footprints(
    frame: Any,
    *,
    supplier_country: Annotated[str | None, COUNTRY] = "supplier_country",
    user_country: Annotated[str | None, COUNTRY] = "user_country",
    stressors: Annotated[Any, STRESSORS],
    concordance: Annotated[Any, CONCORDANCE] = None,
    path_share: Annotated[float, roles.Bounds(0, 1)] = 0.0,
    inputs: Literal["domestic", "all"] = "domestic",
    table_year: Annotated[int | None, roles.Bounds(1500, 2200)] = None,
    stressor: str | None = None,
    target_fall: Annotated[float | None, roles.Bounds(0, 1)] = None,
    target_year: Annotated[int | None, roles.Bounds(1500, 2200)] = None,
    rule: Literal["proportional", "best_practice", "least_moved"] = "proportional",
    movers: Literal["sectors", "places"] = "sectors",
    most_fall: Annotated[float, roles.Bounds(0.01, 1)] = 0.5,
    growth: Annotated[Any, GROWTH] = None,
    **columns: Unpack[TableColumns],
) -> Result:
    """Footprints of CO2, energy, water, materials or jobs, and who must move for a target.

    Production-, consumption- and income-based responsibility of each sector (and country), each of
    which sums to the territory's; what trade carries; who emits less for an intensity target.

    Parameters
    ----------
    frame
        A square table, sectors in rows and columns, with columns of final uses and rows of value
        added; or a row for each cell. Of many countries too.
    supplier_country
        Column of the suppliers' countries, of a table of many; without it names of suppliers and
        users may begin with the country, as DEU_C29 and DEU.15 do.
    user_country
        Column of the users' countries, of a table of many.
    stressors
        What sectors emit, use or employ. Rows of a final use, such as households, are its own
        emissions. Places are the countries, or provinces of a national table.
    concordance
        Which sectors of the stressors are which of the table; without weights one is split by
        output, and one without a sector to go to is left out.
    path_share
        Share of all that is emitted from which a single path is listed; 0 for the fifteen largest.
    inputs
        Inputs made at home, or those from everywhere as if they were made at home. Imports in a
        column of their own are taken from all home uses of a good in proportion.
    table_year
        Year of a table that has no column of years.
    stressor
        The stressor that is told of first and that the target is for; the first by its name where
        none is given.
    target_fall
        Share by which what is emitted for a unit of value added is to fall.
    target_year
        Year by which it has to.
    rule
        All by one share; each closes one share of its gap to the cleanest of its sector in another
        country or province; or as few as possible move, the largest first.
    movers
        Whether sectors move, or countries or provinces.
    most_fall
        The largest share by which one may fall, where as few as possible move.
    growth
        Growth of sectors in a year, up to the target's; without it, their shares stay.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the tables ``sectors`` (sector, country, year, stressor, unit, production,
    consumption, income, production_for_exports, direct_intensity, total_intensity), ``parts`` (the
    parts of each account, with final users' own), ``balance``, ``links``, ``paths``, and where they
    apply ``trade``, ``countries``, ``between_countries``, ``provinces`` and ``target``.

    Raises
    ------
    InputError
        For a table that is not square or can't meet its final demand, stressors of sectors or
        countries that it lacks, and weights that do not sum to 1.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, chapter 10; Marques, Rodrigues,
    Lenzen and Domingos 2012, Ecological Economics 84, 57-65.

    Examples
    --------
    >>> import polars as pl
    >>> cells = {
    ...     "supplier": ["farms", "farms", "mills", "mills", "farms", "mills"],
    ...     "user": ["farms", "mills", "farms", "mills", "households", "households"],
    ...     "value": [150, 500, 200, 100, 350, 1700],
    ... }
    >>> co2 = pl.DataFrame({"stressor": "CO2", "sector": ["farms", "mills"], "value": [60, 40]})
    >>> found = footprints(pl.DataFrame(cells), stressors=co2).table
    >>> found.select("production", "consumption", "income").sum().row(0)
    (100.0, 100.0, 100.0)
    """
    data = FOOTPRINTS.read(locals())
    given = data.tables["stressors"].frame
    _known_stressor(given, stressor)
    accounts = dict[int | None, Accounts]()
    listed = data.tables["concordance"].frame if "concordance" in data.tables else None
    for at, economy in economies(data, inputs).items():
        aliases = sector_aliases(data, economy.goods)
        of = table_year if at is None else at
        joined_rows = joined(given, economy, aliases, listed, of, final_users(data, economy))
        accounts[at] = Accounts(economy, joined_rows, path_share)
    last_year, last = list(accounts.items())[-1]
    first = 0 if stressor is None else last.stressors.names.index(stressor)
    now = table_year if last_year is None else last_year
    years = None if target_year is None or now is None else target_year - now
    target = None
    if target_fall is not None:
        grown = _growth(data, years, sector_aliases(data, last.economy.goods))
        target = movers_for(last, first, target_fall, rule, movers, most_fall, grown, years)
    tables, is_made = _tables(accounts, first, target)
    return Result(
        tables,
        (
            *answer(last, first, now, target, target_year, is_made),
            *oddities(last.economy.table),
            *last.economy.told,
            *last.stressors.told,
        ),
        FOOTPRINTS.texts,
        conventions=_conventions(last, inputs, target, most_fall, growth is not None),
        charts=_charts(tables),
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together."""
    if arguments["growth"] is not None and arguments["target_year"] is None:
        return message("growth_until")
    if arguments["target_fall"] is None and arguments["target_year"] is not None:
        return message("target_of_what")
    return None


def _known_stressor(rows: pl.DataFrame, stressor: str | None) -> None:
    there = rows["stressor"].unique().sort().to_list()
    if stressor is not None and stressor not in there:
        listed = names(there, len(there))
        raise FOOTPRINTS.error(message("no_stressor", stressor=Name(stressor), stressors=listed))


def _growth(data: Data, years: int | None, aliases: Mapping[str, str]) -> dict[str, float]:
    """Sector -> growth a year."""
    if years is not None and years < 1:
        raise FOOTPRINTS.error(message("target_is_past"))
    if "growth" not in data.tables:
        return {}
    if years is None:
        raise FOOTPRINTS.error(message("no_table_year"))
    rows = data.tables["growth"].frame.drop_nulls().iter_rows()
    return {aliases.get(sector, sector): growth for sector, growth in rows}


def _tables(
    accounts: Mapping[int | None, Accounts], first: int, target: Target | None
) -> tuple[dict[str, pl.DataFrame], bool]:
    """The tables, and whether what imports carry could be computed."""
    last_year, last = list(accounts.items())[-1]
    own = last.stressors.names[first]

    def stacked(
        parts: Mapping[int | None, pl.DataFrame], column: str, after: int = 1
    ) -> pl.DataFrame:
        is_other = pl.col("stressor") != own
        return over_years(parts, column, after).sort(is_other, "stressor", maintain_order=True)

    tables = {
        "sectors": stacked({at: each.sectors() for at, each in accounts.items()}, "production"),
        "parts": _by_account(
            stacked({at: each.parts() for at, each in accounts.items()}, "share", after=2), own
        ),
    }
    is_made = True
    if last.economy.is_of_many:
        countries = {at: each.by_country for at, each in accounts.items()}
        tables["countries"] = stacked(countries, "consumption")
        tables["between_countries"] = last.between_countries(first)
    else:
        trade = {at: each.in_trade for at, each in accounts.items()}
        is_made = trade[last_year][1]
        frames = {at: own for at, (own, _) in trade.items()}
        if any(own.width > 3 or own["exports_carry"].abs().sum() for own in frames.values()):
            tables["trade"] = stacked(frames, "exports_carry")
    provinces = {at: each.by_province for at, each in accounts.items()}
    if any(part.height for part in provinces.values()):
        tables["provinces"] = stacked(provinces, "production")
    tables["links"] = last.links(first)
    tables["paths"] = last.paths(first)
    if target is not None:
        tables["target"] = target.movers
    tables["sides"] = _sides(last, first)
    tables["nodes"], tables["ties"] = link_drawing(tables["links"])
    balances = {at: balance_table(each.economy.table) for at, each in accounts.items()}
    tables["balance"] = over_years(balances, "worst_gap")
    return tables, is_made


def _by_account(parts: pl.DataFrame, first: str) -> pl.DataFrame:
    """The first stressor first, the last year first, then account by account."""
    years = [pl.col(name) for name in parts.columns if name == "year"]
    by = [pl.col("stressor") != first, pl.col("stressor"), *years, _account_order()]
    down = [False, False, *(True for _ in years), False]
    return parts.sort(by, descending=down, maintain_order=True)


def _account_order() -> pl.Expr:
    return pl.col("account").replace_strict({side: k for k, side in enumerate(SIDES)})


def _sides(accounts: Accounts, first: int) -> pl.DataFrame:
    """The accounts of the first stressor one below the other, for a chart."""
    whole = accounts.sectors().filter(stressor=accounts.stressors.names[first])
    name = pl.col("sector")
    if accounts.economy.is_of_many:
        name = pl.concat_str(["country", "sector"], separator=" ").alias("sector")
    frames = [whole.select(name, account=pl.lit(side), value=pl.col(side)) for side in SIDES]
    by = [_account_order(), pl.col("value").round(9), pl.col("sector")]
    return pl.concat(frames).sort(by, descending=[False, True, False])


def _conventions(
    accounts: Accounts, inputs: str, target: Target | None, most: float, has_growth: bool
) -> tuple[Message, ...]:
    economy = accounts.economy
    said = [message("accounts"), message(economy.imports)]
    if not economy.is_of_many:
        said.append(message(f"inputs_{inputs}"))
        if economy.imported is not None:
            said.append(message("imports_as_home"))
    if accounts.stressors.all_direct.any():
        said.append(message("direct_apart"))
    if not economy.is_of_many and accounts.stressors.cells["place"].null_count() == 0:
        said.append(message("provinces_sell_alike"))
    if target is not None:
        of = "per_value_added" if target.is_of_value_added else "per_output"
        said += [message(of), message(f"rule_{target.rule}", most=Share(most))]
        said.append(message("growth_as_given" if has_growth else "shares_stay"))
    return tuple(said)


def _charts(tables: Mapping[str, pl.DataFrame]) -> tuple[Chart | Drawing, ...]:
    bars = (Mark("value", "bars"),)
    charts: list[Chart | Drawing] = [
        Chart("sides", "sides", "", bars, panel="account", line="sector")
    ]
    if "countries" in tables:
        production = Mark("production", "bars"), Mark("consumption")
        charts.append(Chart("countries", "countries", "", production, panel="stressor"))
    if tables["links"].height:
        charts.append(
            Drawing(
                "carried",
                "sankey",
                "nodes",
                "ties",
                size="size",
                group="side",
                is_directed=True,
            )
        )
    if "trade" in tables:
        trade = (Mark("exports_carry", "bars"),)
        charts.append(Chart("trade", "trade", "", trade, panel="stressor", line="sector"))
    if "provinces" in tables:
        made = (Mark("production", "bars"),)
        charts.append(Chart("provinces", "provinces", "", made, panel="stressor", line="province"))
    if "target" in tables:
        charts.append(Chart("target", "target", "", (Mark("needed_fall", "bars"),), line="mover"))
    return tuple(charts)


FOOTPRINTS = Measurement(
    footprints,
    citation=(
        "Miller and Blair 2009, Input-Output Analysis, 2nd edition; Marques, Rodrigues, Lenzen and "
        "Domingos 2012, Ecological Economics 84, 57-65"
    ),
    sample=Sample(
        {"target_fall": 0.18, "table_year": 2025, "target_year": 2030, "rule": "least_moved"},
        tables={"stressors": "stressors.csv"},
    ),
    check=_check,
    brief=("sector", "country", "year", "stressor", "production", "consumption", "income"),
    databases=True,
    places="supplier_country",
)
