"""Acronyms and their long forms by hand: what is seen, and what is known to be missed."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.instruments.emergence.text.acronyms import definitions, long_form


def pairs(*texts: str) -> list[tuple[int, str, str]]:
    frame = pl.DataFrame(
        {"title": texts, "abstract": [None] * len(texts)}, schema_overrides={"abstract": pl.String}
    )
    return definitions(frame).drop("written").rows()


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("the Internet of Things (IoT)", "iot", "internet of thing"),
        ("Convolutional Neural Networks (CNNs)", "cnn", "convolutional neural network"),
        ("3D gaussian splatting (3DGS)", "3dgs", "3d gaussian splatting"),
        ("low-rank adaptation (LoRA)", "lora", "low-rank adaptation"),
        ("neural radiance fields (NeRF)", "nerf", "neural radiance field"),
        ("long short-term memory (LSTM) networks", "lstm", "long short-term memory"),
        (
            "functional magnetic resonance imaging (fMRI)",
            "fmri",
            "functional magnetic resonance imaging",
        ),
        (
            "the alternating direction method of multipliers (ADMM)",
            "admm",
            "alternating direction method of multiplier",
        ),
        ("micro electro mechanical systems (MEMS)", "mems", "micro electro mechanical system"),
        ("in natural-language processing (NLP)", "nlp", "natural-language processing"),
        ("a Schrödinger cat state (SCS)", "scs", "schrodinger cat state"),
        ("density–functional theory (DFT)", "dft", "density-functional theory"),
        ("tri-gate field effect devices (TGFED)", "tgfed", "tri-gate field effect device"),
        ("the heat shock transcription factor (HSF)", "hsf", "heat shock transcription factor"),
        ("深度学习（DL）", "dl", "深度 学习"),
        ("本文提出大型语言模型 (LLMs)", "llm", "大型 语言 模型"),
        ("用于强化学习（reinforcement learning，RL）", "rl", "强化 学习"),
        ("optimisation of behaviour (OoB)", "oob", "optimization of behavior"),
    ],
)
def test_long_forms_that_are_seen(text: str, short: str, long: str) -> None:
    assert pairs(text) == [(0, short, long)]


@pytest.mark.parametrize(
    "text",
    [
        "graphene (G)",
        "bees (ABC)",
        "we use deep belief networks (DBM)",
        "of things (OT)",
        "as shown before (Fig)",
        "deep learning, (DL)",
        "a CNN network (CNN)",
        "GAN architectural network (GANs)",
        # known misses
        "GAN (generative adversarial network)",
        "peer-to-peer (P2P)",
        "deep learning (DL, for short)",
        "因子（B型）",
        "利用（LLM）",
        "可解释的人工智能（XAI）",  # whether what stands before the particle is part of it isn't told
        "学习（ABC）",  # fewer characters than letters
        "continuous wave, frequency-modulated (FMCW)",
    ],
)
def test_what_is_not_seen(text: str) -> None:
    assert pairs(text) == []


def test_each_document_counts_once_and_keeps_its_row() -> None:
    texts = ["none here", "deep learning (DL), then deep learning (DL)", "deep learning (DL)"]
    assert pairs(*texts) == [(1, "dl", "deep learning"), (2, "dl", "deep learning")]


def test_the_acronym_is_told_as_it_is_written() -> None:
    frame = pl.DataFrame(
        {
            "title": ["generative adversarial networks (GANs)", "gallium nitride (GaN)"],
            "abstract": None,
        }
    )
    assert definitions(frame.cast(pl.String))["written"].to_list() == ["GAN", "GaN"]


def test_title_and_abstract_are_read_apart() -> None:
    frame = pl.DataFrame(
        {"title": ["deep learning", None], "abstract": ["(DL) is used", "deep learning (DL)"]}
    )
    assert definitions(frame).drop("written").rows() == [(1, "dl", "deep learning")]


def test_the_shortest_words_that_spell_it() -> None:
    assert long_form("long and large learning ", "LL") == "large learning"
    assert long_form("several ", "SV") is None


def test_no_documents() -> None:
    assert pairs() == []
