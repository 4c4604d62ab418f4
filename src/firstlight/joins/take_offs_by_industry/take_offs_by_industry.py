"""How much of past growth came from industries that take-offs are expected to reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.productivity.growth_drivers.growth_drivers import drivers
from firstlight.joins.take_off_join import TakeOffJoin
from firstlight.joins.take_offs_by_code import TITLES, ExpectedTakeOffs
from firstlight.joins.technology_links import (
    LINKS,
    OBSERVATION,
    Classification,
    check_observation,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.growth_rates import annual_weights
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    Growth,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    message,
)

MOST = 5  # places and industries that are said one by one
CHANCES = ("any_share", "any_low_share", "any_high_share")
PARTS = ("reached_contribution_pp", "other_contribution_pp")
# whether there are no places -> what is said of growth, and of the share
CODES = {True: ("growth", "weight"), False: ("growth_of_place", "weight_of_place")}
POINTS = ("contribution_pp", "reached_contribution_pp")


def take_off_drivers(
    frame: Any,
    observation: Annotated[Any, OBSERVATION],
    *,
    links: Annotated[Any, LINKS] = None,
    classification: Classification = "isic4",
    place: Annotated[str | None, roles.Key()] = "place",
    code: Annotated[str, roles.Key()] = "code",
    year: Annotated[str, roles.Year()] = "year",
    value: Annotated[str, roles.Number()] = "value",
    price: Annotated[str | None, roles.Number("positive")] = "price",
    absent: Literal["missing", "zero"] = "missing",
) -> Result:
    """How much of growth came from the industries that technologies about to take off lead to.

    An industry counts with the chance that one take-off or more leads to it; that is its share of
    the new in ``drivers``.

    Parameters
    ----------
    frame
        A row for each industry and year, and place.
    observation
        The folder, observation.json or project of an observation, the name of a corpus that ships,
        or a table with the columns technology and probability (the chance of take-off).
    links
        Which technology leads to which code, and with what probability; those of the classification
        where it is left out; needed where none ship for it.
    classification
        What the codes are of: ISIC Rev. 4, GB/T 4754, CPC, HS 2022 or SOC.
    place
        Column of the countries, provinces or cities.
    code
        Column of the codes of industries.
    year
        Column of the years.
    value
        Column of value added or output; at current prices where there is a price index.
    price
        Column of the price index of each industry.
    absent
        Whether an industry without a row in a year is missing, and the total with it, or zero.

    Returns
    -------
    Result with the tables ``contributions`` (place, year, total, reached_share, total_growth_pp,
    reached_contribution_pp with its ends, other_contribution_pp, contribution_share, reason),
    ``reached_industries`` (place, code, title, title_zh, year, value, any_share, contribution_pp,
    reached_contribution_pp), ``take_offs`` (by code), ``links_used``, ``take_off_balance`` and
    ``not_joined``; without a column of places there is no place.

    Raises
    ------
    InputError
        For an observation without chances, links that add up to more than 1, and where nothing
        joins.

    Notes
    -----
    It says what weight those industries had in past growth, not how much take-offs will add.

    References
    ----------
    System of National Accounts 2008, chapter 15.

    Examples
    --------
    >>> rows = pl.DataFrame({"code": ["24", "62"] * 2, "year": [2000, 2000, 2001, 2001],
    ...     "value": [90.0, 10, 93, 15]})
    >>> seen = pl.DataFrame({"technology": ["fog turbines"], "probability": [0.5]})
    >>> lines = pl.DataFrame({"technology": ["fog turbines"], "code": ["6201"]})
    >>> found = take_off_drivers(rows, seen, links=lines).table
    >>> found["reached_contribution_pp"].to_list(), found["contribution_share"].to_list()
    ([None, 2.5], [None, 0.3125])
    """
    data = TAKE_OFF_DRIVERS.read(locals())
    join = TakeOffJoin.of(data, classification)
    reached = join.found.beside(join.finest, CHANCES).sort("place", "code", "year")
    of_place = "place" if data.has("place") else None
    of_price = "price" if data.has("price") else None
    each = {
        chance: drivers(
            reached,
            place=of_place,
            industry="code",
            price=of_price,
            new_share=chance,
            absent=absent,
        )
        for chance in CHANCES
        if reached[chance].null_count() == 0
    }
    contributions = _contributions({name: own.table for name, own in each.items()})
    industries = _industries(each["any_share"].tables["industries"], join.found)
    parts = tuple(Mark(name, "bars") for name in PARTS)
    return join.result(
        TAKE_OFF_DRIVERS,
        {"contributions": contributions, "reached_industries": industries},
        (
            *_answer(contributions),
            *join.uncounted("value", ["place", "year"]),
            *_ways(join, industries, contributions),
        ),
        conventions=(
            message("weighted"),
            message("real" if data.has("price") else "points"),
            message("growth_rates"),
            *(one for one in each["any_share"].conventions if one.code == "years_apart"),
            message(f"absent_{absent}"),
        ),
        charts=(
            Chart("contributions", "contributions", "year", parts, panel=of_place or ""),
            join.by_code_chart(),
        ),
    )


def _contributions(each: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The main table: what the industries that take-offs reach weigh and add. Chances differ, rows
    are the same."""
    added = {name: table["new_contribution_pp"] for name, table in each.items()}
    unknown = pl.lit(None, pl.Float64)
    return each["any_share"].select(
        pl.col("^unit$").alias("place"),
        "year",
        "total",
        pl.col("new_share").alias("reached_share"),
        "total_growth_pp",
        reached_contribution_pp=added["any_share"],
        reached_contribution_low_pp=added.get("any_low_share", unknown),
        reached_contribution_high_pp=added.get("any_high_share", unknown),
        other_contribution_pp="other_contribution_pp",
        contribution_share="contribution_share",
        reason="reason",
    )


