"""Productivity on published data, as Markdown: reference cases, the world, US industries, and what
does not come out.

    python -m benchmarks.productivity.replications DATA [docs/replications/productivity.md]

DATA is a folder with the folders productivity and provinces of the reference data. The published
figures of the cases stand in tests/reference/productivity_cases.json. It takes about
four minutes, most of them for the coverage of bootstrapped intervals.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.productivity import industry_accounts, replication_cases, world_accounts
from benchmarks.productivity.page_tables import table
from benchmarks.productivity.panels import panel_of
from benchmarks.productivity.replication_cases import FIRMS, INPUTS, OUTPUTS, Case, alabama, farms

from firstlight.instruments.productivity.capital_stocks.base_stock import (
    ZHANG_JUN,
    ZHANG_JUN_DEPRECIATION,
    BaseStock,
)
from firstlight.instruments.productivity.capital_stocks.perpetual_inventory import capital_stock
from firstlight.instruments.productivity.frontier_efficiency.order_m import order_m_scores
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import bootstrap_scores
from firstlight.instruments.productivity.growth_accounting.mean_shifts import best_partitions
from firstlight.instruments.productivity.growth_accounting.productivity_breaks import (
    break_intervals,
)
from firstlight.instruments.productivity.indices.hicks_moorsteen_changes.hicks_moorsteen import (
    hicks_moorsteen,
)
from firstlight.instruments.productivity.production_functions.estimators import (
    levinsohn_petrin,
    olley_pakes,
    wooldridge,
)

HEAD = "<!-- Written by benchmarks/productivity/replications.py: change nothing here. -->"
NEEDED = (
    "productivity/PFT1981.csv",
    "productivity/Tone2001.csv",
    "productivity/Tone2003.csv",
    "productivity/china_provinces_2013_2015.dta",
    "productivity/front41.txt",
    industry_accounts.FILE,
    "productivity/prodest_chile.csv",
    "productivity/pwt10_01.parquet",
    "productivity/usagri.csv",
    "provinces/capital_asset.csv",
)
CHONGQING = {"chongqing": BaseStock(rule="harberger")}


def main() -> None:
    """Compute every figure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    absent = [name for name in NEEDED if not (asked.data / name).is_file()]
    if absent:
        sys.exit(f"no {', '.join(absent)} in {asked.data}")
    text = "\n".join([*page(asked.data), ""])
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


def page(data: Path) -> list[str]:
    """Every section of the page."""
    return [
        HEAD,
        "",
        "# Productivity, replicated",
        "",
        "What the instruments of productivity say of published data: figures of papers and programs beside ours, then the world and US",
        "industries, and at the end what does not come out or hangs on a convention. Three subjects have pages of their own:",
        "[China's provinces](provinces.md), [production functions of firms](production_functions.md) and [stochastic frontiers](panel_frontiers.md).",
        "",
        *cases(replication_cases.compare(data)),
        *world_accounts.section(data),
        *industry_accounts.section(data),
        *provinces(data),
        "## What does not come out, or hangs on a convention",
        "",
        *two_hicks_moorsteens(data),
        *state_coefficients(data),
        *other_gaps(),
        *coverage(data),
    ]


def cases(found: list[Case]) -> list[str]:
    """All cases at a glance, then every figure."""
    glance, lines = [], []
    for case in found:
        glance.append((case.title, f"{sum(case.met)} of {len(case.met)}", case.source))
        for name, published, here, tolerance, met in zip(
            case.names, case.published, case.here, case.tolerance, case.met, strict=True
        ):
            lines.append(
                (
                    case.title,
                    name,
                    f"{published:.10g}",
                    _like(here, published, tolerance),
                    f"{tolerance:.1g}" if tolerance else "exact",
                    "met" if met else "**not met**",
                )
            )
    told = [
        f"- **{case.title}.** {case.convention}" + (f" Tolerance: {case.why}." if case.why else "")
        for case in found
    ]
    return [
        "## Published and recomputed figures",
        "",
        *table(("case", "figures within tolerance", "source"), glance),
        "*Recomputed* means by the public program that is named, on the same data. A tolerance is half a unit of the last digit given, unless",
        "the list of conventions says otherwise.",
        "",
        *table(("case", "figure", "published or recomputed", "here", "tolerance", ""), lines),
        "The conventions that give them:",
        "",
        *told,
        "",
    ]  # fmt: skip


