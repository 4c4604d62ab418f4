"""Figures that a forecast reads: by hand, from nothing later, missing where the record can't tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_chain import planted_counts
from scipy.stats import rankdata

from firstlight.errors import InputError
from firstlight.instruments.emergence.features import ALL_FEATURES, indicator_words, rank, read_features
from firstlight.instruments.emergence.survey import Survey


@pytest.fixture(scope="module")
def survey() -> Survey:
    return planted_counts().survey(2015, least_documents=5).until(2015)


def test_a_survey_with_later_years_is_refused() -> None:
    with pytest.raises(InputError, match="later years"):
        read_features(planted_counts().survey(2014))


def test_own_figures_by_hand(survey: Survey) -> None:
    values = read_features(survey).values
    size = len(survey.labels)
    assert size > 5 and set(ALL_FEATURES) - set(values) <= {"neighbours_growth"}  # planted apart: no neighbours
    recent = survey.authors[:, -3:].sum(axis=1)
    assert np.allclose(values["new_authors_share_3"], survey.new_authors[:, -3:].sum(axis=1) / recent)
    assert np.allclose(values["new_authors_share"], survey.new_authors[:, -1] / survey.authors[:, -1])
    assert np.allclose(values["authors_per_document"], recent / survey.counts[:, -3:].sum(axis=1))
    assert np.allclose(values["size"], np.log(survey.counts[:, -1]))
    for technology in range(size):
        own = survey.terms.filter(survey.terms["technology"] == technology)
        weight, first = own["weight"].to_numpy(), own["first_year"].to_numpy()
        assert values["terms_count"][technology] == own.height
        assert values["term_youth"][technology] == pytest.approx(weight[first > 2010].sum() / weight.sum())
        assert values["term_age"][technology] == pytest.approx(((2015 - first) * weight).sum() / weight.sum())


def test_every_figure_has_words_and_a_citation(survey: Survey) -> None:
    words = indicator_words()
    for name in read_features(survey).values:
        own = words[name]
        assert all((own.title_en, own.title_zh, own.sentence_en, own.sentence_zh, own.citation, own.unit))


def test_without_authors_or_categories_their_figures_are_absent(survey: Survey) -> None:
    nothing = np.zeros_like(survey.authors)
    cleared = survey.groups.clear()
    bare = read_features(replace(survey, authors=nothing, new_authors=nothing, needs=nothing, groups=cleared))
    unknown = {
        "new_authors_share",
        "new_authors_share_3",
        "authors_per_document",
        "spread",
        "need_language",
        "category_age",
    }
    assert not unknown & set(bare.values)
    assert {"trend", "size", "stage"} <= set(bare.values)


def test_the_order_of_technologies_does_not_matter(survey: Survey) -> None:
    order = np.arange(len(survey.labels))[::-1]
    place = np.argsort(order)
    moved = {}
    for name in ("terms", "links", "groups"):
        frame = getattr(survey, name)
        for column in ("technology", "other"):
            if column in frame.columns:
                own = frame[column].to_numpy()
                frame = frame.with_columns(**{column: np.where(own >= 0, place[np.maximum(own, 0)], -1)})
        moved[name] = frame
    flipped = replace(survey, counts=survey.counts[order], authors=survey.authors[order], new_authors=survey.new_authors[order], needs=survey.needs[order], labels=tuple(survey.labels[i] for i in order), **moved)  # fmt: skip
    one, two = read_features(survey).values, read_features(flipped).values
    assert one.keys() == two.keys()
    for name, own in one.items():
        assert np.allclose(own, two[name][place], equal_nan=True, atol=1e-9), name


@given(st.lists(st.one_of(st.integers(-3, 3).map(float), st.just(np.nan)), min_size=1, max_size=12))
def test_ranks_lie_evenly_about_nought(drawn: list[float]) -> None:
    values = np.array(drawn)
    ranks = rank(values)
    known = ~np.isnan(values)
    assert (ranks[~known] == 0).all() and abs(ranks.sum()) < 1e-9 and (np.abs(ranks) < 0.5).all()
    if known.any():
        assert np.allclose(ranks[known], (rankdata(values[known]) - 0.5) / known.sum() - 0.5)
        assert np.allclose(rank(np.exp(values))[known], ranks[known])
