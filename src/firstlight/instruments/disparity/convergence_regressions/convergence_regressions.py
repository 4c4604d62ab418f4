"""The measurement of convergence: whether the spread fell and the poorer grew faster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.errors import InputError, too_few
from firstlight.instruments.disparity.convergence_regressions.convergence_answers import (
    Course,
    answer,
    left_out,
)
from firstlight.instruments.disparity.convergence_regressions.growth_regressions import (
    BetaConvergence,
    beta_convergence,
    half_life,
    panel_convergence,
    sigma_test,
    speed_of,
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
from firstlight.numerics.distributions import critical_t, t_p_value
from firstlight.numerics.divisors import positive_or_nan
from firstlight.numerics.long_frames import finite_or_none, nan_to_null
from firstlight.numerics.powers_of_two import near_one
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Share, message

Floats = NDArray[np.float64]
Row = dict[str, Any]
FEWEST = 4  # units of a regression on the starting level
DISPERSION = {
    "year": pl.Int32,
    "units_count": pl.Int64,
    "sigma_log": pl.Float64,
    "variation_coefficient": pl.Float64,
    "log_variation_coefficient": pl.Float64,
}
REGRESSIONS = {
    "model": pl.String,
    "start_year": pl.Int32,
    "end_year": pl.Int32,
    "units_count": pl.Int64,
    "beta": pl.Float64,
    "beta_low": pl.Float64,
    "beta_high": pl.Float64,
    "standard_error": pl.Float64,
    "p_value": pl.Float64,
    "beta_by_chance": pl.Float64,
    "speed": pl.Float64,
    "speed_low": pl.Float64,
    "speed_high": pl.Float64,
    "speed_error": pl.Float64,
    "half_life_years": pl.Float64,
    "half_life_low": pl.Float64,
    "half_life_high": pl.Float64,
    "r_squared": pl.Float64,
    "reason": pl.String,
}
PERIODS = {
    name: kind
    for name, kind in REGRESSIONS.items()
    if name not in ("model", "beta_by_chance", "half_life_low", "half_life_high", "speed_error")
}


def convergence(
    frame: Any,
    *,
    value: Annotated[str, roles.Number("positive")] = "value",
    group: Annotated[str | None, roles.Label()] = "group",
    controls: Annotated[Sequence[str] | None, roles.Columns()] = None,
    neighbour_table: Annotated[Any, NEIGHBOUR_TABLE] = None,
    errors: Literal["robust", "classical"] = "robust",
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
    **columns: Unpack[UnitColumns],
) -> Result:
    """Whether units converge: sigma (their spread) and beta (whether the poorer grow faster).

    Beta absolutely, within groups, conditional on other columns, beside neighbours, and in panels
    of all years; each with speed, half-life and intervals.

    Parameters
    ----------
    frame
        A row for each unit and year.
    value
        Column of what is compared, such as income per person, at constant prices, above 0.
    group
        Column of the group that a unit belongs to; growth is then also compared within groups.
    controls
        Columns that growth is conditional on, as they were in the first year.
    neighbour_table
        A row for each link between a unit and a neighbour, with a weight if links differ: growth
        then also depends on where neighbours started. Where left out, land borders are taken if the
        units are China's provinces.
    errors
        Standard errors robust against unequal variances (HC3), or classical.
    level
        Level of intervals; what is said to differ from 0 does so at 1 less this level.
    **columns
        Columns of the table: `UnitColumns`.

    Returns
    -------
    Result with the tables ``regressions`` (model, years, beta with its interval, speed, half-life),
    ``dispersion`` (year, units_count, sigma_log, variation_coefficient,
    log_variation_coefficient), ``coefficients`` of each model, ``periods`` (beta from year to
    year) and ``growth`` (unit, start_log, growth).

    Raises
    ------
    InputError
        For a single year, fewer than four units in both the first and the last year, and
        regressors that depend on each other.

    References
    ----------
    Barro and Sala-i-Martin 1992, Journal of Political Economy 100(2), 223-251; Quah 1993,
    Scandinavian Journal of Economics 95(4), 427-443; Islam 1995, Quarterly Journal of Economics
    110(4), 1127-1170; LeSage and Fischer 2008, Spatial Economic Analysis 3(3), 275-304.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [(u, y, v) for u, one, two in zip("abcd", (1, 2, 4, 8), (2, 3.8, 7, 14))
    ...         for y, v in ((2000, one), (2010, two))]
    >>> frame = pl.DataFrame(rows, ["unit", "year", "value"], orient="row", strict=False)
    >>> convergence(frame).table.select("model", "beta").row(0)
    ('absolute', -0.0069657973032580...)
    """
    data = CONVERGENCE.read(locals())
    units, years, x = _levels(data)
    first, last = int(years[0]), int(years[-1])
    both = np.isfinite(x[:, 0]) & np.isfinite(x[:, -1])
    if both.sum() < FEWEST:
        place = f"unit, value, {first} and {last}"
        raise InputError(too_few("units", int(both.sum()), FEWEST, place))
    links, around = _around(data, units, np.log(x[:, 0]))
    models = _models(data, units, both, around)
    fits = {name: _fit(x, last - first, own, errors, level) for name, own in models.items()}
    rows = [_regression(name, fit, first, last, level) for name, fit in fits.items()]
    rows += _panels(x, years, level)
    regressions = nan_to_null(pl.DataFrame(rows, schema=REGRESSIONS))
    dispersion = _dispersion(years, x)
    logs = np.log(x[both])
    test = sigma_test(logs[:, 0], logs[:, -1])
    course = Course(first, last, dispersion, test, level)
    lost = left_out(units, both, data, len(models["absolute"][0]))
    tables = {
        "regressions": regressions,
        "dispersion": dispersion.sort("year", descending=True),
        "coefficients": _coefficients(fits, last - first),
        "periods": _periods(years, x, errors, level),
        "growth": _growth(data, units, x, both, last - first),
    }
    return Result(
        tables,
        (*answer(regressions, course), *lost, *links_said(links)),
        CONVERGENCE.texts,
        conventions=(
            message("growth"),
            message(f"errors_{errors}", level=Share(level)),
            message("speed"),
            message("sigma"),
            *([message("panels")] if len(years) > 2 else []),
            *links_conventions(links),
            message("galton"),
        ),
        charts=_charts(tables, data),
        given=data.given,
    )


def _levels(data: Data) -> tuple[list[str], NDArray[np.int64], Floats]:
    """Units, years, and (units, years) values, nan where missing."""
    known = data.frame.drop_nulls("value")
    years = known["year"].unique().sort().to_numpy().astype(int)
    if len(years) < 2:
        raise InputError(too_few("years", len(years), 2, "year, value"))
    units = known["unit"].unique().sort()
    x = np.full((len(units), len(years)), np.nan)
    at = units.search_sorted(known["unit"])
    x[np.asarray(at), np.searchsorted(years, known["year"].to_numpy())] = known["value"].to_numpy()
    return units.to_list(), years, x


Model = tuple[NDArray[np.intp], dict[str, Floats]]


def _around(data: Data, units: list[str], start: Floats) -> tuple[Weights | None, Floats | None]:
    """Who is next to whom, and the mean start of each unit's neighbours, nan where that of one is
    missing; None where nobody says it, or where provinces that are known to be neighbours lack
    it."""
    links = links_of(data, units)
    if links is None:
        return None, None
    around = neighbour_means(links.matrix, start)
    if np.isfinite(around).any():
        return links, around
    if "neighbour_table" not in data.tables:
        return None, None
    raise CONVERGENCE.error(message("no_links"))


def _models(
    data: Data,
    units: list[str],
    both: NDArray[np.bool_],
    around: Floats | None,
) -> dict[str, Model]:
    """Model -> its units and what growth is conditional on."""
    models: dict[str, Model] = {"absolute": (np.flatnonzero(both), {})}
    start = data.frame.filter(pl.col("year") == data.frame.drop_nulls("value")["year"].min())
    groups = _of_units(start.select("unit", "group"), units)
    effects, has_group = dict[str, Floats](), np.array([group is not None for group in groups])
    names = sorted({group for group, is_in in zip(groups, both, strict=True) if group and is_in})
    if len(names) > 1:
        effects = {
            f"group: {name}": np.array([float(group == name) for group in groups])
            for name in names[1:]
        }
        models["within_groups"] = _kept(both & has_group, effects)
    if data.several.get("controls") is not None:
        is_start = data.frame["year"] == data.frame.drop_nulls("value")["year"].min()
        wide = (
            data.several["controls"]
            .filter(is_start)
            .with_columns(data.frame.filter(is_start)["unit"].alias("unit of the row"))
        )
        own = {
            name: np.array(_of_units(wide.select("unit of the row", name), units), dtype=float)
            for name in data.several["controls"].columns
        }
        is_known = np.isfinite(np.stack(list(own.values()))).all(axis=0)
        fit = both & is_known & (has_group if effects else True)
        models["conditional"] = _kept(fit, own | effects)
    if around is not None:
        models["neighbours"] = _kept(both & np.isfinite(around), {"neighbours_start": around})
    return models


def _kept(is_in: NDArray[np.bool_], others: dict[str, Floats]) -> Model:
    at = np.flatnonzero(is_in)
    return at, {name: own[at] for name, own in others.items()}


def _of_units(table: pl.DataFrame, units: list[str]) -> list[Any]:
    """The second column, by the first one's unit; None where there is no row."""
    held = dict(table.iter_rows())
    return [held.get(unit) for unit in units]


