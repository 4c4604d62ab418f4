"""Graduates against demand: what each field supplies, what occupations ask of it, and the gap."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import shares_above_one
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.numerics.row_checks import refuse_missing
from firstlight.result import Result
from firstlight.texts import Code, Count, List, Message, Name, Number, Value, Year, message, names

# shares of an occupation add up to 1 but for the rounding of their digits
TOLERANCE = 1e-6
OF_A_PLACE = ("place", "year")
DEMAND = roles.Table(
    {
        "occupation": roles.Key(),
        "place": roles.Key(),
        "year": roles.Year(),
        "openings": roles.Number("zero"),
    },
    may_lack=OF_A_PLACE,
)
CROSSWALK = roles.Table(
    {
        "field": roles.Key(),
        "occupation": roles.Key(),
        "share": roles.Number("zero", is_share=True, is_filled=True),
    }
)


def graduates(
    frame: Any,
    demand: Annotated[Any, DEMAND],
    crosswalk: Annotated[Any, CROSSWALK],
    *,
    field: Annotated[str, roles.Key()] = "field",
    place: Annotated[str | None, roles.Key()] = "place",
    year: Annotated[str | None, roles.Year()] = "year",
    graduates: Annotated[str, roles.Number("zero")] = "graduates",
) -> Result:
    """What fields of study supply and what occupations demand of them.

    The demand of a field is the sum over occupations of their openings, each times the share that
    the crosswalk gives to the field. Demand that the crosswalk gives to no field is listed apart.

    Parameters
    ----------
    frame
        A row for each field, and place or year.
    demand
        Openings of occupations or industries, for each place or year that the graduates have.
    crosswalk
        Which part of an occupation's openings goes to a field; yours, as no two countries share
        one.
    field
        Column of the fields of study.
    place
        Column of the places.
    year
        Column of the years.
    graduates
        Column with the number of graduates.

    Returns
    -------
    Result with the tables ``balance`` (field, place, year, supply_count, demand_count, gap_count =
    supply - demand, supply_ratio = supply over demand, reason), the last year and the largest gap
    first, and ``unlinked`` (occupation, place, year, demand_count). A missing number, or row of
    demand, leaves what depends on it missing.

    Raises
    ------
    InputError
        For shares of an occupation that add up to more than 1, and a place or year in one of the
        two tables alone.

    Notes
    -----
    An accounting identity: it forecasts nothing.

    Examples
    --------
    >>> import polars as pl
    >>> supply = pl.DataFrame({"field": ["optics"], "graduates": [120]})
    >>> demand = pl.DataFrame({"occupation": ["lens maker", "clerk"], "openings": [100, 50]})
    >>> links = pl.DataFrame({"field": ["optics"], "occupation": ["lens maker"], "share": [0.9]})
    >>> found = graduates(supply, demand, links)
    >>> found.table.select("demand_count", "gap_count").row(0)
    (90.0, 30.0)
    """
    data = GRADUATES.read(locals())
    offered = data.frame.rename({"graduates": "supply_count"})
    asked = data.tables["demand"].frame.rename({"openings": "demand_count"})
    links = data.tables["crosswalk"].frame
    _check_shares(links)
    keys = _shared_keys(offered, asked)
    offered, asked = (table.drop(set(OF_A_PLACE) - set(keys)) for table in (offered, asked))
    balance = _balance(offered, _by_field(asked, links, offered, keys), keys)
    unlinked = _unlinked(asked, links, keys)
    charts: tuple[Chart, ...] = ()
    if "year" in keys and balance["year"].n_unique() > 1:
        sides = Mark("supply_count"), Mark("demand_count")
        charts = (Chart("sides", "sides", "year", sides, panel="field"),)
    return Result(
        {
            "balance": balance,
            "unlinked": unlinked,
            **({"sides": _by_year(balance)} if charts else {}),
        },
        (*_answer(balance), *_left(balance, unlinked)),
        GRADUATES.texts,
        conventions=tuple(map(message, ("by_crosswalk", "gap_and_ratio", "missing", "flows_only"))),
        charts=charts,
        given=data.given,
    )


def _check_shares(links: pl.DataFrame) -> None:
    refuse_missing(links, ["field", "occupation"], "share")
    whole = links.group_by("occupation").agg(pl.col("share").sum())
    over = whole.filter(pl.col("share") > 1 + TOLERANCE).sort("occupation")
    if over.height:
        occupation, share = over.row(0)
        raise shares_above_one(occupation, share, "crosswalk")


def _shared_keys(offered: pl.DataFrame, asked: pl.DataFrame) -> list[str]:
    """The keys that both sides have, of place and year."""
    keys = []
    for key in OF_A_PLACE:
        has_supply, has_demand = (
            table[key].null_count() < table.height for table in (offered, asked)
        )
        if has_supply != has_demand:
            lacking = Code("codes.side.demand" if has_supply else "codes.side.supply")
            raise GRADUATES.error(message("key_of_one_side", key=Name(key), lacking=lacking))
        if has_supply:
            keys.append(key)
    return keys


def _by_field(
    asked: pl.DataFrame, links: pl.DataFrame, offered: pl.DataFrame, keys: list[str]
) -> pl.DataFrame:
    """The demand of each field at each key; an occupation without a row there is as unknown as one
    without a number."""
    lines = links.filter(pl.col("share") > 0)
    if keys:
        lines = (
            pl.concat([offered.select(keys), asked.select(keys)]).unique().join(lines, how="cross")
        )
    demand = asked.with_columns(has_row=pl.lit(True))
    parts = lines.join(demand, on=[*keys, "occupation"], how="left").sort(
        *keys, "field", "occupation"
    )
    part = pl.col("demand_count") * pl.col("share")
    return parts.group_by(*keys, "field", maintain_order=True).agg(
        demand_count=pl.when(pl.col("demand_count").is_not_null().all()).then(part.sum()),
        has_link=pl.lit(True),
        is_asked=pl.col("has_row").any(),
    )


def _balance(offered: pl.DataFrame, by_field: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The main table, the last year and the largest gap first."""
    on = [*keys, "field"]
    whole = offered.with_columns(has_supply=pl.lit(True)).join(
        by_field, on=on, how="full", coalesce=True
    )
    whole = whole.filter(pl.col("has_supply") | pl.col("is_asked"))
    reason = (
        pl.when(pl.col("supply_count").is_null())
        .then(pl.lit("no_supply"))
        .when(pl.col("has_link").is_null())
        .then(pl.lit("no_link"))
        .when(pl.col("demand_count").is_null())
        .then(pl.lit("no_demand"))
    )
    is_asked = pl.col("demand_count") > 0
    table = whole.select(
        *on,
        "supply_count",
        "demand_count",
        gap_count=pl.col("supply_count") - pl.col("demand_count"),
        supply_ratio=pl.when(is_asked).then(pl.col("supply_count") / pl.col("demand_count")),
        reason=reason,
    )
    order = [
        *(key for key in ("year",) if key in keys),
        "gap_count",
        *(key for key in ("place",) if key in keys),
    ]
    table = table.sort(
        *order, "field", descending=[key == "year" for key in (*order, "field")], nulls_last=True
    )
    first = ["field", *(key for key in OF_A_PLACE if key in keys)]
    return table.select(*first, pl.exclude(first))


