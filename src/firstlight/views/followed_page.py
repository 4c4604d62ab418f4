"""The page of technologies followed through records: followed.html, which holds everything and loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.texts import LANGUAGES
from firstlight.views.bilingual import both, definitions, head, items, safe, said, section
from firstlight.views.contract import groups
from firstlight.views.figures import MISSING, count, decimal, signed_percent
from firstlight.views.followed_chart import Strip, followed_chart
from firstlight.views.followed_words import (
    answer,
    arrival,
    kind_words,
    pooled_sentences,
    sentences,
    stage_sentence,
)
from firstlight.views.page_shell import HTML_LANGUAGE, whole_page
from firstlight.views.tables import unwritten, write_csv, write_text
from firstlight.views.words import say, words

__all__ = ["followed_page", "publish_followed"]

SCRIPTS, STYLES = ("measured",), ("page", "parts", "measured", "followed")
FOLDER = "followed"
FILLED = 0.2  # of the mean year's documents
OF_TECHNOLOGY = (
    "events",
    "lags",
    "lead_lag",
    "presence",
    "matches",
    "timeline",
    "evidence",
    "forms",
)
Tables = Mapping[str, pl.DataFrame]
Facts = Mapping[str, Any]


def followed_page(tables: Tables, facts: Facts, *, lang: str = "en") -> str:
    """A self-contained page: for each technology a timeline of every record, sentences, and the evidence of its stage.

    lang : the language that it opens in; a reader can switch in place
    Raises  InputError for another language.

    Everything that comes from the reader's data is text only, and the policy allows this page's own script and style and
    nothing else.
    """
    body = "\n".join(
        [
            *_header(tables, facts),
            *_technologies(tables, facts),
            *_conventions(tables),
            *_provenance(facts),
        ]
    )
    return whole_page(lang, say(lang, "follow.title"), body, SCRIPTS, STYLES)


def publish_followed(
    tables: Tables, facts: Facts, folder: str | Path, *, lang: str = "en"
) -> dict[str, Path]:
    """Write followed.html, and every table as CSV into followed/; each file whole or not at all.

    Returns page, tables -> path. Raises  StoreError where the folder can't be written.
    """
    target = Path(folder)
    own = target / FOLDER
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten("folder_unwritten", own, error) from error
    for name, frame in tables.items():
        lists = [column for column, kind in frame.schema.items() if isinstance(kind, pl.List)]
        write_csv(
            frame.with_columns(pl.col(column).list.join("; ") for column in lists),
            own / f"{name}.csv",
        )
    page = target / "followed.html"
    write_text(followed_page(tables, facts, lang=lang), page)
    return {"page": page, "tables": own}


def _kind(kind: str) -> str:
    return both(*(kind_words(kind, lang) for lang in LANGUAGES))


def _header(tables: Tables, facts: Facts) -> list[str]:
    shown, whole = count(facts["shown_count"]), count(facts["technologies_count"])
    as_of = said("follow.as_of", year=facts["as_of"], shown=shown, whole=whole)
    texts = zip(*(answer(tables, facts, lang) for lang in LANGUAGES), strict=True)
    behind = zip(
        *(pooled_sentences(tables["pooled"].iter_rows(named=True), lang) for lang in LANGUAGES),
        strict=True,
    )
    return [
        *head(said("follow.title"), as_of, texts),
        "</ul>",
        *_arrivals(tables),
        f'<details class="fold"><summary>{said("follow.behind")}</summary>',
        '<ul class="said">',
        *items(behind),
        "</ul>",
        *_records(tables["records"]),
        "</details></header>",
    ]


def _arrivals(tables: Tables) -> list[str]:
    """A line for each technology: since when each record has it, and when it took off there."""
    begins = dict(tables["records"].select("kind", "first_year").iter_rows())
    presence = groups(tables["presence"], "technology")
    rows = []
    for place, technology in enumerate(tables["technologies"].sort("rank")["technology"]):
        of_kind = {row["kind"]: row for row in presence[technology]}
        name = f'<a href="#technology-{place}"><bdi>{safe(technology)}</bdi></a>'
        rows.append((name, *(safe(arrival(of_kind[kind], begins[kind])) for kind in begins)))
    if not rows:
        return []
    headings = [said("follow.col.technology"), *(_kind(kind) for kind in begins)]
    note = f'<p class="quiet">{said("follow.table_note")}</p>'
    return [*_headed(headings, rows), note]


def _records(records: pl.DataFrame) -> list[str]:
    rows = [
        (
            _kind(row["kind"]),
            f"<bdi>{safe(row['title'])}</bdi>",
            f"{row['first_year']}–{row['last_year']}",
            count(row["documents_count"]),
            count(row["confirmed_count"]),
            decimal(row["confirmed_by_chance"], 1),
        )
        for row in records.iter_rows(named=True)
    ]
    return _table(("record", "file", "years", "documents", "confirmed", "by_chance"), rows)


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    return _headed([said(f"follow.col.{own}") for own in names], rows)


def _headed(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    head = "".join(
        f'<th scope="col" class="text"><button type="button">{own}</button></th>'
        for own in headings
    )
    body = [
        "<tr>" + "".join(f'<td class="text">{cell}</td>' for cell in row) + "</tr>" for row in rows
    ]
    return [
        '<div class="wide" tabindex="0"><table class="measured">',
        f"<thead><tr>{head}</tr></thead><tbody>",
        *body,
        "</tbody></table></div>",
    ]


def _technologies(tables: Tables, facts: Facts) -> list[str]:
    begins = dict(tables["records"].select("kind", "first_year").iter_rows())
    grouped = {name: groups(tables[name], "technology") for name in OF_TECHNOLOGY}
    base = facts["base_kind"]
    lines = ['<section id="followed" aria-labelledby="followed-title">']
    lines.append(f'<h2 id="followed-title">{said("follow.technologies")}</h2>')
    lines.append(f'<p class="quiet">{said("follow.chart_note")}</p>')
    for place, row in enumerate(tables["technologies"].sort("rank").iter_rows(named=True)):
        of = {name: rows.get(row["technology"], []) for name, rows in grouped.items()}
        lines += _technology(row, of, begins, base, place)
    return [*lines, "</section>"]


def _technology(
    row: Mapping[str, Any],
    of: Mapping[str, list[dict[str, Any]]],
    begins: Mapping[str, int],
    base: str,
    place: int,
) -> list[str]:
    name = row["technology"]
    stage = zip(*([stage_sentence(row, lang)] for lang in LANGUAGES), strict=True)
    told = zip(*(sentences(of, begins, lang, base) for lang in LANGUAGES), strict=True)
    charts = [
        f'<div class="{short}" lang="{HTML_LANGUAGE[short]}">{followed_chart(_strips(of, short), name)}</div>'
        for short in LANGUAGES
    ]
    return [
        '<article class="technology">',
        f'<h3 id="technology-{place}"><bdi>{safe(name)}</bdi></h3>',
        *(f'<p class="stage">{both(*pair)}</p>' for pair in stage),
        *_forms(of["forms"]),
        *charts,
        '<ul class="said">',
        *(f"<li>{both(*pair)}</li>" for pair in told),
        "</ul>",
        f'<details class="fold"><summary>{said("follow.evidence")}</summary>',
        *_evidence(of["evidence"]),
        *_found(of["matches"]),
        "</details></article>",
    ]


def _forms(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The forms by which it was looked up, where it has more than one."""
    forms = list(dict.fromkeys(row["form"] for row in rows))
    if len(forms) < 2:
        return []
    return [f'<p class="quiet">{said("follow.forms")} <bdi>{safe(", ".join(forms))}</bdi></p>']


