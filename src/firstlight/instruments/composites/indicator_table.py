"""The rows of a user's table as the indicators and denominators that a declaration asks for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.errors import InputError
from firstlight.instruments.composites.index_declaration import (
    Declaration,
    Denominator,
    Indicator,
)
from firstlight.phrases import in_year
from firstlight.texts import Name, Phrase, message, names

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
_JOINS = re.compile(r"[\s_\-]+")
_UNIT_LAST = re.compile(r"\s*[(\[][^()\[\]]*[)\]]$")


class IndicatorColumns(TypedDict, total=False):
    """Columns of indicators of units, which all measurements of an index share, each by its own
    name unless another is given.

    Parameters
    ----------
    unit
        Column of the units.
    indicator
        Column of the indicators, by the codes, titles or further names that the declaration gives
        them.
    year
        Column of the years.
    value
        Column of the values.
    group
        Column of groups of units, within which the mean or median stands in for what is missing.
    """

    unit: Annotated[str, roles.Key()]
    indicator: Annotated[str, roles.Key(is_heading=True)]
    year: Annotated[str | None, roles.Year()]
    value: Annotated[str, roles.Number()]
    group: Annotated[str | None, roles.Label()]


@dataclass(frozen=True)
class IndicatorTable:
    """Indicators by unit and year.

    keys : unit, and year where the table has years; a row for each, sorted
    values, denominators : (n, k) and (n, m), in the order of the declaration; nan where missing
    years, groups : (n,); None where the table has none
    unused : names in the table that the declaration does not ask for
    ready : codes of indicators that the table has over their denominators already: those that it
            calls by their title where the declaration has further names for what is to be divided
    """

    keys: pl.DataFrame
    values: Floats
    denominators: Floats
    years: NDArray[np.int_] | None
    groups: NDArray[np.str_] | None
    unused: tuple[str, ...]
    ready: tuple[str, ...] = ()

    @property
    def units(self) -> NDArray[np.str_]:
        """(n,), the names of the units."""
        return self.keys["unit"].to_numpy()


def indicator_table(frame: pl.DataFrame, declaration: Declaration) -> IndicatorTable:
    """The values that a declaration asks for, whichever of their names the table calls them by.

    frame : unit, indicator, year (null throughout where there is none), value, group

    Raises InputError where the table has none of the indicators, or one of them under two names.
    """
    parts: list[Indicator | Denominator] = [*declaration.indicators, *declaration.denominators]
    called = {each: _found(each, parts) for each in frame["indicator"].unique().sort()}
    _refuse_none(called, declaration)
    of = [name for name in ("unit", "year") if frame[name].null_count() < frame.height]
    keys = frame.select(of).unique().sort(of)
    known = pl.DataFrame(
        [(name, part) for name, places in called.items() for part in places],
        schema={"indicator": pl.String, "part": pl.Int64},
        orient="row",
    )
    placed = frame.join(known, on="indicator")
    rows = placed.join(keys.with_row_index("row"), on=of, how="left")
    _refuse_two_names(rows, of, parts)
    matrix = np.full((keys.height, len(parts)), np.nan)
    filled = rows.drop_nulls("value")
    matrix[filled["row"].to_numpy(), filled["part"].to_numpy()] = filled["value"].to_numpy()
    count = len(declaration.indicators)
    return IndicatorTable(
        keys,
        matrix[:, :count],
        matrix[:, count:],
        keys["year"].to_numpy().astype(int) if "year" in of else None,
        _groups(frame, keys),
        tuple(name for name, places in called.items() if not places),
        tuple(
            each.code
            for place, each in enumerate(declaration.indicators)
            if any(place in places and _is_ready(name, each) for name, places in called.items())
        ),
    )


def in_first_year(rows: pl.DataFrame) -> Phrase:
    """The year of the first row, as a part of a sentence."""
    if "year" not in rows.columns:
        return in_year(None)
    return in_year(rows["year"][0])


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return _JOINS.sub(" ", text).strip()


def _found(name: str, parts: list[Indicator | Denominator]) -> list[int]:
    """The indicators and denominators that a name stands for: their code, their title in either
    language or one of their further names, with or without a unit in brackets. What is an indicator
    may divide others, too."""
    forms = _forms(name)
    return [
        place
        for place, each in enumerate(parts)
        if forms & {_folded(text) for text in (each.code, *each.title.values(), *each.names)}
    ]


def _forms(name: str) -> set[str]:
    return {_folded(name), _UNIT_LAST.sub("", _folded(name))}


def _is_ready(name: str, indicator: Indicator) -> bool:
    """Whether a name is the title of an indicator whose dividend has names of its own."""
    if indicator.denominator is None or not indicator.names:
        return False
    raw = {_folded(text) for text in (indicator.code, *indicator.names)}
    titles = {_folded(text) for text in indicator.title.values()}
    return bool(_forms(name) & (titles - raw))


def _groups(frame: pl.DataFrame, keys: pl.DataFrame) -> NDArray[np.str_] | None:
    if frame["group"].null_count() == frame.height:
        return None
    named = frame.drop_nulls("group").group_by("unit").agg(pl.col("group").min())
    joined = keys.join(named, on="unit", how="left", maintain_order="left")
    groups: Any = joined["group"].fill_null("").to_numpy()
    return np.asarray(groups, str)


def _refuse_none(called: dict[str, list[int]], declaration: Declaration) -> None:
    count = len(declaration.indicators)
    if any(part < count for own in called.values() for part in own):
        return
    wanted = names([each.code for each in declaration.indicators])
    own = Name(declaration.name)
    there = names(called)
    raise InputError(message("no_indicator", wanted=wanted, name=own, there=there), FOLDER)


def _refuse_two_names(
    rows: pl.DataFrame, of: list[str], parts: list[Indicator | Denominator]
) -> None:
    twice = rows.filter(pl.struct(*of, "part").is_duplicated()).sort(*of, "part", "indicator")
    if twice.height:
        first = twice.row(0, named=True)
        same = twice.filter((pl.col("unit") == first["unit"]) & (pl.col("part") == first["part"]))[
            "indicator"
        ]
        about = {"unit": Name(first["unit"]), "indicator": Name(parts[first["part"]].code)}
        wrong = message("two_names", names=names(same.unique().sort()), **about)
        raise InputError(wrong, FOLDER)
