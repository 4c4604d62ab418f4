"""Solutions of large systems (I - A) x = b, factorised in 32 bits and refined to 64."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
WIDTH = 512  # rows of a block: the same whatever the threads, and so are all sums
CORRECTIONS = 4
SAME = 1e-9  # the last correction, of the solution's largest value


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Products and factors of matrices in one thread: as many threads, as many roundings.

    Returns
    -------
    Context manager
    """
    limits: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limits


@dataclass(frozen=True)
class RefinedSolves:
    """I - A as block factors L U in single precision, whose solutions are refined in double.

    Half the arithmetic and half the memory of factors in double precision. Blocks are not pivoted:
    I - A of an economy is an M-matrix, whose Schur complements are M-matrices as well, so that
    nothing grows. Nothing is taken on trust: what is left of b, in double precision, is solved for
    again until that changes nothing, and where it does not come to that, there is no solution here.

    Attributes
    ----------
    a
        (n, n), inputs for a unit of output.
    width
        Rows of a block.

    References
    ----------
    Wilkinson 1963, Rounding Errors in Algebraic Processes; Higham 2002, Accuracy and Stability of
    Numerical Algorithms, 2nd edition, chapters 12 (refinement) and 13 (block factors); Langou,
    Langou, Luszczek, Kurzak, Buttari and Dongarra 2006, Proceedings of the ACM/IEEE Conference on
    Supercomputing (single precision); Funderlic and Plemmons 1981, Linear Algebra and its
    Applications 41, 99-110 (M-matrices).

    Examples
    --------
    >>> RefinedSolves(np.array([[0.5]])).solve(np.array([3.0]), is_transposed=False).tolist()
    [6.0]
    """

    a: Floats
    width: int = WIDTH

    def solve(self, b: Floats, *, is_transposed: bool) -> Floats | None:
        """x of (I - A) x = b, or of its transpose.

        Parameters
        ----------
        b
            (n,) or (n, k)
        is_transposed
            Whether A stands transposed.

        Returns
        -------
        The shape of b; None where corrections don't die away.
        """
        right = np.asarray(b, float).reshape(len(self.a), -1)
        with one_thread(), np.errstate(all="ignore"):
            if self._factors is None:
                return None
            x = np.zeros_like(right)
            rest = right
            for _ in range(1 + CORRECTIONS):
                step = self._approximate(rest, is_transposed=is_transposed)
                x += step
                size = np.abs(step).max(axis=0, initial=0.0)
                if (size <= SAME * np.abs(x).max(axis=0, initial=0.0)).all():
                    return x.reshape(b.shape)
                rest = right - x + self._inputs(x, is_transposed=is_transposed)
        return None

    @cached_property
    def _factors(self) -> Singles | None:
        """Below the diagonal and on it L, with its diagonal blocks inverted; above it U, whose
        diagonal is that of I. None where a block is singular."""
        m = np.empty(self.a.shape, np.float32)
        self._each_block(lambda rows: np.negative(self.a[rows], out=m[rows], casting="same_kind"))
        m[np.diag_indices_from(m)] = (1 - np.diag(self.a)).astype(np.float32)
        for at in self._blocks:
            after = slice(at.stop, None)
            try:
                m[at, at] = np.linalg.inv(m[at, at])
            except np.linalg.LinAlgError:
                return None
            m[at, after] = m[at, at] @ m[at, after]
            self._eliminate(m, at)
        return m

    def _eliminate(self, m: Singles, at: slice) -> None:
        after = slice(at.stop, None)

        def rows_of(rows: slice) -> None:
            if rows.start >= at.stop:
                m[rows, after] -= m[rows, at] @ m[at, after]

        self._each_block(rows_of)

    def _approximate(self, b: Floats, *, is_transposed: bool) -> Floats:
        """The solution in single precision, columns scaled so that none is too small for it."""
        m = self._factors
        blocks = self._blocks
        assert m is not None
        scale = np.abs(b).max(axis=0, initial=0.0)
        scale[scale == 0] = 1.0
        x = (b / scale).astype(np.float32)
        for at in blocks:
            before = slice(0, at.start)
            if is_transposed:
                x[at] -= m[before, at].T @ x[before]
            else:
                x[at] = m[at, at] @ (x[at] - m[at, before] @ x[before])
        for at in reversed(blocks):
            after = slice(at.stop, None)
            if is_transposed:
                x[at] = m[at, at].T @ (x[at] - m[after, at].T @ x[after])
            else:
                x[at] -= m[at, after] @ x[after]
        return np.asarray(x * scale)

    def _inputs(self, x: Floats, *, is_transposed: bool) -> Floats:
        """A x, or A' x."""
        a = self.a
        inputs = np.empty_like(x)
        if is_transposed:
            a = a.T
        self._each_block(lambda rows: np.matmul(a[rows], x, out=inputs[rows]))
        return inputs

    @property
    def _blocks(self) -> list[slice]:
        n = len(self.a)
        return [slice(at, min(at + self.width, n)) for at in range(0, n, self.width)]

    def _each_block(self, of_rows: Callable[[slice], object]) -> None:
        """Blocks of rows side by side: as many threads as there are, and the same sums."""

        def quietly(rows: slice) -> None:  # what overflows shows in what is left of b
            with np.errstate(all="ignore"):
                of_rows(rows)

        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(quietly, self._blocks))
