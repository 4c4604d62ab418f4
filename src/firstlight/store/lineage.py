"""From a Result back to the bytes: each step's formula, parameters, code and inputs, and whether its files hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, checked_language
from firstlight.nouns import Instrument
from firstlight.store.code_version import code_version
from firstlight.store.folder import sha256_of
from firstlight.store.record import Record, plain

SNAPSHOT = "snapshot"
UNCHANGED, CHANGED, GONE = "unchanged", "changed", "gone"

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "instrument": "instrument",
        "formula": "formula",
        "citation": "citation",
        "parameters": "parameters",
        "facts": "facts",
        "code": "code version",
        "other code": "differs from the code that runs now",
        "created": "computed",
        "source": "source",
        "licence": "licence",
        "table": "table",
        "row": "row",
        "rows": "rows",
        "bytes": "bytes",
        "file": "file",
        "input": "from",
        "see above": "explained above",
        "not kept": "not kept in this catalogue",
        "entries": "entries",
        UNCHANGED: "file unchanged",
        CHANGED: "file changed since",
        GONE: "file not found here",
        "other language": "_zh",
    },
    "zh": {
        "instrument": "测量方法",
        "formula": "公式",
        "citation": "引用文献",
        "parameters": "参数",
        "facts": "结果要点",
        "code": "代码版本",
        "other code": "与当前运行的代码不同",
        "created": "计算时间",
        "source": "来源",
        "licence": "许可",
        "table": "数据表",
        "row": "行",
        "rows": "行",
        "bytes": "字节",
        "file": "文件",
        "input": "来自",
        "see above": "见上文",
        "not kept": "本目录未保存",
        "entries": "项",
        UNCHANGED: "文件未变",
        CHANGED: "文件已改动",
        GONE: "此处未找到该文件",
        "other language": "_en",
    },
}


@dataclass(frozen=True)
class FileCheck:
    """A file that was written down (name, path, SHA-256, size) and how it stands now: unchanged, changed or gone."""

    name: str
    path: str
    sha256: str
    bytes_count: int
    state: str
    rows: int | None = None
    retrieved: str = ""


@dataclass(frozen=True)
class InputStep:
    """One input of a step. ``explanation`` is None where it is not kept, or was explained earlier (``is_repeated``)."""

    name: str
    key: str
    explanation: Explanation | None = None
    is_repeated: bool = False


@dataclass(frozen=True)
class Explanation:
    """Where a Result comes from, step by step down to files of a publisher.

    tables    : the Result's own files; snapshots : the publisher's files, for a step that only read bytes
    inputs    : the steps before it
    row       : the values of one asked row, with ``row_units``
    """

    name: str
    key: str
    instrument: str
    formula: str
    formula_zh: str
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

    def lines(self, lang: str = "en") -> tuple[str, ...]:
        """The explanation as an indented text tree, in English (``en``) or Chinese (``zh``)."""
        words = WORDS[checked_language(lang)]
        return tuple(_printable(line) for line in _lines(self, words, "", set()))

    def to_dict(self) -> dict[str, Any]:
        """The same tree as plain mappings and lists, ready for JSON."""
        own = {
            name: value
            for name, value in vars(self).items()
            if name not in ("inputs", "tables", "snapshots")
        }
        own["tables"] = [dict(vars(check)) for check in self.tables]
        own["snapshots"] = [dict(vars(check)) for check in self.snapshots]
        own["inputs"] = [
            {
                "name": step.name,
                "key": step.key,
                "is_repeated": step.is_repeated,
                "explanation": step.explanation.to_dict() if step.explanation else None,
            }
            for step in self.inputs
        ]
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
    steps = []
    for name, key in result.inputs.items() if result.instrument != SNAPSHOT else ():
        earlier = find(key)
        if earlier is None:
            steps.append(InputStep(name, key))
        elif earlier.result.key in seen:
            steps.append(InputStep(name, earlier.result.key, is_repeated=True))
        else:
            before = _explained(earlier, find, instruments, project, seen)
            steps.append(InputStep(name, earlier.result.key, before))
    instrument = instruments.get(result.instrument)
    return Explanation(
        name=result.name,
        key=result.key,
        instrument=result.instrument,
        formula=instrument.formula if instrument else str(result.facts.get("formula", "")),
        formula_zh=instrument.formula_zh if instrument else str(result.facts.get("formula_zh", "")),
        citation=instrument.citation if instrument else _citation(result.facts),
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
    """The Snapshot entries in the facts of a Result of instrument ``snapshot``: a list, or one alone."""
    listed = facts.get("snapshots")
    if isinstance(listed, list):
        return listed
    return [facts] if "sha256" in facts and "path" in facts else []


def parts_in(facts: Mapping[str, Any]) -> list[str]:
    """The SHA-256 of each part of its rows that a Result tells, by which later steps may name what they read."""
    told = facts.get("parts_sha256")
    return [str(sha256) for sha256 in told.values()] if isinstance(told, Mapping) else []


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
        path = folder / str(entry["path"])
        size = int(entry.get("bytes_count", 0))
        state = _state(path, entry["sha256"], size)
        retrieved = str(entry.get("retrieved", ""))
        yield FileCheck(
            path.name, str(entry["path"]), entry["sha256"], size, state, retrieved=retrieved
        )


def _state(path: Path, sha256: str, bytes_count: int) -> str:
    if not path.is_file():
        return GONE
    if path.stat().st_size != bytes_count:
        return CHANGED
    return UNCHANGED if sha256_of(path) == sha256 else CHANGED


def _citation(facts: Mapping[str, Any]) -> str:
    return str(facts.get("instrument_citation") or facts.get("citation", ""))


def _lines(
    step: Explanation, words: Mapping[str, str], margin: str, told: set[str]
) -> Iterator[str]:
    """The lines of a step and of those before it; the formula of an instrument is told once (``told``)."""
    yield f"{margin}{step.name}  {step.key[:16]}"
    inner = margin + "  "
    if step.row is not None:
        units = step.row_units or {}
        yield f"{inner}{words['row']}:"
        for name, value in step.row.items():
            yield f"{inner}  {name} = {value}" + (f"  [{units[name]}]" if units.get(name) else "")
    code = step.code_version
    if step.instrument != SNAPSHOT and code != code_version(*step.modules):
        code += f" ({words['other code']})"
    is_new = step.instrument == SNAPSHOT or step.instrument not in told
    told.add(step.instrument)
    said = {
        "instrument": step.instrument,
        "formula": (step.formula_zh if words is WORDS["zh"] and step.formula_zh else step.formula)
        if is_new
        else "",
        "citation": step.citation if is_new else "",
        "parameters": ", ".join(_listed(step.parameters, words)),
        "code": "" if step.instrument == SNAPSHOT else code,
        "created": step.created,
        "source": step.source,
        "licence": step.licence,
    }
    yield from (f"{inner}{words[name]}: {text}" for name, text in said.items() if text)
    if step.instrument != SNAPSHOT and step.facts:
        yield f"{inner}{words['facts']}:"
        yield from (f"{inner}  {fact}" for fact in _listed(step.facts, words))
    yield from (f"{inner}{words['table']} {_checked(check, words)}" for check in step.tables)
    yield from (f"{inner}{words['file']} {_checked(check, words)}" for check in step.snapshots)
    for before in step.inputs:
        yield from _input_lines(before, words, inner, told)


def _input_lines(
    step: InputStep, words: Mapping[str, str], margin: str, told: set[str]
) -> Iterator[str]:
    head = f"{margin}{words['input']} {step.name}:"
    if step.explanation is not None:
        yield head
        yield from _lines(step.explanation, words, margin + "  ", told)
    else:
        key = step.key if step.key.startswith("sha256:") else step.key[:16]
        yield f"{head} {key} ({words['see above' if step.is_repeated else 'not kept']})"


def _checked(check: FileCheck, words: Mapping[str, str]) -> str:
    rows = f"{check.rows} {words['rows']}, " if check.rows is not None else ""
    return f"{check.name}: {rows}{check.bytes_count} {words['bytes']}, sha256 {check.sha256}, {words[check.state]}"


def _listed(values: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    """Names and values; long collections by their size, texts in the other language left out."""
    shown = []
    for name, value in values.items():
        is_long = isinstance(value, dict | list) and len(str(value)) > 60
        if not name.endswith(words["other language"]):
            shown.append(
                f"{name} = {len(value)} {words['entries']}" if is_long else f"{name} = {value}"
            )
    return shown


def _printable(line: str) -> str:
    """A title may hold control characters, which would steer the reader's terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line
    )


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
