"""Technologies as people write them: "generative adversarial networks (GAN)"."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.running_text import fold
from firstlight.instruments.emergence.technologies.joins import RULES, Technologies
from firstlight.instruments.emergence.technologies.names import Names
from firstlight.instruments.emergence.technologies.survey import IN_PHRASE
from firstlight.instruments.emergence.text.phrases import Phrases
from firstlight.instruments.emergence.text.words import without_plural

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
PROPER = 0.1  # a word written small in less than this share of its uses keeps its capital ...
CALM = 0.9  # ... where this share of all words is written small, or more; else in fewer, by odds
# In the order in which they stand.
KINDS = ("name", IN_PHRASE, "acronym", "spelling", "variant", "abbreviated", "part", "use", "user")
MOSTLY_HAN = 0.5  # of a record's words: where more are Chinese, words have no plural
FEW_CAPITALS = 0.5  # of a record's words: where more have capitals (titles), a capital says nothing


def written_words(
    written: pl.DataFrame, forecast_year: int, phrases: pl.Series | None = None
) -> pl.DataFrame:
    """How each word is written up to the forecast year: data frame stem, inside, last.

    ``last`` is the commonest form (a plural, often), ``inside`` the singular where it is written.
    Chinese has no plural: in a record that is mostly Chinese, ``last`` is the singular as well.

    phrases : of which alone the words are wanted
    """
    known = written.filter(pl.col("year") <= forecast_year)
    total = pl.col("count").sum()
    small = pl.col("count").filter("is_small").sum()
    share = float(known.select(small / total).item() or 0.0)
    # Where titles stand among running text, any word has capitals more often than by itself.
    calm = min(share / max(1 - share, 1 - CALM) * (1 - CALM) / CALM, 1.0)
    han, letters = (
        pl.col("count").filter(pl.col("stem").str.contains(script)).sum()
        for script in (r"\p{Han}", r"\p{L}")
    )
    is_chinese = bool(known.select(han > MOSTLY_HAN * letters).item())
    if phrases is not None:
        needed = phrases.str.split(" ").explode().unique()
        known = known.filter(pl.col("stem").is_in(needed.implode()))
    forms = known.group_by("stem", "spelling", "is_small", "is_capital").agg(pl.col("count").sum())
    by_stem = forms.group_by("stem").agg(
        (small < PROPER * calm * total).alias("is_proper"),
        (pl.col("count").filter("is_capital").sum() > 0.5 * total).alias("shouts"),
    )
    keeps_case = pl.col("shouts") | (pl.col("is_proper") & pl.lit(share > FEW_CAPITALS))
    spelling = pl.col("spelling")
    shown = pl.when(keeps_case).then(spelling).otherwise(spelling.str.to_lowercase())
    forms = forms.join(by_stem, on="stem").with_columns(shown.alias("form"))
    forms = forms.group_by("stem", "form").agg(pl.col("count").sum())
    forms = forms.sort("stem", "count", "form", descending=[False, True, False])
    singular = pl.col("form").filter(fold(pl.col("form")) == pl.col("stem"))
    inside = pl.coalesce(singular.first(), pl.col("form").first())
    last = inside if is_chinese else pl.col("form").first()
    return forms.group_by("stem", maintain_order=True).agg(
        inside.alias("inside"), last.alias("last")
    )


def labels(phrase: pl.Series, words: pl.DataFrame) -> pl.Series:
    """Phrases of stems as they are written, by the words of ``written_words``."""
    split = phrase.str.split(" ").to_frame("stem").with_row_index("row").explode("stem")
    split = split.with_columns(
        (pl.col("row") != pl.col("row").shift(-1)).fill_null(True).alias("ends")
    )
    split = split.join(words, on="stem", how="left", maintain_order="left")
    form = pl.when("ends").then("last").otherwise("inside")
    split = split.with_columns(pl.coalesce(form, "stem").alias("form"))
    joined = split.group_by("row", maintain_order=True).agg(pl.col("form").str.join(" "))
    label = pl.col("form")
    for _ in range(2):  # each pass joins every other pair of characters
        label = label.str.replace_all(r"(\p{Han}) (\p{Han})", "$1$2")
    return joined.select(label.alias("label")).to_series()


def forms_of(
    phrases: Phrases,
    variant: Longs,
    technologies: Technologies,
    names: Names,
    window_years: int,
    acronyms: pl.DataFrame,
) -> pl.DataFrame:
    """Every form of every technology: data frame technology, form, kind, documents_count, evidence.

    variant   : (T,) row of each term's commonest phrase, see ``commonest_rows``
    names     : with the documents of each term in the window of so many years that ends at the
                forecast year
    acronyms  : data frame short (place of its term), written: an acronym is shown as texts define
                it, whatever else is written in these letters (GAN, not GaN)
    kind      : one of ``KINDS``; the first form is the name itself. A spelling's documents are
                those that are written so; those of the other kinds are written in any way.
    """
    year = technologies.forecast_year
    kinds = pl.Series("kind", ["name", *RULES[1:]])
    terms = pl.DataFrame(
        {
            "technology": technologies.technology,
            "term": technologies.terms,
            "row": variant[technologies.terms],
            "kind": kinds[technologies.rule.astype(int)],
            "documents_count": names.documents[technologies.terms].astype(np.int64),
            "evidence": technologies.evidence,
        }
    )
    figure = pl.col("evidence").fill_nan(None).round(4)
    rounded = pl.when(pl.col("kind") != "name").then(figure)
    terms = terms.with_columns(rounded.alias("evidence"))
    in_window = pl.col("documents_count").filter(pl.col("year") > year - window_years).sum()
    spellings = (
        phrases.variant_years.filter(pl.col("year") <= year)
        .join(terms.select("technology", "term"), on="term")
        .join(terms.select("row"), on="row", how="anti")
        .group_by("technology", "term", "row")
        .agg(in_window.cast(pl.Int64))
        .with_columns(pl.lit("spelling").alias("kind"), pl.lit(None, pl.Float64).alias("evidence"))
    )
    within = in_phrases(phrases, names, technologies)
    within = within.with_columns(pl.lit(IN_PHRASE).alias("kind"))
    others = (spellings, within)
    every = pl.concat([terms, *(frame.select(terms.columns) for frame in others)])
    phrase = phrases.variants["phrase"].gather(every["row"])
    words = written_words(phrases.written, year, phrase)
    order = pl.col("kind").replace_strict({kind: place for place, kind in enumerate(KINDS)})
    every = every.with_columns(labels(phrase, words).alias("form"), order.alias("order"))
    short = acronyms.select(pl.col("short").alias("term"), "written").unique("term", keep="first")
    every = every.join(short, on="term", how="left", maintain_order="left")
    as_defined = pl.when(pl.col("kind") == "acronym").then("written")
    every = every.with_columns(pl.coalesce(as_defined, "form").alias("form"))
    every = every.sort(
        "technology",
        "order",
        "documents_count",
        "form",
        "row",
        descending=[False, False, True, False, False],
    )
    return every.select("technology", "form", "kind", "documents_count", "evidence")


def in_phrases(phrases: Phrases, names: Names, technologies: Technologies) -> pl.DataFrame:
    """The phrase that most documents of each word that is news hold: a name before others, and one
    that it ends before one that it begins.

    Returns data frame technology, term, longer (the phrase's term), row (the phrase among the
    variants), documents_count, evidence (their share of the word's).
    """
    technology = np.full(len(names.reason), -1, dtype=np.int64)
    technology[technologies.heads] = np.arange(len(technologies.heads))
    technology[~names.is_news] = -1
    parts = []
    for side, ends in ((phrases.ending, True), (phrases.beginning, False)):
        held = np.flatnonzero((technology[side] >= 0) & (names.held > 0))
        columns = {
            "technology": technology[side[held]],
            "term": side[held],
            "longer": phrases.longer[held],
            "row": phrases.longer_variant[held],
            "documents_count": names.held[held].astype(np.int64),
            "is_name": names.is_name[phrases.longer[held]],
        }
        parts.append(pl.DataFrame(columns).with_columns(pl.lit(ends).alias("ends")))
    chosen = (
        pl.concat(parts)
        .sort("is_name", "ends", "documents_count", "row", descending=[True, True, True, False])
        .unique("term", keep="first", maintain_order=True)
    )
    of_all = pl.Series(names.documents, dtype=pl.Float64).gather(chosen["term"])
    return chosen.with_columns((pl.col("documents_count") / of_all).round(4).alias("evidence"))


def named(forms: pl.DataFrame) -> pl.Series:
    """The label of each technology: its name, and in brackets its commonest acronym or the phrase
    that it stands in."""
    name, acronym, phrase = (
        pl.col("form").filter(pl.col("kind") == kind).first()
        for kind in ("name", "acronym", IN_PHRASE)
    )
    beside = pl.coalesce(without_plural(acronym), phrase)
    label = pl.coalesce(pl.format("{} ({})", name, beside), name)
    return forms.group_by("technology", maintain_order=True).agg(label.alias("label"))["label"]
