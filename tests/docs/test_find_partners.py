"""The how-to of partners: every command runs, and prints what the page says."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from runnable_pages import ROOT, absent, blocks, check_options, run

from firstlight.cli.arguments import build_parser

PAGES = ("how-to/find-partners.md", "zh/find-partners.md")
OF_RECORD = ("Record of", "新合作预测的历史记录")  # said of the consortium above


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_how_to_runs_and_prints_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")  # as wide as the page's lines
    printed, kept, names = "", "", dict[str, Any]()
    for language, text in blocks(page):
        if language != "text":
            printed = run(language, text, names)
            kept += printed
        elif text.startswith(OF_RECORD):
            assert absent(text, kept) == []
        else:
            assert absent(text, printed) == []
    assert (tmp_path / "observatory" / "partners.html").exists()


@pytest.mark.parametrize("page", PAGES)
def test_options_in_its_sentences_exist(page: str) -> None:
    known = build_parser()
    last_part = (ROOT / "docs" / page).read_text(encoding="utf-8").split("\n## ")[-1]
    said = last_part.split("`")[1::2]
    asked = [words for words in map(shlex.split, said) if words[0].startswith("--")]
    assert len(asked) == 7
    for words in asked:
        options = vars(known.parse_args(["measure", "partners", "papers.csv", *words]))
        given = {
            name[3:]: value
            for name, value in options.items()
            if name[:3] == "of_" and value is not None
        }
        assert given
        check_options("partners", given)
