"""Names for technologies that a reader understands."""

from __future__ import annotations

import polars as pl


def choose_labels(terms: pl.DataFrame, size: int, *, most: int = 3) -> tuple[str, ...]:
    """Up to three terms that say most about a technology and least about each other.

    A term's claim is its prominence (ties within the technology times the root of its documents) times its specificity
    on the scale of odds, with a bonus for phrases, since one word alone is often ambiguous. A term whose words all stand
    in a chosen one, or the other way round, adds nothing and is passed over.

    terms : data frame technology, term, shown, weight, specificity, documents_count
    Returns (size,) names, unique: a technology whose name is taken gets one term more.

    >>> terms = pl.DataFrame({"technology": [0, 0, 0], "term": ["solar cell", "cell", "perovskite"], "weight": [1.0, .9, .8],
    ...     "shown": ["solar cells", "cells", "perovskite"], "specificity": [.2, -.1, .4], "documents_count": [50, 90, 30]})
    >>> choose_labels(terms, 1)
    ('solar cells · perovskite',)
    """
    claim = (
        pl.col("weight")
        * pl.col("documents_count").sqrt()
        * pl.col("specificity").exp()
        * pl.when(pl.col("term").str.contains(" ")).then(1.5).otherwise(1.0)
    )
    ordered = terms.with_columns(claim.round(6).alias("claim")).sort(
        "technology", -pl.col("claim"), "term"
    )
    rows: dict[int, list[tuple[str, str]]] = {}
    for technology, term, shown in ordered.select("technology", "term", "shown").iter_rows():
        rows.setdefault(technology, []).append((term, shown))
    taken: set[str] = set()
    labels = []
    for technology in range(size):
        label = _label(rows.get(technology, []), most)
        extra = most
        while label in taken and extra < most + 20:
            extra += 1
            label = _label(rows.get(technology, []), extra)
        taken.add(label)
        labels.append(label)
    return tuple(labels)


def _label(candidates: list[tuple[str, str]], most: int) -> str:
    chosen: list[tuple[set[str], str]] = []
    for term, shown in candidates:
        words = set(term.split(" "))
        if all(not (words <= own or own <= words) for own, _ in chosen):
            chosen.append((words, shown))
        if len(chosen) == most:
            break
    return " · ".join(shown for _, shown in chosen)
