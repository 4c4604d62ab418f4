"""What every view says first: the answer in one sentence, and rows as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.views.contract import Facts, Row, groups
from firstlight.views.figures import interval, percent
from firstlight.views.words import say

__all__ = ["answer", "pooled_record", "result_to_explain", "speaks_for", "terms_of_the_forecast"]


def terms_of_the_forecast(facts: Facts) -> dict[str, Any]:
    """The values that texts about the forecast speak of: year, until, threshold, horizon.

    >>> terms_of_the_forecast({"as_of": 2016, "horizon": 3, "threshold_growth": 0.08})
    {'year': 2016, 'until': 2019, 'threshold': '8%', 'horizon': 3}
    """
    return {
        "year": facts["as_of"],
        "until": facts["as_of"] + facts["horizon"],
        "threshold": percent(facts["threshold_growth"]),
        "horizon": facts["horizon"],
    }


def answer(technologies: pl.DataFrame, facts: Facts, lang: str) -> str:
    """How many technologies are likely to grow fast, which is likeliest, and how often that happens at all."""
    if technologies.height == 0:
        return say(lang, "answer.empty")
    scored = technologies.filter(pl.col("probability").is_not_null())
    if scored.height == 0:
        return say(lang, "answer.unscored", count=f"{technologies.height:,}")
    first = scored.row(0, named=True)
    likely = scored.filter(pl.col("probability") > 0.5).height
    sentence = say(
        lang,
        "answer.some" if likely else "answer.none",
        scored=f"{scored.height:,}",
        count=f"{likely:,}",
        label=first["label"],
        probability=percent(first["probability"]),
        interval=interval(first["probability_low"], first["probability_high"]),
        **terms_of_the_forecast(facts),
    )
    if facts.get("base_rate") is None:
        return sentence
    gap = " " if lang == "en" else ""
    return sentence + gap + say(lang, "answer.base", base=percent(facts["base_rate"]))


def speaks_for(reasons: pl.DataFrame, indicator_words: pl.DataFrame, lang: str, count: int = 2) -> Mapping[str, str]:
    """Technology id -> the titles of the indicators that speak most for it, strongest first."""
    titles = dict(zip(indicator_words["indicator"], indicator_words[f"title_{lang}"], strict=True))
    spoken = {}
    for name, rows in groups(reasons).items():
        strong = [row for row in rows if (row["contribution"] or 0) > 0]
        strong.sort(key=lambda row: (-row["contribution"], row["indicator"]))
        spoken[name] = (", " if lang == "en" else "、").join(
            str(titles.get(row["indicator"], row["indicator"])) for row in strong[:count]
        )
    return spoken


def pooled_record(record: pl.DataFrame, target: str) -> list[Row]:
    """The rows of one target over all forecast years: ours first, then the baselines in the order of the table."""
    pooled = record.filter((pl.col("target") == target) & pl.col("forecast_year").is_null())
    return pooled.sort(pl.col("is_ours").fill_null(False), descending=True, maintain_order=True).to_dicts()


def result_to_explain(facts: Facts) -> str:
    """The Result that a reader is first shown how to explain.

    >>> result_to_explain({"results": {"identity": "b2", "observation": "a1"}}), result_to_explain({})
    ('observation', 'RESULT')
    """
    names = sorted(facts.get("results") or {})
    return next((name for name in ("observation", *names) if name in names), "RESULT")
