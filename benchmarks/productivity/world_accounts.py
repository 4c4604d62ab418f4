"""The Penn World Table: its own levels and growth of TFP computed again, growth by decade, and
leaps with their base rate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.productivity.page_tables import points, table

from firstlight.instruments.productivity.accounting.level_accounting import level_accounts
from firstlight.instruments.productivity.factor_shares import Factor
from firstlight.instruments.productivity.growth_accounting.primal_and_dual import (
    GrowthAccounts,
    growth_accounts,
)
from firstlight.instruments.productivity.growth_accounting.productivity_breaks import (
    ProductivityBreaks,
    productivity_breaks,
)

NUMBERS = ["cgdpo", "ck", "emp", "avh", "hc", "labsh", "ctfp", "rgdpna", "rkna", "rtfpna"]
LARGE = ("USA", "CHN", "JPN", "DEU", "IND", "GBR", "FRA", "BRA", "ITA", "KOR", "RUS")
DECADES = [
    (1951, 1959),
    (1960, 1969),
    (1970, 1979),
    (1980, 1989),
    (1990, 1999),
    (2000, 2009),
    (2010, 2019),
]
COMPLETED = "hours, missing ones completed"
LABOUR = {
    COMPLETED: ("emp", "hours", "hc"),
    "hours, countries and years without them left out": ("emp", "avh", "hc"),
    "no hours: emp x hc": ("emp", "hc"),
}


def penn(data: Path) -> pl.DataFrame:
    """The table, with hours completed as its makers do: as far from those of the United States as
    in the nearest year known."""
    rows = pl.read_parquet(data / "productivity/pwt10_01.parquet")
    rows = rows.with_columns(pl.col(NUMBERS).cast(pl.Float64, strict=False)).sort("isocode", "year")
    american = rows.filter(pl.col("isocode") == "USA").select("year", american="avh")
    rows = rows.join(american, on="year", maintain_order="left")
    relative = (
        (pl.col("avh") / pl.col("american"))
        .forward_fill()
        .backward_fill()
        .over("isocode")
        .fill_null(1.0)
    )
    return rows.with_columns(hours=relative * pl.col("american"))


def factors(labour: str, capital: str) -> list[Factor]:
    """Labour as named in ``LABOUR``, and a measure of capital."""
    return [Factor("labour", LABOUR[labour], "labsh"), Factor("capital", (capital,))]


def level_errors(
    rows: pl.DataFrame, labour: str = COMPLETED, comparison: str = "multilateral"
) -> pl.DataFrame:
    """unit, year, error: of the log level of TFP, against ``ctfp``."""
    known = rows.drop_nulls("ctfp")
    found = level_accounts(
        known,
        "cgdpo",
        factors(labour, "ck"),
        base_unit="USA",
        unit="isocode",
        comparison=comparison,
    )
    both = found.table.join(
        known, left_on=["unit", "year"], right_on=["isocode", "year"]
    ).drop_nulls("tfp_index")
    return both.select("unit", "year", error=(pl.col("tfp_index") / pl.col("ctfp")).log().abs())


def accounts(rows: pl.DataFrame, labour: str = COMPLETED) -> GrowthAccounts:
    """Growth accounts of every country that has ``rtfpna``."""
    return growth_accounts(
        rows.drop_nulls("rtfpna"), "rgdpna", factors(labour, "rkna"), unit="isocode"
    )


def growth_errors(rows: pl.DataFrame, labour: str = COMPLETED) -> pl.DataFrame:
    """unit, year, error: of TFP growth in points, against ``rtfpna``."""
    growth = 100 * pl.col("rtfpna").log().diff().over("isocode")
    published = rows.select(unit="isocode", year="year", growth=growth)
    both = (
        accounts(rows, labour)
        .table.join(published, on=["unit", "year"])
        .drop_nulls(["tfp_growth_pp", "growth"])
    )
    return both.select("unit", "year", error=(pl.col("tfp_growth_pp") - pl.col("growth")).abs())


def section(data: Path) -> list[str]:
    """The part of the page on the world."""
    rows = penn(data)
    return [*matched(rows), *by_decade(rows), *leaps(rows)]


def matched(rows: pl.DataFrame) -> list[str]:
    """Levels and growth beside the publisher's, under each convention."""
    levels = {(name, "multilateral"): level_errors(rows, name) for name in LABOUR}
    levels[COMPLETED, "bilateral"] = level_errors(rows, comparison="bilateral")
    growth = {name: growth_errors(rows, name) for name in LABOUR}
    found = levels[COMPLETED, "multilateral"]
    gaps = found.filter(pl.col("error") > 1e-4).sort("unit")
    named = ", ".join(f"{unit} {year} ({error:.1%})" for unit, year, error in gaps.rows())
    rest = found.join(gaps, on=["unit", "year"], how="anti")["error"].max()
    return [
        "## The world: Penn World Table 10.01",
        "",
        "### Levels: `ctfp`",
        "",
        f"TFP of each country over that of the United States: {found.height:,} country-years of {found['unit'].n_unique()} countries, median",
        f"difference {found['error'].median():.0e} in logarithms. Three are off, since the file lacks hours that its makers had: {named}.",
        f"The largest of all others is {rest:.0e}.",
        "",
        "The rule of hours, found from the table's own numbers: where a country's hours are missing they stand to those of the United",
        "States as in the nearest year that has them, and are the American ones where it has none at all. The comparison is",
        "multilateral (Caves, Christensen and Diewert 1982), among the countries that have `ctfp` in the year; the formula that the",
        "text prints for two countries gives other numbers. Differences are of logarithms.",
        "",
        *table(
            (
                "labour",
                "comparison",
                "country-years",
                "median difference",
                "95 in 100 below",
                "largest",
            ),
            (
                (*name, f"{e.height:,}", *_spread(e["error"], "{:.1e}"))
                for name, e in levels.items()
            ),
        ),
        "### Growth: `rtfpna`",
        "",
        "The same rule gives the growth of TFP at national prices too, of every country that has it. Percentage points a year.",
        "",
        *table(
            (
                "labour",
                "country-years",
                "countries",
                "median difference",
                "95 in 100 below",
                "largest",
            ),
            (
                (name, f"{e.height:,}", e["unit"].n_unique(), *_spread(e["error"], "{:.1e}"))
                for name, e in growth.items()
            ),
        ),
        f"Of the first row {growth[COMPLETED].filter(pl.col('error') > 1e-3).height} are further away than .001 points: years into and out of those three gaps.",
        "",
    ]


