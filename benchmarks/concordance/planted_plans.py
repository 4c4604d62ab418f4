"""Are planted repeats, overlaps and missing prerequisites of made-up plans found, and by which rule?

python -m benchmarks.concordance.planted_plans   (prints Markdown)
"""

from __future__ import annotations

import unicodedata

import polars as pl
from benchmarks.planted.plans import MadeUpPlan, made_up_plan

from firstlight.concordance import plan

SEEDS = range(5)
KINDS = ("recognised", "repeats", "overlaps", "lacking")
Found = dict[str, set[tuple[str, str]]]


def by_plan(made: MadeUpPlan) -> Found:
    """What the measurement finds."""
    result = plan(
        made.entries,
        technologies=made.technologies,
        others=made.others,
        needs=made.needs,
        capabilities=made.capabilities,
    )
    tables = result.tables
    lacks = tables["requirements"].filter(pl.col("status").is_in(["lacks", "weak"]))
    return {
        "recognised": set(tables["entries"].drop_nulls("matched")["number", "matched"].rows()),
        "repeats": set(tables["repeats"]["number", "other_number"].rows()),
        "overlaps": set(tables["elsewhere"]["number", "place"].rows()),
        "lacking": set(lacks["number", "needs"].rows()),
    }


def by_text(made: MadeUpPlan) -> Found:
    """What the same text finds, without regard to capitals and spaces."""

    def plain(text: str) -> str:
        return "".join(unicodedata.normalize("NFKC", text).lower().split())

    entries = {number: plain(text) for number, text in made.entries["number", "entry"].rows()}
    known = {plain(name): name for name in made.technologies["name"]}
    has = {plain(name) for name in made.capabilities["capability"]}
    return {
        "recognised": {(at, known[text]) for at, text in entries.items() if text in known},
        "repeats": {
            (one, other)
            for one, text in entries.items()
            for other, their in entries.items()
            if int(one) < int(other) and text == their
        },
        "overlaps": {
            (at, place)
            for at, text in entries.items()
            for place, their in made.others["place", "entry"].rows()
            if text == plain(their)
        },
        "lacking": {
            (at, need)
            for at, text in entries.items()
            for owner, need in made.needs.rows()
            if text == plain(owner) and plain(need) not in has
        },
    }


def truth(made: MadeUpPlan) -> Found:
    """What was planted."""
    return {
        "recognised": set(made.stands_for.items()),
        "repeats": made.repeats,
        "overlaps": made.overlaps,
        "lacking": made.lacking,
    }


def scores(found: Found, planted: Found) -> dict[str, tuple[float, float]]:
    """Precision and recall of each kind; nothing found has a precision of 1.

    >>> scores({"repeats": {("1", "2")}}, {"repeats": {("1", "2"), ("3", "4")}})
    {'repeats': (1.0, 0.5)}
    """
    told = {}
    for kind, pairs in planted.items():
        right = len(found[kind] & pairs)
        precision = right / len(found[kind]) if found[kind] else 1.0
        told[kind] = (precision, right / len(pairs))
    return told


def main() -> None:
    print("| planted | plan: precision, recall | same text: precision, recall |")
    print("|---|---|---|")
    of = {"plan": list[Found](), "text": list[Found]()}
    planted = list[Found]()
    for seed in SEEDS:
        made = made_up_plan(seed=seed)
        of["plan"].append(by_plan(made))
        of["text"].append(by_text(made))
        planted.append(truth(made))
    for kind in KINDS:
        cells = []
        for found in of.values():
            both = [scores(one, true)[kind] for one, true in zip(found, planted, strict=True)]
            precision, recall = (sum(each) / len(both) for each in zip(*both, strict=True))
            cells.append(f"{precision:.3f}, {recall:.3f}")
        print(f"| {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
