"""An explanation in the reader's language: what publishers say of themselves, and the columns of
the row that is explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from firstlight.catalogue import code_version
from firstlight.measurement import folders, measurement
from firstlight.message_json import message_from_json
from firstlight.sources.publisher import load_source
from firstlight.sources.publishers import SOURCES
from firstlight.store.lineage import Explanation
from firstlight.texts import WORDS, Name, Texts, family_texts

TEXTS = Texts(Path(__file__).parent)
OBSERVED = family_texts("emergence")


def explanation_lines(explanation: Explanation, lang: str, table: str | None = None) -> list[str]:
    """The text tree of an explanation, and every convention of the measurement that it explains.

    table : of the row that is explained
    """
    lines = explained_in(explanation, lang, table).lines(lang)
    return [*lines, *_conventions(explanation, lang)]


def explained_in(explanation: Explanation, lang: str, table: str | None = None) -> Explanation:
    """The same explanation, in words of a language.

    table : of the row that is explained
    """
    worded = explanation
    if lang != "en":
        worded = explanation.worded(_publishers_in(lang))
    texts = _texts_of(explanation)
    if explanation.row is None or texts is None or (texts == OBSERVED and lang == "en"):
        return worded  # what an observation keeps says in English what its columns are
    of_table = table or next((check.name for check in explanation.tables), "")
    told = {column: texts.told(lang, of_table, column) for column in explanation.row}
    units = {column: own["unit"] for column, own in told.items() if own.get("unit")}
    if texts == OBSERVED:
        units = {column: _unit_and_note(lang, own) for column, own in told.items()}
    titles = {column: own["title"] for column, own in told.items() if own.get("title")}
    return replace(worded, row_units={**(explanation.row_units or {}), **units}, row_titles=titles)


def _conventions(found: Explanation, lang: str) -> list[str]:
    """A line for each convention of a measurement that is explained; none of what is no
    measurement, nor where other code computed it, whose words may be gone."""
    name = found.facts.get("measurement")
    if name not in folders() or found.code_version != code_version(*found.modules):
        return []
    texts = measurement(name).texts
    said = (
        texts.sentence(lang, message_from_json(kept), "conventions")
        for kept in found.facts["conventions"]
    )
    return [TEXTS.say(lang, "phrases", "convention", text=Name(each)) for each in said]


def _texts_of(explanation: Explanation) -> Texts | None:
    """The words of the tables that a result keeps."""
    name = str(explanation.facts.get("measurement", ""))
    if name in folders():
        return measurement(name).texts
    if explanation.instrument.startswith("emergence."):
        return OBSERVED
    return None


def _unit_and_note(lang: str, told: Mapping[str, str]) -> str:
    between = Texts(WORDS).find(lang, "interface", "between_options")[0]
    return str(between.join(told[key] for key in ("unit", "note") if told.get(key)))


def _publishers_in(lang: str) -> dict[str, str]:
    """What results say of publishers, their data, licences and citations -> the same in a
    language."""
    colon = Texts(WORDS).find(lang, "format", "colon")[0]
    told = dict[str, str]()
    for publisher in SOURCES:
        english, own = publisher.source, load_source(publisher.name, lang)
        told |= {english.licence: own.licence, english.citation: own.citation}
        told[f"{english.publisher}: {english.title}"] = f"{own.publisher}{colon}{own.title}"
    return told
