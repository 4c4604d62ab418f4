"""A Cobb-Douglas production function on a panel, with effects, through ``linearmodels``.

The estimator is that of the library (``PanelOLS``); here the columns are named, logged and checked.
Where inputs answer to productivity that the firm knows and we don't, effects do not cure the bias:
that is what the proxy estimators (Olley-Pakes and after) are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError, check_choice, installing
from firstlight.instruments.productivity.yearly_series import read_yearly
from firstlight.texts import Code, Count, Name, message, names

FOLDER = Path(__file__).parent
EFFECTS = ("none", "unit", "unit_year")
ERRORS = ("clustered", "robust", "unadjusted")


@dataclass(frozen=True)
class PanelProduction:
    """A fitted production function, a row per term.

    table : term, coefficient (an elasticity for inputs), standard_error, low, high (95%), p_value
    tfp   : unit, year, tfp_log: log output less the elasticities times log inputs (all that inputs
            don't explain: effects, other terms and residual)
    returns_to_scale : sum of the inputs' elasticities; within_r_squared; row_count, unit_count
    """

    table: pl.DataFrame
    tfp: pl.DataFrame = field(repr=False)
    returns_to_scale: float
    within_r_squared: float
    row_count: int
    unit_count: int


def panel_production(
    frame: Any,
    output: str,
    inputs: Sequence[str],
    *,
    others: Sequence[str] = (),
    unit: str = "unit",
    year: str = "year",
    effects: str = "unit",
    errors: str = "clustered",
) -> PanelProduction:
    """Elasticities of output to inputs: log y = effects + sum beta log x + sum gamma z + e.

    Parameters
    ----------
    frame
        A row for each unit and year; those with something missing are left out.
    output
        Column of levels, positive, logged here.
    inputs
        Columns of levels, positive, logged here.
    others
        Columns taken as they are (an unemployment rate).
    unit
        Column of the units.
    year
        Column of the years.
    effects
        ``none``, ``unit`` or ``unit_year``.
    errors
        ``clustered`` (by unit), ``robust`` or ``unadjusted``.

    Returns
    -------
    PanelProduction, with ``table`` (term, coefficient, an elasticity for inputs, standard_error,
    low, high, p_value), ``tfp`` (unit, year, tfp_log), ``returns_to_scale``, ``within_r_squared``,
    ``row_count`` and ``unit_count``.

    Raises
    ------
    InputError
        Where linearmodels is not installed, as ``read_yearly``, for a column that the effects
        absorb, or too few rows.

    References
    ----------
    Baltagi (2021), Econometric Analysis of Panel Data, ch. 2; Munnell (1990), New England Economic
    Review.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = pl.DataFrame({"unit": np.repeat(["a", "b", "c"], 9),
    ...     "year": np.tile(np.arange(9), 3), "k": rng.uniform(1, 9, 27)})
    >>> rows = rows.with_columns(y=2 * pl.col("k") ** 0.4)
    >>> round(panel_production(rows, "y", ["k"]).returns_to_scale, 6)
    0.4
    """
    check_choice("effects", effects, EFFECTS)
    check_choice("errors", errors, ERRORS)
    if not inputs:
        given = {"parameter": Name("inputs"), "kind": Code("kinds.columns")}
        raise InputError(message("not_given", **given))
    terms = [*inputs, *others]
    table = read_yearly(frame, [output, *terms], unit=unit, year=year, positive=[output, *inputs])
    kept = table.drop_nulls()
    if kept.height <= len(terms) + (kept["unit"].n_unique() if effects != "none" else 1):
        counts = {"count": Count(kept.height), "terms": Count(len(terms))}
        raise InputError(message("few_whole_rows", **counts), FOLDER)
    logged = kept.with_columns(pl.col([output, *inputs]).log())
    fitted = _fit(logged, output, terms, effects, errors)
    beta = np.array([float(fitted.params[name]) for name in terms])
    interval = fitted.conf_int()
    found = pl.DataFrame(
        {
            "term": terms,
            "coefficient": beta,
            "standard_error": [float(fitted.std_errors[name]) for name in terms],
            "low": [float(interval.loc[name].iloc[0]) for name in terms],
            "high": [float(interval.loc[name].iloc[1]) for name in terms],
            "p_value": [float(fitted.pvalues[name]) for name in terms],
        }
    )
    explained = logged.select(inputs).to_numpy() @ beta[: len(inputs)]
    scale = float(beta[: len(inputs)].sum())
    return PanelProduction(
        table=found,
        tfp=kept.select("unit", "year").with_columns(tfp_log=logged[output].to_numpy() - explained),
        returns_to_scale=scale,
        within_r_squared=float(fitted.rsquared_within),
        row_count=kept.height,
        unit_count=kept["unit"].n_unique(),
    )


def _fit(logged: pl.DataFrame, output: str, terms: list[str], effects: str, errors: str) -> Any:
    try:
        from linearmodels.panel import PanelOLS
        from linearmodels.panel.utility import AbsorbingEffectError
        from pandas import DataFrame
    except ModuleNotFoundError as error:
        raise InputError(
            message("no_linearmodels", command=installing("panels")), FOLDER
        ) from error
    data = DataFrame({name: logged[name].to_numpy() for name in logged.columns}).set_index(
        ["unit", "year"]
    )
    design = data[terms] if effects != "none" else data[terms].assign(constant=1.0)
    model = PanelOLS(
        data[output], design, entity_effects=effects != "none", time_effects=effects == "unit_year"
    )
    options = {"cluster_entity": True} if errors == "clustered" else {}
    try:
        return model.fit(cov_type=errors, **options)
    except (AbsorbingEffectError, ValueError) as error:
        said = Name(str(error).strip().splitlines()[0])
        raise InputError(message("terms_alike", said=said, terms=names(terms)), FOLDER) from error
