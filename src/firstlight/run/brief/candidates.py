"""What a place might foster, from both ends: its industries and its plan; and the verdict on each.

The rule. An industry is to be fostered where the place is specialised in it, or where it is
among the few that the rule with the best record names, if that rule was right more often than
chance. Those that its own plan names come first,
then three strengths, then what is within reach. An entry of the plan that nothing here supports is
left to others where three or more places plan it, or where its chance to take off is below the
average; else it is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from firstlight.instruments.concordance.technology_codes.coded_technologies import links_of_names
from firstlight.joins.technology_links import supported
from firstlight.run.brief.evidence import Evidence
from firstlight.run.brief.place_names import ways_to_write
from firstlight.run.brief.works_on import WORKS, works_on
from firstlight.texts import language_columns

__all__ = ["CANDIDATES", "MOST", "candidates"]

MOST = 5  # that are to be fostered,
STRENGTHS = 3  # of which so many are strengths where as many others are within reach
MANY_PLAN = 3  # other places that plan an entry, from which it is left to them
COMPARED = ("technology", "industry")  # entries; targets, measures and projects are no candidates
MOST_RISING = 100  # technologies of the records that are looked up
ADVISED = ("act", "prepare")
SURE = 0.8  # probability from which a link of an entry to a code is told
MATCHED = tuple(language_columns("matched"))
RISING: Mapping[str, Any] = {
    **dict.fromkeys(language_columns("name"), pl.String),
    "probability": pl.Float64,
}
CANDIDATES: Mapping[str, Any] = {
    "name": pl.String,
    "standing": pl.String,
    "verdict": pl.String,
    "planned_as": pl.String,
    "link_probability": pl.Float64,
    "location_quotient": pl.Float64,
    "location_quotient_low": pl.Float64,
    "location_quotient_high": pl.Float64,
    "place_share": pl.Float64,
    "rank": pl.Int64,
    "strong_count": pl.Int64,
    "strong_places": pl.List(pl.String),
    "growth": pl.Float64,
    "chance": pl.Float64,
    "advice": pl.String,
    **dict.fromkeys(MATCHED, pl.String),
    "until": pl.Int64,
    "planned_by": pl.List(pl.String),
    "rising": pl.List(pl.Struct(RISING)),
    **WORKS,
    "order": pl.Int64,
}


def candidates(evidence: Evidence) -> pl.DataFrame:
    """A row for each candidate, those to foster first: the columns of `CANDIDATES`.

    standing : strength or reach (an industry), or plan (an entry that no industry here is)
    verdict  : foster, leave or open; spare for industries beyond the first `MOST`
    """
    entries = list(_entries(evidence))
    links = _links(evidence, entries)
    rows = []
    if evidence.industries is not None:
        record = evidence.industries.record
        is_told = pl.col("standing") == "strength"
        if record is not None and record.share() > record.base:
            is_told |= pl.col("standing") == "reach"
        own = evidence.industries.frame.filter(is_told)
        rising = _rising(evidence)
        for row in own.iter_rows(named=True):
            entry, probability = links.get(row["industry"], ({}, None))
            about = {"name": row["industry"], "planned_as": entry.get("name")}
            about["rising"] = rising.get(row["industry"])
            rows.append({**entry, **row, **about, "link_probability": probability})
    linked = {row["planned_as"] for row in rows}
    rows += [entry for entry in entries if entry["name"] not in linked]
    return _judged(pl.DataFrame(rows, schema=dict(CANDIDATES)))


def _entries(evidence: Evidence) -> Iterator[dict[str, Any]]:
    """The entries of the plan, with the places that plan the same."""
    plan = evidence.results.get("plan")
    if plan is None:
        return
    observed = evidence.observed
    until = dict(observed.select("name", "until").iter_rows()) if observed is not None else {}
    places: dict[str, list[str]] = {}
    if "elsewhere" in plan.tables:
        same = plan.tables["elsewhere"].filter(pl.col("relation") == "same")
        places = dict(same.group_by("entry").agg(pl.col("place").unique().sort()).iter_rows())
    entries = plan.tables["entries"]
    if "kind" in entries.columns:  # of a plan that was read as a text
        entries = entries.filter(pl.col("kind").is_in(COMPARED))
    entries = entries.unique("entry", keep="first", maintain_order=True)
    works = _works(evidence, entries["entry"].to_list())
    for place, row in enumerate(entries.iter_rows(named=True)):
        yield {
            **works.get(row["entry"], {}),
            "name": row["entry"],
            "standing": "plan",
            "chance": row.get("take_off_probability"),
            "advice": row.get("advice"),
            **{column: row.get(column) for column in MATCHED},
            "until": until.get(row.get("matched")),
            "planned_by": places.get(row["entry"], []),
            "order": place + 1,
        }


def _works(evidence: Evidence, entries: list[str]) -> dict[str, dict[str, Any]]:
    """Entry -> the documents of one's own whose titles name it."""
    if evidence.documents is None:
        return {}
    place = evidence.subject.place
    ways = ways_to_write(place) if place else []
    found = works_on(evidence.documents, {entry: () for entry in entries}, ways)
    return {row["name"]: row for row in found.iter_rows(named=True)}


