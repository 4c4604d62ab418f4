"""Which openings expected take-offs reach, and which fields of study supply them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.instruments.networks.graduate_balance.graduate_balance import CROSSWALK, graduates
from firstlight.joins.take_off_join import TakeOffJoin
from firstlight.joins.take_offs_by_code import TITLES
from firstlight.joins.technology_links import (
    LINKS,
    OBSERVATION,
    Classification,
    check_observation,
)
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import (
    Count,
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

SAID = 5  # occupations and fields with a sentence or a place in one
SUPPLY = roles.Table(
    {
        "field": roles.Key(),
        "place": roles.Key(),
        "year": roles.Year(),
        "graduates": roles.Number("zero"),
    },
    may_lack=("place", "year"),
)
REACHED = {  # openings that take-offs reach -> the chance that one does
    "reached_openings": "any_share",
    "reached_low_openings": "any_low_share",
    "reached_high_openings": "any_high_share",
}
ZERO = ("expected_count", *REACHED.values())  # where no technology leads


def take_off_graduates(
    frame: Any,
    observation: Annotated[Any, OBSERVATION],
    *,
    links: Annotated[Any, LINKS] = None,
    classification: Classification = "soc",
    code: Annotated[str, roles.Key()] = "code",
    place: Annotated[str | None, roles.Key()] = "place",
    year: Annotated[str | None, roles.Year()] = "year",
    openings: Annotated[str, roles.Number("zero")] = "openings",
    supply: Annotated[Any, SUPPLY] = None,
    crosswalk: Annotated[Any, CROSSWALK] = None,
) -> Result:
    """Which openings stand in occupations that take-offs are expected to reach, and which fields of
    study feed them.

    Technologies lead to occupations with a probability. Openings that a take-off reaches are
    openings times the chance that one take-off or more leads to the occupation. How many openings a
    take-off adds is not said.

    Parameters
    ----------
    frame
        A row for each occupation, and place or year, with its openings.
    observation
        The folder, observation.json or project of an observation, the name of a corpus that ships,
        or a table with the columns technology and probability (the chance of take-off).
    links
        Which technology leads to which code, and with what probability; those of the classification
        where it is left out; needed where none ship for it.
    classification
        What the codes are of: SOC, or ISIC Rev. 4, GB/T 4754, CPC or HS 2022.
    code
        Column of the codes of occupations, or of industries.
    place
        Column of the places.
    year
        Column of the years; the last one is used.
    openings
        Column with the number of openings, or of jobs.
    supply
        Graduates of each field of study, for each place that the openings have.
    crosswalk
        Which part of an occupation's openings goes to a field; yours, as no two countries share
        one.

    Returns
    -------
    Result with the tables ``occupations`` (code, place, openings, what is expected of it,
    reached_openings with its ends; the most reached first), ``fields`` and ``unlinked`` where there
    are supply and crosswalk (field, place, supply_count, demand_count, gap_count,
    reached_demand_count, reached_share, reason), ``take_offs`` (by code), ``links_used``,
    ``take_off_balance`` and ``not_joined``.

    Raises
    ------
    InputError
        For supply without a crosswalk or the other way round, an observation without chances, links
        that add up to more than 1, and where nothing joins.

    Notes
    -----
    Fields are those of ``graduates``: an accounting identity.

    Examples
    --------
    >>> jobs = pl.DataFrame({"code": ["15-1252", "43-0000"], "openings": [100, 50]})
    >>> seen = pl.DataFrame({"technology": ["fog turbines"], "probability": [0.4]})
    >>> lines = pl.DataFrame({"technology": ["fog turbines"], "code": ["15-1252"],
    ...     "probability": [0.5]})
    >>> found = take_off_graduates(jobs, seen, links=lines)
    >>> found.table.select("code", pl.col("reached_openings").round(6)).rows()
    [('15-1252', 20.0), ('43-0000', 0.0)]
    """
    data = TAKE_OFF_GRADUATES.read(locals())
    join = TakeOffJoin.of(data, classification)
    last = data.frame["year"].max() if data.has("year") else None
    if last is not None:
        join = join.among(join.rows.filter(pl.col("year") == last))
    occupations = _occupations(join, data.has("place"))
    tables = {"occupations": occupations}
    if supply is not None:
        of_year = _of_year(data.tables["supply"].frame, last)
        given = data.tables["crosswalk"].frame
        read = given.with_columns(pl.col("occupation").replace(join.read.noughts))
        tables |= _fields(of_year, occupations, read)
    return join.result(
        TAKE_OFF_GRADUATES,
        tables,
        (
            *_reached(occupations, last),
            *join.uncounted("openings", ["place"]),
            *_ways(join, occupations),
        ),
        _of_fields(tables),
        conventions=[message("reached")],
        charts=[join.by_code_chart()],
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    has = {name: arguments[name] is not None for name in ("supply", "crosswalk")}
    if has["supply"] != has["crosswalk"]:
        lacking = next(name for name in has if not has[name])
        return message("one_without_other", lacking=Name(lacking))
    return check_observation(arguments)


def _occupations(join: TakeOffJoin, has_place: bool) -> pl.DataFrame:
    """Openings with the part of them that take-offs reach, the most first."""
    table = join.found.beside(join.finest, ZERO).with_columns(
        (pl.col("openings") * pl.col(chance)).alias(name) for name, chance in REACHED.items()
    )
    keys = ["code", *TITLES, *(["place"] if has_place else [])]
    figures = ["openings", *REACHED]
    expected = ["expected_count", "any_share", "technology", "technology_zh"]
    expected += ["chance_share", "link_share"]
    reason = pl.when(pl.col("openings").is_null()).then(pl.lit("no_openings"))
    order = ["reached_openings", "code", *(["place"] if has_place else [])]
    return table.select(*keys, *figures, *expected, reason=reason).sort(
        order, descending=[True, *[False] * (len(order) - 1)], nulls_last=True
    )


def _of_year(supply: pl.DataFrame, last: Any) -> pl.DataFrame:
    """Graduates of the year of the openings; of all years where the openings have none."""
    if supply["year"].null_count() == supply.height:
        return supply
    if last is None:
        raise TAKE_OFF_GRADUATES.error(message("year_of_one_side"))
    rows = supply.filter(pl.col("year") == last)
    if not rows.height:
        raise TAKE_OFF_GRADUATES.error(message("no_graduates_in", year=Year(last)))
    return rows


def _fields(
    supply: pl.DataFrame, occupations: pl.DataFrame, crosswalk: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The balance of fields, with the part of their demand that take-offs reach."""
    keys = ["place"] if "place" in occupations.columns else []
    has_place = supply["place"].null_count() < supply.height
    offered = supply.select("field", *(["place"] if has_place else []), "graduates")
    sides = []
    for column in ("openings", "reached_openings"):
        demand = occupations.select(*keys, occupation="code", openings=column)
        sides.append(graduates(offered, demand, crosswalk).tables)
    whole, reached = sides
    of_reached = reached["balance"].select("field", *keys, reached_demand_count="demand_count")
    is_asked = pl.col("demand_count") > 0
    share = pl.when(is_asked).then(pl.col("reached_demand_count") / pl.col("demand_count"))
    table = whole["balance"].join(of_reached, on=["field", *keys], how="left")
    columns = ["supply_count", "demand_count", "gap_count", "reached_demand_count"]
    fields = table.select("field", *keys, *columns, reached_share=share, reason="reason").sort(
        "reached_demand_count",
        "field",
        *keys,
        descending=[True, False, *[False for _ in keys]],
        nulls_last=True,
    )
    return {"fields": fields, "unlinked": whole["unlinked"]}


