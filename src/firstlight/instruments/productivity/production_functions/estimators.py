"""Production functions of firms: elasticities when firms see their productivity and choose inputs
by it.

Output responds to inputs and inputs to productivity, which the statistician doesn't see; least
squares gives what firms choose quickly too large an elasticity. Each method here lets a proxy
(investment, materials) show productivity instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from firstlight.errors import check_between, check_bounds, check_choice
from firstlight.instruments.productivity.production_functions.conditional_demand import (
    ConditionalDemand,
    conditional_demand,
)
from firstlight.instruments.productivity.production_functions.control_functions import (
    ControlFunction,
    control_function,
)
from firstlight.instruments.productivity.production_functions.firm_panel import (
    FirmPanel,
    firm_panel,
)
from firstlight.instruments.productivity.production_functions.production_fit import term_names
from firstlight.instruments.productivity.production_functions.production_result import (
    ProductionFunction,
    bootstrapped,
    of_system,
)
from firstlight.instruments.productivity.production_functions.refusals import refusal
from firstlight.instruments.productivity.production_functions.stacked_moments import PROXY_FUNCTIONS
from firstlight.measurement import Progress
from firstlight.roles import Key, Number, Year
from firstlight.schema import read_table
from firstlight.texts import Count, Figure, Name, message, names

__all__ = [
    "ProductionFunction",
    "ackerberg_caves_frazer",
    "estimate",
    "levinsohn_petrin",
    "olley_pakes",
    "production_function",
    "wooldridge",
]

Floats = NDArray[np.float64]

# method -> the laws of motion that it knows, its own first
LAWS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "op": ("output", "fitted"),
    "lp": ("output", "fitted"),
    "acf": ("innovation", "output"),
    "wooldridge": ("",),
}
_SHARED = ("degree", "omega_degree", "level")
# method -> the options beside those that it reads
_DRAWN = ("law", "replications", "seed", "progress")
_READ_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "op": (*_DRAWN, "exit"),
    "lp": (*_DRAWN, "exit", "output_is"),
    "acf": (*_DRAWN, "form", "start"),
    "wooldridge": ("equations", "proxy_function", "weights"),
}


def estimate(
    panel: FirmPanel,
    method: str,
    *,
    exits: Floats | None = None,
    output_is: str = "value_added",
    form: str = "cobb_douglas",
    equations: str = "both",
    proxy_function: str = "shared",
    weights: str = "one_step",
    degree: int = 3,
    omega_degree: int = 3,
    law: str | None = None,
    start: Sequence[float] | None = None,
    replications: int = 200,
    seed: int = 0,
    level: float = 0.95,
    progress: Progress | None = None,
) -> ProductionFunction:
    """The production function of firms by one of the methods, which the functions below explain.

    Parameters
    ----------
    panel
        The firms and years.
    method
        ``op``, ``lp``, ``acf`` or ``wooldridge``; each reads the options that it has.
    exits
        (N,), 1 where the firm stays after the year, 0 where it leaves, nan where nobody knows; None
        without selection.
    output_is, form, equations, proxy_function, weights, start
        Of the methods that read them.
    degree
        Of the polynomial in state and proxy (2 in R's prodest).
    omega_degree
        Of the polynomial by which productivity moves.
    law
        None for the method's own.
    replications
        Draws of firms of the bootstrap; 0 for none. Ctrl-C keeps what is done.
    seed
        Seed of the bootstrap.
    level
        Probability that an interval holds.
    progress
        Called with the draws done and all of them.

    Returns
    -------
    ProductionFunction.

    Raises
    ------
    InputError
        For options that are unknown, and where nothing identifies an elasticity.
    """
    laws = LAWS_OF[method]
    if output_is == "gross_output":
        laws = laws[:1]
    law = law or laws[0]
    _refuse_numbers(degree, omega_degree, level, replications)
    check_choice("law", law, laws)
    check_choice("output_is", output_is, ("value_added", "gross_output"))
    check_choice("form", form, ("cobb_douglas", "translog"))
    check_choice("equations", equations, ("both", "second"))
    check_choice("proxy_function", proxy_function, PROXY_FUNCTIONS)
    check_choice("weights", weights, ("one_step", "two_step"))
    degrees = {"degree": degree, "omega_degree": omega_degree}
    with threadpool_limits(1):  # as many threads, as many roundings
        if method == "wooldridge":
            return of_system(
                panel,
                equations=equations,
                proxy_function=proxy_function,
                weights=weights,
                level=level,
                **degrees,
            )
        prepared: ControlFunction | ConditionalDemand
        if method == "acf":
            is_translog = form == "translog"
            prepared = conditional_demand(panel, law=law, is_translog=is_translog, **degrees)
        else:
            is_gross = output_is == "gross_output"
            prepared = control_function(panel, law=law, exits=exits, is_gross=is_gross, **degrees)
        begin = None if start is None else _start(start, prepared)
        return bootstrapped(method, prepared, replications, seed, level, progress, begin)


def production_function(
    frame: Any,
    method: str,
    *,
    output: str,
    free: Sequence[str],
    state: Sequence[str],
    proxy: Sequence[str],
    controls: Sequence[str] = (),
    unit: str = "unit",
    year: str = "year",
    log: bool = True,
    year_effects: bool = False,
    exit: bool | str = False,
    **options: Any,
) -> ProductionFunction:
    """The production function of the firms of a table by one of the methods.

    Parameters
    ----------
    frame
        A row for each firm and year, as ``firm_panel`` reads it.
    method
        ``op``, ``lp``, ``acf`` or ``wooldridge``: the functions below, which say what each does.
    output
        Column of output: value added, unless ``output_is`` says otherwise.
    free
        Columns of the inputs that firms choose within the year, such as labour.
    state
        Columns of the inputs that are fixed before, such as capital.
    proxy
        Columns of what shows productivity: investment (``op``), which must be positive, since rows
        without are left out and counted; materials (the others).
    controls
        Columns of controls, never taken in logarithms.
    unit
        Column of the firms.
    year
        Column of the years.
    log
        Whether columns are levels, whose logarithms are taken.
    year_effects
        Whether each year has an effect of its own.
    exit
        False; True to call exit the last year of a firm that ends before the panel does; or a
        column, 1 in the year after which the firm leaves (``op``, ``lp``).
    options
        Those of ``estimate``, of which each method reads its own.

    Returns
    -------
    ProductionFunction, with ``table`` (kind, name, estimate, standard_error, low, high),
    ``elasticity`` (p,) of each of ``inputs``, dimensionless, with its interval, ``firm_years``
    (log_productivity and more of each row), ``solutions`` and ``cautions``.

    Raises
    ------
    InputError
        For what can't be used, named by firm, year and column, for an option that the method
        doesn't read, and where nothing identifies an elasticity.

    Examples
    --------
    >>> from firstlight import sample_table
    >>> columns = {"output": "y", "free": ["l"], "state": ["k"], "log": False}
    >>> found = production_function(sample_table("firms"), "op", proxy=["i"], **columns,
    ...                             replications=0)
    >>> found.elasticity.round(1).tolist()  # planted: 0.6, 0.4
    [0.6, 0.4]
    """
    known = (*_SHARED, *_READ_BY[method])
    given = [*options, "exit"] if exit is not False else [*options]
    for option in given:
        if option not in known:
            about = {"option": Name(option), "method": Name(method)}
            read = names(known, most=len(known))
            raise refusal(message("option_of_another_method", **about, options=read))
    panel = firm_panel(frame, output, free, state, proxy, controls, unit, year, log, year_effects)
    return estimate(panel, method, exits=exits_of(frame, panel, exit, unit, year), **options)


def olley_pakes(frame: Any, **options: Any) -> ProductionFunction:
    """Olley and Pakes: investment shows productivity.

    Stage 1: y = b_l l + phi(k, i) + e. Stage 2: y - b_l l = b_k k + g(phi_-1 - b_k k_-1, P_-1) + xi
    + e, with P the probability that the firm stays, where ``exit`` asks for it.

    Parameters
    ----------
    frame
        As in ``production_function``.
    options
        As in ``production_function``; of its own ``exit`` and ``law``: ``output`` as in the paper,
        or ``fitted`` as in R's prodest (``Motion``). ``degree`` is of phi, ``omega_degree`` of g.

    Returns
    -------
    ProductionFunction.

    References
    ----------
    Olley and Pakes (1996), Econometrica 64(6), 1263-1297.
    """
    return production_function(frame, "op", **options)


def levinsohn_petrin(frame: Any, **options: Any) -> ProductionFunction:
    """Levinsohn and Petrin: materials show productivity.

    Value added: as Olley-Pakes, with materials m for investment. Gross output: m is an input too, y
    = b_l l + phi(k, m) + e, and stage 2 seeks b_k and b_m with E[(xi + e) (k, m_-1)] = 0.

    Parameters
    ----------
    frame
        As in ``production_function``.
    options
        As in ``olley_pakes``, and ``output_is``: ``value_added`` or ``gross_output``, which are
        never mixed; for gross output ``law`` must be ``output``.

    Returns
    -------
    ProductionFunction.

    References
    ----------
    Levinsohn and Petrin (2003), Review of Economic Studies 70(2), 317-341. Where labour moves the
    demand for materials the first stage finds nothing of b_l (Ackerberg, Caves and Frazer 2015),
    and materials' own elasticity is weakly identified (Gandhi, Navarro and Rivers 2020, Journal of
    Political Economy 128(8), 2973-3016).
    """
    return production_function(frame, "lp", **options)


def ackerberg_caves_frazer(frame: Any, **options: Any) -> ProductionFunction:
    """Ackerberg, Caves and Frazer: free inputs may move the demand for the proxy; every elasticity
    comes from stage 2.

    Stage 1: y = phi(l, k, m) + e. Stage 2: omega = phi - f(l, k; beta) moves by omega = g(omega_-1)
    + xi, with E[xi (k, l_-1)] = 0; a translog's moments are those of k, l_-1, their squares and
    products. On value added: with materials inside f nothing identifies their elasticity.

    Parameters
    ----------
    frame
        As in ``production_function``.
    options
        As in ``production_function``; of its own ``form`` (``cobb_douglas``, or ``translog``, whose
        elasticities differ by firm and year), ``law`` (``innovation``: moments of xi; ``output``:
        moments of xi + e) and ``start``: coefficients where the one search begins, to choose among
        ``solutions``; None for several searches.

    Returns
    -------
    ProductionFunction. The moments can have several solutions: ``solutions`` holds every one found,
    ``cautions`` says if more than one meets the moments, and ``law_of_motion.moments`` which is
    chosen.

    References
    ----------
    Ackerberg, Caves and Frazer (2015), Econometrica 83(6), 2411-2451; Kim, Luo and Su (2019),
    Journal of Applied Econometrics 34 (several solutions).
    """
    return production_function(frame, "acf", **options)


def wooldridge(frame: Any, **options: Any) -> ProductionFunction:
    """Wooldridge: both stages as one system of moments, with errors in closed form, robust to
    clusters by firm.

    y = b l + g k + h(k, m) + e and y = b l + g k + f(h(k_-1, m_-1)) + u; instruments: the
    regressors of the first; k, l_-1 and the polynomial in k_-1, m_-1 for the second.

    Parameters
    ----------
    frame
        As in ``production_function``.
    options
        As in ``production_function``; of its own ``equations``: ``both``, or ``second`` alone (R's
        prodestROB), where labour is an exact function of k and m; it needs last year's labour to
        say something of this year's beyond last year's k and m, and only rows with a previous year
        are used in either equation. ``proxy_function``: ``shared``, one h in both equations and f
        of ``omega_degree``, as the paper writes it; ``separate``, f(h) as a polynomial of its own,
        linear, but capital must then differ from what k_-1 and m_-1 say; ``without_state``, R's
        prodestWRDG, which leaves the state's linear term out of the first equation's h: a
        restriction that biases the state's elasticity and hangs on the units of capital, for
        comparison only. ``weights``: ``one_step``, two-stage least squares of the system;
        ``two_step``, efficient with clusters, which gives Hansen's J.

    Returns
    -------
    ProductionFunction, as ``olley_pakes``.

    References
    ----------
    Wooldridge (2009), Economics Letters 104(3), 112-114.
    """
    return production_function(frame, "wooldridge", **options)


def exits_of(frame: Any, panel: FirmPanel, exit: bool | str, unit: str, year: str) -> Floats | None:
    """(N,) 1 where a firm stays after the year, 0 where it leaves, nan where nobody knows."""
    if exit is False:
        return None
    if exit is True:
        return panel.stays
    columns = {"unit": unit, "year": year, "exit": exit}
    leaves = read_table(frame, {"unit": Key(), "year": Year(), "exit": Number()}, columns).frame[
        "exit"
    ]
    values = leaves.to_numpy()[panel.used]
    bad = np.flatnonzero(~np.isin(values, (0.0, 1.0)) & np.isfinite(values))
    if bad.size:
        value, column = Figure(values[bad[0]]), Name(exit)
        raise refusal(message("not_an_exit", value=value, column=column))
    return np.asarray(1 - values)


def _start(start: Sequence[float], prepared: ControlFunction | ConditionalDemand) -> Floats:
    """Coefficients where a search begins."""
    sought = len(prepared.input_names)
    if isinstance(prepared, ConditionalDemand) and prepared.translog is not None:
        sought = len(term_names(prepared.input_names))
    if len(start) != sought:
        counts = {"count": Count(len(start)), "coefficients": Count(sought)}
        raise refusal(message("start_of", **counts))
    return np.asarray(start, np.float64)


def _refuse_numbers(degree: int, omega_degree: int, level: float, replications: int) -> None:
    check_bounds("degree", degree, 1, 6)
    check_bounds("omega_degree", omega_degree, 1, 6)
    check_between("level", level, 0, 1)
    check_bounds("replications", replications, 0)
    if replications == 1:
        raise refusal(message("one_replication"))
