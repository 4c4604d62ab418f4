"""Weak links: which input, provider or country a production chain hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Unpack

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.chains.choke_points.choke_sentences import (
    answer,
    both,
    gaps,
    several,
    single_sources,
    strengths,
    worst,
)
from firstlight.instruments.chains.choke_points.choke_tables import (
    MOST_ROWS,
    Pairs,
    Single,
    input_table,
    network,
    pair_tables,
    removal_table,
)
from firstlight.instruments.chains.choke_points.given_chain import (
    ChainColumns,
    given_chain,
)
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Count, Message, Name, Share, message

STOCKS = roles.Table({"input": roles.Key(), "months": roles.Number("zero")})
ALWAYS = ("inputs", "network", "network_links")  # tables, even without rows


def weak_links(
    frame: Any,
    *,
    stocks: Annotated[Any, STOCKS] = None,
    finals: Annotated[Sequence[str] | None, roles.Names()] = None,
    gone: Annotated[Sequence[str] | None, roles.Names()] = None,
    home: str | None = None,
    by: Literal["country", "provider"] = "country",
    listing: Literal["complete", "partial"] = "complete",
    stop_share: Annotated[float, roles.Bounds(0.01, 1)] = 0.9,
    minor_share: Annotated[float, roles.Bounds(0, 1)] = 0.05,
    pairs: bool = True,
    progress: Progress | None = None,
    **columns: Unpack[ChainColumns],
) -> Result:
    """Inputs of a production chain, the one first on which it hangs most.

    A step stops if one of its inputs has stopped and nothing takes its place; an input stops if its
    providers go. Every provider, country and input is taken away, and every pair of them.

    Parameters
    ----------
    frame
        A row for each input and what it goes into.
    stocks
        How many months what is in stock of an input lasts where it is needed.
    finals
        The products that count; those that go into nothing unless named.
    gone
        Inputs, countries and providers that go at the same time.
    home
        Country that the chain is looked at from, as the providers have it, or by a code or name of
        its own in English or Chinese: its providers stay, and sources, concentration and counts are
        of those abroad.
    by
        Whether the largest country or the largest provider decides how exposed an input is.
    listing
        Whether a provider that is not listed does not exist, or may.
    stop_share
        Share of an input that has to be lost for it to stop.
    minor_share
        The most that a provider marked as minor holds, where its share is not known.
    pairs
        Whether all pairs are taken away, too.
    progress
        Called with the pairs that were tried and all of them.
    **columns
        Columns of the table: `ChainColumns`.

    Returns
    -------
    Result with the tables ``inputs`` (rank, input, standing, exposure_share; with a home the least
    and the most that it makes, and who; steps_stopped_count, finals_stopped_share; the largest
    country and provider with the least and the most that they hold; least and most of the
    concentration by country and by provider, 0 to 10,000; counts;
    substitute_depth, months_until, is_articulation, reason), ``removals``, ``pairs``, ``cuts`` and
    the network that is drawn.

    Raises
    ------
    InputError
        For shares that add up to more than 1, firms that hold more than their country, providers of
        nothing that is needed, names that the chain does not have, and a home that no provider has.

    References
    ----------
    Albert, Jeong and Barabási 2000, Nature 406, 378-382 (removal); Hopcroft and Tarjan 1973,
    Communications of the ACM 16(6), 372-378 (articulation points).

    Examples
    --------
    >>> import polars as pl
    >>> needs = pl.DataFrame({"input": ["lens", "chip"], "product": ["scanner", "scanner"]})
    >>> rows = [("lens", "a", 1.0), ("chip", "b", 0.5), ("chip", "c", 0.5)]
    >>> providers = pl.DataFrame(rows, ["input", "provider", "share"], orient="row")
    >>> table = weak_links(needs, providers=providers, by="provider").table
    >>> table.select("input", "provider_hhi_low", "standing").rows()
    [('lens', 10000.0, 'one_provider'), ('chip', 5000.0, 'concentrated')]
    """
    data = WEAK_LINKS.read(locals())
    chain = given_chain(
        data,
        finals,
        is_listed=listing == "complete",
        stop_share=stop_share,
        minor_share=minor_share,
        home=home,
    )
    removals = chain.removals
    single = Single(removals, removals.alone(), chain.finals, "stocks" in data.tables)
    table = input_table(single, by)
    singles = removal_table(single)
    tried = Pairs(single)
    if pairs:
        removals.pairs(tried.visit, progress)
    together, cuts, count = pair_tables(single, tried)
    nodes, links = network(single, table)
    said = [
        *answer(single, table),
        *strengths(single, table),
        *single_sources(table),
        *worst(single, singles),
        *several(single, gone),
        *both(together, count),
        *gaps(single, table, chain.strange, by),
    ]
    tables = {
        "inputs": table,
        "removals": singles,
        "pairs": together,
        "cuts": cuts,
        "network": nodes,
        "network_links": links,
    }
    return Result(
        {name: each for name, each in tables.items() if each.height or name in ALWAYS},
        tuple(said),
        WEAK_LINKS.texts,
        conventions=_conventions(data, home, by, listing, stop_share, minor_share, pairs, count),
        charts=_charts(table, singles),
        given=data.given,
    )


def _conventions(
    data: Data,
    home: str | None,
    by: str,
    listing: str,
    stop_share: float,
    minor_share: float,
    pairs: bool,
    count: int,
) -> tuple[Message, ...]:
    said = [message("a_step_stops"), message(f"by_{by}"), message(f"listing_{listing}")]
    said.append(message("an_input_stops", share=Share(stop_share)))
    if "providers" in data.tables and data.tables["providers"].has("minor"):
        said.append(message("minor_holds", share=Share(minor_share)))
    if home is not None:
        said.append(message("home_stays", home=Name(home)))
    if "stocks" in data.tables:
        said.append(message("stocks_last"))
    said.append(message("all_pairs") if pairs else message("no_pairs"))
    if count > MOST_ROWS:
        said.append(message("first_pairs", shown=Count(MOST_ROWS), count=Count(count)))
    return tuple(said)


def _charts(table: pl.DataFrame, singles: pl.DataFrame) -> tuple[Chart | Drawing, ...]:
    """What there is to draw: without providers the network alone."""
    held = Mark("country_hhi_low", "points", "country_hhi_low", "country_hhi_high")
    firms = Mark("provider_hhi_low", "points", "provider_hhi_low", "provider_hhi_high")
    lost = Mark("lost_low_share", "points", "lost_low_share", "lost_high_share")
    charts: list[Chart | Drawing] = []
    if table["exposure_share"].is_not_null().any():
        bars = Mark("exposure_share", "bars")
        charts.append(Chart("by_rank", "inputs", "", (bars,), line="input"))
    network_drawing = Drawing(
        "network",
        "network",
        "network",
        "network_links",
        size="stopped",
        group="standing",
        is_directed=True,
    )
    charts.append(network_drawing)
    if singles.height:
        charts.append(Chart("removed", "removals", "", (lost,), panel="kind", line="name"))
    for code, mark in (("by_country", held), ("by_provider", firms)):
        if table[mark.y].is_not_null().any():
            charts.append(Chart(code, "inputs", "", (mark,), line="input"))
    return tuple(charts)


WEAK_LINKS = Measurement(
    weak_links,
    citation="Albert, Jeong and Barabási 2000, Nature 406, 378-382",
    sample=Sample(
        {"gone": ["Northland", "Deep Well"]},
        tables={"providers": "providers.csv", "stocks": "stocks.csv"},
    ),
    brief=(
        "rank",
        "input",
        "standing",
        "exposure_share",
        "steps_stopped_count",
        "top_country",
        "top_provider",
        "months_until",
    ),
)
