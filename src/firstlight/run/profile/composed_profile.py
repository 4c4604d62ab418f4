"""The profiles that a project asks for, composed of what it has measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from hashlib import sha256

from firstlight.profile import Pair, Profile, Section
from firstlight.result import Result
from firstlight.run.joined_names import joined_name
from firstlight.run.measured import open_measured
from firstlight.run.profile.declared_profiles import (
    FOLDER,
    DeclaredSection,
    ProfileKind,
    pair,
    profile_kind,
)
from firstlight.run.profile.first_lines_of_profile import first_lines_of
from firstlight.run.project import Project, data_beside
from firstlight.run.sector.recognised_files import kinds_of, recognised
from firstlight.texts import LANGUAGES, Code, Remark, Texts, message

__all__ = ["SAMPLES", "TEXTS", "composed_profiles", "lacking_files"]

TEXTS = Texts(FOLDER)
SAMPLES = FOLDER.parents[1] / "sample" / "profile"


def composed_profiles(project: Project, failed: Set[str] = frozenset()) -> Iterator[Profile]:
    """Each profile that a project asks for, of the latest results of its measurements.

    failed : measurements that can't be made as the project stands; earlier results don't count
    Raises  StoreError where nothing was ever measured.
    """
    if not project.profiles:
        return
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
    if name not in results:
        if name in project.measures:
            lacks = (_says("failed"),)
        else:
            lacks = tuple(lacking_files(kind, declared, there)) or (_says("unasked"),)
    return Section(
        name, declared.question, results.get(name), declared.charts, declared.most, lacks
    )


def lacking_files(
    kind: ProfileKind, declared: DeclaredSection, there: Set[str]
) -> tuple[Pair, ...]:
    """What each file that a question needs and that isn't there is, and who has it."""
    wanted = [*([] if set(declared.source) & there else declared.source[:1])]
    wanted += [own for own in declared.needs.values() if own not in there]
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
