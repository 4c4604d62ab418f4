"""What the instruments of concentration say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.places.agglomeration import Agglomeration, agglomeration
from firstlight.instruments.places.concentration import place_specialisation, spatial_concentration
from firstlight.instruments.places.location_quotients import location_quotients
from firstlight.instruments.places.place_table import last_year, place_table
from firstlight.run.measurements.curves import (
    OBSERVED,
    RANKED,
    Computed,
    add_conventions,
    add_words,
    curve_rows,
    finding_tables,
    ranked_rows,
    titled,
    told_first,
)
from firstlight.run.measurements.drawings import place_map, thirds, thirds_of
from firstlight.run.measurements.hidden_totals import hidden_totals
from firstlight.run.measurements.place_rows import filled, is_given, sites, year_of
from firstlight.sample.made_up_outlines import made_up_outlines
from firstlight.sample.made_up_places import made_up_jobs

Choices = Mapping[str, Any]
ZERO = ("a row without a value counts as 0, as asked for", "按所选口径，无数值的行计为 0")
ALIKE_PLANTS = (
    "plants of one row are taken as equal in size: they are not, and the intervals of location quotients are too narrow",
    "同一行的企业视为等规模：实际并不相等，区位商区间偏窄",
)
GINI = {"y_en": "spatial Gini, 0 = as everything else", "y_zh": "空间基尼系数（0为与总体一致）"}
KRUGMAN = ("Krugman specialisation", "克鲁格曼专业化指数")
SPECIALISED = ("specialisation", "专业化程度")
MAP = {"drawing": "map", "size_en": "the place's total", "size_zh": "地区总量"}


def check_concentration(choices: Choices) -> None:
    """Raises  InputError for a dispersion that can't be."""
    if choices["dispersion"] is not None and choices["dispersion"] <= 0:
        raise InputError(
            f"a dispersion of {choices['dispersion']:g}",
            where="--dispersion",
            try_next="1, or more",
        )


def concentration_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """How unevenly industries lie, how one-sided places are, which quotients are sure; against chance where plants are known."""
    rows = filled(frame, choices["gaps"])
    year = year_of(rows)
    group = "place_group" if is_given(rows, "place_group") else None
    grid = added_up(rows, year, group)
    found = spatial_concentration(
        grid, "value", reference=choices["reference"], group=group, **year
    )
    tables = finding_tables(found, "concentration")
    tables["concentration"] = _of(found.table, "place", group is not None)
    against = _against_chance(rows, choices)
    if against is not None:
        order = pl.col("ellison_glaeser_index")
        tables["agglomeration"] = against.table.sort(
            order, descending=True, nulls_last=True, maintain_order=True
        )
        add_words(tables, against)
    sided = place_specialisation(grid, "value", reference=choices["reference"], **year)
    tables["specialisation"] = _of(sided.table, "industry", False)
    add_words(tables, sided)
    dispersion = choices["dispersion"] or _plant_size(rows)
    keys = ("level", "standardise")
    quotients = location_quotients(
        grid, "value", dispersion=dispersion, **{key: choices[key] for key in keys}, **year
    )
    tables["quotients"] = _surest(quotients.table)
    add_words(tables, quotients)
    tables["conventions"] = tables["conventions"].unique(maintain_order=True)
    tables["sentences"] = told_first(
        tables["sentences"], hidden_totals(place_table(grid, "value", **year))
    )
    if is_given(rows, "plants") and not choices["dispersion"]:
        add_conventions(tables, ALIKE_PLANTS)
    if choices["gaps"] == "zero":
        add_conventions(tables, ZERO)
    return _drawn(tables, rows, bool(year))


def added_up(rows: pl.DataFrame, year: Mapping[str, Any], group: str | None = None) -> pl.DataFrame:
    """A row per place and industry (and year), plants being added up; a missing value stays missing."""
    keys = ["place", "industry", *year, *([group] if group else [])]
    total = pl.when(pl.col("value").null_count() == 0).then(pl.col("value").sum()).alias("value")
    return rows.group_by(keys, maintain_order=True).agg(total)


