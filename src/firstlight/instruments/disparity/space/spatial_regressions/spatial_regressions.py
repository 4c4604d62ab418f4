"""How far what happens in a place depends on its neighbours: spatial regressions and their
effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from scipy.special import chdtrc, ndtr, ndtri

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import InputError, check_enough, too_many
from firstlight.instruments.disparity.neighbours import (
    Array,
    NeighbourColumns,
    Weights,
    check_rule,
    islands_said,
    standardised,
    weights_of,
)
from firstlight.instruments.disparity.space.spatial_regressions.spatial_models import (
    Design,
    Effects,
    Fit,
    error_fit,
    impacts,
    lag_fit,
    lagrange_multipliers,
    least_squares_fit,
)
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Code, Count, Figure, Message, Name, message, names

REPEATS = 1e-9  # part of a column that others don't explain, below which it repeats them
MOST_PLACES = 5000
LARGEST = 1e100  # size whose squares can be added up
DURBIN = ("durbin", "durbin_error")  # models with the drivers of neighbours
ERRORS = ("error", "durbin_error")  # and with their errors
# What is said of the fixed effects of each kind.
EFFECTS: Mapping[Effects, str] = {
    "none": "one_section",
    "place": "effects_place",
    "place_year": "effects_place_year",
}


def spatial_spillovers(
    frame: Any,
    outcome: Annotated[str, roles.Number()],
    drivers: Annotated[Sequence[str], roles.Columns(1)],
    *,
    year: Annotated[str | None, roles.Year()] = "year",
    model: Literal["durbin", "lag", "error", "durbin_error"] = "durbin",
    fixed: Literal["place", "place_year"] = "place_year",
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
    **columns: Unpack[NeighbourColumns],
) -> Result:
    """What drivers change in a place and in all others, by a spatial lag, error, Durbin or Durbin
    error model.

    Maximum likelihood, of one cross-section or of a balanced panel with fixed effects; beside it
    the tests that choose among the models.

    Parameters
    ----------
    frame
        A row for each place, or for each place and year.
    outcome
        Column of what is explained.
    drivers
        Columns of what explains it.
    year
        Column of the years; with several, places and years have fixed effects.
    model
        Whose effects are shown: with neighbours' drivers and outcome (durbin), their outcome alone
        (lag), their errors (error), or their drivers and errors (durbin_error).
    fixed
        The fixed effects of a panel: of places, or of places and years.
    level
        Probability that an interval holds.
    **columns
        Columns of the table, and its neighbours: `NeighbourColumns`.

    Returns
    -------
    Result with the tables ``effects`` (direct, indirect and total effect of each driver),
    ``coefficients``, ``models`` and ``choice_tests``.

    Raises
    ------
    InputError
        For too few places, a driver that does not vary or repeats others, and a likelihood without
        a maximum.

    References
    ----------
    LeSage and Pace 2009, Introduction to Spatial Econometrics; Elhorst 2010, Spatial Economic
    Analysis 5(1); Lee and Yu 2010, Journal of Econometrics 154(2); Anselin, Bera, Florax and Yoon
    1996, Regional Science and Urban Economics 26.

    Examples
    --------
    >>> import polars as pl
    >>> place, x = [f"p{k:02}" for k in range(20)], [(7 * k) % 20 / 4 for k in range(20)]
    >>> y = [2 * a + (3 * k) % 7 for k, a in enumerate(x)]
    >>> rows = pl.DataFrame({"place": place, "x": x, "y": y})
    >>> links = pl.DataFrame({"place": place[:-1], "neighbour": place[1:]})
    >>> found = spatial_spillovers(rows, "y", ["x"], neighbour_table=links, model="lag")
    >>> found.table["effect_kind"].to_list()
    ['direct', 'indirect', 'total']
    """
    arguments = SPATIAL_SPILLOVERS.arguments(locals())
    data = SPATIAL_SPILLOVERS.read(arguments)
    weights, _ = weights_of(data, arguments)
    design, left_out = _design(data, weights, fixed)
    _check(design, list(drivers))
    # without effects of places, the constant is the first coefficient
    first = int(design.effects == "none")
    many = range(first, first + len(drivers))
    own = list(many)
    durbin = design.durbin(own)
    _check(durbin, [*drivers, *drivers])
    fits = {
        "none": least_squares_fit(design),
        "lag": lag_fit(design),
        "error": error_fit(design),
        "durbin": lag_fit(durbin),
        "durbin_error": error_fit(durbin),
    }
    chosen = fits[model]
    if chosen.is_at_edge:
        raise SPATIAL_SPILLOVERS.error(message("at_edge", model=Code(f"codes.model.{model}")))
    of_model = durbin if model in DURBIN else design
    tests = _tests(design, fits, len(drivers))
    effects = _effects(chosen, of_model, list(drivers), own, model, level)
    tables = {
        "effects": effects,
        "coefficients": _coefficients(chosen, of_model, list(drivers), model, level),
        "models": _models(fits),
        "choice_tests": tests,
    }
    said = _said(tables, chosen, arguments, _advised(tests, level))
    said += [*left_out, *islands_said(weights), *weights.said]
    mark = (Mark("effect", "points", "effect_low", "effect_high"),)
    return Result(
        tables,
        tuple(said),
        SPATIAL_SPILLOVERS.texts,
        conventions=_conventions(weights, design, arguments),
        charts=(Chart("effects", "effects", "", mark, panel="effect_kind", line="driver_name"),),
        given=data.given,
    )


def _design(data: Data, weights: Weights, fixed: str) -> tuple[Design, list[Message]]:
    """The arrays of the places that have every number and a neighbour, and who was left out."""
    drivers = data.several["drivers"]
    numbers = pl.concat([data.frame.select("outcome"), drivers], how="horizontal")
    whole = ~pl.any_horizontal(pl.all().is_null())
    keys = data.frame.select("place", "year").with_columns(whole=numbers.select(whole).to_series())
    years = keys["year"].unique().sort().to_list()
    full = keys.filter("whole").group_by("place").len().filter(pl.col("len") == len(years))
    complete = set(full["place"])
    matrix, at = weights.among(np.array([place in complete for place in weights.places]))
    fewest = drivers.width * 2 + 4
    check_enough("places", at.size, fewest, "outcome, drivers")
    if at.size > MOST_PLACES:
        raise InputError(too_many("places", int(at.size), MOST_PLACES, "place"))
    kept = [weights.places[k] for k in at]
    rows = pl.concat([keys.select("place", "year"), numbers.rename(_numbered)], how="horizontal")
    rows = rows.filter(pl.col("place").is_in(kept)).sort("year", "place")
    values = rows.drop("place", "year").to_numpy().reshape(len(years), at.size, -1)
    effects: Effects = "none"
    y, x = values[:, :, 0], values[:, :, 1:]
    if len(years) == 1:
        x = np.concatenate([np.ones((1, at.size, 1)), x], axis=2)
    else:
        effects = "place" if fixed == "place" else "place_year"
    lost = [place for place in weights.places if place not in complete]
    said = []
    if lost:
        code = "left_out" if len(years) == 1 else "left_out_of_panel"
        said.append(message(code, count=Count(len(lost)), names=names(lost)))
    return Design(y, x, standardised(matrix), effects), said


def _numbered(name: str) -> str:
    """A name that is no key's."""
    return f"number of {name}"


