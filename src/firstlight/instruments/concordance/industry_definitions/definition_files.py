"""Definitions of the new: which codes of a classification belong to it, read from a file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError, shown
from firstlight.instruments.concordance.code_conversion.code_matching import whole_codes
from firstlight.texts import Count, Name, Remark, Value, message, names
from firstlight.toml_lines import line_of_error, line_of_key

FOLDER = Path(__file__).parent
# by name, so that a result knows which files its code reads
SHIPPED = (
    "definitions/digital_economy_china.toml",
    "definitions/environmental_goods.toml",
    "definitions/green_technologies.toml",
    "definitions/high_technology_manufacturing.toml",
    "definitions/high_technology_manufacturing_china.toml",
    "definitions/ict_sector.toml",
    "definitions/medium_high_technology_manufacturing.toml",
    "definitions/new_industries_china.toml",
    "definitions/new_three_products.toml",
    "definitions/strategic_emerging_industries_china.toml",
)
TEXTS = ("name", "classification", "revision", "publisher", "publication", "licence")
BOTH = ("title", "note")  # with a text for each language
KEYS = frozenset((*TEXTS, *BOTH, "year", "codes"))
CODE_KEYS = frozenset(("code", "status", "share", "source", "note"))
STATUSES = ("verified", "doubtful")
SCHEMA: Mapping[str, Any] = {
    "code": pl.String,
    "status": pl.String,
    "least_share": pl.Float64,
    "most_share": pl.Float64,
    "source": pl.String,
}
_CODES = re.compile(r"^\s*\[\[\s*codes\s*\]\]")


@dataclass(frozen=True)
class Definition:
    """What counts as new.

    Attributes
    ----------
    name, classification, revision, publisher, publication, licence
        As the file has them.
    year
        Of the publication.
    titles, notes
        Language -> text.
    codes
        code, status (verified or doubtful), least_share and most_share of the code that belong, and
        source, how it was verified or why it is in doubt; sorted by code. No rows where the user
        has to bring them.
    """

    name: str
    classification: str
    revision: str
    publisher: str
    publication: str
    licence: str
    year: int
    titles: Mapping[str, str]
    notes: Mapping[str, str]
    codes: pl.DataFrame

    @property
    def title(self) -> Remark:
        """Its title, in the language of the reader."""
        return Remark(self.titles["en"], self.titles["zh"])


def definition_names() -> list[str]:
    """The definitions that ship.

    >>> "high_technology_manufacturing" in definition_names()
    True
    """
    return sorted(Path(file).stem for file in SHIPPED)


def read_definition(given: str | Path) -> Definition:
    """The definition of a name that ships, or of a TOML file.

    Parameters
    ----------
    given
        One of `definition_names`, or the path of a file that ends in ``.toml``.

    Returns
    -------
    `Definition`.

    Raises
    ------
    InputError
        For an unknown name, and for a file that is at fault, with its line and key.

    Examples
    --------
    >>> read_definition("high_technology_manufacturing").codes["code"].to_list()
    ['21', '26', '30.3']
    """
    path = Path(given)
    if path.suffix != ".toml":
        if str(given) not in definition_names():
            known = names(definition_names(), most=len(definition_names()))
            raise InputError(message("no_definition", name=Name(str(given)), names=known), FOLDER)
        path = FOLDER / "definitions" / f"{given}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(message("unreadable", file=Name(str(path))), FOLDER) from error
    return _Reading(path.name, text).definition()


class _Reading:
    """A file of a definition while it is read; every fault is raised with its line and key."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.lines = file, text.splitlines()
        self.starts = [at for at, line in enumerate(self.lines) if _CODES.match(line)]
        try:
            self.given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = Count(line_of_error(error, len(self.lines)))
            said = message("not_toml", file=Name(file), line=line, said=shown(str(error)))
            raise InputError(said, FOLDER) from error

    def definition(self) -> Definition:
        """The file, checked."""
        self._keys(self.given, KEYS, None)
        for key in TEXTS:
            self._text(self.given, key, None)
        for key in BOTH:
            both = self.given.get(key)
            if not isinstance(both, dict) or not all(
                isinstance(both.get(lang), str) and both[lang].strip() for lang in ("en", "zh")
            ):
                raise self.fault("both_languages", key)
        year = self.given.get("year")
        if type(year) is not int or not 1900 <= year <= 2200:
            raise self.fault("not_a_year", "year", value=shown(year))
        rows = self.given.get("codes", [])
        if not isinstance(rows, list) or len(rows) != len(self.starts):
            raise self.fault("codes_form", "codes")
        read = [self._code(row, at) for at, row in enumerate(rows)]
        self._refuse_overlap([row["code"] for row in read])
        codes = pl.DataFrame(read, schema=SCHEMA).sort("code")
        texts = {key: self.given[key] for key in TEXTS}
        titles, notes = (dict(self.given[key]) for key in BOTH)
        return Definition(**texts, year=year, titles=titles, notes=notes, codes=codes)

    def _keys(self, table: Mapping[str, Any], known: frozenset[str], at: int | None) -> None:
        for key in table:
            if key not in known:
                raise self.fault("unknown_key", key, at)

    def _text(self, table: Mapping[str, Any], key: str, at: int | None) -> str:
        value = table.get(key)
        if key not in table:
            raise self.fault("key_lacking", key, at)
        if not isinstance(value, str) or not value.strip():
            raise self.fault("not_a_text", key, at)
        return value.strip()

    def _code(self, row: Mapping[str, Any], at: int) -> dict[str, Any]:
        """One code: what it is, how sure, and which share of it belongs."""
        self._keys(row, CODE_KEYS, at)
        code = self._text(row, "code", at)
        status = self._text(row, "status", at)
        if status not in STATUSES:
            raise self.fault("unknown_status", "status", at, value=shown(status))
        share = row.get("share", 1)
        ends = share if isinstance(share, list) else [share, share]
        are_numbers = all(type(end) in (int, float) for end in ends)
        if len(ends) != 2 or not are_numbers or not 0 <= ends[0] <= ends[1] <= 1:
            raise self.fault("bad_share", "share", at, value=shown(share))
        return {
            "code": code,
            "status": status,
            "least_share": float(ends[0]),
            "most_share": float(ends[1]),
            "source": self._text(row, "source", at),
        }

    def _refuse_overlap(self, codes: list[str]) -> None:
        """No code may stand twice, or within another: it would count twice."""
        for at, code in enumerate(codes):
            if code in codes[:at]:
                raise self.fault("code_twice", "code", at, value=Name(code))
        for whole, parts in whole_codes(codes).items():
            at = codes.index(parts[0])
            raise self.fault("code_within", "code", at, value=Name(parts[0]), whole=Name(whole))

    def fault(self, code: str, key: str, at: int | None = None, **values: Value[Any]) -> InputError:
        """An error at a key: of the file's head, or of one of its codes."""
        first = 0 if at is None else self.starts[at] + 1
        last = next((start for start in self.starts if start >= first), len(self.lines))
        line = Count(line_of_key(self.lines, key, first, last))
        said = message(code, file=Name(self.file), line=line, key=Name(key), **values)
        return InputError(said, FOLDER)
