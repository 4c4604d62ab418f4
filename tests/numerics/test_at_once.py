"""Two pieces of work at once: results in the order of what was given, errors not lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from firstlight.numerics.at_once import two_at_once


def test_that_a_later_one_is_done_first_does_not_change_the_order() -> None:
    second_is_done = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert second_is_done.wait(timeout=60)  # never, unless another is under way
        if number == 1:
            second_is_done.set()
        return number

    assert list(two_at_once(work, range(5))) == [0, 1, 2, 3, 4]


def test_no_more_are_taken_than_are_needed() -> None:
    taken = []

    def given() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    first = next(two_at_once(lambda number: number, given()))
    assert first == 0
    assert len(taken) == 3


def test_what_fails_is_raised_where_its_result_is_asked_for() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise ValueError("the third")
        return number

    made = two_at_once(work, range(4))
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(ValueError, match="the third"):
        next(made)
