"""The records that forecasts are scored on: read as the product reads them, surveyed once, and kept in a folder."""

from __future__ import annotations

import ast
import datetime
import hashlib
import pickle
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl
from benchmarks.skill.protocol import Plan

import firstlight
from firstlight.errors import InputError
from firstlight.instruments.emergence.identity import follow
from firstlight.instruments.emergence.survey import Survey, read_company, survey_year
from firstlight.instruments.emergence.survey_counts import survey_counts
from firstlight.instruments.emergence.terms import count_terms
from firstlight.instruments.emergence.vocabulary import VocabularyRule, phrase_parts
from firstlight.sources import read_counts, read_documents

BATCH = 20_000
ALONE = 5  # documents with no other category, before a category counts as one that the record collects
REJECTED = "(?i)reject|withdr"
MADE_BY = (
    *(f"firstlight.instruments.emergence.{name}" for name in ("survey", "survey_counts", "terms", "identity")),
    *(f"firstlight.sources.{name}" for name in ("documents", "counts")),
)
ROOT = Path(firstlight.__file__).parents[1]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Surveyed:
    """Surveys by forecast year, and the persistent ids of their technologies."""

    surveys: Mapping[int, Survey]
    lineage: Mapping[int, tuple[str, ...]]


def surveyed(
    plan: Plan, shared: Path, cache: Path, say: Say, granularities: Collection[float] = ()
) -> dict[float, Path]:
    """Files of a record's surveys by granularity (``load`` reads one): made where data, plan or code are not the same.

    granularities : of those that the plan names; all of them unless said otherwise
    Raises  InputError where the data are absent.
    """
    path = _path(plan, shared)
    key = _key(plan, path)
    asked = [g for g in plan.granularities if not granularities or g in granularities]
    files = {g: cache / f"{plan.name}_{g:g}_{key}.pickle" for g in asked}
    missing = [g for g, file in files.items() if not file.is_file()]
    if missing:
        cache.mkdir(parents=True, exist_ok=True)
        make = _of_documents if plan.form == "documents" else _of_counts
        for granularity, found in make(plan, path, missing, say):
            _store(files[granularity], found)
    return files


def digest(plan: Plan, shared: Path) -> str:
    """SHA-256 of a record's file."""
    return hashlib.sha256(_path(plan, shared).read_bytes()).hexdigest()


def _path(plan: Plan, shared: Path) -> Path:
    path = shared / "data" / plan.file
    if not path.is_file():
        raise InputError("the record is absent", where=str(path), try_next="name its folder: --shared FOLDER")
    return path


def _of_documents(plan: Plan, path: Path, granularities: list[float], say: Say) -> Iterator[tuple[float, Surveyed]]:
    started = time.monotonic()
    frame = documents_of(plan, path)
    company = read_company(frame.select("date", "authors", "categories", "country"))
    texts = frame.select("date", "title", "abstract")
    del frame
    batches = (texts[start : start + BATCH] for start in range(0, texts.height, BATCH))
    counts = count_terms(batches, minimum_documents=VocabularyRule().minimum_documents)
    parts = phrase_parts(counts.terms)
    say(f"{plan.name}: words of {texts.height:,} documents counted, {time.monotonic() - started:.0f} s")
    for granularity in granularities:
        started = time.monotonic()
        survey = partial(survey_year, counts, parts, company, granularity=granularity)
        with ThreadPoolExecutor(2) as pool:
            found = dict(zip(plan.survey_years(), pool.map(survey, plan.survey_years()), strict=True))
        say(f"{plan.name}, granularity {granularity:g}: {len(found)} surveys, {time.monotonic() - started:.0f} s")
        yield granularity, Surveyed(found, follow(found).ids)


def _of_counts(plan: Plan, path: Path, granularities: list[float], say: Say) -> Iterator[tuple[float, Surveyed]]:
    frame = read_counts(path).table.frame.filter(pl.col("year").is_between(plan.first, plan.last))
    found = {year: survey_counts(frame, year) for year in plan.survey_years()}
    say(f"{plan.name}: {len(found)} surveys")
    for granularity in granularities:
        yield granularity, Surveyed(found, follow(found).ids)


def documents_of(plan: Plan, path: Path) -> pl.DataFrame:
    """The documents that the plan reads, tidy, sorted by date and id."""
    raw = pl.read_parquet(path)
    if "status" in raw.columns:
        raw = raw.filter(~pl.col("status").fill_null("").str.contains(REJECTED))
    today = datetime.date(plan.last + 1, 12, 31)
    frame: pl.DataFrame = read_documents(raw, as_of_today=today).table.frame
    year = frame["date"].dt.year()
    frame = frame.filter(year.is_between(plan.first, plan.last) & ~year.is_in(plan.absent))
    return frame if plan.late_categories is None else without_late(frame, plan.late_categories)


def without_late(frame: pl.DataFrame, since: int) -> pl.DataFrame:
    """Leaves out documents that stand in the record only through a late category.

    A category is one that the record collects where it is the only one of at least five documents (others are there by being
    named beside those), and late where 99% of its documents are of ``since`` or after.
    """
    alone = frame.filter(pl.col("categories").list.len() == 1)["categories"].explode().value_counts()
    collected = alone.filter(pl.col("count") >= ALONE)["categories"].to_list()
    pairs = frame.select(pl.col("categories").alias("name"), pl.col("date").dt.year().alias("year")).explode("name")
    start = pairs.group_by("name").agg(pl.col("year").quantile(0.01, "lower"))
    late = start.filter(pl.col("year") >= since)["name"].to_list()
    early = [name for name in collected if name not in late]
    return frame.filter(pl.col("categories").list.eval(pl.element().is_in(early)).list.any())


def _key(plan: Plan, path: Path) -> str:
    """Hash of the data, of what the plan reads of them, and of all code that makes a survey."""
    whole = hashlib.sha256(path.read_bytes())
    whole.update(repr((plan.file, plan.first, plan.last, plan.absent, plan.surveyed, plan.late_categories)).encode())
    for file in sorted({Path(__file__), *_imported(MADE_BY)}):
        whole.update(file.read_bytes())
    return whole.hexdigest()[:16]


def _imported(names: Sequence[str]) -> set[Path]:
    """Files of these modules and of all modules of the package that they import."""
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        place = ROOT.joinpath(*name.split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if name in found or not file.is_file():  # a name that is no module is a class or a function of one
            continue
        found[name] = file
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("firstlight."):
                waiting += [str(node.module), *(f"{node.module}.{one.name}" for one in node.names)]
    return set(found.values())


def _store(file: Path, found: Surveyed) -> None:
    part = file.with_suffix(".part")
    part.write_bytes(pickle.dumps((dict(found.surveys), dict(found.lineage))))
    part.replace(file)


def load(file: Path) -> Surveyed:
    """Surveys from the cache."""
    return Surveyed(*pickle.loads(file.read_bytes()))  # made by this script, read by no other
