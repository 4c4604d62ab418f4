"""Programmes that an interrupted run has solved already: within ``remembering``, each is looked up before it is solved."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 16


class Memory(Protocol):
    """Whatever keeps bytes by their key; what it gives back is what was put in, or None."""

    def get(self, key: bytes, /) -> bytes | None:
        """The bytes of a key, or None."""

    def __setitem__(self, key: bytes, value: bytes, /) -> None:
        """Keep the bytes of a key."""


_MEMORY: ContextVar[Memory | None] = ContextVar("solution_memory", default=None)


@contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """Within it ``solve_programmes`` takes what the memory holds, and puts into it what it solves; a dict will do.

    A solution hangs on the numbers of its programmes alone, so that it is the same bytes, remembered or solved.

    >>> from firstlight.numerics.linear_programmes import solve_programmes
    >>> memory = {}
    >>> with remembering(memory):
    ...     found = [solve_programmes([[1.0]], [[[1.0]]], [[4.0]], [[np.inf]], [[1.0]]).value.item() for _ in range(2)]
    >>> found, len(memory)
    ([0.0, 0.0], 1)
    """
    before = _MEMORY.set(memory)
    try:
        yield
    finally:
        _MEMORY.reset(before)


def current_memory() -> Memory | None:
    """The memory that is in use, or None."""
    return _MEMORY.get()


def key_of_arrays(arrays: Iterable[NDArray[Any]]) -> bytes:
    """A key that hangs on every number, shape and type.

    >>> key_of_arrays([np.zeros(2)]) == key_of_arrays([np.zeros((1, 2))])
    False
    """
    found = hashlib.blake2b(digest_size=KEY_BYTES)
    for array in arrays:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.digest()


def packed(arrays: Iterable[NDArray[Any]]) -> bytes:
    """Arrays as bytes, for ``unpacked``.

    >>> [each.tolist() for each in unpacked(packed([np.arange(2), np.array(["a"])]))]
    [[0, 1], ['a']]
    """
    stream = io.BytesIO()
    for array in arrays:
        np.lib.format.write_array(stream, array, allow_pickle=False)
    return stream.getvalue()


def unpacked(content: bytes) -> list[NDArray[Any]]:
    """The arrays of ``packed``."""
    stream = io.BytesIO(content)
    found = []
    while stream.tell() < len(content):
        found.append(np.lib.format.read_array(stream, allow_pickle=False))
    return found