def _check(design: Design, drivers: Sequence[str]) -> None:
    """Raise InputError for numbers whose squares are none, for a driver that does not vary or that
    others repeat, and for an outcome that does not vary."""
    y, x = design.columns(design.y), design.columns(design.x)
    sizes = np.abs(np.column_stack([y, x[:, x.shape[1] - len(drivers) :]])).max(axis=0)
    if (sizes > LARGEST).any():
        raise SPATIAL_SPILLOVERS.error(message("too_large", place=Name("outcome, drivers")))
    if not _spread(y) > REPEATS * max(float(np.abs(design.y).max()), 1e-300):
        raise SPATIAL_SPILLOVERS.error(message("outcome_constant"))
    start = x.shape[1] - len(drivers)
    scale = np.abs(design.columns(design.x)).max(axis=0)
    raw = np.abs(design.x).max(axis=(0, 1))
    basis = x[:, :start] / np.where(scale[:start] > 0, scale[:start], 1.0)
    for k, name in enumerate(drivers, start):
        if not _spread(x[:, k]) > REPEATS * max(float(raw[k]), 1e-300):
            raise SPATIAL_SPILLOVERS.error(message("driver_constant", driver=Name(name)))
        own = x[:, k] / scale[k]
        rest = own
        if basis.shape[1]:
            rest = own - basis @ np.linalg.lstsq(basis, own, rcond=None)[0]
        if float(rest @ rest) < REPEATS**1.5 * float(own @ own):
            raise SPATIAL_SPILLOVERS.error(message("driver_repeats", driver=Name(name)))
        basis = np.column_stack([basis, own])
    rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    if float(rest @ rest) < REPEATS**1.5 * float(y @ y):
        raise SPATIAL_SPILLOVERS.error(message("exact_fit"))


