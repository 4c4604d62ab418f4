"""Formulas and measurements as tests ask them: with rows and lists of columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from benchmarks.productivity.panels import panel_of
from numpy.typing import NDArray

from firstlight.instruments.productivity.frontiers import frontier_bootstrap
from firstlight.instruments.productivity.indices.change_over_time import luenberger as indicators
from firstlight.instruments.productivity.indices.change_over_time import malmquist as index
from firstlight.instruments.productivity.indices.change_over_time import malmquist_luenberger as ml
from firstlight.instruments.productivity.indices.fare_primont_levels import fare_primont as levels
from firstlight.instruments.productivity.indices.hicks_moorsteen_changes import (
    hicks_moorsteen as changes,
)
from firstlight.productivity import (
    efficiency,
    metafrontier_change,
    metafrontier_efficiency,
    stage_efficiency,
)
from firstlight.result import Result

Floats = NDArray[np.float64]


def on_rows(formula: Callable[..., Any]) -> Callable[..., Any]:
    """A formula of a panel, asked with rows and lists of columns."""

    def asked(rows: Any, *columns: Sequence[str], unit: str = "unit", **options: Any) -> Any:
        return formula(panel_of(rows, *columns, unit=unit), **options)

    return asked


def on_columns(measurement: Callable[..., Result], *sides: str) -> Callable[..., Result]:
    """A measurement, asked with rows and lists of columns."""

    def asked(rows: Any, *columns: Sequence[str], **options: Any) -> Result:
        given = {side: own for side, own in zip(sides, columns, strict=False) if own}
        return measurement(rows, **given, **options)

    return asked


@dataclass(frozen=True)
class Scores:
    """A result of ``efficiency``, with the columns of its table as arrays."""

    result: Result

    @property
    def table(self) -> pl.DataFrame:
        return self.result.table

    @property
    def peers(self) -> pl.DataFrame:
        return self.result.tables["peers"]

    def _of(self, *names: str) -> Floats:
        name = next(name for name in names if name in self.table.columns)
        return self.table[name].fill_null(np.nan).to_numpy()

    def _ending(self, table: str, end: str) -> Floats:
        return self.result.tables[table].select(pl.col(f"^.*_{end}$").fill_null(np.nan)).to_numpy()

    @property
    def score(self) -> Floats:
        return self._of("expansion_score", "efficiency_score", "inefficiency_score")

    @property
    def super_score(self) -> Floats:
        return self._of("super_efficiency_score", "super_inefficiency_score", "efficiency_score")

    @property
    def low(self) -> Floats:
        return self._of("efficiency_score_low", "expansion_score_low")

    @property
    def high(self) -> Floats:
        return self._of("efficiency_score_high", "expansion_score_high")

    @property
    def slacks(self) -> Floats:
        return self._ending("scores", "slack")

    @property
    def targets(self) -> Floats:
        return self._ending("scores", "target")

    @property
    def intensities(self) -> Floats:
        """(N, N) of the peers, of one year."""
        units = self.table["unit"].to_list()
        found = np.zeros((len(units), len(units)))
        for unit, peer, intensity in self.peers.select("unit", "peer", "intensity").iter_rows():
            found[units.index(unit), units.index(peer)] = intensity
        return found

    @property
    def multipliers(self) -> Floats:
        return self._ending("multipliers", "multiplier")


def method(name: str) -> Callable[..., Scores]:
    """``efficiency`` by one method, asked with rows and lists of columns."""
    of_method = on_columns(partial(efficiency, method=name), "inputs", "outputs", "bad")
    return lambda rows, *columns, **options: Scores(of_method(rows, *columns, **options))


dea, sbm, fdh, order_m = (method(name) for name in ("dea", "sbm", "fdh", "order_m"))
cross_efficiency = method("cross")
two_stage = on_columns(stage_efficiency, "inputs", "intermediates", "outputs")
meta_frontier = on_columns(metafrontier_efficiency, "inputs", "outputs", "bad")
meta_malmquist = on_columns(metafrontier_change, "inputs", "outputs", "bad")
malmquist = on_rows(index.malmquist)
malmquist_luenberger = on_rows(ml.malmquist_luenberger)
luenberger = on_rows(indicators.luenberger)
nonradial_luenberger = on_rows(indicators.nonradial_luenberger)
fare_primont = on_rows(levels.fare_primont)
hicks_moorsteen = on_rows(changes.hicks_moorsteen)
bootstrap_dea = on_rows(frontier_bootstrap.bootstrap_dea)
