"""English plurals to singulars, so that both count as one word."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import polars as pl

from firstlight.instruments.emergence.running_text import without_plural


def singular(words: pl.Series) -> pl.Series:
    """Each word without its plural ending; of a compound, the last part.

    The S-stemmer's three rules, for words of four letters or more (gps, bus and ads stay), after
    closed lists of irregular plurals and of words in -s that are none. The result need not be a
    word: all that matters is that a word and its plural meet.

    words : folded words

    >>> singular(pl.Series(["batteries", "gases", "cellular-automata", "physics"])).to_list()
    ['battery', 'gas', 'cellular-automaton', 'physics']
    """
    irregular, kept = _lists()
    last = pl.col("word").str.extract(r"([^-]*)$")
    frame = words.to_frame("word").with_columns(last.alias("last"))
    frame = frame.with_columns(
        pl.col("word").str.strip_suffix(pl.col("last")).alias("before"),
        pl.col("last")
        .replace_strict(irregular, default=None, return_dtype=pl.String)
        .alias("known"),
    )
    last = pl.col("last")
    is_plural = last.str.contains(r"^[a-z0-9]{3,}s$") & ~last.str.contains(
        r"(?:ss|us|is|ics|series|species)$"
    )
    regular = without_plural(last, ~is_plural | last.is_in(kept))
    return frame.select(
        (pl.col("before") + pl.coalesce("known", regular)).alias("word")
    ).to_series()


@cache
def _lists() -> tuple[dict[str, str], list[str]]:
    """Irregular plurals with their singulars, and words in -s that are no plurals."""
    text = files(__package__).joinpath("plurals.toml").read_text(encoding="utf-8")
    lists = tomllib.loads(text)
    pairs = (
        pair.split() for pair in lists["irregular"].replace("\n", ";").split(";") if pair.strip()
    )
    return {plural: single for plural, single in pairs}, sorted(lists["kept"].split())
