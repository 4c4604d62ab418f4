"""Breaks told apart: planted ones by kind, size and correlation of errors, and published cases, as
Markdown.

    python -m benchmarks.productivity.breaks [docs/replications/breaks.md]

The published cases are read from tests/reference; nothing else is needed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from firstlight.instruments.productivity.series_breaks.kinds_of_break import (
    CORRELATIONS,
    KINDS,
    BreakFit,
    tell_breaks,
)

REFERENCE = Path(__file__).resolve().parents[2] / "tests" / "reference"
HEAD = "<!-- Written by benchmarks/productivity/breaks.py: change nothing here. -->"
YEARS, SERIES = 60, 60
TRUE_CORRELATIONS = (0.0, 0.5, 0.8, 1.0)
NEAR = 3  # years, within which a break counts as found
DRAWS = 199
PLACES = {"outlier": 35, "level_shift": 25, "slope": 30}
# in standard deviations of the errors; of a random walk's steps twice that, of its slope ten times
SIZES = {"outlier": (4.0, 6.0), "level_shift": (2.0, 3.0), "slope": (0.15, 0.3)}
COUNTRIES = {
    "published not to have slowed down": ("USA", "CAN", "GBR"),
    "other industrial countries": (
        [
            "AUS",
            "AUT",
            "BEL",
            "CHE",
            "DEU",
            "DNK",
            "ESP",
            "FIN",
            "FRA",
            "GRC",
            "IRL",
            "ITA",
            "JPN",
            "NLD",
            "NOR",
            "NZL",
            "PRT",
            "SWE",
        ]
    ),
}


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    cases = json.loads((REFERENCE / "breaks.json").read_text(encoding="utf-8"))
    lines = [HEAD, "", *planted_part(), *published_part(cases)]
    text = "\n".join([*lines, ""])
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


def errors(seed: int, rho: float) -> np.ndarray:
    """Errors of variance 1, or a random walk of unit steps, about a line."""
    rng = np.random.default_rng(seed)
    e = rng.normal(size=YEARS)
    if rho == 1:
        return e.cumsum() + 0.2 * np.arange(YEARS)
    for k in range(1, YEARS):
        e[k] = rho * e[k - 1] + np.sqrt(1 - rho**2) * e[k]
    return e + 0.1 * np.arange(YEARS)


def effect(kind: str, size: float, rho: float) -> np.ndarray:
    """A break of a kind at its place."""
    years, at = np.arange(YEARS), PLACES[kind]
    if kind == "slope":
        return size * (10 if rho == 1 else 1) * np.maximum(years - at + 1, 0)
    where = years == at if kind == "outlier" else years >= at
    return size * (2 if rho == 1 else 1) * where


def planted_part() -> list[str]:
    """Hit rates of planted breaks, what they are taken for, and breaks where there are none."""
    chance, rows = [], []
    for rho in TRUE_CORRELATIONS:
        print(f"planted, errors {rho}", file=sys.stderr, flush=True)
        for is_given in (True, False):
            known = {"correlation": rho} if is_given else {}
            fits = [tell_breaks(errors(seed, rho), draws=DRAWS, **known) for seed in range(SERIES)]
            label = "given" if is_given else "read from the series"
            chance.append([f"{rho:g}", label, *map(str, of_kinds(fits))])
            for kind in KINDS:
                for size in SIZES[kind]:
                    rows.append([f"{rho:g}", label, *hits(kind, size, rho, known)])
    return [
        "# Breaks told apart",
        "",
        "What `firstlight measure breaks` and `tell_breaks` find of breaks that were planted, and of published cases. The method and its sources stand in "
        "[Productivity](../explanation/productivity.md#when-a-series-broke).",
        "",
        "## Breaks where there are none",
        "",
        f"Of {SERIES} series of {YEARS} years about a line, without any break, how many have one, and of which kind. At 5 % three would, whether the correlation of errors "
        "is given or read from the series; [false alarms](../explanation/false_alarms.md) are counted over more series there.",
        "",
        *markdown(["errors' correlation", "it is", "with a break", *_shown(KINDS)], chance),
        "",
        "## Planted breaks",
        "",
        f"One break in each of {SERIES} such series: how many have a break of its kind within {NEAR} years of it, how many a break of another kind there, how many any other break; and the share of intervals that "
        "hold the year (95 % intervals, of those found; the year of an outlier has none). Sizes are in standard deviations of the errors, of a slope per year; of random walks in "
        "steps' standard deviations.",
        "",
        *markdown(
            [
                "errors' correlation",
                "it is",
                "kind",
                "size",
                "found",
                "another kind",
                "elsewhere",
                "interval holds",
            ],
            rows,
        ),
        "",
    ]


def of_kinds(fits: list[BreakFit]) -> list[int]:
    """How many series have any break, and a break of each kind."""
    has = [{each.kind for each in fit.breaks} for fit in fits]
    return [sum(bool(own) for own in has), *(sum(kind in own for own in has) for kind in KINDS)]


def hits(kind: str, size: float, rho: float, known: dict[str, float]) -> list[str]:
    """A row: kind, size, found, taken for another kind, elsewhere, coverage."""
    at = PLACES[kind]
    found = other = elsewhere = 0
    held = []
    for seed in range(SERIES):
        y = errors(seed, rho) + effect(kind, size, rho)
        every = tell_breaks(y, draws=DRAWS, **known).breaks
        near = [each for each in every if abs(each.at - at) <= NEAR]
        own = [each for each in near if each.kind == kind]
        found += bool(own)
        other += bool(near) and not own
        elsewhere += len(every) > len(near)
        held += [each.low <= at <= each.high for each in own]
    factor = {"slope": 10, "level_shift": 2, "outlier": 2}[kind] if rho == 1 else 1
    coverage = f"{np.mean(held):.2f}" if held and kind != "outlier" else ""
    return [*_shown([kind]), f"{size * factor:g}", str(found), str(other), str(elsewhere), coverage]


def published_part(cases: dict[str, dict[str, list[float]]]) -> list[str]:
    """The Nile, postwar growth, Ireland, and what does not come out."""
    print("published", file=sys.stderr, flush=True)
    nile, gnp = cases["nile"], cases["us_real_gnp"]
    flow = np.array(nile["values"], dtype=float)
    plain = {"trend": False, "correlation": 0.0}
    rows = [
        ["a constant, independent errors, 5 %", *nile_row(tell_breaks(flow, **plain))],
        [
            "a constant, independent errors, 25 %",
            *nile_row(tell_breaks(flow, significance=0.25, **plain)),
        ],
        ["a line, correlation read", *nile_row(tell_breaks(flow))],
        ["a line, random walk", *nile_row(tell_breaks(flow, correlation=1.0))],
    ]
    logs = 100 * np.log(np.array(gnp["values"]))
    crash = [
        [
            "read from the series" if rho is None else f"{rho:g}",
            _listed(tell_breaks(logs, correlation=rho), 1909),
        ]
        for rho in (None, *CORRELATIONS)
    ]
    return [
        "## The Nile",
        "",
        f"Annual flow at Aswan, 1871-1970 (Cobb 1978). Published: one break of the mean after 1898 (strucchange; its 95 % interval is 1895 to 1902); by Chen and Liu's procedure (tsoutliers) "
        f"a jump of {nile['level_shift']} from 1899 and an outlier of {nile['outlier']} in 1913. The outlier comes out with the published size where it is let in, but is no surprise among a hundred years: "
        f"such packages hold each statistic against a fixed value of about 3, which independent errors without any break exceed somewhere in {fixed_value():.0%} of series of that length.",
        "",
        *markdown(["model and chance allowed", "breaks (95 % interval), size, p-value"], rows),
        "",
        "## Growth after 1950",
        "",
        "GDP per person at constant national prices (Penn World Table 10.01), logarithms, 1950 to 1990. Published (Ben-David and Papell 1998, Review of Economics and Statistics 80(4)): most industrial "
        "countries slowed down in the early 1970s; the United States, Canada and the United Kingdom did not.",
        "",
        *markdown(["country", "group", "breaks, size in points of log"], list(countries())),
        "",
        "With data up to 2019 Ireland has one break: "
        + _listed(tell_breaks(gdp("IRL", 2019)), 1950)
        + ", when multinationals moved assets there.",
        "",
        "## What does not come out",
        "",
        "Real GNP of the United States, 1909-1969: Perron (1989) and Zivot and Andrews (1992) find a fall of the level after 1929, by regressions with eight lags of growth, in which the fall takes effect as the errors do. "
        "Here errors have one correlation, and a fall that takes four years is part of their wandering:",
        "",
        *markdown(
            ["correlation of errors", "breaks (95 % interval), size in points of log"], crash
        ),
    ]


def nile_row(fit: BreakFit) -> list[str]:
    """Breaks with their sizes and p-values."""
    return [
        "; ".join(
            f"{_shown([each.kind])[0]} {1871 + each.at} ({1871 + each.low}-{1871 + each.high}), "
            f"{each.change:.2f}, {each.p_value:.3f}"
            for each in fit.breaks
        )
        or "none"
    ]


def fixed_value(value: float = 3.0625, years: int = 100, series: int = 400) -> float:
    """How often a largest t statistic of outliers and jumps about a constant exceeds a value."""
    above = 0
    at = np.arange(years)
    shapes = np.concatenate([np.eye(years), (at[:, None] >= at[None, 1:]) * 1.0], axis=1)
    free = shapes - shapes.mean(axis=0)
    length = (free**2).sum(axis=0)
    for seed in range(series):
        y = np.random.default_rng(seed).normal(size=years)
        y -= y.mean()
        gain = (free.T @ y) ** 2 / length
        t = gain * (years - 2) / (y @ y - gain)
        above += bool(t.max() > value**2)
    return above / series


def gdp(country: str, last: int) -> np.ndarray:
    """100 times the logarithm of GDP per person."""
    table = pl.read_csv(REFERENCE / "data" / "productivity" / "gdp_per_person.csv")
    own = table.filter((pl.col("country_code") == country) & (pl.col("year") <= last)).sort("year")
    return 100 * np.log(own["gdp_per_person_usd_2017"].to_numpy())


def countries() -> Iterator[list[str]]:
    """Each country with its group and its breaks."""
    for group, codes in COUNTRIES.items():
        for code in codes:
            logs = gdp(code, 1990)
            yield [code, group, _listed(tell_breaks(logs), 1991 - logs.size)]


def _listed(fit: BreakFit, first: int) -> str:
    return (
        "; ".join(
            f"{_shown([each.kind])[0]} {first + each.at} ({first + each.low}-{first + each.high}), "
            f"{each.change:+.1f}"
            for each in fit.breaks
        )
        or "none"
    )


def _shown(kinds: list[str] | tuple[str, ...]) -> list[str]:
    return [kind.replace("_", " ") for kind in kinds]


def markdown(heads: list[str], rows: list[list[str]]) -> list[str]:
    """A table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


if __name__ == "__main__":
    main()
