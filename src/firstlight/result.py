"""One face for what a measurement says: tables, the answer in words, charts, and a notebook's view
of it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.chart import Chart, Drawing, Mark, chart_to_json
from firstlight.errors import InputError, checked_language, installing, unknown
from firstlight.message_json import message_from_json, message_to_json
from firstlight.numerics.long_frames import as_given
from firstlight.texts import (
    WORDS,
    Count,
    Message,
    Name,
    Phrase,
    Texts,
    Year,
    in_language,
    message,
    names,
)

__all__ = ["Result"]

ASIDE = ("set_aside", "set_aside_rows")  # tables of rows of the input that were not used
SHOWN = 10  # rows of the main table that a notebook shows
RANKED = 20  # units of a ranking that are drawn
FEWEST_MAPPED = 8  # of them with an outline, from which a ranking is drawn as a map as well
WIDTH, HEIGHT = 460, 260


@dataclass(frozen=True)
class Result:
    """Tables, the main one first; what they say; charts.

    Attributes
    ----------
    tables
        Name -> Polars frame.
    said
        Messages, the answer first.
    texts
        The words of the measurement.
    conventions
        Messages that say which conventions were used.
    charts
        What to draw of the tables.
    given
        The frame that was handed in, whose kind ``frame`` returns.
    facts
        Of a result that a project keeps: where it came from and how; empty for the call of a
        function.
    """

    tables: Mapping[str, pl.DataFrame]
    said: tuple[Message, ...]
    texts: Texts = field(repr=False)
    conventions: tuple[Message, ...] = ()
    charts: tuple[Chart | Drawing, ...] = ()
    given: Any = field(default=None, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        told = {name: frame.height for name, frame in self.tables.items() if name not in ASIDE}
        rows = ", ".join(f"{name} ({height})" for name, height in told.items())
        return "; ".join([f"{type(self).__name__}({rows})", *self.set_aside()])

    @property
    def table(self) -> pl.DataFrame:
        """The main table, as a Polars frame."""
        return next(iter(self.tables.values()))

    @property
    def frame(self) -> Any:
        """The main table, in the kind of frame that was handed in."""
        return as_given(self.table, self.given)

    def as_given(self, name: str) -> Any:
        """A table by its name, in the kind of frame that was handed in.

        Parameters
        ----------
        name
            Of the table.

        Returns
        -------
        Frame of pandas, PyArrow, DuckDB or Polars; Polars where none was handed in.

        Raises
        ------
        InputError
            For a name that no table has.
        """
        if name not in self.tables:
            raise InputError(unknown("no_table", name, self.tables))
        return as_given(self.tables[name], self.given)

    def summary(self, lang: str = "en") -> str:
        """The answer in words, a line each; then what a reader of the input should know, and what
        was set aside of it.

        Parameters
        ----------
        lang
            Language.

        Returns
        -------
        The lines, the answer first.

        Raises
        ------
        InputError
            For a language without words.
        """
        checked_language(lang)
        said = [*self.said, *map(message_from_json, self.facts.get("notes", ()))]
        lines = [self.texts.sentence(lang, given) for given in said]
        return "\n".join([*lines, *self.set_aside(lang)])

    def set_aside(self, lang: str = "en") -> list[str]:
        """How many rows of the input were set aside, the commonest reason first.

        Parameters
        ----------
        lang
            Language.

        Returns
        -------
        A line for each reason, with the place of the first such row; none where all rows were
        used.
        """
        return set_aside_lines(self.tables, lang)

    def plot(self, *codes: str, lang: str = "en") -> Any:
        """Some of the charts as an Altair chart, one below the other.

        Parameters
        ----------
        codes
            Of the charts; the first where none.
        lang
            Language of the titles.

        Returns
        -------
        Altair chart

        Raises
        ------
        InputError
            Where Altair is not installed, for a chart that the result does not have, and for a
            language without words.
        """
        altair = altair_installed()
        charts = {chart.code: chart for chart in self.charts if isinstance(chart, Chart)}
        for code in codes or ("plot",) * (not charts):
            if code not in charts:
                raise InputError(message("no_chart", code=Name(code), codes=names(charts)))
        chosen = [charts[code] for code in codes] or list(charts.values())[:1]
        drawn = [self._altair(altair, chart, checked_language(lang)) for chart in chosen]
        return drawn[0] if len(drawn) == 1 else altair.vconcat(*drawn)

    def to_json(self) -> dict[str, Any]:
        """Messages and charts; tables are kept as Parquet beside them.

        Returns
        -------
        ``said``, ``conventions`` and ``charts``, in values that JSON can say.
        """
        return {
            "said": [message_to_json(given) for given in self.said],
            "conventions": [message_to_json(given) for given in self.conventions],
            "charts": [chart_to_json(chart) for chart in self.charts],
        }

    def _repr_html_(self) -> str:
        """The answer and the first ten rows, for a notebook; what came from the user's data is
        escaped."""
        lines = [f"<p>{html.escape(line)}</p>" for line in self.summary().splitlines()]
        name, frame = next(iter(self.tables.items()))
        shown = self._notebook_columns()
        heads = (html.escape(self._title("en", name, column)) for column in shown)
        head = "".join(f"<th>{title}</th>" for title in heads)
        rows = []
        for row in frame.head(SHOWN).iter_rows(named=True):
            cells = (html.escape(self.texts.cell("en", name, column, row)) for column in shown)
            rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        return "".join(
            [*lines, f"<table><thead><tr>{head}</tr></thead><tbody>", *rows, "</tbody></table>"]
        )

    def _notebook_columns(self) -> list[str]:
        brief = [name for name in self.facts.get("brief", ()) if name in self.table.columns]
        return brief or self.table.columns

    def _title(self, lang: str, table: str, column: str) -> str:
        """The title of a column; its name where it is one of the user's."""
        return self.texts.title(lang, table, column)

    def _altair(self, altair: Any, chart: Chart, lang: str) -> Any:
        if not chart.x:
            return self._altair_ranking(altair, chart, lang)
        drawn = self.tables[chart.table]
        drawn = _with_dates(stacked(drawn.select(chart_columns(chart)), chart), chart, self.tables)
        data = altair.Data(values=drawn.to_dicts())
        if chart.is_log_across:
            title, scale = self._title(lang, chart.table, chart.x), altair.Scale(type="log")
            across = altair.X(f"{chart.x}:Q", title=title, scale=scale)
        else:
            across = altair.X(f"{chart.x}:Q", axis=altair.Axis(format="d"), title=None)
        encodings = [across]
        if chart.line:
            encodings.append(altair.Color(f"{chart.line}:N"))
        layers = [
            layer
            for mark in chart.marks
            for layer in self._layers(altair, altair.Chart(data), chart, mark, encodings, lang)
        ]
        if chart.dates is not None:
            at = altair.X("max(date):Q", title=None)
            layers.append(altair.Chart(data).mark_rule(strokeDash=[4, 3]).encode(x=at))
        height = HEIGHT // 2 if chart.strip else HEIGHT
        layered = altair.layer(*layers).properties(width=WIDTH, height=height)
        title = chart_title(self.texts, lang, chart)
        return _faceted(altair, layered, chart).properties(title=title)

    def _altair_ranking(self, altair: Any, chart: Chart, lang: str) -> Any:
        """Bars or dots with the names of the units, the largest first."""
        rows, year = ranking(self.tables[chart.table], chart)
        place = pl.int_range(pl.len())
        shown = rows.filter(place.over(chart.panel or 1) < RANKED)
        mark, unit = chart.marks[0], chart.line or rows.columns[0]
        called = {"unit_name": self._called(lang, chart, unit, shown)}
        if chart.panel:
            called["panel_name"] = self._called(lang, chart, chart.panel, shown)
            whole = self._called(lang, chart, chart.panel, self.tables[chart.table])
            panels = whole.unique(maintain_order=True).to_list()
        parts = [part for each in chart.marks for part in (each.y, each.low, each.high) if part]
        drawn = shown.select(list(dict.fromkeys(parts))).with_columns(**called)
        base = altair.Chart(altair.Data(values=drawn.to_dicts()))
        order = called["unit_name"].unique(maintain_order=True).to_list()
        names_down = altair.Y("unit_name:N", sort=order, title=None)
        is_bars = mark.kind == "bars"
        scale = altair.Scale(type="log" if chart.is_log else "linear", zero=is_bars)
        title = self._title(lang, chart.table, mark.y)
        across = altair.X(f"{mark.y}:Q", title=title, scale=scale)
        kind = base.mark_bar() if is_bars else base.mark_point(filled=True)
        layers = [kind.encode(across, names_down)]
        if mark.low:
            low = altair.X(f"{mark.low}:Q", title=title, scale=scale)
            layers.append(
                base.mark_rule().encode(low, altair.X2(f"{mark.high}:Q"), names_down),
            )
        for other in chart.marks[1:]:
            across = altair.X(f"{other.y}:Q", title=title, scale=scale)
            layers.append(base.mark_tick(thickness=2).encode(across, names_down))
        drawn_whole = altair.layer(*layers).properties(width=WIDTH)
        if chart.panel:
            facet = altair.Facet("panel_name:N", title=None, sort=panels)
            drawn_whole = drawn_whole.facet(facet, columns=2)
            drawn_whole = drawn_whole.resolve_scale(x="independent", y="independent")
        return drawn_whole.properties(title=chart_title(self.texts, lang, chart, year))

    def _called(self, lang: str, chart: Chart, column: str, rows: pl.DataFrame) -> pl.Series:
        """What names and codes of a column are called, row by row."""
        words = [
            self.texts.cell(lang, chart.table, column, {column: value})
            for value in rows[column].to_list()
        ]
        return pl.Series(column, words, pl.String)

    def _layers(
        self, altair: Any, base: Any, chart: Chart, mark: Mark, encodings: list[Any], lang: str
    ) -> list[Any]:
        scale = altair.Scale(type="log" if chart.is_log else "linear", zero=False)
        title = self._title(lang, chart.table, mark.y)
        up = altair.Y(f"{mark.y}:Q", title=title, scale=scale)
        if mark.kind == "bars":
            ends = altair.Y(f"{mark.y}_from:Q", title=None), altair.Y2(f"{mark.y}_to:Q")
            colour = altair.ColorDatum(title, type="nominal", title=None)
            return [base.mark_bar().encode(*ends, *encodings, colour)]
        drawn = {
            "line": lambda: base.mark_line(),
            "dash": lambda: base.mark_line(strokeDash=[4, 3]),
            "step": lambda: base.mark_line(interpolate="step-after"),
            "points": lambda: base.mark_point(filled=True),
        }[mark.kind]()
        layers = [drawn.encode(up, *encodings)]
        if mark.low:
            if mark.kind == "points":
                band = base.mark_rule(opacity=0.4)
            else:
                band = base.mark_area(opacity=0.2)
            low = altair.Y(f"{mark.low}:Q", title=title, scale=scale)
            layers.insert(0, band.encode(low, altair.Y2(f"{mark.high}:Q"), *encodings))
        return layers