def _strips(of: Mapping[str, list[dict[str, Any]]], lang: str) -> list[Strip]:
    strips = []
    for own in of["presence"]:
        if own["is_by_class"] and not own["is_confirmed"]:
            continue
        rows = [row for row in of["timeline"] if row["kind"] == own["kind"]]
        events = {row["event"]: row for row in of["events"] if row["kind"] == own["kind"]}
        taken = events["take_off"]
        strips.append(
            Strip(
                kind_words(own["kind"], lang),
                {row["year"]: row["share"] for row in rows},
                {row["year"]: row["documents_count"] for row in rows},
                events["first"]["year"],
                (taken["year"], taken["low"], taken["high"]) if taken["year"] is not None else None,
                not own["is_confirmed"],
                _thin(rows),
            )
        )
    return strips


def _thin(rows: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    """Years in which the record held under a fifth of its mean year, as far as the technology's own rows tell."""
    totals = {row["year"]: row["documents_count"] / row["share"] for row in rows if row["share"]}
    mean = sum(totals.values()) / max(len(totals), 1)
    return frozenset(year for year, total in totals.items() if total < FILLED * mean)


def _evidence(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    cells = []
    for row in rows:
        told = row["state"] if row["state"] != "sustained" or row["is_confirmed"] else "unconfirmed"
        take_off, state = row["take_off_year"], row["take_off_state"]
        if row["is_by_class"] and not row["is_confirmed"]:
            told, state = "no_class", None
        cells.append(
            (
                both(*(words(lang)[f"follow.stage.{row['stage']}"] for lang in LANGUAGES)),
                _kind(row["kind"]) if row["kind"] else MISSING,
                said(f"follow.evidence.{told}"),
                count(row["documents_count"]),
                str(row["since"] or MISSING),
                str(take_off) if take_off else said(f"follow.state.{state}") if state else MISSING,
                signed_percent(row["growth"]),
            )
        )
    return _table(("stage", "record", "state", "documents", "since", "take_off", "growth"), cells)


def _found(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    cells = [
        (
            _kind(row["kind"]),
            said(f"follow.method.{row['method']}"),
            f"<bdi>{safe(row['other'])}</bdi>" if row["other"] else MISSING,
            decimal(row["score"]),
            MISSING if row["p_value"] is None else f"{row['p_value']:.2g}",
            said("follow.yes" if row["is_match"] else "follow.no"),
        )
        for row in rows
    ]
    return _table(("record", "method", "other", "score", "p", "match"), cells) if cells else []


def _conventions(tables: Tables) -> list[str]:
    lines = items(tables["conventions"].select("text_en", "text_zh").iter_rows())
    return section("measured.conventions", ["<ul>", *lines, "</ul>"])


def _provenance(facts: Facts) -> list[str]:
    pairs = [
        (
            f"{said('provenance.inputs')} · {_kind(kind)}",
            f'<bdi>{safe(own["name"])}</bdi> <code class="hash">sha256 {safe(own["sha256"])}</code>',
        )
        for kind, files in facts["inputs"].items()
        for own in files
    ]
    pairs.append((said("provenance.licence"), safe(facts["licence"])))
    pairs.append((said("provenance.version"), f"<code>{safe(facts['code_version'])}</code>"))
    return section("measured.provenance", definitions(pairs, "firstlight explain followed"))
