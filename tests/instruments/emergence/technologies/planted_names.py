"""Invented abstracts with planted technologies in several forms, and empty phrases beside them.

Nothing in them is real: stems are drawn from a seed. Each technology is of one kind:

plain     two words
acronym   three words and their initials; texts define it in brackets, then write the acronym
hyphen    two words, in a third of the documents with a hyphen
compound  one hyphenated word
product   one word with capitals inside
family    a parent of two words and two children that put another word before it
part      three words, of which the last two stand for all in some documents
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

KINDS = ("plain", "acronym", "hyphen", "compound", "product", "family", "part")
FIRST, LAST = 2003, 2014
JOINS = 2010  # the year in which a venue joins
BIRTHS = (2006, 2007, 2008, 2009)
CONSONANTS, VOWELS = "bdfgklmnprtvz", "aeiou"


@dataclass(frozen=True)
class Technology:
    """A planted technology: how it is written, and its share of a venue's documents by year.

    forms  : all that stands for it, as stems without spaces and hyphens
    parent : the technology that each of its documents is about as well, for a child of a family
    """

    name: str
    kind: str
    words: tuple[str, ...]
    forms: frozenset[str]
    birth: int
    share: float
    growth: float
    parent: str | None = None
    venue: str | None = None

    def share_in(self, year: int, venue: str) -> float:
        at = self.share * (1 + self.growth) ** (year - max(self.birth, FIRST))
        if self.venue == venue:
            at *= 6
        return min(at, 0.5) if year >= self.birth else 0.0


@dataclass(frozen=True)
class Planted:
    """documents : id, date, year, title, abstract, authors, source; of : technology -> ids of its
    documents."""

    documents: pl.DataFrame
    technologies: Mapping[str, Technology]
    of: Mapping[str, frozenset[str]]

    def strata(self) -> pl.Series:
        return self.documents["source"].rename("stratum")


def planted(seed: int = 0, *, per_kind: int = 4, documents_per_year: int = 200) -> Planted:
    """Documents in the order of their dates and ids."""
    rng = random.Random(seed)
    words = _Words(rng)
    technologies = {
        one.name: one for kind in KINDS for _ in range(per_kind) for one in _made(kind, words, rng)
    }
    passing = [f"{words.new()} {words.new()}" for _ in range(40)]
    nouns, verbs = [words.new() for _ in range(300)], [words.new() + "t" for _ in range(60)]
    background = _Background(passing, nouns, verbs)
    rows: list[tuple[object, ...]] = []
    of: dict[str, set[str]] = {name: set() for name in technologies}
    for year in range(FIRST, LAST + 1):
        for venue, size in _sizes(year, documents_per_year).items():
            for place in range(size):
                name = f"{venue}-{year}-{place:04d}"
                about = _about(technologies, year, venue, rng)
                for one in about:
                    of[one.name].add(name)
                text = background.abstract(about, rng)
                date = datetime.date(year, rng.randint(1, 12), rng.randint(1, 28))
                people = [f"Author {rng.randrange(900)}" for _ in range(2)]
                noun = rng.choice(nouns)
                title = background.title(about, noun, random.Random(f"{seed} {name}"))
                rows.append((name, date, year, title, text, people, venue))
    schema = {
        "id": pl.String,
        "date": pl.Date,
        "year": pl.Int32,
        "title": pl.String,
        "abstract": pl.String,
    }
    frame = pl.DataFrame(
        rows, schema=schema | {"authors": pl.List(pl.String), "source": pl.String}, orient="row"
    )
    frame = frame.with_columns(date_precision=pl.lit("day")).sort("date", "id")
    return Planted(frame, technologies, {name: frozenset(ids) for name, ids in of.items()})


class _Words:
    """Made-up words, no two alike."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.used: set[str] = set()

    def new(self) -> str:
        while True:
            syllables = [self.rng.choice(CONSONANTS) + self.rng.choice(VOWELS) for _ in range(3)]
            word = "".join(syllables) + self.rng.choice("kmnrt")
            if word not in self.used:
                self.used.add(word)
                return word


