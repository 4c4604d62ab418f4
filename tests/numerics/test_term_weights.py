"""Tf-idf weights: those of scikit-learn, whichever order texts and terms come in."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from firstlight.instruments.concordance.demand_matching.text_scores import STOP_WORDS
from firstlight.numerics.term_weights import TermWeights

DRAWN = random.Random(7)
WORDS = ["".join(DRAWN.choices("abcd电池", k=DRAWN.randint(1, 3))) for _ in range(60)]
TEXTS = [" ".join(DRAWN.choices(WORDS, k=DRAWN.randint(0, 30))) for _ in range(80)]


@pytest.mark.parametrize("by_rarity", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_weights_are_those_of_scikit_learn(by_rarity: bool, dtype: type) -> None:
    learned = TermWeights(TEXTS[:50], str.split, by_rarity=by_rarity, dtype=dtype)
    peer = TfidfVectorizer(analyzer=str.split, sublinear_tf=True, use_idf=by_rarity, dtype=dtype)
    rows = peer.fit_transform(TEXTS[:50])
    assert learned.terms == peer.get_feature_names_out().tolist()
    assert learned.rows.dtype == learned.of(TEXTS).dtype == dtype
    few = 4 * np.finfo(dtype).eps  # squares are added in another order
    np.testing.assert_allclose(learned.rows.toarray(), rows.toarray(), rtol=few)
    others = [*TEXTS[50:], "unknown", "", "unknown a"]
    np.testing.assert_allclose(
        learned.of(others).toarray(), peer.transform(others).toarray(), rtol=few
    )


def test_the_order_of_terms_changes_no_bit() -> None:
    turned = [" ".join(reversed(text.split())) for text in TEXTS]
    one, other = (TermWeights(texts, str.split) for texts in (TEXTS, turned))
    assert one.terms == other.terms
    np.testing.assert_array_equal(one.rows.toarray(), other.rows.toarray())
    np.testing.assert_array_equal((one.rows @ one.rows.T).data, (other.rows @ other.rows.T).data)


def test_texts_without_terms_have_no_weights() -> None:
    learned = TermWeights(["", " "], str.split)
    assert learned.terms == []
    assert learned.rows.shape == (2, 0)
    assert learned.of(["a"]).shape == (1, 0)


def test_stop_words_are_those_of_scikit_learn() -> None:
    assert STOP_WORDS == ENGLISH_STOP_WORDS
