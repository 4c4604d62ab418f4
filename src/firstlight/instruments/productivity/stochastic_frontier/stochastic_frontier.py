"""How far each unit is from the frontier of production or cost, told apart from noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.instruments.productivity.stochastic_frontier.frontier_estimate import (
    StochasticFrontier,
    frontier_of,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_fit import FrontierFit
from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import (
    WITHIN,
    FrontierModel,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_tests import Skewness
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.phrases import p_phrase
from firstlight.result import Result
from firstlight.texts import Code, Count, Message, Name, Number, Share, Value, message

LEVEL: Final = 0.95
SIGNIFICANT: Final = 0.05
FILLED: Final = roles.Number(is_filled=True)
SEVERAL: Final = roles.Columns(1, FILLED)
# states whose likelihood ratio is not of inefficiency beside noise
NO_TEST: Final = ("normal_limit", "no_spread")
OF_MEAN: Final = "inefficiency: "  # begins the terms of mean inefficiency


def frontier(
    frame: Any,
    output: Annotated[str, FILLED],
    inputs: Annotated[Sequence[str], SEVERAL],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str | None, roles.Year()] = "year",
    determinants: Annotated[Sequence[str] | None, SEVERAL] = None,
    distribution: Literal["half_normal", "exponential", "truncated_normal"] = "half_normal",
    model: Literal[
        "pooled",
        "time_invariant",
        "time_decay",
        "true_fixed",
        "true_fixed_dummies",
        "true_random",
    ] = "pooled",
    form: Literal["cobb_douglas", "translog"] = "cobb_douglas",
    cost: bool = False,
    log: bool = True,
    trend: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Efficiency of each unit, told apart from noise, and the parameters of the frontier.

    Log output is a function of log inputs plus noise v less inefficiency u, by maximum likelihood;
    log cost is one of outputs and prices plus both.

    Parameters
    ----------
    frame
        A row for each unit, and year.
    output
        Column of output, or of cost.
    inputs
        Columns of inputs, or of outputs and prices where the frontier is one of cost.
    unit
        Column of the units.
    year
        Column of the years; every model but pooled needs it.
    determinants
        Columns that mean inefficiency depends on, used as they are; for pooled rows and the
        truncated normal.
    distribution
        Of inefficiency.
    model
        How the years of a unit are joined: not at all, by one inefficiency (time_invariant,
        time_decay), or by an intercept beside it (true_fixed, true_fixed_dummies, true_random).
    form
        Of the frontier.
    cost
        Whether the frontier is one of cost.
    log
        Whether to take logarithms of output and inputs; no where they are logarithms already.
    trend
        Whether the frontier moves with the years.
    progress
        Called with the ascents done and all of them.

    Returns
    -------
    Result with the tables ``efficiency`` (unit, year, efficiency_share, efficiency_low_share,
    efficiency_high_share, inefficiency_log, elasticity_* of a translog, reason) and ``parameters``
    (term, kind, estimate, standard_error, low, high, z, p_value).

    Raises
    ------
    InputError
        For numbers that are missing, have no logarithm, or with ``log=False`` can't be one; columns
        that never change or follow from others; too few rows; options that do not go together.

    References
    ----------
    Kumbhakar and Lovell 2000, Stochastic Frontier Analysis, Cambridge University Press. Battese and
    Coelli 1988, Journal of Econometrics 38, 387-399; 1992, Journal of Productivity Analysis 3,
    153-169; 1995, Empirical Economics 20, 325-332. Greene 2005, Journal of Econometrics 126,
    269-303.

    Examples
    --------
    >>> k, v, u = np.random.default_rng(1).normal(size=(3, 100))
    >>> made = {"unit": range(100), "Y": np.exp(1 + 0.5 * k + 0.1 * v - abs(u) / 2), "K": np.exp(k)}
    >>> found = frontier(pl.DataFrame(made), "Y", ["K"])
    >>> print(found.summary().splitlines()[0])
    On average, output is 71.5% of what the frontier allows with the same inputs.
    """
    data = FRONTIER.read(locals())
    which = FrontierModel(model=model, distribution=distribution, cost=cost)
    found = frontier_of(
        data, output, which, log=log, form=form, trend=trend, level=LEVEL, progress=progress
    )
    return Result(
        {"efficiency": found.table, "parameters": found.parameters},
        tuple(_said(which, found)),
        FRONTIER.texts,
        conventions=tuple(_conventions(which, form, log, determinants or ())),
        charts=_charts(found.table),
        given=data.given,
    )


def _charts(table: pl.DataFrame) -> tuple[Chart, ...]:
    ends = {"low": "efficiency_low_share", "high": "efficiency_high_share"}
    if not table["efficiency_share"].count():
        return ()
    dots, line = (Mark("efficiency_share", kind, **ends) for kind in ("points", "line"))
    by_rank = Chart("by_rank", "efficiency", "", (dots,), line="unit")
    by_year = Chart("efficiency", "efficiency", "year", (line,), panel="unit")
    return by_rank_and_year(table, by_rank, by_year)


