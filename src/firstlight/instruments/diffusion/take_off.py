"""First document, first sustained presence and take-off of a technology within one record, with
intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from firstlight.errors import InputError, wrong_shape
from firstlight.instruments.diffusion.given_numbers import FAMILY
from firstlight.texts import Count, Name, Year, message

Floats = npt.NDArray[np.float64]
SUSTAINED = 3  # documents that make a presence: one or two may be strays
FEWEST_DOCUMENTS = 20  # of a technology in all years; with fewer its growth is not judged
FEWEST_YEARS = 8  # of the record
LEVEL = 0.9
GROWTH = float(np.log(1.08))  # per year, as in the targets of exceptional growth
Z = 1.645  # the growth's lower bound must lie above zero: one-sided 5%
SHORTEST = 3  # years of a growth phase
SHORTEST_OTHER = 2  # years before it and after it, so that there is something to turn from
ABSENT = 3.0  # documents that would be expected where there are none
FLOOR = 0.1  # documents expected, below which a year's Pearson residual says nothing


@dataclass(frozen=True)
class TakeOff:
    """When the main growth phase of each technology began; K technologies, Y years.

    years      : (Y,)
    state      : (K,) seen, before (it grew from its first documents on, and the record before is
                 too small to tell the start), not_yet, too_few (documents or years); what grew from
                 its first document on, in a record that had enough before, is seen in that year
    start      : (K,) year from which the share grows, nan unless seen
    low, high  : (K,) years that bound it with probability ``level``, nan unless seen
    end        : (K,) last year of the growth phase, nan unless seen or before
    growth     : (K,) mean yearly growth of the share within that phase (.2 = 20% a year), nan
                 likewise
    weight     : (K, Y) probability of each year as the start; rows of zeros unless seen
    dispersion : (K,) variance over mean of the counts about the curve, at least 1; nan where too
                 few
    """

    years: npt.NDArray[np.int64]
    state: tuple[str, ...]
    start: Floats
    low: Floats
    high: Floats
    end: Floats
    growth: Floats
    weight: Floats
    dispersion: Floats
    level: float


def first_year(counts: Any, years: Any, documents: int = 1) -> Floats:
    """The year in which a technology reached so many documents in all; nan where it has not.

    counts : (K, Y), non-negative; years : (Y,), rising
    Raises  InputError where the arrays do not fit.

    >>> first_year([[0, 1, 0, 2], [0, 0, 0, 1]], [2001, 2002, 2003, 2004], documents=3).tolist()
    [2004.0, nan]
    """
    c, _, y = _checked(counts, np.ones(np.size(years)), years)
    reached = np.cumsum(c, axis=1) >= documents
    return np.where(reached.any(axis=1), y[np.argmax(reached, axis=1)].astype(np.float64), np.nan)


def take_off(counts: Any, exposure: Any, years: Any, *, level: float = LEVEL) -> TakeOff:
    """The start of the growth phase that raised a technology's share of its record most.

    The log of the share runs in one, two or three straight pieces; where they meet is found over
    all pairs of years by quasi-Poisson likelihood relative to the exposure, and the number of
    pieces by the information criterion of Schwarz (1978, Annals of Statistics 6(2)) on the deviance
    over its dispersion. Pieces in a row that grow by at least 8% a year are a growth phase where
    they last three years and the lower 5% bound of their rise is above zero. The interval holds
    ``level`` of the likelihood over start years, the other turn being fitted anew for each (profile
    likelihood, normalised). Each series is fitted from its first document on, and has one document
    more, spread over the years as the exposure is, so that years without any have a finite log.

    Parameters
    ----------
    counts
        (K, Y) documents, non-negative.
    exposure
        (Y,) documents of the whole record; years without any are left out.
    years
        (Y,), ascending.
    level
        Probability that the interval of the start holds.

    Returns
    -------
    TakeOff, with ``state``, ``start``, ``low``, ``high``, ``end`` (years) and ``growth`` (a year,
    .2 = 20%), each (K,), and ``weight`` (K, Y), the probability of each year as the start.

    Raises
    ------
    InputError
        Where the arrays do not fit or hold something else.

    Examples
    --------
    >>> found = take_off([[2, 2, 2, 2, 2, 4, 8, 16, 32, 64]], [1000] * 10, range(2001, 2011))
    >>> found.state, found.start.tolist(), found.growth.round(1).tolist()
    (('seen',), [2005.0], [1.0])
    """
    c, n, y = _checked(counts, exposure, years)
    own = [_of_series(row, n, y, level) for row in c]
    columns = list(zip(*own, strict=True)) if own else [()] * 8
    start, low, high, end, growth, dispersion = (
        np.array(columns[i], dtype=np.float64) for i in range(1, 7)
    )
    weight = np.array(columns[7], dtype=np.float64).reshape(len(own), len(y))
    return TakeOff(y, tuple(columns[0]), start, low, high, end, growth, weight, dispersion, level)


def _checked(
    counts: Any, exposure: Any, years: Any
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    y = np.asarray(list(years), dtype=np.int64)
    c = np.asarray(counts, dtype=np.float64)
    if c.size == 0:
        c = c.reshape(-1, len(y))
    n = np.asarray(exposure, dtype=np.float64)
    if c.ndim != 2 or c.shape[1] != len(y) or n.shape != y.shape:
        raise wrong_shape("counts, exposure", (c.shape, n.shape), f"(n, {len(y)}), ({len(y)},)")
    apart = np.flatnonzero(np.diff(y) != 1)
    if apart.size:
        raise InputError(message("years_apart", year=Year(y[apart[0]])), FAMILY)
    for name, values in (("counts", c), ("exposure", n[None])):
        wrong = np.argwhere(~(np.isfinite(values) & (values >= 0)))
        if len(wrong):
            row, column = wrong[0].tolist()
            at = {"row": Count(row), "year": Year(y[column])}
            found = {"parameter": Name(name), "value": Name(f"{values[row, column]:g}")}
            raise InputError(message("no_documents", **found, **at), FAMILY)
    return c, n, y


def _of_series(
    counts: Floats, exposure: Floats, years: npt.NDArray[np.int64], level: float
) -> tuple[str, float, float, float, float, float, float, Floats]:
    nan, nothing = float("nan"), np.zeros(len(years))
    has = exposure > 0
    if has.sum() < FEWEST_YEARS or counts[has].sum() < FEWEST_DOCUMENTS:
        return "too_few", nan, nan, nan, nan, nan, nan, nothing
    c, n, y = counts[has], exposure[has], years[has]
    # there is nothing to fit before the first document
    begins = min(int(np.argmax(c > 0)), len(y) - FEWEST_YEARS)
    is_born = _is_born(c, n, begins)
    families, dispersion = _fits(c[begins:], n[begins:], tuple(y[begins:].tolist()))
    chosen = min(families, key=lambda own: (round(own.cost, 9), own.design.parameters))
    phase = _growth_phase(chosen, dispersion)
    # it grew from the first year, or from a later one after a flat start
    if phase is not None and phase.piece == 0:
        begun = [
            own
            for own in families
            if own.design.is_flat and own.design.size == chosen.design.size + 1
        ]
        chosen = next(iter(begun), chosen)
        phase = _growth_phase(chosen, dispersion)
    if phase is None:
        return "not_yet", nan, nan, nan, nan, nan, dispersion, nothing
    first = chosen.design.first
    if phase.first == first and not is_born:
        return "before", nan, nan, nan, float(phase.last), phase.growth, dispersion, nothing
    if phase.piece:
        weight = _start_weights(chosen, phase.piece, years, dispersion)
    else:
        weight = 1.0 * (years == first)
    low, high = weighted_range(years.astype(np.float64), weight, level)
    low = nan if low == first and not is_born else min(low, phase.first)
    high = max(high, phase.first)
    return (
        "seen",
        float(phase.first),
        low,
        high,
        float(phase.last),
        phase.growth,
        dispersion,
        weight,
    )


def _is_born(counts: Floats, exposure: Floats, begins: int) -> bool:
    """Whether the record had documents enough before the first of the technology for its absence to
    say something.

    At its share of the three years from there, three or more would be expected before (none has a
    chance of 5%).
    """
    now = slice(begins, begins + SHORTEST)
    share = counts[now].sum() / exposure[now].sum()
    return bool(counts[:begins].sum() == 0 and share * exposure[:begins].sum() >= ABSENT)


@dataclass(frozen=True)
class _Design:
    """All placings of so many turns; the first piece is flat, or has a slope of its own."""

    turns: npt.NDArray[np.int64]  # (M, turns) years
    is_flat: bool
    matrix: Floats  # (M, Y, p)
    outer: Floats  # (M, Y, p * p)
    first: int
    last: int

    @property
    def size(self) -> int:
        return int(self.turns.shape[1])

    @property
    def parameters(self) -> int:
        return int(self.matrix.shape[2]) + self.size


@dataclass(frozen=True)
class _Family:
    design: _Design
    beta: Floats  # (M, p)
    deviance: Floats  # (M,)
    mean: Floats  # (M, Y)
    information: Floats  # (M, p, p)
    cost: float

    @property
    def best(self) -> int:
        return int(np.argmin(np.round(self.deviance, 9)))


@dataclass(frozen=True)
class _Phase:
    piece: int
    first: int
    last: int
    growth: float


def _fits(counts: Floats, exposure: Floats, years: tuple[int, ...]) -> tuple[list[_Family], float]:
    """Each family of curves with its cost, and the dispersion about the richest's best curve."""
    y = counts + exposure / exposure.sum()
    made = [(own, *_poisson(own.matrix, own.outer, y, exposure)) for own in _designs(years)]
    design, _, deviance, mean, _ = made[-1]
    own = mean[int(np.argmin(np.round(deviance, 9)))]
    residual = float(((counts - own) ** 2 / np.maximum(own, FLOOR)).sum())
    dispersion = max(residual / max(len(years) - design.parameters, 1), 1.0)
    families = []
    for design, beta, deviance, mean, information in made:
        cost = float(deviance.min()) / dispersion + design.parameters * float(np.log(len(years)))
        families.append(_Family(design, beta, deviance, mean, information, cost))
    return families, dispersion