def _made(kind: str, words: _Words, rng: random.Random) -> list[Technology]:
    size = 3 if kind in ("acronym", "part") else 2
    own = tuple(words.new() for _ in range(size))
    forms = {"".join(own)}
    if kind == "acronym":
        forms.add("".join(word[0] for word in own))
    elif kind == "product":
        own = (own[0][:3].capitalize() + own[1][:5].capitalize(),)
        forms = {own[0].lower()}
    elif kind == "part":
        forms.add("".join(own[1:]))
    is_born = rng.random() < 0.4
    birth = rng.choice(BIRTHS) if is_born else FIRST
    share = rng.uniform(0.02, 0.03) if is_born else rng.uniform(0.04, 0.08)
    growth = rng.uniform(0.1, 0.25) if is_born else rng.uniform(-0.05, 0.05)
    venue = "c" if kind == "plain" and not is_born else None
    name = "".join(own).lower()
    made = [Technology(name, kind, own, frozenset(forms), birth, share, growth, venue=venue)]
    for _ in range(2 if kind == "family" else 0):
        child = (words.new(), *own)
        joined = "".join(child)
        made.append(
            Technology(
                joined, "family", child, frozenset({joined}), birth, share / 2, growth, parent=name
            )
        )
    return made


def _sizes(year: int, size: int) -> dict[str, int]:
    sizes = {"a": size // 2, "b": size // 2}
    return sizes | ({"c": size // 2} if year >= JOINS else {})


def _about(
    technologies: Mapping[str, Technology], year: int, venue: str, rng: random.Random
) -> list[Technology]:
    chosen = {
        name for name, one in technologies.items() if rng.random() < one.share_in(year, venue)
    }
    chosen |= {parent for name in chosen if (parent := technologies[name].parent)}
    return [one for name, one in technologies.items() if name in chosen]


@dataclass(frozen=True)
class _Background:
    """What stands around technologies: phrases said in passing, nouns and verbs."""

    passing: list[str]
    nouns: list[str]
    verbs: list[str]

    def title(self, about: list[Technology], noun: str, rng: random.Random) -> str:
        """Half name one of the technologies, the others an ordinary noun."""
        if about and rng.random() < 0.5:
            return f"On {self._mentions(rng.choice(about), rng)[0]}"
        return f"On {noun}"

    def abstract(self, about: list[Technology], rng: random.Random) -> str:
        covered = {one.parent for one in about if one.parent}
        mentions = [
            text for one in about if one.name not in covered for text in self._mentions(one, rng)
        ]
        for phrase in rng.sample(self.passing, 3):
            mentions += [f"the {phrase} {rng.choice(self.nouns)}", f"the {phrase}"][
                : 1 + (rng.random() < 0.2)
            ]
        mentions += ["a novel approach", "the experimental result"]
        rng.shuffle(mentions)
        return " ".join(self._sentence(text, rng) for text in mentions)

    def _sentence(self, mention: str, rng: random.Random) -> str:
        more = (
            f" of {rng.choice(self.nouns)} {rng.choice(self.nouns)}" if rng.random() < 0.3 else ""
        )
        return f"We {rng.choice(self.verbs)} {mention}{more} for {rng.choice(self.nouns)} {rng.choice(self.verbs)}."

    def _mentions(self, one: Technology, rng: random.Random) -> list[str]:
        """One to three uses; a third go on with another word."""
        whole, chance = " ".join(one.words), rng.random()
        uses = [whole, f"{whole}s", whole][: rng.choice((1, 2, 2, 3))]
        if one.kind == "acronym":
            short = "".join(word[0] for word in one.words).upper()
            defined = [f"the {whole} ({short})", short, f"{short}s"]
            uses = defined if chance < 0.4 else [short] * 2 if chance < 0.8 else uses
        elif (one.kind == "hyphen" and chance < 0.33) or one.kind == "compound":
            uses = [use.replace(" ", "-") for use in uses]
        elif one.kind == "part" and chance < 0.2:
            uses = [" ".join(one.words[1:])] * len(uses)
        return [f"{use} {rng.choice(self.nouns)}" if rng.random() < 0.33 else use for use in uses]
