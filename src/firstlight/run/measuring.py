"""Measure: read a panel, run one instrument on it, keep what it says; recompute only what is stale."""

from __future__ import annotations

import csv
import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import KEY_DIGITS, Catalogue, code_version, key_of
from firstlight.errors import InputError
from firstlight.nouns import Result as Kept
from firstlight.numerics.solution_memory import remembering
from firstlight.run import reading
from firstlight.run.beside import Beside, columns_apart, read_beside
from firstlight.run.doubtful_names import doubtful_names
from firstlight.run.listing import INSTRUMENTS
from firstlight.run.measurements.curves import told_first
from firstlight.run.measurements.form import Measurement, Sample
from firstlight.run.measurements.lines import MEASUREMENTS, measurement
from firstlight.run.reading import Say, warning
from firstlight.sources.panels import Panel, read_panel
from firstlight.store.begun import begun
from firstlight.texts import WORDS as SHARED
from firstlight.texts import Texts

__all__ = ["Measured", "measure", "open_measured"]

WORDS = Texts(SHARED)
BEGUN = ".begun"  # beside the kept Results; hidden, so that no name of a Result is like it
COMPUTE_WITH = ("numpy", "polars", "scipy", "scikit-learn", "highspy", "graspologic-native")
_NOTES = dict.fromkeys(("code", "severity", "text_en", "text_zh"), pl.String)


@dataclass(frozen=True)
class Measured:
    """One measurement: its tables as data frames, and the facts beside them.

    tables  : name -> Polars frame; ``sentences`` holds the answer in words, ``columns`` the unit and title of each column
    facts   : measurement, options, units, files read, formula, citation, code version, result keys, ...
    project : the folder that keeps every Result
    given   : the frame that was handed in, if it was one; ``table`` returns its kind
    """

    tables: Mapping[str, pl.DataFrame]
    facts: Mapping[str, Any]
    project: Path
    given: Any = field(default=None, repr=False)

    def table(self, name: str) -> Any:
        """A table by its name, in the kind of frame that was handed in (Polars for a file).

        Raises  InputError for an unknown name, with those that exist.
        """
        return reading.like(
            reading.named(self.tables, name, str(self.facts["measurement"])), self.given
        )

    @property
    def frame(self) -> Any:
        """The main table."""
        return self.table(self.facts["shown"][0])

    def summary(self, lang: str = "en") -> str:
        """What was found, in words, a line each.

        Raises  InputError for another language than ``en`` or ``zh``.
        """
        if lang not in ("en", "zh"):
            raise InputError(
                f"no texts in language {lang!r}", where="lang", try_next="use 'en' or 'zh'"
            )
        return "\n".join(self.tables["sentences"][f"text_{lang}"].to_list())


