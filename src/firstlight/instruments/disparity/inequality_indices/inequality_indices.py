"""The measurement of inequality: indices by year, and their parts within and between groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import InputError, empty_column, needs, several_values
from firstlight.instruments.disparity.inequality_indices.group_parts import (
    group_tables,
)
from firstlight.instruments.disparity.inequality_indices.inequality_answers import (
    answer,
    gaps,
    parts_said,
)
from firstlight.instruments.disparity.inequality_indices.inequality_measures import (
    atkinson,
    gini,
    theil,
    theil_l,
    variation_coefficient,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.divisors import positive_or_nan
from firstlight.numerics.long_frames import nan_to_null
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Figure, Message, Name, Year, message

POINTS = 100  # of a Lorenz curve
INDICES = {
    "year": pl.Int32,
    "units_count": pl.Int64,
    "mean_value": pl.Float64,
    "highest_unit": pl.String,
    "lowest_unit": pl.String,
    "range_ratio": pl.Float64,
    "gini_index": pl.Float64,
    "theil_index": pl.Float64,
    "theil_l_index": pl.Float64,
    "atkinson_index": pl.Float64,
    "variation_coefficient": pl.Float64,
    "reason": pl.String,
}


def inequality(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number()] = "value",
    population: Annotated[str | None, roles.Number("positive")] = "population",
    group: Annotated[str | None, roles.Label()] = "group",
    subgroup: Annotated[str | None, roles.Label()] = "subgroup",
    aversion: Annotated[float, roles.Bounds(0.01, 10)] = 0.5,
) -> Result:
    """How unequal units are, by Gini, Theil, Atkinson and the coefficient of variation, each year.

    With groups, Dagum's decomposition of the Gini index (within, net between, transvariation) and
    Theil's (between, within), which add up to the index.

    Parameters
    ----------
    frame
        A row for each unit, and year.
    unit
        Column of the units, such as provinces, firms or households.
    year
        Column of the years.
    value
        Column of what is compared, such as income per person. Totals of units that differ in size
        say how large they are, not how well off.
    population
        Column of the unit's weight, its population mostly; without it every unit counts alike.
    group
        Column of the group that a unit belongs to, such as east, centre and west.
    subgroup
        Column of a finer group within the group, such as the province of a county.
    aversion
        Aversion to inequality of the Atkinson index: the higher, the more the lowest values count.

    Returns
    -------
    Result with the tables ``inequality`` (year, units_count, mean_value, highest_unit, lowest_unit,
    range_ratio, gini_index, theil_index, theil_l_index, atkinson_index, variation_coefficient,
    reason), the last year first; with groups ``parts`` of the indices, ``groups`` and ``pairs``
    of them; and ``lorenz``, the curves of the first and the last year.

    Raises
    ------
    InputError
        For a unit without a group where others have one, subgroups without groups, and a subgroup
        within two groups.

    References
    ----------
    Dagum 1997, Empirical Economics 22(4), 515-531; Theil 1967, Economics and Information Theory;
    Atkinson 1970, Journal of Economic Theory 2(3), 244-263; Williamson 1965, Economic Development
    and Cultural Change 13(4), 1-84.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [("a", "north", 1), ("b", "north", 3), ("c", "south", 2), ("d", "south", 6)]
    >>> frame = pl.DataFrame(rows, ["unit", "group", "value"], orient="row")
    >>> inequality(frame).tables["parts"].select("gini_within_index", "gini_between_index").row(0)
    (0.125, 0.16666666666666666)
    """
    data = INEQUALITY.read(locals())
    if data.has("subgroup") and not data.has("group"):
        raise InputError(needs("subgroup", "group"))
    known = _known(data)
    indices = _indices(known, aversion)
    tables = {"inequality": _last_first(indices)}
    if data.has("group"):
        _refuse_groups(data, known)
        parts, groups, pairs = group_tables(known, data.has("subgroup"))
        tables |= {"parts": _last_first(parts), "groups": groups, "pairs": pairs}
    tables["lorenz"] = _lorenz(known)
    if not data.has("year"):
        tables = {name: table.drop("year", strict=False) for name, table in tables.items()}
    both = _of_both(known, indices)
    of_both = _indices(both, aversion) if both.height else indices.clear()
    said = list(answer(indices, of_both, data.has("year")))
    if data.has("population"):
        said.append(message("by_population"))
    if data.has("group"):
        parts_of_both, _, _ = group_tables(both, data.has("subgroup"))
        said += parts_said(parts, groups, pairs, parts_of_both)
    return Result(
        {name: nan_to_null(table) for name, table in tables.items()},
        (*said, *gaps(data, known)),
        INEQUALITY.texts,
        conventions=(
            message("weighed" if data.has("population") else "unweighed"),
            message("indices", aversion=Figure(aversion)),
            *([message("dagum"), message("theil_parts")] if data.has("group") else []),
            message("not_shown"),
        ),
        charts=_charts(tables, data),
        given=data.given,
    )


def _known(data: Data) -> pl.DataFrame:
    """The rows with a value, and a weight where units are weighed; without years that of none."""
    rows = data.frame.drop_nulls("value")
    if data.has("population"):
        rows = rows.drop_nulls("population")
    else:
        rows = rows.with_columns(population=pl.lit(1.0))
    return rows.with_columns(pl.col("year").fill_null(0)).sort("year", "unit")


def _refuse_groups(data: Data, known: pl.DataFrame) -> None:
    """Raise InputError for a unit of no group, and for a subgroup of two."""
    for level in filter(data.has, ("group", "subgroup")):
        for row in known.filter(pl.col(level).is_null()).head(1).iter_rows(named=True):
            raise INEQUALITY.error(_no_group(data, level, row))
    if data.has("subgroup"):
        several = known.group_by("year", "subgroup").agg(pl.col("group").unique().sort())
        split = several.filter(pl.col("group").list.len() > 1).sort("year", "subgroup")
        for row in split.head(1).iter_rows(named=True):
            raise several_values("group", row["subgroup"], row["group"])


def _no_group(data: Data, level: str, row: Mapping[str, Any]) -> Message:
    values = {"unit": Name(row["unit"]), "column": Name(level)}
    if data.has("year"):
        return message("no_group_in", year=Year(row["year"]), **values)
    return message("no_group", **values)


def _indices(known: pl.DataFrame, aversion: float) -> pl.DataFrame:
    """The main table, a row for each year, the first year first."""
    rows = []
    for (year,), own in known.partition_by("year", as_dict=True, maintain_order=True).items():
        x, w = own["value"].to_numpy(), own["population"].to_numpy()
        low, high = x.min(), x.max()
        rows.append(
            {
                "year": year,
                "units_count": len(x),
                "mean_value": float(np.average(x, weights=w)),
                "highest_unit": own["unit"][int(x.argmax())],
                "lowest_unit": own["unit"][int(x.argmin())],
                "range_ratio": high / positive_or_nan(low),
                "gini_index": gini(x, w),
                "theil_index": theil(x, w),
                "theil_l_index": theil_l(x, w),
                "atkinson_index": atkinson(x, aversion, w),
                "variation_coefficient": variation_coefficient(x, w),
                "reason": _reason(x, w),
            }
        )
    if not rows:
        raise empty_column("value")
    return nan_to_null(pl.DataFrame(rows, schema=INDICES))


def _of_both(known: pl.DataFrame, indices: pl.DataFrame) -> pl.DataFrame:
    """The rows of the first and the last year with an index, of the units of both alone."""
    years = indices.drop_nulls("gini_index")["year"]
    ends = known.filter(pl.col("year").is_in([*years.head(1), *years.tail(1)]))
    return ends.filter(pl.len().over("unit") == ends["year"].n_unique())


def _reason(x: np.ndarray[Any, Any], w: np.ndarray[Any, Any]) -> str | None:
    """Why an index is missing, the gravest reason first."""
    reasons = {
        "mean_not_positive": x @ w <= 0,
        "below_0": (x < 0).any(),
        "is_0": (x == 0).any(),
        "one_unit": len(x) == 1,
    }
    return next((code for code, holds in reasons.items() if holds), None)


def _last_first(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("year", descending=True)


def _lorenz(known: pl.DataFrame) -> pl.DataFrame:
    """The Lorenz curves of the first and the last year with values of 0 and above."""
    curves = list[pl.DataFrame]()
    years = known.group_by("year").agg(
        fits=(pl.col("value") >= 0).all() & (pl.col("value") > 0).any()
    )
    fit = years.filter("fits")["year"].sort()
    for year in sorted({*fit.head(1), *fit.tail(1)}):
        own = known.filter(year=year).sort("value", "unit")
        x, w = own["value"].to_numpy(), own["population"].to_numpy()
        across = np.concatenate([[0.0], np.cumsum(w) / w.sum()])
        up = np.concatenate([[0.0], np.cumsum(w * x) / (w @ x)])
        at = np.linspace(0, 1, POINTS + 1)
        curve = {"weight_share": at, "value_share": np.interp(at, across, up), "equal_share": at}
        name = pl.lit(str(year)).alias("lorenz_year")
        curves.append(pl.DataFrame(curve).select(name, pl.all()))
    if not curves:
        return pl.DataFrame(schema=LORENZ)
    return pl.concat(curves)


LORENZ = {
    "lorenz_year": pl.String,
    "weight_share": pl.Float64,
    "value_share": pl.Float64,
    "equal_share": pl.Float64,
}


def _charts(tables: Mapping[str, pl.DataFrame], data: Data) -> tuple[Chart, ...]:
    """Lines through the years and stacked parts; Lorenz curves; the groups of the last year."""
    charts = list[Chart]()
    has_course = data.has("year") and tables["inequality"].height > 1
    if has_course:
        lines = ("gini_index", "theil_index", "theil_l_index", "atkinson_index")
        charts.append(Chart("indices", "inequality", "year", tuple(map(Mark, lines))))
    if data.has("group"):
        if has_course:
            bars = (f"gini_{part}_index" for part in ("within", "between", "transvariation"))
            marks = tuple(Mark(bar, "bars") for bar in bars)
            charts.append(Chart("parts", "parts", "year", marks))
            ginis = (Mark("gini_index"),)
            charts.append(Chart("groups_by_year", "groups", "year", ginis, line="group"))
        charts.append(Chart("groups", "groups", "", (Mark("gini_index", "bars"),), line="group"))
    marks = (Mark("value_share"), Mark("equal_share", "dash"))
    panel = "lorenz_year" if data.has("year") else ""
    charts.append(Chart("lorenz", "lorenz", "weight_share", marks, panel=panel))
    return tuple(charts)


INEQUALITY = Measurement(
    inequality,
    citation="Dagum 1997, Empirical Economics 22(4), 515-531; Theil 1967, Economics and Information"
    " Theory; Atkinson 1970, Journal of Economic Theory 2(3), 244-263",
    sample=Sample(),
    brief=(
        "year",
        "units_count",
        "gini_index",
        "theil_index",
        "theil_l_index",
        "atkinson_index",
        "variation_coefficient",
    ),
)
