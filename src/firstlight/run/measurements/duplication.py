"""What the instruments of duplication say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.places.duplication import duplication_warnings
from firstlight.instruments.places.industry_communities import industry_communities
from firstlight.instruments.places.location_quotients import specialised_in
from firstlight.instruments.places.place_table import last_year, place_table
from firstlight.instruments.places.structural_similarity import (
    SimilarPlaces,
    plan_overlap,
    structural_similarity,
)
from firstlight.numerics.finding import Words, listed
from firstlight.run.measurements.concentration import ZERO, added_up
from firstlight.run.measurements.curves import (
    Computed,
    add_conventions,
    add_words,
    curve_rows,
    finding_tables,
    parted,
    titled,
    told_first,
)
from firstlight.run.measurements.drawings import network, place_map, weights_of
from firstlight.run.measurements.hidden_totals import hidden_totals
from firstlight.run.measurements.place_rows import filled, is_given, sites, year_of
from firstlight.sample.made_up_places import made_up_jobs

Choices = Mapping[str, Any]
ALIKE, OVERLAP = ("Places that are alike", "结构相似的地区"), ("Plans that overlap", "规划重合")
SIGNALS = ("complexity", "growth", "price")
MEAN = ("mean over the other places", "与其他地区的均值")
UNWARNED = (
    "no early warnings: they need years, the complexity of industries, and their prices or forecast growth",
    "无预警：需有年份、行业复杂度，以及价格或需求预测增速",
)


def duplication_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """Who copies whom, how far plans overlap, and where many enter the same simple step while demand or prices fall."""
    if not is_given(frame, "value"):
        _refuse_panel(frame)
        return _of_plans(frame)
    rows = filled(frame, choices["gaps"])
    year = year_of(rows)
    grid = added_up(rows, year)
    found = structural_similarity(grid, "value", **year)
    tables = finding_tables(found, "similarity")
    del tables["places"]
    tables["similar_places"] = _nearest(found, grid, bool(year))
    tables["similarity"] = _most_alike(found.table)
    tables["sentences"] = told_first(
        tables["sentences"], hidden_totals(place_table(grid, "value", **year))
    )
    shown = ["similar_places"]
    if (
        year
        and is_given(rows, "complexity")
        and (is_given(rows, "growth") or is_given(rows, "price"))
    ):
        _add_warnings(tables, rows, grid, choices)
        shown.append("warnings")
    else:
        add_conventions(tables, UNWARNED)
    if choices["gaps"] == "zero":
        add_conventions(tables, ZERO)
    facts = _drawn(tables, found, rows, bool(year))
    return tables, {"shown": [*shown, "similarity"], **facts}


def _nearest(found: SimilarPlaces, grid: pl.DataFrame, has_years: bool) -> pl.DataFrame:
    """The last year's places, each with the one most like it and the industries in which both are specialised."""
    last = last_year(found.places)
    read = place_table(grid, "value", **({"year": "year"} if has_years else {}))
    special = specialised_in(read.values[-1])
    at, size = {name: k for k, name in enumerate(read.places)}, read.values[-1].sum(axis=0)
    shared = []
    for place, nearest in last.select("place", "nearest").rows():
        both = np.flatnonzero(special[at[place]] & special[at[nearest]])
        shared.append([read.industries[k] for k in both[np.argsort(-size[both], kind="stable")]])
    return last.with_columns(
        shared_count=pl.Series([len(names) for names in shared], dtype=pl.Int64),
        shared_activities=pl.Series([listed(names) for names in shared], dtype=pl.String),
    ).sort("nearest_finger_kreinin_index", "place", descending=[True, False])


def _most_alike(table: pl.DataFrame) -> pl.DataFrame:
    by = [name for name in ("year", "finger_kreinin_index") if name in table.columns]
    return table.sort(by, descending=True, maintain_order=True)


def _add_warnings(
    tables: dict[str, pl.DataFrame], rows: pl.DataFrame, grid: pl.DataFrame, choices: Choices
) -> None:
    named = {name: name for name in SIGNALS if is_given(rows, name)}
    signals = rows.select("industry", "year", *named).unique().sort("industry", "year", *named)
    twice = signals.filter(pl.struct("industry", "year").is_duplicated())
    if twice.height:
        raise InputError(
            "different signals in one year",
            where=f"industry {twice['industry'][0]!r}, year {twice['year'][0]}, {', '.join(named)}",
            try_next="complexity, growth and price are an industry's: the same in all places",
        )
    keys = ("presence", "window", "horizon", "least_entrants", "crowded", "simple")
    columns: dict[str, Any] = {
        "price": "price" if "price" in named else None,
        "demand": "growth" if "growth" in named else None,
    }
    options = {key: choices[key] for key in keys}
    found = duplication_warnings(grid, "value", signals, activity="industry", **columns, **options)
    order = ["is_warned", "year", "entrants_count"]
    table = found.table.rename({"activity": "industry"})
    tables["warnings"] = table.sort(order, descending=True, nulls_last=True, maintain_order=True)
    tables["record"] = found.record.rename({"group": "warning_group"})
    add_words(tables, found)


