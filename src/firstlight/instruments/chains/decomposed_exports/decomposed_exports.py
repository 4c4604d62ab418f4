"""What gross exports consist of: value added at home and abroad, returned, and counted twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.chart import Chart, Mark, by_rank_and_year
from firstlight.instruments.chains.country_rows import GROUPS, CountryTableColumns
from firstlight.instruments.chains.decomposed_exports.borin_mancini import (
    BM_TERMS,
    borin_mancini,
)
from firstlight.instruments.chains.decomposed_exports.koopman_wang_wei import (
    KWW_TERMS,
    koopman_wang_wei,
)
from firstlight.instruments.chains.decomposed_exports.wang_wei_zhu import WWZ_TERMS, wang_wei_zhu
from firstlight.instruments.chains.home_country import home_country
from firstlight.instruments.chains.ranked_rows import best_first, of_year, over_years
from firstlight.instruments.chains.world_table import (
    WorldTable,
    country_pairs,
    read_world_tables,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import last_year
from firstlight.result import Result
from firstlight.texts import Code, Message, Name, Share, Year, message

Floats = NDArray[np.float64]
Method = Literal["kww", "wwz", "borin_mancini"]
Decomposition = Mapping[str, Floats]
PARTS = BM_TERMS  # what every method tells: term by term its terms add up to these
PART_OF: dict[str, dict[str, str]] = {
    "kww": dict(zip(KWW_TERMS, [PARTS[i] for i in (0, 0, 0, 1, 1, 2, 3, 3, 4)], strict=True)),
    "wwz": dict(
        zip(
            WWZ_TERMS,
            [PARTS[i] for i in (0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 3, 3, 4)],
            strict=True,
        )
    ),
    "borin_mancini": dict(zip(BM_TERMS, PARTS, strict=True)),
}
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
    method: Literal["borin_mancini", "kww", "wwz"] = "borin_mancini",
    basis: Literal["source", "sink"] = "source",
    perimeter: Literal["country", "bilateral"] = "country",
    detail: Literal["totals", "flows"] = "totals",
    home: str | None = None,
    groups: Annotated[Any, GROUPS] = None,
    **columns: Unpack[CountryTableColumns],
) -> Result:
    """Terms of gross exports that add up to them: domestic value added that is absorbed abroad or
    returns, foreign value added, and what is counted twice.

    Parameters
    ----------
    frame
        A world input-output table: industries of countries in rows and columns, and final uses of
        each country; square, or a row for each cell.
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
    **columns
        Columns of the table: `CountryTableColumns`.

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
    decompositions = {
        at: (table, _decomposed(table, method, basis, perimeter))
        for at, (table, _) in tables.items()
    }
    totals = {at: _shares(_summed(*own, method, "country")) for at, own in decompositions.items()}
    # terms stay in the order of their method, whatever they come to
    terms = pl.concat([of_year(_term_rows(*own, method), at) for at, own in decompositions.items()])
    if "year" in terms.columns:
        terms = terms.sort("year", descending=True, maintain_order=True)
    whole = {"countries": over_years(totals, "exports"), "terms": terms}
    if method != "kww":
        partners = {at: _summed(*own, method, "partner") for at, own in decompositions.items()}
        industries = {at: _summed(*own, method, "industry") for at, own in decompositions.items()}
        whole["partners"] = over_years(partners, "exports", after=2)
        whole["industries"] = over_years(industries, "exports", after=2)
        if detail == "flows":
            flows = [of_year(_flow_rows(*own), at, after=3) for at, own in decompositions.items()]
            whole["flows"] = pl.concat(flows)
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


def _decomposed(
    table: WorldTable,
    method: Method,
    basis: Literal["source", "sink"],
    perimeter: Literal["country", "bilateral"],
) -> Decomposition:
    """Term -> (n, G), by exporting industry and partner; of KWW (G,), by exporter."""
    if method == "kww":
        return koopman_wang_wei(table)
    if method == "wwz":
        return wang_wei_zhu(table)
    return borin_mancini(table, basis, perimeter)


