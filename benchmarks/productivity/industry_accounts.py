"""US industries (BLS KLEMS, 1987 to 2018): multifactor productivity and its sources, drivers,
shifts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.productivity.page_tables import points, table

from firstlight.instruments.productivity.factor_shares import Factor
from firstlight.instruments.productivity.growth_accounting.primal_and_dual import (
    GrowthAccounts,
    growth_accounts,
)
from firstlight.instruments.productivity.growth_drivers.new_contributions import (
    GrowthDrivers,
    growth_drivers,
)
from firstlight.instruments.productivity.growth_drivers.productivity_decomposition import (
    TERMS,
    ProductivityDecomposition,
    productivity_decomposition,
)

FILE = "productivity/klemscombinedbymeasure.csv"
YEARS = [str(year) for year in range(1987, 2019)]
PERIODS = [(1988, 1995), (1996, 2000), (2001, 2007), (2008, 2018), (1988, 2018)]
INDICES = {
    "Sectoral Output": "q",
    "Capital Input": "k",
    "Labor Input": "l",
    "Energy Input": "e",
    "Materials Input": "m",
    "Purchased Business Services Input": "s",
    "Intermediate Inputs": "i",
    "Multifactor Productivity": "mfp",
    "Labor Productivity": "lp",
    "Price of Sectoral Output": "p",
    "Contribution of Labor Composition to Labor Productivity": "of_composition",
    "Contribution of Capital Intensity to Labor Productivity": "of_capital",
}
LEVELS = {
    "Cost of Capital, billions of current dollars": "kc",
    "Cost of Labor, billions of current dollars": "lc",
    "Cost of Energy, billions of current dollars": "ec",
    "Cost of Materials, billions of current dollars": "mc",
    "Cost of Purchased Business Services, billions of current dollars": "sc",
    "Value of Production, billions of current dollars": "value",
}
INPUTS = "klems"
SUMS = ("42,44-45", "48-49", "52-53", "54-81", "11", "21", "51", "DM", "MN", "ND")
SHOWN = {"MN": "manufacturing", "334": "computer and electronic products", "515,517": "broadcasting, telecommunications",
         "5415": "computer systems design", "23": "construction"}  # fmt: skip
EXAMPLE = {"334": "computer and electronic products", "511": "publishing, which includes software",
           "5415": "computer systems design", "518,519": "data processing, internet publishing"}  # fmt: skip


def klems(data: Path) -> pl.DataFrame:
    """A row per industry (NAICS) and year, with title, indices (2012 = 100), costs and value in
    billions of dollars."""
    raw = pl.read_csv(data / FILE, infer_schema_length=None)
    is_index = pl.col("Measure Title").is_in(list(INDICES)) & pl.col(
        "Duration Title"
    ).str.starts_with("Indexes")
    kept = raw.filter(is_index | pl.col("Measure Title").is_in(list(LEVELS)))
    kept = kept.with_columns(pl.col("Measure Title").replace_strict(INDICES | LEVELS))
    long = kept.unpivot(
        YEARS, index=["NAICS", "Measure Title"], variable_name="year", value_name="v"
    )
    long = long.with_columns(pl.col("v").cast(pl.Float64), pl.col("year").cast(pl.Int64))
    wide = long.pivot("Measure Title", index=["NAICS", "year"], values="v").sort("NAICS", "year")
    cost = pl.sum_horizontal(*(f"{name}c" for name in INPUTS))
    return wide.with_columns(
        *((pl.col(f"{name}c") / cost).alias(f"v{name}") for name in INPUTS),
        vi=pl.sum_horizontal("ec", "mc", "sc") / cost,
        h=pl.col("q") / pl.col("lp"),
        published=100 * pl.col("mfp").log().diff().over("NAICS"),
    ).with_columns(composition=pl.col("l") / pl.col("h"))


def manufacturing(rows: pl.DataFrame) -> pl.DataFrame:
    """The 18 industries of manufacturing."""
    return rows.filter(pl.col("NAICS").str.starts_with("3"))


def lowest(rows: pl.DataFrame) -> pl.DataFrame:
    """Industries that are no sum of others in the table."""
    return rows.filter(~pl.col("NAICS").is_in(SUMS))


def accounts(rows: pl.DataFrame) -> GrowthAccounts:
    """Five inputs, as the publisher has them; labour is hours and composition."""
    factors = [Factor(name, (name,), f"v{name}") for name in INPUTS if name != "l"]
    return growth_accounts(
        rows, "q", [*factors, Factor("l", ("h", "composition"), "vl")], unit="NAICS"
    )


def errors(rows: pl.DataFrame) -> dict[str, np.ndarray]:
    """Absolute differences from the publisher's figures, points: multifactor productivity, and two
    sources of labour productivity."""
    found = accounts(rows)
    growth = [
        (100 * pl.col(name).log().diff().over("NAICS")).alias(name)
        for name in ("of_composition", "of_capital")
    ]
    published = rows.select("year", "published", *growth, unit="NAICS")
    sources = found.labour_productivity("h").join(published, on=["unit", "year"]).drop_nulls()
    three = [
        Factor(name, (name,), share) for name, share in (("k", "vk"), ("l", "vl"), ("i", "vi"))
    ]
    added = growth_accounts(rows, "q", three, unit="NAICS").table.select(
        "unit", "year", added="tfp_growth_pp"
    )
    sources = sources.join(added, on=["unit", "year"])
    pairs = {"mfp": ("tfp_growth_pp", "published"), "composition": ("l_deepening_pp", "of_composition"),
             "capital": ("k_deepening_pp", "of_capital"), "added": ("added", "published")}  # fmt: skip
    return {name: np.abs((sources[a] - sources[b]).to_numpy()) for name, (a, b) in pairs.items()}


def drivers(rows: pl.DataFrame, new: Iterable[str], *, real: bool = False) -> GrowthDrivers:
    """The industries of a definition among all: nominal value added, or real gross output."""
    priced = {"price": "p"} if real else {}
    own = lowest(rows).with_columns(added=pl.col("kc") + pl.col("lc"))
    return growth_drivers(own, "value" if real else "added", set(new), industry="NAICS", **priced)


def shifts(rows: pl.DataFrame, method: str) -> ProductivityDecomposition:
    """Manufacturing's output per unit of labour, at prices and wages of 2012, by source."""
    base = rows.filter(pl.col("year") == 2012).select("NAICS", q0="value", l0="lc")
    own = manufacturing(rows).join(base, on="NAICS")
    own = own.with_columns(output=pl.col("q") * pl.col("q0"), labour=pl.col("l") * pl.col("l0"))
    return productivity_decomposition(own, "output", "labour", member="NAICS", method=method)


