"""Which terms are names of technologies at a forecast year, and the rule that decided on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.classifications.countries import country_names
from firstlight.instruments.emergence.record.take_off import FEWEST_TITLES, THREE_YEARS
from firstlight.instruments.emergence.text import chinese
from firstlight.instruments.emergence.text.discourse import discourse, everyday_words
from firstlight.instruments.emergence.text.phrases import Phrases, keys_as_written
from firstlight.instruments.emergence.text.term_years import TermYears

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class NameRule:
    """What makes a term a name, read from documents of the window that ends at the forecast year.

    window_years   : the window's length
    fewest         : documents of the window, at least
    ends           : a name ends its segment (a mark, a function word or the end follows) in this
                     share of its uses
    part           : a term with this share of its documents inside one longer phrase is a part of
                     it
    cut            : a term is no name when in this share of its documents its first words end
                     another name: "learning model" in "machine learning model"
    capitals       : a single word written with two capitals in this share of its uses is a name
    word_repeats   : mean uses per document that make a plain single word a name (texts with
                     abstracts)
    phrase_repeats : the same for a phrase
    capital_repeats : the same for a single word in capitals
    titled         : share of its documents that name it in their title, ``UNSEEN`` titles counted
                     beside them; "ground truth" is used, never a title's subject
    titled_word    : the same for a single word, not in capitals, that is no compound
    titled_common  : the same for a Chinese phrase of everyday words alone ("loss function")
    everyday       : a single word, not in capitals, with this share (see ``everyday_words``) is of
                     everyday language unless it is news
    news           : a single word that took off within the window, its z being this or more, is
                     news: of it neither repetition nor a small share among everyday words is asked
    changed, rising : so is one that rose by the latter z in three years, if phrases that nobody
                     knew before them hold the former share of its documents
    common         : z squared is asked in proportion to 1 + the share of an everyday word / this,
                     the smallest share that is listed
    last           : a word in -ing is news only if it ends longer phrases in this share of its
                     documents: "visual prompting", never "unveiling"
    attribute      : a Chinese term is an attribute or a predicate ("LLM generated") when more of
                     its uses stand so than end otherwise, by this share of all, ``NEUTRAL`` ones
                     counted beside them
    together       : share of an acronym's documents that hold its long form as well; titles hold
                     either form, never both, and are not asked
    """

    window_years: int = 5
    fewest: int = 3
    ends: float = 0.5
    part: float = 0.65
    cut: float = 0.5
    capitals: float = 0.5
    word_repeats: float = 1.8
    phrase_repeats: float = 1.08
    capital_repeats: float = 1.3
    titled: float = 0.06
    titled_word: float = 0.2
    titled_common: float = 0.15
    everyday: float = 0.01
    news: float = THREE_YEARS.z
    changed: float = 0.3
    rising: float = 1.5
    common: float = 0.0005
    last: float = 0.1
    attribute: float = 0.15
    together: float = 0.15


# Titles say a thing once: repetition tells nothing there, and a plain word is a name only if it is
# news.
TITLES = NameRule(
    word_repeats=np.inf,
    phrase_repeats=1.0,
    capital_repeats=1.0,
    titled=0.0,
    titled_word=0.0,
    titled_common=0.0,
    attribute=np.inf,
    together=0.0,
)
UNSEEN = (1, 5)  # documents in whose titles a term stands, and documents, before any is seen
NEUTRAL = 20  # uses of a term neither as attribute nor at an end, before any is seen
# A last word that is a participle or an adverb: what was done, or how, not a thing.
INFLECTED = r"^[a-z-]*(?:[a-z]{2}[^e\W]ed|[a-z]{3}ly)$"
REASONS = (
    "name",
    "rare",
    "plain_word",
    "rarely_ends",
    "once_a_text",
    "rarely_titled",
    "discourse",
    "country",
    "everyday",
    "part",
    "cuts_a_name",
    "attribute",
)


@dataclass(frozen=True)
class Names:
    """The terms at a forecast year, T of them.

    reason    : (T,) place in REASONS of the rule that decided; 0 for a name
    documents : (T,) documents of the window that use the term
    evidence  : (T,) the figure that decided (share of ends, uses per document, share in titles,
                share among everyday words, share inside the longer phrase, share as attribute)
    whole     : (T,) the longer term that holds most of its documents, -1 where none holds ``part``
                of them
    is_capital : (T,) mostly written with two capitals, and no compound
    is_news   : (T,) a single word that took off, see ``NameRule``
    rivals    : (T,) share of its documents in other terms that extend it on the same side as
                ``whole``
    held      : (p,) documents of the window that use each longer phrase of ``Phrases``
    """

    forecast_year: int
    reason: npt.NDArray[np.int8]
    documents: Floats
    evidence: Floats
    whole: Longs
    is_capital: Bools
    is_news: Bools
    rivals: Floats
    held: Floats

    @property
    def is_name(self) -> Bools:
        """(T,) true for the names."""
        return np.equal(self.reason, 0)


@dataclass(frozen=True)
class Extensions:
    """The longer phrases that extend terms on one side, by the term, then by the longer term.

    order  : (p,) their rows in ``Phrases``
    pairs  : (q,) where in this order each pair of a term and a longer one begins, which variants of
             the longer term share
    longer : (q,) the longer term of each pair
    terms  : (t,) the terms that are extended; starts : where among the pairs each begins
    """

    order: Ints
    pairs: Longs
    longer: Longs
    terms: Longs
    starts: Longs

    @classmethod
    def of(cls, shorter: Longs, longer: Longs) -> Extensions:
        """shorter, longer : (p,) terms"""
        order = np.lexsort((longer, shorter)).astype(np.int32)
        shorter, longer = shorter[order], longer[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (shorter[1:] != shorter[:-1]) | (longer[1:] != longer[:-1])
        pairs = np.flatnonzero(is_first)
        terms, starts = np.unique(shorter[pairs], return_index=True)
        return cls(order, pairs, longer[pairs], terms, starts)

    def shares(self, documents: Floats, held: Floats) -> tuple[Floats, Longs, Floats]:
        """The largest share of each term's documents in one longer term, which, and that of its
        rivals.

        documents : (T,) of each term; held : (p,) documents of the longer phrases
        """
        size = len(documents)
        most, whole, rivals = np.zeros(size), np.full(size, -1, dtype=np.int64), np.zeros(size)
        if len(self.terms):
            count = np.add.reduceat(held[self.order], self.pairs)
            largest = np.maximum.reduceat(count, self.starts)
            lengths = np.diff(self.starts, append=len(count))
            is_most = (count == np.repeat(largest, lengths)) & (count > 0)
            chosen = np.maximum.reduceat(np.where(is_most, self.longer, -1), self.starts)
            at_least = np.maximum(documents[self.terms], 1)
            most[self.terms], whole[self.terms] = np.minimum(largest / at_least, 1.0), chosen
            rivals[self.terms] = (np.add.reduceat(count, self.starts) - largest) / at_least
        return most, whole, rivals


@dataclass(frozen=True)
class Shapes:
    """What is known of terms whatever the year.

    is_phrase    : (T,) of several words, or a compound
    is_compound  : (T,) one word with a hyphen, however else it is written
    is_activity  : (T,) ends in -ing
    is_product   : (T,) ends with a word that puts the rest to use ("model", "system")
    is_discourse : (T,) begins or ends with a word of discourse ("novel", "approach"), or ends with
                   a participle or an adverb ("features extracted", "uniformly")
    is_study     : (T,) of these, says what is done with a thing ("study of quantum dots")
    is_topic     : (T,) ends with such a word: what it is said of stands before it ("knapsack
                   problem")
    is_country   : (T,) the name of a country
    everyday     : (T,) share of an everyday word, see ``everyday_words``; 0 for all others
    is_chinese   : (T,) holds a Chinese word
    is_common    : (T,) a Chinese phrase of everyday words alone
    variant      : (T,) row of ``variants`` with the commonest phrase
    left, right  : what extends terms on either side
    """

    is_phrase: Bools
    is_compound: Bools
    is_activity: Bools
    is_product: Bools
    is_discourse: Bools
    is_study: Bools
    is_topic: Bools
    is_country: Bools
    everyday: Floats
    is_chinese: Bools
    is_common: Bools
    variant: Longs
    left: Extensions
    right: Extensions


class TermShapes:
    """Shapes of the phrases; a term takes that of its commonest one up to the forecast year."""

    def __init__(self, phrases: Phrases) -> None:
        phrase = pl.col("phrase")
        first_words, last_words = discourse()["first"], discourse()["last"]
        begins = phrase.str.extract(r"^(\S+)").is_in(first_words)
        begins |= chinese.begins(phrase, first_words)
        studies = discourse()["studies"]
        is_study = phrase.str.extract(r"^(\S+) of ").is_in(studies).fill_null(False)
        last = phrase.str.extract(r"(\S+)$")
        is_inflected = last.str.contains(INFLECTED) & ~last.is_in(discourse()["nouns_like_verbs"])
        is_inflected |= chinese.is_adjective(last)
        ends = last.is_in(last_words) | chinese.ends(phrase, last_words) | is_inflected
        put_to_use = discourse()["uses"] + discourse()["products"]
        self.phrases = phrases
        countries = keys_as_written(pl.Series(country_names()))
        self.is_country = phrases.terms.is_in(countries.implode()).to_numpy()
        self.left = Extensions.of(phrases.ending, phrases.longer)
        self.right = Extensions.of(phrases.beginning, phrases.longer)
        self.flags = phrases.variants.select(
            (phrase.str.contains(r"[ \-]") | chinese.is_compound(phrase)).alias("is_phrase"),
            (phrase.str.contains("-") & ~phrase.str.contains(" ")).alias("is_compound"),
            (phrase.str.contains(r"[a-z]{3}ing$") | chinese.is_activity(phrase)).alias(
                "is_activity"
            ),
            last.is_in(discourse()["products"]).alias("is_product"),
            (begins | is_study | ends | phrase.is_in(put_to_use)).alias("is_discourse"),
            is_study.alias("is_study"),
            (ends & phrase.str.contains(" ")).alias("is_topic"),
            pl.Series("everyday", _everyday(phrases.variants["phrase"])),
            chinese.holds_chinese(phrase).alias("is_chinese"),
            pl.Series("is_common", _of_everyday_words(phrases.variants["phrase"])),
        )

    def at(self, forecast_year: int) -> Shapes:
        """The shapes of all terms at the end of the forecast year."""
        rows = commonest_rows(self.phrases, forecast_year)
        flags = {name: self.flags[name].to_numpy()[rows] for name in self.flags.columns}
        return Shapes(
            is_country=self.is_country, variant=rows, left=self.left, right=self.right, **flags
        )


def _everyday(phrase: pl.Series) -> Floats:
    """The share of each everyday word; 0 for all other phrases."""
    single = (~phrase.str.contains(" ", literal=True)).arg_true()  # a quarter: less memory
    word, share = everyday_words()
    found = np.zeros(len(phrase))
    found[single.to_numpy()] = phrase[single].replace_strict(
        word, share, default=0.0, return_dtype=pl.Float64
    )
    return found


def _of_everyday_words(phrase: pl.Series) -> pl.Series:
    """True for Chinese phrases of several words, all of them everyday ones."""
    rows = phrase.str.contains(r"^\p{Han}+(?: \p{Han}+)+$").arg_true()
    several = phrase[rows].to_frame("phrase").with_row_index("row")
    each = several.select("row", pl.col("phrase").str.split(" ")).explode("phrase")
    is_everyday = pl.col("phrase").is_in(everyday_words()["word"].implode()).all()
    of_all = each.group_by("row", maintain_order=True).agg(is_everyday)
    return pl.repeat(False, len(phrase), eager=True).scatter(rows, of_all["phrase"])


def commonest_rows(phrases: Phrases, forecast_year: int) -> Longs:
    """(T,) the row of ``variants`` with each term's commonest phrase up to the forecast year."""
    rows = np.flatnonzero(np.diff(phrases.variant_terms, prepend=-1))
    known = phrases.variant_years.filter(pl.col("year") <= forecast_year)
    commonest = (
        known.group_by("row", "term")
        .agg(pl.col("documents_count").sum())
        .sort("term", "documents_count", "row", descending=[False, True, False])
        .unique("term", keep="first", maintain_order=True)
    )
    rows[commonest["term"].to_numpy()] = commonest["row"].to_numpy()
    return rows


def names_at(
    phrases: Phrases,
    years: TermYears,
    shape: Shapes,
    forecast_year: int,
    rule: NameRule,
    risen: Callable[[Longs], tuple[Floats, Floats]] | None = None,
) -> Names:
    """The names at ``forecast_year``, by rules without any list of topics.

    A name ends where it ends: "graph neural network" is followed by a mark or a function word, and
    "graph neural" never. A text that is about a technology repeats it, and some say so in their
    title; empty phrases stand once (Katz 1996, Natural Language Engineering 2(1), 15-59). Documents
    after the forecast year are never read.

    risen : of some terms the z with which each took off within the window, 0 where it didn't, and
            the z of its last three years; where None no word is news
    """
    size = len(phrases.terms)
    first_year = forecast_year - rule.window_years + 1
    window = years.window(first_year, forecast_year, size)
    is_known = phrases.known_from <= forecast_year
    # Taken out one by one: each is as long as all terms, and two years may be at work at once.
    documents, uses = np.where(is_known, window.pop("documents"), 0), window.pop("uses")
    ends = window.pop("ends") / np.maximum(uses, 1)
    capitals = window.pop("capitals") / np.maximum(uses, 1)
    repeats = uses / np.maximum(documents, 1)
    titled = (window.pop("titled") + UNSEEN[0]) / (documents + UNSEEN[1])
    of_variants = phrases.documents_of_variants(documents, first_year, forecast_year)
    held = np.where(is_known[phrases.longer], of_variants[phrases.longer_variant], 0)
    share_inside, whole, rivals = _wholes(phrases, documents, held, shape)
    whole = np.where(share_inside >= rule.part, whole, -1)
    is_capital = (capitals >= rule.capitals) & ~shape.is_compound & is_known
    wanted = np.where(
        shape.is_phrase,
        rule.phrase_repeats,
        np.where(is_capital, rule.capital_repeats, rule.word_repeats),
    )
    is_word = ~shape.is_phrase & ~is_capital
    least_titled = np.select(
        [is_word, shape.is_common], [rule.titled_word, rule.titled_common], rule.titled
    )
    is_plain = is_word & ((repeats < rule.word_repeats) | (shape.everyday >= rule.everyday))
    may_be_news = is_plain & (documents >= FEWEST_TITLES) & (titled >= least_titled)
    may_be_news &= (ends >= rule.ends) & ~shape.is_discourse
    is_news = _news(phrases, documents, held, shape, forecast_year, rule, may_be_news, risen)
    tests = (  # in the order of REASONS; the first that holds decides
        (documents < rule.fewest, documents),
        (is_word & (repeats < rule.word_repeats) & ~is_news, repeats),
        ((ends < rule.ends) & ~is_capital, ends),
        ((repeats < wanted) & ~is_news, repeats),
        (titled < least_titled, titled),
        (shape.is_discourse, ends),
        (shape.is_country, documents),
        ((shape.everyday >= rule.everyday) & ~is_capital & ~is_news, shape.everyday),
        (whole >= 0, share_inside),
    )
    reason = np.zeros(size, dtype=np.int8)
    evidence = ends.copy()
    # From the last, so that the first test that holds has the last word.
    for place, (fails, figure) in reversed(list(enumerate(tests, start=1))):
        reason[fails] = place
        evidence[fails] = figure[fails]
    cut = _share_cut(phrases, documents, held, reason == 0)
    cuts = (reason == 0) & shape.is_phrase & (cut >= rule.cut)
    reason[cuts] = REASONS.index("cuts_a_name")
    evidence[cuts] = cut[cuts]
    # The last, so that an attribute still cuts the phrase that begins with its end.
    attributive = window["attributive"] / (uses + NEUTRAL)
    is_attribute = (reason == 0) & shape.is_chinese & (attributive >= rule.attribute)
    reason[is_attribute] = REASONS.index("attribute")
    evidence[is_attribute] = attributive[is_attribute]
    return Names(
        forecast_year, reason, documents, evidence, whole, is_capital, is_news, rivals, held
    )


def _news(
    phrases: Phrases,
    documents: Floats,
    held: Floats,
    shape: Shapes,
    forecast_year: int,
    rule: NameRule,
    may_be: Bools,
    risen: Callable[[Longs], tuple[Floats, Floats]] | None,
) -> Bools:
    """Which words took off, or rose in phrases that are new, see ``NameRule``."""
    is_news = np.zeros(len(documents), dtype=bool)
    is_last = _share_beside(phrases.ending, documents, held) >= rule.last
    asked = np.flatnonzero(may_be & (is_last | ~shape.is_activity))
    if risen is None or not len(asked):
        return is_news
    is_new = phrases.known_from[phrases.longer] > forecast_year - THREE_YEARS.horizon
    new = np.where(is_new, held, 0)
    sides = (phrases.ending, phrases.beginning)
    changed = sum(_share_beside(side, documents, new)[asked] for side in sides)
    took_off, rise = risen(asked)
    times = np.sqrt(1 + shape.everyday[asked] / rule.common)
    is_news[asked] = took_off >= rule.news * times
    is_news[asked] |= (changed >= rule.changed) & (rise >= rule.rising * times)
    return is_news


def _share_beside(side: Longs, documents: Floats, held: Floats) -> Floats:
    """Share of each term's documents in longer phrases that it ends, or that it begins.

    side : (p,) the term that ends, or begins, each longer phrase; held : (p,) their documents
    """
    inside = np.bincount(side, weights=held, minlength=len(documents))
    share: Floats = inside / np.maximum(documents, 1)
    return share


def _share_cut(phrases: Phrases, documents: Floats, held: Floats, is_name: Bools) -> Floats:
    """Share of each term's documents in which the words before its last one end another name.

    "machine learning model" is "machine learning" and a word, so in it "learning model" names
    nothing.

    held : (p,) documents of the longer phrases
    """
    cuts = is_name[phrases.beginning] & (phrases.beginning != phrases.ending)
    ending = phrases.ending[cuts]
    inside = np.bincount(ending, weights=held[cuts], minlength=len(documents))
    share: Floats = np.minimum(inside / np.maximum(documents, 1), 1.0)
    return share


def _wholes(
    phrases: Phrases, documents: Floats, held: Floats, shape: Shapes
) -> tuple[Floats, Longs, Floats]:
    """The largest share of each term's documents in one longer term, which, and that of its rivals.

    "vehicle" extended by "unmanned aerial" has a rival in "electric vehicle": both extend it to the
    left. "constraint satisfaction problem" and "study of constraint satisfaction" are no wholes:
    they say what is done with constraint satisfaction.

    held : (p,) documents of the longer phrases
    """
    of_things = np.where(shape.is_study[phrases.longer], 0, held)
    left = shape.left.shares(documents, of_things)
    of_things = np.where(shape.is_topic[phrases.longer], 0, of_things)
    right = shape.right.shares(documents, of_things)
    is_left = left[0] >= right[0]
    largest, whole, rivals = (np.where(is_left, *pair) for pair in zip(left, right, strict=True))
    return largest, whole, rivals
