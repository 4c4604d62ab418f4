"""What the instruments of capital and growth accounting say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.factor_shares import Factor
from firstlight.instruments.productivity.accounting.growth_accounting import growth_accounts
from firstlight.instruments.productivity.accounting.productivity_breaks import (
    FEWEST,
    productivity_breaks,
)
from firstlight.numerics.progress import Progress
from firstlight.run.measurements.curves import (
    OBSERVED,
    Computed,
    add_words,
    curve_rows,
    finding_tables,
)
from firstlight.sample.made_up_economy import made_up_economy

Choices = Mapping[str, Any]


def accounting_tables(frame: pl.DataFrame, choices: Choices, progress: Progress = None) -> Computed:
    """Growth accounts, their means, and the breaks in the growth of productivity."""
    factors = _factors(choices)
    found = growth_accounts(frame, choices["output"][0], factors, weights=choices["weights"])
    tables = finding_tables(found, "accounts")
    tables["means"] = found.means()
    computed = found.table.filter(
        pl.col("tfp_index").is_not_null().any().over("unit")
    )  # a gap parts a curve
    tables["curves"] = curve_rows(
        computed, OBSERVED, "line", panel="unit", x="year", value="tfp_index"
    )
    growth = found.table.drop_nulls("tfp_growth_pp").select("unit", "year", "tfp_growth_pp")
    if choices["breaks"] and growth["unit"].value_counts().filter(pl.col("count") >= FEWEST).height:
        breaks = productivity_breaks(
            growth, "tfp_growth_pp", series="growth", draws=499, progress=progress
        )
        tables["breaks"] = breaks.table
        add_words(tables, breaks)
    return tables, {
        "x_en": "year",
        "x_zh": "年份",
        "y_en": "TFP, first year = 1",
        "y_zh": "全要素生产率（首年=1）",
    }


def check_accounting(choices: Choices) -> None:
    """Raises  InputError where output, inputs or their shares are not named."""
    if not choices["output"] or len(choices["output"]) > 1:
        raise InputError(
            "which column is output?",
            where="--output",
            try_next="--output COLUMN, one at constant prices",
        )
    if sum(factor.share is None for factor in _factors(choices)) > 1:
        raise InputError(
            "no share of income is given",
            where="--labour-share, --capital-share",
            try_next="--labour-share 0.6, or a column of shares; one input, without a share, takes what the others leave",
        )


def _factors(choices: Choices) -> list[Factor]:
    """Labour, capital and digital capital, each with its share; the one without takes what the others leave."""
    factors = []
    for name in ("labour", "capital", "digital"):
        columns, share = choices[name], choices[f"{name}_share"]
        if columns:
            factors.append(Factor(name, tuple(columns), share))
        elif share is not None:
            raise InputError(
                f"a share of {name}, and no {name}",
                where=f"--{name}-share",
                try_next=f"--{name} COLUMN,COLUMN",
            )
    if len(factors) < 2:
        raise InputError(
            "which columns are inputs?",
            where="--labour, --capital",
            try_next="name the columns of both",
        )
    return factors


def sample_accounts() -> tuple[pl.DataFrame, dict[str, Any]]:
    """The made-up economy's places by year with the share of labour, and what to measure on them."""
    places = made_up_economy().places().rename({"place": "unit"})
    frame = places.with_columns(labour_share=pl.col("wage_bill") / pl.col("value_added_nominal"))
    return frame, {
        "output": "value_added",
        "labour": "hours",
        "capital": "capital",
        "labour_share": "labour_share",
    }
