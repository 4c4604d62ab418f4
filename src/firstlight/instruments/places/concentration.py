"""How unevenly an industry lies over places, and how one-sided a place is: Krugman, Hoover, Herfindahl, Theil, Gini.

Symbols: s shares of one industry over places (or of one place over industries), w the reference shares beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from firstlight.errors import InputError
from firstlight.instruments.places.place_table import (
    ABSENT_IS_ZERO,
    Array,
    PlaceTable,
    checked_grid,
    last_year,
    place_table,
    shares,
)
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import nan_to_null, read_long

REFERENCES = ("all", "equal")
NO_L: Words = ("Theil's L has no bound where some have nothing", "部分为 0，泰尔 L 指数无界")
ALIKE = 1e-9  # Theil parts below this are rounding


@dataclass(frozen=True)
class Concentration:
    """Measures of each column of a table, each (columns,), dimensionless; nan where a column is empty.

    krugman  : sum |s - w|, 0 to 2; hoover : half of it, 0 to 1
    herfindahl, herfindahl_normalised : sum s^2, and (H - 1/n) / (1 - 1/n), 0 to 1 (nan with one row)
    theil    : Theil's T, sum s ln(s / w), 0 where alike; theil_within, theil_between : its parts over groups of rows; they add
               up to it
    theil_l  : Theil's L, the mean logarithmic deviation, sum w ln(w / s), 0 where alike: it weighs what is missing where T weighs
               what is heaped up; nan where a row with a reference has none of the column, for it has no bound there
    gini     : area between the Lorenz curve of s against w and the diagonal, twice; gini_unweighted : of the quotients s / w,
               each row counting once
    """

    krugman: Array
    hoover: Array
    herfindahl: Array
    herfindahl_normalised: Array
    theil: Array
    theil_within: Array
    theil_between: Array
    theil_l: Array
    gini: Array
    gini_unweighted: Array


@dataclass(frozen=True, kw_only=True)
class ConcentrationTable(Finding):
    """``table``: (year), industry (or place), value, units_count (rows with something), top_unit, top_share, krugman_index,
    hoover_share, herfindahl_index, herfindahl_normalised_index, theil_index, theil_within_index, theil_between_index,
    theil_l_index, gini_index, gini_unweighted_index, reason_en, reason_zh.
    """

    of: str

    def _chart(self, alt: Any) -> Any:
        last = last_year(self.table)
        some = last.drop_nulls("gini_index").sort("gini_index", descending=True).head(30)
        y = alt.Y(f"{self.of}:N", sort=None, title=None)
        return alt.Chart(alt.Data(values=some.to_dicts())).mark_bar().encode(x="gini_index:Q", y=y)


def krugman_dissimilarity(one: ArrayLike, other: ArrayLike) -> float:
    """Krugman's index of two structures: sum |a - b| over shares, 0 (alike) to 2 (nothing in common).

    one, other : (n,), not negative, any unit, each with a sum above 0
    Raises  InputError for numbers that can't be used, or lengths that differ.
    Source: Krugman (1991), Geography and Trade.

    >>> krugman_dissimilarity([20, 10, 70, 0, 0], [0, 0, 0, 60, 40])
    2.0
    """
    a, b = (np.asarray(each, dtype=float) for each in (one, other))
    if a.shape != b.shape or a.ndim != 1:
        raise InputError(
            f"shapes {a.shape}, {b.shape}",
            where="krugman_dissimilarity",
            try_next="pass two equal lengths",
        )
    s = [shares(checked_grid(each[:, None]), 0)[:, 0] for each in (a, b)]
    return float(np.abs(s[0] - s[1]).sum())


def concentration(
    table: ArrayLike, reference: ArrayLike | None = None, groups: ArrayLike | None = None
) -> Concentration:
    """Concentration of each column of a table over its rows, against a reference distribution.

    table     : (n, columns), not negative; reference : (n,), above 0 wherever the table is; the table's row sums if None
    groups    : (n,) labels of groups of rows, for the parts of Theil; None: one group, so that all is within
    Returns Concentration.
    Raises  InputError naming a number that can't be used, or a row where the reference is 0 and the table is not.
    Source: Hoover (1936), Review of Economics and Statistics 18(4), 162-171; Krugman (1991), Geography and Trade; Theil
            (1967), Economics and Information Theory, and Brülhart and Traeger (2005), Regional Science and Urban Economics 35(6),
            597-624 (parts); Gini of quotients: Nakamura and Morrison Paul (2009), in Capello and Nijkamp (eds.), Handbook of
            Regional Growth and Development Theories, 305-328.

    >>> found = concentration([[1, 1], [0, 1]])
    >>> found.krugman.round(3).tolist(), found.herfindahl.tolist()
    ([0.667, 0.333], [1.0, 0.5])
    """
    x = checked_grid(table)
    n = x.shape[0]
    w = x.sum(axis=1) if reference is None else np.asarray(reference, dtype=float)
    if w.shape != (n,) or not np.isfinite(w).all() or (w < 0).any() or not w.sum() > 0:
        raise InputError(
            f"a reference of shape {w.shape}",
            where="reference",
            try_next=f"pass {n} numbers of 0 or more",
        )
    stray = np.flatnonzero((w == 0) & (x > 0).any(axis=1))
    if stray.size:
        raise InputError(
            "the reference is 0 where the table is not",
            where=f"row {stray[0]}",
            try_next="use a reference that covers it",
        )
    s, w = shares(x, 0), (w / w.sum())[:, None]
    labels = (
        np.zeros(n, dtype=int)
        if groups is None
        else np.unique(np.asarray(groups), return_inverse=True)[1]
    )
    if labels.shape != (n,):
        raise InputError(
            f"groups of shape {labels.shape}", where="groups", try_next=f"pass {n} labels"
        )
    krugman, h = np.abs(s - w).sum(axis=0), (s**2).sum(axis=0)
    theil, between = _theil(s, w), _theil(*(_by_group(each, labels) for each in (s, w)))
    between = np.where(np.abs(between) < ALIKE * np.maximum(theil, ALIKE), 0.0, between)
    return Concentration(
        krugman=krugman,
        hoover=krugman / 2,
        herfindahl=h,
        herfindahl_normalised=(h - 1 / n) / (1 - 1 / n) if n > 1 else np.full_like(h, np.nan),
        theil=theil,
        theil_within=theil - between,
        theil_between=between,
        theil_l=_mean_log_deviation(s, w),
        gini=_gini(s, w),
        gini_unweighted=_gini_unweighted(s, w),
    )


def _by_group(x: Array, labels: Any) -> Array:
    found = np.zeros((labels.max() + 1, x.shape[1]))
    np.add.at(found, labels, x)
    return found


def _theil(s: Array, w: Array) -> Array:
    there = s > 0
    logs = np.log(np.divide(s, w, out=np.ones_like(s), where=there))
    return np.where(
        np.isnan(s).any(axis=0), np.nan, np.maximum(np.where(there, s * logs, 0).sum(axis=0), 0)
    )


def _mean_log_deviation(s: Array, w: Array) -> Array:
    there = w[:, 0] > 0
    a, b = s[there], w[there]
    known = (a > 0).all(axis=0)
    logs = np.log(np.divide(b, a, out=np.ones_like(a), where=a > 0))
    return np.where(known, np.maximum((b * logs).sum(axis=0), 0), np.nan)


def _gini(s: Array, w: Array) -> Array:
    """One minus twice the area under the Lorenz curve, rows in the order of s / w."""
    found = np.empty(s.shape[1])
    there = w[:, 0] > 0
    for k in range(s.shape[1]):
        a, b = s[there, k], w[there, 0]
        order = np.argsort(a / b, kind="stable")
        height = np.cumsum(a[order])
        found[k] = 1 - (b[order] * (2 * height - a[order])).sum()
    return found


def _gini_unweighted(s: Array, w: Array) -> Array:
    there = w[:, 0] > 0
    q = np.sort(s[there] / w[there], axis=0)
    n = q.shape[0]
    rank = np.arange(1, n + 1)[:, None]
    return np.asarray(
        2 * (rank * (q - q.mean(axis=0))).sum(axis=0) / (n**2 * q.mean(axis=0)), dtype=float
    )


def spatial_concentration(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
    reference: str = "all",
    group: str | None = None,
) -> ConcentrationTable:
    """How unevenly each industry lies over places.

    value     : column of employment, output, plants, ...: not negative
    reference : ``all``, each place's total over industries (relative concentration), or ``equal``, places alike (absolute)
    group     : column of the place's group (a region of cities), for Theil within and between groups
    Returns ConcentrationTable, a row per industry (and year).
    Raises  InputError as ``place_table``, and naming a place in two groups.

    >>> rows = pl.DataFrame({"place": ["a", "b", "b"], "industry": ["x", "x", "y"], "jobs": [1, 1, 2]})
    >>> spatial_concentration(rows, "jobs").table["krugman_index"].to_list()
    [0.5, 0.5]
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    labels = _groups(frame, place, group, read.places)
    return _measured(
        read, read.values, ("industry", read.industries), read.places, reference, labels, frame
    )


