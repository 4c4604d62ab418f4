"""Of plans in the manner of real ones, which entries and overlaps are found?

python -m benchmarks.concordance.read_plans [development|set_aside]   (prints Markdown)
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import polars as pl

from firstlight.concordance import plan
from firstlight.instruments.concordance.plan_check.plan_entries import entries_of
from firstlight.sources.plan_lists import plan_pieces

PLANS = Path(__file__).parents[2] / "tests" / "instruments" / "concordance" / "plans"
KINDS = {
    "t": "technology",
    "i": "industry",
    "p": "project",
    "g": "target",
    "m": "measure",
}
_MARK = re.compile(r"\{|\|([tipgm])(?::([\w-]+))?\}")


@dataclass(frozen=True)
class Labelled:
    """An entry as it is labelled: the line it stands in, its text, kind and thing."""

    line: int
    text: str
    kind: str
    thing: str


def read(path: Path) -> tuple[str, list[Labelled]]:
    """The text of a plan without marks, and its labelled entries."""
    text, plain, found, opened = path.read_text(encoding="utf-8"), "", list[Labelled](), list[int]()
    at = 0
    for mark in _MARK.finditer(text):
        plain += text[at : mark.start()]
        at = mark.end()
        if mark.group() == "{":
            opened.append(len(plain))
        else:
            own = plain[opened.pop() :].strip("*")
            line = plain.count("\n") + 1
            found.append(Labelled(line, own, KINDS[mark.group(1)], mark.group(2) or ""))
    return plain + text[at:], found


def pieces(text: str) -> pl.DataFrame:
    """The pieces of a text, as rows that the measurement takes."""
    kinds = {"entry": pl.String, "section": pl.String, "number": pl.Int64, "text_part": pl.String}
    rows = pl.DataFrame(plan_pieces(text), kinds, orient="row")
    return rows.with_columns(pl.col("number").cast(pl.String))


def _plain(text: str) -> str:
    return re.sub(r"[^\w%]", "", text.lower())


def fits(label: Labelled, entry: str, line: int) -> bool:
    """Whether an entry is a labelled one: the same name, or half of what is stated."""
    one, other = _plain(label.text), _plain(entry)
    if label.line != line:
        return False
    if label.kind in ("target", "measure", "project"):
        return (one in other or other in one) and 2 * min(len(one), len(other)) >= len(one)
    return one == other or (one in other and len(other) <= len(one) + 2)


def score(folder: str, *, is_told: bool = False) -> dict[str, tuple[int, int, int]]:
    """Of entries, of kinds and of overlaps: how many there are, are found and are right."""
    plans = {path.stem: read(path) for path in sorted((PLANS / folder).iterdir())}
    found = {name: entries_of(pieces(text)) for name, (text, _) in plans.items()}
    known = hits = right = kinds = total = 0
    for name, (_, labels) in plans.items():
        rows = found[name].select("entry", pl.col("number").cast(int), "kind").rows()
        total += len(labels)
        hit = {
            at: [own for own in rows if fits(label, own[0], own[1])]
            for at, label in enumerate(labels)
        }
        hits += sum(bool(own) for own in hit.values())
        kinds += sum(any(own[2] == labels[at].kind for own in each) for at, each in hit.items())
        good = [own for own in rows if any(fits(label, own[0], own[1]) for label in labels)]
        # a known name within a longer entry is read with it
        within = [
            own
            for own in rows
            if own not in good
            and any(own[0] in label.text and own[1] == label.line for label in labels)
        ]
        known += len(rows)
        right += len(good) + len(within)
        if is_told:
            print(name, "missed", [label.text for at, label in enumerate(labels) if not hit[at]])
            print(name, "extra", [own for own in rows if own not in good and own not in within])
            print(
                name,
                "kind",
                [
                    (labels[at].text, own[0][2])
                    for at, own in hit.items()
                    if own and not any(each[2] == labels[at].kind for each in own)
                ],
            )
    return {
        "entries": (total, hits, 0),
        "kinds": (hits, kinds, 0),
        "found": (known, right, 0),
        "overlaps": overlaps(plans, is_told=is_told),
    }


def overlaps(
    plans: dict[str, tuple[str, list[Labelled]]],
    *,
    is_told: bool = False,
) -> tuple[int, int, int]:
    """Things that two plans share: how many there are, are found, and are invented."""
    true, hit, invented = set(), set(), set()
    things = {
        name: {own.thing for own in labels if own.thing} for name, (_, labels) in plans.items()
    }
    for one, other in combinations(plans, 2):
        true |= {(one, other, thing) for thing in things[one] & things[other]}
        theirs = pieces(plans[other][0]).unique("entry", maintain_order=True)
        result = plan(
            pieces(plans[one][0]),
            others=theirs.select("entry", "text_part", place=pl.lit(other)),
        )
        for row in result.tables["elsewhere"].iter_rows(named=True):
            mine = _things(plans[one][1], row["entry"])
            theirs = _things(plans[other][1], row["their_entry"])
            both = {(one, other, thing) for thing in mine & theirs}
            hit |= both
            if not both:
                invented.add(
                    (one, other, row["entry"], row["their_entry"], row["match_probability"])
                )
    if is_told:
        print("overlaps missed", sorted(true - hit))
        print("invented", sorted(invented))
    return len(true), len(true & hit), len(invented)


def _things(labels: list[Labelled], entry: str) -> set[str]:
    own = _plain(entry)
    return {
        label.thing
        for label in labels
        if label.thing and (_plain(label.text) in own or own in _plain(label.text))
    }


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else "development"
    for name, (total, found, invented) in score(folder, is_told="-v" in sys.argv).items():
        print(f"| {folder} | {name} | {total} | {found} | {invented} |")
