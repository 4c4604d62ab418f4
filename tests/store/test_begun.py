"""What a stopped computation had found, kept by several threads at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from firstlight.store.begun import Begun, begun


def test_threads_that_find_something_at_once_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Begun._opened
    monkeypatch.setattr(
        Begun, "_opened", lambda self: (time.sleep(0.02), opened(self))[1]
    )  # others come meanwhile
    values = {bytes([k]) * 16: bytes([k]) * (100 + 37 * k) for k in range(200)}
    with begun(tmp_path, "1", "all") as kept, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: kept.__setitem__(*pair), values.items()))
        assert len(list(tmp_path.rglob("*.begun"))) == 1
        again = Begun(kept.folder.parent, "other")
        assert len(again) == 200 and all(again.get(key) == value for key, value in values.items())
