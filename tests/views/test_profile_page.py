"""The page of a profile from raw tables by one command: in a real browser, with a measurement that
fails, and again the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, chromium
from files_saved import saved

from command_line import CommandLine
from firstlight.profile import Cited, Line, Profile, Section
from firstlight.run.profile.composed_profile import SAMPLES
from firstlight.views.profile_page import profile_page

in_browser = pytest.mark.skipif(
    chromium() is None, reason="Chromium isn't installed (Debian: apt install chromium)"
)
USED = ("chain.csv", "providers.csv", "input_stocks.csv", "io_table.csv")


@pytest.fixture
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(tmp_path, capsys)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files of a chain for two questions of six, in a folder that becomes a project."""
    home = tmp_path / "chips"
    home.mkdir()
    for name in USED:
        (home / name).write_bytes((SAMPLES / "chain" / name).read_bytes())
    return home


@pytest.mark.slow
@in_browser
def test_one_command_makes_a_page_to_click(
    browser: Browser, shell: CommandLine, files: Path, tmp_path: Path
) -> None:
    assert shell("run", files, "--profile", "chain", "--quiet").code == 0
    page = files / "chain.html"
    for width in (1200, 390):
        browser.open(page.as_uri(), width=width)
        assert browser.requests == [page.as_uri()] and browser.messages == []
        assert browser.run("document.documentElement.scrollWidth") <= width
    count = "document.querySelectorAll('{}').length"
    assert browser.run(count.format(".first-line")) == 3
    assert browser.run(count.format(".part")) == 7
    assert browser.run(count.format(".lacks")) == 5  # shock, trade, footprints, digital, scenarios
    english = browser.run("document.body.innerText")
    browser.click("#language")
    assert browser.run("document.body.innerText") != english
    browser.click(".first-line .zh a")
    assert browser.run("location.hash") == "#weak_links"
    links = "[...document.querySelectorAll('main a')].map((own) => own.getAttribute('href'))"
    for link in browser.run(links):
        there = link.startswith("#") and browser.run(f"!!document.querySelector({link!r})")
        assert there or (files / link).is_file(), link
    kept = tmp_path / "saved"
    kept.mkdir()
    assert saved(browser, kept, "#weak_links [data-save=svg]").read_text().startswith("<svg")
    written = page.read_bytes()
    assert shell("run", files, "--quiet").code == 0
    assert page.read_bytes() == written
    page.unlink()
    assert shell("report", "--project", files).code == 0
    assert page.read_bytes() == written


def test_a_measurement_that_fails_leaves_the_rest(shell: CommandLine, files: Path) -> None:
    assert shell("run", files, "--profile", "chain", "--quiet").code == 0
    (files / "providers.csv").write_text("input,provider,country,share\nnothing,Eye,West,1\n")
    assert shell("run", files, "--quiet").code == 2
    text = (files / "chain.html").read_text(encoding="utf-8")
    failed = text[text.index('id="weak_links"') : text.index('id="structure"')]
    assert '<ul class="lacks">' in failed and "<svg" not in failed
    assert "<svg" in text[text.index('id="structure"') :]
    shell.refuses("run", files, "--profile", "chain", "--from", files)  # there is a project
    shell.refuses("run", files, "--from", files)
    assert shell("run", files, "--profile", "places", "--quiet").code == 2
    lacking = (files / "places.html").read_text(encoding="utf-8")
    assert lacking.count('<ul class="lacks">') == 6 and "<svg" not in lacking


def test_numbers_of_first_lines_are_linked_and_names_are_text_only() -> None:
    said = ("<b>lens</b> stops 6 of 8, 95.5%", "<b>lens</b>停产6个")
    line = Line(("a", "甲"), ("rule", "规则"), (Cited(said, "weak_links"),))
    section = Section("weak_links", ("why", "为何"), None, lacks=(("a <i>", "乙"),))
    profile = Profile("chain", ("Chain", "产业链"), "<u>x</u>", (line,), (section,))
    page = profile_page(profile)
    for number in ("6", "8", "95.5%"):
        assert f'<a href="#weak_links">{number}</a>' in page
    body = page[page.index("<main") :]
    assert not {"<b>", "<i>", "<u>"} & {body[at : at + 3] for at in range(len(body))}
