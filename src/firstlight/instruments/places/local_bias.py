"""Local bias: how much more places deal with themselves than their sizes say, from a table of flows.

Symbols: X_ij flow from i to j, Y_i all that i sends, E_j all that j receives, Y the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.places.flow_table import read_flows
from firstlight.instruments.places.price_panel import Array
from firstlight.numerics.finding import Finding, Words, listed, listed_zh
from firstlight.numerics.long_frames import nan_to_null


@dataclass(frozen=True, kw_only=True)
class LocalBias(Finding):
    """How much places deal with themselves, dimensionless; a row per place and period.

    table     : place, period (null where the frame has none), home_share (of what the place receives, 0 to 1), expected_share (the
                place's share of all that is sent), local_bias_ratio (one over the other; 1 = as sizes say), local_bias_index
                (1 = nothing comes from elsewhere, 0 = as sizes say, below 0 = less at home than sizes say), reason_en, reason_zh
    pairs     : place, other_place, period, freeness_ratio (0 = closed, 1 = trade between as easy as within), reason_en, reason_zh
    by_period : period, local_bias_ratio (all home flows over those expected of sizes), home_share
    """

    pairs: pl.DataFrame = field(repr=False)
    by_period: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        rows = self.table.drop_nulls("local_bias_index")
        return (
            alt.Chart(rows)
            .mark_bar()
            .encode(x="local_bias_index:Q", y=alt.Y("place:N", sort="-x"), row="period:N")
        )


def local_bias_of(flows: Any) -> tuple[Array, Array, Array, Array]:
    """Home share, what sizes say of it, their ratio, and the index.

    h_i = X_ii / E_i; e_i = Y_i / Y; ratio h / e = X_ii Y / (Y_i E_i); index 1 - (1 - h) / (1 - e).

    flows : (n, n), not negative, from rows to columns, any one unit; home flows on the diagonal
    Returns four arrays (n,); nan where a place sends or receives nothing, or where one place is all.
    Raises  InputError where flows are not square, negative or not finite.
    Source: ratio (constructed home bias): Anderson and Yotov (2010), American Economic Review 100(5), 2157-2186; index: as in
            portfolios, Ahearne, Griever and Warnock (2004), Journal of International Economics 62(2), 313-336.

    >>> [part.round(2).tolist() for part in local_bias_of([[8, 2], [2, 8]])]
    [[0.8, 0.8], [0.5, 0.5], [1.6, 1.6], [0.6, 0.6]]
    """
    x = _checked(flows)
    sent, received, whole = x.sum(axis=1), x.sum(axis=0), x.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        home = np.where(received > 0, np.diag(x) / received, np.nan)
        expected = np.where(sent > 0, sent / whole, np.nan)
        # 1 less each share, by its own sum: a difference loses its digits where a place is nearly all there is
        elsewhere, others = (
            np.where(np.eye(len(x), dtype=bool), 0.0, part).sum(axis=0)
            for part in (x, sent[:, None])
        )
        index = 1 - np.where(sent > 0, elsewhere / received, np.nan) / np.where(
            others > 0, others / whole, np.nan
        )
        return home, expected, home / expected, index


def freeness_of_trade(flows: Any) -> Array:
    """How easy trade between two places is beside trade within them, sqrt(X_ij X_ji / (X_ii X_jj)).

    Sizes, and all that makes a place a good seller or buyer, cancel. 1 minus it is a measure of the border between.

    flows : (n, n), as in ``local_bias_of``
    Returns (n, n), symmetric, 1 on the diagonal; nan where a home flow is 0.
    Raises  InputError as ``local_bias_of``.
    Source: Head and Ries (2001), American Economic Review 91(4), 858-876; Head and Mayer (2004), Handbook of Regional and Urban
            Economics 4, ch. 59.

    >>> freeness_of_trade([[8, 1], [4, 2]]).round(2).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    x = _checked(flows)
    home = np.sqrt(np.diag(x))
    scale = np.where(home > 0, home, np.nan)
    roots = np.sqrt(x)
    return np.asarray((roots / scale[:, None]) * (roots / scale[:, None]).T)


def local_bias(
    frame: Any,
    flow: str,
    *,
    origin: str = "origin",
    destination: str = "destination",
    period: str | None = None,
) -> LocalBias:
    """Home shares beside what sizes say, and the freeness of trade of each pair.

    flow : flows of 0 or more in one unit, home flows among them; a table in which a flow is missing or without a row has no
           figures in that period, since every total needs it
    Returns LocalBias.
    Raises  InputError as ``read_flows``. What Wei (1996) calls home bias, given distance, is ``border_effect`` with covariates.

    >>> rows = pl.DataFrame({"origin": ["a", "a", "b", "b"], "destination": ["a", "b"] * 2, "x": [8.0, 2, 2, 8]})
    >>> local_bias(rows, "x").frame["local_bias_ratio"].to_list()
    [1.6, 1.6]
    """
    table = read_flows(frame, flow, origin=origin, destination=destination, period=period)
    tables, pairs, totals, lost = [], [], [], []
    for (when,), rows in table.group_by("period", maintain_order=True):
        names = sorted(set(rows["origin"].to_list()) | set(rows["destination"].to_list()))
        place = {name: k for k, name in enumerate(names)}
        x = np.full((len(names), len(names)), np.nan)
        at = tuple([place[name] for name in rows[end]] for end in ("origin", "destination"))
        x[at] = rows["flow"].fill_null(np.nan).to_numpy()
        gaps = np.argwhere(np.isnan(x))
        why: Words = ("", "")
        if gaps.size:
            one, other = names[gaps[0, 0]], names[gaps[0, 1]]
            more = f" (+{len(gaps) - 1})" if len(gaps) > 1 else ""
            lost.append(f"{one} → {other}{more}" + ("" if when is None else f" {when}"))
            why = (
                f"no flow from {one} to {other}: write 0 if there is none",
                f"缺少{one}至{other}的流量；若为零请填0",
            )
        tables.append(_place_rows(names, when, x, why))
        pairs.append(_pair_rows(names, when, x, why))
        totals.append(_total_row(when, x))
    found = pl.concat(tables).sort("place", "period")
    by_period = nan_to_null(pl.DataFrame(totals, schema=TOTALS, orient="row"))
    return LocalBias(
        table=found,
        pairs=pl.concat(pairs).sort("place", "other_place", "period"),
        by_period=by_period,
        sentences=_sentences(found, by_period, lost),
        conventions=CONVENTIONS,
        given=frame,
    )


TOTALS = {"period": pl.Int64, "local_bias_ratio": pl.Float64, "home_share": pl.Float64}
NOTHING: Words = ("sends or receives nothing, or is all there is", "无流入或流出，或为唯一地区")
CLOSED: Words = ("a home flow of 0", "本地流量为零")
CONVENTIONS: tuple[Words, ...] = (
    ("home share: of all that a place receives", "本地份额：占该地全部流入的比重"),
    (
        "expected share: the place's share of all that is sent, home flows included",
        "期望份额：该地占全部流出（含本地）的比重",
    ),
    ("freeness of trade: Head and Ries (2001)", "贸易自由度：Head和Ries（2001）"),
    ("a period with a flow missing has no figures", "任一流量缺失的时期不计算"),
)


def _checked(flows: Any) -> Array:
    x = np.asarray(flows, dtype=float)
    if x.ndim != 2 or x.shape[0] != x.shape[1] or not (np.isfinite(x) & (x >= 0)).all():
        raise InputError(
            f"flows of shape {x.shape}",
            where="flows",
            try_next="a square table of flows of 0 or more",
        )
    largest = x.max(initial=0.0)
    return np.asarray(x / largest if largest > 0 else x)


def _place_rows(names: list[str], when: Any, x: Array, why: Words) -> pl.DataFrame:
    parts = [np.full(len(names), np.nan)] * 4 if why[0] else list(local_bias_of(x))
    reasons = [why if why[0] else ("", "") if np.isfinite(index) else NOTHING for index in parts[3]]
    columns = ("home_share", "expected_share", "local_bias_ratio", "local_bias_index")
    return nan_to_null(
        pl.DataFrame(
            {
                "place": names,
                "period": pl.Series([when] * len(names), dtype=pl.Int64),
                **dict(zip(columns, parts, strict=True)),
                "reason_en": [words[0] for words in reasons],
                "reason_zh": [words[1] for words in reasons],
            }
        )
    )


def _pair_rows(names: list[str], when: Any, x: Array, why: Words) -> pl.DataFrame:
    first, second = np.triu_indices(len(names), 1)
    value = np.full(first.size, np.nan) if why[0] else freeness_of_trade(x)[first, second]
    reasons = [why if why[0] else ("", "") if np.isfinite(v) else CLOSED for v in value]
    labels = np.array(names)
    return nan_to_null(
        pl.DataFrame(
            {
                "place": pl.Series(labels[first], dtype=pl.String),
                "other_place": pl.Series(labels[second], dtype=pl.String),
                "period": pl.Series([when] * first.size, dtype=pl.Int64),
                "freeness_ratio": value,
                "reason_en": pl.Series([words[0] for words in reasons], dtype=pl.String),
                "reason_zh": pl.Series([words[1] for words in reasons], dtype=pl.String),
            }
        )
    )


def _total_row(when: Any, x: Array) -> tuple[Any, float, float]:
    whole = x.sum()
    if not whole > 0:
        return (when, np.nan, np.nan)
    share = x / whole
    home = float(np.trace(share))
    return (when, home / float(share.sum(axis=1) @ share.sum(axis=0)), home)


def _sentences(
    table: pl.DataFrame, by_period: pl.DataFrame, lost: list[str]
) -> tuple[tuple[str, Words], ...]:
    told: dict[str, Words] = {}
    known = by_period.drop_nulls("local_bias_ratio")
    if known.height:
        row = known.row(-1, named=True)
        when: Words = (
            ("", "") if row["period"] is None else (f" in {row['period']}", f"{row['period']}期")
        )
        told["bias"] = (
            f"Places deal with themselves {row['local_bias_ratio']:.2f} times as much as their sizes say{when[0]}: "
            f"{row['home_share']:.0%} of all flows stay at home.",
            f"{when[1]}本地流量为按规模期望的{row['local_bias_ratio']:.2f}倍，占全部流量的{row['home_share']:.0%}。",
        )
        last = table.filter(pl.col("period").eq_missing(row["period"])).drop_nulls(
            "local_bias_index"
        )
        names = last.sort("local_bias_index", "place", descending=[True, False])["place"].to_list()[
            :3
        ]
        if names:
            told["places"] = (
                f"Most of all {listed(names)}.",
                f"本地偏好最强：{'、'.join(names)}。",
            )
    if lost:
        told["missing"] = (f"Flows are missing: {listed(lost)}.", f"缺少流量：{listed_zh(lost)}。")
    return tuple(told.items()) or (("none", ("No period has a flow above 0.", "各期均无正流量。")),)