def place_specialisation(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
    reference: str = "all",
    group: str | None = None,
) -> ConcentrationTable:
    """How one-sided each place is: the same measures over industries.

    reference : ``all``, each industry's total over places (Krugman's specialisation), or ``equal``, industries alike
    group     : column of the industry's group (a section of divisions), for Theil within and between; the rest as in
                ``spatial_concentration``
    Returns ConcentrationTable, a row per place (and year).
    Raises  InputError as ``place_table``, and naming an industry in two groups.

    >>> rows = pl.DataFrame({"place": ["a", "b", "b"], "industry": ["x", "x", "y"], "jobs": [1, 1, 2]})
    >>> place_specialisation(rows, "jobs").table["krugman_index"].round(2).to_list()
    [1.0, 0.33]
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    labels = _groups(frame, industry, group, read.industries)
    return _measured(
        read,
        read.values.transpose(0, 2, 1),
        ("place", read.places),
        read.industries,
        reference,
        labels,
        frame,
    )


def _groups(frame: Any, of: str, group: str | None, names: list[str]) -> list[str] | None:
    if group is None:
        return None
    pairs = read_long(frame, {"of": of, "group": group}, []).unique().sort("of", "group")
    twice = pairs.filter(pl.col("of").is_duplicated())
    if twice.height:
        raise InputError(
            f"{twice['of'][0]!r} is in groups {twice['group'][0]!r} and {twice['group'][1]!r}",
            where=f"column {group!r}",
            try_next="give each one group",
        )
    return list(pairs["group"])


def _measured(
    read: PlaceTable,
    values: Array,
    of: tuple[str, list[str]],
    over: list[str],
    reference: str,
    groups: list[str] | None,
    given: Any,
) -> ConcentrationTable:
    if reference not in REFERENCES:
        raise InputError(
            f"reference {reference!r}", where="reference", try_next=f"use {' or '.join(REFERENCES)}"
        )
    parts = []
    for year, x in zip(read.years, values, strict=True):
        found = concentration(x, np.ones(len(over)) if reference == "equal" else None, groups)
        top = x.argmax(axis=0)
        total = x.sum(axis=0)
        empty = total == 0
        part = pl.DataFrame(
            {
                of[0]: of[1],
                "value": total,
                "units_count": (x > 0).sum(axis=0),
                "top_unit": [
                    None if none else over[at] for at, none in zip(top, empty, strict=True)
                ],
                "top_share": shares(x, 0).max(axis=0),
                **{
                    f"{name}_{'share' if name == 'hoover' else 'index'}": each
                    for name, each in vars(found).items()
                },
                "reason_en": np.select(
                    [empty, np.isnan(found.theil_l)],
                    [
                        "nothing anywhere in this year" if read.has_years else "nothing anywhere",
                        NO_L[0],
                    ],
                    "",
                ),
                "reason_zh": np.select(
                    [empty, np.isnan(found.theil_l)], ["各处均为 0", NO_L[1]], ""
                ),
            },
            schema_overrides={"top_unit": pl.String},
        )
        parts.append(read.year_column(part, year))
    table = nan_to_null(pl.concat(parts))
    return ConcentrationTable(
        table=table,
        sentences=_sentences(table, of[0]),
        conventions=_conventions(of[0], reference, groups is not None),
        given=given,
        of=of[0],
    )


def _sentences(table: pl.DataFrame, of: str) -> tuple[tuple[str, Words], ...]:
    last = last_year(table)
    when = (
        (f" in {last['year'][0]}", f"{last['year'][0]}年") if "year" in table.columns else ("", "")
    )
    known = last.drop_nulls("gini_index").sort(["gini_index", of], descending=[True, False])
    top, end = known.row(0, named=True), known.row(-1, named=True)
    what = ("concentrated", "集中") if of == "industry" else ("specialised", "专业化")
    told: dict[str, Words] = {"most": _all_alike(top, of, what, when)}
    if top["gini_index"] - end["gini_index"] > ALIKE:
        told["most"] = (
            f"Most {what[0]}{when[0]}: {top[of]}, Gini {top['gini_index']:.2f}, Krugman {top['krugman_index']:.2f}; "
            f"{top['top_share']:.0%} of it is in {top['top_unit']}. Least: {end[of]}, Gini {end['gini_index']:.2f}.",
            f"{when[1]}{what[1]}程度最高：{top[of]}，基尼系数 {top['gini_index']:.2f}，克鲁格曼指数 {top['krugman_index']:.2f}，"
            f"其中 {top['top_share']:.0%} 在{top['top_unit']}。最低：{end[of]}，基尼系数 {end['gini_index']:.2f}。",
        )
    lost = last.height - known.height
    if lost:
        told["missing"] = (
            f"{lost} have nothing anywhere{when[0]}, and no measure.",
            f"{lost} 个各处均为 0，无指标值。",
        )
    return tuple(told.items())


def _all_alike(row: dict[str, Any], of: str, what: Words, when: Words) -> Words:
    """Of measures that don't differ, or of one alone: none is the most, and none the least."""
    one = ("industries", "各行业") if of == "industry" else ("places", "各地区")
    return (
        f"All {one[0]} are equally {what[0]}{when[0]}: Gini {row['gini_index']:.2f}, Krugman {row['krugman_index']:.2f}.",
        f"{when[1]}{one[1]}{what[1]}程度相同：基尼系数 {row['gini_index']:.2f}，克鲁格曼指数 {row['krugman_index']:.2f}。",
    )


def _conventions(of: str, reference: str, grouped: bool) -> tuple[Words, ...]:
    over = ("places", "地区") if of == "industry" else ("industries", "行业")
    against = (
        (
            f"against each of the {over[0]} by its total, itself included",
            f"以各{over[1]}总量（含自身）为参照",
        )
        if reference == "all"
        else (f"against {over[0]} that are all alike", f"以各{over[1]}均等为参照")
    )
    return (
        against,
        ("Krugman 0 to 2, Hoover half of it; Gini by the Lorenz curve against the reference; gini_unweighted counts each "
         f"of the {over[0]} once", f"克鲁格曼指数 0 至 2，胡佛指数为其一半；基尼系数按参照加权；gini_unweighted 各{over[1]}等权"),
        ("Theil (T) in natural logarithms, within plus between" if grouped else "Theil (T) in natural logarithms, no groups: all within",
         "泰尔指数（T）取自然对数，组内与组间相加" if grouped else "泰尔指数（T）取自然对数，未分组，全部计入组内"),
        ("Theil's L is the mean logarithmic deviation", "泰尔 L 指数即平均对数离差"),
        ABSENT_IS_ZERO,
    )  # fmt: skip
