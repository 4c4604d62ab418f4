"""The measurements of places, as lines of the list of measurements."""

from __future__ import annotations

from firstlight.instruments.places.concentration import REFERENCES
from firstlight.instruments.places.duplication import PRESENCES
from firstlight.run.measurements import (
    clusters,
    concentration,
    duplication,
)
from firstlight.run.measurements.form import Measurement, Option, Sample
from firstlight.run.measurements.options import (
    ANY_YEAR,
    GAPS,
    LATITUDE,
    LEVEL_95,
    LONGITUDE,
    OUTLINES,
    SEED,
    SUM,
    optional,
)
from firstlight.sources.panels import Column

PLACE = Column("place", "text", "country, province or city")
INDUSTRY = Column(
    "industry", "text", "industry, technology, product or occupation", is_heading=True
)
VALUE = Column("value", "number", "jobs, plants, output, patents: not negative", is_filled=False)
PLANNED = optional("value", "jobs, output: not negative; a list of plans has none")
SITE = (LATITUDE, LONGITUDE)
NEIGHBOURS = optional("neighbours", "names of neighbouring places, parted by ;", "text")
PLANTS = (
    optional("plant", "name of a plant or firm, where a row is one", "text"),
    optional("plants", "number of plants in the row"),
    optional("plant_herfindahl", "the industry's plant Herfindahl, 0 to 1"),
    optional("place_total", "the place's total, where rows don't add up to it"),
    optional("place_group", "group of places, such as a province of cities", "text"),
)
SIGNALS = (
    optional("complexity", "of the industry"),
    optional("growth", "forecast growth of the industry's demand, share a year"),
    optional("price", "of the industry's product, above 0"),
)
NEAR = Option(
    "within_km",
    "number",
    None,
    "places so near each other are neighbours",
    "视为相邻的距离（公里）",
    0.001,
)

PLACES: tuple[Measurement, ...] = (
    Measurement(
        "concentration",
        "Concentration and specialisation",
        "集聚与专业化",
        "how unevenly industries lie over places, how one-sided places are, which location quotients are sure",
        "行业空间分布有多不均、地区有多专业化、哪些区位商可靠",
        (PLACE, INDUSTRY, ANY_YEAR, VALUE, *PLANTS, *SITE),
        "places.concentration",
        concentration.concentration_tables,
        ("concentration",),
        (
            "year",
            "industry",
            "gini_index",
            "krugman_index",
            "theil_index",
            "top_place",
            "top_place_share",
        ),
        check=concentration.check_concentration,
        sample=lambda: Sample(*concentration.sample_jobs()),
        absent_is_zero=True,
        places="place",
        options=(
            SUM,
            GAPS,
            *OUTLINES,
            Option(
                "reference",
                "choice",
                "all",
                "against everything, or all alike",
                "参照分布",
                choices=REFERENCES,
            ),
            LEVEL_95,
            Option(
                "dispersion",
                "number",
                None,
                "variance over single jobs'; 1, or the size of plants where known",
                "离散系数",
                0,
            ),
            Option(
                "standardise",
                "choice",
                "levels",
                "quotients as z-scores of",
                "区位商标准化",
                choices=("levels", "logs"),
            ),
        ),
    ),
    Measurement(
        "clusters",
        "Clusters",
        "产业集群",
        "which industries belong together, where they are a cluster, how distinctive it is, in which stage",
        "哪些行业相互关联、在何处形成集群、是否有特色、处于哪个阶段",
        (PLACE, INDUSTRY, ANY_YEAR, VALUE, NEIGHBOURS, *SITE),
        "places.clusters",
        clusters.cluster_tables,
        ("clusters", "cluster_industries"),
        ("place", "cluster", "cluster_quotient", "stage", "is_distinctive", "place_share"),
        sample=lambda: Sample(*clusters.sample_clusters()),
        absent_is_zero=True,
        places="place",
        options=(
            SUM,
            GAPS,
            *OUTLINES,
            NEAR,
            Option(
                "distinct",
                "number",
                1.5,
                "times the neighbours' quotient, from which distinctive",
                "特色倍数",
                0.001,
            ),
            Option(
                "margin",
                "number",
                0.02,
                "growth beyond everything's, from which growing",
                "成长阈值（年）",
                0,
                1,
            ),
            Option(
                "resolution",
                "number",
                None,
                "relatedness above which industries join",
                "合并所需关联度",
                -1,
                1,
            ),
            Option("draws", "whole", 99, "shuffles behind the p-value", "随机打乱次数", 0, 10_000),
            SEED,
        ),
    ),
    Measurement(
        "duplication",
        "Duplication",
        "同质化与重复建设",
        "which places are alike, how far portfolios or plans overlap, and early warnings of a rush",
        "哪些地区结构雷同、产业组合或规划重合多少，以及一哄而上的早期预警",
        (PLACE, INDUSTRY, ANY_YEAR, PLANNED, *SIGNALS, *SITE),
        "places.similarity",
        duplication.duplication_tables,
        ("similar_places",),
        ("place", "nearest", "nearest_finger_kreinin_index", "shared_count", "shared_activities"),
        sample=lambda: Sample(*duplication.sample_rush()),
        absent_is_zero=True,
        places="place",
        options=(
            SUM,
            GAPS,
            *OUTLINES,
            Option(
                "presence",
                "choice",
                "quotient",
                "what counts as present",
                "何为存在",
                choices=PRESENCES,
            ),
            Option("window", "whole", 3, "years in which places enter", "进入窗口（年）", 1, 50),
            Option(
                "horizon",
                "whole",
                3,
                "years after which what followed is counted",
                "事后检验年数",
                1,
                50,
            ),
            Option("least_entrants", "whole", 3, "fewest places that enter", "最少进入地区数", 1),
            Option(
                "crowded",
                "number",
                0.75,
                "quantile of entrants, from which crowded",
                "拥挤分位",
                0,
                1,
            ),
            Option(
                "simple",
                "number",
                0.5,
                "quantile of complexity, up to which simple",
                "低复杂度分位",
                0,
                1,
            ),
        ),
    ),
)
