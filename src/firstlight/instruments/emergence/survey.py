"""What counting finds for one forecast year: its technologies, their documents in every year, and their company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.communities import communities, members
from firstlight.instruments.emergence.labels import choose_labels
from firstlight.instruments.emergence.membership import Membership, documents_of, membership_of
from firstlight.instruments.emergence.need_language import speaks_of_need
from firstlight.instruments.emergence.targets import FEWEST_IN_FORECAST_YEAR
from firstlight.instruments.emergence.terms import TermCounts
from firstlight.instruments.emergence.vocabulary import (
    PhraseParts,
    Vocabulary,
    VocabularyRule,
    technical_terms,
)

Floats = npt.NDArray[np.float64]
LEAST_DOCUMENTS = (
    FEWEST_IN_FORECAST_YEAR  # in the forecast year: a technology with fewer is not scored
)
RECENT_YEARS = 3  # over which categories and countries are read


@dataclass(frozen=True)
class Company:
    """Who wrote each document and what else is known of it, row by row as in the counts.

    authors     : (D,) authors named
    new_authors : (D,) those of them with no document in an earlier year of the record
    groups      : kind (category, country) -> (names, sparse (D, names) of 0 and 1)
    """

    authors: Floats
    new_authors: Floats
    groups: dict[str, tuple[tuple[str, ...], sparse.csr_matrix]]


@dataclass(frozen=True)
class Survey:
    """The technologies of one forecast year, by rules that read nothing later; K technologies, Y years.

    forecast_year : int
    years, totals : (Y,) years, and documents of each
    counts        : (K, Y) documents that belong to each technology, by one rule for all years
    authors       : (K, Y) authors of those documents; new_authors : (K, Y) those new to the record that year
    needs         : (K, Y) those of the documents that speak of a need (``need_language``)
    coverage      : share of the forecast year's documents that belong to a technology listed here
    tested        : communities found, with those too small to be listed
    labels        : (K,) names
    terms         : data frame technology, rank, term, shown, weight, documents_count, first_year
    links         : data frame technology, other, weight (0..1)
    groups        : data frame technology, kind, name, documents_count, first_year of the name in the record;
                    technology -1 is the whole record
    """

    forecast_year: int
    years: npt.NDArray[np.int64]
    totals: Floats
    counts: Floats
    authors: Floats
    new_authors: Floats
    needs: Floats
    coverage: float
    tested: int
    labels: tuple[str, ...]
    terms: pl.DataFrame
    links: pl.DataFrame
    groups: pl.DataFrame

    def until(self, year: int) -> Survey:
        """The same survey as it could be known at the end of ``year``: later counts are cut off."""
        past = self.years <= year
        return replace(
            self,
            years=self.years[past],
            totals=self.totals[past],
            counts=self.counts[:, past],
            authors=self.authors[:, past],
            new_authors=self.new_authors[:, past],
            needs=self.needs[:, past],
        )


def read_company(documents: pl.DataFrame) -> Company:
    """Authors and groups of documents sorted by date (columns date, authors, categories, country as lists).

    An author is known by the exact name. Absent columns or empty lists leave zeros.
    """
    rows = documents.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        pl.col("date").dt.year().alias("year"),
        "authors",
    )
    named = rows.explode("authors").drop_nulls("authors").unique(["row", "authors"])
    named = named.with_columns(
        (pl.col("year").min().over("authors") == pl.col("year")).alias("is_new")
    )
    per_row = named.group_by("row").agg(pl.len().alias("n"), pl.col("is_new").sum().alias("new"))
    authors, new_authors = np.zeros(documents.height), np.zeros(documents.height)
    authors[per_row["row"].to_numpy()] = per_row["n"].to_numpy()
    new_authors[per_row["row"].to_numpy()] = per_row["new"].to_numpy()
    groups = {}
    for kind, column in (("category", "categories"), ("country", "country")):
        pairs = (
            documents.select(
                pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), pl.col(column).alias("name")
            )
            .explode("name")
            .drop_nulls()
            .unique()
            .sort("row", "name")
        )
        names = pairs["name"].unique().sort()
        column_of = pairs.join(
            pl.DataFrame({"name": names}).with_row_index("id"), on="name", maintain_order="left"
        )["id"]
        matrix = sparse.csr_matrix(
            (np.ones(pairs.height, np.float32), (pairs["row"].to_numpy(), column_of.to_numpy())),
            shape=(documents.height, len(names)),
        )
        groups[kind] = (tuple(names.to_list()), matrix)
    return Company(authors, new_authors, groups)


def survey_year(
    counts: TermCounts,
    parts: PhraseParts,
    company: Company,
    forecast_year: int,
    *,
    rule: VocabularyRule | None = None,
    granularity: float = 1.0,
    least_documents: int = LEAST_DOCUMENTS,
) -> Survey:
    """Technologies at ``forecast_year``: their terms and rules from documents up to it, their documents in all years.

    counts  : documents sorted by date; company : the same rows
    Returns Survey; empty (K = 0) where no community has ``least_documents`` in the forecast year.
    """

    def terms_of(year: int) -> Vocabulary:
        return technical_terms(counts, parts, year, rule)

    return survey_and_membership(
        counts,
        terms_of,
        company,
        forecast_year,
        granularity=granularity,
        least_documents=least_documents,
    )[0]


def survey_and_membership(
    counts: TermCounts,
    terms_of: Callable[[int], Vocabulary],
    company: Company,
    forecast_year: int,
    *,
    granularity: float = 1.0,
    least_documents: int = LEAST_DOCUMENTS,
) -> tuple[Survey, Membership]:
    """``survey_year`` with the rule by which documents belong, for ``counted_since`` once there are more of them.

    terms_of : year -> its technical terms
    """
    vocabulary = terms_of(forecast_year)
    found = communities(vocabulary, granularity=granularity)
    end = int(np.searchsorted(counts.years, forecast_year + 1))
    start = int(np.searchsorted(counts.years, forecast_year))
    needed = _terms_needed(
        members(counts, vocabulary, found, end, first=start, needed=2), least_documents
    )
    belongs = members(counts, vocabulary, found, needed=needed)
    in_year = np.asarray(belongs[start:end].sum(axis=0)).ravel()
    kept = np.flatnonzero(in_year >= least_documents)
    belongs = belongs[:, kept]
    covered = np.asarray(belongs[start:end].sum(axis=1)).ravel() > 0
    renumber = np.full(int(found.community.max(initial=-1)) + 2, -1)
    renumber[kept] = np.arange(len(kept))
    community = renumber[found.community]
    terms = _terms(
        counts,
        vocabulary.terms,
        vocabulary.shown,
        vocabulary.documents,
        vocabulary.columns,
        vocabulary.slots,
        community,
        found.centrality,
        vocabulary.specificity,
    )
    years, totals = _years_and_totals(counts)
    documents, authors, new_authors, needs = _by_year(belongs, counts, company, 0)
    survey = Survey(
        forecast_year,
        years,
        totals,
        documents,
        authors,
        new_authors,
        needs,
        float(covered.mean()) if len(covered) else 0.0,
        int(found.community.max(initial=-1)) + 1,
        choose_labels(terms, len(kept)),
        terms.drop("specificity"),
        _links(found.ties, community, len(kept)),
        _groups(belongs, company, counts.years, forecast_year),
    )
    return survey, membership_of(counts, vocabulary, found, kept, needed)


def counted_since(
    survey: Survey, rule: Membership, counts: TermCounts, company: Company, since: int
) -> Survey:
    """The survey with its documents counted anew from the year ``since`` on; what it says of earlier years stays.

    It is what ``survey_year`` says of the same documents, where those before ``since`` are the same as they were.

    counts, company : all documents, as for ``survey_year``
    Raises  InputError where ``since`` is not after the forecast year: the rule itself would change.
    """
    if since <= survey.forecast_year:
        raise InputError(
            f"documents of {since} are part of the rule of {survey.forecast_year}",
            where="counted_since",
            try_next="survey_year(...)",
        )
    since = min(since, int(survey.years[-1]) + 1)  # years without documents may lie between
    first = int(np.searchsorted(counts.years, since))
    later = _by_year(documents_of(counts, rule, first, len(counts.years)), counts, company, first)
    years, totals = _years_and_totals(counts)
    is_past, was_past = years < since, survey.years < since
    found = []
    for own, new in zip(
        (survey.counts, survey.authors, survey.new_authors, survey.needs), later, strict=True
    ):
        new[:, is_past] = own[:, was_past]
        found.append(new)
    return replace(
        survey,
        years=years,
        totals=totals,
        counts=found[0],
        authors=found[1],
        new_authors=found[2],
        needs=found[3],
    )


def _years_and_totals(counts: TermCounts) -> tuple[npt.NDArray[np.int64], Floats]:
    years = np.arange(int(counts.years.min()), int(counts.years.max()) + 1)
    return years, np.bincount(counts.years - years[0], minlength=len(years)).astype(np.float64)


def _by_year(
    belongs: sparse.csr_matrix, counts: TermCounts, company: Company, first: int
) -> list[Floats]:
    """(K, Y) documents, authors, new authors and documents of need, from membership of the rows from ``first`` on."""
    years, rows = counts.years[first:], np.arange(len(counts.years) - first)
    start = int(counts.years.min())
    shape = (int(counts.years.max()) - start + 1, len(rows))
    weights = (
        np.ones(len(counts.years)),
        company.authors,
        company.new_authors,
        speaks_of_need(counts),
    )
    return [
        _dense(sparse.csr_matrix((own[first:], (years - start, rows)), shape=shape) @ belongs)
        for own in weights
    ]


def _dense(by_year_and_technology: Any) -> Floats:
    """(technologies, years) from a sparse (years, technologies)."""
    return np.asarray(by_year_and_technology.todense(), dtype=np.float64).T


def _terms_needed(strict: sparse.csr_matrix, least_documents: int) -> int:
    """Two terms of a technology make a member; one will do where two would leave most documents without any.

    Read from the forecast year's documents: two terms must cover 60% of them (short texts, titles only, may fail that).
    """
    large = np.asarray(strict.sum(axis=0)).ravel() >= least_documents
    covered = np.asarray(strict[:, np.flatnonzero(large)].sum(axis=1)).ravel() > 0
    return 2 if len(covered) and covered.mean() >= 0.6 else 1


def _terms(
    counts: TermCounts,
    names: tuple[str, ...],
    shown: tuple[str, ...],
    documents: Floats,
    columns: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    community: npt.NDArray[np.int64],
    centrality: Floats,
    specificity: Floats,
) -> pl.DataFrame:
    """A term's first year is the year of its third document."""
    by_term = counts.incidence[:, columns].tocsc()
    third = by_term.indices[np.minimum(by_term.indptr[:-1] + 2, by_term.indptr[1:] - 1)]
    first_year = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(first_year, slots, counts.years[third].astype(np.int64))
    return (
        pl.DataFrame(
            {
                "technology": community,
                "term": names,
                "shown": shown,
                "weight": centrality,
                "specificity": np.round(specificity, 6),
                "documents_count": documents.astype(np.int64),
                "first_year": first_year,
            },
            schema_overrides={
                "term": pl.String,
                "shown": pl.String,
            },  # a year may have no term at all
        )
        .filter(pl.col("technology") >= 0)
        .with_columns((pl.col("weight") * pl.col("documents_count").sqrt()).alias("prominence"))
        .sort("technology", -pl.col("prominence").round(6), "term")
        .with_columns(pl.int_range(1, pl.len() + 1).over("technology").alias("rank"))
        .drop("prominence")
    )


