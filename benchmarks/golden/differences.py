"""The differences between two freezes that are allowed, each with its reason: `differences.toml`,
read and used up."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.refused import RefusedError

LISTED = Path(__file__).resolve().parent / "differences.toml"
# kind -> the keys that it needs beside kind and reason
KINDS: Mapping[str, tuple[str, ...]] = {
    "case_renamed": ("case", "to"),
    "case_left_out": ("case",),
    "case_added": ("case",),
    "table_renamed": ("case", "table", "to"),
    "table_left_out": ("case", "table"),
    "table_added": ("case", "table"),
    "column_renamed": ("case", "table", "column", "to"),
    "column_left_out": ("case", "table", "column"),
    "column_added": ("case", "table", "column"),
    "type_changed": ("case", "table", "column", "to"),
    "number_changed": ("case", "table", "column", "tolerance"),
    "text_changed": ("case", "table", "column", "texts"),
    "texts_replaced": ("case", "table", "column"),
    "rows_left_out": ("case", "table"),
    "rows_added": ("case", "table"),
    "rows_reordered": ("case", "table"),
    "rows_replaced": ("case", "table"),
}


@dataclass
class Difference:
    """One allowed difference.

    kind      : one of `KINDS`
    reason    : why
    case      : old id, of an added case the new one; a pattern such as "productivity*" where it
                holds in many
    table     : old name, of an added table the new one; may be a pattern too
    column    : old name, of an added column the new one; may be a pattern too
    to        : the new name, or type
    tolerance : of numbers, as in `compare.differ`
    texts     : old text -> new text, "" for a missing one
    used      : how many cases, tables, columns, rows or cells it explained
    """

    kind: str
    reason: str
    case: str
    table: str = "*"
    column: str = "*"
    to: str = ""
    tolerance: float = 0.0
    texts: Mapping[str, str] = field(default_factory=dict)
    used: int = 0

    def line(self) -> str:
        """What it is, in a line."""
        where = "/".join(
            getattr(self, name) for name in ("case", "table", "column") if name in KINDS[self.kind]
        )
        more = f" -> {self.to}" if self.to else ""
        return f"{self.kind} {where}{more}"


class Allowed:
    """The list of allowed differences, which counts what each explains."""

    def __init__(self, listed: list[Difference]) -> None:
        self.listed = listed

    def find(self, kind: str, case: str, table: str = "*", column: str = "*") -> Difference | None:
        """The first difference of a kind that is listed for this place; None where there is none."""
        for one in self.listed:
            pairs = zip((case, table, column), (one.case, one.table, one.column), strict=True)
            if one.kind == kind and all(
                fnmatch.fnmatchcase(name, pattern) for name, pattern in pairs
            ):
                return one
        return None

    def unused(self) -> list[Difference]:
        """Those that explained nothing: a list must not promise what didn't happen."""
        return [one for one in self.listed if not one.used]


def read_differences(path: Path = LISTED) -> Allowed:
    """The list in a file.

    Raises  RefusedError for an unknown kind, a missing or a needless key, and for an empty reason.
    """
    listed = tomllib.loads(path.read_text(encoding="utf-8")).get("difference", [])
    for number, one in enumerate(listed, 1):
        where = f"{path}, difference {number}"
        needed = KINDS.get(one.get("kind", ""))
        if needed is None:
            raise RefusedError(
                f"kind {one.get('kind')!r}", where=where, try_next=f"one of {', '.join(KINDS)}"
            )
        if set(one) != {"kind", "reason", *needed}:
            raise RefusedError(
                "other keys than it needs",
                where=where,
                try_next=f"kind, reason, {', '.join(needed)}",
            )
        if not one["reason"].strip():
            raise RefusedError("no reason", where=where, try_next="say why")
    return Allowed([Difference(**one) for one in listed])
