"""Documents of nearly the same text under different identifiers: listed and said, never removed."""

from __future__ import annotations

import polars as pl

from firstlight.instruments.emergence.near_duplicates import near_duplicates
from firstlight.observation_tables import SCHEMAS
from firstlight.run.corpus import Caution
from firstlight.texts import Count, Share, message

NONE = pl.DataFrame(schema=SCHEMAS["near_duplicates"])
MANY_COPIES = "many_near_duplicates"
MANY = 0.1  # of the documents, from which copies weigh on figures


def near_copies(documents: pl.DataFrame) -> pl.DataFrame:
    """Pairs of documents of nearly the same text, with their titles.

    documents : id, title, abstract
    """
    pairs = near_duplicates(documents.select("id", "title", "abstract")).pairs
    titled = documents.select("id", "title")
    return (
        pairs.rename({"id_a": "document_id", "id_b": "other_id"})
        .join(titled, left_on="document_id", right_on="id", how="left", maintain_order="left")
        .join(
            titled.rename({"title": "other_title"}),
            left_on="other_id",
            right_on="id",
            how="left",
            maintain_order="left",
        )
        .select(list(SCHEMAS["near_duplicates"]))
    )


def said_of_copies(pairs: pl.DataFrame, years: pl.DataFrame, observed: int) -> list[Caution]:
    """How many documents are nearly the same text as another; nothing where none is.

    A caution where it is a tenth of them or more: figures then count copies rather than works.

    years    : year, documents_count
    observed : the last year of the documents that were compared
    """
    if pairs.is_empty():
        return []
    count = pl.concat([pairs["document_id"], pairs["other_id"]]).n_unique()
    values = {"count": Count(count), "pairs": Count(pairs.height)}
    compared = int(years.filter(pl.col("year") <= observed)["documents_count"].sum())
    share = count / max(compared, 1)
    if share >= MANY:
        said = message(MANY_COPIES, share=Share(share), **values)
        return [Caution(MANY_COPIES, "yellow", said, "documents")]
    said = message("near_duplicates", **values)
    return [Caution("near_duplicates", "note", said, "documents")]
