"""Growth accounting: what inputs and total factor productivity add to growth, and when it leapt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.productivity.factor_shares import Factor
from firstlight.instruments.productivity.growth_accounting.level_shifts import LEVEL_SHIFT
from firstlight.instruments.productivity.growth_accounting.primal_and_dual import (
    GrowthAccounts,
    accounts_of_table,
)
from firstlight.instruments.productivity.growth_accounting.productivity_breaks import (
    FEWEST,
    SLOPE,
    ProductivityBreaks,
    productivity_breaks,
)
from firstlight.instruments.productivity.yearly_series import reasons_said, unit_years, years_apart
from firstlight.measurement import Measurement, Progress, Sample
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
    Value,
    Year,
    message,
    names,
)

FACTORS = ("labour", "capital", "digital")
CONTRIBUTIONS = {
    "labour": "labour_points_pp",
    "capital": "capital_points_pp",
    "digital": "digital_points_pp",
}
POSITIVE = roles.Number("positive")
SEVERAL = roles.Columns(1, POSITIVE)
DRAWS = 499

MOST = 5  # breaks that are said one by one


def accounting(
    frame: Any,
    output: Annotated[str, POSITIVE],
    labour: Annotated[Sequence[str] | None, SEVERAL] = None,
    capital: Annotated[Sequence[str] | None, SEVERAL] = None,
    digital: Annotated[Sequence[str] | None, SEVERAL] = None,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str, roles.Year()] = "year",
    labour_share: Annotated[float | str | None, roles.ShareOrColumn(roles.Number())] = None,
    capital_share: Annotated[float | str | None, roles.ShareOrColumn(roles.Number())] = None,
    digital_share: Annotated[float | str | None, roles.ShareOrColumn(roles.Number())] = None,
    weights: Literal["tornqvist", "current", "previous", "constant"] = "tornqvist",
    breaks: bool = True,
    progress: Progress | None = None,
) -> Result:
    """Growth of output, what each input adds to it, and productivity, which is the rest.

    An input adds its share of income times its log growth. Breaks in the mean growth of
    productivity are sought by the tests of Bai and Perron.

    Parameters
    ----------
    frame
        A row for each unit and year.
    output
        Column of output at constant prices.
    labour
        Columns whose product is labour, such as hours and their quality.
    capital
        Columns whose product is capital.
    digital
        Columns whose product is digital (ICT) capital.
    unit
        Column of the places, firms, industries or other units.
    year
        Column of the years. Where no two follow one another, as of censuses, growth is from each to
        the next that the table holds, and its means are of a year.
    labour_share
        Share of income that labour earns: a number from 0 to 1, or a column. One input, without a
        share, takes what the others leave.
    capital_share
        Share of income that capital earns, as of labour.
    digital_share
        Share of income that digital capital earns, as of labour.
    weights
        Whose shares weigh growth: the mean of both years, those of the year, those of the year
        before, or the unit's mean over all years.
    breaks
        Whether to look for leaps of productivity, where years follow one another.
    progress
        Called with the units done and all of them.

    Returns
    -------
    Result with the tables ``means`` (unit, first_year, last_year, year_count, and means a year of
    what ``accounts`` has), ``accounts`` (unit, year, span_years, output_growth_pp,
    "*_contribution_pp" of each column of inputs, "*_share" of each input, tfp_growth_pp, tfp_index,
    reason, reason_name, reason_year, output_growth, tfp_growth) and, with breaks,
    ``breaks`` (unit, kind, break_year, low_year, high_year, mean_before, mean_after, change,
    reason, reason_year). What ends in _pp, and the numbers of breaks, are percentage points of log
    growth, 100 times the change of the logarithm, which add up; what ends in _growth is in
    proportion.

    Raises
    ------
    InputError
        For fewer than two inputs, several without a share, and shares that do not add up to 1.

    References
    ----------
    Solow 1957, Review of Economics and Statistics 39(3). Jorgenson and Griliches 1967, Review of
    Economic Studies 34(3). Bai and Perron 1998, Econometrica 66(1).

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": "a", "year": [2000, 2001], "y": [100.0, 106.0],
    ...     "k": [300.0, 312.0], "h": [10.0, 10.1]})
    >>> found = accounting(rows, "y", ["h"], ["k"], labour_share=0.6)
    >>> found.tables["accounts"]["tfp_growth_pp"].round(2).to_list()
    [None, 3.66]
    """
    arguments = dict(locals())
    data = ACCOUNTING.read(arguments)
    factors = _factors(arguments)
    table = _table(data, arguments)
    found, held = accounts_of_table(table, output, factors, weights), years_apart(table)
    tables = {"means": _in_proportion(found.means()), "accounts": _in_proportion(found.table)}
    tables["contributions"] = _by_input(found)
    said = [*_answer(found), *_gaps(found.table)]
    conventions = _conventions(weights, factors)
    if held:
        conventions.append(message("years_apart", years=List(tuple(map(Year, held)), 12)))
    # A year of a break can't be told from growth over several.
    elif breaks and (leaps := _breaks(found.table, progress)):
        tables["breaks"] = leaps.table
        said += breaks_said(leaps)
        conventions += break_conventions(DRAWS)
    return Result(
        tables,
        tuple(said),
        ACCOUNTING.texts,
        conventions=tuple(conventions),
        charts=_charts(found),
        given=data.given,
    )


def _factors(arguments: Mapping[str, Any]) -> list[Factor]:
    """The inputs that have columns, each with its share; one without takes the rest."""
    return [
        Factor(name, tuple(arguments[name]), arguments[f"{name}_share"])
        for name in FACTORS
        if arguments[name]
    ]


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together."""
    for name in FACTORS:
        if arguments[f"{name}_share"] is not None and not arguments[name]:
            return message("share_without_columns", input=Name(name))
    factors = _factors(arguments)
    if len(factors) < 2:
        return message("few_inputs")
    if sum(factor.share is None for factor in factors) > 1:
        return message("no_shares")
    taken = [name for factor in factors for name in factor.quantities if name in ("unit", "year")]
    return message("name_of_a_key", column=Name(taken[0])) if taken else None


