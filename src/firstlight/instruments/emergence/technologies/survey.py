"""Technologies of one forecast year as tables to keep: their counts, forms and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.technologies.quarterly_counts import (
    QUARTERS,
    YEARS,
    QuarterlyCounts,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
IN_PHRASE = "in_phrase"  # kind of form that is no name: the phrase a word in the news stands in
NO_NEIGHBOURS = pl.DataFrame(schema={"technology": pl.Int64, "other": pl.Int64})


@dataclass(frozen=True)
class Survey:
    """K technologies at one forecast year and Y years.

    counts      : their documents by year and stratum
    labels      : (K,) names as people write them
    is_scored   : (K,) large enough to be ranked; the others are watched
    groups      : (K,) row of the head of the group that counts once
    first_years : (K,) year of the third document
    authors, new_authors : (K, Y) authors of their documents, and those new to the record
    forms       : data frame technology, form, kind, documents_count, evidence
    coverage    : share of the forecast year's documents that a scored technology holds
    neighbours  : data frame technology, other: rows of the nearest of each scored technology, by
                  their documents of FY-2..FY; empty for counts
    quarters    : documents of FY-1 and FY by quarter; None where dates don't tell
    are_counts  : whether somebody else counted, so that no documents are known
    """

    counts: YearlyCounts
    labels: tuple[str, ...]
    is_scored: npt.NDArray[np.bool_]
    groups: Ints
    first_years: Ints
    authors: Floats
    new_authors: Floats
    forms: pl.DataFrame
    coverage: float
    neighbours: pl.DataFrame = field(default_factory=lambda: NO_NEIGHBOURS)
    quarters: QuarterlyCounts | None = None
    are_counts: bool = False

    @property
    def forecast_year(self) -> int:
        """The year that the survey was made at the end of."""
        return self.counts.forecast_year

    @property
    def ids(self) -> pl.Series:
        """(K,) technology_id: the key of each technology."""
        return pl.Series("technology_id", self.counts.names, dtype=pl.String)

    @property
    def own_forms(self) -> pl.DataFrame:
        """The forms that are names: all but the phrase that a word in the news stands in."""
        return self.forms.filter(pl.col("kind") != IN_PHRASE)

    @property
    def forms_by_id(self) -> pl.DataFrame:
        """The forms with technology_id in place of technology."""
        return self.forms.select(self.ids[self.forms["technology"]], pl.exclude("technology"))

    def scored(self) -> Survey:
        """The scored technologies alone."""
        return self.take(np.flatnonzero(self.is_scored))

    def renamed(self, labels: Sequence[str]) -> Survey:
        """The same technologies under other names."""
        return replace(self, labels=tuple(labels))

    def take(self, rows: Ints) -> Survey:
        """Some of the technologies, ascending.

        A group whose head is not among them has its first as head.
        """
        number = np.full(len(self.labels), -1)
        number[rows] = np.arange(len(rows))
        kept = pl.Series(number, dtype=pl.Int64)
        forms = self.forms.with_columns(kept[self.forms["technology"]].alias("technology"))
        return Survey(
            self.counts.take(rows),
            tuple(self.labels[row] for row in rows),
            self.is_scored[rows],
            _heads(self.groups[rows], number),
            self.first_years[rows],
            self.authors[rows],
            self.new_authors[rows],
            forms.filter(pl.col("technology") >= 0),
            self.coverage,
            _renumbered(self.neighbours, kept),
            self.quarters and self.quarters.take(rows),
            self.are_counts,
        )


def _renumbered(neighbours: pl.DataFrame, number: pl.Series) -> pl.DataFrame:
    """Pairs under the new numbers of their rows; those of a row that is left out (-1) go."""
    pairs = neighbours.with_columns(
        number.gather(neighbours[name]).alias(name) for name in neighbours.columns
    )
    return pairs.filter(pl.all_horizontal(pl.all() >= 0))


def _heads(groups: Ints, number: Ints) -> Ints:
    """The new row of the head of each row's group; of its first row where the head is left out.

    groups : (n,) former row of the head; number : new row of each former one, -1 where left out
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    heads = number[groups]
    return np.where(heads >= 0, heads, first[group]).astype(np.int64)


UNITS: dict[str, dict[str, str]] = {
    "technologies": {
        "first_year": "year of the third document",
        "group": "row of the head of its group: 35% of the smaller one's documents shared",
    },
    "cells": {"documents_count": "documents that use a form of the technology"},
    "totals": {"documents_count": "documents of the stratum and year"},
    "authors": {"authors_count": "authors", "new_authors_count": "authors new to the record"},
    "forms": {"documents_count": "documents of the five years to the forecast year"},
    "quarters": {"documents_count": "documents of the technology in the quarter"},
    "quarter_totals": {"documents_count": "documents of the stratum in the quarter"},
}


