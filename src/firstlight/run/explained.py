"""An explanation in the reader's language: what publishers say of themselves, and the columns of
the row that is explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from firstlight.measurement import folders, measurement
from firstlight.sources.publisher import load_source
from firstlight.store.lineage import Explanation, InputStep

__all__ = ["explained_in"]

PUBLISHERS = ("files",)  # those of whom there are words, and not names alone


def explained_in(explanation: Explanation, lang: str, table: str | None = None) -> Explanation:
    """The same explanation, in words of a language.

    table : of the row that is explained
    """
    worded = _worded(explanation, _own_words(lang))
    name = str(explanation.facts.get("measurement", ""))
    if explanation.row is None or name not in folders():
        return worded
    texts = measurement(name).texts
    of_table = table or next((check.name for check in explanation.tables), "")
    told = {column: texts.told(lang, of_table, column) for column in explanation.row}
    units = {column: own["unit"] for column, own in told.items() if own.get("unit")}
    titles = {column: own["title"] for column, own in told.items() if own.get("title")}
    return replace(worded, row_units={**(explanation.row_units or {}), **units}, row_titles=titles)


def _own_words(lang: str) -> dict[str, str]:
    """What stands in a catalogue, in English -> the same in a language."""
    words = dict[str, str]()
    for name in PUBLISHERS:
        english, own = (load_source(name, each) for each in ("en", lang))
        words |= {
            english.licence: own.licence,
            english.citation: own.citation,
            f"{english.publisher}: {english.title}": f"{own.publisher}: {own.title}",
        }
    return words


def _worded(step: Explanation, words: Mapping[str, str]) -> Explanation:
    inputs = tuple(_before(own, words) for own in step.inputs)
    own = {name: getattr(step, name) for name in ("source", "licence", "citation")}
    said = {name: words.get(text, text) for name, text in own.items()}
    facts = {name: words.get(str(value), value) for name, value in step.facts.items()}
    return replace(step, inputs=inputs, facts=facts, **said)


def _before(step: InputStep, words: Mapping[str, str]) -> InputStep:
    if step.explanation is None:
        return step
    return replace(step, explanation=_worded(step.explanation, words))
