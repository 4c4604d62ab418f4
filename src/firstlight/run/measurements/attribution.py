"""What each factor contributes to a joint result: to its spread between units, or to its change over the years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.networks.shapley import change_of, explained_variance
from firstlight.instruments.networks.shapley_intervals import explained_variance_intervals
from firstlight.numerics.finding import Words
from firstlight.numerics.progress import Progress
from firstlight.run.measurements.curves import Computed, add_sentences, curve_rows, texts, told

Choices = Mapping[str, Any]
METHODS = ("variance", "product")
REST = "rest"
MOST, MOST_DRAWN = 10, 8  # factors, and those up to which intervals are drawn
FEW = 30  # units, below which intervals hold less often than they say
FEW_WORDS: Words = (
    "Few units: these intervals are too narrow. Of ten units they held the truth in seven to nine cases of ten where 95% was said.",
    "单元较少：区间偏窄。仅有十个单元时，名义95%的区间约在七至九成情形下包含真值。",
)


def check_attribution(choices: Choices) -> None:
    """Raises  InputError for columns that are not named, or named twice."""
    for name, most in (("result", 1), ("factors", MOST)):
        if not choices[name] or len(choices[name]) > most:
            what = f"which columns are the {name}?" if most > 1 else f"which column is the {name}?"
            raise InputError(
                what,
                where=f"--{name}",
                try_next=f"--{name} COLUMN" + (",COLUMN" if most > 1 else ""),
            )
    if set(choices["result"]) & set(choices["factors"]):
        raise InputError(
            "the result is among its factors", where="--factors", try_next="leave it out"
        )


def attribution_tables(
    frame: pl.DataFrame, choices: Choices, progress: Progress = None
) -> Computed:
    """Contributions by the method that was chosen, and the rows that can't be used."""
    columns = [choices["result"][0], *choices["factors"]]
    used = frame.drop_nulls(columns)
    lost = frame.height - used.height
    if used.height < 2:
        raise InputError(
            f"{used.height} rows without gaps",
            where=", ".join(columns),
            try_next="name complete columns",
        )
    is_variance = choices["method"] == "variance"
    tables, facts = _variance(used, choices, progress) if is_variance else _product(used, choices)
    if lost:
        gap = (f"{lost} rows with a missing value are left out.", f"{lost}行含缺失值，未计入。")
        add_sentences(tables, [("lost", gap)])
    return tables, facts


def _variance(frame: pl.DataFrame, choices: Choices, progress: Progress) -> Computed:
    result, factors = choices["result"][0], choices["factors"]
    if frame.height < len(factors) + 2:
        raise InputError(
            f"{frame.height} rows for {len(factors)} factors, which then explain everything whatever they are",
            where="--factors",
            try_next=f"{len(factors) + 2} rows or more, or fewer factors",
        )
    held = _logged(frame, [result, *factors]) if choices["log"] else frame
    y, own = held[result].to_numpy(), {name: held[name].to_numpy() for name in factors}
    found = explained_variance(y, own)
    table = found.table.select(
        "factor", "contribution", of_total_share="contribution_share", alone="alone", beyond="last"
    )
    conventions = [
        *found.conventions,
        ("linear regression with a constant, all rows alike", "含常数项的线性回归，各行权重相同"),
    ]
    if choices["replications"] and len(factors) <= MOST_DRAWN and held["unit"].n_unique() > 1:
        ends = explained_variance_intervals(
            y,
            own,
            held["unit"].to_list(),
            replications=choices["replications"],
            seed=choices["seed"],
            progress=progress,
        )
        low, high = (pl.Series([ends[name][k] for name in table["factor"]]) for k in (0, 1))
        table = table.with_columns(contribution_low=low, contribution_high=high)
        conventions.append(
            (
                f"intervals: 95%, units drawn {choices['replications']} times with all their rows, seed {choices['seed']}",
                f"区间：95%，以单元为整体重抽{choices['replications']}次，种子{choices['seed']}",
            )
        )
    table = table.sort(["contribution", "factor"], descending=[True, False])
    said = _variance_words(table, found.total, f"log {result}" if choices["log"] else result)
    if "contribution_low" in table.columns and held["unit"].n_unique() < FEW:
        said.append(("few_units", FEW_WORDS))
    return {
        "sentences": told(said),
        "factors": table,
        "conventions": texts(conventions),
    }, {"shown": ["factors"]}


def _variance_words(table: pl.DataFrame, total: float, result: str) -> list[tuple[str, Words]]:
    english = f"Together they explain {total:.1%} of the spread of {result} between rows; {1 - total:.1%} is explained by none of them."
    said: list[tuple[str, Words]] = [
        (
            "total",
            (
                english,
                f"各因素合计解释{result}行间差异的{total:.1%}，其余{1 - total:.1%}未被解释。",
            ),
        )
    ]
    for row in table.iter_rows(named=True):
        english, chinese = (
            f"{row['factor']}: {row['contribution']:.1%}",
            f"{row['factor']}：{row['contribution']:.1%}",
        )
        if "contribution_low" in row:
            english += f" ({row['contribution_low']:.1%} to {row['contribution_high']:.1%})"
            chinese += f"（{row['contribution_low']:.1%}至{row['contribution_high']:.1%}）"
        said.append(("factor", (f"{english}.", f"{chinese}。")))
    cause = (
        "A share of spread is no cause: what varies little explains little.",
        "差异占比并非因果：变动小的因素解释力也小。",
    )
    return [*said, ("cause", cause)]


