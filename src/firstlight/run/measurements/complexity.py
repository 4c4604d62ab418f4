"""Complexity of places and activities, as the tables, drawings and curves that a measurement keeps and a page shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy.stats import rankdata

from firstlight.instruments.complexity.economic_complexity import (
    EconomicComplexity,
    complexity_sentences,
    economic_complexity,
)
from firstlight.instruments.complexity.related_activities import (
    RelatedActivities,
    related_activities,
)
from firstlight.numerics.finding import Words, listed
from firstlight.run.measurements.activity_choices import (
    ABSENT,
    Activities,
    Choices,
    of_activity,
    presence_rule,
    read_choices,
    totals_of,
)
from firstlight.run.measurements.activity_space import SPACE, Space, activity_space
from firstlight.run.measurements.curves import OBSERVED, Computed, curve_rows, parted, texts, told
from firstlight.run.measurements.drawings import NODES, place_map, thirds, thirds_of

PLACES, MAP = "Places: diversity and complexity", "Where complexity is: thirds of ECI"
PAIRS = 400_000  # pairs of place and activity that are kept, all of them; above, those that say something
TINY, FIRST = (
    1e-4,
    10,
)  # share of all value, below which a place among the highest ranks is pointed out
FEW = 10  # places or activities, below which a sentence warns
NEAREST = 20  # absent activities of a place that are kept then
DRAWINGS: dict[str, dict[str, str]] = {
    SPACE: {"kind": "network", "title_en": SPACE, "title_zh": "活动空间"},
    MAP: {"kind": "map", "title_en": MAP, "title_zh": "复杂度的分布：ECI三分位"},
    PLACES: {
        "kind": "scatter",
        "title_en": PLACES,
        "title_zh": "各地的多样性与复杂度",
        "x_en": "diversity: activities present",
        "x_zh": "多样性（存在的活动数）",
        "y_en": "ECI, standard deviations",
        "y_zh": "ECI（标准差）",
    },
}


def complexity_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """Complexity of places and activities of every year; what is near to what, and the space of activities, of the year shown."""
    table, rule = read_choices(frame, choices), presence_rule(choices)
    found = economic_complexity(table.frame, **table.keywords, rule=rule)
    near = related_activities(
        table.frame, **table.keywords, rule=rule, measure=choices["proximity"]
    )
    own = next(one for one in near.years if one.table.year == table.year)
    group = of_activity(table, "group")
    space = activity_space(own, choices["proximity"], group, links_per_node=choices["links"])
    places = _places(table, found, near)
    shown = table.of_year(places)
    on_map, where = _map(frame, shown)
    tables = {
        "sentences": _sentences(table, places, found, near, space, where),
        "place_complexity": places,
        "activity_complexity": _activities(table, found, space, group),
        "nearness": _pairs(near.pairs(table.year, absent_only=False), _values(table)),
        "nearest_activities": space.nearest,
        "nodes": pl.concat([space.nodes, _scatter(shown), on_map]),
        "links": space.links,
        "conventions": texts(
            [
                *found.conventions,
                *near.conventions[len(rule.conventions()) :],
                *space.conventions,
                ABSENT,
                *table.conventions,
            ]
        ),
    }
    if table.year is not None and places["year"].n_unique() > 1:
        tables["curves"] = _curves(places)
    facts: dict[str, Any] = {
        "drawing": "network",
        "drawings": DRAWINGS,
        "size_en": "value",
        "size_zh": "数值",
        **thirds_of(),
    }
    axes = {
        "x_en": "year",
        "x_zh": "年份",
        "y_en": "ECI, standard deviations",
        "y_zh": "ECI（标准差）",
    }
    return tables, {**facts, **axes}


def _values(table: Activities) -> pl.DataFrame:
    return table.shown.select("place", "activity", "value")


def _places(table: Activities, found: EconomicComplexity, near: RelatedActivities) -> pl.DataFrame:
    """One row per place (and year), the year that is shown first, the most complex first."""
    keys = ["place"] if table.year is None else ["year", "place"]
    total = table.frame.group_by(keys).agg(value=pl.col("value").sort().sum())
    more = near.table.select(*keys, "outlook_index", "outlook_index_z", "density_of_absent_share")
    every = found.table.join(more, on=keys, how="left").join(total, on=keys, how="left")
    rank = pl.col("eci").rank("min", descending=True)
    every = every.with_columns(
        (rank if table.year is None else rank.over("year")).cast(pl.Int64).alias("eci_rank")
    )
    first = [
        "place",
        *keys[:-1],
        "eci_rank",
        "eci",
        "diversity_count",
        "outlook_index_z",
        "fitness",
        "genepy",
    ]
    order = [
        *first,
        "outlook_index",
        "density_of_absent_share",
        "value",
        "block",
        "reason_en",
        "reason_zh",
    ]
    return _sorted(every.select(order), "eci", "place", table.year)


def _activities(
    table: Activities, found: EconomicComplexity, space: Space, group: dict[str, str]
) -> pl.DataFrame:
    """One row per activity (and year), the year that is shown first, the most complex first."""
    keys = ["activity"] if table.year is None else ["year", "activity"]
    total = table.frame.group_by(keys).agg(value=pl.col("value").sort().sum())
    every = found.activities.join(total, on=keys, how="left")
    there = [space.community.get(name, (None, None)) for name in every["activity"]]
    every = every.with_columns(
        pl.Series("community_en", [words[0] for words in there], dtype=pl.String),
        pl.Series("community_zh", [words[1] for words in there], dtype=pl.String),
        pl.col("activity")
        .replace_strict(group, default=None, return_dtype=pl.String)
        .alias("group"),
    )
    if table.year is not None:  # communities and classes are those of the year that is shown
        is_shown = pl.col("year") == table.year
        every = every.with_columns(
            pl.when(is_shown).then(name).alias(name)
            for name in ("community_en", "community_zh", "group")
        )
    first = [
        "activity",
        *keys[:-1],
        "group",
        "community_en",
        "community_zh",
        "pci",
        "ubiquity_count",
    ]
    order = [*first, "fitness_complexity", "genepy", "value", "block", "reason_en", "reason_zh"]
    return _sorted(every.select(order), "pci", "activity", table.year)


def _sorted(table: pl.DataFrame, measure: str, name: str, year: int | None) -> pl.DataFrame:
    keys = [
        *([pl.col("year") == year, pl.col("year")] if year is not None else []),
        pl.col(measure),
        pl.col(name),
    ]
    return table.sort(keys, descending=[*([True] * (len(keys) - 1)), False], nulls_last=True)


def _pairs(pairs: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Every place and activity of the year; of very many, those present or with a value and the nearest absent ones."""
    every = pairs.join(values, on=["place", "activity"], how="left").with_columns(
        pl.col("value").fill_null(0.0)
    )
    if every.height > PAIRS:
        near = (
            pl.col("density_share").rank("ordinal", descending=True).over("place", "is_present")
            <= NEAREST
        )
        every = every.filter((pl.col("value") > 0) | near)
    first = [
        "place",
        "activity",
        "value",
        "rca",
        "is_present",
        "density_share",
        "pci",
        "outlook_gain",
    ]
    order = ["place", "is_present", "density_share", "activity"]
    return every.select([*(["year"] if "year" in every.columns else []), *first]).sort(
        order, descending=[False, False, True, False], nulls_last=True
    )


