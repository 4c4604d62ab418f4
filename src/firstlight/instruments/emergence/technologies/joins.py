"""Terms joined into technologies: one named thing in all its forms, the part always into the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.technologies.names import REASONS, Names, Shapes
from firstlight.instruments.emergence.text.phrases import Phrases

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
RULES = ("head", "acronym", "part", "use")
FEWEST_DEFINITIONS = 2  # documents that give an acronym the same long form
AGREEMENT = 0.7  # share of the definitions of an acronym that agree
MOST_RIVALS = (
    0.1  # share of a part's documents that other terms hold in which it ends (or begins) likewise
)
FEWEST_OF_PART = 15  # documents of a part that joins
MOST_IN_USE = 0.5  # share of a name's documents that hold it with a word of use
_PART = REASONS.index("part")


@dataclass(frozen=True)
class Technologies:
    """K technologies and the terms that stand for each.

    heads      : (K,) the term that names each, ascending
    terms      : (m,) terms that belong to a technology
    technology : (m,) of 0..K-1
    rule       : (m,) place in RULES: the head itself, its acronym, a part of it
    evidence   : (m,) the figure that decided: share of agreeing definitions, share of documents inside the whole
    """

    forecast_year: int
    heads: Longs
    terms: Longs
    technology: Longs
    rule: npt.NDArray[np.int8]
    evidence: Floats

    def take(self, rows: Longs) -> Technologies:
        """Some of the technologies, ascending."""
        number = np.full(len(self.heads), -1, dtype=np.int64)
        number[rows] = np.arange(len(rows))
        kept = number[self.technology] >= 0
        technology = number[self.technology[kept]]
        columns = (self.rule[kept], self.evidence[kept])
        return Technologies(
            self.forecast_year, self.heads[rows], self.terms[kept], technology, *columns
        )


def technologies_at(
    names: Names, phrases: Phrases, shape: Shapes, acronyms: pl.DataFrame
) -> Technologies:
    """Technologies at the forecast year from its names.

    A part joins the longer term that holds most of its documents, unless other terms extend it as well; an acronym
    joins the long form that texts up to the forecast year give it, if it is mostly written in capitals. Joins are
    directed and followed to their end, so nothing is joined the other way round.

    acronyms : data frame short, long (places of terms), share (of the definitions of the short form), as
               ``acronyms_at`` makes it
    """
    size = len(names.reason)
    into = np.full(size, -1, dtype=np.int64)
    rule = np.zeros(size, dtype=np.int8)
    evidence = np.zeros(size)
    may_join = names.is_capital
    is_part = (names.reason == _PART) & (shape.is_phrase | names.is_capital)
    is_part &= (names.rivals <= MOST_RIVALS) & (names.documents >= FEWEST_OF_PART)
    parts = np.flatnonzero(is_part)
    into[parts] = names.whole[parts]
    rule[parts] = RULES.index("part")
    evidence[parts] = names.evidence[parts]
    uses, used = _uses(names, phrases, shape, set(acronyms["long"].to_list()))
    into[uses] = used
    rule[uses] = RULES.index("use")
    evidence[uses] = names.documents[uses] / np.maximum(names.documents[used], 1)
    short, long = acronyms["short"].to_numpy(), acronyms["long"].to_numpy()
    joins = may_join[short] & (names.documents[long] > 0)
    into[short[joins]] = long[joins]
    rule[short[joins]] = RULES.index("acronym")
    evidence[short[joins]] = acronyms["share"].to_numpy()[joins]
    root = _roots(into)
    is_head = names.is_name[root] | (rule[root] == 0) & names.is_name[root]
    belongs = np.flatnonzero((names.is_name | (into >= 0)) & is_head)
    heads, technology = np.unique(root[belongs], return_inverse=True)
    return Technologies(
        names.forecast_year,
        heads,
        belongs,
        technology.astype(np.int64),
        rule[belongs],
        evidence[belongs],
    )


def _uses(
    names: Names, phrases: Phrases, shape: Shapes, has_acronym: set[int]
) -> tuple[Longs, Longs]:
    """Names that are another name put to use, and that name: "deep learning architecture" is deep learning.

    The other name must be one of an activity (it ends in -ing), an acronym or a term that has one, and
    far more common; its documents hold all those of the longer one.
    """
    first_words, longer = phrases.beginning, phrases.longer
    is_activity = shape.is_activity | names.is_capital
    is_activity[np.array(sorted(has_acronym), dtype=np.int64)] = True
    share = names.documents[longer] / np.maximum(names.documents[first_words], 1)
    applies = (
        names.is_name[longer]
        & names.is_name[first_words]
        & is_activity[first_words]
        & shape.is_product[longer]
        & (share < MOST_IN_USE)
    )
    return longer[applies], first_words[applies]


def _roots(into: Longs) -> Longs:
    """The end of each chain of joins; where one would run in a circle, its first term stays by itself."""
    root = np.where(into >= 0, into, np.arange(len(into)))
    for _ in range(16):
        further = root[root]
        if np.array_equal(further, root):
            return root
        root = further
    circular = root[root] != root
    root[circular] = np.flatnonzero(circular)
    return root


def acronyms_at(definitions: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """Acronyms and the long form that their definitions agree on: data frame short, long, share.

    definitions : data frame short, long (keys), of documents up to the forecast year
    keys        : the terms' keys in order
    """
    counted = definitions.group_by("short", "long").agg(pl.len().alias("n"))
    share = pl.col("n") / pl.col("n").sum().over("short")
    agreed = counted.with_columns(share.alias("share")).filter(
        (pl.col("n") >= FEWEST_DEFINITIONS) & (pl.col("share") >= AGREEMENT)
    )
    place = (
        keys.to_frame("key").with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    )
    short = place.rename({"key": "short", "place": "short_place"})
    long = place.rename({"key": "long", "place": "long_place"})
    placed = agreed.join(short, on="short", how="inner").join(long, on="long", how="inner")
    return placed.select(
        pl.col("short_place").alias("short"), pl.col("long_place").alias("long"), "share"
    ).sort("short", "long")
