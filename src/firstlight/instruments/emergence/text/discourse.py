"""Words that name no technology: those of scientific and legal discourse, which say what an author
does, and everyday ones, common in unlike fields before today's technologies ("image", "vector")."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl


@cache
def discourse() -> dict[str, list[str]]:
    """Words that no name begins with (first) or ends with (last), and that follow names.

    Studies begin no name either, if "of" follows them. Of those that follow (uses, products) names
    end before the former; carriers follow them as products do, in lines alone. Nouns_like_verbs
    end as participles and adverbs do, and are neither.
    """
    text = files(__package__).joinpath("discourse.toml").read_text(encoding="utf-8")
    return {place: sorted(set(words.split())) for place, words in tomllib.loads(text).items()}


@cache
def everyday_words() -> pl.DataFrame:
    """Stems, English and Chinese, sorted, with a share each: word, share.

    Of the documents of six unlike fields of arXiv up to 2010 (computing, economy, life, materials,
    mathematics, physics) the word stands in this share or more in three of them. A Chinese word has
    the share of its median translation, as titles in both languages have it. English words below
    .0005 are not listed, Chinese ones below .01. Counted, so drawn up without regard to any topic.
    """
    here = Path(__file__)
    english = pl.read_csv(here.with_name("everyday_words.csv"))
    chinese = pl.read_csv(here.with_name("everyday_words_zh.csv"))
    return pl.concat([english, chinese]).sort("word")
