"""Technologies as people write them: "generative adversarial networks (GAN)"."""

from __future__ import annotations

import polars as pl

from firstlight.instruments.emergence.technologies.joins import RULES, Technologies
from firstlight.instruments.emergence.technologies.names import commonest_rows
from firstlight.instruments.emergence.text.phrases import Phrases
from firstlight.instruments.emergence.text.words import has_two_capitals

PROPER = 0.1  # a word written small in less than this share of its uses keeps its capital
FEW_CAPITALS = 0.5  # of a record's words: where more have capitals (titles), a capital says nothing


def written_words(written: pl.DataFrame, forecast_year: int) -> pl.DataFrame:
    """How each word is written up to the forecast year: data frame stem, inside, last.

    ``last`` is the commonest form (a plural, often), ``inside`` the singular where it is written.
    """
    known = written.filter(pl.col("year") <= forecast_year)
    is_small = pl.col("spelling").str.contains(r"^[^\p{Lu}]")
    forms = known.group_by("stem", "spelling").agg(pl.col("count").sum())
    forms = forms.with_columns(
        has_two_capitals(forms["spelling"]).alias("is_capital"),
        pl.when(is_small).then(pl.col("count")).otherwise(0).alias("small"),
    )
    is_calm = float(forms["small"].sum()) > FEW_CAPITALS * float(forms["count"].sum())
    by_stem = forms.group_by("stem").agg(
        (pl.col("small").sum() < PROPER * pl.col("count").sum()).alias("is_proper"),
        (pl.col("count").filter("is_capital").sum() > 0.5 * pl.col("count").sum()).alias("shouts"),
    )
    forms = forms.join(by_stem, on="stem")
    keeps_case = pl.col("shouts") | (pl.col("is_proper") & pl.lit(is_calm))
    shown = (
        pl.when(keeps_case)
        .then(pl.col("spelling"))
        .otherwise(pl.col("spelling").str.to_lowercase())
    )
    forms = forms.group_by("stem", shown.alias("form")).agg(pl.col("count").sum())
    forms = forms.sort("stem", "count", "form", descending=[False, True, False])
    is_singular = pl.col("form").str.to_lowercase() == pl.col("stem")
    return forms.group_by("stem", maintain_order=True).agg(
        pl.coalesce(pl.col("form").filter(is_singular).first(), pl.col("form").first()).alias(
            "inside"
        ),
        pl.col("form").first().alias("last"),
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
    is_chinese = pl.col("form").str.contains(r"^\p{Han}").all()
    joined = split.group_by("row", maintain_order=True).agg(
        pl.when(is_chinese)
        .then(pl.col("form").str.join(""))
        .otherwise(pl.col("form").str.join(" "))
        .alias("label")
    )
    return joined["label"]


def forms_of(
    phrases: Phrases, technologies: Technologies, documents: pl.Series, words: pl.DataFrame
) -> pl.DataFrame:
    """Every form of every technology: data frame technology, form, kind, documents_count, evidence.

    documents : (T,) documents of each term in the window
    kind      : name, spelling, acronym, part or use; the first form is the name itself
    """
    shown = phrases.variants[commonest_rows(phrases, technologies.forecast_year)]
    rules = pl.Series("kind", ["name", *RULES[1:]])
    own = pl.DataFrame(
        {
            "technology": technologies.technology,
            "key": phrases.terms[technologies.terms],
            "phrase": shown["phrase"][technologies.terms],
            "kind": rules[technologies.rule.astype(int)],
            "documents_count": documents[technologies.terms].cast(pl.Int64),
            "evidence": technologies.evidence,
        }
    )
    evidence = pl.when(pl.col("kind") != "name").then(pl.col("evidence").round(4))
    own = own.with_columns(evidence.alias("evidence"))
    year = technologies.forecast_year
    written = phrases.variant_years.filter(pl.col("year") <= year)["row"].unique().sort()
    others = (
        own.drop("phrase")
        .join(phrases.variants[written], on="key", how="inner")
        .join(shown, on=["key", "phrase"], how="anti")
        .with_columns(pl.lit("spelling").alias("kind"), pl.lit(None, pl.Float64).alias("evidence"))
    )
    every = pl.concat([own, others.select(own.columns)])
    every = every.with_columns(labels(every["phrase"], words).alias("form"))
    order = pl.col("kind").replace_strict(
        {"name": 0, "acronym": 1, "spelling": 2, "part": 3, "use": 4}, return_dtype=pl.Int8
    )
    columns = ("technology", "form", "kind", "documents_count", "evidence")
    return (
        every.with_columns(order.alias("order"))
        .sort(
            "technology", "order", "documents_count", "form", descending=[False, False, True, False]
        )
        .select(columns)
    )


def named(forms: pl.DataFrame) -> pl.Series:
    """The label of each technology: its name, and its commonest acronym in brackets."""
    name = pl.col("form").filter(pl.col("kind") == "name").first()
    acronym = pl.col("form").filter(pl.col("kind") == "acronym").first()
    short = acronym.str.replace(r"([\p{Lu}\p{N}])s$", "$1")
    label = pl.when(acronym.is_null()).then(name).otherwise(pl.format("{} ({})", name, short))
    return forms.group_by("technology", maintain_order=True).agg(label.alias("label"))["label"]