def _spread(values: Array) -> float:
    return float(np.ptp(values)) if values.size else 0.0


def _row(effect: float, error: float, level: float) -> dict[str, float]:
    """An estimate with its error, z, p-value and interval."""
    z, reach = effect / error, float(ndtri(1 - (1 - level) / 2)) * error
    return {
        "effect": effect,
        "standard_error": error,
        "p_value": float(2 * ndtr(-abs(z))),
        "effect_low": effect - reach,
        "effect_high": effect + reach,
    }


def _effects(
    fit: Fit, design: Design, drivers: list[str], own: list[int], model: str, level: float
) -> pl.DataFrame:
    """A row for each driver and kind of effect; the error model has direct effects alone."""
    rows = []
    for k, driver in zip(own, drivers, strict=True):
        if model == "error":
            error = float(fit.covariance[k, k]) ** 0.5
            known = {"direct": (float(fit.beta[k]), error)}
        else:
            lagged = k + len(drivers) if model in DURBIN else None
            found = impacts(fit.of_means() if model in ERRORS else fit, design, k, lagged)
            known = {"direct": found.direct, "indirect": found.indirect, "total": found.total}
        for kind, estimate in known.items():
            rows.append({"driver_name": driver, "effect_kind": kind, **_row(*estimate, level)})
    return pl.DataFrame(rows)


def _coefficients(
    fit: Fit, design: Design, drivers: list[str], model: str, level: float
) -> pl.DataFrame:
    terms: list[tuple[str | None, str]] = []
    if design.effects == "none":
        terms.append((None, "intercept"))
    terms += [(driver, "own") for driver in drivers]
    if model in DURBIN:
        terms += [(driver, "neighbours") for driver in drivers]
    terms.append((None, "spatial_error" if model in ERRORS else "spatial_lag"))
    values = [*fit.beta, fit.spatial]
    errors = np.sqrt(np.diag(fit.covariance))
    rows = []
    for (driver, term), value, error in zip(terms, values, errors, strict=True):
        row = _row(float(value), float(error), level)
        named = {
            "coefficient": row["effect"],
            "standard_error": row["standard_error"],
            "p_value": row["p_value"],
            "coefficient_low": row["effect_low"],
            "coefficient_high": row["effect_high"],
        }
        rows.append({"term": term, "driver_name": driver, **named})
    return pl.DataFrame(rows, schema_overrides={"driver_name": pl.String})


def _models(fits: Mapping[str, Fit]) -> pl.DataFrame:
    spatial = [None, *(fit.spatial for code, fit in fits.items() if code != "none")]
    return pl.DataFrame(
        {
            "model": list(fits),
            "log_likelihood": [fit.log_likelihood for fit in fits.values()],
            "aic": [fit.aic for fit in fits.values()],
            "spatial_coefficient": pl.Series(spatial, dtype=pl.Float64),
            "error_variance": [fit.variance for fit in fits.values()],
        }
    )


