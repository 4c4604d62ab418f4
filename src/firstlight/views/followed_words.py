"""What a followed technology says in sentences: firsts, take-offs, lags, leads, its stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import polars as pl

from firstlight.views.figures import MINUS, MISSING, count, decimal, percent
from firstlight.views.words import say, words

__all__ = ["answer", "arrival", "kind_words", "pooled_sentences", "sentences", "stage_sentence"]

Row = Mapping[str, Any]
Rows = Mapping[str, list[dict[str, Any]]]
SIGNIFICANT = 0.05
EXAMPLES = 5  # technologies named for each step
MANY_EARLIER = (
    0.25  # of the technologies timed, from which the reader is told why a lag may be negative
)
FEWEST = 3  # documents that make a presence


def kind_words(kind: str, lang: str) -> str:
    """The documents of a kind of record, as people call them.

    >>> kind_words("invention", "en"), kind_words("invention", "zh")
    ('patents', '专利')
    """
    return words(lang)[f"follow.kind.{kind}"]


def answer(tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any], lang: str) -> list[str]:
    """How long each step from record to record usually takes, and how many technologies have taken it, with some of them."""
    steps = tables["steps"].rows(named=True)
    kinds = [row["kind"] for row in steps]
    pooled = {
        (row["from_kind"], row["to_kind"]): row for row in tables["pooled"].iter_rows(named=True)
    }
    between = [pooled[pair] for pair in pairwise(kinds) if pair in pooled]
    lines = (
        [say(lang, "follow.took", items=_parted((_took(row, lang) for row in between), lang))]
        if between
        else []
    )
    base = kind_words(facts["base_kind"], lang)
    items = [_step(row, lang) for row in reversed(steps) if row["kind"] != facts["base_kind"]]
    rest = next((row["furthest_count"] for row in steps if row["kind"] == facts["base_kind"]), 0)
    items.append(say(lang, "follow.steps_rest", count=count(rest), base=base))
    whole = count(facts["technologies_count"])
    lines.append(say(lang, "follow.steps", whole=whole, base=base, items=_parted(items, lang)))
    spans = [
        say(lang, "follow.first_item", kind=kind_words(row["kind"], lang), year=row["first_year"])
        for row in tables["records"].iter_rows(named=True)
    ]
    for row in between:
        share = row["earlier_count"] / max(row["timed_count"], 1)
        if row["arrival_lag"] is not None and share >= MANY_EARLIER:
            names = {"a": kind_words(row["from_kind"], lang), "b": kind_words(row["to_kind"], lang)}
            lines.append(
                say(
                    lang,
                    "follow.earlier",
                    share=percent(share),
                    spans=_listed(spans, lang),
                    **names,
                )
            )
    return lines


def arrival(row: Row, begins: int) -> str:
    """Since when a record has a technology, and when it took off there, in a few letters.

    row    : of the table ``presence``
    begins : first year of the record

    >>> row = {"is_confirmed": True, "sustained_year": 1995, "take_off_year": 2012, "documents_count": 40.0}
    >>> arrival(row, 1993), arrival(row | {"take_off_year": None}, 1995), arrival(row | {"is_confirmed": False}, 1993)
    ('1995 ↗2012', '≤1995', '(40)')
    """
    if not row["is_confirmed"]:
        return f"({count(row['documents_count'])})" if row["documents_count"] else MISSING
    since = f"{'≤' if row['sustained_year'] == begins else ''}{row['sustained_year']}"
    return f"{since} ↗{row['take_off_year']}" if row["take_off_year"] is not None else since


def _took(row: Row, lang: str) -> str:
    names = {"a": kind_words(row["from_kind"], lang), "b": kind_words(row["to_kind"], lang)}
    timed = count(row["timed_count"])
    if row["arrival_lag"] is None:
        return say(lang, "follow.took_few", count=timed, **names)
    key = "follow.took_first" if row["arrival_lag"] < 0 else "follow.took_item"
    years, low, high = (
        _years(row[name]) for name in ("arrival_lag", "arrival_low", "arrival_high")
    )
    return say(lang, key, years=years, low=low, high=high, count=timed, **names)


def _step(row: Row, lang: str) -> str:
    kind = kind_words(row["kind"], lang)
    if not row["furthest_count"]:
        return say(lang, "follow.steps_none", kind=kind)
    shown = row["examples"][:EXAMPLES]
    names = {"en": ", ", "zh": "、"}[lang].join(shown)
    if row["furthest_count"] > len(shown):
        names = say(lang, "follow.steps_more", names=names)
    return say(
        lang, "follow.steps_item", count=count(row["furthest_count"]), kind=kind, names=names
    )


def stage_sentence(row: Row, lang: str) -> str:
    """The furthest stage, whether it took off there, and what no record speaks for."""
    stage = words(lang)[f"follow.stage.{row['stage']}"]
    if row["stage"] == "none":
        return say(lang, "follow.stage_none")
    key = "follow.stage_taken_off" if row["is_taken_off"] else "follow.stage_present"
    parts = [say(lang, key, stage=stage, since=row["since"] if row["since"] is not None else "–")]
    if row["is_by_class"]:
        parts.append(say(lang, "follow.stage_by_class"))
    if row["stage_possible"] != row["stage"]:
        parts.append(
            say(
                lang,
                "follow.stage_possible",
                stage=words(lang)[f"follow.stage.{row['stage_possible']}"],
            )
        )
    if row["not_observed"]:
        names = _listed((words(lang)[f"follow.stage.{own}"] for own in row["not_observed"]), lang)
        parts.append(say(lang, "follow.stage_not_observed", stages=names))
    return _joined(parts, lang)


def sentences(of: Rows, begins: Mapping[str, int], lang: str, base: str) -> list[str]:
    """Firsts, take-offs, lags and leads of one technology.

    of     : the technology's rows by table (events, lags, lead_lag, presence, matches)
    begins : kind -> first year of its record
    base   : kind of the record in which the technologies were found
    """
    classes = {row["kind"] for row in of["presence"] if row["is_by_class"]}
    matched = {row["kind"] for row in of["presence"] if row["is_by_class"] and row["is_confirmed"]}
    shown = [row for row in of["events"] if row["kind"] not in classes - matched]
    confirmed = {row["kind"] for row in of["presence"] if row["is_confirmed"]}
    lines = [_firsts(shown, lang), _take_offs(shown, begins, lang)]
    lines += [
        _lag(row, lang)
        for row in of["lags"]
        if row["event"] == "take_off" and row["years"] is not None
    ]
    lines += [
        _lead(row, lang)
        for row in of["lead_lag"]
        if {row["from_kind"], row["to_kind"]} <= confirmed
    ]
    lines += [_unconfirmed(row, lang, base) for row in of["presence"] if not row["is_confirmed"]]
    lines += [_classes(kind, of["matches"], lang) for kind in sorted(matched)]
    return [line for line in lines if line]


def pooled_sentences(rows: Iterable[Row], lang: str) -> list[str]:
    """What all technologies together say of each two records: leads beside chance and power, and the usual lag."""
    lines = []
    for row in rows:
        names = {"a": kind_words(row["from_kind"], lang), "b": kind_words(row["to_kind"], lang)}
        if not row["technologies_count"]:
            lines.append(say(lang, "follow.pooled_none", **names))
            continue
        if not row["tested_count"]:
            lines.append(
                say(lang, "follow.pooled_untested", count=row["technologies_count"], **names)
            )
            continue
        values = {
            "confirmed": row["technologies_count"],
            "tested": row["tested_count"],
            "from": row["from_leads_count"],
            "to": row["to_leads_count"],
            "chance": decimal(row["expected_by_chance"], 1),
            "p_from": _p(row["p_from"]),
            "p_to": _p(row["p_to"]),
            "planted": count(row["planted_lag"]),
            "single": percent(row["power_single"]),
            "pooled": percent(row["power_pooled"]),
        }
        lines.append(say(lang, "follow.pooled", **names, **values))
        lines.append(_usual_lag(row, names, lang))
    return [line for line in lines if line]


def _usual_lag(row: Row, names: Mapping[str, str], lang: str) -> str:
    if not row["both_took_off_count"]:
        return ""
    values = {"both": row["both_took_off_count"], "waiting": row["waiting_count"], **names}
    if row["take_off_lag"] is None and row["take_off_low"] is None:
        return say(lang, "follow.pooled_lag_none", **values)
    if row["take_off_lag"] is None:
        return say(lang, "follow.pooled_lag_open", low=_years(row["take_off_low"]), **values)
    if row["take_off_low"] is None and row["take_off_high"] is None:
        return say(lang, "follow.pooled_lag_few", years=_years(row["take_off_lag"]), **values)
    high = _years(row["take_off_high"])
    return say(
        lang,
        "follow.pooled_lag",
        years=_years(row["take_off_lag"]),
        low=_years(row["take_off_low"]),
        high=high,
        **values,
    )


def _firsts(events: Iterable[Row], lang: str) -> str:
    items = [
        say(lang, "follow.first_item", kind=kind_words(row["kind"], lang), year=row["year"])
        for row in events
        if row["event"] == "first" and row["year"] is not None
    ]
    return say(lang, "follow.first", items=_listed(items, lang)) if items else ""


def _take_offs(events: Iterable[Row], begins: Mapping[str, int], lang: str) -> str:
    items = []
    for row in events:
        if row["event"] != "take_off":
            continue
        kind = kind_words(row["kind"], lang)
        if row["year"] is None:
            items.append(
                say(
                    lang,
                    "follow.take_off_state",
                    kind=kind,
                    state=words(lang)[f"follow.state.{row['reason']}"],
                )
            )
            continue
        low = row["low"] if row["low"] is not None else f"≤{begins[row['kind']]}"
        values = {
            "year": row["year"],
            "low": low,
            "high": row["high"] if row["high"] is not None else "…",
        }
        items.append(say(lang, "follow.take_off_item", kind=kind, **values))
    return say(lang, "follow.take_off", items=_listed(items, lang)) if items else ""


def _lag(row: Row, lang: str) -> str:
    names = {"a": kind_words(row["from_kind"], lang), "b": kind_words(row["to_kind"], lang)}
    return say(
        lang,
        "follow.lag",
        years=_years(row["years"]),
        low=_years(row["low"]),
        high=_years(row["high"]),
        **names,
    )


def _lead(row: Row, lang: str) -> str:
    names = {"a": kind_words(row["from_kind"], lang), "b": kind_words(row["to_kind"], lang)}
    if row["reason"]:
        return say(
            lang, "follow.untested", reason=words(lang)[f"follow.reason.{row['reason']}"], **names
        )
    p_from, p_to = row["p_from"], row["p_to"]
    if min(p_from, p_to) >= SIGNIFICANT:
        return say(lang, "follow.neither", p=_p(p_from), other=_p(p_to), **names)
    if p_from < p_to:
        return say(lang, "follow.leads", p=_p(p_from), q=_p(row["q_from"]), **names)
    return say(lang, "follow.leads", p=_p(p_to), q=_p(row["q_to"]), a=names["b"], b=names["a"])


def _unconfirmed(row: Row, lang: str, base: str) -> str:
    kind = kind_words(row["kind"], lang)
    if row["is_by_class"]:
        return say(lang, "follow.no_class", kind=kind)
    if not row["documents_count"]:
        return say(lang, "follow.nothing", kind=kind)
    documents = count(row["documents_count"])
    if row["documents_count"] < FEWEST:
        return say(lang, "follow.unconfirmed_few", kind=kind, documents=documents)
    return say(
        lang,
        "follow.unconfirmed_company",
        kind=kind,
        documents=documents,
        base=kind_words(base, lang),
    )


def _classes(kind: str, matches: Iterable[Row], lang: str) -> str:
    names = [
        row["other"] for row in matches if row["kind"] == kind and row["is_match"] and row["other"]
    ]
    return (
        say(lang, "follow.class", kind=kind_words(kind, lang), names=_listed(names, lang))
        if names
        else ""
    )


def _listed(items: Iterable[str], lang: str) -> str:
    return {"en": ", ", "zh": "，"}[lang].join(items)


def _parted(items: Iterable[str], lang: str) -> str:
    return {"en": "; ", "zh": "；"}[lang].join(items)


def _joined(parts: Iterable[str], lang: str) -> str:
    return {"en": " ", "zh": ""}[lang].join(parts)


def _years(value: float | None) -> str:
    return "…" if value is None else f"{value:.0f}".replace("-", MINUS)


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.2g}"
