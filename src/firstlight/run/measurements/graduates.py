"""Graduates against demand: as the tables that a measurement keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.networks.talent.graduate_balance import graduate_balance
from firstlight.numerics.finding import sentences_frame
from firstlight.run.measurements.curves import Computed, curve_rows, parted, texts

Choices = Mapping[str, Any]
KEYS = ("place", "year")
SIDES = (("supply_count", ("graduates", "毕业生")), ("demand_count", ("openings", "岗位需求")))


def check_graduates(choices: Choices) -> None:
    """Raises  InputError where a table is not named."""
    for name, try_next in (
        ("demand", "--demand openings.csv, a row per occupation"),
        ("crosswalk", "--crosswalk links.csv, a row per field and occupation with its share"),
    ):
        if choices[name] is None:
            raise InputError(f"no table of {name}", where=f"--{name}", try_next=try_next)


def graduate_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """What fields supply and occupations demand, the last year and the largest gap first."""
    demand, by = choices["demand"], list[str]()
    for key in KEYS:
        known = [own[key].null_count() < own.height for own in (frame, demand)]
        if known[0] != known[1]:
            with_it, without = ("graduates", "demand") if known[0] else ("demand", "graduates")
            raise InputError(
                f"a {key} for the {with_it} alone", where=f"the table of {without}", try_next=f"give both a {key}"
            )
        by += [key] if all(known) else []
    found = graduate_balance(frame, demand, choices["crosswalk"], by=tuple(by))
    last = ["year"] if "year" in by else []
    order = [*last, "gap_count", *(key for key in by if key != "year"), "field"]
    balance = found.table.sort(order, descending=[name == "year" for name in order], nulls_last=True).with_columns(
        pl.lit(None).alias(key) for key in KEYS if key not in by
    )
    tables = {
        "sentences": sentences_frame(found),
        "balance": balance.select(
            "field", *KEYS, "supply_count", "demand_count", "gap_count", "supply_ratio", "reason_en", "reason_zh"
        ),
        "unlinked": found.unlinked.select("occupation", *by, "demand_count"),
        "conventions": texts([*found.conventions]),
    }
    if "year" in by and found.table["year"].n_unique() > 1:
        total = found.table.group_by("field", "year").agg(
            pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sort().sum()).alias(name) for name, _ in SIDES
        )
        lines = [curve_rows(total, words, "line", panel="field", x="year", value=name) for name, words in SIDES]
        tables["curves"] = parted(pl.concat(lines)).sort("panel", "line_en", "x")
    return tables, {"x_en": "year", "x_zh": "年份", "y_en": "people", "y_zh": "人数"}
