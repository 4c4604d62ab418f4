"""Bounds of the weight of one quantity over another's, as they are written: ``K>=2*L``."""

from __future__ import annotations

import re

from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.texts import Name, message

_BOUND = re.compile(r"(?P<one>[^<>=*]+)(?P<sign><=|>=)(?:(?P<times>[^*]+)\*)?(?P<other>[^<>=*]+)")


def weight_bound(text: str) -> dict[str, float]:
    """The coefficients of a sum of weights that is not below 0: of K 1 and of L -2 for ``K>=2*L``.

    Raises InputError for what is not written so: two different columns, and a number above 0
    between them.

    >>> weight_bound("K >= 2*L"), weight_bound("K<=0.5*L")
    ({'K': 1.0, 'L': -2.0}, {'K': -1.0, 'L': 0.5})
    """
    read = _BOUND.fullmatch(text.strip())
    if read is None:
        raise refused(message("not_a_bound", text=Name(text)))
    one, other = read["one"].strip(), read["other"].strip()
    try:
        times = float(read["times"] or 1)
    except ValueError:
        times = 0.0
    if one == other or not (one and other and 0 < times < float("inf")):
        raise refused(message("not_a_bound", text=Name(text)))
    sign = 1.0 if read["sign"] == ">=" else -1.0
    return {one: sign, other: -sign * times}
