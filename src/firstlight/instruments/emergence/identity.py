"""Technologies keep their identity from one forecast year to the next: born, grown, split, merged, faded, revived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.survey import Survey

KEPT = 0.20  # weighted Jaccard overlap of terms from which two communities may be one technology
PART = 0.30  # share of a technology's weight that makes another its parent or its child
REMEMBERED = 2  # surveys looked back on: a technology may be missing from one of them and return

Floats = npt.NDArray[np.float64]
Events = list[tuple[int, str, str, str]]


@dataclass(frozen=True)
class Identity:
    """Who is who across forecast years.

    ids    : forecast year -> (K,) persistent ids; ``t2009-014`` was first listed in 2009
    events : data frame forecast_year, technology_id, event, detail; events are born, grown, shrunk, steady, split (off
             from), merged (with), revived (missing from the year before), and faded for ids that the year no longer lists
    """

    ids: Mapping[int, tuple[str, ...]]
    events: pl.DataFrame


@dataclass(frozen=True)
class _Overlap:
    """Terms in common of an earlier survey's technologies and this year's: weights, (old, new), and each side's total."""

    shared: sparse.csr_matrix
    old_mass: Floats
    new_mass: Floats


def follow(surveys: Mapping[int, Survey]) -> Identity:
    """Match the technologies of consecutive surveys by their terms.

    Overlap is the weighted Jaccard index of two technologies' terms (sum of the lesser over sum of the greater weights); a
    term weighs its centrality times the root of its documents, in the year in which it had more. Pairs are taken from
    the strongest down, each technology once, as in Greene, Doyle and Cunningham (2010, ASONAM); what finds no partner in the
    survey before may be one that faded there, from the survey before that. A technology that took 30% of another's
    weight, while that one lives on, split off from it; one that holds 30% of the weight of another that no longer exists
    merged with it. Only terms and documents up to each year are read, and the order of technologies does not matter.

    >>> follow({}).ids
    {}
    """
    ids: dict[int, tuple[str, ...]] = {}
    events: Events = []
    years = sorted(surveys)
    for place, year in enumerate(years):
        earlier = [surveys[y] for y in reversed(years[max(place - REMEMBERED, 0) : place])]
        own = _step(earlier, ids, surveys[year], events)
        ids[year] = tuple(own[i] for i in range(len(own)))
    schema = {
        "forecast_year": pl.Int64,
        "technology_id": pl.String,
        "event": pl.String,
        "detail": pl.String,
    }
    return Identity(ids, pl.DataFrame(events, schema=schema, orient="row"))


def _step(
    earlier: Sequence[Survey], ids: Mapping[int, tuple[str, ...]], now: Survey, events: Events
) -> dict[int, str]:
    """The id of each technology of this survey; what happened to each is added to ``events``."""
    own: dict[int, str] = {}
    last_listed: dict[int, int] = {}
    for survey in earlier:  # the latest first
        year = survey.forecast_year
        later = {known for y, listed in ids.items() if y > year for known in listed}
        closed = {*later, *own.values()}
        for old, new in _matched(_overlap(survey, now), ids[year], now, closed, own).items():
            own[new], last_listed[new] = ids[year][old], year
    fresh = [i for i in range(len(now.labels)) if i not in own]
    own |= _fresh(now, fresh)
    if earlier:
        _tell(earlier[0], ids[earlier[0].forecast_year], now, own, last_listed, events)
    else:
        events += [(now.forecast_year, own[i], "born", "") for i in range(len(own))]
    return own


def _matched(
    overlap: _Overlap,
    old_ids: tuple[str, ...],
    now: Survey,
    closed: set[str],
    placed: Mapping[int, str],
) -> dict[int, int]:
    """Old -> new, from the strongest pair down; equal pairs in the order of ids, then names."""
    pairs = overlap.shared.tocoo()
    jaccard = np.round(
        pairs.data / (overlap.old_mass[pairs.row] + overlap.new_mass[pairs.col] - pairs.data), 9
    )
    by_id, by_name = (
        np.argsort(np.argsort(old_ids)),
        np.argsort(np.argsort(now.labels, kind="stable")),
    )
    heir: dict[int, int] = {}
    taken = set(placed)
    for k in np.lexsort((by_name[pairs.col], by_id[pairs.row], -jaccard)):
        old, new = int(pairs.row[k]), int(pairs.col[k])
        if (
            jaccard[k] >= KEPT
            and old not in heir
            and new not in taken
            and old_ids[old] not in closed
        ):
            heir[old] = new
            taken.add(new)
    return heir


