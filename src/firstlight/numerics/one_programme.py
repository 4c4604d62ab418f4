"""One linear programme by HiGHS, for what the batched simplex leaves undone and whole numbers would
take too long for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.texts import Name, message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent


def solve_programme(
    matrix: Floats, lower: Floats, upper: Floats, cost: Floats, x_lower: Floats, x_upper: Floats
) -> tuple[str, Floats, Floats]:
    """Minimise cost' x subject to lower <= matrix x <= upper and x_lower <= x <= x_upper.

    matrix : (r, n), its numbers best near 1
    Returns ("optimal", x, duals of the rows), or ("infeasible" or "unbounded", nans, nans).
    Raises  InputError where HiGHS comes to no end, which numbers of very different size can cause.

    >>> state, x, duals = solve_programme(*(np.array(a, float) for a in ([[1, 2]], [4], [9], [1,
    ...     1], [0, 0], [9, 9])))
    >>> state, x.tolist(), duals.tolist()
    ('optimal', [0.0, 2.0], [0.5])
    """
    solver: Any = _Silent()  # type: ignore[no-untyped-call]
    for name, value in (
        ("threads", 1),
        ("primal_feasibility_tolerance", 1e-10),
        ("dual_feasibility_tolerance", 1e-10),
    ):
        solver.setOptionValue(name, value)
    rows, columns = matrix.shape
    programme = highspy.HighsLp()
    programme.num_row_, programme.num_col_ = rows, columns
    programme.col_cost_, programme.col_lower_, programme.col_upper_ = cost, x_lower, x_upper
    programme.row_lower_, programme.row_upper_ = lower, upper
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = np.arange(0, rows * columns + 1, rows)
    programme.a_matrix_.index_ = np.tile(np.arange(rows), columns)
    programme.a_matrix_.value_ = matrix.T.ravel()
    solver.passModel(programme)
    solver.run()
    state = solver.getModelStatus()
    if state == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")
        solver.run()
        state = solver.getModelStatus()
    nothing = np.full(columns, np.nan), np.full(rows, np.nan)
    if state == highspy.HighsModelStatus.kInfeasible:
        return "infeasible", *nothing
    if state == highspy.HighsModelStatus.kUnbounded:
        return "unbounded", *nothing
    if state != highspy.HighsModelStatus.kOptimal:
        said = Name(str(solver.modelStatusToString(state)))
        raise InputError(message("no_optimum", state=said), FOLDER)
    found = solver.getSolution()
    return "optimal", np.asarray(found.col_value, float), np.asarray(found.row_dual, float)


class _Silent(highspy.Highs):
    """HiGHS that prints nothing, not even its name when it is made."""

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]
