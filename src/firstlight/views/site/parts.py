"""What the page of each kind of thing shows, in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from firstlight.message_json import message_from_json
from firstlight.texts import Count, Message, Remark, Share, Texts, Year
from firstlight.views.observation_contract import warning_message
from firstlight.views.observation_summary import change_lines, pooled_record
from firstlight.views.site.files import drawn
from firstlight.views.site.listed import Lead, Listed, listed
from firstlight.views.site.observed import Observed
from firstlight.views.site.thing import Thing
from firstlight.views.site.words import say

Shown = Mapping[str, Any]
MOST_LISTED = 200  # rows of a list on a page; the files hold all
MOST_NEAR = 8
OF_RECORD = ("believe", "verdict")  # how codes of sentences on the record begin
LIST_KINDS = ("technologies", "theme", "area")
SUMMARY = ("rank", "name", "probability", "area", "theme", "first_year", "documents_count")
LIST_COLUMNS = (*SUMMARY, "growth_last_year", "stage", "advice")
FACTS = (
    *("rank", "area", "theme", "stage", "first_year", "documents_count", "documents_total_count"),
    *("share", "growth_last_year", "growth_five_years", "advice", "advice_reason"),
    *("advice_change", "outcome", "outcome_ratio"),
)
PAIRS = ("rank", "name", "other_name", "probability", "shared_count", "common")
THEMES = ("name", "technologies_count", "documents_count", "growth_five_years", "top")
DOCUMENTS = ("role", "date", "title", "venue", "document_id")
CHANGES = ("kind", "name", "earlier_rank", "rank", "earlier_probability", "probability", "reason")
PRECEDENTS = ("position", "name", "year", "first_year", "documents_count", "outcome")


def sentences(seen: Observed, lang: str, *beginnings: str) -> list[str]:
    """The first lines of an observation; those whose codes begin so, where that is asked for."""
    said = map(message_from_json, seen.facts["first_lines"])
    return [
        _said(seen.texts, lang, each)
        for each in said
        if not beginnings or each.code.startswith(beginnings)
    ]


def leads(seen: Observed) -> dict[str, Lead]:
    """Where cells of its tables lead."""

    def to_theme(row: Mapping[str, Any]) -> str | None:
        return seen.path("theme", row["theme_id"]) if row.get("theme_id") else None

    def to_area(row: Mapping[str, Any]) -> str | None:
        area = row["area"]
        return seen.path("area", area) if area in seen.areas else None

    def to_technology(row: Mapping[str, Any]) -> str | None:
        return seen.path_if_known(row.get("technology_id"))

    return {"name": to_technology, "theme": to_theme, "area": to_area}


def _listed(
    thing: Thing,
    lang: str,
    name: str,
    columns: Iterable[str] = (),
    where: Mapping[str, Lead] | None = None,
) -> Listed:
    frame = thing.tables[name]
    return listed(
        thing.texts, lang, name, frame, tuple(columns), most=MOST_LISTED, leads=where or {}
    )


def _list(thing: Thing, lang: str, observed: Observed) -> Shown:
    tables = [_listed(thing, lang, "technologies", LIST_COLUMNS, leads(observed))]
    if thing.tables.get("new_links", pl.DataFrame()).height:
        pair = {
            "name": lambda row: observed.path_if_known(row["technology_id"]),
            "other_name": lambda row: observed.path_if_known(row["other_id"]),
        }
        tables.append(_listed(thing, lang, "new_links", PAIRS, pair))
    if thing.tables.get("themes", pl.DataFrame()).height:
        to_theme: Lead = lambda row: observed.path("theme", row["theme_id"])  # noqa: E731
        tables.append(_listed(thing, lang, "themes", THEMES, {"name": to_theme}))
    areas = [
        (observed.path("area", area), thing.texts.code(lang, "areas", area))
        for area in observed.areas
    ]
    first = thing.table().head(MOST_LISTED).select("technology_id")
    picks = [
        (observed.technology_path(each), observed.name_of(each, lang))
        for (each,) in first.iter_rows()
    ]
    return {"tables": tables, "areas": areas, "picks": picks}


def _technology(thing: Thing, lang: str, observed: Observed) -> Shown:
    row = thing.table().row(0, named=True)
    forms = thing.tables["forms"].filter(pl.col("form") != row["name"])
    return {
        "chance": chance_lines(thing.texts, observed, row, lang),
        "belief": sentences(observed, lang, "believe"),
        "facts": _facts(thing, row, lang, observed),
        "chart": drawn(thing, lang),
        "has_forecast": thing.tables["fan"].height > 0,
        "has_future": bool(thing.tables["history"]["is_future"].any()),
        "forms": forms["form"].to_list(),
        "near": _near(thing, observed, lang),
        "tables": [
            each
            for each in (
                _listed(thing, lang, "leaders"),
                _listed(thing, lang, "documents", DOCUMENTS, {"document_id": _to_document}),
                _listed(thing, lang, "precedents", PRECEDENTS, _to_precedent(observed)),
                _listed(thing, lang, "past_forecasts", _of_past(thing)),
                _listed(thing, lang, "changes", CHANGES),
            )
            if each.rows
        ],
    }


def _of_past(thing: Thing) -> list[str]:
    left = ("technology_id", "name")
    return [name for name in thing.tables["past_forecasts"].columns if name not in left]


def _to_document(row: Mapping[str, Any]) -> str | None:
    link = row["link"] or ""
    return link if link.startswith(("https://", "http://")) else None


def _to_precedent(observed: Observed) -> dict[str, Lead]:
    return {"name": lambda row: observed.path_if_known(row["precedent_id"])}


def chance_lines(texts: Texts, observed: Observed, row: Mapping[str, Any], lang: str) -> list[str]:
    """What chance a technology has, what that means, and how such chances came true before."""
    facts = observed.facts
    until = Year(facts["as_of"] + facts["horizon"])
    if row["probability"] is None:
        code = "watched" if row["status"] == "watched" else "unscored"
        return [say(lang, f"technology.{code}")]
    low, high = (Share(row[f"probability_{end}"]) for end in ("low", "high"))
    chance = Share(row["probability"])
    lines = [say(lang, "technology.chance", until=until, chance=chance, low=low, high=high)]
    if row["threshold_share"] is not None:
        least, now = (Share(row[each], digits=2) for each in ("threshold_share", "share"))
        lines.append(say(lang, "technology.means", least=least, now=now, year=Year(facts["as_of"])))
    return [*lines, *_such(observed, row["probability"], lang)]


def _such(observed: Observed, chance: float, lang: str) -> list[str]:
    """How earlier forecasts with chances near this one came true, and how many took off at all."""
    bins = observed.tables["reliability"].sort((pl.col("predicted") - chance).abs(), "predicted")
    lines = []
    for near in bins.head(1).iter_rows(named=True):
        shares = {name: Share(near[name]) for name in ("predicted", "observed", "low", "high")}
        lines.append(say(lang, "technology.such", count=Count(near["n"]), **shares))
    pooled = pooled_record(observed.tables, observed.facts)
    for used in pooled.filter("is_used").iter_rows(named=True):
        base = Share(used["base_rate"], digits=1)
        lines.append(say(lang, "technology.base", base=base))
    return lines


def _facts(
    thing: Thing, row: Mapping[str, Any], lang: str, observed: Observed
) -> list[tuple[str, str, str]]:
    """Title, value and address of what a row says of a technology."""
    where = leads(observed)
    told = []
    for column in FACTS:
        if row[column] is None:
            continue
        title = thing.texts.title(lang, "technologies", column)
        lead = where[column](row) if column in where else None
        text = thing.texts.cell(lang, "technologies", column, row)
        told.append((title, text, lead or ""))
    return told


def _near(thing: Thing, observed: Observed, lang: str) -> list[tuple[str, str]]:
    """Names and addresses of the technologies in the same documents, the nearest first."""
    links = thing.tables["links"].sort("weight", "other_id", descending=[True, False])
    near = []
    for other in links["other_id"].head(MOST_NEAR):
        if path := observed.path_if_known(other):
            near.append((observed.name_of(other, lang), path))
    return near


def _record(thing: Thing, lang: str, observed: Observed) -> Shown:
    facts, to = observed.facts, leads(observed)
    pooled = pooled_record(thing.tables, facts)
    used = thing.tables["record"].filter(
        pl.col("is_used") & pl.col("year").is_not_null() & (pl.col("horizon") == facts["horizon"])
    )
    scores = (
        "precision_20",
        "precision_50",
        "average_precision",
        "recall_100",
        "auc",
        "brier_skill",
    )
    every = ("ranking", "base_rate", *scores)
    yearly = ("year", "scored_count", "take_off_count", "base_rate", *scores)
    texts = thing.texts
    cases = [
        (
            texts.code(lang, "case_kinds", kind),
            listed(texts, lang, "cases", frame, _without(frame, "kind"), most=MOST_LISTED),
        )
        for (kind,), frame in thing.tables["cases"]
        .sort("forecast_year", "rank", descending=[True, False], nulls_last=True)
        .partition_by("kind", as_dict=True, maintain_order=True)
        .items()
    ]
    return {
        "sentences": sentences(observed, lang, *OF_RECORD),
        "pooled": listed(texts, lang, "record", pooled, every),
        "yearly": listed(texts, lang, "record", used.sort("year", descending=True), yearly),
        "reliability": _listed(thing, lang, "reliability"),
        "gains": _listed(thing, lang, "gains"),
        "cases": cases,
        "past": _listed(thing, lang, "past_forecasts", (), to),
    }


def _without(frame: pl.DataFrame, column: str) -> list[str]:
    return [name for name in frame.columns if name != column]


def _changes(thing: Thing, lang: str, observed: Observed) -> Shown:
    lines = []
    if thing.tables["changes"].height:
        lines = change_lines(observed.tables, observed.facts, lang)
    return {
        "sentences": lines,
        "tables": [_listed(thing, lang, "changes", CHANGES, leads(observed))],
    }


def _source(thing: Thing, lang: str, observed: Observed) -> Shown:
    warnings = [
        _said(thing.texts, lang, warning_message(row))
        for row in thing.tables["warnings"].iter_rows(named=True)
    ]
    note = Remark.of(
        {
            "note": observed.facts.get("sample_note_en"),
            "note_zh": observed.facts.get("sample_note_zh"),
        },
        "note",
    )
    names = ("years", "set_aside", "own_names", "named", "dropped")
    tables = [_listed(thing, lang, name) for name in names if thing.tables[name].height]
    return {"warnings": warnings, "note": note.text(lang), "tables": tables}


def _compared(
    thing: Thing, lang: str, compared: list[Thing], charts_of: Mapping[str, str]
) -> Shown:
    columns = ("name", *FACTS[:1], "probability", *FACTS[1:4], "first_year", "documents_count")
    by_name = {each.name["en"]: each.path for each in compared}
    where: dict[str, Lead] = {"name": lambda row: by_name.get(row["name"])}
    return {
        "shared": drawn(thing, lang, "shared"),
        "tables": [_listed(thing, lang, "technologies", columns, where)],
    }


def _said(texts: Texts, lang: str, given: Message) -> str:
    """A message in words; one without words, of another version perhaps, stands for itself."""
    if not texts.has("says", given.code):
        return given.code.replace("_", " ")
    return texts.sentence(lang, given)


PARTS: Mapping[str, Callable[..., Shown]] = {
    **dict.fromkeys(LIST_KINDS, _list),
    "technology": _technology,
    "record": _record,
    "changes": _changes,
    "source": _source,
    "compare": _compared,
    **dict.fromkeys(("measurement", "brief"), lambda thing, lang, **own: {}),
}
