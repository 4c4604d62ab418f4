"""What must not change when a sample is written in another way: a relation gives other arguments of
the call, and what of its result stands where in that of the sample."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from declared_samples import call, column_of, main_table, numbers_in, on_sample, sample_of
from degenerate_tables import amounts, domains, of_role, renamed, with_numbers

from firstlight.measurement import Measurement
from firstlight.message_json import message_to_json
from firstlight.result import Result
from firstlight.roles import Columns, Key, Number, Year

Rows = list[tuple[Any, ...]]
Tables = dict[str, pl.DataFrame]
Differences = Iterator[str]
Relation = Callable[[Measurement], Differences]

THOUSAND = 1000.0
NEAR = 1e-7  # relative; what iterates stops at less
POWERS = (1, -1, 2, -2, 0.5, -0.5)
FAR = (1e10, 1e-10)
WITHOUT_SCALE = re.compile(r"share|probability|number|index|ratio|years?$|0 to 1|1 =|rank")
# the tables that tell of each unit alone, or of its distance to a frontier
ALONE: dict[str, tuple[str, ...]] = {
    "accounting": ("accounts", "contributions"),
    "breaks": ("breaks", "units", "values"),
    "capital": ("stocks",),
    "coupling": ("coordination", "relative"),
    "efficiency": ("scores", "peers"),
    "graduates": ("balance",),
    "growth": ("technologies", "forecast", "values"),
    "index_coupling": ("coordination", "relative"),
    "interaction": ("pairs", "forecast"),
    "learning": ("technologies", "forecast"),
    "metafrontier_change": ("changes", "distances"),
    "metafrontier_efficiency": ("scores",),
    "obstacles": ("units", "dimensions", "obstacles"),
    "productivity_change": ("changes", "distances"),
    "stage_efficiency": ("scores",),
    "stages": ("stages", "shares"),
    "substitution": ("markets", "forecast", "shares"),
    "tfp_change": ("changes",),
}
NOWHERE = ("latitude", "longitude")  # degrees are no amounts


def said(result: Result) -> list[Any]:
    """The messages of a result as JSON has them."""
    return [message_to_json(one) for one in (*result.said, *result.conventions)]


def same(base: Result, other: Result) -> Differences:
    """What of two results isn't the same to the last byte."""
    if base.tables.keys() != other.tables.keys():
        yield "tables"
    for name in base.tables.keys() & other.tables.keys():
        if not base.tables[name].equals(other.tables[name], null_equal=True):
            yield from unlike(name, base.tables[name], other.tables[name]) or [f"{name}: bytes"]
    if said(base) != said(other):
        yield "said"


def unlike(name: str, base: pl.DataFrame, other: pl.DataFrame, near: float = NEAR) -> list[str]:
    """The columns of a table that hold other things, whatever the order of its rows."""
    if base.columns != other.columns:
        return [f"{name}: columns"]
    if base.height != other.height:
        return [f"{name}: rows"]
    base, other = in_order(base), in_order(other)
    return [
        f"{name}.{column}"
        for column in base.columns
        if not are_near(base[column].to_list(), other[column].to_list(), near)
    ]


def paired(frame: pl.DataFrame) -> pl.DataFrame:
    """Names of a row in their own order: of two that are a pair, the first is whichever sorts so."""
    texts = frame.select(pl.selectors.string()).columns
    rows = [sorted(one or "" for one in row) for row in frame.select(texts).rows()]
    columns = {one: [row[place] for row in rows] for place, one in enumerate(texts)}
    return frame.with_columns(pl.Series(one, cells) for one, cells in columns.items())


