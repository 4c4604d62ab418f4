"""What a process has spent: seconds by the clock, processor seconds of all its threads, and its
peak of memory."""

from __future__ import annotations

import resource
import sys
import time


def now() -> tuple[float, float]:
    """Clock and processor seconds, each from a start of its own."""
    return time.perf_counter(), time.process_time()


def spent(started: tuple[float, float]) -> dict[str, float]:
    """Seconds and processor seconds since then, and the process's peak of resident memory so far in
    GB."""
    seconds, processor = (after - before for after, before in zip(now(), started, strict=True))
    return {"seconds": seconds, "processor": processor, "peak": peak()}


def peak() -> float:
    """GB, as the system says (ru_maxrss)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
