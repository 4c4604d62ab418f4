"""From a Result back to the bytes: each step's formula, parameters, code and inputs, and whether
its files hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, checked_language
from firstlight.nouns import Instrument
from firstlight.store.code_version import code_version
from firstlight.store.folder import as_on_disk, sha256_of
from firstlight.store.record import Record, plain
from firstlight.texts import (
    Count,
    Name,
    Remark,
    Texts,
    Value,
    by_columns,
    in_language,
    language_columns,
)

SNAPSHOT = "snapshot"
FIRST_FILES = 5  # of a publisher, that are told first; all are told where they were read
UNCHANGED, CHANGED, GONE = "unchanged", "changed", "gone"

TEXTS = Texts(Path(__file__).parent)


@dataclass(frozen=True)
class FileCheck:
    """A file that was written down (name, path, SHA-256, size) and how it stands now: unchanged,
    changed or gone."""

    name: str
    path: str
    sha256: str
    bytes_count: int
    state: str
    rows: int | None = None
    retrieved: str = ""


@dataclass(frozen=True)
class InputStep:
    """One input of a step. ``explanation`` is None where it is not kept, or was explained earlier
    (``is_repeated``)."""

    name: str
    key: str
    explanation: Explanation | None = None
    is_repeated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The input as a plain mapping, ready for JSON."""
        return {
            "name": self.name,
            "key": self.key,
            "is_repeated": self.is_repeated,
            "explanation": self.explanation and self.explanation.to_dict(),
        }


@dataclass(frozen=True)
class Explanation:
    """Where a Result comes from, step by step down to files of a publisher.

    tables    : the Result's own files; snapshots : the publisher's files, for a step that only read
                bytes
    inputs    : the steps before it
    row       : the values of one asked row, with ``row_units``, and ``row_titles`` where what its
                columns are called is known
    """

    name: str
    key: str
    instrument: str
    formula: Mapping[str, str]
    citation: str
    parameters: Mapping[str, Any]
    facts: Mapping[str, Any]
    code_version: str
    created: str
    source: str
    licence: str
    tables: tuple[FileCheck, ...]
    snapshots: tuple[FileCheck, ...]
    inputs: tuple[InputStep, ...]
    modules: tuple[str, ...] = ()
    row: Mapping[str, Any] | None = None
    row_units: Mapping[str, str] | None = None
    row_titles: Mapping[str, str] | None = None

    def lines(self, lang: str = "en") -> tuple[str, ...]:
        """The explanation as an indented text tree, in one language: the publisher's files that it
        comes from first, then step by step how."""
        said = _lines(self, checked_language(lang), "", set())
        return tuple(_printable(line) for line in said)

    def worded(self, publishers: Mapping[str, str]) -> Explanation:
        """The same tree with other words for publishers, their data and licences.

        publishers : what a result says of them, which it keeps in English -> the same in a language
        """
        steps = [
            replace(own, explanation=own.explanation and own.explanation.worded(publishers))
            for own in self.inputs
        ]
        source, licence = (
            "; ".join(publishers.get(part, part) for part in text.split("; "))
            for text in (self.source, self.licence)
        )
        return replace(
            self,
            inputs=tuple(steps),
            source=source,
            licence=licence,
            citation=publishers.get(self.citation, self.citation),
            facts={name: publishers.get(str(value), value) for name, value in self.facts.items()},
        )

    def to_dict(self) -> dict[str, Any]:
        """The same tree as plain mappings and lists, ready for JSON."""
        own = {
            name: value
            for name, value in vars(self).items()
            if name not in ("inputs", "tables", "snapshots", "formula")
        }
        own |= by_columns("formula", self.formula)
        own["tables"] = [dict(vars(check)) for check in self.tables]
        own["snapshots"] = [dict(vars(check)) for check in self.snapshots]
        own["inputs"] = [step.to_dict() for step in self.inputs]
        return own

    def files(self) -> Iterator[FileCheck]:
        """Every file of the tree, this step's first."""
        yield from self.tables
        yield from self.snapshots
        for step in self.inputs:
            if step.explanation is not None:
                yield from step.explanation.files()


def explanation_of(
    record: Record,
    find: Callable[[str], Record | None],
    instruments: Mapping[str, Instrument],
    project: Path,
) -> Explanation:
    """Walk back from a record through its inputs.

    find    : an input's key, or ``sha256:`` and a hash, -> the record that holds it, or None
    project : the folder to which relative paths of snapshots belong
    """
    return _explained(record, find, instruments, project, set())


