"""Text in both languages as markup: a page holds English and Chinese, and shows one of them; and
the parts that pages share."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

from firstlight.errors import visible
from firstlight.texts import LANGUAGES, Texts, Value
from firstlight.views.words import say

Pair = tuple[str, str]  # English, Chinese


def safe(text: object) -> str:
    """Text that can't be taken for markup, between tags or in a quoted attribute.

    >>> safe('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return html.escape(visible(text), quote=True)


def both(english: object, chinese: object) -> str:
    """A text in both languages, one of which is shown; once where they are the same, a name or a
    number.

    >>> both("share", "占比")
    '<span class="en" lang="en">share</span><span class="zh" lang="zh-Hans">占比</span>'
    >>> both(2016, 2016)
    '<bdi>2016</bdi>'
    """
    if str(english) == str(chinese):
        return f"<bdi>{safe(english)}</bdi>"
    first = f'<span class="en" lang="en">{safe(english)}</span>'
    return f'{first}<span class="zh" lang="zh-Hans">{safe(chinese)}</span>'


def pair(words: Iterable[str]) -> Pair:
    """English and Chinese, written one after the other."""
    english, chinese = words
    return english, chinese


def in_both(texts: Texts, *keys: str) -> Pair:
    """A text of a result in both languages."""
    return pair(texts.say(lang, *keys) for lang in LANGUAGES)


def titled(texts: Texts, table: str, column: str) -> Pair:
    """The title of a column in both languages."""
    return pair(texts.title(lang, table, column) for lang in LANGUAGES)


def cell(texts: Texts, table: str, column: str, row: Mapping[str, Any]) -> Pair:
    """What a row says in a column, in both languages."""
    return pair(texts.cell(lang, table, column, row) for lang in LANGUAGES)


def once(text: Pair) -> str:
    """Both languages where markup can't tell them apart, as in a title; once where they are the
    same.

    >>> once(("share", "占比")), once(("BYD", "BYD"))
    ('share / 占比', 'BYD')
    """
    return " / ".join(dict.fromkeys(text))


def captioned(title: Pair | None) -> str:
    """The caption of a figure; nothing for one that stands alone below its heading.

    >>> captioned(("2016", "2016")), captioned(None)
    ('<figcaption><bdi>2016</bdi></figcaption>', '')
    """
    if title is None:
        return ""
    return f"<figcaption>{both(*title)}</figcaption>"


def breakable(english: object, chinese: object) -> str:
    """A text in both languages whose lines may break after an underscore, as they do after a space.

    >>> breakable("staff_cost", "staff_cost")
    '<bdi>staff_<wbr>cost</bdi>'
    """
    return both(english, chinese).replace("_", "_<wbr>")


def said(key: str, **values: Value[Any]) -> str:
    """A text of these views in both languages.

    >>> said("files.where") == both(say("en", "files.where"), say("zh", "files.where"))
    True
    """
    return both(*(say(lang, key, **values) for lang in LANGUAGES))


def switches() -> str:
    """The buttons that change the language and the light."""
    return (
        '<div class="switches">'
        f'<button type="button" id="language">{both("中文", "English")}</button>'
        f'<button type="button" id="theme">{said("measured.light")}</button></div>'
    )


def head(title: str, as_of: str, sentences: Iterable[tuple[object, object]]) -> list[str]:
    """The beginning of a page, up to the last of its sentences; a list and the header are left
    open."""
    return [
        '<header><div class="top"><p class="site"><strong>Firstlight</strong></p>',
        f"{switches()}</div>",
        f"<h1>{title}</h1>",
        f'<p class="as-of">{as_of}</p>',
        '<ul class="sentences">',
        *items(sentences),
    ]


def section(key: str, lines: Iterable[str]) -> list[str]:
    """A section under the heading that a key names; nothing where there is nothing in it."""
    inside, name = list(lines), key.rsplit(".", 1)[-1]
    if not inside:
        return []
    heading = f'<h2 id="{name}-title">{said(key)}</h2>'
    return [f'<section id="{name}" aria-labelledby="{name}-title">', heading, *inside, "</section>"]


def items(pairs: Iterable[tuple[object, object]]) -> list[str]:
    """Texts as items of a list, English and Chinese."""
    return [f"<li>{both(*pair)}</li>" for pair in pairs]


def definitions(pairs: Iterable[tuple[str, str]], command: str) -> list[str]:
    """What is what, as markup, and the command that walks a number back."""
    told = ["<dl>", *(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs), "</dl>"]
    return [*told, f"<p>{said('provenance.walk_back')}</p><pre>{safe(command)}</pre>"]
