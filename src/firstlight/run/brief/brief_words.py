"""What every part of a brief is written with: its texts, and the numbers of its sources."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firstlight.run.brief.evidence import Evidence
from firstlight.run.brief.rooms import KIND_WORDS
from firstlight.texts import Name, Remark, Texts, Value

__all__ = ["TEXTS", "BriefWords"]

TEXTS = Texts(Path(__file__).parent)


@dataclass
class BriefWords:
    """Texts in one language; sources are numbered as they are first called."""

    evidence: Evidence
    lang: str
    sources: list[str] = field(default_factory=list)

    def say(self, *keys: str, **values: Value[Any]) -> str:
        """A text of the brief."""
        return TEXTS.say(self.lang, *keys, **values)

    def write(self, value: Value[Any]) -> str:
        """A value alone, as in the cell of a table."""
        return TEXTS.write(self.lang, value)

    def source(self, measurement: str, table: str = "", column: str = "", value: str = "") -> int:
        """The number of a source: a measurement, a table of it, or its rows of one value."""
        about = {"measurement": Name(measurement), "table": Name(table)}
        if not table:
            return self._numbered(self.say("sources", "whole", **about))
        row = option = ""
        if column:
            which = {"column": Name(column), "value": Name(value)}
            row = self.say("sources", "row", **which)
            option = f" --row {shlex.quote(f'{column}={value}')}"
        return self._numbered(
            self.say("sources", "line", row=Name(row), option=Name(option), **about)
        )

    def source_file(self, file: str) -> int:
        """The number of a file as a source."""
        return self._numbered(self.say("sources", "file", file=Name(file)))

    def _numbered(self, line: str) -> int:
        if line not in self.sources:
            self.sources.append(line)
        return self.sources.index(line) + 1

    def kind_told(self, kind: str) -> str:
        """Which file would tell, and who has it."""
        told = KIND_WORDS[kind]
        return self.say(
            "lacks", "file", kind=Remark.under(told), source=Remark.under(told, "source_")
        )
