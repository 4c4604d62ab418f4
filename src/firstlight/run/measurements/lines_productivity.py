"""The measurements of productivity, as lines of the list of measurements."""

from __future__ import annotations

from typing import Literal

from firstlight.instruments.productivity.accounting.factor_shares import WEIGHTS
from firstlight.instruments.productivity.accounting.productivity_decomposition import (
    METHODS as DECOMPOSITIONS,
)
from firstlight.instruments.productivity.stochastic.composed_errors import DISTRIBUTIONS
from firstlight.instruments.productivity.stochastic.frontier_design import FORMS
from firstlight.instruments.productivity.stochastic.frontier_problem import MODELS
from firstlight.run.measurements import accounts, drivers, estimates
from firstlight.run.measurements.form import Measurement, Option, Sample
from firstlight.run.measurements.options import MOST_SEED, SEED
from firstlight.run.measurements.productivity import (
    SAMPLES,
    check_method,
    productivity_tables,
    sample_places,
)
from firstlight.run.measurements.productivity_methods import METHODS
from firstlight.sources.panels import Column

UNIT = Column("unit", "text", "name of a place, firm, industry or other unit")
YEAR = Column("year", "year", "calendar year")
ANY_YEAR = Column("year", "year", "calendar year", if_absent="empty")
INDUSTRY = Column("industry", "text", "name of an industry")
PLACE = Column("place", "text", "country, province or city", if_absent="empty", is_filled=False)
VALUE = Column("value", "number", "value added or output")
INDUSTRY_PRICE = Column(
    "price", "number", "price index", if_absent="empty", sign="positive", is_filled=False
)
ACCOUNT_COLUMNS: tuple[tuple[str, Literal["columns", "share"], str, str], ...] = (
    ("output", "columns", "the column of output, at constant prices", "产出列（不变价）"),
    (
        "labour",
        "columns",
        "columns whose product is labour, such as hours,quality",
        "劳动列（相乘）",
    ),
    ("capital", "columns", "columns whose product is capital", "资本列（相乘）"),
    ("digital", "columns", "columns whose product is digital (ICT) capital", "数字资本列（相乘）"),
    ("labour_share", "share", "labour's share of income", "劳动收入份额"),
    ("capital_share", "share", "capital's share of income", "资本收入份额"),
    ("digital_share", "share", "digital capital's share of income", "数字资本收入份额"),
)

