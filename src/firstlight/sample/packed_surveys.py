"""Surveys of several forecast years in little room: what they have in common is stored once.

A technology with the same forms at two forecast years has the same documents in every year and
stratum: one history, to which both point. Cells of a history are stored as steps from one to the
next; words as numbers of one vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies.labels import named
from firstlight.instruments.emergence.technologies.quarterly_counts import (
    QUARTERS,
    YEARS,
    QuarterlyCounts,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.texts import Year, message

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Tables = dict[str, pl.DataFrame]

PARTS = 10_000  # evidence is rounded to four decimals
SHAPE = (
    "place",
    "documents",
    "year",
    "authors",
    "new_authors",
)  # what makes two histories the same
_YEARLY = ("authors", "new_authors")
TABLES = ("words", "histories", "technologies", "forms", "totals", "surveys")


def pack(surveys: Mapping[int, Survey]) -> Tables:
    """The surveys of one record as tables for ``unpack``.

    Returns data frames
    words        : word; ids and forms, sorted
    histories    : place (steps between cells; cell = stratum * years + year), documents, authors,
                   new_authors (of each year with documents), a list each
    technologies : forecast_year, word and history (steps from the row before), is_scored, group
                   (steps from its own row), first_year, neighbours (rows), quarters (documents of
                   each quarter of the last two years, or none), a list each
    forms        : forecast_year, technology and word (steps), kind, documents_count, evidence
                   (ten-thousandths)
    totals       : stratum, year, documents_count
    surveys      : forecast_year, coverage, quarters (documents by stratum and quarter, or none)
    Raises  InputError where surveys are of different records, count documents in parts, or name
    technologies otherwise than by their forms.
    """
    by_year = [surveys[year] for year in sorted(surveys)]
    _check(by_year)
    vocabulary = [pl.Series(one.counts.names, dtype=pl.String) for one in by_year]
    vocabulary += [one.forms["form"] for one in by_year]
    words = pl.concat(vocabulary).unique().sort().to_frame("word")
    technologies = pl.concat([_technologies(one) for one in by_year])
    technologies = technologies.join(
        pl.concat([_cells(one) for one in by_year]), on=["forecast_year", "row"], how="left"
    )
    technologies = _numbered(technologies, words, "technology_id")
    in_order = technologies.sort("word", "forecast_year")
    changes = [pl.col(name) != pl.col(name).shift() for name in ("word", *SHAPE)]
    is_new = pl.any_horizontal(changes).fill_null(True)
    in_order = in_order.with_columns((is_new.cum_sum() - 1).cast(pl.Int64).alias("history"))
    histories = (
        in_order.unique("history", keep="first")
        .sort("history")
        .drop("year")
        .select("place", "documents", *_YEARLY)
    )
    technologies = in_order.sort("forecast_year", "row").select(
        "forecast_year",
        _steps("word"),
        _steps("history"),
        "is_scored",
        pl.col("group") - pl.col("row"),
        "first_year",
        "neighbours",
        "quarters",
    )
    forms = _numbered(pl.concat([_forms(one) for one in by_year]), words, "form").select(
        "forecast_year", _steps("technology"), _steps("word"), "kind", "documents_count", "evidence"
    )
    return {
        "words": words,
        "histories": histories,
        "technologies": technologies,
        "forms": forms,
        "totals": _totals(by_year[0].counts),
        "surveys": pl.DataFrame(
            {
                "forecast_year": [one.forecast_year for one in by_year],
                "coverage": [one.coverage for one in by_year],
                "quarters": [one.quarters and _whole(one.quarters.totals) for one in by_year],
            },
            schema_overrides={"quarters": pl.List(pl.Int64)},
        ),
    }


def _check(surveys: Sequence[Survey]) -> None:
    first = surveys[0].counts
    for one in surveys:
        counts = one.counts
        is_same = counts.strata == first.strata and np.array_equal(counts.years, first.years)
        if not (is_same and np.array_equal(counts.totals, first.totals)):
            raise _unfit(one, "two_records")
        if not np.array_equal(counts.cells.data, np.round(counts.cells.data)):
            raise _unfit(one, "documents_in_parts")
        if tuple(named(one.forms)) != one.labels:
            raise _unfit(one, "named_otherwise")


def _unfit(survey: Survey, code: str) -> InputError:
    return InputError(message(code, year=Year(survey.forecast_year)), Path(__file__).parent)


def _whole(documents: Floats) -> list[int]:
    return [int(count) for count in documents.ravel()]


def _technologies(survey: Survey) -> pl.DataFrame:
    row = np.arange(len(survey.labels))
    near = survey.neighbours.group_by("technology", maintain_order=True).agg(
        pl.col("other").alias("neighbours")
    )
    dated = survey.quarters
    of_row = None if dated is None else [_whole(documents) for documents in dated.documents]
    table = pl.DataFrame(
        {
            "forecast_year": np.full(len(row), survey.forecast_year),
            "row": row,
            "technology_id": list(survey.counts.names),
            "is_scored": survey.is_scored,
            "group": survey.groups,
            "first_year": survey.first_years,
            "quarters": pl.Series(of_row or [None] * len(row), dtype=pl.List(pl.Int64)),
        },
        schema_overrides={"technology_id": pl.String},
    )
    return table.join(near, left_on="row", right_on="technology", how="left", maintain_order="left")


def _cells(survey: Survey) -> pl.DataFrame:
    """forecast_year, row and the lists of SHAPE; a row for each technology with documents."""
    counts = survey.counts
    cells = counts.cells.tocsr().sorted_indices().tocoo()
    frame = pl.DataFrame(
        {
            "row": cells.row.astype(np.int64),
            "place": cells.col.astype(np.int64),
            "documents": cells.data,
        }
    )
    lists = frame.group_by("row", maintain_order=True).agg(
        pl.col("place").diff().fill_null(pl.col("place")), pl.col("documents").cast(pl.Int64)
    )
    row, year = np.nonzero(counts.counts)
    authors = pl.DataFrame(
        {
            "row": row,
            "year": year,
            "authors": survey.authors[row, year].round().astype(np.int64),
            "new_authors": survey.new_authors[row, year].round().astype(np.int64),
        }
    )
    yearly = authors.group_by("row", maintain_order=True).agg("year", "authors", "new_authors")
    known = pl.lit(survey.forecast_year, pl.Int64).alias("forecast_year")
    return lists.join(yearly, on="row", how="left", maintain_order="left").with_columns(known)


def _forms(survey: Survey) -> pl.DataFrame:
    known = pl.lit(survey.forecast_year, pl.Int64).alias("forecast_year")
    parts = (pl.col("evidence") * PARTS).round().cast(pl.Int64)
    return survey.forms.with_columns(known, parts)


def _totals(counts: YearlyCounts) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "stratum": np.repeat(list(counts.strata), len(counts.years)),
            "year": np.tile(counts.years, len(counts.strata)),
            "documents_count": counts.totals.ravel().round().astype(np.int64),
        },
        schema_overrides={"stratum": pl.String},
    )


def _numbered(frame: pl.DataFrame, words: pl.DataFrame, column: str) -> pl.DataFrame:
    """The frame with the number of each word instead of the word."""
    number = words.with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
    joined = frame.join(number, left_on=column, right_on="word", how="left", maintain_order="left")
    return joined.drop(column).rename({"number": "word"})


def _steps(column: str) -> pl.Expr:
    """The difference from the row before; the first of each forecast year stands as it is."""
    return pl.col(column).diff().over("forecast_year").fill_null(pl.col(column))


def unpack(tables: Mapping[str, pl.DataFrame]) -> dict[int, Survey]:
    """The surveys that ``pack`` was given, by forecast year."""
    totals, words = tables["totals"], tables["words"]["word"]
    strata = tuple(totals["stratum"].unique(maintain_order=True).to_list())
    years = totals["year"].unique().sort().cast(pl.Int64).to_numpy()
    by_stratum = (
        totals["documents_count"].cast(pl.Float64).to_numpy().reshape(len(strata), len(years))
    )
    histories = _Histories.of(tables["histories"], len(strata), len(years))
    technologies = _summed(tables["technologies"], "word", "history")
    forms = _summed(tables["forms"], "technology", "word")
    found = {}
    for year, coverage, quarter_totals in tables["surveys"].iter_rows():
        is_own = pl.col("forecast_year") == year
        own = technologies.filter(is_own)
        history = own["history"].to_numpy()
        ids = tuple(words.gather(own["word"]).to_list())
        listed = _forms_of(forms.filter(is_own), words)
        found[int(year)] = Survey(
            counts=YearlyCounts(
                int(year), ids, years, histories.cells[history], by_stratum, strata
            ),
            labels=tuple(named(listed).to_list()),
            is_scored=own["is_scored"].to_numpy(),
            groups=np.arange(own.height) + own["group"].cast(pl.Int64).to_numpy(),
            first_years=own["first_year"].cast(pl.Int64).to_numpy(),
            authors=histories.authors[history],
            new_authors=histories.new_authors[history],
            forms=listed,
            coverage=float(coverage),
            neighbours=_neighbours_of(own),
            quarters=_quarters_of(own, quarter_totals),
        )
    return found


def _neighbours_of(technologies: pl.DataFrame) -> pl.DataFrame:
    near = technologies.select(
        pl.int_range(pl.len()).alias("technology"), pl.col("neighbours").alias("other")
    )
    return near.explode("other").drop_nulls().cast(pl.Int64)


def _quarters_of(technologies: pl.DataFrame, totals: list[int] | None) -> QuarterlyCounts | None:
    if totals is None:
        return None
    documents = technologies["quarters"].explode().cast(pl.Float64).to_numpy()
    by_stratum = np.array(totals, dtype=np.float64)
    return QuarterlyCounts(
        documents.reshape(-1, YEARS, QUARTERS), by_stratum.reshape(-1, YEARS, QUARTERS)
    )


def _summed(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The frame with the values of which it holds the steps."""
    return frame.with_columns(pl.col(columns).cast(pl.Int64).cum_sum().over("forecast_year"))


