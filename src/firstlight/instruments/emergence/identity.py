"""Technologies keep their identity from one forecast year to the next: born, grown, split, merged, faded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.survey import Survey

KEPT = 0.25  # weighted Jaccard overlap of terms from which two communities may be one technology
PART = 0.30  # share of a technology's weight that makes another its parent or its child


@dataclass(frozen=True)
class Identity:
    """Who is who across forecast years.

    ids    : forecast year -> (K,) persistent ids; ``t2009-014`` was first listed in 2009
    events : data frame forecast_year, technology_id, event, detail; events are born, grown, shrunk, steady, split (off
             from), merged (with), and faded for ids that the year no longer lists
    """

    ids: Mapping[int, tuple[str, ...]]
    events: pl.DataFrame


def follow(surveys: Mapping[int, Survey]) -> Identity:
    """Match the technologies of consecutive surveys by their terms.

    Overlap is the weighted Jaccard index of two technologies' terms (sum of the lesser over sum of the greater weights);
    pairs are taken from the strongest down, each technology once, as in Greene, Doyle and Cunningham (2010, ASONAM). A
    technology that took 30% of another's weight, while that one lives on, split off from it; one that holds 30% of the
    weight of another that no longer exists merged with it. Only terms and documents up to each year are read.
    """
    ids: dict[int, tuple[str, ...]] = {}
    events: list[tuple[int, str, str, str]] = []
    before: Survey | None = None
    for year in sorted(surveys):
        now = surveys[year]
        size = len(now.labels)
        if before is None:
            own = _fresh(year, now, np.arange(size))
            events += [(year, own[i], "born", "") for i in range(size)]
        else:
            own = _step(before, ids[before.forecast_year], now, events)
        ids[year] = tuple(own[i] for i in range(size))
        before = now
    schema = {"forecast_year": pl.Int64, "technology_id": pl.String, "event": pl.String, "detail": pl.String}
    return Identity(ids, pl.DataFrame(events, schema=schema, orient="row"))


def _step(
    before: Survey, old_ids: tuple[str, ...], now: Survey, events: list[tuple[int, str, str, str]]
) -> dict[int, str]:
    year = now.forecast_year
    shared, old_mass, new_mass = _overlap(before, now)
    pairs = shared.tocoo()
    jaccard = np.round(pairs.data / (old_mass[pairs.row] + new_mass[pairs.col] - pairs.data), 9)
    heir: dict[int, int] = {}
    parent: dict[int, int] = {}
    for k in np.lexsort((pairs.col, pairs.row, -jaccard)):
        old, new = int(pairs.row[k]), int(pairs.col[k])
        if jaccard[k] >= KEPT and old not in heir and new not in parent:
            heir[old], parent[new] = new, old
    own = {new: old_ids[old] for new, old in parent.items()}
    own |= _fresh(year, now, np.array([i for i in range(len(now.labels)) if i not in parent], dtype=np.int64))
    column = int(np.searchsorted(now.years, year))
    share = now.counts[:, column - 1 : column + 1] / np.maximum(now.totals[column - 1 : column + 1], 1)
    columns = shared.tocsc()
    for new in range(len(now.labels)):
        start, stop = columns.indptr[new : new + 2]
        olds, weight = columns.indices[start:stop], columns.data[start:stop]
        gone = sorted(
            old_ids[o] for o, w in zip(olds, weight, strict=True) if o not in heir and w >= PART * old_mass[o]
        )
        from_living = sorted(
            old_ids[o]
            for o, w in zip(olds, weight, strict=True)
            if o in heir and heir[o] != new and w >= PART * new_mass[new]
        )
        if gone:
            events.append((year, own[new], "merged", ", ".join(gone)))
        elif new not in parent and from_living:
            events.append((year, own[new], "split", ", ".join(from_living)))
        elif new not in parent:
            events.append((year, own[new], "born", ""))
        else:
            change = float(share[new, 1] / max(share[new, 0], 1e-12)) - 1  # both years by this year's rule
            kind = "grown" if change > 0.08 else "shrunk" if change < -0.08 else "steady"
            events.append((year, own[new], kind, f"{change:+.0%}"))
    events += [(year, old_ids[o], "faded", "") for o in range(len(old_ids)) if o not in heir]
    return own


def _overlap(before: Survey, now: Survey) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
    """Sum of the lesser weights of shared terms, (old, new), and each side's total weight."""
    both = before.terms.join(now.terms, on="term", suffix="_new").sort("technology", "technology_new", "term")
    lesser = np.minimum(both["weight"].to_numpy(), both["weight_new"].to_numpy()) + 1e-6
    shape = (len(before.labels), len(now.labels))
    shared = sparse.csr_matrix(
        (lesser, (both["technology"].to_numpy(), both["technology_new"].to_numpy())), shape=shape
    )
    return shared, _mass(before), _mass(now)


def _mass(survey: Survey) -> np.ndarray:
    return np.bincount(
        survey.terms["technology"].to_numpy(),
        weights=survey.terms["weight"].to_numpy() + 1e-6,
        minlength=len(survey.labels),
    )


def _fresh(year: int, survey: Survey, new: np.ndarray) -> dict[int, str]:
    """New ids in order of size, then name."""
    size = survey.counts[:, survey.years == year].ravel() if len(survey.labels) else np.zeros(0)
    order = sorted(new.tolist(), key=lambda i: (-size[i], survey.labels[i]))
    return {i: f"t{year}-{number:03d}" for number, i in enumerate(order, start=1)}
