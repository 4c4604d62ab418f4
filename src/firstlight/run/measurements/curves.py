"""Curves and texts of a measurement, in the one shape that its page draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import polars as pl

from firstlight.numerics.finding import Finding, Words, sentences_frame

Computed = tuple[dict[str, pl.DataFrame], dict[str, Any]]
CURVES = {
    **dict.fromkeys(("panel", "line_en", "line_zh", "style"), pl.String),
    **dict.fromkeys(("x", "value", "low", "high"), pl.Float64),
}
OBSERVED, FORECAST = ("observed", "观测"), ("forecast", "预测")
ALL_WORKS = ("All works", "全部成果")  # the title of a chart that several draw
RANKED = ("Ranked", "按名次排列")  # the title of a chart by rank


def curve_rows(
    frame: pl.DataFrame,
    line: tuple[str, str],
    style: str,
    *,
    panel: str,
    x: str,
    value: str,
    low: str = "",
    high: str = "",
) -> pl.DataFrame:
    """Rows of ``curves`` from columns of a frame.

    panel : the small chart that a row belongs to; line : its name, English and Chinese
    style : "points", "line", "dash" (a forecast) or "step"; low, high : a band about it, where there is one
    """
    none = pl.lit(None, pl.Float64)
    number = {
        "x": pl.col(x),
        "value": pl.col(value),
        "low": pl.col(low) if low else none,
        "high": pl.col(high) if high else none,
    }
    texts = {
        "panel": pl.col(panel),
        "line_en": pl.lit(line[0]),
        "line_zh": pl.lit(line[1]),
        "style": pl.lit(style),
    }
    rows = frame.select(**texts, **{name: own.cast(pl.Float64) for name, own in number.items()})
    return rows.cast(CURVES)  # type: ignore[arg-type]


def parted(curves: pl.DataFrame) -> pl.DataFrame:
    """Curves with a row without a value wherever others go on between a line's first and last: the line parts there.

    >>> years = pl.DataFrame({"unit": ["a", "a", "b"], "year": [2000, 2002, 2001], "v": [1.0, 2.0, 3.0]})
    >>> parted(curve_rows(years, OBSERVED, "line", panel="unit", x="year", value="v")).select("panel", "x", "value").rows()
    [('a', 2000.0, 1.0), ('a', 2001.0, None), ('a', 2002.0, 2.0), ('b', 2001.0, 3.0)]
    """
    own = ["panel", "line_en", "line_zh", "style"]
    known, every = curves.drop_nulls("value"), curves.select("x").unique().sort("x")
    ends = known.group_by(own, maintain_order=True).agg(
        first=pl.col("x").min(), last=pl.col("x").max()
    )
    grid = ends.join(every, how="cross", maintain_order="left_right").filter(
        pl.col("x").is_between("first", "last")
    )
    return (
        grid.select(*own, "x")
        .join(known, on=[*own, "x"], how="left", maintain_order="left")
        .select(*CURVES)
    )


def ranked_rows(frame: pl.DataFrame, value: str, low: str = "", high: str = "") -> pl.DataFrame:
    """Rows of ``curves`` for a table without years: one chart of all its units, by rank, the highest first.

    >>> ranked_rows(pl.DataFrame({"unit": ["a", "b"], "score": [0.5, 1.0]}), "score").select("x", "value").rows()
    [(1.0, 1.0), (2.0, 0.5)]
    """
    ranked = (
        frame.drop_nulls(value)
        .sort(value, "unit", descending=[True, False])
        .with_row_index("rank", 1)
    )
    all_units = pl.lit(RANKED[0]).alias("panel")
    ranked = ranked.with_columns(all_units)
    return curve_rows(
        ranked, OBSERVED, "points", panel="panel", x="rank", value=value, low=low, high=high
    )


def titled(part: str, *titles: tuple[str, str]) -> dict[str, Any]:
    """Facts that say what drawings (``drawings``) or charts (``panels``) are called; a table holds the English title.

    >>> titled("drawings", ("Plans that overlap", "规划重合"))
    {'drawings': {'Plans that overlap': {'title_en': 'Plans that overlap', 'title_zh': '规划重合'}}}
    """
    return {
        part: {english: {"title_en": english, "title_zh": chinese} for english, chinese in titles}
    }


def told(pairs: Iterable[tuple[str, Words]]) -> pl.DataFrame:
    """Sentences as a table: code, text_en, text_zh."""
    rows = [(code, *words) for code, words in pairs]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("code", "text_en", "text_zh"), pl.String), orient="row"
    )


def add_sentences(tables: dict[str, pl.DataFrame], pairs: Iterable[tuple[str, Words]]) -> None:
    """Put further sentences behind those that there are."""
    tables["sentences"] = pl.concat([tables["sentences"], told(pairs)])


def told_first(sentences: pl.DataFrame, pairs: Iterable[tuple[str, Words]]) -> pl.DataFrame:
    """The sentences with further ones in front."""
    return pl.concat([told(pairs), sentences])


def texts(pairs: Sequence[Words]) -> pl.DataFrame:
    """Conventions as a table: text_en, text_zh."""
    return pl.DataFrame(pairs, schema={"text_en": pl.String, "text_zh": pl.String}, orient="row")


def add_conventions(tables: dict[str, pl.DataFrame], *pairs: Words) -> None:
    """Put further conventions behind those that there are."""
    tables["conventions"] = pl.concat([tables["conventions"], texts(pairs)])


def finding_tables(found: Finding, main: str) -> dict[str, pl.DataFrame]:
    """Every table of a finding: the main one under its name, the sentences, the conventions, and its further frames."""
    own = {
        part.name: getattr(found, part.name)
        for part in fields(found)
        if part.name not in ("table", "given")
    }
    frames = {
        name: value
        for name, value in own.items()
        if isinstance(value, pl.DataFrame) and value.width
    }
    return {
        "sentences": sentences_frame(found),
        main: found.table,
        **frames,
        "conventions": texts(found.conventions),
    }


def add_words(tables: dict[str, pl.DataFrame], found: Finding) -> None:
    """Put the sentences and conventions of a further finding behind those of the first."""
    add_sentences(tables, found.sentences)
    add_conventions(tables, *found.conventions)
