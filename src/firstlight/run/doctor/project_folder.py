"""Whether a project can be run and what it keeps still holds: settings, files, results, room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firstlight.catalogue import Catalogue, has_catalogue
from firstlight.errors import FirstlightError, InputError
from firstlight.measurement import folders, unknown_measurement
from firstlight.run.doctor.findings import Finding, of_error, said
from firstlight.run.doctor.input_file import of_file
from firstlight.run.doctor.installation import of_room
from firstlight.run.measured import of_another_version
from firstlight.run.project import FILE, Settings, is_project, open_project, source_beside
from firstlight.run.reading import columns_apart
from firstlight.texts import WORDS, Count, Name, message, names

KEPT = "observatory"  # where results lie below a folder that is no project
MOST = 5  # stale results that are named


def holds_results(folder: Path) -> bool:
    """Whether a folder, or the one below it that is used where no project is, keeps results."""
    return has_catalogue(folder) or has_catalogue(folder / KEPT)


def of_project(folder: Path, lang: str) -> list[Finding]:
    """What is found of a folder with settings, results or both."""
    found = list[Finding]()
    if is_project(folder):
        try:
            project = open_project(folder)
        except FirstlightError as error:
            found.append(of_error(error))
        else:
            found.append(said("well", "settings", file=Name(str(folder / FILE))))
            found += _files(project)
    kept = folder
    if not has_catalogue(folder):
        kept = folder / KEPT
    if has_catalogue(kept):
        found += _results(kept, lang)
    else:
        found += _nothing_kept(folder)
    return [*found, *of_room(folder)]


def _nothing_kept(folder: Path) -> list[Finding]:
    after = message("observe", source=Name(str(folder)))
    return [said("note", "nothing_kept", after, folder=Name(str(folder)))]


def _files(project: Settings) -> Iterator[Finding]:
    """The files that the settings name, each read."""
    try:
        source = project.source or source_beside(project)
    except InputError as error:
        yield of_error(error)
    else:
        if source is not None:
            of_source, _ = columns_apart(project.columns)
            yield from of_file(source, of_source, project.encoding, project.folder)
        elif not project.measures:
            after = message("set_source", file=Name(str(project.folder / FILE)))
            yield said("note", "no_source", after)
    if project.names is not None and not project.names.is_file():
        after = message("set_names", file=Name(str(project.folder / FILE)))
        yield said("wrong", "no_names_file", after, file=Name(str(project.names)))
    for name, own in project.measures.items():
        if name not in folders():
            yield of_error(InputError(unknown_measurement(name), WORDS))
        elif own.source.exists():
            after = message("measure", name=Name(name), source=Name(str(project.folder)))
            yield said("well", "measure", after, name=Name(name), file=Name(str(own.source)))
        else:
            after = message("set_measure", name=Name(name), file=Name(str(project.folder / FILE)))
            yield said("wrong", "no_measure_file", after, file=Name(str(own.source)))


def _results(kept: Path, lang: str) -> Iterator[Finding]:
    """What is kept: how much, what is stale or damaged, what another version wrote."""
    catalogue = Catalogue.open(kept, reading=True)
    try:
        listed = catalogue.results(lang)
        old = of_another_version(kept)
    except FirstlightError as error:
        yield of_error(error)
        return
    shown = Name(str(kept))
    if not listed.height:
        yield from _nothing_kept(kept)
        return
    last = listed.group_by("name", maintain_order=True).last()  # the latest run of each name
    stale = last.filter("is_stale").sort("name")
    yield said("well", "results", count=Count(last.height), folder=shown)
    for row in stale.head(MOST).iter_rows(named=True):
        about = {"name": Name(row["name"]), "why": Name(row["note"] or "")}
        yield said("note", "stale", message("again"), **about)
    if stale.height > MOST:
        yield said("note", "more_stale", message("again"), count=Count(stale.height - MOST))
    if old:
        yield said("note", "another_version", message("again"), names=names(old))
    if catalogue.unfinished.is_dir() and any(catalogue.unfinished.iterdir()):
        yield said("note", "unfinished", message("run_sweeps"), folder=shown)
