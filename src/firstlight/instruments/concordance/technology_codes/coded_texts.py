"""The lists of codes that technologies are linked to, and the texts that speak for each code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.concordance.code_lists import code_list, code_lists, linked_codes
from firstlight.instruments.concordance.technology_codes.name_likeness import (
    Floats,
    Likeness,
    Written,
    best_of_each,
    of_length_one,
)

FOLDER = Path(__file__).parent
TEXTS = FOLDER / "texts.parquet"
LABELLED = FOLDER / "labelled.csv"
LISTS = tuple(code_lists())
TITLE_WEIGHT = 5  # of a title among the texts of its code


@dataclass(frozen=True)
class CodedTexts:
    """The texts of one classification, sorted by code.

    codes         : every code, sorted
    titles, texts : what is written of them
    said          : the texts themselves
    title_starts, text_starts : where each code's begin
    titled, described : the codes, by their place among ``codes``, that have titles and texts
    centres       : the sense of all texts of each code together, codes x dimensions
    """

    codes: tuple[str, ...]
    titles: Written
    title_starts: NDArray[np.intp]
    titled: NDArray[np.intp]
    texts: Written
    said: tuple[str, ...]
    text_starts: NDArray[np.intp]
    described: NDArray[np.intp]
    centres: Floats

    @cached_property
    def document_centres(self) -> Floats:
        """The centres less what all have in common, of length 1."""
        return of_length_one(self.centres - self.centres.mean(axis=0))


def own_titles(classification: str) -> pl.DataFrame:
    """The titles of every code that a technology is linked to, in English and Chinese, and those of
    the group above it: classification, code, text, is_own."""
    codes = linked_codes(classification)
    above = codes.select("code", "parent").join(
        code_list(classification).drop("parent"),
        left_on="parent",
        right_on="code",
        maintain_order="left",
    )
    both = [
        frame.unpivot(["name_en", "name_zh"], index="code", value_name="text").select(
            "code", "text", is_own=pl.lit(is_own)
        )
        for frame, is_own in ((codes, True), (above, False))
    ]
    named = pl.concat(both).sort("code", maintain_order=True)
    return named.select(pl.lit(classification).alias("classification"), pl.all())


@cache
def codes_by_title(classification: str) -> dict[str, int]:
    """Titles as `letters_alone` writes them -> the place of their code among all, sorted; of titles
    in either language that are those of one code alone."""
    titles = own_titles(classification).filter("is_own").drop_nulls("text")
    place = {code: at for at, code in enumerate(titles["code"].unique().sort())}
    codes: dict[str, set[int]] = {}
    for code, text in titles.select("code", "text").iter_rows():
        codes.setdefault(letters_alone(text), set()).add(place[code])
    return {title: min(found) for title, found in codes.items() if len(found) == 1}


def letters_alone(text: str) -> str:
    """Letters and digits without case, blanks and marks.

    >>> letters_alone("Growing of rice"), letters_alone("新能源车 整车制造")
    ('growingofrice', '新能源车整车制造')
    """
    return re.sub(r"[\W_]+", "", text.casefold())


@cache
def labelled_names() -> pl.DataFrame:
    """Technologies with the codes that a reader gave them: name_en, name_zh, and a column of codes
    for each classification, parted by spaces, the likeliest first; ``none`` where none fits."""
    return pl.read_csv(LABELLED, infer_schema=False)


@cache
def likeness() -> Likeness:
    """What titles, texts and labelled names are like."""
    labelled = labelled_names()
    titles = pl.concat(own_titles(name) for name in LISTS)
    own = titles.filter("is_own")["text"]
    texts = [*titles.filter(~pl.col("is_own"))["text"], *pl.read_parquet(TEXTS)["text"]]
    return Likeness([*own, *labelled["name_en"], *labelled["name_zh"]], texts)


@cache
def coded_texts(classification: str) -> CodedTexts:
    """The texts of a classification that ships."""
    titles = own_titles(classification)
    texts = pl.concat(
        [
            titles.filter(~pl.col("is_own")).select("code", "text"),
            pl.read_parquet(TEXTS)
            .filter(pl.col("classification") == classification)
            .select("code", "text"),
        ]
    ).sort("code", maintain_order=True)
    coded = titles.filter("is_own")
    codes = coded["code"].unique().sort().to_list()
    place = {code: index for index, code in enumerate(codes)}
    title_codes = np.array([place[code] for code in coded["code"]])
    text_codes = np.array([place[code] for code in texts["code"]])
    written = likeness().kept(coded["text"].to_list())
    described = likeness().kept(texts["text"].to_list())
    centres = np.zeros((len(codes), written.senses.shape[1]), np.float32)
    np.add.at(centres, title_codes, TITLE_WEIGHT * written.senses)
    np.add.at(centres, text_codes, described.senses)
    title_starts = _starts(title_codes)
    text_starts = _starts(text_codes)
    return CodedTexts(
        tuple(codes),
        written,
        title_starts,
        title_codes[title_starts],
        described,
        tuple(texts["text"].to_list()),
        text_starts,
        text_codes[text_starts],
        of_length_one(centres),
    )


def text_likeness(coded: CodedTexts, names: Written) -> Floats:
    """What the texts of each code say for each name, names x codes x 5: the sense and the letters
    of its titles, the words and the sense of its texts, and the sense of all together."""
    shape = (len(names.known), len(coded.codes), 5)
    likeness = np.zeros(shape, np.float32)
    titles = coded.titles
    texts = coded.texts
    # With a text in each row the best of a code are found for all names at once.
    likeness[:, coded.titled, 0] = best_of_each(titles.senses @ names.senses.T, coded.title_starts)
    letters = (titles.letters @ names.letters.T).toarray()
    likeness[:, coded.titled, 1] = best_of_each(letters, coded.title_starts)
    if len(coded.described):
        words = (texts.words @ names.words.T).toarray()
        likeness[:, coded.described, 2] = best_of_each(words, coded.text_starts)
        sense = texts.senses @ names.senses.T
        likeness[:, coded.described, 3] = best_of_each(sense, coded.text_starts)
    likeness[:, :, 4] = names.senses @ coded.centres.T
    return likeness


def _starts(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.flatnonzero(np.r_[True, np.diff(codes) > 0][: len(codes)])