def survey_tables(survey: Survey) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """The survey as tables and facts to keep; ``survey_of`` reads them back."""
    counts = survey.counts
    technologies = pl.DataFrame(
        {
            "technology_id": list(counts.names),
            "label": list(survey.labels),
            "is_scored": survey.is_scored,
            "group": survey.groups,
            "first_year": survey.first_years,
        },
        schema_overrides={"technology_id": pl.String, "label": pl.String},
    )
    cells = counts.cells.tocoo()
    stratum, year = np.divmod(cells.col, len(counts.years))
    cell_table = pl.DataFrame(
        {
            "technology": cells.row.astype(np.int64),
            "stratum": stratum.astype(np.int64),
            "year": counts.years[year],
            "documents_count": cells.data.astype(np.float64),
        }
    ).sort("technology", "stratum", "year")
    totals = pl.DataFrame(
        {
            "stratum": np.repeat(list(counts.strata), len(counts.years)),
            "year": np.tile(counts.years, len(counts.strata)),
            "documents_count": counts.totals.ravel(),
        }
    )
    row, column = np.nonzero(survey.authors)
    authors = pl.DataFrame(
        {
            "technology": row,
            "year": counts.years[column],
            "authors_count": survey.authors[row, column],
            "new_authors_count": survey.new_authors[row, column],
        }
    )
    tables = {
        "technologies": technologies,
        "cells": cell_table,
        "totals": totals,
        "authors": authors,
        "forms": survey.forms,
        "neighbours": survey.neighbours,
        **_quarter_tables(survey.quarters),
    }
    facts = {
        "forecast_year": counts.forecast_year,
        "coverage": survey.coverage,
        "are_counts": survey.are_counts,
    }
    return tables, facts


def _quarter_tables(quarters: QuarterlyCounts | None) -> dict[str, pl.DataFrame]:
    """Documents by quarter, those of FY-1 before those of FY; no rows where dates don't tell."""
    documents = totals = np.zeros((0, YEARS * QUARTERS))
    if quarters is not None:
        documents = quarters.documents.reshape(-1, YEARS * QUARTERS)
        totals = quarters.totals.reshape(-1, YEARS * QUARTERS)
    row, period = np.nonzero(documents)
    stratum, every = np.indices(totals.shape)
    return {
        "quarters": pl.DataFrame(
            {"technology": row, "quarter": period, "documents_count": documents[row, period]}
        ),
        "quarter_totals": pl.DataFrame(
            {
                "stratum": stratum.ravel(),
                "quarter": every.ravel(),
                "documents_count": totals.ravel(),
            }
        ),
    }


def _quarters_of(tables: Mapping[str, pl.DataFrame], size: int) -> QuarterlyCounts | None:
    totals, cells = tables["quarter_totals"], tables["quarters"]
    if totals.is_empty():
        return None
    documents = np.zeros((size, YEARS * QUARTERS))
    place = cells["technology"].to_numpy(), cells["quarter"].to_numpy()
    documents[place] = cells["documents_count"].to_numpy()
    return QuarterlyCounts(
        documents.reshape(size, YEARS, QUARTERS),
        totals["documents_count"].to_numpy().reshape(-1, YEARS, QUARTERS),
    )


def survey_of(tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any]) -> Survey:
    """The survey that ``survey_tables`` wrote."""
    technologies, cells, totals = (tables[name] for name in ("technologies", "cells", "totals"))
    strata = totals["stratum"].unique(maintain_order=True).to_list()
    years = totals["year"].unique().sort().to_numpy()
    size = (technologies.height, len(strata) * len(years))
    column = cells["stratum"].to_numpy() * len(years) + (cells["year"].to_numpy() - years[0])
    matrix = sparse.csr_matrix(
        (cells["documents_count"].to_numpy(), (cells["technology"].to_numpy(), column)), shape=size
    )
    counts = YearlyCounts(
        int(facts["forecast_year"]),
        tuple(technologies["technology_id"].to_list()),
        years,
        matrix,
        totals["documents_count"].to_numpy().reshape(len(strata), len(years)),
        tuple(strata),
    )
    authors = np.zeros((2, technologies.height, len(years)))
    place = (
        tables["authors"]["technology"].to_numpy(),
        tables["authors"]["year"].to_numpy() - years[0],
    )
    for sheet, name in zip(authors, ("authors_count", "new_authors_count"), strict=True):
        sheet[place] = tables["authors"][name].to_numpy()
    return Survey(
        counts,
        tuple(technologies["label"].to_list()),
        technologies["is_scored"].to_numpy(),
        technologies["group"].to_numpy(),
        technologies["first_year"].to_numpy(),
        authors[0],
        authors[1],
        tables["forms"],
        float(facts["coverage"]),
        tables["neighbours"],
        _quarters_of(tables, technologies.height),
        bool(facts.get("are_counts", False)),
    )
