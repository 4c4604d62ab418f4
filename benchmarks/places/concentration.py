"""Concentration, clusters and similarity on real records beside published figures and brute force; as Markdown.

python benchmarks/places/concentration.py SHARED_DATA_FOLDER [docs/replications/places.md]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.places.agglomeration import agglomeration, agglomeration_index
from firstlight.instruments.places.clusters import place_clusters
from firstlight.instruments.places.concentration import (
    concentration,
    krugman_dissimilarity,
    place_specialisation,
    spatial_concentration,
)
from firstlight.instruments.places.location_quotients import location_quotient, location_quotients
from firstlight.instruments.places.plant_sites import EARTH_KM, Sites, on_sphere
from firstlight.instruments.places.point_patterns import k_density_curve, m_curve, m_function, neighbour_sizes
from firstlight.instruments.places.structural_similarity import structural_similarity

HEAD = "<!-- Written by benchmarks/places/concentration.py: change nothing here. -->"
Lines = list[str]


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
        "Published figures beside ours, then what the same functions say of German states and counties, US metropolitan areas, cities with patents",
        "and Chinese provinces.",
        "",
        *published(),
        *textbook(data / "places" / "FK2014_EGC.csv"),
        *states(data / "places" / "G.regions.industries.csv"),
        *counties(data / "places" / "G.counties.gdp.csv"),
        *brute_force(),
        *cities(data / "patents" / "tech_city_period.csv.gz"),
        *metro_clusters(data / "places" / "us_metro_industry_2018.parquet"),
        *provinces(data / "provinces"),
    ]
    text = "\n".join(lines) + "\n"
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(text, encoding="utf-8")
    else:
        print(text)


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> Lines:
    """A Markdown table, and an empty line."""
    names = list(head)
    return [f"| {' | '.join(map(str, line))} |" for line in (names, ["---"] * len(names), *rows)] + [""]


# -- published -------------------------------------------------------------------------------------------------------------


def published() -> Lines:
    """Examples of textbooks whose results the documentation of REAT (R) states."""
    gdp = [
        460.69,
        549.19,
        124.16,
        65.29,
        31.59,
        109.27,
        263.44,
        39.87,
        258.53,
        645.59,
        131.95,
        35.03,
        112.66,
        56.22,
        85.61,
        56.81,
    ]
    states_of = _column(gdp)
    sales = _column([20, 50, 20, 10])
    income = np.array([500, 1500, 2500, 4000, 7500, 15000]) * np.array([1000, 1200, 1600, 400, 200, 600])
    classes = concentration(income[:, None], [1000, 1200, 1600, 400, 200, 600])
    industry = concentration(np.array([[500.0], [500], [1000], [7000], [1000]]), [20000, 15000, 20000, 40000, 5000])
    place = concentration(np.array([[700.0], [600], [500], [10000], [40000]]), [30000, 15000, 10000, 60000, 50000])
    rest = 15593224 - 79006 - 879213 + 1714
    quotient = location_quotient([[1714, 79006 - 1714], [879213 - 1714, rest]]).value[0, 0]
    plants = agglomeration_index(
        [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000], [0, 0, 0, 0, 0, 1, 1, 1, 1, 2], [5, 4, 1]
    )
    cases = [
        ("Ellison-Glaeser, ten firms in Wien, Linz, Graz", 0.05990628, plants.ellison_glaeser, 8),
        ("location quotient", 0.3847623, quotient, 7),
        ("Gini of spatial concentration, five regions", 0.4068966, industry.gini_unweighted[0], 7),
        ("Gini of specialisation, five industries", 0.6222222, place.gini_unweighted[0], 7),
        (
            "Krugman, two regions with nothing in common",
            2,
            krugman_dissimilarity([20, 10, 70, 0, 0], [0, 0, 0, 60, 40]),
            4,
        ),
        ("Krugman, mining against four industries", 0.8619, krugman_dissimilarity(MINING, _mean_structure(OTHERS)), 4),
        (
            "Krugman, Sweden against four countries",
            0.1595,
            krugman_dissimilarity(SWEDEN, _mean_structure(NEIGHBOURS)),
            4,
        ),
        ("Herfindahl, four firms", 0.34, sales.herfindahl[0], 2),
        ("Herfindahl, the same, normalised", 0.12, sales.herfindahl_normalised[0], 2),
        ("Gini, the same", 0.3, sales.gini[0], 1),
        ("Gini, six classes of income, weighted", 0.5278, classes.gini[0], 4),
        ("Herfindahl, GDP of 16 German states 2015, equivalent number", 7.988733, 1 / states_of.herfindahl[0], 6),
        ("Gini, the same", 0.5009, states_of.gini[0], 4),
    ]
    rows = [
        (name, value, f"{here:.{digits}f}", "met" if abs(here - value) <= 0.51 * 10**-digits else "**not met**")
        for name, value, here, digits in cases
    ]
    return [
        "## Published figures",
        "",
        "Examples of Farhauer and Kröll (Standorttheorien, 2013 and 2014) and Dörsam (Wirtschaftsstatistik, 2004), with the results that the documentation of the",
        "R package REAT (Wieland) states. Of the German data below no results are stated there.",
        "",
        *table(("example", "published", "here", ""), rows),
        "Gini of concentration and of specialisation there are of location quotients, each region or industry counting once: here `gini_unweighted`. The Krugman",
        "of one industry against several is against the mean of their shares; `spatial_concentration` takes the total of all instead.",
        "",
    ]


MINING = (4320, 7811, 3900, 2300, 47560)
OTHERS = (
    (20000, 11000, 31000, 8000, 20000),
    (40000, 10000, 25000, 9000, 16000),
    (10000, 11000, 14000, 14000, 13000),
    (7000, 7500, 11000, 1500, 36000),
)
SWEDEN = (45000, 15000, 32000, 10000, 30000)
NEIGHBOURS = (
    (35000, 12000, 30000, 8000, 22000),
    (40000, 10000, 25000, 9000, 18000),
    (30000, 11000, 18000, 3000, 13000),
    (40000, 6000, 11000, 2000, 12000),
)


def _column(values: list[float]) -> Any:
    return concentration(np.array(values, float)[:, None], np.ones(len(values)))


def _mean_structure(rows: Any) -> Any:
    x = np.array(rows, float)
    return (x / x.sum(axis=1, keepdims=True)).mean(axis=0)


def textbook(file: Path) -> Lines:
    """42 firms of four industries in three regions."""
    rows = pl.read_csv(file).with_columns(pl.col("region").cast(pl.String))
    found = agglomeration(rows, "emp_firm", place="region", place_total="emp_region").table
    lines = [
        (row["industry"], f"{row['plants_count']:.0f}", f"{row['ellison_glaeser_index']:.4f}", f"{row['maurel_sedillot_index']:.4f}",
         f"{row['raw_index']:.4f}", f"{row['plant_herfindahl_index']:.4f}", f"{row['p_value']:.2f}")
        for row in found.iter_rows(named=True)
    ]  # fmt: skip
    return [
        "## 42 firms of a textbook",
        "",
        "The file FK2014_EGC holds four other industries than the ten firms above: 0.0599 is of those ten (plants and places of Wien, Linz and Graz), and none of",
        "the four gives it. With the regions' totals of 360, 108 and 132 thousand:",
        "",
        *table(("industry", "firms", "Ellison-Glaeser", "Maurel-Sédillot", "G", "Herfindahl of plants", "p"), lines),
    ]


# -- Germany ---------------------------------------------------------------------------------------------------------------


def states(file: Path) -> Lines:
    """16 states, 17 sections of industry, 2015."""
    rows = pl.read_csv(file, encoding="utf8-lossy")
    found = spatial_concentration(rows, "emp_all", place="region_code", industry="ind_code").table.sort(
        "gini_index", descending=True
    )
    own = place_specialisation(rows, "emp_all", place="region_code", industry="ind_code").table.sort(
        "krugman_index", descending=True
    )
    quotients = location_quotients(rows, "emp_all", place="region_code", industry="ind_code", dispersion=10.0)
    sure = quotients.table.filter("is_specialised").sort("low_quotient", descending=True).head(5)
    by_industry = [
        (row["industry"].removeprefix("WZ08-"), f"{row['gini_index']:.3f}", f"{row['gini_unweighted_index']:.3f}", f"{row['hoover_share']:.3f}",
         f"{row['krugman_index']:.3f}", f"{row['herfindahl_index']:.3f}", f"{row['theil_index']:.3f}", f"{row['top_unit']} {row['top_share']:.0%}")
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
        f"{row['place']} in {row['industry'].removeprefix('WZ08-')} {row['location_quotient']:.2f} ({row['low_quotient']:.2f} to {row['high_quotient']:.2f})"
        for row in sure.iter_rows(named=True)
    )
    return [
        "## German states, 2015",
        "",
        "Employees of 16 states in 17 sections (WZ 2008). Most and least concentrated sections, against the states' totals:",
        "",
        *table(
            ("section", "Gini", "Gini, states alike", "Hoover", "Krugman", "Herfindahl", "Theil", "most is in"),
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
        found = concentration(gdp[there, None].astype(float), people[there].astype(float), groups[there])
        lines.append(
            (year, int(there.sum()), f"{found.gini[0]:.4f}", f"{found.hoover[0]:.4f}", f"{found.theil[0]:.4f}", f"{found.theil_between[0] / found.theil[0]:.0%}",
             f"{found.herfindahl[0]:.5f}")
        )  # fmt: skip
    return [
        "## German counties, 1992 to 2014",
        "",
        "GDP against population: how unequal GDP per head is over counties, and how much of Theil lies between East and West. In 1992 some counties have no figure.",
        "",
        *table(("year", "counties", "Gini", "Hoover", "Theil", "between East and West", "Herfindahl of GDP"), lines),
    ]


# -- point patterns ----------------------------------------------------------------------------------------------------------


def brute_force() -> Lines:
    """K-density and M against every pair, one after another."""
    draws = np.random.default_rng(5)
    n, cases = 400, 60
    latitude, longitude = draws.uniform(47, 55, n), draws.uniform(6, 15, n)
    sizes, points = draws.lognormal(2, 1, n), on_sphere(latitude, longitude)
    case = np.zeros(n, bool)
    case[:cases] = True
    grid, radii, bandwidth = np.linspace(0, 400, 41), np.array([20.0, 50, 100, 200, 400]), 15.0
    apart = np.array([[_great_circle(latitude, longitude, i, j) for j in range(n)] for i in range(n)])
    slow_k, weight = np.zeros(grid.size), 0.0
    for i in range(cases):
        for j in range(i + 1, cases):
            w = sizes[i] * sizes[j]
            weight += w
            slow_k += w * (
                np.exp(-(((grid - apart[i, j]) / bandwidth) ** 2) / 2)
                + np.exp(-(((grid + apart[i, j]) / bandwidth) ** 2) / 2)
            )
    slow_k /= bandwidth * np.sqrt(2 * np.pi) * weight
    exact, binned = (k_density_curve(points[case], grid, bandwidth, sizes[case], binned=kind) for kind in (False, True))
    slow_m = []
    for r in radii:
        local, whole = 0.0, 0.0
        for i in range(cases):
            near = [j for j in range(n) if j != i and apart[i, j] <= r]
            if near:
                local += sum(sizes[j] for j in near if case[j]) / sum(sizes[j] for j in near)
                whole += (sizes[case].sum() - sizes[i]) / (sizes.sum() - sizes[i])
        slow_m.append(local / whole)
    around = neighbour_sizes(Sites(points, sizes, case), radii)
    fast_m = m_curve(points[case], sizes[case], around[case], float(sizes.sum()), radii)
    gaps = [
        np.abs(exact / slow_k - 1).max(),
        np.abs(binned / slow_k - 1).max(),
        np.abs(fast_m / np.array(slow_m) - 1).max(),
    ]
    return [
        "## Duranton-Overman and Marcon-Puech against brute force",
        "",
        f"{cases} of {n} weighted sites at random on the map of Germany; every pair one after another, distances by the haversine.",
        "",
        *table(
            ("curve", "largest relative difference"),
            zip(("K-density", "K-density, in bins", "M"), (f"{gap:.1e}" for gap in gaps), strict=True),
        ),
    ]


def _great_circle(latitude: Any, longitude: Any, i: int, j: int) -> float:
    a, b, c, d = np.radians([latitude[i], longitude[i], latitude[j], longitude[j]])
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return float(2 * EARTH_KM * np.arcsin(np.sqrt(h)))


def cities(file: Path) -> Lines:
    """M of three technologies over US cities, weighted by patents."""
    rows = pl.read_csv(file).filter((pl.col("country") == "US") & (pl.col("period_start") == 2020))
    rows = rows.group_by("tech_area", "lat", "lng").agg(pl.col("patent_count").sum()).drop_nulls()
    radii = [10.0, 25.0, 50.0, 100.0, 200.0, 400.0]
    lines = []
    for field in sorted(rows["tech_area"].unique()):
        found = m_function(
            rows, field, x="lng", y="lat", industry="tech_area", size="patent_count", distances=radii, draws=199
        )
        lines.append((field, found.cases_count, *(f"{m:.2f}" for m in found.table["observed"]), f"{found.p_value:.3f}"))
    return [
        "## Technologies over US cities, patents of 2020 to 2024",
        "",
        "Marcon and Puech's M, weighted by patents: the share of a technology among the neighbours of its cities, over its share of everything (of the three). A",
        "city with two technologies is two sites, and its own other technology is its nearest neighbour, so that M is low at 10 km whatever the technology; the random",
        "labels, 199 of them, have that, too.",
        "",
        *table(("technology", "cities", *(f"{r:.0f} km" for r in radii), "p"), lines),
    ]


# -- clusters and similarity ---------------------------------------------------------------------------------------------------


LEAST_JOBS = 100_000
AREAS = {
    "12940": "Baton Rouge", "15940": "Canton", "15980": "Cape Coral", "17820": "Colorado Springs", "18580": "Corpus Christi", "19820": "Detroit",
    "21140": "Elkhart", "21660": "Eugene", "22220": "Fayetteville (AR)", "24660": "Greensboro", "25060": "Gulfport", "25860": "Hickory",
    "31140": "Louisville", "32820": "Memphis", "35980": "Norwich", "41620": "Salt Lake City", "42660": "Seattle", "43900": "Spartanburg",
    "44700": "Stockton", "46060": "Tucson", "47260": "Virginia Beach", "48620": "Wichita", "49660": "Youngstown",
}  # fmt: skip


def metro_clusters(file: Path) -> Lines:
    """Communities of industries over large metropolitan areas, and whether chance would part them as clearly."""
    rows = pl.read_parquet(file).filter(pl.col("naics_level") == 4)
    large = rows.group_by("cbsa_code").agg(pl.col("EMP").sum()).filter(pl.col("EMP") >= LEAST_JOBS)["cbsa_code"]
    rows = rows.filter(pl.col("cbsa_code").is_in(large.implode()))
    started = time.perf_counter()
    plain = place_clusters(rows, "EMP", place="cbsa_code", industry="naics_code", draws=99)
    spent = time.perf_counter() - started
    fine = place_clusters(rows, "EMP", place="cbsa_code", industry="naics_code", resolution=0.2, draws=0)
    communities = (
        fine.industries.drop_nulls("cluster")
        .group_by("cluster")
        .agg(
            members=pl.col("industry").sort().str.join(" "), count=pl.len(), within=pl.col("within_relatedness").mean()
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
        f"part as clearly with p = {plain.p_value:.2f} where places are shuffled ({spent:.0f} s with 99 shuffles). Where industries join above a relatedness of 0.2 there are "
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
    kinds = pl.read_csv(folder / "techme_RDActivity.csv", null_values="NA", infer_schema_length=None).filter(
        (pl.col("chn_block4") != "合计") & (pl.col("province") != "全国") & pl.col("year").is_in([2010, 2023])
    )
    kinds = kinds.with_columns(pl.col("province").replace_strict(NAMES))
    research = structural_similarity(kinds, "value", place="province", industry="chn_block4", year="year")
    sectors = pl.read_csv(
        folder / "province_sector_co2_1997_2019.csv", infer_schema_length=None, null_values="NA"
    ).filter(~pl.col("sector").is_in(TOTALS) & pl.col("year").is_in([1998, 2019]))
    emitted = structural_similarity(sectors, "co2_mt", place="province", industry="sector", year="year")
    lines: Lines = [
        "## Chinese provinces: who looks like whom",
        "",
        "Finger-Kreinin similarity of shares (1 - Krugman / 2; 1 is alike). The tables of technology have no industries: spending on basic research, applied research and",
        "experimental development is the one structure in them. Emissions of CO2 by sector stand in for industrial structure, and say more of energy than of output.",
        "",
    ]
    for name, found in (("R&D by kind", research), ("CO2 by sector", emitted)):
        for year in sorted(found.table["year"].unique()):
            own = found.table.filter(pl.col("year") == year).sort(
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
            apart = found.places.filter(pl.col("year") == year).sort("mean_finger_kreinin_index").head(3)
            lines.append(
                f"- **{name}, {year}** ({own['place'].n_unique() + 1} provinces): mean {own['finger_kreinin_index'].mean():.3f}. Most alike: {'; '.join(alike)}. Least: "
                f"{'; '.join(least)}. Least like the others: {', '.join(apart['place'])}."
            )
    return [*lines, ""]


if __name__ == "__main__":
    main()
