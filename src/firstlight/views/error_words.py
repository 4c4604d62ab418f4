"""Errors in Chinese: the texts of the code, matched with what an error says, and put together again in the other language."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

from firstlight.errors import FirstlightError
from firstlight.views.words import words

_CHOICES = re.compile(r"\S+(?: or \S+)+")
SENTENCE = 16  # letters, from which what is filled in may be another error's text and no name


def error_words(error: FirstlightError, lang: str = "en") -> str:
    """What went wrong, where, and what to try, as a terminal shows it.

    A part whose text isn't in the table (``error_words.csv``) stays English, as does what is filled into a text.
    Raises  InputError for another language.

    >>> print(error_words(FirstlightError("no such file or folder", where="nix.csv"), "zh"))
    没有此文件或文件夹
      位置：nix.csv
    """
    words(lang)
    if lang == "en":
        return str(error)
    lines = [_chinese(error.what)]
    lines += [f"  {name}：{_chinese(text)}" for name, text in (("位置", error.where), ("建议", error.try_next)) if text]
    return "\n".join(lines)


def _chinese(text: str, least: int = 0) -> str:
    """The text of the most particular template that it fits, with ``least`` letters or more; itself where there is none.

    What is filled in is a name or a number, but where one error tells another: that is a text of its own.
    """
    for size, pattern, chinese in _templates():
        if size >= least and (found := pattern.fullmatch(text)):
            filled = [_chinese(each, SENTENCE) for each in found.groups()]
            return re.sub(r"\{(\d+)\}", lambda place, own=filled: own[int(place[1])], chinese)  # type: ignore[misc]
    return text.replace(" or ", "或") if _CHOICES.fullmatch(text) else text


@cache
def _templates() -> tuple[tuple[int, re.Pattern[str], str], ...]:
    """Letters, pattern and Chinese of each template, those with the most letters of their own first."""
    text = files("firstlight.views").joinpath("error_words.csv").read_text(encoding="utf-8")
    rows = [
        (len(row["english"].replace("{}", "")), row["english"], row["chinese"])
        for row in csv.DictReader(text.splitlines())
    ]
    return tuple(
        (size, re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL), chinese)
        for size, english, chinese in sorted(rows, key=lambda row: (-row[0], row[1]))
    )