def _forms_of(frame: pl.DataFrame, words: pl.Series) -> pl.DataFrame:
    # Divided by NumPy: Polars multiplies by the reciprocal, which ends in other digits than a
    # number that was rounded.
    evidence = pl.Series(
        "evidence", frame["evidence"].cast(pl.Float64).to_numpy() / PARTS
    ).fill_nan(None)
    return frame.select(
        "technology",
        words.gather(frame["word"]).alias("form"),
        "kind",
        pl.col("documents_count").cast(pl.Int64),
        evidence,
    )


@dataclass(frozen=True)
class _Histories:
    """H histories: cells, sparse (H, S * Y); authors and new authors (H, Y)."""

    cells: sparse.csr_matrix
    authors: Floats
    new_authors: Floats

    @classmethod
    def of(cls, table: pl.DataFrame, strata: int, years: int) -> _Histories:
        size = table.height
        bounds = np.concatenate([[0], np.cumsum(table["place"].list.len().to_numpy())])
        numbered = table.with_row_index("history")
        cells = numbered.select("history", "place", "documents").explode("place", "documents")
        place = cells.select(pl.col("place").cast(pl.Int64).cum_sum().over("history"))[
            "place"
        ].to_numpy()
        documents = cells["documents"].cast(pl.Float64).to_numpy()
        row = cells["history"].to_numpy().astype(np.int64)
        held = np.unique(row * years + place % years)
        yearly = numbered.select("history", *_YEARLY).explode(_YEARLY)
        sheets = np.zeros((len(_YEARLY), size * years))
        for sheet, name in zip(sheets, _YEARLY, strict=True):
            sheet[held] = yearly[name].cast(pl.Float64).to_numpy()
        matrix = sparse.csr_matrix((documents, place, bounds), shape=(size, strata * years))
        return cls(matrix, sheets[0].reshape(size, years), sheets[1].reshape(size, years))