def _of(table: pl.DataFrame, over: str, has_groups: bool) -> pl.DataFrame:
    """The latest year first, and in it the highest Gini."""
    parts = [] if has_groups else ["theil_within_index", "theil_between_index"]
    plural = {"place": "places_count", "industry": "industries_count"}[over]
    named = table.drop(parts).rename(
        {"units_count": plural, "top_unit": f"top_{over}", "top_share": f"top_{over}_share"}
    )
    by = [name for name in ("year", "gini_index") if name in named.columns]
    return named.sort(by, descending=True, nulls_last=True, maintain_order=True)


def _surest(table: pl.DataFrame) -> pl.DataFrame:
    """The latest year first, and in it the quotients whose lower end is highest."""
    ends = {"low_quotient": "location_quotient_low", "high_quotient": "location_quotient_high"}
    named = table.rename(ends)
    by = [name for name in ("year", "location_quotient_low") if name in named.columns]
    return named.sort(by, descending=True, nulls_last=True, maintain_order=True)


def _against_chance(rows: pl.DataFrame, choices: Choices) -> Agglomeration | None:
    """Ellison-Glaeser and Maurel-Sédillot of the last year, where plants, their number or their Herfindahl are known."""
    named = [name for name in ("plants", "plant_herfindahl") if is_given(rows, name)]
    if not named and not is_given(rows, "plant"):
        return None
    if len(named) > 1:
        raise InputError(
            "the number of plants and their Herfindahl",
            where="plants, plant_herfindahl",
            try_next="leave one out",
        )
    # A plant without jobs, or no plant, has no part in a Herfindahl.
    there = last_year(rows).filter(pl.col("value") != 0)
    total = {"place_total": "place_total"} if is_given(rows, "place_total") else {}
    kind = {"plants": {"plants": "plants"}, "plant_herfindahl": {"herfindahl": "plant_herfindahl"}}
    return agglomeration(there, "value", **total, **(kind[named[0]] if named else {}))


def _plant_size(rows: pl.DataFrame) -> float:
    """Jobs come by the plant: the size of the plant that the mean job is in; those of one row are alike where only numbers are known."""
    value, size = rows["value"].fill_null(np.nan).to_numpy(), 1.0
    if is_given(rows, "plants"):
        plants = rows["plants"].fill_null(np.nan).to_numpy()
        squares = np.divide(value**2, plants, out=np.full_like(value, np.nan), where=plants > 0)
        size = float(np.where(value == 0, 0.0, squares).sum() / value.sum())
    elif is_given(rows, "plant"):
        size = float((value**2).sum() / value.sum())
    return max(size, 1.0) if np.isfinite(size) else 1.0


def _drawn(tables: dict[str, pl.DataFrame], rows: pl.DataFrame, has_years: bool) -> Computed:
    shown = [
        name
        for name in ("concentration", "agglomeration", "specialisation", "quotients")
        if name in tables
    ]
    facts: dict[str, Any] = {"shown": shown, **GINI}
    main = tables["concentration"]
    if has_years and main["year"].n_unique() > 1:
        tables["curves"] = curve_rows(
            main, OBSERVED, "line", panel="industry", x="year", value="gini_index"
        )
        facts |= {"x_en": "year", "x_zh": "年份"}
    else:
        tables["curves"] = ranked_rows(main.rename({"industry": "unit"}), "gini_index")
        facts |= {
            "x_en": "rank, highest first",
            "x_zh": "名次（由高到低）",
            **titled("panels", RANKED),
        }
    where = sites(rows)
    if where is not None:
        last = last_year(tables["specialisation"])
        groups = thirds(last["krugman_index"].to_list(), SPECIALISED)
        tables["nodes"] = place_map(KRUGMAN[0], where, last, "value", groups)
        facts |= MAP | titled("drawings", KRUGMAN) | thirds_of(SPECIALISED)
    return tables, facts


def sample_jobs() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Jobs of the made-up economy's places, and the outlines of these."""
    return made_up_jobs().drop("complexity", "growth", "longitude", "latitude"), {
        "outlines": made_up_outlines()
    }
