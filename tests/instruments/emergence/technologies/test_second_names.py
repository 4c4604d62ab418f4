"""Second names: endings that differ, names put to use, and the company in which they stand."""

from __future__ import annotations

import sys
from itertools import product
from math import log, sqrt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from firstlight.instruments.emergence.technologies.description import with_lines
from firstlight.instruments.emergence.technologies.joins import RULES, Technologies
from firstlight.instruments.emergence.technologies.second_names import (
    AKIN,
    ALIKE,
    SHARED,
    second_names,
)

sys.path.insert(0, str(Path(__file__).parents[4]))
from benchmarks.take_off import names as benchmark

LABELS = Path(benchmark.__file__).with_name("labels_of_second_names.csv")
DOCUMENTS = 400
FINANCE = [f"finance {number}" for number in range(12)]
METERS = [f"meter {number}" for number in range(12)]


def found(
    documents: dict[str, set[int]],
    *,
    acronyms: dict[str, str] | None = None,
    compared: set[str] | None = None,
) -> dict[tuple[str, str], float]:
    """(What is named, its second name) -> weight, of technologies with these documents."""
    names = list(documents)
    table = np.zeros((len(names), DOCUMENTS), np.float32)
    for row, name in enumerate(names):
        table[row, list(documents[name])] = 1
    short = acronyms or {}
    phrase = [*names, *short]
    rule = [RULES.index("head")] * len(names) + [RULES.index("acronym")] * len(short)
    technologies = Technologies(
        2016,
        np.arange(len(names)),
        np.arange(len(phrase)),
        np.array([*range(len(names)), *(names.index(name) for name in short.values())]),
        np.array(rule, dtype=np.int8),
        np.ones(len(phrase)),
    )
    among = np.array([compared is None or name in compared for name in names])
    pairs = second_names(sparse.csr_matrix(table), among, technologies, pl.Series(phrase))
    return {(names[one], names[other]): weight for one, other, weight in pairs.iter_rows()}


def beside(own: set[int], company: list[str], share: float = 0.3) -> dict[str, set[int]]:
    """Other technologies, each in a share of some documents."""
    listed, rng = sorted(own), np.random.default_rng(7)
    return {name: {place for place in listed if rng.random() < share} for name in company}


def united(*parts: dict[str, set[int]]) -> dict[str, set[int]]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: set().union(*(part.get(name, set()) for part in parts)) for name in names}


def a_network(whole: str, name: str, *, is_alike: bool) -> dict[str, set[int]]:
    """A technology of 200 documents, 40 of which hold it as a network, in the same company or in
    another one."""
    company = [FINANCE, FINANCE if is_alike else METERS]
    own, other = set(range(40, 200)), set(range(40))
    others = united(beside(own, company[0]), beside(other, company[1]))
    return {whole: own | other, name: other, **others}


@pytest.mark.parametrize("last", ["network", "protocol", "technology"])
def test_a_name_put_to_use_in_the_same_company_is_that_name(last: str) -> None:
    pairs = found(a_network("blockchain", f"blockchain {last}", is_alike=True))
    assert list(pairs) == [("blockchain", f"blockchain {last}")]
    assert pairs["blockchain", f"blockchain {last}"] == pytest.approx(1, abs=0.15)


def test_in_another_company_it_is_another_thing() -> None:
    assert found(a_network("sensor", "sensor network", is_alike=False)) == {}


def test_a_word_that_puts_nothing_to_use_makes_another_name() -> None:
    assert found(a_network("privacy", "privacy risk", is_alike=True)) == {}


def test_an_acronym_is_put_to_use_as_well() -> None:
    documents = a_network("magnetic resonance imaging", "MRI image", is_alike=True)
    short = {"MRI": "magnetic resonance imaging"}
    assert list(found(documents, acronyms=short)) == [("magnetic resonance imaging", "MRI image")]
    assert found(documents) == {}


@pytest.mark.parametrize(
    ("whole", "is_one"), [("neuron", False), ("segmentation", True), ("random forest", True)]
)
def test_a_model_of_a_thing_is_not_the_thing(whole: str, is_one: bool) -> None:
    pairs = found(a_network(whole, f"{whole} model", is_alike=True))
    assert list(pairs) == [(whole, f"{whole} model")] * is_one


def test_only_what_is_compared_is_named() -> None:
    documents = a_network("blockchain", "blockchain network", is_alike=True)
    assert found(documents, compared={"blockchain", *FINANCE}) == {}


