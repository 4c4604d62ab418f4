"""Coupling coordination: how evenly systems stand, and how high."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.instruments.composites.coupling_degree.coordination_answer import (
    coordination_answer,
    coordination_charts,
    coordination_gaps,
    degrees_of_last_year,
)
from firstlight.instruments.composites.coupling_degree.coordination_tables import (
    Coordination,
    Grades,
    coordination_tables,
)
from firstlight.instruments.composites.coupling_degree.coupling_formulas import (
    Form,
    coupling_index,
)
from firstlight.instruments.composites.weightings import entropy_weights
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Count, Message, Name, Number, Share, message, names

Floats = NDArray[np.float64]
WEIGHTS = roles.Table({"system": roles.Key(), "weight": roles.Number("positive")})
SCORE = roles.Number("zero", is_share=True)


def coupling(
    frame: Any,
    systems: Annotated[Sequence[str], roles.Columns(2, SCORE)],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    form: Form = "standard",
    weights: Literal["equal", "entropy", "given"] = "equal",
    weight_table: Annotated[Any, WEIGHTS] = None,
    grades: Grades | None = "five",
    in_step: Annotated[float, roles.Bounds(0.01, 1)] = 0.8,
    resamples: Annotated[int, roles.Bounds(0, 100_000)] = 0,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """The coupling coordination degree D = sqrt(C T) of each unit, and year.

    C is the degree of coupling, T the weighted mean of the scores.

    Parameters
    ----------
    frame
        A row for each unit, and year.
    systems
        Columns of scores from 0 to 1, one for each system.
    unit
        Column of the units.
    year
        Column of the years.
    form
        The standard degree of coupling, or the adjusted one, which spreads over more of 0 to 1.
    weights
        Of the systems in T: equal, by the entropy of all rows, or given.
    weight_table
        The given weights, a row for each system.
    grades
        How many grades the degree is divided into.
    in_step
        Ratio to the mean of the other systems below which a system lags; it leads above the
        inverse.
    resamples
        Random weightings under which the first place is tested.
    seed
        Seed of the random weightings.
    progress
        Called with the weightings done and all of them.

    Returns
    -------
    Result with the tables ``coordination`` (unit, year, coupling_index, level_index,
    coordination_index, grade, lagging_system, reason), ``relative`` (unit, year, system,
    score_index, relative_ratio, development, reason), ``weights`` (system, weight_share) and, with
    years and grades, ``transitions`` (from_grade, to_grade, steps_count, step_share).

    Raises
    ------
    InputError
        For weights that go with other systems, and entropy weights of rows that are all alike.

    References
    ----------
    Wang, Kong and Ren 2021, Journal of Natural Resources 36(3), 793-810.

    Examples
    --------
    >>> import polars as pl
    >>> scores = pl.DataFrame({"unit": ["a", "b"], "digital": [0.5, 0.3], "green": [0.4, 0.8]})
    >>> coupling(scores, ["digital", "green"]).table["coordination_index"].round(3).to_list()
    [0.7, 0.669]
    """
    data = COUPLING.read(locals())
    systems = data.several["systems"].columns
    u = data.several["systems"].to_numpy()
    keys = data.frame if data.has("year") else data.frame.drop("year")
    w = _weights(u, systems, weights, data.tables.get("weight_table"))
    coordination = Coordination(keys, {"system": systems}, u, w, form, grades, in_step)
    tables = coordination_tables(coordination)
    table = tables["coordination"]
    said = coordination_answer(coordination, table)
    last = degrees_of_last_year(table)
    if resamples and last.height > 1:
        first = last.row(0, named=True)
        share = _first_place_share(coordination, last, resamples, seed, progress)
        said.append(
            message(
                "first_place",
                unit=Name(first["unit"]),
                share=Share(share),
                resamples=Count(resamples),
            )
        )
    return Result(
        tables,
        (*said, *coordination_gaps(table)),
        COUPLING.texts,
        conventions=(
            message(f"form_{form}"),
            message(f"weights_{weights}"),
            message("no_row_left_out"),
            message("in_step", bound=Number(in_step), inverse=Number(1 / in_step)),
        ),
        charts=coordination_charts(coordination, table),
        given=data.given,
    )


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together."""
    if (arguments["weights"] == "given") != (arguments["weight_table"] is not None):
        return message("weights_and_table", weights=Name(arguments["weights"]))
    return None


def _weights(u: Floats, systems: Sequence[str], weights: str, table: Data | None) -> Floats:
    """Weights of the systems, which add up to 1."""
    if table is not None:
        given = dict(table.frame.drop_nulls().select("system", "weight").iter_rows())
        if set(given) != set(systems):
            values = {"systems": names(systems), "given": names(sorted(given))}
            raise COUPLING.error(message("other_systems", **values))
        w = np.array([given[system] for system in systems])
        return np.asarray(w / w.sum())
    if weights == "equal":
        return np.full(u.shape[1], 1 / u.shape[1])
    complete = u[~np.isnan(u).any(axis=1)]
    w = entropy_weights(complete)
    if np.isnan(w).any():
        raise COUPLING.error(message("no_entropy", count=Count(len(complete))))
    return w


def _first_place_share(
    coordination: Coordination,
    last: pl.DataFrame,
    resamples: int,
    seed: int,
    progress: Progress | None,
) -> float:
    """Share of random weightings, uniform over all that add up to 1, under which the first row of
    the last year stays first."""
    rng = np.random.default_rng(seed)
    on = coordination.keys.columns
    rows = coordination.keys.with_row_index("row").join(last.select(on), on=on)["row"].to_numpy()
    first = coordination.keys[rows]["unit"].to_numpy() == last["unit"][0]
    u = coordination.u[rows]
    c = coupling_index(u, coordination.form)
    stays = 0
    for done in range(1, resamples + 1):
        w = rng.dirichlet(np.ones(u.shape[1]))
        stays += int(first[(c * (u @ w)).argmax()])
        if progress is not None:
            progress(done, resamples)
    return stays / resamples


COUPLING = Measurement(
    coupling,
    citation="Wang, Kong and Ren 2021, Journal of Natural Resources 36(3), 793-810",
    sample=Sample({"systems": ["digital", "green"], "resamples": 200}),
    check=_check,
    brief=("unit", "year", "coordination_index", "grade", "lagging_system", "coupling_index"),
    places="unit",
)
