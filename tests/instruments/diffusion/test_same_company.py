"""Company of names: the same meaning is known, another is told at chance, a technology's own names
say nothing."""

from __future__ import annotations

import numpy as np
import pytest

from firstlight.errors import InputError
from firstlight.instruments.diffusion import same_company as module
from firstlight.instruments.diffusion.same_company import same_company


def communities(seed: int, swapped: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two records of 40 technologies with company of their own; swapped: in the second the words
    mean something else."""
    rng = np.random.default_rng(seed)
    size, words = 40, 200
    company = rng.dirichlet(np.full(words, 0.05), size)
    other = company[rng.permutation(size)] if swapped else company
    own = np.concatenate([np.eye(size), np.zeros((size, words))], axis=1)

    def record(shares: np.ndarray) -> np.ndarray:
        members = rng.integers(20, 60, size)
        beside = rng.poisson(shares * members[:, None] * 3)
        part = np.concatenate([np.diag(members), np.minimum(beside, members[:, None])], axis=1)
        return np.vstack(
            [[5000, *(part.sum(axis=0) + 20)], np.column_stack([members, part])]
        ).astype(float)

    return record(company), record(other), own


def test_the_same_company_is_known_and_another_meaning_is_at_chance() -> None:
    same, swapped = (same_company(*communities(5, swap)) for swap in (False, True))
    assert np.mean(same.p_value <= 0.05) > 0.95
    many = np.concatenate([same_company(*communities(seed, True)).p_value for seed in range(6, 16)])
    assert abs(np.mean(many <= 0.05) - 0.05) < 0.04  # 400 places, each twentieth by chance
    assert np.nanmean(swapped.rank) > 10


def test_own_terms_say_nothing() -> None:
    first, second, own = communities(5, True)
    more = second.copy()
    more[1:, 1:41] *= 5
    assert np.array_equal(
        same_company(first, more, own).rank, same_company(first, second, own).rank
    )


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = same_company(*communities(5, False))
    monkeypatch.setattr(module, "BLOCK", 7)
    parts = same_company(*communities(5, False))
    assert np.array_equal(parts.rank, whole.rank) and np.array_equal(parts.likeness, whole.likeness)


def test_profiles_that_do_not_fit_are_named() -> None:
    with pytest.raises(InputError) as caught:
        same_company(np.ones((3, 4)), np.ones((3, 5)), np.ones((2, 3)))
    assert caught.value.code == "wrong_shape"
