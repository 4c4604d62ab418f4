"""Flows that are kept secret: how many, and what each can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.errors import InputError, check_bounds, excludes, needs
from firstlight.texts import Count, Figure, Message, Name, Share, message

# known flows that pass their total by less than this share pass it by rounding
ROUNDING = 1e-9
ENDLESS = message("secret_endless")
"""The convention where nothing says how large a secret flow can be."""


class FlowColumns(TypedDict, total=False):
    """Columns of flows between places, some of them secret, which measurements of borders share,
    each by its own name unless another is given.

    Parameters
    ----------
    origin
        Column of the places that send.
    destination
        Column of the places that receive.
    year
        Column of the years.
    flow
        Column of the flows, all in one unit.
    flow_below
        Column of what a secret flow is below, where the flow is left empty.
    """

    origin: Annotated[str, roles.Key()]
    destination: Annotated[str, roles.Key()]
    year: Annotated[str | None, roles.Year()]
    flow: Annotated[str, roles.Number("zero")]
    flow_below: Annotated[str | None, roles.Number("zero", secret_of="flow")]


@dataclass(frozen=True)
class SecretFlows:
    """Flows with the least and the most that each can be.

    rows  : origin, destination, year, flow (null where secret or missing), least and most (both the
            flow where it is known, null where it is missing), is_secret, and the other columns of
            the table
    total : the published sum of all flows, where it is known
    """

    rows: pl.DataFrame
    total: float | None = None

    @property
    def has_ends(self) -> bool:
        """Whether each secret flow has a known largest value."""
        return bool(np.isfinite(self.rows.filter("is_secret")["most"].to_numpy()).all())

    def table(self) -> pl.DataFrame:
        """For each year: flows, secret ones, the least and the most that these sum to, and as a
        share of all flows."""
        own = pl.col("is_secret")
        # sums in one order, so that the order of rows does not decide the last digit
        parts = self.rows.group_by("year").agg(
            flows_count=pl.len().cast(pl.Int64),
            secret_count=own.sum().cast(pl.Int64),
            known=pl.col("flow").sort().sum(),
            least=pl.col("least").filter(own).sort().sum(),
            most=pl.col("most").filter(own).sort().sum(),
        )
        is_finite = pl.col("most").is_finite()
        table = parts.sort("year").select(
            "year",
            "flows_count",
            "secret_count",
            secret_least="least",
            secret_most=pl.when(is_finite).then("most"),
            secret_share_least=_share_of_all("least"),
            secret_share_most=pl.when(is_finite).then(_share_of_all("most")),
        )
        return table if self.rows["year"].count() else table.drop("year")

    def said(self) -> list[Message]:
        """How many flows are secret, and which share of all flows they can be."""
        rows = self.rows.filter("is_secret")
        counts = {"count": Count(rows.height), "all": Count(self.rows.height)}
        known = float(self.rows["flow"].sort().sum())
        least, most = (float(rows[end].sort().sum()) for end in ("least", "most"))
        if self.has_ends and known + most > 0:
            low = least / ((known + least) or 1.0)  # nothing known, and perhaps nothing secret
            ends = {"low": Share(low, digits=1), "high": Share(most / (known + most), digits=1)}
            said = [message("secret_between", **counts, **ends)]
        else:
            said = [message("secret", **counts)]
        if self.total:
            said.append(message("in_no_known_flow", share=Share(1 - known / self.total, digits=1)))
        return said


def secret_said(secret: SecretFlows | None) -> list[Message]:
    """What is said of the secret flows, if there are any."""
    if secret is None:
        return []
    return secret.said()


def _share_of_all(end: str) -> pl.Expr:
    whole = pl.col(end) + pl.col("known")
    return pl.when(whole > 0).then(pl.col(end) / whole)


def check_secret(arguments: Mapping[str, Any]) -> Message | None:
    """What is wrong with the ends of what secret flows can be."""
    least, most = arguments["secret_least"], arguments["secret_most"]
    if least and most is None:
        return needs("secret_least", "secret_most")
    if most is not None and least > most:
        bounds = {"low": Figure(0), "high": Figure(most)}
        return message(
            "out_of_bounds", parameter=Name("secret_least"), value=Figure(least), **bounds
        )
    return None


def secret_flows(flows: pl.DataFrame, arguments: Mapping[str, Any]) -> SecretFlows | None:
    """What each flow can be; None where none is secret.

    A cell "<5" is 0 to 4 where all known flows are whole numbers, 0 to 5 otherwise; other marks,
    and empty cells where they are said to be secret, are what the arguments say.

    flows     : origin, destination, year, flow, flow_below, which is infinite for marks that say
                nothing of the size
    arguments : empty, secret_least, secret_most, flows_total

    Raises InputError for one total of several years, or one that is less than the known flows.
    """
    below = pl.col("flow_below").fill_nan(None)
    if arguments["empty"] == "secret":
        below = below.fill_null(np.inf)
    rows = flows.with_columns(flow_below=pl.when(pl.col("flow").is_null()).then(below))
    rows = rows.with_columns(is_secret=pl.col("flow_below").is_not_null())
    if not rows["is_secret"].any():
        return None
    known = rows["flow"].drop_nulls()
    _check_total(rows, arguments["flows_total"], float(known.sort().sum()))
    are_whole = known.len() > 0 and bool((known == known.round()).all())
    limit = pl.col("flow_below")
    is_step = pl.lit(are_whole) & (limit == limit.round())
    top = pl.when(is_step).then((limit - 1.0).clip(0.0)).otherwise(limit)
    most = np.inf if arguments["secret_most"] is None else float(arguments["secret_most"])
    is_marked = limit.is_finite()
    least = pl.when(is_marked).then(0.0).otherwise(float(arguments["secret_least"]))
    return SecretFlows(
        rows.with_columns(
            least=pl.when("is_secret").then(least).otherwise("flow"),
            most=pl.when("is_secret")
            .then(pl.when(is_marked).then(top).otherwise(most))
            .otherwise("flow"),
        ),
        arguments["flows_total"],
    )


def _check_total(rows: pl.DataFrame, total: float | None, known: float) -> None:
    if total is None:
        return
    if rows["year"].n_unique() > 1:
        raise InputError(excludes("flows_total", "year"))
    if known > total * (1 + ROUNDING):
        check_bounds("flows_total", total, known)
