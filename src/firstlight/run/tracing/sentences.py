"""What a trace says: the first lines, those on one technology, and the conventions; codes with
typed values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import polars as pl

from firstlight.instruments.diffusion.readiness import STAGE_OF_KIND, STAGES
from firstlight.instruments.diffusion.take_off import SUSTAINED
from firstlight.texts import (
    Code,
    Count,
    Figure,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    message,
    names,
)

FEWEST_TO_COMPARE = 20  # technologies, below which a first place among them is no rare thing
THIN = 1_000  # documents of a record in all, under which few technologies can be judged
EXAMPLES = 5  # technologies named for each kind of record
TOLD = 5  # technologies of which something is said, where several were asked for
SIGNIFICANT = 0.05
MANY_EARLIER = 0.25  # of the technologies timed, from which it is said why a lag may be negative
Tables = Mapping[str, pl.DataFrame]
Row = Mapping[str, Any]
Values = dict[str, Value[Any]]


def first_lines(tables: Tables, as_of: int, base: str) -> list[Message]:
    """Which records have how many technologies, how long each step took, which got furthest, who
    leads.

    base : kind of the record in which the technologies were found
    """
    steps, kinds = tables["steps"].rows(named=True), tables["steps"]["kind"].to_list()
    pooled = {(row["from_kind"], row["to_kind"]): row for row in tables["pooled"].to_dicts()}
    between = [pooled[pair] for pair in pairwise(kinds)]
    lines = [_named(tables, as_of, base), *map(_arrival, between)]
    furthest = [_reached(row) for row in reversed(steps) if row["kind"] != base and row["examples"]]
    if furthest:
        lines.append(message("furthest", reached=_all(furthest)))
    spans = [_since(row["kind"], row["first_year"]) for row in tables["records"].to_dicts()]
    lines += [line for row in between for line in _came_earlier(row, spans)]
    return [*lines, *(line for row in between for line in _leads(row))]


def _kind(kind: str) -> Code:
    """The documents of a kind of record, as people call them."""
    return Code(f"codes.kind.{kind}")


def _both(row: Row) -> Values:
    return {"a": _kind(row["from_kind"]), "b": _kind(row["to_kind"])}


def _all(values: Iterable[Value[Any]]) -> List:
    """Every value of a list, none of them only counted."""
    every = tuple(values)
    return List(every, max(len(every), 1))


def _since(kind: str, year: int) -> Phrase:
    return Phrase(message("phrases.since", kind=_kind(kind), year=Year(year)))


def _named(tables: Tables, as_of: int, base: str) -> Message:
    steps = tables["steps"].filter(pl.col("kind") != base)
    parts = [
        Phrase(message("phrases.in_kind", kind=_kind(kind), count=Count(count)))
        for kind, count in steps.select("kind", "confirmed_count").iter_rows()
    ]
    counted = tables["technologies"].filter(~pl.col("is_plain_word"))
    elsewhere = tables["presence"].filter(pl.col("is_confirmed") & (pl.col("kind") != base))
    alone = counted.join(elsewhere, on="technology", how="anti").height
    if alone:
        parts.append(Phrase(message("phrases.alone", kind=_kind(base), count=Count(alone))))
    about: Values = {"base": _kind(base), "year": Year(as_of), "where": _all(parts)}
    return message("named", count=Count(counted.height), **about)


def _arrival(row: Row) -> Message:
    """How long the step from one record to the next took: from third document to third document."""
    timed = Count(row["timed_count"])
    if row["arrival_lag"] is None:
        return message("arrival_unknown", count=timed, **_both(row))
    years = row["arrival_lag"]
    code = "arrival"
    if years == 0:
        code = "arrival_at_once"
    elif years < 0:
        code = "arrival_first"
    middle = {name: _years(row[f"arrival_{name}"]) for name in ("low", "high")}
    return message(code, count=_years(abs(years)), timed=timed, **middle, **_both(row))


def _years(years: float) -> Number:
    """Years; a median or mean of them may have a half, or a part."""
    if float(years).is_integer():
        return Number(years, 0)
    return Number(years, 1)


def _reached(row: Row) -> Phrase:
    count, shown = row["furthest_count"], row["examples"][:EXAMPLES]
    code = "phrases.reached" if count == len(shown) else "phrases.reached_such_as"
    about: Values = {"kind": _kind(row["kind"]), "names": names(shown)}
    return Phrase(message(code, count=Count(count), **about))


def _came_earlier(row: Row, spans: list[Phrase]) -> Iterator[Message]:
    """Why a lag may be negative, where many technologies were in the second record first."""
    share = row["earlier_count"] / max(row["timed_count"], 1)
    if row["arrival_lag"] is not None and share >= MANY_EARLIER:
        yield message("came_earlier", share=Share(share), spans=_all(spans), **_both(row))


def _leads(row: Row) -> Iterator[Message]:
    """Whose growth goes ahead, beside chance and what could be seen; the usual lag of take-off."""
    both, confirmed = _both(row), Count(row["technologies_count"])
    if not row["technologies_count"]:
        return  # which the first line says
    if not row["tested_count"]:
        yield message("leads_untested", count=confirmed, **both)
    else:
        leads = {f"{end}_leads": Count(row[f"{end}_leads_count"]) for end in ("from", "to")}
        chance = Number(row["expected_by_chance"], 1)
        ps = {f"p_{end}": _p(row[f"p_{end}"]) for end in ("from", "to")}
        about: Values = {
            "count": Count(row["tested_count"]),
            "chance": chance,
            **leads,
            **ps,
            **both,
        }
        if row["power_single"] is None or row["power_pooled"] is None:
            yield message("leads", **about)
        else:
            power = {name: Share(row[f"power_{name}"]) for name in ("single", "pooled")}
            yield message("leads_and_power", planted=_years(row["planted_lag"]), **power, **about)
    if row["take_off_lag"] is not None:
        counts = {name: Count(row[f"{name}_count"]) for name in ("both_took_off", "waiting")}
        yield message("take_off_lag", count=_years(row["take_off_lag"]), **counts, **both)


def _p(value: float | None) -> Value[Any]:
    """A probability with two significant digits."""
    if value is None:
        return Code("interface.missing")
    return Figure(float(f"{value:.2g}"))


def of_technologies(tables: Tables, base: str) -> list[Message]:
    """What is said of technologies that were asked for: all there is of one, the stage of each of
    several."""
    asked = tables["technologies"].sort("rank").head(TOLD).to_dicts()
    lines = list(map(_stage, asked))
    if tables["technologies"].height == 1:
        lines += _about_stage(asked[0])
        lines += [line for row in tables["presence"].to_dicts() for line in _in(row, tables, base)]
        take_offs = pl.col("years").is_not_null() & (pl.col("event") == "take_off")
        lines += [_lag(row) for row in tables["lags"].filter(take_offs).to_dicts()]
        lines += [line for row in tables["lead_lag"].to_dicts() for line in _lead(row)]
    return lines


def _stage(row: Row) -> Message:
    """The furthest stage, and whether it took off there."""
    name = Name(row["technology"])
    if row["stage"] == "none":
        return message("no_stage", technology=name)
    took_off = "took_off" if row["is_taken_off"] else "not_taken_off"
    about: Values = {"technology": name, "take_off": Code(f"phrases.{took_off}_there")}
    stage = Code(f"codes.stage.{row['stage']}")
    if row["since"] is None:
        return message("stage", stage=stage, **about)
    return message("stage_since", stage=stage, since=Year(row["since"]), **about)


def _about_stage(row: Row) -> Iterator[Message]:
    """What makes the stage doubtful, and what no record speaks for."""
    if row["is_by_class"]:
        yield message("stage_by_class")
    if row["stage_possible"] != row["stage"]:
        yield message("stage_possible", stage=Code(f"codes.stage.{row['stage_possible']}"))
    if row["not_observed"]:
        stages = _all(Code(f"codes.stage.{stage}") for stage in row["not_observed"])
        yield message("not_observed", stages=stages)


def _in(row: Row, tables: Tables, base: str) -> Iterator[Message]:
    """What one record says of a technology."""
    kind, documents = _kind(row["kind"]), Count(int(row["documents_count"]))
    if row["is_confirmed"]:
        of_kind = tables["records"].filter(pl.col("kind") == row["kind"])
        is_from_start = row["sustained_year"] == of_kind["first_year"][0]
        code = "in_record_from_start" if is_from_start else "in_record"
        years = {name: Year(row[f"{name}_year"]) for name in ("first", "sustained")}
        yield message(code, kind=kind, take_off=_take_off(row, tables["events"]), **years)
        if row["is_by_class"]:
            matches = tables["matches"].filter((pl.col("kind") == row["kind"]) & pl.col("is_match"))
            yield message("of_class", kind=kind, names=names(matches["other"].drop_nulls()))
    elif row["is_by_class"]:
        yield message("no_class", kind=kind)
    elif not row["documents_count"]:
        yield message("no_document", kind=kind)
    elif row["documents_count"] < SUSTAINED:
        yield message("few_documents", kind=kind, count=documents)
    else:
        yield message("other_company", kind=kind, count=documents, base=_kind(base))


def _take_off(row: Row, events: pl.DataFrame) -> Phrase:
    is_own = (pl.col("kind") == row["kind"]) & (pl.col("event") == "take_off")
    event = events.filter(is_own).row(0, named=True)
    if event["year"] is None:
        return Phrase(message(f"codes.take_off_state.{event['reason']}"))
    low, high = (Name(str(end or "…")) for end in (event["low"], event["high"]))
    return Phrase(message("phrases.took_off", year=Year(event["year"]), low=low, high=high))


def _lag(row: Row) -> Message:
    ends = {name: _end(row[name]) for name in ("low", "high")}
    return message("lag", count=_years(row["years"]), **ends, **_both(row))


def _end(years: float | None) -> Value[Any]:
    """An end of an interval, which may be open."""
    if years is None:
        return Name("…")
    return _years(years)


def _lead(row: Row) -> Iterator[Message]:
    """Whether growth in one record foretells the other's; nothing where it is not confirmed in
    both."""
    both = _both(row)
    if row["reason"] == "not_in_both":
        return
    if row["reason"]:
        yield message("untested", reason=Code(f"codes.reason.{row['reason']}"), **both)
        return
    p_from, p_to = row["p_from"], row["p_to"]
    if min(p_from, p_to) >= SIGNIFICANT:
        yield message("neither_leads", p=_p(p_from), other=_p(p_to), **both)
    elif p_from < p_to:
        yield message("one_leads", p=_p(p_from), q=_p(row["q_from"]), **both)
    else:
        ends = {"a": both["b"], "b": both["a"]}
        yield message("one_leads", p=_p(p_to), q=_p(row["q_to"]), **ends)


def conventions(records: pl.DataFrame, as_of: int, base: str) -> list[Message]:
    """The rules, then what is particular to these records.

    records : kind, first_year, last_year, documents_count, is_by_class, is_compared
    """
    rows, of_base, year = records.to_dicts(), _record(base), Year(as_of)
    others = [row for row in rows if row["kind"] != base and not row["is_by_class"]]
    unasked = [_record(row["kind"]) for row in others if not row["is_compared"]]
    said = [message("rule", base=of_base, year=year)]
    said += [message(code) for code in ("share", "plain", "first")]
    if len(unasked) < len(others):
        said.append(message("company", base=of_base))
    if unasked:
        said.append(message("company_unasked", records=_all(unasked), count=Count(len(unasked))))
    spans = [_since(row["kind"], row["first_year"]) for row in rows]
    said += [message("take_off"), message("lag"), message("begins", spans=_all(spans))]
    said.append(message("survivors", base=of_base, year=year))
    if any(row["is_by_class"] for row in rows):
        said.append(message("class"))
    observed = {STAGE_OF_KIND[row["kind"]] for row in rows}
    if "industry" in observed:
        observed.add("growth_driver")  # which trade tells, too
    said.append(message("stage"))
    if unobserved := [stage for stage in STAGES if stage not in observed]:
        stages = _all(Code(f"codes.stage.{stage}") for stage in unobserved)
        said.append(message("unobserved", stages=stages))
    said.append(message("drawn"))
    for row in rows:
        if not row["is_by_class"] and row["documents_count"] < THIN:
            count = Count(int(row["documents_count"]))
            said.append(message("thin", record=_record(row["kind"]), count=count))
    for row in rows:
        if row["last_year"] < as_of:
            said.append(message("ends", record=_record(row["kind"]), year=Year(row["last_year"])))
    return said


def _record(kind: str) -> Code:
    return Code(f"codes.record.{kind}")
