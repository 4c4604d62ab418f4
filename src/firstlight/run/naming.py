"""Names by the user's own model server: what is sent, what was answered before, and what of it is
shown."""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies import given_names
from firstlight.instruments.emergence.technologies.given_names import ACCEPTED
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.nouns import Result, Snapshot, Source
from firstlight.observation_tables import SCHEMAS, columns_of
from firstlight.run.corpus import Caution, Say, Tables
from firstlight.run.naming_section import Naming, key_in
from firstlight.sources.chat import ChatServer, patience_of
from firstlight.sources.pages import write_whole
from firstlight.sources.transport import BUSY, ServerError
from firstlight.texts import LANGUAGES, Count, Message, Name, Phrase, message

FOLDER = "naming"  # in the project folder; one file for each answer
FORMS_SENT, SIBLINGS_SENT = 12, 20  # of each technology, at most
PROVENANCE = columns_of(named=("model", "prompt_sha256", "evidence_sha256", "answered"))["named"]
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class GivenNames:
    """What a model named.

    named      : data frame of ``SCHEMAS``
    inputs     : the Result that keeps it, as an input of the observation
    parameters : what the observation depends on beside that
    """

    named: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMAS["named"]))
    inputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cautions: Sequence[Caution] = ()


@dataclass(frozen=True)
class Stopped:
    """Why the server was not asked further: a reason id, and the status that it answered where
    there is one."""

    reason: str
    status: int | None = None


@dataclass(frozen=True)
class _Answer:
    text: str
    answered: str
    snapshot: Snapshot


# of records of which only counts are known
NOT_OF_COUNTS = GivenNames(
    parameters={"naming": "not_of_counts"},
    cautions=(
        Caution("naming_not_of_counts", "note", message("naming_not_of_counts"), "documents"),
    ),
)


def first_listed(technologies: pl.DataFrame, most: int) -> pl.DataFrame:
    """The first lines of the list, which are to be named."""
    return technologies.filter(pl.col("same_as").is_null()).head(most)


def evidence_table(
    listed: pl.DataFrame, technologies: pl.DataFrame, survey: Survey, behind: pl.DataFrame
) -> pl.DataFrame:
    """All that a name is judged by, and all that is sent: columns of ``EVIDENCE_SCHEMA``.

    listed       : the technologies to be named, columns technology_id, name, name_zh, theme_id
    technologies : all of them, the same columns and documents_count
    behind       : data frame technology_id, phrases, titles, abstracts
    """
    forms = survey.forms_by_id.group_by("technology_id", maintain_order=True).agg(
        pl.col("form").unique(maintain_order=True).head(FORMS_SENT).alias("forms")
    )
    beside = technologies.drop_nulls("theme_id").sort(
        "documents_count", "technology_id", descending=[True, False]
    )
    pairs = listed.select("technology_id", "theme_id").join(
        beside.select(
            "theme_id", pl.col("technology_id").alias("other"), pl.col("name").alias("siblings")
        ),
        on="theme_id",
        maintain_order="left_right",
    )
    pairs = pairs.filter(pl.col("technology_id") != pl.col("other"))
    siblings = pairs.group_by("technology_id", maintain_order=True).agg(
        pl.col("siblings").head(SIBLINGS_SENT)
    )
    table = listed.select("technology_id", "name", "name_zh")
    for more in (forms, behind, siblings):
        table = table.join(more, on="technology_id", how="left", maintain_order="left")
    lists = ("forms", "phrases", "titles", "abstracts", "siblings")
    schema = given_names.EVIDENCE_SCHEMA
    return table.with_columns(pl.col(lists).fill_null([])).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )


def given(
    catalogue: Catalogue,
    kept: Result,
    naming: Naming,
    survey: Survey,
    own_names: pl.DataFrame,
    say: Say,
) -> GivenNames:
    """What the server names, asked for what it has not answered before; kept.

    kept      : the Result with the table ``evidence``
    own_names : what the user decided, columns action, to, technology_id
    """
    evidence = catalogue.table(kept, "evidence")
    asked = {
        row["technology_id"]: given_names.question(row) for row in evidence.iter_rows(named=True)
    }
    hashes = {name: _prompt_hash(naming, messages) for name, messages in asked.items()}
    answers, stopped = _answers(catalogue.project / FOLDER, naming, asked, hashes, say)
    inputs = {kept.name: kept.key} | _snapshots(catalogue, naming, answers)
    named_by_user = decided(own_names)
    translated = _translated_by_user(own_names)

    def compute() -> tuple[Tables, dict[str, Any]]:
        texts = {name: answer.text for name, answer in answers.items()}
        named = given_names.judged(
            evidence,
            texts,
            _taken(survey, translated),
            decided=named_by_user,
            shown=naming.languages,
        )
        asked_so = _provenance(evidence, naming, hashes, answers)
        named = named.join(asked_so, on="technology_id", how="left", maintain_order="left")
        return {"named": named}, {}

    why = None
    if stopped is not None:
        why = [stopped.reason, stopped.status]
    result = catalogue.keep(
        "named",
        instrument="emergence.given_names",
        parameters={
            "url": naming.url,
            "model": naming.model,
            "languages": list(naming.languages),
            "question": given_names.rules()["version"],
            "decided": sorted(list(pair) for pair in named_by_user),
            "translated": [
                list(row) for row in translated.sort("technology_id", "name").iter_rows()
            ],
            "stopped": why,
        },
        inputs=inputs,
        source=kept.source,
        licence=kept.licence,
        compute=compute,
    )
    named = catalogue.table(result, "named")
    return GivenNames(named, {result.name: result.key}, cautions=_cautions(named, naming, stopped))


