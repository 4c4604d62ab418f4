"""The pages as a folder of files, which any web server offers and a disk opens."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from firstlight.errors import InputError
from firstlight.store.folder import disk_errors
from firstlight.texts import LANGUAGES, Name, message
from firstlight.views.site.files import thing_file
from firstlight.views.site.links import ASSETS, DATA, HOME
from firstlight.views.site.page import Site, site_assets
from firstlight.web.holdings import open_site

WEB = Path(__file__).parent
NAMES = "names.js"
CHUNK = 200  # pages that a process makes at once
STATIC_ENDINGS = ("csv", "json")
Say = Callable[[str], None]
_SITES: dict[tuple[Path, ...], Site] = {}  # of a process that makes pages


def publish_site(
    folders: Sequence[Path], target: Path, *, address: str = "", progress: Say | None = None
) -> Path:
    """Write every page, in every language, with the tables behind it, into a folder.

    folders  : that keep results
    target   : replaced as a whole once all is written
    address  : of the site, as citations have it
    progress : called with what is being done
    Returns  the first page.
    Raises   InputError where the folder holds something else, StoreError where it can't be written.
    """
    say = progress or (lambda line: None)
    _check_ours(target)
    site = _site(tuple(folders), address)
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=target.parent, prefix=".unfinished-") as scratch:
            draft = Path(scratch) / "site"
            write_frame(site, draft)
            _things(site, tuple(folders), draft, address, say)
            _replace(draft, target)
    return target / f"{HOME}.html"


def write_frame(site: Site, draft: Path) -> None:
    """The first pages, what they look like, and the names that a search looks through."""
    for name, content in site_assets().items():
        _write(draft / ASSETS / name, content)
    _write(draft / ASSETS / NAMES, _names(site).encode("utf-8"))
    for lang in LANGUAGES:
        _write(draft / lang / f"{HOME}.html", site.home(lang).encode("utf-8"))
        _write(draft / lang / "search.html", site.search(lang, "").encode("utf-8"))
    first = '<!doctype html><meta charset="utf-8"><title>Firstlight</title>'
    links = "".join(f'<p><a href="{lang}/{HOME}.html">{lang}</a>' for lang in LANGUAGES)
    moved = f'<meta http-equiv="refresh" content="0; url={LANGUAGES[0]}/{HOME}.html">'
    _write(draft / f"{HOME}.html", f"{first}{moved}{links}\n".encode())


def _names(site: Site) -> str:
    """Every thing with its names, as a script: a page on a disk may load no data."""
    forms: dict[str, list[str]] = {}
    for address, form, _ in site.shelf.names():
        forms.setdefault(address, []).append(form)
    rows: list[tuple[str, dict[str, str], list[str], str]] = []
    for path, known in forms.items():
        thing = site.shelf.find(path)
        if thing is not None:
            names = dict(thing.name)
            others = [form for form in dict.fromkeys(known) if form not in names.values()]
            rows.append((path, names, others, thing.origin.title[LANGUAGES[0]]))
    return f"globalThis.FIRSTLIGHT_NAMES = {json.dumps(rows, ensure_ascii=False)};\n"


def _things(site: Site, folders: tuple[Path, ...], draft: Path, address: str, say: Say) -> None:
    paths = list(site.shelf.paths())
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    say(f"page: {len(paths):,}")
    if len(chunks) == 1:
        _pages(folders, chunks[0], draft, address)
        return
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        done = 0
        work = [pool.submit(_pages, folders, chunk, draft, address) for chunk in chunks]
        for chunk, each in zip(chunks, work, strict=True):
            each.result()
            done += len(chunk)
            say(f"page: {done:,} / {len(paths):,}")


def _pages(folders: tuple[Path, ...], paths: Iterable[str], draft: Path, address: str) -> None:
    """Write some pages, in a process that may not have opened the site yet."""
    write_pages(_site(folders, address), paths, draft)


def write_pages(site: Site, paths: Iterable[str], draft: Path) -> None:
    """Write the pages of some things, and their tables."""
    for path in paths:
        thing = site.shelf.find(path)
        if thing is None:
            continue
        for lang in LANGUAGES:
            _write(draft / lang / f"{path}.html", site.page(thing, lang).encode("utf-8"))
        for ending in STATIC_ENDINGS:
            _write(draft / DATA / f"{path}.{ending}", thing_file(thing, ending, LANGUAGES[0]))


def _site(folders: tuple[Path, ...], address: str) -> Site:
    if folders not in _SITES:
        _SITES[folders] = open_site(folders, address=address, is_static=True)
    return _SITES[folders]


def _check_ours(target: Path) -> None:
    """Raise InputError where a folder holds what was not published by this."""
    is_ours = (target / ASSETS / NAMES).is_file()
    is_free = not target.exists() or (target.is_dir() and not any(target.iterdir()))
    if not (is_ours or is_free):
        raise InputError(message("not_ours", folder=Name(str(target))), WEB)


def _replace(draft: Path, target: Path) -> None:
    """Put a finished folder in the place of an earlier one, by renames."""
    gone = draft.parent / "gone"
    if target.exists():
        target.rename(gone)
    draft.rename(target)
    shutil.rmtree(gone, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
