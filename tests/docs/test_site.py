"""The documentation builds without a warning, its links hold, nothing comes from elsewhere, no
command is forgotten."""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import commands, docstrings, links, reference  # noqa: E402

pytestmark = pytest.mark.slow

HAS_SPHINX = all(importlib.util.find_spec(name) for name in ("sphinx", "myst_parser", "furo"))
HAS_COMMANDS = importlib.util.find_spec("firstlight.cli") is not None


@pytest.mark.skipif(
    not HAS_SPHINX,
    reason="the documentation's packages are not installed (pip install --group docs)",
)
def test_the_site_builds_and_its_links_hold(tmp_path: Path) -> None:
    asked = [sys.executable, str(ROOT / "docs" / "build.py"), str(tmp_path / "html")]
    built = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "0 faults" in built.stdout
    chinese = (tmp_path / "html" / "zh" / "index.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in chinese
    assert "观测台" in chinese


def absent_links(page: Path) -> list[str]:
    """Relative links of a Markdown page outside the site that lead nowhere."""
    found = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    return [link for link in found if "://" not in link and not (page.parent / link).exists()]


def test_links_of_pages_outside_the_site(tmp_path: Path) -> None:
    write(tmp_path, "page.md", "[a](page.md#part) [b](https://example.org) ![c](absent.png)")
    assert absent_links(tmp_path / "page.md") == ["absent.png"]
    pages = [*ROOT.glob("*.md"), *(ROOT / "benchmarks").rglob("*.md")]
    assert len(pages) >= 4
    assert [(page.name, link) for page in pages for link in absent_links(page)] == []


def write(site: Path, name: str, text: str) -> None:
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_text(text, encoding="utf-8")


def test_a_sound_site_has_no_faults(tmp_path: Path) -> None:
    write(
        tmp_path,
        "index.html",
        '<h1 id="top">A</h1><a href="a/b.html#x">B</a><a href="https://example.org/">out</a><a href="#top">',
    )
    write(
        tmp_path,
        "a/b.html",
        '<p id="x"><a href="../index.html">A</a><a href="mailto:a@example.org"><img src="c.png">',
    )
    write(tmp_path, "a/c.png", "")
    write(tmp_path, "a/d.css", "body { background: url(../x.png) } /* see https://example.org */")
    write(tmp_path, "a/e.js", "// https://example.org\nconst link = 'https://example.org';")
    assert links.complaints(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index.html", '<a href="absent.html">'),
        ("index.html", '<a href="#absent">'),
        ("index.html", '<img src="absent.png">'),
        ("index.html", '<script src="https://cdn.example.org/a.js"></script>'),
        ("index.html", '<link rel="stylesheet" href="//fonts.example.org/a.css">'),
        ("index.html", '<link rel="preconnect" href="https://fonts.example.org">'),
        ("index.html", '<iframe src="https://example.org/">'),
        ("index.html", '<p style="background: url(https://example.org/a.png)">'),
        ("index.html", '<style>@import "https://example.org/a.css";</style>'),
        ("index.html", '<script>fetch("https://example.org/a.json")</script>'),
        ("a.css", "@font-face { src: url('https://fonts.example.org/a.woff2') }"),
        ("a.js", "image.src = 'https://example.org/a.png'"),
    ],
)
def test_a_fault_is_found(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text)
    assert len(links.complaints(tmp_path)) == 1


def undocumented(root: argparse.ArgumentParser) -> list[str]:
    """Commands and arguments without a word of help, or absent from the page."""
    text = commands.page(root)
    found = []
    for name, command, words in commands.commands(root):
        found += [] if words.strip() else [f"{name} has no help"]
        found += [] if f"## {name}\n" in text else [f"{name} is not on the page"]
        for written, meaning in commands.arguments(command):
            found += [] if meaning.strip() else [f"{name} {written} has no help"]
            found += [] if f"`{written}`" in text else [f"{name} {written} is not on the page"]
    return found


def test_what_has_no_help_is_found() -> None:
    root = argparse.ArgumentParser("fl")
    group = root.add_subparsers()
    group.add_parser("show", help="show a result").add_argument("name", help="100%% of its name")
    assert undocumented(root) == []
    group.add_parser("bare", help="").add_argument("--limit", type=int)
    assert undocumented(root) == ["bare has no help", "bare --limit LIMIT has no help"]


@pytest.mark.skipif(not HAS_COMMANDS, reason="the package has no command line yet")
def test_every_command_is_documented() -> None:
    root = commands.parser()
    names = {name for name, _, _ in commands.commands(root)}
    assert {"observe", "show", "explain", "report", "fetch", "sources", "new"} <= names
    assert undocumented(root) == []


def test_every_module_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "firstlight.gone.rst").write_text("old", encoding="utf-8")
    names = reference.write_pages(ROOT / "src" / "firstlight", tmp_path)
    assert names[0] == "firstlight"
    assert {"firstlight.nouns", "firstlight.instruments.emergence.running_text"} <= set(names)
    assert {path.name for path in tmp_path.glob("*.rst")} == {f"{name}.rst" for name in names} | {
        "rooms.rst"
    }


def test_docstrings_lose_no_word() -> None:
    text = "Prose with x_i and *stars*.\n\nnames : (n,) what is `kept`\n  and more\nRaises  InputError.\n\na = b |c|\n"
    rst = docstrings.to_rst(text.splitlines())
    assert rst[0] == r"Prose with x\_i and \*stars\*."
    assert "    (n,) what is ``kept`` and more" in rst
    assert r"| a = b \|c\|" in rst
