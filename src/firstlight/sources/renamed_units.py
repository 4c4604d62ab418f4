"""Units that a table calls otherwise from some year on: 湖北 until 2015, and 湖北省 after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from firstlight.numerics.sums_of_others import COUNTED_ONCE
from firstlight.texts import Count, List, Message, Name, Phrase, message

__all__ = [
    "NAMED",
    "one_spelling",
    "under_latest_names",
    "under_names",
    "without_division",
    "without_spaces",
]

NAMED = (*COUNTED_ONCE, "member", "partner", "organisation", "contributor")
OF_PLACES = ("unit", "place", "origin", "destination")
_DIVISION = "(?:(?:壮族|回族|维吾尔)?自治区|特别行政区|省|市)"
_NO_WIDTH = r"[\u{ad}\u{200b}\u{200e}\u{200f}\u{2060}\u{feff}]"
SHOWN = 40


def under_latest_names(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Message]]:
    """The rows, with one name for each unit whose names never stand in one year; and a note of
    these.

    Names are of one unit where they differ only in spaces and width, or in that some lack the kind
    of a Chinese province or city. The name of the latest year is kept. A name means the same in
    every column, so that the ends of flows still meet.

    frame : years, and names as texts in columns of ``NAMED``

    >>> rows = [("湖北", 2014), ("湖北省", 2015), ("上海", 2014), ("上海市", 2014)]
    >>> under_latest_names(pl.DataFrame(rows, ["unit", "year"], orient="row"))[0]["unit"].to_list()
    ['湖北省', '湖北省', '上海', '上海市']
    """
    keys = [key for key in NAMED if key in frame.columns]
    if not keys or "year" not in frame.columns:
        return frame, []
    known = frame.unpivot(keys, index="year", value_name="name").select("year", "name")
    groups = (
        known.drop_nulls("name")
        .unique()
        .with_columns(plain=without_spaces(pl.col("name")))
        .with_columns(bare=without_division(pl.col("plain")))
        .group_by("bare")
        .agg(
            own=pl.col("name").sort_by("year").unique(maintain_order=True),
            latest=pl.col("name").sort_by("year").last(),
            kinds=pl.col("plain").filter(pl.col("plain") != pl.col("bare")).n_unique(),
            never_beside=pl.col("year").is_unique().all(),
        )
        .filter("never_beside", pl.col("own").list.len() > 1, pl.col("kinds") < 2)
        .sort("latest")
    )
    if not groups.height:
        return frame, []
    earlier = groups.explode("own").filter(pl.col("own") != pl.col("latest"))
    pairs = earlier.select("own", "latest")
    told = (
        Phrase(message("phrases.read_as", name=Name(own), latest=Name(latest)))
        for own, latest in pairs.iter_rows()
    )
    renamed = pl.col(keys).replace(pairs["own"], pairs["latest"])
    return frame.with_columns(renamed), [message("read_as_one", units=List(tuple(told), SHOWN))]


def under_names(
    frame: pl.DataFrame, called: Callable[[list[str]], Mapping[str, str]]
) -> tuple[pl.DataFrame, list[Message]]:
    """The rows, with the names that China's provinces are given instead of codes; and a note.

    called : names of a column of places -> name instead of each; none where they are no provinces
    """
    notes = []
    for key in (key for key in OF_PLACES if key in frame.columns):
        names = called(frame[key].drop_nulls().unique().sort().to_list())
        changed = {own: name for own, name in names.items() if own != name}
        if changed:
            frame = frame.with_columns(pl.col(key).replace(changed))
            own, name = next(iter(changed.items()))
            about = {"column": Name(key), "own": Name(own), "name": Name(name)}
            notes.append(message("provinces_named", count=Count(len(changed)), **about))
    return frame, notes


def one_spelling(names: pl.Series) -> pl.Series:
    r"""Names in composed letters, without signs that have no width (but those that join letters).

    >>> one_spelling(pl.Series(["Cafe\u0301", "A\u200b"])).to_list()
    ['Café', 'A']
    """
    # A name that is all ASCII has but one spelling, and most columns hold no other.
    if not names.str.contains(r"[^\x00-\x7f]").any():
        return names
    return names.str.replace_all(_NO_WIDTH, "").str.strip_chars().str.normalize("NFC")


def without_spaces(name: pl.Expr, signs: str = r"\s") -> pl.Expr:
    r"""A name without width, nor spaces but between digits, where they part numbers.

    signs : what counts as a space, as what stands in the brackets of a pattern

    >>> pl.select(without_spaces(pl.lit("上 海，２０１５ 2016"), r"\s，,"))[0, 0]
    '上海2015 2016'
    """
    name = name.str.normalize("NFKC").str.replace_all(f"^[{signs}]+|[{signs}]+$", "")
    name = name.str.replace_all(rf"(\D)[{signs}]+", "$1")
    return name.str.replace_all(rf"[{signs}]+(\D)", "$1")


def without_division(name: pl.Expr) -> pl.Expr:
    """A name without the kind of a Chinese province or city.

    >>> pl.select(without_division(pl.lit("内蒙古自治区")))[0, 0]
    '内蒙古'
    """
    return name.str.extract(f"(?s)^(..+?){_DIVISION}?$").fill_null(name)
