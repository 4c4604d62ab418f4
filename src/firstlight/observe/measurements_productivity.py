"""The measurements of productivity, as lines of the list of measurements."""

from __future__ import annotations

from firstlight.instruments.productivity.factor_shares import WEIGHTS
from firstlight.observe import measured_accounts as accounts
from firstlight.observe.measured_productivity import METHODS, productivity_tables, sample_places
from firstlight.observe.measurement_form import Measurement, Option, Sample
from firstlight.sources.panels import Column

UNIT = Column("unit", "text", "name of a place, firm, industry or other unit")
YEAR = Column("year", "year", "calendar year")
ANY_YEAR = Column("year", "year", "calendar year", if_absent="empty")
INVESTMENT = Column(
    "investment", "number", "investment; at current prices where a price index is given", is_filled=False
)
PRICE = Column("price", "number", "price index of investment", if_absent="empty", sign="positive", is_filled=False)

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
        ("accounts", "means", "breaks"),
        ("unit", "year", "output_growth_pp", "tfp_growth_pp", "tfp_index"),
        sample=lambda: Sample(*accounts.sample_accounts()),
        options=(
            Option("output", "columns", None, "the column of output, at constant prices", "产出列（不变价）"),
            Option(
                "labour", "columns", None, "columns whose product is labour, such as hours,quality", "劳动列（相乘）"
            ),
            Option("capital", "columns", None, "columns whose product is capital", "资本列（相乘）"),
            Option("digital", "columns", None, "columns whose product is digital (ICT) capital", "数字资本列（相乘）"),
            Option("labour_share", "share", None, "labour's share of income", "劳动收入份额"),
            Option("capital_share", "share", None, "capital's share of income", "资本收入份额"),
            Option("digital_share", "share", None, "digital capital's share of income", "数字资本收入份额"),
            Option("weights", "choice", "tornqvist", "which years' shares", "份额取自哪些年份", choices=tuple(WEIGHTS)),
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
            Option("depreciation", "number", None, "rate per year (0.05; zhang_jun 0.096)", "年折旧率", 0, 1),
            Option(
                "base", "choice", "harberger", "rule of the first stock", "基年存量规则", choices=accounts.BASE_RULES
            ),
            Option(
                "price_kind",
                "choice",
                "level",
                "level, or the year before = 100",
                "价格指数为定基或上年=100",
                choices=("level", "previous_year"),
            ),
            Option("price_year", "whole", None, "the year whose prices are used", "价格基年", 1500, 2200),
            Option("mid_year", "yes", False, "new investment loses half a year's depreciation", "新增投资折旧半年"),
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
        sample=lambda: Sample(*sample_places()),
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
                "decomposition", "choice", None, "parts of an index", "指数分解", choices=("fglr", "fgnz", "ray_desli")
            ),
        ),
    ),
)
