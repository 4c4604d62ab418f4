"""Productivity of China's provinces over time, as Markdown: as published, by convention, and from
raw capital formation.

    python -m benchmarks.productivity.provinces DATA [docs/replications/provinces.md]

DATA is a folder with productivity/china_provinces_2013_2015.dta, productivity/EconomyLong.csv,
provinces/capital_asset.csv and provinces/province_total_1997_2019.csv. The published figures are
those of tests/reference/wang_du_zhang_2022.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from scipy import stats

from firstlight.instruments.productivity.capital_stocks.base_stock import (
    ZHANG_JUN,
    ZHANG_JUN_DEPRECIATION,
    BaseStock,
)
from firstlight.instruments.productivity.capital_stocks.perpetual_inventory import capital_stock
from firstlight.instruments.productivity.indices.change_over_time.distance_changes import (
    ProductivityChange,
)
from firstlight.instruments.productivity.indices.change_over_time.luenberger import (
    nonradial_luenberger,
)
from firstlight.instruments.productivity.indices.change_over_time.malmquist import malmquist
from firstlight.instruments.productivity.indices.change_over_time.malmquist_luenberger import (
    malmquist_luenberger,
)

HEAD = "<!-- Written by benchmarks/productivity/provinces.py: change nothing here. -->"
PUBLISHED = Path(__file__).resolve().parents[2] / "tests" / "reference" / "wang_du_zhang_2022.json"
INDEX, EFFICIENCY, TOTAL = "productivity_index", "efficiency_change_index", "productivity_indicator"
CUMULATED = "cumulated_productivity_index"
CODES = dict(
    pair.split(":")
    for pair in [
        "AH:anhui",
        "BJ:beijing",
        "CQ:chongqing",
        "FJ:fujian",
        "GD:guangdong",
        "GS:gansu",
        "GX:guangxi",
        "GZ:guizhou",
        "HA:henan",
        "HB:hubei",
        "HE:hebei",
        "HI:hainan",
        "HL:heilongjiang",
        "HN:hunan",
        "JL:jilin",
        "JS:jiangsu",
        "JX:jiangxi",
        "LN:liaoning",
        "NM:neimenggu",
        "NX:ningxia",
        "QH:qinghai",
        "SC:sichuan",
        "SD:shandong",
        "SH:shanghai",
        "SN:shaanxi",
        "SX:shanxi",
        "TJ:tianjin",
        "XJ:xinjiang",
        "YN:yunnan",
        "ZJ:zhejiang",
    ]
)


def main() -> None:
    """Compute every figure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    panel = provinces(asked.data)
    sections = [
        *as_published(panel),
        *by_convention(panel),
        *from_investment(panel),
        *industry(asked.data),
    ]
    text = "\n".join(
        [HEAD, "", "# Productivity of China's provinces", "", INTRODUCTION, "", *sections]
    )
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


INTRODUCTION = """Indices over time on published data: first what a public program printed, then what each convention does to the figures, then
the same years with capital stocks from raw capital formation."""


def provinces(data: Path) -> pl.DataFrame:
    """The published panel, beside our own capital stock and another record of emissions."""
    given = pl.from_pandas(pd.read_stata(data / "productivity" / "china_provinces_2013_2015.dta"))
    given = given.with_columns(
        pl.col("year").cast(pl.Int64), pl.col("Province").str.to_lowercase().alias("unit")
    )
    formation = pl.read_csv(
        data / "provinces" / "capital_asset.csv", null_values=["NA"], infer_schema_length=None
    )
    stocks = capital_stock(
        formation,
        "invest",
        unit="prv",
        year="yr",
        price="InvestPrice",
        price_year=1997,
        base=ZHANG_JUN,
        own_base={"chongqing": BaseStock(rule="harberger")},
        depreciation=ZHANG_JUN_DEPRECIATION,
    )
    emissions = pl.read_csv(data / "provinces" / "province_total_1997_2019.csv").select(
        pl.col("actor_id").str.slice(3).replace_strict(CODES).alias("unit"),
        "year",
        pl.col("total_emissions").cast(pl.Float64).alias("ceads"),
    )
    own = stocks.select("unit", "year", pl.col("capital_mean").alias("own_k"))
    return (
        given.join(own, on=["unit", "year"])
        .join(emissions, on=["unit", "year"])
        .sort("unit", "year")
    )


