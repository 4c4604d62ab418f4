"""What gross exports consist of: value added at home and abroad, returned, and counted twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.chains.country_rows import COUNTRY, GROUPS
from firstlight.instruments.chains.decomposed_exports.export_terms import (
    PARTS,
    decompose,
    flow_rows,
    summed,
    term_rows,
)
from firstlight.instruments.chains.home_country import home_country
from firstlight.instruments.chains.world_table import read_world_tables
from firstlight.instruments.chains.yearly_tables import best_first, of_year
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import Code, Message, Name, Share, Year, message

__all__ = ["export_decomposition"]

DIGITS = 10
DRAWN = (
    "dva_absorbed_share",
    "dva_returned_share",
    "foreign_value_share",
    "counted_twice_share",
)
MOST_PANELS = 12
SHARES = (
    "dva_absorbed_share",
    "dva_returned_share",
    "domestic_double_share",
    "foreign_value_share",
    "foreign_double_share",
)


def export_decomposition(
    frame: Any,
    *,
    supplier: Annotated[str, roles.Key()] = "supplier",
    user: Annotated[str, roles.Key(is_heading=True)] = "user",
    value: Annotated[str, roles.Number()] = "value",
    supplier_country: Annotated[str | None, COUNTRY] = "supplier_country",
    user_country: Annotated[str | None, COUNTRY] = "user_country",
    year: Annotated[str | None, roles.Year()] = "year",
    method: Literal["borin_mancini", "kww", "wwz"] = "borin_mancini",
    basis: Literal["source", "sink"] = "source",
    perimeter: Literal["country", "bilateral"] = "country",
    detail: Literal["totals", "flows"] = "totals",
    home: str | None = None,
    groups: Annotated[Any, GROUPS] = None,
) -> Result:
    """Terms of gross exports that add up to them: domestic value added that is absorbed abroad or
    returns, foreign value added, and what is counted twice.

    Parameters
    ----------
    frame
        A world input-output table: industries of countries in rows and columns, and final uses of
        each country; square, or a row for each cell.
    supplier
        Column of the industries that deliver.
    user
        Column of the industries that use, and of final uses; or these are the headings.
    value
        Column of the flows, in one unit of money.
    supplier_country
        Column of the suppliers' countries; without it names of suppliers and users begin with the
        country, as DEU_C29 and DEU.15 do.
    user_country
        Column of the users' countries.
    year
        Column of the years, each with a table of its own.
    method
        Borin and Mancini; Koopman, Wang and Wei, nine terms by country; Wang, Wei and Zhu, sixteen
        by partner and industry.
    basis
        Of Borin and Mancini: a value counts where it first crosses the border, or last.
    perimeter
        Of Borin and Mancini: the border around all exports of a country, or each partner by itself.
    detail
        Totals alone, or also every term by partner and industry.
    home
        Country that is told of first; the largest exporter where none is named.
    groups
        Countries that count as one, such as parts of a country or members of a union.

    Returns
    -------
    Result with the tables ``countries`` (country, year, exports and five parts as shares),
    ``terms`` (country, year, term, part, value, share, meaning), ``home_terms`` (those of one
    country) and, but for kww, ``partners`` and ``industries`` (exports and the parts in the units
    of the table) and, if asked for, ``flows`` (country, partner, industry, year, term, value).

    Raises
    ------
    InputError
        For names without a country, cells without numbers, unknown countries, options that do not
        go together, and a table that can't meet its final demand.

    References
    ----------
    Koopman, Wang and Wei 2014, American Economic Review 104(2), 459-494; Wang, Wei and Zhu 2013,
    NBER Working Paper 19677; Borin and Mancini 2019, World Bank Policy Research Working Paper 8804.

    Examples
    --------
    >>> import polars as pl
    >>> cells = {"A_all": [1, 3], "B_all": [2, 1], "A_use": [5, 2], "B_use": [1, 4]}
    >>> wide = pl.DataFrame({"supplier": ["A_all", "B_all"], **cells})
    >>> found = export_decomposition(wide.unpivot(index="supplier", variable_name="user"))
    >>> found.table.select("country", pl.col("dva_absorbed_share").round(4)).rows()
    [('B', 0.6576), ('A', 0.4293)]
    """
    data = EXPORT_DECOMPOSITION.read(locals())
    tables = read_world_tables(data)
    _, odd = list(tables.values())[-1]
    frames: dict[str, list[pl.DataFrame]] = {}
    for at, (table, _) in tables.items():
        found = decompose(table, method, basis, perimeter)
        made = {"countries": _shares(summed(table, found, method, "country"))}
        made["terms"] = term_rows(table, found, method)
        if method != "kww":
            made["partners"] = summed(table, found, method, "partner")
            made["industries"] = summed(table, found, method, "industry")
            if detail == "flows":
                made["flows"] = flow_rows(table, found)
        for name, own in made.items():
            after = {"countries": 1, "terms": 1, "flows": 3}.get(name, 2)
            frames.setdefault(name, []).append(of_year(own, at, after))
    whole = {name: pl.concat(parts) for name, parts in frames.items()}
    for name in ("countries", "partners", "industries"):
        if name in whole:
            whole[name] = best_first(whole[name], "exports")
    if "year" in whole["terms"].columns:
        whole["terms"] = whole["terms"].sort("year", descending=True, maintain_order=True)
    first = home_country(whole["countries"], home)
    whole["home_terms"] = whole["terms"].filter(country=first)
    return Result(
        whole,
        (*_answer(whole["countries"], whole["terms"], first), *odd),
        EXPORT_DECOMPOSITION.texts,
        conventions=_conventions(method, basis, perimeter),
        charts=_charts(whole["countries"]),
        given=data.given,
    )


def _shares(countries: pl.DataFrame) -> pl.DataFrame:
    """The parts as shares of exports; null where there are none."""
    sells = pl.col("exports") > 0
    shares = [pl.when(sells).then(pl.col(part) / pl.col("exports")) for part in PARTS]
    named = [share.alias(name) for share, name in zip(shares, SHARES, strict=True)]
    twice = pl.col("domestic_double") + pl.col("foreign_double")
    counted = pl.when(sells).then(twice / pl.col("exports")).alias("counted_twice_share")
    reason = pl.when(~sells).then(pl.lit("no_exports")).alias("reason")
    return countries.select("country", "exports", *named, counted, reason)


def _answer(countries: pl.DataFrame, terms: pl.DataFrame, home: str) -> list[Message]:
    """What a country's exports consist of, and the largest of the finer terms."""
    if "year" in countries.columns:
        countries = countries.filter(pl.col("year") == pl.col("year").max())
    own = countries.filter(country=home).row(0, named=True)
    if own["reason"] is not None:
        return [message("sells_nothing", country=Name(home))]
    shares = [own[name] for name in SHARES]
    kept = [_part(share) for share in shares]
    named = ("absorbed", "returned", "domestic_twice", "foreign", "foreign_twice")
    values = dict(zip(named, kept, strict=True))
    values["twice"] = _part(own["counted_twice_share"])
    said = [message("consists_of", country=Name(home), **values)]
    if "year" in own:
        said = [message("consists_of_in", country=Name(home), year=Year(own["year"]), **values)]
    if terms["term"].n_unique() > len(PARTS):
        if "year" in terms.columns:
            terms = terms.filter(pl.col("year") == own["year"])
        best = terms.filter(country=home).sort(
            pl.col("share").round(DIGITS), "term", descending=[True, False]
        )
        top = best.row(0, named=True)
        share = _part(top["share"])
        said.append(message("largest", term=Code(f"codes.meaning.{top['term']}"), share=share))
    return said


