"""Stochastic frontier analysis of a table of units: parameters, efficiencies with intervals, and whether they mean anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.productivity.logarithms import refuse_levels, refuse_logs
from firstlight.instruments.productivity.stochastic.frontier_design import (
    FunctionalForm,
    functional_form,
)
from firstlight.instruments.productivity.stochastic.frontier_fit import (
    ONE_ROW,
    FrontierFit,
    fit_frontier,
)
from firstlight.instruments.productivity.stochastic.frontier_problem import FrontierModel
from firstlight.instruments.productivity.stochastic.stochastic_frontier_words import (
    conventions_of,
    sentences_of,
)
from firstlight.numerics.finding import Finding
from firstlight.numerics.long_frames import as_given, nan_to_null, read_long
from firstlight.numerics.progress import Progress

Floats = NDArray[np.float64]
MOST_DOTS = 80  # rows that a picture can show by name
BINS = 25


@dataclass(frozen=True, kw_only=True)
class StochasticFrontier(Finding):
    """A stochastic frontier of a table of units; ``table`` has a row per row given, sorted by unit and year.

    table : unit, year where given, ``efficiency_share`` with ``efficiency_low_share`` and ``efficiency_high_share``,
            ``inefficiency_log``, for translogs ``elasticity_`` of each input, ``reason_en`` and ``reason_zh`` where there is no efficiency
    fit   : parameters, tests and convergence; parameters : the same as a table, see ``parameter_frame``
    """

    fit: FrontierFit
    parameters: pl.DataFrame

    @property
    def parameter_frame(self) -> Any:
        """Term, kind, estimate, standard error, interval, and for all but variances z and its two-sided p value.

        In the kind of frame that was handed in. Variances have no p value: they are tested by ``fit.p_value``.
        """
        return as_given(self.parameters, self.given)

    def _chart(self, alt: Any) -> Any:
        known = self.table.drop_nulls("efficiency_share")
        if not known.height:
            raise InputError(
                f"no efficiencies to draw: {self.fit.reason_en}",
                where="plot()",
                try_next="see summary()",
            )
        title = "Efficiency (share of the frontier)"
        if known.height <= MOST_DOTS:
            keys = [name for name in ("unit", "year") if name in known.columns]
            label = pl.concat_str(
                [pl.col(name).cast(pl.String) for name in keys], separator=" "
            ).alias("row")
            rows = known.sort("efficiency_share", *keys, descending=True).with_columns(label)
            y = alt.Y("row:N", sort=None, title=None)
            both = alt.Chart(rows).encode(y=y)
            span = both.mark_rule().encode(
                x=alt.X("efficiency_low_share:Q", scale=alt.Scale(domain=[0, 1]), title=title),
                x2="efficiency_high_share:Q",
            )
            return span + both.mark_point(filled=True).encode(x="efficiency_share:Q")
        counts, edges = np.histogram(known["efficiency_share"].to_numpy(), bins=BINS, range=(0, 1))
        bars = pl.DataFrame({"low": edges[:-1], "high": edges[1:], "rows_count": counts})
        return (
            alt.Chart(bars)
            .mark_bar()
            .encode(
                x=alt.X("low:Q", title=title), x2="high:Q", y=alt.Y("rows_count:Q", title="Rows")
            )
        )


def stochastic_frontier(
    frame: Any,
    output: str,
    inputs: Sequence[str],
    *,
    distribution: str = "half_normal",
    model: str = "pooled",
    unit: str = "unit",
    year: str | None = None,
    determinants: Sequence[str] = (),
    cost: bool = False,
    log: bool = True,
    form: str = "cobb_douglas",
    trend: bool = False,
    last_year: str = "panel",
    level: float = 0.95,
    nodes: int = 40,
    progress: Progress = None,
) -> StochasticFrontier:
    """How far units are from the frontier of production or cost, told apart from noise.

    ln y = f(ln x) + v - u for production, ln C = f(ln y, ln w) + v + u for cost, by maximum likelihood.

    frame        : a row per unit, or per unit and year; pandas, Polars, PyArrow or DuckDB
    output       : the column of output, or of total cost where ``cost``; inputs : of inputs, or of outputs and prices
    distribution : ``half_normal``, ``exponential`` or ``truncated_normal``, of u
    model        : ``pooled``, ``time_invariant``, ``time_decay`` (Battese-Coelli 1992), ``true_fixed``, ``true_fixed_dummies``,
                   ``true_random``; all but the first need years
    determinants : columns z that the mean of u depends on, used as they are (Battese-Coelli 1995: pooled, truncated_normal)
    log          : take logs; False where columns are logs already (they may then be negative)
    form, trend  : ``cobb_douglas`` or ``translog``; trend adds technical change (needs years)
    last_year    : the T of exp(-eta (t - T)): of the whole ``panel`` (FRONTIER 4.1) or of each ``unit`` (Stata)
    level        : of the intervals; nodes : to begin with, of the integral over unit effects
    progress     : is told of each ascent; log likelihoods are of scaled output
    Returns StochasticFrontier.
    Raises  InputError naming unit, year and column of a number that is missing or, under log, not positive, or without it too
            large to be a log; a unit that stands twice; a column that is constant or determined by others; too few rows; options that don't go together.
    Source: Kumbhakar and Lovell (2000), Stochastic Frontier Analysis, Cambridge University Press, and the
            papers named by ``fit_frontier``, ``panel_frontiers`` and ``frontier_tests``.

    >>> k, v, u = np.random.default_rng(1).normal(size=(3, 100))
    >>> rows = pl.DataFrame({"unit": range(100), "Y": np.exp(1 + 0.5 * k + 0.1 * v - abs(u) / 2), "K": np.exp(k)})
    >>> found = stochastic_frontier(rows, "Y", ["K"])
    >>> print(found.summary().splitlines()[0])
    On average, output is 71.5% of what the frontier allows with the same inputs.
    """
    which = FrontierModel(
        model=model, distribution=distribution, cost=cost, last_year=last_year, nodes=nodes
    )
    _refuse_options(which, year, trend, list(inputs))
    names = [output, *inputs, *determinants]
    units, years, values = _rows(frame, names, unit, year, 1 + len(inputs) if log else 0)
    if log:
        refuse_logs(names[: 1 + len(inputs)])
    else:
        keys = pl.DataFrame({"unit": units, "year": years} if year else {"unit": units})
        refuse_levels(values, keys, names[: 1 + len(inputs)])
    logs = np.log(values[:, : 1 + len(inputs)]) if log else values[:, : 1 + len(inputs)]
    shape = functional_form(logs[:, 1:], list(inputs), form=form, years=years if trend else None)
    fit = fit_frontier(
        logs[:, 0],
        shape.values,
        shape.names,
        which,
        unit=units,
        time=years,
        determinants=values[:, 1 + len(inputs) :] if determinants else None,
        determinant_names=tuple(determinants),
        level=level,
        progress=progress,
    )
    table = _table(fit, units, years if year else None, shape, inputs if form == "translog" else ())
    return StochasticFrontier(
        table=table,
        sentences=sentences_of(which, fit, table, level),
        conventions=conventions_of(which, form, log, tuple(determinants)),
        given=frame,
        fit=fit,
        parameters=_parameters(fit),
    )


def _refuse_options(which: FrontierModel, year: str | None, trend: bool, inputs: list[str]) -> None:
    if not inputs:
        raise InputError("no inputs", where="inputs", try_next="name one column or more")
    if year is None and (which.model != "pooled" or trend):
        raise InputError(
            f"no column of years for {'a trend' if trend else f'model={which.model!r}'}",
            where="year",
            try_next="name the column of years",
        )


def _rows(
    frame: Any, names: list[str], unit: str, year: str | None, logged: int
) -> tuple[NDArray[np.str_], NDArray[np.int64], Floats]:
    """Units, years and numbers, sorted by unit and year; the first ``logged`` columns must be positive."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"column {twice!r} is named twice",
            where="output, inputs, determinants",
            try_next="name it once",
        )
    numbers = {f"#{place}": name for place, name in enumerate(names)}
    table = read_long(
        frame, {"unit": unit, **({"year": year} if year else {}), **numbers}, list(numbers)
    )
    if not table.height:
        raise InputError("no rows", where="the frame", try_next="hand in one row per unit")
    units = table["unit"].to_numpy().astype(np.str_)
    years = table["year"].to_numpy().astype(np.int64) if year else np.zeros(len(units), np.int64)
    values = table.select(list(numbers)).to_numpy().astype(np.float64)

    def where(row: int) -> str:
        return f"unit {str(units[row])!r}" + (f", year {years[row]}" if year else "")

    same = np.flatnonzero((units[1:] == units[:-1]) & (years[1:] == years[:-1]))
    if same.size:
        raise InputError(
            "the unit stands twice" + (" in one year" if year else ""),
            where=where(int(same[0])),
            try_next="leave one row" if year else "leave one row, or name the column of years",
        )
    needs_log = np.arange(len(names)) < logged
    for bad, what in (
        (~np.isfinite(values), "no number"),
        ((values <= 0) & needs_log, "a number without a logarithm"),
    ):
        if bad.any():
            row, column = (int(place) for place in np.argwhere(bad)[0])
            raise InputError(
                f"{what}" + ("" if what == "no number" else f": {values[row, column]:g}"),
                where=f"{where(row)}, column {names[column]!r}",
                try_next="mend the number or leave the row out"
                + ("; where columns are logs, --log no (in Python: log=False)" if logged else ""),
            )
    return units, years, values


