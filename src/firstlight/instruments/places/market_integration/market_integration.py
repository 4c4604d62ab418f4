"""One market: how segmented it is by relative prices, its trend, how long price gaps last, and a
border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.errors import InputError, check_enough, excludes
from firstlight.instruments.places.market_integration.messages import (
    Calendar,
    border_said,
    conventions,
    half_lives_said,
    segmentation_said,
)
from firstlight.instruments.places.market_integration.price_border import price_border
from firstlight.instruments.places.market_integration.price_convergence import price_convergence
from firstlight.instruments.places.market_integration.segmentation import (
    MarketSegmentation,
    market_segmentation,
    pair_variances,
)
from firstlight.instruments.places.price_panel import PricePanel, price_panel
from firstlight.instruments.places.sites import neighbours_of, sites
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.network_tables import network_tables, pair_weights
from firstlight.numerics.row_checks import one_value_each
from firstlight.numerics.thirds import THIRDS, thirds
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Message, Name, Year, message

Pairs = Sequence[tuple[str, str]] | None
FEWEST_GOODS = 2
DATE = r"^\d{4}[-/.](\d{1,2})(?:[-/.].*)?$"
NUMBER = r"^0*(\d{1,2})(?:\.0+)?\s*月?$"


def market(
    frame: Any,
    *,
    place: Annotated[str, roles.Key()] = "place",
    good: Annotated[str, roles.Key()] = "good",
    year: Annotated[str, roles.Year()] = "year",
    month: Annotated[str | None, roles.Key()] = "month",
    price: Annotated[str, roles.Number("positive")] = "price",
    side: Annotated[str | None, roles.Label()] = "side",
    neighbours: Annotated[str | None, roles.Label()] = "neighbours",
    latitude: Annotated[str | None, roles.Number()] = "latitude",
    longitude: Annotated[str | None, roles.Number()] = "longitude",
    kind: Literal["level", "index"] = "level",
    within_km: Annotated[float | None, roles.Bounds(0.001)] = None,
    lag: Annotated[int | None, roles.Bounds(1, 120)] = None,
    demean: Literal["good_period", "good", "none"] = "good_period",
    mean_over: Literal["compared", "all"] = "compared",
    minimum_goods: Annotated[int, roles.Bounds(2)] = 2,
    half_lives: bool = True,
    against: str | None = None,
    correction: Literal["nickell", "none"] = "nickell",
    interval: Literal["jackknife", "bootstrap"] = "jackknife",
    level: Annotated[float, roles.Bounds(0.5, 0.99)] = 0.9,
    draws: Annotated[int, roles.Bounds(20, 10_000)] = 499,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
) -> Result:
    """How segmented a market is, by place, pair and good; its trend; how long price gaps last; and
    a border in prices.

    The index of a pair of places is the variance across goods of the absolute change of their
    relative price, each good less its mean; that of a place or the market is the mean over pairs.

    Parameters
    ----------
    frame
        A row for each place, good and year, or month.
    place
        Column of the places.
    good
        Column of the goods; a unit or quality of its own makes a good of its own.
    year
        Column of the years.
    month
        Column of the months, 1 to 12, or of dates.
    price
        Column of the prices, in one currency, or of indices.
    side
        Column of the side of a border that a place is on, such as its country.
    neighbours
        Column of the names of neighbouring places, separated by semicolons; only neighbours are
        compared then.
    latitude
        Column of the latitudes, in degrees.
    longitude
        Column of the longitudes, in degrees.
    kind
        Prices or indices with a fixed base, or indices where the period before is 100.
    within_km
        Only places so near each other are compared.
    lag
        Periods over which prices change; where left out 1, and 12 for months.
    demean
        What is taken out of each change: the mean of its good in its period, that of its good over
        all periods, or nothing.
    mean_over
        Whether that mean is over the pairs that are compared, or over all.
    minimum_goods
        The fewest goods that a pair needs.
    half_lives
        Whether half-lives of price gaps are estimated.
    against
        The place with which all others are compared for half-lives, instead of all pairs.
    correction
        What corrects half-lives for the shortness of the panel.
    interval
        How the interval of the trend is found: leaving out places and periods, or drawing places
        again.
    level
        Probability that an interval holds.
    draws
        Resamples of the bootstrap.
    seed
        Seed of the bootstrap.

    Returns
    -------
    Result with the tables ``segmented_places``, the most segmented first, ``segmented_pairs``,
    ``segmented_goods`` (each good's share of the index), ``half_lives``, ``border``, ``by_period``,
    and in full ``place_periods``, ``pair_periods``, ``good_periods`` and ``missing_prices``.

    Raises
    ------
    InputError
        For fewer than two places or goods, a month that is none, and a benchmark beside neighbours.

    References
    ----------
    Parsley and Wei 1996, Quarterly Journal of Economics 111, and 2001, Journal of International
    Economics 55(1); Gui, Chen, Lu and Chen 2006, Journal of World Economy (世界经济) 2006(2); Nickell
    1981, Econometrica 49(6); Engel and Rogers 1996, American Economic Review 86(5).

    Examples
    --------
    >>> import polars as pl
    >>> prices = {"price": [1.0, 1.1, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0], "year": [2000, 2001] * 4}
    >>> rows = {"place": ["a"] * 4 + ["b"] * 4, "good": ["rice", "rice", "oil", "oil"] * 2}
    >>> found = market(pl.DataFrame({**rows, **prices}), demean="none", half_lives=False)
    >>> found.tables["by_period"]["segmentation_index"].round(6).to_list()
    [None, 0.004542]
    """
    arguments = locals()
    data = MARKET.read(arguments)
    rows, calendar = _with_periods(data)
    pairs = neighbours_of(rows, within_km)
    if against is not None and pairs is not None:
        raise InputError(excludes(f"against = {against}", "neighbours"))
    panel = price_panel(rows, kind)
    fewest = max(FEWEST_GOODS, minimum_goods)
    check_enough("goods", len(panel.goods), fewest, "good")
    how: dict[str, Any] = {
        "pairs": pairs,
        "lag": lag or calendar.per_year,
        "mean_over": mean_over,
        "minimum_goods": minimum_goods,
    }
    found = market_segmentation(
        panel, **how, demean=demean, interval=interval, level=level, draws=draws, seed=seed
    )
    tables = _tables(found)
    said = segmentation_said(found, rows, level, calendar, panel.logs.size)
    if data.has("side"):
        tables["border"] = _border(rows, panel, how, level)
        said += border_said(tables["border"].row(0, named=True), level)
    if half_lives and kind == "level":
        tables["half_lives"] = price_convergence(
            panel, against=against, pairs=pairs, correction=correction, level=level
        )
        said += half_lives_said(tables["half_lives"], level, calendar)
    tables |= _lines(tables, found, calendar)
    drawn, drawings = _places_drawn(tables, rows)
    in_order = [name for name in ORDER if name in tables]
    tables = {name: calendar.dated(tables[name]) for name in in_order}
    return Result(
        {**tables, **drawn},
        tuple(said),
        MARKET.texts,
        conventions=tuple(conventions({**arguments, **how}, found.pairs, "border" in tables)),
        charts=(*_charts(tables), *drawings),
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    if arguments["against"] is not None and arguments["within_km"] is not None:
        return excludes(f"against = {arguments['against']}", "within_km")
    return None


def _with_periods(data: Data) -> tuple[pl.DataFrame, Calendar]:
    """The rows with whole numbers as periods: years, or 12 year + month - 1."""
    year = pl.col("year").cast(pl.Int64)
    if not data.has("month"):
        return data.frame.with_columns(period=year), Calendar(False)
    text = pl.col("month")
    number = pl.coalesce(text.str.extract(DATE, 1), text.str.extract(NUMBER, 1)).cast(pl.Int64)
    rows = data.frame.with_columns(number=number)
    bad = rows.filter(pl.col("number").is_null() | ~pl.col("number").is_between(1, 12))
    if bad.height:
        place, good, when, month = bad.select("place", "good", "year", "month").row(0)
        names = {"place": Name(place), "good": Name(good), "month": Name(str(month))}
        raise MARKET.error(message("no_month", year=Year(when), **names))
    return rows.with_columns(period=12 * year + pl.col("number") - 1), Calendar(True)


# the tables, the main one first, then those that are shown, then those in full, then those that are
# only drawn
ORDER = (
    "segmented_places",
    "segmented_pairs",
    "segmented_goods",
    "half_lives",
    "border",
    "by_period",
    "place_periods",
    "pair_periods",
    "good_periods",
    "missing_prices",
    "market_lines",
    "border_lines",
    "place_lines",
)


def _tables(found: MarketSegmentation) -> dict[str, pl.DataFrame]:
    index = "segmentation_index"
    known = found.pairs.drop_nulls(index)
    pairs = known.group_by("place", "other_place", maintain_order=True).agg(
        pl.col(index).mean(), periods_count=pl.len().cast(pl.Int64)
    )
    parts = found.by_good.drop_nulls("index_share").group_by("good", maintain_order=True)
    goods = parts.agg(pl.col("index_share").mean(), periods_count=pl.len().cast(pl.Int64))
    missing = found.missing.group_by("place", "good", maintain_order=True)
    most_first: dict[str, Any] = {"descending": True, "maintain_order": True}
    return {
        "segmented_places": found.by_place.select(
            "place", "segmentation_rank", index, "periods_count"
        ),
        "segmented_pairs": pairs.sort(index, **most_first),
        "segmented_goods": goods.sort("index_share", **most_first),
        "by_period": found.by_period,
        "place_periods": found.places,
        "pair_periods": known,
        "good_periods": found.by_good,
        "missing_prices": missing.agg(missing_count=pl.len().cast(pl.Int64)),
    }


def _border(
    rows: pl.DataFrame, panel: PricePanel, how: Mapping[str, Any], level: float
) -> pl.DataFrame:
    """The border, from changes that are not demeaned."""
    sides = rows.select("place", "side").drop_nulls().unique().sort("place", "side")
    one_value_each(sides, "place", "side")
    pairs = pair_variances(panel, **how, demean="none").table(panel)
    return price_border(pairs, dict(sides.iter_rows()), level=level)


def _lines(
    tables: Mapping[str, pl.DataFrame], found: MarketSegmentation, calendar: Calendar
) -> dict[str, pl.DataFrame]:
    """What is drawn through time, years with their months as parts."""
    time = calendar.time()
    order = tables["segmented_places"].drop_nulls("segmentation_index").select("place")
    places = order.join(found.places, on="place", maintain_order="left_right")
    lines = {
        "market_lines": found.by_period.select("segmentation_index", time=time),
        "place_lines": places.select("place", "segmentation_index", time=time),
    }
    if "border" in tables:
        border = tables["border"].drop_nulls("period")
        lines["border_lines"] = border.select("within_index", "across_index", time=time)
    return lines


def _charts(tables: Mapping[str, pl.DataFrame]) -> list[Chart]:
    index = (Mark("segmentation_index"),)
    charts = [Chart("market", "market_lines", "time", index)]
    if "border" in tables:
        both = Mark("within_index"), Mark("across_index")
        charts.append(Chart("border", "border_lines", "time", both))
    if tables["place_lines"].height:
        charts.append(Chart("places", "place_lines", "time", index, panel="place"))
    return charts


def _places_drawn(
    tables: Mapping[str, pl.DataFrame], rows: pl.DataFrame
) -> tuple[dict[str, pl.DataFrame], list[Drawing]]:
    """A map or network of places, linked where prices move most alike."""
    index = "segmentation_index"
    known = tables["segmented_places"].drop_nulls(index).sort("place")
    pairs = tables["segmented_pairs"].filter(pl.col(index) > 0)
    if not pairs.height:
        return {}, []
    names = known["place"].to_list()
    closeness = 1 / np.sqrt(pairs[index].to_numpy())
    weights = pair_weights(names, pairs["place"], pairs["other_place"], closeness)
    nodes, links = network_tables(names, weights, links_per_node=1.0)
    where = sites(rows)
    if where is not None:
        spots = where.rename({"place": "node"})
        nodes = nodes.select("node").join(spots, on="node", how="left", maintain_order="left")
    third = pl.Series(thirds(known[index].to_list()), dtype=pl.String)
    drawn = nodes.select("node", "x", "y", known[index], third=third)
    drawing = Drawing(
        "closest",
        "network" if where is None else "map",
        "drawn_places",
        "drawn_links",
        size=index,
        group="third",
        steps=THIRDS,
    )
    return {"drawn_places": drawn, "drawn_links": links.select("one", "other", "weight")}, [drawing]


MARKET = Measurement(
    market,
    citation=(
        "Parsley and Wei 1996, Quarterly Journal of Economics 111; "
        "2001, Journal of International Economics 55(1); "
        "Gui, Chen, Lu and Chen 2006, Journal of World Economy (世界经济) 2006(2)"
    ),
    sample=Sample(),
    check=_check,
    brief=("place", "segmentation_rank", "segmentation_index", "periods_count"),
    places="place",
)
