"""The provenance of a whole catalogue as W3C PROV-JSON (member submission of 24 April 2013)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import firstlight
from firstlight.store.lineage import SNAPSHOT, snapshots_in
from firstlight.store.record import Record

NAMESPACE = "urn:firstlight:"


def prov_document(records: Iterable[Record]) -> dict[str, Any]:
    """Entities (tables, Results, files), activities (runs) and agents (the software, publishers)
    with their relations.

    A Result is a collection of its tables; what it was derived from is another Result or a file's
    bytes. Inputs that the catalogue does not hold are declared as entities too, so that each
    reference resolves.
    """
    document = _Document()
    for record in sorted(records, key=lambda record: (record.result.name, record.result.key)):
        _add(document, record)
    return document.content()


class _Document:
    """PROV-JSON under way: declarations by id, relations numbered in the order they come in."""

    def __init__(self) -> None:
        self.declared: dict[str, dict[str, dict[str, Any]]] = {
            "entity": {},
            "activity": {},
            "agent": {},
        }
        self.relations: dict[str, dict[str, dict[str, str]]] = {}

    def declare(self, kind: str, name: str, attributes: Mapping[str, Any]) -> str:
        told = {
            attribute: value for attribute, value in attributes.items() if value not in ("", None)
        }
        self.declared[kind].setdefault(name, {}).update(told)
        return name

    def relate(self, relation: str, **ends: str) -> None:
        of_kind = self.relations.setdefault(relation, {})
        ends = {f"prov:{end}": identifier for end, identifier in ends.items()}
        if ends not in of_kind.values():
            of_kind[f"_:{relation}{len(of_kind) + 1}"] = ends

    def content(self) -> dict[str, Any]:
        kinds = {
            kind: entries for kind, entries in (self.declared | self.relations).items() if entries
        }
        return {"prefix": {"fl": NAMESPACE}} | kinds


def _add(document: _Document, record: Record) -> None:
    result = record.result
    entity = document.declare("entity", f"fl:result_{result.key}", _result_attributes(record))
    publisher = _publisher(document, result.source)
    document.relate("wasAttributedTo", entity=entity, agent=publisher)
    if result.instrument == SNAPSHOT:
        for entry in snapshots_in(result.facts):
            document.relate(
                "hadMember", collection=entity, entity=_file(document, entry, publisher)
            )
        return
    run = _run(document, record)
    document.relate("wasGeneratedBy", entity=entity, activity=run)
    outcomes = [entity]
    for name, table in record.tables.items():
        identifier = f"fl:table_{result.key}_{name}"
        attributes = {
            "prov:label": name,
            "fl:sha256": table.sha256,
            "fl:rows": table.rows,
            "fl:bytes": table.bytes_count,
        }
        outcomes.append(
            document.declare("entity", identifier, {"prov:type": _kind("Table")} | attributes)
        )
        document.relate("hadMember", collection=entity, entity=identifier)
        document.relate("wasGeneratedBy", entity=identifier, activity=run)
        document.relate("wasAttributedTo", entity=identifier, agent=publisher)
    for key in sorted(set(result.inputs.values())):
        before = _input(document, key)
        document.relate("used", activity=run, entity=before)
        for outcome in outcomes:
            document.relate(
                "wasDerivedFrom", generatedEntity=outcome, usedEntity=before, activity=run
            )


def _result_attributes(record: Record) -> dict[str, Any]:
    result = record.result
    return {
        "prov:type": _kind("Snapshot" if result.instrument == SNAPSHOT else "Result"),
        "prov:label": result.name,
        "fl:created": {"$": result.created, "type": "xsd:dateTime"},
        "fl:key": result.key,
        "fl:licence": result.licence,
        "fl:source": result.source,
    }


def _run(document: _Document, record: Record) -> str:
    result = record.result
    attributes = {
        "prov:type": _kind("Run"),
        "prov:label": result.instrument,
        "prov:endTime": result.created,
        "fl:instrument": result.instrument,
        "fl:codeVersion": result.code_version,
        "fl:parameters": json.dumps(result.parameters, sort_keys=True, ensure_ascii=False),
    }
    run = document.declare("activity", f"fl:run_{result.key}", attributes)
    software = document.declare(
        "agent",
        f"fl:software_{_short(result.code_version)}",
        {
            "prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
            "prov:label": f"firstlight {result.code_version}",
            "fl:exportedBy": firstlight.__version__,
        },
    )
    document.relate("wasAssociatedWith", activity=run, agent=software)
    return run


def _publisher(document: _Document, source: str) -> str:
    attributes = {
        "prov:type": {"$": "prov:Organization", "type": "prov:QUALIFIED_NAME"},
        "prov:label": source or "unknown publisher",
    }
    return document.declare("agent", f"fl:publisher_{_short(source)}", attributes)


def _file(document: _Document, entry: Mapping[str, Any], publisher: str) -> str:
    attributes = {
        "prov:type": _kind("File"),
        "prov:label": str(entry["path"]).replace("\\", "/").rsplit("/", 1)[-1],
        "fl:sha256": entry["sha256"],
        "fl:bytes": entry.get("bytes_count"),
        "fl:retrieved": entry.get("retrieved"),
    }
    identifier = document.declare("entity", f"fl:bytes_{entry['sha256']}", attributes)
    document.relate("wasAttributedTo", entity=identifier, agent=publisher)
    return identifier


def _input(document: _Document, key: str) -> str:
    if key.startswith("sha256:"):
        sha256 = key.removeprefix("sha256:")
        return document.declare("entity", f"fl:bytes_{sha256}", {"fl:sha256": sha256})
    return document.declare("entity", f"fl:result_{key}", {"fl:key": key})


def _kind(name: str) -> dict[str, str]:
    return {"$": f"fl:{name}", "type": "prov:QUALIFIED_NAME"}


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
