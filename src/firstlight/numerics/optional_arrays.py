"""Arrays that may be left out."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind = TypeVar("Kind", bound=np.generic)


def array_or(given: ArrayLike | None, otherwise: NDArray[Kind]) -> NDArray[Kind]:
    """What is given, in the kind of what stands for it where nothing is.

    >>> array_or(None, np.ones(2)), array_or([2, 3], np.ones(2))
    (array([1., 1.]), array([2., 3.]))
    """
    if given is None:
        return otherwise
    return np.asarray(given, dtype=otherwise.dtype)
