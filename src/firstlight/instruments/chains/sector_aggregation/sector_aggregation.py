"""An input-output table of fewer sectors, or of others, by a concordance."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.country_rows import COUNTRY
from firstlight.instruments.chains.io_table import refuse_empty, sector_names
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.sector_concordance import CONCORDANCE, sector_shares
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.result import Result
from firstlight.texts import Count, Figure, Message, message, names

TOLERANCE = 1e-9  # of a sum, which must be the same before and after
KEYS = ("supplier", "user", "supplier_country", "user_country", "origin", "year")


def aggregation(
    frame: Any,
    *,
    supplier: Annotated[str, roles.Key()] = "supplier",
    user: Annotated[str, roles.Key(is_heading=True)] = "user",
    value: Annotated[str, roles.Number()] = "value",
    supplier_country: Annotated[str | None, COUNTRY] = "supplier_country",
    user_country: Annotated[str | None, COUNTRY] = "user_country",
    origin: Annotated[str | None, roles.Key(may_be_empty=True)] = "origin",
    year: Annotated[str | None, roles.Year()] = "year",
    concordance: Annotated[Any, CONCORDANCE],
) -> Result:
    """An input-output table whose sectors are added up, or split, by a concordance; sums stay.

    Parameters
    ----------
    frame
        A square table, sectors in rows and columns, with columns of final uses and rows of value
        added; or a row for each cell.
    supplier
        Column of the sectors that deliver, and of what else sectors pay for.
    user
        Column of the sectors that use, and of final uses; or these are the headings.
    value
        Column of the flows.
    supplier_country
        Column of the suppliers' countries, of a table of many.
    user_country
        Column of the users' countries, of a table of many.
    origin
        Column that says of each row whether it is domestic or imported.
    year
        Column of the years, each with a table of its own.
    concordance
        Which sectors of the table go where, and with what weight. One without a sector to go to is
        left out; one that is not named stays as it is.

    Returns
    -------
    Result with the tables ``flows`` (supplier, user, value and the columns that the table has),
    which other measurements take as they are, ``sectors`` (sector, members_count, delivered) and
    ``sums`` (part, before, after, gap).

    Raises
    ------
    InputError
        For cells without numbers, weights that do not sum to 1, several sectors to go to without
        weights, and a concordance that names no sector of the table.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, section 4.9.

    Examples
    --------
    >>> import polars as pl
    >>> cells = {"supplier": ["a", "a", "b", "b"], "user": ["a", "b"] * 2, "value": [1, 2, 3, 4]}
    >>> into = pl.DataFrame({"from": ["a", "b"], "to": ["all", "all"]})
    >>> aggregation(pl.DataFrame(cells), concordance=into).table.row(0)
    ('all', 'all', 10.0)
    """
    data = AGGREGATION.read(locals())
    rows = data.frame
    refuse_empty(rows)
    listed = data.tables["concordance"].frame
    sectors = set(sector_names(rows["supplier"].unique(), rows["user"].unique()))
    shares = sector_shares(listed)
    shares = shares.filter(pl.col("from").is_in(sorted(sectors)))
    named = set(listed["from"])
    if not named & sectors:
        lists = {"from": names(sorted(named)), "known": names(sorted(sectors))}
        raise AGGREGATION.error(message("no_sector_named", **lists))
    gone = sorted((named & sectors) - set(shares["from"]))
    staying = sorted(sectors - named)
    kept = rows.filter(~pl.col("supplier").is_in(gone) & ~pl.col("user").is_in(gone))
    flows = _moved(_moved(kept, shares, "supplier"), shares, "user")
    there = [name for name in KEYS if name in ("supplier", "user") or data.has(name)]
    flows = flows.group_by(there).agg(pl.col("value").sum()).sort(there, nulls_last=True)
    flows = flows.select("supplier", "user", *there[2:], "value")
    members = _members(shares, staying)
    sums = _sums(rows, flows, sectors, set(members["sector"]))
    return Result(
        {"flows": flows, "sectors": _delivered(members, flows), "sums": sums},
        (
            *_answer(sectors, members, sums, bool(gone)),
            *_left(rows, gone, staying, sorted(named - sectors)),
        ),
        AGGREGATION.texts,
        conventions=(message("both_sides"),),
        charts=(Chart("delivered", "sectors", "", (Mark("delivered", "bars"),), line="sector"),),
        given=data.given,
    )


def _moved(rows: pl.DataFrame, shares: pl.DataFrame, side: str) -> pl.DataFrame:
    """The rows with the names of one side replaced, their values by weight."""
    moved = rows.join(shares, left_on=side, right_on="from", how="left", maintain_order="left")
    return moved.with_columns(
        pl.coalesce("to", side).alias(side),
        value=pl.col("value") * pl.col("weight").fill_null(1.0),
    ).drop("to", "weight")


def _members(shares: pl.DataFrame, staying: list[str]) -> pl.DataFrame:
    """sector, members_count"""
    moved = shares.filter(pl.col("weight") > 0).select(sector="to", member="from")
    whole = pl.concat([moved, pl.DataFrame({"sector": staying, "member": staying}, moved.schema)])
    counted = whole.group_by("sector").agg(members_count=pl.col("member").n_unique())
    return counted.sort("sector").with_columns(pl.col("members_count").cast(pl.Int64))


def _delivered(members: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """With what each sector delivers to all sectors, in the last year."""
    known = members["sector"].implode()
    inner = flows.filter(pl.col("supplier").is_in(known) & pl.col("user").is_in(known))
    totals = last_year(inner).group_by("supplier").agg(delivered=pl.col("value").sum())
    delivered = members.join(totals, left_on="sector", right_on="supplier", how="left")
    return best_first(delivered.with_columns(pl.col("delivered").fill_null(0.0)), "delivered")


def _sums(rows: pl.DataFrame, flows: pl.DataFrame, old: set[str], new: set[str]) -> pl.DataFrame:
    """What is in flows, in final uses and in primary inputs, before and after."""
    sums = []
    for part in ("flows", "final_uses", "primary_inputs", "others"):
        both = [_part_sum(each, part, known) for each, known in ((rows, old), (flows, new))]
        sums.append((part, both[0], both[1], both[1] - both[0]))
    return pl.DataFrame(sums, schema=["part", "before", "after", "gap"], orient="row")


def _part_sum(rows: pl.DataFrame, part: str, sectors: set[str]) -> float:
    known = sorted(sectors)
    is_made = pl.col("supplier").is_in(known)
    is_used = pl.col("user").is_in(known)
    is_it = {
        "flows": is_made & is_used,
        "final_uses": is_made & ~is_used,
        "primary_inputs": ~is_made & is_used,
        "others": ~is_made & ~is_used,
    }[part]
    return float(rows.filter(is_it)["value"].sort().sum())


def _answer(
    sectors: set[str], members: pl.DataFrame, sums: pl.DataFrame, has_lost: bool
) -> list[Message]:
    """How many sectors became how many, and whether sums stayed."""
    said = [message("became", count=Count(len(sectors)), to=Count(members.height))]
    off = sums.filter(pl.col("gap").abs() > TOLERANCE * pl.col("before").abs())
    if not off.height:
        said.append(message("sums_stay"))
    elif not has_lost:
        said.append(message("sums_differ", gap=Figure(float(off["gap"].abs().to_numpy().max()))))
    return said


def _left(
    rows: pl.DataFrame, gone: list[str], staying: list[str], unknown: list[str]
) -> list[Message]:
    said = list[Message]()
    if gone:
        lost = rows.filter(pl.col("supplier").is_in(gone) | pl.col("user").is_in(gone))
        amount = float(lost["value"].sort().sum())
        count = Count(len(gone))
        said.append(message("lost", count=count, sectors=names(gone), amount=Figure(amount)))
    if staying:
        said.append(message("stay", count=Count(len(staying)), sectors=names(staying)))
    if unknown:
        said.append(message("not_there", count=Count(len(unknown)), sectors=names(unknown)))
    return said


AGGREGATION = Measurement(
    aggregation,
    citation="Miller and Blair 2009, Input-Output Analysis, 2nd edition, section 4.9",
    sample=Sample(tables={"concordance": "concordance.csv"}),
    databases=True,
)
