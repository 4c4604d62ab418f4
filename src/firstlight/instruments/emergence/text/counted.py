"""The documents that count, as decisions about them need them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.emergence.text.completeness import Years, complete_years
from firstlight.instruments.emergence.text.languages import languages
from firstlight.instruments.emergence.text.strata import first_category, of_all_years
from firstlight.texts import Year, message

FOLDER = Path(__file__).parent
LEAST_ABSTRACT = 60  # bytes; "[No abstract available]" is none
TURNED_DOWN = ("rejected", "withdrawn", "retracted")


@dataclass(frozen=True)
class Counted:
    """Documents that count, sorted by year and id, and what was known at the forecast year.

    forecast_year, horizon : FY and h, in years
    given      : row, id, reason (null, or why it does not count) of all documents given
    frame      : of those that count, up to the last year: row, id, year, date, date_precision,
                 title, abstract, language, title_bytes, abstract_bytes, has_abstract, and source,
                 category and file where there are any
    past       : the first rows of it, those up to the forecast year
    years      : as they could be known at the forecast year
    years_now  : as all documents show them
    """

    forecast_year: int
    horizon: int
    given: pl.DataFrame
    frame: pl.DataFrame
    past: pl.DataFrame
    years: Years
    years_now: Years

    @classmethod
    def of(cls, documents: pl.DataFrame, forecast_year: int | None, horizon: int) -> Counted:
        """Documents without those that were rejected, withdrawn or retracted.

        Raises InputError where none is left, or none is dated up to the forecast year.
        """
        given = documents.select("id", reason=_turned_down(documents)).with_row_index("row")
        frame = _light(documents).filter(given["reason"].is_null()).sort("year", "id", "title")
        frame = frame.with_columns(languages(frame.select("title", "abstract")))
        if not frame.height:
            raise InputError(message("no_document_left"), FOLDER)
        now = complete_years(frame)
        year = now.last if forecast_year is None else forecast_year
        past = frame.filter(pl.col("year") <= year)
        if not past.height:
            first = Year(frame["year"][0])
            raise InputError(message("no_document_yet", year=Year(year), first=first), FOLDER)
        has_abstract = pl.col("abstract_bytes") >= _least_abstract(past)
        frame, past = (each.with_columns(has_abstract=has_abstract) for each in (frame, past))
        return cls(year, horizon, given, frame, past, complete_years(past), now)

    @property
    def since(self) -> pl.DataFrame:
        """The documents from the first complete year up to the forecast year."""
        return self.past.filter(pl.col("year") >= self.years.first)


def _least_abstract(documents: pl.DataFrame) -> float:
    """Bytes below which what stands for an abstract is a placeholder: 60; or a quarter of what nine
    in ten keep within, where all are short, as the summaries of programs are."""
    long: float = documents.select(pl.col("abstract_bytes").quantile(0.9, "lower")).item()
    return max(min(LEAST_ABSTRACT, long / 4), 1.0)


def _turned_down(documents: pl.DataFrame) -> pl.Series:
    if "status" not in documents.columns:
        return pl.Series("reason", [None], dtype=pl.String).new_from_index(0, documents.height)
    status = pl.col("status").cast(pl.String)
    is_out = status.is_in(TURNED_DOWN)
    return documents.select(reason=pl.when(is_out).then(status)).to_series()


def _light(documents: pl.DataFrame) -> pl.DataFrame:
    """The columns that decisions need."""
    text = [name for name in ("source", "file") if name in documents.columns]
    frame = documents.with_row_index("row").select(
        "row",
        pl.col("id").cast(pl.String),
        pl.col("year").cast(pl.Int64),
        "date",
        "date_precision",
        "title",
        "abstract",
        *text,
        title_bytes=pl.col("title").str.len_bytes().fill_null(0),
        abstract_bytes=pl.col("abstract").str.len_bytes().fill_null(0),
    )
    if "source" in frame.columns:
        frame = frame.with_columns(of_all_years(frame["source"].cast(pl.String), frame["year"]))
    if "categories" in documents.columns:
        frame = frame.with_columns(documents.select(category=first_category(pl.col("categories"))))
    return frame
