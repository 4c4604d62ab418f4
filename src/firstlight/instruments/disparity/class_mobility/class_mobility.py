"""The measurement of mobility: how units move between classes of the distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.errors import InputError, constant, too_few, uneven_years
from firstlight.instruments.disparity.class_mobility.markov_chains import (
    Homogeneity,
    first_passage_times,
    homogeneity_tests,
    mobility_indices,
    probabilities,
    sojourn_times,
    steady_state,
    transition_counts,
)
from firstlight.instruments.disparity.class_mobility.mobility_answers import Chain, answer
from firstlight.instruments.disparity.class_mobility.value_classes import (
    bandwidth,
    bounded_classes,
    kernel_density,
    peaks_count,
    quantile_classes,
)
from firstlight.instruments.disparity.neighbours import (
    NEIGHBOUR_TABLE,
    Weights,
    links_conventions,
    links_of,
    links_said,
    neighbour_means,
)
from firstlight.instruments.disparity.unit_columns import UnitColumns
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import nan_to_null
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Count, Figure, List, Message, Name, Year, message

Floats = NDArray[np.float64]
Row = dict[str, Any]
RIDGES = 6  # years whose density is drawn
POINTS = 120
MOST_CLASSES = 12
REACH = 3.0  # bandwidths beyond the values


def mobility(
    frame: Any,
    *,
    value: Annotated[str, roles.Number()] = "value",
    classes: Annotated[int, roles.Bounds(2, MOST_CLASSES)] = 5,
    bounds: Literal["pooled", "each_year"] = "pooled",
    class_bounds: Annotated[Sequence[str] | None, roles.Names()] = None,
    relative: Literal["mean", "none"] = "mean",
    neighbour_table: Annotated[Any, NEIGHBOUR_TABLE] = None,
    neighbour_classes: Annotated[int, roles.Bounds(2, MOST_CLASSES)] = 5,
    **columns: Unpack[UnitColumns],
) -> Result:
    """How units move between classes from year to year: Markov chains and densities.

    With neighbours, how that depends on the class of the neighbours (spatial Markov chains).

    Parameters
    ----------
    frame
        A row for each unit and year; years evenly spaced.
    value
        Column of what is compared, such as income per person.
    classes
        How many classes of equal size, by quantiles, 1 being the lowest.
    bounds
        Quantiles of all years together, so that a class means the same in each; or of each year, so
        that units only change ranks.
    class_bounds
        Bounds between classes that are given, in the place of quantiles: 0.75, 1, 1.25, say, for
        four classes of values relative to the mean. Those of neighbours are the same.
    relative
        Values are divided by the mean of their year, or taken as they are.
    neighbour_table
        A row for each link between a unit and a neighbour, with a weight if links differ. Where
        left out, land borders are taken if the units are China's provinces.
    neighbour_classes
        How many classes of the neighbours' mean.
    **columns
        Columns of the table: `UnitColumns`.

    Returns
    -------
    Result with the tables ``matrix`` (from_class, observations_count, class_1 to class_k: the
    chance to be there a step later), ``classes`` (bounds, sojourn, shares in the first year, the
    last year and the long run), ``indices`` of mobility, ``cells`` (from_class, to_class, count,
    probability and its standard error), ``passage`` (steps until first in another class),
    ``homogeneity`` tests over time and neighbours, with neighbours ``by_neighbours``, and
    ``densities`` of some years.

    Raises
    ------
    InputError
        For a single year, years that are not evenly spaced, values that do not vary, means not
        above 0 where values are divided by them, neighbours of no unit, and bounds that are no
        ascending numbers.

    References
    ----------
    Quah 1993, European Economic Review 37(2-3), 426-434; Rey 2001, Geographical Analysis 33(3),
    195-214; Bickenbach and Bode 2003, International Regional Science Review 26(3), 363-392.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [("a", 2000, 1), ("a", 2001, 1), ("b", 2000, 3), ("b", 2001, 3)]
    >>> frame = pl.DataFrame(rows, ["unit", "year", "value"], orient="row")
    >>> mobility(frame, classes=2).table.select("class_1", "class_2").rows()
    [(1.0, 0.0), (0.0, 1.0)]
    """
    data = MOBILITY.read(locals())
    units, years, x = _values(data, relative)
    if class_bounds is not None:
        classes = neighbour_classes = len(class_bounds) + 1
    own, limits = _classed(x, classes, bounds, class_bounds)
    counts = transition_counts(own, classes)[0]
    if not counts.sum():
        raise MOBILITY.error(message("no_transition"))
    chain = Chain(years, own, counts, probabilities(counts), steady_state(probabilities(counts)))
    tables = {
        "matrix": _matrix(chain.p, counts),
        "classes": _class_rows(chain, limits, bounds),
        "indices": _indices(chain),
        "cells": _cells(chain.counts),
        "passage": _passage(chain.p),
    }
    tests = _over_time(own, classes)
    around = None
    links, lags = _neighbours(data, units, years, x)
    if links is not None:
        other, _ = _classed(lags, neighbour_classes, bounds, class_bounds)
        around = transition_counts(own, classes, other, neighbour_classes)
        tests["neighbours"] = homogeneity_tests(around)
        tables["by_neighbours"] = _by_neighbours(around)
        tables["neighbour_cells"] = _neighbour_cells(around)
    tables["homogeneity"] = _tests(tests)
    densities, peaks = _densities(years, x)
    tables["densities"] = densities
    return Result(
        {name: nan_to_null(table) for name, table in tables.items()},
        (*answer(chain, tests, around, peaks), *_left_out(data, x), *links_said(links)),
        MOBILITY.texts,
        conventions=(
            message(f"relative_{relative}"),
            _bounds_said(bounds, classes, class_bounds),
            message("chain"),
            message("tests"),
            *links_conventions(links),
            message("indices"),
            message("density"),
            message("not_shown"),
        ),
        charts=_charts(densities, around is not None),
        given=data.given,
    )


def _neighbours(
    data: Data, units: list[str], years: NDArray[np.int64], x: Floats
) -> tuple[Weights | None, Floats]:
    """Who is next to whom, and (units, years) means of the neighbours' values; None where nobody
    says it, or where provinces that are known to be neighbours lack a value in some year."""
    links = links_of(data, units)
    if links is None:
        return None, x
    lags = neighbour_means(links.matrix, x)
    is_known = np.isfinite(lags).any(axis=0)
    if is_known.all():
        return links, lags
    if "neighbour_table" not in data.tables:
        return None, x
    lacks = Year(int(years[int(np.argmin(is_known))]))
    raise MOBILITY.error(message("no_links", year=lacks))


def _classed(
    x: Floats, k: int, by: Literal["pooled", "each_year"], given: Sequence[str] | None
) -> tuple[NDArray[np.int_], Floats]:
    """The class of each value, and the bounds of each year."""
    if given is None:
        return quantile_classes(x, k, by)
    return bounded_classes(x, [float(each) for each in given])


def _bounds_said(bounds: str, classes: int, given: Sequence[str] | None) -> Message:
    if given is None:
        return message(f"bounds_{bounds}", count=Count(classes))
    listed = List(tuple(Figure(float(each)) for each in given), len(given))
    return message("bounds_given", count=Count(classes), bounds=listed)


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What is wrong with the given bounds, or None."""
    given = arguments["class_bounds"]
    if given is None:
        return None
    try:
        numbers = [float(each) for each in given]
    except ValueError:
        numbers = [np.nan]
    steps = np.diff(numbers)
    if not (np.isfinite(numbers).all() and (steps > 0).all() and len(numbers) < MOST_CLASSES):
        return message("bad_bounds", value=Name(", ".join(given)), most=Count(MOST_CLASSES - 1))
    return None


