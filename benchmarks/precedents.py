"""How well precedents tell what will take off, and what errors were: `python benchmarks/precedents.py`, on the bundled sky.

For each forecast year, the share of the 20 nearest precedents that took off is scored against what happened, for several
ways to measure likeness, beside the forecast itself and the base rate of the earlier technologies. The way in use was
chosen on 2009-2012. Then the reasons of all hits, misses and false alarms of 2006-2013, known at the end of 2016, are counted.
Writes both tables into docs/explanation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from firstlight.instruments.emergence import skill, survey_tables
from firstlight.instruments.emergence.case_reasons import REASONS
from firstlight.instruments.emergence.cases import read_cases
from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.identity import follow
from firstlight.instruments.emergence.precedents import precedents
from firstlight.sample import sky

WAYS = [("figures that the forecast reads", 0.0), ("every figure, by weight", 0.25), ("every figure alike", 1.0)]
AGES = [("within two years", 2), ("any", 99)]
PERIODS = [range(2009, 2013), range(2013, 2017)]
KNOWN_AT = 2019
ERRORS = range(2006, 2014)
PAGES = Path(__file__).resolve().parents[1] / "docs" / "explanation"
HEAD = "<!-- Written by benchmarks/precedents.py: change nothing here. -->"
Scores = Callable[[int], tuple[np.ndarray, float]]


def forecaster() -> Forecaster:
    """The bundled sky's surveys, each cut at its year when it is read."""
    surveys = survey_tables.unstack(sky.load())
    return Forecaster(surveys, follow(surveys).ids)


def by_precedents(own: Forecaster, least_weight: float, age_apart: int) -> Scores:
    """Share of the 20 nearest that took off, drawn towards the base rate by one case."""

    def scores(year: int) -> tuple[np.ndarray, float]:
        found = precedents(own, year, least_weight=least_weight, age_apart=age_apart).outcomes
        base = float(found["base_rate"][0])
        share = (found["took_off_count"] + base) / (found["similar_count"] + 1)
        by_id = dict(zip(found["technology_id"], share, strict=True))
        return np.array([by_id[name] for name in own.lineage[year]]), base

    return scores


def row(own: Forecaster, name: str, age: str, years: Sequence[int], scores: Scores) -> str:
    aucs, errors, base_errors, n, positives = [], [], [], 0, 0.0
    for year in years:
        outcomes = own.outcomes(year, "B", KNOWN_AT)
        assert outcomes is not None
        found, base = scores(year)
        aucs.append(skill.auc(found, outcomes))
        errors.append((found - outcomes) ** 2)
        base_errors.append((base - outcomes) ** 2)
        n, positives = n + len(outcomes), positives + outcomes.sum()
    brier, base_brier = np.concatenate(errors).mean(), np.concatenate(base_errors).mean()
    cells = (f"{years[0]}-{years[-1]}", name, age, f"{n:,}", f"{positives / n:.3f}", f"{np.mean(aucs):.3f}")
    return "| " + " | ".join((*cells, f"{brier:.4f}", f"{base_brier:.4f}")) + " |"


def precedents_table(own: Forecaster) -> list[str]:
    """Likeness measured in several ways, in two periods."""
    lines = ["| years | likeness | ages | forecasts | base rate | AUC | Brier | Brier of the earlier base rate |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- | --- |")

    def forecast(year: int) -> tuple[np.ndarray, float]:
        known = [own.outcomes(earlier, "B", year) for earlier in own.training_years(year, "B")]
        return own.forecast(year, "B").probability, float(np.concatenate([k for k in known if k is not None]).mean())

    for years in PERIODS:
        for name, least_weight in WAYS:
            for age, age_apart in AGES:
                lines.append(row(own, name, age, years, by_precedents(own, least_weight, age_apart)))
        lines.append(row(own, "the forecast itself", "", years, forecast))
    return lines


def errors_table(own: Forecaster) -> list[str]:
    """Reasons of all misses, false alarms and hits."""
    found = read_cases(own, ERRORS, ERRORS[-1] + own.horizon).reasons
    kinds = ("miss", "false_alarm", "hit")
    totals = {kind: int(found.filter(kind=kind)["n"].sum()) for kind in kinds}
    lines = ["| reason | misses | false alarms | hits |", "| --- | --: | --: | --: |"]
    for reason in REASONS:
        counts = [int(found.filter(kind=kind, reason=reason)["n"].sum()) for kind in kinds]
        cells = [f"{n} ({n / totals[kind]:.0%})" if n else "" for n, kind in zip(counts, kinds, strict=True)]
        lines.append("| " + " | ".join((reason.replace("_", " "), *cells)) + " |")
    return [*lines, "| all | " + " | ".join(f"{totals[kind]:,}" for kind in kinds) + " |"]


def main() -> None:
    own = forecaster()
    for name, lines in (("precedents_table", precedents_table(own)), ("errors_table", errors_table(own))):
        (PAGES / f"{name}.md").write_text("\n".join((HEAD, "", *lines)) + "\n", encoding="utf-8")
        print("\n".join(lines), end="\n\n")


if __name__ == "__main__":
    main()
