"""The house's rules hold everywhere, and each check complains of a snippet that breaks its rule."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import pytest

import house

ROOT = Path(__file__).resolve().parents[1]
PYTHON_FOLDERS = ("src", "tests", "benchmarks", "docs")
TEXT_FOLDERS = (*PYTHON_FOLDERS, ".ci")
TEXT_SUFFIXES = frozenset(
    ("", ".py", ".md", ".toml", ".csv", ".json", ".css", ".js", ".html", ".cff", ".txt", ".in")
)
MODULE_OF = {"scikit-learn": "sklearn", "graspologic-native": "graspologic_native"}
HEAVY = (
    "polars",
    "sklearn",
    "scipy",
    "scipy.stats",
    "numpy",
    "duckdb",
    "rich",
    "pandas",
    "graspologic_native",
    "rjieba",
    "asyncio",
)

TEXTS = list(house.texts(ROOT, TEXT_FOLDERS, TEXT_SUFFIXES))
CODE = [
    (path, text)
    for path, text in TEXTS
    if path.suffix in (".py", ".js", ".css") and path.parts[0] in PYTHON_FOLDERS
]
PYTHON = [(path, text) for path, text in CODE if path.suffix == ".py"]
PACKAGE = [(path, text) for path, text in PYTHON if path.parts[:2] == ("src", "firstlight")]


def package_without(exceptions: Iterable[str]) -> list[tuple[PurePosixPath, str]]:
    """The files of the package but for some, named within src/firstlight."""
    passed_by = {PurePosixPath("src/firstlight") / name for name in exceptions}
    return [(path, text) for path, text in PACKAGE if path not in passed_by]


def in_package(path: str) -> PurePosixPath:
    return PurePosixPath("firstlight") / path


def third_party() -> frozenset[str]:
    """Top-level modules of the dependencies that a bare install brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = (re.split(r"[^\w-]", requirement)[0] for requirement in project["dependencies"])
    return frozenset(MODULE_OF.get(name, name.replace("-", "_")) for name in names)


def test_imports_point_one_way() -> None:
    known = third_party()
    files = [(PurePosixPath(*path.parts[1:]), text) for path, text in PACKAGE]
    assert len(files) > 20
    assert [c for path, text in files for c in house.wrong_imports(text, path, known)] == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("nouns.py", "import polars"),
        ("nouns.py", "from firstlight.errors import InputError"),
        ("errors.py", "import firstlight.nouns"),
        ("numerics/eigen.py", "from firstlight.store import folder"),
        ("store/folder.py", "from firstlight.sources.raw import Raw"),
        ("sources/arxiv/tidy.py", "from firstlight import classifications"),
        ("sources/arxiv/tidy.py", "import duckdb"),
        ("sources/arxiv/tidy.py", "from ...catalogue import Catalogue"),
        ("sources/__init__.py", "from ..store import folder"),
        (
            "instruments/emergence/areas.py",
            "def f():\n    from firstlight.catalogue import Catalogue",
        ),
        ("instruments/emergence/areas.py", "from firstlight.sample import patents"),
        (
            "instruments/emergence/areas.py",
            "from firstlight.instruments.chains.leontief import inverse",
        ),
        ("instruments/emergence/areas.py", "from firstlight.instruments import chains"),
        (
            "instruments/emergence/areas.py",
            "import importlib\nimportlib.import_module('firstlight.run')",
        ),
        ("instruments/complexity/density.py", "from firstlight.joins import take_offs_by_code"),
        ("complexity.py", "from firstlight.joins.take_offs_by_code import expected_take_offs"),
        ("joins/take_offs_by_code.py", "from firstlight.run import observing"),
        ("joins/take_offs_by_code.py", "from firstlight.classifications import load"),
        ("joins/take_offs_by_code.py", "from firstlight.views import page"),
        ("catalogue.py", "from firstlight.sources import raw"),
        ("views/page.py", "from firstlight.run import observe"),
        ("views/page.py", "from firstlight.store.folder import sha256_of"),
        ("cli.py", "from firstlight.instruments.emergence import text"),
        ("run/steps.py", "from firstlight.views import page"),
        ("run/steps.py", "import requests"),
        ("drawing/page.py", "import json"),
    ],
)
def test_a_wrong_import_is_found(path: str, code: str) -> None:
    assert len(house.wrong_imports(code, in_package(path), third_party())) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("nouns.py", "from dataclasses import dataclass"),
        ("store/code_version.py", "import firstlight\nfrom firstlight import __version__"),
        ("store/parquet_duckdb.py", "import duckdb\nfrom firstlight.numerics import eigen"),
        ("sources/__init__.py", "from .raw import Raw"),
        ("sources/arxiv/__init__.py", "from ..raw import Raw\nfrom .records import read"),
        (
            "instruments/emergence/areas.py",
            "import sklearn\nfrom firstlight.instruments.emergence import text",
        ),
        (
            "instruments/emergence/areas.py",
            "from firstlight.numerics import eigen\nfrom firstlight.errors import InputError",
        ),
        (
            "joins/places.py",
            "from firstlight.instruments.complexity import density\n"
            "from firstlight.instruments.concordance.code_conversion import code_matching",
        ),
        ("run/steps.py", "from firstlight.joins.take_offs_by_code import expected_take_offs"),
        ("sample/patents.py", "from firstlight.instruments.emergence import text"),
        ("sources/frames.py", "def f():\n    import pandas"),
        ("run/steps.py", "from firstlight import sources, instruments, catalogue, sample"),
        ("__init__.py", "from firstlight import observe"),
        ("__main__.py", "from firstlight.cli import main"),
    ],
)
def test_a_right_import_is_left_alone(path: str, code: str) -> None:
    assert house.wrong_imports(code, in_package(path), third_party()) == []


