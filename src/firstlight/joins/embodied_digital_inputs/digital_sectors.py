"""How much of each sector of a table is digital, by the codes of a definition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.concordance.industry_definitions.definition_codes import memberships
from firstlight.schema import Data
from firstlight.texts import Name, Number, message, names

__all__ = ["digital_sectors", "sector_codes"]

FOLDER = Path(__file__).parent
TOLERANCE = 1e-6  # by which the shares of a sector may add up to more than 1
_SECTION = re.compile(r"[A-U](?=\d)")  # a letter before a division: C26, as published tables write


def sector_codes(
    sectors: Sequence[str], codes: Mapping[str, str], tables: Mapping[str, Data]
) -> pl.DataFrame:
    """The codes of each sector: sector, code, share (of the sector; null where it is not known).

    Those of the table ``sectors``, where it was handed in; else a sector's own code, without the
    letter of its section.

    codes : sector -> its code in the table, for sectors that go by their names

    Raises InputError for shares of a sector that add up to more than 1, a share beside none, and
    where no sector of the table has a code.
    """
    schema = {"sector": pl.String, "code": pl.String, "share": pl.Float64}
    if "sectors" not in tables:
        own = [(name, _SECTION.sub("", codes.get(name, name), count=1), 1.0) for name in sectors]
        return pl.DataFrame(own, schema=schema, orient="row")
    given = tables["sectors"].frame.select(*schema)
    written = pl.DataFrame(
        [(key, name) for name in sectors for key in {name, codes.get(name, name)}],
        schema={"sector": pl.String, "name": pl.String},
        orient="row",
    )
    known = given.join(written, on="sector").select("code", "share", sector="name").unique()
    if known.is_empty():
        listed = {"sectors": names(sectors, 3), "given": names(given["sector"].unique().sort(), 3)}
        raise InputError(message("no_sector_known", **listed), FOLDER)
    _check_shares(known)
    return known.select(*schema).sort("sector", "code")


def _check_shares(known: pl.DataFrame) -> None:
    of_sector = (
        known.sort("sector", "code")
        .group_by("sector", maintain_order=True)
        .agg(total=pl.col("share").sum(), lost=pl.col("share").null_count(), rows=pl.len())
    )
    over = of_sector.filter(pl.col("total") > 1 + TOLERANCE)
    if over.height:
        sector, total = over.select("sector", "total").row(0)
        values = {"sector": Name(sector), "share": Number(total, 3)}
        raise InputError(message("shares_above_one", **values), FOLDER)
    mixed = of_sector.filter((pl.col("lost") > 0) & (pl.col("lost") < pl.col("rows")))
    if mixed.height:
        raise InputError(message("share_lacking", sector=Name(mixed["sector"][0])), FOLDER)


def digital_sectors(
    sectors: Sequence[str], coded: pl.DataFrame, wanted: pl.DataFrame
) -> pl.DataFrame:
    """How much of each sector is digital: sector, codes, stated_share, least_share, most_share,
    is_doubtful; in the order of the sectors.

    A sector of several codes with unknown shares is at least what the least of them is, at most
    what the most of them is, and stated as their mean. One without a code is not digital, and its
    ``codes`` are null.

    coded  : sector, code, share
    wanted : the codes of the definition

    >>> coded = pl.DataFrame({"sector": ["chips", "shops", "shops"], "code": ["261", "4651", "47"],
    ...     "share": [1.0, None, None]})
    >>> wanted = pl.DataFrame({"code": ["26", "4651"], "status": ["verified"] * 2,
    ...     "least_share": [1.0, 1.0], "most_share": [1.0, 1.0]})
    >>> found = digital_sectors(["chips", "shops", "farms"], coded, wanted)
    >>> found.select("sector", "stated_share", "least_share", "most_share").rows()
    [('chips', 1.0, 1.0, 1.0), ('shops', 0.5, 0.0, 1.0), ('farms', 0.0, 0.0, 0.0)]
    """
    of_code = memberships(coded["code"].unique().sort().to_list(), wanted)
    ends = ("stated_share", "least_share", "most_share")
    joined = (
        coded.join(of_code.select("code", *ends), on="code", how="left")
        .with_columns(pl.col(end).fill_null(0.0) for end in ends)
        .sort("sector", "code")
    )
    is_known = pl.col("share").is_not_null().all()
    weighed = {end: (pl.col("share") * pl.col(end)).sum() for end in ends}
    unweighed = {
        "stated_share": pl.col("stated_share").mean(),
        "least_share": pl.col("least_share").min(),
        "most_share": pl.col("most_share").max(),
    }
    found = joined.group_by("sector", maintain_order=True).agg(
        codes=pl.col("code").str.join(", "),
        **{end: pl.when(is_known).then(weighed[end]).otherwise(unweighed[end]) for end in ends},
    )
    order = pl.DataFrame({"sector": list(sectors)}, schema={"sector": pl.String})
    return (
        order.join(found, on="sector", how="left", maintain_order="left")
        .with_columns(pl.col(end).fill_null(0.0) for end in ends)
        .with_columns(is_doubtful=pl.col("most_share") - pl.col("least_share") > TOLERANCE)
    )
