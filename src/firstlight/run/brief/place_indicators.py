"""Where a place stands by the figures of its tables: value, share, rank and growth of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from firstlight.instruments.complexity.entry_rules import AHEAD
from firstlight.run.brief.place_names import places_like
from firstlight.sources.panels import Column, read_panel

__all__ = ["THEMES", "place_indicators", "theme_of"]

LEAST = 5  # places that a rank needs
_RATIOS = (
    *("rate", "share", "ratio", "index", "price", "intensity", "per ", "percent", "%", "depr"),
    *("率", "比重", "占比", "指数", "价格", "强度", "人均", "每", "平均", "密度"),
)
THEMES: Mapping[str, tuple[str, ...]] = {
    "talent": ("人员", "人才", "毕业", "talent", "personnel", "researcher", "graduate", "student"),
    "innovation": (
        *("专利", "研发", "研究", "技术", "新产品", "科学", "科技", "试验", "项目"),
        *("patent", "r&d", "rd", "research", "innovation", "paper", "technolog", "marketpu"),
    ),
    "green": (
        *("排放", "碳", "能耗", "能源", "电", "废"),
        *("emission", "co2", "carbon", "energy", "power", "waste", "green"),
    ),
    "digital": (
        *("数字", "互联网", "宽带", "机器人", "软件", "5g"),
        *("digital", "internet", "broadband", "robot", "software"),
    ),
    "openness": ("出口", "进口", "贸易", "外资", "export", "import", "trade", "fdi"),
    "investment": ("投资", "资本", "财政", "预算", "invest", "capital", "budget", "depr"),
    "economy": (
        *("收入", "利润", "产值", "增加值", "企业", "就业", "人口"),
        *("revenue", "profit", "output", "gdp", "income", "firm", "employ", "population"),
    ),
}
_NEEDS = (
    Column("place", "text", "place"),
    Column("indicator", "text", "what is counted", is_heading=True),
    Column("year", "year", "year"),
    Column("value", "number", "value", is_filled=False),
    Column("unit_of_measure", "text", "unit", if_absent="empty", is_filled=False, is_label=True),
)


def theme_of(indicator: str, file: str) -> str:
    """The theme that an indicator belongs to, by its own words first and then by those of its file.

    >>> theme_of("发明专利", "a.csv"), theme_of("合计", "PublicBudget.csv"), theme_of("x", "y.csv")
    ('innovation', 'investment', 'other')
    """
    for text in (indicator.casefold(), file.casefold()):
        for theme, words in THEMES.items():
            if any(word in text for word in words):
                return theme
    return "other"


def place_indicators(file: Path, place: str) -> pl.DataFrame:
    """A row for each thing that a table counts, of one place in its last year: file, indicator,
    theme, unit_of_measure, year, value, share (of the sum over all places; missing for rates and
    where values are below 0), rank (from the largest), places, growth (in `AHEAD` years, in
    proportion) and median_growth (of all places). Without rows where the table has no such place,
    or fewer than `LEAST` with a value.

    Raises  InputError for a table that isn't one of places and years.
    """
    panel = read_panel(file, _NEEDS, has_totals=False, is_summed=None)
    frame = panel.table.frame.drop_nulls("value")
    here = places_like(place, frame["place"].unique().sort())
    own = frame.filter(pl.col("place").is_in(here))
    last = own.group_by("indicator").agg(year=pl.col("year").max())
    now = frame.join(last, on=["indicator", "year"])
    before = frame.select("place", "indicator", year=pl.col("year") + AHEAD, before="value")
    grown = now.join(before, on=["place", "indicator", "year"], how="left").with_columns(
        growth=pl.when(pl.col("before") > 0).then(pl.col("value") / pl.col("before") - 1)
    )
    of_all = pl.col("value").sum().over("indicator")
    is_counted = (pl.col("value") >= 0).all().over("indicator") & (of_all > 0)
    is_ratio = pl.col("indicator").str.to_lowercase().str.contains_any(list(_RATIOS))
    ranked = grown.with_columns(
        share=pl.when(is_counted & ~is_ratio).then(pl.col("value") / of_all),
        rank=pl.col("value").rank("min", descending=True).over("indicator").cast(pl.Int64),
        places=pl.len().over("indicator").cast(pl.Int64),
        median_growth=pl.col("growth").median().over("indicator"),
        file=pl.lit(file.name),
    )
    rows = ranked.filter(pl.col("place").is_in(here) & (pl.col("places") >= LEAST))
    themes = [theme_of(name, file.name) for name in rows["indicator"]]
    return rows.with_columns(theme=pl.Series(themes, dtype=pl.String)).select(
        *("file", "indicator", "theme", "unit_of_measure", "year", "value", "share"),
        *("rank", "places", "growth", "median_growth"),
    )
