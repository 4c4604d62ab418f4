"""The made-up economy: corpora of invented documents with planted technologies, whose truth is known.

Nothing in them is real: stems, phrases, authors and numbers are drawn from a seed. Use them to measure how well
technologies, births and mergers are recovered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.sample.planted_growth import GrowthPlan, growth_plan, growth_rate, peak_index, stream
from firstlight.sample.planted_people import (
    NEW_AUTHORS,
    draw_authors,
    draw_categories,
    draw_countries,
    newcomer_chance,
)
from firstlight.sample.planted_text import revised_text, write_texts
from firstlight.sample.planted_words import PlantedPhrases, planted_phrases

BACKGROUND = "background"
MENTIONS, MENTIONS_IN_BACKGROUND = 0.08, 0.03
MENTION_MIXING, APPROACH_MIXING, MERGED_MIXING = 0.35, 0.8, 0.5

PAIR = {"id": pl.String, "original_id": pl.String}

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PlantedCorpus:
    """Invented documents and the truth about them.

    documents : id, date, year, title, abstract, authors (list), categories (list), country (list); key id
    technologies : technology_id, kind, birth_year (null: older than the record), peak_year, merged_into, merge_year,
        terms (list), expected_share (list, one per year, dimensionless); key technology_id
    plan : technology_id, year, expected_share, expected_count, count, total; key (technology_id, year)
    membership : id, technology_id, is_main; one main row per document ("background" for none), and a row for each other
        technology that it mentions; key (id, technology_id)
    terms : technology_id, term, plural, acronym (null: none), words, weight; key term
    loose_terms : invented phrases that belong to no technology and appear evenly
    near_duplicates : id, original_id
    """

    documents: pl.DataFrame
    technologies: pl.DataFrame
    plan: pl.DataFrame
    membership: pl.DataFrame
    terms: pl.DataFrame
    loose_terms: tuple[str, ...]
    near_duplicates: pl.DataFrame
    language: str
    seed: int

    def births(self) -> dict[str, int]:
        """Technology -> first year, for those that are born within the record."""
        born = self.technologies.filter(pl.col("birth_year").is_not_null())
        return dict(zip(born["technology_id"].to_list(), born["birth_year"].to_list(), strict=True))

    def term_sets(self, year: int | None = None) -> dict[str, set[str]]:
        """Technology -> its terms, as the truth stands in a year: those born by then, merged ones in one set.

        year : None for every technology of the record, each on its own
        """
        sets: dict[str, set[str]] = {}
        for row in self.technologies.iter_rows(named=True):
            if year is not None and row["birth_year"] is not None and row["birth_year"] > year:
                continue
            is_merged = year is not None and row["merged_into"] is not None and row["merge_year"] <= year
            owner = row["merged_into"] if is_merged else row["technology_id"]
            sets.setdefault(owner, set()).update(row["terms"])
        return sets

    def communities(self, year: int | None = None) -> dict[str, str]:
        """Term -> technology, as the truth stands in a year."""
        return {term: owner for owner, terms in self.term_sets(year).items() for term in sorted(terms)}


def planted_corpus(
    *,
    technologies: int = 24,
    years: tuple[int, int] = (2000, 2019),
    documents_per_year: tuple[int, int] = (200, 1500),
    seed: int = 0,
    language: str = "en",
    near_duplicate_share: float = 0.01,
    shuffled: bool = False,
) -> PlantedCorpus:
    """Invented documents of planted technologies that are born, grow, stagnate, merge, fall, stay or decline.

    years : first and last
    documents_per_year : in the first and in the last year, with even growth between
    language : en or zh
    near_duplicate_share : of documents that are a lightly revised copy of another of their year, at most 0.4
    shuffled : whether the rows of ``documents`` come in random order; nothing else changes
    Raises  InputError where an argument is out of range.

    >>> corpus = planted_corpus(technologies=8, documents_per_year=(20, 40))
    >>> corpus.documents.columns
    ['id', 'date', 'year', 'title', 'abstract', 'authors', 'categories', 'country']
    """
    _check(language, near_duplicate_share)
    plan = growth_plan(technologies, years, documents_per_year, seed)
    phrases = planted_phrases(technologies, language, stream(seed, "words"))
    rng = stream(seed, "text")
    year, main, date = _calendar(plan, rng)
    other, mixing = _second_technology(plan, year, main, rng)
    written = write_texts(main, other, mixing, phrases, language, rng)
    copy, original = _near_duplicates(plan, year, main, near_duplicate_share, rng)
    ids = np.array([f"planted-{k + 1:07d}" for k in range(len(main))], dtype=object)
    text_of = np.arange(len(main))
    text_of[copy] = original
    people = _people(plan, year, main, text_of, language, stream(seed, "people"))
    frame = pl.DataFrame(
        {
            "id": ids.tolist(),
            "date": pl.Series(date),
            "year": pl.Series(plan.years[year], dtype=pl.Int32),
            "title": [written.titles[k] for k in text_of.tolist()],
            "abstract": _abstracts(written.abstracts, text_of, copy, language),
            **people,
        }
    )
    if shuffled:
        frame = frame[stream(seed, "shuffle").permutation(frame.height)]
    copies = pl.DataFrame({"id": ids[copy].tolist(), "original_id": ids[original].tolist()}, schema=PAIR)
    mention = _mentions(plan, year, text_of, written.document, np.array(phrases.owner)[written.phrase])
    return PlantedCorpus(
        frame,
        _technologies(plan, phrases),
        _plan_frame(plan),
        _membership(plan, ids, main, mention),
        _terms(plan, phrases),
        phrases.loose,
        copies,
        language,
        seed,
    )


def planted_counts(
    *,
    technologies: int = 24,
    years: tuple[int, int] = (2000, 2019),
    documents_per_year: tuple[int, int] = (200, 1500),
    seed: int = 0,
) -> pl.DataFrame:
    """The planted counts without text: entity, year, count, total; the same as in ``planted_corpus`` of that seed.

    Raises  InputError where an argument is out of range.

    >>> planted_counts(technologies=1, years=(2000, 2007), documents_per_year=(10, 10)).shape
    (8, 4)
    """
    plan = _plan_frame(growth_plan(technologies, years, documents_per_year, seed))
    return plan.select(pl.col("technology_id").alias("entity"), "year", "count", "total")


def _check(language: str, near_duplicate_share: float) -> None:
    if language not in ("en", "zh"):
        raise InputError(f"no words for the language {language!r}", where="language", try_next="use 'en' or 'zh'")
    if not 0 <= near_duplicate_share <= 0.4:
        raise InputError(
            f"{near_duplicate_share} is no share of near duplicates",
            where="near_duplicate_share",
            try_next="use a number from 0 to 0.4",
        )


def _calendar(plan: GrowthPlan, rng: np.random.Generator) -> tuple[Ints, Ints, NDArray[np.datetime64]]:
    """(documents,) each: index of the year, technology (-1: background) and date, in order of date."""
    labels = np.append(np.arange(len(plan.kinds)), -1)
    year = np.repeat(np.arange(len(plan.years)), plan.totals)
    main = np.concatenate([rng.permutation(np.repeat(labels, column)) for column in plan.counts.T])
    start = np.array([f"{y:04d}-01-01" for y in [*plan.years, plan.years[-1] + 1]], dtype="datetime64[D]")
    days = np.diff(start).astype(np.int64)
    day = np.floor(rng.random(len(year)) * days[year]).astype(np.int64)
    day = day[np.lexsort((day, year))]
    date = np.asarray(start[year] + day, dtype="datetime64[D]")
    return np.asarray(year, dtype=np.int64), main, date


def _second_technology(plan: GrowthPlan, year: Ints, main: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """(documents,) each: another technology that the document mentions (-1: none), and how often it does."""
    running = np.cumsum(plan.share, axis=0)
    other = ((rng.random(len(year)) * running[-1, year])[:, None] >= running.T[year, :-1]).sum(axis=1)
    chance = np.where(main >= 0, MENTIONS, MENTIONS_IN_BACKGROUND) * (plan.share[other, year] > 0)  # none before birth
    other = np.where((rng.random(len(year)) < chance) & (other != main), other, -1)
    mixing = np.full(len(year), MENTION_MIXING)
    partner = np.append(plan.partners(), -1)[main]
    nears = (main >= 0) & (rng.random(len(year)) < plan.approach()[main, year])
    merged = (partner >= 0) & (year >= plan.merger[main])
    other = np.where(nears | merged, partner, other)
    mixing[nears], mixing[merged] = APPROACH_MIXING, MERGED_MIXING
    return other, mixing


def _near_duplicates(
    plan: GrowthPlan, year: Ints, main: Ints, share: float, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Copies and their originals: neighbours within one year and technology, each document in one pair at most."""
    group = year * (len(plan.kinds) + 1) + main + 1
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    begins = np.searchsorted(ordered, ordered)
    at = np.flatnonzero((np.arange(len(ordered)) - begins) % 2 == 1)
    chosen = np.sort(rng.permutation(at)[: round(share * len(main))])
    copy, original = order[chosen], order[chosen - 1]
    by_id = np.argsort(copy)
    return copy[by_id], original[by_id]


