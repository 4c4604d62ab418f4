"""From years and values as they come to a series that growth models read: checked, sorted out and scaled."""

from __future__ import annotations

from typing import Any

import numpy as np

from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_curves import Array
from firstlight.instruments.diffusion.growth_errors import ALPHA, COUNTS, ERRORS, RHO, Series

FEWEST = 4


def growth_series(
    values: Any,
    years: Any,
    *,
    errors: str = "lognormal",
    per_year: bool = False,
    exposure: Any = None,
    ceiling: float | None = None,
    launch: float | None = None,
    serial: bool = True,
) -> Series:
    """A checked series, scaled so that the fits depend neither on the unit of the values nor on where years begin.

    values   : (years,), or (series, years) of the same years; levels above 0, or counts of at least 0
    years    : (years,), whole and ascending. Gaps are allowed for levels and for rates (counts of a level); growth within
               the year needs every year
    errors   : lognormal, logitnormal (needs a ceiling), negative_binomial or quasi_poisson
    per_year : values are what was added within the year (sales, first uses), not the level reached
    exposure : (years,), what counts are counted out of, such as all documents of the year
    ceiling  : the level that can't be passed, such as 100 for a share in percent
    launch   : when Bass's curve begins; a year before the first unless said otherwise
    serial   : whether the errors of levels follow AR(1)
    Returns  Series.
    Raises   InputError naming the year for values that can't be used, too few years, or choices that don't go together.

    >>> growth_series([2.0, 4.0, 8.0, 16.0], [2001, 2002, 2004, 2005]).since.tolist()
    [-4.0, -3.0, -1.0, 0.0]
    """
    if errors not in ERRORS:
        raise InputError(f"no error model {errors!r}", where="errors", try_next=f"use one of {', '.join(ERRORS)}")
    counted = errors in COUNTS
    t = _years(years, per_year)
    y = np.atleast_2d(_numbers(values, "values"))
    if y.ndim != 2 or y.shape[1] != t.size:
        raise InputError(f"values of shape {y.shape} for {t.size} years", where="values", try_next="one value a year")
    _refuse(~np.isfinite(y), t, y, "is not a number", "leave out years that were not observed")
    if counted:
        _refuse(y < 0, t, y, "is below 0", "hand in counts of at least 0")
        _refuse(~(y > 0).any(axis=1, keepdims=True) & (y == 0), t, y, "and every other is 0", "leave this series out")
    else:
        _refuse(
            y <= 0, t, y, "has no logarithm: it isn't above 0", "begin with the first year above 0, or hand in counts"
        )
    _check_ceiling(errors, ceiling, y, t)
    scale, out_of = _scale(y, exposure, t, counted, per_year)
    begins = float(t[0] - 1) if launch is None else float(launch)
    if not begins < t[0]:
        raise InputError(
            f"a launch at {begins:g}", where=f"first year {t[0]}", try_next="name a time before the first year"
        )
    return Series(
        values=y if counted else y / scale,
        since=(t - t[-1]).astype(np.float64),
        exposure=out_of,
        errors=errors,
        per_year=per_year,
        limit=np.inf if ceiling is None else ceiling / scale,
        launched=begins - float(t[-1]),
        scale=scale,
        last_year=int(t[-1]),
        nuisance=ALPHA if errors == "negative_binomial" else RHO if serial and not counted else (0.0,),
    )


def _numbers(values: Any, where: str) -> Array:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"not all numbers: {error}", where=where, try_next="hand in numbers only") from error


def _years(years: Any, per_year: bool) -> Array:
    t = _numbers(years, "years")
    if t.ndim != 1 or t.size < FEWEST:
        raise InputError(
            f"{t.size} years are too few for a growth curve",
            where="years",
            try_next=f"hand in at least {FEWEST} years",
        )
    if not (np.isfinite(t) & (t == np.round(t))).all():
        raise InputError("years that are no whole numbers", where="years", try_next="hand in calendar years")
    steps = np.diff(t)
    if (steps <= 0).any():
        at = int(np.argmax(steps <= 0))
        kind = "twice" if steps[at] == 0 else f"after {t[at]:.0f}"
        raise InputError(f"year {t[at + 1]:.0f} comes {kind}", where="years", try_next="sort the years, each once")
    if per_year and (steps > 1).any():
        at = int(np.argmax(steps > 1))
        raise InputError(
            f"no value between {t[at]:.0f} and {t[at + 1]:.0f}",
            where="years",
            try_next="growth within the year needs every year: hand in 0 where nothing was added, or the levels",
        )
    return t


def _refuse(bad: Array | Any, t: Array, y: Array, what: str, try_next: str) -> None:
    bad = np.broadcast_to(bad, y.shape)
    if bad.any():
        row, column = np.unravel_index(int(np.argmax(bad)), y.shape)
        raise InputError(
            f"the value {y[row, column]:g} {what}", where=f"year {t[column]:.0f}, series {row}", try_next=try_next
        )


def _check_ceiling(errors: str, ceiling: float | None, y: Array, t: Array) -> None:
    if errors == "logitnormal" and ceiling is None:
        raise InputError("logit-normal errors need a ceiling", where="ceiling", try_next="name it, such as ceiling=100")
    if ceiling is None:
        return
    if errors in COUNTS:
        raise InputError("a ceiling for counts", where="ceiling", try_next="leave it out, or hand in levels")
    if not (np.isfinite(ceiling) and ceiling > 0):
        raise InputError(f"a ceiling of {ceiling}", where="ceiling", try_next="name a level above 0")
    way = "name a ceiling above every value; for rounded values, half the last digit above"
    _refuse(
        y >= ceiling if errors == "logitnormal" else y > ceiling, t, y, f"is not below the ceiling {ceiling:g}", way
    )


def _scale(y: Array, exposure: Any, t: Array, counted: bool, per_year: bool) -> tuple[float, Array]:
    if not counted:
        if exposure is not None:
            raise InputError("an exposure for levels", where="exposure", try_next="hand in counts, or leave it out")
        return float(y.sum(axis=1).max() if per_year else y.max()), np.ones(t.size)
    out_of = np.ones(t.size) if exposure is None else _numbers(exposure, "exposure")
    if out_of.shape != t.shape or not (np.isfinite(out_of) & (out_of > 0)).all():
        raise InputError(
            "the exposure is not a number above 0 for every year",
            where="exposure",
            try_next="leave out years without documents",
        )
    rates = y / out_of
    scale = float(rates.sum(axis=1).max() if per_year else rates.max())
    return scale, out_of * scale
