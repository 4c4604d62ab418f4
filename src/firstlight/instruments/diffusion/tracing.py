"""One technology traced through several records: its timeline, its events, the lags between
records, its readiness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.errors import check_choice, stands_twice
from firstlight.instruments.diffusion.lead_lag import lag, lead_lag, lead_lag_power, pooled_lag
from firstlight.instruments.diffusion.readiness import KINDS, readiness
from firstlight.instruments.diffusion.take_off import SUSTAINED, TakeOff, first_year, take_off
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.growth_rates import annual_growth
from firstlight.numerics.long_frames import finite_or_none
from firstlight.numerics.optional_arrays import array_or

Floats = npt.NDArray[np.float64]
RECENT = 3  # years over which the latest growth is measured, against as many before
FEWEST_RECENT = 10  # documents in both spans together
PLANTED = 2  # years of lead whose power is stated
FEWEST_TIMED = 5  # technologies from which a usual lag of arrival is told


@dataclass(frozen=True)
class RecordSeries:
    """The yearly counts of K technologies in one record, by one rule for all its years; Y years.

    kind        : science, project, invention, standard, product or trade
    years, totals : (Y,) years, and documents of the whole record
    counts      : (K, Y)
    is_found    : (K,) whether a class of the record was matched; None for documents, where the
                  counts themselves tell
    is_same     : (K,) whether the documents keep the company that they keep where the technology
                  was found (same_company); None where that was not asked
    """

    kind: str
    years: npt.NDArray[np.int64]
    totals: Floats
    counts: Floats
    is_found: npt.NDArray[np.bool_] | None = None
    is_same: npt.NDArray[np.bool_] | None = None

    @property
    def is_by_class(self) -> bool:
        """Whether the record counts classes, which may be broader than the technology."""
        return self.is_found is not None


@dataclass(frozen=True)
class _Judged:
    series: RecordSeries
    confirmed: npt.NDArray[np.bool_]
    first: Floats
    sustained: Floats
    found: TakeOff


def trace_records(
    technologies: Sequence[str],
    records: Sequence[RecordSeries],
    as_of: int,
    *,
    groups: npt.NDArray[np.int64] | None = None,
    pooled: npt.NDArray[np.bool_] | None = None,
) -> dict[str, pl.DataFrame]:
    """Trace each technology through every record, as it could be known at the end of a year.

    Presence is sustained from the third document, and confirmed where there are three or more that
    keep the same company. Only what is confirmed in both records is tested, and of technologies
    that share their documents only the one with most of them, so that no document is counted as two
    witnesses. Take-off, lags and lead-lag tests are those of ``take_off``, ``lag`` and
    ``lead_lag``; stages those of ``readiness``.

    Parameters
    ----------
    technologies
        The names of K technologies.
    records
        The yearly counts of the technologies in each record, in the order of ``technologies``.
    as_of
        The last year that is read.
    groups
        (K,) number of the group of each technology; each is its own unless given.
    pooled
        (K,) which of them are tested and make up what is said of all together; all unless given.

    Returns
    -------
    Name -> table: presence, timeline, events, lags, lead_lag, pooled, readiness and evidence.

    Raises
    ------
    InputError
        Where records do not fit, repeat a kind or reach beyond ``as_of``.
    """
    _check(technologies, records, as_of)
    each = array_or(groups, np.arange(len(technologies)))
    is_pooled = array_or(pooled, np.ones(len(technologies), dtype=bool))
    judged = [_judge(own) for own in sorted(records, key=lambda own: KINDS.index(own.kind))]
    names = list(technologies)
    events = pl.concat([_events(names, own) for own in judged])
    presence = pl.concat([_presence(names, own) for own in judged])
    between = list(combinations(judged, 2))
    tests = [_tests(names, a, b, each, is_pooled) for a, b in between]
    lags = [row for a, b in between for row in _lags(names, a, b)]
    found = readiness(presence)
    return {
        "presence": presence,
        "timeline": pl.concat([_timeline(names, own) for own in judged]),
        "events": events,
        "lags": pl.DataFrame(lags, schema=_LAGS, orient="row"),
        "lead_lag": pl.concat([pl.DataFrame(schema=_LEADS), *(rows for rows, _ in tests)]),
        "pooled": pl.DataFrame(
            [
                row | _pooled(a, b, is_pooled) | _arrivals(a, b, is_pooled)
                for (a, b), (_, row) in zip(between, tests, strict=True)
            ],
            schema=_POOLED,
        ),
        "readiness": found.stages,
        "evidence": found.evidence,
    }


_LAGS = {
    **dict.fromkeys(("technology", "from_kind", "to_kind", "event"), pl.String()),
    **dict.fromkeys(("years", "low", "high"), pl.Float64()),
    "reason": pl.String(),
}
_LEADS = {
    **dict.fromkeys(("technology", "from_kind", "to_kind"), pl.String()),
    **dict.fromkeys(("lead", "best_lag", "p_from", "p_to", "q_from", "q_to"), pl.Float64()),
    "reason": pl.String(),
}
_POOLED = {
    **dict.fromkeys(("from_kind", "to_kind"), pl.String()),
    **dict.fromkeys(("technologies_count", "timed_count", "earlier_count"), pl.Int64()),
    **dict.fromkeys(("arrival_lag", "arrival_low", "arrival_high"), pl.Float64()),
    **dict.fromkeys(("both_took_off_count", "waiting_count"), pl.Int64()),
    **dict.fromkeys(("take_off_lag", "take_off_low", "take_off_high"), pl.Float64()),
    **dict.fromkeys(("tested_count", "from_leads_count", "to_leads_count"), pl.Int64()),
    **dict.fromkeys(("expected_by_chance", "lead", "p_from", "p_to"), pl.Float64()),
    "null": pl.String(),
    **dict.fromkeys(("planted_lag", "power_single", "power_wrong", "power_pooled"), pl.Float64()),
}


def _check(technologies: Sequence[str], records: Sequence[RecordSeries], as_of: int) -> None:
    kinds = [own.kind for own in records]
    for own in records:
        check_choice("kind", own.kind, KINDS)
        if kinds.count(own.kind) > 1:
            raise stands_twice("records", own.kind)
        check_shape(own.kind, own.counts, len(technologies), len(own.years))
        check_numbers(own.kind, own.years, high=as_of)


def _judge(own: RecordSeries) -> _Judged:
    total = own.counts.sum(axis=1)
    confirmed = total >= SUSTAINED
    for condition in (own.is_found, own.is_same):
        if condition is not None:
            confirmed = confirmed & condition
    first, sustained = (first_year(own.counts, own.years, n) for n in (1, SUSTAINED))
    return _Judged(own, confirmed, first, sustained, take_off(own.counts, own.totals, own.years))


def _year(value: float) -> int | None:
    if not np.isfinite(value):
        return None
    return int(value)


def _presence(names: list[str], own: _Judged) -> pl.DataFrame:
    series, size = own.series, len(names)
    columns: dict[str, Any] = {
        "technology": names,
        "kind": [series.kind] * size,
        "documents_count": series.counts.sum(axis=1),
        "is_confirmed": own.confirmed,
        "is_by_class": [series.is_by_class] * size,
        "first_year": [_year(value) for value in own.first],
        "sustained_year": [_year(value) for value in own.sustained],
        "take_off_state": list(own.found.state),
        "take_off_year": [_year(value) for value in own.found.start],
        "growth": [finite_or_none(value) for value in _recent_growth(series)],
    }
    kinds: dict[str, Any] = dict.fromkeys(("documents_count", "growth"), pl.Float64)
    kinds |= dict.fromkeys(("first_year", "sustained_year", "take_off_year"), pl.Int64)
    return pl.DataFrame(columns, schema_overrides={"technology": pl.String, **kinds})


def _recent_growth(series: RecordSeries) -> Floats:
    """Mean yearly growth of the share, the last three years against the three before."""
    if len(series.years) < 2 * RECENT:
        return np.full(len(series.counts), np.nan)
    parts = slice(-RECENT, None), slice(-2 * RECENT, -RECENT)
    now, then = (series.counts[:, part].sum(axis=1) for part in parts)
    n, m = (series.totals[part].sum() for part in parts)
    known = (now + then >= FEWEST_RECENT) & (then > 0) & (n > 0) & (m > 0)
    if not known.any():
        return np.full(len(now), np.nan)
    ratio = np.divide(now * m, then * n, out=np.full(len(now), np.nan), where=known)
    # a year without documents is no year of either
    late, early = (series.years[part][series.totals[part] > 0].mean() for part in parts)
    return np.round(np.asarray(annual_growth(ratio, late - early)), 6)


def _timeline(names: list[str], own: _Judged) -> pl.DataFrame:
    series = own.series
    size, span = series.counts.shape
    share = np.divide(
        series.counts,
        series.totals,
        out=np.full(series.counts.shape, np.nan),
        where=series.totals > 0,
    )
    return pl.DataFrame(
        {
            "technology": np.repeat(np.array(names, dtype=object), span).tolist(),
            "kind": [series.kind] * (size * span),
            "year": np.tile(series.years, size),
            "documents_count": series.counts.ravel(),
            "share": np.round(share.ravel(), 9),
        },
        schema_overrides={"technology": pl.String, "kind": pl.String, "year": pl.Int64},
    ).with_columns(pl.col("share").fill_nan(None))


def _events(names: list[str], own: _Judged) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    begins = int(own.series.years[0])
    for k, name in enumerate(names):
        for event, year in (("first", _year(own.first[k])), ("sustained", _year(own.sustained[k]))):
            why = _why(year, begins)
            rows.append((name, own.series.kind, event, year, None if why else year, year, why))
        state = own.found.state[k]
        bounds = [
            _year(value) for value in (own.found.start[k], own.found.low[k], own.found.high[k])
        ]
        rows.append((name, own.series.kind, "take_off", *bounds, "" if state == "seen" else state))
    schema = {
        **dict.fromkeys(("technology", "kind", "event"), pl.String()),
        **dict.fromkeys(("year", "low", "high"), pl.Int64()),
        "reason": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _why(year: int | None, begins: int) -> str:
    if year is None:
        return "none"
    return "record_begins" if year == begins else ""


def _lags(names: list[str], a: _Judged, b: _Judged) -> Iterator[tuple[Any, ...]]:
    low = min(a.series.years[0], b.series.years[0])
    high = max(a.series.years[-1], b.series.years[-1])
    span = np.arange(low, high + 1)
    for k, name in enumerate(names):
        head = (name, a.series.kind, b.series.kind)
        begins = a.series.years[0], b.series.years[0]
        yield (*head, "first", *_event_lag(a.first[k], b.first[k], *begins))
        yield (*head, "sustained", *_event_lag(a.sustained[k], b.sustained[k], *begins))
        own = lag(span, _spread(a.found, k, span), _spread(b.found, k, span))
        states = {a.found.state[k], b.found.state[k]} - {"seen"}
        reason = next((state for state in ("too_few", "not_yet", "before") if state in states), "")
        yield (*head, "take_off", *map(finite_or_none, (own.years, own.low, own.high)), reason)


def _event_lag(one: float, other: float, one_begins: int, other_begins: int) -> tuple[Any, ...]:
    """Years from an event of one record to that of the other, their bounds, and why they are
    missing or open."""
    years = low = high = finite_or_none(other - one)
    # A record that begins with the technology may have missed its first years: its own event may
    # lie earlier, and the lag is bounded on one side.
    if other == other_begins:
        low = None
    if one == one_begins:
        high = None
    if not (np.isfinite(one) and np.isfinite(other)):
        return years, low, high, "none"
    is_open = one == one_begins or other == other_begins
    return years, low, high, "record_begins" if is_open else ""


def _spread(found: TakeOff, k: int, span: npt.NDArray[np.int64]) -> Floats:
    """A take-off's probabilities on a longer span of years."""
    weight = np.zeros(len(span))
    at = int(found.years[0] - span[0])
    weight[at : at + len(found.years)] = found.weight[k]
    return weight