def _unlinked(asked: pl.DataFrame, links: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Demand that the crosswalk gives to no field, in full or in part."""
    given = links.group_by("occupation").agg(pl.col("share").sum())
    left = 1 - pl.col("share").fill_null(0.0)
    rest = asked.join(given, on="occupation", how="left").filter(left > TOLERANCE)
    demand = (pl.col("demand_count") * left).round(9)
    return rest.select("occupation", *keys, demand_count=demand).sort(*keys, "occupation")


def _by_year(balance: pl.DataFrame) -> pl.DataFrame:
    """Both sides of each field through the years, over all places; missing where one of them is."""

    def total(side: str) -> pl.Expr:
        # in one order, so that the last digit does not hang on the order of rows
        return pl.when(pl.col(side).is_not_null().all()).then(pl.col(side).sort().sum())

    sides = ("supply_count", "demand_count")
    return (
        balance.group_by("field", "year")
        .agg(total(side).alias(side) for side in sides)
        .sort("field", "year")
    )


def _answer(balance: pl.DataFrame) -> list[Message]:
    """How many fields fall short, and the largest gap either way, in the last year where there are
    years."""
    rows = last_year(balance)
    known = rows.drop_nulls("gap_count").sort("gap_count", "field")
    short = known.filter(pl.col("gap_count") < 0)
    values: dict[str, Value[Any]] = {
        "known": Count(known.height),
        "all": Count(rows.height),
        "count": Count(short.height),
        "what": Code(
            "codes.what.field_and_place" if "place" in rows.columns else "codes.what.field"
        ),
    }
    if "year" in rows.columns:
        said = [message("known_in", year=Year(rows["year"][0]), **values)]
    else:
        said = [message("known", **values)]
    ends = {"shortest": short.head(1), "most_beyond": known.filter(pl.col("gap_count") > 0).tail(1)}
    for code, row in ends.items():
        for top in row.iter_rows(named=True):
            name = names(top[key] for key in ("field", "place") if top.get(key))
            sides = {"supply": _whole(top["supply_count"]), "demand": _whole(top["demand_count"])}
            said.append(_gap(code, field=name, **sides))
    return said


def _gap(code: str, **values: Value[Any]) -> Message:
    if code == "shortest":
        return message("shortest", **values)
    return message("most_beyond", **values)


def _left(balance: pl.DataFrame, unlinked: pl.DataFrame) -> list[Message]:
    """What the crosswalk leaves out, and how many rows have no gap, in the last year."""
    said = []
    rest = last_year(unlinked)
    if rest.height:
        openings = _whole(float(rest["demand_count"].drop_nulls().to_numpy().sum()))
        said.append(
            message("unlinked", openings=openings, count=Count(rest["occupation"].n_unique()))
        )
    gaps = last_year(balance).drop_nulls("reason")
    if gaps.height:
        codes = gaps["reason"].unique().sort()
        reasons = List(tuple(Code(f"codes.reason.{code}") for code in codes))
        said.append(message("gaps", count=Count(gaps.height), reasons=reasons))
    return said


def _whole(value: float) -> Number:
    return Number(value, digits=0)


GRADUATES = Measurement(
    graduates,
    citation="Firstlight",
    sample=Sample(tables={"demand": "sample_demand.csv", "crosswalk": "sample_crosswalk.csv"}),
)
