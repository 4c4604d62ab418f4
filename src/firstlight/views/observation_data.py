"""What the page of an observation embeds: its tables as compact JSON, columns as arrays, in both
languages.

Codes travel as places in a list of names, shares and probabilities as whole numbers of a small
unit, and what belongs to one technology (history, fan, leaders, documents) for as many of the first
technologies as a budget of bytes allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.observation_tables import SCHEMAS
from firstlight.views.observation_contract import (
    FACTS_OF_FORECAST,
    Facts,
    Tables,
    checked_facts,
    checked_tables,
)
from firstlight.views.observation_summary import LEADER_KINDS, documents_until, shown_date
from firstlight.views.observation_words import page_words, ranking_reason
from firstlight.views.packed_rows import (
    Packed,
    Row,
    among,
    budgeted,
    by_technology,
    codes,
    json_text,
    placed,
    rounded,
    scaled,
    scaled_column,
)
from firstlight.views.tables import plain_value
from firstlight.views.words import licence_words

SHARE_UNIT = 10**7  # shares of a technology travel as whole ten-millionths
HISTORY_UNIT = 10**6  # those of single years as millionths
# so fine that a whole per cent never rounds another way than in the other views
PERCENT_UNIT = 10**6
PLACE_UNIT = 10**3
CHANGES_SHOWN = 300  # the table holds them all
LINKS_SHOWN = 8
LEADERS_SHOWN = 12
PAIRS_SHOWN = 100  # that may meet
PRECEDENTS_SHOWN = 5
DROPPED_BYTES = 150_000
ROLES = ("typical", "first", "newest")
LEAD_MEASURES = ("share_one_year", "share_two_years", "share_three_years", "median_lead")
CODED = ("status", "area", "theme_id", "theme", "advice", "advice_reason", "advice_change", "stage")
UNITS = {
    **dict.fromkeys(("share", "share_before", "threshold_share", "outcome_share"), SHARE_UNIT),
    **dict.fromkeys(("probability", "probability_low", "probability_high"), PERCENT_UNIT),
    **dict.fromkeys(("growth_last_year", "growth_five_years"), PERCENT_UNIT),
    **dict.fromkeys(("x", "y"), PLACE_UNIT),
}
FACTS_SHOWN = (
    *FACTS_OF_FORECAST,
    *("title_zh", "corpus", "sources", "licence", "parameters", "code_version", "results"),
)
MOST_WATCHED = 2000  # of the watched ones on the page; the tables hold them all
_GAINED = (pl.col("share") - pl.col("share_before")).fill_null(0.0)


def observation_data(tables: Tables, facts: Facts) -> dict[str, Any]:
    """All that the page of an observation draws, in both languages.

    Parameters
    ----------
    tables, facts : as ``observation_contract`` describes them

    Raises
    ------
    InputError
        Naming the table, column or fact that is absent.
    """
    tables, facts = checked_tables(tables), checked_facts(facts)
    listed = _listed(tables["technologies"])
    technologies = _in_order(listed)
    places = {name: place for place, name in enumerate(technologies["technology_id"])}
    span = _span(tables["history"], facts)
    shown = {name: facts.get(name) for name in FACTS_SHOWN}
    shown["licence_zh"] = licence_words("zh", facts.get("licence") or "")
    return {
        "facts": {**plain_value(shown, "facts"), "reason": ranking_reason(facts)},
        **page_words(tables, facts),
        "technologies": _technologies(technologies),
        "watched_left_out": tables["technologies"].height - listed.height,
        "span": span,
        "history_unit": HISTORY_UNIT,
        "history": budgeted("history", _history(tables["history"], places, span)),
        "fan": budgeted("fan", _fan(tables["fan"], places)),
        "links": budgeted("links", _links(tables["links"], places)),
        "precedents": budgeted("precedents", _precedents(tables["precedents"], places)),
        "precedents_record": _sorted_rows(
            tables["precedents_record"], "precedents_record", ["year"]
        ),
        "new_links": _sorted_rows(tables["new_links"], "new_links", ["rank"])[:PAIRS_SHOWN],
        "new_links_record": _sorted_rows(
            tables["new_links_record"], "new_links_record", ["ranking", "year"]
        ),
        **_forms(tables["forms"], technologies, places),
        **_leaders(tables["leaders"], places),
        **_documents(tables["documents"], places),
        **_dropped(tables["dropped"]),
        **_record(tables, facts),
        "documents_count": documents_until(tables, facts),
        "changes": _rows(tables["changes"].head(CHANGES_SHOWN), "changes"),
        "themes": _sorted_rows(tables["themes"], "themes", ["theme_id"]),
        "areas": _sorted_rows(tables["areas_summary"], "areas_summary", ["area"]),
        "years": _sorted_rows(tables["years"], "years", ["year"]),
        "set_aside": _sorted_rows(tables["set_aside"], "set_aside", ["reason"]),
        "own_names": _sorted_rows(tables["own_names"], "own_names", ["row"]),
        "named": _rows(_in_list(tables["named"], places), "named"),
    }


def embedded_json(data: Any) -> str:
    """JSON that no HTML parser mistakes for markup and no script for a line's end.

    >>> embedded_json({"name": "</script>&\\u2028"})
    '{"name":"\\\\u003c/script\\\\u003e\\\\u0026\\\\u2028"}'
    """
    text = json_text(data)
    marks = "<>&\u2028\u2029\ufeff\x7f"
    return text.translate({ord(mark): f"\\u{ord(mark):04x}" for mark in marks})


# ---- technologies, columns as arrays


def _listed(technologies: pl.DataFrame) -> pl.DataFrame:
    """Those that the page holds: all scored, and the watched ones that have gained most."""
    is_watched = pl.col("status") == "watched"
    watched = technologies.filter(is_watched)
    watched = watched.sort(_GAINED, "technology_id", descending=[True, False]).head(MOST_WATCHED)
    return pl.concat([technologies.filter(~is_watched), watched])


def _in_order(technologies: pl.DataFrame) -> pl.DataFrame:
    """Scored ones by rank, then watched ones, those that have gained most first."""
    descending = [False, True, False]
    return technologies.sort(
        "rank", _GAINED, "technology_id", descending=descending, nulls_last=True
    )


def _technologies(frame: pl.DataFrame) -> dict[str, Any]:
    columns: dict[str, Packed] = {}
    names: dict[str, list[str]] = {}
    for name in SCHEMAS["technologies"]:
        values = frame[name].to_list()
        if name in CODED:
            places = codes(frame[name])
            names[name] = list(places)
            columns[name] = [places.get(value) for value in values]
        elif name in UNITS:
            columns[name] = scaled_column(frame[name], UNITS[name]).to_list()
        else:
            columns[name] = [rounded(value, 5) for value in values]
    return {"columns": columns, "names": names, "units": UNITS}


def _span(history: pl.DataFrame, facts: Facts) -> list[int]:
    """First and last year of the histories; the forecast year alone where there are none."""
    years = history["year"].drop_nulls().to_list() or [facts["as_of"]]
    return [min(years), max(years)]


def _in_list(named: pl.DataFrame, places: Mapping[str, int]) -> pl.DataFrame:
    """Names by a model in the order of the list; those of what the page leaves out come last."""
    place = pl.col("technology_id").replace_strict(
        dict(places), default=None, return_dtype=pl.Int64
    )
    return named.sort(place, "technology_id", "language", nulls_last=True)


# ---- rows of single technologies, a list with a place for each


def _history(
    frame: pl.DataFrame, places: Mapping[str, int], span: list[int]
) -> list[Packed | None]:
    """First year with documents, counted from the span's; then counts and shares of each year to
    the last."""
    frame = frame.with_columns(scaled_column(frame["share"], HISTORY_UNIT))
    yearly = among(frame, places).sort("technology_id", "year")
    yearly = yearly.group_by("technology_id").agg("year", "documents_count", "share")
    kept: list[Packed | None] = [None] * len(places)
    for name, known, *columns in yearly.iter_rows():
        counts, shares = (dict(zip(known, column, strict=True)) for column in columns)
        first = min((year for year, count in counts.items() if count), default=max(counts))
        years = range(first, max(counts) + 1)
        packed = [[of_year.get(year) for year in years] for of_year in (counts, shares)]
        kept[places[name]] = [first - span[0], *packed]
    return kept


def _fan(frame: pl.DataFrame, places: Mapping[str, int]) -> list[Packed | None]:
    quantiles = ("p10", "p25", "p50", "p75", "p90")

    def packed(row: Row) -> Packed:
        return [scaled(row[name], HISTORY_UNIT) for name in quantiles]

    return placed(frame, places, ["year"], packed)


def _links(frame: pl.DataFrame, places: Mapping[str, int]) -> list[Packed | None]:
    near = frame.filter(pl.col("other_id").is_in(list(places)))
    near = near.sort("technology_id", "weight", "other_id", descending=[False, True, False])
    near = near.group_by("technology_id", maintain_order=True).head(LINKS_SHOWN)

    def packed(row: Row) -> Packed:
        return [places[row["other_id"]], rounded(row["weight"], 2)]

    return placed(near, places, [], packed)


def _precedents(frame: pl.DataFrame, places: Mapping[str, int]) -> list[Packed | None]:
    """Of each technology how many precedents it has and how many of them took off, then the
    nearest, packed."""
    kept: list[Packed | None] = [None] * len(places)
    for name, rows in by_technology(frame, ["position"]).items():
        if name in places:
            nearest = [
                [
                    row["name"],
                    row["year"],
                    row["documents_count"],
                    _flag(row["outcome"]),
                    rounded(row["outcome_ratio"]),
                ]
                for row in rows[:PRECEDENTS_SHOWN]
            ]
            kept[places[name]] = [len(rows), sum(bool(row["outcome"]) for row in rows), *nearest]
    return kept


def _forms(
    frame: pl.DataFrame, technologies: pl.DataFrame, places: Mapping[str, int]
) -> dict[str, Any]:
    """Every form of every technology, since search finds any; 0 stands for the name itself."""
    kinds, rules = codes(frame["kind"]), codes(frame["rule"])
    names = technologies["name"].to_list()

    def packed(row: Row) -> Packed:
        form = row["form"]
        if form == names[places[row["technology_id"]]]:
            form = 0
        kind, rule = kinds.get(row["kind"]), rules.get(row["rule"])
        return [form, kind, row["documents_count"], rule, rounded(row["evidence"], 2)]

    ordered = frame.sort(
        "technology_id", "documents_count", "form", descending=[False, True, False]
    )
    return {
        "forms": placed(ordered, places, [], packed),
        "form_kinds": list(kinds),
        "form_rules": list(rules),
    }


def _leaders(frame: pl.DataFrame, places: Mapping[str, int]) -> dict[str, Any]:
    """Of each kind the largest, recent years beside the years before; names as places in a list."""
    keys = ["technology_id", "kind", "name"]
    values = ["documents_count", "share", "whole_share"]
    of = {
        period: frame.filter(pl.col("period") == period).select(*keys, *values)
        for period in ("recent", "before")
    }
    both = of["recent"].join(of["before"], on=keys, how="full", coalesce=True, suffix="_before")
    both = among(both.filter(pl.col("kind").is_in(LEADER_KINDS)), places)
    size = pl.max_horizontal("share", "share_before").fill_null(0)
    both = both.sort(["technology_id", "kind", -size, "name"])
    both = both.group_by("technology_id", "kind", maintain_order=True).head(LEADERS_SHOWN)
    names = codes(both["name"])

    def packed(row: Row) -> Packed:
        counts = [row["documents_count_before"], rounded(row["share_before"], 3)]
        recent = [
            row["documents_count"],
            rounded(row["share"], 3),
            rounded(row["whole_share"], 3),
        ]
        return [LEADER_KINDS.index(row["kind"]), names[row["name"]], *counts, *recent]

    kept = budgeted("leaders", placed(both, places, [], packed))
    return {"leaders": kept, "leader_names": list(names)}


def _documents(frame: pl.DataFrame, places: Mapping[str, int]) -> dict[str, Any]:
    """Documents that stand behind each technology; a link that ends in the identifier is kept by
    its beginning."""
    known = among(frame.filter(pl.col("role").is_in(ROLES)), places)
    known = known.with_columns(pl.col("role").cast(pl.Enum(ROLES)), shown_date())
    venues = codes(known["venue"])
    starts: dict[str, int] = {}

    def packed(row: Row) -> Packed:
        start, rest = _cut_link(row["link"], row["document_id"])
        known_start = None
        if start is not None:
            known_start = starts.setdefault(start, len(starts))
        told = [ROLES.index(row["role"]), row["document_id"], row["date"], row["title"]]
        told += [venues.get(row["venue"]), known_start]
        if rest is not None:
            told.append(rest)
        return told

    kept = placed(known, places, ["role", "position", "document_id"], packed)
    return {
        "documents": budgeted("documents", kept),
        "venues": list(venues),
        "link_starts": list(starts),
    }


def _cut_link(link: str | None, document_id: str) -> tuple[str | None, str | None]:
    """The beginning of a link, and its rest where that is not the identifier.

    >>> _cut_link("https://arxiv.org/abs/1406.2661", "1406.2661"), _cut_link("https://a.org/7", "x")
    (('https://arxiv.org/abs/', None), ('', 'https://a.org/7'))
    """
    if not link:
        return None, None
    if document_id and link.endswith(document_id):
        return link[: -len(document_id)], None
    return "", link


# ---- record and what is left


def _record(tables: Tables, facts: Facts) -> dict[str, Any]:
    """The record of the observation's horizon, its cases, and earlier forecasts."""
    record = tables["record"].filter(pl.col("horizon") == facts["horizon"])
    used = record.filter(pl.col("is_used"), pl.col("year").is_null())
    past = tables["past_forecasts"].sort("forecast_year", "rank", "technology_id")
    return {
        "record": _sorted_rows(record, "record", ["ranking", "year"]),
        "base_rate": rounded(used["base_rate"][0]) if used.height else None,
        "gains": _sorted_rows(tables["gains"], "gains", ["ranking", "against", "measure"]),
        "cases": _sorted_rows(tables["cases"], "cases", ["forecast_year", "kind", "rank", "name"]),
        "reliability": _sorted_rows(tables["reliability"], "reliability", ["predicted"]),
        "leads": sorted(_rows(tables["leads"], "leads"), key=_place_of_lead),
        "universe": _sorted_rows(tables["universe"], "universe", ["passed_year", "name"]),
        "past": [
            [
                row["forecast_year"],
                row["rank"],
                rounded(row["probability"], 3),
                _flag(row["outcome"]),
            ]
            for row in past.iter_rows(named=True)
        ],
    }


