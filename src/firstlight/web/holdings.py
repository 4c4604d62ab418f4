"""What some folders keep, opened as a shelf; and whether it has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from firstlight.catalogue import Catalogue, has_catalogue
from firstlight.errors import NotKeptError
from firstlight.run.measured import open_measured
from firstlight.run.observing import open_observation
from firstlight.store.name_index import NameIndex
from firstlight.views.document_files import KEPT as BRIEFS
from firstlight.views.document_files import kept_documents
from firstlight.views.site.addresses import slug
from firstlight.views.site.briefs import brief_thing
from firstlight.views.site.measured import measured_thing
from firstlight.views.site.observed import Observed
from firstlight.views.site.page import Site
from firstlight.views.site.shelf import Shelf
from firstlight.views.site.thing import Thing

UNNAMED = "results"  # the folder in the addresses of a project that has no name


def kept_in(project: Path) -> list[Path]:
    """The folders with results: a project and those within it, in the order of their names."""
    if not project.is_dir():
        return []
    return [each for each in (project, *sorted(project.iterdir())) if has_catalogue(each)]


def open_holdings(folders: Sequence[Path]) -> Shelf:
    """The observations, measurements and briefs that some folders keep; nothing is computed.

    Raises StoreError for a folder that can't be read.
    """
    observed: dict[str, Observed] = {}
    things: dict[str, Thing] = {}
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
            things[thing.path] = thing
        for kept in kept_documents(folder):
            thing = brief_thing(code, kept)
            things[thing.path] = thing
    return Shelf(observed, things)


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
    """What changes whenever something is kept: each result and brief, and when it was written."""
    stamps = []
    for folder in folders:
        kept = [*(folder / "catalogue").glob("*"), *(folder / BRIEFS).glob("*.json")]
        for each in sorted(kept):
            if not each.name.startswith("."):
                stamps.append((str(each), each.stat().st_mtime_ns))
    return tuple(stamps)