def _fit(
    x: Floats, span: int, model: Model, errors: Literal["robust", "classical"], level: float
) -> BetaConvergence | InputError:
    """The regression of a model; the error that says why there is none, but for the first."""
    at, others = model
    try:
        return beta_convergence(x[at, 0], x[at, -1], span, others, errors=errors, level=level)
    except InputError as error:
        if not others:
            raise
        return error


def _regression(
    name: str, fit: BetaConvergence | InputError, first: int, last: int, level: float
) -> Row:
    row: Row = {"model": name, "start_year": first, "end_year": last}
    if isinstance(fit, InputError):
        return row | {"reason": fit.code}
    return row | {"units_count": fit.count, **_estimate(fit)}


def _estimate(fit: BetaConvergence) -> Row:
    return {
        "beta": fit.beta,
        "beta_low": fit.low,
        "beta_high": fit.high,
        "standard_error": fit.se,
        "p_value": fit.p_value,
        "beta_by_chance": 0.0,
        "speed": fit.speed,
        "speed_low": fit.speed_low,
        "speed_high": fit.speed_high,
        "speed_error": fit.speed_se,
        "half_life_years": fit.half_life,
        "half_life_low": half_life(fit.speed_high),
        "half_life_high": half_life(fit.speed_low),
        "r_squared": fit.r_squared,
        "reason": _reason(fit.speed),
    }


