"""What a followed technology says in sentences: firsts, take-offs, lags, leads, its stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from firstlight.views.figures import MINUS, count, decimal, percent
from firstlight.views.words import say, words

__all__ = ["kind_words", "pooled_sentences", "sentences", "stage_sentence"]

Row = Mapping[str, Any]
Rows = Mapping[str, list[dict[str, Any]]]
SIGNIFICANT = 0.05


def kind_words(kind: str, lang: str) -> str:
    """The documents of a kind of record, as people call them.

    >>> kind_words("invention", "en"), kind_words("invention", "zh")
    ('patents', '专利')
    """
    return words(lang)[f"follow.kind.{kind}"]


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
        parts.append(say(lang, "follow.stage_possible", stage=words(lang)[f"follow.stage.{row['stage_possible']}"]))
    if row["not_observed"]:
        names = _listed((words(lang)[f"follow.stage.{own}"] for own in row["not_observed"]), lang)
        parts.append(say(lang, "follow.stage_not_observed", stages=names))
    return _joined(parts, lang)


def sentences(of: Rows, begins: Mapping[str, int], lang: str) -> list[str]:
    """Firsts, take-offs, lags and leads of one technology.

    of     : the technology's rows by table (events, lags, lead_lag, presence, matches)
    begins : kind -> first year of its record
    """
    classes = {row["kind"] for row in of["presence"] if row["is_by_class"]}
    matched = {row["kind"] for row in of["presence"] if row["is_by_class"] and row["is_confirmed"]}
    shown = [row for row in of["events"] if row["kind"] not in classes - matched]
    confirmed = {row["kind"] for row in of["presence"] if row["is_confirmed"]}
    lines = [_firsts(shown, lang), _take_offs(shown, begins, lang)]
    lines += [_lag(row, lang) for row in of["lags"] if row["event"] == "take_off" and row["years"] is not None]
    lines += [_lead(row, lang) for row in of["lead_lag"] if {row["from_kind"], row["to_kind"]} <= confirmed]
    lines += [_unconfirmed(row, lang) for row in of["presence"] if not row["is_confirmed"]]
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
            lines.append(say(lang, "follow.pooled_untested", count=row["technologies_count"], **names))
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
                say(lang, "follow.take_off_state", kind=kind, state=words(lang)[f"follow.state.{row['reason']}"])
            )
            continue
        low = row["low"] if row["low"] is not None else f"≤{begins[row['kind']]}"
        values = {"year": row["year"], "low": low, "high": row["high"] if row["high"] is not None else "…"}
        items.append(say(lang, "follow.take_off_item", kind=kind, **values))
    return say(lang, "follow.take_off", items=_listed(items, lang)) if items else ""


def _lag(row: Row, lang: str) -> str:
    names = {"a": kind_words(row["from_kind"], lang), "b": kind_words(row["to_kind"], lang)}
    return say(
        lang, "follow.lag", years=_years(row["years"]), low=_years(row["low"]), high=_years(row["high"]), **names
    )


def _lead(row: Row, lang: str) -> str:
    names = {"a": kind_words(row["from_kind"], lang), "b": kind_words(row["to_kind"], lang)}
    if row["reason"]:
        return say(lang, "follow.untested", reason=words(lang)[f"follow.reason.{row['reason']}"], **names)
    p_from, p_to = row["p_from"], row["p_to"]
    if min(p_from, p_to) >= SIGNIFICANT:
        return say(lang, "follow.neither", p=_p(p_from), other=_p(p_to), **names)
    if p_from < p_to:
        return say(lang, "follow.leads", p=_p(p_from), q=_p(row["q_from"]), **names)
    return say(lang, "follow.leads", p=_p(p_to), q=_p(row["q_to"]), a=names["b"], b=names["a"])


def _unconfirmed(row: Row, lang: str) -> str:
    kind = kind_words(row["kind"], lang)
    if row["is_by_class"]:
        return say(lang, "follow.no_class", kind=kind)
    if not row["documents_count"]:
        return say(lang, "follow.nothing", kind=kind)
    values = {"documents": count(row["documents_count"]), "chance": decimal(row["chance_count"], 1)}
    return say(lang, "follow.unconfirmed", kind=kind, **values)


def _classes(kind: str, matches: Iterable[Row], lang: str) -> str:
    names = [row["other"] for row in matches if row["kind"] == kind and row["is_match"] and row["other"]]
    return say(lang, "follow.class", kind=kind_words(kind, lang), names=_listed(names, lang)) if names else ""


def _listed(items: Iterable[str], lang: str) -> str:
    return {"en": ", ", "zh": "，"}[lang].join(items)


def _joined(parts: Iterable[str], lang: str) -> str:
    return {"en": " ", "zh": ""}[lang].join(parts)


def _years(value: float | None) -> str:
    return "…" if value is None else f"{value:.0f}".replace("-", MINUS)


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.2g}"