def _values(data: Data, relative: str) -> tuple[list[str], NDArray[np.int64], Floats]:
    """Units, years and (units, years) values, relative to their mean, nan where missing."""
    known = data.frame.drop_nulls("value")
    years = known["year"].unique().sort().to_numpy().astype(int)
    if len(years) < 2:
        raise InputError(too_few("years", len(years), 2, "year, value"))
    steps = np.diff(years)
    if len(set(steps.tolist())) > 1:
        raise uneven_years(years.tolist())
    units = known["unit"].unique().sort()
    x = np.full((len(units), len(years)), np.nan)
    rows = np.asarray(units.search_sorted(known["unit"]))
    x[rows, np.searchsorted(years, known["year"].to_numpy())] = known["value"].to_numpy()
    if relative == "mean":
        means = np.nanmean(x, axis=0)
        if (means <= 0).any():
            year = Year(int(years[int(np.argmax(means <= 0))]))
            raise MOBILITY.error(message("no_mean", year=year))
        x = x / means
    if np.nanmax(x) - np.nanmin(x) <= 1e-12 * max(abs(np.nanmax(x)), 1e-300):
        raise constant("value")
    return units.to_list(), years, x


def _names(k: int) -> list[str]:
    return [str(number) for number in range(1, k + 1)]