Check = Callable[[str, PurePosixPath], list[str]]
LONG_FUNCTION = "def f(x):\n    '''Doc.\n\n    More.\n    '''\n" + "    x += 1  # step\n\n" * 80
SNIPPETS: list[
    tuple[Check, str, str]
] = [  # the check, a text that breaks the rule, one that keeps it
    (house.too_long, "x = 1\n" * 601, "x = 1\n" * 600),
    (house.too_long, LONG_FUNCTION, LONG_FUNCTION.replace("    x += 1  # step\n", "", 1)),
    (house.too_wide, f"x = {'1' * 97}\n", f"x = {'1' * 96}\n"),
    (house.chinese_in_code, "say('\u6280\u672f\u540d')", "is_mark = word == '\u7684'"),
    (
        house.chinese_in_code,
        "def f():\n    say(f'{x} \u6280\u672f\u540d')\n",
        'def f():\n    "As \u6280\u672f\u540d."\n',
    ),
    (
        house.conditional_in_comprehension,
        "found = [x if x > 0 else 0 for x in given]\n",
        "found = [x for x in given if x > 0] if given else []\n",
    ),
    (
        house.conditional_in_comprehension,
        "found = {name: f(a if name in b else c) for name in given}\n",
        "found = {name: f(a) for name in given if name in b}\n",
    ),
    (
        house.swallowed_exceptions,
        "try:\n    f()\nexcept Exception:\n    pass\n",
        "try:\n    f()\nexcept OSError:\n    pass\n",
    ),
    (
        house.swallowed_exceptions,
        "try:\n    f()\nexcept:\n    x = 1\n",
        "try:\n    f()\nexcept Exception:\n    raise\n",
    ),
    (
        house.swallowed_exceptions,
        "try:\n    f()\nexcept (ValueError, BaseException):\n    x = 1\n",
        "try:\n    f()\nexcept (ValueError, OSError):\n    x = 1\n",
    ),
    (
        house.swallowed_exceptions,
        "with suppress(Exception):\n    f()\n",
        "with suppress(OSError):\n    f()\n",
    ),
    (
        house.undocumented,
        "'''Doc.'''\ndef f(): ...\n",
        "'''Doc.'''\ndef f():\n    '''One.'''\ndef _g(): ...\n",
    ),
    (
        house.undocumented,
        "'''Doc.'''\nclass A:\n    x = 1\n",
        "'''Doc.'''\nclass A:\n    '''A.'''\n",
    ),
    (house.undocumented, "import json\n", "'''Doc.'''\nimport json\n"),
    (
        house.absolute_paths,
        "x = '/" + "home/ann/papers.csv'",
        "x = 'https://a.org/home/ann' + 'folder/tmp/x'",
    ),
    (house.absolute_paths, "see /" + "work/main", "see ../shared and ~/papers"),
    (house.absolute_paths, "C:\\" + "Users\\ann", "C:\\papers"),
]


@pytest.mark.parametrize(("check", "bad", "good"), SNIPPETS)
def test_a_check_finds_what_breaks_its_rule(check: Check, bad: str, good: str) -> None:
    snippet = PurePosixPath("snippet.py")
    assert len(check(bad, snippet)) == 1
    assert check(good, snippet) == []