def _logged(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    for name in columns:
        if float(frame[name].min()) <= 0:  # type: ignore[arg-type]
            raise InputError(
                f"{name} of 0 or less has no logarithm", where=f"column {name}", try_next="--log no"
            )
    return frame.with_columns(pl.col(columns).log())


def _product(frame: pl.DataFrame, choices: Choices) -> Computed:
    """The change from year to year of result = factor x factor x ... x rest, shared out in every unit and added up."""
    if frame["year"].null_count():
        raise InputError(
            "a change needs years",
            where="column year",
            try_next="--column year='Yours', or --method variance",
        )
    result, factors = choices["result"][0], list(choices["factors"])
    product = pl.lit(1.0)
    for name in factors:
        if float(frame[name].abs().min()) == 0:
            raise InputError(
                f"{name} is 0 in a row",
                where=f"column {name}",
                try_next="a product of factors above 0",
            )
        product = product * pl.col(name)
    held = frame.with_columns((pl.col(result) / product).alias(REST)).sort("unit", "year")
    has_rest = bool(((held[REST] - 1).abs() > 1e-9).any())
    parts = [*factors, REST] if has_rest else factors
    rows, alone = _shared_out(held, result, parts)
    if not rows.height:
        raise InputError(
            "no unit has two years",
            where="columns unit and year",
            try_next="a row per unit and year",
        )
    tables = _product_tables(rows, alone)
    conventions: list[Words] = [
        (
            "Shapley value: the mean over all orders of what a factor adds",
            "沙普利值：各次序下边际贡献的平均",
        ),
        (
            "changes from each year to the unit's next, added up over years and units",
            "逐年计算各单元变化，并按年份与单元加总",
        ),
    ]
    if has_rest:
        conventions.append(
            (
                f"{REST}: {result} over the product of the factors",
                f"{REST}：{result}与各因素乘积之比",
            )
        )
    tables["conventions"] = texts(conventions)
    facts = {
        "shown": ["factors", "by_period", "unit_factors", "left_out"],
        "x_en": "year",
        "x_zh": "年份",
    }
    facts["shown"] = [name for name in facts["shown"] if name in tables]
    return tables, {
        **facts,
        "y_en": f"cumulated contribution to {result}",
        "y_zh": f"对{result}的累计贡献",
    }


def _shared_out(
    frame: pl.DataFrame, result: str, parts: list[str]
) -> tuple[pl.DataFrame, list[str]]:
    """A row per unit, pair of years and factor; and the units with a single year."""
    rows, alone = list[tuple[str, int, int, str, float]](), list[str]()
    for (unit,), own in frame.group_by("unit", maintain_order=True):
        if own.height < 2:
            alone.append(str(unit))
        for start, end in zip(
            own.iter_rows(named=True), own[1:].iter_rows(named=True), strict=False
        ):
            found = change_of(
                lambda **given: float(np.prod(list(given.values()))),
                _of(start, parts),
                _of(end, parts),
            ).table
            for factor, part in found.select("factor", "contribution").iter_rows():
                rows.append((str(unit), start["year"], end["year"], factor, part))
    schema = {
        "unit": pl.String,
        "from_year": pl.Int64,
        "to_year": pl.Int64,
        "factor": pl.String,
        "contribution": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row"), alone


def _of(row: Mapping[str, Any], parts: list[str]) -> dict[str, float]:
    return {name: float(row[name]) for name in parts}


def _product_tables(rows: pl.DataFrame, alone: list[str]) -> dict[str, pl.DataFrame]:
    change = float(rows["contribution"].sum())
    scale = float(rows["contribution"].abs().sum())
    of_total = (
        pl.col("contribution") / change if abs(change) > 1e-12 * scale else pl.lit(None, pl.Float64)
    )

    def added(*keys: str) -> pl.DataFrame:
        return rows.group_by(*keys, maintain_order=True).agg(pl.col("contribution").sum())

    factors = added("factor").with_columns(of_total_share=of_total)
    factors = factors.sort(["contribution", "factor"], descending=[True, False])
    periods = added("from_year", "to_year", "factor").sort("to_year", "from_year", "factor")
    years = (
        added("to_year", "factor")
        .sort("to_year")
        .with_columns(pl.col("contribution").cum_sum().over("factor"))
    )
    curves = [
        curve_rows(
            years.filter(pl.col("factor") == name).with_columns(panel=pl.lit(f"{name}")),
            ("cumulated", "累计"),
            "line",
            panel="panel",
            x="to_year",
            value="contribution",
        )
        for name in factors["factor"]
    ]
    units = added("unit", "factor")
    tables = {
        "sentences": told(_product_words(factors, change, rows["unit"].n_unique())),
        "factors": factors,
        "by_period": periods,
        "unit_factors": units,
        "curves": pl.concat(curves),
    }
    if alone:
        reason = {"reason_en": "a single year", "reason_zh": "仅有一年"}
        tables["left_out"] = pl.DataFrame({"unit": alone}).with_columns(
            **{key: pl.lit(text) for key, text in reason.items()}
        )
    return tables


def _product_words(factors: pl.DataFrame, change: float, units: int) -> list[tuple[str, Words]]:
    said: list[tuple[str, Words]] = [
        (
            "change",
            (
                f"All changes of {units} units add up to {change:.4g}.",
                f"{units}个单元的变化合计为{change:.4g}。",
            ),
        )
    ]
    for row in factors.iter_rows(named=True):
        share = row["of_total_share"]
        english, chinese = (
            f"{row['factor']} contributes {row['contribution']:.4g}",
            f"{row['factor']}贡献{row['contribution']:.4g}",
        )
        english += f" ({share:.1%})." if share is not None else "."
        chinese += f"（{share:.1%}）。" if share is not None else "。"
        said.append(("factor", (english, chinese)))
    return said
