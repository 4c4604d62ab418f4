"""What pages and prints say beside the words of a measurement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firstlight.errors import checked_language
from firstlight.texts import ROOT, Texts, Value

VIEWS = Texts(Path(__file__).parent)
SOURCES = Texts(ROOT / "sources")


def say(lang: str, key: str, /, **values: Value[Any]) -> str:
    """The text of a key, with its values written as the language writes them.

    Raises InputError for a language without words, LookupError for a key that no text has.

    >>> from firstlight.texts import Count
    >>> say("en", "measured.more_rows", count=Count(1)), say("zh", "measured.undrawn")
    ('1 more row is in the file.', '没有可绘制的内容。')
    """
    return VIEWS.say(checked_language(lang), *key.split("."), **values)


def code_words(lang: str, group: str, code: str) -> str:
    """What a code of a group stands for, a stage or a file; itself where it has no words.

    >>> code_words("zh", "stage", "reading"), code_words("en", "file", "papers.csv")
    ('读取', 'papers.csv')
    """
    return VIEWS.say(lang, group, code) if VIEWS.has(group, code) else code


def licence_words(lang: str, licence: str) -> str:
    """Licences as their publishers state them; that files state none, in words of the language.

    >>> stated = "the licence of the files' own publisher, which they don't state"
    >>> licence_words("zh", f"CC0-1.0; {stated}")
    'CC0-1.0; 以文件原发布者的许可为准，文件本身未注明'
    """
    unstated = ("publishers", "files", "licence")
    words = {SOURCES.say("en", *unstated): SOURCES.say(lang, *unstated)}
    return "; ".join(words.get(part, part) for part in licence.split("; "))
