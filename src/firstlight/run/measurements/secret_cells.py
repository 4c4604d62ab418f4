"""Flows that are kept secret: how many, what they can be, and what that leaves open of local bias and of a border."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.finding import Words
from firstlight.run.measurements.curves import add_conventions, add_sentences, told_first

Choices = Mapping[str, Any]
CORNERS = {  # code of a corner: which end flows within the border, and flows across it, are at
    "all_least": ("least", "least"),
    "all_most": ("most", "most"),
    "within_most": ("most", "least"),
    "across_most": ("least", "most"),
}
NO_BOUND: Words = (
    "secret flows are left out of the border's effect. Poisson gravity does not rise or fall with each flow, so no bound is proved: "
    "the corners show the effect with them at the ends of what they can be, and are no bounds",
    "边界效应不含保密流量。泊松引力估计对单个流量并不单调，无法证明其上下界；所列为保密流量取端点值时的估计，并非上下界",
)
BOUNDS: Words = (
    "with secret flows places have no local bias but a range: the least and the most over all values that these flows can have; of the sum "
    "over all places only the home share has a proved range",
    "含保密流量时，本地偏好只给出范围，即保密流量取一切可能值时的最小与最大值；全部地区合计仅本地份额的范围得到证明",
)
ENDLESS: Words = (
    "no range: nothing says how large a secret flow can be; --secret-most tells it",
    "无范围：未知保密流量的上限，可用--secret-most给出",
)


@dataclass(frozen=True)
class Secret:
    """Flows with the least and the most that each can be; both are the flow where it is known, null where it is missing.

    rows  : the frame, with columns least, most and is_secret
    total : the published sum of all flows, where the reader knows it
    """

    rows: pl.DataFrame
    total: float | None = None

    @property
    def count(self) -> int:
        """How many flows are secret."""
        return int(self.rows["is_secret"].sum())

    @property
    def has_ends(self) -> bool:
        """Whether each secret flow has a known largest value."""
        return bool(np.isfinite(self.rows.filter("is_secret")["most"].to_numpy()).all())

    def table(self) -> pl.DataFrame:
        """Table ``secret_flows``: year, flows and secret ones, the least and the most they sum to, and that as a share of all."""
        own = pl.col("is_secret")
        known = pl.col("flow").sort().sum()
        least, most = (
            pl.col("least").filter(own).sort().sum(),
            pl.col("most").filter(own).sort().sum(),
        )
        found = self.rows.group_by("year").agg(
            flows_count=pl.len().cast(pl.Int64),
            secret_count=own.sum().cast(pl.Int64),
            known_sum=known,
            least=least,
            most=most,
        )
        is_finite = pl.col("most").is_finite()
        return found.sort("year").select(
            "year",
            "flows_count",
            "secret_count",
            secret_least="least",
            secret_most=pl.when(is_finite).then("most"),
            secret_share_least=_part("least", "known_sum"),
            secret_share_most=pl.when(is_finite).then(_part("most", "known_sum")),
        )

    def sentences(self) -> list[tuple[str, Words]]:
        """How many flows are secret, and which share of all flows they can be."""
        table, every = self.table(), self.rows.height
        known = float(self.rows["flow"].sum() or 0.0)
        ends = [float(self.rows.filter("is_secret")[end].sum()) for end in ("least", "most")]
        english, chinese = (
            f"{self.count:,} of {every:,} flows are secret",
            f"{every:,}个流量中{self.count:,}个保密",
        )
        if table["secret_most"].null_count() == 0 and known + ends[1] > 0:
            low, high = (end / (known + end) if known + end > 0 else 0.0 for end in ends)
            english += f"; they are {low:.1%} to {high:.1%} of all flows, by what their marks allow"
            chinese += f"；按其标记，占全部流量的{low:.1%}至{high:.1%}"
        if self.total:
            rest = 1 - known / self.total
            english += f"; of the published total {rest:.1%} is in no known flow"
            chinese += f"；公布总量的{rest:.1%}不在已知流量中"
        return [("secret", (f"{english}.", f"{chinese}。"))]


def _part(sum_of: str, known: str) -> pl.Expr:
    return pl.when(pl.col(sum_of) + pl.col(known) > 0).then(
        pl.col(sum_of) / (pl.col(sum_of) + pl.col(known))
    )


def check_secret(choices: Choices) -> None:
    """Raises  InputError where the smallest secret flow is above the largest."""
    most, least = choices["secret_most"], choices["secret_least"]
    if least and most is None:
        raise InputError(
            "a smallest secret flow without a largest",
            where="--secret-least",
            try_next="--secret-most",
        )
    if most is not None and least > most:
        raise InputError(
            f"{least:g} to {most:g}", where="--secret-least", try_next="the smallest first"
        )


def secret_flows(frame: pl.DataFrame, choices: Choices) -> Secret | None:
    """What each flow can be; None where none is secret.

    A cell "<5" is 0 to 4 where all known flows are whole numbers, 0 to 5 otherwise; other marks, and empty cells where the reader
    says that they are secret, are what the choices say.
    """
    below = pl.col("flow_below") if "flow_below" in frame.columns else pl.lit(None, pl.Float64)
    rows = frame.with_columns(below.fill_nan(None).alias("flow_below"))
    if choices["empty"] == "secret":
        rows = rows.with_columns(
            pl.when(pl.col("flow").is_null())
            .then(pl.col("flow_below").fill_null(np.inf))
            .alias("flow_below")
        )
    rows = rows.with_columns(
        is_secret=pl.col("flow").is_null() & pl.col("flow_below").is_not_null()
    )
    if not rows["is_secret"].any():
        return None
    known = rows["flow"].drop_nulls()
    total = choices["flows_total"]
    if total is not None:
        _check_total(rows, float(total), float(known.sort().sum()))
    step = 1.0 if known.len() and bool((known == known.round()).all()) else 0.0
    told = pl.col("flow_below").is_finite()
    is_whole = pl.col("flow_below") == pl.col("flow_below").round()
    top = (
        pl.when(is_whole)
        .then((pl.col("flow_below") - step).clip(0.0))
        .otherwise(pl.col("flow_below"))
    )
    most = float("inf") if choices["secret_most"] is None else float(choices["secret_most"])
    secret = pl.col("is_secret")
    return Secret(
        rows.with_columns(
            least=pl.when(secret)
            .then(pl.when(told).then(0.0).otherwise(choices["secret_least"]))
            .otherwise("flow"),
            most=pl.when(secret).then(pl.when(told).then(top).otherwise(most)).otherwise("flow"),
        ),
        total,
    )


def _check_total(rows: pl.DataFrame, total: float, known: float) -> None:
    """Raises  InputError for one total of several years, or one that is less than the known flows."""
    if rows["year"].n_unique() > 1:
        raise InputError(
            "one total, and several years", where="--flows-total", try_next="hand in one year"
        )
    if known > total * (1 + 1e-9):
        raise InputError(
            f"known flows add up to {known:g}, and the total is {total:g}",
            where="--flows-total",
            try_next="the total of all flows in the table's unit",
        )


def add_secret(tables: dict[str, pl.DataFrame], secret: Secret, convention: Words) -> None:
    """Put what is said of secret flows first among sentences, and into the conventions."""
    tables["sentences"] = told_first(tables["sentences"], secret.sentences())
    add_conventions(tables, convention if secret.has_ends else ENDLESS)
    tables["secret_flows"] = secret.table()


def say_corners(tables: dict[str, pl.DataFrame]) -> None:
    """Say which effects of the last year the corners give, beside the one without secret flows."""
    corners = tables["border_corners"].drop_nulls("border_ratio")
    if not corners.height:
        return
    year = corners["year"][-1]
    own = corners.filter(pl.col("year").eq_missing(year))["border_ratio"]
    when = ("", "") if year is None else (f" in {year}", f"{year}年")
    low, high = (f"{end:.2f}" for end in (min(own.to_list()), max(own.to_list())))
    english = f"With secret flows at the ends of what they can be{when[0]} it is {low} to {high}: values, and no bounds."
    add_sentences(
        tables,
        [
            (
                "corners",
                (english, f"{when[1]}保密流量取端点值时为{low}至{high}：仅为取值，并非上下界。"),
            )
        ],
    )


def border_corners(
    secret: Secret, estimate: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """The border's effect with secret flows at the ends of what they can be; these are values, and no bounds.

    estimate : a frame with all flows -> period, border_ratio
    """
    home = pl.col("origin") == pl.col("destination")
    has_sides = (
        "within" in secret.rows.columns and secret.rows["within"].null_count() < secret.rows.height
    )
    inside = pl.col("within") == 1 if has_sides else home
    parts = []
    for corner, (within, across) in CORNERS.items():
        filled = secret.rows.with_columns(flow=pl.when(inside).then(within).otherwise(across))
        found = estimate(filled).select(
            pl.lit(corner).alias("corner"), year="period", border_ratio="border_ratio"
        )
        parts.append(found)
    return pl.concat(parts).sort("year", "border_ratio", nulls_last=True, maintain_order=True)