def _table(
    fit: FrontierFit,
    units: NDArray[np.str_],
    years: NDArray[np.int64] | None,
    shape: FunctionalForm,
    inputs: Sequence[str],
) -> pl.DataFrame:
    reasons = (fit.reason_en, fit.reason_zh)
    words = [
        [
            reasons[k] if fit.state != "converged" else "" if known else ONE_ROW[k]
            for known in fit.is_identified
        ]
        for k in (0, 1)
    ]
    slopes = fit.estimate[
        [
            kind == "frontier" and term != "constant"
            for kind, term in zip(fit.kinds, fit.terms, strict=True)
        ]
    ]
    elasticities = {
        f"elasticity_{name}": shape.by_input[place] @ slopes for place, name in enumerate(inputs)
    }
    table = pl.DataFrame(
        {
            "unit": units,
            **({"year": years} if years is not None else {}),
            "efficiency_share": fit.efficiency,
            "efficiency_low_share": fit.efficiency_low,
            "efficiency_high_share": fit.efficiency_high,
            "inefficiency_log": fit.inefficiency,
            **elasticities,
            "reason_en": words[0],
            "reason_zh": words[1],
        }
    )
    return nan_to_null(table)


def _parameters(fit: FrontierFit) -> pl.DataFrame:
    z = fit.estimate / fit.standard_error
    tested = np.array([kind != "variance" for kind in fit.kinds])
    table = pl.DataFrame(
        {
            "term": fit.terms,
            "kind": fit.kinds,
            "estimate": fit.estimate,
            "standard_error": fit.standard_error,
            "low": fit.low,
            "high": fit.high,
            "z": np.where(tested, z, np.nan),
            "p_value": np.where(tested, 2 * stats.norm.sf(np.abs(z)), np.nan),
        }
    )
    return nan_to_null(table)
