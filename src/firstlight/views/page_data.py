"""What index.html embeds: the observation as compact JSON, columns as arrays, safe inside a script element."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.views.contract import COLUMNS, Facts, Row, groups
from firstlight.views.summary import answer, pooled_record
from firstlight.views.tables import plain_value
from firstlight.views.words import LANGUAGES, words

__all__ = ["embedded_json", "page_data"]

AREAS = ("manufacturing", "information", "materials", "energy", "space", "health", "none")
DIGITS = 4
SHARES_SHOWN = 8  # of a technology's categories or countries
OLD = 8  # years: precedents of this age and older are of one age, as in emergence.precedents
THIN_YEAR = 200  # documents in all under which a year's shares say little, as in the definition of the peak


def page_data(tables: Mapping[str, pl.DataFrame], facts: Facts) -> dict[str, Any]:
    """All that the page draws, in both languages; numbers carry four significant digits.

    tables : as ``contract.checked`` returns them
    """
    sky = tables["technologies"]
    span = _span(tables["history"])
    thin = sorted(tables["years"].filter(pl.col("documents_count") < THIN_YEAR)["year"].drop_nulls().to_list())
    return {
        "facts": plain_value({name: fact for name, fact in facts.items() if name != "files"}, "facts"),
        "words": {lang: dict(words(lang)) for lang in LANGUAGES},
        "answer": {lang: answer(sky, facts, lang) for lang in LANGUAGES},
        "areas": AREAS,
        "tech": {name: _column(sky[name]) for name in COLUMNS["technologies"]},
        "span": span,
        "detail": _details(tables, span, set(thin)),
        "groups": [[name, _rounded(whole)] for _, name, whole in _groups(tables["shares"])],
        **_past(tables),
        "old_age": OLD,
        "ranks": tables["rank_record"].select(COLUMNS["rank_record"]).to_dicts(),
        "cases": [
            _rounded({**row, "path": _shape(row["path"])})
            for row in tables["cases"].select(COLUMNS["cases"]).to_dicts()
        ],
        "thin_years": [year for year in thin if year in span],
        "indicators": tables["indicator_words"].select(COLUMNS["indicator_words"]).to_dicts(),
        "record": _record(tables["record"]),
        "rows": {name: frame.height for name, frame in tables.items()},
        **{
            name: [_rounded(row) for row in tables[name].select(COLUMNS[name]).to_dicts()]
            for name in (
                "convergence",
                "convergence_record",
                "reliability",
                "case_reasons",
                "years",
                "set_aside",
                "duplicates",
                "warnings",
                "findings",
            )
        },
    }


def embedded_json(data: Any) -> str:
    """JSON that no HTML parser mistakes for markup and no script for a line's end.

    >>> embedded_json({"label": "</script>&\\u2028"})
    '{"label":"\\\\u003c/script\\\\u003e\\\\u0026\\\\u2028"}'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.translate({ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029\ufeff\x7f"})


def _span(history: pl.DataFrame) -> list[int]:
    years = history["year"].drop_nulls()
    if years.len() == 0:
        return []
    return list(range(int(years.min()), int(years.max()) + 1))  # type: ignore[arg-type]


def _details(tables: Mapping[str, pl.DataFrame], span: list[int], thin: set[int]) -> list[dict[str, Any]]:
    place = {name: order for order, name in enumerate(tables["technologies"]["technology_id"])}
    indicator = {name: order for order, name in enumerate(tables["indicator_words"]["indicator"])}
    by_technology = ("history", "fan", "terms", "shares", "indicators", "reasons", "precedents")
    kept = {name: groups(tables[name]) for name in (*by_technology, "precedent_outcomes", "standing", "life_cycle")}
    group = {key: order for order, key in enumerate(_groups(tables["shares"]))}
    past = {key: order for order, key in enumerate(_pool(tables["precedents"]))}
    links = groups(tables["links"].sort("technology_id", "weight", "other_id", descending=[False, True, False]))
    details = []
    for name in place:
        of = {table: rows.get(name, []) for table, rows in kept.items()}
        details.append(
            _rounded(
                {
                    **_history(of["history"], span, thin),
                    "fan": _rows(of["fan"], COLUMNS["fan"][1:]),
                    "terms": _rows(of["terms"], ("term", "weight", "documents_count", "first_year")),
                    "links": [
                        [place[r["other_id"]], r["weight"]] for r in links.get(name, []) if r["other_id"] in place
                    ],
                    "parts": _parts(of["shares"], group),
                    "alike": [
                        [past[r["precedent_id"], r["precedent_year"]], r["similarity"]] for r in of["precedents"]
                    ],
                    "became": next(iter(_rows(of["precedent_outcomes"], COLUMNS["precedent_outcomes"][1:7])), None),
                    "standing": next(iter(_rows(of["standing"], COLUMNS["standing"][1:])), None),
                    "life_cycle": next(iter(_rows(of["life_cycle"], COLUMNS["life_cycle"][1:])), None),
                    "indicators": [
                        [indicator.get(r["indicator"], r["indicator"]), r["value"], r["percentile"]]
                        for r in of["indicators"]
                    ],
                    "reasons": [
                        [indicator.get(r["indicator"], r["indicator"]), r["contribution"]]
                        for r in sorted(of["reasons"], key=_weightiest)
                    ],
                }
            )
        )
    return details


def _groups(shares: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Categories and countries, each once, with their share of the whole record."""
    return list(dict.fromkeys(shares.select("kind", "name", "whole_share").iter_rows()))


def _parts(rows: list[Row], group: Mapping[tuple[Any, ...], int]) -> dict[str, Any]:
    """Kind -> how many there are, and the largest with their shares."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["kind"], []).append(row)
    largest = {kind: sorted(own, key=_largest)[:SHARES_SHOWN] for kind, own in found.items()}
    return {
        kind: [len(found[kind]), [[group[r["kind"], r["name"], r["whole_share"]], r["share"]] for r in own]]
        for kind, own in largest.items()
    }


def _largest(row: Row) -> tuple[float, str]:
    return -(row["share"] or 0.0), str(row["name"])


def _pool(precedents: pl.DataFrame) -> dict[tuple[Any, Any], Row]:
    """Precedents by id and year, each once however many technologies it is like."""
    return {(row["precedent_id"], row["precedent_year"]): row for row in reversed(precedents.to_dicts())}


def _past(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """The precedents, and how many earlier technologies there were and took off."""
    place = {name: order for order, name in enumerate(tables["technologies"]["technology_id"])}
    names = ("precedent_label", "precedent_year", "documents_count", "growth", "is_exceptional", "path_first_year")
    pool = _pool(tables["precedents"]).values()
    base = tables["precedent_outcomes"].select("known_count", "base_rate").head(1).to_dicts()
    return {
        "past": [
            _rounded([*(row[name] for name in names), _shape(row["path"]), place.get(row["precedent_id"])])
            for row in pool
        ],
        "past_base": _rounded(base[0]) if base else None,
    }


def _shape(path: list[float | None] | None) -> list[int | None]:
    """A course as whole numbers from 0 to 99, 99 its largest: as fine as a small picture shows.

    >>> _shape([0.001, None, 0.002])
    [50, None, 99]
    """
    top = max((value for value in path or [] if value is not None), default=0.0)
    return [None if value is None else round(99 * value / top) if top > 0 else 0 for value in path or []]


def _weightiest(row: Row) -> tuple[float, str]:
    return -(row["contribution"] or 0.0), row["indicator"]


def _history(rows: list[Row], span: list[int], thin: set[int]) -> dict[str, Any]:
    """Counts and shares along the years; the shares of thin years are left out, and the page says which those are."""
    counts: dict[int, Any] = {row["year"]: row["documents_count"] for row in rows}
    shares: dict[int, Any] = {row["year"]: row["share"] for row in rows}
    return {
        "counts": [counts.get(year) for year in span],
        "shares": [None if year in thin else shares.get(year) for year in span],
    }


def _rows(rows: list[Row], names: tuple[str, ...]) -> list[list[Any]]:
    return [[row[name] for name in names] for row in rows]


def _record(record: pl.DataFrame) -> dict[str, Any]:
    kept = {}
    drawn = record.select(COLUMNS["record"])
    for target in ("B", "A"):
        by_year = drawn.filter((pl.col("target") == target) & pl.col("forecast_year").is_not_null())
        rows = by_year.sort("forecast_year", maintain_order=True).to_dicts()
        kept[target] = {"pooled": _rounded(pooled_record(drawn, target)), "years": _rounded(rows)}
    return kept


def _column(column: pl.Series) -> list[Any]:
    return [_rounded(value) for value in column.to_list()]


def _rounded(value: Any) -> Any:
    """Floats to four significant digits (nan and infinity to null), through lists and mappings."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        short = float(f"{value:.{DIGITS}g}")
        return int(short) if short.is_integer() and abs(short) < 1e15 else short
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
