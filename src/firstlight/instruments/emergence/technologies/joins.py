"""Terms joined into technologies: one named thing in all its forms, parts always into wholes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.technologies.names import REASONS, Names, Shapes
from firstlight.instruments.emergence.technologies.own_names import OwnNames
from firstlight.instruments.emergence.text.chinese import variants_of
from firstlight.instruments.emergence.text.phrases import Phrases, keys_of

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
RULES = ("head", "acronym", "part", "use", "user", "variant", "abbreviated")
FEWEST_DEFINITIONS = 2  # documents that give an acronym the same long form
AGREEMENT = 0.7  # share of the definitions of an acronym that agree
MOSTLY_MEANT = 0.85  # of what an acronym may mean in a record, the meaning that it is given
PER_LETTER = 0.1  # of an acronym's documents, how many must name its long form: from two letters on
OF_VARIANT = 0.02  # share of the definitions of an acronym that give a variant of its long form
INSIDE = 0.85  # share of a part's documents inside the whole from which it is another form of it
MOST_RIVALS = 0.1  # share of a part's documents in other terms that extend it on the same side
FEWEST_OF_PART = 15  # documents of a part that joins
MOST_IN_USE = 0.5  # share of a name's documents that hold it with a word of use
LONGEST_CHAIN = 16  # of joins; also doublings that lead to the end of any chain
_PART = REASONS.index("part")
# A long form dropped by one of these is a name nevertheless if its acronym is.
_NAMED_BY_ACRONYM = [
    REASONS.index(reason)
    for reason in (
        "plain_word",
        "rarely_ends",
        "once_a_text",
        "rarely_titled",
        "discourse",
        "attribute",
    )
]


@dataclass(frozen=True)
class Technologies:
    """K technologies and the terms that stand for each.

    heads      : (K,) the term that names each, ascending
    terms      : (m,) terms that belong to a technology
    technology : (m,) of 0..K-1
    rule       : (m,) place in RULES: the head itself, its acronym, a part of it, or it put to use
    evidence   : (m,) the figure that decided: share of agreeing definitions, share of documents
                 inside the whole
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
    names: Names,
    phrases: Phrases,
    shape: Shapes,
    acronyms: pl.DataFrame,
    own: OwnNames | None = None,
    variants: pl.DataFrame | None = None,
) -> Technologies:
    """Technologies at the forecast year from its names.

    A part joins the longer term that holds most of its documents, unless other terms extend it as
    well; an acronym joins the long form that texts up to the forecast year give it, if it is mostly
    written in capitals. A long form that is no name by itself (texts write it once, then its
    acronym) is one if its acronym is, but for a mere word of discourse, which takes its acronym
    along ("state-of-the-art (SOTA)"). Joins are directed and followed to their end, so nothing is
    joined the other way round, and no name is lost in what is none.

    acronyms : as ``acronyms_at`` makes it
    own      : what a user merges and splits; it overrules everything else
    variants : as ``variants_at`` makes it
    """
    # The order matters: a later join takes the place of an earlier one. What texts define
    # (acronyms) says more than what they share (parts), and what the user says more than either.
    joins = _Joins.none(len(names.reason))
    is_part = (names.reason == _PART) & (shape.is_phrase | names.is_capital | names.is_news)
    is_part &= (names.evidence >= INSIDE) & (names.rivals <= MOST_RIVALS)
    is_part &= names.documents >= FEWEST_OF_PART
    parts = np.flatnonzero(is_part)
    joins.add("part", parts, names.whole[parts], names.evidence[parts])
    short, long = acronyms["short"].to_numpy(), acronyms["long"].to_numpy()
    agreed = names.is_capital[short] & (names.documents[long] > 0)
    short, long = short[agreed], long[agreed]
    has_acronym = np.zeros(len(names.reason), dtype=bool)
    has_acronym[long] = True
    longer, used = _uses(names, phrases, shape, has_acronym)
    joins.add("use", longer, used, _ratio(names, longer, used))
    has_acronym[long[~names.is_name[short]]] = False
    has_acronym[long[names.is_name[short]]] = True
    part, topic = _topics(names, phrases, shape, has_acronym)
    joins.add("part", part, topic, _ratio(names, topic, part))
    joins.add("acronym", short, long, acronyms["share"].to_numpy()[agreed])
    is_named = names.is_name.copy()
    is_named[long[names.is_name[short] & np.isin(names.reason[long], _NAMED_BY_ACRONYM)]] = True
    says_nothing = shape.is_discourse[long] & (shape.is_compound[long] | ~shape.is_phrase[long])
    is_named[np.concatenate([short[says_nothing], long[says_nothing]])] = False
    is_form = is_named | (joins.into >= 0)
    in_full = _put_in_full(phrases, shape, acronyms.filter(agreed), names.documents > 0, is_form)
    joins.add("abbreviated", *in_full)
    if variants is not None:
        joins.add("variant", *_into_commoner(variants, names))
    if own is not None:
        is_named[_as_the_user_says(joins, own, phrases.terms, names.documents)] = True
    joins.keep_names(is_named)
    root = joins.roots()
    belongs = np.flatnonzero((is_named | (joins.into >= 0)) & is_named[root])
    heads, technology = np.unique(root[belongs], return_inverse=True)
    return Technologies(
        names.forecast_year,
        heads,
        belongs,
        technology.astype(np.int64),
        joins.rule[belongs],
        joins.evidence[belongs],
    )


