"""Data envelopment analysis on a long frame: radial, non-oriented and directional scores with
slacks, targets and peers."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.instruments.productivity.frontier_efficiency.envelopment_options import (
    EnvelopmentOptions,
)
from firstlight.instruments.productivity.frontier_efficiency.envelopment_scores import (
    FrontierScores,
    frontier_scores,
    frontiers,
)
from firstlight.instruments.productivity.frontier_efficiency.peers import peer_table, peers_text
from firstlight.instruments.productivity.frontiers.directional_distance import efficiency_of
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress

Floats = NDArray[np.float64]


class Envelopment(NamedTuple):
    """Tables of scores, of peers (``peer_table``) and of multipliers, a row for each unit (and
    year, and window).

    Scores: ``window_first_year`` for windows; ``efficiency_score`` (input: theta; output: 1 / phi),
    ``expansion_score`` (output: phi) or ``inefficiency_score`` (non, directional: beta);
    ``super_efficiency_score`` or ``super_inefficiency_score`` where it was asked for;
    ``scale_efficiency_score`` and ``returns_to_scale_code`` (irs, crs, drs) for radial scores under
    VRS; ``is_efficient`` (on the frontier, no slack), a ``_slack`` and a ``_target`` for each
    column in its own unit, ``peers_text``, and ``reason``, a code of why a score, the
    super-efficiency (``super_...``) or the slacks (``slacks_...``) are missing.
    Multipliers: shadow prices per the unit of each column, and ``intercept``, of the sum of
    intensities.
    """

    table: pl.DataFrame
    peers: pl.DataFrame
    multipliers: pl.DataFrame


def dea(
    panel: UnitPanel, asked: EnvelopmentOptions, progress: Progress | None = None
) -> Envelopment:
    """Data envelopment analysis: how far each unit lies from the frontier that the units span, and
    its peers there; formulas in ``directional_distance`` and ``largest_slacks``.

    Source: Charnes, Cooper and Rhodes (1978), European Journal of Operational Research 2, 429-444;
            Banker, Charnes and Cooper (1984), Management Science 30, 1078-1092; Banker and Morey
            (1986; nondiscretionary); Andersen and Petersen (1993; super-efficiency).
    """
    parts = [
        frontier_scores(panel, asked, first_year, rows, spanning)
        for first_year, rows, spanning in frontiers(panel.years, asked, progress)
    ]
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
    multipliers = {
        f"{name}_multiplier": column
        for name, column in zip(names, found.multipliers.T, strict=True)
    }
    prices = pl.DataFrame({**key, **multipliers, "intercept": found.intercept})
    return Envelopment(table, peers, prices.with_columns(pl.col(pl.Float64).fill_nan(None)))


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
