"""The plan of the made-up economy: each planted technology's share of the documents of every year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError

KINDS = ("birth", "growth", "stagnation", "merger", "hype_and_fall", "steady", "decline")
# One round of kinds; a merger needs two technologies, so it stands twice in a row.
ROUND = ("birth", "growth", "stagnation", "merger", "merger", "hype_and_fall", "steady", "decline")
SHORTEST_SPAN = 8
APPROACH_YEARS = 5
ALL_SHARE, ONE_SHARE = 0.65, 0.04

# One stream of random numbers per stage: text never moves counts, and shuffling never moves text.
STREAMS = {"growth": 1, "counts": 2, "words": 3, "text": 4, "people": 5, "shuffle": 6}


def stream(seed: int, stage: str) -> np.random.Generator:
    """The random numbers of one stage, independent of every other stage's.

    >>> float(stream(0, "text").random()) == float(stream(0, "text").random())
    True
    """
    return np.random.default_rng([seed, STREAMS[stage]])


@dataclass(frozen=True)
class GrowthPlan:
    """What is planted, before any document is written.

    years       : (years,), calendar years
    totals      : (years,), documents of the year
    kinds       : (technologies,), one of KINDS
    share       : (technologies, years), expected share of the year's documents, dimensionless
    counts      : (technologies + 1, years), documents drawn; the last row is the background
    birth       : (technologies,), index of the first year with documents; 0 means older than the record
    merged_into : (technologies,), index of the surviving technology; -1 for none
    merger      : (technologies,), index of the first year as one community; -1 for none
    """

    years: NDArray[np.int64]
    totals: NDArray[np.int64]
    kinds: tuple[str, ...]
    share: NDArray[np.float64]
    counts: NDArray[np.int64]
    birth: NDArray[np.int64]
    merged_into: NDArray[np.int64]
    merger: NDArray[np.int64]

    @property
    def ids(self) -> tuple[str, ...]:
        """Identifiers of the technologies, in order."""
        return tuple(f"technology-{k + 1:03d}" for k in range(len(self.kinds)))

    def survivors(self, year_index: int) -> NDArray[np.int64]:
        """For each technology the one it belongs to in a year: itself, or the one it has merged into."""
        here = np.arange(len(self.kinds))
        gone = (self.merged_into >= 0) & (self.merger <= year_index)
        return np.where(gone, self.merged_into, here)

    def approach(self) -> NDArray[np.float64]:
        """(technologies, years): how likely a document mixes in the partner's terms before a merger, in 0 to 0.9."""
        before = self.merger[:, None] - np.arange(len(self.years))[None, :]
        ramp = 0.9 / (1 + np.exp(1.2 * (before - 2.5)))
        return np.where((self.merger[:, None] >= 0) & (before >= 1) & (before <= APPROACH_YEARS), ramp, 0.0)

    def partners(self) -> NDArray[np.int64]:
        """(technologies,): the other half of each merger; -1 for none."""
        partner = self.merged_into.copy()
        for k in np.flatnonzero(self.merged_into >= 0):
            partner[self.merged_into[k]] = k
        return partner


def growth_plan(
    technologies: int, years: tuple[int, int], documents_per_year: tuple[int, int], seed: int
) -> GrowthPlan:
    """Shapes, shares and drawn counts of the planted technologies.

    Kinds follow ROUND again and again. Documents of a year are one multinomial draw over technologies and background,
    so every count is binomial around ``total * share``.

    Raises  InputError where an argument is out of range.

    >>> plan = growth_plan(8, (2000, 2019), (200, 1500), 0)
    >>> plan.kinds[:3], plan.totals[[0, -1]].tolist()
    (('birth', 'growth', 'stagnation'), [200, 1500])
    """
    _check(technologies, years, documents_per_year, seed)
    calendar = np.arange(years[0], years[1] + 1)
    kinds = _kinds(technologies)
    rng = stream(seed, "growth")
    drawn = [_shape(kind, len(calendar), rng) for kind in kinds]
    relative = np.array([d[0] for d in drawn]) * rng.uniform(0.7, 1.4, technologies)[:, None]
    birth = np.array([d[1] for d in drawn])
    merged_into, merger = _merge(kinds, relative, rng)
    scale = min(ALL_SHARE / float(relative.sum(axis=0).max()), ONE_SHARE)
    share = relative * scale
    first, last = documents_per_year
    totals = np.rint(np.geomspace(first, last, len(calendar))).astype(np.int64)
    counts = _draw(totals, share, stream(seed, "counts"))
    return GrowthPlan(calendar, totals, kinds, share, counts, birth, merged_into, merger)


