"""Made-up works: who took part in which, with communities, a bridge and complementary partners
planted in them."""

from __future__ import annotations

import numpy as np
import polars as pl

LABEL = (
    "a made-up set of works, invented and with planted truth",
    "虚构的成果集（人为构造，真值已知）",
)
COMMUNITIES = {
    "North": (12.0, 56.0),
    "East": (22.0, 50.0),
    "South": (14.0, 42.0),
    "West": (2.0, 47.0),
}
TERMS = {
    "North": ("ice sensing", "cold start", "wind control"),
    "East": ("steel joints", "heavy lift", "rail guidance"),
    "South": ("sun tracking", "dry cooling", "soft gripping"),
    "West": ("tide power", "salt coating", "deep anchoring"),
}
BRIDGE = "Harbour Institute"
PER_COMMUNITY, FIRST, YEARS = 10, 2010, 14
SPECIALISTS = tuple(f"{name} Academy" for name in TERMS)
"""Each covers all terms of its community; together they cover everything, and no other four do."""


def made_up_works(seed: int = 0) -> pl.DataFrame:
    """Works of four communities of ten organisations that hardly work with one another, and of one
    that works with all.

    Planted: communities North, East, South and West; ``BRIDGE`` in all works that cross
    communities; ``SPECIALISTS``, each the only one with all three terms of its community, while the
    others have the first two; partners of partners come to work together more often than others, so
    that new co-operation can be told in advance to a degree.

    Returns frame: work, year, member, term, group, longitude, latitude; a row per work, member and
    term.

    >>> made_up_works().select("work", "member", "term").row(0)
    ('W-2010-001', 'East University 7', 'steel joints')
    """
    rng = np.random.default_rng(seed)
    homes = {f"{name} {kind}": name for name in COMMUNITIES for kind in _kinds()}
    met: dict[str, set[str]] = {name: set() for name in homes}
    rows: list[tuple[object, ...]] = []
    spots = _spots(homes, rng)
    for year in range(FIRST, FIRST + YEARS):
        for number in range(60):
            team = _bridged(homes, rng) if number % 10 == 9 else _team(homes, met, rng)
            rows += _rows(f"W-{year}-{number + 1:03d}", year, team, homes, spots, rng)
    schema = ["work", "year", "member", "term", "group", "longitude", "latitude"]
    return pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)


def _kinds() -> list[str]:
    return [*(f"University {k}" for k in range(1, PER_COMMUNITY)), "Academy"]


def _spots(homes: dict[str, str], rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Where each organisation stands: about the middle of its community; the bridge between all."""
    near = {
        name: tuple(np.round(np.array(COMMUNITIES[home]) + rng.normal(0, 1.5, 2), 2).tolist())
        for name, home in homes.items()
    }
    return {**near, BRIDGE: (12.5, 48.75)}


def _team(homes: dict[str, str], met: dict[str, set[str]], rng: np.random.Generator) -> list[str]:
    """One organisation and up to three of its own community: earlier partners, partners of
    partners, or anyone."""
    lead = str(rng.choice(list(homes)))
    own = [name for name in homes if homes[name] == homes[lead] and name != lead]
    team = [lead]
    for _ in range(int(rng.integers(0, 3))):
        known = sorted(met[lead])
        further = sorted({two for one in known for two in met[one]} - {lead} - met[lead])
        way = rng.random()
        pool = known if way < 0.6 else further if way < 0.9 else own
        team.append(str(rng.choice(pool or own)))
    for one in team:
        met[one] |= set(team) - {one}
    return list(dict.fromkeys(team))


def _bridged(homes: dict[str, str], rng: np.random.Generator) -> list[str]:
    """The bridge with one organisation of each of two communities, which don't meet otherwise."""
    two = rng.choice(list(COMMUNITIES), 2, replace=False)
    return [
        BRIDGE,
        *(str(rng.choice([name for name in homes if homes[name] == home])) for home in two),
    ]


def _rows(
    work: str,
    year: int,
    team: list[str],
    homes: dict[str, str],
    spots: dict[str, tuple[float, float]],
    rng: np.random.Generator,
) -> list[tuple[object, ...]]:
    """A specialist's own works are about all terms of its community; other works about its first
    two."""
    home = homes[next(name for name in team if name in homes)]
    is_own = team[0] in SPECIALISTS and len(team) == 1
    terms = list(TERMS[home]) if is_own else [str(rng.choice(TERMS[home][:2]))]
    return [
        (work, year, name, term, homes.get(name, "Bridge"), *spots[name])
        for name in team
        for term in terms
    ]


RISE = {
    "Avalon": (0.05, 0.25),
    "Borduria": (0.3, 0.3),
    "Cimmeria": (0.1, 0.5),
    "Dorado": (0.4, 0.2),
}
"""Share of a place's works that are joint with others, in the first and in the last year; linear between them."""


def made_up_joint_works(works: int = 250, years: int = 12, seed: int = 0) -> pl.DataFrame:
    """Works of four places whose lead is planted to take a partner elsewhere with a share that
    moves from year to year.

    works : led by each place in each year; the partner is one of the three others at random
    Returns frame: work, year, place (the lead first).

    >>> made_up_joint_works(1, 1).row(0)
    ('J-Avalon-2012-001', 2012, 'Avalon')
    """
    rng = np.random.default_rng(seed)
    rows = []
    for lead, (first, last) in RISE.items():
        others = [name for name in RISE if name != lead]
        for t in range(years):
            share = first + (last - first) * t / max(years - 1, 1)
            for number in range(works):
                work = f"J-{lead}-{2012 + t}-{number + 1:03d}"
                rows.append((work, 2012 + t, lead))
                if rng.random() < share:
                    rows.append((work, 2012 + t, str(rng.choice(others))))
    return pl.DataFrame(rows, schema=["work", "year", "place"], orient="row")


def made_up_results(units: int = 60, years: int = 6, seed: int = 0) -> pl.DataFrame:
    """Results of consortia, and what goes into them: result = people x works per person x quality x
    luck.

    Logarithms of the first three are drawn apart, with standard deviations .6, .3 and .1 between
    consortia, and of luck in each row (.15); people grow by 5% a year, works per person by 2%,
    quality not at all.

    Returns frame: unit, year, result, people, works_per_person, quality.

    >>> made_up_results(1, 1).columns
    ['unit', 'year', 'result', 'people', 'works_per_person', 'quality']
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(units):
        level = np.exp(rng.normal([3.0, 0.5, 0.0], [0.6, 0.3, 0.1]))
        for t in range(years):
            people, per, quality = (
                level * np.array([1.05, 1.02, 1.0]) ** t * np.exp(rng.normal(0, [0.02, 0.02, 0.02]))
            )
            result = people * per * quality * np.exp(rng.normal(0, 0.15))
            rows.append((f"consortium {number + 1:02d}", 2018 + t, result, people, per, quality))
    return pl.DataFrame(
        rows,
        schema=["unit", "year", "result", "people", "works_per_person", "quality"],
        orient="row",
    )
