"""Names that a model gives: what it is asked, and which of its answers the evidence bears out."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.emergence import running_text
from firstlight.instruments.emergence.technologies.own_names import keys_of_names
from firstlight.instruments.emergence.text.languages import languages
from firstlight.instruments.emergence.text.phrases import keys_of
from firstlight.instruments.emergence.text.words import PREPOSITIONS, cut_text, stems
from firstlight.texts import LANGUAGES

ACCEPTED = ("accepted", "translation")
# why an answer is not shown
REASONS = (
    *("no_answer", "own_name", "no_json", "lacking", "control", "markup", "too_long"),
    *("wrong_language", "several_sentences", "sibling", "taken", "not_in_evidence", "number"),
    "original_rejected",
)
EVIDENCE_SCHEMA: Mapping[str, Any] = {
    "technology_id": pl.String,
    "name": pl.String,
    "name_zh": pl.String,
    **dict.fromkeys(("forms", "phrases", "titles", "abstracts", "siblings"), pl.List(pl.String)),
}
NAMED_SCHEMA: Mapping[str, Any] = dict.fromkeys(
    ("technology_id", "language", "old_name", "name", "description", "outcome"), pl.String
)
LONGEST_NAME = {"en": 60, "zh": 24}  # characters
MOST_WORDS = 7  # of an English name
LONGEST_DESCRIPTION = {"en": 300, "zh": 120}
_OF_NAMES = frozenset(" -‐‑–'’&/()（）+.,·，")  # beside letters and digits
_NOT_OF_TEXTS = frozenset("<>{}[]|\\^~`*_#@=$")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"[A-Za-z]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_JOINT = re.compile(r"--|[-‐‑–]")
_NEXT_SENTENCE = {"en": re.compile(r"[.!?]\s+[A-Z]"), "zh": re.compile(r"[。！？!?].")}
_SKIPPED = (
    running_text.FUNCTION_WORDS
    | running_text.LINKING_WORDS
    | running_text.CHINESE_FUNCTION_WORDS
    | PREPOSITIONS
)


@dataclass(frozen=True)
class _Word:
    """A word as it is compared: its key without hyphens, and the keys of what hyphens join."""

    key: str
    parts: tuple[str, ...]

    @property
    def is_word(self) -> bool:
        """False for a mark."""
        return any(letter.isalnum() for letter in self.key)


@dataclass(frozen=True)
class _Evidence:
    """What a name may be made of.

    keys    : of words, of parts of compounds, and of two words in a row written as one
    running : all keys one after another, for Chinese words that are cut elsewhere
    numbers : every number
    text    : all of it as it stands
    """

    keys: frozenset[str]
    running: str
    numbers: frozenset[str]
    text: str
    language: str


@cache
def rules() -> dict[str, Any]:
    """The question, its version, and the words that are numbers, from ``given_names.toml``."""
    text = files(__package__).joinpath("given_names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def question(evidence: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a model is asked about one technology, as messages of the chat-completions protocol.

    evidence : a row of the columns of ``EVIDENCE_SCHEMA``
    """
    pairs = zip(evidence["titles"], evidence["abstracts"], strict=True)
    told = {
        "name": evidence["name"],
        "name_zh": evidence["name_zh"],
        "forms": evidence["forms"],
        "distinguishing_phrases": evidence["phrases"],
        "neighbours": evidence["siblings"],
        "documents": [{"title": title, "abstract_begins": text} for title, text in pairs],
    }
    return [
        {"role": "system", "content": rules()["system"].strip()},
        {"role": "user", "content": json.dumps(told, ensure_ascii=False, indent=1)},
    ]


def hash_of(told: Any) -> str:
    """SHA-256 of plain values."""
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_answer(text: str) -> dict[str, Any] | None:
    """The JSON object of an answer, bare, in a fence or among words; None where there is none.

    Of several the last with a name counts, since models that think aloud answer in the end.

    >>> read_answer('Here it is: {"name_en": "solar cells"} as asked')
    {'name_en': 'solar cells'}
    """
    decoder = json.JSONDecoder()
    found, start = None, text.find("{")
    while start >= 0:
        try:
            told, start = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            told, start = None, start + 1
        if isinstance(told, dict) and any(f"name_{language}" in told for language in LANGUAGES):
            found = told
        start = text.find("{", start)
    return found


