"""From years and values to a series that growth models read: checked and scaled."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from firstlight.errors import InputError, check_bounds, check_choice, excludes, wrong_shape
from firstlight.instruments.diffusion.given_numbers import FAMILY, check_all_positive, whole_years
from firstlight.instruments.diffusion.growth_curves import Array
from firstlight.instruments.diffusion.growth_errors import ALPHA, COUNTS, ERRORS, RHO, Series
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.texts import Count, Figure, Value, Year, message

FEWEST = 4
KINDS: Final = ("auto", "level", "cumulative", "per_year")
FEWEST_CUMULATIVE: Final = 8  # fewer values without a fall say little
SLOWED: Final = 0.5  # of the fastest growth: what slowed so far and never fell can't fall


def growth_series(
    values: Any,
    years: Any,
    *,
    kind: str = "auto",
    errors: str = "auto",
    exposure: Any = None,
    ceiling: float | None = None,
    launch: float | None = None,
    serial: bool | None = None,
) -> Series:
    """A checked series, scaled so that fits depend neither on units nor on where years begin.

    values   : (years,), or (series, years) of the same years; levels above 0, or counts of at least
        0
    years    : (years,), whole and ascending. Gaps are allowed for levels and for rates (counts of a
               level); growth within the year needs every year
    kind     : level (households that have it, a share, a yearly rate), which may fall; cumulative
               (units sold so far), which can't, and whose yearly growth is modelled; per_year: what
               was added within the year (sales, first uses); auto: see `kind_of`
    errors   : additive (normal, of one size: least squares), lognormal, logitnormal (needs a
               ceiling), negative_binomial or quasi_poisson; auto: lognormal for levels, additive
               for growth within the year, as is usual for Bass's curve
    exposure : (years,), what counts are counted out of, such as all documents of the year
    ceiling  : the level that can't be passed, such as 100 for a share in percent
    launch   : when Bass's curve begins; a year before the first unless said otherwise
    serial   : whether errors follow AR(1), for all but counts; unless said otherwise those of
               levels do, and those of growth within the year don't, as in least squares on sales
    Returns  Series.
    Raises   InputError naming the year for values that can't be used, too few years, or choices
        that don't go together.

    >>> growth_series([2.0, 4.0, 8.0, 16.0], [2001, 2002, 2004, 2005]).since.tolist()
    [-4.0, -3.0, -1.0, 0.0]
    """
    _check_choices(kind, errors)
    t = _years(years)
    y = np.atleast_2d(_numbers(values, "values"))
    if y.ndim != 2 or y.shape[1] != t.size:
        raise wrong_shape("values", y.shape, f"({t.size},)")
    unknown = ~np.isfinite(y).all(axis=0)
    if unknown.any():
        raise _error("unknown_value", year=Year(int(t[unknown.argmax()])))
    _check_ceiling(errors, ceiling, y, t)
    if kind == "auto":
        limited = ceiling is not None or exposure is not None
        kind = "level" if limited or len(y) > 1 else kind_of(y[0], t)
    errors = errors_of(errors, kind)
    if serial is None:
        serial = kind == "level"
    counted, begun = errors in COUNTS, 0.0
    if kind != "level":
        _check_every_year(t)
        if ceiling is not None:
            raise _error("ceiling_of_no_level")
    if kind == "cumulative":
        t, y, begun = _growth_within(t, y, exposure)
    _check_values(y, t, errors)
    scale, out_of = _scale(y, exposure, t, counted, kind)
    begins = float(t[0] - 1) if launch is None else float(launch)
    check_bounds("launch", begins, high=t[0] - 1e-9)
    return Series(
        values=y if counted else y / scale,
        since=(t - t[-1]).astype(np.float64),
        exposure=out_of,
        errors=errors,
        kind=kind,
        begun=begun / scale,
        limit=np.inf if ceiling is None else ceiling / scale,
        launched=begins - float(t[-1]),
        scale=scale,
        last_year=int(t[-1]),
        nuisance=_nuisance(errors, serial),
    )


def _nuisance(errors: str, is_serial: bool) -> tuple[float, ...]:
    """What is tried for the dispersion of counts, or for the correlation from year to year."""
    if errors == "negative_binomial":
        return ALPHA
    if is_serial and errors not in COUNTS:
        return RHO
    return (0.0,)


def check_single(values: Array) -> None:
    """Raise InputError for several series.

    >>> check_single(np.ones((1, 5)))
    """
    check_shape("values", values, 1, None)


def _numbers(values: Any, parameter: str) -> Array:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        return check_numbers(parameter, values)


def kind_of(values: Array, years: Array) -> str:
    """Whether values look cumulative or like levels, where nobody says: "cumulative" or "level".

    Cumulative: eight values or more, one for every year, that never fall although their growth has
    slowed: over the last third of the years it is below half of that over the fastest third. Levels
    that scatter would have fallen somewhere. Values that rise faster and faster can be either, and
    count as levels.

    >>> sales = np.array([1, 2, 4, 8, 10, 9, 7, 4, 3, 2, 2, 1.0])
    >>> years = np.arange(2000.0, 2012)
    >>> kind_of(sales.cumsum(), years), kind_of(sales, years), kind_of(2.0 ** np.arange(12), years)
    ('cumulative', 'level', 'level')
    """
    growth = np.diff(values)
    if values.size < FEWEST_CUMULATIVE or (growth < 0).any() or (np.diff(years) > 1).any():
        return "level"
    # a curve that goes somewhere adds less in its last third than in its best one
    third = growth.size // 3
    sums = np.convolve(growth, np.ones(third), mode="valid")
    return "cumulative" if sums[-1] < SLOWED * sums.max() else "level"


def errors_of(errors: str, kind: str) -> str:
    """The error model that "auto" stands for under a kind; any other is itself.

    >>> errors_of("auto", "level"), errors_of("auto", "cumulative")
    ('lognormal', 'additive')
    >>> errors_of("lognormal", "per_year")
    'lognormal'
    """
    if errors != "auto":
        return errors
    return "lognormal" if kind == "level" else "additive"


def _check_choices(kind: str, errors: str) -> None:
    check_choice("kind", kind, KINDS)
    check_choice("errors", errors, ("auto", *ERRORS))
    if errors == "logitnormal" and kind in ("cumulative", "per_year"):
        raise _error("logit_without_ceiling")


def _growth_within(t: Array, y: Array, exposure: Any) -> tuple[Array, Array, float]:
    """Years, growth within each, and the level before the first year read.

    That is 0, or the first value where one year can't have brought it.

    A first value above all later growth tells what came before the record, and nothing of its year.
    """
    if exposure is not None:
        raise InputError(excludes("exposure", "kind = cumulative"))
    check_single(y)
    growth = np.diff(y, axis=1)
    _refuse(growth < 0, t[1:], y[:, 1:], "falls")
    # a first value no larger than what a year brings is that of the first year; a larger one was
    # there before, and nobody knows since when
    if 0 <= y[0, 0] <= growth.max():
        return t, np.concatenate([y[:, :1], growth], axis=1), 0.0
    if t.size <= FEWEST:
        raise _error("few_years", count=Count(t.size - 1), fewest=Count(FEWEST))
    return t[1:], growth, float(y[0, 0])


def _check_values(y: Array, t: Array, errors: str) -> None:
    if errors in (*COUNTS, "additive"):
        _refuse(y < 0, t, y, "below_zero")
        if not (y > 0).any(axis=1).all():
            raise _error("all_zero")
        return
    _refuse(y <= 0, t, y, "not_above_zero")


def _check_every_year(t: Array) -> None:
    steps = np.diff(t)
    if (steps > 1).any():
        at = int(np.argmax(steps > 1))
        raise _error("year_missing", year=Year(int(t[at]) + 1))


def _years(years: Any) -> Array:
    t = _numbers(years, "years")
    if t.ndim != 1 or t.size < FEWEST:
        raise _error("few_years", count=Count(t.size), fewest=Count(FEWEST))
    back = np.flatnonzero(np.diff(whole_years(t)) < 0)
    if back.size:
        year, before = (Year(int(t[back[0] + step])) for step in (1, 0))
        raise _error("year_after", year=year, before=before)
    return t


def _refuse(bad: Array | Any, t: Array, y: Array, code: str) -> None:
    bad = np.broadcast_to(bad, y.shape)
    if bad.any():
        row, column = np.unravel_index(int(np.argmax(bad)), y.shape)
        raise _error(code, value=Figure(y[row, column]), year=Year(int(t[column])))


def _error(code: str, **values: Value[Any]) -> InputError:
    """An error that is worded in the family's folder."""
    return InputError(message(code, **values), FAMILY)


