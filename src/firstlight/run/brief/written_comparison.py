"""A place beside others: the strengths of each, what they share, and figure by figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from firstlight.document import Block, Grid, Heading, Item, Sentence
from firstlight.run.brief.brief_words import BriefWords
from firstlight.run.brief.place_industries import PlaceIndustries
from firstlight.run.brief.place_names import name_of
from firstlight.run.brief.written_rooms import figure_values, fresh
from firstlight.texts import List, Name, Year

__all__ = ["comparison"]

MOST = 30  # figures that are compared, those of the largest differences in rank
SHOWN = 5  # strengths that are named


def comparison(words: BriefWords) -> Iterator[Block]:
    """The strengths of each place with those it shares, and a row for each figure."""
    evidence = words.evidence
    if not evidence.compared:
        return
    places = [evidence.subject.place, *evidence.compared]
    called = List(tuple(map(name_of, evidence.compared)))
    yield Heading(words.say("headings", "beside", places=called))
    industries = {name: own.industries for name, own in evidence.compared.items()}
    if evidence.industries is not None:
        yield tuple(_strengths(words, {places[0]: evidence.industries, **industries}))
    own = evidence.indicators
    figures = {name: each.figures for name, each in evidence.compared.items()}
    if own is None or all(frame.is_empty() for frame in figures.values()):
        return
    head = (words.say("columns", "indicator"), words.say("columns", "year"))
    named = tuple(words.write(name_of(place)) for place in places)
    rows = tuple(_rows(words, {places[0]: own, **figures}))
    yield Grid((*head, *named), rows, (False, *[True] * (1 + len(places))))


def _strengths(words: BriefWords, of: Mapping[str, PlaceIndustries | None]) -> Iterator[Item]:
    """What each place is specialised in, and what of it the first place is, too."""
    strong = {place: _strong(own) for place, own in of.items() if own is not None}
    first, *_ = strong.values()
    for number, (place, names) in enumerate(strong.items()):
        told = [words.say("says", "strong_in", names=_named(names))]
        if number:
            shared = [name for name in names if name in first]
            code = "shared" if shared else "shared_none"
            told.append(words.say("says", code, names=_named(shared)))
        yield Item(words.write(name_of(place)), tuple(map(Sentence, told)))


def _strong(industries: PlaceIndustries) -> list[str]:
    frame = industries.frame.filter(pl.col("standing") == "strength")
    names: list[str] = frame.sort("location_quotient", descending=True)["industry"].to_list()
    return names


def _named(names: list[str]) -> List:
    return List(tuple(map(Name, names)), SHOWN)


def _rows(words: BriefWords, of: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, ...]]:
    """Value and rank of each place, those first in which the places are furthest apart."""
    key = ["file", "indicator", "year"]
    filled = [frame.with_columns(of=pl.lit(place)) for place, frame in of.items() if frame.width]
    every = fresh(pl.concat(filled)).filter(pl.len().over(key) > 1)
    place_in_rank = pl.col("rank") / pl.col("places")
    apart = (place_in_rank.max() - place_in_rank.min()).over(key)
    groups = every.with_columns(apart=apart).sort(
        *("apart", "file", "indicator", "year"), descending=[True, False, False, True]
    )
    for (_, indicator, year), rows in list(groups.group_by(key, maintain_order=True))[:MOST]:
        cells = {row["of"]: _cell(words, row) for row in rows.iter_rows(named=True)}
        told = (cells.get(place, "\N{EN DASH}") for place in of)
        yield str(indicator), words.write(Year(int(str(year)))), *told


def _cell(words: BriefWords, row: dict[str, Any]) -> str:
    return words.say("figures", "cell", **figure_values(row))
