"""Growth accounting: how much of growth each input explains, and total factor productivity, which is the rest.

Symbols: Y output, x inputs, v their shares of income. Quantities (primal): dln A = dln Y - sum v dln x. Prices (dual):
dln A = sum v dln w - dln p. Growth is that of logarithms, in percentage points: 100 dln.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.factor_shares import (
    WEIGHTS,
    Factor,
    contributions,
    factor_shares,
    refuse_factors,
)
from firstlight.instruments.productivity.accounting.yearly_series import (
    FIRST_YEAR,
    NO_REASON,
    Array,
    as_array,
    chained,
    log_growth,
    on_calendar,
    read_yearly,
)
from firstlight.numerics.finding import Finding, Words, gaps_told, reason_columns
from firstlight.numerics.long_frames import nan_to_null

FACTORS_ZH = {"labour": "劳动", "capital": "资本", "digital": "数字资本"}


@dataclass(frozen=True, kw_only=True)
class GrowthAccounts(Finding):
    """Accounts of growth, a row per unit and year; nothing where the year before is missing.

    table : unit, year, span_years (from the year that growth starts in; 1, or more where gaps are bridged; 0 in the first
            year), output_growth_pp (dual: output_price_growth_pp), a column ``<quantity>_contribution_pp`` for each
            quantity, ``<factor>_share`` as used (a mean of two years with Törnqvist), tfp_growth_pp, tfp_index (1 at the start of each unbroken run), reason_en,
            reason_zh. Primal: output growth = contributions + TFP. Dual: TFP = contributions - growth of the output price.
    parts : the names of the columns of contributions
    factors : as handed in
    """

    parts: tuple[str, ...]
    factors: tuple[Factor, ...]

    @property
    def _total(self) -> str:
        return next(
            name
            for name in self.table.columns
            if name in ("output_growth_pp", "output_price_growth_pp")
        )

    def means(self, first: int | None = None, last: int | None = None) -> pl.DataFrame:
        """Mean growth and contributions of each unit over growth years ``first`` to ``last`` (inclusive), in points a year.

        Returns unit, first_year, last_year, year_count (which the accounts span), and the columns of the table.
        """
        kept = self.table.drop_nulls("tfp_growth_pp")
        kept = kept.filter(pl.col("year").is_between(first or -9999, last or 9999))
        years = pl.col("span_years").clip(1).sum()  # of several where a gap was bridged
        return kept.group_by("unit", maintain_order=True).agg(
            first_year=pl.col("year").first(),
            last_year=pl.col("year").last(),
            year_count=years,
            **{
                name: pl.col(name).sum() / years
                for name in (self._total, *self.parts, "tfp_growth_pp")
            },
        )

    def labour_productivity(self, hours: str) -> pl.DataFrame:
        """Growth of output per hour: deepening of each factor, composition of labour, and TFP.

        dln(Y/H) = sum_f (contributions of f - v_f dln H) + TFP. For capital that is v_K dln(K/H), capital deepening; for labour
        what is left is its composition. Of primal accounts whose shares add up to 1.

        hours : one of the quantities, the one that output is divided by
        Returns unit, year, productivity_growth_pp, ``<factor>_deepening_pp`` for each factor, tfp_growth_pp; null where there is no
                account, or the share of the factor of hours is 0.
        Raises  InputError where hours is none of the quantities, or the accounts are dual.
        Source: US BLS (1983), Trends in Multifactor Productivity.
        """
        owner = next((factor for factor in self.factors if hours in factor.quantities), None)
        if owner is None or self._total != "output_growth_pp":
            raise InputError(
                f"{hours!r} is none of the quantities of primal accounts",
                where="labour_productivity",
                try_next=f"name one of {', '.join(name for factor in self.factors for name in factor.quantities)}",
            )
        of_hours = pl.col(f"{owner.name}_share")
        growth = pl.when(of_hours != 0).then(pl.col(f"{hours}_contribution_pp") / of_hours)
        deepening = {
            f"{factor.name}_deepening_pp": pl.sum_horizontal(
                *(pl.col(f"{name}_contribution_pp") for name in factor.quantities),
                ignore_nulls=False,
            )
            - pl.col(f"{factor.name}_share") * growth
            for factor in self.factors
        }
        known = self.table.with_columns(
            pl.when(pl.col("tfp_growth_pp").is_not_null()).then(growth).alias("#h")
        )
        return known.select(
            "unit",
            "year",
            (pl.col("output_growth_pp") - pl.col("#h")).alias("productivity_growth_pp"),
            "tfp_growth_pp",
            **{
                name: pl.when(pl.col("#h").is_not_null()).then(of) for name, of in deepening.items()
            },
        )

    def _chart(self, alt: Any) -> Any:
        many = self.table["unit"].n_unique() > 1
        rows = self.means() if many else self.table.drop_nulls("tfp_growth_pp")
        over = "unit" if many else "year"
        long = rows.unpivot(
            [*self.parts, "tfp_growth_pp"], index=over, variable_name="part", value_name="points_pp"
        )
        return alt.Chart(long).mark_bar().encode(x=f"{over}:O", y="points_pp:Q", color="part:N")


def growth_accounts(
    frame: Any,
    output: str,
    factors: Sequence[Factor],
    *,
    unit: str | None = "unit",
    year: str = "year",
    weights: str = "tornqvist",
    are_log_growth: bool = False,
    bridge_gaps: bool = False,
) -> GrowthAccounts:
    """Primal growth accounts from a long frame: output, inputs and their shares.

    output         : column of real output
    factors        : list of ``Factor``; ICT and other capital, hours and composition, energy and materials: any list
    weights        : which shares: ``tornqvist``, ``current``, ``previous`` or ``constant``
    are_log_growth : whether output and quantities are log growth in percentage points already (as in Fernald's data)
    bridge_gaps    : whether growth starts in the last year that has everything, over a gap of any length (then it is the
                     growth of the whole span, with the shares of its two ends), instead of staying missing
    Returns GrowthAccounts.
    Raises  InputError naming unit, year and column of a quantity that isn't positive, factors without a share, or shares
            that do not add up to 1.

    The Penn World Table's ``rtfpna`` (version 10.01) is these accounts of rgdpna: ``tornqvist``, labour emp x avh x hc with share
    labsh, capital rkna; where avh is missing, hours are completed as for ``ctfp`` (see ``level_accounts``). Found from
    its numbers: so computed, 6,289 country-years differ by 3e-6 points in the median.

    Source: as in ``contributions``; Fernald (2014), Federal Reserve Bank of San Francisco working paper 2012-19 (hours and labour
            quality apart).

    >>> rows = pl.DataFrame({"year": [2000, 2001], "y": [100.0, 106.0], "k": [300.0, 312.0], "h": [10.0, 10.1]})
    >>> labour, capital = Factor("labour", ("h",), 0.6), Factor("capital", ("k",))
    >>> growth_accounts(rows, "y", [labour, capital], unit=None).frame["tfp_growth_pp"].round(2).to_list()
    [None, 3.66]
    """
    asked = _Asked(output, tuple(factors), weights, are_log_growth, is_dual=False)
    return _accounts(frame, asked, unit, year, bridge_gaps)


def dual_growth_accounts(
    frame: Any,
    output_price: str | None,
    factors: Sequence[Factor],
    *,
    unit: str | None = "unit",
    year: str = "year",
    weights: str = "tornqvist",
    are_log_growth: bool = False,
    bridge_gaps: bool = False,
) -> GrowthAccounts:
    """Dual growth accounts: TFP from the prices that inputs earn, where quantities are in doubt.

    output_price : column of the price of output; None where the factors' prices are real already
    factors      : list of ``Factor`` whose ``quantities`` are columns of prices: wage, rental price of capital
    Returns GrowthAccounts. Primal and dual agree (to the third order of growth) where incomes exhaust output.
    Raises  InputError as ``growth_accounts``.
    Source: Hsieh (2002), American Economic Review 92(3), 502-526.

    >>> rows = pl.DataFrame({"year": [2000, 2001], "w": [10.0, 10.5], "r": [0.10, 0.09]})
    >>> labour, capital = Factor("labour", ("w",), 0.6), Factor("capital", ("r",))
    >>> dual_growth_accounts(rows, None, [labour, capital], unit=None).frame["tfp_growth_pp"].round(2).to_list()
    [None, -1.29]
    """
    asked = _Asked(output_price, tuple(factors), weights, are_log_growth, is_dual=True)
    return _accounts(frame, asked, unit, year, bridge_gaps)


@dataclass(frozen=True)
class _Asked:
    """Which accounts: the column of output or its price, the factors, and how growth is weighed; as in ``growth_accounts``."""

    output: str | None
    factors: tuple[Factor, ...]
    weights: str
    are_log_growth: bool
    is_dual: bool

    @property
    def quantities(self) -> list[str]:
        return [name for factor in self.factors for name in factor.quantities]

    @property
    def levels(self) -> list[str]:
        return [*([self.output] if self.output else []), *self.quantities]


def _accounts(
    frame: Any, asked: _Asked, unit: str | None, year: str, bridge: bool
) -> GrowthAccounts:
    if bridge and asked.are_log_growth:
        raise InputError(
            "gaps can't be bridged in growth that is given",
            where="growth accounting",
            try_next="hand in levels, or leave the gaps",
        )
    refuse_factors(asked.factors, asked.quantities, asked.weights)
    levels, shares = (
        asked.levels,
        [factor.share for factor in asked.factors if isinstance(factor.share, str)],
    )
    positive = [] if asked.are_log_growth else levels
    rows, _ = on_calendar(
        read_yearly(frame, [*levels, *shares], unit=unit, year=year, positive=positive)
    )
    has_all = pl.all_horizontal(pl.col(name).is_not_null() for name in (*levels, *shares))
    kept = rows.filter(has_all | ~has_all.any().over("unit")) if bridge else rows
    found = _unit_accounts(asked, kept, factor_shares(kept, asked.factors))
    found = nan_to_null(_with_bridged(found, rows) if bridge else found)
    return GrowthAccounts(
        table=found,
        parts=tuple(f"{name}_contribution_pp" for name in asked.quantities),
        factors=asked.factors,
        sentences=_sentences(found, asked.quantities, asked.is_dual),
        conventions=_conventions(asked, bridge),
        given=frame,
    )


def _with_bridged(found: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The accounts on the calendar again, with the years that were bridged."""
    whole = rows.select("unit", "year").join(
        found, on=["unit", "year"], how="left", maintain_order="left"
    )
    return whole.with_columns(
        pl.col("reason_en").fill_null(
            "something is missing in this year: the next growth spans it"
        ),
        pl.col("reason_zh").fill_null("该年数据不全，由下一个增长率跨越"),
    )


def _unit_accounts(asked: _Asked, rows: pl.DataFrame, share: Array) -> pl.DataFrame:
    years, factors = rows["year"].to_numpy(), asked.factors
    begins = rows["unit"].ne_missing(rows["unit"].shift()).to_numpy()
    growth = np.column_stack([as_array(rows, name) for name in asked.levels])
    if not asked.are_log_growth:
        growth = 100 * log_growth(growth)
        growth[begins] = np.nan
    of_factor = np.repeat(np.arange(len(factors)), [len(factor.quantities) for factor in factors])
    total = growth[:, 0] if asked.output else np.zeros(years.size)
    inputs = growth[:, 1:] if asked.output else growth
    outside = (share < -1e-9) | (share > 1 + 1e-9)
    used = np.where(outside, np.nan, share)
    part = contributions(inputs, used[:, of_factor], weights=asked.weights, begins=begins)
    weight = contributions(np.ones_like(used), used, weights=asked.weights, begins=begins)
    explained = part.sum(axis=1)
    tfp = explained - total if asked.is_dual else total - explained
    why = [NO_REASON] * years.size
    for t in np.flatnonzero(~np.isfinite(tfp)).tolist():
        why[t] = _why_none(asked, t, begins[t], years, growth, share, outside)
    head = "output_price_growth_pp" if asked.is_dual else "output_growth_pp"
    return pl.DataFrame(
        {
            "unit": rows["unit"],
            "year": rows["year"],
            "span_years": np.where(begins, 0, np.diff(years, prepend=0)),
            head: total,
            **{f"{name}_contribution_pp": part[:, k] for k, name in enumerate(asked.quantities)},
            **{f"{factor.name}_share": weight[:, k] for k, factor in enumerate(factors)},
            "tfp_growth_pp": tfp,
            "tfp_index": chained(tfp / 100, begins),
            **reason_columns(why),
        }
    )


def _why_none(
    asked: _Asked,
    t: int,
    is_first: bool,
    years: NDArray[np.int64],
    growth: Array,
    share: Array,
    outside: NDArray[np.bool_],
) -> Words:
    if is_first and not asked.are_log_growth:
        return FIRST_YEAR
    lost = np.flatnonzero(np.isnan(growth[t]))
    if lost.size:
        name = asked.levels[int(lost[0])]
        span = f"{years[t]}" if asked.are_log_growth else f"{years[t] - 1} or {years[t]}"
        return f"no {name} in {span}", f"{span.replace(' or ', '年或')}年缺少{name}"
    for at in (t,) if is_first else (t, t - 1):
        odd = np.flatnonzero(outside[at] | np.isnan(share[at]))
        if odd.size:
            factor, value = asked.factors[int(odd[0])].name, share[at, odd[0]]
            if np.isnan(value):
                return (
                    f"no share of {factor} in {years[at]}",
                    f"{years[at]}年缺少{FACTORS_ZH.get(factor, factor)}的份额",
                )
            return (
                f"the share of {factor} is {value:.4g} in {years[at]}, outside 0 to 1",
                f"{years[at]}年{FACTORS_ZH.get(factor, factor)}的份额为{value:.4g}，不在0至1之间",
            )
    return FIRST_YEAR


def _sentences(
    found: pl.DataFrame, quantities: list[str], dual: bool
) -> tuple[tuple[str, Words], ...]:
    known = found.drop_nulls("tfp_growth_pp")
    told: dict[str, Words] = {}
    if known.height:
        spanned = float(known["span_years"].clip(1).sum())
        mean = {
            name: float(known[name].sum()) / spanned
            for name in known.columns
            if name.endswith("_pp")
        }
        parts = [f"{name} {mean[f'{name}_contribution_pp']:.2f}" for name in quantities]
        tfp, units = mean["tfp_growth_pp"], known["unit"].n_unique()
        size = (
            f"{units} unit{'s' if units > 1 else ''}, {known.height} unit-years",
            f"{units}个单元，{known.height}个观测",
        )
        if dual:
            words = (
                f"Judged by prices, TFP grew by {tfp:.2f}% a year on average ({size[0]}); points from {', '.join(parts)}.",
                f"按价格（对偶法）计算，全要素生产率年均增长{tfp:.2f}%（{size[1]}）；各要素价格贡献（百分点）：{'，'.join(parts)}。",
            )
        else:
            total = mean["output_growth_pp"]
            words = (
                f"Output grew by {total:.2f}% a year on average ({size[0]}): {', '.join(parts)}, "
                f"total factor productivity {tfp:.2f} points.",
                f"产出年均增长{total:.2f}%（{size[1]}），其中（百分点）：{'，'.join(parts)}，全要素生产率{tfp:.2f}。",
            )
        told["accounts"] = words
    else:
        told["none"] = ("No year could be accounted for.", "各年均无法核算。")
    gaps = found.filter(pl.col("tfp_growth_pp").is_null() & (pl.col("reason_en") != FIRST_YEAR[0]))
    told |= gaps_told(
        gaps,
        "No account in {count} unit-years ({names}): {reason}.",
        "{count}个观测（{names}）无法核算：{reason}。",
    )
    return tuple(told.items())


def _conventions(asked: _Asked, bridge: bool) -> tuple[Words, ...]:
    rest = next((factor.name for factor in asked.factors if factor.share is None), None)
    told: list[Words] = [
        ("growth is 100 times the change of the logarithm", "增长率为对数差乘以100"),
        (
            "the index of productivity is 1 in the first year, and again after a gap",
            "生产率指数首年为1，缺口之后重新从1开始",
        ),
        (f"weights: {WEIGHTS[asked.weights][0]}", f"权重：{WEIGHTS[asked.weights][1]}"),
        ("dual: prices of factors and of output", "对偶法：要素价格与产出价格")
        if asked.is_dual
        else ("primal: quantities of factors and of output", "原始法：要素数量与产出数量"),
    ]
    if bridge:
        told.append(
            (
                "gaps are bridged: growth of the whole span, not per year",
                "跨越缺失年份：增长率为整个时段的增长，未年均化",
            )
        )
    if rest:
        told.append(
            (
                f"{rest} earns what the others leave (constant returns)",
                f"{FACTORS_ZH.get(rest, rest)}的份额为其余份额之外的部分（规模报酬不变）",
            )
        )
    return tuple(told)