def section(data: Path) -> list[str]:
    """The part of the page on US industries."""
    rows = klems(data)
    return [*matched(rows), *contributions(rows), *driven(rows), *shifted(rows)]


def matched(rows: pl.DataFrame) -> list[str]:
    """The publisher's figures beside ours."""
    found = errors(rows)
    lost = accounts(rows).table.filter(reason="share_outside")
    named = {"mfp": "multifactor productivity", "composition": "contribution of labour composition to labour productivity",
             "capital": "contribution of capital deepening to it",
             "added": "multifactor productivity, energy, materials and services added up to one input first"}  # fmt: skip
    names = rows["NAICS"].n_unique()
    return [
        "## US industries: BLS KLEMS, 1987 to 2018",
        "",
        f"Growth of {names} industries and sums of industries, five inputs (capital, labour, energy, materials, services bought), Törnqvist.",
        "Indices are published to three decimals, so that growth is known to a few thousandths of a point.",
        "",
        *table(
            ("figure, points a year", "industry-years", "median difference", "largest"),
            (
                (named[k], f"{e.size:,}", f"{np.median(e):.4f}", f"{e.max():.4f}")
                for k, e in found.items()
            ),
        ),
        "The last row is another convention, an index of an index, and is off where one of the three leaps.",
        f"No account where a share is outside 0 to 1: industry {lost['unit'][0]} in {lost['year'][0]} and {lost['year'][-1]}, whose capital income was",
        "negative in one of the two years.",
        "",
    ]


