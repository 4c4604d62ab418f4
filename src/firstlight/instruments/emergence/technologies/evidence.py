"""What stands behind a technology: its documents, and who leads it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.technologies.addresses import with_addresses_read
from firstlight.instruments.emergence.technologies.joins import Technologies
from firstlight.instruments.emergence.technologies.names import REASONS, Names
from firstlight.instruments.emergence.text.phrases import Phrases

Ints = npt.NDArray[np.int64]
SHOWN = 10  # documents of each role
LEADERS = 5  # names of each kind and period; those of both periods stand in both
RECENT = 3  # years of each period
DROPPED = 3000  # the largest terms that are no technologies
KINDS = (("country", "country"), ("organisation", "affiliations"), ("author", "authors"))

_DOI = r"(?i)^(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)$"
_ARXIV = r"(?i)^(?:https?://arxiv\.org/abs/|arxiv:)(\S+)$"
_OPENALEX = r"^(?:https?://openalex\.org/)?(W\d+)$"


def link(identifier: pl.Expr) -> pl.Expr:
    """The address of a document whose identifier is of DOI, arXiv or OpenAlex, or an address.

    >>> ids = pl.DataFrame({"id": ["arxiv:1412.6980", "10.1000/x1", "W123", "made:1"]})
    >>> ids.select(link(pl.col("id"))).to_series().to_list()[:3]
    ['https://arxiv.org/abs/1412.6980', 'https://doi.org/10.1000/x1', 'https://openalex.org/W123']
    """
    cases = (
        (_ARXIV, "https://arxiv.org/abs/{}"),
        (_DOI, "https://doi.org/{}"),
        (_OPENALEX, "https://openalex.org/{}"),
        (r"^(https?://\S+)$", "{}"),
    )
    addresses = [pl.format(address, identifier.str.extract(pattern)) for pattern, address in cases]
    return pl.coalesce(addresses)


def documents_behind(
    documents: pl.DataFrame,
    belongs: sparse.csr_matrix,
    uses: sparse.csr_matrix,
    ids: Sequence[str],
    forecast_year: int,
) -> pl.DataFrame:
    """The most typical, the first and the newest documents of each up to the forecast year.

    Typical are those that use its forms most often, the newer ones first among equals.

    documents : (D,) columns id, date, title, source, in the order of their dates
    belongs   : technologies x documents; uses : the same, times that a document uses a form
    ids       : technology ids, a row of ``belongs`` each
    Returns data frame technology_id, role, position, document_id, date, title, venue, link.
    """
    pairs = belongs.tocoo()
    # SciPy answers no pairs with an empty matrix, which has no numbers to read.
    times = uses[pairs.row, pairs.col] if pairs.nnz else np.zeros(0)
    frame = pl.DataFrame(
        {
            "technology": pairs.row.astype(np.int64),
            "row": pairs.col.astype(np.int64),
            "uses": np.asarray(times).ravel().astype(np.float64),
        }
    )
    about = documents.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        pl.col("id").alias("document_id"),
        "date",
        "title",
        pl.col("source").alias("venue"),
        link(pl.col("id")).alias("link"),
    )
    known = frame.join(about, on="row").filter(pl.col("date").dt.year() <= forecast_year)
    roles = (
        ("typical", ("uses", "date", "document_id"), (True, True, False)),
        ("first", ("date", "document_id"), (False, False)),
        ("newest", ("date", "document_id"), (True, False)),
    )
    parts = []
    for role, by, descending in roles:
        ordered = known.sort("technology", *by, descending=[False, *descending])
        place = pl.int_range(1, pl.len() + 1).over("technology")
        top = ordered.with_columns(place.alias("position"), pl.lit(role).alias("role"))
        parts.append(top.filter(pl.col("position") <= SHOWN))
    columns = ("technology_id", "role", "position", "document_id", "date", "title", "venue", "link")
    return (
        _with_ids(pl.concat(parts), ids).select(columns).sort("technology_id", "role", "position")
    )


def times_used(
    phrases: Phrases, technologies: Technologies, rows: Ints, documents: int
) -> sparse.csr_matrix:
    """Technologies x documents, how often each document uses the forms of each technology."""
    chosen = technologies.take(rows)
    counts, places = phrases.rows_of(chosen.terms)
    row = np.repeat(chosen.technology, counts)
    uses = phrases.uses[places].astype(np.float32)
    shape = (len(rows), documents)
    return sparse.csr_matrix((uses, (row, phrases.documents[places])), shape=shape)


def leaders(
    documents: pl.DataFrame, belongs: sparse.csr_matrix, ids: Sequence[str], forecast_year: int
) -> pl.DataFrame:
    """Countries, organisations and authors with the most documents of each, recently and before.

    A document counts once for each name on it. Shares are of the documents that name any of the
    kind. Who leads in one period stands in the other as well, however small: a name that is missing
    there has no document, unless nobody of the kind has.

    documents : (D,) columns year, country, affiliations, authors (lists); of affiliations that are
                addresses institution and country count
    Returns data frame technology_id, kind, period, name, documents_count, share, whole_share.
    """
    documents = with_addresses_read(documents)
    pairs = belongs.tocoo()
    frame = pl.DataFrame({"technology": pairs.row, "row": pairs.col}).cast(pl.Int64)
    parts = []
    for kind, column in KINDS:
        if column not in documents.columns or documents[column].null_count() == documents.height:
            continue
        named = documents.select(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            "year",
            pl.col(column).alias("name"),
        )
        first, last = forecast_year - RECENT + 1, forecast_year
        of_kind = []
        for period in ("recent", "before"):
            inside = named.filter(pl.col("year").is_between(first, last))
            of_kind.append(_named(frame, inside, kind, period))
            first, last = first - RECENT, last - RECENT
        parts.append(_leading(pl.concat(of_kind)))
    schema = {"technology": pl.Int64, "kind": pl.String, "period": pl.String, "name": pl.String}
    schema |= {"documents_count": pl.Int64, "share": pl.Float64, "whole_share": pl.Float64}
    every = pl.concat([pl.DataFrame(schema=schema), *parts])
    columns = ("technology_id", *list(schema)[1:])
    order = ("technology_id", "kind", "period", "documents_count", "name")
    return (
        _with_ids(every, ids)
        .select(columns)
        .sort(order, descending=[False, False, True, True, False])
    )


def _leading(counted: pl.DataFrame) -> pl.DataFrame:
    """Rows of the names that are among the largest of a technology in at least one period."""
    largest = (
        counted.sort("documents_count", "name", descending=[True, False])
        .group_by("technology", "period", maintain_order=True)
        .head(LEADERS)
    )
    return counted.join(largest, on=["technology", "name"], how="semi")


def _named(frame: pl.DataFrame, named: pl.DataFrame, kind: str, period: str) -> pl.DataFrame:
    """Every name of each technology in a period, with its documents and shares."""
    listed = named.explode("name").drop_nulls("name").unique(["row", "name"])
    whole = listed.group_by("name").agg(pl.len().alias("whole"))
    total = listed["row"].n_unique()
    own = frame.join(listed.select("row", "name"), on="row")
    size = own.group_by("technology").agg(pl.col("row").n_unique().alias("size"))
    counted = own.group_by("technology", "name").agg(
        pl.len().cast(pl.Int64).alias("documents_count")
    )
    return (
        counted.join(size, on="technology")
        .join(whole, on="name")
        .select(
            "technology",
            pl.lit(kind).alias("kind"),
            pl.lit(period).alias("period"),
            "name",
            "documents_count",
            (pl.col("documents_count") / pl.col("size")).round(6).alias("share"),
            (pl.col("whole") / max(total, 1)).round(6).alias("whole_share"),
        )
    )


def dropped(names: Names, phrase: pl.Series, technologies: Technologies) -> pl.DataFrame:
    """The largest terms that are no technologies, with the rule that dropped each.

    phrase : (T,) each term
    Returns data frame term, documents_count, rule, evidence, into.
    """
    is_out = ~names.is_name & (names.reason != REASONS.index("rare"))
    is_out[technologies.terms] = False
    places = np.flatnonzero(is_out)
    order = np.lexsort((places, -names.documents[places]))[:DROPPED]
    chosen = places[order]
    into = pl.Series(names.whole[chosen])
    is_part = pl.Series(names.reason[chosen] == REASONS.index("part"))
    return pl.DataFrame(
        {
            "term": phrase[chosen],
            "documents_count": names.documents[chosen].astype(np.int64),
            "rule": [REASONS[reason] for reason in names.reason[chosen]],
            "evidence": np.round(names.evidence[chosen], 4),
            "into": phrase.gather(into.set(~is_part, None)),
        },
        schema_overrides={"term": pl.String, "rule": pl.String, "into": pl.String},
    )


def _with_ids(frame: pl.DataFrame, ids: Sequence[str]) -> pl.DataFrame:
    named = pl.DataFrame({"technology_id": list(ids)}, schema={"technology_id": pl.String})
    numbered = named.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("technology"))
    return frame.join(numbered, on="technology")
