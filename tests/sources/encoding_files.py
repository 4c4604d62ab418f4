"""Made files in many encodings and languages, and what each says."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXTS = tomllib.loads(Path(__file__).with_name("encoding_texts.toml").read_text(encoding="utf-8"))
LANGUAGES = {
    "gb18030": ("zh_Hans",),
    "gbk": ("zh_Hans",),
    "big5": ("zh_Hant",),
    "shift_jis": ("ja",),
    "euc-kr": ("ko",),
    "cp1252": ("fr", "de", "es", "pt"),
    "iso8859-2": ("pl", "cs", "hu"),
    "cp1250": ("pl", "cs", "hu"),
    "utf-16": ("zh_Hans", "ja", "ko", "fr", "pl", "en"),
    "utf-16-le": ("zh_Hans", "zh_Hant", "ja", "ko", "fr", "pl", "en"),
    "utf-16-be": ("zh_Hans", "zh_Hant", "ja", "ko", "fr", "pl", "en"),
    "utf-8": ("zh_Hans", "ja", "ko", "fr", "pl", "ru"),
}


@dataclass(frozen=True)
class Made:
    """A file of documents: its bytes, the encoding they were written in, its titles, and of what
    kind it is."""

    encoding: str
    kind: str
    titles: tuple[str, ...]
    data: bytes


def made_files(count: int, seed: int = 0) -> Iterator[Made]:
    """Files of 1 to 60 rows: in one language, mostly English, or in all languages that the encoding
    can write."""
    rng = random.Random(seed)
    encodings = list(LANGUAGES)
    for number in range(count):
        encoding = encodings[number % len(encodings)]
        kind = ("one", "mostly_english", "mixed")[number // len(encodings) % 3]
        titles = tuple(_titles(rng, encoding, kind))
        text = "id,title,year\n" + "".join(
            f'd{row},"{title}",{rng.randint(2000, 2020)}\n' for row, title in enumerate(titles)
        )
        yield Made(encoding, kind, titles, text.encode(encoding))


def _titles(rng: random.Random, encoding: str, kind: str) -> Iterator[str]:
    own = rng.choice(LANGUAGES[encoding])
    size = rng.choice((1, 2, 3, 5, 8, 15, 30, 60))
    if kind == "mixed":
        pool = [text for texts in TEXTS.values() for text in texts if _fits(text, encoding)]
    else:
        pool = [text for text in TEXTS[own] if _fits(text, encoding)]
    for row in range(size):
        is_english = kind == "mostly_english" and row > 0 and rng.random() < 0.95
        yield rng.choice(TEXTS["en"] if is_english else pool)


def _fits(text: str, encoding: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeEncodeError:
        return False
