"""The measurement of convergence clubs: which units head for one level, and which do not."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import check_enough, no_logarithm, uneven_years
from firstlight.instruments.disparity.convergence_clubs.club_search import (
    REJECTED,
    Club,
    find_clubs,
    merge_clubs,
)
from firstlight.instruments.disparity.convergence_clubs.log_t import LogT, Panel, hodrick_prescott
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import nan_to_null
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Code,
    Count,
    Figure,
    Message,
    Name,
    Number,
    Value,
    Year,
    message,
    names,
)

Floats = NDArray[np.float64]
Row = dict[str, Any]
LEVELS = 2.0  # b from which levels converge, and not growth rates alone
SHORT = 20  # years below which the test tells little
NAMED = 3  # clubs that are told one by one
TEST = {
    "b": pl.Float64,
    "standard_error": pl.Float64,
    "t_value": pl.Float64,
    "verdict": pl.String,
}
CLUB_ROWS = {
    "club": pl.String,
    "made_of": pl.String,
    "units_count": pl.Int64,
    "mean_value": pl.Float64,
    "relative_level": pl.Float64,
    **TEST,
}
MEMBERS = {
    "unit": pl.String,
    "club": pl.String,
    "first_club": pl.String,
    "last_value": pl.Float64,
    "relative_level": pl.Float64,
}


def clubs(
    frame: Any,
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str, roles.Year()] = "year",
    value: Annotated[str, roles.Number()] = "value",
    scale: Literal["logs", "as_given"] = "logs",
    smoothing: Annotated[float | None, roles.Bounds(0, 1_000_000)] = 400.0,
    trim: Annotated[float, roles.Bounds(0.05, 0.6)] = 1 / 3,
    sieve: Annotated[float, roles.Bounds(-1.65, 10)] = 0.0,
    merging: Literal["phillips_sul", "von_lyncker_thoennessen", "none"] = "phillips_sul",
) -> Result:
    """Clubs of units that converge to one path, by the log t test of Phillips and Sul.

    Whether all units converge comes first; where they do not, clubs are searched from the highest
    down, and clubs that converge together are merged.

    Parameters
    ----------
    frame
        A row for each unit and year; years evenly spaced.
    unit
        Column of the units, such as provinces or countries.
    year
        Column of the years.
    value
        Column of what is compared, such as income per person at constant prices.
    scale
        Logarithms of the values are compared, or the values as they are given (logarithms already,
        perhaps).
    smoothing
        How smooth the Hodrick-Prescott trend is that takes the place of each path, so that business
        cycles count for nothing; none where the values are trends already.
    trim
        Share of the first years that the test leaves out.
    sieve
        Critical value c* from which a unit joins a club; lower takes in more.
    merging
        How clubs that converge together are merged, or not at all.

    Returns
    -------
    Result with the tables ``clubs`` (club, made_of, units_count, mean_value, relative_level, b,
    standard_error, t_value, verdict), all units first; ``members`` (unit, club, first_club,
    last_value, relative_level); ``first_clubs`` before merging; and ``paths``, the mean of each
    club relative to that of all units, by year.

    Raises
    ------
    InputError
        For fewer than two units with a value in every year, years that are not evenly spaced, too
        few years, logarithms of what is not above 0, and a mean that is not above 0.

    References
    ----------
    Phillips and Sul 2007, Econometrica 75(6), 1771-1855; 2009, Journal of Applied Econometrics
    24(7), 1153-1185.

    Examples
    --------
    >>> import polars as pl
    >>> years = range(2000, 2040)
    >>> rows = [(name, year, goal + gap / (year - 1999))
    ...         for name, goal, gap in (
    ...             ("a", 9, 0.5), ("b", 9, -0.4), ("c", 7, 0.5), ("d", 7, -0.2))
    ...         for year in years]
    >>> frame = pl.DataFrame(rows, ["unit", "year", "value"], orient="row", strict=False)
    >>> clubs(frame, scale="as_given", smoothing=None).table.select("club", "units_count").rows()
    [('all', 4), ('1', 2), ('2', 2)]
    """
    data = CLUBS.read(locals())
    units, years, x, lost = _paths(data)
    paths = _scaled(x, units, years, scale, smoothing)
    panel = Panel(paths, trim)
    whole = panel.test(np.arange(len(units)))
    first, apart = find_clubs(panel, trim, sieve)
    merged = first if merging == "none" else merge_clubs(panel, first, merging, trim)
    tables = {
        "clubs": _club_rows(merged, apart, x, paths, whole),
        "members": _members(units, merged, first, x, paths),
        "first_clubs": _club_rows(first, apart, x, paths, whole),
        "paths": _club_paths(merged, years, paths),
    }
    said = _answer(whole, merged, apart, units)
    if len(merged) < len(first):
        said.append(message("merged", first=Count(len(first)), count=Count(len(merged))))
    if len(years) < SHORT:
        said.append(message("short", count=Count(len(years))))
    if lost:
        said.append(message("left_out", count=Count(len(lost)), units=names(lost)))
    smoothed = []
    if smoothing:
        smoothed.append(message("smoothed", smoothing=Figure(smoothing)))
    return Result(
        tables,
        tuple(said),
        CLUBS.texts,
        conventions=(
            message(f"scale_{scale}"),
            *smoothed,
            message("trimmed", year=Year(int(years[panel.start - 1]))),
            message("test"),
            message("sieved", sieve=Number(sieve)),
            message(f"merging_{merging}"),
            message("not_shown"),
        ),
        charts=(Chart("paths", "paths", "year", (Mark("relative_level"),), line="club"),),
        given=data.given,
    )


def _paths(data: Data) -> tuple[list[str], NDArray[np.int64], Floats, list[str]]:
    """Units with a value in every year, the years, their values (units, years), and the units that
    lack some."""
    known = data.frame.drop_nulls("value")
    years = known["year"].unique().sort().to_numpy().astype(int)
    if len(set(np.diff(years).tolist())) > 1:
        raise uneven_years(years.tolist())
    counts = known.group_by("unit").len()
    is_whole = pl.col("len") == len(years)
    units = counts.filter(is_whole)["unit"].sort().to_list()
    everyone = data.frame["unit"].unique().sort().to_list()
    check_enough("units", len(units), 2, "unit, year, value")
    kept = known.filter(pl.col("unit").is_in(units)).sort("unit", "year")
    x = kept["value"].to_numpy().reshape(len(units), len(years))
    return units, years, x, sorted(set(everyone) - set(units))


def _scaled(
    x: Floats, units: list[str], years: NDArray[np.int64], scale: str, smoothing: float | None
) -> Floats:
    """What is compared: logarithms or the values, and their trends."""
    if scale == "logs":
        bad = np.argwhere(x <= 0)
        if len(bad):
            row, column = bad[0]
            key = (units[row], int(years[column]))
            raise no_logarithm("value", x[row, column], "scale = as_given", *key)
        x = np.log(x)
    paths = hodrick_prescott(x, smoothing) if smoothing else x
    without = np.flatnonzero(paths.mean(axis=0) <= 0)
    if len(without):
        raise CLUBS.error(message("no_mean_in", year=Year(int(years[without[0]]))))
    return paths


def _verdict(test: LogT) -> str:
    if test.t <= REJECTED:
        return "rejected"
    if np.isnan(test.b):
        return "equal"
    if test.b >= LEVELS:
        return "levels"
    return "rates" if test.b >= 0 else "weak"


def _test(test: LogT) -> Row:
    t = test.t if np.isfinite(test.t) else np.nan
    return {"b": test.b, "standard_error": test.se, "t_value": t, "verdict": _verdict(test)}


def _club_rows(
    found: list[Club], apart: list[int], x: Floats, paths: Floats, whole: LogT
) -> pl.DataFrame:
    """All units, each club, the highest first, and those in none."""
    everyone = list(range(len(x)))
    rows = [{"club": "all", "made_of": None, **_level(everyone, x, paths), **_test(whole)}]
    for number, club in enumerate(found, 1):
        made_of = ", ".join(map(str, club.parts))
        level = _level(list(club.units), x, paths)
        rows.append({"club": str(number), "made_of": made_of, **level, **_test(club.test)})
    if apart:
        rows.append({"club": "none", "made_of": None, **_level(apart, x, paths)})
    return nan_to_null(pl.DataFrame(rows, schema=CLUB_ROWS))


def _level(units: list[int], x: Floats, paths: Floats) -> Row:
    return {
        "units_count": len(units),
        "mean_value": x[units, -1].mean(),
        "relative_level": paths[units, -1].mean() / paths[:, -1].mean(),
    }


def _members(
    units: list[str], merged: list[Club], first: list[Club], x: Floats, paths: Floats
) -> pl.DataFrame:
    """A row for each unit, by club and the highest last value first."""
    rows = []
    clubs, earlier = _number_of(merged, len(units)), _number_of(first, len(units))
    for at in np.lexsort((np.arange(len(units)), -paths[:, -1])).tolist():
        level = paths[at, -1] / paths[:, -1].mean()
        rows.append((units[at], clubs[at], earlier[at], x[at, -1], level))
    table = pl.DataFrame(rows, schema=MEMBERS, orient="row")
    order = pl.col("club").cast(pl.Int32, strict=False)
    return table.sort(order, nulls_last=True, maintain_order=True)


def _number_of(clubs: list[Club], count: int) -> list[str]:
    """The number of each unit's club, "none" where it is in none."""
    numbers = ["none"] * count
    for number, club in enumerate(clubs, 1):
        for at in club.units:
            numbers[at] = str(number)
    return numbers


