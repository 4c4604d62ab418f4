"""China 2002 to 2020 from its national input-output tables, as Markdown: who pulls and pushes,
multipliers, imports, positions in the chain, sources of growth, digital content.

    python -m benchmarks.chains.china DATA [docs/replications/china_tables.md]

DATA is a folder with io/china_2002_122.csv and the other tables that china_tables.py names.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.chains.china_tables import FILES, in_one_list, tables
from benchmarks.productivity.page_tables import table

from firstlight.chains import (
    IOTable,
    domestic_part,
    extraction,
    growth_decomposition,
    leontief_inverse,
    structure,
    table_of,
)
from firstlight.joins import digital_content

HEAD = "<!-- Written by benchmarks/chains/china.py: change nothing here. -->"
SHOWN = (2002, 2007, 2012, 2017, 2020)
SPLIT = (2017, 2018, 2020)
PERIODS = ((2002, 2007), (2007, 2012), (2012, 2017), (2017, 2020))
FACTORS = ("level", "technology", "categories", "mix")
DIGITAL = ("electronics", "information services")
BOTH = {"key": "both", "pull": "pulls", "push": "pushes", "weak": ""}

LIMITS = """Which sectors pull on the others and which push them, how far the economy hangs on imports, and what its growth came from: nine national tables, of 2002, 2005,
2007, 2010, 2012, 2015, 2017, 2018 and 2020, in 42 to 139 sectors, added up to 25 that all of them have (`benchmarks/chains/china_sectors.csv`).

What these tables don't allow comes first.

- **All are at the prices of their year.** Output in yuan grew by volume and by prices together, and no deflators of these sectors are at hand. Shares and
  multipliers move with relative prices, too: dearer oil raises the inputs of refining without any change of technology. The decomposition of growth below is of
  yuan, and its "level" holds all inflation.
- **The classification changed twice** (GB/T 4754 of 2011 and of 2017). Sectors are joined by their codes, not cell by cell. Cultural and office machinery is with
  instruments up to 2010, and with machinery from 2012; repair of machinery became a sector in 2012; the transmission of broadcasts went to information services. "Instruments, other, waste,
  repair" and "public and personal services" are what is left and say little over time.
- **Imports are split by use only from 2017 on.** Before, what is imported of a good is taken from all its home uses in one proportion, and so it is here in every year. The last section
  says what that rule does where the truth is published.
- **Only the tables of years that end in 2 and 7 rest on a survey of all inputs.** The others rest on fewer data and partly on the earlier table, so that they say little of new technology.
  2020 is the year of the pandemic.
- **One country, one year, one technology per sector**: firms that export and firms that don't are alike here, so that the import content of exports is too low where exports are
  assembled from imported parts."""


def main() -> None:
    """Compute every figure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    text = "\n".join([HEAD, "", "# China's input-output tables", "", LIMITS, "", *page(asked.data)])
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


def page(data: Path) -> list[str]:
    """Every section, as lines."""
    rows = tables(data)
    read = {year: table_of(rows.filter(year=year)) for year in FILES}
    return [
        *in_short(rows, read),
        *economy(read),
        *linkages(rows),
        *multipliers(rows),
        *imports(read),
        *positions(rows),
        *growth(rows),
        *digital(rows),
        *import_rule(data),
    ]