def _links(
    ties: sparse.csr_matrix, community: npt.NDArray[np.int64], size: int, most: int = 8
) -> pl.DataFrame:
    """Ties between technologies, as a share of the geometric mean of their own totals; the strongest of each."""
    placed = np.flatnonzero(community >= 0)
    of_term = sparse.csr_matrix(
        (np.ones(len(placed)), (placed, community[placed])), shape=(len(community), size)
    )
    between = (of_term.T @ ties @ of_term).toarray() if size else np.zeros((0, 0))
    strength = np.sqrt(between.sum(axis=1))
    np.fill_diagonal(between, 0)
    weight = between / np.maximum(np.outer(strength, strength), 1e-12)
    return (
        pl.DataFrame(
            {
                "technology": np.repeat(np.arange(size), size),
                "other": np.tile(np.arange(size), size),
                "weight": np.round(weight.ravel(), 4),
            }
        )
        .filter(pl.col("weight") > 0)
        .sort("technology", -pl.col("weight"), "other")
        .group_by("technology", maintain_order=True)
        .head(most)
    )


def _numbered(names: tuple[str, ...]) -> pl.DataFrame:
    schema = {"column": pl.Int64, "name": pl.String}
    return pl.DataFrame({"column": range(len(names)), "name": names}, schema=schema)