def _club_paths(clubs: list[Club], years: NDArray[np.int64], paths: Floats) -> pl.DataFrame:
    """The mean of each club relative to that of all units."""
    middle = paths.mean(axis=0)
    tables = [
        pl.DataFrame(
            {
                "club": str(number),
                "year": years.astype(np.int32),
                "relative_level": paths[list(club.units)].mean(axis=0) / middle,
            }
        )
        for number, club in enumerate(clubs, 1)
    ]
    schema = {"club": pl.String, "year": pl.Int32, "relative_level": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema), *tables])


def _answer(whole: LogT, clubs: list[Club], apart: list[int], units: list[str]) -> list[Message]:
    """Whether all converge; how many clubs there are, and who is in the largest."""
    values: dict[str, Value[Any]] = {"units": Count(len(units))}
    if whole.t > REJECTED:
        if np.isnan(whole.b):
            return [message("all_equal", **values)]
        kind = Code(f"codes.verdict.{_verdict(whole)}")
        return [message("one_club", t=Number(whole.t), b=Number(whole.b), kind=kind, **values)]
    t = Number(whole.t, digits=1)
    if not clubs:
        return [message("no_club", t=t, **values)]
    said = [message("clubs", count=Count(len(clubs)), t=t, **values)]
    for number, club in enumerate(clubs[:NAMED], 1):
        members = names([units[at] for at in club.units])
        kind = Code(f"codes.verdict.{_verdict(club.test)}")
        spoken: dict[str, Value[Any]]
        spoken = {"club": Name(str(number)), "members": members, "kind": kind}
        said.append(message("club", count=Count(len(club.units)), **spoken))
    if len(clubs) > NAMED:
        said.append(message("further", count=Count(len(clubs) - NAMED)))
    if apart:
        out = names([units[at] for at in apart])
        said.append(message("apart", count=Count(len(apart)), members=out))
    return said


CLUBS = Measurement(
    clubs,
    citation="Phillips and Sul 2007, Econometrica 75(6), 1771-1855; 2009, Journal of Applied"
    " Econometrics 24(7), 1153-1185",
    sample=Sample(),
    brief=("club", "made_of", "units_count", "relative_level", "b", "t_value", "verdict"),
)