PRODUCTIVITY: tuple[Measurement, ...] = (
    Measurement(
        "accounting",
        "Growth accounting",
        "增长核算",
        "what labour, capital, digital capital and total factor productivity add to growth, and when productivity leapt",
        "劳动、资本、数字资本与全要素生产率各贡献多少增长，生产率何时跃升",
        (UNIT, YEAR),
        "productivity.growth_accounting",
        accounts.accounting_tables,
        ("means", "accounts", "breaks"),
        ("unit", "first_year", "last_year", "output_growth_pp", "tfp_growth_pp"),
        check=accounts.check_accounting,
        tells=True,
        sample=lambda: Sample(*accounts.sample_accounts()),
        options=(
            *(
                Option(
                    name, kind, None, english, chinese, is_filled=False
                )  # the accounts say themselves what is missing
                for name, kind, english, chinese in ACCOUNT_COLUMNS
            ),
            Option(
                "weights",
                "choice",
                "tornqvist",
                "which years' shares",
                "份额取自哪些年份",
                choices=tuple(WEIGHTS),
            ),
            Option("breaks", "yes", True, "look for leaps of productivity", "检验生产率跃升"),
        ),
    ),
    Measurement(
        "drivers",
        "Growth drivers",
        "增长动能",
        "what the new industries weigh and add to growth, and where the growth of labour productivity came from",
        "新产业占多大比重、拉动多少增长，劳动生产率的增长来自何处",
        (PLACE, INDUSTRY, YEAR, VALUE, INDUSTRY_PRICE),
        "productivity.growth_drivers",
        drivers.driver_tables,
        ("drivers", "industries", "sources", "members"),
        (
            "unit",
            "year",
            "new_share",
            "total_growth_pp",
            "new_growth_pp",
            "new_contribution_pp",
            "contribution_share",
        ),
        check=drivers.check_drivers,
        sample=lambda: Sample(*drivers.sample_industries()),
        options=(
            Option("new", "names", None, "industries that count as new", "计为新产业的行业"),
            Option(
                "new_share",
                "share",
                None,
                "the column of each row's share of the new",
                "各行新产业占比列",
            ),
            Option(
                "labour",
                "columns",
                None,
                "the column of labour, for the sources of productivity",
                "劳动列",
            ),
            Option(
                "method",
                "choice",
                "fhk",
                "how the sources are told apart",
                "生产率来源的分解方法",
                choices=tuple(DECOMPOSITIONS),
            ),
            Option(
                "absent",
                "choice",
                "missing",
                "what an industry without a row means",
                "行业缺行的含义",
                choices=("missing", "zero"),
            ),
        ),
    ),
    Measurement(
        "firms",
        "Production functions of firms",
        "企业生产函数",
        "what labour and capital make in firms, and how productive each is",
        "企业中劳动与资本的产出弹性，以及各企业的生产率",
        (UNIT, YEAR),
        "productivity.production_functions",
        estimates.firm_tables,
        ("elasticities", "firm_years", "left_out"),
        check=estimates.check_firms,
        tells=True,
        sample=lambda: Sample(*estimates.sample_firms(), title=estimates.FIRMS),
        options=(
            Option(
                "output",
                "columns",
                None,
                "the one column of output or value added (needed)",
                "产出或增加值列（一列，必填）",
            ),
            Option(
                "free",
                "columns",
                None,
                "columns of inputs chosen freely, such as labour (needed)",
                "自由投入列（如劳动，必填）",
            ),
            Option(
                "state",
                "columns",
                None,
                "columns of inputs fixed before, such as capital (needed)",
                "状态投入列（如资本，必填）",
            ),
            Option(
                "proxy",
                "columns",
                None,
                "columns that show productivity: investment for op, else materials (needed)",
                "代理变量列：op 用投资，其余用中间投入（必填）",
            ),
            Option(
                "controls",
                "columns",
                None,
                "further columns, as they are",
                "控制变量列（按原值使用）",
            ),
            Option(
                "method",
                "choice",
                "acf",
                "Olley-Pakes, Levinsohn-Petrin, Ackerberg-Caves-Frazer or Wooldridge",
                "估计方法",
                choices=tuple(estimates.ESTIMATORS),
            ),
            Option("log", "yes", True, "take logarithms of the columns", "对各列取对数"),
            Option("year_effects", "yes", False, "effects of years", "年份效应"),
            Option(
                "output_is",
                "choice",
                "value_added",
                "for lp: what output is",
                "lp 的产出口径",
                choices=("value_added", "gross_output"),
            ),
            Option(
                "replications",
                "whole",
                200,
                "resamples of firms behind each error, none for wooldridge",
                "自助法重复次数（wooldridge 不用）",
                0,
                10_000,
            ),
            SEED,
        ),
    ),
    Measurement(
        "frontier",
        "Stochastic frontier",
        "随机前沿",
        "how far each unit is from the frontier, told apart from noise",
        "区分噪声后，各单元距前沿多远",
        (UNIT, ANY_YEAR),
        "productivity.stochastic_frontier",
        estimates.frontier_tables,
        ("efficiency", "parameters"),
        check=estimates.check_frontier,
        tells=True,
        sample=lambda: Sample(*estimates.sample_frontier()),
        options=(
            Option(
                "output",
                "columns",
                None,
                "the one column of output, or of cost (needed)",
                "产出（或成本）列（一列，必填）",
            ),
            Option(
                "inputs",
                "columns",
                None,
                "columns of inputs, or with --cost of outputs and prices (needed)",
                "投入列；成本前沿为产出与价格列（必填）",
            ),
            Option(
                "determinants",
                "columns",
                None,
                "columns that mean inefficiency depends on (truncated_normal and pooled)",
                "无效率均值的影响因素列（限 truncated_normal 与 pooled）",
            ),
            Option(
                "distribution",
                "choice",
                "half_normal",
                "of inefficiency",
                "无效率项的分布",
                choices=tuple(DISTRIBUTIONS),
            ),
            Option("model", "choice", "pooled", "how years are joined", "面板模型", choices=MODELS),
            Option("form", "choice", FORMS[0], "the frontier's form", "函数形式", choices=FORMS),
            Option("cost", "yes", False, "a frontier of cost", "成本前沿"),
            Option("log", "yes", True, "take logarithms of the columns", "对各列取对数"),
            Option("trend", "yes", False, "technical change", "技术进步趋势"),
        ),
    ),
    Measurement(
        "productivity",
        "Efficiency and productivity",
        "效率与生产率",
        "how far each unit is from the frontier, and how its productivity changes, with bad outputs or without",
        "各单元距前沿多远、生产率如何变化，可含非期望产出",
        (UNIT, ANY_YEAR),
        "productivity.dea",
        productivity_tables,
        ("scores",),
        instruments={name: method.instrument for name, method in METHODS.items()},
        check=check_method,
        tells=True,
        sample=lambda: Sample(*sample_places()),
        samples=SAMPLES,
        options=(
            Option("inputs", "columns", None, "columns of inputs", "投入列"),
            Option("outputs", "columns", None, "columns of outputs", "产出列"),
            Option("bad", "columns", None, "columns of undesirable outputs", "非期望产出列"),
            Option("method", "choice", "dea", "how to measure", "测算方法", choices=tuple(METHODS)),
            Option(
                "returns",
                "choice",
                None,
                "returns to scale, the method's own where left out",
                "规模报酬，省略则按方法默认",
                choices=("crs", "vrs", "nirs", "ndrs"),
            ),
            Option(
                "orientation",
                "choice",
                None,
                "what moves towards the frontier",
                "导向",
                choices=("input", "output", "non", "directional"),
            ),
            Option(
                "technology",
                "choice",
                None,
                "which years span a frontier",
                "前沿参比",
                choices=("contemporaneous", "sequential", "global", "window"),
            ),
            Option(
                "decomposition",
                "choice",
                None,
                "parts of an index",
                "指数分解",
                choices=("fglr", "fgnz", "ray_desli"),
            ),
            Option(
                "direction",
                "names",
                None,
                "columns that move, for directional distances",
                "方向距离中变动的列",
            ),
            Option(
                "disposability",
                "choice",
                None,
                "how bads are given up: in proportion, so too with factors of their own, or freely",
                "非期望产出的可处置性",
                choices=("weak", "kuosmanen", "strong"),
            ),
            Option(
                "nondiscretionary",
                "names",
                None,
                "columns that management can't move",
                "不可控的列",
            ),
            Option(
                "weight_restrictions",
                "ratios",
                None,
                "least and greatest ratios of multipliers",
                "乘数（权重）比值约束",
            ),
            Option("window", "whole", None, "years of a window (3)", "窗口年数", 1, 1000),
            Option(
                "intermediates",
                "columns",
                None,
                "columns between the stages of two_stage",
                "两阶段之间的中间产出列",
            ),
            Option(
                "model",
                "choice",
                None,
                "of two_stage: stages multiply, or add up",
                "两阶段模型：相乘或相加",
                choices=("relational", "additive"),
            ),
            Option(
                "priority",
                "whole",
                None,
                "the stage of two_stage that comes first (1)",
                "优先阶段",
                1,
                2,
            ),
            Option(
                "group",
                "label",
                None,
                "the column of groups of meta_frontier and meta_malmquist",
                "分组列",
            ),
            Option(
                "metafrontier",
                "choice",
                None,
                "what spans it: mixes of all, or any one group",
                "共同前沿：凸包或并集",
                choices=("convex", "union"),
            ),
            Option(
                "goal",
                "choice",
                None,
                "of cross_efficiency: multipliers that favour others, or the opposite",
                "交叉效率：友善型或攻击型",
                choices=("benevolent", "aggressive"),
            ),
            Option(
                "zeros",
                "choice",
                None,
                "of sbm: refuse quantities of 0, neglect their terms, or count a penalty",
                "SBM 零值处理：拒绝、忽略该项或计入惩罚",
                choices=("refuse", "neglect", "penalty"),
            ),
            Option(
                "drivers",
                "columns",
                None,
                "columns that second_stage explains efficiency by",
                "效率影响因素列",
            ),
            Option(
                "algorithm",
                "whole",
                None,
                "of second_stage: 2 corrects scores for bias, 1 doesn't (2)",
                "算法",
                1,
                2,
            ),
            Option(
                "replications",
                "whole",
                None,
                "resamples of bootstrap_dea (1000), second_stage (2000)",
                "自助法重复次数",
                2,
                100_000,
            ),
            Option("seed", "whole", None, "seed of random draws (0)", "随机种子", 0, MOST_SEED),
        ),
    ),
)
