"""Files of documents, counts and panels in many encodings, of texts that nothing was chosen by."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXTS = tomllib.loads(Path(__file__).with_name("held_out_texts.toml").read_text(encoding="utf-8"))
WESTERN, MIDDLE = ("fr", "de", "es"), ("pl", "cs", "hu")
LANGUAGES = {
    "gb18030": ("zh_Hans",),
    "gbk": ("zh_Hans",),
    "big5": ("zh_Hant",),
    "shift_jis": ("ja",),
    "euc-jp": ("ja",),
    "euc-kr": ("ko",),
    "cp1252": WESTERN,
    "iso8859-1": WESTERN,
    "iso8859-2": MIDDLE,
    "cp1250": MIDDLE,
    "cp1251": ("ru",),
    "koi8-r": ("ru",),
    "utf-16": tuple(TEXTS),
    "utf-16-le": tuple(TEXTS),
    "utf-16-be": tuple(TEXTS),
    "utf-8": tuple(TEXTS),
    "utf-8-sig": tuple(TEXTS),
}
FORMS = ("csv", "tsv", "jsonl", "counts", "panel")
# In one language; English with names, one title or one name in another; or mixed.
CONTENTS = ("pure", "names", "one_title", "one_name", "mixed")
ROWS = (1, 3, 30, 300)
_UNSPACED = ("zh_Hans", "zh_Hant", "ja")


@dataclass(frozen=True)
class File:
    """A file: how it was written, and the texts that are to be read from it, in order of rows."""

    encoding: str
    form: str
    content: str
    texts: tuple[str, ...]
    data: bytes


def held_out_files(count: int, seed: int = 0) -> Iterator[File]:
    """So many files of each encoding and each number of rows."""
    rng = random.Random(seed)
    for encoding, languages in LANGUAGES.items():
        for rows in ROWS:
            for number in range(count):
                content = CONTENTS[number % len(CONTENTS)]
                form = rng.choice(FORMS)
                pairs = [
                    _pair(rng, encoding, _language(rng, languages, content, row, rows))
                    for row in range(rows)
                ]
                yield _file(encoding, form, content, pairs)


def _language(
    rng: random.Random, languages: tuple[str, ...], content: str, row: int, rows: int
) -> tuple[str, str]:
    """The languages of a title and of the name beside it."""
    own = rng.choice(languages)
    is_middle = row == rows // 2
    if content == "pure":
        return own, own
    if content == "names":
        return "en", own
    if content == "one_title":
        return (own, "en") if is_middle else ("en", "en")
    if content == "one_name":
        return ("en", own) if is_middle else ("en", "en")
    mixed = rng.choice((own, own, "en", *TEXTS))
    return mixed, mixed


def _pair(rng: random.Random, encoding: str, languages: tuple[str, str]) -> tuple[str, str]:
    title, name = languages
    while True:
        link = "" if title in _UNSPACED else " "
        head, tail = rng.choice(TEXTS[title]["heads"]), rng.choice(TEXTS[title]["tails"])
        found = head + link + tail, rng.choice(TEXTS[name]["names"])
        if _fits("".join(found), encoding):
            return found
        if title == name:  # one of the mixed rows that the encoding can't write
            title = name = rng.choice(("en", *LANGUAGES[encoding]))


def _fits(text: str, encoding: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeEncodeError:
        return False


def _file(encoding: str, form: str, content: str, pairs: list[tuple[str, str]]) -> File:
    place = 1 if content in ("names", "one_name") else 0
    if form == "jsonl":
        texts = [title + name for title, name in pairs]
        records = [
            {"id": row, "title": title, "authors": name, "year": 2004}
            for row, (title, name) in enumerate(pairs)
        ]
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
    elif form in ("counts", "panel"):
        texts = [pair[place] for pair in pairs]
        header = {"counts": "tag,year,count", "panel": "place,year,value"}[form]
        lines = [header, *(f"{text},{1700 + row},{row + 1}" for row, text in enumerate(texts))]
    else:
        texts = [title + name for title, name in pairs]
        sign = {"csv": ",", "tsv": "\t"}[form]
        rows = [(f"d{row}", f'"{title}"', name, "2004") for row, (title, name) in enumerate(pairs)]
        lines = [sign.join(cells) for cells in [("id", "title", "authors", "year"), *rows]]
    data = "".join(f"{line}\n" for line in lines).encode(encoding)
    return File(encoding, form, content, tuple(texts), data)
