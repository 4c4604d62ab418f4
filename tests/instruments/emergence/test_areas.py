"""The area classifier: invariants, hand-picked cases and bad input."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.classifications import area_model, entries_text, load
from firstlight.errors import InputError
from firstlight.instruments.emergence.areas import AreaModel, classify_areas, cover_term
from firstlight.instruments.emergence.technologies.description import area_table, terms_for_areas

MODEL = AreaModel.from_table(area_model())
WORDS = [
    "neural network",
    "qubit",
    "solar cell",
    "uav",
    "gene",
    "the of",
    "无人机",
    "马尔可夫链",
    "zzz",
    "Ünïcode",
    "graph",
    "",
]
WEIGHTS = st.just(0.0) | st.floats(1e-100, 1e6)  # times 1e-6 and squared, what is smaller is 0
TERMS = st.lists(st.tuples(st.sampled_from(WORDS) | st.text(max_size=12), WEIGHTS), max_size=8)

# The first nine sets were named before the classifier existed; the others were picked after it ran,
# and guard against change.
CASES = [
    ("quantum computing; qubit; entanglement", "information", "information/quantum"),
    ("perovskite; solar cell", "energy", "energy/photovoltaics"),
    ("topological insulator", "materials", "materials/quantum"),
    ("sat solver; satisfiability", "information", "information/software"),
    ("markov chain monte carlo; posterior", "none", ""),
    ("5g; massive mimo", "information", "information/mobile"),
    ("unmanned aerial vehicle; drone", "space", "space/low-altitude"),
    ("gene expression; crispr", "health", "health/cell-gene"),
    ("bitcoin; blockchain", "information", "information/blockchain"),
    ("option pricing; volatility; stock price", "none", ""),
    ("turbulence; reynolds number", "none", ""),
    ("lithium ion battery; electrode", "energy", "energy/storage"),
    ("smart grid; demand response", "energy", "energy/grids"),
    ("robot; grasping", "manufacturing", "manufacturing/robots"),
    ("memristor; synapse", "information", "information/brain-inspired"),
    ("tokamak; plasma", "energy", "energy/fusion"),
    ("mri; image reconstruction", "health", "health/equipment"),
    ("graphene; nanoribbon", "materials", "materials/nano"),
    ("量子计算; 量子比特", "information", "information/quantum"),
    ("无人机; 集群", "space", "space/low-altitude"),
    ("锂离子电池; 固态电池", "energy", "energy/storage"),
    ("深度 学习; 卷积神经网络", "information", "information/ai"),
    *[
        (name, "information", "information/ai")
        for name in (
            *("fine-tuning", "pre-training", "adversarial attacks", "adversarial robustness"),
            *("微调", "指令微调", "预训练", "对抗攻击", "对抗样本", "知识蒸馏"),
        )
    ],
    ("adversarial bandits", "none", ""),  # of game theory
    ("tuning", "none", ""),
    ("红楼梦; 诗词", "none", ""),
    ("投资组合; 期权定价", "none", ""),
]


@pytest.mark.parametrize(("terms", "area", "subfield"), CASES)
def test_hand_picked(terms: str, area: str, subfield: str) -> None:
    found = classify_areas([[(term, 1.0) for term in terms.split("; ")]], MODEL)
    assert (found.area[0], found.subfield[0]) == (area, subfield)


@settings(max_examples=60, deadline=None)
@given(technologies=st.lists(TERMS, max_size=4), scale=st.sampled_from([1e-6, 0.5, 3.0, 1e6]))
@pytest.mark.slow
def test_invariants(technologies: list[list[tuple[str, float]]], scale: float) -> None:
    found = classify_areas(technologies, MODEL)
    assert found.probabilities.shape == (len(technologies), 7)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1.0, atol=1e-12)
    reverse = classify_areas([terms[::-1] for terms in technologies], MODEL)
    np.testing.assert_array_equal(found.probabilities, reverse.probabilities)
    assert (found.area, found.subfield, found.phrases) == (
        reverse.area,
        reverse.subfield,
        reverse.phrases,
    )
    scaled = classify_areas(
        [[(term, weight * scale) for term, weight in terms] for terms in technologies], MODEL
    )
    np.testing.assert_allclose(found.probabilities, scaled.probabilities, atol=1e-9)
    assert all(
        sub == "" or sub.startswith(f"{area}/")
        for area, sub in zip(found.area, found.subfield, strict=True)
    )
    assert ((found.known_share >= 0) & (found.known_share <= 1 + 1e-12)).all()


def test_a_technology_does_not_depend_on_its_neighbours() -> None:
    sets = [[(term, 1.0) for term in terms.split("; ")] for terms, _, _ in CASES]
    together = classify_areas(sets, MODEL).probabilities
    apart = np.concatenate([classify_areas([one], MODEL).probabilities for one in sets])
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-12)


def test_splitting_a_weight_between_equal_terms_changes_nothing() -> None:
    one = classify_areas([[("solar cell", 2.0), ("grid", 1.0)]], MODEL)
    two = classify_areas([[("solar cell", 1.0), ("grid", 1.0), ("solar cell", 1.0)]], MODEL)
    np.testing.assert_array_equal(one.probabilities, two.probabilities)


def test_case_plural_and_spaces_in_chinese_change_nothing() -> None:
    plain = classify_areas([[("neural network", 1.0)], [("量子计算", 1.0)]], MODEL)
    other = classify_areas([[("Neural Networks", 1.0)], [("量子 计算", 1.0)]], MODEL)
    np.testing.assert_array_equal(plain.probabilities, other.probabilities)


def test_nothing_known_gives_the_prior_and_says_none() -> None:
    found = classify_areas([[], [("xyzzy", 1.0)], [("qubit", 0.0)], [("гравитация", 1.0)]], MODEL)
    prior = np.exp(MODEL.intercept / MODEL.temperature)
    np.testing.assert_allclose(
        found.probabilities, np.tile(prior / prior.sum(), (4, 1)), atol=1e-12
    )
    assert found.area == ("none",) * 4 and found.subfield == ("",) * 4
    assert found.known_share.tolist() == [0.0] * 4


def test_no_technologies() -> None:
    found = classify_areas([], MODEL)
    assert found.probabilities.shape == (0, 7) and found.area == () and found.margin.shape == (0,)


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_bad_weight_names_the_technology(weight: float) -> None:
    with pytest.raises(InputError, match=r"technologies\[1\]"):
        classify_areas([[("qubit", 1.0)], [("laser", weight)]], MODEL)


def test_longest_key_phrase_wins_and_area_words_count_only_alone() -> None:
    phrases = {
        "network": "information",
        "neural network": "information/ai",
        "robot": "manufacturing/robots",
    }
    assert cover_term(("deep", "neural", "network"), phrases) == [
        ("neural network", "information/ai", 2 / 3)
    ]
    assert cover_term(("random", "network"), phrases) == []
    assert cover_term(("network",), phrases) == [("network", "information", 1.0)]
    assert cover_term(("soft", "robot"), phrases) == [("robot", "manufacturing/robots", 0.5)]
    assert cover_term(("卷积神经网络",), {"神经网络": "information/ai"}) == [
        ("神经网络", "information/ai", 4 / 6)
    ]


def test_a_small_model_by_hand() -> None:
    rows = [
        ("parameter", "phrase_weight", "", 0.0),
        ("parameter", "phrase_share", "", 0.2),
        ("parameter", "temperature", "", 2.0),
        ("parameter", "threshold", "", 0.1),
        ("intercept", "", "energy", 0.0),
        ("intercept", "", "none", 1.0),
        ("idf", "sun", "", 1.0),
        ("idf", "law", "", 2.0),
        ("weight", "sun", "energy", 5.0),
        ("weight", "law", "none", 5.0),
        ("prototype", "sun", "energy/photovoltaics", 1.0),
    ]
    table = pl.DataFrame(
        rows, schema={"kind": str, "feature": str, "code": str, "value": pl.Float64}, orient="row"
    )
    found = classify_areas([[("sun", 2.0), ("law", 1.0)]], AreaModel.from_table(table))
    # tf-idf (2/3, 2/3) has unit vector (1, 1)/sqrt 2; log-odds (5/sqrt 2, 1 + 5/sqrt 2) / 2 differ
    # by 1/2.
    np.testing.assert_allclose(
        found.probabilities[0], [1 / (1 + math.exp(0.5)), 1 / (1 + math.exp(-0.5))]
    )
    assert found.area == ("none",)
    sunny = classify_areas([[("sun", 1.0)]], AreaModel.from_table(table))
    assert sunny.subfield == ("energy/photovoltaics",)


@pytest.mark.parametrize("fault", ["column", "parameter", "value"])
def test_broken_model_is_refused(fault: str) -> None:
    table = area_model()
    if fault == "column":
        table = table.drop("code")
    elif fault == "parameter":
        table = table.filter(pl.col("feature") != "temperature")
    else:
        table = table.with_columns(pl.lit(math.nan).cast(pl.Float32).alias("value"))
    with pytest.raises(InputError, match=r"fit\.py"):
        AreaModel.from_table(table)


def test_model_and_classification_agree() -> None:
    entries = load("areas").entries
    assert set(MODEL.codes) == {code for code, row in entries.items() if not row[1]}
    assert set(MODEL.described) == set(entries)
    assert set(MODEL.phrases.values()) <= set(entries)


@pytest.mark.parametrize("column", ["keywords_en", "keywords_zh"])
def test_every_entry_is_found_by_its_own_key_phrases(column: str) -> None:
    entries = {
        code: row for code, row in entries_text("areas").items() if "/" in code or code == "none"
    }
    found = classify_areas(
        [[(p, 1.0) for p in row[column].split("; ")] for row in entries.values()], MODEL
    )
    assert found.area == tuple(code.split("/")[0] for code in entries)
    assert found.subfield == tuple(code if "/" in code else "" for code in entries)


@pytest.mark.parametrize(
    ("term", "subfield"),
    [
        ("聊天机器人", "information/ai"),
        ("客服 机器人", "information/ai"),
        ("chatbot", "information/ai"),
        ("conversational agent", "information/ai"),
        ("机器人流程自动化", "information/software"),
        ("检索增强生成", "information/ai"),
        ("LLM", "information/ai"),
        ("机器人", "manufacturing/robots"),
        ("人形机器人", "manufacturing/robots"),
        ("robot", "manufacturing/robots"),
        ("手术机器人", "health/equipment"),
    ],
)
def test_software_that_is_called_a_robot_is_information(term: str, subfield: str) -> None:
    """The longest key phrase counts: 聊天机器人 holds 机器人, and is no robot."""
    found = classify_areas([[(term, 1.0)]], MODEL)
    assert (found.area[0], found.subfield[0]) == (subfield.split("/")[0], subfield)


def test_neighbours_tell_which_meaning_a_word_has() -> None:
    likeness = {
        "rectified linear unit (ReLU)": 0.24,
        "neural network": 0.14,
        "feedforward neural network (FFNN)": 0.1,
        "neurons": 0.08,
        "artificial neural network (ANN)": 0.08,
        "deep neural network (DNN)": 0.07,
        "stochastic gradient descent (SGD)": 0.06,
        "restricted Boltzmann machine (RBM)": 0.05,
    }
    others = range(1, 1 + len(likeness))
    links = pl.DataFrame({"technology": 0, "other": others, "weight": likeness.values()})
    survey: Any = SimpleNamespace(labels=["activation function", *likeness])
    told = terms_for_areas(survey, links)
    assert told[0] == [("activation function", 1.0), *likeness.items()]
    assert classify_areas([told[0], told[0][:1]], MODEL).area == ("information", "health")


def test_a_name_that_is_a_key_phrase_is_of_its_area() -> None:
    model = AreaModel.from_table(area_model())
    found = classify_areas([[(phrase, 1.0)] for phrase in model.phrases], model)
    assert list(found.area) == [code.split("/")[0] for code in model.phrases.values()]
    assert classify_areas([[("drone", 0.4), ("posterior distribution", 1.0)]], model).area == (
        "none",
    )


def test_an_area_that_is_no_likelier_than_all_others_is_unclear() -> None:
    names = ["drone", "recursive functions", "posterior distribution"]
    found = classify_areas([[(name, 1.0)] for name in names], AreaModel.from_table(area_model()))
    assert found.area == ("space", "health", "none")
    table = area_table(found)
    assert table["area"].to_list() == ["space", "unclear", "none"]
    probability = found.probabilities.max(axis=1)
    assert table["area_probability"].to_list() == pytest.approx(probability, abs=1e-4)
    assert probability[1] < 0.5
