"""Shapley attribution: what each factor contributes to a joint result, averaged over every order in
which they may come.

Symbols: v(S) what a set S of players reaches together, n players, phi_i the value of player i.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import factorial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import (
    InputError,
    check_bounds,
    check_known,
    constant,
    shown,
    too_many,
    wrong_shape,
)
from firstlight.measurement import Progress
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.distributions import critical_z
from firstlight.texts import Count, Name, message

Floats = NDArray[np.float64]
EXACT = 15
"""Up to so many players every set is valued (32,768 of them); beyond, orders are drawn."""
MOST = 20  # players of whom every set can be valued, where that is asked for
Value = Callable[[frozenset[str]], float]


@dataclass(frozen=True)
class Shapley:
    """What each factor contributes; the contributions add up to the total.

    table : factor, contribution (in the unit of the result), contribution_share (of the total; null
            where the total is 0 to rounding), standard_error, low, high (95%; null where exact),
            alone (the result of the factor by itself, less none), last (what it adds to all others)
    total : v(all) - v(none)
    """

    table: pl.DataFrame
    total: float


def exact_values(worth: Any) -> Floats:
    """Shapley values from the worth of every set.

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))

    worth : (2^n,), entry k for the set of the players whose bits are set in k; worth[0] of nobody
    Returns (n,); they add up to worth[-1] - worth[0].
    Raises  InputError where the length isn't a power of two, or a worth isn't finite.
    Source: Shapley (1953), A value for n-person games, Contributions to the Theory of Games II,
            307-317.

    >>> exact_values([0, 1, 2, 4]).tolist()
    [1.5, 2.5]
    """
    v = np.asarray(worth, dtype=np.float64)
    n = v.size.bit_length() - 1
    if v.ndim != 1 or v.size != 1 << n:
        raise wrong_shape("worth", v.shape, "(2 ** n,)")
    check_numbers("worth", v)
    sets = np.arange(v.size)
    size = np.array([int(k).bit_count() for k in sets])
    share = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) for s in range(n)])
    found = np.zeros(n)
    for i in range(n):
        without = sets[(sets >> i) & 1 == 0]
        found[i] = share[size[without]] @ (v[without | (1 << i)] - v[without])
    return found


def shapley(
    value: Value,
    factors: Sequence[str],
    *,
    exact: bool | None = None,
    draws: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Shapley:
    """What each factor contributes to a joint result.

    Parameters
    ----------
    value
        From a set of factors (frozenset) to what they reach together; called once for each set.
    factors
        Their names, each once.
    exact
        Value every set, or draw orders; where None, exact up to 15 factors.
    draws
        Orders, in pairs of an order and its reverse, whose contributions tend to offset one another
        (Mitchell and others 2022, Journal of Machine Learning Research 23(43)).
    seed
        Seed of the orders.
    progress
        Called with the orders drawn and all of them.

    Returns
    -------
    Shapley, with ``table`` (factor, contribution in the unit of the result, contribution_share,
    standard_error, low, high, alone, last) and ``total``.

    Raises
    ------
    InputError
        For a name twice, no factor, too many for exact, a value that isn't finite, or fewer than 4
        draws.

    References
    ----------
    Shapley (1953), Contributions to the Theory of Games II, 307-317; by sampled orders: Castro,
    Gómez and Tejada (2009), Computers and Operations Research 36(5), 1726-1730.

    Examples
    --------
    >>> shapley(lambda who: len(who) ** 2, ["a", "b"]).table["contribution"].to_list()
    [2.0, 2.0]
    """
    names = list(factors)
    if not names or len(set(names)) < len(names):
        values = {"parameter": Name("factors"), "value": shown(names)}
        raise InputError(message("few_columns", count=Count(1), **values))
    is_exact = len(names) <= EXACT if exact is None else exact
    if is_exact and len(names) > MOST:
        raise InputError(too_many("factors", len(names), MOST, "factors"))
    if not is_exact:
        check_bounds("draws", draws, 4)
    kept: dict[frozenset[str], float] = {}

    def worth(who: frozenset[str]) -> float:
        if who not in kept:
            held = float(value(who))
            check_numbers(f"value({', '.join(sorted(who))})", held)
            kept[who] = held
        return kept[who]

    if is_exact:
        everyone = [
            frozenset(n for i, n in enumerate(names) if k >> i & 1) for k in range(1 << len(names))
        ]
        phi, error = exact_values([worth(who) for who in everyone]), np.full(len(names), np.nan)
    else:
        phi, error = _sampled(worth, names, draws, seed, progress)
    return _shapley(worth, names, phi, error)


def _sampled(
    worth: Value, names: list[str], draws: int, seed: int, progress: Progress | None
) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    # Orders are drawn over sorted names, so that the order in which factors are named changes
    # nothing.
    order = np.argsort(np.array(names), kind="stable")
    gains = np.zeros((draws // 2, len(names)))
    for d in range(draws // 2):
        if progress and d % 100 == 0:
            progress(2 * d, draws)
        drawn = order[rng.permutation(len(names))]
        for each in (drawn, drawn[::-1]):
            who: frozenset[str] = frozenset()
            before = worth(who)
            for i in each:
                who = who | {names[i]}
                after = worth(who)
                gains[d, i] += (after - before) / 2
                before = after
    return gains.mean(axis=0), gains.std(axis=0, ddof=1) / np.sqrt(len(gains))


def _shapley(worth: Value, names: list[str], phi: Floats, error: Floats) -> Shapley:
    everyone, none = frozenset(names), worth(frozenset())
    total = worth(everyone) - none
    scale = max(abs(worth(everyone)), abs(none), float(np.abs(phi).max()))
    # contributions that cancel each other have no shares of their sum
    is_nothing = abs(total) <= 1e-12 * scale
    share = np.full_like(phi, np.nan) if is_nothing else phi / total
    table = pl.DataFrame(
        {
            "factor": names,
            "contribution": phi,
            "contribution_share": share,
            "standard_error": error,
            "low": phi - critical_z(0.95) * error,
            "high": phi + critical_z(0.95) * error,
            "alone": [worth(frozenset({name})) - none for name in names],
            "last": [worth(everyone) - worth(everyone - {name}) for name in names],
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return Shapley(table, total)


def explained_variance(y: Any, factors: Mapping[str, Any], **options: Any) -> Shapley:
    """R^2 of a linear regression, shared out to its regressors (LMG): each one's mean addition over
    all orders of entry.

    Parameters
    ----------
    y
        (rows,), finite and not constant.
    factors
        Name -> (rows,), or (rows, columns) for a factor of several columns (such as dummies).
    **options
        Options of ``shapley``.

    Returns
    -------
    Shapley; contributions are at least 0, and add up to R^2. With a constant and as many
    independent columns as rows less one R^2 is 1 whatever the factors are: then contributions are
    null and the total nan.

    Raises
    ------
    InputError
        As ``shapley``, for lengths that differ, values that aren't finite, or a constant y.

    References
    ----------
    Lindeman, Merenda and Gold (1980), Introduction to Bivariate and Multivariate Analysis, p. 119
    ff.; Grömping (2007), The American Statistician 61(2), 139-147.

    Examples
    --------
    >>> found = explained_variance([1.0, 2, 3, 5], {"a": [1.0, 2, 3, 5], "b": [0.0, 1, 1, 0]})
    >>> round(found.total, 12)
    1.0
    """
    result = np.asarray(y, dtype=np.float64)
    columns: dict[str, Floats] = {}
    for name, held in factors.items():
        own = np.asarray(held, dtype=np.float64)
        columns[name] = own[:, None] if own.ndim == 1 else own
    for name, own in {"y": result[..., None], **columns}.items():
        check_shape(name, own, result.size, None)
        check_numbers(name, own)
    if not result.size or np.ptp(result) == 0:
        raise constant("y")
    # What is turned by an orthogonal matrix has the same least squares, in as many rows as columns.
    parts = [*map(_standardised, columns.values()), _standardised(result[:, None])]
    if np.linalg.matrix_rank(np.hstack(parts[:-1])) >= result.size - 1:
        return _saturated(list(columns))
    turned = np.split(
        np.linalg.qr(np.hstack(parts), "r"),
        np.cumsum([part.shape[1] for part in parts])[:-1],
        axis=1,
    )
    centred, target = dict(zip(columns, turned, strict=False)), turned[-1].ravel()

    def worth(who: frozenset[str]) -> float:
        if not who:
            return 0.0
        x = np.column_stack([centred[name] for name in columns if name in who])
        rest = target - x @ np.linalg.lstsq(x, target, rcond=1e-10)[0]
        return float(1 - rest @ rest / (target @ target))

    return shapley(worth, list(columns), **options)


def _saturated(names: list[str]) -> Shapley:
    """No contributions, as anything would explain so few rows."""
    figures = (
        "contribution",
        "contribution_share",
        "standard_error",
        "low",
        "high",
        "alone",
        "last",
    )
    table = pl.DataFrame({"factor": names}).with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in figures
    )
    return Shapley(table, float("nan"))


def _standardised(columns: Floats) -> Floats:
    size = np.abs(columns).max(axis=0)
    scaled = columns / np.where(size > 0, size, 1.0)
    scaled = scaled - scaled.mean(axis=0)
    spread = scaled.std(axis=0)
    # What is left of a constant after rounding is no variation.
    return np.asarray(
        np.where(spread > 1e-13, scaled / np.where(spread > 1e-13, spread, 1.0), 0.0),
        dtype=np.float64,
    )


def change_of(
    formula: Callable[..., float],
    start: Mapping[str, float],
    end: Mapping[str, float],
    **options: Any,
) -> Shapley:
    """The change of a product, a sum of products or any other formula, shared out to what it is
    made of.

    v(S) = the formula with factors in S at the end and the others at the start. Of a product of two
    it is the mean of both orders; nothing is left over (Sun 1998; for more factors the same as the
    mean of all polar forms, Dietzenbacher and Los 1998).

    formula : called with every factor by name
    Returns Shapley; contributions add up to formula(end) - formula(start).
    Raises  InputError as ``shapley``, or where start and end name other factors.

    >>> found = change_of(lambda people, output: people * output, {"people": 10, "output": 2},
    ...     {"people": 12, "output": 3})
    >>> found.table["contribution"].to_list()
    [5.0, 11.0]
    """
    check_known("end", start, end)
    check_known("start", end, start)

    def value(who: frozenset[str]) -> float:
        return formula(**{**start, **{name: end[name] for name in who}})

    return shapley(value, list(start), **options)
