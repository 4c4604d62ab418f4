"""Messages as JSON, in which results and observations keep them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firstlight.texts import (
    ENGLISH,
    Change,
    Code,
    Count,
    Figure,
    Growth,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Remark,
    Share,
    Value,
    Year,
)

_EVERY = (Count, Year, Name, Code, Remark, Number, Share, Growth, Change, Figure, Phrase, List)
KINDS: dict[str, type[Value[Any]]] = {kind.__name__: kind for kind in _EVERY}


def message_to_json(given: Message) -> dict[str, Any]:
    """A message as JSON: ``{"code": ..., "values": {name: {"type": ..., "value": ...}}}``."""
    return {
        "code": given.code,
        "values": {name: value_to_json(value) for name, value in given.values.items()},
    }


def message_from_json(fields: Mapping[str, Any]) -> Message:
    """The message that `message_to_json` wrote."""
    return Message(
        fields["code"], {name: value_from_json(value) for name, value in fields["values"].items()}
    )


def value_to_json(value: Value[Any]) -> dict[str, Any]:
    """A value as JSON.

    >>> value_to_json(Share(0.5))
    {'type': 'Share', 'value': 0.5, 'digits': 0}
    """
    fields = dict(vars(value))
    if isinstance(value, List):
        fields["value"] = [value_to_json(item) for item in value.value]
    elif isinstance(value, Phrase):
        fields["value"] = message_to_json(value.value)
    return {"type": type(value).__name__, **fields}


def value_from_json(fields: Mapping[str, Any]) -> Value[Any]:
    """The value that `value_to_json` wrote.

    Raises TypeError for a kind of value that does not exist.
    """
    kind = KINDS.get(fields["type"])
    if kind is None:
        raise TypeError(f"a message holds a {fields['type']!r}")
    given = {name: field for name, field in fields.items() if name != "type"}
    if kind is List:
        given["value"] = tuple(value_from_json(item) for item in given["value"])
    elif kind is Phrase:
        given["value"] = message_from_json(given["value"])
    elif kind is Remark and isinstance(given["value"], str):  # as it was kept before 0.2
        given = {"value": {ENGLISH: given.pop("value"), **given}}
    return kind(**given)
