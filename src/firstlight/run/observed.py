"""One face for what an observation says: tables, the first lines in words, a chart, and a notebook's view of it."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError, checked_language, unknown
from firstlight.texts import Name, Texts, Year, family_texts, message, message_from_json

__all__ = ["Observation"]

RUN = Path(__file__).parent
SHOWN = 10  # rows of the main table that a notebook shows
COLUMNS = (
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
WIDTH, HEIGHT = 460, 260


def _as_it_is(frame: pl.DataFrame) -> Any:
    return frame


@dataclass(frozen=True)
class Observation:
    """Tables and facts of an observation.

    tables  : name -> Polars frame
    facts   : title, as_of, horizon, first_lines (messages as JSON) and whatever else stands beside the tables
    texts   : the words of the family that made it
    main    : the table that answers the question
    convert : turns a Polars frame into the kind of frame that was handed in
    """

    tables: Mapping[str, pl.DataFrame]
    facts: Mapping[str, Any]
    texts: Texts = field(default_factory=lambda: family_texts("emergence"), repr=False)
    main: str = "technologies"
    convert: Callable[[pl.DataFrame], Any] = field(default=_as_it_is, repr=False)

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} ({frame.height})" for name, frame in self.tables.items())
        return f"Observation({self.facts.get('title', '')!r}: {rows})"

    def table(self, name: str) -> Any:
        """A table by its name, in the kind of frame that was handed in (Polars for a file).

        Raises InputError for a name that no table has.
        """
        return self.convert(self._frame(name))

    @property
    def frame(self) -> Any:
        """The main table, in the kind of frame that was handed in."""
        return self.table(self.main)

    def summary(self, lang: str = "en") -> str:
        """The first lines in words: the answer, whether to believe it, the verdict where the future is known.

        Raises InputError for a language without words.
        """
        return "\n".join(self._first_lines(checked_language(lang)))

    def plot(self, name: str | None = None, lang: str = "en") -> Any:
        """An Altair chart: the chances of the first ten, or the share of one technology by year and its forecast.

        name : a technology by any of its forms, or by its identifier

        Raises InputError where Altair is not installed, and for a name that no technology has.
        """
        try:
            import altair
        except ModuleNotFoundError as error:
            raise InputError(message("no_altair")) from error
        if name is None:
            return self._chances(altair, checked_language(lang))
        return self._course(altair, self._technology(name), checked_language(lang))

    def _repr_html_(self) -> str:
        """The first lines and the first ten rows, for a notebook; what came from documents is escaped."""
        lines = [f"<p>{html.escape(line)}</p>" for line in self._first_lines("en")]
        frame = self._frame(self.main)
        shown = [column for column in COLUMNS if column in frame.columns]
        heads = "".join(f"<th>{html.escape(self._title('en', column))}</th>" for column in shown)
        rows = []
        for row in frame.head(SHOWN).iter_rows(named=True):
            cells = (html.escape(self.texts.cell("en", self.main, column, row)) for column in shown)
            rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        return "".join([*lines, table])

    def _frame(self, name: str) -> pl.DataFrame:
        if name not in self.tables:
            raise InputError(unknown("no_table", name, self.tables))
        return self.tables[name]

    def _first_lines(self, lang: str) -> list[str]:
        messages = (message_from_json(line) for line in self.facts["first_lines"])
        return [self.texts.sentence(lang, given) for given in messages]

    def _title(self, lang: str, column: str, table: str | None = None) -> str:
        return self.texts.column(lang, table or self.main, column)["title"]

    def _technology(self, name: str) -> dict[str, Any]:
        """The row of a technology by its identifier, or by any of its forms whatever the case."""
        frame, forms = self._frame(self.main), self._frame("forms")
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
            self._frame(self.main)
            .filter(pl.col("probability").is_not_null())
            .head(SHOWN)
            .select("name", *chances)
        )
        until = self.texts.say(
            lang, "interface", "until", year=Year(self.facts["as_of"] + self.facts["horizon"])
        )
        title = self.texts.say(lang, "format", "clause").join(
            [self._title(lang, "probability"), until]
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
        """The share by year up to the forecast, what came, the forecast's bands and the threshold."""
        own = pl.col("technology_id") == technology["technology_id"]
        history, fan = self._frame("history").filter(own), self._frame("fan").filter(own)
        year = altair.X(
            "year:Q", axis=altair.Axis(format="d"), title=self._title(lang, "year", "history")
        )
        percent = altair.Axis(format=".2%")
        share = altair.Y("share:Q", axis=percent, title=self._title(lang, "share", "history"))
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
