"""Print the record of take-off on corpora of counts: every rule, and the one that earlier years
choose.

    python -m benchmarks.take_off.count_records [CORPUS ...] [--shared FOLDER] [--to FILE]

The rule of a year is chosen by average precision, from the years whose outcome was known by then.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.refused import RefusedError
from benchmarks.take_off.corpora import CORPORA, SHARED, Corpus, corpus

from firstlight.errors import FirstlightError
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT, RULES, rule_scores
from firstlight.instruments.emergence.record.groups import each_alone, lineages
from firstlight.instruments.emergence.record.scores import JudgedYear, is_available, scores_of
from firstlight.instruments.emergence.record.take_off import (
    Target,
    chance_of_take_off,
    is_scored,
    take_offs,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

Floats = npt.NDArray[np.float64]
Figures = dict[str, float | int | None]
FEWEST_YEARS = 3  # with a take-off, before the rule to beat gives way to the one that did best
CHOSEN = "chosen_on_earlier_years"
SHOWN = ("precision_20", "precision_50", "ceiling_20", "recall_100", "average_precision", "auc")


@dataclass(frozen=True)
class Judged:
    """The judged years of a corpus and, for each rule, its scores in each of them."""

    years: list[JudgedYear]
    scores: dict[str, list[Floats]]

    def of(self, is_kept: Callable[[int], bool]) -> Judged:
        """Those of some years."""
        rows = [row for row, year in enumerate(self.years) if is_kept(year.year)]
        scores = {name: [values[row] for row in rows] for name, values in self.scores.items()}
        return Judged([self.years[row] for row in rows], scores)

    def figures(self, rule: str, part: float) -> Figures:
        """The pooled scores of a rule; lists hold at most a part of those scored."""
        figures = scores_of(self.years, self.scores[rule], most_of_scored=part)
        unknown = {
            name: None for name, value in figures.items() if value is not None and np.isnan(value)
        }
        return figures | unknown


def judged(own: Corpus, target: Target, shared: Path) -> Judged:
    """Every forecast year of a corpus with its outcome, under every rule."""
    counts = own.read(shared)
    rows = []
    for year, at in own.at_each_year(counts, target):
        scored = at.counts.take(np.flatnonzero(is_scored(at.counts)))
        if len(scored.names):
            rows.append((year, scored, rule_scores(scored.until(year))))
    linked = lineages([(scored.names, each_alone(len(scored.names))) for _, scored, _ in rows])
    years = [
        _year(year, scored, target, lineage)
        for (year, scored, _), lineage in zip(rows, linked, strict=True)
    ]
    scores = {name: [values[name] for _, _, values in rows] for name, _ in RULES}
    return Judged(years, scores)


def _year(
    year: int, counts: YearlyCounts, target: Target, lineage: npt.NDArray[np.int64]
) -> JudgedYear:
    return JudgedYear(
        year=year,
        names=counts.names,
        documents=counts.documents_of((year - 1, year)),
        is_take_off=take_offs(counts, target).is_take_off,
        groups=each_alone(len(counts.names)),
        lineages=lineage,
        chance=chance_of_take_off(counts, target),
    )


def best(record: Judged, part: float) -> str:
    """The rule with the best average precision; the rule to beat where too few years have a
    take-off."""
    with_some = sum(bool(year.is_take_off.any()) for year in record.years)
    if with_some < FEWEST_YEARS:
        return RULE_TO_BEAT
    order = [name for name, _ in RULES]
    # Only rules that say something in every year with a take-off are compared on equal terms.
    usable = [name for name in order if all(is_available(values) for values in record.scores[name])]
    value = {name: record.figures(name, part)["average_precision"] or 0.0 for name in usable}
    return max(usable, key=lambda name: (round(value[name], 9), -order.index(name)))


def chosen_each_year(record: Judged, horizon: int, part: float) -> tuple[list[str], list[Floats]]:
    """For each year the rule that did best on outcomes known by its end, and that rule's scores."""
    rules = [
        best(record.of(lambda own, y=year.year: own + horizon <= y), part) for year in record.years
    ]
    return rules, [record.scores[rule][row] for row, rule in enumerate(rules)]


def lines_of(own: Corpus, target: Target, record: Judged) -> tuple[list[str], dict[str, object]]:
    """The printed record of one corpus and horizon, and the same as data."""
    rules, chosen = chosen_each_year(record, target.horizon, own.most_of_scored)
    whole = Judged(record.years, record.scores | {CHOSEN: chosen})
    parts = {
        "all years": whole,
        f"to {own.chosen_to}": whole.of(lambda year: year + target.horizon <= own.chosen_to),
        f"after {own.chosen_to}": whole.of(lambda year: year > own.chosen_to),
    }
    earlier = {name: parts[f"to {own.chosen_to}"].scores[name] for name, _ in RULES}
    pick = best(Judged(parts[f"to {own.chosen_to}"].years, earlier), own.most_of_scored)
    span = f"{record.years[0].year}-{record.years[-1].year}"
    lines = [f"## {own.title}, {target.horizon} years, forecasts of {span}", ""]
    data: dict[str, object] = {"corpus": own.name, "horizon": target.horizon, "pick": pick}
    for title, some in parts.items():
        if some.years:
            figures = {name: some.figures(name, own.most_of_scored) for name in some.scores}
            lines += [
                _counts_line(title, figures[RULE_TO_BEAT], len(some.years)),
                "",
                *_table(figures, pick),
                "",
            ]
            data[title] = figures
    changes = [
        f"{year.year} {rule}"
        for year, rule, before in _changes(record.years, rules)
        if rule != before
    ]
    return [*lines, "chosen each year: " + ", ".join(changes), ""], data


def _changes(
    years: Sequence[JudgedYear], rules: Sequence[str]
) -> list[tuple[JudgedYear, str, str]]:
    return list(zip(years, rules, ["", *rules[:-1]], strict=True))


def _counts_line(title: str, figures: Figures, years: int) -> str:
    rate, chance = figures["base_rate"] or 0.0, figures["expected_by_chance"]
    by_chance = "not known" if chance is None else f"{chance:.1f}"
    return (
        f"{title}: {years} years, {figures['scored_count']:,} scored, {figures['take_off_count']} take-offs, "
        f"base rate {rate:.3f}, by chance {by_chance}"
    )


def _table(figures: dict[str, Figures], pick: str) -> list[str]:
    rows = [("rule", *SHOWN), ("---",) * (len(SHOWN) + 1)]
    for name, own in figures.items():
        label = f"**{name}**" if name == pick else name
        rows.append((label, *("" if own[key] is None else f"{own[key]:.3f}" for key in SHOWN)))
    return ["| " + " | ".join(row) + " |" for row in rows]


def main(asked: Sequence[Corpus], shared: Path, to: Path | None) -> None:
    """Print the records, and write them as JSON where asked."""
    every = []
    for own in asked:
        for target in own.targets:
            record = judged(own, target, shared)
            if record.years:
                lines, data = lines_of(own, target, record)
                print("\n".join(lines), flush=True)
                every.append(data)
    if to is not None:
        to.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The record of take-off on corpora of counts.")
    parser.add_argument("corpora", nargs="*", help="names; all of them unless given")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--to", type=Path)
    given = parser.parse_args()
    try:
        chosen = [corpus(name) for name in given.corpora] or list(CORPORA)
        main(chosen, given.shared, given.to)
    except (FirstlightError, RefusedError) as error:
        sys.exit(str(error))
