"""Write the project of a profile: what the files that there are can answer, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firstlight.profile import Pair
from firstlight.run.profile.composed_profile import SAMPLES, TEXTS, lacking_files
from firstlight.run.profile.declared_profiles import (
    DeclaredSection,
    ProfileKind,
    profile_kind,
)
from firstlight.run.project import FILE, data_beside
from firstlight.run.project_file import named_from, quoted, refuse_project, write_project
from firstlight.run.sector.recognised_files import (
    Recognised,
    Unrecognised,
    kinds_of,
    one_of_each,
    recognised,
)
from firstlight.run.sector.sector_project import reason_in_words
from firstlight.texts import LANGUAGES, Count, Message, Name, Remark, message


@dataclass(frozen=True)
class ProfileProject:
    """A project that was written, with what its files answer and what they don't.

    path      : the project file
    known     : files of a kind that is known; unknown : the others, with the reason
    answered  : measurement -> options of its section, the source first
    is_sample : whether the files are the invented ones that ship
    """

    path: Path
    kind: ProfileKind
    name: str
    known: Sequence[Recognised]
    unknown: Sequence[Unrecognised]
    answered: Mapping[str, Mapping[str, Any]]
    is_sample: bool

    @property
    def lacking(self) -> list[tuple[DeclaredSection, tuple[Pair, ...]]]:
        """The questions that can't be answered yet, and what each lacks."""
        kinds = {own.kind for own in self.known}
        return [
            (own, lacking_files(self.kind, own, kinds))
            for own in self.kind.sections
            if own.measurement not in self.answered
        ]

    def lines(self, lang: str) -> list[str]:
        """What can be answered and what not, in words: the answer first."""
        said = [self._answer()]
        if self.is_sample:
            said.append(message("is_sample"))
        lines = [TEXTS.sentence(lang, own) for own in said]
        for section, lacks in self.lacking:
            question = Remark(*section.question)
            for each in lacks:
                own = message("lacking", question=question, lacks=Remark(*each))
                lines.append(TEXTS.sentence(lang, own))
        for file in self.known:
            words = self.kind.files[file.kind]
            kind = Remark(words["en"], words["zh"])
            lines.append(
                TEXTS.sentence(lang, message("file", file=Name(file.path.name), kind=kind))
            )
        return [*lines, *(reason_in_words(own, lang) for own in self.unknown)]

    def _answer(self) -> Message:
        every, count = Count(len(self.kind.sections)), Count(len(self.answered))
        return message("answered", every=every, count=count)


def new_profile_project(
    folder: str | Path, kind: str, files: str | Path | None = None, lang: str = "en"
) -> ProfileProject:
    """Write the project of a profile into a folder, made where it is absent.

    folder : of the project, whose name the profile bears
    kind   : of the profile, chain or places
    files  : folder with the files that there are; where left out those that lie in ``folder``, and
             without any the invented ones that ship, which are copied there
    lang   : of the comments in the project file, and of its pages
    Raises  InputError for an unknown kind, a folder without files, and a project that is there
            already; StoreError where nothing can be written.
    """
    home, declared = Path(folder), profile_kind(kind)
    refuse_project(home / FILE)
    is_sample = files is None and not data_beside(home)
    given = Path(files or home)
    if is_sample:
        given = SAMPLES / kind
    every, unknown = recognised(given, kinds_of(declared.files))
    known, others = one_of_each(every)
    paths = {own.kind: named_from(home, own.path) for own in known}
    copied = list[Path]()
    if is_sample:
        copied = [own.path for own in known]
        paths = {own.kind: own.path.name for own in known}
    answered = dict(_answered(declared, paths, is_sample))
    name = home.absolute().name
    project = ProfileProject(
        home / FILE, declared, name, known, [*unknown, *others], answered, is_sample
    )
    write_project(project.path, _written(project, lang), copied)
    return project


def _answered(
    kind: ProfileKind, paths: Mapping[str, str], is_sample: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The measurements whose files are there, with the options of their sections."""
    for own in kind.sections:
        sources = [paths[each] for each in own.source if each in paths]
        if not sources or not set(own.needs.values()) <= set(paths):
            continue
        wanted = {**own.needs, **own.may}
        tables = {option: paths[file] for option, file in wanted.items() if file in paths}
        options = {"source": sources[0], **tables, **own.options}
        if is_sample:
            options |= kind.samples.get(own.measurement, {})
        yield own.measurement, options


def _written(project: ProfileProject, lang: str) -> list[str]:
    """The lines of the project file."""
    place = LANGUAGES.index(lang)
    kind = Remark(*project.kind.title)
    lines = [
        f"# {TEXTS.say(lang, 'file', 'about', kind=kind)}",
        f"# {TEXTS.sentence(lang, project._answer())}",
        f"# {TEXTS.say(lang, 'file', 'how')}",
        *("", "[observe]", f"language = {quoted(lang)}", "", "[profile]"),
        f"{project.kind.name} = {quoted(project.name)}",
    ]
    for section in project.kind.sections:
        options = project.answered.get(section.measurement)
        if options is not None:
            lines += ["", f"# {section.question[place]}", f"[measure.{section.measurement}]"]
            lines += [f"{name} = {quoted(value)}" for name, value in options.items()]
    for section, lacks in project.lacking:
        lines += ["", f"# {section.question[place]}"]
        lines += [f"#   {each[place]}" for each in lacks]
        lines += [f"# [measure.{section.measurement}]"]
        wanted = ("source", *section.needs, *section.options)
        lines += [f"# {name} = {quoted(section.options.get(name, ''))}" for name in wanted]
    return lines