def green(
    panel: pl.DataFrame, capital: str = "K", emission: str = "CO2", **options: str
) -> ProductivityChange:
    """The global Malmquist-Luenberger index, as published unless told otherwise."""
    return malmquist_luenberger(panel, [capital, "L"], ["Y"], [emission], **options)


def as_published(panel: pl.DataFrame) -> list[str]:
    """Figures of Stata's gtfpch beside ours."""
    rows = json.loads(PUBLISHED.read_text(encoding="utf-8"))["rows"]
    published = np.array([row[1:] for row in rows])
    found, weights = green(panel).table, {"Y": 1.0, "CO2": 1.0}
    nonradial = (
        nonradial_luenberger(panel, ["K", "L"], ["Y"], ["CO2"], weights=weights)
        .table[TOTAL]
        .to_numpy()
    )
    index, efficiency = (found[name].to_numpy().reshape(30, 2) for name in (INDEX, EFFICIENCY))
    errors = [np.abs(index - published[:, [0, 2]]), np.abs(efficiency - published[:, [1, 3]])]
    errors.append(np.abs(nonradial.reshape(30, 2) - published[:, 4:]))
    lines = [
        "## As published",
        "",
        SOURCE,
        "",
        "| figure | published | here |",
        "| --- | --- | --- |",
    ]
    names = [row[0] for row in rows]
    for name, year in (("Beijing", 0), ("Tianjin", 1), ("Anhui", 0)):
        at = names.index(name)
        years = f"{2013 + year} to {2014 + year}"
        lines.append(
            f"| {name}, {years}, index | {published[at, 2 * year]:.4f} | {index[at, year]:.6f} |"
        )
        lines.append(
            f"| its efficiency change | {published[at, 2 * year + 1]:.4f} | {efficiency[at, year]:.6f} |"
        )
    for what, error in zip(
        ("60 indices", "60 efficiency changes", "60 non-radial indicators"), errors, strict=True
    ):
        lines.append(
            f"| largest difference in {what} | at most 0.00005, by rounding | {error.max():.7f} |"
        )
    return [*lines, ""]


SOURCE = """Wang, Du and Zhang (2022), *Stata Journal* 22(1), printed by `gtfpch`: 30 provinces, 2013 to 2015, capital and labour (energy is in
the data and was not used), real GDP, CO2. Constant returns; the frontier of all years; CO2 by an equation; direction (0, Y, -CO2);
for the non-radial indicator a weight of 1 each for Y and CO2. The data call CO2 kilograms; by size they are tonnes, which does not
matter to the index."""


def by_convention(panel: pl.DataFrame) -> list[str]:
    """One convention changed at a time."""
    plain = green(panel)
    energy = malmquist_luenberger(panel, ["K", "L", "E"], ["Y"], ["CO2"])
    cases = {
        "as published": plain,
        "variable returns": green(panel, returns="vrs"),
        "bads strongly disposable": green(panel, disposability="strong"),
        "direction (0, Y, 0)": green(panel, direction=["Y"]),
        "direction (-K, -L, Y, -CO2)": green(panel, direction=["K", "L", "Y", "CO2"]),
        "with energy as an input": energy,
        "adjacent frontiers": green(panel, method="adjacent"),
        "sequential frontiers": green(panel, method="sequential"),
        "biennial frontiers": green(panel, method="biennial"),
        "no CO2: global Malmquist": malmquist(panel, ["K", "L"], ["Y"], method="global"),
    }
    lines = [
        "## What each convention does",
        "",
        "| one change | same index | mean index | undefined |",
        "| --- | --- | --- | --- |",
    ]
    for name, found in cases.items():
        values = found.table[INDEX]
        same = ((values - plain.table[INDEX]).abs() <= 5e-5).sum()
        mean = float(np.exp(np.log(values.drop_nulls().to_numpy()).mean()))
        lines.append(f"| {name} | {same} of 60 | {mean:.4f} | {values.null_count()} |")
    return [
        *lines,
        "",
        "Means are geometric, over pairs of years that are defined; same: to 0.00005.",
        "",
    ]


