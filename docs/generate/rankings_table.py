"""How well each ranking does on the corpora that Firstlight was developed on, as a table of
Markdown.

python docs/generate/rankings_table.py   (writes explanation/rankings_table.md)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from firstlight.instruments.emergence.forecast.outlook import CANDIDATES
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT
from firstlight.texts import family_texts

PAGE = Path(__file__).resolve().parents[1] / "explanation" / "rankings_table.md"
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


def table(about: Mapping[str, Any]) -> str:
    """Average precision of each ranking on each corpus, the best of a corpus in bold.

    about : corpora (corpus, first, last) and average_precision (horizon -> corpus -> rule -> value)
    """
    precision = about["average_precision"]["3"]
    years = {row["corpus"]: f"{row['first']}–{row['last']}" for row in about["corpora"]}
    names = [name for name in TITLES if name in precision] + sorted(precision.keys() - TITLES)
    words = family_texts("emergence").find("en", "rankings")[0]
    order = sorted(CANDIDATES, key=lambda ranking: ranking != RULE_TO_BEAT)
    rows = [
        f"| ranked by | {' | '.join(TITLES.get(name, name) for name in names)} |",
        "|---|" + "--:|" * len(names),
        f"| *forecast years* | {' | '.join(years[name] for name in names)} |",
    ]
    for rule in order:
        cells = [_figure(precision[name], rule) for name in names]
        rows.append(f"| {words[rule]} | {' | '.join(cells)} |")
    return "\n".join([HEAD, "", *rows]) + "\n"


def _figure(values: Mapping[str, float], rule: str) -> str:
    """Two digits after the point, bold for the best.

    >>> _figure({"size": 0.056, "gain": 0.21}, "gain"), _figure({"size": 0.056, "gain": 0.21}, "size")
    ('**.21**', '.06')
    """
    text = f"{values[rule]:.2f}".removeprefix("0")
    return f"**{text}**" if values[rule] == max(values.values()) else text


if __name__ == "__main__":
    PAGE.write_text(table(json.loads(SHIPPED.read_text(encoding="utf-8"))), encoding="utf-8")
    print(PAGE)
