"""Values inside nested records: paths such as ``authorships[].author.display_name``, and abstracts
as indexes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from firstlight.sources.columns import aliases
from firstlight.sources.limits import check, current, over
from firstlight.sources.raw import LIST_SIGN

UNREADABLE = "\x1eunreadable"
_STEP = re.compile(r"([^.\[\]]+)((?:\[\d*\])?)")


_STRUCTURE = b'[]{}"'
_NO_STRUCTURE = bytes(set(range(256)) - set(_STRUCTURE))
_TEXT = re.compile(rb'"[^"]*"')
# The keys under which an object says what it is called, in order of preference.
_NAMES = (
    *("name", "display_name", "full_name", "fullName", "text", "title", "term", "category"),
    *("keyword", "value", "$date", "$oid"),
)
Pairs = Callable[[list[tuple[str, Any]]], Any]


def levels_of(text: str) -> int:
    r"""The most levels of lists and objects within one another in a JSON text, without reading its
    values.

    >>> levels_of('{"a": [1, {"b": "[[[[\\"[["}]}'), levels_of("1"), levels_of("[]]][")
    (3, 0, 1)
    """
    # The signs alone, without those that are escaped: what is left between two quotes is text.
    escaped = text.replace("\\\\", "").replace('\\"', "")
    signs = escaped.encode("utf-8", "surrogatepass").translate(None, _NO_STRUCTURE)
    signs = _TEXT.sub(b"", signs.replace(b'""', b""))
    codes = np.frombuffer(signs, dtype=np.uint8)
    opens = (codes == ord("[")) | (codes == ord("{"))
    depth = np.cumsum(np.where(opens, np.int32(1), np.int32(-1)))
    return int(depth.max(initial=0))


def parsed_json(text: str, file: str, line: int | None = None, pairs: Pairs | None = None) -> Any:
    """The value of a JSON text.

    pairs : what makes an object of its keys and values
    Raises  InputError where lists and objects stand deeper in one another than is read; ValueError
            where it isn't JSON.
    """
    most = current().levels
    # Most texts hold fewer signs than levels are allowed, and need no closer look.
    if text.count("[") + text.count("{") > most:
        check("levels", levels_of(text), file, line)
    try:
        return json.loads(text, object_pairs_hook=pairs)
    except RecursionError as error:  # a limit that was set above what Python itself can read
        raise over("levels", file, line) from error


@cache
def steps(path: str) -> tuple[tuple[str, str], ...]:
    """The keys of a path, each with '' (one value), '[]' (every item) or '[0]' (one item).

    >>> steps("versions[0].created")
    (('versions', '[0]'), ('created', ''))
    """
    return tuple((match[1], match[2]) for match in _STEP.finditer(path))


def walk(value: Any, path: str) -> Iterator[Any]:
    """Every value that a path leads to, in order.

    >>> list(walk({"a": [{"b": 1}, {"b": 2}, {}]}, "a[].b"))
    [1, 2]
    """
    found = [value]
    for key, pick in steps(path):
        found = [
            item[key] for item in found if isinstance(item, dict) and item.get(key) is not None
        ]
        if pick == "[]":
            found = [
                item
                for items in found
                if isinstance(items, list)
                for item in items
                if item is not None
            ]
        elif pick:
            place = int(pick[1:-1])
            found = [
                items[place] for items in found if isinstance(items, list) and place < len(items)
            ]
    return iter(found)


def text_of(value: Any) -> str | None:
    """One text for any JSON value; the items of a list are joined by ``LIST_SIGN``, and an object
    is what it is called.

    >>> text_of(["a", 2, None]) == "a" + LIST_SIGN + "2", text_of(None), text_of(3.0)
    (True, None, '3.0')
    >>> text_of({"given": "Jane", "family": "Doe"}), text_of({"date-parts": [[2019, 5]]})
    ('Jane Doe', '2019-5')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        items = [text_of(item) for item in value]
        return LIST_SIGN.join(item.replace(LIST_SIGN, " ") for item in items if item)
    if isinstance(value, dict):
        return _named(value) or json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _named(value: dict[str, Any]) -> str | None:
    """What an object that stands for a person, place, text or date is called; None where none of
    its keys says it."""
    if isinstance(dates := value.get("date-parts"), list):  # Crossref: [[2019, 5, 3]]
        return "-".join(str(part) for part in next(iter(dates), None) or () if part) or None
    if isinstance(last := value.get("family"), str):
        return " ".join(part for part in (text_of(value.get("given")), last) if part)
    texts = (value.get(key) for key in _NAMES)
    return next((text for text in texts if isinstance(text, str) and text), None)


def text_from_index(index: Any) -> str | None:
    """The text of an inverted index (word -> positions), as OpenAlex gives abstracts; also where
    the index is JSON.

    Returns None for an empty index, ``UNREADABLE`` where a position isn't a whole number.

    >>> text_from_index({"world": [1], "hello": [0, 2]})
    'hello world hello'
    >>> text_from_index('{"a": [0]}'), text_from_index({"a": ["x"]}) == UNREADABLE
    ('a', True)
    """
    if isinstance(index, str) and index.lstrip().startswith("{"):
        try:
            index = parsed_json(index, "")
        except ValueError:  # InputError is one as well
            return UNREADABLE
    if index is None or isinstance(index, str):
        return index
    if not isinstance(index, dict):
        return UNREADABLE
    placed: list[tuple[int, str]] = []
    for word, positions in index.items():
        if positions is None:
            # A struct column has every word of every document, most of them empty.
            continue
        if not isinstance(positions, list) or not all(
            type(position) is int for position in positions
        ):
            return UNREADABLE
        placed.extend((position, word) for position in positions)
    return " ".join(word for _, word in sorted(placed)) or None


def parsed_name(parts: Any) -> str | None:
    """'First Last Suffix' from arXiv's (last, first, suffix, ...).

    >>> parsed_name(["Doe", "Jane", ""])
    'Jane Doe'
    """
    if not isinstance(parts, list):
        return text_of(parts)
    last, first, suffix = ([text_of(part) or "" for part in parts] + ["", "", ""])[:3]
    return " ".join(part for part in (first, last, suffix) if part) or None


_FORMS: dict[str, Callable[[Any], str | None]] = {
    "inverted_index": text_from_index,
    "parsed_name": parsed_name,
}


@cache
def form_of(path: str) -> str:
    """How the alias tables say that the values under a name are written; '' for plain text."""
    return next(
        (alias.form for alias in aliases("document_columns.csv") if alias.alias == path), ""
    )


def extract(record: Any, path: str) -> str | None:
    """The text under a path of one record, or under a plain name that holds the path's own signs.

    >>> extract({"authorships": [{"author": {"display_name": "A"}}]},
    ...     "authorships[].author.display_name")
    'A'
    """
    convert = _FORMS.get(form_of(path), text_of)
    if path in record:
        return convert(record[path])
    found = [convert(value) for value in walk(record, path)]
    if UNREADABLE in found:
        return UNREADABLE
    return text_of([text for text in found if text]) or None


def needs_opening(name: str) -> bool:
    """Whether even a column of plain text must be converted, because its publisher writes it in a
    form of its own.

    >>> needs_opening("abstract_inverted_index"), needs_opening("abstract")
    (True, False)
    """
    return form_of(name) in _FORMS


@cache
def nested_paths(table: str) -> tuple[str, ...]:
    """The paths among the aliases of a table."""
    return tuple(
        dict.fromkeys(
            alias.alias for alias in aliases(table) if "." in alias.alias or "[" in alias.alias
        )
    )
