"""The observation: everything that pages, reports and files say of one forecast year, as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.areas import Areas
from firstlight.instruments.emergence.count_forecasts import (
    CountForecast,
    EarlierCounts,
    forecast_shares,
)
from firstlight.instruments.emergence.features import indicator_words
from firstlight.instruments.emergence.forecasts import Forecast, Forecaster
from firstlight.instruments.emergence.identity import Identity
from firstlight.instruments.emergence.sky_map import map_positions
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.targets import exceptional_since_now

Floats = npt.NDArray[np.float64]
Classify = Callable[[Sequence[Sequence[tuple[str, float]]]], Areas]
RESAMPLES = 100
FAN = (0.1, 0.25, 0.5, 0.75, 0.9)
FIRST_SEEN = 3  # documents: the year of the third is the year first seen


@dataclass(frozen=True)
class _Scene:
    """What every table below is drawn from; ``order`` lists technologies from the most likely down."""

    survey: Survey
    past: Survey
    forecaster: Forecaster
    ids: tuple[str, ...]
    order: npt.NDArray[np.intp]
    now: Forecast
    since_peak: Forecast
    known_to: int


def describe(
    forecaster: Forecaster, identity: Identity, as_of: int, known_to: int, classify: Classify
) -> dict[str, pl.DataFrame]:
    """Tables technologies, history, fan, fan_record, terms, links, shares, indicators, indicator_words and reasons.

    as_of    : the forecast year
    known_to : last year whose documents may be shown as what really happened
    classify : weighted terms of each technology -> Areas
    """
    survey = forecaster.surveys[as_of].until(max(known_to, as_of))
    now = forecaster.forecast(as_of, "B", resamples=RESAMPLES)
    since_peak = forecaster.forecast(as_of, "A", resamples=RESAMPLES)
    ids = identity.ids[as_of]
    order = np.lexsort((np.array(ids, dtype=str), -np.round(now.probability, 9)))
    scene = _Scene(survey, survey.until(as_of), forecaster, ids, order, now, since_peak, known_to)
    shares_ahead = _shares_ahead(scene)
    return {
        "technologies": _technologies(scene, identity, classify),
        "history": _history(scene),
        "fan": _fan(scene.ids, shares_ahead),
        "fan_record": _fan_record(shares_ahead),
        "terms": _terms(scene),
        "links": _links(scene),
        "shares": _shares(scene),
        "indicators": _indicators(scene),
        "indicator_words": _words(),
        "reasons": _reasons(scene),
    }


def _technologies(scene: _Scene, identity: Identity, classify: Classify) -> pl.DataFrame:
    survey, past, year = scene.survey, scene.past, scene.past.forecast_year
    features = scene.forecaster.features(year).values
    index = len(past.years) - 1
    outcome = exceptional_since_now(survey.counts, survey.totals, index, scene.forecaster.horizon)
    weighted: list[list[tuple[str, float]]] = [[] for _ in scene.ids]
    for technology, term, weight in survey.terms.select("technology", "term", "weight").iter_rows():
        weighted[technology].append((term, weight))
    areas = classify(weighted)
    position = map_positions(survey.links, len(scene.ids))
    events = {
        own: (event, detail)
        for own, event, detail in identity.events.filter(pl.col("forecast_year") == year)
        .select("technology_id", "event", "detail")
        .iter_rows()
    }
    reached = past.counts.cumsum(axis=1) >= FIRST_SEEN
    column = {code: i for i, code in enumerate(areas.codes)}
    frame = pl.DataFrame(
        {
            "technology_id": list(scene.ids),
            "label": list(survey.labels),
            "area_code": list(areas.area),
            "area_probability": [
                float(areas.probabilities[i, column[code]]) for i, code in enumerate(areas.area)
            ],
            "subfield_code": [code or None for code in areas.subfield],
            "first_year": past.years[reached.argmax(axis=1)].astype(np.int64),
            "documents_count": past.counts[:, index].astype(np.int64),
            "documents_total_count": past.counts.sum(axis=1).astype(np.int64),
            "share": past.counts[:, index] / past.totals[index],
            "growth_share": features.get("growth_3", np.full(len(scene.ids), np.nan)),
            "probability": scene.now.probability,
            "probability_low": scene.now.low,
            "probability_high": scene.now.high,
            "probability_since_peak": scene.since_peak.probability,
            "probability_since_peak_low": scene.since_peak.low,
            "probability_since_peak_high": scene.since_peak.high,
            "event": [events.get(own, ("steady", ""))[0] for own in scene.ids],
            "event_detail": [events.get(own, ("steady", ""))[1] for own in scene.ids],
            "x": position[:, 0],
            "y": position[:, 1],
            "outcome": [None if np.isnan(v) else bool(v) for v in outcome.exceptional],
            "outcome_growth": outcome.growth,
        },
        schema_overrides={
            "outcome": pl.Boolean,
            "subfield_code": pl.String,
            "label": pl.String,
            "technology_id": pl.String,
        },
    )
    numbers = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    frame = frame[scene.order].with_columns(pl.col(numbers).fill_nan(None).round(6))
    return frame.with_row_index("rank", offset=1).with_columns(pl.col("rank").cast(pl.Int64))


def _history(scene: _Scene) -> pl.DataFrame:
    survey = scene.survey
    size, years = survey.counts.shape
    totals = np.where(
        survey.totals > 0, survey.totals, np.nan
    )  # a year without documents has no shares
    return (
        pl.DataFrame(
            {
                "technology_id": np.repeat(np.array(scene.ids, dtype=object), years).tolist(),
                "year": np.tile(survey.years, size),
                "documents_count": survey.counts.ravel().astype(np.int64),
                "share": np.round((survey.counts / totals).ravel(), 9),
            },
            schema_overrides={"technology_id": pl.String},
        )
        .with_columns(
            pl.col("share").fill_nan(None),
            (pl.col("year") > survey.forecast_year).alias("is_after"),
        )
        .sort("technology_id", "year")
        .filter(
            (pl.col("documents_count").cum_sum().over("technology_id") > 0) | pl.col("is_after")
        )
    )


def _shares_ahead(scene: _Scene) -> CountForecast:
    """Shares of every technology ahead; what earlier forecast years found teaches, each with its own technologies."""
    past = scene.past
    until = {year: own.until(past.forecast_year) for year, own in scene.forecaster.surveys.items()}
    earlier = [
        EarlierCounts(own.counts, own.totals, own.years, year)
        for year, own in sorted(until.items())
        if year < past.forecast_year
    ]
    return forecast_shares(
        past.counts, past.totals, past.years, scene.forecaster.horizon, FAN, earlier=earlier
    )


def _fan(ids: tuple[str, ...], ahead: CountForecast) -> pl.DataFrame:
    shares = np.round(ahead.quantiles, 9)
    frame: dict[str, object] = {
        "technology_id": [own for own in ids for _ in ahead.years],
        "year": ahead.years.tolist() * len(ids),
    }
    for place, quantile in enumerate(FAN):
        frame[f"share_p{round(100 * quantile)}"] = shares[:, :, place].ravel()
    return (
        pl.DataFrame(frame, schema_overrides={"technology_id": pl.String, "year": pl.Int64})
        .sort("technology_id", "year")
        .fill_nan(None)
    )


def _fan_record(ahead: CountForecast) -> pl.DataFrame:
    """How often earlier fans held what came; no row where none was made whose outcome is known."""
    rows = [
        (
            own.ahead,
            own.level,
            round(own.covered, 6),
            own.forecasts,
            own.made_in,
            round(scale.learnt, 6),
        )
        for own in ahead.coverage
        for scale in (ahead.scales[own.ahead - 1],)
        if own.forecasts
    ]
    names = {"ahead": pl.Int64, "level": pl.Float64, "covered": pl.Float64, "n": pl.Int64}
    return pl.DataFrame(
        rows, schema={**names, "forecast_years_count": pl.Int64, "learnt": pl.Float64}, orient="row"
    )


def _named(
    scene: _Scene, frame: pl.DataFrame, column: str = "technology", name: str = "technology_id"
) -> pl.DataFrame:
    ids = pl.DataFrame(
        {column: np.arange(len(scene.ids), dtype=np.int64), name: list(scene.ids)},
        schema_overrides={name: pl.String},
    )
    return frame.join(ids, on=column, how="inner", maintain_order="left")


def _terms(scene: _Scene) -> pl.DataFrame:
    return _named(scene, scene.survey.terms).select(
        "technology_id",
        "rank",
        pl.col("shown").alias("term"),
        "weight",
        "documents_count",
        "first_year",
    )


def _links(scene: _Scene) -> pl.DataFrame:
    return _named(scene, _named(scene, scene.survey.links), "other", "other_id").select(
        "technology_id", "other_id", "weight"
    )


def _shares(scene: _Scene) -> pl.DataFrame:
    groups = scene.survey.groups
    whole = groups.filter(pl.col("technology") == -1).select(
        "kind", "name", pl.col("documents_count").alias("whole")
    )
    total = whole.group_by("kind").agg(pl.col("whole").sum().alias("all"))
    own = groups.filter(pl.col("technology") >= 0).with_columns(
        (pl.col("documents_count") / pl.col("documents_count").sum().over("technology", "kind"))
        .round(6)
        .alias("share")
    )
    joined = own.join(whole, on=["kind", "name"], how="left", maintain_order="left").join(
        total, on="kind", how="left", maintain_order="left"
    )
    return _named(scene, joined).select(
        "technology_id",
        "kind",
        "name",
        "documents_count",
        "share",
        (pl.col("whole") / pl.col("all")).round(6).alias("whole_share"),
    )


def _indicators(scene: _Scene) -> pl.DataFrame:
    features = scene.forecaster.features(scene.past.forecast_year)
    frames = [
        pl.DataFrame(
            {
                "technology_id": list(scene.ids),
                "indicator": name,
                "value": np.round(own, 6),
                "percentile": np.where(
                    np.isnan(own), np.nan, np.round(features.ranks[name] + 0.5, 4)
                ),
            },
            schema_overrides={"technology_id": pl.String},
        )
        for name, own in sorted(features.values.items())
    ]
    schema = {
        "technology_id": pl.String,
        "indicator": pl.String,
        "value": pl.Float64,
        "percentile": pl.Float64,
    }
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
    return frame.fill_nan(None).sort("technology_id", "indicator")


def _words() -> pl.DataFrame:
    rows = [
        {
            "indicator": name,
            "unit": own.unit,
            "title_en": own.title_en,
            "title_zh": own.title_zh,
            "sentence_en": own.sentence_en,
            "sentence_zh": own.sentence_zh,
            "citation": own.citation,
        }
        for name, own in sorted(indicator_words().items())
    ]
    return pl.DataFrame(rows)


def _reasons(scene: _Scene) -> pl.DataFrame:
    values = scene.forecaster.features(scene.past.forecast_year).values
    frames = [
        pl.DataFrame(
            {
                "technology_id": list(scene.ids),
                "indicator": name,
                "contribution": np.round(own, 6),
                "value": np.round(values.get(name, np.full(len(own), np.nan)), 6),
            },
            schema_overrides={"technology_id": pl.String},
        )
        for name, own in sorted(scene.now.contributions.items())
    ]
    schema = {
        "technology_id": pl.String,
        "indicator": pl.String,
        "contribution": pl.Float64,
        "value": pl.Float64,
    }
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
    return frame.fill_nan(None).sort("technology_id", -pl.col("contribution").abs(), "indicator")