def _like(value: float, published: float, tolerance: float) -> str:
    """As many decimals as were published, and as the tolerance needs."""
    if tolerance == 0:
        return f"{value:g}"
    if abs(value) < 1e-3:
        return f"{value:.2e}"
    given = len(f"{published:.10g}".partition(".")[2])
    return f"{value:.{max(given, int(np.ceil(-np.log10(tolerance))) + 1)}f}"


def stocks(data: Path, rule: BaseStock) -> pl.DataFrame:
    """unit, year, capital_end and base_remaining_share of 31 provinces, at 1952 prices."""
    formation = pl.read_csv(
        data / "provinces/capital_asset.csv", null_values=["NA"], infer_schema_length=None
    )
    options: dict[str, Any] = {
        "unit": "prv",
        "year": "yr",
        "price": "InvestPrice",
        "own_base": CHONGQING,
    }
    return capital_stock(
        formation, "invest", depreciation=ZHANG_JUN_DEPRECIATION, base=rule, **options
    )


def provinces(data: Path) -> list[str]:
    """Capital of Chinese provinces, and how long the first stock matters."""
    rules = {
        "Zhang Jun": ZHANG_JUN,
        "Harberger": BaseStock(rule="harberger"),
        "Hall and Jones": BaseStock(rule="hall_jones"),
    }
    tables = {name: stocks(data, rule) for name, rule in rules.items()}
    first = tables["Zhang Jun"]
    lines = []
    for year in (1960, 1970, 1980, 1990, 2000, 2010, 2020):
        own = (
            first.filter(pl.col("year") == year)
            .drop_nulls("capital_end")
            .select("unit", "capital_end", "base_remaining_share")
        )
        cells = []
        for name in ("Harberger", "Hall and Jones"):
            other = (
                tables[name]
                .filter(pl.col("year") == year)
                .drop_nulls("capital_end")
                .select("unit", other="capital_end")
            )
            away = (
                own.join(other, on="unit")
                .select((pl.col("other") / pl.col("capital_end") - 1).abs())
                .to_series()
            )
            cells.append(f"{away.median():.1%} ({away.max():.1%})")
        lines.append((year, own.height, f"{own['base_remaining_share'].median():.1%}", *cells))
    lost = {
        name: found.filter(pl.col("capital_end").is_null())["unit"].unique().sort().to_list()
        for name, found in tables.items()
    }
    none = "; ".join(
        f"{name}: {', '.join(unit.capitalize() for unit in units)}"
        for name, units in lost.items()
        if units
    )
    return [
        "## China's provinces: from raw capital formation",
        "",
        f"Gross fixed capital formation of {first['unit'].n_unique()} provinces, {first['year'].min()} to {first['year'].max()}, depreciation 9.6%. The first stock is a guess under any rule; how long does it",
        "matter? What is left of it by Zhang Jun's rule (ten times the investment of 1952), and how far the stock by two other rules is from his,",
        "median province (largest). Chongqing's record begins in 1996 and has Harberger's rule throughout.",
        "",
        *table(("end of", "provinces", "first stock, still in it", "Harberger's rule, away by", "Hall and Jones's, away by"), lines),
        *([f"No stock at all, since the mean growth of the first ten years is too negative for the rule: {none}.", ""] if none else []),
        "From the 1990s on the rule doesn't matter; price indices and the definition of investment do. What productivity these stocks give,",
        "with CO2 and under which conventions, is told in [Productivity of China's provinces](provinces.md).",
        "",
    ]  # fmt: skip


def two_hicks_moorsteens(data: Path) -> list[str]:
    """The definition beside what R's productivity computes."""
    rows, lines, first = farms(data), [], []
    for returns in ("crs", "vrs"):
        both = [
            hicks_moorsteen(panel_of(rows, INPUTS, OUTPUTS), returns=returns, aggregator=a)
            for a in ("distance", "shadow_prices")
        ]
        if returns == "crs":
            first = [alabama(found) for found in both]
        defined, priced = (
            found.table.select("unit", "to_year", "tfp_change_index") for found in both
        )
        away = defined.join(priced, on=["unit", "to_year"]).drop_nulls()
        gap = np.abs(np.log((away["tfp_change_index"] / away["tfp_change_index_right"]).to_numpy()))
        lines.append(
            (
                returns,
                gap.size,
                int((gap < 1e-6).sum()),
                f"{np.median(gap):.2%}",
                f"{gap.max():.1%}",
                # One programme more or less is degenerate on another processor.
                f"about {round(both[1].pinned_share * 20) * 5}%",
            )
        )
    return [
        "### Hicks-Moorsteen: two indices of one name",
        "",
        f"The definition (Bjurek 1996) gives {first[0]:.8f} for Alabama 1996 with constant returns, R's productivity {first[1]:.8f}: it does not measure the",
        "distances of the mixed points, but values both years' quantities at the shadow prices of one point. The two agree only where",
        "the frontier is flat between the years. The definition is the default; the other is `aggregator=\"shadow_prices\"`. All",
        "states and years:",
        "",
        *table(("returns", "changes", "the same", "median difference", "largest", "shadow prices not unique"), lines),
        "Where shadow prices are not unique a rule picks them, here one that does not hang on the solver.",
        "",
    ]  # fmt: skip


