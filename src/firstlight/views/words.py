"""Every text that people see, in English and Chinese: words.json holds key -> [English, Chinese]."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from firstlight.errors import InputError

__all__ = ["LANGUAGES", "area_words", "code_words", "event_words", "row_words", "say", "words"]

LANGUAGES = ("en", "zh")


@cache
def words(lang: str) -> Mapping[str, str]:
    """All texts of one language, by key.

    Raises InputError for another language than ``en`` or ``zh``.

    >>> words("zh")["area.energy"]
    '未来能源'
    """
    if lang not in LANGUAGES:
        raise InputError(f"no texts in language {lang!r}", where="lang", try_next="use 'en' or 'zh'")
    kept = json.loads(files(__package__).joinpath("words.json").read_text(encoding="utf-8"))
    return MappingProxyType({key: pair[LANGUAGES.index(lang)] for key, pair in kept.items()})


def say(lang: str, key: str, /, **values: object) -> str:
    """The text of a key, with each ``{name}`` in it replaced by its value.

    A value that itself holds braces is left as it is. Raises InputError for a key that no text has.

    >>> say("en", "as_of", year=2016)
    'Seen from the end of 2016'
    """
    texts = words(lang)
    if key not in texts:
        raise InputError(f"no text for {key!r}", where="views/words.json", try_next="add the key in both languages")
    return re.sub(r"\{(\w+)\}", lambda place: str(values.get(place[1], place[0])), texts[key])


def area_words(lang: str, code: str | None) -> str:
    """The name of one of the six areas, or of none of them; an unknown code stands for itself.

    >>> area_words("en", "health"), area_words("en", None)
    ('Health', 'None of the six')
    """
    code = code or "none"
    return words(lang).get(f"area.{code}", code)


def event_words(lang: str, event: str | None) -> str:
    """What became of a technology, in words; an unknown event stands for itself.

    >>> event_words("zh", "born")
    '新生'
    """
    return "" if event is None else words(lang).get(f"event.{event}", event)


def row_words(lang: str, place: str) -> str:
    """A file and its row.

    >>> row_words("zh", "papers.csv, row 41")
    'papers.csv，第41行'
    """
    return re.sub(r", row (\d+)$", r"，第\1行", place) if lang == "zh" else place


def code_words(lang: str, code: str | None, facts: Mapping[str, Any]) -> str:
    """The name of a code as ``facts["names"]`` gives it (code -> {"en", "zh"}), or what can be read from the code.

    >>> code_words("en", "energy/solid_state-storage", {})
    'solid state storage'
    """
    if not code:
        return ""
    named = facts.get("names", {}).get(code)
    return str(named[lang]) if named else re.sub(r"[_-]+", " ", code.rsplit("/", 1)[-1])
