"""The profiles that a project asks for, composed of what it has measured: their questions, and
first lines by the rules that their kind declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any

import polars as pl

from firstlight.profile import Cited, Line, Pair, Profile, Section
from firstlight.result import Result
from firstlight.run.doubtful_names import DOUBTS, TOTALS
from firstlight.run.joined_names import joined_name
from firstlight.run.measured import open_measured
from firstlight.run.profile.declared_profiles import (
    FOLDER,
    DeclaredLine,
    DeclaredSection,
    ProfileKind,
    pair,
    profile_kind,
)
from firstlight.run.project import Project, data_beside
from firstlight.run.sector.recognised_files import kinds_of, recognised
from firstlight.texts import LANGUAGES, Code, Remark, Texts, message

TEXTS = Texts(FOLDER)
SAMPLES = FOLDER.parents[1] / "sample" / "profile"


def composed_profiles(project: Project, failed: Set[str] = frozenset()) -> Iterator[Profile]:
    """Each profile that a project asks for, of the latest results of its measurements.

    failed : measurements that can't be made as the project stands; earlier results don't count
    Raises  StoreError where nothing was ever measured.
    """
    if not project.profiles:
        return
    # a result bears the name of the join that measured it, where it needs an observation
    asked = {joined_name(name, own.options): name for name, own in project.measures.items()}
    results = {
        asked[name]: result
        for result in open_measured(project.folder)
        if (name := result.facts["measurement"]) in asked and asked[name] not in failed
    }
    for kind, name in project.profiles.items():
        yield composed(profile_kind(kind), name, project, results)


def composed(
    kind: ProfileKind, name: str, project: Project, results: Mapping[str, Result]
) -> Profile:
    """One profile of results by the name of their measurement."""
    there = _kinds_there(kind, project)
    return Profile(
        kind.name,
        kind.title,
        name,
        first_lines_of(kind.lines, results),
        tuple(_section(kind, own, project, results, there) for own in kind.sections),
        _is_sample(kind, results),
    )


def _is_sample(kind: ProfileKind, results: Mapping[str, Result]) -> bool:
    """Whether the bytes of some file that was read are those of the invented ones that ship."""
    shipped = {sha256(path.read_bytes()).hexdigest() for path in (SAMPLES / kind.name).iterdir()}
    wanted = (own.measurement for own in kind.sections if own.measurement in results)
    inputs = [file["sha256"] for name in wanted for file in results[name].facts["inputs"]]
    return not shipped.isdisjoint(inputs)


def _kinds_there(kind: ProfileKind, project: Project) -> set[str]:
    """The kinds of files that some measurement of the project reads, or that lie beside these."""
    used = set()
    homes = {project.folder, *(own.source.parent for own in project.measures.values())}
    for home in sorted(homes):
        if data_beside(home):
            used |= {own.kind for own in recognised(home, kinds_of(kind.files))[0]}
    for own in kind.sections:
        if own.measurement in project.measures:
            options = project.measures[own.measurement].options
            used.add(own.source[0])
            used |= {file for option, file in {**own.needs, **own.may}.items() if option in options}
    return used


def _section(
    kind: ProfileKind,
    declared: DeclaredSection,
    project: Project,
    results: Mapping[str, Result],
    there: Set[str],
) -> Section:
    name = declared.measurement
    lacks: tuple[Pair, ...] = ()
    if name not in results and name in project.measures:
        lacks = (_says("failed"),)
    elif name not in results:
        lacks = lacking_files(kind, declared, there) or (_says("unasked"),)
    return Section(
        name, declared.question, results.get(name), declared.charts, declared.most, lacks
    )


def lacking_files(
    kind: ProfileKind, declared: DeclaredSection, there: Set[str]
) -> tuple[Pair, ...]:
    """What each file that a question needs and that isn't there is, and who has it."""
    wanted = [own for own in declared.needs.values() if own not in there]
    if there.isdisjoint(declared.source):
        wanted = [*declared.source[:1], *wanted]
    said = []
    for own in wanted:
        if "/" in own:
            question = next(s.question for s in kind.sections if s.measurement == own.split("/")[0])
            said.append(_says("measured_first", question=Remark(*question)))
        else:
            file, source = pair(kind.files[own]), pair(kind.files[own], "source_")
            said.append(_says("file", file=Remark(*file), source=Remark(*source)))
    return tuple(dict.fromkeys(said))  # one file may serve two options


def _says(code: str, **values: Remark | Code) -> Pair:
    english, chinese = (
        TEXTS.sentence(lang, message(code, **values), "lacks") for lang in LANGUAGES
    )
    return english, chinese


# ---- the first lines


def first_lines_of(
    declared: Sequence[DeclaredLine], results: Mapping[str, Result]
) -> tuple[Line, ...]:
    """The lines in their order; what several would say stands in the first of them."""
    lines, seen = list[Line](), set[Pair]()
    for own in declared:
        line = first_line(own, results)
        left = tuple(cited for cited in line.said if cited.said not in seen)
        seen |= {cited.said for cited in left}
        lines.append(replace(line, said=left))
    return tuple(lines)


