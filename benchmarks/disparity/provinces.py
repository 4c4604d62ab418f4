"""China's 31 provinces, as Markdown: what an index can be made of, gaps, convergence, clubs,
mobility, neighbours.

    python -m benchmarks.disparity.provinces DATA [docs/replications/province_gaps.md]

DATA is a folder with provinces/techme_RDActivity.csv and the other tables that province_tables.py
names.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from benchmarks.disparity.province_tables import REGIONS, intensities, links, published
from benchmarks.productivity.page_tables import table
from scipy import stats

from firstlight.composites import index
from firstlight.disparity import clubs, convergence, inequality, mobility, spatial_pattern

HEAD = "<!-- Written by benchmarks/disparity/provinces.py: change nothing here. -->"
LEAST = 0.5
SHOWN = (2010, 2014, 2018, 2023)
MEASURED: Mapping[str, str] = {
    "rd_per_budget": "R&D expenditure per yuan of public budget",
    "science_share": "share of science and technology in the public budget",
}
SIZES: Mapping[str, str] = {
    "rd_expenditure": "R&D expenditure",
    "technology_sold": "value of technology contracts sold",
}
MODELS: Mapping[str, str] = {
    "absolute": "alone",
    "within_groups": "within the four regions",
    "neighbours": "beside neighbours",
    "panel": "panel, effects of years",
    "panel_effects": "panel, effects of provinces and years",
}

LIMITS = """How far apart are China's 31 provinces in science and technology, do they come closer, and what can an index say of them? Statistics of R&D, technology contracts, high-technology
industry and budgets, 2000 to 2023.

What the tables don't allow comes first.

- **They hold neither GDP nor population.** Nothing can be said per head, and a gap between totals says who is large. So gaps, convergence, clubs and neighbours are measured on two intensities
  that need neither: R&D expenditure (of firms, institutes and universities) per yuan of the province's public budget, and the share of science and technology in that budget, 2010 to 2023. The
  first falls where a province receives large transfers, as Tibet and Qinghai do, whatever its firms spend.
- **All is at current prices**; ratios of two amounts of one year don't mind.
- **Provinces count alike**, however many live there.
- **Some series have holes**: high-technology industry lacks 2017, its investment is there for 2016 and 2017 alone, and patents begin in 2018. What the source calls patents in force is taken for the
  invention patents in force that the declarations ask for; its unit of person-years in 2020, 10,000 yuan, for a slip.
- **14 years and 31 provinces** are few for tests of clubs and of steps between classes."""


def main() -> None:
    """Compute every figure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    lines = page(asked.data / "provinces")
    text = "\n".join([HEAD, "", "# Gaps between China's provinces", "", LIMITS, "", *lines])
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


def page(folder: Path) -> list[str]:
    """Every section, as lines."""
    rows, near = intensities(folder), links()
    measured = {
        label: rows.select("unit", "year", "group", value=name) for name, label in MEASURED.items()
    }
    return [
        *in_short(rows),
        *what_an_index_needs(published(folder)),
        *sizes(rows),
        *gaps(measured),
        *closer(measured, near),
        *club_tables(measured),
        *steps(measured, near),
        *neighbours(measured, near),
    ]


def in_short(rows: pl.DataFrame) -> list[str]:
    """What one learns, in a few sentences."""
    first, last = SHOWN[0], SHOWN[-1]
    gini = {
        name: dict(
            inequality(rows.select("unit", "year", value=name).drop_nulls())
            .table.select("year", "gini_index")
            .rows()
        )
        for name in (*SIZES, *MEASURED)
    }
    sold, spent = gini["technology_sold"], gini["rd_per_budget"]
    return [
        "## In short",
        "",
        f"- Technology is sold in more and more provinces: the Gini index of contracts fell from {sold[first]:.2f} to {sold[last]:.2f}. R&D itself stays where it was.",
        f"- Relative to budgets the gap in R&D hardly changed ({spent[first]:.2f} to {spent[last]:.2f}); more than half of it, by Theil's index, lies between the four regions. Nothing says that provinces converge, and few change class.",
        "- The strong stand beside the strong along the lower Yangtze; the weak lie together in the west.",
        "- None of the three declared indices can be computed as declared. The one that comes out on half its weight measures size.",
        "",
    ]


