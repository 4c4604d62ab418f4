"""Names looked up in other documents: every form counts, other meanings do not, parts of class
names are whole."""

from __future__ import annotations

import doctest

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies import mentions as module
from firstlight.instruments.emergence.technologies.mentions import mentions, names_within, nested

FORMS = pl.DataFrame(
    {
        "technology": [0, 0, 1, 2, 3],
        "key": ["convolutionalneuralnetwork", "cnn", "neuralnetwork", "graphene", "lda"],
        "is_phrase": [True, False, True, False, False],
        "is_capital": [False, True, False, False, True],
        "is_defined": [False, True, False, False, False],
    }
)


def documents(*titles: str, year: int = 2001) -> pl.DataFrame:
    return pl.DataFrame(
        {"year": [year] * len(titles), "title": list(titles), "abstract": [""] * len(titles)}
    )


def counted(*titles: str) -> list[float]:
    return mentions(FORMS, documents(*titles)).counts.sum(axis=1).tolist()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Fast convolutional neural networks", [1, 1, 0, 0]),
        ("A convolutional neural-network", [1, 1, 0, 0]),
        ("Deep CNNs for vision", [1, 0, 0, 0]),
        ("the cnn of bees", [0, 0, 0, 0]),
        ("Neural, network", [0, 0, 0, 0]),
        ("Graphene grows", [0, 0, 1, 0]),
        ("Cellular nonlinear networks (CNN) in Graphene", [0, 0, 1, 0]),
        ("LDA models, a latent dirichlet allocation (LDA)", [0, 0, 0, 1]),
        ("", [0, 0, 0, 0]),
    ],
)
def test_forms_by_hand(title: str, expected: list[int]) -> None:
    assert counted(title, "another matter") == expected


def test_what_stands_behind_the_first_words_is_not_read() -> None:
    texts = documents("a film of graphene, by LDA", "LDA, and another film of graphene")
    assert mentions(FORMS, texts, most_words=4).counts.sum(axis=1).tolist() == [0, 0, 1, 1]


def test_an_acronym_that_mostly_means_something_else_counts_nowhere_in_that_record() -> None:
    other = ["Cellular nonlinear networks (CNN)", "A cellular nonlinear network (CNN)"]
    own = "Convolutional neural networks (CNN)"
    found = mentions(FORMS, documents(*other, own, "CNN chips"))
    assert found.unlike.tolist() == [1] and found.counts[0].sum() == 1  # by its name in full
    assert counted(other[0], own, own, "CNN chips")[0] == 3


def test_documents_are_counted_once_and_by_their_years() -> None:
    frame = pl.concat(
        [documents("CNN, CNNs and graphene"), documents("Convolutional neural network", year=2003)]
    )
    found = mentions(FORMS, frame)
    assert found.years.tolist() == [2001, 2002, 2003] and found.totals.tolist() == [1, 0, 1]
    assert found.counts.tolist() == [[1, 0, 1], [0, 0, 1], [1, 0, 0], [0, 0, 0]]
    assert found.in_full.tolist() == [1, 1, 0, 0]
    assert found.shared.toarray().tolist() == [
        [2, 1, 1, 0],
        [1, 1, 0, 0],
        [1, 0, 1, 0],
        [0, 0, 0, 0],
    ]
    assert found.forms["documents_count"].to_list() == [1, 1, 1, 1, 0]
    assert found.forms["first_year"].to_list() == [2003, 2001, 2003, 2001, None]


def test_order_and_batches_of_documents_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    parts = [
        "convolutional neural networks",
        "CNN",
        "graphene",
        "of the",
        "network",
        "neural",
        "LDA",
        ".",
    ]
    titles = [" ".join(rng.choice(parts, 6)) for _ in range(60)]
    whole = mentions(FORMS, documents(*titles))
    monkeypatch.setattr("firstlight.instruments.emergence.text.words.BATCH", 7)
    again = mentions(FORMS, documents(*reversed(titles)))
    assert np.array_equal(again.counts, whole.counts) and again.forms.equals(whole.forms)
    assert (again.shared != whole.shared).nnz == 0


def test_chinese_names_are_found_however_they_are_cut() -> None:
    row = {
        "technology": [0],
        "key": ["深度学习"],
        "is_phrase": [True],
        "is_capital": [False],
        "is_defined": [False],
    }
    found = mentions(pl.DataFrame(row), documents("基于深度学习的图像识别", "深度的学习"))
    assert found.counts.tolist() == [[1]]


def test_parts_of_class_names() -> None:
    names = pl.Series(
        ["Graphene", "Graphene and neural networks", "CNN", "Cnn", "Deep neural networks"]
    )
    assert names_within(FORMS, names).rows() == [
        ("CNN", 0),
        ("Graphene", 2),
        ("Graphene and neural networks", 1),
    ]


def test_names_within_names() -> None:
    assert (0, 1) in nested(FORMS).rows() and (1, 0) in nested(FORMS).rows()
    assert (2, 2) in nested(FORMS).rows() and (0, 2) not in nested(FORMS).rows()


def test_nothing_to_look_up_or_in_is_named() -> None:
    with pytest.raises(InputError, match="no forms"):
        mentions(FORMS.clear(), documents("x"))
    with pytest.raises(InputError, match="no documents"):
        mentions(FORMS, documents())


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0
