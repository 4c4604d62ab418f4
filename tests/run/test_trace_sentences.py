"""What is said of records in which too few technologies are named to compare their company."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.run.following_conventions import conventions


@pytest.mark.parametrize(
    ("kinds", "named"),
    [
        (["product"], "the product record "),
        (["product", "trade"], "the product and trade records "),
        (["standard", "product", "trade"], "the standard, product and trade records "),
    ],
)
def test_records_that_cannot_be_compared_are_named_in_one_phrase(
    kinds: list[str], named: str
) -> None:
    records = pl.DataFrame(
        {
            "kind": ["science", *kinds],
            "first_year": 2000,
            "last_year": 2020,
            "documents_count": 1e6,
            "is_by_class": False,
            "is_compared": [True, *(False for _ in kinds)],
        }
    )
    said = {row["code"]: row["text_en"] for row in conventions(records, 2020, "science").to_dicts()}
    assert named in said["company_unasked"]
