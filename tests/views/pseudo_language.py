"""A language in which every English text stands in brackets, in the place of Chinese: what comes
out without them was not said through the texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
BOTH = re.compile(r"([^·/⟦⟧]+) / ⟦\1⟧")  # a title of a drawing, which holds either language
WORDS = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")
NO_WORDS = frozenset({"kind", "missing_if"})  # of a column: how its cells are written
VOID = frozenset(("meta", "br", "input", "line", "circle", "rect", "path", "polyline", "polygon"))
UNSPOKEN = frozenset({"script", "style", "code", "pre", "bdi"})  # code, and names of the user


def pseudo(load: Callable[[Path], dict[str, Any]]) -> Callable[[Path], dict[str, Any]]:
    """A reader of text files that gives the English in brackets for every Chinese one."""

    def read(file: Path) -> dict[str, Any]:
        if file.name != "zh.toml":
            return load(file)
        told = {key: _bracketed(own) for key, own in load(file.with_name("en.toml")).items()}
        marks = {key: load(file)[key] for key in ("format",) if key in load(file)}
        return {**told, **marks}

    return read


def _bracketed(own: Any) -> Any:
    if isinstance(own, dict):
        words = {key: _bracketed(each) for key, each in own.items()}
        return words | {key: own[key] for key in NO_WORDS & own.keys() if isinstance(own[key], str)}
    return f"⟦{own}⟧" if isinstance(own, str) else own


def unsaid(text: str) -> str:
    """What of a text stands outside brackets."""
    text = BOTH.sub("", text)
    while BRACKETED.search(text):
        text = BRACKETED.sub("", text)
    return " ".join(text.split())


class Spoken(HTMLParser):
    """The texts of a page that one reads or hears in the second language."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        is_english = "en" in (own.get("class") or "").split() or own.get("lang") == "en"
        if tag not in VOID:
            self._open.append((tag, tag in UNSPOKEN or is_english))
        spoken = [own[name] or "" for name in ("placeholder", "alt") if name in own]
        self.texts += [] if self._is_hidden() else spoken

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_hidden():
            self.texts.append(data.strip())

    def _is_hidden(self) -> bool:
        return any(hidden for _, hidden in self._open)


def not_through_texts(page: str) -> set[str]:
    """Words of a page that did not come from the texts."""
    reader = Spoken()
    reader.feed(page.replace("<wbr>", ""))  # a place to break a line, within a word
    left = {unsaid(text) for text in reader.texts}
    return {text for text in left if WORDS.search(text)}


__all__ = ["not_through_texts", "pseudo", "unsaid"]
