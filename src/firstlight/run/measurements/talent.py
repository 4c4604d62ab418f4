"""Where people are, where they go, and between which industries they move: as the tables that a measurement keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.talent.relatedness_density import relatedness_density
from firstlight.instruments.networks.talent.skill_relatedness import (
    SkillRelatedness,
    skill_relatedness,
)
from firstlight.instruments.networks.talent.talent_flows import (
    NOISE,
    TalentFlows,
    last_firm_year,
    talent_flows,
)
from firstlight.numerics.finding import Words, sentences_frame
from firstlight.numerics.graph_layout import backbone, layout
from firstlight.run.measurements.collaboration import until_year
from firstlight.run.measurements.curves import (
    Computed,
    add_sentences,
    add_words,
    curve_rows,
    parted,
    texts,
    titled,
)
from firstlight.run.measurements.drawings import link_rows, node_rows

Choices = Mapping[str, Any]
MOVES = ("Moves between units", "单元间流动")
DRAWN = 12  # units with curves of their own
WORTH = 4  # units, from which a network is worth drawing
PARTS = (("arrivals_count", ("arrivals", "到达")), ("departures_count", ("departures", "离开")))
LAST: Words = (
    "people there: in the last year that is not provisional; density: in the last year of the record",
    "存量取最近一个已确定年份；关联密度取记录末年",
)
NO_MOVES: Words = (
    "Nobody moves between industries: no relatedness can be told.",
    "行业间无人员流动，无法计算关联度。",
)


def talent_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """Stocks and flows by unit; relatedness between industries, or units where there are none; density where there are places too."""
    used, said = until_year(frame.rename({"organisation": "unit"}), choices["until"])
    _refuse_lists(used)
    found = talent_flows(used.select("person", "unit", "year"), gap=choices["gap"])
    units, pairs = _units(found.table), _pairs(found.flows)
    tables = {
        "sentences": sentences_frame(found),
        "units": units,
        "moves": pairs,
        "unit_years": found.table,
        "conventions": texts([*found.conventions, LAST, *said]),
    }
    related = _related(found, used, choices, tables)
    if related is not None:
        tables["relatedness"] = related.table.sort(
            ["relatedness_index", "unit_1", "unit_2"], descending=[True, False, False]
        )
        _add_density(used, related, tables)
    largest = units["unit"].head(DRAWN).to_list()
    drawn = pl.concat([found.table.filter(pl.col("unit") == name) for name in largest])
    lines = [
        curve_rows(drawn, words, "line", panel="unit", x="year", value=column)
        for column, words in PARTS
    ]
    tables["curves"] = parted(pl.concat(lines))
    shown = [
        name
        for name in ("units", "moves", "relatedness", "density", "unit_years")
        if name in tables
    ]
    facts: dict[str, Any] = {
        "shown": shown,
        "x_en": "year",
        "x_zh": "年份",
        "y_en": "people",
        "y_zh": "人数",
    }
    if units.filter((pl.col("arrivals_count") + pl.col("departures_count")) > 0).height >= WORTH:
        tables |= _drawn(pairs, units, choices["drawn"])
        facts |= titled("drawings", MOVES)
        facts |= {
            "drawing": "network",
            "size_en": "people, last firm year",
            "size_zh": "末年（已确定）人数",
        }
    return tables, facts


def _refuse_lists(used: pl.DataFrame) -> None:
    """Raises  InputError where many cells name several people: who of them is where can't be told."""
    several = used.filter(pl.col("person").str.contains("[;；|]"))
    if several.height > used.height / 10:
        raise InputError(
            f"{several.height:,} rows name several people at once",
            where="column person",
            try_next="a row per person and affiliation, so that it is clear who is where",
        )


