"""Compare two freezes table by table and cell by cell; every difference is equal, listed with a
reason, or unexplained.

python -m benchmarks.golden.compare OLD NEW [--differences FILE]

Exit status 1 where a difference is unexplained, or where a listed one did not occur.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from benchmarks.golden.differences import LISTED, Allowed, Difference, read_differences
from benchmarks.refused import RefusedError

Tables = Mapping[str, pl.DataFrame]

EXACT = 1e-12
SHOWN = 200  # unexplained differences that are printed


@dataclass
class Found:
    """What a comparison has counted, and what it could not explain."""

    allowed: Allowed
    counts: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)

    def judge(self, kind: str, told: str, *place: str, times: int = 1) -> None:
        """Count a difference where it is listed, or keep it as unexplained.

        place : case, table and column, as far as they apply
        """
        if one := self.allowed.find(kind, *place):
            self.allow(one, times)
        else:
            self.reject(told, *place)

    def allow(self, one: Difference, times: int = 1) -> None:
        """Count a listed difference."""
        one.used += times
        self.counts["allowed"] += times

    def reject(self, told: str, *place: str) -> None:
        """Keep an unexplained difference."""
        self.unexplained.append(f"{'/'.join(place)}: {told}")

    def lines(self) -> list[str]:
        """The outcome, a line each."""
        count = self.counts
        unused = self.allowed.unused()
        compared = ", ".join(
            f"{count[name]} {name}" for name in ("cases", "tables", "columns", "cells")
        )
        return [
            *(f"unexplained: {told}" for told in self.unexplained[:SHOWN]),
            *(f"listed, but did not occur: {one.line()}" for one in unused),
            *(
                f"allowed {one.used} times: {one.line()} ({one.reason})"
                for one in self.allowed.listed
                if one.used
            ),
            f"compared: {compared}",
            f"equal: {count['equal']} cells",
            f"renamed: {count['renamed cases']} cases, {count['renamed tables']} tables, "
            f"{count['renamed columns']} columns",
            f"allowed: {count['allowed']}",
            f"unexplained: {len(self.unexplained)}, listed and unused: {len(unused)}",
        ]

    def is_good(self) -> bool:
        """Whether everything is equal or explained, and every listed difference occurred."""
        return not self.unexplained and not self.allowed.unused()


def differ(old: pl.Series, new: pl.Series, tolerance: float = EXACT) -> pl.Series:
    """Whether each cell differs.

    Numbers are equal where |old - new| <= tolerance * max(1, |old|), whole ones of both sides and
    all else where they are the same; a missing value equals a missing one only, NaN only NaN, an
    infinity only itself. Lists are compared by cell.
    """
    if old.dtype.is_nested() or new.dtype.is_nested():
        pairs = zip(old.to_list(), new.to_list(), strict=True)
        return pl.Series(
            [not _same(one, other, tolerance) for one, other in pairs], dtype=pl.Boolean
        )
    if not (old.dtype.is_numeric() and new.dtype.is_numeric()):
        return (
            old.ne_missing(new)
            if old.dtype == new.dtype
            else old.cast(pl.String).ne_missing(new.cast(pl.String))
        )
    same = old.eq_missing(new)
    if old.dtype.is_float() or new.dtype.is_float() or tolerance > EXACT:
        one, other = old.cast(pl.Float64), new.cast(pl.Float64)
        near = (
            ((one - other).abs() <= tolerance * one.abs().clip(1.0))
            & one.is_finite()
            & other.is_finite()
        )
        same = same | near.fill_null(False)
    return ~same


def _same(old: Any, new: Any, tolerance: float) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(
            _same(*pair, tolerance) for pair in zip(old, new, strict=True)
        )
    if isinstance(old, dict) and isinstance(new, dict):
        return list(old) == list(new) and all(
            _same(old[name], new[name], tolerance) for name in old
        )
    if isinstance(old, float) and isinstance(new, float):
        return (
            old == new
            or (old != old and new != new)
            or abs(old - new) <= tolerance * max(1.0, abs(old))
        )
    return bool(old == new)


def compare_tables(
    old: pl.DataFrame, new: pl.DataFrame, case: str, table: str, found: Found
) -> None:
    """Compare two tables of one name: their columns, types, rows and cells."""
    found.counts["tables"] += 1
    one = found.allowed.find("rows_replaced", case, table)
    if one and not old.equals(new):
        found.allow(one, new.height)
        return
    if table == "curves":  # a row without a value draws nothing
        old, new = (own.drop_nulls("value") for own in (old, new))
    back = dict[str, str]()  # new name -> old name
    for column in old.columns:
        one = found.allowed.find("column_renamed", case, table, column)
        if one and one.to in new.columns and column not in new.columns:
            back[one.to] = column
            one.used += 1
            found.counts["renamed columns"] += 1
    new = new.rename(back)
    for column in old.columns:
        if column not in new.columns:
            found.judge("column_left_out", "the column is missing", case, table, column)
    for column in new.columns:
        if column not in old.columns:
            found.judge("column_added", "a new column", case, table, column)
    both = [column for column in old.columns if column in new.columns]
    _types(old.select(both), new.select(both), case, table, found)
    old, new = _texts(old.select(both), case, table, found), new.select(both)
    old, new = _rows(old, new, case, table, found)
    for column in both:
        _cells(old, new, case, table, column, found)


def _types(old: pl.DataFrame, new: pl.DataFrame, case: str, table: str, found: Found) -> None:
    for column in old.columns:
        one, other = str(old.schema[column]), str(new.schema[column])
        if one != other:
            listed = found.allowed.find("type_changed", case, table, column)
            if listed and listed.to == other:
                found.allow(listed)
            else:
                found.reject(f"{one}, now {other}", case, table, column)


def _texts(old: pl.DataFrame, case: str, table: str, found: Found) -> pl.DataFrame:
    """The old table with the texts that were changed on purpose."""
    for column in old.columns:
        one = found.allowed.find("text_changed", case, table, column)
        if one and old.schema[column] == pl.String:
            changed = int(old[column].is_in(list(one.texts)).sum())
            found.allow(one, changed)
            changes = {text: new or None for text, new in one.texts.items()}
            old = old.with_columns(pl.col(column).replace(changes))
    return old


def _rows(
    old: pl.DataFrame, new: pl.DataFrame, case: str, table: str, found: Found
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of both tables in one order: as they come, or by key where they differ in number or
    order.

    The key of a row is all that is no fraction: texts, dates, whole numbers.
    """
    keys = [name for name, kind in old.schema.items() if not (kind.is_float() or kind.is_nested())]
    keys = [name for name in keys if new.schema[name] == old.schema[name]]
    if not keys or (old.height == new.height and old.select(keys).equals(new.select(keys))):
        return _as_they_come(old, new, case, table, found)
    order = [*keys, *(name for name, kind in old.schema.items() if kind.is_float())]
    by_key = old.sort(order), new.sort(order)
    if old.height == new.height:
        if not by_key[0].select(keys).equals(by_key[1].select(keys)):
            return old, new  # the same number of rows: cells of the key have changed, and are named
        found.judge("rows_reordered", "the same rows in another order", case, table)
        return by_key
    if old.select(keys).is_duplicated().any() or new.select(keys).is_duplicated().any():
        return _as_they_come(old, new, case, table, found)
    for kind, one, other in (("rows_left_out", old, new), ("rows_added", new, old)):
        alone = one.join(other, on=keys, how="anti", nulls_equal=True)
        if alone.height:
            example = alone.select(keys).row(0)
            found.judge(
                kind, f"{kind}: {alone.height}, such as {example}", case, table, times=alone.height
            )
    matched = [
        one.join(other, on=keys, how="semi", nulls_equal=True)
        for one, other in ((old, new), (new, old))
    ]
    return matched[0].sort(keys), matched[1].sort(keys)