@dataclass
class _Joins:
    """What each term joins (-1 where it stays alone), by which rule, and the figure behind it."""

    into: Longs
    rule: npt.NDArray[np.int8]
    evidence: Floats

    @staticmethod
    def none(size: int) -> _Joins:
        return _Joins(np.full(size, -1, np.int64), np.zeros(size, np.int8), np.zeros(size))

    def add(self, rule: str, terms: Longs, into: Longs, evidence: Floats) -> None:
        self.into[terms] = into
        self.rule[terms] = RULES.index(rule)
        self.evidence[terms] = evidence

    def undo(self, terms: Longs) -> None:
        self.into[terms], self.rule[terms], self.evidence[terms] = -1, 0, 0

    def keep_names(self, is_named: Bools) -> None:
        """Undo joins that run in a circle, at its first name, and those that lead to no name."""
        while len(circular := self._circular()):
            self.undo(self._first_name_of_circle(int(circular.min()), is_named))
        leads = is_named.copy()
        joined = np.flatnonzero(self.into >= 0)
        for _ in range(LONGEST_CHAIN):
            leads[joined] |= leads[self.into[joined]]
        self.undo(joined[~leads[self.into[joined]]])

    def leads(self, term: int, to: int) -> bool:
        """Whether the chain of joins of a term passes another."""
        for _ in range(LONGEST_CHAIN):
            if term in (to, -1):
                break
            term = int(self.into[term])
        return term == to

    def roots(self) -> Longs:
        """The end of each term's chain of joins; on a circle, a place on it."""
        root = np.where(self.into >= 0, self.into, np.arange(len(self.into)))
        for _ in range(LONGEST_CHAIN):
            further = root[root]
            if np.array_equal(further, root):
                break
            root = further
        return root

    def _circular(self) -> Longs:
        """Terms on circles of joins."""
        root = self.roots()[self.into >= 0]
        return root[self.into[root] >= 0]

    def _first_name_of_circle(self, start: int, is_named: Bools) -> Longs:
        circle = [start]
        while self.into[circle[-1]] != start:
            circle.append(int(self.into[circle[-1]]))
        return np.array([min(circle, key=lambda term: (not is_named[term], term))])


def _as_the_user_says(joins: _Joins, own: OwnNames, keys: pl.Series, documents: Floats) -> Longs:
    """Split and merge terms in the order given, and return those that thereby are names.

    keys : (T,) keys of the terms; documents : (T,) in the window, 0 for those not known yet
    """
    place = {key: row for row, key in enumerate(keys) if documents[row] > 0}
    named = []
    rows = own.of_action("merge", "split").select("action", "key", "to_key")
    for action, key, to_key in rows.iter_rows():
        term, into = place.get(key, -1), place.get(to_key, -1)
        if term < 0 or (action == "merge" and into < 0):
            continue
        if action == "split":
            joins.undo(np.array([term]))
            named.append(term)
        else:
            if joins.leads(into, term):
                joins.undo(np.array([into]))
            joins.add("user", np.array([term]), np.array([into]), np.array([np.nan]))
            named.append(into)
    return np.array(named, dtype=np.int64)