def _said(which: FrontierModel, found: StochasticFrontier) -> list[Message]:
    """How efficient, whether inefficiency is there at all, who is where, and how surely."""
    fit, table, is_found = found.fit, found.table, found.fit.state == "converged"
    said = [_mean(which, fit) if is_found else message("state", reason=_reason(fit.state))]
    if fit.state not in NO_TEST:
        said += _test(which, fit)
    if fit.state in ("converged", "no_inefficiency"):
        reached, without = (
            Number(value, digits=3) for value in (fit.log_likelihood, fit.log_likelihood_without)
        )
        said.append(message("likelihood", reached=reached, without=without))
    if fit.skewness is not None:
        said.append(_skewness(fit.skewness, which.cost))
    if is_found:
        said += [_extremes(table, which.model), _precision(table)]
    said += _determinants(fit)
    alone = int((~fit.is_identified).sum())
    if which.model in WITHIN and alone:
        said.append(message("one_row", count=Count(alone)))
    return said


def _reason(state: str) -> Code:
    return Code(f"codes.reason.{state}")


def _mean(which: FrontierModel, fit: FrontierFit) -> Message:
    share = Share(fit.mean_efficiency, digits=1)
    if which.cost:
        return message("mean_cost_efficiency", share=share)
    return message("mean_efficiency", share=share)


def _test(which: FrontierModel, fit: FrontierFit) -> list[Message]:
    """Whether inefficiency is there at all."""
    if not fit.restrictions:
        return [message("not_tested")]
    numbers: dict[str, Value[Any]]
    numbers = {"count": Count(fit.restrictions), "ratio": Number(fit.likelihood_ratio)}
    numbers["p"] = p_phrase(fit.p_value)
    if fit.p_value >= SIGNIFICANT:
        return [message("inefficiency_in_noise", **numbers)]
    said = [message("inefficiency", **numbers)]
    if fit.restrictions > 1 and which.model == "pooled":
        # as benchmarks/productivity/panel_frontiers.py measures on noise alone
        said.append(message("too_often"))
    return said


def _skewness(found: Skewness, cost: bool) -> Message:
    sign = -1 if cost else 1  # the test turns the residuals of cost
    skewness = Number(sign * found.skewness)
    if found.is_wrong:
        side, due = ("left", "positive") if cost else ("right", "negative")
        codes = {"side": Code(f"codes.side.{side}"), "due": Code(f"codes.sign.{due}")}
        return message("skewness_wrong", skewness=skewness, **codes)
    statistic = Number(sign * found.statistic)
    return message("skewness", skewness=skewness, statistic=statistic, p=p_phrase(found.p_value))


def _extremes(table: pl.DataFrame, model: str) -> Message:
    """Who is where; without a year where a unit keeps its inefficiency."""
    keys = [name for name in ("unit", "year") if name in table.columns]
    known = table.drop_nulls("efficiency_share").sort("efficiency_share", *keys)
    lowest, highest = known.row(0, named=True), known.row(-1, named=True)
    return message(
        "extremes",
        highest=_named(highest, model),
        high=Share(highest["efficiency_share"], digits=1),
        lowest=_named(lowest, model),
        low=Share(lowest["efficiency_share"], digits=1),
    )


def _named(row: Mapping[str, Any], model: str) -> Value[Any]:
    dated = "year" in row and model != "time_invariant"
    return unit_in_year(str(row["unit"]), int(row["year"]) if dated else None)


def _precision(table: pl.DataFrame) -> Message:
    widths = (table["efficiency_high_share"] - table["efficiency_low_share"]).drop_nulls()
    points = 100 * float(np.median(widths.to_numpy()))
    return message("precision", level=Share(LEVEL), points=Number(points, digits=0))


def _determinants(fit: FrontierFit) -> list[Message]:
    """What moves mean inefficiency, where the fit has standard errors."""
    said = []
    for place, term in enumerate(fit.terms):
        if not np.isfinite(fit.standard_error[place]):
            continue
        is_sure = fit.low[place] > 0 or fit.high[place] < 0
        is_up = fit.estimate[place] > 0
        if term == "eta":
            said.append(_decay(is_sure, is_up))
        elif term.startswith(OF_MEAN) and term != OF_MEAN + "constant":
            said.append(_determinant(Name(term.removeprefix(OF_MEAN)), is_sure, is_up))
    return said


def _decay(is_sure: bool, is_up: bool) -> Message:
    if not is_sure:
        return message("steady")
    return message("falling") if is_up else message("rising")


def _determinant(name: Name, is_sure: bool, is_up: bool) -> Message:
    if not is_sure:
        return message("no_effect", determinant=name)
    if is_up:
        return message("more_inefficiency", determinant=name)
    return message("less_inefficiency", determinant=name)


def _conventions(
    which: FrontierModel, form: str, log: bool, determinants: Sequence[str]
) -> list[Message]:
    """Every convention that the fit follows."""
    said = [message(f"distribution_{which.distribution}"), message(f"model_{which.model}")]
    if which.model == "time_decay":
        said.append(message("last_year"))
    if determinants:
        said.append(message("determinants"))
    said.append(message("logs") if log else message("no_logs"))
    said.append(message(f"form_{form}"))
    said.append(message("cost_efficiency") if which.cost else message("efficiency"))
    return [*said, message("intervals"), message("variances")]


FRONTIER = Measurement(
    frontier,
    citation="Aigner, Lovell and Schmidt 1977, Journal of Econometrics 6; "
    "Battese and Coelli 1988, Journal of Econometrics 38",
    sample=Sample({"output": "value_added", "inputs": ["capital", "hours"]}),
)