def first_line(declared: DeclaredLine, results: Mapping[str, Result]) -> Line:
    """A line with what its rules choose from the results, by name of their measurement."""
    said = [cited for rule in declared.says for cited in _sentences(rule, results)]
    if declared.pick:
        said += _rows_in_words(declared.pick, results)
    return Line(declared.title, declared.rule, tuple(said))


def _sentences(rule: Mapping[str, Any], results: Mapping[str, Result]) -> Iterator[Cited]:
    """The first sentences of a result whose codes fit the rule; of all where it names none, after
    what is doubtful about the names that it rests on, and before the totals that it left out."""
    result = results.get(rule["measurement"])
    if result is None:
        return
    patterns = rule.get("codes", ["*"])
    fitting = [
        given
        for given in result.said
        if any(fnmatchcase(given.code, pattern) for pattern in patterns)
    ]
    doubts = [given for given in fitting if given.code in DOUBTS]
    totals = [given for given in fitting if given.code == TOTALS]
    answers = [given for given in fitting if given.code not in (*DOUBTS, TOTALS)]
    for given in (*doubts, *answers[: rule.get("most", 1)], *totals):
        english, chinese = (result.texts.sentence(lang, given) for lang in LANGUAGES)
        yield Cited((english, chinese), rule["measurement"])


def _rows_in_words(rule: Mapping[str, Any], results: Mapping[str, Result]) -> list[Cited]:
    """The rows that a rule chooses, each put into words; what the rule says where it chooses none;
    nothing where the table wasn't measured."""
    name = rule["measurement"]
    if name not in results:
        return []
    chosen = chosen_rows(rule, {own: result.tables for own, result in results.items()})
    if not chosen:
        return [Cited(pair(rule, "none_"), name)]
    of_column = _texts_of_columns(rule, results)
    return [Cited(_in_words(rule, row, of_column), name) for row in chosen]


def chosen_rows(
    rule: Mapping[str, Any], tables: Mapping[str, Mapping[str, pl.DataFrame]]
) -> list[dict[str, Any]]:
    """The rows that a rule chooses from the tables of measurements, in its order.

    where : column -> values of which a row has one; an empty list asks for a missing value
    order : columns, with "-" before those whose largest comes first; what is missing comes last
    join  : measurement, table and on, the two columns that hold the same names; left out where that
            measurement wasn't made, with what the order says of its columns

    >>> tables = {"m": {"t": pl.DataFrame({"name": ["a", "b", "c"], "loss": [1, 3, None]})}}
    >>> chosen_rows({"measurement": "m", "table": "t", "order": ["-loss"], "most": 2}, tables)
    [{'name': 'b', 'loss': 3}, {'name': 'a', 'loss': 1}]
    """
    frame = tables[rule["measurement"]][rule["table"]]
    for column, values in rule.get("where", {}).items():
        is_chosen = pl.col(column).is_in(values)
        if not values:
            is_chosen = pl.col(column).is_null()
        frame = frame.filter(is_chosen)
    join = rule.get("join")
    if join and join["measurement"] in tables:
        ours, theirs = join["on"]
        other = tables[join["measurement"]][join["table"]].rename({theirs: ours})
        new = [ours, *(each for each in other.columns if each not in frame.columns)]
        frame = frame.join(other.select(new), on=ours, how="left", maintain_order="left")
    order = [each for each in rule["order"] if each.lstrip("-") in frame.columns]
    by, down = [each.lstrip("-") for each in order], [each.startswith("-") for each in order]
    sorted_frame = frame.sort(by, descending=down, nulls_last=True, maintain_order=True)
    return sorted_frame.head(rule.get("most", 1)).to_dicts()


def _texts_of_columns(
    rule: Mapping[str, Any], results: Mapping[str, Result]
) -> dict[str, tuple[Result, str]]:
    """Column -> the result and the table whose words write its cells."""
    found: dict[str, tuple[Result, str]] = {}
    for part in (rule.get("join", {}), rule):
        result = results.get(part.get("measurement", ""))
        if result is not None:
            table = part["table"]
            found |= {column: (result, table) for column in result.tables[table].columns}
    return found


def _in_words(
    rule: Mapping[str, Any], row: Mapping[str, Any], of_column: Mapping[str, tuple[Result, str]]
) -> Pair:
    """The clauses of a rule for a row, without those whose column is missing there."""
    words = []
    for lang in LANGUAGES:
        cells = {}
        for column in row:
            result, table = of_column[column]
            # in a sentence, unlike a column, 2.0 months are 2
            cells[column] = result.texts.cell(lang, table, column, row).removesuffix(".0")
        held = [own for own in rule["clauses"] if row.get(own["if"]) is not None]
        words.append("".join(own[lang].format(**cells) for own in held))
    return words[0], words[1]
