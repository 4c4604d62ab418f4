"""Errors in Chinese: the texts of the code, matched with what an error says, and put together again in the other language."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

from firstlight.errors import FirstlightError, InputError, checked_language

_CHOICES = re.compile(r"\S+(?: or \S+)+")
# Where something is filled in: * words of ours, = nothing of ours, | choices.
PLACE = re.compile(r"\{(\d+)([*=|]?)\}")
UNNAMED = "NAME IN YOUR FILE"  # what stands in commands for a heading that can't be guessed
SENTENCE = 9  # letters, from which what is filled in may be another text of ours rather than a name


def error_words(error: FirstlightError, lang: str = "en") -> str:
    """What went wrong, where, and what to try, as a terminal shows it.

    A part whose text isn't in the table (``error_words.csv``) stays English. What is filled into a text is a name or a number,
    which stay as they are; another text of the table; or, where the Chinese says ``{0*}``, words of ``filled_words.csv``.
    Raises  InputError for another language.

    >>> print(error_words(FirstlightError("no such file or folder", where="nix.csv"), "zh"))
    没有此文件或文件夹
      位置：nix.csv
    """
    checked_language(lang)
    if lang == "en" or error.code != "as_told":
        return error.told(lang)
    what, where, try_next = error.parts("en")
    chinese = InputError(_told(what), where=_told(where), try_next=in_chinese(try_next))
    return chinese.told("zh").replace(UNNAMED, "文件中的列名")


def in_chinese(text: str) -> str:
    """A text of ours in Chinese, which choices between names may be, too; itself where it isn't in the table.

    >>> in_chinese("no such file or folder"), in_chinese("en or zh"), in_chinese("something else")
    ('没有此文件或文件夹', 'en或zh', 'something else')
    """
    told = _told(text)
    names = text.split(" or ") if told == text and _CHOICES.fullmatch(text) else [told]
    return "或".join(names) if len(names) < 4 else f"可选：{'、'.join(names)}"


def _told(text: str, least: int = 0) -> str:
    """The text of the most particular template that it fits, with ``least`` letters or more; itself where there is none."""
    is_choice = _CHOICES.fullmatch(text) is not None
    for size, pattern, chinese in _templates():
        found = pattern.fullmatch(text) if size >= least else None
        if (
            found
            and not (is_choice and found.groups())
            and not any(own.endswith(":") for own in found.groups())
        ):
            return _put_in(found, chinese)
    return text


def _put_in(found: re.Match[str], chinese: str) -> str:
    return PLACE.sub(lambda place: _filled(found[int(place[1]) + 1], place[2]), chinese)


def _filled(text: str, kind: str = "") -> str:
    """What is filled in: a name or a number of the user's as it is, but a reason that is a text of ours in Chinese.

    kind : "*" for words of ours, each perhaps before a name: "unit a, year 2000"; "=" for names, or "none"; "|" for choices,
           which may be quoted: "work or member", "'a' or 'b'"
    """
    known = _words_filled_in()
    if kind == "|":
        return text.replace("' or '", "'或'") if "'" in text else text.replace(" or ", "或")
    if kind == "=":
        return known["none"] if text == "none" else text
    if kind == "*":
        parts = [
            part.partition(" ") for part in text.split(", ")
        ]  # a comma may also stand in a name
        told = "".join(
            f"，{known[head]}{rest}" if head in known else f", {head}{sign}{rest}"
            for head, sign, rest in parts
        )
        return known.get(text) or told.lstrip("，, ")
    told = "；".join(_reason(part) for part in text.split("; "))
    return text if told == text.replace("; ", "；") else told


def _reason(text: str) -> str:
    """A text of ours that was filled in, also behind the name that it is a reason for."""
    name, _, said = text.partition(": ")
    reason, _, where = said.partition(" (")
    if (told := _told(reason, SENTENCE)) != reason:
        return f"{name}：{told}" + (f"（{_told(where.removesuffix(')'))}）" if where else "")
    return next(
        (told for own in (text, text.strip()) if (told := _told(own, SENTENCE)) != own), text
    )


def _table(room: str, name: str) -> list[tuple[str, str]]:
    """English and Chinese, the last two columns of a table that ships."""
    text = files(f"firstlight.{room}").joinpath(name).read_text(encoding="utf-8")
    return [(row[-2], row[-1]) for row in csv.reader(text.splitlines()[1:])]


@cache
def _words_filled_in() -> dict[str, str]:
    return dict(_table("views", "filled_words.csv"))


@cache
def _templates() -> tuple[tuple[int, re.Pattern[str], str], ...]:
    """Letters, pattern and Chinese of each template, those with the most letters of their own first."""
    texts = [*_table("views", "error_words.csv"), *_table("sources", "reasons.csv")]
    rows = [(len(english.replace("{}", "")), english, chinese) for english, chinese in texts]
    return tuple(
        (size, re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL), chinese)
        for size, english, chinese in sorted(rows, key=lambda row: (-row[0], row[1]))
    )
