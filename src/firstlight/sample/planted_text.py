"""Titles and abstracts of the made-up corpora: frames filled with plain words and planted phrases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firstlight.sample import planted_vocabulary as vocabulary
from firstlight.sample.planted_words import PlantedPhrases

INTRODUCED, SHORTENED, PLURAL, CLOSED = 0.6, 0.7, 0.15, 0.4
OWN, LOOSE, LOOSE_IN_BACKGROUND = 0.80, 0.07, 0.3

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class WrittenTexts:
    """Titles and abstracts, with every use of a phrase.

    titles, abstracts : (documents,)
    document, phrase  : (uses,), which document used which phrase (index into PlantedPhrases)
    """

    titles: list[str]
    abstracts: list[str]
    document: Ints
    phrase: Ints


@dataclass(frozen=True)
class Frames:
    """Sentence frames with ``%s`` in place of slots; titles first, then introductions, sentences and closings."""

    formats: tuple[str, ...]
    slots: tuple[str, ...]
    bounds: tuple[int, ...]
    words: dict[str, Texts]
    joiner: str
    bracket: str


def frames(language: str) -> Frames:
    """The sentence frames of a language.

    >>> made = frames("en")
    >>> made.formats[0], made.slots[0]
    ('%s for %s %s', 'TAN')
    """
    v = vocabulary
    english = language == "en"
    parts = (
        (v.TITLES_EN, v.INTRODUCTIONS_EN, v.SENTENCES_EN, v.CLOSINGS_EN)
        if english
        else (v.TITLES_ZH, v.INTRODUCTIONS_ZH, v.SENTENCES_ZH, v.CLOSINGS_ZH)
    )
    flat = [frame for group in parts for frame in group]
    words = (
        {"N": v.NOUNS_EN, "P": v.PLURALS_EN, "A": v.ADJECTIVES_EN, "V": v.VERBS_EN}
        if english
        else {"N": v.NOUNS_ZH, "P": v.NOUNS_ZH, "A": v.ADJECTIVES_ZH, "V": v.VERBS_ZH}
    )
    return Frames(
        tuple(re.sub(r"\{[TNPAV]\}", "%s", frame) for frame in flat),
        tuple("".join(re.findall(r"\{([TNPAV])\}", frame)) for frame in flat),
        tuple(np.cumsum([0] + [len(group) for group in parts]).tolist()),
        {kind: np.array(listed, dtype=object) for kind, listed in words.items()},
        " " if english else "",
        "{} ({})" if english else "{}（{}）",
    )


def write_texts(
    main: Ints, other: Ints, mixing: Floats, phrases: PlantedPhrases, language: str, rng: np.random.Generator
) -> WrittenTexts:
    """One title and one abstract of four to seven sentences per document.

    main   : (documents,), the technology of the document; -1 for the background
    other  : (documents,), a second technology that it mentions; -1 for none
    mixing : (documents,), chance that a phrase comes from the second technology, dimensionless
    """
    shape = frames(language)
    sentences = rng.integers(4, 8, len(main))
    start = np.concatenate([[0], np.cumsum(sentences + 1)])
    document = np.repeat(np.arange(len(main)), sentences + 1)
    position = np.arange(start[-1]) - start[document]
    frame = _choose_frames(shape, position, position == sentences[document], rng)
    uses_in = np.array([slots.count("T") for slots in shape.slots])[frame]
    sentence = np.repeat(np.arange(len(frame)), uses_in)
    first_use = np.concatenate([[0], np.cumsum(uses_in)])
    is_forced = (position[sentence] <= 1) & (np.arange(len(sentence)) == first_use[sentence])
    phrase = _choose_phrases(main, other, mixing, document[sentence], is_forced, phrases, rng)
    written = _phrase_texts(phrase, document[sentence], position[sentence], phrases, shape, rng)
    texts = _fill_frames(shape, frame, first_use, written, rng)
    titles = [texts[i] for i in start[:-1]]
    abstracts = [shape.joiner.join(texts[a + 1 : b]) for a, b in pairwise(start.tolist())]
    if language == "en":
        titles, abstracts = [_articles(text) for text in titles], [_articles(text) for text in abstracts]
    used = phrase >= 0
    return WrittenTexts(titles, abstracts, document[sentence][used], phrase[used])


def revised_text(abstract: str, language: str) -> str:
    """A near duplicate of an abstract: one sentence more, one plain word changed.

    >>> revised_text("The results of x.", "en")
    'The findings of x. A shorter account of this work appeared earlier.'
    """
    if language == "en":
        return abstract.replace("results ", "findings ", 1) + " A shorter account of this work appeared earlier."
    return abstract.replace("结果", "成果", 1) + "本文的简要版本已先行发表。"


def _articles(text: str) -> str:
    """The article an before a vowel: ``a optical`` becomes ``an optical``, ``a uniform`` stays."""
    return re.sub(r"\b([Aa]) (?=[aeio]|un(?!i))", r"\1n ", text)


def _zipf(count: int, size: int, rng: np.random.Generator) -> Ints:
    """(size,) ranks below count, by a Zipf-Mandelbrot law: chance in proportion to 1 / (rank + 3)."""
    weight = 1 / (np.arange(count) + 3.0)
    return np.minimum(np.searchsorted(np.cumsum(weight / weight.sum()), rng.random(size)), count - 1)


def _choose_frames(shape: Frames, position: Ints, is_last: NDArray[np.bool_], rng: np.random.Generator) -> Ints:
    group = np.minimum(position, 2)
    group[is_last & (rng.random(len(position)) < CLOSED)] = 3
    low, high = np.array(shape.bounds[:-1])[group], np.array(shape.bounds[1:])[group]
    return rng.integers(low, high)


def _choose_phrases(
    main: Ints,
    other: Ints,
    mixing: Floats,
    document: Ints,
    is_forced: NDArray[np.bool_],
    phrases: PlantedPhrases,
    rng: np.random.Generator,
) -> Ints:
    """(uses,) index of the phrase of each use; -1 for a plain phrase of an adjective and a noun."""
    own, second = main[document], other[document]
    u = rng.random(len(document))
    background = own < 0
    is_own = ~background & (is_forced | (u < OWN))
    is_loose = ~is_own & (u < np.where(background, LOOSE_IN_BACKGROUND, OWN + LOOSE))
    is_second = (second >= 0) & (background | (is_own & ~is_forced)) & (rng.random(len(document)) < mixing[document])
    owners = np.array(phrases.owner)
    loose_owner = int(owners.max()) + 1
    owner = np.where(is_second, second, np.where(is_own, own, loose_owner))
    drawn = _draw_phrases(owner, np.where(owners < 0, loose_owner, owners), np.array(phrases.weight), rng)
    return np.where(is_second | is_own | is_loose, drawn, -1)


def _draw_phrases(owner: Ints, owners: Ints, weight: Floats, rng: np.random.Generator) -> Ints:
    """(uses,) index of a phrase of each wanted owner, by weight; phrases lie sorted by owner."""
    running = np.cumsum(weight)
    begins = np.searchsorted(owners, np.arange(owners[-1] + 2))
    before = np.concatenate([[0.0], running])[begins[:-1]]
    within = running - before[owners] + owners
    drawn = np.searchsorted(within, owner + rng.random(len(owner)), side="right")
    return np.minimum(drawn, begins[owner + 1] - 1)


def _phrase_texts(
    phrase: Ints, document: Ints, position: Ints, phrases: PlantedPhrases, shape: Frames, rng: np.random.Generator
) -> Texts:
    """(uses,) the words of each use: long form, plural, "long form (LF)" at the first use, the acronym later."""
    size = len(phrase)
    introduced = [shape.bracket.format(p, a) for p, a in zip(phrases.phrases, phrases.acronyms, strict=True)]
    spelled = (phrases.phrases, phrases.plurals, introduced, phrases.acronyms)
    forms = np.stack([np.array(form, dtype=object) for form in spelled])
    can_shorten = (np.array(phrases.acronyms) != "")[phrase] & (phrase >= 0) & (position > 0)
    form = np.where(rng.random(size) < PLURAL, 1, 0)
    u = rng.random(size)
    at = np.flatnonzero(can_shorten)
    _, first, inverse = np.unique(document[at] * forms.shape[1] + phrase[at], return_index=True, return_inverse=True)
    introduces = u[at][first][inverse] < INTRODUCED
    is_first = first[inverse] == np.arange(len(at))
    shortens = introduces & ~is_first & (rng.random(len(at)) < SHORTENED)
    form[at] = np.where(introduces & is_first, 2, np.where(shortens, 3, form[at]))
    written = forms[form, phrase]
    generic = np.flatnonzero(phrase < 0)
    adjectives, nouns = shape.words["A"], shape.words["N"]
    left = adjectives[_zipf(len(adjectives), len(generic), rng)]
    written[generic] = left + shape.joiner + nouns[_zipf(len(nouns), len(generic), rng)]
    return written


def _fill_frames(shape: Frames, frame: Ints, first_use: Ints, written: Texts, rng: np.random.Generator) -> list[str]:
    """(sentences,) finished sentences, each with a capital at its start."""
    texts = np.empty(len(frame), dtype=object)
    for f, (pattern, slots) in enumerate(zip(shape.formats, shape.slots, strict=True)):
        rows = np.flatnonzero(frame == f)
        columns, used = [], 0
        for kind in slots:
            if kind == "T":
                columns.append(written[first_use[rows] + used].tolist())
                used += 1
            else:
                listed = shape.words[kind]
                columns.append(listed[_zipf(len(listed), len(rows), rng)].tolist())
        filled = [pattern % row for row in zip(*columns, strict=True)] if columns else [pattern] * len(rows)
        texts[rows] = [text[:1].upper() + text[1:] for text in filled]
    return list(texts.tolist())
