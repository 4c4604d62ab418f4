"""The list of an observation: a row for each technology of the observed year, and its themes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from firstlight.classifications import area_model
from firstlight.instruments.emergence.areas import AreaModel, classify_areas
from firstlight.instruments.emergence.forecast.advice import (
    beginnings,
    stage,
    with_advice,
    without_advice,
)
from firstlight.instruments.emergence.forecast.outlook import Outlook
from firstlight.instruments.emergence.forecast.portfolio import bets
from firstlight.instruments.emergence.record.scores import lines
from firstlight.instruments.emergence.record.take_off import (
    Target,
    is_comparable,
    take_offs,
    threshold_share,
)
from firstlight.instruments.emergence.technologies import description
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.themes import (
    belonging,
    positions,
    settled_themes,
    theme_table,
    themes,
    with_settled_names,
)
from firstlight.observation_tables import columns_of
from firstlight.run.corpus import Corpus
from firstlight.run.glossary import with_translation
from firstlight.run.sentences import CALLED

OUTCOMES = columns_of(technologies=("technology_id", "outcome", "outcome_share", "outcome_ratio"))[
    "technologies"
]


@dataclass(frozen=True)
class TechnologyList:
    """Technologies in the order of the list, and their themes, under the names that were computed.

    as_of      : the observed year
    survey     : its technologies
    outlook    : of those that are scored
    names_zh   : technology id -> its Chinese name, where it has one
    links      : pairs of technologies that are near each other, by number, with their weight
    near_equal : pairs that are one line, by number
    record     : how often earlier lists were right
    past       : the forecasts of these lists
    """

    corpus: Corpus
    as_of: int
    target: Target
    survey: Survey
    outlook: Outlook
    names_zh: Mapping[str, str]
    links: pl.DataFrame
    near_equal: pl.DataFrame
    record: pl.DataFrame
    past: pl.DataFrame

    @cached_property
    def scored(self) -> Survey:
        """Those that are scored."""
        return self.survey.scored()

    @property
    def count(self) -> int:
        """How many technologies the list names."""
        return lines(CALLED, len(self.scored.labels), self.corpus.most_of_scored)

    @property
    def is_future_known(self) -> bool:
        """Whether the outcome is in the record, in strata that compare."""
        is_past = self.as_of + self.target.horizon <= self.corpus.complete_to
        return is_past and is_comparable(self.scored.counts, self.target)

    @property
    def technologies(self) -> pl.DataFrame:
        """A row for each technology, scored ones by rank, then watched ones by their growth."""
        return self._with_themes[0]

    @property
    def themes(self) -> pl.DataFrame:
        """A row for each theme."""
        return self._with_themes[1]

    @cached_property
    def _with_themes(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Technologies with their theme and place on the map, and the table of themes."""
        technologies, ids, settled = self._ordered, self.survey.ids, self.corpus.themes
        if settled is None:
            theme = themes(self.links, len(ids))
        else:
            theme = settled_themes(ids, settled)
        place = positions(self.links, theme)
        in_order = ids.to_frame().join(
            technologies, on="technology_id", how="left", maintain_order="left"
        )
        number = {name: row for row, name in enumerate(ids)}
        order = [number[name] for name in technologies["technology_id"]]
        belongs = belonging(self.links, theme)
        table, each = theme_table(theme, belongs, in_order, order)
        if settled is not None:
            table, each = with_settled_names(table, each, ids, settled)
        # a theme is named after a technology, and translated as that is
        named = technologies.drop_nulls("name_zh").select("name", "name_zh")
        chinese = {**dict(named.iter_rows()), **self.corpus.themes_zh}
        table = with_translation(table, "name", chinese)
        each = with_translation(each, "theme", chinese)
        beside = pl.concat([ids.to_frame(), each], how="horizontal").with_columns(
            pl.Series("x", place[:, 0]), pl.Series("y", place[:, 1])
        )
        joined = technologies.join(beside, on="technology_id", how="left", maintain_order="left")
        return joined, table

    @property
    def _ordered(self) -> pl.DataFrame:
        frame = pl.concat([self._named(), self._areas()], how="horizontal")
        first_year, growth = pl.col("first_year"), pl.col("growth_five_years")
        in_life = stage(first_year, growth, pl.col("is_newborn"), self.as_of)
        frame = frame.with_columns(in_life.alias("stage"))
        frame = frame.join(self._forecasts(), on="technology_id", how="left")
        frame = frame.join(self._outcomes(), on="technology_id", how="left")
        frame = description.ranked(frame)
        near_equal = description.with_ids(self.near_equal, self.survey.counts.names)
        frame = self._with_bets(description.with_lines(frame, near_equal))
        if self.corpus.are_places(self.as_of, self.target.horizon):
            return without_advice(frame)
        base_rate, precision = map(self._of_record, ("base_rate", "precision_20"))
        is_comparable = self.outlook.is_comparable
        return with_advice(frame, base_rate, precision, self.past, is_comparable=is_comparable)

    def _with_bets(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Technologies with the column bet: of each line of the list the first one that it moves
        with; null where no documents tell what moves together."""
        names = self.scored.counts.names
        near = [(names[one], names[other]) for one, other in self.scored.neighbours.iter_rows()]
        lines_of_list = frame.filter(pl.col("rank") <= self.count if near else pl.lit(False))
        listed = lines_of_list["technology_id"].to_list()
        same = lines_of_list.select("technology_id", "same_as").drop_nulls().iter_rows()
        head = bets(listed, [*near, *same])
        return frame.with_columns(
            pl.col("technology_id")
            .replace_strict(head, default=None, return_dtype=pl.String)
            .alias("bet")
        )

    def _named(self) -> pl.DataFrame:
        """What each technology is called, since when, its shares and growth."""
        survey = self.survey
        frame = pl.DataFrame(
            {
                "technology_id": list(survey.counts.names),
                "name": list(survey.labels),
                "status": np.where(survey.is_scored, "scored", "watched"),
                "first_year": beginnings(survey.first_years, self.corpus.first_year),
            },
            schema_overrides={"technology_id": pl.String, "name": pl.String, "status": pl.String},
        )
        names_zh = [self.names_zh.get(name) for name in survey.counts.names]
        described = description.shares_and_growth(survey.counts)
        return pl.concat([frame, described], how="horizontal").with_columns(
            pl.Series("name_zh", names_zh, dtype=pl.String)
        )

    def _areas(self) -> pl.DataFrame:
        if self.corpus.area_of is not None:
            areas = [self.corpus.area_of(name) for name in self.survey.counts.names]
            return pl.DataFrame({"area": areas, "area_probability": [1.0] * len(areas)})
        model = AreaModel.from_table(area_model())
        words = description.terms_for_areas(self.survey, self.links)
        return description.area_table(classify_areas(words, model))

    def _forecasts(self) -> pl.DataFrame:
        """Score, chance and threshold of each scored technology."""
        outlook = self.outlook
        chances = np.full((3, len(self.scored.labels)), np.nan)
        if ahead := outlook.chances:
            chances = np.round([ahead.probability, ahead.low, ahead.high], 4)
        columns = {
            "technology_id": list(self.scored.counts.names),
            "score": np.round(outlook.scores[outlook.used], 6),
            "probability": chances[0],
            "probability_low": chances[1],
            "probability_high": chances[2],
            "threshold_share": np.round(threshold_share(self.scored.counts, self.target), 9),
        }
        frame = pl.DataFrame(columns, schema_overrides={"technology_id": pl.String})
        return frame.with_columns(pl.exclude("technology_id").fill_nan(None))

    def _outcomes(self) -> pl.DataFrame:
        """What came of each scored technology; no row where that can't be known."""
        if not self.is_future_known or not self.scored.labels:
            return pl.DataFrame(schema=OUTCOMES)
        came = take_offs(self.scored.counts, self.target)
        return pl.DataFrame(
            {
                "technology_id": list(self.scored.counts.names),
                "outcome": came.is_take_off,
                "outcome_share": np.round(came.share_after, 9),
                "outcome_ratio": np.round(came.ratio, 6),
            },
            schema=OUTCOMES,
        )

    def _of_record(self, score: str) -> float | None:
        """A score of the ranking in use over all earlier forecasts; None where there are none."""
        pooled = self.record.filter(pl.col("year").is_null() & pl.col("is_used"))
        if pooled.is_empty():
            return None
        value: float | None = pooled[score][0]
        return value
