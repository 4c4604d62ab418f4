"""What is known at a forecast period of each place and activity: every measure of the family, and
the past, as features.

A feature is made from the tables up to the forecast period alone: the functions here are handed no
later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_table import ActivityTable, Array, Sparse
from firstlight.instruments.complexity.complexity_index import complexity_index
from firstlight.instruments.complexity.configuration_model import configuration_model
from firstlight.instruments.complexity.density import outlook
from firstlight.instruments.complexity.fitness import fitness
from firstlight.instruments.complexity.specialisation import PresenceRule, specialisation
from firstlight.numerics.divisors import positive_or_nan
from firstlight.texts import Count, message, names

FOLDER = Path(__file__).parent
Whole = NDArray[np.int64]
FACTORS, RECENT_FACTORS = 10, 5  # of the low-rank fits, of a period and of the recent past

NULLS = (
    "diversity_ubiquity",
    "configuration_model",
    "size_product",
)
"""Null models."""
SINGLES = (
    "rca",
    "value",
    "density",
    "density_cosine",
    "density_lift",
    "density_weighted",
    "density_places",
    "low_rank",
    "eci_pci",
    "eci",
    "pci",
    "pci_gain",
    "outlook_gain",
    "fitness_complexity",
    "fitness",
    "complexity",
    "diversity",
    "ubiquity",
    "place_total",
    "activity_total",
    "past_presence",
    "low_rank_recent",
    "autoencoder_rca",
    "autoencoder_presence",
    "rca_change",
    "density_change",
    "diversity_change",
    "ubiquity_change",
    "place_growth",
    "activity_growth",
    "place_entry_rate",
    "activity_entry_rate",
)
"""Single measures."""
MEASURES = (*SINGLES, *NULLS)
# Sums of what is above and below 0; not fitness and complexity, which may be as small as they like
# and still say who is first.
SIGNED = (
    "eci_pci",
    "pci_gain",
    "outlook_gain",
    *(
        k
        for k in SINGLES
        if k.startswith(("low_rank", "autoencoder")) or k.endswith(("_change", "_growth"))
    ),
)


@dataclass(frozen=True)
class Period:
    """One period's table, in the shape of all names of the frame; ``rows`` and ``columns`` say what
    is not empty in it.

    period                : the year, or the last year of the window
    values, rca, presence : (all places, all activities), sparse
    rows, columns         : positions of the places and activities with a presence in this period
    """

    period: int
    values: Sparse
    rca: Sparse
    presence: Sparse
    rows: Whole
    columns: Whole

    def own(self, table: Sparse) -> Array:
        """Rows and columns of another table in the same shape, dense."""
        return np.asarray(table[self.rows][:, self.columns].toarray(), float)


def periods_of(
    tables: Sequence[ActivityTable], rule: PresenceRule, window: int
) -> tuple[list[str], list[str], list[Period]]:
    """Names of places and activities, and a period for each year of which the whole window is in
    the tables.

    window : years that are added up, up to and with the period's own
    Raises  InputError where no year has a whole window.
    """
    places = sorted({name for table in tables for name in table.places})
    activities = sorted({name for table in tables for name in table.activities})
    at, to = ({name: k for k, name in enumerate(names)} for names in (places, activities))
    shape = (len(places), len(activities))
    wide = {}
    for table in tables:
        rows, columns = (
            np.array([at[name] for name in table.places]),
            np.array([to[name] for name in table.activities]),
        )
        wide[int(table.year or 0)] = _embedded(table.values, rows, columns, shape)
    found = []
    for year in sorted(wide):
        some = [wide[k] for k in range(year - window + 1, year + 1) if k in wide]
        if len(some) == window:
            found.append(_period(year, sum(some[1:], some[0]), rule))
    if not found:
        years = names(map(str, sorted(wide)))
        raise InputError(message("no_window", window=Count(window), years=years), FOLDER)
    return places, activities, [period for period in found if period.rows.size]


def _period(year: int, values: Sparse, rule: PresenceRule) -> Period:
    rows, columns = np.flatnonzero(values.sum(axis=1) > 0), np.flatnonzero(values.sum(axis=0) > 0)
    found = specialisation(values[rows][:, columns], rule)
    presence = _embedded(found.presence, rows, columns, values.shape)
    return Period(
        period=year,
        values=values,
        rca=_embedded(found.rca, rows, columns, values.shape),
        presence=presence,
        rows=np.flatnonzero(presence.sum(axis=1) > 0),
        columns=np.flatnonzero(presence.sum(axis=0) > 0),
    )


def _embedded(table: Sparse, rows: Whole, columns: Whole, shape: tuple[int, int]) -> Sparse:
    cells = sparse.coo_array(table)
    at = (rows[cells.coords[0]], columns[cells.coords[1]])
    return sparse.csr_array(sparse.coo_array((cells.data, at), shape=shape))


def measures_at(now: Period) -> dict[str, Array]:
    """The measures of one period's own table; each broadcasts to (its places, its activities), nan
    where there is none.

    Returns name -> array; the names are those of ``MEASURES`` that look at no other period.
    """
    m = sparse.csr_array(now.presence[now.rows][:, now.columns])
    values, rca = now.own(now.values), now.own(now.rca)
    diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
    index, fit = complexity_index(m), fitness(m, updates=100)
    near = outlook(m, index.pci)
    is_known = bool(np.isfinite(index.pci).any())
    size, volume = now.values.sum(axis=1)[now.rows], now.values.sum(axis=0)[now.columns]
    # relative to the mean, so that no unit is left
    size, volume = size / size.mean(), volume / volume.mean()
    column, row = np.s_[:, None], np.s_[None, :]
    return {
        "rca": rca,
        "value": values / values.mean(),
        "density": near.density,
        "density_cosine": outlook(m, measure="cosine").density,
        "density_lift": outlook(m, measure="lift").density,
        "density_weighted": weighted_density(np.log1p(rca)),
        "density_places": outlook(sparse.csr_array(m.T)).density.T,
        "low_rank": low_rank(np.log1p(rca), FACTORS),
        "eci_pci": index.eci[column] * index.pci[row],
        "eci": index.eci[column],
        "pci": index.pci[row],
        "pci_gain": index.pci[row] - index.eci[column],
        "outlook_gain": near.gain if is_known else np.full(m.shape, np.nan),
        "fitness_complexity": fit.fitness[column] * fit.complexity[row],
        "fitness": fit.fitness[column],
        "complexity": fit.complexity[row],
        "diversity": diversity[column],
        "ubiquity": ubiquity[row],
        "place_total": size[column],
        "activity_total": volume[row],
        "diversity_ubiquity": diversity[column] * ubiquity[row],
        "configuration_model": configuration_model(m, tolerance=1e-4).probability,
        "size_product": size[column] * volume[row],
    }


def history_at(
    past: Sequence[Period],
    own: dict[str, Array],
    then: tuple[Period, dict[str, Array]] | None,
    horizon: int,
) -> dict[str, Array]:
    """What the past adds at the last of ``past``; changes are since ``then``, one horizon before,
    nan where it isn't known.

    past : periods up to the forecast period, which is the last; own : its ``measures_at``
    then : the period one horizon before, and its ``measures_at``
    horizon : years; what is older by as many counts half in the recent past
    """
    now = past[-1]
    earlier = past[:-1]
    shape = (now.rows.size, now.columns.size)
    seen = sum((now.own(one.presence) for one in earlier), np.zeros(shape))
    found = {"past_presence": seen / positive_or_nan(len(earlier))} | _recent(past, horizon)
    if then is None:
        names = [name for name in SINGLES if name.endswith(("_change", "_growth", "_entry_rate"))]
        return found | {name: np.full((1, 1), np.nan) for name in names}
    before, measured = then
    is_here, was_here = now.own(now.presence) > 0, now.own(before.presence) > 0
    came, open_ = is_here & ~was_here, ~was_here
    sizes = [
        [one.values.sum(axis=1)[now.rows], one.values.sum(axis=0)[now.columns]]
        for one in (before, now)
    ]
    diversity, ubiquity = (
        before.presence.sum(axis=1)[now.rows],
        before.presence.sum(axis=0)[now.columns],
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        growths = [np.log(late / early) for early, late in zip(*sizes, strict=True)]
        rates = came.sum(axis=1) / open_.sum(axis=1), came.sum(axis=0) / open_.sum(axis=0)
    growth = [np.where(np.isfinite(some), some, np.nan) for some in growths]
    return found | {
        "rca_change": np.log1p(own["rca"]) - np.log1p(now.own(before.rca)),
        "density_change": own["density"] - _aligned(now, before, measured["density"]),
        "diversity_change": own["diversity"] - diversity[:, None],
        "ubiquity_change": own["ubiquity"] - ubiquity[None, :],
        "place_growth": growth[0][:, None],
        "activity_growth": growth[1][None, :],
        "place_entry_rate": rates[0][:, None],
        "activity_entry_rate": rates[1][None, :],
    }


def without_noise(measures: dict[str, Array]) -> dict[str, Array]:
    """Measures that may cancel out to twelve digits: what is 0 but for the rounding of a sum has no
    rank of its own.

    >>> without_noise({"rca_change": np.array([[2e-16]]), "complexity": np.array([[2e-16]])})
    {'rca_change': array([[0.]]), 'complexity': array([[2.e-16]])}
    """
    return measures | {name: np.round(measures[name], 12) for name in SIGNED if name in measures}


def _recent(past: Sequence[Period], half_life: int) -> dict[str, Array]:
    """What others' recent past says of each pair: fits of means over the periods so far, which
    weigh 2^(-age / half life)."""
    now = past[-1]
    weights = np.array([0.5 ** ((now.period - one.period) / half_life) for one in past])
    weights /= weights.sum()
    zero = np.zeros((now.rows.size, now.columns.size))
    presence = sum((w * now.own(one.presence) for w, one in zip(weights, past, strict=True)), zero)
    rca = sum((w * np.log1p(now.own(one.rca)) for w, one in zip(weights, past, strict=True)), zero)
    return {
        "low_rank_recent": low_rank(rca, RECENT_FACTORS),
        "autoencoder_rca": linear_autoencoder(rca),
        "autoencoder_presence": linear_autoencoder(presence),
    }


def _aligned(now: Period, then: Period, table: Array) -> Array:
    """A dense table of another period by this one's places and activities, nan for who was not
    there."""
    found = np.full((now.rows.size, now.columns.size), np.nan)
    _, rows, own_rows = np.intersect1d(now.rows, then.rows, return_indices=True)
    _, columns, own_columns = np.intersect1d(now.columns, then.columns, return_indices=True)
    found[np.ix_(rows, columns)] = table[np.ix_(own_rows, own_columns)]
    return found


def weighted_density(x: Array) -> Array:
    """Mean of what a place has, weighted by its cosine proximity to an activity; the activity
    itself is left out.

    w_cp = sum over i != p of x_ci phi_ip / sum over i != p of phi_ip

    x : (places, activities), not negative, such as log(1 + RCA)
    Returns (places, activities); nan for an activity that is near to nothing.

    >>> weighted_density(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])).round(2).tolist()
    [[0.59, 0.59, 1.0], [1.0, 1.0, 1.0]]
    """
    length = np.sqrt((x * x).sum(axis=0))
    unit = x / np.where(length > 0, length, 1.0)
    phi = unit.T @ unit
    np.fill_diagonal(phi, 0.0)
    total = phi.sum(axis=0)
    return np.asarray((x @ phi) / np.where(total > 0, total, np.nan), float)


def low_rank(x: Array, rank: int) -> Array:
    """The best fit of a table by ``rank`` factors (truncated singular value decomposition), a
    smoothed version of it.

    x : (places, activities)
    Returns (places, activities).
    Source: Eckart and Young (1936), Psychometrika 1(3), 211-218.

    >>> low_rank(np.array([[1.0, 2.0], [2.0, 4.0]]), 1).round(6).tolist()
    [[1.0, 2.0], [2.0, 4.0]]
    """
    # the singular vectors of the shorter side are enough, and their matrix is the smaller one
    size = min(x.shape)
    largest = (max(0, size - rank), size - 1)
    if x.shape[0] > x.shape[1]:
        vectors = linalg.eigh(x.T @ x, subset_by_index=largest)[1]
        return np.asarray(x @ vectors @ vectors.T, float)
    vectors = linalg.eigh(x @ x.T, subset_by_index=largest)[1]
    return np.asarray(vectors @ (vectors.T @ x), float)


def linear_autoencoder(x: Array) -> Array:
    """Each activity of a place foretold from its other activities, by proximities that are learnt
    together (ridge regression).

    x B, B_ij = -P_ij / P_jj for i != j, B_jj = 0, P = (x'x + c I)^-1; c is the mean of the diagonal
    of x'x

    x : (places, activities), not all 0
    Returns (places, activities).
    Source: Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data, WWW, 3251-3257.

    >>> linear_autoencoder(np.array([[1.0, 0.0], [1.0, 1.0]])).round(3).tolist()
    [[0.0, 0.286], [0.4, 0.286]]
    """
    both = x.T @ x
    inverse = linalg.inv(both + np.eye(len(both)) * np.trace(both) / len(both))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(x @ weights, float)
