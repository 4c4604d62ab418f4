"""Technologies in Chinese: the user's names, the corpus's, and a glossary for every observation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from firstlight.instruments.concordance.known_names import LABELLED, NAMES, known_pairs
from firstlight.instruments.emergence.technologies.own_names import OnSurvey, keys_of_names
from firstlight.instruments.emergence.technologies.survey import IN_PHRASE

__all__ = ["LABELLED", "NAMES", "by_glossary", "chinese_names", "glossary", "with_translation"]

HAN = r"\p{Han}"


@cache
def glossary() -> pl.DataFrame:
    """English names with their Chinese ones: name_en, name_zh, key.

    A key has a row for each of its Chinese names. Labelled acronyms are left out: there FDA is an
    agency, elsewhere functional data analysis.
    """
    pairs = known_pairs().select("name_en", "name_zh")
    return pairs.with_columns(keys_of_names(pairs["name_en"]).alias("key"))


def chinese_names(named: OnSurvey, of_corpus: Mapping[str, str] | None) -> dict[str, str]:
    """Technology id -> its name in Chinese: the user's, or else the corpus's, or else the
    glossary's."""
    return {**by_glossary(named), **(of_corpus or {}), **named.names_zh}


def with_translation(frame: pl.DataFrame, column: str, chinese: Mapping[str, str]) -> pl.DataFrame:
    """The frame with a column of Chinese names behind one of names; null where there is none."""
    translated = frame[column].replace_strict(dict(chinese), default=None, return_dtype=pl.String)
    return frame.with_columns(translated.alias(f"{column}_zh"))


def by_glossary(named: OnSurvey) -> dict[str, str]:
    """Technology id -> its name in Chinese, by its name, or else by its other forms.

    Technologies without a single such name are left out; so are those whose name is Chinese. What
    the user renames is found by the new name alone.
    """
    survey = named.survey
    ids = survey.ids
    labels = pl.DataFrame(
        {"technology_id": ids, "form": survey.labels},
        {"technology_id": pl.String, "form": pl.String},
    )
    renamed = named.applied.filter(pl.col("action") == "rename")["technology_id"]
    is_chinese = labels["form"].str.contains(HAN)
    no_other = pl.concat([renamed.drop_nulls(), ids.filter(is_chinese)])
    # what is but a part of the name may mean anything, and a phrase it stands in means less
    is_other = ~pl.col("kind").is_in(["part", IN_PHRASE]) & ~pl.col("technology_id").is_in(
        no_other.implode()
    )
    others = survey.forms_by_id.filter(is_other).select("form", "technology_id")
    found = {**_translated(others), **_translated(labels.filter(~is_chinese))}
    return {name: chinese for name, chinese in found.items() if chinese is not None}


def _translated(forms: pl.DataFrame) -> dict[str, str | None]:
    """Technology id -> the Chinese name that its forms have in the glossary; None where they have
    several.

    forms : technology_id, form
    """
    found = forms.with_columns(keys_of_names(forms["form"]).alias("key")).join(glossary(), on="key")
    each = found.group_by("technology_id").agg(pl.col("name_zh").unique())
    only = pl.when(pl.col("name_zh").list.len() == 1).then(pl.col("name_zh").list.first())
    return dict(each.select("technology_id", only).rows())
