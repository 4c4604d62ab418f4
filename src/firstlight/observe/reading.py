"""What an observation reads: documents, counts or the bundled sky, each ending in surveys by forecast year."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.emergence import survey_tables
from firstlight.instruments.emergence.comparability import last_complete_year, warning
from firstlight.instruments.emergence.near_duplicates import near_duplicates
from firstlight.instruments.emergence.survey import Survey, read_company, survey_year
from firstlight.instruments.emergence.survey_counts import survey_counts
from firstlight.instruments.emergence.terms import count_terms
from firstlight.instruments.emergence.vocabulary import phrase_parts
from firstlight.nouns import Result, Source
from firstlight.sample import sky as bundled
from firstlight.sources import Counts, Documents, looks_like_counts, read_counts, read_documents
from firstlight.sources.publisher import load_source

Say = Callable[[str], None]
Surveys = dict[int, tuple[Survey, str]]
BATCH = 20_000  # documents read at a time
SURVEYED_YEARS = 14  # forecast years surveyed: ten for the record, and those it was trained on
FEWEST_DOCUMENTS = 100  # in a year that is surveyed


@dataclass(frozen=True)
class Observed:
    """What was read, and how to get surveys of it.

    surveys        : (as_of, granularity, say) -> forecast year -> (Survey, key of the Result it came from)
    tables         : years, set_aside and duplicates, as the observation shows them
    category_years : name, year, documents_count
    """

    title: str
    source: str
    licence: str
    first_year: int
    complete_to: int
    default_year: int
    inputs: Mapping[str, str]
    tables: Mapping[str, pl.DataFrame]
    category_years: pl.DataFrame
    facts: Mapping[str, Any]
    surveys: Callable[[int, float, Say], Surveys]
    warnings: list[dict[str, str]] = field(default_factory=list)


def is_frame(given: Any) -> bool:
    """True for a data frame of a kind that is understood, false for a path or nothing."""
    return given is not None and not isinstance(given, (str, Path, Mapping))


def like(frame: pl.DataFrame, given: Any) -> Any:
    """A Polars frame as the kind of ``given``: pandas, PyArrow or DuckDB; Polars for anything else."""
    if given is None:
        return frame
    kind = nw.get_native_namespace(given).__name__ if not isinstance(given, (pl.DataFrame, pl.LazyFrame)) else "polars"
    if kind == "pandas":
        return frame.to_pandas()
    if kind == "pyarrow":
        return frame.to_arrow()
    if kind == "duckdb":
        import duckdb

        return duckdb.sql("SELECT * FROM frame")
    return frame


def from_sky(catalogue: Catalogue) -> Observed:
    """The bundled sky."""
    tables, about = bundled.load(), bundled.provenance()
    publisher = bundled.source()
    kept = catalogue.keep_snapshots("bundled_sky", publisher, bundled.snapshots())
    years = tables["years_read"]

    def surveys(as_of: int, granularity: float, say: Say) -> Surveys:
        if granularity != 1.0:
            raise InputError(
                "the bundled sky was counted at granularity 1", where="granularity", try_next="hand in documents of your own"
            )
        found = {year: own for year, own in survey_tables.unstack(tables).items() if as_of - SURVEYED_YEARS < year <= as_of}
        if as_of not in found:
            have = tables["surveys"]["forecast_year"]
            raise InputError(f"the bundled sky has no survey of {as_of}", where=f"{have.min()} to {have.max()}", try_next="--as-of 2016")
        return {year: (own, kept.key) for year, own in found.items()}

    note = warning("sample_gap", about["note_en"], about["note_zh"])
    return Observed(
        about["title"], f"{publisher.publisher}: {publisher.title}", publisher.licence, int(tables["surveys"]["forecast_year"].min()),  # type: ignore[arg-type]
        int(years.filter(pl.col("is_complete"))["year"].max()), bundled.AS_OF, {"bundled_sky": kept.key},  # type: ignore[arg-type]
        {"years": years, "set_aside": tables["set_aside"], "duplicates": tables["duplicates"]}, tables["category_years"],
        {
            "source_names": [publisher.publisher], "citation": publisher.citation, "is_sample": True,
            "sample_note_en": about["note_en"], "sample_note_zh": about["note_zh"],
            "inputs": [about["input_listed"]],
        },
        surveys, [note],
    )  # fmt: skip


def from_source(catalogue: Catalogue, given: Any, columns: Mapping[str, str] | None, say: Say) -> Observed:
    """Documents or counts of the caller's own."""
    say("reading")
    if _are_counts(given, columns):
        return _from_counts(catalogue, read_counts(given, columns))
    return _from_documents(catalogue, read_documents(given, columns=columns), say)


