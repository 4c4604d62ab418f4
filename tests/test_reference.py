"""Reference figures: each file has a source and a licence, and none is large."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_file_has_its_source_and_licence_and_none_is_large(reference: Path) -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|",
        (reference / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    listed = [name for name, source, licence in rows if source.strip() and licence.strip()]
    files = [path for path in reference.rglob("*") if path.is_file() and path.name != "README.md"]
    assert sorted(listed) == sorted(path.relative_to(reference).as_posix() for path in files)
    sizes = [path.stat().st_size for path in files]
    assert max(sizes) <= 200_000 and sum(sizes) <= 2_000_000