def with_given_names(tables: Mapping[str, pl.DataFrame], named: pl.DataFrame) -> Tables:
    """The tables of an observation under the names that were accepted; no figure or order
    changes.

    tables : technologies, themes, areas_summary and what new_links and dropped name are renamed,
             the others left as they are
    """
    if named.is_empty():
        return dict(tables)
    accepted = named.filter(pl.col("outcome").is_in(ACCEPTED))
    given_in = {
        language: accepted.filter(pl.col("language") == language).select("technology_id", "name")
        for language in LANGUAGES
    }
    before = tables["technologies"]
    renamed = before.with_columns(
        _replaced(before, "name", given_in["en"]), _replaced(before, "name_zh", given_in["zh"])
    )
    # the others hold the names that were computed
    pairs = pl.DataFrame(
        {"old": before["name"], "name": renamed["name"], "name_zh": renamed["name_zh"]}
    )
    pairs = pairs.filter(pl.col("old").is_unique())
    new = dict(pairs.select("old", "name").iter_rows())
    chinese = dict(pairs.drop_nulls("name_zh").select("old", "name_zh").iter_rows())
    themes, areas = tables["themes"], tables["areas_summary"]
    return {
        **tables,
        "technologies": renamed.with_columns(
            pl.col("theme").replace(new),
            _translated("theme", "theme_zh", chinese),
            pl.col("members").list.eval(pl.element().replace(new)),
        ),
        "themes": themes.with_columns(
            pl.col("name").replace(new),
            _translated("name", "name_zh", chinese),
            pl.col("top").list.eval(pl.element().replace(new)),
        ),
        "new_links": tables["new_links"].with_columns(
            pl.col("name", "other_name").replace(new),
            pl.col("common").list.eval(pl.element().replace(new)),
        ),
        "dropped": tables["dropped"].with_columns(pl.col("into").replace(new)),
        "areas_summary": areas.with_columns(pl.col("best_name").replace(new)),
    }


def _replaced(technologies: pl.DataFrame, column: str, names: pl.DataFrame) -> pl.Series:
    new = dict(names.iter_rows())
    given_name = technologies["technology_id"].replace_strict(
        new, default=None, return_dtype=pl.String
    )
    return given_name.fill_null(technologies[column]).alias(column)


def _translated(column: str, to: str, chinese: Mapping[str, str]) -> pl.Expr:
    new = pl.col(column).replace_strict(dict(chinese), default=None, return_dtype=pl.String)
    return new.fill_null(pl.col(to)).alias(to)


# ---- asking


def _prompt_hash(naming: Naming, messages: Sequence[Mapping[str, str]]) -> str:
    version = given_names.rules()["version"]
    return given_names.hash_of([naming.url, naming.model, version, list(messages)])


def _answers(
    folder: Path,
    naming: Naming,
    asked: Mapping[str, Sequence[Mapping[str, str]]],
    hashes: Mapping[str, str],
    say: Say,
) -> tuple[dict[str, _Answer], Stopped | None]:
    """Technology id -> its answer, from the folder or from the server; and why the server was not
    asked further.

    Each answer is written as it comes, so that a run that was interrupted goes on where it stopped.
    """
    known = {name: _read(folder, key) for name, key in hashes.items()}
    answers = {name: answer for name, answer in known.items() if answer is not None}
    missing = [name for name in asked if name not in answers]
    if not missing:
        return answers, None
    key = None
    if naming.key_env:
        try:
            key = key_in(naming.key_env)
        except InputError:
            return answers, Stopped("no_key")
    server = ChatServer(naming.url, naming.model, key, patience_of(naming.timeout))
    for name in missing:
        say(f"naming: {len(answers):,} of {len(asked):,}")
        try:
            reply = server.ask(asked[name])
        except ServerError as error:
            return answers, _stopped(error)
        answers[name] = _write(folder, hashes[name], naming, reply.text, reply.model)
    return answers, None


def _stopped(error: ServerError) -> Stopped:
    """The reason of an error: what the server answered, or why it did not."""
    status, cause = error.status, error.__cause__
    if status is not None:
        if 300 <= status < 400:
            return Stopped("redirected", status)
        if status in BUSY:
            return Stopped("busy", status)
        return Stopped("refused", status)
    # urllib wraps what its socket raises
    if isinstance(cause, TimeoutError) or isinstance(getattr(cause, "reason", None), TimeoutError):
        return Stopped("too_slow")
    if isinstance(cause, OSError):
        return Stopped("unreachable")
    return Stopped("not_understood")


