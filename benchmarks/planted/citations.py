"""Made-up citations: works of invented institutes, each strong in another category, so that no
single score could rank them."""

from __future__ import annotations

import numpy as np
import polars as pl

LABEL = (
    "made-up works and citations, invented and with planted truth",
    "虚构的成果与引用（人为构造，真值已知）",
)
INSTITUTES = (
    "Beacon Institute",
    "Furrow Institute",
    "Mosaic Institute",
    "Anvil Institute",
    "Harbour Institute",
)
FIELDS = ("tides", "lanterns")
FIRST, YEARS = 2004, 16
HALF = 6  # terms in each half of a field


def made_up_citations(per_year: int = 20, seed: int = 0) -> pl.DataFrame:
    """Works of five institutes, what each cites and combines, and how often papers and patents cite
    it.

    Planted: Beacon's works are cited twice as often as others; who cites Furrow's works leaves
    their references out, while who cites others' works repeats them half of the time; Mosaic
    combines terms of both halves of its field, or of both fields, others of one half; Anvil's works
    are cited by patents four times as often; Harbour is strong in nothing.

    per_year : works of each institute in a year
    Returns frame: work, unit, year, field, citations, references (ids, separated by semicolons),
    terms (the same), patents.

    >>> made_up_citations(1).row(0)[:4]
    ('C-0001', 'Beacon Institute', 2004, 'tides')
    """
    rng = np.random.default_rng(seed)
    total = YEARS * per_year * len(INSTITUTES)
    unit = [INSTITUTES[k % len(INSTITUTES)] for k in range(total)]
    year = [FIRST + k // (per_year * len(INSTITUTES)) for k in range(total)]
    field = [FIELDS[(k // len(INSTITUTES)) % 2] for k in range(total)]
    pull = np.where(np.array(unit) == INSTITUTES[0], 2.0, 1.0)
    cites = _references(unit, year, field, pull, rng)
    cited = np.zeros(total, dtype=int)
    for own in cites:
        cited[own] += 1
    beyond = rng.poisson(
        4 * pull * (FIRST + YEARS - np.array(year)) / YEARS
    )  # citations from works outside the table
    patents = rng.poisson(np.where(np.array(unit) == INSTITUTES[3], 0.8, 0.2))
    names = [f"C-{k + 1:04d}" for k in range(total)]
    return pl.DataFrame(
        {
            "work": names,
            "unit": unit,
            "year": year,
            "field": field,
            "citations": (cited + beyond).astype(float),
            "references": [";".join(names[r] for r in own) for own in cites],
            "terms": [";".join(_terms(unit[k], field[k], rng)) for k in range(total)],
            "patents": patents.astype(float),
        }
    )


def _references(
    unit: list[str], year: list[int], field: list[str], pull: np.ndarray, rng: np.random.Generator
) -> list[list[int]]:
    """Three works of the field of up to five years before; and often a reference of each of them
    too."""
    years, fields = np.array(year), np.array(field)
    found: list[list[int]] = []
    for k in range(len(unit)):
        pool = np.flatnonzero((years < year[k]) & (years >= year[k] - 5) & (fields == field[k]))
        own: set[int] = set()
        if pool.size >= 3:
            own = set(rng.choice(pool, 3, replace=False, p=pull[pool] / pull[pool].sum()).tolist())
        for one in sorted(own):
            if found[one] and rng.random() < (0.02 if unit[one] == INSTITUTES[1] else 0.5):
                own.add(int(rng.choice(found[one])))
        found.append(sorted(own))
    return found


def _terms(unit: str, field: str, rng: np.random.Generator) -> list[str]:
    half = int(rng.integers(0, 2))
    own = [f"{field} {half * HALF + t + 1}" for t in rng.choice(HALF, 3, replace=False)]
    if unit == INSTITUTES[2]:
        is_far = rng.random() < 0.3
        other = FIELDS[1 - FIELDS.index(field)] if is_far else field
        own[-1] = f"{other} {(1 - half) * HALF + int(rng.integers(0, HALF)) + 1}"
    return own