def _scatter(places: pl.DataFrame) -> pl.DataFrame:
    known = places.drop_nulls("eci")
    return known.select(
        drawing=pl.lit(PLACES),
        node="place",
        x="diversity_count",
        y="eci",
        size="value",
        group_en=pl.lit("places"),
        group_zh=pl.lit("地区"),
    ).cast(NODES)  # type: ignore[arg-type]


def _map(frame: pl.DataFrame, shown: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[str, Words]]]:
    """Where places lie, by thirds of ECI, if the table tells; and what is to be said of it."""
    none = pl.DataFrame(schema=NODES)
    if not {"longitude", "latitude"} <= set(frame.columns):
        return none, []
    spots = (
        frame.select("place", x="longitude", y="latitude")
        .drop_nulls()
        .unique()
        .sort("place", "x", "y")
    )
    twice = spots.filter(pl.col("place").is_duplicated())["place"].unique().sort().to_list()
    if twice:
        words = (
            f"No map: {listed(twice, 3)} {'lie' if len(twice) > 1 else 'lies'} in several spots; are these places that share a name?",
            f"未绘地图：{'、'.join(twice[:3])}{'等' if len(twice) > 3 else ''}对应多个位置，是否为同名的不同地区？",
        )
        return none, [("spots", words)]
    known = shown.drop_nulls("eci")
    if not spots.height or not known.height:
        return none, []
    return place_map(MAP, spots, known, "value", thirds(known["eci"].to_list())), []


def _curves(places: pl.DataFrame) -> pl.DataFrame:
    """ECI through the years, a chart for each place, those first that stand highest in the year that is shown."""
    order = dict.fromkeys(places["place"])
    ranked = pl.DataFrame({"place": list(order), "order": range(len(order))})
    known = places.join(ranked, on="place").sort("order", "year")
    return parted(curve_rows(known, OBSERVED, "line", panel="place", x="year", value="eci"))


