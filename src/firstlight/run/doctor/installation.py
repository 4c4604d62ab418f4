"""Whether an installation is whole: Python, packages, extras, what ships, room to write."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import firstlight
from firstlight.errors import FirstlightError, installing, needs_of, system_says
from firstlight.run.doctor.findings import Finding, of_error, said
from firstlight.sample import patents, text_corpora
from firstlight.texts import Code, Count, Name, message, names

EXTRAS = ("tables", "plots", "gravity", "chains", "maps", "documents", "semantic")
LITTLE, TOO_LITTLE = 1 << 30, 100 << 20  # bytes that are free
PARTS = re.compile(r"^(?P<package>[\w.-]+)\s*(?:\[[^]]*\])?\s*(?P<bounds>[^;]*)")
BOUND = re.compile(r"(?P<sign>>=|<|==|!=|<=|>|~=)\s*(?P<version>[\w.]+)")


def of_installation() -> list[Finding]:
    """What is found of the installation and of the folder that it is run in."""
    python = ".".join(map(str, sys.version_info[:3]))
    place = Name(str(Path(firstlight.__file__).parent))
    version = Name(firstlight.__version__)
    return [
        said("well", "versions", version=version, python=Name(python), place=place),
        *_packages(),
        *_extras(),
        *_corpora(),
        *of_room(Path()),
        *_terminal(),
    ]


def _packages() -> Iterator[Finding]:
    """The packages of the core: absent ones, and those older than what is needed."""
    try:
        stated = metadata.requires("firstlight") or []
    except metadata.PackageNotFoundError:
        install = message(
            "install", command=Name(f"{shlex.quote(sys.executable)} -m pip install .")
        )
        yield said("note", "not_installed", install)
        return
    wanted = [need for need in stated if "extra ==" not in need]
    unmet = [need for need in wanted if not _is_met(need)]
    if not unmet:
        yield said("well", "packages", count=Count(len(wanted)))
        return
    command = Name(shlex.join([sys.executable, "-m", "pip", "install", "--upgrade", *unmet]))
    yield said("wrong", "packages_lack", message("run", command=command), packages=names(unmet))


def _is_met(need: str) -> bool:
    """Whether a package that is needed is there in a version that will do.

    >>> _is_met("polars>=1.0"), _is_met("polars>=999"), _is_met("no-such-package")
    (True, False, False)
    """
    parts = PARTS.match(need)
    if parts is None:
        return True
    try:
        version = _numbers(metadata.version(parts["package"]))
    except metadata.PackageNotFoundError:
        return False
    bounds = {
        bound["sign"]: _numbers(bound["version"]) for bound in BOUND.finditer(parts["bounds"])
    }
    is_new = version >= bounds.get(">=", ())
    return is_new and ("<" not in bounds or version < bounds["<"])


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with.

    >>> _numbers("2.4.0rc1")
    (2, 4, 0)
    """
    found = (re.match(r"\d+", part) for part in version.split("."))
    return tuple(int(each[0]) for each in found if each)


def _extras() -> Iterator[Finding]:
    """What each extra brings, or what is not possible without it."""
    for extra in EXTRAS:
        lacking = [need for need in needs_of(extra) if not _is_met(need)]
        brings = Code(f"codes.extra.{extra}")
        if not lacking:
            yield said("well", "extra", brings=brings, extra=Name(extra))
            continue
        run = message("run", command=installing(extra))
        yield said("note", "no_extra", run, brings=brings, packages=names(lacking))
    if importlib.util.find_spec("pip") is None:
        yield said(
            "note", "no_pip", message("ensure_pip", python=Name(shlex.quote(sys.executable)))
        )


def _corpora() -> Iterator[Finding]:
    """Whether what ships can be read."""
    folders = [text_corpora.folder_of(name) for name in text_corpora.NAMES]
    try:
        for folder in folders:
            text_corpora.snapshots(folder)
        patents.snapshots()
    except FirstlightError as error:
        yield of_error(error)
    except OSError as error:
        yield said("wrong", "unreadable", message("install_again"), said=system_says(error))
    else:
        yield said("well", "corpora", count=Count(len(folders) + 1))


def of_room(folder: Path) -> Iterator[Finding]:
    """Whether a folder can be written, and how much room there is."""
    shown = Name(str(folder.absolute()))
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        elsewhere = message("elsewhere")
        yield said("wrong", "no_writing", elsewhere, folder=shown, said=system_says(error))
        return
    gigabytes = Name(f"{free / (1 << 30):.1f}")
    if free < TOO_LITTLE:
        yield said("wrong", "no_room", message("make_room"), folder=shown, free=gigabytes)
    elif free < LITTLE:
        yield said("note", "little_room", message("make_room"), folder=shown, free=gigabytes)
    else:
        yield said("well", "room", folder=shown, free=gigabytes)


def _terminal() -> Iterator[Finding]:
    """Whether the terminal shows every letter."""
    encoding = getattr(sys.stdout, "encoding", "") or ""
    if encoding and encoding.lower().replace("-", "") != "utf8":
        yield said("note", "terminal", message("utf8"), encoding=Name(encoding))
