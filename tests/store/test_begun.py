"""What a stopped computation had found, kept by several threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from firstlight.store.begun import Begun, begun


def test_threads_that_find_something_at_once_lose_nothing(tmp_path: Path) -> None:
    values = {bytes([k]) * 16: bytes([k]) * (100 + 37 * k) for k in range(200)}
    with begun(tmp_path, "1", "all") as kept, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: kept.__setitem__(*pair), values.items()))
        again = Begun(kept.folder.parent, "other")
        assert len(again) == 200 and all(again.get(key) == value for key, value in values.items())
