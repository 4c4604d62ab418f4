"""Pairs that may meet and precedents of an invented observation, with their records and the
sentences above them."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.message_json import message_to_json
from firstlight.observation_tables import SCHEMAS
from firstlight.texts import Code, Count, Number, Phrase, Share, Year, message

PAIRS, NEAREST = 15, 20
YEARS = range(2008, 2014)
# ranking -> precision among the first 20, pooled
RANKINGS = {"choice": 0.31, "product_of_sizes": 0.02, "cosine": 0.28, "combination": 0.33}
ENDS = ("precision_20", "precision_50", "precision_100", "average_precision", "auc")


def link_tables(technologies: pl.DataFrame, *, is_future_known: bool) -> dict[str, pl.DataFrame]:
    """Tables new_links, new_links_record, precedents and precedents_record."""
    tables = {
        "new_links": _pairs(technologies, is_future_known),
        "new_links_record": _record(),
        "precedents": _precedents(technologies),
        "precedents_record": _precedents_record(),
    }
    return {
        name: own.select(list(SCHEMAS[name])).cast(pl.Schema(SCHEMAS[name]))
        for name, own in tables.items()
    }


def link_facts(as_of: int, horizon: int, *, is_future_known: bool) -> dict[str, Any]:
    """Facts new_link_lines and precedent_lines."""
    years = Phrase(message("phrases.each_year", first=Year(YEARS[0]), last=Year(YEARS[-1])))
    values = {"named": Count(20), "years": years, "met": Share(0.31), "base": Share(0.008, 1)}
    values |= {
        "rule": Code("link_rankings.cosine"),
        "rule_met": Share(0.28),
        "sizes_met": Share(0.02),
    }
    lines = [message("record", **values)]
    lines.append(message("what", year=Year(as_of), fewest=Count(3), horizon=Count(horizon)))
    if is_future_known:
        came = {"named": Count(PAIRS), "year": Year(as_of), "until": Year(as_of + horizon)}
        lines.append(message("came", count=Count(5), expected=Count(0), **came))
    told = {"nearest": Count(NEAREST), "auc": Number(0.54, digits=2), "base": Share(0.09, 1)}
    alike = [message("illustration", **told)]
    return {
        "new_link_lines": [message_to_json(line) for line in lines],
        "precedent_lines": [message_to_json(line) for line in alike],
    }


def _pairs(technologies: pl.DataFrame, is_future_known: bool) -> pl.DataFrame:
    rows = technologies.head(2 * PAIRS).to_dicts()
    pairs = []
    for place, (one, other) in enumerate(zip(rows[:PAIRS], rows[PAIRS:], strict=True)):
        pairs.append(
            {
                "rank": place + 1,
                "technology_id": one["technology_id"],
                "name": one["name"],
                "other_id": other["technology_id"],
                "other_name": other["name"],
                "probability": round(0.6 - 0.03 * place, 4),
                "documents_count": one["documents_count"],
                "other_documents_count": other["documents_count"],
                "shared_count": place % 2,
                "common_count": place % 4,
                "common": [row["name"] for row in rows[: place % 4]],
                "outcome": place % 3 == 0 if is_future_known else None,
                "outcome_count": 2 + place % 3 if is_future_known else None,
            }
        )
    return pl.DataFrame(pairs)


def _record() -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for year in (None, *YEARS):
        for ranking, precision in RANKINGS.items():
            if year is not None and ranking == "choice":
                continue
            times = len(YEARS) if year is None else 1
            scores = {name: precision / (1 + place) for place, name in enumerate(ENDS)}
            row = {
                "ranking": ranking,
                "is_used": ranking == "combination",
                "year": year,
                "years_count": times,
            }
            row |= {
                "candidates_count": 9000 * times,
                "new_links_count": 72 * times,
                "base_rate": 0.008,
                **scores,
            }
            row |= {
                f"{name}_low": 0.8 * value if year is None else None
                for name, value in scores.items()
            }
            row |= {
                f"{name}_high": 1.2 * value if year is None else None
                for name, value in scores.items()
            }
            rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def _precedents(technologies: pl.DataFrame) -> pl.DataFrame:
    scored = technologies.filter(pl.col("status") == "scored").to_dicts()
    rows = [
        {
            "technology_id": own["technology_id"],
            "position": position,
            "precedent_id": other["technology_id"],
            "name": other["name"],
            "year": YEARS[position % len(YEARS)],
            "first_year": YEARS[0] - 3,
            "documents_count": 20 + position,
            "outcome": position % 5 == 1,
            "outcome_ratio": 0.5 + 0.2 * position,
        }
        for place, own in enumerate(scored[:12])
        for position in range(1, NEAREST + 1)
        for other in [scored[(place + position) % len(scored)]]
    ]
    return pl.DataFrame(rows)


def _precedents_record() -> pl.DataFrame:
    rows = []
    for year in (None, *YEARS):
        row: dict[str, Any] = {
            "year": year,
            "scored_count": 410,
            "take_off_count": 38,
            "cases_count": 2100,
        }
        row |= {
            "base_rate": 0.09,
            "auc": 0.54,
            "brier": 0.085,
            "base_brier": 0.084,
            "brier_skill": -0.01,
        }
        row |= {"chance_auc": 0.7, "chance_brier": 0.08, "chance_brier_skill": 0.05}
        ends = ("auc_low", "auc_high", "brier_skill_low", "brier_skill_high")
        rows.append(row | dict.fromkeys(ends, 0.5 if year is None else None))
    return pl.DataFrame(rows, infer_schema_length=None)
