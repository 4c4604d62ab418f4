"""names.csv: what a user decides about names, read from a file and kept beside what it changed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError, unknown
from firstlight.instruments.emergence.technologies.own_names import (
    ACTIONS,
    OF_DOCUMENTS,
    SCHEMA,
    WITH_TARGET,
    OwnNames,
    circle,
)
from firstlight.nouns import Snapshot
from firstlight.run.corpus import Caution
from firstlight.run.reading import files_publisher
from firstlight.sources.columns import bare
from firstlight.sources.formats import open_given
from firstlight.sources.raw import ROW
from firstlight.texts import Code, Count, List, Name, Value, message, names

RUN = Path(__file__).parent
MOST_TOLD = 5  # names in a sentence
# Of one name; what is split off may well be hidden, renamed or translated.
CONTRADICTIONS = frozenset(
    frozenset(pair)
    for pair in (("hide", "rename"), ("hide", "translate"), ("hide", "merge"), ("merge", "split"))
)


@dataclass(frozen=True)
class NamesFile:
    """A user's decisions on names, and the bytes that they were read from."""

    names: OwnNames = field(default_factory=OwnNames.none)
    snapshots: tuple[Snapshot, ...] = ()
    folder: Path | None = None

    def inputs(self, catalogue: Catalogue) -> dict[str, str]:
        """The file as an input of every step that it changes; nothing where there is none."""
        if not self.snapshots:
            return {}
        kept = catalogue.keep_snapshots(
            "names_read", files_publisher(), self.snapshots, folder=self.folder
        )
        return {kept.name: kept.key}

    def joins(self) -> list[list[str | None]]:
        """What is merged and split, as the parameter of a step that depends on nothing else of the
        file."""
        rows = self.names.of_action(*OF_DOCUMENTS).select("name", "action", "to").rows()
        return [list(row) for row in rows]


def read_names(given: Any, encoding: str | None = None) -> NamesFile:
    """Read names.csv, or a frame of the same columns.

    encoding : of a file that isn't UTF-8; found by its bytes unless given

    Raises  InputError naming file, row and column where an action is unknown, a name is missing,
            one name is merged or renamed twice, or hidden and renamed, or merges run in a circle.
    """
    opened = open_given(given, "panel_columns.csv", None, encoding=encoding)
    parts = []
    where = "names"
    for file, content in opened.opened:
        where = file
        columns = _columns(file, content.names)
        raw = content.load(tuple(columns.values())).frame
        texts = {
            ours: pl.col(theirs).cast(pl.String).str.strip_chars()
            for ours, theirs in columns.items()
        }
        texts.setdefault("to", pl.lit(None, pl.String))
        row = pl.col(ROW).cast(pl.Int64).alias("row")
        parts.append(
            raw.select(
                row,
                *(texts[name].replace("", None).alias(name) for name in SCHEMA if name != "row"),
            )
        )
    table = pl.concat(parts).filter(pl.any_horizontal(pl.col("name", "action", "to").is_not_null()))
    action = pl.col("action").str.to_lowercase().replace(_known_as("actions"))
    own = OwnNames.of(table.with_columns(action))
    _check(own, where)
    folder = None
    if isinstance(given, str | Path):
        folder = Path(given).absolute().parent
    return NamesFile(own, opened.snapshots, folder)


def refuse_joins(own: OwnNames, title: str) -> None:
    """Raises InputError for a merge or a split where only counts are known."""
    rows = own.of_action(*OF_DOCUMENTS)
    if rows.height:
        row = rows.row(0, named=True)
        about = {"action": _word(row["action"]), "name": Name(row["name"]), "title": Name(title)}
        raise InputError(message("joins_of_counts", row=Count(row["row"]), **about), RUN)


def unused_names(table: pl.DataFrame) -> list[Caution]:
    """A note on the rows of names.csv that fit no technology of this record."""
    unused = table.filter(pl.col("technology_id").is_null())
    if not unused.height:
        return []
    said = message(
        "names_unused",
        count=Count(unused.height),
        names=names(unused["name"].head(MOST_TOLD).to_list()),
    )
    return [Caution("names_unused", "note", said, "documents")]