def in_short(rows: pl.DataFrame, read: dict[int, IOTable]) -> list[str]:
    """What one learns, in a few sentences."""
    added = {year: own.value_added_or_rest.sum() / own.output.sum() for year, own in read.items()}
    home = {year: domestic_part(own)[0] for year, own in read.items()}
    sent = {}
    for year, own in home.items():
        exports = own.uses["exports"]
        sent[year] = import_content(own) @ exports / exports.sum()
    most, least = max(sent, key=sent.__getitem__), min(added, key=added.__getitem__)
    technology = {
        start: dict(found.table.select("factor", "effect_share").rows())["technology"]
        for start, end in PERIODS
        for found in [growth_decomposition(rows, start=start, end=end)]
    }
    uses = digital_content(rows, codes=pl.DataFrame({"code": DIGITAL})).tables["final_uses"]
    held = dict(uses.filter(use="fixed_investment").select("year", "content_share").rows())
    few = min(held, key=held.__getitem__)
    return [
        "## In short",
        "",
        f"- Production became more roundabout, and is less so since: value added was {added[2002]:.0%} of output in 2002, {added[least]:.0%} in {least}, {added[2020]:.0%} in 2020.",
        f"- Exports hung most on imports in {most}, by {sent[most]:.0%} of their value, and in 2020 by {sent[2020]:.0%}. Electronics still stands apart.",
        f"- Nearly all growth of output came with the level of demand, prices included. Changed technology added {technology[2002]:+.0%} from 2002 to 2007, and {technology[2012]:+.1%} from 2012 to 2017.",
        "- Heavy inputs push, finished goods pull; services pull little. Of services those to business alone became a key sector.",
        f"- The digital content of fixed investment rose from {held[few]:.1%} in {few} to {held[2020]:.1%} in 2020, that of consumption hardly.",
        "- Where imports are published by user, the rule for imports is wrong by 2 percentage points on average. Differences of import content below that say nothing.",
        "",
    ]


def economy(read: dict[int, IOTable]) -> list[str]:
    """Size and openness of each table."""
    lines = []
    for year, own in read.items():
        added = own.value_added_or_rest.sum()
        parts = (own.imports.sum(), own.uses["exports"].sum())
        shares = [f"{part / added:.1%}" for part in (*parts, own.uses["fixed_investment"].sum())]
        gap = np.abs(own.row_totals - own.output).max() / own.output.max()
        lines.append(
            (year, f"{added / 1e8:.1f}", f"{added / own.output.sum():.1%}", *shares, f"{gap:.0e}")
        )
    head = ("year", "value added, trillion yuan", "of output", "imports", "exports")
    return [
        "## The tables",
        "",
        "Imports, exports and fixed investment over value added; the worst gap of a row, over the largest output.",
        "",
        *table([*head, "fixed investment", "gap"], lines),
    ]


def linkages(rows: pl.DataFrame) -> list[str]:
    """Backward and forward linkages, and roles."""
    found = structure(rows).table
    roles = wide(found.with_columns(role=pl.col("role").replace(BOTH)), "role", FILES)
    pulls = wide(found, "backward_linkage_index", SHOWN)
    pushes = wide(found, "forward_linkage_index", SHOWN)
    lines = [
        (
            sector,
            *(f"{pulls[sector][year]:.2f}" for year in SHOWN),
            *(f"{pushes[sector][year]:.2f}" for year in SHOWN),
            sum(role == "both" for role in roles[sector].values()),
        )
        for sector in sorted(pulls, key=lambda name: -pulls[name][SHOWN[-1]])
    ]
    always = sorted(name for name, own in roles.items() if set(own.values()) == {"both"})
    lost = sorted(name for name, own in roles.items() if own[2002] == "both" != own[2020])
    won = sorted(name for name, own in roles.items() if own[2002] != "both" == own[2020])
    return [
        "## Who pulls and who pushes",
        "",
        f"Domestic inputs. Backward: column sums of the Leontief inverse over their mean; forward: row sums of the Ghosh inverse. A sector is key where both exceed 1. Key in all nine years: "
        f"{listed(always)}. Key in 2002 and no longer in 2020: {listed(lost)}; in 2020 and not in 2002: {listed(won)}.",
        "",
        *table(
            [
                "sector",
                *(f"backward {year}" for year in SHOWN),
                *(f"forward {year}" for year in SHOWN),
                "key, of 9 years",
            ],
            lines,
        ),
    ]


