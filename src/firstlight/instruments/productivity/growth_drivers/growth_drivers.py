"""Growth drivers: what the new weighs and adds, and where labour productivity came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.productivity.growth_drivers.new_contributions import (
    GrowthDrivers,
    drivers_of_table,
)
from firstlight.instruments.productivity.growth_drivers.productivity_decomposition import (
    TERMS,
    ProductivityDecomposition,
    decomposition_of_table,
)
from firstlight.instruments.productivity.yearly_series import (
    WHOLE,
    reasons_said,
    unit_years,
    years_apart,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.growth_rates import annual_weights
from firstlight.result import Result
from firstlight.schema import Data
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
    counted,
    message,
    names,
)

MOST = 5  # places that are said one by one
# whether there are no places -> what is said of the share, of one in a single year, and of growth
CODES = {
    False: ("share_of_place", "share_of_place_in_one_year", "growth_of_place"),
    True: ("share_of_whole", "share_of_whole_in_one_year", "growth_of_whole"),
}
PARTS = ("new_contribution_pp", "other_contribution_pp")
SHARE = roles.Number("zero", is_share=True)
DEFINITION = roles.Table(
    {
        "code": roles.Key(),
        "stated_share": SHARE,
        "least_share": SHARE,
        "most_share": SHARE,
    },
    may_lack=("stated_share", "least_share", "most_share"),
)
ENDS = ("least", "most")


def drivers(
    frame: Any,
    *,
    place: Annotated[str | None, roles.Key()] = "place",
    industry: Annotated[str, roles.Key()] = "industry",
    year: Annotated[str, roles.Year()] = "year",
    value: Annotated[str, roles.Number()] = "value",
    price: Annotated[str | None, roles.Number("positive")] = "price",
    new: Annotated[Sequence[str] | None, roles.Names()] = None,
    new_share: Annotated[str | None, roles.Number("zero", is_share=True)] = None,
    definition: Annotated[Any, DEFINITION] = None,
    labour: Annotated[str | None, roles.Number("positive")] = None,
    method: Literal["shift_share", "fhk", "griliches_regev", "melitz_polanec"] = "fhk",
    absent: Literal["missing", "zero"] = "missing",
) -> Result:
    """The share of what counts as new, its growth, and what it adds to growth in percentage points.

    With labour also where the growth of labour productivity came from: from within industries,
    from shifts between them, from those that enter and those that leave.

    Parameters
    ----------
    frame
        A row for each industry and year, and place.
    place
        Column of the countries, provinces or cities.
    industry
        Column of the industries.
    year
        Column of the years. Where no two follow one another, as of censuses, growth is from each to
        the next that the table holds.
    value
        Column of value added or output; at current prices where there is a price index.
    price
        Column of the price index of each industry.
    new
        Industries that count as new, as you define them.
    new_share
        Column of each row's share of the new, from 0 to 1, in the place of whole industries.
    definition
        Codes of industries that count as new, with the share of each that does: as stated, at least
        and at most. The table ``matches`` of ``definition_share`` is one.
    labour
        Column of labour, for the sources of labour productivity; value is then to be at constant
        prices.
    method
        How the sources are separated: shift-share, Foster, Haltiwanger and Krizan, Griliches and
        Regev, or Melitz and Polanec.
    absent
        Whether an industry without a row in a year is missing, and the total with it, or zero.

    Returns
    -------
    Result with the tables ``drivers`` (unit, year, total, new_value, new_share, total_growth_pp,
    new_growth_pp, other_growth_pp, new_contribution_pp, other_contribution_pp, activity_pp,
    reclassified_pp, contribution_share, reason, reason_name, reason_year; with a definition also
    least_new_share, most_new_share, least_contribution_pp and most_contribution_pp, of its codes at
    their least and at their most), ``industries`` and, with labour, ``sources`` (unit,
    from_year, year, productivity_before, productivity, change, and
    within, between, cross, entry and exit, which add up to it) and ``members``; without a column of
    places there is no unit.

    Raises
    ------
    InputError
        Where nothing, or two things, say what counts as new, and for an industry that is not there.

    References
    ----------
    System of National Accounts 2008, chapter 15. Foster, Haltiwanger and Krizan 2001, NBER Studies
    in Income and Wealth 63. Melitz and Polanec 2015, RAND Journal of Economics 46(2).

    Examples
    --------
    >>> rows = pl.DataFrame({"industry": ["steel", "chips"] * 2, "year": [2000, 2000, 2001, 2001],
    ...     "value": [90.0, 10, 93, 15]})
    >>> found = drivers(rows, new=["chips"]).table
    >>> found["new_contribution_pp"].to_list(), found["contribution_share"].to_list()
    ([None, 5.0], [None, 0.625])
    """
    data = DRIVERS.read(locals())
    table, price_column = _table(data), data.held("price")
    codes = data.tables["definition"].frame if "definition" in data.tables else None
    if codes is not None:
        table = _defined(table, codes)
    held = years_apart(table)
    table = _as_steps(table, held)
    added = drivers_of_table(table, "value", set(new) if new else "new_share", price_column, absent)
    if codes is not None:
        added = replace(added, table=_with_ends(added.table, table, price_column, absent))
    added = GrowthDrivers(_in_years(added.table, held), _in_years(added.industries, held))
    said = _answer(added.table)
    used = _conventions(new, new_share, price_column is not None, absent, held)
    if codes is not None:
        said += _doubt(added.table, table, codes)
    tables = {"drivers": added.table, "industries": added.industries}
    if labour:
        sources = decomposition_of_table(table, "value", "labour", method=method)
        sources = ProductivityDecomposition(
            _in_years(sources.table, held), _in_years(sources.members, held)
        )
        tables |= {"sources": sources.table, "members": sources.members}
        said += _sources(sources)
        used += _source_conventions(method, labour)
    if not data.has("place"):
        tables = {name: each.drop("unit") for name, each in tables.items()}
    return Result(
        tables,
        tuple(said),
        DRIVERS.texts,
        conventions=tuple(used),
        charts=_charts(added, data.has("place")),
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together."""
    given = [arguments[name] is not None for name in ("new", "new_share", "definition")]
    if sum(given) != 1:
        return message("what_is_new")
    return None


