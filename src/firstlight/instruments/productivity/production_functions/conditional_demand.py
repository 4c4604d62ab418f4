"""Ackerberg-Caves-Frazer: all elasticities in the second stage, since free inputs move the demand
for materials too.

Stage 1: y = phi(free, state, proxy) + e takes the noise out, and nothing else. Stage 2: omega = phi
- f(free, state; beta); its innovation is orthogonal to the state and to last year's free inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.productivity.production_functions.firm_panel import FirmPanel
from firstlight.instruments.productivity.production_functions.law_of_motion import Motion, moments
from firstlight.instruments.productivity.production_functions.production_fit import (
    FEW,
    SCATTERED,
    Fit,
    Translog,
    cobb_douglas,
    starting_points,
)
from firstlight.instruments.productivity.production_functions.proxy_polynomials import (
    PartlyLinear,
    partly_linear,
    refuse_collinear_inputs,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ConditionalDemand:
    """Ackerberg-Caves-Frazer, with what doesn't hang on weights done once; translog : None for
    Cobb-Douglas."""

    panel: FirmPanel
    stage: PartlyLinear
    omega_degree: int
    law: str
    translog: Translog | None

    @property
    def input_names(self) -> tuple[str, ...]:
        """Free inputs, then states."""
        return (*self.panel.names[0], *self.panel.names[1])

    def fit(self, weight: Floats | None = None, start: Floats | None = None) -> Fit:
        """Both stages; arguments and errors as in ``ControlFunction.fit``."""
        panel = self.panel
        b, fitted = self.stage.fit(panel.output, weight)
        linear = panel.controls @ b
        motion, known = self.second_stage(panel.output - linear, fitted - linear, weight)
        inputs = np.column_stack([panel.free, panel.state])
        terms = self._terms(inputs)
        starts = self._starts(weight)
        begin = starts if start is None else self._centred(start)[None]
        search = moments(motion, known, begin, None if weight is None else starts[:FEW])
        if self.translog is None:
            elasticities, explained = cobb_douglas(inputs, search.beta)
            coefficients = search.beta
        else:
            elasticities, coefficients = (
                self.translog.elasticities(inputs, search.beta),
                self.translog.of_raw(search.beta),
            )
            explained = terms @ search.beta
            search = replace(
                search,
                solutions=np.array([self.translog.of_raw(each) for each in search.solutions]),
            )
        mean = np.average(elasticities, axis=0, weights=weight)
        return Fit(coefficients, elasticities, mean, explained, fitted, b, search)

    def second_stage(
        self, output: Floats, fitted: Floats, weight: Floats | None = None
    ) -> tuple[Motion, Floats]:
        """The law of motion and its instruments, (n, z): a constant, the state, last year's free
        inputs (and products)."""
        panel = self.panel
        now, root = panel.counted(weight)
        before = panel.previous[now]
        terms = self._terms(np.column_stack([panel.free, panel.state]))
        known = self._terms(np.column_stack([panel.free[before], panel.state[now]]))
        motion = Motion(
            output[now],
            fitted[now],
            fitted[before],
            terms[now],
            terms[before],
            np.empty((now.size, 0)),
            root,
            self.omega_degree,
            self.law,
        )
        return motion, np.column_stack([np.ones(now.size), known])

    def _starts(self, weight: Floats | None) -> Floats:
        """Least squares and about it; a translog's searches begin at Cobb-Douglas solutions too."""
        panel = self.panel
        inputs = np.column_stack([panel.free, panel.state])
        terms = self._terms(inputs)
        curved = terms.shape[1] - inputs.shape[1]
        starts = starting_points(panel, terms, terms.shape[1], scattered=SCATTERED, curved=curved)
        if self.translog is None or weight is not None:
            return starts
        plain = replace(self, translog=None).fit(weight).search.solutions
        return np.vstack([np.column_stack([plain, np.zeros((len(plain), curved))]), starts])

    def _terms(self, inputs: Floats) -> Floats:
        return inputs if self.translog is None else self.translog.terms(inputs)

    def _centred(self, coefficients: Floats) -> Floats:
        if self.translog is None:
            return coefficients
        return Translog(-self.translog.middle).of_raw(coefficients)


def conditional_demand(
    panel: FirmPanel,
    *,
    degree: int = 3,
    omega_degree: int = 3,
    law: str = "innovation",
    is_translog: bool = False,
) -> ConditionalDemand:
    """Prepare Ackerberg-Caves-Frazer, on value added.

    degree : of the polynomial in free inputs, states and proxies; omega_degree, law : of the law of
            motion, see ``Motion``
    Returns ConditionalDemand.
    Raises  InputError where inputs are exact functions of each other.
    Source: Ackerberg, Caves and Frazer (2015), Econometrica 83(6), 2411-2451.
    """
    free, state, proxy, controls = panel.names
    inputs = np.column_stack([panel.free, panel.state])
    refuse_collinear_inputs(np.column_stack([inputs, panel.controls]), (*free, *state, *controls))
    refuse_collinear_inputs(np.column_stack([panel.state, panel.proxy]), (*state, *proxy))
    stage = partly_linear(panel.controls, controls, np.column_stack([inputs, panel.proxy]), degree)
    translog = Translog(inputs.mean(axis=0)) if is_translog else None
    return ConditionalDemand(panel, stage, omega_degree, law, translog)