def _table(data: Data, arguments: Mapping[str, Any]) -> pl.DataFrame:
    """Unit, year and all numbers, under the names of the user's columns."""
    shares = [f"{name}_share" for name in FACTORS if isinstance(arguments[f"{name}_share"], str)]
    own = {name: arguments[name] for name in ("output", *shares)}
    kept = data.frame.select("unit", "year", *own).cast({"year": pl.Int64}).rename(own)
    several = [data.several[name] for name in FACTORS if arguments[name]]
    return pl.concat([kept, *several], how="horizontal")


def _breaks(table: pl.DataFrame, progress: Progress | None) -> ProductivityBreaks | None:
    """Breaks in the growth of productivity; None where no unit has years enough."""
    growth = table.drop_nulls("tfp_growth_pp").select("unit", "year", "tfp_growth_pp")
    if not growth["unit"].value_counts().filter(pl.col("count") >= FEWEST).height:
        return None
    return productivity_breaks(
        growth, "tfp_growth_pp", series="growth", draws=DRAWS, progress=progress
    )


def _answer(found: GrowthAccounts) -> list[Message]:
    """Mean growth over all units and years, and what it is made of."""
    known = found.table.drop_nulls("tfp_growth_pp")
    if not known.height:
        return [message("nothing")]
    logs = known["output_growth_pp"].to_numpy() / 100
    weights = annual_weights(logs, known["span_years"].clip(1).to_numpy(), is_log=True)
    parts = []
    for factor in found.factors:
        added = [known[f"{name}_contribution_pp"].to_numpy() for name in factor.quantities]
        parts.append(_points(factor.name, float(weights @ sum(added))))
    parts.append(_points("productivity", float(weights @ known["tfp_growth_pp"].to_numpy())))
    values: dict[str, Value[Any]] = {
        "growth": Growth(float(weights @ logs), digits=2),
        "parts": List(tuple(parts)),
        "rows": Count(known.height),
        "count": Count(known["unit"].n_unique()),
    }
    return [message("changed", **values)]


def _in_proportion(table: pl.DataFrame) -> pl.DataFrame:
    """The table with the growth of output and of productivity in proportion beside their logs."""
    totals = ("output_growth", "tfp_growth")
    return table.with_columns(((pl.col(f"{k}_pp") / 100).exp() - 1).alias(k) for k in totals)


def _from_points(points: float, digits: int = 2) -> Growth:
    """Percentage points of log growth as growth in proportion."""
    return Growth(float(np.expm1(points / 100)), digits)


def _points(part: str, points: float) -> Phrase:
    name = Code(f"codes.input.{part}")
    return Phrase(message("phrases.points_of", input=name, points=Number(points)))


