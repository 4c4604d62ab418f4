"""Level accounts: how far apart places are in output, and how much of it is inputs and how much productivity.

Symbols: y output, x inputs, s their shares of income, a bar the mean over the units of a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.yearly_series import (
    Array,
    as_array,
    read_yearly,
)
from firstlight.instruments.productivity.factor_shares import (
    Factor,
    factor_shares,
    refuse_factors,
)
from firstlight.instruments.productivity.yearly_chart import yearly_spread
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import nan_to_null

Flags = NDArray[np.bool_]
COMPARISONS = ("multilateral", "bilateral")


@dataclass(frozen=True, kw_only=True)
class LevelAccounts(Finding):
    """Levels within each year; ``frame`` has a row per unit and year.

    output_index = the product of the {quantity}_contribution_index x tfp_index, exactly; {factor}_share: the share of income;
    reason_en, reason_zh: why a row has none. All relative to the base unit, or to the geometric mean of the year's units
    parts : the columns of contributions
    """

    parts: tuple[str, ...]

    def _chart(self, alt: Any) -> Any:
        return yearly_spread(alt, self.table, "tfp_index", "TFP level")


def input_contributions(
    quantities: Any, shares: Any, *, base: int | None = None, comparison: str = "multilateral"
) -> Array:
    """What each input adds to the log of the aggregate input of one unit over another's, in a translog comparison.

    multilateral  (s_j + s_bar) / 2 * (log x_j - log x_bar), less the same of the base: transitive (Caves, Christensen, Diewert)
    bilateral     (s_j + s_b) / 2 * (log x_j - log x_b): each unit with the base alone, so that it matters who the base is

    quantities, shares : (units, inputs); quantities above 0
    base : the row of the base; None (multilateral alone) for the mean of the rows
    Returns (units, inputs), logarithms; 0 for the base.
    Raises  InputError for an unknown comparison, or a bilateral one without a base.
    Source: Caves, Christensen and Diewert (1982), Economic Journal 92, 73-86; Törnqvist's bilateral index: Jorgenson and Nishimizu
            (1978), Economic Journal 88, 707-726.

    >>> found = input_contributions([[1.0, 2.0], [2.0, 2.0]], [[0.6, 0.4], [0.8, 0.2]], base=0, comparison="bilateral")
    >>> np.exp(found).round(4).tolist()
    [[1.0, 1.0], [1.6245, 1.0]]
    """
    if comparison not in COMPARISONS or (comparison == "bilateral" and base is None):
        raise InputError(
            f"comparison {comparison!r}" + ("" if base is None else f", base {base}"),
            where="level accounts",
            try_next="use 'multilateral', or 'bilateral' with a base unit",
        )
    s, logs = np.asarray(shares, float), np.log(np.asarray(quantities, float))
    if comparison == "bilateral":
        return np.asarray((s + s[base]) / 2 * (logs - logs[base]))
    found = (s + s.mean(axis=0)) / 2 * (logs - logs.mean(axis=0))
    return np.asarray(found - (found.mean(axis=0) if base is None else found[base]))


def level_accounts(
    frame: Any,
    output: str,
    factors: Sequence[Factor],
    *,
    base_unit: str | None = None,
    comparison: str = "multilateral",
    unit: str = "unit",
    year: str = "year",
) -> LevelAccounts:
    """Output of each unit over another's in the same year, split into inputs and total factor productivity.

    The Penn World Table's ``ctfp`` (version 10.01) is the multilateral comparison of all countries that have it in the year, with
    labour emp x avh x hc and capital ck, the United States its base; hours that are missing stand to those of the United States
    as in the nearest year that has them, and are theirs where a country has none at all. Found from its numbers: so computed, 6,407
    country-years differ by 3e-7 in the median and, but for three whose hours the file lacks, by less than 5e-5.

    output    : column of real output at prices that compare across units (purchasing power parities)
    factors   : list of ``Factor``, as in ``growth_accounts``; quantities that compare across units
    base_unit : the unit whose level is 1; None for the geometric mean of the year's units
    comparison : "multilateral" or "bilateral", as in ``input_contributions``
    Returns LevelAccounts. A row counts where it has all numbers; who counts in a year moves the multilateral mean.
    Raises  InputError naming unit, year and column of a quantity that isn't positive, shares that do not add up to 1, or a base
            unit that isn't there.
    Source: Caves, Christensen and Diewert (1982), Economic Journal 92, 73-86; Feenstra, Inklaar and Timmer (2015), American Economic
            Review 105(10), 3150-3182.

    >>> rows = pl.DataFrame({"unit": ["a", "b"], "year": [2000, 2000], "y": [8.0, 4.0], "l": [2.0, 2.0], "k": [4.0, 2.0]})
    >>> labour, capital = Factor("labour", ("l",), 0.5), Factor("capital", ("k",))
    >>> level_accounts(rows, "y", [labour, capital], base_unit="b").frame["tfp_index"].round(4).to_list()
    [1.4142, 1.0]
    """
    if base_unit is None and comparison == "bilateral":
        raise InputError(
            "a bilateral comparison needs a base", where="base_unit", try_next="name the base unit"
        )
    quantities = [name for factor in factors for name in factor.quantities]
    refuse_factors(factors, quantities, "tornqvist")
    own = [factor.share for factor in factors if isinstance(factor.share, str)]
    table = read_yearly(
        frame, [output, *quantities, *own], unit=unit, year=year, positive=[output, *quantities]
    )
    if base_unit is not None and base_unit not in table["unit"].to_list():
        raise InputError(
            f"no unit {base_unit!r}", where="base_unit", try_next="name a unit that is in the frame"
        )
    shares = factor_shares(table, factors)
    of_factor = np.repeat(np.arange(len(factors)), [len(factor.quantities) for factor in factors])
    levels = np.column_stack([as_array(table, name) for name in (output, *quantities)])
    outside = np.any((shares < -1e-9) | (shares > 1 + 1e-9), axis=1)
    whole = np.all(np.isfinite(levels), axis=1) & np.all(np.isfinite(shares), axis=1) & ~outside
    logs = _logs_by_year(table, levels, shares[:, of_factor], whole, base_unit, comparison)
    parts = tuple(f"{name}_contribution_index" for name in quantities)
    result = nan_to_null(
        table.select(
            "unit",
            "year",
            output_index=np.exp(logs[:, 0]),
            **{name: np.exp(logs[:, k + 1]) for k, name in enumerate(parts)},
            **{f"{factor.name}_share": shares[:, k] for k, factor in enumerate(factors)},
            tfp_index=np.exp(logs[:, 0] - logs[:, 1:].sum(axis=1)),
        )
    ).with_columns(_reasons(table, outside, np.isnan(logs[:, 0]), base_unit))
    return LevelAccounts(
        table=result,
        parts=parts,
        sentences=_sentences(result, parts),
        conventions=_conventions(factors, comparison, base_unit),
        given=frame,
    )


def _logs_by_year(
    table: pl.DataFrame,
    levels: Array,
    shares: Array,
    whole: Flags,
    base_unit: str | None,
    comparison: str,
) -> Array:
    """Output and contributions, (rows, 1 + quantities), logarithms; nan where a row, or its year's base, isn't whole."""
    logs = np.full(levels.shape, np.nan)
    years, units = table["year"].to_numpy(), table["unit"].to_numpy()
    for one in np.unique(years):
        rows = np.flatnonzero((years == one) & whole)
        here = np.flatnonzero(units[rows] == base_unit)
        if not rows.size or (base_unit is not None and not here.size):
            continue
        base = None if base_unit is None else int(here[0])
        found = np.log(levels[rows, 0])
        logs[rows, 0] = found - (found.mean() if base is None else found[base])
        logs[rows, 1:] = input_contributions(
            levels[rows, 1:], shares[rows], base=base, comparison=comparison
        )
    return logs


def _reasons(table: pl.DataFrame, outside: Flags, lost: Flags, base: str | None) -> pl.DataFrame:
    words: list[Words] = []
    numbers = [name for name in table.columns if name not in ("unit", "year")]
    for row, values in enumerate(table.select(numbers).iter_rows()):
        absent = [name for name, value in zip(numbers, values, strict=True) if value is None]
        if not lost[row]:
            words.append(("", ""))
        elif absent:
            words.append((f"no number: {', '.join(absent)}", f"缺少数据：{'、'.join(absent)}"))
        elif outside[row]:
            words.append(("a share of income below 0 or above 1", "收入份额小于 0 或大于 1"))
        else:
            words.append(
                (
                    f"the base unit {base} lacks a number in this year",
                    f"基准单元 {base} 当年数据不全",
                )
            )
    return pl.DataFrame(
        words, schema={"reason_en": pl.String, "reason_zh": pl.String}, orient="row"
    )


def _sentences(table: pl.DataFrame, parts: tuple[str, ...]) -> tuple[tuple[str, Words], ...]:
    known = table.drop_nulls("tfp_index")
    found: dict[str, Words] = {}
    if known.height:
        last = known.filter(pl.col("year") == pl.col("year").max()).sort(
            "tfp_index", "unit", descending=[True, False]
        )
        top, low = last.row(0, named=True), last.row(-1, named=True)
        gap, outputs = (
            top["tfp_index"] / low["tfp_index"],
            top["output_index"] / low["output_index"],
        )
        found["levels"] = (
            f"In {top['year']}, of {last.height} units {top['unit']} has the highest total factor productivity, {gap:.2f} "
            f"times that of {low['unit']}, the lowest; its output is {outputs:.2f} times as large.",
            f"{top['year']} 年，{last.height} 个单元中全要素生产率最高的是 {top['unit']}，为最低者 {low['unit']} 的 {gap:.2f} 倍；"
            f"产出为其 {outputs:.2f} 倍。",
        )
    lost = table.height - known.height
    if lost:
        found["missing"] = (
            f"{lost} rows have no level; the table says why.",
            f"有 {lost} 行无水平值，原因见表。",
        )
    return tuple(found.items())


def _conventions(factors: Sequence[Factor], comparison: str, base: str | None) -> tuple[Words, ...]:
    names = ", ".join(factor.name for factor in factors)
    how: dict[str, Words] = {
        "multilateral": (
            "multilateral translog comparison within each year (Caves, Christensen and Diewert 1982), against the unweighted mean of the "
            "units that have all numbers; transitive",
            "各年内的多边超越对数比较（Caves-Christensen-Diewert 1982），以数据齐全单元的简单平均为参照，满足传递性",
        ),
        "bilateral": (
            "bilateral Törnqvist comparison of each unit with the base, within each year; not transitive",
            "各年内各单元与基准单元的双边 Törnqvist 比较，不满足传递性",
        ),
    }
    return (
        how[comparison],
        (f"1 is {base or 'the geometric mean of the year'}", f"以{base or '当年几何平均'}为 1"),
        (
            f"inputs: {names}; a factor without a share takes what the others leave",
            f"投入：{names}；未给份额的要素取剩余份额",
        ),
    )
