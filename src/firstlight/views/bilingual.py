"""Text in both languages as markup: a page holds English and Chinese, and shows one of them."""

from __future__ import annotations

import html

from firstlight.views.figures import visible
from firstlight.views.words import LANGUAGES, say

__all__ = ["both", "safe", "said", "switches"]


def safe(text: object) -> str:
    """Text that can't be taken for markup, between tags or in a quoted attribute.

    >>> safe('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return html.escape(visible(text), quote=True)


def both(english: object, chinese: object) -> str:
    """A text in both languages, one of which is shown; once where they are the same, a name or a number.

    >>> both("share", "占比")
    '<span class="en" lang="en">share</span><span class="zh" lang="zh-Hans">占比</span>'
    >>> both(2016, 2016)
    '<bdi>2016</bdi>'
    """
    if str(english) == str(chinese):
        return f"<bdi>{safe(english)}</bdi>"
    return f'<span class="en" lang="en">{safe(english)}</span><span class="zh" lang="zh-Hans">{safe(chinese)}</span>'


def said(key: str, **values: object) -> str:
    """A text of words.json in both languages.

    >>> said("follow.yes") == both(say("en", "follow.yes"), say("zh", "follow.yes"))
    True
    """
    return both(*(say(lang, key, **values) for lang in LANGUAGES))


def switches() -> str:
    """The buttons that change the language and the light."""
    return (
        f'<div class="switches"><button type="button" id="language">{both("中文", "English")}</button>'
        f'<button type="button" id="theme">{said("measured.light")}</button></div>'
    )
