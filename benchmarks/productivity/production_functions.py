"""Production functions of firms, as Markdown: published values beside ours, and which method finds
a planted truth.

    python -m benchmarks.productivity.production_functions DATA
    [docs/replications/production_functions.md]

DATA is a folder with prodest_chile.csv, the Chilean firms of R's package prodest. It takes some ten
minutes, most of them for bootstrapped intervals.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.planted.firms import made_up_firms

from firstlight.instruments.productivity.production_functions.estimators import (
    ackerberg_caves_frazer,
    levinsohn_petrin,
    olley_pakes,
    wooldridge,
)
from firstlight.instruments.productivity.production_functions.markups import markups

HEAD = "<!-- Written by benchmarks/productivity/production_functions.py: change nothing here. -->"
CHILE: dict[str, Any] = {
    "output": "log_y",
    "free": ["log_lab1", "log_lab2"],
    "state": ["log_k"],
    "unit": "id",
    "log": False,
}
MADE: dict[str, Any] = {"output": "y", "free": ["l"], "state": ["k"], "log": False}
SAMPLES, FIRMS, YEARS = 20, 500, 10
RUNS, FEW_FIRMS, FEW_YEARS, DRAWS = (
    200,
    150,
    6,
    99,
)  # for intervals: many samples, each of fewer firms
MARKUP = 1.25
NO_ERRORS: dict[str, Any] = {"replications": 0}
Estimate = Callable[..., Any]

# name, estimator, proxy, published by prodest, options that are prodest's, the paper's options at
# the same degree
PUBLISHED: list[tuple[str, Estimate, str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "Olley-Pakes",
        olley_pakes,
        "log_investment",
        ".314, .256, .168",
        {"law": "fitted", **NO_ERRORS},
        NO_ERRORS,
    ),
    (
        "Levinsohn-Petrin",
        levinsohn_petrin,
        "log_materials",
        ".199, .169, .117",
        {"law": "fitted", **NO_ERRORS},
        NO_ERRORS,
    ),
    (
        "Wooldridge",
        wooldridge,
        "log_materials",
        ".247, .217, .058",
        {"proxy_function": "without_state"},
        {},
    ),
]
METHODS: list[tuple[str, Estimate, dict[str, Any]]] = [
    ("Olley-Pakes", olley_pakes, {"proxy": ["i"], **NO_ERRORS}),
    ("Levinsohn-Petrin", levinsohn_petrin, {"proxy": ["m"], **NO_ERRORS}),
    ("Ackerberg-Caves-Frazer", ackerberg_caves_frazer, {"proxy": ["m"], **NO_ERRORS}),
    ("Wooldridge, shared function (the paper's)", wooldridge, {"proxy": ["m"]}),
    ("Wooldridge, separate functions", wooldridge, {"proxy": ["m"], "proxy_function": "separate"}),
    ("Wooldridge, second equation alone", wooldridge, {"proxy": ["m"], "equations": "second"}),
    (
        "Wooldridge, without the state's term (prodest's)",
        wooldridge,
        {"proxy": ["m"], "proxy_function": "without_state"},
    ),
]
LABOUR = {
    "error": "knowing productivity, off by an error that is over within the year",
    "habit": "knowing productivity, off by an error that lasts",
    "wages": "half a year before, at the firm's own wage",
}


def main() -> None:
    """Compute every figure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    if not (asked.data / "prodest_chile.csv").is_file():
        sys.exit(f"no prodest_chile.csv in {asked.data}")
    text = "\n".join(
        [
            HEAD,
            "",
            *published(pl.read_csv(asked.data / "prodest_chile.csv")),
            *planted(),
            *intervals(),
            "",
        ]
    )
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    """A Markdown table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines] + [""]


def figures(values: Iterable[float]) -> str:
    """Three digits each."""
    return ", ".join(f"{value:.3f}".replace("0.", ".", 1) for value in values)


def published(firms: pl.DataFrame) -> list[str]:
    """R's prodest on its own firms, by its conventions and by the papers'."""
    rows = []
    for name, estimate, proxy, value, theirs, ours in PUBLISHED:
        by_theirs, by_paper = (
            estimate(firms, **CHILE, proxy=[proxy], degree=2, **each).elasticity
            for each in (theirs, ours)
        )
        rows.append((name, value, figures(by_theirs), figures(by_paper)))
    unit = firms.with_columns(log_k=pl.col("log_k") - np.log(1000))
    moved = []
    for proxy_function in ("without_state", "separate", "shared"):
        options: dict[str, Any] = {
            **CHILE,
            "proxy": ["log_materials"],
            "degree": 2,
            "proxy_function": proxy_function,
        }
        moved.append(
            (
                proxy_function,
                *(f"{wooldridge(each, **options).elasticity[2]:.3f}" for each in (firms, unit)),
            )
        )
    return [
        "# Production functions of firms, replicated",
        "",
        "Elasticities of skilled labour, unskilled labour and capital, of 2,544 firm-years of Chilean firms, 1996-2006, that come",
        "with R's package prodest; its conventions were read in its published source, none of its code is here.",
        "All with a polynomial of degree 2, as prodest fixes it.",
        "",
        *table(["method", "prodest", "here, prodest's conventions", "here, by default"], rows),
        "Where they differ:",
        "",
        "- **Olley-Pakes, Levinsohn-Petrin**: prodest fits the law of motion to productivity without noise (`law='fitted'`, as",
        "  Petrin, Poi and Levinsohn 2004 write it). Olley and Pakes fit it to output less inputs, together with capital's",
        "  elasticity, by least squares (`law='output'`, the default). Labour comes from the first stage and is the same.",
        "- **Wooldridge**: prodest leaves the linear term of capital out of the first equation's unknown function",
        "  (`proxy_function='without_state'`). Capital's elasticity is then read from the first equation too, where it can't be",
        "  known. The figure hangs on the unit in which capital is measured, and misses a planted truth (below).",
        "",
        "Wooldridge's elasticity of capital, with capital as it is and divided by 1,000:",
        "",
        *table(["proxy function", "as it is", "in thousands"], moved),
    ]


def planted() -> list[str]:
    """Means and standard deviations over made-up samples."""
    lines = [
        "## Which method finds a planted truth",
        "",
        f"{SAMPLES} made-up samples of {FIRMS} firms over {YEARS} years, each with elasticities .6 (labour) and .4 (capital) planted",
        "(`benchmarks.planted.firms`, in the spirit of Ackerberg, Caves and Frazer 2015). The three",
        "kinds differ in what moves labour beside productivity. Mean of the estimates, and their standard deviation over the samples.",
        "In the third kind materials move with labour, which Levinsohn-Petrin and Wooldridge don't allow. Olley-Pakes and",
        "Levinsohn-Petrin agree in the first two, since investment and materials both follow from capital and productivity.",
        "",
    ]
    for kind, words in LABOUR.items():
        samples = [made_up_firms(FIRMS, YEARS, labour=kind, seed=seed) for seed in range(SAMPLES)]
        rows = []
        for name, estimate, options in METHODS:
            found = np.array([estimate(each, **MADE, **options).elasticity for each in samples])
            middle, spread = found.mean(axis=0), found.std(axis=0, ddof=1)
            rows.append(
                (name, *(f"{m:.3f} ({s:.3f})" for m, s in zip(middle, spread, strict=True)))
            )
        lines += [
            f"### Labour chosen {words}",
            "",
            *table(["method", "labour (.6)", "capital (.4)"], rows),
        ]
    return [
        *lines,
        'Ackerberg-Caves-Frazer\'s moments have a second solution near (1, 0), where "productivity" is what else moves labour (Kim,',
        "Luo and Su 2019). Of the solutions whose productivity varies less than output, the one with the most persistent",
        "productivity is given; that is the true one in the first and third kind. In the second kind the error lasts as long as",
        "productivity, and nothing tells the two apart: the summary says so, and the table `solutions` has both. Wooldridge's second",
        "equation alone needs last year's labour to say something of this year's, which it does only in the second kind.",
        "",
    ]


def intervals() -> list[str]:
    """How often 95% intervals hold the planted elasticities, and a planted markup."""
    held: dict[str, list[list[float]]] = {}
    markup_held: list[bool] = []
    options: dict[str, Any] = {"degree": 2, "omega_degree": 2}
    for seed in range(RUNS):
        firms, waged = (
            made_up_firms(FEW_FIRMS, FEW_YEARS, labour=kind, seed=1000 + seed)
            for kind in ("error", "wages")
        )
        drawn = {**options, "replications": DRAWS, "seed": seed}
        found = {
            "Olley-Pakes": olley_pakes(firms, **MADE, proxy=["i"], **drawn),
            "Levinsohn-Petrin": levinsohn_petrin(firms, **MADE, proxy=["m"], **drawn),
            "Ackerberg-Caves-Frazer (third kind)": ackerberg_caves_frazer(
                waged, **MADE, proxy=["m"], **drawn
            ),
            "Wooldridge, shared function": wooldridge(firms, **MADE, proxy=["m"], **options),
        }
        for name, each in found.items():
            inside = (each.low <= (0.6, 0.4)) & (each.high >= (0.6, 0.4))
            held.setdefault(name, []).append([*each.elasticity, *each.standard_error, *inside])
        foreseen = (0.6 * firms["l"] + 0.4 * firms["k"] + firms["omega"]).exp()
        spending = firms.select(
            "unit", "year", wages=0.6 / MARKUP * foreseen, value=pl.col("y").exp()
        )
        told = markups(
            found["Levinsohn-Petrin"], spending, input="l", expenditure="wages", revenue="value"
        )
        markup_held.append(told.median_low <= MARKUP <= told.median_high)
    rows = []
    for name, lines in held.items():
        spread, error = np.std(lines, axis=0, ddof=1)[:2], np.mean(lines, axis=0)[2:4]
        inside = np.mean(lines, axis=0)[4:]
        rows.append(
            (
                name,
                *(f"{e:.3f} ({s:.3f})" for e, s in zip(error, spread, strict=True)),
                *(f"{each:.0%}" for each in inside),
            )
        )
    return [
        "## How often 95% intervals hold the planted truth",
        "",
        f"{RUNS} samples of {FEW_FIRMS} firms over {FEW_YEARS} years, polynomials of degree 2, {DRAWS} draws of firms in each bootstrap (Wooldridge",
        "has none). Mean standard error, beside what the estimates really vary by (in brackets):",
        "",
        *table(["method", "error of labour", "error of capital", "interval of labour holds .6", "interval of capital holds .4"], rows),
        f"Firms that spend .6 / {MARKUP} of foreseen value added on labour have a markup of {MARKUP} planted; the interval of the median markup, from",
        f"Levinsohn-Petrin's elasticity of labour, holds it in {np.mean(markup_held):.0%} of the samples.",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
