"""One observation: technologies of every forecast year, the record, the forecast, the page's
tables; each step kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import check_choice
from firstlight.instruments.emergence.forecast.outlook import Outlook, fan_table, outlooks
from firstlight.instruments.emergence.forecast.precedents import JudgedCases, precedents
from firstlight.instruments.emergence.record.take_off import (
    TARGETS,
    Target,
    is_comparable,
    take_offs,
)
from firstlight.instruments.emergence.record.track_record import (
    TrackRecord,
    YearForecast,
    track_record,
)
from firstlight.instruments.emergence.technologies import description
from firstlight.instruments.emergence.technologies.own_names import OnSurvey, on_survey
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.text.comparability_notices import base_rates_jump
from firstlight.message_json import message_to_json
from firstlight.nouns import Result
from firstlight.run import near_copies
from firstlight.run.changes import Earlier, carried
from firstlight.run.corpus import Caution, Corpus, Say, Surveyed, Tables
from firstlight.run.glossary import chinese_names
from firstlight.run.naming import (
    NOT_OF_COUNTS,
    GivenNames,
    evidence_table,
    first_listed,
    given,
    with_given_names,
)
from firstlight.run.naming_section import Naming
from firstlight.run.own_names import NamesFile, renumbered, unused_names, with_hidden
from firstlight.run.reading import units_and_notes
from firstlight.run.second_record import SecondRecord, places_by_year
from firstlight.run.sentences import (
    absent_lines,
    first_lines,
    link_lines,
    named_links,
    no_new_links,
    precedent_lines,
    warnings_table,
)
from firstlight.run.technology_list import TechnologyList
from firstlight.texts import Message, message

RECORD_YEARS = 8  # earlier forecasts that are checked
LEARNING_YEARS = 8  # forecast years before those, from which the first of them learns
BEHIND = 200  # technologies, from the first rank down, behind which documents and leaders are shown
WATCHED_BEHIND = 40
RECORD_TABLES = ("record", "gains", "past_forecasts", "cases", "reliability", "leads", "universe")


@dataclass
class ObservationRun:
    """The steps from a corpus to its observation; ``observation`` takes them all.

    Technologies of each year come in four stages: ``_found`` as the corpus has them, ``_named``
    under the user's names, ``_surveys`` to be shown, and of these ``_scored`` to be forecast.
    """

    catalogue: Catalogue
    corpus: Corpus
    as_of: int
    horizon: int
    say: Say
    names: NamesFile = field(default_factory=NamesFile)
    naming: Naming | None = None
    beside: SecondRecord | None = None
    since: Earlier | None = None

    @property
    def target(self) -> Target:
        """What counts as take-off at this horizon."""
        check_choice("horizon", self.horizon, TARGETS)
        return TARGETS[self.horizon]

    def observation(self) -> Result:
        """The kept observation."""
        with ThreadPoolExecutor(1) as other_thread:
            # New links follow from the technologies alone, as the record does.
            linking = other_thread.submit(self._keep_new_links, self._found)
            inputs = {**self._inputs, **self._given.inputs}
            links = linking.result()
        if links is not None:
            inputs[links.name] = links.key
        parameters = {
            **self._parameters,
            # What came after the observed year is shown, too, where the record holds it.
            "shown_to": self.corpus.complete_to,
            "years_since": self.corpus.years_since(self.catalogue.clock().year),
            **self._given.parameters,
        }
        if self.since is not None:
            parameters["since"] = self.since.sha256
        return self._keep(
            "observation",
            "emergence.observation",
            inputs,
            parameters,
            partial(self._describe, links),
        )

    @cached_property
    def _inputs(self) -> dict[str, str]:
        """What is described follows from these."""
        record = self._record_result
        known = {**self.corpus.inputs, **self._names_read, **self._elsewhere_read}
        return {**self._survey_keys, record.name: record.key, **known}

    @property
    def _survey_keys(self) -> dict[str, str]:
        return {result.name: result.key for _, result in self._surveys.values()}

    @property
    def _parameters(self) -> dict[str, Any]:
        return {"as_of": self.as_of, "horizon": self.horizon}

    def _keep(
        self,
        name: str,
        instrument: str,
        inputs: Mapping[str, str],
        parameters: Mapping[str, Any],
        compute: Any,
    ) -> Result:
        origin = self.corpus.origin
        # Units follow from the tables, which are there only once they are computed.
        made: dict[str, dict[str, str]] = {}

        def computed() -> tuple[Tables, dict[str, Any]]:
            tables, facts = compute()
            made.update({name: units_and_notes(name, frame) for name, frame in tables.items()})
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
    def _obstacle(self) -> Message | None:
        """Why there can be no forecast; None where there can.

        Technologies are then watched, not scored.
        """
        return self.corpus.obstacle(self.as_of)

    @cached_property
    def _years(self) -> list[int]:
        """Forecast years whose outcome is known by the observed year and that hold enough, and the
        observed year."""
        if self._obstacle is not None:
            return [self.as_of]
        last = self.as_of - self.horizon
        # A share is of two years, and what grows needs a share to have grown from.
        first = max(last - RECORD_YEARS - LEARNING_YEARS + 1, self.corpus.first_year + 2)
        held = [year for year in range(first, last + 1) if not self.corpus.holds_few(year)]
        return [*held, self.as_of]

    @cached_property
    def _surveys(self) -> Surveyed:
        named = {year: (self._named[year].survey, kept) for year, (_, kept) in self._found.items()}
        if self._obstacle is not None:
            survey, kept = named[self.as_of]
            return {self.as_of: (replace(survey, is_scored=np.zeros_like(survey.is_scored)), kept)}
        return named

    @cached_property
    def _found(self) -> Surveyed:
        found = self.corpus.surveys(self._years, self.as_of, self.say)
        return {year: found[year] for year in sorted(found)}

    @cached_property
    def _named(self) -> Mapping[int, OnSurvey]:
        """The technologies of each year under the user's names."""
        return {
            year: on_survey(survey, self.names.names) for year, (survey, _) in self._found.items()
        }

    @cached_property
    def _names_read(self) -> dict[str, str]:
        return self.names.inputs(self.catalogue)

    @cached_property
    def _scored(self) -> dict[int, Survey]:
        """Scored technologies of each year, as they and their outcomes are known in the observed
        year."""
        return {year: survey.scored() for year, (survey, _) in self._surveys.items()}

    @cached_property
    def _outlooks(self) -> dict[int, Outlook]:
        self.say("forecasts")
        return outlooks(self._scored, self.target, self.corpus.name, self._places_elsewhere)

    @cached_property
    def _elsewhere(self) -> Result | None:
        """The kept places of technologies in the second record; None without one."""
        if self.beside is None:
            return None
        inputs = {**self._survey_keys, **self._names_read, "beside_documents": self.beside.key}
        compute = partial(self.beside.places, self._scored, self.as_of, self.target, self.say)
        return self._keep("elsewhere", "emergence.elsewhere", inputs, self._parameters, compute)

    @property
    def _elsewhere_read(self) -> dict[str, str]:
        if self._elsewhere is None:
            return {}
        return {self._elsewhere.name: self._elsewhere.key}

    @cached_property
    def _places_elsewhere(self) -> Mapping[int, npt.NDArray[np.float64]]:
        if self._elsewhere is None:
            return {}
        return places_by_year(self.catalogue.table(self._elsewhere, "elsewhere"), self._scored)

    @cached_property
    def _track_record(self) -> TrackRecord:
        used = self._outlooks[self.as_of].used
        checked = [year for year in self._years if year in self._outlooks and year < self.as_of]

        def forecast(year: int) -> YearForecast:
            survey, outlook = self._scored[year], self._outlooks[year]
            return YearForecast(
                counts=survey.counts,
                scores=outlook.scores,
                probability=outlook.probability,
                groups=survey.groups,
                labels=survey.labels,
            )

        now = self._surveys[self.as_of][0].counts
        return track_record(
            forecast,
            checked[-RECORD_YEARS:],
            known_until=self.as_of,
            used=used,
            target=self.target,
            names=now.until(self.as_of),
            most_of_scored=self.corpus.most_of_scored,
        )

    @cached_property
    def _record_result(self) -> Result:
        def compute() -> tuple[Tables, dict[str, Any]]:
            self.say("record")
            found = self._track_record
            tables = {name: getattr(found, name) for name in RECORD_TABLES}
            return tables, {"left_out": [list(one) for one in found.left_out]}

        inputs = {**self._survey_keys, **self._names_read, **self._elsewhere_read}
        parameters = {"as_of": self.as_of, "horizon": self.horizon, "years": RECORD_YEARS}
        return self._keep("record", "emergence.record", inputs, parameters, compute)

    def _describe(self, links: Result | None) -> tuple[Tables, dict[str, Any]]:
        """The tables of the observation, and what it says of them."""
        self.say("description")
        new_links, said_of_links = self._new_links(links)
        # names that were given come last, so that nothing that is computed can depend on them
        named = with_given_names(self._tables(new_links), self._given.named)
        outlook = self._outlooks[self.as_of]
        tables, facts, ids = carried(named, self._facts(outlook), self.since)
        cautions = [
            *self.corpus.ended(self.catalogue.clock().year),
            *self._cautions(tables["record"]),
            *near_copies.said_of_copies(tables["near_duplicates"], tables["years"], self.as_of),
            *unused_names(tables["own_names"]),
            *self._given.cautions,
        ]
        tables["warnings"] = warnings_table(cautions)
        said_of_precedents = precedent_lines(tables["precedents_record"])
        return tables, {
            **facts,
            "new_link_lines": list(map(message_to_json, said_of_links)),
            "precedent_lines": list(map(message_to_json, said_of_precedents)),
            **first_lines(
                tables,
                facts,
                outlook,
                cautions,
                [ids.get(name, name) for name in self._scored[self.as_of].counts.names],
                self._obstacle,
                self._list.count,
            ),
        }

    def _tables(self, new_links: Tables) -> Tables:
        """All tables but the warnings, under the names that were computed."""
        survey, kept = self._surveys[self.as_of]
        record = {name: self.catalogue.table(self._record_result, name) for name in RECORD_TABLES}
        with ThreadPoolExecutor(1) as other_thread:
            # Near copies follow from the documents alone, so they need not wait for the list.
            of_year = self.corpus.near_copies or (lambda year: near_copies.NONE)
            copies = other_thread.submit(of_year, self.as_of)
            technologies = self._list.technologies
            scored = technologies.filter(pl.col("rank").is_not_null())["technology_id"]
            watched = technologies.filter(pl.col("rank").is_null())["technology_id"]
            shown = [*scored[:BEHIND], *watched[:WATCHED_BEHIND]]
            evidence = other_thread.submit(self.corpus.evidence, self.as_of, shown, self.say)
            alike = self._precedents(scored[:BEHIND].to_list())
            history = description.history(survey.counts)
            behind = evidence.result()
        return {
            "technologies": technologies,
            "history": history,
            "fan": fan_table(self._outlooks[self.as_of], self._scored[self.as_of]),
            "forms": description.form_table(survey),
            "themes": self._list.themes,
            "links": description.with_ids(self._list.links, survey.counts.names),
            "near_duplicates": copies.result(),
            **behind,
            "dropped": with_hidden(
                self.catalogue.table(kept, "dropped"), self._named[self.as_of].hidden
            ),
            "own_names": self._named[self.as_of].applied,
            "named": self._given.named,
            "areas_summary": description.areas_summary(technologies),
            "years": self.corpus.years,
            **new_links,
            **alike,
            **record,
            **self.corpus.tables,
        }

    def _cautions(self, record: pl.DataFrame) -> list[Caution]:
        """What is amiss with the corpus, and with what took off in its earlier years."""
        found = self.corpus.cautions(self.as_of, self.horizon)
        if self.beside is not None and self._obstacle is None:
            found = [*found, self.beside.caution(self._places_elsewhere[self.as_of])]
        if self.corpus.kind != "documents":
            return found
        by_year = record.filter(pl.col("year").is_not_null() & pl.col("is_used"))
        columns = ("year", "scored_count", "take_off_count")
        jump = base_rates_jump(*(by_year[name].to_list() for name in columns))
        if jump is None:
            return found
        return [*found, Caution(jump.code, jump.severity, jump.message, "record")]

    @cached_property
    def _list(self) -> TechnologyList:
        names_zh = chinese_names(self._named[self.as_of], self.corpus.names_zh)
        return TechnologyList(
            self.corpus,
            self.as_of,
            self.target,
            self._surveys[self.as_of][0],
            self._outlooks[self.as_of],
            names_zh,
            links=self._between("links"),
            near_equal=self._between("near_equal"),
            record=self.catalogue.table(self._record_result, "record"),
            past=self.catalogue.table(self._record_result, "past_forecasts"),
        )

    def _between(self, name: str) -> pl.DataFrame:
        """A kept table of pairs of technologies, without the hidden ones."""
        _, kept = self._surveys[self.as_of]
        return renumbered(self.catalogue.table(kept, name), self._named[self.as_of].number)

    @cached_property
    def _given(self) -> GivenNames:
        """What the user's own server names; nothing unless the user has set one."""
        if self.naming is None:
            return GivenNames()
        behind_names = self.corpus.behind_names
        if behind_names is None:
            return NOT_OF_COUNTS
        survey, _ = self._surveys[self.as_of]
        most = self.naming.technologies

        def compute() -> tuple[Tables, dict[str, Any]]:
            self.say("evidence")
            technologies = self._list.technologies
            listed = first_listed(technologies, most)
            behind = behind_names(self.as_of, listed["technology_id"].to_list(), self.say)
            return {"evidence": evidence_table(listed, technologies, survey, behind)}, {}

        parameters = {**self._parameters, "technologies": most}
        kept = self._keep(
            "naming_evidence", "emergence.naming_evidence", self._inputs, parameters, compute
        )
        applied = self._named[self.as_of].applied
        return given(self.catalogue, kept, self.naming, survey, applied, self.say)

    def _keep_new_links(self, found: Surveyed) -> Result | None:
        """The kept pairs that may meet; None where they cannot be told."""
        compute = self.corpus.new_links
        if compute is None or self._obstacle is not None:
            return None
        inputs = {kept.name: kept.key for _, kept in found.values()}
        parameters = {"as_of": self.as_of, "years": RECORD_YEARS}
        made = partial(compute, found, self.as_of, self.say)
        return self._keep("new_links", "emergence.new_links", inputs, parameters, made)

    def _new_links(self, kept: Result | None) -> tuple[Tables, list[Message]]:
        """Pairs that may meet with the record of such forecasts, and the sentences above them."""
        if kept is None and self.corpus.new_links:
            return no_new_links(), [message("absent_few")]
        if kept is None:
            return no_new_links(), absent_lines(self.corpus.kind)
        tables = {name: self.catalogue.table(kept, name) for name in no_new_links()}
        shown = self._surveys[self.as_of][0]
        tables["new_links"] = named_links(tables["new_links"], shown.counts.names, shown.labels)
        return tables, link_lines(tables, kept.facts, self.as_of)

    def _precedents(self, shown: Sequence[str]) -> Tables:
        """Earlier cases that look like the technologies shown, and the record of such likeness."""
        self.say("precedents")
        cases = {}
        for year, survey in self._scored.items():
            came, outlook = None, self._outlooks[year]
            is_past = year + self.horizon <= self.as_of
            if is_past and is_comparable(survey.counts, self.target) and survey.labels:
                came = take_offs(survey.counts, self.target)
            cases[year] = JudgedCases(survey, outlook.features, came, outlook.probability)
        checked = [year for year in self._years if year < self.as_of][-RECORD_YEARS:]
        found = precedents(cases, self.as_of, self.horizon, shown, checked)
        return {"precedents": found.precedents, "precedents_record": found.record}

    def _facts(self, outlook: Outlook) -> dict[str, Any]:
        corpus = self.corpus
        return {
            "title": corpus.title,
            "corpus": corpus.name,
            "kind": corpus.kind,
            "as_of": self.as_of,
            "horizon": self.horizon,
            "factor": self.target.factor,
            "gain": self.target.gain,
            "z": self.target.z,
            "ranking": outlook.used,
            "is_future_known": self._list.is_future_known,
            "coverage": self._scored[self.as_of].coverage,
            "results": self._survey_keys,
            **corpus.facts,
        }
