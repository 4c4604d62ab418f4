"""How often characters stand in names of persons and places: ``python
docs/generate/name_characters.py FAKER JIEBA NAMEDIVIDER`` writes
``src/firstlight/sources/name_characters.csv`` from the folders of three packages under the MIT
licence (the words that ``faker`` makes persons and addresses of, the names in ``jieba``'s
dictionary, and the kanji that ``namedivider`` counted). Costs in half nats are kept, no name.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from firstlight.sources.likely_text import is_wide, languages

TARGET = Path(__file__).parents[2] / "src/firstlight/sources/name_characters.csv"
_LOCALES = {
    "nb": ("no_NO",),
    "zh_Hans": ("zh_CN",),
    "zh_Hant": ("zh_TW",),
    "de": ("de_DE", "de_AT"),
}
_NO_NAMES = ("formats", "annotations", "romanized", "kana", "number", "postcode", "abbr")
_WORDS_OF_NAMES = ("nr", "nrt", "nrfg", "ns")
_LEAST = 2  # of a pair of letters: one is chance


def names(language: str) -> Iterator[str]:
    """Every name, part of a name and place that the locales of a language list."""
    spelt = importlib.import_module("faker.config").AVAILABLE_LOCALES
    locales = _LOCALES.get(language) or sorted(
        one for one in spelt if one.startswith(f"{language}_")
    )
    for locale in locales:
        for kind in ("person", "address"):
            try:
                module = importlib.import_module(f"faker.providers.{kind}.{locale}")
            except ModuleNotFoundError:
                print(f"{language}: no {kind} in {locale}", file=sys.stderr)
                continue
            for listed, values in vars(module.Provider).items():
                if not any(part in listed for part in _NO_NAMES):
                    yield from _texts(values)


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, str):
        if not set("{}#%?\n") & set(values):
            yield values
    elif isinstance(values, list | tuple | Mapping):
        for value in values:
            yield from _texts(value)


def of_jieba(folder: Path) -> Iterator[str]:
    """The names of persons and places in jieba's dictionary."""
    for line in (folder / "dict.txt").read_text(encoding="utf-8").splitlines():
        word, _, kind = line.split(" ")
        if kind in _WORDS_OF_NAMES:
            yield word


def of_namedivider(folder: Path) -> Counter[str]:
    """How often each kanji stands in a family or a given name."""
    path = folder / "assets" / "kanji.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    counted = [name for name in rows[0] if name.startswith("oc_")]
    return Counter({row["kanji"]: sum(int(row[name]) for name in counted) for row in rows})


def single_costs(counts: Counter[str]) -> dict[str, int]:
    """Half nats of each hanzi, kana or syllable."""
    wide = {one: count for one, count in counts.items() if is_wide(one) and count}
    total = sum(wide.values())
    return {one: round(-2 * math.log(count / total)) for one, count in wide.items()}


def pair_costs(words: Iterable[str]) -> dict[str, int]:
    """Half nats of each letter after another; a space stands for either end of a word."""
    after: dict[str, Counter[str]] = defaultdict(Counter)
    for word in words:
        letters = "".join(one if one.isalpha() else " " for one in word.lower())
        for part in letters.split():
            for one, two in zip(f" {part}", f"{part} ", strict=True):
                after[one][two] += 1
    costs = {}
    for one, counts in after.items():
        total = sum(counts.values())
        seen = {two: count for two, count in counts.items() if count >= _LEAST}
        costs |= {one + two: round(-2 * math.log(count / total)) for two, count in seen.items()}
    return costs


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for package in ("faker", "jieba", "namedivider"):
        parser.add_argument(package, type=Path)
    folders = parser.parse_args()
    sys.path.insert(0, str(folders.faker.parent))
    rows = []
    for name, language in sorted(languages().items()):
        words = sorted(set(names(name)))
        characters = Counter("".join(words))
        if name == "zh_Hans":
            characters = Counter("".join(of_jieba(folders.jieba))) + characters
        if name == "ja":
            characters += of_namedivider(folders.namedivider)
        costs = pair_costs(words) if language.pairs else single_costs(characters)
        for half_nats in sorted(set(costs.values())):
            texts = "".join(sorted(text for text, cost in costs.items() if cost == half_nats))
            rows.append((name, 2 if language.pairs else 1, half_nats, texts))
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("language", "length", "half_nats", "texts"))
        table.writerows(rows)


if __name__ == "__main__":
    main()
