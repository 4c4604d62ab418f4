"""Where growth ends beside what was reached: every adoption series, under each error model, and
under the conventions of public packages."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.diffusion import growth_stages
from scipy import optimize

from firstlight.errors import InputError
from firstlight.instruments.diffusion.bass_fit import fit_bass
from firstlight.instruments.diffusion.growth_average import forecast_growth
from firstlight.instruments.diffusion.growth_fit import fit_growth, is_below

CEILING = 100.5  # as in growth.py
HEADING = "## Saturation beside what was reached"
# how the average is asked for, and how a single curve is
AVERAGES: dict[str, dict[str, Any]] = {
    "average, as by default": {},
    "average, log-normal levels": {"kind": "level", "errors": "lognormal"},
    "average, additive levels": {"kind": "level", "errors": "additive"},
    "average, quasi-Poisson counts": {"kind": "level", "errors": "quasi_poisson"},
    "average, ceiling of 100 %": {"errors": "logitnormal", "ceiling": CEILING},
}
CURVES = ("logistic", "bass")
PUBLIC = "levels: logistic", "levels: Bass", "growth within the year: Bass", "density: Bass"
STARTS = ((0.001, 0.1), (0.01, 0.3), (0.05, 0.5), (0.001, 0.7))  # p and q


@dataclass(frozen=True)
class Found:
    """A saturation: nan where none is given, and whether it is said to lie below what was
    reached."""

    saturation: float
    is_said: bool = False
    reason: str = ""


def section(folder: Path) -> list[str]:
    """The page's part on saturations."""
    every = adoption_series(folder)
    found = {}
    for name, (years, levels) in every.items():
        print(name, file=sys.stderr, flush=True)
        found[name] = saturations(years, levels)
    tops = {name: float(levels.max()) for name, (_, levels) in every.items()}
    read = {name: kind for name, kind in kinds(every).items() if kind}
    cumulative = [name for name, kind in read.items() if kind == "cumulative"]
    own = [name for name in next(iter(found.values())) if name not in PUBLIC]
    unsaid = sum(
        is_below(each[way].saturation, tops[name]) != each[way].is_said
        for name, each in found.items()
        for way in own
    )
    return [
        HEADING,
        "",
        f"All {len(every)} series of adoption, to their last year: how many have a saturation, how many of these lie below the "
        "highest level that was reached, and how many of those say so. *Average* is `forecast_growth` (and `measure growth`), "
        "*one curve* `fit_growth`, which gives no saturation where its interval is open; *sales* is `fit_bass`, which reads growth "
        "within each year and so takes series without a gap or a fall only. *Public convention* is what packages and teaching "
        "material fit by least squares, each computed here by SciPy's solver: curves on levels; Bass's growth within the year "
        "(Srinivasan and Mason 1986); Bass's density at the end of the year. They take every series, say nothing of a saturation "
        "below what was reached, and always give one.",
        "",
        f"Of what Firstlight gives, {unsaid} lie below what was reached and don't say so, or say so and don't. "
        f"Read as cumulative, since never falling though their growth slowed: {', '.join(cumulative)}. "
        "A saturation of levels below the highest level is no error by itself: a technology may fall from its peak (as landlines did), and a "
        "curve may take the last values for deviations.",
        "",
        *growth_stages.markdown(
            ["convention", "series", "saturation given", "below what was reached", "say so"],
            [counted(way, found, tops) for way in next(iter(found.values()))],
        ),
        "",
        f"Where both can be computed, `fit_bass` and SciPy's solver on the same growth within the year: {agreement(every)}.",
        "",
        "Each series: the highest level, and saturations; ! marks those below it, - where none is given, (reason) where it can't be computed.",
        "",
        *growth_stages.markdown(
            ["technology", "kind", "highest", *SHOWN.values()],
            [
                [name, read.get(name, ""), _figure(tops[name])]
                + [_shown(each[way], tops[name]) for way in SHOWN]
                for name, each in found.items()
            ],
        ),
        "",
    ]


SHOWN = {
    "average, as by default": "default",
    "average, additive levels": "additive",
    "average, quasi-Poisson counts": "counts",
    "average, ceiling of 100 %": "ceiling",
    "one curve: logistic": "logistic",
    "levels: logistic": "public: logistic on levels",
    "growth within the year: Bass": "public: Bass on growth",
}


