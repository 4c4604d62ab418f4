"""Invented precedents, and an invented record at each forecast's place."""

from __future__ import annotations

import polars as pl

from firstlight.views.contract import COLUMNS

YEARS = range(2007, 2014)
REASONS = {
    "miss": ("near_line", "within_noise", "one_step"),
    "false_alarm": ("near_line", "within_noise", "lost_share"),
    "hit": ("near_line", "kept_rising"),
}


def beside_the_past(sky: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Five precedents of each technology, of which every third took off; one has no precedent of its age."""
    alike, became, stands, cycles = [], [], [], []
    for place, name in enumerate(sky["technology_id"]):
        lonely = place == 4
        for rank in range(1, 1 if lonely else 6):
            other = (place + rank) % sky.height
            year = 2007 + (place + rank) % 7
            label = f"{sky['label'][other]} of {year}"
            grew = other % 3 == 0
            path = [0.001 * (step + 1) for step in range(9)]
            alike.append(
                (
                    *(name, rank, sky["technology_id"][other], label, year, 0.9 - 0.1 * rank),
                    *(40 + other, 0.2 if grew else -0.05, grew, year - 5, path),
                )
            )
        took_off = None if lonely else 6
        rate = (None, None, None) if lonely else (0.3, 0.16, 0.48)
        became.append((name, 3 + place % 9, 0 if lonely else 20, took_off or 0, *rate, 2585, 0.117))
        chance = sky["probability"][place]
        stands.append((name, 200, max(chance - 0.1, 0.0), min(chance + 0.1, 1.0), 68, 0.34, 0.29, 0.4, 1, 20))
        told = place != 3
        chances = (0.1, 0.2, 0.6, 0.1) if told else (None,) * 4
        why = ("", "") if told else ("too few earlier judgements", "早期判断过少")
        cycles.append((name, "maturity" if told else "undetermined", *chances, *why))
    rows = {
        "life_cycle": cycles,
        "precedents": alike,
        "precedent_outcomes": became,
        "standing": stands,
        "rank_record": [(1, 20, year, 20, 5 + year % 3, 0.12) for year in YEARS],
        "case_reasons": [(y, k, r, 4 + len(r)) for y in YEARS for k, own in REASONS.items() for r in own],
        "past_forecasts": [
            (
                year,
                rank,
                f"t2000-{rank:03d}",
                f"technology {rank}",
                0.5 - 0.1 * rank,
                rank < 2,
                0.1 - 0.1 * rank,
                rank == 0,
            )
            for year in YEARS
            for rank in range(1, 4)
        ],
    }
    return {name: pl.DataFrame(own, schema=list(COLUMNS[name]), orient="row") for name, own in rows.items()}
