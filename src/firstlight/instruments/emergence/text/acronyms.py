"""Acronyms beside the long forms that texts give them in brackets."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polars as pl

from firstlight.instruments.emergence import running_text
from firstlight.instruments.emergence.text import chinese, words
from firstlight.instruments.emergence.text.discourse import discourse

_WORD = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’‐‑–-]*"
_BRACKET = r"\(([a-z0-9]?\p{Lu}[\p{L}\p{N}-]{1,9})\)"
_PART = re.compile(r"[^\s‐‑–-]+")  # of a compound, too
_SKIPPED = running_text.FUNCTION_WORDS | running_text.LINKING_WORDS
_DEFINITION = rf"(?:{_WORD}[\s/]+){{1,8}}{_BRACKET}"
# In Chinese the bracket may give the English long form as well, before the acronym.
_BEFORE = r"([\p{Han}A-Za-z0-9 -]{0,30}\p{Han})"
_IN_ENGLISH = r"(?:[A-Za-z][A-Za-z' -]*[,，;；:：]\s?)?"
_CHINESE_BRACKET = rf"\s?[(（]\s?{_IN_ENGLISH}([a-z0-9]?[A-Z][A-Za-z0-9-]{{1,9}})\s?[)）]"
ATTRIBUTIVE = "的"
_CHINESE_DEFINITION = _BEFORE + _CHINESE_BRACKET


def definitions(documents: pl.DataFrame) -> pl.DataFrame:
    """Which document gives which acronym which long form: "internet of things (IoT)".

    The letters of the acronym must stand in the words before the bracket in their order, the first
    of them at the beginning of a word. Not seen are long forms in brackets after their acronym,
    letters in another order ("frequency-modulated continuous wave (CWFM)"), numbers that are spoken
    ("peer-to-peer (P2P)"), and brackets that hold more than the acronym.

    No letters tell where a Chinese long form begins: it reaches back to the last mark, function
    word or word of discourse, and has a character for each letter at least.

    Source: Schwartz and Hearst (2003), Pacific Symposium on Biocomputing, 451-462.

    documents : columns title, abstract
    Returns data frame document (row), short, long (stems, joined by spaces), each once, and
    written, the short form as the document has it, in the singular.

    >>> titles = ["Fast generative adversarial networks (GANs)"]
    >>> definitions(pl.DataFrame({"title": titles, "abstract": [None]})).rows()
    [(0, 'gan', 'generative adversarial network', 'GAN')]
    """
    hits = _hits(documents, _BRACKET, _DEFINITION).with_columns(
        pl.col("hit").str.extract(r"^(.*)\(").alias("before"),
        pl.col("hit").str.extract(r"\(([^()]*)\)$").alias("bracket"),
    )
    distinct = hits.select("before", "bracket").unique(maintain_order=True)
    long_forms = [long_form(before, short) for before, short in distinct.iter_rows()]
    known = distinct.with_columns(pl.Series("long", long_forms, dtype=pl.String)).drop_nulls()
    known = known.with_columns(
        words.stems(known["bracket"]).alias("short"), _stemmed(known["long"]).alias("long")
    )
    known = known.filter(pl.col("short") != pl.col("long"))
    pairs = hits.join(known, on=["before", "bracket"], how="inner")
    written = words.without_plural(pl.col("bracket")).alias("written")
    pairs = pairs.select("document", "short", "long", written)
    pairs = pl.concat([pairs, _chinese_definitions(documents)])
    return pairs.sort(pairs.columns).unique(
        ["document", "short", "long"], keep="first", maintain_order=True
    )


@cache
def known_acronyms() -> pl.DataFrame:
    """What abstracts of other records define, for titles, which seldom do: short, long (stems),
    written, documents (that define it so), since (the year by which five did)."""
    return pl.read_csv(Path(__file__).with_name("known_acronyms.csv"))


def _hits(documents: pl.DataFrame, mark: str, pattern: str) -> pl.DataFrame:
    """What matches a pattern in the texts that hold a mark: data frame document (row), hit."""
    title, abstract = pl.col("title").fill_null(""), pl.col("abstract").fill_null("")
    text = pl.concat_str(title, pl.lit(" . "), abstract).alias("text")
    matches = running_text.clean(pl.col("text")).str.extract_all(pattern).alias("hit")
    numbered = documents.select("title", "abstract").with_row_index("document")
    parts = [numbered.clear().select(pl.col("document").cast(pl.Int32), hit=pl.lit(""))]
    # Some documents at a time: their texts are written anew.
    for some in numbered.iter_slices(words.BATCH):
        texts = some.select(pl.col("document").cast(pl.Int32), text)
        marked = texts.filter(pl.col("text").str.contains(mark))
        parts.append(marked.select("document", matches).explode("hit").drop_nulls())
    return pl.concat(parts)


def _chinese_definitions(documents: pl.DataFrame) -> pl.DataFrame:
    """The same of Chinese long forms: data frame document, short, long, written."""
    bracket = pl.col("hit").str.extract(_CHINESE_BRACKET + "$")
    hits = _hits(documents, _CHINESE_DEFINITION, _CHINESE_DEFINITION).with_columns(
        pl.col("hit").str.extract("^" + _BEFORE).alias("before"),
        words.without_plural(bracket).alias("written"),
    )
    distinct = hits.select("before").unique(maintain_order=True)
    long = distinct.with_columns(_chinese_long_forms(distinct["before"])).drop_nulls()
    pairs = hits.join(long, on="before", how="inner", maintain_order="left")
    letters = pl.col("written").str.count_matches("[A-Za-z0-9]")
    pairs = pairs.filter(pl.col("long").str.count_matches(r"\p{Han}") >= letters.clip(3))
    short = words.stems(pairs["written"]).alias("short")
    return pairs.select("document", short, "long", "written")


def _chinese_long_forms(before: pl.Series) -> pl.Series:
    """The words at the end of each text that may be one name, as stems; null where there are none.

    Nor where they follow the particle of attributes, for what stands before it may be part of the
    name: "explainable 的 artificial intelligence (XAI)".
    """
    split = chinese.segment(before).str.split(" ").to_frame("word").with_row_index("row")
    single = split.explode("word").filter(pl.col("word") != "")
    single = single.with_columns(words.stems(single["word"]).alias("stem"))
    stem = pl.col("stem")
    ends = words.is_break(stem) | words.is_link(stem)
    single = single.with_columns(ends.cum_sum(reverse=True).over("row").alias("ends_after"))
    open_rows = single.filter((pl.col("ends_after") == 1) & (stem == ATTRIBUTIVE))["row"]
    name = single.filter((pl.col("ends_after") == 0) & ~pl.col("row").is_in(open_rows.implode()))
    has_begun = (~stem.is_in(discourse()["first"])).cum_sum().over("row") > 0
    name = name.filter(has_begun).group_by("row", maintain_order=True).agg(stem.str.join(" "))
    found = split.join(name, on="row", how="left", maintain_order="left")["stem"]
    return found.rename("long")


def long_form(before: str, short: str) -> str | None:
    """The shortest end of ``before`` that spells ``short``, by initials if it can be, or None.

    >>> long_form("we train a long short-term memory ", "LSTM")
    'long short-term memory'
    >>> long_form("a very nice set of bees ", "ABC") is None
    True
    >>> long_form("a CNN network ", "CNN") is None  # which repeats the acronym
    True
    """
    is_plural = len(short) > 2 and short[-1] == "s" and short[-2].isupper()
    letters = short[:-1] if is_plural else short
    letters = re.sub(r"[^A-Za-z0-9]", "", letters).lower()
    text = before.strip()
    place = _first_letter(text, letters)
    if place < 0:
        return None
    if _initials(_PART.findall(text[place:])) != letters:
        place = _first_initial(text, letters, place)
    long = text[place:]
    parts = _PART.findall(long.lower())
    # Schwartz and Hearst: a long form has no more words than min(|A| + 5, 2 |A|).
    is_long = 2 <= len(parts) <= min(len(letters) + 5, 2 * len(letters))
    repeats = short.lower() in parts or letters in parts
    if not is_long or repeats or long.split()[0].lower() in _SKIPPED:
        return None
    return long


def _initials(parts: list[str]) -> str:
    return "".join([part[0] for part in parts]).lower()


def _first_initial(text: str, letters: str, otherwise: int) -> int:
    """Where the words begin whose initials are the letters, with function words or without."""
    found = list(_PART.finditer(text))
    of_content = [part for part in found if part.group().lower() not in _SKIPPED]
    for parts in (found, of_content):
        if _initials([part.group() for part in parts]).endswith(letters):
            return parts[-len(letters)].start()
    return otherwise


def _first_letter(text: str, letters: str) -> int:
    """Where the letters begin, each as late as possible, the first at a word's beginning; or -1."""
    lower = text.lower()
    if len(lower) != len(text):  # a letter such as İ, which is two in lower case
        lower = "".join([one.lower()[:1] for one in text])
    if not letters:
        return -1
    place = len(text)
    for letter in reversed(letters[1:]):
        place = lower.rfind(letter, 0, place)
        if place < 0:
            return -1
    place = lower.rfind(letters[:1], 0, place)
    while place >= 0 and not _begins_word(text, place):
        place = lower.rfind(letters[:1], 0, place)
    return place


def _begins_word(text: str, place: int) -> bool:
    return place == 0 or not (text[place - 1].isalnum() or text[place - 1] in "'’")


def _stemmed(phrases: pl.Series) -> pl.Series:
    """Each word of each phrase as its stem."""
    split = phrases.str.split(" ").to_frame("words").with_row_index("row")
    single = split.explode("words").with_columns(pl.col("words").str.strip_chars("'’-"))
    single = single.filter(pl.col("words") != "")
    single = single.with_columns(words.stems(single["words"]).alias("stem"))
    stemmed = single.group_by("row", maintain_order=True).agg(pl.col("stem"))
    return split.join(stemmed, on="row", how="left", maintain_order="left").select(
        pl.col("stem").list.join(" ")
    )["stem"]