def multipliers(rows: pl.DataFrame) -> list[str]:
    """Output and value added for a unit of final demand."""
    found = structure(rows).tables["multipliers"]
    output = wide(found, "output_multiplier", SHOWN)
    added = wide(found, "value_added_multiplier", SHOWN)
    lines = [
        (
            sector,
            *(f"{output[sector][year]:.2f}" for year in SHOWN),
            *(f"{added[sector][year]:.2f}" for year in SHOWN),
        )
        for sector in sorted(output, key=lambda name: -output[name][SHOWN[-1]])
    ]
    return [
        "## Multipliers",
        "",
        "Output in all sectors for a unit of final demand for home goods, and value added: what is missing to 1 went abroad. A large output multiplier is no large gain: it counts the same "
        "steel again in each stage, and value added does not.",
        "",
        *table(
            [
                "sector",
                *(f"output {year}" for year in SHOWN),
                *(f"value added {year}" for year in SHOWN),
            ],
            lines,
        ),
    ]


def import_content(home: IOTable) -> np.ndarray:
    """(n,), imports at all stages for a unit of final output; home : without competitive
    imports."""
    direct = home.imported / home.output
    return np.asarray(direct @ leontief_inverse(home.coefficients))


def imports(read: dict[int, IOTable]) -> list[str]:
    """Import content of what is made, by sector and by final use."""
    home = {year: domestic_part(own)[0] for year, own in read.items()}
    content = {year: import_content(own) for year, own in home.items()}
    totals = []
    for year, own in home.items():
        bought = own.flows.sum() + own.imported.sum()
        uses = [own.uses[name] for name in ("consumption", "fixed_investment", "exports")]
        shares = [f"{content[year] @ use / use.sum():.1%}" for use in uses]
        totals.append((year, f"{own.imported.sum() / bought:.1%}", *shares))
    sectors = read[SHOWN[0]].sectors
    order = sorted(range(len(sectors)), key=lambda k: -content[SHOWN[-1]][k])
    by_sector = [(sectors[k], *(f"{content[year][k]:.1%}" for year in SHOWN)) for k in order]
    return [
        "## Imports",
        "",
        "Of all inputs, the share that is imported; and of each final use of home goods, the share that was imported at any stage (of exports: vertical specialisation).",
        "",
        *table(["year", "inputs", "in consumption", "in fixed investment", "in exports"], totals),
        "Import content of a unit of final output:",
        "",
        *table(["sector", *SHOWN], by_sector),
    ]


def positions(rows: pl.DataFrame) -> list[str]:
    """Upstreamness by year."""
    found = extraction(rows, links=0).tables["positions"]
    up = wide(found, "upstreamness", SHOWN)
    lines = [
        (sector, *(f"{up[sector][year]:.2f}" for year in SHOWN))
        for sector in sorted(up, key=lambda name: -up[name][SHOWN[-1]])
    ]
    mean = found.group_by("year").agg(
        (pl.col("upstreamness") * pl.col("output")).sum() / pl.col("output").sum()
    )
    means = dict(mean.rows())
    last = ("all, by output", *(f"{means[year]:.2f}" for year in SHOWN))
    return [
        "## How far from final users",
        "",
        "Upstreamness: steps to final users on average, 1 where all goes to them; exports count as final, whatever becomes of them abroad. Domestic inputs.",
        "",
        *table(["sector", *SHOWN], [last, *lines]),
    ]