def contributions(rows: pl.DataFrame) -> list[str]:
    """Sources of output growth, by period, of some industries."""
    found = accounts(rows)
    head = (
        "industry",
        "years",
        "output",
        "capital",
        "hours",
        "composition",
        "energy",
        "materials",
        "services",
        "multifactor productivity",
    )
    order = (
        "output_growth_pp",
        *(f"{name}_contribution_pp" for name in ("k", "h", "composition", "e", "m", "s")),
        "tfp_growth_pp",
    )
    lines = []
    for unit, label in SHOWN.items():
        for first, last in PERIODS:
            row = found.means(first, last).filter(pl.col("unit") == unit).row(0, named=True)
            lines.append((label, f"{first} to {last}", *points(row[name] for name in order)))
    return ["### What output growth was made of", "", "Points a year; the parts add up to output.", "", *table(head, lines)]  # fmt: skip


def driven(rows: pl.DataFrame) -> list[str]:
    """Growth drivers under an example of a definition, and under narrower and wider ones."""
    wider = [*EXAMPLE, "515,517"]
    definitions = {"the example": list(EXAMPLE), "computer and electronic products alone": ["334"],
                   "the example and broadcasting, telecommunications": wider}  # fmt: skip
    lines = []
    for label, new in definitions.items():
        nominal, real = drivers(rows, new).table, drivers(rows, new, real=True).table
        share = dict(nominal.select("year", "new_share").rows())
        for first, last in PERIODS:
            kept = pl.col("year").is_between(first, last)
            value, volume = nominal.filter(kept).mean(), real.filter(kept).mean()
            figures = [
                value["total_growth_pp"][0],
                value["new_contribution_pp"][0],
                volume["total_growth_pp"][0],
                volume["new_contribution_pp"][0],
            ]
            lines.append(
                (
                    label,
                    f"{first} to {last}",
                    f"{share[first - 1]:.1%}",
                    f"{share[last]:.1%}",
                    *points(figures),
                )
            )
    listed = ", ".join(f"{code} ({label})" for code, label in EXAMPLE.items())
    return [
        "### Growth drivers, under an example of a definition",
        "",
        "What counts as new is the user's to say. Here, as an example alone, these NAICS industries:",
        f"{listed}.",
        "Value added is capital and labour cost at current prices; real output is gross, each industry at its own price (Törnqvist), so that",
        "sales between industries count twice. Points a year; shares of value added in the year before the first, and in the last.",
        "",
        *table(
            ("definition", "years", "share before", "share after", "growth of value added", "of it the new", "growth of real output", "of it the new"),
            lines,
        ),
        "In the nominal account falling prices of electronics hide part of what the real one shows.",
        "",
    ]  # fmt: skip


def shifted(rows: pl.DataFrame) -> list[str]:
    """Manufacturing's labour productivity, within and between its industries."""
    lines = []
    for method in ("shift_share", "griliches_regev", "fhk", "melitz_polanec"):
        found = shifts(rows, method).table
        for first, last in PERIODS:
            mean = found.filter(pl.col("year").is_between(first, last)).mean()
            figures = [mean[f"{name}_pp"][0] for name in ("change", *TERMS[:3])]
            lines.append((method.replace("_", " "), f"{first} to {last}", *points(figures)))
    return [
        "### Within and between the industries of manufacturing",
        "",
        "Output per unit of labour input, at prices and wages of 2012, from year to year, points of the year before; no industry enters or",
        "leaves, so that Foster, Haltiwanger and Krizan's terms (fhk) add up to those of shift-share. Melitz and Polanec's within is the",
        "unweighted mean of industries. The figures hang on the base year of prices, most of all through electronics.",
        "",
        *table(("method", "years", "growth", "within", "between", "cross"), lines),
    ]
