"""Terms by year equal sums over the rows of the phrases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_phrases import corpora, count_or_nothing, counted

from firstlight.instruments.emergence.text.term_years import term_years


@given(corpora(), st.integers(2000, 2006), st.integers(0, 4))
@settings(max_examples=30)
def test_windows_equal_sums_over_rows(
    corpus: tuple[list[str], list[int]], first: int, length: int
) -> None:
    phrases = count_or_nothing(*corpus)
    if phrases is None:
        return
    years = term_years(phrases)
    assert (np.diff(years.term) >= 0).all()
    window = years.window(first, first + length, len(phrases.terms))
    year = phrases.years[phrases.documents]
    for place, (start, end) in enumerate(zip(phrases.starts, phrases.starts[1:], strict=False)):
        inside = (year[start:end] >= first) & (year[start:end] <= first + length)
        assert window["documents"][place] == inside.sum()
        for name in ("uses", "ends", "capitals"):
            assert window[name][place] == getattr(phrases, name)[start:end][inside].sum()


def test_no_terms() -> None:
    years = term_years(counted(["one", "two"], [2001, 2002]))
    assert [len(column) for column in (years.term, years.year, years.documents, years.uses)] == [
        0
    ] * 4
    assert years.window(2001, 2002, 0)["documents"].tolist() == pytest.approx([])
