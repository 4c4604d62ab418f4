"""What the pages of a site say beside the words of what they show."""

from __future__ import annotations

from typing import Any

from firstlight.texts import ROOT, Name, Texts, Value
from firstlight.views.site.thing import SITE

WORDS = Texts(SITE)
BRIEF = Texts(ROOT / "run" / "brief")


def say(lang: str, key: str, /, **values: Value[Any]) -> str:
    """The text of a key, with its values written as the language writes them.

    >>> say("en", "search.title"), say("zh", "search.title")
    ('Search', '搜索')
    """
    return WORDS.say(lang, *key.split("."), **values)


def optional(text: str) -> Name:
    """A text that may be missing, for which a dash stands.

    >>> optional("").value
    '–'
    """
    return Name(text or "–")
