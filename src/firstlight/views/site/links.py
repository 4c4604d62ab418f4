"""Where the links of a page lead: on a server to addresses, in a folder to files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from firstlight.texts import LANGUAGES

HOME = "index"
DATA = "data"
ASSETS = "assets"


@dataclass(frozen=True)
class Links:
    """The links of one page.

    lang      : of the page
    path      : of the page, from the beginning of the site; "" for the first one
    is_static : whether the pages are files, which works from a disk, too
    query     : what is selected, which the other language and the files keep
    """

    lang: str
    path: str = ""
    is_static: bool = False
    query: Sequence[tuple[str, str]] = ()

    def to(self, path: str, lang: str = "", query: Sequence[tuple[str, str]] = ()) -> str:
        """The address of a page."""
        address = f"{lang or self.lang}/{path or (HOME if self.is_static else '')}"
        if self.is_static:
            return self._from_here(f"{address}.html")
        return f"/{quote(address)}{_asked(query)}"

    def leads(self, path: str) -> str:
        """The address that a cell leads to: a page of this site, or one elsewhere."""
        return path if path.startswith(("https://", "http://")) else self.to(path)

    def other(self, lang: str) -> str:
        """This page in another language."""
        return self.to(self.path, lang, self.query)

    def others(self) -> dict[str, str]:
        """Language -> this page in it, of every language but its own."""
        return {lang: self.other(lang) for lang in LANGUAGES if lang != self.lang}

    def data(self, path: str, ending: str, table: str = "") -> str:
        """The address of a thing as a file, or of one of its tables; in a folder, which holds the
        main table and one file of all, tables have none of their own."""
        address = f"{DATA}/{path}.{ending}"
        if self.is_static:
            return self._from_here(address)
        named = [("table", table)] if table else []
        return f"/{quote(address)}{_asked([*self.query, *named])}"

    def chart(self, path: str, ending: str, chart: str = "") -> str:
        """The address of a chart as a file; "" in a folder, which holds none."""
        if self.is_static:
            return ""
        named = [("chart", chart)] if chart else []
        asked = _asked([*self.query, *named])
        return f"/{quote(f'{self.lang}/{path}.{ending}')}{asked}"

    def asset(self, name: str) -> str:
        """The address of a style, a script or an image."""
        address = f"{ASSETS}/{name}"
        return self._from_here(address) if self.is_static else f"/{address}"

    def _from_here(self, address: str) -> str:
        above = "../" * (1 + self.path.count("/"))
        return above + quote(address)


def _asked(query: Sequence[tuple[str, str]]) -> str:
    return f"?{urlencode(query)}" if query else ""