def _drawn(
    tables: dict[str, pl.DataFrame], found: SimilarPlaces, rows: pl.DataFrame, has_years: bool
) -> dict[str, Any]:
    """The network (or map) of places that are alike, coloured by groups of them; and similarity through the years."""
    last = last_year(found.table)
    names = sorted({*last["place"], *last["other"]})
    alike = weights_of(names, last["place"], last["other"], last["finger_kreinin_index"].to_numpy())
    size = dict(last_year(rows).group_by("place").agg(pl.col("value").sort().sum()).iter_rows())
    sizes = [size[name] for name in names]
    groups = _groups(names, alike, sizes)
    drawn = network(ALIKE[0], names, alike, sizes, groups)
    facts: dict[str, Any] = {
        "drawing": "network",
        "size_en": "the place's total",
        "size_zh": "地区总量",
    }
    facts |= titled("drawings", ALIKE)
    where = sites(rows)
    if where is not None:
        frame = pl.DataFrame(
            {"place": names, "value": sizes}, schema={"place": pl.String, "value": pl.Float64}
        )
        drawn["nodes"] = place_map(ALIKE[0], where, frame, "value", groups)
        facts["drawing"] = "map"
    tables |= drawn
    if has_years and found.places["year"].n_unique() > 1:
        value = "mean_finger_kreinin_index"
        tables["curves"] = parted(
            curve_rows(found.places, MEAN, "line", panel="place", x="year", value=value)
        )
        facts |= {
            "x_en": "year",
            "x_zh": "年份",
            "y_en": "similarity, 1 = the same structure",
            "y_zh": "相似度（1为结构相同）",
        }
    return facts


def _groups(names: list[str], alike: Any, sizes: list[float]) -> list[Words | None]:
    """Communities of places that are more alike than places are, each named after its largest."""
    above = np.maximum(alike - alike[np.triu_indices(len(names), 1)].mean(), 0)
    np.fill_diagonal(above, 0)
    labels = industry_communities(above).labels
    found: list[Words | None] = []
    for own in labels:
        members = np.flatnonzero(labels == own)
        top = names[members[np.argmax(np.array(sizes)[members])]]
        found.append((f"like {top}", f"与{top}相似") if members.size > 1 else None)
    return found


def _refuse_panel(frame: pl.DataFrame) -> None:
    """A table with signals, or with a pair in several years, has values that were not recognised; as plans it would say little."""
    pairs = frame.select("place", "industry")
    signal = next((name for name in SIGNALS if is_given(frame, name)), None)
    if signal or (is_given(frame, "year") and pairs.is_duplicated().any()):
        raise InputError(
            f"no values, but {signal or 'the same pair in several years'}",
            where="column value",
            try_next="name the column of jobs or output: --column value=YOURS; or bring a list of plans of one year, without signals",
        )


def _of_plans(frame: pl.DataFrame) -> Computed:
    """The overlap of lists without values: plans, projects, named priorities."""
    plans = frame.select("place", "industry").unique().sort("place", "industry")
    found = plan_overlap(plans, activity="industry")
    tables = finding_tables(found, "overlap")
    some = found.table.filter(pl.col("shared_count") > 0)
    tables["overlap"] = some.sort(
        "shared_count", "jaccard_share", descending=True, maintain_order=True
    )
    none = found.table.height - some.height
    if none:
        add_conventions(
            tables,
            (f"{none:,} pairs with nothing in common are not listed", f"{none:,} 对无重合，未列出"),
        )
    tables["planned"] = tables.pop("activities").rename({"activity": "industry"})
    names = sorted(set(plans["place"]))
    weights = weights_of(
        names, found.table["place"], found.table["other"], found.table["jaccard_share"].to_numpy()
    )
    count = dict(plans.group_by("place").len().iter_rows())
    sizes = [float(count[name]) for name in names]
    tables |= network(OVERLAP[0], names, weights, sizes, _groups(names, weights, sizes))
    drawing = {
        "drawing": "network",
        **titled("drawings", OVERLAP),
        "size_en": "number of plans",
        "size_zh": "规划数",
    }
    brief = ["place", "other", "shared_count", "jaccard_share", "shared_activities"]
    return tables, {"shown": ["overlap", "planned"], "brief": brief, **drawing}


def sample_rush() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Jobs of the made-up economy with a planted rush of places into one simple industry; no coordinates, so as a network."""
    return made_up_jobs().drop("latitude", "longitude"), {}