def _sentences(
    table: Activities,
    places: pl.DataFrame,
    found: EconomicComplexity,
    near: RelatedActivities,
    space: Space,
    where: list[tuple[str, Words]],
) -> pl.DataFrame:
    shown = table.of_year(places)
    when, year = ("", "") if table.year is None else (f" in {table.year}", f"{table.year}年")
    said: list[tuple[str, Words]] = []
    ranked = shown.drop_nulls("eci")
    if ranked.height:
        top = ranked["place"].head(3).to_list()
        activities = (
            table.of_year(found.activities)
            .drop_nulls("pci")
            .sort("pci", "activity", descending=[True, False])
        )
        hard = activities["activity"].head(3).to_list()
        top_words = (
            f"Most complex{when}: {listed(top)}. Most complex activities: {listed(hard)}.",
            f"{year}复杂度最高的地区：{'、'.join(top)}；复杂度最高的活动：{'、'.join(hard)}。",
        )
        said.append(("highest", top_words))
    said += [*totals_of(table), *_few(shown, table), *_moved(table, places)]
    if table.year is None or table.year == near.years[-1].table.year:
        said += near.sentences
    said += [*space.sentences, *_like_diversity(ranked), *_tiny(shown), *table.sentences]
    said += where
    own = next(one for one in found.years if one.table.year == table.year)
    said += [
        (code, words) for code, words in complexity_sentences(found.years, own) if code != "highest"
    ]
    return told(said)


def _moved(table: Activities, places: pl.DataFrame) -> list[tuple[str, Words]]:
    """Who climbed most ranks of ECI, and who fell most, among the places of both the first and the shown year."""
    if table.year is None or places["year"].n_unique() < 2:
        return []
    first = int(places["year"].min())  # type: ignore[arg-type]
    ends = [
        places.filter(pl.col("year") == year).drop_nulls("eci").select("place", "eci_rank")
        for year in (first, table.year)
    ]
    both = (
        ends[0]
        .join(ends[1], on="place", suffix="_now")
        .with_columns(rise=pl.col("eci_rank") - pl.col("eci_rank_now"))
    )
    if both.height < 2 or first == table.year or not both["rise"].abs().max():
        return []
    english: list[str] = []
    chinese: list[str] = []
    for rows, en, zh, to in (
        (both.filter(pl.col("rise") > 0), "climbed", "上升", "升至"),
        (both.filter(pl.col("rise") < 0), "fell", "下降", "降至"),
    ):
        # Where places come or go, all others may climb, or fall.
        for row in (
            rows.sort(pl.col("rise").abs(), "place", descending=[True, False])
            .head(1)
            .iter_rows(named=True)
        ):
            english.append(
                f"{row['place']} {en} furthest ({'' if english else 'rank '}{row['eci_rank']} to {row['eci_rank_now']})"
            )
            chinese.append(
                f"{row['place']}{zh}最多（第{row['eci_rank']}位{to}第{row['eci_rank_now']}位）"
            )
    words = (
        f"From {first} to {table.year}, {' and '.join(english)}, of {both.height} places in both.",
        f"{first}至{table.year}年，在两年均有指数的{both.height}地中，{'，'.join(chinese)}。",
    )
    return [("moved", words)]


def _few(shown: pl.DataFrame, table: Activities) -> list[tuple[str, Words]]:
    places, activities = shown.height, table.shown["activity"].n_unique()
    if min(places, activities) >= FEW:
        return []
    words = (
        f"{places} place{'s' * (places > 1)} and {activities} activit{'ies' if activities > 1 else 'y'}: with fewer than {FEW} of either, the indices say little.",
        f"共{places}地、{activities}项活动：任一少于{FEW}时，指数意义有限。",
    )
    return [("few", words)]


def _tiny(shown: pl.DataFrame) -> list[tuple[str, Words]]:
    """Places among the highest that hold next to nothing of the whole: a single crate can lift them."""
    least = float(shown["value"].sum()) * TINY
    names = shown.drop_nulls("eci").head(FIRST).filter(pl.col("value") < least)["place"].to_list()
    if not names:
        return []
    words = (
        f"Among the {FIRST} highest, {listed(names)} {'hold' if len(names) > 1 else 'holds'} less than {TINY:.2%} of all value: "
        "too little to be sure of; --least-total leaves such places out.",
        f"前{FIRST}名中，{'、'.join(names[:5])}{'等' if len(names) > 5 else ''}的数值不足总量的{TINY:.2%}，难以确信；可用--least-total剔除。",
    )
    return [("tiny", words)]


def _like_diversity(ranked: pl.DataFrame) -> list[tuple[str, Words]]:
    """How far ECI orders places as counting their activities would."""
    if (
        ranked.height < 3
        or ranked["diversity_count"].n_unique() < 2
        or ranked["eci"].n_unique() < 2
    ):
        return []
    one, other = (rankdata(ranked[name].to_numpy()) for name in ("eci", "diversity_count"))
    alike = round(float(np.corrcoef(one, other)[0, 1]), 2) + 0.0  # never -0.00
    words = (
        f"Rank correlation of ECI with diversity: {alike:.2f} over {ranked.height} places; near 1, counting activities "
        "would order them alike.",
        f"ECI与多样性的秩相关：{alike:.2f}（{ranked.height}地）；接近1时，仅数活动个数便得到相近的排序。",
    )
    return [("diversity", words)]