def state_coefficients(data: Path) -> list[str]:
    """prodest's coefficients of capital beside the papers' own."""
    firms = pl.read_csv(data / "productivity/prodest_chile.csv")
    methods: list[tuple[str, Any, str, dict[str, Any], dict[str, Any]]] = [
        (
            "Olley-Pakes",
            olley_pakes,
            "log_investment",
            {"law": "fitted", "replications": 0},
            {"replications": 0},
        ),
        (
            "Levinsohn-Petrin",
            levinsohn_petrin,
            "log_materials",
            {"law": "fitted", "replications": 0},
            {"replications": 0},
        ),
        ("Wooldridge", wooldridge, "log_materials", {"proxy_function": "without_state"}, {}),
    ]
    lines = [
        (
            name,
            *(
                f"{fit(firms, **FIRMS, proxy=[proxy], **more).elasticity[2]:.3f}"
                for more in (theirs, ours)
            ),
        )
        for name, fit, proxy, theirs, ours in methods
    ]
    return [
        "### prodest's elasticities of capital",
        "",
        "Its figures come out under its conventions, which are options here. The papers' own, the default, give other ones; Wooldridge's",
        "without the linear term of capital hangs on capital's unit and misses a planted truth, as",
        "[production functions](production_functions.md) shows.",
        "",
        *table(("elasticity of capital", "prodest's conventions", "the paper's, default"), lines),
    ]  # fmt: skip


def other_gaps() -> list[str]:
    """What else can't be had from these data."""
    return [
        "### Not to be had from these data",
        "",
        "- FRONTIER's figures come out to five or six digits, not to all that it prints: it stops early, and the likelihood here is higher.",
        "- Fernald's quarterly series is not among the reference data: the identity is checked, his figures are not.",
        "- Three numbers of hours that the Penn World Table's makers had are not in its file: six changes and three levels can't come out.",
        "- The Global Malmquist-Luenberger figures hang on every convention listed; [provinces](provinces.md) changes one at a time.",
        "",
    ]


SHIFTS, TRIALS = (0.5, 1.0, 1.5, 2.0), 1000


def break_coverage(shift: float, trials: int = TRIALS, correlation: float = 0.0) -> float:
    """How often a 95% interval holds the one break of 60 years, known to be one; the shift in
    standard deviations of the noise."""
    random, hits = np.random.default_rng(5), 0
    for _ in range(trials):
        noise = random.normal(size=60)
        for t in range(1, 60):
            noise[t] = correlation * noise[t - 1] + np.sqrt(1 - correlation**2) * noise[t]
        y = noise + shift * (np.arange(60) >= 30)
        low, high = break_intervals(y, best_partitions(y, 1, 9)[1][1])
        hits += int(low[0] <= 30 <= high[0])
    return hits / trials


def breaks_found(shift: float, trials: int = 300) -> float:
    """How often tests at 5% find a break at all in such years, with independent errors."""
    random, years = np.random.default_rng(6), np.arange(60)
    growth = random.normal(size=(trials, 60)) + shift * (years >= 30)
    units = np.repeat([f"{k:03}" for k in range(trials)], 60)
    series = pl.DataFrame({"unit": units, "year": np.tile(years, trials), "growth": growth.ravel()})
    return world_accounts.with_a_break(world_accounts.breaks(series))[0] / trials


