"""Running text cut into words as they are written, English and Chinese, a hyphenated compound as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence import running_text

Ints = npt.NDArray[np.int32]
BATCH = 25_000  # documents that are cut at once
TITLE_END = "¶"  # stands between title and abstract, so that no phrase spans them

_PART = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*"
_WORD = rf"{_PART}(?:[-‐‑]{_PART})*\+*|[.,;:!?()\[\]{{}}/…—–\x22“”¶。，、；：！？（）《》]"
_TWO_CAPITALS = r"(?:^|-)[^-]*\p{Lu}[^-]*[\p{Lu}\p{N}]|(?:^|-)[^-]*\p{N}[^-]*\p{Lu}"

# Participles that stand where a preposition does.
PREPOSITIONS = frozenset(("using", "based", "used", "including", "according", "concerning"))

# American for British spelling, by the ends and stems in which they differ (closed lists of grammar).
_SPELLINGS = (
    (r"isation$", "ization"),
    (r"^(behavi|col|neighb|fav|harb|lab|vap|tum|hum|arm|flav|od)our", "${1}or"),
    (r"(mod|lab|trav|sign|chann|tunn|canc)(e|a)ll(ing|ed|er)$", "${1}${2}l${3}"),
    (r"^(fib|cent|met|lit|theat)re$", "${1}er"),
    (r"metre$", "meter"),
    (r"^sulph", "sulf"),
    (r"^grey", "gray"),
    (r"^aluminium$", "aluminum"),
    (r"^programme$", "program"),
    (r"^catalogue$", "catalog"),
)


@dataclass(frozen=True)
class CutText:
    """D documents as n words, one document after another.

    spellings : (W,) the distinct words as they are written, sorted
    words     : (n,) place of each word among the spellings
    lengths   : (D,) words of each document, title and abstract
    """

    spellings: pl.Series
    words: Ints
    lengths: Ints


def cut_text(documents: pl.DataFrame, *, text: str = "title_and_abstract") -> CutText:
    """Words of titles and abstracts, or of titles alone.

    documents : columns title, abstract
    text      : "title_and_abstract" or "title"

    >>> cut = cut_text(pl.DataFrame({"title": ["Few-shot GANs"], "abstract": [None]}))
    >>> cut.spellings.to_list(), cut.words.tolist()
    (['Few-shot', 'GANs', '¶'], [0, 1, 2])
    """
    title = _calm(pl.col("title").fill_null(""))
    parts = [title, pl.lit(f" {TITLE_END} ")]
    if text == "title_and_abstract":
        parts.append(pl.col("abstract").fill_null(""))
    joined = documents.select(running_text.clean(pl.concat_str(parts)).alias("text")).to_series()
    lists = running_text.segment_chinese(joined).str.extract_all(_WORD)
    coded = lists.explode().drop_nulls().cast(pl.Categorical(pl.Categories.random()))
    distinct = coded.unique().to_frame("code")
    code = pl.col("code")
    words = distinct.select(code.cast(pl.String).alias("word"), code.to_physical()).sort("word")
    place = np.zeros(int(words["code"].max() or 0) + 1, dtype=np.int32)  # type: ignore[arg-type]
    place[words["code"].to_numpy()] = np.arange(words.height, dtype=np.int32)
    lengths = lists.list.len().cast(pl.Int32).to_numpy()
    return CutText(words["word"], place[coded.to_physical().to_numpy()], lengths)


def cut_batches(documents: pl.DataFrame, *, text: str = "title_and_abstract") -> Iterator[CutText]:
    """The documents cut ``BATCH`` at a time, two batches at work, in their order."""
    batches = (documents[row : row + BATCH] for row in range(0, documents.height, BATCH))
    waiting = []
    with ThreadPoolExecutor(2) as pool:
        for batch in batches:
            waiting.append(pool.submit(cut_text, batch, text=text))
            if len(waiting) > 2:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def joined(parts: Iterable[CutText]) -> CutText:
    """All documents of the parts, one part after another."""
    parts = list(parts)
    spellings = pl.concat([part.spellings for part in parts]).unique().sort()
    number = pl.DataFrame({"word": spellings, "id": np.arange(len(spellings), dtype=np.int32)})
    words = []
    for part in parts:
        place = part.spellings.to_frame("word").join(
            number, on="word", how="left", maintain_order="left"
        )
        words.append(place["id"].to_numpy()[part.words])
    lengths = np.concatenate([part.lengths for part in parts])
    return CutText(spellings, np.concatenate(words), lengths)


def stems(spellings: pl.Series) -> pl.Series:
    """Each spelling folded: lower case, no accents, singular, American; what counts as the same word.

    >>> stems(pl.Series(["GANs", "Neural-Networks", "Poincaré", "Behaviours", "analysis"])).to_list()
    ['gan', 'neural-network', 'poincare', 'behavior', 'analysis']
    """
    folded = pl.col("word").str.replace_all("[‐‑]", "-").str.replace(r"([\p{Lu}\p{N}]{2})s$", "$1")
    is_all_capitals = pl.col("word").str.contains(r"^[\p{Lu}\p{N}-]+$")  # GPS is no plural
    frame = spellings.to_frame("word").select(
        running_text.fold(folded).alias("word"), is_all_capitals.alias("is_all_capitals")
    )
    singular = pl.when("is_all_capitals").then("word").otherwise(_singular(pl.col("word")))
    frame = frame.select(singular.alias("word"))
    stem = pl.col("word")
    for pattern, replacement in _SPELLINGS:
        stem = stem.str.replace(pattern, replacement)
    return frame.select(stem.alias("stem")).to_series()


def has_two_capitals(spellings: pl.Series) -> pl.Series:
    """True for what is written like an acronym or a product: two capitals, or a capital and a digit.

    >>> has_two_capitals(pl.Series(["GAN", "IoT", "5G", "ResNet", "Deep-Learning", "Neural"])).to_list()
    [True, True, True, True, False, False]
    """
    return spellings.str.contains(_TWO_CAPITALS)


def is_break(stem: pl.Expr) -> pl.Expr:
    """True where a word ends a phrase: marks, bare numbers and function words (linking words included)."""
    function = running_text.FUNCTION_WORDS | running_text.CHINESE_FUNCTION_WORDS | PREPOSITIONS
    return stem.str.contains(r"^(\p{N}+|[^\p{L}\p{N}]+)$") | stem.is_in(sorted(function))


def is_link(stem: pl.Expr) -> pl.Expr:
    """True for a word that may stand inside a phrase but not at its ends: internet *of* things."""
    return stem.is_in(sorted(running_text.LINKING_WORDS))


def _calm(title: pl.Expr) -> pl.Expr:
    """A title that is all in capitals in small letters, since its capitals say nothing."""
    return pl.when(title.str.contains(r"\p{Ll}")).then(title).otherwise(title.str.to_lowercase())


def _singular(word: pl.Expr) -> pl.Expr:
    """English plurals to singulars by the S-stemmer's three rules, on the last part of a compound.

    Source: Harman (1991), Journal of the American Society for Information Science 42(1), 7-15.
    """
    keeps = (
        r"(?:ss|us|is|ics|as|os|ens|series|species|means|waals|bayes|news|thermodynamics|lens|ous)$"
    )
    return (
        pl.when(~word.str.contains(r"(?:^|-)[a-z]*[a-z0-9]{2}s$") | word.str.contains(keeps))
        .then(word)
        .when(word.str.contains(r"[^ae]ies$"))
        .then(word.str.replace(r"ies$", "y"))
        .when(word.str.contains(r"(?:ch|sh|ss|x|gas|bias|lens|virus|status|corpus)es$"))
        .then(word.str.replace(r"es$", ""))
        .otherwise(word.str.replace(r"s$", ""))
    )