def _faceted(altair: Any, layered: Any, chart: Chart) -> Any:
    """Panels side by side, or strips one below the other with axes of their own."""
    if not chart.strip:
        return layered.facet(f"{chart.panel}:N", columns=2) if chart.panel else layered
    panels = {"column": altair.Column(f"{chart.panel}:N", title=None)} if chart.panel else {}
    rows = altair.Row(f"{chart.strip}:N", title=None)
    return layered.facet(row=rows, **panels).resolve_scale(y="independent")


def _with_dates(
    drawn: pl.DataFrame, chart: Chart, tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The rows with ``date``, what is marked in their panel and strip."""
    if chart.dates is None:
        return drawn
    on = [column for column in (chart.panel, chart.strip) if column]
    dates = tables[chart.dates.table].select(*on, date=chart.dates.x)
    if not on:
        return drawn.join(dates, how="cross")
    return drawn.join(dates, on=on, how="left", maintain_order="left")


def set_aside_lines(tables: Mapping[str, pl.DataFrame], lang: str) -> list[str]:
    """Why rows were set aside, a line for each reason, the commonest first."""
    rows = tables.get(ASIDE[0])
    if rows is None or not rows.height:
        return []
    words = Texts(WORDS)
    lines = []
    for row in rows.sort(-pl.col("documents_count"), "reason").iter_rows(named=True):
        file, _, number = row["example"].rpartition(", row ")
        first = Phrase(message("phrases.row", file=Name(file), row=Name(number)))
        count, why = Count(row["documents_count"]), Name(in_language(row, "reason", lang))
        said = words.say(lang, "interface", "set_aside", count=count, reason=why, first=first)
        lines.append(said)
    return lines


def altair_installed() -> Any:
    """The Altair module, which draws what a notebook shows.

    Raises InputError where it is not installed.
    """
    try:
        import altair
    except ModuleNotFoundError as error:
        raise InputError(message("no_altair", command=installing("plots"))) from error
    return altair


def chart_columns(chart: Chart) -> list[str]:
    """The columns that a chart reads, each once."""
    parts = [chart.x, chart.panel, chart.line, chart.strip]
    for mark in chart.marks:
        parts += [mark.y, mark.low, mark.high]
    return list(dict.fromkeys(part for part in parts if part))


def stacked(frame: pl.DataFrame, chart: Chart) -> pl.DataFrame:
    """The frame with the ends of each bar, ``<column>_from`` and ``<column>_to``: one upon another.

    Those above 0 go upwards, those below 0 downwards, in the order of the chart's marks.

    >>> chart = Chart("parts", "t", "year", tuple(Mark(name, "bars") for name in "abc"))
    >>> rows = pl.DataFrame({"a": [1.0], "b": [-1.0], "c": [2.0]})
    >>> stacked(rows, chart).select("b_from", "b_to", "c_from", "c_to").row(0)
    (0.0, -1.0, 1.0, 3.0)
    """
    up = down = pl.lit(0.0)
    for mark in chart.marks:
        if mark.kind == "bars":
            value = pl.col(mark.y)
            start = pl.when(value >= 0).then(up).when(value < 0).then(down)
            ends = {f"{mark.y}_from": start, f"{mark.y}_to": start + value}
            frame = frame.with_columns(**ends)
            up = up + value.clip(lower_bound=0).fill_null(0.0)
            down = down + value.clip(upper_bound=0).fill_null(0.0)
    return frame


def ranking(frame: pl.DataFrame, chart: Chart) -> tuple[pl.DataFrame, int | None]:
    """The rows that have a value, of the last year where there are years, the highest first unless
    the chart says otherwise; and that year. Ties keep the order of the frame.

    >>> frame = pl.DataFrame({"unit": ["a", "b", "b"], "year": [2, 2, 1], "score": [0.5, 1.0, 2.0]})
    >>> rows, year = ranking(frame, Chart("scores", "scores", "", (Mark("score"),)))
    >>> rows["unit"].to_list(), year
    (['b', 'a'], 2)
    """
    value, year = chart.marks[0].y, None
    known = frame.filter(pl.col(value).is_not_null())
    if "year" in known.columns and known["year"].count():
        year = int(known["year"].drop_nulls().to_numpy().max())
        known = known.filter(pl.col("year") == year)
    is_descending = not chart.is_smallest_first
    return known.sort(value, descending=is_descending, maintain_order=True), year


def ranked_units(result: Result) -> list[set[str]]:
    """The units of each ranking, where they are names."""
    found = []
    for chart in result.charts:
        if isinstance(chart, Chart) and not chart.x:
            frame = result.tables[chart.table]
            unit = frame[chart.line or frame.columns[0]]
            if unit.dtype == pl.String:
                found.append(set(unit.drop_nulls()))
    return found


def chart_title(texts: Texts, lang: str, chart: Chart, year: int | None = None) -> str:
    """The title of a chart, with the year that it shows."""
    title = texts.say(lang, "charts", chart.code, "title")
    if year is None:
        return title
    return texts.say(lang, "format", "bracketed", text=Name(title), inside=Year(year))
