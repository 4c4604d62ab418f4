"""The technologies of every forecast year of a corpus; those of texts are kept in a folder, for
they take minutes."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.refused import RefusedError
from benchmarks.take_off.protocol import Plan
from benchmarks.take_off.skill_corpora import COUNTS, TEXTS
from benchmarks.take_off.text_corpora import TextCorpus

import firstlight
from firstlight.instruments.emergence.technologies.joins import RULES
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import Found, TextRecord
from firstlight.run.counts_in import survey_of_counts

Say = Callable[[str], None]
PACKAGE = Path(firstlight.__file__).parent
MADE_BY = (
    "sources",
    "numerics",
    "instruments/emergence/text",
    "instruments/emergence/technologies/joins.py",
    "instruments/emergence/technologies/labels.py",
    "instruments/emergence/technologies/membership.py",
    "instruments/emergence/technologies/names.py",
    "instruments/emergence/technologies/quarterly_counts.py",
    "instruments/emergence/technologies/survey.py",
    "instruments/emergence/technologies/text_record.py",
    "instruments/emergence/technologies/yearly_counts.py",
    "instruments/emergence/record/groups.py",
    "instruments/emergence/record/take_off.py",
    "instruments/emergence/running_text.py",
)
WORDS = ("en.toml", "zh.toml")  # of messages: no survey depends on them


@dataclass(frozen=True)
class Surveyed:
    """A corpus, read.

    surveys   : forecast year -> its technologies, watched ones too
    joins     : forecast year -> data frame form, technology (keys), rule, documents_count (of the
                form); of counts none
    last_year : the last complete year, whose survey is among them
    text      : the part of documents that is counted; None for counts
    """

    surveys: Mapping[int, Survey]
    joins: Mapping[int, pl.DataFrame]
    last_year: int
    text: str | None = None


def surveyed(plan: Plan, shared: Path, cache: Path, say: Say) -> Surveyed:
    """The technologies of a plan's years, from the cache where data, plan and the code that makes
    them are the same.

    Raises RefusedError where the data are absent.
    """
    if plan.kind == "counts":
        return _of_counts(plan, shared)
    file = cache / f"{plan.name}_{key_of(plan, shared)}.pickle"
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        found = _of_texts(plan, TEXTS[plan.name], shared, say)
        part = file.with_suffix(".part")
        part.write_bytes(pickle.dumps(found))
        part.replace(file)
    made: Surveyed = pickle.loads(file.read_bytes())  # made by this script, read by no other
    return made


def path_of(plan: Plan, shared: Path) -> Path:
    """The file of a plan.

    Raises RefusedError where it is absent.
    """
    path = shared / "data" / plan.file
    if not path.is_file():
        raise RefusedError(
            "the corpus is absent", where=str(path), try_next="name its folder: --shared FOLDER"
        )
    return path


def key_of(plan: Plan, shared: Path) -> str:
    """Hash of the data, of the plan, and of all code and lists that make a survey."""
    whole = hashlib.sha256(path_of(plan, shared).read_bytes())
    of_text = TEXTS[plan.name]  # how it is prepared stands in the code, which is hashed below
    whole.update(
        repr((plan.file, plan.surveyed, of_text.name, of_text.years, of_text.observed)).encode()
    )
    here = Path(__file__)
    for file in (here, here.with_name("text_corpora.py"), *_code()):
        whole.update(file.name.encode())
        whole.update(file.read_bytes())
    return whole.hexdigest()[:16]


def _code() -> Iterable[Path]:
    for name in MADE_BY:
        place = PACKAGE / name
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        is_code = (
            file.suffix in (".py", ".toml", ".csv") and file.name not in WORDS for file in files
        )
        yield from (file for file, keeps in zip(files, is_code, strict=True) if keeps)


def _of_counts(plan: Plan, shared: Path) -> Surveyed:
    counts = COUNTS[plan.name].read(shared)
    first, last = plan.surveyed
    years = [*range(first, min(last, counts.complete_to) + 1), counts.complete_to]
    surveys = {year: survey_of_counts(counts.at(year), watched=True) for year in sorted(set(years))}
    return Surveyed(surveys, {}, counts.complete_to)


def _of_texts(plan: Plan, text: TextCorpus, shared: Path, say: Say) -> Surveyed:
    judged, record = text.read(text.documents(shared), say)
    first, last = plan.surveyed
    surveys, joins = {}, {}
    for year in sorted({*range(first, min(last, judged.last_year) + 1), judged.last_year}):
        say(f"technologies of {year}")
        found = record.at(year, watched=True)
        surveys[year], joins[year] = found.survey, joins_of(record, found)
    return Surveyed(surveys, joins, judged.last_year, judged.text)


def joins_of(record: TextRecord, found: Found) -> pl.DataFrame:
    """Every form that was joined to a technology that is scored or watched, by its rule."""
    made, keys = found.technologies, record.phrases.terms
    table = pl.DataFrame(
        {
            "form": keys[made.terms],
            "technology": keys[made.heads][made.technology],
            "rule": pl.Series(RULES)[made.rule.astype(np.int64)],
            "documents_count": found.names.documents[made.terms].astype(np.int64),
        }
    )
    is_joined = (pl.col("rule") != RULES[0]) & pl.col("technology").is_in(
        list(found.survey.counts.names)
    )
    return table.filter(is_joined).sort("technology", "rule", "form")