def _table(data: Data) -> pl.DataFrame:
    """Unit, kind and year with the numbers; without places there is one unit."""
    frame = data.frame.rename({"place": "unit", "industry": "kind"}).cast({"year": pl.Int64})
    if data.has("place"):
        lost = frame.filter(pl.col("unit").is_null())
        if lost.height:
            kind, year = lost.select("kind", "year").row(0)
            raise DRIVERS.error(message("no_place", industry=Name(str(kind)), year=Year(year)))
    else:
        frame = frame.with_columns(unit=pl.lit(WHOLE))
    below = frame.filter(pl.col("value") < 0)
    if data.has("price") and below.height:
        unit, kind, year = below.select("unit", "kind", "year").row(0)
        key = names(part for part in (unit, kind) if part != WHOLE)
        raise DRIVERS.error(message("value_below_zero", key=key, year=Year(year)))
    return frame


def _as_steps(table: pl.DataFrame, held: Sequence[int]) -> pl.DataFrame:
    """The table with 0, 1, 2 … for its years, so that each follows the one held before it."""
    if not held:
        return table
    return table.with_columns(pl.col("year").replace(held, range(len(held))))


def _in_years(table: pl.DataFrame, held: Sequence[int]) -> pl.DataFrame:
    """The way back from `_as_steps`, in every column of years."""
    if not held:
        return table
    years = pl.col("^(from_|reason_)?year$")
    return table.with_columns(years.replace(range(len(held)), held))