def _matrix(p: Floats, counts: Floats) -> pl.DataFrame:
    """The chances of a step, a row for each class before."""
    columns = {f"class_{name}": p[:, at] for at, name in enumerate(_names(len(p)))}
    rows = {
        "from_class": _names(len(p)),
        "observations_count": counts.sum(axis=1).astype(int),
        **columns,
    }
    lost = counts.sum(axis=1) == 0
    reasons = pl.when(pl.Series(lost)).then(pl.lit("empty_class"))
    return pl.DataFrame(rows).with_columns(reason=reasons)


def _class_rows(chain: Chain, limits: Floats, bounds: str) -> pl.DataFrame:
    """The classes themselves; their bounds are those of the last year where each has its own."""
    k, ends = len(chain.p), limits[-1]
    first, last = chain.shares(0), chain.shares(-1)
    rows = {
        "from_class": _names(k),
        "low_bound": [None, *ends.tolist()],
        "high_bound": [*ends.tolist(), None],
        "stays_share": np.diag(chain.p),
        "sojourn_steps": sojourn_times(chain.p),
        "first_share": first,
        "last_share": last,
        "steady_share": chain.steady,
    }
    kinds = dict.fromkeys(("low_bound", "high_bound"), pl.Float64)
    table = pl.DataFrame(rows, schema_overrides=kinds)
    reason = "several_ends" if np.isnan(chain.steady).any() else None
    if np.isnan(chain.p).any():
        reason = "empty_class"
    return table.with_columns(reason=pl.lit(reason, pl.String))


def _indices(chain: Chain) -> pl.DataFrame:
    """The indices of mobility, and how long half of a start is remembered."""
    shares = chain.counts.sum(axis=1) / chain.counts.sum()
    found = asdict(mobility_indices(chain.p, shares))
    left = 1 - found["second_eigenvalue"]
    # at 0 all is forgotten at once, at 1 nothing ever: neither has a half-life
    is_forgotten = 1e-12 < left < 1 - 1e-12
    found["half_life_steps"] = float(np.log(2) / -np.log(left)) if is_forgotten else np.nan
    schema = {"index": pl.String, "index_value": pl.Float64}
    return pl.DataFrame(list(found.items()), schema=schema, orient="row")


def _cells(counts: Floats) -> pl.DataFrame:
    """A row for each cell of a matrix, with the error of its chance."""
    k, p = len(counts), probabilities(counts)
    rows = counts.sum(axis=1, keepdims=True)
    variance = np.divide(p * (1 - p), rows, out=np.full_like(p, np.nan), where=rows > 0)
    before, after = (side.ravel() + 1 for side in np.indices((k, k)))
    return pl.DataFrame(
        {
            "from_class": list(map(str, before.tolist())),
            "to_class": list(map(str, after.tolist())),
            "transitions_count": counts.ravel().astype(int),
            "probability_share": p.ravel(),
            "standard_error": np.sqrt(variance).ravel(),
        }
    )


def _passage(p: Floats) -> pl.DataFrame:
    steps = first_passage_times(p)
    columns = {f"class_{name}": steps[:, at] for at, name in enumerate(_names(len(p)))}
    table = pl.DataFrame({"from_class": _names(len(p)), **columns})
    lost = pl.lit("not_reached" if np.isnan(steps).any() else None, pl.String)
    return table.with_columns(reason=lost)


def _by_neighbours(counts: Floats) -> pl.DataFrame:
    """The matrix of each class of neighbours, and what it would lead to."""
    tables = []
    for name, own in zip(_names(len(counts)), counts, strict=True):
        matrix = _matrix(probabilities(own), own)
        steady = pl.Series("steady_share", steady_state(probabilities(own)))
        first = pl.lit(name).alias("neighbour_class")
        tables.append(matrix.select(first, pl.all().exclude("reason"), steady, "reason"))
    return pl.concat(tables)


