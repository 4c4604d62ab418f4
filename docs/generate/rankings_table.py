"""How well each ranking does on the corpora that Firstlight was developed on, as a table of
Markdown, in both languages.

python docs/generate/rankings_table.py   (writes explanation/rankings_table.md and its counterpart
in zh)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from firstlight.instruments.emergence.forecast.outlook import CANDIDATES
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT

DOCS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(DOCS))

from generate.take_off_tables import as_written, figure, words_in  # noqa: E402

PAGES = {
    "en": DOCS / "explanation" / "rankings_table.md",
    "zh": DOCS / "zh" / "rankings_table.md",
}
SHIPPED = files("firstlight.instruments.emergence.forecast").joinpath("earlier_forecasts.json")
HEAD = "<!-- Written by docs/generate/rankings_table.py from the figures that ship: change nothing here. -->"
TITLES: Mapping[str, str] = {
    "arxiv": "arXiv, abstracts",
    "conferences": "AI conferences, titles",
    "robotics": "robotics conferences",
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
    words = words_in(lang)
    called = titles(lang)
    order = sorted(CANDIDATES, key=lambda ranking: ranking != RULE_TO_BEAT)
    rows = [
        f"| {words.of['columns']['ranking']} | {' | '.join(called.get(name, name) for name in names)} |",
        "|---|" + "--:|" * len(names),
        f"| *{words.of['columns']['years']}* | {' | '.join(years[name] for name in names)} |",
    ]
    for rule in order:
        cells = [_figure(precision[name], rule) for name in names]
        rows.append(f"| {words.ranking(rule)} | {' | '.join(cells)} |")
    return as_written("\n".join([HEAD, "", *rows]) + "\n", lang)


def titles(lang: str) -> Mapping[str, str]:
    """What the corpora are called; in English shorter than the protocol calls them."""
    return TITLES if lang == "en" else words_in(lang).of["corpora"]


def _figure(values: Mapping[str, float], rule: str) -> str:
    """Two digits after the point, bold for the best.

    >>> _figure({"size": 0.056, "gain": 0.21}, "gain"), _figure({"size": 0.056, "gain": 0.21}, "size")
    ('**.21**', '.06')
    """
    text = figure(values[rule])
    return f"**{text}**" if values[rule] == max(values.values()) else text


if __name__ == "__main__":
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))
    for lang, page in PAGES.items():
        page.write_text(table(shipped, lang), encoding="utf-8")
        print(page)