@pytest.mark.parametrize(
    ("check", "files"),
    [
        (house.too_long, CODE),
        (
            house.swallowed_exceptions,
            [(path, text) for path, text in PYTHON if path.parts[0] != "tests"],
        ),
        (house.undocumented, PACKAGE),
        (house.absolute_paths, TEXTS),
        (house.too_wide, PACKAGE),
        (house.conditional_in_comprehension, PACKAGE),
        (house.chinese_in_code, package_without(house.CHINESE_IN_CODE)),
    ],
    ids=["length", "exceptions", "docstrings", "paths", "columns", "conditions", "words"],
)
def test_every_file_keeps_the_rule(check: Check, files: list[tuple[PurePosixPath, str]]) -> None:
    assert len(files) > 3
    assert [complaint for path, text in files for complaint in check(text, path)] == []


def test_file_names_say_what_is_inside() -> None:
    assert len(house.banned_name(PurePosixPath("src/firstlight/common/text.py"))) == 1
    assert len(house.banned_name(PurePosixPath("tests/helpers.py"))) == 1
    assert house.banned_name(PurePosixPath("src/firstlight/views/base_rate.py")) == []
    assert [complaint for path, _ in TEXTS for complaint in house.banned_name(path)] == []


def heavy_modules(code: str) -> list[str]:
    """Which heavy packages a fresh interpreter holds after some code."""
    lines = f"{code}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", lines], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return found.stdout.splitlines()[-1].split()


def test_import_is_lazy() -> None:
    assert heavy_modules("import numpy") == ["numpy"]
    assert heavy_modules("import firstlight") == []


def test_a_measurement_loads_no_package_that_it_does_not_use(tmp_path: Path) -> None:
    asked = ["measure", "coupling", "--quiet", "--project", str(tmp_path)]
    loaded = heavy_modules(f"from firstlight.cli import main; main({asked!r})")
    assert set(loaded) == {"polars", "numpy", "rich"}
    assert (tmp_path / "coupling.html").is_file()


@pytest.mark.slow
def test_the_help_of_every_measurement_goes_without_the_heaviest_packages() -> None:
    # Kendall's tau of long rankings is counted by scipy.stats
    code = (
        "from firstlight.measurement import folders, measurement\n"
        "for name in folders():\n    name == 'index_robustness' or measurement(name)"
    )
    loaded = heavy_modules(code)
    assert "scipy" in loaded
    assert not set(loaded) & {"sklearn", "scipy.stats", "pandas", "duckdb"}


REFUSING = """
import importlib, sys
class Refusing:
    def find_spec(self, name, *rest):
        if name.split(".")[0] in {refused!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refusing())
for name in {names!r}:
    importlib.import_module(name)
"""


def import_bare(names: list[str]) -> subprocess.CompletedProcess[str]:
    """Import modules where packages that only tests and documentation bring can't be found."""
    code = REFUSING.format(
        refused=[*house.OPTIONAL, "pytest", "hypothesis", "sphinx", "prov"], names=names
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_a_bare_install_is_enough() -> None:
    assert import_bare(["pandas"]).returncode == 1
    modules = [house.module_name(PurePosixPath(*path.parts[1:])) for path, _ in PACKAGE]
    bare = import_bare([name for name in modules if not name.endswith("__main__")])
    assert bare.returncode == 0, bare.stderr


def test_import_loads_nothing_heavy() -> None:
    def loaded(code: str) -> set[str]:
        listing = f"{code}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
        return set(subprocess.run([sys.executable, "-c", listing], check=True, cwd=ROOT, capture_output=True, text=True).stdout.split())  # fmt: skip

    heavy = {
        "numpy",
        "scipy",
        "polars",
        "pandas",
        "pyarrow",
        "duckdb",
        "sklearn",
        "altair",
        "networkx",
        "highspy",
    }
    assert loaded("import firstlight, numpy") & heavy == {"numpy"}
    assert loaded("import firstlight, firstlight.cli") & heavy == set()


def test_the_checker_reads_what_git_would_keep() -> None:
    paths = {str(path) for path, _ in TEXTS}
    assert {
        "Makefile",
        ".ci/run",
        "pyproject.toml",
        "src/firstlight/nouns.py",
        "tests/house.py",
    } <= paths
    assert not [path for path in paths if "_build" in path or "__pycache__" in path]