def _spread(values: pl.Series, form: str) -> list[str]:
    return [form.format(value) for value in (values.median(), values.quantile(0.95), values.max())]


def decade_table(rows: pl.DataFrame) -> pl.DataFrame:
    """Mean TFP growth of each country and decade, with the country's weight: its share of output in
    the decade."""
    found = accounts(rows)
    size = rows.select(unit="isocode", year="year", size="cgdpo")
    kept = []
    for first, last in DECADES:
        mean = found.means(first, last)
        of = (
            size.filter(pl.col("year").is_between(first, last))
            .group_by("unit")
            .agg(pl.col("size").mean())
        )
        kept.append(mean.join(of, on="unit").with_columns(decade=pl.lit(f"{first} to {last}")))
    return pl.concat(kept)


def by_decade(rows: pl.DataFrame) -> list[str]:
    """TFP growth of the world and of large economies by decade, and what their growth was made of."""
    decades = decade_table(rows)
    names = [f"{first} to {last}" for first, last in DECADES]
    world = []
    for name in names:
        own = decades.filter(pl.col("decade") == name)
        growth, size = own["tfp_growth_pp"].to_numpy(), own["size"].to_numpy()
        quarters = np.quantile(growth, [0.25, 0.5, 0.75])
        world.append(
            (
                name,
                len(growth),
                *points([*quarters, growth @ size / size.sum()]),
                f"{(growth > 0).mean():.0%}",
            )
        )
    of = {
        (unit, name): value
        for unit, name, value in decades.select("unit", "decade", "tfp_growth_pp").rows()
    }
    return [
        "### Growth of TFP by decade",
        "",
        "Törnqvist accounts with hours completed as above, points a year. Countries as they enter the table, so that decades are not of the",
        "same ones; weighted by output at current purchasing power parities (`cgdpo`), mean of the decade.",
        "",
        *table(
            (
                "decade",
                "countries",
                "lower quartile",
                "median",
                "upper quartile",
                "weighted mean",
                "above 0",
            ),
            world,
        ),
        *table(
            ("country", *names),
            (
                (
                    unit,
                    *[points([of[unit, name]])[0] if (unit, name) in of else "" for name in names],
                )
                for unit in LARGE
            ),
        ),
        "The growth of output is the table's own (`rgdpna`), which for China is lower than the official one.",
        "",
        *made_of(rows),
    ]


