"""Pages of one language each, from templates that escape whatever is put in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, cached_property, partial
from importlib.resources import files
from typing import Any

import polars as pl

from firstlight import __version__
from firstlight.errors import FirstlightError, visible
from firstlight.texts import Count, Name, Year
from firstlight.views.observation_summary import first_of
from firstlight.views.page_shell import asset
from firstlight.views.site.files import DATA_TYPES, bibtex, cited
from firstlight.views.site.links import Links
from firstlight.views.site.listed import listed
from firstlight.views.site.observed import Observed
from firstlight.views.site.parts import LIST_KINDS, PARTS, SUMMARY, leads, sentences
from firstlight.views.site.shelf import Shelf
from firstlight.views.site.thing import SITE, Form, Search, Thing
from firstlight.views.site.words import WORDS, optional, say
from firstlight.views.words import licence_words
from firstlight.views.words import say as shared_words

FIRST = 10  # technologies of each record on the first page
FOUND = 30  # things that a search lists
STYLES = {"site": ("page", "site/chart", "site/site"), "measured": ("measured", "drawing")}
SCRIPTS = {"site": ("sorting", "site/site"), "measured": ("saves",)}
ICON = "icon.svg"


class Site:
    """The pages of a shelf.

    shelf     : what they show
    address   : of the site, as in citations: https://observatory.example
    is_static : whether the pages are files in a folder
    search    : finds things by a form of a name
    """

    def __init__(
        self,
        shelf: Shelf,
        *,
        address: str = "",
        is_static: bool = False,
        search: Search = lambda question, most: (),
    ) -> None:
        self.shelf = shelf
        self._search = search
        self.address = address.rstrip("/")
        self.is_static = is_static

    def home(self, lang: str) -> str:
        """The first page: what is about to take off, and how often such lists were right."""
        newest = sorted(self.shelf.observed.values(), key=lambda own: -own.facts["as_of"])
        seen = [self._summary(each, lang) for each in newest]
        kept = {"brief": list[Thing](), "measurement": list[Thing]()}
        for thing in self.shelf.things.values():
            kept[thing.kind].append(thing)
        title = say(lang, "home.title")
        return self._page("home", lang, "", title, seen=seen, kept=kept)

    def page(self, thing: Thing, lang: str) -> str:
        """The page of a thing."""
        template = "list" if thing.kind in LIST_KINDS else thing.kind
        own = thing.show(thing, lang)
        shown = {**own, **PARTS[thing.kind](thing, lang, **own)}
        return self._page(
            template,
            lang,
            thing.path,
            thing.name[lang],
            query=thing.query,
            thing=thing,
            above=[each for each in map(self.shelf.find, thing.above) if each],
            **shown,
        )

    def search(self, lang: str, question: str) -> str:
        """What a question finds."""
        hits = self.hits(lang, question, FOUND)
        query = [("q", question)] if question else []
        title = say(lang, "search.title")
        return self._page("search", lang, "search", title, query=query, asked=question, hits=hits)

    def hits(self, lang: str, question: str, most: int) -> list[dict[str, str]]:
        """What a question finds: name, form that was found, kind, path, and where it stands."""
        found = self._search(question, most)
        return [hit for hit in (self._hit(lang, each) for each in found) if hit]

    def failed(self, lang: str, status: int, error: FirstlightError | None = None) -> str:
        """The page that says what can't be shown, and what to try."""
        what = error.parts(lang) if error else ()
        title = say(lang, f"failed.status_{status}")
        return self._page("failed", lang, "", title, status=status, what=list(filter(None, what)))

    def _hit(self, lang: str, named: Form) -> dict[str, str] | None:
        address, form, _ = named
        thing = self.shelf.find(address)
        if thing is None:
            return None
        return {
            "name": thing.name[lang],
            "form": form,
            "kind": thing.kind,
            "path": thing.path,
            "title": thing.origin.title[lang],
        }

    def _summary(self, seen: Observed, lang: str) -> dict[str, Any]:
        section, first = first_of(seen.tables, FIRST)
        areas = seen.tables["areas_summary"].filter(pl.col("technologies_count") > 0)
        return {
            "observed": seen,
            "title": seen.title[lang],
            "sentences": sentences(seen, lang),
            "is_forecast": section == "technologies",
            "first": listed(seen.texts, lang, "technologies", first, SUMMARY, leads=leads(seen)),
            "areas": [
                (seen.path("area", area), seen.texts.code(lang, "areas", area), count)
                for area, count in areas.select("area", "technologies_count").iter_rows()
            ],
            "changes_count": seen.tables["changes"].height,
        }

    def _page(
        self,
        template: str,
        lang: str,
        path: str,
        title: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        **shown: Any,
    ) -> str:
        links = Links(lang, path, self.is_static, query)
        thing = shown.get("thing")
        context = {
            "lang": lang,
            "html_language": WORDS.of_itself(lang, "html"),
            "links": links,
            "title": visible(title),
            "site": self,
            "style": "measured" if template == "measurement" else "site",
            "say": partial(say, lang),
            "purpose": shared_words(lang, "site.purpose"),
            "written": _Written(lang),
            "asset_name": asset_name,
            "version": __version__,
            "use": self._use(thing, lang, links) if thing is not None else None,
            "observed_here": self.shelf.observed.get(thing.collection) if thing else None,
            **shown,
        }
        return str(self._templates.get_template(f"{template}.html").render(context))

    def _use(self, thing: Thing, lang: str, links: Links) -> dict[str, Any]:
        """How a thing is downloaded, cited, embedded and explained."""
        table = f"{self.address}{links.data(thing.path, 'csv')}"
        page = f"{self.address}{links.to(thing.path)}"
        chart = links.chart(thing.path, "svg") if thing.charts else ""
        return {
            "data": {ending: links.data(thing.path, ending) for ending in self._endings},
            "tables": [
                (name, links.data(thing.path, "csv", name))
                for name, frame in list(thing.tables.items())[1:]
                if frame.height and not self.is_static
            ],
            "charts": {
                ending: links.chart(thing.path, ending) for ending in ("svg", "png") if chart
            },
            "python": f'import polars as pl\ntable = pl.read_csv("{table}")',
            "r": f'table <- read.csv("{table}", fileEncoding = "UTF-8-BOM")',
            "citation": cited(thing, lang, page),
            "bibtex": bibtex(thing, page),
            "embed": f'<img src="{self.address}{chart}" alt="">' if chart else "",
            "licence": licence_words(lang, thing.origin.licence),
        }

    @property
    def _endings(self) -> Sequence[str]:
        return ("csv", "json") if self.is_static else tuple(DATA_TYPES)

    @cached_property
    def _templates(self) -> Any:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(SITE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )


class _Written:
    """Values of messages for templates, in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    count = staticmethod(Count)
    name = staticmethod(Name)
    year = staticmethod(Year)
    text = staticmethod(optional)

    def language(self, lang: str) -> str:
        """What a language calls itself."""
        return WORDS.of_itself(lang, "name")

    def tag(self, lang: str) -> str:
        """The tag of a language in HTML."""
        return WORDS.of_itself(lang, "html")

    def kind(self, kind: str) -> str:
        """What a kind of thing is called."""
        return say(self.lang, f"kinds.{kind}")


@cache
def site_assets() -> dict[str, bytes]:
    """Name -> style, script or image; a name holds the hash, so that it may be kept for ever."""
    made = {}
    for kind, parts in (("css", STYLES), ("js", SCRIPTS)):
        for name, joined in parts.items():
            text = asset(kind, joined).encode("utf-8")
            made[f"{name}.{hashlib.sha256(text).hexdigest()[:12]}.{kind}"] = text
    icon = files("firstlight.views").joinpath("assets/site", ICON).read_bytes()
    return {**made, ICON: icon}


def asset_name(name: str, kind: str) -> str:
    """The name under which a style or a script is kept."""
    return next(
        each for each in site_assets() if each.startswith(f"{name}.") and each.endswith(f".{kind}")
    )