def measure(
    name: str,
    source: Any = None,
    *,
    columns: Mapping[str, str] | None = None,
    project: str | Path = "observatory",
    encoding: str | None = None,
    progress: Say | None = None,
    **options: Any,
) -> Measured:
    """Measure one thing on a table: adoption, learning, ... (``firstlight measure --help`` lists them).

    source   : a file (CSV, TSV, JSON lines, Parquet, Excel, Stata), a folder, or a data frame; long, or wide with one
               column per year; headings in English or Chinese. Where a measurement has an invented sample, None is that
    columns  : canonical column -> your column, where the guess is wrong; "option.column" for a further table that an option names
    project  : folder that keeps every Result; made where it is absent
    encoding : of text files that aren't UTF-8; found by their bytes unless given
    progress : called with a line of text as the work goes on
    options  : the measurement's own

    Returns Measured.
    Raises  InputError for an unknown measurement, option or column, or for input that can't be used; StoreError for a
            folder that can't be written.

    >>> from tempfile import TemporaryDirectory
    >>> rows = pl.DataFrame({"technology": "lamp", "year": range(2000, 2008), "cost": [9, 8, 7, 6.5, 5, 4.6, 4, 3]}, strict=False)
    >>> with TemporaryDirectory() as folder:
    ...     found = measure("learning", rows, project=folder)
    >>> found.frame.select("technology", "last_year").row(0)
    ('lamp', 2007)
    """
    say = progress or (lambda line: None)
    asked = measurement(name)
    sample = _sample(asked, options.get("method")) if source is None else None
    if sample is not None:
        source, columns, options = (
            sample.frame,
            {**sample.columns, **(columns or {})},
            {**sample.options, **options},
        )
    chosen = asked.choices(options)
    asked.check(chosen)
    say("reading")
    own_columns, more_columns = columns_apart(asked, columns)
    panel = read_panel(
        source, asked.needs(chosen), own_columns, is_summed=chosen.get("sum"), encoding=encoding
    )
    reading.refuse_nothing(panel)
    if asked.absent_is_zero and chosen["gaps"] == "missing":
        reading.refuse_unknown(panel)
    kept_already = Catalogue(Path(project).absolute())
    beside = read_beside(asked, chosen, more_columns, panel.table.frame, kept_already, encoding)
    catalogue = Catalogue.open(project)
    raw, publisher = reading.keep_bytes(catalogue, panel, source)
    reads = {"sum": chosen.get("sum"), "needs": list(panel.table.units)}
    tidy = reading.keep_tidy(catalogue, f"{name}_panel", panel, raw, reads)
    say("measuring")
    title = sample.title[0] if sample else reading.title_of(panel)
    told = {
        **reading.facts_of(panel, publisher),
        "title": title,
        "rows": panel.rows,
        "is_sample": sample is not None,
    }
    if sample:
        told["source_zh"] = sample.title[1]
    inputs = {tidy.name: tidy.key, **beside.keep(catalogue, asked, chosen, told)}
    result = _keep(catalogue, asked, chosen, panel, beside, inputs, tidy, told, say)
    return _measured(
        catalogue, result, {"files_read": raw.key}, source if reading.is_frame(source) else None
    )


def open_measured(project: str | Path = "observatory") -> Iterator[Measured]:
    """The latest result of every measurement that a project keeps, without computing anything.

    Raises  StoreError where there is no catalogue.
    """
    catalogue = Catalogue.open(project, reading=True)
    for asked in MEASUREMENTS:
        if asked.declared is not None:
            continue
        for result in catalogue.versions(asked.name)[:1]:
            yield _measured(catalogue, result, {}, None)


def _measured(catalogue: Catalogue, result: Kept, more: Mapping[str, str], given: Any) -> Measured:
    tables = {each: catalogue.table(result, each) for each in result.tables}
    facts = {
        **result.facts,
        "options": dict(result.parameters),
        "code_version": result.code_version,
        "licence": result.licence,
        "results": {result.name: result.key, **result.inputs, **more},
    }
    return Measured(tables, facts, catalogue.project, given)


def _sample(asked: Measurement, method: Any) -> Sample:
    found = asked.sample_of(method)
    if found is None:
        raise InputError(
            "which table?", where=asked.name, try_next=f"firstlight measure {asked.name} panel.csv"
        )
    return found