def _explained(
    record: Record,
    find: Callable[[str], Record | None],
    instruments: Mapping[str, Instrument],
    project: Path,
    seen: set[str],
) -> Explanation:
    result = record.result
    seen.add(result.key)
    steps, inputs = list[InputStep](), result.inputs
    if result.instrument == SNAPSHOT:
        inputs = {}  # the files of a publisher are told as such
    for name, key in inputs.items():
        earlier = find(key)
        if earlier is None:
            steps.append(InputStep(name, key))
        elif earlier.result.key in seen:
            steps.append(InputStep(name, earlier.result.key, is_repeated=True))
        else:
            before = _explained(earlier, find, instruments, project, seen)
            steps.append(InputStep(name, earlier.result.key, before))
    formula, citation = _method(instruments.get(result.instrument), result.facts)
    return Explanation(
        name=result.name,
        key=result.key,
        instrument=result.instrument,
        formula=formula,
        citation=citation,
        parameters=result.parameters,
        facts=result.facts,
        code_version=result.code_version,
        created=result.created,
        source=result.source,
        licence=result.licence,
        tables=tuple(_table_checks(record)),
        snapshots=tuple(_snapshot_checks(record, project)),
        inputs=tuple(steps),
        modules=result.modules,
    )


def with_row(
    explanation: Explanation, row: Mapping[str, Any], units: Mapping[str, str]
) -> Explanation:
    """The same explanation, pointed at one row of the Result's table."""
    return replace(explanation, row=row, row_units=units)


