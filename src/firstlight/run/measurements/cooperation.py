"""Which share of a place's works is done with other places, over the years, and with whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.communities import communities
from firstlight.instruments.networks.cooperation import cooperation
from firstlight.numerics.finding import Words, sentences_frame
from firstlight.run.measurements.collaboration import community_labels, joint_ends, until_year
from firstlight.run.measurements.curves import (
    ALL_WORKS,
    OBSERVED,
    Computed,
    add_conventions,
    add_sentences,
    curve_rows,
    parted,
    texts,
    titled,
)
from firstlight.run.measurements.network_drawn import drawn_network, given_groups, unknown_names

Choices = Mapping[str, Any]
DRAWN = 11  # places with curves of their own
LEAST = 10  # works, below which a year isn't drawn
WORTH = 5  # places with partners, from which a network is worth drawing
FEW = 100  # works, below which a year says little


def cooperation_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """Shares by place over all years, by year, and partners; curves of all works and of the largest places."""
    used, said = until_year(frame, choices["until"])
    found = cooperation(used.select("work", "place"), level=choices["level"])
    places = joint_ends(found.table).sort(["work_count", "place"], descending=[True, False])
    partners = found.partners.sort(
        ["joint_count", "place", "partner"], descending=[True, False, False]
    )
    tables = {
        "sentences": sentences_frame(found),
        "places": places,
        "partner_places": partners,
        "conventions": texts([*found.conventions, *said]),
    }
    facts: dict[str, Any] = {"shown": ["places", "partner_places"]}
    if not used["year"].null_count():
        yearly = cooperation(
            used.select("work", "place", "year"), year="year", level=choices["level"]
        )
        whole, by_place = joint_ends(yearly.whole), joint_ends(yearly.table)
        tables |= {
            "by_year": whole,
            "place_years": by_place,
            "curves": _curves(whole, by_place, places),
        }
        add_sentences(tables, _change_words(whole))
        drawn_from = (
            f"curves leave out years with fewer than {LEAST} works; tables hold them",
            f"曲线略去成果少于{LEAST}项的年份，表中保留",
        )
        add_conventions(tables, drawn_from)
        facts = {
            "shown": ["by_year", "places", "partner_places", "place_years"],
            "x_en": "year",
            "x_zh": "年份",
        }
        facts |= titled("panels", ALL_WORKS)
        facts |= {"y_en": "share of works with other places", "y_zh": "跨地合作占比"}
    joint = partners.filter(pl.col("place") < pl.col("partner"))
    if joint["place"].n_unique() >= WORTH:
        names, ties = read_links(joint, "place", "partner", "joint_count")
        held = used.rename({"place": "member"})
        groups, note = given_groups(held, names)
        parts = communities(ties, seed=choices["seed"])
        label = community_labels(names, parts, np.asarray(ties.sum(axis=1)).ravel())
        drawn, more = drawn_network(held, names, ties, choices, groups, label)
        tables |= drawn
        add_sentences(tables, note + unknown_names(names))
        by_community = (
            "colours: communities by modularity, where members have no groups",
            "颜色：无分组时按模块度社群",
        )
        add_conventions(tables, by_community)
        facts |= {
            **more,
            "size_en": "joint works, each once per partner",
            "size_zh": "合作成果数（按合作方各计一次）",
        }
    return tables, facts


def _curves(whole: pl.DataFrame, by_place: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Years with few works are in the tables and not drawn: their intervals would hide all others."""
    largest = places["place"].head(DRAWN).to_list()
    parts = [
        whole.with_columns(place=pl.lit(ALL_WORKS[0])),
        *(by_place.filter(pl.col("place") == name) for name in largest),
    ]
    columns = ["place", "year", "joint_share", "joint_low_share", "joint_high_share"]
    held = pl.concat([part.filter(pl.col("work_count") >= LEAST).select(columns) for part in parts])
    ends = {"low": "joint_low_share", "high": "joint_high_share"}
    return parted(
        curve_rows(held, OBSERVED, "line", panel="place", x="year", value="joint_share", **ends)
    )


def _change_words(whole: pl.DataFrame) -> list[tuple[str, Words]]:
    """From the first to the last year with enough works, and whether the two intervals meet."""
    held = whole.filter(pl.col("work_count") >= FEW).sort("year")
    if held.height < 2:
        return []
    first, last = held.row(0, named=True), held.row(-1, named=True)
    meets = (
        first["joint_low_share"] <= last["joint_high_share"]
        and last["joint_low_share"] <= first["joint_high_share"]
    )
    english = f"From {first['year']} to {last['year']} the share went from {first['joint_share']:.1%} to {last['joint_share']:.1%}; "
    chinese = f"{first['year']}年至{last['year']}年，占比由{first['joint_share']:.1%}变为{last['joint_share']:.1%}；"
    english += (
        "their intervals meet, so that chance may be all."
        if meets
        else "their intervals don't meet."
    )
    chinese += "两年区间重叠，可能只是偶然。" if meets else "两年区间不重叠。"
    return [("change", (english, chinese))]
