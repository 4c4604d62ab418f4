"""Labels: worked examples; always unique, always the technology's own words."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from firstlight.instruments.emergence.labels import choose_labels

Row = tuple[int, str, float, float, int]


def table(rows: list[Row]) -> pl.DataFrame:
    schema = {"technology": pl.Int64, "term": pl.String, "weight": pl.Float64, "specificity": pl.Float64, "documents_count": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(shown=pl.col("term") + "'")


def test_claim_is_weight_times_root_of_documents_times_odds_of_company() -> None:
    # 1 * sqrt(100) = 10; .5 * sqrt(900) = 15; .9 * sqrt(100) * e^.6 = 16.4; .1 * sqrt(100) = 1
    rows: list[Row] = [(0, "alpha", 1, 0, 100), (0, "beta", 0.5, 0, 900), (0, "gamma", 0.9, 0.6, 100), (0, "delta", 0.1, 0, 100)]  # fmt: skip
    assert choose_labels(table(rows), 1) == ("gamma' · beta' · alpha'",)
    assert choose_labels(table(rows), 1, most=1) == ("gamma'",)


def test_a_phrase_counts_half_as_much_again() -> None:
    rows: list[Row] = [(0, "laser", 1, 0, 100), (0, "free electron", 0.7, 0, 100), (0, "hot atom", 0.6, 0, 100)]
    assert choose_labels(table(rows), 1) == ("free electron' · laser' · hot atom'",)


def test_words_already_said_are_passed_over() -> None:
    rows: list[Row] = [(0, "neural network", 1, 0, 100), (0, "network", 0.9, 0, 100), (0, "deep neural network", 0.5, 0, 100), (0, "layer", 0.1, 0, 100)]  # fmt: skip
    assert choose_labels(table(rows), 1) == ("neural network' · layer'",)


def test_equal_claims_go_by_the_alphabet_and_taken_names_grow() -> None:
    rows: list[Row] = [(k, word, 1, 0, 100) for k in (0, 1) for word in ("c", "a", "b")] + [(1, "d", 0.1, 0, 1)]
    assert choose_labels(table(rows), 2) == ("a' · b' · c'", "a' · b' · c' · d'")


def test_a_technology_without_terms_has_an_empty_name() -> None:
    assert choose_labels(table([(1, "laser", 1, 0, 9)]), 2) == ("", "laser'")
    assert choose_labels(table([]), 0) == ()


ROWS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["laser", "hot laser", "hot", "atom", "cold atom", "very cold atom", "ion trap"]),
        st.floats(0, 1),
        st.floats(-1, 1),
        st.integers(1, 99),
    ),
    unique_by=lambda row: row[1],  # a term belongs to one technology
)


@given(rows=ROWS, order=st.randoms())
def test_names_are_unique_of_its_own_terms_and_the_order_of_rows_does_not_matter(
    rows: list[Row], order: object
) -> None:
    labels = choose_labels(table(rows), 5)
    shuffled = rows.copy()
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose_labels(table(shuffled), 5) == labels
    named = [label for label in labels if label]
    assert len(set(named)) == len(named)
    for technology, label in enumerate(labels):
        own = {f"{term}'" for k, term, *_ in rows if k == technology}
        assert set(label.split(" · ")) <= own if label else not own
