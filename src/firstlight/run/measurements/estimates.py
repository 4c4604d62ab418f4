"""What stochastic frontiers and production functions say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.productivity.firms.production_functions import (
    ackerberg_caves_frazer,
    levinsohn_petrin,
    olley_pakes,
    wooldridge,
)
from firstlight.instruments.productivity.stochastic.stochastic_frontier import stochastic_frontier
from firstlight.run.measurements.curves import (
    OBSERVED,
    RANKED,
    Computed,
    curve_rows,
    finding_tables,
    ranked_rows,
    titled,
)
from firstlight.sample.made_up_economy import made_up_economy
from firstlight.sample.made_up_firms import made_up_firms

Choices = Mapping[str, Any]
YEARS = {"x_en": "year", "x_zh": "年份"}
RANKS = {"x_en": "rank, highest first", "x_zh": "名次（由高到低）", **titled("panels", RANKED)}
FIRMS = ("made-up firms, invented: no such firm exists", "虚构企业，纯属虚构：所有企业均不存在")
OF_FIRMS = ("Firms", "企业")
QUANTILES = (
    (0.9, ("90th percentile", "第90百分位")),
    (0.5, ("median", "中位数")),
    (0.1, ("10th percentile", "第10百分位")),
)
ESTIMATORS: dict[str, Callable[..., Any]] = {
    "op": olley_pakes,
    "lp": levinsohn_petrin,
    "acf": ackerberg_caves_frazer,
    "wooldridge": wooldridge,
}


def frontier_tables(
    frame: pl.DataFrame, choices: Choices, progress: Callable[[str], None] | None = None
) -> Computed:
    """Efficiency told apart from noise, and the frontier's parameters."""
    has_years = frame["year"].null_count() < frame.height
    found = stochastic_frontier(
        frame,
        _one(choices, "output"),
        choices["inputs"],
        distribution=choices["distribution"],
        model=choices["model"],
        year="year" if has_years else None,
        determinants=choices["determinants"] or (),
        cost=choices["cost"],
        log=choices["log"],
        form=choices["form"],
        trend=choices["trend"],
        progress=progress,
    )
    tables = finding_tables(found, "efficiency")
    ends = {"low": "efficiency_low_share", "high": "efficiency_high_share"}
    if not has_years:
        tables["curves"] = ranked_rows(found.table, "efficiency_share", **ends)
    if has_years:
        tables["curves"] = curve_rows(
            found.table,
            OBSERVED,
            "line",
            panel="unit",
            x="year",
            value="efficiency_share",
            **ends,
        )
    return tables, {
        **(YEARS if has_years else RANKS),
        "y_en": "share of the frontier",
        "y_zh": "占前沿的份额",
    }


def firm_tables(
    frame: pl.DataFrame, choices: Choices, progress: Callable[[str], None] | None = None
) -> Computed:
    """Elasticities of firms' production functions, and the productivity of each firm and year."""
    method = choices["method"]
    drawn = {name: choices[name] for name in ("replications", "seed")} | {"progress": progress}
    drawn = {} if method == "wooldridge" else drawn
    gross = {"output_is": choices["output_is"]} if method == "lp" else {}
    columns = {name: choices[name] for name in ("free", "state", "proxy")}
    found = ESTIMATORS[method](
        frame,
        output=_one(choices, "output"),
        **columns,
        controls=choices["controls"] or (),
        log=choices["log"],
        year_effects=choices["year_effects"],
        **drawn,
        **gross,
    )
    if found.is_cut_short:  # half of the draws must not be kept as the answer to all
        raise KeyboardInterrupt
    tables = finding_tables(found, "elasticities")
    tables["curves"] = _spread(tables["firm_years"])
    return tables, {
        **YEARS,
        **titled("panels", OF_FIRMS),
        "y_en": "productivity, natural log",
        "y_zh": "生产率（自然对数）",
    }


def _spread(firm_years: pl.DataFrame) -> pl.DataFrame:
    """How far firms' productivities lie apart, by year."""
    drawn = []
    for level, words in QUANTILES:
        value = pl.col("log_productivity").quantile(level, "linear")
        by_year = firm_years.drop_nulls("log_productivity").group_by("year").agg(value).sort("year")
        by_year = by_year.with_columns(pl.lit(OF_FIRMS[0]).alias("panel"))
        drawn.append(
            curve_rows(by_year, words, "line", panel="panel", x="year", value="log_productivity")
        )
    return pl.concat(drawn)


def check_frontier(choices: Choices) -> None:
    """Raises  InputError where output or inputs are not named."""
    _refuse_absent(choices, ("output", "inputs"))
    _refuse_several(choices)


def check_firms(choices: Choices) -> None:
    """Raises  InputError where output or a kind of inputs is not named."""
    _refuse_absent(choices, ("output", "free", "state", "proxy"))
    _refuse_several(choices)


def _refuse_absent(choices: Choices, names: tuple[str, ...]) -> None:
    for name in names:
        if not choices[name] and name == "output":
            raise InputError(
                "which column is output?", where="--output", try_next="--output COLUMN"
            )
        if not choices[name]:
            raise InputError(
                f"which columns are {name}?", where=f"--{name}", try_next=f"--{name} COLUMN,COLUMN"
            )


def _refuse_several(choices: Choices) -> None:
    if len(choices["output"]) > 1:
        raise InputError(
            f"{len(choices['output'])} columns of output",
            where="--output",
            try_next="--output COLUMN",
        )


def _one(choices: Choices, name: str) -> str:
    return str(choices[name][0])


def sample_frontier() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Every place and industry of the made-up economy's last year, as a unit."""
    panel = made_up_economy().panel
    last = panel.filter(pl.col("year") == panel["year"].max())
    frame = last.select(
        pl.concat_str("place", pl.lit(", "), "industry").alias("unit"),
        "value_added",
        "capital",
        "hours",
    )
    return frame, {"output": "value_added", "inputs": "capital,hours"}


def sample_firms() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Made-up firms whose elasticities are .6 of labour and .4 of capital, in logarithms."""
    frame = made_up_firms(200, 8, seed=1).drop("omega")
    columns = {"output": "y", "free": "l", "state": "k", "proxy": "m"}
    return frame, {**columns, "log": "no", "replications": 50}
