"""What a benchmark can't do, said as the program says it: what, where, and the next thing to try."""

from __future__ import annotations

__all__ = ["RefusedError"]


class RefusedError(Exception):
    """A benchmark was asked for what it can't do."""

    def __init__(self, what: str, *, where: str, try_next: str) -> None:
        super().__init__(f"{what}\n  where: {where}\n  try:   {try_next}")
