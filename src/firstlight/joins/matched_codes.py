"""Codes of links as a table has them, whatever their depth."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import polars as pl

from firstlight.instruments.concordance.code_conversion.code_matching import (
    TOLERANCE,
    match_codes,
    whole_codes,
    without_filling,
    without_parts,
)

_DIGIT = re.compile(r"\d")


def finest_codes(codes: Iterable[str], known: Iterable[str] = ()) -> tuple[list[str], list[str]]:
    """The codes of a table that hold no other of its codes, and those that do.

    A name without a digit is no code, and holds nothing.

    known : codes of the classification, which tell whether noughts were lost

    >>> finest_codes(["26", "2610", "62", "computer", "computer chips"])
    (['2610', '62', 'computer', 'computer chips'], ['26'])
    >>> finest_codes(["00-0000", "15-1250", "15-1252", "17-0000"])
    (['15-1252', '17-0000'], ['00-0000', '15-1250'])
    """
    matches = match_codes({code for code in codes if _DIGIT.search(code)}, known)
    written = {without_filling(matches[code].read_as): code for code in sorted(matches)}
    wholes = {written[begins] for begins in whole_codes(list(written))}
    if len(written) > 1:  # 00-0000 holds all
        wholes |= {code for begins, code in written.items() if not begins}
    every = sorted(set(codes))
    return [code for code in every if code not in wholes], sorted(wholes)


def left_of_wholes(
    rows: pl.DataFrame, groups: Sequence[str], wholes: Collection[str]
) -> pl.DataFrame:
    """What codes that hold others have beyond these, in each group: code, the groups and value.

    Of a total of all, as SOC writes 00-0000, it is what no other code has.

    rows   : code, the groups and value, perhaps missing
    groups : such as place and year, one or more
    wholes : codes of ``rows`` that hold others, somewhere

    >>> rows = pl.DataFrame({"code": ["26", "2610", "62"], "value": [10.0, 4.0, 5.0],
    ...     "place": ["Elm"] * 3})
    >>> left_of_wholes(rows, ["place"], ["26"]).rows()
    [('26', 'Elm', 6.0)]
    """
    known = rows.select("code", *groups, "value").filter(pl.col("value") > 0)
    is_total = pl.col("code").is_in([code for code in wholes if not without_filling(code)])
    counted, _ = without_parts(known.filter(~is_total), list(groups))
    in_all = counted.sort("value").group_by(*groups).agg(counted=pl.col("value").sum())
    totals = known.filter(is_total).join(in_all, on=list(groups), how="left", nulls_equal=True)
    rest = pl.col("value") - pl.col("counted").fill_null(0.0)
    left = counted.filter(pl.col("code").is_in(list(wholes)))
    is_left = rest > TOLERANCE * pl.col("value")
    of_totals = totals.filter(is_left).with_columns(value=rest).select(left.columns)
    return pl.concat([left, of_totals]).sort("code", *groups)


def matched_codes(codes: Collection[str], known: Collection[str]) -> pl.DataFrame:
    """Which codes of a table each code of the links stands for, and which part of it goes to each.

    Returns link_code, code, match (kind of `Match`), part; a code that the table doesn't know has
    no row.

    >>> matched_codes(["26", "63"], ["2610", "2620", "62"]).select("link_code", "code").rows()
    [('26', '2610'), ('26', '2620')]
    >>> matched_codes(["01"], ["1", "10", "26"]).select("link_code", "code", "match").rows()
    [('01', '1', 'nought_restored')]
    """
    written = {without_filling(code): code for code in sorted(known)}
    matches = match_codes({without_filling(code) for code in codes}, written)
    rows = []
    for code in sorted(codes):
        found = matches[without_filling(code)]
        part = 1 / max(len(found.codes), 1)
        of_table = [written[each] for each in found.codes]
        rows += [(code, each, found.kind, part) for each in of_table]
    schema = {"link_code": pl.String, "code": pl.String, "match": pl.String, "part": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
