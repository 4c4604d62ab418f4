"""The formulas of Wang, Wei and Zhu as the paper writes them: dense, a pair of countries at a time,
in NumPy alone. What the package computes is held against them, in figures and in seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def plain_wang_wei_zhu(flows: Floats, final: Floats, countries: int) -> Floats:
    """(16, n, G), the terms in their order, of countries with as many industries each.

    flows : (n, n), rows sorted by country
    final : (n, G)
    """
    size, many = len(flows), len(flows) // countries
    x = flows.sum(axis=1) + final.sum(axis=1)
    a = np.divide(flows, x, out=np.zeros_like(flows), where=x != 0)
    v = np.where(x != 0, 1 - a.sum(axis=0), 0.0)
    b = np.linalg.inv(np.eye(size) - a)
    at = [slice(g * many, (g + 1) * many) for g in range(countries)]
    local = [np.linalg.inv(np.eye(many) - a[own, own]) for own in at]
    abroad = [[r for r in range(countries) if r != s] for s in range(countries)]
    exports = [
        np.sum([a[at[s], at[r]] @ x[at[r]] + final[at[s], r] for r in abroad[s]], axis=0)
        for s in range(countries)
    ]
    value = [[v[at[t]] @ b[at[t], at[s]] for s in range(countries)] for t in range(countries)]
    found = np.zeros((16, size, countries))
    for s in range(countries):
        own, vb, vl = at[s], value[s][s], v[at[s]] @ local[s]
        for r in abroad[s]:
            inputs, goods = a[own, at[r]], final[own, r]
            others = [t for t in range(countries) if t not in (s, r)]
            becomes = [
                b[at[r], at[r]] @ final[at[r], r],
                sum(b[at[r], at[t]] @ final[at[t], t] for t in others),
                b[at[r], at[r]] @ final[at[r]][:, others].sum(axis=1),
                sum(
                    b[at[r], at[t]] @ final[at[t]][:, [u for u in abroad[t] if u != s]].sum(axis=1)
                    for t in others
                ),
                b[at[r], at[r]] @ final[at[r], s],
                sum(b[at[r], at[t]] @ final[at[t], s] for t in others),
                b[at[r], own] @ final[own, s],
                b[at[r], own] @ final[own][:, abroad[s]].sum(axis=1),
            ]
            of_r = (goods, inputs @ local[r] @ final[at[r], r], inputs @ local[r] @ exports[r])
            third = sum((value[t][s] for t in others), np.zeros(many))
            found[:, own, r] = [
                vb * goods,
                *(vl * (inputs @ z) for z in becomes),
                (vb - vl) * (inputs @ x[at[r]]),
                *(value[r][s] * each for each in of_r),
                *(third * each for each in of_r),
            ]
    return found