def _reason(speed: float) -> str | None:
    if np.isnan(speed):
        return "order_turns"
    return None if speed > 0 else "no_half_life"


def _panels(x: Floats, years: NDArray[np.int64], level: float) -> list[Row]:
    """Growth from step to step, with effects of years, and of units too."""
    steps = np.diff(years)
    if len(years) < 3:
        return []
    rows = []
    for name, effects in (("panel", "years"), ("panel_effects", "units_and_years")):
        row: Row = {"model": name, "start_year": int(years[0]), "end_year": int(years[-1])}
        if len(set(steps.tolist())) > 1:
            rows.append(row | {"reason": "uneven_years"})
            continue
        try:
            fit = panel_convergence(np.log(x), effects=effects)  # type: ignore[arg-type]
        except InputError as error:
            rows.append(row | {"reason": error.code})
            continue
        step = int(steps[0])
        b, se = fit.beta / step, fit.se / step
        reach = critical_t(level, fit.freedom) * se
        walk = fit.walk / step
        t = (b - walk) / positive_or_nan(se)
        ends = [speed_of(end, step) for end in (b, b + reach, b - reach)]
        found = BetaConvergence(
            beta=b,
            se=se,
            low=b - reach,
            high=b + reach,
            t=t,
            p_value=float(t_p_value(t, fit.freedom)),
            speed=ends[0],
            speed_se=se / positive_or_nan(1 + b * step),
            speed_low=ends[1],
            speed_high=ends[2],
            half_life=half_life(ends[0]),
            r_squared=fit.r_squared,
            coefficients={},
            count=fit.freedom + 1,
        )
        own = _estimate(found) | {"units_count": found.count, "beta_by_chance": walk}
        rows.append(row | own)
    return rows


