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
from firstlight.run.measurements.options import SEED
from firstlight.sources.panels import Column

UNIT = Column("unit", "text", "name of a place, firm, industry or other unit")
YEAR = Column("year", "year", "calendar year")
ANY_YEAR = Column("year", "year", "calendar year", if_absent="empty")
INVESTMENT = Column(
    "investment",
    "number",
    "investment; at current prices where a price index is given",
    is_filled=False,
)
INDUSTRY = Column("industry", "text", "name of an industry")
PLACE = Column("place", "text", "country, province or city", if_absent="empty", is_filled=False)
VALUE = Column("value", "number", "value added or output")
INDUSTRY_PRICE = Column(
    "price", "number", "price index", if_absent="empty", sign="positive", is_filled=False
)
PRICE = Column(
    "price",
    "number",
    "price index of investment",
    if_absent="empty",
    sign="positive",
    is_filled=False,
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
        "capital",
        "Capital stocks",
        "资本存量",
        "capital stocks from investment, by perpetual inventory",
        "用永续盘存法由投资推算资本存量",
        (UNIT, YEAR, INVESTMENT, PRICE),
        "productivity.capital",
        accounts.capital_tables,
        ("stocks",),
        ("unit", "year", "investment_real", "capital_end", "base_remaining_share", "reason_en"),
        sample=lambda: Sample(*accounts.sample_investment()),
        options=(
            Option(
                "depreciation",
                "number",
                None,
                "rate per year (0.05; zhang_jun 0.096)",
                "年折旧率",
                0,
                1,
            ),
            Option(
                "base",
                "choice",
                "harberger",
                "rule of the first stock",
                "基年存量规则",
                choices=accounts.BASE_RULES,
            ),
            Option(
                "price_kind",
                "choice",
                "level",
                "level, or the year before = 100",
                "价格指数为定基或上年=100",
                choices=("level", "previous_year"),
            ),
            Option(
                "price_year",
                "whole",
                None,
                "the year whose prices are used",
                "价格基年",
                1500,
                2200,
            ),
            Option(
                "mid_year",
                "yes",
                False,
                "new investment loses half a year's depreciation",
                "新增投资折旧半年",
            ),
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
)
