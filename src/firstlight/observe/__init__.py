"""Observe: read, survey, forecast, check the record and keep every step; recompute only what is stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.observe import reading
from firstlight.catalogue import Catalogue
from firstlight.classifications import area_model, load
from firstlight.errors import InputError
from firstlight.instruments.emergence.areas import AreaModel, Areas, classify_areas
from firstlight.instruments.emergence.comparability import on_categories, on_years, warning
from firstlight.instruments.emergence.findings import findings
from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.identity import Identity, follow
from firstlight.instruments.emergence.observation import describe
from firstlight.instruments.emergence.record import track_record
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.listing import INSTRUMENTS
from firstlight.nouns import Instrument, Result
from firstlight.observe.reading import Observed, Say

THRESHOLD = 0.08
RECORD_YEARS = 10
SCHEMA_WARNINGS = dict.fromkeys(("code", "severity", "text_en", "text_zh"), pl.String)


@dataclass(frozen=True)
class Sky:
    """One observation: its tables as data frames, and the facts beside them.

    tables  : name -> Polars frame; the same as attributes, in the kind of frame that was handed in
    facts   : as_of, horizon, coverage, parameters, code version, result keys, ...
    project : the folder that keeps every Result
    """

    tables: Mapping[str, pl.DataFrame]
    facts: Mapping[str, Any]
    project: Path
    like: Any = field(default=None, repr=False)

    def table(self, name: str) -> Any:
        """A table by its name, in the kind of frame that was handed in (Polars for a file).

        Raises  InputError for an unknown name, with those that exist.
        """
        if name not in self.tables:
            raise InputError(f"no table {name!r}", where="observation", try_next="use one of " + ", ".join(sorted(self.tables)))
        return reading.like(self.tables[name], self.like)

    @property
    def technologies(self) -> Any:
        """The technologies, the likeliest to take off first."""
        return self.table("technologies")

    @property
    def record(self) -> Any:
        """The track record of the same method on earlier years, beside the baselines."""
        return self.table("record")


def observe(
    source: Any = None,
    *,
    as_of: int | None = None,
    horizon: int = 3,
    project: str | Path = "observatory",
    columns: Mapping[str, str] | None = None,
    granularity: float = 1.0,
    progress: Say | None = None,
) -> Sky:
    """Find the technologies of a record, forecast which will take off, and say how often such forecasts came true.

    source      : a file or folder of documents or counts, a data frame (pandas, Polars, PyArrow, DuckDB), or nothing for
                  the bundled sky
    as_of       : the forecast year; the last complete year unless said otherwise (2016 for the bundled sky)
    horizon     : years ahead, 1 to 10
    project     : folder that keeps every Result; made where it is absent
    columns     : canonical column -> your column, where the guess is wrong
    granularity : 2 for technologies half as broad, .5 for twice as broad
    progress    : called with a line of text as the work goes on

    Returns Sky.
    Raises  InputError for input that can't be used, StoreError for a folder that can't be written.
    """
    say = progress or (lambda line: None)
    if not 1 <= horizon <= 10:
        raise InputError(f"a horizon of {horizon} years", where="horizon", try_next="use 1 to 10")
    if not 0.1 <= granularity <= 10:
        raise InputError(f"a granularity of {granularity}", where="granularity", try_next="use .1 to 10")
    catalogue = Catalogue.open(project)
    if source is None:
        observed = reading.from_sky(catalogue)
    else:
        observed = reading.from_source(catalogue, source, columns, say)
    year = observed.default_year if as_of is None else int(as_of)
    if not observed.first_year <= year <= observed.complete_to:
        raise InputError(
            f"{year} is not a complete year of the record",
            where=f"complete years {observed.first_year} to {observed.complete_to}",
            try_next=f"--as-of {observed.complete_to}",
        )
    surveys = observed.surveys(year, granularity, say)
    return _Run(catalogue, observed, surveys, year, horizon, granularity, say).sky(source)


@dataclass
class _Run:
    """One observation under way: each step is kept, with its inputs' keys."""

    catalogue: Catalogue
    observed: Observed
    surveys: Mapping[int, tuple[Survey, str]]
    as_of: int
    horizon: int
    granularity: float
    say: Say

    def _keep(self, name: str, instrument: str, inputs: Mapping[str, str], parameters: Mapping[str, Any], compute: Callable[[], Any]) -> Result:
        return self.catalogue.keep(
            name,
            instrument=instrument,
            parameters=parameters,
            inputs=inputs,
            source=self.observed.source,
            licence=self.observed.licence,
            compute=compute,
        )

    @property
    def parameters(self) -> dict[str, Any]:
        return {"as_of": self.as_of, "horizon": self.horizon, "granularity": self.granularity, "threshold": THRESHOLD}

    @cached_property
    def _survey_keys(self) -> dict[str, str]:
        return {f"survey_{year}" if len(set(k for _, k in self.surveys.values())) > 1 else "surveys": key for year, (_, key) in self.surveys.items()}

    @cached_property
    def identity(self) -> Result:
        def compute() -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
            found = follow({year: survey for year, (survey, _) in self.surveys.items()})
            ids = [(year, place, own) for year, row in found.ids.items() for place, own in enumerate(row)]
            schema = {"forecast_year": pl.Int64, "technology": pl.Int64, "technology_id": pl.String}
            return {"ids": pl.DataFrame(ids, schema=schema, orient="row"), "events": found.events}, {}

        self.say("who is who from year to year")
        return self._keep("identity", "emergence.identity", self._survey_keys, {"as_of": self.as_of}, compute)

    @cached_property
    def forecaster(self) -> Forecaster:
        return Forecaster({year: survey for year, (survey, _) in self.surveys.items()}, self._identity.ids, self.horizon)

    @cached_property
    def _identity(self) -> Identity:
        ids = self.catalogue.table(self.identity, "ids").sort("forecast_year", "technology")
        by_year = {int(year[0]): tuple(own["technology_id"].to_list()) for year, own in ids.group_by("forecast_year", maintain_order=True)}  # type: ignore[call-overload]
        by_year |= {year: () for year in self.surveys if year not in by_year}
        return Identity(by_year, self.catalogue.table(self.identity, "events"))

    @cached_property
    def record(self) -> Result:
        def compute() -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
            found = track_record(self.forecaster, self.as_of, most_years=RECORD_YEARS)
            return {"record": found.scores, "reliability": found.reliability, "cases": found.cases}, {"years": list(found.years)}

        self.say("the record: earlier years forecast again")
        inputs = {**self._survey_keys, "identity": self.identity.key}
        return self._keep("record", "emergence.record", inputs, {"known_at": self.as_of, "horizon": self.horizon}, compute)

    @cached_property
    def observation(self) -> Result:
        inputs = {**self._survey_keys, "identity": self.identity.key, "record": self.record.key, **self.observed.inputs}
        self.say(f"forecasts from {self.as_of}")
        parameters = self.parameters | {"shown_to": self.observed.complete_to}
        return self._keep("observation", "emergence.observation", inputs, parameters, self._observe)

    def _observe(self) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
        model = AreaModel.from_table(area_model())

        def classify(technologies: Any) -> Areas:
            return classify_areas(technologies, model)

        tables = {name: self.catalogue.table(self.record, name) for name in ("record", "reliability", "cases")}
        tables |= describe(self.forecaster, self._identity, self.as_of, self.observed.complete_to, classify)
        tables |= self.observed.tables
        areas = {code: (english, chinese) for code, (english, chinese, _) in load("areas").entries.items()} | {"none": ("none", "无")}
        tables["findings"] = findings(tables, self.as_of, self.horizon, areas)
        tables["warnings"] = pl.DataFrame(self._warnings(tables), schema=SCHEMA_WARNINGS)
        survey = self.surveys[self.as_of][0]
        pooled = tables["record"].filter((pl.col("target") == "B") & pl.col("is_ours")).sort("forecast_year", nulls_last=False)
        facts = {
            "title": self.observed.title,
            "as_of": self.as_of,
            "horizon": self.horizon,
            "threshold_growth": THRESHOLD,
            "documents_count": int(tables["years"].filter(pl.col("year") <= self.as_of)["documents_count"].sum()),
            "technologies_count": len(survey.labels),
            "coverage": round(survey.coverage, 6),
            "base_rate": pooled["base_rate"][0] if pooled.height else None,
            **self.observed.facts,
        }
        return tables, facts

    def _warnings(self, tables: Mapping[str, pl.DataFrame]) -> list[dict[str, str]]:
        found = list(self.observed.warnings)
        found += on_years(tables["years"], self.as_of) + on_categories(self.observed.category_years, tables["years"], self.as_of)
        survey = self.surveys[self.as_of][0]
        found.append(
            warning(
                "tested",
                f"{survey.tested:,} communities of terms were found in {self.as_of}; the {len(survey.labels):,} with at least 20 documents "
                "in that year are scored. In a list this long some forecasts come true by luck: read the record first.",
                f"{self.as_of} 年共发现 {survey.tested:,} 个术语群落，其中当年至少有 20 篇文献的 {len(survey.labels):,} 个参与评分。"
                "名单如此之长，总有一些预测会碰巧成真：请先看历史预测记录。",
                "note",
            )
        )
        if survey.coverage < 0.6:
            found.append(
                warning(
                    "coverage",
                    f"The technologies hold only {survey.coverage:.0%} of the year's documents; a fair score wants 60%.",
                    f"这些技术只覆盖当年文献的 {survey.coverage:.0%}；公平的评分需要达到 60%。",
                )
            )
        years = tables["record"].filter(pl.col("is_ours") & (pl.col("target") == "B"))["forecast_year"].drop_nulls().len()
        if years < 5:
            found.append(
                warning(
                    "short_record",
                    f"Only {years} earlier years could be forecast again; five are wanted before a record says much.",
                    f"只有 {years} 个更早的年份可以重新预测；至少需要五年，历史记录才有足够说服力。",
                )
            )
        return found

    def sky(self, given: Any) -> Sky:
        result = self.observation
        tables = {name: self.catalogue.table(result, name) for name in result.tables}
        facts: dict[str, Any] = dict(result.facts)
        facts |= {
            "parameters": dict(result.parameters),
            "code_version": result.code_version,
            "results": {"observation": result.key, "record": self.record.key, "identity": self.identity.key, **self._survey_keys},
            "licence": self.observed.licence,
        }
        return Sky(tables, facts, self.catalogue.project, given if reading.is_frame(given) else None)


def open_sky(project: str | Path = "observatory") -> Sky:
    """The latest observation that a project folder keeps, without computing anything.

    Raises  StoreError where there is no catalogue, NotKeptError where it holds no observation yet.
    """
    catalogue = Catalogue.open(project, reading=True)
    result = catalogue.find("observation")
    tables = {name: catalogue.table(result, name) for name in result.tables}
    facts: dict[str, Any] = dict(result.facts) | {
        "parameters": dict(result.parameters),
        "code_version": result.code_version,
        "results": {"observation": result.key, **{name: key for name, key in result.inputs.items() if not key.startswith("sha256:")}},
        "licence": result.licence,
    }
    stale = catalogue.results().filter(pl.col("key") == result.key)["is_stale"].to_list()
    facts["is_stale"] = bool(stale and stale[0])
    return Sky(tables, facts, catalogue.project)


def instruments() -> Mapping[str, Instrument]:
    """Every instrument by name: needs, formula and citation."""
    return {own.name: own for own in INSTRUMENTS}


__all__ = ["Sky", "instruments", "observe", "open_sky"]