def snapshots_in(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The Snapshot entries in the facts of a Result of instrument ``snapshot``: a list, or one
    alone."""
    listed = facts.get("snapshots")
    if isinstance(listed, list):
        return listed
    if "sha256" in facts and "path" in facts:
        return [facts]
    return []


def _table_checks(record: Record) -> Iterator[FileCheck]:
    for name, table in record.tables.items():
        path = record.folder / table.file
        state = _state(path, table.sha256, table.bytes_count)
        yield FileCheck(name, str(path), table.sha256, table.bytes_count, state, table.rows)


def _snapshot_checks(record: Record, project: Path) -> Iterator[FileCheck]:
    if record.result.instrument != SNAPSHOT:
        return
    folder = project / str(record.result.facts.get("folder", ""))
    for entry in snapshots_in(record.result.facts):
        path = as_on_disk(folder / str(entry["path"]))
        size = int(entry.get("bytes_count", 0))
        state = _state(path, entry["sha256"], size)
        retrieved = str(entry.get("retrieved", ""))
        yield FileCheck(
            Path(str(entry["path"])).name,
            str(entry["path"]),
            entry["sha256"],
            size,
            state,
            retrieved=retrieved,
        )


def _state(path: Path, sha256: str, bytes_count: int) -> str:
    if not path.is_file():
        return GONE
    # the size first: of a large file that was cut short it spares the reading
    if path.stat().st_size == bytes_count and sha256_of(path) == sha256:
        return UNCHANGED
    return CHANGED


def _method(
    instrument: Instrument | None, facts: Mapping[str, Any]
) -> tuple[Mapping[str, str], str]:
    """Formula by language, and citation; as the Result tells them, where the instrument is none of
    those that are known."""
    if instrument is not None:
        return instrument.formula, instrument.citation
    citation = facts.get("instrument_citation") or facts.get("citation", "")
    return Remark.of(facts, "formula").value, str(citation)


def _lines(step: Explanation, lang: str, margin: str, told: set[str]) -> Iterator[str]:
    """The lines of a step and of those before it; the formula of an instrument is told once
    (``told``)."""
    yield f"{margin}{step.name}  {step.key[:16]}"
    inner = margin + "  "
    if step.row is not None:
        yield inner + _say(lang, "row", "")
        yield from (f"{inner}  {cell}" for cell in _cells(step, lang))
    if not margin:
        yield from _origin(step, lang)
    yield from (inner + _say(lang, label, text) for label, text in _about(step, lang, told) if text)
    if step.instrument != SNAPSHOT and step.facts:
        yield inner + _say(lang, "facts", "")
        yield from (f"{inner}  {fact}" for fact in _listed(step.facts, lang))
    for label, checks in (("table", step.tables), ("file", step.snapshots)):
        yield from (inner + _say(lang, label, _checked(check, lang)) for check in checks)
    for before in step.inputs:
        yield from _input_lines(before, lang, inner, told)


def _origin(step: Explanation, lang: str) -> Iterator[str]:
    """The publisher's files at the end of the tree, told before the way there."""
    earlier = (own.explanation for own in step.inputs if own.explanation is not None)
    checks = [check for before in earlier for check in _snapshots(before)]
    for check in checks[:FIRST_FILES]:
        yield "  " + _say(lang, "comes_from", _checked(check, lang))
    if len(checks) > FIRST_FILES:
        yield "  " + _told(lang, "more_files", count=Count(len(checks) - FIRST_FILES))


def _snapshots(step: Explanation) -> Iterator[FileCheck]:
    yield from step.snapshots
    for before in step.inputs:
        if before.explanation is not None:
            yield from _snapshots(before.explanation)


def _cells(step: Explanation, lang: str) -> Iterator[str]:
    """What stands in the row, in one language."""
    units, titles = step.row_units or {}, step.row_titles or {}
    for name, value in _in_one_language(step.row or {}, lang).items():
        called = name
        if title := titles.get(name):
            called = _told(lang, "titled", title=Name(title), name=Name(name))
        shown = _told(lang, "nothing") if value is None else value
        line = f"{called} = {shown}"
        if unit := units.get(name):
            line += f"  [{unit}]"
        yield line


def _in_one_language(values: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The values without those that say the same in another language; what has no translation, as
    a name that is Chinese itself, stays."""
    columns = {own for name in values for own in language_columns(name) if own != name}
    shown = (name for name in values if name not in columns)
    return {name: in_language(values, name, lang) for name in shown}


def _about(step: Explanation, lang: str, told: set[str]) -> Iterator[tuple[str, str]]:
    """Label and text of each line on what a step did."""
    is_new = step.instrument == SNAPSHOT or step.instrument not in told
    told.add(step.instrument)
    yield "instrument", step.instrument
    if is_new:
        yield "formula", Remark(step.formula).text(lang)
        yield "citation", step.citation
    yield "parameters", ", ".join(_listed(step.parameters, lang))
    if step.instrument != SNAPSHOT:
        code = step.code_version
        if code != code_version(*step.modules):
            code = _told(lang, "other_code", version=Name(code))
        yield "code", code
    yield "created", step.created
    yield "source", step.source
    yield "licence", step.licence


def _input_lines(step: InputStep, lang: str, margin: str, told: set[str]) -> Iterator[str]:
    if step.explanation is not None:
        yield margin + _told(lang, "input", name=Name(step.name), text=Name(""))
        yield from _lines(step.explanation, lang, margin + "  ", told)
    else:
        key = step.key
        if not key.startswith("sha256:"):  # a file is looked for by its whole hash
            key = key[:16]
        code = "see_above" if step.is_repeated else "not_kept"
        text = _told(lang, code, key=Name(key))
        yield margin + _told(lang, "input", name=Name(step.name), text=Name(text))


def _checked(check: FileCheck, lang: str) -> str:
    parts = [_told(lang, "bytes", count=Count(check.bytes_count)), f"sha256 {check.sha256}"]
    if check.rows is not None:
        parts.insert(0, _told(lang, "rows", count=Count(check.rows)))
    return f"{check.name}: {', '.join([*parts, _told(lang, check.state)])}"


def _listed(values: Mapping[str, Any], lang: str) -> list[str]:
    """Names and values; long collections by their size, but which column was read for which; texts
    in the other language left out."""
    shown = []
    for name, value in _in_one_language(values, lang).items():
        if isinstance(value, dict | list) and len(str(value)) > 60 and name != "mapping":
            shown.append(f"{name} = {_told(lang, 'entries', count=Count(len(value)))}")
        else:
            shown.append(f"{name} = {value}")
    return shown


def _say(lang: str, label: str, text: str) -> str:
    return _told(lang, label, text=Name(text)).rstrip()


def _told(lang: str, code: str, **values: Value[Any]) -> str:
    return TEXTS.say(lang, "explained", code, **values)


def _printable(line: str) -> str:
    """A title may hold control characters, which would steer the reader's terminal."""
    steering = {
        ord(sign): "\N{REPLACEMENT CHARACTER}"
        for sign in line
        if not sign.isprintable() and unicodedata.category(sign) != "Zs"  # the wide space of 北　京
    }
    return line.translate(steering)


def row_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row in JSON's own types; what JSON can't say (nan, bytes) as text.

    >>> row_of({"share": float("inf"), "year": 2016})
    {'share': 'inf', 'year': 2016}
    """
    said = {}
    for name, value in values.items():
        try:
            said[name] = plain(value, name)
        except InputError:
            said[name] = str(value)
    return said