def _links(
    evidence: Evidence, entries: list[dict[str, Any]]
) -> dict[str, tuple[dict[str, Any], float | None]]:
    """Industry as its table writes it -> the entry of the plan that is it: of the same name, or
    surely of its code."""
    if evidence.industries is None or not entries:
        return {}
    written = evidence.industries.frame["industry"].to_list()
    by_name = {name.casefold(): name for name in written}
    found: dict[str, tuple[dict[str, Any], float | None]] = {}
    for entry in entries:
        if entry["name"].casefold() in by_name:
            found[by_name[entry["name"].casefold()]] = (entry, None)
    entry_of = {entry["name"]: entry for entry in entries}
    for name, own, probability in _sure_industries(evidence, [*entry_of]):
        found.setdefault(own, (entry_of[name], probability))
    return found


def _sure_industries(
    evidence: Evidence, names: list[str], observed: pl.DataFrame | None = None
) -> Iterator[tuple[str, str, float]]:
    """Names, each with the industry of the table that it surely is, by code, and how surely.

    observed : where names are technologies of records, these with what is near to them
    """
    file = evidence.files.get("coded_industries")
    if file is None or file.classification is None or evidence.industries is None:
        return
    links = links_of_names(names, names, [file.classification])
    if observed is not None:
        technologies = observed.select("near", technology="name")
        links = supported(links, technologies, file.classification).filter("is_supported")
    likeliest = links.filter((pl.col("rank") == 1) & (pl.col("probability") >= SURE))
    written = sorted(evidence.industries.frame["industry"], key=len, reverse=True)
    for name, code, probability in likeliest.select(
        "technology", "code", "probability"
    ).iter_rows():
        own = next((own for own in written if code.startswith(own)), None)  # the finest level
        if own is not None:
            yield name, own, probability


def _rising(evidence: Evidence) -> dict[str, list[dict[str, Any]]]:
    """Industry -> the technologies of the records that surely belong to it and may take off."""
    if evidence.observed is None:
        return {}
    likely = evidence.observed.filter(pl.col("advice").is_in(ADVISED))
    first = likely.sort("probability", "name", descending=[True, False]).head(MOST_RISING)
    about = {row["name"]: row for row in first.iter_rows(named=True)}
    found: dict[str, list[dict[str, Any]]] = {}
    for name, own, _ in _sure_industries(evidence, [*about], first):
        rising = {column: about[name].get(column) for column in RISING}
        found.setdefault(own, []).append(rising)
    return found


def _judged(frame: pl.DataFrame) -> pl.DataFrame:
    """With the verdict, and in the order in which they are told."""
    is_industry = pl.col("standing").is_in(["strength", "reach"])
    is_planned = pl.col("planned_as").is_not_null()
    by_many = pl.col("planned_by").list.len().fill_null(0) >= MANY_PLAN
    is_unlikely = pl.col("advice") == "leave"
    verdict = (
        pl.when(is_industry)
        .then(pl.lit("foster"))
        .when(by_many | is_unlikely.fill_null(False))
        .then(pl.lit("leave"))
        .otherwise(pl.lit("open"))
    )
    place = {"strength": 0, "reach": 1, "plan": 2}
    is_later = (pl.col("standing") == "strength") & (pl.col("order") > STRENGTHS) & ~is_planned
    ordered = frame.with_columns(verdict=verdict).sort(
        ~(is_industry & is_planned),
        is_later,  # behind what is within reach, so that the five are of both kinds
        pl.col("standing").replace_strict(place, default=3),
        "order",
        maintain_order=True,
    )
    number = pl.int_range(pl.len()).over("verdict")
    is_spare = (pl.col("verdict") == "foster") & (number >= MOST)
    return ordered.with_columns(
        verdict=pl.when(is_spare).then(pl.lit("spare")).otherwise("verdict"),
        order=pl.int_range(1, pl.len() + 1),
    )
