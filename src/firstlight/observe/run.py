"""One observation under way: who is who, the record, the forecasts; each step kept with its inputs' keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.classifications import area_model, load
from firstlight.instruments.emergence.areas import AreaModel, Areas, classify_areas
from firstlight.instruments.emergence.comparability import on_categories, on_record, on_years, warnings_table
from firstlight.instruments.emergence.convergence_table import UNITS as CONVERGENCE_UNITS
from firstlight.instruments.emergence.convergence_table import converging, nothing
from firstlight.instruments.emergence.findings import base_rate, findings
from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.identity import Identity, follow
from firstlight.instruments.emergence.observation import describe
from firstlight.instruments.emergence.observation_units import UNITS
from firstlight.instruments.emergence.precedents import precedents
from firstlight.instruments.emergence.standing import standing
from firstlight.instruments.emergence.track_record import track_record
from firstlight.nouns import Result
from firstlight.observe import stages
from firstlight.observe.reading import RECORD_YEARS, Observed, Say, Surveys

THRESHOLD = 0.08
INTERVAL_LEVEL = 0.9
RECORD_TABLES = ("record", "reliability", "cases", "case_reasons", "past_forecasts")
Computed = tuple[dict[str, pl.DataFrame], dict[str, Any]]


@dataclass
class Run:
    """The steps from surveys to an observation; ``observation`` takes them all."""

    catalogue: Catalogue
    observed: Observed
    surveys: Surveys
    as_of: int
    horizon: int
    granularity: float
    say: Say

    def observation(self) -> tuple[Result, dict[str, str]]:
        """The kept observation, and the keys of the Results that it stands on."""
        steps = (self._identity, self._record, self._convergence, self._life_cycle, self._description)
        above = {step.name: step.key for step in steps}
        parameters = {
            "as_of": self.as_of,
            "horizon": self.horizon,
            "granularity": self.granularity,
            "threshold": THRESHOLD,
            "shown_to": self.observed.complete_to,
        }
        inputs = {**self._inputs, **above, **self.observed.inputs}
        result = self._keep("observation", "emergence.observation", inputs, parameters, self._observe)
        return result, {"observation": result.key, **inputs}

    def _keep(
        self, name: str, instrument: str, inputs: Mapping[str, str], parameters: Mapping[str, Any], compute: Any
    ) -> Result:
        """Keep one step; the units are those of the tables that it makes."""
        origin = self.observed.origin
        made = {}

        def computed() -> Computed:
            tables, facts = compute()
            every = {**UNITS, **CONVERGENCE_UNITS, **stages.UNITS}
            made.update({table: units for table, units in every.items() if table in tables})
            return tables, facts

        return self.catalogue.keep(
            name,
            instrument=instrument,
            parameters=parameters,
            inputs=inputs,
            source=origin.source,
            licence=origin.licence,
            compute=computed,
            units=made,
        )

    @cached_property
    def _inputs(self) -> dict[str, str]:
        return {kept.name: kept.key for _, kept in self.surveys.values()}

    @cached_property
    def _identity(self) -> Result:
        def compute() -> Computed:
            found = follow({year: survey for year, (survey, _) in self.surveys.items()})
            rows = [(year, place, own) for year, ids in found.ids.items() for place, own in enumerate(ids)]
            schema = {"forecast_year": pl.Int64, "technology": pl.Int64, "technology_id": pl.String}
            return {"ids": pl.DataFrame(rows, schema=schema, orient="row"), "events": found.events}, {}

        self.say("identity")
        return self._keep("identity", "emergence.identity", self._inputs, {"years": sorted(self.surveys)}, compute)

    @cached_property
    def _who(self) -> Identity:
        ids = self.catalogue.table(self._identity, "ids").sort("forecast_year", "technology")
        by_year: dict[int, list[str]] = {year: [] for year in self.surveys}
        for year, own in ids.select("forecast_year", "technology_id").iter_rows():
            by_year[year].append(own)
        return Identity(
            {year: tuple(own) for year, own in by_year.items()}, self.catalogue.table(self._identity, "events")
        )

    @cached_property
    def _forecaster(self) -> Forecaster:
        return Forecaster({year: survey for year, (survey, _) in self.surveys.items()}, self._who.ids, self.horizon)

    @cached_property
    def _record(self) -> Result:
        def compute() -> Computed:
            found = track_record(self._forecaster, self.as_of, most_years=RECORD_YEARS)
            tables = {"record": found.scores, "reliability": found.reliability, "cases": found.cases}
            tables |= {"case_reasons": found.case_reasons, "past_forecasts": found.forecasts}
            return tables, {"years": list(found.years)}

        self.say("record")
        inputs = {**self._inputs, "identity": self._identity.key}
        parameters = {"known_at": self.as_of, "horizon": self.horizon, "most_years": RECORD_YEARS}
        return self._keep("record", "emergence.record", inputs, parameters, compute)

    @cached_property
    def _convergence(self) -> Result:
        def compute() -> Computed:
            words = self.observed.words
            if words is None:
                found = nothing(*self.observed.no_words)
            else:
                surveys = {year: survey for year, (survey, _) in self.surveys.items()}
                found = converging(*words(), surveys, self._who.ids, self.as_of, self.horizon)
            facts = {"convergence_note_en": found.note[0], "convergence_note_zh": found.note[1]}
            return {"convergence": found.pairs, "convergence_record": found.record}, facts

        self.say("new links")
        inputs = {**self._inputs, "identity": self._identity.key}  # the surveys' keys say which documents were read
        parameters = {"as_of": self.as_of, "horizon": self.horizon, "shown_to": self.observed.complete_to}
        return self._keep("convergence", "emergence.convergence", inputs, parameters, compute)

    @cached_property
    def _life_cycle(self) -> Result:
        def compute() -> Computed:
            surveys = {year: survey for year, (survey, _) in self.surveys.items()}
            return stages.stages(surveys, self._who.ids[self.as_of], self.as_of)

        self.say("life cycle")
        inputs = {**self._inputs, "identity": self._identity.key}
        return self._keep("life_cycle", "diffusion.life_cycle", inputs, {"as_of": self.as_of}, compute)

    @cached_property
    def _description(self) -> Result:
        """What hangs on the surveys alone: it stays as it is where documents come that no survey reads yet."""

        def compute() -> Computed:
            tables = {name: self.catalogue.table(self._record, name) for name in RECORD_TABLES}
            model = AreaModel.from_table(area_model())

            def classify(technologies: Any) -> Areas:
                return classify_areas(technologies, model)

            found = describe(self._forecaster, self._who, self.as_of, self.observed.complete_to, classify)
            return {**found, **self._beside_the_past({**tables, **found})}, {}

        self.say("forecasts")
        inputs = {**self._inputs, "identity": self._identity.key, "record": self._record.key}
        parameters = {"as_of": self.as_of, "horizon": self.horizon, "shown_to": self.observed.complete_to}
        return self._keep("description", "emergence.description", inputs, parameters, compute)

    def _observe(self) -> Computed:
        tables = {name: self.catalogue.table(self._record, name) for name in RECORD_TABLES}
        tables |= {name: self.catalogue.table(self._description, name) for name in self._description.tables}
        tables |= self.observed.tables
        tables |= {name: self.catalogue.table(self._convergence, name) for name in CONVERGENCE_UNITS}
        tables["life_cycle"] = self.catalogue.table(self._life_cycle, "life_cycle")
        names = {code: {"en": en, "zh": zh} for code, (en, zh, _) in load("areas").entries.items()}
        tables["findings"] = findings(tables, self.as_of, self.horizon, names)
        survey = self.surveys[self.as_of][0]
        tables["warnings"] = warnings_table(
            [
                *self.observed.warnings,
                *on_years(tables["years"], self.as_of),
                *on_categories(self.observed.category_years, tables["years"], self.as_of),
                *on_record(survey, tables["record"]),
            ]
        )
        facts = {
            "title": self.observed.title,
            "as_of": self.as_of,
            "horizon": self.horizon,
            "threshold_growth": THRESHOLD,
            "interval_level": INTERVAL_LEVEL,
            "documents_count": int(survey.totals[survey.years <= self.as_of].sum()),
            "technologies_count": len(survey.labels),
            "coverage": round(survey.coverage, 6),
            "base_rate": base_rate(tables["record"]),
            "names": names,
            **self._convergence.facts,
            **self._life_cycle.facts,
            **self.observed.facts,
        }
        return tables, {key: value for key, value in facts.items() if not _is_nan(value)}

    def _beside_the_past(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """Precedents of each technology, and what came of earlier forecasts of about its probability and rank."""
        alike = precedents(self._forecaster, self.as_of)
        ours = tables["record"].filter(pl.col("is_ours") & (pl.col("target") == "B") & pl.col("is_pooled"))
        years = ours["forecast_year"].drop_nulls().to_list()
        stands = standing(tables["technologies"], tables["past_forecasts"], years)
        return {
            "precedents": alike.nearest,
            "precedent_outcomes": alike.outcomes,
            "standing": stands.forecasts,
            "rank_record": stands.ranks,
        }


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and bool(np.isnan(value))