def adoption_series(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Technology -> years and levels, from the first level above 0 on; capacity of photovoltaics
    beside them."""
    columns = ["technology", "year", "level"]
    frame = pl.read_csv(folder / "technology_diffusion_comin_hobijn.csv", new_columns=columns)
    sun = pl.read_csv(folder / "solar_pv_module_lafond_irena.csv").select(
        technology=pl.lit("Photovoltaics, cumulative capacity"),
        year="Year",
        level="Cumulative capacity",
    )
    both = pl.concat([frame, sun], how="vertical_relaxed").drop_nulls().sort("technology", "year")
    found = {}
    for (name,), rows in both.group_by("technology", maintain_order=True):
        own = rows.filter(pl.col("year") >= rows.filter(pl.col("level") > 0)["year"].min())
        found[str(name)] = (own["year"].to_numpy(), own["level"].to_numpy().astype(float))
    return found


def kinds(every: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, str]:
    """What each series is read as; empty where it can't be read."""
    read = {}
    for name, (years, levels) in every.items():
        try:
            read[name] = forecast_growth(levels, years, (1,), models=("walk",), draws=100).kind
        except InputError:
            read[name] = ""
    return read


def saturations(years: np.ndarray, levels: np.ndarray) -> dict[str, Found]:
    """Convention -> what it finds."""
    found = {}
    for way, choices in AVERAGES.items():
        found[way] = _tried(lambda choices=choices: _average(years, levels, choices))
    for curve in CURVES:
        found[f"one curve: {curve}"] = _tried(lambda curve=curve: _curve(years, levels, curve))
    for method in ("nls", "ols"):
        found[f"sales: Bass, {method}"] = _tried(lambda way=method: _sales(years, levels, way))
    for way in PUBLIC:
        found[way] = Found(public_fit(way, years, levels)[0])
    return found


def _tried(find: Callable[[], Found]) -> Found:
    try:
        return find()
    except InputError as error:
        return Found(np.nan, reason=error.code)


def _average(years: np.ndarray, levels: np.ndarray, choices: Mapping[str, Any]) -> Found:
    found = forecast_growth(levels, years, (1,), **choices)
    known = found.saturation if np.isfinite(found.saturation) else np.nan
    return Found(known, found.is_below_reached)


def _curve(years: np.ndarray, levels: np.ndarray, curve: str) -> Found:
    fit = fit_growth(levels, years, curve)
    return Found(fit.saturation, bool(fit.caution))


def _sales(years: np.ndarray, levels: np.ndarray, method: str) -> Found:
    fit = fit_bass(levels, years, kind="cumulative", method=method)
    return Found(fit.saturation, bool(fit.caution))


def public_fit(way: str, years: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Parameters by SciPy's least squares, saturation first, the best of several starts."""
    since = (years - years[0] + 1).astype(float)
    before = np.concatenate([[0.0], since[:-1]])
    values = levels
    if way == "growth within the year: Bass":
        values = np.diff(levels, prepend=0.0)
    if way == "density: Bass":  # a rate; a gap of years has the mean of its growth
        values = np.diff(levels, prepend=0.0) / np.diff(since, prepend=0.0)

    def off(theta: np.ndarray) -> np.ndarray:
        m, p, q = theta[0], *np.exp(theta[1:])
        if way == "levels: logistic":
            return levels - m / (1 + np.exp(np.clip(-q * (since - theta[1]), -500, 500)))
        left = np.exp(-(p + q) * since)
        if way == "density: Bass":
            return values - m * (p + q) ** 2 / p * left / (1 + q / p * left) ** 2
        curve = m * _bass_share(since, p, q)
        if way == "levels: Bass":
            return values - curve
        return values - (curve - m * _bass_share(before, p, q))

    best, least = np.full(3, np.nan), np.inf
    for p, q in STARTS:
        start = np.array([levels.max() * 1.2, np.log(p), np.log(q)])
        if way == "levels: logistic":
            start[1] = since.mean()
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            try:
                tried = optimize.least_squares(off, start, x_scale=np.maximum(np.abs(start), 0.1))
            except ValueError:  # residuals that are no numbers at the start
                continue
        if np.isfinite(tried.cost) and tried.cost < least:
            best, least = tried.x, float(tried.cost)
    return best


def _bass_share(t: np.ndarray, p: float, q: float) -> np.ndarray:
    left = np.exp(-(p + q) * t)
    return (1 - left) / (1 + q / p * left)


def agreement(every: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """How far apart the sums of squares of both solvers are."""
    apart = []
    for years, levels in every.values():
        try:
            own = fit_bass(levels, years, kind="cumulative")
        except InputError:
            continue
        if own.values.size != levels.size:  # the first level is what came before
            continue
        m, p, q = public_fit("growth within the year: Bass", years, levels)
        since = (years - years[0] + 1).astype(float)
        p, q = np.exp([p, q])
        other = m * (_bass_share(since, p, q) - _bass_share(since - 1, p, q))
        ours, theirs = (float(((own.values - fit) ** 2).sum()) for fit in (own.fitted, other))
        apart.append(ours / theirs - 1)
    most = 100 * max(map(abs, apart))
    return f"{len(apart)} series, whose sums of squares are at most {most:.4f} % apart"


def counted(
    way: str, found: Mapping[str, dict[str, Found]], tops: Mapping[str, float]
) -> list[str]:
    """Series computed, saturations given, below what was reached, and of these said to be."""
    own = {name: each[way] for name, each in found.items() if not each[way].reason}
    given = {name: each for name, each in own.items() if np.isfinite(each.saturation)}
    below = [each for name, each in given.items() if is_below(each.saturation, tops[name])]
    title = f"public convention, {way}" if way in PUBLIC else way
    said = sum(each.is_said for each in below)
    return [title, *(str(number) for number in (len(own), len(given), len(below), said))]


def _shown(found: Found, top: float) -> str:
    if found.reason:
        return f"({found.reason})"
    if not np.isfinite(found.saturation):
        return "-"
    return _figure(found.saturation) + ("!" if is_below(found.saturation, top) else "")


def _figure(value: float) -> str:
    return f"{value:.4g}" if value < 1e5 else f"{value:.1e}"