def _groups(
    belongs: sparse.csr_matrix, company: Company, years: npt.NDArray[np.int32], forecast_year: int
) -> pl.DataFrame:
    start = int(np.searchsorted(years, forecast_year - RECENT_YEARS + 1))
    end = int(np.searchsorted(years, forecast_year + 1))
    frames = []
    for kind, (names, matrix) in company.groups.items():
        recent = matrix[start:end]
        own = (belongs[start:end].T @ recent).tocoo()
        whole = np.asarray(recent.sum(axis=0)).ravel()
        since = _first_years(matrix[:end], years[:end])
        frames.append(
            pl.DataFrame(
                {
                    "technology": np.concatenate([own.row, np.full(len(names), -1)]).astype(
                        np.int64
                    ),
                    "column": np.concatenate([own.col, np.arange(len(names))]).astype(np.int64),
                    "documents_count": np.concatenate([own.data, whole]).astype(np.int64),
                    "first_year": np.concatenate([since[own.col], since]),
                },
                schema_overrides=dict.fromkeys(
                    ("technology", "column", "documents_count", "first_year"), pl.Int64
                ),
            )
            .join(_numbered(names), on="column", how="left", maintain_order="left")
            .with_columns(pl.lit(kind).alias("kind"))
        )
    return (
        pl.concat(frames)
        .filter(pl.col("documents_count") > 0)
        .select("technology", "kind", "name", "documents_count", "first_year")
        .sort("technology", "kind", -pl.col("documents_count"), "name")
    )


def _first_years(matrix: sparse.csr_matrix, years: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """The year of each column's first row; rows are sorted by year. The last year where a column has no row."""
    found = np.full(matrix.shape[1], int(years[-1]) if len(years) else 0, dtype=np.int64)
    np.minimum.at(found, matrix.indices, np.repeat(years, np.diff(matrix.indptr)))
    return found
