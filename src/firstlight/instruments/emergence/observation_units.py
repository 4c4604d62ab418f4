"""What each column of the observation counts in, and how it comes about: shown when a row is explained."""

from __future__ import annotations

_P = "probability, 0 to 1; share of all documents grows by more than 8% a year over the horizon"
_RULE = "documents that use the terms needed, by the forecast year's rule"

UNITS: dict[str, dict[str, str]] = {
    "technologies": {
        "rank": "1 = highest probability",
        "technology_id": "first listed in the year of the id; emergence.identity",
        "label": "up to three prominent and specific terms; emergence.survey",
        "area_probability": "probability, 0 to 1; emergence.areas",
        "first_year": "year of the third document",
        "documents_count": f"documents of the forecast year; {_RULE}",
        "documents_total_count": "documents up to the forecast year",
        "share": "documents_count / all documents of the forecast year",
        "growth_share": "(share / share three years before)^(1/3) - 1",
        "probability": f"{_P}, from the forecast year (target B); emergence.forecast",
        "probability_low": "log-odds - 1.645 sd over refits on resampled lineages, as a probability",
        "probability_high": "log-odds + 1.645 sd over refits on resampled lineages, as a probability",
        "probability_since_peak": f"{_P}, from the year of the peak (target A); emergence.forecast",
        "probability_since_peak_low": "log-odds - 1.645 sd over refits on resampled lineages, as a probability",
        "probability_since_peak_high": "log-odds + 1.645 sd over refits on resampled lineages, as a probability",
        "event_detail": "change of the share on the year before, or the technologies concerned",
        "x": "place on the map, 0 to 1",
        "y": "place on the map, 0 to 1",
        "outcome": "whether target B came true, where the record tells",
        "outcome_growth": "growth of the share per year that came, where the record tells",
    },
    "history": {"documents_count": f"documents; {_RULE}", "share": "documents_count / all documents of the year"},
    "fan": dict.fromkeys(
        ("share_p10", "share_p25", "share_p50", "share_p75", "share_p90"),
        "quantile of the share ahead by the shrunken trend, damped; emergence.forecast",
    ),
    "terms": {
        "weight": "ties within the technology, as a share of the strongest",
        "documents_count": "documents of the five years to the forecast year",
        "first_year": "year of the third document",
    },
    "links": {"weight": "ties between the two / geometric mean of their totals"},
    "shares": {
        "documents_count": "documents of the three years to the forecast year",
        "share": "share of the technology's documents of that kind",
        "whole_share": "share of the whole record's documents of that kind",
    },
    "indicators": {"value": "unit and citation in the table indicator_words", "percentile": "0 to 1 within the year"},
    "reasons": {"contribution": "log-odds against a technology in the middle of the year", "value": "the indicator"},
    "record": {
        "n": "forecasts", "positives": "forecasts that came true", "base_rate": "positives / n",
        "coverage": "share of documents in scored technologies", "csi": "TP/(TP+FP+FN)",
        "ets": "(TP-c)/(TP+FP+FN-c), c = (TP+FP)(TP+FN)/n", "auc": "mean over forecast years",
        "brier": "mean squared error of the probability", "brier_skill": "1 - brier / (base_rate (1 - base_rate))",
        "precision_20": "share of the 20 highest that came true, mean over years",
    },
    "reliability": {"predicted": "mean probability", "observed": "share that came true", "n": "forecasts"},
    "cases": {
        "probability": _P, "growth": "growth of the share per year that came",
        "reason": "first rule that holds; emergence.record", "drivers_en": "contributions, log-odds",
        "drivers_zh": "contributions, log-odds", "is_near_line": "growth within .03 of .08 a year",
        "is_within_noise": "log ratio of shares within 1.645 root(1/n0 + 1/n1) of the line",
        "documents_count": "documents of the forecast year", "documents_count_after": "documents at the horizon",
        "path": "shares of all documents, one a year from path_first_year",
    },
    "precedents": {
        "rank": "1 = nearest", "distance": "weighted distance of places within the year; emergence.precedents",
        "similarity": "1 - distance / median distance to all whose outcome was known, at least 0",
        "age": "years since the third document", "documents_count": "documents of precedent_year",
        "growth": "growth of the share per year that followed", "is_exceptional": "more than .08 a year",
        "path": "shares of all documents, one a year from path_first_year",
    },
    "precedent_outcomes": {
        "age": "years since the third document", "similar_count": "nearest precedents counted",
        "took_off_count": "of them, grew by more than .08 a year", "took_off_share": "took_off_count / similar_count",
        "took_off_share_low": "Jeffreys 90% interval", "took_off_share_high": "Jeffreys 90% interval",
        "known_count": "earlier technologies whose outcome was known", "base_rate": "share of those that took off",
    },
    "standing": {
        "like_count": "earlier forecasts nearest in probability", "like_low": "their lowest probability",
        "like_high": "their highest probability", "came_true_count": "of them, came true",
        "came_true_share": "came_true_count / like_count", "came_true_share_low": "Jeffreys 90% interval",
        "came_true_share_high": "Jeffreys 90% interval", "rank_first": "first rank of its band",
        "rank_last": "last rank of its band",
    },
    "rank_record": {
        "rank_first": "first rank of the band", "rank_last": "last rank of the band", "n": "forecasts",
        "came_true_count": "of them, came true", "base_rate": "share of all forecasts of the year that came true",
    },
    "case_reasons": {"n": "hits, false alarms or misses"},
    "past_forecasts": {
        "rank": "1 = highest probability of its year", "probability": _P,
        "is_called": "at or above the cut with the highest expected CSI of its year",
        "growth": "growth of the share per year that came", "is_exceptional": "more than .08 a year",
    },
    "years": {"documents_count": "documents"},
    "set_aside": {"documents_count": "rows"},
    "duplicates": {"documents_count": "pairs"},
}  # fmt: skip