@lru_cache(maxsize=32)
def _designs(years: tuple[int, ...]) -> list[_Design]:
    """A flat start with none to two turns, then a sloping one with as many; the richest last."""
    first, last = years[0], years[-1]
    late = last - SHORTEST_OTHER + 1
    made = []
    for is_flat in (True, False):
        inner = [first] * is_flat + list(range(first + SHORTEST_OTHER, late))
        pairs = [(a, b) for a, b in combinations(inner, 2) if b - a >= SHORTEST]
        for places in ([()], [(a,) for a in inner], pairs):
            turns = np.array(places, dtype=np.int64).reshape(len(places), -1 if places else 0)
            made.append(_design(years, turns, is_flat))
    return made


def _design(years: tuple[int, ...], turns: npt.NDArray[np.int64], is_flat: bool) -> _Design:
    t = np.array(years, dtype=np.float64)
    hinges = np.maximum(t[None, :, None] - turns[:, None, :], 0.0)
    line = np.stack([np.ones(len(t)), t - t.mean()], axis=1)[:, : 2 - is_flat]
    matrix = np.concatenate([np.broadcast_to(line, (len(turns), *line.shape)), hinges], axis=2)
    size = matrix.shape[2]
    outer = (matrix[..., :, None] * matrix[..., None, :]).reshape(*matrix.shape[:2], size * size)
    return _Design(turns, is_flat, matrix, outer, years[0], years[-1])


