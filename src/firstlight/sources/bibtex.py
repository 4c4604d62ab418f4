"""BibTeX, as ACM, NASA ADS, DBLP and reference managers export it: a column for each field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from firstlight.sources.archives import whole
from firstlight.sources.raw import LIST_SIGN
from firstlight.sources.text_records import TextRecords

_LINE = re.compile(r"^(?=[ \t]*@[ \t]*\w+\s*[{(])", re.MULTILINE)
_ENTRY = re.compile(r"\s*@[ \t]*(\w+)\s*[{(]\s*")
_KEY = re.compile(r"([^\s,{}()=\"]*)\s*(?:,|(?=[})]))")
_FIELD = re.compile(r"[\s,]*([\w:+.-]+)\s*=\s*")
_BARE = re.compile(r"[^\s,#{}()\"]+")
_JOIN = re.compile(r"\s*#\s*")
_END = re.compile(r"[\s,]*[})]")
_SIGN = re.compile(r"\\.|[{}\"]", re.DOTALL)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
# An accent is \"o, \"{o}, {\"o} or \v{s}; a sign that LaTeX has a use for follows a backslash.
_ACCENT = re.compile(r"\\(?:(['`^\"~=.])\s*|([cvuHkr])(?:\s+|(?=\{)))\{?\\?([A-Za-z])\}?")
_ESCAPED = re.compile(r"\\([&%_#$])")
_COMBINED = "\u0301\u0300\u0302\u0308\u0303\u0304\u0307\u0327\u030c\u0306\u030b\u0328\u030a"
_MARKS = dict(zip("'`^\"~=.cvuHkr", _COMBINED, strict=True))
_NAMES = ("author", "editor")


class BibTex(TextRecords):
    """A file of BibTeX entries; its columns are the fields that occur, in small letters, and
    ``key``."""

    def records(self) -> Iterator[tuple[dict[str, str], str | None]]:
        """The fields of each entry; how it begins where it is never closed."""
        text = whole(self.content).decode(self._encoding.name, self._encoding.errors)
        for entry, fields in _entries(text):
            yield fields or {}, entry if fields is None else None


def _entries(text: str) -> Iterator[tuple[str, dict[str, str] | None]]:
    """The text of each entry, with its fields; None for the fields of one that doesn't end before
    the next line that begins one."""
    macros = dict[str, str]()
    for piece in _LINE.split(text):
        at = 0
        while match := _ENTRY.match(piece, at):
            kind = match[1].lower()
            if kind in ("comment", "preamble"):
                break
            fields, end = _fields(piece, match.end(), macros, has_key=kind != "string")
            if kind == "string":
                macros.update(fields)
            else:
                yield piece[at:].lstrip(), None if end is None else fields
            at = len(piece) if end is None else end


def _fields(
    text: str, at: int, macros: Mapping[str, str], *, has_key: bool
) -> tuple[dict[str, str], int | None]:
    """The fields of the entry whose inside begins at a place, and where it ends; None where it
    doesn't."""
    fields = dict[str, str]()
    if has_key and (key := _KEY.match(text, at)):
        fields["key"], at = key[1], key.end()
    while field := _FIELD.match(text, at):
        name, value = field[1].lower(), ""
        part, end = _value(text, field.end(), macros)
        while end is not None and (join := _JOIN.match(text, end)):
            value += part
            part, end = _value(text, join.end(), macros)
        if end is None:
            return fields, None
        fields.setdefault(name, _plain(name, value + part))
        at = end
    closed = _END.match(text, at)
    return fields, closed.end() if closed else None


def _value(text: str, at: int, macros: Mapping[str, str]) -> tuple[str, int | None]:
    """One value: in braces or quotation marks, a number, or the name of a macro."""
    opening = text[at : at + 1]
    if opening not in ("{", '"'):
        bare = _BARE.match(text, at)
        return (macros.get(bare[0].lower(), bare[0]), bare.end()) if bare else ("", None)
    depth = 0
    for sign in _SIGN.finditer(text, at + 1):
        depth += (sign[0] == "{") - (sign[0] == "}")
        if depth == -1 or (depth == 0 and sign[0] == opening == '"'):
            return text[at + 1 : sign.start()], sign.end()
    return "", None


def _plain(field: str, value: str) -> str:
    """A value without LaTeX's accents and braces; names become a list.

    >>> _plain("title", 'The {GPU} of Schr{\\\\"o}dinger \\\\& Co'), _plain("year", "{2019}")
    ('The GPU of Schrödinger & Co', '2019')
    """
    text = _ACCENT.sub(_accented, value)
    text = _ESCAPED.sub(r"\1", text).replace("{", "").replace("}", "").strip()
    if field not in _NAMES:
        return text
    # Closed by the sign as well: a single "Li, Mu" isn't parted at its comma.
    return "".join(name + LIST_SIGN for name in _AND.split(text))


def _accented(match: re.Match[str]) -> str:
    mark, letter = match[1] or match[2], match[3]
    return unicodedata.normalize("NFC", letter + _MARKS[mark])