def _units(table: pl.DataFrame) -> pl.DataFrame:
    """Each unit over the whole record, the largest of the last firm year first."""
    last = last_firm_year(table)
    sums = ("arrivals_count", "departures_count", "entered_count", "left_count", "returnees_count")
    held = table.group_by("unit").agg(
        pl.when(pl.col("year") == last)
        .then("stock_count")
        .otherwise(0.0)
        .sum()
        .alias("stock_count"),
        pl.col("stock_count").mean().alias("mean_stock_count"),
        *(pl.col(name).sum() for name in sums),
        pl.len().alias("years_count"),
        pl.col("arrivals_count")
        .count()
        .alias("_compared"),  # a first year has no year before, and so no flows
    )
    net = pl.col("arrivals_count") - pl.col("departures_count")
    back = pl.when(pl.col("arrivals_count") > 0).then(
        pl.col("returnees_count") / pl.col("arrivals_count")
    )
    noise = NOISE * (pl.col("arrivals_count") + pl.col("departures_count")).sqrt()
    found = held.with_columns(
        net_count=net,
        net_count_low=net - noise,
        net_count_high=net + noise,
        net_rate_share=pl.when(pl.col("_compared") > 0).then(
            net / pl.col("_compared") / pl.col("mean_stock_count")
        ),
        returnee_share=back,
    )
    order = (
        *(
            "unit",
            "stock_count",
            "arrivals_count",
            "departures_count",
            "net_count",
            "net_count_low",
            "net_count_high",
            "net_rate_share",
        ),
        *("returnees_count", "returnee_share", "entered_count", "left_count", "years_count"),
    )
    return found.select(order).sort(["stock_count", "unit"], descending=[True, False])


def _pairs(flows: pl.DataFrame) -> pl.DataFrame:
    """Moves over all years, each direction beside the other."""
    both = flows.group_by("origin", "destination").agg(pl.col("people_count").sum())
    back = both.select(origin="destination", destination="origin", back_count="people_count")
    held = both.join(back, on=["origin", "destination"], how="left").with_columns(
        pl.col("back_count").fill_null(0.0)
    )
    return held.sort(["people_count", "origin", "destination"], descending=[True, False, False])


def _related(
    found: TalentFlows, used: pl.DataFrame, choices: Choices, tables: dict[str, pl.DataFrame]
) -> SkillRelatedness | None:
    """Relatedness between industries where the table has them, else between units; None, and a sentence, where nobody moves."""
    flows = found.flows
    if used["industry"].null_count() < used.height:
        rows = used.filter(pl.col("industry").is_not_null()).select("person", "industry", "year")
        flows = talent_flows(rows, unit="industry", gap=choices["gap"]).flows
    if not flows.height:
        add_sentences(tables, [("no_moves", NO_MOVES)])
        return None
    related = skill_relatedness(flows, level=choices["level"])
    add_words(tables, related)
    return related


def _add_density(
    used: pl.DataFrame, related: SkillRelatedness, tables: dict[str, pl.DataFrame]
) -> None:
    """Density of each industry among the people of each unit in the last year, where the table has industries."""
    last = used.filter((pl.col("year") == pl.col("year").max()) & pl.col("industry").is_not_null())
    if last["industry"].n_unique() < 2:
        return
    shared = last.unique(["person", "unit", "industry"]).with_columns(
        people=1 / pl.len().over("person")
    )
    held = shared.sort("unit", "industry", "person").group_by(
        "unit", "industry", maintain_order=True
    )
    rows = held.agg(people_count=pl.col("people").sum())
    density = relatedness_density(rows, related, place="unit")
    found = density.table.rename({"place": "unit"})
    tables["density"] = found.sort(
        ["density_share", "unit", "industry"], descending=[True, False, False], nulls_last=True
    )
    add_words(tables, density)


def _drawn(pairs: pl.DataFrame, units: pl.DataFrame, most: int) -> dict[str, pl.DataFrame]:
    """The largest units and the strongest moves between them, both ways together."""
    kept = units["unit"].head(most).to_list()
    own = pairs.filter(pl.col("origin").is_in(kept) & pl.col("destination").is_in(kept))
    if not own.height:
        return {}
    names, ties = read_links(own, "origin", "destination", "people_count")
    shown = backbone(ties)
    size = dict(units.select("unit", "stock_count").iter_rows())
    sizes = [float(size[name]) for name in names]
    nodes = node_rows(MOVES[0], names, layout(shown), sizes, [None] * len(names))
    return {"nodes": nodes, "links": link_rows(MOVES[0], names, shown)}