def _uses(names: Names, phrases: Phrases, shape: Shapes, has_acronym: Bools) -> tuple[Longs, Longs]:
    """Terms that are a name put to use, and that name: "deep learning system" is deep learning.

    The name must be one of an activity (it ends in -ing), an acronym or a term that has one, and
    far more common; its documents hold all those of the longer one. Likewise "decision problem" if
    it has an acronym.
    """
    first_words, longer = phrases.beginning, phrases.longer
    is_activity = shape.is_activity | names.is_capital | has_acronym
    is_product = names.is_name[longer] & shape.is_product[longer] & is_activity[first_words]
    is_topic = has_acronym[longer] & shape.is_topic[longer] & ~names.is_name[longer]
    applies = (is_product | is_topic) & (_share_held(names, phrases) < MOST_IN_USE)
    return _commonest(names, longer, first_words, applies & names.is_name[first_words])


def _topics(
    names: Names, phrases: Phrases, shape: Shapes, has_acronym: Bools
) -> tuple[Longs, Longs]:
    """Names, and what they are the first words of in most of their documents, if it has an acronym.

    "traveling salesman" is the traveling salesman problem (TSP).
    """
    first_words, longer = phrases.beginning, phrases.longer
    is_topic = has_acronym[longer] & shape.is_topic[longer] & ~names.is_name[longer]
    applies = is_topic & (_share_held(names, phrases) >= MOST_IN_USE)
    return _commonest(names, first_words, longer, applies & names.is_name[first_words])


def _put_in_full(
    phrases: Phrases, shape: Shapes, acronyms: pl.DataFrame, is_known: Bools, is_form: Bools
) -> tuple[Longs, Longs, Floats]:
    """Terms that hold acronyms among their words, the terms that they are with all of these put in
    full, and the share of the definitions that agree, the smallest of the acronyms.

    "multimodal LLM" is the multimodal large language model.

    acronyms : as ``acronyms_at`` makes it, each short form once
    is_known : (T,) terms that are in use; is_form : (T,) names and what joins another
    """
    known = acronyms.select(
        phrases.terms.gather(acronyms["short"]).alias("word"),
        phrases.terms.gather(acronyms["long"]).alias("long"),
        "share",
    )
    term = np.flatnonzero(is_known)
    phrase = phrases.variants["phrase"].gather(shape.variant[term])
    terms = pl.DataFrame({"term": term, "word": phrase}).filter(
        pl.col("word").str.contains(" ", literal=True)
    )
    each = terms.with_columns(pl.col("word").str.split(" ")).explode("word")
    holds = each.join(known, on="word", how="semi").select("term").unique()
    each = each.join(holds, on="term", how="semi", maintain_order="left").join(
        known, on="word", how="left", maintain_order="left"
    )
    in_full = each.group_by("term", maintain_order=True).agg(
        pl.coalesce("long", "word").str.join("").alias("full"), pl.col("share").min()
    )
    in_full = in_full.with_columns(keys_of(in_full["full"]).alias("full"))
    placed = _placed(in_full, phrases.terms, "full")
    placed = placed.filter(pl.Series(is_form[placed["full"].to_numpy()])).sort("term")
    return placed["term"].to_numpy(), placed["full"].to_numpy(), placed["share"].to_numpy()


def _into_commoner(variants: pl.DataFrame, names: Names) -> tuple[Longs, Longs, Floats]:
    """Variants, what each joins and the evidence; a long form joins its variant instead if that is
    a name which more documents use than it and all others.

    variants : as ``variants_at`` makes it
    """
    term, long = variants["variant"].to_numpy(), variants["long"].to_numpy()
    documents = names.documents[term] * names.is_name[term]
    order = np.lexsort((-documents, long))  # the commonest variant of each long form first
    _, first = np.unique(long[order], return_index=True)
    largest = order[first]
    swapped = largest[documents[largest] > names.documents[long[largest]]]
    joined, into = term.copy(), long.copy()
    joined[swapped], into[swapped] = long[swapped], term[swapped]
    return joined, into, variants["share"].to_numpy()


