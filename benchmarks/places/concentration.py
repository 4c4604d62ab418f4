"""Concentration, clusters and similarity on real records beside published figures; as Markdown.

python -m benchmarks.places.concentration SHARED_DATA_FOLDER [docs/replications/places.md]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.places.concentration_cases import Lines, published, table, textbook

from firstlight.instruments.places.industry_clusters.place_clusters import place_clusters
from firstlight.instruments.places.industry_concentration.concentration_measures import (
    concentration_measures,
    place_specialisation,
    spatial_concentration,
)
from firstlight.instruments.places.location_quotients import location_quotients
from firstlight.instruments.places.structural_duplication.structural_similarity import (
    structural_similarity,
)

HEAD = "<!-- Written by benchmarks/places/concentration.py: change nothing here. -->"


def main() -> None:
    """Write the page, or print it."""
    data = Path(sys.argv[1])
    if not (data / "places").is_dir():
        sys.exit(f"no places in {data}")
    lines = [
        HEAD,
        "",
        "# Places: concentration, clusters, similarity",
        "",
        "Published figures beside ours, then what the same functions say of German states and counties, US metropolitan areas and Chinese provinces.",
        "",
        *published(),
        *textbook(data / "places" / "FK2014_EGC.csv"),
        *states(data / "places" / "G.regions.industries.csv"),
        *counties(data / "places" / "G.counties.gdp.csv"),
        *metro_clusters(data / "places" / "us_metro_industry_2018.parquet"),
        *provinces(data / "provinces"),
    ]
    text = "\n".join(lines) + "\n"
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(text, encoding="utf-8")
    else:
        print(text)


# -- Germany ---------------------------------------------------------------------------------------


def states(file: Path) -> Lines:
    """16 states, 17 sections of industry, 2015."""
    rows = pl.read_csv(file, encoding="utf8-lossy")
    found = spatial_concentration(rows, "emp_all", place="region_code", industry="ind_code").sort(
        "gini_index", descending=True
    )
    own = place_specialisation(rows, "emp_all", place="region_code", industry="ind_code").sort(
        "krugman_index", descending=True
    )
    quotients = location_quotients(
        rows, "emp_all", place="region_code", industry="ind_code", dispersion=10.0
    )
    sure = quotients.filter("is_specialised").sort("location_quotient_low", descending=True).head(5)
    by_industry = [
        (row["industry"].removeprefix("WZ08-"), f"{row['gini_index']:.3f}", f"{row['gini_unweighted_index']:.3f}", f"{row['hoover_share']:.3f}",
         f"{row['krugman_index']:.3f}", f"{row['herfindahl_index']:.3f}", f"{row['theil_index']:.3f}", f"{row['top_place']} {row['top_place_share']:.0%}")
        for row in (*found.head(4).iter_rows(named=True), *found.tail(3).iter_rows(named=True))
    ]  # fmt: skip
    by_place = [
        (
            row["place"],
            f"{row['krugman_index']:.3f}",
            f"{row['gini_index']:.3f}",
            f"{row['herfindahl_normalised_index']:.3f}",
        )
        for row in (*own.head(4).iter_rows(named=True), *own.tail(3).iter_rows(named=True))
    ]
    names = "; ".join(
        f"{row['place']} in {row['industry'].removeprefix('WZ08-')} {row['location_quotient']:.2f} ({row['location_quotient_low']:.2f} to {row['location_quotient_high']:.2f})"
        for row in sure.iter_rows(named=True)
    )
    return [
        "## German states, 2015",
        "",
        "Employees of 16 states in 17 sections (WZ 2008). Most and least concentrated sections, against the states' totals:",
        "",
        *table(
            (
                "section",
                "Gini",
                "Gini, states alike",
                "Hoover",
                "Krugman",
                "Herfindahl",
                "Theil",
                "most is in",
            ),
            by_industry,
        ),
        "Most and least specialised states:",
        "",
        *table(("state", "Krugman", "Gini", "Herfindahl, normalised"), by_place),
        f"Surest quotients, with 95% intervals for jobs that come ten at a time: {names}.",
        "",
    ]


def counties(file: Path) -> Lines:
    """GDP of 402 counties against their population."""
    rows = pl.read_csv(file, null_values="NA")
    groups = rows["regional"].to_numpy()
    lines = []
    for year in (1992, 2000, 2010, 2014):
        gdp, people = rows[f"gdp{year}"].to_numpy(), rows[f"pop{year}"].to_numpy()
        there = np.isfinite(gdp.astype(float)) & np.isfinite(people.astype(float))
        found = concentration_measures(
            gdp[there, None].astype(float), people[there].astype(float), groups[there]
        )
        lines.append(
            (year, int(there.sum()), f"{found.gini[0]:.4f}", f"{found.hoover[0]:.4f}", f"{found.theil[0]:.4f}", f"{found.theil_between[0] / found.theil[0]:.0%}",
             f"{found.herfindahl[0]:.5f}")
        )  # fmt: skip
    return [
        "## German counties, 1992 to 2014",
        "",
        "GDP against population: how unequal GDP per head is over counties, and how much of Theil lies between East and West. In 1992 some counties have no figure.",
        "",
        *table(
            (
                "year",
                "counties",
                "Gini",
                "Hoover",
                "Theil",
                "between East and West",
                "Herfindahl of GDP",
            ),
            lines,
        ),
    ]


# -- clusters and similarity -----------------------------------------------------------------------


LEAST_JOBS = 100_000
AREAS = {
    "12940": "Baton Rouge", "15940": "Canton", "15980": "Cape Coral", "17820": "Colorado Springs", "18580": "Corpus Christi", "19820": "Detroit",
    "21140": "Elkhart", "21660": "Eugene", "22220": "Fayetteville (AR)", "24660": "Greensboro", "25060": "Gulfport", "25860": "Hickory",
    "31140": "Louisville", "32820": "Memphis", "35980": "Norwich", "41620": "Salt Lake City", "42660": "Seattle", "43900": "Spartanburg",
    "44700": "Stockton", "46060": "Tucson", "47260": "Virginia Beach", "48620": "Wichita", "49660": "Youngstown",
}  # fmt: skip


def metro_clusters(file: Path) -> Lines:
    """Communities of industries over large metropolitan areas, and whether chance would part them
    as clearly."""
    rows = pl.read_parquet(file).filter(pl.col("naics_level") == 4)
    large = (
        rows.group_by("cbsa_code")
        .agg(pl.col("EMP").sum())
        .filter(pl.col("EMP") >= LEAST_JOBS)["cbsa_code"]
    )
    rows = rows.filter(pl.col("cbsa_code").is_in(large.implode()))
    plain = place_clusters(rows, "EMP", place="cbsa_code", industry="naics_code", draws=99)
    fine = place_clusters(
        rows, "EMP", place="cbsa_code", industry="naics_code", resolution=0.2, draws=0
    )
    communities = (
        fine.industries.drop_nulls("cluster")
        .group_by("cluster")
        .agg(
            members=pl.col("industry").sort().str.join(" "),
            count=pl.len(),
            within=pl.col("within_relatedness").mean(),
        )
        .filter(pl.col("count").is_between(3, 12))
        .sort("within", descending=True)
        .head(8)
    )
    there = fine.table.filter("is_cluster").sort("cluster_quotient", descending=True)
    lines = []
    for row in communities.iter_rows(named=True):
        own = there.filter(pl.col("cluster") == row["cluster"])
        where = ", ".join(
            f"{AREAS.get(place, place)} ({q:.1f})"
            for place, q in own.head(3).select("place", "cluster_quotient").rows()
        )
        lines.append((row["members"], f"{row['within']:.2f}", own.height, where))
    parts = plain.industries["cluster"].drop_nulls().n_unique()
    return [
        "## Clusters of US metropolitan areas, 2018",
        "",
        f"{large.len()} areas with {LEAST_JOBS:,} jobs or more, {rows['naics_code'].n_unique()} industries (NAICS, four digits). By modularity there are {parts} communities; industries "
        f"part as clearly with p = {plain.p_value:.2f} where places are shuffled (99 shuffles). Where industries join above a relatedness of 0.2 there are "
        f"{fine.industries['cluster'].drop_nulls().n_unique()}, of three to twelve industries these hold together best:",
        "",
        *table(
            (
                "industries (NAICS)",
                "mean relatedness within",
                "areas with the cluster",
                "strongest in (quotient)",
            ),
            lines,
        ),
    ]


NAMES = {
    "北京": "Beijing", "天津": "Tianjin", "河北": "Hebei", "山西": "Shanxi", "内蒙古": "Inner Mongolia", "辽宁": "Liaoning", "吉林": "Jilin", "黑龙江": "Heilongjiang",
    "上海": "Shanghai", "江苏": "Jiangsu", "浙江": "Zhejiang", "安徽": "Anhui", "福建": "Fujian", "江西": "Jiangxi", "山东": "Shandong", "河南": "Henan", "湖北": "Hubei",
    "湖南": "Hunan", "广东": "Guangdong", "广西": "Guangxi", "海南": "Hainan", "重庆": "Chongqing", "四川": "Sichuan", "贵州": "Guizhou", "云南": "Yunnan", "西藏": "Tibet",
    "陕西": "Shaanxi", "甘肃": "Gansu", "青海": "Qinghai", "宁夏": "Ningxia", "新疆": "Xinjiang",
}  # fmt: skip
TOTALS = ("Total Consumption", "Total Emissions", "TotalEmissions", "Urban", "Rural")


def provinces(folder: Path) -> Lines:
    """Who looks like whom: kinds of research, and emissions by sector."""
    kinds = pl.read_csv(
        folder / "techme_RDActivity.csv", null_values="NA", infer_schema_length=None
    ).filter(
        (pl.col("chn_block4") != "合计")
        & (pl.col("province") != "全国")
        & pl.col("year").is_in([2010, 2023])
    )
    kinds = kinds.with_columns(pl.col("province").replace_strict(NAMES))
    research = structural_similarity(
        kinds, "value", place="province", industry="chn_block4", year="year"
    )
    sectors = pl.read_csv(
        folder / "province_sector_co2_1997_2019.csv", infer_schema_length=None, null_values="NA"
    ).filter(~pl.col("sector").is_in(TOTALS) & pl.col("year").is_in([1998, 2019]))
    emitted = structural_similarity(
        sectors, "co2_mt", place="province", industry="sector", year="year"
    )
    lines: Lines = [
        "## Chinese provinces: who looks like whom",
        "",
        "Finger-Kreinin similarity of shares (1 - Krugman / 2; 1 is alike). The tables of technology have no industries: spending on basic research, applied research and",
        "experimental development is the one structure in them. Emissions of CO2 by sector stand in for industrial structure, and say more of energy than of output.",
        "",
    ]
    for name, found in (("R&D by kind", research), ("CO2 by sector", emitted)):
        for year in sorted(found.pairs["year"].unique()):
            own = found.pairs.filter(pl.col("year") == year).sort(
                ["finger_kreinin_index", "place", "other"], descending=[True, False, False]
            )
            alike = [
                f"{a} and {b} {x:.3f}"
                for a, b, x in own.head(3).select("place", "other", "finger_kreinin_index").rows()
            ]
            least = [
                f"{a} and {b} {x:.2f}"
                for a, b, x in own.tail(2).select("place", "other", "finger_kreinin_index").rows()
            ]
            apart = (
                found.nearest.filter(pl.col("year") == year)
                .sort("mean_finger_kreinin_index")
                .head(3)
            )
            lines.append(
                f"- **{name}, {year}** ({own['place'].n_unique() + 1} provinces): mean {own['finger_kreinin_index'].mean():.3f}. Most alike: {'; '.join(alike)}. Least: "
                f"{'; '.join(least)}. Least like the others: {', '.join(apart['place'])}."
            )
    return [*lines, ""]


if __name__ == "__main__":
    main()