def _reached(occupations: pl.DataFrame, last: Any) -> Iterator[Message]:
    """The share of all openings that take-offs reach."""
    known = occupations.drop_nulls("openings")
    sums = {name: float(known[name].sort().sum()) for name in ("openings", "reached_openings")}
    if sums["openings"] <= 0:
        yield message("no_opening")
        return
    values: dict[str, Value[Any]] = {
        "share": Share(sums["reached_openings"] / sums["openings"], digits=1),
        "reached": Number(sums["reached_openings"], digits=0),
        "all": Number(sums["openings"], digits=0),
    }
    ends = [known[name] for name in list(REACHED)[1:]]
    if not any(end.null_count() for end in ends):
        low, high = (Share(float(end.sort().sum()) / sums["openings"], digits=1) for end in ends)
        values["ends"] = Phrase(message("phrases.between", low=low, high=high))
    else:
        values["ends"] = Name("")
    if last is None:
        yield message("reached", **values)
    else:
        yield message("reached_in", year=Year(last), **values)


def _ways(join: TakeOffJoin, occupations: pl.DataFrame) -> Iterator[Message]:
    """By which technologies the occupations with the most openings reached are reached."""
    reached = occupations.filter(pl.col("reached_openings") > 0).drop_nulls("technology")
    rows = reached.unique("code", keep="first", maintain_order=True).head(SAID)
    for row, way in join.ways(rows):
        figures = {name: Number(row[name], digits=0) for name in ("openings", "reached_openings")}
        if "place" in row:
            yield message("way_in", way=way, place=Name(row["place"]), **figures)
        else:
            yield message("way", way=way, **figures)


def _of_fields(tables: Mapping[str, pl.DataFrame]) -> Iterator[Message]:
    """The fields that feed most of the openings reached, and whether they supply enough."""
    if "fields" not in tables:
        return
    rows = tables["fields"].filter(pl.col("reached_demand_count") > 0)
    each = [
        Phrase(
            message(
                "phrases.feeds",
                field=_field(row),
                reached=Number(row["reached_demand_count"], digits=0),
            )
        )
        for row in rows.head(SAID).iter_rows(named=True)
    ]
    if each:
        count = Count(rows["field"].n_unique())
        yield message("fields", count=count, fields=List(tuple(each), SAID))
    short = rows.filter(pl.col("gap_count") < 0)
    if short.height:
        named = tuple(_field(row) for row in short.iter_rows(named=True))
        yield message("short", count=Count(short.height), fields=List(named))
    lost = tables["unlinked"].filter(pl.col("demand_count") > 0)
    if lost.height:
        openings = float(lost["demand_count"].sort().sum())
        every = float(tables["occupations"]["openings"].sort().sum())
        yield message(
            "unlinked",
            openings=Number(openings, digits=0),
            share=Share(openings / every, digits=1),
            count=Count(lost["occupation"].n_unique()),
        )


def _field(row: Mapping[str, Any]) -> Value[Any]:
    """A field, with its place where there are places."""
    if row.get("place") is None:
        return Name(row["field"])
    both = {"field": Name(row["field"]), "place": Name(row["place"])}
    return Phrase(message("phrases.field_of_place", **both))


TAKE_OFF_GRADUATES = Measurement(
    take_off_graduates,
    citation="Firstlight",
    sample=Sample(
        tables={
            "observation": "sample_observation.csv",
            "links": "sample_links.csv",
            "supply": "sample_supply.csv",
            "crosswalk": "sample_crosswalk.csv",
        }
    ),
    check=_check,
    brief=("code", "title", "place", "openings", "reached_openings", "technology"),
)