def growth_rate(plan: GrowthPlan) -> NDArray[np.float64]:
    """(technologies, years): yearly growth of the log share, a pair that merges taken as one; 0 where unborn."""
    share = plan.share.copy()
    for k in np.flatnonzero(plan.merged_into >= 0):
        partner = plan.merged_into[k]
        share[k] = share[partner] = plan.share[k] + plan.share[partner]
    log_share = np.log(np.maximum(share, 1e-4))
    return np.where(share > 0, np.gradient(log_share, axis=1), 0.0)


def peak_index(share: NDArray[np.float64]) -> NDArray[np.int64]:
    """(technologies,): the year with the highest share, the latest on ties.

    >>> peak_index(np.array([[0.1, 0.2, 0.2, 0.1]])).tolist()
    [2]
    """
    at_top = share >= share.max(axis=1, keepdims=True) * (1 - 1e-12)
    return np.asarray(share.shape[1] - 1 - np.argmax(at_top[:, ::-1], axis=1), dtype=np.int64)


def _check(technologies: int, years: tuple[int, int], documents_per_year: tuple[int, int], seed: int) -> None:
    if not 1 <= technologies <= 200:
        raise InputError(f"{technologies} technologies can't be planted", where="technologies", try_next="use 1 to 200")
    if years[1] - years[0] + 1 < SHORTEST_SPAN:
        raise InputError(
            f"{years[0]}-{years[1]} is too short for the planted shapes",
            where="years",
            try_next=f"span at least {SHORTEST_SPAN} years",
        )
    if min(documents_per_year) < 1:
        raise InputError("a year needs documents", where="documents_per_year", try_next="use counts of at least 1")
    if seed < 0:
        raise InputError(f"the seed {seed} is negative", where="seed", try_next="use 0 or more")


def _kinds(technologies: int) -> tuple[str, ...]:
    kinds = [ROUND[k % len(ROUND)] for k in range(technologies)]
    if technologies % len(ROUND) == ROUND.index("merger") + 1:
        kinds[-1] = "steady"  # a merger without its partner
    return tuple(kinds)


def _shape(kind: str, n: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], int]:
    """Relative share by year (mature size near 1) and the index of the birth year (0: older than the record)."""
    t = np.arange(n, dtype=np.float64)
    ratio = rng.uniform(8, 20)
    if kind == "birth":
        birth = int(rng.integers(max(2, round(0.25 * n)), round(0.7 * n) + 1))
        return np.where(t >= birth, rng.uniform(1.2, 2.0) / (1 + np.exp(-0.9 * (t - birth - 2.5))), 0.0), birth
    if kind == "growth":
        return 2 * ratio ** (t / (n - 1) - 1), 0
    if kind == "decline":
        return 2 * ratio ** (-t / (n - 1)), 0
    if kind == "stagnation":
        peak = int(rng.integers(round(0.4 * n), round(0.6 * n) + 1))
        return 1.3 * np.where(t <= peak, ratio ** (t / peak - 1), 0.99 ** (t - peak)), 0
    if kind == "hype_and_fall":
        peak = int(rng.integers(max(5, round(0.4 * n)), max(6, round(0.7 * n) + 1)))
        rise, fall = np.exp(-0.5 * ((t - peak) / 1.7) ** 2), 0.12 + 0.88 * np.exp(-0.5 * ((t - peak) / 1.8) ** 2)
        return 2.2 * np.where(t < peak - 4, 0.0, np.where(t <= peak, rise, fall)), peak - 4
    return np.ones(n), 0  # steady, and each half of a merger before it


def _merge(
    kinds: tuple[str, ...], relative: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Move the second half of each pair into the first, from the year of the merger on; changes ``relative``."""
    n = relative.shape[1]
    merged_into, merger = np.full(len(kinds), -1), np.full(len(kinds), -1)
    pairs = np.flatnonzero(np.array(kinds) == "merger").reshape(-1, 2)
    for survivor, absorbed in pairs:
        at = int(rng.integers(round(0.45 * n), round(0.7 * n) + 1))
        merged_into[absorbed], merger[[survivor, absorbed]] = survivor, at
        relative[survivor, at:] += relative[absorbed, at:]
        relative[absorbed, at:] = 0.0
    return merged_into, merger


def _draw(totals: NDArray[np.int64], share: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """(technologies + 1, years) counts: one multinomial per year, the background last."""
    chances = np.vstack([share, 1 - share.sum(axis=0)])
    return np.stack([rng.multinomial(total, chances[:, y]) for y, total in enumerate(totals)], axis=1)