def _defined(table: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """The table with the share of each row that is new by a definition: stated, least and most."""
    shares = codes.select(
        kind="code",
        new_share=pl.coalesce("stated_share", pl.lit(1.0)),
        least_share=pl.coalesce("least_share", "stated_share", pl.lit(1.0)),
        most_share=pl.coalesce("most_share", "stated_share", pl.lit(1.0)),
    )
    if shares.join(table, on="kind", how="semi").is_empty():
        seen = names(table["kind"].unique().sort(), 3)
        raise DRIVERS.error(message("no_code_found", codes=names(codes["code"], 3), seen=seen))
    kept = table.drop("new_share", strict=False)
    both = kept.join(shares, on="kind", how="left", maintain_order="left")
    return both.with_columns(pl.col("new_share", "least_share", "most_share").fill_null(0.0))


def _with_ends(
    main: pl.DataFrame, table: pl.DataFrame, price: str | None, absent: str
) -> pl.DataFrame:
    """The main table with what the new weighs and adds at the least and the most of its codes."""
    for end in ENDS:
        found = drivers_of_table(table, "value", f"{end}_share", price, absent).table
        columns = found.select(
            "unit",
            "year",
            pl.col("new_share").alias(f"{end}_new_share"),
            pl.col("new_contribution_pp").alias(f"{end}_contribution_pp"),
        )
        main = main.join(columns, on=["unit", "year"], how="left", maintain_order="left")
    reasons = [name for name in main.columns if name.startswith("reason")]
    return main.select(pl.exclude(reasons), *reasons)


def _doubt(main: pl.DataFrame, table: pl.DataFrame, codes: pl.DataFrame) -> list[Message]:
    """How much of the share, and of the contribution, hangs on doubtful codes."""
    said = []
    known = main.drop_nulls("most_new_share")
    width = (known["most_new_share"] - known["least_new_share"]).to_numpy()
    if known.height and width.max() > 0:
        moved = main.drop_nulls(["least_contribution_pp", "most_contribution_pp"])
        change = (moved["most_contribution_pp"] - moved["least_contribution_pp"]).abs()
        values: dict[str, Value[Any]] = {"points": Number(100 * float(width.mean()))}
        if moved.height:
            values["contribution"] = Number(float(change.to_numpy().mean()))
            said.append(message("doubtful", **values))
        else:
            said.append(message("doubtful_share", **values))
    elif known.height:
        said.append(message("no_doubt"))
    lost = codes.filter(~pl.col("code").is_in(table["kind"].implode()))["code"]
    said += counted("not_there", len(lost), codes=names(lost))
    return said


def _answer(table: pl.DataFrame) -> list[Message]:
    """What the new weighs and adds, of the first places, and why there is no growth elsewhere."""
    spans = table.with_columns(span=pl.col("year").diff().over("unit"))
    sized, grown = table.drop_nulls("new_share"), spans.drop_nulls("total_growth_pp")
    units = sized["unit"].unique(maintain_order=True).to_list()
    said = []
    for unit in units[:MOST]:
        said += _of_unit(unit, sized.filter(unit=unit), grown.filter(unit=unit))
    if len(units) > MOST:
        said.append(message("more", count=Count(len(units) - MOST)))
    if not units:
        said.append(message("nothing"))
    lost = table.filter(pl.col("total_growth_pp").is_null() & (pl.col("reason") != "first_year"))
    if lost.height:
        said.append(message("gaps", rows=unit_years(lost), reasons=reasons_said(lost)))
    return said


def _of_unit(unit: str, sized: pl.DataFrame, grown: pl.DataFrame) -> list[Message]:
    first, last = (sized.row(at, named=True) for at in (0, -1))
    who = dict[str, Value[Any]]()
    if unit != WHOLE:
        who["place"] = Name(unit)
    share, share_in_one_year, growth_of = CODES[unit == WHOLE]
    values: dict[str, Value[Any]] = {
        "share": Share(last["new_share"], digits=1),
        "year": Year(last["year"]),
    }
    if sized.height > 1:
        before = Share(first["new_share"], digits=1)
        values |= {"before": before, "first": Year(first["year"])}
        said = [message(share, **who, **values)]
    else:
        said = [message(share_in_one_year, **who, **values)]
    if not grown.height:
        return said
    growth = grown["total_growth_pp"].to_numpy() / 100
    weights = annual_weights(growth, grown["span"].to_numpy())
    if np.isnan(weights).any():
        return [*said, message("no_mean", of=who.get("place", Code("codes.whole.total")))]
    points = Number(float(weights @ grown["new_contribution_pp"].to_numpy()))
    rate = Growth(float(weights @ growth), digits=2)
    return [*said, message(growth_of, **who, growth=rate, points=points)]


def _sources(found: ProductivityDecomposition) -> list[Message]:
    """The mean change of productivity and its terms, and what could not be compared."""
    known = found.table.drop_nulls("change_pp")
    changes = known["change_pp"].to_numpy() / 100
    weights = annual_weights(changes, (known["year"] - known["from_year"]).to_numpy())
    if not known.height:
        said = [message("no_comparison")]
    elif np.isnan(weights).any():
        said = [message("no_mean", of=Code("codes.whole.productivity"))]
    else:
        means = ((name, float(weights @ known[f"{name}_pp"].to_numpy())) for name in TERMS)
        terms = tuple(
            Phrase(message("phrases.term", term=Code(f"codes.term.{name}"), points=Number(mean)))
            for name, mean in means
        )
        change = Growth(float(weights @ changes), digits=2)
        said = [message("terms", change=change, terms=List(terms), count=Count(known.height))]
    lost = found.table.filter(pl.col("change_pp").is_null())
    if lost.height:
        said.append(message("no_terms", rows=unit_years(lost), reasons=reasons_said(lost)))
    return said


def _conventions(
    new: Sequence[str] | None,
    new_share: str | None,
    has_price: bool,
    absent: str,
    held: Sequence[int],
) -> list[Message]:
    if new:
        what = message("new_by_industry", industries=names(sorted(new), most=12))
    elif new_share is None:
        what = message("new_by_definition")
    else:
        what = message("new_by_column", column=Name(str(new_share)))
    how = message("real_contributions" if has_price else "points_of_the_total")
    apart = list[Message]()
    if held:
        apart.append(message("years_apart", years=List(tuple(map(Year, held)), 12)))
    return [what, how, message("growth_rates"), *apart, message(f"absent_{absent}")]


def _source_conventions(method: str, labour: str) -> list[Message]:
    return [
        message(f"method_{method}"),
        message("mean_of_productivity"),
        message("output_per_labour", column=Name(labour)),
        message("enter_and_leave"),
    ]


def _charts(found: GrowthDrivers, has_places: bool) -> tuple[Chart, ...]:
    bars = tuple(Mark(name, "bars") for name in PARTS)
    panel = "unit" if has_places else ""
    return (Chart("contributions", "drivers", "year", bars, panel=panel),)


DRIVERS = Measurement(
    drivers,
    citation="United Nations and others 2009, System of National Accounts 2008, chapter 15; "
    "Foster, Haltiwanger and Krizan 2001, NBER Studies in Income and Wealth 63; "
    "Melitz and Polanec 2015, RAND Journal of Economics 46(2)",
    sample=Sample({"new": ["sky sails", "dream glass"], "labour": "hours", "absent": "zero"}),
    check=_check,
    brief=(
        "unit",
        "year",
        "new_share",
        "total_growth_pp",
        "new_growth_pp",
        "new_contribution_pp",
        "contribution_share",
    ),
)