def _place_of_lead(row: Row) -> tuple[int, str, bool, str]:
    """One year, two, three, then the median; the universe before its controls."""
    if row["measure"] in LEAD_MEASURES:
        known = LEAD_MEASURES.index(row["measure"])
    else:
        known = len(LEAD_MEASURES)
    return known, row["measure"], row["group"] != "universe", row["group"]


def _flag(value: bool | None) -> int | None:
    """An outcome as 0 or 1; None where it is not known yet."""
    if value is None:
        return None
    return int(value)


def _dropped(frame: pl.DataFrame) -> dict[str, Any]:
    """The largest terms that are no technologies, as many as the budget allows, and how many there
    are in all."""
    ordered = frame.sort("documents_count", "term", descending=[True, False])
    rules = codes(ordered["rule"])
    rows: list[Packed | None] = []
    for row in ordered.iter_rows(named=True):
        rule, evidence = rules.get(row["rule"]), rounded(row["evidence"], 2)
        rows.append([row["term"], row["documents_count"], rule, evidence, row["into"]])
    kept = budgeted("dropped", rows, DROPPED_BYTES)
    return {"dropped": kept, "dropped_count": frame.height, "drop_rules": list(rules)}


def _sorted_rows(frame: pl.DataFrame, name: str, keys: list[str]) -> list[Row]:
    return _rows(frame.sort(keys, nulls_last=True, maintain_order=True), name)


def _rows(frame: pl.DataFrame, name: str) -> list[Row]:
    """Rows of a small table as mappings, the columns of the contract alone."""
    return [rounded(row) for row in frame.select(list(SCHEMAS[name])).to_dicts()]
