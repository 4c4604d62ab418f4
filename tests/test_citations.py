"""Sources: one work is cited in one form everywhere, journals by their names, with a year; and the
checks find what breaks that."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from firstlight.run.listing import INSTRUMENTS

ROOT = Path(__file__).resolve().parents[1]
SHORT = re.compile(r"\b(?:JASA|JRSS|JASIS|JASIST|EJOR|JOTA|JEBO|QJE|QSS|JMLR|AER|JPE)\b|\bet al\b")
ARTICLE = re.compile(
    r"(?P<authors>[^\W\d_][^();:]*?) \((?P<year>\d{4})\), (?P<journal>[^\W\d_][^;()\d]*?) (?P<volume>\d+(?:\([^)]*\))?), "
    r"(?P<pages>\d+-\d+)"
)


def sources(text: str) -> list[str]:
    """What stands behind ``Source:`` and under ``References`` in docstrings, each as one line."""
    found, lines = [], text.splitlines()
    for k, line in enumerate(lines):
        if line.lstrip().startswith("Source: "):
            margin, block = len(line) - len(line.lstrip()), [line.strip()]
            begins = k + 1
        elif line.strip() == "References" and set(lines[k + 1].strip()) == {"-"}:
            margin, block = len(line) - len(line.lstrip()) - 1, []
            begins = k + 2
        else:
            continue
        for after in lines[begins:]:
            deeper = len(after) - len(after.lstrip()) > margin
            if not after.strip() or '"""' in after or ">>>" in after or not deeper:
                break
            block.append(after.strip())
        found.append(" ".join(block).removeprefix("Source: "))
    return found


def articles(texts: Iterable[str]) -> dict[tuple[str, ...], set[str]]:
    """Forms of each article, under what tells it from all others: the year, the journal and the
    pages; and the authors."""
    forms: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for text in texts:
        for found in ARTICLE.finditer(text):
            authors = re.sub(
                r"^.*(?:; |: |, and |as in |^the [a-z ]+ of )", "", found["authors"]
            ).strip()
            form = f"{authors} ({found['year']}), {found['journal']} {found['volume']}, {found['pages']}"
            first = re.split(r",| and ", authors)[0].split()[-1]
            forms[first, found["year"], found["pages"]].add(form)
            forms[authors, found["year"], found["journal"]].add(form)
    return forms


def many_forms(texts: Iterable[str]) -> list[tuple[str, ...]]:
    return sorted({tuple(sorted(found)) for found in articles(texts).values() if len(found) > 1})


def test_one_work_is_cited_in_one_form() -> None:
    texts = [
        own
        for path in sorted((ROOT / "src").rglob("*.py"))
        for own in sources(path.read_text(encoding="utf-8"))
    ]
    assert len(texts) > 200 and len(articles(texts)) > 250
    assert many_forms(texts) == []
    assert [own for own in texts if SHORT.search(own)] == []


@pytest.mark.parametrize(
    "other",
    [
        "Diewert (1976), Journal of Econometrics 4, 115-145",  # without the issue
        "Diewert (1976), Journal of Econometrics 4(2), 115-154",  # other pages
        # the journal's name cut short, another author
        "Diewert and others (1976), J. Econometrics 4(2), 115-145",
    ],
)
def test_a_second_form_is_found(other: str) -> None:
    own = "Diewert (1976), Journal of Econometrics 4(2), 115-145"
    assert many_forms([own, own]) == []
    assert (
        len(many_forms([f"Balk (2008), Numbers; {own} (superlative)", f"as in Diewert; {other}."]))
        == 1
    )


def test_every_instrument_names_its_source_in_full() -> None:
    assert [own.citation for own in INSTRUMENTS if SHORT.search(own.citation)] == []
    undated = [
        own.name for own in INSTRUMENTS if not re.search(r"\b(?:18|19|20)\d\d\b", own.citation)
    ]
    assert all(own.citation == "Firstlight" for own in INSTRUMENTS if own.name in undated)
    assert SHORT.search("Lei et al. 2018") and SHORT.search("Tone 2001, EJOR 130")