def _as_they_come(
    old: pl.DataFrame, new: pl.DataFrame, case: str, table: str, found: Found
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both tables; up to the length of the shorter where they differ and no key says which rows are
    new."""
    if old.height != new.height:
        kind = "rows_left_out" if old.height > new.height else "rows_added"
        found.judge(
            kind,
            f"{old.height} rows, now {new.height}",
            case,
            table,
            times=abs(old.height - new.height),
        )
    least = min(old.height, new.height)
    return old.head(least), new.head(least)


def _cells(
    old: pl.DataFrame, new: pl.DataFrame, case: str, table: str, column: str, found: Found
) -> None:
    found.counts["columns"] += 1
    found.counts["cells"] += old.height
    changed = differ(old[column], new[column])
    count = int(changed.sum())
    found.counts["equal"] += old.height - count
    if not count:
        return
    one = found.allowed.find("number_changed", case, table, column)
    if one and not differ(old[column], new[column], one.tolerance).any():
        found.allow(one, count)
        return
    # one old text may stand for several new ones
    one = found.allowed.find("texts_replaced", case, table, column)
    if one and old.schema[column] == new.schema[column] == pl.String:
        found.allow(one, count)
        return
    first = int(changed.arg_max() or 0)
    told = f"{count} of {old.height} cells, first in row {first}: {old[column][first]!r}, now {new[column][first]!r}"
    found.reject(told + _largest(old[column], new[column]), case, table, column)


def _largest(old: pl.Series, new: pl.Series) -> str:
    """The largest difference of numbers, in the measure of `differ`."""
    if not (old.dtype.is_numeric() and new.dtype.is_numeric()):
        return ""
    rows = pl.DataFrame([old.cast(pl.Float64).alias("old"), new.cast(pl.Float64).alias("new")])
    gap = (pl.col("old") - pl.col("new")).abs() / pl.max_horizontal(
        pl.col("old").abs(), pl.lit(1.0)
    )
    largest = rows.select(gap.filter(gap.is_finite()).max()).item()
    return "" if largest is None else f"; at most {largest:.3g} apart"


def compare_cases(old: Tables, new: Tables, case: str, found: Found) -> None:
    """Compare the tables of a case."""
    found.counts["cases"] += 1
    renamed = _renamed("table", old, new, found, case)
    for name, table in old.items():
        now = renamed.get(name, name)
        if now in new:
            compare_tables(table, new[now], case, name, found)
        else:
            found.judge("table_left_out", "the table is missing", case, name)
    for name in new:
        if name not in old and name not in renamed.values():
            found.judge("table_added", "a new table", case, name)


def compare(old: Mapping[str, Tables], new: Mapping[str, Tables], allowed: Allowed) -> Found:
    """Compare two freezes, each as case -> table -> frame."""
    found = Found(allowed)
    renamed = _renamed("case", old, new, found)
    for case, tables in old.items():
        now = renamed.get(case, case)
        if now in new:
            compare_cases(tables, new[now], case, found)
        else:
            found.judge("case_left_out", "the case is missing", case)
    for case in new:
        if case not in old and case not in renamed.values():
            found.judge("case_added", "a new case", case)
    return found


def _renamed(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], found: Found, *place: str
) -> dict[str, str]:
    """Old name -> new name of the cases, or of a case's tables, that are listed as renamed."""
    names = dict[str, str]()
    for name in old:
        one = found.allowed.find(f"{what}_renamed", *place, name)
        if one and one.to in new and name not in new:
            names[name] = one.to
            one.used += 1
    found.counts[f"renamed {what}s"] += len(names)
    return names


def read_freeze(folder: Path) -> dict[str, dict[str, pl.DataFrame]]:
    """What a freeze holds: case -> table -> frame.

    Raises  RefusedError where it holds nothing.
    """
    freeze = dict[str, dict[str, pl.DataFrame]]()
    for path in sorted(folder.glob("*/*.parquet")):
        freeze.setdefault(path.parent.name, {})[path.stem] = pl.read_parquet(path)
    if not freeze:
        raise RefusedError(
            "no frozen case",
            where=str(folder),
            try_next=f"python -m benchmarks.golden.freeze {folder}",
        )
    return freeze


def main() -> None:
    """Print what was found; exit status 1 where something is not explained."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.golden.compare", description=__doc__.split("\n")[0]
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--differences", type=Path, default=LISTED, metavar="FILE")
    given = parser.parse_args()
    old, new = read_freeze(given.old), read_freeze(given.new)
    found = compare(old, new, read_differences(given.differences))
    print("\n".join(found.lines()))
    if not found.is_good():
        raise SystemExit(1)


if __name__ == "__main__":
    main()
