"""Made-up plans whose repeats, overlaps with other places and missing prerequisites are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

LABEL = (
    "made-up plans, invented and with planted truth: no place has made them",
    "虚构规划（人为构造，真值已知）",
)
FIRST = [
    "amber",
    "basalt",
    "cobalt",
    "dew",
    "ember",
    "fern",
    "garnet",
    "heather",
    "indigo",
    "juniper",
    "kelp",
    "larch",
    "moss",
    "nettle",
]
SECOND = [
    "arc",
    "beam",
    "coil",
    "drum",
    "fibre",
    "gauge",
    "hinge",
    "kiln",
    "lattice",
    "mirror",
    "nozzle",
    "pump",
    "relay",
    "spindle",
]
THIRD = [
    "bonding",
    "casting",
    "drying",
    "etching",
    "forging",
    "grinding",
    "knitting",
    "milling",
    "plating",
    "reading",
]
WITHIN = ("furnaces", "inspectors", "licences", "waste")
PLACES = ("Brackwater", "Cinderford", "Dunmarsh", "Eastmere")


@dataclass(frozen=True)
class MadeUpPlan:
    """A plan with the tables that it is held against, and what was planted.

    entries, technologies, others, needs, capabilities : as `plan` takes them
    stands_for : number -> technology; without those that no table knows
    repeats    : pairs of numbers that are one technology
    overlaps   : (number, place) where another place has the same
    lacking    : (number, need) that the place lacks
    """

    entries: pl.DataFrame
    technologies: pl.DataFrame
    others: pl.DataFrame
    needs: pl.DataFrame
    capabilities: pl.DataFrame
    stands_for: dict[str, str]
    repeats: set[tuple[str, str]]
    overlaps: set[tuple[str, str]]
    lacking: set[tuple[str, str]]


def made_up_plan(size: int = 40, repeated: int = 8, strange: int = 6, seed: int = 0) -> MadeUpPlan:
    """A plan of invented technologies under the names that a plan gives them.

    Planted: some technologies stand in the plan twice under other names, some entries are known to
    no table, half of which hold a known name with another word behind it; names share their words,
    so that most are alike and are not the same. Half of what is
    needed the place has, under other names.

    >>> len(made_up_plan().repeats)
    8
    """
    rng = np.random.default_rng(seed)
    every = [f"{one} {two} {three}" for one in FIRST for two in SECOND for three in THIRD]
    drawn = [str(each) for each in rng.choice(every, 4 * size + strange, replace=False)]
    known, unknown = drawn[: 4 * size], drawn[4 * size :]
    planned = known[: size - repeated - strange]
    listed = [(_variant(name, rng), name) for name in planned]
    listed += [(_variant(name, rng, other_than=1), name) for name in planned[:repeated]]
    narrower = [f"{name} {rng.choice(WITHIN)}" for name in known[-len(unknown) // 2 :]]
    listed += [(name, "") for name in [*unknown[len(narrower) :], *narrower]]
    order = rng.permutation(len(listed))
    numbered = {str(at + 1): listed[place] for at, place in enumerate(order)}
    stands_for = {number: name for number, (_, name) in numbered.items() if name}
    others = [
        (place, _variant(name, rng), name)
        for place in PLACES
        for name in [str(each) for each in rng.choice(known, 20, replace=False)]
    ]
    things = [f"{one} {two}" for one in FIRST for two in SECOND]
    needed = [str(each) for each in rng.choice(things, 60, replace=False)]
    had, absent = needed[:30], set(needed[30:])
    needs = [(name, str(each)) for name in planned for each in rng.choice(needed, 3, replace=False)]
    return MadeUpPlan(
        pl.DataFrame(
            [(number, text) for number, (text, _) in numbered.items()],
            ["number", "entry"],
            orient="row",
        ),
        pl.DataFrame({"name": sorted(known)}),
        pl.DataFrame([row[:2] for row in others], ["place", "entry"], orient="row").unique(
            maintain_order=True
        ),
        pl.DataFrame(needs, ["entry", "needs"], orient="row"),
        pl.DataFrame({"capability": sorted(_variant(each, rng) for each in had)}).unique(
            maintain_order=True
        ),
        stands_for,
        _pairs(stands_for),
        {
            (number, place)
            for number, name in stands_for.items()
            for place, _, their in others
            if their == name
        },
        {
            (number, need)
            for number, name in stands_for.items()
            for owner, need in needs
            if owner == name and need in absent
        },
    )


def _pairs(stands_for: dict[str, str]) -> set[tuple[str, str]]:
    numbers = sorted(stands_for, key=int)
    return {
        (one, other)
        for at, one in enumerate(numbers)
        for other in numbers[at + 1 :]
        if stands_for[one] == stands_for[other]
    }


def _variant(name: str, rng: np.random.Generator, other_than: int = 0) -> str:
    """A name as a plan writes it: never as the tables have it."""
    words = name.split()
    match rng.integers(other_than, 7):
        case 0:
            return name.replace(" ", "-", 1).capitalize()
        case 1:
            return f"Development of {name}"
        case 2:
            return f"{name.title()} industry"
        case 3:
            return f"{name} ({''.join(word[0] for word in words).upper()}X)"
        case 4:
            return f"{''.join(words[:2])} {' '.join(words[2:])}".strip().title()
        case 5:
            at = int(rng.integers(1, len(name) - 1))
            return name[:at] + name[at + 1 :]
        case _:
            return f"Pilot project: {name}s"
