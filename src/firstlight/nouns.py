"""The nouns that every room of the house speaks: standard library only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Source:
    """A publisher's data set: who publishes it, under which licence, and how to cite it.

    columns : column name -> unit or meaning, for the tidy table that the source yields
    """

    name: str
    publisher: str
    title: str
    url: str
    licence: str
    citation: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """Exact bytes as they came: file name, SHA-256, size in bytes and date (ISO 8601)."""

    source: str
    path: str
    sha256: str
    bytes_count: int
    retrieved: str


@dataclass(frozen=True)
class Table:
    """A tidy data frame with its key and the unit of each column.

    name  : layer.source__grain, for example ``tidy.arxiv__documents``
    frame : a Polars data frame
    key   : the columns that identify a row
    units : column -> unit
    """

    name: str
    frame: Any
    key: tuple[str, ...]
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Classification:
    """Codes with their names, each under at most one parent.

    entries : code -> (language -> name, parent code or "")
    """

    name: str
    title: str
    source: str
    entries: Mapping[str, tuple[Mapping[str, str], str]]


@dataclass(frozen=True)
class Instrument:
    """A named measurement: its function, what it needs, the formula in words, by language, and its
    citation."""

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    formula: Mapping[str, str]
    citation: str


@dataclass(frozen=True)
class Result:
    """What one instrument said of given inputs, as kept in the catalogue.

    key        : SHA-256 over instrument, parameters, inputs and code version
    parameters : what was chosen
    inputs     : input name -> key of another Result, or ``sha256:`` of bytes
    tables     : table name -> Parquet file
    facts      : small values (numbers, texts) that need no table
    modules    : those that computed it, by which ``code_version`` is found again
    """

    name: str
    key: str
    instrument: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    tables: Mapping[str, Path]
    facts: Mapping[str, Any]
    source: str
    licence: str
    code_version: str
    created: str
    modules: tuple[str, ...] = ()
