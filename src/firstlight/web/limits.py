"""How much one reader may ask, and what is counted of all."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

MOST_READERS = 10_000  # that are remembered
BURST = 4.0  # seconds' worth that may be asked at once
LIMITS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)  # of the histogram, in seconds


class Rate:
    """A bucket for each reader, which fills again by the second.

    a_second : requests that one reader may make a second, over time; 0 for as many as wanted
    clock    : seconds
    """

    def __init__(self, a_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.a_second = a_second
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def allows(self, reader: str) -> bool:
        """Whether a reader may ask once more; that is counted."""
        if not self.a_second:
            return True
        now = self._clock()
        most = self.a_second * BURST
        with self._lock:
            left, before = self._left.pop(reader, (most, now))
            left = min(most, left + (now - before) * self.a_second)
            allowed = left >= 1.0
            self._left[reader] = (left - allowed, now)
            if len(self._left) > MOST_READERS:
                self._left.popitem(last=False)
        return allowed


class Metrics:
    """Counts of requests and how long they took, as Prometheus reads them."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._below = [0] * len(LIMITS)
        self._seconds = 0.0
        self._lock = Lock()

    def add(self, status: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            self._counts[status] = self._counts.get(status, 0) + 1
            self._seconds += seconds
            for place, limit in enumerate(LIMITS):
                self._below[place] += seconds <= limit

    def text(self) -> str:
        """The counts in the text format of Prometheus, version 0.0.4."""
        with self._lock:
            every = sum(self._counts.values())
            requests = [
                f'firstlight_requests_total{{status="{status}"}} {count}'
                for status, count in sorted(self._counts.items())
            ]
            below = [
                f'firstlight_request_seconds_bucket{{le="{limit:g}"}} {count}'
                for limit, count in zip(LIMITS, self._below, strict=True)
            ]
            return "\n".join(
                [
                    "# TYPE firstlight_requests_total counter",
                    *requests,
                    "# TYPE firstlight_request_seconds histogram",
                    *below,
                    f'firstlight_request_seconds_bucket{{le="+Inf"}} {every}',
                    f"firstlight_request_seconds_sum {self._seconds:.6f}",
                    f"firstlight_request_seconds_count {every}\n",
                ]
            )