def _read(folder: Path, prompt: str) -> _Answer | None:
    """The answer to a prompt; None where there is none, or its file is damaged and will be written
    again."""
    path = folder / f"{prompt}.json"
    if not path.is_file():
        return None
    data = path.read_bytes()
    try:
        told = json.loads(data)
        text, answered = str(told["answer"]), str(told["answered"])
        datetime.date.fromisoformat(answered)
        is_ours = told["prompt_sha256"] == prompt
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        _LOG.warning("asked again: %s: %s", path, error)
        return None
    if not is_ours:
        return None
    return _answer(path, data, text, answered)


def _write(folder: Path, prompt: str, naming: Naming, text: str, model: str) -> _Answer:
    answered = datetime.datetime.now(datetime.UTC).date().isoformat()
    told = {
        "answer": text,
        "answered": answered,
        "model": naming.model,
        "model_as_answered": model,
        "prompt_sha256": prompt,
        "url": naming.url,
    }
    path = folder / f"{prompt}.json"
    # ASCII alone: half a pair of surrogates in an answer is kept as it came.
    data = (json.dumps(told, ensure_ascii=True, indent=1, sort_keys=True) + "\n").encode()
    write_whole(path, data)
    return _answer(path, data, text, answered)


def _answer(path: Path, data: bytes, text: str, answered: str) -> _Answer:
    digest = hashlib.sha256(data).hexdigest()
    return _Answer(
        text, answered, Snapshot("naming", f"{FOLDER}/{path.name}", digest, len(data), answered)
    )


def _date_of(answer: _Answer | None) -> datetime.date | None:
    if answer is None:
        return None
    return datetime.date.fromisoformat(answer.answered)


# ---- what is kept and said


def _provenance(
    evidence: pl.DataFrame,
    naming: Naming,
    hashes: Mapping[str, str],
    answers: Mapping[str, _Answer],
) -> pl.DataFrame:
    """technology_id and ``PROVENANCE``: who was asked what, on which evidence, and the day of the
    answer."""
    rows = [
        (
            row["technology_id"],
            naming.model,
            hashes[row["technology_id"]],
            given_names.hash_of(row),
            _date_of(answers.get(row["technology_id"])),
        )
        for row in evidence.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema={"technology_id": pl.String, **PROVENANCE}, orient="row")


def _snapshots(
    catalogue: Catalogue, naming: Naming, answers: Mapping[str, _Answer]
) -> dict[str, str]:
    if not answers:
        return {}
    server = urllib.parse.urlsplit(naming.url).netloc
    source = Source(
        "naming", server, naming.model, naming.url, "the terms of the model", naming.model
    )
    kept = catalogue.keep_snapshots(
        "naming_answers", source, [answer.snapshot for answer in answers.values()]
    )
    return {kept.name: kept.key}


def _translated_by_user(own_names: pl.DataFrame) -> pl.DataFrame:
    rows = own_names.filter(pl.col("action") == "translate").drop_nulls("technology_id")
    return rows.select(pl.col("to").alias("name"), "technology_id")


def _taken(survey: Survey, translated: pl.DataFrame) -> pl.DataFrame:
    """Every label and form of every technology, and translations by the user: data frame name,
    technology_id."""
    labels = pl.DataFrame(
        {"name": list(survey.labels), "technology_id": survey.ids},
        schema_overrides={"name": pl.String},
    )
    forms = survey.forms_by_id.select(pl.col("form").alias("name"), "technology_id")
    return pl.concat([labels, forms, translated])


def decided(own_names: pl.DataFrame) -> frozenset[tuple[str, str]]:
    """Technologies that the user has named, and in which language."""
    language = {"rename": "en", "translate": "zh"}
    rows = own_names.filter(pl.col("action").is_in(list(language))).drop_nulls("technology_id")
    return frozenset(
        (name, language[action])
        for name, action in rows.select("technology_id", "action").iter_rows()
    )


def _cautions(named: pl.DataFrame, naming: Naming, stopped: Stopped | None) -> list[Caution]:
    """What came of it, and why it did not go on where it did not."""
    if named.is_empty():
        return []
    by_technology = named.group_by("technology_id").agg(
        pl.col("outcome").is_in(ACCEPTED).any().alias("is_named"),
        (pl.col("outcome") == "no_answer").all().alias("is_unanswered"),
    )
    count = int(by_technology["is_named"].sum())
    unanswered = int(by_technology["is_unanswered"].sum())
    refused = named.height - int(named["outcome"].is_in([*ACCEPTED, "no_answer"]).sum())
    model = Name(naming.model)
    said = message("naming_done", count=Count(count), refused=Count(refused), model=model)
    cautions = [Caution("naming_done", "note", said, "documents")]
    if stopped is not None:
        why = _why(stopped)
        server = Name(urllib.parse.urlsplit(naming.url).netloc)
        said = message("naming_stopped", count=Count(unanswered), server=server, why=Phrase(why))
        cautions.append(Caution("naming_stopped", "yellow", said, "documents"))
    return cautions


def _why(stopped: Stopped) -> Message:
    values: dict[str, Any] = {}
    if stopped.status is not None:
        values["status"] = Name(str(stopped.status))
    return message(f"phrases.naming_{stopped.reason}", **values)
