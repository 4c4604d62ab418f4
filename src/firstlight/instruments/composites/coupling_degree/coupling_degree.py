"""Coupling coordination: how evenly systems stand, and how high."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark, by_rank_and_year
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Code, Count, List, Message, Name, Number, Share, Year, message, names

__all__ = ["coupling", "coupling_index", "entropy_weights"]

Floats = NDArray[np.float64]
GRADES = {
    "four": ((0.3, 0.5, 0.8), ("low", "moderate", "high", "extreme")),
    "five": ((0.2, 0.4, 0.6, 0.8), ("severe", "slight", "bare", "intermediate", "good")),
}
WEIGHTS = roles.Table({"system": roles.Key(), "weight": roles.Number("positive")})
SCORE = roles.Number("zero", is_share=True)


def coupling_index(u: ArrayLike, form: Literal["standard", "adjusted"] = "standard") -> Floats:
    """The degree of coupling C of k systems.

    standard : their geometric over their arithmetic mean
    adjusted : sqrt((1 - mean |u_i - u_j|) (prod u_i / max u)^(1 / (k - 1))), which spreads over
               more of 0 to 1

    Parameters
    ----------
    u
        (n, k), scores from 0 to 1, k at least 2.
    form
        Which of the two.

    Returns
    -------
    (n,), 0 to 1; nan where a score is missing or all are 0.

    References
    ----------
    Wang, Kong and Ren 2021, Journal of Natural Resources 36(3), 793-810, equations 1 and 4.

    Examples
    --------
    >>> coupling_index([[0.5, 0.5], [0.9, 0.1]]).round(3).tolist()
    [1.0, 0.6]
    >>> coupling_index([[0.5, 0.5], [0.9, 0.1]], "adjusted").round(3).tolist()
    [1.0, 0.149]
    """
    u = np.asarray(u, float)
    k = u.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        if form == "standard":
            return np.asarray(np.prod(u, axis=1) ** (1 / k) / u.mean(axis=1))
        first, second = np.triu_indices(k, 1)
        apart = np.abs(u[:, first] - u[:, second]).mean(axis=1)
        to_largest = np.prod(u / u.max(axis=1, keepdims=True), axis=1) ** (1 / (k - 1))
        return np.asarray(np.sqrt((1 - apart) * to_largest))


def entropy_weights(u: ArrayLike) -> Floats:
    """Weights of systems by how far each sets the rows apart.

    Parameters
    ----------
    u
        (n, k), complete rows of scores from 0 to 1.

    Returns
    -------
    (k,), which add up to 1; nan where no system sets rows apart.

    Examples
    --------
    >>> entropy_weights([[0.2, 0.5], [0.8, 0.5]]).round(3).tolist()
    [1.0, 0.0]
    """
    u = np.asarray(u, float)
    total = u.sum(axis=0)
    undefined = np.full(u.shape[1], np.nan)
    if len(u) < 2 or not total.all():
        return undefined
    p = u / total
    entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=0) / np.log(len(u))
    redundancy = 1 - entropy
    # rows that are all alike have no redundancy but for rounding
    return redundancy / redundancy.sum() if redundancy.sum() > 1e-12 else undefined


def coupling(
    frame: Any,
    systems: Annotated[Sequence[str], roles.Columns(2, SCORE)],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    form: Literal["standard", "adjusted"] = "standard",
    weights: Literal["equal", "entropy", "given"] = "equal",
    weight_table: Annotated[Any, WEIGHTS] = None,
    grades: Literal["four", "five"] | None = "five",
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
    resamples
        Random weightings under which the first place is tested.
    seed
        Seed of the random weightings.
    progress
        Called with the weightings done and all of them.

    Returns
    -------
    Result with the tables ``coordination`` (unit, year, coupling_index, level_index,
    coordination_index, grade, reason) and ``weights`` (system, weight_share).

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
    w = _weights(u, systems, weights, data.tables.get("weight_table"))
    table = _coordination(data, u, w, form, grades)
    last = _last_rows(table)
    said = [*_answer(table, last)]
    if resamples and len(last) > 1:
        first = last[table["coordination_index"].to_numpy()[last].argmax()]
        share = _first_place_share(u[last], last == first, form, resamples, seed, progress)
        leader = Name(table["unit"][int(first)])
        said.append(
            message("first_place", unit=leader, share=Share(share), resamples=Count(resamples))
        )
    return Result(
        {
            "coordination": _best_first(table),
            "weights": pl.DataFrame({"system": systems, "weight_share": w}),
        },
        (*said, *_gaps(table)),
        COUPLING.texts,
        conventions=(
            message(f"form_{form}"),
            message(f"weights_{weights}"),
            message("no_row_left_out"),
        ),
        charts=_charts(table),
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


def _coordination(
    data: Data, u: Floats, w: Floats, form: Literal["standard", "adjusted"], grades: str | None
) -> pl.DataFrame:
    """The main table, sorted by unit and year."""
    c, level = coupling_index(u, form), u @ w
    d = np.sqrt(c * level)
    reason = np.where(np.isnan(level), "score_missing", "all_zero")
    table = data.frame.with_columns(
        coupling_index=pl.Series(c),
        level_index=pl.Series(level),
        coordination_index=pl.Series(d),
    ).with_columns(pl.selectors.float().fill_nan(None))
    if grades is not None:
        limits, codes = GRADES[grades]
        step = np.where(np.isnan(d), len(codes), np.digitize(d, limits))
        table = table.with_columns(grade=pl.Series([*codes, None], dtype=pl.String)[step])
    is_missing = pl.col("coordination_index").is_null()
    table = table.with_columns(reason=pl.when(is_missing).then(pl.Series(reason)))
    return table if data.has("year") else table.drop("year")


def _best_first(table: pl.DataFrame) -> pl.DataFrame:
    """The last year first, and in it the highest degree."""
    order = [name for name in ("year", "coordination_index") if name in table.columns]
    return table.sort(order, descending=True, nulls_last=True, maintain_order=True)


def _last_rows(table: pl.DataFrame) -> NDArray[np.intp]:
    """The rows that have a degree, of the last year with any."""
    is_known = table["coordination_index"].is_not_null()
    if "year" in table.columns and is_known.any():
        is_known &= table["year"] == table["year"].filter(is_known).max()
    return np.flatnonzero(is_known)


def _answer(table: pl.DataFrame, last: NDArray[np.intp]) -> list[Message]:
    """Who is best coordinated, of equals the first by name, and how."""
    if not len(last):
        return [message("nothing")]
    degrees = table["coordination_index"].to_numpy()[last]
    best = table.row(int(last[degrees.argmax()]), named=True)
    unit, degree = Name(best["unit"]), Number(best["coordination_index"])
    if len(last) == 1:
        said = [message("only", unit=unit, degree=degree)]
    elif "year" in best:
        said = [message("best_in", unit=unit, degree=degree, year=Year(best["year"]))]
    else:
        said = [message("best", unit=unit, degree=degree)]
    if "grade" in best:
        said.append(message("graded", unit=unit, grade=Code(f"codes.grade.{best['grade']}")))
    return said


def _gaps(table: pl.DataFrame) -> list[Message]:
    """The rows without a degree, and why."""
    gaps = table.drop_nulls("reason")
    if not gaps.height:
        return []
    codes = gaps["reason"].unique().sort()
    reasons = List(tuple(Code(f"codes.reason.{code}") for code in codes))
    units = names(gaps["unit"].unique().sort())
    return [message("gaps", count=Count(gaps.height), units=units, reasons=reasons)]


def _charts(table: pl.DataFrame) -> tuple[Chart | Drawing, ...]:
    scatter = Drawing(
        "level_and_coupling",
        "scatter",
        "coordination",
        node="unit",
        x="level_index",
        y="coupling_index",
        size="coordination_index",
    )
    by_rank = Chart(
        "by_rank", "coordination", "", (Mark("coordination_index", "bars"),), line="unit"
    )
    if "year" not in table.columns:
        return by_rank, scatter
    by_year = Chart("degrees", "coordination", "year", (Mark("coordination_index"),), panel="unit")
    return by_rank_and_year(table, by_rank, by_year)


def _first_place_share(
    u: Floats,
    is_first: NDArray[np.bool_],
    form: Literal["standard", "adjusted"],
    resamples: int,
    seed: int,
    progress: Progress | None,
) -> float:
    """Share of random weightings, uniform over all that add up to 1, under which the first row
    stays first."""
    rng = np.random.default_rng(seed)
    c = coupling_index(u, form)
    stays = 0
    for done in range(1, resamples + 1):
        w = rng.dirichlet(np.ones(u.shape[1]))
        stays += int(is_first[(c * (u @ w)).argmax()])
        if progress is not None:
            progress(done, resamples)
    return stays / resamples


COUPLING = Measurement(
    coupling,
    citation="Wang, Kong and Ren 2021, Journal of Natural Resources 36(3), 793-810",
    sample=Sample({"systems": ["digital", "green"], "resamples": 200}),
    check=_check,
    brief=("unit", "year", "coordination_index", "grade", "coupling_index", "level_index"),
)