def judged(
    evidence: pl.DataFrame,
    answers: Mapping[str, str],
    taken: pl.DataFrame,
    *,
    decided: Collection[tuple[str, str]] = (),
    shown: Sequence[str] = LANGUAGES,
) -> pl.DataFrame:
    """Every name that a model gave, with whether it is shown or why not.

    evidence : columns of ``EVIDENCE_SCHEMA``, the first of the list first
    answers  : technology id -> what the model said; ids without an answer are left out
    taken    : data frame name, technology_id: every form of every technology, and its names
    decided  : technology ids and languages in which the user has named them
    shown    : languages that are wanted
    Returns data frame of ``NAMED_SCHEMA``, a row for each technology and language. A name that is
    not accepted, and its sentence, are stripped of what could do harm.
    """
    if evidence.is_empty():
        return pl.DataFrame(schema=NAMED_SCHEMA)
    read = [_read(answers.get(name)) for name in evidence["technology_id"]]
    said = [one.get(f"name_{language}", "") for one, _ in read for language in LANGUAGES]
    words = _words_of(said)
    keys = keys_of_names(pl.Series("name", said, dtype=pl.String)).to_list()
    holders = _holders(taken)
    siblings = _sibling_keys(evidence)
    rows = []
    every_basis = zip(evidence.iter_rows(named=True), _evidence_of(evidence), strict=True)
    for place, (row, basis) in enumerate(every_basis):
        own = row["technology_id"]
        told, fault = read[place]
        is_original_taken = False
        for language in (basis.language, *(one for one in LANGUAGES if one != basis.language)):
            at = place * len(LANGUAGES) + LANGUAGES.index(language)
            outcome = (
                fault
                or _form_fault(told, language)
                or _conflict(own, keys[at], siblings[place], holders)
                or _borne_out(told, language, words[at], basis)
            )
            if language == basis.language:
                is_original_taken = outcome in ACCEPTED
            elif outcome == "translation" and not is_original_taken:
                outcome = "original_rejected"
            if (own, language) in decided:
                outcome = "own_name"
            if outcome in ACCEPTED:
                # So that a technology further down the list can't take the same name.
                holders.setdefault(keys[at], set()).add(own)
            if language in shown:
                rows.append(_row(row, language, told, outcome, keys[at]))
    frame = pl.DataFrame(rows, schema=NAMED_SCHEMA, orient="row")
    order = evidence.select("technology_id").with_row_index("place")
    return frame.join(order, on="technology_id").sort("place", "language").drop("place")


def _read(text: str | None) -> tuple[dict[str, str], str | None]:
    """The fields of an answer as single lines, or why there are none."""
    if text is None:
        return {}, "no_answer"
    told = read_answer(text)
    if told is None:
        return {}, "no_json"
    fields = {name: value for name, value in told.items() if isinstance(value, str)}
    return {name: _line(value) for name, value in fields.items()}, None


