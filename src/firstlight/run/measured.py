"""Measure what a signature declares: read, run the function, keep what it says; recompute only what
is stale."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import KEY_DIGITS, Catalogue, code_version, key_of
from firstlight.chart import chart_from_json
from firstlight.errors import InputError, unknown
from firstlight.measurement import Measurement, folders, measurement
from firstlight.message_json import message_from_json, message_to_json
from firstlight.nouns import Result as Kept
from firstlight.numerics.solution_memory import remembering
from firstlight.parameters import Parameter
from firstlight.result import ASIDE, Result
from firstlight.run import reading
from firstlight.run.doubtful_names import TOTALS, doubtful_names
from firstlight.run.former_names import FORMER_RESULTS, former_names, now_called
from firstlight.run.inputs import Inputs, read_inputs
from firstlight.run.joined_names import joined_name
from firstlight.run.observed_table import observed_table
from firstlight.run.published_chain import handed_chain
from firstlight.run.reading import Say
from firstlight.run.world_database import DATABASE_YEAR, frames_of, handed_database
from firstlight.store.begun import begun
from firstlight.texts import Count, Message, Name, Remark, language_columns, message, names

SAID = "said"  # a fact of every result that this version writes
BEGUN = ".begun"  # beside the kept Results; hidden, so that no name of a Result is like it
OUTLINE_NAME = "outline_name"
MAPS = ("outlines", OUTLINE_NAME)
KEEP_TOTALS, WHERE, INDICATOR = "keep_totals", "where", "indicator"


def measure(
    name: str,
    source: Any = None,
    *,
    columns: Mapping[str, str] | None = None,
    project: str | Path = "observatory",
    encoding: str | None = None,
    lang: str = "en",
    progress: Say | None = None,
    **options: Any,
) -> Result:
    """Measure one thing on a table: adoption, learning, … (``firstlight measure --help`` lists
    them).

    Parameters
    ----------
    name
        Name of the measurement.
    source
        A file (CSV, TSV, JSON lines, Parquet, Excel, Stata), a folder, or a data frame; long, or
        wide with one column per year; headings in English or Chinese; where tables are of many
        countries, also the folder or archive of a database; None for the measurement's invented
        sample.
    columns
        Column -> your column, where the guess is wrong; "parameter.column" for a further table.
    project
        Folder that keeps every Result; made where it is absent.
    encoding
        Of text files that aren't UTF-8; found by their bytes unless given.
    lang
        "zh" takes the names of sectors and the like in Chinese, where a table has them in two
        languages and further tables don't go by the others.
    progress
        Called with a line of text as the work goes on.
    **options
        The measurement's own; ``indicator`` for the rows of one indicator, where a column says
        what each number is; ``where`` for rows that hold a cell, as column -> cell; ``sum`` where
        rows may be added up, or the column that tells the parts apart; ``keep_totals`` to measure
        rows that are totals of the others (全国, Total) as well; ``outlines`` and
        ``outline_name`` where there are maps; ``database_year`` for databases.

    Returns
    -------
    Result, whose tables are those of the measurement, the main one first (``.table``, ``.frame``);
    ``.summary()`` says the answer in words.

    Raises
    ------
    InputError
        For an unknown measurement, option or column, or for input that can't be used.
    StoreError
        For a folder that can't be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> scores = pl.DataFrame({"unit": ["a", "b"], "digital": [0.5, 0.3], "green": [0.4, 0.8]})
    >>> with TemporaryDirectory() as folder:
    ...     result = measure("coupling", scores, systems="digital,green", project=folder)
    >>> result.table["unit"].to_list()
    ['b', 'a']
    """
    say = progress or (lambda line: None)
    now, options = now_called(name, options)
    if now != name:
        warnings.warn(f"measure({name!r}) is now measure({now!r})", FutureWarning, stacklevel=2)
    declared = measurement(joined_name(now, options))
    sources, given, by_hand = _asked(declared, source, options, columns or {})
    arguments = _arguments(declared, given)
    is_summed = None
    if declared.may_sum:
        is_summed = _sum(given)
    where = _where(given)
    has_totals = _is_yes(KEEP_TOTALS, given)
    database = handed_database(declared, sources, given)
    chains = handed_chain(declared, sources, lang)
    handed_in = {own: sources.get(own) for own in declared.parameters}
    declared.check_all({**handed_in, **arguments})  # before anything is read or kept
    say("reading")
    inputs = read_inputs(
        declared,
        sources,
        arguments,
        by_hand,
        is_summed=is_summed,
        has_totals=has_totals,
        where=where,
        encoding=encoding,
        lang=lang,
        observed=lambda given: observed_table(given, project, say),
        instead=frames_of(declared, sources, database) or chains,
    )
    inputs.check_outlines(Catalogue(Path(project).absolute()))
    catalogue = Catalogue.open(project)
    needs = list(inputs.panel.table.units)
    reads: dict[str, Any] = {"sum": is_summed, "needs": needs}
    if has_totals:
        reads[KEEP_TOTALS] = True
    if where:
        reads["where"] = where
    if database is not None:
        reads["database"] = [database.name, database.year]
    tidy, keys = inputs.keep(catalogue, declared, reads)
    say("measuring")
    kept = _keep(catalogue, declared, arguments, inputs, (tidy, keys), source is None, say)
    return _opened(catalogue, kept, reading.frame_or_none(source))


def open_measured(project: str | Path = "observatory") -> Iterator[Result]:
    """The latest result of every measurement that a project keeps, without computing anything.

    Raises StoreError where there is no catalogue.
    """
    catalogue = Catalogue.open(project, reading=True)
    for name in folders():
        for kept in catalogue.versions(name)[:1]:
            if SAID in kept.facts:
                yield _opened(catalogue, kept, None)


def of_another_version(project: str | Path = "observatory") -> tuple[str, ...]:
    """Results that a project keeps as another version wrote them, which only show and explain can
    read."""
    catalogue = Catalogue.open(project, reading=True)
    names = sorted({*folders(), *former_names(), *FORMER_RESULTS})
    latest = [kept for name in names for kept in catalogue.versions(name)[:1]]
    return tuple(kept.name for kept in latest if SAID not in kept.facts)


def _asked(
    declared: Measurement, source: Any, options: Mapping[str, Any], columns: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any], Mapping[str, str]]:
    """Tables by parameter, values by parameter, columns by hand; those of the sample where no table
    is handed in."""
    named = {own.name for own in declared.columns if own.default is not None}
    columns = {**columns, **{name: options[name] for name in options if name in named}}
    options = {name: value for name, value in options.items() if name not in named}
    known = _known_options(declared)
    for name in options:
        if name not in known:
            of = Name(declared.name)
            raise InputError(unknown("no_option", name, known, measurement=of))
    given = dict(options)
    sources: dict[str, Any] = {declared.main.name: source}
    if source is None:
        sample = declared.sample_call()
        columns = {**{name: sample[name] for name in named if name in sample}, **columns}
        given = {**{name: value for name, value in sample.items() if name in known}, **given}
        sources = {declared.main.name: sample[declared.main.name]}
        if outlines := declared.sample.outlines:
            text = (declared.folder / outlines).read_text(encoding="utf-8")
            sources["outlines"] = json.loads(text)
    tables = {own.name for own in declared.of_kind("table")} | set(MAPS)
    sources |= {name: given.pop(name) for name in tables if given.get(name) is not None}
    if OUTLINE_NAME in sources and "outlines" not in sources:
        raise InputError(message("no_outlines", value=Name(str(sources[OUTLINE_NAME]))))
    return sources, given, columns


def _known_options(declared: Measurement) -> set[str]:
    """The measurement's own options, and those of how its tables are read and drawn."""
    known = {own.name for own in declared.options} | {WHERE}
    if INDICATOR not in declared.parameters:
        known.add(INDICATOR)
    if declared.may_sum:
        known.add("sum")
    if declared.may_hold_totals:
        known.add(KEEP_TOTALS)
    if declared.places:
        known.update(MAPS)
    if declared.databases:
        known.add(DATABASE_YEAR)
    return known


