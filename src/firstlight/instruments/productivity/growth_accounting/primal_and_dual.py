"""Growth accounts of quantities and of prices: what inputs explain, and TFP, which is the rest.

Symbols: Y output, x inputs, v their shares of income. Quantities (primal): dln A = dln Y - sum v
dln x. Prices (dual): dln A = sum v dln w - dln p. Growth is that of logarithms, in percentage
points: 100 dln.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.factor_shares import (
    Factor,
    contributions,
    factor_shares,
    refuse_factors,
)
from firstlight.instruments.productivity.yearly_series import (
    FIRST_YEAR,
    NO_REASON,
    Array,
    Reason,
    as_array,
    chained,
    log_growth,
    on_calendar,
    read_yearly,
    reason_columns,
    years_apart,
)
from firstlight.numerics.long_frames import nan_to_null
from firstlight.texts import Name, message, names

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class GrowthAccounts:
    """Accounts of growth, a row per unit and year; nothing where the year before is missing.

    table : unit, year, span_years (from the year that growth starts in; 1, or more where gaps are
            bridged; 0 in the first year), output_growth_pp (dual: output_price_growth_pp), a column
            ``<quantity>_contribution_pp`` for each quantity, ``<factor>_share`` as used (a mean of
            two years with Törnqvist), tfp_growth_pp, tfp_index (1 at the start of each unbroken
            run), reason, reason_name, reason_year. Primal: output growth = contributions + TFP.
            Dual: TFP = contributions - growth of the output price.
    parts : the names of the columns of contributions
    factors : as handed in
    """

    table: pl.DataFrame
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
        """Mean growth and contributions of each unit over the years ``first`` to ``last``.

        Returns unit, first_year, last_year, year_count (which the accounts span), and the columns
                of the table.
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

        dln(Y/H) = sum_f (contributions of f - v_f dln H) + TFP. For capital that is v_K dln(K/H),
        capital deepening; for labour what is left is its composition. Of primal accounts whose
        shares add up to 1.

        hours : one of the quantities, the one that output is divided by
        Returns unit, year, productivity_growth_pp, ``<factor>_deepening_pp`` for each factor,
                tfp_growth_pp; null where there is no account, or the share of the factor of hours
                is 0.
        Raises  InputError where hours is none of the quantities, or the accounts are dual.
        Source: US BLS (1983), Trends in Multifactor Productivity.
        """
        owner = next((factor for factor in self.factors if hours in factor.quantities), None)
        if owner is None or self._total != "output_growth_pp":
            every = names(name for factor in self.factors for name in factor.quantities)
            given = message("not_a_quantity", column=Name(hours), quantities=every)
            raise InputError(given, FOLDER)
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

    Parameters
    ----------
    frame
        A row for each unit and year.
    output
        Column of real output.
    factors
        List of ``Factor``; ICT and other capital, hours and composition, energy and materials: any
        list.
    unit
        Column of the units; None where there is one.
    year
        Column of the years.
    weights
        Which shares: ``tornqvist``, ``current``, ``previous`` or ``constant``.
    are_log_growth
        Whether output and quantities are log growth in percentage points already (as in Fernald's
        data).
    bridge_gaps
        Whether growth starts in the last year that has everything, over a gap of any length (then
        it is the growth of the whole span, with the shares of its two ends), instead of staying
        missing.

    Returns
    -------
    GrowthAccounts, with ``table`` (a row for each unit and year: output_growth_pp, a
    contribution_pp for each quantity and tfp_growth_pp, all in percentage points of log growth; the
    shares used, tfp_index, reason), ``parts`` and ``factors``.

    Raises
    ------
    InputError
        Naming unit, year and column of a quantity that isn't positive, factors without a share, or
        shares that do not add up to 1.

    Notes
    -----
    The Penn World Table's ``rtfpna`` (version 10.01) is these accounts of rgdpna: ``tornqvist``,
    labour emp x avh x hc with share labsh, capital rkna; where avh is missing, hours are completed
    as for ``ctfp`` (see ``level_accounts``). Found from its numbers: so computed, 6,289
    country-years differ by 3e-6 points in the median.

    References
    ----------
    As in ``contributions``; Fernald (2014), Federal Reserve Bank of San Francisco working paper
    2012-19 (hours and labour quality apart).

    Examples
    --------
    >>> rows = pl.DataFrame({"year": [2000, 2001], "y": [100.0, 106.0], "k": [300.0, 312.0],
    ...     "h": [10.0, 10.1]})
    >>> labour, capital = Factor("labour", ("h",), 0.6), Factor("capital", ("k",))
    >>> found = growth_accounts(rows, "y", [labour, capital], unit=None)
    >>> found.table["tfp_growth_pp"].round(2).to_list()
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

    Parameters
    ----------
    frame
        A row for each unit and year.
    output_price
        Column of the price of output; None where the factors' prices are real already.
    factors
        List of ``Factor`` whose ``quantities`` are columns of prices: wage, rental price of
        capital.
    unit
        Column of the units; None where there is one.
    year
        Column of the years.
    weights, are_log_growth, bridge_gaps
        As in ``growth_accounts``.

    Returns
    -------
    GrowthAccounts, as ``growth_accounts``, with output_price_growth_pp for output_growth_pp. Primal
    and dual agree (to the third order of growth) where incomes exhaust output.

    Raises
    ------
    InputError
        As ``growth_accounts``.

    References
    ----------
    Hsieh (2002), American Economic Review 92(3), 502-526.

    Examples
    --------
    >>> rows = pl.DataFrame({"year": [2000, 2001], "w": [10.0, 10.5], "r": [0.10, 0.09]})
    >>> labour, capital = Factor("labour", ("w",), 0.6), Factor("capital", ("r",))
    >>> found = dual_growth_accounts(rows, None, [labour, capital], unit=None)
    >>> found.table["tfp_growth_pp"].round(2).to_list()
    [None, -1.29]
    """
    asked = _Asked(output_price, tuple(factors), weights, are_log_growth, is_dual=True)
    return _accounts(frame, asked, unit, year, bridge_gaps)