def growth(rows: pl.DataFrame) -> list[str]:
    """What growth of output between the benchmark tables came from."""
    lines, changed = [], []
    for start, end in PERIODS:
        found = growth_decomposition(rows, start=start, end=end)
        shares = dict(found.table.select("factor", "effect_share").rows())
        lines.append(
            (
                f"{start} to {end}",
                f"{sum(shares.values()):+.0%}",
                *(f"{shares[name]:+.1%}" for name in FACTORS),
            )
        )
        own = found.tables["effects"].filter(factor="technology")
        own = own.with_columns(part=pl.col("effect") / pl.col("start_value")).sort("part")
        ends = [*own.tail(3).reverse().rows(named=True), *own.head(3).rows(named=True)]
        changed.append(
            (f"{start} to {end}", *(f"{row['sector']} {row['part']:+.0%}" for row in ends))
        )
    return [
        "## What output grew by",
        "",
        "Growth of all output at current prices, and what each factor added with the others held, in percent of output at the start (mean of all orders). Technology is home inputs for a unit of "
        "output, so that imports which take the place of home inputs, and the other way round, are in it; categories: the shares of consumption, investment and exports; mix: which goods each of them buys.",
        "",
        *table(["years", "growth", *FACTORS], lines),
        "Sectors to whose output changed technology added most, and least, in percent of their output at the start:",
        "",
        *table(
            ["years", "most", "second", "third", "least", "last but one", "last but two"], changed
        ),
    ]


def digital(rows: pl.DataFrame) -> list[str]:
    """Digital content of what final users buy, and of industries."""
    found = digital_content(rows, codes=pl.DataFrame({"code": DIGITAL})).tables
    uses = found["final_uses"].rename({"use": "sector"})
    by_use, abroad = wide(uses, "content_share", FILES), wide(uses, "imported_content_share", FILES)
    named = ("consumption", "fixed_investment", "exports", "all")
    lines = [
        (year, *(f"{by_use[use][year]:.1%}" for use in named), f"{abroad['all'][year]:.1%}")
        for year in FILES
    ]
    content = wide(found["industries"], "content_share", SHOWN)
    order = sorted(content, key=lambda name: -content[name][SHOWN[-1]])[:10]
    by_sector = [(name, *(f"{content[name][year]:.1%}" for year in SHOWN)) for name in order]
    return [
        "## Digital content",
        "",
        "Value added of electronics and information services in a unit of final demand, and their goods that were imported for it at any stage. What is digital within other sectors is not seen.",
        "",
        *table(
            ["year", "consumption", "fixed investment", "exports", "all", "imported, of all"], lines
        ),
        "The ten industries with most in 2020 that are not digital themselves:",
        "",
        *table(["sector", *SHOWN], by_sector),
    ]


def import_rule(data: Path) -> list[str]:
    """What taking imports in proportion does, where the tables tell."""
    lines = []
    for year in SPLIT:
        ruled = domestic_part(table_of(in_one_list(data, year)))[0]
        told = table_of(in_one_list(data, year, is_split=True))
        own, true = import_content(ruled), import_content(told)
        parts = [
            (content @ home.uses[use] / home.uses[use].sum())
            for use in ("exports", "fixed_investment")
            for content, home in ((own, ruled), (true, told))
        ]
        gaps = own - true
        worst = int(np.argmax(np.abs(gaps)))
        lines.append(
            (
                year,
                *(f"{part:.1%}" for part in parts),
                f"{100 * np.abs(gaps).mean():.1f}",
                f"{told.sectors[worst]}, {100 * gaps[worst]:+.1f}",
            )
        )
    head = ("year", "in exports, by the rule", "published", "in fixed investment, by the rule")
    return [
        "## What the rule for imports does",
        "",
        "Import content by the rule, and from the imported inputs that are published since 2017; over the 25 sectors, in percentage points, the mean absolute and the largest difference.",
        "",
        *table([*head, "published", "mean difference", "largest"], lines),
    ]


def wide(
    found: pl.DataFrame, column: str, years: Sequence[int] | dict[int, str]
) -> dict[str, dict]:
    """Sector -> year -> value."""
    kept: dict[str, dict] = {}
    for sector, year, value in found.select("sector", "year", column).rows():
        if year in years:
            kept.setdefault(sector, {})[year] = value
    return kept


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed([])
    'none'
    """
    return "; ".join(names) or "none"


if __name__ == "__main__":
    main()
