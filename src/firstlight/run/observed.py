"""What an observation says: the face of every result, and the charts of its technologies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError, checked_language
from firstlight.message_json import message_from_json
from firstlight.result import Result, altair_installed
from firstlight.texts import Name, Year, family_texts, message

RUN = Path(__file__).parent
SHOWN = 10  # technologies whose chances are drawn
BRIEF = (  # columns of the technologies that a notebook and the report show
    "rank",
    "name",
    "probability",
    "first_year",
    "documents_count",
    "growth_last_year",
    "theme",
    "area",
    "advice",
)
WIDTH, HEIGHT = 460, 260  # of a chart, in pixels


@dataclass(frozen=True, repr=False)
class Observation(Result):
    """What an observation says; its main table is that of the technologies.

    Attributes
    ----------
    facts
        The title, as_of, horizon, first_lines (messages as JSON) and whatever else stands beside
        the tables.
    """

    @classmethod
    def of(
        cls, tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any], given: Any = None
    ) -> Observation:
        """The result of a kept observation.

        Parameters
        ----------
        tables
            Name -> Polars frame; that of the technologies becomes the main one.
        facts
            What stands beside the tables; ``first_lines`` among it.
        given
            The frame that was handed in; None for a file.

        Returns
        -------
        Observation
        """
        main = {"technologies": tables["technologies"]}
        said = tuple(map(message_from_json, facts["first_lines"]))
        # Not kept with the facts: an observation that an older version kept is shown alike.
        facts = {**facts, "brief": list(BRIEF)}
        return cls({**main, **tables}, said, family_texts("emergence"), given=given, facts=facts)

    def plot(self, *names: str, lang: str = "en") -> Any:
        """An Altair chart: the chances of the first ten, or the shares of some technologies by year
        and their forecasts, one below the other.

        Parameters
        ----------
        names
            Technologies by any of their forms, or by their identifiers; the first ten where none.
        lang
            Language of the titles.

        Returns
        -------
        Altair chart

        Raises
        ------
        InputError
            Where Altair is not installed, for a name that no technology has, and for a language
            without words.
        """
        altair = altair_installed()
        if not names:
            return self._chances(altair, checked_language(lang))
        rows = [self._technology(name) for name in names]
        courses = [self._course(altair, row, checked_language(lang)) for row in rows]
        return courses[0] if len(courses) == 1 else altair.vconcat(*courses)

    def _technology(self, name: str) -> dict[str, Any]:
        """The row of a technology by its identifier, or by any of its forms whatever the case."""
        frame, forms = self.table, self.tables["forms"]
        wanted = name.strip().lower()
        has_form = forms.filter(pl.col("form").str.to_lowercase() == wanted)[
            "technology_id"
        ].implode()
        is_named = (pl.col("name").str.to_lowercase() == wanted) | pl.col("technology_id").is_in(
            has_form
        )
        hits = frame.filter((pl.col("technology_id") == name) | is_named)
        if hits.is_empty():
            raise InputError(message("no_technology", name=Name(name)), RUN)
        return hits.row(0, named=True)

    def _chances(self, altair: Any, lang: str) -> Any:
        chances = ("probability", "probability_low", "probability_high")
        first = (
            self.table.filter(pl.col("probability").is_not_null())
            .head(SHOWN)
            .select("name", *chances)
        )
        until = self.texts.say(
            lang, "interface", "until", year=Year(self.facts["as_of"] + self.facts["horizon"])
        )
        title = self.texts.say(lang, "format", "clause").join(
            [self._title(lang, "technologies", "probability"), until]
        )
        scale, percent = altair.Scale(domain=[0, 1]), altair.Axis(format="%")
        names = altair.Y("name:N", sort=None, title=None)
        base = altair.Chart(altair.Data(values=first.to_dicts())).encode(y=names)
        bars = base.mark_rule().encode(
            x=altair.X("probability_low:Q", title=title), x2="probability_high:Q"
        )
        across = altair.X("probability:Q", scale=scale, axis=percent, title=title)
        return (bars + base.mark_point(filled=True, size=60).encode(x=across)).properties(
            width=WIDTH
        )

    def _course(self, altair: Any, technology: Mapping[str, Any], lang: str) -> Any:
        """The share by year up to the forecast, what came, the bands and the threshold."""
        own = pl.col("technology_id") == technology["technology_id"]
        history, fan = self.tables["history"].filter(own), self.tables["fan"].filter(own)
        year = altair.X(
            "year:Q", axis=altair.Axis(format="d"), title=self._title(lang, "history", "year")
        )
        percent = altair.Axis(format=".2%")
        share = altair.Y("share:Q", axis=percent, title=self._title(lang, "history", "share"))
        past = altair.Chart(altair.Data(values=history.filter(~pl.col("is_future")).to_dicts()))
        came = altair.Chart(altair.Data(values=history.filter("is_future").to_dicts()))
        layers = [
            past.mark_line().encode(year, share),
            came.mark_point(filled=True).encode(year, share),
        ]
        if fan.height:
            bands = altair.Chart(altair.Data(values=fan.to_dicts()))
            for low, high in (("p10", "p90"), ("p25", "p75")):
                band = bands.mark_area(opacity=0.2).encode(
                    year, altair.Y(f"{low}:Q"), altair.Y2(f"{high}:Q")
                )
                layers.append(band)
            layers.append(bands.mark_tick(thickness=3).encode(year, altair.Y("threshold_share:Q")))
        return altair.layer(*layers).properties(
            title=technology["name"], width=WIDTH, height=HEIGHT
        )