def with_hidden(dropped: pl.DataFrame, hidden: pl.DataFrame) -> pl.DataFrame:
    """What was dropped, headed by what the user hides."""
    rows = hidden.select(
        pl.col("label").alias("term"), "documents_count", pl.lit("hidden").alias("rule")
    )
    return pl.concat([rows, dropped], how="diagonal").select(dropped.columns)


def renumbered(pairs: pl.DataFrame, number: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Pairs of technologies by their new rows; those with a hidden one are left out.

    pairs  : technology, other, weight; number : new row of each technology, -1 where hidden
    """
    rows = pl.Series(number, dtype=pl.Int64)
    moved = pairs.with_columns(rows[pairs[name]].alias(name) for name in ("technology", "other"))
    return moved.filter((pl.col("technology") >= 0) & (pl.col("other") >= 0))


@cache
def _known_as(group: str) -> dict[str, str]:
    """What a column or an action may be called -> its own name."""
    text = files(__package__).joinpath("names_file.toml").read_text(encoding="utf-8")
    return {
        called: name
        for name, every in tomllib.loads(text)[group].items()
        for called in every.split()
    }


def _columns(file: str, there: tuple[str, ...]) -> dict[str, str]:
    known = _known_as("columns")
    found = {known[bare(name)]: name for name in reversed(there) if bare(name) in known}
    for needed in ("name", "action"):
        if needed not in found:
            columns = names(there, len(there))
            lacking = message("names_lack", file=Name(file), column=Name(needed), columns=columns)
            raise InputError(lacking, RUN)
    return found


def _word(action: str) -> Code:
    """What an action is called in the file, in the language of the reader."""
    return Code(f"actions.{action}")


def _first_contradiction(own: OwnNames) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The first two rows on one name of which one undoes the other; None where there are none."""
    seen: dict[str, list[dict[str, Any]]] = {}
    for row in own.table.iter_rows(named=True):
        earlier = seen.setdefault(row["key"], [])
        for one in earlier:
            if frozenset((one["action"], row["action"])) in CONTRADICTIONS:
                return one, row
        earlier.append(row)
    return None


def _check(own: OwnNames, file: str) -> None:
    """Raises InputError for a row that can't be read, and for rows that don't go together."""
    for row in own.table.iter_rows(named=True):
        at: dict[str, Value[Any]] = {"file": Name(file), "row": Count(row["row"])}
        if row["action"] not in ACTIONS:
            raise InputError(unknown("no_action", row["action"] or "", ACTIONS, **at), RUN)
        at["action"] = _word(row["action"])
        if not row["key"]:
            raise InputError(message("nobody_named", **at), RUN)
        if row["action"] in WITH_TARGET and not row["to"]:
            raise InputError(message("no_target", name=Name(row["name"]), **at), RUN)
    _check_repeated(own, file)
    against = _first_contradiction(own)
    if against is not None:
        one, other = against
        about = {"name": Name(other["name"]), "action": _word(one["action"])}
        about["other"] = _word(other["action"])
        rows = List((Count(one["row"]), Count(other["row"])), 2)
        raise InputError(message("named_against", file=Name(file), rows=rows, **about), RUN)
    turns = circle(own)
    if turns is not None:
        raise InputError(message("circle", file=Name(file), row=Count(turns)), RUN)


def _check_repeated(own: OwnNames, file: str) -> None:
    """Raises InputError for an action on one name that stands twice."""
    again = own.table.filter(pl.struct("key", "action").is_duplicated())
    if again.height:
        rows = [Count(row) for row in again.filter(pl.col("key") == again["key"][0])["row"]]
        about = {"action": _word(again["action"][0]), "name": Name(again["name"][0])}
        every = List(tuple(rows), len(rows))
        raise InputError(message("named_again", file=Name(file), rows=every, **about), RUN)
