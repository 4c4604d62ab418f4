"""Border effects: how many times as large flows are within a border as across it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Unpack

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import check_choice
from firstlight.instruments.places.border_effects.border_estimates import (
    BorderEstimates,
    border_estimates,
)
from firstlight.instruments.places.secret_flows import (
    ENDLESS,
    FlowColumns,
    SecretFlows,
    check_secret,
    secret_flows,
    secret_said,
)
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.numerics.row_checks import refuse_low
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Code,
    Count,
    Figure,
    List,
    Message,
    Name,
    Number,
    Share,
    Value,
    Year,
    message,
    names,
)

CORNERS = {  # which end flows within the border, and flows across it, are at
    "all_least": ("least", "least"),
    "all_most": ("most", "most"),
    "within_most": ("most", "least"),
    "across_most": ("least", "most"),
}


def border(
    frame: Any,
    *,
    within: Annotated[str | None, roles.Number()] = "within",
    distance: Annotated[str | None, roles.Number()] = "distance",
    covariates: Annotated[Sequence[str] | None, roles.Columns()] = None,
    log_covariates: Annotated[Sequence[str] | None, roles.Columns()] = None,
    elasticity: Annotated[float | None, roles.Bounds(0, is_above=True)] = None,
    interval: Literal["jackknife", "clustered"] = "jackknife",
    level: Annotated[float, roles.Bounds(0.5, 0.99)] = 0.9,
    secret_most: Annotated[float | None, roles.Bounds(0)] = None,
    flows_total: Annotated[float | None, roles.Bounds(0)] = None,
    secret_least: Annotated[float, roles.Bounds(0)] = 0.0,
    empty: Literal["missing", "secret"] = "missing",
    progress: Progress | None = None,
    **columns: Unpack[FlowColumns],
) -> Result:
    """How many times as large flows are within a border as across it, given what each place sends
    and receives in all.

    A Poisson regression of flows on the border and further columns, with a fixed effect for each
    origin and destination; each year is a regression of its own.

    Parameters
    ----------
    frame
        A row for each origin and destination, and year; a pair without a row is not in the
        regression.
    within
        Column that is 1 within the border and 0 across it; without it a place is within with itself
        alone.
    distance
        Column of distances above 0, also of a place to itself; used by its logarithm.
    covariates
        Further columns that are held equal, as they are.
    log_covariates
        Further columns that are held equal, by their logarithm.
    elasticity
        Elasticity of trade to its cost, above 0, by which the border is expressed as a tariff.
    interval
        Leaving out each place in turn, or clustered by origin and destination, which is quicker and
        too narrow with few places.
    level
        Probability that the interval holds.
    secret_most
        The largest flow that a cell marked S, * and the like can hide.
    flows_total
        The published sum of all flows of the year, secret ones included.
    secret_least
        The smallest flow that such a cell can hide.
    empty
        Whether a row without a flow is missing or secret.
    progress
        Called with the places that were left out, and all that will be.
    **columns
        Columns of the table: `FlowColumns`.

    Returns
    -------
    Result with the tables ``border_effects`` (year, border_log, border_ratio = its exponential:
    flows within over across, both with their ends, flows_count, places_count, reason; with an
    elasticity tariff_equivalent_share), ``border_coefficients`` (year, covariate, is_log,
    coefficient with its ends), ``left_out`` (origin, destination, year, reason), and where flows
    are secret ``border_corners`` (corner, year, border_ratio).

    Raises
    ------
    InputError
        For a border that is neither 0 nor 1, a logarithm of 0 or less, a covariate that can't be
        told from the places and the others, and where pyfixest is not installed.

    References
    ----------
    McCallum 1995, American Economic Review 85(3), 615-623; Santos Silva and Tenreyro 2006, Review
    of Economics and Statistics 88(4), 641-658.

    Examples
    --------
    >>> import polars as pl
    >>> ends = {"origin": list("aaabbbccc"), "destination": list("abc") * 3}
    >>> found = border(pl.DataFrame({**ends, "flow": [8, 2, 2, 2, 8, 2, 2, 2, 8]}))
    >>> found.table["border_ratio"].round(6).to_list()
    [4.0]
    """
    arguments = locals()
    data = BORDER.read(arguments)
    rows, held = _regressors(data, arguments)
    how: dict[str, Any] = {"interval": interval, "level": level}
    found = border_estimates(rows, **how, progress=progress)
    tables = _tables(found, held, elasticity)
    secret = secret_flows(rows, arguments)
    if secret is not None:
        if secret.has_ends:
            tables["border_corners"] = _corners(secret)
        tables["secret_flows"] = secret.table()
    said = (
        *_answer(tables["border_effects"], level),
        *_corner_range(tables.get("border_corners")),
        *secret_said(secret),
        *_left_out(found.left_out),
    )
    if not data.has("year"):
        tables = {name: table.drop("year", strict=False) for name, table in tables.items()}
    charts: tuple[Chart, ...] = ()
    if data.has("year"):
        ends = Mark("border_ratio", "line", "border_ratio_low", "border_ratio_high")
        charts = (Chart("border", "border_effects", "year", (ends,)),)
    return Result(
        tables,
        said,
        BORDER.texts,
        conventions=_conventions(data, arguments, held, secret),
        charts=charts,
        given=data.given,
    )


def _regressors(
    data: Data, arguments: Mapping[str, Any]
) -> tuple[pl.DataFrame, list[tuple[str, bool]]]:
    """The rows, sorted, with z0 (1 within the border, 0 across), z1, ...; and each covariate, and
    whether it is a logarithm."""
    home = (data.frame["origin"] == data.frame["destination"]).cast(pl.Float64)
    if data.has("within"):
        home = data.frame["within"]
    z, held = [home], []
    for name, is_log in (("covariates", False), ("log_covariates", True)):
        for column in data.several.get(name, pl.DataFrame()):
            held.append((column.name, is_log))
            z.append(column)
    if data.has("distance"):
        at = len(arguments["covariates"] or ())
        held.insert(at, (arguments["distance"], True))
        z.insert(1 + at, data.frame["distance"])
    rows = data.frame.with_columns(own.alias(f"z{k}") for k, own in enumerate(z))
    rows = rows.sort("year", "origin", "destination")
    if data.has("within"):
        for *ends, value in rows.select("origin", "destination", "z0").rows():
            check_choice(f"{arguments['within']} ({', '.join(ends)})", value, (0.0, 1.0))
    for k, (name, is_log) in enumerate(held, start=1):
        if is_log:
            own = rows.select("origin", "destination", pl.col(f"z{k}").alias(name))
            refuse_low(own, ["origin", "destination"], name, sign="positive")
    logs = [pl.col(f"z{k}").log() for k, (_, is_log) in enumerate(held, start=1) if is_log]
    return rows.with_columns(logs), held


def _tables(
    found: BorderEstimates, held: list[tuple[str, bool]], elasticity: float | None
) -> dict[str, pl.DataFrame]:
    effects = found.effects
    if elasticity is not None:
        tariff = (pl.col("border_log") / elasticity).exp() - 1
        effects = effects.with_columns(tariff_equivalent_share=tariff)
        effects = effects.select(pl.exclude("reason"), "reason")
    tables = {"border_effects": effects}
    if held:
        numbers = range(1, len(held) + 1)
        known = {
            "covariate": numbers,
            "name": [name for name, _ in held],
            "is_log": [is_log for _, is_log in held],
        }
        known_names = pl.DataFrame(known, schema_overrides={"covariate": pl.Int64})
        own = found.coefficients.join(known_names, on="covariate", maintain_order="left")
        tables["border_coefficients"] = own.select(
            "year", "is_log", pl.col("^coefficient.*$"), covariate="name"
        ).select("year", "covariate", "is_log", pl.col("^coefficient.*$"))
    return {**tables, "left_out": found.left_out}


def _corners(secret: SecretFlows) -> pl.DataFrame:
    """The effect with secret flows at the ends of what they can be: values, and no bounds."""
    parts = []
    for corner, (within, across) in CORNERS.items():
        flow = pl.when(pl.col("z0") == 1).then(within).otherwise(across)
        # the quicker interval, which is not used
        found = border_estimates(secret.rows.with_columns(flow=flow), interval="clustered")
        part = found.effects.select("year", "border_ratio", corner=pl.lit(corner))
        parts.append(part.select("corner", "year", "border_ratio"))
    table = pl.concat(parts)
    return table.sort("year", "border_ratio", nulls_last=True, maintain_order=True)


def _answer(effects: pl.DataFrame, level: float) -> list[Message]:
    """The effect in the last year, then in the first; and why there is none."""
    known = effects.drop_nulls("border_ratio")
    said = [_effect(row, level) for row in known[[-1, 0][: known.height]].iter_rows(named=True)]
    lost = effects.filter(pl.col("border_ratio").is_null())
    if lost.height:
        codes = lost["reason"].unique(maintain_order=True)
        reasons = List(tuple(Code(f"codes.reason.{code}") for code in codes))
        if lost["year"].null_count():
            said.append(message("none", reasons=reasons))
        else:
            years = List(tuple(map(Year, lost["year"])))
            said.append(message("none_in", years=years, reasons=reasons))
    return said


def _effect(row: Mapping[str, Any], level: float) -> Message:
    low, high = row["border_ratio_low"], row["border_ratio_high"]
    values: dict[str, Value[Any]] = {"ratio": Number(row["border_ratio"])}
    if row["year"] is not None:
        values["year"] = Year(row["year"])
    if low is None:
        values["reason"] = Code(f"codes.reason.{row['reason']}")
        return message("ratio" if row["year"] is None else "ratio_in", **values)
    verdict = "unclear"
    if low > 1:
        verdict = "border"
    elif high < 1:
        verdict = "reverse"
    values |= {"low": Number(low), "high": Number(high), "level": Share(level)}
    values["verdict"] = Code(f"codes.verdict.{verdict}")
    return message("interval" if row["year"] is None else "interval_in", **values)


def _corner_range(corners: pl.DataFrame | None) -> list[Message]:
    """Which effects of the last year the corners give."""
    if corners is None or not corners["border_ratio"].count():
        return []
    known = corners.drop_nulls("border_ratio")
    year = known["year"][-1]
    own = known.filter(pl.col("year").eq_missing(year))["border_ratio"]
    ends = {"low": Number(own[0]), "high": Number(own[-1])}
    if year is None:
        return [message("corners", **ends)]
    return [message("corners_in", year=Year(year), **ends)]


def _left_out(rows: pl.DataFrame) -> list[Message]:
    """How many rows are not used, and one of them."""
    if not rows.height:
        return []
    first = rows.row(0, named=True)
    ends = {"origin": Name(first["origin"]), "destination": Name(first["destination"])}
    reason = Code(f"codes.reason.{first['reason']}")
    return [message("left_out", count=Count(rows.height), reason=reason, **ends)]


def _conventions(
    data: Data,
    arguments: Mapping[str, Any],
    held: list[tuple[str, bool]],
    secret: SecretFlows | None,
) -> tuple[Message, ...]:
    said = [message("poisson")]
    if data.has("within"):
        said.append(message("by_column", column=Name(arguments["within"])))
    else:
        said.append(message("by_place"))
    if held:
        said.append(message("held_equal", columns=names((name for name, _ in held), len(held))))
    else:
        said.append(message("nothing_held_equal"))
    said.append(message(f"interval_{arguments['interval']}", level=Share(arguments["level"])))
    said.append(message("absent_rows"))
    if arguments["elasticity"] is not None:
        said.append(message("tariff", elasticity=Figure(arguments["elasticity"])))
    if secret is not None:
        said.append(message("secret_corners") if secret.has_ends else ENDLESS)
    return tuple(said)


BORDER = Measurement(
    border,
    citation="McCallum 1995, American Economic Review 85(3); "
    "Santos Silva and Tenreyro 2006, Review of Economics and Statistics 88(4)",
    sample=Sample(),
    check=check_secret,
    brief=("year", "border_ratio", "border_log", "flows_count", "places_count"),
)
