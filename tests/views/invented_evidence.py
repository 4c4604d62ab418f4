"""Documents and leaders of invented technologies."""

from __future__ import annotations

import polars as pl

ROLES = ("first", "newest", "typical")
LEADERS = {
    "country": ("CN", "US", "DE", "KR"),
    "organisation": ("Institute of Tides", "Lattice Works", "University of the North Shore"),
    "author": ("A. Reader", "B. Writer", "C. Editor"),
}


def documents_of(technologies: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """Ten documents of each role for the first 15; every fifth has no title, as in bundled corpora."""
    rows = []
    for own in technologies.head(15).iter_rows(named=True):
        for role in ROLES:
            for position in range(1, 11):
                number = f"{own['technology_id']}-{role}-{position:02d}"
                year = (
                    own["first_year"] + position // 4 if role == "first" else as_of - position // 6
                )
                title = None if position % 5 == 0 else f"On {own['name']}, part {position}"
                link = None if position % 4 == 0 else f"https://example.org/{number}"
                day = f"{min(year, as_of)}-{position:02d}-15"
                venue = None if position % 7 == 0 else f"Venue {position % 3}"
                rows.append((own["technology_id"], role, position, number, day, title, venue, link))
    columns = ("technology_id", "role", "position", "document_id", "date", "title", "venue", "link")
    frame = pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)
    return frame.with_columns(pl.col("date").str.to_date()).sort(
        "technology_id", "role", "position"
    )


def leaders_of(technologies: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """Who leads in FY-2..FY and who led in FY-5..FY-3; the first country gains, the second loses."""
    rows = []
    for place, own in enumerate(technologies.head(25).iter_rows(named=True)):
        for kind, names in LEADERS.items():
            for order, name in enumerate(names):
                for period, turn in (("before", -1), ("recent", 1)):
                    share = (
                        0.34 - 0.08 * order + turn * (0.03, -0.02, 0.01, 0.0)[(order + place) % 4]
                    )
                    documents = max(1, round(own["documents_count"] * share))
                    whole = 0.2 - 0.03 * order
                    rows.append(
                        (
                            own["technology_id"],
                            kind,
                            period,
                            name,
                            documents,
                            round(share, 3),
                            whole,
                        )
                    )
    columns = ("technology_id", "kind", "period", "name", "documents_count", "share", "whole_share")
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return frame.sort("technology_id", "kind", "period", -pl.col("share"), "name")
