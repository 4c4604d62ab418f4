"""Work on two cores at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")
WORKERS = 2


def two_at_once(work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """What ``work`` makes of each thing given, in their order, two of them under way at a time.

    Worth it where the work is NumPy's, SciPy's or Polars', which other threads need not wait for.

    >>> list(two_at_once(str.upper, "abc"))
    ['A', 'B', 'C']
    """
    waiting = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for each in given:
            waiting.append(pool.submit(work, each))
            # Two at work and one ready: more would only fill memory.
            if len(waiting) > WORKERS:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()
