"""How well each ranking does on the corpora that Firstlight was developed on, as a table of
Markdown, in both languages.

python docs/generate/rankings_table.py   (writes explanation/rankings_table.md and its counterpart
in zh)
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from firstlight.instruments.emergence.forecast.outlook import CANDIDATES
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT
from firstlight.texts import family_texts

DOCS = Path(__file__).resolve().parents[1]
PAGES = {
    "en": DOCS / "explanation" / "rankings_table.md",
    "zh": DOCS / "zh" / "rankings_table.md",
}
WORDS = Path(__file__).with_name("take_off_words.toml")
SHIPPED = files("firstlight.instruments.emergence.forecast").joinpath("earlier_forecasts.json")
HEAD = "<!-- Written by docs/generate/rankings_table.py from the figures that ship: change nothing here. -->"
TITLES: Mapping[str, str] = {
    "arxiv": "arXiv, abstracts",
    "conferences": "AI conferences, titles",
    "patent_fields": "US patents, fields",
    "patent_subfields": "US patents, subfields",
    "patent_terms": "US patents, biomedical terms",
    "pubmed_terms": "PubMed, biomedical terms",
    "venture_capital": "venture capital, industries",
}


def table(about: Mapping[str, Any], lang: str) -> str:
    """Average precision of each ranking on each corpus, the best of a corpus in bold.

    about : corpora (corpus, first, last) and average_precision (horizon -> corpus -> rule -> value)
    """
    precision = about["average_precision"]["3"]
    years = {row["corpus"]: f"{row['first']}–{row['last']}" for row in about["corpora"]}
    names = [name for name in TITLES if name in precision] + sorted(precision.keys() - TITLES)
    words = family_texts("emergence").find(lang, "rankings")[0]
    heads = tomllib.loads(WORDS.read_text(encoding="utf-8"))[lang]["columns"]
    titles = _titles(lang)
    order = sorted(CANDIDATES, key=lambda ranking: ranking != RULE_TO_BEAT)
    rows = [
        f"| {heads['ranking']} | {' | '.join(titles.get(name, name) for name in names)} |",
        "|---|" + "--:|" * len(names),
        f"| *{heads['years']}* | {' | '.join(years[name] for name in names)} |",
    ]
    for rule in order:
        cells = [_figure(precision[name], rule) for name in names]
        rows.append(f"| {words[rule]} | {' | '.join(cells)} |")
    return "\n".join([HEAD, "", *rows]) + "\n"


def _titles(lang: str) -> Mapping[str, str]:
    """What the corpora are called; in English shorter than the protocol calls them."""
    if lang == "en":
        return TITLES
    titles: Mapping[str, str] = tomllib.loads(WORDS.read_text(encoding="utf-8"))[lang]["corpora"]
    return titles


def _figure(values: Mapping[str, float], rule: str) -> str:
    """Two digits after the point, bold for the best.

    >>> _figure({"size": 0.056, "gain": 0.21}, "gain"), _figure({"size": 0.056, "gain": 0.21}, "size")
    ('**.21**', '.06')
    """
    text = f"{values[rule]:.2f}".removeprefix("0")
    return f"**{text}**" if values[rule] == max(values.values()) else text


if __name__ == "__main__":
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))
    for lang, page in PAGES.items():
        page.write_text(table(shipped, lang), encoding="utf-8")
        print(page)
