"""What sampling does to radial efficiency: the smoothed homogeneous bootstrap of Simar and Wilson
(1998).

Symbols: theta efficiency in (0, 1] (1/phi where outputs grow by phi), a star for what belongs to a
replication, h bandwidth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice, shown
from firstlight.instruments.productivity.frontiers.distance_functions import SCORES, values_of_many
from firstlight.instruments.productivity.frontiers.reference_years import frontiers
from firstlight.instruments.productivity.frontiers.score_smoothing import (
    SMOOTHING,
    score_bandwidth,
    smoothed_draw,
)
from firstlight.instruments.productivity.frontiers.technology import FOLDER, Technology
from firstlight.instruments.productivity.frontiers.technology import technology as spanned
from firstlight.instruments.productivity.unit_panel import FAMILY, UnitPanel
from firstlight.measurement import Progress, progress_among
from firstlight.texts import Count, Name, Share, message

Floats = NDArray[np.float64]
ORIENTATIONS = ("input", "output")
INTERVALS = ("differences", "shifted")
ON_FRONTIER = 1e-7  # a theta this near to 1 is on the frontier, by the solver's tolerance
COLUMNS = ("score", "bias", "corrected", "standard_error", "low", "high")
BLOCK = 50  # replications that are solved before progress is called again


@dataclass(frozen=True)
class BootstrapScores:
    """Scores of N units with their sampling error: theta (input) or phi of 1 or more (output),
    dimensionless.

    score : (N,) as estimated; bias : (N,); corrected : (N,) score - bias; standard_error : (N,)
    low, high : (N,) interval of the true score
    bandwidth : of the smoothing, in theta
    """

    score: Floats
    bias: Floats
    corrected: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    bandwidth: float


def bootstrap_dea(
    panel: UnitPanel,
    *,
    orientation: str = "input",
    technology: str = "contemporaneous",
    seed: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> pl.DataFrame:
    """Radial efficiency with its bias and interval, a row for each unit (and year):
    ``efficiency_score`` (input: theta) or ``expansion_score`` (output: phi), the same with
    ``_corrected``, ``_low`` and ``_high``, ``bias``, ``standard_error`` and
    ``is_correction_advised``: whether the squared bias is above three times the variance, below
    which correcting adds more noise than it takes away.

    technology : "contemporaneous" or "global"; options : as in ``bootstrap_scores``
    Raises  InputError as ``bootstrap_scores``, naming the year.
    """
    columns = {name: np.full(len(panel.units), np.nan) for name in COLUMNS}
    groups = [rows for rows, _ in frontiers(panel.years, technology)]
    for place, rows in enumerate(groups):
        found = bootstrap_scores(
            panel.inputs[rows],
            panel.outputs[rows],
            orientation=orientation,
            seed=(seed, place),
            progress=progress_among(progress, place, len(groups)),
            year=int(panel.years[rows[0]]) if len(groups) > 1 else None,
            names=panel.units[rows].tolist(),
            **options,
        )
        for name, column in columns.items():
            column[rows] = getattr(found, name)
    name = SCORES[orientation]
    return pl.DataFrame(
        {
            **panel.key(),
            name: columns["score"],
            f"{name}_corrected": columns["corrected"],
            f"{name}_low": columns["low"],
            f"{name}_high": columns["high"],
            "bias": columns["bias"],
            "standard_error": columns["standard_error"],
            "is_correction_advised": columns["bias"] ** 2 > 3 * columns["standard_error"] ** 2,
        }
    )


def bootstrap_scores(
    inputs: Any,
    outputs: Any,
    *,
    returns: str = "vrs",
    orientation: str = "input",
    replications: int = 1000,
    bandwidth: str | float = "normal_reference",
    smoothing: str = "reflected",
    interval: str = "differences",
    level: float = 0.95,
    seed: Any = 0,
    progress: Progress | None = None,
    year: int | None = None,
    names: Sequence[str] | None = None,
) -> BootstrapScores:
    """The smoothed homogeneous bootstrap of radial efficiency.

    Each replication draws theta* for every unit from the smoothed, at 1 reflected distribution of
    the thetas, moves each unit's inputs to x theta / theta* (output: y theta* / theta), and
    measures the given units against this frontier: s*. Then bias = mean s* - s and corrected = s -
    bias = 2 s - mean s*; s is theta or phi. With q the quantiles of s* and a = 1 - level the
    interval is [2 s - q(1 - a/2), 2 s - q(a/2)], "differences", where s* - s stands for s - truth;
    or [q(a/2) - 2 bias, q(1 - a/2) - 2 bias], "shifted", of the paper of 1998, which rDEA and the
    first versions of deaR follow. Benchmarking and later deaR take the differences too, with inputs
    those of 1 / theta, and turn the ends over.

    The draws' frontier is flat between units. Where the true one is curved, part of the bias stays
    and intervals are too narrow: with one input, one output, decreasing returns and 100 units a
    third of it, and 95% intervals hold the truth 80 times in 100 (40 with the draws of 1998); with
    two inputs and 60 units two fifths, and 62 times in 100 (78 with the draws of 1998).

    inputs, outputs : (N, m), (N, s), any unit; returns : "crs", "vrs", "nirs" or
                     "ndrs"; orientation : "input" (theta) or "output" (phi of 1 or more)
    bandwidth : "normal_reference", "cross_validation" (both in ``score_bandwidth``), or a number,
                in theta
    smoothing : "reflected" or "simar_wilson_1998", both in ``smoothed_draw``
    seed      : for ``numpy.random.default_rng``; each replication draws its own numbers; year,
                names : of the units, which an error names
    Returns BootstrapScores.
    Raises  InputError for an unknown option, fewer replications than the interval needs, or fewer
            than three units inside.
    Source: Simar and Wilson (1998), Management Science 44, 49-61; (2000), Journal of Applied
            Statistics 27, 779-802 (the interval).

    >>> x, y = [[1.0], [2.0], [3.0], [4.0], [5.0]], [[1.0], [1.5], [2.0], [3.5], [3.0]]
    >>> found = bootstrap_scores(x, y, returns="crs", replications=40)
    >>> bool((found.low <= found.corrected).all() and (found.corrected <= found.high).all())
    True
    """
    check_choice("orientation", orientation, ORIENTATIONS)
    check_choice("smoothing", smoothing, SMOOTHING)
    check_choice("interval", interval, INTERVALS)
    _check_replications(replications, level)
    x, y = np.asarray(inputs, float), np.asarray(outputs, float)
    theta = radial_efficiency(x, y, x, y, returns, orientation, names)
    h = score_bandwidth(theta, bandwidth, year)
    drawn = np.empty((replications, len(x)))
    randoms = np.random.default_rng(seed).spawn(replications)
    for k in range(0, replications, BLOCK):
        if progress:
            progress(k, replications)
        stars = [smoothed_draw(theta, h, random, smoothing) for random in randoms[k : k + BLOCK]]
        frontiers_drawn = [
            spanned(*moved_to(x, y, theta, star, orientation), returns=returns) for star in stars
        ]
        drawn[k : k + BLOCK] = efficiency_to_many(frontiers_drawn, x, y, orientation)
    if orientation == "output":
        theta, drawn = 1 / theta, 1 / drawn
    bias = drawn.mean(axis=0) - theta
    tail = (1 - level) / 2
    if interval == "differences":
        low, high = 2 * theta - np.quantile(drawn, [1 - tail, tail], axis=0)
    else:
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0) - 2 * bias
    return BootstrapScores(theta, bias, theta - bias, drawn.std(axis=0, ddof=1), low, high, h)


def check_level(level: float) -> None:
    """Raise InputError for a level of intervals that is not above 0 and below 1."""
    if not 0 < level < 1:
        raise InputError(message("level_of_interval", level=shown(level)), FOLDER)


def _check_replications(replications: int, level: float) -> None:
    """Raise InputError for fewer replications than the tails of the interval need."""
    check_level(level)
    # 20 * (1 - .9) / 2 is 0.9999999999999998
    if replications * (1 - level) / 2 < 1 - 1e-9:
        # 2 / (1 - .9) is 20.000000000000004, which ceil would make 21
        least = Count(int(np.ceil(2 / (1 - level) - 1e-6)))
        count, share = Count(replications), Share(level)
        told = message("few_replications", count=count, level=share, least=least)
        raise InputError(told, FOLDER)


def radial_efficiency(
    inputs: Floats,
    outputs: Floats,
    from_inputs: Floats,
    from_outputs: Floats,
    returns: str,
    orientation: str,
    names: Sequence[str] | None = None,
) -> Floats:
    """(N,) theta, or 1/phi, against the frontier of other units; a frontier of the units themselves
    gives at most 1.

    Raises  InputError naming a unit (by ``names``, else its row) so far from the frontier that its
            theta can't be told from 0.

    >>> one, two = np.array([[1.0], [2.0]]), np.array([[1.0], [1.0]])
    >>> radial_efficiency(one, two, one, two, "vrs", "input").tolist()
    [1.0, 0.5]
    """
    held = [spanned(from_inputs, from_outputs, returns=returns)]
    found = efficiency_to_many(held, inputs, outputs, orientation).ravel()
    lost = np.flatnonzero(np.isnan(found))
    if lost.size:
        unit = str(lost[0] + 1) if names is None else str(names[lost[0]])
        raise InputError(message("efficiency_of_nothing", unit=Name(unit)), FAMILY)
    return found


def efficiency_to_many(
    frontiers_held: Sequence[Technology], inputs: Floats, outputs: Floats, orientation: str
) -> Floats:
    """(R, N) theta, or 1/phi, of the same units against each of R frontiers.

    >>> one = np.array([[1.0], [2.0]])
    >>> efficiency_to_many([spanned(one, one, returns="crs")], one, one / 2, "output").tolist()
    [[0.5, 0.5]]
    """
    found = values_of_many(frontiers_held, inputs, outputs, orientation=orientation)
    theta = 1 / found if orientation == "input" else found
    return np.where(np.abs(theta - 1) < ON_FRONTIER, 1.0, theta)


def moved_to(
    inputs: Floats, outputs: Floats, theta: Floats, star: Floats, orientation: str
) -> tuple[Floats, Floats]:
    """Units with efficiency star instead of theta, the same otherwise.

    >>> one = np.array([[2.0]])
    >>> moved_to(one, one, np.array([0.5]), np.array([1.0]), "input")[0].tolist()
    [[1.0]]
    """
    if orientation == "input":
        return inputs * (theta / star)[:, None], outputs
    return inputs, outputs * (star / theta)[:, None]
