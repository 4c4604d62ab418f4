"""What a thing is as a file: CSV, JSON, a workbook, a data dictionary, SVG and PNG; and how it is
cited."""

from __future__ import annotations

import html
import io
import json
import re
from functools import cache
from typing import Any

from firstlight.errors import InputError, unknown_name, visible
from firstlight.texts import ENGLISH, Name, message
from firstlight.views.page_shell import asset
from firstlight.views.site.thing import SITE, Origin, Thing
from firstlight.views.site.words import optional, say
from firstlight.views.tables import csv_bytes, data_package, for_spreadsheets, plain_value
from firstlight.views.words import licence_words

# ending of an address -> the type of what is there
DATA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "metadata.json": "application/json; charset=utf-8",
}
DRAWN_TYPES = {"svg": "image/svg+xml; charset=utf-8", "png": "image/png"}
TYPES = {**DATA_TYPES, **DRAWN_TYPES}
MOST_SHEET_NAME = 31  # letters that a workbook allows
ZOOM = 3.0  # of a chart as PNG
SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
MARGIN, LINE = 14, 17  # around a chart, and of a line of its title, in its units


def thing_file(thing: Thing, ending: str, lang: str, part: str = "") -> bytes:
    """A thing in a format.

    ending : one of `TYPES`
    part   : a table of it for csv, a chart for svg and png; the main one unless named
    Raises   InputError for a table or a chart that it doesn't have.
    """
    if ending == "csv":
        return csv_bytes(thing.table(part))
    if ending == "json":
        return json_bytes(thing_json(thing))
    if ending == "metadata.json":
        return json_bytes(metadata(thing))
    if ending == "xlsx":
        return _workbook(thing)
    drawn = _alone(thing, lang, part)
    return drawn.encode("utf-8") if ending == "svg" else _picture(drawn)


def thing_json(
    thing: Thing, part: str = "", start: int = 0, most: int | None = None
) -> dict[str, Any]:
    """A thing in values that JSON holds: name, origin, and its tables as lists of rows.

    part        : the only table that is wanted
    start, most : of the rows of each table
    """
    wanted = {part: thing.table(part)} if part else thing.tables
    tables = {
        name: plain_value(frame.slice(start, most).to_dicts(), name)
        for name, frame in wanted.items()
    }
    counts = {name: frame.height for name, frame in wanted.items()}
    return {**told(thing), "tables": tables, "rows_count": counts}


def told(thing: Thing) -> dict[str, Any]:
    """What is told of a thing beside its tables."""
    return {
        "kind": thing.kind,
        "path": thing.path,
        "name": dict(thing.name),
        "selection": dict(thing.selection),
        "origin": plain_value(origin_of(thing.origin), "origin"),
    }


def origin_of(origin: Origin) -> dict[str, Any]:
    """Where figures come from, by the names that files use."""
    return {
        "title": dict(origin.title),
        "sources": list(origin.sources),
        "licence": origin.licence,
        "method": origin.method,
        "code_version": origin.version,
        "created": origin.created,
        "inputs": [{"name": name, "sha256": digest} for name, digest in origin.inputs],
        "parameters": dict(origin.parameters),
        "explain": origin.command,
    }


def metadata(thing: Thing) -> dict[str, Any]:
    """A Data Package of the tables, which says what every column means, and where it comes from."""
    package: dict[str, Any] = json.loads(data_package(thing.kind, thing.tables, thing.texts))
    return {**package, **told(thing)}


def json_bytes(value: Any) -> bytes:
    """JSON in UTF-8, keys in the order given."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")


def cited(thing: Thing, lang: str, address: str) -> str:
    """How a thing is cited, in a sentence."""
    return say(
        lang,
        "use.citation",
        name=optional(thing.name[lang]),
        title=optional(thing.origin.title[lang]),
        version=optional(thing.origin.version),
        created=optional(thing.origin.created[:10]),
        licence=optional(licence_words(lang, thing.origin.licence)),
        address=optional(address),
    )


def bibtex(thing: Thing, address: str) -> str:
    """The same as an entry of BibTeX."""
    key = re.sub(r"\W+", "-", thing.path, flags=re.ASCII).strip("-")
    fields = {
        "title": f"{{{_latex(thing.name[ENGLISH])}}}",
        "author": "{Firstlight}",
        "year": thing.origin.created[:4],
        "note": _latex(f"{thing.origin.title[ENGLISH]}; version {thing.origin.version}"),
        "url": address,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{firstlight-{key},", *lines, "}"])


def _latex(text: str) -> str:
    return re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", ""))


def _workbook(thing: Thing) -> bytes:
    """A workbook with a sheet for each table that has rows, and one on where they come from."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, frame in thing.tables.items():
        if not frame.height:
            continue
        sheet = book.create_sheet(name[:MOST_SHEET_NAME])
        cells = for_spreadsheets(frame)
        sheet.append(cells.columns)
        for row in cells.iter_rows():
            sheet.append(row)
    sheet = book.create_sheet("origin")
    for key, value in origin_of(thing.origin).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        sheet.append([key, text])
    for column, values in thing.selection.items():
        sheet.append([f"selected {column}", values])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def drawn(thing: Thing, lang: str, chart: str = "") -> str:
    """A chart as an SVG element within a page.

    Raises InputError for a chart that the thing doesn't have.
    """
    name = chart or next(iter(thing.charts), "")
    if name not in thing.charts:
        raise unknown_name(thing.path, name, thing.charts)
    return thing.charts[name](thing, lang)


def _alone(thing: Thing, lang: str, chart: str) -> str:
    """A chart as a file of its own, with its style, its title above and its source below."""
    inside = drawn(thing, lang, chart)
    size = SIZE.search(inside)
    if size is None:
        raise InputError(message("not_drawn", name=Name(thing.name[lang])), SITE)
    width, height = (float(each) for each in size.groups())
    title = html.escape(visible(thing.name[lang]))
    source = html.escape(visible(f"{thing.origin.title[lang]} · Firstlight"))
    whole = (width + 2 * MARGIN, height + 2 * MARGIN + 2 * LINE)
    placed = inside.replace(
        "<svg ", f'<svg x="{MARGIN}" y="{MARGIN + LINE}" width="{width}" height="{height}" ', 1
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]:g} {whole[1]:g}" '
        f'width="{whole[0]:g}" height="{whole[1]:g}"><style>{_style()}</style>'
        f'<text class="title" x="{MARGIN}" y="{MARGIN + 6}">{title}</text>{placed}'
        f'<text class="source" x="{MARGIN}" y="{whole[1] - MARGIN / 2:g}">{source}</text></svg>'
    )


@cache
def _style() -> str:
    """The style of charts with its own colours, since what draws a file knows no variables."""
    return re.sub(r"var\(--\w+, (#\w+)\)", r"\1", asset("css", ("site/chart",)))


def _picture(svg: str) -> bytes:
    from resvg_py import svg_to_bytes

    return bytes(svg_to_bytes(svg_string=svg, zoom=ZOOM, background="white"))
