"""Which terms are names of technologies at a forecast year, and the rule that kept or dropped each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.text.discourse import discourse
from firstlight.instruments.emergence.text.phrases import Phrases
from firstlight.instruments.emergence.text.variants import TermYears

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class NameRule:
    """What makes a term a name. Every figure is read from documents of the window that ends at the forecast year.

    window_years   : the window's length
    fewest         : documents of the window, at least
    ends           : a name ends its segment (a mark, a function word or the end follows) in this share of its uses
    part           : a term with this share of its documents inside one longer phrase is a part of it
    cut            : a term is no name when in this share of its documents its first words end another name:
                     "learning model" in "machine learning model"
    capitals       : a single word written with two capitals in this share of its uses is a name
    word_repeats   : mean uses per document that make a plain single word a name (texts with abstracts)
    phrase_repeats : the same for a phrase
    """

    window_years: int = 5
    fewest: int = 3
    ends: float = 0.5
    part: float = 0.6
    cut: float = 0.5
    capitals: float = 0.5
    word_repeats: float = 1.6
    phrase_repeats: float = 1.08
    capital_repeats: float = 1.3


# Titles say a thing once: repetition tells nothing there, and a plain single word is no name.
TITLES = NameRule(word_repeats=np.inf, phrase_repeats=1.0, capital_repeats=1.0)
REASONS = (
    "name",
    "rare",
    "plain_word",
    "rarely_ends",
    "once_a_text",
    "discourse",
    "part",
    "cuts_a_name",
)


@dataclass(frozen=True)
class Names:
    """The terms at a forecast year, T of them.

    reason    : (T,) place in REASONS of the rule that decided; 0 for a name
    documents : (T,) documents of the window that use the term
    evidence  : (T,) the figure that decided (share of ends, uses per document, share inside the longer phrase)
    whole     : (T,) the longer term that holds most of its documents, -1 where none holds ``part`` of them
    """

    forecast_year: int
    reason: npt.NDArray[np.int8]
    documents: Floats
    evidence: Floats
    whole: Longs

    @property
    def is_name(self) -> Bools:
        """(T,) true for the names."""
        return self.reason == 0


@dataclass(frozen=True)
class Shapes:
    """What is known of terms whatever the year.

    is_phrase    : (T,) of several words, or a compound
    is_compound  : (T,) one word with a hyphen, however else it is written
    is_activity  : (T,) ends in -ing
    is_product   : (T,) ends with a word that puts the rest to use ("model", "system")
    is_discourse : (T,) begins or ends with a word of discourse ("novel", "approach")
    """

    is_phrase: Bools
    is_compound: Bools
    is_activity: Bools
    is_product: Bools
    is_discourse: Bools


def shapes(variants: pl.DataFrame, terms: pl.Series) -> Shapes:
    """Shapes of terms from their variants: data frame key, term; terms are the keys in order."""
    term = pl.col("term")
    begins = term.str.extract(r"^(\S+)").is_in(discourse()["first"])
    ends = term.str.extract(r"(\S+)$").is_in(discourse()["last"])
    judged = variants.group_by("key").agg(
        term.str.contains(r"[ \-]").any().alias("is_phrase"),
        (term.str.contains("-") & ~term.str.contains(" ")).any().alias("is_compound"),
        term.str.contains(r"[a-z]{3}ing$").any().alias("is_activity"),
        term.str.extract(r"(\S+)$").is_in(discourse()["products"]).any().alias("is_product"),
        (begins | ends).any().alias("is_discourse"),
    )
    ordered = terms.to_frame("key").join(judged, on="key", how="left", maintain_order="left")
    columns = ("is_phrase", "is_compound", "is_activity", "is_product", "is_discourse")
    return Shapes(*(ordered[column].to_numpy() for column in columns))


def names_at(
    phrases: Phrases, years: TermYears, shape: Shapes, forecast_year: int, rule: NameRule
) -> Names:
    """The names at ``forecast_year``, by rules without any list of topics.

    A name ends where it ends: "graph neural network" is followed by a mark or a function word, "graph neural"
    never. A text that is about a technology repeats it; empty phrases stand once (Katz 1996, Natural Language
    Engineering 2(1), 15-59). Documents after the forecast year are never read.
    """
    size = len(phrases.terms)
    window = years.window(forecast_year - rule.window_years + 1, forecast_year, size)
    documents, uses = window["documents"], window["uses"]
    ends = window["ends"] / np.maximum(uses, 1)
    capitals = window["capitals"] / np.maximum(uses, 1)
    repeats = uses / np.maximum(documents, 1)
    share_inside, whole = _wholes(phrases, documents, size)
    whole = np.where(share_inside >= rule.part, whole, -1)
    is_capital = (capitals >= rule.capitals) & ~shape.is_compound
    wanted = np.where(
        shape.is_phrase,
        rule.phrase_repeats,
        np.where(is_capital, rule.capital_repeats, rule.word_repeats),
    )
    is_plain = ~shape.is_phrase & ~is_capital & (repeats < rule.word_repeats)
    tests = (  # in the order of REASONS; the first that holds decides
        (documents < rule.fewest, documents),
        (is_plain, repeats),
        ((ends < rule.ends) & ~is_capital, ends),
        (repeats < wanted, repeats),
        (shape.is_discourse, ends),
        (whole >= 0, share_inside),
    )
    reason = np.zeros(size, dtype=np.int8)
    evidence = ends.copy()
    for place, (fails, figure) in reversed(list(enumerate(tests, start=1))):
        reason[fails] = place
        evidence[fails] = figure[fails]
    cut = _share_cut(phrases, documents, reason == 0)
    cuts = (reason == 0) & shape.is_phrase & (cut >= rule.cut)
    reason[cuts] = REASONS.index("cuts_a_name")
    evidence[cuts] = cut[cuts]
    return Names(forecast_year, reason, documents, evidence, whole)


def _share_cut(phrases: Phrases, documents: Floats, is_name: Bools) -> Floats:
    """Share of each term's documents in which the words before its last one end another name.

    "machine learning model" is "machine learning" and a word, so in it "learning model" names nothing.
    """
    size = len(documents)
    # A longer phrase stands beside its first words and beside its last ones, in this order.
    pairs = len(phrases.shorter) // 2
    first_words, last_words = phrases.shorter[:pairs], phrases.shorter[pairs:]
    longer = phrases.longer[:pairs]
    cuts = is_name[first_words] & (first_words != last_words)
    inside = np.bincount(last_words[cuts], weights=documents[longer[cuts]], minlength=size)
    share: Floats = inside / np.maximum(documents, 1)
    return share


def _wholes(phrases: Phrases, documents: Floats, size: int) -> tuple[Floats, Longs]:
    """The largest share of each term's documents that one longer term holds, and which."""
    shorter, longer = phrases.shorter, phrases.longer
    share = documents[longer] / np.maximum(documents[shorter], 1)
    order = np.lexsort((longer, share, shorter))
    last = np.ones(len(order), dtype=bool)
    last[:-1] = shorter[order][1:] != shorter[order][:-1]
    chosen = order[last]
    largest, whole = np.zeros(size), np.full(size, -1, dtype=np.int64)
    largest[shorter[chosen]] = np.minimum(share[chosen], 1.0)
    whole[shorter[chosen]] = longer[chosen]
    return largest, whole