def _keep(
    catalogue: Catalogue,
    asked: Measurement,
    chosen: Mapping[str, Any],
    panel: Panel,
    beside: Beside,
    inputs: Mapping[str, str],
    tidy: Kept,
    told: Mapping[str, Any],
    say: Say,
) -> Kept:
    """The kept Result of this measurement, or a new one."""
    units: dict[str, Mapping[str, str]] = {}
    run = key_of(asked.instrument_of(chosen), chosen, inputs, code_version(__name__))[:KEY_DIGITS]

    def compute() -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
        maps = beside.maps
        frame: pl.DataFrame = panel.table.frame if maps is None else maps.placed[0]
        found, facts = _computed(catalogue, asked, run, frame, {**chosen, **beside.frames}, say)
        if maps is not None:
            found, facts = maps.after((found, {"shown": list(asked.shown), **facts}))
        said = "".join(found["sentences"].filter(code="total")["text_en"])
        doubts = doubtful_names(frame, re.findall("'([^']*)' is the sum", said))
        pairs = [
            (own.code, (WORDS.sentence("en", own), WORDS.sentence("zh", own))) for own in doubts
        ]
        found = {**found, "sentences": told_first(found["sentences"], pairs)}
        read = [panel, *beside.panels.values()]
        noted = [note for one in read for note in reading.notes_of(one)]
        notes = pl.DataFrame([*_invented(told), *noted], schema=_NOTES)
        tables = {**found, **reading.set_aside(*read), "notes": notes}
        used = {column for table in tables.values() for column in table.columns}
        # "column=value" says what a code of a column means; "table=..." and "unit=..." what those are called
        of = pl.col("column").str.split("=").list.first()
        patterns = [own for own in _columns()["column"] if "*" in own and fnmatch.filter(used, own)]
        words = _columns().filter(of.is_in([*sorted(used), *patterns, "table", "unit"]))
        if asked.declared is not None:
            own = found["columns"]
            words = pl.concat([own, words.filter(~pl.col("column").is_in(own["column"].implode()))])
        tables["columns"] = words
        known = {**dict(words.select("column", "unit").iter_rows()), **panel.table.units}
        units.update(
            {
                table: {c: known[c] for c in own.columns if c in known}
                for table, own in tables.items()
            }
        )
        return tables, {**_about(asked, chosen), **told, **_span(frame), **facts}

    return catalogue.keep(
        asked.name,
        instrument=asked.instrument_of(chosen),
        parameters=chosen,
        inputs=inputs,
        source=tidy.source,
        licence=tidy.licence,
        compute=compute,
        units=units,
    )


def _computed(
    catalogue: Catalogue,
    asked: Measurement,
    run: str,
    frame: pl.DataFrame,
    chosen: Mapping[str, Any],
    say: Say,
) -> Any:
    """Tables and facts; what an interrupted run has found of the long work is not done again."""
    with begun(catalogue.root / BEGUN / asked.name, _versions(), run) as kept, remembering(kept):
        if kept.is_resumed:
            say("measuring: going on from where a run was interrupted")
        if not asked.tells:
            return asked.compute(frame, chosen)
        return asked.compute(frame, chosen, progress=lambda line: say(f"measuring: {line}"))


def _versions() -> str:
    """Of the code and of the libraries that it computes with: another one may round otherwise."""
    return " ".join([code_version(__name__), *map(version, COMPUTE_WITH)])


def _invented(told: Mapping[str, Any]) -> list[dict[str, str]]:
    return (
        [warning("invented", told["title"], told["source_zh"], "note")] if told["is_sample"] else []
    )


def _about(asked: Measurement, chosen: Mapping[str, Any]) -> dict[str, Any]:
    method = _method(asked, chosen)
    return {
        "measurement": asked.name,
        "title_en": asked.title_en,
        "title_zh": asked.title_zh,
        "shown": list(asked.shown),
        "brief": list(asked.brief),
        "is_log": asked.is_log,
        **method,
    }


def _method(asked: Measurement, chosen: Mapping[str, Any]) -> dict[str, str]:
    """Formula and citation."""
    if asked.declared is not None:
        texts = asked.declared.texts
        formulas = {"formula": texts.say("en", "formula"), "formula_zh": texts.say("zh", "formula")}
        return {**formulas, "instrument_citation": asked.declared.citation}
    instrument = next(own for own in INSTRUMENTS if own.name == asked.instrument_of(chosen))
    return {
        "formula": instrument.formula,
        "formula_zh": instrument.formula_zh,
        "instrument_citation": instrument.citation,
    }


def _span(frame: pl.DataFrame) -> dict[str, int]:
    years = frame["year"].drop_nulls() if "year" in frame.columns else pl.Series(dtype=pl.Int32)
    return {"first_year": int(years.min()), "last_year": int(years.max())} if years.len() else {}  # type: ignore[arg-type]


@cache
def _columns() -> pl.DataFrame:
    """What each column of a measurement is called and in which unit it stands: column, unit, title_en, title_zh."""
    text = files("firstlight.run.measurements").joinpath("columns.csv").read_text(encoding="utf-8")
    return pl.DataFrame(list(csv.DictReader(text.splitlines())))
