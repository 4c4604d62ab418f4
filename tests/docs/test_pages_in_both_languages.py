"""What an explanation says in figures it says in Chinese, too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
OTHERS = {
    "take_off_record",  # the Chinese page is short, and says where the rest stands
    "productivity",  # the Chinese page of this name is the tutorial
}
PAGES = sorted(
    page.stem
    for page in (DOCS / "explanation").glob("*.md")
    if (DOCS / "zh" / page.name).exists() and page.stem not in OTHERS
)
# often a word in the one language and a numeral in the other: "twelve", 12; "a thousand", 1,000; 1 in 10,000, 万分之一
WORDS = {*range(13), 100, 1000, 10_000}
# "half" is 50% in the one and .5 in the other
AS_PERCENT = 100
IN_CHINESE_ALONE = {"emergence": {"769"}}  # in English on the page about language


def figures(text: str) -> set[str]:
    """Numbers of a page but what is often written as a word; links left out."""
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    found = re.findall(r"(?<![A-Za-z0-9_.])(?:\d*\.\d+|\d+)", text)
    return {own for own in found if "." in own or int(own) not in WORDS}


def lacking(here: set[str], there: set[str]) -> set[str]:
    """Figures of one page that the other has neither as they are nor as a percentage."""
    values = {round(float(own) * power, 9) for own in there for power in (1, AS_PERCENT)}
    values |= {round(float(own) / AS_PERCENT, 9) for own in there}
    return {own for own in here if round(float(own), 9) not in values}


def test_what_is_lacking_is_found() -> None:
    english = figures("Of 5,203 technologies 77% took off ([2016](page_2016.md)), .154 before.")
    assert english == {"5203", "77", "2016", ".154"}
    assert lacking(english, figures("2016年5,203项技术中有0.77起飞，此前0.154。")) == set()
    assert lacking(english, figures("5203项技术中77%起飞，此前0.145。")) == {"2016", ".154"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_the_same_figures_in_both_languages(name: str) -> None:
    english, chinese = (
        figures((DOCS / folder / f"{name}.md").read_text(encoding="utf-8"))
        for folder in ("explanation", "zh")
    )
    assert lacking(english, chinese) == set(), f"docs/zh/{name}.md lacks them"
    extra = lacking(chinese, english) - IN_CHINESE_ALONE.get(name, set())
    assert extra == set(), f"docs/explanation/{name}.md lacks them"
