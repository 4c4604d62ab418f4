"""The section [sector] of a project: the codes of a sector in each classification, and how sure
each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError, shown, unknown
from firstlight.instruments.concordance.code_lists import code_lists
from firstlight.texts import Name, message, names

FOLDER = Path(__file__).parent
SECTION = "sector"
LIKELY = 0.5  # a probability below it leaves in doubt whether a code belongs


@dataclass(frozen=True)
class Sector:
    """A sector by its name and codes.

    codes : classification -> code -> probability that it belongs, 0 to 1
    """

    name: str = ""
    codes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def sector_of(section: Mapping[str, Any]) -> Sector:
    """The sector that a section of a project file declares.

    Raises  InputError naming the classification or code that can't be read.
    """
    codes: dict[str, Mapping[str, float]] = {}
    for key, value in section.items():
        if key == "name":
            continue
        if key not in code_lists():
            raise InputError(unknown("no_classification", key, code_lists()), FOLDER)
        if not isinstance(value, Mapping):
            about = {"key": Name(key), "value": shown(repr(value))}
            raise InputError(message("codes_no_section", **about), FOLDER)
        for code, share in value.items():
            _check(key, code, share)
        codes[key] = {code: float(share) for code, share in value.items()}
    return Sector(str(section.get("name", "")), codes)


def is_of_sector(value: object) -> bool:
    """Whether an option of a measurement names codes of the sector: ``sector.isic4``."""
    return isinstance(value, str) and value in {f"{SECTION}.{name}" for name in code_lists()}


def _check(classification: str, code: str, share: object) -> None:
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    if not is_number or not 0 <= float(str(share)) <= 1:
        about = {"code": Name(code), "value": shown(repr(share))}
        raise InputError(
            message("no_probability", classification=Name(classification), **about), FOLDER
        )


def sector_codes(sector: Sector, asked: str) -> pl.DataFrame:
    """The codes that ``sector.CLASSIFICATION`` stands for: code; status, doubtful where the
    probability is below one half; and the parts of it that count: all of a likely
    code, and of a doubtful one its probability, between nothing and all. Codes of probability 0
    are left out.

    Raises  InputError where the project has none.

    >>> sector_codes(Sector("boats", {"isic4": {"3011": 0.9, "3012": 0.3}}), "sector.isic4").rows()
    [('3011', 'verified', 1.0, 1.0, 1.0), ('3012', 'doubtful', 0.3, 0.0, 1.0)]
    """
    codes = sector.codes.get(asked.partition(".")[2], {})
    schema = {"code": pl.String, "share": pl.Float64}
    rows = pl.DataFrame(sorted(codes.items()), schema=schema, orient="row")
    rows = rows.filter(pl.col("share") > 0)
    if rows.is_empty():
        known = names(f"[{SECTION}.{name}]" for name in sector.codes)
        raise InputError(message("no_such_codes", asked=Name(asked), known=known), FOLDER)
    is_likely = pl.col("share") >= LIKELY
    status = pl.when(is_likely).then(pl.lit("verified")).otherwise(pl.lit("doubtful"))
    return rows.select(
        "code",
        status=status,
        share=pl.when(is_likely).then(1.0).otherwise("share"),
        least_share=is_likely.cast(pl.Float64),
        most_share=pl.lit(1.0),
    )