def _common(a: RecordSeries, b: RecordSeries) -> tuple[Floats, Floats, Floats, Floats]:
    first, last = max(a.years[0], b.years[0]), min(a.years[-1], b.years[-1])
    x, y = (slice(int(first - own.years[0]), int(last - own.years[0]) + 1) for own in (a, b))
    if last < first:
        x = y = slice(0, 0)
    return a.counts[:, x], a.totals[x], b.counts[:, y], b.totals[y]


def _tests(
    names: list[str],
    a: _Judged,
    b: _Judged,
    groups: npt.NDArray[np.int64],
    is_pooled: npt.NDArray[np.bool_],
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Lead-lag of the technologies confirmed in both records, one of each group."""
    kinds = {"from_kind": a.series.kind, "to_kind": b.series.kind}
    confirmed = a.confirmed & b.confirmed
    in_both = confirmed & is_pooled
    both = in_both & _largest_of_group(a, b, groups, in_both)
    x, n, y, m = _common(a.series, b.series)
    own = lead_lag(x[both], n, y[both], m)
    columns = {
        "lead": own.lead,
        "best_lag": own.best_lag,
        "p_from": own.p_first,
        "p_to": own.p_second,
    }
    columns |= {"q_from": own.q_first, "q_to": own.q_second}
    spread = {name: np.full(len(names), np.nan) for name in columns}
    for name, values in columns.items():
        spread[name][both] = np.round(values, 6)
    reason = np.where(in_both, "in_group", np.where(confirmed, "not_pooled", "not_in_both")).astype(
        object
    )
    reason[both] = list(own.reason)
    rows = pl.DataFrame(
        {"technology": names, **{key: [kind] * len(names) for key, kind in kinds.items()}, **spread}
    )
    rows = rows.with_columns(
        reason=pl.Series(reason.tolist(), dtype=pl.String),
        **{c: pl.col(c).fill_nan(None) for c in spread},
    )
    power = lead_lag_power(x[both], n, y[both], m, PLANTED)
    tested = own.tested
    summary = {
        "technologies_count": int(in_both.sum()),
        "tested_count": int(tested.sum()),
        "from_leads_count": int((own.p_first[tested] < own.significant).sum()),
        "to_leads_count": int((own.p_second[tested] < own.significant).sum()),
        "expected_by_chance": own.expected_by_chance,
        "lead": finite_or_none(own.pooled_lead),
        "p_from": finite_or_none(own.pooled_p_first),
        "p_to": finite_or_none(own.pooled_p_second),
        "null": own.null,
        "planted_lag": float(power.lag),
        "power_single": finite_or_none(power.single),
        "power_wrong": finite_or_none(power.wrong),
        "power_pooled": finite_or_none(power.pooled),
    }
    return rows.cast(_LEADS).select(*_LEADS), kinds | summary  # type: ignore[arg-type]


def _largest_of_group(
    a: _Judged, b: _Judged, groups: npt.NDArray[np.int64], among: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """(K,) whether a technology is that of its group with most documents in the record that holds
    fewer of it."""
    fewest = np.minimum(a.series.counts.sum(axis=1), b.series.counts.sum(axis=1))
    fewest = np.where(among, fewest, -1.0)
    order = np.lexsort((np.arange(len(groups)), -fewest, groups))
    _, first = np.unique(groups[order], return_index=True)
    largest = np.zeros(len(groups), dtype=bool)
    largest[order[first]] = True
    return largest


def _arrivals(a: _Judged, b: _Judged, is_pooled: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The usual lag from the third document of a technology in one record to its third in the
    other.

    Of technologies confirmed in both; where a record begins with one, its year there is not known.
    """
    in_both = a.confirmed & b.confirmed & is_pooled
    timed = in_both & (a.sustained > a.series.years[0]) & (b.sustained > b.series.years[0])
    years = (b.sustained - a.sustained)[timed]
    low, median, high = np.full(3, np.nan)
    if len(years) >= FEWEST_TIMED:
        low, median, high = np.quantile(years, (0.25, 0.5, 0.75))
    return {
        "timed_count": int(timed.sum()),
        "earlier_count": int((years < 0).sum()),
        "arrival_lag": finite_or_none(median),
        "arrival_low": finite_or_none(low),
        "arrival_high": finite_or_none(high),
    }


def _pooled(a: _Judged, b: _Judged, is_pooled: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The median lag from take-off to take-off; a technology that took off in the first record only
    is still waiting."""
    x, y = a.found.start, b.found.start
    in_both = a.confirmed & b.confirmed & is_pooled
    known = np.isfinite(x) & np.isfinite(y) & in_both
    waits = (
        np.isfinite(x)
        & np.array([state == "not_yet" for state in b.found.state], dtype=bool)
        & in_both
    )
    own = pooled_lag((y - x)[known], (b.series.years[-1] - x)[waits])
    return {
        "take_off_lag": finite_or_none(own.median),
        "take_off_low": finite_or_none(own.low),
        "take_off_high": finite_or_none(own.high),
        "both_took_off_count": own.both,
        "waiting_count": own.waiting,
    }
