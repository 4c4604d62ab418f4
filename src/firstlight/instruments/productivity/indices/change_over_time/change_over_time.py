"""Productivity change: how each unit's productivity changed, by catching up or by technology."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.productivity.frontiers.directions import signed_columns
from firstlight.instruments.productivity.indices.change_over_time.distance_changes import (
    ProductivityChange,
)
from firstlight.instruments.productivity.indices.change_over_time.luenberger import (
    luenberger,
    nonradial_luenberger,
)
from firstlight.instruments.productivity.indices.change_over_time.malmquist import malmquist
from firstlight.instruments.productivity.indices.change_over_time.malmquist_luenberger import (
    malmquist_luenberger,
)
from firstlight.instruments.productivity.indices.period_means import (
    changes_left,
    mean_of_a_year,
    measured,
)
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.instruments.productivity.unit_panel import UnitPanel, measured_units
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import (
    Change,
    Code,
    Count,
    Growth,
    List,
    Message,
    Name,
    Phrase,
    Value,
    Year,
    counted,
    message,
    names,
)

QUANTITY = roles.Number("zero", is_filled=True)
OPTIONS = {  # which index has which of the options that not all have
    "malmquist": ("orientation",),
    "malmquist_luenberger": ("bad", "direction", "disposability"),
    "luenberger": ("bad", "direction", "disposability"),
    "nonradial_luenberger": ("bad", "disposability"),
}


def productivity_change(
    frame: Any,
    inputs: Annotated[Sequence[str], roles.Columns(1, QUANTITY)],
    outputs: Annotated[Sequence[str], roles.Columns(1, QUANTITY)],
    bad: Annotated[Sequence[str] | None, roles.Columns(1, QUANTITY)] = None,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str, roles.Year()] = "year",
    index: Literal[
        "malmquist", "malmquist_luenberger", "luenberger", "nonradial_luenberger"
    ] = "malmquist",
    frontier: Literal["adjacent", "sequential", "global"] = "adjacent",
    returns: Literal["crs", "vrs"] = "crs",
    orientation: Literal["output", "input"] = "output",
    decomposition: Literal["fglr", "fgnz", "ray_desli"] = "fglr",
    direction: Annotated[Sequence[str] | None, roles.Names()] = None,
    disposability: Literal["weak", "kuosmanen", "strong"] = "weak",
    progress: Progress | None = None,
) -> Result:
    """How the productivity of each unit changed from year to year, and its parts.

    Parameters
    ----------
    frame
        A row for each unit and year.
    inputs
        Columns of inputs, in any units.
    outputs
        Columns of outputs, in any units.
    bad
        Columns of undesirable outputs, such as emissions; not for malmquist.
    unit
        Column of the units: firms, provinces, industries.
    year
        Column of the years.
    index
        malmquist: a ratio of distances, without bad outputs; malmquist_luenberger: a ratio of
        directional distances, which credits more goods and fewer bads alike; luenberger: their
        difference; nonradial_luenberger: the same where each quantity moves by a share of its own.
    frontier
        Who spans a year's frontier: that year's units (adjacent), these and all earlier ones
        (sequential), or one frontier of all years, which leaves few values undefined (global).
    returns
        Constant or variable returns to scale. With variable returns the index does not measure
        total factor productivity, and some values are undefined.
    orientation
        Whether outputs grow or inputs shrink towards the frontier (malmquist).
    decomposition
        fglr: efficiency and technical change; fgnz: also splits efficiency into pure efficiency and
        scale; ray_desli: the same with technical change under variable returns.
    direction
        Columns that move, each in proportion to the unit's own value (malmquist_luenberger and
        luenberger). Where left out, outputs and bad outputs; for luenberger inputs, too.
    disposability
        How bad outputs can be reduced: in proportion to all outputs (weak), so with a factor for
        each unit (kuosmanen), or freely, as inputs (strong).
    progress
        Called with the frontiers that are done and all of them, for each returns to scale.

    Returns
    -------
    Result with the tables ``changes`` (unit, from_year, to_year, years_count; productivity,
    efficiency_change, technical_change, pure_efficiency_change, scale_change and
    cumulated_productivity, each ending in ``_index`` or ``_indicator``; reason), ``by_period`` (the
    means over units), ``left_out`` (unit, from_year, to_year, reason), ``distances`` (unit, year,
    frontier, returns, distance, status) and ``cumulated_means`` (year, and the means cumulated).

    Raises
    ------
    InputError
        For an option that the index does not have, a missing number, a unit whose inputs or outputs
        are all 0, a single year, and units of which none is there in two consecutive years.

    References
    ----------
    Färe, Grosskopf, Lindgren and Roos 1992, Journal of Productivity Analysis 3, 85-101.
    Färe, Grosskopf, Norris and Zhang 1994, American Economic Review 84, 66-83.
    Chung, Färe and Grosskopf 1997, Journal of Environmental Management 51, 229-240.
    Chambers, Färe and Grosskopf 1996, Pacific Economic Review 1, 181-190.
    Zhou, Ang and Wang 2012, European Journal of Operational Research 221, 625-635.
    Pastor and Lovell 2005, Economics Letters 88, 266-271. Oh 2010, Journal of Productivity Analysis
    34, 183-197.

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": list("aabb"), "year": [1990, 1991] * 2, "x": 1.0})
    >>> rows = rows.with_columns(y=pl.Series([2.0, 3.0, 1.0, 2.0]))
    >>> found = productivity_change(rows, ["x"], ["y"])
    >>> found.table["productivity_index"].round(6).to_list()
    [1.5, 2.0]
    """
    asked = dict(locals())
    data = PRODUCTIVITY_CHANGE.read(asked)
    panel = measured_units(data)
    found = _measured(panel, asked)
    means = _cumulated_means(found)
    return Result(
        {
            "changes": found.table,
            "by_period": found.by_period,
            "left_out": found.left_out,
            "distances": found.distances,
            "cumulated_means": means,
        },
        tuple(change_said(panel, found, index, frontier)),
        PRODUCTIVITY_CHANGE.texts,
        conventions=tuple(change_conventions(panel, asked, found.kind)),
        charts=_charts(found),
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """An option that the index does not have."""
    index = arguments["index"]
    for name in dict.fromkeys(name for own in OPTIONS.values() for name in own):
        is_default = arguments[name] == PRODUCTIVITY_CHANGE.parameters[name].default
        if not is_default and name not in OPTIONS[index]:
            able = names(other for other, own in OPTIONS.items() if name in own)
            return message("no_such_option", index=Name(index), option=Name(name), able=able)
    return None


def _measured(panel: UnitPanel, asked: Mapping[str, Any]) -> ProductivityChange:
    common = {
        "method": asked["frontier"],
        "returns": asked["returns"],
        "decomposition": asked["decomposition"],
        "progress": asked["progress"],
    }
    if asked["index"] == "malmquist":
        return malmquist(panel, orientation=asked["orientation"], **common)
    common["disposability"] = asked["disposability"]
    if asked["index"] == "nonradial_luenberger":
        return nonradial_luenberger(panel, **common)
    directional = luenberger if asked["index"] == "luenberger" else malmquist_luenberger
    return directional(panel, direction=asked["direction"], **common)


def _cumulated_means(found: ProductivityChange) -> pl.DataFrame:
    """The means over units, cumulated since the first year, which is 1 of an index, else 0."""
    columns, is_index = measured(found.by_period, found.kind), found.kind == "index"
    run = pl.col(columns).cum_prod() if is_index else pl.col(columns).cum_sum()
    means = found.by_period.select(pl.col("to_year").alias("year"), run)
    first = [pl.lit(float(is_index)).alias(name) for name in columns]
    start = found.by_period.head(1).select(pl.col("from_year").alias("year"), *first)
    return pl.concat([start, means]).with_columns(pl.col(pl.Float64).fill_nan(None))


def _charts(found: ProductivityChange) -> tuple[Chart, ...]:
    columns = measured(found.by_period, found.kind)
    means = tuple(Mark(name, "line") for name in columns)
    own = Mark(f"cumulated_productivity_{found.kind}", "line")
    return (
        Chart("means", "cumulated_means", "year", means),
        Chart("units", "changes", "to_year", (own,), panel="unit"),
    )


def change_said(
    panel: UnitPanel, found: ProductivityChange, index: str, frontier: str
) -> list[Message]:
    """The answer first; then who gained most, what is undefined or left out, gaps and frontiers."""
    return [
        _mean(panel, found, index, frontier),
        *_extremes(found),
        *_undefined(found),
        *changes_left(found.left_out),
        *_gaps(panel),
        *_thin(panel),
    ]


def amount(kind: str, value: float) -> Value[Any]:
    """A change as it is said: that of an index in proportion, that of an indicator as it is."""
    return Growth(value, digits=1) if kind == "index" else Change(value, digits=4)


def _mean(panel: UnitPanel, found: ProductivityChange, index: str, frontier: str) -> Message:
    columns = measured(found.table, found.kind)
    whole = found.table.drop_nulls(columns)
    called = message(f"phrases.on_{frontier}", index=Code(f"codes.name.{index}"))
    about: dict[str, Value[Any]] = {
        "name": Phrase(called),
        "start": Year(int(panel.years.min())),
        "end": Year(int(panel.years.max())),
    }
    if whole.is_empty():
        return message("nothing", **about)
    total, *parts = (amount(found.kind, mean_of_a_year(whole, name)) for name in columns)
    part_codes = (name.removesuffix(f"_{found.kind}") for name in columns[1:])
    about["parts"] = List(
        tuple(
            Phrase(message("phrases.part", part=Code(f"codes.part.{code}"), change=part))
            for code, part in zip(part_codes, parts, strict=True)
        )
    )
    count = Count(whole["unit"].n_unique())
    return message("change", change=total, count=count, **about)


def _extremes(found: ProductivityChange) -> list[Message]:
    """Whose cumulated productivity changed most and least by the last year."""
    column = f"cumulated_productivity_{found.kind}"
    is_last = pl.col("to_year") == pl.col("to_year").max()
    last = found.table.filter(is_last).drop_nulls(column).sort(column, "unit")
    if last.height < 2:
        return []
    low, high = last.row(0, named=True), last.row(-1, named=True)
    start = float(found.kind == "index")  # from which a change is cumulated
    values: dict[str, Value[Any]] = {
        "most": unit_in_year(high["unit"], None),
        "most_change": amount(found.kind, high[column] - start),
        "least": unit_in_year(low["unit"], None),
        "least_change": amount(found.kind, low[column] - start),
    }
    return [message("extremes", year=Year(low["to_year"]), **values)]


def _undefined(found: ProductivityChange) -> list[Message]:
    table, pairs = found.table, Count(found.table.height)
    whole = int(table[f"productivity_{found.kind}"].null_count())
    partly = table.height - table.drop_nulls(measured(table, found.kind)).height - whole
    return [
        *counted("undefined", whole, pairs=pairs),
        *counted("parts_undefined", partly, pairs=pairs),
    ]


def _gaps(panel: UnitPanel) -> list[Message]:
    spans = [
        Phrase(message("format.range", low=Name(str(start)), high=Name(str(end))))
        for start, end in pairwise(np.unique(panel.years).tolist())
        if end - start > 1
    ]
    return counted("gaps", len(spans), spans=List(tuple(spans)))


def _thin(panel: UnitPanel) -> list[Message]:
    """Whether the year with fewest units has fewer than a rule of thumb asks for.

    Source: Cooper, Seiford and Tone (2007), Data Envelopment Analysis.
    """
    inputs, outputs, bads = (part.shape[1] for part in (panel.inputs, panel.outputs, panel.bads))
    quantities = inputs + outputs + bads
    needed = max(inputs * (outputs + bads), 3 * quantities)
    fewest = int(np.unique(panel.years, return_counts=True)[1].min())
    if fewest >= needed:
        return []
    values = {"count": Count(fewest), "quantities": Count(quantities), "needed": Count(needed)}
    return [message("thin", **values)]


def change_conventions(panel: UnitPanel, asked: Mapping[str, Any], kind: str) -> list[Message]:
    """Of the index, its direction or weights, bad outputs, frontiers, returns, parts and means.

    asked : the arguments of the measurement
    """
    index, returns, decomposition = asked["index"], asked["returns"], asked["decomposition"]
    used = [message(f"meaning_{index}")]
    if index == "malmquist":
        used.append(message(f"orientation_{asked['orientation']}"))
    elif index == "nonradial_luenberger":
        used.append(message("equal_weights"))
    else:
        moves = asked["direction"] or default_direction(panel, index)
        used.append(message("direction", columns=signed_columns(panel, moves)))
    if panel.names[2]:
        # but for one decomposition, parts are measured under variable returns as well
        is_variable = returns == "vrs" or decomposition != "fglr"
        is_plain = asked["disposability"] == "weak" and is_variable
        used.append(message("bads_unabated" if is_plain else f"bads_{asked['disposability']}"))
    if asked["frontier"] == "global":
        used.append(message("one_frontier"))
    else:
        used.append(message(f"frontier_{asked['frontier']}"))
        used.append(message("both_frontiers_index" if kind == "index" else "both_frontiers"))
    used += [message(f"returns_{returns}"), message(f"decomposition_{decomposition}")]
    used += [message("consecutive_years"), message("cumulated")]
    if kind == "index":
        return [*used, message("mean_of_indices"), message("a_year")]
    return [*used, message("mean_of_indicators")]


def default_direction(panel: UnitPanel, index: str) -> tuple[str, ...]:
    """What moves where no direction is named; inputs stay in the Malmquist-Luenberger index."""
    inputs, outputs, bads = panel.names
    if index == "malmquist_luenberger":
        return (*outputs, *bads)
    return (*inputs, *outputs, *bads)


PRODUCTIVITY_CHANGE = Measurement(
    productivity_change,
    citation="Färe, Grosskopf, Lindgren and Roos 1992, Journal of Productivity Analysis 3; Pastor "
    "and Lovell 2005, Economics Letters 88; Chung, Färe and Grosskopf 1997, Journal of "
    "Environmental Management 51; Oh 2010, Journal of Productivity Analysis 34; Chambers, Färe and "
    "Grosskopf 1996, Pacific Economic Review 1",
    sample=Sample({"inputs": ["capital", "hours"], "outputs": ["value_added"]}),
    check=_check,
    brief=(
        "unit",
        "from_year",
        "to_year",
        "productivity_index",
        "efficiency_change_index",
        "technical_change_index",
        "cumulated_productivity_index",
        "productivity_indicator",
        "efficiency_change_indicator",
        "technical_change_indicator",
        "cumulated_productivity_indicator",
    ),
    ranked_by=("productivity_index", "productivity_indicator"),
)
