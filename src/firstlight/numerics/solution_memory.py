"""What an interrupted run has found already: within ``remembering``, long work is looked up by its
numbers before it is done."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    """Within it ``remembered`` takes what the memory holds, and puts into it what is computed; a
    dict will do.

    >>> from firstlight.numerics.linear_programmes import solve_programmes
    >>> memory = {}
    >>> with remembering(memory):
    ...     found = [solve_programmes([[1.0]], [[[1.0]]], [[4.0]], [[np.inf]], [[1.0]]).value.item(
    ...         ) for _ in range(2)]
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


def remembered(
    given: Iterable[Any], compute: Callable[[], Sequence[NDArray[Any]]]
) -> Sequence[NDArray[Any]]:
    """What ``compute`` returns, taken from the memory in use where it is there; a bootstrap asks
    this of each replication.

    given   : a name of what is computed, and every number that it hangs on (seeds too): arrays,
              numbers, texts
    compute : gives arrays, the same bytes for the same ``given``, so that they are the same bytes,
              remembered or computed

    >>> with remembering({}):
    ...     [remembered(["mean", x], lambda: [x.mean(keepdims=True)])[0].item() for x in (
    ...         np.arange(3.0), np.arange(5.0))]
    [1.0, 2.0]
    """
    memory = current_memory()
    if memory is None:
        return compute()
    key = key_of_arrays(map(np.asarray, given))
    kept = memory.get(key)
    if kept is None:
        kept = packed(compute())
        memory[key] = kept
    return unpacked(
        kept
    )  # also what was computed just now: sums may hang on how an array lies in memory


def key_of_arrays(arrays: Iterable[NDArray[Any]]) -> bytes:
    """A key that hangs on every number, shape and type.

    Raises  TypeError for an array of Python objects, which holds addresses and not what stands
            there.

    >>> key_of_arrays([np.zeros(2)]) == key_of_arrays([np.zeros((1, 2))])
    False
    """
    found = hashlib.blake2b(digest_size=KEY_BYTES)
    for array in arrays:
        if array.dtype == object:
            raise TypeError("an array of objects has no numbers to make a key of")
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
