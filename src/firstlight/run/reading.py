"""What every verb does with the files that it was handed: written down, tidied, and said what was
set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError, shown
from firstlight.nouns import Result, Snapshot, Source
from firstlight.result import ASIDE
from firstlight.sources import Counts, Documents
from firstlight.sources.panels import Panel
from firstlight.sources.publisher import load_source
from firstlight.sources.setaside import SCHEMA, gather, reasons_of
from firstlight.texts import Count, List, Message, Name, Phrase, Texts, family_texts, message

RUN = Path(__file__).parent
Say = Callable[[str], None]
BESIDE = "beside"  # before the point in a column of the second record that is named by hand


def is_frame(given: Any) -> bool:
    """True for a data frame of a kind that is understood, false for a path or nothing."""
    return given is not None and not isinstance(given, (str, Path, Mapping))


def frame_or_none(given: Any) -> Any:
    """A data frame that was handed in, in whose kind results are handed out; None for all else."""
    if is_frame(given):
        return given
    return None


def files_publisher() -> Source:
    """Who published files that are handed in, as far as is known."""
    return load_source("files")


class Handed(NamedTuple):
    """The rows that stand for what was handed in, and what is known of them besides.

    mapping   : column -> columns of the files
    set_aside : rows of these that could not be read
    file      : whose rows they are, in their order
    """

    frame: Any
    snapshots: tuple[Snapshot, ...]
    mapping: Mapping[str, str] = MappingProxyType({})
    notes: tuple[Message, ...] = ()
    set_aside: pl.DataFrame = pl.DataFrame(schema=SCHEMA)
    file: str = "frame"

    def on(self, panel: Panel) -> Panel:
        """The table that was read of the rows, with what is known of them."""
        aside = panel.set_aside.with_columns(pl.col("file").replace("frame", self.file))
        return replace(
            panel,
            snapshots=self.snapshots,
            mapping={**panel.mapping, **self.mapping},
            notes=(*panel.notes, *self.notes),
            set_aside=gather([aside, self.set_aside]),
        )


def keep_bytes(
    catalogue: Catalogue, found: Documents | Counts | Panel, given: Any
) -> tuple[Result, Source]:
    """Write down the files that were read, and the folder that they were found in."""
    publisher = files_publisher()
    folder = None
    if isinstance(given, (str, Path)):
        folder = Path(given).absolute()
        if folder.is_file():
            folder = folder.parent
    return catalogue.keep_snapshots(
        "files_read", publisher, found.snapshots, folder=folder
    ), publisher


def keep_tidy(
    catalogue: Catalogue,
    name: str,
    found: Documents | Counts | Panel,
    raw: Result,
    choices: Mapping[str, Any] | None = None,
) -> Result:
    """Keep the tidy table and the rows set aside.

    choices : of how it was read, beside the mapping of columns
    """
    frame: pl.DataFrame = found.table.frame
    parameters: dict[str, Any] = {"mapping": dict(found.mapping)}
    if found.encoding:
        parameters["encoding"] = found.encoding
    return catalogue.keep(
        name,
        instrument="sources.tidy",
        parameters={**parameters, **(choices or {})},
        inputs={"files_read": raw.key},
        source=raw.source,
        licence=raw.licence,
        compute=lambda: ({name: frame, "set_aside": found.set_aside}, {"rows": found.rows}),
        units={name: dict(found.table.units)},
    )


def columns_apart(named: Mapping[str, str] | None) -> tuple[dict[str, str], dict[str, str]]:
    """Columns that are named by hand: those of the source, and those of the second record.

    >>> columns_apart({"title": "Titel", "beside.title": "Headline"})
    ({'title': 'Titel'}, {'title': 'Headline'})
    """
    own, of_beside = dict[str, str](), dict[str, str]()
    for name, theirs in (named or {}).items():
        table, _, column = name.rpartition(".")
        if table == BESIDE:
            of_beside[column] = theirs
        else:
            own[name] = theirs
    return own, of_beside


def set_aside(*found: Documents | Counts | Panel) -> dict[str, pl.DataFrame]:
    """Tables set_aside (by reason, with the place of the first) and set_aside_rows (each row with
    its reason)."""
    rows = pl.concat([one.set_aside for one in found])
    place = pl.concat_str(pl.col("file"), pl.lit(", row "), pl.col("row").cast(pl.String))
    by_reason = (
        rows.sort("file", "row", "column")
        .group_by("code")
        .agg(pl.len().cast(pl.Int64).alias("documents_count"), place.first().alias("example"))
        .select(
            *reasons_of(pl.col("code")),
            "documents_count",
            "example",
        )
        .sort(-pl.col("documents_count"), "reason")
    )
    return dict(zip(ASIDE, (by_reason, rows), strict=True))


def why_set_aside(code: str) -> Phrase:
    """Why a reader set rows aside, as a part of what a result says."""
    return Phrase(message(f"reasons.{code}"), room="sources")


def noted(note: Message) -> Phrase:
    """What a reader noted, as a part of what a result says."""
    return Phrase(Message(f"notes.{note.code}", note.values), room="sources")


def note_message(note: Message) -> Message:
    """What a reader should know of a file, as a result says it."""
    return message("note", text=noted(note))


def units_of(texts: Texts, tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, str]]:
    """Table -> column -> unit, of those that have one."""
    units = {}
    for name, frame in tables.items():
        of = {column: texts.told("en", name, column).get("unit", "") for column in frame.columns}
        units[name] = {column: unit for column, unit in of.items() if unit}
    return units


def units_and_notes(table: str, frame: pl.DataFrame) -> dict[str, str]:
    """Column of an observation's table -> its unit, or else its title, and its note; shown when a
    row is explained."""
    words = family_texts("emergence").find("en", "tables")[0].get(table, {}).get("columns", {})
    found = {}
    for column in frame.columns:
        if told := words.get(column):
            parts = [told.get("unit") or told["title"], told.get("note")]
            found[column] = "; ".join(part for part in parts if part)
    return found


def files_of(snapshots: Iterable[Snapshot]) -> list[dict[str, Any]]:
    """Name, hash and size of each file."""
    return [
        {"name": own.path, "sha256": own.sha256, "bytes_count": own.bytes_count}
        for own in snapshots
    ]


def facts_of(found: Documents | Counts | Panel, publisher: Source) -> dict[str, Any]:
    """Names, hashes and columns of what was read."""
    return {
        "sources": [{"name": path} for path in sorted({own.path for own in found.snapshots})],
        "citation": publisher.citation,
        "is_sample": False,
        "inputs": files_of(found.snapshots),
        "mapping": dict(found.mapping),
    }


def kept_facts(kept: Result) -> dict[str, Any]:
    """The facts of a kept result, with what views say of where it comes from."""
    return {
        **kept.facts,
        "code_version": kept.code_version,
        "licence": kept.licence,
        "results": {kept.name: kept.key, **kept.inputs},
    }


def title_of(found: Documents | Counts | Panel) -> str:
    """The file's name, or the first file's and how many more."""
    names = sorted({Path(snapshot.path).name for snapshot in found.snapshots})
    if not names:
        return "data frame"
    if len(names) == 1:
        return names[0]
    return f"{names[0]} + {len(names) - 1}"


def refuse_nothing(found: Documents | Counts | Panel) -> None:
    """Raises InputError, with the reasons, where every row of the input was set aside."""
    if found.table.frame.height:
        return
    first = found.set_aside.row(0, named=True)
    code = "nothing_usable"
    if first["code"] == "year_of_month_missing":
        code = "months_without_year"
    count, reasons = Count(found.rows), List(tuple(_reasons(found)))
    raise InputError(message(code, count=count, reasons=reasons, first=_place(first)), RUN)


def refuse_unknown(panel: Panel) -> None:
    """Raises InputError, naming the first, where rows have no number that can be read: each would
    pass for a row that isn't there."""
    lacking = panel.set_aside.filter(pl.col("code").str.starts_with("value_"))
    if lacking.height:
        first = _place(lacking.row(0, named=True))
        raise InputError(message("numbers_lack", count=Count(lacking.height), first=first), RUN)


def _place(row: Mapping[str, Any]) -> Phrase:
    """Where a row stands that was set aside, with the cell that it was set aside for."""
    file, number = Name(row["file"]), Count(row["row"])
    if not row["column"]:
        return Phrase(message("phrases.row", file=file, row=number))
    cell = {"column": Name(row["column"]), "value": shown(repr(row["value"]))}
    return Phrase(message("phrases.cell", file=file, row=number, **cell))


def _reasons(found: Documents | Counts | Panel) -> Iterator[Phrase]:
    """Why rows were set aside: the three reasons that most of them share."""
    for code, count in Counter(found.set_aside["code"]).most_common(3):
        yield Phrase(message("phrases.because", count=Count(count), reason=why_set_aside(code)))
