"""A second record of documents, such as preprints, in which technologies may rise first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.emergence.forecast.elsewhere import places_elsewhere
from firstlight.instruments.emergence.record.take_off import Target
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.run import reading
from firstlight.run.corpus import Caution, Say, Tables
from firstlight.run.documents_in import DocumentsWork, documents_work
from firstlight.run.own_years import refuse_undated
from firstlight.sources import read_documents
from firstlight.texts import Count, Name, Year, message

Floats = npt.NDArray[np.float64]
RUN = Path(__file__).parent
DECIMALS = 9  # of a place; further ones differ with the order of sums
PLACES = {"forecast_year": pl.Int64, "technology_id": pl.String, "place": pl.Float64}


@dataclass(frozen=True)
class SecondRecord:
    """Documents that are read beside those that are observed.

    title : the file's name
    work  : its documents, counted once they are asked for
    """

    title: str
    work: DocumentsWork

    @property
    def key(self) -> str:
        """The key of its table of documents."""
        return self.work.tidy.key

    def check_year(self, year: int) -> None:
        """Raises InputError for a forecast year that the record does not reach, or not in full."""
        last = self.work.judged(None).last_year
        if last < year:
            about = {"title": Name(self.title), "nearest": Name(str(last))}
            ends = message("beside_ends", last=Year(last), year=Year(year), **about)
            raise InputError(ends, RUN)

    def places(
        self, surveys: Mapping[int, Survey], observed: int, target: Target, say: Say
    ) -> tuple[Tables, dict[str, Any]]:
        """Places of the technologies that are large enough in this record, by forecast year."""
        say("second record")
        record = self.work.record(observed, say)
        tables = []
        for year, survey in sorted(surveys.items()):
            places = places_elsewhere(survey, record, target).round(DECIMALS)
            rows = np.flatnonzero(~np.isnan(places))
            named = [survey.counts.names[row] for row in rows]
            columns = {"forecast_year": [year] * len(rows), "technology_id": named}
            tables.append(pl.DataFrame({**columns, "place": places[rows]}, schema=PLACES))
        return {"elsewhere": pl.concat(tables)}, {}

    def caution(self, places: Floats) -> Caution:
        """What the ranking of the observed year owes to this record."""
        known, every = Count(int(np.isfinite(places).sum())), Count(len(places))
        said = message("leans_elsewhere", count=known, all=every, title=Name(self.title))
        return Caution("leans_elsewhere", "note", said, "record")


def second_record(
    given: Any, columns: Mapping[str, str], encoding: str | None, year_ends: int
) -> Callable[[Catalogue], SecondRecord]:
    """Read a second record; what will keep it in a catalogue.

    Raises  InputError where it has no columns of documents, or none of its rows can be used.
    """
    found = read_documents(given, columns=columns, encoding=encoding, table=reading.BESIDE)
    reading.refuse_nothing(found)
    refuse_undated(found.table.frame, year_ends)

    def keep(catalogue: Catalogue) -> SecondRecord:
        raw, _ = reading.keep_bytes(catalogue, found, given)
        work = documents_work(catalogue, found, raw, year_ends=year_ends)
        return SecondRecord(reading.title_of(found), work)

    return keep


def places_by_year(table: pl.DataFrame, surveys: Mapping[int, Survey]) -> dict[int, Floats]:
    """Places of the technologies of each year by the kept table, nan for those that have none."""
    found = {}
    for year, survey in surveys.items():
        of_year = table.filter(pl.col("forecast_year") == year)
        known = dict(of_year.select("technology_id", "place").iter_rows())
        found[year] = np.array([known.get(name, np.nan) for name in survey.counts.names])
    return found