def made_of(rows: pl.DataFrame) -> list[str]:
    """Contributions to growth, 1991 to 2019."""
    mean = accounts(rows).means(1991, 2019)
    order = {unit: row for unit, *row in mean.drop("first_year", "last_year", "year_count").rows()}
    head = ("country", "output", "employment", "hours", "human capital", "capital services", "TFP")
    return [
        "What growth was made of, 1991 to 2019, points a year; the parts add up to output:",
        "",
        *table(head, ((unit, *points(order[unit])) for unit in LARGE)),
    ]


RULES: dict[str, dict[str, Any]] = {
    "tests at 5%, the default": {},
    "tests at 1%": {"significance": 0.01},
    "BIC": {"choose": "bic"},
    "LWZ": {"choose": "lwz"},
}


def growth_series(rows: pl.DataFrame) -> pl.DataFrame:
    """unit, year, growth of rtfpna in points."""
    growth = 100 * pl.col("rtfpna").log().diff().over("isocode")
    return rows.select(unit="isocode", year="year", growth=growth).drop_nulls()


def breaks(series: pl.DataFrame, **options: Any) -> ProductivityBreaks:
    """Breaks in mean growth of each country."""
    return productivity_breaks(series, "growth", series="growth", **options)


def with_a_break(found: ProductivityBreaks) -> tuple[int, int]:
    """Units with a break, breaks."""
    rows = found.table.filter(kind="slope")
    return rows["unit"].n_unique(), rows.height


def left_over(series: pl.DataFrame, found: ProductivityBreaks) -> pl.DataFrame:
    """unit, rho, deviation: of growth around the means of its regimes, first autocorrelation and
    standard deviation."""
    means = found.regimes.select("unit", "first_year", "last_year", "mean")
    rest = series.join(means, on="unit").filter(
        pl.col("year").is_between("first_year", "last_year")
    )
    rest = rest.sort("unit", "year").with_columns(rest=pl.col("growth") - pl.col("mean"))
    lagged = (pl.col("rest") * pl.col("rest").shift(1).over("unit")).sum()
    squares = (pl.col("rest") ** 2).sum()
    freedom = pl.len() - pl.col("first_year").n_unique()
    return (
        rest.group_by("unit")
        .agg(rho=lagged / squares, deviation=(squares / freedom).sqrt())
        .sort("unit")
    )


def left_correlated(series: pl.DataFrame, found: ProductivityBreaks) -> float:
    """The autocorrelation of the median country."""
    return float(np.median(left_over(series, found)["rho"].to_numpy()))


def spread_and_size(data: Path) -> tuple[float, float]:
    """The median country's standard deviation, points; the median size of a break in its country's
    standard deviations."""
    series = growth_series(penn(data))
    found = breaks(series)
    left = left_over(series, found)
    sizes = (
        found.table.filter(kind="slope")
        .join(left, on="unit")
        .select((pl.col("change") / pl.col("deviation")).abs())
    )
    return float(np.median(left["deviation"].to_numpy())), float(np.median(sizes.to_numpy()))