def by_names(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows sorted by what is text."""
    return frame.sort(
        frame.select(~pl.selectors.float() & ~pl.selectors.nested()).columns,
        nulls_last=True,
        maintain_order=True,
    )


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows sorted by their names and years, then by their numbers."""
    texts = [one.name for one in frame if not (one.dtype.is_float() or one.dtype.is_nested())]
    numbers = [one.name for one in frame if one.dtype.is_float()]
    rounded = [pl.col(one).round_sig_figs(6) for one in numbers]
    return frame.sort([*(pl.col(one) for one in texts), *rounded], nulls_last=True)


def are_near(first: Sequence[Any], second: Sequence[Any], near: float = NEAR) -> bool:
    """Whether two lists of cells hold the same, numbers to so many digits of the largest."""
    numbers = [abs(one) for one in first if isinstance(one, float)]
    ground = near * max(numbers, default=0.0) * 1e-3
    for one, two in zip(first, second, strict=True):
        if isinstance(one, float) and isinstance(two, float):
            if not math.isclose(one, two, rel_tol=near, abs_tol=max(ground, 1e-12)):
                return False
        elif isinstance(one, list) and isinstance(two, list):
            if len(one) != len(two) or not are_near(one, two, near):
                return False
        elif one != two:
            return False
    return True


def shuffled(declared: Measurement) -> Differences:
    """The rows of every table in another order: the same bytes."""
    tables = {
        name: value.sample(fraction=1, shuffle=True, seed=7)
        for name, value in sample_of(declared.name).items()
        if isinstance(value, pl.DataFrame)
    }
    yield from same(on_sample(declared.name), call(declared, **tables))


def _renaming(declared: Measurement, names: set[str], is_turned: bool) -> Differences:
    order = sorted(names)
    tokens = [f"{name[0]}qz{place:05d}" for place, name in enumerate(order)]
    if is_turned:
        tokens = [f"qqz{place:05d}" for place in reversed(range(len(order)))]
    given = dict(zip(order, tokens, strict=True))
    back = {token: name for name, token in given.items()}
    result = call(declared, **renamed(declared, given))
    base = on_sample(declared.name)

    def named(cell: Any) -> Any:
        if isinstance(cell, str):
            return re.sub(r".qz\d{5}", lambda own: back[own[0]], cell)
        if isinstance(cell, list):
            return [named(one) for one in cell]
        if isinstance(cell, Mapping):
            return {key: named(one) for key, one in cell.items()}
        return cell

    for name, table in base.tables.items():
        other = result.tables.get(name)
        if other is None:
            yield f"{name}: none"
            continue
        columns = {
            named(one.name): pl.Series([named(cell) for cell in one.to_list()], dtype=one.dtype)
            for one in other
        }
        turned = pl.DataFrame(columns)
        if is_turned:
            yield from unlike(name, paired(table), paired(turned))
        elif turned.rows() != table.rows() or turned.columns != table.columns:
            yield from unlike(name, table, turned) or [f"{name}: order"]
    if not is_turned and named(said(result)) != said(base):
        yield "said"


def renamed_in_order(declared: Measurement) -> Differences:
    """Other names that sort alike: the same under the other names."""
    for names in domains(declared):
        yield from _renaming(declared, names, is_turned=False)


def renamed_against_order(declared: Measurement) -> Differences:
    """Other names that sort the other way round: the same numbers, whatever the order of rows."""
    for names in domains(declared):
        yield from _renaming(declared, names, is_turned=True)


def scaled(declared: Measurement) -> Differences:
    """Amounts in thousands: each column of the result stays, or is multiplied by one power of it,
    or moves by one step where it is a logarithm; what has a unit without a scale stays."""
    yield from _scaled_by(declared, THOUSAND)


def scaled_far(declared: Measurement) -> Differences:
    """Amounts in units of a far country: what holds for thousands holds for 1e10 and 1e-10."""
    for factor in FAR:
        yield from _scaled_by(declared, factor)


def _scaled_by(declared: Measurement, factor: float) -> Differences:
    for parameter in declared.parameters.values():
        if not parameter.is_column or parameter.name in NOWHERE:
            continue
        role = parameter.role
        if isinstance(role, Number) and not role.is_share:
            columns = [column_of(declared, parameter.name)]
        elif isinstance(role, Columns) and role.each == Number(getattr(role.each, "sign", "any")):
            columns = list(sample_of(declared.name).get(parameter.name) or ())
        else:
            continue
        some = [one for one in columns if one is not None]
        if some:
            tables = with_numbers(declared, some, lambda own: own * factor)
            yield from _unlike_scaled(on_sample(declared.name), call(declared, **tables), factor)


def _unlike_scaled(base: Result, other: Result, factor: float) -> Differences:
    """The columns that were not multiplied by one power of the factor, nor moved by one step."""
    for name, table in base.tables.items():
        if name not in other.tables or other.tables[name].height != table.height:
            yield f"{name}: rows"
            continue
        first, second = by_names(table), by_names(other.tables[name])
        for column in table.columns:
            one, two = first[column].to_list(), second[column].to_list()
            unit = base.texts.told("en", name, column).get("unit", "")
            is_same = are_near(one, two, 1e-6)
            may_scale = table[column].dtype.is_float() and not WITHOUT_SCALE.match(unit)
            if not is_same and not (may_scale and _is_scaled(one, two, factor)):
                yield f"{name}.{column}"


def _is_scaled(first: Sequence[Any], second: Sequence[Any], factor: float) -> bool:
    pairs = list(zip(first, second, strict=True))
    if any((one is None) != (two is None) for one, two in pairs):
        return False
    known = [(one, two) for one, two in pairs if one is not None]
    scaled_to = [two for _, two in known]
    for power in POWERS:
        if are_near([one * factor**power for one, _ in known], scaled_to, 1e-6):
            return True
    steps = [two - one for one, two in known]
    largest = max((abs(one) for one, _ in known), default=0.0)
    return bool(steps) and max(steps) - min(steps) < 1e-6 * (1 + largest)


def with_another_column(declared: Measurement) -> Differences:
    """A column of texts and one of numbers that nobody asked for: the same bytes."""
    frame = main_table(declared)
    rows = pl.int_range(frame.height, eager=True)
    more = frame.with_columns(zz_remark=pl.lit("n. a."), zz_figure=rows.cast(pl.Float64))
    yield from same(on_sample(declared.name), call(declared, more))


def unit_without_values(declared: Measurement) -> Differences:
    """A name whose numbers are all missing: what is said of the others stays."""
    frame = main_table(declared)
    numbers = [one for one in amounts(declared) if one not in NOWHERE]
    if not numbers:
        return
    for key in of_role(declared, Key):
        names = frame[key].drop_nulls().unique().sort()
        if not len(names):
            continue
        copy = frame.filter(pl.col(key) == names[0]).with_columns(
            pl.lit("zzz without").alias(key),
            *(pl.lit(None, pl.String).alias(one) for one in numbers),
        )
        yield from _of_others(declared, call(declared, pl.concat([frame, copy])), "zzz without")


def copied_unit(declared: Measurement) -> Differences:
    """A name with the numbers of another: what is measured of each alone, or against a frontier on
    which the copy adds nothing, stays."""
    alone = ALONE.get(declared.name, ())
    for key in of_role(declared, Key)[: len(alone)][:1]:
        frame = main_table(declared)
        names = frame[key].drop_nulls().unique().sort()
        copy = frame.filter(pl.col(key) == names[0]).with_columns(pl.lit("zzz copy").alias(key))
        result = call(declared, pl.concat([frame, copy]))
        for one in _of_others(declared, result, "zzz copy"):
            if re.split(r"[.:]", one)[0] in alone:
                yield one


def _of_others(declared: Measurement, result: Result, name: str) -> Differences:
    for table, base in on_sample(declared.name).tables.items():
        other = result.tables[table]
        for one in base.select(pl.selectors.string()).columns:
            if one in other.columns:
                other = other.filter(pl.col(one).ne_missing(name))
        yield from unlike(table, base, other)


def without_last_year(declared: Measurement) -> Differences:
    """The rows of earlier years are the same without the last."""
    for column in of_role(declared, Year)[:1]:
        frame = main_table(declared)
        years = frame[column].cast(pl.Int32).unique().sort()
        if len(years) < 3:
            return
        result = call(declared, frame.filter(pl.col(column).cast(pl.Int32) < years[-1]))
        for name, base in on_sample(declared.name).tables.items():
            if "year" not in base.columns or name not in result.tables:
                continue
            earlier = base.filter(pl.col("year") < years[-1])
            if not earlier.height:  # a table of the last year alone
                continue
            yield from unlike(name, earlier, result.tables[name].filter(pl.col("year") < years[-1]))


def as_numbers(declared: Measurement) -> Differences:
    """Numbers as numbers and not as texts: the same bytes."""
    yield from same(on_sample(declared.name), call(declared, **_typed(declared)))


def _typed(declared: Measurement) -> dict[str, Any]:
    """The tables with numbers and years as a program would have read them; codes stay texts."""
    tables: dict[str, Any] = {}
    for name, value in sample_of(declared.name).items():
        if not isinstance(value, pl.DataFrame):
            continue
        role = declared.parameters[name].role
        if role is None:
            numbers = {column for column, _ in numbers_in(declared)}
            numbers |= set(of_role(declared, Year))
        else:
            kinds = {one for one, kind in role.columns.items() if isinstance(kind, Number | Year)}
            numbers = kinds & {*value.columns}
        if numbers:
            text = value.select(sorted(numbers)).write_csv()
            value = value.with_columns(pl.read_csv(text.encode(), infer_schema_length=None))
        tables[name] = value
    return tables


def as_pandas(declared: Measurement) -> Differences:
    """Frames of pandas: the same bytes."""
    tables = {name: value.to_pandas() for name, value in _typed(declared).items()}
    yield from same(on_sample(declared.name), call(declared, **tables))


def as_arrow(declared: Measurement) -> Differences:
    """Tables of PyArrow: the same bytes."""
    tables = {name: value.to_arrow() for name, value in _typed(declared).items()}
    yield from same(on_sample(declared.name), call(declared, **tables))


RELATIONS: dict[str, Relation] = {
    each.__name__: each
    for each in (
        shuffled,
        renamed_in_order,
        renamed_against_order,
        scaled,
        scaled_far,
        with_another_column,
        unit_without_values,
        copied_unit,
        without_last_year,
        as_numbers,
        as_pandas,
        as_arrow,
    )
}
