"""What some folders keep, opened as a shelf; and whether it has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from firstlight.catalogue import Catalogue, has_catalogue
from firstlight.errors import NotKeptError
from firstlight.run.measured import open_measured
from firstlight.run.observing import open_observation
from firstlight.store.name_index import NameIndex
from firstlight.views.site.addresses import slug
from firstlight.views.site.measured import measured_thing
from firstlight.views.site.observed import Observed
from firstlight.views.site.page import Site
from firstlight.views.site.shelf import Shelf
from firstlight.views.site.thing import Thing

UNNAMED = "results"  # the folder in the addresses of a project that has no name


def kept_in(project: Path) -> list[Path]:
    """The folders with results: a project, or those within it, in the order of their names."""
    if has_catalogue(project):
        return [project]
    if not project.is_dir():
        return []
    return sorted(each for each in project.iterdir() if each.is_dir() and has_catalogue(each))


def open_holdings(folders: Sequence[Path]) -> Shelf:
    """The observations and measurements that some folders keep; nothing is computed.

    Raises StoreError for a folder that can't be read.
    """
    observed: dict[str, Observed] = {}
    measured: dict[str, Thing] = {}
    for folder in folders:
        code = slug(folder.resolve().name) or UNNAMED
        catalogue = Catalogue.open(folder, reading=True)
        try:
            seen = open_observation(folder)
        except NotKeptError:
            pass
        else:
            observed[code] = Observed(code, seen, catalogue.find("observation").created)
        for result in open_measured(folder):
            created = catalogue.find(str(result.facts["measurement"])).created
            thing = measured_thing(code, result, created)
            measured[thing.path] = thing
    return Shelf(observed, measured)


def open_site(folders: Sequence[Path], *, address: str = "", is_static: bool = False) -> Site:
    """The pages of what some folders keep.

    address   : of the site, as citations have it
    is_static : whether the pages are files in a folder, which search by themselves
    """
    shelf = open_holdings(folders)
    if is_static:
        return Site(shelf, address=address, is_static=True)
    return Site(shelf, address=address, search=NameIndex(shelf.names()).find)


def stamp(folders: Sequence[Path]) -> tuple[tuple[str, int], ...]:
    """What changes whenever a result is kept: the folders of results, and when each was written."""
    found = []
    for folder in folders:
        for each in sorted((folder / "catalogue").glob("*")):
            if not each.name.startswith("."):
                found.append((str(each), each.stat().st_mtime_ns))
    return tuple(found)
