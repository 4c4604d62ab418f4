"""What ``firstlight observe`` prints: findings, what was read, the likeliest technologies, the record, the files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from firstlight.views.contract import Facts, Tables, checked, required_facts
from firstlight.views.figures import count, decimal, interval, percent, signed_percent, visible
from firstlight.views.summary import answer, pooled_record, result_to_explain, speaks_for, terms_of_the_forecast
from firstlight.views.terminal_print import Print, console_of, grid_of
from firstlight.views.words import area_words, row_words, say, words

__all__ = ["terminal"]

TOP = 15
ROOMY = 84  # columns under which the least needed figures are left out
NEEDS = {"short.first_year": 70, "short.documents": 64, "col.growth": 56}  # columns that each figure wants
REASONS = 8  # reasons for setting rows aside that are printed
Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class _Print(Print):
    """What each part needs beside the console and the language: the observation."""

    tables: Frames
    facts: Facts

    def say(self, key: str, **values: object) -> str:
        return say(self.lang, key, **{**terms_of_the_forecast(self.facts), **values})

    def heading(self, key: str, **values: object) -> None:
        self.line()
        self.line(self.say(key, **values), "bold")


def terminal(
    tables: Tables, facts: Facts, *, lang: str = "en", width: int | None = None, colour: bool | None = None
) -> str:
    """The observation as text for a terminal, at most 100 columns wide.

    width  : columns; the terminal's own where None
    colour : whether to use colour and bold; where None, only on a terminal without NO_COLOR
    Raises InputError where a table or a fact is absent.
    """
    words(lang)
    required_facts(facts, "title", "as_of", "horizon", "threshold_growth")
    out = _Print(console_of(width, colour), lang, checked(tables), facts)
    for part in (_head, _findings, _reading, _top, _record, _warnings, _files):
        part(out)
    return out.text()


def _head(out: _Print) -> None:
    title = out.facts.get(f"title_{out.lang}") or out.facts["title"]
    out.line(f"{title} · {out.say('as_of')}", "bold")
    if out.facts.get("is_stale"):
        out.line(out.say("stale"), "yellow")
    if out.facts.get("is_sample"):
        out.line(out.facts.get(f"sample_note_{out.lang}") or "", "dim")
    out.line()
    out.line(answer(out.tables["technologies"], out.facts, out.lang))


def _findings(out: _Print) -> None:
    out.heading("findings")
    if out.tables["findings"].height == 0:
        out.line(out.say("empty.findings"), indent=2)
    for place, row in enumerate(out.tables["findings"].iter_rows(named=True), 1):
        out.line(f"{place}. {row[f'text_{out.lang}']}", indent=2)
        out.line(f"{out.say('sure')}{out.say('colon')}{row[f'sureness_{out.lang}']}", "dim", indent=5)


def _reading(out: _Print) -> None:
    out.heading("read")
    years = out.tables["years"]
    if years.height == 0:
        out.line(out.say("read.nothing"), indent=2)
    else:
        sources = ("、" if out.lang == "zh" else ", ").join(out.facts.get("source_names") or ["–"])
        summary = out.say(
            "read.summary",
            count=count(float(years["documents_count"].sum())),
            first=years["year"].min(),
            last=years["year"].max(),
            sources=sources,
        )
        out.line(summary, indent=2)
        if out.facts.get("documents_count") is not None and years["year"].max() > out.facts["as_of"]:
            out.line(out.say("read.until", count=count(out.facts["documents_count"])), indent=2)
    if out.facts.get("coverage") is not None:
        out.line(out.say("read.coverage", coverage=percent(out.facts["coverage"])), indent=2)
    aside = out.tables["set_aside"]
    out.line(out.say("read.set_aside") + out.say("colon") if aside.height else out.say("read.set_aside.none"), indent=2)
    for row in aside.sort(-pl.col("documents_count"), maintain_order=True).head(REASONS).iter_rows(named=True):
        example = f" ({row_words(out.lang, row['example'])})" if row["example"] else ""
        reason = (row.get("reason_zh") if out.lang == "zh" else None) or row["reason"]
        number = count(row["documents_count"])
        out.line(f"{number}  {reason}{example}", indent=2 + max(7 - len(number), 0))
    if aside.height > REASONS:
        out.line(out.say("read.more", count=aside.height - REASONS), indent=2)
    for row in out.tables["duplicates"].iter_rows(named=True):
        kind = words(out.lang).get(f"duplicates.{row['kind']}", row["kind"])
        out.line(f"{out.say('read.duplicates')}{out.say('colon')}{count(row['documents_count'])} ({kind})", indent=2)


def _top(out: _Print) -> None:
    sky = out.tables["technologies"].head(TOP)
    if sky.height == 0:
        out.heading("technologies")
        out.line(out.say("empty.technologies"), indent=2)
        return
    out.heading("top", count=sky.height)
    dropped = {key for key, least in NEEDS.items() if out.console.width < least}
    columns: list[tuple[str, Any, dict[str, Any]]] = [("#", "right", {}), (out.say("col.label"), "left", {"ratio": 1})]
    headings = ("short.first_year", "short.documents", "col.growth", "col.probability")
    columns += [(out.say(key), "right", {}) for key in headings if key not in dropped]
    grid = grid_of(columns)
    grid.columns[1].no_wrap = False
    grid.expand = True
    both, one = (speaks_for(out.tables["reasons"], out.tables["indicator_words"], out.lang, many) for many in (2, 1))
    for row in sky.iter_rows(named=True):
        name = row["technology_id"]
        spoken = (both if out.console.width >= ROOMY else one).get(name)
        cells = [_top_name(out, row, spoken)]
        cells += [Text(visible(cell)) for key, cell in _top_figures(row).items() if key not in dropped]
        grid.add_row("–" if row["rank"] is None else str(row["rank"]), *cells)
    out.console.print(Padding(grid, (0, 0, 0, 2)))


def _top_name(out: _Print, row: Mapping[str, Any], spoken: str | None) -> Text:
    """The whole label, and beneath it the area and what speaks for the technology."""
    area = area_words(out.lang, row["area_code"])
    reasons = out.say("top.for", reasons=spoken) if spoken else out.say("top.none")
    name = Text(visible(row["label"] or "–"))
    return name.append("\n").append(visible(f"{area} · {reasons}"), "dim")


def _top_figures(row: Mapping[str, Any]) -> dict[str, str]:
    chance = percent(row["probability"])
    if row["probability_low"] is not None and row["probability_high"] is not None:
        chance += f" ({interval(row['probability_low'], row['probability_high']).rstrip('%')})"
    return {
        "short.first_year": "–" if row["first_year"] is None else str(row["first_year"]),
        "short.documents": count(row["documents_count"]),
        "col.growth": signed_percent(row["growth_share"]),
        "col.probability": chance,
    }


def _record(out: _Print) -> None:
    out.heading("record")
    if out.tables["record"].height == 0:
        out.line(out.say("empty.record"), indent=2)
    for target in ("B", "A"):
        rows = pooled_record(out.tables["record"], target)
        if not rows:
            continue
        ours = rows[0]
        base = out.say(
            "record.base",
            positives=count(ours["positives"]),
            n=count(ours["n"]),
            base=percent(ours["base_rate"]),
            coverage=percent(ours["coverage"]),
        )
        out.line(out.say(f"record.{target}"), indent=2)
        out.line(base, indent=2)
        out.console.print(Padding(_scores(out, rows), (0, 0, 0, 2)))


def _scores(out: _Print, rows: list[dict[str, Any]]) -> Table:
    names = ("csi", "ets", "auc")
    grid = grid_of(
        [(out.say("col.method"), "left", {}), (out.say("short.base_rate"), "right", {})]
        + [(out.say(key), "right", {}) for key in (*(f"col.{name}" for name in names), "short.precision_20")]
    )
    for row in rows:
        title = row[f"title_{out.lang}"] or row["method"]
        scores = [_score(row, name, out.console.width >= ROOMY) for name in names]
        cells = [title, percent(row["base_rate"]), *scores, percent(row["precision_20"])]
        grid.add_row(*(Text(visible(cell)) for cell in cells), style="bold" if row["is_ours"] else "")
    return grid


def _score(row: Mapping[str, Any], name: str, is_roomy: bool) -> str:
    value, low, high = (row[column] for column in (name, f"{name}_low", f"{name}_high"))
    if value is None or low is None or high is None or not is_roomy:
        return decimal(value)
    bounds = ", ".join(re.sub(r"\b0\.", ".", decimal(bound)) for bound in (low, high))
    return f"{decimal(value)} [{bounds}]"


def _warnings(out: _Print) -> None:
    out.heading("warnings")
    if out.tables["warnings"].height == 0:
        out.line(out.say("warnings.none"), indent=2)
    rows = out.tables["warnings"].to_dicts()
    for row in sorted(rows, key=lambda each: each["severity"] != "warning"):
        kind = words(out.lang).get(f"severity.{row['severity']}", row["severity"])
        out.line(
            f"{kind}{out.say('colon')}{row[f'text_{out.lang}']}",
            "yellow" if row["severity"] == "warning" else "",
            indent=2,
        )


def _files(out: _Print) -> None:
    kept = out.facts.get("files") or {}
    if kept:
        out.heading("files.where")
        out.files(kept)
    out.explain(_command(out))


def _command(out: _Print) -> str:
    """How to walk the likeliest technology's numbers back."""
    words_of_it = ["firstlight", "explain", result_to_explain(out.facts)]
    if out.tables["technologies"].height:
        first = out.tables["technologies"]["technology_id"][0]
        words_of_it += ["--table", "technologies", "--row", f"technology_id={first}"]
    if out.facts.get("project"):
        words_of_it += ["--project", str(out.facts["project"])]
    if out.lang != "en":
        words_of_it += ["--lang", out.lang]
    return " ".join(each if re.fullmatch(r"[\w=./-]+", each) else shlex.quote(each) for each in words_of_it)
