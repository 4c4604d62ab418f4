"""Data envelopment analysis on a long frame: radial, non-oriented and directional scores with
slacks, targets and peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.instruments.productivity.frontier_efficiency.envelopment_options import (
    EnvelopmentOptions,
    envelopment_options,
)
from firstlight.instruments.productivity.frontier_efficiency.envelopment_scores import (
    FrontierScores,
    frontier_scores,
    frontiers,
)
from firstlight.instruments.productivity.frontier_efficiency.peers import peer_table, peers_text
from firstlight.instruments.productivity.frontiers.directional_distance import efficiency_of
from firstlight.instruments.productivity.frontiers.directions import Direction
from firstlight.instruments.productivity.unit_panel import UnitPanel, unit_panel
from firstlight.measurement import Progress

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Envelopment:
    """Scores of N units (by year, by window), K = inputs, outputs, bads in the order in which they
    were named.

    The table has unit, year where there is one, ``window_first_year`` for windows;
    ``efficiency_score`` (input: theta; output: 1 / phi), ``expansion_score`` (output: phi) or
    ``inefficiency_score`` (non, directional: beta); ``super_efficiency_score`` or
    ``super_inefficiency_score`` where it was asked for; ``scale_efficiency_score`` and
    ``returns_to_scale_code`` (irs, crs, drs) for radial scores under VRS; ``is_efficient`` (on the
    frontier, no slack), a ``_slack`` and a ``_target`` for each column in its own unit,
    ``peers_text``, and ``reason``, a code of why a score, the super-efficiency (``super_...``) or
    the slacks (``slacks_...``) are missing.

    score       : (N,) theta, phi or beta
    super_score : (N,) the same where a unit may not be its own peer; nan where it wasn't asked for
                  or is infeasible
    slacks, targets : (N, K) in the user's units
    multipliers : (N, K) shadow prices per the user's units; intercept : (N,) of the sum of
                  intensities; ``multiplier_table`` has both, by unit and year
    intensities : (N, R) of the R rows of the panel, sparse
    peers       : unit, year, peer, peer_year, intensity; the heaviest peer of a unit first
    """

    table: pl.DataFrame
    score: Floats
    super_score: Floats
    slacks: Floats
    targets: Floats
    multipliers: Floats
    intercept: Floats
    intensities: sparse.csr_matrix
    peers: pl.DataFrame

    @property
    def multiplier_table(self) -> pl.DataFrame:
        """The multipliers as a table: unit, year, a ``_multiplier`` per the unit of each column,
        ``intercept``."""
        key = [name for name in ("unit", "year", "window_first_year") if name in self.table.columns]
        names = [
            name.removesuffix("_slack") + "_multiplier"
            for name in self.table.columns
            if name.endswith("_slack")
        ]
        values = {
            name: self.multipliers[:, k]
            for k, name in enumerate(names[: self.multipliers.shape[1]])
        }
        return self.table.select(key).with_columns(
            pl.Series(name, column).fill_nan(None)
            for name, column in {**values, "intercept": self.intercept}.items()
        )


def dea(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    *,
    unit: str = "unit",
    year: str | None = None,
    returns: str = "vrs",
    orientation: str = "input",
    direction: Direction | None = None,
    disposability: str = "weak",
    super_efficiency: bool = False,
    nondiscretionary: Sequence[str] = (),
    weight_restrictions: Sequence[Mapping[str, float]] = (),
    technology: str = "contemporaneous",
    window: int = 3,
    progress: Progress | None = None,
) -> Envelopment:
    """Data envelopment analysis: how far each unit lies from the frontier that the units span, and
    its peers there.

    Parameters
    ----------
    frame
        A row for each unit, or for each unit and year.
    inputs, outputs, bads
        Its columns, in any units.
    unit
        Column of the units.
    year
        Column of the years; None where there are none.
    returns
        ``crs``, ``vrs``, ``nirs`` or ``ndrs``.
    orientation
        ``input`` theta = least share of the inputs that is enough; ``output`` phi = greatest
        multiple of the outputs; ``non`` beta = greatest share by which inputs and bads shrink and
        outputs grow together; ``directional`` beta along ``direction``. Under ``input`` and
        ``output`` bads are held.
    direction
        Of ``directional``: names of columns, or name -> amount (see ``direction_amounts``).
    disposability
        Of bads: ``weak`` (an equation), ``kuosmanen`` (the same, and each unit abates by a factor
        of its own) or ``strong`` (as inputs); see ``technology``.
    super_efficiency
        Whether to score units of the frontier against the others' frontier, too (Andersen and
        Petersen 1993).
    nondiscretionary
        Columns that management can't move: not scaled, their slack not counted (Banker and Morey
        1986).
    weight_restrictions
        Each name -> coefficient; the multipliers' sum so weighted must not be negative. {"a": 1,
        "b": -2}: a's multiplier is at least twice b's (assurance region).
    technology
        With years, a frontier ``contemporaneous`` of each year, ``sequential`` of a year and all
        before, ``global`` of all years, or of each ``window`` of consecutive years (a row for each
        unit, year and window).
    window
        How many years a window has.
    progress
        Called with the frontiers that are done and those that there are.

    Returns
    -------
    Envelopment, with ``table`` (scores, slacks and targets in the columns' units, peers; infeasible
    programmes are named with their reason), ``score`` (N,), ``slacks`` and ``targets`` (N, K),
    ``multipliers`` (N, K), ``intensities`` and ``peers``.

    Raises
    ------
    InputError
        For an unknown option or column, or bad rows (as ``unit_panel``).

    References
    ----------
    Charnes, Cooper and Rhodes (1978), European Journal of Operational Research 2, 429-444; Banker,
    Charnes and Cooper (1984), Management Science 30, 1078-1092; and ``directional_distance``,
    ``largest_slacks``.

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": ["a", "b", "c"], "x": [2.0, 4.0, 4.0], "y": [1.0, 3.0, 2.0]})
    >>> dea(rows, ["x"], ["y"]).table["efficiency_score"].round(6).to_list()
    [1.0, 1.0, 0.75]
    """
    panel = unit_panel(frame, inputs, outputs, bads, unit=unit, year=year)
    asked = envelopment_options(
        panel,
        returns=returns,
        orientation=orientation,
        direction=direction,
        disposability=disposability,
        technology=technology,
        window=window,
        super_efficiency=super_efficiency,
        nondiscretionary=nondiscretionary,
        weight_restrictions=weight_restrictions,
    )
    parts: list[FrontierScores] = []
    every = list(frontiers(panel, asked))
    for first_year, rows, spanning in every:
        if progress:
            progress(len(parts), len(every))
        parts.append(frontier_scores(panel, asked, first_year, rows, spanning))
    return _envelopment(panel, asked, _joined(parts))


def _joined(parts: list[FrontierScores]) -> FrontierScores:
    """The parts as one, by row of the panel, then window."""
    names = [part.name for part in fields(FrontierScores) if part.name != "intensities"]
    values = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    order = np.lexsort((values["first_year"], values["rows"]))
    intensities = sparse.csr_matrix(sparse.vstack([part.intensities for part in parts]))[order]
    return FrontierScores(
        **{name: value[order] for name, value in values.items()}, intensities=intensities
    )


def _envelopment(panel: UnitPanel, asked: EnvelopmentOptions, found: FrontierScores) -> Envelopment:
    rows = found.rows
    key = {name: values[rows] for name, values in panel.key().items()}
    if asked.technology == "window":
        key["window_first_year"] = found.first_year
    names = panel.quantities
    sides = np.repeat([1, -1, 1], [len(group) for group in panel.names])
    targets = (
        panel.values[rows] - sides * (found.beta[:, None] * asked.g[rows] + found.slacks) + 0.0
    )
    peers = peer_table(panel, key, sparse.coo_matrix(found.intensities))
    table = pl.DataFrame(
        {
            **key,
            **_scores(asked, found),
            "is_efficient": (found.beta == 0) & (found.slacks == 0).all(axis=1),
            **{f"{name}_slack": found.slacks[:, k] for k, name in enumerate(names)},
            **{f"{name}_target": targets[:, k] for k, name in enumerate(names)},
            "peers_text": peers_text(peers, key),
            "reason": pl.Series(found.reasons.tolist(), dtype=pl.String),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return Envelopment(
        table=table,
        score=_score(asked, found.beta),
        super_score=_score(asked, found.super_beta),
        slacks=found.slacks,
        targets=targets,
        multipliers=found.multipliers,
        intercept=found.intercept,
        intensities=found.intensities,
        peers=peers,
    )


def _score(asked: EnvelopmentOptions, beta: Floats) -> Floats:
    """theta, phi or beta."""
    return {"input": 1 - beta, "output": 1 + beta}.get(asked.orientation, beta)


def _scores(asked: EnvelopmentOptions, found: FrontierScores) -> dict[str, Any]:
    if not asked.is_radial:
        beyond = {"super_inefficiency_score": found.super_beta} if asked.is_super else {}
        return {"inefficiency_score": found.beta, **beyond}
    efficiency = partial(efficiency_of, orientation=asked.orientation)
    columns: dict[str, Any] = {"efficiency_score": efficiency(found.beta)}
    if asked.orientation == "output":
        columns["expansion_score"] = 1 + found.beta
    if asked.is_super:
        columns["super_efficiency_score"] = efficiency(found.super_beta)
    if asked.has_scale:
        # 0 to the last digit where a unit is 1e16 times what it needs
        pure = efficiency(found.beta)
        columns["scale_efficiency_score"] = np.divide(
            efficiency(found.crs), pure, out=np.full_like(pure, np.nan), where=pure > 0
        )
        columns["returns_to_scale_code"] = found.code
    return columns