def from_investment(panel: pl.DataFrame) -> list[str]:
    """Capital from raw capital formation, and another record of emissions."""
    plain = green(panel)
    cases = {
        "capital and CO2 as published": plain,
        "own capital": green(panel, capital="own_k"),
        "own capital, CO2 of CEADS": green(panel, capital="own_k", emission="ceads"),
    }
    lines = ["## From raw capital formation", "", OWN_CAPITAL, ""]
    lines += [
        "| | mean 2013 to 2014 | 2014 to 2015 | rank correlation of cumulated change |",
        "| --- | --- | --- | --- |",
    ]
    ends = {
        name: found.table.filter(pl.col("to_year") == 2015).sort("unit")
        for name, found in cases.items()
    }
    first = ends["capital and CO2 as published"][CUMULATED].to_numpy()
    for name, found in cases.items():
        rank = stats.spearmanr(first, ends[name][CUMULATED].to_numpy()).statistic
        means = found.by_period[INDEX]
        lines.append(f"| {name} | {means[0]:.4f} | {means[1]:.4f} | {rank:.2f} |")
    lines += [
        "",
        "| province | published data, 2013 to 2015 | own capital, CO2 of CEADS |",
        "| --- | --- | --- |",
    ]
    last = ends["own capital, CO2 of CEADS"][CUMULATED]
    for unit, one, other in zip(ends["own capital"]["unit"], first, last, strict=True):
        lines.append(f"| {unit.capitalize()} | {one:.3f} | {other:.3f} |")
    return [*lines, ""]


OWN_CAPITAL = """Gross fixed capital formation of 1952 to 2015 at 1997 prices, depreciation 9.6%, the first stock ten times the investment of 1952
(Zhang, Wu and Zhang 2004; Chongqing, whose record begins in 1996, by Harberger's rule); the mean of a year's two ends is the input.
GDP and labour are those of the published panel. Tibet has no row there. The capital series moves the ranks far more than the
record of emissions does: what is said of a single province hangs on it."""


def industry(data: Path) -> list[str]:
    """Industry in 31 provinces, 2005 to 2009: one table of methods."""
    frame = pl.read_csv(data / "productivity" / "EconomyLong.csv").rename(
        {"DMUs": "unit", "Period": "year"}
    )
    lines = ["## Industry in 31 provinces, 2005 to 2009", "", INDUSTRY, ""]
    lines += [
        "| index | mean | efficiency | technology | pure efficiency | scale | undefined |",
        "| --- " * 7 + "|",
    ]
    for method in ("adjacent", "sequential", "global", "biennial"):
        for decomposition in ("fglr", "fgnz", "ray_desli"):
            table = malmquist(
                frame, ["Capital", "Labor"], ["GIOV"], method=method, decomposition=decomposition
            ).table
            parts = [
                INDEX,
                EFFICIENCY,
                "technical_change_index",
                "pure_efficiency_change_index",
                "scale_change_index",
            ]
            whole = table.drop_nulls([name for name in parts if name in table.columns])
            means = [
                f"{float(np.exp(np.log(whole[name].to_numpy()).mean())):.4f}"
                if name in table.columns
                else ""
                for name in parts
            ]
            lines.append(
                f"| {method}, {decomposition} | {' | '.join(means)} | {table.height - whole.height} |"
            )
    return [*lines, ""]


INDUSTRY = """Capital and labour, gross industrial output value (data set EconomyLong of R's deaR, after Wang and Lan 2011); the data do not say at whose
prices, so that these figures show how methods differ and not real growth. Output orientation; geometric means over the pairs in
which every part is defined."""


if __name__ == "__main__":
    main()