def what_an_index_needs(rows: pl.DataFrame) -> list[str]:
    """What of the shipped declarations the tables fill, and the one index that comes out."""
    filled = []
    for name in ("new_quality", "high_quality", "four_chains"):
        found = index(rows, declaration=name, least_weight=LEAST).tables
        known = found["contributions"].drop_nulls("value")
        weights = found["weights"]
        scored = found["scores"].drop_nulls("score_index")["year"].unique().sort().to_list()
        with_value = weights.filter(
            pl.col("indicator").is_in(known["indicator"].unique().to_list())
        )
        filled.append(
            (
                f"`{name}`",
                f"{with_value.height} of {weights.height}",
                f"{with_value['weight_share'].sum():.0%}",
                f"{found['scores']['known_share'].max():.0%}",
                ", ".join(map(str, scored)) or "none",
            )
        )
    scores = found["scores"].drop_nulls("score_index")
    last = scores["year"].max()
    final = scores.filter(year=last).sort("rank")
    spent = rows.filter(pl.col("indicator") == "rd_expenditure", pl.col("year") == last)
    both = final.join(spent.select("unit", "value"), on="unit")
    alike = stats.spearmanr(both["score_index"], both["value"]).statistic
    first = scores.filter(year=scores["year"].min())
    kept = stats.spearmanr(*final.join(first, on="unit").select("rank", "rank_right")).statistic
    ends = pl.concat([final.head(5), final.tail(5)])
    return [
        "## What an index can be made of",
        "",
        f"Of the indicators of the three declarations that ship, those with a value in some year; their share of the equal weight; the largest share that one year has; and the years with scores at `--least-weight {LEAST}`. At the "
        "default of 70% there is no score at all.",
        "",
        *table(
            ["declaration", "indicators with values", "weight", "in one year", "scored years"],
            filled,
        ),
        f"So `four_chains` alone gives scores, on {final['known_share'].max():.0%} of its weight. {last}:",
        "",
        *table(
            ["rank", "province", "score", "rank by R&D expenditure"],
            [
                (row["rank"], row["unit"], f"{row['score_index']:.1f}", rank_by(spent, row["unit"]))
                for row in ends.rows(named=True)
            ],
        ),
        f"What is filled are totals, but for the shares of basic research and of science in the budget: the rank correlation of the score with R&D expenditure is {alike:.2f}. It is an index of size, and should be read as one; ranks of "
        f"{scores['year'].min()} and {last} have a correlation of {kept:.2f}. An index of quality needs GDP and population first: with them `new_quality` would have 5 of its 19 indicators.",
        "",
    ]


def rank_by(rows: pl.DataFrame, unit: str) -> int:
    """Rank of a province by a value, 1 for the largest."""
    value = rows.filter(pl.col("unit") == unit)["value"].item()
    return 1 + rows.filter(pl.col("value") > value).height


def sizes(rows: pl.DataFrame) -> list[str]:
    """How concentrated totals are."""
    lines = []
    for name, label in SIZES.items():
        own = rows.select("unit", "year", value=name).drop_nulls()
        found = inequality(own).table
        for year in SHOWN:
            of_year = own.filter(pl.col("year") == year).sort("value", descending=True)
            three = of_year.head(3)
            gini = found.filter(year=year)["gini_index"].item()
            share = three["value"].sum() / of_year["value"].sum()
            lines.append((label, year, f"{gini:.3f}", f"{share:.0%}", ", ".join(three["unit"])))
    return [
        "## Where the money is",
        "",
        "Gini index of totals, and the share of the three largest. This is concentration, not inequality between people.",
        "",
        *table(["", "year", "Gini", "three largest", "which"], lines),
    ]


def gaps(measured: Mapping[str, pl.DataFrame]) -> list[str]:
    """Gini with Dagum's parts, Theil with its parts, by the four regions."""
    lines = [
        "## Gaps",
        "",
        f"Regions: {regions()}. Dagum: within regions, net between them, and where they overlap; Theil's T: the share between regions.",
        "",
    ]
    for label, rows in measured.items():
        found = inequality(rows).tables
        both = (
            found["parts"].join(found["inequality"], on="year").filter(pl.col("year").is_in(SHOWN))
        )
        body = [
            (
                row["year"],
                f"{row['gini_index']:.3f}",
                *(
                    f"{row[f'gini_{part}_share']:.0%}"
                    for part in ("within", "between", "transvariation")
                ),
                f"{row['theil_index']:.3f}",
                f"{row['theil_between_share']:.0%}",
                f"{row['variation_coefficient']:.2f}",
                row["highest_unit"],
                row["lowest_unit"],
            )
            for row in both.sort("year").rows(named=True)
        ]
        head = ["year", "Gini", "within", "between", "overlap", "Theil", "between", "variation"]
        lines += [f"{label[0].upper()}{label[1:]}:", "", *table([*head, "highest", "lowest"], body)]
    return lines


def regions() -> str:
    """The four regions, with the number of provinces in each."""
    return ", ".join(f"{name} ({len(codes.split())})" for name, codes in REGIONS.items())


