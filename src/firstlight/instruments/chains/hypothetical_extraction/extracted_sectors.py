"""What an economy loses if one sector stops, or stops to buy or to sell, all at once or in part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.chains.leontief import ProductionSystem, check_shapes
from firstlight.numerics.optional_arrays import array_or

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Losses:
    """What all sectors together lose when each of n sectors is extracted.

    Attributes
    ----------
    total
        (n,), the sector neither buys, sells nor serves final demand.
    own
        (n,), the part of ``total`` that the sector loses itself.
    backward
        (n,), it buys from none: its inputs come from elsewhere.
    forward
        (n,), it sells to none but final users: others get its goods from elsewhere.
    supplied
        (n,), it sells to none but final users, and others make less for it (Ghosh).
    """

    total: Floats
    own: Floats
    backward: Floats
    forward: Floats
    supplied: Floats


def extraction_losses(
    system: ProductionSystem,
    output: ArrayLike,
    share: float = 1.0,
    per_output: ArrayLike | None = None,
) -> Losses:
    """Losses by hypothetical extraction of each sector in turn.

    With l the Leontief inverse, m its column sums, f final demand and s the share:
    backward s (m_j - 1) x_j / (1 + s (l_jj - 1)); forward s m_j (x_j - f_j) / (1 + s (l_jj - 1));
    supplied, of the Ghosh model, s (g_j - 1) x_j / (1 + s (l_jj - 1)) with g the row sums of its
    inverse; total, at s = 1, m_j x_j / l_jj.

    Parameters
    ----------
    system
        Of n sectors.
    output
        (n,), with the sectors at work.
    share
        Of the sector's purchases, sales and final demand that is lost.
    per_output
        (n,), such as value added for a unit of output; ones if left out.

    Returns
    -------
    Losses

    References
    ----------
    Dietzenbacher and van der Linden 1997, Journal of Regional Science 37(2), 235-257; Dietzenbacher
    and Lahr 2013, Economic Systems Research 25(3), 341-360, for parts; Miller and Blair 2009,
    section 12.2.5.

    Examples
    --------
    >>> system = ProductionSystem(np.array([[0.15, 0.25], [0.2, 0.05]]))
    >>> extraction_losses(system, [1000, 2000]).total.round(2).tolist()
    [1210.53, 2588.24]
    """
    x = np.asarray(output, float)
    a = system.a
    inverse = system.inverse
    w = array_or(per_output, np.ones_like(x))
    check_shapes(len(a), output=(x, (len(a),)), per_output=(w, (len(a),)))
    f = x - a @ x
    own_need = np.diag(inverse)
    m = w @ inverse
    s = share
    scale = 1 + s * (own_need - 1)
    backward = s * (m - w) * x / scale
    forward = s * m * (x - f) / scale
    # both at once are an update of rank two of I - A, solved by Woodbury's formula for all sectors
    loop = own_need - 1 - np.diag(a) * own_need
    first = x - s * f * own_need
    second = x - f - np.diag(a) * x - s * f * loop
    determinant = scale * (1 + s * loop) - s * s * own_need * loop
    bought = ((1 + s * loop) * first - s * own_need * second) / determinant
    sold = (scale * second - s * loop * first) / determinant
    total = s * ((f + bought + sold) * m - w * bought)
    inside = s * w * ((f + bought + sold) * own_need - bought)
    # x_j times a row of the Ghosh inverse is the row of L times x
    supplied = s * (inverse @ (w * x) - w * x) / scale
    return Losses(total, inside, backward, forward, supplied)
