"""Tables that are odd, or wrong, give an answer whose sentences can be true, or an error of ours."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import polars as pl
import pytest
from economies import GERMANY, code_of, germany
from test_footprints import DIRECT, german_co2, two_countries

from firstlight.chains import footprints, responsibility
from firstlight.errors import InputError
from firstlight.measurement import Measurement, measurement
from firstlight.result import Result
from firstlight.texts import LANGUAGES, List, Phrase, Share

MEASURED = (
    "aggregation",
    "chain_position",
    "digital_content",
    "export_decomposition",
    "extraction",
    "footprints",
    "growth_decomposition",
    "scenario_effects",
    "shock",
    "structure",
    "table_uncertainty",
    "table_update",
    "trade_value_added",
)
QUICK: dict[str, dict[str, Any]] = {"table_uncertainty": {"draws": 20}}
UNSAID = re.compile(r"\b(nan|None|inf)\b|\{|∞")
SAME = pl.col("value")
# what says that parts may be larger than their whole
BEYOND = {"adds_nothing", "below_nothing", "negative_flows", "table_off"}
Frames = dict[str, Any]


@cache
def sample_of(name: str) -> Frames:
    given = {**measurement(name).sample_call(), **QUICK.get(name, {})}
    frame = given["frame"].with_columns(pl.col("value").cast(pl.Float64))
    return {**given, "frame": frame}


def sectors_of(frame: pl.DataFrame) -> list[str]:
    """The names that sell and buy alike, and are no totals."""
    both = set(frame["supplier"]) & set(frame["user"])
    return sorted(both - {"output", "imports", "total"})


def with_value(given: Frames, where: pl.Expr, value: pl.Expr) -> Frames:
    frame = given["frame"]
    return {**given, "frame": frame.with_columns(value=pl.when(where).then(value).otherwise(SAME))}


def times(factor: float) -> Callable[[Frames, pl.Expr], Frames]:
    return lambda given, where: with_value(given, where, SAME * factor)


def sold(given: Frames) -> pl.Expr:
    """The rows of one sector."""
    return pl.col("supplier") == sectors_of(given["frame"])[0]


def bought(given: Frames) -> pl.Expr:
    """Its column."""
    return pl.col("user") == sectors_of(given["frame"])[0]


def sold_by_next(given: Frames) -> pl.Expr:
    return pl.col("supplier") == sectors_of(given["frame"])[1]


def is_flow(given: Frames) -> pl.Expr:
    sectors = sectors_of(given["frame"])
    return pl.col("supplier").is_in(sectors) & pl.col("user").is_in(sectors)


def drawn_down(given: Frames, times_output: float, *, is_stated: bool) -> Frames:
    """One sector's stocks run down, by so many times all that it delivers; the output that the
    table states falls with them, or not."""
    frame, is_own = given["frame"], sold(given)
    keys = [name for name in frame.columns if name not in ("user", "value")]
    is_output = pl.col("user") == "output"
    whole = frame.filter(is_own & ~is_output & (SAME > 0)).group_by(keys, maintain_order=True)
    fall = whole.agg(value=-times_output * SAME.sum())
    stocks = fall.with_columns(user=pl.lit("inventories")).select(frame.columns)
    if is_stated:
        joined = frame.join(fall.rename({"value": "fall"}), on=keys, how="left")
        fallen = SAME + pl.when(is_own & is_output).then("fall").otherwise(0.0).fill_null(0.0)
        frame = joined.with_columns(value=fallen).drop("fall")
    frame = frame.filter(~(is_own & (pl.col("user") == "inventories")))
    return {**given, "frame": pl.concat([frame, stocks], how="vertical_relaxed")}


def alone(given: Frames) -> Frames:
    """One sector, with all that it pays and all who buy of it."""
    others = sectors_of(given["frame"])[1:]
    kept = ~pl.col("supplier").is_in(others) & ~pl.col("user").is_in(others)
    return {**given, "frame": given["frame"].filter(kept)}


def turned(given: Frames) -> Frames:
    return {**given, "frame": given["frame"].rename({"supplier": "user", "user": "supplier"})}


def renamed(given: Frames) -> Frames:
    """The first sector goes by another name among the users."""
    called = pl.when(bought(given)).then(pl.lit("somebody else")).otherwise("user")
    return {**given, "frame": given["frame"].with_columns(user=called)}


ODD: dict[str, Callable[[Frames], Frames]] = {
    "sells nothing": lambda given: times(0)(given, sold(given)),
    "buys nothing": lambda given: times(0)(given, bought(given) & is_flow(given)),
    "does nothing": lambda given: times(0)(given, sold(given) | bought(given)),
    "sells to sectors alone": lambda given: times(0)(given, sold(given) & ~is_flow(given)),
    "pays no wages": lambda given: times(0)(given, bought(given) & ~is_flow(given)),
    "no wages at all": lambda given: times(0)(given, pl.col("supplier") == "wages"),
    "no flows": lambda given: times(0)(given, is_flow(given)),
    "nothing at all": lambda given: times(0)(given, pl.lit(value=True)),
    "flows alone": lambda given: {**given, "frame": given["frame"].filter(is_flow(given))},
    "stocks run down": lambda given: drawn_down(given, 0.3, is_stated=True),
    "more than all stocks run down": lambda given: drawn_down(given, 5, is_stated=True),
    "stocks that output does not show": lambda given: drawn_down(given, 5, is_stated=False),
    "a flow below nothing": lambda given: times(-0.2)(given, bought(given) & sold_by_next(given)),
    "all below nothing": lambda given: times(-1)(given, pl.lit(value=True)),
    "alone": alone,
    "rows and columns changed places": turned,
    "another name among the users": renamed,
}


def shares_in(value: Any) -> Iterator[float]:
    """The shares in a value of a message, and in what it is made of."""
    if isinstance(value, Share):
        yield value.value
    if isinstance(value, Phrase):
        yield from (share for each in value.value.values.values() for share in shares_in(each))
    if isinstance(value, List):
        yield from (share for each in value.value for share in shares_in(each))


def check(declared: Measurement, given: Frames) -> str:
    """The code of the error, or "result"."""
    try:
        result = declared.function(**given)
    except InputError as error:
        for lang in LANGUAGES:
            assert "{" not in "".join(error.parts(lang))
        return error.code
    check_answer(result)
    return "result"


def check_answer(result: Result) -> None:
    for lang in LANGUAGES:
        for told in result.said:
            assert not UNSAID.search(result.texts.sentence(lang, told)), told
    for told in result.said:
        # nothing is lower by more than all of it, and no part is larger than its whole
        shares = [share for value in told.values.values() for share in shares_in(value)]
        is_told = BEYOND & {each.code for each in result.said}
        assert is_told or all(-1e-9 <= share <= 1 + 1e-9 for share in shares), told
    for name, table in result.tables.items():
        for column in table.select(pl.selectors.float()):
            told = f"{name}.{column.name}"
            assert all(math.isfinite(value) for value in column.drop_nulls()), told


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", MEASURED)
def test_an_odd_table(name: str, odd: str) -> None:
    check(measurement(name), ODD[odd](sample_of(name)))


@pytest.mark.parametrize("stressors", [[[1, 2, 3, 4, 5, 6]], [1, 2, 3, 4, 5, 6], [[1, 2]] * 5])
def test_stressors_without_a_row_for_each_sector_are_refused(stressors: Any) -> None:
    flows, output = GERMANY["flows"], GERMANY["output"]
    assert code_of(lambda: responsibility(flows, output, stressors)) == "unlike_shapes"


def test_a_tables_own_final_users_may_emit_whatever_they_are_called() -> None:
    """Rows under the names of its columns are direct emissions, as those of households are; what
    is paid is no emitter."""
    other = german_co2().with_columns(pl.col("sector").replace("households", "other uses"))
    found = footprints(germany(), stressors=other)
    direct = found.tables["parts"].filter(part="direct")["value"]
    assert direct.to_list() == [DIRECT] * 3
    paid = german_co2().with_columns(pl.col("sector").replace("households", "wages"))
    assert code_of(lambda: footprints(germany(), stressors=paid)) == "no_such_sector"
    rows, co2 = two_countries()
    called = pl.col("user").replace("households", "hh")
    theirs = co2.with_columns(pl.col("sector").replace("households", "hh"))
    found = footprints(rows.with_columns(called), stressors=theirs)
    assert found.tables["countries"].filter(country="B")["direct"].to_list() == [7.0]