def _gaps(table: pl.DataFrame) -> list[Message]:
    lost = table.filter(pl.col("tfp_growth_pp").is_null() & (pl.col("reason") != "first_year"))
    if not lost.height:
        return []
    reasons = reasons_said(lost)
    return [message("gaps", count=Count(lost.height), rows=unit_years(lost), reasons=reasons)]


def _conventions(weights: str, factors: Sequence[Factor]) -> list[Message]:
    used = [
        message("growth_rates"),
        message("log_growth"),
        message("index_starts_at_one"),
        message(f"weights_{weights}"),
    ]
    rest = [factor.name for factor in factors if factor.share is None]
    if rest:
        used.append(message("rest", input=Code(f"codes.input.{rest[0]}")))
    return used


def _by_input(found: GrowthAccounts) -> pl.DataFrame:
    """What each input adds, all its columns together, and productivity."""
    added = {}
    for factor in found.factors:
        parts = [pl.col(f"{name}_contribution_pp") for name in factor.quantities]
        added[CONTRIBUTIONS[factor.name]] = pl.sum_horizontal(parts, ignore_nulls=False)
    return found.table.select("unit", "year", "tfp_growth_pp", **added)


def _charts(found: GrowthAccounts) -> tuple[Chart, ...]:
    columns = [*(CONTRIBUTIONS[factor.name] for factor in found.factors), "tfp_growth_pp"]
    bars = tuple(Mark(name, "bars") for name in columns)
    return (
        Chart("contributions", "contributions", "year", bars, panel="unit"),
        Chart("productivity", "accounts", "year", (Mark("tfp_index"),), panel="unit"),
    )


def breaks_said(found: ProductivityBreaks) -> list[Message]:
    """How many units have breaks, the largest, jumps of the level, and what was not examined."""
    table = found.table
    slopes, jumps = table.filter(kind=SLOPE), table.filter(kind=LEVEL_SHIFT)
    every = Count(table["unit"].n_unique())
    if slopes.height:
        units = Count(slopes["unit"].n_unique())
        said = [message("breaks", count=Count(slopes.height), units=units, all=every)]
    else:
        said = [message("no_breaks", count=every)]
    order = [-pl.col("change").abs(), pl.col("unit"), pl.col("break_year")]
    said += [_break(row) for row in slopes.sort(order).head(MOST).iter_rows(named=True)]
    if jumps.height:
        said.append(_jumps(jumps, every))
    lost = table.filter(pl.col("break_year").is_null() & (pl.col("reason") != "no_break"))
    if lost.height:
        named = names(lost["unit"])
        said.append(message("not_examined", units=named, reasons=reasons_said(lost)))
    if found.correlated:
        said.append(message("correlated", units=names(found.correlated)))
    return said


def _break(row: dict[str, Any]) -> Message:
    values: dict[str, Value[Any]] = {
        "unit": Name(row["unit"]),
        "year": Year(row["break_year"]),
        "before": _from_points(row["mean_before"]),
        "after": _from_points(row["mean_after"]),
    }
    if row["low_year"] is None:
        return message("break_without_interval", **values)
    ends = {"low": Year(row["low_year"]), "high": Year(row["high_year"])}
    return message("break_in_mean", **values, **ends)


def _jumps(jumps: pl.DataFrame, every: Count) -> Message:
    """In how many units the level jumped, and the year in which most did."""
    by_year = jumps.group_by("break_year").agg(pl.col("unit").n_unique(), pl.col("change").median())
    year, count, size = by_year.sort(["unit", "break_year"], descending=[True, False]).row(0)
    units = Count(jumps["unit"].n_unique())
    size = _from_points(size, digits=1)
    return message("jumps", units=units, all=every, year=Year(year), count=Count(count), size=size)


def break_conventions(draws: int) -> list[Message]:
    """How breaks are sought, dated and tested."""
    used = ("breaks_in_the_mean", "jumps_set_aside", "number_by_tests", "intervals_of_dates")
    return [*map(message, used), message("simulated_laws", draws=Count(draws))]


ACCOUNTING = Measurement(
    accounting,
    citation="Solow 1957, Review of Economics and Statistics 39(3); Jorgenson and Griliches 1967, "
    "Review of Economic Studies 34(3)",
    sample=Sample(
        {
            "output": "value_added",
            "labour": ["hours"],
            "capital": ["capital"],
            "labour_share": "labour_share",
        }
    ),
    check=_check,
    brief=("unit", "first_year", "last_year", "output_growth", "tfp_growth"),
)
