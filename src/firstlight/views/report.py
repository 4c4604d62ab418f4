"""A brief of about two pages as Markdown: findings, the likeliest ten, the record, cautions, provenance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from firstlight.views.contract import Facts, Tables, checked, required_facts
from firstlight.views.figures import count, decimal, interval, percent, signed_percent, visible
from firstlight.views.summary import answer, pooled_record, result_to_explain, speaks_for, terms_of_the_forecast
from firstlight.views.words import area_words, say, words

__all__ = ["report"]

TOP = 10
CASES = 3  # errors of each kind told


def report(tables: Tables, facts: Facts, *, lang: str = "en") -> str:
    """The observation as Markdown (pipe tables; everything from documents escaped), ready for pandoc or a wiki.

    Raises InputError where a table or a fact is absent.
    """
    words(lang)
    required_facts(facts, "title", "as_of", "horizon", "threshold_growth")
    kept = checked(tables)
    parts = (_head, _findings, _top, _convergence, _record, _cases, _warnings, _provenance)
    return "\n\n".join(block for part in parts for block in part(kept, facts, lang)) + "\n"


def _plain(text: object) -> str:
    """Text with every character that Markdown or HTML would act on escaped, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$!&])", r"\\\1", visible(text)).strip()


def _table(headings: Iterable[str], alignments: str, rows: Iterable[Iterable[object]]) -> str:
    rules = {"l": ":--", "r": "--:"}
    lines = [[_plain(each) for each in headings], [rules[letter] for letter in alignments]]
    lines += [[_plain(cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _head(tables: Mapping[str, pl.DataFrame], facts: Facts, lang: str) -> list[str]:
    title = facts.get(f"title_{lang}") or facts["title"]
    blocks = [f"# {_plain(say(lang, 'report.title', title=title, year=facts['as_of']))}"]
    if facts.get("is_stale"):
        blocks.append(f"**{_plain(say(lang, 'stale'))}**")
    blocks.append(_plain(answer(tables["technologies"], facts, lang)))
    if facts.get("is_sample") and facts.get(f"sample_note_{lang}"):
        blocks.append(f"*{_plain(facts[f'sample_note_{lang}'])}*")
    return blocks


def _findings(tables: Mapping[str, pl.DataFrame], facts: Facts, lang: str) -> list[str]:
    rows = tables["findings"].to_dicts()
    sure = _plain(say(lang, "sure")) + say(lang, "colon")
    lines = [
        f"{place}. **{_plain(row[f'text_{lang}'])}** {sure}{_plain(row[f'sureness_{lang}'])}"
        for place, row in enumerate(rows, 1)
    ]
    return [f"## {_plain(say(lang, 'findings'))}", "\n".join(lines) if lines else _plain(say(lang, "empty.findings"))]


def _top(tables: Mapping[str, pl.DataFrame], facts: Facts, lang: str) -> list[str]:
    sky = tables["technologies"].head(TOP)
    heading = f"## {_plain(say(lang, 'top', count=sky.height))}"
    if sky.height == 0:
        return [f"## {_plain(say(lang, 'technologies'))}", _plain(say(lang, "empty.technologies"))]
    spoken = speaks_for(tables["reasons"], tables["indicator_words"], lang)
    alike = {row["technology_id"]: row for row in tables["precedent_outcomes"].iter_rows(named=True)}
    names = (
        "rank",
        "label",
        "area",
        "first_year",
        "documents",
        "growth",
        "probability",
        "interval",
        "precedents",
        "speaks",
    )
    rows = [
        (
            "–" if row["rank"] is None else row["rank"],
            row["label"],
            area_words(lang, row["area_code"]),
            "–" if row["first_year"] is None else row["first_year"],
            count(row["documents_count"]),
            signed_percent(row["growth_share"]),
            percent(row["probability"]),
            interval(row["probability_low"], row["probability_high"]),
            _precedents(alike.get(row["technology_id"]), lang),
            spoken.get(row["technology_id"]) or say(lang, "top.none"),
        )
        for row in sky.iter_rows(named=True)
    ]
    hints = ("hint.documents", "hint.growth", "hint.probability")
    notes = [say(lang, hint, **terms_of_the_forecast(facts)) for hint in hints]
    if alike:
        notes.append(say(lang, "hint.precedents.count", base=percent(next(iter(alike.values()))["base_rate"])))
    note = " ".join(notes)
    return [heading, _table((say(lang, f"col.{name}") for name in names), "rllrrrrrrl", rows), _plain(note)]


def _precedents(row: Mapping[str, Any] | None, lang: str) -> str:
    """How many of the nearest earlier technologies took off."""
    if row is None or not row["similar_count"]:
        return "–"
    return say(lang, "report.precedents", took_off=row["took_off_count"], count=row["similar_count"])


def _cases(tables: Mapping[str, pl.DataFrame], facts: Facts, lang: str) -> list[str]:
    """Errors in all, and the worst of the record's last year with what happened."""
    cases, reasons = tables["cases"], tables["case_reasons"]
    if cases.height == 0:
        return []
    kinds = ("miss", "false_alarm", "hit")
    numbers = {kind: reasons.filter(pl.col("kind") == kind)["n"].sum() for kind in kinds}
    close = reasons.filter(pl.col("reason").is_in(["near_line", "within_noise"]))
    numbers |= {f"{kind}_close": close.filter(pl.col("kind") == kind)["n"].sum() for kind in kinds}
    year = cases["forecast_year"].max()
    blocks = [f"## {_plain(say(lang, 'cases'))}"]
    blocks.append(_plain(say(lang, "report.cases.all", count=reasons["forecast_year"].n_unique(), **numbers)))
    blocks.append(f"### {_plain(say(lang, 'report.cases', forecast_year=year))}")
    lines = []
    for kind in kinds[:2]:
        own = cases.filter((pl.col("forecast_year") == year) & (pl.col("kind") == kind))
        for row in (
            own.sort("probability", descending=kind != "miss", maintain_order=True).head(CASES).iter_rows(named=True)
        ):
            line = say(
                lang, "cases.line", probability=percent(row["probability"]), growth=signed_percent(row["growth"])
            )
            name = _plain(say(lang, f"cases.{kind}"))
            lines.append(f"- **{name}** {_plain(row['label'])} ({_plain(line)}). {_plain(row[f'why_{lang}'] or '–')}")
    return [*blocks, "\n".join(lines)]


def _convergence(tables: Mapping[str, pl.DataFrame], facts: Facts, lang: str) -> list[str]:
    """The likeliest new links, with how often such lists came true."""
    heading = f"## {_plain(say(lang, 'convergence'))}"
    rows = tables["convergence"].head(TOP).to_dicts()
    if not rows:
        return [heading, _plain(facts.get(f"convergence_note_{lang}") or say(lang, "empty.convergence"))]
    label = dict(tables["technologies"].select("technology_id", "label").iter_rows())
    names = ("rank", "pair", "joins", "probability", "reason")
    lines = [
        (
            row["rank"],
            f"{row['term']} × {row['other_term']}",
            " × ".join(label.get(row[name], row[name]) for name in ("technology_id", "other_id")),
            percent(row["probability"]),
            row[f"reason_{lang}"],
        )
        for row in rows
    ]
    blocks = [
        heading,
        _plain(say(lang, "convergence.how")),
        _table((say(lang, f"col.{n}") for n in names), "rllrl", lines),
    ]
    ours = [row for row in tables["convergence_record"].to_dicts() if row["forecast_year"] is None and row["is_ours"]]
    if not ours:
        return [*blocks, _plain(say(lang, "convergence.no_record"))]
    told = {
        "base": decimal(1000 * ours[0]["base_rate"]),
        "count": count(ours[0]["listed_count"]),
        "best": percent(ours[0]["precision_50"]),
        "said": percent(ours[0]["listed_probability"]),
    }
    return [*blocks, _plain(say(lang, "report.convergence", **told))]


def _record(tables: Mapping[str, pl.DataFrame], facts: Facts, lang: str) -> list[str]:
    blocks = [f"## {_plain(say(lang, 'record'))}"]
    for target in ("B", "A"):
        rows = pooled_record(tables["record"], target)
        if not rows:
            continue
        ours = rows[0]
        base = say(
            lang,
            "record.base",
            positives=count(ours["positives"]),
            n=count(ours["n"]),
            base=percent(ours["base_rate"]),
            coverage=percent(ours["coverage"]),
        )
        blocks.append(f"### {_plain(say(lang, f'record.{target}', **terms_of_the_forecast(facts)))}")
        blocks.append(_plain(base))
        blocks.append(_scores(rows, lang))
    return blocks if len(blocks) > 1 else [*blocks, _plain(say(lang, "empty.record"))]


def _scores(rows: list[dict[str, Any]], lang: str) -> str:
    names = ("csi", "ets", "auc", "brier")
    headings = ["method", "base_rate", *names, "precision_20"]
    lines = [
        (
            row[f"title_{lang}"] or row["method"],
            percent(row["base_rate"]),
            *(_score(row, name, lang) for name in names),
            percent(row["precision_20"]),
        )
        for row in rows
    ]
    return _table((say(lang, f"col.{name}") for name in headings), "lrrrrrr", lines)


def _score(row: Mapping[str, Any], name: str, lang: str) -> str:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if row[name] is None or low is None or high is None:
        return decimal(row[name])
    return f"{decimal(row[name])} ({say(lang, 'range', low=decimal(low), high=decimal(high))})"


def _warnings(tables: Mapping[str, pl.DataFrame], facts: Facts, lang: str) -> list[str]:
    rows = sorted(tables["warnings"].to_dicts(), key=lambda row: row["severity"] != "warning")
    kinds = [words(lang).get(f"severity.{row['severity']}", row["severity"]) for row in rows]
    lines = [f"- **{_plain(kind)}** {_plain(row[f'text_{lang}'])}" for kind, row in zip(kinds, rows, strict=True)]
    return [f"## {_plain(say(lang, 'warnings'))}", "\n".join(lines) if lines else _plain(say(lang, "warnings.none"))]


def _provenance(tables: Mapping[str, pl.DataFrame], facts: Facts, lang: str) -> list[str]:
    sources = ("、" if lang == "zh" else ", ").join(facts.get("source_names") or []) or "–"
    lines: list[tuple[str, object]] = [("provenance.source", sources)]
    lines += [("provenance.licence", facts.get("licence")), ("provenance.citation", facts.get("citation"))]
    lines += [("provenance.version", facts.get("code_version"))]
    listed = [f"- {_plain(say(lang, key))}{say(lang, 'colon')}{_plain(value or '–')}" for key, value in lines]
    inputs = _plain(say(lang, "provenance.inputs")) + say(lang, "colon")
    listed += [
        f"- {inputs}{_plain(row['name'])}, {count(row.get('bytes_count'))} B, "
        f"SHA-256 {_plain(row.get('sha256') or '–')}"
        for row in facts.get("inputs") or []
    ]
    command = f"    firstlight explain {visible(result_to_explain(facts))}"
    explain = _plain(say(lang, "provenance.explain"))
    return [f"## {_plain(say(lang, 'provenance'))}", "\n".join(listed), explain, command]
