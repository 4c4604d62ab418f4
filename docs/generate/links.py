"""The check of a built site: every internal link and anchor is there, and nothing is loaded from
another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED_BY = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}
LOADED_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}
_IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?\s*((?:https?:)?//[^\s"')]+)""", re.IGNORECASE)
_IN_SCRIPT = re.compile(
    r"""(?:\bfetch\(|\bimport\(|\bimportScripts\(|\bfrom\s|\.src\s*=|\.href\s*=)\s*["'`]((?:https?:)?//[^"'`]+)"""
)


class Page(HTMLParser):
    """What one page holds: anchors, links, and what a browser would load by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag's anchors, links and loads."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        self.inside = tag
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in LOADED_BY and given.get(LOADED_BY[tag]):
            self.loads.append(given[LOADED_BY[tag]])
        if tag == "link" and LOADED_LINKS & set(given.get("rel", "").lower().split()):
            self.loads.append(given.get("href", ""))
        self.loads += _IN_STYLE.findall(given.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        """Leave a style or script."""
        self.inside = ""

    def handle_data(self, data: str) -> None:
        """Look into styles and scripts of the page itself."""
        if self.inside == "style":
            self.loads += _IN_STYLE.findall(data)
        elif self.inside == "script":
            self.loads += _IN_SCRIPT.findall(data)


def complaints(site: Path) -> list[str]:
    """What is wrong with the pages below `site`; empty where all is well.

    Links to other hosts are not followed; loads from them are complaints.
    """
    pages = {
        path.relative_to(site).as_posix(): _read(path) for path in sorted(site.rglob("*.html"))
    }
    found = [
        f"{name}: loads {load}"
        for name, page in pages.items()
        for load in page.loads
        if is_elsewhere(load)
    ]
    for name, page in pages.items():
        wanted = [*page.links, *(load for load in page.loads if not is_elsewhere(load))]
        found += [f"{name}: no {link}" for link in wanted if not _is_there(site, name, link, pages)]
    return found + list(_in_files(site))


def is_elsewhere(address: str) -> bool:
    """True for an address on another host.

    >>> is_elsewhere("//fonts.example.org/a.css"), is_elsewhere("../_static/a.css"), is_elsewhere("data:image/png,")
    (True, False, False)
    """
    return bool(urlsplit(address).netloc)


def _read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _is_there(site: Path, name: str, link: str, pages: dict[str, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (site / name).parent / unquote(parts.path) if parts.path else site / name
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return False
    page = pages.get(target.resolve().relative_to(site.resolve()).as_posix())
    return not parts.fragment or page is None or unquote(parts.fragment) in page.anchors


def _in_files(site: Path) -> Iterator[str]:
    for suffix, pattern in ((".css", _IN_STYLE), (".js", _IN_SCRIPT)):
        for path in sorted(site.rglob(f"*{suffix}")):
            for address in pattern.findall(path.read_text(encoding="utf-8", errors="replace")):
                yield f"{path.relative_to(site).as_posix()}: loads {address}"
