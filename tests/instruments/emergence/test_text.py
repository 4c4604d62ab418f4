"""Text: worked examples of cleaning and singulars."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.instruments.emergence import running_text as text


def cleaned(raw: str) -> str:
    return " ".join(pl.select(text.clean(pl.lit(raw))).item().split())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (r"Schr\"odinger and \'etude and \c{c}a", "Schrodinger and etude and ca"),
        (r"\textbf{bold} {\it slanted} text", "bold slanted text"),
        (r"an \alpha particle", "an alpha particle"),
        (r"$k$-means at $x^{2} + \sigma$ level", "k-means at level"),
        (r"between $5 million and $7 million", "between $5 million and $7 million"),
        (r"a $5 \sigma$ signal", "a signal"),
        ("<p>water <i>in situ</i></p>", "water in situ"),
        ("where x < 3 and y > 4", "where x < 3 and y > 4"),
        ("R&amp;D&nbsp;costs &#34;x&#34;", "R&D costs x"),
        ("see https://example.org/a?b=c or www.example.org/x now", "see or now"),
        ("Good work. © 2016 Elsevier B.V. All rights reserved.", "Good work."),
        ("Good work. Copyright (C) 2016 The Authors.\nAll rights reserved.", "Good work."),
        ("one\x00two\x1bthree\ttabs\nlines\x7fend", "one two three tabs lines end"),
        ("exam\u00adple zero\u200bwidth \ufeffmark", "example zero width mark"),
    ],
)
def test_cleaning_by_hand(raw: str, expected: str) -> None:
    assert cleaned(raw) == expected


def test_a_notice_far_from_the_end_is_no_notice() -> None:
    story = "The copyright 2016 reform " + "changed many things. " * 20
    assert cleaned(story).startswith("The copyright 2016 reform changed")


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        *[("networks", "network"), ("batteries", "battery"), ("boxes", "box"), ("classes", "class"), ("databases", "database")],
        *[(word, word) for word in ("series", "physics", "bus", "gas", "lens", "bayes", "analysis", "gps", "5gs", "chaos")],
        ("switches", "switch"),
        ("eyes", "eye"),
    ],
)  # fmt: skip
def test_singulars_by_hand(plural: str, expected: str) -> None:
    assert pl.select(text.singular(pl.lit(plural))).item() == expected