def _tell(
    before: Survey,
    old_ids: tuple[str, ...],
    now: Survey,
    own: Mapping[int, str],
    last_listed: Mapping[int, int],
    events: Events,
) -> None:
    """Add what happened to each technology since the survey before."""
    year = now.forecast_year
    column = int(np.searchsorted(now.years, year))
    share = now.counts[:, column - 1 : column + 1] / np.maximum(
        now.totals[column - 1 : column + 1], 1
    )
    overlap = _overlap(before, now)
    living = set(own.values())
    columns = overlap.shared.tocsc()
    for new in range(len(now.labels)):
        start, stop = columns.indptr[new : new + 2]
        olds, weight = columns.indices[start:stop], columns.data[start:stop]
        known = [
            (old_ids[o], w, w >= PART * overlap.old_mass[o])
            for o, w in zip(olds, weight, strict=True)
        ]
        gone = sorted(old for old, _, is_most in known if old not in living and is_most)
        others = sorted(
            old for old, w, _ in known if old in living and w >= PART * overlap.new_mass[new]
        )
        if last_listed.get(new, before.forecast_year) != before.forecast_year:
            events.append((year, own[new], "revived", f"{last_listed[new]}"))
        elif gone:
            events.append((year, own[new], "merged", ", ".join(gone)))
        elif new not in last_listed:
            events.append((year, own[new], "split" if others else "born", ", ".join(others)))
        else:
            # Both years by this year's rule; nothing to compare with where the year before has none.
            change = float(share[new, 1] / share[new, 0]) - 1 if share[new, 0] > 0 else float("nan")
            kind = "grown" if change > 0.08 else "shrunk" if change < -0.08 else "steady"
            events.append((year, own[new], kind, "" if np.isnan(change) else f"{change:+.0%}"))
    events += [(year, old, "faded", "") for old in old_ids if old not in living]


def _overlap(before: Survey, now: Survey) -> _Overlap:
    """A term's documents are read once for both sides, so that a technology that multiplies stays itself."""
    columns = ["technology", "term", "weight", "documents_count"]
    old, new = before.terms.select(columns), now.terms.select(columns)
    documents = (
        pl.concat([old, new])
        .group_by("term")
        .agg(pl.col("documents_count").max().sqrt().alias("root"))
    )
    mass = (pl.col("weight") + 1e-6) * pl.col("root")
    old, new = (
        side.join(documents, on="term").with_columns(mass.alias("mass")) for side in (old, new)
    )
    both = old.join(new, on="term", suffix="_new").sort("technology", "technology_new", "term")
    shape = (len(before.labels), len(now.labels))
    shared = sparse.csr_matrix(
        (
            both.select(pl.min_horizontal("mass", "mass_new")).to_series().to_numpy(),
            (both["technology"].to_numpy(), both["technology_new"].to_numpy()),
        ),
        shape=shape,
    )
    return _Overlap(shared, _mass(old, shape[0]), _mass(new, shape[1]))


def _mass(terms: pl.DataFrame, size: int) -> Floats:
    ordered = terms.sort("technology", "term")
    weights = ordered["mass"].to_numpy()
    return np.bincount(ordered["technology"].to_numpy(), weights=weights, minlength=size).astype(
        np.float64
    )


def _fresh(now: Survey, new: Sequence[int]) -> dict[int, str]:
    """New ids in order of size, then name."""
    size = now.counts[:, now.years == now.forecast_year].ravel() if len(now.labels) else np.zeros(0)
    order = sorted(new, key=lambda i: (-size[i], now.labels[i]))
    return {i: f"t{now.forecast_year}-{number:03d}" for number, i in enumerate(order, start=1)}