def _neighbour_cells(counts: Floats) -> pl.DataFrame:
    tables = []
    for name, own in zip(_names(len(counts)), counts, strict=True):
        first = pl.lit(name).alias("neighbour_class")
        tables.append(_cells(own).select(first, pl.all()))
    return pl.concat(tables)


def _over_time(own: NDArray[np.int_], k: int) -> dict[str, Homogeneity]:
    """The test of transitions in the first and the second half of the years."""
    steps = own.shape[1] - 1
    if steps < 2:
        return {}
    middle = steps // 2
    halves = [transition_counts(part, k)[0] for part in (own[:, : middle + 1], own[:, middle:])]
    return {"time": homogeneity_tests(np.stack(halves))}


def _tests(tests: dict[str, Homogeneity]) -> pl.DataFrame:
    schema = {
        "over": pl.String,
        "likelihood_ratio": pl.Float64,
        "chi_squared": pl.Float64,
        "freedom": pl.Int64,
        "p_likelihood_ratio": pl.Float64,
        "p_chi_squared": pl.Float64,
    }
    return pl.DataFrame(
        [(code, *astuple(test)) for code, test in tests.items()], schema, orient="row"
    )


def _densities(years: NDArray[np.int64], x: Floats) -> tuple[pl.DataFrame, list[tuple[int, int]]]:
    """The density of some years from the first to the last, and how many peaks each has."""
    picked = np.unique(np.linspace(0, len(years) - 1, min(RIDGES, len(years))).round().astype(int))
    columns = {int(at): x[np.isfinite(x[:, at]), at] for at in picked}
    widths = [bandwidth(own) for own in columns.values()]
    known = np.concatenate(list(columns.values()))
    room = REACH * max(widths)
    grid = np.linspace(known.min() - room, known.max() + room, POINTS + 1)
    tables, peaks = list[pl.DataFrame](), list[tuple[int, int]]()
    for at, own in columns.items():
        density = kernel_density(own, grid)
        if np.isnan(density).any():
            continue
        peaks.append((int(years[at]), peaks_count(density)))
        rows = {"relative_value": grid, "density": density, "floor": np.zeros_like(grid)}
        tables.append(
            pl.DataFrame(rows).select(pl.lit(str(years[at])).alias("density_year"), pl.all())
        )
    schema = dict.fromkeys(("relative_value", "density", "floor"), pl.Float64)
    empty = pl.DataFrame(schema={"density_year": pl.String, **schema})
    return pl.concat([empty, *tables]), peaks


def _left_out(data: Data, x: Floats) -> list[Message]:
    lost = int(np.isnan(x).sum())
    empty = data.frame["value"].null_count()
    if not lost and not empty:
        return []
    return [message("gaps", count=Count(lost))]


def _charts(densities: pl.DataFrame, has_neighbours: bool) -> tuple[Chart | Drawing, ...]:
    """The matrix as a heat map, the long run beside today, and ridges."""
    charts: list[Chart | Drawing] = [HEAT]
    if has_neighbours:
        charts.append(HEAT_BY_NEIGHBOURS)
    if densities.height:
        mark = Mark("density", low="floor", high="density")
        charts.append(Chart("ridges", "densities", "relative_value", (mark,), strip="density_year"))
    return tuple(charts)


HEAT = Drawing(
    "heat",
    "matrix",
    "cells",
    node="from_class",
    x="to_class",
    y="from_class",
    size="probability_share",
)
HEAT_BY_NEIGHBOURS = Drawing(
    "heat_by_neighbours",
    "matrix",
    "neighbour_cells",
    node="from_class",
    x="to_class",
    y="from_class",
    size="probability_share",
    title="neighbour_class",
)

MOBILITY = Measurement(
    mobility,
    citation="Quah 1993, European Economic Review 37(2-3), 426-434; Rey 2001, Geographical Analysis"
    " 33(3), 195-214",
    sample=Sample(
        {"classes": 4, "neighbour_classes": 3},
        {"neighbour_table": "neighbours.csv"},
    ),
    check=_check,
)