def _industries(industries: pl.DataFrame, found: ExpectedTakeOffs) -> pl.DataFrame:
    """The industries that take-offs reach, the largest contribution of a year first."""
    of_code = found.table.select("code", *TITLES, "any_share", "technology", "technology_zh")
    reached = industries.join(of_code, left_on="industry", right_on="code").select(
        pl.col("^unit$").alias("place"),
        pl.col("industry").alias("code"),
        *TITLES,
        "year",
        "value",
        "any_share",
        "contribution_pp",
        reached_contribution_pp="new_contribution_pp",
        technology="technology",
        technology_zh="technology_zh",
    )
    order = [pl.col("year", "reached_contribution_pp").neg(), pl.col("^place$", "code")]
    return reached.sort(*order, nulls_last=True)


def _answer(table: pl.DataFrame) -> Iterator[Message]:
    """What such industries weigh and added, of the first places, and why there is no growth
    elsewhere."""
    has_place = "place" in table.columns
    table = _with_spans(table)
    groups = [(None, table)]
    if has_place:
        groups = [(key[0], own) for key, own in table.group_by("place", maintain_order=True)]
    for place, own in groups[:MOST]:
        sized, grown = own.drop_nulls("reached_share"), own.drop_nulls("total_growth_pp")
        who = dict[str, Value[Any]]() if place is None else {"place": Name(str(place))}
        growth_of, weight_of = CODES[place is None]
        if means := _growth(grown):
            yield message(growth_of, **who, **means)
        elif grown.height:
            yield message("no_mean", of=who.get("place", Code("codes.whole.total")))
        if sized.height:
            last = sized.row(-1, named=True)
            share = Share(last["reached_share"], digits=1)
            yield message(weight_of, **who, share=share, year=Year(last["year"]))
    if len(groups) > MOST:
        yield message("more", count=Count(len(groups) - MOST))
    lost = table.filter(pl.col("total_growth_pp").is_null() & (pl.col("reason") != "first_year"))
    if lost.height:
        codes = lost["reason"].unique().sort()
        reasons = List(tuple(Code(f"codes.reason.{code}") for code in codes))
        yield message("gaps", count=Count(lost.height), reasons=reasons)
    if not table["reached_share"].count():
        yield message("nothing")


def _with_spans(table: pl.DataFrame) -> pl.DataFrame:
    """The table with how many years the growth of each row is over."""
    years = pl.col("year").diff()
    if "place" in table.columns:
        years = years.over("place")
    return table.with_columns(span=years)


def _weights(grown: pl.DataFrame) -> NDArray[np.float64]:
    """By which growth and its parts become those of a year."""
    return annual_weights(grown["total_growth_pp"].to_numpy() / 100, grown["span"].to_numpy())


def _growth(grown: pl.DataFrame) -> dict[str, Value[Any]]:
    """Mean growth a year, and the points of it that such industries added, with their ends; nothing
    where growth has no mean."""
    weights = _weights(grown)
    if not np.isfinite(weights.sum()) or not grown.height:
        return {}
    means = {
        name: float(weights @ grown[name].to_numpy())
        for name in grown.columns
        if name.endswith("_pp") and not grown[name].null_count()
    }
    low, high = "reached_contribution_low_pp", "reached_contribution_high_pp"
    ends: Value[Any] = Name("")
    if low in means and high in means:
        ordered = sorted((means[low], means[high]))
        both = {"low": Number(ordered[0]), "high": Number(ordered[1])}
        ends = Phrase(message("phrases.between", **both))
    return {
        "growth": Growth(means["total_growth_pp"] / 100, digits=2),
        "points": Number(means["reached_contribution_pp"]),
        "ends": ends,
    }


def _ways(
    join: TakeOffJoin, industries: pl.DataFrame, contributions: pl.DataFrame
) -> Iterator[Message]:
    """By which technologies the industries are reached that added most over all years and
    places."""
    keys = [name for name in ("place", "year") if name in industries.columns]
    grown = _with_spans(contributions).select(*keys, "span", "total_growth_pp")
    each = industries.join(grown, on=keys).drop_nulls(["contribution_pp", "total_growth_pp"])
    added = [
        (own["code"][0], *(float(_weights(own) @ own[name].to_numpy()) for name in POINTS))
        for own in each.sort("code", *keys).partition_by("code")
    ]
    schema = {"code": pl.String, **dict.fromkeys(POINTS, pl.Float64)}
    most = (
        pl.DataFrame(added, schema, orient="row")
        .filter(pl.col(POINTS[1]).is_finite() & (pl.col(POINTS[1]) > 0))
        .sort(POINTS[1], "code", descending=[True, False])
    )
    told = join.found.table.drop_nulls("technology")
    rows = most.join(told, on="code", maintain_order="left").head(MOST)
    for row, way in join.ways(rows):
        points, chance = Number(row["contribution_pp"]), Share(row["any_share"])
        yield message("way", way=way, points=points, chance=chance)


TAKE_OFF_DRIVERS = Measurement(
    take_off_drivers,
    citation="United Nations and others 2009, System of National Accounts 2008, chapter 15",
    sample=Sample(tables={"observation": "sample_observation.csv", "links": "sample_links.csv"}),
    check=check_observation,
    brief=(
        "place",
        "year",
        "reached_share",
        "total_growth_pp",
        "reached_contribution_pp",
        "contribution_share",
    ),
)