def _sum(given: Mapping[str, Any]) -> bool | str:
    """Whether rows are added up, or over which column."""
    asked = given.get("sum")
    if isinstance(asked, str) and asked not in ("", "yes", "no"):
        return asked
    return _is_yes("sum", given)


def _where(given: Mapping[str, Any]) -> dict[str, str]:
    """Column -> cell of the rows that are read."""
    asked = dict(given.get(WHERE) or {})
    if given.get(INDICATOR) is not None:
        asked[INDICATOR] = given[INDICATOR]
    return {str(own): str(cell) for own, cell in asked.items()}


def _is_yes(name: str, given: Mapping[str, Any]) -> bool:
    """An option of how tables are read, which is no unless it is given."""
    own = Parameter(name, "yes_no", {}, None, False, is_required=False, is_optional=True)
    is_yes = own.read(given.get(name))
    own.check(is_yes)
    return bool(is_yes)


def _arguments(declared: Measurement, given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameter -> value, of those that are neither tables nor progress; checked."""
    arguments = {}
    for own in declared.parameters.values():
        if own.kind in ("frame", "table", "progress"):
            continue
        if own.name in given and given[own.name] is not None:
            arguments[own.name] = own.read(given[own.name])
        elif own.is_required:
            words = Remark.by_language(partial(declared.help, own.name))
            raise InputError(message("required", parameter=Name(own.name), help=words))
        else:
            arguments[own.name] = own.default
        own.check(arguments[own.name])
    return arguments


def _keep(
    catalogue: Catalogue,
    declared: Measurement,
    arguments: Mapping[str, Any],
    inputs: Inputs,
    rests_on: tuple[Kept, Mapping[str, str]],
    is_sample: bool,
    say: Say,
) -> Kept:
    """The kept Result of this measurement, or a new one."""
    tidy, keys = rests_on
    modules = (declared.function.__module__, __name__)
    parameters = {
        own.name: arguments[own.name]
        for own in declared.parameters.values()
        if own.name in arguments
    }
    outlined = dict[str, Any]()
    if OUTLINE_NAME in inputs.sources:  # the outlines themselves are an input, by their bytes
        outlined[OUTLINE_NAME] = inputs.sources[OUTLINE_NAME]
    outlined |= _file_hashes(declared, arguments)
    units: dict[str, dict[str, str]] = {}

    def compute() -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
        asked, version = {**parameters, **outlined}, code_version(*modules)
        run = key_of(declared.name, asked, keys, version)[:KEY_DIGITS]
        try:
            result = _computed(
                catalogue, declared, run, {**arguments, **inputs.data(declared, arguments)}, say
            )
        except InputError as error:
            inputs.name_file(error)
            # one place under two names may be all that is wrong
            error.beside = tuple(doubtful_names(inputs.panel.table.frame))
            raise
        result = inputs.with_maps(result)
        result = replace(result, said=_with_doubts(inputs, result))
        units.update(reading.units_of(declared.texts, result.tables))
        tables = {**result.tables, **reading.set_aside(*inputs.panels)}
        notes = [reading.note_message(note) for panel in inputs.panels for note in panel.notes]
        facts = {
            **inputs.facts(),
            **result.to_json(),
            **_about(declared),
            **_span(inputs.panel.table.frame),
            "tables": list(result.tables),
            "notes": [message_to_json(note) for note in notes],
            "title": inputs.title,
            "rows": inputs.panel.rows,
            "is_sample": is_sample,
        }
        return tables, facts

    return catalogue.keep(
        declared.name,
        instrument=declared.name,
        parameters={**parameters, **outlined},
        inputs=keys,
        source=tidy.source,
        licence=tidy.licence,
        compute=compute,
        units=units,
        modules=modules,
    )


def _file_hashes(declared: Measurement, arguments: Mapping[str, Any]) -> dict[str, str]:
    """What files hold that are read as they are: a result is stale when one changes."""
    found = {}
    for own in declared.of_kind("file"):
        given = arguments.get(own.name)
        if isinstance(given, str | Path) and Path(given).is_file():
            found[f"{own.name}_sha256"] = sha256(Path(given).read_bytes()).hexdigest()
    return found


def _computed(
    catalogue: Catalogue, declared: Measurement, run: str, arguments: Mapping[str, Any], say: Say
) -> Result:
    """What the function returns; of long work that was interrupted, what was found is not done
    again."""
    version = code_version(declared.function.__module__)
    with begun(catalogue.root / BEGUN / declared.name, version, run) as kept, remembering(kept):
        if kept.is_resumed:
            say("measuring: going on from where a run was interrupted")
        progress = {
            own.name: lambda done, of: say(f"measuring: {done:,} of {of:,}")
            for own in declared.of_kind("progress")
        }
        tables = {own.name: None for own in declared.of_kind("table")}
        return declared.function(**{**tables, **arguments, **progress})


def _with_doubts(inputs: Inputs, result: Result) -> tuple[Message, ...]:
    """What a result says, after what is probably wrong with names, unless it says that itself; and,
    behind the answer, the totals that were left out."""
    left, totals = inputs.panel.totals, ("total", "sum_of_others")
    told = {given.values["name"].value for given in result.said if given.code in totals}
    doubts = doubtful_names(inputs.panel.table.frame, told)
    without = [message(TOTALS, count=Count(len(left)), names=names(left))] if left else []
    return (*doubts, *result.said[:1], *without, *result.said[1:])


def _about(declared: Measurement) -> dict[str, Any]:
    formula = language_columns("formula").items()
    return {
        "measurement": declared.name,
        "brief": list(declared.brief),
        "ranked_by": list(declared.ranked_by),
        **{name: declared.texts.say(lang, "formula") for name, lang in formula},
        "instrument_citation": declared.citation,
    }


def _span(frame: pl.DataFrame) -> dict[str, Any]:
    """The first and the last year; nothing for a table without years."""
    if "year" not in frame.columns or frame["year"].null_count() == frame.height:
        return {}
    return {"first_year": frame["year"].min(), "last_year": frame["year"].max()}


def _opened(catalogue: Catalogue, kept: Kept, given: Any) -> Result:
    """A kept Result as people read it."""
    facts = {
        **reading.kept_facts(kept),
        "options": dict(kept.parameters),
        "project": str(catalogue.project),
    }
    asked = [*facts["tables"], *(name for name in ASIDE if name in kept.tables)]
    return Result(
        {name: catalogue.table(kept, name) for name in asked},
        tuple(map(message_from_json, facts["said"])),
        measurement(kept.name).texts,
        tuple(map(message_from_json, facts["conventions"])),
        tuple(map(chart_from_json, facts["charts"])),
        given,
        facts,
    )
