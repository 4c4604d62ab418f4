"""Substitution in many markets at once: how fast the new takes over, when it has half, and how far to trust that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.diffusion.fisher_pry import (
    FEWEST,
    FisherPry,
    fisher_pry,
    probability_below,
    share_quantiles,
)
from firstlight.instruments.diffusion.substitution_sentences import substitution_sentences
from firstlight.numerics.long_frames import as_given, read_long

QUANTILES = (5, 10, 25, 50, 75, 90, 95)  # per cent
FEWEST_AT_ORIGIN, LINE_POINTS = 5, 5
METHODS = ("fisher_pry", "curve", "no_change", "line")
UNDER_WAY = (0.01, 0.99)  # last share known, for a forecast to be scored
FEWEST_RESAMPLED, REPEATS, SEED = 5, 1000, 19710101
MOST_YEARS = 50
_RANGES = ("rate", "takeover_years", "half_year")
_MARKETS: dict[str, pl.DataType | type[pl.DataType]] = {
    "market": pl.String,
    "points_count": pl.Int64,
    "missing_count": pl.Int64,
    "first_year": pl.Int64,
    "last_year": pl.Int64,
    "last_share": pl.Float64,
    **{f"{name}{end}": pl.Float64 for name in _RANGES for end in ("", "_low", "_high")},
    "dispersion": pl.Float64,
    "autocorrelation": pl.Float64,
    "reason_en": pl.String,
    "reason_zh": pl.String,
    "caution_en": pl.String,
    "caution_zh": pl.String,
}

_NO_ERRORS = pl.DataFrame(
    schema={
        "market": pl.String,
        "origin_year": pl.Int64,
        "horizon": pl.Int64,
        **dict.fromkeys((*METHODS, "place"), pl.Float64),
    }
)


@dataclass(frozen=True)
class Substitution:
    """What the shares of new technologies in a set of markets say.

    markets   : a row each: points_count, first_year, last_year, last_share; rate (growth of the log odds a year),
                takeover_years (10% to 90%) and half_year (date of 50%), each with _low and _high; dispersion,
                autocorrelation; reason_* why it was not computed, caution_* why an end of an interval is null (unbounded)
    forecast  : market, year, horizon, share_q05 .. share_q95
    hindcast  : method (fisher_pry, curve (without the last residual), no_change, line), horizon (null = all), forecasts_count, markets_count, coverage_80 with
                _low and _high (fisher_pry alone), bias_share, rmse_share, rmse_ratio (to no_change) with _low and _high
    sentences : code, text_en, text_zh
    given     : the frame handed in; ``table`` and ``frame`` return its kind
    """

    markets: pl.DataFrame
    forecast: pl.DataFrame
    hindcast: pl.DataFrame
    sentences: pl.DataFrame
    given: Any = field(default=None, repr=False)

    @property
    def frame(self) -> Any:
        """The table of markets, in the kind of frame that was handed in."""
        return self.table("markets")

    def table(self, name: str) -> Any:
        """One of markets, forecast, hindcast, sentences, in the kind of frame that was handed in."""
        tables = ("markets", "forecast", "hindcast", "sentences")
        if name not in tables:
            raise InputError(
                f"no table {name!r}",
                where="substitution",
                try_next=f"use one of {', '.join(tables)}",
            )
        return as_given(getattr(self, name), self.given)

    def summary(self, language: str = "en") -> str:
        """The findings in plain words, ``en`` or ``zh``, a line each."""
        if language not in ("en", "zh"):
            raise InputError(f"no language {language!r}", where="summary", try_next="use en or zh")
        return "\n".join(self.sentences[f"text_{language}"].to_list())


def substitution(
    frame: Any,
    *,
    market: str = "market",
    year: str = "year",
    share: str | None = None,
    new: str | None = None,
    old: str | None = None,
    is_count: bool = False,
    horizon: int = 10,
    level: float = 0.9,
) -> Substitution:
    """Fisher and Pry's substitution for every market of a long frame, forecasts of the share, and their record.

    frame     : a row per market and year: pandas, Polars, PyArrow, DuckDB (which comes back as Polars)
    share     : column with the new technology's share, 0 to 1; or instead
    new, old  : columns with the quantities of both, in one unit; is_count : they are numbers of things, so that a year with
                more of them weighs more
    horizon   : years to forecast, 1 to 50; level : of the intervals
    Returns Substitution. A market that can't be computed stays in the table with its reason.
    Raises  InputError for columns or values that can't be read, or where no market can be computed.
    Source: Fisher and Pry (1971), Technological Forecasting and Social Change 3, 75-88; see ``fisher_pry``.

    >>> rows = pl.DataFrame({"market": "tyres", "year": range(2000, 2006), "share": [0.1, 0.18, 0.3, 0.45, 0.62, 0.75]})
    >>> substitution(rows, share="share").markets.select(pl.col("takeover_years", "half_year").round(1)).row(0)
    (6.7, 2003.3)
    """
    if not 1 <= horizon <= MOST_YEARS:
        raise InputError(
            f"a horizon of {horizon} years", where="horizon", try_next=f"use 1 to {MOST_YEARS}"
        )
    rows = _shares(frame, {"market": market, "year": year}, share, new, old)
    markets, forecasts, errors = [], [], []
    for (name,), own in rows.group_by("market", maintain_order=True):
        row, found, scored = _market(str(name), own, is_count, horizon, level)
        markets.append(row)
        forecasts += found
        errors.append(scored)
    table = pl.DataFrame(markets, schema=_MARKETS).sort("market")
    if table["reason_en"].null_count() == 0:
        told = "; ".join(
            f"{row['market']}: {row['reason_en']}" for row in table.head(5).iter_rows(named=True)
        )
        raise InputError(
            f"no market can be computed: {told}",
            where="substitution",
            try_next="mend the rows named",
        )
    schema: dict[str, Any] = {"market": pl.String, "year": pl.Int64, "horizon": pl.Int64}
    schema |= dict.fromkeys((f"share_q{q:02d}" for q in QUANTILES), pl.Float64)
    forecast = pl.DataFrame(forecasts, schema=schema, orient="row").sort("market", "year")
    hindcast = _record(pl.concat(errors))
    return Substitution(table, forecast, hindcast, substitution_sentences(table, hindcast), frame)


def _shares(
    frame: Any, names: dict[str, str], share: str | None, new: str | None, old: str | None
) -> pl.DataFrame:
    """market, year, share, total; share is null where it is not known."""
    if (share is None) == (new is None) or (new is None) != (old is None):
        raise InputError(
            "which columns hold the shares?",
            where="substitution",
            try_next="name share=, or both new= and old=",
        )
    if share is not None:
        found = read_long(frame, {**names, "share": share}, ["share"]).with_columns(
            total=pl.lit(1.0)
        )
    else:
        found = read_long(frame, {**names, "new": str(new), "old": str(old)}, ["new", "old"])
        total = pl.col("new") + pl.col("old")
        found = found.with_columns(
            share=pl.when(total > 0).then(pl.col("new") / total), total=total
        )
        bad = found.filter((pl.col("new") < 0) | (pl.col("old") < 0))
        if bad.height:
            raise InputError(
                f"a quantity below 0 in {bad['year'][0]}",
                where=f"market {bad['market'][0]!r}",
                try_next="mend the row",
            )
    if not found.height:
        raise InputError(
            "no rows", where="the data frame", try_next="hand in a row per market and year"
        )
    return found.select("market", "year", "share", "total")


def _market(
    name: str, rows: pl.DataFrame, is_count: bool, horizon: int, level: float
) -> tuple[dict[str, Any], list[tuple[Any, ...]], pl.DataFrame]:
    """Its row, its forecasts and the errors of its earlier forecasts."""
    present = rows.filter(pl.col("share").is_not_null())
    t, f = present["year"].to_numpy(), present["share"].to_numpy()
    n = present["total"].to_numpy() if is_count else None
    row: dict[str, Any] = {**dict.fromkeys(_MARKETS), "market": name, "points_count": t.size}
    row["missing_count"] = rows.height - t.size
    if t.size:
        row |= {"first_year": int(t[0]), "last_year": int(t[-1]), "last_share": float(f[-1])}
    reason = _why_not(present)
    if reason[0]:
        return row | {"reason_en": reason[0], "reason_zh": reason[1]}, [], _NO_ERRORS
    try:
        fit = fisher_pry(t, f, n, level=level)
    except InputError as error:  # the share jumps: told as the reason in this market's row
        return (
            row | {"reason_en": error.what, "reason_zh": "份额由 0 直接跳到 1，无法估计速度"},
            [],
            _NO_ERRORS,
        )
    for key in (
        *(f"{base}{end}" for base in _RANGES for end in ("", "_low", "_high")),
        "dispersion",
        "autocorrelation",
    ):
        value = float(getattr(fit, _FIELDS.get(key, key)))
        row[key] = value if np.isfinite(value) else None
    row |= _caution(fit)
    ahead = np.arange(int(t[-1]) + 1, int(t[-1]) + horizon + 1)
    shares = share_quantiles(
        fit, ahead, np.array(QUANTILES) / 100, None if n is None else float(n[-1])
    )
    forecasts = [(name, int(y), i + 1, *shares[i].tolist()) for i, y in enumerate(ahead)]
    errors = share_errors(t, f, n, horizon=horizon).select(pl.lit(name).alias("market"), pl.all())
    return row, forecasts, errors


_FIELDS = {
    "takeover_years_low": "takeover_low",
    "takeover_years_high": "takeover_high",
    "half_year_low": "half_low",
    "half_year_high": "half_high",
}


def _why_not(present: pl.DataFrame) -> tuple[str, str]:
    twice = present.filter(present["year"].is_duplicated())["year"]
    if twice.len():
        return f"{twice[0]} is there more than once", f"{twice[0]} 年重复出现"
    bad = present.filter((pl.col("share") < 0) | (pl.col("share") > 1))
    if bad.height:
        where, value = bad["year"][0], bad["share"][0]
        return (
            f"the share of {where} is {value:g}, outside 0 to 1",
            f"{where} 年份额为 {value:g}，不在 0 到 1 之间",
        )
    if present.height < FEWEST:
        return (
            f"{present.height} points, fewer than {FEWEST}",
            f"仅有 {present.height} 个数据点，少于 {FEWEST} 个",
        )
    if present["share"].n_unique() == 1:
        return "the share never changes", "份额从未变化"
    return "", ""


def _caution(fit: FisherPry) -> dict[str, str]:
    if fit.rate <= 0:
        return {
            "caution_en": "the new loses ground: there is no takeover",
            "caution_zh": "新技术的份额在下降，不存在替代",
        }
    if fit.rate_low <= 0 or not np.isfinite(fit.half_high):
        return {
            "caution_en": "a rate of 0 can't be ruled out: takeover time and date have no upper bound",
            "caution_zh": "不能排除速度为零：替代时间与过半年份没有上界",
        }
    return {}


def share_errors(years: Any, share: Any, total: Any = None, *, horizon: int = 10) -> pl.DataFrame:
    """Every forecast of one market's share that could have been made, and its error, beside two baselines.

    A forecast from a year reads shares up to that year only: five or more, the last between 1% and 99%.

    years, share, total : (n,), as in ``fisher_pry``, years ascending; horizon : most years ahead
    Returns data frame origin_year, horizon; fisher_pry, curve (without the last residual), no_change, line (through the last
        five points): outcome less forecast, share; place : of the outcome in Fisher-Pry's forecast distribution, 0 to 1.
    Raises  InputError as ``fisher_pry``.

    >>> share_errors(range(6), [0.1, 0.18, 0.3, 0.45, 0.62, 0.75]).select("origin_year", "horizon").rows()
    [(4, 1)]
    """
    t, f = np.asarray(years), np.asarray(share, dtype=float)
    n = None if total is None else np.asarray(total, dtype=float)
    rows = []
    for origin in range(FEWEST_AT_ORIGIN - 1, t.size - 1):
        known = slice(0, origin + 1)
        later = np.flatnonzero((t > t[origin]) & (t <= t[origin] + horizon))
        if not later.size or not UNDER_WAY[0] <= f[origin] <= UNDER_WAY[1] or np.ptp(f[known]) == 0:
            continue
        counted = None if n is None else float(n[origin])
        fit = fisher_pry(t[known], f[known], None if n is None else n[known])
        place = probability_below(fit, t[later], f[later], counted)
        curve = fit.share(t[later])
        kept = fit.autocorrelation ** ((t[later] - t[origin]) / fit.step_years)
        ours = np.clip(curve + kept * fit.last_residual * np.sqrt(curve * (1 - curve)), 0, 1)
        recent = slice(origin + 1 - LINE_POINTS, origin + 1)
        line = np.clip(
            np.polyval(np.polyfit(t[recent] - t[origin], f[recent], 1), t[later] - t[origin]), 0, 1
        )
        for i, at in enumerate(later):
            errors = (float(f[at] - each) for each in (ours[i], curve[i], f[origin], line[i]))
            rows.append((int(t[origin]), int(t[at] - t[origin]), *errors, float(place[i])))
    schema = dict.fromkeys(("origin_year", "horizon"), pl.Int64()) | dict.fromkeys(
        (*METHODS, "place"), pl.Float64()
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _record(table: pl.DataFrame) -> pl.DataFrame:
    schema: dict[str, Any] = {
        "method": pl.String,
        "horizon": pl.Int64,
        "forecasts_count": pl.Int64,
        "markets_count": pl.Int64,
    }
    measures = ("coverage_80", "coverage_80_low", "coverage_80_high", "bias_share", "rmse_share")
    schema |= dict.fromkeys(
        (*measures, "rmse_ratio", "rmse_ratio_low", "rmse_ratio_high"), pl.Float64
    )
    rows = []
    for tau in (None, *sorted(set(table["horizon"].to_list()))):
        own = table if tau is None else table.filter(pl.col("horizon") == tau)
        rows += [_measured(own, method, tau) for method in METHODS] if own.height else []
    return pl.DataFrame(rows, schema=schema)


def _measured(own: pl.DataFrame, method: str, tau: int | None) -> dict[str, Any]:
    inside = ((own["place"] >= 0.1) & (own["place"] <= 0.9)).to_numpy().astype(float)
    error, still = own[method].to_numpy(), own["no_change"].to_numpy()
    names, index = np.unique(own["market"].to_numpy().astype(str), return_inverse=True)
    totals = np.zeros((names.size, 4))
    np.add.at(totals, index, np.column_stack([np.ones(error.size), inside, error**2, still**2]))
    rmse, ratio = (
        float((error**2).mean() ** 0.5),
        float(((error**2).sum() / max(float((still**2).sum()), 1e-300)) ** 0.5),
    )
    row: dict[str, Any] = {
        "method": method,
        "horizon": tau,
        "forecasts_count": error.size,
        "markets_count": names.size,
    }
    row |= {"bias_share": float(error.mean()), "rmse_share": rmse, "rmse_ratio": ratio}
    if method == "fisher_pry":
        row["coverage_80"] = float(inside.mean())
    if names.size >= FEWEST_RESAMPLED:
        chance = np.full(names.size, 1 / names.size)
        drawn = np.random.default_rng(SEED).multinomial(names.size, chance, size=REPEATS) @ totals
        ratios = np.sqrt(drawn[:, 2] / np.maximum(drawn[:, 3], 1e-300))
        row["rmse_ratio_low"], row["rmse_ratio_high"] = (
            float(v) for v in np.percentile(ratios, (5, 95))
        )
        if method == "fisher_pry":
            ends = np.percentile(drawn[:, 1] / drawn[:, 0], (5, 95))
            row["coverage_80_low"], row["coverage_80_high"] = (float(v) for v in ends)
    return row