def _summed(
    table: WorldTable,
    decomposition: Decomposition,
    method: Method,
    by: Literal["country", "partner", "industry"],
) -> pl.DataFrame:
    """country, perhaps partner or industry, exports and the five parts of each."""
    parts: dict[str, Floats] = {}
    for term, values in decomposition.items():
        part = PART_OF[method][term]
        parts[part] = parts[part] + values if part in parts else values
    if by == "country":
        exports = table.by_country(table.exports.sum(axis=1))
        sums = {part: _of_countries(table, values) for part, values in parts.items()}
        return pl.DataFrame({"country": table.countries, "exports": exports, **sums})
    if by == "industry":
        sums = {part: values.sum(axis=1) for part, values in parts.items()}
        rows = {"country": table.places, "industry": table.industries}
        columns = {**rows, "exports": table.exports.sum(axis=1), **sums}
        return pl.DataFrame(columns).group_by("country", "industry", maintain_order=True).sum()
    sums = {part: table.by_country(values) for part, values in parts.items()}
    pairs = country_pairs(table, "partner", exports=table.by_country(table.exports), **sums)
    return pairs.filter(pl.col("exports") != 0)


def _term_rows(table: WorldTable, decomposition: Decomposition, method: Method) -> pl.DataFrame:
    """country, term, part, value, its share of the country's exports, and the term once more, for
    its meaning in words."""
    exports = table.by_country(table.exports.sum(axis=1))
    frames = []
    for term, values in decomposition.items():
        value = _of_countries(table, values)
        share = np.divide(value, exports, out=np.full_like(value, np.nan), where=exports > 0)
        columns = {"country": table.countries, "value": value, "share": share}
        frames.append(pl.DataFrame(columns).with_columns(term=pl.lit(term)))
    rows = pl.concat(frames).filter(pl.col("share").is_finite())
    rows = rows.with_columns(
        part=pl.col("term").replace_strict(PART_OF[method]), meaning=pl.col("term")
    )
    return rows.select("country", "term", "part", "value", "share", "meaning")


def _flow_rows(table: WorldTable, decomposition: Decomposition) -> pl.DataFrame:
    """country, partner, industry, term and value, where the industry exports to the partner."""
    at, to = np.nonzero(table.exports)
    base = pl.DataFrame(
        {
            "country": pl.Series(table.places, dtype=pl.String)[at],
            "partner": pl.Series(table.countries, dtype=pl.String)[to],
            "industry": pl.Series(table.industries, dtype=pl.String)[at],
        }
    )
    frames = [
        base.with_columns(term=pl.lit(term), value=pl.Series(values[at, to]))
        for term, values in decomposition.items()
    ]
    keys = ["country", "partner", "industry", "term"]
    return pl.concat(frames).group_by(keys, maintain_order=True).sum()


def _of_countries(table: WorldTable, values: Floats) -> Floats:
    return values if values.ndim == 1 else np.asarray(table.by_country(values).sum(axis=1))


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
    latest = last_year(countries).filter(country=home).row(0, named=True)
    if latest["reason"] is not None:
        return [message("sells_nothing", country=Name(home))]
    named = ("absorbed", "returned", "domestic_twice", "foreign", "foreign_twice", "twice")
    shares = (*SHARES, "counted_twice_share")
    values = {name: _part(latest[share]) for name, share in zip(named, shares, strict=True)}
    said = [message("consists_of", country=Name(home), **values)]
    if "year" in latest:
        said = [message("consists_of_in", country=Name(home), year=Year(latest["year"]), **values)]
    if terms["term"].n_unique() > len(PARTS):  # else it would be said twice
        top = best_first(terms.filter(country=home), "share").row(0, named=True)
        term = Code(f"codes.meaning.{top['term']}")
        said.append(message("largest", term=term, share=_part(top["share"])))
    return said


def _part(share: float) -> Share:
    # value added below 0 may push a part beyond its bounds
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