def closer(measured: Mapping[str, pl.DataFrame], near: pl.DataFrame) -> list[str]:
    """Sigma and beta convergence."""
    sigma, beta = [], []
    for label, rows in measured.items():
        found = convergence(rows, neighbour_table=near).tables
        spread = dict(found["dispersion"].select("year", "sigma_log").rows())
        sigma.append((label, *(f"{spread[year]:.2f}" for year in SHOWN)))
        for row in found["regressions"].rows(named=True):
            ends = f"{row['beta_low']:+.3f} to {row['beta_high']:+.3f}"
            p = f"{row['p_value']:.3f}"
            beta.append((label, MODELS[row["model"]], f"{row['beta']:+.3f}", ends, p))
    return [
        "## Do they come closer?",
        "",
        "Sigma, the standard deviation of logarithms:",
        "",
        *table(["", *SHOWN], sigma),
        "Beta, below 0 where those that were low grew faster (95% interval, robust errors):",
        "",
        *table(["", "model", "beta", "interval", "p"], beta),
        "No: neither spread nor growth says so. Only within each province does a year above its own mean go down again; that is a return to its own path, not to one that all share, and such a panel of 14 years exaggerates its speed (Nickell's bias).",
        "",
    ]


def club_tables(measured: Mapping[str, pl.DataFrame]) -> list[str]:
    """Clubs by the log t test."""
    lines = []
    for label, rows in measured.items():
        found = clubs(rows, scale="as_given").tables
        members = found["members"].group_by("club").agg(pl.col("unit").sort())
        named = dict(members.rows())
        for row in found["clubs"].rows(named=True):
            who = ", ".join(named.get(row["club"], [])) if row["club"] != "all" else ""
            t = "" if row["t_value"] is None else f"{row['t_value']:.1f}"
            lines.append(
                (label, row["club"], row["units_count"], f"{row['relative_level']:.2f}", t, who)
            )
    return [
        "## Clubs",
        "",
        "Phillips and Sul's log t test on the ratios as they are (logarithms of ratios below 1 are below 0, which the test can't take). Convergence is rejected below -1.65; level: the mean over that of all.",
        "",
        *table(["", "club", "provinces", "level", "t", "which"], lines),
    ]


def steps(measured: Mapping[str, pl.DataFrame], near: pl.DataFrame) -> list[str]:
    """Mobility between quarters, and whether neighbours matter."""
    lines = []
    for label, rows in measured.items():
        found = mobility(rows, classes=4, neighbour_table=near).tables
        stays = [row[f"class_{k}"] for k, row in enumerate(found["matrix"].rows(named=True), 1)]
        tests = dict(found["homogeneity"].select("over", "p_chi_squared").rows())
        prais = dict(found["indices"].rows())["prais"]
        lines.append(
            (
                label,
                *(f"{stay:.0%}" for stay in stays),
                f"{prais:.2f}",
                f"{tests['time']:.3f}",
                f"{tests['neighbours']:.3f}",
            )
        )
    classes = [f"stays in class {k}" for k in range(1, 5)]
    return [
        "## Steps between classes",
        "",
        "Four classes by quartiles of all years together, relative to the year's mean, 1 the lowest: how often a province is in the same class a year later; Prais's index of mobility, 0 to 1.33 here; p values of the tests (chi-squared) that steps are the same in both halves of the years, and whatever the "
        "neighbours' class.",
        "",
        *table(["", *classes, "Prais", "p, over time", "p, neighbours"], lines),
    ]


def neighbours(measured: Mapping[str, pl.DataFrame], near: pl.DataFrame) -> list[str]:
    """Moran's I over the years, and clusters of the last."""
    body, where = [], []
    for label, rows in measured.items():
        found = spatial_pattern(rows.rename({"unit": "place"}), neighbour_table=near).tables
        moran = {row["year"]: row for row in found["autocorrelation"].rows(named=True)}
        body.append(
            (
                label,
                *(
                    f"{moran[year]['moran_index']:.2f} ({moran[year]['p_value']:.3f})"
                    for year in SHOWN
                ),
            )
        )
        sure = found["clusters"].filter(pl.col("cluster").is_in(CLUSTERS))
        for code, words in CLUSTERS.items():
            who = sure.filter(pl.col("cluster") == code)["place"].sort().to_list()
            where.append((label, words, ", ".join(who) or "none"))
    return [
        "## Neighbours",
        "",
        f"{near.height // 2} pairs of neighbours, which share a land border, or are Hainan and Guangdong. Moran's I, which would be {-1 / 30:.2f} by chance, and its p value by 999 permutations:",
        "",
        *table(["", *SHOWN], body),
        f"Local clusters of {SHOWN[-1]} at 95%, not adjusted for 31 tests, of which chance alone would find about 1.6:",
        "",
        *table(["", "cluster", "provinces"], where),
    ]


CLUSTERS: Mapping[str, str] = {
    "high_high": "strong among strong",
    "low_low": "weak among weak",
    "low_high": "weak among strong",
    "high_low": "strong among weak",
}

if __name__ == "__main__":
    main()
