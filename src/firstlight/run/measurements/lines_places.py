"""The measurements of places, as lines of the list of measurements."""

from __future__ import annotations

from firstlight.instruments.places.market_segmentation import DEMEAN, MEAN_OVER
from firstlight.instruments.places.price_convergence import CORRECTIONS
from firstlight.run.measurements import (
    flows,
    market,
    secret_cells,
)
from firstlight.run.measurements.form import Measurement, Option, Sample
from firstlight.run.measurements.options import (
    ANY_YEAR,
    LATITUDE,
    LEVEL,
    LONGITUDE,
    OUTLINES,
    SEED,
    SUM,
    YEAR,
    optional,
)
from firstlight.sources.panels import Column

PLACE = Column("place", "text", "country, province or city")
SITE = (LATITUDE, LONGITUDE)
NEIGHBOURS = optional("neighbours", "names of neighbouring places, parted by ;", "text")
GOOD = Column("good", "text", "good or group of goods")
MONTH = optional("month", "month of the year, or a date", "text")
GOODS_PRICE = Column(
    "price", "number", "price in one currency and unit, or index", sign="positive", is_filled=False
)
SIDE = optional("side", "side of a border, such as a country", "text")
ENDS = (
    Column("origin", "text", "place that sends"),
    Column("destination", "text", "place that receives"),
)
FLOW = Column("flow", "number", "flow in one unit: not negative", is_filled=False)
SECRET = optional("flow_below", "what a secret flow is below", secret_of="flow")

SECRETS = (
    Option(
        "secret_most",
        "number",
        None,
        "largest flow that a cell marked S, * and the like can hide",
        "保密单元格的最大可能值",
        0,
    ),
    Option(
        "flows_total",
        "number",
        None,
        "published sum of all flows of the year, secret ones included",
        "公布的全部流量合计（含保密流量）",
        0,
    ),
    Option("secret_least", "number", 0.0, "smallest such flow", "保密单元格的最小可能值", 0),
    Option(
        "empty",
        "choice",
        "missing",
        "what a row without a flow is",
        "无流量的行的含义",
        choices=("missing", "secret"),
    ),
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
        "market",
        "One market",
        "统一市场",
        "how segmented a market is by relative prices, its trend, how long price gaps last, and a border",
        "以相对价格衡量市场分割及其趋势、价差消退有多快、是否有边界",
        (PLACE, GOOD, YEAR, MONTH, GOODS_PRICE, SIDE, NEIGHBOURS, *SITE),
        "places.market_segmentation",
        market.market_tables,
        ("segmented_places",),
        ("place", "segmentation_rank", "segmentation_index", "periods_count"),
        check=market.check_market,
        sample=lambda: Sample(*market.sample_prices(), title=market.PRICES),
        places="place",
        options=(
            *OUTLINES,
            Option(
                "kind",
                "choice",
                "level",
                "prices, or indices with the period before = 100",
                "价格或环比指数",
                choices=("level", "index"),
            ),
            NEAR,
            Option(
                "lag",
                "whole",
                None,
                "periods of a change; 1, and 12 for months",
                "变动跨期数",
                1,
                120,
            ),
            Option(
                "demean",
                "choice",
                "good_period",
                "the mean taken out of changes",
                "去均值方式",
                choices=DEMEAN,
            ),
            Option(
                "mean_over",
                "choice",
                "compared",
                "pairs of that mean",
                "均值所用的地区对",
                choices=MEAN_OVER,
            ),
            Option("minimum_goods", "whole", 2, "fewest goods of a pair", "每对最少商品数", 2),
            Option("half_lives", "yes", True, "how long price gaps last", "计算价差半衰期"),
            Option("against", "names", None, "the place that all are compared with", "基准地区"),
            Option(
                "correction",
                "choice",
                "nickell",
                "of short panels, for half-lives",
                "短面板偏误修正",
                choices=CORRECTIONS,
            ),
            Option(
                "interval",
                "choice",
                "jackknife",
                "of the trend",
                "趋势区间方法",
                choices=("jackknife", "bootstrap"),
            ),
            LEVEL,
            Option("draws", "whole", 499, "resamples of a bootstrap", "自助法次数", 20, 10_000),
            SEED,
        ),
    ),
    Measurement(
        "border",
        "Border effects",
        "边界效应",
        "how many times more flows within a border than across it, all else equal (Poisson gravity)",
        "其他条件相同，界内流量是跨界的多少倍（泊松引力模型）",
        (
            *ENDS,
            ANY_YEAR,
            FLOW,
            SECRET,
            optional("within", "1 within the border, 0 across it"),
            optional("distance", "above 0"),
        ),
        "places.border",
        flows.border_tables,
        ("border_effects",),
        ("year", "border_ratio", "border_log", "flows_count", "places_count"),
        check=flows.check_border,
        tells=True,
        sample=lambda: Sample(*flows.sample_flows(), title=flows.FLOWS),
        options=(
            Option("covariates", "columns", None, "further columns, as they are", "控制变量列"),
            Option(
                "log_covariates",
                "columns",
                None,
                "further columns, by their logarithm",
                "取对数的控制变量列",
            ),
            Option(
                "elasticity",
                "number",
                None,
                "of trade to its cost, for a tariff equivalent",
                "贸易成本弹性",
                0,
            ),
            Option(
                "interval",
                "choice",
                "jackknife",
                "of the effect",
                "区间方法",
                choices=("jackknife", "clustered"),
            ),
            LEVEL,
            *SECRETS,
        ),
    ),
    Measurement(
        "local_bias",
        "Local bias",
        "本地偏好",
        "how much more places deal with themselves than their sizes say, and how easy each pair's trade is",
        "地区与自身往来比规模预期多多少，两地贸易有多便利",
        (*ENDS, ANY_YEAR, FLOW, SECRET),
        "places.local_bias",
        flows.local_bias_tables,
        ("local_bias",),
        ("place", "year", "local_bias_index", "local_bias_ratio", "home_share", "expected_share"),
        check=secret_cells.check_secret,
        sample=lambda: Sample(*flows.sample_flows(), title=flows.FLOWS),
        options=(SUM, *SECRETS),
    ),
)
