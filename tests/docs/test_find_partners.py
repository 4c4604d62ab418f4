"""The how-to of partners: every command runs, and prints what the page says."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from runnable_pages import ROOT, absent, blocks, check_options, run

from firstlight.cli.arguments import build_parser

PAGE = "how-to/find-partners.md"


@pytest.mark.slow
def test_the_how_to_runs_and_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")  # as wide as the page's lines
    printed, kept, names = "", "", dict[str, Any]()
    for language, text in blocks(PAGE):
        if language != "text":
            printed = run(language, text, names)
            kept += printed
        elif text.startswith("Record of"):
            assert absent(text, kept) == [], "said of the consortium above"
        else:
            assert absent(text, printed) == []
    assert (tmp_path / "observatory" / "partners.html").exists()


def test_options_in_its_sentences_exist() -> None:
    known = build_parser()
    said = (
        (ROOT / "docs" / PAGE)
        .read_text(encoding="utf-8")
        .split("## Your own papers")[1]
        .split("`")[1::2]
    )
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
