"""Why a forecast came out so: each rule on a course made for it, in the order stated, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.instruments.emergence.case_reasons import REASONS, Course, why

TOTAL = 100_000.0
NOW, HORIZON = 5, 3


def course(counts: Sequence[float], joined: str = "", share: float = 0.0) -> Course:
    """Documents of 2000 on; the forecast year is 2005, and the horizon ends in 2008."""
    own = np.array(counts, dtype=np.float64)
    return Course(np.arange(2000, 2000 + len(own)), own, np.full(len(own), TOTAL), NOW, HORIZON, joined, share)


FLAT = [1000, 1000, 1000, 1000, 1000, 1000]
# what the documents did, the reason, and what its sentence must say
PLANTED = {
    "record_joined": ([*FLAT, 1300, 1600, 2000], "63% of its documents are in new.AB"),
    "near_line": ([*FLAT, 1080, 1170, 1290], "+8.9% a year"),  # 1.29^(1/3) = 1.0886
    "came_later": ([*FLAT, 1000, 1000, 1000, 1500, 1900], "by 2009 its share had grown +11% a year"),  # 1.5^(1/4)
    "within_noise": ([30, 30, 30, 30, 30, 30, 33, 36, 44], "+14% a year, from 30 to 44 documents"),
    "one_year_peak": ([*FLAT[:-1], 1500, 1000, 1000, 1000], "50% above the years on both sides"),
    "rose_and_fell": ([*FLAT, 1300, 1500, 900], "until 2007 (+22% a year)"),  # 1.5^(1/2)
    "lost_share": ([*FLAT, 900, 800, 700], "−11% a year"),  # .7^(1/3)
    "stood_still": ([*FLAT, 1000, 1000, 1030], "+1% a year"),
    "one_step": ([*FLAT, 1000, 1800, 1850], "96% of the rise came in 2007"),  # log 1.8 / log 1.85
    "turned_round": ([2000, 1800, 1600, 1400, 1200, 1000, 1250, 1560, 1950], "−15% a year before the forecast, +25%"),
    "new": ([0, 0, 0, 500, 800, 1000, 1300, 1600, 2000], "no documents three years before"),
    "had_stood_still": ([*FLAT, 1250, 1560, 1950], "0% a year before the forecast, +25% after"),
    "kept_rising": ([500, 600, 700, 800, 900, 1000, 1250, 1560, 1950], "+13% a year before the forecast, +25% after"),
}


def test_every_reason_has_a_course_here() -> None:
    assert set(PLANTED) == set(REASONS)


@pytest.mark.parametrize("reason", PLANTED)
def test_a_planted_course_is_told(reason: str) -> None:
    counts, said = PLANTED[reason]
    joined = ("new.AB", 0.63) if reason == "record_joined" else ("", 0.0)
    found = why(course(counts, *joined))
    assert found.reason == reason
    assert said in found.text_en
    assert found.text_zh and found.text_zh != found.text_en and "{" not in found.text_en + found.text_zh
    assert found.is_near_line == (reason == "near_line")


def test_a_reason_about_the_number_alone_tells_the_course_too() -> None:
    near = why(course(PLANTED["near_line"][0]))
    assert "had stood still" in near.text_en and "此前大致持平" in near.text_zh
    noisy = why(course(PLANTED["within_noise"][0]))
    assert noisy.is_within_noise and len(noisy.text_en.split(". ")) == 2


def test_the_noise_of_counts_is_poisson() -> None:
    """Two Poisson counts of equal mean: the log ratio lies within 1.645 root(1/a + 1/b) in nine cases of ten."""
    rng = np.random.default_rng(5)
    inside = []
    for before, after in rng.poisson(80, (3000, 2)):
        # against a share on the very line of 8%, the noise must hold the line about as often
        counts = [80, 80, 80, 80, 80, before, 90, 95, round(after * 1.08**3, 6)]
        inside.append(why(course(counts)).is_within_noise)
    # counts after are scaled by 1.08^3, which makes 1/b a little smaller than it should be
    assert 0.86 < np.mean(inside) < 0.92


@given(st.lists(st.integers(1, 3000), min_size=9, max_size=12))
def test_something_is_told_of_every_course(counts: list[int]) -> None:
    own = course(counts)
    found = why(own)
    assert found.reason in REASONS and found.text_en.endswith(".") and found.text_zh.endswith("。")
    assert found.is_near_line == (abs(own.after - 0.08) <= 0.03)
    if found.reason in ("one_step", "turned_round", "new", "had_stood_still", "kept_rising"):
        assert own.after > 0.08
    if found.reason in ("came_later", "one_year_peak", "rose_and_fell", "lost_share", "stood_still"):
        assert own.after < 0.08


@given(st.lists(st.integers(1, 3000), min_size=9, max_size=9), st.sampled_from([2.0, 5.0, 10.0]))
def test_only_noise_depends_on_how_many_documents_there_are(counts: list[int], factor: float) -> None:
    """Ten times the documents in ten times the record: the same shares; only counting noise shrinks."""
    one = course(counts)
    ten = Course(one.years, one.counts * factor, one.totals * factor, NOW, HORIZON)
    before, after = why(one), why(ten)
    if not before.is_within_noise:
        assert (after.reason, after.text_en) == (before.reason, before.text_en)
    assert not (after.is_within_noise and not before.is_within_noise)


def test_a_year_without_documents_is_no_growth() -> None:
    own = Course(np.arange(2000, 2009), np.full(9, 5.0), np.array([0.0, *[TOTAL] * 8]), NOW, HORIZON)
    assert np.isnan(own.shares[0]) and np.isnan(own.growth(0, 5)) and np.isnan(own.growth(-1, 5))
    assert why(own).reason == "within_noise"