def _poisson(
    design: Floats, outer: Floats, y: Floats, exposure: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Poisson regression of y on each of M designs with the exposure as offset: beta, deviance,
    means, information.

    Newton's method from weighted least squares of the log, with steps of at most 2 in the log.
    """
    log, columns = np.log(y / exposure), design.transpose(0, 2, 1)
    start = np.linalg.solve(
        _gram(outer, np.broadcast_to(y, design.shape[:2])), columns @ (y * log)[:, None]
    )
    beta = np.asarray(start, dtype=np.float64)
    for _ in range(25):
        mean = _means(design, beta, exposure)
        step = np.linalg.solve(_gram(outer, mean), columns @ (y - mean)[..., None])
        most = np.abs(design @ step).max(axis=1, keepdims=True)
        # a step changes no mean by more than e^2, or the iteration may leave for infinity
        beta = np.asarray(beta + step * np.minimum(1.0, 2.0 / np.maximum(most, 1e-12)))
        if most.max(initial=0.0) < 1e-8:
            break
    mean = _means(design, beta, exposure)
    deviance: Floats = 2 * (y * (np.log(y) - np.log(mean)) - (y - mean)).sum(axis=1)
    return beta[..., 0], deviance, mean, _gram(outer, mean)


def _means(design: Floats, beta: Floats, exposure: Floats) -> Floats:
    return np.asarray(np.exp(np.clip((design @ beta)[..., 0], -60, 30)) * exposure)


def _gram(outer: Floats, weight: Floats) -> Floats:
    size = int(np.sqrt(outer.shape[2]))
    # a ridge far below any information, so that a design with an idle column can be solved
    return np.asarray((weight[:, None, :] @ outer).reshape(-1, size, size) + 1e-9 * np.eye(size))


def _growth_phase(own: _Family, dispersion: float) -> _Phase | None:
    """The growth phase with the greatest rise, of one piece or several in a row; None where there
    is none."""
    design, beta = own.design, own.beta[own.best]
    covariance = np.linalg.inv(own.information[own.best]) * dispersion
    bounds = [design.first, *design.turns[own.best].tolist(), design.last]
    found, begun, contrast = [], -1, np.zeros(len(beta))
    for piece, (first, last) in enumerate(pairwise(bounds)):
        adds = np.zeros(len(beta))
        adds[1 : 2 + piece - design.is_flat] = 1
        if not adds @ beta >= GROWTH:
            begun, contrast = -1, np.zeros(len(beta))
            continue
        if begun < 0:
            begun = piece
        contrast = contrast + (last - first) * adds
        rise, error = float(contrast @ beta), float(np.sqrt(contrast @ covariance @ contrast))
        if last - bounds[begun] >= SHORTEST and rise > Z * error:
            found.append((round(rise, 9), -begun, bounds[begun], last))
    if not found:
        return None
    rise, piece, first, last = max(found)
    return _Phase(-piece, first, last, float(np.expm1(rise / (last - first))))


def _start_weights(
    own: _Family, piece: int, years: npt.NDArray[np.int64], dispersion: float
) -> Floats:
    """(Y,) normalised profile likelihood of the start, over placings in which the share turns up
    there."""
    turns_up = own.beta[:, piece + 1 - own.design.is_flat] > 0
    likelihood = np.exp(-(own.deviance - own.deviance[own.best]) / (2 * dispersion))
    weight = np.zeros(len(years))
    np.maximum.at(weight, own.design.turns[turns_up, piece - 1] - years[0], likelihood[turns_up])
    weight = np.round(weight / weight.sum(), 12)
    return np.asarray(weight / weight.sum())


def weighted_range(values: Floats, weight: Floats, level: float = LEVEL) -> tuple[float, float]:
    """Range with equal tails: the quantiles (1 - level)/2 and 1 - (1 - level)/2 of weighted values.

    >>> weighted_range(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]))
    (2.0, 2.0)
    """
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    tail = (1 - level) / 2 * total[-1]
    # a tail that ends on a step of the sum must not pass it by rounding
    low = int(np.searchsorted(total, tail + 1e-12))
    high = int(np.searchsorted(total, total[-1] - tail - 1e-12))
    return float(values[order][low]), float(values[order][min(high, len(values) - 1)])
