"""Where an address becomes an answer: pages, files, charts, search, feed, API."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from urllib.parse import quote

from firstlight.errors import FirstlightError
from firstlight.texts import LANGUAGES
from firstlight.views.site.feed import feed
from firstlight.views.site.files import DATA_TYPES, DRAWN_TYPES, json_bytes, thing_file
from firstlight.views.site.page import ICON, Site, site_assets
from firstlight.views.site.thing import Thing
from firstlight.views.site.words import say
from firstlight.web.answers import (
    ATOM,
    FOR_EVER,
    HTML,
    JSON,
    OF_DRAWINGS,
    TEXT,
    Answer,
    accepted_language,
    redirect,
)
from firstlight.web.api import Api
from firstlight.web.asked import Query, conditions, every, first

MOST_PATH = 1000  # letters of an address
MOST_ASKED = 24  # parts of a query
MOST_VALUE = 500  # letters of one of them
MOST_KEPT = 64 << 20  # bytes of pages that are kept
FOR_PROGRAMS = ("api", "data", "search", "assets")  # whose errors are JSON
SUGGESTED = 12  # names that are found while somebody types
ASSET_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
ROBOTS = "User-agent: *\nDisallow: /data/\nDisallow: /api/\nDisallow: /*?\n"


class NotFoundError(Exception):
    """There is nothing at an address."""


class Desk:
    """Answers what is asked of a site.

    site : its pages
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.api = Api(site)
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def answer(self, path: str, query: Query, language: str = "") -> Answer:
        """The answer to a GET.

        path     : unquoted, beginning with a slash
        language : as the header Accept-Language has it
        """
        lang = accepted_language(language)
        if len(path) > MOST_PATH or len(query) > MOST_ASKED:
            return self.refused(414, path, lang)
        if any(len(part) > MOST_VALUE for pair in query for part in pair):
            return self.refused(400, path, lang)
        try:
            made = self._made(path, query, lang)
        except NotFoundError:
            return self.refused(404, path, lang)
        except FirstlightError as error:
            return self.refused(400, path, lang, error)
        finished = made.finished()
        if not query and made.status == 200:
            self._keep(path, finished)
        return finished

    def kept(self, path: str) -> Answer | None:
        """The answer to an address without a query, if it was given before."""
        return self._kept.get(path)

    def refused(
        self, status: int, path: str, lang: str, error: FirstlightError | None = None
    ) -> Answer:
        """What says why nothing is shown: a page for readers, JSON for programs."""
        headers = {"allow": "GET, HEAD"} if status == 405 else {}
        start = path.split("/")[1] if "/" in path else ""
        if start in FOR_PROGRAMS:
            told = error.told(lang) if error else say(lang, f"failed.status_{status}")
            return Answer(status, JSON, json_bytes({"error": told}), headers).finished()
        page = self.site.failed(start if start in LANGUAGES else lang, status, error)
        return Answer(status, HTML, page.encode("utf-8"), headers).finished()

    def _made(self, path: str, query: Query, lang: str) -> Answer:
        start, _, rest = path.lstrip("/").partition("/")
        if not start:
            return redirect(f"/{lang}/", vary="Accept-Language")
        if start in LANGUAGES:
            return self._page(start, rest, query)
        if start == "data":
            return self._data(rest, query)
        if start == "assets":
            return _asset(rest)
        if start == "api":
            told = self.api.answer(rest, query, lang)
            if told is None:
                raise NotFoundError
            return Answer(200, JSON, json_bytes(told), {"vary": "Accept-Language"})
        if path == "/search":
            return self._found(query, lang)
        if path == "/openapi.json":
            return Answer(200, JSON, json_bytes(self.api.described()))
        if path == "/robots.txt":
            return Answer(200, TEXT, ROBOTS.encode("ascii"))
        if path == "/favicon.ico":
            return redirect(f"/assets/{ICON}")
        raise NotFoundError

    def _page(self, lang: str, path: str, query: Query) -> Answer:
        if path == "":
            return _html(self.site.home(lang))
        if path == "search":
            return _html(self.site.search(lang, first(query, "q")))
        if path == "feed.atom":
            body = feed(self.site.shelf, lang, self.site.address)
            return Answer(200, ATOM, body.encode("utf-8"))
        whole, dot, ending = path.rpartition(".")
        if dot and ending in DRAWN_TYPES:
            drawn = thing_file(self._thing(whole, query), ending, lang, first(query, "chart"))
            headers = {"content-security-policy": OF_DRAWINGS}
            return Answer(200, DRAWN_TYPES[ending], drawn, headers)
        return _html(self.site.page(self._thing(path, query), lang))

    def _data(self, path: str, query: Query) -> Answer:
        # the longest ending first: thing.metadata.json is no thing.metadata as JSON
        for ending in sorted(DATA_TYPES, key=len, reverse=True):
            if path.endswith(f".{ending}"):
                thing = self._thing(path.removesuffix(f".{ending}"), query)
                body = thing_file(thing, ending, LANGUAGES[0], first(query, "table"))
                name = thing.path.replace("/", "-")
                called = f"inline; filename*=UTF-8''{quote(name)}.{ending}"
                headers = {"content-disposition": called}
                return Answer(200, DATA_TYPES[ending], body, headers)
        raise NotFoundError

    def _found(self, query: Query, lang: str) -> Answer:
        wanted = first(query, "lang")
        shown = wanted if wanted in LANGUAGES else lang
        hits = self.site.hits(shown, first(query, "q"), SUGGESTED)
        told = [{**hit, "href": f"/{shown}/{quote(hit['path'])}"} for hit in hits]
        return Answer(200, JSON, json_bytes({"hits": told}), {"vary": "Accept-Language"})

    def _thing(self, path: str, query: Query) -> Thing:
        """The thing at an address with what is selected of it.

        Raises NotFoundError where there is none, InputError for a condition that can't be met.
        """
        if path == "compare":
            thing = self.site.shelf.compare(every(query, "of"))
        else:
            thing = self.site.shelf.find(path)
        if thing is None:
            raise NotFoundError
        return thing.selected(conditions(query))

    def _keep(self, path: str, answer: Answer) -> None:
        size = len(answer.body) + len(answer.packed)
        with self._lock:
            if path in self._kept or size > MOST_KEPT:
                return
            self._kept[path] = answer
            self._size += size
            while self._size > MOST_KEPT:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone.body) + len(gone.packed)


def _html(page: str) -> Answer:
    return Answer(200, HTML, page.encode("utf-8"))


def _asset(name: str) -> Answer:
    known = site_assets()
    if name not in known:
        raise NotFoundError
    kind = ASSET_TYPES[name.rpartition(".")[2]]
    return Answer(200, f"{kind}; charset=utf-8", known[name], {"cache-control": FOR_EVER})