def bootstrap_coverage(smoothing: str, trials: int = 100) -> tuple[float, float]:
    """Of a unit of known efficiency under a curved frontier: how often its 95% interval holds it,
    and the share of bias left."""
    random, hits, errors = np.random.default_rng(8), 0, []
    for trial in range(trials):
        x, truth = random.uniform(1, 10, (100, 1)), np.exp(-np.abs(random.normal(0, 0.4, 100)))
        x[0], truth[0] = 5, 0.7
        found = bootstrap_scores(x, x**0.8 * truth[:, None], orientation="output", replications=100, smoothing=smoothing, seed=trial)  # fmt: skip
        hits += int(found.low[0] <= 1 / truth[0] <= found.high[0])
        errors.append((found.score[0] - 1 / truth[0], found.corrected[0] - 1 / truth[0]))
    raw, corrected = np.mean(errors, axis=0)
    return hits / trials, float(corrected / raw)


def order_m_coverage(side: str, spread: str, count: int, m: int = 25, trials: int = 1000) -> float:
    """How often an order-m interval of 95% holds the truth, for one unit with so many comparable
    ones, one quantity each."""
    hits = 0
    for trial in range(trials):
        random, one = np.random.default_rng([9, trial]), np.ones((count, 1))
        drawn = (
            random.exponential(1, (count, 1))
            if spread == "exponential"
            else random.uniform(0, 1, (count, 1))
        )
        if side == "input":
            truth = 0.5 + (1 / m if spread == "exponential" else 1 / (m + 1))
            found = order_m_scores([[1.0]], [[1.0]], m=m, reference=(0.5 + drawn, one))
        else:
            truth = (
                float((1 / np.arange(1, m + 1)).sum()) if spread == "exponential" else m / (m + 1)
            )
            found = order_m_scores(
                [[1.0]], [[1.0]], m=m, reference=(one, drawn), orientation="output"
            )
        hits += int(abs(found.score[0] - truth) <= 1.959964 * found.standard_error[0])
    return hits / trials


def order_m_intervals() -> list[str]:
    """Coverage of order-m intervals by how many units may be drawn."""
    shares = (0.2, 1, 2, 5, 10, 20)
    rows = [
        (
            f"{side}, {spread}",
            *(f"{order_m_coverage(side, spread, int(25 * share)):.0%}" for share in shares),
        )
        for side in ("input", "output")
        for spread in ("exponential", "uniform")
    ]
    return [
        "**Order-m** (Cazals, Florens and Simar 2002). m = 25, one quantity, exponential or uniform; 1,000 samples. How often the 95% interval holds the truth,",
        "by how many units may be drawn: not many times m, the standard error is too small and the score too near to the hull. The summary counts such units.",
        "",
        *table(("side, distribution", *(f"{share:g} m" for share in shares)), rows),
    ]  # fmt: skip


def coverage(data: Path) -> list[str]:
    """Intervals that hold the truth less often than they say."""
    dates = [
        (
            shift,
            *(f"{break_coverage(shift, correlation=r):.0%}" for r in (0.0, 0.3)),
            f"{breaks_found(shift):.0%}",
        )
        for shift in SHIFTS
    ]
    spread, size = world_accounts.spread_and_size(data)
    scores = []
    for name, label in (
        ("reflected", "reflected, the default"),
        ("simar_wilson_1998", "as in Simar and Wilson (1998)"),
    ):
        held, left = bootstrap_coverage(name)
        scores.append((label, f"{held:.0%}", f"{left:.0%}"))
    return [
        "### Intervals that hold the truth less often than they say",
        "",
        f"**Dates of breaks** (Bai 1997). One break in 60 simulated years, known to be one; {TRIALS:,} draws (300 for the tests). How often the 95% interval holds",
        "the true date, and how often a break would be found at all, errors independent:",
        "",
        *table(("shift, in standard deviations of the noise", "independent", "autocorrelation .3", "a break is found at all, tests at 5%"), dates),
        f"In the Penn World Table growth of TFP deviates from its means by {spread:.1f} points in the median country, and the median break found",
        f"is {size:.1f} of its country's standard deviations. A shift of one point would be found in {breaks_found(1 / spread):.0%} of such series, and the",
        "size of those that are found is flattered by having been found. Where residuals are correlated, of which the summary warns, intervals are too narrow at any size.",
        "",
        "**Bootstrapped efficiency** (Simar and Wilson 1998). A unit of efficiency .7 among 100 with one input, one output and a curved",
        "frontier (y = x^.8), variable returns, 100 samples of 100 replications each. A frontier of flat pieces can't follow the curve:",
        "",
        *table(("smoothing", "95% interval holds the truth", "bias left after correction"), scores),
        *order_m_intervals(),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
