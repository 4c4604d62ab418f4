"""What a reader must know before comparing years: a code, how grave it is, and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from firstlight.texts import Message, Number, Value

Severity = Literal["red", "yellow", "note"]
PLACES = 6  # decimals of a number, so that the order of summation changes no byte
_ORDER: dict[Severity, int] = {"red": 0, "yellow": 1, "note": 2}


class Notice(NamedTuple):
    """A message about the record itself; its words stand under ``[says]`` in the text files.

    severity : "red" where figures stay wrong or little of them can be compared, "yellow" where a
               decision of `Comparability` corrects what would have been wrong, else "note"
    """

    code: str
    severity: Severity
    values: Mapping[str, Value[Any]]

    @property
    def message(self) -> Message:
        """The code and its values, as text files put them into words."""
        return Message(self.code, self.values)


def notice(code: str, severity: Severity, /, **values: Value[Any]) -> Notice:
    """A notice and its values, its numbers rounded to six decimals."""
    return Notice(code, severity, {name: _rounded(value) for name, value in values.items()})


def _rounded(value: Value[Any]) -> Value[Any]:
    if isinstance(value, Number):
        return replace(value, value=round(value.value, PLACES))
    return value


def by_severity(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Red notices first, then yellow ones; those of one severity in the order given."""
    return tuple(sorted(notices, key=lambda one: _ORDER[one.severity]))