def _ratio(names: Names, terms: Longs, others: Longs) -> Floats:
    ratio: Floats = names.documents[terms] / np.maximum(names.documents[others], 1)
    return ratio


def _share_held(names: Names, phrases: Phrases) -> Floats:
    """(p,) share of the documents of the first words that hold the longer phrase."""
    share: Floats = names.held / np.maximum(names.documents[phrases.beginning], 1)
    return share


def _commonest(names: Names, terms: Longs, into: Longs, applies: Bools) -> tuple[Longs, Longs]:
    """Each term to which a join applies, once, and what it joins: the commonest, then the last."""
    place = np.flatnonzero(applies & (names.held > 0))
    place = place[np.lexsort((into[place], names.held[place]))]
    _, from_the_end = np.unique(terms[place][::-1], return_index=True)
    chosen = place[len(place) - 1 - from_the_end]
    return terms[chosen], into[chosen]


def acronyms_at(definitions: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """Acronyms and the long form that their definitions agree on.

    Returns data frame short, long (places of terms), share (of the definitions of the short form)
    and written, as most of these definitions write it.

    definitions : data frame short, long (keys), written, of documents up to the forecast year
    keys        : the terms' keys in order
    """
    written = definitions.group_by("short", "long", "written").agg(pl.len().alias("n"))
    written = written.sort("n", "written", descending=[True, False])
    counted = written.group_by("short", "long").agg(pl.col("n").sum(), pl.col("written").first())
    agreed = _with_what_agrees(counted).filter(
        (pl.col("n") >= FEWEST_DEFINITIONS) & (pl.col("share") >= AGREEMENT)
    )
    placed = _placed(agreed, keys, "short", "long")
    return placed.select("short", "long", "share", "written").sort("short", "long")


def acronyms_elsewhere(
    known: pl.DataFrame, own: pl.DataFrame, documents: Floats, keys: pl.Series
) -> pl.DataFrame:
    """Acronyms that a record leaves undefined, by what other records define and this one is about.

    "RL" is reinforcement learning among many things, and the only one of them in titles on
    language. A meaning weighs as many documents as define it elsewhere, times those of the record
    that name it in full. Two letters agree by chance, so that the long form must be as common as
    they are; with each letter more a tenth of that is enough.

    Returns data frame short, long (places of terms), share (of the weights) and written.

    known     : data frame short, long (stems), written, documents; see ``known_acronyms``
    own       : what the record defines, as ``acronyms_at`` makes it
    documents : (T,) documents of each term
    keys      : (T,) the terms' keys in order
    """
    as_keys = known.with_columns(
        keys_of(known["short"]).alias("short"), long=keys_of(known["long"])
    )
    placed = _placed(as_keys, keys, "short", "long")
    in_full = pl.Series(documents[placed["long"].to_numpy()])
    acronym = pl.Series(documents[placed["short"].to_numpy()])
    letters = placed["written"].str.count_matches(r"\p{L}|\p{N}")
    is_likely = (in_full > 0) & (in_full >= acronym * PER_LETTER ** (letters.cast(pl.Float64) - 2))
    weighed = placed.with_columns(weight=placed["documents"] * in_full)
    share = pl.col("weight") / pl.col("weight").sum().over("short")
    chosen = weighed.with_columns(share=share).filter(is_likely & (share >= MOSTLY_MEANT))
    undefined = chosen.join(own, on="short", how="anti")
    return undefined.select("short", "long", "share", "written").sort("short", "long")


def variants_at(definitions: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """Chinese long forms of one acronym that are one but for characters inside, the rarer joined
    to the commonest.

    Returns data frame variant, long (places of terms) and share, of the definitions of the acronym.

    definitions, keys : as for ``acronyms_at``
    """
    counted = definitions.group_by("short", "long").agg(pl.len().alias("n"))
    pairs = _beside_commonest(counted).filter("is_variant")
    share = pl.col("n_other") / pl.col("n_all")
    often = pairs.filter((pl.col("n_other") >= FEWEST_DEFINITIONS) & (share >= OF_VARIANT))
    placed = _placed(often.rename({"other": "variant"}), keys, "variant", "long")
    # A form that two acronyms share joins the one that more documents define.
    most = placed.sort("n_other", "short", descending=[True, False]).unique("variant", keep="first")
    return most.select("variant", "long", share.alias("share")).sort("variant")


def _placed(frame: pl.DataFrame, keys: pl.Series, *columns: str) -> pl.DataFrame:
    """The rows whose keys in some columns are all terms, as places of terms.

    keys : (T,) ascending
    """
    for name in columns:
        place = keys.search_sorted(frame[name]).cast(pl.Int64)
        place = place.set(place == len(keys), None)
        found = keys.gather(place) == frame[name]
        frame = frame.with_columns(place.alias(name)).filter(found)
    return frame


def _with_what_agrees(counted: pl.DataFrame) -> pl.DataFrame:
    """The commonest long form of each acronym, and the share of definitions that agree with it.

    A Chinese long form reaches back to where words end, so one that ends with the commonest agrees;
    and so does a variant of it.

    counted : data frame short, long, n, written
    """
    joined = _beside_commonest(counted)
    of_agreeing = pl.col("n_other").filter(pl.col("agrees") | pl.col("is_variant")).sum()
    agreeing = joined.group_by("short", "long").agg(
        of_agreeing.alias("n"), (of_agreeing / pl.col("n_other").sum()).alias("share")
    )
    return agreeing.join(counted.select("short", "long", "written"), on=["short", "long"])


def _beside_commonest(counted: pl.DataFrame) -> pl.DataFrame:
    """Every long form beside the commonest of its acronym: short, long, other, n_other, n_all (of
    the acronym), agrees (the same, or ends with it), is_variant.

    counted : data frame short, long, n
    """
    order = ["short", "n", "long"]
    commonest = counted.sort(order, descending=[False, True, False]).unique("short", keep="first")
    every = counted.select("short", pl.col("long").alias("other"), pl.col("n").alias("n_other"))
    joined = commonest.select("short", "long").join(every, on="short")
    is_chinese = pl.col("long").str.contains(r"\p{Han}")
    agrees = (pl.col("other") == pl.col("long")) | (
        is_chinese & pl.col("other").str.ends_with(pl.col("long"))
    )
    joined = joined.with_columns(
        agrees.alias("agrees"), pl.col("n_other").sum().over("short").alias("n_all")
    ).sort("short", "other")
    chinese = joined.filter(is_chinese & pl.col("other").str.contains(r"\p{Han}"))
    named = [
        (short, other)
        for (short, long), forms in chinese.group_by("short", "long", maintain_order=True)
        for other in variants_of(str(long), forms["other"].to_list())
    ]
    listed = pl.DataFrame(
        named, schema={"short": pl.String, "other": pl.String}, orient="row"
    ).with_columns(is_variant=True)
    beside = joined.join(listed, on=["short", "other"], how="left", maintain_order="left")
    return beside.with_columns(pl.col("is_variant").fill_null(False))


def beside_long_forms(
    acronyms: pl.DataFrame, phrases: Phrases, forecast_year: int, least: float
) -> pl.DataFrame:
    """Those acronyms whose long form stands in enough of their documents up to the forecast year.

    An acronym that means many things seldom stands beside the one of them that was defined.

    acronyms : as ``acronyms_at`` makes it; least : share of an acronym's documents
    """
    known = int(np.searchsorted(phrases.years, forecast_year, side="right"))
    each, size = np.arange(acronyms.height), acronyms.height
    of_short, of_long = (
        phrases.incidence(acronyms[name].to_numpy(), each, size)[:, :known]
        for name in ("short", "long")
    )
    both = np.asarray(of_short.multiply(of_long).sum(axis=1)).ravel()
    share = both / np.maximum(np.asarray(of_short.sum(axis=1)).ravel(), 1)
    return acronyms.filter(pl.Series(share >= least))
