"""Near-duplicates planted in made-up text: found, measured exactly, and nothing else reported."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.emergence import near_duplicates as module
from firstlight.instruments.emergence.near_duplicates import near_duplicates

WORDS = np.array(
    [
        a + b + c
        for a in ("ka", "mo", "ti", "su", "re")
        for b in ("lan", "dor", "vex", "mi")
        for c in "nrsty"
    ]
)


def shingles(text: str) -> set[tuple[str, ...]]:
    """The definition, in plain Python."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[i : i + 3]) for i in range(max(len(words) - 2, 1))}


def jaccard(a: str, b: str) -> float:
    return len(shingles(a) & shingles(b)) / len(shingles(a) | shingles(b))


def corpus(
    seed: int, originals: int = 1500, copies: int = 300
) -> tuple[pl.DataFrame, dict[tuple[str, str], float]]:
    """Made-up documents, some copied with words replaced; and the true similarity of each planted
    pair."""
    random = np.random.default_rng(seed)
    # Frequent words recur, and stock phrases are shared by many documents, as in real text.
    frequency = 1 / np.arange(1, WORDS.size + 1)
    texts = [
        list(random.choice(WORDS, int(random.integers(12, 160)), p=frequency / frequency.sum()))
        for _ in range(originals)
    ]
    stock = ["in", "this", "paper", "we", "propose", "a", "new", "method"]
    for words in texts[::3]:
        words[4:4] = stock
    planted = {}
    for copy in range(copies):
        words = list(texts[copy])
        for place in random.integers(0, len(words), int(random.integers(0, 1 + len(words) // 20))):
            words[place] = "edited" + str(random.integers(1000))
        planted[f"d{copy:05d}", f"e{copy:05d}"] = jaccard(" ".join(texts[copy]), " ".join(words))
        texts.append(words)
    ids = [f"d{i:05d}" for i in range(originals)] + [f"e{i:05d}" for i in range(copies)]
    titles = [" ".join(words[:6]).title() + "." for words in texts]
    return pl.DataFrame(
        {"id": ids, "title": titles, "abstract": [" ".join(w[6:]) for w in texts]}
    ), planted


def test_planted_copies_are_found_and_nothing_else() -> None:
    frame, planted = corpus(1)
    found = near_duplicates(frame, threshold=0.7)
    pairs = {(a, b): s for a, b, s in found.pairs.rows()}
    wanted = {pair for pair, similarity in planted.items() if similarity >= 0.7}
    assert len(wanted) > 150
    recall = len(wanted & set(pairs)) / len(wanted)
    precision = len(wanted & set(pairs)) / len(pairs)
    assert recall >= 0.99
    assert precision == 1.0
    for pair, similarity in pairs.items():
        assert similarity == pytest.approx(planted[pair])


def test_recall_is_as_stated_at_the_threshold() -> None:
    """Pairs just above .7 are the hardest: still 97% of them or more."""
    hard, seen = 0, 0
    for seed in range(2, 5):
        frame, planted = corpus(seed, originals=600, copies=600)
        pairs = set(near_duplicates(frame, threshold=0.7).pairs.select("id_a", "id_b").iter_rows())
        border = [pair for pair, similarity in planted.items() if 0.7 <= similarity < 0.8]
        hard, seen = hard + len(border), seen + len(pairs & set(border))
    assert hard > 100
    assert seen / hard >= 0.97


def test_row_order_and_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, _ = corpus(7, originals=300, copies=60)
    found = near_duplicates(frame)
    assert near_duplicates(frame.sample(fraction=1.0, shuffle=True, seed=3)).pairs.equals(
        found.pairs
    )
    monkeypatch.setattr(module, "BATCH", 37)
    assert near_duplicates(frame).pairs.equals(found.pairs)
    more = pl.concat(
        [frame, corpus(8, originals=200, copies=0)[0].with_columns(id="z" + pl.col("id"))]
    )
    assert near_duplicates(more).pairs.equals(found.pairs)


def test_case_punctuation_and_layout_do_not_matter() -> None:
    one = "Deep learning, for protein-folding: a survey of methods and data"
    frame = pl.DataFrame(
        {
            "id": ["a", "b"],
            "title": [one, "deep  LEARNING for (protein folding) a survey of methods & data"],
        }
    )
    expected = jaccard(one, frame["title"][1])
    assert near_duplicates(frame, threshold=0.3).pairs["similarity"].to_list() == [
        pytest.approx(expected)
    ]


def test_chinese_is_compared_by_characters() -> None:
    text = "基于深度学习的蛋白质结构预测方法研究进展与未来展望"
    titles = [
        text,
        text.replace("未来", "发展"),
        "钙钛矿太阳能电池的稳定性及其产业化前景分析与综述",
    ]
    found = near_duplicates(pl.DataFrame({"id": ["1", "2", "3"], "title": titles}), threshold=0.5)
    assert found.pairs.select("id_a", "id_b").rows() == [("1", "2")]
    first, second = ({t[i : i + 3] for i in range(len(t) - 2)} for t in titles[:2])
    assert found.pairs["similarity"][0] == pytest.approx(len(first & second) / len(first | second))


def test_empty_short_and_missing_texts() -> None:
    frame = pl.DataFrame(
        {
            "id": [1, 2, 3, 4, 5, 6],
            "title": ["", None, "Erratum", "erratum", "Cold atoms", "!!"],
            "abstract": [None, "", None, "", "", "..."],
        }
    )
    found = near_duplicates(frame)
    assert found.pairs.rows() == [(3, 4, 1.0)]
    assert found.too_short == 3
    assert near_duplicates(frame.head(0)).pairs.height == 0


def test_one_text_posted_many_times_stays_cheap() -> None:
    frame = pl.DataFrame(
        {"id": range(3000), "title": ["the same notice from the publisher"] * 3000}
    )
    found = near_duplicates(frame)
    assert found.pairs.height == 2999 + 2998
    assert set(found.pairs["id_b"]) == set(range(1, 3000))


def test_bad_input_is_named() -> None:
    frame = pl.DataFrame({"id": ["a", "a"], "title": ["x", "y"]})
    with pytest.raises(InputError, match="comes twice"):
        near_duplicates(frame)
    with pytest.raises(InputError, match="title"):
        near_duplicates(frame.select("id"))
    with pytest.raises(InputError, match="threshold"):
        near_duplicates(frame.head(1), threshold=0)
