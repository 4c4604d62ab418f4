"""Definitions of the new: which codes of a classification belong to it, read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError, shown
from firstlight.instruments.concordance.code_conversion.code_matching import whole_codes
from firstlight.texts import ENGLISH, Name, Remark, message, names
from firstlight.toml_lines import TomlText, read_toml

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
KEYS = (*TEXTS, *BOTH, "year", "codes")
CODE_KEYS = ("code", "status", "share", "source", "note")
STATUSES = ("verified", "doubtful")
SCHEMA: Mapping[str, Any] = {
    "code": pl.String,
    "status": pl.String,
    "least_share": pl.Float64,
    "most_share": pl.Float64,
    "source": pl.String,
}
HEAD = ("", 0)  # what stands above all sections


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
        return Remark(self.titles)


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
    return _Reading(path).definition()


class _Reading(TomlText):
    """A file of a definition while it is read."""

    def __init__(self, path: Path) -> None:
        text, self.given = read_toml(path, "codes")
        super().__init__(path.name, text, FOLDER)

    def definition(self) -> Definition:
        """The file, checked."""
        self.check_keys(self.given, KEYS, HEAD)
        for key in TEXTS:
            self.text(self.given, key, HEAD)
        for key in BOTH:
            told = self.given.get(key)
            if not isinstance(told, dict) or not all(
                isinstance(told.get(lang), str) and told[lang].strip() for lang in (ENGLISH, *told)
            ):
                raise self.fault("both_languages", key, HEAD)
        year = self.given.get("year")
        if type(year) is not int or not 1900 <= year <= 2200:
            raise self.fault("not_a_year", "year", HEAD, value=shown(year))
        rows = self.given.get("codes", [])
        if not isinstance(rows, list) or len(rows) != sum(
            name == "codes" for name, _ in self.heads
        ):
            raise self.fault("codes_form", "codes", HEAD)
        read = [self._code(row, at) for at, row in enumerate(rows)]
        self._refuse_overlap([row["code"] for row in read])
        codes = pl.DataFrame(read, schema=SCHEMA).sort("code")
        texts = {key: self.given[key] for key in TEXTS}
        titles, notes = (dict(self.given[key]) for key in BOTH)
        return Definition(**texts, year=year, titles=titles, notes=notes, codes=codes)

    def _code(self, row: Mapping[str, Any], at: int) -> dict[str, Any]:
        """One code: what it is, how sure, and which share of it belongs."""
        where = ("codes", at)
        self.check_keys(row, CODE_KEYS, where)
        code = self.text(row, "code", where)
        status = self.text(row, "status", where)
        if status not in STATUSES:
            raise self.fault("unknown_status", "status", where, value=shown(status))
        share = row.get("share", 1)
        ends = share if isinstance(share, list) else [share, share]
        are_numbers = all(type(end) in (int, float) for end in ends)
        if len(ends) != 2 or not are_numbers or not 0 <= ends[0] <= ends[1] <= 1:
            raise self.fault("bad_share", "share", where, value=shown(share))
        return {
            "code": code,
            "status": status,
            "least_share": float(ends[0]),
            "most_share": float(ends[1]),
            "source": self.text(row, "source", where),
        }

    def _refuse_overlap(self, codes: list[str]) -> None:
        """No code may stand twice, or within another: it would count twice."""
        for at, code in enumerate(codes):
            if code in codes[:at]:
                raise self.fault("code_twice", "code", ("codes", at), value=Name(code))
        for whole, parts in whole_codes(codes).items():
            where = ("codes", codes.index(parts[0]))
            values = {"value": Name(parts[0]), "whole": Name(whole)}
            raise self.fault("code_within", "code", where, **values)