def _dispersion(years: NDArray[np.int64], x: Floats) -> pl.DataFrame:
    """The spread of each year, the first year first."""
    rows = []
    for at, year in enumerate(years.tolist()):
        own = x[np.isfinite(x[:, at]), at]
        logs, sized = np.log(own), near_one(own)
        rows.append(
            {
                "year": year,
                "units_count": len(own),
                "sigma_log": logs.std(),
                "variation_coefficient": sized.std() / sized.mean(),
                "log_variation_coefficient": logs.std() / positive_or_nan(logs.mean()),
            }
        )
    return nan_to_null(pl.DataFrame(rows, schema=DISPERSION))


def _coefficients(fits: dict[str, BetaConvergence | InputError], span: int) -> pl.DataFrame:
    schema = {
        "model": pl.String,
        "term": pl.String,
        "coefficient": pl.Float64,
        "standard_error": pl.Float64,
        "p_value": pl.Float64,
    }
    rows = []
    for model, fit in fits.items():
        if isinstance(fit, InputError):
            continue
        freedom = fit.count - len(fit.coefficients)
        for term, (b, se) in fit.coefficients.items():
            p = finite_or_none(t_p_value(b / positive_or_nan(se), freedom))
            rows.append((model, term, b, se, p))
    return nan_to_null(pl.DataFrame(rows, schema=schema, orient="row"))


def _periods(
    years: NDArray[np.int64], x: Floats, errors: Literal["robust", "classical"], level: float
) -> pl.DataFrame:
    """Beta from each year to the next."""
    rows = []
    for at, (start, end) in enumerate(zip(years[:-1].tolist(), years[1:].tolist(), strict=True)):
        both = np.isfinite(x[:, at]) & np.isfinite(x[:, at + 1])
        row: Row = {"start_year": start, "end_year": end, "units_count": int(both.sum())}
        if both.sum() < FEWEST:
            rows.append(row | {"reason": "few_units"})
            continue
        try:
            fit = beta_convergence(
                x[both, at], x[both, at + 1], end - start, errors=errors, level=level
            )
        except InputError as error:
            rows.append(row | {"reason": error.code})
            continue
        found = {name: own for name, own in _estimate(fit).items() if name in PERIODS}
        rows.append(row | found)
    return nan_to_null(pl.DataFrame(rows, schema=PERIODS))


def _growth(
    data: Data, units: list[str], x: Floats, both: NDArray[np.bool_], span: int
) -> pl.DataFrame:
    """Where each unit started and how fast it grew, the fastest first."""
    first = data.frame.drop_nulls("value")["year"].min()
    start = data.frame.filter(pl.col("year") == first)
    table = pl.DataFrame({"unit": units, "start_log": np.log(x[:, 0])}).with_columns(
        growth=np.log(x[:, -1] / x[:, 0]) / span
    )
    table = table.filter(pl.Series(both)).join(start.select("unit", "group"), on="unit", how="left")
    return table.sort("growth", "unit", descending=[True, False])


def _charts(tables: dict[str, pl.DataFrame], data: Data) -> tuple[Chart | Drawing, ...]:
    """The spread through the years, beta from year to year, where units started and how they
    grew."""
    charts: list[Chart | Drawing] = [Chart("spread", "dispersion", "year", (Mark("sigma_log"),))]
    if tables["periods"].height > 1:
        mark = Mark("beta", "points", low="beta_low", high="beta_high")
        charts.append(Chart("periods", "periods", "end_year", (mark,)))
    group = "group" if tables["growth"]["group"].count() else ""
    charts.append(
        Drawing(
            "catching_up",
            "scatter",
            "growth",
            node="unit",
            x="start_log",
            y="growth",
            group=group,
        )
    )
    return tuple(charts)


CONVERGENCE = Measurement(
    convergence,
    citation="Barro and Sala-i-Martin 1992, Journal of Political Economy 100(2), 223-251; Quah"
    " 1993, Scandinavian Journal of Economics 95(4), 427-443",
    sample=Sample({"controls": ["schooling"]}, {"neighbour_table": "neighbours.csv"}),
    brief=("model", "units_count", "beta", "p_value", "speed", "half_life_years"),
)
