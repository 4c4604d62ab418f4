"""What a reader of counts should know, as messages; their words lie in the text files here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.classifications.places import are_places
from firstlight.instruments.emergence.counts.entity_names import RESIDUAL
from firstlight.instruments.emergence.counts.entity_roles import Entities, Roles
from firstlight.instruments.emergence.counts.places import PlaceSums
from firstlight.instruments.emergence.counts.yearly_totals import Incomplete
from firstlight.texts import (
    Count,
    List,
    Message,
    Name,
    Number,
    Share,
    Year,
    message,
    names,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_ONE_BY_ONE = 3  # sums that are named with their members
ARE_PLACES = "entities_are_places"

SEVERITIES = {
    ARE_PLACES: "yellow",
    "last_year_incomplete": "yellow",
    "last_year_without_total": "yellow",
    "years_missing": "yellow",
    "years_without_total": "yellow",
    "total_given_too_rarely": "yellow",
    "total_pseudo": "yellow",
}  # "note" for all others
SET_APART_SCHEMA = {
    "name": pl.String(),
    "rule": pl.String(),
    "documents_count": pl.Float64(),
    "members": pl.List(pl.String()),
}


def of_kind(leaves: Sequence[str]) -> Iterator[Message]:
    """That what is counted are places, by their names: countries, or regions of one or several."""
    if are_places(leaves):
        yield message(ARE_PLACES)


def of_total(basis: str, is_given: bool, entities: Entities, roles: Roles) -> Iterator[Message]:
    """What shares are of.

    basis : as in `CountsAt`; is_given : whether the file gives any total
    """
    if basis == "entity" and roles.whole is not None:
        yield message("total_of_entity", name=Name(entities.names[roles.whole]))
    elif basis == "sum" and is_given:
        yield message("total_given_too_rarely")
    else:
        yield message(f"total_{basis}")


def of_overlap(basis: str, every: Floats, totals: Floats) -> Iterator[Message]:
    """That the counts add up to more than the total, so that entities share documents."""
    known = totals > 0
    if basis not in ("given", "entity") or not known.any():
        return
    ratio = float(every[known].sum() / totals[known].sum())
    years = int((every[known] > totals[known]).sum())
    if years and ratio > 1:
        yield message("entities_overlap", ratio=Number(ratio, 2), count=Count(years))


def of_years(without_total: Ints, without_counts: Ints) -> Iterator[Message]:
    """Years that lack a total or any count."""
    if len(without_total):
        yield message("years_without_total", years=_years(without_total))
    if len(without_counts):
        yield message("years_missing", years=_years(without_counts))


def of_incomplete(years: Sequence[Incomplete]) -> Iterator[Message]:
    """Years at the end that are left out."""
    for one in years:
        if np.isfinite(one.ratio):
            share = Share(max(one.ratio, 0.0))
            yield message("last_year_incomplete", year=Year(one.year), share=share)
        else:
            yield message("last_year_without_total", year=Year(one.year))


def of_entities(apart: pl.DataFrame) -> Iterator[Message]:
    """Entities that are no technologies.

    apart : as `set_apart` returns it
    """
    residual = apart.filter(pl.col("rule") == RESIDUAL)["name"].to_list()
    if residual:
        yield message("residual_entities", count=Count(len(residual)), names=names(residual))
    rest = apart.filter(pl.col("rule") != RESIDUAL)
    yield from (
        message("entity_is_whole", name=Name(name))
        for name in rest.filter(pl.col("members").list.len() == 0)["name"]
    )
    sums = rest.filter(pl.col("members").list.len() > 0).select("name", "members")
    yield from _contain("entity", dict(sums.iter_rows()))


def _contain(kind: str, sums: Mapping[str, Sequence[str]]) -> Iterator[Message]:
    """What contains others: one by one where they are few, else by their names alone."""
    if len(sums) > MOST_ONE_BY_ONE:
        yield message(f"{kind}_several_contain", count=Count(len(sums)), names=names(sums))
        return
    for name, members in sums.items():
        count = Count(len(members))
        yield message(f"{kind}_contains", name=Name(name), count=count, members=names(members))


def of_places(sums: PlaceSums) -> Iterator[Message]:
    """Places that are sums of others."""
    if sums.whole is not None:
        yield message("place_is_whole", name=Name(sums.whole))
    yield from _contain("place", sums.groups)


def set_apart(entities: Entities, roles: Roles, counts: Floats) -> pl.DataFrame:
    """Entities that are no technologies: name, rule, documents_count and members, by name.

    counts : (E, Y) documents up to the forecast year
    """
    rows = [row for row, rule in enumerate(roles.rules) if rule is not None]
    documents = counts.sum(axis=1).round(6)
    table = [
        (
            entities.names[row],
            roles.rules[row],
            float(documents[row]),
            [entities.names[member] for member in roles.members.get(row, ())],
        )
        for row in rows
    ]
    return pl.DataFrame(table, schema=SET_APART_SCHEMA, orient="row").sort("name")


def _years(years: Ints) -> List:
    return List(tuple(Year(int(year)) for year in years))