def _line(text: str) -> str:
    """The text on one line; what isn't Unicode (half a pair of surrogates) marked as such."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFC", whole).split())


# ---- what the text itself must be


def _form_fault(told: Mapping[str, str], language: str) -> str | None:
    """Why a name or its sentence is not taken, by its letters alone; None where they are sound."""
    name, description = told.get(f"name_{language}", ""), told.get(f"description_{language}", "")
    if not name or not description:
        return "lacking"
    if _has_control(name) or _has_control(description):
        return "control"
    if not _is_plain_name(name) or not _is_plain_text(description):
        return "markup"
    is_long = language == "en" and len(name.split()) > MOST_WORDS
    if is_long or len(name) > LONGEST_NAME[language]:
        return "too_long"
    if len(description) > LONGEST_DESCRIPTION[language]:
        return "too_long"
    if not all(_is_written_in(text, language) for text in (name, description)):
        return "wrong_language"
    if _NEXT_SENTENCE[language].search(description):
        return "several_sentences"
    return None


def _has_control(text: str) -> bool:
    """True for control and format characters, such as those that turn the direction of writing."""
    return any(unicodedata.category(letter).startswith("C") for letter in text)


def _is_plain_name(name: str) -> bool:
    is_plain = all(unicodedata.category(each)[0] in "LMN" or each in _OF_NAMES for each in name)
    return is_plain and unicodedata.category(name[0])[0] in "LN"


def _is_plain_text(text: str) -> bool:
    is_plain = not _NOT_OF_TEXTS & set(text) and "://" not in text and "www." not in text.lower()
    return is_plain and unicodedata.category(text[0])[0] in "LN"


def _is_written_in(text: str, language: str) -> bool:
    if language == "zh":
        return _HAN.search(text) is not None
    return _HAN.search(text) is None and _LATIN.search(text) is not None


def _numbers(*texts: str) -> set[str]:
    plain = " ".join(unicodedata.normalize("NFKC", text) for text in texts)
    return {number.replace(",", "") for number in _NUMBER.findall(plain)}


def _numbers_in_words(text: str, language: str) -> list[str]:
    """Numbers that are written out, in small letters."""
    listed: str = rules()["numbers"][language]
    if language == "zh":
        return re.findall(listed, text)
    known = set(listed.split())
    return [word for word in re.findall(r"[a-z]+", text.lower()) if word in known]


# ---- whether the evidence holds the words


def _borne_out(
    told: Mapping[str, str], language: str, words: list[_Word], evidence: _Evidence
) -> str:
    """Whether the evidence holds a name and the numbers of its sentence: an outcome.

    A name in another language than that of the evidence may be a translation.
    """
    name, description = told[f"name_{language}"], told[f"description_{language}"]
    is_held = _is_held(words, evidence)
    is_foreign = language != evidence.language
    if not is_held and not (is_foreign and _may_translate(words, language, evidence)):
        return "not_in_evidence"
    if not _numbers(name, description) <= evidence.numbers:
        return "number"
    known = evidence.keys if language == "en" else evidence.text
    if any(number not in known for number in _numbers_in_words(description, language)):
        return "number"
    return "accepted" if is_held else "translation"


def _is_held(words: list[_Word], evidence: _Evidence) -> bool:
    """True where every content word stands in the evidence, and there is one."""
    words = [word for word in words if word.is_word]
    pairs = {
        place + step
        for place, (one, other) in enumerate(itertools.pairwise(words))
        for step in (0, 1)
        if one.key + other.key in evidence.keys
    }
    content = [place for place, word in enumerate(words) if word.key not in _SKIPPED]
    held = (place in pairs or _is_word_held(words[place], evidence) for place in content)
    return bool(content) and all(held)


def _is_word_held(word: _Word, evidence: _Evidence) -> bool:
    if word.key in evidence.keys:
        return True
    if _HAN.search(word.key) is not None:
        return word.key in evidence.running
    return all(part in evidence.keys or part in _SKIPPED for part in word.parts)


def _may_translate(words: list[_Word], language: str, evidence: _Evidence) -> bool:
    """True for a name whose words say the same in another language, as far as can be told.

    What a Chinese name writes in Latin letters, such as an acronym, must stand in the evidence.
    """
    content = [word for word in words if word.is_word and word.key not in _SKIPPED]
    if language == "zh":
        latin = [word for word in content if _HAN.search(word.key) is None]
        return all(_is_word_held(word, evidence) for word in latin)
    return bool(content)


def _words_of(texts: Sequence[str]) -> list[list[_Word]]:
    """The words of each text, cut and folded as those of documents are."""
    empty = [None] * len(texts)
    schema = {"title": pl.String, "abstract": pl.String}
    return _cut(pl.DataFrame({"title": texts, "abstract": empty}, schema))


def _cut(texts: pl.DataFrame) -> list[list[_Word]]:
    cut = cut_text(texts)
    parts = [_JOINT.split(spelling) for spelling in cut.spellings]
    every = pl.Series("word", [*cut.spellings, *(part for own in parts for part in own)], pl.String)
    keys = keys_of(stems(every)).to_list()
    words, start = [], len(parts)
    for key, own in zip(keys[: len(parts)], parts, strict=True):
        words.append(_Word(key, tuple(keys[start : start + len(own)])))
        start += len(own)
    ends = np.cumsum(cut.lengths)
    bounds = zip(ends - cut.lengths, ends, strict=True)
    return [[words[place] for place in cut.words[first:end]] for first, end in bounds]


def _evidence_of(evidence: pl.DataFrame) -> Iterator[_Evidence]:
    heads = [
        [row["name"], row["name_zh"] or "", *row["forms"], *row["phrases"], *row["titles"]]
        for row in evidence.iter_rows(named=True)
    ]
    titles = [" . ".join(parts) for parts in heads]
    abstracts = [" . ".join(parts) for parts in evidence["abstracts"]]
    schema = {"title": pl.String, "abstract": pl.String}
    every = _cut(pl.DataFrame({"title": titles, "abstract": abstracts}, schema))
    for row, words, title, abstract in zip(
        evidence.iter_rows(named=True), every, titles, abstracts, strict=True
    ):
        text = f"{title} . {abstract}"
        keys = [word.key for word in words]
        pairs = itertools.pairwise(words)
        joined = (one.key + other.key for one, other in pairs if one.is_word and other.is_word)
        parts = (part for word in words for part in word.parts)
        yield _Evidence(
            frozenset((*keys, *parts, *joined)),
            "".join(keys),
            frozenset(_numbers(text)),
            text.lower(),
            _language(row),
        )


def _language(row: Mapping[str, Any]) -> str:
    """Chinese where most documents are, or most forms where there are none; else English."""
    texts = row["titles"] or row["forms"] or [row["name"]]
    abstracts = row["abstracts"] or [None] * len(texts)
    schema = {"title": pl.String, "abstract": pl.String}
    found = languages(pl.DataFrame({"title": texts, "abstract": abstracts}, schema))
    return "zh" if 2 * (found == "zh").sum() > len(found) else "en"


# ---- whether the name is free


def _holders(taken: pl.DataFrame) -> dict[str, set[str]]:
    """Key of a name -> the technologies that have it."""
    keyed = taken.with_columns(keys_of_names(taken["name"]).alias("key")).unique()
    holders: dict[str, set[str]] = {}
    for key, name in keyed.select("key", "technology_id").iter_rows():
        holders.setdefault(key, set()).add(name)
    return holders


def _sibling_keys(evidence: pl.DataFrame) -> list[set[str]]:
    listed = evidence.select(pl.int_range(pl.len()).alias("place"), "siblings").explode("siblings")
    listed = listed.drop_nulls("siblings")
    keys = keys_of_names(listed["siblings"].rename("name"))
    found: list[set[str]] = [set() for _ in range(evidence.height)]
    for place, key in zip(listed["place"], keys, strict=True):
        found[place].add(key)
    return found


def _conflict(
    own: str, key: str, siblings: Collection[str], holders: Mapping[str, Collection[str]]
) -> str | None:
    if key in siblings:
        return "sibling"
    return "taken" if set(holders.get(key, ())) - {own} else None


def _row(
    row: Mapping[str, Any], language: str, told: Mapping[str, str], outcome: str, key: str
) -> tuple[str | None, ...]:
    old = row["name"] if language == "en" else row["name_zh"] or row["name"]  # as it was shown
    name, description = told.get(f"name_{language}"), told.get(f"description_{language}")
    if outcome in ACCEPTED:
        is_same = key == keys_of_names(pl.Series("name", [old])).item()
        name = old if is_same else name
    else:
        name = _harmless(name, LONGEST_NAME[language])
        description = _harmless(description, LONGEST_DESCRIPTION[language])
    return row["technology_id"], language, old, name, description, outcome


def _harmless(text: str | None, most: int) -> str | None:
    """The text without control characters and marks, as it is kept where it is not shown."""
    if text is None:
        return None
    left = (each for each in text if not _has_control(each) and each not in _NOT_OF_TEXTS)
    return "".join(left).lstrip(" +-=@")[:most] or None