def _check_ceiling(errors: str, ceiling: float | None, y: Array, t: Array) -> None:
    if errors == "logitnormal" and ceiling is None:
        raise _error("logit_without_ceiling")
    if ceiling is None:
        return
    if errors in COUNTS:
        raise _error("ceiling_of_no_level")
    check_all_positive(ceiling=ceiling)
    bad = y > ceiling
    if errors == "logitnormal":  # the ceiling itself has no logit
        bad = y >= ceiling
    _refuse(bad, t, y, "above_ceiling")


def _scale(y: Array, exposure: Any, t: Array, counted: bool, kind: str) -> tuple[float, Array]:
    is_sum = kind != "level"
    if not counted:
        if exposure is not None:
            raise InputError(excludes("exposure", "kind = level"))
        return _largest(y, is_sum), np.ones(t.size)
    out_of = np.ones(t.size)
    if exposure is not None:
        out_of = _numbers(exposure, "exposure")
    if out_of.shape != t.shape or not (np.isfinite(out_of) & (out_of > 0)).all():
        raise _error("no_exposure")  # which tables give as a reason
    scale = _largest(y / out_of, is_sum)
    return scale, out_of * scale


def _largest(y: Array, is_sum: bool) -> float:
    """The largest value, or the largest sum of a series."""
    if is_sum:
        y = y.sum(axis=1)
    return float(y.max())
