"""The curves by which a technology spreads: logistic, Gompertz, Richards and Bass.

Symbols: K saturation, F = level / K, f = F at the last year seen (the *phase*), z = logit f,
duration = years from 10 % to 90 % of K, nu the shape of Richards (1 = logistic, towards 0 =
Gompertz), p and q innovation and imitation of Bass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import check_bounds
from firstlight.instruments.diffusion.given_numbers import check_all_positive

Array = NDArray[np.float64]

CURVES: Final = ("logistic", "gompertz", "richards", "bass")
# What each curve estimates beside log K and z; durations and shapes as logarithms.
SHAPES: Final[dict[str, tuple[str, ...]]] = {
    "logistic": ("log_duration",),
    "gompertz": ("log_duration",),
    "richards": ("log_duration", "log_shape"),
    "bass": ("log_ratio",),
}
_MOST = 600.0  # exponents beyond this are as good as infinite, and would overflow


@dataclass(frozen=True)
class BassCurve:
    """Adoption by innovators and imitators.

    cumulative : (years,), adopters up to the end of each year, in the unit of `saturation`
    per_year   : (years,), adopters within each year
    peak_year  : time at which adoption per year is highest; the launch itself where q <= p
    peak       : adoption per year at that time
    """

    cumulative: Array
    per_year: Array
    peak_year: float
    peak: float


def logistic(years: Any, saturation: float, midpoint: float, duration: float) -> Array:
    """The logistic curve: level = K / (1 + exp(-ln 81 (t - midpoint) / duration)).

    years      : (years,), any real times
    saturation : K > 0, any unit; midpoint : time of K/2; duration : years from 10 % to 90 % of K
    Returns    (years,), in the unit of K.
    Raises     InputError where K or the duration is not above 0.
    Source: Verhulst (1838), Correspondance mathématique et physique 10, 113-121; Fisher and Pry
            (1971), Technological Forecasting and Social Change 3, 75-88.

    >>> logistic([1990, 2000, 2010], 100, 2000, 20).round(2).tolist()
    [10.0, 50.0, 90.0]
    """
    return _at_midpoint("logistic", years, saturation, midpoint, duration, 1.0)


def gompertz(years: Any, saturation: float, midpoint: float, duration: float) -> Array:
    """The Gompertz curve: quick at first, slow at the end; level = K exp(-ln 2 exp(-r (t -
    midpoint))).

    Arguments, result and errors as for `logistic`; r = ln(ln .1 / ln .9) / duration.
    Source: Gompertz (1825), Philosophical Transactions 115, 513-583.

    >>> gompertz([2000], 100, 2000, 20).round(2).tolist()
    [50.0]
    """
    return _at_midpoint("gompertz", years, saturation, midpoint, duration, 1.0)


def richards(
    years: Any, saturation: float, midpoint: float, duration: float, shape: float
) -> Array:
    """Richards' curve, the generalised logistic: level = K (1 + (2^nu - 1) exp(-k (t -
    midpoint)))^(-1/nu).

    shape : nu > 0; 1 is the logistic, towards 0 the Gompertz curve. The rest as for `logistic`; k
            follows from the duration.
    Source: Richards (1959), Journal of Experimental Botany 10, 290-301.

    >>> bool(np.allclose(richards([1995, 2004], 9, 2000, 20, 1.0),
    ...     logistic([1995, 2004], 9, 2000, 20)))
    True
    """
    check_all_positive(shape=shape)
    return _at_midpoint("richards", years, saturation, midpoint, duration, shape)


def bass(
    years: Any, saturation: float, innovation: float, imitation: float, launch: float
) -> BassCurve:
    """Bass's curve: F' = (p + q F)(1 - F) from F = 0 at the launch; adoption within a year is F(t)
    - F(t - 1).

    years      : (years,), ends of the years; saturation : K > 0; launch : time from which adoption
                 goes on
    innovation : p > 0; imitation : q >= 0, both per year
    Returns    BassCurve; the peak lies at launch + ln(q/p) / (p + q) and is K (p + q)^2 / (4 q),
               where q > p.
    Raises     InputError for parameters outside these ranges.
    Source: Bass (1969), Management Science 15(5), 215-227.

    >>> curve = bass([2001, 2005, 2010], 1000, .03, .38, 2000)
    >>> round(curve.peak_year, 2), round(curve.peak, 1)
    (2006.19, 110.6)
    """
    check_all_positive(saturation=saturation, innovation=innovation)
    check_bounds("imitation", imitation, 0)
    t, p, q = np.atleast_1d(np.asarray(years, dtype=np.float64)), innovation, imitation
    now, before = (_bass_share(t - launch, p, q), _bass_share(t - 1 - launch, p, q))
    if q > p:
        peak_year, peak = launch + math.log(q / p) / (p + q), saturation * (p + q) ** 2 / (4 * q)
    else:
        peak_year, peak = float(launch), saturation * p
    return BassCurve(saturation * now, saturation * (now - before), peak_year, peak)


def _bass_share(since: Array, p: float, q: float) -> Array:
    left = np.exp(-(p + q) * np.maximum(since, 0.0))
    return np.asarray((1 - left) / (1 + q / p * left))


def _at_midpoint(
    curve: str, years: Any, saturation: float, midpoint: float, duration: float, shape: float
) -> Array:
    check_all_positive(saturation=saturation, duration=duration)
    t = np.atleast_1d(np.asarray(years, dtype=np.float64))
    rest = [math.log(duration), math.log(shape)][: len(SHAPES[curve])]
    log_share, _ = log_fraction(curve, np.array([[0.0, *rest]]), t - midpoint)
    return np.asarray(saturation * np.exp(log_share[0]))


def log_fraction(
    curve: str, parameters: Array, since: Array, launched: float = -1.0
) -> tuple[Array, Array]:
    """log F at times relative to the last year seen, and its derivatives.

    parameters : (curves, 1 + shapes), z and the shapes of SHAPES
    since      : (times,), t - T, T the last year seen, where F = f
    launched   : launch - T < 0, read by Bass only, whose F is 0 (log -inf) up to there
    Returns    (curves, times) and (curves, times, 1 + shapes).
    """
    z = parameters[:, :1]
    if curve == "bass":
        return _log_bass(z, parameters[:, 1:2], since[None, :], launched)
    duration = np.exp(parameters[:, 1:2])
    if curve == "logistic":
        speed = np.log(81.0) / duration * since
        log_share = -np.logaddexp(0.0, -(z + speed))
        slope = -np.expm1(log_share)  # 1 - F
        return log_share, np.stack([slope, -slope * speed], axis=2)
    if curve == "gompertz":
        speed = np.log(np.log(0.1) / np.log(0.9)) / duration * since
        fall = np.exp(np.minimum(-speed, _MOST / 2))
        log_share = -np.logaddexp(0.0, -z) * fall
        return log_share, np.stack([fall / (1 + np.exp(z)), log_share * speed], axis=2)
    return _log_richards(z, duration, np.exp(parameters[:, 2:3]), since)


def _log_richards(z: Array, duration: Array, nu: Array, since: Array) -> tuple[Array, Array]:
    distance = np.logaddexp(0.0, -z)  # -log f
    low, high = np.log(10.0), np.log(10.0 / 9.0)
    rate = np.log(np.expm1(nu * low) / np.expm1(nu * high))
    rate_by_nu = -low / np.expm1(-nu * low) + high / np.expm1(-nu * high)
    grown = -1.0 / np.expm1(-nu * distance)  # e^(nu L) / (e^(nu L) - 1)
    w = nu * distance + np.log(-np.expm1(-nu * distance)) - rate / duration * since
    soft, share = np.logaddexp(0.0, w), 1.0 / (1.0 + np.exp(np.minimum(-w, _MOST)))
    w_by_nu = distance * grown - rate_by_nu / duration * since
    by_z = share * grown / (1 + np.exp(z))
    by_duration = -share / nu * (rate / duration * since)
    return -soft / nu, np.stack([by_z, by_duration, soft / nu - share * w_by_nu], axis=2)


def _log_bass(z: Array, log_ratio: Array, since: Array, launched: float) -> tuple[Array, Array]:
    """log F with a = q/p: f fixes the rate p + q, for F = (1 - E)/(1 + a E), E = exp(-(p + q)(t -
    launch))."""
    a, f = np.exp(log_ratio), 1.0 / (1.0 + np.exp(-z))
    log_left = -np.logaddexp(0.0, z) - np.log1p(a * f)  # log E at the last year seen
    time = np.maximum((since - launched) / -launched, 0.0)  # 1 at the last year seen
    e = np.exp(log_left * time)
    ln_e_by_z = time * (-f - a * f * (1 - f) / (1 + a * f))
    ln_e_by_a = time * (-f / (1 + a * f))
    with np.errstate(divide="ignore"):  # F is 0 up to the launch
        log_share = np.log(-np.expm1(log_left * time)) - np.log1p(a * e)
        # of both branches the first is computed before the launch, too, and must not divide by 0
        by_log_e = np.where(
            time > 0, -e / -np.expm1(np.minimum(log_left * time, -1e-300)), 0.0
        ) - a * e / (1 + a * e)
    by_ratio = a * (by_log_e * ln_e_by_a - e / (1 + a * e))
    return log_share, np.stack(np.broadcast_arrays(by_log_e * ln_e_by_z, by_ratio), axis=2)


def time_of_fraction(
    curve: str, parameters: Array, launched: float = -1.0, fraction: float = 0.5
) -> Array:
    """Time relative to the last year seen at which F reaches a fraction: (curves,), years."""
    z, rest = parameters[:, 0], parameters[:, 1:]
    if curve == "bass":
        a, f = np.exp(rest[:, 0]), 1.0 / (1.0 + np.exp(-z))
        log_left = -np.logaddexp(0.0, z) - np.log1p(a * f)
        return np.asarray(launched * (1 - np.log((1 - fraction) / (1 + a * fraction)) / log_left))
    duration = np.exp(rest[:, 0])
    if curve == "logistic":
        return np.asarray((np.log(fraction / (1 - fraction)) - z) * duration / np.log(81.0))
    distance = np.logaddexp(0.0, -z)
    if curve == "gompertz":
        return np.asarray(
            -np.log(-np.log(fraction) / distance) * duration / np.log(np.log(0.1) / np.log(0.9))
        )
    nu = np.exp(rest[:, 1])
    rate = np.log(np.expm1(nu * np.log(10.0)) / np.expm1(nu * np.log(10.0 / 9.0)))
    now = nu * distance + np.log(-np.expm1(-nu * distance))
    return np.asarray((now - np.log(np.expm1(-nu * np.log(fraction)))) * duration / rate)
