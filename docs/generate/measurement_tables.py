"""The tables of all measurements in how-to/measure.md and zh/measure.md: what each answers, from its
words, and what it takes, from its signature.

python docs/generate/measurement_tables.py   (writes both tables into their pages)
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from firstlight.measurement import Measurement, Parameter, by_aim, measurement, question_of
from firstlight.texts import LANGUAGES, Texts
from firstlight.texts import WORDS as SHARED

DOCS = Path(__file__).resolve().parents[1]
PAGES: Mapping[str, Path] = {
    "en": DOCS / "how-to" / "measure.md",
    "zh": DOCS / "zh" / "measure.md",
}
WORDS = tomllib.loads(
    Path(__file__).with_name("measurement_words.toml").read_text(encoding="utf-8")
)
COLUMNS = files("firstlight.sources").joinpath("panel_columns.csv")
END = "<!-- end of the table of measurements -->"
CHINESE = re.compile("[\u4e00-\u9fff]")


def table(lang: str) -> str:
    """A table for each of the five questions in Markdown, with a row for each measurement, in the
    order in which the help lists them.

    >>> "| `capital` |" in table("en")
    True
    """
    words, aliases, shared = WORDS[lang], _aliases(), Texts(SHARED)
    head = f"| {words['name']} | {words['question']} | {words['holds']} |\n|---|---|---|"
    parts = []
    for aim, names in by_aim().items():
        rows = []
        for name in names:
            holds = words["parts"].join(_holds(measurement(name), lang, aliases))
            rows.append(f"| `{name}` | {question_of(name, lang)} | {holds} |")
        parts.append("\n".join([f"**{shared.say(lang, 'aims', aim)}**", "", head, *rows]))
    return "\n\n".join(parts)


def with_table(page: str, lang: str) -> str:
    """A page with its table as it is now.

    Raises ValueError for a page without the two lines between which the table stands.
    """
    head = f"<!-- {WORDS[lang]['written']} -->"
    if page.count(head) != 1 or page.count(END) != 1:
        raise ValueError(f"the table stands between the lines {head} and {END}: add them")
    before, rest = page.split(head)
    return f"{before}{head}\n\n{table(lang)}\n\n{END}{rest.split(END)[1]}"


def _holds(declared: Measurement, lang: str, aliases: Mapping[str, list[str]]) -> Iterator[str]:
    """What the table must hold and may hold, and what the user names by hand."""
    own = [each for each in declared.parameters.values() if each is not declared.main]
    columns = [each for each in own if each.kind == "column" and each.default is not None]
    by_hand = [each for each in own if each.is_column and each not in columns]
    tables = [each for each in own if each.kind == "table"]
    parts = {
        "needed": [_column(each, lang, aliases) for each in columns if not each.may_be_absent],
        "known": [_column(each, lang, aliases) for each in columns if each.may_be_absent],
        "named": [_option(each) for each in by_hand if each.is_required],
        "tables": [_option(each) for each in tables if each.is_required],
        "may_name": [_option(each) for each in [*by_hand, *tables] if not each.is_required],
    }
    for part, named in parts.items():
        if named:
            listed = WORDS[lang]["between"].join(named)
            yield WORDS[lang][part].format(columns=listed)


def _column(own: Parameter, lang: str, aliases: Mapping[str, list[str]]) -> str:
    """How a column is headed: by its name, in Chinese by the first heading that is known."""
    chinese = aliases.get(own.name, []) if lang == "zh" else []
    return chinese[0] if chinese else f"`{own.name}`"


def _option(own: Parameter) -> str:
    return f"`--{own.name.replace('_', '-')}`"


def _aliases() -> dict[str, list[str]]:
    """Column -> the Chinese headings that are known for it."""
    found = dict[str, list[str]]()
    for row in csv.DictReader(COLUMNS.read_text(encoding="utf-8").splitlines()):
        if CHINESE.search(row["alias"]):
            found.setdefault(row["column"], []).append(row["alias"])
    return found


if __name__ == "__main__":
    for lang in LANGUAGES:
        page = PAGES[lang]
        page.write_text(with_table(page.read_text(encoding="utf-8"), lang), encoding="utf-8")
        print(page)
