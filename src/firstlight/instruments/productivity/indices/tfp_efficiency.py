"""The parts of TFP efficiency: technical, scale and mix efficiency, and what is left.

O'Donnell's framework. Symbols: TFPE = TFP / TFP*. Outputs: OTE technical, OSE scale, OME mix, ROSE
residual scale, OSME scale and mix, RME residual mix. The same of inputs: ITE, ISE, IME, RISE, ISME,
RME.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.distance_functions import distance_function
from firstlight.instruments.productivity.frontiers.technology import Technology
from firstlight.texts import List, Number, message

Floats = NDArray[np.float64]
# share by which a unit may pass its own frontier before the numbers are beyond the solver
_BEYOND = 1e-6
FOLDER = Path(__file__).parent
# an orientation's
SIDES = {"output": ("output",), "input": ("input",), "both": ("output", "input")}
PARTS = ("technical", "scale", "mix", "residual_scale", "scale_mix", "residual_mix")


def technical_efficiency(
    technology: Technology, inputs: Floats, outputs: Floats, side: str
) -> Floats:
    """OTE = D_O, or ITE = 1 / D_I, of units that the technology contains: between 0 and 1.

    inputs, outputs : (N, m), (N, s) in the user's units; side : "output" or "input"
    Returns (N,).
    Raises  InputError where one comes out above 1, the numbers of a column being too far apart for
            the solver.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> two = np.array([[2.0]])
    >>> spanned = technology([[1.0], [2.0]], [[1.0], [4.0]])
    >>> technical_efficiency(spanned, two, two, "output").round(6).tolist()
    [0.5]
    """
    found = distance_function(technology, inputs, outputs, orientation=side).value
    efficiency = found if side == "output" else 1 / found
    beyond = np.flatnonzero(~(efficiency <= 1 + _BEYOND))
    if beyond.size:
        at = List(tuple(Number(float(amount), 6) for amount in inputs[beyond[0]]))
        raise InputError(message("too_far_apart", inputs=at), FOLDER)
    return efficiency


def tfp_efficiency_parts(
    side: str,
    efficiency: Floats,
    technical: Floats,
    technical_crs: Floats,
    aggregate: Floats,
    best: Floats | None,
) -> dict[str, Floats]:
    """TFPE = OTE x OSE x RME = OTE x OME x ROSE = OTE x OSME, each product exact; the same for
    inputs.

    efficiency : (N,) TFPE; technical, technical_crs : (N,) technical efficiency with the returns
                 asked for and with CRS
    aggregate  : (N,) aggregate output or input; best : the best one with the mix set free; None
                 leaves out the two parts that need it
    Returns column name, such as ``output_scale_efficiency_ratio`` -> (N,), in the order of
    ``PARTS``.
    Source: O'Donnell (2012), American Journal of Agricultural Economics 94(4), 873-890.

    >>> one = np.array([0.5])
    >>> parts = tfp_efficiency_parts("output", one * 0.5, one, one * 0.8, one, np.array([1.25]))
    >>> [parts[f"output_{part}_efficiency_ratio"].round(4).tolist() for part in PARTS[:3]]
    [[0.5], [0.8], [0.8]]
    """
    scale = technical_crs / technical
    scale_mix = efficiency / technical
    found = {
        "technical": technical,
        "scale": scale,
        "scale_mix": scale_mix,
        "residual_mix": scale_mix / scale,
    }
    if best is not None:
        found["mix"] = (aggregate / best if side == "output" else best / aggregate) / technical
        found["residual_scale"] = scale_mix / found["mix"]
    return {f"{side}_{part}_efficiency_ratio": found[part] for part in PARTS if part in found}