@dataclass(frozen=True)
class _Asked:
    """Which accounts: output or its price, the factors, and how growth is weighed."""

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
        if not self.output:
            return self.quantities
        return [self.output, *self.quantities]

    @property
    def shares(self) -> list[str]:
        return [factor.share for factor in self.factors if isinstance(factor.share, str)]


def _accounts(
    frame: Any, asked: _Asked, unit: str | None, year: str, bridge: bool
) -> GrowthAccounts:
    if bridge and asked.are_log_growth:
        raise InputError(message("gaps_in_growth"), FOLDER)
    refuse_factors(asked.factors, asked.quantities, asked.weights)
    positive, numbers = asked.levels, [*asked.levels, *asked.shares]
    if asked.are_log_growth:
        positive = []
    table = read_yearly(frame, numbers, unit=unit, year=year, positive=positive)
    return _accounts_of(table, asked, bridge)


def accounts_of_table(
    table: pl.DataFrame, output: str, factors: Sequence[Factor], weights: str
) -> GrowthAccounts:
    """As `growth_accounts`, of a table that was checked: unit, year, and the columns named.

    Where no two of its years follow one another, growth is from each to the next.
    """
    asked = _Asked(output, tuple(factors), weights, are_log_growth=False, is_dual=False)
    refuse_factors(asked.factors, asked.quantities, weights)
    return _accounts_of(table, asked, bridge=False, held=years_apart(table))


def _accounts_of(
    table: pl.DataFrame, asked: _Asked, bridge: bool, held: Sequence[int] = ()
) -> GrowthAccounts:
    rows, _ = on_calendar(table)
    if held:
        rows = rows.filter(pl.col("year").is_in(held))
    kept = rows
    if bridge:
        has_all = pl.all_horizontal(pl.col(*asked.levels, *asked.shares).is_not_null())
        kept = rows.filter(has_all | ~has_all.any().over("unit"))
    found = _unit_accounts(asked, kept, factor_shares(kept, asked.factors))
    if bridge:
        found = _with_bridged(found, rows)
    return GrowthAccounts(
        table=nan_to_null(found),
        parts=tuple(f"{name}_contribution_pp" for name in asked.quantities),
        factors=asked.factors,
    )


def _with_bridged(found: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The accounts on the calendar again, with the years that were bridged."""
    whole = rows.select("unit", "year").join(
        found, on=["unit", "year"], how="left", maintain_order="left"
    )
    return whole.with_columns(
        reason=pl.when(pl.col("span_years").is_null())
        .then(pl.lit("spanned"))
        .otherwise(pl.col("reason"))
    )


def _unit_accounts(asked: _Asked, rows: pl.DataFrame, share: Array) -> pl.DataFrame:
    years, factors = rows["year"].to_numpy(), asked.factors
    begins = rows["unit"].ne_missing(rows["unit"].shift()).to_numpy()
    growth = level = np.column_stack([as_array(rows, name) for name in asked.levels])
    if not asked.are_log_growth:
        growth = 100 * log_growth(level)
        growth[begins] = np.nan
    of_factor = np.repeat(np.arange(len(factors)), [len(factor.quantities) for factor in factors])
    total, inputs = np.zeros(years.size), growth
    if asked.output:
        total, inputs = growth[:, 0], growth[:, 1:]
    # a share that is the rest of the others may miss 0 by rounding
    outside = (share < -1e-9) | (share > 1 + 1e-9)
    used = np.where(outside, np.nan, share)
    part = contributions(inputs, used[:, of_factor], weights=asked.weights, begins=begins)
    weight = contributions(np.ones_like(used), used, weights=asked.weights, begins=begins)
    tfp, head = total - part.sum(axis=1), "output_growth_pp"
    if asked.is_dual:  # of prices: what factors earn more than the output's price explains
        tfp, head = part.sum(axis=1) - total, "output_price_growth_pp"
    why = [NO_REASON] * years.size
    for t in np.flatnonzero(~np.isfinite(tfp)).tolist():
        why[t] = _why_none(asked, t, begins[t], years, level, growth, share, outside)
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
    level: Array,
    growth: Array,
    share: Array,
    outside: NDArray[np.bool_],
) -> Reason:
    if is_first and not asked.are_log_growth:
        return FIRST_YEAR
    lost = np.flatnonzero(np.isnan(growth[t]))
    if lost.size:
        k, at = int(lost[0]), t - 1
        if asked.are_log_growth or np.isnan(level[t, k]):
            at = t
        return Reason("no_quantity", asked.levels[k], int(years[at]))
    # a weight is the mean of two years' shares, but where nothing comes before
    for at in (t,) if is_first else (t, t - 1):
        odd = np.flatnonzero(outside[at] | np.isnan(share[at]))
        if odd.size:
            code = "share_outside"
            if np.isnan(share[at, odd[0]]):
                code = "no_share"
            return Reason(code, asked.factors[int(odd[0])].name, int(years[at]))
    return FIRST_YEAR