def _tests(design: Design, fits: Mapping[str, Fit], count: int) -> pl.DataFrame:
    """The tests for a spatial lag or error, and whether the Durbin model can be made simpler."""
    rows = [(code, value, 1) for code, value in lagrange_multipliers(design).items()]
    for wide, narrow in (("durbin", "lag"), ("durbin", "error"), ("durbin_error", "error")):
        ratio = max(2 * (fits[wide].log_likelihood - fits[narrow].log_likelihood), 0.0)
        rows.append((f"{wide}_to_{narrow}", ratio, count))
    schema = {"test": pl.String, "statistic": pl.Float64, "degrees_count": pl.Int64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    p_values = chdtrc(table["degrees_count"].to_numpy(), table["statistic"].to_numpy())
    return table.with_columns(p_value=pl.Series(p_values))


def _advised(tests: pl.DataFrame, level: float) -> str:
    """The model that the tests favour (Elhorst 2010): the Durbin model, unless it is no better than
    the one of lag and error that the Lagrange multipliers point to."""
    sure = dict(tests.select("test", pl.col("p_value") <= 1 - level).iter_rows())
    if sure["durbin_to_lag"] and sure["durbin_to_error"]:
        return "durbin"
    if not sure["lm_lag"] and not sure["lm_error"]:
        return "none"
    statistic = dict(tests.select("test", "statistic").iter_rows())
    prefix = "robust_lm" if "robust_lm_lag" in statistic else "lm"
    is_lag = statistic[f"{prefix}_lag"] >= statistic[f"{prefix}_error"]
    pointed = "lag" if is_lag else "error"
    return "durbin" if sure[f"durbin_to_{pointed}"] else pointed


def _said(
    tables: Mapping[str, pl.DataFrame], fit: Fit, arguments: Mapping[str, Any], advised: str
) -> list[Message]:
    """The largest effect, how the outcome depends on that of the neighbours, which model fits."""
    effects, model = tables["effects"], arguments["model"]
    totals = effects.filter(pl.col("effect_kind") == ("direct" if model == "error" else "total"))
    strongest = totals.sort("p_value", "driver_name")["driver_name"][0]
    of = effects.filter(pl.col("driver_name") == strongest)
    by_kind = {row["effect_kind"]: row for row in of.iter_rows(named=True)}
    outcome, driver = Name(arguments["outcome"]), Name(strongest)
    said = []
    if model == "error":
        direct = by_kind["direct"]
        estimate: dict[str, Any] = {
            "effect": Figure(direct["effect"]),
            "p": _at_most(direct["p_value"]),
        }
        said.append(message("only_direct", outcome=outcome, driver=driver, **estimate))
    else:
        parts = {kind: Figure(row["effect"]) for kind, row in by_kind.items()}
        said.append(message("effects", outcome=outcome, driver=driver, **parts))
        p_value = by_kind["indirect"]["p_value"]
        is_sure = p_value <= 1 - arguments["level"]
        code = "spills_over" if is_sure else "spill_over_unsure"
        said.append(message(code, driver=driver, p=_at_most(p_value)))
    last = tables["coefficients"].row(-1, named=True)
    values: dict[str, Any] = {
        "rho": Figure(fit.spatial),
        "p": _at_most(last["p_value"]),
        "outcome": outcome,
    }
    if model in ERRORS:
        said.append(message("shocks_shared", **values))
    else:
        said.append(message("neighbours_count", **values))
    if advised == model:
        said.append(message("model_favoured", model=Code(f"codes.model.{model}")))
    else:
        both = {"model": Code(f"codes.model.{model}"), "other": Code(f"codes.model.{advised}")}
        said.append(message("other_model_favoured", **both))
    return said


def _at_most(p_value: float) -> Figure:
    """A p-value, rounded up to three decimals."""
    return Figure(float(np.ceil(max(p_value, 1e-12) * 1000) / 1000))


def _conventions(
    weights: Weights, design: Design, arguments: Mapping[str, Any]
) -> tuple[Message, ...]:
    years, places = design.y.shape
    code = EFFECTS[design.effects]
    counts = {"years": Count(years), "count": Count(places)}
    said = [*weights.conventions, message("weights_standardised"), message(code, **counts)]
    said.append(message("effects_convention", level=Figure(arguments["level"])))
    return (*said, message("tests_convention"))


SPATIAL_SPILLOVERS = Measurement(
    spatial_spillovers,
    citation=(
        "LeSage and Pace 2009, Introduction to Spatial Econometrics; "
        "Elhorst 2010, Spatial Economic Analysis 5(1); "
        "Lee and Yu 2010, Journal of Econometrics 154(2)"
    ),
    sample=Sample({"outcome": "innovation", "drivers": ["research", "openness"]}),
    check=check_rule,
    brief=("driver_name", "effect_kind", "effect", "p_value"),
)