def _part(share: float) -> Share:
    return Share(min(max(share, 0.0), 1.0), 1)


def _conventions(method: str, basis: str, perimeter: str) -> tuple[Message, ...]:
    said = [message("value_added_is"), message(f"method_{method}")]
    if method == "borin_mancini":
        said += [message(f"basis_{basis}"), message(f"perimeter_{perimeter}")]
    return tuple(said)


def _charts(countries: pl.DataFrame) -> tuple[Chart, ...]:
    terms = Chart("home_terms", "home_terms", "", (Mark("share", "bars"),), line="term")
    ranking = Chart(
        "absorbed_by_rank", "countries", "", (Mark("dva_absorbed_share", "bars"),), line="country"
    )
    if "year" not in countries.columns or countries["country"].n_unique() > MOST_PANELS:
        return terms, ranking
    marks = tuple(Mark(name, "bars") for name in DRAWN)
    course = Chart("parts_by_year", "countries", "year", marks, panel="country")
    return terms, *by_rank_and_year(countries, ranking, course)


def _check(arguments: Mapping[str, Any]) -> Message | None:
    """Options that say nothing of the method that is asked for."""
    method = Code(f"codes.method.{arguments['method']}")
    for name, usual in (("basis", "source"), ("perimeter", "country")):
        if arguments["method"] != "borin_mancini" and arguments[name] != usual:
            return message("not_of_method", option=Name(name), method=method)
    if arguments["method"] == "kww" and arguments["detail"] == "flows":
        return message("by_country_only")
    return None


EXPORT_DECOMPOSITION = Measurement(
    export_decomposition,
    citation=(
        "Koopman, Wang and Wei 2014, American Economic Review 104(2), 459-494; "
        "Wang, Wei and Zhu 2013, NBER Working Paper 19677; "
        "Borin and Mancini 2019, World Bank Policy Research Working Paper 8804"
    ),
    sample=Sample({"home": "Northland"}),
    check=_check,
    brief=("country", "year", *SHARES),
    databases=True,
    places="supplier_country",
)
