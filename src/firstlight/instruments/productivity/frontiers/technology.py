"""The technology that observed units span: returns to scale and disposability as rows of a linear
programme, in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice, shown
from firstlight.texts import Code, Count, Phrase, message, names

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
RETURNS = ("crs", "vrs", "nirs", "ndrs")
DISPOSABILITY = ("weak", "strong", "kuosmanen")
_SUM_OF_INTENSITIES = {
    "crs": (-np.inf, np.inf),
    "vrs": (1.0, 1.0),
    "nirs": (-np.inf, 1.0),
    "ndrs": (1.0, np.inf),
}


@dataclass(frozen=True)
class Technology:
    """T = {(x, y, b): X z <= x, Y z >= y, B z = b (weak) or <= b (strong), l <= 1'z <= u, z >= 0},
    for the solver.

    columns   : (m + s + b + 1, n) a column per reference unit; rows are inputs, outputs, bads, and
                the sum of intensities. Each row is divided by its ``row_scale``. Where
                ``is_abated``, n more: each unit shut down, inputs alone
    row_scale : (m + s + b + 1,) the row's largest value among the reference units, in the user's
                units; 1 for the last
    sizes     : (m, s, b)
    returns   : "crs", "vrs", "nirs" or "ndrs"; disposability : of the bads, "weak", "strong" or
                "kuosmanen"
    """

    columns: Floats
    row_scale: Floats
    sizes: tuple[int, int, int]
    returns: str
    disposability: str

    @property
    def is_abated(self) -> bool:
        """Whether each unit may abate by a factor of its own, so that it has two columns."""
        return (
            self.disposability == "kuosmanen"
            and self.sizes[2] > 0
            and self.returns in ("vrs", "ndrs")
        )

    @property
    def input_rows(self) -> slice:
        """The rows of inputs."""
        return slice(0, self.sizes[0])

    @property
    def output_rows(self) -> slice:
        """The rows of outputs."""
        return slice(self.sizes[0], self.sizes[0] + self.sizes[1])

    @property
    def bad_rows(self) -> slice:
        """The rows of bads."""
        return slice(self.sizes[0] + self.sizes[1], sum(self.sizes))

    def scaled(self, inputs: Any, outputs: Any, bads: Any = None) -> Floats:
        """Units in the technology's scale, (N, m + s + b): inputs, outputs, bads."""
        return stacked(inputs, outputs, bads) / self.row_scale[:-1]

    def bounds(self, inputs: Any, outputs: Any, bads: Any = None) -> tuple[Floats, Floats]:
        """Lower and upper bounds of the rows for units to be in T, each (N, m + s + b + 1), in the
        technology's scale.

        A programme that moves a unit adds columns of its own to these rows: a score, slacks.
        """
        values = self.scaled(inputs, outputs, bads)
        lower = np.full((len(values), len(self.row_scale)), -np.inf)
        upper = -lower
        upper[:, self.input_rows] = values[:, self.input_rows]
        lower[:, self.output_rows] = values[:, self.output_rows]
        upper[:, self.bad_rows] = values[:, self.bad_rows]
        if self.disposability != "strong":
            lower[:, self.bad_rows] = values[:, self.bad_rows]
        lower[:, -1], upper[:, -1] = _SUM_OF_INTENSITIES[self.returns]
        return lower, upper


def technology(
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    returns: str = "vrs",
    disposability: str = "weak",
) -> Technology:
    """The technology spanned by reference units, its rows scaled for the solver.

    returns       : "crs" constant, "vrs" variable, "nirs" non-increasing, "ndrs" non-decreasing
    disposability : of bads: "weak", an equation, so that a bad can't be shed for nothing; "strong",
                    as an input. Beside "vrs" the equation alone is what most applied work uses,
                    though bads and outputs can then not shrink in proportion from every point;
                    "kuosmanen" gives each unit an abatement factor of its own, and T is convex and
                    weakly disposable: X (w + q) <= x, Y w >= y, B w = b, 1'(w + q) = 1. With "crs"
                    and "nirs" both are one
    inputs : (n, m); outputs : (n, s); bads : (n, b) or None; finite, not negative
    Returns Technology.
    Raises  InputError for an unknown word, shapes that differ, no unit, or a number that is missing
            or negative.
    Source: Färe, Grosskopf, Lovell and Pasurka (1989), Review of Economics and Statistics 71,
            90-98; Färe, Grosskopf and Lovell (1994), Production Frontiers; Kuosmanen (2005),
            American Journal of Agricultural Economics 87, 1077-1082; Kuosmanen and Podinovski
            (2009), ibid. 91, 539-545.

    >>> found = technology([[2.0], [4.0]], [[1.0], [5.0]], returns="crs")
    >>> found.columns.tolist(), found.row_scale.tolist()
    ([[0.5, 1.0], [0.2, 1.0], [1.0, 1.0]], [4.0, 5.0, 1.0])
    """
    check_choice("returns", returns, RETURNS)
    check_choice("disposability", disposability, DISPOSABILITY)
    values = stacked(inputs, outputs, bads, "reference")
    if not len(values):
        raise InputError(message("no_reference_unit"), FOLDER)
    largest = values.max(axis=0)
    row_scale = np.append(np.where(largest > 0, largest, 1.0), 1.0)
    columns = np.vstack([values.T, np.ones(len(values))]) / row_scale[:, None]
    sizes = (np.shape(inputs)[1], np.shape(outputs)[1], 0 if bads is None else np.shape(bads)[1])
    found = Technology(columns, row_scale, sizes, returns, disposability)
    if not found.is_abated:
        return found
    shut = columns.copy()
    shut[found.output_rows], shut[found.bad_rows] = 0.0, 0.0
    return replace(found, columns=np.hstack([columns, shut]))


def stacked(inputs: Any, outputs: Any, bads: Any, whose: str = "evaluated") -> Floats:
    """Inputs, outputs and bads side by side, (N, m + s + b), checked.

    whose : the units, "evaluated" or "reference", for errors
    Raises  InputError where shapes differ, or a number is missing or negative.

    >>> stacked([[1, 2]], [[3]], None).tolist()
    [[1.0, 2.0, 3.0]]
    """
    about = Code(f"codes.point.{whose}")
    parts = [np.asarray(part, float) for part in (inputs, outputs, bads) if part is not None]
    if any(part.ndim != 2 or len(part) != len(parts[0]) for part in parts):
        shapes = names(str(part.shape) for part in parts)
        raise InputError(message("shapes_differ", shapes=shapes, whose=about), FOLDER)
    values = np.hstack(parts)
    bad = np.argwhere(~(np.isfinite(values) & (values >= 0)))
    if bad.size:
        row, column = (int(place) for place in bad[0])
        value, at = shown(values[row, column]), {"row": Count(row), "column": Count(column)}
        raise InputError(message("unusable_number", value=value, whose=about, **at), FOLDER)
    return values


def check_sides(inputs: Floats, outputs: Floats) -> None:
    """Raise InputError for a point whose inputs or outputs are all 0."""
    for code, side in (("inputs_all_zero", inputs), ("outputs_all_zero", outputs)):
        empty = np.flatnonzero((side == 0).all(axis=1))
        if empty.size:
            point = Phrase(message("phrases.point", number=Count(int(empty[0]))))
            raise InputError(message(code, unit=point), FOLDER)


def own_sizes(values: Floats) -> Floats:
    """What the rounding of a unit's slack is held against: its own quantity, or the least of its
    others where it has none of it.

    values : (N, K), in the technology's scale

    >>> own_sizes(np.array([[0.5, 0.0, 0.2]])).tolist()
    [[0.5, 0.2, 0.2]]
    """
    least = np.where(values > 0, values, np.inf).min(axis=1, keepdims=True)
    return np.where(values > 0, values, np.where(np.isfinite(least), least, 0.0))
