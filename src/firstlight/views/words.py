"""Every text that people see, in English and Chinese: words.json holds key -> [English, Chinese]."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from firstlight.errors import InputError, checked_language
from firstlight.texts import LANGUAGES, Name, message

__all__ = ["LANGUAGES", "row_words", "say", "words"]


@cache
def words(lang: str) -> Mapping[str, str]:
    """All texts of one language, by key.

    Raises InputError for another language than ``en`` or ``zh``.

    >>> words("zh")["stage.reading"]
    '读取'
    """
    place = LANGUAGES.index(checked_language(lang))
    kept = json.loads(files(__package__).joinpath("words.json").read_text(encoding="utf-8"))
    return MappingProxyType({key: pair[place] for key, pair in kept.items()})


def say(lang: str, key: str, /, **values: object) -> str:
    """The text of a key, with each ``{name}`` in it replaced by its value.

    A value that itself holds braces is left as it is. Raises InputError for a key that no text has.

    >>> say("en", "measured.read_rows", rows=2016)
    '2016 rows'
    """
    texts = words(lang)
    if key not in texts:
        raise InputError(message("no_words", key=Name(key)), Path(__file__).parent)
    return re.sub(r"\{(\w+)\}", lambda place: str(values.get(place[1], place[0])), texts[key])


def row_words(lang: str, place: str) -> str:
    """A file and its row.

    >>> row_words("zh", "papers.csv, row 41")
    'papers.csv，第41行'
    """
    return re.sub(r", row (\d+)$", r"，第\1行", place) if lang == "zh" else place
