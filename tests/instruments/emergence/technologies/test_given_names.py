"""Names by a model: taken only where the evidence bears them out, whatever the model says."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from firstlight.instruments.emergence.technologies.given_names import (
    ACCEPTED,
    EVIDENCE_SCHEMA,
    LONGEST_DESCRIPTION,
    NAMED_SCHEMA,
    REASONS,
    judged,
    question,
    read_answer,
    rules,
)
from firstlight.texts import family_texts

GRAPHS: dict[str, Any] = {
    "technology_id": "graphnetwork",
    "name": "graph networks (GN)",
    "name_zh": None,
    "forms": ["graph networks", "GN", "graph-network"],
    "phrases": ["message passing", "few-shot nodes", "5G cells"],
    "titles": ["Learning behaviour on molecules", "A micro grid of 12 nodes"],
    "abstracts": ["We embed vertices of three polymers. Data. Base stations.", ""],
    "siblings": ["optical tweezers"],
}
SOUND = {
    "name_en": "graph message-passing networks",
    "description_en": "It learns the behaviour of molecules from their vertices.",
    "name_zh": "图消息传递网络",
    "description_zh": "从图的节点学习分子的性质。",
}
TAKEN = pl.DataFrame(
    {
        "name": ["graph networks", "optical tweezers", "nodes"],
        "technology_id": ["graphnetwork", "opticaltweezer", "node"],
    }
)


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(EVIDENCE_SCHEMA))


def outcomes(
    answer: str | dict[str, Any], evidence: dict[str, Any] = GRAPHS, **more: Any
) -> tuple[str, str]:
    """What comes of the English and of the Chinese name."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    named = judged(table(evidence), {evidence["technology_id"]: text}, TAKEN, **more)
    en, zh = named.sort("language")["outcome"]
    return en, zh


def test_a_name_of_the_evidence_is_taken_and_its_translation_is_marked_as_one() -> None:
    assert outcomes(SOUND) == ("accepted", "translation")
    named = judged(table(GRAPHS), {"graphnetwork": json.dumps(SOUND)}, TAKEN)
    assert named.schema == dict(NAMED_SCHEMA)
    assert named.rows()[0] == (
        "graphnetwork", "en", "graph networks (GN)", SOUND["name_en"], SOUND["description_en"], "accepted",
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "Graph Networks of Molecules",  # small words need no evidence, capitals are none
        "message passing on a molecule",  # singular
        "behavior networks",  # American for British
        "few shot networks",  # hyphens apart
        "message-passing",  # hyphen between two words
        "microgrid nodes",  # two words as one
        "5G graph networks",
    ],
)
def test_words_are_read_as_those_of_documents(name: str) -> None:
    assert outcomes({**SOUND, "name_en": name})[0] == "accepted"


@pytest.mark.parametrize(
    "name",
    [
        "quantum graph networks",
        "graph transformers",
        "graph-transformer",
        "6G networks",
        "databases",
        "of the",
    ],
)
def test_a_word_that_is_nowhere_in_the_evidence_is_refused(name: str) -> None:
    assert outcomes({**SOUND, "name_en": name}) == ("not_in_evidence", "original_rejected")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("optical tweezer", "sibling"),
        ("Optical-Tweezers", "sibling"),
        ("node", "taken"),
        ("graph <b>networks</b>", "markup"),
        ("graph networks; DROP", "markup"),
        ("`graph networks`", "markup"),
        ("=graph networks", "markup"),
        ("graph \x1b[31mnetworks", "control"),
        ("graph\u202enetworks", "control"),
        ("graph\u200bnetworks", "control"),
        ("graph \ud800networks", "markup"),
        ("networks " * 8, "too_long"),
        ("network" * 10, "too_long"),
        ("图网络", "wrong_language"),
        ("Сети", "wrong_language"),
        ("", "lacking"),
        (None, "lacking"),
        (7, "lacking"),
        ({"a": 1}, "lacking"),
    ],
)
def test_bad_names_have_their_reason(name: Any, reason: str) -> None:
    assert outcomes({**SOUND, "name_en": name}) == (reason, "original_rejected")


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("It is used by 90% of plants.", "number"),
        ("It makes twelve things.", "number"),
        ("It doubles, with half the nodes.", "number"),
        ("It embeds 12 nodes of three polymers in 5G cells.", None),
        ("It learns. It also acts.", "several_sentences"),
        ("See https://example.org for more.", "markup"),
        ("<script>alert(1)</script>", "markup"),
        ("It [learns](x).", "markup"),
        ("A line\nand another.", None),
        ("A bell \a rings.", "control"),
        ("x" * (LONGEST_DESCRIPTION["en"] + 1), "too_long"),
    ],
)
def test_sentences_are_judged_with_their_names(sentence: str, reason: str | None) -> None:
    assert outcomes({**SOUND, "description_en": sentence})[0] == (reason or "accepted")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"name_zh": "graph networks"}, "wrong_language"),
        ({"name_zh": "GN图网络"}, None),
        ({"name_zh": "GAN图网络"}, "not_in_evidence"),
        ({"description_zh": "它使效率提高百分之九十。"}, "number"),
        ({"description_zh": "它使效率提高三倍。"}, "number"),
        ({"description_zh": "它学习。它也行动。"}, "several_sentences"),
        ({"name_zh": "图" * 30}, "too_long"),
    ],
)
def test_a_translation_is_judged_too(changed: dict[str, str], reason: str | None) -> None:
    assert outcomes({**SOUND, **changed}) == ("accepted", reason or "translation")