def _abstracts(abstracts: list[str], text_of: Ints, copy: Ints, language: str) -> list[str]:
    """(documents,) abstracts, those of copies lightly revised."""
    texts = [abstracts[k] for k in text_of.tolist()]
    for k in copy.tolist():
        texts[k] = revised_text(texts[k], language)
    return texts


def _people(
    plan: GrowthPlan, year: Ints, main: Ints, text_of: Ints, language: str, rng: np.random.Generator
) -> Mapping[str, list[list[str]]]:
    """Authors, categories and countries; a copy has its original's, both halves of a merger share their authors."""
    chances = np.vstack([newcomer_chance(growth_rate(plan)), np.full(len(plan.years), NEW_AUTHORS)])
    pools = np.append(np.where(plan.merged_into >= 0, plan.merged_into, np.arange(len(plan.kinds))), -1)
    authors = draw_authors(pools[main], chances[main, year], language, rng)
    categories, countries = draw_categories(main, rng), draw_countries(main, rng)
    places = text_of.tolist()
    drawn = {"authors": authors, "categories": categories, "country": countries}
    return {name: [values[k] for k in places] for name, values in drawn.items()}


def _mentions(plan: GrowthPlan, year: Ints, text_of: Ints, document: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Documents and the technologies that their text mentions, a merged one under its survivor's name."""
    survivor = np.stack([plan.survivors(y) for y in range(len(plan.years))])
    is_planted = owner >= 0
    document, owner = document[is_planted], owner[is_planted]
    pair = np.unique(document * len(plan.kinds) + survivor[year[document], owner])
    document, owner = pair // len(plan.kinds), pair % len(plan.kinds)
    low, high = np.searchsorted(document, text_of), np.searchsorted(document, text_of, side="right")
    count = high - low
    at = np.repeat(low - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())
    return np.repeat(np.arange(len(text_of)), count), owner[at]


def _membership(plan: GrowthPlan, ids: NDArray[np.object_], main: Ints, mention: tuple[Ints, Ints]) -> pl.DataFrame:
    names = np.array([*plan.ids, BACKGROUND], dtype=object)
    document, owner = mention
    others = main[document] != owner
    document, owner = document[others], owner[others]
    return pl.DataFrame(
        {
            "id": [*ids.tolist(), *ids[document].tolist()],
            "technology_id": [*names[main].tolist(), *names[owner].tolist()],
            "is_main": [True] * len(main) + [False] * len(owner),
        }
    ).sort("id", "is_main", "technology_id", descending=[False, True, False])


def _technologies(plan: GrowthPlan, phrases: PlantedPhrases) -> pl.DataFrame:
    owner = np.array(phrases.owner)
    spelled = np.array(phrases.phrases, dtype=object)
    merged = plan.merged_into >= 0
    years = plan.years.tolist()
    return pl.DataFrame(
        {
            "technology_id": plan.ids,
            "kind": plan.kinds,
            "birth_year": [years[b] if b > 0 else None for b in plan.birth.tolist()],
            "peak_year": [years[p] for p in peak_index(plan.share).tolist()],
            "merged_into": [plan.ids[m] if m >= 0 else None for m in plan.merged_into.tolist()],
            "merge_year": [years[plan.merger[k]] if merged[k] else None for k in range(len(merged))],
            "terms": [spelled[owner == k].tolist() for k in range(len(plan.kinds))],
            "expected_share": plan.share.tolist(),
        },
        schema_overrides={
            "birth_year": pl.Int32,
            "peak_year": pl.Int32,
            "merged_into": pl.String,
            "merge_year": pl.Int32,
        },
    )


def _plan_frame(plan: GrowthPlan) -> pl.DataFrame:
    n, span = plan.share.shape
    return pl.DataFrame(
        {
            "technology_id": np.repeat(np.array(plan.ids, dtype=object), span).tolist(),
            "year": pl.Series(np.tile(plan.years, n), dtype=pl.Int32),
            "expected_share": plan.share.ravel(),
            "expected_count": (plan.share * plan.totals).ravel(),
            "count": plan.counts[:-1].ravel(),
            "total": np.tile(plan.totals, n),
        }
    )


def _terms(plan: GrowthPlan, phrases: PlantedPhrases) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "technology_id": [plan.ids[k] if k >= 0 else None for k in phrases.owner],
            "term": phrases.phrases,
            "plural": phrases.plurals,
            "acronym": [a or None for a in phrases.acronyms],
            "words": phrases.words,
            "weight": phrases.weight,
        },
        schema_overrides={"acronym": pl.String, "technology_id": pl.String},
    )
    return frame.filter(pl.col("technology_id").is_not_null())