def _are_counts(given: Any, columns: Mapping[str, str] | None) -> bool:
    if columns and {"entity", "count"} <= set(columns):
        return True
    if is_frame(given):
        return looks_like_counts(list(nw.from_native(given).collect_schema().names()))
    try:
        read_documents_only_names = read_counts(given, columns)
    except InputError:
        return False
    return looks_like_counts(list(read_documents_only_names.mapping.values()))


def _kept_bytes(catalogue: Catalogue, found: Documents | Counts) -> tuple[Result, Source]:
    publisher = load_source("files")
    return catalogue.keep_snapshots("files_read", publisher, found.snapshots), publisher


def _set_aside(found: Documents | Counts) -> pl.DataFrame:
    return (
        found.set_aside.sort("file", "row", "column")
        .group_by("reason")
        .agg(
            pl.len().cast(pl.Int64).alias("documents_count"),
            (pl.col("file") + ", row " + pl.col("row").cast(pl.String)).first().alias("example"),
        )
        .sort(-pl.col("documents_count"), "reason")
    )


def _facts(found: Documents | Counts, publisher: Source) -> dict[str, Any]:
    return {
        "source_names": sorted({snapshot.path for snapshot in found.snapshots}),
        "citation": publisher.citation,
        "is_sample": False,
        "inputs": [{"name": s.path, "sha256": s.sha256, "bytes_count": s.bytes_count} for s in found.snapshots],
        "mapping": dict(found.mapping),
    }


def _notes(found: Documents | Counts) -> list[dict[str, str]]:
    return [warning("reading", note.en, note.zh, "note") for note in found.notes]


def _from_documents(catalogue: Catalogue, found: Documents, say: Say) -> Observed:
    raw, publisher = _kept_bytes(catalogue, found)
    frame: pl.DataFrame = found.table.frame
    if frame.is_empty():
        raise InputError("no document is left after setting rows aside", where=_first_reason(found), try_next="see the reasons, or map columns")
    complete_to = last_complete_year(frame["date"])
    years = _years(frame["date"].dt.year().value_counts().rename({"count": "documents_count", "date": "year"}), complete_to)
    documents = catalogue.keep(
        "documents", instrument="tidy", parameters={"mapping": dict(found.mapping)}, inputs={"files_read": raw.key},
        source=raw.source, licence=raw.licence, compute=lambda: ({"documents": frame, "set_aside": found.set_aside}, {"rows": found.rows}),
        units={"documents": dict(found.table.units)},
    )  # fmt: skip
    say("near-duplicates")
    twins = catalogue.keep(
        "near_duplicates", instrument="emergence.near_duplicates", parameters={"threshold": 0.7}, inputs={"documents": documents.key},
        source=raw.source, licence=raw.licence,
        compute=lambda: ({"pairs": near_duplicates(frame.select("id", "title", "abstract")).pairs}, {}),
    )  # fmt: skip
    pairs = catalogue.table(twins, "pairs").height
    duplicates = pl.DataFrame({"kind": ["near_duplicate_pairs"], "documents_count": [pairs]})
    category_years = (
        frame.select(pl.col("date").dt.year().cast(pl.Int64).alias("year"), pl.col("categories").alias("name"))
        .explode("name").drop_nulls().group_by("name", "year").len("documents_count").with_columns(pl.col("documents_count").cast(pl.Int64))
        .sort("name", "year")
    )  # fmt: skip
    counting = _Counting(catalogue, documents, frame, complete_to)
    first = int(frame["date"].dt.year().min())  # type: ignore[arg-type]
    return Observed(
        _title(found), raw.source, raw.licence, first, complete_to, complete_to,
        {"documents": documents.key, "near_duplicates": twins.key},
        {"years": years, "set_aside": _set_aside(found), "duplicates": duplicates}, category_years, _facts(found, publisher),
        counting.surveys, _notes(found),
    )  # fmt: skip


