"""Chinese everyday words: those that stand for English ones in titles that are there in both."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest

import firstlight
from firstlight.instruments.emergence.text import chinese
from firstlight.instruments.emergence.text.discourse import everyday_words
from firstlight.instruments.emergence.text.words import is_break

sys.path.insert(0, str(Path(__file__).parents[4]))
from benchmarks.take_off import build_everyday_words_zh as build

PACKAGE = Path(firstlight.__file__).parent
LABELS = Path(build.__file__).with_name("labels_of_words_zh.csv")
# Names in Chinese that were written down before there were everyday words, for other ends: the
# glossary of what is found in English, and technologies of which readers know the codes.
GLOSSARY = PACKAGE / "classifications/technology_names.csv"
CODED = PACKAGE / "instruments/concordance/technology_codes/labelled.csv"
CODES = ("isic4", "gbt4754", "cpc", "hs2022", "soc")
MOST_LOST = 0.02  # of names of one word


def listed() -> pl.DataFrame:
    return everyday_words().filter(pl.col("word").str.contains(r"\p{Han}"))


def titles(*pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(pairs), schema=["title_zh", "title"], orient="row")


ENGLISH = pl.DataFrame(
    {"word": ["path", "road", "tree", "decision"], "share": [0.03, 0.02, 0.1, 0.1]}
)
ROADS = titles(
    *[("路径", "the path")] * 3,
    *[("路径", "roads")] * 2,
    *[("机器人", "a robot")] * 4,
    ("机器人 路径", "robots path"),
)


def test_the_words_are_single_chinese_ones_on_which_a_share_may_decide() -> None:
    words = listed()["word"]
    assert len(words) > 500
    assert words.str.contains(r"^\p{Han}+$").all()
    assert not pl.select(is_break(words)).to_series().any()
    assert not pl.select(chinese.is_compound(pl.lit(words))).to_series().any()
    assert listed()["share"].is_between(build.LEAST_SHARE, 1).all()


def names_of_one_word(file: Path) -> pl.Series:
    """The names of a list that a rule on single words can lose: one word each, no compound."""
    rows = pl.read_csv(file, infer_schema_length=0)
    if file == CODED:  # what no list has a code for is hardly a technology
        rows = rows.filter(pl.any_horizontal(pl.col(*CODES) != "none"))
    names = rows["name_zh"].drop_nulls().unique().sort()
    words = build._distinct(names).filter(pl.len().over("row") == 1)["word"]
    return words.filter(pl.select(build._is_asked(pl.lit(words))).to_series()).unique().sort()


@pytest.mark.parametrize("file", [GLOSSARY, CODED], ids=["glossary", "coded"])
def test_of_technologies_of_one_word_hardly_one_is_lost(file: Path) -> None:
    names = names_of_one_word(file)
    lost = names.filter(names.is_in(listed()["word"].implode()))
    assert len(names) > 200 and len(lost) <= MOST_LOST * len(names), lost.to_list()


def test_a_word_has_the_share_of_its_median_translation() -> None:
    # "path" stands for more than half of the uses, "robot" for none that is everyday.
    assert build.translated(ROADS, ENGLISH).rows() == [("路径", 0.03)]


def test_half_of_the_uses_must_be_everyday() -> None:
    only_roads = ENGLISH.filter(pl.col("word") == "road")
    assert build.translated(ROADS, only_roads).is_empty()


def test_a_word_for_two_english_ones_is_a_name_of_its_own() -> None:
    # Articles are what stands for no Chinese word.
    others = [("路径", "the path"), ("机器人", "the robot"), ("电池", "the battery")] * 10
    trees = titles(*[("决策树", "decision trees")] * 5, *others)
    assert "决策树" not in build.translated(trees, ENGLISH)["word"]
    one = titles(*[("决策树", "trees")] * 5, *others)
    assert ("决策树", 0.1) in build.translated(one, ENGLISH).rows()


def test_rare_words_are_left_out() -> None:
    pairs = titles(*[("树木", "trees")] * (build.FEWEST - 1))
    assert build.translated(pairs, ENGLISH).is_empty()


def test_expected_uses_are_those_of_model_1() -> None:
    """Model 1 of Brown et al. 1993 from its definition, one pair of words after another."""
    pairs = [
        ({"", "路径", "机器人"}, {"path", "robot"}),
        ({"", "路径"}, {"path"}),
        ({"", "机器人"}, {"robot", "arm"}),
    ]
    given = {(c, e): 1.0 for theirs, ours in pairs for c in theirs for e in ours}
    for _ in range(build.ROUNDS):
        uses: defaultdict[tuple[str, str], float] = defaultdict(float)
        for theirs, ours in pairs:
            for e in ours:
                total = sum(given[c, e] for c in theirs)
                for c in theirs:
                    uses[c, e] += given[c, e] / total
        given = {
            (c, e): value / sum(other for (d, _), other in uses.items() if d == c)
            for (c, e), value in uses.items()
        }
    found = build._translations(
        pl.concat(
            [
                titles(("路径 机器人", "path robot"), ("路径", "path"), ("机器人", "robot arm")),
                titles(*[("路径", ""), ("机器人", "")] * build.FEWEST),
            ]
        )
    )
    assert found.height == 5  # nothing's own translations are not among them
    for row in found.rows(named=True):
        # Sums in another order differ in the last bits.
        assert row["uses"] == pytest.approx(uses[row["chinese"], row["word"]], rel=1e-9)


@pytest.mark.parametrize(
    ("half", "names", "lost", "others", "dropped"),
    [("development", 14, 1, 67, 20), ("test", 21, 1, 61, 16), ("narrow", 26, 2, 144, 72)],
)
def test_of_labelled_words_half_go_and_few_names(
    half: str, names: int, lost: int, others: int, dropped: int
) -> None:
    """The table of docs/explanation/language.md."""
    given = pl.read_csv(LABELS).filter(pl.col("half") == half)
    counted = (
        given.with_columns(pl.col("term").is_in(listed()["word"].to_list()).alias("everyday"))
        .group_by("label")
        .agg(pl.len(), pl.col("everyday").sum())
    )
    assert sorted(counted.rows()) == [(0, others, dropped), (1, names, lost)]
