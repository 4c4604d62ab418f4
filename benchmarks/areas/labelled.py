"""Labelled text: OpenAlex topics as weighted terms with their areas, and our own descriptions of
the areas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.classifications import crosswalk, entries_text
from firstlight.instruments.emergence import running_text as text
from firstlight.instruments.emergence.areas import cover_term, features, split_terms, vectorise

Technology = list[tuple[str, float]]
Words = list[tuple[tuple[str, ...], float]]
WORD = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*\+*|[.,;:!?()\[\]{}。，、；：！？（）《》“”]"


@dataclass(frozen=True)
class Labelled:
    """Topics (n): terms of name and description, terms of the name alone, domain words, area and
    subfield of each."""

    full: list[Technology]
    brief: list[Technology]
    domain: list[Technology]
    area: npt.NDArray[np.str_]
    group: npt.NDArray[np.str_]


def read_topics(path: Path) -> Labelled:
    """The topics of OpenAlex's list: a compressed CSV with columns topic, description, id_subfield,
    subfield, field."""
    frame = pl.read_csv(path).sort("id_topic")
    group = np.array(frame["id_subfield"].str.split("/").list.last().to_list())
    areas = crosswalk("openalex_subfields_to_areas")
    names, described = (
        running_terms(frame["topic"]),
        running_terms(frame["description"].fill_null("")),
    )
    domain = running_terms(frame.select(pl.col("field") + ". " + pl.col("subfield")).to_series())
    full = [name + rest for name, rest in zip(names, described, strict=True)]
    return Labelled(full, names, domain, np.array([areas[code] for code in group]), group)


def cut_words(texts: pl.Series) -> pl.Series:
    """Each text as a list of words and marks, in order."""
    cleaned = texts.to_frame("text").select(text.fold(text.clean(pl.col("text")))).to_series()
    return text.segment_chinese(cleaned).str.extract_all(WORD)


def running_terms(texts: pl.Series) -> list[Technology]:
    """The phrases of running text: what stands between marks, numbers and function words, with
    their counts."""
    stops = text.FUNCTION_WORDS - text.LINKING_WORDS
    out = []
    for words in cut_words(texts):
        counts: Counter[str] = Counter()
        phrase: list[str] = []
        for word in [*words, "."]:
            if word in stops or not word[0].isalpha():
                counts.update([" ".join(phrase)] if phrase else [])
                phrase = []
            else:
                phrase.append(word)
        out.append([(term, float(count)) for term, count in sorted(counts.items())])
    return out


def own_text() -> tuple[list[Technology], list[str]]:
    """What Firstlight itself writes of each area and subfield, as technologies, and their codes."""
    rows = entries_text("areas")
    running = running_terms(
        pl.Series([f"{row['name_en']}. {row['description_en']}" for row in rows.values()])
    )
    phrases = [
        [(phrase, 1.0) for phrase in row["keywords_en"].split("; ") if phrase]
        for row in rows.values()
    ]
    return [a + b for a, b in zip(running, phrases, strict=True)], list(rows)


def key_phrases() -> dict[str, str]:
    """Every key phrase, folded and singular, with the code that it speaks for; of two codes the
    subfield's wins."""
    listed = [
        (phrase, code)
        for code, row in sorted(
            entries_text("areas").items(), key=lambda item: ("/" in item[0], item[0])
        )
        for column in ("keywords_en", "keywords_zh")
        for phrase in row[column].split("; ")
        if phrase
    ]
    words = split_terms(phrase for phrase, _ in listed)
    return {" ".join(words[phrase]): code for phrase, code in listed}


def split_all(technologies: Sequence[Technology]) -> list[Words]:
    words = split_terms({term for technology in technologies for term, _ in technology})
    return [[(words[term], weight) for term, weight in technology] for technology in technologies]


def vocabulary(
    split: Sequence[Words], minimum: int
) -> tuple[dict[str, int], npt.NDArray[np.float64]]:
    """Features that occur in at least ``minimum`` of the texts, sorted, and their smoothed idf."""
    seen = Counter(
        f for one in split for f in {feature for words, _ in one for feature in features(words)}
    )
    kept = sorted(feature for feature, count in seen.items() if count >= minimum)
    idf = [np.log((1 + len(split)) / (1 + seen[feature])) + 1 for feature in kept]
    return {feature: row for row, feature in enumerate(kept)}, np.array(idf)


def phrase_shares(
    split: Sequence[Words], phrases: dict[str, str], codes: Sequence[str]
) -> npt.NDArray[np.float64]:
    """(n, A) share of each text's weight that key phrases of each area cover."""
    shares = np.zeros((len(split), len(codes)))
    column = {code: index for index, code in enumerate(codes)}
    for row, one in enumerate(split):
        total = sum(weight for _, weight in one)
        for words, weight in one:
            for _, code, share in cover_term(words, phrases):
                shares[row, column[code.split("/")[0]]] += weight * share / total
    return shares


__all__ = [
    "Labelled",
    "Technology",
    "Words",
    "key_phrases",
    "own_text",
    "phrase_shares",
    "read_topics",
    "running_terms",
    "split_all",
    "vectorise",
    "vocabulary",
]
