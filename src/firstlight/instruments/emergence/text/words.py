"""Text cut into words as they are written, English and Chinese, a hyphenated compound as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence import running_text
from firstlight.instruments.emergence.text import chinese
from firstlight.instruments.emergence.text.singulars import singular
from firstlight.numerics.at_once import two_at_once

Ints = npt.NDArray[np.int32]
BATCH = 25_000  # documents that are cut at once
TITLE_END = "¶"  # stands between title and abstract, so that no phrase spans them
IN_CAPITALS = 0.85  # share of a text's letters that are capitals from which they say nothing
FEWEST_LETTERS = 20  # of such a text: "NP vs PSPACE" has too few
_SMALL_WORD = r"\p{Ll}{4}|\p{Lo}"  # whoever writes one so does not write in capitals

_PART = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*"
_JOINT = r"(?:--|[-‐‑–'’&])"  # within a word: few-shot, Kullback--Leibler, Moore's, R&D
_MARK = r"\s--?\s|---+|``|''|[.,;:!?()\[\]{}/…—–\x22“”&¶。，、；：！？（）《》]"
_WORD = rf"{_PART}(?:{_JOINT}{_PART})*\+*|{_MARK}"
_TWO_CAPITALS = r"(?:^|-)[^-]*\p{Lu}[^-]*[\p{Lu}\p{N}]|(?:^|-)[^-]*\p{N}[^-]*\p{Lu}"

# Participles that stand where a preposition does.
PREPOSITIONS = frozenset(("using", "based", "used", "including", "according", "concerning"))

# American for British spelling, by the ends and stems in which they differ.
_ISE = "al|an|ar|ard|atom|custom|el|en|er|et|gn|ic|id|il|im|it|nt|on|or|phon|random|rn|ym"
_SPELLINGS = (
    (r"isation$", "ization"),
    (rf"([a-z](?:{_ISE}))is(e|ed|er|ing|able)$", "${1}iz${2}"),
    (r"(anal|catal|hydrol|paral)ys(e|ed|er|ing)$", "${1}yz${2}"),
    (r"\b(behavi|col|neighb|fav|harb|lab|vap|tum|hum|arm|flav|od)our", "${1}or"),
    (r"(mod|lab|trav|sign|chann|tunn|canc)(e|a)ll(ing|ed|er)$", "${1}${2}l${3}"),
    (r"\b(fib|cent|lit|theat)re\b", "${1}er"),
    (r"metre\b", "meter"),
    (r"\b(def|off)ence\b", "${1}ense"),
    (r"(dial|catal|anal)ogue\b", "${1}og"),
    (r"\bsulph", "sulf"),
    (r"\bgrey", "gray"),
    (r"\bartefact", "artifact"),
    (r"\bageing\b", "aging"),
    (r"\baluminium\b", "aluminum"),
    (r"\bprogramme\b", "program"),
    (r"\b(h)?aem", "${1}em"),
    (r"\banaesth", "anesth"),
    (r"aemia\b", "emia"),
    (r"oedema\b", "edema"),
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

    def beginning(self, most_words: int) -> CutText:
        """The first words of each document, so many at most; marks are not counted.

        >>> cut = cut_text(pl.DataFrame({"title": ["Deep nets: a survey"], "abstract": [None]}))
        >>> cut.beginning(2).spellings.to_list(), cut.beginning(2).lengths.tolist()
        ([':', 'Deep', 'nets'], [3])
        """
        is_word = self.spellings.str.contains(r"^[\p{L}\p{N}]").to_numpy()
        number = np.cumsum(is_word[self.words])
        document = np.repeat(np.arange(len(self.lengths)), self.lengths)
        before = np.append(0, number)[np.cumsum(self.lengths, dtype=np.int64) - self.lengths]
        is_kept = number - before[document] <= most_words
        used, words = np.unique(self.words[is_kept], return_inverse=True)
        lengths = np.bincount(document[is_kept], minlength=len(self.lengths)).astype(np.int32)
        return CutText(self.spellings[used], words.astype(np.int32), lengths)


def cut_text(
    documents: pl.DataFrame, *, text: str = "title_and_abstract", most_words: int | None = None
) -> CutText:
    """Words of titles and abstracts, or of titles alone.

    documents  : columns title, abstract
    text       : "title_and_abstract" or "title"
    most_words : of each document, its first ones; None for all

    >>> cut = cut_text(pl.DataFrame({"title": ["Few-shot GANs"], "abstract": [None]}))
    >>> cut.spellings.to_list(), cut.words.tolist()
    (['Few-shot', 'GANs', '¶'], [0, 1, 2])
    """
    calm = [_calm(documents["title"].cast(pl.String), fewest_letters=1)]
    parts = [pl.col("title"), pl.lit(f" {TITLE_END} ")]
    if text == "title_and_abstract":
        abstract = documents["abstract"].cast(pl.String)
        calm.append(_calm(abstract, fewest_letters=FEWEST_LETTERS))
        parts.append(pl.col("abstract"))
    clean = running_text.clean(pl.concat_str(parts))
    joined = pl.DataFrame(calm).select(clean.alias("text")).to_series()
    lists = chinese.segment(joined).str.extract_all(_WORD)
    # Categories of their own: those that all of Polars shares keep every word for good.
    coded = lists.explode().drop_nulls().cast(pl.Categorical(pl.Categories.random()))
    distinct = coded.unique().to_frame("code")
    code = pl.col("code")
    words = distinct.select(code.cast(pl.String).alias("word"), code.to_physical()).sort("word")
    place = np.zeros(int(words["code"].max() or 0) + 1, dtype=np.int32)  # type: ignore[arg-type]
    place[words["code"].to_numpy()] = np.arange(words.height, dtype=np.int32)
    lengths = lists.list.len().cast(pl.Int32).to_numpy()
    cut = CutText(words["word"], place[coded.to_physical().to_numpy()], lengths)
    return cut if most_words is None else cut.beginning(most_words)


def cut_batches(
    documents: pl.DataFrame, *, text: str = "title_and_abstract", most_words: int | None = None
) -> Iterator[CutText]:
    """The documents cut ``BATCH`` at a time, two batches at work, in their order."""
    batches = (documents[row : row + BATCH] for row in range(0, documents.height, BATCH))
    yield from two_at_once(partial(cut_text, text=text, most_words=most_words), batches)


def joined(parts: Iterable[CutText]) -> CutText:
    """All documents of the parts, one part after another."""
    parts = list(parts) or [_nothing()]
    every = pl.concat([part.spellings for part in parts]).to_frame("word")
    spellings = every["word"].unique().sort()
    number = pl.DataFrame({"word": spellings, "id": np.arange(len(spellings), dtype=np.int32)})
    place = every.join(number, on="word", how="left", maintain_order="left")["id"].to_numpy()
    starts = np.cumsum([0, *(len(part.spellings) for part in parts)])
    words = [
        place[start:end][part.words]
        for part, start, end in zip(parts, starts, starts[1:], strict=False)
    ]
    lengths = np.concatenate([part.lengths for part in parts])
    return CutText(spellings, np.concatenate(words), lengths)


def _nothing() -> CutText:
    return CutText(pl.Series("word", [], pl.String), np.zeros(0, np.int32), np.zeros(0, np.int32))


def stems(spellings: pl.Series) -> pl.Series:
    """Each spelling in lower case, without accents, singular, American: one for the same word.

    >>> stems(pl.Series(["GANs", "Neural-Networks", "Poincaré’s", "Behaviours"])).to_list()
    ['gan', 'neural-network', 'poincare', 'behavior']
    """
    is_all_capitals = spellings.str.contains(r"^[\p{Lu}\p{N}&-]+$")  # GPS is no plural
    plain = pl.col("word").str.replace_all("--|[‐‑–]", "-").str.replace_all("’", "'")
    # The plural of an acronym (GANs), as long as there are capitals to know it by.
    plain = plain.str.replace(r"([\p{Lu}\p{N}]{2})s$", "$1")
    folded = spellings.to_frame("word").select(running_text.fold(plain)).to_series()
    frame = pl.DataFrame({"stem": singular(folded), "folded": folded, "stays": is_all_capitals})
    stem = frame.select(pl.when("stays").then("folded").otherwise("stem").alias("stem"))
    british = stem["stem"].str.contains("|".join(pattern for pattern, _ in _SPELLINGS)).arg_true()
    american = pl.col("stem")
    for pattern, replacement in _SPELLINGS:
        american = american.str.replace(pattern, replacement)
    return stem["stem"].scatter(british, stem[british].select(american).to_series())


def without_plural(acronym: pl.Expr) -> pl.Expr:
    """Acronyms in the singular: GAN of GANs, but DNS as it is.

    >>> pl.select(without_plural(pl.Series(["GANs", "DNS"]))).to_series().to_list()
    ['GAN', 'DNS']
    """
    return acronym.str.replace(r"([\p{Lu}\p{N}])s$", "$1")


def has_two_capitals(spellings: pl.Series) -> pl.Series:
    """True for words like an acronym or a product: two capitals, or a capital and a digit.

    >>> has_two_capitals(pl.Series(["GAN", "IoT", "5G", "Deep-Learning", "Neural"])).to_list()
    [True, True, True, False, False]
    """
    return spellings.str.contains(_TWO_CAPITALS)


def is_break(stem: pl.Expr) -> pl.Expr:
    """True where a word ends a phrase: marks, numbers, contractions, function words but links."""
    function = running_text.FUNCTION_WORDS | chinese.function_words() | PREPOSITIONS
    contraction = r"'(?:t|re|ve|ll|d|m)$"  # don't, we're
    is_no_word = stem.str.contains(rf"^[^\p{{L}}]+$|{contraction}")
    return is_no_word | stem.is_in(sorted(function - running_text.LINKING_WORDS))


def is_link(stem: pl.Expr) -> pl.Expr:
    """True for a word that may stand inside a phrase but not at its ends: internet *of* things."""
    return stem.is_in(sorted(running_text.LINKING_WORDS))


def _calm(texts: pl.Series, *, fewest_letters: int) -> pl.Series:
    """Texts in capitals in small letters, since their capitals say nothing; others as they are.

    Scripts without capitals keep the capitals of the Latin words within them. A few small letters
    ("mRNA", "For") make no difference, unless the text is short: "NP vs PSPACE".

    fewest_letters : of a text that is in capitals throughout
    """
    given = texts.fill_null("")
    rows = (~given.str.contains(_SMALL_WORD)).arg_true()  # few, so that few are counted
    text = pl.col("text")
    small, capital = text.str.count_matches(r"\p{Ll}"), text.str.count_matches(r"\p{Lu}")
    letters = small + capital
    fewest = pl.when(small == 0).then(fewest_letters).otherwise(FEWEST_LETTERS)
    is_capital = (letters >= fewest) & (capital >= IN_CAPITALS * letters)
    calm = pl.when(is_capital).then(text.str.to_lowercase()).otherwise(text)
    return given.scatter(rows, given[rows].to_frame("text").select(calm).to_series())
