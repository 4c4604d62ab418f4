"""Which language a document is in: by its script, and Latin script by its function words."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

ENGLISH = "en"
SCRIPT_SHARE = 0.2  # of a text's characters, from which a script makes its language
HEAD = 300  # characters of an abstract that are read
SAMPLE = 3000  # documents looked at before function words are counted in all
MIXED = 0.01  # of the sample in another language of Latin script, from which all are counted
FEWEST_WORDS = 2  # function words of another language before a text is taken for it

# In this order: Japanese is written with Chinese characters too.
_SCRIPTS = (
    ("ja", r"[\p{Hiragana}\p{Katakana}]", 0.05),
    ("ko", r"\p{Hangul}", SCRIPT_SHARE),
    ("zh", r"\p{Han}", SCRIPT_SHARE),
    ("cyrillic", r"\p{Cyrillic}", SCRIPT_SHARE),
    ("arabic", r"\p{Arabic}", SCRIPT_SHARE),
    ("greek", r"\p{Greek}", 0.5),
)


def languages(documents: pl.DataFrame) -> pl.Series:
    """The language of each document: en, zh, ja, ko, de, es, pt, fr, it, cyrillic, arabic, greek.

    A script that makes up a fifth of a title decides. Texts in Latin script are English unless two
    function words of another language stand in title and first 300 characters of the abstract, and
    more than of English: a lower bound of the other languages, since short titles have none. Where
    a sample holds less than 1% of them, all Latin texts count as English.

    documents : columns title, abstract; an even sample of the rows is looked at first

    >>> titles = ["Deep learning", "Глубокое обучение"]
    >>> schema = {"title": pl.String, "abstract": pl.String}
    >>> languages(pl.DataFrame({"title": titles, "abstract": [None, None]}, schema)).to_list()
    ['en', 'cyrillic']
    """
    text = pl.coalesce("title", pl.col("abstract").str.slice(0, HEAD), pl.lit(""))
    frame = documents.select(text.alias("text"))
    is_latin = (frame["text"].str.len_bytes() == frame["text"].str.len_chars()).to_numpy()
    found = np.full(documents.height, ENGLISH, dtype=object)
    rest = np.flatnonzero(~is_latin)
    found[rest] = frame[rest].select(_script(pl.col("text")))["text"].to_numpy()
    latin = np.flatnonzero(found == ENGLISH)
    if _is_mixed(documents, latin):
        found[latin] = _latin(documents[latin]).to_numpy()
    return pl.Series("language", found, dtype=pl.String)


def _script(text: pl.Expr) -> pl.Expr:
    length = text.str.len_chars()
    chosen = pl.lit(ENGLISH)
    # From the last, so that the first of them decides.
    for language, letters, share in reversed(_SCRIPTS):
        is_in = text.str.count_matches(letters) >= share * length
        chosen = pl.when(is_in & (length > 0)).then(pl.lit(language)).otherwise(chosen)
    return chosen.alias("text")


def _is_mixed(documents: pl.DataFrame, latin: npt.NDArray[np.intp]) -> bool:
    """Whether an even sample holds other languages of Latin script."""
    step = max(1, len(latin) // SAMPLE)
    sample = _latin(documents[latin[::step]])
    return len(sample) > 0 and (sample != ENGLISH).sum() >= MIXED * len(sample)


def _latin(documents: pl.DataFrame) -> pl.Series:
    """The language of texts in Latin script, by function words."""
    head = pl.col("abstract").str.slice(0, HEAD).fill_null("")
    text = (pl.col("title").fill_null("") + " " + head).str.to_lowercase()
    counted = documents.select(
        text.str.count_matches(rf"\b(?:{'|'.join(words)})\b").alias(language)
        for language, words in function_words().items()
    )
    others = [language for language in counted.columns if language != ENGLISH]
    most = counted.select(pl.max_horizontal(others)).to_series().to_numpy()
    first = counted.select(others).to_numpy().argmax(axis=1)
    is_other = (most >= FEWEST_WORDS) & (most > counted[ENGLISH].to_numpy())
    chosen = np.where(is_other, np.array(others, dtype=object)[first], ENGLISH)
    return pl.Series("language", chosen, dtype=pl.String)


@cache
def function_words() -> dict[str, tuple[str, ...]]:
    """Function words of languages in Latin script, from ``languages.csv``."""
    text = Path(__file__).with_name("languages.csv").read_text(encoding="utf-8")
    return {
        row["language"]: tuple(row["words"].split()) for row in csv.DictReader(text.splitlines())
    }