def test_chinese_evidence_bears_out_the_chinese_name_and_the_english_is_the_translation() -> None:
    chinese = {
        **GRAPHS,
        "technology_id": "图神经网络",
        "name": "图神经网络",
        "forms": ["图神经网络"],
        "phrases": ["消息传递"],
        "titles": ["基于图神经网络的分子性质预测", "图上的消息传递方法"],
        "abstracts": ["本文提出一种新方法。", "我们研究图上的消息传递。"],
        "siblings": [],
    }
    answer = {**SOUND, "name_zh": "图消息传递网络", "name_en": "message-passing graph transformers"}
    assert outcomes(answer, chinese) == ("translation", "accepted")
    assert outcomes({**answer, "name_zh": "量子图网络"}, chinese) == (
        "original_rejected",
        "not_in_evidence",
    )


def test_words_that_texts_of_the_other_language_hold_need_no_translation() -> None:
    chinese = {
        **GRAPHS,
        "technology_id": "lora",
        "name": "LoRA",
        "forms": ["LoRA"],
        "titles": ["基于LoRA的微调方法", "用LoRA微调语言模型"],
        "abstracts": ["", ""],
    }
    answer = {**SOUND, "name_en": "LoRA", "name_zh": "量子微调"}
    assert outcomes(answer, chinese) == ("accepted", "not_in_evidence")
    assert outcomes({**answer, "name_zh": "LoRA微调"}, chinese) == ("accepted", "accepted")


@pytest.mark.parametrize(
    "wrapped", ["{}", "```json\n{}\n```", '<think>{{not json}} {{"a": 1}}</think>Sure:\n{}\nDone.']
)
def test_json_is_found_among_words(wrapped: str) -> None:
    text = wrapped.replace("{}", json.dumps(SOUND)).replace("{{", "{").replace("}}", "}")
    assert read_answer(text) == SOUND
    assert outcomes(text) == ("accepted", "translation")


@pytest.mark.parametrize(
    "text", ["", "no", "{", "[1]", '{"name": "x"}', '{"name_en": ', "{" * 5000, "[" * 99999 + "{"]
)
def test_without_json_there_is_no_name(text: str) -> None:
    assert read_answer(text) is None
    assert outcomes(text) == ("no_json", "no_json")


def test_an_answer_that_never_came_has_its_reason() -> None:
    named = judged(table(GRAPHS), {}, TAKEN)
    assert named["outcome"].to_list() == ["no_answer"] * 2 and named["name"].null_count() == 2


def test_of_two_with_the_same_name_the_first_of_the_list_has_it() -> None:
    other = {**GRAPHS, "technology_id": "other", "name": "molecules", "siblings": []}
    answers = dict.fromkeys(("graphnetwork", "other"), json.dumps(SOUND))
    named = judged(table(GRAPHS, other), answers, TAKEN)
    assert named["outcome"].to_list() == ["accepted", "translation", "taken", "taken"]
    turned = judged(table(other, GRAPHS), answers, TAKEN)
    assert turned["technology_id"].unique(maintain_order=True).to_list() == [
        "other",
        "graphnetwork",
    ]
    assert turned["outcome"].to_list() == ["accepted", "translation", "taken", "taken"]


def test_what_the_user_has_named_stays() -> None:
    assert outcomes(SOUND, decided={("graphnetwork", "en")}) == ("own_name", "translation")
    assert outcomes(SOUND, decided={("graphnetwork", "zh")}) == ("accepted", "own_name")


def test_languages_that_are_not_wanted_are_left_out() -> None:
    named = judged(table(GRAPHS), {"graphnetwork": json.dumps(SOUND)}, TAKEN, shown=("zh",))
    assert named.select("language", "outcome").rows() == [("zh", "translation")]


def test_the_name_that_it_has_keeps_the_writing_of_texts() -> None:
    answer = {**SOUND, "name_en": "Graph Network"}
    named = judged(table(GRAPHS), {"graphnetwork": json.dumps(answer)}, TAKEN)
    assert named.row(0, named=True)["name"] == "graph networks (GN)"
    assert named.row(0, named=True)["outcome"] == "accepted"


def test_what_is_refused_is_kept_without_what_could_do_harm() -> None:
    answer = {
        **SOUND,
        "name_en": "=<b>\x1b[31m graph\u202e",
        "description_en": "<script>\x07" + "y" * 999,
    }
    row = judged(table(GRAPHS), {"graphnetwork": json.dumps(answer)}, TAKEN).row(0, named=True)
    assert row["outcome"] == "control" and row["name"] == "b31m graph"
    assert (
        not set(row["description"]) & set("<>\x07")
        and len(row["description"]) == LONGEST_DESCRIPTION["en"]
    )


def test_the_question_holds_the_evidence_and_the_same_bytes_each_time() -> None:
    asked = question(GRAPHS)
    told = json.loads(asked[1]["content"])
    assert told["documents"][0] == {
        "title": GRAPHS["titles"][0],
        "abstract_begins": GRAPHS["abstracts"][0],
    }
    assert told["neighbours"] == GRAPHS["siblings"] and asked == question(
        dict(reversed(GRAPHS.items()))
    )
    assert asked[0]["content"] == rules()["system"].strip()


def test_nothing_is_judged_where_nothing_was_asked() -> None:
    assert judged(table(), {}, TAKEN).schema == dict(NAMED_SCHEMA)


@pytest.mark.parametrize("code", [*ACCEPTED, *REASONS])
def test_every_outcome_has_words(code: str) -> None:
    texts = family_texts("emergence")
    assert (
        texts.find("en", "name_outcomes", code)[1] == "en"
        and texts.find("zh", "name_outcomes", code)[1] == "zh"
    )
