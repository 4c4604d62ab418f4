"""Which entries, technologies, activities and needs are the same thing under other names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from firstlight.classifications.provinces import ways_to_write_provinces
from firstlight.instruments.concordance.composed_names import composed_pairs
from firstlight.instruments.concordance.known_names import glossary, thing_keys
from firstlight.instruments.concordance.plan_check.name_matching import match_names
from firstlight.instruments.concordance.plan_check.written_names import (
    around_brackets,
    completed,
    parts_of_entry,
)

TRANSLATED = 0.95  # probability that two names with one key are one thing
SURE = 0.8  # probability from which two names are called the same, and below it near
LINK = {"one": pl.String, "other": pl.String, "probability": pl.Float64, "by": pl.String}
FORM = {"name": pl.String, "form": pl.String}
SEEN = 0.1  # probability from which what an entry may stand for is listed
NEAREST = 5  # other names that a form is linked with
_LETTERS = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True)
class Lists:
    """Names with their forms, and which technology each stands for.

    forms : name, form
    of    : one (the name), other (the technology), probability, by
    """

    forms: pl.DataFrame
    of: pl.DataFrame


def name_forms(names: Iterable[str], further: Iterable[tuple[str, str]] = ()) -> pl.DataFrame:
    """The forms that names are known by: as they are, and what stands before and in brackets.

    further : name and another form of it

    Returns data frame name, form.

    >>> name_forms(["carbon fibre (CF)"])["form"].to_list()
    ['CF', 'carbon fibre', 'carbon fibre (CF)']
    """
    rows = [(name, name) for name in names] + [(name, form) for name, form in further]
    for name, form in list(rows):
        outside, inside = around_brackets(unicodedata.normalize("NFKC", form))
        if inside:
            parts = [part.strip() for part in (outside, *inside)]
            rows += [(name, part) for part in parts if _LETTERS.search(part)]
    return pl.DataFrame(rows, FORM, orient="row").unique().sort("name", "form")


def without_places(names: Iterable[str], places: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that begin with a place, each with what is left without it: 上海量子计算, 量子计算.

    places : besides the provinces of China
    """
    every = {*places, *ways_to_write_provinces()}
    for name in names:
        for place in every:
            rest = name.removeprefix(place).strip()
            if rest != name and len(rest) > 1:
                yield name, rest


def alike(one: pl.DataFrame, other: pl.DataFrame, least: float) -> pl.DataFrame:
    """Names of one list that stand for one of the other, by their likeliest forms.

    Names whose keys are one, or that the glossary translates into one another, are one thing.

    one, other : name, form, as `name_forms` returns them

    Returns data frame one, other, probability, by (empty: the names themselves are alike).
    """
    matches = match_names(one["form"], other["form"], least=least, most=NEAREST)
    keys = [
        pl.DataFrame(
            [(form, key) for form in each["form"].unique() for key in thing_keys(form)],
            {"form": pl.String, "key": pl.String},
            orient="row",
        )
        for each in (one, other)
    ]
    same = (
        keys[0]
        .join(keys[1], on="key", suffix="_2")
        .select(name="form", known="form_2", probability=pl.lit(TRANSLATED))
    )
    matches = pl.concat([matches, same, _composed(one["form"], other["form"], matches)])
    links = (
        matches.rename({"name": "form"})
        .join(one, on="form")
        .join(other.rename({"name": "other", "form": "known"}), on="known")
    )
    return _likeliest(
        links.select(one="name", other="other", probability="probability", by=pl.lit(""))
    )


def _composed(one: pl.Series, other: pl.Series, matches: pl.DataFrame) -> pl.DataFrame:
    """Names in two languages that are put together alike, of which one at the least stands in no
    list that ships: the columns of ``found``."""
    rows = []
    for first, second in ((one, other), (other, one)):
        for english, chinese in composed_pairs(first.unique(), second.unique(), glossary()):
            pair = (english, chinese) if first is one else (chinese, english)
            if min(len(thing_keys(name)) for name in pair) == 1:
                rows.append((*pair, TRANSLATED))
    return pl.DataFrame(rows, matches.schema, orient="row")


def listed(
    texts: pl.Series, known: pl.DataFrame | None, least: float, *places: str | None
) -> Lists:
    """Names with the technologies that they may stand for; places at their beginning are left
    out."""
    single = texts.unique().sort()
    forms = name_forms(single, without_places(single, filter(None, places)))
    if known is None:
        return Lists(forms, pl.DataFrame(schema=LINK))
    return Lists(forms, alike(forms, known, min(SEEN, least)))


def several_named(entries: Iterable[str], known: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """Entries that name two things or more -> what each of them is called.

    Every side of an entry's conjunctions is surely a known name, each another one; the entry itself
    is not, nor is a side with the beginning of the first: 量子计算与通信 stays one thing.

    known : name, form, as `name_forms` returns them

    >>> known = name_forms(["hydrogen", "energy storage", "carbon capture and storage"])
    >>> several_named(["Hydrogen and energy storage", "carbon capture and storage"], known)
    {'Hydrogen and energy storage': ('Hydrogen', 'energy storage')}
    """
    parts = {entry: parts_of_entry(entry) for entry in entries}
    asked = {name for entry, sides in parts.items() if sides for name in (entry, *sides)}
    sure = alike(name_forms(sorted(asked)), known, SURE)
    first = sure.sort("one", "probability", "other", descending=[False, True, False])
    of = dict(first.unique("one", keep="first", maintain_order=True).select("one", "other").rows())
    forms = set(known["form"])
    return {
        entry: sides
        for entry, sides in parts.items()
        if sides
        and entry not in of
        and len({of.get(side) for side in sides} - {None}) == len(sides)
        and forms.isdisjoint(completed(sides))
    }


def through(
    direct: pl.DataFrame, one: pl.DataFrame, other: pl.DataFrame, least: float
) -> pl.DataFrame:
    """Links between two lists, directly or because both stand for one technology.

    direct     : links of the two lists
    one, other : links of each with the technologies

    Returns data frame one, other, probability, by: the technology that both stand for, where that
    says more than the names themselves.
    """
    by_technology = one.join(other, on="other", suffix="_2").select(
        one="one",
        other="one_2",
        probability=(pl.col("probability") * pl.col("probability_2")).round(4),
        by="other",
    )
    every = pl.concat([direct, by_technology]).filter(pl.col("probability") >= least)
    return _likeliest(every)


def with_relation(links: pl.DataFrame) -> pl.DataFrame:
    """The links with ``relation``: same, or near."""
    is_same = pl.col("probability") >= SURE
    return links.with_columns(
        relation=pl.when(is_same).then(pl.lit("same")).otherwise(pl.lit("near"))
    )


def _likeliest(links: pl.DataFrame) -> pl.DataFrame:
    """One row for each pair, with the highest probability; the names themselves before a
    technology."""
    return (
        links.sort("one", "other", "probability", "by", descending=[False, False, True, False])
        .unique(["one", "other"], keep="first", maintain_order=True)
        .select(list(LINK))
    )