@pytest.mark.parametrize("shared", [40, 20])
def test_company_is_the_mean_product_of_documents_that_are_not_one(shared: int) -> None:
    """Every pair of documents, one by one, as the definition has it."""
    whole, second = "object detection", "object detector"
    documents = in_common(whole, second, shared, company=FINANCE)
    vectors = []
    for place in range(DOCUMENTS):
        weights = {
            name: log(DOCUMENTS / len(held)) for name, held in documents.items() if place in held
        }
        length = sqrt(sum(weight**2 for weight in weights.values()))
        left = {name: value / length for name, value in weights.items() if "object" not in name}
        vectors.append(left)

    def mean(one: set[int], other: set[int]) -> float:
        products = [
            sum(value * vectors[there].get(name, 0) for name, value in vectors[here].items())
            for here, there in product(one, other)
            if here != there
        ]
        return sum(products) / len(products)

    alone = documents[whole] - documents[second]
    other = documents[second] - documents[whole] or documents[second]
    cosine = mean(alone, other) / sqrt(mean(alone, alone) * mean(other, other))
    weight = found(documents)[whole, second]
    assert cosine > AKIN and weight == pytest.approx(cosine, abs=1e-4)


def in_common(one: str, other: str, shared: int, *, company: list[str]) -> dict[str, set[int]]:
    """Two technologies of 100 and 40 documents with so many in common; the first in the company of
    finance, what the other has alone in a given one."""
    documents = {one: set(range(100)), other: set(range(100 - shared, 140 - shared))}
    alone = documents[other] - documents[one]
    return united(documents, beside(documents[one], FINANCE), beside(alone, company))


DERIVED = [
    ("object detection", "object detector"),
    ("topic model", "topic modeling"),
    ("photonic structure", "photonics structure"),
    ("quantum computing", "quantum computer"),
]


@pytest.mark.parametrize(("one", "other"), DERIVED)
@pytest.mark.parametrize("shared", [0, 7, 8, 38, 40])
def test_derivations_that_share_a_fifth_of_the_rarer_ones_documents_are_one(
    one: str, other: str, shared: int
) -> None:
    pairs = found(in_common(one, other, shared, company=FINANCE))
    assert list(pairs) == [(one, other)] * (shared >= 8)


@pytest.mark.parametrize(("one", "other"), DERIVED)
def test_derivations_in_other_company_are_two(one: str, other: str) -> None:
    assert found(in_common(one, other, 10, company=METERS)) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("graph embedding", "word embedding"),
        ("graph", "graphene"),
        ("linear model", "linear motor"),
        ("deep network", "deep neural network"),
        ("bayesian network", "bayesian inference"),
    ],
)
def test_other_words_are_other_names(one: str, other: str) -> None:
    assert found(in_common(one, other, 20, company=FINANCE)) == {}


@pytest.mark.parametrize(
    ("order", "under"), [(["whole", "second"], "whole"), (["second", "whole"], None)]
)
def test_a_second_name_heads_no_line_of_what_it_names(order: list[str], under: str | None) -> None:
    """It stands under it where that comes first, and by itself where it comes first."""
    frame = pl.DataFrame({"technology_id": order, "name": order, "name_zh": [None, None]})
    frame = frame.cast({"name_zh": pl.String})
    pairs = pl.DataFrame({"technology_id": ["whole"], "other_id": ["second"]})
    placed = with_lines(frame, pairs)
    assert dict(placed.select("technology_id", "same_as").iter_rows()) == {
        "whole": None,
        "second": under,
    }


@pytest.mark.parametrize(
    ("half", "derived", "right_derived", "used", "right_used"),
    [
        ("tuned", 8, 8, 14, 14),
        ("other", 12, 12, 14, 14),
        ("adjusted", 91, 89, 120, 116),
        ("last", 11, 11, 17, 16),
    ],
)
def test_of_labelled_pairs_nearly_all_are_one(
    half: str, derived: int, right_derived: int, used: int, right_used: int
) -> None:
    """The table of docs/explanation/emergence.md, by figures that the labels were given without."""
    given = pl.read_csv(LABELS, separator=";").filter(pl.col("half") == half)
    is_derived = pl.col("relation") == "derivation"
    rarer = pl.min_horizontal("documents_one", "documents_other")
    by_figures = (
        is_derived
        & pl.col("one").str.contains(" ")
        & (pl.col("shared_documents") >= SHARED * rarer)
        & (pl.col("company") >= AKIN)
    )
    assert given.filter(by_figures).equals(given.filter(is_derived & pl.col("is_second_name")))
    of_use = given.filter(~is_derived & pl.col("is_second_name"))
    assert (of_use["company"] >= ALIKE).all()
    found = given.filter(by_figures)
    counted = [(rows.height, rows["label"].sum()) for rows in (found, of_use)]
    assert counted == [(derived, right_derived), (used, right_used)]
    assert (right_derived + right_used) / (derived + used) >= 0.95
