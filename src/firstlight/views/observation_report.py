"""An observation as a brief of two to three pages in Markdown, the answer first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import polars as pl

from firstlight.errors import checked_language, visible
from firstlight.result import set_aside_lines
from firstlight.texts import Code, Count, Name, Phrase, Value, Year, message
from firstlight.views import observation_summary as summary
from firstlight.views.observation_contract import (
    Facts,
    Tables,
    checked_facts,
    checked_tables,
    first_lines,
    warning_message,
)
from firstlight.views.observation_summary import TEXTS
from firstlight.views.words import licence_words

TOP = 10  # technologies in the first table
WATCHED = 20  # that are named, the others counted
LED = 5  # technologies whose leaders and documents are told
DOCUMENTS = 2  # of each role
CASES = 3  # of each kind
ROLES = ("typical", "newest")
SCORES = ("precision_20", "precision_50", "average_precision", "recall_100", "auc")
THEMES = ("name", "technologies_count", "documents_count", "growth_five_years", "top")
# columns of words, which stand at the left
LEFT = ("name", "theme", "area", "advice", "ranking", "top", "outcome", "kind", "reason")
CHANGED = ("kind", "name", "earlier_rank", "rank", "earlier_probability", "probability", "reason")
MOST_THEMES = 8

Row = Mapping[str, Any]


def observation_report(tables: Tables, facts: Facts, *, lang: str = "en") -> str:
    """An observation as Markdown: pipe tables, everything from documents escaped, ready for pandoc
    or a wiki.

    Parameters
    ----------
    tables, facts
        As ``observation_contract`` describes them.

    Raises
    ------
    InputError
        Where a table or a fact is absent, or the language is not known.
    """
    checked_language(lang)
    checked_tables(tables), checked_facts(facts)
    parts = (
        _head,
        _top,
        _advice,
        _changes,
        _record,
        _cases,
        _areas,
        _themes,
        _leaders,
        _documents,
        _watched,
        _warnings,
    )
    blocks = [block for part in (*parts, _read, _provenance) for block in part(tables, facts, lang)]
    return "\n\n".join(blocks) + "\n"


def plain(text: object) -> str:
    """Text with every character that Markdown or HTML would act on escaped, on one line.

    >>> plain("a *b* <c>")
    'a \\\\*b\\\\* \\\\<c\\\\>'
    """
    return re.sub(r"([\\`*_{}\[\]<>#|~$!&])", r"\\\1", visible(text)).strip()


def link(title: object, address: str | None) -> str:
    """A title that leads to an address of the web; the title alone where there is none.

    >>> link("a", "https://example.org/x y"), link("a", "javascript:alert(1)")
    ('[a](<https://example.org/x%20y>)', 'a')
    """
    if address is None or not re.match(r"https?://", address):
        return plain(title)
    return f"[{plain(title)}](<{quote(address, safe=':/?#[]@!$&()*+,;=%-._~')}>)"


def _table(
    lang: str,
    table: str,
    columns: Iterable[str],
    rows: pl.DataFrame,
    heads: Iterable[str] | None = None,
) -> str:
    """Rows as a pipe table, names to the left and figures to the right."""
    shown = list(columns)
    if heads is None:
        heads = [TEXTS.column(lang, table, column)["title"] for column in shown]
    lines = [[plain(head) for head in heads], [_side(column) for column in shown]]
    for row in rows.iter_rows(named=True):
        lines.append([plain(TEXTS.cell(lang, table, column, row)) for column in shown])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _side(column: str) -> str:
    if column in LEFT:
        return ":--"
    return "--:"


def _say(lang: str, *keys: str, **values: Value[Any]) -> str:
    return plain(TEXTS.say(lang, *keys, **values))


def _write(lang: str, value: Value[Any]) -> str:
    return plain(TEXTS.write(lang, value))


def _heading(lang: str, section: str) -> str:
    return f"## {_say(lang, 'sections', section)}"


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _hints(lang: str, phrases: Iterable[Phrase | None]) -> str:
    said = (_write(lang, phrase) for phrase in phrases if phrase is not None)
    return TEXTS.say(lang, "format", "between_sentences").join(said)


def _head(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    as_of = _say(lang, "interface", "as_of", year=Year(facts["as_of"]))
    yield f"# {plain(summary.title(facts, lang))} · {as_of}"
    if facts.get("is_stale"):
        yield f"**{_say(lang, 'interface', 'stale')}**"
    for line in first_lines(facts):
        said = plain(TEXTS.sentence(lang, line))
        yield f"**{said}**" if line.code in ("answer", "warn") else said


def _top(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    section, rows = summary.first_of(tables, TOP)
    yield _heading(lang, section)
    if rows.is_empty():
        yield _say(lang, "empty", "technologies")
        return
    columns = [*facts["brief"]]
    if facts["is_future_known"]:
        columns.append("outcome")
    yield _table(lang, "technologies", summary.filled(rows, columns), rows)
    yield _hints(lang, summary.table_hints(facts, section))


def _advice(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    told = summary.advised(summary.first_of(tables, TOP)[1], lang)
    if not told:
        return
    yield _heading(lang, "advice")
    gap, stop = (TEXTS.say(lang, "format", name) for name in ("between_sentences", "stop"))
    lines = []
    for own in told:
        advice, listed, because = (
            _write(lang, part) for part in (own.advice, own.technologies, own.because)
        )
        lines.append(gap.join([f"**{advice}**", listed + stop, because]))
    yield _listed(lines)


def _changes(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    lines = summary.change_lines(tables, facts, lang)
    if not lines:
        return
    yield _heading(lang, "changes")
    yield _listed(map(plain, lines))
    # who has only made room for others says nothing here
    rows = tables["changes"].filter(pl.col("reason") != "others_moved").head(TOP)
    if rows.height:
        yield _table(lang, "changes", CHANGED, rows)


def _record(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    yield _heading(lang, "record")
    rows = summary.pooled_record(tables, facts)
    if rows.is_empty():
        yield _say(lang, "empty", "record")
        return
    if facts.get("ranking_reason"):
        yield _write(lang, summary.ranking_reason(facts))
    columns = summary.record_columns(tables, ("ranking", *SCORES))
    heads = [summary.record_title(tables, column, lang) for column in columns]
    yield _table(lang, "record", columns, rows, heads)
    hints = [summary.record_hint(tables), Phrase(message("hints.average_precision"))]
    yield _hints(lang, [*hints, summary.base_rate(tables, facts)])


def _cases(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    told = summary.cases(tables, CASES, lang)
    if not told:
        return
    last = Year(tables["cases"]["forecast_year"].max())  # type: ignore[arg-type]
    title = _say(lang, "format", "bracketed", text=Code("sections.cases"), inside=last)
    yield f"### {title}"
    for kind, phrases in told.items():
        head = {"name": Code(f"case_kinds.{kind}"), "items": Code(f"case_notes.{kind}")}
        yield _say(lang, "phrases", "line", **head)
        yield _listed(_write(lang, phrase) for phrase in phrases)


def _areas(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    yield _heading(lang, "areas")
    yield _listed(_write(lang, line) for line in summary.areas(tables, lang))


def _themes(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    yield _heading(lang, "themes")
    rows = tables["themes"].sort(-pl.col("documents_count"), "theme_id").head(MOST_THEMES)
    if rows.height:
        yield _table(lang, "themes", THEMES, rows)
    else:
        yield _say(lang, "empty", "themes")


def _leaders(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    yield _heading(lang, "leaders")
    _, first = summary.first_of(tables, LED)
    told = {kind: summary.leaders(tables, first, kind, lang) for kind in summary.LEADER_KINDS}
    if not any(told.values()):
        yield _say(lang, "empty", "leaders")
        return
    for kind, lines in told.items():
        if lines:
            yield f"**{_say(lang, 'leader_kinds', kind)}**"
            yield _listed(_write(lang, line) for line in lines)
    yield _say(lang, "hints", "leaders")


def _documents(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    """The most typical and the newest documents of the first technologies, with their links."""
    yield _heading(lang, "documents")
    _, first = summary.first_of(tables, LED)
    known = tables["documents"].filter(
        pl.col("role").is_in(ROLES) & (pl.col("position") <= DOCUMENTS)
    )
    known = known.with_columns(summary.shown_date())
    lines = []
    for row in first.iter_rows(named=True):
        own = known.filter(pl.col("technology_id") == row["technology_id"])
        for role in ROLES:
            listed = own.filter(pl.col("role") == role).sort("position", "document_id")
            said = [_document(document, lang) for document in listed.iter_rows(named=True)]
            if said:
                head = _say(
                    lang,
                    "phrases",
                    "line",
                    name=Name(summary.shown_name(row, lang)),
                    items=Code(f"roles.{role}"),
                )
                lines.append(head + "\n" + "\n".join(f"  - {document}" for document in said))
    yield _listed(lines) or _say(lang, "empty", "documents")


def _document(row: Row, lang: str) -> str:
    title = link(row["title"] or row["document_id"], row["link"])
    after = (plain(row[part]) for part in ("venue", "date") if row[part] is not None)
    return TEXTS.say(lang, "format", "clause").join([title, *after])


def _watched(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    yield _heading(lang, "watched")
    count, listed = summary.watched(tables, WATCHED, lang)
    if not count:
        yield _say(lang, "empty", "watched")
        return
    yield _write(lang, listed) + _say(lang, "format", "stop")
    yield _write(lang, summary.watched_hint(facts))


def _warnings(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    yield _heading(lang, "warnings")
    rows = summary.warnings(tables)
    if not rows:
        yield _say(lang, "empty", "warnings")
        return
    kinds = [plain(TEXTS.code(lang, "severities", row["severity"])) for row in rows]
    said = [plain(TEXTS.sentence(lang, warning_message(row))) for row in rows]
    colon = TEXTS.say(lang, "format", "colon")
    yield _listed(f"**{kind}**{colon}{text}" for kind, text in zip(kinds, said, strict=True))


def _read(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    yield _heading(lang, "read")
    lines = [_write(lang, line) for line in summary.reading(tables, facts)]
    lines += [plain(line) for line in set_aside_lines(tables, lang)]
    yield _listed(lines) or _say(lang, "empty", "read")


def _provenance(tables: Tables, facts: Facts, lang: str) -> Iterator[str]:
    yield _heading(lang, "provenance")
    colon = TEXTS.say(lang, "format", "colon")
    licence = licence_words(lang, facts.get("licence") or "")
    told = {"licence": licence, "version": facts.get("code_version")}
    lines = [
        f"{_say(lang, 'interface', name)}{colon}{plain(value)}"
        for name, value in told.items()
        if value
    ]
    if tables["technologies"]["name_zh"].is_not_null().any():
        told_of = TEXTS.column(lang, "technologies", "name_zh")
        lines.append(f"{plain(told_of['title'])}{colon}{plain(told_of['note'])}")
    for source in facts.get("sources") or []:
        parts = [source["name"]]
        if source.get("bytes_count"):
            parts.append(f"{TEXTS.write(lang, Count(source['bytes_count']))} B")
        if source.get("sha256"):
            parts.append(source["sha256"])
        said = TEXTS.say(lang, "format", "clause").join(map(plain, parts))
        lines.append(f"{_say(lang, 'interface', 'source')}{colon}{said}")
    yield _listed(lines)
    yield _say(lang, "interface", "explain")
    yield f"    {visible(summary.explain_command(tables, facts, lang))}"
