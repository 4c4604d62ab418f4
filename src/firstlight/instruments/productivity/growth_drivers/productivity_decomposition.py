"""Aggregate productivity taken apart: within members, between them, by entry and by exit.

Members are industries or firms. Symbols: p a member's productivity, s its weight (share of labour),
P = sum s p the aggregate; C stayers, N entrants, X exiters; d the change from the earlier year, to
the later; bars are means of the two years.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_bounds, check_choice
from firstlight.instruments.productivity.yearly_series import (
    NO_REASON,
    Array,
    Reason,
    read_yearly,
    reason_columns,
    unit_grids,
)
from firstlight.numerics.long_frames import nan_to_null
from firstlight.texts import message

METHODS = ("shift_share", "fhk", "griliches_regev", "melitz_polanec")
TERMS = ("within", "between", "cross", "entry", "exit")
POINTS = {
    "change": "change_pp",
    "within": "within_pp",
    "between": "between_pp",
    "cross": "cross_pp",
    "entry": "entry_pp",
    "exit": "exit_pp",
}
STATUS = {(True, True): "stays", (False, True): "enters", (True, False): "leaves"}


@dataclass(frozen=True)
class ProductivityDecomposition:
    """Change of aggregate productivity by source, a row per unit and later year.

    table : unit, from_year, year, productivity_before, productivity, change, and within, between,
            cross, entry, exit, which add up to change, all in productivity's unit (or logarithms);
            change_pp, within_pp, … the same in percentage points of the earlier productivity (100
            times, where in logarithms); stay_count, enter_count, leave_count; reason, reason_name,
            reason_year
    members : unit, member, year, status (stays, enters, leaves), and what each adds to every term
    """

    table: pl.DataFrame
    members: pl.DataFrame = field(repr=False)


def decompose(
    p_before: Any, w_before: Any, p_after: Any, w_after: Any, *, method: str = "fhk"
) -> dict[str, Array]:
    """What each member adds to each term of the change of aggregate productivity.

    shift_share     : s dp | p ds | ds dp; stayers only
    fhk             : s dp | ds (p - P) | ds dp | s'(p' - P) | - s (p - P)
    griliches_regev : sbar dp | ds (pbar - Pbar) | 0 | s'(p' - Pbar) | - s (p - Pbar)
    melitz_polanec  : dp / n | change of (s - 1/n)(p - mean p) | 0 | s'(p' - P'_C) | - s (p - P_C);
                      within and between with weights among stayers
    (within | between | cross | entry | exit; primes: the later year)

    p_before, p_after : (members,), productivity, nan where the member is not there
    w_before, w_after : (members,), weights (labour), positive, in any unit, nan where not there
    Returns a dict of (members,) for ``within``, ``between``, ``cross``, ``entry``, ``exit``; all of
            them add up to the change of P exactly.
    Raises  InputError for an unknown method, a year without members, shift-share with entry or
            exit, or Melitz-Polanec without stayers.
    Source: Fabricant (1942) and Denison (1962) for shift-share; Foster, Haltiwanger and Krizan
            (2001), in Hulten, Dean and Harper (eds.), New Developments in Productivity Analysis;
            Griliches and Regev (1995), Journal of Econometrics 65; Melitz and Polanec (2015), RAND
            Journal of Economics 46(2), 362-375.

    >>> parts = decompose([1.0, 2.0], [1, 1], [1.0, 3.0], [1, 3])
    >>> [float(parts[name].sum()) for name in ("within", "between", "cross")]
    [0.5, 0.25, 0.25]
    """
    p0, w0, p1, w1 = (
        np.asarray(part, dtype=float) for part in (p_before, w_before, p_after, w_after)
    )
    was, now = np.isfinite(p0) & np.isfinite(w0), np.isfinite(p1) & np.isfinite(w1)
    _refuse_members(method, was, now)
    stay = was & now
    s0, s1 = (np.where(there, w, 0.0) / w[there].sum() for w, there in ((w0, was), (w1, now)))
    p0, p1 = np.where(was, p0, 0.0), np.where(now, p1, 0.0)
    dp, ds = np.where(stay, p1 - p0, 0.0), np.where(stay, s1 - s0, 0.0)
    total0, total1 = float(s0 @ p0), float(s1 @ p1)
    none = np.zeros(p0.size)
    if method == "shift_share":
        return {
            "within": s0 * dp,
            "between": p0 * ds,
            "cross": ds * dp,
            "entry": none,
            "exit": none,
        }
    if method == "melitz_polanec":
        return _melitz_polanec(p0, s0, p1, s1, stay, was, now)
    mean = (total0 + total1) / 2
    if method == "fhk":
        stayers = {"within": s0 * dp, "between": ds * (p0 - total0), "cross": ds * dp}
        against = total0
    else:
        stayers = {
            "within": (s0 + s1) / 2 * dp,
            "between": ds * ((p0 + p1) / 2 - mean),
            "cross": none,
        }
        against = mean
    return {
        **stayers,
        "entry": np.where(now & ~was, s1 * (p1 - against), 0.0),
        "exit": np.where(was & ~now, -s0 * (p0 - against), 0.0),
    }


def _melitz_polanec(
    p0: Array,
    s0: Array,
    p1: Array,
    s1: Array,
    stay: NDArray[np.bool_],
    was: NDArray[np.bool_],
    now: NDArray[np.bool_],
) -> dict[str, Array]:
    n = stay.sum()
    of = [np.where(stay, s, 0.0) / s[stay].sum() for s in (s0, s1)]
    among = [float(of[k] @ p) for k, p in enumerate((p0, p1))]
    covariance = [
        np.where(stay, (of[k] - 1 / n) * (p - p[stay].mean()), 0.0) for k, p in enumerate((p0, p1))
    ]
    return {
        "within": np.where(stay, (p1 - p0) / n, 0.0),
        "between": covariance[1] - covariance[0],
        "cross": np.zeros(p0.size),
        "entry": np.where(now & ~was, s1 * (p1 - among[1]), 0.0),
        "exit": np.where(was & ~now, -s0 * (p0 - among[0]), 0.0),
    }


def _refuse_members(method: str, was: NDArray[np.bool_], now: NDArray[np.bool_]) -> None:
    check_choice("method", method, METHODS)
    why = _why_not(method, was, now)
    if why.code:
        raise InputError(message(why.code), Path(__file__).parent)


def _why_not(method: str, was: NDArray[np.bool_], now: NDArray[np.bool_]) -> Reason:
    if not was.any() or not now.any():
        return Reason("no_members")
    if method == "shift_share" and (was != now).any():
        return Reason("entry_or_exit")
    if method == "melitz_polanec" and not (was & now).any():
        return Reason("nobody_stays")
    return NO_REASON


def productivity_decomposition(
    frame: Any,
    output: str,
    weight: str,
    *,
    method: str = "fhk",
    is_productivity: bool = False,
    in_logs: bool = False,
    span: int | None = 1,
    unit: str | None = None,
    member: str = "industry",
    year: str = "year",
) -> ProductivityDecomposition:
    """Change of aggregate productivity by source, from a long frame of members through the years.

    Parameters
    ----------
    frame
        A row for each member and year, and unit.
    output
        Column of output, or of productivity where ``is_productivity`` (already in logarithms if
        ``in_logs``).
    weight
        Column of labour, positive where the member is there; productivity is output per unit of it.
    method
        ``shift_share``, ``fhk``, ``griliches_regev`` or ``melitz_polanec``.
    is_productivity
        Whether ``output`` is productivity already.
    in_logs
        Whether log productivity is decomposed; then the aggregate is the weighted mean of
        logarithms.
    span
        Years between the two that are compared; None compares each unit's first with its last.
    unit
        Column of the units whose members they are; None where there is one.
    member
        Column of the members, such as industries or firms.
    year
        Column of the years.

    Returns
    -------
    ProductivityDecomposition, with ``table`` (a row for each unit and later year: change = within +
    between + cross + entry + exit, in productivity's unit or logarithms, the same in percentage
    points, counts, reason) and ``members``.

    Raises
    ------
    InputError
        As ``read_yearly``, or for an unknown method.

    Notes
    -----
    A member without a row in a year is not there: it enters or leaves. A row with a number missing
    makes the pair unknown. Output at current prices counts changes of relative prices as
    productivity: use constant prices.

    References
    ----------
    As in ``decompose``.

    Examples
    --------
    >>> rows = pl.DataFrame({"industry": ["a", "b"] * 2, "year": [2000, 2000, 2001, 2001],
    ...     "y": [1.0, 2, 1, 9], "l": [1.0, 1, 1, 3]})
    >>> found = productivity_decomposition(rows, "y", "l").table
    >>> found.select("change", "within", "between", "cross").rows()
    [(1.0, 0.5, 0.25, 0.25)]
    """
    check_choice("method", method, METHODS)
    if span is not None:
        check_bounds("span", span, 1)
    table = read_yearly(
        frame,
        [output, weight],
        unit=unit,
        year=year,
        keys={"kind": member},
        positive=[weight] if is_productivity and in_logs else [weight, output],
    )
    return decomposition_of_table(
        table,
        output,
        weight,
        method=method,
        is_productivity=is_productivity,
        in_logs=in_logs,
        span=span,
    )


def decomposition_of_table(
    table: pl.DataFrame,
    output: str,
    weight: str,
    *,
    method: str,
    is_productivity: bool = False,
    in_logs: bool = False,
    span: int | None = 1,
) -> ProductivityDecomposition:
    """As `productivity_decomposition`, of a checked table: unit, kind, year, and columns named."""
    mains: list[dict[str, Any]] = []
    why: list[Reason] = []
    parts = []
    whole = table.with_columns(pl.lit(1.0).alias("#there"))
    for name, years, labels, (y, w, there) in unit_grids(whole, [output, weight, "#there"]):
        p, reach = y, years.size - 1
        if not is_productivity:
            p = y / w
            if in_logs:  # what is handed in as productivity is in logarithms where they are asked
                p = np.log(p)
        if span is not None:
            reach = span
        # without two years that far apart the last one stands alone, with the reason
        pairs = [(t - reach, t) for t in range(max(reach, 1), years.size)] or [(-1, years.size - 1)]
        for a, b in pairs:
            main, part, reason = _pair(p, w, there, years, labels, (a, b), method, in_logs)
            why.append(reason)
            mains.append({"unit": name, **main})
            if part is not None:
                parts.append(part.select(pl.lit(name).alias("unit"), pl.all()))
    found = pl.DataFrame(mains, infer_schema_length=None).with_columns(**reason_columns(why))
    members = pl.concat([pl.DataFrame(schema=_member_schema()), *parts])
    return ProductivityDecomposition(nan_to_null(found), members)


def _pair(
    p: Array,
    w: Array,
    there: Array,
    years: NDArray[np.int64],
    labels: list[str],
    at: tuple[int, int],
    method: str,
    logs: bool,
) -> tuple[dict[str, Any], pl.DataFrame | None, Reason]:
    """One row of the main table, the members' part of it, and why there is none."""
    a, b = at
    if a < 0:  # the unit has no two years that far apart
        at = a, b = b, b
    was, now = np.isfinite(there[a]), np.isfinite(there[b])
    lost = [
        (t, k)
        for t in at
        for k in np.flatnonzero(np.isfinite(there[t]) & ~(np.isfinite(p[t]) & np.isfinite(w[t])))
    ]
    empty = next((int(years[t]) for t, some in ((a, was), (b, now)) if not some.any()), None)
    if a == b:
        why = Reason("no_earlier_year")
    elif empty is not None:
        why = Reason("no_rows", year=empty)
    elif lost:
        t, k = lost[0]
        why = Reason("number_missing", labels[k], int(years[t]))
    else:
        why = _why_not(method, was, now)
    row: dict[str, Any] = {"from_year": int(years[a]), "year": int(years[b])}
    names = ["productivity_before", "productivity", "change", *TERMS, *POINTS.values()]
    counts = {
        "stay_count": int((was & now).sum()),
        "enter_count": int((now & ~was).sum()),
        "leave_count": int((was & ~now).sum()),
    }
    if why.code:
        return {**row, **dict.fromkeys(names, np.nan), **counts}, None, why
    terms = decompose(p[a], w[a], p[b], w[b], method=method)
    before, after = (float(np.nansum(p[t] * w[t]) / np.nansum(w[t])) for t in at)
    sums = {name: float(terms[name].sum()) for name in TERMS}
    by = np.nan
    if logs:  # differences of logarithms are shares already
        by = 100.0
    elif before > 0:
        by = 100 / before
    else:
        why = Reason("total_not_above_zero", year=int(years[a]))
    whole = {"productivity_before": before, "productivity": after, "change": after - before}
    points = {POINTS[name]: by * own for name, own in {**whole, **sums}.items() if name in POINTS}
    shown = np.flatnonzero(was | now)
    members = pl.DataFrame(
        {
            "member": [labels[k] for k in shown],
            "year": [int(years[b])] * shown.size,
            "status": [STATUS[bool(was[k]), bool(now[k])] for k in shown],
            **{name: terms[name][shown] for name in TERMS},
        }
    )
    return {**row, **whole, **sums, **points, **counts}, members, why


def _member_schema() -> dict[str, Any]:
    keys = {"unit": pl.String, "member": pl.String, "year": pl.Int64, "status": pl.String}
    return {**keys, **dict.fromkeys(TERMS, pl.Float64)}
