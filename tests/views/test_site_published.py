"""The pages as files: each link leads to a file, search needs no server, and nothing that somebody
else put there is touched."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pytest

import firstlight as fl
from firstlight.cli import main
from firstlight.errors import InputError
from firstlight.web.holdings import kept_in, open_holdings
from firstlight.web.static_site import publish_site


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that keeps an observation of counts and a measurement."""
    folder = tmp_path_factory.mktemp("project") / "lamps & more"
    rows = {"technology": list("abcdefghij") * 16, "year": [2000 + row // 10 for row in range(160)]}
    counts = [20 + row % 7 + row // 10 for row in range(160)]
    fl.observe(pl.DataFrame({**rows, "count": counts}), project=folder)
    fl.measure("growth", project=folder)
    return folder


@pytest.fixture(scope="module")
def site(kept: Path) -> Path:
    """The folder of its pages."""
    target = kept.parent / "site"
    assert publish_site([kept], target, address="https://observatory.example").is_file()
    return target


def test_every_link_of_every_page_leads_to_a_file(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "http://127" not in text and ' src="/' not in text and ' href="/' not in text
        for link in re.findall(r'(?:href|src|action)="([^"]*)"', text):
            target = unquote(unescape(link)).partition("?")[0]
            if target.startswith(("#", "http")):
                continue
            assert (page.parent / target).resolve().is_file(), f"{page}: {link}"


def test_the_files_hold_every_thing_in_both_languages_with_its_table(
    kept: Path, site: Path
) -> None:
    paths = list(open_holdings([kept]).paths())
    for path in paths:
        for file in (f"en/{path}.html", f"zh/{path}.html", f"data/{path}.csv", f"data/{path}.json"):
            assert (site / file).is_file(), file
    listed = next(path for path in paths if path.endswith("/technologies"))
    table = pl.read_csv(site / "data" / f"{listed}.csv")
    assert table.height == 10


def test_names_stand_beside_the_pages(site: Path) -> None:
    script = (site / "assets" / "names.js").read_text(encoding="utf-8")
    rows = json.loads(script.removeprefix("globalThis.FIRSTLIGHT_NAMES = ").removesuffix(";\n"))
    assert {"a", "j"} <= {names["en"] for _, names, _, _ in rows}


def test_the_same_results_give_the_same_bytes_whatever_stood_there(kept: Path, site: Path) -> None:
    before = {file: file.read_bytes() for file in site.rglob("*") if file.is_file()}
    (site / "en" / "gone.html").write_text("left by an earlier one")
    publish_site([kept], site, address="https://observatory.example")
    assert {file: file.read_bytes() for file in site.rglob("*") if file.is_file()} == before
    assert not list(site.parent.glob(".unfinished*"))


def test_what_somebody_else_put_there_stays(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError) as refused:
        publish_site([kept], tmp_path)
    assert refused.value.code == "not_ours"
    with pytest.raises(InputError):
        publish_site([kept], tmp_path / "thesis.docx")
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


def test_the_command_publishes_what_a_folder_keeps(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["publish", "pages", "--project", str(kept), "--quiet"]) == 0
    assert capsys.readouterr().out.strip().endswith("index.html")
    assert (tmp_path / "pages" / "en" / "index.html").is_file()
    assert main(["publish", "pages", "--project", str(tmp_path / "none"), "--quiet"]) == 2


def test_folders_with_results_are_found_in_a_project(kept: Path, tmp_path: Path) -> None:
    assert kept_in(kept) == [kept]
    assert kept in kept_in(kept.parent)
    assert kept_in(tmp_path / "none") == []