def without_a_break(series: pl.DataFrame, correlation: float, seed: int = 0) -> pl.DataFrame:
    """As many countries and years, growth that never leaves its mean, with this autocorrelation."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=series.height)
    first = series["unit"].ne(series["unit"].shift(1)).fill_null(value=True).to_numpy()
    made = noise.copy()
    for t in range(1, made.size):
        if not first[t]:
            made[t] = correlation * made[t - 1] + np.sqrt(1 - correlation**2) * noise[t]
    return series.with_columns(growth=made)


def leaps(rows: pl.DataFrame) -> list[str]:
    """Breaks: the base rate, under each rule and where there is nothing; then some large economies."""
    series = growth_series(rows)
    found = breaks(series)
    units, rho = series["unit"].n_unique(), left_correlated(series, found)
    rates = []
    for name, options in RULES.items():
        real = with_a_break(breaks(series, **options))
        null = [with_a_break(breaks(without_a_break(series, r), **options))[0] for r in (0.0, rho)]
        rates.append(
            (
                name,
                f"{real[0]} of {units} ({real[0] / units:.0%})",
                real[1],
                *[f"{n / units:.0%}" for n in null],
            )
        )
    return [
        "### Leaps: breaks in the growth of TFP",
        "",
        f"Growth of `rtfpna` of {units} countries, each over its own years. First the base rate: how many countries have a break at all,",
        "and how many would have one if growth never left its mean (simulated once, same countries and years): with independent errors,",
        f"and with the autocorrelation that is left around the means found ({rho:.2f} in the median country).",
        "",
        *table(
            ("rule", "countries with a break", "breaks", "without any, independent", f"without any, autocorrelation {rho:.2f}"),
            rates,
        ),
        *by_direction(found),
        "Breaks are far more frequent than by chance, and so common that one country's is nothing exceptional. Large economies, default",
        "rule, 95% intervals (which hold the true date less often where the shift is small: see the end); p is that of no break at all,",
        "by the double maximum test, of which 1,999 draws can tell .0005 at the least:",
        "",
        *table(("country", "p", "from", "interval", "mean growth before", "after"), large_economies(found)),
    ]  # fmt: skip


def by_direction(found: ProductivityBreaks) -> list[str]:
    """Decades of the breaks, up and down."""
    rows = found.table.filter(kind="slope").with_columns(decade=pl.col("break_year") // 10 * 10)
    counted = rows.group_by("decade").agg(
        up=(pl.col("change") > 0).sum(), down=(pl.col("change") < 0).sum()
    )
    width = (rows["high_year"] - rows["low_year"] + 1).median()
    return [
        f"By decade of the break; the median 95% interval is {width:.0f} years wide:",
        "",
        *table(("decade", "growth rises", "growth falls"), ((f"{d}s", up, down) for d, up, down in counted.sort("decade").rows())),
    ]  # fmt: skip


def large_economies(found: ProductivityBreaks) -> list[tuple[Any, ...]]:
    """country, p, break year, interval, means; a row per break."""
    none = {
        unit: p
        for unit, count, p in found.tests.select("unit", "break_count", "p_value").rows()
        if count == 0
    }
    lines: list[tuple[Any, ...]] = []
    for unit in LARGE:
        own = found.table.filter(unit=unit, kind="slope")
        if not own.height:
            lines.append((unit, f"{none[unit]:.4f}", "none", "", "", ""))
        for row in own.iter_rows(named=True):
            last_year = f"{row['low_year']} to {row['high_year']}"
            lines.append((unit, f"{none[unit]:.4f}", row["break_year"], last_year, *points([row["mean_before"], row["mean_after"]])))  # fmt: skip
    return lines