@dataclass
class _Counting:
    """Surveys of documents: kept ones are read, missing ones counted, the words only once."""

    catalogue: Catalogue
    documents: Result
    frame: pl.DataFrame
    complete_to: int

    def surveys(self, as_of: int, granularity: float, say: Say) -> Surveys:
        per_year = dict(self.frame["date"].dt.year().value_counts().iter_rows())
        years = [y for y in range(as_of - SURVEYED_YEARS + 1, as_of + 1) if per_year.get(y, 0) >= FEWEST_DOCUMENTS or y == as_of]
        counted: list[Any] = []

        def compute(year: int) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
            if not counted:
                counted.extend(self._count(say))
            say(f"technologies of {year}")
            return survey_tables.survey_tables(survey_year(*counted, year, granularity=granularity))

        found: Surveys = {}
        for year in years:
            kept = self.catalogue.keep(
                f"survey_{year}", instrument="emergence.survey",
                parameters={"forecast_year": year, "granularity": granularity, "complete_to": self.complete_to},
                inputs={"documents": self.documents.key}, source=self.documents.source, licence=self.documents.licence,
                compute=lambda year=year: compute(year), units=survey_tables.UNITS,
            )  # fmt: skip
            tables = {name: self.catalogue.table(kept, name) for name in kept.tables}
            found[year] = (survey_tables.survey_of(tables, kept.facts), kept.key)
        return found

    def _count(self, say: Say) -> tuple[Any, Any, Any]:
        whole = self.frame.filter(pl.col("date") <= datetime.date(self.complete_to, 12, 31))

        def batches() -> Iterator[pl.DataFrame]:
            for start in range(0, whole.height, BATCH):
                yield whole[start : start + BATCH].select("date", "title", "abstract")

        counts = count_terms(batches(), minimum_documents=10, progress=say)
        return counts, phrase_parts(counts.terms), read_company(whole)


def _from_counts(catalogue: Catalogue, found: Counts) -> Observed:
    raw, publisher = _kept_bytes(catalogue, found)
    frame: pl.DataFrame = found.table.frame
    if frame.is_empty():
        raise InputError("no count is left after setting rows aside", where=_first_reason(found), try_next="see the reasons, or map columns")
    counts = catalogue.keep(
        "counts", instrument="tidy", parameters={"mapping": dict(found.mapping)}, inputs={"files_read": raw.key},
        source=raw.source, licence=raw.licence, compute=lambda: ({"counts": frame, "set_aside": found.set_aside}, {"rows": found.rows}),
        units={"counts": dict(found.table.units)},
    )  # fmt: skip
    by_year = frame.group_by("year").agg(pl.col("count").sum().alias("summed"), pl.col("total").max())
    per_year = by_year.select("year", pl.coalesce("total", "summed").round(0).cast(pl.Int64).alias("documents_count"))
    complete_to = int(frame["year"].max())  # type: ignore[arg-type]
    first = int(frame["year"].min())  # type: ignore[arg-type]

    def surveys(as_of: int, granularity: float, say: Say) -> Surveys:
        have = set(frame["year"].to_list())
        done: Surveys = {}
        for year in range(as_of - SURVEYED_YEARS + 1, as_of + 1):
            if year not in have or year - first < 1:
                continue
            kept = catalogue.keep(
                f"survey_{year}", instrument="emergence.survey_counts", parameters={"forecast_year": year}, inputs={"counts": counts.key},
                source=raw.source, licence=raw.licence, units=survey_tables.UNITS,
                compute=lambda year=year: survey_tables.survey_tables(survey_counts(frame, year)),
            )  # fmt: skip
            tables = {name: catalogue.table(kept, name) for name in kept.tables}
            done[year] = (survey_tables.survey_of(tables, kept.facts), kept.key)
        if as_of not in done:
            raise InputError("two years of counts are the least", where=str(as_of), try_next="choose a later --as-of, or bring more years")
        return done

    return Observed(
        _title(found), raw.source, raw.licence, first, complete_to, complete_to, {"counts": counts.key},
        {"years": _years(per_year, complete_to), "set_aside": _set_aside(found), "duplicates": pl.DataFrame(schema={"kind": pl.String, "documents_count": pl.Int64})},
        pl.DataFrame(schema={"name": pl.String, "year": pl.Int64, "documents_count": pl.Int64}), _facts(found, publisher), surveys, _notes(found),
    )  # fmt: skip


def _years(per_year: pl.DataFrame, complete_to: int) -> pl.DataFrame:
    return per_year.select(
        pl.col("year").cast(pl.Int64), pl.col("documents_count").cast(pl.Int64), (pl.col("year") <= complete_to).alias("is_complete")
    ).sort("year")


def _title(found: Documents | Counts) -> str:
    names = sorted({Path(snapshot.path).name for snapshot in found.snapshots})
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more" if names else "data frame"


def _first_reason(found: Documents | Counts) -> str:
    if found.set_aside.is_empty():
        return "the input"
    row = found.set_aside.row(0, named=True)
    return f"{row['file']}, row {row['row']}: {row['reason']}"
