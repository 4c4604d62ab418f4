"""What labour and capital make in firms, how productive each is, and how far firms lie apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.productivity.production_functions.estimators import estimate
from firstlight.instruments.productivity.production_functions.firm_panel import (
    FILLED,
    SEVERAL,
    panel_of,
)
from firstlight.instruments.productivity.production_functions.production_result import (
    ProductionFunction,
    rivals,
)
from firstlight.instruments.productivity.production_functions.productivity_dispersion import (
    dispersion_by_year,
)
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    Growth,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    counted,
    message,
)

LEVEL: Final = 0.95
DEGREE: Final = 3
PERCENTILES: Final[Mapping[str, float]] = {"p90": 0.9, "median": 0.5, "p10": 0.1}


def firms(
    frame: Any,
    output: Annotated[str, FILLED],
    free: Annotated[Sequence[str], SEVERAL],
    state: Annotated[Sequence[str], SEVERAL],
    proxy: Annotated[Sequence[str], SEVERAL],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    year: Annotated[str, roles.Year()] = "year",
    controls: Annotated[Sequence[str] | None, SEVERAL] = None,
    method: Literal["op", "lp", "acf", "wooldridge"] = "acf",
    log: bool = True,
    year_effects: bool = False,
    output_is: Literal["value_added", "gross_output"] = "value_added",
    replications: Annotated[int, roles.Bounds(0, 10_000)] = 200,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """Elasticities of firms' production functions, and the productivity of each firm and year.

    Firms see their productivity and choose inputs by it, so that least squares gives what they
    choose quickly too large an elasticity. Investment or materials, which show productivity, take
    its place here.

    Parameters
    ----------
    frame
        A row for each firm and year.
    output
        Column of output or value added.
    free
        Columns of inputs that are chosen within the year, such as labour.
    state
        Columns of inputs that were fixed before, such as capital.
    proxy
        Columns that show productivity: investment for op, materials for the other methods.
    unit
        Column of the firms.
    year
        Column of the years.
    controls
        Columns of further variables, used as they are.
    method
        Olley-Pakes, Levinsohn-Petrin, Ackerberg-Caves-Frazer or Wooldridge.
    log
        Whether to take logarithms of output, inputs and proxies; no where they are logarithms
        already.
    year_effects
        Whether each year has an effect of its own.
    output_is
        For lp: what the column of output holds. In gross output materials are an input too.
    replications
        Resamples of firms behind each standard error; 0 for none. Wooldridge's method needs none.
    seed
        Seed of the resamples.
    progress
        Called with the resamples done and all of them.

    Returns
    -------
    Result with the tables ``elasticities`` (kind, name, estimate, standard_error, low, high),
    ``firm_years`` (unit, year, log_output, log_tfp, log_productivity, log_noise, elasticity_* for
    each input, reason, column), ``left_out`` (reason, column, rows_count), ``solutions`` (every set
    of coefficients that was found, the chosen one first) and ``dispersion`` (see
    `productivity_dispersion`).

    Raises
    ------
    InputError
        For numbers that have no logarithm, or with ``log=False`` can't be one; columns that never
        change or follow from others; firms too few, or without consecutive years.

    References
    ----------
    Olley and Pakes 1996, Econometrica 64(6), 1263-1297. Levinsohn and Petrin 2003, Review of
    Economic Studies 70(2), 317-341. Ackerberg, Caves and Frazer 2015, Econometrica 83(6),
    2411-2451. Wooldridge 2009, Economics Letters 104(3), 112-114.

    Examples
    --------
    >>> from firstlight import sample_table
    >>> made = sample_table("firms")  # planted: 0.6 of labour, 0.4 of capital
    >>> found = firms(made, "y", ["l"], ["k"], ["m"], log=False, method="lp", replications=0)
    >>> found.table["estimate"].head(2).round(1).to_list()
    [0.6, 0.4]
    """
    data = FIRMS.read(locals())
    panel = panel_of(data, output, log=log, year_effects=year_effects)
    found = estimate(
        panel,
        method,
        output_is=output_is if method == "lp" else "value_added",
        degree=DEGREE,
        omega_degree=DEGREE,
        replications=0 if method == "wooldridge" else replications,
        seed=seed,
        level=LEVEL,
        progress=progress,
    )
    if found.is_cut_short:  # half of the draws must not be kept as the answer to all
        raise KeyboardInterrupt
    known = found.firm_years.drop_nulls("log_productivity")
    dispersion = dispersion_by_year(
        known.rename({"log_productivity": "omega", "log_output": "size"})
    )
    tables = {
        "elasticities": found.table,
        "firm_years": found.firm_years,
        "dispersion": dispersion,
        "left_out": found.left_out,
        "solutions": found.solutions,
        "spread": _spread(known),
    }
    return Result(
        tables,
        (*_answer(found), *_rows(found), *_dispersion(dispersion), *_alternatives(found)),
        FIRMS.texts,
        conventions=(*_of_method(method, output_is), *_of_errors(found, seed)),
        charts=(Chart("spread", "spread", "year", (Mark("log_productivity"),), line="percentile"),),
        given=data.given,
    )


def _spread(known: pl.DataFrame) -> pl.DataFrame:
    """Percentiles of productivity, by year."""
    by_year = known.group_by("year")
    parts = [
        by_year.agg(pl.col("log_productivity").quantile(share, "linear"))
        .sort("year")
        .select("year", pl.lit(code).alias("percentile"), "log_productivity")
        for code, share in PERCENTILES.items()
    ]
    return pl.concat(parts)


def _answer(found: ProductionFunction) -> list[Message]:
    """Elasticities and returns to scale, after what makes them worthless."""
    said = []
    if "moments_not_met" in found.cautions:
        said.append(message("moments_not_met"))
    if "inputs_explain_nothing" in found.cautions:
        said.append(message("inputs_explain_nothing"))
    method = Code(f"codes.method.{found.method}")
    parts = zip(found.inputs, found.elasticity, found.low, found.high, strict=True)
    inputs = List(tuple(_elasticity(*part) for part in parts), len(found.inputs))
    if (found.elasticity >= 0).all():
        said.append(message("elasticities", method=method, inputs=inputs))
    else:
        said.append(message("elasticities_below_zero", method=method, inputs=inputs))
    return [*said, _returns(found)]


def _elasticity(name: str, value: float, low: float, high: float) -> Phrase:
    numbers: dict[str, Value[Any]]
    numbers = {"input": Name(name), "elasticity": Number(value, digits=3)}
    if np.isnan(low):
        return Phrase(message("phrases.elasticity", **numbers))
    ends = {"low": Number(low, digits=3), "high": Number(high, digits=3)}
    return Phrase(message("phrases.elasticity_between", **numbers, **ends))


def _returns(found: ProductionFunction) -> Message:
    value, low, high = found.returns_to_scale, found.returns_low, found.returns_high
    total = Number(value, digits=3)
    if np.isnan(low):
        return message("returns_without_interval", value=total)
    verdict = "constant"
    if high < 1:
        verdict = "decreasing"
    elif low > 1:
        verdict = "increasing"
    return message(
        "returns_to_scale",
        value=total,
        level=Share(LEVEL),
        low=Number(low, digits=3),
        high=Number(high, digits=3),
        verdict=Code(f"codes.verdict.{verdict}"),
    )


def _rows(found: ProductionFunction) -> list[Message]:
    """How many rows were used, and how many were not."""
    panel = found.panel
    rows, firms, lagged = (Count(size) for size in (panel.output.size, panel.firms, panel.now.size))
    said = [message("used", count=rows, firms=firms, lagged=lagged)]
    lost = panel.rows.height - panel.output.size
    said += counted("left_out", lost, all=Count(panel.rows.height))
    return said


def _dispersion(by_year: pl.DataFrame) -> list[Message]:
    """How far firms lie apart in the last year, and whether the productive ones are large."""
    last = by_year.row(-1, named=True)
    year, ratio, covariance = Year(last["year"]), last["p90_p10_ratio"], last["covariance_log"]
    said = []
    if np.isfinite(ratio):
        said.append(message("dispersion", year=year, ratio=Number(ratio)))
    gain = float(np.expm1(covariance))
    if np.isfinite(gain):
        said.append(message("allocation", year=year, gain=Growth(gain, digits=1)))
    return said


def _alternatives(found: ProductionFunction) -> list[Message]:
    """Other sets of coefficients that the data allow as well."""
    said = []
    if "several_solutions" in found.cautions:
        said.append(message("several_solutions", count=Count(rivals(found.solutions))))
    if "several_minima" in found.cautions:
        said.append(message("several_minima"))
    return said


def _of_method(method: str, output_is: str) -> list[Message]:
    """The conventions of a method."""
    degree = Count(DEGREE)
    if method == "wooldridge":
        closed_form = message("errors_closed_form", level=Share(LEVEL))
        return [message("system", degree=degree), closed_form, message("both_years")]
    polynomials = message("polynomials", degree=degree)
    if method == "acf":
        return [message("cobb_douglas"), polynomials, message("innovation"), message("both_stages")]
    said = [polynomials, *map(message, ("law_of_output", "no_exit", "both_stages"))]
    if method == "lp":
        said.insert(0, message(f"output_{output_is}"))
    return said


def _of_errors(found: ProductionFunction, seed: int) -> list[Message]:
    """What productivity is, and how its errors were made."""
    said = [message("productivity")]
    drawn = found.draws
    if drawn is None:
        # Wooldridge's system has errors in closed form, and needs no draws
        if found.method != "wooldridge":
            said.append(message("no_errors"))
        return said
    done = Count(len(drawn.values))
    seed_value = Name(str(seed))
    said.append(message("bootstrap", draws=done, seed=seed_value, level=Share(LEVEL)))
    said += counted("draws_unmet", found.unmet)
    said += counted("draws_failed", drawn.failed)
    return said


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """What does not go together."""
    if arguments["replications"] == 1 and arguments["method"] != "wooldridge":
        return message("one_replication")
    return None


FIRMS = Measurement(
    firms,
    citation="Olley and Pakes 1996, Econometrica 64; "
    "Levinsohn and Petrin 2003, Review of Economic Studies 70; "
    "Ackerberg, Caves and Frazer 2015, Econometrica 83; Wooldridge 2009, Economics Letters 104",
    sample=Sample(
        {
            "output": "y",
            "free": ["l"],
            "state": ["k"],
            "proxy": ["m"],
            "log": False,
            "replications": 20,
        }
    ),
    check=_check,
)
