"""The three findings say what the tables say, with their base rates, in both languages."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from firstlight.instruments.emergence.findings import FEWEST_FORECASTS, base_rate, findings

AREAS = {"energy": {"en": "Energy", "zh": "能源"}, "none": {"en": "none", "zh": "无"}}


def technologies(areas: list[str]) -> pl.DataFrame:
    size = len(areas)
    return pl.DataFrame(
        {
            "label": [f"thing {i}" for i in range(size)],
            "probability": [0.5 - 0.01 * i for i in range(size)],
            "probability_low": 0.31,
            "probability_high": 0.68,
            "area_code": areas,
            "area_probability": [0.8 if code == "energy" else 0.4 for code in areas],
        },
        schema_overrides={
            "label": pl.String,
            "probability": pl.Float64,
            "area_code": pl.String,
            "area_probability": pl.Float64,
        },
    )


def row(method: str, year: int | None, **values: Any) -> dict[str, Any]:
    shown = {"firstlight": "Firstlight", "stage": "Stage", "vitality": "Vitality"}[method]
    return {
        "target": "B", "method": method, "title_en": shown, "title_zh": shown, "is_ours": method == "firstlight",
        "forecast_year": year, "is_pooled": True, "n": 60, "positives": 15, "base_rate": 0.25, "precision_20": 0.4, "auc": 0.7,
        "auc_low": 0.61, "auc_high": 0.79, "precision_20_low": 0.2, "precision_20_high": 0.6,
    } | values  # fmt: skip


def record(**ours: Any) -> pl.DataFrame:
    rows = [row(method, year) for method in ("firstlight", "stage", "vitality") for year in (2009, 2010)]
    rows += [
        row("stage", None, precision_20=0.2),
        row("vitality", None, precision_20=0.35),
        row("firstlight", None, **ours),
    ]
    rows.append(row("firstlight", None, target="A", base_rate=0.9, precision_20=0.99))
    return pl.DataFrame(rows, infer_schema_length=None)


def said(areas: list[str], kept: pl.DataFrame) -> dict[str, dict[str, str]]:
    found = findings({"technologies": technologies(areas), "record": kept}, 2016, 3, AREAS)
    return {own["code"]: own for own in found.iter_rows(named=True)}


def test_three_findings_say_what_the_tables_say() -> None:
    found = said(["energy"] * 12 + ["none"] * 28, record())
    assert list(found) == ["likeliest", "where", "record"]
    assert "“thing 0”" in found["likeliest"]["text_en"] and "50%" in found["likeliest"]["text_en"]
    assert "from 2016 to 2019" in found["likeliest"]["text_en"] and "2016 至 2019" in found["likeliest"]["text_zh"]
    assert found["likeliest"]["sureness_en"] == "90% interval 31% to 68%; of all technologies in the record, 25% did."
    where = found["where"]["text_en"]
    assert "Of the 20 likeliest technologies, 12 lie in the area “Energy”, which holds 30% of all" in where
    assert "80%" in found["where"]["sureness_en"]
    kept = found["record"]
    assert "In 2 earlier years (2009-2010), 40% of the twenty likeliest took off, where 25% of all" in kept["text_en"]
    assert "against 35% for the best baseline (Vitality)" in kept["text_en"] and "35%" in kept["text_zh"]
    assert (
        kept["sureness_en"]
        == "90% interval 20% to 60%; 60 forecasts, 15 take-offs; AUC 0.70 [0.61, 0.79], where .50 is no skill."
    )


def test_none_is_an_area_too_and_ties_are_settled() -> None:
    found = said(["none", "energy"], record())
    assert "“Energy”" in found["where"]["text_en"]  # one each: the first by code


def test_a_record_without_skill_or_auc_is_told_plainly() -> None:
    worse = said(["energy"], record(precision_20=0.1, auc=None, auc_low=None, auc_high=None))
    assert "10% of the twenty likeliest took off" in worse["record"]["text_en"]  # a loss is shown like a gain
    assert "against 35% for the best baseline" in worse["record"]["text_en"]
    assert "no AUC" in worse["record"]["sureness_en"] and "AUC" in worse["record"]["sureness_zh"]


@pytest.mark.parametrize(("checked", "rate"), [(FEWEST_FORECASTS - 1, None), (FEWEST_FORECASTS, 0.25)])
def test_a_rate_of_few_forecasts_is_no_rate(checked: int, rate: float | None) -> None:
    kept = record(n=checked)
    assert base_rate(kept) == rate
    found = said(["energy"], kept)
    assert ("record" in found) == (rate is not None)
    assert ("of all technologies in the record" in found["likeliest"]["sureness_en"]) == (rate is not None)


def test_nothing_to_say_is_an_empty_table() -> None:
    found = findings({"technologies": technologies([]), "record": record()[:0]}, 2016, 3, AREAS)
    assert found.height == 0 and found.columns == ["code", "text_en", "text_zh", "sureness_en", "sureness_zh"]
