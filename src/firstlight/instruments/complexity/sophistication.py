"""PRODY and EXPY: the income that goes with a product, and with what a place sells."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_table import FAMILY, Array, sparse_values
from firstlight.texts import Count, Name, message


def prody_expy(x: Any, income: Any) -> tuple[Array, Array]:
    """PRODY of activities: income of places, weighted by RCA; EXPY of places: mean PRODY of what
    they sell.

    PRODY_p = sum over c of (x_cp / x_c) Y_c / sum over c of (x_cp / x_c); EXPY_c = sum over p of
    (x_cp / x_c) PRODY_p.

    Parameters
    ----------
    x
        (places, activities), dense or sparse, not negative, one unit.
    income
        (places,), per person, any currency; nan leaves the place out of PRODY.

    Returns
    -------
    PRODY (activities,) and EXPY (places,), in the unit of income; nan where empty, and EXPY where a
    PRODY is unknown.

    Raises
    ------
    InputError
        For lengths that differ, or an income that isn't positive.

    References
    ----------
    Hausmann, Hwang and Rodrik (2007), Journal of Economic Growth 12(1), 1-25.

    Examples
    --------
    >>> prody, expy = prody_expy([[1, 1], [0, 2]], [10.0, 40.0])
    >>> prody.tolist(), expy.tolist()
    ([10.0, 30.0], [20.0, 30.0])
    """
    table = sparse_values(x)
    y = np.asarray(income, float)
    if y.shape != (table.shape[0],):
        shape, count = Name(str(y.shape)), Count(table.shape[0])
        raise InputError(message("unfit_incomes", shape=shape, count=count), FAMILY)
    if (y <= 0).any() or np.isinf(y).any():
        raise InputError(message("income_not_positive"), FAMILY)
    total = table.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(total > 0, 1 / total, 0.0)
        share = (sparse.diags_array(inverse) @ table).tocsr()
        is_known = np.isfinite(y)
        prody = (share.T @ np.where(is_known, y, 0.0)) / (share.T @ is_known.astype(float))
        prody = np.where(np.isfinite(prody), prody, np.nan)
    lacks = (share > 0).astype(float) @ np.isnan(prody).astype(float) > 0
    expy = share @ np.nan_to_num(prody)
    return prody, np.where((total > 0) & ~lacks, expy, np.nan)
