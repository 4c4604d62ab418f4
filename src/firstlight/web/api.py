"""The API: every thing as JSON, with paging, conditions and where the figures come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from firstlight import __version__
from firstlight.errors import InputError
from firstlight.texts import LANGUAGES, Count, Name, message
from firstlight.views.site.files import thing_json, told
from firstlight.views.site.page import Site
from firstlight.views.site.parts import chance_lines, sentences
from firstlight.views.site.thing import SITE, Thing
from firstlight.web.asked import Query, conditions, every

VERSION = "v1"
ROWS = 100  # of each table, unless asked otherwise
MOST_ROWS = 1000
Told = dict[str, Any]


class Api:
    """What the API tells of a site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.shelf = site.shelf

    def answer(self, path: str, query: Query, lang: str) -> Told | None:
        """What is at an address below /api; None where nothing is.

        Raises InputError for a condition or a page that can't be used.
        """
        version, _, rest = path.partition("/")
        if version != VERSION:
            return None
        asked = dict(query)
        shown = asked.get("lang", "")
        lang = shown if shown in LANGUAGES else lang
        if rest == "":
            return self.index()
        if rest == "search":
            return {"hits": self.site.hits(lang, asked.get("q", ""), _whole(asked, "limit", ROWS))}
        if rest == "things":
            return self.things(asked)
        if rest == "compare":
            things = self.shelf.compare(every(query, "of"))
        else:
            things = self.shelf.find(rest)
        if things is None:
            return None
        return self.rows(things.selected(conditions(query)), asked, lang)

    def index(self) -> Told:
        """What there is: the collections, and what they hold."""
        seen = [
            {
                "collection": code,
                "title": dict(own.title),
                "as_of": own.facts["as_of"],
                "technologies": f"{code}/technologies",
                "record": f"{code}/record",
                "changes": f"{code}/changes",
            }
            for code, own in self.shelf.observed.items()
        ]
        others = [told(thing) for thing in self.shelf.things.values()]
        return {"version": __version__, "observations": seen, "others": others}

    def things(self, asked: Mapping[str, str]) -> Told:
        """The addresses of things, a page at a time."""
        start, most = _page(asked)
        kind = asked.get("kind", "")
        every = (path for path in self.shelf.paths() if not kind or f"/{kind}" in f"{path}/")
        paths = list(islice(every, start, start + most + 1))
        more = len(paths) > most
        following = {"kind": kind, "offset": start + most, "limit": most}
        return {
            "paths": paths[:most],
            "next": f"/api/{VERSION}/things?{urlencode(following)}" if more else None,
        }

    def rows(self, thing: Thing, asked: Mapping[str, str], lang: str) -> Told:
        """A thing with some rows of its tables, what they say, and where the next rows are."""
        start, most = _page(asked)
        table = asked.get("table", "")
        answer = thing_json(thing, table, start, most)
        more = any(count > start + most for count in answer["rows_count"].values())
        following = {**asked, "offset": str(start + most), "limit": str(most)}
        address = f"/api/{VERSION}/{quote(thing.path)}"
        answer["next"] = f"{address}?{urlencode(following)}" if more else None
        answer["said"] = self.said(thing, lang)
        answer["page"] = f"{self.site.address}/{lang}/{quote(thing.path)}"
        return answer

    def said(self, thing: Thing, lang: str) -> list[str]:
        """What a thing says in words: the chance of a technology, the record of a list."""
        seen = self.shelf.observed.get(thing.collection)
        if seen is None:
            return []
        if thing.kind == "technology":
            row = thing.table().row(0, named=True) if thing.table().height else None
            lines = chance_lines(thing.texts, seen, row, lang) if row else []
            return [*lines, *sentences(seen, lang, "believe")]
        return sentences(seen, lang)

    def described(self) -> Told:
        """The API as OpenAPI 3.1 describes it."""
        return {
            "openapi": "3.1.0",
            "info": {"title": "Firstlight", "version": __version__, "license": LICENCE},
            "paths": {
                "/api/v1/": {"get": _operation("index", "What there is", [])},
                "/api/v1/search": {
                    "get": _operation(
                        "search", "Things by any form of a name", ["q", "lang", "limit"]
                    )
                },
                "/api/v1/things": {
                    "get": _operation("things", "Addresses", ["kind", "offset", "limit"])
                },
                "/api/v1/compare": {
                    "get": _operation("compare", "Two to six technologies", ["of", *PAGED])
                },
                "/api/v1/{collection}/{kind}": {
                    "get": _operation("list", "A list, a record, changes", list(PAGED), PARTS[:2])
                },
                "/api/v1/{collection}/{kind}/{identifier}": {
                    "get": _operation("thing", "One thing", list(PAGED), PARTS)
                },
                "/search": {"get": _operation("suggest", "Names as they are typed", ["q", "lang"])},
            },
        }


LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
PAGED = ("table", "offset", "limit", "from", "to", "lang")
PARTS = ("collection", "kind", "identifier")
WHOLE = {"type": "integer", "minimum": 0, "maximum": 10**9 - 1}
TEXT = {"type": "string", "maxLength": 500}
YEAR = {"type": "string", "pattern": "^[0-9]{4}$"}
SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "offset": WHOLE,
    "limit": WHOLE,
    "from": YEAR,
    "to": YEAR,
    "of": {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 6},
}


def _operation(
    name: str, summary: str, asked: Sequence[str], parts: Sequence[str] = ()
) -> Mapping[str, Any]:
    """One operation, with what it answers where something is wrong."""
    where = [
        {"name": part, "in": "path", "required": True, "schema": {**TEXT, "minLength": 1}}
        for part in parts
    ]
    where += [{"name": each, "in": "query", "schema": SCHEMAS.get(each, TEXT)} for each in asked]
    content = {"application/json": {"schema": {"type": "object"}}}
    codes = {"200": summary, "400": "cannot be used", "404": "not there", "414": "too long"}
    codes["429"] = "too many"
    return {
        "operationId": name,
        "summary": summary,
        "parameters": where,
        "responses": {
            code: {"description": told, "content": content} for code, told in codes.items()
        },
    }


def _page(asked: Mapping[str, str]) -> tuple[int, int]:
    """Where a page begins, and how many rows it holds at most."""
    most = min(max(_whole(asked, "limit", ROWS), 1), MOST_ROWS)
    return _whole(asked, "offset", 0), most


def _whole(asked: Mapping[str, str], name: str, otherwise: int) -> int:
    given = asked.get(name) or str(otherwise)
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        value = Name(given[:40])
        wrong = message("no_whole", name=Name(name), value=value, most=Count(10**9 - 1))
        raise InputError(wrong, SITE)
    return int(given)
